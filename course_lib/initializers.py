"""Parameter initialization: each initializer is a function (rng, shape) -> array.

`shape` is (fan_in, fan_out): a dense layer computes x @ W, so a column of W holds the weights of one unit. Variances are
chosen so that a signal keeps its size on its way through the layers.

    scheme     variance of a weight         keeps the variance of
    LeCun      1 / fan_in                   the forward pass, linear units
    Glorot     2 / (fan_in + fan_out)       forward and backward pass, as a compromise
    He         2 / fan_in                   the forward pass, ReLU units (half of the signal is cut away)
"""

from numbers import Real

import numpy as np


def constant(shape, value=0.0):
    """W = value everywhere. Right for biases; for weights it leaves all units of a layer equal for ever."""
    return np.full(shape, float(value))


def normal(rng, shape, std):
    """W ~ N(0, std^2)."""
    _check_rng(rng)
    _check_shape(shape)
    _check_scale("std", std)
    return std * rng.standard_normal(shape)


def uniform(rng, shape, limit):
    """W ~ U(-limit, limit), of variance limit^2 / 3."""
    _check_rng(rng)
    _check_shape(shape)
    _check_scale("limit", limit)
    return rng.uniform(-limit, limit, shape)


def glorot_normal(rng, shape):
    """W ~ N(0, 2 / (fan_in + fan_out)). Glorot & Bengio 2010, eq. 12; "Xavier"."""
    fan_in, fan_out = _check_shape(shape)
    return normal(rng, shape, np.sqrt(2 / (fan_in + fan_out)))


def glorot_uniform(rng, shape):
    """W ~ U(-a, a), a = sqrt(6 / (fan_in + fan_out)). Glorot & Bengio 2010, eq. 16; "Xavier"."""
    fan_in, fan_out = _check_shape(shape)
    return uniform(rng, shape, np.sqrt(6 / (fan_in + fan_out)))


def he_normal(rng, shape):
    """W ~ N(0, 2 / fan_in). He et al. 2015, eq. 10."""
    fan_in, _ = _check_shape(shape)
    return normal(rng, shape, np.sqrt(2 / fan_in))


def he_uniform(rng, shape):
    """W ~ U(-a, a), a = sqrt(6 / fan_in). The uniform law with the variance of He et al. 2015, eq. 10."""
    fan_in, _ = _check_shape(shape)
    return uniform(rng, shape, np.sqrt(6 / fan_in))


def _check_rng(rng):
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng must be a numpy.random.Generator, got {rng!r}")


def _check_shape(shape):
    if not isinstance(shape, (tuple, list)) or len(shape) != 2 or not all(isinstance(n, (int, np.integer)) and n > 0 for n in shape):
        raise ValueError(f"shape must be (fan_in, fan_out), two positive whole numbers, got {shape!r}")
    return shape


def _check_scale(name, value):
    if not (isinstance(value, Real) and 0 <= value < np.inf):
        raise ValueError(f"{name} must be >= 0 and finite, got {value!r}")
