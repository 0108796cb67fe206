"""Exercise 5: right versions written differently, and what students write instead."""

from pathlib import Path

import numpy as np
import pytest

from course_lib import checks, optimizers
from course_lib.checks import feedback
from course_lib.problems import Ravine

SOLUTION = Path(__file__).parents[2] / "solutions" / "source" / "05_momentum.py"


# ---- right versions

def momentum_with_operators(theta, g, v, t, lr, momentum):
    v *= momentum
    v -= lr * g
    theta += v


def momentum_theta_first(theta, g, v, t, lr, momentum):
    theta += momentum * v - lr * g
    v[...] = momentum * v - lr * g


def momentum_entry_by_entry(theta, g, v, t, lr, momentum):
    for i in np.ndindex(theta.shape):
        v[i] = momentum * v[i] - lr * g[i]
        theta[i] = theta[i] + v[i]


def momentum_with_numpy_names(theta, g, v, t, lr, momentum):
    np.subtract(np.multiply(momentum, v), np.multiply(lr, g), out=v)
    np.add(theta, v, out=theta)


def momentum_that_returns_too(parameters, gradient, velocity, step, rate, mu):
    velocity[:] = mu * velocity + -rate * gradient
    parameters[:] = parameters + velocity
    return parameters, velocity


def nesterov_goes_and_comes_back(theta, v, gradient, lr, momentum):
    v *= momentum
    theta += v
    correction = lr * gradient(theta)
    theta -= correction
    v -= correction


def nesterov_by_the_rule(theta, v, gradient, lr, momentum):
    ahead = theta + momentum * v
    momentum_with_operators(theta, gradient(ahead), v, 1, lr, momentum)


def nesterov_by_steps_kept(theta, v, gradient, lr, momentum):
    old = theta.copy()
    theta[:] = old + momentum * v - lr * gradient(old + momentum * v)
    v[:] = theta - old


def lookahead_through_theta(w, g, v, lr, momentum, following):
    theta = w - momentum * v
    v[:] = momentum * v - lr * g
    w[:] = theta + v + following * v


def lookahead_new_velocity_apart(w, g, v, lr, momentum, following):
    new = momentum * v - lr * g
    w -= momentum * v
    w += (1 + following) * new
    v[:] = new


def lookahead_simplified(w, g, v, lr, momentum, following):
    v *= momentum
    v -= lr * g
    w += following * v - lr * g


def best_by_kappa(l_min, l_max):
    root = (l_max / l_min) ** 0.5
    return 4 / (l_min * (1 + root) ** 2), (1 - 2 / (root + 1)) ** 2


def best_as_list(l_min, l_max):
    s = l_min**0.5 + l_max**0.5
    return [4 / s**2, (1 - 2 * l_min**0.5 / s) ** 2]


def best_as_array(l_min, l_max):
    roots = np.sqrt([l_min, l_max])
    return np.array([2, np.diff(roots)[0]]) ** 2 / roots.sum() ** 2


def crossings_with_a_loop(x, minimum):
    crossings, last = 0, 0
    for d in x - minimum:
        if d != 0:
            if last * d < 0:
                crossings += 1
            last = d
    return crossings


def crossings_with_products(x, minimum):
    d = [value - minimum for value in x if value != minimum]
    return sum(a * b < 0 for a, b in zip(d, d[1:]))


def crossings_as_float(x, minimum):
    above = (x > minimum)[x != minimum]
    return np.abs(np.diff(above.astype(float))).sum()


def stability_with_one_column_a_rate(update, x, y, rates, momentum, steps):
    theta, v = np.zeros((2, x.shape[1], len(rates)))
    for t in range(1, steps + 1):
        residual = x @ theta - y[:, None]
        for i, lr in enumerate(rates):
            update(theta[:, i], x.T @ residual[:, i] / len(x), v[:, i], t, lr, momentum)
    losses = ((x @ theta - y[:, None]) ** 2).mean(axis=0) / 2
    return losses, np.where(losses <= (y**2).mean() / 2, rates, 0.0).max()


def stability_as_a_list(update, x, y, rates, momentum, steps):
    def loss(theta):
        return sum((row @ theta - target) ** 2 for row, target in zip(x, y)) / len(y) / 2

    losses, largest = [], 0
    for lr in rates:
        theta, v = 0.0 * x[0], 0.0 * x[0]
        for t in range(steps):
            g = sum((row @ theta - target) * row for row, target in zip(x, y)) / len(y)
            update(theta, g, v, t + 1, lr, momentum)
        losses.append(loss(theta))
        largest = max(largest, lr) if losses[-1] <= loss(0.0 * x[0]) else largest
    return losses, largest


