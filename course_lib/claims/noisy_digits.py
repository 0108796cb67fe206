"""Digits of which some have a wrong label, and small networks for them: what lecture 7 measures and shows.

With wrong labels the noise of the minibatch gradient does not vanish as the network learns, so there is
something for a decay of the rate to do, and something to overfit.
"""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from course_lib import datasets, losses
from course_lib.layers import Dense, ReLU
from course_lib.network import Network
from course_lib.training import train

from .runs import until_divergence

EXAMPLES, BATCH = 424, 16           # 318 for training, 106 for validation
PER_EPOCH = 20                      # updates


@lru_cache(maxsize=1)
def _digits():
    return datasets.load("digits")     # reading the file takes longer than a training here


def noisy_digits(rng, wrong=0.1, n=None):
    """The digits, n of the training examples (all unless given), a share `wrong` of their labels replaced.

    The test examples keep their labels.
    """
    data = _digits()
    kept = rng.permutation(len(data.y))[:n]
    y = data.y[kept]
    changed = rng.random(len(y)) < wrong
    return replace(data, x=data.x[kept], y=np.where(changed, (y + rng.integers(1, 10, len(y))) % 10, y))


def layers(n_in, hidden):
    """Dense layers with ReLU between them: n_in inputs, hidden layers of the widths given, 10 outputs."""
    widths = [n_in, *hidden]
    units = [layer for a, b in zip(widths, hidden) for layer in (Dense(a, b), ReLU())]
    return units + [Dense(widths[-1], 10)]


def same_start(n_in, hidden, rng, runs, dtype=float):
    """`runs` networks of one shape, all with the parameters of the first."""
    network = Network(layers(n_in, hidden), losses.softmax_cross_entropy, rng, runs, dtype=dtype)
    network.theta[:] = network.theta[0]
    return network


def rates_of(*schedules):
    """One schedule for as many runs: k -> their rates as (K, 1), for each run its own."""
    return lambda k: np.array([[schedule(k)] for schedule in schedules])


def trained(seed, optimizer, runs, epochs, every=None, hidden=(32,), wrong=0.1):
    """Records of `runs` networks on digits whose draw, start and order follow from the seed."""
    data_rng, split, start, order = np.random.default_rng(seed).spawn(4)
    data = noisy_digits(data_rng, wrong, EXAMPLES).validation(1 / 4, split)
    network = same_start(64, hidden, start, runs)
    return until_divergence(train(network, data, optimizer, epochs=epochs, batch_size=BATCH, rng=order,
                                  every=every))


def final(kept, measure="loss"):
    """A measure of the last record, (K,); inf where a run has diverged."""
    last = getattr(kept[-1], measure)
    return np.where(np.isfinite(last), last, np.inf)


def minibatch_losses(kept):
    """(updates, K); inf where a run has diverged."""
    losses = np.concatenate([record.batch_losses for record in kept])
    return np.where(np.isfinite(losses), losses, np.inf)
