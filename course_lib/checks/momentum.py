"""Exercise 5: momentum and Nesterov."""

from dataclasses import dataclass

import numpy as np

from ..optimizers import Momentum
from .engine import Task
from .mistakes import but
from .values import numbers, show


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
        rng.permutation([0.15, 0.25, 0.35, 0.45]).tolist(), rng.permutation([0.6, 0.7, 0.8, 0.9]).tolist())]


def rule_cases(name):
    """Cases of an update rule whose parameters are called `name`: three runs, then two runs at once."""
    def draw(rng):
        return [{name: numbers(rng, shape), "g": numbers(rng, shape), "v": numbers(rng, shape), "t": t}
                | setting for t, shape, setting in zip((2, 3, 5, 7), (2, 2, 3, (2, 2)), settings(rng))]
    return draw


# ---- 1 the momentum step

MOMENTUM = Task(
    "05.momentum", "the momentum step", Momentum.update, rule_cases("theta"), in_place=("theta", "v"),
    hints=(
        "Two lines are enough. Which of the two arrays must have its new value before the other one can use it?",
        "First the velocity: keep a share of the old one, take away a share of the gradient, and write the result into"
        " the array v itself. Then move theta by all of it.",
    ),
    misconceptions=(
        ("gradient with the wrong sign", but(Momentum.update, "v -=", "v +="),
         "This ball rolls uphill: the gradient enters the velocity with the wrong sign. In which direction does the"
         " gradient point, and in which do you want to go?"),
        ("rate outside the velocity", but(Momentum.update, "lr * g", "g", "+= v", "+= lr * v"),
         "The rate multiplies the whole velocity where theta moves. Here it belongs to the gradient alone, at the"
         " moment when the gradient enters the velocity."),
        ("the form of PyTorch", but(Momentum.update, "v -= lr * g", "v += g", "theta += v", "theta -= lr * v"),
         "This is PyTorch's form: its velocity sums up plain gradients, and rate and sign come later. In this course"
         " the velocity is the step itself. Read again what v has to be."),
        ("velocity that points uphill", but(Momentum.update, "v -=", "v +=", "theta +=", "theta -="),
         "You add the gradients up in v and subtract v from theta. Here v is the step itself, so the sign belongs into"
         " v."),
        ("theta against the velocity", but(Momentum.update, "theta +=", "theta -="),
         "theta moves against the velocity, which already points downhill."),
        ("stale velocity", but(Momentum.update, "    theta += v\n", "", "v *= ", "theta += v; v *= "),
         "theta moves by the velocity of the step before. In which order do the two updates come?"),
        ("damped gradient", but(Momentum.update, "lr * g", "(1 - momentum) * lr * g"),
         "You weigh the gradient with `1 - momentum`, which makes v an average. That is another, slower variant; here"
         " the rate is the only factor of the gradient."),
        ("rate on the whole velocity", but(Momentum.update, "v -= lr * g", "v -= g; v *= lr"),
         "The rate shrinks the old velocity too. Check your brackets: it is a factor of the gradient only."),
        ("velocity not kept", but(Momentum.update, "v *= momentum", "v = momentum * v"),
         "The array v is the same as before, so the next step has no memory. If you wrote `v = ...`: then the name v"
         " stands for a new array, which is gone when the function ends."),
        ("momentum on the gradient too", but(Momentum.update, "lr * g", "momentum * lr * g"),
         "Your momentum shrinks the new gradient as well. Check your brackets: which of the two terms is old, and"
         " should fade?"),
        ("nothing fades", but(Momentum.update, "v *= momentum", ""),
         "The old velocity is kept whole. Without friction the ball never comes to rest."),
        ("plain gradient descent", but(Momentum.update, "v *= momentum", "v *= 0"),
         "This is plain gradient descent: nothing of the old velocity is left in the new one."),
        ("gradient used twice", but(Momentum.update, "theta += v", "theta += v - lr * g"),
         "theta gets the gradient twice: once inside the velocity, and once more on its own."),
        ("momentum used twice", but(Momentum.update, "theta += v", "theta += momentum * v"),
         "theta moves by a share of the new velocity. Momentum has done its work when v is made: theta moves by all of"
         " it."),
    ),
)


# ---- 2 the Nesterov step

