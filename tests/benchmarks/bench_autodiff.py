"""The gradient of a network's loss by the two modes of differentiation: time against the number of parameters.

What lecture 2 counts in operations, by the clock: one reverse sweep, against one forward sweep for each parameter.
Run it alone, or with `course bench`.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import statistics
import time

import numpy as np

from course_lib.claims.autodiff import by_forward, by_reverse, network

UNITS = (1, 4, 16, 64)  # hidden
ROUNDS = 15


def rows():
    """Rows for the table of `course bench`: time of the forward sweeps over that of the reverse one."""
    table = []
    for units in UNITS:
        loss, theta = network(np.random.default_rng(0), units)
        modes = by_reverse(loss), by_forward(loss)
        times = [[], []]
        for _ in range(ROUNDS):
            for mode, found in zip(modes, times):
                start = time.perf_counter()
                mode(theta)
                found.append((time.perf_counter() - start) * 1e6)
        ours, theirs = map(statistics.median, times)
        table.append({"name": f"gradient by reverse mode, {theta.size} parameters", "ours": ours, "unit": "µs",
                      "peer": "forward mode,", "peer_version": f"{theta.size} sweeps", "theirs": theirs,
                      "ratio": theirs / ours})
    return table


if __name__ == "__main__":
    for row in rows():
        print(row)
