"""Live figures of lecture 3: parameter initialization."""

from dataclasses import replace
from functools import lru_cache
from types import SimpleNamespace

import numpy as np

from course_lib import datasets, losses
from course_lib.claims.labs import mlp, same_start
from course_lib.claims.measurement import number
from course_lib.claims.signals import (ACTIVATIONS, cosines, hidden_states, lyapunov, passes, propagate,
                                       scaled, separation)
from course_lib.initializers import (glorot_normal, gram_schmidt, he_normal, he_uniform, lecun_normal, normal,
                                     orthogonal)
from course_lib.layers import Dense, ReLU
from course_lib.live import COLORS, Choice, LiveFigure, LogRange, Panel, Range, legend_above
from course_lib.network import Network
from course_lib.optimizers import SGD, Diverged, Momentum
from course_lib.training import descend, inf_where_diverged, train

SCHEMES = {"He": he_normal, "He, uniform": he_uniform, "Glorot (Xavier)": glorot_normal,
           "LeCun": lecun_normal, "orthogonal": orthogonal,
           "N(0, 0.01²)": lambda rng, shape: normal(rng, shape, 0.01)}
LOOKS = [(COLORS["blue"], "-", "o"), (COLORS["vermillion"], "--", "s"), (COLORS["green"], "-.", "^"),
         (COLORS["purple"], ":", "v"), (COLORS["orange"], "-", "D"), ("black", "--", "P")]
DRAW = Range(0, 20, 0, label="another draw")


# Signal propagation

EXAMPLES = 32
DECADES = 2, 6, 12, 20, 30, 50, 100, 300    # of an axis from 1 on: few, so that it rests
CELLS = 60                                                      # of a histogram, from end to end of the axis
SIGNALS = "activations  h", "gradients  ∂L/∂h", "gradients  ∂L/∂W"
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")         # formulas are slow to draw


def signal():
    """h, dL/dh and dL/dW layer by layer: histograms of one network, mean squares of it and of many."""
    return LiveFigure("Signal propagation", signal_compute, signal_setup, signal_draw, signal_summary, {
        "activation": Choice(tuple(ACTIVATIONS), "ReLU"),
        "scheme": Choice(tuple(SCHEMES), "Glorot (Xavier)"),
        "gain": LogRange(0.3, 3, 1, label="gain  γ"),
        "depth": Range(2, 50, 20, label="depth"),
        "width": Range(8, 96, 96, 8, label="width"),
        "seed": DRAW,
    }, size=(12, 5.2))


def signal_compute(activation, scheme, gain, depth, width, seed):
    setting = activation, scheme, gain, depth, width
    named = dict(zip(("activation", "scheme", "gain", "depth", "width"), setting))
    squares = [values**2 for values in _signals(*setting, np.random.default_rng(seed))]
    own = [values.mean(axis=(1, 2)) for values in squares]
    limits = _decades(np.append(np.concatenate(own), own[2].min() / 100))
    pictures = [_histograms(values, limits) for values in squares]
    for others, done in _other_networks(*setting):
        yield SimpleNamespace(**named, own=own, zeros=float((squares[0][1:] == 0).mean()), limits=limits,
                              pictures=pictures, others=others, networks=len(others[0]), done=done)


def _signals(activation, scheme, gain, depth, width, rng, runs=None):
    """h, dL/dh and dL/dW from the first layer to the last, the layers along the first axis."""
    h, of_h, of_weights = passes(scaled(SCHEMES[scheme], gain), ACTIVATIONS[activation], depth, width, rng,
                                 EXAMPLES, runs)
    return h, of_h[::-1], of_weights[::-1]


_measured = {}      # setting: mean squares of many networks


