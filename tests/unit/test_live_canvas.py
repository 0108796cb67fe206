import io
from types import SimpleNamespace

import matplotlib
import numpy as np
import pytest
from PIL import Image

from course_lib.live import canvas as live_canvas
from course_lib.live import set_limits
from course_lib.live.canvas import Canvas, encode_png, message_png, style


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(png)))


def drawn_in_full(canvas):
    """What matplotlib itself draws, with nothing animated and nothing stored."""
    animated = [artist for artist in canvas.figure.findobj() if artist.get_animated()]
    for artist in animated:
        artist.set_animated(False)
    with style():
        canvas.agg.draw()
    picture = np.array(canvas.agg.buffer_rgba())[:, :, :3]
    for artist in animated:
        artist.set_animated(True)
    return picture


def two_axes(figure):
    """Everything a figure of the course may hold: moving artists of all kinds, and background above and below
    them."""
    left, right = figure.subplots(1, 2)
    grid = np.linspace(-2, 2, 25)
    left.contourf(grid, grid, grid[:, None] ** 2 + 5 * grid**2, cmap="Blues")
    left.set(xlim=(-2, 2), ylim=(-2, 2), xlabel="x", ylabel="y", title="path")
    artists = SimpleNamespace(
        path=left.plot([], [], "o-", label="path")[0],
        ends=left.scatter([0, 1], [0, 1], zorder=3),
        box=left.add_patch(matplotlib.patches.Rectangle((0, 0), 1, 1, fill=False, clip_on=True)),
        more={"note": left.text(0.02, 0.95, "", transform=left.transAxes, va="top"),
              "curves": [right.plot([], [])[0], right.plot([], [], ":")[0]]})
    left.legend(loc="upper right")
    left.axhline(0.5, color="black", zorder=2.2)  # background, but above the path
    right.set(xlim=(0, 50), ylim=(1e-3, 10), yscale="log", xlabel="step")
    right.grid(True)
    figure.suptitle("all of it")
    return artists


def move(artists, rng):
    n = int(rng.integers(2, 40))
    artists.path.set_data(rng.uniform(-3, 3, (2, n)))
    artists.ends.set_offsets(rng.uniform(-2.5, 2.5, (2, 2)))
    artists.box.set_bounds(*rng.uniform(-1, 1, 2), 0.7, 0.5)
    artists.more["note"].set_text(f"{n} steps")
    for curve in artists.more["curves"]:
        curve.set_data(np.arange(n), 10.0 ** rng.uniform(-4, 1, n))


def left(artists):
    return artists.path.axes


def right(artists):
    return artists.more["curves"][0].axes


