"""Second-order methods: identities that determine each rule, mutants that they must reject, and bad input.

Every identity is a function of a module, so that the same lines are asked of the library and of its mutants:
the source of a module with one expression changed.
"""

import numpy as np
import pytest
from mutants import assert_rejected

from course_lib import (
    datasets,
    layers,
    line_search,
    linear_solvers,
    losses,
    natural,
    problems,
    schedules,
    second_order,
    sum_of_functions,
)
from course_lib.network import Network
from course_lib.optimizers import SGD, Diverged
from course_lib.second_order import (
    BFGS,
    LBFGS,
    ConjugateGradient,
    CoordinateDescent,
    KrylovSubspaceDescent,
    LineSearchFailed,
    NaturalGradient,
    Newton,
    NotConverged,
    SingularCurvature,
    SumOfFunctions,
    conjugate_gradient,
)

ROSENBROCK = problems.Rosenbrock()


def spd(n, condition=100.0, seed=0):
    """A symmetric matrix with eigenvalues from 1 to `condition`."""
    return with_eigenvalues(np.geomspace(1.0, condition, n), seed)


def with_eigenvalues(w, seed=0):
    Q = np.linalg.qr(np.random.default_rng(seed).standard_normal((len(w), len(w))))[0]
    A = (Q * w) @ Q.T
    return (A + A.T) / 2


def quadratic(n=8, condition=100.0, seed=0):
    return problems.Quadratic(spd(n, condition, seed), np.random.default_rng(seed + 1).standard_normal(n))


class Function:
    """phi on the real line as an objective with one parameter."""

    def __init__(self, phi, slope, curvature=None):
        self.phi, self.slope, self.curvature = phi, slope, curvature

    def value(self, theta):
        return self.phi(theta[0])

    def gradient(self, theta):
        return np.array([self.slope(theta[0])])

    def hvp(self, theta, v):
        return self.curvature(theta[0]) * v


class Counted:
    """f, with its evaluations counted."""

    def __init__(self, f):
        self.f, self.hvp = f, getattr(f, "hvp", None)
        self.values = self.gradients = 0

    def value(self, theta):
        self.values += 1
        return self.f.value(theta)

    def gradient(self, theta):
        self.gradients += 1
        return self.f.gradient(theta)


def line_of(f, theta=0.0, p=1.0):
    """The line through theta along p, for Function f."""
    theta = np.array([theta])
    return line_search.Line(f, theta, np.array([p]), f.value(theta), f.gradient(theta), step=1)


def small_classifier(module=natural, hidden=3):
    rng = np.random.default_rng(3)
    net = Network(
        [layers.Dense(2, hidden), layers.Tanh(), layers.Dense(hidden, 3)], losses.softmax_cross_entropy, rng
    )
    return module.Classifier(net.objective(rng.standard_normal((7, 2)), rng.integers(0, 3, 7))), net.theta


def gaussian(module=natural):
    return module.GaussianFit(np.array([0.3, 1.9, 2.2, -0.4, 1.0])), np.array([0.2, 0.5])


# ----------------------------------------------------------------------------------------------------- Newton


def newton_takes_one_step_on_a_quadratic(m):
    f, theta = quadratic(), np.ones(8)
    m.Newton().step(theta, f)
    np.testing.assert_allclose(theta, f.center, atol=1e-12)


def newton_solves_the_damped_system(m):
    f, theta = quadratic(), np.ones(8)
    m.Newton(damping=lambda k: 3.0 + k).step(theta, f)
    np.testing.assert_allclose(
        (f.A + 3 * np.eye(8)) @ (np.ones(8) - theta), f.gradient(np.ones(8)), rtol=1e-12
    )


def newton_turns_back_only_where_curvature_is_negative(m):
    f, theta = problems.Quadratic(np.diag([2.0, -4.0])), np.array([1.0, 1.0])
    m.Newton().step(theta, f)
    np.testing.assert_allclose(theta, [0.0, 2.0], atol=1e-15)
    theta = np.array([1.0, 1.0])
    m.Newton(damping=4.0).step(theta, f)
    np.testing.assert_allclose(theta, [1 - 2 / 6, 1 + 4 / 8], rtol=1e-14)


def newton_leaves_a_saddle_and_plain_newton_goes_there(m):
    f = problems.Saddle()
    for saddle_free, end in ((True, [0.0, 1.0]), (False, [0.0, 0.0])):
        theta, newton = np.array([0.5, 1e-3]), m.Newton(saddle_free=saddle_free)
        for _ in range(25):
            newton.step(theta, f)
        np.testing.assert_allclose(theta, end, atol=1e-10)
    assert newton.t == 25


# ----------------------------------------------------------------------------------------------- quasi-Newton


def steps_of(method, f, theta, n):
    """(s, y) of n steps."""
    pairs = []
    for _ in range(n):
        before, g = theta.copy(), f.gradient(theta)
        method.step(theta, f)
        pairs.append((theta - before, f.gradient(theta) - g))
    return pairs


def bfgs_meets_the_secant_equation(m):
    theta, bfgs = ROSENBROCK.start.copy(), m.BFGS()
    for _ in range(10):
        ((s, y),) = steps_of(bfgs, ROSENBROCK, theta, 1)
        np.testing.assert_allclose(bfgs.H @ y, s, rtol=1e-9, atol=1e-12)
        np.testing.assert_array_equal(bfgs.H, bfgs.H.T)
        assert np.linalg.eigvalsh(bfgs.H)[0] > 0


def bfgs_is_the_inverse_of_its_dual_update(m):
    """N&W eq. 6.19, for B = H^-1; DFP, which meets the secant equation as well, does not have it."""
    f, theta, bfgs = quadratic(5), np.ones(5), m.BFGS()
    steps_of(bfgs, f, theta, 2)
    B = np.linalg.inv(bfgs.H)
    ((s, y),) = steps_of(bfgs, f, theta, 1)
    dual = B - np.outer(B @ s, B @ s) / (s @ B @ s) + np.outer(y, y) / (y @ s)
    np.testing.assert_allclose(np.linalg.inv(bfgs.H), dual, rtol=1e-9, atol=1e-9)


def bfgs_with_exact_searches_ends_in_n_steps_with_the_inverse_hessian(m):
    f, theta, bfgs = quadratic(8), np.ones(8), m.BFGS(line_search=m.exact)
    steps_of(bfgs, f, theta, 8)
    np.testing.assert_allclose(theta, f.center, atol=1e-10)
    np.testing.assert_allclose(bfgs.H @ f.A, np.eye(8), atol=1e-8)


