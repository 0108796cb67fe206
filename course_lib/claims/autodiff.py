"""Lecture 2: the experiments behind claims C28 and C29.

Each experiment is a function of a tuple of seeds. Its docstring says what is set up, which statistic is
taken, one value per seed, and what would refute the claim. Operations (multiplications, additions, functions)
are counted while the library's code runs, so nothing here is timed. P is the number of parameters.
"""

from collections import Counter

import numpy as np

from course_lib.autodiff import Variable, gradient, jvp, vjp
from course_lib.graph import Counted, count_paths, layered, merge_at_nodes, operations, sum_over_paths, tape

from .findings import Claim, Finding, judge, listed, medians, mostly, number
from .runs import exponent, generators

UNITS = np.array([2, 4, 8, 16])         # hidden units of the networks of C28
BOUND = 5                               # times the evaluation (Griewank & Walther 2008, chapter 3)
SHAPES = ((64, 1), (8, 8), (1, 64))     # inputs, outputs
WALKED = np.arange(1, 6)                # depths at which every path is walked
DEPTHS = np.arange(1, 13)               # depths at which paths are merged
SAME = 1e-10                            # relative: far above rounding, far below any mistake
FLOOR = 1e-16                           # no difference on one machine may be this on another


# C28: forward and reverse mode

def reverse_cost(seeds):
    """The gradient of a network's loss by one reverse sweep.

    Set-up: networks of 3 to 6 inputs, one layer of 2 to 16 tanh units and one output; mean squared error on 8
    random examples.
    Statistic: operations of loss and gradient over those of the loss, for the largest network.
    Refuted where that is above the bound of theory, 5, or grows with the number of parameters faster
    than P^0.1.
    """
    P, ratio = cost_of_gradient(seeds, by_reverse)
    growth = each_exponent(P, ratio)
    return Finding(
        "reverse mode: all derivatives in one pass",
        f"operations of loss and gradient / of the loss alone, {UNITS[-1]} hidden units", ratio[:, -1],
        *judge(mostly((ratio[:, -1] < BOUND) & (growth < 0.1))),
        f"Median ratios {medians(ratio)} for P = {medians(P)} parameters; theory bounds them by {BOUND}.",
        {"P": P, "ratio": ratio, "growth": growth})


def forward_cost(seeds):
    """The same gradients by forward sweeps, one for each parameter.

    Set-up: as in `reverse_cost`.
    Statistic: p in (operations of loss and gradient over those of the loss) ~ P^p.
    Refuted where p is below 0.9.
    """
    P, ratio = cost_of_gradient(seeds, by_forward)
    growth = each_exponent(P, ratio)
    return Finding(
        "forward mode: one pass for each input",
        "exponent p in operations of gradient / of loss ~ P^p", growth,
        *judge(mostly(growth > 0.9)),
        f"Median ratios {medians(ratio)} for P = {medians(P)} parameters, nearly"
        f" {number(np.median(ratio / P))} P.",
        {"P": P, "ratio": ratio, "growth": growth})


def same_gradient(seeds):
    """Both modes against each other.

    Set-up: as in `reverse_cost`, the network of 8 units.
    Statistic: the largest difference between the two gradients, over the largest entry.
    Refuted where it is above 1e-10: what is compared must be the same thing.
    """
    gaps = []
    for rng in generators(seeds):
        f, theta = network(rng, 8)
        g = by_reverse(f)(theta)
        gaps.append(np.abs(by_forward(f)(theta) - g).max() / np.abs(g).max())
    gaps = np.maximum(gaps, FLOOR)
    return Finding(
        "both give the same derivatives", "largest difference / largest entry of the gradient", gaps,
        *judge(mostly(gaps < SAME)), "They differ in the order of the additions only.", {})


