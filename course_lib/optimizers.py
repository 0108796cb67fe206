"""First-order optimizers. `optimizer.step(theta, f)` advances theta in place; `update` is the algorithm box.

A rule is a function `update(theta, g, <state arrays>, t, <hyperparameters>)`: it changes theta and the state in place. g is
the gradient, t = 1, 2, ... the number of this step. Everything in a rule is elementwise, so the same lines serve one
parameter, a network, or K runs at once: theta is (P,) or (K, P), a hyperparameter is a number, a (K, 1) array with one
value per run, or a schedule k -> value over the updates already made (k = t - 1).
"""

import numpy as np

BLOCK = 16_384  # entries: what a rule works on stays in the processor's cache

RANGES = {  # hyperparameter, always finite: (the rule in words, the rule)
    "lr": ("> 0", lambda x: x > 0),
    "momentum": (">= 0 and < 1", lambda x: (x >= 0) & (x < 1)),
}


class Diverged(FloatingPointError):
    """The gradient is no longer finite. `step` is the number of the step that failed; theta is left as it was."""

    def __init__(self, message, step):
        super().__init__(message)
        self.step = step


class Optimizer:
    """Base class: asks for the gradient, keeps the state, resolves schedules, checks, and calls the rule block by block.

    A method names its `state` arrays (zero at the start, then attributes: `momentum.v`) and its `hyper`parameters
    (attributes too, in the order of `__init__`), and writes its rule as a static method
    `update(theta, g, *state, t, *hyper)`. `t` is the number of steps made.

    Raises ValueError for a hyperparameter out of range (at construction, or at the step where a schedule leaves it) and
    `Diverged` where the gradient is not finite. With K runs the others go on: it is raised when no run is left.
    """

    state = ()
    hyper = ()

    def __init__(self, *values):
        for name, value in zip(self.hyper, values, strict=True):
            if not callable(value):
                check_range(name, value)
            setattr(self, name, value)
        self.reset()

    def reset(self):
        """Forget all steps made: t = 0 and zero state."""
        self.t = 0
        for name in self.state:
            setattr(self, name, None)

    def where(self, theta, *hyper):
        """The point at which the gradient is asked for."""
        return theta

    def step(self, theta, f):
        """One update of theta (P,) or (K, P), in place, from the objective f."""
        _check_theta(theta)
        hyper = [self._value(name, theta) for name in self.hyper]
        state = [self._state(name, theta) for name in self.state]
        with np.errstate(over="ignore", invalid="ignore"):  # a run that diverges is reported, once, below
            g = f.gradient(self.where(theta, *hyper))
            self._check_gradient(g, theta)
            self.t += 1
            if theta.size <= BLOCK:
                self.update(theta, g, *state, self.t, *hyper)
            else:
                for block in _blocks(theta.shape):
                    rows = block[0]
                    self.update(theta[block], g[block], *(s[block] for s in state), self.t,
                                *(h[rows] if np.ndim(h) else h for h in hyper))

    @staticmethod
    def update(theta, g, t):
        raise NotImplementedError

    def _value(self, name, theta):
        """Hyperparameter `name` at this step: a number, or (K, 1)."""
        value = getattr(self, name)
        if callable(value):
            value = value(self.t)
        check_range(name, value, self.t + 1)
        if isinstance(value, np.ndarray) and value.ndim and (theta.ndim != 2 or np.shape(value) != (len(theta), 1)):
            runs = f"({len(theta)}, 1), one per run" if theta.ndim == 2 else "a number for a single run"
            raise ValueError(f"{name} must be {runs}, got an array of shape {np.shape(value)}")
        return value

    def _state(self, name, theta):
        """State array `name`, zero before the first step."""
        if getattr(self, name) is None:
            setattr(self, name, np.zeros_like(theta))
        array = getattr(self, name)
        if array.shape != theta.shape:
            raise ValueError(f"theta must keep its shape {array.shape}, got {theta.shape} at step {self.t + 1}"
                             " (reset() starts a new run)")
        return array

    def _check_gradient(self, g, theta):
        if g.shape != theta.shape:
            raise ValueError(f"gradient must have the shape of theta {theta.shape}, got {g.shape} at step {self.t + 1}")
        if np.isfinite(g.sum()):  # one pass; nan and inf survive a sum
            return
        finite = np.isfinite(g)
        if not finite.all(axis=-1).any():
            entry = np.argmin(finite.reshape(-1))
            raise Diverged(f"gradient must be finite, got {g.reshape(-1)[entry]} in entry {entry} at step {self.t + 1}:"
                           " the run has diverged (try a smaller lr)", self.t + 1)


class SGD(Optimizer):
    """theta <- theta - lr g.

    Gradient descent; stochastic where f is a minibatch. Goodfellow et al. 2016, algorithm 8.1 (its epsilon is lr).
    """

    hyper = ("lr",)

    def __init__(self, lr):
        super().__init__(lr)

    @staticmethod
    def update(theta, g, t, lr):
        theta -= lr * g


class Momentum(Optimizer):
    """v <- momentum v - lr g;  theta <- theta + v.

    Polyak 1964; Goodfellow et al. 2016, algorithm 8.2 (its epsilon is lr, its alpha momentum). The velocity v is what
    theta moves by, so a new lr acts on the new gradient only; PyTorch scales the whole velocity by lr instead, which is
    the same as long as lr is constant.
    """

    state = ("v",)
    hyper = ("lr", "momentum")

    def __init__(self, lr, momentum=0.9):
        super().__init__(lr, momentum)

    @staticmethod
    def update(theta, g, v, t, lr, momentum):
        v *= momentum
        v -= lr * g
        theta += v


class Nesterov(Momentum):
    """As Momentum, with the gradient at theta + momentum v: after the velocity is applied, not before.

    Nesterov 1983; Sutskever et al. 2013; Goodfellow et al. 2016, algorithm 8.3. The form of S2 and of PyTorch keeps
    w = theta + momentum v instead of theta; see lecture 5.
    """

    def where(self, theta, lr, momentum):
        return theta + momentum * self.v


def check_range(name, value, step=None):
    """Raise ValueError where hyperparameter `name` is out of its range in RANGES; TypeError where it is no number."""
    words, holds = RANGES[name]
    if type(value) is float and holds(value) and value < np.inf:
        return  # the usual case, at every step
    at = f" at step {step}" if step else ""
    x = np.asarray(value)
    if x.dtype.kind not in "fiu":
        raise TypeError(f"{name} must be a number, an array or a schedule, got {value!r}{at}")
    good = np.asarray(holds(x) & (x < np.inf))  # nan fails every comparison
    if not good.all():
        raise ValueError(f"{name} must be {words}, got {x[~good][0]}{at}")


def _check_theta(theta):
    if not isinstance(theta, np.ndarray) or theta.dtype.kind not in "fc":
        kind = theta.dtype if isinstance(theta, np.ndarray) else type(theta).__name__
        raise TypeError(f"theta must be a float array, it is changed in place, got {kind}")
    if theta.ndim not in (1, 2):
        raise ValueError(f"theta must be (P,) or (K, P) for K runs, got shape {theta.shape}")


def _blocks(shape):
    """Index tuples that cut an array of this shape into pieces of at most BLOCK entries, whole runs where they fit."""
    if len(shape) == 1:
        return [(slice(i, i + BLOCK),) for i in range(0, shape[0], BLOCK)]
    K, P = shape
    rows = max(1, BLOCK // P)
    return [(slice(k, k + rows), slice(i, i + BLOCK)) for k in range(0, K, rows) for i in range(0, P, BLOCK)]
