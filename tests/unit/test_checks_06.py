"""Exercise 6: right versions written differently, and the references against the library."""

from pathlib import Path

import numpy as np
import pytest

from course_lib import checks, optimizers
from course_lib.checks import feedback
from course_lib.explorers import adaptive
from course_lib.problems import Ravine


SOLUTION = Path(__file__).parents[2] / "solutions" / "source" / "06_adaptive.py"


# ---- right versions

def adagrad_entry_by_entry(theta, g, r, t, lr, eps):
    for i in np.ndindex(theta.shape):
        r[i] += g[i] ** 2
        theta[i] -= lr * g[i] / (r[i] ** 0.5 + eps)


def adagrad_rates_first(theta, g, r, t, lr, eps):
    np.add(r, np.square(g), out=r)
    rates = lr / (eps + np.sqrt(r))
    theta[:] = theta - rates * g


def adam_folded(theta, g, s, r, t, lr, beta1, beta2, eps):
    s *= beta1
    s += (1 - beta1) * g
    r *= beta2
    r += (1 - beta2) * g**2
    c = np.sqrt(1 - beta2**t)
    theta -= lr * c / (1 - beta1**t) * s / (np.sqrt(r) + c * eps)


def adam_as_corrections(theta, g, s, r, t, lr, beta1, beta2, eps):
    s += (1 - beta1) * (g - s)
    r += (1 - beta2) * (g * g - r)
    theta[...] = theta - lr * (s / (1 - beta1**t)) / (eps + (r / (1 - beta2**t)) ** 0.5)


def steps_by_a_loop(beta1, beta2, n):
    s = r = 0.0
    lengths = []
    for _ in range(n):
        s = beta1 * s + (1 - beta1)
        r = beta2 * r + (1 - beta2)
        lengths.append(s / r**0.5)
    return np.array(lengths)


def steps_by_the_library(beta1, beta2, n):
    s, r, theta, places = np.zeros(1), np.zeros(1), np.zeros(1), [0.0]
    for t in range(1, n + 1):
        optimizers.Adam.update(theta, np.ones(1), s, r, t, 1.0, beta1, beta2, 0.0, bias_correction=False)
        places.append(theta[0])
    return -np.diff(places)


def sparse_row_by_row(theta, g, s, r, t, lr, beta1, beta2, eps):
    for i, row in enumerate(g):
        if row.any():
            adam_as_corrections(theta[i], row, s[i], r[i], t, lr, beta1, beta2, eps)


def sparse_with_where(theta, g, s, r, t, lr, beta1, beta2, eps):
    seen = np.abs(g).sum(axis=1, keepdims=True) > 0
    s += seen * (1 - beta1) * (g - s)
    r += seen * (1 - beta2) * (g**2 - r)
    move = lr * s / (1 - beta1**t) / (np.sqrt(r / (1 - beta2**t)) + eps)
    theta -= np.where(seen, move, 0)


def train_by_the_library(x, y, w, iterations, learning_rate, beta1, beta2, eps):
    w, s, r = w.copy(), np.zeros_like(w), np.zeros_like(w)
    for t in range(1, iterations + 1):
        g = (x * (x @ w - y)[:, None]).mean(axis=0)
        optimizers.Adam.update(w, g, s, r, t, learning_rate, beta1, beta2, eps)
    return w


def train_from_zero(x, y, w, iterations, learning_rate, beta1, beta2, eps):
    s = r = 0
    for t in range(iterations):
        g = x.T @ (x @ w - y) / x.shape[0]
        s, r = beta1 * s + (1 - beta1) * g, beta2 * r + (1 - beta2) * g**2
        w = w - learning_rate * s / (1 - beta1 ** (t + 1)) / (np.sqrt(r / (1 - beta2 ** (t + 1))) + eps)
    return w


def train_with_lists(x, y, w, iterations, learning_rate, beta1, beta2, eps):
    w, s, r = list(w), [0.0] * len(w), [0.0] * len(w)
    for t in range(1, iterations + 1):
        off = [sum(a * b for a, b in zip(row, w)) - target for row, target in zip(x, y)]
        for j in range(len(w)):
            g = sum(o * row[j] for o, row in zip(off, x)) / len(y)
            s[j] = beta1 * s[j] + (1 - beta1) * g
            r[j] = beta2 * r[j] + (1 - beta2) * g * g
            w[j] -= learning_rate * (s[j] / (1 - beta1**t)) / ((r[j] / (1 - beta2**t)) ** 0.5 + eps)
    return w


def length_at(size, update, lr, rho, eps):
    theta, r = np.zeros(1), np.zeros(1)
    for t in range(1, 151):
        before = theta[0]
        update(theta, np.array([size]), r, t, lr, rho, eps)
    return before - theta[0]


def half_by_bisection(update, lr, rho, eps):
    low, high = 1e-8, 10.0
    while high > 1.01 * low:
        middle = (low * high) ** 0.5
        if length_at(middle, update, lr, rho, eps) < lr / 2:
            low = middle
        else:
            high = middle
    return middle


