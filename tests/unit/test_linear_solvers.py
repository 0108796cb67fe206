"""Linear solvers: conjugate gradient by what it minimizes and how soon it ends, systems by eigenvalues."""

import numpy as np
import pytest
from objectives import spd, with_eigenvalues

from course_lib import linear_solvers
from course_lib.linear_solvers import NotConverged, conjugate_gradient


def test_cg_solves_in_n_iterations(m=linear_solvers):
    for n in (1, 2, 7, 20):
        A, b = spd(n, 10.0, seed=n), np.random.default_rng(n).standard_normal(n)
        x = m.conjugate_gradient(lambda v: A @ v, b, max_iter=n)
        assert np.linalg.norm(A @ x - b) <= 1.01e-10 * np.linalg.norm(b)
        x = m.conjugate_gradient(lambda v: A @ v, b, x0=np.ones(n), max_iter=n)
        assert np.linalg.norm(A @ x - b) <= 1.01e-10 * np.linalg.norm(b)


def test_cg_takes_an_iteration_per_distinct_eigenvalue(m=linear_solvers):
    b = np.random.default_rng(0).standard_normal(60)
    for values in ([2.0], [1.0, 5.0], [1.0, 3.0, 50.0], [1.0, 2.0, 4.0, 8.0, 16.0]):
        A = with_eigenvalues(np.resize(values, 60))
        residuals = [
            np.linalg.norm(r)
            for _, (_, r) in zip(range(len(values) + 1), m.conjugate_gradient_steps(lambda v: A @ v, b))
        ]
        assert residuals[-1] < 1e-10 * residuals[0] < residuals[-2]


def test_cg_minimizes_over_the_krylov_space(m=linear_solvers):
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


def test_systems_are_solved_by_eigenvalues(m=linear_solvers):
    A, b = np.diag([2.0, -4.0, 0.5]), np.array([1.0, 1.0, 1.0])
    R = np.linalg.qr(np.random.default_rng(1).standard_normal((3, 3)))[0]
    A, b = R @ A @ R.T, R @ b
    for absolute, w in ((False, [2.5, -3.5, 1.0]), (True, [2.5, 4.5, 1.0])):
        x = m.solve_symmetric(A, b, 0.5, 1, absolute)
        np.testing.assert_allclose(R.T @ x, 1 / np.array(w), rtol=1e-12)


def test_runs_are_solved_one_by_one_and_a_singular_one_alone_is_lost(m=linear_solvers):
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


def test_a_singular_system_has_its_own_error(m=linear_solvers):
    for A in (np.zeros((2, 2)), np.diag([1.0, 1e-20]), np.ones((2, 2))):
        with pytest.raises(m.SingularCurvature, match="damping must .* got eigenvalues from .* at step 7"):
            m.solve_symmetric(A, np.ones(2), 0.0, 7)


def test_conjugate_gradient_says_when_it_has_not_converged():
    A, b = spd(30, 1e4), np.ones(30)
    with pytest.raises(NotConverged, match=r"residual must be <= 1e-10 \|\|b\|\| after 5 iterations, got"):
        conjugate_gradient(lambda v: A @ v, b, max_iter=5)
    assert np.array_equal(conjugate_gradient(lambda v: A @ v, np.zeros(30)), np.zeros(30))
    x0 = np.linalg.solve(A, b)
    kept = x0.copy()
    conjugate_gradient(lambda v: A @ v, b, x0=x0)
    np.testing.assert_array_equal(x0, kept)
