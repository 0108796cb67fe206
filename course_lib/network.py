"""A network: layers in a row and a loss, its parameters in one flat vector theta, gradients by backpropagation.

With `runs=K` it is K networks of the same shape at once: theta is (K, P), outputs and losses get a leading axis K.
"""

import numpy as np

from .layers import Layer
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
        if not isinstance(layers, (list, tuple)) or not all(isinstance(layer, Layer) for layer in layers):
            raise TypeError(f"layers must be a list of layers, got {layers!r}")
        self.layers = list(layers)
        if not self.layers:
            raise ValueError("layers must hold at least one layer, got none")
        self.loss_function = loss
        self.dtype = np.dtype(dtype)
        if self.dtype.kind not in "fc":
            raise TypeError(f"dtype must be a type of floats, got {self.dtype}")
        self.n_in = next((layer.n_in for layer in self.layers if hasattr(layer, "n_in")), None)
        if self.n_in is None:
            raise ValueError(f"layers must hold at least one Dense, got {self.layers}")
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

    def __getstate__(self):
        # In a copy the vector and its views would no longer be one memory: it makes views of its own.
        return self.__dict__ | {"_seen": (None, None)}

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
        """Share of the examples whose largest output is that of class y (..., N): a number, or (K,).

        nan where an output is nan: that network has diverged and has no opinion.
        """
        outputs = self.predict(x, theta)
        right = outputs.argmax(axis=-1) == self.check_targets(y, np.shape(x)).argmax(axis=-1)
        return np.where(np.isnan(outputs).any(axis=(-2, -1)), np.nan, right.mean(axis=-1))[()]

    def objective(self, x, y):
        """The mean loss on the batch (x, y), in training mode, as a function of theta."""
        x = self.check_inputs(x)
        return Objective(self, x, self.check_targets(y, x.shape))

    def check_inputs(self, x):
        """x as an array of the network's type. Raises ValueError where it is not (..., N, n_in) and finite."""
        x = np.asarray(x)
        if x.dtype.kind not in "fiub":
            raise TypeError(f"x must be an array of real numbers, got {x.dtype}")
        x = x.astype(self.dtype, copy=False)
        if x.ndim < 2 or x.shape[-1] != self.n_in or x.shape[:-2] not in ((), self.theta.shape[:-1]):
            runs = "".join(f" or ({K}, N, {self.n_in})" for K in self.theta.shape[:-1])
            raise ValueError(f"x must have shape (N, {self.n_in}){runs}, got {x.shape}")
        if not x.size:
            raise ValueError(f"x must hold at least one example, got shape {x.shape}")
        if not np.isfinite(x).all():
            at = tuple(int(i) for i in np.argwhere(~np.isfinite(x))[0])
            raise ValueError(f"x must be finite, got {x[at]} at index {at}")
        return x

    def check_targets(self, y, x_shape):
        """y as rows of targets. Raises ValueError where it is not one row, or one class, for each example of x."""
        targets = one_hot(y, self.n_out).astype(self.dtype, copy=False)
        if targets.shape[-2] != x_shape[-2] or targets.shape[:-2] not in ((), self.theta.shape[:-1]):
            raise ValueError(f"y must have one target per example: x has shape {x_shape}, y {np.shape(y)}")
        if not np.isfinite(targets).all():
            raise ValueError(f"y must be finite, got {targets[~np.isfinite(targets)][0]}")
        return targets


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
        self.last_value, g = self._backpropagate(theta)
        return g

    def _backpropagate(self, theta):
        """(value, gradient)."""
        outputs, tape = self.network.forward(theta, self.x, train=True)
        value, dy = self.network.loss_function(outputs, self.targets)
        g = np.empty_like(theta)
        g_views = self.network.views(g)
        for i in reversed(range(len(tape))):
            layer, p, cache = tape[i]
            dy = layer.backward(p, cache, dy, g_views[i], need_dx=i > 0)
        return value, g

    def hvp(self, theta, v):
        """H v = Im gradient(theta + i h v) / h: exact to rounding, at the price of one complex gradient."""
        return self._backpropagate(theta + 1j * TINY * v)[1].imag / TINY

    def hessian(self, theta):
        """(P, P) at theta (P,): one Hessian-vector product per parameter, all at once."""
        return self.hvp(theta[None], np.eye(len(theta)))
