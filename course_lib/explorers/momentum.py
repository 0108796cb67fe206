"""Live figures of lecture 5: momentum and Nesterov's method."""

from types import SimpleNamespace

import numpy as np

from course_lib import datasets, losses
from course_lib.layers import Dense, ReLU
from course_lib.live import COLORS, Choice, LiveFigure, LogRange, Panel, Point, Range, legend_above
from course_lib.network import Network
from course_lib.optimizers import SGD, Diverged, Momentum, Nesterov
from course_lib.problems import Quadratic, Ravine
from course_lib.training import descend, train

METHODS = {  # name: (colour, dash, marker)
    "gradient descent": (COLORS["blue"], "-", "o"),
    "momentum": (COLORS["vermillion"], "--", "s"),
    "Nesterov": (COLORS["green"], "-.", "^"),
}
TARGET = 1e-6


def _methods(lr, momentum):
    rules = SGD(lr), Momentum(lr, momentum), Nesterov(lr, momentum)
    return dict(zip(METHODS, rules, strict=True))


# The ravine: three methods side by side, the same rate and start

STEPS = 600


def ravine():
    """Condition number, rate and momentum: gradient descent, momentum and Nesterov in a ravine."""
    return LiveFigure("The ravine", ravine_compute, ravine_setup, ravine_draw, ravine_summary, {
        "kappa": LogRange(1, 1000, 100, label="condition number  κ"),
        "lr": LogRange(0.0005, 2, 0.012, label="rate  ε"),
        "momentum": Range(0.0, 0.99, 0.9, 0.01, label="momentum  α"),
    }, size=(10, 5))


def ravine_compute(kappa, lr, momentum):
    f = Ravine(kappa)
    paths = {name: _descend(f, method) for name, method in _methods(lr, momentum).items()}
    return SimpleNamespace(kappa=kappa, lr=lr, momentum=momentum, paths=paths)


def _descend(f, method):
    return descend(f, f.start, method, STEPS, TARGET, ceiling=1e3 * f.value(f.start))


def ravine_setup(figure):
    axes = figure.subplot_mosaic([[name, "loss"] for name in METHODS], width_ratios=[1.15, 1])
    panels = {name: Panel(ax) for name, ax in axes.items()}
    for name, (color, *_) in METHODS.items():
        _valley(axes[name])
        axes[name].set_title(name, color=color, loc="left")
        axes[name].tick_params(labelbottom=name == "Nesterov")
    axes[name].set_xlabel("$x$  (flat)")
    _loss(panels["loss"])
    return panels


def _valley(ax):
    ax.set(xlim=(-2.1, 1.3), ylim=(-1.0, 1.0), ylabel="$y$  (steep)")
    ax.plot(0, 0, marker="*", color="black", markersize=13, linestyle="none", zorder=5)


def _loss(panel):
    panel.ax.set(xlabel="step", ylabel="loss", yscale="log", xlim=(0, STEPS), ylim=(TARGET / 10, 1e4))
    panel.legend("upper right")


def ravine_draw(panels, data):
    loss = panels["loss"]
    for i, (name, path) in enumerate(data.paths.items()):
        color, dash, marker = METHODS[name]
        panels[name].line("contours", *_ellipses(data.kappa), "0.75", width=1)
        panels[name].line("path", *path.points.T, color, "-", marker, width=1.2, size=4)
        panels[name].text("verdict", 0.985, 0.06, _verdict(path), ha="right", inside=True)
        loss.line(name, np.arange(len(path.values)), path.values, color, dash)
        if path.diverged:   # its curve leaves by the top within a few steps: say so where it is missed
            loss.text(name, 0.97, 0.68 - 0.07 * i, f"↑ {name} diverges", color, ha="right", inside=True)
    loss.hline("_target", TARGET)
    loss.text("target", STEPS / 2, TARGET * 0.6, "target", "0.35", ha="center", va="top")


def ravine_summary(data):
    steps = "; ".join(f"{name}: {_verdict(path)}" for name, path in data.paths.items())
    return (f"κ = {data.kappa:.4g}, ε = {data.lr:.4g}, α = {data.momentum:.4g}. {steps}. "
            f"Gradient descent is stable below ε = 2/κ = {2 / data.kappa:.3g}.")


