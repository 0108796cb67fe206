"""Lecture 3: the experiments behind claims C01 to C08.

Each experiment is a function of a tuple of seeds. Its docstring says what is set up, which statistic is
taken, one value per seed, and what is claimed of it. A gain multiplies the initial weights of a scheme.
Networks on the digits have ReLU units unless it says otherwise, 360 examples, SGD and batches of 30. "Best
rate": the one of a grid with the lowest measure at the end, chosen for each seed.
"""

from types import SimpleNamespace

import numpy as np

from course_lib import datasets, losses
from course_lib.initializers import (glorot_normal, gram_schmidt, he_normal, he_uniform, lecun_normal, normal,
                                     orthogonal, sparse)
from course_lib.layers import Dense, Dropout, ReLU, Tanh
from course_lib.network import Network
from course_lib.optimizers import SGD, Momentum

from .labs import mlp, trained
from .measurement import OURS, SOURCE, Claim, Part, above, below, listed, medians, number, same, zero
from .runs import Level, Sweep, draw, exponent, first, generators, repeated
from .signals import (ACTIVATIONS, cosines, effective_rank, hidden_states, lyapunov, propagate, scaled,
                      separation)

EXAMPLES, BATCH = 360, 30       # of the digits: so few that there is something to overfit
RATES = 0.003125 * 2.0 ** np.arange(11)     # to 3.2
SHALLOW, DEEP = RATES[5:], RATES[2:9]       # from 0.1; from 0.0125 to 0.8
WIDTH = 16                      # hidden units of the networks on the digits
STARTS, TARGET = 12, 0.1        # initial points on the rings; training loss at which a run has arrived


# C01: what the initial point decides

def initial_points(seeds):
    """Twelve random starts on the same data.

    Set-up: two rings, 40 points drawn for each seed, 400 others for testing; ReLU networks with 3 and with 12
    hidden units, He's scheme, momentum 0.9, rate 0.1, all points in each of 500 updates.
    Statistics: updates to a training loss of 0.1, slowest over fastest of the starts that arrive; training
    loss at the end, second highest over second lowest; share of wrong answers on the test points, highest
    less lowest; share of the starts that do not arrive. Claimed: above 1, 1, 0 and 0. Arms: 3 units, 12.
    """
    parts = {name: [] for name in ("speed", "quality: the loss reached", "quality: wrong answers",
                                   "arriving at all")}
    for units, where in ((3, "the network is narrow"), (12, "it is wide")):
        loss, _, wrong, _ = on_rings(seeds, [Dense(2, units, he_normal), ReLU(), Dense(units, 2, he_normal)],
                                     STARTS)
        updates = first(loss <= TARGET) - 1
        arrived = np.isfinite(updates)
        speed = updates.max(axis=1, where=arrived, initial=0) / updates.min(axis=1)
        ends = np.sort(loss[-1], axis=1)
        worse = ends[:, -2] / ends[:, 1]
        gap, failed = np.ptp(wrong, axis=1), 1 - arrived.mean(axis=1)
        for arms, arm in zip(parts.values(), (
                above(speed, f"{units} hidden units, {STARTS} starts: the slowest takes {medians(speed)}"
                      f" times as many updates to a loss of {TARGET} as the fastest; those that never arrive"
                      " are left out.", where),
                above(worse, f"{units} hidden units: after {len(loss) - 1} updates the second highest loss is"
                      f" {medians(worse)} times the second lowest.", where),
                above(gap, f"{units} hidden units: on new points the worst start gives"
                      f" {medians(100 * wrong.max(axis=1))} % wrong answers, the best"
                      f" {medians(100 * wrong.min(axis=1))} %.", where, than=0.0, by=0.1),
                above(failed, f"{units} hidden units: {medians(100 * failed)} % of the starts never come to a"
                      f" loss of {TARGET}.", where, than=0.0, by=0.1))):
            arms.append(arm)
    return tuple(Part(name, SOURCE, *arms) for name, arms in parts.items())


# C02: comparable cost, different generalization

