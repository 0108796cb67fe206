"""Live figures of lecture 3: parameter initialization."""

from dataclasses import replace
from functools import lru_cache
from types import SimpleNamespace

import numpy as np

from course_lib import datasets, losses
from course_lib.claims.measurement import number
from course_lib.claims.runs import until_divergence
from course_lib.claims.signals import (ACTIVATIONS, cosines, hidden_states, lyapunov, propagate, scaled,
                                       separation)
from course_lib.initializers import (glorot_normal, gram_schmidt, he_normal, he_uniform, lecun_normal, normal,
                                     orthogonal)
from course_lib.layers import Dense, ReLU
from course_lib.live import COLORS, Choice, LiveFigure, LogRange, Range, set_limits
from course_lib.network import Network
from course_lib.optimizers import SGD, Momentum
from course_lib.training import train

SCHEMES = {"He": he_normal, "He, uniform": he_uniform, "Glorot (Xavier)": glorot_normal,
           "LeCun": lecun_normal, "orthogonal": orthogonal,
           "N(0, 0.01²)": lambda rng, shape: normal(rng, shape, 0.01)}
HALVES = ((4, 1e4), (12, 1e12), (60, 1e60))     # heights of an axis of mean squares: few, so that it rests


def _height(values):
    """A symmetric log axis that holds the values: (1 / top, top)."""
    top = next((top for decades, top in HALVES if np.abs(np.log10(values)).max() < decades), HALVES[-1][1])
    return 1 / top, top


# Signal propagation

BINS = np.linspace(-3, 3, 41)


def signal():
    """Activations and gradients, layer by layer: their histograms and mean squares."""
    return LiveFigure("Signal propagation", signal_compute, signal_setup, signal_draw, signal_summary, {
        "activation": Choice(tuple(ACTIVATIONS), "ReLU"),
        "scheme": Choice(tuple(SCHEMES), "Glorot (Xavier)"),
        "gain": LogRange(0.3, 3, 1, label="gain  γ"),
        "depth": Range(2, 50, 20, label="depth"),
        "width": Range(8, 128, 96, 8, label="width"),
    }, size=(11, 6.4))


def signal_compute(activation, scheme, gain, depth, width):
    passes = propagate(scaled(SCHEMES[scheme], gain), ACTIVATIONS[activation], depth, width,
                       np.random.default_rng(0))
    squares, histograms = [], []
    for values in passes:                                               # (depth + 1, examples, width) each
        squares.append((values**2).mean(axis=(1, 2)))
        inside = np.clip(values, BINS[0], BINS[-1]).reshape(depth + 1, -1)
        histograms.append(np.stack([np.histogram(row, BINS)[0] for row in inside], axis=1) / inside.shape[1])
    return SimpleNamespace(activation=activation, scheme=scheme, gain=gain, depth=depth, width=width,
                           squares=squares, histograms=histograms,
                           growth=[float((s[-1] / s[0]) ** (1 / depth)) for s in squares])


def signal_setup(figure):
    panels = figure.subplots(2, 2, sharex="col")
    images, curves, marks = [], [], []
    for column, (title, color, marker) in enumerate((("activations  h", COLORS["blue"], "o"),
                                                     ("gradients  ∂L/∂h", COLORS["vermillion"], "s"))):
        top, bottom = panels[:, column]
        top.set(title=title, ylabel="value" if column == 0 else "", ylim=(-3, 3))
        bottom.xaxis.get_major_locator().set_params(integer=True)
        images.append(top.imshow(np.zeros((40, 3)), extent=(-0.5, 2.5, -3, 3), origin="lower", aspect="auto",
                                 cmap="cividis", vmin=0, vmax=0.2, interpolation="nearest"))
        bottom.set(xlabel="layer  (0: input)", yscale="log", ylim=(1e-12, 1e12),
                   ylabel="mean square" if column == 0 else "")
        bottom.axhline(1, color="0.6", linestyle=":", linewidth=1.5)
        curves.append(bottom.plot([], [], color=color, linestyle="-", marker=marker, markersize=5)[0])
        marks.append(bottom.text(0.5, 0.9, "", transform=bottom.transAxes, ha="center", va="top"))
    bar = figure.colorbar(images[0], ax=panels[0], use_gridspec=False, extend="max", aspect=12)
    bar.set_label("share of the values")
    bar = figure.colorbar(images[0], ax=panels[1], use_gridspec=False)    # keeps the columns equally wide
    bar.ax.set_visible(False)
    return SimpleNamespace(panels=panels, images=images, curves=curves, marks=marks)