def bfgs_steps_along_minus_h_g(m):
    H0, f, theta = np.diag([4.0, 1.0]), problems.Quadratic(np.diag([0.25, 1.0])), np.array([2.0, 1.0])
    m.BFGS(H0).step(theta, f)
    np.testing.assert_allclose(theta, 0, atol=1e-15)


def lbfgs_direction_is_the_dense_product(m):
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


def lbfgs_with_exact_searches_ends_in_n_steps(m):
    f, theta = quadratic(8), np.ones(8)
    steps_of(m.LBFGS(2, line_search=m.exact), f, theta, 8)
    np.testing.assert_allclose(theta, f.center, atol=1e-9)


# ---------------------------------------------------------------------------------------------- line searches

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


def strong_wolfe_meets_both_conditions(m):
    for phi, slope in CURVES.values():
        for c1, c2 in ((1e-4, 0.9), (1e-4, 0.1), (0.1, 0.2)):
            for first in (1e-4, 0.3, 1.0, 7.0, 100.0):
                f = Counted(Function(phi, slope))
                alpha, value, g = m.strong_wolfe(line_of(f), first, c1, c2)
                assert alpha > 0 and value == phi(alpha) and g == slope(alpha)
                assert phi(alpha) <= phi(0) + c1 * alpha * slope(0)
                assert abs(slope(alpha)) <= c2 * abs(slope(0))
                assert f.values <= 14


def cubics_are_interpolated_exactly(m):
    value, slope = np.polynomial.Polynomial.fromroots([-2, 1, 4]), None
    slope = value.deriv()
    lowest = max(slope.roots())
    for a, b in ((0.5, 5.0), (5.0, 0.5), (2.0, 2.5), (4.0, 3.0)):
        one, two = ((x, value(x), slope(x)) for x in (a, b))
        assert m._cubic(one, two) == pytest.approx(lowest, rel=1e-12)
    assert m._between((0.5, value(0.5), slope(0.5)), (5.0, value(5.0), slope(5.0))) == pytest.approx(lowest)
    assert m._beyond((0.5, value(0.5), slope(0.5)), (2.0, value(2.0), slope(2.0))) == pytest.approx(lowest)


def parabolas_are_interpolated_exactly(m):
    phi, slope = CURVES["parabola"]
    assert m._between((0.0, phi(0.0), slope(0.0)), (9.0, phi(9.0), None)) == pytest.approx(2.0, rel=1e-14)
    assert m._beyond((0.0, phi(0.0), slope(0.0)), (1.0, phi(1.0), slope(1.0))) == pytest.approx(
        2.0, rel=1e-14
    )


def exact_search_finds_the_minimum_of_a_quadratic(m):
    f, theta = quadratic(), np.ones(8)
    g = f.gradient(theta)
    for p in (-g, -g * np.arange(1, 9)):
        counted = Counted(f)
        alpha, value, g_new = m.exact(m.Line(counted, theta, p, f.value(theta), g, step=1), 1.0)
        assert abs(g_new @ p) < 1e-10 * abs(g @ p)
        assert (counted.values, counted.gradients) == (1, 1)
        assert value == f.value(theta + alpha * p) and np.array_equal(g_new, f.gradient(theta + alpha * p))


def exact_search_falls_back_on_strong_wolfe(m):
    phi, slope = (lambda a: a**4 / 4 - a**2 / 2), (lambda a: a**3 - a)
    for start in (0.1, 0.6):  # no curvature upwards; Newton's step overshoots
        f = Function(phi, slope, lambda a: 3 * a * a - 1)
        line = line_of(f, start)
        alpha, value, g = m.exact(line, 1.0)
        assert value < phi(start) and abs(g[0]) <= 0.9 * abs(slope(start)) and alpha > 0
    f = Function(np.cos, lambda a: -np.sin(a), lambda a: -np.cos(a))
    assert m.exact(line_of(f, 1.4), 1.0)[0] > 0  # Newton's step, backwards, would find a lower value


# ----------------------------------------------------------------------------------------- conjugate gradient


def cg_solves_in_n_iterations(m):
    for n in (1, 2, 7, 20):
        A, b = spd(n, 10.0, seed=n), np.random.default_rng(n).standard_normal(n)
        x = m.conjugate_gradient(lambda v: A @ v, b, max_iter=n)
        assert np.linalg.norm(A @ x - b) <= 1.01e-10 * np.linalg.norm(b)
        x = m.conjugate_gradient(lambda v: A @ v, b, x0=np.ones(n), max_iter=n)
        assert np.linalg.norm(A @ x - b) <= 1.01e-10 * np.linalg.norm(b)


def cg_takes_an_iteration_per_distinct_eigenvalue(m):
    b = np.random.default_rng(0).standard_normal(60)
    for values in ([2.0], [1.0, 5.0], [1.0, 3.0, 50.0], [1.0, 2.0, 4.0, 8.0, 16.0]):
        A = with_eigenvalues(np.resize(values, 60))
        residuals = [
            np.linalg.norm(r)
            for _, (_, r) in zip(range(len(values) + 1), m.conjugate_gradient_steps(lambda v: A @ v, b))
        ]
        assert residuals[-1] < 1e-10 * residuals[0] < residuals[-2]


def cg_minimizes_over_the_krylov_space(m):
    """Iterate k is the point of span{b, A b, ..., A^(k-1) b} nearest to the solution in the norm of A; r is
    its residual."""
    A, b = spd(12, 50.0), np.arange(1.0, 13.0)
    basis = []
    for k, (x, r) in enumerate(m.conjugate_gradient_steps(lambda v: A @ v, b)):
        if k:
            basis.append(np.linalg.matrix_power(A, k - 1) @ b / 50.0 ** (k - 1))
            K = np.linalg.qr(np.array(basis).T)[0]
            np.testing.assert_allclose(x, K @ np.linalg.solve(K.T @ A @ K, K.T @ b), rtol=1e-6, atol=1e-8)
        np.testing.assert_allclose(r, b - A @ x, atol=1e-10)
        if k == 6:
            return


