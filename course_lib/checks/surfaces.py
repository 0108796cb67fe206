"""Exercise 1: the gradient of a quadratic, a step of descent, its limit, critical points, distances.

Each misconception below is a version that somebody writes in earnest. The tests hold that no two of them, and
none of them and the reference, give the same results on the cases drawn.
"""

import numpy as np

from ..optimizers import SGD
from .engine import Misconception, Task
from .values import numbers

# ---- references


def quadratic_gradient(theta, A, b):
    return A @ theta - b


def descent_step(theta, g, lr):
    SGD.update(theta, g, 1, lr)


def largest_stable_rate(A):
    return 2 / np.linalg.eigvalsh(A)[-1]


def classify(H):
    curvatures = np.linalg.eigvalsh(H)
    up, down = np.any(curvatures > 1e-9), np.any(curvatures < -1e-9)
    if up and down:
        return 0
    if np.any(np.abs(curvatures) <= 1e-9):
        return 2
    return 1 if up else -1


def distance_per_epoch(points, n):
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    return steps.reshape(-1, n).sum(axis=1)


# ---- cases

def with_curvatures(rng, curvatures):
    """A symmetric matrix with these eigenvalues and random axes."""
    axes = np.linalg.qr(rng.standard_normal((len(curvatures), len(curvatures))))[0]
    A = axes * curvatures @ axes.T
    return (A + A.T) / 2


def gradient_cases(rng):
    cases = []
    for n in (2, 2, 3):
        M = numbers(rng, (n, n))
        cases.append({"theta": numbers(rng, n), "A": M + M.T, "b": numbers(rng, n)})
    return cases


def step_cases(rng):
    return [{"theta": numbers(rng, shape), "g": numbers(rng, shape), "lr": lr}
            for shape, lr in zip((2, 3, (2, 2)), rng.permutation([0.1, 0.3, 0.4]).tolist())]


def limit_cases(rng):
    return [{"A": with_curvatures(rng, np.array(curvatures))}
            for curvatures in ((1.0, 8.0), (0.5, 5.0), (0.4, 3.0, 12.5), (0.2, 0.7, 1.6))]


def hessian_cases(rng):
    """Some fool the diagonal, the determinant or the trace; some have zeros, with and without both signs."""
    cases = [{"H": np.array([[1.0, 3.0], [3.0, 2.0]])}]         # the diagonal is positive, the point a saddle
    for curvatures in ((1.0, 4.0), (-2.0, -3.0), (-1.0, -2.0, 3.0, 5.0), (0.0, 2.0, 3.0), (0.0, -1.0, -4.0),
                       (-2.0, 0.0, 1.0), (-1.0, -2.0, -5.0), (-3.0, 0.5, 4.0)):
        cases.append({"H": with_curvatures(rng, np.array(curvatures))})
    return cases


def path_cases(rng):
    return [{"points": numbers(rng, (epochs * n + 1, P)), "n": n}
            for epochs, n, P in ((2, 3, 2), (3, 2, 2), (2, 2, 3))]


# ---- misconceptions: the gradient

def gradient_half(theta, A, b):
    return A @ theta / 2 - b


def gradient_double(theta, A, b):
    return 2 * A @ theta - b


def gradient_plus(theta, A, b):
    return A @ theta + b


def gradient_without_b(theta, A, b):
    return A @ theta


def gradient_downhill(theta, A, b):
    return b - A @ theta


def gradient_diagonal(theta, A, b):
    return np.diag(A) * theta - b


def gradient_from_b(theta, A, b):
    return A @ (theta - b)


GRADIENT = Task(
    name="01.gradient",
    title="the gradient of a quadratic",
    reference=quadratic_gradient,
    draw=gradient_cases,
    returns=("the gradient",),
    hints=(
        "Write out f for a single parameter: a parabola and a straight line. What are their derivatives? The"
        " matrix takes the place of the number.",
        "The quadratic part loses its factor one half, the linear part leaves its coefficients. A matrix"
        " times a vector is written with @, not with *.",
    ),
    misconceptions=(
        Misconception("the half kept", gradient_half,
                      "The factor one half is still there. What is the derivative of half a square?"),
        Misconception("the half forgotten", gradient_double,
                      "The quadratic part is twice too large. The loss has a factor in front of it."),
        Misconception("b with the wrong sign", gradient_plus,
                      "The linear part has the wrong sign. Look at its sign in f."),
        Misconception("b left out", gradient_without_b,
                      "This would be zero at theta = 0, whatever b is. The linear part of f has a slope"
                      " too."),
        Misconception("downhill", gradient_downhill,
                      "This is the direction downhill. The gradient points uphill; the step turns it round."),
        Misconception("diagonal only", gradient_diagonal,
                      "You use the diagonal of A only. Every entry of theta acts on every entry of the"
                      " gradient."),
        Misconception("b taken for the minimum", gradient_from_b,
                      "This bowl has its minimum at b. Where is the minimum of the one given?"),
    ),
)


# ---- misconceptions: the step

