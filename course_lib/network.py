"""A network: layers in a row and a loss, parameters in one flat vector theta, gradients by backpropagation.

With `runs=K` it is K networks of the same shape at once: theta is (K, P), outputs and losses get a leading
axis K.
"""

import numpy as np

from .arguments import check_count, check_function, check_rng
from .layers import Auxiliary, Layer, joined
from .losses import one_hot
from .params import Params

TINY = 1e-30  # complex step: the error is of order TINY^2, and nothing is subtracted, so it may be this small


class Noise:
    """Training mode with random numbers: every pass over one minibatch gets the same ones.

    `keys` holds a whole number for each run, (K,), or () for a single network; `number` is that of the
    minibatch. What run k gets follows from keys[k] and `number`, whatever the other runs do.
    """

    def __init__(self, keys, number):
        self.runs = np.shape(keys)
        self.generators = [np.random.default_rng([key, number]) for key in np.ravel(keys)]

    def uniform(self, shape):
        """Numbers from U(0, 1): (*shape), or (K, *shape)."""
        return np.stack([rng.random(shape) for rng in self.generators]).reshape(self.runs + shape)


def check_network(layers, loss, rng, runs, dtype):
    """(inputs, outputs) of such a Network. Raises ValueError, TypeError where there can be none."""
    check_rng(rng)
    if runs is not None:
        check_count("runs", runs, more=", or None for a single network")
    check_function("loss", loss, "(outputs, y) -> (value, gradient)")
    if np.dtype(dtype).kind not in "fc":
        raise TypeError(f"dtype must be a type of floats, got {np.dtype(dtype)}")
    if not isinstance(layers, (list, tuple)) or not all(isinstance(layer, Layer) for layer in layers):
        raise TypeError(f"layers must be a list of layers, got {layers!r}")
    if not layers:
        raise ValueError("layers must hold at least one layer, got none")
    n_in = n_out = next((layer.n_in for layer in layers if layer.n_in is not None), None)
    if n_in is None:
        raise ValueError(f"layers must hold at least one Dense, got {layers}")
    for layer in layers:
        n_out = layer.width(n_out)
    for layer in layers:
        if isinstance(layer, Auxiliary) and layer.head_outputs != n_out:
            raise ValueError(f"{layer} must end in the network's {n_out} outputs, got {layer.head_outputs}")
    for layer in layers[1:]:
        if layer.ndim != Layer.ndim:
            raise ValueError(f"{layer} must be the first layer, got {layers}")
    return n_in, n_out