def nonlinear_cg_is_linear_cg_on_a_quadratic(m):
    f, theta, cg = quadratic(8), np.zeros(8), m.ConjugateGradient(line_search=m.exact)
    for x, _ in linear_solvers.conjugate_gradient_steps(lambda v: f.A @ v, f.A @ f.center):
        np.testing.assert_allclose(theta, x, atol=1e-6)
        if cg.t == 8:
            break
        cg.step(theta, f)
    np.testing.assert_allclose(theta, f.center, atol=1e-6)


def nonlinear_cg_restarts_where_polak_ribiere_plus_does(m):
    g = np.array([3.0, -1.0, 2.0, 0.5])
    for factor in (1.0, 0.5):  # no news, and beta < 0: Fletcher-Reeves would carry on
        cg = m.ConjugateGradient()
        cg.direction(g)
        np.testing.assert_array_equal(cg.direction(factor * g), -factor * g)
    cg = m.ConjugateGradient()
    p = cg.direction(g)
    assert cg.direction(-9 * g) @ (-9 * g) < 0 and np.array_equal(p, -g)  # would go uphill


def nonlinear_cg_remembers_the_last_direction_and_gradient(m):
    """beta by its definition from three gradients, and a restart at step P + 1."""
    gradients = np.array([[1.0, 0, 0], [0, 2.0, 0], [0, 0, 2.0], [2.0, 2.0, 2.0]])
    cg = m.ConjugateGradient()
    p = [cg.direction(g) for g in gradients]
    np.testing.assert_allclose(p[:3], [[-1, 0, 0], [-4, -2, 0], [-4, -2, -2]])
    np.testing.assert_array_equal(p[3], -gradients[3])


def nonlinear_cg_tries_the_length_that_promises_the_same_fall(m):
    cg, theta = m.ConjugateGradient(), ROSENBROCK.start.copy()
    cg.step(theta, ROSENBROCK)
    line = line_search.Line(ROSENBROCK, theta, -cg.g, cg.value, cg.g, 2)
    assert cg.first_length(line) * line.slope0 == pytest.approx(cg.alpha * cg.slope)


# ------------------------------------------------------------------------ coordinate descent, Krylov subspace


def coordinate_descent_is_gauss_seidel(m):
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


def coordinate_descent_moves_one_coordinate_to_its_minimum(m):
    f, theta, method = quadratic(4), np.ones(4), m.CoordinateDescent()
    for i in (0, 1, 2, 3, 0):
        before = theta.copy()
        method.step(theta, f)
        assert np.flatnonzero(theta != before) == [i]
        assert abs(f.gradient(theta)[i]) < 1e-12


def coordinate_descent_goes_downhill_without_curvature(m):
    f, theta, method = problems.Saddle(), np.array([0.0, 0.1]), m.CoordinateDescent()
    for _ in range(40):
        method.step(theta, f)
    np.testing.assert_allclose(theta, [0, 1], atol=1e-8)


def krylov_basis_is_orthonormal_and_spans_the_powers(m):
    A, g, last = spd(9), np.arange(1.0, 10.0), np.cos(np.arange(9.0))
    V, H = m.krylov_basis(lambda v: A @ v, g, 4, last)
    np.testing.assert_allclose(V @ V.T, np.eye(5), atol=1e-12)
    np.testing.assert_allclose(H, V @ A @ V.T, atol=1e-10)
    for w in (g, A @ g, A @ A @ g, A @ A @ A @ g, last):
        np.testing.assert_allclose(V.T @ (V @ w), w, rtol=1e-7)
    V, _ = m.krylov_basis(lambda v: 2 * v, g, 4)  # every direction is dependent on the first
    assert V.shape == (1, 9)


def krylov_subspace_descent_minimizes_in_its_subspace(m):
    f, theta, ksd = quadratic(9), np.ones(9), m.KrylovSubspaceDescent(3)
    for rows in (3, 4):
        g = f.gradient(theta)
        ksd.step(theta, f)
        assert len(ksd.V) == rows
        np.testing.assert_allclose(ksd.V @ f.gradient(theta), 0, atol=1e-9)
        assert np.linalg.norm(ksd.V @ g) == pytest.approx(np.linalg.norm(g))


def krylov_subspace_descent_ends_in_one_step_with_a_whole_basis(m):
    f, theta = quadratic(7), np.ones(7)
    counted = Counted(f)
    m.KrylovSubspaceDescent(7).step(theta, counted)
    np.testing.assert_allclose(theta, f.center, atol=1e-8)
    assert counted.gradients == 3  # for the basis, at the start of BFGS, and after its one Newton step


def krylov_subspace_descent_leaves_a_saddle(m):
    f, theta, ksd = problems.Saddle(), np.array([0.5, 1e-3]), m.KrylovSubspaceDescent(2)
    for _ in range(6):
        ksd.step(theta, f)
        if np.linalg.norm(f.gradient(theta)) < 1e-9:
            break
    np.testing.assert_allclose(np.abs(theta), [0, 1], atol=1e-8)


# ------------------------------------------------------------------------------------------- natural gradient


def natural_gradient_is_invariant_under_linear_maps(m):
    A = np.array([[2.0, 1.0], [-0.5, 3.0]])
    f, theta = gaussian(m)
    turned = m.Reparameterized(f, lambda eta: eta @ A.T, lambda eta: A)
    for options in ({"lr": 0.3}, {"kl": 0.05}, {"lr": 0.3, "cg_steps": 2}, {"kl": 0.05, "cg_steps": 2}):
        a, eta = theta.copy(), np.linalg.solve(A, theta)
        one, two = m.NaturalGradient(**options), m.NaturalGradient(**options)
        for _ in range(10):
            one.step(a, f)
            two.step(eta, turned)
            np.testing.assert_allclose(A @ eta, a, rtol=1e-10)
        if "lr" in options:  # steps of constant kl do not settle
            assert f.value(a) - f.value(f.minima[0]) < 0.1 * (f.value(theta) - f.value(f.minima[0]))


def natural_gradient_is_newton_on_logistic_regression(m):
    """With canonical link the Hessian is the Fisher matrix, and is free of the labels."""
    rng = np.random.default_rng(0)
    net = Network([layers.Dense(3, 4)], losses.softmax_cross_entropy, rng)
    f = m.Classifier(net.objective(rng.standard_normal((30, 3)), rng.integers(0, 4, 30)))
    for lr in (1.0, 0.5):
        a, b = net.theta.copy(), net.theta.copy()
        m.NaturalGradient(lr, damping=0.1).step(a, f)
        Newton(damping=0.1).step(b, f)
        np.testing.assert_allclose(a - net.theta, lr * (b - net.theta), rtol=1e-9, atol=1e-13)


