"""Exercise 1: the gradient of a quadratic, a step, a whole run, its limit, critical points, distances."""

import numpy as np

from .engine import Task
from .mistakes import but, ways
from .values import distinct, numbers


# ---- 1 the gradient

def gradient(theta, A, b):
    return A @ theta - b


def gradient_cases(rng):
    drawn = [distinct(rng, n, n, (n, n)) for n in (2, 3, 4)]
    return [{"theta": theta, "A": M + M.T, "b": b} for theta, b, M in drawn]


GRADIENT = Task(
    "01.gradient", "the gradient of a quadratic", gradient, gradient_cases, returns=("the gradient",),
    hints=("Write out f for a single parameter: a parabola and a straight line. What are their derivatives?"
           " The matrix takes the place of the number.",
           "The quadratic part loses its factor one half, the linear part leaves its coefficients. A matrix"
           " times a vector is written with @, not with *."),
    misconceptions=(
        ("the half kept", but(gradient, "A @", "0.5 * A @"),
         "The factor one half is still there. What is the derivative of half a square?"),
        ("the half forgotten", but(gradient, "A @", "2 * A @"),
         "The quadratic part is twice too large. The loss has a factor in front of it."),
        ("diagonal only", but(gradient, "A @", "np.diag(A) *"),
         "You use the diagonal of A only. Every entry of theta acts on every entry of the gradient."),
        ("b taken for the minimum", but(gradient, "theta - b", "(theta - b)"),
         "This bowl has its minimum at b. Where is the minimum of the one given?"),
        *ways(gradient, "A @ theta - b",
              ("entry times entry", "Your product with A goes entry by entry and stays a matrix. How does one"
               " multiply it by a vector?", "A * theta - b", "A * theta - b * theta"),
              ("the loss", "This is f, one number. Its gradient has an entry for each parameter.",
               "0.5 * theta @ A @ theta - b @ theta", "theta @ A @ theta - b @ theta")),
        ("quadratic part as in f", lambda theta, A, b: 0.5 * theta @ A @ theta - b,
         "Your quadratic part is still that of f. How often may theta stand in its derivative?"),
        ("theta twice", but(gradient, "A @", "theta @ A @"),
         "theta stands in your quadratic part twice, which makes it a number. How often in a derivative?"),
        ("theta at b", but(gradient, "- b", "- b * theta"), "theta is still in your linear part."),
        ("linear part as in f", but(gradient, "- b", "- b @ theta"), "Your linear part is still that of f."),
        ("the minimum", lambda theta, A, b: np.linalg.solve(A, b),
         "This is where the gradient is zero. Wanted is the gradient at theta."),
        ("the Hessian", lambda theta, A, b: A.copy(), "This is the Hessian: one derivative too many."),
        ("b again and again", but(gradient, "- b", "- len(b) * b"),
         "You take b away as often as it has entries. Does it stand inside of the inner loop?"),
        ("last product only", but(gradient, "A @ theta", "A[:, -1] * theta[-1]"),
         "Each entry keeps the last of its products with A. Does `=` stand where they should add up?"),
        ("summed down the columns", but(gradient, "A @ theta", "A.sum(axis=0) * theta"),
         "Each entry of theta meets a whole column of A. Over which index should the products add up?"),
    ))


# ---- 2 a step

def step(theta, g, lr):
    theta -= lr * g


def step_cases(rng):
    """No rate is the 0.1 or 0.01 that somebody may write down."""
    return [dict(zip(("theta", "g"), distinct(rng, shape, shape))) | {"lr": lr}
            for shape, lr in zip((3, 4, (2, 3)), rng.permutation([0.15, 0.3, 0.4]).tolist())]


