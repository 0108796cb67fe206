"""Data sets: `load(name)` gives a `Dataset` of training and test examples. No network is needed."""

from dataclasses import dataclass
from numbers import Real

import numpy as np


@dataclass(frozen=True)
class Dataset:
    """Examples x (N, n), class numbers y (N,), and as many columns and classes again for testing."""

    name: str
    x: np.ndarray
    y: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray

    @property
    def classes(self):
        return int(max(self.y.max(), self.y_test.max())) + 1


def load(name, rng=None, *, n=None, noise=None):
    """The data set with this name.

    "digits"   1,797 handwritten digits of 8 x 8 pixels (Alpaydin & Kaynak 1998; bundled with scikit-learn), 10 classes.
               Every fifth is for testing. Pixels are shifted and scaled to mean 0 and deviation 1 over the training set.
    "spirals"  two intertwined spirals in the plane, 2 classes, n points each for training (100 unless given) and again
               for testing, drawn with rng, moved by Gaussian noise of deviation `noise` (0.1 unless given).

    Raises ValueError for another name, or where n or noise is out of range, and TypeError where rng is needed and missing.
    """
    if name == "digits":
        for option, value in (("n", n), ("noise", noise)):
            if value is not None:
                raise ValueError(f'{option} must be left out for "digits", got {value!r}')
        return _digits()
    if name == "spirals":
        return _spirals(rng, 100 if n is None else n, 0.1 if noise is None else noise)
    raise ValueError(f'name must be one of "digits", "spirals", got {name!r}')


def _digits():
    from sklearn.datasets import load_digits  # imported here: it takes longer than everything else

    x, y = load_digits(return_X_y=True)
    test = np.arange(len(x)) % 5 == 4
    x = (x - x[~test].mean()) / x[~test].std()
    return Dataset("digits", x[~test], y[~test], x[test], y[test])


def _spirals(rng, n, noise):
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f'rng must be a numpy.random.Generator for "spirals", got {rng!r}')
    if not isinstance(n, (int, np.integer)) or n < 1:
        raise ValueError(f"n must be a whole number >= 1, got {n!r}")
    if not (isinstance(noise, Real) and 0 <= noise < np.inf):
        raise ValueError(f"noise must be >= 0 and finite, got {noise!r}")

    def draw():
        y = np.repeat([0, 1], n)
        radius = np.sqrt(rng.uniform(0.05, 1.0, 2 * n))
        angle = 3 * np.pi * radius + np.pi * y                  # one and a half turns, the second half a turn behind
        x = 2 * radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
        return x + noise * rng.standard_normal(x.shape), y

    return Dataset("spirals", *draw(), *draw())