def natural_gradient_by_products_is_the_one_by_the_matrix(m):
    f, theta = small_classifier(m)
    for options in ({"lr": 0.5}, {"kl": 0.01}):
        a, b = theta.copy(), theta.copy()
        m.NaturalGradient(damping=0.01, **options).step(a, f)
        m.NaturalGradient(damping=0.01, cg_steps=60, **options).step(b, f)
        np.testing.assert_allclose(a, b, rtol=1e-7, atol=1e-8)


def natural_gradient_steps_have_constant_kl(m):
    for (f, theta), damping in ((gaussian(m), 0.0), (small_classifier(m), 0.01)):
        for cg_steps in (None, 40):
            theta_k, ng = theta.copy(), m.NaturalGradient(kl=1e-6, damping=damping, cg_steps=cg_steps)
            for _ in range(5):
                before = theta_k.copy()
                ng.step(theta_k, f)
                assert f.kl(before, theta_k) == pytest.approx(1e-6, rel=0.01)
                assert f.value(theta_k) < f.value(before)


def fisher_is_the_curvature_of_kl(m):
    classifier, weights = small_classifier(m)
    g, start = gaussian(m)
    turned = m.Reparameterized(
        g, lambda e: np.stack([e[..., 0], np.log(e[..., 1])], -1), lambda e: np.diag([1.0, 1 / e[1]])
    )
    for f, theta in ((classifier, weights), (g, start), (turned, np.array([0.2, 1.5]))):
        F = f.fisher(theta)
        np.testing.assert_allclose(F, F.T, atol=1e-15)
        for v in np.random.default_rng(0).standard_normal((4, len(theta))):
            h = 1e-3
            curvature = (f.kl(theta, theta + h * v) + f.kl(theta, theta - h * v)) / h**2
            assert v @ F @ v == pytest.approx(curvature, rel=1e-4)
            np.testing.assert_allclose(f.fisher_vector_product(theta, v), F @ v, rtol=1e-9, atol=1e-14)
        assert f.kl(theta, theta) == pytest.approx(0, abs=1e-14)


def fisher_of_a_classifier_is_the_mean_square_of_its_scores(m):
    """F = E[grad log p grad log p^T], the labels drawn from the model itself: a sum over all classes of each
    example."""
    f, theta = small_classifier(m)
    net, x = f.network, f.x
    p = np.exp(net.predict(x, theta))
    p /= p.sum(axis=-1, keepdims=True)
    F = 0
    for i in range(len(x)):
        for c in range(3):
            score = net.objective(x[i : i + 1], np.array([c])).gradient(theta)
            F = F + p[i, c] * np.outer(score, score) / len(x)
    np.testing.assert_allclose(f.fisher(theta), F, atol=1e-13)


def gaussian_and_reparameterized_gradients_are_derivatives(m):
    g, start = gaussian(m)
    to = lambda e: np.stack([e[..., 0] * e[..., 1], np.log(e[..., 1])], -1)  # noqa: E731
    turned = m.Reparameterized(g, to, lambda e: np.array([[e[1], e[0]], [0.0, 1 / e[1]]]))
    for f, theta in ((g, start), (turned, np.array([0.2, 1.5]))):
        for v in np.eye(2):
            slope = (f.value(theta + 1e-5 * v) - f.value(theta - 1e-5 * v)) / 2e-5
            assert f.gradient(theta) @ v == pytest.approx(slope, rel=1e-8)
    np.testing.assert_allclose(g.gradient(g.minima[0]), 0, atol=1e-14)


# ------------------------------------------------------------------------------------------- sum of functions


def parts_and_minimum(P=8, N=4):
    parts = [quadratic(P, 30.0, seed=i) for i in range(N)]
    return parts, np.linalg.solve(sum(f.A for f in parts), sum(f.A @ f.center for f in parts))


def sum_of_functions_reaches_the_minimum_of_the_sum(m):
    parts, minimum = parts_and_minimum()
    theta, method = np.ones(8), m.SumOfFunctions(parts, memory=20)
    for _ in range(60):
        method.step(theta)
    np.testing.assert_allclose(theta, minimum, atol=1e-6)


def sum_of_functions_works_in_a_small_subspace(m):
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


def models_of_the_parts_meet_what_was_seen(m):
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


def each_step_goes_to_the_minimum_of_the_models(m):
    """Where no step was bad, the models' summed gradient is zero at the new theta."""
    parts, _ = parts_and_minimum()
    theta, method = np.ones(8), m.SumOfFunctions(parts)
    for _ in range(12):
        method.step(theta)
        if method.scale == 1:
            models = method.g + np.einsum("ikl,il->ik", method.B, method.z - method.x)
            np.testing.assert_allclose(models.sum(axis=0), 0, atol=1e-8)
    assert method.scale == 1


def sum_of_functions_evaluates_the_farthest_part(m):
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


def sum_of_functions_takes_back_a_bad_step(m):
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


# --------------------------------------------------------------------------------------------- linear systems


def systems_are_solved_by_eigenvalues(m):
    A, b = np.diag([2.0, -4.0, 0.5]), np.array([1.0, 1.0, 1.0])
    R = np.linalg.qr(np.random.default_rng(1).standard_normal((3, 3)))[0]
    A, b = R @ A @ R.T, R @ b
    for absolute, w in ((False, [2.5, -3.5, 1.0]), (True, [2.5, 4.5, 1.0])):
        x = m.solve_symmetric(A, b, 0.5, 1, absolute)
        np.testing.assert_allclose(R.T @ x, 1 / np.array(w), rtol=1e-12)


def runs_are_solved_one_by_one_and_a_singular_one_alone_is_lost(m):
    A, b = (
        np.stack([spd(3, seed=1), np.zeros((3, 3)), spd(3, seed=2), np.full((3, 3), np.inf)]),
        np.ones((4, 3)),
    )
    x = m.solve_symmetric(A, b, 0.0, 1)
    for k in (0, 2):
        np.testing.assert_allclose(A[k] @ x[k], b[k], rtol=1e-10)
    assert not np.isfinite(x[[1, 3]]).any()
    x = m.solve_symmetric(A, b, np.array([[0.0], [1.0], [2.0], [1.0]]), 1)
    np.testing.assert_allclose((A[2] + 2 * np.eye(3)) @ x[2], b[2], rtol=1e-10)
    np.testing.assert_allclose(x[1], b[1])
    assert not np.isfinite(x[3]).any()


