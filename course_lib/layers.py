"""Layers: `forward` gives the output and what `backward` needs, `backward` turns dL/dy into dL/dx.

A batch is x (N, n), or (K, N, n) for K networks at once; parameters come as views p["W"], p["b"] with the same
leading axes (see params.py), and so do running statistics: a layer itself keeps nothing. Every layer is holomorphic
in its parameters wherever it is differentiable, so a complex step through the same code gives exact directional
derivatives and Hessian-vector products.

`train` is False in test mode; in training it is True, or the `Noise` of the minibatch, for layers that draw numbers.
"""

from numbers import Real

import numpy as np

from .initializers import he_normal


class Noise:
    """Training mode with random numbers: every pass over one minibatch draws the same, for value and gradient alike.

    `keys` holds a whole number for each run, (K,), or () for a single network; `batch` is the number of the
    minibatch. The numbers of run k follow from keys[k] and batch, whatever the other runs do.
    """

    def __init__(self, keys, batch):
        self.runs = np.shape(keys)
        self.generators = [np.random.default_rng([int(key), batch]) for key in np.ravel(keys)]

    def uniform(self, shape):
        """Numbers from U(0, 1), of the given shape for each run."""
        return np.stack([rng.random(shape) for rng in self.generators]).reshape(self.runs + shape)


class Layer:
    """Base class: elementwise, without parameters."""

    ndim = 2                    # axes of a batch: examples, inputs
    targets = slice(-2, -1)     # the axes of a batch along which there is one target, or one row of outputs, each
    shapes = {}                 # of the parameters in p, by name
    running = {}                # of the running statistics in p: not trained, changed by `update_running` only
    noisy = False               # whether training needs Noise

    def width(self, n):
        """Outputs per example for n inputs. Raises ValueError where the layer does not take n inputs."""
        return n

    def init(self, rng, p):
        """Fill the parameters and running statistics p in place."""

    def forward(self, p, x, train):
        """(y, cache) for inputs x (..., N, n)."""
        raise NotImplementedError

    def backward(self, p, cache, dy, g, need_dx=True):
        """dL/dx from dL/dy; writes the gradients of the parameters into g, views like p.

        `need_dx` is False for the first layer of a network: nobody asks for the gradient of the data, and a layer
        may save itself the work.
        """
        raise NotImplementedError

    def update_running(self, p, cache):
        """Let the running statistics in p take in those of the batch of a training pass, in place."""

    def __repr__(self):
        return f"{type(self).__name__}()"


class Dense(Layer):
    """y = x W + b, with W (n_in, n_out), b (n_out,).

    `init(rng, (n_in, n_out))` draws W; every bias starts at `bias`.
    """

    def __init__(self, n_in, n_out, init=he_normal, bias=0.0):
        check_width("n_in", n_in)
        check_width("n_out", n_out)
        if not callable(init):
            raise TypeError(f"init must be a function (rng, shape) -> array, got {init!r}")
        if not (isinstance(bias, Real) and np.isfinite(bias)):
            raise ValueError(f"bias must be a finite number, got {bias!r}")
        self.n_in, self.n_out, self.draw, self.bias = n_in, n_out, init, bias
        self.shapes = {"W": (n_in, n_out), "b": (n_out,)}

    def width(self, n):
        check_inputs(self, n)
        return self.n_out

    def init(self, rng, p):
        p["W"][...] = self.draw(rng, (self.n_in, self.n_out))
        p["b"][...] = self.bias

    def forward(self, p, x, train):
        y = x @ p["W"]                                   # (..., N, n_in) (..., n_in, n_out) -> (..., N, n_out)
        y += p["b"][..., None, :]
        return y, x

    def backward(self, p, x, dy, g, need_dx=True):
        np.matmul(x.swapaxes(-1, -2), dy, out=g["W"])    # (..., n_in, N) (..., N, n_out) -> (..., n_in, n_out)
        dy.sum(axis=-2, out=g["b"])
        return dy @ p["W"].swapaxes(-1, -2) if need_dx else None    # (..., N, n_in)

    def __repr__(self):
        return f"Dense({self.n_in}, {self.n_out})"


class ReLU(Layer):
    """y = max(x, 0). Its derivative at 0 is taken as 0."""

    def forward(self, p, x, train):
        # The complex maximum would take a step at exactly 0 for a positive number.
        y = x * (x.real > 0) if np.iscomplexobj(x) else np.maximum(x, 0)
        return y, y

    def backward(self, p, y, dy, g, need_dx=True):
        return dy * (y.real > 0)


class LeakyReLU(Layer):
    """y = x where x > 0, else slope x. Maas et al. 2013. Its derivative at 0 is taken as slope, 0 <= slope <= 1."""

    def __init__(self, slope=0.01):
        check_number("slope", slope, "from 0 to 1", 0 <= slope <= 1)
        self.slope = slope

    def forward(self, p, x, train):
        y = np.where(x.real > 0, x, self.slope * x)
        return y, y

    def backward(self, p, y, dy, g, need_dx=True):
        return np.where(y.real > 0, dy, self.slope * dy)

    def __repr__(self):
        return f"LeakyReLU({self.slope})"


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
    """y = x mask / (1 - p) in training, where each entry of mask is 0 with probability p, else 1; y = x in test mode.

    Srivastava et al. 2014, in the inverted form: the mean of y is x, so that nothing is left to do at test time. One
    objective keeps its mask; runs have masks of their own. Raises TypeError in training without Noise.
    """

    noisy = True

    def __init__(self, p):
        check_number("p", p, ">= 0 and < 1", 0 <= p < 1)
        self.p = p

    def forward(self, p, x, train):
        if not train:
            return x, None
        if not isinstance(train, Noise):
            raise TypeError(f"train must be Noise for {self}, which network.objective(x, y) brings, got {train!r}")
        mask = (train.uniform(x.shape[-2:]) >= self.p).astype(x.real.dtype)
        mask /= 1 - self.p
        return x * mask, mask

    def backward(self, p, mask, dy, g, need_dx=True):
        return dy if mask is None else dy * mask

    def __repr__(self):
        return f"Dropout({self.p})"


