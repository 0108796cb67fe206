"""Initializers: the laws the weights are drawn from, and what they do to a signal on its way.

Every bound on a random number is a quantile of its known law: a right implementation fails with probability
ALPHA, and the seeds are fixed. 40,000 weights tell variances apart that differ by 5 percent.
"""

import numpy as np
import pytest
from scipy import stats

from course_lib import initializers
from course_lib.initializers import (glorot_normal, glorot_uniform, gram_schmidt, he_normal, he_uniform, lecun_normal,
                                     orthogonal, sparse)

ALPHA = 1e-6
FAN_IN, FAN_OUT = 400, 100
SHAPE = FAN_IN, FAN_OUT
NORMAL = [(he_normal, 2 / FAN_IN), (lecun_normal, 1 / FAN_IN), (glorot_normal, 2 / (FAN_IN + FAN_OUT)),
          (lambda rng, shape: initializers.normal(rng, shape, 0.3), 0.3**2)]
UNIFORM = [(he_uniform, np.sqrt(6 / FAN_IN)), (glorot_uniform, np.sqrt(6 / (FAN_IN + FAN_OUT))),
           (lambda rng, shape: initializers.uniform(rng, shape, 0.3), 0.3)]
SCHEMES = [he_normal, he_uniform, glorot_normal, glorot_uniform, lecun_normal, orthogonal]


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


# ---- Gram-Schmidt

HILBERT = 1 / (1 + np.arange(9)[:, None] + np.arange(9))    # condition number 5e11


def is_gram_schmidt(make, A):
    """Orthonormal columns, and A = Q R with R upper triangular and a positive diagonal: this fixes Q."""
    Q = make(A)
    R = Q.T @ A
    return (np.abs(Q.T @ Q - np.eye(A.shape[1])).max() < 1e-13
            and np.abs(np.tril(R, -1)).max() < 1e-13 * np.abs(A).max() and (np.diag(R) > 0).all()
            and np.abs(Q @ R - A).max() < 1e-13 * np.abs(A).max())


def once(A):
    Q = np.zeros_like(A)
    for k in range(A.shape[1]):
        q = A[:, k] - Q[:, :k] @ (Q[:, :k].T @ A[:, k])
        Q[:, k] = q / np.linalg.norm(q)
    return Q


def only_the_last(A):
    Q = np.zeros_like(A)
    for k in range(A.shape[1]):
        q = A[:, k] - Q[:, k - 1] * (Q[:, k - 1] @ A[:, k])
        Q[:, k] = q / np.linalg.norm(q)
    return Q


GRAM_SCHMIDT_MUTANTS = {
    "once, so that rounding stays": once,
    "only the column before": only_the_last,
    "not to length 1": lambda A: gram_schmidt(A) * np.linalg.norm(A, axis=0),
    "rows": lambda A: gram_schmidt(A.T).T,
    "other way round": lambda A: gram_schmidt(A[:, ::-1])[:, ::-1],
    "signs of LAPACK": lambda A: np.linalg.qr(A)[0],
    "nearest orthogonal matrix": lambda A: np.linalg.svd(A)[0] @ np.linalg.svd(A)[2],
}


@pytest.mark.parametrize("A", [HILBERT, np.random.default_rng(0).standard_normal((9, 9)),
                               np.random.default_rng(1).standard_normal((12, 5)), np.array([[2.0]])])
def test_gram_schmidt(A):
    before = A.copy()
    assert is_gram_schmidt(gram_schmidt, A)
    assert (A == before).all()


@pytest.mark.parametrize("mutant", GRAM_SCHMIDT_MUTANTS)
def test_gram_schmidt_rejects(mutant):
    squares = HILBERT, np.random.default_rng(0).standard_normal((9, 9))
    assert not all(is_gram_schmidt(GRAM_SCHMIDT_MUTANTS[mutant], A) for A in squares)


# ---- orthogonal

def is_orthogonal(make, gain):
    """W^T W, or W W^T, is gain^2 I; and W is drawn uniformly, so that an entry is as often positive as negative."""
    for shape in ((6, 4), (4, 6), (5, 5)):
        W = make(np.random.default_rng(0), shape, gain)
        gram = W.T @ W if shape[0] >= shape[1] else W @ W.T
        if W.shape != shape or np.abs(gram - gain**2 * np.eye(min(shape))).max() > 1e-13:
            return False
    rng = np.random.default_rng(1)
    draws = np.array([make(rng, (3, 3), gain) for _ in range(400)])
    low, high = stats.binom.ppf([ALPHA / 2, 1 - ALPHA / 2], len(draws), 0.5)
    return bool(((low <= (draws > 0).sum(axis=0)) & ((draws > 0).sum(axis=0) <= high)).all())