def equal_cost(seeds):
    """Networks compared where they have the same training loss.

    Set-up: 64-16-10 networks, rate 0.2, 28 passes; ten draws of He's scheme for each seed, and the first with
    all weights doubled. Each run is read off where its training loss first falls to 0.2, between records two
    passes apart.
    The best and the worst of the ten draws are told apart on 700 other digits and compared on the test
    examples, and the other way round: a difference that is chance on the first does not show on the second.
    Statistics: test loss; share of wrong answers, by which draws are told apart for this. Claimed: above 1.
    Arms: doubled weights over the mean of the ten; worst over best draw, geometric mean of both ways.
    """
    cost, passes, draws, gain = 0.2, 28, 10, 2.0
    starts = [*((he_normal, i) for i in range(draws)), (scaled(he_normal, gain), 0)]
    runs = trained(seeds, mlp(WIDTH), SGD, [0.2] * len(starts), passes=passes, batch=BATCH,
                   every=24, examples=EXAMPLES + 700, validation=700, start=drawn(starts, [WIDTH]))
    level = Level(runs.loss, cost)
    kept, test, kept_wrong, wrong = map(level.read, (runs.validation_loss, runs.test_loss,
                                                     runs.validation_error, runs.test_error))

    def picked(pick, one, other):
        """The draw picked by one measure, in the other, both ways."""
        ways = [np.take_along_axis(b, pick(a[:, :draws], axis=1)[:, None], 1)[:, 0]
                for a, b in ((one, other), (other, one))]
        return np.sqrt(ways[0] * ways[1])

    loss, low, errors, fewest = (picked(pick, *pair) for pair in ((kept, test), (kept_wrong, wrong))
                                 for pick in (np.argmax, np.argmin))
    mean, mean_wrong = (values[:, :draws].mean(axis=1) for values in (test, wrong))
    chance = test[:, :draws].max(axis=1) / test[:, :draws].min(axis=1)
    twice, twice_wrong = test[:, -1], wrong[:, -1]
    data = {"record": level.at, "loss": runs.loss.swapaxes(0, 1), "chance": chance}
    scales, one = "one starts from larger weights", "both are draws of one scheme"
    return (
        Part("test loss", SOURCE, above(
            twice / mean, f"Where the training loss is {cost} the test loss is {medians(twice)} from weights"
            f" {number(gain)} times He's, {medians(mean)} from He's.", scales), above(
            loss / low, f"{draws} draws of He's scheme, at the same training loss: the worst has"
            f" {medians(loss / low)} times the test loss of the best, told apart on other examples than those"
            f" that compare them; on the same ones it would be {medians(chance)} times.", one), data),
        Part("wrong answers", SOURCE, above(
            twice_wrong / mean_wrong, f"From the larger weights {medians(100 * twice_wrong)} % of the answers"
            f" are wrong, from He's {medians(100 * mean_wrong)} %.", scales), above(
            errors / fewest, f"From the worst draw {medians(100 * errors)} %, from the best"
            f" {medians(100 * fewest)} %, told apart in the same way.", one), data))


# C03: equal units stay equal

def equal_units(seeds):
    """Six tanh units that start alike.

    Set-up: the rings of `initial_points`, momentum 0.9, rate 0.1, 500 updates. Equal weights into the units,
    and equal or random weights out of them; the first with dropout of 0.2 on the units too; and all random.
    Statistics: largest difference of two units' weights after training, claimed to be 0, weights out of them
    equal or random; with dropout we claim above 0. Effective rank of the weights into the units, which have
    two inputs, claimed to be 2, all weights random or all equal. Test loss of equal units over that of random
    ones, claimed to be above 1.
    """
    def run(scheme_in, scheme_out, *more):
        _, test, wrong, networks = on_rings(seeds, [Dense(2, 6, scheme_in), Tanh(), *more,
                                                    Dense(6, 2, scheme_out)])
        W = networks.views(networks.theta)[0]["W"]
        return separation(W), effective_rank(W), test[:, 0], wrong[:, 0]

    gap, rank, test, wrong = run(equal_in, equal_out)
    gap_out, *_ = run(equal_in, glorot_normal)
    gap_dropout, *_ = run(equal_in, equal_out, Dropout(0.2))
    _, random_rank, random_test, random_wrong = run(glorot_normal, glorot_normal)
    return (
        Part("equal units stay equal", SOURCE,
             zero(gap, f"After training the weights of two of the six units differ by {medians(gap)}.",
                  "the weights out of them are equal too"),
             zero(gap_out, f"Here they differ by {medians(gap_out)}: what flows back to a unit passes the"
                  " weights out of it.", "only the weights into them are equal")),
        Part("dropout parts them", OURS, above(
            gap_dropout, f"Equal units with dropout: at the end the weights of two of them differ by"
            f" {medians(gap_dropout)}. The random masks treat them differently.", than=0.0, by=0.1)),
        Part("no input pattern is lost", SOURCE,
             same(random_rank, f"Of the two directions of the input the units take in {medians(random_rank)}"
                  " (effective rank).", "the units start different", than=2.0),
             same(rank, f"Here they take in {medians(rank)}.", "they start equal", than=2.0)),
        Part("units must be different", SOURCE, above(
            test / random_test, f"Equal units: the test loss is {medians(test)} with {medians(100 * wrong)} %"
            f" wrong answers; units that start different: {medians(random_test)} and"
            f" {medians(100 * random_wrong)} %.")))


