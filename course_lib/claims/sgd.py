"""Lecture 4: the experiments behind claims C09 to C12 and C31.

Each experiment is a function of a tuple of seeds. Its docstring says what is set up, which statistic is
taken, one value per seed, and what would refute the claim. lr is the rate (the lecture's epsilon), B the
batch size, N the number of examples. "Excess loss" is the loss above its minimum. "Best rate" is the one of a
grid with the lowest loss at the end, chosen for each seed.
"""

from dataclasses import replace
from functools import lru_cache
from types import SimpleNamespace

import numpy as np

from course_lib import datasets
from course_lib.optimizers import SGD
from course_lib.schedules import constant, inverse_time, linear
from course_lib.training import train

from .findings import ROUNDING, TENTH, Claim, Finding, judge, listed, medians, mostly, number
from .labs import mlp
from .runs import draw, exponent, gaussian, generators, path, run

N, P = 64, 5        # examples and parameters of the regressions
digits_network = mlp(16)
FALLS = 0.9         # a distance that is not below this share of the earlier one has stopped falling


# C09: noise that does not vanish

def at_the_minimum(seeds):
    """Full and minibatch gradients at the minimum.

    Set-up: linear regressions of 64 examples on 5 Gaussian inputs, with label noise of deviation 1 and of 0.
    Root mean square length of the gradient of a random batch of 8 at the least-squares solution, and at 0.
    Statistic: length at the solution over length at 0, with label noise.
    Refuted where it is not above 0.01, or where the full gradient is not 0 there to rounding. Holds only if
    the examples disagree where it is so with label noise and not without.
    """
    ratio, zero = {}, True
    for noise in (1.0, 0.0):
        x, y, solution = regression(seeds, noise)
        lengths = []
        for theta in (solution, 0 * solution):
            g = x * (np.einsum("snp,sp->sn", x, theta) - y)[..., None]
            full = (g.mean(axis=1) ** 2).sum(axis=-1)
            lengths.append((full, np.sqrt(full + variance_of_mean(g.var(axis=1).sum(axis=-1), N, 8, False))))
        ratio[noise] = lengths[0][1] / lengths[1][1]
        zero = zero and mostly(lengths[0][0] < ROUNDING * lengths[1][0])
    noisy, exact = (mostly(ratio[noise] > 0.01) for noise in (1.0, 0.0))
    return Finding(
        "at the minimum", "length of minibatch gradients, at the minimum / at the start, noisy labels",
        ratio[1.0],
        *judge(zero and noisy and exact, zero and noisy, "the examples disagree: no θ fits all of them"),
        f"Where one θ fits all examples the ratio is {medians(ratio[0.0])}: then the noise vanishes too. The"
        " full gradient is 0 in both cases.", {"noisy labels": ratio[1.0], "exact labels": ratio[0.0]})


def decay_needed(seeds):
    """A constant rate against one that decays.

    Set-up: the regressions of `at_the_minimum`, SGD with batches of 8, 1000 updates, 8 runs a seed; rate 0.1,
    constant, or 0.1 / (1 + 0.05 k). Excess loss in the mean of the runs and of the last 100 updates.
    Statistic: excess loss, constant over decaying, with label noise. Refuted where it is not above 1.1. Holds
    only if the examples disagree where it is so with label noise and not without.
    """
    ratio = {}
    for noise in (1.0, 0.0):
        ends = [regression_loss(seeds, noise, 8, rate, 1000)[-100:].mean(axis=0)
                for rate in (constant(0.1), inverse_time(0.1, 0.05))]
        ratio[noise] = ends[0] / ends[1]
    noisy, exact = (mostly(ratio[noise] > TENTH) for noise in (1.0, 0.0))
    return Finding(
        "so the rate must decay", "excess loss after 1000 updates, constant / decaying ε, noisy labels",
        ratio[1.0],
        *judge(noisy and exact, noisy, "the examples disagree: no θ fits all of them"),
        f"Where one θ fits all examples the ratio is {number(np.median(ratio[0.0]))}: the constant rate is"
        " better.",
        {"noisy labels": ratio[1.0], "exact labels": ratio[0.0]})


# C10: Robbins and Monro

