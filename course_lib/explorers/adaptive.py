"""Live figures of lecture 6: adaptive learning rates."""

from types import SimpleNamespace

import numpy as np

from course_lib import datasets, losses
from course_lib.layers import Dense, Tanh
from course_lib.live import COLORS, Choice, LiveFigure, LogRange, Point, Range, Switch
from course_lib.network import Network
from course_lib.optimizers import SGD, AdaDelta, AdaGrad, Adam, Diverged, RMSProp, RMSPropNesterov
from course_lib.problems import Quadratic, Ravine, Rosenbrock, Saddle
from course_lib.training import descend

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


# The race: any subset of the methods, a rate each

STEPS = 300
TARGET = 1e-3
WINDOW = 2.0
SURFACES = {"ravine": Ravine(100.0), "ravine, turned 45°": Ravine(100.0, np.pi / 4),
            "Rosenbrock": Rosenbrock(), "saddle": Saddle()}
RACE = {  # control: (method, its rate at the start)
    "sgd": ("SGD", 0.018), "adagrad": ("AdaGrad", 0.5), "rmsprop": ("RMSProp", 0.02),
    "nesterov": ("RMSProp + Nesterov", 0.005), "adadelta": ("AdaDelta", 1.0), "adam": ("Adam", 0.1),
}


def race():
    """Surface, start, any subset of six methods, a rate each."""
    controls = {
        "surface": Choice(tuple(SURFACES), "ravine"),
        "start": Point(x=(-WINDOW, WINDOW, -1.5), y=(-WINDOW, WINDOW, 1.2), axes=0,
                       label=("start  x", "start  y")),
    }
    for key, (name, lr) in RACE.items():
        controls[key] = Switch(True, label=name, beside=f"lr_{key}")
        controls[f"lr_{key}"] = LogRange(1e-4, 10, lr, label="rate  ε")
    return LiveFigure("The race", race_compute, race_setup, race_draw, race_summary, controls, size=(11, 5))


def race_compute(surface, start, sgd, lr_sgd, adagrad, lr_adagrad, rmsprop, lr_rmsprop, nesterov, lr_nesterov,
                 adadelta, lr_adadelta, adam, lr_adam):
    f = SURFACES[surface]
    lowest = min(f.value(point) for point in f.minima)
    entered = {"SGD": (sgd, lr_sgd), "AdaGrad": (adagrad, lr_adagrad), "RMSProp": (rmsprop, lr_rmsprop),
               "RMSProp + Nesterov": (nesterov, lr_nesterov), "AdaDelta": (adadelta, lr_adadelta),
               "Adam": (adam, lr_adam)}
    paths = {name: _race_one(f, start, METHODS[name][0](lr), lowest)
             for name, (runs, lr) in entered.items() if runs}
    return SimpleNamespace(surface=surface, f=f, start=start, lowest=lowest, paths=paths)


def _race_one(f, start, optimizer, lowest):
    try:
        return descend(f, start, optimizer, STEPS, lowest + TARGET, 1e5)
    except Diverged:  # from one finite value to an infinite gradient in a single step
        return SimpleNamespace(points=np.array([start]), values=np.array([f.value(start)]), diverged=True)


