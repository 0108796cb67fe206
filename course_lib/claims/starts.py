"""What the experiments of lecture 3 are made of: signals through layers, units, networks in training."""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from course_lib import datasets, losses
from course_lib.initializers import he_normal, lecun_normal, sparse
from course_lib.layers import Dense, LeakyReLU, ReLU, Sigmoid, Tanh
from course_lib.network import Network
from course_lib.optimizers import SGD, Momentum
from course_lib.training import train

from .runs import draw, generators

ACTIVATIONS = {"ReLU": ReLU(), "tanh": Tanh(), "sigmoid": Sigmoid(), "linear": LeakyReLU(1.0)}
STARTS = 12             # initial points for each data set
TARGET = 0.1            # training loss at which a run on the rings counts as done
GAINS = np.array([1 / 8, 1 / 2, 1, 2, 4])


# Signals

def scaled(scheme, gain):
    """The scheme, every weight times gain."""
    return lambda rng, shape: gain * scheme(rng, shape)


def propagate(scheme, activation, depth, width, rng, examples=64):
    """Noise sent forward and backward through `depth` layers of equal width, biases 0.

    Gives the activations h_0 (the input) to h_depth, and dL/dh from the last layer back to the input, each
    (depth + 1, examples, width). Input and last gradient have entries of variance 1.
    """
    layers = [layer for _ in range(depth) for layer in (Dense(width, width, scheme), activation)]
    network = Network(layers, losses.mean_squared_error, rng)
    last, tape = network.forward(network.theta, rng.standard_normal((examples, width)), train=True)
    activations = [x for layer, _, x in tape if isinstance(layer, Dense)] + [last]  # a Dense keeps its input
    unused = network.views(np.empty_like(network.theta))
    gradients = [rng.standard_normal(last.shape)]
    dy = gradients[0]
    for (layer, p, cache), g in zip(reversed(tape), reversed(unused)):
        dy = layer.backward(p, cache, dy, g)
        if isinstance(layer, Dense):
            gradients.append(dy)
    return np.array(activations), np.array(gradients)


def growth(seeds, name, gain, depth=15):
    """Factor per layer of the mean square, forward and backward: (2, seeds)."""
    scheme = scaled(he_normal if name == "ReLU" else lecun_normal, gain)
    squares = np.array([[(values**2).mean(axis=(1, 2))
                         for values in propagate(scheme, ACTIVATIONS[name], depth, 64, rng, 32)]
                        for rng in generators(seeds)])
    # tanh cuts down the input at the first layer, whatever the gain: the factors are those from there on.
    return ((squares[..., -1] / squares[..., 1]) ** (1 / (depth - 1))).T


def depth_factor(seeds, scheme):
    """Of the mean square over 50 ReLU layers: the factor per layer, and the whole factor, (seeds,) each."""
    squares = np.array([(propagate(scheme, ReLU(), 50, 64, rng, 32)[0] ** 2).mean(axis=(1, 2))
                        for rng in generators(seeds)])
    end = squares[:, -1] / squares[:, 0]
    return end ** (1 / 50), end


def hidden_states(U, h, steps):
    """h = tanh(h U), `steps` times, from h (..., rows, n): (steps + 1, ..., rows, n)."""
    states = [h]
    for _ in range(steps):
        states.append(np.tanh(states[-1] @ U))
    return np.array(states)


