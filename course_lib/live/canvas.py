"""A picture that is redrawn in ten milliseconds: moving artists drawn over a stored background, encoded as
PNG.

The idea is matplotlib's blitting without a window. What `setup` hands back moves; everything else is
background, drawn once and stored as pixels. An update puts the background back, draws what moves and what
lies above it (the spines, a legend), and encodes. Nothing here uses pyplot, and global settings of matplotlib
stay as they are.
"""

import struct
import textwrap
import zlib

import matplotlib
import numpy as np
from cycler import cycler
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure, SubFigure
from matplotlib.text import Text

from course_lib.live.panel import Panel

DPI = 100

# Okabe & Ito: told apart with every common form of colour blindness.
COLORS = {
    "blue": "#0072B2",
    "vermillion": "#D55E00",
    "green": "#009E73",
    "orange": "#E69F00",
    "purple": "#CC79A7",
    "skyblue": "#56B4E9",
    "yellow": "#F0E442",
    "black": "#000000",
}

STYLE = {
    "axes.axisbelow": True,  # ticks and grid under everything that moves: they stay in the background
    "axes.edgecolor": "#404040",
    "axes.formatter.limits": (-3, 4),
    "axes.formatter.use_mathtext": True,
    "axes.grid": False,
    "axes.labelsize": 12,
    "axes.linewidth": 1.0,
    "axes.prop_cycle": (cycler(color=list(COLORS.values())[:6])
                        + cycler(linestyle=["-", "--", "-.", ":", "-", "--"])),
    "axes.titlesize": 13,
    "figure.dpi": DPI,
    "figure.facecolor": "white",
    "axes.facecolor": "white",
    "font.family": "DejaVu Sans",  # comes with matplotlib, so a picture is the same on every machine
    "font.size": 12,
    "grid.alpha": 0.3,
    "legend.fontsize": 12,
    "legend.framealpha": 0.9,
    "lines.linewidth": 2.0,
    "lines.markersize": 7,
    "path.simplify": True,
    "savefig.dpi": DPI,
    "xtick.labelsize": 12,
    "ytick.labelsize": 12,
}


def style():
    """The context in which every figure of the course is built and drawn."""
    return matplotlib.rc_context(STYLE)


def encode_png(rgba):
    """PNG of `rgba`, uint8 of shape (height, width, 4); its alpha is left out, every other bit is kept.

    Three to five times as fast as a general encoder: no filter search, and zlib at level 1.
    """
    height, width = rgba.shape[:2]
    rows = np.zeros((height, 1 + 3 * width), np.uint8)  # each row starts with its filter type, 0
    rows[:, 1:].reshape(height, width, 3)[:] = rgba[:, :, :3]

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
            + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b""))


def message_png(text, size):
    """A picture of `size` inches with nothing but `text`, wrapped: what is shown in place of a failed
    drawing."""
    with style():
        figure = Figure(figsize=size, dpi=DPI)
        canvas = FigureCanvasAgg(figure)
        columns, lines = int(size[0] * 10), max(3, int(size[1] * 4.2) - 1)
        wrapped = [part for line in text.splitlines() for part in textwrap.wrap(line, columns) or [""]]
        if len(wrapped) > lines:
            wrapped[lines - 1:] = ["…"]
        figure.text(0.04, 0.94, "\n".join(wrapped), va="top", color=COLORS["vermillion"], parse_math=False)
        canvas.draw()
        return encode_png(np.asarray(canvas.buffer_rgba()))


