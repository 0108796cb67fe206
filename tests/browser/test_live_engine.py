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


# Names, keys and places of the controls.


def test_every_handle_says_its_name_and_its_value(page):
    for name in ("rate ε", "momentum", "start x", "start y"):
        page.page.get_by_role("slider", name=name, exact=True).wait_for()
    momentum = page.page.get_by_role("slider", name="momentum", exact=True)
    assert momentum.get_attribute("aria-valuetext") == "0.5"
    momentum.focus()
    for key, value in (("ArrowRight", "0.51"), ("ArrowDown", "0.5"), ("PageUp", "0.55"), ("Home", "0"),
                       ("End", "0.99")):
        page.page.keyboard.press(key)
        summary_is(page, f"momentum {value},")
        assert momentum.get_attribute("aria-valuetext") == value
        assert momentum.get_attribute("data-lm-suppress-shortcuts") == "true"
    assert page.picture().get_attribute("alt") == page.summary()


CROWD = """
from types import SimpleNamespace
from course_lib.live import Choice, LiveFigure, LogRange, Panel, Point, Range, Switch

def compute(**controls):
    return SimpleNamespace(**controls)

def setup(figure):
    return Panel(figure.subplots())

controls = {"surface": Choice(("ravine", "a very long name of a surface"), "ravine", label="a choice")}
for name in ("SGD", "AdaGrad", "RMSProp + Nesterov"):
    controls[name[:3]] = Switch(True, label=name, beside=f"lr_{name[:3]}")
    controls[f"lr_{name[:3]}"] = LogRange(1e-9, 1, 1.06e-05, label="rate  ε")
controls["change"] = LogRange(0.001, 1000, 0.000106 * 10, label="gradients from step 200 on, times this")
controls["rho"] = Range(0.5, 0.99, 0.9, 0.01, label="forgetting of RMSProp and AdaDelta  ρ")
controls["alone"] = Switch(False, label="draw a batch with replacement")
controls["start"] = Point((-2, 2, 0), (-2, 2, 0), label=("start  x", "start  y"))
LiveFigure("A crowd", compute, setup, lambda panel, data: None, lambda data: "Nothing.", controls, size=(11, 4))
"""


def test_controls_fit_pages_of_every_width(open_notebook):
    page = open_notebook("live_crowd.ipynb", [CROWD])
    page.run_all()
    page.picture().wait_for()
    for width, files in ((1024, True), (1024, False), (1250, False), (1400, True), (1400, False), (1920, True),
                         (1920, False), (420, False)):
        page.resize(width, files)
        assert page.misfits() == [], f"{width} pixels, files {'open' if files else 'closed'}"
        columns, = page.columns()
        assert columns == 1 if width == 420 else columns > 1
    assert page.figure().locator(".slider-container").count() == 7
    page.page.get_by_role("slider", name="RMSProp + Nesterov: rate ε", exact=True).wait_for()
    page.resize(1250)
    assert page.misfits(track=1000) != []
    page.page.add_style_tag(content=".course-control .widget-label { max-width: 20px !important; "
                                    "white-space: nowrap !important }")
    assert any("is cut off" in misfit for misfit in page.misfits())
    assert page.errors == []


# A run that is shown as it comes.

RUN = """
import time
from types import SimpleNamespace
import numpy as np
from course_lib.live import COLORS, LiveFigure, Panel, Range

def compute(rate):
    for step in range(1, 31):
        time.sleep(0.04)
        yield SimpleNamespace(rate=rate, step=step, done=step / 30)

def setup(figure):
    panel = Panel(figure.subplots())
    panel.ax.set(xlim=(0, 30), ylim=(0, 100), xlabel="step", ylabel="what")
    return panel

def draw(panel, data):
    steps = np.arange(data.step + 1)
    panel.line("run", steps, data.rate * steps / 30, COLORS["blue"])

LiveFigure("A run", compute, setup, draw, lambda data: f"rate {data.rate}, {data.step} of 30",
           {"rate": Range(0, 100, 20)})
"""


def test_a_run_is_shown_as_it_comes_and_the_next_move_drops_the_rest(open_notebook):
    page = open_notebook("live_run.ipynb", [RUN])
    page.run_all()
    page.picture().wait_for()
    summary_is(page, "rate 20, 30 of 30")
    page.page.evaluate("""() => {
        window.seen = [];
        const line = document.querySelector(".course-summary"), bar = document.querySelector(".course-progress");
        new MutationObserver(() => seen.push([line.textContent, line.ariaBusy, bar.style.width]))
            .observe(line, {childList: true, characterData: true, subtree: true});
    }""")
    page.handle("rate").focus()
    for _ in range(25):
        page.page.keyboard.press("ArrowRight")
    summary_is(page, "rate 45, 30 of 30")
    seen = page.page.evaluate("seen")
    assert [text for text, *_ in seen if text.endswith(" 30 of 30")] == ["rate 45, 30 of 30"]
    assert len({text for text, *_ in seen if text.startswith("rate 45")}) > 3
    assert all(busy == "true" for text, busy, _ in seen[:-1]) and seen[-1][1:] == ["false", "0%"]
    assert any(width not in ("", "0%") for *_, width in seen)
    assert page.errors == []


