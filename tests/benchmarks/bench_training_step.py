"""A whole training step, gradient and update, on one batch: this library and its peers, one thread each.

A network of 64-64-64-10 ReLU units, batches of 32, momentum and Adam, the same number type, taking turns. JAX
is there twice: `jit` of one step (a second thread may compute while Python prepares the next), and a compiled
loop over the steps (`lax.scan`). Both are compiled anew for each new shape; how long that took stands beside
the name. Numpy alone shows where the time of a step goes: its matrix products by themselves, and the whole step
written out for this one network, into buffers made once, with nothing checked. Run it alone, or with `course
bench`.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false")

import importlib.metadata
import statistics
import time

import numpy as np

from course_lib import losses
from course_lib.initializers import he_normal
from course_lib.layers import Dense, ReLU
from course_lib.network import Network
from course_lib.optimizers import Adam, Momentum

SIZES = (64, 64, 64, 10)
BATCH, ROUNDS = 32, 25
RATE = 0.001  # small: the velocity of a unit that dies decays into denormal numbers, which are slow in all
RATE_OF_ADAM = 1e-6  # smaller: its steps do not shrink with the gradient, and kill units sooner
PASS = 200  # steps in one measurement; scikit-learn makes them in one call, so that it checks its input once
METHODS = ("momentum", "Adam")


def ours(x, y, dtype, method):
    rng = np.random.default_rng(0)
    network = Network([Dense(64, 64), ReLU(), Dense(64, 64), ReLU(), Dense(64, 10)],
                      losses.softmax_cross_entropy, rng, dtype=dtype)
    optimizer = Momentum(RATE) if method == "momentum" else Adam(RATE_OF_ADAM)
    f = network.objective(x, y)
    return repeated(lambda: optimizer.step(network.theta, f))


def products(x, y, dtype, method):
    sizes, rng = list(zip(SIZES, SIZES[1:])), np.random.default_rng(0)
    W = [rng.standard_normal(shape).astype(dtype) for shape in sizes]
    h = [rng.standard_normal((BATCH, size)).astype(dtype) for size in SIZES]
    dW, dh = [np.empty_like(each) for each in W], [np.empty_like(each) for each in h]

    def step():
        for i in range(3):
            np.matmul(h[i], W[i], out=dh[i + 1])
        for i in (2, 1, 0):
            np.matmul(h[i].T, h[i + 1], out=dW[i])
        for i in (2, 1):
            np.matmul(h[i + 1], W[i].T, out=dh[i])

    return repeated(step)


def written_out(x, y, dtype, method):
    rng = np.random.default_rng(0)
    ends = np.cumsum([0] + [(m + 1) * n for m, n in zip(SIZES, SIZES[1:])])
    theta, g, v, s, r, a, b = (np.zeros(ends[-1], dtype) for _ in range(7))
    parts = [[(each[e:e + m * n].reshape(m, n), each[e + m * n:e + (m + 1) * n])
              for e, m, n in zip(ends, SIZES, SIZES[1:])] for each in (theta, g)]
    for (W, _), shape in zip(parts[0], zip(SIZES, SIZES[1:])):
        W[:] = he_normal(rng, shape)
    h = [x.astype(dtype), *(np.empty((BATCH, size), dtype) for size in SIZES[1:])]
    d, row, target, t = [np.empty_like(each) for each in h], np.arange(BATCH), y, 0

    def gradient():
        for i, (W, bias) in enumerate(parts[0]):
            np.matmul(h[i], W, out=h[i + 1])
            np.add(h[i + 1], bias, out=h[i + 1])
            if i < 2:
                np.maximum(h[i + 1], 0, out=h[i + 1])
        z = h[3] - h[3].max(axis=1, keepdims=True)
        p = np.exp(z, out=d[3])
        p /= p.sum(axis=1, keepdims=True)
        p[row, target] -= 1
        p /= BATCH
        for i in (2, 1, 0):
            dW, dbias = parts[1][i]
            np.matmul(h[i].T, d[i + 1], out=dW)
            d[i + 1].sum(axis=0, out=dbias)
            if i:
                np.matmul(d[i + 1], parts[0][i][0].T, out=d[i])
                np.multiply(d[i], h[i] > 0, out=d[i])

    def momentum():
        gradient()
        np.multiply(v, 0.9, out=v)
        np.multiply(g, RATE, out=a)
        np.subtract(v, a, out=v)
        np.add(theta, v, out=theta)

    def adam():
        nonlocal t
        gradient()
        t += 1
        np.multiply(s, 0.9, out=s)
        np.multiply(g, 0.1, out=a)
        np.add(s, a, out=s)
        np.multiply(g, g, out=a)
        np.multiply(a, 0.001, out=a)
        np.multiply(r, 0.999, out=r)
        np.add(r, a, out=r)
        np.multiply(r, 1 / (1 - 0.999**t), out=a)
        np.sqrt(a, out=a)
        np.add(a, 1e-8, out=a)
        np.multiply(s, RATE_OF_ADAM / (1 - 0.9**t), out=b)
        np.divide(b, a, out=b)
        np.subtract(theta, b, out=theta)

    return repeated(momentum if method == "momentum" else adam)


def eager_torch(x, y, dtype, method):
    import torch

    torch.set_num_threads(1)
    kind = torch.float64 if dtype == np.float64 else torch.float32
    model = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 64),
                                torch.nn.ReLU(), torch.nn.Linear(64, 10)).to(kind)
    optimizer = (torch.optim.SGD(model.parameters(), lr=RATE, momentum=0.9) if method == "momentum" else
                 torch.optim.Adam(model.parameters(), lr=RATE_OF_ADAM))
    x, y = torch.tensor(x, dtype=kind), torch.tensor(y)

    def step():
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()

    return repeated(step)


def scikit_learn(x, y, dtype, method):
    from sklearn.neural_network import MLPClassifier

    settings = ({"solver": "sgd", "learning_rate_init": RATE, "momentum": 0.9, "nesterovs_momentum": False}
                if method == "momentum" else {"solver": "adam", "learning_rate_init": RATE_OF_ADAM})
    model = MLPClassifier((64, 64), alpha=0.0, batch_size=BATCH, **settings)
    x, y = np.tile(x.astype(dtype), (PASS, 1)), np.tile(y, PASS)
    model.partial_fit(x, y, classes=np.arange(10))
    return lambda: model.partial_fit(x, y)


def jax_state(x, y, dtype, method):
    """(update, state, batch): `update(state, batch)` is the state after one step. Nothing is compiled yet."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", dtype == np.float64)
    rng = np.random.default_rng(0)
    parameters = [(jnp.asarray(he_normal(rng, shape), dtype), jnp.zeros(shape[1], dtype))
                  for shape in zip(SIZES, SIZES[1:])]
    zeros = jax.tree.map(jnp.zeros_like, parameters)

    def loss(parameters, x, y):
        *hidden, (W, b) = parameters
        for W_i, b_i in hidden:
            x = jax.nn.relu(x @ W_i + b_i)
        return -(y * jax.nn.log_softmax(x @ W + b)).sum(axis=-1).mean()

    def momentum(state, batch):
        parameters, v = state
        g = jax.grad(loss)(parameters, *batch)
        v = jax.tree.map(lambda v, g: 0.9 * v - RATE * g, v, g)
        return jax.tree.map(jnp.add, parameters, v), v

    def adam(state, batch):
        parameters, s, r, t = state
        g, t = jax.grad(loss)(parameters, *batch), t + 1
        s = jax.tree.map(lambda s, g: 0.9 * s + 0.1 * g, s, g)
        r = jax.tree.map(lambda r, g: 0.999 * r + 0.001 * g * g, r, g)
        return jax.tree.map(lambda theta, s, r: theta - RATE_OF_ADAM * (s / (1 - 0.9**t))
                            / (jnp.sqrt(r / (1 - 0.999**t)) + 1e-8), parameters, s, r), s, r, t

    batch = jnp.asarray(x, dtype), jnp.asarray(np.eye(10)[y], dtype)
    if method == "momentum":
        return momentum, (parameters, zeros), batch
    return adam, (parameters, zeros, zeros, jnp.zeros((), dtype)), batch


