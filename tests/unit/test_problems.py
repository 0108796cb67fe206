"""Surfaces: derivatives against complex step, central differences and scipy; minima and saddles are such."""

import numpy as np
import pytest
from scipy import optimize

from course_lib import problems
from course_lib.problems import Bowl, Beale, Himmelblau, MonkeySaddle, Quadratic, Ravine, Rosenbrock, Saddle

STEP = 1e-30  # complex step: nothing is subtracted, so it may be this small


def quadratic(n=5):
    A = np.random.default_rng(0).standard_normal((n, n))
    return Quadratic(A + A.T, center=np.arange(n) / 2)


SURFACES = [pytest.param(make(), id=name) for name, make in problems.NAMES.items()]
SURFACES += [pytest.param(Ravine(1000.0, angle=0.7), id="turned ravine"),
             pytest.param(quadratic(), id="indefinite, n=5")]
each_surface = pytest.mark.parametrize("f", SURFACES)
WITH_MINIMA = [p for p in SURFACES if len(p.values[0].minima)]


def points(f, m=20, seed=1):
    """m random points (m, n) in the part of the plane worth drawing."""
    low, high = np.array(f.bounds).T
    return np.random.default_rng(seed).uniform(low, high, (m, len(low)))


def close(got, expected, rtol):
    """Compare with the largest entry as the scale: an entry that is zero by cancellation has its rounding."""
    np.testing.assert_allclose(got, expected, rtol=0, atol=rtol * max(1.0, np.abs(expected).max()))


@each_surface
def test_gradient_is_the_derivative_of_the_value(f):
    theta = points(f)
    n = theta.shape[-1]
    directions = np.eye(n)[:, None]                     # one per coordinate, for all points at once
    close(f.gradient(theta), f.value(theta + 1j * STEP * directions).imag.T / STEP, 1e-14)
    h = 6e-6                                            # cube root of the rounding unit
    difference = f.value(theta + h * directions) - f.value(theta - h * directions)
    close(f.gradient(theta), difference.T / (2 * h), 1e-8)


@each_surface
def test_hessian_is_the_derivative_of_the_gradient_and_symmetric(f):
    theta = points(f)
    H = f.hessian(theta)
    assert H.shape == theta.shape + theta.shape[-1:]
    columns = np.array([f.gradient(theta + 1j * STEP * e).imag / STEP for e in np.eye(theta.shape[-1])])
    close(H, np.moveaxis(columns, 0, -1), 1e-14)
    assert np.array_equal(H, H.swapaxes(-1, -2))


@each_surface
def test_hvp_is_the_hessian_times_the_vector(f):
    theta = points(f)
    v = np.random.default_rng(2).standard_normal(theta.shape)
    close(f.hvp(theta, v), (f.hessian(theta) @ v[..., None])[..., 0], 1e-14)
    close(f.hvp(theta, v), f.gradient(theta + 1j * STEP * v).imag / STEP, 1e-14)
    same_v, same_theta = np.broadcast_to(v[0], v.shape), np.broadcast_to(theta[0], v.shape)
    close(f.hvp(theta, v[0]), f.hvp(theta, same_v), 1e-15)
    close(f.hvp(theta[0], v), f.hvp(same_theta, v), 1e-15)


@each_surface
@pytest.mark.parametrize("lead", [(), (1,), (3, 4)])
def test_points_along_leading_axes_are_points_one_by_one(f, lead):
    n = len(f.bounds)
    theta = points(f, int(np.prod(lead))).reshape(lead + (n,))
    assert np.shape(f.value(theta)) == lead
    assert f.gradient(theta).shape == lead + (n,)
    assert f.hessian(theta).shape == lead + (n, n)
    for k in np.ndindex(*lead):
        close(f.value(theta)[k], f.value(theta[k]), 1e-15)
        close(f.gradient(theta)[k], f.gradient(theta[k]), 1e-15)
        close(f.hessian(theta)[k], f.hessian(theta[k]), 1e-15)
        close(f.hvp(theta, theta)[k], f.hvp(theta[k], theta[k]), 1e-15)


@each_surface
def test_whole_numbers_are_points_too_and_no_argument_is_changed(f):
    theta = np.ones(len(f.bounds))
    assert f.value(theta.astype(int)) == f.value(theta)
    assert np.array_equal(f.gradient(theta.astype(int).tolist()), f.gradient(theta))
    assert np.array_equal(f.hessian(theta.astype(int)), f.hessian(theta))
    f.hvp(theta, theta)
    assert np.array_equal(theta, np.ones(len(f.bounds)))


@pytest.mark.parametrize("f", WITH_MINIMA)
def test_minima_are_strict_minima_of_the_lowest_value(f):
    assert np.abs(f.gradient(f.minima)).max() < 1e-13 * np.abs(f.hessian(f.minima)).max()
    assert np.linalg.eigvalsh(f.hessian(f.minima)).min() > 0
    assert f.value(points(f, 10_000)).min() >= f.value(f.minima).max() - 1e-15
    assert np.ptp(f.value(f.minima)) < 1e-25


