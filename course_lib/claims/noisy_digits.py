"""Digits of which some have a wrong label, and small networks for them: what lecture 7 measures and shows.

With wrong labels the noise of the minibatch gradient does not vanish as the network learns, so there is
something for a decay of the rate to do, and something to overfit.
"""

import numpy as np

from course_lib.training import train

from .labs import mlp, noisy_digits, same_start
from .runs import until_divergence

EXAMPLES, BATCH = 424, 16           # 318 for training, 106 for validation
PER_EPOCH = 20                      # updates


def trained(seed, optimizer, runs, epochs, every=None, hidden=(32,), wrong=0.1):
    """Records of `runs` networks on digits whose draw, start and order follow from the seed."""
    data_rng, split, start, order = np.random.default_rng(seed).spawn(4)
    data = noisy_digits(data_rng, wrong, EXAMPLES).validation(1 / 4, split)
    network = same_start(mlp(*hidden), start, runs)
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
