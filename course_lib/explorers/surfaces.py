"""Live figures of lecture 1: error surfaces and gradient descent."""

from types import SimpleNamespace

import numpy as np

from course_lib import datasets, losses
from course_lib.layers import Dense, ReLU
from course_lib.live import COLORS, Choice, LiveFigure, LogRange, Point, Range, set_limits
from course_lib.network import Network
from course_lib.optimizers import SGD
from course_lib.problems import Beale, Bowl, Himmelblau, MonkeySaddle, Quadratic, Ravine, Rosenbrock, Saddle
from course_lib.training import descend, train

# The playground: one method, six surfaces

SURFACES = {"bowl": Bowl(), "ravine": Ravine(20.0, angle=0.35), "Rosenbrock": Rosenbrock(), "Beale": Beale(),
            "Himmelblau": Himmelblau(), "monkey saddle": MonkeySaddle()}
WINDOW, STEPS, TARGET = 4.5, 400, 1e-6
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
    plane, loss = figure.subplots(1, 2, width_ratios=[1.05, 1])
    image = plane.imshow(np.zeros((CELLS, CELLS)), extent=(-WINDOW, WINDOW, -WINDOW, WINDOW), origin="lower",
                         cmap="cividis", vmin=0, vmax=BANDS, aspect="equal")
    plane.set(xlabel="$x$", ylabel="$y$", xlim=(-WINDOW, WINDOW), ylim=(-WINDOW, WINDOW))
    minima = plane.plot([], [], marker="*", color="white", markeredgecolor="black", markersize=16,
                        linestyle="none")[0]
    path = plane.plot([], [], color="white", linestyle="-", linewidth=1.3, marker="o", markersize=4,
                      markerfacecolor=COLORS["vermillion"], markeredgecolor="white", markeredgewidth=0.5)[0]
    start = plane.plot([], [], marker="s", color=COLORS["vermillion"], markeredgecolor="white", markersize=10,
                       linestyle="none", clip_on=False)[0]
    loss.set(xlabel="step", ylabel="loss", yscale="log", xlim=(0, STEPS), ylim=(TARGET / 10, 1e6))
    loss.axhline(TARGET, color="0.6", linestyle=":", linewidth=1.5)
    loss.text(STEPS / 2, TARGET * 0.6, "target", color="0.35", ha="center", va="top")
    curve = loss.plot([], [], color=COLORS["vermillion"], linestyle="-")[0]
    word = loss.text(0.97, 0.93, "", transform=loss.transAxes, ha="right", va="top")
    pictures = {name: bands(f) for name, f in SURFACES.items()}
    return SimpleNamespace(image=image, minima=minima, path=path, start=start, curve=curve, word=word,
                           pictures=pictures.get)


def bands(f):
    """Which of BANDS heights each cell of the window has; each band covers the same area."""
    at = (np.arange(CELLS) + 0.5) / CELLS * 2 * WINDOW - WINDOW
    values = f.value(np.stack(np.meshgrid(at, at), axis=-1))
    borders = np.quantile(values, (np.arange(1, BANDS) / BANDS) ** 1.5)     # more bands where it is low
    return np.digitize(values, borders)


def playground_draw(artists, data):
    artists.image.set_data(artists.pictures(data.surface))
    artists.minima.set_data(*data.minima.T)
    points = np.clip(data.path.points, -1e3, 1e3)
    artists.path.set_data(*points.T)
    artists.start.set_data(*points[:1].T)
    artists.curve.set_data(np.arange(len(data.path.values)), data.path.values)
    words = {"diverges": "↑ diverges", "falls for ever": "below zero, and falling"}
    artists.word.set_text(words.get(data.verdict, data.verdict))


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

NETWORKS = {"one linear layer": ([Dense(1, 1)], ("weight $w$", "bias $b$"), (0, 1)),
            "two linear layers": ([Dense(1, 1), Dense(1, 1)], ("weight $w_1$", "weight $w_2$"), (0, 2))}
SIDE, REACH = 101, 2.5


def bowl():
    """The loss of a linear network over two parameters, its second-order expansion, and a slice of both."""
    rng = np.random.default_rng(3)
    x = rng.standard_normal((20, 1))
    y = x + 0.3 + 0.3 * rng.standard_normal((20, 1))
    surfaces = {name: Network(layers, losses.mean_squared_error, rng).objective(x, y)
                for name, (layers, _, _) in NETWORKS.items()}
    return LiveFigure("Bowl or not",
                      lambda network, point, angle: bowl_compute(surfaces, network, point, angle),
                      bowl_setup, bowl_draw, bowl_summary, {
        "network": Choice(tuple(NETWORKS), "two linear layers"),
        "point": Point(x=(-REACH, REACH, 0.4), y=(-REACH, REACH, 0.3), axes=0,
                       label=("expand at  →", "expand at  ↑")),
        "angle": Range(0, 180, 45, 5, label="direction of the slice, degrees"),
    }, size=(11, 4.0))


