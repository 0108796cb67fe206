"""The sum-of-functions optimizer: its models, its subspace, the part it evaluates, bad steps."""

import numpy as np
import pytest
from objectives import Broken, quadratic

from course_lib import problems, sum_of_functions
from course_lib.optimizers import Diverged
from course_lib.sum_of_functions import SumOfFunctions


def parts_and_minimum(P=8, N=4):
    parts = [quadratic(P, 30.0, seed=i) for i in range(N)]
    return parts, np.linalg.solve(sum(f.A for f in parts), sum(f.A @ f.center for f in parts))


def test_sum_of_functions_reaches_the_minimum_of_the_sum(m=sum_of_functions):
    parts, minimum = parts_and_minimum()
    theta, method = np.ones(8), m.SumOfFunctions(parts, memory=20)
    for _ in range(60):
        method.step(theta)
    np.testing.assert_allclose(theta, minimum, atol=1e-6)


def test_sum_of_functions_works_in_a_small_subspace(m=sum_of_functions):
    """60 parameters, 3 parts, 13 directions: turned many times, still orthonormal, and still going to the
    minimum."""
    parts, minimum = parts_and_minimum(60, 3)
    value = lambda theta: sum(f.value(theta) for f in parts)  # noqa: E731
    theta, method = np.ones(60), m.SumOfFunctions(parts, memory=2)
    for _ in range(150):
        method.step(theta)
        V = method.basis[: method.used]
        np.testing.assert_allclose(V @ V.T, np.eye(len(V)), atol=1e-9)
    assert len(method.basis) == 13
    assert value(theta) - value(minimum) < 1e-2 * (value(np.ones(60)) - value(minimum))


def test_models_of_the_parts_meet_what_was_seen(m=sum_of_functions):
    """At its own x_i a model has the gradient of its part, and its B_i meets the newest secant equation."""
    parts, _ = parts_and_minimum()
    theta, method = np.ones(8), m.SumOfFunctions(parts)
    for _ in range(30):
        method.step(theta)
    assert method.active == 4 and method.evaluations.sum() >= 30
    for i, f in enumerate(parts):
        at = method.origin + method.x[i] @ method.basis
        np.testing.assert_allclose(method.g[i] @ method.basis, f.gradient(at), atol=1e-9)
        s, y = method.pairs[i][-1]
        np.testing.assert_allclose(method.B[i] @ s, y, rtol=1e-8, atol=1e-12)
        np.testing.assert_allclose(y, method.basis @ f.A @ method.basis.T @ s, rtol=1e-6, atol=1e-12)
        assert np.linalg.eigvalsh(method.B[i])[0] > 0
        assert len(method.pairs[i]) <= 10


def test_each_step_goes_to_the_minimum_of_the_models(m=sum_of_functions):
    """Where no step was bad, the models' summed gradient is zero at the new theta."""
    parts, _ = parts_and_minimum()
    theta, method = np.ones(8), m.SumOfFunctions(parts)
    for _ in range(12):
        method.step(theta)
        if method.scale == 1:
            models = method.g + np.einsum("ikl,il->ik", method.B, method.z - method.x)
            np.testing.assert_allclose(models.sum(axis=0), 0, atol=1e-8)
    assert method.scale == 1


def test_sum_of_functions_evaluates_the_farthest_part(m=sum_of_functions):
    parts, _ = parts_and_minimum()
    theta, method = np.ones(8), m.SumOfFunctions(parts)
    for _ in range(40):
        seen, d, B = method.evaluations.copy() if method.t else None, None, None
        if method.t > 12 and method.scale == 1:
            d, B = method.z - method.x, method.B.sum(axis=0)
        method.step(theta)
        if d is not None and method.scale == 1:
            (i,) = np.flatnonzero(method.evaluations != seen)  # one part a step
            distances = [d_i @ B @ d_i for d_i in d]
            assert distances[i] == max(distances)


def test_sum_of_functions_takes_back_a_bad_step(m=sum_of_functions):
    """Part 1 has a wall (nan) near the start, which the first steps run into."""

    class Walled(problems.Quadratic):
        def value(self, theta):
            return super().value(theta) if theta[0] < 0.5 else np.nan

    parts = [problems.Quadratic(np.eye(2), [1.0, 0.0]), Walled(np.eye(2) * 3.0, [0.0, 1.0])]
    theta, method = np.array([-1.0, -1.0]), m.SumOfFunctions(parts)
    scales = []
    for _ in range(40):
        method.step(theta)
        scales.append(method.scale)
    np.testing.assert_allclose(theta, [0.25, 0.75], atol=1e-6)
    assert min(scales) < 1 and scales[-1] > 0.9


def test_after_a_bad_step_the_next_starts_where_the_bad_one_did_and_is_half_as_long(m=sum_of_functions):
    """Here the wall is high, not nan."""

    class Walled(problems.Quadratic):
        def value(self, theta):
            return super().value(theta) + 100.0 * (theta[0] >= 0.5)

    parts = [problems.Quadratic(np.eye(2)), Walled(np.eye(2) * 3.0, [3.0, 1.0])]
    theta, method, started, bad = np.array([-1.0, -1.0]), m.SumOfFunctions(parts), None, 0
    for _ in range(20):
        reached, scale = theta.copy(), getattr(method, "scale", 1.0)
        seen, value = (method.evaluations[1], method.values[1]) if method.t else (0, np.nan)
        method.step(theta)
        last, started = started, method.origin + method.z_before @ method.basis
        if method.evaluations[1] > seen and parts[1].value(reached) > value + 50:       # it ran into the wall
            np.testing.assert_allclose(started, last, atol=1e-12)
            assert method.scale == scale / 2
            bad += 1
        else:
            np.testing.assert_allclose(started, reached, atol=1e-12)
    assert bad > 1


def test_sum_of_functions_names_what_is_wrong():
    bad = Broken(quadratic(4), value=lambda theta: np.nan)
    with pytest.raises(Diverged, match="part 0 must be finite, got nan at step 1"):
        SumOfFunctions([bad, quadratic(4)]).step(np.ones(4))
    wall = Broken(quadratic(4), value=lambda theta: np.inf if (theta != 1).any() else 1.0)
    method = SumOfFunctions([wall])
    theta = np.ones(4)
    with pytest.raises(Diverged, match="value of part 0 must fall, got inf after") as caught:
        for _ in range(60):
            method.step(theta)
    assert caught.value.step == method.t + 1
    np.testing.assert_array_equal(theta, 1)  # back at the last good point
    method = SumOfFunctions([quadratic(4)])
    method.step(theta)
    with pytest.raises(ValueError, match="theta must be as the last step left it, got another at step 2"):
        method.step(theta + 1)
    with pytest.raises(ValueError, match="gradient of part 0 must have shape"):
        SumOfFunctions([Broken(quadratic(4), gradient=lambda theta: theta[:2])]).step(np.ones(4))


def test_a_sum_of_one_part_or_of_parts_at_their_minimum():
    f = quadratic(6)
    for parts, start in (([f], np.ones(6)), ([f, f, f], f.center.copy())):
        theta, method = start.copy(), SumOfFunctions(parts)
        for _ in range(40):
            method.step(theta)
        np.testing.assert_allclose(theta, f.center, atol=1e-6)
