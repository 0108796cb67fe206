"""Live figures of lecture 7, continued: the rates of the blog post S2, its figures 2 to 7.

Both figures take `data`, "digits" or "cifar10"; CIFAR-10 needs the folder of its files (see
course_lib.datasets).
"""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np

from course_lib import datasets
from course_lib.claims.labs import mlp, same_start
from course_lib.claims.runs import block_means, until_divergence
from course_lib.live import COLORS, Choice, LiveFigure, LogRange
from course_lib.optimizers import SGD, Adam, Momentum, RMSProp
from course_lib.training import train

HIDDEN = (100,) * 5
EPOCHS = 5
BATCH = {"digits": 24, "cifar10": 100}      # both make 50 updates per epoch
TAKEN = 6000                                # of CIFAR-10: 5,000 for training, 1,000 for validation
SMOOTH = 10
METHODS = {"SGD": SGD, "momentum": Momentum, "RMSProp": RMSProp, "Adam": Adam}
COMPARED = {
    "tuned (figure 2)": {"SGD": 5e-3, "momentum": 5e-3, "RMSProp": 1e-4, "Adam": 1e-3},
    "equal (figure 3)": {"SGD": 1e-3, "momentum": 1e-3, "RMSProp": 1e-3, "Adam": 1e-3},
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
LENGTHS = ((1, np.float32), (EPOCHS, None))     # a short run first, then the whole
FACTOR = LogRange(0.01, 100, 1, label="all rates, multiplied by")


def methods(data="digits", folder=None):
    """S2's figures 2 and 3: four methods at the rates it tuned for each, and at equal rates."""
    examples = load(data, folder)
    return LiveFigure("Four methods", lambda rates, factor: (
        methods_compute(examples, rates, factor, *length) for length in LENGTHS), sweep_setup, sweep_draw, sweep_summary, {
            "rates": Choice(tuple(COMPARED), "tuned (figure 2)"), "factor": FACTOR,
    }, size=(11, 4.6))


def sweep(data="digits", folder=None):
    """S2's figures 4 to 7: one method at each of the rates listed there."""
    examples = load(data, folder)
    return LiveFigure("Sweep of the rate", lambda method, factor: (
        sweep_compute(examples, method, factor, *length) for length in LENGTHS), sweep_setup, sweep_draw, sweep_summary, {
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


def methods_compute(data, rates, factor, epochs=EPOCHS, dtype=None):
    runs = [_train(data, METHODS[name], [factor * lr], epochs, dtype) for name, lr in COMPARED[rates].items()]
    measures = [np.concatenate(values, axis=-1) for values in zip(*runs)]
    labels = [f"{name}, {factor * lr:.2g}" for name, lr in COMPARED[rates].items()]
    return _curves(data, rates, factor, epochs, labels, *measures)


def sweep_compute(data, method, factor, epochs=EPOCHS, dtype=None):
    name, rates = SWEPT[method]
    rates = factor * np.array(rates)
    measures = _train(data, METHODS[name], rates, epochs, dtype)
    return _curves(data, method, factor, epochs, [f"ε = {lr:.2g}" for lr in rates], *measures)


def _curves(data, choice, factor, epochs, labels, batch_losses, accuracy, validation):
    return SimpleNamespace(choice=choice, factor=factor, epochs=epochs, labels=labels,
                           loss=block_means(batch_losses, SMOOTH),
                           accuracy=accuracy, validation=validation,
                           per_epoch=-(-len(data.y) // BATCH[data.name]))


def _train(data, method, rates, epochs, dtype):
    """One run per rate, all at once, from the same start: minibatch losses (updates, K); accuracies (1 +
    epochs, K) on the training and the validation examples. nan where a run has diverged.
    """
    K, per_epoch = len(rates), -(-len(data.y) // BATCH[data.name])
    make = mlp(*HIDDEN, dtype=dtype or data.x.dtype, n_in=data.x.shape[1])
    network = same_start(make, np.random.default_rng(0), K)
    kept = until_divergence(train(network, data, method(np.array(rates)[:, None]), epochs=epochs,
                                  batch_size=BATCH[data.name], rng=np.random.default_rng(1)))
    batch_losses = np.full((epochs * per_epoch, K), np.nan)
    accuracy, validation = np.full((2, epochs + 1, K), np.nan)
    for i, record in enumerate(kept):
        batch_losses[record.step - len(record.batch_losses):record.step] = record.batch_losses
        accuracy[i], validation[i] = record.accuracy, record.test_accuracy
    batch_losses[~np.isfinite(batch_losses)] = np.nan
    return batch_losses, accuracy, validation


def sweep_setup(figure):
    loss, train, validation = figure.subplots(1, 3, width_ratios=[1.25, 1, 1])
    loss.set(xlabel="epoch", ylabel=f"minibatch loss, mean of {SMOOTH}", yscale="log", xlim=(0, EPOCHS),
             ylim=(5e-3, 20))
    for ax, words in ((train, "training accuracy"), (validation, "validation accuracy")):
        ax.set(xlabel="epoch", ylabel=words, xlim=(-0.1, EPOCHS + 0.1), ylim=(0, 1.02),
               xticks=range(EPOCHS + 1))
    lines = [[ax.plot([], [], color=color, linestyle=dash, marker=marker, markersize=5)[0]
              for ax in (loss, train, validation)] for color, dash, marker in STYLES]
    for curve, *_ in lines:
        curve.set_markevery(5)
    gone = loss.text(0.97, 0.97, "", transform=loss.transAxes, ha="right", va="top")
    # Words of the widest kind make room for those that come.
    legend = figure.legend(handles=[curve for curve, *_ in lines], labels=["momentum, 0.00012"] * len(lines),
                           loc="outside upper center", ncols=5, frameon=False, columnspacing=1.5)
    return SimpleNamespace(lines=lines, words=legend.get_texts(), keys=legend.legend_handles,
                           gone=gone)


def sweep_draw(artists, data):
    epochs = np.arange(data.epochs + 1)
    at = (np.arange(len(data.loss)) + 0.5) * SMOOTH / data.per_epoch
    for i, (line, word, key) in enumerate(zip(artists.lines, artists.words, artists.keys)):
        there = i < len(data.labels)
        word.set_text(data.labels[i] if there else "")
        key.set_visible(there)
        for curve, x, y in zip(line, (at, epochs, epochs), (data.loss, data.accuracy, data.validation)):
            curve.set_data(*((x, y[:, i]) if there else ([], [])))
    lost = [label for label, last in zip(data.labels, data.validation[-1]) if np.isnan(last)]
    artists.gone.set_text("\n".join(f"↑ {label} diverges" for label in lost))


def sweep_summary(data):
    def result(i):
        last = data.validation[-1, i]
        return f"{data.labels[i]}: " + ("diverges" if np.isnan(last) else
                                        f"{100 * data.accuracy[-1, i]:.0f} / {100 * last:.0f} %")

    return (f"{data.choice}, rates times {data.factor:.3g}. Training / validation accuracy after"
            f" {data.epochs} "
            f"epoch{'s' * (data.epochs > 1)}: " + "; ".join(map(result, range(len(data.labels)))) + ".")
