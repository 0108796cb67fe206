"""Initializers: the laws the weights are drawn from, and what they do to a signal on its way.

Every bound on a random number is a quantile of its known law: a right implementation fails with probability
ALPHA, and the seeds are fixed. 40,000 weights tell variances apart that differ by 5 percent.
"""

import numpy as np
import pytest
from scipy import stats

from course_lib import initializers
from course_lib.initializers import glorot_normal, glorot_uniform, he_normal, he_uniform

ALPHA = 1e-6
FAN_IN, FAN_OUT = 400, 100
SHAPE = FAN_IN, FAN_OUT
NORMAL = [(he_normal, 2 / FAN_IN), (glorot_normal, 2 / (FAN_IN + FAN_OUT)),
          (lambda rng, shape: initializers.normal(rng, shape, 0.3), 0.3**2)]
UNIFORM = [(he_uniform, np.sqrt(6 / FAN_IN)), (glorot_uniform, np.sqrt(6 / (FAN_IN + FAN_OUT))),
           (lambda rng, shape: initializers.uniform(rng, shape, 0.3), 0.3)]
SCHEMES = [he_normal, he_uniform, glorot_normal, glorot_uniform]


def has_variance(W, variance):
    """Chi-square test of normal weights of mean 0 for their variance: sum W^2 / variance ~ chi2(size)."""
    low, high = stats.chi2.ppf([ALPHA / 2, 1 - ALPHA / 2], W.size)
    return low < (W**2).sum() / variance < high


def is_uniform(W, limit):
    """No weight beyond the limits, the largest as near to them as it must be, and uniform between."""
    nearest = limit * ALPHA ** (1 / W.size)    # P(all |W| < nearest) = ALPHA
    law = stats.kstest(W.ravel(), "uniform", (-limit, 2 * limit))
    return nearest < np.abs(W).max() <= limit and law.pvalue > ALPHA


@pytest.mark.parametrize("draw, variance", NORMAL)
@pytest.mark.parametrize("seed", range(3))
def test_normal_laws(draw, variance, seed):
    W = draw(np.random.default_rng(seed), SHAPE)
    assert has_variance(W, variance)
    assert stats.kstest(W.ravel(), "norm", (0, np.sqrt(variance))).pvalue > ALPHA


@pytest.mark.parametrize("draw, limit", UNIFORM)
@pytest.mark.parametrize("seed", range(3))
def test_uniform_laws(draw, limit, seed):
    assert is_uniform(draw(np.random.default_rng(seed), SHAPE), limit)


@pytest.mark.parametrize("wrong", [
    pytest.param(2 / FAN_OUT, id="fan_out for fan_in"),
    pytest.param(2 / (FAN_IN + FAN_OUT), id="Glorot for He"),
    pytest.param(1 / FAN_IN, id="LeCun for He"),
    pytest.param(np.sqrt(2 / FAN_IN), id="deviation for variance"),
    pytest.param(2.1 / FAN_IN, id="5 percent off"),
])
def test_the_test_of_variance_rejects_wrong_laws(wrong):
    W = np.sqrt(wrong) * np.random.default_rng(0).standard_normal(SHAPE)
    assert not has_variance(W, 2 / FAN_IN)


@pytest.mark.parametrize("law", [
    pytest.param(lambda rng, a, std: rng.uniform(-(std**2), std**2, SHAPE), id="variance for limit"),
    pytest.param(lambda rng, a, std: rng.uniform(-std, std, SHAPE), id="deviation for limit"),
    pytest.param(lambda rng, a, std: rng.uniform(0, a, SHAPE), id="from 0 to the limit"),
    pytest.param(lambda rng, a, std: std * rng.standard_normal(SHAPE), id="normal of that variance"),
    pytest.param(lambda rng, a, std: np.clip(std * rng.standard_normal(SHAPE), -a, a), id="normal, cut off"),
])
def test_the_test_of_uniform_laws_rejects_wrong_laws(law):
    limit = np.sqrt(6 / FAN_IN)
    assert not is_uniform(law(np.random.default_rng(0), limit, limit / np.sqrt(3)), limit)


@pytest.mark.parametrize("draw", SCHEMES)
@pytest.mark.parametrize("shape", [(3, 5), (5, 3), (1, 1), (np.int64(2), np.int32(4))])
def test_shape_is_fan_in_by_fan_out(draw, shape):
    W = draw(np.random.default_rng(0), shape)
    assert W.shape == shape and W.dtype == np.float64


@pytest.mark.parametrize("draw", SCHEMES)
def test_the_same_rng_draws_the_same_and_goes_on(draw):
    rng = np.random.default_rng(5)
    first, second = draw(rng, (3, 4)), draw(rng, (3, 4))
    assert np.array_equal(first, draw(np.random.default_rng(5), (3, 4)))
    assert not np.intersect1d(first, second).size


def signal_ratios(draw, depth=20, n=100, networks=50):
    """Second moment behind each of `depth` ReLU layers over the one before it, (networks, depth)."""
    rng = np.random.default_rng(0)
    y = rng.standard_normal((networks, n))
    moments = [(y * y).mean(axis=-1)]
    for _ in range(depth):
        W = np.stack([draw(rng, (n, n)) for _ in range(networks)])
        y = np.maximum(np.einsum("ki,kij->kj", y, W), 0)
        moments.append((y * y).mean(axis=-1))
    return np.array(moments[1:]).T / np.array(moments[:-1]).T


@pytest.mark.parametrize("draw, kept", [
    (he_normal, 1.0), (he_uniform, 1.0), (glorot_normal, 0.5), (glorot_uniform, 0.5)])
def test_he_keeps_the_second_moment_through_20_relu_layers_and_glorot_halves_it(draw, kept):
    ratios = signal_ratios(draw)
    # A unit gives 2 max(z, 0)^2 with z ~ N(0, 1), of mean 1 and variance 5; a ratio is the mean of n = 100 of
    # them, and independent of the layers before it. (Uniform weights give a nearly normal z, and vary less.)
    deviation = np.sqrt(5 / 100 / ratios.size)
    assert abs(ratios.mean() / kept - 1) < stats.norm.isf(ALPHA / 2) * deviation



def test_constant_and_zero_scale():
    rng = np.random.default_rng(0)
    assert np.array_equal(initializers.constant((2, 3), 0.5), [[0.5] * 3] * 2)
    assert np.array_equal(initializers.constant((3,)), [0.0] * 3)
    assert initializers.constant(3, 1).dtype == np.float64
    assert not initializers.normal(rng, (2, 3), 0.0).any()
    assert not initializers.uniform(rng, (2, 3), 0).any()
