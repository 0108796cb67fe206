"""A step of an optimizer: this library and torch.optim, 10^3 to 10^7 parameters; and 1,000 runs at once.

All on one thread and in the same number type, the gradient given, taking turns step by step: as in training,
no step finds the processor's caches as the last one left them. Ours also checks that the gradient is finite. Run
it alone, or with `course bench`.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import importlib.metadata
import statistics
import time

import numpy as np

from course_lib.optimizers import SGD, Adam, Momentum, RMSProp
from course_lib.problems import Ravine

SIZES = (10**3, 10**4, 10**5, 10**6, 10**7)
ENTRIES = 10**7  # that all the steps of one optimizer go through, at least: many steps where a step is short
ROUNDS = 15  # steps, at least
RUNS = 1000

# name: our optimizer, torch's, its settings, forms of its step (default: one tensor at a time), number type
METHODS = {
    "SGD": (lambda: SGD(0.001), "SGD", {"lr": 0.001}, ("default",), np.float64),
    "momentum": (lambda: Momentum(0.001), "SGD", {"lr": 0.001, "momentum": 0.9}, ("default",), np.float64),
    "RMSProp": (RMSProp, "RMSprop", {}, ("default",), np.float64),
    "Adam": (Adam, "Adam", {}, ("default", "foreach", "fused"), np.float64),
    "Adam, float32": (Adam, "Adam", {}, ("default",), np.float32),
}


class Given:
    """An objective whose gradient is known already."""

    def __init__(self, g):
        self.g = g

    def gradient(self, theta):
        return self.g


def ours(optimizer, g):
    theta, f = np.zeros_like(g), Given(g)
    return lambda: optimizer.step(theta, f)


def theirs(name, settings, form, g):
    import torch

    torch.set_num_threads(1)
    theta = torch.zeros(g.shape, dtype=torch.from_numpy(g).dtype, requires_grad=True)
    theta.grad = torch.from_numpy(g)
    return getattr(torch.optim, name)([theta], **settings, **({} if form == "default" else {form: True})).step


def rows():
    """Rows for the table of `course bench`: time of the peer's step over the time of ours."""
    return [*steps(), many_runs("momentum", lambda: Momentum(0.001)), many_runs("Adam", Adam)]


def steps():
    try:
        version = importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError:
        return [{"name": "optimizer step", "peer": "torch.optim", "left_out": "torch is not installed"}]
    table = []
    for name, (make, torch_name, settings, forms, dtype) in METHODS.items():
        for size in SIZES:
            g = np.random.default_rng(0).standard_normal(size).astype(dtype)
            times = in_turn([ours(make(), g), *(theirs(torch_name, settings, form, g) for form in forms)],
                            min(1000, max(ROUNDS, ENTRIES // size)))
            for form, time_of_peer in zip(forms, times[1:]):
                table.append({"name": f"{name} step, {size:,} parameters", "unit": "µs",
                              "peer": f"torch.optim, {form}", "peer_version": version,
                              "ours": times[0], "theirs": time_of_peer, "ratio": time_of_peer / times[0]})
    return table


def many_runs(name, make):
    """One step of 1,000 runs in two dimensions at once, against a loop over them."""
    f, starts = Ravine(), np.random.default_rng(0).standard_normal((RUNS, 2))
    at_once, thetas = starts.copy(), list(starts.copy())
    optimizer, singles = make(), [make() for _ in range(RUNS)]

    def loop():
        for single, theta in zip(singles, thetas):
            single.step(theta, f)

    mine, looped = in_turn([lambda: optimizer.step(at_once, f), loop], ROUNDS)
    return {"name": f"{name} step, {RUNS:,} runs in two dimensions at once", "unit": "µs",
            "peer": "a loop", "peer_version": "over the runs",
            "ours": mine, "theirs": looped, "ratio": looped / mine}


def in_turn(calls, rounds):
    """Median microseconds of each call, measured in turn so that a slow moment of the machine hits all."""
    times = [[] for _ in calls]
    for call in calls:
        call()  # the first step makes the state
    for _ in range(rounds):
        for call, found in zip(calls, times):
            start = time.perf_counter()
            call()
            found.append((time.perf_counter() - start) * 1e6)
    return [statistics.median(found) for found in times]


if __name__ == "__main__":
    for row in rows():
        print(row)