def _other_networks(*setting):
    """Yields the mean squares of h, dL/dh, dL/dW, each (networks, layers), so far, and the share made."""
    if setting not in _measured:
        weights = setting[-2] * setting[-1] ** 2
        networks = int(np.clip(8e6 / weights, 20, 200))
        at_once = int(np.clip(5e5 / weights, 1, 500 / setting[-2]))
        rng, parts = np.random.default_rng(99), []
        for first in range(0, networks, at_once):
            signals = _signals(*setting, rng, min(at_once, networks - first))
            parts.append([(values**2).mean(axis=(2, 3)).T for values in signals])
            found = [np.concatenate(part) for part in zip(*parts)]
            yield found, len(found[0]) / networks
        _measured[setting] = found
    yield _measured[setting], 1.0


def _decades(values):
    """Limits (low, high) of an axis of powers of ten that holds the values, taken from DECADES."""
    seen = np.log10(values[values > 0])
    low, high = (next(n for n in DECADES if reach < 0.97 * n) for reach in (-seen.min(), seen.max()))
    return -low, high


def _histograms(squares, limits):
    """Share of the values not 0 of each layer (CELLS, layers) between powers of ten; nan where none are."""
    rows = squares.reshape(len(squares), -1)
    rows = rows[:, ::max(1, rows.shape[1] // 2000)]
    at = np.log10(np.maximum(rows, 1e-320)) - limits[0]
    cell = np.floor(np.clip(at / (limits[1] - limits[0]) * CELLS, -1, CELLS)).astype(int) + 1
    cell += (CELLS + 2) * np.arange(len(rows))[:, None]
    counts = np.bincount(cell.ravel(), minlength=(CELLS + 2) * len(rows)).reshape(len(rows), -1)[:, 1:-1].T
    return np.where(counts > 0, counts / np.maximum(1, (rows > 0).sum(axis=1)), np.nan)


def signal_setup(figure):
    panels = [Panel(ax) for ax in figure.subplots(1, 3, sharey=True)]
    for panel, title in zip(panels, SIGNALS):
        panel.ax.set(title=title, xlabel="layer", ylim=(-12, 2))
        panel.ax.xaxis.get_major_locator().set_params(integer=True, nbins=3)
    panels[0].ax.yaxis.get_major_locator().set_params(integer=True, nbins=7)
    panels[0].ax.yaxis.set_major_formatter(lambda power, _: "10" + f"{power:.0f}".translate(RAISED))
    panels[0].ax.set(xlabel="layer  (0: input)", ylabel="square of a value")
    panels[0].ax.yaxis.set_label_coords(-0.27, 0.5)         # room for the longest tick labels that can come
    legend_above(figure, panels[0], columns=3)
    return panels


def signal_draw(panels, data):
    (low, high), room = data.limits, next(n for n in (10, 25, 50) if data.depth <= n)
    for i, (panel, own, others, picture) in enumerate(zip(panels, data.own, data.others, data.pictures)):
        layers = np.arange(i == 2, data.depth + 1)              # dL/dW begins at layer 1
        panel.limits(x=(-0.5, room + 0.5), y=data.limits)
        panel.image("values", picture, (layers[0] - 0.5, layers[-1] + 0.5, low, high), 0, 0.2, cmap="Greys",
                    bar="share of the values" if i == 2 else None)
        for label, values, color, dash, marker in (
                ("mean square in this network", own, COLORS["blue"], "-", "o"),
                ("median of many networks", np.median(others, axis=0), "black", "--", ""),
                ("mean of many networks", np.mean(others, axis=0), COLORS["vermillion"], "-.", "")):
            panel.line(label, layers, np.log10(np.maximum(values, 1e-320)), color, dash, marker, size=4)
    panels[0].text("zeros", 0.03, 0.03, f"and {data.zeros:.0%} of h are 0" if data.zeros else "", inside=True)


def signal_summary(data):
    (h, of_h, of_weights), last = data.own, data.others[0][:, -1]
    return (f"{data.activation}, {data.scheme}, gain {data.gain:.3g}, {data.depth} layers of {data.width}."
            f" Mean square of h from {h[0]:.2g} at the input to {h[-1]:.2g} in the last layer; of ∂L/∂h, on"
            f" the way back, from {of_h[-1]:.2g} to {of_h[0]:.2g}; of ∂L/∂W from {of_weights[-1]:.2g} to"
            f" {of_weights[0]:.2g}. Last h of {data.networks} networks: median {np.median(last):.2g}, mean"
            f" {last.mean():.2g}.")


# Symmetry

UNITS, UPDATES, SLICE = 6, 500, 20
JITTERS = ("0", "1e-15", "1e-10", "1e-6", "0.0001", "0.01", "0.1", "1")


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
    starts = [Network([Dense(2, UNITS, draw), ACTIVATIONS[activation], Dense(UNITS, 2, draw)],
                      losses.softmax_cross_entropy, np.random.default_rng(1))
              for draw in (lambda rng, shape: 0.5 + sigma * rng.standard_normal(shape), glorot_normal)]
    f, rules = starts[0].objective(data.x, data.y), [Momentum(lr, 0.9), Momentum(lr, 0.9)]
    points = [network.theta[None] for network in starts]
    values = [[f.value(network.theta)] for network in starts]
    for first in range(0, updates, SLICE):
        for i, rule in enumerate(rules):
            path = descend(f, points[i][-1], rule, min(SLICE, updates - first))
            points[i] = np.concatenate([points[i], path.points[1:]])
            values[i] = np.concatenate([values[i], path.values[1:]])
        weights = points[0][:, :2 * UNITS].reshape(-1, 2, UNITS)
        yield SimpleNamespace(jitter=sigma, activation=activation, updates=len(weights) - 1, weights=weights,
                              loss=values[0], random_loss=values[1], distance=separation(weights),
                              done=len(weights) / (updates + 1))


def symmetry_setup(figure):
    plane, apart, loss = panels = [Panel(ax) for ax in figure.subplots(1, 3)]
    plane.ax.set(xlabel="weight from $x_1$", ylabel="weight from $x_2$", xlim=(-3, 3), ylim=(-3, 3),
                 title="weights of the six units")
    plane.ax.locator_params(nbins=5, integer=True)
    apart.ax.set(xlabel="update", title="largest distance of two units", yscale="log", xlim=(0, UPDATES),
                 ylim=(1e-16, 1e2))
    loss.ax.set(xlabel="update", title="training loss", yscale="log", xlim=(0, UPDATES), ylim=(1e-3, 20))
    loss.legend("upper right")
    return panels


def symmetry_draw(panels, data):
    plane, apart, loss = panels
    reach, updates = np.abs(data.weights).max(), np.arange(data.updates + 1)
    room = next(r for r in (3, 6, 20, 1e9) if reach < 0.97 * r)
    plane.limits((-room, room), (-room, room))
    for unit, (color, dash, marker) in enumerate(LOOKS):
        path = data.weights[:, :, unit].T
        plane.line(f"path {unit}", *path, color, dash, width=1.3)
        plane.points(f"end {unit}", *path[:, -1], color, marker, size=9)
    apart.line("distance", updates, data.distance, COLORS["blue"])
    if data.distance.max() == 0:
        plane.text("together", 0.5, 0.05, "six units on one spot", ha="center", weight="bold", inside=True)
        apart.text("together", 0.5, 0.5, "exactly 0, always", ha="center", weight="bold", inside=True)
    loss.line("this start", updates, data.loss, COLORS["blue"])
    loss.line("random start", updates, data.random_loss, "0.4", "--")


def symmetry_summary(data):
    apart = ("stays exactly 0" if data.distance.max() == 0
             else f"goes from {data.distance[0]:.2g} to {data.distance[-1]:.2g}")
    return (f"Jitter {data.jitter:g}, {data.activation}, {data.updates} updates: the largest distance of two"
            f" units {apart}. "
            f"Training loss {data.loss[-1]:.3g}; from a random start {data.random_loss[-1]:.3g}.")


# Gram-Schmidt, one vector at a time; random vectors

MANY = 12
WIDTHS = 2 ** np.arange(1, 11)


def vectors():
    """Gram-Schmidt one vector at a time, and how nearly orthogonal random vectors are anyway."""
    return LiveFigure("Gram-Schmidt", vectors_compute, vectors_setup, vectors_draw, vectors_summary, {
        "n": Range(MANY, 256, MANY, 4, label="width  n"),
        "done": Range(1, MANY, 8, label="vectors done"),
        "seed": DRAW,
    }, size=(12, 4.4))


@lru_cache
def _random_cosines():
    """Mean |cosine| of two random vectors of each width."""
    rng = np.random.default_rng(0)
    pairs = (rng.standard_normal((2, 300, n)) for n in WIDTHS)
    return [float(np.abs((a * b).sum(-1) / np.linalg.norm(a, axis=-1) / np.linalg.norm(b, axis=-1)).mean())
            for a, b in pairs]


def vectors_compute(n, done, seed):
    A = np.random.default_rng(seed).standard_normal((n, MANY))
    A /= np.linalg.norm(A, axis=0)
    Q = A.copy()
    Q[:, :done] = gram_schmidt(A[:, :done])
    along = np.linalg.norm(Q[:, :done - 1].T @ A[:, done - 1])     # of the vector that was done last
    return SimpleNamespace(n=n, done=done, table=np.abs(Q.T @ Q), along=float(along),
                           rest=float(np.sqrt(max(0, 1 - along**2))), start=cosines(A), now=cosines(Q),
                           widths=_random_cosines())


def vectors_setup(figure):
    table, step, law = panels = [Panel(ax) for ax in figure.subplots(1, 3, width_ratios=[1.25, 1, 1.15])]
    ends = 0.5, MANY + 0.5
    table.ax.set(title="|cosine| of two vectors", xlabel="vector", ylabel="vector", xlim=ends,
                 ylim=ends[::-1], xticks=[1, 4, 8, 12], yticks=[1, 4, 8, 12])
    step.ax.set(xlim=(-0.1, 1.1), ylim=(-0.1, 1.6), aspect="equal", xlabel="part along those before",
                ylabel="new direction", xticks=[0, 0.5, 1], yticks=[0, 0.5, 1])
    step.legend("upper right")
    law.ax.set(xlabel="width  n", ylabel="mean |cosine| of two vectors", xscale="log", yscale="log",
               xlim=(1.7, 1300), ylim=(0.01, 1))
    law.legend("lower left")
    return panels


def vectors_draw(panels, data):
    table, step, law = panels
    table.image("cosines", data.table, (0.5, MANY + 0.5, 0.5, MANY + 0.5), 0, 1, bar="")
    table.line("done", [data.done + 0.5] * 2 + [0.5], [0.5] + [data.done + 0.5] * 2, COLORS["orange"], "--")
    for label, x, y, (color, dash, marker) in (
            ("its rest, to length 1", [0, 0], [0, 1], LOOKS[2]),
            ("the vector", [0, data.along], [0, data.rest], LOOKS[0]),
            ("part taken out", [data.along, 0], [data.rest, data.rest], LOOKS[1])):
        step.line(label, x, y, color, dash, marker, every=[1])
    step.text("number", 0.96, 0.63, f"vector {data.done}", ha="right", weight="bold", inside=True)
    law.line(r"$\sqrt{2/(\pi n)}$", WIDTHS, np.sqrt(2 / (np.pi * WIDTHS)), "0.5", "--")
    law.points("random, measured", WIDTHS, data.widths, COLORS["blue"])
    law.points(f"these {MANY}, before", data.n, data.start, COLORS["vermillion"], "*", size=15)


def vectors_summary(data):
    return (f"{MANY} random vectors of width {data.n}, {data.done} of them made orthonormal. Of vector"
            f" {data.done} the part {data.along:.3g} of its length 1 lay along those before, {data.rest:.3g}"
            f" was new. Mean |cosine| of two: {data.start:.3g} at first, {number(data.now)} now.")


# Products of layers

N, LAYERS = 64, 40
KINDS = {"linear": 1.0, "ReLU": np.sqrt(2)}             # and the gain that keeps the mean square
FACTORS = {"Gaussian": (lecun_normal, *LOOKS[1]), "orthogonal": (orthogonal, *LOOKS[0])}


def products():
    """Singular values of the derivative of the last layer by the input, Gaussian and orthogonal weights."""
    return LiveFigure("Products of layers", products_compute, products_setup, products_draw,
                      products_summary, {
        "depth": Range(1, LAYERS, 20, label="layers"),
        "units": Choice(tuple(KINDS), "linear"),
        "gain": LogRange(0.9, 1.1, 1, label="gain  γ"),
        "seed": DRAW,
    }, size=(11, 4.4))


def products_compute(depth, units, gain, seed):
    values = {}
    for name, (scheme, *_) in FACTORS.items():
        rng = np.random.default_rng(seed)
        h, product, values[name] = rng.standard_normal(N), np.eye(N), []
        for _ in range(LAYERS):
            W = gain * KINDS[units] * scheme(rng, (N, N))
            h, product = h @ W, product @ W
            if units == "ReLU":
                h, product = np.maximum(h, 0), product * (h > 0)
            s = np.linalg.svd(product, compute_uv=False)
            values[name].append(np.where(s > 1e-13 * s[0], s, 0))       # below that it is rounding
    kept = {name: [int((s >= s[0] / 10).sum()) for s in each] for name, each in values.items()}
    return SimpleNamespace(depth=depth, units=units, gain=gain, kept=kept,
                           values={name: each[depth - 1] for name, each in values.items()})


def products_setup(figure):
    spectrum, kept = panels = [Panel(ax) for ax in figure.subplots(1, 2)]
    spectrum.ax.set(xlabel=f"number of the singular value, of {N}", ylabel="singular value", yscale="log",
                    xlim=(0, N + 1), ylim=(1e-8, 1e3))
    kept.ax.set(xlabel="layers", ylabel="of them at least largest / 10", xlim=(0, LAYERS + 1),
                ylim=(0, N + 4))
    legend_above(figure, kept, columns=3)
    return panels


def products_draw(panels, data):
    spectrum, kept = panels
    for name, (_, color, dash, marker) in FACTORS.items():
        spectrum.line(name, np.arange(1, N + 1), data.values[name], color, dash, marker, size=4)
        kept.line(name, np.arange(1, LAYERS + 1), data.kept[name], color, dash, marker, size=4)
    kept.vline("layers of the left picture", data.depth, "black", "-.")


def products_summary(data):
    def result(name):
        s = data.values[name]
        return (f"{name}, largest {s[0]:.2g}, median {np.median(s):.2g}, at least a tenth of the largest:"
                f" {data.kept[name][data.depth - 1]} of {N}")

    return (f"Singular values, {data.units} units, gain {data.gain:.3g}, layers: {data.depth}. "
            + "; ".join(map(result, FACTORS)) + ".")


# Scale and outcome

@lru_cache(maxsize=1)
def small_digits():
    """The digits with every fourth training example only, so that there is something to overfit."""
    data = datasets.load("digits")
    return replace(data, x=data.x[::4], y=data.y[::4])


GAINS = 10 ** np.linspace(-1.5, 1, 16)
PASSES = 15
SCORES = {"training": ("loss", *LOOKS[0]), "test": ("test_loss", *LOOKS[1])}


def scale():
    """The gain of the initial weights, and what training makes of it: curves, and the end against gain."""
    return LiveFigure("Scale and outcome", scale_compute, scale_setup, scale_draw, scale_summary, {
        "gain": LogRange(0.03, 10, 1, label="gain  γ  (1: He)"),
        "lr": LogRange(0.01, 0.3, 0.05, label="rate  ε"),
        "hidden": Range(1, 4, 3, label="hidden layers"),
    }, size=(11, 4.4))


def scale_compute(gain, lr, hidden):
    gains = np.append(GAINS, gain)
    networks = same_start(mlp(*[32] * hidden), np.random.default_rng(0), len(gains))
    networks.theta *= gains[:, None]                        # the biases are 0
    records = []
    try:
        for record in train(networks, small_digits(), SGD(lr), epochs=PASSES, batch_size=30,
                            rng=np.random.default_rng(1)):
            records.append(record)
            yield SimpleNamespace(
                gain=gain, lr=lr, hidden=hidden, passes=record.epoch, done=record.epoch / PASSES,
                loss={name: inf_where_diverged([getattr(r, field) for r in records])
                      for name, (field, *_) in SCORES.items()},
                accuracy=(record.accuracy[-1], record.test_accuracy[-1]))
    except Diverged:
        pass


def scale_setup(figure):
    left, right = map(Panel, figure.subplots(1, 2))
    for panel in (left, right):
        panel.ax.set(yscale="log", ylim=(0.02, 10))
    left.ax.set(xlabel="pass over the 360 examples", ylabel="loss", xlim=(0, PASSES))
    right.ax.set(xlabel="gain of the initial weights  γ", ylabel="loss now", xscale="log",
                 xlim=(0.025, 12))
    legend_above(figure, left, right, columns=4)
    return left, right


def scale_draw(panels, data):
    left, right = panels
    low = 0.02 if data.loss["training"].min() > 0.02 else 0.001
    for panel in panels:
        panel.limits(y=(low, 10))
        panel.hline("guessing: log 10", np.log(10), "0.5", ":")
    for name, (_, color, dash, marker) in SCORES.items():
        loss = data.loss[name]
        left.line(name, np.arange(len(loss)), loss[:, -1], color, dash, marker, size=5)
        right.line(name, GAINS, loss[-1, :-1], color, dash, marker, size=5)
    right.vline("chosen gain", data.gain, "black", "-.")


def scale_summary(data):
    losses, tests = data.loss["training"], data.loss["test"]
    start = f"γ = {data.gain:.3g}, ε = {data.lr:.3g}, {data.hidden} hidden layer{'s' * (data.hidden > 1)}"
    if np.isinf(losses[-1, -1]):
        return (f"{start}: diverges in pass {np.isinf(losses[:, -1]).argmax()}, from a loss of"
                f" {losses[0, -1]:.3g}.")
    return (f"{start}, {data.passes:.0f} passes: training loss from {losses[0, -1]:.3g} to"
            f" {losses[-1, -1]:.3g}, test loss {tests[-1, -1]:.3g}, right on {100 * data.accuracy[0]:.1f} %"
            f" of the training and {100 * data.accuracy[1]:.1f} % of the test examples. Lowest test loss in"
            f" the sweep: at gain {GAINS[tests[-1, :-1].argmin()]:.2g}.")


# Chaos in a recurrent net

TIME = 160
RECURRENT = {"Gaussian": lecun_normal, "orthogonal": orthogonal}
NEARBY = {"one start": (COLORS["skyblue"], "-", 3.5), "a start nearby": (COLORS["vermillion"], "--", 1.5)}


def chaos():
    """A recurrent net left to itself, h = tanh(h U), from two nearby states."""
    return LiveFigure("Chaos", chaos_compute, chaos_setup, chaos_draw, chaos_summary, {
        "gain": Range(0.2, 3.0, 2.5, 0.05, label="gain  γ"),
        "scheme": Choice(tuple(RECURRENT), "Gaussian", label="recurrent weights  U"),
        "width": Choice((32, 128, 512), 128, label="units"),
        "start": LogRange(1e-12, 1e-1, 1e-3, label="distance at first"),
    }, size=(12, 4.4))


@lru_cache
def _recurrent(scheme, width):
    """Weights, a state and a direction away from it."""
    rng = np.random.default_rng(3)
    return RECURRENT[scheme](rng, (width, width)), *rng.standard_normal((2, width))


def chaos_compute(gain, scheme, width, start):
    U, first, away = _recurrent(scheme, width)
    states = hidden_states(gain * U, np.stack([first, first + start * away / np.linalg.norm(away)]), TIME)
    distance = np.linalg.norm(states[:, 0] - states[:, 1], axis=-1)
    return SimpleNamespace(gain=gain, scheme=scheme, width=width, start=start, states=states[:, :, 0],
                           distance=distance, rate=lyapunov(gain * U, states[:, :1]).item(),
                           parted=int(np.argmax(distance > 1)))


def chaos_setup(figure):
    left, right = map(Panel, figure.subplots(1, 2, width_ratios=[1.4, 1]))
    left.ax.set(xlabel="time step", ylabel="state of one unit", xlim=(0, 60), ylim=(-1.1, 1.6),
                yticks=[-1, 0, 1])
    left.legend("upper right", columns=2)
    right.ax.set(xlabel="time step", ylabel="distance of the two states", yscale="log", xlim=(0, 60),
                 ylim=(1e-5, 1e2))
    right.legend("lower right")
    return left, right


def chaos_draw(panels, data):
    (left, right), steps = panels, np.arange(TIME + 1)
    end, low = 60 if 0 < data.parted < 45 else TIME, 1e-5 if data.distance.min() > 1e-5 else 1e-16
    left.limits(x=(0, end))
    right.limits(x=(0, end), y=(low, 1e2))
    for (name, (color, dash, width)), states in zip(NEARBY.items(), data.states.T):
        left.line(name, steps, states, color, dash, width=width)
    right.line("measured", steps, data.distance, COLORS["blue"])
    right.line(r"$d_0\, e^{\lambda t}$", steps, data.start * np.exp(data.rate * steps), "black", "--")


def chaos_summary(data):
    fate = f"more than 1 after {data.parted}" if data.parted else f"{number(data.distance[-1])} after {TIME}"
    return (f"{data.scheme} weights of gain {data.gain:.3g}, {data.width} units: a small distance is"
            f" multiplied by {np.exp(data.rate):.3g} per step (λ = {data.rate:.3g}). Distance"
            f" {data.start:.2g} at first, {fate} steps.")


# What remains of the start

HIDDEN, WIDE = 4, 48
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
        "seed": DRAW,
    }, size=(12, 4.4))


