import math

import pytest

from course_lib.live import Choice, LogRange, Point, Range, Switch

BAD = [
    (lambda: Range(1, 0, 0), ValueError, "low must be < high"),
    (lambda: Range(0, 0, 0), ValueError, "low must be < high"),
    (lambda: Range(0, 1, 2), ValueError, "start must be from 0 to 1, got 2"),
    (lambda: Range(0, 1.0, math.nan), ValueError, "start must be finite, got nan"),
    (lambda: Range(0, math.inf, 1), ValueError, "high must be finite"),
    (lambda: Range("0", 1, 1), TypeError, "low must be a number, got '0'"),
    (lambda: Range(0, 1, True), TypeError, "start must be a number, got True"),
    (lambda: Range(0, 1.0, 0.5, step=0), ValueError, "step must be > 0"),
    (lambda: Range(0, 1.0, 0.5, step=2), ValueError, "step must be > 0 and <= high - low, got 2"),
    (lambda: Range(0, 1.0, 0.55, step=0.1), ValueError, "start must be low plus a whole number of steps"),
    (lambda: Range(0, 1.0, 0.3, step=0.3), ValueError, "high must be low plus a whole number of steps"),
    (lambda: Range(0, 1.0, 1 / math.pi), ValueError, "step must be given"),
    (lambda: Range(0, 1, 0, label=" "), ValueError, "label must be text"),
    (lambda: LogRange(0, 1, 0.5), ValueError, "low must be > 0 on a log scale, got 0"),
    (lambda: LogRange(-1, 1, 0.5), ValueError, "low must be > 0"),
    (lambda: LogRange(1, 10, 100), ValueError, "start must be from 1 to 10, got 100"),
    (lambda: Choice([], "a"), ValueError, "options must not be empty"),
    (lambda: Choice(["a", "b"], "c"), ValueError, r"start must be one of \('a', 'b'\), got 'c'"),
    (lambda: Choice("ab", "a"), TypeError, "options must be a list or tuple, got 'ab'"),
    (lambda: Choice(["a", "a"], "a"), ValueError, "options must differ"),
    (lambda: Switch(1), TypeError, "start must be True or False, got 1"),
    (lambda: Switch(True, beside=1), TypeError, "beside must be the name of a control, got 1"),
    (lambda: Point((0, 1, 0), (0, 1, 0), label=("a", "b", "c")), ValueError, "label must be a text or two"),
    (lambda: Point((0, 1, 0), (0, 1, 0), label=("a", " ")), ValueError, "label must be text, got ' '"),
    (lambda: Point((0, 1), (0, 1, 0)), TypeError, r"x must be \(low, high, start\), got \(0, 1\)"),
    (lambda: Point((0, 1, 0), (1, 0, 0)), ValueError, "y low must be < high"),
    (lambda: Point((0, 1, 5), (0, 1, 0)), ValueError, "x start must be from 0 to 1, got 5"),
    (lambda: Point((0, 1, 0), (0, 1, 0), axes=-1), ValueError, "axes must be the number of an axes"),
    (lambda: Range(0, 1.0, 0.5).check("rate", 2), ValueError, "rate must be from 0 to 1.0, got 2"),
    (lambda: Range(0, 1.0, 0.5).check("rate", "x"), TypeError, "rate must be a number, got 'x'"),
    (lambda: Range(0, 9, 5).check("steps", 2.5), ValueError, "steps must be a whole number, got 2.5"),
    (lambda: LogRange(1, 9, 5).check("kappa", math.nan), ValueError, "kappa must be finite, got nan"),
    (lambda: Choice([1, 2], 1).check("k", 3), ValueError, r"k must be one of \(1, 2\), got 3"),
    (lambda: Switch(True).check("on", 0), TypeError, "on must be True or False, got 0"),
    (lambda: Point((0, 1, 0), (0, 1, 0)).check("at", 1), TypeError, r"at must be a pair \(x, y\), got 1"),
    (lambda: Point((0, 1, 0), (0, 1, 0)).check("at", (0, 2)), ValueError, "at y must be from 0 to 1, got 2"),
]


