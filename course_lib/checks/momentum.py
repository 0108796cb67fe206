"""Exercise 5: momentum and Nesterov.

Each misconception below is a version that somebody writes in earnest. The tests hold that no two of them, and
none of them and the reference, give the same results on the cases drawn.
"""

from dataclasses import dataclass

import numpy as np

from ..optimizers import Momentum, Nesterov
from .engine import Misconception, Task
from .values import numbers, show


# ---- references

def nesterov_step(theta, v, gradient, lr, momentum):
    Nesterov.update(theta, gradient(theta + momentum * v), v, 1, lr, momentum)


def lookahead_update(w, g, v, t, lr, momentum):
    old = v.copy()
    v[:] = momentum * v - lr * g
    w += -momentum * old + (1 + momentum) * v


def to_lookahead(theta, v, momentum):
    return theta + momentum * v


def best_momentum(l_min, l_max):
    low, high = np.sqrt(l_min), np.sqrt(l_max)
    return (2 / (high + low)) ** 2, ((high - low) / (high + low)) ** 2


def count_crossings(x, minimum):
    side = np.sign(x - minimum)
    side = side[side != 0]
    return int(np.sum(side[1:] != side[:-1]))


# ---- cases

@dataclass(frozen=True, eq=False)
class BowlGradient:
    """x -> curvature * (x - minimum), with a text that a message can show."""

    curvature: np.ndarray
    minimum: np.ndarray

    def __call__(self, x):
        return self.curvature * (x - self.minimum)

    def __str__(self):
        return f"x -> {show(self.curvature)} * (x - {show(self.minimum)})"


def settings(rng):
    """Four pairs of rate and momentum, none twice. Not momentum 0.5: there it equals 1 - momentum."""
    return [{"lr": lr, "momentum": momentum} for lr, momentum in zip(
        rng.permutation([0.1, 0.2, 0.3, 0.4]).tolist(), rng.permutation([0.6, 0.7, 0.8, 0.9]).tolist())]


def rule_cases(name):
    """Cases of an update rule whose parameters are called `name`: three runs, then two runs at once."""
    def draw(rng):
        return [{name: numbers(rng, shape), "g": numbers(rng, shape), "v": numbers(rng, shape), "t": t}
                | setting for t, shape, setting in zip((2, 3, 5, 7), (2, 2, 3, (2, 2)), settings(rng))]
    return draw


def nesterov_cases(rng):
    """The last one starts at rest, as training does: there only the second step differs from momentum."""
    cases = []
    for moving, setting in zip((True, True, True, False), settings(rng)):
        gradient = BowlGradient(np.abs(numbers(rng, 2)), numbers(rng, 2))
        v = numbers(rng, 2) if moving else np.zeros(2)
        cases.append({"theta": numbers(rng, 2), "v": v, "gradient": gradient, **setting})
    return cases


def two_steps(call, case):
    theta, v = case["theta"], case["v"]

    def gradient(x):
        return case["gradient"](x)

    for step in ("first", "second"):
        call(theta, v, gradient, case["lr"], case["momentum"])
        yield f"theta after the {step} step", theta.copy()
        yield f"v after the {step} step", v.copy()


def change_cases(rng):
    return [{"theta": numbers(rng, shape), "v": numbers(rng, shape), "momentum": setting["momentum"]}
            for shape, setting in zip((2, 2, 3, (3, 2)), settings(rng))]


def eigenvalue_cases(rng):
    """Condition numbers 4, 9, 25 and 100: their roots are whole."""
    return [{"l_min": l_min, "l_max": l_min * kappa}
            for l_min, kappa in zip(rng.permutation([0.2, 0.5, 2.0, 3.0]).tolist(), (4, 9, 25, 100))]


def crossing_cases(rng):
    """Paths drawn by their sides of the minimum; 0 is a point that lies on it."""
    paths = ("+--+-", "++0+-0+0-", "-0-+00-+0++", "0+++0", "----")
    cases = []
    for path in paths:
        side = np.array([{"+": 1, "-": -1, "0": 0}[mark] for mark in path])
        minimum = float(rng.choice([-2.0, -1.5, 1.5, 2.0]))
        cases.append({"x": minimum + side * rng.integers(1, 9, len(side)) / 2, "minimum": minimum})
    return cases


