"""Numbers that see what is done to them: the plumbing of automatic differentiation, and what counts its cost.

`Traced` is the base class of such numbers. autodiff.py derives `Dual` and `Variable` from it; a third, here,
`Counted`, counts the arithmetic of any code it goes through, derivatives included. Then paths through a tape.
"""

import functools
import operator
from collections import Counter
from math import prod

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from .arguments import check_count

FLAT = {np.greater, np.greater_equal, np.less, np.less_equal, np.equal, np.not_equal, np.sign}


class Traced(np.lib.mixins.NDArrayOperatorsMixin):
    """Base class of numbers that see every operation done to them: operators, numpy's functions, indexing and
    the methods below, which are as in numpy, all end in `apply`.

    A subclass has `value` (an array, or a Traced of a lower level), `level` (see `apply`), `rules` (one entry
    for each operation it knows) and `record(op, inputs, values, z)`, which makes the result. Comparisons and
    np.sign, whose derivative is 0, give plain arrays. Raises TypeError for a function without a rule, and for
    operations in place.
    """

    rules = {}

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        name = f"np.{ufunc.__name__}"
        if options.get("out") is not None:
            raise TypeError(f"{name} must not work in place (x += y, out=): derivatives need the old x")
        if method != "__call__" or options:
            raise TypeError(f"{name} must get its operands only, got {method} with options {sorted(options)}")
        if ufunc in FLAT:
            return ufunc(*map(value_of, inputs))
        scalars = (Traced, int, float, complex)
        return apply(ufunc, *(x if isinstance(x, scalars) else frozen(x) for x in inputs))

    def __array_function__(self, function, types, args, options):
        if function not in FUNCTIONS or not args or not isinstance(args[0], Traced):
            known = ", ".join(f"np.{known.__name__}" for known in FUNCTIONS)
            raise TypeError(f"np.{function.__name__} has no rule here; besides ufuncs there are {known}")
        return FUNCTIONS[function](*args, **options)

    def __array__(self, dtype=None, copy=None):
        raise TypeError(f"a {type(self).__name__} must not become a plain array: that loses its derivative;"
                        " where it is to be a constant, value_of(x) is its value")

    def __getitem__(self, at):
        parts = at if isinstance(at, tuple) else (at,)
        return index(self, tuple(frozen(i) if isinstance(i, (list, np.ndarray)) else i for i in parts))

    def __len__(self):
        return len(self.value)

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __bool__(self):
        return bool(value_of(self))

    shape = property(lambda self: self.value.shape)
    ndim = property(lambda self: len(self.shape))
    size = property(lambda self: prod(self.shape))
    T = property(lambda self: self.transpose())

    def sum(self, axis=None, *, keepdims=False):
        return sum_(self, self._axes(axis), keepdims)

    def mean(self, axis=None, *, keepdims=False):
        return self.sum(axis, keepdims=keepdims) / prod(self.shape[i] for i in self._axes(axis))

    def reshape(self, *shape):
        return reshape(self, shape[0] if len(shape) == 1 else shape)

    def transpose(self, *axes):
        axes = axes[0] if len(axes) == 1 else axes
        return transpose(self, normalize_axis_tuple(axes or range(self.ndim)[::-1], self.ndim))

    def swapaxes(self, a, b):
        axes = list(range(self.ndim))
        axes[a], axes[b] = axes[b], axes[a]
        return self.transpose(axes)

    def _axes(self, axis):
        return tuple(range(self.ndim)) if axis is None else normalize_axis_tuple(axis, self.ndim)

    def active(self, x):
        """Is x a number of this kind and level? To this level all others are constants."""
        return type(x) is type(self) and x.level == self.level


def apply(op, *inputs):
    """z = op(*inputs), recorded by the inputs of the highest level; the others are constants to them.

    Raises TypeError for an operation they have no rule for, and where two kinds of numbers share that level.
    """
    top = max((x for x in inputs if isinstance(x, Traced)), key=lambda x: x.level)
    if op not in top.rules:
        known = ", ".join(sorted(known.__name__.rstrip("_") for known in top.rules))
        raise TypeError(f"{op.__name__} has no rule for a {type(top).__name__}; there are rules for {known}")
    for x in inputs:
        if isinstance(x, Traced) and x.level == top.level and not top.active(x):
            raise TypeError(f"{op.__name__} must get one kind of numbers, got a {type(top).__name__} and a"
                            f" {type(x).__name__} (jvp, vjp, gradient and hvp nest them)")
    values = [x.value if top.active(x) else x for x in inputs]
    return top.record(op, inputs, values, op(*values))