def race_setup(figure):
    plane, loss = figure.subplots(1, 2, width_ratios=[1, 1.1])
    x, y = np.meshgrid(*[np.linspace(-WINDOW, WINDOW, 121)] * 2)
    for name, f in SURFACES.items():
        lowest = min(f.value(point) for point in f.minima)
        height = f.value(np.stack([x, y], axis=-1)) - lowest
        plane.contour(x, y, height, levels=4.0 ** np.arange(-4, 6), colors="0.8", linewidths=1,
                      linestyles="-").set_label(name)
    plane.set(xlim=(-WINDOW, WINDOW), ylim=(-WINDOW, WINDOW), xlabel="$x$", ylabel="$y$")
    stars = plane.plot([], [], marker="*", color="black", markersize=13, linestyle="none", zorder=5)[0]
    loss.set(xlabel="step", ylabel="height above the minimum", yscale="log", xlim=(0, STEPS),
             ylim=(TARGET / 3, 1e4))
    loss.axhline(TARGET, color="0.6", linestyle=":", linewidth=1.5)
    loss.text(STEPS * 0.99, TARGET * 0.85, "target", color="0.35", ha="right", va="top")
    paths, curves = {}, {}
    for name, (_, color, dash, marker) in METHODS.items():
        paths[name] = plane.plot([], [], color=color, linestyle="-", linewidth=1.2, marker=marker, markersize=5,
                                 markevery=10)[0]
        curves[name] = loss.plot([], [], color=color, linestyle=dash, marker=marker, markersize=6, markevery=30,
                                 label=name)[0]
    loss.legend(loc="upper right", ncols=2, fontsize=12)
    return SimpleNamespace(plane=plane, stars=stars, paths=paths, curves=curves)


def race_draw(artists, data):
    for contours in artists.plane.collections:
        contours.set_visible(contours.get_label() == data.surface)
    artists.stars.set_data(*data.f.minima.T)
    for name, line in artists.paths.items():
        path = data.paths.get(name)
        line.set_data(*(np.clip(path.points, -1e3, 1e3).T if path else ([], [])))
        heights = path.values - data.lowest if path else []
        artists.curves[name].set_data(np.arange(len(heights)), heights)


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
            + "; ".join(f"{name}: {verdict(path)}" for name, path in data.paths.items()) + ".")


# The effective rate of each coordinate over time

STREAM = 400
CHANGE = STREAM // 2


def rates():
    """What each method multiplies the gradient by, in a steep and in a gentle coordinate, over time."""
    return LiveFigure("Effective rates", rates_compute, rates_setup, rates_draw, rates_summary, {
        "ratio": LogRange(1, 1000, 100, label="steep gradient / gentle gradient"),
        "change": LogRange(0.001, 1000, 0.1, label=f"gradients from step {CHANGE} on, times"),
        "rho": Range(0.5, 0.99, 0.9, 0.01, label="forgetting of RMSProp, AdaDelta  ρ"),
        "beta2": Range(0.9, 0.999, 0.99, 0.001, label="forgetting of Adam  β₂"),
    }, size=(11, 4.4))


def rates_compute(ratio, change, rho, beta2):
    rng = np.random.default_rng(0)
    size = np.where(np.arange(STREAM) < CHANGE, 1.0, change)[:, None] * [np.sqrt(ratio), 1 / np.sqrt(ratio)]
    gradients = size * (1 + 0.5 * rng.standard_normal((STREAM, 2)))
    used = {"SGD": SGD(1.0), "AdaGrad": AdaGrad(1.0), "RMSProp": RMSProp(1.0, rho), "AdaDelta": AdaDelta(1.0, rho),
            "Adam": Adam(1.0, 0.9, beta2)}
    return SimpleNamespace(gradients=np.abs(gradients), change=change, ratio=ratio,
                           rates={name: _effective(method, gradients) for name, method in used.items()})


def _effective(method, gradients):
    """The factor of the gradient (of its average, for Adam) in every step: (steps, 2)."""
    theta, f, factors = np.zeros(gradients.shape[1]), Stream(gradients), []
    for _ in gradients:
        u = getattr(method, "u", None)
        u = np.zeros_like(theta) if u is None else u.copy()  # AdaDelta's step uses the u before it
        method.step(theta, f)
        if isinstance(method, SGD):
            factors.append(np.full(theta.shape, method.lr))
        elif isinstance(method, AdaDelta):
            factors.append(np.sqrt(u + method.eps) / np.sqrt(method.r + method.eps))
        else:
            corrected = 1 - method.beta2**method.t if isinstance(method, Adam) else 1.0
            factors.append(method.lr / (np.sqrt(method.r / corrected) + method.eps))
    return np.array(factors)