def a_singular_system_has_its_own_error(m):
    for A in (np.zeros((2, 2)), np.diag([1.0, 1e-20]), np.ones((2, 2))):
        with pytest.raises(m.SingularCurvature, match="damping must .* got eigenvalues from .* at step 7"):
            m.solve_symmetric(A, np.ones(2), 0.0, 7)


RULES = {
    "Newton": (
        second_order,
        [
            newton_takes_one_step_on_a_quadratic,
            newton_solves_the_damped_system,
            newton_turns_back_only_where_curvature_is_negative,
            newton_leaves_a_saddle_and_plain_newton_goes_there,
        ],
        [
            ("theta -= solve_symmetric(", "theta += solve_symmetric("),
            ("absolute=self.saddle_free", "absolute=False"),
            ("absolute=self.saddle_free", "absolute=True"),
            ("H, g, damping, self.t + 1", "H, g, 0.0, self.t + 1"),
            ("solve_symmetric(H, g,", "solve_symmetric(-H, g,"),
            ("solve_symmetric(H, g, damping", "0.5 * solve_symmetric(H, g, damping"),
            ("super().__init__(damping, saddle_free)", "super().__init__(damping, not saddle_free)"),
        ],
    ),
    "BFGS": (
        second_order,
        [
            bfgs_meets_the_secant_equation,
            bfgs_is_the_inverse_of_its_dual_update,
            bfgs_with_exact_searches_ends_in_n_steps_with_the_inverse_hessian,
            bfgs_steps_along_minus_h_g,
        ],
        [
            ("(rho + rho**2 * (y @ Hy)) * np.outer(s, s)", "rho * np.outer(s, s)"),
            ("rho + rho**2 * (y @ Hy)", "rho - rho**2 * (y @ Hy)"),
            ("Hy = self.H @ y", "Hy = self.H @ s"),
            ("- rho * (np.outer(s, Hy) + np.outer(Hy, s))", "- 2 * rho * np.outer(s, Hy)"),
            ("- rho * (np.outer(s, Hy) + np.outer(Hy, s))", "+ rho * (np.outer(s, Hy) + np.outer(Hy, s))"),
            (
                "(rho + rho**2 * (y @ Hy)) * np.outer(s, s) - rho * (np.outer(s, Hy) + np.outer(Hy, s))",
                "rho * np.outer(s, s) - np.outer(Hy, Hy) / (y @ Hy)  # DFP",
            ),
            ("return -(self.H @ g)", "return -g"),
            ("rho = 1 / curvature_along(s, y, self.t + 1)", "rho = curvature_along(s, y, self.t + 1)"),
        ],
    ),
    "LBFGS": (
        second_order,
        [lbfgs_direction_is_the_dense_product, lbfgs_with_exact_searches_ends_in_n_steps],
        [
            ("in reversed(self.pairs):", "in self.pairs:"),
            ("zip(self.pairs, reversed(a))", "zip(self.pairs, a)"),
            ("q -= a[-1] * y", "q += a[-1] * y"),
            ("a.append(rho * (s @ q))", "a.append(rho * (y @ q))"),
            ("(a_i - rho * (y @ q)) * s", "(a_i + rho * (y @ q)) * s"),
            ("q *= (s @ y) / (y @ y)", "q *= (s @ s) / (s @ y)"),
            ("s, y, rho = self.pairs[-1]", "s, y, rho = self.pairs[0]"),
            ("deque(maxlen=self.memory)", "deque(maxlen=self.memory + 1)"),
            ("return -q", "return q"),
        ],
    ),
    "strong Wolfe": (
        line_search,
        [
            strong_wolfe_meets_both_conditions,
            cubics_are_interpolated_exactly,
            parabolas_are_interpolated_exactly,
        ],
        [
            ("if abs(slope) <= -c2 * line.slope0", "if slope <= -c2 * line.slope0"),
            ("if abs(slope) <= -c2 * line.slope0", "if slope >= c2 * line.slope0"),
            ("if abs(slope) <= -c2 * line.slope0", "if abs(slope) <= -line.slope0"),
            ("min(line.value0 + c1 * alpha * line.slope0, lo[1])", "lo[1]"),
            ("c1 * alpha * line.slope0", "c1 * line.slope0"),
            ("if not value <= min", "if value > min"),
            ("if slope * (hi[0] - last[0]) >= 0", "if slope >= 0"),
            ("                hi = last\n", "                hi = lo\n"),
            ("if slope * (hi[0] - last[0]) >= 0", "if slope * (hi[0] - last[0]) <= 0"),
            ("slope_b + d2 - d1", "slope_b - d2 - d1"),
            ("slope_b - slope_a + 2 * d2", "slope_b - slope_a - 2 * d2"),
            ("slope_a + slope_b - 3 *", "slope_a - slope_b - 3 *"),
            ("a - slope_a * (b - a) ** 2 / (2 *", "a - slope_a * (b - a) ** 2 / ("),
            ("else 10 * lo[0]", "else 1.1 * lo[0]"),
        ],
    ),
    "exact search": (
        line_search,
        [exact_search_finds_the_minimum_of_a_quadratic, exact_search_falls_back_on_strong_wolfe],
        [
            ("newton = -line.slope0 / curvature", "newton = line.slope0 / curvature"),
            ("newton = -line.slope0 / curvature", "newton = -line.slope0 / (line.p @ line.p)"),
            ("line.f.hvp(line.theta, line.p)", "line.f.hvp(line.p, line.theta)"),
            ("if curvature > 0:", "if True:"),
            ("if value <= line.value0 + line.rounding:", "if True:"),
            ("return newton, value, line.gradient(newton)", "return newton, value, line.gradient(alpha)"),
        ],
    ),
    "linear CG": (
        linear_solvers,
        [
            cg_solves_in_n_iterations,
            cg_takes_an_iteration_per_distinct_eigenvalue,
            cg_minimizes_over_the_krylov_space,
        ],
        [
            ("alpha = rr / curvature", "alpha = rr / (p @ p)"),
            ("p = r + rr / rr_before * p", "p = r"),
            ("p = r + rr / rr_before * p", "p = r - rr / rr_before * p"),
            ("rr / rr_before * p", "rr_before / rr * p"),
            ("r = r - alpha * Ap", "r = r + alpha * Ap"),
            ("x = x + alpha * p", "x = x + alpha * r"),
            ("b.copy() if x0 is None else b - apply_A(x)", "b.copy()"),
            ("<= tol * np.linalg.norm(b)", "<= 1e4 * tol * np.linalg.norm(b)"),
        ],
    ),
    "nonlinear CG": (
        second_order,
        [
            nonlinear_cg_is_linear_cg_on_a_quadratic,
            nonlinear_cg_restarts_where_polak_ribiere_plus_does,
            nonlinear_cg_remembers_the_last_direction_and_gradient,
            nonlinear_cg_tries_the_length_that_promises_the_same_fall,
        ],
        [
            ("max(0.0, g @ (g - self.g_before) /", "max(0.0, g @ g /"),
            (
                "max(0.0, g @ (g - self.g_before) / (self.g_before @ self.g_before))",
                "g @ (g - self.g_before) / (self.g_before @ self.g_before)",
            ),
            ("/ (self.g_before @ self.g_before)", "/ (g @ g)"),
            ("-g + beta * self.p", "-g - beta * self.p"),
            ("-g + beta * self.p", "-g - beta * self.g_before"),
            ("if g @ p >= 0:", "if False:"),
            (" and self.since_restart < len(g)", ""),
            ("self.alpha * self.slope / line.slope0", "self.alpha * line.slope0 / self.slope"),
        ],
    ),
    "coordinate descent": (
        second_order,
        [
            coordinate_descent_is_gauss_seidel,
            coordinate_descent_moves_one_coordinate_to_its_minimum,
            coordinate_descent_goes_downhill_without_curvature,
        ],
        [
            ("i = self.t % len(g)", "i = 0"),
            ("i = self.t % len(g)", "i = (self.t + 1) % len(g)"),
            ("i = self.t % len(g)", "i = np.argmax(np.abs(g))"),
            ("p[i] = -g[i]", "p[i] = g[i]"),
            ("p[i] = -g[i]", "p[:] = -g"),
            ("super().__init__(line_search=exact)", "super().__init__()"),
        ],
    ),
    "Krylov subspace descent": (
        second_order,
        [
            krylov_basis_is_orthonormal_and_spans_the_powers,
            krylov_subspace_descent_minimizes_in_its_subspace,
            krylov_subspace_descent_ends_in_one_step_with_a_whole_basis,
            krylov_subspace_descent_leaves_a_saddle,
        ],
        [
            ("w = w - (v @ w) * v", "w = w + (v @ w) * v"),
            ("for v in V + V:", "for v in V[-1:]:"),
            ("V.append(w / np.linalg.norm(w))", "V.append(w)"),
            ("w = HV[-1]", "w = V[-1]"),
            ("if last is not None:", "if False:"),
            ("len(V) < size and", "len(V) < size - 1 and"),
            ("new = np.linalg.norm(w) > 1e-8 * norm", "new = True"),
            ("BFGS(Q / w @ Q.T)", "BFGS(Q * w @ Q.T)"),
            ("self.last = a @ self.V", "self.last = -a @ self.V"),
            (
                "return self.V @ self.f.gradient(self.theta + a @ self.V)",
                "return self.V @ self.f.gradient(self.theta)",
            ),
        ],
    ),
    "natural gradient": (
        natural,
        [
            natural_gradient_is_invariant_under_linear_maps,
            natural_gradient_is_newton_on_logistic_regression,
            natural_gradient_by_products_is_the_one_by_the_matrix,
            natural_gradient_steps_have_constant_kl,
            fisher_is_the_curvature_of_kl,
            fisher_of_a_classifier_is_the_mean_square_of_its_scores,
            gaussian_and_reparameterized_gradients_are_derivatives,
        ],
        [
            ("theta -= lr * d", "theta += lr * d"),
            ("d = solve_symmetric(F, g, damping, self.t + 1)", "d = g"),
            ("solve_symmetric(F, g, damping", "solve_symmetric(F, g, 0.5 * damping"),
            ("np.sqrt(2 * length / (d @ Fd))", "np.sqrt(length / (d @ Fd))"),
            ("np.sqrt(2 * length / (d @ Fd))", "2 * length / (d @ Fd)"),
            ("Fd = F @ d", "Fd = g @ g * d"),
            (" + damping * v, g)", ", g)"),
            ("self.cg_steps + 1)", "2)"),
            ("return value, 1j * dy.imag", "return value, dy"),
            (
                "return J.swapaxes(-1, -2) @ self.f.fisher(self.to(eta)) @ J",
                "return J @ self.f.fisher(self.to(eta)) @ J.swapaxes(-1, -2)",
            ),
            ('"...ij,...i->...j", self.jacobian(eta)', '"...ij,...j->...i", self.jacobian(eta)'),
            ("F[..., 1, 1] = 2", "F[..., 1, 1] = 1"),
            ("d[..., 0] ** 2 * np.exp(-2 * new[..., 1])", "d[..., 0] ** 2 * np.exp(2 * new[..., 1])"),
            (
                "softmax_cross_entropy(z_new, p)[0] - softmax_cross_entropy(z, p)[0]",
                "softmax_cross_entropy(z_new, p)[0]",
            ),
        ],
    ),
    "sum of functions": (
        sum_of_functions,
        [
            models_of_the_parts_meet_what_was_seen,
            each_step_goes_to_the_minimum_of_the_models,
            sum_of_functions_evaluates_the_farthest_part,
            sum_of_functions_reaches_the_minimum_of_the_sum,
            sum_of_functions_works_in_a_small_subspace,
            sum_of_functions_takes_back_a_bad_step,
        ],
        [
            ("np.outer(y, y) / (y @ s) - np.outer(Bs, Bs) / (s @ Bs)", "np.outer(y, y) / (y @ s)"),
            ("np.outer(Bs, Bs) / (s @ Bs)", "np.outer(s, s) / (s @ s)"),
            ("for s, y in pairs:\n            Bs", "for s, y in reversed(pairs):\n            Bs"),
            ("p = -np.linalg.solve(B, G.sum(axis=0))", "p = np.linalg.solve(B, G.sum(axis=0))"),
            ("G = self.g + np.einsum", "G = self.g - np.einsum"),
            ("G.sum(axis=0))\n", "self.g.sum(axis=0))\n"),
            ("return np.argmax(", "return np.argmin("),
            ("(self.z - self.x[i], g - self.g[i])", "(self.z - self.x[i], g)"),
            ("rest / np.linalg.norm(rest)", "rest"),
            ("rest = rest - (self.basis @ rest) @ self.basis", "rest = rest * 1.0"),
            ("self.basis = T @ self.basis", "self.basis = T.T @ self.basis"),
            ("self.scale /= 2", "self.scale *= 1"),
            ("self.z = self.z_before\n            theta", "theta"),
            ("self.active, self.since_growth = n + 1, 0", "self.active, self.since_growth = n, 0"),
        ],
    ),
    "linear systems": (
        linear_solvers,
        [
            systems_are_solved_by_eigenvalues,
            runs_are_solved_one_by_one_and_a_singular_one_alone_is_lost,
            a_singular_system_has_its_own_error,
        ],
        [
            ("(np.abs(w) if absolute else w) + damping", "np.abs(w + damping) if absolute else w + damping"),
            ("(np.abs(w) if absolute else w) + damping", "np.abs(w) + damping"),
            ("(np.abs(w) if absolute else w) + damping", "(np.maximum(w, 0) if absolute else w) + damping"),
            ('"...ji,...j->...i", Q, b) / w', '"...ij,...j->...i", Q, b) / w'),
            ('"...ji,...j->...i", Q, b) / w', '"...ji,...j->...i", Q, b) * w'),
            ("(runs_ok & ~singular)", "~singular"),
            ("if A.ndim == 2 and singular:", "if False:"),
        ],
    ),
}

