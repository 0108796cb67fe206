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
        *ways(gradient, "A @ theta",
              ("the half kept or forgotten", "The factor of your quadratic part is wrong. What is the"
               " derivative of half a square?", "A @ theta / 2", "2 * A @ theta"),
              ("diagonal only", "You use the diagonal of A only. Every entry of theta acts on every entry of"
               " the gradient.", "np.diag(A) * theta"),
              ("theta twice", "theta stands in your quadratic part twice, which makes it a number. How often"
               " in a derivative?", "theta @ A @ theta", "0.5 * theta @ A @ theta"),
              ("last product only", "Each entry keeps the last of its products with A. Does `=` stand where"
               " they should add up?", "A[:, -1] * theta[-1]")),
        *ways(gradient, "- b",
              ("theta at b", "theta is still in your linear part. What is its derivative?", "- b * theta",
               "- b @ theta"),
              ("b again and again", "You take b away as often as it has entries. Does it stand inside of the"
               " inner loop?", "- len(b) * b")),
        *ways(gradient, "A @ theta - b",
              ("b taken for the minimum", "This bowl has its minimum at b. Where is the minimum of the one"
               " given?", "A @ (theta - b)"),
              ("entry times entry", "Your product with A goes entry by entry and stays a matrix. How does one"
               " multiply it by a vector?", "A * theta - b", "A * theta - b * theta"),
              ("the loss", "This is f, one number. Its gradient has an entry for each parameter.",
               "0.5 * theta @ A @ theta - b @ theta", "theta @ A @ theta - b @ theta"),
              ("the minimum", "This is where the gradient is zero. Wanted is the gradient at theta.",
               "np.linalg.solve(A, b)"),
              ("the Hessian", "This is the Hessian: one derivative too many.", "A.copy()")),
    ))


# ---- 2 a step

def step(theta, g, lr):
    theta -= lr * g


def step_cases(rng):
    """No rate is the 0.1 or 0.01 that somebody may write down."""
    return [dict(zip(("theta", "g"), distinct(rng, shape, shape))) | {"lr": lr}
            for shape, lr in zip((3, 4, (2, 3)), rng.permutation([0.15, 0.3, 0.4]).tolist())]


CONSTANT = "Your rate is always the same. Use the one given."
UNIT = "Your steps have the same length whatever the gradient. Descent steps less where it is flatter."

STEP = Task(
    "01.step", "a step of gradient descent", step, step_cases, in_place=("theta",),
    hints=("One line is enough: `-=` and `[:] =` change the array that is given, `theta = ...` does not.",
           "From theta itself take away a share of the gradient: the share is the rate."),
    misconceptions=(
        *ways(step, "-= lr * g",
              ("uphill", "This climbs: the gradient points to where the loss rises.", "+= lr * g"),
              ("theta replaced", "theta becomes the step. Where did it start?", "[:] = lr * g"),
              ("theta multiplied", "You multiply theta by the step.", "*= lr * g"),
              ("rate on theta", "The rate multiplies theta. Check your brackets: it is a factor of the"
               " gradient only.", "[:] = lr * (theta - g)", "[:] = lr * theta - g", "-= lr * (theta + g)",
               "-= lr * (theta - g)")),
        *ways(step, "lr * g",
              ("no rate", "The step is the whole gradient. Where does the rate come in?", "g"),
              ("a rate of its own", CONSTANT, "0.1 * g", "0.01 * g"),
              ("unit length", UNIT, "lr * g / np.linalg.norm(g)"),
              ("times theta", "theta is a factor of your step. It is not meant to be.", "lr * g * theta"),
              ("rate added", "The rate is added to the gradient. It is its factor.", "(lr + g)")),
        ("first two entries", but(step, "theta -= lr * g", "theta[:2] -= lr * g[:2]"),
         "Only the first two entries, or rows, of theta move. It may have any number of them."),
    ))


# ---- 3 a whole run

def with_curvatures(rng, *curvatures):
    """A symmetric matrix with these eigenvalues and random axes."""
    axes = np.linalg.qr(rng.standard_normal((len(curvatures), len(curvatures))))[0]
    A = axes * curvatures @ axes.T
    return (A + A.T) / 2