@pytest.mark.parametrize(("make", "kind", "message"), BAD, ids=[message for _, _, message in BAD])
def test_bad_arguments_are_named(make, kind, message):
    with pytest.raises(kind, match=message):
        make()


@pytest.mark.parametrize(("control", "expected"), [
    (Range(0, 1.0, 0.5), [0, 0.5, 1]),
    (Range(1, 9, 4), [1, 4, 9]),
    (LogRange(1, 100, 5), [1.0, 5.0, 100.0]),
    (Choice(["a", "b", "c"], "b"), ["a", "b", "c"]),
    (Switch(True), [False, True, True]),
    (Point((0, 1, 0.5), (-1, 1, 0)), [(0, -1), (0.5, 0), (1, 1)]),
])
def test_extremes_are_lowest_start_highest(control, expected):
    assert control.extremes() == expected
    for value in control.extremes():
        assert control.check("x", value) == value


@pytest.mark.parametrize("control", [
    Range(0, 0.99, 0.9), Range(0.1, 3, 1.0), Range(1, 200, 100), Range(-2, 2, 0.5, step=0.25),
    LogRange(1e-4, 0.7, 0.05), LogRange(1, 1000, 37.5), Choice([1, 2.5], 2.5), Switch(False),
    Point((-2, 2, -1.5), (0, 1, 0.5)),
])
def test_widgets_give_back_plain_values(control):
    widgets = control.widgets("momentum_rate")
    assert all(widget.description.startswith("momentum rate") for widget in widgets)
    for value in control.extremes():
        control.show(widgets, value)
        read = control.read(widgets)
        assert read == value
        assert type(read) in (float, int, bool, str, tuple)


def test_whole_numbers_stay_whole():
    assert type(Range(1, 9, 4).check("n", 3.0)) is int
    assert Range(1, 9, 4).widgets("n")[0].step == 1
    assert type(Range(1, 9.0, 4).check("n", 3)) is float


def test_default_step_is_round_and_hits_start_and_end():
    assert Range(0, 0.99, 0.9).step == 0.01
    assert Range(0.0, 10, 5).step == 0.2
    assert Range(0.1, 3, 1.0).step == 0.05


def test_noise_of_floats_is_not_a_value():
    control = Range(0, 1.0, 0.5, step=0.1)
    widgets = control.widgets("x")
    widgets[0].value = 0.1 + 0.2
    assert control.read(widgets) == 0.3


def test_log_slider_has_round_values_and_its_start():
    control = LogRange(1e-3, 1, 0.0437)
    grid = control.grid()
    assert {1e-3, 0.0437, 0.1, 0.5, 1.0} <= set(grid)
    assert grid == sorted(grid)
    assert all(1.01 < b / a < 1.08 or 0.0437 in (a, b) for a, b in zip(grid, grid[1:], strict=False))
    widget = control.widgets("rate")[0]
    assert widget.label == "0.0437"
    assert all(len(label.replace(".", "").strip("0")) <= 4 for label in widget._options_labels)


def test_a_long_log_slider_may_have_fewer_values():
    grid = LogRange(1e-18, 1, 1e-6, a_decade=10).grid()
    assert len(grid) == 181 and {1e-18, 1e-6, 1e-3, 1.0} <= set(grid)
    assert all(1.2 < b / a < 1.3 for a, b in zip(grid, grid[1:], strict=False))
    with pytest.raises(ValueError, match="a_decade must be a divisor of 40, got 7"):
        LogRange(1e-3, 1, 0.1, a_decade=7)


def test_value_beside_the_grid_is_shown_as_its_neighbour():
    for control, value, shown in ((Range(0, 1, 0.5, step=0.1), 0.234, 0.2), (LogRange(1, 10, 5), 1.51, 1.5)):
        widgets = control.widgets("x")
        control.show(widgets, control.check("x", value))
        assert control.read(widgets) == control.shown(value) == shown


def test_controls_are_values():
    assert Range(0, 1, 0) == Range(0, 1, 0)
    with pytest.raises(AttributeError):
        Range(0, 1, 0).low = 2
    assert Choice(["a", "b"], "a").options == ("a", "b")
