"""Second-order and other classical optimizers: `optimizer.step(theta, f)` advances theta in place.

Here: Newton, BFGS, LBFGS, ConjugateGradient, CoordinateDescent, KrylovSubspaceDescent. Their line search and
base class are in line_search.py, the linear solver conjugate_gradient in linear_solvers.py, NaturalGradient
in natural.py (what it descends in distributions.py), SumOfFunctions in sum_of_functions.py; these names can
all be imported from here. "N&W" is Nocedal & Wright, Numerical Optimization, 2nd edition, 2006. In all of it
p is a direction, s a step, y the change of the gradient along that step.

Numbers kept for P parameters: Newton and BFGS P^2, LBFGS 2 memory P, KrylovSubspaceDescent 2 (size + 1) P,
ConjugateGradient and CoordinateDescent a few P.
"""

from collections import deque
from dataclasses import dataclass

import numpy as np

from .arguments import check_count
from .line_search import (LineSearchFailed, LineSearchMethod, check_finite, check_single_run, exact,
                          strong_wolfe)
from .linear_solvers import (NotConverged, SingularCurvature, conjugate_gradient, conjugate_gradient_steps,
                             solve_symmetric)
from .natural import NaturalGradient
from .optimizer import NOT_BELOW_ZERO, Optimizer, check_theta
from .sum_of_functions import SumOfFunctions

__all__ = ["Newton", "BFGS", "LBFGS", "ConjugateGradient", "CoordinateDescent", "KrylovSubspaceDescent",
           "NaturalGradient", "SumOfFunctions", "conjugate_gradient", "conjugate_gradient_steps",
           "strong_wolfe", "exact", "LineSearchFailed", "NotConverged", "SingularCurvature"]


@dataclass(eq=False)
class Newton(Optimizer):
    """theta <- theta - (|H| + damping I)^-1 g, with |H| = Q |Lambda| Q^T for the Hessian H = Q Lambda Q^T.

    Where H is positive definite |H| = H, and this is Newton's method (Goodfellow et al. 2016, algorithm 8.8):
    one step to the minimum of a quadratic. Elsewhere plain Newton, `saddle_free=False`, walks to the nearest
    critical point, saddles and maxima included. With absolute eigenvalues every direction goes downhill, so
    it leaves them: saddle-free Newton (Dauphin et al. 2014). Exactly on a saddle g is zero and theta stays.
    There is no line search: where the curvature is small a step may be too long, and damping shortens it.

    Needs f.hessian(theta) (P, P), or (K, P, P) for K runs; theta changes in place. Raises Diverged, and
    SingularCurvature where |H| + damping I is singular; of K runs such a one becomes nan.
    """

    damping: NOT_BELOW_ZERO = 0.0
    saddle_free: bool = True

    def step(self, theta, f):
        """One Newton step of theta (P,) or (K, P), in place, from the objective f."""
        check_theta(theta)
        damping = self._value("damping", theta)
        g, H = np.asarray(f.gradient(theta)), np.asarray(f.hessian(theta))
        self._check_gradient(g, theta)
        if H.shape != theta.shape + theta.shape[-1:]:
            raise ValueError(f"hessian must have shape {theta.shape + theta.shape[-1:]}, got {H.shape}")
        if theta.ndim == 1:
            check_finite("hessian", H, self.t + 1)
        theta -= solve_symmetric(H, g, damping, self.t + 1, absolute=self.saddle_free)
        self.t += 1