def sufficient(seeds):
    """Exponents for which both conditions hold.

    Set-up: see `distances`, p = 0.6, 0.8 and 1.
    Statistic: distance late over distance 16 times earlier, the largest of the three.
    Refuted where it is not below 0.9.
    """
    ratio = np.stack([distances(seeds, p)[0] for p in (0.6, 0.8, 1.0)], axis=1)
    return Finding(
        "both hold: 1/2 < p ≤ 1", "distance to the minimum, late / 16 times earlier, worst of three p",
        ratio.max(axis=1), *judge(mostly(ratio.max(axis=1) < FALLS)),
        f"For p = 0.6, 0.8 and 1 the ratio is {medians(ratio)}.", {"ratio": ratio})


def first_needed(seeds):
    """An exponent for which the rates have a finite sum: is the first condition needed?

    Set-up: see `distances`, p = 2. Statistic: distance late over distance 16 times earlier.
    Refuted where it is below 0.9: then SGD goes on to converge although the condition does not hold.
    """
    ratio = distances(seeds, 2.0)[0]
    return Finding(
        "Σ ε_k = ∞ is needed: p > 1", "distance to the minimum, late / 16 times earlier, p = 2", ratio,
        *judge(mostly(ratio >= FALLS)), "The steps die out before the minimum is reached.", {"ratio": ratio})


def second_needed(seeds):
    """An exponent for which the squares have an infinite sum: is the second condition needed?

    Set-up: see `distances`, p = 0.25, and p = 0, a constant rate. Gaussian noise; and noise with heavy tails
    (Student's t with 2.1 degrees of freedom: a finite variance, only just).
    Statistic: distance late over distance 16 times earlier, p = 0.25, Gaussian noise.
    Refuted where it is below 0.9. Holds only if tails are heavy where then runs at p = 0.25 are thrown
    farther than 1 away more often late than early.
    """
    ratio, _ = distances(seeds, 0.25)
    fixed, _ = distances(seeds, 0.0)
    _, thrown = distances(seeds, 0.25, True)
    return Finding(
        "Σ ε_k² < ∞ is needed: p ≤ 1/2", "distance to the minimum, late / 16 times earlier, p = 0.25", ratio,
        *judge(mostly(ratio >= FALLS), mostly(thrown[1] > thrown[0]),
               "the noise has heavy tails, and no run may ever be thrown far away again"),
        "With Gaussian noise the distance falls for p = 0.25 too; with a constant rate the ratio is"
        f" {medians(fixed)}. With heavy tails a run is thrown away {medians(thrown[0])} times in an early"
        f" octave of steps and {medians(thrown[1])} times in a late one.",
        {"ratio": ratio, "constant rate": fixed, "thrown": np.stack(thrown, axis=1)})