# ---- misconceptions: the momentum rule

def momentum_climbs(theta, g, v, t, lr, momentum):
    v[:] = momentum * v + lr * g
    theta += v


def momentum_rate_outside(theta, g, v, t, lr, momentum):
    v[:] = momentum * v - g
    theta += lr * v


def momentum_of_pytorch(theta, g, v, t, lr, momentum):
    v[:] = momentum * v + g
    theta -= lr * v


def momentum_uphill_velocity(theta, g, v, t, lr, momentum):
    v[:] = momentum * v + lr * g
    theta -= v


def momentum_against_velocity(theta, g, v, t, lr, momentum):
    v[:] = momentum * v - lr * g
    theta -= v


def momentum_stale(theta, g, v, t, lr, momentum):
    theta += v
    v[:] = momentum * v - lr * g


def momentum_damped(theta, g, v, t, lr, momentum):
    v[:] = momentum * v - (1 - momentum) * lr * g
    theta += v


def momentum_not_kept(theta, g, v, t, lr, momentum):
    v = momentum * v - lr * g
    theta += v


def momentum_on_everything(theta, g, v, t, lr, momentum):
    v[:] = momentum * (v - lr * g)
    theta += v


def momentum_without_friction(theta, g, v, t, lr, momentum):
    v[:] = v - lr * g
    theta += v


def momentum_forgotten(theta, g, v, t, lr, momentum):
    v[:] = -lr * g
    theta += v


def momentum_gradient_twice(theta, g, v, t, lr, momentum):
    v[:] = momentum * v - lr * g
    theta += v - lr * g


MOMENTUM = Task(
    name="05.momentum",
    title="the momentum step",
    reference=Momentum.update,
    draw=rule_cases("theta"),
    in_place=("theta", "v"),
    hints=(
        "Two lines are enough. Which of the two arrays must have its new value before the other one can use"
        " it?",
        "First the velocity: keep a share of the old one, take away a share of the gradient, and write the"
        " result into the array v itself. Then move theta by all of it.",
    ),
    misconceptions=(
        Misconception("gradient with the wrong sign", momentum_climbs,
                      "This ball rolls uphill: the gradient enters the velocity with the wrong sign. In"
                      " which direction does the gradient point, and in which do you want to go?"),
        Misconception("rate outside the velocity", momentum_rate_outside,
                      "The rate multiplies the whole velocity where theta moves. Here it belongs to the"
                      " gradient alone, at the moment when the gradient enters the velocity."),
        Misconception("the form of PyTorch", momentum_of_pytorch,
                      "This is PyTorch's form: its velocity sums up plain gradients, and rate and sign come"
                      " later. In this course the velocity is the step itself. Read again what v has to be."),
        Misconception("velocity that points uphill", momentum_uphill_velocity,
                      "You add the gradients up in v and subtract v from theta. Here v is the step itself,"
                      " so the sign belongs into v."),
        Misconception("theta against the velocity", momentum_against_velocity,
                      "Your v is right, but theta moves against it. The velocity already points downhill."),
        Misconception("stale velocity", momentum_stale,
                      "theta moves by the velocity of the step before. In which order do the two updates"
                      " come?"),
        Misconception("damped gradient", momentum_damped,
                      "You weigh the gradient with `1 - momentum`, which makes v an average. That is"
                      " another, slower variant; here the rate is the only factor of the gradient."),
        Misconception("velocity not kept", momentum_not_kept,
                      "theta is right, but the array v is the same as before, so the next step has no"
                      " memory. After `v = ...` the name v stands for a new array, which is gone when the"
                      " function ends."),
        Misconception("momentum on the gradient too", momentum_on_everything,
                      "Your momentum shrinks the new gradient as well. Check your brackets: which of the"
                      " two terms is old, and should fade?"),
        Misconception("nothing fades", momentum_without_friction,
                      "The old velocity is kept whole: momentum appears nowhere. Without friction the ball"
                      " never comes to rest."),
        Misconception("plain gradient descent", momentum_forgotten,
                      "This is plain gradient descent: nothing of the old velocity is left in the new one."),
        Misconception("gradient used twice", momentum_gradient_twice,
                      "theta gets the gradient twice: once inside the velocity, and once more on its own."),
    ),
)


# ---- misconceptions: the Nesterov step