def _ellipses(kappa):
    """The contours f = 1/64, 1/16, ..., 16 of a ravine as one broken line."""
    turn = np.append(np.linspace(0, 2 * np.pi, 61), np.nan)
    radius = np.sqrt(2 * 4.0 ** np.arange(-3, 3))[:, None]
    return (radius * np.cos(turn)).ravel(), (radius * np.sin(turn) / np.sqrt(kappa)).ravel()


def _verdict(path):
    if path.diverged:
        return "diverges"
    reached = path.steps_to(TARGET)
    return f"{reached} steps" if reached is not None else f"not there after {STEPS} steps"


# The phase diagram: what rate and momentum do to a direction of curvature lambda

RUN, TALLEST = 60, 1.6      # steps, and distances, that are seen
RATES, MOMENTA = np.linspace(0, 4.2, 141), np.linspace(0, 0.99, 100)
BEHAVIOUR = {"monotone": "creeps in", "oscillating": "swings in", "flipping": "jumps from side to side",
             "diverging": "diverges"}
WORDS = {  # where each kind of behaviour is named on the map
    "momentum": dict(creeps=(0.34, 0.035), swings=(1.1, 0.62), flips=(1.72, 0.035), diverges=(3.4, 0.3)),
    "Nesterov": dict(creeps=(0.4, 0.035), swings=(0.52, 0.62), flips=(1.32, 0.2), diverges=(2.9, 0.5)),
}


def phase(method="momentum"):
    """Spectral radius over rate times curvature and momentum, of a method; click to run there."""
    return LiveFigure("Phase diagram", phase_compute, phase_setup, phase_draw, phase_summary, {
        "method": Choice(tuple(WORDS), method),
        "kappa": LogRange(1, 1000, 30, label="condition number  κ"),
        "point": Point(x=(0.02, 4.2, 1.4), y=(0.0, 0.99, 0.9), axes=0,
                       label=("rate × curvature  ε λ", "momentum  α")),
    }, size=(10, 4.4))


def phase_compute(method, kappa, point):
    steep, momentum = point
    x = np.array([steep, steep / kappa])                # rate times curvature: steep direction, flat one
    rule = (Momentum if method == "momentum" else Nesterov)(x[:, None], momentum)
    theta, f = np.ones((2, 1)), Quadratic([[1.0]])      # two runs of one parameter each
    trajectory = [theta[:, 0].copy()]
    for _ in range(RUN):
        rule.step(theta, f)
        trajectory.append(theta[:, 0].copy())
    trajectory = np.array(trajectory)
    gone = np.logical_or.accumulate(np.abs(trajectory) > 2 * TALLEST, axis=0)
    trajectory[1:][gone[:-1]] = np.nan                  # of a run that diverges only how it leaves
    return SimpleNamespace(method=method, kappa=kappa, x=x, momentum=momentum, trajectory=trajectory,
                           radii=spectral_radius(method, RATES, MOMENTA[:, None]),
                           radius=spectral_radius(method, x, momentum),
                           behaviour=[behaviour(method, each, momentum) for each in x])


def spectral_radius(method, x, momentum):
    """Largest |z| of the roots of z^2 - b z + c: the factor by which a direction shrinks per step at last.

    x is rate times curvature. Momentum: b = 1 + alpha - x and c = alpha. Nesterov: b = (1 + alpha)(1 - x) and
    c = alpha (1 - x).
    """
    b, c = _trace_and_determinant(method, x, momentum)
    root = np.sqrt(b * b - 4 * c + 0j)
    return np.maximum(np.abs(b + root), np.abs(b - root)) / 2


def behaviour(method, x, momentum):
    """"diverging", "oscillating" (complex roots), "flipping" (the larger root is negative) or "monotone"."""
    b, c = _trace_and_determinant(method, x, momentum)
    if spectral_radius(method, x, momentum) >= 1:
        return "diverging"
    if b * b < 4 * c:
        return "oscillating"
    return "monotone" if b >= 0 else "flipping"


def _trace_and_determinant(method, x, momentum):
    if method == "momentum":
        return 1 + momentum - x, momentum + 0 * x
    return (1 + momentum) * (1 - x), momentum * (1 - x)


def _borders(method, momentum):
    """Rates times curvature where monotone turns to oscillating, that to flipping, that to diverging."""
    if method == "momentum":
        root = np.sqrt(momentum)
        return (1 - root) ** 2, (1 + root) ** 2, 2 * (1 + momentum)
    last = (2 + 2 * momentum) / (1 + 2 * momentum)
    return ((1 - momentum) / (1 + momentum)) ** 2, np.ones_like(momentum), last