def signal_draw(artists, data):
    layers = np.arange(data.depth + 1)
    for column in (0, 1):
        # Gradients come from the last layer: that is where their mean square is 1.
        order = slice(None) if column == 0 else slice(None, None, -1)
        artists.images[column].set_data(data.histograms[column][:, order])
        artists.images[column].set_extent((-0.5, data.depth + 0.5, -3, 3))
        top, bottom = artists.panels[:, column]
        set_limits(top, x=(-0.5, data.depth + 0.5))
        set_limits(bottom, y=_height(data.squares[column]))
        artists.curves[column].set_data(layers, data.squares[column][order])
        artists.marks[column].set_text(f"times {data.growth[column]:.3g} per layer" + " (backward)" * column)


def signal_summary(data):
    forward, backward = data.squares
    return (f"{data.activation}, {data.scheme}, gain {data.gain:.3g}, {data.depth} layers of {data.width}."
            f" Forward the mean square goes from {forward[0]:.3g} to {forward[-1]:.3g}, a factor"
            f" {data.growth[0]:.3g} per layer; backward from {backward[0]:.3g} to {backward[-1]:.3g}, a"
            f" factor {data.growth[1]:.3g}.")


# Symmetry

UNITS, UPDATES = 6, 500
JITTERS = ("0", "1e-15", "1e-10", "1e-6", "0.0001", "0.01", "0.1", "1")
DASHES = ("-", "--", "-.", ":", "-", "--")
SHAPES = "os^vDP"


def symmetry():
    """Six hidden units that start (nearly) equal: their weights, distance and loss as they train."""
    data = datasets.load("rings", np.random.default_rng(0), n=40)
    return LiveFigure("Symmetry", lambda jitter, activation, lr, updates: symmetry_compute(
        data, jitter, activation, lr, updates), symmetry_setup, symmetry_draw, symmetry_summary, {
        "jitter": Choice(JITTERS, "1e-6", label="jitter  σ"),
        "activation": Choice(("tanh", "ReLU"), "tanh"),
        "lr": LogRange(0.01, 0.3, 0.1, label="rate  ε"),
        "updates": Range(10, UPDATES, UPDATES, 10, label="updates"),
    }, size=(11.5, 4.2))


def symmetry_compute(data, jitter, activation, lr, updates):
    sigma = float(jitter)

    def nearly_equal(rng, shape):
        return 0.5 + sigma * rng.standard_normal(shape)

    weights, loss = _rings_run(data, nearly_equal, activation, lr, updates)
    _, random_loss = _rings_run(data, glorot_normal, activation, lr, updates)
    return SimpleNamespace(jitter=sigma, activation=activation, updates=updates, weights=weights, loss=loss,
                           random_loss=random_loss, distance=separation(weights))


def _rings_run(data, draw, activation, lr, updates):
    """Weights into the hidden units (updates + 1, 2, units), the loss before each update and at the end."""
    network = Network([Dense(2, UNITS, draw), ACTIVATIONS[activation], Dense(UNITS, 2, draw)],
                      losses.softmax_cross_entropy, np.random.default_rng(1))
    f, rule = network.objective(data.x, data.y), Momentum(lr, 0.9)
    W = network.views(network.theta)[0]["W"]
    weights, loss = [W.copy()], []
    for _ in range(updates):
        rule.step(network.theta, f)
        weights.append(W.copy())
        loss.append(f.last_value)
    return np.array(weights), np.array(loss + [f.value(network.theta)])


