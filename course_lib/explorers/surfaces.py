"""Live figures of lecture 1: error surfaces and gradient descent."""

from types import SimpleNamespace

import numpy as np

from course_lib import datasets, losses
from course_lib.layers import Dense, ReLU
from course_lib.live import COLORS, Choice, LiveFigure, LogRange, Panel, Point, Range, legend_above
from course_lib.network import Network
from course_lib.optimizers import SGD
from course_lib.problems import Beale, Bowl, Himmelblau, MonkeySaddle, Quadratic, Ravine, Rosenbrock, Saddle
from course_lib.training import descend, train

# The playground: one method, six surfaces

SURFACES = {"bowl": Bowl(), "ravine": Ravine(20.0, angle=0.35), "Rosenbrock": Rosenbrock(), "Beale": Beale(),
            "Himmelblau": Himmelblau(), "monkey saddle": MonkeySaddle()}
WINDOW, STEPS, TARGET = 4.5, 400, 1e-6
SPANS = (25, 100, STEPS)        # the steps shown: the first of these that has them all
BANDS = 14
CELLS = 240


def playground():
    """Gradient descent on six surfaces: choose one, click on a start, choose the rate."""
    return LiveFigure("Descent playground", playground_compute, playground_setup, playground_draw,
                      playground_summary, {
        "surface": Choice(tuple(SURFACES), "ravine"),
        "start": Point(x=(-WINDOW, WINDOW, -4.0), y=(-WINDOW, WINDOW, 0.5), axes=0,
                       label=("start  x", "start  y")),
        "lr": LogRange(1e-5, 3, 0.09, label="rate  ε"),
    }, size=(10, 4.8))


def playground_compute(surface, start, lr):
    f = SURFACES[surface]
    ceiling = 1e3 * abs(f.value(np.array(start))) + 1e3
    target = TARGET if len(f.minima) else -ceiling              # the monkey saddle falls for ever
    path = descend(f, start, SGD(lr), STEPS, target, ceiling)
    limit = None
    if len(f.minima):
        nearest = f.minima[np.linalg.norm(f.minima - path.points[-1], axis=1).argmin()]
        limit = 2 / np.linalg.eigvalsh(f.hessian(nearest)).max()
    return SimpleNamespace(surface=surface, lr=lr, path=path, target=target, limit=limit,
                           minima=f.minima, verdict=verdict(path, target))