class Canvas:
    """`setup(figure)` once, then `render(draw, data)` as often as wanted; `.png` holds the bytes of the last
    picture.

    Moving artists are the lines, patches, collections, images and texts found in what `setup` returned (an
    artist or a Panel, or lists, dicts and plain objects of them). `draw(artists, data)` may change anything
    else too: limits, titles, ticks, a legend. That is noticed (`_background_changed`) and the background
    drawn again, which takes 25 to 50 ms. The picture is then, and always, what matplotlib would draw from
    the start, as long as what moves in one axes does not reach into the labels of another.
    """

    def __init__(self, size, setup, dpi=DPI):
        self.size = size
        with style():
            self.figure = Figure(figsize=size, dpi=dpi, layout="constrained")
            self.agg = FigureCanvasAgg(self.figure)
            self.artists = setup(self.figure)
        self._panels = _found(Panel, self.artists, set())
        self.png = b""
        self.backgrounds_drawn = 0
        self._background = None
        self._moving, self._above, self._watched, self._fingerprint = [], [], [], None
        self._laid_out = False

    def render(self, draw, data, like=None):
        """Move the artists with `draw(artists, data)` and return the PNG. What `draw` raises is passed on.

        `like` is another canvas of the same setup and draw, whose layout this one takes.
        """
        with style():
            for panel in self._panels:
                panel.begin()
            draw(self.artists, data)
            for panel in self._panels:
                panel.finish()
            if like is not None and not self._laid_out:
                self._lay_out_like(like)
            if self._background is None or self._background_changed():
                self._draw_background()
            else:
                self.agg.restore_region(self._background)
            self._draw_above()
            for artist in self._watched:
                artist.stale = False  # drawing marks some itself (a legend that looks for its place)
        self.png = encode_png(np.asarray(self.agg.buffer_rgba()))
        return self.png

    def _draw_above(self):
        renderer = self.agg.get_renderer()
        for parent, artists in self._above:
            if parent.get_visible():
                for artist in artists:
                    artist.draw(renderer)

    def _background_changed(self):
        # Every setter of matplotlib marks its artist as stale, so an artist of the background that is stale
        # has changed; what came, went, or was rescaled without a setter shows in the fingerprint.
        return self._fingerprint != self._take_fingerprint() or any(artist.stale for artist in self._watched)

    def _take_fingerprint(self):
        axes = _all_axes(self.figure)
        return (
            [child for parent in (self.figure, *axes) for child in parent.get_children()],
            [tuple(ax.viewLim.extents) for ax in axes],  # reading viewLim also runs a pending autoscale
            [tuple(ax.bbox.extents) for ax in axes],
            [artist.get_zorder() for artist in self._moving],
        )

    def _draw_background(self):
        self._background = None  # if drawing fails, the next update starts from here again
        if not self._laid_out:
            # Once: a layout that follows the labels would cost 25 ms and make the picture jump.
            self.figure.draw_without_rendering()
            self.figure.set_layout_engine("none")
            self._laid_out = True
        for _, artists in self._above:
            for artist in artists:
                artist.set_animated(False)
        self._split_layers()
        for _, artists in self._above:
            for artist in artists:
                artist.set_animated(True)
        self.agg.draw()  # leaves out what is animated
        self._background = self.agg.copy_from_bbox(self.figure.bbox)
        self.backgrounds_drawn += 1
        redrawn = self._moving + [a for _, artists in self._above for a in artists if isinstance(a, Axes)]
        parts = {id(part) for artist in redrawn for part in artist.findobj()}
        self._watched = [artist for artist in self.figure.findobj() if id(artist) not in parts]
        self._fingerprint = self._take_fingerprint()

    def _lay_out_like(self, other):
        self.figure.set_layout_engine("none")
        for ax, model in zip(self.figure.axes, other.figure.axes, strict=True):
            ax.set_position(model.get_position(original=True))
        self._laid_out = True

    def _split_layers(self):
        """Sort out `_moving`, and `_above`: [(parent, its artists that every update draws)] in drawing
        order."""
        returned = {id(artist) for artist in _found(Artist, self.artists, set())}
        returned |= {id(artist) for panel in self._panels for artist in panel.artists()}
        self._moving, self._above = [], []
        boxes = []  # of the axes in which something moves
        drawn_with_parent = set()  # insets
        for ax in _all_axes(self.figure):
            if id(ax) in drawn_with_parent:
                continue
            moving = [child for child in _contents(ax) if id(child) in returned]
            if any(box.overlaps(ax.bbox) for box in boxes):
                # A twin or an inset over moving artists: all of it lies above them.
                self._above.append((self.figure, [ax]))
                boxes.append(ax.bbox)
                drawn_with_parent |= {id(inner) for inner in ax.child_axes}
            elif moving:
                drawn = _drawn(ax)
                first = min(i for i, child in enumerate(drawn) if id(child) in returned)
                self._moving += moving
                self._above.append((ax, drawn[first:]))
                boxes.append(ax.bbox)
                drawn_with_parent |= {id(child) for child in drawn[first:]}
        renderer = self.agg.get_renderer()
        for child in sorted(self.figure.get_children(), key=Artist.get_zorder):
            if child is self.figure.patch or isinstance(child, (Axes, SubFigure)):
                continue
            if id(child) in returned:
                self._moving.append(child)
                self._above.append((self.figure, [child]))
            elif any(child.get_window_extent(renderer).overlaps(box) for box in boxes):
                self._above.append((self.figure, [child]))


def _all_axes(figure):
    """Axes in drawing order, each followed by its insets."""
    return [inner for ax in sorted(figure.axes, key=Artist.get_zorder) for inner in (ax, *ax.child_axes)]


def _contents(ax):
    return [*ax.lines, *ax.patches, *ax.collections, *ax.images, *ax.texts, *ax.artists]


def _drawn(ax):
    """What `Axes.draw` draws, in its order, but the patch (always lowest) and the titles (it places them
    itself)."""
    left_out = {id(ax.patch)}
    if not ax.axison:
        left_out |= {id(ax.xaxis), id(ax.yaxis)}
    if not (ax.axison and ax.get_frame_on()):
        left_out |= {id(spine) for spine in ax.spines.values()}
    children = ax.get_children()
    left_out |= {id(child) for child in children if isinstance(child, Text) and child not in ax.texts}
    return sorted((child for child in children if id(child) not in left_out), key=Artist.get_zorder)


def _found(kind, thing, seen):
    """What is of this kind in `thing`: itself, or in lists, dicts and attributes of plain objects, however
    deep."""
    if id(thing) in seen:
        return []
    seen.add(id(thing))
    if isinstance(thing, kind):
        return [thing]
    if isinstance(thing, (Artist, Panel)):
        return []  # what they hold is their own affair
    if isinstance(thing, dict):
        parts = thing.values()
    elif isinstance(thing, (list, tuple, set)) or (isinstance(thing, np.ndarray) and thing.dtype == object):
        parts = thing
    else:
        parts = getattr(thing, "__dict__", {}).values()
    return [found for part in parts for found in _found(kind, part, seen)]