# A figure behind a question.

COVERED = """
import os
os.environ.pop("COURSE_COVER", None)
from course_lib.live import Question

def ask(words):
    return Question(words, {"It creeps.": "No.", "It swings.": "Yes."}, right="It swings.")

first, second = ask("What will it do?"), ask("And now?")
display(first, figure.behind(first), second)
"""
AGAIN = """
descent = LiveFigure("Again", compute, setup, draw, summarize, {
    "rate": LogRange(0.001, 0.1, 0.05, label="rate  ε"), "momentum": Range(0, 0.99, 0.5),
    "surface": Choice(["ravine"], "ravine"), "marked": Switch(False), "start": Point((-2, 2, 1), (-2, 2, 1))})
descent.behind(second)
"""


def test_a_figure_is_covered_until_its_question_is_answered(open_notebook):
    page = open_notebook("live_covered.ipynb", [FIGURE.replace("\nfigure\n", ""), COVERED, AGAIN])
    page.run_all()
    page.page.get_by_role("button", name="Show it anyway").nth(1).wait_for()
    height = page.figure(0).bounding_box()["height"]
    for number in (0, 1):
        assert not page.picture(number).is_visible()
        assert not page.handle("rate ε", number).is_visible()
        assert page.figure(number).get_by_role("slider").count() == 0      # nor for a screen reader
        assert page.summary(number) == ""
    page.page.get_by_label("It creeps.").first.check()
    page.picture(0).wait_for()
    assert page.summary(0) == START and page.handle("rate ε", 0).is_visible()
    assert page.page.evaluate("document.activeElement.type") == "radio"
    assert abs(page.figure(0).bounding_box()["height"] - height) < 2
    assert not page.picture(1).is_visible()

    page.figure(1).get_by_role("button", name="Show it anyway").press("Enter")
    page.picture(1).wait_for()
    assert page.page.evaluate("document.activeElement.ariaLabel") == "start x"
    with page.changes(1):
        page.page.keyboard.press("ArrowRight")
    assert page.errors == []


# Screens, kernels and pages that are not as usual.


def test_a_fine_screen_gets_a_fine_picture_at_rest(open_notebook):
    page = open_notebook("live_fine.ipynb", [FIGURE], dots=2, width=1400)
    page.run_all()
    wide = "([img, width]) => img.complete && img.naturalWidth === width"
    img = page.picture().element_handle()
    page.page.wait_for_function(wide, arg=[img, 1800])
    place = page.picture().bounding_box()
    with page.changes():
        page.press("momentum")
    page.page.wait_for_function(wide, arg=[img, 1800])
    now = page.picture().bounding_box()     # the page may have been scrolled to the slider
    assert (now["x"], now["width"], now["height"]) == (place["x"], 900, place["height"])
    summary_is(page, "momentum 0.51,")
    assert page.errors == []


@pytest.mark.parametrize("way", ["shut down", "restarted"])
def test_a_figure_whose_kernel_has_ended_says_so(open_notebook, way):
    page = open_notebook("live_gone.ipynb", [FIGURE])
    page.run_all()
    page.picture().wait_for()
    said = page.figure().get_by_role("alert")
    assert said.inner_text() == ""
    if way == "shut down":
        page.end_kernel()
    else:
        page.menu("Kernel", "Restart Kernel…")
        page.page.get_by_role("button", name="Confirm Kernel Restart").click()
    said.get_by_text("The kernel that drew this picture has ended").wait_for()
    page.page.wait_for_timeout(1000)    # a kernel that starts again is not to be ended in its midst
    assert page.picture().is_visible() and page.summary() == START
    assert page.figure().evaluate(
        "box => [...box.querySelectorAll('.course-figure, .course-figure *')]"
        ".map(e => getComputedStyle(e, '::before').content).filter(content => content.includes('url'))") == []


def test_a_page_without_the_script_shows_a_plain_picture_that_follows(open_notebook):
    page = open_notebook("live_plain.ipynb", [FIGURE], missing="**/extensions/anywidget/**")
    page.run_all()
    figure = page.page.locator(".course-figure")
    plain = figure.locator("img.widget-image")
    plain.wait_for()
    before = plain.get_attribute("src")
    figure.locator(".widget-inline-hbox").filter(has=page.page.get_by_text("rate ε")).locator(".noUi-handle").focus()
    page.page.keyboard.press("ArrowRight")
    page.page.wait_for_function("([img, before]) => img.src !== before", arg=[plain.element_handle(), before])
    figure.get_by_text("rate 0.045,").wait_for()
    assert "rror" not in figure.inner_text()
