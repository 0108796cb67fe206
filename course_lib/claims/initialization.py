"""Lecture 3: the experiments behind claims C01 to C08.

Each experiment is a function of a tuple of seeds. Its docstring says what is set up, which statistic is
taken, one value per seed, and what would refute the claim. A gain multiplies the initial weights of a scheme.
"""

import numpy as np

from course_lib.initializers import (glorot_normal, gram_schmidt, he_normal, he_uniform, lecun_normal, normal,
                                     orthogonal)
from course_lib.layers import Dropout, Tanh

from .findings import TENTH, Claim, Finding, judge, medians, mostly, number, spread
from .runs import exponent, generators
from .starts import (GAINS, STARTS, TARGET, arrivals, at_equal_cost, cosines, depth_factor, effective_rank,
                     equal, first_weights, gain_runs, gram_schmidt_products, growth, layer_ratio,
                     lyapunov_exponents, one_weight, random_signs, ring_losses, rings_weights, separation,
                     shape_gaps, slowest_over_fastest, trained)


# C01: what the initial point decides

def speed(seeds):
    """Updates to a training loss of 0.1, from 12 random starts on the same data.

    Set-up: two rings of 20 points each, drawn for each seed; 2-3-2 and 2-12-2 ReLU networks, He's scheme,
    momentum 0.9, rate 0.1, all points in each of 500 updates.
    Statistic: the slowest of the starts that arrive over the fastest, wide network.
    Refuted where it is below 1.1; holds only if the network is narrow where that is so with 12 units, not
    with 3.
    """
    slowest, other = (slowest_over_fastest(arrivals(ring_losses(seeds, units))) for units in (12, 3))
    return Finding(
        "speed", f"updates to a loss of {TARGET}: slowest / fastest of {STARTS} starts, 12 hidden units",
        slowest,
        *judge(mostly(slowest > TENTH), mostly(other > TENTH), "the network is narrow"),
        f"With 3 hidden units, among the starts that arrive at all, the ratio is {spread(other)}.")


def quality(seeds):
    """As `speed`, 12 and 3 units; statistic: final training loss, 90th percentile over the 10th.

    Refuted where the two differ by less than a tenth.
    """
    ratios = []
    for units in (12, 3):
        low, high = np.percentile(ring_losses(seeds, units)[-1], [10, 90], axis=1)
        ratios.append(high / low)
    wide, narrow = ratios
    return Finding(
        "quality of the end", "final loss, 90th / 10th percentile of the starts, 12 hidden units", wide,
        *judge(mostly(wide > TENTH), mostly(narrow > TENTH), "the network is narrow"),
        f"With 3 hidden units it is {spread(narrow)}.")


def convergence(seeds):
    """As `speed`; statistic: share of the starts that do not arrive within 500 updates, 12 units.

    Refuted where none fails; holds only if the network is narrow where some fail with 3 units only.
    """
    wide, narrow = (np.isnan(arrivals(ring_losses(seeds, units))).mean(axis=1) for units in (12, 3))
    return Finding(
        "arriving at all", "share of the starts that never arrive, 12 hidden units", wide,
        *judge(mostly(wide > 0), mostly(narrow > 0), "the network is narrow"),
        f"With 3 hidden units, barely enough for a ring, the share is {spread(narrow)}.")


# C02: comparable cost, different generalization

def same_scale(seeds):
    """Test loss at equal training loss, between draws of one scheme.

    Set-up: 64-16-10 ReLU network on 360 digits, SGD, rate 0.1, batches of 30. Ten draws of He's scheme for
    each seed, one with twice its weights. Each run is read off where its training loss first falls to 0.2
    (between records, in the logarithm), so all are compared at the same cost.
    Statistic: largest over smallest test loss of the ten draws. Refuted where it is below 1.1.
    """
    _, tests = at_equal_cost(seeds)
    ratio = tests[:, :-1].max(axis=1) / tests[:, :-1].min(axis=1)
    return Finding(
        "draws of one scheme", "test loss at training loss 0.2: largest / smallest of ten draws", ratio,
        *judge(mostly(ratio > TENTH)), "The networks are small; all else is the same.")


