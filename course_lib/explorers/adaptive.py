"""Live figures of lecture 6: adaptive learning rates."""

from types import SimpleNamespace

import numpy as np

from course_lib import datasets, losses
from course_lib.claims.runs import usable
from course_lib.layers import Dense, Tanh
from course_lib.live import COLORS, Choice, LiveFigure, LogRange, Panel, Point, Range, Switch, legend_above
from course_lib.network import Network
from course_lib.optimizers import SGD, AdaDelta, AdaGrad, Adam, AdamW, Diverged, RMSProp, RMSPropNesterov
from course_lib.problems import Quadratic, Ravine, Rosenbrock, Saddle
from course_lib.training import descend, inf_where_diverged

METHODS = {  # name: (class, colour, dash, marker)
    "SGD": (SGD, "0.35", ":", "o"),
    "AdaGrad": (AdaGrad, COLORS["orange"], "-", "s"),
    "RMSProp": (RMSProp, COLORS["blue"], "--", "^"),
    "RMSProp + Nesterov": (RMSPropNesterov, COLORS["skyblue"], "-", "v"),
    "AdaDelta": (AdaDelta, COLORS["purple"], "-.", "D"),
    "Adam": (Adam, COLORS["vermillion"], "--", "P"),
}


class Stream:
    """Hands out gradients (steps, ...) one after the other, whatever theta is."""

    def __init__(self, gradients):
        self.gradients = iter(gradients)

    def gradient(self, theta):
        return np.broadcast_to(next(self.gradients), theta.shape)


# SGD against sign descent; the race: any subset of the methods, a rate each

STEPS = 300
TARGET = 1e-3
WINDOW = 2.0
TURNED = "ravine and start, turned 45°"
SURFACES = {"ravine": Ravine(100.0), TURNED: Ravine(100.0, np.pi / 4),
            "Rosenbrock": Rosenbrock(), "saddle": Saddle()}
RACE = {  # control: (method, its rate at the start)
    "sgd": ("SGD", 0.018), "adagrad": ("AdaGrad", 0.5), "rmsprop": ("RMSProp", 0.02),
    "nesterov": ("RMSProp + Nesterov", 0.005), "adadelta": ("AdaDelta", 1.0), "adam": ("Adam", 0.1),
}
TRIED = 10.0 ** np.linspace(-4, 1, 101)


class SignDescent(SGD):
    """theta <- theta - lr sign(g)."""

    @staticmethod
    def update(theta, g, t, lr):
        theta -= lr * np.sign(g)


RUNNERS = METHODS | {"sign descent": (SignDescent, COLORS["vermillion"], "-", "P")}


def _place():
    return {
        "surface": Choice(tuple(SURFACES), "ravine"),
        "start": Point(x=(-WINDOW, WINDOW, -1.5), y=(-WINDOW, WINDOW, 1.2), axes=0,
                       label=("start  x", "start  y")),
    }


def signs():
    """SGD and sign descent on one surface, a rate each."""
    return LiveFigure("A step by the signs", signs_compute, race_setup, race_draw, race_summary, _place() | {
        "lr_sgd": LogRange(1e-4, 10, 0.018, label="rate of SGD  ε"),
        "lr_sign": LogRange(1e-4, 10, 0.02, label="rate of sign descent  ε"),
    }, size=(11, 5))


def signs_compute(surface, start, lr_sgd, lr_sign):
    return _race(surface, start, {"SGD": lr_sgd, "sign descent": lr_sign}, False)


def race():
    """Surface, start, any subset of six methods, a rate each, or the best rate of each."""
    tuned = Switch(False, label="tuned: each at its own best rate, not at the one below")
    controls = _place() | {"tuned": tuned}
    for key, (name, lr) in RACE.items():
        controls[key] = Switch(True, label=name, beside=f"lr_{key}")
        controls[f"lr_{key}"] = LogRange(1e-4, 10, lr, label="rate  ε")
    return LiveFigure("The race", race_compute, race_setup, race_draw, race_summary, controls, size=(11, 5))


def race_compute(surface, start, tuned, sgd, lr_sgd, adagrad, lr_adagrad, rmsprop, lr_rmsprop, nesterov,
                 lr_nesterov, adadelta, lr_adadelta, adam, lr_adam):
    entered = {"SGD": (sgd, lr_sgd), "AdaGrad": (adagrad, lr_adagrad), "RMSProp": (rmsprop, lr_rmsprop),
               "RMSProp + Nesterov": (nesterov, lr_nesterov), "AdaDelta": (adadelta, lr_adadelta),
               "Adam": (adam, lr_adam)}
    return _race(surface, start, {name: lr for name, (runs, lr) in entered.items() if runs}, tuned)