def nesterov_step(theta, v, gradient, lr, momentum):
    g = gradient(theta + momentum * v)
    v[:] = momentum * v - lr * g
    theta += v


def nesterov_cases(rng):
    """The last one starts at rest, as training does: there only the second step differs from momentum."""
    return [{"theta": numbers(rng, 2), "v": numbers(rng, 2) if moving else np.zeros(2),
             "gradient": BowlGradient(np.abs(numbers(rng, 2)), numbers(rng, 2))} | setting
            for moving, setting in zip((True, True, True, False), settings(rng))]


def two_steps(call, case):
    theta, v = case["theta"], case["v"]

    def gradient(x):
        return case["gradient"](x)

    for step in ("first", "second"):
        call(theta, v, gradient, case["lr"], case["momentum"])
        yield f"theta after the {step} step", theta.copy()
        yield f"v after the {step} step", v.copy()


NESTEROV = Task(
    "05.nesterov", "the Nesterov step", nesterov_step, nesterov_cases, drive=two_steps, in_place=("theta", "v"),
    hints=(
        "Only one thing differs from the momentum step: the point that you hand to `gradient(...)`.",
        "The point is where the old velocity alone would carry you: make it as a new array, so that theta stays where"
        " it is. Then do the two lines of the momentum step, with the gradient of that point.",
    ),
    misconceptions=(
        ("gradient at theta", but(nesterov_step, "(theta + momentum * v)", "(theta)"),
         "This is the plain momentum step: you ask for the gradient at theta. Nesterov asks at the point ahead."),
        ("gradient behind theta", but(nesterov_step, "theta + momentum", "theta - momentum"),
         "You ask for the gradient behind theta. On which side of it does the velocity carry you?"),
        ("gradient too far ahead", but(nesterov_step, "theta + momentum * v", "theta + v"),
         "You look ahead by the whole old velocity. How much of it is left when this step is made?"),
        ("gradient at the velocity", but(nesterov_step, "theta + momentum * v", "momentum * v"),
         "You ask for the gradient at the velocity alone. The point ahead is a place: ahead of what?"),
        ("theta stays ahead", but(nesterov_step, "g = gradient(theta + momentum * v)",
                                  "theta += momentum * v; g = gradient(theta)"),
         "theta itself goes to the point ahead, and then the velocity carries it a second time. The point ahead is only"
         " where you ask; the step starts from the old theta."),
        ("gradient with the wrong sign", but(nesterov_step, "- lr", "+ lr"),
         "You ask at the right point, but the gradient enters the velocity with the wrong sign."),
        ("rate outside the velocity", but(nesterov_step, "lr * g", "g", "+= v", "+= lr * v"),
         "You ask at the right point, but the rate multiplies the whole velocity where theta moves. It belongs to the"
         " gradient alone."),
        ("stale velocity", but(nesterov_step, "    theta += v\n", "", "v[:]", "theta += v; v[:]"),
         "theta moves by the velocity of the step before. Which of the two is updated first?"),
        ("damped gradient", but(nesterov_step, "lr * g", "(1 - momentum) * lr * g"),
         "You weigh the gradient with `1 - momentum`. Here the rate is the only factor of the gradient."),
        ("velocity not kept", but(nesterov_step, "v[:] =", "v ="),
         "The array v is the same after the call as before, so the second step has no memory of the first. If you wrote"
         " `v = ...`: then the name v stands for a new array, which is gone when the function ends."),
        ("velocity is the correction only", but(nesterov_step, "momentum * v - lr", "-lr",
                                                "g = ", "ahead = theta + momentum * v; g = ", "theta += v",
                                                "theta[:] = ahead + v"),
         "theta arrives at the right place in the first step, but v holds the gradient's part only. v has to be the"
         " whole step that theta made."),
        ("gradient after the step", but(nesterov_step, "(theta + momentum * v)", "(theta); old = v.copy()",
                                        "theta += v", "theta += v; v[:] = momentum * v - lr * gradient(theta)"),
         "You ask for two gradients, one before and one after the move. One is enough: ask before theta moves, at the"
         " point ahead."),
        ("new velocity looked along", but(nesterov_step, "(theta + momentum * v)",
                                          "(theta + momentum * v - lr * gradient(theta))"),
         "You make a whole momentum step to find the point at which you ask. Only the old velocity leads there: what"
         " the gradient is, you do not know yet."),
    ),
)