def remains_compute(scheme, lr, seed):
    data, rng = small_digits(), np.random.default_rng(seed)
    sizes = [64] + [WIDE] * HIDDEN
    layers = sum([[Dense(a, b, STARTS[scheme]), ReLU()] for a, b in zip(sizes, sizes[1:])], [])
    network = Network(layers + [Dense(WIDE, 10)], losses.softmax_cross_entropy, rng)
    rule, seen = SGD(lr), []
    for k in range(AT[-1] + 1):
        if k in AT:
            outputs, tape = network.forward(network.theta, data.x_test, train=False)
            kept = [cache for layer, _, cache in tape if isinstance(layer, ReLU)]
            weights = [views["W"] for views in network.views(network.theta)[2:-1:2]]    # the square ones
            seen.append(([(h**2).mean() for h in kept], np.mean([cosines(W) for W in weights]),
                         losses.softmax_cross_entropy(outputs, data.y_test)[0]))
            squares, cosine, loss = (np.array(column) for column in zip(*seen))
            yield SimpleNamespace(scheme=scheme, lr=lr, squares=squares, cosine=cosine, loss=loss, updates=k,
                                  done=k / AT[-1])
        batch = rng.integers(0, len(data.x), 30)
        rule.step(network.theta, network.objective(data.x[batch], data.y[batch]))