def rates_setup(figure):
    left, *right = figure.subplots(1, 3, width_ratios=[0.9, 1, 1])
    left.set(xlabel="step", ylabel="|gradient|", yscale="log", xlim=(0, STREAM), ylim=(1e-8, 1e5))
    sizes = [left.plot([], [], color=color, linestyle="none", marker=marker, markersize=3, label=label)[0]
             for color, marker, label in (("black", ".", "steep"), ("0.6", "x", "gentle"))]
    left.legend(loc="lower left", markerscale=2)
    curves = {}
    for ax, title in zip(right, ("steep coordinate", "gentle coordinate")):
        ax.set(xlabel="step", yscale="log", xlim=(0, STREAM), ylim=(1e-7, 1e5))
        ax.set_title(title)
        for name in ("SGD", "AdaGrad", "RMSProp", "AdaDelta", "Adam"):
            _, color, dash, marker = METHODS[name]
            curves[name, title] = ax.plot([], [], color=color, linestyle=dash, marker=marker, markersize=6,
                                          markevery=50, label=name)[0]
    right[0].set_ylabel("effective rate, for ε = 1")
    right[1].tick_params(labelleft=False)
    shown = [curve for (_, title), curve in curves.items() if title == "steep coordinate"]
    figure.legend(handles=shown, loc="outside upper center", ncols=5, frameon=False)
    return SimpleNamespace(sizes=sizes, curves=curves)


def rates_draw(artists, data):
    steps = np.arange(1, STREAM + 1)
    for line, sizes in zip(artists.sizes, data.gradients.T):
        line.set_data(steps, sizes)
    for (name, title), line in artists.curves.items():
        line.set_data(steps, data.rates[name][:, int(title.startswith("gentle"))])


def rates_summary(data):
    last = "; ".join(f"{name} {rate[-1, 1] / rate[CHANGE - 1, 1]:.3g}" for name, rate in data.rates.items())
    adagrad = data.rates["AdaGrad"][-1]
    return (f"The gradients are multiplied by {data.change:.3g} at step {CHANGE}. Since then the effective rates"
            f" have been multiplied, in the gentle coordinate, by: {last}. At the end AdaGrad's is "
            f"{adagrad[1] / adagrad[0]:.3g} times larger there than in the steep one.")


# Bias correction

FIRST = 30
GRID = 10.0 ** np.linspace(-4, np.log10(0.5), 60)


def bias():
    """beta2, and the first steps of Adam with and without bias correction, and of RMSProp."""
    return LiveFigure("Bias correction", bias_compute, bias_setup, bias_draw, bias_summary, {
        "beta1": Range(0.0, 0.99, 0.9, 0.01, label="β₁"),
        "forget": LogRange(0.0001, 0.5, 0.001, label="1 − β₂"),
        "noise": Range(0.0, 2.0, 0.0, 0.1, label="noise of the gradient  σ"),
    }, size=(10.5, 4.2))


VERSIONS = {"with correction": (COLORS["vermillion"], "-", "P"), "without": (COLORS["blue"], "--", "^"),
            "RMSProp (ρ = β₂)": (COLORS["green"], "-.", "s")}


def bias_compute(beta1, forget, noise):
    rng = np.random.default_rng(1)
    gradients = 1 + noise * rng.standard_normal((FIRST, 1, 1))
    beta2 = 1 - np.append(GRID, forget)[:, None]                # one run for each beta2, the chosen one last
    versions = {"with correction": Adam(1.0, beta1, beta2),
                "without": Adam(1.0, beta1, beta2, bias_correction=False),
                "RMSProp (ρ = β₂)": RMSProp(1.0, beta2)}
    steps = {}
    for name, method in versions.items():
        theta, f, path = np.zeros((len(beta2), 1)), Stream(gradients), [np.zeros(len(beta2))]
        for _ in range(FIRST):
            method.step(theta, f)
            path.append(theta[:, 0].copy())
        steps[name] = np.abs(np.diff(path, axis=0))             # (steps, beta2), in units of the rate
    return SimpleNamespace(beta1=beta1, forget=forget, noise=noise, steps=steps)