# ---- 3 the look-ahead form

def lookahead_update(w, g, v, t, lr, momentum):
    old = v.copy()
    v[:] = momentum * v - lr * g
    w += -momentum * old + (1 + momentum) * v


LOOKAHEAD = Task(
    "05.lookahead", "the look-ahead form", lookahead_update, rule_cases("w"), in_place=("w", "v"),
    hints=(
        "You need the velocity twice: as it was, and as it is now. `v = ...` and `v[:] = ...` both cost you the old"
        " one, unless you have a copy.",
        "Three lines: a real copy of v under another name; the velocity, as in the momentum step; then w, which gets a"
        " share of the old velocity taken away and more than the whole of the new one added.",
    ),
    misconceptions=(
        ("old velocity lost", but(lookahead_update, "v.copy()", "v"),
         "w moves by the new velocity alone, as theta does in the momentum step. Is the old velocity still there when you"
         " use it? `old = v` is a second name for the same array, not a copy."),
        ("old velocity not taken back", but(lookahead_update, "-momentum * old + ", ""),
         "The part of the old velocity is missing in the step of w. Before the step w lies ahead of theta already."),
        ("old velocity added", but(lookahead_update, "-momentum * old", "momentum * old"),
         "You add the part of the old velocity. But w lies ahead by that part already: which way back to theta?"),
        ("old and new swapped", but(lookahead_update, "momentum * old + (1 + momentum) * v",
                                    "momentum * v + (1 + momentum) * old"),
         "The old and the new velocity have changed places in the step of w."),
        ("one minus momentum", but(lookahead_update, "1 + momentum", "1 - momentum"),
         "You take less than the whole new velocity. After its step w still has to look ahead: is that more or less"
         " than one velocity?"),
        ("not ahead again", but(lookahead_update, "(1 + momentum) * v", "v"),
         "w goes back to theta and makes the step, but stays there. Where does it have to be for the next gradient?"),
        ("only ahead", but(lookahead_update, "(1 + momentum) * v", "momentum * v"),
         "w goes back to theta and looks ahead, but the step of theta itself is missing in between."),
        ("whole old velocity taken back", but(lookahead_update, "-momentum * old", "-old"),
         "You take back the whole old velocity. How far ahead of theta did w lie?"),
        ("gradient with the wrong sign", but(lookahead_update, "- lr", "+ lr"),
         "The gradient enters the velocity with the wrong sign: this climbs."),
        ("velocity not kept", but(lookahead_update, "v[:] =", "v ="),
         "The array v is the same as before, so the next step has no memory. Write the new velocity into v itself."),
        ("rate outside the velocity", but(lookahead_update, "lr * g", "g", "w += ", "w += lr * (", "* v\n", "* v)\n"),
         "The rate multiplies the whole step of w. It belongs to the gradient alone, at the moment when the gradient"
         " enters the velocity."),
    ),
)


# ---- 4 the change of variable

def to_lookahead(theta, v, momentum):
    return theta + momentum * v


def change_cases(rng):
    return [{"theta": numbers(rng, shape), "v": numbers(rng, shape), "momentum": setting["momentum"]}
            for shape, setting in zip((2, 2, 3, (3, 2)), settings(rng))]


CHANGE = Task(
    "05.change_of_variable", "from theta to w", to_lookahead, change_cases, returns=("w",),
    hints=(
        "w is the point at which Nesterov asks for its gradient. You computed it in the second task.",
        "Start at theta and go as far as the velocity will carry it before the next gradient acts: not the whole"
        " velocity, the share that survives one step.",
    ),
    misconceptions=(
        ("backwards", but(to_lookahead, "+", "-"), "Your w lies behind theta: this is the way back, from w to theta."),
        ("whole velocity", but(to_lookahead, "momentum * v", "v"),
         "You go ahead by the whole velocity. What is left of it in the next step?"),
        ("momentum on theta", but(to_lookahead, "theta + momentum * v", "momentum * theta + v"),
         "momentum multiplies theta. Which of the two fades from step to step, the place or the velocity?"),
        ("momentum on both", but(to_lookahead, "theta + momentum * v", "momentum * (theta + v)"),
         "momentum multiplies theta as well. Check your brackets: only the velocity fades."),
        ("average of theta and v", but(to_lookahead, "return theta", "return (1 - momentum) * theta"),
         "You average theta and v. One is a place, the other a step: a step is added to a place."),
        ("too far", but(to_lookahead, "+ momentum", "+ (1 + momentum)"),
         "You go ahead by more than the whole velocity. That factor belongs to the step of w, not to where w lies."),
        ("one minus momentum", but(to_lookahead, "+ momentum", "+ (1 - momentum)"),
         "You go ahead by the share of the velocity that is lost. Which share survives?"),
        ("divided by momentum", but(to_lookahead, "momentum * v", "v / momentum"),
         "You divide by momentum, so that w looks ahead by more than one velocity. Should it be more, or less?"),
        ("theta left out", but(to_lookahead, "theta + ", ""), "This is only how far w lies ahead. Ahead of what?"),
    ),
)