def _race(surface, start, rates, tuned):
    f = SURFACES[surface]
    if surface == TURNED:                               # the start turns with the ravine
        start = np.array([[1, -1], [1, 1]]) / np.sqrt(2) @ start
    lowest = min(f.value(point) for point in f.minima)
    if tuned:
        rates = {name: _best(f, start, RUNNERS[name][0], lowest) for name in rates}
    paths = {name: descend(f, start, RUNNERS[name][0](lr), STEPS, lowest + TARGET, 1e5)
             for name, lr in rates.items()}
    return SimpleNamespace(surface=surface, f=f, start=start, lowest=lowest, paths=paths, rates=rates,
                           tuned=tuned)


def _best(f, start, method, lowest):
    """The rate of TRIED that reaches the target first; where none does, the one that ends lowest."""
    path = descend(f, np.tile(start, (len(TRIED), 1)), method(TRIED[:, None]), STEPS, lowest + TARGET)
    reached = path.values <= lowest + TARGET
    if reached.any():
        return TRIED[np.where(reached.any(axis=0), reached.argmax(axis=0), STEPS + 1).argmin()]
    return TRIED[inf_where_diverged(path.values[-1]).argmin()]


def race_setup(figure):
    plane, loss = map(Panel, figure.subplots(1, 2, width_ratios=[1, 1.1]))
    x, y = np.meshgrid(*[np.linspace(-WINDOW, WINDOW, 121)] * 2)
    contours = {}
    for name, f in SURFACES.items():
        height = f.value(np.stack([x, y], axis=-1)) - min(f.value(point) for point in f.minima)
        contours[name] = plane.ax.contour(x, y, height, levels=4.0 ** np.arange(-4, 6), colors="0.8",
                                          linewidths=1, linestyles="-")
    plane.ax.set(xlim=(-WINDOW, WINDOW), ylim=(-WINDOW, WINDOW), xlabel="$x$", ylabel="$y$")
    loss.ax.set(xlabel="step", ylabel="height above the minimum", yscale="log", xlim=(0, STEPS),
                ylim=(TARGET / 3, 1e4))
    legend_above(figure, loss, columns=6)
    return SimpleNamespace(plane=plane, loss=loss, contours=contours)


def race_draw(artists, data):
    plane, loss = artists.plane, artists.loss
    for name, contours in artists.contours.items():
        contours.set_visible(name == data.surface)
    for name, path in data.paths.items():
        _, color, dash, marker = RUNNERS[name]
        plane.line(name, *path.points.T, color, "-", marker, width=1.2, size=5, every=10)
        loss.line(name, np.arange(len(path.values)), path.values - data.lowest, color, dash, marker, size=6,
                  every=30)
    plane.points("_minima", *data.f.minima.T, "black", "*", size=13)
    plane.points("_start", *data.start, "black", "s", size=9, edge="white", clip=False)
    loss.hline("_target", TARGET)
    loss.text("target", STEPS * 0.99, TARGET * 0.85, "target", "0.35", ha="right", va="top")


def race_summary(data):
    def verdict(path):
        if path.diverged:
            return "diverges"
        reached = path.steps_to(data.lowest + TARGET)
        if reached is not None:
            return f"{reached} steps"
        return f"{path.values[-1] - data.lowest:.2g} above it at the end"

    if not data.paths:
        return f"{data.surface.capitalize()}: no method is chosen. Tick at least one."
    return (f"{data.surface.capitalize()}, to {TARGET:g} above the minimum, {STEPS} steps at most. "
            + "; ".join(f"{name}{f' (ε = {data.rates[name]:.2g})' if data.tuned else ''}: {verdict(path)}"
                        for name, path in data.paths.items()) + ".")


# The effective rate of each coordinate over time

STREAM = 400
CHANGE = STREAM // 2


def rates():
    """What each method multiplies the gradient by, in a steep and in a gentle coordinate, over time."""
    return LiveFigure("Effective rates", rates_compute, rates_setup, rates_draw, rates_summary, {
        "ratio": LogRange(1, 1000, 100, label="steep gradient / gentle gradient"),
        "change": LogRange(0.001, 1000, 0.1, label=f"gradients from step {CHANGE} on, times"),
        "rho": Range(0.5, 0.99, 0.9, 0.01, label="forgetting of RMSProp  ρ"),
    }, size=(11, 4.4))


