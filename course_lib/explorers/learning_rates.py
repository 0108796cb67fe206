"""Live figures of lecture 7: learning rates, schedules, early stopping. rate_sweeps.py has
the sweeps of S2.

All train a 64-32-10 network (64-64-10 where it is to overfit) on digits some of whose labels are wrong.
"""

from functools import lru_cache
from types import SimpleNamespace

import numpy as np

from course_lib import schedules
from course_lib.claims.labs import mlp, noisy_digits, rates_of, same_start
from course_lib.claims.runs import block_means
from course_lib.live import COLORS, Choice, LiveFigure, LogRange, Panel, Range, legend_above
from course_lib.optimizers import SGD, Adam, Diverged, Momentum
from course_lib.training import early_stopping, train

BATCH = 16
PER_EPOCH = 68                              # updates: 1,078 examples in batches of 16
SMOOTH = 30
OFTEN = 17                                  # a record, and a picture, every so many updates: four an epoch
SCHEDULED = (COLORS["vermillion"], "-", "o")
BESIDE = (COLORS["blue"], "--", "s")


@lru_cache(maxsize=None)
def _data(wrong=0.1):
    return noisy_digits(np.random.default_rng(0), wrong).validation(1 / 4, np.random.default_rng(1))


def _train(optimizer, runs, epochs, every, wrong=0.1):
    """Yields the records so far of `runs` networks from the same start, on the same minibatches.

    Where the last run diverges that is the end.
    """
    network, records = same_start(mlp(32), np.random.default_rng(0), runs), []
    try:
        for record in train(network, _data(wrong), optimizer, epochs=epochs, batch_size=BATCH,
                            rng=np.random.default_rng(1), every=every):
            records.append(record)
            yield records[:]
    except Diverged:
        pass


def _measured(records, name):
    """A measure of each record (records, runs); inf where a run has diverged."""
    values = np.array([getattr(record, name) for record in records])
    return np.where(np.isfinite(values), values, np.inf)


# The schedule designer: a shape, and the training run under it