def symmetry_setup(figure):
    plane, apart, loss = figure.subplots(1, 3)
    plane.set(xlabel="weight from $x_1$", ylabel="weight from $x_2$", xlim=(-5, 5), ylim=(-5, 5),
              title="weights of the six units")
    plane.locator_params(nbins=5, integer=True)
    colors = ["black"] + [COLORS[name] for name in ("blue", "vermillion", "green", "orange", "purple")]
    paths = [plane.plot([], [], color=color, linestyle=dash, linewidth=1.3)[0]
             for color, dash in zip(colors, DASHES)]
    ends = [plane.plot([], [], color=color, marker=shape, markersize=9, linestyle="none")[0]
            for color, shape in zip(colors, SHAPES)]
    word = plane.text(0.5, 0.05, "", transform=plane.transAxes, ha="center", weight="bold")
    apart.set(xlabel="update", title="largest distance of two units", yscale="log", xlim=(0, UPDATES),
              ylim=(1e-16, 1e2))
    distance = apart.plot([], [], color=COLORS["blue"])[0]
    exact = apart.text(0.5, 0.5, "", transform=apart.transAxes, ha="center", weight="bold")
    loss.set(xlabel="update", title="training loss", yscale="log", xlim=(0, UPDATES), ylim=(1e-3, 20))
    curves = [loss.plot([], [], color=color, linestyle=dash, label=label)[0] for color, dash, label in
              ((COLORS["blue"], "-", "this start"), ("0.4", "--", "random start"))]
    loss.legend(loc="upper right")
    return SimpleNamespace(plane=plane, paths=paths, ends=ends, word=word, distance=distance, exact=exact,
                           curves=curves)


def symmetry_draw(artists, data):
    reach = np.abs(data.weights).max()
    set_limits(artists.plane, *[next((-r, r) for r in (2, 5, 20, 1e9) if reach < 0.97 * r)] * 2)
    for unit, (path, end) in enumerate(zip(artists.paths, artists.ends)):
        path.set_data(*data.weights[:, :, unit].T)
        end.set_data(*data.weights[-1:, :, unit].T)
    together = data.distance.max() == 0
    artists.word.set_text("six units on one spot" if together else "")
    artists.exact.set_text("exactly 0, always" if together else "")
    artists.distance.set_data(*([], []) if together else (np.arange(data.updates + 1), data.distance))
    for curve, values in zip(artists.curves, (data.loss, data.random_loss)):
        curve.set_data(np.arange(data.updates + 1), values)


def symmetry_summary(data):
    apart = ("stays exactly 0" if data.distance.max() == 0
             else f"goes from {data.distance[0]:.2g} to {data.distance[-1]:.2g}")
    return (f"Jitter {data.jitter:g}, {data.activation}, {data.updates} updates: the largest distance of two"
            f" units {apart}. "
            f"Training loss {data.loss[-1]:.3g}; from a random start {data.random_loss[-1]:.3g}.")


# Gram-Schmidt, one vector at a time; random vectors

WIDTHS = 2 ** np.arange(1, 11)


def vectors():
    """Gram-Schmidt one vector at a time, and how nearly orthogonal random vectors are anyway."""
    return LiveFigure("Gram-Schmidt", vectors_compute, vectors_setup, vectors_draw, vectors_summary, {
        "n": Range(2, 48, 12, label="width  n"),
        "done": Range(0, 48, 5, label="vectors done"),
        "seed": Range(0, 20, 0, label="another draw"),
    }, size=(12, 4.3))


@lru_cache
def _random_cosines():
    """Mean |cosine| of two random vectors of each width."""
    rng = np.random.default_rng(0)
    pairs = (rng.standard_normal((2, 300, n)) for n in WIDTHS)
    return [float(np.abs((a * b).sum(-1) / np.linalg.norm(a, axis=-1) / np.linalg.norm(b, axis=-1)).mean())
            for a, b in pairs]


