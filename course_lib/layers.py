"""Layers: `forward` gives the output and what `backward` needs, `backward` turns dL/dy into dL/dx.

A batch is x (N, n), or (K, N, n) for K networks at once; parameters come as views p["W"], p["b"] with the
same leading axes (see params.py), and so do running statistics: a layer itself keeps nothing. Every layer is
holomorphic in its parameters wherever it is differentiable, so a complex step through the same code gives
exact directional derivatives and Hessian-vector products.
"""

import numpy as np

from .arguments import NOT_NEGATIVE, POSITIVE, check_count, check_function, check_number
from .initializers import he_normal


class Layer:
    """Base class: elementwise, without parameters."""

    n_in = n_out = None         # inputs and outputs per example; None where any number will do
    ndim = 2                    # axes of a batch: examples, inputs
    target_axes = 1             # how many of them, from the first, have a target each
    shapes = {}                 # of the parameters in p, by name
    running = {}                # of the running statistics in p: only `update_running` changes them
    noisy = False               # whether it draws random numbers in training
    nests = True                # whether it may stand inside another layer
    settings = ()               # the attributes that repr shows

    def width(self, n):
        """Outputs per example for n inputs (None: not yet known). Raises ValueError where n does not fit."""
        if n is not None and self.n_in not in (None, n):
            raise ValueError(f"{self} must get {self.n_in} inputs, got {n}")
        return n if self.n_out is None else self.n_out

    def init(self, rng, p):
        """Fill the parameters and running statistics p in place."""

    def forward(self, p, x, train):
        """(y, cache) for inputs x (..., N, n).

        `train` is False in test mode; in training it is True, or network.Noise, which gives random numbers.
        """
        raise NotImplementedError

    def backward(self, p, cache, dy, g, need_dx=True):
        """dL/dx from dL/dy; writes the gradients of the parameters into g, views like p.

        Without `need_dx` nobody asks for dL/dx, and a layer may save itself the work: the first of a network.
        """
        raise NotImplementedError

    def update_running(self, p, cache):
        """Let the running statistics in p take in those of the batch of a training pass, in place."""

    def __repr__(self):
        return f"{type(self).__name__}({', '.join(repr(getattr(self, name)) for name in self.settings)})"


class Dense(Layer):
    """y = x W + b, with W (n_in, n_out), b (n_out,).

    `init(rng, (n_in, n_out))` draws W; every bias starts at `bias`.
    """

    settings = ("n_in", "n_out")

    def __init__(self, n_in, n_out, init=he_normal, bias=0.0):
        check_count("n_in", n_in)
        check_count("n_out", n_out)
        check_function("init", init, "(rng, shape) -> array")
        check_number("bias", bias, "a finite number", np.isfinite)
        self.n_in, self.n_out, self.draw, self.bias = n_in, n_out, init, bias
        self.shapes = {"W": (n_in, n_out), "b": (n_out,)}

    def init(self, rng, p):
        p["W"][...] = self.draw(rng, (self.n_in, self.n_out))
        p["b"][...] = self.bias

    def forward(self, p, x, train):
        y = product(x, p["W"])                          # (..., N, n_in) (..., n_in, n_out) -> (..., N, n_out)
        y += p["b"][..., None, :]
        return y, x

    def backward(self, p, x, dy, g, need_dx=True):
        np.matmul(x.mT, dy, out=g["W"])                 # (..., n_in, N) (..., N, n_out)
        dy.sum(axis=-2, out=g["b"])
        return product(dy, p["W"].mT) if need_dx else None          # (..., N, n_in)


class ReLU(Layer):
    """y = max(x, 0). Its derivative at 0 is taken as 0."""

    def forward(self, p, x, train):
        # The complex maximum would take a step at exactly 0 for a positive number.
        y = np.maximum(x, 0) if x.dtype.kind == "f" else x * (x.real > 0)
        return y, y

    def backward(self, p, y, dy, g, need_dx=True):
        return dy * np.sign(y.real)     # y is never negative


class LeakyReLU(Layer):
    """y = x where x > 0, else slope x, slope from 0 to 1. Its derivative at 0 is slope. Maas et al. 2013."""

    settings = ("slope",)

    def __init__(self, slope=0.01):
        check_number("slope", slope, "from 0 to 1", lambda x: 0 <= x <= 1)
        self.slope = slope

    def forward(self, p, x, train):
        y = np.where(x.real > 0, x, self.slope * x)
        return y, y

    def backward(self, p, y, dy, g, need_dx=True):
        return np.where(y.real > 0, dy, self.slope * dy)


