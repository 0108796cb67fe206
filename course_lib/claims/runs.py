"""Many runs at once, and what to read off them.

theta is (seeds, ..., P): the first axis is the seed, the last the coordinates, and those between are the
settings compared. Seed s draws from `numpy.random.default_rng(s)` only, so what it gives does not depend on
the other seeds.
"""

import numpy as np

USABLE = 0.9        # of what the best setting takes off the loss


class Field:
    """An objective known by its gradient only."""

    def __init__(self, gradient):
        self.gradient = gradient


def run(optimizer, theta, gradient, steps):
    """Yields theta (..., P), changed in place, after each of `steps` updates; gradient(theta, k) after k."""
    rows = theta.reshape(-1, theta.shape[-1])
    for k in range(steps):
        optimizer.step(rows, Field(lambda at: gradient(at.reshape(theta.shape), k).reshape(rows.shape)))
        yield theta


def path(optimizer, theta, gradient, steps):
    """theta before the first update and after each of them: (1 + steps, ..., P)."""
    return np.stack([theta.copy(), *(theta.copy() for theta in run(optimizer, theta, gradient, steps))])


def end(optimizer, theta, gradient, steps):
    """theta after the last update."""
    for theta in run(optimizer, theta, gradient, steps):
        pass
    return theta


def column(values, theta):
    """A hyperparameter (..., 1), one per run of theta (..., P), as the (K, 1) that an optimizer takes."""
    return np.broadcast_to(values, theta.shape[:-1] + (1,)).reshape(-1, 1)


def generators(seeds):
    return [np.random.default_rng(seed) for seed in seeds]


def repeated(seeds, n):
    """n seeds for each: their numbers are those of n experiments a seed, the first n of the first seed."""
    return tuple(n * seed + i for seed in seeds for i in range(n))


def per_seed(values, seeds):
    """Geometric mean over the experiments of a seed: values (n seeds, ...) -> (seeds, ...)."""
    return np.exp(np.log(values).reshape(len(seeds), -1, *values.shape[1:]).mean(axis=1))


def draw(rngs, sample):
    """sample(rng) for each generator, stacked along a new first axis."""
    return np.stack([sample(rng) for rng in rngs])


def gaussian(rngs, steps, *shape):
    """Standard normal noise, one array (seeds, *shape) per step."""
    return np.stack([rng.standard_normal((steps, *shape)) for rng in rngs], axis=1)


def exponent(x, y):
    """p of y ~ x^p, fitted to the logarithms: x (n,), y (seeds, n) -> (seeds,)."""
    return np.polyfit(np.log(x), np.log(y).T, 1)[0]


def first(condition):
    """Number, from 1, of the first row in which it is true; inf where there is none."""
    return np.where(condition.any(axis=0), condition.argmax(axis=0) + 1.0, np.inf)


def last(condition):
    """Number, from 1, of the last row in which it is true; 0 where there is none."""
    return np.where(condition.any(axis=0), len(condition) - condition[::-1].argmax(axis=0), 0)


def running_mean(x, window):
    """Means of rows 1 to window, 2 to window + 1, ..."""
    total = np.cumsum(np.concatenate([np.zeros_like(x[:1]), x]), axis=0)
    return (total[window:] - total[:-window]) / window


def block_means(x, window):
    """Means of rows 1 to window, window + 1 to 2 window, ...; what is left over at the end is left out."""
    return x[:len(x) // window * window].reshape(-1, window, *x.shape[1:]).mean(axis=1)


def cosine(a, b):
    return (a * b).sum(axis=-1) / (np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1))


def farthest(ratio):
    """Of each row of (seeds, n) the entry farthest from 1: (seeds,)."""
    return np.take_along_axis(ratio, np.abs(ratio - 1).argmax(axis=1)[:, None], axis=1)[:, 0]


def usable(loss, first, share=USABLE):
    """Which settings take off this share of what the best of them takes off the loss, or more.

    loss (..., settings) at the end, first (..., 1) before the first update. nan and inf are not usable.
    """
    best = np.where(np.isnan(loss), np.inf, loss).min(axis=-1, keepdims=True)
    return loss <= first - share * (first - best)


class Sweep:
    """The best setting of a grid, for each seed: the one with the lowest loss.

    `loss` is a function of one setting that gives a loss per seed, or the losses (seeds, settings). They are
    kept in `values`; nan, of a run that has diverged, becomes inf. `best` is the lowest of each seed and `at`
    its setting, both (seeds,).

    Raises ValueError where settings are not positive, increasing, and at most a factor of two apart, and
    where the best of a seed lies at the end of the grid: then the grid has to be longer.
    """

    def __init__(self, settings, loss):
        self.settings = np.asarray(settings, float)
        lower, higher = self.settings[:-1], self.settings[1:]
        if (lower <= 0).any() or (higher <= lower).any() or (higher > (2 + 1e-9) * lower).any():
            raise ValueError("settings must be > 0 and increase by factors of at most 2,"
                             f" got {self.settings.tolist()}")
        if callable(loss):
            loss = np.stack([loss(setting) for setting in settings], axis=1)
        self.values = np.where(np.isnan(loss), np.inf, loss)
        chosen = self.values.argmin(axis=1)
        lost = (chosen == 0) | (chosen == len(self.settings) - 1)
        if lost.any():
            raise ValueError("settings must reach beyond the best one, got"
                             f" {self.settings[chosen[lost]][0]:.3g} at an end of {self.settings[0]:.3g} to"
                             f" {self.settings[-1]:.3g}")
        self.best, self.at = self.pick(self.values), self.settings[chosen]

    def pick(self, other):
        """Of another measure (seeds, settings) what it is at the best setting: (seeds,)."""
        return np.take_along_axis(other, self.values.argmin(axis=1)[:, None], axis=1)[:, 0]


class Level:
    """Where the curves `loss` (records, ...) first fall to a level: between two records, in the logarithm.

    `at` is the number of the record there, (...), with a fraction. Raises ValueError where a curve begins at
    the level or does not fall to it.
    """

    def __init__(self, loss, level):
        after = first(loss <= level) - 1
        if np.isinf(after).any() or (after == 0).any():
            raise ValueError(f"loss must begin above {level} and fall to it, got {loss[0].min():.3g} at first"
                             f" and {loss.min(axis=0).max():.3g} at the lowest")
        self.after = after.astype(int)
        higher, lower = np.log(self.beside(loss))
        self.share = (np.log(level) - higher) / (lower - higher)
        self.at = after - 1 + self.share

    def beside(self, values):
        """values (records, ...) in the record before the level and in that after it; more axes may follow."""
        after = self.after.reshape(1, *self.after.shape, *[1] * (values.ndim - 1 - self.after.ndim))
        return [np.take_along_axis(values, after + i, axis=0)[0] for i in (-1, 0)]

    def read(self, values):
        """values (records, ...) at the level."""
        before, after = self.beside(values)
        return (1 - self.share) * before + self.share * after
