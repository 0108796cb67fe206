"""Live figures: every move of a control retrains, and the picture follows while it is dragged.

    from course_lib.live import COLORS, LiveFigure, LogRange, Panel, Range

    def compute(rate, steps):                              # pure, tested without any widget
        theta = np.cumprod(np.full(steps, 1 - rate))
        return SimpleNamespace(rate=rate, loss=theta**2 / 2)

    def setup(figure):                                     # once: axes, labels, limits, what never moves
        panel = Panel(figure.subplots())
        panel.ax.set(xlabel="step", ylabel="loss", yscale="log", xlim=(0, 100), ylim=(1e-12, 10))
        panel.legend("upper right")
        return panel

    def draw(panel, data):                                 # everything that depends on the data
        panel.line("descent", np.arange(data.loss.size), data.loss, COLORS["blue"])

    def summarize(data):                                   # what is to be seen, for those who cannot
        return f"Rate {data.rate:.3g}: loss {data.loss[-1]:.3g} after {data.loss.size} steps."

    def descent():
        return LiveFigure("Descent", compute, setup, draw, summarize,
                          {"rate": LogRange(0.01, 1, 0.1, label="rate  ε"), "steps": Range(10, 100, 50)})

- A `compute` of more than 60 ms is a generator. Each thing it yields is a picture further on, complete in
  itself (a copy of what still grows), the first within 60 ms and the others at most 50 ms apart; with
  `done`, the share of the run, in it, the figure shows how far it is. A move drops the rest. Tests take
  `last(compute(...))`.
- `setup` returns its panels (alone, or in a list, a dict, ...). What a panel draws is drawn on every update,
  all the rest once; `legend_above(figure, *panels, columns=4)` is a legend that covers nothing.
- Other artists than those of a panel work too: those that `setup` returns are moved in `draw` by `set_data`
  and the like. `draw` may also change limits, titles, ticks: that is noticed and always shown right, but
  costs 25 to 50 ms, because the background is drawn again, as does a label that was not there before.
  So choose limits that serve all settings, or take few different ones, by `panel.limits`.
- The layout is made once, for the default state. Leave room in it for the longest tick labels that can come.
- No pyplot: `figure` is a plain matplotlib Figure. Fonts of 12 points and `COLORS` (Okabe and Ito) come with
  the engine; give every curve a second cue (dashes, a marker) too.
- `Switch(True, label="Adam", beside="lr")` stands with the control `lr`. Labels may be long, a line of their
  own is theirs.
- `descent().behind(prediction)` is covered in the page until the Question `prediction` is answered.
"""

from course_lib.live.box import AlgorithmBox
from course_lib.live.canvas import COLORS
from course_lib.live.controls import Choice, LogRange, Point, Range, Switch
from course_lib.live.figure import LiveFigure, last
from course_lib.live.panel import Panel, legend_above, set_limits
from course_lib.live.question import Question

__all__ = ["COLORS", "AlgorithmBox", "Choice", "LiveFigure", "LogRange", "Panel", "Point", "Question",
           "Range", "Switch", "last", "legend_above", "set_limits"]
