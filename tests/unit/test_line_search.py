"""Line searches: both Wolfe conditions on every curve, interpolation, and what their methods share."""

import numpy as np
import pytest
from objectives import Broken, Counted, Function, model, quadratic, spd
from outcomes import refusal

from course_lib import line_search, problems
from course_lib.optimizers import Diverged
from course_lib.second_order import (BFGS, LBFGS, ConjugateGradient, CoordinateDescent, KrylovSubspaceDescent,
                                     LineSearchFailed)

SEARCHING = {"BFGS": BFGS, "LBFGS": LBFGS, "ConjugateGradient": ConjugateGradient,
             "CoordinateDescent": CoordinateDescent}
METHODS = SEARCHING | {"KrylovSubspaceDescent": KrylovSubspaceDescent}

CURVES = {  # phi, phi', all with phi'(0) < 0
    "parabola": (lambda a: (a - 2.0) ** 2, lambda a: 2 * (a - 2.0)),
    "quartic": (lambda a: a**4 / 4 - a, lambda a: a**3 - 1),
    "two valleys": (
        lambda a: np.sin(3 * a) + 0.1 * (a - 4) ** 2 - 4 * a,
        lambda a: 3 * np.cos(3 * a) + 0.2 * (a - 4) - 4,
    ),
    "flat tail": (lambda a: -a * np.exp(-a), lambda a: (a - 1) * np.exp(-a)),
    "waves": (lambda a: 0.05 * a * a - np.sin(2 * a), lambda a: 0.1 * a - 2 * np.cos(2 * a)),
    "wall": (lambda a: np.exp(3 * a) - 4 * a, lambda a: 3 * np.exp(3 * a) - 4),
    "log barrier": (
        lambda a: -np.log(1.5 - a) - 2 * a if a < 1.5 else np.nan,
        lambda a: 1 / (1.5 - a) - 2 if a < 1.5 else np.nan,
    ),
    "long valley": (
        lambda a: np.hypot(1, 0.01 * (a - 500)),
        lambda a: 1e-4 * (a - 500) / np.hypot(1, 0.01 * (a - 500)),
    ),
}


def line_of(f, theta=0.0, p=1.0):
    """The line through theta along p, for Function f."""
    theta = np.array([theta])
    return line_search.Line(f, theta, np.array([p]), f.value(theta), f.gradient(theta), step=1)


def test_strong_wolfe_meets_both_conditions(m=line_search):
    for phi, slope in CURVES.values():
        for c1, c2 in ((1e-4, 0.9), (1e-4, 0.1), (0.1, 0.2)):
            for first in (1e-4, 0.3, 1.0, 7.0, 100.0):
                f, searched = Counted(Function(phi, slope)), []
                error = refusal(lambda: searched.extend(m.strong_wolfe(line_of(f), first, c1, c2)))
                assert error is None
                alpha, value, g = searched
                assert alpha > 0 and value == phi(alpha) and g == slope(alpha)
                assert phi(alpha) <= phi(0) + c1 * alpha * slope(0)
                assert abs(slope(alpha)) <= c2 * abs(slope(0))
                assert f.values <= 14


def test_cubics_are_interpolated_exactly(m=line_search):
    value, slope = np.polynomial.Polynomial.fromroots([-2, 1, 4]), None
    slope = value.deriv()
    lowest = max(slope.roots())
    for a, b in ((0.5, 5.0), (5.0, 0.5), (2.0, 2.5), (4.0, 3.0)):
        one, two = ((x, value(x), slope(x)) for x in (a, b))
        assert m._cubic(one, two) == pytest.approx(lowest, rel=1e-12)
    assert m._between((0.5, value(0.5), slope(0.5)), (5.0, value(5.0), slope(5.0))) == pytest.approx(lowest)
    assert m._beyond((0.5, value(0.5), slope(0.5)), (2.0, value(2.0), slope(2.0))) == pytest.approx(lowest)


def test_parabolas_are_interpolated_exactly(m=line_search):
    phi, slope = CURVES["parabola"]
    assert m._between((0.0, phi(0.0), slope(0.0)), (9.0, phi(9.0), None)) == pytest.approx(2.0, rel=1e-14)
    assert m._beyond((0.0, phi(0.0), slope(0.0)), (1.0, phi(1.0), slope(1.0))) == pytest.approx(
        2.0, rel=1e-14
    )


def test_exact_search_finds_the_minimum_of_a_quadratic(m=line_search):
    f, theta = quadratic(), np.ones(8)
    g = f.gradient(theta)
    for p in (-g, -g * np.arange(1, 9)):
        counted = Counted(f)
        alpha, value, g_new = m.exact(m.Line(counted, theta, p, f.value(theta), g, step=1), 1.0)
        assert abs(g_new @ p) < 1e-10 * abs(g @ p)
        assert (counted.values, counted.gradients) == (1, 1)
        assert value == f.value(theta + alpha * p) and np.array_equal(g_new, f.gradient(theta + alpha * p))