IDENTITIES = [(rule, identity) for rule, (_, identities, _) in RULES.items() for identity in identities]
MUTANTS = [(rule, old, new) for rule, (_, _, mutants) in RULES.items() for old, new in mutants]

@pytest.mark.parametrize("rule, identity", IDENTITIES, ids=lambda x: getattr(x, "__name__", x))
def test_identity(rule, identity):
    identity(RULES[rule][0])


@pytest.mark.parametrize("rule, old, new", MUTANTS)
def test_mutant_is_rejected(rule, old, new):
    module, identities, _ = RULES[rule]
    assert_rejected(identities, module, old, new)


def test_every_rule_has_five_mutants():
    assert all(len(mutants) >= 5 for _, _, mutants in RULES.values())


# ----------------------------------------------------------------------- protocol, errors, and their messages

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


class Model(problems.Quadratic):
    """A quadratic that is its own distribution, of unit variance."""

    def fisher(self, theta):
        return self.A


def model(n=4):
    return Model(spd(n), np.arange(n))


class Broken:
    """f with one answer replaced."""

    def __init__(self, f, **answers):
        self.f, self.answers = f, answers

    def __getattr__(self, name):
        return self.answers.get(name, getattr(self.f, name))


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


def test_curvature_that_is_not_positive_is_refused():
    f = Function(np.cos, lambda a: -np.sin(a), lambda a: -np.cos(a))

    def forward(line, alpha, c2):
        return 1.0, line.value(1.0), line.gradient(1.0)

    for method in (BFGS(line_search=forward), LBFGS(line_search=forward)):
        theta = np.array([0.1])
        with pytest.raises(LineSearchFailed, match="curvature s.y along the step must be > 0"):
            method.step(theta, f)
        assert theta == 0.1


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


