"""How long each live figure takes to answer a moved control, in the kernel: to its first picture, and to its last.

Every control of every figure is moved from end to end and back to its start, as by a hand that waits at each
place until the picture is complete. One row for each control and picture, the median of its moves, the worst
compared with its limit first: 60 ms for the first picture, 3 s for the last. What is measured is the time of
the processor, which on an idle machine is that of the clock: whatever else runs does not count. Run it alone,
or with `course bench`.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import asyncio
import statistics
import sys
import time

import ipywidgets

from course_lib import explorers

LIMITS = {"first": 60, "last": 3000}  # milliseconds
MOVES = 5  # of a slider from end to end


def positions(widget):
    """The values that a hand takes this widget through, the one it stands at last."""
    if isinstance(widget, ipywidgets.Checkbox):
        return [not widget.value, widget.value]
    if isinstance(widget, (ipywidgets.Dropdown, ipywidgets.SelectionSlider)):
        values = [value for _, value in widget.options]
        steps = range(0, len(values), max(1, len(values) // MOVES))
        return [*(values[i] for i in steps), values[-1], widget.value]
    kind = int if isinstance(widget, ipywidgets.IntSlider) else float
    between = [kind(widget.min + i * (widget.max - widget.min) / MOVES) for i in range(MOVES)]
    return [*between, widget.max, widget.value]


async def move(figure, widget, value):
    """Milliseconds from a move to the first picture, and to the last."""
    start = time.process_time()
    widget.value = value  # returns when there is a picture
    first = time.process_time()
    if figure._task is not None:
        await figure._task
    last = time.process_time()
    if figure.error is not None:
        raise RuntimeError(f"{figure.title} with {figure.values}: {figure.traceback}")
    return {"first": 1e3 * (first - start), "last": 1e3 * (last - start)}


async def measure(make):
    """{control: the times of all its moves} of a new figure."""
    figure = make()
    try:
        return {name: [await move(figure, widget, value) for widget in widgets
                       for value in positions(widget) if value != widget.value]
                for name, widgets in figure._widgets.items()}
    finally:
        figure.close()


def rows():
    """Rows for the table of `course bench`: the limit over the time taken, above 1 where it is kept."""
    table = []
    for name, make in explorers.figures().items():
        print(name, file=sys.stderr, flush=True)
        for control, times in asyncio.run(measure(make)).items():
            for picture, limit in LIMITS.items():
                ours = statistics.median(each[picture] for each in times)
                table.append({"name": f"explorers.{name}, {control.replace('_', ' ')}: {picture} picture",
                              "ours": ours, "unit": "ms", "peer": "the limit,", "peer_version": f"{limit} ms",
                              "theirs": limit, "ratio": limit / ours})
    return sorted(table, key=lambda row: row["ratio"])


if __name__ == "__main__":
    for row in rows():
        print(f"{row['name']:60} {row['ours']:7.0f} ms, limit {row['peer_version']}")