def bias_setup(figure):
    left, right = figure.subplots(1, 2, width_ratios=[1.2, 1])
    left.set(xlabel="step", ylabel="length of the step / ε", yscale="log", xlim=(0.5, FIRST + 0.5), ylim=(1e-2, 1e4),
             xticks=[1, 5, 10, 15, 20, 25, 30])
    left.axhline(1, color="0.7", linewidth=1, linestyle="-")
    left.axvspan(0.5, 10.5, color="0.94", zorder=-1)
    left.text(5.5, 0.013, "the first ten", ha="center", color="0.35")
    right.set(xlabel="1 − β₂", ylabel="longest of the first ten steps / ε", xscale="log", yscale="log",
              xlim=(8e-5, 0.6), ylim=(0.1, 200))
    right.axhline(1, color="0.7", linewidth=1, linestyle="-")
    curves, sweeps = {}, {}
    for name, (color, dash, marker) in VERSIONS.items():
        curves[name] = left.plot([], [], color=color, linestyle=dash, marker=marker, markersize=5, label=name)[0]
        sweeps[name] = right.plot([], [], color=color, linestyle=dash)[0]
    mark = right.plot([], [], color="black", linestyle=":", linewidth=1.5)[0]
    left.legend(loc="upper right")
    return SimpleNamespace(curves=curves, sweeps=sweeps, mark=mark)


def bias_draw(artists, data):
    for name, steps in data.steps.items():
        artists.curves[name].set_data(np.arange(1, FIRST + 1), np.maximum(steps[:, -1], 1e-9))
        artists.sweeps[name].set_data(GRID, steps[:10, :-1].max(axis=0))
    artists.mark.set_data([data.forget] * 2, [0.1, 200])


def bias_summary(data):
    longest = {name: steps[:10, -1].max() for name, steps in data.steps.items()}
    first = {name: steps[0, -1] for name, steps in data.steps.items()}
    return (f"β₁ = {data.beta1:.3g}, β₂ = {1 - data.forget:.4g}. First step, in units of ε: "
            + "; ".join(f"{name} {value:.3g}" for name, value in first.items())
            + ". Longest of the first ten: "
            + "; ".join(f"{name} {value:.3g}" for name, value in longest.items()) + ".")


# Robustness: the final loss over the rate, for every method at once

RATES = 10.0 ** np.linspace(-5, 2, 43)
SWEEP = 150
USABLE = 0.9    # of what the best run of all took off the loss


def sweep():
    """The final loss over the rate for six methods: 258 runs at every move of a control."""
    data = datasets.load("rings", np.random.default_rng(0), n=20)
    return LiveFigure("Robustness sweep",
                      lambda task, scale, noise: (sweep_compute(data, task, scale, noise, steps)
                                                  for steps in (40, SWEEP)),
                      sweep_setup, sweep_draw, sweep_summary, {
        "task": Choice(("bowl", "Rosenbrock", "network on rings"), "bowl"),
        "scale": LogRange(0.001, 1000, 1, label="the loss, multiplied by"),
        "noise": Range(0.0, 1.0, 0.0, 0.05, label="gradient noise  σ"),
    }, size=(10.5, 4.6))


class Scaled:
    """c f and its gradient, seen through Gaussian noise of deviation c times `noise`, the same for all runs."""

    def __init__(self, f, scale, noise, rng):
        self.f, self.scale, self.noise, self.rng = f, scale, noise, rng

    def gradient(self, theta):
        g = self.f.gradient(theta)
        if self.noise:
            g = g + self.noise * self.rng.standard_normal(theta.shape[-1])
        return self.scale * g


