import asyncio
import base64
import gc
import io
import sys
import threading
import time
import warnings
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from course_lib.live import Choice, LiveFigure, LogRange, Point, Question, Range, Switch, last
from course_lib.live import figure as live_figure


def compute(rate, steps=20, surface="bowl", noisy=False, start=(1.0, 1.0)):
    if surface == "broken":
        raise ValueError("surface must be bowl, got <broken>")
    loss = (1 - rate) ** (2.0 * np.arange(steps + 1))
    return SimpleNamespace(rate=rate, steps=steps, start=start, loss=loss)


def setup(figure):
    left, right = figure.subplots(1, 2)
    left.set(xlim=(0.1, 10), ylim=(0.1, 10), xscale="log", yscale="log")
    right.set(xlim=(0, 50), ylim=(0, 1))
    return {"start": left.plot([], [], "o")[0], "loss": right.plot([], [])[0]}


def draw(artists, data):
    artists["start"].set_data([data.start[0]], [data.start[1]])
    artists["loss"].set_data(np.arange(data.loss.size), data.loss)


def summarize(data):
    return f"rate {data.rate:.4g}, {data.steps} steps"


CONTROLS = {
    "rate": LogRange(0.01, 1, 0.1, label="rate  ε"),
    "steps": Range(1, 50, 20),
    "surface": Choice(["bowl", "broken"], "bowl"),
    "noisy": Switch(False),
    "start": Point((0.1, 10, 1.0), (0.1, 10, 1.0)),
}


def make(**changes):
    arguments = {"title": "Descent", "compute": compute, "setup": setup, "draw": draw, "summarize": summarize,
                 "controls": CONTROLS, "size": (6, 3), **changes}
    return LiveFigure(**arguments)


def widget(figure, name):
    return figure._widgets[name][0]


def test_figure_shows_its_default_state_at_once():
    figure = make()
    assert figure.summary == "rate 0.1, 20 steps"
    assert figure.error is None
    assert Image.open(io.BytesIO(figure.png())).size == (600, 300)
    assert figure.values == {"rate": 0.1, "steps": 20, "surface": "bowl", "noisy": False, "start": (1.0, 1.0)}


def test_moved_control_retrains():
    figure = make()
    before = figure.png()
    widget(figure, "steps").value = 5
    assert figure.values["steps"] == 5
    assert figure.summary == "rate 0.1, 5 steps"
    assert figure.png() != before
    assert figure._picture.png == figure.png()
    assert figure._picture.summary == "rate 0.1, 5 steps"


def test_set_computes_once_and_moves_the_widgets():
    calls = []

    def counted(**controls):
        calls.append(controls)
        return compute(**controls)

    counted.__signature__ = live_figure.inspect.signature(compute)
    figure = make(compute=counted)
    figure.set(rate=0.5, steps=30, start=(2, 3), noisy=True)
    assert len(calls) == 2
    assert calls[1] == {"rate": 0.5, "steps": 30, "surface": "bowl", "noisy": True, "start": (2.0, 3.0)}
    assert widget(figure, "steps").value == 30
    assert widget(figure, "rate").value == 0.5


def test_browser_may_answer_with_the_nearest_value_of_the_slider():
    figure = make(controls={**CONTROLS, "rate": Range(0.0, 1, 0.1, step=0.1)})
    figure.set(rate=0.1234)
    widget(figure, "rate").value = 0.1 + 1e-17
    assert figure.values["rate"] == 0.1234
    widget(figure, "rate").value = 0.2
    assert figure.values["rate"] == 0.2


@pytest.mark.parametrize(("values", "kind", "message"), [
    ({"kapa": 1}, ValueError, "no control is named 'kapa'; the controls are rate, steps"),
    ({"rate": 2}, ValueError, "rate must be from 0.01 to 1, got 2"),
    ({"steps": 1.5}, ValueError, "steps must be a whole number, got 1.5"),
    ({"surface": "hill"}, ValueError, "surface must be one of"),
    ({"noisy": "yes"}, TypeError, "noisy must be True or False"),
    ({"start": (0.1, 99)}, ValueError, "start y must be from 0.1 to 10, got 99"),
    ({"steps": 3, "rate": -1}, ValueError, "rate must be"),
])
def test_wrong_values_are_named_and_change_nothing(values, kind, message):
    figure = make()
    before = figure.values
    with pytest.raises(kind, match=message):
        figure.set(**values)
    assert figure.values == before
    assert figure.summary == "rate 0.1, 20 steps"


