"""Exercise 2: right versions written differently, and the references against automatic differentiation."""

from functools import cache

import numpy as np
import pytest

from course_lib import checks
from course_lib.autodiff import Dual, Variable, check_gradient, gradient
from course_lib.explorers import autodiff as explorers
from course_lib.losses import softmax_cross_entropy


def duals_by_the_library(x, dx, y, dy):
    z = Dual(x, dx) * Dual(y, dy)
    return np.array(z.value)[()], np.array(z.derivative)[()]


def duals_with_names(x, dx, y, dy):
    value = np.multiply(x, y)
    return [value, np.multiply(y, dx) + np.multiply(dy, x)]


def dense_by_einsum(x, W, dy):
    return np.einsum("ij,lj->il", dy, W), np.einsum("il,ij->lj", x, dy), np.einsum("ij->j", dy)


def dense_example_by_example(x, W, dy):
    dx, dW, db = np.zeros_like(x), np.zeros_like(W), np.zeros(W.shape[1])
    for i in range(len(x)):
        dx[i] = W @ dy[i]
        dW += np.outer(x[i], dy[i])
        db += dy[i]
    return dx, dW, db


def graph_by_linear_equations(n, start, end, local):
    J = np.zeros((n, n))
    np.add.at(J, (end, start), local)
    return np.linalg.solve(np.eye(n) - J.T, np.eye(n)[-1])


def graph_over_paths(n, start, end, local):
    """Right, but in a time that doubles with each layer."""
    def by(z, of):
        return 1.0 if z == of else sum(d * by(i, of) for i, e, d in zip(start, end, local) if e == z)

    return [by(n - 1, of) for of in range(n)]


def graph_by_its_users(n, start, end, local):
    """Each node asks those that use it, once."""
    @cache
    def by(i):
        return 1.0 if i == n - 1 else sum(d * by(z) for s, z, d in zip(start, end, local) if s == i)

    return [by(i) for i in range(n)]


def train_example_by_example(x, t, W, v, lr, steps):
    losses, N = np.zeros(steps), len(t)
    for step in range(steps):
        dW, dv = np.zeros(W.shape), np.zeros(v.shape)
        for i in range(N):
            a = np.maximum(x[i] @ W, 0)
            r = a @ v - t[i]
            losses[step] += r**2 / N
            dv += 2 * r * a / N
            dW += np.outer(x[i], 2 * r * v * (a > 0)) / N
        W, v = W - lr * dW, v - lr * dv
    return losses, W, v


def train_by_the_library(x, t, W, v, lr, steps):
    losses = []
    for _ in range(steps):
        def loss(W, v):
            return np.mean(np.square(np.maximum(x @ W, 0) @ v - t))

        losses.append(float(loss(W, v)))
        dW, dv = gradient(lambda W: loss(W, v))(W), gradient(lambda v: loss(W, v))(v)
        W, v = W - lr * dW, v - lr * dv
    return [losses, W, v]


def softmax_one_hot(scores, y):
    e = np.exp(scores - scores.max(axis=1)[:, None])
    return (e / e.sum(axis=1)[:, None] - np.eye(scores.shape[1])[y]) / len(scores)


def softmax_by_logarithms(scores, y):
    dscores = np.zeros(scores.shape)
    for i, row in enumerate(scores):
        dscores[i] = np.exp(row - np.logaddexp.reduce(row))
        dscores[i, y[i]] -= 1
    return dscores / scores.shape[0]


def checker_with_copies(value, gradient, x, h):
    measured = []
    for i in range(x.size):
        up, down = x.copy(), x.copy()
        up[i] += h
        down[i] -= h
        measured.append((value(up) - value(down)) / 2 / h)
    g, m = gradient(x), np.array(measured)
    return np.sqrt(np.sum((g - m) ** 2)) / (np.sqrt(np.sum(g**2)) + np.sqrt(np.sum(m**2)))