def other_scale(seeds):
    """As `same_scale`, at 0.2; statistic: test loss of the doubled weights over the mean of the ten draws.

    Refuted where it is below 1.1.
    """
    updates, tests = at_equal_cost(seeds)
    ratio = tests[:, -1] / tests[:, :-1].mean(axis=1)
    return Finding(
        "scales", "test loss at training loss 0.2: doubled weights / He's", ratio,
        *judge(mostly(ratio > TENTH)),
        f"Passes needed to get there: He's {medians(updates[:, :-1].mean(axis=1))}, doubled"
        f" {medians(updates[:, -1])}.")


# C03: equal units stay equal

def equal_units(seeds):
    """Six tanh units with equal weights in and out, 300 updates of momentum on the rings.

    Statistic: the largest difference of two units' incoming weights. Refuted where it is not exactly 0.
    """
    W, _ = rings_weights(seeds, equal, equal)
    random, _ = rings_weights(seeds, glorot_normal, glorot_normal)
    gap = separation(W)
    return Finding(
        "equal weights in and out", "largest difference of two units after 300 updates", gap,
        *judge(mostly(gap == 0)),
        f"Effective rank of the weights (of 2): {medians(effective_rank(W))}; from a random start"
        f" {medians(effective_rank(random))}.", {"random": separation(random)})


def equal_inputs(seeds):
    """As `equal_units`, 300 updates, with equal weights in, random weights out. Refuted where units part."""
    W, _ = rings_weights(seeds, equal, glorot_normal)
    gap = separation(W)
    return Finding(
        "equal weights in, random out", "largest difference of two units after 300 updates", gap,
        *judge(mostly(gap == 0)),
        "What flows back to a unit passes its outgoing weights: where those differ, so do the gradients.")


def equal_with_dropout(seeds):
    """As `equal_units`, 300 updates, with dropout of 0.2 on the hidden units. Refuted where units part."""
    W, _ = rings_weights(seeds, equal, equal, Dropout(0.2))
    gap = separation(W)
    return Finding(
        "equal weights, with dropout", "largest difference of two units after 300 updates", gap,
        *judge(mostly(gap == 0)), "The random masks treat equal units differently.")


# C04: orthogonal or random

def nearly_different(seeds):
    """Mean |cosine| between the units of a square layer, Gaussian weights.

    Widths 4 to 256. Statistic: the mean |cosine| at width 256; that of orthogonal units is 0. Refuted where
    it is above 0.1; holds only if the layer is wide where it is below 0.1 at 256, but not at 16.
    """
    widths = np.array([4, 16, 64, 256])
    rngs = generators(seeds)
    mean = np.stack([[cosines(normal(rng, (n, n), 1.0)) for n in widths] for rng in rngs])
    exact = max(cosines(gram_schmidt(normal(rng, (64, 64), 1.0))) for rng in rngs)
    small, large = (mostly(mean[:, i] < 0.1) for i in (1, 3))
    return Finding(
        "nearly as different", "mean |cosine| of two units, Gaussian weights, width 256", mean[:, 3],
        *judge(small and large, large, "the layer is wide"),
        f"At the widths {', '.join(map(str, widths))} it is {medians(mean)}: like width to the power"
        f" {medians(exponent(widths, mean))}. After Gram-Schmidt: {number(exact)}.", {"mean": mean})


def cheaper(seeds):
    """Multiplications of Gram-Schmidt, counted as it runs, over the numbers that a random matrix draws.

    Widths 16, 64, 256. Statistic: their ratio at width 256. Refuted where it is not above 10, and growing
    with the width.
    """
    ratios = np.array([gram_schmidt_products(n) / n**2 for n in (16, 64, 256)])
    values = np.full(len(seeds), ratios[-1])
    return Finding(
        "far cheaper", "multiplications of Gram-Schmidt / weights drawn, width 256", values,
        *judge(bool(ratios[-1] > 10 and (np.diff(ratios) > 0).all())),
        f"At the widths 16, 64, 256 it is {', '.join(map(number, ratios))}: twice the width. No seed changes"
        f" it.")