def half_between(update, lr, rho, eps):
    sizes = np.logspace(-8, 1, 600)
    theta, r = np.zeros(600), np.zeros(600)
    for t in range(1, 101):
        old = theta.copy()
        update(theta, sizes, r, t, lr, rho, eps)
    return float(np.exp(np.interp(0.5, (old - theta) / lr, np.log(sizes))))


ALTERNATIVES = {
    "06.adagrad": [adagrad_entry_by_entry, adagrad_rates_first],
    "06.adam": [adam_folded, adam_as_corrections],
    "06.adam_train": [train_by_the_library, train_from_zero, train_with_lists],
    "06.uncorrected_steps": [steps_by_a_loop, steps_by_the_library],
    "06.half_size": [half_by_bisection, half_between],
    "06.sparse_adam": [sparse_row_by_row, sparse_with_where],
}


# ---- the references are the library's rules

@pytest.mark.parametrize("name, method", [
    ("adagrad", optimizers.AdaGrad(0.3)), ("adam", optimizers.Adam(0.1)),
])
def test_a_reference_runs_as_the_library_s_rule(name, method):
    f, reference = Ravine(20.0, angle=0.4), checks.find(f"06.{name}").reference
    theta, own = f.start.copy(), f.start.copy()
    state = [np.zeros(2) for _ in method.state]
    for t in range(1, 41):
        method.step(theta, f)
        reference(own, f.gradient(own), *state, t, *(getattr(method, h) for h in method.hyper))
        np.testing.assert_allclose(own, theta, rtol=0, atol=1e-12)


def test_the_printed_loop_returns_nan_and_the_repaired_one_finds_the_line():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((30, 2))
    source = SOLUTION.read_text("utf-8")
    printed = "\n".join(line.removeprefix("#     ") for line in source.splitlines() if line.startswith("#     "))
    space = {"np": np}
    exec(printed.replace("#\n", "\n"), space)
    with np.errstate(all="ignore"):
        assert np.isnan(space["adam_train"](x, x @ [1.0, -2.0], np.zeros(2), 5, 0.1, 0.9, 0.999, 1e-8)).all()
    found = checks.find("06.adam_train").reference(x, x @ [1.0, -2.0], np.zeros(2), 500, 0.1, 0.9, 0.999, 1e-8)
    np.testing.assert_allclose(found, [1, -2], atol=1e-3)


@pytest.mark.parametrize("inside, size", [(False, 1e-4), (True, np.sqrt(1e-4 / 3))])
def test_the_measured_size_is_that_of_the_lecture(inside, size):
    def update(theta, g, r, t, lr, rho, eps):
        optimizers.RMSProp.update(theta, g, r, t, lr, rho, eps, eps_inside=inside)

    assert checks.find("06.half_size").reference(update, 0.02, 0.9, 1e-4) == pytest.approx(size, rel=0.01)


# ---- what students write

def adagrad_new_name(theta, g, r, t, lr, eps):
    r = r + g**2
    theta = theta - lr * g / (np.sqrt(r) + eps)


def adam_scales_the_gradient(theta, g, s, r, t, lr, beta1, beta2, eps):
    g *= 1 - beta1
    s[:] = beta1 * s + g


def adam_zero_based(theta, g, s, r, t, lr, beta1, beta2):
    s[:] = beta1 * s + (1 - beta1) * g


def steps_as_a_list(beta1, beta2, n):
    return [(1 - beta1**t) / (1 - beta2**t) ** 0.5 for t in range(1, n + 1)]


def sparse_into_copies(theta, g, s, r, t, lr, beta1, beta2, eps):
    seen = (g != 0).any(axis=1)
    adam_folded(theta[seen], g[seen], s[seen], r[seen], t, lr, beta1, beta2, eps)


@pytest.mark.parametrize("name, function, status, words", [
    ("06.sparse_adam", sparse_into_copies, "not changed in place", "theta and s and r are the same as before"),
    ("06.adagrad", adagrad_new_name, "not changed in place", "theta and r are the same as before"),
    ("06.adam", adam_scales_the_gradient, "changed its input", "Leave g as it is"),
    ("06.adam", adam_zero_based, "wrong arguments", "8 arguments"),
    ("06.uncorrected_steps", steps_as_a_list, "passed", "All 4 random cases agree"),
])
def test_what_students_write_gets_an_answer_that_helps(name, function, status, words):
    found = checks.verdict(name, function)
    assert (found.status, words in feedback.text_of(found)) == (status, True), feedback.text_of(found)


# ---- the figure of the student's own rule

def stub(theta, g, s, r, t, lr, beta1, beta2, eps):
    raise NotImplementedError()


def test_the_figure_runs_the_student_s_rule_and_says_when_there_is_none():
    figure = adaptive.yours(adam_folded)
    data = figure.compute(**figure.values)
    np.testing.assert_allclose(data.runs["yours"].points, data.runs["library"].points, rtol=0, atol=1e-9)
    assert figure.error is None
    figure.close()
    empty = adaptive.yours(stub)
    assert "not attempted" in empty.summary and empty.error is None
    for control in (empty, figure):
        assert set(control.values) == {"lr", "beta1", "forget"}
    empty.close()
    with pytest.raises(TypeError, match="adam_update"):
        adaptive.yours(None)