EPOCHS = 10
PATIENT = 6                                 # records, a quarter of an epoch each, that make a plateau
SHAPES = {  # name: (first rate, share of it that is left at the end, updates) -> schedule
    "step": lambda lr, share, n: schedules.step(lr, share ** (1 / 3), n // 4),
    "exponential": lambda lr, share, n: schedules.exponential(lr, -np.log(share) / n),
    "1/t": lambda lr, share, n: schedules.inverse_time(lr, (1 / share - 1) / n),
    "linear": lambda lr, share, n: schedules.linear(lr, share * lr, n),
    "cosine": lambda lr, share, n: schedules.cosine_restarts(lr, share * lr, n),
    "at plateaus": lambda lr, share, n: schedules.AtPlateau(lr, share ** (1 / 3), PATIENT),
    "warm-up, then cosine": lambda lr, share, n: schedules.warmup(
        schedules.cosine_restarts(lr, share * lr, n), n // 5),
    "warm-up, stable, decay": lambda lr, share, n: schedules.warmup_stable_decay(
        lr, share * lr, n // 20, n - n // 20 - n // 5, n // 5),
    "one cycle": lambda lr, share, n: schedules.one_cycle(
        lr, max(share, 0.1) * lr, share * lr, 2 * n // 5, n - 2 * (2 * n // 5)),
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
    for run in _under(schedule, schedules.constant(lr)):
        yield SimpleNamespace(shape=shape, lr=lr, **run)


def _under(*chosen):
    """Rates (K, updates), losses and accuracies of one run under each schedule, from the same start, so far;
    inf where a run has diverged.
    """
    n = EPOCHS * PER_EPOCH
    rates = np.array([[schedule(k) for k in range(n)] for schedule in chosen])
    optimizer = SGD(lambda k: np.array([[schedule(k)] for schedule in chosen]))  # yours may take one k only
    for kept in _train(optimizer, len(chosen), EPOCHS, OFTEN):
        losses = np.concatenate([np.reshape(record.batch_losses, (-1, len(chosen))) for record in kept])
        losses = block_means(losses, SMOOTH)
        for i, schedule in enumerate(chosen):
            if isinstance(schedule, schedules.AtPlateau):
                schedule.observe(kept[-1].test_loss[i])
                rates[i, kept[-1].step:] = schedule.value
        yield dict(rates=rates.copy(), at=(np.arange(len(losses)) + 0.5) * SMOOTH / PER_EPOCH, losses=losses,
                   epochs=[record.epoch for record in kept], test=_measured(kept, "test_loss"),
                   accuracy=kept[-1].test_accuracy, done=kept[-1].step / n)


def designer_setup(figure):
    panels = [Panel(ax) for ax in figure.subplots(1, 3)]
    for panel, label, limits in zip(panels, ("rate  ε", f"training loss, mean of {SMOOTH} batches",
                                             "validation loss"), ((1e-4, 5), (0.4, 2.8), (0.8, 3.2))):
        panel.ax.set(xlabel="epoch", ylabel=label, ylim=limits, xlim=(0, EPOCHS),
                     xticks=range(0, EPOCHS + 1, 2))
        panel.ax.set_yscale("log")
    for panel, ticks in (panels[1], (0.4, 0.6, 1, 1.5, 2.5)), (panels[2], (0.8, 1, 1.5, 2, 3)):
        panel.ax.set_yticks(ticks, map(str, ticks))
        panel.ax.minorticks_off()
    legend_above(figure, panels[2], columns=2)
    return panels


DESIGNED = {"schedule": (*SCHEDULED, 2), "constant rate": (*BESIDE, 2)}     # colour, dash, marker, width


def designer_draw(panels, data, looks=DESIGNED):
    rate, loss, test = panels
    updates, lost = np.arange(EPOCHS * PER_EPOCH) / PER_EPOCH, []
    for i, (name, (color, dash, marker, width)) in enumerate(looks.items()):
        if i < len(data.rates):
            rate.line(name, updates, data.rates[i], color, dash, width=width)
            loss.line(name, data.at, data.losses[:, i], color, dash, width=width)
            test.line(name, data.epochs, data.test[:, i], color, dash, marker, width=width, size=5, every=4)
            lost += [f"↑ {name} diverges"] * bool(np.isinf(data.test[-1, i]))
    loss.text("lost", 0.97, 0.97, "\n".join(lost), ha="right", va="top", inside=True)


def _end(data, i):
    last = data.test[-1, i]
    return f"{last:.3g} ({100 * data.accuracy[i]:.1f} % right)" if np.isfinite(last) else "diverges"


def designer_summary(data):
    return (f"{data.shape.capitalize()}: ε from {data.rates[0][0]:.3g} to {data.rates[0][-1]:.3g}. Validation"
            f" loss after {data.epochs[-1]:.3g} epochs: {_end(data, 0)}; with ε = {data.lr:.3g} throughout:"
            f" {_end(data, 1)}.")


# Warm-up before a large rate

def warming():
    """First rate and length of the warm-up: cosine decay with it and without."""
    return LiveFigure("Warm-up", warming_compute, designer_setup, warming_draw, warming_summary, {
        "lr": LogRange(0.1, 3, 1.2, label="highest rate"),
        "length": Range(0.25, 5, 2, 0.25, label="warm-up (epochs)"),
    }, size=(11, 4.4))


def warming_compute(lr, length):
    cosine = schedules.cosine_restarts(lr, lr / 100, EPOCHS * PER_EPOCH)
    for run in _under(schedules.warmup(cosine, round(length * PER_EPOCH)), cosine):
        yield SimpleNamespace(lr=lr, length=length, **run)


WARMED = {"cosine after a warm-up": (*SCHEDULED, 2), "cosine at once": (*BESIDE, 2)}


def warming_draw(panels, data):
    designer_draw(panels, data, WARMED)


def warming_summary(data):
    return (f"Cosine decay from {data.lr:.3g}, validation loss after {data.epochs[-1]:.3g} epochs: with a"
            f" warm-up of {data.length:.3g} epochs {_end(data, 0)}; without {_end(data, 1)}.")


# The range test: the rate grows until the loss does

LOW, HIGH = 1e-4, 10.0
OPTIMIZERS = {"SGD": SGD, "momentum": Momentum, "Adam": Adam}
RATES = np.geomspace(LOW, HIGH, 21)
WORSE = 1.5     # the loss has risen when it is this many times its minimum


def probe():
    """The range test of one method, and beside it what every rate comes to in three epochs."""
    return LiveFigure("Range test", probe_compute, probe_setup, probe_draw, probe_summary, {
        "method": Choice(tuple(OPTIMIZERS), "momentum"),
        "updates": Range(30, 360, 180, 30, label="updates of the test"),
    }, size=(10.5, 4.4))


def probe_compute(method, updates):
    def growing(k):
        return LOW * (HIGH / LOW) ** (k / (updates - 1))

    window = max(1, updates // 30)
    optimizer = OPTIMIZERS[method](lambda k: np.array([[growing(k)]]))
    for kept in _train(optimizer, 1, -(-updates // PER_EPOCH), every=15):
        losses = np.concatenate([record.batch_losses for record in kept]).reshape(-1)[:updates]
        if len(losses) >= window:
            means = np.convolve(losses, np.ones(window) / window, "valid")
            rates = growing(np.arange(len(means)) + (window - 1) / 2)
            found = SimpleNamespace(method=method, updates=updates, rates=rates, losses=means, lowest=None,
                                    limit=None, final=None, best=None, done=len(losses) / updates / 2)
            yield found
        if len(losses) == updates:
            break
    lowest = np.nanargmin(means)
    risen = np.flatnonzero(~(means[lowest:] <= WORSE * means[lowest]))
    found.lowest, found.limit = rates[lowest], rates[lowest + risen[0]] if len(risen) else None
    for final, done in _outcomes(method):
        yield SimpleNamespace(**{**vars(found), "final": final, "done": (1 + done) / 2,
                                 "best": RATES[np.nanargmin(final)]})


_ended = {}     # method: training loss at the end for each of RATES


def _outcomes(method):
    """Yields training losses (RATES,) so far, nan where diverged, and the share of three epochs made."""
    if method not in _ended:
        for kept in _train(OPTIMIZERS[method](RATES[:, None]), len(RATES), 3, every=OFTEN):
            loss = np.where(np.isfinite(kept[-1].loss), kept[-1].loss, np.nan)
            yield loss, kept[-1].step / (3 * PER_EPOCH)
        _ended[method] = loss
    yield _ended[method], 1.0


def probe_setup(figure):
    test, outcome = map(Panel, figure.subplots(1, 2))
    for panel in (test, outcome):
        panel.ax.set(xscale="log", yscale="log", xlim=(LOW, HIGH), ylim=(0.5, 5))
        panel.ax.set_yticks([0.5, 1, 2, 5], ["0.5", "1", "2", "5"])
        panel.ax.minorticks_off()
    test.ax.set(xlabel="rate  ε  of the moment", ylabel="minibatch loss, smoothed")
    outcome.ax.set(xlabel="rate  ε  of the whole run", ylabel="training loss after 3 epochs")
    legend_above(figure, test, outcome, columns=5)
    return test, outcome


def probe_draw(panels, data):
    test, outcome = panels
    test.line("range test", data.rates, data.losses, SCHEDULED[0])
    if data.final is not None:
        outcome.line("whole trainings", RATES, data.final, *BESIDE, size=5)
    for label, place, color, dash in (
            ("lowest loss", data.lowest, "black", ":"),
            ("loss has risen", data.limit, COLORS["purple"], "--"),
            ("a tenth of that", data.limit and data.limit / 10, COLORS["green"], "-.")):
        for panel in panels:
            if place is not None:
                panel.vline(label, place, color, dash)


def probe_summary(data):
    if data.final is None:
        return f"{data.method}, {data.updates} updates: the rate has grown to {data.rates[-1]:.2g}."
    risen = (f"{WORSE:.3g} times that at ε = {data.limit:.2g}, a tenth of it is {data.limit / 10:.2g}"
             if data.limit else "it does not rise again in this test")
    return (f"{data.method}, {data.updates} updates: the loss is lowest at ε = {data.lowest:.2g}; {risen}. "
            f"Of {len(RATES)} whole runs the one with ε = {data.best:.2g} ends lowest, at"
            f" {np.nanmin(data.final):.3g}.")


# Warm restarts

LONG = 14       # epochs: periods of 2, 4 and 8


def restarts():
    """Period, growth of the period, highest and lowest rate: rate and loss, beside step decay."""
    return LiveFigure("Warm restarts", restarts_compute, restarts_setup, restarts_draw, restarts_summary, {
        "period": Range(1, 14, 2, label="first period (epochs)"),
        "factor": Choice((1, 2, 3), 2, label="each period longer by"),
        "high": LogRange(0.03, 2, 0.3, label="highest rate"),
        "share": LogRange(0.001, 1, 0.01, label="lowest / highest"),
        "wrong": Range(0.0, 0.3, 0.0, 0.05, label="share of wrong labels"),
    }, size=(11, 5.4))


def restarts_compute(period, factor, high, share, wrong):
    n = LONG * PER_EPOCH
    cosine = schedules.cosine_restarts(high, share * high, period * PER_EPOCH, factor)
    step = schedules.step(high, share ** (1 / 3), n // 4)
    rates = np.stack([schedule(np.arange(n)) for schedule in (cosine, step)])     # of update k + 1
    starts, length = [], period * PER_EPOCH
    while sum(starts[-1:]) + length < n:
        starts.append(sum(starts[-1:]) + length)
        length *= factor
    for kept in _train(SGD(rates_of(cosine, step)), 2, LONG, OFTEN, wrong):
        updates = np.array([record.step for record in kept])
        yield SimpleNamespace(epochs=updates[-1] / PER_EPOCH, updates=updates, rates=rates,
                              starts=np.array(starts, int), test=_measured(kept, "test_loss"),
                              training=_measured(kept, "loss"), done=updates[-1] / n)


def restarts_setup(figure):
    axes = figure.subplot_mosaic([["rate", "test"], ["loss", "test"]], width_ratios=[1, 1.2])
    rate, loss, test = (Panel(axes[name]) for name in ("rate", "loss", "test"))
    for panel, label, limits in ((rate, "rate  ε", (2e-5, 4)), (loss, "training loss", (0.01, 4)),
                                 (test, "validation loss", (0.05, 4))):
        panel.ax.set(ylabel=label, yscale="log", ylim=limits, xlim=(0, LONG), xticks=range(0, LONG + 1, 2))
    test.ax.set_yticks([0.1, 0.3, 1, 3], ["0.1", "0.3", "1", "3"])
    test.ax.minorticks_off()
    rate.ax.tick_params(labelbottom=False)
    for panel in (loss, test):
        panel.ax.set_xlabel("epoch")
    legend_above(figure, test, columns=3)
    return rate, loss, test


def restarts_draw(panels, data):
    rate, loss, test = panels
    at, updates = data.updates / PER_EPOCH, np.arange(LONG * PER_EPOCH) / PER_EPOCH
    for i, (label, (color, dash, _)) in enumerate((("cosine with warm restarts", SCHEDULED),
                                                   ("step decay", BESIDE))):
        rate.line(label, updates, data.rates[i], color, dash, width=1.5)
        loss.line(label, at, data.training[:, i], color, dash, width=1.5)
        test.line(label, at, data.test[:, i], color, dash, width=1.5)
    starts = np.repeat(data.starts / PER_EPOCH, 3)
    for panel in panels:
        panel.line("restart", starts, np.tile([1e-9, 1e9, np.nan], len(data.starts)), "0.6", ":", width=1.2)


def restarts_summary(data):
    final = data.test[-1]
    seen = data.starts[data.starts + OFTEN <= data.updates[-1]]
    text = (f"Validation loss after {data.epochs:.3g} epochs: warm restarts {final[0]:.3g},"
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


_seen = {}      # (wrong, lr): what _to_the_end comes to


def _to_the_end(wrong, lr):
    """Yields training and validation loss and test accuracy after each epoch so far, (3, epochs)."""
    if (wrong, lr) not in _seen:
        data, network, records = _overfit(wrong, lr)
        measured = []
        for record in records:
            accuracy = network.accuracy(data.x_test, data.y_test)[0]
            measured.append([record.loss[0], record.test_loss[0], accuracy])
            if len(measured) % 2 == 1:
                yield np.array(measured).T
        _seen[wrong, lr] = np.array(measured).T
    yield _seen[wrong, lr]


def stopping_compute(patience, wrong, lr):
    for training, validation, accuracy in _to_the_end(wrong, lr):
        found = SimpleNamespace(training=training, validation=validation, accuracy=accuracy, last=None,
                                patience=patience, done=len(training) / (LIMIT + 2))
        yield found
    data, network, records = _overfit(wrong, lr)
    last = len(list(early_stopping(records, patience, network))) - 1
    yield SimpleNamespace(**{**vars(found), "last": last, "best": int(validation[:last + 1].argmin()),
                             "restored": float(network.accuracy(data.x_test, data.y_test)[0]), "done": 1.0})


def stopping_setup(figure):
    loss, right = map(Panel, figure.subplots(1, 2, width_ratios=[1.4, 1]))
    loss.ax.set(xlabel="epoch", ylabel="loss", xlim=(0, LIMIT), ylim=(0, 3.5))
    right.ax.set(xlabel="epoch", ylabel="test accuracy (not used to stop)", xlim=(0, LIMIT), ylim=(0.4, 1.0))
    legend_above(figure, loss, right, columns=5)
    return loss, right


def stopping_draw(panels, data):
    loss, right = panels
    epochs = np.arange(len(data.training))
    loss.line("training", epochs, data.training, *BESIDE[:2])
    loss.line("validation", epochs, data.validation, *SCHEDULED[:2])
    right.line("test accuracy", epochs, data.accuracy, COLORS["green"], "-.")
    if data.last is not None:
        for panel, values in ((loss, data.validation), (right, data.accuracy)):
            panel.vline("stops here", data.last, "0.4")
            panel.points("best, kept", data.best, values[data.best], "black", "*", size=14)


def stopping_summary(data):
    if data.last is None:
        return f"Patience {data.patience}: epoch {len(data.training) - 1} of {LIMIT}."
    lowest = int(data.validation.argmin())
    stopped = f"stops after epoch {data.last}" if data.last < LIMIT else f"no stop within {LIMIT} epochs"
    return (f"Patience {data.patience}: {stopped}, keeps epoch {data.best}, validation loss"
            f" {data.validation[data.best]:.3g}, test accuracy {100 * data.restored:.1f} %. The lowest"
            f" validation loss of {LIMIT} epochs is {data.validation[lowest]:.3g}, at epoch {lowest}. At the"
            f" end: {data.validation[-1]:.3g}, {100 * data.accuracy[-1]:.1f} %.")


# A student's own schedules

OWN = ("step", "exponential", "1/t", "cosine with restarts")


def yours(decays, cosine):
    """Your own `decays(k, lr, last, n, drops)` and `cosine(k, high, low, period, factor)`, beside the
    library's.
    """
    for name, function in (("decays", decays), ("cosine", cosine)):
        if not callable(function):
            raise TypeError(f"{name} must be your function, got {function!r}")

    def compute(shape, lr, share):
        return yours_compute(decays, cosine, shape, lr, share)

    return LiveFigure("Your schedules", compute, designer_setup, yours_draw, yours_summary, {
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
        settings = lr, share * lr, n, 3

    def own(k):
        return cosine(k, *settings) if shape == OWN[-1] else decays(k, *settings)[OWN.index(shape)]

    try:
        own(0)
    except NotImplementedError:
        chosen = (library,)
    else:
        chosen = library, own
    for run in _under(*chosen):
        yield SimpleNamespace(shape=shape, attempted=len(chosen) == 2, **run)


OWN_LOOKS = {"library": ("0.7", "-", "s", 5), "yours": (COLORS["vermillion"], "--", "o", 1.5)}


def yours_draw(panels, data):
    designer_draw(panels, data, OWN_LOOKS)
    if not data.attempted:
        panels[0].text("stub", 0.97, 0.97, "yours: not attempted", ha="right", va="top", inside=True)


def yours_summary(data):
    ends = [f"{last:.3g}" if np.isfinite(last) else "diverges" for last in data.test[-1]]
    if not data.attempted:
        return (f"{data.shape.capitalize()}. Yours: not attempted yet. Library: validation loss {ends[0]} at"
                " the end.")
    gap = np.abs(np.subtract(*data.rates)).max() / np.max(data.rates[0])
    agree = "agree with" if gap < 1e-9 else f"are off by up to {100 * gap:.2g} % of the first from"
    return (f"{data.shape.capitalize()}. Validation loss at the end: yours {ends[1]}, library {ends[0]}."
            f" Your rates {agree} the library's.")
