"""Automatic differentiation of functions of numpy arrays: dual numbers (forward mode), a tape (reverse mode).

    z = op(x, y)   forward   dz = (dz/dx) dx + (dz/dy) dy              Dual: value and derivative side by side
                   reverse   adjoint of x += (dz/dx)^T adjoint of z    Variable: from the output to the inputs

Griewank & Walther 2008, chapter 3. A function is written once, with operators, numpy's functions, `sigmoid`,
`relu`; it then takes plain arrays, complex ones, Duals and Variables alike:

    f = lambda W: np.tanh(x @ W).sum()
    gradient(f)(W)      hvp(f)(W, V)      check_gradient(f, W)

Modes nest. Each call of jvp, vjp or gradient has its own level, and to it the numbers of lower levels are
constants; without that, derivatives of derivatives get mixed up (Siskind & Pearlmutter 2005). The plumbing is
in graph.py: operators and numpy's functions end in `record`, below.
"""

import functools
import itertools
from dataclasses import dataclass

import numpy as np

from .arguments import check_number, check_rng
from .graph import (Traced, broadcast, frozen_floats, index, operations, relu, reshape, scatter, short,
                    sigmoid, sum_, tape, transpose, unbroadcast, value_of)

# For each operand of z = op(x, y): d times dz/doperand. The Jacobian of an elementwise operation is diagonal,
# its own transpose: one rule serves both modes.
ELEMENTWISE = {
    np.add: (lambda d, z, x, y: d, lambda d, z, x, y: d),
    np.subtract: (lambda d, z, x, y: d, lambda d, z, x, y: -d),
    np.multiply: (lambda d, z, x, y: d * y, lambda d, z, x, y: d * x),
    np.divide: (lambda d, z, x, y: d / y, lambda d, z, x, y: -(d * z / y)),
    # (p != 0): x^0 is flat at 0 too, where 0 x^-1 would be nan
    np.power: (lambda d, z, x, p: d * (p * x ** (p - (p != 0))), lambda d, z, x, p: d * (z * np.log(x))),
    # where x = y the second has the derivative, so that relu'(0) = 0
    np.maximum: (lambda d, z, x, y: d * (x > y), lambda d, z, x, y: d * (x <= y)),
    np.minimum: (lambda d, z, x, y: d * (x < y), lambda d, z, x, y: d * (x >= y)),
    np.negative: (lambda d, z, x: -d,),
    np.absolute: (lambda d, z, x: d * np.sign(x),),
    np.square: (lambda d, z, x: d * (2 * x),),
    np.sqrt: (lambda d, z, x: d / (2 * z),),
    np.exp: (lambda d, z, x: d * z,),
    np.log: (lambda d, z, x: d / x,),
    np.sin: (lambda d, z, x: d * np.cos(x),),
    np.cos: (lambda d, z, x: -(d * np.sin(x)),),
    np.tanh: (lambda d, z, x: d * (1 - z * z),),
    sigmoid: (lambda d, z, x: d * (z * (1 - z)),),
}


def left_of_matmul(d, z, x, y):
    """d y^T. A vector on the left is a matrix of one row, a vector on the right one of one column."""
    if y.ndim == 1:
        return d[..., None] * y
    return (d[..., None, :] if x.ndim == 1 else d) @ y.swapaxes(-1, -2)


def right_of_matmul(d, z, x, y):
    """x^T d."""
    if x.ndim == 1:
        return d * x if y.ndim == 1 else x[:, None] * d[..., None, :]
    return (x.swapaxes(-1, -2) @ d[..., None])[..., 0] if y.ndim == 1 else x.swapaxes(-1, -2) @ d


FORWARD = ELEMENTWISE | {np.matmul: (lambda d, z, x, y: d @ y, lambda d, z, x, y: x @ d)} | {
    # a linear operation does to the derivative what it does to the value
    linear: (lambda d, z, x, *settings, op=linear: op(d, *settings),)
    for linear in (sum_, broadcast, reshape, transpose, index, scatter)
}