def vectors_compute(n, done, seed):
    A = np.random.default_rng(seed).standard_normal((n, n))
    A /= np.linalg.norm(A, axis=0)
    done = min(done, n)
    Q = A.copy()
    if done:
        Q[:, :done] = gram_schmidt(A[:, :done])
    k = min(done, n - 1)                                        # the vector whose turn it is
    along = np.linalg.norm(Q[:, :k].T @ A[:, k])
    cosines = np.abs(Q.T @ Q)
    off = ~np.eye(n, dtype=bool)
    return SimpleNamespace(n=n, done=done, k=k, cosines=cosines, along=float(along),
                           rest=float(np.sqrt(max(0, 1 - along**2))),
                           start=float(np.abs(A.T @ A)[off].mean()),
                           now=float(cosines[off].mean()), widths=_random_cosines())


def vectors_setup(figure):
    table, step, law = figure.subplots(1, 3, width_ratios=[1.15, 1, 1.15])
    image = table.imshow(np.zeros((2, 2)), extent=(0.5, 2.5, 2.5, 0.5), cmap="cividis", vmin=0, vmax=1)
    table.set(title="|cosine| of two vectors", xlabel="vector", ylabel="vector", xlim=(0.5, 2.5),
              ylim=(2.5, 0.5))
    figure.colorbar(image, ax=table, use_gridspec=False, shrink=0.8)
    for axis in (table.xaxis, table.yaxis):
        axis.get_major_locator().set_params(integer=True)
    step.set(xlim=(-0.1, 1.1), ylim=(-0.1, 1.75), aspect="equal", xlabel="part along those before",
             ylabel="new direction", xticks=[0, 0.5, 1], yticks=[0, 0.5, 1])
    lines = [step.plot([], [], color=color, linestyle=dash, linewidth=width, marker=marker, markevery=[1],
                       label=label)[0]
             for color, dash, width, marker, label in (
                 (COLORS["green"], "-", 2, "^", "its rest, to length 1"),
                 (COLORS["blue"], "-", 2, "o", "next vector"),
                 (COLORS["vermillion"], "--", 2, "s", "part taken out"))]
    step.legend(loc="upper right", fontsize=12)
    law.set(xlabel="width  n", ylabel="mean |cosine| of two vectors", xscale="log", yscale="log",
            xlim=(1.7, 1300),
            ylim=(0.015, 1))
    law.plot(WIDTHS, np.sqrt(2 / (np.pi * WIDTHS)), color="0.5", linestyle="--", label=r"$\sqrt{2/(\pi n)}$")
    dots = law.plot([], [], color=COLORS["blue"], linestyle="none", marker="o", label="random, measured")[0]
    here = law.plot([], [], color=COLORS["vermillion"], linestyle="none", marker="*", markersize=15,
                    label="these vectors")[0]
    law.legend(loc="lower left")
    return SimpleNamespace(table=table, image=image, lines=lines, dots=dots, here=here)


def vectors_draw(artists, data):
    n = data.n
    artists.image.set_data(data.cosines)
    artists.image.set_extent((0.5, n + 0.5, n + 0.5, 0.5))
    set_limits(artists.table, x=(0.5, n + 0.5), y=(n + 0.5, 0.5))
    rest, vector, part = artists.lines
    rest.set_data([0, 0], [0, 1])
    vector.set_data([0, data.along], [0, data.rest])
    part.set_data([data.along, 0], [data.rest, data.rest])
    artists.dots.set_data(WIDTHS, data.widths)
    artists.here.set_data([n], [data.start])


def vectors_summary(data):
    turn = ("All are orthonormal." if data.done == data.n else
            f"Next is vector {data.k + 1}: {data.along:.3g} of its length 1 lies along those before,"
            f" {data.rest:.3g} is new.")
    return (f"{data.n} random vectors of width {data.n}, {data.done} of them made orthonormal. {turn} Mean"
            f" |cosine| of two: {data.start:.3g} at first, {number(data.now)} now.")


# Scale and outcome

@lru_cache(maxsize=1)
def small_digits():
    """The digits with every fourth training example only, so that there is something to overfit."""
    data = datasets.load("digits")
    return replace(data, x=data.x[::4], y=data.y[::4])


GAINS = 10 ** np.linspace(-1.5, 1, 16)
PASSES = 15