def step_climbs(theta, g, lr):
    theta += lr * g


def step_without_rate(theta, g, lr):
    theta -= g


def step_of_unit_length(theta, g, lr):
    theta -= lr * g / np.linalg.norm(g)


def step_by_sign(theta, g, lr):
    theta -= lr * np.sign(g)


def step_divides(theta, g, lr):
    theta -= g / lr


def step_replaces(theta, g, lr):
    theta[:] = -lr * g


def step_shrinks(theta, g, lr):
    theta[:] = (1 - lr) * theta - lr * g


def step_multiplies(theta, g, lr):
    theta -= lr * g * theta


STEP = Task(
    name="01.step",
    title="a step of gradient descent",
    reference=descent_step,
    draw=step_cases,
    in_place=("theta",),
    hints=(
        "One line is enough. `theta = ...` makes a new array; `theta -= ...` and `theta[:] = ...` change the"
        " one that is given.",
        "From theta itself take away a share of the gradient: the share is the rate.",
    ),
    misconceptions=(
        Misconception("uphill", step_climbs,
                      "This climbs: the gradient points to where the loss rises."),
        Misconception("no rate", step_without_rate,
                      "The step is the whole gradient. Where does the rate come in?"),
        Misconception("unit length", step_of_unit_length,
                      "Your step has the same length whatever the gradient. Gradient descent steps less"
                      " where it is flatter."),
        Misconception("signs only", step_by_sign,
                      "You use the signs of the gradient only. Its size counts too."),
        Misconception("divided by the rate", step_divides,
                      "A larger rate makes your step smaller: you divide where you should multiply."),
        Misconception("theta replaced", step_replaces,
                      "theta becomes the step itself. The step has to be added to where theta was."),
        Misconception("theta shrunk", step_shrinks,
                      "theta itself shrinks in your step. Only the gradient is multiplied by the rate."),
        Misconception("times theta", step_multiplies,
                      "Your step is multiplied by theta. It depends on the gradient and the rate only."),
    ),
)


# ---- misconceptions: the limit

def limit_at_once(A):
    return 1 / np.linalg.eigvalsh(A)[-1]


def limit_of_the_flat(A):
    return 2 / np.linalg.eigvalsh(A)[0]


def limit_fastest(A):
    return 2 / (np.linalg.eigvalsh(A)[0] + np.linalg.eigvalsh(A)[-1])


def limit_from_trace(A):
    return 2 / np.trace(A)


def limit_from_diagonal(A):
    return 2 / np.max(np.diag(A))


def limit_from_entries(A):
    return 2 / np.max(np.abs(A).sum(axis=1))


def limit_from_kappa(A):
    return 2 * np.linalg.eigvalsh(A)[0] / np.linalg.eigvalsh(A)[-1]


def limit_upside_down(A):
    return np.linalg.eigvalsh(A)[-1] / 2


def limit_from_norm(A):
    return 2 / np.linalg.norm(A)


LIMIT = Task(
    name="01.limit",
    title="the stability limit",
    reference=largest_stable_rate,
    draw=limit_cases,
    returns=("the rate",),
    hints=(
        "`np.linalg.eigvalsh(A)` gives the eigenvalues of a symmetric matrix, smallest first. Which direction"
        " is thrown out first?",
        "The steepest direction multiplies its distance by one minus rate times curvature in each step. At"
        " which rate is that factor minus one?",
    ),
    misconceptions=(
        Misconception("the rate that arrives at once", limit_at_once,
                      "At this rate the steepest direction arrives in one step. It may overshoot and still be"
                      " stable."),
        Misconception("the flattest direction", limit_of_the_flat,
                      "This is the limit of the flattest direction. The others diverge before."),
        Misconception("the fastest rate", limit_fastest,
                      "This rate makes steepest and flattest direction equally fast: the best, but not the"
                      " largest stable one."),
        Misconception("trace", limit_from_trace,
                      "You use the sum of all curvatures. Each direction diverges on its own account."),
        Misconception("diagonal", limit_from_diagonal,
                      "The diagonal of A holds the curvatures along the axes. The steepest direction may lie"
                      " between them."),
        Misconception("sum of a row", limit_from_entries,
                      "Your bound is safe but not the largest: sums of rows are never below the largest"
                      " eigenvalue, often above."),
        Misconception("condition number", limit_from_kappa,
                      "You divide by the condition number. That has no unit; a rate is one over a"
                      " curvature."),
        Misconception("upside down", limit_upside_down,
                      "Your limit grows with the curvature. A steeper surface takes smaller steps."),
        Misconception("norm of the entries", limit_from_norm,
                      "The norm of a matrix as numpy gives it adds up the squares of all entries. Look"
                      " for the largest eigenvalue."),
    ),
)


# ---- misconceptions: critical points

def classify_by_diagonal(H):
    d = np.diag(H)
    return 1 if np.all(d > 0) else -1 if np.all(d < 0) else 0


def classify_by_determinant(H):
    det = np.linalg.det(H)
    if abs(det) < 1e-9:
        return 2
    return 0 if det < 0 else (1 if H[0, 0] > 0 else -1)