class Sigmoid(Layer):
    """y = 1 / (1 + exp(-x)), computed as (1 + tanh(x / 2)) / 2, which cannot overflow."""

    def forward(self, p, x, train):
        y = 0.5 * (1 + np.tanh(0.5 * x))
        return y, y

    def backward(self, p, y, dy, g, need_dx=True):
        return dy * y * (1 - y)


class Tanh(Layer):
    """y = tanh(x)."""

    def forward(self, p, x, train):
        y = np.tanh(x)
        return y, y

    def backward(self, p, y, dy, g, need_dx=True):
        return dy * (1 - y * y)


class Dropout(Layer):
    """y = x mask / (1 - p) in training, each entry of mask 0 with probability p, else 1; y = x in test mode.

    Srivastava et al. 2014, in the inverted form: y has the mean x, so that test mode has nothing to make up
    for. An objective keeps its mask; each run has its own. Raises TypeError in training without Noise.
    """

    noisy = True
    settings = ("p",)

    def __init__(self, p):
        check_number("p", p, ">= 0 and < 1", lambda x: 0 <= x < 1)
        self.p = p

    def forward(self, p, x, train):
        if not train:
            return x, None
        if train is True:
            raise TypeError(f"train must be network.Noise for {self}, as an objective has it, got True")
        mask = (train.uniform(x.shape[-2:]) >= self.p).astype(x.real.dtype) / (1 - self.p)
        return x * mask, mask

    def backward(self, p, mask, dy, g, need_dx=True):
        return dy if mask is None else dy * mask


class BatchNorm(Layer):
    """y = gamma x_hat + beta, x_hat = (x - mean) / sqrt(var + eps), unit by unit.

    Ioffe & Szegedy 2015, algorithms 1 and 2; S0 (its delta is eps). In training mean and var are those of the
    batch x (..., N, n), var = 1/N sum_i (x_i - mean)^2 in two passes; in test mode the running ones:
    running <- (1 - rho) running + rho batch, with the unbiased variance N / (N - 1) var of the batch. gamma,
    beta and the running mean and var start at 1, 0, 0, 1. Raises ValueError for a training batch of one.
    """

    settings = ("n_in",)

    def __init__(self, n, rho=0.1, eps=1e-5):
        check_count("n", n)
        check_number("rho", rho, "> 0 and <= 1", lambda x: 0 < x <= 1)
        check_number("eps", eps, *POSITIVE)
        self.n_in, self.n_out, self.rho, self.eps = n, n, rho, eps
        self.shapes = {"gamma": (n,), "beta": (n,)}
        self.running = {"running_mean": (n,), "running_var": (n,)}

    def init(self, rng, p):
        p["gamma"][...], p["beta"][...] = 1, 0
        p["running_mean"][...], p["running_var"][...] = 0, 1

    def forward(self, p, x, train):
        if train and x.shape[-2] < 2:
            raise ValueError(f"x must have at least 2 examples for {self} in training, got {x.shape[-2]}")
        mean = x.mean(axis=-2, keepdims=True) if train else p["running_mean"][..., None, :]
        d = x - mean
        var = (d * d).mean(axis=-2, keepdims=True) if train else p["running_var"][..., None, :]
        scale = 1 / np.sqrt(var + self.eps)
        x_hat = d * scale
        y = p["gamma"][..., None, :] * x_hat + p["beta"][..., None, :]
        return y, (x_hat, scale, mean, var, train)

    def backward(self, p, cache, dy, g, need_dx=True):
        x_hat, scale, _, _, train = cache
        dy.sum(axis=-2, out=g["beta"])
        (dy * x_hat).sum(axis=-2, out=g["gamma"])
        if not need_dx:
            return None
        if train:  # mean and var follow x: the parts of dy that would shift or scale x are taken out
            N = dy.shape[-2]
            dy = dy - (g["beta"] / N)[..., None, :] - x_hat * (g["gamma"] / N)[..., None, :]
        return p["gamma"][..., None, :] * scale * dy

    def update_running(self, p, cache):
        x_hat, _, mean, var, _ = cache
        N = x_hat.shape[-2]
        for running, batch in ((p["running_mean"], mean), (p["running_var"], var * (N / (N - 1)))):
            running *= 1 - self.rho
            running += self.rho * batch[..., 0, :]

    def fold(self, dense, p):
        """{"W", "b"} of one Dense layer that does what Dense with `dense`, then this one, do in test mode."""
        scale = p["gamma"] / np.sqrt(p["running_var"] + self.eps)
        return {"W": dense["W"] * scale[..., None, :],
                "b": (dense["b"] - p["running_mean"]) * scale + p["beta"]}