ALTERNATIVES = {
    "05.momentum": [momentum_with_operators, momentum_theta_first, momentum_entry_by_entry,
                    momentum_with_numpy_names, momentum_that_returns_too],
    "05.nesterov": [nesterov_goes_and_comes_back, nesterov_by_the_rule, nesterov_by_steps_kept],
    "05.lookahead": [lookahead_through_theta, lookahead_new_velocity_apart, lookahead_simplified],
    "05.best_momentum": [best_by_kappa, best_as_list, best_as_array],
    "05.crossings": [crossings_with_a_loop, crossings_with_products, crossings_as_float],
    "05.stability": [stability_with_one_column_a_rate, stability_as_a_list],
}


# ---- the references are right: against the library, and against what they are for

def trajectory(kappa, lr, momentum, steps):
    """theta and v after each step of the library's Nesterov in a ravine."""
    f, optimizer = Ravine(kappa, angle=0.5), optimizers.Nesterov(lr, momentum)
    theta = f.start.copy()
    points, velocities = [theta.copy()], [np.zeros(2)]
    for _ in range(steps):
        optimizer.step(theta, f)
        points.append(theta.copy())
        velocities.append(optimizer.v.copy())
    return np.array(points), np.array(velocities)


def test_the_nesterov_step_is_the_library_s():
    points, velocities = trajectory(30.0, 0.01, 0.8, 50)
    step, f = checks.find("05.nesterov").reference, Ravine(30.0, angle=0.5)
    theta, v = f.start.copy(), np.zeros(2)
    for point, velocity in zip(points[1:], velocities[1:]):
        step(theta, v, f.gradient, 0.01, 0.8)
        np.testing.assert_allclose([theta, v], [point, velocity], rtol=0, atol=1e-12)


def test_the_look_ahead_form_is_nesterov_with_a_momentum_that_changes():
    momenta = 0.5 + 0.4 * np.random.default_rng(0).random(51)
    update, step = (checks.find(f"05.{name}").reference for name in ("lookahead", "nesterov"))
    f = Ravine(30.0, angle=0.5)
    theta, v = f.start.copy(), np.zeros(2)
    w, velocity = theta.copy(), np.zeros(2)
    for momentum, following in zip(momenta, momenta[1:]):
        step(theta, v, f.gradient, 0.01, momentum)
        update(w, f.gradient(w), velocity, 0.01, momentum, following)
        np.testing.assert_allclose(w, theta + following * v, rtol=0, atol=1e-12)


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
def test_the_measured_limit_of_stability_is_that_of_the_lecture(momentum):
    """The example of the exercise, and the limit 2 (1 + momentum) / lambda_max, to a step of the rates."""
    rng = np.random.default_rng(1)
    x = rng.standard_normal((200, 5))
    y = x @ np.ones(5) + rng.standard_normal(200)
    rates = np.linspace(0.05, 3.5, 70)
    rule, measured = (checks.find(f"05.{name}").reference for name in ("momentum", "stability"))
    _, largest = measured(rule, x, y, rates, momentum, 200)
    limit = 2 * (1 + momentum) / np.linalg.eigvalsh(x.T @ x / 200).max()
    assert limit - 0.05 < largest <= limit < rates[-1]
    with open(SOLUTION, encoding="utf-8") as source:
        assert "np.linspace(0.05, 3.5, 70), momentum, 200)" in source.read()


@pytest.mark.parametrize("l_min, l_max", [(1, 4), (0.5, 50), (2, 2000)])
def test_the_best_settings_have_the_smallest_spectral_radius(l_min, l_max):
    def radius(lr, momentum):
        return max(abs(np.linalg.eigvals([[1 - lr * h, momentum], [-lr * h, momentum]])).max()
                   for h in (l_min, l_max))

    lr, momentum = checks.find("05.best_momentum").reference(l_min, l_max)
    root = np.sqrt(l_max / l_min)
    # The eigenvalues are double at the optimum, so rounding enters by its root.
    assert radius(lr, momentum) == pytest.approx((root - 1) / (root + 1), abs=1e-6)
    factors = np.linspace(0.5, 2, 31)
    others = [radius(lr * a, min(momentum * b, 1)) for a in factors for b in factors]
    assert min(others) >= radius(lr, momentum) - 1e-6


@pytest.mark.parametrize("path, crossings", [
    ([2, 1, -1, 1], 2), ([2, 0, -1], 1), ([2, 0, 1], 0), ([0, 1], 0), ([0, 0], 0), ([], 0),
    ([1, 0, 0, -1, 0, 0, 1], 2),
])
def test_crossings_of_a_path(path, crossings):
    count = checks.find("05.crossings").reference
    assert count(np.array(path, float), 0) == count(np.array(path, float) + 3, 3.0) == crossings


