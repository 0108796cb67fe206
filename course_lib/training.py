"""Training: a generator of records. The caller decides what to do with them: print, plot, save, stop.

    for record in train(network, data, Momentum(0.05), epochs=10, batch_size=32, rng=rng):
        print(record.epoch, record.test_accuracy)

A progress bar, for whoever wants one: `for record in tqdm(train(...), total=epochs + 1)`. Early stopping is a
generator around this one, a curriculum a function that `train` asks for the order of the examples.
"""

from dataclasses import dataclass

import numpy as np

from .arguments import check_count, check_function
from .optimizer import Diverged, Optimizer


@dataclass(frozen=True)
class Record:
    """What is known after `step` updates. With K runs every measure is (K,); nan where a run has diverged."""

    step: int
    epoch: float                # passes over the training data
    loss: float                 # mean loss over the whole training set, in test mode
    accuracy: float             # share of the training set that is classified right; None for a regression
    test_loss: float
    test_accuracy: float
    batch_losses: np.ndarray    # of each minibatch since the record before, before its update: (updates, [K])


class Position:
    """Where a training stands: `train` keeps it up to date, and goes on from it. See checkpoint.py.

    `step` is the number of updates made (None before the first record), `order` the numbers of the examples
    in the order of the epoch in progress, (N,) or (K, N), `batch_size` that of the training.
    """

    def __init__(self):
        self.step = self.order = self.batch_size = None


def train(network, data, optimizer, *, epochs, batch_size, rng, every=None, order=None, position=None):
    """Minibatch training of network.theta in place; yields a Record before the first update, then each epoch.

    Each epoch goes through the training set once, in a new order; the last batch may be shorter. `every`
    gives a record after every so many updates instead, and one at the end. With K runs, `rng` is a generator
    (all runs see the same batches) or a list of K (each run its own order, as if it were trained alone).

    `order`, a function (rng, progress) -> N numbers of examples, replaces the random order of an epoch;
    progress is the share of the epochs done, 0 <= progress < 1 (see curriculum). `position`, as an earlier
    training left it, and everything else as it was then, make this one its continuation.

    Arguments are checked at the call. Raises `optimizers.Diverged` at the step where the gradient of the run,
    or of all K, is no longer finite.
    """
    x, y = check_training(network, data, optimizer, epochs, batch_size, rng, every, order, position)
    return run(network, data, optimizer,
               lambda batch: network.checked_objective(x.take(batch, axis=0), y.take(batch, axis=0)),
               epochs, batch_size, rng, every, order, position)