def sweep_compute(data, task, scale, noise, steps=SWEEP):
    if task == "network on rings":
        network = Network([Dense(2, 8), Tanh(), Dense(8, 2)], losses.softmax_cross_entropy, np.random.default_rng(0))
        start = network.theta
        network = Network([Dense(2, 8), Tanh(), Dense(8, 2)], losses.softmax_cross_entropy,
                          np.random.default_rng(0), runs=len(RATES))
        f = network.objective(data.x, data.y)
    elif task == "bowl":
        f = Quadratic(np.diag(10.0 ** np.linspace(0, -2, 10)))
        start = np.ones(10)
    else:
        f = Rosenbrock()
        start = f.start
    final, first = {}, None
    with np.errstate(all="ignore"):
        for name, (method, *_) in METHODS.items():
            theta = np.tile(start, (len(RATES), 1))
            first = f.value(theta)[0]
            final[name] = _sweep_one(f, theta, method(RATES[:, None]), scale, noise, steps)
    best = np.nanmin(np.stack(list(final.values())))
    ceiling = best + (1 - USABLE) * (first - best)
    width = {name: (loss <= ceiling).sum() * np.log10(RATES[1] / RATES[0]) for name, loss in final.items()}
    return SimpleNamespace(task=task, scale=scale, noise=noise, steps=steps, first=first, final=final, ceiling=ceiling,
                           width=width)


def _sweep_one(f, theta, optimizer, scale, noise, steps):
    """Loss (rates,), without the scale, in the mean of the last tenth of the steps; inf where it diverged."""
    seen, tail = Scaled(f, scale, noise, np.random.default_rng(2)), []
    try:
        for k in range(steps):
            optimizer.step(theta, seen)
            if k >= steps - steps // 10:
                tail.append(f.value(theta))
    except Diverged:
        return np.full(len(theta), np.inf)
    loss = np.mean(tail, axis=0)
    return np.where(np.isfinite(loss), loss, np.inf)


def sweep_setup(figure):
    left, right = figure.subplots(1, 2, width_ratios=[1.6, 1])
    left.set(xlabel="rate  ε", ylabel="final loss / first loss", xscale="log", yscale="log",
             xlim=(RATES[0], RATES[-1]), ylim=(1e-5, 30))
    curves = {name: left.plot([], [], color=color, linestyle=dash, marker=marker, markersize=5, markevery=3,
                              label=name)[0]
              for name, (_, color, dash, marker) in METHODS.items()}
    ceiling = left.plot([], [], color="black", linestyle="-", linewidth=1, label="good below")[0]
    right.set(xlabel="usable rates (decades)", xlim=(0, 5), ylim=(-0.6, len(METHODS) - 0.4),
              yticks=range(len(METHODS)), yticklabels=[name.replace(" + ", "\n+ ") for name in METHODS])
    right.invert_yaxis()
    bars = [right.barh(i, 0, color=color, height=0.6, edgecolor="black")[0]
            for i, (_, color, *_) in enumerate(METHODS.values())]
    figure.legend(handles=[*curves.values(), ceiling], loc="outside upper center", ncols=7, frameon=False,
                  columnspacing=0.9, handlelength=1.8)
    return SimpleNamespace(curves=curves, ceiling=ceiling, bars=bars)


def sweep_draw(artists, data):
    for (name, line), bar in zip(artists.curves.items(), artists.bars):
        line.set_data(RATES, np.clip(data.final[name] / data.first, 1e-12, 1e12))
        bar.set_width(data.width[name])
    artists.ceiling.set_data(RATES[[0, -1]], [data.ceiling / data.first] * 2)


def sweep_summary(data):
    best = max(data.width, key=data.width.get)
    return (f"{data.task.capitalize()}, loss times {data.scale:.3g}, {len(METHODS) * len(RATES)} runs of"
            f" {data.steps} steps. Decades of usable rates: " + "; ".join(f"{name} {width:.2g}" for name, width in data.width.items())
            + f". Widest: {best}.")


# The small constant, inside the root or outside

DELTA_RUN = 200


