"""One training step of the 64-64-64-10 network on a batch of 32: this library, PyTorch in eager mode, scikit-learn.

All on one thread and in the same number type, momentum 0.9, the three taking turns. Run it alone, or with `course bench`.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import importlib.metadata
import statistics
import time

import numpy as np

from course_lib import losses
from course_lib.layers import Dense, ReLU
from course_lib.network import Network
from course_lib.optimizers import Momentum

SIZES = (64, 64, 64, 10)
BATCH, ROUNDS = 32, 25
RATE = 0.001  # small: a unit that dies leaves its velocity to decay into denormal numbers, which are slow in all three
PASS = 200  # steps in one measurement; scikit-learn makes them in one call, so that it checks its input once


def ours(x, y, dtype):
    rng = np.random.default_rng(0)
    network = Network([Dense(64, 64), ReLU(), Dense(64, 64), ReLU(), Dense(64, 10)],
                      losses.softmax_cross_entropy, rng, dtype=dtype)
    optimizer, f = Momentum(RATE), network.objective(x, y)
    return repeated(lambda: optimizer.step(network.theta, f))


def eager_torch(x, y, dtype):
    import torch

    torch.set_num_threads(1)
    kind = torch.float64 if dtype == np.float64 else torch.float32
    model = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 64), torch.nn.ReLU(),
                                torch.nn.Linear(64, 10)).to(kind)
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE, momentum=0.9)
    x, y = torch.tensor(x, dtype=kind), torch.tensor(y)

    def step():
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()

    return repeated(step)


def scikit_learn(x, y, dtype):
    from sklearn.neural_network import MLPClassifier

    model = MLPClassifier((64, 64), solver="sgd", learning_rate_init=RATE, momentum=0.9, nesterovs_momentum=False,
                          alpha=0.0, batch_size=BATCH)
    x, y = np.tile(x.astype(dtype), (PASS, 1)), np.tile(y, PASS)
    model.partial_fit(x, y, classes=np.arange(10))
    return lambda: model.partial_fit(x, y)


def rows():
    """Rows for the table of `course bench`: time of the peer's step over the time of ours."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((BATCH, 64)), rng.integers(0, 10, BATCH)
    table = []
    for dtype in (np.float64, np.float32):
        for peer, package, make in (("PyTorch eager", "torch", eager_torch),
                                    ("scikit-learn MLPClassifier", "scikit-learn", scikit_learn)):
            row = {"name": f"training step 64-64-64-10, batch 32, {np.dtype(dtype)}", "peer": peer, "unit": "µs"}
            try:
                row["peer_version"] = importlib.metadata.version(package)
            except importlib.metadata.PackageNotFoundError:
                table.append(row | {"left_out": f"{package} is not installed"})
                continue
            mine, theirs = in_turn(ours(x, y, dtype), make(x, y, dtype))
            table.append(row | {"ours": mine, "theirs": theirs, "ratio": theirs / mine})
    return table


def in_turn(ours, theirs):
    """Median microseconds of a step of each, measured in turn so that a slow moment of the machine hits both."""
    times = ([], [])
    for _ in range(ROUNDS):
        for run, found in zip((ours, theirs), times):
            start = time.perf_counter()
            run()
            found.append((time.perf_counter() - start) / PASS * 1e6)
    return [statistics.median(found) for found in times]


def repeated(step):
    def run():
        for _ in range(PASS):
            step()

    return run


if __name__ == "__main__":
    for row in rows():
        print(row)