def scale():
    """The gain of the initial weights, and what training makes of it: curves, and the end against gain."""
    return LiveFigure("Scale and outcome",
                      lambda gain, lr, hidden: (scale_compute(gain, lr, hidden, passes) for passes in (4, PASSES)),
                      scale_setup, scale_draw, scale_summary, {
        "gain": LogRange(0.03, 10, 1, label="gain  γ  (1: He)"),
        "lr": LogRange(0.01, 0.3, 0.05, label="rate  ε"),
        "hidden": Range(1, 4, 3, label="hidden layers"),
    }, size=(11, 4.4))


def scale_compute(gain, lr, hidden, passes=PASSES):
    return SimpleNamespace(gain=gain, lr=lr, hidden=hidden, passes=passes,
                           run=_scale_runs((gain,), lr, hidden, passes),
                           sweep=_scale_runs(tuple(GAINS), lr, hidden, passes)[-1])


@lru_cache(maxsize=64)
def _scale_runs(gains, lr, hidden, passes):
    """Records of one network for each gain, from the same draw, trained together."""
    sizes = [64] + [32] * hidden

    def layers(gain):
        pairs = [[Dense(a, b, scaled(he_normal, gain)), ReLU()] for a, b in zip(sizes, sizes[1:])]
        return sum(pairs, []) + [Dense(32, 10, scaled(he_normal, gain))]

    networks = Network(layers(1.0), losses.softmax_cross_entropy, np.random.default_rng(0), runs=len(gains))
    networks.theta[:] = [Network(layers(gain), losses.softmax_cross_entropy, np.random.default_rng(0)).theta
                         for gain in gains]
    with np.errstate(over="ignore", invalid="ignore"):                  # a row that diverges says so by nan
        return until_divergence(train(networks, small_digits(), SGD(lr), epochs=passes, batch_size=30,
                                      rng=np.random.default_rng(1)))


def scale_setup(figure):
    left, right = figure.subplots(1, 2)
    left.set(xlabel="pass over the 360 examples", ylabel="loss", yscale="log", xlim=(0, PASSES),
             ylim=(3e-3, 2e4))
    right.set(xlabel="gain of the initial weights  γ", ylabel="loss at the end", xscale="log", yscale="log",
              xlim=(GAINS[0], GAINS[-1]), ylim=(3e-3, 2e4))
    look = {"training": (COLORS["blue"], "-", "o"), "test": (COLORS["vermillion"], "--", "s")}
    curves, sweeps = ([ax.plot([], [], color=color, linestyle=dash, marker=marker, markersize=5,
                               label=name)[0]
                       for name, (color, dash, marker) in look.items()] for ax in (left, right))
    for ax in (left, right):
        ax.axhline(np.log(10), color="0.5", linestyle=":", linewidth=1.5, label="guessing: log 10")
    here = right.plot([], [], color="black", linestyle="-.", linewidth=1.5, label="chosen")[0]
    left.legend(loc="upper right")
    right.legend(loc="upper left")
    return SimpleNamespace(curves=curves, sweeps=sweeps, here=here)


def scale_draw(artists, data):
    for name, curve, sweep in zip(("loss", "test_loss"), artists.curves, artists.sweeps):
        curve.set_data([record.epoch for record in data.run],
                       _or_above([getattr(record, name)[0] for record in data.run]))
        sweep.set_data(GAINS, _or_above(getattr(data.sweep, name)))
    artists.here.set_data([data.gain] * 2, [3e-3, 2e4])


def _or_above(losses):
    """Losses that are not finite stand far above the picture, so that the curve leaves it at the top."""
    return np.where(np.isfinite(losses), losses, 1e30)


def scale_summary(data):
    last = data.run[-1]
    start = f"γ = {data.gain:.3g}, ε = {data.lr:.3g}, {data.hidden} hidden layer{'s' * (data.hidden > 1)}"
    if last.epoch < data.passes or not np.isfinite(last.loss[0]):
        return f"{start}: diverges in pass {int(last.epoch) + 1}, from a loss of {data.run[0].loss[0]:.3g}."
    best = GAINS[np.nanargmin(np.where(np.isfinite(data.sweep.test_loss), data.sweep.test_loss, np.nan))]
    return (f"{start}, {data.passes} passes: training loss from {data.run[0].loss[0]:.3g} to"
            f" {last.loss[0]:.3g}, test loss {last.test_loss[0]:.3g}, right on {100 * last.accuracy[0]:.1f} %"
            f" of the training and {100 * last.test_accuracy[0]:.1f} % of the test examples. Lowest test loss"
            f" in the sweep: at gain {best:.2g}.")


