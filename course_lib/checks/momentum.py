"""Exercise 5: momentum and Nesterov."""

import numpy as np

from ..optimizers import Momentum
from .engine import Task
from .mistakes import but, ways
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
        ("stale velocity", but(rule, "    theta += v\n", "", "v *= ", "theta += v; v *= "), STALE),
        ("damped gradient", but(rule, "lr * g", "(1 - momentum) * lr * g"),
         "You weigh the gradient with `1 - momentum`, as in an average. The rate is its only factor here."),
        ("rate on the whole velocity", but(rule, "v -= lr * g", "v -= g; v *= lr"),
         "The rate shrinks the old velocity too. Check your brackets: it is a factor of the gradient only."),
        ("velocity not kept", but(rule, "v *= momentum", "v = momentum * v"), NOT_KEPT),
        *ways(rule, "v *= momentum\n    v -= lr * g",
              ("momentum on the gradient", "Momentum shrinks the new gradient. Check your brackets: which of"
               " the two is to fade?", "v -= lr * g; v *= momentum", "v -= momentum * lr * g")),
        *ways(rule, "theta += v",
              ("more than the velocity", "theta should move by the new velocity as it is: gradient and"
               " momentum have done their work in it.", "theta += v - lr * g", "theta += momentum * v")),
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
        *ways(nesterov, AHEAD,
              ("gradient at theta", "This is the plain momentum step: you ask for the gradient at theta, not"
               " at the point ahead.", "theta"),
              ("another point", "You ask for the gradient at another point. Ahead of what is it, on which"
               " side, and how much of the old velocity leads there?", "theta - momentum * v", "theta + v",
               "theta + momentum * momentum * v", "momentum * v",
               "theta + momentum * v - lr * gradient(theta)")),
        ("theta stays ahead", but(nesterov, AHEAD, "theta", "g =", "theta += momentum * v; g ="),
         "theta itself goes to the point ahead, and then the velocity carries it a second time. The point"
         " ahead is only where you ask; the step starts from the old theta."),
        ("velocity that points uphill", but(nesterov, "- lr", "+ lr", "+= v", "-= v"), UPHILL),
        ("rate outside the velocity", but(nesterov, "lr * g", "g", "+= v", "+= lr * v"), OUTSIDE),
        ("the form of PyTorch", but(nesterov, "- lr * g", "+ g", "+= v", "-= lr * v"), PYTORCH),
        ("stale velocity", but(nesterov, "    theta += v\n", "", "v[:]", "theta += v; v[:]"), STALE),
        ("velocity not kept", but(nesterov, "v[:] =", "v ="), NOT_KEPT),
        ("theta moves by the gradient only", but(nesterov, "theta += v", "theta -= lr * g"),
         "theta moves by the gradient alone. The step is the whole velocity."),
        ("the look-ahead form", but(nesterov, AHEAD, "theta", "v[:] =", "old = v.copy(); v[:] =",
                                    "+= v", "+= (1 + momentum) * v - momentum * old"),
         "This is the look-ahead form, whose parameters are the point ahead. Here they are behind it."),
    ))


# ---- 3 the look-ahead form

def lookahead_update(w, g, v, lr, momentum, following):
    old = v.copy()
    v[:] = momentum * v - lr * g
    w += -momentum * old + (1 + following) * v


def lookahead_cases(rng):
    return [{"w": numbers(rng, shape), "g": numbers(rng, shape), "v": numbers(rng, shape)} | setting
            | {"following": following} for shape, setting, following in
            zip((2, 2, 3, (2, 2)), settings(rng), rng.permutation([0.55, 0.65, 0.75, 0.85]).tolist())]


lookahead, MOVE = lookahead_update, "-momentum * old + (1 + following) * v"

LOOKAHEAD = Task(
    "05.lookahead", "the look-ahead form", lookahead, lookahead_cases, in_place=("w", "v"),
    hints=("Three moves: from w back to theta, the step to the new theta, and ahead again. The first needs"
           " the velocity as it was: `v = ...` and `v[:] = ...` both cost you that one, without a copy.",
           "Write the new w as new theta plus a share of the new velocity, and new theta as w minus a share"
           " of the old velocity, plus the new one. Which step does the momentum of each share belong to?"),
    misconceptions=(
        *ways(lookahead, MOVE,
              ("the other momentum", "One momentum belongs to the step that made this w, the other to the"
               " next step. Which leads back to theta? By which share does the next go on?",
               "-momentum * old + (1 + momentum) * v", "-following * old + (1 + following) * v",
               "-following * old + (1 + momentum) * v"),
              ("old velocity lost", "In the place of the old velocity you have the new one. If you wrote"
               " `old = v`: that is a second name for the same array, not a copy.",
               "(1 + following - momentum) * v"),
              ("not all three moves", "w should go back to theta, make the step, and go ahead again. Which of"
               " the three is missing?", "v", "(1 + following) * v", "following * v", "-momentum * old + v"),
              ("whole old velocity taken back",
               "You take back the whole old velocity. How far ahead of theta did w lie?",
               "-old + (1 + following) * v")),
        ("rate outside", but(lookahead, "lr * g", "g", MOVE, f"lr * ({MOVE})"), OUTSIDE),
    ))


