"""Lecture 1: the experiments behind claims C36 and C52.

Each experiment is a function of a tuple of seeds. Its docstring says what is set up, which statistic is
taken, one value per seed, and what would refute the claim. lr is the rate (the lecture's epsilon), sigma the
deviation of the noise on each entry of the gradient, H a Hessian.
"""

import numpy as np

from course_lib import datasets, losses
from course_lib.initializers import glorot_normal
from course_lib.layers import Dense, Tanh
from course_lib.network import Network
from course_lib.optimizers import SGD
from course_lib.problems import Saddle
from course_lib.training import train

from .findings import ROUNDING, Claim, Finding, judge, listed, medians, mostly, number
from .runs import draw, first, gaussian, generators, path

INPUTS, OUTPUTS, EXAMPLES = 5, 3, 50
RATE = 0.05              # of every run at the saddle
AWAY = 0.5               # distance from the ridge that counts as an escape; the minima are at 1
TOGETHER = 1e-6          # weights closer than this count as equal
LEAST = 1e-10            # an eigenvalue below this share of the largest counts as 0


# C36: when the surface is a quadratic bowl

def expansion(seeds):
    """The loss of one linear layer against its second-order expansion.

    Set-up: 5 inputs, 3 outputs, 50 examples, inputs and targets Gaussian; mean squared error; a Gaussian
    point, a Gaussian direction, steps of length 0.1, 1 and 10 along it.
    Statistic: |loss - expansion| over the loss, the larger of both ends of the step; the largest of
    the three steps.
    Refuted where it is more than rounding, 1e-12.
    """
    gaps = expansion_gaps(seeds, [Dense(INPUTS, OUTPUTS)], losses.mean_squared_error)
    return Finding(
        "quadratic", "|loss − second-order expansion| / loss, one linear layer",
        gaps.max(axis=1), *judge(mostly(gaps.max(axis=1) < ROUNDING)),
        "For steps of any length: the expansion is the loss itself.", {"step": STEP_LENGTHS, "gap": gaps})


def closed(seeds):
    """Whether the surface of one linear layer is closed at the bottom: a bowl, not a trough.

    Set-up: one linear layer with a bias on 50 Gaussian examples of 5 inputs, and on 500 digits of 64 pixels,
    drawn anew for each seed; some pixels at the border never change.
    Statistic: share of the directions of the weights of one output along which H has no curvature (less than
    1e-10 of its largest), on the digits. Refuted where there is such a direction. Holds only if the inputs
    are independent where there is none on the Gaussian inputs.
    """
    data = datasets.load("digits")
    digits = draw(generators(seeds), lambda rng: data.x[rng.choice(len(data.x), 500, replace=False)])
    random = draw(generators(seeds), lambda rng: rng.standard_normal((EXAMPLES, INPUTS)))
    flat = []
    for x in (random, digits):
        with_bias = np.concatenate([x, np.ones(x.shape[:2] + (1,))], axis=2)
        H = 2 / OUTPUTS * with_bias.swapaxes(1, 2) @ with_bias / x.shape[1]   # of one output's weights
        curvatures = np.linalg.eigvalsh(H)
        flat.append((curvatures < LEAST * curvatures[:, -1:]).mean(axis=1))
    return Finding(
        "a bowl, closed at the bottom",
        "share of directions without curvature, one linear layer, digits", flat[1],
        *judge(mostly(flat[0] == 0) and mostly(flat[1] == 0), mostly(flat[0] == 0),
               "no input is a combination of the others and the bias"),
        f"With Gaussian inputs the share is {medians(flat[0])}. A direction without curvature makes the bowl"
        " a trough: its bottom is a line, or a plane, of equally good networks.",
        {"Gaussian": flat[0], "digits": flat[1]})


