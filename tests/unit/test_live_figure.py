import asyncio
import base64
import io
import warnings
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from course_lib.live import Choice, LiveFigure, LogRange, Point, Range, Switch
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
    assert figure._image.value == figure.png()
    assert "rate 0.1, 5 steps" in figure._line.value


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
    with pytest.raises(TypeError, match="compute must take the arguments .*'step'"):
        make(preview={"step": 5})
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
    assert "&lt;broken&gt;" in figure._line.value
    assert "line" in figure.traceback and "in compute" in figure.traceback
    assert figure.png() != good
    assert figure._image.value == figure.png()
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
    assert [warning.category for warning in caught] == [RuntimeWarning]


# Previews.


def slow(figure):
    figure._seconds = 1.0


def test_slow_figure_shows_a_preview_and_the_full_run_when_at_rest(monkeypatch):
    monkeypatch.setattr(live_figure, "REST", 0.01)
    figure = make(preview={"steps": 3}, controls={"rate": CONTROLS["rate"]})

    async def drag():
        slow(figure)
        widget(figure, "rate").value = 0.2
        assert figure.summary == "Preview, the full run follows. rate 0.2, 3 steps"
        pending = figure._rest
        widget(figure, "rate").value = 0.5
        assert pending.cancelled()
        assert figure.summary.endswith("rate 0.5, 3 steps")
        while figure._rest is not None:
            await asyncio.sleep(0.005)
        assert figure.summary == "rate 0.5, 20 steps"

    asyncio.run(drag())


def test_fast_figure_shows_no_preview():
    figure = make(preview={"steps": 3}, controls={"rate": CONTROLS["rate"]})

    async def drag():
        figure._seconds = 0.0
        widget(figure, "rate").value = 0.2
        assert figure.summary == "rate 0.2, 20 steps"
        assert figure._rest is None

    asyncio.run(drag())


def test_without_a_loop_the_full_run_comes_at_once():
    figure = make(preview={"steps": 3}, controls={"rate": CONTROLS["rate"]})
    slow(figure)
    widget(figure, "rate").value = 0.2
    assert figure.summary == "rate 0.2, 20 steps"


def test_set_and_the_page_want_the_full_run():
    figure = make(preview={"steps": 3}, controls={"rate": CONTROLS["rate"]})

    async def drag():
        slow(figure)
        widget(figure, "rate").value = 0.2
        figure.set(rate=0.5)
        assert figure.summary == "rate 0.5, 20 steps" and figure._rest is None
        slow(figure)
        widget(figure, "rate").value = 0.2
        assert figure._repr_mimebundle_()["text/plain"] == "Descent: rate 0.2, 20 steps"

    asyncio.run(drag())


# The mouse.


def mouse(figure, kind, axes, x, y, width=600, height=300):
    """An event at (x, y) in the units of an axes, on a picture shown `width` by `height` large."""
    pixel = figure._canvas.figure.axes[axes].transData.transform((x, y)) / (600, 300)
    figure._on_mouse({"type": kind, "button": 0,
                      "relativeX": pixel[0] * width, "relativeY": (1 - pixel[1]) * height,
                      "boundingRectWidth": width, "boundingRectHeight": height})


def click(figure, *where, **size):
    mouse(figure, "mousedown", *where, **size)
    mouse(figure, "mouseup", *where, **size)


@pytest.mark.parametrize("size", [{}, {"width": 300, "height": 150}, {"width": 450, "height": 225}])
def test_click_sets_the_point_on_log_axes(size):
    figure = make()
    click(figure, 0, 3.0, 0.5, **size)
    assert figure.values["start"] == pytest.approx((3.0, 0.5), abs=9.9 / 400)  # half a step of the sliders
    assert widget(figure, "start").value == figure.values["start"][0]
    assert figure._canvas.artists["start"].get_xdata()[0] == figure.values["start"][0]


def test_click_outside_the_axes_is_ignored():
    figure = make()
    click(figure, 1, 10, 0.5)  # the other axes
    click(figure, 0, 0.05, 1)  # left of its axes
    assert figure.values["start"] == (1.0, 1.0)