class Network:
    """Layers, a loss (see losses.py), and parameters `theta` (P,), or (K, P) with `runs=K`, drawn from rng.

    Run k of K is the network that `rng.spawn(K)[k]` draws alone. Raises ValueError where the layers do not
    fit.

    `running` (S,), or (K, S), holds the running statistics of all BatchNorm layers, as theta the parameters.
    The random numbers of Dropout follow from `noise_keys` and from `minibatches`, the objectives made so far.
    """

    def __init__(self, layers, loss, rng, runs=None, dtype=float):
        self.n_in, self.n_out = check_network(layers, loss, rng, runs, dtype)
        self.layers, self.loss_function, self.dtype = list(layers), loss, np.dtype(dtype)
        self.batch_axes = ", ".join(["N", "T"][:self.layers[0].ndim - 1] + [str(self.n_in)])    # for messages
        self.noisy = any(layer.noisy for layer in self.layers)
        self.heads = [i for i, layer in enumerate(self.layers) if isinstance(layer, Auxiliary)]
        self.normed = [i for i, layer in enumerate(self.layers) if layer.running]
        self.params = Params(joined(layer.shapes for layer in self.layers))
        self.statistics = Params(joined(layer.running for layer in self.layers))
        self._seen = None, None, None
        lead = (runs,) if runs else ()
        self.theta = np.zeros(lead + (self.params.size,), self.dtype)
        self.running = np.zeros(lead + (self.statistics.size,), self.dtype)
        self.noise_keys, self.minibatches = np.zeros(lead, np.int64), 0
        for k, child in enumerate(rng.spawn(runs)) if runs else [((), rng)]:
            for layer, p in zip(self.layers, self._views(self.theta[k], self.running[k])):
                layer.init(child, p)
            if self.noisy:
                self.noise_keys[k] = child.integers(2**63)

    def __getstate__(self):
        # In a copy the vector and its views would no longer be one memory: it makes views of its own.
        return self.__dict__ | {"_seen": (None, None, None)}

    def views(self, theta):
        """One dictionary {name: view} per layer: parameters in theta, running statistics in `running`."""
        seen, running, per_layer = self._seen
        if theta is not seen or self.running is not running:
            per_layer = self._views(theta, self.running)
            if theta is self.theta:  # the vector that training changes in place: its views stay good
                self._seen = theta, self.running, per_layer
        return per_layer

    def _views(self, theta, running):
        per_layer = [{} for _ in self.layers]
        for (i, name), view in self.params.views(theta).items():
            per_layer[i][name] = view
        if self.normed:
            if running.ndim > theta.ndim:
                raise ValueError(f"theta must be (K, P), as the running statistics are {running.shape},"
                                 f" got {theta.shape}")
            for (i, name), view in self.statistics.views(running).items():
                per_layer[i][name] = view
        return per_layer

    def forward(self, theta, x, train):
        """Outputs (..., N, n_out), and the tape: one (layer, its parameters, its cache) per layer.

        `train` is False in test mode; in training it is True, or Noise where a layer draws random numbers.
        """
        tape = []
        for layer, p in zip(self.layers, self.views(theta)):
            x, cache = layer.forward(p, x, train)
            tape.append((layer, p, cache))
        return x, tape

    def predict(self, x, theta=None):
        """Outputs of the last layer, (..., N, n_out), in test mode: scores, not probabilities.

        With outputs at every time step, row i T + t is step t of sequence i.
        """
        return self.forward(self.theta if theta is None else theta, self.check_inputs(x), train=False)[0]

    def loss(self, x, y, theta=None):
        """Mean loss over the examples, in test mode: a number, or (K,)."""
        return self.loss_function(*self._outputs_and_targets(x, y, theta))[0]

    def accuracy(self, x, y, theta=None):
        """Share of the examples whose largest output is that of class y (..., N): a number, or (K,).

        nan where an output is nan: that network has diverged and has no opinion.
        """
        return _share_right(*self._outputs_and_targets(x, y, theta))

    def evaluate(self, x, y, theta=None):
        """(loss, accuracy) by one forward pass. The accuracy is None where y are targets, not classes."""
        outputs, targets = self._outputs_and_targets(x, y, theta)
        classes = np.asarray(y).dtype.kind in "iu"
        return self.loss_function(outputs, targets)[0], _share_right(outputs, targets) if classes else None

    def _outputs_and_targets(self, x, y, theta):
        return self.predict(x, theta), self.rows(self.check_targets(y, np.shape(x)))

    def objective(self, x, y):
        """The mean loss on the batch (x, y), in training mode, as a function of theta.

        Dropout draws once for each objective: it is one function, the next objective is another. Auxiliary
        heads add to the loss.
        """
        x = self.check_inputs(x)
        return self.checked_objective(x, self.check_targets(y, x.shape))

    def checked_objective(self, x, targets):
        """`objective` for what check_inputs and check_targets have passed."""
        if not self.noisy:
            return Objective(self, x, self.rows(targets))
        self.minibatches += 1
        return Objective(self, x, self.rows(targets), self.minibatches)

    def rows(self, targets):
        """Targets (..., N, T, n_out) of every time step as rows (..., N T, n_out), as outputs come."""
        return targets.reshape(targets.shape[:-1 - self.layers[0].target_axes] + (-1, self.n_out))

    def check_inputs(self, x):
        """x as an array of the network's type. ValueError where it is not (..., N, n_in) and finite."""
        x = np.asarray(x)
        if x.dtype.kind not in "fiub":
            raise TypeError(f"x must be an array of real numbers, got {x.dtype}")
        x = x.astype(self.dtype, copy=False)
        ndim = self.layers[0].ndim
        if x.ndim < ndim or x.shape[-1] != self.n_in or x.shape[:-ndim] not in ((), self.theta.shape[:-1]):
            runs = "".join(f" or ({K}, {self.batch_axes})" for K in self.theta.shape[:-1])
            raise ValueError(f"x must have shape ({self.batch_axes}){runs}, got {x.shape}")
        if not x.size:
            raise ValueError(f"x must hold at least one example, got shape {x.shape}")
        if not np.isfinite(x).all():
            at = tuple(int(i) for i in np.argwhere(~np.isfinite(x))[0])
            raise ValueError(f"x must be finite, got {x[at]} at index {at}")
        return x

    def check_targets(self, y, x_shape):
        """y as rows of floats. Raises ValueError where it is not a row, or a class, for each example of x."""
        targets = one_hot(y, self.n_out).astype(self.dtype, copy=False)
        ndim, axes = self.layers[0].ndim, self.layers[0].target_axes
        lead, examples = targets.shape[:-1 - axes], targets.shape[-1 - axes:-1]
        if examples != tuple(x_shape[-ndim:])[:axes] or lead not in ((), self.theta.shape[:-1]):
            raise ValueError(f"y must have one target per example: x has shape {x_shape}, y {np.shape(y)}")
        if not np.isfinite(targets).all():
            raise ValueError(f"y must be finite, got {targets[~np.isfinite(targets)][0]}")
        return targets