# Everything draw() may do to the background, each followed by moves that leave it alone.
CHANGES = {
    "nothing": lambda a, r: None,
    "limits": lambda a, r: left(a).set_xlim(-r.uniform(1, 3), r.uniform(1, 3)),
    "one limit of a log axis": lambda a, r: right(a).set_ylim(bottom=10 ** r.uniform(-5, -1)),
    "limits of the view itself": lambda a, r: setattr(left(a).viewLim, "x1", r.uniform(1, 3)),
    "inverted axis": lambda a, r: left(a).invert_yaxis(),
    "autoscale at once": lambda a, r: (right(a).relim(), right(a).autoscale(), right(a).autoscale_view()),
    "autoscale later": lambda a, r: (left(a).relim(), left(a).autoscale()),
    "title": lambda a, r: left(a).set_title(f"title {r.integers(100)}"),
    "left title": lambda a, r: right(a).set_title(f"left {r.integers(100)}", loc="left"),
    "title of the figure": lambda a, r: a.path.get_figure().suptitle(f"figure {r.integers(100)}"),
    "axis label": lambda a, r: right(a).set_xlabel(f"label {r.integers(100)}"),
    "ticks": lambda a, r: left(a).set_xticks(sorted(r.uniform(-2, 2, 4))),
    "tick labels": lambda a, r: left(a).set_yticks([-1, 0, 1], labels=["a", f"{r.integers(100)}", "c"]),
    "colour of one tick label": lambda a, r: left(a).get_xticklabels()[1].set_color(r.uniform(0, 1, 3)),
    "length of ticks": lambda a, r: left(a).tick_params(length=r.uniform(2, 9)),
    "tick format": lambda a, r: left(a).xaxis.set_major_formatter(f"{{x:.1f}}/{r.integers(9)}"),
    "scale": lambda a, r: right(a).set_yscale(["log", "linear"][r.integers(2)]),
    "grid": lambda a, r: left(a).grid(bool(r.integers(2))),
    "spine": lambda a, r: left(a).spines["left"].set_color(r.uniform(0, 1, 3)),
    "no spine": lambda a, r: left(a).spines["top"].set_visible(False),
    "no frame": lambda a, r: left(a).set_frame_on(bool(r.integers(2))),
    "no axis": lambda a, r: right(a).set_axis_off(),
    "no axes": lambda a, r: right(a).set_visible(bool(r.integers(2))),
    "face": lambda a, r: right(a).set_facecolor(r.uniform(0, 1, 3)),
    "place of the axes": lambda a, r: right(a).set_position([0.62, 0.2, r.uniform(0.2, 0.35), 0.6]),
    "text of the legend": lambda a, r: left(a).get_legend().get_texts()[0].set_text(f"{r.integers(99)}"),
    "another legend": lambda a, r: left(a).legend(loc="lower left", title=f"legend {r.integers(100)}"),
    "first legend there": lambda a, r: right(a).legend(a.more["curves"], ["one", f"two {r.integers(100)}"]),
    "no legend": lambda a, r: left(a).get_legend() and left(a).get_legend().remove(),
    "new line behind": lambda a, r: left(a).plot([-2, 2], r.uniform(-2, 2, 2), zorder=1.5),
    "new line in front": lambda a, r: right(a).axvline(r.uniform(0, 50), zorder=2.4),
    "line of the background moved": lambda a, r: left(a).lines[1].set_ydata([r.uniform(-1, 1)] * 2),
    "contours anew": lambda a, r: (left(a).collections[0].remove(),
                                   left(a).contourf([-2, 2], [-2, 2], r.uniform(0, 1, (2, 2)), zorder=0.8)),
    "order": lambda a, r: a.path.set_zorder(r.choice([0.2, 1.2, 2, 2.3, 6])),
    "hidden": lambda a, r: a.path.set_visible(bool(r.integers(2))),
    "colour of what moves": lambda a, r: a.path.set_color(r.uniform(0, 1, 3)),
    "moving artist replaced": lambda a, r: (a.ends.remove(),
                                            setattr(a, "ends", left(a).scatter([0], [0], s=90))),
    "figure's face": lambda a, r: a.path.get_figure().set_facecolor(r.uniform(0.5, 1, 3)),
}


def same(canvas):
    return np.array_equal(pixels(canvas.png), drawn_in_full(canvas))


@pytest.mark.parametrize("change", CHANGES)
def test_picture_is_the_full_drawing_after_a_change_of(change):
    rng = np.random.default_rng(len(change))
    canvas = Canvas((6, 3), two_axes)
    canvas.render(move, rng)
    canvas.render(lambda artists, r: (move(artists, r), CHANGES[change](artists, r)), rng)
    assert same(canvas)
    canvas.render(move, rng)
    canvas.render(lambda artists, r: CHANGES[change](artists, r), rng)
    assert same(canvas)


@pytest.mark.parametrize("seed", range(4))
def test_picture_is_the_full_drawing_after_any_sequence(seed):
    rng = np.random.default_rng(seed)
    names = [name for name in CHANGES if name not in ("text of the legend", "line of the background moved")]
    canvas = Canvas((6, 3), two_axes)
    for _ in range(6):
        changes = rng.choice(names, size=rng.integers(0, 3))

        def draw(artists, rng, changes=changes):
            move(artists, rng)
            for name in changes:
                CHANGES[name](artists, rng)

        canvas.render(draw, rng)
        assert same(canvas), changes


def test_change_made_between_updates_is_noticed():
    canvas = Canvas((6, 3), two_axes)
    canvas.render(move, np.random.default_rng(0))
    canvas.figure.axes[0].set_xlabel("other")
    canvas.render(move, np.random.default_rng(1))
    assert same(canvas)


def test_moves_alone_leave_the_background():
    rng = np.random.default_rng(0)
    canvas = Canvas((6, 3), two_axes)
    for _ in range(5):
        canvas.render(move, rng)
    assert canvas.backgrounds_drawn == 1
    canvas.render(lambda artists, r: set_limits(left(artists), (-2, 2), (-2, 2)), rng)
    assert canvas.backgrounds_drawn == 1
    canvas.render(lambda artists, r: set_limits(left(artists), x=(-3, 2)), rng)
    assert canvas.backgrounds_drawn == 2
    assert left(canvas.artists).get_xlim() == (-3, 2)


