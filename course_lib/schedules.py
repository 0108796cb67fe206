"""Learning-rate schedules: pure functions k -> lr, where k = 0, 1, ... counts the updates already made.

Any hyperparameter of an optimizer may be a schedule. k may be an array: `linear(0.1, 0.001, 50)(np.arange(100))` is the
whole curve. A schedule has no state, so it can be plotted, resumed and asked twice.
"""

import numpy as np


def constant(lr):
    """lr_k = lr."""
    _check_rate("lr", lr)
    return lambda k: np.full(_check_k(k).shape, float(lr))[()]


def linear(start, end, tau):
    """lr_k = (1 - a) start + a end with a = k / tau, then end for k > tau.

    Goodfellow et al. 2016, eq. 8.14 (S0: epsilon_0, epsilon_tau, tau). `tau` counts updates.
    """
    _check_rate("start", start)
    _check_rate("end", end, or_zero=True)
    if not 0 < tau < np.inf:
        raise ValueError(f"tau must be > 0 and finite, got {tau!r}")

    def lr(k):
        a = np.minimum(_check_k(k) / tau, 1.0)
        return (1 - a) * start + a * end

    return lr


def _check_rate(name, value, or_zero=False):
    if not (0 < value < np.inf or or_zero and value == 0):
        raise ValueError(f"{name} must be {'>=' if or_zero else '>'} 0 and finite, got {value!r}")


def _check_k(k):
    k = np.asarray(k)
    if k.size and not k.min() >= 0:
        raise ValueError(f"k must be >= 0 (updates already made), got {k.min()}")
    return k