def nesterov_gradient_here(theta, v, gradient, lr, momentum):
    v[:] = momentum * v - lr * gradient(theta)
    theta += v


def nesterov_gradient_behind(theta, v, gradient, lr, momentum):
    v[:] = momentum * v - lr * gradient(theta - momentum * v)
    theta += v


def nesterov_too_far_ahead(theta, v, gradient, lr, momentum):
    v[:] = momentum * v - lr * gradient(theta + v)
    theta += v


def nesterov_stays_ahead(theta, v, gradient, lr, momentum):
    theta += momentum * v
    v[:] = momentum * v - lr * gradient(theta)
    theta += v


def nesterov_climbs(theta, v, gradient, lr, momentum):
    v[:] = momentum * v + lr * gradient(theta + momentum * v)
    theta += v


def nesterov_rate_outside(theta, v, gradient, lr, momentum):
    v[:] = momentum * v - gradient(theta + momentum * v)
    theta += lr * v


def nesterov_stale(theta, v, gradient, lr, momentum):
    ahead = gradient(theta + momentum * v)
    theta += v
    v[:] = momentum * v - lr * ahead


def nesterov_damped(theta, v, gradient, lr, momentum):
    v[:] = momentum * v - (1 - momentum) * lr * gradient(theta + momentum * v)
    theta += v


def nesterov_not_kept(theta, v, gradient, lr, momentum):
    v = momentum * v - lr * gradient(theta + momentum * v)
    theta += v


def nesterov_correction_only(theta, v, gradient, lr, momentum):
    ahead = theta + momentum * v
    v[:] = -lr * gradient(ahead)
    theta[:] = ahead + v


def nesterov_after_momentum(theta, v, gradient, lr, momentum):
    v[:] = momentum * v - lr * gradient(theta)
    theta += v
    v[:] = momentum * v - lr * gradient(theta)


NESTEROV = Task(
    name="05.nesterov",
    title="the Nesterov step",
    reference=nesterov_step,
    draw=nesterov_cases,
    drive=two_steps,
    in_place=("theta", "v"),
    hints=(
        "Only one thing differs from the momentum step: the point that you hand to `gradient(...)`.",
        "The point is where the old velocity alone would carry you: make it as a new array, so that theta"
        " stays where it is. Then do the two lines of the momentum step, with the gradient of that point.",
    ),
    misconceptions=(
        Misconception("gradient at theta", nesterov_gradient_here,
                      "This is the plain momentum step: you ask for the gradient at theta. Nesterov asks at"
                      " the point ahead."),
        Misconception("gradient behind theta", nesterov_gradient_behind,
                      "You ask for the gradient behind theta. On which side of it does the velocity carry"
                      " you?"),
        Misconception("gradient too far ahead", nesterov_too_far_ahead,
                      "You look ahead by the whole old velocity. How much of it is left when this step is"
                      " made?"),
        Misconception("theta stays ahead", nesterov_stays_ahead,
                      "theta itself goes to the point ahead, and then the velocity carries it a second"
                      " time. The point ahead is only where you ask; the step starts from the old theta."),
        Misconception("gradient with the wrong sign", nesterov_climbs,
                      "You ask at the right point, but the gradient enters the velocity with the wrong"
                      " sign."),
        Misconception("rate outside the velocity", nesterov_rate_outside,
                      "You ask at the right point, but the rate multiplies the whole velocity where theta"
                      " moves. It belongs to the gradient alone."),
        Misconception("stale velocity", nesterov_stale,
                      "theta moves by the velocity of the step before. Which of the two is updated first?"),
        Misconception("damped gradient", nesterov_damped,
                      "You weigh the gradient with `1 - momentum`. Here the rate is the only factor of the"
                      " gradient."),
        Misconception("velocity not kept", nesterov_not_kept,
                      "The array v is the same after the call as before, so the second step has no memory"
                      " of the first. After `v = ...` the name v stands for a new array, which is gone when"
                      " the function ends."),
        Misconception("velocity is the correction only", nesterov_correction_only,
                      "theta arrives at the right place in the first step, but v holds the gradient's part"
                      " only. v has to be the whole step that theta made."),
        Misconception("gradient after the step", nesterov_after_momentum,
                      "You ask for two gradients, one before and one after the move. One is enough: ask"
                      " before theta moves, at the point ahead."),
    ),
)