def value_of(x):
    """The plain array under x, however deep: for a constant such as the shift of a softmax."""
    while isinstance(x, Traced):
        x = x.value
    return np.asarray(x)


def frozen(x):
    """A read-only copy of x, which nobody can change any more. Raises TypeError for what is not numbers."""
    x = np.array(x)
    if x.dtype.kind not in "biufc":
        raise TypeError(f"operands must be numbers, got {x.dtype}")
    x.flags.writeable = False
    return x


def frozen_floats(x, level):
    """Like `frozen`, with whole numbers made floats; a Traced passes as it is, if it is of a lower level."""
    if isinstance(x, Traced):
        if x.level >= level:
            raise TypeError(f"numbers made by hand must be made of plain ones, got a {type(x).__name__}"
                            " (jvp, vjp, gradient and hvp nest them)")
        return x
    x = frozen(x)
    return frozen(x.astype(float)) if x.dtype.kind in "biu" else x


def short(x):
    """The numbers under x as text, at most 4 significant digits."""
    return np.array2string(value_of(x), threshold=6, formatter={"all": lambda number: f"{number:.4g}"})


# The operations that are not ufuncs: functions of one array, and of settings that say how.

def primitive(function):
    """`function` as an operation: recorded where its array is traced, else just computed."""
    @functools.wraps(function)
    def op(x, *settings):
        return apply(op, x, *settings) if isinstance(x, Traced) else function(x, *settings)
    return op


@primitive
def sigmoid(x):
    """1 / (1 + exp(-x)), computed as (1 + tanh(x / 2)) / 2, which cannot overflow."""
    return 0.5 * (1 + np.tanh(0.5 * x))


@primitive
def sum_(x, axes, keepdims):
    return x.sum(axis=axes, keepdims=keepdims)


@primitive
def broadcast(x, shape):
    return np.broadcast_to(x, shape)


@primitive
def reshape(x, shape):
    return x.reshape(shape)


@primitive
def transpose(x, axes):
    return x.transpose(axes)


@primitive
def index(x, at):
    return x[at]


@primitive
def scatter(x, at, shape):
    """The transpose of `index`: zeros of this shape, and x added in at these places."""
    out = np.zeros(shape, x.dtype)
    np.add.at(out, at, x)
    return out


def relu(x):
    """max(x, 0). Its derivative at 0 is taken as 0."""
    return np.maximum(x, 0)


def unbroadcast(d, shape):
    """The transpose of broadcasting: d summed over the axes along which this shape is repeated."""
    extra = d.ndim - len(shape)
    repeated = tuple(range(extra)) + tuple(extra + i for i, n in enumerate(shape) if n != d.shape[extra + i])
    return d.sum(axis=repeated).reshape(shape) if repeated else d


FUNCTIONS = {np.sum: Traced.sum, np.mean: Traced.mean, np.reshape: Traced.reshape,
             np.transpose: Traced.transpose, np.swapaxes: Traced.swapaxes, np.broadcast_to: broadcast,
             np.shape: lambda x: x.shape, np.ndim: lambda x: x.ndim}


# Counting. Divisions are multiplications; subtractions, sums and changes of sign are additions; exp, tanh,
# power, maximum and the like are functions, one for each entry. Comparing and moving data is free.

