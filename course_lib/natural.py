"""Natural gradient: steps measured by the change of the model's distribution (see distributions.py)."""

from dataclasses import dataclass
from itertools import islice

import numpy as np

from .arguments import check_count
from .line_search import check_finite, check_single_run
from .linear_solvers import conjugate_gradient_steps, solve_symmetric
from .optimizer import ABOVE_ZERO, NOT_BELOW_ZERO, Diverged, Optimizer, Range

IF_GIVEN = Range(ABOVE_ZERO.words, ABOVE_ZERO.holds, optional=True)


@dataclass(eq=False)
class NaturalGradient(Optimizer):
    """theta <- theta - lr d with (F + damping I) d = g, F the Fisher matrix of the model's distribution.

    Amari 1998; Pascanu & Bengio 2014. Without damping a linear change of parameters changes nothing; damping
    measures distance in theta again. With `kl` instead of lr, lr = sqrt(2 kl / d^T F d): every step changes
    the distribution by about kl nats, so such steps never settle. That holds as long as the distribution's
    distance is quadratic in the step: where the classes can be separated it is not for long, F goes to zero,
    and the steps go to infinity.

    `cg_steps=None` solves with f.fisher(theta), for small models. A number takes that many iterations of
    conjugate gradient on f.fisher_vector_product, from 0, or fewer where the residual is below 1e-10 of g: no
    matrix is made. theta (P,) changes in place. Raises SingularCurvature where F + damping I is singular, and
    Diverged where gradient or step are not finite; theta is then left as it was.
    """

    lr: IF_GIVEN = None
    damping: NOT_BELOW_ZERO = 0.0
    kl: IF_GIVEN = None
    cg_steps: int = None

    def __post_init__(self):
        if (self.lr is None) == (self.kl is None):
            raise ValueError(f"lr or kl must be given, and not both, got lr={self.lr!r} and kl={self.kl!r}")
        if self.cg_steps is not None:
            check_count("cg_steps", self.cg_steps)
        super().__post_init__()

    def step(self, theta, f):
        """One step of theta (P,), in place, from an objective f with a Fisher matrix."""
        check_single_run(theta, self)
        lr, damping, kl = (self._value(name, theta) for name in self.hyper)
        g = f.gradient(theta)
        self._check_gradient(g, theta)
        if g.any():
            size = np.abs(g).max()      # taken out of g, or products of two small directions would vanish
            d, Fd = self._solve(f, theta, g / size, damping)
            if kl is None:
                step = lr * size * d
            elif d @ Fd > 0:
                step = np.sqrt(2 * kl / (d @ Fd)) * d
            else:
                raise Diverged(f"d^T F d must be > 0, got {d @ Fd} at step {self.t + 1}: the distribution no"
                               " longer changes with theta (try a smaller kl, or more damping)", self.t + 1)
            check_finite("step", step, self.t + 1)
            theta -= step
        self.t += 1

    def _solve(self, f, theta, g, damping):
        """d with (F + damping I) d = g, and F d."""
        if self.cg_steps is None:
            F = f.fisher(theta)
            d = solve_symmetric(F, g, damping, self.t + 1)
            return d, F @ d
        products = conjugate_gradient_steps(lambda v: f.fisher_vector_product(theta, v) + damping * v, g)
        for d, r in islice(products, self.cg_steps + 1):
            if np.linalg.norm(r) <= 1e-10 * np.linalg.norm(g):
                break
        return d, f.fisher_vector_product(theta, d)