def not_worth_it(seeds):
    """Does the cost outweigh the benefit? Cost in examples of training, benefit in loss.

    Set-up: tanh networks 16 wide with 1 and with 24 hidden layers on 360 digits, gain 1, orthogonal or
    Gaussian of the same variance, SGD, rate 0.1, 8 passes. A pass of one example through a layer and back
    takes 3 n^2 multiplications. Statistic: final training loss, orthogonal over Gaussian, 24 layers. Refuted
    where it is a tenth lower, for building takes less than one pass; holds only if the network is shallow
    where that is so at 24 layers and not at 1.
    """
    ratio = {}
    for hidden in (1, 24):
        loss = trained(seeds, [(orthogonal, 0), (lecun_normal, 0)], hidden, 0.1, 8, Tanh())[1]["loss"][-1]
        ratio[hidden] = loss[:, 0] / loss[:, 1]
    examples = gram_schmidt_products(16) / (3 * 16**2)
    return Finding(
        "not worth the cost", "final training loss, orthogonal / Gaussian, 24 tanh layers", ratio[24],
        *judge(not mostly(ratio[24] < 1 / TENTH), not mostly(ratio[1] < 1 / TENTH), "the network is shallow"),
        f"With one hidden layer it is {spread(ratio[1])}. Building costs as much as training on"
        f" {number(examples)} examples, once.")


# C05: the shape of the distribution

def gaussian_or_uniform(seeds):
    """Final training loss from Gaussian and from uniform weights of He's variance.

    Set-up: 64-16-10 ReLU network, 360 digits, SGD, rate 0.1, 4 passes; four draws of each for every seed.
    Statistic: the mean loss from uniform weights over that from Gaussian ones. Refuted where one of the two is
    better by a tenth in most seeds.
    """
    gap, ratio = shape_gaps(seeds, he_uniform)
    return Finding(
        "Gaussian or uniform", "final training loss, mean of four draws: uniform / Gaussian", ratio,
        *judge(not one_is_better(ratio)), f"The difference, in standard errors: {spread(gap)}.")


def other_shapes(seeds):
    """As `gaussian_or_uniform`, with one weight per unit that is not zero, of the same variance.

    The weight is then 8 times as large, in the first layer. Refuted where one law is better by a tenth in most
    seeds; holds only if the variance is not in a few large weights where that is not so for weights of one
    size, random signs.
    """
    _, signs = shape_gaps(seeds, random_signs)
    _, ratio = shape_gaps(seeds, one_weight)
    return Finding(
        "any shape", "the same for one nonzero weight per unit, over Gaussian", ratio,
        *judge(not one_is_better(ratio) and not one_is_better(signs), not one_is_better(signs),
               "the variance is not in a few large weights"),
        f"Weights of one size with random signs, over Gaussian: {spread(signs)}.")


def one_is_better(ratio):
    """Whether losses over those of another law (seeds,) differ by a tenth, and mostly the same way."""
    return mostly(ratio > TENTH) or mostly(ratio < 1 / TENTH)


# C06: the scale

def optimization(seeds):
    """Final training loss against the gain.

    Set-up: 64-16-10 ReLU network, 360 digits, He's scheme times 1/8, 1/2, 1, 2, 4, SGD, rate 0.1, 25 passes.
    Statistic: loss of the worst gain over loss of the best. Refuted where it is below 2.
    """
    loss = gain_runs(seeds)["loss"][-1]
    ratio = loss.max(axis=1) / loss.min(axis=1)
    return Finding(
        "optimization", "final training loss, worst / best gain", ratio, *judge(mostly(ratio > 2)),
        f"At the gains {', '.join(map(number, GAINS))} the loss is {medians(loss)}.", {"loss": loss})


def generalization(seeds):
    """As `optimization`; statistic: test loss of gain 2 over that of gain 1. Refuted where it is below 1.1.

    Both fit the training set: the share of it that is right is noted.
    """
    runs = gain_runs(seeds)
    test, right = runs["test_loss"][-1], runs["accuracy"][-1]
    ratio = test[:, 3] / test[:, 2]
    return Finding(
        "generalization", "final test loss, gain 2 / gain 1", ratio, *judge(mostly(ratio > TENTH)),
        f"At the gains {', '.join(map(number, GAINS))} the test loss is {medians(test)}, and the share of"
        f" training examples that are right {medians(right)}.", {"test_loss": test})