def image_under_ticks(figure):
    ax = figure.subplots()
    image = ax.imshow(np.zeros((4, 4)), vmin=0, vmax=1, extent=(0, 4, 0, 4), aspect="auto")
    figure.colorbar(image)
    return [image, ax.plot([], [])[0]]


def twin(figure):
    ax = figure.subplots()
    other = ax.twinx()
    other.set(ylim=(0, 1), ylabel="other")
    ax.set(xlim=(0, 1), ylim=(0, 1))
    return {"below": ax.plot([], [], lw=9)[0], "above": other.plot([], [], lw=9)[0]}


def inset(figure):
    ax = figure.subplots()
    ax.set(xlim=(0, 1), ylim=(0, 1))
    inner = ax.inset_axes([0.5, 0.5, 0.4, 0.4])
    inner.set(xlim=(0, 1), ylim=(0, 1))
    return [ax.plot([], [], lw=9)[0], inner.plot([], [])[0]]


def equal_aspect(figure):
    ax, _ = figure.subplots(1, 2)
    ax.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
    ax.set_axisbelow(False)
    figure.legend([ax.plot([0, 1], [0, 1])[0]], ["fixed"], loc="center left")
    return [ax.plot([], [], lw=9)[0]]


@pytest.mark.parametrize("setup", [image_under_ticks, twin, inset, equal_aspect])
def test_picture_is_the_full_drawing_of(setup):
    rng = np.random.default_rng(0)

    def draw(artists, rng):
        for artist in artists.values() if isinstance(artists, dict) else artists:
            if hasattr(artist, "set_array") and not hasattr(artist, "set_xdata"):
                artist.set_data(rng.uniform(0, 1, (4, 4)))
            else:
                artist.set_data(rng.uniform(0, 1, (2, 9)))

    canvas = Canvas((5, 3), setup)
    for _ in range(4):
        canvas.render(draw, rng)
        assert same(canvas)
    canvas.render(lambda artists, r: (draw(artists, r), canvas.figure.axes[0].set_ylim(0.1, 0.8)), rng)
    assert same(canvas)

    untouched = Canvas((5, 3), setup)  # the full drawing above marks artists as changed
    for _ in range(3):
        untouched.render(draw, rng)
    assert untouched.backgrounds_drawn == 1


def test_failed_draw_leaves_nothing_behind():
    rng = np.random.default_rng(0)
    canvas = Canvas((6, 3), two_axes)
    canvas.render(move, rng)
    before = canvas.png

    def fail(artists, data):
        left(artists).set(xlim=(0, 9), title="half done")
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        canvas.render(fail, None)
    assert canvas.png == before
    canvas.render(move, rng)
    assert same(canvas)


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (40, 70)])
def test_png_decodes_to_the_same_pixels(shape):
    rgba = np.random.default_rng(0).integers(0, 256, (*shape, 4), dtype=np.uint8)
    image = Image.open(io.BytesIO(encode_png(rgba)))
    image.verify()
    assert np.array_equal(pixels(encode_png(rgba)), rgba[:, :, :3])


def test_global_settings_of_matplotlib_are_neither_used_nor_changed():
    canvas = Canvas((6, 3), two_axes)
    plain = canvas.render(move, np.random.default_rng(0))
    with matplotlib.rc_context({"font.size": 20, "lines.linewidth": 9, "axes.facecolor": "red"}):
        before = dict(matplotlib.rcParams)
        other = Canvas((6, 3), two_axes).render(move, np.random.default_rng(0))
        assert dict(matplotlib.rcParams) == before
    assert plain == other


def test_message_fits_the_picture():
    size = (6, 3)
    picture = pixels(message_png("A long sentence with $math and <tags>. " * 60, size))
    assert picture.shape == (300, 600, 3)
    ink = (picture < 255).any(axis=2)
    assert ink.any()
    assert not ink[:, -5:].any() and not ink[-5:].any()


def test_palette_is_okabe_ito():
    assert len(live_canvas.COLORS) == len(set(live_canvas.COLORS.values())) == 8
    assert live_canvas.COLORS["vermillion"] == "#D55E00"
