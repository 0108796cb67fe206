"""Exercise 5: momentum and Nesterov."""

import numpy as np

from ..optimizers import Momentum
from .engine import Task
from .mistakes import but
from .values import Shown, numbers, show


def bowl(curvature, minimum):
    """The loss sum(curvature * (x - minimum)^2) / 2 and its gradient, with texts that a message can show."""
    a, b = show(curvature), show(minimum)
    return (Shown(f"x -> sum({a} * (x - {b}) ** 2) / 2",
                  lambda x: float((curvature * (x - minimum) ** 2).sum() / 2)),
            Shown(f"x -> {a} * (x - {b})", lambda x: curvature * (x - minimum)))


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


# What is said of the velocity in more than one task
UPHILL = "You add the gradients up in v and subtract v. Here v is the step itself: the sign belongs into v."
OUTSIDE = "The rate multiplies the whole velocity. Here it is a factor of the gradient, when that enters v."
PYTORCH = ("This is PyTorch's form: its velocity sums up plain gradients, and rate and sign come later. Here"
           " v is the step itself.")
STALE = "You move by the velocity of the step before. In which order do the two updates come?"
NOT_KEPT = ("The array v is the same as before, so the next step has no memory. If you wrote `v = ...`: then"
            " the name v stands for a new array, which is gone when the function ends.")


# ---- 1 the momentum step

rule = Momentum.update

MOMENTUM = Task(
    "05.momentum", "the momentum step", rule, rule_cases("theta"), in_place=("theta", "v"),
    hints=("Two lines. Which of the two arrays must have its new value before the other can use it?",
           "First the velocity: keep a share of the old one, take away a share of the gradient, and write"
           " the result into the array v itself. Then move theta by all of it."),
    misconceptions=(
        ("gradient with the wrong sign", but(rule, "v -=", "v +="),
         "This ball rolls uphill: the gradient enters the velocity with the wrong sign."),
        ("rate outside the velocity", but(rule, "lr * g", "g", "+= v", "+= lr * v"), OUTSIDE),
        ("the form of PyTorch", but(rule, "v -= lr * g", "v += g", "+= v", "-= lr * v"), PYTORCH),
        ("average of gradients", but(rule, "v -= lr * g", "v += (1 - momentum) * g", "+= v", "-= lr * v"),
         "Your v is an average of gradients, and rate and sign come later. Here v is the step itself."),
        ("velocity that points uphill", but(rule, "v -=", "v +=", "theta +=", "theta -="), UPHILL),
        ("theta against the velocity", but(rule, "theta +=", "theta -="),
         "theta moves against the velocity, which already points downhill."),
        ("stale velocity", but(rule, "    theta += v\n", "", "v *= ", "theta += v; v *= "), STALE),
        ("damped gradient", but(rule, "lr * g", "(1 - momentum) * lr * g"),
         "You weigh the gradient with `1 - momentum`, as in an average. The rate is its only factor here."),
        ("rate on the whole velocity", but(rule, "v -= lr * g", "v -= g; v *= lr"),
         "The rate shrinks the old velocity too. Check your brackets: it is a factor of the gradient only."),
        ("velocity not kept", but(rule, "v *= momentum", "v = momentum * v"), NOT_KEPT),
        ("momentum on the gradient too", but(rule, "lr * g", "momentum * lr * g"),
         "Momentum shrinks the new gradient as well. Check your brackets: which of the two is to fade?"),
        ("momentum on the gradient instead", but(rule, "v *= momentum", "", "lr * g", "momentum * lr * g"),
         "Momentum shrinks the gradient, and the old velocity is kept whole. Which of the two is to fade?"),
        ("nothing fades", but(rule, "v *= momentum", ""),
         "The old velocity is kept whole. Without friction the ball never comes to rest."),
        ("gradient used twice", but(rule, "theta += v", "theta += v - lr * g"),
         "theta gets the gradient twice: once inside the velocity, and once more on its own."),
        ("momentum used twice", but(rule, "theta += v", "theta += momentum * v"),
         "theta moves by a share of the new velocity. Momentum has done its work when v is made."),
    ))


# ---- 2 the Nesterov step

def nesterov_step(theta, v, gradient, lr, momentum):
    g = gradient(theta + momentum * v)
    v[:] = momentum * v - lr * g
    theta += v


def nesterov_cases(rng):
    """The last one starts at rest, as training does: there only the second step differs from momentum."""
    return [{"theta": numbers(rng, 2), "v": numbers(rng, 2) if moving else np.zeros(2),
             "gradient": bowl(np.abs(numbers(rng, 2)), numbers(rng, 2))[1]} | setting
            for moving, setting in zip((True, True, True, False), settings(rng))]