REVERSE = ELEMENTWISE | {
    np.matmul: (left_of_matmul, right_of_matmul),
    sum_: (lambda d, z, x, axes, keepdims: broadcast(
        reshape(d, tuple(1 if i in axes else n for i, n in enumerate(x.shape))), x.shape),),
    broadcast: (lambda d, z, x, shape: d,),             # `unbroadcast` in Variable does the rest
    reshape: (lambda d, z, x, shape: reshape(d, x.shape),),
    transpose: (lambda d, z, x, axes: transpose(d, tuple(np.argsort(axes))),),
    index: (lambda d, z, x, at: scatter(d, at, x.shape),),
    scatter: (lambda d, z, x, at, shape: index(d, at),),
}


class Dual(Traced):
    """value + derivative * eps with eps^2 = 0, arrays of the same shape: forward mode (Clifford 1873).

        (a + a' eps) (b + b' eps) = a b + (a' b + a b') eps

    >>> (Dual(3.0, 1.0) ** 2).derivative        # d/dx x^2 at 3
    array(6.)

    Raises ValueError where the shapes differ, TypeError for what is not numbers.
    """

    rules = FORWARD

    def __init__(self, value, derivative, level=0):
        self.level = level
        self.value, self.derivative = frozen_floats(value, level), frozen_floats(derivative, level)
        if (got := self.derivative.shape) != self.shape:
            raise ValueError(f"derivative must have the shape of value {self.shape}, got {got}")

    def record(self, op, inputs, values, z):
        terms = [rule(x.derivative, z, *values) for rule, x in zip(FORWARD[op], inputs) if self.active(x)]
        return Dual(z, broadcast(functools.reduce(np.add, terms), z.shape), self.level)

    def __repr__(self):
        return f"Dual({short(self.value)}, {short(self.derivative)})"


class Variable(Traced):
    """A value that knows how it was computed, a node of the tape: reverse mode (Linnainmaa 1970).

    op        name of the operation that made it; for an input, the name it was given
    value     array, read-only: the sweep back needs it as it was
    adjoint   d output / d value, of the same shape; None until a sweep arrives
    inputs    what the operation got, constants and settings (axes, shape) included
    parents   the Variables among these, one for each use: twice x for x * x
    number    counts Variables in the order in which they are made, parents before children

    >>> x = Variable(3.0, "x")
    >>> y = x * x + x
    >>> y.backward()
    >>> float(x.adjoint)
    7.0

    Raises TypeError for what is not numbers, and for operations that would change it in place.
    """

    rules = REVERSE
    numbers = itertools.count()

    def __init__(self, value, name="input", level=0):
        self.value, self.op, self.level = frozen_floats(value, level), name, level
        self.adjoint, self.inputs, self.parents, self.number = None, (), (), next(self.numbers)

    def record(self, op, inputs, values, z):
        node = Variable(z, op.__name__.rstrip("_"), self.level)
        node.function, node.inputs, node.values = op, inputs, values
        node.parents = tuple(x for x in inputs if self.active(x))
        return node

    def contribution(self, k, adjoint):
        """(dz/dx)^T adjoint: what this node z, with this adjoint, adds to that of its input x, the k-th."""
        d = REVERSE[self.function][k](adjoint, self.value, *self.values)
        return unbroadcast(d, self.values[k].shape)

    def sweep(self, seed=None):
        """Adjoints backward from this output, in place; yields each node once it has passed its own on.

        `seed` is the adjoint of the output, 1 where that is a single number. Each sweep starts anew: nothing
        is added to what another one left. Raises ValueError where seed has not the shape of the output.
        """
        seed, nodes = self._checked_seed(seed), tape(self)
        for node in nodes:
            node.adjoint = None
        self.adjoint = seed
        for node in reversed(nodes):
            for k, x in enumerate(node.inputs):
                if node.active(x):
                    term = node.contribution(k, node.adjoint)
                    x.adjoint = term if x.adjoint is None else x.adjoint + term
            yield node

    def _checked_seed(self, seed):
        seed = 1.0 if seed is None else seed
        seed = frozen_floats(value_of(self).dtype.type(seed) if isinstance(seed, float) else seed, self.level)
        if seed.shape != self.shape:
            raise ValueError(f"seed must have the shape of the output {self.shape}, got {seed.shape}")
        return seed

    def backward(self, seed=None):
        """The whole sweep at once."""
        for _ in self.sweep(seed):
            pass

    def __repr__(self):
        adjoint = "" if self.adjoint is None else f", adjoint={short(self.adjoint)}"
        return f"Variable({self.op}, value={short(self.value)}{adjoint})"


