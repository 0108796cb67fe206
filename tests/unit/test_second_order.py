"""Second-order methods: identities that determine each rule, and what all of them promise."""

import numpy as np
import pytest
from objectives import Broken, Counted, Function, Times, model, quadratic, spd, steps_of

from course_lib import line_search, linear_solvers, problems, second_order
from course_lib.optimizers import Diverged
from course_lib.second_order import (BFGS, LBFGS, ConjugateGradient, CoordinateDescent, KrylovSubspaceDescent,
                                     LineSearchFailed, NaturalGradient, Newton, SingularCurvature,
                                     SumOfFunctions)

ROSENBROCK = problems.Rosenbrock()


def test_newton_takes_one_step_on_a_quadratic(m=second_order):
    f, theta = quadratic(), np.ones(8)
    m.Newton().step(theta, f)
    np.testing.assert_allclose(theta, f.center, atol=1e-12)


def test_newton_solves_the_damped_system(m=second_order):
    f, theta = quadratic(), np.ones(8)
    m.Newton(damping=lambda k: 3.0 + k).step(theta, f)
    np.testing.assert_allclose(
        (f.A + 3 * np.eye(8)) @ (np.ones(8) - theta), f.gradient(np.ones(8)), rtol=1e-12
    )


def test_newton_turns_back_only_where_curvature_is_negative(m=second_order):
    f, theta = problems.Quadratic(np.diag([2.0, -4.0])), np.array([1.0, 1.0])
    m.Newton().step(theta, f)
    np.testing.assert_allclose(theta, [0.0, 2.0], atol=1e-15)
    theta = np.array([1.0, 1.0])
    m.Newton(damping=4.0).step(theta, f)
    np.testing.assert_allclose(theta, [1 - 2 / 6, 1 + 4 / 8], rtol=1e-14)


def test_newton_leaves_a_saddle_and_plain_newton_goes_there(m=second_order):
    f = problems.Saddle()
    for saddle_free, end in ((True, [0.0, 1.0]), (False, [0.0, 0.0])):
        theta, newton = np.array([0.5, 1e-3]), m.Newton(saddle_free=saddle_free)
        for _ in range(25):
            newton.step(theta, f)
        np.testing.assert_allclose(theta, end, atol=1e-10)
    assert newton.t == 25


def test_bfgs_meets_the_secant_equation(m=second_order):
    theta, bfgs = ROSENBROCK.start.copy(), m.BFGS()
    for _ in range(10):
        ((s, y),) = steps_of(bfgs, ROSENBROCK, theta, 1)
        np.testing.assert_allclose(bfgs.H @ y, s, rtol=1e-9, atol=1e-12)
        np.testing.assert_array_equal(bfgs.H, bfgs.H.T)
        assert np.linalg.eigvalsh(bfgs.H)[0] > 0


def test_bfgs_is_the_inverse_of_its_dual_update(m=second_order):
    """N&W eq. 6.19, for B = H^-1; DFP, which meets the secant equation as well, does not have it."""
    f, theta, bfgs = quadratic(5), np.ones(5), m.BFGS()
    steps_of(bfgs, f, theta, 2)
    B = np.linalg.inv(bfgs.H)
    ((s, y),) = steps_of(bfgs, f, theta, 1)
    dual = B - np.outer(B @ s, B @ s) / (s @ B @ s) + np.outer(y, y) / (y @ s)
    np.testing.assert_allclose(np.linalg.inv(bfgs.H), dual, rtol=1e-9, atol=1e-9)


def test_bfgs_with_exact_searches_ends_in_n_steps_with_the_inverse_hessian(m=second_order):
    f, theta, bfgs = quadratic(8), np.ones(8), m.BFGS(line_search=m.exact)
    steps_of(bfgs, f, theta, 8)
    np.testing.assert_allclose(theta, f.center, atol=1e-10)
    np.testing.assert_allclose(bfgs.H @ f.A, np.eye(8), atol=1e-8)


