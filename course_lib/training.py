"""Training: a generator of records. The caller decides what to do with them: print, plot, stop.

    for record in train(network, data, Momentum(0.05), epochs=10, batch_size=32, rng=rng):
        print(record.epoch, record.test_accuracy)

A progress bar, for whoever wants one: `for record in tqdm(train(...), total=epochs + 1)`.
"""

from dataclasses import dataclass

import numpy as np

from .network import Objective


@dataclass(frozen=True)
class Record:
    """What is known after `step` updates. With K runs every measure is (K,); nan where a run has diverged."""

    step: int
    epoch: float                # passes over the training data
    loss: float                 # mean loss over the whole training set, in test mode
    accuracy: float             # share of the training set that is classified right; None for a regression
    test_loss: float
    test_accuracy: float
    batch_losses: np.ndarray    # the loss of each minibatch since the record before, before its update: (updates, [K])


def train(network, data, optimizer, *, epochs, batch_size, rng, every=None):
    """Minibatch training of network.theta in place; yields a Record before the first update and then after each epoch.

    Each epoch goes through the training set once, in a new order; the last batch may be shorter. `every` gives a record
    after every so many updates instead, and one at the end. With K runs, `rng` is one generator (all runs see the same
    batches) or a list of K (each run its own order, as if it were trained alone). Arguments are checked at the call.

    Raises `optimizers.Diverged` at the step where the gradient of the run, or of all K, is no longer finite.
    """
    x = network.check_inputs(data.x)
    y = network.check_targets(data.y, x.shape)
    for name, value in (("epochs", epochs), ("batch_size", batch_size), ("every", every)):
        if not (isinstance(value, (int, np.integer)) and value >= 1 or name == "every" and value is None):
            raise ValueError(f"{name} must be a whole number >= 1, got {value!r}")
    if x.ndim != 2:
        raise ValueError(f"data.x must have shape (N, {network.n_in}), got {x.shape}")
    network.check_targets(data.y_test, network.check_inputs(data.x_test).shape)
    if isinstance(optimizer, type) or not hasattr(optimizer, "step"):
        raise TypeError(f"optimizer must be an optimizer such as SGD(0.1), got {optimizer!r}")
    if batch_size > len(x):
        raise ValueError(f"batch_size must be <= {len(x)}, the size of the training set, got {batch_size}")
    generators = rng if isinstance(rng, (list, tuple)) else [rng]
    if not all(isinstance(r, np.random.Generator) for r in generators):
        raise TypeError(f"rng must be a numpy.random.Generator, or one per run, got {rng!r}")
    if generators is rng and np.shape(network.theta)[:-1] != (len(rng),):
        raise ValueError(f"rng must be one generator per run of theta {network.theta.shape}, got {len(rng)}")
    return _train(network, data, optimizer, x, y, epochs, batch_size, rng, every or -(-len(x) // batch_size))


def _train(network, data, optimizer, x, y, epochs, batch_size, rng, every):
    N, step, batch_losses = len(x), 0, []
    per_epoch = -(-N // batch_size)
    yield _measure(network, data, 0, 0.0, batch_losses)
    for epoch in range(epochs):
        order = np.stack([r.permutation(N) for r in rng]) if isinstance(rng, (list, tuple)) else rng.permutation(N)
        for start in range(0, N, batch_size):
            batch = order[..., start:start + batch_size]        # (B,), or (K, B)
            f = Objective(network, x[batch], y[batch])
            optimizer.step(network.theta, f)
            batch_losses.append(f.last_value)
            step += 1
            if step % every == 0 or step == epochs * per_epoch:
                yield _measure(network, data, step, epoch + min(start + batch_size, N) / N, batch_losses)
                batch_losses = []


def _measure(network, data, step, epoch, batch_losses):
    classes = np.asarray(data.y).dtype.kind in "iu"
    with np.errstate(over="ignore", invalid="ignore"):  # of K runs some may have diverged: their losses say so
        return Record(step, epoch,
                      network.loss(data.x, data.y), network.accuracy(data.x, data.y) if classes else None,
                      network.loss(data.x_test, data.y_test),
                      network.accuracy(data.x_test, data.y_test) if classes else None,
                      np.array(batch_losses).reshape((-1,) + network.theta.shape[:-1]))


@dataclass(frozen=True)
class Path:
    """Points (T + 1, ..., P) and values (T + 1, ...) of a descent of T steps, the start among them."""

    points: np.ndarray
    values: np.ndarray
    diverged: bool

    def steps_to(self, target):
        """The first step whose value is at most `target`, or None."""
        reached = self.values <= target
        return int(reached.argmax()) if reached.any() else None


def descend(f, theta, optimizer, steps, target=-np.inf, ceiling=np.inf):
    """Follow `optimizer` on the objective f from a copy of theta (P,), `steps` steps long.

    Ends early where f falls to `target`, or, diverged, where it rises above `ceiling`. Gives a Path.
    """
    theta = np.array(theta, float)
    points, values = [theta.copy()], [f.value(theta)]
    while len(points) <= steps and target < values[-1] <= ceiling:
        optimizer.step(theta, f)
        points.append(theta.copy())
        values.append(f.value(theta))
    return Path(np.array(points), np.array(values), not values[-1] <= ceiling)
