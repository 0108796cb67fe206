"""Parameter initialization: functions (rng, shape) -> array of weights.

`shape` is (fan_in, fan_out): a dense layer computes x @ W, so a column of W holds the weights of one unit.
Variances are chosen so that a signal keeps its size on its way through the layers.

    scheme     variance of a weight         keeps the variance of
    LeCun      1 / fan_in                   the forward pass, linear units
    Glorot     2 / (fan_in + fan_out)       forward and backward pass, as a compromise
    He         2 / fan_in                   the forward pass, ReLU units (half of the signal is cut away)
"""

import numpy as np

from .arguments import NOT_NEGATIVE, check_number, check_rng


def constant(shape, value=0.0):
    """W = value everywhere. Right for biases; for weights it leaves all units of a layer equal for ever."""
    return np.full(shape, float(value))


def normal(rng, shape, std):
    """W ~ N(0, std^2)."""
    check_rng(rng)
    _check_shape(shape)
    check_number("std", std, *NOT_NEGATIVE)
    return std * rng.standard_normal(shape)


def uniform(rng, shape, limit):
    """W ~ U(-limit, limit), of variance limit^2 / 3."""
    check_rng(rng)
    _check_shape(shape)
    check_number("limit", limit, *NOT_NEGATIVE)
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


def lecun_normal(rng, shape):
    """W ~ N(0, 1 / fan_in). LeCun et al. 1998, section 4.6."""
    fan_in, _ = _check_shape(shape)
    return normal(rng, shape, np.sqrt(1 / fan_in))


def gram_schmidt(matrix):
    """Columns q_1, q_2, ... with Q^T Q = I: each column less its parts along those before, to length 1.

    The matrix is (n, m), m <= n, a column the weights of a unit; gives a new array. Each part is taken out
    twice, since rounding leaves some of it the first time (Giraud et al. 2005). Raises ValueError where a
    column depends on those before, up to rounding.
    """
    A = np.asarray(matrix, float)
    if A.ndim != 2 or not A.size or A.shape[1] > A.shape[0]:
        raise ValueError(f"matrix must have shape (n, m) with 1 <= m <= n, got {A.shape}")
    if not np.isfinite(A).all():
        raise ValueError(f"matrix must be finite, got {A[~np.isfinite(A)][0]}")
    Q = np.empty_like(A)
    for k in range(A.shape[1]):
        before = Q[:, :k]
        q = A[:, k] - before @ (before.T @ A[:, k])
        q = q - before @ (before.T @ q)
        length = np.linalg.norm(q)
        if not length > 1e-12 * np.linalg.norm(A[:, k]):
            raise ValueError("matrix must have independent columns,"
                             f" column {k} depends on those before it")
        Q[:, k] = q / length
    return Q


def orthogonal(rng, shape, gain=1.0):
    """W = gain Q with orthonormal columns, or rows where fan_out > fan_in. Saxe et al. 2014.

    Q is drawn uniformly: the QR factors of a Gaussian matrix, R with a positive diagonal (Mezzadri 2007). It
    keeps every length it can, exactly: gain 1 is for linear units, sqrt(2) for ReLU.
    """
    fan_in, fan_out = _check_shape(shape)
    check_rng(rng)
    check_number("gain", gain, *NOT_NEGATIVE)
    Q, R = np.linalg.qr(rng.standard_normal((max(shape), min(shape))))
    Q = Q * np.sign(np.diag(R))
    return gain * (Q if fan_in >= fan_out else Q.T)


def sparse(rng, shape, nonzero, std):
    """Each unit has `nonzero` incoming weights ~ N(0, std^2), at random places, the rest are 0. Martens 2010.

    The sum into a unit does not grow with fan_in, and units differ by what they look at. Raises ValueError
    where nonzero is not a whole number from 1 to fan_in.
    """
    fan_in, fan_out = _check_shape(shape)
    check_rng(rng)
    check_number("std", std, *NOT_NEGATIVE)
    if not (isinstance(nonzero, (int, np.integer)) and 1 <= nonzero <= fan_in):
        raise ValueError(f"nonzero must be a whole number from 1 to fan_in = {fan_in}, got {nonzero!r}")
    order = rng.permuted(np.tile(np.arange(fan_in), (fan_out, 1)), axis=1)
    rows = order[:, :nonzero].T                         # (nonzero, fan_out): where unit j has its weights
    W = np.zeros(shape)
    W[rows, np.arange(fan_out)] = std * rng.standard_normal((nonzero, fan_out))
    return W


def _check_shape(shape):
    if not isinstance(shape, (tuple, list)) or len(shape) != 2 or not all(
            isinstance(n, (int, np.integer)) and n > 0 for n in shape):
        raise ValueError(f"shape must be (fan_in, fan_out), two positive whole numbers, got {shape!r}")
    return shape