@pytest.mark.parametrize("f", WITH_MINIMA)
def test_scipy_finds_a_listed_minimum_from_the_start(f):
    start = f.start + [0.0, 0.1]                        # Saddle's own start leads to the saddle
    found = optimize.minimize(f.value, start, jac=f.gradient, method="BFGS", options={"gtol": 1e-10})
    assert np.linalg.norm(f.minima - found.x, axis=-1).min() < 1e-8


@pytest.mark.parametrize("f, count", [(Himmelblau(), 4), (Saddle(), 2)])
def test_descent_from_anywhere_ends_in_a_listed_minimum_and_each_is_reached(f, count):
    theta = points(f, 200)
    for _ in range(3000):
        theta -= 0.005 * f.gradient(theta)
    distance = np.linalg.norm(theta[:, None] - f.minima, axis=-1)
    assert f.minima.shape == (count, 2)
    assert distance.min(axis=1).max() < 1e-4
    assert set(distance.argmin(axis=1)) == set(range(count))


def test_saddles():
    assert not Saddle().gradient(Saddle.saddle).any()
    assert np.array_equal(np.linalg.eigvalsh(Saddle().hessian(Saddle.saddle)), [-1, 1])
    f = MonkeySaddle()
    assert not f.gradient(f.saddle).any() and not f.hessian(f.saddle).any()
    around = np.exp(2j * np.pi * np.arange(12) / 12 + 0.1j)    # three ways down, three ways up
    signs = np.sign(f.value(np.stack([around.real, around.imag], axis=-1)))
    assert np.count_nonzero(signs != np.roll(signs, 1)) == 6


def test_monkey_saddle_is_the_real_part_of_the_cube():
    theta = points(MonkeySaddle())
    close(MonkeySaddle().value(theta), ((theta[:, 0] + 1j * theta[:, 1]) ** 3).real, 1e-15)
    assert not np.trace(MonkeySaddle().hessian(theta), axis1=-2, axis2=-1).any()    # so it is harmonic


def test_rosenbrock_is_that_of_scipy():
    f, theta = Rosenbrock(), points(Rosenbrock())
    for point, v in zip(theta, points(f, seed=2)):
        close(f.value(point), optimize.rosen(point), 1e-15)
        close(f.gradient(point), optimize.rosen_der(point), 1e-15)
        close(f.hessian(point), optimize.rosen_hess(point), 1e-15)
        close(f.hvp(point, v), optimize.rosen_hess_prod(point, v), 1e-14)


@pytest.mark.parametrize("f, theta, value", [
    (Rosenbrock(), (-1.2, 1.0), 24.2),
    (Beale(), (0.0, 0.0), 14.203125),
    (Beale(), (1.0, 1.0), 14.203125),
    (Himmelblau(), (0.0, 0.0), 170.0),
    (Himmelblau(), (3.0, 2.0), 0.0),
    (Saddle(), (0.0, 1.0), -0.25),
    (Bowl(), (3.0, 4.0), 12.5),
    (Ravine(10.0), (1.0, 1.0), 5.5),
])
def test_known_values(f, theta, value):
    assert f.value(theta) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize("kappa", [1.0, 10.0, 1e6])
@pytest.mark.parametrize("angle", [0.0, 0.3, np.pi / 2, 4.0])
def test_ravine_has_its_condition_number_and_turns_as_a_whole(kappa, angle):
    f, straight = Ravine(kappa, angle), Ravine(kappa)
    close(f.eigenvalues, [1, kappa], 1e-14)
    theta = points(straight)
    c, s = np.cos(angle), np.sin(angle)
    turned = theta @ np.array([[c, s], [-s, c]])    # counterclockwise by the angle
    close(f.value(turned), straight.value(theta), 1e-14)
    close(f.value(f.start), straight.value(straight.start), 1e-14)


def test_quadratic_equals_its_expansion_to_second_order():
    f = quadratic()
    a, d = np.random.default_rng(3).standard_normal((2, 5))
    close(f.value(a + d), f.value(a) + f.gradient(a) @ d + d @ f.hvp(a, d) / 2, 1e-15)
    assert f.value(f.center) == 0 and not f.gradient(f.center).any()


def test_quadratic_has_a_minimum_only_where_it_is_positive_definite():
    assert quadratic().minima.shape == (0, 5)
    assert len(Quadratic(np.diag([1.0, 0.0])).minima) == 0
    assert np.array_equal(Quadratic(np.diag([1.0, 2.0, 3.0]), center=[1, 2, 3]).minima, [[1, 2, 3]])


@each_surface
def test_minima_and_start_lie_inside_the_bounds(f):
    low, high = np.array(f.bounds).T
    for point in (f.start, *f.minima):
        assert (low <= point).all() and (point <= high).all()


def test_named_makes_each_surface_anew():
    for name, kind in problems.NAMES.items():
        assert type(problems.named(name)) is kind
    first, second = problems.named("ravine"), problems.named("ravine")
    first.start[:] = 0
    assert second.start.any()