STEP = Task(
    "01.step", "a step of gradient descent", step, step_cases, in_place=("theta",),
    hints=("One line is enough: `-=` and `[:] =` change the array that is given, `theta = ...` does not.",
           "From theta itself take away a share of the gradient: the share is the rate."),
    misconceptions=(
        ("uphill", but(step, "-=", "+="), "This climbs: the gradient points to where the loss rises."),
        ("no rate", but(step, "lr * g", "g"), "The step is the whole gradient. Where does the rate come in?"),
        ("a rate of its own", but(step, "lr *", "0.1 *"), "Your rate is always 0.1. Use the one given."),
        ("another of its own", but(step, "lr *", "0.01 *"), "Your rate is always 0.01. Use the one given."),
        ("unit length", but(step, "* g", "* g / np.linalg.norm(g)"),
         "Your step has the same length whatever the gradient. Descent steps less where it is flatter."),
        ("theta replaced", but(step, "-=", "[:] ="), "theta becomes the step. Where did it start?"),
        ("theta shrunk", but(step, "* g", "* (theta + g)"),
         "theta itself shrinks in your step. Only the gradient is multiplied by the rate."),
        ("rate on theta too", but(step, "-= lr * g", "[:] = lr * (theta - g)"),
         "The rate multiplies theta as well. Check your brackets: it is a factor of the gradient only."),
        ("rate on theta", but(step, "-= lr * g", "[:] = lr * theta - g"),
         "The rate multiplies theta instead of the gradient."),
        ("towards the gradient", but(step, "* g", "* (theta - g)"),
         "You go from theta towards g, as if g were a place. It is a direction, to be followed from theta."),
        ("times theta", but(step, "* g", "* g * theta"),
         "theta is a factor of your step. It is not meant to be."),
        ("theta multiplied", but(step, "-=", "*="), "You multiply theta by the step."),
        ("rate alone", but(step, "lr * g", "lr"), "You take away the rate alone. Where is the gradient?"),
        ("rate added", but(step, "lr * g", "lr + g"), "The rate is added to the gradient. It is its factor."),
        ("again and again", but(step, "lr * g", "len(theta) * lr * g"),
         "The step is made len(theta) times. Does a change of all of theta stand inside of a loop?"),
        ("first two entries", lambda theta, g, lr: step(theta[:2], g[:2], lr),
         "Only the first two entries, or rows, of theta move. It may have any number of them."),
    ))


# ---- 3 a whole run

def with_curvatures(rng, *curvatures):
    """A symmetric matrix with these eigenvalues and random axes."""
    axes = np.linalg.qr(rng.standard_normal((len(curvatures), len(curvatures))))[0]
    A = axes * curvatures @ axes.T
    return (A + A.T) / 2


def run(theta, A, b, lr, tol, most):
    at = theta.copy()
    g = A @ at - b
    goal = tol * np.linalg.norm(g)
    for k in range(1, most + 1):
        at -= lr * g
        g = A @ at - b
        if np.linalg.norm(g) <= goal:
            return k
    return -1


def run_cases(rng):
    """Runs that creep, and some that jump; one arrives at the last step allowed, one is too slow, one
    diverges; one needs a single step; in one the gradient at the start leads all the way.
    """
    cases = []
    for curvatures, lr, tol, most in (((3.1, 0.4), 0.3, 0.02, 90), ((5.2, 1.1, 0.7), 0.24, 0.05, 80),
                                      ((2.3, 0.9, 1.6), 0.8, 0.003, 97), ((8.4, 1.2), 0.22, 0.006, None),
                                      ((4.3, 0.9), 0.6, 0.03, 60), ((2.6, 0.3, 0.7), 0.15, 0.004, 33),
                                      ((1.5, 1.3), 0.2, 0.3, 40), ((2.2, 2.1), 0.45, 0.2, 50)):
        n = len(curvatures)
        theta, b = distinct(rng, n, n)
        b *= 0.03 if tol == 0.3 else 1          # a minimum near 0, where theta is nearly d
        case = {"theta": theta, "A": with_curvatures(rng, *curvatures), "b": b, "lr": lr, "tol": tol}
        cases.append(case | {"most": most or run(**case, most=1000)})
    return cases


def loss(theta, A, b):
    return 0.5 * theta @ A @ theta - b @ theta


AGAIN, ASKED = "        g = A @ at - b\n", "if np.linalg.norm(g) <= goal"


def measured(what):
    """The run that looks at something else, an expression in g and at, both before it and on its way."""
    return but(run, "goal = tol * np.linalg.norm(g)", f"goal = tol * {what}", ASKED, f"if {what} <= goal")


