"""Data sets: `load(name)` gives a Dataset of training and test examples. Only a download needs a network."""

from dataclasses import dataclass, replace

import numpy as np

from .arguments import NOT_NEGATIVE, check_count, check_flag, check_number, check_rng
from .datafiles import (CIFAR10_STEPS, MNIST_STEPS, DamagedFile, MissingFiles, check_labels, read_cifar10,
                        read_mnist)

__all__ = ["Dataset", "load", "DamagedFile", "MissingFiles"]

OPTIONS = {  # name: the options it takes; any other must be left out
    "digits": (), "spirals": ("n", "noise"), "rings": ("n", "noise"),
    "recall": ("n", "noise", "delay", "symbols"),
    "mnist": ("folder", "download", "dtype"), "cifar10": ("folder", "download", "dtype"),
}
OPENML = {  # name: its name and version there; of each class, the examples for testing, which come last
    "mnist": ("mnist_784", 1, [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]),
    "cifar10": ("CIFAR_10", 1, [1000] * 10),
}


@dataclass(frozen=True)
class Dataset:
    """Examples x (N, n), or sequences (N, T, n), class numbers y (N,), and as many columns for testing."""

    name: str
    x: np.ndarray
    y: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray

    @property
    def classes(self):
        return int(max(self.y.max(), self.y_test.max())) + 1

    def validation(self, share, rng):
        """The training examples alone: a `share` of them, drawn with rng, in place of the test examples.

        So `test_loss` becomes the loss on examples kept out of training, and the test set stays unseen while
        hyperparameters are chosen. Raises ValueError where share is not > 0 and < 1, or leaves no example on
        one side.
        """
        check_number("share", share, "> 0 and < 1", lambda x: 0 < x < 1)
        check_rng(rng, " for a validation set")
        N = len(self.y)
        n = round(share * N)
        if not 0 < n < N:
            raise ValueError(f"share must leave examples on both sides, got {n} of {N} with share {share!r}")
        order = rng.permutation(N)
        kept, out = np.sort(order[n:]), np.sort(order[:n])
        return replace(self, x=self.x[kept], y=self.y[kept], x_test=self.x[out], y_test=self.y[out])


def load(name, rng=None, *, n=None, noise=None, delay=None, symbols=None, folder=None, download=None,
         dtype=None):
    """The data set with this name. Those drawn at random need rng, and have as many examples for testing.

    "digits"   1,797 handwritten digits of 8 x 8 pixels (Alpaydin & Kaynak 1998; bundled with scikit-learn),
               10 classes. Every fifth is for testing.
    "spirals"  two intertwined spirals in the plane, n points each (100 unless given), moved by Gaussian noise
               of deviation `noise` (0.1 unless given).
    "rings"    two rings round the origin, of radius 1 and 2, n points each; n and noise as for the spirals.
    "recall"   sequences x (N, delay + 1, symbols). The first step shows one of `symbols` symbols (2 unless
               given), a 1 in its column; then comes nothing for `delay` steps (10 unless given); then the
               class y is asked for, that symbol. n sequences of each; noise as for the spirals, all along.
               For backpropagation through time: an error must reach back `delay` steps.
    "mnist"    60,000 and 10,000 handwritten digits of 28 x 28 pixels (LeCun et al. 1998), 10 classes, and
    "cifar10"  50,000 and 10,000 pictures of 32 x 32 pixels in red, green, blue (Krizhevsky 2009), 10 classes:
               from their official files in `folder` (see datafiles.py). With download=True they come from
               OpenML where they are not there: scikit-learn keeps them in `folder`, or in one of its own.
               x has type `dtype` (float64 unless given).

    Pixels are shifted and scaled to mean 0 and deviation 1 over the training set.

    Raises ValueError or TypeError for another name, for an option out of range or not of this data set, and
    for a missing rng; MissingFiles, whose message has the steps to take; DamagedFile.
    """
    if name not in OPTIONS:
        names = ", ".join(f'"{known}"' for known in OPTIONS)
        raise ValueError(f"name must be one of {names}, got {name!r}")
    options = {"n": n, "noise": noise, "delay": delay, "symbols": symbols, "folder": folder,
               "download": download, "dtype": dtype}
    for option, value in options.items():
        if value is not None and option not in OPTIONS[name]:
            raise ValueError(f'{option} must be left out for "{name}", got {value!r}')
    if name == "digits":
        return _digits()
    if name in OPENML:
        return _pictures(name, folder, download, float if dtype is None else dtype)
    n, noise = 100 if n is None else n, 0.1 if noise is None else noise
    delay, symbols = 10 if delay is None else delay, 2 if symbols is None else symbols
    check_rng(rng, f' for "{name}"')
    check_count("n", n)
    check_number("noise", noise, *NOT_NEGATIVE)
    check_count("delay", delay)
    check_count("symbols", symbols, least=2)

    def draw():
        x, y = (_spirals(rng, n) if name == "spirals" else _rings(rng, n) if name == "rings" else
                _recall(n, delay, symbols))
        return x + noise * rng.standard_normal(x.shape), y

    return Dataset(name, *draw(), *draw())