ORTHOGONAL_MUTANTS = {
    "signs of LAPACK": lambda rng, shape, gain: gain * (
        np.linalg.qr(rng.standard_normal(shape))[0] if shape[0] >= shape[1]
        else np.linalg.qr(rng.standard_normal(shape[::-1]))[0].T),
    "gain forgotten": lambda rng, shape, gain: orthogonal(rng, shape),
    "gain squared": lambda rng, shape, gain: orthogonal(rng, shape, gain**2),
    "not orthogonal": lambda rng, shape, gain: gain * lecun_normal(rng, shape),
    "columns of length 1 only": lambda rng, shape, gain: gain * (
        lambda W: W / np.linalg.norm(W, axis=0))(rng.standard_normal(shape)),
    "the identity": lambda rng, shape, gain: gain * np.eye(*shape),
}


@pytest.mark.parametrize("gain", [1.0, np.sqrt(2)])
def test_orthogonal(gain):
    assert is_orthogonal(orthogonal, gain)


@pytest.mark.parametrize("mutant", ORTHOGONAL_MUTANTS)
def test_orthogonal_rejects(mutant):
    assert not is_orthogonal(ORTHOGONAL_MUTANTS[mutant], np.sqrt(2))


def test_orthogonal_keeps_every_length_through_fifty_linear_layers():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((3, 20))
    y = x
    for _ in range(50):
        y = y @ orthogonal(rng, (20, 20))
    np.testing.assert_allclose(np.linalg.norm(y, axis=1), np.linalg.norm(x, axis=1), rtol=1e-12)


# ---- sparse

def is_sparse(make, nonzero, std):
    """Each column has `nonzero` weights of variance std^2, and every place is as likely as the others."""
    W = make(np.random.default_rng(0), (40, 4000), nonzero, std)
    if W.shape != (40, 4000) or not ((W != 0).sum(axis=0) == nonzero).all():
        return False
    low, high = stats.binom.ppf([ALPHA / 80, 1 - ALPHA / 80], 4000, nonzero / 40)
    places = (W != 0).sum(axis=1)
    return bool((low <= places).all() and (places <= high).all()) and has_variance(W[W != 0], std**2)


SPARSE_MUTANTS = {
    "the first places": lambda rng, shape, nonzero, std: np.where(
        np.arange(shape[0])[:, None] < nonzero, std * rng.standard_normal(shape), 0),
    "so many per row": lambda rng, shape, nonzero, std: sparse(rng, shape[::-1], nonzero, std).T,
    "each with a probability": lambda rng, shape, nonzero, std: np.where(
        rng.random(shape) < nonzero / shape[0], std * rng.standard_normal(shape), 0),
    "one pattern for all units": lambda rng, shape, nonzero, std: np.where(
        rng.permutation(shape[0])[:, None] < nonzero, std * rng.standard_normal(shape), 0),
    "variance for deviation": lambda rng, shape, nonzero, std: sparse(rng, shape, nonzero, std**2),
    "variance of the whole column": lambda rng, shape, nonzero, std: sparse(rng, shape, nonzero, std / np.sqrt(nonzero)),
}


def test_sparse():
    assert is_sparse(sparse, 15, 0.3)


@pytest.mark.parametrize("mutant", SPARSE_MUTANTS)
def test_sparse_rejects(mutant):
    assert not is_sparse(SPARSE_MUTANTS[mutant], 15, 0.3)


@pytest.mark.parametrize("call, words", [
    (lambda rng: gram_schmidt(np.ones((2, 3))), "matrix must have shape (n, m) with 1 <= m <= n, got (2, 3)"),
    (lambda rng: gram_schmidt(np.ones(3)), "matrix must have shape (n, m) with 1 <= m <= n, got (3,)"),
    (lambda rng: gram_schmidt([[1.0, 2.0], [2.0, 4.0]]),
     "matrix must have independent columns, column 1 depends on those before it"),
    (lambda rng: gram_schmidt([[0.0]]), "matrix must have independent columns, column 0 depends on those before it"),
    (lambda rng: gram_schmidt([[np.nan]]), "matrix must be finite, got nan"),
    (lambda rng: orthogonal(rng, (3, 0)), "shape must be (fan_in, fan_out), two positive whole numbers, got (3, 0)"),
    (lambda rng: orthogonal(rng, (3, 3), gain=-1), "gain must be >= 0 and finite, got -1"),
    (lambda rng: sparse(rng, (3, 3), 4, 1.0), "nonzero must be a whole number from 1 to fan_in = 3, got 4"),
    (lambda rng: sparse(rng, (3, 3), 1.5, 1.0), "nonzero must be a whole number from 1 to fan_in = 3, got 1.5"),
    (lambda rng: sparse(rng, (3, 3), 2, np.inf), "std must be >= 0 and finite, got inf"),
    (lambda rng: lecun_normal(rng, (3,)), "shape must be (fan_in, fan_out), two positive whole numbers, got (3,)"),
])
def test_bad_input(call, words):
    with pytest.raises(ValueError) as error:
        call(np.random.default_rng(0))
    assert str(error.value) == words


def test_rng_must_be_a_generator():
    with pytest.raises(TypeError, match="rng must be a numpy.random.Generator, got 0"):
        orthogonal(0, (3, 3))