RUN = Task(
    "01.run", "a whole run", run, run_cases, returns=("the number of steps",),
    hints=("You need a loop, the gradient of task 1, the step of task 2, and a question after each step. What"
           " has to be kept from before the loop?",
           "Before the loop: a copy of theta, and how long the gradient is. In the loop: step, gradient, and"
           " is it short enough? After the loop nothing is left but to give up."),
    misconceptions=(
        ("counted from zero", but(run, "range(1, most + 1)", "range(most)"),
         "Your count is one too small. How many steps are behind you when you ask for the first time?"),
        ("one step too many", but(run, "return k", "return k + 1"),
         "Your count is one too large. Does it count the gradients, or the steps between them?"),
        ("asked before the step", but(run, "most + 1", "most", "return k", "return k + 1"),
         "You ask before the step, with a count that has this step in it: it is one too large."),
        ("the last step lost", but(run, "most + 1", "most"),
         "The run that needs exactly `most` steps is given up. How many steps does your loop make, and is the"
         " gradient after the last of them looked at?"),
        ("no last resort", but(run, "return -1", "return most"),
         "Where the run is not there in time you hand back something else than what is asked for."),
        ("arrived at the latest", but(run, "return -1", "return 1"),
         "A run that never arrives is counted as if its first step had been enough: look at `argmax`."),
        ("a single step", but(run, "return k", "return k if k == 1 else -1"),
         "Only runs of a single step arrive. Does the last `return` stand inside of the loop, or do you"
         " compare each gradient with the one before?"),
        ("no limit to the steps", but(run, "most + 1", "10**4"), "Longer runs than `most` are not given up."),
        ("no limit at all", but(run, "most + 1", "10**5", ASKED, "if not np.linalg.norm(g) > goal"),
         "A run that never arrives goes on until its numbers overflow. Where does `most` come in?"),
        ("absolute", but(run, "tol * np", "tol + 0 * np"),
         "You compare the gradient with tol itself. It is meant as a share of the gradient at the start."),
        ("square against length", but(run, ASKED, "if g @ g <= goal"), "You compare a square with a length."),
        ("squares", measured("(g @ g)"),
         "You compare squares of lengths. A square falls to a share of tol much earlier than the length."),
        ("largest entry", measured("np.abs(g).max()"),
         "You compare the largest entries of the gradients. Their Euclidean length is asked for."),
        ("each entry by itself", but(run, ASKED, "if np.abs(g).max() <= goal"),
         "You ask whether each entry is small enough. Together they may still be too long."),
        ("sum of sizes", measured("np.abs(g).sum()"),
         "You add up the sizes of the entries. The Euclidean length is asked for."),
        ("sum of entries", measured("g.sum()"),
         "You add up the entries of the gradient with their signs. That can be small where no entry is."),
        ("how much it fell", but(run, ASKED, "if goal / tol - np.linalg.norm(g) <= goal"),
         "You ask how much the gradient has fallen. Asked for is how much of it is left."),
        ("the loss", measured("abs(loss(at, A, b))"),
         "You compare losses. Asked for is when the gradient is short enough; the loss need not end at 0."),
        ("theta", measured("np.linalg.norm(at)"),
         "You ask whether theta is small. The minimum need not be at 0; the gradient vanishes there."),
        ("distance from the minimum", measured("np.linalg.norm(np.linalg.solve(A, g))"),
         "You ask how far the minimum is. In a network nobody knows; ask how long the gradient is."),
        ("length of the step", but(run, "tol * np.linalg.norm(g)", "tol / lr", "most + 1", "most", "return k",
                                   "return k + 1"),
         "You ask whether the step is shorter than tol. Compare gradients, with the one at the start."),
        ("gradient of the start", but(run, AGAIN, "", ASKED, "if np.linalg.norm(A @ at - b) <= goal"),
         "Every step is made with the gradient at the start, though you ask for a new one."),
        ("never there", but(run, AGAIN, ""),
         "No run of yours arrives. Do the steps climb, or does the gradient you ask about never change?"),
        ("b left out", but(run, "    at = theta.copy()", "    at, b = theta.copy(), 0 * b"),
         "You leave out b: this is the run on another bowl, with its minimum at 0."),
        ("the half kept", but(run, "    at = theta.copy()", "    at, A = theta.copy(), A / 2"),
         "The factor one half of the loss is still in your gradient."),
        ("unit length", but(run, "lr * g", "lr * g / np.linalg.norm(g)"),
         "Your steps have the same length whatever the gradient. Descent steps less where it is flatter."),
        ("a rate of its own", but(run, "lr * g", "0.1 * g"), "Your rate is always 0.1. Use the one given."),
    ))


# ---- 4 the limit

def limit(A):
    c = np.linalg.eigvalsh(A)
    return 2 / c[-1]


