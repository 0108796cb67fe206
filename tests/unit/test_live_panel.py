"""A panel shows what it is told in this drawing and nothing else; wild values leave by the right side."""

import io
import warnings

import numpy as np
import pytest
from PIL import Image

from course_lib.live import Panel, legend_above
from course_lib.live.canvas import Canvas
from course_lib.live.panel import FAR

X = np.arange(10.0)


def two(figure):
    left, right = map(Panel, figure.subplots(1, 2))
    left.ax.set(xlim=(0, 10), ylim=(1e-3, 1e3), yscale="log")
    right.ax.set(xlim=(0, 10), ylim=(-1, 1))
    left.legend("upper right")
    legend_above(figure, left, right, columns=3)
    return {"left": left, "right": right}


def everything(panels, k):
    """A drawing of every kind of artist; k moves them."""
    left, right = panels["left"], panels["right"]
    left.image("map", np.full((3, 4), k / 10), (2, 6, 1e-2, 1), 0, 1)
    left.line("loss", X, 10.0 ** (X - k), "blue", "--", "o", every=3, edge="white")
    left.hline("_target", 0.1 * k)
    left.text("words", 0.5, 0.5, f"{k} steps", "red", ha="center", inside=True)
    right.band("spread", X, -0.1 * k + 0 * X, 0 * X, "green")
    right.bars("_heights", np.arange(k + 1.0), np.linspace(0, 1, k), "orange")
    right.bars("_across", [0.2, 0.4], [k], "purple", across=True)
    right.points("runs", X, np.sin(X + k), "black", "x")
    right.vline("now", k)
    right.limits(y=(-1, 1))


def labels(legend):
    return [text.get_text() for text in legend.get_texts()]


def picture(canvas):
    return np.asarray(Image.open(io.BytesIO(canvas.png)))


@pytest.fixture
def canvas():
    return Canvas((7, 3), two)


def test_moved_panels_show_what_new_ones_would(canvas):
    def some(panels, k):
        everything(panels, k)
        if k == 2:
            panels["right"].line("more", X, X, "red")
        if k == 3:
            panels["left"].ax.set_title("three")

    for k in (4, 2, 5):
        canvas.render(some, k)
    fresh = Canvas((7, 3), two)
    fresh.render(some, 4)       # the layout is that of the first drawing
    fresh.render(some, 5)
    assert np.array_equal(picture(canvas), picture(fresh))


def test_moves_alone_leave_the_background_and_a_new_label_draws_it_once(canvas):
    for k in range(1, 6):
        canvas.render(everything, k)
    assert canvas.backgrounds_drawn == 1

    def with_more(panels, k):
        everything(panels, k)
        panels["right"].line("_more", X, X / k, "red")

    for k in range(1, 6):
        canvas.render(with_more, k)
    assert canvas.backgrounds_drawn == 2


def test_what_is_not_drawn_is_not_seen(canvas):
    canvas.render(lambda panels, data: None, None)
    empty = picture(canvas)
    canvas.render(everything, 3)
    assert not np.array_equal(picture(canvas), empty)
    canvas.render(lambda panels, data: None, None)
    assert np.array_equal(picture(canvas), empty)


def test_legends_name_what_is_shown_now(canvas):
    canvas.render(everything, 3)
    above, = canvas.figure.legends
    assert labels(above) == ["loss", "spread", "runs", "now"]
    assert labels(canvas.artists["left"].ax.get_legend()) == ["loss"]
    canvas.render(lambda panels, data: panels["right"].points("runs", X, X, "black"), None)
    above, = canvas.figure.legends
    assert labels(above) == ["runs"]
    assert canvas.artists["left"].ax.get_legend() is None


def test_a_legend_follows_the_colour_of_its_curve(canvas):
    for color in ("blue", "red"):
        canvas.render(lambda panels, data: panels["left"].line("loss", X, X, data), color)
        assert canvas.artists["left"].ax.get_legend().legend_handles[0].get_color() == color