def phase_setup(figure):
    plane, run = map(Panel, figure.subplots(1, 2, width_ratios=[1.25, 1]))
    plane.ax.set(xlabel=r"rate × curvature  $\epsilon\lambda$", ylabel=r"momentum  $\alpha$",
                 xlim=(0, 4.2), ylim=(0, 0.99))
    run.ax.set(xlabel="step", ylabel="distance to the minimum", xlim=(0, RUN),
               ylim=(-TALLEST, TALLEST))
    run.legend("lower right")
    return plane, run


def phase_draw(panels, data):
    plane, run = panels
    stable = np.where(data.radii < 1, data.radii, np.nan)   # diverging: left white
    plane.image("radius", stable, (0, 4.2, 0, 0.99), 0.3, 1.0, smooth=True, bar="factor per step  ρ")
    borders = zip(_borders(data.method, MOMENTA), ("white", "white", "black"), ("--", "-.", "-"))
    for i, (border, color, dash) in enumerate(borders):
        plane.line(f"border {i}", border, MOMENTA, color, dash, width=1.5)
    for word, (x, y) in WORDS[data.method].items():
        color = "black" if word == "diverges" else "white"
        plane.text(word, x, y, word, color, ha="center", va="center", weight="bold")
    run.hline("_zero", 0, "0.6", "-", width=1)
    if data.behaviour == ["oscillating", "oscillating"]:
        for sign, label in (1, r"$\pm\rho^t$ of the flat one"), (-1, "_below"):
            steps = np.arange(RUN + 1)
            run.line(label, steps, sign * data.radius[1] ** steps, "0.4", ":", width=1.5)
    directions = (("steep direction", COLORS["vermillion"], "-", "o", COLORS["vermillion"]),
                  ("flat direction", COLORS["blue"], "--", "s", COLORS["skyblue"]))
    for (name, color, dash, marker, bright), x, theta in zip(directions, data.x, data.trajectory.T):
        plane.points(name, x, data.momentum, bright, marker, size=12, edge="white", clip=False)
        run.line(name, np.arange(RUN + 1), theta, color, dash, marker, size=4)


def phase_summary(data):
    steep, flat = (f"ε λ = {x:.3g}: {BEHAVIOUR[kind]}, factor {rho:.3g} a step"
                   for x, kind, rho in zip(data.x, data.behaviour, data.radius))
    return (f"{data.method.capitalize()}, α = {data.momentum:.3g}. "
            f"Steep direction, {steep}. Flat direction, {flat}.")


# Terminal velocity, and what the velocity does to noise

PUSHES, DRAWS = 200, 500
AGES = np.arange(60)


def terminal():
    """A constant gradient under noise: the velocity settles at eps g / (1 - alpha), less noisy than g."""
    return LiveFigure("Terminal velocity", terminal_compute, terminal_setup, terminal_draw,
                      terminal_summary, {
        "momentum": Range(0.0, 0.99, 0.9, 0.01, label="momentum  α"),
        "noise": Range(0.0, 4.0, 1.0, 0.1, label="noise  σ"),
        "draw": Range(1, 20, 1, label="another draw"),
    }, size=(10, 4))


class _Slope:
    """f(theta) = theta, its gradient 1 seen through Gaussian noise; `seen` keeps what was handed out."""

    def __init__(self, noise, rng):
        self.noise, self.rng, self.seen = noise, rng, []

    def gradient(self, theta):
        self.seen.append(1 + self.noise * self.rng.standard_normal(theta.shape))
        return self.seen[-1]


def terminal_compute(momentum, noise, draw):
    f, rule, theta = _Slope(noise, np.random.default_rng(0)), Momentum(1.0, momentum), np.zeros(DRAWS)
    velocity = []
    for _ in range(PUSHES):
        rule.step(theta, f)
        velocity.append(-rule.v)                        # in units of eps g, and downhill is positive
    pushes, velocity = np.array(f.seen), np.array(velocity)
    return SimpleNamespace(momentum=momentum, noise=noise, terminal=1 / (1 - momentum),
                           pushes=pushes[:, draw - 1], velocity=velocity[:, draw - 1],
                           mean=velocity[-1].mean(), noise_before=pushes.std() / pushes.mean(),
                           noise_after=velocity[-1].std() / velocity[-1].mean())