# C04: orthogonal or random

def nearly_different(seeds):
    """Mean |cosine| between the units of a square layer, Gaussian weights.

    Widths 4 to 256. Statistic: the mean |cosine|; that of orthogonal units is 0. Claimed: 0 within a tenth.
    Arms: width 256, width 16.
    """
    widths = np.array([4, 16, 64, 256])
    rngs = generators(seeds)
    mean = np.stack([[cosines(normal(rng, (n, n), 1.0)) for n in widths] for rng in rngs])
    exact = max(cosines(gram_schmidt(normal(rng, (64, 64), 1.0))) for rng in rngs)
    return Part(
        "nearly as different", SOURCE,
        same(mean[:, -1], f"Random weights, {widths[-1]} units: the cosine between two of them is"
             f" {medians(mean[:, -1])} in the mean, after Gram-Schmidt {number(exact)}.",
             "the layer is wide", than=0.0, by=0.1),
        same(mean[:, 1], f"{widths[1]} units: {medians(mean[:, 1])}. It falls like the width to the power"
             f" {medians(exponent(widths, mean))}.", "it is narrow", than=0.0, by=0.1), {"mean": mean})


def cheaper(seeds):
    """Multiplications of Gram-Schmidt over the numbers that a random matrix draws, from the algorithm.

    Widths 16, 64, 256. Statistic: their ratio at width 256. Claimed: above 1. A pass of one example through a
    layer and back takes 3 n^2 multiplications.
    """
    widths = np.array([16, 64, 256])
    ratios = np.array([gram_schmidt_products(n) for n in widths]) / widths**2
    return Part("far cheaper", SOURCE, above(
        np.full(len(seeds), ratios[-1]), f"For each weight Gram-Schmidt multiplies {listed(ratios)} times at"
        f" the widths {listed(widths)}, a random draw takes one number. Once, that is as much as training on"
        f" {listed(ratios / 3)} examples."))