def rates_compute(ratio, change, rho):
    rng = np.random.default_rng(0)
    size = np.where(np.arange(STREAM) < CHANGE, 1.0, change)[:, None] * [np.sqrt(ratio), 1 / np.sqrt(ratio)]
    gradients = size * (1 + 0.5 * rng.standard_normal((STREAM, 2)))
    used = {"AdaGrad": AdaGrad(1.0), "RMSProp": RMSProp(1.0, rho)}
    factors = {name: _effective(method, gradients) for name, method in used.items()}
    return SimpleNamespace(gradients=np.abs(gradients), change=change, ratio=ratio,
                           rates={"SGD": np.ones_like(gradients)} | factors)


def _effective(method, gradients):
    """The factor of the gradient in every step: (steps, 2)."""
    theta, f, factors = np.zeros(gradients.shape[1]), Stream(gradients), []
    for _ in gradients:
        method.step(theta, f)
        factors.append(method.lr / (np.sqrt(method.r) + method.eps))
    return np.array(factors)


def rates_setup(figure):
    sizes, steep, gentle = map(Panel, figure.subplots(1, 3, width_ratios=[0.9, 1, 1]))
    sizes.ax.set(xlabel="step", ylabel="|gradient|", yscale="log", xlim=(0, STREAM), ylim=(1e-8, 1e5))
    sizes.legend("lower left")
    for panel, title in ((steep, "steep coordinate"), (gentle, "gentle coordinate")):
        panel.ax.set(title=title, xlabel="step", yscale="log", xlim=(0, STREAM), ylim=(1e-7, 1e5))
    steep.ax.set_ylabel("effective rate, for ε = 1")
    gentle.ax.tick_params(labelleft=False)
    legend_above(figure, steep, columns=3)
    return sizes, steep, gentle


def rates_draw(panels, data):
    sizes, *coordinates = panels
    steps = np.arange(1, STREAM + 1)
    for (name, color, marker), gradients in zip((("steep", "black", "."), ("gentle", "0.6", "x")),
                                                data.gradients.T):
        sizes.points(name, steps, gradients, color, marker, size=4)
    for i, panel in enumerate(coordinates):
        for name, rate in data.rates.items():
            _, color, dash, marker = METHODS[name]
            panel.line(name, steps, rate[:, i], color, dash, marker, size=6, every=50)


def rates_summary(data):
    last = "; ".join(f"{name} {rate[-1, 1] / rate[CHANGE - 1, 1]:.3g}" for name, rate in data.rates.items())
    adagrad = data.rates["AdaGrad"][-1]
    return (f"The gradients are multiplied by {data.change:.3g} at step {CHANGE}. Since then the effective"
            f" rates have been multiplied, in the gentle coordinate, by: {last}. At the end AdaGrad's is "
            f"{adagrad[1] / adagrad[0]:.3g} times larger there than in the steep one.")


# Bias correction

TEN, LONG = 10, 12_000
GRID = 10.0 ** np.linspace(-4, np.log10(0.5), 60)


def bias():
    """beta2, and the steps of Adam with and without bias correction, and of RMSProp, from the first on."""
    return LiveFigure("Bias correction", bias_compute, bias_setup, bias_draw, bias_summary, {
        "beta1": Range(0.0, 0.99, 0.9, 0.01, label="β₁"),
        "forget": LogRange(0.0001, 0.5, 0.001, label="1 − β₂"),
        "noise": Range(0.0, 2.0, 0.0, 0.1, label="noise of the gradient  σ"),
    }, size=(10.5, 4.2))


VERSIONS = {"with correction": (COLORS["vermillion"], "-", "P"), "without": (COLORS["blue"], "--", "^"),
            "RMSProp (ρ = β₂)": (COLORS["green"], "-.", "s")}