def two_steps(call, case):
    theta, v = case["theta"], case["v"]
    for step in ("first", "second"):
        call(*case.values())
        yield f"theta after the {step} step", theta.copy()
        yield f"v after the {step} step", v.copy()


nesterov, AHEAD = nesterov_step, "theta + momentum * v"

NESTEROV = Task(
    "05.nesterov", "the Nesterov step", nesterov, nesterov_cases, drive=two_steps, in_place=("theta", "v"),
    hints=("Only one thing differs from the momentum step: the point that you hand to `gradient(...)`.",
           "The point is where the old velocity alone would carry you: make it as a new array, so that"
           " theta stays where it is. Then make the momentum step with the gradient of that point."),
    misconceptions=(
        ("gradient at theta", but(nesterov, AHEAD, "theta"),
         "This is the plain momentum step: you ask for the gradient at theta, not at the point ahead."),
        ("gradient behind theta", but(nesterov, AHEAD, "theta - momentum * v"),
         "You ask for the gradient behind theta. On which side of it does the velocity carry you?"),
        ("gradient too far ahead", but(nesterov, AHEAD, "theta + v"),
         "You look ahead by the whole old velocity. How much of it is left when this step is made?"),
        ("momentum twice in the point ahead", but(nesterov, AHEAD, "theta + momentum * momentum * v"),
         "You look ahead by a velocity that has faded twice. Did v change before you asked?"),
        ("gradient at the velocity", but(nesterov, AHEAD, "momentum * v"),
         "You ask for the gradient at the velocity alone. The point ahead is a place: ahead of what?"),
        ("theta stays ahead", but(nesterov, AHEAD, "theta", "g =", "theta += momentum * v; g ="),
         "theta itself goes to the point ahead, and then the velocity carries it a second time. The point"
         " ahead is only where you ask; the step starts from the old theta."),
        ("gradient with the wrong sign", but(nesterov, "- lr", "+ lr"),
         "You ask at the right point, but the gradient enters the velocity with the wrong sign."),
        ("velocity that points uphill", but(nesterov, "- lr", "+ lr", "+= v", "-= v"), UPHILL),
        ("rate outside the velocity", but(nesterov, "lr * g", "g", "+= v", "+= lr * v"), OUTSIDE),
        ("the form of PyTorch", but(nesterov, "- lr * g", "+ g", "+= v", "-= lr * v"), PYTORCH),
        ("stale velocity", but(nesterov, "    theta += v\n", "", "v[:]", "theta += v; v[:]"), STALE),
        ("velocity not kept", but(nesterov, "v[:] =", "v ="), NOT_KEPT),
        ("velocity a correction", but(nesterov, "v[:] = momentum *", "theta += momentum * v; v[:] = 0 *"),
         "theta arrives at the right place in the first step, but v holds the gradient's part only. v has to"
         " be the whole step that theta made."),
        ("theta moves by the gradient only", but(nesterov, "theta += v", "theta -= lr * g"),
         "theta moves by the gradient alone. The step is the whole velocity."),
        ("new velocity looked along", but(nesterov, "momentum * v)", "momentum * v - lr * gradient(theta))"),
         "You make a whole momentum step to find where to ask. Only the old velocity leads there."),
        ("the look-ahead form", but(nesterov, AHEAD, "theta", "v[:] =", "old = v.copy(); v[:] =",
                                    "+= v", "+= (1 + momentum) * v - momentum * old"),
         "This is the look-ahead form, whose parameters are the point ahead. Here they are behind it."),
    ))


# ---- 3 the look-ahead form

def lookahead_update(w, g, v, t, lr, momentum):
    old = v.copy()
    v[:] = momentum * v - lr * g
    w += -momentum * old + (1 + momentum) * v


lookahead = lookahead_update

LOOKAHEAD = Task(
    "05.lookahead", "the look-ahead form", lookahead, rule_cases("w"), in_place=("w", "v"),
    hints=("You need the velocity twice: as it was, and as it is now. `v = ...` and `v[:] = ...` both cost"
           " you the old one, unless you have a copy.",
           "Three lines: a real copy of v under another name; the velocity, as in the momentum step; then"
           " w: take away a share of the old velocity, and add more than the whole of the new one."),
    misconceptions=(
        ("old velocity lost", but(lookahead, "v.copy()", "v"),
         "w moves by the new velocity alone, as theta does in the momentum step. If you wrote `old = v`: that"
         " is a second name for the same array, not a copy."),
        ("old velocity not taken back", but(lookahead, "-momentum * old + ", ""),
         "The part of the old velocity is missing. Before the step, w lies ahead of theta already."),
        ("old velocity added", but(lookahead, "-momentum * old", "momentum * old"),
         "You add the part of the old velocity. But w lies ahead by it already: which way back to theta?"),
        ("old and new swapped", but(lookahead, "* old +", "* v +", "momentum) * v", "momentum) * old"),
         "The old and the new velocity have changed places in the step of w."),
        ("w before v", but(lookahead, "* v\n", "* old\n"),
         "w moves by the old velocity alone. Is v new already where w uses it? Both are needed."),
        ("one minus momentum", but(lookahead, "1 + momentum", "1 - momentum"),
         "You take less than the whole new velocity. After its step, has w to be ahead of theta, or behind?"),
        ("not ahead again", but(lookahead, "(1 + momentum) * v", "v"),
         "w goes back to theta and makes the step, but stays there. Where is the next gradient asked for?"),
        ("brackets forgotten", but(lookahead, "(1 + momentum) * v", "1 + momentum * v"),
         "A plain 1 is added to w. Check your brackets: what does the new velocity multiply?"),
        ("whole old velocity taken back", but(lookahead, "-momentum * old", "-old"),
         "You take back the whole old velocity. How far ahead of theta did w lie?"),
        ("velocity not kept", but(lookahead, "v[:] =", "v ="), NOT_KEPT),
        ("rate outside", but(lookahead, "lr * g", "g", "+= ", "+= lr * (", "v\n", "v)\n"), OUTSIDE),
    ))


