"""Live figures of lecture 7: learning rates, schedules, early stopping. rate_sweeps.py has
the sweeps of S2.

All train a 64-32-10 network (64-64-10 where it is to overfit) on digits some of whose labels are wrong.
"""

from functools import lru_cache
from types import SimpleNamespace

import numpy as np

from course_lib import schedules
from course_lib.claims.labs import mlp, noisy_digits, rates_of, same_start
from course_lib.claims.runs import block_means, until_divergence
from course_lib.live import COLORS, Choice, LiveFigure, LogRange, Range
from course_lib.optimizers import SGD, Adam, Momentum
from course_lib.training import early_stopping, train

BATCH = 16
PER_EPOCH = 68                              # updates: 1,078 examples in batches of 16
SMOOTH = 30
SCHEDULED = (COLORS["vermillion"], "-", "o")
BESIDE = (COLORS["blue"], "--", "s")


@lru_cache(maxsize=None)
def _data():
    return noisy_digits(np.random.default_rng(0)).validation(1 / 4, np.random.default_rng(1))


def _train(optimizer, runs, epochs, every=None):
    """Records of `runs` networks from the same start, on the same minibatches."""
    network = same_start(mlp(32), np.random.default_rng(0), runs)
    return until_divergence(train(network, _data(), optimizer, epochs=epochs, batch_size=BATCH,
                                  rng=np.random.default_rng(1), every=every))


# The schedule designer: a shape, and the training run under it