# Functions of a function f of one array; J is its Jacobian at x, H its Hessian.

_levels = itertools.count(1)  # Duals and Variables made by hand are at level 0


def jvp(f):
    """(x, v) -> J v, of the shape of f(x), by forward mode. Raises ValueError if v is not shaped like x."""
    def product(x, v):
        x = Dual(x, v, next(_levels))
        y = _checked(f(x))
        return _own(y.derivative if x.active(y) else np.zeros(np.shape(y)))
    return product


def vjp(f):
    """(x, u) -> J^T u, of the shape of x, by reverse mode. Raises ValueError if u is not shaped like f(x)."""
    def product(x, u):
        x = Variable(x, level=next(_levels))
        y = _checked(f(x))
        if np.shape(u) != np.shape(y):
            raise ValueError(f"u must have the shape of f(x) {np.shape(y)}, got {np.shape(u)}")
        if x.active(y):
            y.backward(u)
        return _own(np.zeros_like(value_of(x)) if x.adjoint is None else x.adjoint)
    return product


def gradient(f):
    """x -> gradient of f, of the shape of x, by reverse mode. Raises ValueError if f(x) is not one number."""
    def number(x):
        y = _checked(f(x))
        if np.shape(y) != ():
            raise ValueError(f"f must return a single number, got shape {np.shape(y)}; vjp is for arrays")
        return y
    return lambda x: vjp(number)(x, 1.0)


def hvp(f):
    """(x, v) -> H v, of the shape of x: forward over reverse. Exact, for a few times a gradient's cost."""
    return jvp(gradient(f))


def _own(x):  # not the tape's: the caller may change it
    return x if isinstance(x, Traced) else np.array(x)[()]


def _checked(y):
    if not isinstance(y, Traced) and np.asarray(y).dtype.kind not in "biufc":
        raise TypeError(f"f must return an array, got {y!r:.60}")
    return y


def cost(f, x):
    """Counters of operations in f(x), in one forward sweep (J v) and in one reverse sweep (J^T u).

    The Jacobian costs f(x) and a forward sweep for each input, or f(x) and a reverse sweep for each output.
    """
    value, v, u = operations(f, x), np.ones(np.shape(x)), np.ones(np.shape(f(x)))
    return value, operations(jvp(f), x, v) - value, operations(vjp(f), x, u) - value


def complex_step(value, x, v, h=1e-30):
    """Derivative of value at x along v: Im value(x + i h v) / h, exact to rounding: nothing is subtracted.

    Squire & Trapp 1998. Right only where value is analytic: no abs, no conj, no .real on the way.
    """
    return np.imag(value(x + 1j * h * v)) / h


def central_difference(value, x, v, h=5e-6):
    """Derivative of value at x along v: (value(x + h v) - value(x - h v)) / 2h, to O(h^2 + 1e-16 / h)."""
    return (value(x + h * v) - value(x - h * v)) / (2 * h)


@dataclass(frozen=True)
class GradientReport:
    """The largest relative errors of a gradient along all directions tried; if it is wrong, a wrong entry."""

    reference: str                      # "complex step" or "central difference"
    error: float                        # against it
    central_error: float                # against central differences
    entry: tuple | None = None
    claimed: float | None = None        # what the gradient says there
    measured: float | None = None       # what the reference says

    def __str__(self):
        found = f"relative error {self.error:.2g} against {self.reference}, {self.central_error:.2g} central"
        if self.entry is None:
            return f"gradient agrees with value: {found}"
        hint = "" if self.central_error > 1e-5 or self.error < 1e-5 else (
            "; only the complex step disagrees: with abs, .real or a cast in value, pass holomorphic=False")
        return (f"gradient must be that of value, got {self.claimed:.4g} in entry {self.entry}, where the"
                f" {self.reference} gives {self.measured:.4g} ({found}{hint})")