# ---- 4 the change of variable

def to_lookahead(theta, v, momentum):
    return theta + momentum * v


def change_cases(rng):
    return [{"theta": numbers(rng, shape), "v": numbers(rng, shape), "momentum": setting["momentum"]}
            for shape, setting in zip((2, 2, 3, (3, 2)), settings(rng))]


CHANGE = Task(
    "05.change_of_variable", "from theta to w", to_lookahead, change_cases, returns=("w",),
    hints=("w is the point at which Nesterov asks for its gradient. You computed it in the second task.",
           "Start at theta and go as far as the velocity will carry it before the next gradient acts: not"
           " the whole velocity, the share that survives one step."),
    misconceptions=(
        ("backwards", but(to_lookahead, "+", "-"),
         "Your w lies behind theta: this is the way back, from w to theta."),
        ("whole velocity", but(to_lookahead, "momentum * v", "v"),
         "You go ahead by the whole velocity. What is left of it in the next step?"),
        ("momentum on theta", but(to_lookahead, "theta + momentum * v", "momentum * theta + v"),
         "momentum multiplies theta. Which of the two fades from step to step, the place or the velocity?"),
        ("momentum on both", but(to_lookahead, "theta + momentum * v", "momentum * (theta + v)"),
         "momentum multiplies theta as well. Check your brackets: only the velocity fades."),
        ("average of theta and v", but(to_lookahead, "return theta", "return (1 - momentum) * theta"),
         "You average theta and v. One is a place, the other a step: a step is added to a place."),
        ("one minus momentum", but(to_lookahead, "+ momentum", "+ (1 - momentum)"),
         "You go ahead by the share of the velocity that is lost. Which share survives?"),
        ("theta left out", but(to_lookahead, "theta + ", ""),
         "This is only how far w lies ahead. Ahead of what?"),
    ))


# ---- 5 the best rate and momentum

def best_momentum(l_min, l_max):
    low, high = np.sqrt(l_min), np.sqrt(l_max)
    lr = (2 / (high + low)) ** 2
    momentum = ((high - low) / (high + low)) ** 2
    return lr, momentum


def eigenvalue_cases(rng):
    """Condition numbers 4, 9, 25 and 100: their roots are whole."""
    return [{"l_min": l_min, "l_max": l_min * kappa}
            for l_min, kappa in zip(rng.permutation([0.2, 0.5, 2.0, 3.0]).tolist(), (4, 9, 25, 100))]


UNITS = "Check the units of lr: it has to be one over a curvature, not one over the root of a curvature."
best, LR, SHRINK = best_momentum, "(2 / (high + low)) ** 2", "((high - low) / (high + low)) ** 2"