def test_natural_gradient_trains_a_network_on_digits():
    """By Fisher-vector products: 15 steps go further than 100 of gradient descent at the best of four
    rates."""
    data = datasets.load("digits")
    net = Network([layers.Dense(64, 10)], losses.softmax_cross_entropy, np.random.default_rng(0))
    f = natural.Classifier(net.objective(data.x[::4], data.y[::4]))
    theta, ng = net.theta.copy(), NaturalGradient(0.5, damping=0.03, cg_steps=20)
    for _ in range(15):
        ng.step(theta, f)
    others = []
    for lr in (0.03, 0.1, 0.3, 1.0):
        slow, sgd = net.theta.copy(), SGD(lr)
        for _ in range(100):
            sgd.step(slow, f)
        others.append(f.value(slow))
    assert f.value(theta) < min(others)


def test_kl_of_a_classifier_is_kl():
    f, theta = small_classifier()
    new = theta + 0.3
    p, q = (
        np.exp(z) / np.exp(z).sum(-1, keepdims=True)
        for z in (f.network.predict(f.x, theta), f.network.predict(f.x, new))
    )
    assert f.kl(theta, new) == pytest.approx((p * np.log(p / q)).sum(-1).mean())


def test_conjugate_gradient_says_when_it_has_not_converged():
    A, b = spd(30, 1e4), np.ones(30)
    with pytest.raises(NotConverged, match=r"residual must be <= 1e-10 \|\|b\|\| after 5 iterations, got"):
        conjugate_gradient(lambda v: A @ v, b, max_iter=5)
    assert np.array_equal(conjugate_gradient(lambda v: A @ v, np.zeros(30)), np.zeros(30))
    x0 = np.linalg.solve(A, b)
    kept = x0.copy()
    conjugate_gradient(lambda v: A @ v, b, x0=x0)
    np.testing.assert_array_equal(x0, kept)


def regression():
    net = Network([layers.Dense(2, 1)], losses.mean_squared_error, np.random.default_rng(0))
    return net.objective(np.ones((3, 2)), np.ones((3, 1)))


def with_a_head():
    net = Network(
        [layers.Dense(2, 4), layers.Auxiliary(layers.Dense(4, 2)), layers.Dense(4, 2)],
        losses.softmax_cross_entropy,
        np.random.default_rng(0),
    )
    return net.objective(np.ones((3, 2)), np.array([0, 1, 0]))