# ---- 5 the best rate and momentum

def best_momentum(l_min, l_max):
    low, high = np.sqrt(l_min), np.sqrt(l_max)
    return (2 / (high + low)) ** 2, ((high - low) / (high + low)) ** 2


def eigenvalue_cases(rng):
    """Condition numbers 4, 9, 25 and 100: their roots are whole."""
    return [{"l_min": l_min, "l_max": l_min * kappa}
            for l_min, kappa in zip(rng.permutation([0.2, 0.5, 2.0, 3.0]).tolist(), (4, 9, 25, 100))]


BEST = Task(
    "05.best_momentum", "the best rate and momentum", best_momentum, eigenvalue_cases, returns=("lr", "momentum"),
    hints=(
        "Take the root on both sides of both equations. What is then unknown enters in the first power only: the root"
        " of the rate, and the root of the momentum.",
        "Add the two equations, and the root of the momentum drops out; divide one by the other, and the root of the"
        " rate drops out. At the end square both.",
    ),
    misconceptions=(
        ("no square roots", but(best_momentum, "np.sqrt(l_min), np.sqrt(l_max)", "l_min, l_max"),
         "You use the eigenvalues where their square roots belong, in both results."),
        ("no square roots in momentum", but(best_momentum, "((high - low) / (high + low))",
                                            "((l_max - l_min) / (l_max + l_min))"),
         "In momentum you use the eigenvalues where their square roots belong; that gain from kappa to its root is what"
         " momentum is for."),
        ("no square roots in lr", but(best_momentum, "2 / (high + low)", "2 / (l_max + l_min)"),
         "In lr you use the eigenvalues where their square roots belong."),
        ("momentum not squared", but(best_momentum, "((high - low) / (high + low)) ** 2", "(high - low) / (high + low)"),
         "Your momentum is the factor by which the error shrinks in a step; how does the momentum follow from that"
         " factor?"),
        ("rate not squared", but(best_momentum, "(2 / (high + low)) ** 2", "2 / (high + low)"),
         "Check the units of lr: it has to be one over a curvature, not one over the root of a curvature."),
        ("rate of gradient descent", but(best_momentum, "(2 / (high + low)) ** 2", "2 / (l_max + l_min)"),
         "Your lr is the best one without momentum; with it, a larger one is stable and better."),
        ("the limit of the rate", but(best_momentum, "(2 / (high + low)) ** 2", "2 / l_max"),
         "Your lr is the largest stable one of plain gradient descent. Momentum has another best rate, which depends on"
         " both eigenvalues."),
        ("momentum of gradient descent", but(best_momentum, "((high - low) / (high + low)) ** 2",
                                             "(l_max - l_min) / (l_max + l_min)"),
         "Your momentum is the factor by which gradient descent shrinks the error at its best. Look at what momentum"
         " makes of it."),
        ("the other order", lambda l_min, l_max: best_momentum(l_min, l_max)[::-1],
         "Both numbers are right, but they come in the other order. The docstring says which is first."),
        ("settings of Nesterov", but(best_momentum, "(2 / (high + low)) ** 2", "1 / l_max",
                                     "((high - low) / (high + low)) ** 2", "(high - low) / (high + low)"),
         "These are the usual settings for Nesterov's method. Here the best for plain momentum is wanted."),
        ("rate of the steepest direction", but(best_momentum, "(2 / (high + low)) ** 2", "1 / l_max"),
         "Your lr looks at the steepest direction only; the best one depends on both eigenvalues."),
    ),
)


# ---- 6 counting the crossings