def limit_cases(rng):
    return [{"A": with_curvatures(rng, *curvatures)} for curvatures in (
        (8.2, 1.3), (5.1, 0.6), (3.4, 12.5, 0.4), (0.7, 0.3, 1.6), (2.7, 9.1, 4.2, 3.6))]


LIMIT = Task(
    "01.limit", "the stability limit", limit, limit_cases, returns=("the rate",),
    hints=("`np.linalg.eigvalsh(A)` gives the eigenvalues of a symmetric matrix, smallest first. Which"
           " direction is thrown out first?",
           "The steepest direction multiplies its distance by one minus rate times curvature in each step. At"
           " which rate is that factor minus one?"),
    misconceptions=(
        ("the rate that arrives at once", but(limit, "2 /", "1 /"),
         "At this rate the steepest direction arrives in one step. It may overshoot and still be stable."),
        ("the flattest direction", but(limit, "-1", "0"),
         "This is the limit of the flattest direction. The others diverge before."),
        ("the fastest rate", but(limit, "c[-1]", "(c[0] + c[-1])"),
         "This rate makes steepest and flattest direction equally fast. It is the best, not the largest."),
        ("trace", but(limit, "c[-1]", "c.sum()"), "You use the sum of all curvatures."),
        ("mean curvature", but(limit, "c[-1]", "c.mean()"), "You use the mean curvature. Some are steeper."),
        ("determinant", but(limit, "c[-1]", "c.prod()"), "You use the product of all curvatures."),
        ("largest entry", but(limit, "c[-1]", "A.max()"),
         "You use the largest entry of A, which stands on its diagonal. The steepest direction is another."),
        ("sum of a row", but(limit, "c[-1]", "np.abs(A).sum(axis=1).max()"),
         "Your bound is safe, but not the largest: sums of rows are never below the largest eigenvalue."),
        ("norm of the entries", but(limit, "c[-1]", "np.linalg.norm(A)"),
         "You use the root of the sum of the squares of all entries, which is what numpy calls the norm."),
        ("by the condition number", but(limit, "2", "2 * c[0]"),
         "You divide by the condition number. That has no unit; a rate is one over a curvature."),
        ("the condition number", but(limit, "2 / c[-1]", "c[-1] / c[0]"),
         "This is the condition number. It says how slow descent is, not which rates are stable."),
        ("the largest eigenvalue", but(limit, "2 / ", ""), "This is a curvature. Which rate goes with it?"),
        ("unsorted, the last", but(limit, "eigvalsh", "eigvals"),
         "You take the last of eigenvalues that stand in no order: `eigvals` and `eig` do not sort."),
        ("unsorted, the first", but(limit, "eigvalsh", "eigvals", "-1", "0"),
         "You take the first of eigenvalues that stand in no order: `eigvals` and `eig` do not sort."),
        ("second eigenvalue", but(limit, "-1", "1"), "You take the second eigenvalue. There may be more."),
        ("one limit each", but(limit, "c[-1]", "c"), "One limit for each direction: which holds for all?"),
        ("the eigenvalues", but(limit, "2 / c[-1]", "c"), "These are the curvatures. Which one decides?"),
    ))


# ---- 5 critical points

def classify(H):
    c = np.linalg.eigvalsh(H)
    if np.any(c > 1e-9) and np.any(c < -1e-9):
        return 0
    if np.any(np.abs(c) <= 1e-9):
        return 2
    return 1 if c[0] > 0 else -1


def hessian_cases(rng):
    """Some fool the diagonal, the determinant or the trace. 8e-10 is flat, 3e-9 is not."""
    return [{"H": np.array([[1.0, 3.0], [3.0, 2.5]])}] + [{"H": with_curvatures(rng, *c)} for c in (
        (1.2, 4), (-2, -3), (-1, -2, 3, 5), (8e-10, 2, 3), (-8e-10, 1.1, 3), (8e-10, -1, -4), (-8e-10, -3),
        (-0.9, 8e-10, 2), (-1, -2, -5), (-3, 0.5, 4), (3e-9, 3), (-3e-9, -3, -2), (-3e-9, 0.6),
        (9e-10, 9e-10, -6e-10), (-6, -1, 2))]


def sign(x):
    """The kind where one number decides."""
    return 2 if abs(x) <= 1e-9 else 1 if x > 0 else -1


def by_determinant(H):
    d = sign(np.linalg.det(H))
    return d if d == 2 else 0 if d == -1 else sign(H[0, 0])


