"""The live figure of lecture 0: one slider, to see how live figures work."""

from types import SimpleNamespace

import numpy as np

from course_lib.live import COLORS, LiveFigure, LogRange
from course_lib.optimizers import SGD
from course_lib.problems import Quadratic
from course_lib.training import descend

STEPS = 30


def descent():
    """Gradient descent on a parabola: the rate decides between creeping, arriving, swinging and diverging."""
    return LiveFigure("Gradient descent on a parabola", descent_compute, descent_setup, descent_draw, descent_summary,
                      {"lr": LogRange(0.01, 3, 0.15, label="rate  ε")}, size=(9, 3.8))


def descent_compute(lr):
    return SimpleNamespace(lr=lr, path=descend(Quadratic([[1.0]]), [-2.0], SGD(lr), STEPS, target=1e-6, ceiling=1e3))


def descent_setup(figure):
    left, right = figure.subplots(1, 2)
    theta = np.linspace(-3, 3, 121)
    left.plot(theta, theta**2 / 2, color="0.6", linestyle="-")
    left.set(xlabel=r"parameter  $\theta$", ylabel=r"loss  $\theta^2/2$", xlim=(-3, 3), ylim=(-0.15, 4.5))
    path = left.plot([], [], color=COLORS["vermillion"], linestyle="-", linewidth=1, marker="o")[0]
    right.set(xlabel="step", ylabel="loss", yscale="log", xlim=(0, STEPS), ylim=(1e-7, 1e3))
    curve = right.plot([], [], color=COLORS["vermillion"], linestyle="-", marker="o", markersize=5)[0]
    return SimpleNamespace(path=path, curve=curve)


def descent_draw(artists, data):
    artists.path.set_data(data.path.points[:, 0], data.path.values)
    artists.curve.set_data(np.arange(len(data.path.values)), data.path.values)


def descent_summary(data):
    steps = len(data.path.values) - 1
    if data.path.diverged:
        return f"ε = {data.lr:.3g}: every step overshoots by more than it gains; the loss is past 1,000 at step {steps}."
    if data.path.steps_to(1e-6) is not None:
        return f"ε = {data.lr:.3g}: the loss is below 1e-6 after {steps} step{'s' if steps > 1 else ''}."
    return f"ε = {data.lr:.3g}: after {steps} steps the loss is still {data.path.values[-1]:.2g}."
