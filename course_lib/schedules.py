"""Learning-rate schedules: pure functions k -> lr, where k = 0, 1, ... counts the updates already made.

Any hyperparameter of an optimizer may be a schedule. k may be an array: `inverse_time(0.1, 1)(np.arange(9))`
is the whole curve. A schedule has no state, so it can be plotted, resumed and asked twice (but for AtPlateau,
which follows the losses). All raise
ValueError for a setting out of range, at the call that makes the schedule, and for k < 0.
"""

from typing import NamedTuple

import numpy as np

from .arguments import NOT_NEGATIVE, POSITIVE, check_count, check_function, check_number


def constant(lr):
    """lr_k = lr."""
    check_number("lr", lr, *POSITIVE)
    return lambda k: np.full(_check_k(k).shape, float(lr))[()]


def linear(start, end, tau):
    """lr_k = (1 - a) start + a end with a = k / tau, then end for k > tau.

    Goodfellow et al. 2016, eq. 8.14 (S0: epsilon_0, epsilon_tau, tau). `tau` counts updates. `end` may be 0,
    but an optimizer refuses a rate of 0: such a run ends after tau updates.
    """
    check_number("start", start, *POSITIVE)
    check_number("end", end, *NOT_NEGATIVE)
    check_number("tau", tau, *POSITIVE)

    def lr(k):
        a = np.minimum(_check_k(k) / tau, 1.0)
        return (1 - a) * start + a * end

    return lr


