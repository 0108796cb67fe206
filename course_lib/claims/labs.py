"""Networks on the digits: for every seed several runs, one for each setting, trained at once.

    runs = trained(seeds, mlp(32), SGD, rates, passes=6, batch=16, wrong=0.1)
    Sweep(rates, runs.loss[-1]).pick(runs.test_error[-1])

All runs of a seed share their examples, their start and the order of their minibatches; what a seed gives
does not depend on the other seeds. Scores are on the test examples, whose labels are right. With wrong labels
the noise of the minibatch gradient does not vanish as the network learns, so there is something for a decay
of the rate to do, and something to overfit.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from course_lib import datasets, losses
from course_lib.initializers import he_normal
from course_lib.layers import Dense, ReLU
from course_lib.losses import one_hot
from course_lib.network import Network
from course_lib.optimizers import Diverged

AT_ONCE = 16        # networks of one call: many more do not fit the cache
BLOCK = 512         # updates for which the schedules are asked at once


@dataclass(frozen=True)
class Runs:
    """What was measured, (records, seeds, settings); inf where a run has diverged.

    An error is the share of wrong answers. The validation measures are None where no examples are kept for
    validation, and `thetas`, (records, seeds, settings, P), where they are not kept.
    """

    steps: np.ndarray               # updates made, (records,)
    batch_losses: np.ndarray        # of each minibatch, before its update: (updates, seeds, settings)
    loss: np.ndarray                # of the training examples
    error: np.ndarray
    test_loss: np.ndarray
    test_error: np.ndarray
    validation_loss: np.ndarray | None
    validation_error: np.ndarray | None
    thetas: np.ndarray | None


def mlp(*hidden, activation=ReLU(), init=he_normal, dtype=float, n_in=64):
    """A function (rng, runs=None) that makes a network: n_in inputs, layers of these widths, 10 outputs."""
    widths = [n_in, *hidden, 10]

    def make(rng, runs=None):
        layers = [layer for a, b in zip(widths, widths[1:]) for layer in (Dense(a, b, init), activation)][:-1]
        return Network(layers, losses.softmax_cross_entropy, rng, runs, dtype=dtype)

    return make


def trained(seeds, make, method, settings, *, passes, batch, examples=None, wrong=0.0, validation=0,
            every=None, start=None, keep=False, own=False):
    """`passes` passes over the digits in minibatches of `batch`, one run for each seed and setting: Runs.

    `make` makes the networks, as `mlp` does. `method` makes an optimizer from rates (K, 1), or from a
    schedule of them; settings are rates, or schedules k -> rate. Of the training digits a seed draws
    `examples`, all unless given, gives a share `wrong` of them a wrong label, and keeps so many for
    validation. Measured before the first update, then after every so many, a pass unless given, and at the
    end. `start` is a function rng -> parameters (P,) or (settings, P), where they shall not come from `make`;
    keep=True keeps all parameters; own=True takes one setting for each seed, for its only run.
    """
    start = start or (lambda rng: make(rng).theta)
    settings = [[setting] for setting in settings] if own else [settings] * len(seeds)      # of each seed
    drawn = [_drawn(np.random.default_rng(seed), examples, wrong, validation, passes, start, len(of_seed))
             for seed, of_seed in zip(seeds, settings)]
    pairs = [(i, j) for i, of_seed in enumerate(settings) for j in range(len(of_seed))]
    chunks = []
    for first in range(0, len(pairs), AT_ONCE):
        chosen = pairs[first:first + AT_ONCE]
        networks = make(np.random.default_rng(0), len(chosen))
        networks.theta[:] = [drawn[i][-1][j] for i, j in chosen]
        used, held, labels, orders = (np.stack([drawn[i][part] for i, _ in chosen]) for part in range(4))
        lr = [settings[i][j] for i, j in chosen]
        optimizer = method(rates_of(*lr) if callable(lr[0]) else np.array(lr, float)[:, None])
        chunks.append(_train(networks, optimizer, used, held, labels, orders, batch, every, keep))
    steps, *measured = zip(*chunks)
    return Runs(steps[0], *[_arranged(parts, len(seeds)) for parts in measured])


def noisy_labels(y, wrong, rng):
    """Class numbers y, a share `wrong` of them replaced by one of the others."""
    changed = rng.random(len(y)) < wrong
    return np.where(changed, (y + rng.integers(1, 10, len(y))) % 10, y)


def noisy_digits(rng, wrong=0.1, n=None):
    """The digits, n of the training examples (all unless given), a share `wrong` with another label.

    The test examples keep their labels.
    """
    data = _digits()
    kept = rng.permutation(len(data.y))[:n]
    return replace(data, x=data.x[kept], y=noisy_labels(data.y[kept], wrong, rng))


def same_start(make, rng, runs):
    """`runs` networks that `make` makes, as `mlp` does, all with the parameters of the first."""
    networks = make(rng, runs)
    networks.theta[:] = networks.theta[0]
    return networks


def rates_of(*schedules):
    """One schedule for as many runs: k -> their rates as (K, 1), for each run its own.

    Each is asked for a block of updates at once: asked at every update it takes as long as the training.
    """
    @lru_cache
    def block(number):
        k = np.arange(BLOCK * number, BLOCK * (number + 1))
        return np.stack([np.broadcast_to(schedule(k), k.shape) for schedule in schedules], axis=1)

    return lambda k: block(k // BLOCK)[k % BLOCK][:, None]


def _drawn(rng, examples, wrong, validation, passes, start, settings):
    """What a seed draws: numbers of its training and validation examples, all labels, orders, starts."""
    data_rng, start_rng, order_rng = rng.spawn(3)
    y = _digits().y
    taken = data_rng.permutation(len(y))[:examples]
    held, used = taken[:validation], taken[validation:]
    theta = start(start_rng)
    orders = np.stack([order_rng.permutation(used) for _ in range(passes)])
    starts = np.broadcast_to(theta, (settings, theta.shape[-1]))
    return used, held, noisy_labels(y, wrong, data_rng), orders, starts


def _train(networks, optimizer, used, held, labels, orders, batch, every, keep):
    """The fields of Runs, with one axis of runs in place of seeds and settings."""
    data, rows = _digits(), np.arange(len(used))[:, None]
    x, targets = networks.check_inputs(data.x), one_hot(labels, networks.n_out).astype(networks.dtype)
    sets = [(x[used], labels[rows, used]), (data.x_test, data.y_test)]
    sets += [(x[held], labels[rows, held])] * (held.size > 0)
    firsts = range(0, used.shape[1], batch)
    batches = [order[:, i:i + batch] for order in orders.swapaxes(0, 1) for i in firsts]
    every = every or len(firsts)
    steps, records, batch_losses, thetas = [], [], [], []
    for step in range(len(batches) + 1):
        if step % every == 0 or step == len(batches):
            with np.errstate(over="ignore", invalid="ignore"):
                pairs = [networks.evaluate(*examples) for examples in sets]
            records.append([value for loss, accuracy in pairs for value in (loss, 1 - accuracy)])
            steps.append(step)
            thetas += [networks.theta.copy()] * keep
        if step < len(batches):
            f = networks.checked_objective(x[batches[step]], targets[rows, batches[step]])
            try:
                optimizer.step(networks.theta, f)
            except Diverged:                            # all runs: from now on everything is inf
                networks.theta[:] = np.nan
            batch_losses.append(f.last_value)
    measures = [_finite(values) for values in (batch_losses, *zip(*records))]
    return np.array(steps), *measures, *[None] * (7 - len(measures)), np.stack(thetas) if keep else None


def _finite(values):
    values = np.array(values, float)
    return np.where(np.isfinite(values), values, np.inf)


def _arranged(chunks, seeds):
    """Chunks (records, runs, ...) as one array (records, seeds, settings, ...); None where there are none."""
    if chunks[0] is None:
        return None
    whole = np.concatenate(chunks, axis=1)
    return whole.reshape(len(whole), seeds, -1, *whole.shape[2:])


@lru_cache(maxsize=1)
def _digits():
    return datasets.load("digits")      # reading the file takes longer than a training
