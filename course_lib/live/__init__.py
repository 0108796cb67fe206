"""Live figures: every move of a control retrains, and the picture follows while it is dragged.

    from course_lib.live import COLORS, LiveFigure, LogRange, Range

    def compute(rate, steps):                              # pure, tested without any widget
        theta = np.cumprod(np.full(steps, 1 - rate))
        return SimpleNamespace(rate=rate, loss=theta**2 / 2)

    def setup(figure):                                     # once: axes, labels, the artists that will move
        ax = figure.subplots()
        ax.set(xlabel="step", ylabel="loss", yscale="log", xlim=(0, 100), ylim=(1e-12, 10))
        return SimpleNamespace(curve=ax.plot([], [], color=COLORS["blue"])[0])

    def draw(artists, data):                               # moves artists that exist already
        artists.curve.set_data(np.arange(data.loss.size), data.loss)

    def summarize(data):
        return f"Rate {data.rate:.3g}: loss {data.loss[-1]:.3g} after {data.loss.size} steps."

    def descent():
        return LiveFigure("Descent", compute, setup, draw, summarize,
                          {"rate": LogRange(0.01, 1, 0.1, label="rate  ε"), "steps": Range(10, 100, 50)})

An update costs compute, plus 5 to 10 ms. What keeps it there:

- `setup` returns every artist that will move (in a dict, a list, a SimpleNamespace) and nothing else. What it
  returns is drawn on every update; all the rest is drawn once.
- `draw` uses `set_data`, `set_offsets`, `set_text`, ... on those artists. It may also change limits, ticks,
  titles, labels or a legend, and add or remove artists: that is noticed and always shown right, but costs 25
  to 50 ms, because the background is drawn again. So choose limits in `setup` that serve all settings where
  this is possible, set others by `set_limits`, which leaves equal ones alone, and never autoscale on every
  update. Words that change on every update belong in the summary or in an `ax.text` that `setup` returns, not
  in a title.
- The layout is made once, for the default state. Leave room in it for the longest tick labels that can come.
- Images (`imshow`) that move lie under the ticks, which are then drawn each time (some 5 ms an axes); so is
  everything in a twin axes or an inset that lies over something that moves.
- No pyplot: `figure` is a plain matplotlib Figure. Fonts of 12 points and `COLORS` (Okabe and Ito) come with
  the engine; give every curve a second cue (dashes, a marker) too.
"""

from course_lib.live.box import AlgorithmBox
from course_lib.live.canvas import COLORS, set_limits
from course_lib.live.controls import Choice, LogRange, Point, Range, Switch
from course_lib.live.figure import LiveFigure, last
from course_lib.live.question import Question

__all__ = ["COLORS", "AlgorithmBox", "Choice", "LiveFigure", "LogRange", "Point", "Question", "Range",
           "Switch", "last", "set_limits"]