def bowl_compute(surfaces, network, point, angle):
    f, shown = surfaces[network], NETWORKS[network][2]
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
    true, expanded, cut = figure.subplots(1, 3, width_ratios=[1, 1, 1.15])
    images, marks = [], []
    for ax, title in ((true, "loss"), (expanded, "its expansion")):
        images.append(ax.imshow(np.zeros((SIDE, SIDE)), extent=(-REACH, REACH) * 2, origin="lower", vmin=0,
                                vmax=BANDS, cmap="cividis", interpolation="nearest"))
        ax.set(xlabel="first parameter", title=title, xlim=(-REACH, REACH), ylim=(-REACH, REACH))
        marks.append(ax.plot([], [], marker="o", color=COLORS["vermillion"], markeredgecolor="white",
                             markersize=10, linestyle="none", clip_on=False)[0])
    true.set_ylabel("second parameter")
    line = true.plot([], [], color="white", linestyle="--", linewidth=1.3)[0]
    cut.set(xlabel="distance from the point", ylabel="loss", xlim=(-3, 3), ylim=(-5, 20))
    cut.axvline(0, color="0.7", linewidth=1, linestyle=":")
    curves = [cut.plot([], [], color=color, linestyle=dash, label=label)[0] for color, dash, label in
              ((COLORS["blue"], "-", "loss"), (COLORS["vermillion"], "--", "expansion"))]
    cut.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False, columnspacing=1)
    cut.yaxis.set_label_coords(-0.17, 0.5)      # room for the longest tick labels that can come
    return SimpleNamespace(axes=lambda: (true, expanded, cut), images=images, marks=marks, line=line,
                           curves=curves)