def bias_compute(beta1, forget, noise):
    gradients = 1 + noise * np.random.default_rng(1).standard_normal((LONG, 1, 1))
    swept = dict(zip(VERSIONS, (np.array(list(_lengths(method, gradients, TEN, len(GRID))))
                                for method in _versions(beta1, 1 - GRID[:, None]))))
    runs = [_lengths(method, gradients, LONG, 1) for method in _versions(beta1, 1 - forget)]
    lengths = np.empty((LONG, len(runs)))
    for step in range(LONG):
        lengths[step] = [next(run)[0] for run in runs]
        if step + 1 in (30, 1000, 4000, LONG):
            yield SimpleNamespace(beta1=beta1, forget=forget, noise=noise, done=(step + 1) / LONG,
                                  lengths=dict(zip(VERSIONS, lengths[:step + 1].T.copy())),
                                  longest={name: steps.max(axis=0) for name, steps in swept.items()})


def _versions(beta1, beta2):
    return Adam(1.0, beta1, beta2), Adam(1.0, beta1, beta2, bias_correction=False), RMSProp(1.0, beta2)


def _lengths(method, gradients, steps, runs):
    """Yields the length of each step (runs,), in units of the rate."""
    theta, f = np.zeros((runs, 1)), Stream(gradients)
    for _ in range(steps):
        before = theta.copy()
        method.step(theta, f)
        yield np.abs(theta - before)[:, 0]


def bias_setup(figure):
    left, right = map(Panel, figure.subplots(1, 2, width_ratios=[1.2, 1]))
    left.ax.set(xlabel="step", ylabel="length of the step / ε", xscale="log", yscale="log", xlim=(0.9, LONG),
                ylim=(0.05, 200))
    right.ax.set(xlabel="1 − β₂", ylabel="longest of the first ten steps / ε", xscale="log", yscale="log",
                 xlim=(8e-5, 0.6), ylim=(0.1, 200))
    legend_above(figure, left, columns=3)
    return left, right


def bias_draw(panels, data):
    left, right = panels
    left.hline("_one", 1, "0.7", "-", width=1)
    right.hline("_one", 1, "0.7", "-", width=1)
    left.vline("_ten", TEN, "0.6", "--")
    left.text("ten", TEN * 1.1, 0.06, "← the first ten", "0.35")
    left.vline("_memory", 1 / data.forget, "black")
    left.text("memory", 0.97, 0.93, f"dotted: 1/(1 − β₂) = {1 / data.forget:,.0f}", ha="right", inside=True)
    right.vline("_chosen", data.forget, "black")
    for name, (color, dash, marker) in VERSIONS.items():
        lengths = data.lengths[name]
        at = np.unique(np.geomspace(1, len(lengths), 100).astype(int))
        left.line(name, at, lengths[at - 1], color, dash, marker, size=5, every=6)
        right.line(name, GRID, data.longest[name], color, dash, marker, size=5, every=6)


def bias_summary(data):
    longest = {name: steps[:TEN].max() for name, steps in data.lengths.items()}
    return (f"β₁ = {data.beta1:.3g}, β₂ = {1 - data.forget:.4g}. First step, in units of ε: "
            + "; ".join(f"{name} {steps[0]:.3g}" for name, steps in data.lengths.items())
            + ". Longest of the first ten: "
            + "; ".join(f"{name} {value:.3g}" for name, value in longest.items())
            + f". Step {len(data.lengths['without']):,} without correction:"
            f" {data.lengths['without'][-1]:.3g}.")


# Rare words: sparse features

WORDS, UPDATES, BATCH = 24, 100, 32
RATES_OF_WORDS = 0.001 * 2.0 ** np.arange(14)
READERS = ("SGD", "AdaGrad", "RMSProp", "Adam")


def words():
    """How much of a word's weight is learned, against how often the word occurs, for four methods."""
    return LiveFigure("Rare words", words_compute, words_setup, words_draw, words_summary, {
        "rarest": LogRange(0.001, 0.1, 0.002, label="share of the sentences with the rarest word"),
        "noise": Range(0.0, 1.0, 0.3, 0.05, label="noise of the targets  σ"),
        "seed": Range(0, 9, 0, label="another draw"),
    }, size=(11, 4.4))


class Sentences:
    """The gradients of the mean of (x theta - y)^2 / 2, one batch after the other, for K runs at once."""

    def __init__(self, x, y):
        self.batches = iter(zip(x, y))

    def gradient(self, theta):
        x, y = next(self.batches)
        return (theta @ x.T - y) @ x / len(x)


