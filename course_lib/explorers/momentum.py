"""Live figures of lecture 5: momentum and Nesterov's method."""

from types import SimpleNamespace

import numpy as np

from course_lib import datasets, losses
from course_lib.claims.runs import block_means
from course_lib.layers import Dense, ReLU
from course_lib.live import COLORS, Choice, LiveFigure, LogRange, Point, Range, set_limits
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
    methods = {"gradient descent": SGD(lr), "momentum": Momentum(lr, momentum), "Nesterov": Nesterov(lr, momentum)}
    ceiling = 1e3 * f.value(f.start)
    return SimpleNamespace(f=f, lr=lr, momentum=momentum, kappa=kappa, paths={
        name: descend(f, f.start, method, STEPS, TARGET, ceiling) for name, method in methods.items()})


def ravine_setup(figure):
    axes = figure.subplot_mosaic([[name, "loss"] for name in METHODS], width_ratios=[1.15, 1])
    panels = {}
    for name, (color, dash, marker) in METHODS.items():
        ax = axes[name]
        ax.set(xlim=(-2.1, 1.3), ylim=(-1.0, 1.0), ylabel="$y$  (steep)")
        ax.set_title(name, color=color, loc="left")
        ax.plot(0, 0, marker="*", color="black", markersize=13, linestyle="none", zorder=5)
        panels[name] = SimpleNamespace(
            contours=ax.plot([], [], color="0.75", linestyle="-", linewidth=1)[0],
            path=ax.plot([], [], color=color, linestyle="-", linewidth=1.2, marker=marker, markersize=4)[0],
            verdict=ax.text(0.985, 0.06, "", transform=ax.transAxes, ha="right"))
        ax.tick_params(labelbottom=name == "Nesterov")
    ax.set_xlabel("$x$  (flat)")
    loss = axes["loss"]
    loss.set(xlabel="step", ylabel="loss", yscale="log", xlim=(0, STEPS), ylim=(TARGET / 10, 1e4))
    loss.axhline(TARGET, color="0.6", linestyle=":", linewidth=1.5)
    loss.text(STEPS / 2, TARGET * 0.6, "target", color="0.35", ha="center", va="top")
    curves = {name: loss.plot([], [], color=color, linestyle=dash, label=name)[0]
              for name, (color, dash, _) in METHODS.items()}
    loss.legend(loc="upper right")
    # A diverging curve leaves by the top within a few steps: say so where it is missed.
    gone = {name: loss.text(0.97, 0.68 - 0.07 * i, "", color=METHODS[name][0], transform=loss.transAxes, ha="right")
            for i, name in enumerate(METHODS)}
    return SimpleNamespace(panels=panels, curves=curves, gone=gone)


def ravine_draw(artists, data):
    ellipses = _ellipses(data.kappa)
    for name, panel in artists.panels.items():
        path = data.paths[name]
        panel.contours.set_data(*ellipses)
        panel.path.set_data(*path.points.T)
        panel.verdict.set_text(_verdict(path))
        artists.curves[name].set_data(np.arange(len(path.values)), path.values)
        artists.gone[name].set_text(f"↑ {name} diverges" if path.diverged else "")


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

RUN = 60
MAP = (141, 100)        # rates, momenta
BEHAVIOUR = {"monotone": "creeps in", "oscillating": "swings in", "flipping": "jumps from side to side",
             "diverging": "diverges"}


def phase():
    """Spectral radius over rate times curvature and momentum; click to run there."""
    return LiveFigure("Phase diagram", phase_compute, phase_setup, phase_draw, phase_summary, {
        "method": Choice(("momentum", "Nesterov"), "momentum"),
        "kappa": LogRange(1, 1000, 30, label="condition number  κ"),
        "point": Point(x=(0.02, 4.2, 1.4), y=(0.0, 0.99, 0.5), axes=0,
                       label=("rate × curvature  ε λ", "momentum  α")),
    }, size=(10, 4.4))


def phase_compute(method, kappa, point):
    steep, momentum = point
    x = np.array([steep, steep / kappa])                # rate times curvature: the steep direction, the flat one
    rule = (Momentum if method == "momentum" else Nesterov)(x[:, None], momentum)
    theta, f = np.ones((2, 1)), Quadratic([[1.0]])      # two runs of one parameter each
    trajectory = [theta[:, 0].copy()]
    for _ in range(RUN):
        rule.step(theta, f)
        trajectory.append(theta[:, 0].copy())
    rates, momenta = np.linspace(0, 4.2, MAP[0]), np.linspace(0, 0.99, MAP[1])[:, None]
    return SimpleNamespace(method=method, kappa=kappa, x=x, momentum=momentum, trajectory=np.array(trajectory),
                           radii=spectral_radius(method, rates, momenta),
                           radius=spectral_radius(method, x, momentum),
                           behaviour=[behaviour(method, each, momentum) for each in x])