def test_bfgs_steps_along_minus_h_g(m=second_order):
    H0, f, theta = np.diag([4.0, 1.0]), problems.Quadratic(np.diag([0.25, 1.0])), np.array([2.0, 1.0])
    m.BFGS(H0).step(theta, f)
    np.testing.assert_allclose(theta, 0, atol=1e-15)


def test_bfgs_scales_its_first_h_by_the_curvature_of_the_first_step(m=second_order):
    """N&W eq. 6.20 before the first update, and nothing of the kind where H0 is given."""
    f = quadratic(6)
    for H0 in (None, np.eye(6), np.diag(np.arange(1.0, 7.0))):
        bfgs = m.BFGS(H0)
        ((s, y),) = steps_of(bfgs, f, np.ones(6), 1)
        H = np.eye(6) * (s @ y) / (y @ y) if H0 is None else H0
        V = np.eye(6) - np.outer(y, s) / (y @ s)
        np.testing.assert_allclose(bfgs.H, V.T @ H @ V + np.outer(s, s) / (y @ s), rtol=1e-9, atol=1e-15)


def test_the_size_of_a_step_does_not_matter_to_what_is_learnt_from_it(m=second_order):
    """Nor where the product of s and y would vanish, as near a minimum."""
    A, (first, *others) = spd(5), np.random.default_rng(0).standard_normal((4, 5))
    for make in (m.BFGS, m.LBFGS):
        found = []
        for size in (1.0, 1e-120, 1e-170, 1e120):
            method = make()
            for s in (first, *others):
                method.learn(size * s, size * (A @ s))
            found.append(method.direction(np.ones(5)))
        np.testing.assert_allclose(found, np.tile(found[0], (4, 1)), rtol=1e-9)


def test_the_path_of_bfgs_does_not_depend_on_the_units_of_f(m=second_order):
    ends = []
    for factor in (1.0, 1e-2, 1e4, 1e-80, 1e80):
        theta, bfgs = ROSENBROCK.start.copy(), m.BFGS()
        bfgs.first_length = lambda line: 1.0 if bfgs.t else 0.1 / np.linalg.norm(line.p)
        steps_of(bfgs, Times(ROSENBROCK, factor), theta, 12)
        ends.append(theta)
    np.testing.assert_allclose(ends, np.tile(ends[0], (5, 1)), rtol=1e-6)
    assert np.linalg.norm(ends[0] - ROSENBROCK.start) > 0.5


def test_lbfgs_direction_from_given_pairs_is_the_dense_product(m=second_order):
    """Without a step: whatever the direction, nothing is searched along it."""
    A, rng = spd(6), np.random.default_rng(0)
    lbfgs, H = m.LBFGS(3), np.eye(6)
    steps = rng.standard_normal((5, 6))
    for s in steps:
        lbfgs.learn(s, A @ s)
    s, y = steps[-1], A @ steps[-1]
    H *= (s @ y) / (y @ y)
    for s in steps[-3:]:
        V = np.eye(6) - np.outer(A @ s, s) / (s @ A @ s)
        H = V.T @ H @ V + np.outer(s, s) / (s @ A @ s)
    g = rng.standard_normal(6)
    np.testing.assert_allclose(lbfgs.direction(g), -H @ g, rtol=1e-10)


def test_lbfgs_direction_is_the_dense_product(m=second_order):
    """The two loops against N&W eq. 7.19 with full matrices, over the last pairs only."""
    n, memory = 6, 3
    f, theta, lbfgs = quadratic(n), np.ones(n), m.LBFGS(memory)
    pairs = steps_of(lbfgs, f, theta, 5)[-memory:]
    s, y = pairs[-1]
    H = np.eye(n) * (s @ y) / (y @ y)
    for s, y in pairs:
        V = np.eye(n) - np.outer(y, s) / (y @ s)
        H = V.T @ H @ V + np.outer(s, s) / (y @ s)
    g = f.gradient(theta)
    np.testing.assert_allclose(lbfgs.direction(g), -H @ g, rtol=1e-9)
    np.testing.assert_allclose(lbfgs.direction(y), -s, rtol=1e-9)
    assert len(lbfgs.pairs) == memory


