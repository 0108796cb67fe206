"""The picture of a live figure in the page, and what the page tells of it: clicks, and how fine its dots are.

The page's half is `picture.js`. It needs the frontend part of anywidget, which comes with its package; a page
without it shows `plain`, made of core widgets, which follows the controls too but cannot be clicked.
"""

import html
from pathlib import Path

import anywidget
import ipywidgets
import traitlets

HERE = Path(__file__).parent


class Picture(anywidget.AnyWidget):
    """PNG, summary and progress of a live figure, `width` by `height` pixels of the page.

    ratio      dots a pixel of the page that shows it; 0 until one does
    covered    whether the page hides picture, summary and controls; its reader may end that too
    clickable  whether the page sends clicks and drags
    pointer    of the last one [number, drag, x and y where the drag began, x and y now], in shares of width
               and height from the left and the top; a new drag has another number in `drag`
    answered   the number of the last one dealt with: the page sends the next only then
    """

    _esm = (HERE / "picture.js").read_text("utf-8")
    _css = (HERE / "picture.css").read_text("utf-8")
    width = traitlets.Int().tag(sync=True)
    height = traitlets.Int().tag(sync=True)
    png = traitlets.Bytes().tag(sync=True)
    summary = traitlets.Unicode().tag(sync=True)
    done = traitlets.Float(1.0).tag(sync=True)
    ratio = traitlets.Float(0.0).tag(sync=True)
    covered = traitlets.Bool(False).tag(sync=True)
    clickable = traitlets.Bool(False).tag(sync=True)
    pointer = traitlets.List().tag(sync=True)
    answered = traitlets.Int(0).tag(sync=True)

    def __init__(self, width, height, clickable):
        super().__init__(width=width, height=height, clickable=clickable)
        layout = {"width": f"{width}px", "max_width": "100%", "height": "auto"}
        self._image, self._line = ipywidgets.Image(format="png", layout=layout), ipywidgets.HTML()
        self.plain = ipywidgets.VBox([self._image, self._line])
        self.plain.add_class("course-plain")
        # Hidden, with what the page says where the script is missing, until the script's own style shows it.
        self.holder = ipywidgets.Box([self], layout={"display": "none"})
        self.holder.add_class("course-holder")

    def show(self, png, summary, done=1.0):
        """Show `png` with its summary; `done` is the share of the whole run that it shows."""
        with self.hold_sync():
            self.summary, self.done, self.png = summary, done, png
        if not self.ratio:
            self._image.value = png
            self._line.value = f'<div style="line-height: 1.4">{html.escape(summary)}</div>'