BEST = Task(
    "05.best_momentum", "the best rate and momentum", best, eigenvalue_cases, returns=("lr", "momentum"),
    hints=("Take the root on both sides of both equations: the unknowns are then the root of the rate and"
           " the root of the momentum.",
           "Add the two equations, and the root of the momentum drops out. Divide one by the other, and the"
           " root of the rate drops out. At the end square both."),
    misconceptions=(
        ("no square roots", but(best, "np.sqrt(l_min), np.sqrt(l_max)", "l_min, l_max"),
         "You use the eigenvalues where their square roots belong, in both results."),
        ("no square roots in momentum", but(best, SHRINK, "((l_max - l_min) / (l_max + l_min)) ** 2"),
         "In momentum you use the eigenvalues where their square roots belong."),
        ("no square roots in lr", but(best, LR, "(2 / (l_max + l_min)) ** 2"),
         "In lr you use the eigenvalues where their square roots belong."),
        ("root of the sum", but(best, LR, "4 / (l_max + l_min)"),
         "In lr you take the root of a sum where the sum of two roots belongs."),
        ("momentum not squared", but(best, SHRINK, "(high - low) / (high + low)"),
         "Your momentum is the factor by which the error shrinks. How does momentum follow from it?"),
        ("rate not squared", but(best, LR, "2 / (high + low)"), UNITS),
        ("denominator not squared", but(best, LR, "4 / (high + low)"), UNITS),
        ("rate of gradient descent", but(best, LR, "2 / (l_max + l_min)"),
         "Your lr is the best one without momentum; with it, a larger one is stable and better."),
        ("rate of the steepest direction", but(best, LR, "1 / l_max"),
         "Your lr looks at the steepest direction only; the best one depends on both eigenvalues."),
        ("momentum of gradient descent", but(best, SHRINK, "(l_max - l_min) / (l_max + l_min)"),
         "Your momentum is the factor by which gradient descent at its best shrinks the error."),
        ("settings of Nesterov", but(best, LR, "1 / l_max", SHRINK, "(high - low) / (high + low)"),
         "These are the usual settings for Nesterov's method. Here the best for plain momentum is wanted."),
        ("the other order", but(best, "return lr, momentum", "return momentum, lr"),
         "Both numbers are right, but they come in the other order. The docstring says which is first."),
    ))


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


TURNS = "You count where the path turns back. It can turn without coming to the other side, and the reverse."
counted, SKIP, TEST = count_crossings, "side[side != 0]", "side[1:] != side[:-1]"
TOUCH = "side[1:] * side[:-1]"

CROSSINGS = Task(
    "05.crossings", "count the crossings", counted, crossing_cases, returns=("the count",),
    hints=("For each point only its side of the minimum matters. `np.sign(x - minimum)` gives it; what does"
           " it give for a point on the minimum?",
           "Drop the points that lie on the minimum, so that only the two sides are left. Then compare each"
           " side with the one after it, and count how often they differ."),
    misconceptions=(
        ("turning points", lambda x, minimum: counted(np.diff(x), 0), TURNS),
        ("turns and stops", lambda x, minimum: np.sum(np.diff(np.sign(np.diff(x))) != 0), TURNS),
        ("a point on the minimum taken for a third side", but(counted, SKIP, "side"),
         "A point on the minimum is counted as a side of its own, so that one crossing becomes two, and a"
         " touch becomes one. What should such a point count for?"),
        ("a point on the minimum taken for the upper side", but(counted, SKIP, "side >= 0"),
         "A point on the minimum is counted with those above it. A path from below that only touches the"
         " minimum has not crossed."),
        ("a point on the minimum taken for the lower side", but(counted, SKIP, "side > 0"),
         "A point on the minimum is counted with those below it. A path from above that only touches the"
         " minimum has not crossed."),
        ("crossings that land on the minimum missed", but(counted, SKIP, "side", TEST, TOUCH + " < 0"),
         "You miss a crossing that lands on the minimum on its way: neighbours do not show it."),
        ("every touch counted", but(counted, SKIP, "side", TEST, TOUCH + " <= 0"),
         "Every contact with the minimum is counted, even one that turns back or stays there."),
        ("a touch counted half", lambda x, minimum: np.sum(np.abs(np.diff(np.sign(x - minimum)))) / 2,
         "Each step onto the minimum or off it counts half, even where the path turns back."),
        ("crossings of zero", lambda x, minimum: counted(x, 0),
         "You count crossings of 0. The minimum lies somewhere else."),
        ("only downward crossings", but(counted, "side[1:] !=", "side[1:] <"),
         "Only the crossings from above to below are counted. The way back is one too."),
        ("only upward crossings", but(counted, "side[1:] !=", "side[1:] >"),
         "Only the crossings from below to above are counted. The way back is one too."),
        ("whole periods", lambda x, minimum: counted(x, minimum) // 2,
         "You count whole swings, there and back. Each of the two crossings counts."),
        ("at most one", lambda x, minimum: min(counted(x, minimum), 1),
         "You count one crossing where there are more. Does a `return` stand inside of your loop?"),
        ("the last pair left out", but(counted, TEST, "side[1:-1] != side[:-2]"),
         "The last two points are never compared. Where does your loop or your slice end?"),
        ("the first pair left out", but(counted, TEST, "side[2:] != side[1:-1]"),
         "The first two points are never compared. Where does your loop or your slice begin?"),
        ("compared with the first", but(counted, TEST, "side != side[:1]"),
         "You count points on the other side than the first. Compare each point with the one before it."),
        ("points below the minimum", lambda x, minimum: np.sum(x < minimum),
         "You count points below the minimum. Count the changes from one side to the other."),
    ))

TASKS = (MOMENTUM, NESTEROV, LOOKAHEAD, CHANGE, BEST, CROSSINGS)