def no_benefit(seeds):
    """Orthogonal against Gaussian weights of the same variance, at equal computation.

    Set-up: tanh networks 16 wide with 1 hidden layer, 8 passes, four draws of each scheme, and with 8 hidden
    layers, 12 passes, one draw; gain 1, each scheme at its best rate for the test loss (SHALLOW, DEEP).
    Gram-Schmidt costs as much as training on 10 examples (see `cheaper`): the Gaussian run makes one update
    more, with 30.
    Statistic: test loss (mean of logarithms), orthogonal over Gaussian. Claimed: 1, no benefit. Arms: 1
    hidden layer, 8.
    """
    arms = []
    for hidden, rates, draws, passes, where in ((1, SHALLOW[1:], 4, 8, "the network is shallow"),
                                                (8, DEEP[1:], 1, 12, "it is deep")):
        starts = [(scheme, i) for scheme in (orthogonal, lecun_normal) for i in range(draws)]
        _, test, error = ends(seeds, starts, [WIDTH] * hidden, rates, passes, Tanh(),
                              every=passes * EXAMPLES // BATCH - 1)
        orth, gauss = (at_best_rates(rates, test[record], error[record], draws)[j]
                       for j, record in enumerate((-2, -1)))          # the last record but one, the last
        arms.append(same(
            orth.loss / gauss.loss, f"{hidden_layers(hidden)}: with orthogonal weights the test loss is"
            f" {medians(orth.loss / gauss.loss)} times that with Gaussian ones, {medians(gauss.loss)}; wrong"
            f" answers {medians(orth.wrong)} and {medians(gauss.wrong)} %.", where))
    return Part("no benefit for the cost", SOURCE, *arms)


# C05: the shape of the distribution

def shapes(seeds):
    """Networks from weights of one variance and several laws.

    Set-up: 64-16-10 networks, rate 0.4, 8 passes; Gaussian, uniform, and of one size with random signs, all
    with He's variance, and one weight per unit that is not zero, 8 times as large in the first layer; twelve
    draws of each for each of four choices of the digits a seed.
    Statistic: mean test loss (of logarithms) over that of Gaussian weights. Claimed: 1. For uniform weights
    by the source, for the others by us; arms: random signs, one weight.
    """
    draws, several, laws = 12, repeated(seeds, 4), (he_normal, he_uniform, random_signs, one_weight)
    _, test, error = ends(several, [(law, i) for law in laws for i in range(draws)], [WIDTH], [0.4], 8)
    loss, wrong = (values[-1].reshape(len(seeds), -1, len(laws), draws).mean(axis=(1, 3)).T
                   for values in (np.log(test), 100 * error))
    ratio = np.exp(loss - loss[0])

    def arm(j, name, where=""):
        return same(ratio[j], f"{name}: the test loss is {medians(ratio[j])} times that from Gaussian ones,"
                    f" {medians(np.exp(loss[0]))}; wrong answers {medians(wrong[j])} and"
                    f" {medians(wrong[0])} %.", where)

    return (Part("Gaussian or uniform", SOURCE, arm(1, "Uniform weights")),
            Part("any law", OURS, arm(2, "Weights of one size with random signs",
                                      "many weights share the variance"),
                 arm(3, "One nonzero weight per unit", "one weight has it all")))


# C06: the scale

def scales(seeds):
    """The scale of the initial weights against another draw of them.

    Set-up: networks 16 wide with 1 hidden layer, 8 passes, four draws of He's scheme for each seed, and with
    3 hidden layers, 12 passes, two draws; each draw with the gains 1 and 2, each start at its best rate for
    the training loss, and at its best for the test loss, to 1.6 and to 0.8.
    Statistic: higher over lower loss of the two gains, mean of the draws (of logarithms), divided by higher
    over lower of two draws, mean of all pairs of one gain. Claimed: above 1. Training loss for optimization,
    test loss for generalization. Arms: 3 hidden layers, 1.
    """
    gains, arms = np.array([1, 2]), {"optimization": [], "generalization": []}
    for hidden, rates, draws, passes, where in ((3, RATES[1:9], 2, 12, "there are several hidden layers"),
                                                (1, RATES[4:10], 4, 8, "there is one")):
        starts = [(scaled(he_normal, gain), i) for gain in gains for i in range(draws)]
        loss, test, error = (values[-1] for values in ends(seeds, starts, [WIDTH] * hidden, rates, passes))
        for (name, found), measure, values in zip(arms.items(), ("training loss", "test loss"), (loss, test)):
            each = at_best_rates(rates, values, error, 1)
            best, wrong = (np.stack([getattr(start, what) for start in each], axis=1).reshape(
                len(seeds), len(gains), draws) for what in ("loss", "wrong"))
            logs = np.log(best)
            pairs = np.abs(logs[..., None] - logs[..., None, :])[..., ~np.eye(draws, dtype=bool)]
            of_gains, of_draws = np.exp(np.ptp(logs, axis=1).mean(axis=1)), np.exp(pairs.mean(axis=(1, 2)))
            found.append(above(
                of_gains / of_draws, f"{hidden_layers(hidden)}, weights {listed(gains)} times He's: the"
                f" {measure} is {medians(np.exp(logs.mean(axis=2)))}, wrong answers on the test"
                f" {medians(wrong.mean(axis=2))} %. The two differ by a factor {medians(of_gains)}, two draws"
                f" of one scale by {medians(of_draws)}.", where))
    return tuple(Part(name, SOURCE, *found) for name, found in arms.items())


# C07: too large, too small

def sizes(seeds):
    """Growth of the mean squares per layer, forward and backward, 15 layers of 64, gains 2 and 1/2.

    ReLU with He's scheme, tanh with LeCun's. Statistic: the factor per layer. Claimed: above 1 for gain 2,
    below 1 for gain 1/2; that the gradients shrink too we add. Arms: ReLU, tanh.
    """
    parts = []
    for gain, claimed, size in ((2.0, above, "too large"), (0.5, below, "too small")):
        relu, tanh = growth(seeds, "ReLU", gain), growth(seeds, "tanh", gain)
        for i, (way, what) in enumerate((("forward", "activations"), ("backward", "gradients"))):
            parts.append(Part(
                f"{size}: {way}", OURS if gain < 1 and i else SOURCE,
                claimed(relu[i], f"ReLU, weights {number(gain)} times He's: each layer multiplies the mean"
                        f" square of the {what} by {medians(relu[i])}.", "the units are unbounded"),
                claimed(tanh[i], f"Tanh, weights {number(gain)} times LeCun's: by {medians(tanh[i])}.",
                        "they are bounded")))
    return tuple(parts)


def chaos(seeds):
    """Growth of a small distance between two states of h = tanh(h U), U Gaussian, deviation gain / sqrt(n).

    n = 96, 150 steps, gains 0.5, 1.25, 2.5. Statistic: the factor per step, exp of the Lyapunov exponent.
    Claimed: above 1. Arms: gain 2.5, gain 1.25.
    """
    gains, n, steps = np.array([0.5, 1.25, 2.5]), 96, 150
    rngs = generators(seeds)
    U = draw(rngs, lambda rng: lecun_normal(rng, (n, n)))[:, None] * gains[:, None, None]
    h = draw(rngs, lambda rng: rng.standard_normal((1, n)))[:, None]
    states = hidden_states(U, np.broadcast_to(h, U.shape[:2] + (1, n)), steps)
    factor = np.exp(lyapunov(U, states)[..., 0])
    return Part(
        "chaos in recurrent networks", SOURCE,
        above(factor[:, 2], f"{n} recurrent units, weights of gain {gains[2]}: a small distance between two"
              f" states is multiplied by {medians(factor[:, 2])} per step.", f"the gain is {gains[2]}"),
        above(factor[:, 1], f"Gain {gains[1]}: by {medians(factor[:, 1])}; gain {gains[0]}: by"
              f" {medians(factor[:, 0])}.", f"it is {gains[1]}"), {"gain": gains, "factor": factor})


# C08: He and Xavier in ReLU networks

def kept(seeds):
    """Mean square of the activations over 50 ReLU layers.

    Statistics: factor per layer, the 50th root of last over first, width 64, claimed to be 1. Arms: the
    variance 2/n (the slide's formula, He's), Glorot's, the scheme that is called Xavier. We add: last over
    first in layers 16 wide, 2/n, is below 1: the mean over draws is 1, but the law is skewed.
    """
    depth = 50

    def last_over_first(scheme, width):
        squares = draw(generators(seeds), lambda rng: (propagate(scheme, ReLU(), depth, width, rng, 32)[0]
                                                       ** 2).mean(axis=(1, 2)))
        return squares[:, -1] / squares[:, 0]

    he, glorot = (last_over_first(scheme, 64) for scheme in (he_normal, glorot_normal))
    narrow = last_over_first(he_normal, WIDTH)
    he_factor, glorot_factor = (whole ** (1 / depth) for whole in (he, glorot))
    return (
        Part("the variance is kept", SOURCE,
             same(he_factor, f"The mean square of the activations is multiplied by {medians(he_factor)} in"
                  f" each layer; after {depth} layers {medians(he)} of it is left.",
                  "the scheme is the slide's formula"),
             same(glorot_factor, f"It is multiplied by {medians(glorot_factor)}; after {depth} layers"
                  f" {medians(glorot)} is left.", "it is Glorot's, called Xavier's"),
             {"He": he_factor, "Glorot": glorot_factor}),
        Part("in narrow networks it sinks", OURS, below(
            narrow, f"The slide's formula, {depth} layers of {WIDTH}: {medians(narrow)} of the mean square is"
            " left in a typical network. It is kept in the mean over draws, by few networks in which it"
            " grows.")))


def rule_of_thumb(seeds):
    """The slide's formula against Glorot's, in the training of ReLU networks.

    Set-up: networks 16 wide with 8 hidden layers, 16 passes, and with 1 hidden layer, 12 passes, four draws
    of each scheme; each scheme at its best rate for the test loss (DEEP, SHALLOW).
    Statistic: test loss (mean of logarithms), He's scheme over Glorot's. Claimed: below 1. Arms: 8 hidden
    layers, 1.
    """
    arms = []
    for hidden, rates, draws, passes, where in ((8, DEEP, 1, 16, "the network is deep"),
                                                (1, SHALLOW[:5], 4, 12, "it has one hidden layer")):
        starts = [(scheme, i) for scheme in (he_normal, glorot_normal) for i in range(draws)]
        _, test, error = ends(seeds, starts, [WIDTH] * hidden, rates, passes)
        he, glorot = at_best_rates(rates, test[-1], error[-1], draws)
        arms.append(below(
            he.loss / glorot.loss, f"{hidden_layers(hidden)}: with the slide's formula the test loss is"
            f" {medians(he.loss / glorot.loss)} times that with Glorot's, {medians(glorot.loss)}, each at its"
            f" best rate; wrong answers {medians(he.wrong)} and {medians(glorot.wrong)} %.", where))
    return Part("a rule for ReLU networks", SOURCE, *arms)


def remains(seeds):
    """Is the variance still kept once training has begun?

    Set-up: He's scheme, 4 hidden layers of 16, rate 0.1, 10 passes. Statistic: mean square of the activations
    on the test examples, layer 4 over layer 1, after training over at the start. Arms: after one update,
    claimed to be below 1; after 10 passes, claimed to be above 1.
    """
    make, passes = mlp(*[WIDTH] * 4), 10
    runs = trained(seeds, make, SGD, [0.1], passes=passes, batch=BATCH, examples=EXAMPLES, every=1, keep=True)
    networks, x = make(np.random.default_rng(0), len(seeds)), datasets.load("digits").x_test

    def last_over_first(theta):
        _, tape = networks.forward(theta, x, train=False)
        squares = [(cache**2).mean(axis=(-2, -1)) for layer, _, cache in tape if isinstance(layer, ReLU)]
        return squares[-1] / squares[0]

    at_first, once, at_end = (last_over_first(runs.thetas[k, :, 0]) for k in (0, 1, -1))
    return Part(
        "training changes it", OURS,
        below(once / at_first, f"Mean square of the activations, last hidden layer over the first:"
              f" {medians(at_first)} at the start, {medians(once)} after one update.", "one update is made"),
        above(at_end / at_first, f"After {passes} passes it is {medians(at_end)}.", "ten passes are"))


# What they are made of

def equal_in(rng, shape):
    """Weights into units that are all alike."""
    return np.tile(rng.standard_normal((shape[0], 1)), (1, shape[1]))


def equal_out(rng, shape):
    """Weights out of units that are all alike."""
    return np.tile(rng.standard_normal((1, shape[1])), (shape[0], 1))


def random_signs(rng, shape):
    """All weights of one size, He's variance."""
    return np.sqrt(2 / shape[0]) * rng.choice([-1.0, 1.0], shape)


def one_weight(rng, shape):
    """One weight per unit is not zero, He's variance over the matrix."""
    return sparse(rng, shape, 1, float(np.sqrt(2)))


def gram_schmidt_products(n):
    """Multiplications of `gram_schmidt` on (n, n): four products of (n, k) with a vector for column k."""
    return sum(4 * n * k for k in range(n))


def growth(seeds, name, gain, depth=15):
    """Factor per layer of the mean square, forward and backward: (2, seeds)."""
    scheme = scaled(he_normal if name == "ReLU" else lecun_normal, gain)
    squares = np.array([[(values**2).mean(axis=(1, 2))
                         for values in propagate(scheme, ACTIVATIONS[name], depth, 64, rng, 32)]
                        for rng in generators(seeds)])
    # tanh cuts down the input at the first layer, whatever the gain: the factors are those from there on.
    return ((squares[..., -1] / squares[..., 1]) ** (1 / (depth - 1))).T


def on_rings(seeds, layers, starts=1, updates=500):
    """Networks with these layers, so many for each seed, trained on its rings: all points in each update.

    Gives the training loss before each update and at the end, (updates + 1, seeds, starts), test loss and
    share of wrong answers at the end, (seeds, starts) each, and the networks.
    """
    rngs = generators(seeds)
    sets = [datasets.load("rings", rng, n=200) for rng in rngs]
    x, y, x_test, y_test = (np.repeat(np.stack([getattr(data, name) for data in sets]), starts, axis=0)
                            for name in ("x", "y", "x_test", "y_test"))
    networks = Network(layers, losses.softmax_cross_entropy, np.random.default_rng(0), runs=len(x))
    networks.theta[:] = [Network(layers, losses.softmax_cross_entropy, child).theta
                         for rng in rngs for child in rng.spawn(starts)]
    networks.noise_keys[:] = np.repeat(seeds, starts)
    rule, values = Momentum(0.1, 0.9), []
    for _ in range(updates):
        f = networks.objective(x[:, ::10], y[:, ::10])                # with dropout, each has its own masks
        rule.step(networks.theta, f)
        values.append(f.last_value)
    values.append(networks.loss(x[:, ::10], y[:, ::10]))
    test, right = networks.evaluate(x_test, y_test)
    return (np.reshape(values, (updates + 1, len(seeds), starts)), test.reshape(len(seeds), starts),
            1 - right.reshape(len(seeds), starts), networks)


def drawn(starts, hidden, activation=ReLU(), repeats=1):
    """A function rng -> parameters (starts * repeats, P); a start is a scheme and the number of its draw.

    Draws with one number are made of the same random numbers, whatever the scheme.
    """
    def parameters(rng):
        keys = rng.integers(2**63, size=1 + max(i for _, i in starts))
        thetas = [mlp(*hidden, activation=activation, init=scheme)(np.random.default_rng(keys[i])).theta
                  for scheme, i in starts]
        return np.repeat(thetas, repeats, axis=0)

    return parameters


def ends(seeds, starts, hidden, rates, passes, activation=ReLU(), every=None):
    """Networks on the digits from each start, see `drawn`, at each rate.

    Gives training loss, test loss and share of wrong answers, (records, seeds, starts, rates) each.
    """
    runs = trained(seeds, mlp(*hidden, activation=activation), SGD, np.tile(rates, len(starts)),
                   passes=passes, batch=BATCH, examples=EXAMPLES, every=every or passes * EXAMPLES,
                   start=drawn(starts, hidden, activation, len(rates)))
    return [values.reshape(len(values), len(seeds), len(starts), len(rates))
            for values in (runs.loss, runs.test_loss, runs.test_error)]


def at_best_rates(rates, loss, error, draws):
    """For each scheme .loss, the mean of its draws (of logarithms), and .wrong, answers in per cent.

    loss and error (seeds, starts, rates): the draws of the first scheme, of the next. The best rate is that
    of the mean loss.
    """
    found = []
    for i in range(0, loss.shape[1], draws):
        sweep = Sweep(rates, np.log(loss[:, i:i + draws]).mean(axis=1))
        found.append(SimpleNamespace(loss=np.exp(sweep.best),
                                     wrong=100 * sweep.pick(error[:, i:i + draws].mean(axis=1))))
    return found


def hidden_layers(hidden):
    return f"{hidden} hidden layer{'s' * (hidden > 1)}"


CLAIMS = (
    Claim("C01", 3, "S0 Introduction",
          "The initial point can affect the speed, the quality of the end, and whether training converges at"
          " all.",
          (initial_points,)),
    Claim("C02", 3, "S0 Introduction",
          "Points of comparable cost have a different generalization error.",
          (equal_cost,)),
    Claim("C03", 3, "S0 Breaking The Weight Space Symmetry",
          "Hidden units with the same inputs must have different initial parameters: equal ones stay equal,"
          " and input patterns are lost.",
          (equal_units,)),
    Claim("C04", 3, "S0 Random Initialization",
          "Orthogonal units are very different from each other; random ones nearly so and far cheaper, so"
          " that the cost outweighs the benefit.",
          (nearly_different, cheaper, no_benefit)),
    Claim("C05", 3, "S0 Random Initialization",
          "Gaussian or uniform does not seem to matter much.",
          (shapes,)),
    Claim("C06", 3, "S0 Random Initialization",
          "The scale has a large effect, on the outcome of the optimization and on generalization.",
          (scales,)),
    Claim("C07", 3, "S0 Random Initialization",
          "Too large weights may explode forward and backward, and make recurrent networks chaotic; larger"
          " ones prevent the loss of the signal.",
          (sizes, chaos)),
    Claim("C08", 3, "S0 Normalized (Xavier) Initialization",
          "Normalized initialization for ReLU layers is N(0, 1) √(2/n); always use Xavier initialization for"
          " ReLU networks.",
          (kept, rule_of_thumb, remains)),
)