# C07: too large, too small

def forward(seeds):
    """Growth of the mean square of the activations per layer, gain 2 times He's, 15 layers of 64.

    Statistic: the factor per layer, ReLU. Refuted where it is below 2; holds only if activations are
    unbounded where it is above 2 for ReLU and not above 1 for tanh (there 2 times LeCun's).
    """
    relu, tanh = growth(seeds, "ReLU", 2.0)[0], growth(seeds, "tanh", 2.0)[0]
    return Finding(
        "too large: forward", "mean square of the activations, factor per layer, ReLU, gain 2", relu,
        *judge(mostly(relu > 2) and mostly(tanh > TENTH), mostly(relu > 2), "the activation is unbounded"),
        f"With tanh it is {spread(tanh)}: it saturates instead.")


def backward(seeds):
    """As `forward`, for the gradients on their way back. Refuted where they do not grow, ReLU or tanh."""
    relu, tanh = growth(seeds, "ReLU", 2.0)[1], growth(seeds, "tanh", 2.0)[1]
    return Finding(
        "too large: backward", "mean square of the gradients, factor per layer, ReLU, gain 2", relu,
        *judge(mostly(relu > TENTH) and mostly(tanh > TENTH), mostly(relu > TENTH), "units do not saturate"),
        f"With tanh it is {spread(tanh)}.")


def lost(seeds):
    """As `forward`, with gain 1/2. Refuted where activations or gradients keep more than half per layer."""
    relu, tanh = growth(seeds, "ReLU", 0.5), growth(seeds, "tanh", 0.5)
    return Finding(
        "too small: signal lost", "mean square of the activations, factor per layer, ReLU, gain 1/2", relu[0],
        *judge(all(mostly(factor < 0.5) for factor in (*relu, *tanh))),
        f"Gradients: {medians(relu[1])}. With tanh: {medians(tanh[0])} and {medians(tanh[1])}.")


def chaos(seeds):
    """Growth of a small distance between two states of h = tanh(h U), U Gaussian, deviation gain / sqrt(n).

    n = 96, 150 steps, gains 0.5, 1.25, 2.5. Statistic: the Lyapunov exponent at gain 2.5, the mean logarithm
    of the growth per step. Refuted where it is not above 0; holds only if the gain is well above 1 where it
    is not above 0 at gain 1.25.
    """
    gains = np.array([0.5, 1.25, 2.5])
    rate = lyapunov_exponents(seeds, gains)
    large = mostly(rate[:, 2] > 0)
    return Finding(
        "chaos in recurrent networks", "Lyapunov exponent at gain 2.5", rate[:, 2],
        *judge(large and mostly(rate[:, 1] > 0), large, "the gain is well above 1"),
        f"At the gains {', '.join(map(number, gains))} it is {medians(rate)}: below 0 two states meet, above"
        f" 0 they part.",
        {"gain": gains, "rate": rate})


# C08: He and Xavier in ReLU networks

def he_keeps(seeds):
    """Mean square of the activations, layer 50 over input, ReLU, width 64, He's scheme.

    Statistic: the factor per layer, its 50th root. Refuted where it is not within a tenth of 1.
    """
    factor, end = depth_factor(seeds, he_normal)
    return Finding(
        "He keeps the variance", "mean square of the activations, factor per layer, 50 layers", factor,
        *judge(mostly((factor > 1 / TENTH) & (factor < TENTH))),
        "On average over draws it is kept; in a single network it wanders: after 50 layers it is"
        f" {spread(end)} times the first.", {"end": end})


def xavier_keeps(seeds):
    """As `he_keeps`, 50 layers, with Glorot's (Xavier's) scheme. Theory: a half per layer at equal widths."""
    factor, end = depth_factor(seeds, glorot_normal)
    return Finding(
        "Xavier keeps it", "mean square of the activations, factor per layer, 50 layers", factor,
        *judge(mostly((factor > 1 / TENTH) & (factor < TENTH))),
        "ReLU cuts half of the signal away, and nothing makes up for it: after 50 layers"
        f" {number(np.median(end))} of the first is left.")