def classify_flat_as_minimum(H):
    c = np.linalg.eigvalsh(H)
    return 1 if c[0] > -1e-9 else -1 if c[-1] < 1e-9 else 0


def classify_upside_down(H):
    kind = classify(H)
    return -kind if kind in (1, -1) else kind


def classify_any_zero_undecided(H):
    return 2 if np.any(np.abs(np.linalg.eigvalsh(H)) <= 1e-9) else classify(H)


def classify_flat_as_saddle(H):
    kind = classify(H)
    return 0 if kind == 2 else kind


def classify_by_trace(H):
    return int(np.sign(np.trace(H)))


CLASSIFY = Task(
    name="01.classify",
    title="classify a critical point",
    reference=classify,
    draw=hessian_cases,
    returns=("the kind",),
    hints=(
        "Take the eigenvalues with `np.linalg.eigvalsh(H)`. Ask two questions: is there one above zero,"
        " is there one below? Both mean a saddle, whatever the rest is.",
        "First the saddle. If it is none, look for eigenvalues that count as zero. Only if there is none"
        " either, the common sign of all eigenvalues decides.",
    ),
    misconceptions=(
        Misconception("diagonal", classify_by_diagonal,
                      "You look at the diagonal of H, the curvatures along the axes. A surface can rise"
                      " along every axis and fall between them."),
        Misconception("determinant", classify_by_determinant,
                      "The determinant tells the kinds apart in the plane only. With more dimensions an"
                      " even number of negative eigenvalues goes unseen."),
        Misconception("flat counted as up or down", classify_flat_as_minimum,
                      "A direction without curvature does not make a minimum or a maximum: higher"
                      " derivatives may lead either way."),
        Misconception("minimum and maximum swapped", classify_upside_down,
                      "Minimum and maximum have changed places. Which way does a surface curve at a"
                      " minimum?"),
        Misconception("any zero undecides", classify_any_zero_undecided,
                      "If there is a way up and a way down, the point is a saddle, and a flat direction"
                      " cannot change that."),
        Misconception("flat counted as saddle", classify_flat_as_saddle,
                      "Some Hessian with a flat direction is called a saddle. A saddle has a way up and a"
                      " way down: are there both?"),
        Misconception("trace", classify_by_trace,
                      "You use the trace, the sum of the curvatures. One steep way up hides the ways down."),
    ),
)


# ---- misconceptions: distances

def distance_straight(points, n):
    return np.linalg.norm(np.diff(points[::n], axis=0), axis=1)


def distance_squared(points, n):
    return (np.diff(points, axis=0) ** 2).sum(axis=1).reshape(-1, n).sum(axis=1)


def distance_rooted_late(points, n):
    return np.sqrt(distance_squared(points, n))


def distance_mean(points, n):
    return distance_per_epoch(points, n) / n


def distance_so_far(points, n):
    return np.cumsum(distance_per_epoch(points, n))


def distance_along_axes(points, n):
    return np.abs(np.diff(points, axis=0)).sum(axis=1).reshape(-1, n).sum(axis=1)


def distance_interleaved(points, n):
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    return steps.reshape(n, -1).sum(axis=0)


def distance_from_origin(points, n):
    return np.linalg.norm(points[1:], axis=1).reshape(-1, n).sum(axis=1)


DISTANCE = Task(
    name="01.distance",
    title="distance travelled per epoch",
    reference=distance_per_epoch,
    draw=path_cases,
    returns=("the distances",),
    hints=(
        "`np.diff(points, axis=0)` gives the steps, one per row. Each has a length; an epoch has n of them.",
        "`np.linalg.norm` with the right axis gives the length of each row. Put the lengths into a table with"
        " one row per epoch, and add up its rows.",
    ),
    misconceptions=(
        Misconception("straight lines", distance_straight,
                      "This is the straight line from the beginning of each epoch to its end. A path that"
                      " turns is longer."),
        Misconception("squares", distance_squared,
                      "You add up squares of lengths. A length is the root of a sum of squares."),
        Misconception("the root of the whole sum", distance_rooted_late,
                      "You take the root once per epoch. Each step has its own length, so its own root."),
        Misconception("the mean step", distance_mean,
                      "This is the mean length of a step. The distance is that of all steps of the epoch"
                      " together."),
        Misconception("distance so far", distance_so_far,
                      "Your distances never fall: each has all epochs before it in it."),
        Misconception("along the axes", distance_along_axes,
                      "You add up the absolute entries of a step: a walk along the axes. The length of a"
                      " step is its Euclidean norm."),
        Misconception("epochs mixed", distance_interleaved,
                      "The steps are all there, but in the wrong epochs: the first n belong to the first"
                      " one."),
        Misconception("distance from the origin", distance_from_origin,
                      "These are lengths of the points, seen from the origin. A step is the difference of"
                      " two points that follow each other."),
    ),
)

TASKS = (GRADIENT, STEP, LIMIT, CLASSIFY, DISTANCE)