def test_wrong_construction_is_named():
    with pytest.raises(TypeError, match="control 'rate' must be a Range, .* got 0.1"):
        make(controls={"rate": 0.1})
    with pytest.raises(TypeError, match="compute must take the arguments rate, speed: .*'speed'"):
        make(controls={"rate": CONTROLS["rate"], "speed": Range(0, 1, 0)})
    with pytest.raises(ValueError, match="axes of control 'start' must be < 2"):
        make(controls={**CONTROLS, "start": Point((0, 1, 0), (0, 1, 0), axes=2)})
    with pytest.raises(ZeroDivisionError):
        make(setup=lambda figure: 1 / 0)


def test_error_is_shown_in_words_and_the_next_move_recovers():
    figure = make()
    good = figure.png()
    widget(figure, "surface").value = "broken"
    assert figure.error == "ValueError: surface must be bowl, got <broken>"
    assert figure.error in figure.summary
    assert "line" in figure.traceback and "in compute" in figure.traceback
    assert figure.png() != good
    assert figure._picture.png == figure.png() and figure._picture.summary == figure.summary
    widget(figure, "surface").value = "bowl"
    assert figure.error is None and figure.traceback is None
    assert figure.png() == good


def raising(*_):
    raise RuntimeError("out of order")


@pytest.mark.parametrize("part", ["compute", "draw", "summarize"])
def test_error_of_every_callback_is_shown(part):
    controls = {"rate": CONTROLS["rate"]}
    call = (lambda rate: raising()) if part == "compute" else raising
    figure = make(controls=controls, **{part: call})
    assert figure.error == "RuntimeError: out of order"
    assert "out of order" in repr(figure)
    assert f"in {'raising'}" in figure.traceback


def test_summary_that_is_no_text_is_an_error():
    assert make(summarize=lambda data: 3).error == "TypeError: summarize must return text, got 3"


def test_warnings_of_compute_are_left_alone():
    def overflow(rate):
        return compute(float(np.float64(1e308) * 10 > 0) * rate)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        figure = make(compute=overflow, controls={"rate": CONTROLS["rate"]})
    assert figure.error is None
    categories = [warning.category for warning in caught]      # old widgets warn of their own deprecations
    assert [kind for kind in categories if kind is not DeprecationWarning] == [RuntimeWarning]


# Runs that are shown as they come.


def training(rate, pause=0.0):
    """Four pictures of one run, `pause` seconds of computing between two."""
    def run(rate):
        for steps in (5, 10, 15, 20):
            until = time.perf_counter() + pause
            while time.perf_counter() < until:
                pass
            yield SimpleNamespace(**vars(compute(rate, steps)), done=steps / 20)

    return run(rate)


def slow_training(rate):
    return training(rate, pause=0.06)


def recorded(figure):
    """[(summary, share done)]: all that the page is shown from now on."""
    shown, picture = [], figure._picture
    picture.observe(lambda change: shown.append((picture.summary, picture.done)), "png")
    return shown


def generated(compute=slow_training, **changes):
    return make(compute=compute, controls={"rate": CONTROLS["rate"]}, **changes)


def test_last_is_the_end_of_a_run_and_leaves_other_data_alone():
    assert last(training(0.1)).steps == 20
    assert last([1, 2]) == [1, 2]
    with pytest.raises(ValueError, match="compute must yield data at least once, got none"):
        last(number for number in [])


def test_without_a_loop_only_the_end_is_shown():
    figure = generated()
    shown = recorded(figure)
    widget(figure, "rate").value = 0.2
    assert figure.summary == "rate 0.2, 20 steps"
    assert [done for _, done in shown] == [1.0]


def test_a_move_shows_one_picture_at_once_and_the_others_as_they_come():
    figure = generated()

    async def move():
        shown = recorded(figure)
        widget(figure, "rate").value = 0.2
        assert shown == [("rate 0.2, 5 steps", 0.25)]
        await figure._task
        return shown

    assert asyncio.run(move()) == [(f"rate 0.2, {steps} steps", steps / 20) for steps in (5, 10, 15, 20)]
    assert figure._task is None and figure.summary == "rate 0.2, 20 steps"