def step(lr, drop, every):
    """lr_k = lr drop^(k // every): times `drop` after each `every` updates. S2, CS231n; 0 < drop <= 1."""
    check_number("lr", lr, *POSITIVE)
    check_number("drop", drop, "> 0 and <= 1", lambda x: 0 < x <= 1)
    check_count("every", every)
    return lambda k: lr * drop ** (_check_k(k) // every)


def exponential(lr, rate):
    """lr_k = lr exp(-rate k). S2, CS231n; PyTorch's factor per update is exp(-rate)."""
    check_number("lr", lr, *POSITIVE)
    check_number("rate", rate, *NOT_NEGATIVE)
    return lambda k: lr * np.exp(-rate * _check_k(k))


def inverse_time(lr, rate):
    """lr_k = lr / (1 + rate k). S2 (1/t decay), CS231n. Where rate > 0, `robbins_monro` holds."""
    check_number("lr", lr, *POSITIVE)
    check_number("rate", rate, *NOT_NEGATIVE)
    return lambda k: lr / (1 + rate * _check_k(k))


def cosine_restarts(high, low, period, factor=1):
    """lr_k = low + (high - low) (1 + cos(pi c / n)) / 2, c of the n updates of this period made.

    From high down towards low, and at once back to high: a warm restart. The first period has n = `period`
    updates, each next one `factor` times as many. Loshchilov & Hutter 2017, eq. 5; S1 (max_lr, min_lr, t_i,
    t_mult; c is its t_cur; it counts epochs). `period` and `factor` are whole numbers >= 1.
    """
    check_number("high", high, *POSITIVE)
    check_number("low", low, *NOT_NEGATIVE)
    if low > high:
        raise ValueError(f"low must be <= high {high!r}, got {low!r}")
    check_count("period", period)
    check_count("factor", factor)

    def lr(k):
        k = _check_k(k)
        if factor == 1:
            c, n = k % period, period
        else:
            starts = [0]
            while starts[-1] <= k.max(initial=0):
                starts.append(factor * starts[-1] + period)  # 1 + factor + factor^2 ... periods
            i = np.searchsorted(starts, k, side="right") - 1
            c, n = k - np.array(starts)[i], period * factor**i
        return low + 0.5 * (high - low) * (1 + np.cos(np.pi * c / n))

    return lr


def warmup(schedule, steps):
    """lr_k = min(1, (k + 1) / steps) schedule(k): a linear rise over the first `steps` updates.

    Goyal et al. 2017, section 2.2. The schedule's own clock runs from the first update on. Raises TypeError
    where `schedule` is no function (for a number: warmup(constant(0.1), 5)).
    """
    check_function("schedule", schedule, "k -> lr, such as constant(0.1)")
    check_count("steps", steps)
    return lambda k: np.minimum(1.0, (_check_k(k) + 1) / steps) * schedule(k)


def warmup_stable_decay(lr, end, warm, stable, decay):
    """lr_k = lr (k + 1) / warm, then lr, then in a straight line to end, over warm, stable and decay updates.

    Zhai et al. 2022; Hu et al. 2024, who named it. The last part may begin whenever the training is to end:
    until then nothing depends on the length. After it the rate stays at `end`.
    """
    check_number("lr", lr, *POSITIVE)
    check_number("end", end, *NOT_NEGATIVE)
    for name, value in (("warm", warm), ("stable", stable), ("decay", decay)):
        check_count(name, value)
    falling = linear(lr, end, decay)
    return warmup(lambda k: falling(np.maximum(k - warm - stable, 0)), warm)


def one_cycle(high, low, end, rise, fall):
    """lr_k goes straight from low to high in `rise` updates, to low in as many, and to end in `fall` more.

    Smith 2018, section 4. `rise` and `fall` are whole numbers >= 1, end <= low <= high. After that the rate
    stays at `end`.
    """
    check_number("high", high, *POSITIVE)
    check_number("low", low, *POSITIVE)
    check_number("end", end, *NOT_NEGATIVE)
    if not end <= low <= high:
        raise ValueError(f"end <= low <= high must hold, got end {end!r}, low {low!r}, high {high!r}")
    check_count("rise", rise)
    check_count("fall", fall)
    return lambda k: np.interp(_check_k(k), [0, rise, 2 * rise, 2 * rise + fall], [low, high, low, end])


class AtPlateau:
    """lr_k = lr drop^m after m plateaus: `patience` losses in a row that were not below the best so far.

    Ask it for the rate as any schedule, and give it each loss with `observe(loss)`. This is the only schedule
    with a state, `value`: its rate follows from the losses, not from k. After a drop it waits anew, for as
    many losses that are not below the best. 0 < drop <= 1; ValueError for a setting out of range.
    """

    def __init__(self, lr, drop, patience):
        check_number("lr", lr, *POSITIVE)
        check_number("drop", drop, "> 0 and <= 1", lambda x: 0 < x <= 1)
        check_count("patience", patience)
        self.value, self.drop, self.patience = float(lr), drop, patience
        self.best, self.waited = np.inf, 0

    def __call__(self, k):
        return np.full(_check_k(k).shape, self.value)[()]

    def observe(self, loss):
        """Take note of a loss; a nan counts as not below the best."""
        self.waited += 1
        if loss < self.best:
            self.best, self.waited = loss, 0
        elif self.waited == self.patience:
            self.value, self.waited = self.value * self.drop, 0


class RobbinsMonro(NamedTuple):
    """lr_k decays like k^-exponent; `holds` where both conditions do."""

    exponent: float
    sum_diverges: bool          # sum lr_k = inf: the steps can reach any point
    squares_converge: bool      # sum lr_k^2 < inf: the noise dies out

    @property
    def holds(self):
        return self.sum_diverges and self.squares_converge


def robbins_monro(schedule):
    """sum lr_k = inf and sum lr_k^2 < inf: the conditions under which SGD converges, by the rate of decay.

    Robbins & Monro 1951; S0. Where lr_k decays like k^-p, the sums of lr_k and of lr_k^2 over k = 2^j ..
    2^(j+1) change with each j by the factors 2^(1-p) and 2^(1-2p): the first series diverges where its factor
    is >= 1 (p <= 1), the second converges where its factor is < 1 (p > 1/2). The factors are measured between
    k = 2^30 and 2^41, on 1,000 values per octave, to 1e-6.

    This proves nothing: no finite number of values decides a limit. It is right for powers of k, for
    constants and for exponential decay that has set in. It misses what changes after 2^41 updates, or begins
    after 2^30; a factor like log k, which decides at p = 1 and p = 1/2, it takes for a change of p; and a
    schedule that holds may still be of no use in a run of practical length. Returns a RobbinsMonro;
    `schedule` must take an array k of floats.
    """
    octaves = 2.0 ** np.arange(30, 41)
    k = octaves[:, None] * (1 + np.arange(1000) / 1000) // 1
    lr = np.broadcast_to(schedule(k), k.shape)
    sums = octaves * lr.mean(axis=-1)
    squares = octaves * (lr * lr).mean(axis=-1)
    if squares[-1] == 0:  # faster than any power
        return RobbinsMonro(np.inf, False, True)
    growth = (sums[-1] / sums[0]) ** (1 / 10)
    return RobbinsMonro(float(1 - np.log2(growth)), bool(growth > 1 - 1e-6),
                        bool((squares[-1] / squares[0]) ** (1 / 10) < 1 - 1e-6))


def _check_k(k):
    k = np.asarray(k)
    if k.dtype.kind not in "iuf":
        raise TypeError(f"k must be a number, or an array of numbers, got {k.dtype}")
    if k.size and not k.min() >= 0:
        raise ValueError(f"k must be >= 0 (updates already made), got {k.min()}")
    return k
