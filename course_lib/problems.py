"""Surfaces to optimize on, with known minima: value, gradient, Hessian and Hessian-vector product.

Every problem takes theta (..., n): a point, or any number of points along leading axes. `minima` (m, n) lists
its minimizers, `bounds` ((low, high) per coordinate) the part of the plane worth drawing, `start` a point to
begin from.
"""

import numpy as np

from .arguments import check_number


class Problem:
    """Base class. A surface defines `value`, `gradient` and `hessian`; the product with a vector follows."""

    minima = np.empty((0, 2))

    def hvp(self, theta, v):
        """Hessian at theta times v: (..., n)."""
        return np.einsum("...ij,...j->...i", self.hessian(theta), v)


class Quadratic(Problem):
    """f(theta) = 1/2 (theta - c)^T A (theta - c), A (n, n) symmetric. Raises ValueError where it is not."""

    def __init__(self, A, center=None):
        self.A = np.asarray(A, float)
        if not self.A.size or not np.isfinite(self.A).all():
            raise ValueError(f"A must be finite and not empty, got {A!r}")
        if (self.A.ndim != 2 or self.A.shape[0] != self.A.shape[1]
                or np.abs(self.A - self.A.T).max() > 1e-12 * np.abs(self.A).max()):
            raise ValueError(f"A must be a symmetric matrix, got {A!r}")
        n = len(self.A)
        self.center = np.zeros(n) if center is None else np.asarray(center, float)
        if self.center.shape != (n,):
            raise ValueError(f"center must have shape ({n},), got {self.center.shape}")
        if not np.isfinite(self.center).all():
            raise ValueError(f"center must be finite, got {self.center}")
        self.eigenvalues = np.linalg.eigvalsh(self.A)
        self.minima = self.center[None] if self.eigenvalues[0] > 0 else np.empty((0, n))
        self.bounds = ((-2.0, 2.0),) * n
        self.start = np.full(n, -1.5)

    def value(self, theta):
        d = self._from_center(theta)
        return 0.5 * np.einsum("...i,...i->...", d, d @ self.A)

    def gradient(self, theta):
        return self._from_center(theta) @ self.A

    def hvp(self, theta, v):
        return np.broadcast_to(v, np.broadcast_shapes(self._from_center(theta).shape, np.shape(v))) @ self.A

    def hessian(self, theta):
        return np.broadcast_to(self.A, self._from_center(theta).shape[:-1] + self.A.shape)

    def _from_center(self, theta):
        theta = np.asarray(theta)
        if theta.shape[-1:] != self.center.shape:
            raise ValueError(f"theta must have {len(self.center)} coordinates on its last axis,"
                             f" got shape {theta.shape}")
        return theta - self.center


class Ravine(Quadratic):
    """f(x, y) = 1/2 (x^2 + kappa y^2), turned by `angle` (radians). kappa >= 1 is the condition number."""

    def __init__(self, kappa=100.0, angle=0.0):
        check_number("kappa", kappa, ">= 1 and finite", lambda x: 1 <= x < np.inf)
        check_number("angle", angle, "finite", np.isfinite)
        c, s = np.cos(angle), np.sin(angle)
        R = np.array([[c, -s], [s, c]])
        A = R @ np.diag([1.0, kappa]) @ R.T
        super().__init__((A + A.T) / 2)
        self.kappa = kappa
        self.start = np.array([-1.8, 0.6]) @ R.T


class Bowl(Ravine):
    """f(x, y) = 1/2 (x^2 + y^2): the same curvature everywhere."""

    def __init__(self):
        super().__init__(1.0)


class Rosenbrock(Problem):
    """f(x, y) = (1 - x)^2 + 100 (y - x^2)^2, a curved valley. Rosenbrock 1960."""

    minima = np.array([[1.0, 1.0]])
    bounds = ((-2.0, 2.0), (-1.0, 3.0))
    start = np.array([-1.2, 1.0])

    def value(self, theta):
        x, y = _xy(theta)
        return (1 - x) ** 2 + 100 * (y - x**2) ** 2

    def gradient(self, theta):
        x, y = _xy(theta)
        return np.stack([-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)], axis=-1)

    def hessian(self, theta):
        x, y = _xy(theta)
        return _symmetric(2 - 400 * (y - x**2) + 800 * x**2, -400 * x, np.full_like(x, 200.0))


