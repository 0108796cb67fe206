"""The strip of an outcome: a dot for each seed, the median's interval, the margin and the claimed side."""

from html import escape

import numpy as np

WIDTH, HEIGHT, PAD = 190, 52, 12
AXIS, ROW, DOT = 36, 6, 3           # height of the axis from the top; from dot to dot; radius


def strip(arm):
    """SVG, with the same in words for whoever does not see it. Nothing where all seeds agree to rounding.

    Notebooks compare it exactly, and the last digits of a value differ from machine to machine: so values
    count with three digits, and places with half a pixel.
    """
    if arm.exact:
        return ""
    axis = _Axis(arm)
    low, high = axis.at(arm.low), axis.at(arm.high)
    middle = (low + high) / 2
    low, high = min(low, middle - 1), max(high, middle + 1)         # a narrow margin is to be seen too
    left, right = {"above": (high, WIDTH), "below": (0, low), "equal": (low, high)}[arm.claimed]
    shapes = [_box(low, high, "#1A1A1A", 0.2), _box(left, right, "#009E73", 0.25),
              f'<line x1="0" x2="{WIDTH}" y1="{AXIS}" y2="{AXIS}" stroke="#777"/>']
    shapes += [f'<circle cx="{x}" cy="{y}" r="{DOT}" fill="#0072B2" fill-opacity="0.75"/>'
               for x, y in _stacked(axis.at(arm.values))]
    ends = arm.interval
    if np.isfinite(ends).all():
        a, b = axis.at(ends)
        shapes.append(f'<rect x="{a - 1}" y="{AXIS - 2}" width="{b - a + 2}" height="5" fill="#1A1A1A"/>')
    shapes.append(f'<text x="{min(max(middle, PAD), WIDTH - PAD)}" y="{HEIGHT - 1}" text-anchor="middle"'
                  f' font-size="12" fill="#1A1A1A">{arm.than:.3g}</text>')
    words = escape(arm.alternative)
    return (f'<svg role="img" aria-label="{words}" width="{WIDTH}" height="{HEIGHT}"'
            f' viewBox="0 0 {WIDTH} {HEIGHT}" style="display:block"><title>{words}</title>{"".join(shapes)}'
            '</svg>')


class _Axis:
    """From values to places: logarithmic for a ratio; dots, margin and reference are on it."""

    def __init__(self, arm):
        self.ratio = arm.ratio
        shown = self._scaled([*arm.values, arm.low, arm.high])
        finite = shown[np.isfinite(shown)]
        self.start, self.end = finite.min(), finite.max()

    def _scaled(self, values):
        x = np.array([float(f"{value:.3g}") for value in np.atleast_1d(values)])
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.log(x) if self.ratio else x

    def at(self, values):
        """Places of values, (n,) or one; what cannot be drawn, such as inf, at an end."""
        x = np.nan_to_num(self._scaled(values), nan=self.end, posinf=self.end, neginf=self.start)
        share = (x - self.start) / (self.end - self.start)
        # A little to the side, so that no value stands on the edge of two places.
        place = np.round(2 * (PAD + share * (WIDTH - 2 * PAD)) + 0.0137) / 2
        return place if np.ndim(values) else float(place[0])


def _stacked(places):
    """(x, y) of each dot: where dots would cover each other, one stands above the other, five at most."""
    rows = []
    for x in sorted(places):
        row = next((i for i, last in enumerate(rows) if x - last >= 2 * DOT), len(rows))
        row = min(row, 4)
        rows[row:row + 1] = [x]
        yield x, AXIS - 6 - ROW * row


def _box(left, right, colour, opacity):
    return (f'<rect x="{left}" y="0" width="{right - left}" height="{AXIS}" fill="{colour}"'
            f' fill-opacity="{opacity}"/>')
