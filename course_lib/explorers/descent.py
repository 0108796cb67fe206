"""Live figures of lecture 1: how fast gradient descent goes, seen and promised."""

from types import SimpleNamespace

import numpy as np

from course_lib.live import COLORS, Choice, LiveFigure, LogRange, Panel, Range, legend_above
from course_lib.optimizers import SGD
from course_lib.problems import Quadratic, Ravine
from course_lib.training import descend

BLUE, RED, GREEN = COLORS["blue"], COLORS["vermillion"], COLORS["green"]

# The axes: H = Q L Q^T turns two directions that are mixed into two that know nothing of each other

TURNED_STEPS, WINDOW = 40, 2.0
START = (-1.6, -0.5)


def axes():
    """Gradient descent in a turned ravine, and the same path along the eigenvectors of the Hessian."""
    return LiveFigure("Along the eigenvectors", axes_compute, axes_setup, axes_draw, axes_summary, {
        "angle": Range(0, 175, 30, 5, label="the ravine is turned by, degrees"),
        "kappa": LogRange(1, 100, 20, label="condition number  κ"),
        "share": Range(0.05, 1.1, 0.9, 0.05, label="rate, in units of  2/λ_max"),
    }, size=(11, 4.2))


def axes_compute(angle, kappa, share):
    f, lr = Ravine(kappa, np.radians(angle)), 2 * share / kappa
    curvatures, cos, sin = np.array([1.0, kappa]), np.cos(np.radians(angle)), np.sin(np.radians(angle))
    Q = np.array([[cos, -sin], [sin, cos]])
    path = descend(f, START, SGD(lr), TURNED_STEPS)
    turned = path.points @ Q                                    # c = Q^T d, one row a step
    steps = np.arange(TURNED_STEPS + 1)[:, None]
    factors = 1 - lr * curvatures
    return SimpleNamespace(angle=angle, kappa=kappa, Q=Q, H=f.A, points=path.points, turned=turned,
                           factors=factors, predicted=turned[0] * factors**steps)


def axes_setup(figure):
    plane, turned, shrinking = map(Panel, figure.subplots(1, 3, width_ratios=[1, 1, 1.15]))
    for panel, x, y in ((plane, r"$\theta_1$", r"$\theta_2$"),
                        (turned, "$c_1$, along $q_1$  (flat)", "$c_2$, along $q_2$  (steep)")):
        panel.ax.set(xlabel=x, ylabel=y, xlim=(-WINDOW, WINDOW), ylim=(-WINDOW, WINDOW), aspect="equal")
    shrinking.ax.set(xlabel="step", ylabel="distance from the minimum", yscale="log", xlim=(0, TURNED_STEPS),
                     ylim=(1e-4, 1e2))
    legend_above(figure, plane, turned, shrinking, columns=5)
    return plane, turned, shrinking


def axes_draw(panels, data):
    plane, turned, shrinking = panels
    turn = np.append(np.linspace(0, 2 * np.pi, 61), np.nan)
    radius = 2.0 ** np.arange(-3, 4)[:, None] / 2
    contours = np.stack([radius * np.cos(turn), radius * np.sin(turn) / np.sqrt(data.kappa)]).reshape(2, -1)
    for panel, points, Q in ((plane, data.points, data.Q), (turned, data.turned, np.eye(2))):
        panel.line("_contours", *Q @ contours, "0.75", width=1)
        for i, (name, color, dash) in enumerate((("$q_1$, flat", BLUE, "--"), ("$q_2$, steep", GREEN, "-."))):
            panel.line(name, *np.stack([-9 * Q[:, i], 9 * Q[:, i]]).T, color, dash, width=1.5)
        panel.line("path", *points.T, RED, "-", "o", width=1.2, size=4)
        panel.points("_start", *points[0], RED, "s", size=9, edge="white")
    steps = np.arange(len(data.turned))
    for i, (name, color, marker) in enumerate((("$|c_1|$", BLUE, "o"), ("$|c_2|$", GREEN, "^"))):
        shrinking.points(name, steps, np.abs(data.turned[:, i]), color, marker, size=5)
        shrinking.line(f"_theory {i}", steps, np.abs(data.predicted[:, i]), color, ("--", "-.")[i], width=1.2)


