"""Exercise 1: right versions written differently, and what students write instead."""

import numpy as np
import pytest

from course_lib import checks
from course_lib.checks import feedback
from course_lib.explorers import surfaces
from course_lib.optimizers import SGD
from course_lib.problems import Quadratic

# ---- right versions


def gradient_by_rows(theta, A, b):
    return np.array([np.dot(row, theta) - c for row, c in zip(A, b)])


def gradient_symmetric(theta, A, b):
    return 0.5 * (A + A.T).dot(theta) - b


def gradient_from_the_left(theta, A, b):
    return theta @ A + -1 * b


def step_with_slice(theta, g, lr):
    theta[:] = theta - lr * g


def step_entry_by_entry(theta, g, lr):
    for i in np.ndindex(theta.shape):
        theta[i] -= lr * g[i]


def step_with_numpy(theta, g, lr):
    np.subtract(theta, np.multiply(lr, g), out=theta)


def run_by_gradients(theta, A, b, lr, tol, most):
    g = A @ theta - b
    first = np.sqrt(g @ g)
    for k in range(1, most + 1):
        g = g - lr * A @ g
        if np.sqrt(g @ g) / first <= tol:
            return k
    return -1


def run_with_while(theta, A, b, lr, tol, most):
    x = np.array(theta)
    start = now = np.linalg.norm(A.dot(x) - b)
    k = 0
    while now > tol * start and k < most:
        x = x - lr * (A.dot(x) - b)
        now, k = np.linalg.norm(A.dot(x) - b), k + 1
    return k if now <= tol * start else -1


def limit_by_eigvals(A):
    return 2.0 / max(np.linalg.eigvals(A).real)


def limit_by_norm(A):
    return 2 / np.linalg.norm(A, 2)


def limit_by_bisection(A):
    low, high = 0.0, 2 / np.linalg.eigvalsh(A)[0] + 1
    for _ in range(100):
        middle = (low + high) / 2
        if np.abs(np.linalg.eigvalsh(np.eye(len(A)) - middle * A)).max() > 1:
            high = middle
        else:
            low = middle
    return low


def classify_by_counting(H):
    c = np.linalg.eigvalsh(H)
    up, down = (c > 1e-9).sum(), (c < -1e-9).sum()
    if up and down:
        return 0
    return 1 if up == len(c) else -1 if down == len(c) else 2


def classify_by_signs(H):
    c = np.linalg.eigvals(H).real
    signs = set(np.where(np.abs(c) <= 1e-9, 0, np.sign(c)).astype(int).tolist())
    return 0 if {1, -1} <= signs else 2 if 0 in signs else signs.pop()


def distance_with_loops(points, n):
    lengths = [np.sqrt(((b - a) ** 2).sum()) for a, b in zip(points, points[1:])]
    return np.array([sum(lengths[i:i + n]) for i in range(0, len(lengths), n)])


def distance_by_cumsum(points, n):
    total = np.concatenate([[0], np.cumsum(np.linalg.norm(points[1:] - points[:-1], axis=1))])
    return np.diff(total[::n])


ALTERNATIVES = {
    "01.gradient": [gradient_by_rows, gradient_symmetric, gradient_from_the_left],
    "01.step": [step_with_slice, step_entry_by_entry, step_with_numpy],
    "01.run": [run_by_gradients, run_with_while],
    "01.limit": [limit_by_eigvals, limit_by_norm, limit_by_bisection],
    "01.classify": [classify_by_counting, classify_by_signs],
    "01.distance": [distance_with_loops, distance_by_cumsum],
}


# ---- the references are right: against the library, and against what they are for

A, B = np.array([[6.0, 2.5], [2.5, 2.0]]), np.array([1.0, -1.0])


def test_the_gradient_is_that_of_the_library_s_quadratic():
    theta = np.array([0.3, -1.2])
    expected = Quadratic(A, np.linalg.solve(A, B)).gradient(theta)
    np.testing.assert_allclose(checks.find("01.gradient").reference(theta, A, B), expected, rtol=1e-12)


def test_the_step_is_the_library_s():
    theta, g = np.array([0.3, -1.2]), np.array([2.5, -0.7])
    expected = theta.copy()
    SGD.update(expected, g, 1, 0.3)
    checks.find("01.step").reference(theta, g, 0.3)
    np.testing.assert_array_equal(theta, expected)


