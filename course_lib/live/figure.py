"""A live figure: controls, a picture computed anew on every move of a control, and one line that says what it
shows."""

import asyncio
import base64
import html
import inspect
import time
import traceback

import ipywidgets
from ipyevents import Event

from course_lib.live.canvas import DPI, Canvas, message_png
from course_lib.live.controls import Choice, LogRange, Point, Range, Switch

SLOW = 0.15  # seconds: an update that takes longer is felt as a delay, so a preview comes first
REST = 0.25  # seconds without an event after which a slider is taken to rest
FRAME = 34  # milliseconds between the frames of a run: at most 30 a second
ENDED = object()  # what stands for data when a run has no further frame


class LiveFigure:
    """A picture of `compute(**controls)` that follows its controls.

    compute(**controls) -> data    pure: no widget, no drawing; tested directly
    setup(figure) -> artists       makes axes and artists, once, on a matplotlib Figure
    draw(artists, data)            moves them; may change limits, titles and the like, at a price in time
    summarize(data) -> str         one line of plain text
    controls                       {argument of compute: Range, LogRange, Choice, Switch or Point}
    size                           of the picture in inches, at 100 dots an inch
    preview                        {argument of compute: value}: a shorter run, shown while a slider moves
                                   if the last full one took more than 150 ms; the full one follows at rest
    run(**controls) -> generator of data    training that runs on: adds play, step and reset

    What compute, draw, summarize or run raise is shown in the picture and in the summary, and kept in `error`
    (one line) and `traceback`; the next move starts afresh. Warnings are left alone: where a run is expected
    to overflow, compute says so with np.errstate. Mistakes in building the figure (a control that compute
    does not take, an axes that setup does not make, setup itself) raise at once.
    """

    def __init__(self, title, compute, setup, draw, summarize, controls, size=(9, 4), preview=None, run=None):
        for name, control in controls.items():
            if not isinstance(control, (Range, LogRange, Choice, Switch, Point)):
                raise TypeError(f"control {name!r} must be a Range, LogRange, Choice, Switch or Point, "
                                f"got {control!r}")
        self.title, self.controls, self.preview = title, dict(controls), preview
        self.compute, self.setup, self.draw, self.summarize, self.run = compute, setup, draw, summarize, run
        self._values = {name: control.extremes()[1] for name, control in controls.items()}
        _check_takes("compute", compute, {**self._values, **(preview or {})})
        if run is not None:
            _check_takes("run", run, self._values)
        self._canvas = Canvas(size, setup)
        for name, control in self.controls.items():
            made = len(self._canvas.figure.axes)
            if isinstance(control, Point) and control.axes >= made:
                raise ValueError(f"axes of control {name!r} must be < {made}, the number of axes that setup "
                                 f"makes, got {control.axes}")
        self.summary, self.error, self.traceback = "", None, None
        self._png = b""
        self._seconds = 0.0  # taken by the last full compute and draw
        self._rest = None  # timer of the full run that follows a preview
        self._training = None  # the generator of a run that goes on
        self._quiet = False  # True while widgets are set from here, so that they do not answer
        self._build_widget(int(size[0] * DPI))
        self._show_full()

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
        self._training = None
        self._show_full()

    def png(self):
        """The present picture, PNG, as bytes."""
        return self._png

    def close(self):
        """Take the widgets out of the notebook and free what they hold."""
        self._cancel_rest()
        for widget in _with_children(self.widget):
            widget.close()
        if self._mouse is not None:
            self._mouse.close()

    def __repr__(self):
        return f"{self.title}: {self.summary}"

    def _repr_mimebundle_(self, include=None, exclude=None):
        if self._rest is not None:
            self._show_full()  # a page keeps no preview
        return {
            **self.widget._repr_mimebundle_(),
            "image/png": base64.b64encode(self._png).decode("ascii"),
            "text/plain": repr(self),
        }

    # Computing and showing.

    def _show_full(self):
        self._cancel_rest()
        start = time.perf_counter()
        self._show(lambda: self.compute(**self._values))
        self._seconds = time.perf_counter() - start

    def _show_preview(self, loop):
        self._cancel_rest()
        arguments = {**self._values, **self.preview}
        self._show(lambda: self.compute(**arguments), "Preview, the full run follows. ")
        self._rest = loop.call_later(REST, self._show_full)

    def _show(self, produce, prefix=""):
        """Picture and summary of the data that `produce()` returns, or of what it raises."""
        try:
            data = produce()
            if data is ENDED:
                self._stop()
                return
            png = self._canvas.render(self.draw, data)
            summary = self.summarize(data)
            if not isinstance(summary, str):
                raise TypeError(f"summarize must return text, got {summary!r}")
        except Exception as error:
            self.error = f"{type(error).__name__}: {error}"
            self.traceback = traceback.format_exc()
            png = message_png(f"This setting cannot be shown.\n\n{self.error}", self._canvas.size)
            summary, prefix = self.error, "This setting cannot be shown. "
            self._stop()
        else:
            self.error = self.traceback = None
        self.summary = prefix + " ".join(summary.split())
        self._png = png
        self._image.value = png
        self._line.value = (f'<div role="status" aria-live="polite" style="line-height: 1.4">'
                            f"{html.escape(self.summary)}</div>")

    def _cancel_rest(self):
        if self._rest is not None:
            self._rest.cancel()
            self._rest = None

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

    def _follow(self):
        """Retrain after a control has moved."""
        self._training = None
        if self.run is not None and self._play.playing:
            return  # the next frame is the first of a new run
        loop = _running_loop()
        if self.preview is not None and self._seconds > SLOW and loop is not None:
            self._show_preview(loop)
        else:
            self._show_full()

    # The mouse on the picture.

    def _on_mouse(self, event):
        kind = event["type"]
        if kind == "mousedown":
            self._pressed = self._point_under(event) if event["button"] == 0 else None
        if self._pressed is None:
            return
        # Moves are asked for only while the button is down, and skipped where an update cannot keep up with
        # them.
        if kind == "mousedown" or (kind == "mousemove" and self._seconds < SLOW) or kind == "mouseup":
            where = self._locate(event, self.controls[self._pressed].axes)
            if where is not None:
                value = self.controls[self._pressed].shown(where)
                if value != self._values[self._pressed]:
                    self._put({self._pressed: value})
                    self._follow()
        if kind in ("mouseup", "mouseleave"):
            self._pressed = None
        watched = ["mousedown"]
        if self._pressed is not None:
            watched += ["mousemove", "mouseup", "mouseleave"]
        if self._mouse.watched_events != watched:
            self._mouse.watched_events = watched

    def _pixel(self, event):
        width, height = (side * DPI for side in self._canvas.size)
        return (event["relativeX"] / event["boundingRectWidth"] * width,
                (1 - event["relativeY"] / event["boundingRectHeight"]) * height)

    def _locate(self, event, axes):
        """The point of the picture in the units of its axes; None outside of them."""
        ax, pixel = self._canvas.figure.axes[axes], self._pixel(event)
        return ax.transData.inverted().transform(pixel) if ax.bbox.contains(*pixel) else None

    def _point_under(self, event):
        """The name of the point that a click moves: of those that live on the axes clicked, the nearest."""
        x, y = self._pixel(event)

        def distance(name):
            ax = self._canvas.figure.axes[self.controls[name].axes]
            at = ax.transData.transform(self._values[name])
            return (at[0] - x) ** 2 + (at[1] - y) ** 2

        names = [name for name, control in self.controls.items()
                 if isinstance(control, Point) and self._locate(event, control.axes) is not None]
        return min(names, key=distance, default=None)

    # Training that runs on.

    def _next_frame(self):
        self._cancel_rest()
        self._show(self._train_on)

    def _train_on(self):
        if self._training is None:
            self._training = self.run(**self._values)
        return next(self._training, ENDED)

    def _stop(self):
        if self.run is not None:
            self._play.playing = False
        self._training = None

    def _play_or_pause(self):
        self._play.playing = not self._play.playing

    def _step(self):
        self._play.playing = False
        self._next_frame()

    def _reset(self):
        self._stop()
        self._show_full()

    def _tick(self, change):
        if self._play.playing:  # one may still be on its way after the end
            self._next_frame()

    # Widgets.

    def _build_widget(self, width):
        self._widgets = {name: control.widgets(name) for name, control in self.controls.items()}
        for name, parts in self._widgets.items():
            for part in parts:
                part.observe(lambda change, name=name: self._moved(name), "value")
        # Points last, so that x and y stand side by side.
        points = [name for name, control in self.controls.items() if isinstance(control, Point)]
        cells = [part for name in self.controls if name not in points for part in self._widgets[name]]
        if points and len(cells) % 2:
            cells.append(ipywidgets.Box())
        cells += [part for name in points for part in self._widgets[name]]
        labels = [cell for cell in cells if not isinstance(cell, (ipywidgets.Checkbox, ipywidgets.Box))]
        label_width = f"{0.5 + max((_em(cell.description) for cell in labels), default=0):.1f}em"
        for cell in cells:
            if not isinstance(cell, ipywidgets.Box):
                cell.style.description_width = label_width
        grid = ipywidgets.GridBox(cells, layout={
            "grid_template_columns": "repeat(auto-fit, minmax(27em, 1fr))", "grid_gap": "0 1em",
            "width": f"{width}px", "max_width": "100%", "overflow": "visible"})
        hint = "&ensp;Click or drag in the picture to move the point." if points else ""
        heading = ipywidgets.HTML(f"<b>{html.escape(self.title)}</b>{hint}")
        self._image = ipywidgets.Image(
            format="png", layout={"width": f"{width}px", "max_width": "100%", "height": "auto"})
        self._line = ipywidgets.HTML()
        player = [self._build_player()] if self.run is not None else []
        self.widget = ipywidgets.VBox([heading, grid, *player, self._image, self._line])
        self._pressed = self._mouse = None
        if points:
            self._mouse = Event(
                source=self._image, watched_events=["mousedown"], prevent_default_action=True, wait=40)
            self._mouse.on_dom_event(self._on_mouse)

    def _build_player(self):
        # The browser keeps time: it sends a tick only when the last one has been dealt with.
        self._play = ipywidgets.Play(value=0, min=0, max=10**9, interval=FRAME, layout={"display": "none"})
        self._play.observe(self._tick, "value")
        buttons = []
        for text, action in (("Play", self._play_or_pause), ("Step", self._step), ("Reset", self._reset)):
            buttons.append(ipywidgets.Button(description=text, layout={"width": "6em"}))
            buttons[-1].on_click(lambda button, action=action: action())
        self._play.observe(
            lambda change: setattr(buttons[0], "description", "Pause" if change.new else "Play"), "playing")
        return ipywidgets.HBox([*buttons, self._play])


def _check_takes(role, function, arguments):
    try:
        inspect.signature(function).bind(**arguments)
    except TypeError as error:
        raise TypeError(f"{role} must take the arguments {', '.join(arguments)}: {error}") from None


def _em(text):
    """About the width of `text` in the page's font, rather more than less: a label must not be cut off."""
    return sum(1.0 if letter in "mwMW" else 0.62 for letter in " ".join(text.split()))


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