CLASSIFY = Task(
    "01.classify", "classify a critical point", classify, hessian_cases, returns=("the kind",),
    hints=("Take the eigenvalues with `np.linalg.eigvalsh(H)`. Ask two questions: is there one above zero, is"
           " there one below? Both mean a saddle, whatever the rest is.",
           "First the saddle. If it is none, look for eigenvalues that count as zero. Only if there is none"
           " either, the common sign of all eigenvalues decides."),
    misconceptions=(
        ("diagonal", but(classify, "np.linalg.eigvalsh(H)", "np.sort(np.diag(H))"),
         "You look at the diagonal of H. A surface can rise along every axis and fall between them."),
        ("entries", but(classify, "np.linalg.eigvalsh(H)", "np.sort(H.ravel())"),
         "You look at the signs of the entries of H. The curvatures are its eigenvalues."),
        ("determinant", by_determinant,
         "The determinant tells the kinds apart in the plane only: two negative curvatures go unseen."),
        ("sign of the determinant", lambda H: by_determinant(H * 1e12),
         "The sign of the determinant tells the kinds apart in the plane only, and has no tolerance."),
        ("trace", lambda H: sign(np.trace(H)), "You use the sum of the curvatures: one hides the others."),
        ("no tolerance", but(classify, "eigvalsh(H)", "eigvalsh(H) * 1e6"),
         "An eigenvalue of size 8e-10 does not count as zero. Look at every comparison."),
        ("tolerance too large", but(classify, "eigvalsh(H)", "eigvalsh(H); c[np.abs(c) < 1e-8] = 0"),
         "An eigenvalue of size 3e-9 counts as zero in your function. Which tolerance is asked for?"),
        ("a saddle at once", but(classify, "c > 1e-9", "c > 0", "c < -1e-9", "c < 0"),
         "Eigenvalues of size 8e-10 count as zero in the question for a saddle, too."),
        ("flat is up or down", but(classify, "np.abs(c) <= 1e-9", "False", "c[0] > 0", "c[0] > -1e-9"),
         "A flat direction does not make a minimum or a maximum: higher derivatives may lead either way."),
        ("flat is a maximum", lambda H: -1 if np.all(np.linalg.eigvalsh(H) < 1e-9) else classify(H),
         "You call a maximum what has flat directions, too. Look for a sign at the tolerance."),
        ("flat is a way down", but(classify, "c < -1e-9", "c < 1e-9"),
         "In the question for a saddle, flat counts as a way down. Look for a sign at the tolerance."),
        ("flat is a saddle", but(classify, "return 2", "return 0"),
         "A Hessian with a flat direction is called a saddle. A saddle has a way up and a way down."),
        ("undecided if all is flat", but(classify, "any(np.abs", "all(np.abs", "c[0] > 0", "c[-1] > 1e-9"),
         "You call a point undecided only if all eigenvalues are zero. What if some are?"),
        ("any zero undecides", but(classify, "any(c > 1e-9)", "any(c > 0) and np.all(abs(c) > 1e-9)"),
         "A way up and a way down make a saddle, flat directions or not. In which order do you ask?"),
        ("a saddle overwritten", but(classify, "return 0", "return 2 if np.any(np.abs(c) <= 1e-9) else -1"),
         "No saddle comes out as one. Is it overwritten by what you ask later? Look at `if` and `elif`."),
        ("negative is zero", but(classify, "np.abs(c) <=", "c <="),
         "Negative eigenvalues count as zero in your function. Small in size is meant."),
        ("minimum and maximum swapped", but(classify, "1 if c[0] > 0 else -1", "-1 if c[0] > 0 else 1"),
         "Minimum and maximum have changed places. Which way does a surface curve at a minimum?"),
        ("saddle and undecided swapped", lambda H: {0: 2, 2: 0}.get(classify(H), classify(H)),
         "The numbers of a saddle and of an undecided point have changed places."),
        ("the smallest decides", lambda H: sign(np.linalg.eigvalsh(H)[0]),
         "Your answer depends on the smallest eigenvalue alone."),
        ("any way up", but(classify, "c > 1e-9", "False", "any(np.abs", "all(np.abs", "c[0]", "c[-1] - 1e-9"),
         "You call a minimum what has some way up, or a maximum what has some way down."),
        ("or for and", but(classify, " and ", " or "), "You call a saddle what has a way up or a way down."),
        ("two eigenvalues only", lambda H: classify(np.diag(np.linalg.eigvalsh(H)[:2])),
         "Your answer depends on the two smallest eigenvalues. There may be more of them."),
    ))