class Chain(Layer):
    """Base class: layers in a row as one layer, y = F(x). What the j-th calls p[name] is p[j, name] here."""

    def __init__(self, *layers):
        plain = [layer for layer in layers if isinstance(layer, Layer) and layer.nests]
        if not layers or len(plain) < len(layers):
            raise TypeError(f"layers must be layers, not recurrent and no auxiliary heads, got {layers!r}")
        self.layers = layers
        self.n_in = next((layer.n_in for layer in layers if layer.n_in is not None), None)
        self.shapes = joined(layer.shapes for layer in layers)
        self.running = joined(layer.running for layer in layers)
        self.noisy = any(layer.noisy for layer in layers)
        self.width(self.n_in)

    def width(self, n):
        for layer in self.layers:
            n = layer.width(n)
        return n

    def parts(self, p):
        """What belongs to each layer, by its own names."""
        return [{key[1]: view for key, view in p.items() if key[0] == j} for j in range(len(self.layers))]

    def init(self, rng, p):
        for layer, part in zip(self.layers, self.parts(p)):
            layer.init(rng, part)

    def forward(self, p, x, train):
        caches = []
        for layer, part in zip(self.layers, self.parts(p)):
            x, cache = layer.forward(part, x, train)
            caches.append(cache)
        return x, caches

    def backward(self, p, caches, dy, g, need_dx=True):
        p, g = self.parts(p), self.parts(g)
        for j in reversed(range(len(self.layers))):
            dy = self.layers[j].backward(p[j], caches[j], dy, g[j], need_dx=need_dx or j > 0)
        return dy

    def update_running(self, p, caches):
        for layer, part, cache in zip(self.layers, self.parts(p), caches):
            layer.update_running(part, cache)

    def __repr__(self):
        return f"{type(self).__name__}({', '.join(map(repr, self.layers))})"


class Residual(Chain):
    """y = x + F(x), F the given layers in a row, as wide as x: a skip connection. He et al. 2016; S1."""

    def width(self, n):
        n_out = super().width(n)
        if n is not None and n_out != n:
            raise ValueError(f"{self} must give as many outputs as it gets inputs, {n}, got {n_out}")
        return n_out

    def forward(self, p, x, train):
        y, caches = super().forward(p, x, train)
        return x + y, caches

    def backward(self, p, caches, dy, g, need_dx=True):
        dx = super().backward(p, caches, dy, g, need_dx)
        return dy + dx if need_dx else None


class Auxiliary(Chain):
    """y = x; in training a head on x, the given layers in a row, adds `weight` times its loss to the total.

    Szegedy et al. 2015, section 5 (weight 0.3); S1. The head has the network's targets and loss. An objective
    asks for `loss` before it goes backward. In test mode there is no head.
    """

    nests = False

    def __init__(self, *layers, weight=0.3):
        check_number("weight", weight, *NOT_NEGATIVE)
        self.weight = weight
        super().__init__(*layers)

    def width(self, n):
        self.head_outputs = super().width(n)
        return n

    def forward(self, p, x, train):
        if not train:
            return x, None
        scores, caches = super().forward(p, x, train)
        return x, caches + [scores]

    def loss(self, caches, loss, y):
        """What the head adds to the loss. In the cache the gradient takes the place of the head's outputs."""
        value, caches[-1] = loss(caches[-1], y)
        return self.weight * value

    def backward(self, p, caches, dy, g, need_dx=True):
        dx = super().backward(p, caches, self.weight * caches[-1], g, need_dx)
        return dy + dx if need_dx else None


def product(x, W):
    """x @ W: by np.dot where W is one matrix, which has less to decide than matmul."""
    return x.dot(W) if W.ndim == 2 else x @ W


def joined(per_layer):
    """{(i, name): shape} from a dictionary {name: shape} for each layer i."""
    return {(i, name): shape for i, shapes in enumerate(per_layer) for name, shape in shapes.items()}