PRICES = {  # operation: what z = op(*inputs) costs
    **dict.fromkeys((np.multiply, np.divide, np.square), lambda z, *inputs: {"multiplications": z.size}),
    **dict.fromkeys((np.add, np.subtract, np.negative), lambda z, *inputs: {"additions": z.size}),
    **dict.fromkeys((np.power, np.maximum, np.minimum, np.absolute, np.sqrt, np.exp, np.log, np.sin, np.cos,
                     np.tanh, sigmoid), lambda z, *inputs: {"functions": z.size}),
    **dict.fromkeys((broadcast, reshape, transpose, index), lambda z, *inputs: {}),
    np.matmul: lambda z, x, y: {"multiplications": z.size * x.shape[-1],
                                "additions": z.size * (x.shape[-1] - 1)},
    sum_: lambda z, x, axes, keepdims: {"additions": x.size - z.size},
    scatter: lambda z, x, at, shape: {"additions": x.size},
}


class Counted(Traced):
    """An array that adds whatever is done to it to `tally`, a Counter, in place."""

    rules, level = PRICES, -1            # under all others: it counts what they do

    def __init__(self, value, tally):
        self.value, self.tally = frozen_floats(value, self.level), tally

    def record(self, op, inputs, values, z):
        self.tally.update(PRICES[op](z, *values))
        return Counted(z, self.tally)

    def __repr__(self):
        return f"Counted({short(self)}, {dict(self.tally)})"


def operations(f, *arrays):
    """A Counter of multiplications, additions and functions in f(*arrays), counted while it runs.

    `operations(gradient(f), x)["multiplications"]`, or `.total()`. Only arithmetic in which the arrays take
    part is seen, not what f does with its constants alone.
    """
    tally = Counter()
    f(*(Counted(x, tally) for x in arrays))
    return tally


# Paths: dy/dx is the sum, over all paths in the tape from x to y, of the product of the derivatives on it.

def tape(output):
    """The Variables that output was computed from, itself the last, in the order in which they were made."""
    nodes, waiting = {}, [output]
    while waiting:
        node = waiting.pop()
        if node.number not in nodes:
            nodes[node.number] = node
            waiting.extend(node.parents)
    return [nodes[number] for number in sorted(nodes)]


def count_paths(output, x):
    """Number of paths from x to output, exact however large: a sweep back in which every derivative is 1."""
    paths = {output.number: 1}
    for node in reversed(tape(output)):
        for parent in node.parents:
            paths[parent.number] = paths.get(parent.number, 0) + paths[node.number]
    return paths.get(x.number, 0)


def paths(output, x):
    """Every path from output back to x: a list of edges (node, which of its inputs comes next)."""
    waiting = [(output, [])]
    while waiting:
        node, edges = waiting.pop()
        if node is x:
            yield edges
        for k, parent in enumerate(node.inputs):
            if node.active(parent):
                waiting.append((parent, edges + [(node, k)]))


def sum_over_paths(output, x, most=10_000):
    """(d output / dx, Counter): multiply along each path, then add up. Exponential in the depth.

    Each product starts from 1, as a sweep does. Raises ValueError for more than `most` paths.
    """
    if count_paths(output, x) > most:
        raise ValueError(f"output must have at most {most:,} paths from x, got {count_paths(output, x):,}")
    tally, total = Counter(), None
    for edges in paths(output, x):
        product = Counted(np.ones(output.shape), tally)
        for node, k in edges:
            product = node.contribution(k, product)
        total = product if total is None else total + product
    return np.zeros(x.shape) if total is None else total.value, tally


def merge_at_nodes(output, x):
    """(d output / dx, Counter) by reverse mode: at a node, add up first. Linear in the edges.

    Leaves the adjoints in the nodes, as Counted numbers.
    """
    tally = Counter()
    output.backward(Counted(np.ones(output.shape), tally))
    return np.zeros(x.shape) if x.adjoint is None else x.adjoint.value, tally


def layered(x, depth, width, rng):
    """A number x through `depth` layers of `width` units, each a weighted sum of all before it, to an output.

    width^depth paths, 2 width + (depth - 1) width^2 weights; these are normal, from rng, with a variance that
    keeps the size of the signal. Raises ValueError where depth or width is not a whole number >= 1.
    """
    check_count("depth", depth)
    check_count("width", width)
    units = [x]
    for n_out in [width] * depth + [1]:
        W = rng.normal(0, len(units) ** -0.5, (n_out, len(units))).tolist()
        units = [functools.reduce(operator.add, map(operator.mul, row, units)) for row in W]
    return units[0]