def axes_summary(data):
    flat, steep = data.factors
    (a, b), (_, d) = data.H
    b = 0.0 if abs(b) < 1e-12 else b
    return (f"H = [[{a:.3g}, {b:.3g}], [{b:.3g}, {d:.3g}]], turned by {data.angle}°: curvatures 1 and"
            f" {data.kappa:.4g}. Each step multiplies c₁ by {flat:.3g} and c₂ by {steep:.3g}, whatever the"
            " angle.")


# Steps against rate

DIRECTIONS, MOST = 5, 3000
RATES = np.arange(1, 100) / 50                                  # times lambda_max; 2 is the limit


def rates():
    """How many steps it takes at each rate: measured, and the two borders that theory gives."""
    return LiveFigure("Steps against rate", rates_compute, rates_setup, rates_draw, rates_summary, {
        "kappa": LogRange(1, 300, 20, label="condition number  κ"),
        "tolerance": LogRange(1e-6, 0.1, 1e-3, label="distance to be left"),
        "rate": Range(0.02, 2.2, 1.0, 0.02, label="rate times λ_max, on the right"),
    }, size=(11, 4.4))


def rates_compute(kappa, tolerance, rate):
    curvatures = np.geomspace(1 / kappa, 1, DIRECTIONS)         # in units of the largest
    theta, f, rule = np.ones((len(RATES), DIRECTIONS)), Quadratic(np.diag(curvatures)), SGD(RATES[:, None])
    measured = np.full(len(RATES), np.inf)
    borders = np.stack([steps_to(tolerance, 1 - RATES * curvatures[0]), steps_to(tolerance, RATES - 1)])
    best = 2 / (1 + 1 / kappa)
    for step in range(1, MOST + 1):
        rule.step(theta, f)
        there = (np.abs(theta) <= tolerance * (1 + 1e-9)).all(axis=1) & np.isinf(measured)
        measured[there] = step
        if step == MOST or step % 100 == 0:
            yield SimpleNamespace(kappa=kappa, tolerance=tolerance, rate=rate, measured=measured.copy(),
                                  best=best, borders=borders, curvatures=curvatures, done=step / MOST,
                                  fewest=steps_to(tolerance, (kappa - 1) / (kappa + 1)))


def steps_to(tolerance, factor):
    """Steps until what is multiplied by `factor` < 1 in each has shrunk to `tolerance`: one at least."""
    return np.maximum(np.log(tolerance) / np.log(np.maximum(factor, 1e-300)), 1)


def rates_setup(figure):
    steps, factors = map(Panel, figure.subplots(1, 2, width_ratios=[1.35, 1]))
    steps.ax.set(xlabel=r"rate times the largest curvature,  $\epsilon\,\lambda_{\max}$",
                 ylabel="steps needed", yscale="log", xlim=(0, 2.2), ylim=(0.8, 1.3 * MOST))
    factors.ax.set(xlabel=r"curvature,  $\lambda / \lambda_{\max}$",
                   ylabel=r"factor per step,  $|1 - \epsilon\lambda|$", xlim=(0, 1.02), ylim=(0, 1.35))
    legend_above(figure, steps, factors, columns=6)
    return steps, factors


def rates_draw(panels, data):
    steps, factors = panels
    flat, steep = data.borders
    steps.line("flattest direction", RATES, flat, BLUE, "--")
    steps.line("steepest direction", RATES[RATES > 1], steep[RATES > 1], GREEN, "-.")
    steps.points("measured", RATES, data.measured, "black", "o", size=4)
    steps.vline("_best", data.best, RED, ":")
    steps.text("best", data.best - 0.02, 1.05, "best rate", RED, ha="right")
    steps.vline("_limit", 2, "black", "-")
    steps.text("limit", 2.03, 1.05, "limit")
    steps.vline("chosen rate", data.rate, COLORS["orange"], "-", width=2.5)
    at = np.linspace(0, 1, 101)
    factors.hline("_one", 1, "black", "-")
    factors.line("chosen rate", at, np.abs(1 - data.rate * at), COLORS["orange"], "-", width=2.5)
    factors.points("the five directions", data.curvatures, np.abs(1 - data.rate * data.curvatures), "black",
                   "D", size=7)
    factors.text("slowest", 0.5, 0.96, f"the slowest keeps {slowest(data):.3f}", ha="center", va="top",
                 inside=True)


def slowest(data):
    return np.abs(1 - data.rate * data.curvatures).max()


