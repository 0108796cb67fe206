"""The sum-of-functions optimizer: a quadratic model of every part of a sum, in one small shared subspace."""

from collections import deque

import numpy as np

from .arguments import check_count
from .line_search import check_finite, check_single_run
from .optimizer import Diverged, Optimizer


class SumOfFunctions(Optimizer):
    """theta <- argmin_x sum_i f_i(x_i) + g_i^T (x - x_i) + 1/2 (x - x_i)^T B_i (x - x_i).

    Sohl-Dickstein, Poole & Ganguli 2014 (arXiv 1311.2115). The objective is the sum of `parts` f_1 ... f_N,
    for example one for each of N minibatches. A step evaluates one part at theta, renews its model (x_i, g_i,
    and B_i by BFGS from its own last `memory` changes of position and gradient), and goes to the minimum of
    the sum of all models: a Newton step on the whole sum for the price of one part.

    Everything is kept in coordinates of `basis` (K, P), orthonormal rows that span the gradients and
    positions met, K = 3 N + 2 memory or P. When it is full it is turned so that it spans the last gradient
    and position of each part. Two parts are active at first; one more joins where the gradients of the active
    ones scatter more than their mean, after a bad step, or after a pass without one. The part to evaluate is
    one with fewer than two evaluations, otherwise the one whose x_i is farthest from theta in the metric of
    the summed B_i. A step is bad where the part is not finite, or rises above its model by more than the
    model said the others would fall: then theta goes back, and steps are halved; later they grow back to full
    length.

    Other than in the paper, pairs along which the curvature is not positive are left out of B_i, instead of
    mending its eigenvalues afterwards; the basis holds 2 memory directions more than its 3 N, which sums of
    few parts need; `first_step` is the length of the first step, along -g before any curvature is known.

    theta (P,) changes in place, and nobody else may change it between steps. Raises Diverged where a part is
    not finite at the start, or no step is good; ValueError, TypeError for bad arguments.
    """

    def __init__(self, parts, memory=10, first_step=1e-3):
        self.parts = list(parts)
        if not self.parts or not all(hasattr(f, "value") and hasattr(f, "gradient") for f in self.parts):
            raise TypeError(f"parts must be a list of objectives with value and gradient, got {parts!r}")
        check_count("memory", memory)
        if not 0 < first_step < np.inf:
            raise ValueError(f"first_step must be > 0 and finite, got {first_step!r}")
        self.memory, self.first_step = memory, first_step
        super().__init__()

    def reset(self):
        super().reset()
        self.basis = None

    def step(self, theta, f=None):
        """One part evaluated and theta (P,) moved, in place. The objective is the sum of the parts, not f."""
        check_single_run(theta, self)
        if self.basis is None:
            self._start(theta)
        elif not np.array_equal(theta, self.theta):
            raise ValueError(f"theta must be as the last step left it, got another at step {self.t + 1}"
                             " (reset() starts a new run)")
        i = self._choose()
        value, g = self._evaluate(i, theta)
        bad = self._is_bad(i, value, g)
        if bad:
            if np.isfinite(g).all() and np.isfinite(value):
                self._observe(i, value, g)                  # what was learnt there stays
            self.z = self.z_before
            theta[...] = self.origin + self.z @ self.basis
            self.scale /= 2
            if self.scale < 1e-10:
                raise Diverged(f"value of part {i} must fall, got {value} after {self.scale:.2g}"
                               f" of the model's step at step {self.t + 1}", self.t + 1)
            value, g = self._evaluate(i, theta)
            check_finite(f"part {i}", [value, *g], self.t + 1)
        else:
            self.scale += (1 - self.scale) / len(self.parts)
        self._observe(i, value, g, new_pair=not bad)
        self._newton_step(bad)
        theta[...] = self.origin + self.z @ self.basis
        self.theta = theta.copy()
        self.t += 1

    def _start(self, theta):
        N, P = len(self.parts), len(theta)
        K = min(P, 3 * N + 2 * self.memory)
        self.origin, self.theta = theta.copy(), theta.copy()
        self.basis, self.used = np.zeros((K, P)), 0     # rows not in use are zero, as coordinates along them
        self.z = self.z_before = np.zeros(K)            # theta = origin + z @ basis
        self.x, self.g = np.zeros((N, K)), np.zeros((N, K))
        self.B = np.zeros((N, K, K))
        self.pairs = [deque(maxlen=self.memory) for _ in self.parts]
        self.values, self.evaluations = np.full(N, np.nan), np.zeros(N, int)
        self.active, self.since_growth = min(N, 2), 0
        self.scale, self.predicted_fall = 1.0, 0.0

    def _evaluate(self, i, theta):
        with np.errstate(over="ignore", invalid="ignore"):  # a step may go too far, and is taken back
            value, g = self.parts[i].value(theta), np.asarray(self.parts[i].gradient(theta))
        if g.shape != theta.shape:
            raise ValueError(f"gradient of part {i} must have shape {theta.shape} like theta, got {g.shape}")
        return value, g

    def _choose(self):
        new = np.flatnonzero(self.evaluations[:self.active] < 2)
        if len(new):
            return new[0]
        d = self.z - self.x[:self.active]
        return np.argmax(np.einsum("ik,kl,il->i", d, self.B.sum(axis=0), d))

    def _is_bad(self, i, value, g):
        if not (np.isfinite(value) and np.isfinite(g).all()):
            return True
        if not self.evaluations[i] or value <= self.values[i]:
            return False
        d = self.z - self.x[i]
        model = self.values[i] + self.g[i] @ d + 0.5 * d @ self.B[i] @ d
        return value - model > self.predicted_fall - (self.values[i] - model)

    def _observe(self, i, value, g, new_pair=True):
        """A new value and gradient (P,) of part i at z: its model is renewed."""
        self._extend(g)
        g = self.basis @ g
        if new_pair and self.evaluations[i]:
            self.pairs[i].append((self.z - self.x[i], g - self.g[i]))
        self.x[i], self.g[i], self.values[i] = self.z, g, value
        self.evaluations[i] += 1
        self.B[i] = self._hessian(i)

    def _extend(self, g):
        """Add the direction of g to the basis; turn the basis first where it is full."""
        K, P = self.basis.shape
        if self.used == P:
            return                                          # it spans the whole space
        if self.used == K:
            self._collapse()
        rest = g / (np.linalg.norm(g) or 1.0)
        for _ in range(2):                                  # twice, against rounding
            rest = rest - (self.basis @ rest) @ self.basis
        if np.linalg.norm(rest) > 1e-8:
            self.basis[self.used] = rest / np.linalg.norm(rest)
            self.used += 1

    def _collapse(self):
        """New axes: the last gradient and position of each part, and theta. What lies outside is dropped."""
        axes = np.linalg.qr(np.vstack([self.g, self.x, self.z, self.z_before]).T)[0].T
        self.used = len(axes)
        T = np.zeros((len(self.basis), len(self.basis)))
        T[:self.used] = axes
        self.basis = T @ self.basis
        self.x, self.g, self.z, self.z_before = (a @ T.T for a in (self.x, self.g, self.z, self.z_before))
        self.pairs = [deque([(T @ s, T @ y) for s, y in pairs], self.memory) for pairs in self.pairs]
        for i in np.flatnonzero(self.evaluations):
            self.B[i] = self._hessian(i)

    def _newton_step(self, bad):
        """z to the minimum of the sum of models, or `scale` of the way; one more part may become active."""
        self.z_before = self.z
        B = self.B.sum(axis=0)
        G = self.g + np.einsum("ikl,il->ik", self.B, self.z - self.x)       # gradients of the models at z
        p = -np.linalg.solve(B, G.sum(axis=0))
        self.z = self.z + self.scale * p
        self.predicted_fall = self.scale * (1 - self.scale / 2) * p @ B @ p
        if self.active < len(self.parts) and self.evaluations[:self.active].min() >= 2:
            self.since_growth += 1
            G = self.g[:self.active]
            mean, n = G.mean(axis=0), self.active
            noise = np.sum((G - mean) * np.linalg.solve(B, (G - mean).T).T) / (n * (n - 1))
            if bad or self.since_growth > n or noise >= mean @ np.linalg.solve(B, mean):
                self.active, self.since_growth = n + 1, 0

    def _hessian(self, i):
        """B_i by BFGS (N&W eq. 6.19) from beta_i I, over the changes (s, y) of part i, oldest first.

        beta_i is the least curvature seen: the smallest singular value, on the span of the s, of the matrix
        that maps every s to its y. A part without pairs takes the median curvature of the other active ones.
        """
        identity = np.eye(len(self.z))
        pairs = [(s, y) for s, y in self.pairs[i] if s @ y > 1e-8 * np.linalg.norm(s) * np.linalg.norm(y)]
        if not pairs:
            others = [j for j in range(self.active) if j != i and self.pairs[j]]
            if not others:
                return identity * (np.linalg.norm(self.g[i]) or 1.0) / self.first_step
            return identity * np.median(np.linalg.eigvalsh(self.B[others].mean(axis=0)))
        lengths = np.linalg.norm([s for s, _ in pairs], axis=1)[:, None]
        S, Y = (np.array(rows) / lengths for rows in zip(*pairs))
        rank = np.linalg.matrix_rank(S, rtol=1e-3)
        curvatures = np.linalg.svd(np.linalg.pinv(S, rtol=1e-3) @ Y, compute_uv=False)[:rank]
        B = identity * max(curvatures[-1], 1e-8 * curvatures[0])
        for s, y in pairs:
            Bs = B @ s
            B = B + np.outer(y, y) / (y @ s) - np.outer(Bs, Bs) / (s @ Bs)
        return B
