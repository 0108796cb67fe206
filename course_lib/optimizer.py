"""The base of all optimizers: `Optimizer`, and what stands around a rule.

`optimizer.step(theta, f)` advances theta in place and asks the objective f for what it needs. The elementwise
methods (optimizers.py) write down only their rule, a function `update(theta, g, <state arrays>, t,
<hyperparameters>)` that changes theta and the state in place. g is the gradient, t = 1, 2, ... the number of
this step. Everything in a rule is elementwise, so the same lines serve one parameter, a network, or K runs at
once: theta is (P,) or (K, P), a hyperparameter is a number, a (K, 1) array with one value per run, or a
schedule k -> value, k = t - 1 being the updates already made. Methods that ask for more than a gradient
(second_order.py, line_search.py, ...) override `step`, and keep the rest: hyperparameters and their ranges,
reset, the count of steps.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from inspect import get_annotations

import numpy as np

from .arguments import check_flag

CACHED = 98_304  # entries of theta, g and the state that a rule works on at a time: they stay in the cache


class Diverged(FloatingPointError):
    """The gradient is no longer finite. `step` is the number of the failed step; theta is left as it was."""

    def __init__(self, message, step):
        super().__init__(message, step)  # both, so that the exception survives pickling
        self.step = step

    def __str__(self):
        return self.args[0]


@dataclass(frozen=True)
class Range:
    """What a hyperparameter may be, always finite: the rule in words, and of a number or an array."""

    words: str
    holds: Callable
    optional: bool = False      # None will do as well

    def __repr__(self):
        return self.words

    def check(self, name, value, step=None):
        """ValueError where value, or an entry of it, is out of range, TypeError where it is no number."""
        if isinstance(value, float) and self.holds(value) and value < np.inf:
            return  # the usual case, at every step
        if value is None and self.optional:
            return
        at = f" at step {step}" if step else ""
        x = np.asarray(value)
        if x.dtype.kind not in "fiu":
            raise TypeError(f"{name} must be a number, an array or a schedule, got {value!r}{at}")
        good = np.asarray(self.holds(x) & (x < np.inf))  # nan fails every comparison
        if not good.all():
            raise ValueError(f"{name} must be {self.words}, got {x[~good][0]}{at}")


ABOVE_ZERO = Range("> 0", lambda x: x > 0)
NOT_BELOW_ZERO = Range(">= 0", lambda x: x >= 0)
FRACTION = Range(">= 0 and < 1", lambda x: (x >= 0) & (x < 1))


@dataclass(eq=False, repr=False)
class Optimizer:
    """Base class: asks for the gradient, keeps the state, resolves schedules, calls the rule block by block.

    A method is a dataclass. It declares its hyperparameters with their ranges (`momentum: FRACTION = 0.9`)
    and its options (`eps_inside: bool = False`), names its `state` arrays (zero at the start, attributes as
    the others are: `momentum.v`), and writes its rule as a static method `update(theta, g, *state, t,
    *hyperparameters, *options)`, each in the order of the declaration. `t` is the number of steps made.

    Raises ValueError for a hyperparameter out of range (at construction, or at the step where a schedule
    leaves it) and `Diverged` where the gradient is not finite. With K runs the others go on: it is raised
    when no run is left.
    """

    state = ()
    hyper = {}      # the declared ranges by the names of the hyperparameters
    options = ()

    def __init_subclass__(cls):
        declared = get_annotations(cls).items()
        cls.hyper = cls.hyper | {name: kind for name, kind in declared if isinstance(kind, Range)}
        cls.options = cls.options + tuple(name for name, kind in declared if kind is bool)

    def __post_init__(self):
        for name, allowed in self.hyper.items():
            if not callable(getattr(self, name)):
                allowed.check(name, getattr(self, name))
        for name in self.options:
            check_flag(name, getattr(self, name))
        self.reset()

    def reset(self):
        """Forget all steps made: t = 0 and zero state."""
        self.t = 0
        for name in self.state:
            setattr(self, name, None)

    def where(self, theta, *hyper):
        """The point at which the gradient is asked for."""
        return theta

    @np.errstate(over="ignore", invalid="ignore")  # a run that diverges is reported, once, below
    def step(self, theta, f):
        """One update of theta (P,) or (K, P), in place, from the objective f."""
        check_theta(theta)
        hyper = [self._value(name, theta) for name in self.hyper]
        state = [self._state(name, theta) for name in self.state]
        options = [getattr(self, name) for name in self.options]
        g = np.asarray(f.gradient(self.where(theta, *hyper)))
        self._check_gradient(g, theta)
        self.t += 1
        arrays = [theta, g, *state]
        largest = CACHED // len(arrays)
        if theta.size <= largest:
            self.update(*arrays, self.t, *hyper, *options)
        else:
            for block in reversed(_blocks(theta.shape, largest)):  # the check above read the end of g last
                here = [h[block[0]] if isinstance(h, np.ndarray) else h for h in hyper]
                self.update(*[a[block] for a in arrays], self.t, *here, *options)

    @staticmethod
    def update(theta, g, t):
        raise NotImplementedError

    def _value(self, name, theta):
        """Hyperparameter `name` at this step: a number, or (K, 1)."""
        value = getattr(self, name)
        if callable(value):
            value = value(self.t)
        self.hyper[name].check(name, value, self.t + 1)
        if value is None:
            return None
        if isinstance(value, float) or np.ndim(value) == 0:
            return float(value)  # a scalar of numpy's own would take float32 parameters to float64
        if theta.ndim != 2 or np.shape(value) != (len(theta), 1):
            runs = f"({len(theta)}, 1), one per run" if theta.ndim == 2 else "a number for a single run"
            raise ValueError(f"{name} must be {runs}, got an array of shape {np.shape(value)}")
        return np.asarray(value)

    def _state(self, name, theta):
        """State array `name`, zero before the first step."""
        if getattr(self, name) is None:
            setattr(self, name, np.zeros_like(theta))
        array = getattr(self, name)
        if array.shape != theta.shape:
            raise ValueError(f"theta must keep its shape {array.shape}, got {theta.shape}"
                             f" at step {self.t + 1} (reset() starts a new run)")
        return array

    def _check_gradient(self, g, theta):
        if g.shape != theta.shape:
            raise ValueError(f"gradient must have the shape of theta {theta.shape}, got {g.shape}"
                             f" at step {self.t + 1}")
        if math.isfinite(np.vdot(g, g).real):  # one fast pass; nan and inf survive it
            return
        finite = self._finite(g)
        if not finite.all(axis=-1).any():
            entry = np.argmin(finite.reshape(-1))
            value = g.reshape(-1)[entry]
            squared = " when squared" if np.isfinite(value) else ""
            raise Diverged(f"gradient must be finite{squared}, got {value} in entry {entry}"
                           f" at step {self.t + 1}: the run has diverged (try a smaller lr)", self.t + 1)

    def _finite(self, g):
        return np.isfinite(g)


class Adaptive(Optimizer):
    """Base class of the methods that divide by the root of squared gradients.

    Once a square overflows they would divide by inf and stand still without a word: it counts as a gradient
    that is not finite.
    """

    def _finite(self, g):
        return np.isfinite(g * g)


def check_theta(theta):
    if not isinstance(theta, np.ndarray) or theta.dtype.kind not in "fc":
        kind = theta.dtype if isinstance(theta, np.ndarray) else type(theta).__name__
        raise TypeError(f"theta must be a float array, it is changed in place, got {kind}")
    if theta.ndim not in (1, 2):
        raise ValueError(f"theta must be (P,) or (K, P) for K runs, got shape {theta.shape}")


def _blocks(shape, largest):
    """Indices that cut such an array into blocks of at most `largest` entries, whole runs where they fit."""
    if len(shape) == 1:
        return [(slice(i, i + largest),) for i in range(0, shape[0], largest)]
    K, P = shape
    rows = max(1, largest // P)
    return [(slice(k, k + rows), slice(i, i + largest))
            for k in range(0, K, rows) for i in range(0, P, largest)]
