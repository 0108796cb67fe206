"""Live figures of lecture 7, continued: the rates of the blog post S2, its figures 2 to 7.

Both figures take `data`, "digits" or "cifar10"; CIFAR-10 needs the folder of its files (see
course_lib.datasets).
"""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np

from course_lib import datasets
from course_lib.claims.labs import mlp, same_start
from course_lib.claims.runs import block_means
from course_lib.live import COLORS, Choice, LiveFigure, LogRange, Panel, legend_above
from course_lib.optimizers import SGD, Adam, Diverged, Momentum, RMSProp
from course_lib.training import train

HIDDEN = (100,) * 5
EPOCHS = 5
BATCH = {"digits": 24, "cifar10": 100}      # both make 50 updates per epoch
TAKEN = 6000                                # of CIFAR-10: 5,000 for training, 1,000 for validation
PARTS = 5                                   # records, and pictures, of an epoch
SMOOTH = 10
METHODS = {"SGD": SGD, "momentum": Momentum, "RMSProp": RMSProp, "Adam": Adam}
COMPARED = {
    "equal (figure 3)": {"SGD": 1e-3, "momentum": 1e-3, "RMSProp": 1e-3, "Adam": 1e-3},
    "S2's own (figure 2)": {"SGD": 5e-3, "momentum": 5e-3, "RMSProp": 1e-4, "Adam": 1e-3},
}
SWEPT = {  # choice: (method, rates of S2, in order)
    "SGD (figure 4)": ("SGD", (1e-4, 1e-3, 3e-3, 5e-3, 1e-2)),
    "momentum (figure 5)": ("momentum", (1e-4, 1e-3, 3e-3, 5e-3, 1e-2)),
    "RMSProp (figure 6)": ("RMSProp", (1e-4, 5e-4, 1e-3, 5e-3, 1e-2)),
    "RMSProp, smaller rates": ("RMSProp", (1e-5, 5e-5, 1e-4, 5e-4)),
    "Adam (figure 7)": ("Adam", (1e-4, 5e-4, 1e-3, 5e-3, 1e-2)),
}
STYLES = [(COLORS["skyblue"], "-", "o"), (COLORS["blue"], "--", "s"), (COLORS["green"], "-.", "^"),
          (COLORS["orange"], ":", "D"), (COLORS["vermillion"], "-", "v")]
FACTOR = LogRange(0.01, 100, 1, label="all rates, multiplied by")


def methods(data="digits", folder=None):
    """S2's figures 2 and 3: four methods at a rate of its own for each, and at equal rates."""
    examples = load(data, folder)
    return LiveFigure("Four methods", lambda rates, factor: methods_compute(examples, rates, factor),
                      sweep_setup, sweep_draw, sweep_summary, {
        "rates": Choice(tuple(COMPARED), "equal (figure 3)"), "factor": FACTOR,
    }, size=(11, 4.6))


def sweep(data="digits", folder=None):
    """S2's figures 4 to 7: one method at each of the rates listed there."""
    examples = load(data, folder)
    return LiveFigure("Sweep of the rate", lambda method, factor: sweep_compute(examples, method, factor),
                      sweep_setup, sweep_draw, sweep_summary, {
        "method": Choice(tuple(SWEPT), "SGD (figure 4)"), "factor": FACTOR,
    }, size=(11, 4.6))


def load(name, folder):
    """Training examples, a sixth of them kept for validation. Raises as `datasets.load`, and ValueError for a
    data set that S2's figures are not redone on."""
    if name not in BATCH:
        raise ValueError(f'data must be "digits" or "cifar10", got {name!r}')
    if name == "digits" and folder is not None:
        raise ValueError(f'folder must be left out for "digits", got {folder!r}')
    data = datasets.load(name) if name == "digits" else datasets.load(name, folder=folder, dtype=np.float32)
    taken = np.random.default_rng(0).permutation(len(data.y))[:TAKEN]
    data = replace(data, x=data.x[taken], y=data.y[taken])
    return data.validation(1 / 6, np.random.default_rng(1))


def methods_compute(data, rates, factor):
    labels = [f"{name}, {factor * lr:.2g}" for name, lr in COMPARED[rates].items()]
    runs = [_train(data, METHODS[name], [factor * lr]) for name, lr in COMPARED[rates].items()]
    for parts in zip(*runs):
        measures = [np.concatenate(values, axis=-1) for values in zip(*parts)]
        yield _curves(data, rates, factor, labels, *measures)