def jax_jit(x, y, dtype, method):
    import jax

    update, state, batch = jax_state(x, y, dtype, method)
    update = jax.jit(update)

    def run():
        nonlocal state
        for _ in range(PASS):
            state = update(state, batch)
        jax.block_until_ready(state)

    return run


def jax_scan(x, y, dtype, method):
    import jax

    update, state, batch = jax_state(x, y, dtype, method)
    loop = jax.jit(lambda state, batch: jax.lax.scan(lambda state, _: (update(state, batch), None), state,
                                                     length=PASS)[0])

    def run():
        nonlocal state
        state = jax.block_until_ready(loop(state, batch))

    return run


PEERS = {  # name: (package, what makes its run of PASS steps, whether it is compiled first)
    "PyTorch eager": ("torch", eager_torch, False),
    "scikit-learn MLPClassifier": ("scikit-learn", scikit_learn, False),
    "JAX, jit of one step": ("jax", jax_jit, True),
    "JAX, lax.scan over the steps": ("jax", jax_scan, True),
    "numpy, matrix products alone": ("numpy", products, False),
    "numpy, this step written out": ("numpy", written_out, False),
}


def rows():
    """Rows for the table of `course bench`. The ratio, peer's time over ours, is a median over the rounds."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((BATCH, 64)), rng.integers(0, 10, BATCH)
    return [row(x, y, dtype, method, peer) for method in METHODS for dtype in (np.float64, np.float32)
            for peer in PEERS]


def row(x, y, dtype, method, peer):
    package, make, compiled = PEERS[peer]
    name = f"training step 64-64-64-10, batch 32, {method}, {np.dtype(dtype)}"
    try:
        version = importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return {"name": name, "peer": peer, "left_out": f"{package} is not installed"}
    mine, theirs = ours(x, y, dtype, method), make(x, y, dtype, method)
    first = seconds(theirs)
    # In turn, so that a slow moment of the machine hits both.
    times = [(seconds(mine) / PASS * 1e6, seconds(theirs) / PASS * 1e6) for _ in range(ROUNDS)]
    ours_median, theirs_median = (statistics.median(found) for found in zip(*times))
    if compiled:
        peer += f", compiled in {first - PASS * theirs_median / 1e6:.1f} s"
    return {"name": name, "unit": "µs", "peer": peer, "peer_version": version, "ours": ours_median,
            "theirs": theirs_median, "ratio": statistics.median(b / a for a, b in times)}


def seconds(run):
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def repeated(step):
    def run():
        for _ in range(PASS):
            step()

    return run


if __name__ == "__main__":
    for each in rows():
        print(each)
