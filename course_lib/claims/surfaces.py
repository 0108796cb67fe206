"""Lecture 1: the experiments behind claims C36, C52 and C71.

lr is the rate (the lecture's epsilon), H a Hessian; a direction is steep where its curvature is large.
"""

from copy import deepcopy

import numpy as np

from course_lib import datasets, losses
from course_lib.initializers import glorot_normal
from course_lib.layers import Dense, Tanh
from course_lib.network import Network
from course_lib.optimizers import SGD
from course_lib.problems import Saddle
from course_lib.training import train

from .labs import mlp, noisy_digits
from .measurement import OURS, ROUNDING, SOURCE, Claim, Part, above, below, listed, medians, number, zero
from .runs import Field, draw, first, gaussian, generators, path

INPUTS, OUTPUTS, EXAMPLES = 5, 3, 50
RATE = 0.05              # of every run at the saddle
AWAY = 0.5               # distance from the ridge that counts as an escape; the minima are at 1
TOGETHER = 1e-6          # weights closer than this count as equal
LEAST = 1e-10            # an eigenvalue below this share of the largest counts as 0


# C36: when the surface is a quadratic bowl

def expansion(seeds):
    """The loss of a linear network against its second-order expansion.

    Set-up: 5 inputs, 3 outputs, 50 examples, inputs and targets Gaussian; mean squared error; a Gaussian
    point, a Gaussian direction, steps of length 0.1, 1 and 10 along it. One linear layer; two, with 4 linear
    hidden units.
    Statistic: |loss - expansion| over the loss, the larger of both ends of the step; the largest of the three
    steps. Claimed: rounding. Arms: one layer, two. Also the smallest curvature of two layers over their
    largest, where all weights are 0: below 0 at a saddle.
    """
    one, two = [Dense(INPUTS, OUTPUTS)], [Dense(INPUTS, 4, glorot_normal), Dense(4, OUTPUTS, glorot_normal)]
    flat, bent = (expansion_gaps(seeds, layers, losses.mean_squared_error) for layers in (one, two))
    at_zero = np.array([curvatures(two, losses.mean_squared_error, x, y, 0 * theta)
                        for x, y, theta, _ in regressions(seeds, two)])
    saddle = at_zero[:, 0] / at_zero[:, -1]
    steps = f"Steps of length {listed(STEP_LENGTHS)}: the loss differs from its second-order expansion by"
    return Part(
        "quadratic", SOURCE,
        zero(flat.max(axis=1), f"{steps} {medians(flat)} of it: the expansion is the loss itself.",
             "there is one linear layer"),
        zero(bent.max(axis=1), f"{steps} {medians(bent)} of it. The network is linear in its inputs, not in"
             " its parameters. Where all of them are zero it has a saddle, whose curvature downwards is"
             f" {medians(-saddle)} times that upwards.", "there are two linear layers"),
        {"one": flat, "two": bent, "smallest curvature where all is zero": saddle})


def closed(seeds):
    """Whether the surface of one linear layer is closed at the bottom: a bowl, not a trough.

    Set-up: one linear layer with a bias on 50 Gaussian examples of 5 inputs, and on 500 digits of 64 pixels,
    drawn anew for each seed; some pixels at the border never change.
    Statistic: share of the directions of the weights of one output along which H has no curvature (less than
    1e-10 of its largest). Claimed: 0. Arms: Gaussian inputs, digits.
    """
    data = datasets.load("digits")
    digits = draw(generators(seeds), lambda rng: data.x[rng.choice(len(data.x), 500, replace=False)])
    random = draw(generators(seeds), lambda rng: rng.standard_normal((EXAMPLES, INPUTS)))
    flat = []
    for x in (random, digits):
        with_bias = np.concatenate([x, np.ones(x.shape[:2] + (1,))], axis=2)
        H = 2 / OUTPUTS * with_bias.swapaxes(1, 2) @ with_bias / x.shape[1]   # of one output's weights
        bends = np.linalg.eigvalsh(H)
        flat.append((bends < LEAST * bends[:, -1:]).mean(axis=1))
    return Part(
        "a bowl, closed at the bottom", SOURCE,
        zero(flat[0], f"Gaussian inputs: {medians(flat[0])} of the directions have no curvature.",
             "no input is a combination of the others and the bias"),
        zero(flat[1], f"Pictures of digits: along {medians(100 * flat[1])} % of the directions there is no"
             " curvature. The bowl is a trough, its bottom a plane of equally good networks.",
             "some are, as pixels that never change"),
        {"Gaussian": flat[0], "digits": flat[1]})