class BFGS(LineSearchMethod):
    """p = -H g;  H <- (I - rho s y^T) H (I - rho y s^T) + rho s s^T with rho = 1 / (y^T s).

    Broyden, Fletcher, Goldfarb, Shanno 1970; N&W algorithm 6.1. H (P, P), symmetric and positive definite,
    approximates the inverse Hessian and meets the secant equation H y = s. It starts from `H0`; where none is
    given from the identity, which after the first step is scaled by y^T s / y^T y (N&W eq. 6.20), as LBFGS
    scales its own: the number of steps then does not depend on the units of f. BFGS(H0=np.eye(P)) leaves it
    as it is, like scipy: that takes fewer steps where 1 is above most of the inverse curvatures and many more
    where it is below, since the updates correct too large an H sooner than too small a one. theta (P,)
    changes in place; errors as in LineSearchMethod.
    """

    def __init__(self, H0=None, line_search=strong_wolfe):
        self.H0 = None if H0 is None else np.array(H0, float)
        if H0 is not None and not _is_positive_definite(self.H0):
            raise ValueError(f"H0 must be a symmetric, positive definite matrix, got {H0!r}")
        super().__init__(line_search)

    def reset(self):
        super().reset()
        self.H = None if self.H0 is None else self.H0.copy()

    def direction(self, g):
        if self.H is None:
            return -g
        if len(self.H) != len(g):
            raise ValueError(f"H0 must be ({len(g)}, {len(g)}) for this theta, got shape {self.H.shape}")
        return -(self.H @ g)

    def first_length(self, line):
        return super().first_length(line) if self.H0 is None else 1.0

    def learn(self, s, y):
        s, y, rho = secant_pair(s, y, self.t + 1)
        if self.H is None:
            self.H = np.eye(len(s)) / (rho * (y @ y))
        Hy = self.H @ y                                             # expanded: P^2 operations instead of P^3
        self.H += (rho + rho**2 * (y @ Hy)) * np.outer(s, s) - rho * (np.outer(s, Hy) + np.outer(Hy, s))


class LBFGS(LineSearchMethod):
    """BFGS that keeps the last `memory` pairs (s, y) instead of H, and applies H to g by two loops over them.

    Nocedal 1980; N&W algorithms 7.4 (two-loop recursion) and 7.5, with H0 = gamma I (eq. 7.20). theta (P,)
    changes in place; errors as in LineSearchMethod.
    """

    def __init__(self, memory=10, line_search=strong_wolfe):
        check_count("memory", memory)
        self.memory = memory
        super().__init__(line_search)

    def reset(self):
        super().reset()
        self.pairs = deque(maxlen=self.memory)      # (s, y, rho), oldest first

    def direction(self, g):
        q = g.copy()
        a = []
        for s, y, rho in reversed(self.pairs):
            a.append(rho * (s @ q))
            q -= a[-1] * y
        if self.pairs:
            s, y, rho = self.pairs[-1]
            q *= (s @ y) / (y @ y)
        for (s, y, rho), a_i in zip(self.pairs, reversed(a)):
            q += (a_i - rho * (y @ q)) * s
        return -q

    def learn(self, s, y):
        self.pairs.append(secant_pair(s, y, self.t + 1))


class ConjugateGradient(LineSearchMethod):
    """p <- -g + beta p with beta = max(0, g^T (g - g_before) / g_before^T g_before).

    Nonlinear conjugate gradient, Polak & Ribiere 1969 with Powell's max: "PR+", N&W algorithm 5.4 with eq.
    5.44 and 5.45. beta = 0 is a restart along -g; so are the first step, every P-th (N&W section 5.2), and a
    p that would go uphill. On a quadratic with an exact line search it is the linear method. For linear
    systems: conjugate_gradient. theta (P,) changes in place; errors as in LineSearchMethod.
    """

    c2 = 0.1    # N&W's: a closer search than for BFGS, since directions are conjugate only after an exact one

    def reset(self):
        super().reset()
        self.p = self.g_before = None
        self.since_restart = 0

    def direction(self, g):
        beta = 0.0
        if self.g_before is not None and self.since_restart < len(g):
            beta = max(0.0, g @ (g - self.g_before) / (self.g_before @ self.g_before))
        p = -g + beta * self.p if beta else -g
        if g @ p >= 0:
            beta, p = 0.0, -g
        self.since_restart = self.since_restart + 1 if beta else 1
        self.p, self.g_before = p, g
        return p

    def first_length(self, line):
        """As long as will give the change of the value that the last step was to give (N&W section 3.5)."""
        return super().first_length(line) if self.alpha is None else self.alpha * self.slope / line.slope0


class CoordinateDescent(LineSearchMethod):
    """theta_i <- theta_i - g_i / H_ii, one coordinate i = 0, 1, ..., P - 1, 0, ... a step.

    N&W section 9.3. Exact along the coordinate where f is quadratic in it: the Gauss-Seidel method. Otherwise
    it is a Newton step along the coordinate, replaced by a strong Wolfe search where H_ii <= 0 or the value
    would rise (see `exact`). H_ii comes from f.hvp(theta, e_i). theta (P,) changes in place; errors as in
    LineSearchMethod.
    """

    def __init__(self):
        super().__init__(line_search=exact)

    def direction(self, g):
        i = self.t % len(g)
        p = np.zeros_like(g)
        p[i] = -g[i]
        return p