def constant():
    """delta inside or outside the root: RMSProp's step against the size of the gradient, and a run."""
    return LiveFigure("The small constant", constant_compute, constant_setup, constant_draw, constant_summary, {
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
        theta, method, heights = f.start.copy(), RMSProp(0.02, 0.9, delta, eps_inside=inside), [f.value(f.start)]
        seen = Scaled(f, scale, 0.0, None)
        for _ in range(DELTA_RUN):
            method.step(theta, seen)
            heights.append(f.value(theta))
        curves[name] = np.array(heights) / heights[0]
    return SimpleNamespace(delta=delta, scale=scale, steps=steps, curves=curves)


def constant_setup(figure):
    left, right = figure.subplots(1, 2)
    left.set(xlabel="size of the gradient  |g|", ylabel="length of the step / ε", xscale="log", yscale="log",
             xlim=(SIZES[0], SIZES[-1]), ylim=(1e-6, 5))
    right.set(xlabel="step", ylabel="loss / first loss", yscale="log", xlim=(0, DELTA_RUN), ylim=(1e-7, 3))
    lines = {}
    for name, (_, color, dash, marker) in PLACES.items():
        lines[name] = [ax.plot([], [], color=color, linestyle=dash, marker=marker, markersize=5, markevery=every,
                               label=name)[0] for ax, every in ((left, 5), (right, 20))]
    places = [left.plot([], [], color=color, linestyle=":", linewidth=1.5)[0] for _, color, *_ in PLACES.values()]
    left.legend(loc="lower right")
    return SimpleNamespace(lines=lines, places=places)


def constant_draw(artists, data):
    for name, (left, right) in artists.lines.items():
        left.set_data(SIZES, np.maximum(data.steps[name], 1e-12))
        right.set_data(np.arange(DELTA_RUN + 1), np.maximum(data.curves[name], 1e-12))
    for line, place in zip(artists.places, (data.delta, np.sqrt(data.delta))):
        line.set_data([place] * 2, [1e-6, 5])


def constant_summary(data):
    ends = "; ".join(f"{name.split()[0]} {curve[-10:].mean():.2g}" for name, curve in data.curves.items())
    return (f"δ = {data.delta:.2g}. Steps are halved where the gradient is about δ = {data.delta:.2g} (outside), or "
            f"√(δ/3) = {np.sqrt(data.delta / 3):.2g} (inside). On a ravine whose loss is multiplied by"
            f" {data.scale:.2g}, what is left of the loss after {DELTA_RUN} steps: {ends}.")


# A student's own Adam

def yours(adam_update):
    """Your own rule `adam_update(theta, g, s, r, t, lr, beta1, beta2, eps)` beside the library's."""
    if not callable(adam_update):
        raise TypeError("adam_update must be your function (theta, g, s, r, t, lr, beta1, beta2, eps),"
                        f" got {adam_update!r}")

    class Yours(Adam):
        options = ()
        update = staticmethod(adam_update)

        def __init__(self, lr, beta1, beta2):
            super(Adam, self).__init__(lr, beta1, beta2, 1e-8)

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
    left, right = figure.subplots(1, 2, width_ratios=[1, 1.3])
    left.set(xlabel="step", ylabel="length of the step / ε", yscale="log", xlim=(0.5, 20.5), ylim=(0.03, 30))
    right.set(xlabel="step", ylabel="loss", yscale="log", xlim=(0, STEPS), ylim=(TARGET / 2000, 1e4))
    lengths, curves = {}, {}
    for name, (color, dash, width, marker, size) in YOUR_RUNS.items():
        lengths[name] = left.plot([], [], color=color, linestyle=dash, linewidth=width, marker=marker,
                                  markersize=size)[0]
        curves[name] = right.plot([], [], color=color, linestyle=dash, linewidth=width, marker=marker, markersize=size,
                                  markevery=25, label=name)[0]
    word = left.text(0.5, 0.93, "", transform=left.transAxes, ha="center", va="top", color=COLORS["vermillion"])
    right.legend(loc="upper right")
    return SimpleNamespace(lengths=lengths, curves=curves, word=word)


def yours_draw(artists, data):
    for name, path in data.runs.items():
        moves = np.linalg.norm(np.diff(path.points[:21], axis=0), axis=-1) / data.lr if path else []
        artists.lengths[name].set_data(np.arange(1, len(moves) + 1), moves)
        artists.curves[name].set_data(*((np.arange(len(path.values)), path.values) if path else ([], [])))
    artists.word.set_text("" if data.runs["yours"] else "yours: not attempted")


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