def test_a_student_s_rule_plugs_into_the_library():
    class Yours(optimizers.Momentum):
        update = staticmethod(momentum_with_operators)

    f = Ravine(20.0)
    yours, library = f.start.copy(), f.start.copy()
    a, b = Yours(0.02, 0.9), optimizers.Momentum(0.02, 0.9)
    for _ in range(30):
        a.step(yours, f)
        b.step(library, f)
    np.testing.assert_allclose(yours, library, rtol=0, atol=1e-13)


# ---- what students write

def returns_theta(theta, g, v, t, lr, momentum):
    v = momentum * v - lr * g
    return theta + v


def rebinds_both(theta, g, v, t, lr, momentum):
    v = momentum * v - lr * g
    theta = theta + v


def rebinds_theta(theta, g, v, t, lr, momentum):
    v[:] = momentum * v - lr * g
    theta = theta + v


def drops_t(theta, g, v, lr, momentum):
    v[:] = momentum * v - lr * g
    theta += v


def swaps_arguments(theta, v, g, t, lr, momentum):
    v[:] = momentum * v - lr * g
    theta += v


def scales_the_gradient_in_place(theta, g, v, t, lr, momentum):
    g *= lr
    v *= momentum
    v -= g
    theta += v


def forgets_the_factor(theta, g, v, t, lr, momentum):
    v[:] = momentum * v - learning_rate * g  # noqa: F821


def calls_gradient_an_array(theta, v, gradient, lr, momentum):
    v[:] = momentum * v - lr * gradient
    theta += v


def old_under_a_second_name(w, g, v, lr, momentum, following):
    v_old = v
    v[:] = momentum * v - lr * g
    w += -momentum * v_old + (1 + following) * v


def the_form_of_s2(w, g, v, lr, momentum, following):
    v_old = v.copy()
    v[:] = momentum * v - lr * g
    w += -momentum * v_old + (1 + momentum) * v


def takes_for_granted_that_a_rate_is_stable(update, x, y, rates, momentum, steps):
    losses, _ = stability_as_a_list(update, x, y, rates, momentum, steps)
    return losses, np.array(rates)[np.array(losses) <= (y**2).mean() / 2].max()


def forgets_return(update, x, y, rates, momentum, steps):
    stability_as_a_list(update, x, y, rates, momentum, steps)


def gives_the_rate_only(l_min, l_max):
    return 4 / (l_min**0.5 + l_max**0.5) ** 2


def prints_the_count(x, minimum):
    print(crossings_with_a_loop(x, minimum))


def runs_over_the_end(x, minimum):
    n = 0
    for k in range(len(x)):
        n += (x[k] - minimum) * (x[k + 1] - minimum) < 0
    return n


STUDENTS = [
    ("05.momentum", returns_theta, "not changed in place", "returned an array of shape (2,) instead"),
    ("05.momentum", rebinds_both, "not changed in place", "theta and v are the same as before"),
    ("05.momentum", rebinds_theta, "not changed in place", "theta is the same as before"),
    ("05.momentum", drops_t, "wrong arguments", "5 arguments: theta, g, v, lr, momentum"),
    ("05.momentum", swaps_arguments, "wrong arguments", "another order: theta, v, g"),
    ("05.momentum", scales_the_gradient_in_place, "changed its input", "Leave g as it is"),
    ("05.momentum", forgets_the_factor, "raised", "NameError: name 'learning_rate' is not defined"),
    ("05.nesterov", calls_gradient_an_array, "raised", "'float' and 'function'"),
    ("05.lookahead", old_under_a_second_name, "wrong value", "not a copy"),
    ("05.lookahead", the_form_of_s2, "wrong value", "By which share does the next go on?"),
    ("05.stability", takes_for_granted_that_a_rate_is_stable, "raised", "zero-size array"),
    ("05.stability", stability_as_a_list, "passed", "All 4 random cases agree"),
    ("05.stability", forgets_return, "wrong type or shape", "Is there a `return`"),
    ("05.best_momentum", gives_the_rate_only, "wrong type or shape", "2 results: lr (a single number)"),
    ("05.crossings", prints_the_count, "wrong type or shape", "`print` shows a value"),
    ("05.crossings", runs_over_the_end, "raised", "index 5 is out of bounds"),
]


@pytest.mark.parametrize("name, function, status, words", STUDENTS)
def test_what_students_write_gets_an_answer_that_helps(name, function, status, words):
    found = checks.verdict(name, function)
    assert (found.status, words in feedback.text_of(found)) == (status, True), feedback.text_of(found)
