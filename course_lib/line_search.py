"""Line searches, and the base class of the methods that choose a direction and then search along it.

"N&W" is Nocedal & Wright, Numerical Optimization, 2nd edition, 2006. These methods follow one run, theta
(P,): every run would need another number of evaluations in its line search.
"""

import numpy as np

from .optimizer import Diverged, Optimizer, check_theta

TRIALS = 40  # step lengths tried in one search; the searches of the tests end within 14


class LineSearchFailed(ArithmeticError):
    """No acceptable step length was found; theta is left as it was. `step` is the number of the step.

    At a minimum this is how the end of the floating-point numbers shows: stop at a gradient norm before it.
    """

    def __init__(self, message, step):
        super().__init__(f"{message} at step {step}")
        self.step = step


class Line:
    """phi(alpha) = f(theta + alpha p), with phi(0) = value0 and gradient g0 there; `step` is for messages."""

    def __init__(self, f, theta, p, value0, g0, step):
        self.f, self.theta, self.p, self.step = f, theta, p, step
        self.value0, self.slope0 = value0, g0 @ p
        self.rounding = 10 * np.finfo(theta.dtype).eps * abs(value0)    # a smaller change means nothing
        if not self.slope0 < 0:
            raise LineSearchFailed(f"direction must go downhill, got a slope of {self.slope0:.4g}", step)

    def at(self, alpha):
        return self.theta + alpha * self.p

    def value(self, alpha):
        with np.errstate(over="ignore", invalid="ignore"):      # a trial may go too far
            value = self.f.value(self.at(alpha))
        if value == -np.inf:
            raise LineSearchFailed(f"value must be bounded below, got -inf at length {alpha:.4g}", self.step)
        return value

    def gradient(self, alpha):
        g = self.f.gradient(self.at(alpha))
        check_finite("gradient", g, self.step)
        return g


def strong_wolfe(line, alpha, c1=1e-4, c2=0.9):
    """A step length alpha with phi(alpha) <= phi(0) + c1 alpha phi'(0) and |phi'(alpha)| <= c2 |phi'(0)|.

    Returns (alpha, phi(alpha), gradient there). N&W algorithms 3.5 (while hi = inf: no bracket yet) and 3.6
    (zoom) in one loop; `alpha` > 0 is the first length tried. lo is the best length so far, and between lo
    and hi there are acceptable ones. A value of inf or nan counts as too high. Near a minimum values agree up
    to rounding and only slopes can tell, so values are compared up to rounding (after Hager & Zhang 2005,
    section 4). Raises LineSearchFailed after TRIALS lengths.
    """
    lo, hi, first = (0.0, line.value0, line.slope0), (np.inf, np.inf, None), alpha
    for _ in range(TRIALS):
        value = line.value(alpha)
        if not value <= min(line.value0 + c1 * alpha * line.slope0, lo[1]) + line.rounding:
            hi = alpha, value, None
        else:
            g = line.gradient(alpha)
            slope = g @ line.p
            if abs(slope) <= -c2 * line.slope0:
                return alpha, value, g
            last, lo = lo, (alpha, value, slope)
            if slope * (hi[0] - last[0]) >= 0:
                hi = last
        alpha = _between(lo, hi) if hi[0] < np.inf else _beyond(last, lo)
    hint = ("f may fall without bound along this line" if hi[0] == np.inf else
            "theta may be a minimum up to rounding" if -first * line.slope0 <= 100 * line.rounding else
            "the gradient may not be that of the value")
    raise LineSearchFailed(f"step length must meet the strong Wolfe conditions, got none in {TRIALS} trials,"
                           f" the last {alpha:.4g}, along a slope of {line.slope0:.4g} ({hint})", line.step)


def exact(line, alpha, c1=1e-4, c2=0.9):
    """alpha = -phi'(0) / p^T H p: the minimum of a quadratic along the line (N&W eq. 3.55), by f.hvp.

    Returns (alpha, phi(alpha), gradient there). Where f is no quadratic it is the Newton step along the line;
    where that finds no minimum (p^T H p <= 0) or a higher value, strong_wolfe searches from `alpha`.
    """
    curvature = line.p @ line.f.hvp(line.theta, line.p)
    if curvature > 0:
        newton = -line.slope0 / curvature
        value = line.value(newton)
        if value <= line.value0 + line.rounding:
            return newton, value, line.gradient(newton)
    return strong_wolfe(line, alpha, c1, c2)


