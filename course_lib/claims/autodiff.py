"""Lecture 2: the experiments behind claims C28 and C29.

Operations (multiplications, additions, functions) are counted while the library's code runs, so nothing here
is timed. P is the number of parameters.
"""

from collections import Counter

import numpy as np

from course_lib.autodiff import Variable, gradient, jvp, vjp
from course_lib.graph import Counted, count_paths, layered, merge_at_nodes, operations, sum_over_paths, tape

from .measurement import OURS, SOURCE, Claim, Part, above, below, listed, medians, number, same, zero
from .runs import generators

UNITS = np.array([2, 4, 8, 16])         # hidden units of the networks of C28
BOUND = 5                               # times the evaluation (Griewank & Walther 2008, chapter 3)
SHAPES = ((64, 1), (8, 8), (1, 64))     # inputs, outputs
WALKED = np.arange(1, 6)                # depths at which every path is walked
DEPTHS = np.arange(1, 13)               # depths at which paths are merged


# C28: forward and reverse mode

def reverse_cost(seeds):
    """The gradient of a network's loss by one reverse sweep.

    Set-up: networks of 3 to 6 inputs, one layer of 2 to 16 tanh units and one output; mean squared error on 8
    random examples. Measured: operations of loss and gradient over those of the loss alone.
    Statistics: that ratio for 16 units over that for 2, claimed to be 1: a pass whatever the number of
    parameters. We add: the ratio itself, below the bound of theory.
    """
    P, ratio = cost_of_gradient(seeds, by_reverse)
    data = {"P": P, "ratio": ratio}
    return (
        Part("reverse mode: all derivatives in one pass", SOURCE, same(
            ratio[:, -1] / ratio[:, 0], f"Networks of {medians(P)} parameters: loss and gradient take"
            f" {medians(ratio)} times the operations of the loss alone. From the smallest network to the"
            f" largest that changes by a factor of {medians(ratio[:, -1] / ratio[:, 0])}."), data=data),
        Part("never dear", OURS, below(
            ratio[:, -1], f"Theory bounds loss and gradient by {BOUND} times the loss; the largest networks"
            f" take {medians(ratio[:, -1])} times.", than=BOUND), data=data))


def forward_cost(seeds):
    """The same gradients by forward sweeps, one for each parameter.

    Set-up: as in `reverse_cost`. Statistic: the ratio for 16 units over that for 2, divided by the same
    quotient of the numbers of parameters. Claimed: 1.
    """
    P, ratio = cost_of_gradient(seeds, by_forward)
    growth = ratio[:, -1] / ratio[:, 0]
    return Part("forward mode: one pass for each input", SOURCE, same(
        growth / (P[:, -1] / P[:, 0]), f"Networks of {medians(P)} parameters: by forward mode loss and"
        f" gradient take {medians(ratio)} times the operations of the loss,"
        f" {number(np.median(ratio / P))} for each parameter: every pass evaluates the loss again."),
        data={"P": P, "ratio": ratio})


def same_gradient(seeds):
    """Both modes against each other.

    Set-up: as in `reverse_cost`, the network of 8 units.
    Statistic: the largest difference between the two gradients, over the largest entry. Claimed: rounding.
    """
    gaps = []
    for rng in generators(seeds):
        f, theta = network(rng, 8)
        g = by_reverse(f)(theta)
        gaps.append(np.abs(np.array(by_forward(f)(theta)) - g).max() / np.abs(g).max())
    return Part("both give the same derivatives", OURS, zero(
        gaps, f"The largest difference between the two gradients, over the largest entry: {medians(gaps)}."
        " They differ in the order of the additions only."))


