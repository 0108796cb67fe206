"""The controls of a live figure, made from plain Python values.

Each is a frozen dataclass that checks its own arguments. `extremes()` gives the values a test tries,
`check(name, value)` the value as `compute` gets it, or an error. What `compute` gets is a plain Python value:
float or int (Range), float (LogRange), one of the options (Choice), bool (Switch), a pair of floats (Point).

For the engine: `widgets(name)` makes the widgets (two for a Point, else one); `show` and `read` go from value
to widgets and back. A slider has a grid, and a browser answers a value beside it with the nearest one on it:
`shown(value)` is that value, so that such an answer is not taken for a move of the student's.
"""

import bisect
import math
from dataclasses import dataclass
from numbers import Integral, Real

import ipywidgets

READOUT = ".4"  # at most four significant digits, no trailing zeros

# The preferred numbers R40: forty round steps a decade, each about 6 % up.
R40 = (100, 106, 112, 118, 125, 132, 140, 150, 160, 170, 180, 190, 200, 212, 224, 236, 250, 265, 280, 300,
       315, 335, 355, 375, 400, 425, 450, 475, 500, 530, 560, 600, 630, 670, 710, 750, 800, 850, 900, 950)


@dataclass(frozen=True, kw_only=True)
class Control:
    """What the controls share: the label (None: the name of the argument), and one widget for the value."""

    label: str | None = None

    def __post_init__(self):
        self._check()
        for label in self.label if isinstance(self.label, tuple) else (self.label,):
            if label is not None and not (isinstance(label, str) and label.strip()):
                raise ValueError(f"label must be text, got {label!r}")

    def shown(self, value):
        """The value that the widgets show for `value`."""
        return value

    def show(self, widgets, value):
        widgets[0].value = self.shown(value)

    def read(self, widgets):
        return self.shown(widgets[0].value)


@dataclass(frozen=True)
class Range(Control):
    """A slider from `low` to `high`, at first at `start`, in steps of `step` (None: about a hundred steps in
    all).

    Whole numbers throughout (bounds, start, and step if it is given) make a slider of whole numbers, with
    step 1.
    """

    low: float
    high: float
    start: float
    step: float | None = None

    def _check(self):
        _check_bounds(self.low, self.high, self.start)
        if self.step is None:
            step = 1 if self._whole() else _nice_step(self.low, self.high, self.start)
            object.__setattr__(self, "step", step)
        _check_number("step", self.step)
        if not 0 < self.step <= self.high - self.low:
            raise ValueError(f"step must be > 0 and <= high - low, got {self.step!r}")
        for name, value in (("start", self.start), ("high", self.high)):
            if not _on_grid(value - self.low, self.step):
                raise ValueError(
                    f"{name} must be low plus a whole number of steps of {self.step!r}, got {value!r}")

    def _whole(self):
        numbers = [x for x in (self.low, self.high, self.start, self.step) if x is not None]
        return all(isinstance(x, Integral) for x in numbers)

    def extremes(self):
        """[lowest, start, highest]."""
        return [self.low, self.start, self.high]

    def check(self, name, value):
        """`value` as a plain number within the bounds; TypeError or ValueError otherwise."""
        value = _check_within(name, value, self.low, self.high)
        if not self._whole():
            return value
        if value != int(value):
            raise ValueError(f"{name} must be a whole number, got {value!r}")
        return int(value)

    def shown(self, value):
        snapped = _snap(value, self.low, self.step)
        return int(snapped) if self._whole() else snapped

    def widgets(self, name):
        kind = ipywidgets.IntSlider if self._whole() else ipywidgets.FloatSlider
        return [kind(value=self.start, min=self.low, max=self.high, step=self.step,
                     readout_format="d" if self._whole() else READOUT, **_appearance(self.label, name))]


