"""A network: layers in a row and a loss, its parameters in one flat vector theta, gradients by backpropagation.

With `runs=K` it is K networks of the same shape at once: theta is (K, P), outputs and losses get a leading axis K.
"""

import numpy as np

from .losses import one_hot
from .params import Params

TINY = 1e-30  # complex step: the error is of order TINY^2, and nothing is subtracted, so it may be this small


class Network:
    """Layers, a loss (see losses.py), and parameters `theta` (P,), or (K, P) with `runs=K`, drawn from rng.

    Run k of K is the network that `rng.spawn(K)[k]` draws alone. Raises ValueError where the layers do not fit.
    """

    def __init__(self, layers, loss, rng, runs=None, dtype=float):
        if not isinstance(rng, np.random.Generator):
            raise TypeError(f"rng must be a numpy.random.Generator, got {rng!r}")
        if runs is not None and (not isinstance(runs, (int, np.integer)) or runs < 1):
            raise ValueError(f"runs must be a whole number >= 1, or None for a single network, got {runs!r}")
        if not callable(loss):
            raise TypeError(f"loss must be a function (outputs, y) -> (value, gradient), got {loss!r}")
        self.layers = list(layers)
        if not self.layers:
            raise ValueError("layers must hold at least one layer, got none")
        self.loss_function = loss
        self.dtype = np.dtype(dtype)
        self.n_in = getattr(self.layers[0], "n_in", None)
        self.n_out = self.n_in
        for layer in self.layers:
            self.n_out = layer.width(self.n_out)
        self.params = Params({(i, name): shape for i, layer in enumerate(self.layers)
                              for name, shape in layer.shapes.items()})
        self._seen = None, None
        self.theta = np.zeros((runs, self.params.size) if runs else self.params.size, self.dtype)
        for theta, child in zip(self.theta, rng.spawn(runs)) if runs else [(self.theta, rng)]:
            for layer, p in zip(self.layers, self.views(theta)):
                layer.init(child, p)

    def views(self, theta):
        """One dictionary {name: view of theta} per layer."""
        seen, per_layer = self._seen
        if theta is not seen:
            views = self.params.views(theta)
            per_layer = [{name: views[i, name] for name in layer.shapes} for i, layer in enumerate(self.layers)]
            if theta is self.theta:  # the vector that training changes in place, step after step: its views stay good
                self._seen = theta, per_layer
        return per_layer

    def forward(self, theta, x, train):
        """Outputs (..., N, n_out), and the tape: one (layer, its parameters, its cache) per layer."""
        tape = []
        for layer, p in zip(self.layers, self.views(theta)):
            x, cache = layer.forward(p, x, train)
            tape.append((layer, p, cache))
        return x, tape

    def predict(self, x, theta=None):
        """Outputs of the last layer, (..., N, n_out), in test mode: scores, not probabilities."""
        return self.forward(self.theta if theta is None else theta, self.check_inputs(x), train=False)[0]

    def loss(self, x, y, theta=None):
        """Mean loss over the examples, in test mode: a number, or (K,)."""
        return self.loss_function(self.predict(x, theta), self.check_targets(y, np.shape(x)))[0]

    def accuracy(self, x, y, theta=None):
        """Share of the examples whose largest output is that of class y (..., N): a number, or (K,)."""
        return (self.predict(x, theta).argmax(axis=-1) == y).mean(axis=-1)

    def objective(self, x, y):
        """The mean loss on the batch (x, y), in training mode, as a function of theta."""
        x = self.check_inputs(x)
        return Objective(self, x, self.check_targets(y, x.shape))

    def check_inputs(self, x):
        """x as an array of the network's type. Raises ValueError where it is not (..., N, n_in) and finite."""
        x = np.asarray(x, self.dtype)
        if x.ndim < 2 or self.n_in not in (None, x.shape[-1]):
            raise ValueError(f"x must have shape (N, {self.n_in or 'n_in'}), got {x.shape}")
        if not np.isfinite(x.sum()) and not np.isfinite(x).all():
            at = tuple(int(i) for i in np.argwhere(~np.isfinite(x))[0])
            raise ValueError(f"x must be finite, got {x[at]} at index {at}")
        return x

    def check_targets(self, y, x_shape):
        """y as rows of targets. Raises ValueError where it is not one row, or one class, for each example of x."""
        y = np.asarray(y)
        examples = y.shape[-1:] if y.dtype.kind in "iu" else y.shape[-2:-1]
        if examples != x_shape[-2:-1]:
            raise ValueError(f"y must have one target per example: x has shape {x_shape}, y {y.shape}")
        y = one_hot(y, self.n_out).astype(self.dtype, copy=False)
        if not np.isfinite(y.sum()):
            raise ValueError(f"y must be finite, got {y[~np.isfinite(y)][0]}")
        return y


class Objective:
    """The loss of a network on one batch: value, gradient, Hessian-vector product, Hessian, at theta (..., P).

    `last_value` is the value at the point of the last gradient asked for: it comes with the gradient.
    """

    def __init__(self, network, x, targets):
        self.network, self.x, self.targets = network, x, targets
        self.last_value = None

    def value(self, theta):
        outputs, _ = self.network.forward(theta, self.x, train=True)
        return self.network.loss_function(outputs, self.targets)[0]

    def gradient(self, theta):
        """Backpropagation: forward through the layers, then backward through them in reverse order."""
        outputs, tape = self.network.forward(theta, self.x, train=True)
        self.last_value, dy = self.network.loss_function(outputs, self.targets)
        g = np.empty_like(theta)
        g_views = self.network.views(g)
        for i in reversed(range(len(tape))):
            layer, p, cache = tape[i]
            dy = layer.backward(p, cache, dy, g_views[i], need_dx=i > 0)
        return g

    def hvp(self, theta, v):
        """H v = Im gradient(theta + i h v) / h: exact to rounding, at the price of one complex gradient."""
        return self.gradient(theta + 1j * TINY * v).imag / TINY

    def hessian(self, theta):
        """(P, P) at theta (P,): one Hessian-vector product per parameter, all at once."""
        return self.hvp(theta[None], np.eye(len(theta)))