def terminal_setup(figure):
    left, right = map(Panel, figure.subplots(1, 2, width_ratios=[1.6, 1]))
    left.ax.set(xlabel="step", ylabel=r"in units of $\epsilon g$", xlim=(0, PUSHES), ylim=(-4, 14))
    left.ax.yaxis.set_label_coords(-0.12, 0.5)          # room for the longest tick labels that can come
    right.ax.set(xlabel="age of a gradient (steps)", ylabel="its weight in the velocity", xlim=(-1, 60),
                 ylim=(0, 1.05))
    legend_above(figure, left, columns=3)
    return left, right


def terminal_draw(panels, data):
    left, right = panels
    steps, half = np.arange(1, PUSHES + 1), half_life(data.momentum)
    left.limits(y=_room(data.momentum, data.noise))
    left.points("each gradient", steps, data.pushes, "0.6", ".", size=5)
    left.line("velocity", steps, data.velocity, COLORS["vermillion"])
    left.hline(r"terminal velocity $1/(1-\alpha)$", data.terminal, "black", "--", width=2)
    right.line("weights", AGES, float(data.momentum) ** AGES, COLORS["blue"], "-", "o", size=4)
    right.line("half", [half, half, -1], [0, 0.5, 0.5], "black", ":")
    right.text("half", 58, 0.93, f"half of it after {half:.1f} steps" if half else "only the newest counts",
               ha="right")


def _room(momentum, noise):
    """Limits for gradients and velocity, four deviations from their means at every step, at powers of √2.

    Another draw leaves them alone, and a slider moves them seldom: the background stays.
    """
    left = momentum ** np.arange(1.0, PUSHES + 1)       # of the first gradient, after each step
    mean, spread = (1 - left) / (1 - momentum), 4 * noise * np.sqrt((1 - left**2) / (1 - momentum**2))
    low, high = (max((spread + sign * mean).max(), 1.9) for sign in (-1, 1))
    low, high = 2 ** (np.ceil(2 * np.log2([low, 1.03 * high])) / 2)
    return -low, high


def half_life(momentum):
    """Steps after which a gradient counts half: log 2 / log(1 / alpha)."""
    return float(np.log(2) / -np.log(momentum)) if momentum else 0.0


def terminal_summary(data):
    climbing = " and still climbing" if data.momentum**PUSHES > 0.05 else ""
    text = (f"α = {data.momentum:.3g}: terminal velocity 1/(1 − α) = {data.terminal:.4g} times ε g; "
            f"after {PUSHES} steps, in the mean of {DRAWS} draws: {data.mean:.3g}{climbing}.")
    if data.noise:
        text += (f" Noise relative to the mean: {data.noise_before:.2g} in the gradients, "
                 f"{data.noise_after:.2g} in the velocity.")
    return text


# The digits network, retrained

EPOCHS, BATCH = 4, 32
PER_EPOCH, EVERY = 45, 15   # updates; a record, and a picture, every so many
EFFECTIVE, EQUAL = "the same effective rate, ε/(1 − α)", "the same rate, ε"


def digits():
    """The 64-64-64-10 network on the digits, trained from the same start by three methods, at every move."""
    data = datasets.load("digits")
    return LiveFigure("Digits, retrained",
                      lambda lr, momentum, fair: digits_compute(data, lr, momentum, fair),
                      digits_setup, digits_draw, digits_summary, {
        "lr": LogRange(0.001, 3, 0.01, label="rate of momentum and Nesterov  ε"),
        "momentum": Range(0.0, 0.99, 0.9, 0.01, label="momentum  α"),
        "fair": Choice((EFFECTIVE, EQUAL), EFFECTIVE, label="rate of gradient descent"),
    }, size=(10, 4.2))


def digits_compute(data, lr, momentum, fair):
    descent = lr / (1 - momentum) if fair == EFFECTIVE else lr
    methods = _methods(lr, momentum) | {"gradient descent": SGD(descent)}
    trainings = {name: _so_far(data, method) for name, method in methods.items()}
    pictures = EPOCHS * PER_EPOCH // EVERY
    for k in range(pictures + 1):
        yield SimpleNamespace(lr=lr, momentum=momentum, descent=descent, done=k / pictures,
                              runs={name: next(training) for name, training in trainings.items()})