# ---- 4 the best rate and momentum

def best_momentum(l_min, l_max):
    low, high = np.sqrt(l_min), np.sqrt(l_max)
    lr = (2 / (high + low)) ** 2
    momentum = ((high - low) / (high + low)) ** 2
    return lr, momentum


def eigenvalue_cases(rng):
    """Condition numbers 4, 9, 25 and 100: their roots are whole."""
    return [{"l_min": l_min, "l_max": l_min * kappa}
            for l_min, kappa in zip(rng.permutation([0.2, 0.5, 2.0, 3.0]).tolist(), (4, 9, 25, 100))]


best, LR, SHRINK = best_momentum, "(2 / (high + low)) ** 2", "((high - low) / (high + low)) ** 2"

BEST = Task(
    "05.best_momentum", "the best rate and momentum", best, eigenvalue_cases, returns=("lr", "momentum"),
    hints=("Take the root on both sides of both equations: the unknowns are then the root of the rate and"
           " the root of the momentum.",
           "Add the two equations, and the root of the momentum drops out. Divide one by the other, and the"
           " root of the rate drops out. At the end square both."),
    misconceptions=(
        *ways(best, SHRINK,
              ("no square roots in momentum",
               "In momentum you use the eigenvalues where their square roots belong.",
               "((l_max - l_min) / (l_max + l_min)) ** 2"),
              ("momentum of gradient descent",
               "Your momentum is the factor by which gradient descent at its best shrinks the error.",
               "(l_max - l_min) / (l_max + l_min)")),
        *ways(best, LR,
              ("no square roots in lr", "In lr you use the eigenvalues where their square roots belong.",
               "(2 / (l_max + l_min)) ** 2"),
              ("root of the sum", "In lr you take the root of a sum where the sum of two roots belongs.",
               "4 / (l_max + l_min)"),
              ("rate without momentum", "Your lr is one for gradient descent without momentum; with it, a"
               " larger one is stable and better.", "2 / (l_max + l_min)", "1 / l_max")),
    ))


# ---- 5 counting the crossings

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
        *ways(counted, SKIP,
              ("a point on the minimum taken for one of the sides",
               "A point on the minimum is counted with those on one side of it. A path from the other side"
               " that only touches the minimum has not crossed.", "side >= 0", "side > 0")),
        ("crossings that land on the minimum missed", but(counted, SKIP, "side", TEST, TOUCH + " < 0"),
         "You miss a crossing that lands on the minimum on its way: neighbours do not show it."),
        ("every touch counted", but(counted, SKIP, "side", TEST, TOUCH + " <= 0"),
         "Every contact with the minimum is counted, even one that turns back or stays there."),
        ("a touch counted half", lambda x, minimum: np.sum(np.abs(np.diff(np.sign(x - minimum)))) / 2,
         "Each step onto the minimum or off it counts half, even where the path turns back."),
        *ways(counted, "side[1:] !=",
              ("one direction only", "Only crossings in one direction are counted. The way back is one too.",
               "side[1:] <", "side[1:] >")),
        ("whole periods", lambda x, minimum: counted(x, minimum) // 2,
         "You count whole swings, there and back. Each of the two crossings counts."),
        ("at most one", lambda x, minimum: min(counted(x, minimum), 1),
         "You count one crossing where there are more. Does a `return` stand inside of your loop?"),
        *ways(counted, TEST,
              ("a pair left out", "Two neighbours at an end are never compared. Where do your loop or your"
               " slices begin and end?", "side[1:-1] != side[:-2]", "side[2:] != side[1:-1]")),
        ("compared with the first", but(counted, TEST, "side != side[:1]"),
         "You count points on the other side than the first. Compare each point with the one before it."),
        ("points below the minimum", lambda x, minimum: np.sum(x < minimum),
         "You count points below the minimum. Count the changes from one side to the other."),
    ))


# ---- 6 stability, measured

def averaged(theta, g, v, t, lr, momentum):
    """Adam's first moment: the only rule here in which t matters."""
    v[:] = momentum * v + (1 - momentum) * g
    theta -= lr * v / (1 - momentum**t)


def stability(update, x, y, rates, momentum, steps):
    losses = np.zeros(len(rates))
    for i, lr in enumerate(rates):
        theta, v = np.zeros(x.shape[1]), np.zeros(x.shape[1])
        for t in range(1, steps + 1):
            g = x.T @ (x @ theta - y) / len(y)
            update(theta, g, v, t, lr, momentum)
        losses[i] = np.mean((x @ theta - y) ** 2) / 2
    stable = rates[losses <= np.mean(y**2) / 2]
    return losses, np.max(stable, initial=0.0)