def rule_of_thumb(seeds):
    """Is Xavier a good rule for ReLU networks? Final training loss, Xavier against He, each at its best rate.

    Set-up: networks 16 wide with 1 and with 12 hidden layers on 360 digits, SGD, rates 0.03, 0.1, 0.3, 12
    passes, two draws of each. Statistic: loss from Xavier over loss from He, 12 layers. Refuted where it is
    above 1.1; holds only if the network is shallow where it is so at 12 layers, not at 1.
    """
    starts = [(scheme, number) for scheme in (glorot_normal, he_normal) for number in (0, 1)]
    ratio = {}
    for hidden in (1, 12):
        runs = [trained(seeds, starts, hidden, rate, 12)[1]["loss"][-1] for rate in (0.03, 0.1, 0.3)]
        best = np.nanmin(runs, axis=0)
        xavier, he = best[:, :2].mean(axis=1), best[:, 2:].mean(axis=1)
        ratio[hidden] = xavier / he
    deep, shallow = (not mostly(ratio[hidden] > TENTH) for hidden in (12, 1))
    return Finding(
        "a rule of thumb for ReLU",
        "final training loss, Xavier / He, each at its best rate, 12 hidden layers", ratio[12],
        *judge(deep and shallow, shallow, "the network is shallow"),
        f"With one hidden layer it is {spread(ratio[1])}.")


def remains(seeds):
    """Is the variance still kept once training has begun?

    Set-up: He's scheme, 4 hidden layers of 16, as in `rule_of_thumb`. Statistic: mean square of the
    activations of layer 4 over layer 1, after 10 passes over at the start. Refuted where it is not within a
    factor 2 of 1.
    """
    networks, _ = trained(seeds, [(he_normal, 0)], 4, 0.1, 10)
    first = first_weights(seeds, [(he_normal, 0)], 4)
    ends = [layer_ratio(networks, theta) for theta in (first, networks.theta)]
    ratio = ends[1] / ends[0]
    return Finding(
        "it remains while training", "mean square, layer 4 / layer 1: after 10 passes / at the start", ratio,
        *judge(mostly((ratio > 0.5) & (ratio < 2))),
        f"Layer 4 / layer 1: {medians(ends[0])} at the start, {medians(ends[1])} after 10 passes.")


CLAIMS = (
    Claim("C01", 3, "S0 Introduction",
          "The initial point decides the speed, the quality of the end, and whether training converges at"
          " all.",
          (speed, quality, convergence)),
    Claim("C02", 3, "S0 Introduction",
          "Points of comparable cost generalize differently.",
          (same_scale, other_scale)),
    Claim("C03", 3, "S0 Breaking the weight space symmetry",
          "Hidden units with equal initial weights stay equal for ever.",
          (equal_units, equal_inputs, equal_with_dropout)),
    Claim("C04", 3, "S0 Random initialization, S1 Orthogonal initialization",
          "Orthogonal units are maximally different; random ones nearly so and far cheaper, so that the cost"
          " outweighs the benefit.",
          (nearly_different, cheaper, not_worth_it)),
    Claim("C05", 3, "S0 Random initialization",
          "Gaussian or uniform does not matter much, at equal variance.",
          (gaussian_or_uniform, other_shapes)),
    Claim("C06", 3, "S0 Random initialization",
          "The scale matters a lot, for optimization and for generalization.",
          (optimization, generalization)),
    Claim("C07", 3, "S0 Random initialization",
          "Too large weights explode forward and backward, and make recurrent networks chaotic; too small"
          " ones lose the signal.",
          (forward, backward, lost, chaos)),
    Claim("C08", 3, "S0 Normalized (Xavier) initialization",
          "N(0, 1) √(2/n) keeps the variance through ReLU layers; Xavier is the rule of thumb for ReLU"
          " networks.",
          (he_keeps, xavier_keeps, rule_of_thumb, remains)),
)