def other_loss(seeds):
    """As `expansion` with one layer, with softmax and cross-entropy in place of the squared loss.

    Set-up: that of `expansion`, each target the class of a random one of the 3 outputs.
    Statistic: that of `expansion`. Claimed: above rounding. Also how often H has no negative eigenvalue:
    convex where it is so everywhere.
    """
    layers = [Dense(INPUTS, OUTPUTS)]
    gaps = expansion_gaps(seeds, layers, losses.softmax_cross_entropy)
    bends = np.array([curvatures(layers, losses.softmax_cross_entropy, x, y.argmax(axis=1), theta)
                      for x, y, theta, _ in regressions(seeds, layers)])
    convex = bends[:, 0] > -LEAST * bends[:, -1]
    return Part("with cross-entropy it is not quadratic", OURS, above(
        gaps.max(axis=1), f"Steps of length {listed(STEP_LENGTHS)}: the cross-entropy of one linear layer"
        f" differs from its expansion by {medians(gaps)} of it. At {number(100 * np.mean(convex))} % of the"
        " points no curvature is negative: not quadratic, but convex.", than=0.0, by=ROUNDING),
        data={"gap": gaps, "convex": convex})


STEP_LENGTHS = np.array([0.1, 1.0, 10.0])


def regressions(seeds, layers):
    """For each seed: inputs, targets, a point, and a direction of length 1."""
    size = Network(layers, losses.mean_squared_error, np.random.default_rng(0)).params.size
    for rng in generators(seeds):
        x, y = rng.standard_normal((EXAMPLES, INPUTS)), rng.standard_normal((EXAMPLES, OUTPUTS))
        theta, direction = rng.standard_normal((2, size))
        yield x, y, theta, direction / np.linalg.norm(direction)


def curvatures(layers, loss, x, y, theta):
    """Eigenvalues of H at theta, increasing."""
    return np.linalg.eigvalsh(Network(layers, loss, np.random.default_rng(0)).objective(x, y).hessian(theta))


def expansion_gaps(seeds, layers, loss):
    """|f(theta + d) - expansion| over the larger of f(theta), f(theta + d), for steps d of STEP_LENGTHS."""
    gaps = []
    for x, y, theta, direction in regressions(seeds, layers):
        targets = y if loss is losses.mean_squared_error else y.argmax(axis=1)
        f = Network(layers, loss, np.random.default_rng(0)).objective(x, targets)
        d = STEP_LENGTHS[:, None] * direction
        value, slope = f.value(theta), d @ f.gradient(theta)
        curvature = np.vecdot(d, f.hvp(np.tile(theta, (len(d), 1)), d))
        there = f.value(theta + d)
        gaps.append(np.abs(there - value - slope - curvature / 2) / np.maximum(there, value))
    return np.array(gaps)


# C52: saddle points, and the noise of SGD

def slow(seeds):
    """How long gradient descent stays near a saddle.

    Set-up: `problems.Saddle`, lr = 0.05; starts beside the ridge, at distances 1e-2, 1e-4, 1e-6 and 1e-8
    times a random factor from 0.5 to 1; no noise. In theory a factor of 10 costs log 10 / log(1 + lr) steps.
    Statistics: the smallest gradient on the way over the first one, start nearest to the ridge, claimed to be
    below 1; steps until the escape, nearest start over farthest, claimed to be above 1.
    """
    distances = 10.0 ** -np.array([2, 4, 6, 8])
    f = Saddle()
    offset = draw(generators(seeds), lambda rng: rng.uniform(0.5, 1))[:, None] * distances
    start = np.stack([np.full_like(offset, f.start[0]), offset], axis=-1)
    points = path(SGD(RATE), start, lambda at, k: f.gradient(at), 600)
    until = first(np.abs(points[1:, ..., 1]) > AWAY)
    norms = np.linalg.norm(f.gradient(points), axis=-1)
    before = np.arange(len(points))[:, None, None] <= until
    least = np.where(before, norms, np.inf).min(axis=0) / norms[0]
    per_decade = np.diff(until, axis=1).mean(axis=1) / 2
    return (
        Part("gradients are close to zero", SOURCE, below(
            least[:, -1], f"Started {number(distances[-1])} beside the ridge, or less: the gradient shrinks"
            f" to {medians(least[:, -1])} of the first one before the escape."), data={"least": least}),
        Part("learning is slow", SOURCE, above(
            until[:, -1] / until[:, 0], f"From distances {listed(distances)} the escape takes"
            f" {medians(until)} steps: {medians(per_decade)} more for each factor of ten. In theory it is"
            f" {number(np.log(10) / np.log1p(RATE))}."), data={"steps": until}))


