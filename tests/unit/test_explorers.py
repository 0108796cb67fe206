"""Every live figure at the ends and the default of each control, and at random points between."""

import re
import warnings
from pathlib import Path

import numpy as np
import pytest

from course_lib import checks, explorers
from course_lib.live import Choice, LiveFigure, LogRange, Point, Range, last

COURSE = Path(__file__).parents[2]
OF_STUDENTS = {  # figures of a student's code: the tasks whose functions they take
    "surfaces.yours": ("01.gradient", "01.step", "01.distance"),
    "autodiff.checker": ("02.checker",),
    "initialization.yours": ("03.scales", "03.predict", "03.orthogonal"),
    "sgd.yours": ("04.minibatches", "04.sgd_epoch", "04.linear_decay"),
    "momentum.yours": ("05.momentum",),
    "adaptive.yours": ("06.adam",),
    "learning_rates.yours": ("07.decays", "07.cosine"),
}
FIGURES = explorers.figures()


@pytest.fixture(scope="module", params=[*FIGURES, *OF_STUDENTS])
def figure(request):
    figure = make(request.param)
    yield figure
    figure.close()


def make(name):
    if name in FIGURES:
        return FIGURES[name]()
    topic, function = name.split(".")
    return getattr(getattr(explorers, topic), function)(*(checks.find(task).reference for task in OF_STUDENTS[name]))


def test_every_figure_of_the_notebooks_is_tested_here():
    shown = set()
    for text in [*COURSE.glob("lectures/source/*.py"), *COURSE.glob("solutions/source/*.py")]:
        shown.update(re.findall(r"^(?:figure = )?explorers\.(\w+\.\w+)\(", text.read_text(), re.M))
    assert shown == FIGURES.keys() | OF_STUDENTS.keys()


def test_it_is_a_live_figure_with_a_default_worth_looking_at(figure):
    assert isinstance(figure, LiveFigure)
    assert figure.error is None
    assert 20 < len(figure.summary) < 400 and "\n" not in figure.summary
    assert "nan" not in figure.summary and "inf" not in figure.summary
    assert figure.png().startswith(b"\x89PNG")


def test_every_control_at_its_ends_and_default(figure):
    for name, control in figure.controls.items():
        values = control.options if isinstance(control, Choice) else control.extremes()
        default = figure.values[name]
        for value in values:
            show(figure, **{name: value})
        figure.set(**{name: default})


def test_all_controls_at_their_ends_at_once(figure):
    """All at their ends, such that each pair of controls is seen at each pair of its ends."""
    ends = [control.extremes()[::2] for control in figure.controls.values()]
    for row in range(1 << len(ends).bit_length()):      # an orthogonal array of strength two
        corner = [end[(row & column).bit_count() % 2] for column, end in enumerate(ends, start=1)]
        show(figure, **dict(zip(figure.controls, corner)))


def test_random_points_between(figure):
    rng = np.random.default_rng(0)
    for _ in range(5):
        show(figure, **{name: between(control, rng) for name, control in figure.controls.items()})


def test_compute_is_pure(figure):
    defaults = {name: control.extremes()[1] for name, control in figure.controls.items()}
    first, second = (figure.summarize(last(figure.compute(**defaults))) for _ in range(2))
    assert first == second


def show(figure, **values):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure.set(**values)
    assert figure.error is None, f"{values}: {figure.traceback}"
    assert "nan" not in figure.summary


def between(control, rng):
    if isinstance(control, LogRange):
        return float(np.exp(rng.uniform(np.log(control.low), np.log(control.high))))
    if isinstance(control, Range):
        steps = round((control.high - control.low) / control.step)
        value = control.low + rng.integers(0, steps + 1) * control.step
        return int(value) if isinstance(control.start, int) else min(float(value), control.high)
    if isinstance(control, Point):
        return tuple(float(rng.uniform(low, high)) for low, high, _ in (control.x, control.y))
    return control.extremes()[rng.integers(0, 3)]