def words_compute(rarest, noise, seed):
    rng = np.random.default_rng(seed)
    shares = np.geomspace(0.5, rarest, WORDS)
    true = rng.choice([-1.0, 1.0], WORDS)
    x = (rng.random((UPDATES, BATCH, WORDS)) < shares) * 1.0
    y = x @ true + noise * rng.standard_normal((UPDATES, BATCH))
    learned, lr, error = {}, {}, {}
    for name in READERS:
        theta, f = np.zeros((len(RATES_OF_WORDS), WORDS)), Sentences(x, y)
        optimizer, errors = METHODS[name][0](RATES_OF_WORDS[:, None]), []
        with np.errstate(all="ignore"):
            for _ in range(UPDATES):
                optimizer.step(theta, f)
                errors.append((theta - true) ** 2 @ shares / shares.sum())
        best = inf_where_diverged(errors[-1]).argmin()
        learned[name], lr[name] = theta[best] * true, RATES_OF_WORDS[best]
        error[name] = np.array(errors)[:, best]
    return SimpleNamespace(shares=shares, seen=x.sum(axis=(0, 1)), learned=learned, lr=lr, error=error)


def words_setup(figure):
    left, right = map(Panel, figure.subplots(1, 2, width_ratios=[1.3, 1]))
    left.ax.set(xlabel="share of the sentences that have the word", ylabel="weight learned / true weight",
                xscale="log", xlim=(0.55, 0.0009), ylim=(-0.1, 1.5))
    right.ax.set(xlabel="update", ylabel="squared error, weighted\nby how often a word occurs", yscale="log",
                 xlim=(0, UPDATES), ylim=(1e-5, 3))
    legend_above(figure, left, columns=4)
    return left, right


def words_draw(panels, data):
    left, right = panels
    left.hline("_all", 1)
    for name, learned in data.learned.items():
        _, color, dash, marker = METHODS[name]
        left.line(name, data.shares, learned, color, dash, marker, size=6)
        right.line(name, np.arange(1, UPDATES + 1), data.error[name], color, dash, marker, size=6, every=12)


def words_summary(data):
    return (f"The six rarest words occur in {data.seen[-6:].min():.0f} to {data.seen[-6:].max():.0f} of"
            f" {UPDATES * BATCH:,} sentences. Learned of their weights, each method at its best rate: "
            + "; ".join(f"{name} {learned[-6:].mean():.0%} (ε = {data.lr[name]:.2g})"
                        for name, learned in data.learned.items()) + ".")


# Weight decay in the loss and apart from it

DECAYED = 1000
DRAWS = 200
DECAYS = ("SGD, λ in the loss", "Adam, λ in the loss", "AdamW, decay apart")


def decay():
    """Two weights that the loss does not need, one with noisy gradients: how fast each decay shrinks them."""
    return LiveFigure("L2 against decoupled decay", decay_compute, decay_setup, decay_draw, decay_summary, {
        "decay": LogRange(0.01, 1, 0.2, label="weight decay  λ"),
        "noise": LogRange(0.1, 10, 2, label="noise of the second weight's gradient  σ"),
        "lr": LogRange(0.001, 0.05, 0.01, label="rate  ε"),
    }, size=(11, 4.2))


class Penalized:
    """Gradients of mean 0, with these deviations, plus those of a penalty decay/2 theta^2."""

    def __init__(self, deviations, decay):
        self.deviations, self.decay, self.rng = deviations, decay, np.random.default_rng(0)

    def gradient(self, theta):
        return self.deviations * self.rng.standard_normal(theta.shape) + self.decay * theta


def decay_compute(decay, noise, lr):
    methods = SGD(lr), Adam(lr), AdamW(lr, weight_decay=decay)
    objectives = [Penalized(np.array([0.01, noise]), penalty) for penalty in (decay, decay, 0.0)]
    theta = np.ones((len(methods), DRAWS, 2))
    means = [theta.mean(axis=1)]
    for step in range(1, DECAYED + 1):
        for weights, method, f in zip(theta, methods, objectives):
            method.step(weights, f)
        means.append(theta.mean(axis=1))
        if step in (100, 400, DECAYED):
            yield SimpleNamespace(decay=decay, noise=noise, lr=lr, done=step / DECAYED,
                                  weights=dict(zip(DECAYS, np.moveaxis(means, 1, 0))))


def decay_setup(figure):
    panels = [Panel(ax) for ax in figure.subplots(1, 3, sharey=True)]
    for name, panel in zip(DECAYS, panels):
        panel.ax.set(title=name, xlabel="step", xlim=(0, DECAYED), ylim=(-0.15, 1.1))
    panels[0].ax.set_ylabel(f"weight, mean of {DRAWS} runs")
    legend_above(figure, panels[0], columns=3)
    return panels


