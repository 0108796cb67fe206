"""How long each live figure takes to answer a moved control, in the kernel, against the limit of 150 ms.

Every control is moved from end to end and back to its default, as by a hand: where a full run takes longer than
150 ms the figure answers with its preview. One row a figure: of the medians of its controls the largest. Run it alone,
or with `course bench`.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import asyncio
import statistics
import time

import ipywidgets

from course_lib import explorers

LIMIT = 150  # milliseconds
MOVES = 9  # of a slider from end to end


def positions(widget):
    """The values that a hand takes this widget through, the one it stands at last."""
    if isinstance(widget, ipywidgets.Checkbox):
        return [not widget.value, widget.value]
    if isinstance(widget, (ipywidgets.Dropdown, ipywidgets.SelectionSlider)):
        values = [value for _, value in widget.options] if isinstance(widget.options[0], tuple) else widget.options
        steps = range(0, len(values), max(1, len(values) // MOVES))
        return [*(values[i] for i in steps), values[-1], widget.value]
    kind = int if isinstance(widget, ipywidgets.IntSlider) else float
    between = [kind(widget.min + i * (widget.max - widget.min) / MOVES) for i in range(MOVES)]
    return [*between, widget.max, widget.value]


async def measure(make):
    """{control: milliseconds of every move} of a new figure, and whether a preview was shown."""
    figure = make()
    times, previewed = {}, False
    try:
        for name, widgets in figure._widgets.items():
            times[name] = []
            for widget in widgets:
                for value in positions(widget):
                    if value == widget.value:
                        continue
                    start = time.perf_counter()
                    widget.value = value  # the figure computes and draws before this returns
                    times[name].append((time.perf_counter() - start) * 1e3)
                    if figure.error is not None:
                        raise RuntimeError(f"{figure.title} with {name} = {value}: {figure.traceback}")
                    previewed |= figure.summary.startswith("Preview")
    finally:
        figure.close()
    return times, previewed


def rows():
    """Rows for the table of `course bench`: the limit over the time taken, above 1 where it is kept."""
    table = []
    for name, make in explorers.figures().items():
        times, previewed = asyncio.run(measure(make))
        slowest = max(times, key=lambda control: statistics.median(times[control]))
        ours = statistics.median(times[slowest])
        table.append({"name": f"explorers.{name}, {slowest.replace('_', ' ')}{' (preview)' if previewed else ''}",
                      "ours": ours, "unit": "ms", "peer": "the limit,", "peer_version": f"{LIMIT} ms",
                      "theirs": LIMIT, "ratio": LIMIT / ours})
    return table


if __name__ == "__main__":
    for row in rows():
        print(f"{row['name']:50} {row['ours']:7.0f} ms")
