"""A live figure: controls, a picture computed anew on every move of a control, and one line that says what it
shows."""

import asyncio
import base64
import contextvars
import html
import inspect
import os
import threading
import time
import traceback
from collections.abc import Generator
from contextlib import contextmanager

import ipywidgets

from course_lib.live.canvas import DPI, Canvas, message_png
from course_lib.live.controls import Choice, Control, LogRange, Point, Range, Switch
from course_lib.live.picture import Picture
from course_lib.live.question import Question

SLICE = 0.05  # seconds of computing after which the page is listened to
FRAME = 0.04  # seconds between two pictures of one run, at least
REST = 0.25  # seconds without a move after which the picture is drawn as finely as the screen is
FINE = 2  # times as many dots, for screens with more than one a pixel
ENDED = object()  # what stands for data when a run has no further picture


def last(data):
    """What `compute` comes to: the last of what a generator yields, anything else as it is.

    ValueError for a generator that yields nothing.
    """
    if isinstance(data, Generator):
        steps, data = data, ENDED
        for data in steps:
            pass
        if data is ENDED:
            raise ValueError("compute must yield data at least once, got none")
    return data


class _Run:
    """A generator that goes on, and ends, in the context in which it began: what it holds while it waits, such
    as np.errstate, belongs to that."""

    def __init__(self, steps):
        self._steps, self._context = steps, contextvars.copy_context()

    def next(self):
        return self._context.run(next, self._steps, ENDED)

    def slice(self):
        """What it yields last in SLICE, None where that is nothing, and whether it has ended."""
        begun, data = time.perf_counter(), None
        while time.perf_counter() - begun < SLICE:
            following = self.next()
            if following is ENDED:
                return data, True
            data = following
        return data, False

    def close(self):
        self._context.run(self._steps.close)