def run(theta, A, b, lr, tol, most):
    at, lengths = theta.copy(), []
    for k in range(most + 1):
        g = A @ at - b
        lengths.append(np.linalg.norm(g))
        if k > 0 and lengths[k] <= tol * lengths[0]:
            return k
        at -= lr * g
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


ASKED = "lengths[k] <= tol * lengths[0]"
ENDLESS = "A run that does not arrive goes on beyond `most` steps. Where does `most` come in?"

RUN = Task(
    "01.run", "a whole run", run, run_cases, returns=("the number of steps",),
    hints=("You need a loop, the gradient of task 1, the step of task 2, and a question after each step. What"
           " has to be kept from before the loop?",
           "Before the loop: a copy of theta, and how long the gradient is. In the loop: step, gradient, and"
           " is it short enough? After the loop nothing is left but to give up."),
    misconceptions=(
        *ways(run, "return k",
              ("counted from zero", "Your count is one too small. How many steps are behind you when you ask"
               " for the first time?", "return k - 1"),
              ("one step too many", "Your count is one too large. Does it count the gradients, or the steps"
               " between them?", "return k + 1", "return k + 1 if k < most else -1")),
        *ways(run, "most + 1",
              ("the last step lost", "The run that needs exactly `most` steps is given up. How many steps"
               " does your loop make, and is the gradient after the last of them looked at?", "most"),
              ("a single step", "Only runs of a single step arrive. Does the last `return` stand inside of"
               " the loop, or do you compare each gradient with the one before?", "2"),
              ("no limit to the steps", ENDLESS, "10**4")),
        ("no limit at all", but(run, "most + 1", "10**5", ASKED, "not lengths[k] > tol * lengths[0]"),
         ENDLESS),
        *ways(run, "return -1",
              ("no last resort", "Where the run is not there in time you hand back something else than what"
               " is asked for.", "return most"),
              ("arrived at the latest", "A run that never arrives is counted as if its first step had been"
               " enough: look at `argmax`.", "return 1")),
        *ways(run, ASKED,
              ("absolute", "You compare with tol itself. It is meant as a share of the gradient at the"
               " start.", "lengths[k] <= tol", "lr * lengths[k - 1] <= tol"),
              ("square against length", "You compare a square with a length.", ASKED.replace(" <", "**2 <")),
              ("each entry by itself", "You ask whether each entry is small enough. Together they may still"
               " be too long.", "np.abs(g).max() <= tol * lengths[0]"),
              ("how much it fell", "You ask how much the gradient has fallen. Asked for is how much of it is"
               " left.", "lengths[0] - " + ASKED)),
        *ways(run, "np.linalg.norm(g)",
              ("squares", "You compare squares of lengths. A square falls to a share of tol much earlier than"
               " the length.", "g @ g"),
              ("another length", "Your length of a gradient is not the Euclidean one. What do you do with its"
               " entries?", "np.abs(g).max()", "np.abs(g).sum()", "g.sum()"),
              ("not the gradient", "You compare losses, sizes of theta or ways to the minimum. Asked for is"
               " how long the gradient is.", "abs(at @ A @ at / 2 - b @ at)", "np.linalg.norm(at)",
               "np.linalg.norm(np.linalg.solve(A, g))")),
        *ways(run, "A @ at - b",
              ("never there", "No run of yours arrives. Do the steps climb, or does the gradient you ask"
               " about never change?", "A @ theta - b"),
              ("b left out", "You leave out b. This bowl has its minimum at 0.", "A @ at"),
              ("the half kept", "The factor one half is still in your gradient.", "A @ at / 2 - b")),
        *ways(run, "lr * g",
              ("gradient of the start", "Every step is made with the gradient at the start, though you ask"
               " for a new one.", "lr * (A @ theta - b)"),
              ("unit length", UNIT, "lr * g / lengths[k]"),
              ("a rate of its own", CONSTANT, "0.1 * g")),
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
        *ways(limit, "c[-1]",
              ("a flatter direction", "This is the limit of a direction that is not the steepest. That one"
               " diverges before.", "c[0]", "c[1]"),
              ("the fastest rate", "This rate makes steepest and flattest direction equally fast. It is the"
               " best, not the largest.", "(c[0] + c[-1])"),
              ("all curvatures", "You mix all curvatures, in a sum, a mean or a product. Which one decides?",
               "c.sum()", "c.mean()", "c.prod()"),
              ("largest entry", "You use the largest entry of A, which stands on its diagonal. The steepest"
               " direction is another.", "A.max()"),
              ("sum of a row", "Your bound is safe, but not the largest: sums of rows are never below the"
               " largest eigenvalue.", "np.abs(A).sum(axis=1).max()"),
              ("norm of the entries", "You use the root of the sum of the squares of all entries, which is"
               " what numpy calls the norm.", "np.linalg.norm(A)"),
              ("unsorted", "You take the first or the last of eigenvalues that stand in no order: `eigvals`"
               " and `eig` do not sort.", "np.linalg.eigvals(A)[0]", "np.linalg.eigvals(A)[-1]"),
              ("one limit each", "One limit for each direction: which holds for all?", "c")),
        *ways(limit, "2 / c[-1]",
              ("the rate that arrives at once", "At this rate the steepest direction arrives in one step. It"
               " may overshoot and still be stable.", "1 / c[-1]"),
              ("the condition number", "The condition number says how slow descent is, and has no unit. A"
               " rate is one over a curvature.", "c[-1] / c[0]", "2 * c[0] / c[-1]"),
              ("curvatures", "An eigenvalue is a curvature. Which decides, and which rate goes with it?",
               "c[-1]", "c")),
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


FLAT_IS_DOWN = "One of your questions takes flat for a way down. Look for a sign at the tolerance."

CLASSIFY = Task(
    "01.classify", "classify a critical point", classify, hessian_cases, returns=("the kind",),
    hints=("Take the eigenvalues with `np.linalg.eigvalsh(H)`. Ask two questions: is there one above zero, is"
           " there one below? Both mean a saddle, whatever the rest is.",
           "First the saddle. If it is none, look for eigenvalues that count as zero. Only if there is none"
           " either, the common sign of all eigenvalues decides."),
    misconceptions=(
        *ways(classify, "np.linalg.eigvalsh(H)",
              ("entries", "You look at entries of H, not at its eigenvalues. A surface can rise along every"
               " axis and fall between them.", "np.sort(np.diag(H))", "np.sort(H.ravel())"),
              ("determinant", "The determinant tells the kinds apart in the plane only: two negative"
               " curvatures go unseen.", "np.sign(H[0, 0]) * np.array([1, np.linalg.det(H)])",
               "np.sign(H[0, 0]) * np.array([1, np.linalg.det(H * 1e12)])"),
              ("trace", "You use the sum of the curvatures: one hides the rest.", "np.array([np.trace(H)])"),
              ("some eigenvalues only", "Your answer depends on the smallest eigenvalue, or the two smallest,"
               " alone. There may be more.", "np.linalg.eigvalsh(H)[:1]", "np.linalg.eigvalsh(H)[:2]"),
              ("no tolerance", "An eigenvalue of size 8e-10 does not count as zero. Look at every"
               " comparison.", "np.linalg.eigvalsh(H) * 1e6"),
              ("tolerance too large", "An eigenvalue of size 3e-9 counts as zero in your function. Which"
               " tolerance is asked for?", "np.linalg.eigvalsh(H); c[np.abs(c) < 1e-8] = 0")),
        *ways(classify, "np.any(c > 1e-9) and np.any(c < -1e-9)",
              ("a saddle at once", "For the saddle, too, 8e-10 counts as zero.", "c[0] < 0 < c[-1]"),
              ("any zero undecides", "A way up and a way down make a saddle, flat directions or not. In which"
               " order do you ask?", "c[0] < 0 < c[-1] and np.all(np.abs(c) > 1e-9)"),
              ("or for and", "You call a saddle what has a way up or down.", "np.any(np.abs(c) > 1e-9)")),
        ("flat is a way down", but(classify, "c < -1e-9", "c < 1e-9"), FLAT_IS_DOWN),
        *ways(classify, "np.any(np.abs(c) <= 1e-9)",
              ("flat is a maximum", FLAT_IS_DOWN, "np.any(np.abs(c) <= 1e-9) and not np.all(c < 1e-9)"),
              ("negative is zero", "Negative eigenvalues count as zero in your function. Small in size is"
               " meant.", "np.any(c <= 1e-9)")),
        ("flat is up or down", but(classify, "np.abs(c) <= 1e-9", "False", "c[0] > 0", "c[0] > -1e-9"),
         "A flat direction does not make a minimum or a maximum: higher derivatives may lead either way."),
        ("flat is a saddle", but(classify, "return 2", "return 0"),
         "A Hessian with a flat direction is called a saddle. A saddle has a way up and a way down."),
        ("undecided if all is flat", but(classify, "any(np.abs", "all(np.abs", "c[0] > 0", "c[-1] > 1e-9"),
         "You call a point undecided only if all eigenvalues are zero. What if some are?"),
        ("a saddle overwritten", but(classify, "return 0", "return 2 if np.any(np.abs(c) <= 1e-9) else -1"),
         "No saddle comes out as one. Is it overwritten by what you ask later? Look at `if` and `elif`."),
        ("minimum and maximum swapped", but(classify, "1 if c[0] > 0 else -1", "-1 if c[0] > 0 else 1"),
         "Minimum and maximum have changed places. Which way does a surface curve at a minimum?"),
        ("saddle and undecided swapped", lambda H: {0: 2, 2: 0}.get(classify(H), classify(H)),
         "The numbers of a saddle and of an undecided point have changed places."),
        ("any way up", but(classify, "c > 1e-9", "False", "any(np.abs", "all(np.abs", "c[0]", "c[-1] - 1e-9"),
         "You call a minimum what has some way up, or a maximum what has some way down."),
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


DISTANCE = Task(
    "01.distance", "distance travelled per epoch", distance, path_cases, returns=("the distances",),
    hints=("`np.diff(points, axis=0)` gives the steps, one per row. Each has a length; an epoch has n.",
           "`np.linalg.norm` with the right axis gives the length of each row. Put the lengths into a table"
           " with one row per epoch, and add up its rows."),
    misconceptions=(
        *ways(distance, "np.linalg.norm(steps, axis=1)",
              ("from the origin", "These are distances from the origin. A step leads from point to point.",
               "np.linalg.norm(points[1:], axis=1)", "np.linalg.norm(points[:-1], axis=1)"),
              ("squares", "You add up squares of lengths. A length is the root of a sum of squares.",
               "np.sum(steps**2, axis=1)"),
              ("entries added up", "You add up the entries of a step, or their sizes. How long is a step?",
               "steps.sum(axis=1)", "np.abs(steps).sum(axis=1)")),
        *ways(distance, ".sum(axis=1)",
              ("the mean step", "This is the mean length of a step.", ".mean(axis=1)"),
              ("a step lost", "The first or the last step of each epoch is missing. How many points belong to"
               " n steps?", "[:, 1:].sum(axis=1)", "[:, :-1].sum(axis=1)"),
              ("only one step", "You have a single step of each epoch. Does `=` stand where the lengths"
               " should add up?", "[:, -1]", "[:, 0]"),
              ("summed over the epochs", "You add up the first steps of all epochs, then the second ones."
               " Which axis is an epoch?", ".sum(axis=0)")),
        *ways(distance, "lengths.reshape(-1, n).sum(axis=1)",
              ("straight lines", "This is how far away an epoch ends, on a straight line. A path may turn.",
               "np.linalg.norm(points[n::n] - points[:-1:n], axis=1)",
               "np.linalg.norm(points[n::n] - points[0], axis=1)"),
              ("one root an epoch", "You take the root once per epoch. Each step has its own length, so its"
               " own root.", "np.sqrt((lengths**2).reshape(-1, n).sum(axis=1))"),
              ("epochs mixed", "The steps are all there, but in the wrong epochs: the first n belong to the"
               " first one.", "lengths.reshape(n, -1).sum(axis=0)"),
              ("a step too many", "Your epochs overlap: each has a step of the next one. How many points does"
               " an epoch touch?", "np.array([sum(lengths[k:][:n + 1]) for k in range(0, len(lengths), n)])"),
              ("not added up", "These are the lengths of all steps. Those of an epoch have to be added up.",
               "lengths", "lengths.reshape(-1, n)")),
    ))

TASKS = (GRADIENT, STEP, RUN, LIMIT, CLASSIFY, DISTANCE)