def jacobians(seeds):
    """The whole Jacobian of functions of n inputs and m outputs, by either mode.

    Set-up: tanh(x V) W with 8 to 24 random hidden units; 64 inputs and 1 output, 8 and 8, 1 and 64.
    Statistic: operations by forward over operations by reverse sweeps. Claimed: above 1. Arms: 64 inputs and
    1 output, 1 input and 64 outputs.
    """
    ratio = []
    for rng in generators(seeds):
        units, row = rng.integers(8, 25), []
        for n, m in SHAPES:
            V, W, x = rng.standard_normal((n, units)), rng.standard_normal((units, m)), rng.standard_normal(n)
            forward, reverse = (operations(mode(lambda x: np.tanh(x @ V) @ W, m), x).total()
                                for mode in (jacobian_by_forward, jacobian_by_reverse))
            row.append(forward / reverse)
        ratio.append(row)
    ratio = np.array(ratio)
    (many, one), (n, m), _ = SHAPES
    return Part(
        "reverse mode is the more useful one", SOURCE,
        above(ratio[:, 0], f"{many} inputs and {one} output: forward mode takes {medians(ratio[:, 0])} times"
              " the operations of reverse mode. The loss of a network is such a function.",
              "there are more inputs than outputs"),
        above(ratio[:, 2], f"{one} input and {many} outputs: {medians(ratio[:, 2])} times. With {n} inputs"
              f" and {m} outputs it is {medians(ratio[:, 1])}.", "there are more outputs than inputs"),
        {"ratio": ratio})


def network(rng, units):
    """The loss of a network with so many hidden units as a function of its P parameters, and these."""
    n = rng.integers(3, 7)
    x, target = rng.standard_normal((8, n)), rng.standard_normal(8)
    theta = rng.standard_normal((n + 2) * units + 1) / 2

    def loss(theta):
        W, b = theta[:n * units].reshape(n, units), theta[n * units:(n + 1) * units]
        w, c = theta[(n + 1) * units:-1], theta[-1]
        return np.mean(np.square(np.tanh(x @ W + b) @ w + c - target))

    return loss, theta


def by_reverse(f):
    return gradient(f)


def by_forward(f):
    """The gradient, one forward sweep for each entry of theta."""
    return lambda theta: [jvp(f)(theta, unit) for unit in units_of(theta.size, theta)]


def jacobian_by_forward(f, m):
    return lambda x: [jvp(f)(x, unit) for unit in units_of(x.size, x)]


def jacobian_by_reverse(f, m):
    return lambda x: [vjp(f)(x, unit) for unit in units_of(m, x)]


def units_of(n, x):
    """The n unit vectors; where x is counted, they are too, or what a sweep does first would go unseen."""
    return [Counted(unit, x.tally) if isinstance(x, Counted) else unit for unit in np.eye(n)]


def cost_of_gradient(seeds, mode):
    """P (seeds, sizes), and operations of the gradient by this mode over those of the loss."""
    P, ratio = [], []
    for rng in generators(seeds):
        made = [network(rng, units) for units in UNITS]
        P.append([theta.size for _, theta in made])
        ratio.append([operations(mode(f), theta).total() / operations(f, theta).total() for f, theta in made])
    return np.array(P), np.array(ratio)


# C29: paths and nodes

def path_growth(seeds):
    """Multiplications of a sum over paths against depth.

    Set-up: layered graphs of one input and one output with random weights, 1 to 5 layers of 2 or 3 units; and
    with one unit a layer. A path through d layers takes d + 1 multiplications.
    Statistic: multiplications with 5 layers over those with 4. Claimed: above 6/5, what a fixed number of
    paths would give. Arms: layers of several units, of one.
    """
    wide, chain = (multiplications(seeds, least, sum_over_paths, WALKED) for least in (2, 1))
    factor, chain_factor = (made[:, -1] / made[:, -2] for made in (wide, chain))
    longest = paths_of(seeds)
    fixed = (WALKED[-1] + 1) / (WALKED[-2] + 1)
    return Part(
        "over paths: exponential", SOURCE,
        above(factor, f"Depths {listed(WALKED)}: {counts(wide)} multiplications in the median; the seeds draw"
              f" widths {listed(np.unique(wide[:, 0] / (WALKED[0] + 1)))}. The last layer multiplies"
              f" them by {medians(factor)}; a fixed number of paths would give {number(fixed)}."
              f" With {DEPTHS[-1]} layers there are about {number(longest.min())} to {number(longest.max())}"
              " paths.",
              "layers have two units or more", than=fixed),
        above(chain_factor, f"A chain of single units has one path: {counts(chain)} multiplications.",
              "layers have a single unit", than=fixed),
        {"wide": wide, "chain": chain, "paths": longest})