# ---- misconceptions: the look-ahead form

def lookahead_old_lost(w, g, v, t, lr, momentum):
    old = v
    v[:] = momentum * v - lr * g
    w += -momentum * old + (1 + momentum) * v


def lookahead_not_taken_back(w, g, v, t, lr, momentum):
    v[:] = momentum * v - lr * g
    w += (1 + momentum) * v


def lookahead_old_added(w, g, v, t, lr, momentum):
    old = v.copy()
    v[:] = momentum * v - lr * g
    w += momentum * old + (1 + momentum) * v


def lookahead_swapped(w, g, v, t, lr, momentum):
    old = v.copy()
    v[:] = momentum * v - lr * g
    w += -momentum * v + (1 + momentum) * old


def lookahead_one_minus(w, g, v, t, lr, momentum):
    old = v.copy()
    v[:] = momentum * v - lr * g
    w += -momentum * old + (1 - momentum) * v


def lookahead_old_whole(w, g, v, t, lr, momentum):
    old = v.copy()
    v[:] = momentum * v - lr * g
    w += -old + (1 + momentum) * v


def lookahead_climbs(w, g, v, t, lr, momentum):
    old = v.copy()
    v[:] = momentum * v + lr * g
    w += -momentum * old + (1 + momentum) * v


def lookahead_not_kept(w, g, v, t, lr, momentum):
    new = momentum * v - lr * g
    w += -momentum * v + (1 + momentum) * new


def lookahead_rate_outside(w, g, v, t, lr, momentum):
    old = v.copy()
    v[:] = momentum * v - g
    w += lr * (-momentum * old + (1 + momentum) * v)


LOOKAHEAD = Task(
    name="05.lookahead",
    title="the look-ahead form",
    reference=lookahead_update,
    draw=rule_cases("w"),
    in_place=("w", "v"),
    hints=(
        "You need the velocity twice: as it was, and as it is now. `v = ...` and `v[:] = ...` both cost you"
        " the old one, unless you have a copy.",
        "Three lines: a real copy of v under another name; the velocity, as in the momentum step; then w,"
        " which gets a share of the old velocity taken away and more than the whole of the new one added.",
    ),
    misconceptions=(
        Misconception("old velocity lost", lookahead_old_lost,
                      "w moves by the new velocity alone. Is the old velocity still there when you use it?"
                      " `old = v` is a second name for the same array, not a copy."),
        Misconception("old velocity not taken back", lookahead_not_taken_back,
                      "The part of the old velocity is missing in the step of w. Before the step w lies"
                      " ahead of theta already."),
        Misconception("old velocity added", lookahead_old_added,
                      "You add the part of the old velocity. But w lies ahead by that part already: which"
                      " way back to theta?"),
        Misconception("old and new swapped", lookahead_swapped,
                      "The old and the new velocity have changed places in the step of w."),
        Misconception("one minus momentum", lookahead_one_minus,
                      "You take less than the whole new velocity. After its step w still has to look ahead:"
                      " is that more or less than one velocity?"),
        Misconception("whole old velocity taken back", lookahead_old_whole,
                      "You take back the whole old velocity. How far ahead of theta did w lie?"),
        Misconception("gradient with the wrong sign", lookahead_climbs,
                      "The gradient enters the velocity with the wrong sign: this climbs."),
        Misconception("velocity not kept", lookahead_not_kept,
                      "w is right, but the array v is the same as before, so the next step has no memory."
                      " Write the new velocity into v itself."),
        Misconception("rate outside the velocity", lookahead_rate_outside,
                      "The rate multiplies the whole step of w. It belongs to the gradient alone, at the"
                      " moment when the gradient enters the velocity."),
    ),
)


# ---- misconceptions: the change of variable

def change_backwards(theta, v, momentum):
    return theta - momentum * v


def change_whole_velocity(theta, v, momentum):
    return theta + v


def change_scaled_theta(theta, v, momentum):
    return momentum * theta + v


def change_average(theta, v, momentum):
    return (1 - momentum) * theta + momentum * v


def change_too_far(theta, v, momentum):
    return theta + (1 + momentum) * v


def change_damped(theta, v, momentum):
    return theta + (1 - momentum) * v


def change_divided(theta, v, momentum):
    return theta + v / momentum