class BatchNorm(Layer):
    """y = gamma x_hat + beta with x_hat = (x - mean) / sqrt(var + eps), unit by unit.

    Ioffe & Szegedy 2015, algorithms 1 and 2; S0 (its delta is eps). In training, mean and var are those of the batch,
    var = 1/N sum_i (x_i - mean)^2 in two passes; in test mode the running ones, which `update_running` moves:

        running <- (1 - rho) running + rho batch, where the batch gives the unbiased variance, N / (N - 1) var

    x (..., N, n); gamma, beta, running_mean, running_var (..., n) start at 1, 0, 0, 1. Raises ValueError for a
    training batch of one example, which has no variance.
    """

    def __init__(self, n, rho=0.1, eps=1e-5):
        check_width("n", n)
        check_number("rho", rho, "> 0 and <= 1", 0 < rho <= 1)
        check_number("eps", eps, "> 0 and finite", 0 < eps < np.inf)
        self.n_in, self.rho, self.eps = n, rho, eps
        self.shapes = {"gamma": (n,), "beta": (n,)}
        self.running = {"running_mean": (n,), "running_var": (n,)}

    def width(self, n):
        check_inputs(self, n)
        return self.n_in

    def init(self, rng, p):
        p["gamma"][...], p["beta"][...] = 1, 0
        p["running_mean"][...], p["running_var"][...] = 0, 1

    def forward(self, p, x, train):
        if train:
            if x.shape[-2] < 2:
                raise ValueError(f"x must have at least 2 examples for {self} in training, got {x.shape[-2]}")
            mean = x.mean(axis=-2, keepdims=True)
            d = x - mean
            var = (d * d).mean(axis=-2, keepdims=True)
        else:
            mean, var = p["running_mean"][..., None, :], p["running_var"][..., None, :]
            d = x - mean
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
        if train:  # mean and var depend on x: what dy would shift or scale is taken out
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
        """{"W", "b"} of one Dense layer that does what Dense with `dense` and then this layer do in test mode.

        `dense` and `p` are the parameters of the two, as `network.views` gives them.
        """
        scale = p["gamma"] / np.sqrt(p["running_var"] + self.eps)
        return {"W": dense["W"] * scale[..., None, :], "b": (dense["b"] - p["running_mean"]) * scale + p["beta"]}

    def __repr__(self):
        return f"BatchNorm({self.n_in})"


class Chain(Layer):
    """Layers in a row as one layer: y = F(x). Parameter `name` of the j-th is p[j, name].

    Raises ValueError where the layers do not fit, or for one that must stand in a network's own row of layers.
    """

    def __init__(self, *layers):
        if not layers:
            raise ValueError("layers must hold at least one layer, got none")
        for layer in layers:
            if isinstance(layer, Auxiliary) or layer.ndim != 2:
                raise ValueError(f"layers must not hold {layer}, which stands in a network's own row of layers")
        self.layers = layers
        self.n_in = getattr(layers[0], "n_in", None)
        self.shapes = {(j, name): shape for j, layer in enumerate(layers) for name, shape in layer.shapes.items()}
        self.running = {(j, name): shape for j, layer in enumerate(layers) for name, shape in layer.running.items()}
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
    """y = x + F(x), F the given layers in a row: a skip connection.

    He et al. 2016; S1. Raises ValueError where F has not as many outputs as inputs.
    """

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
    """y = x; in training a head on x, the given layers in a row, adds `weight` times its own loss to the network's.

    Szegedy et al. 2015, section 5 (weight 0.3); S1. The head learns the network's targets by the network's loss:
    whoever takes the loss of the outputs asks for `loss`, too, and then goes backward. In test mode there is no head.
    """

    def __init__(self, *layers, weight=0.3):
        check_number("weight", weight, ">= 0 and finite", 0 <= weight < np.inf)
        self.weight = weight
        super().__init__(*layers)

    def width(self, n):
        super().width(n)
        return n

    def head_width(self, n):
        """Outputs of the head for n inputs."""
        return super().width(n)

    def forward(self, p, x, train):
        if not train:
            return x, None
        scores, caches = super().forward(p, x, train)
        return x, {"scores": scores, "caches": caches}

    def loss(self, cache, loss, y):
        """Its share of the loss; the cache keeps the gradient for `backward`."""
        value, cache["dscores"] = loss(cache["scores"], y)
        return self.weight * value

    def backward(self, p, cache, dy, g, need_dx=True):
        dx = super().backward(p, cache["caches"], self.weight * cache["dscores"], g, need_dx)
        return dy + dx if need_dx else None

    def update_running(self, p, cache):
        super().update_running(p, cache["caches"])


def check_width(name, n):
    """Raise ValueError where n is not a whole number >= 1."""
    if not isinstance(n, (int, np.integer)) or isinstance(n, bool) or n < 1:
        raise ValueError(f"{name} must be a whole number >= 1, got {n!r}")


def check_inputs(layer, n):
    """Raise ValueError where a layer of n_in inputs gets n; None is a number not known yet."""
    if n is not None and n != layer.n_in:
        raise ValueError(f"{layer} must get {layer.n_in} inputs, got {n}")


def check_number(name, value, rule, holds):
    """Raise ValueError where a number breaks its rule (in words, and whether it holds)."""
    if not holds:
        raise ValueError(f"{name} must be {rule}, got {value!r}")