class LiveFigure:
    """A picture of `compute(**controls)` that follows its controls.

    compute(**controls) -> data    pure: no widget, no drawing; tested directly. Where it takes longer than
                                   60 ms it is a generator: each thing it yields is a picture further on
    setup(figure) -> artists       makes axes and artists, once, on a matplotlib Figure
    draw(artists, data)            moves them; may change limits, titles and the like, at a price in time
    summarize(data) -> str         one line of plain text
    controls                       {argument of compute: Range, LogRange, Choice, Switch or Point}
    size                           of the picture in inches, at 100 dots an inch

    The pictures of a generator are shown as they come, and the rest is dropped at the next move. Data that
    is not the last may have `done`, the share of the run that is behind it, which a thin line under the
    picture then shows. Where nothing can come between (a test, `set`, what a notebook stores) only the last
    picture is made.

    What compute, draw or summarize raise is shown in the picture and in the summary, and kept in `error`
    (one line) and `traceback`; the next move starts afresh. Warnings are left alone: where a run is expected
    to overflow, compute says so with np.errstate. Mistakes in building the figure (a control that compute
    does not take, an axes that setup does not make, setup itself) raise at once.
    """

    def __init__(self, title, compute, setup, draw, summarize, controls, size=(9, 4)):
        for name, control in controls.items():
            if not isinstance(control, Control):
                raise TypeError(f"control {name!r} must be a Range, LogRange, Choice, Switch or Point, "
                                f"got {control!r}")
        self.title, self.controls = title, dict(controls)
        self.compute, self.setup, self.draw, self.summarize = compute, setup, draw, summarize
        self._values = {name: control.extremes()[1] for name, control in controls.items()}
        _check_takes("compute", compute, self._values)
        self._canvas, self._fine = Canvas(size, setup), None
        for name, control in self.controls.items():
            made = len(self._canvas.figure.axes)
            if isinstance(control, Point) and control.axes >= made:
                raise ValueError(f"axes of control {name!r} must be < {made}, the number of axes that setup "
                                 f"makes, got {control.axes}")
        self.summary, self.error, self.traceback = "", None, None
        self._png, self._data = b"", None
        # Moves may come in another thread than cells (JupyterLab's subshells), the first ones in both.
        self._lock = threading.RLock()
        self._run = None  # a generator that is not at its end
        self._task = None  # goes on with it
        self._rest = None  # timer of the fine picture
        self._quiet = False  # True while widgets are set from here, so that they do not answer
        self._drag = self._held = None  # number of the last drag on the picture, and the point it moves
        self._build_widget()
        self._complete()

    # What a notebook and a test use.

    @property
    def values(self):
        """The present value of every control, as compute gets it (a copy)."""
        return dict(self._values)

    def set(self, **values):
        """Set controls by name, then compute and draw in full, once. ValueError or TypeError names what does
        not fit."""
        checked = {}
        for name, value in values.items():
            if name not in self.controls:
                raise ValueError(f"no control is named {name!r}; the controls are {', '.join(self.controls)}")
            checked[name] = self.controls[name].check(name, value)
        self._put(checked)
        self._complete()

    def behind(self, question):
        """Cover the figure in the page until an answer to the Question `question` is chosen; return the figure.

        The page also has a button for those who want to see it at once. With COURSE_COVER=off in the
        environment nothing is covered. What a notebook stores is the picture.
        """
        if not isinstance(question, Question):
            raise TypeError(f"question must be a Question, got {question!r}")
        if os.environ.get("COURSE_COVER") != "off":
            self._picture.covered = question.answer is None
            question.when_answered(lambda: setattr(self._picture, "covered", False))
        return self

    def png(self):
        """The present picture, PNG, as bytes."""
        return self._png

    def close(self):
        """Take the widgets out of the notebook and free what they hold."""
        self._stop()
        for widget in _with_children(self.widget):
            widget.close()

    def __repr__(self):
        return f"{self.title}: {self.summary}"

    def _repr_mimebundle_(self, include=None, exclude=None):
        if self._task is not None:
            self._complete()  # a page keeps no half of a run
        return {
            **self.widget._repr_mimebundle_(),
            "image/png": base64.b64encode(self._png).decode("ascii"),
            "text/plain": repr(self),
        }

    # Computing and showing.

    def _complete(self):
        """Compute in full, and show the end."""
        with self._lock:
            self._stop()
            with self._errors_shown():
                self._show(last(self.compute(**self._values)))
            self._sharpen_at_rest()

    def _follow(self):
        """Compute anew after a control has moved: one picture now, those of a generator as they come."""
        loop = _running_loop()
        if loop is None:
            self._complete()
            return
        with self._lock:
            self._stop()
            with self._errors_shown():
                data = self.compute(**self._values)
                if isinstance(data, Generator):
                    self._run = _Run(data)
                    self._show(self._run.next(), done=0.0)
                    self._task = loop.create_task(self._go_on(self._run))
                else:
                    self._show(data)
            self._sharpen_at_rest()

    async def _go_on(self, run):
        """Show what is left of a run, and listen to the page every SLICE."""
        shown, waiting, ended = time.perf_counter(), None, False
        while not ended:
            await asyncio.sleep(0)
            with self._lock:
                if self._run is not run:
                    return  # a move has dropped it
                ended = True  # as it is after an error
                with self._errors_shown():
                    data, at_end = run.slice()
                    waiting = waiting if data is None else data
                    if at_end:
                        self._show(self._data if waiting is None else waiting)
                    elif waiting is not None and time.perf_counter() - shown >= FRAME:
                        self._show(waiting, done=0.0)
                        shown, waiting = time.perf_counter(), None
                    ended = at_end
                if ended:
                    self._stop()
                    self._sharpen_at_rest()

    def _show(self, data, done=1.0):
        """Picture and summary of `data`; where it is not the end, its own `done` counts."""
        if data is ENDED:
            raise ValueError("compute must yield data at least once, got none")
        png = self._canvas.render(self.draw, data)
        summary = self.summarize(data)
        if not isinstance(summary, str):
            raise TypeError(f"summarize must return text, got {summary!r}")
        self.error = self.traceback = None
        self._data = data
        self._publish(png, summary, done or float(getattr(data, "done", 0.0)))

    def _publish(self, png, summary, done=1.0):
        self._png, self.summary = png, " ".join(summary.split())
        self._picture.show(self._png, self.summary, done)

    @contextmanager
    def _errors_shown(self):
        """What is raised inside is shown in place of a picture."""
        try:
            yield
        except Exception as error:
            self.error = f"{type(error).__name__}: {error}"
            self.traceback = traceback.format_exc()
            png = message_png(f"This setting cannot be shown.\n\n{self.error}", self._canvas.size)
            self._publish(png, f"This setting cannot be shown. {self.error}")

    def _sharpen_at_rest(self):
        loop = _running_loop()
        if self._picture.ratio > 1 and loop is not None and self._task is None and self.error is None:
            self._rest = loop.call_later(REST, self._sharpen)

    def _sharpen(self):
        """Send the page the same picture with more dots."""
        with self._lock, self._errors_shown():
            if self._fine is None:
                self._fine = Canvas(self._canvas.size, self.setup, FINE * DPI)
            png = self._fine.render(self.draw, self._data, like=self._canvas)
            self._picture.show(png, self.summary)

    def _stop(self):
        """Drop what is left of a run, and the wish for a fine picture."""
        with self._lock:
            if self._run is not None:
                self._run.close()
            if self._rest is not None:
                self._rest.cancel()
            self._run = self._task = self._rest = None

    # Controls.

    def _moved(self, name):
        if self._quiet:
            return
        control = self.controls[name]
        value = control.read(self._widgets[name])
        if value != control.shown(self._values[name]):
            self._values[name] = value
            self._follow()

    def _put(self, values):
        """Keep `values` exactly, and let the widgets show them."""
        self._values.update(values)
        self._quiet = True
        try:
            for name, value in values.items():
                self.controls[name].show(self._widgets[name], value)
        finally:
            self._quiet = False

    # Clicks and drags on the picture.

    def _on_pointer(self, number, drag, *places):
        """A press or a drag: from (x, y) to (x, y), in shares of the picture from its top left corner."""
        try:
            start, now = (self._pixel(*place) for place in (places[:2], places[2:]))
            if drag != self._drag:
                self._drag, self._held = drag, self._point_under(start)
            if self._held is not None:
                value = self.controls[self._held].shown(self._locate(now, self.controls[self._held].axes))
                if value != self._values[self._held]:
                    self._put({self._held: value})
                    self._follow()
        finally:
            self._picture.answered = number

    def _pixel(self, x, y):
        width, height = self._canvas.figure.bbox.size
        return x * width, (1 - y) * height

    def _locate(self, pixel, axes):
        """A place of the picture in the units of an axes; where it is outside, the nearest one inside."""
        ax = self._canvas.figure.axes[axes]
        inside = [min(max(at, low), high) for at, (low, high) in zip(pixel, ax.bbox.get_points().T)]
        return ax.transData.inverted().transform(inside)

    def _point_under(self, pixel):
        """The name of the point that a press moves: of those that live on the axes pressed, the nearest."""
        def distance(name):
            at = self._canvas.figure.axes[self.controls[name].axes].transData.transform(self._values[name])
            return (at[0] - pixel[0]) ** 2 + (at[1] - pixel[1]) ** 2

        names = [name for name, control in self.controls.items() if isinstance(control, Point)
                 and self._canvas.figure.axes[control.axes].bbox.contains(*pixel)]
        return min(names, key=distance, default=None)

    # Widgets.

    def _build_widget(self):
        self._widgets = {name: control.widgets(name) for name, control in self.controls.items()}
        for name, parts in self._widgets.items():
            for part in parts:
                part.observe(lambda change, name=name: self._moved(name), "value")
        width, height = (int(side * DPI) for side in self._canvas.size)
        controls = ipywidgets.Box(self._cells(), layout={
            "display": "grid", "grid_template_columns": "repeat(auto-fit, minmax(min(100%, 250px), 1fr))",
            "grid_gap": "2px 24px", "width": f"{width}px", "max_width": "100%", "overflow": "visible"})
        controls.add_class("course-controls")
        points = any(isinstance(control, Point) for control in self.controls.values())
        hint = "&ensp;Click or drag in the picture to move the point." if points else ""
        heading = ipywidgets.HTML(f"<b>{html.escape(self.title)}</b>{hint}")
        self._picture = Picture(width, height, clickable=points)
        self._picture.observe(lambda change: self._on_pointer(*change.new), "pointer")
        self._picture.observe(lambda change: self._sharpen_at_rest(), "ratio")
        self.widget = ipywidgets.VBox([heading, controls, self._picture.holder, self._picture.plain])
        self.widget.add_class("course-figure")

    def _cells(self):
        """A box for each widget; a switch stands in that of the control it belongs to.

        The points come first, so that their x and y stand side by side.
        """
        switches = {control.beside: self._widgets[name] for name, control in self.controls.items()
                    if isinstance(control, Switch) and control.beside is not None}
        for name in switches:
            if not isinstance(self.controls.get(name), (Range, LogRange, Choice)):
                raise ValueError(f"beside must name a Range, a LogRange or a Choice, got {name!r}")
        alone = [name for name, control in self.controls.items() if getattr(control, "beside", None) is None]
        alone.sort(key=lambda name: not isinstance(self.controls[name], Point))
        cells = [ipywidgets.Box([*switches.get(name, []), part], layout={"overflow": "visible"})
                 for name in alone for part in self._widgets[name]]
        for cell in cells:
            cell.add_class("course-control")
        return cells


def _check_takes(role, function, arguments):
    try:
        inspect.signature(function).bind(**arguments)
    except TypeError as error:
        raise TypeError(f"{role} must take the arguments {', '.join(arguments)}: {error}") from None


def _running_loop():
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None  # plain Python, a test


def _with_children(widget):
    parts = [widget]
    for child in getattr(widget, "children", ()):
        parts += _with_children(child)
    return parts