def change_without_theta(theta, v, momentum):
    return momentum * v


CHANGE = Task(
    name="05.change_of_variable",
    title="from theta to w",
    reference=to_lookahead,
    draw=change_cases,
    returns=("w",),
    hints=(
        "w is the point at which Nesterov asks for its gradient. You computed it in the second task.",
        "Start at theta and go as far as the velocity will carry it before the next gradient acts: not the"
        " whole velocity, the share that survives one step.",
    ),
    misconceptions=(
        Misconception("backwards", change_backwards,
                      "Your w lies behind theta: this is the way back, from w to theta."),
        Misconception("whole velocity", change_whole_velocity,
                      "You go ahead by the whole velocity. What is left of it in the next step?"),
        Misconception("momentum on theta", change_scaled_theta,
                      "momentum multiplies theta. Which of the two fades from step to step, the place or"
                      " the velocity?"),
        Misconception("average of theta and v", change_average,
                      "You average theta and v. One is a place, the other a step: a step is added to a"
                      " place."),
        Misconception("too far", change_too_far,
                      "You go ahead by more than the whole velocity. That factor belongs to the step of w,"
                      " not to where w lies."),
        Misconception("one minus momentum", change_damped,
                      "You go ahead by the share of the velocity that is lost. Which share survives?"),
        Misconception("divided by momentum", change_divided,
                      "You divide by momentum, so that w looks ahead by more than one velocity. Should it"
                      " be more, or less?"),
        Misconception("theta left out", change_without_theta,
                      "This is only how far w lies ahead. Ahead of what?"),
    ),
)


# ---- misconceptions: the best momentum

def best_roots_forgotten(l_min, l_max):
    return (2 / (l_max + l_min)) ** 2, ((l_max - l_min) / (l_max + l_min)) ** 2


def best_momentum_without_roots(l_min, l_max):
    return best_momentum(l_min, l_max)[0], ((l_max - l_min) / (l_max + l_min)) ** 2


def best_momentum_not_squared(l_min, l_max):
    lr, momentum = best_momentum(l_min, l_max)
    return lr, np.sqrt(momentum)


def best_rate_not_squared(l_min, l_max):
    lr, momentum = best_momentum(l_min, l_max)
    return np.sqrt(lr), momentum


def best_rate_of_descent(l_min, l_max):
    return 2 / (l_max + l_min), best_momentum(l_min, l_max)[1]


def best_swapped(l_min, l_max):
    return best_momentum(l_min, l_max)[::-1]


def best_of_nesterov(l_min, l_max):
    return 1 / l_max, np.sqrt(best_momentum(l_min, l_max)[1])


def best_neither_squared(l_min, l_max):
    lr, momentum = best_momentum(l_min, l_max)
    return np.sqrt(lr), np.sqrt(momentum)


def best_rate_of_one_curvature(l_min, l_max):
    return 1 / l_max, best_momentum(l_min, l_max)[1]


BEST = Task(
    name="05.best_momentum",
    title="the best rate and momentum",
    reference=best_momentum,
    draw=eigenvalue_cases,
    returns=("lr", "momentum"),
    hints=(
        "Take the two square roots first and give them names. Everything else is made of their sum and"
        " difference.",
        "Both results are squares of a fraction with the same denominator. One fraction has a 2 on top; the"
        " other compares the roots: it is 0 where they are equal, and near 1 where they are far apart.",
    ),
    misconceptions=(
        Misconception("no square roots", best_roots_forgotten,
                      "You use the eigenvalues where their square roots belong, in both results."),
        Misconception("no square roots in momentum", best_momentum_without_roots,
                      "In momentum you use the eigenvalues where their square roots belong; that gain from"
                      " kappa to its root is what momentum is for."),
        Misconception("momentum not squared", best_momentum_not_squared,
                      "Your momentum is the factor by which the error shrinks in a step; how does the"
                      " momentum follow from that factor?"),
        Misconception("rate not squared", best_rate_not_squared,
                      "Check the units of lr: it has to be one over a curvature, not one over the root of a"
                      " curvature."),
        Misconception("rate of gradient descent", best_rate_of_descent,
                      "Your lr is the best one without momentum; with it, a larger one is stable and"
                      " better."),
        Misconception("the other order", best_swapped,
                      "Both numbers are right, but they come in the other order. The docstring says which"
                      " is first."),
        Misconception("settings of Nesterov", best_of_nesterov,
                      "These are the usual settings for Nesterov's method. Here the best for plain momentum"
                      " is wanted."),
        Misconception("nothing squared", best_neither_squared,
                      "Your fractions are right, but something is missing in both: read again what the task"
                      " does with them."),
        Misconception("rate of the steepest direction", best_rate_of_one_curvature,
                      "Your lr looks at the steepest direction only; the best one depends on both"
                      " eigenvalues."),
    ),
)