@pytest.mark.parametrize("first", ["below", "above"])
def test_of_two_curves_the_later_one_lies_above_whichever_was_made_first(first):
    canvas = Canvas((4, 3), lambda figure: Panel(figure.subplots()))
    canvas.render(lambda panel, data: panel.line(first, X, X, "black"), None)

    def draw(panel, data):
        panel.line("below", X, X, "blue", width=9)
        panel.line("above", X, X, "red", width=9)

    canvas.render(draw, None)
    seen = {tuple(int(part) for part in pixel) for pixel in picture(canvas).reshape(-1, 3)}
    assert (255, 0, 0) in seen and (0, 0, 255) not in seen


@pytest.mark.parametrize("draw", [
    lambda panel: [panel.line("loss", X, X, "red") for _ in range(2)],
    lambda panel: [panel.line("loss", X, X, "red"), panel.points("loss", X, X, "red")],
])
def test_a_label_drawn_twice_is_named(draw, canvas):
    with pytest.raises(ValueError, match="label must be that of one line in its panel, got 'loss' twice"):
        canvas.render(lambda panels, data: draw(panels["left"]), None)
    canvas.render(everything, 2)       # the next drawing starts afresh


@pytest.mark.parametrize("scale, low, high", [("log", 1e-3, 1e3), ("linear", -1.0, 1.0)])
def test_wild_values_leave_by_their_side_and_nan_is_a_gap(scale, low, high, canvas):
    panel = canvas.artists["left"]
    panel.ax.set(yscale=scale, ylim=(low, high))
    wild = [0.5, np.inf, -np.inf, 0.0, -1e300, 1e300, np.nan, 5e-324]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        canvas.render(lambda panels, data: panel.line("loss", range(len(wild)), wild, "red"), None)
        y = panel.artists()[0].get_ydata()
    assert y[0] == pytest.approx(0.5) and np.isnan(y[6]) and np.isfinite(np.delete(y, 6)).all()
    assert y[1] > high and y[5] > high and y[2] < low and y[4] < low
    if scale == "log":
        assert (y[:6] > 0).all() and 0 < y[3] < low and 0 < y[7] < low
        assert y[3] == 1e-300
    else:
        assert y[3] == 0.0 and y[1] == high + FAR * (high - low)


def test_values_within_reach_are_left_alone(canvas):
    panel = canvas.artists["right"]
    y = np.linspace(-500, 500, 10)
    canvas.render(lambda panels, data: panel.line("loss", X, y, "red"), None)
    assert (panel.artists()[0].get_ydata() == y).all()


def test_an_upside_down_axis_is_an_axis_too(canvas):
    panel = canvas.artists["right"]
    panel.ax.set_ylim(1, -1)
    canvas.render(lambda panels, data: panel.line("loss", X, X / 10, "red"), None)
    assert (panel.artists()[0].get_ydata() == X / 10).all()


def test_a_colour_bar_comes_with_its_image():
    canvas = Canvas((5, 3), lambda figure: Panel(figure.subplots()))
    for k in (1, 2):
        canvas.render(lambda panel, k: panel.image("map", np.eye(3) * k, (0, 1, 0, 1), 0, 2, bar="height"), k)
    assert len(canvas.figure.axes) == 2 and canvas.figure.axes[1].get_ylabel() == "height"
    assert canvas.artists.artists()[0].get_array().max() == 2


def test_the_axis_of_an_image_that_moves_is_drawn_with_the_background():
    canvas = Canvas((5, 3), lambda figure: Panel(figure.subplots()))
    for k in (1, 2):
        canvas.render(lambda panel, k: panel.image("map", np.eye(3) * k, (0, 1, 0, 1), 0, 2), k)
    drawn_above = [artist for _, artists in canvas._above for artist in artists]
    ax = canvas.artists.ax
    assert ax.images[0] in drawn_above and ax.xaxis not in drawn_above and ax.yaxis not in drawn_above