class KrylovSubspaceDescent(Optimizer):
    """theta <- theta + V^T a with a = argmin f(theta + V^T a), V spanning g, H g, ..., H^(size - 1) g.

    Vinyals & Povey 2012, algorithms 1 and 2. The rows of V (size + 1, P) are orthonormal, and span the last
    step as well. a is found by BFGS from a = 0, in at most `inner_steps` line searches or until the gradient
    in the subspace is 1e-3 of what it was. BFGS starts from the projected Hessian V H V^T with absolute
    eigenvalues, none below 1e-4 of the largest, so H need not be positive definite. The paper takes H and the
    inner minimum from subsets of the data, and preconditions with the diagonal of the Fisher matrix; here
    both are those of f, and nothing is preconditioned.

    Needs f.hvp. theta (P,) changes in place. Raises Diverged, LineSearchFailed.
    """

    def __init__(self, size=10, inner_steps=20):
        check_count("size", size)
        check_count("inner_steps", inner_steps)
        self.size, self.inner_steps = size, inner_steps
        super().__init__()

    def reset(self):
        super().reset()
        self.V = self.last = None

    def step(self, theta, f):
        """One basis and one minimization in it: theta (P,) in place, from the objective f."""
        check_single_run(theta, self)
        g = f.gradient(theta)
        self._check_gradient(g, theta)
        if g.any():
            self.V, H = krylov_basis(lambda v: f.hvp(theta, v), g, self.size, self.last)
            check_finite("hessian-vector product", H, self.t + 1)
            w, Q = np.linalg.eigh(H)
            w = np.maximum(np.abs(w), 1e-4 * np.abs(w).max())
            bfgs = BFGS(Q / w @ Q.T) if w.any() else BFGS()         # no curvature at all: a plane
            a, inside = np.zeros(len(self.V)), Subspace(f, theta.copy(), self.V)
            for _ in range(self.inner_steps):
                try:
                    bfgs.step(a, inside)
                except LineSearchFailed as failed:
                    raise LineSearchFailed(f"BFGS in the subspace: {failed},", self.t + 1) from failed
                if np.linalg.norm(bfgs.g) <= 1e-3 * np.linalg.norm(g):
                    break
            self.last = a @ self.V
            theta += self.last
        self.t += 1


def krylov_basis(apply_H, g, size, last=None):
    """(V, V H V^T): orthonormal rows that span g, H g, ..., H^(size - 1) g and `last`, fewer if dependent."""
    V, HV = [], []

    def add(w):
        norm = np.linalg.norm(w)
        for v in V + V:                                             # twice, against rounding
            w = w - (v @ w) * v
        new = np.linalg.norm(w) > 1e-8 * norm
        if new:
            V.append(w / np.linalg.norm(w))
            HV.append(apply_H(V[-1]))
        return new

    w = g
    while len(V) < size and add(w):
        w = HV[-1]
    if last is not None:
        add(last)
    V, HV = np.array(V), np.array(HV)
    H = V @ HV.T
    return V, (H + H.T) / 2


class Subspace:
    """The objective a -> f(theta + V^T a)."""

    def __init__(self, f, theta, V):
        self.f, self.theta, self.V = f, theta, V

    def value(self, a):
        return self.f.value(self.theta + a @ self.V)

    def gradient(self, a):
        return self.V @ self.f.gradient(self.theta + a @ self.V)


def _is_positive_definite(A):
    return (A.ndim == 2 and A.shape[0] == A.shape[1] and np.isfinite(A).all() and np.allclose(A, A.T)
            and np.linalg.eigvalsh(A)[0] > 0)


def secant_pair(s, y, step):
    """(s, y, rho = 1 / s^T y), s and y both divided by the size of s: near a minimum rho would overflow.

    H y = s asks for the same. Raises LineSearchFailed where s^T y is not > 0, as after a strong Wolfe search.
    """
    size = np.abs(s).max()
    s, y = s / size, y / size
    if not s @ y > 0:
        raise LineSearchFailed(f"curvature s.y along the step must be > 0, got {size**2 * (s @ y):.4g}", step)
    return s, y, 1 / (s @ y)