def _so_far(data, method):
    """Yields a training's records so far; once it has diverged, for ever the same, with the update it was."""
    network = Network([Dense(64, 64), ReLU(), Dense(64, 64), ReLU(), Dense(64, 10)],
                      losses.softmax_cross_entropy, np.random.default_rng(0))
    records = []
    try:
        for record in train(network, data, method, epochs=EPOCHS, batch_size=BATCH,
                            rng=np.random.default_rng(1), every=EVERY):
            records.append(record)
            yield SimpleNamespace(records=records[:], diverged=None)
    except Diverged as error:
        while True:
            yield SimpleNamespace(records=records, diverged=error.step)


def digits_setup(figure):
    left, right = map(Panel, figure.subplots(1, 2, width_ratios=[1.3, 1]))
    left.ax.set(xlabel="update", ylabel="training loss", yscale="log", xlim=(0, EPOCHS * PER_EPOCH),
                ylim=(5e-3, 10))
    right.ax.set(xlabel="epoch", ylabel="test accuracy", xlim=(-0.1, EPOCHS + 0.1), ylim=(0, 1.02),
                 xticks=range(EPOCHS + 1))
    legend_above(figure, right, columns=3)
    return left, right


def digits_draw(panels, data):
    left, right = panels
    for name, run in data.runs.items():
        color, dash, marker = METHODS[name]
        step, epoch, loss, accuracy = zip(*((r.step, r.epoch, r.loss, r.test_accuracy) for r in run.records))
        left.line(name, step, loss, color, dash)
        right.line(name, epoch, accuracy, color, dash, marker, every=PER_EPOCH // EVERY)


def digits_summary(data):
    epochs = EPOCHS * data.done

    def result(run):
        if run.diverged:
            return f"diverges at update {run.diverged}"
        accuracy = run.records[-1].test_accuracy
        guessing = epochs and accuracy < 0.15
        return f"{100 * accuracy:.1f} %" + (" (no better than guessing)" if guessing else "")

    return (f"ε = {data.lr:.3g}, α = {data.momentum:.3g}; gradient descent at {data.descent:.3g}. "
            f"Test accuracy after {epochs:.3g} epoch{'s' * (epochs != 1)}: "
            + "; ".join(f"{name} {result(run)}" for name, run in data.runs.items()) + ".")


# A student's own rule in the ravine

def yours(update):
    """Your own rule `update(theta, g, v, t, lr, momentum)` beside the library's, in the ravine."""
    if not callable(update):
        raise TypeError(f"update must be your function (theta, g, v, t, lr, momentum), got {update!r}")

    class Yours(Momentum):
        pass

    Yours.update = staticmethod(update)
    return LiveFigure("Your rule in the ravine",
                      lambda kappa, lr, momentum: yours_compute(Yours, kappa, lr, momentum),
                      yours_setup, yours_draw, yours_summary, {
        "kappa": LogRange(1, 1000, 30, label="condition number  κ"),
        "lr": LogRange(0.0005, 2, 0.02, label="rate  ε"),
        "momentum": Range(0.0, 0.99, 0.8, 0.01, label="momentum  α"),
    }, size=(10, 4))


def yours_compute(yours, kappa, lr, momentum):
    f = Ravine(kappa)
    try:
        own = _descend(f, yours(lr, momentum))
    except NotImplementedError:
        own = None
    return SimpleNamespace(kappa=kappa, own=own, library=_descend(f, Momentum(lr, momentum)))


def yours_setup(figure):
    left, right = map(Panel, figure.subplots(1, 2, width_ratios=[1.3, 1]))
    _valley(left.ax)
    left.ax.set_xlabel("$x$  (flat)")
    _loss(right)
    return left, right


def yours_draw(panels, data):
    left, right = panels
    left.line("contours", *_ellipses(data.kappa), "0.75", width=1)
    # The library's run lies under the student's, wider, so that both are seen where they agree.
    for name, path, color, dash, width, marker, size in (
            ("library", data.library, "0.7", "-", 5, "s", 9),
            ("yours", data.own, COLORS["vermillion"], "--", 1.5, "o", 4)):
        if path is not None:
            left.line(name, *path.points.T, color, "-", marker, width=width / 2, size=size)
            right.line(name, np.arange(len(path.values)), path.values, color, dash, width=width)


def yours_summary(data):
    own = _verdict(data.own) if data.own else "not attempted yet: the picture shows the library's rule alone"
    return f"Yours: {own}. Library: {_verdict(data.library)}."