def stability_cases(rng):
    """Rates on both sides of the limit of momentum, in any order; in the last case one is almost stable."""
    rules = 2 * [Shown("a momentum rule", rule)] + [Shown("a rule that averages gradients", averaged)]
    shares = (0.9, 0.3, 1.3, 0.6), (1.5, 0.2, 0.7, 1.2, 0.45), (0.25, 3.0, 0.5, 0.8), (1.6, 1.01, 2.0)
    cases = []
    for update, shape, alpha, steps, share in zip(
            rules + rules[:1], ((5, 2), (7, 3), (6, 2), (5, 2)),
            rng.permutation([0.3, 0.4, 0.6, 0.7]).tolist(), rng.permutation([4, 5, 6, 7]).tolist(), shares):
        x = rng.uniform(0.5, 1.5, shape) * rng.choice([-1, 1], shape)
        limit = 2 * (1 + alpha) / np.linalg.eigvalsh(x.T @ x / len(x)).max()
        cases.append({"update": update, "x": x, "y": numbers(rng, shape[0]), "rates": limit * np.array(share),
                      "momentum": alpha, "steps": steps})
    return cases


measured, ANY = stability, " The rates come in any order."
START, LOOP = "        theta, v = np.zeros(x.shape[1]), np.zeros(x.shape[1])\n", "    for i, lr"

STABILITY = Task(
    "05.stability", "stability, measured", measured, stability_cases, returns=("losses", "rate"),
    hints=("Two loops: over the rates, and inside it over the steps. What has to be new for each rate, and"
           " what for each step?",
           "The loss is half of the mean squared residual `x @ theta - y`; by the chain rule its gradient is"
           " the mean over the examples of residual times row of x. The loss at the start needs no steps."),
    misconceptions=(
        ("start not anew", but(measured, START, "", LOOP, START[4:] + LOOP),
         "Both theta and v go on from one rate to the next. Each rate has to start where the others did."),
        ("velocity goes on", but(measured, START, "        theta = 0.0 * x[0]\n",
                                 LOOP, "    v = 0.0 * x[0]\n" + LOOP),
         "The velocity goes on from one rate to the next. Each rate has to start at rest."),
        *ways(measured, "            update(theta, g, v, t, lr, momentum)",
              ("one step at each rate", "There is only one step for each rate. Does the call of `update`"
               " stand inside of the inner loop?", "        update(theta, g, v, t, lr, momentum)"),
              ("velocity forgotten", "The velocity is 0 again at each step, so there is no memory.",
               "            v = 0 * v; update(theta, g, v, t, lr, momentum)"),
              ("rate and momentum exchanged", "Rate and momentum have changed places in your call of it.",
               "            update(theta, g, v, t, momentum, lr)"),
              ("a rule of its own", "You make momentum steps yourself. It is `update` that is to be measured,"
               " and it may be another rule.", "            v[:] = momentum * v - lr * g; theta += v")),
        *ways(measured, "g = x.T @ (x @ theta - y) / len(y)",
              ("length of the gradient", "The loss is half a mean of squares. What does that make of the 2,"
               " and of the sum over the examples?", "g = x.T @ (x @ theta - y)",
               "g = 2 * x.T @ (x @ theta - y) / len(y)"),
              ("gradient of the start only", "All steps use the first gradient. It changes with theta.",
               "g = g if t > 1 else x.T @ (x @ theta - y) / len(y)")),
        ("steps counted from 0", but(measured, "range(1, steps + 1)", "range(steps)"),
         "The steps are counted from 0. The rule gets t, and may divide by something that is 0 then."),
        *ways(measured, "stable = rates[losses <= np.mean(y**2) / 2]",
              ("half in one loss only", "The loss at the start, with which you compare, has a half too.",
               "stable = rates[losses <= np.mean(y**2)]"),
              ("compared with the first rate", "You compare with the loss at the end of the first rate. The"
               " start is theta = 0, before any step.", "stable = rates[losses <= losses[0]]"),
              ("up to the first unstable", "You stop at the first rate that is unstable." + ANY,
               "stable = rates[np.cumprod(losses <= np.mean(y**2) / 2) > 0][-1:]")),
        *ways(measured, "np.max(stable, initial=0.0)",
              ("the best rate", "You return the rate with the lowest loss. It need not be the largest that"
               " is stable.", "rates[np.argmin(losses)]"),
              ("the smallest stable rate", "You return the smallest of the stable rates.",
               "stable.min() if len(stable) else 0"),
              ("the last stable rate", "You return the last stable rate of the list." + ANY,
               "stable[-1] if len(stable) else 0"),
              ("the largest of all", "You return the largest of all rates, stable or not.", "rates.max()"),
              ("the formula", "This is the formula, which holds for momentum. The limit is to be measured.",
               "2 * (1 + momentum) / np.linalg.norm(x, 2) ** 2 * len(y)")),
        ("losses of sorted rates", lambda update, x, y, rates, momentum, steps:
            measured(update, x, y, np.sort(rates), momentum, steps),
         "Your losses belong to sorted rates. Give them in the order in which the rates came."),
    ))

TASKS = (MOMENTUM, NESTEROV, LOOKAHEAD, BEST, CROSSINGS, STABILITY)
