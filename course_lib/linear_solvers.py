"""Solvers of A x = b for a symmetric matrix: conjugate gradient, which asks for products A v only, and
eigenvalues."""

import numpy as np


class NotConverged(ArithmeticError):
    """The residual has not come down to the tolerance within the iterations allowed."""


class SingularCurvature(ArithmeticError):
    """A curvature matrix has an eigenvalue that is zero up to rounding: a step along it would have no
    length."""


def conjugate_gradient(apply_A, b, x0=None, tol=1e-10, max_iter=None):
    """x (n,) with ||b - A x|| <= tol ||b||, for A symmetric and positive definite.

    Hestenes & Stiefel 1952; Nocedal & Wright 2006, algorithm 5.2. `apply_A(v)` gives A v. In exact arithmetic
    it takes at most n iterations, and no more than A has distinct eigenvalues; rounding adds some, so
    max_iter is 10 n unless given.

    Raises ValueError where A turns out not to be positive definite, and NotConverged after max_iter
    iterations.
    """
    if not 0 < tol < 1:
        raise ValueError(f"tol must be > 0 and < 1, got {tol!r}")
    max_iter = 10 * len(b) if max_iter is None else max_iter
    for k, (x, r) in enumerate(conjugate_gradient_steps(apply_A, b, x0)):
        if np.linalg.norm(r) <= tol * np.linalg.norm(b):
            return x
        if k == max_iter:
            raise NotConverged(f"residual must be <= {tol:.4g} ||b|| after {max_iter} iterations, got "
                               f"{np.linalg.norm(r) / np.linalg.norm(b):.4g} ||b||")


def conjugate_gradient_steps(apply_A, b, x0=None):
    """The iterations of conjugate_gradient: yields (x, residual b - A x), from the start until the residual
    is zero.

    The residual is updated, not computed anew: at the limit of rounding the true one is a little larger.
    """
    b = np.asarray(b, float)
    x = np.zeros_like(b) if x0 is None else np.array(x0, float)
    if b.ndim != 1 or x.shape != b.shape:
        raise ValueError(f"b and x0 must have the same shape (n,), got {b.shape} and {x.shape}")
    if not np.isfinite([b, x]).all():
        raise ValueError(f"b and x0 must be finite, got {b} and {x}")
    r = b.copy() if x0 is None else b - apply_A(x)
    p, rr, k = r, r @ r, 0
    yield x, r
    while rr > 0:
        k += 1
        Ap = apply_A(p)
        curvature = p @ Ap
        if not 0 < curvature < np.inf:
            raise ValueError(f"A must be positive definite, got p.Ap = {curvature:.4g} at iteration {k}")
        alpha = rr / curvature
        x = x + alpha * p
        r = r - alpha * Ap
        rr, rr_before = r @ r, rr
        p = r + rr / rr_before * p
        yield x, r


def solve_symmetric(A, b, damping, step, absolute=False):
    """(A + damping I)^-1 b by eigenvalues; with `absolute`, (|A| + damping I)^-1 b with |A| = Q |Lambda| Q^T.

    A (P, P), b (P,), or one system per run: A (K, P, P), b (K, P). Raises SingularCurvature where a single
    system is singular up to rounding; among K runs that one gets inf or nan, and the others their solutions.
    """
    runs_ok = np.isfinite(A).all(axis=(-2, -1)) & np.isfinite(b).all(axis=-1)
    w, Q = np.linalg.eigh(np.where(runs_ok[..., None, None], A, 0))
    w = (np.abs(w) if absolute else w) + damping
    size = np.abs(w)
    singular = size.min(axis=-1) <= A.shape[-1] * np.finfo(A.dtype).eps * size.max(axis=-1)
    if A.ndim == 2 and singular:
        raise SingularCurvature("damping must make the curvature invertible, got eigenvalues from "
                                f"{w.min():.4g} to {w.max():.4g}, damping included, at step {step}")
    with np.errstate(divide="ignore", invalid="ignore"):
        in_eigenbasis = np.einsum("...ji,...j->...i", Q, b) / w
        x = np.einsum("...ij,...j->...i", Q, in_eigenbasis)
    return np.where((runs_ok & ~singular)[..., None], x, np.nan)