def spectral_radius(method, x, momentum):
    """Largest |z| of the roots of z^2 - b z + c: the factor by which a direction shrinks per step, in the long run.

    x = rate times curvature. Momentum: b = 1 + alpha - x, c = alpha. Nesterov: b = (1 + alpha)(1 - x), c = alpha (1 - x).
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
    """Rates times curvature between monotone and oscillating, oscillating and flipping, flipping and diverging."""
    if method == "momentum":
        root = np.sqrt(momentum)
        return (1 - root) ** 2, (1 + root) ** 2, 2 * (1 + momentum)
    return ((1 - momentum) / (1 + momentum)) ** 2, np.ones_like(momentum), (2 + 2 * momentum) / (1 + 2 * momentum)


def phase_setup(figure):
    plane, run = figure.subplots(1, 2, width_ratios=[1.25, 1])
    image = plane.imshow(np.zeros(MAP[::-1]), extent=(0, 4.2, 0, 0.99), origin="lower", aspect="auto",
                         cmap="cividis", vmin=0.3, vmax=1.0, interpolation="bilinear")
    figure.colorbar(image, ax=plane, use_gridspec=False, label="factor per step  ρ")
    plane.set(xlabel=r"rate × curvature  $\epsilon\lambda$", ylabel=r"momentum  $\alpha$", xlim=(0, 4.2), ylim=(0, 0.99))
    borders = [plane.plot([], [], color=color, linestyle=dash, linewidth=1.5)[0]
               for color, dash in (("white", "--"), ("white", "-."), ("black", "-"))]
    words = [plane.text(0, 0, text, color=color, ha="center", va="center", weight="bold") for text, color in
             (("creeps", "white"), ("swings", "white"), ("flips", "white"), ("diverges", "black"))]
    marks = [plane.plot([], [], marker=marker, color=color, markeredgecolor="white", markersize=12, linestyle="none",
                        clip_on=False)[0]
             for marker, color in (("o", COLORS["vermillion"]), ("s", COLORS["skyblue"]))]
    run.axhline(0, color="0.6", linewidth=1, linestyle="-")
    run.set(xlabel="step", ylabel="distance to the minimum", xlim=(0, RUN), ylim=(-1.6, 1.6))
    curves = [run.plot([], [], color=color, linestyle=dash, marker=marker, markersize=4, label=label)[0]
              for color, dash, marker, label in ((COLORS["vermillion"], "-", "o", "steep direction"),
                                                 (COLORS["blue"], "--", "s", "flat direction"))]
    run.legend(loc="lower right")
    return SimpleNamespace(image=image, borders=borders, words=words, marks=marks, curves=curves)


def phase_draw(artists, data):
    momenta = np.linspace(0, 0.99, 100)
    artists.image.set_data(np.where(data.radii < 1, data.radii, np.nan))    # diverging: left white
    borders = _borders(data.method, momenta)
    for line, border in zip(artists.borders, borders):
        line.set_data(border, momenta)
    places = ([(0.34, 0.035), (1.1, 0.62), (1.72, 0.035), (3.4, 0.3)] if data.method == "momentum" else
              [(0.4, 0.035), (0.52, 0.62), (1.32, 0.2), (2.9, 0.5)])
    for word, place in zip(artists.words, places):
        word.set_position(place)
    for mark, curve, x, theta in zip(artists.marks, artists.curves, data.x, data.trajectory.T):
        mark.set_data([x], [data.momentum])
        curve.set_data(np.arange(RUN + 1), np.clip(theta, -1e3, 1e3))


def phase_summary(data):
    steep, flat = (f"{BEHAVIOUR[kind]}, factor {rho:.3g} a step" for kind, rho in zip(data.behaviour, data.radius))
    return (f"{data.method.capitalize()}, α = {data.momentum:.3g}. Steep direction, ε λ = {data.x[0]:.3g}: {steep}. "
            f"Flat direction, ε λ = {data.x[1]:.3g}: {flat}.")


# Terminal velocity, and what the velocity does to noise

PUSHES = 200


def terminal():
    """A constant gradient of 1 under noise: the velocity settles at eps g / (1 - alpha), and is less noisy than g."""
    return LiveFigure("Terminal velocity", terminal_compute, terminal_setup, terminal_draw, terminal_summary, {
        "momentum": Range(0.0, 0.99, 0.9, 0.01, label="momentum  α"),
        "noise": Range(0.0, 4.0, 1.0, 0.1, label="noise  σ"),
        "seed": Range(0, 20, 0, label="another draw"),
    }, size=(10, 4))


class _Slope:
    """f(theta) = theta, its gradient 1 seen through Gaussian noise; `seen` keeps what was handed out."""

    def __init__(self, noise, rng):
        self.noise, self.rng, self.seen = noise, rng, []

    def gradient(self, theta):
        self.seen.append(1 + self.noise * self.rng.standard_normal(theta.shape))
        return self.seen[-1]


def terminal_compute(momentum, noise, seed):
    f, rule, theta = _Slope(noise, np.random.default_rng(seed)), Momentum(1.0, momentum), np.zeros(1)
    velocity = []
    for _ in range(PUSHES):
        rule.step(theta, f)
        velocity.append(-rule.v[0])                     # in units of eps g, and downhill is positive
    ages = np.arange(0, 60)
    return SimpleNamespace(momentum=momentum, noise=noise, pushes=np.concatenate(f.seen), velocity=np.array(velocity),
                           terminal=1 / (1 - momentum), ages=ages, weights=momentum**ages * 1.0)


def terminal_setup(figure):
    left, right = figure.subplots(1, 2, width_ratios=[1.6, 1])
    left.set(xlabel="step", ylabel=r"in units of $\epsilon g$", xlim=(0, PUSHES), ylim=(-4, 14))
    pushes = left.plot([], [], color="0.6", linestyle="none", marker=".", markersize=5, label="each gradient")[0]
    velocity = left.plot([], [], color=COLORS["vermillion"], label="velocity")[0]
    limit = left.plot([], [], color="black", linestyle="--", label=r"$1/(1-\alpha)$")[0]
    left.yaxis.set_label_coords(-0.12, 0.5)     # room for the longest tick labels that can come
    left.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, frameon=False, borderaxespad=0.2)
    right.set(xlabel="age of a gradient (steps)", ylabel="its weight in the velocity", xlim=(-1, 60), ylim=(0, 1.05))
    weights = right.plot([], [], color=COLORS["blue"], linestyle="-", marker="o", markersize=4)[0]
    half = right.plot([], [], color="black", linestyle=":")[0]
    word = right.text(58, 0.93, "", ha="right")
    return SimpleNamespace(left=left, pushes=pushes, velocity=velocity, limit=limit, weights=weights, half=half, word=word)


def terminal_draw(artists, data):
    steps = np.arange(1, PUSHES + 1)
    shown = np.concatenate([data.pushes, data.velocity, [data.terminal, 0]])
    set_limits(artists.left, y=(-_next_power(-shown.min()), _next_power(shown.max())))
    artists.pushes.set_data(steps, data.pushes)
    artists.velocity.set_data(steps, data.velocity)
    artists.limit.set_data([0, PUSHES], [data.terminal] * 2)
    artists.weights.set_data(data.ages, data.weights)
    half = half_life(data.momentum)
    artists.half.set_data([half, half, -1], [0, 0.5, 0.5])
    artists.word.set_text(f"half of it after {half:.1f} steps" if data.momentum else "only the newest counts")


def _next_power(x):
    """The power of two above x, at least 2: an axis with few different heights jumps seldom."""
    return 2.0 ** max(1, np.ceil(np.log2(max(x, 1) * 1.03)))


def half_life(momentum):
    """Steps after which a gradient counts half: log 2 / log(1 / alpha)."""
    return float(np.log(2) / -np.log(momentum)) if momentum else 0.0


def terminal_summary(data):
    tail, pushes = data.velocity[PUSHES // 2:], data.pushes[PUSHES // 2:]
    climbing = " and still climbing" if data.momentum ** (PUSHES // 2) > 0.05 else ""
    text = (f"α = {data.momentum:.3g}: terminal velocity 1/(1 − α) = {data.terminal:.4g} times ε g; "
            f"measured over the last {len(tail)} steps: {tail.mean():.3g}{climbing}.")
    if data.noise:
        text += (f" Noise relative to the mean: {pushes.std() / abs(pushes.mean()):.2g} in the gradients, "
                 f"{tail.std() / abs(tail.mean()):.2g} in the velocity.")
    return text


# The digits network, retrained

EPOCHS, BATCH = 4, 32
SMOOTH = 9


def digits():
    """The 64-64-64-10 network on the digits, trained from the same start by three methods, at every move."""
    data = datasets.load("digits")
    return LiveFigure("Digits, retrained",
                      lambda lr, momentum: (digits_compute(data, lr, momentum, epochs) for epochs in (1, EPOCHS)),
                      digits_setup, digits_draw, digits_summary, {
        "lr": LogRange(0.001, 3, 0.01, label="rate  ε"),
        "momentum": Range(0.0, 0.99, 0.9, 0.01, label="momentum  α"),
    }, size=(10, 4.2))


def digits_compute(data, lr, momentum, epochs=EPOCHS):
    methods = {"gradient descent": SGD(lr), "momentum": Momentum(lr, momentum), "Nesterov": Nesterov(lr, momentum)}
    return SimpleNamespace(lr=lr, momentum=momentum, epochs=epochs,
                           runs={name: _train_digits(data, method, epochs) for name, method in methods.items()})


def _train_digits(data, method, epochs):
    """Records of one training run; where it diverges, those up to there, and the step."""
    network = Network([Dense(64, 64), ReLU(), Dense(64, 64), ReLU(), Dense(64, 10)], losses.softmax_cross_entropy,
                      np.random.default_rng(0))
    records, diverged = [], None
    try:
        for record in train(network, data, method, epochs=epochs, batch_size=BATCH, rng=np.random.default_rng(1)):
            records.append(record)
    except Diverged as error:
        diverged = error.step
    return SimpleNamespace(records=records, diverged=diverged)


def digits_setup(figure):
    left, right = figure.subplots(1, 2, width_ratios=[1.3, 1])
    left.set(xlabel="update", ylabel=f"minibatch loss, mean of {SMOOTH}", yscale="log", xlim=(0, EPOCHS * 45),
             ylim=(5e-3, 10))
    right.set(xlabel="epoch", ylabel="test accuracy", xlim=(-0.1, EPOCHS + 0.1), ylim=(0, 1.02),
              xticks=range(EPOCHS + 1))
    curves, dots = {}, {}
    for name, (color, dash, marker) in METHODS.items():
        curves[name] = left.plot([], [], color=color, linestyle=dash, label=name)[0]
        dots[name] = right.plot([], [], color=color, linestyle=dash, marker=marker, label=name)[0]
    right.legend(loc="center right")
    return SimpleNamespace(curves=curves, dots=dots)


def digits_draw(artists, data):
    for name, run in data.runs.items():
        batch_losses = np.concatenate([record.batch_losses for record in run.records])
        blocks = block_means(batch_losses, SMOOTH)
        artists.curves[name].set_data((np.arange(len(blocks)) + 0.5) * SMOOTH, blocks)
        artists.dots[name].set_data([record.epoch for record in run.records],
                                    [record.test_accuracy for record in run.records])


def digits_summary(data):
    def result(run):
        if run.diverged:
            return f"diverges at update {run.diverged}"
        accuracy = run.records[-1].test_accuracy
        return f"{100 * accuracy:.1f} %" + (" (no better than guessing)" if accuracy < 0.15 else "")

    return (f"ε = {data.lr:.3g}, α = {data.momentum:.3g}. "
            f"Test accuracy after {data.epochs} epoch{'s' if data.epochs > 1 else ''}: "
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
    ceiling = 1e3 * f.value(f.start)
    try:
        own = descend(f, f.start, yours(lr, momentum), STEPS, TARGET, ceiling)
    except NotImplementedError:
        own = None
    return SimpleNamespace(kappa=kappa, own=own,
                           library=descend(f, f.start, Momentum(lr, momentum), STEPS, TARGET, ceiling))


def yours_setup(figure):
    left, right = figure.subplots(1, 2, width_ratios=[1.3, 1])
    left.set(xlim=(-2.1, 1.3), ylim=(-1.0, 1.0), xlabel="$x$  (flat)", ylabel="$y$  (steep)")
    left.plot(0, 0, marker="*", color="black", markersize=13, linestyle="none", zorder=5)
    contours = left.plot([], [], color="0.75", linestyle="-", linewidth=1)[0]
    right.set(xlabel="step", ylabel="loss", yscale="log", xlim=(0, STEPS), ylim=(TARGET / 10, 1e4))
    paths, curves = {}, {}
    # The library's run lies under the student's, wider, so that both are seen where they agree.
    for name, color, dash, width, marker, size in (("library", "0.7", "-", 5, "s", 9),
                                                   ("yours", COLORS["vermillion"], "--", 1.5, "o", 4)):
        paths[name] = left.plot([], [], color=color, linestyle="-", linewidth=width / 2, marker=marker,
                                markersize=size, label=name)[0]
        curves[name] = right.plot([], [], color=color, linestyle=dash, linewidth=width, label=name)[0]
    left.legend(loc="lower right")
    return SimpleNamespace(contours=contours, paths=paths, curves=curves)


def yours_draw(artists, data):
    artists.contours.set_data(*_ellipses(data.kappa))
    for name, path in (("library", data.library), ("yours", data.own)):
        artists.paths[name].set_data(*(path.points.T if path else ([], [])))
        artists.curves[name].set_data(*((np.arange(len(path.values)), path.values) if path else ([], [])))


def yours_summary(data):
    own = _verdict(data.own) if data.own else "not attempted yet: the picture shows the library's rule alone"
    return f"Yours: {own}. Library: {_verdict(data.library)}."
