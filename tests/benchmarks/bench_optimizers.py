"""A step of an optimizer: this library and torch.optim, 10^3 to 10^7 parameters; and 1,000 runs at once.

The parameters are those of a network of six layers, held as each library holds them: torch twelve tensors, this
one a flat vector (rows "in one tensor" give torch a flat vector too). One thread, the same number type, taking
turns step by step. Before each step its gradient is written anew and other data goes through the processor's
caches, as in training. Ours also checks that the gradient is finite. Run it alone, or with `course bench`.
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

WIDTHS = (11, 44, 149, 491, 1574)  # of the five hidden layers: about 10^3, 10^4, ..., 10^7 parameters
INPUTS, OUTPUTS = 64, 10
ENTRIES = 6 * 10**7  # that all the steps of one optimizer go through, at least: many steps where a step is short
ROUNDS = 25  # steps, at least
RUNS = 1000
ACTIVATIONS = np.zeros(2**18)  # 2 MB that a training step would touch between two updates

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


def ours(optimizer, size, dtype):
    """The gradient, and a call that makes one step with it."""
    g = np.random.default_rng(0).standard_normal(size).astype(dtype)
    theta, f = np.zeros_like(g), Given(g)
    return [g], lambda: optimizer.step(theta, f)


def theirs(name, settings, form, shapes, dtype):
    """The gradients of tensors of these shapes, and a call that makes one step with them."""
    import torch

    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    gradients = [rng.standard_normal(shape).astype(dtype) for shape in shapes]
    thetas = [torch.zeros(g.shape, dtype=torch.from_numpy(g).dtype, requires_grad=True) for g in gradients]
    for theta, g in zip(thetas, gradients):
        theta.grad = torch.from_numpy(g)  # the same memory
    settings = {**settings, **({} if form == "default" else {form: True})}
    return gradients, getattr(torch.optim, name)(thetas, **settings).step


def shapes_of(width):
    """The shapes of weights and biases of a network with five hidden layers."""
    sizes = (INPUTS, *[width] * 5, OUTPUTS)
    return [shape for pair in zip(sizes, sizes[1:]) for shape in (pair, pair[1:])]


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
        for width in WIDTHS:
            shapes = shapes_of(width)
            size = sum(int(np.prod(shape)) for shape in shapes)
            peers = {f"torch.optim, {form}": (form, shapes) for form in forms}
            peers["torch.optim, default, in one tensor"] = ("default", [(size,)])
            times = in_turn([ours(make(), size, dtype),
                             *(theirs(torch_name, settings, form, held, dtype) for form, held in peers.values())],
                            min(1000, max(ROUNDS, ENTRIES // size)))
            for peer, time_of_peer in zip(peers, times[1:]):
                table.append({"name": f"{name} step, {size:,} parameters", "unit": "µs",
                              "peer": peer, "peer_version": version,
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

    mine, looped = in_turn([([], lambda: optimizer.step(at_once, f)), ([], loop)], ROUNDS)
    return {"name": f"{name} step, {RUNS:,} runs in two dimensions at once", "unit": "µs",
            "peer": "a loop", "peer_version": "over the runs",
            "ours": mine, "theirs": looped, "ratio": looped / mine}


def in_turn(pairs, rounds):
    """Median microseconds of each (arrays, call), in turn so that a slow moment of the machine hits all.

    Before each call its arrays are written anew.
    """
    times = [[] for _ in pairs]
    for _, call in pairs:
        call()  # the first step makes the state
    for _ in range(rounds):
        for (arrays, call), found in zip(pairs, times):
            np.add(ACTIVATIONS, 1, out=ACTIVATIONS)
            for array in arrays:
                np.negative(array, out=array)
            start = time.perf_counter()
            call()
            found.append((time.perf_counter() - start) * 1e6)
    return [statistics.median(found) for found in times]


if __name__ == "__main__":
    for row in rows():
        print(row)