def test_steps_that_are_fast_get_no_picture_each():
    def fast(rate):
        for steps in range(1, 51):
            yield compute(rate, steps)

    figure = generated(fast)

    async def move():
        shown = recorded(figure)
        widget(figure, "rate").value = 0.2
        await figure._task
        return [summary for summary, _ in shown]

    shown = asyncio.run(move())
    assert shown[0] == "rate 0.2, 1 steps" and shown[-1] == "rate 0.2, 50 steps" and len(shown) < 50


def test_the_next_move_drops_the_rest():
    finished = []

    def watched(rate):
        try:
            yield from slow_training(rate)
            finished.append(rate)
        finally:
            finished.append("closed")

    figure = generated(watched)
    finished.clear()

    async def move():
        widget(figure, "rate").value = 0.2
        first = figure._task
        await asyncio.sleep(0)
        widget(figure, "rate").value = 0.5
        await asyncio.wait([first, figure._task])
        assert first.done()

    asyncio.run(move())
    assert finished == ["closed", 0.5, "closed"]
    assert figure.summary == "rate 0.5, 20 steps"


@pytest.mark.parametrize("waits", [0, 1])
def test_what_a_dropped_run_holds_is_given_back_where_it_was_taken(waits, monkeypatch):
    def holding(rate):
        with np.errstate(over="raise"):
            yield from slow_training(rate)

    figure, complaints, before = generated(holding), [], np.geterr()
    monkeypatch.setattr(sys, "unraisablehook", complaints.append)

    async def move():
        for rate in (0.2, 0.5, 0.3):
            widget(figure, "rate").value = rate
            for _ in range(waits):
                await asyncio.sleep(0)
            assert np.geterr() == before
        await figure._task

    asyncio.run(move())
    gc.collect()
    assert figure.summary == "rate 0.3, 20 steps" and complaints == []