def test_a_run_is_as_long_as_the_library_s():
    theta, f, rule = np.array([0.3, -1.2]), Quadratic(A, np.linalg.solve(A, B)), SGD(0.2)
    path, first = theta.copy(), np.linalg.norm(f.gradient(theta))
    found = checks.find("01.run").reference(theta, A, B, 0.2, 0.01, 500)
    for k in range(1, found + 1):
        rule.step(path, f)
        assert (np.linalg.norm(f.gradient(path)) <= 0.01 * first) == (k == found)


@pytest.mark.parametrize("share, stable", [(0.99, True), (1.01, False)])
def test_descent_is_stable_up_to_the_limit(share, stable):
    lr = share * checks.find("01.limit").reference(A)
    theta, f, rule = np.array([1.0, -0.5]), Quadratic(A), SGD(lr)
    for _ in range(1000):
        rule.step(theta, f)
    assert (np.linalg.norm(theta) < 1e-3) == stable


@pytest.mark.parametrize("curvatures, kind", [
    ([1, 2], 1), ([-1, -2], -1), ([1, -2], 0), ([0, 2], 2), ([0, -2], 2), ([0, 0], 2), ([1, 0, -1], 0),
    ([1e-12, 3], 2), ([-1e-12, 3], 2), ([1e-6, 3], 1), ([-1e-6, 3], 0),
])
def test_kinds_of_critical_points(curvatures, kind):
    assert checks.find("01.classify").reference(np.diag(np.array(curvatures, float))) == kind


def test_a_straight_walk_travels_its_length():
    points = np.arange(7)[:, None] * np.array([3.0, 4.0])
    np.testing.assert_allclose(checks.find("01.distance").reference(points, 3), [15.0, 15.0])


# ---- the figure of the student's own code

def test_yours_runs_the_student_s_functions():
    figure = surfaces.yours(gradient_by_rows, step_with_slice, distance_with_loops)
    try:
        assert figure.error is None and "travelled" in figure.summary
        for lr in figure.controls["lr"].extremes():
            figure.set(lr=lr)
            assert figure.error is None
        data = figure.compute(lr=0.4)
        f = Quadratic(surfaces.YOUR_A, np.linalg.solve(surfaces.YOUR_A, surfaces.YOUR_B))
        theta, rule = data.points[0].copy(), SGD(data.lr)
        for point in data.points[1:]:
            rule.step(theta, f)
            np.testing.assert_allclose(theta, point, atol=1e-12)
        assert (data.travelled >= data.straight - 1e-12).all()
    finally:
        figure.close()


def test_yours_says_not_attempted():
    def stub(*arguments):
        raise NotImplementedError()

    figure = surfaces.yours(stub, step_with_slice, distance_with_loops)
    assert figure.error is None and figure.summary.startswith("Not attempted yet")
    figure.close()
    with pytest.raises(TypeError, match="step must be your function, got 3"):
        surfaces.yours(stub, 3, stub)


# ---- what students write

def multiplies_entries(theta, A, b):
    return A * theta - b


def rebinds(theta, g, lr):
    theta = theta - lr * g


def runs_theta_itself(theta, A, b, lr, tol, most):
    theta -= lr * (A @ theta - b)
    return 1


def returns_a_list(A):
    return [2 / np.linalg.eigvalsh(A)]


def names_the_kind(H):
    return "saddle"


def changes_points(points, n):
    points -= points[0]
    return distance_with_loops(points, n)


def one_number(points, n):
    return np.linalg.norm(np.diff(points, axis=0), axis=1).sum()


STUDENTS = [
    ("01.gradient", multiplies_entries, "wrong type or shape", "an array of shape (2, 2)"),
    ("01.step", rebinds, "not changed in place", "theta"),
    ("01.run", runs_theta_itself, "changed its input", "theta"),
    ("01.limit", returns_a_list, "wrong type or shape", "list"),
    ("01.classify", names_the_kind, "wrong type or shape", "str"),
    ("01.distance", changes_points, "changed its input", "Leave points as it is"),
    ("01.distance", one_number, "wrong type or shape", "a single number"),
]


@pytest.mark.parametrize("name, function, status, words", STUDENTS)
def test_what_students_write_gets_an_answer_that_helps(name, function, status, words):
    found = checks.verdict(name, function)
    assert (found.status, words in feedback.text_of(found)) == (status, True), feedback.text_of(found)