def deeper(seeds):
    """As `expansion`, with one linear layer more: the network is still linear, in its inputs.

    Set-up: that of `expansion`, with 4 linear hidden units.
    Statistic: |loss - expansion| over the loss, the larger of both ends of the step; the largest of
    the three steps. Refuted where it is more than rounding. Also the smallest eigenvalue of H over the
    largest one, at the point where all weights are 0: below 0 at a saddle.
    """
    layers = [Dense(INPUTS, 4, glorot_normal), Dense(4, OUTPUTS, glorot_normal)]
    gaps = expansion_gaps(seeds, layers, losses.mean_squared_error)
    at_zero = []
    for x, y, _, _ in regressions(seeds, layers):
        f = Network(layers, losses.mean_squared_error, np.random.default_rng(0)).objective(x, y)
        curvatures = np.linalg.eigvalsh(f.hessian(np.zeros(f.network.params.size)))
        at_zero.append(curvatures[0] / curvatures[-1])
    return Finding(
        "with a hidden layer, linear too",
        "|loss − second-order expansion| / loss, two linear layers", gaps.max(axis=1),
        *judge(mostly(gaps.max(axis=1) < ROUNDING)),
        f"For steps of length {listed(STEP_LENGTHS)} the gap is {medians(gaps)}. Where all weights are zero"
        f" the surface has a saddle: its smallest curvature is {medians(at_zero)} times the largest.",
        {"step": STEP_LENGTHS, "gap": gaps, "smallest curvature at 0": np.array(at_zero)})


def other_loss(seeds):
    """As `expansion`, with softmax and cross-entropy in place of the squared loss.

    Set-up: that of `expansion`, each target the class of a random one of the 3 outputs.
    Statistic: |loss - expansion| over the loss, the larger of both ends of the step; the largest of
    the three steps. Refuted where it is more than rounding. Also how often H has a negative eigenvalue:
    convex where it has none.
    """
    layers = [Dense(INPUTS, OUTPUTS)]
    gaps = expansion_gaps(seeds, layers, losses.softmax_cross_entropy)
    convex = []
    for x, y, theta, _ in regressions(seeds, layers):
        network = Network(layers, losses.softmax_cross_entropy, np.random.default_rng(0))
        f = network.objective(x, y.argmax(axis=1))
        curvatures = np.linalg.eigvalsh(f.hessian(theta))
        convex.append(curvatures[0] > -LEAST * curvatures[-1])
    return Finding(
        "with another loss", "|loss − second-order expansion| / loss, cross-entropy",
        gaps.max(axis=1), *judge(mostly(gaps.max(axis=1) < ROUNDING)),
        f"For steps of length {listed(STEP_LENGTHS)} the gap is {medians(gaps)}. No curvature is negative in"
        f" {number(100 * np.mean(convex))} % of the points: not quadratic, but convex.",
        {"step": STEP_LENGTHS, "gap": gaps, "convex": np.array(convex)})


STEP_LENGTHS = np.array([0.1, 1.0, 10.0])


def regressions(seeds, layers):
    """For each seed: inputs, targets, a point, and a direction of length 1."""
    size = Network(layers, losses.mean_squared_error, np.random.default_rng(0)).params.size
    for rng in generators(seeds):
        x, y = rng.standard_normal((EXAMPLES, INPUTS)), rng.standard_normal((EXAMPLES, OUTPUTS))
        theta, direction = rng.standard_normal((2, size))
        yield x, y, theta, direction / np.linalg.norm(direction)


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
    times a random factor from 0.5 to 1; no noise.
    Statistic: the smallest gradient on the way over the first one, start nearest to the ridge.
    Refuted where it is not below 1 %. In theory a factor of 10 costs log 10 / log(1 + lr) steps.
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
    return Finding(
        "gradients vanish, learning is slow",
        "smallest gradient on the way / first one, start beside the ridge", least[:, -1],
        *judge(mostly(least[:, -1] < 0.01)),
        f"From distances {listed(distances)} the escape takes {medians(until)} steps: {medians(per_decade)}"
        f" more for each factor of ten. In theory log 10 / log(1 + ε) ="
        f" {number(np.log(10) / np.log1p(RATE))}.",
        {"distance": distances, "steps": until, "smallest gradient": least})