def test_moves_of_two_threads_do_not_get_into_each_other_s_way():
    figure, errors = generated(), []

    async def move(rates):
        for rate in rates:
            widget(figure, "rate").value = rate
            await asyncio.sleep(0)
            errors.append(figure.error)
        while figure._run is not None:
            await asyncio.sleep(0)

    rates = figure.controls["rate"].grid()[-24:]
    threads = [threading.Thread(target=asyncio.run, args=(move(part),)) for part in (rates[::2], rates[1::2])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(errors) == {None} and figure.error is None and len(errors) == len(rates)
    assert figure.summary.endswith(", 20 steps")


def test_many_quick_moves_end_at_the_last():
    figure = generated()
    values = figure.controls["rate"].grid()[-25:]

    async def move():
        shown = recorded(figure)
        for value in values:
            widget(figure, "rate").value = value
            await asyncio.sleep(0)
        await figure._task
        return shown

    shown = asyncio.run(move())
    assert shown[-1] == (f"rate {values[-1]:.4g}, 20 steps", 1.0)
    assert sum(done == 1.0 for _, done in shown) == 1     # no other run was computed to its end


def test_set_and_the_page_want_the_end():
    figure = generated()

    async def move():
        widget(figure, "rate").value = 0.2
        figure.set(rate=0.5)
        assert figure.summary == "rate 0.5, 20 steps" and figure._task is None
        widget(figure, "rate").value = 0.2
        assert figure.summary == "rate 0.2, 5 steps"
        assert figure._repr_mimebundle_()["text/plain"] == "Descent: rate 0.2, 20 steps"
        assert figure._task is None

    asyncio.run(move())


def test_an_error_on_the_way_is_shown_and_the_next_move_recovers():
    def failing(rate):
        yield compute(rate, 5)
        if rate == 0.2:
            raise FloatingPointError("diverged at step 6")

    figure = generated(failing)

    async def move():
        widget(figure, "rate").value = 0.2
        assert figure.error is None
        await figure._task
        assert figure.error == "FloatingPointError: diverged at step 6" and "in failing" in figure.traceback
        assert figure.error in figure._picture.summary
        widget(figure, "rate").value = 0.5
        await figure._task
        assert figure.error is None and figure.summary == "rate 0.5, 5 steps"

    asyncio.run(move())


def test_a_run_that_yields_nothing_is_an_error():
    def nothing(rate):
        yield from ()

    words = "ValueError: compute must yield data at least once, got none"
    figure = generated(nothing)
    assert figure.error == words

    async def move():
        widget(figure, "rate").value = 0.2
        assert figure.error == words and figure._task is None

    asyncio.run(move())


# The fine picture.


def test_a_fine_screen_gets_more_dots_at_rest(monkeypatch):
    monkeypatch.setattr(live_figure, "REST", 0.01)
    figure = make()

    def size():
        return Image.open(io.BytesIO(figure._picture.png)).size

    async def rest():
        figure._picture.ratio = 2.0     # the page says so
        await asyncio.sleep(0.05)
        assert size() == (1200, 600)
        widget(figure, "steps").value = 5
        assert size() == (600, 300)
        widget(figure, "steps").value = 6
        await asyncio.sleep(0.05)
        assert size() == (1200, 600) and figure._picture.summary == "rate 0.1, 6 steps"

    asyncio.run(rest())
    assert Image.open(io.BytesIO(figure.png())).size == (600, 300)      # a notebook stores the small one


def test_the_fine_picture_is_the_same_picture():
    figure = make()
    figure.set(rate=0.5, start=(2.0, 3.0))
    figure._sharpen()
    for name, artist in figure._canvas.artists.items():
        assert (figure._fine.artists[name].get_xydata() == artist.get_xydata()).all()
    for mine, model in zip(figure._fine.figure.axes, figure._canvas.figure.axes, strict=True):
        assert mine.get_position().bounds == model.get_position().bounds


def test_a_screen_of_one_dot_a_pixel_gets_none(monkeypatch):
    monkeypatch.setattr(live_figure, "REST", 0.0)
    figure = make()

    async def rest():
        figure._picture.ratio = 1.0
        widget(figure, "steps").value = 5
        await asyncio.sleep(0.02)

    asyncio.run(rest())
    assert figure._fine is None


# The pointer.


def place(figure, axes, x, y):
    """(x, y) in the units of an axes as the page sends it: shares of the picture from its top left corner."""
    right, up = figure._canvas.figure.axes[axes].transData.transform((x, y)) / (600, 300)
    return [right, 1 - up]


def send(figure, drag, start, now):
    """What the page sends while the button is down: where the drag began, and where it is."""
    picture = figure._picture
    picture.pointer = [picture.answered + 1, drag, *start, *now]


def click(figure, *where):
    at = place(figure, *where)
    send(figure, f"drag {where}", at, at)


def test_click_sets_the_point_on_log_axes():
    figure = make()
    click(figure, 0, 3.0, 0.5)
    assert figure.values["start"] == pytest.approx((3.0, 0.5), abs=9.9 / 400)  # half a step of the sliders
    assert widget(figure, "start").value == figure.values["start"][0]
    assert figure._canvas.artists["start"].get_xdata()[0] == figure.values["start"][0]


def test_click_outside_the_axes_is_ignored():
    figure = make()
    click(figure, 1, 10, 0.5)  # the other axes
    click(figure, 0, 0.05, 1)  # left of its axes
    assert figure.values["start"] == (1.0, 1.0)
    assert figure._picture.answered == 2


def test_drag_follows_and_stays_within_the_axes():
    figure = make()
    start = place(figure, 0, 2, 2)
    send(figure, 1, start, place(figure, 0, 4, 4))
    assert figure.values["start"] == pytest.approx((4, 4), abs=0.03)
    send(figure, 1, start, place(figure, 0, 99, 5))
    assert figure.values["start"] == pytest.approx((10, 5), abs=0.03)
    outside = place(figure, 0, 0.05, 1)
    send(figure, 2, outside, place(figure, 0, 3, 3))
    assert figure.values["start"] == pytest.approx((10, 5), abs=0.03)


def test_of_two_points_the_nearer_one_moves_and_is_kept_in_the_drag():
    def two(a, b):
        return compute(0.1, start=a)

    low, high = Point((0.1, 10, 1), (0.1, 10, 1)), Point((0.1, 10, 8), (0.1, 10, 8))
    figure = make(compute=two, controls={"a": low, "b": high})
    click(figure, 0, 6, 7)
    assert figure.values["a"] == (1.0, 1.0)
    assert figure.values["b"] == pytest.approx((6, 7), abs=0.03)
    start = place(figure, 0, 6, 7)
    send(figure, "drag", start, place(figure, 0, 1, 1))     # over the other one
    send(figure, "drag", start, place(figure, 0, 2, 2))
    assert figure.values["a"] == (1.0, 1.0) and figure.values["b"] == pytest.approx((2, 2), abs=0.03)


def test_every_press_is_answered_even_where_it_fails(monkeypatch):
    figure = make()
    monkeypatch.setattr(figure, "_point_under", raising)
    with pytest.raises(RuntimeError):
        click(figure, 0, 3, 3)
    assert figure._picture.answered == 1


def test_only_figures_with_a_point_are_clickable():
    assert make()._picture.clickable
    assert not generated()._picture.clickable


# Controls.


def cells(figure):
    """The widgets in each cell, by their labels."""
    return [[part.description for part in cell.children] for cell in figure.widget.children[1].children]


def test_a_switch_stands_with_its_control_and_points_come_first():
    controls = {"noisy": Switch(False, beside="rate"), "rate": CONTROLS["rate"], "start": CONTROLS["start"],
                "surface": CONTROLS["surface"]}
    assert cells(make(controls=controls)) == [["start x"], ["start y"], ["noisy", "rate  ε"], ["surface"]]
    assert cells(make()) == [["start x"], ["start y"], ["rate  ε"], ["steps"], ["surface"], ["noisy"]]


@pytest.mark.parametrize("beside", ["speed", "start", "noisy"])
def test_a_switch_beside_nothing_is_named(beside):
    controls = {**CONTROLS, "noisy": Switch(False, beside=beside)}
    with pytest.raises(ValueError, match=f"beside must name a Range, a LogRange or a Choice, got '{beside}'"):
        make(controls=controls)


# A figure behind a question.


@pytest.fixture
def question():
    return Question("What will it do?", {"creep": "No.", "swing": "Yes."}, right="swing")


def test_a_figure_behind_a_question_is_covered_until_it_is_answered(question, monkeypatch):
    monkeypatch.delenv("COURSE_COVER", raising=False)
    figure = make()
    assert figure.behind(question) is figure
    assert figure._picture.covered
    question.choose("creep")
    assert not figure._picture.covered
    assert not make().behind(question)._picture.covered     # it has been answered already


def test_what_a_notebook_stores_is_not_covered(question, monkeypatch):
    monkeypatch.delenv("COURSE_COVER", raising=False)
    plain, covered = make()._repr_mimebundle_(), make().behind(question)._repr_mimebundle_()
    for kind in ("image/png", "text/plain"):
        assert covered[kind] == plain[kind]


def test_a_teacher_may_uncover_all(question, monkeypatch):
    monkeypatch.setenv("COURSE_COVER", "off")
    assert not make().behind(question)._picture.covered


def test_a_figure_is_behind_a_question_only():
    with pytest.raises(TypeError, match="question must be a Question, got 'What'"):
        make().behind("What")


# What a notebook keeps.


def test_mimebundle_has_live_view_picture_and_text():
    figure = make()
    bundle = figure._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "image/png", "application/vnd.jupyter.widget-view+json"}
    assert bundle["text/plain"] == "Descent: rate 0.1, 20 steps" == repr(figure)
    assert base64.b64decode(bundle["image/png"]) == figure.png()
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == figure.widget.model_id