def jacobians(seeds):
    """The whole Jacobian of functions of n inputs and m outputs, by either mode.

    Set-up: tanh(x V) W with 8 to 24 random hidden units; 64 inputs and 1 output, 8 and 8, 1 and 64.
    Statistic: operations by forward over operations by reverse sweeps, 64 inputs and 1 output.
    Refuted where reverse is not cheaper there. Holds only if there are more inputs than outputs where it is
    dearer with 1 input and 64 outputs.
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
    return Finding(
        "reverse mode is the one to use",
        "operations by forward / by reverse mode, 64 inputs and 1 output", ratio[:, 0],
        *judge(mostly((ratio > 1).all(axis=1)), mostly(ratio[:, 0] > 1),
               "there are more inputs than outputs"),
        f"With 8 inputs and 8 outputs the ratio is {medians(ratio[:, 1])}, with 1 input and 64 outputs"
        f" {medians(ratio[:, 2])}: there forward mode is the cheaper one. A network's loss is one output.",
        {"shapes": SHAPES, "ratio": ratio})


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
    """The gradient, one forward sweep for each entry of theta. The sum puts them together."""
    def whole(theta):
        return sum(jvp(f)(theta, unit) * unit for unit in np.eye(theta.size))
    return whole


def jacobian_by_forward(f, m):
    return lambda x: [jvp(f)(x, unit) for unit in np.eye(x.size)]


def jacobian_by_reverse(f, m):
    return lambda x: [vjp(f)(x, unit) for unit in np.eye(m)]


def cost_of_gradient(seeds, mode):
    """P (seeds, sizes), and operations of the gradient by this mode over those of the loss."""
    P, ratio = [], []
    for rng in generators(seeds):
        made = [network(rng, units) for units in UNITS]
        P.append([theta.size for _, theta in made])
        ratio.append([operations(mode(f), theta).total() / operations(f, theta).total() for f, theta in made])
    return np.array(P), np.array(ratio)


def each_exponent(x, y):
    """p of y ~ x^p for each row: x and y (seeds, n) -> (seeds,)."""
    return np.array([exponent(a, b[None])[0] for a, b in zip(x, y)])


# C29: paths and nodes

def path_growth(seeds):
    """Multiplications of a sum over paths against depth.

    Set-up: layered graphs of one input and one output with random weights, 1 to 5 layers of 2 or 3 units; and
    with one unit a layer.
    Statistic: multiplications with 5 layers over those with 4.
    Refuted where a further layer does not always double them, at least: for anything slower than exponential
    the factor falls to 1. Holds only if layers have several units where a chain has no such growth.
    """
    wide, chain = (multiplications(seeds, least, sum_over_paths, WALKED) for least in (2, 1))
    factor, chain_factor = (made[:, 1:] / made[:, :-1] for made in (wide, chain))
    longest = paths_of(seeds)
    return Finding(
        "paths: exponential", f"multiplications at depth {WALKED[-1]} / at depth {WALKED[-2]}", factor[:, -1],
        *judge(mostly((chain_factor >= 2).all(axis=1)), mostly((factor >= 2).all(axis=1)),
               "layers have two units or more"),
        f"Medians {medians(wide)} for depths {listed(WALKED)}; in a chain of single units, which has one"
        f" path, {medians(chain)}. With {DEPTHS[-1]} layers there are {number(longest.min())} to"
        f" {number(longest.max())} paths.",
        {"depth": WALKED, "wide": wide, "chain": chain, "paths": longest})


def node_growth(seeds):
    """Multiplications of the reverse sweep against depth.

    Set-up: the graphs of `path_growth`, 1 to 12 layers.
    Statistic: the largest number of multiplications that one more layer adds, over the smallest.
    Refuted where it is not 1: what grows linearly grows by the same amount each time.
    """
    merged, even = added_by_layers(seeds, merge_at_nodes)
    return Finding(
        "merging at nodes, backward: linear",
        "largest / smallest number of multiplications that a layer adds", even,
        *judge(mostly(np.abs(even - 1) < SAME)),
        f"Medians {medians(merged[:, [0, 1, 2, -1]])} for depths {listed(DEPTHS[[0, 1, 2, -1]])}: each layer"
        " adds one for each of its weights.",
        {"depth": DEPTHS, "merged": merged})


def forward_growth(seeds):
    """Multiplications of a forward sweep against depth.

    Set-up and statistic: as in `node_growth`, for the derivative carried forward.
    Refuted where the statistic is not 1.
    """
    merged, even = added_by_layers(seeds, merge_forward)
    return Finding(
        "merging at nodes, forward: linear",
        "largest / smallest number of multiplications that a layer adds", even,
        *judge(mostly(np.abs(even - 1) < SAME)),
        f"Medians {medians(merged[:, [0, 1, 2, -1]])} for depths {listed(DEPTHS[[0, 1, 2, -1]])}: one for"
        " each weight again.",
        {"depth": DEPTHS, "merged": merged})


def same_sum(seeds):
    """The sum over paths against the merged derivative.

    Set-up: the graphs of `path_growth` with 4 layers.
    Statistic: the larger difference of backward and forward merging to the sum over paths, relative.
    Refuted where it is above 1e-10.
    """
    gaps = []
    for seed in seeds:
        total, *merged = (derivative(seed, 2, 4, way)[0]
                          for way in (sum_over_paths, merge_at_nodes, merge_forward))
        gaps.append(max(abs(float(d) - float(total)) for d in merged) / abs(float(total)))
    gaps = np.maximum(gaps, FLOOR)
    return Finding(
        "both give the same derivative", "difference / derivative, the worse of the two directions", gaps,
        *judge(mostly(gaps < SAME)),
        "Merging is the distributive law, a b + a c = a (b + c), and nothing else.", {})


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


def added_by_layers(seeds, way):
    """Counts (seeds, depths), and the most that a further layer adds over the least."""
    counts = multiplications(seeds, 2, way, DEPTHS)
    added = np.diff(counts, axis=1)
    return counts, added.max(axis=1) / added.min(axis=1)


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
          (path_growth, node_growth, forward_growth, same_sum)),
)