def rates_summary(data):
    found = "none arrives within 3,000 steps so far"
    if np.isfinite(data.measured).any():
        i = data.measured.argmin()
        found = f"fewest measured: {data.measured[i]:.0f} steps, at {RATES[i]:.3g}/λ_max"
    return (f"κ = {data.kappa:.3g}, down to {data.tolerance:.2g} of the distance: {found}. Theory: the best"
            f" rate is {data.best:.3g}/λ_max, with {np.ceil(data.fewest - 1e-9):.0f} steps; (κ/2) ln(1/tol) ="
            f" {data.kappa / 2 * np.log(1 / data.tolerance):.0f}. At {data.rate:.3g}/λ_max the slowest"
            f" direction keeps {slowest(data):.3f} per step.")


# The descent lemma: what one step is sure to gain

CURVES = {  # name: (f, its slope, smallest curvature, largest curvature L)
    "strongly convex": (lambda x: 0.1 * x * x + np.log(2 * np.cosh(x)), lambda x: 0.2 * x + np.tanh(x),
                        0.2, 1.2),
    "convex": (lambda x: np.log(2 * np.cosh(x)), np.tanh, 0.0, 1.0),
    "not convex": (lambda x: x * x / 8 + np.cos(x) + 1, lambda x: x / 4 - np.sin(x), -0.75, 1.25),
}
REACH = 5.0
STEPS_OF_L = np.linspace(0, 4.2, 127)


def lemma():
    """A curve between its parabolas, and what a step is sure to gain, beside what it gains."""
    return LiveFigure("The descent lemma", lemma_compute, lemma_setup, lemma_draw, lemma_summary, {
        "curve": Choice(tuple(CURVES), "strongly convex"),
        "x": Range(-3.9, 3.9, 1.7, 0.2, label="stand at  x"),
        "share": LogRange(0.25, 4, 1, label="rate, in units of  1/L"),
    }, size=(11, 4.4))


def lemma_compute(curve, x, share):
    f, slope, lowest, L = CURVES[curve]
    at, g, lr = np.linspace(-REACH, REACH, 201), slope(x), share / L
    parabolas = {c: f(x) + g * (at - x) + c / 2 * (at - x) ** 2 for c in (0, lowest, L)}
    unit = g * g / (2 * L)
    return SimpleNamespace(
        curve=curve, x=x, share=share, L=L, lowest=lowest, at=at, values=f(at), g=g, tangent=parabolas[0],
        below=parabolas[lowest], above=parabolas[L], start=f(x), landed=(x - lr * g, f(x - lr * g)),
        bound=f(x) - lr * (1 - L * lr / 2) * g * g, unit=unit,
        gains=(f(x) - f(x - STEPS_OF_L / L * g)) / unit, promised=STEPS_OF_L * (2 - STEPS_OF_L))


def lemma_setup(figure):
    curve, gain = map(Panel, figure.subplots(1, 2, width_ratios=[1.1, 1]))
    curve.ax.set(xlabel="$x$", ylabel="loss", xlim=(-REACH, REACH), ylim=(-0.6, 6))
    gain.ax.set(xlabel=r"rate,  $\epsilon L$", ylabel="loss gained, in units of  $g^2/2L$", xlim=(0, 4.2),
                ylim=(-3, 4.2))
    legend_above(figure, curve, gain, columns=4)
    return curve, gain


def lemma_draw(panels, data):
    curve, gain = panels
    curve.line("the curve", data.at, data.values, BLUE, width=2.5)
    curve.line("parabola of curvature L", data.at, data.above, RED, "--")
    curve.line("parabola of the least curvature", data.at, data.below, GREEN, "-.")
    curve.line("tangent", data.at, data.tangent, "0.4", ":", width=1.5)
    curve.points("_here", data.x, data.start, BLUE, "o", size=10, edge="white")
    curve.points("_promised", data.landed[0], data.bound, RED, "v", size=10, edge="white")
    curve.points("_landed", *data.landed, BLUE, "s", size=10, edge="white")
    gain.hline("_zero", 0, "black", "-", width=1)
    gain.line("gained", STEPS_OF_L, data.gains, BLUE, width=2.5)
    gain.line("sure", STEPS_OF_L, data.promised, RED, "--")
    gain.vline("_rate", data.share, "0.4", ":")
    gain.points("_promised", data.share, data.share * (2 - data.share), RED, "v", size=10, edge="white")
    gained = (data.start - data.landed[1]) / data.unit
    gain.points("_landed", data.share, gained, BLUE, "s", size=10, edge="white")