def checker_with_rows(value, gradient, x, h):
    points = [(x + step, x - step) for step in h * np.eye(len(x))]
    m, g = np.array([value(a) - value(b) for a, b in points]) / (2 * h), gradient(x)
    return float(np.linalg.norm(m - g) / sum(map(np.linalg.norm, (m, g))))


ALTERNATIVES = {
    "02.dual": [duals_by_the_library, duals_with_names],
    "02.dense": [dense_by_einsum, dense_example_by_example],
    "02.graph": [graph_by_linear_equations, graph_by_its_users],
    "02.softmax": [softmax_one_hot, softmax_by_logarithms],
    "02.relu": [train_example_by_example, train_by_the_library],
    "02.checker": [checker_with_copies, checker_with_rows],
}


# ---- the references are right: against automatic differentiation

def reference(name):
    return checks.find(name).reference


def test_the_dense_backward_pass_is_the_derivative():
    rng = np.random.default_rng(0)
    x, W, b, u = (rng.standard_normal(shape) for shape in ((5, 3), (3, 4), (4,), (5, 4)))
    dx, dW, db = reference("02.dense")(x, W, u)
    np.testing.assert_allclose(dx, gradient(lambda x: (u * (x @ W + b)).sum())(x), rtol=1e-12)
    np.testing.assert_allclose(dW, gradient(lambda W: (u * (x @ W + b)).sum())(W), rtol=1e-12)
    np.testing.assert_allclose(db, gradient(lambda b: (u * (x @ W + b)).sum())(b), rtol=1e-12)


def test_the_graph_s_derivatives_are_those_of_the_tape():
    n, start, end, local = checks.find("02.graph").cases()[-1].values()
    nodes = [Variable(1.0) for _ in range(n)]
    for z in range(n):
        terms = [nodes[i] * d for i, e, d in zip(start, end, local) if e == z]
        nodes[z] = sum(terms[1:], terms[0]) if terms else nodes[z]
    nodes[-1].backward()
    expected = [0.0 if node.adjoint is None else float(node.adjoint) for node in nodes]
    np.testing.assert_allclose(reference("02.graph")(n, start, end, local), expected, rtol=1e-12)


def test_the_graph_of_the_exercise_has_the_derivatives_that_it_says():
    edges = np.array([[0, 1, 2, 0], [2, 2, 3, 3], [4, 3, 1, 1]])
    assert reference("02.graph")(4, *edges).tolist() == [5, 3, 1, 1]


def test_a_walk_over_every_path_is_told_what_it_is(monkeypatch):
    monkeypatch.setattr(checks.engine, "SECONDS_AT_MOST", 1.5)
    found = checks.verdict("02.graph", graph_over_paths)
    assert not found.passed and found.misconception == "slow"
    assert found.hint.startswith("Your numbers are right, but you walk over every path")
    assert found.message.startswith("Case 5 of 5: still running")


def test_the_last_class_need_not_occur():
    def by_the_classes_that_occur(scores, y):
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        return (p / p.sum(axis=1, keepdims=True) - np.eye(y.max() + 1)[y]) / len(y)

    assert not checks.verdict("02.softmax", by_the_classes_that_occur).passed


@pytest.mark.parametrize("rows", [lambda x: len(x), lambda x: x.shape[0]])
def test_a_mean_for_a_sum_is_told_by_rows(rows):
    found = checks.verdict("02.dense", lambda x, W, dy: (dy @ W.T, x.T @ dy / rows(x), dy.sum(axis=0)))
    assert "A factor is missing in dW: the number of rows of `x`." in found.hint


def relu_but(**changes):
    """train_relu with the loss, the mask or the error taken otherwise."""
    def train(x, t, W, v, lr, steps):
        losses = []
        for _ in range(steps):
            z = x @ W
            a = np.maximum(z, 0)
            r = a @ v - t
            losses.append(changes.get("loss", lambda r: np.mean(r**2))(r))
            dy = changes.get("error", lambda r, x: 2 * r / len(r))(r, x)
            dz = np.outer(dy, v) * changes.get("mask", lambda z: z > 0)(z)
            W, v = W - lr * (x.T @ dz), v - lr * (a.T @ dy)
        return np.array(losses), W, v
    return train