def test_exact_search_falls_back_on_strong_wolfe(m=line_search):
    phi, slope = (lambda a: a**4 / 4 - a**2 / 2), (lambda a: a**3 - a)
    for start in (0.1, 0.6):  # no curvature upwards; Newton's step overshoots
        f = Function(phi, slope, lambda a: 3 * a * a - 1)
        line = line_of(f, start)
        alpha, value, g = m.exact(line, 1.0)
        assert value < phi(start) and abs(g[0]) <= 0.9 * abs(slope(start)) and alpha > 0
    f = Function(np.cos, lambda a: -np.sin(a), lambda a: -np.cos(a))
    assert m.exact(line_of(f, 1.4), 1.0)[0] > 0  # Newton's step, backwards, would find a lower value


@pytest.mark.parametrize("name", SEARCHING)
def test_a_value_that_is_not_finite_is_divergence(name):
    with pytest.raises(Diverged, match="value must be finite, got nan at step 1"):
        METHODS[name]().step(np.ones(4), Broken(model(), value=lambda theta: np.nan))


@pytest.mark.parametrize("name", ["BFGS", "LBFGS", "ConjugateGradient"])
def test_what_falls_for_ever_is_told(name):
    f, theta = problems.MonkeySaddle(), np.array([-1.0, 0.1])
    with pytest.raises(LineSearchFailed, match="may fall without bound .* at step [12]$") as caught:
        for _ in range(5):
            before = theta.copy()
            METHODS[name]().step(theta, f)
    assert caught.value.step in (1, 2)
    np.testing.assert_array_equal(theta, before)
    with pytest.raises(LineSearchFailed, match="value must be bounded below, got -inf"):
        METHODS[name]().step(
            np.array([1.0]), Function(lambda a: np.log(a) if a > 0 else -np.inf, lambda a: 1 / a)
        )


@pytest.mark.parametrize("name", ["BFGS", "LBFGS", "ConjugateGradient"])
def test_a_wrong_gradient_fails_in_the_line_search(name):
    f, theta = quadratic(4), np.ones(4)
    with pytest.raises(LineSearchFailed, match="the gradient may not be that of the value"):
        METHODS[name]().step(theta, Broken(f, gradient=lambda theta: -f.gradient(theta)))
    np.testing.assert_array_equal(theta, 1)


@pytest.mark.parametrize("name", ["BFGS", "LBFGS", "ConjugateGradient", "KrylovSubspaceDescent"])
def test_a_minimum_up_to_rounding_is_reached_and_then_told(name):
    """The value is 1 + x^2 there: below |x| = 1e-8 it no longer changes. The slopes lead on."""
    f = Broken(quadratic(4), value=lambda theta: 1.0 + quadratic(4).value(theta))
    theta, method = np.ones(4), METHODS[name]()
    try:
        for _ in range(200):
            method.step(theta, f)
    except LineSearchFailed as failed:
        assert f"at step {method.t + 1}" in str(failed)
    assert np.linalg.norm(f.gradient(theta)) < 1e-10


def test_a_direction_uphill_is_refused():
    class Uphill(line_search.LineSearchMethod):
        def direction(self, g):
            return g

    with pytest.raises(LineSearchFailed, match="direction must go downhill, got a slope of .* at step 1"):
        Uphill().step(np.ones(4), quadratic(4))


@pytest.mark.parametrize("name", SEARCHING)
def test_nothing_is_evaluated_twice_at_the_same_point(name):
    f, theta, method = Counted(model()), np.ones(4), METHODS[name]()
    points = []
    f.f = Broken(f.f, gradient=lambda theta: points.append(theta.copy()) or model().gradient(theta))
    for _ in range(4):
        method.step(theta, f)
    assert len({p.tobytes() for p in points}) == len(points)
    theta += 0.5  # another hand moves theta: it is noticed
    method.step(theta, f)
    np.testing.assert_array_equal(method.g, model().gradient(theta))
    assert method.value == model().value(theta)


@pytest.mark.parametrize("name", SEARCHING)
def test_another_objective_at_every_step(name):
    """As in minibatch training: the pairs (s, y) come from one objective each, and its gradient is asked for
    anew."""
    theta, method = np.ones(4), METHODS[name]()
    for seed in range(20):
        f = problems.Quadratic(spd(4, 10, seed))
        before = f.value(theta)
        method.step(theta, f)
        assert f.value(theta) <= before