# Chaos in a recurrent net

TIME = 60
RECURRENT = {"Gaussian": lecun_normal, "orthogonal": orthogonal}


def chaos():
    """A recurrent net left to itself, h = tanh(h U), from two nearby states."""
    return LiveFigure("Chaos", chaos_compute, chaos_setup, chaos_draw, chaos_summary, {
        "gain": Range(0.2, 3.0, 2.5, 0.05, label="gain  γ"),
        "scheme": Choice(tuple(RECURRENT), "Gaussian", label="recurrent weights  U"),
        "width": Choice((32, 128, 512), 128, label="units"),
        "start": LogRange(1e-12, 1e-1, 1e-3, label="distance at first"),
    }, size=(11, 4.2))


def chaos_compute(gain, scheme, width, start):
    rng = np.random.default_rng(3)
    U = gain * RECURRENT[scheme](rng, (width, width))
    first = rng.standard_normal(width)
    away = rng.standard_normal(width)
    states = hidden_states(U, np.stack([first, first + start * away / np.linalg.norm(away)]), TIME)
    distance = np.linalg.norm(states[:, 0] - states[:, 1], axis=-1)
    return SimpleNamespace(gain=gain, scheme=scheme, width=width, start=start, states=states[:, :, 0],
                           distance=distance,
                           rate=lyapunov(U, states[:, :1]).item(), parted=int(np.argmax(distance > 1)))


def chaos_setup(figure):
    left, right = figure.subplots(1, 2, width_ratios=[1.25, 1])
    left.set(xlabel="time step", ylabel="state of one unit", xlim=(0, TIME), ylim=(-1.1, 1.7),
             yticks=[-1, 0, 1])
    lines = [left.plot([], [], color=color, linestyle=dash, linewidth=width, marker=marker, markersize=4,
                       label=label)[0]
             for color, dash, width, marker, label in ((COLORS["skyblue"], "-", 3.5, "o", "one start"),
                                                       (COLORS["vermillion"], "--", 1.5, "s",
                                                        "a start nearby"))]
    left.legend(loc="upper right", ncols=2)
    right.set(xlabel="time step", ylabel="distance of the two states", yscale="log", xlim=(0, TIME),
              ylim=(1e-16, 1e3))
    distance = right.plot([], [], color=COLORS["blue"], label="measured")[0]
    slope = right.plot([], [], color="black", linestyle="--", label=r"$d_0\, e^{\lambda t}$")[0]
    right.legend(loc="lower right")
    return SimpleNamespace(lines=lines, distance=distance, slope=slope)


def chaos_draw(artists, data):
    steps = np.arange(TIME + 1)
    for line, states in zip(artists.lines, data.states.T):
        line.set_data(steps, states)
    artists.distance.set_data(steps, np.maximum(data.distance, 1e-300))
    artists.slope.set_data(steps, data.start * np.exp(data.rate * steps))


def chaos_summary(data):
    fate = f"more than 1 after {data.parted}" if data.parted else f"{number(data.distance[-1])} after {TIME}"
    return (f"{data.scheme} weights of gain {data.gain:.3g}, {data.width} units: a small distance is"
            f" multiplied by {np.exp(data.rate):.3g} per step (λ = {data.rate:.3g}). Distance"
            f" {data.start:.2g} at first, {fate} steps.")


# What remains of the start

LAYERS, WIDE, LAST = 4, 48, 256
AT = (0, 1, 2, 4, 8, 16, 32, 64, 128, 256)
STARTS = {"He": he_normal, "orthogonal, gain √2": scaled(orthogonal, np.sqrt(2)),
          "Glorot (Xavier)": glorot_normal,
          "equal units + 0.001": lambda rng, shape: normal(rng, (shape[0], 1), np.sqrt(2 / shape[0]))
          + normal(rng, shape, 0.001)}