def test_same_values_give_the_same_text_and_picture():
    one, other = make(), make()
    other.set(rate=0.5, start=(2, 2))
    assert repr(one) != repr(other)
    other.set(rate=0.1, start=(1, 1))
    assert repr(one) == repr(other)
    assert one.png() == other.png()


def test_summary_is_one_line():
    figure = make(title="a < b", summarize=lambda data: "loss < 1\n and <b>falling</b>")
    assert figure.summary == figure._picture.summary == "loss < 1 and <b>falling</b>"
    assert "a &lt; b" in figure.widget.children[0].value


def test_a_page_without_the_script_has_a_plain_picture_that_follows():
    figure = make(summarize=lambda data: f"rate < {data.rate:.3g}")
    image, line = figure._picture.plain.children
    assert image.value == figure.png() and "rate &lt; 0.1" in line.value
    widget(figure, "rate").value = 0.2
    assert image.value == figure.png() and "rate &lt; 0.2" in line.value
    figure._picture.ratio = 1.0     # the script is there, and shows its own
    widget(figure, "rate").value = 0.5
    assert image.value != figure.png()
    assert figure._picture.holder.layout.display == "none"


def test_close_takes_the_widgets_away():
    figure = make()
    figure.close()
    assert figure.widget.comm is None and figure._picture.comm is None and widget(figure, "rate").comm is None