@dataclass(frozen=True)
class LogRange(Control):
    """A slider on a log scale from `low` > 0 to `high`, forty round values a decade; gives the value, not its
    exponent. `a_decade` makes them fewer where the range is long: a divisor of forty."""

    low: float
    high: float
    start: float
    a_decade: int = 40

    def _check(self):
        _check_bounds(self.low, self.high, self.start)
        if self.low <= 0:
            raise ValueError(f"low must be > 0 on a log scale, got {self.low!r}")
        if self.a_decade not in (1, 2, 4, 5, 8, 10, 20, 40):
            raise ValueError(f"a_decade must be a divisor of 40, got {self.a_decade!r}")

    def extremes(self):
        """[lowest, start, highest]."""
        return [float(self.low), float(self.start), float(self.high)]

    def check(self, name, value):
        """`value` as a float within the bounds; TypeError or ValueError otherwise."""
        return _check_within(name, value, self.low, self.high)

    def grid(self):
        """The values on the slider: low, start, high, and the round numbers between."""
        decades = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        round_ = [float(f"{digits}e{decade - 2}") for decade in decades
                  for digits in R40[::40 // self.a_decade]]
        return sorted({*self.extremes(), *(x for x in round_ if self.low < x < self.high)})

    def shown(self, value):
        grid = self.grid()
        i = bisect.bisect_left(grid, value)
        return min(grid[max(i - 1, 0):i + 1], key=lambda x: abs(math.log(x / value)))

    def widgets(self, name):
        named = [(f"{x:.4g}", x) for x in self.grid()]
        look = _appearance(self.label, name)
        return [ipywidgets.SelectionSlider(options=named, value=float(self.start), **look)]


@dataclass(frozen=True)
class Choice(Control):
    """One of `options` (text or numbers), at first `start`; a list to choose from."""

    options: tuple
    start: object

    def _check(self):
        if isinstance(self.options, str) or not hasattr(self.options, "__iter__"):
            raise TypeError(f"options must be a list or tuple, got {self.options!r}")
        object.__setattr__(self, "options", tuple(self.options))
        if not self.options:
            raise ValueError("options must not be empty")
        if len(set(self.options)) < len(self.options):
            raise ValueError(f"options must differ from each other, got {self.options!r}")
        if self.start not in self.options:
            raise ValueError(f"start must be one of {self.options!r}, got {self.start!r}")

    def extremes(self):
        """[first option, start, last option]; `options` has them all."""
        return [self.options[0], self.start, self.options[-1]]

    def check(self, name, value):
        """The option equal to `value`; ValueError if there is none."""
        if value not in self.options:
            raise ValueError(f"{name} must be one of {self.options!r}, got {value!r}")
        return self.options[self.options.index(value)]

    def widgets(self, name):
        named = [(f"{x:.4g}" if isinstance(x, float) else str(x), x) for x in self.options]
        return [ipywidgets.Dropdown(options=named, value=self.start, **_appearance(self.label, name))]


@dataclass(frozen=True)
class Switch(Control):
    """A box to tick, at first `start` (True or False).

    `beside` names a control, a Range, a LogRange or a Choice, with which it shares a place in the figure.
    """

    start: bool
    beside: str | None = None

    def _check(self):
        if not isinstance(self.start, bool):
            raise TypeError(f"start must be True or False, got {self.start!r}")
        if self.beside is not None and not isinstance(self.beside, str):
            raise TypeError(f"beside must be the name of a control, got {self.beside!r}")

    def extremes(self):
        """[False, start, True]."""
        return [False, self.start, True]

    def check(self, name, value):
        """`value` itself; TypeError unless it is True or False."""
        if not isinstance(value, bool):
            raise TypeError(f"{name} must be True or False, got {value!r}")
        return value

    def widgets(self, name):
        return [ipywidgets.Checkbox(value=self.start, indent=False, **_appearance(self.label, name))]


@dataclass(frozen=True)
class Point(Control):
    """A point (x, y) set by a click on axes number `axes` of the picture, by dragging there, or by two
    sliders.

    `x` and `y` are (low, high, start). Clicks beyond these bounds set the nearest point within them. `label`
    is one text for both sliders, or a pair of texts.
    """

    x: tuple
    y: tuple
    axes: int = 0

    def _check(self):
        for side in ("x", "y"):
            bounds = getattr(self, side)
            if not isinstance(bounds, (list, tuple)) or len(bounds) != 3:
                raise TypeError(f"{side} must be (low, high, start), got {bounds!r}")
            object.__setattr__(self, side, tuple(bounds))
            _check_bounds(*bounds, prefix=f"{side} ")
        if not isinstance(self.axes, Integral) or self.axes < 0:
            raise ValueError(f"axes must be the number of an axes, 0, 1, ..., got {self.axes!r}")
        if isinstance(self.label, (list, tuple)):
            object.__setattr__(self, "label", tuple(self.label))
            if len(self.label) != 2:
                raise ValueError(f"label must be a text or two, for x and y, got {self.label!r}")

    def extremes(self):
        """[(lowest x, lowest y), start, (highest x, highest y)]."""
        low, high, start = zip(self.x, self.y, strict=True)
        return [tuple(map(float, corner)) for corner in (low, start, high)]

    def check(self, name, value):
        """`value` as a pair of floats within the bounds; TypeError or ValueError otherwise."""
        if not hasattr(value, "__len__") or len(value) != 2:
            raise TypeError(f"{name} must be a pair (x, y), got {value!r}")
        sides = zip("xy", value, (self.x, self.y), strict=True)
        return tuple(_check_within(f"{name} {side}", v, low, high) for side, v, (low, high, _) in sides)

    def shown(self, value):
        sides = zip(value, (self.x, self.y), strict=True)
        return tuple(_snap(min(max(v, low), high), low, _point_step(low, high, start))
                     for v, (low, high, start) in sides)

    def widgets(self, name):
        label = self.label or _spaced(name)
        labels = label if isinstance(label, tuple) else (f"{label} x", f"{label} y")
        return [ipywidgets.FloatSlider(value=start, min=low, max=high, step=_point_step(low, high, start),
                                       readout_format=READOUT, **_appearance(text, name))
                for text, (low, high, start) in zip(labels, (self.x, self.y))]

    def show(self, widgets, value):
        for slider, v in zip(widgets, self.shown(value), strict=True):
            slider.value = v

    def read(self, widgets):
        return self.shown([slider.value for slider in widgets])


def _point_step(low, high, start):
    """A round step that leads to `start`, so that the slider shows what is computed; else some step."""
    try:
        return _nice_step(low, high, start)
    except ValueError:
        return (high - low) / 200


def _appearance(label, name):
    text = label or _spaced(name)
    return {"description": text, "tooltip": text,
            "style": {"description_width": "initial"},  # as wide as the words
            "layout": {"width": "auto"}}  # as wide as its place


def _spaced(name):
    return name.replace("_", " ")


def _snap(value, low, step):
    # Twelve digits: 0.30000000000000004 is 0.3.
    return float(f"{low + round((value - low) / step) * step:.12g}")


def _check_number(name, value):
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number, got {value!r}")
    if not math.isfinite(value):
        raise ValueError(f"{name} must be finite, got {value!r}")


def _check_bounds(low, high, start, prefix=""):
    for name, value in (("low", low), ("high", high), ("start", start)):
        _check_number(prefix + name, value)
    if not low < high:
        raise ValueError(f"{prefix}low must be < high, got low {low!r} and high {high!r}")
    if not low <= start <= high:
        raise ValueError(f"{prefix}start must be from {low!r} to {high!r}, got {start!r}")


def _check_within(name, value, low, high):
    _check_number(name, value)
    if not low <= value <= high:
        raise ValueError(f"{name} must be from {low!r} to {high!r}, got {value!r}")
    return float(value)


def _on_grid(distance, step):
    return abs(distance / step - round(distance / step)) < 1e-6


def _nice_step(low, high, start):
    """The largest of 5, 2, 1 times a power of ten that makes at least 50 steps and hits both `start` and
    `high`."""
    decade = math.floor(math.log10(high - low))
    for exponent in range(decade, decade - 6, -1):
        for digit in (5, 2, 1):
            step = float(f"{digit}e{exponent}")
            if (high - low) / step >= 50 and _on_grid(start - low, step) and _on_grid(high - low, step):
                return step
    raise ValueError(
        f"step must be given: no round one leads from low {low!r} to start {start!r} and high {high!r}")