def remains():
    """Properties of the initial weights, followed through training: which are still there later?"""
    return LiveFigure("What remains", remains_compute, remains_setup, remains_draw, remains_summary, {
        "scheme": Choice(tuple(STARTS), "orthogonal, gain √2", label="start"),
        "lr": LogRange(0.01, 0.5, 0.1, label="rate  ε"),
        "seed": Range(0, 20, 0, label="another draw"),
    }, size=(12, 4.2))


def remains_compute(scheme, lr, seed):
    data, rng = small_digits(), np.random.default_rng(seed)
    sizes = [64] + [WIDE] * LAYERS
    layers = sum([[Dense(a, b, STARTS[scheme]), ReLU()] for a, b in zip(sizes, sizes[1:])], [])
    network = Network(layers + [Dense(WIDE, 10)], losses.softmax_cross_entropy, rng)
    rule, seen = SGD(lr), []
    for k in range(LAST + 1):
        if k in AT:
            outputs, tape = network.forward(network.theta, data.x_test, train=False)
            kept = [cache for layer, _, cache in tape if isinstance(layer, ReLU)]
            weights = [views["W"] for views in network.views(network.theta)[2:-1:2]]    # the square ones
            seen.append(([(h**2).mean() for h in kept], np.mean([cosines(W) for W in weights]),
                         losses.softmax_cross_entropy(outputs, data.y_test)[0]))
        batch = rng.integers(0, len(data.x), 30)
        rule.step(network.theta, network.objective(data.x[batch], data.y[batch]))
    squares, cosine, loss = (np.array(column) for column in zip(*seen))
    return SimpleNamespace(scheme=scheme, lr=lr, squares=squares, cosine=cosine, loss=loss)


def remains_setup(figure):
    panels = figure.subplots(1, 3)
    for ax, title in zip(panels,
                         ("mean square of the activations", "mean |cosine| of two units", "test loss")):
        ax.set(xlabel="update", title=title, xscale="symlog", xlim=(0, 300), xticks=[0, 1, 10, 100],
               xticklabels=["0", "1", "10", "100"])
    squares, cosine, loss = panels
    squares.set(yscale="log", ylim=(1e-5, 1e4))
    colors = [COLORS[name] for name in ("skyblue", "blue", "purple", "vermillion")]
    layers = [squares.plot([], [], color=color, linestyle=dash, marker=shape, markersize=5,
                           label=f"layer {i + 1}")[0]
              for i, (color, dash, shape) in enumerate(zip(colors, DASHES, SHAPES))]
    squares.legend(loc="upper left", ncols=2)
    cosine.set(ylim=(0, 1.4))
    cosine.axhline(np.sqrt(2 / (np.pi * WIDE)), color="0.5", linestyle="--", label="random vectors")
    line = cosine.plot([], [], color=COLORS["blue"], marker="o", markersize=5, label="these units")[0]
    cosine.legend(loc="upper center")
    loss.set(ylim=(0, 4))
    test = loss.plot([], [], color=COLORS["vermillion"], marker="s", markersize=5)[0]
    return SimpleNamespace(layers=layers, cosine=line, loss=test)


def remains_draw(artists, data):
    for line, values in zip(artists.layers, data.squares.T):
        line.set_data(AT, values)
    artists.cosine.set_data(AT, data.cosine)
    artists.loss.set_data(AT, data.loss)


def remains_summary(data):
    ratio = data.squares[:, -1] / data.squares[:, 0]
    cosine = f"{number(data.cosine[0])}, {data.cosine[1]:.3g}, {data.cosine[-1]:.3g}"
    return (f"Start: {data.scheme}, ε = {data.lr:.3g}. Mean square of layer {LAYERS} over layer 1:"
            f" {ratio[0]:.3g} at first, {ratio[1]:.3g} after one update, {ratio[-1]:.3g} after {LAST}. Mean"
            f" |cosine| of two units: {cosine}. Test loss at the end {data.loss[-1]:.3g}.")