def remains_setup(figure):
    squares, cosine, loss = panels = [Panel(ax) for ax in figure.subplots(1, 3)]
    for panel, title in zip(panels, ("mean square of the activations", "mean |cosine| of two units",
                                     "test loss")):
        panel.ax.set(xlabel="update", title=title, xscale="symlog", xlim=(0, 300), xticks=[0, 1, 10, 100],
                     xticklabels=["0", "1", "10", "100"])
    squares.ax.set(yscale="log", ylim=(0.01, 100))
    cosine.ax.set(ylim=(0, 0.3))
    loss.ax.set(ylim=(0, 4))
    legend_above(figure, squares, cosine, columns=6)
    return panels


def remains_draw(panels, data):
    squares, cosine, loss = panels
    at = AT[:len(data.loss)]
    squares.limits(y=(0.01 if data.squares.min() > 0.012 else 1e-8, 100))
    for layer, (values, (color, dash, marker)) in enumerate(zip(data.squares.T, LOOKS), start=1):
        squares.line(f"layer {layer}", at, values, color, dash, marker, size=5)
    cosine.hline("random vectors", np.sqrt(2 / (np.pi * WIDE)), "0.5", "--")
    cosine.line("these units", at, data.cosine, COLORS["blue"], "-", "o", size=5)
    cosine.limits(y=(0, 0.3) if data.cosine.max() < 0.28 else (0, 1.3))
    loss.line("test", at, data.loss, COLORS["vermillion"], "-", "s", size=5)