def escape(seeds):
    """Noisy descent from the ridge of a saddle, which gradient descent never leaves.

    Set-up: `problems.Saddle`, lr = 0.05, started on the ridge; 100 particles a seed for each of the noises
    1e-4, 1e-2 and 1, on both coordinates, and on the first only, along the ridge.
    Statistic: share of the particles gone by step 400, noise 1e-2. Claimed: a tenth above 0, what it is
    without noise. Arms: noise on both coordinates, along the ridge.
    """
    deviations, particles, steps = np.array([1e-4, 1e-2, 1.0]), 100, 400
    f = Saddle()

    def times(directions):
        noise = gaussian(generators(seeds), steps, len(deviations), particles, 2)
        noise *= deviations[:, None, None] * directions
        start = np.broadcast_to(f.start, (len(seeds), len(deviations), particles, 2)).copy()
        points = path(SGD(RATE), start, lambda at, k: f.gradient(at) + noise[k], steps)
        return first(np.abs(points[1:, ..., 1]) > AWAY)

    both, along, none = (times(np.array(directions)) for directions in ((1.0, 1.0), (1.0, 0.0), (0.0, 0.0)))
    gone, gone_along, gone_without = (np.isfinite(t).mean(axis=2) for t in (both, along, none))
    half = np.median(both, axis=2)
    return Part(
        "noise helps, from a start on the ridge", SOURCE,
        above(gone[:, 1], f"Noise of deviation {number(deviations[1])}: {medians(100 * gone[:, 1])} % have"
              f" left after {steps} steps, {medians(100 * gone_without[:, 1])} % without noise. For"
              f" deviations {listed(deviations)} half of them are gone after {medians(half)} steps.",
              "the noise has a part across the ridge", than=0.0, by=0.1),
        above(gone_along[:, 1], f"The same noise along the ridge only: {medians(100 * gone_along[:, 1])} %"
              " have left.", "it has none", than=0.0, by=0.1),
        {"noise": deviations, "steps": half, "along": gone_along, "without": gone_without})


def random_start(seeds):
    """Whether the noise helps where the start is random.

    Set-up: `problems.Saddle`, lr = 0.05; 100 particles a seed, started at (-1.5, y) with y Gaussian of
    deviation 1e-4, and of deviation 0.1; without noise and with noise 0.01, the same starts; 600 steps, which
    count as the time of a particle that has not left.
    Statistic: mean number of steps until the escape, with noise over without. Claimed: below 1. Arms: the
    start near the ridge, far from it.
    """
    particles, steps, deviation, spreads = 100, 600, 0.01, np.array([1e-4, 0.1])
    f, rngs = Saddle(), generators(seeds)
    y = spreads[:, None] * draw(rngs, lambda rng: rng.standard_normal((1, particles)))
    noise = deviation * gaussian(rngs, steps, 1, particles, 2)
    start = np.stack([np.full_like(y, f.start[0]), y], axis=-1)       # (seeds, spreads, particles, 2)

    def times(size):
        points = path(SGD(RATE), start.copy(), lambda at, k: f.gradient(at) + size * noise[k], steps)
        return np.minimum(first(np.abs(points[1:, ..., 1]) > AWAY), steps).mean(axis=2)

    with_noise, without = times(1), times(0)
    arms = [below(with_noise[:, i] / without[:, i], f"Starts {number(spread)} from the ridge in the mean"
                  f" square: the escape takes {medians(with_noise[:, i])} steps with noise of deviation"
                  f" {number(deviation)}, {medians(without[:, i])} without.", where)
            for i, (spread, where) in enumerate(zip(spreads, ("the noise is larger than the first distance",
                                                              "it is smaller")))]
    return Part("noise helps, from a random start", SOURCE, *arms,
                {"with noise": with_noise, "without": without})