def lemma_summary(data):
    sure, gained = data.start - data.bound, data.start - data.landed[1]
    promise = f"sure to fall by {sure:.3g}" if sure > 0 else "nothing is sure, for the rate is 2/L or more"
    fell = f"falls by {gained:.3g}" if gained >= 0 else f"rises by {-gained:.3g}"
    return (f"{data.curve[0].upper()}{data.curve[1:]}, curvatures from {data.lowest:.3g} to L = {data.L:.3g}."
            f" At x = {data.x:.2g} the slope is {data.g:.3g}. A step of rate {data.share:.3g}/L: {promise};"
            f" the loss {fell}.")


# The two rates, promised and measured, and what noise makes of them

BENDS, LONG, RUNS = 50, 4000, 16


def bounds():
    """The loss of gradient descent, step by step, under its two guarantees; with noise as in SGD."""
    return LiveFigure("Guarantee and measurement", bounds_compute, bounds_setup, bounds_draw,
                      bounds_summary, {
        "kappa": LogRange(10, 1e5, 1000, label="condition number  κ = L/μ"),
        "rate": Range(0.1, 1.9, 1.0, 0.1, label="rate, in units of  1/L"),
        "noise": Range(0, 0.01, 0, 0.001, label="noise  σ  of each entry of g"),
    }, size=(11, 4.4))


def bounds_compute(kappa, rate, noise):
    curvatures = np.geomspace(1 / kappa, 1, BENDS)              # L = 1
    f, rule, rng = Quadratic(np.diag(curvatures)), SGD(rate), np.random.default_rng(0)
    theta = np.full((RUNS if noise else 1, BENDS), BENDS**-0.5)         # at distance 1 from the minimum
    noisy = SimpleNamespace(gradient=lambda at: f.gradient(at) + noise * rng.standard_normal(at.shape))
    first = f.value(theta).mean()
    steps, sure = np.arange(LONG + 1), rate * (2 - rate)
    shrink = (1 - sure / kappa) ** steps
    extra = rate**2 * BENDS * noise**2 / 2                      # L eps^2 E|n|^2 / 2: what noise adds a step
    linear = shrink * first + extra * kappa / sure * (1 - shrink)
    convex = None if noise else 1 / (1 / first + sure * steps / 2)
    floor = (rate * noise**2 / 2 / (2 - rate * curvatures)).sum()
    losses = [first]
    for step in range(1, LONG + 1):
        rule.step(theta, noisy)
        losses.append(f.value(theta).mean())
        if step == LONG or step % 100 == 0:
            yield SimpleNamespace(kappa=kappa, rate=rate, noise=noise, losses=np.array(losses), linear=linear,
                                  convex=convex, floor=floor, done=step / LONG)


def bounds_setup(figure):
    logarithmic, plain = map(Panel, figure.subplots(1, 2))
    for panel in (logarithmic, plain):
        panel.ax.set(xlabel="step  k", ylabel=r"loss above the minimum,  $\Delta_k$", yscale="log",
                     ylim=(1e-9, 10))
    logarithmic.ax.set(xscale="log", xlim=(1, LONG), title="both axes logarithmic")
    plain.ax.set(xlim=(0, LONG), title="the same, steps evenly spaced")
    legend_above(figure, logarithmic, plain, columns=4)
    return logarithmic, plain


def bounds_draw(panels, data):
    steps = np.arange(len(data.losses))
    for panel in panels:
        panel.line("measured", steps, data.losses, "black", width=2.2)
        if data.convex is not None:
            panel.line("sure, if convex", np.arange(LONG + 1), data.convex, BLUE, "--")
        panel.line("sure, if strongly convex", np.arange(LONG + 1), data.linear, RED, "-.")
        if data.noise:
            panel.hline("floor of this bowl", data.floor, GREEN, ":", width=2.5)


def bounds_summary(data):
    last = len(data.losses) - 1
    text = f"κ = {data.kappa:.4g}, ε = {data.rate:.2g}/L, σ = {data.noise:.2g}. "
    for k in (100, 1000, LONG):
        if k <= last:
            convex = "" if data.convex is None else f"{data.convex[k]:.2g} or "
            text += f"Δ after {k:,} steps: {small(data.losses[k])} (sure: {convex}{small(data.linear[k])}). "
    return text + (f"With this noise it settles at about {data.floor:.2g}." if data.noise else "")


def small(x):
    return f"{x:.2g}" if x >= 1e-12 else "below 1e-12"