def count_crossings(x, minimum):
    side = np.sign(x - minimum)
    side = side[side != 0]
    return int(np.sum(side[1:] != side[:-1]))


def crossing_cases(rng):
    """Paths drawn by their sides of the minimum; 0 is a point that lies on it."""
    cases = []
    for path in ("+--+-", "++0+-0+0-", "-0-+00-+0++", "0+++0", "----", "+-+-0-+-+-"):
        side = np.array([{"+": 1, "-": -1, "0": 0}[mark] for mark in path])
        minimum = float(rng.choice([-2.0, -1.5, 1.5, 2.0]))
        cases.append({"x": minimum + side * rng.integers(1, 9, len(side)) / 2, "minimum": minimum})
    return cases


CROSSINGS = Task(
    "05.crossings", "count the crossings", count_crossings, crossing_cases, returns=("the count",),
    hints=(
        "For each point only its side of the minimum matters. `np.sign(x - minimum)` gives it; what does it give for a"
        " point on the minimum?",
        "Drop the points that lie on the minimum, so that only the two sides are left. Then compare each side with the"
        " one after it, and count how often they differ.",
    ),
    misconceptions=(
        ("turning points", lambda x, minimum: count_crossings(np.diff(x), 0),
         "You count where the path turns back. A path can turn without coming to the other side, and come to the other"
         " side without turning."),
        ("a point on the minimum taken for a third side", but(count_crossings, "    side = side[side != 0]\n", ""),
         "A point on the minimum is counted as a side of its own, so that one crossing becomes two, and a touch becomes"
         " one. What should such a point count for?"),
        ("a point on the minimum taken for the upper side", but(count_crossings, "side != 0", "...", "np.sign(x - minimum)",
                                                               "x >= minimum"),
         "A point on the minimum is counted with those above it. A path that comes from below, touches the minimum and"
         " turns back has not crossed."),
        ("a point on the minimum taken for the lower side", but(count_crossings, "side != 0", "...", "np.sign(x - minimum)",
                                                               "x > minimum"),
         "A point on the minimum is counted with those below it. A path that comes from above, touches the minimum and"
         " turns back has not crossed."),
        ("crossings that land on the minimum missed", but(count_crossings, "side[side != 0]", "x - minimum",
                                                          "side[1:] != side[:-1]", "side[1:] * side[:-1] < 0"),
         "You miss a crossing that lands on the minimum on its way: neighbours in time are not enough there."),
        ("every touch counted", but(count_crossings, "side[side != 0]", "x - minimum",
                                    "side[1:] != side[:-1]", "side[1:] * side[:-1] <= 0"),
         "Every contact with the minimum is counted, even one that turns back or stays there."),
        ("crossings of zero", lambda x, minimum: count_crossings(x, 0),
         "You count crossings of 0. The minimum lies somewhere else."),
        ("crossings of the mean", lambda x, minimum: count_crossings(x, np.mean(x)),
         "You count crossings of the mean of the path. The minimum is given."),
        ("only downward crossings", but(count_crossings, "side[1:] !=", "side[1:] <"),
         "Only the crossings from above to below are counted. The way back is one too."),
        ("only upward crossings", but(count_crossings, "side[1:] !=", "side[1:] >"),
         "Only the crossings from below to above are counted. The way back is one too."),
        ("whole periods", lambda x, minimum: count_crossings(x, minimum) // 2,
         "You count whole swings, there and back. Each of the two crossings counts."),
        ("stretches between crossings", lambda x, minimum: count_crossings(x, minimum) + 1,
         "You count the stretches between crossings. Two stretches have one crossing between them."),
        ("points below the minimum", lambda x, minimum: np.sum(x < minimum),
         "You count points below the minimum. Count the changes from one side to the other."),
        ("points above the minimum", lambda x, minimum: np.sum(x > minimum),
         "You count points above the minimum. Count the changes from one side to the other."),
        ("points on the minimum", lambda x, minimum: np.sum(x == minimum),
         "You count the points that lie on the minimum. A path can cross without landing on it."),
        ("at most one", lambda x, minimum: min(count_crossings(x, minimum), 1),
         "You count one crossing where there are more. Does a `return` stand inside of your loop?"),
    ),
)

TASKS = (MOMENTUM, NESTEROV, LOOKAHEAD, CHANGE, BEST, CROSSINGS)