def bowl_draw(artists, data):
    names = NETWORKS[data.network][1]
    true, expanded, cut = artists.axes()
    if true.get_xlabel() != names[0]:
        for ax in (true, expanded):
            ax.set_xlabel(names[0])
        true.set_ylabel(names[1])
    height = 20 if data.slice[len(data.slice) // 2] < 12 else 100
    set_limits(cut, y=(-height / 4, height))
    borders = np.geomspace(0.11, 40, BANDS - 1)
    for image, values in zip(artists.images, (data.surface, data.expanded)):
        image.set_data(np.digitize(values, borders))
    for mark in artists.marks:
        mark.set_data(*data.point[:, None])
    artists.line.set_data(*(data.point + np.array([[-9], [9]]) * data.direction).T)
    for curve, values in zip(artists.curves, (data.slice, data.expanded_slice)):
        curve.set_data(data.distance, values)


def bowl_summary(data):
    gap = np.abs(data.surface - data.expanded).max()
    low, high = data.eigenvalues
    kind = "a bowl" if low > 0 else "a saddle: it opens downwards along one direction"
    agreement = ("The expansion is the loss itself, everywhere" if gap < 1e-9 else
                 f"Loss and expansion differ by up to {gap:.3g} in the window")
    return (f"{data.network[0].upper()}{data.network[1:]}. {agreement}. Curvatures at the point: {low:.3g}"
            f" and {high:.3g}, so the expansion is {kind}.")


# The saddle: a thousand particles

PARTICLES, TIME, AWAY = 1000, 400, 0.5


def saddle():
    """Noisy descent of 1,000 particles that start on the ridge of a saddle, and one without noise."""
    return LiveFigure("Escape from a saddle", saddle_compute, saddle_setup, saddle_draw, saddle_summary, {
        "noise": LogRange(1e-6, 1, 0.01, label="noise  σ"),
        "lr": LogRange(0.02, 0.5, 0.05, label="rate  ε"),
        "step": Range(0, TIME, 130, label="look at step"),
    }, size=(10, 4.4))


class _Noisy:
    """The gradient of f under Gaussian noise of deviation sigma on each entry, for each run its own."""

    def __init__(self, f, sigma, rng):
        self.f, self.sigma, self.rng = f, sigma, rng

    def gradient(self, theta):
        return self.f.gradient(theta) + self.sigma * self.rng.standard_normal(theta.shape)


def saddle_compute(noise, lr, step):
    f = Saddle()
    theta = np.tile(f.start, (PARTICLES + 1, 1))
    sigma = np.full((PARTICLES + 1, 1), noise)
    sigma[-1] = 0                                               # the last one: gradient descent without noise
    noisy, rule = _Noisy(f, sigma, np.random.default_rng(0)), SGD(lr)
    points = [theta.copy()]
    for _ in range(TIME):
        rule.step(theta, noisy)
        points.append(theta.copy())
    points = np.array(points)
    gone = np.abs(points[:, :-1, 1]) > AWAY
    times = np.where(gone.any(axis=0), gone.argmax(axis=0), TIME + 1)
    return SimpleNamespace(noise=noise, lr=lr, step=step, times=times, cloud=points[step, :-1],
                           single=points[:, -1], predicted=escape_time(noise, lr),
                           norm=np.linalg.norm(f.gradient(points[:, -1]), axis=-1))


def escape_time(noise, lr):
    """Step by which half of the particles are past AWAY, in the linear theory of the saddle's curvature -1.

    y <- (1 + lr) y + lr noise n gives the variance (lr noise)^2 ((1 + lr)^(2t) - 1) / ((1 + lr)^2 - 1); half
    are past AWAY where its root is AWAY / 0.6745.
    """
    grow = (1 + lr) ** 2
    return float(np.log1p((AWAY / 0.6745 / (lr * noise)) ** 2 * (grow - 1)) / np.log(grow))


def saddle_setup(figure):
    plane, histogram = figure.subplots(1, 2, width_ratios=[1, 1.15])
    at = np.linspace(-2, 2, 161)
    values = Saddle().value(np.stack(np.meshgrid(at, at), axis=-1))
    plane.contour(at, at, values, levels=np.array([-0.2, -0.1, 0, 0.1, 0.3, 0.7, 1.3, 2.1]), colors="0.75",
                  linestyles="-", linewidths=1)
    plane.plot(0, 0, marker="x", color="black", markersize=10, linestyle="none")
    plane.plot([0, 0], [1, -1], marker="*", color="black", markersize=13, linestyle="none")
    plane.set(xlabel="$x$  (curves up)", ylabel="$y$  (curves down)", xlim=(-2, 2), ylim=(-1.7, 1.7))
    cloud = plane.plot([], [], color=COLORS["blue"], marker=".", markersize=4, linestyle="none", alpha=0.5,
                       label="with noise")[0]
    single = plane.plot([], [], color=COLORS["vermillion"], marker="s", markersize=9, linestyle="none",
                        label="without")[0]
    plane.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, frameon=False, borderaxespad=0.2)
    histogram.set(xlabel="step of the escape,  $|y| > 0.5$", ylabel="particles per 10 steps", xlim=(0, TIME),
                  ylim=(0, 300))
    histogram.yaxis.set_label_coords(-0.13, 0.5)
    bars = histogram.bar(np.arange(TIME // 10) * 10 + 5, np.zeros(TIME // 10), width=10, color=COLORS["blue"],
                         edgecolor="white", linewidth=0.5)
    now = histogram.axvline(0, color="black", linestyle="-", linewidth=1.5, label="the step on the left")
    theory = histogram.axvline(0, color=COLORS["vermillion"], linestyle="--", linewidth=2,
                               label="half of them, theory")
    histogram.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, frameon=False, borderaxespad=0.2)
    word = histogram.text(0.97, 0.95, "", transform=histogram.transAxes, ha="right", va="top", zorder=5,
                          bbox={"facecolor": "white", "edgecolor": "none", "pad": 2})
    return SimpleNamespace(axes=lambda: histogram, cloud=cloud, single=single, bars=list(bars),
                           now=now, theory=theory, word=word)


def saddle_draw(artists, data):
    artists.cloud.set_data(*data.cloud.T)
    artists.single.set_data(*data.single[data.step][:, None])
    heights = np.histogram(data.times, np.arange(0, TIME + 10, 10))[0]
    set_limits(artists.axes(), y=(0, 300 if heights.max() < 270 else 1000))
    for bar, height in zip(artists.bars, heights):
        bar.set_height(height)
    artists.now.set_xdata([data.step] * 2)
    artists.theory.set_xdata([data.predicted] * 2)
    there = (data.times > TIME).sum()
    artists.word.set_text(f"still there at step {TIME}: {there}" if there else
                          f"all gone by step {data.times.max()}")


def saddle_summary(data):
    half = np.median(data.times)
    measured = f"after {half:.0f} steps" if half <= TIME else f"not within {TIME} steps"
    return (f"σ = {data.noise:.3g}, ε = {data.lr:.3g}. Half of the particles have left {measured} (theory:"
            f" {data.predicted:.0f}); {(data.times <= data.step).mean():.0%} by step {data.step}. Without"
            f" noise the gradient there is {data.norm[data.step]:.2g} long, and y stays 0.")


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
        "scale": LogRange(0.1, 10, 1, label="first layer times  c"),
        "seed": Range(0, 20, 0, label="other directions"),
    }, size=(11, 4.2))