def run(network, data, optimizer, objective, epochs, batch_size, rng, every=None, order=None, position=None):
    """`train`, arguments checked, of any objective: a function of the numbers of a batch (B,) or (K, B)."""
    N = len(data.y)
    per_epoch = -(-N // batch_size)
    every = every or per_epoch
    position = position or Position()
    order = order or (lambda rng, progress: rng.permutation(N))
    comes_along = asks_at_theta(optimizer)
    if position.step is None:
        position.step, position.batch_size = 0, batch_size
        yield _measure(network, data, 0, 0.0, [])
    batch_losses = []
    while position.step < epochs * per_epoch:
        epoch, i = divmod(position.step, per_epoch)
        if i == 0:
            position.order = _order_of_epoch(order, rng, epoch / epochs, N)
        examples = position.order[..., i * batch_size:(i + 1) * batch_size]     # (B,), or (K, B)
        f = objective(examples)
        loss = None if comes_along else _value(f, network.theta)
        optimizer.step(network.theta, f)
        f.update_running()
        batch_losses.append(f.last_value if comes_along else loss)
        position.step += 1
        if position.step % every == 0 or position.step == epochs * per_epoch:
            passes = epoch + min((i + 1) * batch_size, N) / N
            record, batch_losses = _measure(network, data, position.step, passes, batch_losses), []
            yield record


def asks_at_theta(optimizer):
    """Whether a step asks for one gradient, at theta as it is: the loss before the update comes with it.

    Methods that look ahead, search or never ask have a `where` or `step` of their own.
    """
    kind = type(optimizer)
    return isinstance(optimizer, Optimizer) and kind.where is Optimizer.where and kind.step is Optimizer.step


def _order_of_epoch(order, rng, progress, N):
    many = isinstance(rng, (list, tuple))
    examples = np.stack([order(r, progress) for r in rng]) if many else np.asarray(order(rng, progress))
    if examples.shape != ((len(rng), N) if many else (N,)):
        raise ValueError(f"order must give {N} numbers, one per example of the training set, got shape"
                         f" {examples.shape[many:]}")
    return examples


def _value(f, theta):
    with np.errstate(over="ignore", invalid="ignore"):  # of K runs some may have diverged
        return f.value(theta)


def _measure(network, data, step, epoch, batch_losses):
    with np.errstate(over="ignore", invalid="ignore"):  # of K runs some may have diverged: it shows
        return Record(step, epoch, *network.evaluate(data.x, data.y),
                      *network.evaluate(data.x_test, data.y_test),
                      np.array(batch_losses).reshape((-1,) + network.theta.shape[:-1]))


def check_training(network, data, optimizer, epochs, batch_size, rng, every, order=None, position=None):
    """(x, y) of the training set as the network takes them. Raises ValueError, TypeError as `train` does."""
    x = network.check_inputs(data.x)
    y = network.check_targets(data.y, x.shape)
    check_count("epochs", epochs)
    check_count("batch_size", batch_size)
    if every is not None:
        check_count("every", every)
    if x.ndim != network.layers[0].ndim:
        raise ValueError(f"data.x must have shape ({network.batch_axes}), got {x.shape}")
    network.check_targets(data.y_test, network.check_inputs(data.x_test).shape)
    if isinstance(optimizer, type) or not hasattr(optimizer, "step"):
        raise TypeError(f"optimizer must be an optimizer such as SGD(0.1), got {optimizer!r}")
    if batch_size > len(x):
        raise ValueError(f"batch_size must be <= {len(x)}, the size of the training set, got {batch_size}")
    many = isinstance(rng, (list, tuple))
    if not all(isinstance(generator, np.random.Generator) for generator in (rng if many else [rng])):
        raise TypeError(f"rng must be a numpy.random.Generator, or one per run, got {rng!r}")
    if many and np.shape(network.theta)[:-1] != (len(rng),):
        raise ValueError(f"rng must be one generator per run of theta {network.theta.shape}, got {len(rng)}")
    if order is not None:
        check_function("order", order, "(rng, progress) -> numbers of examples")
    if position is not None:
        check_position(position, batch_size, (len(rng), len(x)) if many else (len(x),))
    return x, y


def check_position(position, batch_size, shape):
    """Raise where position does not come from a training like this one, with orders of that shape."""
    if not isinstance(position, Position):
        raise TypeError(f"position must be a Position, got {position!r}")
    if position.step is not None and position.batch_size != batch_size:
        raise ValueError(f"batch_size must be {position.batch_size}, as before position, got {batch_size}")
    if position.order is not None and position.order.shape != shape:
        raise ValueError(f"position must come from a training with an order of shape {shape},"
                         f" got {position.order.shape}")


class Best:
    """The best record so far and the parameters at it, as `early_stopping` keeps them. See checkpoint.py.

    `value`, `step`, and `waited`, the number of records since, are (), or (K,) with K runs; `theta` and
    `running` are copies of the network's. All are None before the first record.
    """

    def __init__(self):
        self.value = self.step = self.waited = self.theta = self.running = None


def early_stopping(records, patience, network, measure=lambda record: record.test_loss, best=None):
    """Pass records on until `patience` in a row are no better than the best, whose parameters are restored.

    Goodfellow et al. 2016, algorithm 7.1 (p is patience); S1. Better is a lower measure(record), and nan is
    never better. When the records end, for either reason, the network gets back the parameters and running
    statistics of its best record; a caller who leaves the loop earlier keeps those of the moment. Each of K
    runs stops for itself: what it does later does not count, and the records end when all have stopped. The
    optimizer is not set back. To choose by other examples than the test set, train on data.validation(...).

    `best`, a new Best(), can be looked at and saved on the way. Raises ValueError, TypeError at the call, and
    ValueError where measure(record) is not one number per run.
    """
    check_count("patience", patience)
    if not hasattr(network, "theta"):
        raise TypeError(f"network must be the network in training, got {network!r}")
    check_function("measure", measure, "record -> number")
    if best is not None and not isinstance(best, Best):
        raise TypeError(f"best must be a Best, got {best!r}")
    return _early_stopping(iter(records), patience, network, measure, Best() if best is None else best)


def _early_stopping(records, patience, network, measure, best):
    while best.value is None or (best.waited < patience).any():
        record = next(records, None)
        if record is None:
            break
        value = np.asarray(measure(record), float)
        if value.shape != network.theta.shape[:-1]:
            raise ValueError("measure must give a number per run, shape"
                             f" {network.theta.shape[:-1]}, got shape {value.shape}")
        if best.value is None:
            best.value = np.full(value.shape, np.inf)
            best.step = np.full(value.shape, record.step)
            best.waited = np.zeros(value.shape, int)
            best.theta, best.running = network.theta.copy(), network.running.copy()
        going = best.waited < patience
        better = going & (value < best.value)
        best.value = np.where(better, value, best.value)
        best.step = np.where(better, record.step, best.step)
        best.waited = np.where(better, 0, best.waited + going)
        best.theta[better] = network.theta[better]
        best.running[better] = network.running[better]
        yield record
    if best.value is not None:
        network.theta[...], network.running[...] = best.theta, best.running


def curriculum(data, difficulty, pacing):
    """The `order` for train() that shows easy examples first: those of each epoch are the easiest ones.

    Bengio et al. 2009; S1. `difficulty` is a number for each training example, (N,), or a function (x, y)
    that gives them; `pacing` a function progress -> share of the examples that may be shown, > 0 and <= 1,
    asked once an epoch. The share is rounded to whole examples, one at least; of equally difficult ones the
    earlier come first. An epoch still shows N examples: it goes through the easiest again and again, each
    time in a new random order, so that a training makes as many updates as without a curriculum.

    Raises ValueError for difficulties that are not N finite numbers, and where pacing leaves its range.
    """
    N = len(data.y)
    difficulty = np.asarray(difficulty(data.x, data.y) if callable(difficulty) else difficulty)
    if difficulty.shape != (N,) or difficulty.dtype.kind not in "iuf" or not np.isfinite(difficulty).all():
        raise ValueError(f"difficulty must be {N} finite numbers, one per training example,"
                         f" got {difficulty!r}")
    check_function("pacing", pacing, "progress -> share of the examples")
    easiest_first = np.argsort(difficulty, kind="stable")

    def order(rng, progress):
        share = pacing(progress)
        if not 0 < share <= 1:
            raise ValueError(f"pacing must give a share > 0 and <= 1, got {share!r} at progress"
                             f" {progress:.4g}")
        shown = easiest_first[:max(1, round(share * N))]
        return np.concatenate([rng.permutation(shown) for _ in range(-(-N // len(shown)))])[:N]

    return order


@dataclass(frozen=True)
class Path:
    """Points (T + 1, [K], P) and values (T + 1, [K]) of a descent of T steps, the start among them."""

    points: np.ndarray
    values: np.ndarray
    diverged: np.ndarray        # whether the run has, or (K,)

    def steps_to(self, target):
        """The first step whose value is at most `target`, or None; with K runs (K,), inf for None."""
        reached, first = (self.values <= target).any(axis=0), (self.values <= target).argmax(axis=0)
        if reached.ndim:
            return np.where(reached, first, np.inf)
        return int(first) if reached else None


def descend(f, theta, optimizer, steps, target=-np.inf, ceiling=np.inf):
    """The Path of `optimizer` on the objective f from a copy of theta (P,) or (K, P), `steps` steps long.

    Ends early where each run has fallen to `target` or has diverged: its value has risen above `ceiling`, or
    the gradient is no longer finite.
    """
    theta, lost = np.array(theta, float), False
    with np.errstate(over="ignore", invalid="ignore"):  # a run that diverges is told by the Path
        points, values = [theta.copy()], [f.value(theta)]
        while len(points) <= steps and np.any((target < values[-1]) & (values[-1] <= ceiling)):
            try:
                optimizer.step(theta, f)
            except Diverged:
                lost = True
                break
            points.append(theta.copy())
            values.append(f.value(theta))
    values = np.array(values)
    return Path(np.array(points), values, lost | ~(values <= ceiling).all(axis=0))


def inf_where_diverged(measure):
    """A measure of K runs, or of one, with inf for what is not finite: who has diverged is the worst."""
    return np.where(np.isfinite(measure), measure, np.inf)