def symmetry(seeds):
    """A saddle of a real network, made by symmetry: all weights equal.

    Set-up: 64-8-10 tanh network on the digits, all weights 0.1 times a factor from 0.5 to 1; 3 passes of SGD,
    batch size 32, lr = 0.3; the same with Gaussian noise of deviation 1e-3 on each entry of each gradient;
    and as many updates by the gradient of all examples, which has no noise.
    Statistic: training loss at the end, with noise over without. Claimed: below 1. Arms: noise on each entry,
    the noise of the minibatches alone.
    """
    data, passes, batch = datasets.load("digits"), 3, 32
    updates = passes * -(-len(data.y) // batch)
    equal = draw(generators(seeds), lambda rng: 0.1 * rng.uniform(0.5, 1))[:, None]
    loss, difference = [], []
    for deviation, epochs, size in ((1e-3, passes, batch), (0, passes, batch), (0, updates, len(data.y))):
        networks = Network([Dense(64, 8), Tanh(), Dense(8, 10)], losses.softmax_cross_entropy,
                           np.random.default_rng(0), runs=len(seeds))
        networks.theta[:] = equal
        batches, kicks = ([np.random.default_rng([seed, part]) for seed in seeds] for part in (1, 2))
        *_, record = train(networks, data, Jittered(0.3, deviation, kicks), epochs=epochs, batch_size=size,
                           rng=batches)
        loss.append(record.loss)
        W = networks.params.views(networks.theta)[0, "W"]
        difference.append((W.max(axis=2) - W.min(axis=2)).max(axis=1))
    (own, minibatch, none), stayed = loss, (difference[1] < TOGETHER).sum()
    return Part(
        "noise helps, from equal weights of a digits network", SOURCE,
        below(own / none, f"After {updates} updates the training loss is {medians(none)} without noise, and"
              f" {medians(own)} with noise on each entry of the gradient.",
              "each weight has noise of its own"),
        below(minibatch / none, f"With the noise of the minibatches alone it is {medians(minibatch)}. The"
              f" hidden units stay equal in {stayed} of {len(seeds)} seeds: a minibatch gives all of them the"
              " same gradient.", "the noise is that of the minibatches"),
        {"losses": np.stack(loss, axis=1), "difference": difference[1]})


class Jittered(SGD):
    """SGD with Gaussian noise on each entry of each gradient, for run k drawn from rngs[k]."""

    def __init__(self, lr, deviation, rngs):
        self.deviation, self.rngs = deviation, rngs
        super().__init__(lr)

    def step(self, theta, f):
        noise = self.deviation * draw(self.rngs, lambda rng: rng.standard_normal(theta.shape[-1]))
        super().step(theta, Field(lambda at: f.gradient(at) + noise))


# C71: ravines of a deep network, and where the gradient points in one

STEEP = 10               # directions that count as the steep sides
NEAR = 200               # examples of the digits
FAST, SLOW = (0.1, 10), (0.02, 50)    # rate and passes: a fifth of the rate, five times as many updates
BATCH = 10                            # of the noisy steps; the others take the gradient of all examples


def ravine(seeds):
    """The curvatures of a trained network, and the share of its gradient in the steepest directions.

    Set-up: 64-8-8-8-10 ReLU networks on 200 digits, from the same start: batches of 10 or the gradient of all
    examples, 200 updates with lr = 0.1 or 1,000 with lr = 0.02; 64-8-10 with batches of 10 and lr = 0.1. H,
    g: of the loss on the 200 examples, at the end. The steep directions: the 10 of the largest curvature. The
    way: to where 300 more steps by the full gradient, lr = 0.05, lead from there.
    Statistics: trace of H in the steep directions over all of it, claimed above 1/2; largest curvature of the
    deep network over that of the shallow one, claimed above 1; share of |g|^2 in the steep directions,
    claimed above 1/2, with noise and without, arms: large rate, small rate. Share of |way|^2 in the steep
    directions over that of |g|^2, claimed below 1. Batches of 10 and lr = 0.1 unless something else is said.
    """
    deep, shallow, everywhere = (8, 8, 8), (8,), NEAR // BATCH
    setups = {"deep": (deep, *FAST, BATCH), "slow": (deep, *SLOW, BATCH), "shallow": (shallow, *FAST, BATCH),
              "full": (deep, FAST[0], FAST[1] * everywhere, NEAR),
              "slow, full": (deep, SLOW[0], SLOW[1] * everywhere, NEAR)}
    found = {name: [] for name in setups}
    for rng in generators(seeds):
        data, start, order = noisy_digits(rng, 0.0, NEAR), *rng.spawn(2)
        for name, (hidden, *settings) in setups.items():
            network = mlp(*hidden)(deepcopy(start))
            found[name].append(sides(network, data, *settings, deepcopy(order), further=name == "deep"))
    share, top, gradient, ways = (dict(zip(found, column)) for column in
                                  np.array(list(found.values())).transpose(2, 0, 1))
    way = ways["deep"]
    size = mlp(*deep)(np.random.default_rng(0)).params.size
    percent = {name: f"{medians(100 * held)} %" for name, held in gradient.items()}
    at = [f"the rate is {number(lr)}" for lr, _ in (FAST, SLOW)]

    def points(name, says, kind, large, little):
        return Part(name, says, above(
            gradient[large], f"{kind}: {percent[large]} of the squared gradient lies in the {number(STEEP)}"
            f" steepest directions, where a random one would have {number(100 * STEEP / size)} %.", at[0],
            than=0.5), above(gradient[little], f"A smaller rate and more steps: {percent[little]}.", at[1],
                             than=0.5), {large: gradient[large], little: gradient[little]})

    return (
        Part("deep ravines", SOURCE, above(
            share["deep"], f"Near the end of training {number(STEEP)} of {number(size)} directions hold"
            f" {medians(100 * share['deep'])} % of all curvature.", than=0.5), data=share),
        Part("deeper networks, deeper ravines", OURS, above(
            top["deep"] / top["shallow"], f"The largest curvature is {medians(top['deep'])} with three hidden"
            f" layers, {medians(top['shallow'])} with one."), data=top),
        points("the gradient points down the steep sides", SOURCE, "Minibatches", "deep", "slow"),
        points("the same without noise", OURS, "The gradient of all examples", "full", "slow, full"),
        Part("rather than towards the optimum", SOURCE, below(
            way / gradient["deep"], f"Of the squared way that is left {medians(100 * way)} % lies in the"
            f" {number(STEEP)} steepest directions, of the squared gradient {percent['deep']}."),
            data={"way": way}))


def sides(network, data, lr, epochs, batch, rng, further):
    """Trains; then the share of the trace in the steep directions, the largest curvature, and the shares of
    the gradient and of the way that is left in them; that of the way where one goes further, else nan.
    """
    list(train(network, data, SGD(lr), epochs=epochs, batch_size=batch, rng=rng, every=10**6))
    f, theta = network.objective(data.x, data.y), network.theta.copy()
    curvatures, axes = steepest(lambda v: f.hvp(theta, v), rng.standard_normal(theta.size))
    signs = rng.choice([-1.0, 1.0], (40, theta.size))           # the trace of the rest: Hutchinson 1990
    rest = signs - signs @ axes.T @ axes
    trace = curvatures.sum() + np.mean([v @ f.hvp(theta, v) for v in rest])
    end = theta.copy()
    for _ in range(300 * further):
        end -= 0.05 * f.gradient(end)
    found = [((axes @ v) ** 2).sum() / (v @ v) for v in (f.gradient(theta), end - theta)[:1 + further]]
    return curvatures.sum() / trace, curvatures[0], *found, *[np.nan] * (not further)


def steepest(hvp, start, size=60):
    """The STEEP largest curvatures, decreasing, and their directions as rows. Lanczos 1950: in the space of
    start, H start, ..., of `size` dimensions, made orthogonal.
    """
    axes, products = [start / np.linalg.norm(start)], []
    while len(products) < size:
        products.append(hvp(axes[-1]))
        v = products[-1]
        for _ in range(2):                                      # once loses digits
            v = v - np.array(axes).T @ (np.array(axes) @ v)
        axes.append(v / np.linalg.norm(v))
    curvatures, turn = np.linalg.eigh(np.array(axes[:size]) @ np.array(products).T)
    return curvatures[:-STEEP - 1:-1], turn[:, :-STEEP - 1:-1].T @ np.array(axes[:size])


CLAIMS = (
    Claim("C36", 1, "S1 Error surface",
          "The error surface of a linear network with a squared loss is a quadratic bowl.",
          (expansion, closed, other_loss)),
    Claim("C52", 1, "S1 Saddle points",
          "Gradients near saddle points are close to zero, which makes learning slow; a noisy estimate of the"
          " gradient, as in SGD, partially solves the problem.",
          (slow, escape, random_start, symmetry)),
    Claim("C71", 1, "S1 Momentum",
          "Deep architectures often have deep ravines near local optima, where the negative gradient points"
          " down one of the steep sides rather than towards the optimum.",
          (ravine,)),
)