def lyapunov(U, states):
    """Mean logarithm of the growth of a small distance per step, along states (steps + 1, ..., rows, n).

    The distance is followed by the derivative of a step, d_t+1 = (d_t U) (1 - h_t+1^2), and kept at length 1.
    The first fifth of the time, in which it turns into the direction that grows fastest, is left out.
    """
    d, rates = np.ones_like(states[0]), []
    for h in states[1:]:
        d = (d @ U) * (1 - h * h)
        length = np.linalg.norm(d, axis=-1, keepdims=True)
        d = d / length
        rates.append(np.log(length[..., 0]))
    return np.mean(rates[len(rates) // 5:], axis=0)


def lyapunov_exponents(seeds, gains, n=96, steps=150):
    """(seeds, gains), one Gaussian matrix and one start for each seed."""
    rngs = generators(seeds)
    U = draw(rngs, lambda rng: lecun_normal(rng, (n, n)))[:, None] * gains[:, None, None]
    h = draw(rngs, lambda rng: rng.standard_normal((1, n)))[:, None]
    states = hidden_states(U, np.broadcast_to(h, U.shape[:2] + (1, n)), steps)
    return lyapunov(U, states)[..., 0]


# Units

def equal(rng, shape):
    """All units alike: into the hidden layer one random column for all of them, out of it one number."""
    return np.tile(rng.standard_normal((shape[0], 1)), (1, shape[1])) if shape[0] == 2 else np.full(shape,
                                                                                                    0.5)


def separation(weights):
    """Largest entry in which two units differ, from weights (..., n_in, units): (...)."""
    return np.ptp(weights, axis=-1).max(axis=-1)


def cosines(W):
    """Mean |cosine| between two units, columns of W."""
    unit = W / np.linalg.norm(W, axis=0)
    return float(np.abs(unit.T @ unit)[~np.eye(W.shape[1], dtype=bool)].mean())


def effective_rank(W):
    """exp of the entropy of the singular values of W (..., n, m), as shares of their sum: (...).

    Roy & Vetterli 2007.
    """
    s = np.linalg.svd(W, compute_uv=False)
    p = np.maximum(s / s.sum(axis=-1, keepdims=True), 1e-300)
    return np.exp(-(p * np.log(p)).sum(axis=-1))


def gram_schmidt_products(n):
    """Multiplications of `gram_schmidt` on (n, n): four products of (n, k) with a vector for column k."""
    return sum(4 * n * k for k in range(n))


def random_signs(rng, shape):
    """All weights of one size, He's variance."""
    return np.sqrt(2 / shape[0]) * rng.choice([-1.0, 1.0], shape)


def one_weight(rng, shape):
    """One weight per unit is not zero, He's variance over the matrix."""
    return sparse(rng, shape, 1, float(np.sqrt(2)))


# Networks on the rings, one data set for each seed

@lru_cache(maxsize=4)
def ring_losses(seeds, units, updates=500):
    """Training loss after each update, from STARTS random starts: (updates + 1, seeds, STARTS)."""
    rngs = generators(seeds)
    x, y = ring_data(rngs, STARTS)
    network = ring_network(units, he_normal, he_normal, len(x), activation=ReLU())
    network.theta[:] = [ring_network(units, he_normal, he_normal, rng=child, activation=ReLU()).theta
                        for rng in rngs for child in ring_starts(rng)]
    f, rule, values = network.objective(x, y), Momentum(0.1, 0.9), []
    for _ in range(updates):
        rule.step(network.theta, f)
        values.append(f.last_value)
    return np.array(values + [f.value(network.theta)]).reshape(updates + 1, len(seeds), STARTS)


def ring_starts(rng):
    """A generator for each start."""
    return rng.spawn(STARTS)


def arrivals(loss):
    """Number of the first update with a loss of TARGET or less, nan where there is none: (seeds, STARTS)."""
    reached = loss <= TARGET
    return np.where(reached.any(axis=0), reached.argmax(axis=0), np.nan)


def slowest_over_fastest(updates):
    """Of the starts that arrive, from `arrivals`: (seeds,). 1 where none does."""
    none = np.isnan(updates).all(axis=1, keepdims=True)
    updates = np.where(none, 1.0, updates)
    return np.nanmax(updates, axis=1) / np.nanmin(updates, axis=1)


def rings_weights(seeds, scheme_in, scheme_out, *more, updates=300):
    """Weights into six hidden units after training, (seeds, 2, 6), and the last loss (seeds,)."""
    rngs = generators(seeds)
    x, y = ring_data(rngs, 1)
    network = ring_network(6, scheme_in, scheme_out, len(x), more=more)
    network.theta[:] = [ring_network(6, scheme_in, scheme_out, rng=rng, more=more).theta for rng in rngs]
    network.noise_keys[:] = seeds
    rule = Momentum(0.1, 0.9)
    for _ in range(updates):
        f = network.objective(x, y)         # with dropout, every update has its own masks
        rule.step(network.theta, f)
    return network.views(network.theta)[0]["W"], f.last_value


def ring_data(rngs, repeat):
    sets = [datasets.load("rings", rng, n=20) for rng in rngs]
    return tuple(np.repeat(np.stack([getattr(data, name) for data in sets]), repeat, axis=0) for name in "xy")


def ring_network(units, scheme_in, scheme_out, runs=None, rng=None, more=(), activation=Tanh()):
    return Network([Dense(2, units, scheme_in), activation, *more, Dense(units, 2, scheme_out)],
                   losses.softmax_cross_entropy, rng or np.random.default_rng(0), runs)


# Networks on the digits

@lru_cache(maxsize=1)
def small_digits():
    """The digits with every fourth training example only, so that there is something to overfit."""
    data = datasets.load("digits")
    return replace(data, x=data.x[::4], y=data.y[::4])


def digits_network(hidden, activation, scheme, rng, runs=None):
    sizes = [64] + [16] * hidden
    layers = [layer for a, b in zip(sizes, sizes[1:]) for layer in (Dense(a, b, scheme), activation)]
    return Network(layers + [Dense(16, 10, scheme)], losses.softmax_cross_entropy, rng, runs, np.float32)


def first_weights(seeds, starts, hidden, activation=ReLU()):
    """theta (seeds * starts, P); a start is a scheme and the number of the draw from it."""
    return np.stack([digits_network(hidden, activation, scheme, np.random.default_rng([seed, number])).theta
                     for seed in seeds for scheme, number in starts])


def trained(seeds, starts, hidden, rate, passes, activation=ReLU(), records=False):
    """The networks, and {measure: (records, seeds, starts)}; one record at each end, or after each pass too.

    All starts of a seed see the examples in the same order.
    """
    networks = digits_network(hidden, activation, he_normal, np.random.default_rng(0),
                              len(seeds) * len(starts))
    networks.theta[:] = first_weights(seeds, starts, hidden, activation)
    rngs = [np.random.default_rng(seed) for seed in seeds for _ in starts]
    kept = list(train(networks, small_digits(), SGD(rate), epochs=passes, batch_size=30, rng=rngs,
                      every=None if records else 12 * passes))
    shape = len(kept), len(seeds), len(starts)
    return networks, {name: np.array([getattr(record, name) for record in kept], float).reshape(shape)
                      for name in ("loss", "accuracy", "test_loss", "test_accuracy")}


@lru_cache(maxsize=4)
def gain_runs(seeds):
    return trained(seeds, [(scaled(he_normal, gain), 0) for gain in GAINS], 1, 0.1, 25)[1]


DRAWS = 10          # of one scheme, compared at equal cost


@lru_cache(maxsize=4)
def at_equal_cost(seeds, cost=0.2):
    """Passes until the training loss is `cost`, and the test loss there: (seeds, DRAWS + 1) each.

    The last is the run from doubled weights. Where not all runs of a seed come down to it, the lowest cost that they share takes its place.
    """
    runs = trained(seeds, [*((he_normal, i) for i in range(DRAWS)), (scaled(he_normal, 2.0), 0)], 1, 0.1, 22,
                   records=True)[1]
    loss, test = np.log(runs["loss"]), np.log(runs["test_loss"])
    shared = np.maximum(np.log(cost), loss.min(axis=0).max(axis=1, keepdims=True))
    after = np.maximum((loss <= shared).argmax(axis=0), 1)[None]            # the first record at or below it
    l0, l1, t0, t1 = (np.take_along_axis(x, at, 0)[0] for x in (loss, test) for at in (after - 1, after))
    share = (shared - l0) / (l1 - l0)
    return after[0] - 1 + share, np.exp(t0 + share * (t1 - t0))


def shape_gaps(seeds, scheme):
    """Final training loss from `scheme` against Gaussian: difference over its error, and ratio, (seeds,)."""
    loss = trained(seeds, [(kind, i) for kind in (he_normal, scheme) for i in range(4)], 1, 0.1,
                   4)[1]["loss"][-1]
    loss = loss.reshape(len(seeds), 2, 4)
    error = np.sqrt(loss.var(axis=2, ddof=1).sum(axis=1) / 4)
    mean = loss.mean(axis=2)
    return (mean[:, 1] - mean[:, 0]) / error, mean[:, 1] / mean[:, 0]


def layer_ratio(networks, theta):
    """Mean square of the last hidden layer over the first, on the test examples: (runs,)."""
    _, tape = networks.forward(theta, small_digits().x_test.astype(np.float32), train=False)
    squares = [(cache.astype(float) ** 2).mean(axis=(-2, -1)) for layer, _,
               cache in tape if isinstance(layer, ReLU)]
    return squares[-1] / squares[0]