def test_lbfgs_with_exact_searches_ends_in_n_steps(m=second_order):
    f, theta = quadratic(8), np.ones(8)
    steps_of(m.LBFGS(2, line_search=m.exact), f, theta, 8)
    np.testing.assert_allclose(theta, f.center, atol=1e-9)


def test_nonlinear_cg_is_linear_cg_on_a_quadratic(m=second_order):
    f, theta, cg = quadratic(8), np.zeros(8), m.ConjugateGradient(line_search=m.exact)
    for x, _ in linear_solvers.conjugate_gradient_steps(lambda v: f.A @ v, f.A @ f.center):
        np.testing.assert_allclose(theta, x, atol=1e-6)
        if cg.t == 8:
            break
        cg.step(theta, f)
    np.testing.assert_allclose(theta, f.center, atol=1e-6)


def test_nonlinear_cg_restarts_where_polak_ribiere_plus_does(m=second_order):
    g = np.array([3.0, -1.0, 2.0, 0.5])
    for factor in (1.0, 0.5):  # no news, and beta < 0: Fletcher-Reeves would carry on
        cg = m.ConjugateGradient()
        cg.direction(g)
        np.testing.assert_array_equal(cg.direction(factor * g), -factor * g)
    cg = m.ConjugateGradient()
    p = cg.direction(g)
    assert cg.direction(-9 * g) @ (-9 * g) < 0 and np.array_equal(p, -g)  # would go uphill


def test_nonlinear_cg_remembers_the_last_direction_and_gradient(m=second_order):
    """beta by its definition from three gradients, and a restart at step P + 1."""
    gradients = np.array([[1.0, 0, 0], [0, 2.0, 0], [0, 0, 2.0], [2.0, 2.0, 2.0]])
    cg = m.ConjugateGradient()
    p = [cg.direction(g) for g in gradients]
    np.testing.assert_allclose(p[:3], [[-1, 0, 0], [-4, -2, 0], [-4, -2, -2]])
    np.testing.assert_array_equal(p[3], -gradients[3])


def test_nonlinear_cg_tries_the_length_that_promises_the_same_fall(m=second_order):
    cg, theta = m.ConjugateGradient(), ROSENBROCK.start.copy()
    cg.step(theta, ROSENBROCK)
    line = line_search.Line(ROSENBROCK, theta, -cg.g, cg.value, cg.g, 2)
    assert cg.first_length(line) * line.slope0 == pytest.approx(cg.alpha * cg.slope)


def test_coordinate_descent_goes_against_one_entry_of_the_gradient(m=second_order):
    g, method = np.array([2.0, -1.0, 0.5]), m.CoordinateDescent()
    for direction in ([-2.0, 0, 0], [0, 1.0, 0], [0, 0, -0.5], [-2.0, 0, 0]):
        np.testing.assert_array_equal(method.direction(g), direction)
        method.t += 1


def test_coordinate_descent_is_gauss_seidel(m=second_order):
    f, theta = quadratic(6), np.ones(6)
    method = m.CoordinateDescent()
    for _ in range(2):
        before = theta.copy()
        for _ in range(6):
            method.step(theta, f)
        lower = np.tril(f.A)
        np.testing.assert_allclose(
            theta, np.linalg.solve(lower, f.A @ f.center - (f.A - lower) @ before), rtol=1e-12
        )


def test_coordinate_descent_moves_one_coordinate_to_its_minimum(m=second_order):
    f, theta, method = quadratic(4), np.ones(4), m.CoordinateDescent()
    for i in (0, 1, 2, 3, 0):
        before = theta.copy()
        method.step(theta, f)
        assert np.flatnonzero(theta != before) == [i]
        assert abs(f.gradient(theta)[i]) < 1e-12


def test_coordinate_descent_goes_downhill_without_curvature(m=second_order):
    f, theta, method = problems.Saddle(), np.array([0.0, 0.1]), m.CoordinateDescent()
    for _ in range(40):
        method.step(theta, f)
    np.testing.assert_allclose(theta, [0, 1], atol=1e-8)


