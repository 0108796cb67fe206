"""Exercise 6: right versions written differently, and the references against the library."""

import numpy as np
import pytest

from course_lib import checks, optimizers
from course_lib.checks import feedback
from course_lib.explorers import adaptive
from course_lib.problems import Ravine


# ---- right versions

def adagrad_entry_by_entry(theta, g, r, t, lr, eps):
    for i in np.ndindex(theta.shape):
        r[i] += g[i] ** 2
        theta[i] -= lr * g[i] / (r[i] ** 0.5 + eps)


def adagrad_rates_first(theta, g, r, t, lr, eps):
    np.add(r, np.square(g), out=r)
    rates = lr / (eps + np.sqrt(r))
    theta[:] = theta - rates * g


def rmsprop_as_a_correction(theta, g, r, t, lr, rho, eps):
    r += (1 - rho) * (g**2 - r)
    theta -= lr * g / (np.sqrt(r) + eps)


def rmsprop_in_two(theta, g, r, t, lr, rho, eps):
    r *= rho
    r += (1 - rho) * g**2
    theta += -lr / (r**0.5 + eps) * g


def adadelta_one_root(theta, g, r, u, t, lr, rho, eps):
    r *= rho
    r += (1 - rho) * g**2
    d = np.sqrt((u + eps) / (r + eps)) * g
    theta -= lr * d
    u *= rho
    u += (1 - rho) * d**2


def adadelta_signed(theta, g, r, u, t, lr, rho, eps):
    r[:] = rho * r + (1 - rho) * g**2
    move = -((u + eps) ** 0.5) * g / (r + eps) ** 0.5
    u[:] = u * rho + move**2 * (1 - rho)
    theta += lr * move


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


ALTERNATIVES = {
    "06.adagrad": [adagrad_entry_by_entry, adagrad_rates_first],
    "06.rmsprop": [rmsprop_as_a_correction, rmsprop_in_two],
    "06.adadelta": [adadelta_one_root, adadelta_signed],
    "06.adam": [adam_folded, adam_as_corrections],
    "06.uncorrected_steps": [steps_by_a_loop, steps_by_the_library],
    "06.sparse_adam": [sparse_row_by_row, sparse_with_where],
}


# ---- the references are the library's rules

@pytest.mark.parametrize("name, method", [
    ("adagrad", optimizers.AdaGrad(0.3)), ("rmsprop", optimizers.RMSProp(0.02)),
    ("adadelta", optimizers.AdaDelta(1.0)), ("adam", optimizers.Adam(0.1)),
])
def test_a_reference_runs_as_the_library_s_rule(name, method):
    f, reference = Ravine(20.0, angle=0.4), checks.find(f"06.{name}").reference
    theta, own = f.start.copy(), f.start.copy()
    state = [np.zeros(2) for _ in method.state]
    for t in range(1, 41):
        method.step(theta, f)
        reference(own, f.gradient(own), *state, t, *(getattr(method, h) for h in method.hyper))
        np.testing.assert_allclose(own, theta, rtol=0, atol=1e-12)


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
