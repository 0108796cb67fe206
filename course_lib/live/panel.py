"""A panel: an axes that keeps its artists by label, so that a curve is one line, in `draw`.

    left.line("momentum", steps, losses, COLORS["vermillion"], "--")

The first call with a label makes the artist, the next ones move it; what a `draw` does not mention is not
seen. So a picture depends on its data alone, not on those shown before. Labels are those of the legend, but
for labels that begin with "_" and those of words and images. Values need no care: zero on a log axis, an
infinite loss or one far outside of the limits leave the picture by the side where they belong, and nan is a
gap.
"""

import numpy as np

FAR = 1000  # heights (widths) of the panel from its limits on, where nothing is told apart any more

ORDER = {"image": 0, "band": 1, "bars": 1, "hline": 2, "vline": 2, "line": 2, "text": 3}  # below, ..., above


class Panel:
    """`Panel(ax)`: draws into `ax`, which is set up as always (`panel.ax.set(xlabel=...)`)."""

    def __init__(self, ax):
        self.ax = ax
        self._artists = {}  # (kind, label): artist
        self._looks = {}
        self._drawn = []  # keys in the order of the present drawing
        self._legends = []

    # In setup.

    def legend(self, place, columns=1):
        """A legend inside the panel, at a place as matplotlib names it ("upper right")."""
        self._legends.append(_Legend(self.ax, [self], {"loc": place, "ncols": columns}))

    # In draw. x and y are numbers or arrays; colours, dashes and markers as matplotlib has them.

    def line(self, label, x, y, color, dash="-", marker="", *, width=2.0, size=7.0, every=None, edge=None,
             clip=True):
        """A curve through (x, y); with a marker at each point, or at each `every`-th."""
        artist = self._artist("line", label, lambda: self.ax.plot([], [])[0], {
            "color": color, "linestyle": dash, "linewidth": width, "marker": marker or "none",
            "markersize": size, "markevery": every, "markeredgecolor": edge or color, "clip_on": clip})
        artist.set_data(_tame(np.atleast_1d(x), self.ax.xaxis), _tame(np.atleast_1d(y), self.ax.yaxis))

    def points(self, label, x, y, color, marker="o", *, size=7.0, edge=None, clip=True):
        """Markers at (x, y); without `clip` they may lie on the border of the panel."""
        self.line(label, x, y, color, "none", marker, size=size, edge=edge, clip=clip)

    def hline(self, label, y, color="0.6", dash=":", *, width=1.5):
        """A line across the panel at height y."""
        artist = self._artist("hline", label, lambda: self.ax.axhline(self.ax.get_ylim()[0]), {
            "color": color, "linestyle": dash, "linewidth": width})
        artist.set_ydata(_tame([y, y], self.ax.yaxis))

    def vline(self, label, x, color="0.6", dash=":", *, width=1.5):
        """A line up the panel at x."""
        artist = self._artist("vline", label, lambda: self.ax.axvline(self.ax.get_xlim()[0]), {
            "color": color, "linestyle": dash, "linewidth": width})
        artist.set_xdata(_tame([x, x], self.ax.xaxis))

    def band(self, label, x, low, high, color, *, alpha=0.25):
        """The area between two curves."""
        x, low, high = _tame(x, self.ax.xaxis), _tame(low, self.ax.yaxis), _tame(high, self.ax.yaxis)
        artist = self._artist("band", label, lambda: self.ax.fill_between(x, low, high, linewidth=0), {
            "facecolor": color, "alpha": alpha})
        artist.set_data(x, low, high)

    def bars(self, label, edges, heights, color, *, across=False):
        """Bars from one edge to the next, edges one more than heights; `across`: from left to right."""
        orientation = "horizontal" if across else "vertical"
        artist = self._artist("bars", label, lambda: self.ax.stairs(
            heights, edges, fill=True, orientation=orientation), {"facecolor": color})
        artist.set_data(_tame(heights, self.ax.xaxis if across else self.ax.yaxis), edges)

    def text(self, label, x, y, words, color="black", *, ha="left", va="baseline", weight="normal",
             inside=False):
        """Words at (x, y), in the units of the axes; `inside`: in shares of the panel from its lower left."""
        artist = self._artist("text", label, lambda: self.ax.text(0, 0, ""), {
            "color": color, "ha": ha, "va": va, "weight": weight,
            "transform": self.ax.transAxes if inside else self.ax.transData})
        artist.set_position((x, y))
        artist.set_text(words)

    def image(self, label, values, extent, low, high, *, cmap="cividis", smooth=False, bar=None):
        """values (rows, columns) as colours from `low` to `high`, the first row below; nan is left out.

        extent is (left, right, bottom, top) in the units of the axes; `bar` the label of a colour bar.
        """
        def make():
            artist = self.ax.imshow(values, extent=extent, origin="lower", aspect="auto", cmap=cmap)
            for axis in (self.ax.xaxis, self.ax.yaxis):
                axis.set_zorder(-1)  # below the image, which hides nothing of it: drawn with the background
            if bar is not None:
                self.ax.figure.colorbar(artist, ax=self.ax, use_gridspec=False, label=bar)
            return artist

        artist = self._artist("image", label, make, {
            "clim": (low, high), "extent": extent, "interpolation": "bilinear" if smooth else "nearest"})
        artist.set_data(values)

    def limits(self, x=None, y=None):
        """Other limits, (low, high) each. Where they change, the background is drawn again (25 to 50 ms)."""
        set_limits(self.ax, x, y)

    # For the canvas.

    def begin(self):
        """Before a drawing."""
        self._drawn = []

    def finish(self):
        """After a drawing: hide what it left out; legends of what it shows."""
        for key, artist in self._artists.items():
            artist.set_visible(key in self._drawn)
        for legend in self._legends:
            legend.follow()

    def artists(self):
        return list(self._artists.values())

    def labelled(self):
        """{label: (artist, its looks)} of what is shown and belongs in a legend."""
        return {label: (self._artists[kind, label], self._looks[kind, label]) for kind, label in self._drawn
                if kind not in ("text", "image") and not label.startswith("_")}

    def _artist(self, kind, label, make, looks):
        """The artist of this kind and label, made where there is none yet, with these looks."""
        key = kind, label
        if key in self._drawn:
            raise ValueError(f"label must be that of one {kind} in its panel, got {label!r} twice")
        if key not in self._artists:
            self._artists[key] = make()
        # The order of drawing, not that of making: what a picture shows does not depend on those before it.
        looks = {**looks, "zorder": ORDER[kind] + len(self._drawn) / 1000}
        if looks != self._looks.get(key):
            self._artists[key].set(**looks)
            self._looks[key] = looks
        self._drawn.append(key)
        return self._artists[key]