class Beale(Problem):
    """f(x, y) = (1.5 - x + x y)^2 + (2.25 - x + x y^2)^2 + (2.625 - x + x y^3)^2: Beale 1958.

    Plateaus and cliffs.
    """

    minima = np.array([[3.0, 0.5]])
    bounds = ((-4.5, 4.5), (-4.5, 4.5))
    start = np.array([1.0, 1.5])
    constants = (1.5, 2.25, 2.625)

    def value(self, theta):
        x, y = _xy(theta)
        return sum((c - x + x * y**k) ** 2 for k, c in enumerate(self.constants, 1))

    def gradient(self, theta):
        x, y = _xy(theta)
        g_x, g_y = 0.0, 0.0
        for k, c in enumerate(self.constants, 1):
            r, r_x, r_y = c - x + x * y**k, y**k - 1, k * x * y ** (k - 1)
            g_x, g_y = g_x + 2 * r * r_x, g_y + 2 * r * r_y
        return np.stack([g_x, g_y], axis=-1)

    def hessian(self, theta):
        x, y = _xy(theta)
        xx, xy, yy = 0.0, 0.0, 0.0
        for k, c in enumerate(self.constants, 1):
            r, r_x, r_y = c - x + x * y**k, y**k - 1, k * x * y ** (k - 1)
            r_xy = k * y ** (k - 1)
            r_yy = k * (k - 1) * x * y ** (k - 2) if k > 1 else 0.0
            xx, xy, yy = xx + 2 * r_x**2, xy + 2 * (r_x * r_y + r * r_xy), yy + 2 * (r_y**2 + r * r_yy)
        return _symmetric(xx, xy, yy)


class Himmelblau(Problem):
    """f(x, y) = (x^2 + y - 11)^2 + (x + y^2 - 7)^2: four minima of the same value. Himmelblau 1972."""

    minima = np.array([[3.0, 2.0],
                       [-2.805118086952745, 3.131312518250573],
                       [-3.779310253377747, -3.283185991286170],
                       [3.584428340330492, -1.848126526964404]])
    bounds = ((-5.0, 5.0), (-5.0, 5.0))
    start = np.array([0.0, -1.0])

    def value(self, theta):
        x, y = _xy(theta)
        return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2

    def gradient(self, theta):
        x, y = _xy(theta)
        u, w = x**2 + y - 11, x + y**2 - 7
        return np.stack([4 * x * u + 2 * w, 2 * u + 4 * y * w], axis=-1)

    def hessian(self, theta):
        x, y = _xy(theta)
        u, w = x**2 + y - 11, x + y**2 - 7
        return _symmetric(4 * u + 8 * x**2 + 2, 4 * (x + y), 2 + 4 * w + 8 * y**2)


class Saddle(Problem):
    """f(x, y) = 1/2 (x^2 - y^2) + y^4 / 4: a saddle at the origin between two minima at (0, +-1)."""

    minima = np.array([[0.0, 1.0], [0.0, -1.0]])
    saddle = np.array([0.0, 0.0])
    bounds = ((-2.0, 2.0), (-2.0, 2.0))
    start = np.array([-1.5, 0.0])

    def value(self, theta):
        x, y = _xy(theta)
        return 0.5 * (x**2 - y**2) + y**4 / 4

    def gradient(self, theta):
        x, y = _xy(theta)
        return np.stack([x, y**3 - y], axis=-1)

    def hessian(self, theta):
        x, y = _xy(theta)
        return _symmetric(np.ones_like(x), np.zeros_like(x), 3 * y**2 - 1)


class MonkeySaddle(Problem):
    """f(x, y) = x^3 - 3 x y^2: at the origin even the Hessian is zero. No minimum: it falls for ever."""

    saddle = np.array([0.0, 0.0])
    bounds = ((-1.5, 1.5), (-1.5, 1.5))
    start = np.array([1.2, 0.05])

    def value(self, theta):
        x, y = _xy(theta)
        return x**3 - 3 * x * y**2

    def gradient(self, theta):
        x, y = _xy(theta)
        return np.stack([3 * (x**2 - y**2), -6 * x * y], axis=-1)

    def hessian(self, theta):
        x, y = _xy(theta)
        return _symmetric(6 * x, -6 * y, -6 * x)


NAMES = {"bowl": Bowl, "ravine": Ravine, "rosenbrock": Rosenbrock, "beale": Beale, "himmelblau": Himmelblau,
         "saddle": Saddle, "monkey saddle": MonkeySaddle}


def named(name):
    """The surface with this name, as its class makes it by default. Raises ValueError for another name."""
    if name not in NAMES:
        raise ValueError(f"name must be one of {', '.join(NAMES)}, got {name!r}")
    return NAMES[name]()


def _xy(theta):
    theta = np.asarray(theta) * 1.0  # whole numbers become floats
    if theta.shape[-1:] != (2,):
        raise ValueError(f"theta must have two coordinates on its last axis, got shape {theta.shape}")
    return theta[..., 0], theta[..., 1]


def _symmetric(xx, xy, yy):
    return np.stack([np.stack([xx, xy], axis=-1), np.stack([xy, yy], axis=-1)], axis=-2)