EPOCHS = 10
SHAPES = {  # name: (first rate, share of it that is left at the end, updates) -> schedule
    "step": lambda lr, share, n: schedules.step(lr, share ** (1 / 3), n // 4),
    "exponential": lambda lr, share, n: schedules.exponential(lr, -np.log(share) / n),
    "1/t": lambda lr, share, n: schedules.inverse_time(lr, (1 / share - 1) / n),
    "linear": lambda lr, share, n: schedules.linear(lr, share * lr, n),
    "cosine": lambda lr, share, n: schedules.cosine_restarts(lr, share * lr, n),
    "warm-up, then cosine": lambda lr, share, n: schedules.warmup(
        schedules.cosine_restarts(lr, share * lr, n), n // 5),
}


def designer():
    """Shape of the schedule, first rate and last: the training run under it, beside the constant rate."""
    return LiveFigure("Schedules", designer_compute, designer_setup, designer_draw, designer_summary, {
        "shape": Choice(tuple(SHAPES), "step"),
        "lr": LogRange(0.01, 3, 0.4, label="first rate  ε₀"),
        "share": LogRange(0.001, 1, 0.01, label="last rate / first"),
    }, size=(11, 4.4))


def designer_compute(shape, lr, share):
    schedule = SHAPES[shape](lr, share, EPOCHS * PER_EPOCH)
    return SimpleNamespace(shape=shape, lr=lr, **_under(schedule, schedules.constant(lr)))


def _under(*chosen):
    """Rates (K, updates), losses and accuracies of one run under each schedule, from the same start; inf
    where a run has diverged.
    """
    kept = _train(SGD(rates_of(*chosen)), len(chosen), EPOCHS)
    losses = block_means(np.concatenate([record.batch_losses for record in kept]), SMOOTH)
    test = np.array([record.test_loss for record in kept])
    return dict(rates=[[schedule(k) for k in range(EPOCHS * PER_EPOCH)] for schedule in chosen],
                at=(np.arange(len(losses)) + 0.5) * SMOOTH / PER_EPOCH, losses=losses,
                epochs=[record.epoch for record in kept], test=np.where(np.isfinite(test), test, np.inf),
                accuracy=kept[-1].test_accuracy)


def designer_setup(figure):
    return _panels(figure, {"schedule": (*SCHEDULED, 2), "constant rate": (*BESIDE, 2)})


def _panels(figure, styles):
    """Rate, training loss and validation loss of the runs {name: (colour, dash, marker, width)}."""
    rate, loss, test = figure.subplots(1, 3)
    rate.set(xlabel="epoch", ylabel="rate  ε", yscale="log", ylim=(1e-5, 5))
    loss.set(xlabel="epoch", ylabel=f"training loss, mean of {SMOOTH} batches", ylim=(0.3, 2.6))
    test.set(xlabel="epoch", ylabel="validation loss", ylim=(0.7, 3))
    curves = {}
    for name, (color, dash, marker, width) in styles.items():
        curves[name] = [ax.plot([], [], color=color, linestyle=dash, linewidth=width, markersize=5,
                                label=name,
                                marker=marker if ax is test else None)[0] for ax in (rate, loss, test)]
    for ax in (rate, loss, test):
        ax.set(xlim=(0, EPOCHS), xticks=range(0, EPOCHS + 1, 2))
    figure.legend(handles=[lines[2] for lines in curves.values()], loc="outside upper center",
                  ncols=len(styles), frameon=False)
    gone = loss.text(0.97, 0.97, "", transform=loss.transAxes, ha="right", va="top")
    return SimpleNamespace(curves=curves, gone=gone)


def designer_draw(artists, data):
    updates = np.arange(EPOCHS * PER_EPOCH) / PER_EPOCH
    for i, (rate, loss, test) in enumerate(artists.curves.values()):
        there = i < len(data.rates)
        rate.set_data(*((updates, data.rates[i]) if there else ([], [])))
        loss.set_data(*((data.at, data.losses[:, i]) if there else ([], [])))
        test.set_data(*((data.epochs, data.test[:, i]) if there else ([], [])))
    lost = [name for name, last in zip(artists.curves, data.test[-1]) if np.isinf(last)]
    artists.gone.set_text("\n".join(f"↑ {name} diverges" for name in lost))


def designer_summary(data):
    def result(i):
        last = data.test[-1, i]
        return f"{last:.3g} ({100 * data.accuracy[i]:.1f} % right)" if np.isfinite(last) else "diverges"

    return (f"{data.shape.capitalize()}: ε from {data.rates[0][0]:.3g} to {data.rates[0][-1]:.3g}. Validation"
            f" loss after {EPOCHS} epochs: {result(0)}; with ε = {data.lr:.3g} throughout: {result(1)}.")


# The range test: the rate grows until the loss does

LOW, HIGH = 1e-4, 10.0
OPTIMIZERS = {"SGD": SGD, "momentum": Momentum, "Adam": Adam}
RATES = np.geomspace(LOW, HIGH, 21)
WORSE = 1.5     # the loss has risen when it is this many times its minimum


def probe():
    """The range test of one method, and beside it what every rate comes to in three epochs."""
    return LiveFigure("Range test", probe_compute, probe_setup, probe_draw, probe_summary, {
        "method": Choice(tuple(OPTIMIZERS), "SGD"),
        "updates": Range(30, 360, 180, 30, label="updates of the test"),
    }, size=(10.5, 4.4))


def probe_compute(method, updates):
    def growing(k):
        return LOW * (HIGH / LOW) ** (k / (updates - 1))

    kept = _train(OPTIMIZERS[method](lambda k: np.array([[growing(k)]])), 1, -(-updates // PER_EPOCH),
                  every=updates)
    losses = np.concatenate([record.batch_losses for record in kept])[:updates, 0]
    window = max(1, updates // 30)
    means = np.convolve(losses, np.ones(window) / window, "valid")
    rates = growing(np.arange(len(means)) + (window - 1) / 2)
    lowest = np.nanargmin(means)
    risen = np.flatnonzero(~(means[lowest:] <= WORSE * means[lowest]))
    limit = rates[lowest + risen[0]] if len(risen) else None
    final = _outcome(method)
    return SimpleNamespace(method=method, updates=updates, rates=rates, losses=means, lowest=rates[lowest],
                           limit=limit, final=final, best=RATES[np.nanargmin(final)])


@lru_cache(maxsize=None)
def _outcome(method):
    """Training loss after three epochs at each of RATES; nan where the run has diverged."""
    loss = _train(OPTIMIZERS[method](RATES[:, None]), len(RATES), 3, every=3 * PER_EPOCH)[-1].loss
    return np.where(np.isfinite(loss), loss, np.nan)


def probe_setup(figure):
    test, outcome = figure.subplots(1, 2)
    for ax in (test, outcome):
        ax.set(xscale="log", yscale="log", xlim=(LOW, HIGH), ylim=(0.3, 30))
    test.set(xlabel="rate  ε  of the moment", ylabel="minibatch loss, smoothed")
    outcome.set(xlabel="rate  ε  of the whole run", ylabel="training loss after 3 epochs")
    curve = test.plot([], [], color=SCHEDULED[0], label="range test")[0]
    marks = [ax.plot([], [], color=color, linestyle=dash, linewidth=1.5, label=label)[0]
             for label, color, dash in (("lowest loss", "black", ":"),
                                        ("loss has risen", COLORS["purple"], "--"),
                                        ("a tenth of that", COLORS["green"], "-."))
             for ax in (test, outcome)]
    dots = outcome.plot([], [], color=BESIDE[0], linestyle="-", marker=BESIDE[2], markersize=5,
                        label="training runs")[0]
    figure.legend(handles=[curve, dots, *marks[::2]], loc="outside upper center", ncols=5, frameon=False)
    return SimpleNamespace(curve=curve, dots=dots, marks=marks)


def probe_draw(artists, data):
    artists.curve.set_data(data.rates, data.losses)
    artists.dots.set_data(RATES, data.final)
    places = data.lowest, data.limit, data.limit and data.limit / 10
    for i, line in enumerate(artists.marks):
        place = places[i // 2]
        line.set_data(*(([place] * 2, [0.3, 30]) if place else ([], [])))


def probe_summary(data):
    risen = (f"{WORSE:.3g} times that at ε = {data.limit:.2g}, a tenth of it is {data.limit / 10:.2g}"
             if data.limit else "it does not rise again in this test")
    return (f"{data.method}, {data.updates} updates: the loss is lowest at ε = {data.lowest:.2g}; {risen}. "
            f"Of {len(RATES)} whole runs the one with ε = {data.best:.2g} ends lowest, at"
            f" {np.nanmin(data.final):.3g}.")


# Warm restarts

LONG = 14       # epochs: periods of 2, 4 and 8
OFTEN = 17      # a record every so many updates: four an epoch


def restarts():
    """Period, growth of the period, highest and lowest rate: rate and loss, beside step decay."""
    return LiveFigure("Warm restarts",
                      lambda period, factor, high, share: (
                          restarts_compute(period, factor, high, share, epochs) for epochs in (4, LONG)),
                      restarts_setup, restarts_draw, restarts_summary, {
        "period": Range(1, 14, 2, label="first period (epochs)"),
        "factor": Choice((1, 2, 3), 2, label="each period longer by"),
        "high": LogRange(0.03, 2, 0.3, label="highest rate"),
        "share": LogRange(0.001, 1, 0.01, label="lowest / highest"),
    }, size=(10.5, 5))


def restarts_compute(period, factor, high, share, epochs=LONG):
    n = LONG * PER_EPOCH
    cosine = schedules.cosine_restarts(high, share * high, period * PER_EPOCH, factor)
    step = schedules.step(high, share ** (1 / 3), n // 4)
    kept = _train(SGD(rates_of(cosine, step)), 2, epochs, every=OFTEN)
    updates = np.array([record.step for record in kept])
    rates = np.stack([schedule(np.arange(n)) for schedule in (cosine, step)])     # of update k + 1
    starts, length = [], period * PER_EPOCH
    while sum(starts[-1:]) + length < n:
        starts.append(sum(starts[-1:]) + length)
        length *= factor
    return SimpleNamespace(epochs=epochs, updates=updates, rates=rates, starts=np.array(starts, int),
                           test=np.array([record.test_loss for record in kept]),
                           training=np.array([record.loss for record in kept]))


def restarts_setup(figure):
    rate, loss, test = figure.subplots(3, 1, sharex=True, height_ratios=[0.8, 1, 1])
    rate.set(ylabel="rate  ε", yscale="log", ylim=(2e-5, 4), xlim=(0, LONG), xticks=range(LONG + 1))
    loss.set(ylabel="training loss", ylim=(0.35, 4))
    test.set(ylabel="validation loss", xlabel="epoch", ylim=(0.6, 4))
    for ax in (loss, test):
        ax.set_yscale("log")
        ax.set_yticks([1, 2, 4], ["1", "2", "4"])
        ax.set_yticks([], minor=True)
    runs = []
    for label, (color, dash, _) in (("cosine with warm restarts", SCHEDULED), ("step decay", BESIDE)):
        runs.append([ax.plot([], [], color=color, linestyle=dash, label=label, linewidth=1.5)[0]
                     for ax in (rate, loss, test)])
    lines = [ax.plot([], [], color="0.6", linestyle=":", linewidth=1.2, label="restart")[0]
             for ax in (rate, loss, test)]
    figure.legend(handles=[runs[0][0], runs[1][0], lines[0]], loc="outside upper center", ncols=3,
                  frameon=False)
    return SimpleNamespace(runs=runs, lines=lines)


def restarts_draw(artists, data):
    at = data.updates / PER_EPOCH
    for i, (rate, loss, test) in enumerate(artists.runs):
        rate.set_data(np.arange(LONG * PER_EPOCH) / PER_EPOCH, data.rates[i])
        loss.set_data(at, data.training[:, i])
        test.set_data(at, data.test[:, i])
    for line in artists.lines:
        x = np.repeat(data.starts / PER_EPOCH, 3)
        line.set_data(x, np.tile([1e-9, 1e9, np.nan], len(data.starts)))


def restarts_summary(data):
    final = data.test[-1]
    seen = data.starts[data.starts + OFTEN <= data.updates[-1]]
    text = (f"Validation loss after {data.epochs} epochs: warm restarts {final[0]:.3g},"
            f" step decay {final[1]:.3g}.")
    if len(seen):
        before, after = (np.median(np.interp(seen + later, data.updates, data.test[:, 0]))
                         for later in (0, OFTEN))
        text += (f" At a restart it is {before:.3g}, {OFTEN} updates later {after:.3g}"
                 f" (median of {len(seen)}).")
    best = data.test[:, 0].argmin()
    return text + (f" The best of the run, {data.test[best, 0]:.3g}, came at epoch"
                   f" {data.updates[best] / PER_EPOCH:.1f}, where ε was"
                   f" {data.rates[0, max(data.updates[best] - 1, 0)]:.2g}.")


# Early stopping

LIMIT = 50      # epochs
FEW = 300       # examples: 200 for training, 100 for validation


def stopping():
    """Patience on a network that overfits: where training stops, and what the rest would have brought."""
    return LiveFigure("Early stopping", stopping_compute, stopping_setup, stopping_draw, stopping_summary, {
        "patience": Range(1, 30, 5, label="patience (epochs)"),
        "wrong": Range(0.0, 0.4, 0.2, 0.05, label="share of wrong labels"),
        "lr": LogRange(0.02, 0.5, 0.1, label="rate  ε"),
    }, size=(10.5, 4.4))


def _overfit(wrong, lr):
    """Test data, a new network, and its training as a generator."""
    data = noisy_digits(np.random.default_rng(2), wrong, FEW)
    network = same_start(mlp(64), np.random.default_rng(0), 1)
    split = data.validation(1 / 3, np.random.default_rng(2))
    return data, network, train(network, split, SGD(lr), epochs=LIMIT, batch_size=20,
                                rng=np.random.default_rng(3))


@lru_cache(maxsize=64)
def _to_the_end(wrong, lr):
    """Training and validation loss (1 + LIMIT,) and the test accuracy after each epoch."""
    data, network, records = _overfit(wrong, lr)
    return np.array([[record.loss[0], record.test_loss[0], network.accuracy(data.x_test, data.y_test)[0]]
                     for record in records]).T


def stopping_compute(patience, wrong, lr):
    training, validation, accuracy = _to_the_end(wrong, lr)
    data, network, records = _overfit(wrong, lr)
    last = len(list(early_stopping(records, patience, network))) - 1
    return SimpleNamespace(training=training, validation=validation, accuracy=accuracy, last=last,
                           best=int(validation[:last + 1].argmin()),
                           restored=float(network.accuracy(data.x_test, data.y_test)[0]), patience=patience)


def stopping_setup(figure):
    loss, right = figure.subplots(1, 2, width_ratios=[1.4, 1])
    loss.set(xlabel="epoch", ylabel="loss", xlim=(0, LIMIT), ylim=(0, 3.5))
    right.set(xlabel="epoch", ylabel="test accuracy (not used to stop)", xlim=(0, LIMIT), ylim=(0.4, 1.0))
    curves = [loss.plot([], [], color=color, linestyle=dash, label=label)[0]
              for label, color, dash in (("training", COLORS["blue"], "--"),
                                         ("validation", COLORS["vermillion"], "-"))]
    curves.append(right.plot([], [], color=COLORS["green"], linestyle="-.", label="test accuracy")[0])
    best = [ax.plot([], [], color="black", linestyle="none", marker="*", markersize=14, label="best, kept",
                    zorder=5)[0]
            for ax in (loss, right)]
    stop = [ax.plot([], [], color="0.4", linestyle=":", label="stops here")[0] for ax in (loss, right)]
    figure.legend(handles=[*curves, best[0], stop[0]], loc="outside upper center", ncols=5, frameon=False)
    return SimpleNamespace(curves=curves, best=best, stop=stop)


def stopping_draw(artists, data):
    epochs = np.arange(LIMIT + 1)
    for curve, values in zip(artists.curves, (data.training, data.validation, data.accuracy)):
        curve.set_data(epochs, values)
    for star, values in zip(artists.best, (data.validation, data.accuracy)):
        star.set_data([data.best], [values[data.best]])
    for line in artists.stop:
        line.set_data([data.last] * 2, [1e-9, 10])


def stopping_summary(data):
    lowest = int(data.validation.argmin())
    stopped = f"stops after epoch {data.last}" if data.last < LIMIT else f"no stop within {LIMIT} epochs"
    return (f"Patience {data.patience}: {stopped}, keeps epoch {data.best}, validation loss"
            f" {data.validation[data.best]:.3g}, test accuracy {100 * data.restored:.1f} %. The lowest"
            f" validation loss of {LIMIT} epochs is {data.validation[lowest]:.3g}, at epoch {lowest}. At the"
            f" end: {data.validation[-1]:.3g}, {100 * data.accuracy[-1]:.1f} %.")


# A student's own schedules

OWN = ("step", "exponential", "1/t", "cosine with restarts")


def yours(decays, cosine):
    """Your own `decays(k, lr, drop, every, rate)` and `cosine(k, high, low, period, factor)`, beside the
    library's.
    """
    for name, function in (("decays", decays), ("cosine", cosine)):
        if not callable(function):
            raise TypeError(f"{name} must be your function, got {function!r}")
    def compute(shape, lr, share):
        return yours_compute(decays, cosine, shape, lr, share)

    return LiveFigure("Your schedules", compute, yours_setup, yours_draw, yours_summary, {
        "shape": Choice(OWN, "cosine with restarts"),
        "lr": LogRange(0.01, 3, 0.4, label="first rate"),
        "share": LogRange(0.001, 1, 0.01, label="last rate / first"),
    }, size=(11, 4.4))


def yours_compute(decays, cosine, shape, lr, share):
    n = EPOCHS * PER_EPOCH
    if shape == "cosine with restarts":
        settings = lr, share * lr, n // 7 + 1, 2
        library = schedules.cosine_restarts(*settings)
    else:
        library = SHAPES[shape](lr, share, n)
        settings = lr, share ** (1 / 3), n // 4, (1 / share - 1 if shape == "1/t" else -np.log(share)) / n

    def own(k):
        return cosine(k, *settings) if shape == OWN[-1] else decays(k, *settings)[OWN.index(shape)]

    try:
        own(0)
    except NotImplementedError:
        return SimpleNamespace(shape=shape, attempted=False, **_under(library))
    return SimpleNamespace(shape=shape, attempted=True, **_under(library, own))


def yours_setup(figure):
    return _panels(figure, {"library": ("0.7", "-", "s", 5), "yours": (COLORS["vermillion"], "--", "o", 1.5)})


def yours_draw(artists, data):
    designer_draw(artists, data)
    if not data.attempted:
        artists.gone.set_text("yours: not attempted")


def yours_summary(data):
    ends = [f"{last:.3g}" if np.isfinite(last) else "diverges" for last in data.test[-1]]
    if not data.attempted:
        return (f"{data.shape.capitalize()}. Yours: not attempted yet. Library: validation loss {ends[0]} at"
                " the end.")
    gap = np.abs(np.subtract(*data.rates)).max() / np.max(data.rates[0])
    agree = "agree with" if gap < 1e-9 else f"are off by up to {100 * gap:.2g} % of the first from"
    return (f"{data.shape.capitalize()}. Validation loss at the end: yours {ends[1]}, library {ends[0]}."
            f" Your rates {agree} the library's.")