def decay_draw(panels, data):
    for panel, weights in zip(panels, data.weights.values()):
        steps = np.arange(len(weights))
        panel.line("quiet weight", steps, weights[:, 0], COLORS["blue"], "-", "o", size=6, every=100)
        panel.line("noisy weight", steps, weights[:, 1], COLORS["vermillion"], "--", "s", size=6, every=100)
        panel.line("(1 − ε λ) per step", steps, (1 - data.lr * data.decay) ** steps, "0.6", ":", width=1.5)


def decay_summary(data):
    def half(weights):
        below = np.flatnonzero(weights < 0.5)
        return str(below[0]) if len(below) else f"more than {DECAYED}"

    return ("Steps until half of a weight is left, quiet / noisy: "
            + "; ".join(f"{name} {half(w[:, 0])} / {half(w[:, 1])}" for name, w in data.weights.items())
            + f". log 2 / (ε λ) = {np.log(2) / (data.lr * data.decay):.0f}.")


# Robustness: the final loss over the rate, for every method at once

RATES = 10.0 ** np.linspace(-6, 10, 65)
SWEEP = 150
SHOWN = (10, 40, 70, 100, 125, SWEEP)       # steps after which there is a picture


def sweep():
    """The final loss over the rate for six methods: 390 runs at every move of a control."""
    data = datasets.load("rings", np.random.default_rng(0), n=20)
    return LiveFigure("Robustness sweep",
                      lambda task, scale, noise: sweep_compute(data, task, scale, noise),
                      sweep_setup, sweep_draw, sweep_summary, {
        "task": Choice(("bowl", "Rosenbrock", "network on rings"), "bowl"),
        "scale": LogRange(0.001, 1000, 1, label="the loss, multiplied by"),
        "noise": Range(0.0, 1.0, 0.0, 0.05, label="gradient noise  σ"),
    }, size=(11, 5))


class Scaled:
    """c f and its gradient, under Gaussian noise of deviation c times `noise`, the same for all runs."""

    def __init__(self, f, scale, noise, rng):
        self.f, self.scale, self.noise, self.rng = f, scale, noise, rng

    def gradient(self, theta):
        g = self.f.gradient(theta)
        if self.noise:
            g = g + self.noise * self.rng.standard_normal(theta.shape[-1])
        return self.scale * g


def sweep_compute(data, task, scale, noise):
    if task == "network on rings":
        layers = [Dense(2, 8), Tanh(), Dense(8, 2)]
        start = Network(layers, losses.softmax_cross_entropy, np.random.default_rng(0)).theta
        f = Network(layers, losses.softmax_cross_entropy, np.random.default_rng(0),
                    runs=len(RATES)).objective(data.x, data.y)
    elif task == "bowl":
        f, start = Quadratic(np.diag(10.0 ** np.linspace(0, -2, 10))), np.linspace(0.7, 1.3, 10)
    else:
        f = Rosenbrock()
        start = f.start
    first = f.value(np.tile(start, (len(RATES), 1)))[0]
    runs = {name: _losses(f, np.tile(start, (len(RATES), 1)), method(RATES[:, None]), scale, noise)
            for name, (method, *_) in METHODS.items()}
    for steps in SHOWN:
        final = {name: next(run) for name, run in runs.items()}
        good = {name: usable(loss, first) for name, loss in final.items()}
        width = {name: rates.sum() * np.log10(RATES[1] / RATES[0]) for name, rates in good.items()}
        yield SimpleNamespace(task=task, scale=scale, steps=steps, first=first, final=final, good=good,
                              width=width, open=[name for name, rates in good.items() if rates[-1]],
                              done=steps / SWEEP)