# The student's own scheme

def yours(scales, predict, orthogonal):
    """Your `scales(fan_in, fan_out)`, `predict(m, n, std, depth)`, `orthogonal(A, gain)` in a ReLU net."""
    for name, function in (("scales", scales), ("predict", predict), ("orthogonal", orthogonal)):
        if not callable(function):
            raise TypeError(f"{name} must be your function, got {function!r}")
    functions = scales, predict, orthogonal
    return LiveFigure("Your initialization",
                      lambda width, depth, gain, seed: yours_compute(functions, width, depth, gain, seed),
                      yours_setup, yours_draw, yours_summary, {
        "width": Range(16, 128, 64, 16, label="width"),
        "depth": Range(2, 50, 30, label="depth"),
        "gain": LogRange(0.5, 2, float(np.sqrt(2)), label="gain of the orthogonal weights"),
        "seed": Range(0, 20, 0, label="another draw"),
    }, size=(10, 4.4))


def yours_compute(functions, width, depth, gain, seed):
    scales, predict, orthogonal = functions
    try:
        glorot, he = scales(width, width)[:2]
        draws = {"Glorot": lambda rng, shape: normal(rng, shape, float(glorot)),
                 "He": lambda rng, shape: normal(rng, shape, float(he)),
                 "orthogonal": lambda rng, shape: orthogonal(rng.standard_normal(shape), gain)}
        predicted = {"Glorot": predict(1.0, width, glorot, depth), "He": predict(1.0, width, he, depth),
                     "orthogonal": predict(1.0, width, gain / np.sqrt(width), depth)}
        measured = {name: (propagate(draw, ACTIVATIONS["ReLU"], depth, width,
                                     np.random.default_rng(seed))[0]**2
                           ).mean(axis=(1, 2)) for name, draw in draws.items()}
    except NotImplementedError:
        return SimpleNamespace(depth=depth, measured=None)
    return SimpleNamespace(width=width, depth=depth, gain=gain, measured=measured,
                           predicted={name: np.asarray(values, float) for name, values in predicted.items()})


def yours_setup(figure):
    ax = figure.subplots()
    ax.set(xlabel="layer  (0: input)", ylabel="mean square of the activations", yscale="log",
           xlim=(-0.5, 50.5), ylim=(1e-12, 1e12))
    ax.locator_params(axis="x", integer=True)
    look = {"Glorot": (COLORS["orange"], "--", "s"), "He": (COLORS["blue"], "-", "o"),
            "orthogonal": (COLORS["green"], "-.", "^")}
    lines = {name: ax.plot([], [], color=color, linestyle=dash, linewidth=1.5,
                           label=f"{name}, your prediction")[0]
             for name, (color, dash, _) in look.items()}
    dots = {name: ax.plot([], [], color=color, linestyle="none", marker=marker, markersize=6,
                          label=f"{name}, measured")[0]
            for name, (color, _, marker) in look.items()}
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False)
    word = ax.text(0.5, 0.5, "", transform=ax.transAxes, ha="center", va="center", weight="bold")
    return SimpleNamespace(ax=ax, lines=lines, dots=dots, word=word)


def yours_draw(artists, data):
    if data.measured is None:
        artists.word.set_text("not attempted yet")
        return
    set_limits(artists.ax, x=(-0.5, data.depth + 0.5), y=_height(np.concatenate([*data.measured.values()])))
    for name in data.measured:
        artists.lines[name].set_data(np.arange(len(data.predicted[name])), data.predicted[name])
        artists.dots[name].set_data(np.arange(data.depth + 1), data.measured[name])


def yours_summary(data):
    if data.measured is None:
        return "Not attempted yet: the figure needs your functions of tasks 1, 3 and 4."
    ends = "; ".join(f"{name} {data.measured[name][-1]:.3g}, predicted {data.predicted[name][-1]:.3g}"
                     for name in data.measured)
    return f"{data.depth} ReLU layers of {data.width}, mean square at the last: {ends}."