def _between(lo, hi):
    """The minimum of the cubic or parabola through lo and hi, a tenth of their distance away from both."""
    (a, value_a, slope_a), (b, value_b, slope_b) = lo, hi
    if slope_b is not None:
        alpha = _cubic(lo, hi)
    elif value_b < np.inf:
        alpha = a - slope_a * (b - a) ** 2 / (2 * (value_b - value_a - slope_a * (b - a)))      # N&W eq. 3.58
    else:
        alpha = np.nan
    low, high = sorted((a + 0.1 * (b - a), b - 0.1 * (b - a)))
    return np.clip(alpha, low, high) if np.isfinite(alpha) else (a + b) / 2


def _beyond(last, lo):
    """The minimum of the cubic through the last two lengths, if further on; at most ten times as far."""
    alpha = _cubic(last, lo)
    return np.clip(alpha, 1.1 * lo[0], 10 * lo[0]) if alpha > lo[0] else 10 * lo[0]


def _cubic(one, two):
    """The minimum of the cubic with these values and slopes, nan where it has none. N&W eq. 3.59."""
    (a, value_a, slope_a), (b, value_b, slope_b) = one, two
    with np.errstate(invalid="ignore", divide="ignore"):
        d1 = slope_a + slope_b - 3 * (value_a - value_b) / (a - b)
        d2 = np.sign(b - a) * np.sqrt(d1**2 - slope_a * slope_b)
        return b - (b - a) * (slope_b + d2 - d1) / (slope_b - slope_a + 2 * d2)


class LineSearchMethod(Optimizer):
    """Base class: theta <- theta + alpha p, with p = direction(g) downhill and alpha from a line search.

    After a step `value` and `g` hold the value and the gradient at the new theta: where the next step is from
    there and on the same f, they are not asked for again. `learn(s, y)` is told s = alpha p and y, the change
    of the gradient. Where the gradient is zero, theta stays. Raises Diverged where value or gradient at theta
    are not finite, LineSearchFailed, and ValueError for more than one run; theta is then left as it was.
    """

    c2 = 0.9

    def __init__(self, line_search=strong_wolfe):
        if not callable(line_search):
            raise TypeError(f"line_search must be a function (line, alpha, c1, c2), got {line_search!r}")
        self.line_search = line_search
        super().__init__()

    def reset(self):
        super().reset()
        self.g = self.value = self.alpha = self.slope = None
        self._seen = None, None

    def step(self, theta, f):
        """One line search: theta (P,) in place, from the objective f."""
        check_single_run(theta, self)
        if self.g is not None and self.g.shape != theta.shape:
            raise ValueError(f"theta must keep its shape {self.g.shape}, got {theta.shape} at step"
                             f" {self.t + 1} (reset() starts a new run)")
        f_seen, theta_seen = self._seen
        if f is not f_seen or not np.array_equal(theta, theta_seen):
            value, g = f.value(theta), f.gradient(theta)
            check_finite("value", value, self.t + 1)
            self._check_gradient(g, theta)
            self.value, self.g = value, g
        p = self.direction(self.g) if self.g.any() else self.g
        if p.any():
            line = Line(f, theta, p, self.value, self.g, self.t + 1)
            alpha, value, g = self.line_search(line, self.first_length(line), c2=self.c2)
            self.learn(alpha * p, g - self.g)
            theta[...] = line.at(alpha)
            self.alpha, self.slope, self.value, self.g = alpha, line.slope0, value, g
        self._seen = f, theta.copy()
        self.t += 1

    def direction(self, g):
        raise NotImplementedError

    def first_length(self, line):
        """The step length to try first."""
        return min(1.0, 1 / np.linalg.norm(line.p)) if self.alpha is None else 1.0

    def learn(self, s, y):
        """Use the step s and the change y of the gradient along it."""


def check_finite(name, array, step):
    """Raise Diverged where an entry is not finite."""
    array = np.asarray(array)
    if not np.isfinite(array).all():
        raise Diverged(f"{name} must be finite, got {array[~np.isfinite(array)][0]} at step {step}", step)


def check_single_run(theta, method):
    """Raise ValueError where theta is not (P,), TypeError where it is no float array."""
    check_theta(theta)
    if theta.ndim != 1:
        raise ValueError(f"theta must be a single run (P,) for {type(method).__name__},"
                         f" got shape {theta.shape}")
