"""The live figure of lecture 0: one slider, to see how live figures work."""

from types import SimpleNamespace

import numpy as np

from course_lib.live import COLORS, LiveFigure, LogRange, Panel
from course_lib.optimizers import SGD
from course_lib.problems import Quadratic
from course_lib.training import descend

STEPS = 30


def descent():
    """Gradient descent on a parabola: by the rate it creeps, arrives, swings or diverges."""
    return LiveFigure("Gradient descent on a parabola", descent_compute, descent_setup, descent_draw,
                      descent_summary, {"lr": LogRange(0.01, 3, 1.9, label="rate  ε")}, size=(9, 3.8))


def descent_compute(lr):
    path = descend(Quadratic([[1.0]]), [-2.0], SGD(lr), STEPS, target=1e-6, ceiling=1e3)
    return SimpleNamespace(lr=lr, path=path)


def descent_setup(figure):
    left, right = map(Panel, figure.subplots(1, 2))
    theta = np.linspace(-3, 3, 121)
    left.ax.plot(theta, theta**2 / 2, color="0.6", linestyle="-")
    left.ax.set(xlabel=r"parameter  $\theta$", ylabel=r"loss  $\theta^2/2$", xlim=(-3, 3), ylim=(-0.15, 4.5))
    right.ax.set(xlabel="step", ylabel="loss", yscale="log", xlim=(0, STEPS), ylim=(1e-7, 1e3))
    return left, right


def descent_draw(panels, data):
    left, right = panels
    left.line("path", data.path.points[:, 0], data.path.values, COLORS["vermillion"], "-", "o", width=1)
    right.line("loss", np.arange(len(data.path.values)), data.path.values, COLORS["vermillion"], "-", "o",
               size=5)


def descent_summary(data):
    steps = len(data.path.values) - 1
    if data.path.diverged:
        return (f"ε = {data.lr:.3g}: every step overshoots by more than it gains; the loss is past 1,000 at"
                f" step {steps}.")
    if data.path.steps_to(1e-6) is not None:
        return f"ε = {data.lr:.3g}: the loss is below 1e-6 after {steps} step{'s' if steps > 1 else ''}."
    return f"ε = {data.lr:.3g}: after {steps} steps the loss is still {data.path.values[-1]:.2g}."