@pytest.mark.parametrize("changes", [
    {"mask": np.sign}, {"mask": lambda z: (z > 0).any(axis=0)},
    {"error": lambda r, x: 2 * r / x.size}, {"error": lambda r, x: 2 * abs(r) / len(r)},
])
def test_what_is_right_in_the_case_shown_is_not_called_wrong_without_its_case(changes):
    found = checks.verdict("02.relu", relu_but(**changes))
    assert not found.passed and "Right: the losses" in found.message
    for words in ("Only the first entry is right: see the losses", "Only the first column is right"):
        assert words not in found.hint, found.hint


def test_the_trained_weights_lower_the_loss_and_relu_is_flat_at_0():
    for case in checks.find("02.relu").cases():
        assert (case["x"] @ case["W"])[0, 0] == 0
        losses, W, v = reference("02.relu")(**{**case, "lr": 0.001, "steps": 60})
        assert (np.diff(losses) < 0).all()


def test_the_layer_to_repair_is_right_on_a_single_example_with_a_unit_matrix():
    """As the exercise says; and wrong in all three results otherwise."""
    def somebody_s(x, W, dy):
        return dy @ W, x.T @ dy / len(x), dy.mean(axis=0)

    rng = np.random.default_rng(0)
    one = rng.standard_normal((1, 3)), np.eye(3), rng.standard_normal((1, 3))
    for got, right in zip(somebody_s(*one), reference("02.dense")(*one)):
        np.testing.assert_allclose(got, right)
    several = rng.standard_normal((4, 3)), rng.standard_normal((3, 3)), rng.standard_normal((4, 3))
    for got, right in zip(somebody_s(*several), reference("02.dense")(*several)):
        assert not np.allclose(got, right)


def test_the_softmax_backward_pass_is_the_derivative():
    rng = np.random.default_rng(1)
    scores, y = rng.standard_normal((4, 3)), np.array([0, 2, 1, 2])

    def loss(scores):
        return np.mean(np.log(np.exp(scores).sum(axis=1)) - scores[np.arange(4), y])

    assert check_gradient((loss, lambda scores: reference("02.softmax")(scores, y)), scores).error < 1e-10
    expected = softmax_cross_entropy(scores, y)[1]
    np.testing.assert_allclose(reference("02.softmax")(scores, y), expected, rtol=1e-12)


def test_the_checker_tells_a_right_gradient_from_a_wrong_one():
    error, x = reference("02.checker"), np.array([0.3, -0.7])

    def value(x):
        return np.sin(x).sum()

    assert error(value, np.cos, x, 1e-5) < 1e-9
    assert error(value, lambda x: -np.cos(x), x, 1e-5) == pytest.approx(1)
    assert error(value, lambda x: np.cos(x) * [1, 1.01], x, 1e-5) > 1e-3


# ---- the figure of the student's own checker

def test_the_figure_says_not_attempted_and_then_shows_the_checker():
    def stub(value, gradient, x, h):
        raise NotImplementedError()

    figure = explorers.checker(stub)
    assert figure.error is None and "Not attempted" in figure.summary
    figure.close()
    figure = explorers.checker(checker_with_copies)
    assert figure.error is None and "tells the two apart at h = 1e-05" in figure.summary
    data = figure.compute(tolerance=1e-6, mistake=1e-3)
    right, wrong = data.errors
    assert right[:5].max() > 100 * right.min() < right[-1] and right.min() < 1e-9    # the V
    assert 1e-6 <= explorers.CHECKED[right.argmin()] <= 1e-5     # as the model answer says
    assert (wrong > 1e-5).all()
    for name, control in figure.controls.items():
        for value in control.extremes():
            figure.set(**{name: value})
            assert figure.error is None
    figure.close()


def test_the_figure_wants_a_function():
    with pytest.raises(TypeError, match="function must be your function"):
        explorers.checker(3)