# ---- 6 distances

def distance(points, n):
    steps = np.diff(points, axis=0)
    lengths = np.linalg.norm(steps, axis=1)
    return lengths.reshape(-1, n).sum(axis=1)


def path_cases(rng):
    """Numbers of epochs, of steps and of parameters differ; the last has epochs of a single step."""
    return [{"points": numbers(rng, (epochs * n + 1, P)), "n": n}
            for epochs, n, P in ((2, 3, 2), (3, 4, 2), (4, 2, 3), (3, 1, 2))]


def parts(points, n, first, last):
    """How far each epoch travels from its point `first` to before its point `last`."""
    lengths = np.linalg.norm(np.diff(points, axis=0), axis=1)
    return np.array([lengths[k + first:k + last - 1].sum() for k in range(0, len(lengths), n)])


DISTANCE = Task(
    "01.distance", "distance travelled per epoch", distance, path_cases, returns=("the distances",),
    hints=("`np.diff(points, axis=0)` gives the steps, one per row. Each has a length; an epoch has n.",
           "`np.linalg.norm` with the right axis gives the length of each row. Put the lengths into a table"
           " with one row per epoch, and add up its rows."),
    misconceptions=(
        ("straight lines", lambda points, n: np.linalg.norm(np.diff(points[::n], axis=0), axis=1),
         "This is the straight line from where an epoch begins to where it ends. A path may turn."),
        ("squares", but(distance, "np.linalg.norm(steps, axis=1)", "np.sum(steps ** 2, axis=1)"),
         "You add up squares of lengths. A length is the root of a sum of squares."),
        ("one root an epoch", but(distance, "np.linalg.norm(steps, axis=1)", "np.sum(steps ** 2, axis=1)",
                                  ".sum(axis=1)\n", ".sum(axis=1) ** 0.5\n"),
         "You take the root once per epoch. Each step has its own length, so its own root."),
        ("the mean step", but(distance, "sum", "mean"), "This is the mean length of a step."),
        ("along the axes", but(distance, "(steps, axis=1)", "(steps, 1, axis=1)"),
         "You add up the absolute entries of a step: a walk along the axes. Take its Euclidean norm."),
        ("entries added up", but(distance, "np.linalg.norm", "np.sum"),
         "You add up the entries of the steps with their signs. A step has a length."),
        ("epochs mixed", but(distance, "-1, n).sum(axis=1", "n, -1).sum(axis=0"),
         "The steps are all there, but in the wrong epochs: the first n belong to the first one."),
        *ways(distance, "np.diff(points, axis=0)",
              ("from the origin", "These are distances from the origin. A step leads from point to point.",
               "points[1:]", "points[:-1]")),
        ("from the start", lambda points, n: np.linalg.norm(points[n::n] - points[0], axis=1),
         "This is how far from the start of the run each epoch ends. How long was its way?"),
        ("last step of an epoch lost", lambda points, n: parts(points, n, 0, n),
         "The last step of each epoch is missing. How many points belong to n steps?"),
        ("first step of an epoch lost", lambda points, n: parts(points, n, 1, n + 1),
         "The first step of each epoch is missing. How many points belong to n steps?"),
        ("a step too many", lambda points, n: parts(points, n, 0, n + 2),
         "Your epochs overlap: each has a step of the next one. How many points does an epoch touch?"),
        ("only the last step", but(distance, ".sum(axis=1)", "[:, -1]"),
         "You have the last step of each epoch only. Does `=` stand where the lengths should add up?"),
        ("only the first step", but(distance, ".sum(axis=1)", "[:, 0]"), "You have each first step only."),
        ("not added up", but(distance, ".reshape(-1, n).sum(axis=1)", ""),
         "These are the lengths of all steps. Those of an epoch have to be added up."),
        ("table of lengths", but(distance, ".sum(axis=1)", ""),
         "This is the table of all lengths, one row per epoch. What is left to do with a row?"),
        ("summed over the epochs", but(distance, "sum(axis=1)", "sum(axis=0)"),
         "You add up the first steps of all epochs, then the second ones. Which axis is an epoch?"),
    ))

TASKS = (GRADIENT, STEP, RUN, LIMIT, CLASSIFY, DISTANCE)