def remains_summary(data):
    ratio = data.squares[:, -1] / data.squares[:, 0]
    then = [f"{ratio[i]:.3g} {when}" for i, when in ((0, "at first"), (1, "after one update"))[:len(ratio)]]
    return (f"Start: {data.scheme}, ε = {data.lr:.3g}. Mean square of layer {HIDDEN} over layer 1:"
            f" {', '.join(then)}, {ratio[-1]:.3g} after {data.updates}. Mean |cosine| of two units:"
            f" {number(data.cosine[0])} at first, {data.cosine[-1]:.3g} then. Test loss then"
            f" {data.loss[-1]:.3g}.")


# The student's own scheme

OF_YOURS = {"Glorot": (COLORS["orange"], "--", "s"), "He": LOOKS[0], "orthogonal": LOOKS[2]}


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
        "seed": DRAW,
    }, size=(10, 4.8))


def yours_compute(functions, width, depth, gain, seed):
    scales, predict, orthogonal = functions
    try:
        glorot, he = map(float, scales(width, width)[:2])
        chosen = {"Glorot": (glorot, lambda rng, shape: normal(rng, shape, glorot)),
                  "He": (he, lambda rng, shape: normal(rng, shape, he)),
                  "orthogonal": (gain / np.sqrt(width),
                                 lambda rng, shape: orthogonal(rng.standard_normal(shape), gain))}
        predicted = {name: np.asarray(predict(1.0, width, std, depth), float)
                     for name, (std, _) in chosen.items()}
        measured = {name: (propagate(draw, ACTIVATIONS["ReLU"], depth, width,
                                     np.random.default_rng(seed))[0]**2).mean(axis=(1, 2))
                    for name, (_, draw) in chosen.items()}
    except NotImplementedError:
        return SimpleNamespace(depth=depth, measured=None)
    return SimpleNamespace(width=width, depth=depth, gain=gain, measured=measured, predicted=predicted)