def _losses(f, theta, optimizer, scale, noise):
    """Yields the loss (rates,), without the scale, after each of SHOWN steps; inf where it has diverged.

    With noise it is the mean over the last tenth of the steps.
    """
    seen, ended = Scaled(f, scale, noise, np.random.default_rng(2)), False
    with np.errstate(all="ignore"):
        for last, steps in zip((0, *SHOWN), SHOWN):
            tail = []
            for k in range(last, steps):
                try:
                    ended or optimizer.step(theta, seen)
                except Diverged:
                    ended = True
                if k >= steps - max(1, steps // 10):
                    tail.append(f.value(theta))
            loss = np.full(len(theta), np.inf) if ended else np.mean(tail, axis=0)
            yield np.where(np.isfinite(loss), loss, np.inf)


def sweep_setup(figure):
    left, right = map(Panel, figure.subplots(1, 2, width_ratios=[1.6, 1]))
    left.ax.set(xlabel="rate  ε", ylabel="loss / first loss", xscale="log", yscale="log",
                xlim=(RATES[0], RATES[-1]), ylim=(1e-8, 30))
    names = [name.replace(" + ", "\n+ ") for name in METHODS]
    right.ax.set(xlabel="usable rates (decades)", xlim=(0, 12), ylim=(len(METHODS) - 0.4, -0.6),
                 yticks=range(len(METHODS)), yticklabels=names)
    legend_above(figure, left, columns=4)
    return left, right


def sweep_draw(panels, data):
    left, right = panels
    lowest = min(loss.min() for loss in data.final.values()) / data.first
    left.limits(y=(1e-3 if lowest > 1e-3 else 1e-12, 30))
    for i, (name, (_, color, dash, marker)) in enumerate(METHODS.items()):
        left.line(name, RATES, data.final[name] / data.first, color, dash, marker, size=5, every=4)
        good = np.where(data.good[name], data.final[name] / data.first, np.nan)
        left.line(f"_good {name}", RATES, good, color, "-", width=5)
        right.bars(name, [i - 0.3, i + 0.3], [data.width[name]], color, across=True)


def sweep_summary(data):
    best = max(data.width, key=data.width.get)
    widths = "; ".join(f"{name} {width:.2g}{' or more' if name in data.open else ''}"
                       for name, width in data.width.items())
    return (f"{data.task.capitalize()}, loss times {data.scale:.3g}, {len(METHODS) * len(RATES)} runs of"
            f" {data.steps} steps. Decades of usable rates: {widths}. Widest: {best}.")


# The small constant, inside the root or outside

DELTA_RUN = 200


def constant():
    """delta inside or outside the root: RMSProp's step against the size of the gradient, and a run."""
    return LiveFigure("The small constant", constant_compute, constant_setup, constant_draw,
                      constant_summary, {
        "delta": LogRange(1e-10, 0.1, 1e-6, label="small constant  δ"),
        "scale": LogRange(1e-8, 1, 1e-3, label="the loss, multiplied by"),
    }, size=(10.5, 4.2))


PLACES = {"outside  √r + δ": (False, COLORS["blue"], "-", "o"),
          "inside  √(r + δ)": (True, COLORS["vermillion"], "--", "s")}
SIZES = 10.0 ** np.linspace(-10, 1, 56)


def constant_compute(delta, scale):
    steps, curves = {}, {}
    f = Ravine(10.0)
    for name, (inside, *_) in PLACES.items():
        theta, method = np.zeros((len(SIZES), 1)), RMSProp(1.0, 0.9, delta, eps_inside=inside)
        for _ in range(60):                                         # until r is the square of the gradient
            before = theta.copy()
            method.step(theta, Stream([SIZES[:, None]]))
        steps[name] = np.abs(theta - before)[:, 0]
        theta, heights = f.start.copy(), [f.value(f.start)]
        method = RMSProp(0.02, 0.9, delta, eps_inside=inside)
        seen = Scaled(f, scale, 0.0, None)
        for _ in range(DELTA_RUN):
            method.step(theta, seen)
            heights.append(f.value(theta))
        curves[name] = np.array(heights) / heights[0]
    return SimpleNamespace(delta=delta, scale=scale, steps=steps, curves=curves)


def constant_setup(figure):
    left, right = map(Panel, figure.subplots(1, 2))
    left.ax.set(xlabel="size of the gradient  |g|", ylabel="length of the step / ε", xscale="log",
                yscale="log", xlim=(SIZES[0], SIZES[-1]), ylim=(1e-6, 5))
    right.ax.set(xlabel="step", ylabel="loss / first loss", yscale="log", xlim=(0, DELTA_RUN), ylim=(1e-7, 3))
    left.legend("lower right")
    return left, right


def constant_draw(panels, data):
    left, right = panels
    halves = data.delta, np.sqrt(data.delta / 3)        # sizes at which the step is halved
    for (name, (_, color, dash, marker)), half in zip(PLACES.items(), halves):
        left.line(name, SIZES, data.steps[name], color, dash, marker, size=5, every=5)
        left.vline(f"_{name}", half, color)
        right.line(name, np.arange(DELTA_RUN + 1), data.curves[name], color, dash, marker, size=5, every=20)


def constant_summary(data):
    ends = "; ".join(f"{name.split()[0]} {curve[-10:].mean():.2g}" for name, curve in data.curves.items())
    return (f"δ = {data.delta:.2g}. Steps are halved where the gradient is about δ = {data.delta:.2g}"
            f" (outside), or √(δ/3) = {np.sqrt(data.delta / 3):.2g} (inside). On a ravine whose loss is"
            f" multiplied by {data.scale:.2g}, what is left of the loss after {DELTA_RUN} steps: {ends}.")


# A student's own Adam

def yours(adam_update):
    """Your own rule `adam_update(theta, g, s, r, t, lr, beta1, beta2, eps)` beside the library's."""
    if not callable(adam_update):
        raise TypeError("adam_update must be your function (theta, g, s, r, t, lr, beta1, beta2, eps),"
                        f" got {adam_update!r}")

    class Yours(Adam):
        @staticmethod
        def update(theta, g, s, r, t, lr, beta1, beta2, eps, *options):
            adam_update(theta, g, s, r, t, lr, beta1, beta2, eps)

    return LiveFigure("Your Adam", lambda lr, beta1, forget: yours_compute(Yours, lr, beta1, forget),
                      yours_setup, yours_draw, yours_summary, {
        "lr": LogRange(0.001, 3, 0.1, label="rate  ε"),
        "beta1": Range(0.0, 0.99, 0.9, 0.01, label="β₁"),
        "forget": LogRange(0.0001, 0.5, 0.001, label="1 − β₂"),
    }, size=(10, 4.2))


YOUR_RUNS = {"library": ("0.7", "-", 5, "s", 9),
             "library, no correction": (COLORS["blue"], "--", 1.5, "^", 5),
             "yours": (COLORS["vermillion"], "-.", 1.5, "o", 4)}


def yours_compute(own, lr, beta1, forget):
    f = Ravine(30.0, np.pi / 4)
    beta2 = 1 - forget
    try:
        mine = descend(f, f.start, own(lr, beta1, beta2), STEPS, TARGET / 1000, 1e6)
    except NotImplementedError:
        mine = None
    return SimpleNamespace(lr=lr, runs={
        "library": descend(f, f.start, Adam(lr, beta1, beta2), STEPS, TARGET / 1000, 1e6),
        "library, no correction": descend(f, f.start, Adam(lr, beta1, beta2, bias_correction=False), STEPS,
                                          TARGET / 1000, 1e6),
        "yours": mine})


def yours_setup(figure):
    left, right = map(Panel, figure.subplots(1, 2, width_ratios=[1, 1.3]))
    left.ax.set(xlabel="step", ylabel="length of the step / ε", yscale="log", xlim=(0.5, 20.5),
                ylim=(0.03, 30))
    right.ax.set(xlabel="step", ylabel="loss", yscale="log", xlim=(0, STEPS), ylim=(TARGET / 2000, 1e4))
    right.legend("upper right")
    return left, right


def yours_draw(panels, data):
    left, right = panels
    for name, (color, dash, width, marker, size) in YOUR_RUNS.items():
        path = data.runs[name]
        if path is None:
            left.text("stub", 0.5, 0.93, "yours: not attempted", color, ha="center", va="top", inside=True)
            continue
        moves = np.linalg.norm(np.diff(path.points[:21], axis=0), axis=-1) / data.lr
        left.line(name, np.arange(1, len(moves) + 1), moves, color, dash, marker, width=width, size=size)
        right.line(name, np.arange(len(path.values)), path.values, color, dash, marker, width=width,
                   size=size, every=25)


def yours_summary(data):
    def verdict(path):
        if path is None:
            return "not attempted yet: the picture shows the library's rules alone"
        if path.diverged:
            return "diverges"
        first = np.linalg.norm(path.points[1] - path.points[0]) / data.lr
        reached = path.steps_to(TARGET)
        end = f"loss {TARGET:g} in {reached} steps" if reached else f"not below {TARGET:g} in {STEPS} steps"
        return f"first step {first:.3g} ε, {end}"

    own, library, without = (data.runs[name] for name in ("yours", "library", "library, no correction"))
    return f"Yours: {verdict(own)}. Library: {verdict(library)}; without correction: {verdict(without)}."
