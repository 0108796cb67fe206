"""Losses: (outputs, targets) -> (mean over the batch, its gradient with respect to the outputs).

Outputs are (..., N, n_out). Targets are class numbers, whole numbers (..., N), or one row of floats per
example (..., N, n_out): one-hot rows, soft targets, or the values of a regression.
"""

import numpy as np


def softmax_cross_entropy(scores, y):
    """L = -mean_i sum_c y_ic log p_ic with p = softmax(scores);  dL/dscores = (p - y) / N.

    Rows of y sum to 1. Value (...,), gradient (..., N, n_out).
    """
    y = _targets(y, scores)
    N = scores.shape[-2]
    z = scores - scores.real.max(axis=-1, keepdims=True)  # so exp cannot overflow
    p = np.exp(z)
    total = p.sum(axis=-1, keepdims=True)
    p /= total
    value = (np.log(total[..., 0]) - np.vecdot(y, z)).sum(axis=-1) / N
    p -= y
    p /= N
    return value, p


def mean_squared_error(outputs, y):
    """L = mean over examples and outputs of (outputs - y)^2. Value (...,), gradient (..., N, n_out)."""
    y = _targets(y, outputs)
    d = outputs - y
    size = d.shape[-2] * d.shape[-1]
    return (d * d).sum(axis=(-2, -1)) / size, 2 * d / size


def _targets(y, outputs):
    rows = one_hot(y, outputs.shape[-1])
    if rows.shape[-2] != outputs.shape[-2]:
        raise ValueError(f"y must have one target per example: outputs have shape {outputs.shape},"
                         f" y {np.shape(y)}")
    return rows


def one_hot(y, n):
    """Rows of n entries from class numbers (..., N); floats (..., N, n) pass unchanged.

    Raises ValueError for a class that is not in 0 .. n - 1, and for targets of another shape.
    """
    y = np.asarray(y)
    if y.dtype.kind in "iu":
        if y.size and (y.min() < 0 or y.max() >= n):
            at = int(np.flatnonzero((y < 0) | (y >= n))[0])
            raise ValueError(f"y must be class numbers from 0 to {n - 1},"
                             f" got {y.reshape(-1)[at]} at index {at}")
        return np.eye(n)[y]
    if y.dtype.kind != "f":
        raise TypeError(f"y must be class numbers (integers) or targets (floats), got {y.dtype}")
    if y.ndim < 2 or y.shape[-1] != n:
        raise ValueError(f"y must be class numbers as integers (N,), or floats (N, {n}),"
                         f" got floats of shape {y.shape}")
    return y