BAD_CALLS = {
    "damping < 0": (lambda: Newton(-1.0), ValueError, "damping must be >= 0, got -1.0"),
    "damping nan": (lambda: Newton(np.nan), ValueError, "damping must be >= 0, got nan"),
    "damping text": (lambda: Newton("big"), TypeError, "damping must be a number"),
    "damping schedule": (
        lambda: Newton(lambda k: -2.0).step(np.ones(4), model()),
        ValueError,
        "damping must be >= 0, got -2.0 at step 1",
    ),
    "damping per run": (
        lambda: Newton(np.ones((3, 1))).step(np.ones(4), model()),
        ValueError,
        "damping must be a number for a single run",
    ),
    "saddle_free": (lambda: Newton(saddle_free="yes"), TypeError, "saddle_free must be True or False"),
    "hessian shape": (
        lambda: Newton().step(np.ones(4), Broken(model(), hessian=lambda t: np.eye(3))),
        ValueError,
        r"hessian must have shape \(4, 4\), got \(3, 3\)",
    ),
    "hessian nan": (
        lambda: Newton().step(np.ones(4), Broken(model(), hessian=lambda t: np.full((4, 4), np.nan))),
        Diverged,
        "hessian must be finite, got nan at step 1",
    ),
    "singular": (
        lambda: Newton().step(np.ones(2), problems.Quadratic(np.diag([1.0, 0.0]))),
        SingularCurvature,
        "damping must make the curvature invertible",
    ),
    "H0 indefinite": (lambda: BFGS(np.diag([1.0, -1.0])), ValueError, "H0 must be a symmetric, positive"),
    "H0 not symmetric": (lambda: BFGS([[1.0, 2.0], [0.0, 1.0]]), ValueError, "H0 must be a symmetric"),
    "H0 not square": (lambda: BFGS(np.ones((2, 3))), ValueError, "H0 must be a symmetric"),
    "H0 a vector": (lambda: BFGS(np.ones(3)), ValueError, "H0 must be a symmetric"),
    "H0 too small": (lambda: BFGS(np.eye(3)).step(np.ones(4), model()), ValueError, r"H0 must be \(4, 4\)"),
    "line_search": (lambda: BFGS(line_search="wolfe"), TypeError, "line_search must be a function"),
    "memory 0": (lambda: LBFGS(0), ValueError, "memory must be a whole number >= 1, got 0"),
    "memory 2.5": (lambda: LBFGS(2.5), ValueError, "memory must be a whole number >= 1, got 2.5"),
    "memory True": (lambda: LBFGS(True), ValueError, "memory must be a whole number >= 1, got True"),
    "size": (lambda: KrylovSubspaceDescent(-1), ValueError, "size must be a whole number >= 1, got -1"),
    "inner_steps": (lambda: KrylovSubspaceDescent(3, 0), ValueError, "inner_steps must be a whole number"),
    "krylov hvp": (
        lambda: KrylovSubspaceDescent(3).step(np.ones(4), Broken(model(), hvp=lambda t, v: v * np.nan)),
        Diverged,
        "hessian-vector product must be finite, got nan at step 1",
    ),
    "lr and kl": (lambda: NaturalGradient(0.1, kl=0.1), ValueError, "lr or kl must be given, and not both"),
    "neither": (lambda: NaturalGradient(), ValueError, "lr or kl must be given"),
    "kl 0": (lambda: NaturalGradient(kl=0.0), ValueError, "kl must be > 0, got 0.0"),
    "lr 0": (lambda: NaturalGradient(0.0), ValueError, "lr must be > 0, got 0.0"),
    "lr schedule": (
        lambda: NaturalGradient(schedules.linear(0.1, 0.0, 1), damping=-1),
        ValueError,
        "damping must be",
    ),
    "cg_steps": (lambda: NaturalGradient(0.1, cg_steps=0), ValueError, "cg_steps must be a whole number"),
    "fisher singular": (
        lambda: NaturalGradient(0.1).step(*reversed(small_classifier())),
        SingularCurvature,
        "damping must make the curvature invertible",
    ),
    "gaussian data": (
        lambda: natural.GaussianFit([1.0, 1.0]),
        ValueError,
        "x must be at least two different finite",
    ),
    "gaussian nan": (
        lambda: natural.GaussianFit([1.0, np.nan]),
        ValueError,
        "x must be at least two different finite",
    ),
    "no objective": (lambda: natural.Classifier(model()), TypeError, "objective must be that of a network"),
    "other loss": (
        lambda: natural.Classifier(regression()),
        ValueError,
        "objective must have the loss softmax_cross_entropy",
    ),
    "auxiliary heads": (
        lambda: natural.Classifier(with_a_head()),
        ValueError,
        "network must have no auxiliary heads",
    ),
    "no parts": (lambda: SumOfFunctions([]), TypeError, "parts must be a list of objectives"),
    "parts": (lambda: SumOfFunctions([np.sin]), TypeError, "parts must be a list of objectives"),
    "first_step": (lambda: SumOfFunctions([model()], first_step=0), ValueError, "first_step must be > 0"),
    "parts memory": (
        lambda: SumOfFunctions([model()], memory=0),
        ValueError,
        "memory must be a whole number",
    ),
    "shape changed": (
        lambda: steps_of(bfgs := BFGS(), model(4), np.ones(4), 1) and bfgs.step(np.ones(3), model(3)),
        ValueError,
        r"theta must keep its shape \(4,\), got \(3,\) at step 2",
    ),
    "gradient shape": (
        lambda: LBFGS().step(np.ones(4), Broken(model(), gradient=lambda t: t[:3])),
        ValueError,
        r"gradient must have the shape of theta \(4,\), got \(3,\)",
    ),
    "tol": (
        lambda: conjugate_gradient(lambda v: v, np.ones(3), tol=0),
        ValueError,
        "tol must be > 0 and < 1",
    ),
    "b matrix": (
        lambda: conjugate_gradient(lambda v: v, np.ones((3, 1))),
        ValueError,
        r"b and x0 must have the same shape",
    ),
    "x0 shape": (
        lambda: conjugate_gradient(lambda v: v, np.ones(3), np.ones(2)),
        ValueError,
        "b and x0 must have",
    ),
    "b nan": (
        lambda: conjugate_gradient(lambda v: v, np.array([1, np.nan])),
        ValueError,
        "b and x0 must be finite",
    ),
    "A indefinite": (
        lambda: conjugate_gradient(lambda v: v * [1, -1], np.array([1.0, 2.0])),
        ValueError,
        "A must be positive definite, got p.Ap = -3 at iteration 1",
    ),
}


@pytest.mark.parametrize("call", BAD_CALLS)
def test_bad_input_is_named(call):
    function, error, message = BAD_CALLS[call]
    with pytest.raises(error, match=message):
        function()