def test_krylov_basis_is_orthonormal_and_spans_the_powers(m=second_order):
    A, g, last = spd(9), np.arange(1.0, 10.0), np.cos(np.arange(9.0))
    V, H = m.krylov_basis(lambda v: A @ v, g, 4, last)
    np.testing.assert_allclose(V @ V.T, np.eye(5), atol=1e-12)
    np.testing.assert_allclose(H, V @ A @ V.T, atol=1e-10)
    for w in (g, A @ g, A @ A @ g, A @ A @ A @ g, last):
        np.testing.assert_allclose(V.T @ (V @ w), w, rtol=1e-7)
    V, _ = m.krylov_basis(lambda v: 2 * v, g, 4)  # every direction is dependent on the first
    assert V.shape == (1, 9)


def test_the_gradient_in_a_subspace_is_the_derivative_there(m=second_order):
    V = np.linalg.qr(np.random.default_rng(0).standard_normal((2, 2)))[0][:1]
    inside, a = m.Subspace(ROSENBROCK, np.array([0.3, -0.2]), V), np.array([0.7])
    slope = (inside.value(a + 1e-6) - inside.value(a - 1e-6)) / 2e-6
    np.testing.assert_allclose(inside.gradient(a), [slope], rtol=1e-8)


def test_krylov_subspace_descent_converges_without_a_warning(m=second_order):
    """Down to gradients whose squares are not far from the smallest number there is."""
    f, theta, ksd = problems.Ravine(100, 0.5), np.ones(2), m.KrylovSubspaceDescent(5)
    with np.errstate(all="raise", under="ignore"):
        for _ in range(10):
            ksd.step(theta, f)
    assert 0 < np.linalg.norm(f.gradient(theta)) < 1e-120


def test_krylov_subspace_descent_minimizes_in_its_subspace(m=second_order):
    f, theta, ksd = quadratic(9), np.ones(9), m.KrylovSubspaceDescent(3)
    for rows in (3, 4):
        g = f.gradient(theta)
        ksd.step(theta, f)
        assert len(ksd.V) == rows
        np.testing.assert_allclose(ksd.V @ f.gradient(theta), 0, atol=1e-9)
        assert np.linalg.norm(ksd.V @ g) == pytest.approx(np.linalg.norm(g))


def test_krylov_subspace_descent_ends_in_one_step_with_a_whole_basis(m=second_order):
    f, theta = quadratic(7), np.ones(7)
    counted = Counted(f)
    m.KrylovSubspaceDescent(7).step(theta, counted)
    np.testing.assert_allclose(theta, f.center, atol=1e-8)
    assert counted.gradients == 3  # for the basis, at the start of BFGS, and after its one Newton step


def test_krylov_subspace_descent_leaves_a_saddle(m=second_order):
    f, theta, ksd = problems.Saddle(), np.array([0.5, 1e-3]), m.KrylovSubspaceDescent(2)
    for _ in range(6):
        ksd.step(theta, f)
        if np.linalg.norm(f.gradient(theta)) < 1e-9:
            break
    np.testing.assert_allclose(np.abs(theta), [0, 1], atol=1e-8)


# What all of them promise

METHODS = {
    "Newton": Newton,
    "BFGS": BFGS,
    "LBFGS": LBFGS,
    "ConjugateGradient": ConjugateGradient,
    "CoordinateDescent": CoordinateDescent,
    "KrylovSubspaceDescent": KrylovSubspaceDescent,
    "NaturalGradient": lambda: NaturalGradient(0.5),
    "SumOfFunctions": lambda: SumOfFunctions([quadratic(4), quadratic(4, seed=1)]),
}
SEARCHING = ("BFGS", "LBFGS", "ConjugateGradient", "CoordinateDescent")


def test_the_public_names_can_be_imported_from_second_order():
    for name in (*METHODS, "conjugate_gradient"):
        assert name in second_order.__all__ and callable(getattr(second_order, name))