def escape(seeds):
    """Steps until noisy descent leaves a saddle that gradient descent never leaves.

    Set-up: `problems.Saddle`, lr = 0.05, started on the ridge; 100 particles a seed for each of the noises
    1e-4, 1e-2 and 1, on both coordinates, on the first only (along the ridge, not away from it), on none.
    Statistic: share of the particles gone by step 400, noise 1e-2.
    Refuted where it is not above one half. Holds only if the noise points away from the ridge where none of
    those with noise along it leave.
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
    half, leave = np.median(both, axis=2), mostly(gone[:, 1] > 0.5)
    return Finding(
        "noise helps to escape",
        f"share that has left after {number(steps)} steps, σ = {number(deviations[1])}", gone[:, 1],
        *judge(leave and mostly(gone_along[:, 1] > 0.5), leave,
               "the noise has a part along the direction that curves down"),
        f"For σ = {listed(deviations)} half of them are gone after {medians(half)} steps. The share"
        f" is {medians(gone_along[:, 1])} with noise along the ridge only, and {medians(gone_without[:, 1])}"
        " without.",
        {"noise": deviations, "steps": half, "gone": gone, "gone, noise along the ridge": gone_along,
         "gone without": gone_without})


def random_start(seeds):
    """Whether the noise is needed where the start is random.

    Set-up: `problems.Saddle`, lr = 0.05; 100 particles a seed, started at (-1.5, y) with y Gaussian of
    deviation 0.1; without noise and with noise 0.01, the same starts.
    Statistic: mean number of steps until the escape, with noise over without. Refuted where the noise does
    not make it a tenth shorter.
    """
    particles, steps, deviation = 100, 600, 0.01
    f, rngs = Saddle(), generators(seeds)
    y = draw(rngs, lambda rng: 0.1 * rng.standard_normal(particles))
    noise = deviation * gaussian(rngs, steps, particles, 2)
    start = np.stack([np.full_like(y, f.start[0]), y], axis=-1)

    def times(size):
        points = path(SGD(RATE), start.copy(), lambda at, k: f.gradient(at) + size * noise[k], steps)
        return first(np.abs(points[1:, ..., 1]) > AWAY)

    with_noise, without = times(1), times(0)
    ratio = with_noise.mean(axis=1) / without.mean(axis=1)
    return Finding(
        "noise, from a random start", "mean steps until the escape, with noise / without", ratio,
        *judge(mostly(ratio < 0.9)),
        f"Without noise {number(100 * np.isfinite(without).mean())} % leave, after"
        f" {medians(without.mean(axis=1))} steps in the mean, with noise after"
        f" {medians(with_noise.mean(axis=1))}: a random start is off the ridge already.",
        {"with noise": with_noise, "without": without})


def symmetry(seeds):
    """A saddle of a real network, made by symmetry: all weights equal.

    Set-up: 64-8-10 tanh network on the digits, all weights 0.1 times a factor from 0.5 to 1; 3 passes of SGD,
    batch size 32, lr = 0.3. The same with Gaussian noise of deviation 1e-3 on the weights at the start.
    Statistic: final training loss from equal weights over that from the disturbed ones. Refuted where the
    noise of the minibatches does not bring it below 1.1.
    """
    data = datasets.load("digits")
    shape = [Dense(64, 8), Tanh(), Dense(8, 10)]
    rngs = generators(seeds)
    equal = draw(rngs, lambda rng: 0.1 * rng.uniform(0.5, 1))[:, None]
    loss, difference = [], []
    for disturbance in (0.0, 1e-3):
        networks = Network(shape, losses.softmax_cross_entropy, np.random.default_rng(0), runs=len(seeds))
        kicks = draw(generators(seeds), lambda rng: rng.standard_normal(networks.params.size))
        networks.theta[:] = equal + disturbance * kicks
        batches = [np.random.default_rng([seed, 1]) for seed in seeds]
        *_, record = train(networks, data, SGD(0.3), epochs=3, batch_size=32, rng=batches)
        loss.append(record.loss)
        W = networks.params.views(networks.theta)[0, "W"]
        difference.append((W.max(axis=2) - W.min(axis=2)).max(axis=1))
    ratio = loss[0] / loss[1]
    return Finding(
        "the noise of SGD, on the digits network",
        "training loss from equal weights / from slightly disturbed ones", ratio, *judge(mostly(ratio < 1.1)),
        f"The losses are {medians(loss[0])} and {medians(loss[1])}. From equal weights the hidden units stay"
        f" equal in {(difference[0] < TOGETHER).sum()} of {len(seeds)} seeds: every minibatch gives all"
        " of them the same gradient, so its noise cannot part them.",
        {"equal": loss[0], "disturbed": loss[1], "difference": difference[0]})


CLAIMS = (
    Claim("C36", 1, "S1 Error surface",
          "The error surface of a linear network with a squared loss is a quadratic bowl.",
          (expansion, closed, deeper, other_loss)),
    Claim("C52", 1, "S1 Saddle points",
          "Gradients near saddle points are close to zero, which makes learning slow; SGD's noise helps.",
          (slow, escape, random_start, symmetry)),
)
