"""Lecture 0's figure: what the text says of it."""

import numpy as np
import prose

from course_lib.explorers import start


def path(lr):
    return start.descent_compute(lr).path


def ratios(lr):
    """By what the distance to the minimum changes in each step."""
    theta = path(lr).points[:, 0]
    return theta[1:] / theta[:-1]


SAID = {
    "after the 30 steps of the figure it is not there":
        lambda: start.STEPS == 30 and path(0.15).steps_to(1e-6) is None and (ratios(0.15) > 0).all(),
    "With ε = 0.15 the path creeps towards the minimum": lambda: (ratios(0.15) > 0.8).all(),
    "Jump from side to side, and still get closer.": lambda: np.allclose(ratios(1.9), -0.9),
    "the sign flips, the size shrinks by a tenth": lambda: np.allclose(ratios(1.9), -0.9),
    "With ε = 1 it arrives in a single step; past 1 it overshoots":
        lambda: path(1.0).steps_to(1e-6) == 1 and (ratios(1.01) < 0).all(),
    "It diverges from ε = 2 on": lambda: np.allclose(ratios(2.0), -1) and np.abs(ratios(2.01)).min() > 1,
    "Up to $\\epsilon = 1$ a larger rate is faster":
        lambda: (np.diff([np.abs(ratios(lr)).max() for lr in (0.1, 0.5, 0.9, 0.99)]) < 0).all(),
    "from $\\epsilon = 2$ on each step lands further away than it began":
        lambda: (np.abs(ratios(2.01)) > 1).all(),
}
LEFT_OUT = {
    "It starts at": "a setting, no result",
    "What does it do with ε = 1.9?": "the question",
    "Where the limit lies for a real loss is the subject of lecture 1": "a reference",
    "Each step replaces θ by (1 − ε) θ": "the rule",
    "(1 − ε) is −0.9": "follows from the formula beside it",
    "Drag the slider, or click it once": "how a figure is used",
    "In some figures you can click the picture": "how a figure is used",
}

TestProse = prose.test(0, prose.of_figures, list(SAID.items()), LEFT_OUT)


def test_the_stated_minutes_are_those_of_the_text():
    assert abs(prose.stated(0)[0] / sum(prose.minutes(0)) - 1) <= 0.15


def test_the_figure_shows_the_answer_at_its_default():
    figure = start.descent()
    assert figure.values == {"lr": 1.9}
    figure.close()