def sweep_compute(data, method, factor):
    name, rates = SWEPT[method]
    rates = factor * np.array(rates)
    for measures in _train(data, METHODS[name], rates):
        yield _curves(data, method, factor, [f"ε = {lr:.2g}" for lr in rates], *measures)


def _curves(data, choice, factor, labels, batch_losses, accuracy, validation):
    done = (len(accuracy) - 1) / (EPOCHS * PARTS)
    return SimpleNamespace(choice=choice, factor=factor, epochs=done * EPOCHS, labels=labels,
                           loss=block_means(batch_losses, SMOOTH), accuracy=accuracy, validation=validation,
                           per_epoch=-(-len(data.y) // BATCH[data.name]), done=done)


def _train(data, method, rates):
    """One run per rate, all at once, from the same start. Yields, PARTS times an epoch, what there is so far:
    minibatch losses (updates, K); accuracies (parts, K) on the training and the validation examples. nan
    where a run has diverged.
    """
    K, per_epoch = len(rates), -(-len(data.y) // BATCH[data.name])
    make = mlp(*HIDDEN, dtype=np.float32, n_in=data.x.shape[1])
    network = same_start(make, np.random.default_rng(0), K)
    records = train(network, data, method(np.array(rates)[:, None]), epochs=EPOCHS,
                    batch_size=BATCH[data.name], rng=np.random.default_rng(1), every=per_epoch // PARTS)
    lost, batch_losses, accuracies = np.full(K, np.nan), np.empty((0, K)), []
    for _ in range(EPOCHS * PARTS + 1):
        try:
            record = next(records)
            losses = np.reshape(record.batch_losses, (-1, K))
            accuracies.append((record.accuracy, record.test_accuracy))
        except Diverged:                    # the last run: from now on there is nothing
            records = iter(())
            losses = None
        except StopIteration:
            losses = None
        if losses is None:
            losses = np.tile(lost, (per_epoch // PARTS, 1))
            accuracies.append((lost, lost))
        batch_losses = np.concatenate([batch_losses, np.where(np.isfinite(losses), losses, np.nan)])
        yield batch_losses, *np.array(accuracies).swapaxes(0, 1)


def sweep_setup(figure):
    loss, training, validation = map(Panel, figure.subplots(1, 3, width_ratios=[1.25, 1, 1]))
    loss.ax.set(xlabel="epoch", ylabel=f"minibatch loss, mean of {SMOOTH}", yscale="log", xlim=(0, EPOCHS),
                ylim=(5e-3, 20))
    for panel, words in ((training, "training accuracy"), (validation, "validation accuracy")):
        panel.ax.set(xlabel="epoch", ylabel=words, xlim=(-0.1, EPOCHS + 0.1), ylim=(0, 1.02),
                     xticks=range(EPOCHS + 1))
    legend_above(figure, loss, columns=5)
    return loss, training, validation


def sweep_draw(panels, data):
    epochs = np.arange(len(data.accuracy)) / PARTS
    at = (np.arange(len(data.loss)) + 0.5) * SMOOTH / data.per_epoch
    for i, (label, looks) in enumerate(zip(data.labels, STYLES)):
        for panel, x, y in zip(panels, (at, epochs, epochs), (data.loss, data.accuracy, data.validation)):
            panel.line(label, x, y[:, i], *looks, size=5, every=PARTS)
    lost = [label for label, last in zip(data.labels, data.validation[-1]) if np.isnan(last)]
    panels[0].text("lost", 0.97, 0.97, "\n".join(f"↑ {label} diverges" for label in lost), ha="right",
                   va="top", inside=True)


def sweep_summary(data):
    def result(i):
        last = data.validation[-1, i]
        return f"{data.labels[i]}: " + ("diverges" if np.isnan(last) else
                                        f"{100 * data.accuracy[-1, i]:.0f} / {100 * last:.0f} %")

    return (f"{data.choice}, rates times {data.factor:.3g}. Training / validation accuracy after"
            f" {data.epochs:.3g} epochs: " + "; ".join(map(result, range(len(data.labels)))) + ".")