def test_drag_follows_and_ends():
    figure = make()
    mouse(figure, "mousemove", 0, 2, 2)
    assert figure.values["start"] == (1.0, 1.0)
    mouse(figure, "mousedown", 0, 2, 2)
    assert "mousemove" in figure._mouse.watched_events
    mouse(figure, "mousemove", 0, 4, 4)
    assert figure.values["start"] == pytest.approx((4, 4), abs=0.03)
    mouse(figure, "mousemove", 0, 99, 4)
    mouse(figure, "mouseup", 0, 5, 4)
    assert figure.values["start"] == pytest.approx((5, 4), abs=0.03)
    assert figure._mouse.watched_events == ["mousedown"]
    mouse(figure, "mousemove", 0, 2, 2)
    assert figure.values["start"] == pytest.approx((5, 4), abs=0.03)


def test_of_two_points_the_nearer_one_moves():
    def two(a, b):
        return compute(0.1, start=a)

    low, high = Point((0.1, 10, 1), (0.1, 10, 1)), Point((0.1, 10, 8), (0.1, 10, 8))
    figure = make(compute=two, controls={"a": low, "b": high})
    click(figure, 0, 6, 7)
    assert figure.values["a"] == (1.0, 1.0)
    assert figure.values["b"] == pytest.approx((6, 7), abs=0.03)


# Training that runs on.


def training(rate, **others):
    for steps in (1, 2, 3):
        yield compute(rate, steps)


def tick(figure):
    figure._play.value += 1


def test_run_plays_to_its_end_and_starts_again():
    figure = make(run=training)
    assert figure.summary == "rate 0.1, 20 steps"
    figure._play_or_pause()
    shown = []
    for _ in range(6):
        tick(figure)
        shown.append(figure.summary[-7:])
    assert shown == ["1 steps", "2 steps", "3 steps", "3 steps", "3 steps", "3 steps"]
    assert not figure._play.playing
    figure._step()
    assert figure.summary == "rate 0.1, 1 steps"


def test_step_pauses_and_reset_goes_back():
    figure = make(run=training)
    figure._play_or_pause()
    tick(figure)
    figure._step()
    assert figure.summary == "rate 0.1, 2 steps" and not figure._play.playing
    figure._reset()
    assert figure.summary == "rate 0.1, 20 steps"
    figure._step()
    assert figure.summary == "rate 0.1, 1 steps"


def test_moved_control_starts_the_run_afresh():
    figure = make(run=training)
    figure._play_or_pause()
    tick(figure)
    tick(figure)
    widget(figure, "rate").value = 0.2
    assert figure._play.playing
    tick(figure)
    assert figure.summary == "rate 0.2, 1 steps"
    figure._play_or_pause()
    widget(figure, "rate").value = 0.5
    assert figure.summary == "rate 0.5, 20 steps"


def test_error_in_a_run_is_shown_and_stops_it():
    def failing(**controls):
        yield compute(0.1, 1)
        raise FloatingPointError("diverged at step 2")

    figure = make(run=failing)
    figure._play_or_pause()
    tick(figure)
    assert figure.error is None
    tick(figure)
    assert figure.error == "FloatingPointError: diverged at step 2"
    assert not figure._play.playing
    figure._step()
    assert figure.error is None


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


def test_summary_is_one_line_and_markup_is_escaped():
    figure = make(title="a < b", summarize=lambda data: "loss < 1\n and <b>falling</b>")
    assert figure.summary == "loss < 1 and <b>falling</b>"
    assert "loss &lt; 1 and &lt;b&gt;" in figure._line.value
    assert 'aria-live="polite"' in figure._line.value
    assert "a &lt; b" in figure.widget.children[0].value


def test_close_takes_the_widgets_away():
    figure = make(run=training)
    figure.close()
    assert figure.widget.comm is None and figure._image.comm is None and widget(figure, "rate").comm is None