def node_growth(seeds):
    """Multiplications of one sweep against depth, the paths merged at the nodes.

    Set-up: the graphs of `path_growth`, 1 to 12 layers; a reverse sweep, and a forward sweep.
    Statistic: the largest number of multiplications that one more layer adds, over the smallest. Claimed: 1.
    """
    found = []
    for name, way in ("backward", merge_at_nodes), ("forward", merge_forward):
        merged = multiplications(seeds, 2, way, DEPTHS)
        added = np.diff(merged, axis=1)
        shown = [0, 1, 2, -1]
        found.append(Part(f"merging at the nodes, {name}: linear", SOURCE, same(
            added.max(axis=1) / added.min(axis=1), f"Depths {listed(DEPTHS[shown])}:"
            f" {counts(merged[:, shown])} multiplications. Each layer adds {counts(added[:, -1:])}, one for"
            " each of its weights."),
            data={"merged": merged}))
    return tuple(found)


def same_sum(seeds):
    """The sum over paths against the merged derivative.

    Set-up: the graphs of `path_growth` with 4 layers. Statistic: the larger difference of backward and
    forward merging to the sum over paths, relative. Claimed: rounding.
    """
    gaps = []
    for seed in seeds:
        total, *merged = (derivative(seed, 2, 4, way)[0]
                          for way in (sum_over_paths, merge_at_nodes, merge_forward))
        gaps.append(max(abs(float(d) - float(total)) for d in merged) / abs(float(total)))
    return Part("both are the same sum", SOURCE, zero(
        gaps, f"The derivatives differ by {medians(gaps)} of their size. Merging is the distributive law,"
        " a b + a c = a (b + c), and nothing else."))


def merge_forward(output, x):
    """(d output / dx, Counter) by carrying the derivative forward. For numbers, not arrays."""
    tally = Counter()
    tangent = {x.number: Counted(np.ones(x.shape), tally)}
    for node in tape(output):
        for k, parent in enumerate(node.inputs):
            if node.active(parent) and parent.number in tangent:
                d = node.contribution(k, tangent[parent.number])
                tangent[node.number] = tangent[node.number] + d if node.number in tangent else d
    return tangent[output.number].value, tally


def derivative(seed, least, depth, way):
    """(derivative, Counter) of a layered graph by this way; least is 1 for a chain, else 2 or 3 units."""
    rng = np.random.default_rng(seed)
    width = int(rng.integers(least, 2 * least))
    x = Variable(rng.standard_normal(), "x")
    return way(layered(x, depth, width, rng), x)


def multiplications(seeds, least, way, depths):
    """Counts (seeds, depths); a seed has the same width at all depths."""
    return np.array([[derivative(seed, least, int(depth), way)[1]["multiplications"] for depth in depths]
                     for seed in seeds])


def counts(values):
    """The lower median over the seeds of each column of counts (seeds, n), in all its digits."""
    *first, last = (f"{int(x):,}" for x in np.quantile(values, 0.5, axis=0, method="lower"))
    return f"{', '.join(first)} and {last}" if first else last


def paths_of(seeds):
    """Paths through the deepest graph of each seed."""
    return np.array([derivative(seed, 2, int(DEPTHS[-1]), lambda output, x: (count_paths(output, x), None))[0]
                     for seed in seeds])


CLAIMS = (
    Claim("C28", 2, "S1 Automatic differentiation",
          "Reverse mode gives the derivatives by all parameters in one pass; forward mode needs a pass for"
          " each. So reverse mode is the more useful one for networks.",
          (reverse_cost, forward_cost, same_gradient, jacobians)),
    Claim("C29", 2, "S1 Backpropagation",
          "A sum over all paths is exponential in the depth; merging the paths at the nodes makes it"
          " linear, forward or backward.",
          (path_growth, node_growth, same_sum)),
)
