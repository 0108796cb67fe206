"""Layers: `forward` gives the output and what `backward` needs, `backward` turns dL/dy into dL/dx.

A batch is x (N, n), or (K, N, n) for K networks at once; parameters come as views p["W"], p["b"] with the same leading
axes (see params.py). Every layer is holomorphic in its parameters wherever it is differentiable, so a complex step
through the same code gives exact directional derivatives and Hessian-vector products.
"""

import numpy as np

from .initializers import he_normal


class Layer:
    """Base class: elementwise, without parameters."""

    shapes = {}

    def width(self, n):
        """Outputs per example for n inputs. Raises ValueError where the layer does not take n inputs."""
        return n

    def init(self, rng, p):
        """Fill the parameters p in place."""

    def forward(self, p, x, train):
        """(y, cache) for inputs x (..., N, n)."""
        raise NotImplementedError

    def backward(self, p, cache, dy, g, need_dx=True):
        """dL/dx from dL/dy; writes the gradients of the parameters into g, views like p.

        `need_dx` is False for the first layer of a network: nobody asks for the gradient of the data, and a layer may
        save itself the work.
        """
        raise NotImplementedError

    def __repr__(self):
        return f"{type(self).__name__}()"


class Dense(Layer):
    """y = x W + b, with W (n_in, n_out), b (n_out,).

    `init(rng, (n_in, n_out))` draws W; every bias starts at `bias`.
    """

    def __init__(self, n_in, n_out, init=he_normal, bias=0.0):
        for name, n in (("n_in", n_in), ("n_out", n_out)):
            if not isinstance(n, (int, np.integer)) or n < 1:
                raise ValueError(f"{name} must be a whole number >= 1, got {n!r}")
        if not np.isfinite(bias):
            raise ValueError(f"bias must be finite, got {bias!r}")
        self.n_in, self.n_out, self.draw, self.bias = n_in, n_out, init, bias
        self.shapes = {"W": (n_in, n_out), "b": (n_out,)}

    def width(self, n):
        if n is not None and n != self.n_in:
            raise ValueError(f"{self} must get {self.n_in} inputs, got {n}")
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
        y = np.maximum(x, 0)
        return y, y

    def backward(self, p, y, dy, g, need_dx=True):
        return dy * (y.real > 0)


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