class _Legend:
    """A legend of all that some panels show, in an axes or a figure (`parent`); anew where that changes."""

    def __init__(self, parent, panels, place):
        self.parent, self.panels, self.place = parent, panels, place
        self._legend, self._entries = None, []

    def follow(self):
        labelled = {label: shown for panel in self.panels for label, shown in panel.labelled().items()}
        entries = [(label, looks) for label, (_, looks) in labelled.items()]
        if entries == self._entries:
            return
        if self._legend is not None:
            self._legend.remove()
        artists = [artist for artist, _ in labelled.values()]
        self._legend = self.parent.legend(artists, list(labelled), **self.place) if artists else None
        self._entries = entries


def legend_above(figure, *panels, columns):
    """One legend of all these panels, in rows above them: it covers nothing."""
    place = {"loc": "outside upper center", "ncols": columns, "frameon": False}
    panels[-1]._legends.append(_Legend(figure, panels, place))


def set_limits(ax, x=None, y=None):
    """Give `ax` the limits `x` and `y`, (low, high) each, only where they are not so already.

    `ax.set_xlim` counts as a change even where it changes nothing, and then the background is drawn again.
    """
    if x is not None and tuple(x) != ax.get_xlim():
        ax.set_xlim(*x)
    if y is not None and tuple(y) != ax.get_ylim():
        ax.set_ylim(*y)


def _tame(values, axis):
    """values as floats that can be drawn: none below 0 on a log axis, none farther than FAR outside."""
    values, scale = np.array(values, float), axis.get_scale()
    low, high = np.sort(axis.get_view_interval())
    if scale == "log":
        low, high = np.log10([low, high])
        with np.errstate(divide="ignore"):
            values = np.log10(np.where(values < 0, 0, values))
    reach = FAR * (high - low)
    values = np.clip(values, low - reach, high + reach)
    return 10.0 ** np.clip(values, -300, 300) if scale == "log" else values