def distances(seeds, p, heavy_tails=False, steps=4096, repeats=24):
    """Distance late over early (seeds,), and how often a run comes to be farther than 1 away: two (seeds,).

    f = curvature / 2 theta^2, curvature from 0.7 to 1.3, gradient noise of variance 1, start at 3, rate
    (k + 1)^-p; root mean square over 24 runs and over an octave of steps: steps 128 to 256 and 2048 to 4096.
    """
    rngs = generators(seeds)
    curvature = draw(rngs, lambda rng: rng.uniform(0.7, 1.3, (1, 1)))
    if heavy_tails:
        noise = np.stack([rng.standard_t(2.1, (steps, repeats, 1)) for rng in rngs], axis=1)
        noise *= np.sqrt(0.1 / 2.1)                                 # of variance 1 too
    else:
        noise = gaussian(rngs, steps, repeats, 1)
    optimizer = SGD(lambda k: (k + 1.0) ** -p)
    theta = path(optimizer, np.full((len(seeds), repeats, 1), 3.0),
                 lambda at, k: curvature * at + noise[k], steps)[..., 0]
    early, late = theta[steps // 32:steps // 16], theta[steps // 2:]
    rms = [np.sqrt((part**2).mean(axis=(0, 2))) for part in (early, late)]
    thrown = [((np.abs(part[1:]) > 1) & (np.abs(part[:-1]) <= 1)).sum(axis=0).mean(axis=-1)
              for part in (early, late)]
    return rms[1] / rms[0], thrown


# C11: linear decay

def linear_on_noise(seeds):
    """Linear decay against a constant rate, on noisy examples.

    Set-up: the regressions of `at_the_minimum` with label noise 1, SGD with batches of 8, 400 updates, 8 runs
    a seed. Constant rates in factors of 2 from 0.005 to 0.32, and linear decay from each of them to 1 % of
    it over 320 updates. Excess loss in the mean of the runs and of the last 40 updates.
    Statistic: excess loss, linear decay over constant, best rate of each. Refuted where it is not below
    1 / 1.1.
    """
    rates = 0.005 * 2.0 ** np.arange(7)
    fixed, decayed = (np.stack([regression_loss(seeds, 1.0, 8, schedule(rate), 400)[-40:].mean(axis=0)
                                for rate in rates], axis=1)
                      for schedule in (constant, lambda rate: linear(rate, 0.01 * rate, 320)))
    ratio = decayed.min(axis=1) / fixed.min(axis=1)
    best = [np.median(rates[loss.argmin(axis=1)]) for loss in (fixed, decayed)]
    return Finding(
        "noisy examples", "excess loss, linear decay / constant ε, best ε₀ of each", ratio,
        *judge(mostly(ratio < 1 / TENTH)),
        f"The best constant rate is {number(best[0])}, the best ε₀ of the decay {number(best[1])}.",
        {"rate": rates, "constant": fixed, "linear": decayed})


def linear_on_digits(seeds):
    """Linear decay against a constant rate, on the digits network.

    Set-up: see `trained`; batch size 16, 10 passes; constant rates 0.1, 0.2, 0.4, 0.8 and linear decay from
    each of them to 1 % of it over 8 passes.
    Statistic: training loss at the end, linear decay over constant, best rate of each.
    Refuted where it is not below 1 / 1.1. Holds only at large rates where it is so at rate 0.8.
    """
    rates = 0.1 * 2.0 ** np.arange(4)
    fixed, decayed = (np.stack([trained(seeds, 16, rate, 10, decay, 1 if decay else 4).loss[-1]
                                for rate in rates], axis=1) for decay in (False, True))
    ratio, same = decayed.min(axis=1) / fixed.min(axis=1), decayed / fixed
    return Finding(
        "digits network", "training loss, linear decay / constant ε, best ε₀ of each", ratio,
        *judge(mostly(ratio < 1 / TENTH), mostly(same[:, -1] < 1 / TENTH),
               "ε₀ is so large that the loss swings"),
        f"At the same ε₀ = {listed(rates[:3])} the ratio is {medians(same[:, :3])}, at ε₀ ="
        f" {number(rates[3])} about {np.median(same[:, 3]):.1g}.",
        {"rate": rates, "constant": fixed, "linear": decayed})


# C12: oscillations

RATES = np.array([0.05, 0.1, 0.2, 0.4, 1.6])        # constant rates on the digits network
NOISY_RATES = 0.01 * 2.0 ** np.arange(6)


def rate_and_swing(seeds):
    """Whether the learning curve swings more at larger rates.

    Set-up: see `digits_curves`: constant rates from 0.05 to 0.4, and 1.6.
    Statistic: swing at rate 0.4 over swing at 0.1.
    Refuted where it is not above 1.1. Holds only while training works where the swing at 1.6 is below that
    at 0.4.
    """
    loss, swing = digits_curves(seeds)
    ratio = swing[:, 3] / swing[:, 1]
    works = mostly(ratio > TENTH)
    return Finding(
        "larger ε₀, larger swings", "swing of the training loss, ε = 0.4 / ε = 0.1, digits network", ratio,
        *judge(works and not mostly(swing[:, -1] < swing[:, 3]), works,
               "the network still learns at that rate"),
        f"For ε = {listed(RATES)} the loss rises by {medians(swing)} decades in all, and ends at"
        f" {medians(loss)}: a network that is destroyed has a flat curve again, high up.",
        {"rate": RATES, "loss": loss, "swing": swing})


def large_swings(seeds):
    """Whether the rate with the largest swings is too large.

    Set-up: that of `rate_and_swing`; and the regressions of `at_the_minimum` with label noise 1, one run a
    seed, batch size 8, 400 updates, rates from 0.01 to 0.32, a record every 4 updates.
    Statistic: loss at the end at the rate that swings most, over the lowest of all rates; digits network.
    Refuted where it is not above 1.1. Holds only if the examples disagree where it is so for the regressions
    and not for the digits.
    """
    ratio = {}
    for name, (loss, swing) in (("digits", digits_curves(seeds)), ("regression", regression_curves(seeds))):
        ratio[name] = np.take_along_axis(loss, swing.argmax(axis=1)[:, None], axis=1)[:, 0] / loss.min(axis=1)
    digits, noisy = (mostly(ratio[name] > TENTH) for name in ("digits", "regression"))
    return Finding(
        "large swings: ε₀ too large", "loss at the ε that swings most / at the best ε, digits network",
        ratio["digits"],
        *judge(digits and noisy, noisy, "the examples disagree, so that the swings never end by themselves"),
        f"In regressions with noisy labels the ratio of excess losses is {medians(ratio['regression'])}. The"
        " digits network can fit every example: there the swings pass.", ratio)


def gentle_swings(seeds):
    """Whether a curve without swings is better.

    Set-up: that of `rate_and_swing`. Rate 0.05 has the calmest curve of those that learn.
    Statistic: loss at the end at rate 0.05 over the loss at 0.2, whose curve swings gently. Refuted where it
    is not above 1.1.
    """
    loss, swing = digits_curves(seeds)
    ratio = loss[:, 0] / loss[:, 2]
    batch_losses = trained(seeds, 16, RATES[0], 10, False, 4).batch_losses
    rises = (np.diff(batch_losses[len(batch_losses) // 2:], axis=0) > 0).mean(axis=0)
    return Finding(
        "gentle swings are fine",
        "training loss, calm curve (ε = 0.05) / gentle swings (ε = 0.2), digits network",
        ratio, *judge(mostly(ratio > TENTH) and mostly(swing[:, 2] > swing[:, 0])),
        f"The minibatch loss rises in {number(100 * np.median(rises))} % of the updates even on the calm"
        " curve: each batch has other examples.", {"ratio": ratio, "rises": rises})


def digits_curves(seeds):
    """(loss, swing), each (seeds, rates): training loss of the digits network after 10 passes, batch size 16.

    Swing: sum of all rises of log10 of the training loss between records, four a pass, after the first pass.
    """
    curves = [trained(seeds, 16, rate, 10, False, 4).loss for rate in RATES]
    return (np.stack([curve[-1] for curve in curves], axis=1),
            np.stack([swing_of(curve[4:]) for curve in curves], axis=1))


def regression_curves(seeds):
    """(excess loss, swing), each (seeds, rates), of one run a regression: the loss of the last 40 updates."""
    x, y, solution = regression(seeds, 1.0)
    least = ((np.einsum("snp,sp->sn", x, solution) - y) ** 2).mean(axis=1) / 2
    curves = [regression_loss(seeds, 1.0, 8, constant(rate), 400, repeats=1) for rate in NOISY_RATES]
    return (np.stack([curve[-40:].mean(axis=0) for curve in curves], axis=1),
            np.stack([swing_of(curve[8::4] + least) for curve in curves], axis=1))


def swing_of(curve):
    """Sum of all rises of log10 of a learning curve: (records, seeds) -> (seeds,)."""
    return np.maximum(np.diff(np.log10(curve), axis=0), 0).sum(axis=0)


# C31: batch size

def gradient_variance(seeds):
    """The variance of the minibatch gradient over the batch size.

    Set-up: the digits network (see `trained`) at the start and after 5 passes; 512 examples in 6 random
    orders, cut into batches of 1, 4, 16, 64. Variance: mean squared distance from the full gradient.
    Statistic: q in variance ~ B^q, after training. Refuted where q is not within 0.1 of -1, at start or end.
    """
    data, rngs, sizes, slopes = some_digits(), generators(seeds), 4 ** np.arange(4), []
    network = digits_network(np.random.default_rng(0))
    thetas = trained(seeds, 16, 0.1, 5, False, 1).thetas
    for theta in (thetas[0], thetas[-1]):
        variance = []
        for rng, at in zip(rngs, theta):
            g = example_gradients(network, at, data.x, data.y)
            g -= g.mean(axis=0)
            of_size = np.zeros(len(sizes))
            for _ in range(6):
                means = g[rng.permutation(len(g))]
                for i in range(len(sizes)):
                    of_size[i] += (means**2).sum(axis=1).mean() / 6
                    means = means.reshape(-1, 4, means.shape[-1]).mean(axis=1)
            variance.append(of_size)
        slopes.append(exponent(sizes, np.array(variance)))
    return Finding(
        "less variance", "exponent q in variance of the gradient ~ B^q, digits network, trained", slopes[1],
        *judge(all(mostly(np.abs(q + 1) < 0.1) for q in slopes)),
        f"Before training q = {medians(slopes[0])}.", {"before": slopes[0], "after": slopes[1]})


def some_digits():
    data = datasets.load("digits")
    return replace(data, x=data.x[:512], y=data.y[:512])


def as_lower_rate(seeds):
    """Four times the batch size against a quarter of the rate: where SGD settles.

    Set-up: the regressions of `at_the_minimum` with label noise 1, 1200 updates, 16 runs a seed; B = 16 at a
    rate, and B = 4 at a quarter of it; excess loss, mean of the last 800 updates; rates 0.08 and 0.6.
    Statistic: excess loss, larger batch over smaller rate, at 0.08. Refuted where it is not 1 within a fifth.
    Holds only for small rates where it is so at 0.08, and not at 0.6.
    """
    ratio = [wide[-800:].mean(axis=0) / slow[-800:].mean(axis=0)
             for wide, slow in (wide_and_slow(seeds, rate) for rate in (0.08, 0.6))]
    small, large = (mostly(np.abs(np.log(r)) < np.log(1.2)) for r in ratio)
    return Finding(
        "like a lower rate: where it settles", "excess loss, B = 16 at ε / B = 4 at ε/4, ε = 0.08", ratio[0],
        *judge(small and large, small, "ε is far below the limit of stability"),
        f"At ε = 0.6 the ratio is {medians(ratio[1])}.", {"small": ratio[0], "large": ratio[1]})


def as_lower_rate_on_the_way(seeds):
    """Four times the batch size against a quarter of the rate: how fast it comes there.

    Set-up: that of `as_lower_rate`, B = 16 at rate 0.08 and B = 4 at a quarter of it. Excess loss after 25
    updates of each; and after as many examples, 10 updates with the larger batch and 40 with the smaller.
    Statistic: excess loss after 25 updates, larger batch over smaller rate. Refuted where it is not 1 within
    a fifth. Holds only if examples are counted where it is so after as many examples.
    """
    wide, slow = wide_and_slow(seeds, 0.08)
    updates, examples = wide[24] / slow[24], wide[9] / slow[39]
    same = [mostly(np.abs(np.log(ratio)) < np.log(1.2)) for ratio in (updates, examples)]
    return Finding(
        "like a lower rate: on the way", "excess loss after 25 updates, B = 16 at ε / B = 4 at ε/4", updates,
        *judge(all(same), same[1], "progress is counted per example, not per update"),
        f"After as many examples the ratio is {medians(examples)}.",
        {"updates": updates, "examples": examples})


def fewer_updates(seeds):
    """What large batches cost where the data to be processed are given.

    Set-up: the digits network (see `trained`), 10 passes; batch size 8 at rates 0.05 to 0.4, and 128 at rates
    0.1 to 1.6, in factors of 2. And batch size 128 for 160 passes, as many updates as 10 passes of 8 make.
    Statistic: training loss, B = 128 over B = 8, best rate of each. Refuted where it is not above 1.1.
    """
    small, large = (np.stack([trained(seeds, B, rate, 10, False, 1).loss[-1] for rate in rates], axis=1)
                    for B, rates in ((8, (0.05, 0.1, 0.2, 0.4)), (128, (0.1, 0.2, 0.4, 0.8, 1.6))))
    ratio = large.min(axis=1) / small.min(axis=1)
    as_many = trained(seeds, 128, 0.1, 160, False, 1).loss[-1] / small[:, 1]
    return Finding(
        "fewer updates for the same data",
        "training loss after 10 passes, B = 128 / B = 8, best ε of each", ratio,
        *judge(mostly(ratio > TENTH)),
        f"At the same ε = 0.1 the ratio is {medians(large[:, 0] / small[:, 1])}, and after as many updates"
        f" {medians(as_many)}.", {"best": ratio, "as many updates": as_many})


def sharper(seeds):
    """Whether large batches end in sharper places.

    Set-up: see `arrivals`: where the training loss has come to 0.05, batch size 8 at rate 0.1, and 128 at
    rates 0.1 and 0.8.
    Statistic: sharpness, B = 128 over B = 8, same rate. Refuted where it is not above 1.1. Holds only if the
    rate stays where it is so at rate 0.1, and not at 0.8.
    """
    small, same, raised = (arrivals(seeds, *run)[0] for run in ARRIVALS)
    kept, scaled = mostly(same / small > TENTH), mostly(raised / small > TENTH)
    return Finding(
        "sharper", "largest curvature at training loss 0.05, B = 128 / B = 8, same ε = 0.1", same / small,
        *judge(kept and scaled, kept, "the rate is not raised with the batch size"),
        f"With ε = 0.8 at B = 128 the ratio is {medians(raised / small)}.",
        {"same": same / small, "raised": raised / small})


def worse_on_new_data(seeds):
    """Whether large batches generalize worse.

    Set-up: see `arrivals`: where the training loss has come to 0.05, batch size 8 and 128, rate 0.1.
    Statistic: test error, B = 128 over B = 8. Refuted where it is not above 1.1.
    """
    small, same, _ = (arrivals(seeds, *run)[1] for run in ARRIVALS)
    ratio = same / small
    return Finding(
        "worse on new data", "test error at training loss 0.05, B = 128 / B = 8, same ε = 0.1", ratio,
        *judge(mostly(ratio > TENTH)),
        f"The test error is {number(100 * np.median(small))} % with B = 8. A small network and small data: no"
        " more than a hint about large ones.", {"ratio": ratio})


ARRIVALS = (8, 0.1, 20), (128, 0.1, 160), (128, 0.8, 80)


@lru_cache(maxsize=6)
def arrivals(seeds, batch, rate, passes):
    """(sharpness, test error), each (seeds,), at the first pass with a training loss <= 0.05, or the last."""
    data, runs = some_digits(), trained(seeds, batch, rate, passes, False, 1)
    there = runs.loss <= 0.05
    at = np.where(there.any(axis=0), there.argmax(axis=0), len(there) - 1)
    f = digits_network(np.random.default_rng(0)).objective(data.x, data.y)
    top = [sharpness(f, runs.thetas[k][s], 20) for s, k in enumerate(at)]
    return np.array(top), 1 - runs.accuracy[at, np.arange(len(seeds))]


# The problems, and the runs on them

def regression(seeds, noise):
    """x (seeds, 64, 5), y (seeds, 64), and the least-squares solutions (seeds, 5)."""
    rngs = generators(seeds)
    x, w, e = (draw(rngs, lambda rng, shape=shape: rng.standard_normal(shape)) for shape in ((N, P), P, N))
    y = np.einsum("snp,sp->sn", x, w) + noise * e
    solution = np.linalg.solve(np.einsum("snp,snq->spq", x, x), np.einsum("snp,sn->sp", x, y)[..., None])
    return x, y, solution[..., 0]


def regression_loss(seeds, noise, batch, rate, steps, repeats=8):
    """Excess loss (steps, seeds), mean of 8 runs from 0, each with batches of its own; rate is a schedule."""
    x, y, solution = regression(seeds, noise)
    rngs = [np.random.default_rng([seed, 1]) for seed in seeds]
    chosen = draw(rngs, lambda rng: rng.integers(N, size=(steps, repeats, batch)))      # (seeds, steps, ...)
    each = np.arange(len(seeds))[:, None, None]
    hessian = np.einsum("snp,snq->spq", x, x) / N

    def gradient(theta, k):
        xb, yb = x[each, chosen[:, k]], y[each, chosen[:, k]]
        error = (xb @ theta[..., None])[..., 0] - yb
        return (error[..., None, :] @ xb)[..., 0, :] / batch

    loss = []
    for theta in run(SGD(rate), np.zeros((len(seeds), repeats, P)), gradient, steps):
        d = theta - solution[:, None]
        loss.append(((d @ hessian) * d).sum(axis=-1).mean(axis=-1) / 2)
    return np.stack(loss)


@lru_cache(maxsize=4)
def wide_and_slow(seeds, rate):
    """Excess losses (1200, seeds): B = 16 at this rate, and B = 4 at a quarter of it."""
    return (regression_loss(seeds, 1.0, 16, constant(rate), 1200, 16),
            regression_loss(seeds, 1.0, 4, constant(rate / 4), 1200, 16))


@lru_cache(maxsize=24)
def trained(seeds, batch, rate, passes, decay, each_pass):
    """The digits network 64-16-10 of every seed, trained on 512 digits; `decay`: linear to 1 % at 80 %.

    Records, `each_pass` a pass: loss and test accuracy (records, seeds), the minibatch losses (updates,
    seeds), and, for one record a pass, thetas (records, seeds, P).
    """
    data, rngs = some_digits(), generators(seeds)
    start = draw(rngs, lambda rng: digits_network(rng).theta)
    networks = digits_network(np.random.default_rng(0), len(seeds))
    networks.theta[:] = start
    updates = passes * -(-len(data.y) // batch)
    schedule = linear(rate, 0.01 * rate, 0.8 * updates) if decay else rate
    records, thetas = [], []
    for record in train(networks, data, SGD(schedule), epochs=passes, batch_size=batch, rng=rngs,
                        every=max(1, updates // (passes * each_pass))):
        records.append(record)
        if each_pass == 1:                  # they take much memory
            thetas.append(networks.theta.copy())
    return SimpleNamespace(loss=np.array([r.loss for r in records]), thetas=thetas,
                           accuracy=np.array([r.test_accuracy for r in records]),
                           batch_losses=np.concatenate([r.batch_losses for r in records]))


def example_gradients(network, theta, x, y):
    """The gradient of every example by itself, (N, P): N copies of the network, one example each."""
    copies = digits_network(np.random.default_rng(0), len(x))
    copies.theta[:] = theta
    return copies.objective(x[:, None], np.asarray(y)[:, None]).gradient(copies.theta)


def variance_of_mean(variance, N, batch, replacement):
    """Variance of the mean of `batch` of N examples: sigma^2 / B, without replacement times (N - B) / (N - 1)."""
    return variance / batch * (1 if replacement else (N - batch) / (N - 1))


def sharpness(f, theta, iterations=15):
    """Largest eigenvalue of the Hessian of f at theta (P,) or (K, P): a number, or (K,); power iteration."""
    v = np.random.default_rng(0).standard_normal(theta.shape)
    for _ in range(iterations):
        v /= np.linalg.norm(v, axis=-1, keepdims=True)
        v, before = f.hvp(theta, v), v
    return (v * before).sum(axis=-1)


CLAIMS = (
    Claim("C09", 4, "S0 Stochastic Gradient Descent",
          "Minibatch noise does not vanish at a minimum, the full gradient does: so the rate has to"
          " decrease.",
          (at_the_minimum, decay_needed)),
    Claim("C10", 4, "S0 Stochastic Gradient Descent",
          "Σ ε_k = ∞ and Σ ε_k² < ∞ suffice for convergence (the source says sufficient; is it necessary?).",
          (sufficient, first_needed, second_needed)),
    Claim("C11", 4, "S0 Stochastic Gradient Descent",
          "In practice the rate decays linearly until iteration τ, and stays constant from then on.",
          (linear_on_noise, linear_on_digits)),
    Claim("C12", 4, "S0 Stochastic Gradient Descent",
          "Large oscillations of the learning curve mean that ε₀ is too large; gentle ones are fine.",
          (rate_and_swing, large_swings, gentle_swings)),
    Claim("C31", 4, "S1 Batch size",
          "Large batches: less variance, much as a lower rate; fewer updates; sharper minima and worse"
          " generalization (a hypothesis).",
          (gradient_variance, as_lower_rate, as_lower_rate_on_the_way, fewer_updates, sharper,
           worse_on_new_data)),
)