def _share_right(outputs, targets):
    right = outputs.argmax(axis=-1) == targets.argmax(axis=-1)
    return np.where(np.isnan(outputs).any(axis=(-2, -1)), np.nan, right.mean(axis=-1))[()]


class Objective:
    """The loss of a network on one batch: value, gradient, Hessian-vector product, Hessian at theta (..., P).

    `last_value` is the value at the point of the last gradient asked for: it comes with the gradient, as do
    the statistics that `update_running` takes. Random numbers follow from the number `minibatch`.
    """

    def __init__(self, network, x, targets, minibatch=None):
        self.network, self.x, self.targets, self.minibatch = network, x, targets, minibatch
        self.last_value, self._batch_statistics = None, []

    def value(self, theta):
        return self._forward(theta)[0]

    def gradient(self, theta):
        """Backpropagation: forward through the layers, then backward through them in reverse order."""
        self.last_value, g, _, tape = self._backpropagate(theta)
        self._batch_statistics = [tape[i] for i in self.network.normed]
        return g

    def input_gradient(self, theta):
        """The gradient with respect to the inputs, of the shape of x; (K, *shape) for K runs on one batch."""
        return self._backpropagate(theta, need_dx=True)[2]

    def update_running(self):
        """Let the network's running statistics take in those of the batch, at the last gradient asked for.

        To be called once for each step of training, as `train` does, however often the step asks for values
        and gradients. Raises ValueError where no gradient was asked for since the last call.
        """
        if not self.network.normed:
            return
        if not self._batch_statistics:
            raise ValueError("update_running must follow a gradient, got no gradient since the last call")
        with np.errstate(over="ignore", invalid="ignore"):  # of K runs some may have diverged
            for layer, p, cache in self._batch_statistics:
                layer.update_running(p, cache)
        self._batch_statistics = []

    def _forward(self, theta):
        """(value, dL/doutputs, tape)."""
        train = True if self.minibatch is None else Noise(self.network.noise_keys, self.minibatch)
        outputs, tape = self.network.forward(theta, self.x, train)
        value, dy = self.network.loss_function(outputs, self.targets)
        for layer, _, cache in (tape[i] for i in self.network.heads):
            value = value + layer.loss(cache, self.network.loss_function, self.targets)
        return value, dy, tape

    def _backpropagate(self, theta, need_dx=False):
        """(value, dL/dtheta, dL/dx, tape)."""
        value, dy, tape = self._forward(theta)
        g = np.empty_like(theta)
        g_views = self.network.views(g)
        for i in reversed(range(len(tape))):
            layer, p, cache = tape[i]
            dy = layer.backward(p, cache, dy, g_views[i], need_dx=need_dx or i > 0)
        return value, g, dy, tape

    def hvp(self, theta, v):
        """H v = Im gradient(theta + i h v) / h: exact to rounding, at the price of one complex gradient."""
        return self._backpropagate(theta + 1j * TINY * v)[1].imag / TINY

    def hessian(self, theta):
        """(P, P) at theta (P,): one Hessian-vector product per parameter, all at once."""
        return self.hvp(theta[None], np.eye(len(theta)))