# ---- misconceptions: counting crossings

def crossings_turns(x, minimum):
    return count_crossings(np.diff(x), 0)


def crossings_zero_is_a_side(x, minimum):
    side = np.sign(x - minimum)
    return np.sum(side[1:] != side[:-1])


def crossings_zero_is_above(x, minimum):
    above = x >= minimum
    return np.sum(above[1:] != above[:-1])


def crossings_neighbours_only(x, minimum):
    d = x - minimum
    return np.sum(d[1:] * d[:-1] < 0)


def crossings_touching_counts(x, minimum):
    d = x - minimum
    return np.sum(d[1:] * d[:-1] <= 0)


def crossings_around_zero(x, minimum):
    return count_crossings(x, 0)


def crossings_around_the_mean(x, minimum):
    return count_crossings(x, np.mean(x))


def crossings_downward(x, minimum):
    side = np.sign(x - minimum)
    side = side[side != 0]
    return np.sum(side[1:] < side[:-1])


def crossings_upward(x, minimum):
    side = np.sign(x - minimum)
    side = side[side != 0]
    return np.sum(side[1:] > side[:-1])


def crossings_periods(x, minimum):
    return count_crossings(x, minimum) // 2


def crossings_stretches(x, minimum):
    return count_crossings(x, minimum) + 1


def crossings_points_below(x, minimum):
    return np.sum(x < minimum)


CROSSINGS = Task(
    name="05.crossings",
    title="count the crossings",
    reference=count_crossings,
    draw=crossing_cases,
    returns=("the count",),
    hints=(
        "For each point only its side of the minimum matters. `np.sign(x - minimum)` gives it; what does it"
        " give for a point on the minimum?",
        "Drop the points that lie on the minimum, so that only the two sides are left. Then compare each"
        " side with the one after it, and count how often they differ.",
    ),
    misconceptions=(
        Misconception("turning points", crossings_turns,
                      "You count where the path turns back. A path can turn without coming to the other"
                      " side, and come to the other side without turning."),
        Misconception("a point on the minimum taken for a third side", crossings_zero_is_a_side,
                      "A point on the minimum is counted as a side of its own, so that one crossing becomes"
                      " two, and a touch becomes one. What should such a point count for?"),
        Misconception("a point on the minimum taken for the upper side", crossings_zero_is_above,
                      "A point on the minimum is counted with those above it. A path that comes from below,"
                      " touches the minimum and turns back has not crossed."),
        Misconception("crossings that land on the minimum missed", crossings_neighbours_only,
                      "You miss a crossing that lands on the minimum on its way: neighbours in time are not"
                      " enough there."),
        Misconception("every touch counted", crossings_touching_counts,
                      "Every contact with the minimum is counted, even one that turns back or stays there."),
        Misconception("crossings of zero", crossings_around_zero,
                      "You count crossings of 0. The minimum lies somewhere else."),
        Misconception("crossings of the mean", crossings_around_the_mean,
                      "You count crossings of the mean of the path. The minimum is given."),
        Misconception("only downward crossings", crossings_downward,
                      "Only the crossings from above to below are counted. The way back is one too."),
        Misconception("only upward crossings", crossings_upward,
                      "Only the crossings from below to above are counted. The way back is one too."),
        Misconception("whole periods", crossings_periods,
                      "You count whole swings, there and back. Each of the two crossings counts."),
        Misconception("stretches between crossings", crossings_stretches,
                      "You count the stretches between crossings. Two stretches have one crossing between"
                      " them."),
        Misconception("points beyond the minimum", crossings_points_below,
                      "You count points on one side of the minimum. Count the changes from one side to the"
                      " other."),
    ),
)

TASKS = (MOMENTUM, NESTEROV, LOOKAHEAD, CHANGE, BEST, CROSSINGS)