def landscape_compute(f, trained, epochs, directions, scale, seed):
    network = f.network
    at = np.linspace(-1, 1, GRID)
    surfaces, values = [], []
    for theta in (trained[0], trained[epochs]):
        theta = rescaled(network, theta, scale)
        rng = np.random.default_rng(seed)
        u, v = (random_direction(network, theta, rng, directions == "filter-normalized") for _ in range(2))
        rows = [theta + at[:, None] * u + b * v for b in at]    # a row of the slice at a time: less memory
        surfaces.append(np.array([f.value(row) for row in rows]))
        values.append(f.value(theta))
    return SimpleNamespace(epochs=epochs, directions=directions, scale=scale, surfaces=surfaces,
                           values=values)


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


LEVELS = 10.0 ** np.arange(-1.5, 1.51, 0.2)


def landscape_setup(figure):
    before, after, cut = figure.subplots(1, 3, width_ratios=[1, 1, 1])
    images = []
    for ax in (before, after):
        images.append(ax.imshow(np.ones((GRID, GRID)), extent=(-1, 1, -1, 1), origin="lower", cmap="cividis",
                                vmin=0, vmax=len(LEVELS), interpolation="nearest"))
        ax.plot(0, 0, marker="o", color=COLORS["vermillion"], markeredgecolor="white", markersize=9,
                linestyle="none")
        ax.set(xlabel="along direction $u$", xticks=(-1, 0, 1), yticks=(-1, 0, 1))
    before.set(ylabel="along direction $v$", title="before training")
    after.set_title("after training")
    cut.set(xlabel="along direction $u$,  $v = 0$", ylabel="loss", yscale="log", xlim=(-1, 1),
            ylim=(1e-2, 1e4), title="along the middle")
    curves = [cut.plot([], [], color=color, linestyle=dash, marker=marker, markersize=5, label=label)[0]
              for color, dash, marker, label in ((COLORS["blue"], "--", "s", "before"),
                                                 (COLORS["vermillion"], "-", "o", "after"))]
    cut.legend(loc="upper center", ncols=2)
    return SimpleNamespace(images=images, curves=curves)


def landscape_draw(artists, data):
    at = np.linspace(-1, 1, GRID)
    for image, curve, values in zip(artists.images, artists.curves, data.surfaces):
        image.set_data(np.digitize(values, LEVELS))
        curve.set_data(at, values[GRID // 2])


def landscape_summary(data):
    before, after = data.values
    edges = [np.median(np.concatenate([s[0], s[-1], s[:, 0], s[:, -1]])) for s in data.surfaces]
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
    plane, bars = figure.subplots(1, 2)
    f = Quadratic(YOUR_A, np.linalg.solve(YOUR_A, YOUR_B))
    x, y = np.linspace(-3, 4, 141), np.linspace(-5, 4, 141)
    values = f.value(np.stack(np.meshgrid(x, y), axis=-1))
    plane.contour(x, y, values, levels=2.0 ** np.arange(-4, 6), colors="0.75", linestyles="-", linewidths=1)
    plane.plot(*f.center, marker="*", color="black", markersize=13, linestyle="none", zorder=5)
    plane.set(xlabel=r"$\theta_1$", ylabel=r"$\theta_2$", xlim=(-3, 4), ylim=(-5, 4))
    path = plane.plot([], [], color=COLORS["vermillion"], linestyle="-", linewidth=1.2, marker="o",
                      markersize=4)[0]
    bars.set(xlabel=f"epoch of {EPOCH} steps", ylabel="distance", yscale="log", xlim=(0.5, YOUR_EPOCHS + 0.5),
             ylim=(1e-4, 1e5))
    epochs = np.arange(1, YOUR_EPOCHS + 1)
    curves = [bars.plot(epochs, np.full(YOUR_EPOCHS, np.nan), color=color, linestyle=dash, marker=marker,
                        label=label)[0]
              for color, dash, marker, label in ((COLORS["vermillion"], "-", "o", "travelled (yours)"),
                                                 (COLORS["blue"], "--", "s", "straight line"))]
    bars.legend(loc="lower left")
    word = plane.text(0.5, 0.5, "", transform=plane.transAxes, ha="center", va="center", weight="bold")
    return SimpleNamespace(path=path, curves=curves, word=word)


def yours_draw(artists, data):
    if data.points is None:
        artists.word.set_text("not attempted yet")
        return
    artists.path.set_data(*data.points.T)
    for curve, values in zip(artists.curves, (data.travelled, data.straight)):
        curve.set_data(np.arange(1, len(values) + 1), values)


def yours_summary(data):
    if data.points is None:
        return "Not attempted yet: the figure needs your functions of tasks 1, 2 and 5."
    return (f"ε = {data.lr:.3g}. First epoch: travelled {data.travelled[0]:.3g}, in a straight line"
            f" {data.straight[0]:.3g}. All epochs: travelled {data.travelled.sum():.3g}, in a straight line"
            f" from start to end {np.linalg.norm(data.points[-1] - data.points[0]):.3g}.")