class WrongGradient(ValueError):
    """The gradient is not that of the value. `report` is the GradientReport."""

    report = property(lambda self: self.args[0])


def check_gradient(f, x, rng=None, directions=8, tol=None, holomorphic=True):
    """Compare gradient and value of f at x: a GradientReport, or raises WrongGradient, which names an entry.

    f is an objective, a pair of functions (value, gradient), or a function, for gradient(f). x has any shape
    and one value, or is (..., P) with values (...), one per run. Tried are random directions of rng, or each
    entry. The reference is the complex step (tol 1e-10); with holomorphic=False, for a value that takes no
    complex numbers, central differences (tol 1e-6). An error is relative to the derivative along v, or to its
    usual size |gradient| |v| / sqrt(P) if that is larger. ValueError for wrong shapes and what is not finite.
    """
    pair = (f, gradient(f)) if callable(f) else f
    value, gradient_of = pair if isinstance(pair, tuple) else (f.value, f.gradient)
    if rng is not None:
        check_rng(rng, " or None")
    check_number("directions", directions, ">= 1", lambda x: x >= 1)
    reference, usual_tol = (complex_step, 1e-10) if holomorphic else (central_difference, 1e-6)
    tol = usual_tol if tol is None else tol
    check_number("tol", tol, ">= 0", lambda x: x >= 0)
    x = np.array(x, float)
    y, g = np.asarray(value(x.copy())), np.asarray(gradient_of(x.copy()))
    if y.shape not in ((), x.shape[:-1]):
        raise ValueError(f"value must be one number, or one per run {x.shape[:-1]}, got shape {y.shape}")
    if g.shape != x.shape:
        raise ValueError(f"gradient must have the shape of x {x.shape}, got {g.shape}")
    for name, array in (("x", x), ("value", y), ("gradient", g)):
        if not np.isfinite(array).all():
            raise ValueError(f"{name} must be finite, got {array[~np.isfinite(array)][0]}")
    point = x.shape[y.ndim:]            # the shape of one run
    n, axes = int(np.prod(point)), tuple(range(y.ndim, x.ndim))

    def compare(v, measure):
        """For each run, what the gradient says along v against what is measured: gap and relative error."""
        claimed, measured = (g * v).sum(axis=axes), measure(value, x, v)
        if not np.isfinite(measured).all():
            raise ValueError(f"value must be finite near x, got {measured} by {measure.__name__}")
        usual = np.sqrt((g * g).sum(axis=axes) / n) * np.linalg.norm(v)
        scale = np.maximum(np.maximum(abs(claimed), abs(measured)), usual)
        return abs(claimed - measured), abs(claimed - measured) / np.where(scale > 0, scale, 1)

    def part(v, entries):
        """v with zeros in all other entries."""
        return np.where(np.isin(np.arange(n), entries).reshape(point), v, 0.0)

    error, central_error, worst = 0.0, 0.0, None
    for i in range(n if rng is None else directions):
        v = part(1.0, i) if rng is None else rng.normal(size=point)
        central_error = max(central_error, float(compare(v, central_difference)[1].max()))
        if (e := float(compare(v, reference)[1].max())) > error:
            error, worst = e, v
    name = reference.__name__.replace("_", " ")
    if error <= tol:
        return GradientReport(name, error, central_error)
    entries = np.flatnonzero(worst)
    while len(entries) > 1:             # keep the half of the direction along which the gap is larger
        halves = np.array_split(entries, 2)
        entries = max(halves, key=lambda half: compare(part(worst, half), reference)[0].max())
    unit = part(1.0, entries)
    run = np.unravel_index(np.argmax(compare(unit, reference)[0]), y.shape)
    entry = tuple(int(i) for i in run + np.unravel_index(entries[0], point))
    measured = np.asarray(reference(value, x, unit))[run]
    raise WrongGradient(GradientReport(name, error, central_error, entry, float(g[entry]), float(measured)))