def yours_setup(figure):
    panel = Panel(figure.subplots())
    panel.ax.set(xlabel="layer  (0: input)", ylabel="mean square of the activations", yscale="log",
                 ylim=(1e-12, 1e2))
    panel.ax.locator_params(axis="x", integer=True)
    legend_above(figure, panel, columns=3)
    return panel


def yours_draw(panel, data):
    if data.measured is None:
        panel.text("stub", 0.5, 0.5, "not attempted yet", ha="center", weight="bold", inside=True)
        return
    low, high = _decades(np.concatenate([*data.measured.values()]))
    panel.limits(x=(-0.5, data.depth + 0.5), y=(10.0**low, 10.0**high))
    for name, (color, dash, marker) in OF_YOURS.items():
        panel.line(f"{name}, your prediction", np.arange(len(data.predicted[name])), data.predicted[name],
                   color, dash, width=1.5)
        panel.points(f"{name}, measured", np.arange(data.depth + 1), data.measured[name], color, marker,
                     size=6)


def yours_summary(data):
    if data.measured is None:
        return "Not attempted yet: the figure needs your functions of tasks 1, 3 and 4."
    ends = "; ".join(f"{name} {data.measured[name][-1]:.3g}, predicted {data.predicted[name][-1]:.3g}"
                     for name in data.measured)
    return f"{data.depth} ReLU layers of {data.width}, mean square at the last: {ends}."
