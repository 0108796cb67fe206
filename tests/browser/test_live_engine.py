"""A live figure with every kind of control, used in Chromium as a reader would."""

import pytest

FIGURE = '''
from types import SimpleNamespace
import numpy as np
from course_lib.live import COLORS, Choice, LiveFigure, LogRange, Point, Range, Switch

def compute(rate, momentum, surface, marked, start):
    if surface == "broken":
        raise ValueError(f"surface must not be broken, got {surface!r}")
    curvature = np.array([1.0, 20.0]) if surface == "ravine" else np.ones(2)
    theta, velocity, path = np.array(start), np.zeros(2), [np.array(start)]
    for _ in range(60):
        velocity = momentum * velocity - rate * curvature * theta
        theta = theta + velocity
        path.append(theta)
    path = np.array(path)
    return SimpleNamespace(path=path, loss=(curvature * path**2).sum(axis=1) / 2, start=start, rate=rate,
                           momentum=momentum, marked=marked)

def setup(figure):
    left, right = figure.subplots(1, 2)
    left.set(xlim=(-2, 2), ylim=(-2, 2), xlabel="θ₁", ylabel="θ₂", title="path")
    right.set(xlim=(0, 60), ylim=(1e-6, 100), yscale="log", xlabel="step", ylabel="loss")
    return SimpleNamespace(path=left.plot([], [], color=COLORS["blue"])[0],
                           loss=right.plot([], [], color=COLORS["vermillion"])[0])

def draw(artists, data):
    artists.path.set_data(*data.path.T)
    artists.path.set_marker("o" if data.marked else "")
    artists.loss.set_data(np.arange(data.loss.size), data.loss)

def summarize(data):
    x, y = data.start
    return (f"rate {data.rate:.4g}, momentum {data.momentum:.4g}, from ({x:.4g}, {y:.4g}), "
            f"{data.loss.size - 1} steps")

figure = LiveFigure("Descent", compute, setup, draw, summarize, {
    "rate": LogRange(0.001, 0.1, 0.0437, label="rate  ε"), "momentum": Range(0, 0.99, 0.5),
    "surface": Choice(["ravine", "bowl", "broken"], "ravine"), "marked": Switch(False, label="marks"),
    "start": Point((-2, 2, -1.5), (-2, 2, 1.0))})
figure
'''
START = "rate 0.0437, momentum 0.5, from (-1.5, 1), 60 steps"


@pytest.fixture
def page(open_notebook):
    page = open_notebook("live_engine.ipynb", [FIGURE])
    page.run_all()
    page.picture().wait_for()
    yield page
    assert page.errors == []
    assert page.cell_errors() == []


def summary_is(page, text):
    page.page.wait_for_function(
        "text => document.querySelector('[role=status]').innerText.includes(text)", arg=text)


def test_nothing_is_cut_off_and_every_control_moves_the_picture(page):
    for label in ("rate  ε", "momentum", "surface", "start x", "start y"):
        cut = page.control(label).evaluate(
            "box => [...box.querySelectorAll('label, .widget-readout')]"
            ".filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.innerText)")
        assert cut == []
    width = page.picture().evaluate("img => [img.naturalWidth, img.getBoundingClientRect().width]")
    assert width[0] == 900 and 700 <= width[1] <= 900
    page.page.wait_for_timeout(300)  # a browser that answers with values of its own has done so by now
    assert page.summary() == START
    with page.changes():
        page.press("rate  ε")
    summary_is(page, "rate 0.045,")
    with page.changes():
        page.press("momentum", "PageUp")
    summary_is(page, "momentum 0.55,")
    with page.changes():
        page.control("surface").locator("select").select_option("bowl")
    with page.changes():
        page.control("marks").locator("input").check()
    with page.changes():
        page.press("start y", "ArrowLeft")
    summary_is(page, "from (-1.5, 0.95)")


def test_click_and_drag_set_the_point(page):
    with page.changes():
        page.click_picture(0.3, 0.3)
    summary_is(page, "from (0.")
    clicked = page.summary()
    page.click_picture(0.75, 0.3)  # the other axes
    page.click_picture(0.01, 0.5)  # left of both
    page.page.wait_for_timeout(300)
    assert page.summary() == clicked
    with page.changes():
        page.drag_on_picture((0.3, 0.3), (0.15, 0.7))
    summary_is(page, "from (-1.")
    assert page.control("start x").locator(".widget-readout").inner_text().startswith("−1.")


def test_error_is_shown_and_the_next_move_recovers(page):
    before = page.source()
    with page.changes():
        page.control("surface").locator("select").select_option("broken")
    summary_is(page, "ValueError: surface must not be broken, got 'broken'")
    assert page.source() != before
    with page.changes():
        page.control("surface").locator("select").select_option("ravine")
    summary_is(page, START)


def test_values_set_from_code_stay_as_they_are(open_notebook):
    page = open_notebook("live_set.ipynb", [FIGURE, "figure.set(momentum=0.123456, start=(0.1234, 0.5678))"])
    page.run_all()
    page.picture().wait_for()
    page.page.wait_for_timeout(300)
    summary_is(page, "rate 0.0437, momentum 0.1235, from (0.1234, 0.5678)")
    assert page.control("momentum").locator(".widget-readout").inner_text() == "0.12"
    with page.changes():
        page.press("momentum")
    summary_is(page, "momentum 0.13, from (0.1234, 0.5678)")
    assert page.errors == []
