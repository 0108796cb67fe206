"""Signals on their way through layers and through time, and how different units are: lecture 3."""

import numpy as np

from course_lib import losses
from course_lib.layers import Dense, LeakyReLU, ReLU, Sigmoid, Tanh
from course_lib.network import Network

ACTIVATIONS = {"ReLU": ReLU(), "tanh": Tanh(), "sigmoid": Sigmoid(), "linear": LeakyReLU(1.0)}


def scaled(scheme, gain):
    """The scheme, every weight times gain."""
    return lambda rng, shape: gain * scheme(rng, shape)


def propagate(scheme, activation, depth, width, rng, examples=64):
    """Noise sent forward and backward through `depth` layers of equal width, biases 0.

    Gives the activations h_0 (the input) to h_depth, and dL/dh from the last layer back to the input, each
    (depth + 1, examples, width). Input and last gradient have entries of variance 1.
    """
    return passes(scheme, activation, depth, width, rng, examples)[:2]


def passes(scheme, activation, depth, width, rng, examples=64, runs=None):
    """What `propagate` gives, and as a third dL/dW of the weights from the last layer back to the first.

    dL/dW, (depth, width, width), is the mean over the examples. `runs=K` is K networks at once: each array
    has an axis K behind that of the layers.
    """
    layers = [layer for _ in range(depth) for layer in (Dense(width, width, scheme), activation)]
    network = Network(layers, losses.mean_squared_error, rng, runs)
    last, tape = network.forward(network.theta, rng.standard_normal((examples, width)), train=True)
    activations = [x for layer, _, x in tape if isinstance(layer, Dense)] + [last]  # a Dense keeps its input
    if runs is not None:
        activations[0] = np.broadcast_to(activations[0], last.shape)
    views = network.views(np.empty_like(network.theta))
    gradients, of_weights = [rng.standard_normal(last.shape)], []
    dy = gradients[0]
    for (layer, p, cache), g in zip(reversed(tape), reversed(views)):
        dy = layer.backward(p, cache, dy, g)
        if isinstance(layer, Dense):
            gradients.append(dy)
            of_weights.append(g["W"] / examples)
    return np.array(activations), np.array(gradients), np.array(of_weights)


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