@pytest.mark.parametrize("name", METHODS)
def test_step_counts_changes_theta_in_place_and_reset_starts_again(name):
    method, f = METHODS[name](), model()
    ends = []
    for _ in range(2):
        theta = np.full(4, 2.0)
        for k in range(3):
            assert method.t == k
            assert method.step(theta, f) is None
        ends.append(theta)
        method.reset()
        assert method.t == 0
    np.testing.assert_array_equal(*ends)
    assert np.linalg.norm(ends[0] - 2.0) > 0


@pytest.mark.parametrize("name", [name for name in METHODS if name != "SumOfFunctions"])
def test_a_point_without_gradient_is_not_left(name):
    f = model()
    theta, method = f.center.copy(), METHODS[name]()
    for _ in range(3):
        method.step(theta, f)
    np.testing.assert_array_equal(theta, f.center)
    assert method.t == 3


@pytest.mark.parametrize("name", [name for name in METHODS if name != "Newton"])
def test_several_runs_are_refused(name):
    theta = np.ones((3, 4))
    with pytest.raises(
        ValueError, match=rf"theta must be a single run \(P,\) for {name}, got shape \(3, 4\)"
    ):
        METHODS[name]().step(theta, model())
    np.testing.assert_array_equal(theta, 1)


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("theta", [[1.0, 2.0], np.arange(4)])
def test_theta_must_be_a_float_array(name, theta):
    with pytest.raises(TypeError, match="theta must be a float array"):
        METHODS[name]().step(theta, model())


@pytest.mark.parametrize("name", [name for name in METHODS if name != "SumOfFunctions"])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_gradient_that_is_not_finite_is_divergence(name, bad):
    f, theta, method = model(), np.ones(4), METHODS[name]()
    method.step(theta, f)
    before = theta.copy()
    with pytest.raises(Diverged, match="gradient must be finite, got .* at step 2") as caught:
        method.step(theta, Broken(f, gradient=lambda theta: np.array([1, bad, 1, 1])))
    assert caught.value.step == 2 and method.t == 1
    np.testing.assert_array_equal(theta, before)


def test_curvature_that_is_not_positive_is_refused():
    f = Function(np.cos, lambda a: -np.sin(a), lambda a: -np.cos(a))

    def forward(line, alpha, c2):
        return 1.0, line.value(1.0), line.gradient(1.0)

    for method in (BFGS(line_search=forward), LBFGS(line_search=forward)):
        theta = np.array([0.1])
        with pytest.raises(LineSearchFailed, match="curvature s.y along the step must be > 0"):
            method.step(theta, f)
        assert theta == 0.1


def test_newton_takes_runs_at_once():
    f, newton = problems.Himmelblau(), Newton(damping=np.array([[1.0], [0.0], [5.0]]))
    starts = np.array([[0.0, -1.0], [4.0, 3.0], [-3.0, 3.0]])
    theta = starts.copy()
    for _ in range(3):
        newton.step(theta, f)
    for k, damping in enumerate((1.0, 0.0, 5.0)):
        alone, one = starts[k].copy(), Newton(damping)
        for _ in range(3):
            one.step(alone, f)
        np.testing.assert_allclose(theta[k], alone, rtol=1e-13)
    theta = np.array([[0.0, 0.0], [1.0, 0.5]])  # the first on the monkey saddle: H = 0
    Newton().step(theta, problems.MonkeySaddle())
    assert np.isnan(theta[0]).all() and np.isfinite(theta[1]).all()
    with pytest.raises(SingularCurvature):
        Newton().step(np.zeros(2), problems.MonkeySaddle())


def test_float32_stays_float32():
    for name in ("Newton", *SEARCHING, "KrylovSubspaceDescent"):
        theta, method = np.ones(2, np.float32), METHODS[name]()
        f = problems.Ravine(10, 0.3)
        for _ in range(30):
            method.step(theta, f)
            if np.linalg.norm(f.gradient(theta)) < 1e-5:
                break
        assert theta.dtype == np.float32 and np.linalg.norm(theta) < 1e-4