def verdict(path, target):
    """"diverges", "arrives", "falls for ever", "keeps jumping" (the loss rises at times), "falls slowly"."""
    if path.diverged:
        return "diverges"
    if path.steps_to(target) is not None:
        return "arrives" if target > 0 else "falls for ever"
    recent = path.values[len(path.values) // 2:]
    return "keeps jumping" if (np.diff(recent) > 1e-9 * np.abs(recent[1:])).any() else "falls slowly"


def playground_setup(figure):
    plane, loss = map(Panel, figure.subplots(1, 2, width_ratios=[1.05, 1]))
    plane.ax.set(xlabel="$x$", ylabel="$y$", xlim=(-WINDOW, WINDOW), ylim=(-WINDOW, WINDOW), aspect="equal")
    loss.ax.set(xlabel="step", ylabel="loss", yscale="log", xlim=(0, 100), ylim=(TARGET / 10, 1e6))
    return SimpleNamespace(plane=plane, loss=loss,
                           pictures={name: bands(f) for name, f in SURFACES.items()})


def bands(f):
    """Which of BANDS heights each cell of the window has; each band covers the same area."""
    at = (np.arange(CELLS) + 0.5) / CELLS * 2 * WINDOW - WINDOW
    values = f.value(np.stack(np.meshgrid(at, at), axis=-1))
    borders = np.quantile(values, (np.arange(1, BANDS) / BANDS) ** 1.5)     # more bands where it is low
    return np.digitize(values, borders)


def playground_draw(panels, data):
    plane, loss = panels.plane, panels.loss
    square = (-WINDOW, WINDOW, -WINDOW, WINDOW)
    plane.image("height", panels.pictures[data.surface], square, 0, BANDS)
    plane.points("start", *data.path.points[0], COLORS["vermillion"], "s", size=12, edge="white", clip=False)
    plane.line("path", *data.path.points.T, "white", width=1.3)
    plane.points("steps", *data.path.points[1:].T, COLORS["vermillion"], size=5, edge="white")
    plane.points("minima", *data.minima.T, "white", "*", size=16, edge="black")
    scale, heights = ("log", (TARGET / 10, 1e6)) if data.target > 0 else ("symlog", (-1e6, 1e6))
    if loss.ax.get_yscale() != scale:
        loss.ax.set_yscale(scale, **({} if scale == "log" else {"linthresh": 100}))
    loss.limits(x=(0, next(steps for steps in SPANS if steps >= len(data.path.values) - 1)), y=heights)
    loss.line("loss", np.arange(len(data.path.values)), data.path.values, COLORS["vermillion"], "-", "o",
              size=3)
    if data.target > 0:
        loss.hline("target", TARGET)
        loss.text("target", 0.5, 0.065, "target", "0.35", ha="center", va="top", inside=True)
    words = {"diverges": "↑ diverges", "falls for ever": "below zero, and falling"}
    loss.text("verdict", 0.97, 0.93, words.get(data.verdict, data.verdict), ha="right", va="top", inside=True)


def playground_summary(data):
    steps = len(data.path.values) - 1
    outcome = {
        "diverges": f"diverges: the loss is {data.path.values[-1]:.3g} at step {steps}",
        "arrives": f"arrives: the loss is below {TARGET:.0e} after {steps} steps",
        "falls for ever": f"falls for ever: the loss is {data.path.values[-1]:.3g} at step {steps}",
        "keeps jumping": f"keeps jumping: the loss is {data.path.values[-1]:.3g} after {steps} steps and goes"
                         " up again and again",
        "falls slowly": f"falls slowly: the loss is still {data.path.values[-1]:.3g} after {steps} steps",
    }[data.verdict]
    limit = ("No minimum, so no limit to name." if data.limit is None else
             f"At the nearest minimum a rate is stable below 2/λ_max = {data.limit:.3g}.")
    return f"{data.surface[0].upper()}{data.surface[1:]}, ε = {data.lr:.3g}: {outcome}. {limit}"


# Bowl or not: a linear layer, two linear layers, and the second-order expansion

NETWORKS = {"one linear layer": ([Dense(1, 1)], (0, 1)),        # its layers, and the two parameters shown
            "two linear layers": ([Dense(1, 1), Dense(1, 1)], (0, 2))}
SIDE, REACH = 81, 2.5


def bowl():
    """The loss of a linear network over two parameters, its second-order expansion, and a slice of both."""
    rng = np.random.default_rng(3)
    x = rng.standard_normal((20, 1))
    y = x + 0.3 + 0.3 * rng.standard_normal((20, 1))
    surfaces = {name: Network(layers, losses.mean_squared_error, rng).objective(x, y)
                for name, (layers, _) in NETWORKS.items()}
    return LiveFigure("Bowl or not",
                      lambda network, point, angle: bowl_compute(surfaces, network, point, angle),
                      bowl_setup, bowl_draw, bowl_summary, {
        "network": Choice(tuple(NETWORKS), "two linear layers"),
        "point": Point(x=(-REACH, REACH, 0.0), y=(-REACH, REACH, 0.0), axes=0,
                       label=("expand at  →", "expand at  ↑")),
        "angle": Range(0, 175, 45, 5, label="direction of the slice, degrees"),
    }, size=(11, 4.0))


def bowl_compute(surfaces, network, point, angle):
    f, shown = surfaces[network], NETWORKS[network][1]
    origin = np.zeros(f.network.params.size)

    def place(xy):
        """Parameters whose two shown ones are xy (..., 2); the others, biases of two layers, are 0."""
        theta = np.zeros(xy.shape[:-1] + origin.shape)
        theta[..., shown] = xy
        return theta

    point = np.array(point)
    value, g = f.value(place(point)), f.gradient(place(point))[list(shown)]
    H = f.hessian(place(point))[np.ix_(shown, shown)]

    def expansion(xy):
        d = xy - point
        return value + d @ g + 0.5 * np.einsum("...i,ij,...j->...", d, H, d)

    at = np.linspace(-REACH, REACH, SIDE)
    plane = np.stack(np.meshgrid(at, at), axis=-1)
    direction = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
    distance = np.linspace(-3, 3, 121)
    along = point + distance[:, None] * direction
    return SimpleNamespace(
        network=network, point=point, direction=direction, distance=distance,
        eigenvalues=np.linalg.eigvalsh(H), expanded=expansion(plane),
        surface=f.value(place(plane.reshape(-1, 2))).reshape(SIDE, SIDE),
        slice=f.value(place(along)), expanded_slice=expansion(along))


def bowl_setup(figure):
    true, expanded, cut = map(Panel, figure.subplots(1, 3, width_ratios=[1, 1, 1.15]))
    for panel, title in ((true, "loss"), (expanded, "its expansion")):
        panel.ax.set(title=title, xlabel="$w_1$  (one layer: $w$)", ylabel="$w_2$  (one layer: bias $b$)",
                     xlim=(-REACH, REACH), ylim=(-REACH, REACH), aspect="equal")
    cut.ax.set(xlabel="distance from the point", ylabel="loss", xlim=(-3, 3), ylim=(-5, 20))
    cut.ax.yaxis.set_label_coords(-0.17, 0.5)      # room for the longest tick labels that can come
    legend_above(figure, cut, columns=2)
    return true, expanded, cut


def bowl_draw(panels, data):
    true, expanded, cut = panels
    borders = np.geomspace(0.11, 40, BANDS - 1)
    for panel, values in ((true, data.surface), (expanded, data.expanded)):
        panel.image("height", np.digitize(values, borders), (-REACH, REACH) * 2, 0, BANDS)
        ends = data.point + np.array([[-9], [9]]) * data.direction
        panel.line("slice", *ends.T, "white", "--", width=1.3)
        panel.points("point", *data.point, COLORS["vermillion"], size=10, edge="white", clip=False)
    height = 20 if data.slice[len(data.slice) // 2] < 12 else 100
    cut.limits(y=(-height / 4, height))
    cut.vline("_point", 0, "0.7", width=1)
    cut.line("loss", data.distance, data.slice, COLORS["blue"])
    cut.line("its expansion", data.distance, data.expanded_slice, COLORS["vermillion"], "--")


def bowl_summary(data):
    gap = np.abs(data.surface - data.expanded).max()
    low, high = data.eigenvalues
    kind = ("a trough: flat along one direction" if abs(low) < high / 100 else "a bowl" if low > 0 else
            "a saddle: it opens downwards along one direction")
    agreement = ("The expansion is the loss itself, everywhere" if gap < 1e-9 else
                 f"Loss and expansion differ by up to {gap:.3g} in the window")
    return (f"{data.network[0].upper()}{data.network[1:]}. {agreement}. Curvatures at the point: {low:.3g}"
            f" and {high:.3g}, so the expansion is {kind}.")


# The saddle: a thousand particles

PARTICLES, TRACED, AWAY = 1000, 40, 0.5
HORIZONS = (50, 100, 200, 400, 800, 1600)       # steps; the first that is long enough is run
BARS = 50


def saddle():
    """Noisy descent of 1,000 particles that start on the ridge of a saddle, and one without noise."""
    return LiveFigure("Escape from a saddle", saddle_compute, saddle_setup, saddle_draw, saddle_summary, {
        "noise": LogRange(1e-6, 1, 0.01, label="noise  σ"),
        "lr": LogRange(0.02, 0.5, 0.05, label="rate  ε"),
    }, size=(11, 4.4))


class _Noisy:
    """The gradient of f under Gaussian noise of deviation sigma on each entry, for each run its own."""

    def __init__(self, f, sigma, rng):
        self.f, self.sigma, self.rng = f, sigma, rng

    def gradient(self, theta):
        return self.f.gradient(theta) + self.sigma * self.rng.standard_normal(theta.shape)


def saddle_compute(noise, lr):
    f, predicted = Saddle(), escape_time(noise, lr)
    horizon = next(steps for steps in HORIZONS if steps > predicted + 3.5 / lr)
    theta = np.tile(f.start, (PARTICLES + 1, 1))
    sigma = np.full((PARTICLES + 1, 1), noise)
    sigma[-1] = 0                                               # the last one: gradient descent without noise
    noisy, rule = _Noisy(f, sigma, np.random.default_rng(0)), SGD(lr)
    traced, times = [theta[-TRACED - 1:].copy()], np.full(PARTICLES, np.inf)
    for step in range(1, horizon + 1):
        rule.step(theta, noisy)
        traced.append(theta[-TRACED - 1:].copy())
        times[(np.abs(theta[:-1, 1]) > AWAY) & np.isinf(times)] = step
        if step == horizon or step % (horizon // 25) == 0:
            yield SimpleNamespace(noise=noise, lr=lr, horizon=horizon, step=step, done=step / horizon,
                                  times=times.copy(), traced=np.array(traced), predicted=predicted,
                                  norm=np.linalg.norm(f.gradient(theta[-1])))


def escape_time(noise, lr):
    """Step by which half of the particles are past AWAY, in the linear theory of the saddle's curvature -1.

    y <- (1 + lr) y + lr noise n gives the variance (lr noise)^2 ((1 + lr)^(2t) - 1) / ((1 + lr)^2 - 1); half
    are past AWAY where its root is AWAY / 0.6745.
    """
    grow = (1 + lr) ** 2
    return float(np.log1p((AWAY / 0.6745 / (lr * noise)) ** 2 * (grow - 1)) / np.log(grow))


def saddle_setup(figure):
    plane, distance, escapes = map(Panel, figure.subplots(1, 3, width_ratios=[1, 1.1, 1.1]))
    at = np.linspace(-2, 2, 81)
    values = Saddle().value(np.stack(np.meshgrid(at, at), axis=-1))
    plane.ax.contour(at, at, values, levels=np.array([-0.2, -0.1, 0, 0.1, 0.3, 0.7, 1.3, 2.1]), colors="0.75",
                     linestyles="-", linewidths=1)
    # Few ticks: they are most of what a new background has to draw.
    plane.ax.set(xlabel="$x$  (curves up)", ylabel="$y$  (curves down)", xlim=(-2, 2), ylim=(-1.7, 1.7),
                 xticks=(-2, 0, 2), yticks=(-1, 0, 1))
    distance.ax.set(xlabel="step", ylabel="distance from the ridge,  $|y|$", yscale="log", ylim=(1e-8, 4),
                    yticks=(1e-8, 1e-6, 1e-4, 1e-2, 1))
    distance.ax.minorticks_off()
    escapes.ax.set(xlabel="step of the escape,  $|y| > 0.5$", ylabel="share of the particles, %",
                   ylim=(0, 24), yticks=(0, 10, 20, 50, 100))
    legend_above(figure, plane, escapes, columns=4)
    return plane, distance, escapes


def saddle_draw(panels, data):
    plane, distance, escapes = panels
    blue, red = COLORS["blue"], COLORS["vermillion"]
    gap = np.full((1, TRACED, 2), np.nan)                       # between one particle's line and the next
    x, y = np.concatenate([data.traced[:, :-1], gap]).swapaxes(0, 1).reshape(-1, 2).T
    steps = np.tile(np.append(np.arange(data.step + 1), np.nan), TRACED)
    plane.line("with noise", x, y, blue, width=0.8)
    plane.line("without", *data.traced[:, -1].T, red, "--", "s", every=[0, data.step], size=8)
    plane.points("_saddle", 0, 0, "black", "x", size=10)
    plane.points("_minima", [0, 0], [1, -1], "black", "*", size=13)
    share, width = 100 / PARTICLES, data.horizon / BARS
    heights, edges = np.histogram(data.times, np.arange(BARS + 1) * width)
    for panel in (distance, escapes):
        panel.limits(x=(0, data.horizon))
    distance.line("with noise", steps, np.where(y == 0, np.nan, np.abs(y)), blue, width=0.8)
    distance.hline("away", AWAY, "black")
    distance.text("without", 0.97, 0.04, "without noise it is 0", red, ha="right", inside=True)
    escapes.bars("_escapes", edges, heights * share, blue)
    escapes.limits(y=(0, 24 if heights.max() * share < 23 else 100))
    escapes.vline("half of them, theory", data.predicted, red, "--", width=2)
    there = np.isinf(data.times).sum()
    late = data.predicted > data.horizon / 2                    # the line is on the right: the words are not
    escapes.text("rest", 0.03 if late else 0.97, 0.95, f"still there: {there}" if there else "all have left",
                 ha="left" if late else "right", va="top", inside=True)


def saddle_summary(data):
    half = np.median(data.times)
    measured = f"after {half:.0f} steps" if np.isfinite(half) else f"not within {data.step} steps"
    return (f"σ = {data.noise:.3g}, ε = {data.lr:.3g}. Half of the particles have left {measured} (theory:"
            f" {data.predicted:.0f}). Without noise the gradient is {data.norm:.2g} long after {data.step}"
            " steps, and y stays 0.")


# A slice of the digits network's surface

HIDDEN, EPOCHS = 32, 8
GRID, EXAMPLES = 21, 256


def landscape():
    """The digits network's loss over two random directions, before and after some epochs of training."""
    data = datasets.load("digits")
    network = Network([Dense(64, HIDDEN), ReLU(), Dense(HIDDEN, 10)], losses.softmax_cross_entropy,
                      np.random.default_rng(0))
    records = train(network, data, SGD(0.1), epochs=EPOCHS, batch_size=32, rng=np.random.default_rng(1))
    trained = [network.theta.copy() for _ in records]           # at the start, and after each epoch
    f = network.objective(data.x[:EXAMPLES], data.y[:EXAMPLES])
    return LiveFigure("Slices of a real surface",
                      lambda epochs, directions, scale, seed: landscape_compute(
                          f, trained, epochs, directions, scale, seed),
                      landscape_setup, landscape_draw, landscape_summary, {
        "epochs": Range(0, EPOCHS, EPOCHS, label="epochs of training"),
        "directions": Choice(("filter-normalized", "plain"), "filter-normalized"),
        "scale": LogRange(0.1, 10, 1, label="first layer times  r"),
        "seed": Range(0, 20, 0, label="other directions"),
    }, size=(11, 4.2))


def landscape_compute(f, trained, epochs, directions, scale, seed):
    network = f.network
    at = np.linspace(-1, 1, GRID)
    surfaces = np.full((2, GRID, GRID), np.nan)
    slices = []
    for theta in (trained[0], trained[epochs]):
        theta, rng = rescaled(network, theta, scale), np.random.default_rng(seed)
        slices.append((theta, *(random_direction(network, theta, rng, directions == "filter-normalized")
                                for _ in range(2))))
    values = [f.value(theta) for theta, _, _ in slices]
    middle = np.argsort(np.abs(at))                 # rows of the slice from the middle outwards
    for rows in np.array_split(middle, 7):
        for surface, (theta, u, v) in zip(surfaces, slices):
            for row in rows:                        # one row at a time: less memory
                surface[row] = f.value(theta + at[:, None] * u + at[row] * v)
        yield SimpleNamespace(epochs=epochs, directions=directions, scale=scale, surfaces=surfaces.copy(),
                              values=values, done=np.isfinite(surfaces[1]).any(axis=1).mean())


def rescaled(network, theta, scale):
    """Parameters of the same function: first layer times scale, second divided by it. ReLU allows it."""
    theta = theta.copy()
    views = network.params.views(theta)
    for name in ("W", "b"):
        views[0, name][...] *= scale
    views[2, "W"][...] /= scale
    return theta


def random_direction(network, theta, rng, per_unit):
    """A Gaussian direction in the weights, as long as theta's: of each unit (Li et al. 2018), or all in all.

    The weights of a unit are a column of its layer's W. Biases keep still.
    """
    direction = np.zeros_like(theta)
    views, weights = network.params.views(direction), network.params.views(theta)
    for key in views:
        if key[1] == "W":
            views[key][...] = rng.standard_normal(views[key].shape)
            if per_unit:
                views[key][...] *= np.linalg.norm(weights[key], axis=0) / np.linalg.norm(views[key], axis=0)
    if not per_unit:
        total = np.sqrt(sum((weights[key] ** 2).sum() for key in views if key[1] == "W"))
        direction *= total / np.linalg.norm(direction)
    return direction


def landscape_setup(figure):
    before, after, cut = map(Panel, figure.subplots(1, 3, width_ratios=[1, 1.2, 1]))
    for panel, title in ((before, "before training"), (after, "after training")):
        panel.ax.set(title=title, xlabel="along direction $u$", ylabel="along direction $v$",
                     xticks=(-1, 0, 1), yticks=(-1, 0, 1), xlim=(-1, 1), ylim=(-1, 1))
    cut.ax.set(xlabel="along direction $u$,  $v = 0$", ylabel="loss", yscale="log", xlim=(-1, 1),
               ylim=(1e-2, 1e4), title="along the middle")
    cut.ax.minorticks_off()
    cut.legend("upper center", columns=2)
    return before, after, cut


def landscape_draw(panels, data):
    at = np.linspace(-1, 1, GRID)
    highest = np.nanmax(data.surfaces[:, GRID // 2])
    panels[2].limits(y=(1e-2, next(10.0**n for n in range(1, 99) if 2 * highest < 10.0**n)))
    looks = (("before", COLORS["blue"], "--", "s"), ("after", COLORS["vermillion"], "-", "o"))
    for panel, (name, color, dash, marker), values in zip(panels, looks, data.surfaces):
        panel.image("loss", np.log10(values), (-1, 1, -1, 1), -1.2, 1.2, smooth=True,
                    bar=r"$\log_{10}$ of the loss" if name == "after" else None)
        panel.points("network", 0, 0, COLORS["vermillion"], size=9, edge="white")
        panels[2].line(name, at, values[GRID // 2], color, dash, marker, size=5)


def landscape_summary(data):
    before, after = data.values
    edges = [np.nanmedian(np.concatenate([s[0], s[-1], s[:, 0], s[:, -1]])) for s in data.surfaces]
    return (f"{data.directions.capitalize()} directions, first layer times {data.scale:.3g}. Before training"
            f" the loss is {before:.3g} in the middle and {edges[0]:.3g} at the edge (median); after"
            f" {data.epochs} epoch{'s' * (data.epochs != 1)} {after:.3g} and {edges[1]:.3g}.")


# A student's own descent

EPOCH, YOUR_EPOCHS = 5, 12
YOUR_A = np.array([[6.0, 2.5], [2.5, 2.0]])
YOUR_B = np.array([1.0, -1.0])


def yours(gradient, step, distance):
    """Your descent on a quadratic: `gradient(theta, A, b)`, `step(theta, g, lr)`, `distance(points, n)`."""
    for name, function in (("gradient", gradient), ("step", step), ("distance", distance)):
        if not callable(function):
            raise TypeError(f"{name} must be your function, got {function!r}")
    limit = 2 / np.linalg.eigvalsh(YOUR_A).max()
    return LiveFigure("Your descent", lambda lr: yours_compute(gradient, step, distance, lr * limit),
                      yours_setup, yours_draw, yours_summary, {
        "lr": Range(0.05, 1.05, 0.5, 0.01, label="rate ε, in units of the limit"),
    }, size=(10, 4.2))


def yours_compute(gradient, step, distance, lr):
    theta = np.array([-1.5, -1.0])
    points = [theta.copy()]
    try:
        for _ in range(EPOCH * YOUR_EPOCHS):
            step(theta, gradient(theta.copy(), YOUR_A, YOUR_B), lr)
            points.append(theta.copy())
        travelled = np.asarray(distance(np.array(points), EPOCH), float)
    except NotImplementedError:
        return SimpleNamespace(lr=lr, points=None)
    points = np.array(points)
    ends = points[::EPOCH]
    return SimpleNamespace(lr=lr, points=points, travelled=travelled,
                           straight=np.linalg.norm(np.diff(ends, axis=0), axis=1))


def yours_setup(figure):
    plane, distances = map(Panel, figure.subplots(1, 2))
    f = Quadratic(YOUR_A, np.linalg.solve(YOUR_A, YOUR_B))
    x, y = np.linspace(-3, 4, 141), np.linspace(-5, 4, 141)
    values = f.value(np.stack(np.meshgrid(x, y), axis=-1))
    plane.ax.contour(x, y, values, levels=2.0 ** np.arange(-4, 6), colors="0.75", linestyles="-",
                     linewidths=1)
    plane.ax.plot(*f.center, marker="*", color="black", markersize=13, linestyle="none", zorder=5)
    plane.ax.set(xlabel=r"$\theta_1$", ylabel=r"$\theta_2$", xlim=(-3, 4), ylim=(-5, 4))
    distances.ax.set(xlabel=f"epoch of {EPOCH} steps", ylabel="distance", yscale="log",
                     xlim=(0.5, YOUR_EPOCHS + 0.5), ylim=(1e-4, 1e5))
    distances.legend("lower left")
    return plane, distances


def yours_draw(panels, data):
    plane, distances = panels
    if data.points is None:
        plane.text("stub", 0.5, 0.5, "not attempted yet", ha="center", va="center", weight="bold",
                   inside=True)
        return
    plane.line("path", *data.points.T, COLORS["vermillion"], "-", "o", width=1.2, size=4)
    for name, values, color, dash, marker in (
            ("travelled (yours)", data.travelled, COLORS["vermillion"], "-", "o"),
            ("straight line", data.straight, COLORS["blue"], "--", "s")):
        distances.line(name, np.arange(1, len(values) + 1), values, color, dash, marker)


def yours_summary(data):
    if data.points is None:
        return "Not attempted yet: the figure needs your functions of tasks 1, 2 and 6."
    return (f"ε = {data.lr:.3g}. First epoch: travelled {data.travelled[0]:.3g}, in a straight line"
            f" {data.straight[0]:.3g}. All epochs: travelled {data.travelled.sum():.3g}, in a straight line"
            f" from start to end {np.linalg.norm(data.points[-1] - data.points[0]):.3g}.")