def _digits():
    from sklearn.datasets import load_digits  # imported here: it takes longer than everything else

    x, y = load_digits(return_X_y=True)
    test = np.arange(len(x)) % 5 == 4
    x = (x - x[~test].mean()) / x[~test].std()
    return Dataset("digits", x[~test], y[~test], x[test], y[test])


def _spirals(rng, n):
    y = np.repeat([0, 1], n)
    radius = np.sqrt(rng.uniform(0.05, 1.0, 2 * n))
    angle = 3 * np.pi * radius + np.pi * y      # one and a half turns, the second half a turn behind
    return 2 * radius[:, None] * _directions(angle), y


def _rings(rng, n):
    y = np.repeat([0, 1], n)
    return (1 + y)[:, None] * _directions(rng.uniform(0, 2 * np.pi, 2 * n)), y


def _directions(angle):
    return np.stack([np.cos(angle), np.sin(angle)], axis=-1)


def _recall(n, delay, symbols):
    y = np.repeat(np.arange(symbols), n)
    x = np.zeros((len(y), delay + 1, symbols))
    x[np.arange(len(y)), 0, y] = 1
    return x, y


def _pictures(name, folder, download, dtype):
    """MNIST or CIFAR-10 from the files in folder, or from OpenML."""
    if download is not None:
        check_flag("download", download)
    if np.dtype(dtype).kind != "f":
        raise TypeError(f"dtype must be a type of floats, got {np.dtype(dtype)}")
    read, steps = (read_mnist, MNIST_STEPS) if name == "mnist" else (read_cifar10, CIFAR10_STEPS)
    try:
        if folder is None:
            raise MissingFiles(f'folder must be given for "{name}", got None.\n{steps}')
        x, y, x_test, y_test = read(folder)
    except MissingFiles:
        if not download:
            raise
        x, y, x_test, y_test = _openml(name, folder, steps)
    counts = sum(np.bincount(rows.ravel(), minlength=256) for rows in np.array_split(x, 100))
    values = np.arange(256)
    mean = counts @ values / x.size
    std = np.sqrt(counts @ (values - mean) ** 2 / x.size)
    if std == 0:
        raise DamagedFile(f'pictures of "{name}" must differ, got {x[0, 0]} for every pixel')
    scaled = ((values - mean) / std).astype(dtype)
    return Dataset(name, scaled[x], y.astype(int), scaled[x_test], y_test.astype(int))


def _openml(name, folder, steps):
    """(x, y, x_test, y_test) as bytes, through scikit-learn's client, which compares checksums."""
    from sklearn.datasets import fetch_openml

    title, version, tests_of_class = OPENML[name]
    try:
        x, y = fetch_openml(title, version=version, data_home=folder, return_X_y=True, as_frame=False,
                            parser="liac-arff")     # the other parser needs pandas
    except OSError as error:                        # what urllib raises, too
        raise MissingFiles(f'download must reach OpenML for "{name}", got: {error}.\n{steps}') from error
    pixels, labels = x.astype(np.uint8), y.astype(int)
    if not np.array_equal(pixels, x):
        raise DamagedFile(f"{title} of OpenML must hold pixels from 0 to 255, got others")
    check_labels(labels, f"{title} of OpenML")
    tests = sum(tests_of_class)
    if np.bincount(labels[-tests:], minlength=10).tolist() != tests_of_class:
        raise DamagedFile(f"{title} of OpenML must end with the test examples, {tests_of_class} by class,"
                          f" got {np.bincount(labels[-tests:], minlength=10).tolist()}")
    return pixels[:-tests], labels[:-tests], pixels[-tests:], labels[-tests:]
