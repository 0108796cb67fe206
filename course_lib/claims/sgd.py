"""Lecture 4: the experiments behind claims C09 to C12, C31 and C76.

Each experiment is a function of a tuple of seeds. Its docstring says what is set up, which statistic is
taken, one value per seed, and what is claimed of it. lr is the rate (the lecture's epsilon), B the batch
size. "Excess loss" is the loss above its minimum. "Best rate" is the one of a grid with the lowest measure at
the end, chosen for each seed. The regressions are those of `regression`; the digits network is 64-16-10,
ReLU, trained by SGD, on 512 digits drawn for each seed unless it says otherwise.
"""

from functools import lru_cache

import numpy as np

from course_lib import datasets
from course_lib.layers import Dense
from course_lib.optimizers import SGD
from course_lib.schedules import constant, inverse_time, linear

from .labs import mlp, rates_of, trained
from .measurement import OURS, SOURCE, Claim, Part, above, below, listed, medians, number, same, zero
from .runs import Level, Sweep, column, draw, exponent, first, gaussian, generators, path, repeated, run

N, P = 64, 5        # examples and parameters of the regressions
EXAMPLES = 512      # of the digits
DISAGREE, AGREE = "the examples disagree", "one θ fits all examples"
digits_network = mlp(16)


# C09: noise that does not vanish

def at_the_minimum(seeds):
    """Full and minibatch gradients at the minimum.

    Set-up: regressions with label noise 1 and without, at the least-squares solution and at 0. Statistics, at
    the solution over at 0: length of the full gradient, claimed to be 0; root mean square length of the
    gradients of all batches of 8, claimed to be above 0. Arms of the second: label noise 1, none.
    """
    batch, full, noisy = 8, [], []
    for noise in (1.0, 0.0):
        x, y, solution = regression(seeds, noise)
        squares = []
        for theta in (solution, 0 * solution):
            g = x * (np.einsum("snp,sp->sn", x, theta) - y)[..., None]
            mean = (g.mean(axis=1) ** 2).sum(axis=-1)
            squares.append((mean, mean + variance_of_mean(g.var(axis=1).sum(axis=-1), N, batch, False)))
        for found, there, at_zero in zip((full, noisy), *np.sqrt(squares)):
            found.append(there / at_zero)
    return (
        Part("the true gradient vanishes", SOURCE, zero(
            full[0], f"Noisy labels: at the minimum the full gradient is {medians(full[0])} times as long as"
            " at the start.")),
        Part("the noise does not", SOURCE, above(
            noisy[0], f"Gradients of batches of {batch} are {medians(noisy[0])} times as long as at the"
            " start.", DISAGREE, than=0.0, by=0.1), above(
            noisy[1], f"Here they are {medians(noisy[1])} times as long: the noise vanishes too.", AGREE,
            than=0.0, by=0.1)))


def decay_needed(seeds):
    """A constant rate against one that falls.

    Set-up: regressions, one example per update, 300 updates; constant rates, and rates lr / (1 + 0.05 k), lr
    in factors of 2 from 0.0025 to 5.12. Excess loss in the mean of the runs and of the last 30 updates.
    Statistic: excess loss, constant over falling, best rate of each. Claimed: above 1. Arms: label noise 1,
    none.
    """
    rates, steps, fall, arms = 0.0025 * 2.0 ** np.arange(12), 300, 0.05, []
    schedules = [constant(rate) for rate in rates], [inverse_time(rate, fall) for rate in rates]
    for noise, where in ((1.0, DISAGREE), (0.0, AGREE)):
        fixed, falling = compared(seeds, noise, 1, rates, schedules, steps)
        ratio = fixed.best / falling.best
        arms.append(above(
            ratio, f"Single examples, {steps} updates: a constant rate ends {medians(ratio)} times as far"
            f" above the lowest loss as one that falls, each at its best ε₀, {medians(fixed.at)} and"
            f" {medians(falling.at)}.", where))
    return Part("so the rate must decrease", SOURCE, *arms)


# C10: Robbins and Monro

SPAN = 16           # from the early to the late octave


def powers(seeds):
    """Rates that fall like k^-p: where both conditions hold, and where one does not.

    Set-up: see `distances`. Statistic: distance late over distance 16 times earlier. p = 0.6, 0.8 and 1,
    where both hold, the largest of the three; claimed: below 1. p = 2, where the rates have a finite sum;
    claimed: 1. p = 0.25, where the squares have an infinite sum; claimed: below 1; second arm: p = 0, a
    constant rate.
    """
    both, steep, flat = (0.6, 0.8, 1.0), 2.0, 0.25
    ratio = np.stack([distances(seeds, p)[0] for p in both], axis=1)
    stopped, slow, fixed = (distances(seeds, p)[0] for p in (steep, flat, 0.0))
    return (
        Part("both conditions suffice", SOURCE, below(
            ratio.max(axis=1), f"Rates 1/(k to the power p), p = {listed(both)}: in {SPAN} times as many"
            f" steps the distance to the minimum changes by the factors {medians(ratio)}."),
            data={"ratio": ratio}),
        Part("without the first it stops", OURS, same(
            stopped, f"At p = {number(steep)} the rates have a finite sum: the distance changes by the factor"
            f" {medians(stopped)}. The steps die out before the minimum is reached.")),
        Part("without the second it still converges", OURS, below(
            slow, f"At p = {flat} the squares have an infinite sum, and still the distance changes by the"
            f" factor {medians(slow)}.", "the rate goes to zero"), below(
            fixed, f"At a constant rate it changes by the factor {medians(fixed)}.", "it does not")))


def heavy_tails(seeds):
    """What the second condition protects from.

    Set-up: see `distances`, with noise of heavy tails. Statistic: how often a run comes to be farther than 1
    away in the late octave of steps, less how often in the early one. Claimed: above 0. Arms: p = 0.25, where
    the squares have an infinite sum; 0.75.
    """
    arms = []
    for p, where in ((0.25, "the squares have an infinite sum"), (0.75, "they have a finite one")):
        early, late = distances(seeds, p, True)[1]
        arms.append(above(
            late - early, f"Noise with heavy tails, p = {p}: a run is thrown far away {number(early.mean())}"
            f" times in an early octave of steps, {number(late.mean())} times in one {SPAN} times later.",
            where, than=0.0, by=0.1))
    return Part("with heavy tails runs are thrown away again and again", OURS, *arms)


def distances(seeds, p, heavy=False, steps=4096, repeats=24):
    """Distance late over early (seeds,), and how often a run comes to be farther than 1 away: two (seeds,).

    f = curvature / 2 theta^2, curvature from 0.7 to 1.3, start at 3, rate (k + 1)^-p. Gradient noise of
    variance 1: Gaussian, or heavy, Student's t with 2.1 degrees of freedom, whose variance is finite, only
    just. Root mean square over 24 runs and over an octave of steps: steps 128 to 256 and 2048 to 4096.
    """
    rngs = generators(seeds)
    curvature = draw(rngs, lambda rng: rng.uniform(0.7, 1.3, (1, 1)))
    if heavy:
        noise = np.stack([rng.standard_t(2.1, (steps, repeats, 1)) for rng in rngs], axis=1)
        noise *= np.sqrt(0.1 / 2.1)                                 # of variance 1 too
    else:
        noise = gaussian(rngs, steps, repeats, 1)
    optimizer = SGD(lambda k: (k + 1.0) ** -p)
    theta = path(optimizer, np.full((len(seeds), repeats, 1), 3.0),
                 lambda at, k: curvature * at + noise[k], steps)[..., 0]
    early, late = theta[steps // 2 // SPAN:steps // SPAN], theta[steps // 2:]
    rms = [np.sqrt((part**2).mean(axis=(0, 2))) for part in (early, late)]
    thrown = [((np.abs(part[1:]) > 1) & (np.abs(part[:-1]) <= 1)).sum(axis=0).mean(axis=-1)
              for part in (early, late)]
    return rms[1] / rms[0], thrown


# C11: linear decay

def linear_on_noise(seeds):
    """Linear decay against a constant rate, on noisy examples.

    Set-up: regressions with label noise 1, batches of 8, 400 updates. Constant rates in factors of 2 from
    0.005 to 0.64, and linear decay from each of them to 1 % of it over 320 updates. Excess loss in the mean
    of the runs and of the last 40 updates.
    Statistic: excess loss, linear decay over constant, best rate of each. Claimed: below 1.
    """
    rates, steps = 0.005 * 2.0 ** np.arange(8), 400
    schedules = [constant(rate) for rate in rates], [linear(rate, rate / 100, 0.8 * steps) for rate in rates]
    fixed, falling = compared(seeds, 1.0, 8, rates, schedules, steps)
    ratio = falling.best / fixed.best
    return Part("better where examples disagree", OURS, below(
        ratio, f"Regressions with noisy labels: linear decay ends {medians(ratio)} times as far above the"
        f" lowest loss as a constant rate, each at its best ε₀, {medians(falling.at)} and"
        f" {medians(fixed.at)}."), data={"fixed": fixed.at, "falling": falling.at})


def linear_on_digits(seeds):
    """Linear decay against a constant rate, on the digits network.

    Set-up: batch size 16, 10 passes; constant rates in factors of 2 from 0.05 to 1.6, and linear decay from
    each of them to 1 % of it over 8 passes.
    Statistic: test loss at the end, linear decay over constant, best rate of each. Claimed: below 1. Arms: a
    tenth of the training labels wrong, none.
    """
    rates, passes, batch, arms = 0.05 * 2.0 ** np.arange(6), 10, 16, []
    updates = passes * EXAMPLES // batch
    schedules = [constant(rate) for rate in rates]
    schedules += [linear(rate, rate / 100, 0.8 * updates) for rate in rates]
    for wrong, where in ((0.1, "a tenth of the labels is wrong"), (0.0, "all are right")):
        runs = trained(seeds, digits_network, SGD, schedules, passes=passes, batch=batch, examples=EXAMPLES,
                       wrong=wrong, every=updates)
        loss, test, error = (np.split(values[-1], 2, axis=1) for values in
                             (runs.loss, runs.test_loss, runs.test_error))
        fixed, falling = sweeps = [Sweep(rates, each) for each in test]
        train, answers = ([sweep.pick(each) for sweep, each in zip(sweeps, pair)] for pair in (loss, error))
        ratio = falling.best / fixed.best
        arms.append(below(
            ratio, f"Digits, {number(100 * wrong)} % wrong labels, {passes} passes: with linear decay the"
            f" test loss is {medians(ratio)} times that at a constant rate, each at its best ε₀,"
            f" {medians(falling.at)} and {medians(fixed.at)}; wrong answers {medians(100 * answers[1])} and"
            f" {medians(100 * answers[0])} %, training loss {medians(train[1])} and {medians(train[0])}.",
            where))
    return Part("better on the digits network", OURS, *arms)


# C12: oscillations

def swings(seeds):
    """How much learning curves swing, and where they end.

    Set-up: the digits network, batch size 16, 10 passes; constant rates in factors of the root of 2 from 0.05
    to 1.6; three trainings a seed, four records a pass. Swing: sum of all rises of log10 of the training loss
    from record to record, after the first pass, mean of the three; test loss at the end, mean of the three
    (of logarithms). And see `regression_curves`.
    Statistics: swing at rate 0.4 over swing at 0.1, claimed to be above 1; second arm, where the network is
    destroyed: 1.6 over 0.4. The rate that swings most over the best one, by test loss or excess loss, claimed
    to be above 1; and the loss at the one over the loss at the other, claimed to be above 1. Arms: digits,
    regressions. Test loss at rate 0.2, which swings gently, over that at 0.05, the calmest, claimed to be
    below 1. Share of the updates in which the minibatch loss rises, at rate 0.05, second half of the
    training, claimed to be 1/2.
    """
    rates, passes, batch, repeats = 0.05 * 2.0 ** (np.arange(11) / 2), 10, 16, 3
    calm, low, gentle, high, highest = 0, 2, 4, 6, 10
    runs = trained(repeated(seeds, repeats), digits_network, SGD, rates,
                   passes=passes, batch=batch, examples=EXAMPLES, every=EXAMPLES // batch // 4)
    swing, test, ends = (values.reshape(len(seeds), repeats, -1).mean(axis=1) for values in
                         (swing_of(runs.loss[4:]), np.log(runs.test_loss[-1]), np.log(runs.loss[-1])))
    test, ends = np.exp(test), np.exp(ends)
    larger, destroyed = swing[:, high] / swing[:, low], swing[:, highest] / swing[:, high]
    fine = test[:, gentle] / test[:, calm]
    calmest = runs.batch_losses[len(runs.batch_losses) // 2:, :, calm]
    rises = (np.diff(calmest, axis=0) > 0).mean(axis=0).reshape(len(seeds), repeats).mean(axis=1)
    large, worse, data = [], [], {"swing": swing, "test loss": test, "loss": ends}
    for name, measure, where, curves in (
            ("Digits", "test loss", AGREE, (rates, swing, test)),
            ("Regressions, noisy labels", "excess loss", DISAGREE, regression_curves(seeds))):
        sweep, most = Sweep(curves[0], curves[2]), curves[1].argmax(axis=1)
        cost = sweep.values[range(len(seeds)), most] / sweep.best
        large.append(above(
            sweep.settings[most] / sweep.at, f"{name}: of {len(sweep.settings)} rates the curve swings most"
            f" at ε₀ = {medians(sweep.settings[most])}; the lowest {measure} at the end is that of"
            f" {medians(sweep.at)}.", where))
        worse.append(above(cost, f"{name}: at the ε₀ that swings most the {measure} is {medians(cost)} times"
                           " the lowest.", where))
    return (
        Part("large swings: a large ε₀", SOURCE, *large),
        Part("large swings: a lower ε₀ ends better", OURS, *worse),
        Part("gentle swings are fine", SOURCE, below(
            fine, f"Digits: at ε₀ = {number(rates[gentle])} the training loss rises by"
            f" {medians(swing[:, gentle])} decades in all, at {number(rates[calm])} by"
            f" {medians(swing[:, calm])}. The test loss is then {medians(fine)} times that of the calmer"
            " curve."), data=data),
        Part("a larger ε₀ swings more", OURS, above(
            larger, f"After the first of {passes} passes over the digits the training loss rises by"
            f" {medians(swing[:, low])} decades in all at ε₀ = {number(rates[low])}, by"
            f" {medians(swing[:, high])} at {number(rates[high])}.", "the network still learns"), above(
            destroyed, f"At ε₀ = {number(rates[highest])} it rises by {medians(swing[:, highest])} decades,"
            f" and ends at {medians(ends[:, highest])}: the curve is flat again, high up.",
            "it is destroyed")),
        Part("the minibatch loss swings at any rate", OURS, same(
            rises, f"At ε₀ = {number(rates[calm])}, the calmest curve, the loss of the minibatches rises in"
            f" {medians(100 * rises)} % of the updates: each has other examples.", than=0.5)))


def regression_curves(seeds):
    """Rates, swings and excess losses at the end, (seeds, rates) each.

    Regressions with label noise 1, one run each, batches of 8, 400 updates, rates in factors of 2 from 0.0025
    to 0.32. Swing: from record to record, 4 updates apart, without the first 8. Excess loss: mean of the last
    40 updates.
    """
    rates = 0.0025 * 2.0 ** np.arange(8)
    x, y, solution = regression(seeds, 1.0)
    least = ((np.einsum("snp,sp->sn", x, solution) - y) ** 2).mean(axis=1) / 2
    curves = regression_loss(seeds, 1.0, 8, [constant(rate) for rate in rates], 400, repeats=1)
    return rates, swing_of(curves[8::4] + least[:, None]), curves[-40:].mean(axis=0)


def swing_of(curve):
    """Sum of all rises of log10 of learning curves (records, ...)."""
    return np.maximum(np.diff(np.log10(curve), axis=0), 0).sum(axis=0)


# C31: batch size

def gradient_variance(seeds):
    """The variance of the minibatch gradient over the batch size.

    Set-up: the digits network at the start and after 2 passes over all digits in batches of 16; 512 of them
    in 6 random orders, cut into batches of 1, 4, 16, 64. Variance: mean squared distance from the gradient of
    all 512. Statistic: q in variance ~ B^-q. Claimed: 1. Arms: at the start, after training.
    """
    data, sizes, orders, passes = datasets.load("digits"), 4 ** np.arange(4), 6, 2
    network = digits_network(np.random.default_rng(0))
    thetas = trained(seeds, digits_network, SGD, [0.1], passes=passes, batch=16, every=passes * len(data.y),
                     keep=True).thetas[..., 0, :]
    arms = []
    for theta, where in zip(thetas, ("training begins", "it has gone on for a while")):
        variance = []
        for rng, at in zip(generators(seeds), theta):
            g = example_gradients(network, at, data.x[:EXAMPLES], data.y[:EXAMPLES])
            g -= g.mean(axis=0)
            of_size = np.zeros(len(sizes))
            for _ in range(orders):
                means = g[rng.permutation(len(g))]
                for i in range(len(sizes)):
                    of_size[i] += (means**2).sum(axis=1).mean() / orders
                    means = means.reshape(-1, 4, means.shape[-1]).mean(axis=1)
            variance.append(of_size)
        q = -exponent(sizes, np.array(variance))
        arms.append(same(q, f"From batch size {sizes[0]} to {sizes[-1]} the variance of the gradient falls"
                         f" like 1/(B to the power {medians(q)}).", where))
    return Part("less variance", SOURCE, *arms)


def as_lower_rate(seeds):
    """Four times the batch size against a quarter of the rate.

    Set-up: regressions with label noise 1, 1200 updates, 16 runs a seed; B = 16 at a rate, and B = 4 at a
    quarter of it. Statistic: excess loss, larger batch over smaller rate. Claimed: 1. Where it settles: mean
    of the last 800 updates; arms: rate 0.08, rate 0.6. On the way, at rate 0.08; arms: after as many
    examples, 10 updates with the larger batch and 40 with the smaller; after 25 updates of each.
    """
    large, small, rates, few, many, updates = 16, 4, (0.08, 0.6), 10, 40, 25
    wide, slow = (regression_loss(seeds, 1.0, batch, [constant(rate * batch / large) for rate in rates], 1200,
                                  16) for batch in (large, small))
    low, high = (wide[-800:].mean(axis=0) / slow[-800:].mean(axis=0)).T
    wide, slow = wide[..., 0], slow[..., 0]
    examples, equal = wide[few - 1] / slow[many - 1], wide[updates - 1] / slow[updates - 1]
    return (
        Part("where it settles: like a lower rate", SOURCE, same(
            low, f"Batches of {large} at ε = {rates[0]} settle {medians(low)} times as far above the lowest"
            f" loss as batches of {small} at a quarter of ε.", "ε is far below the limit of stability"), same(
            high, f"At ε = {rates[1]} they settle {medians(high)} times as far above it.",
            "it is near the limit")),
        Part("on the way: like a lower rate", OURS, same(
            examples, f"{large // small} times the batch, or a quarter of ε = {rates[0]}? After equally many"
            f" examples, {few} updates and {many}, the excess loss of the larger batch is {medians(examples)}"
            " times that of the lower rate.", "progress is counted per example"), same(
            equal, f"After {updates} updates of each it is {medians(equal)} times: the larger batch has seen"
            f" {large // small} times the examples.", "it is counted per update")))


def fewer_updates(seeds):
    """What large batches cost.

    Set-up: the digits network; batch sizes 16 and 128, 10 passes, and batch size 128 for 80 passes, as many
    updates as 10 passes of 16. Rates in factors of 2 from 0.1 to 1.6 and from 0.2 to 3.2.
    Statistic: training loss at the end, B = 128 over B = 16, best rate of each. Claimed: above 1. Arms: after
    as many passes, after as many updates.
    """
    small, large, passes, arms = 16, 128, 10, []

    def swept(rates, batch, passes):
        runs = trained(seeds, digits_network, SGD, rates, passes=passes, batch=batch, examples=EXAMPLES,
                       every=passes * EXAMPLES)
        sweep = Sweep(rates, runs.loss[-1])
        return sweep, 100 * sweep.pick(runs.test_error[-1])

    few, few_wrong = swept(0.1 * 2.0 ** np.arange(5), small, passes)
    for times, where in ((1, "the data are given"), (large // small, "the number of updates is")):
        many, wrong = swept(0.2 * 2.0 ** np.arange(5), large, times * passes)
        ratio = many.best / few.best
        arms.append(above(
            ratio, f"After {times * passes} passes with B = {large} the training loss is {medians(ratio)}"
            f" times that after {passes} with B = {small}, each at its best rate, {medians(many.at)} and"
            f" {medians(few.at)}; wrong answers {medians(wrong)} and {medians(few_wrong)} %.", where))
    return Part("fewer updates for the same data", SOURCE, *arms)


def what_a_batch_saves(seeds):
    """Larger batches save updates, up to a size.

    Set-up: the digits network, all digits; updates until the training loss falls to 0.5, at the batch sizes
    4, 16, 64 and 256, four rates in factors of 2 each; the best rate is that with the fewest updates. Noise
    scale: variance of one example's gradient over the squared length of the full one, each the mean over the
    places on the way with B = 64 and rate 0.4, from 512 examples. Critical batch size: the c for which
    updates ~ 1 + c / B at B = 4 and 256.
    Statistics: updates, smaller batch over one four times as large, claimed to be above 2; arms: 4 and 16, 64
    and 256. Critical batch size over noise scale, claimed to be 1 within a factor of 3, half an order of
    magnitude.
    """
    level, at_batch, at_rate, needed, best = 0.5, 64, 0.4, {}, {}
    plans = (4, 0.05, 1, 40), (16, 0.1, 2, 12), (64, 0.2, 3, 4), (256, 0.2, 8, 3)
    for batch, lowest, passes, every in plans:
        rates = lowest * 2.0 ** np.arange(4)
        runs = trained(seeds, digits_network, SGD, rates, passes=passes, batch=batch, every=every,
                       keep=batch == at_batch)
        sweep = Sweep(rates, updates_to(level, runs))
        needed[batch], best[batch] = sweep.best, sweep.at
        if batch == at_batch:
            (chosen,) = np.flatnonzero(np.isclose(rates, at_rate))
            noise = noise_scales(runs.thetas[..., chosen, :], runs.loss[..., chosen] > level)
    arms, sizes = [], list(needed)
    for small, large, where in ((*sizes[:2], "B is below the noise scale"), (*sizes[2:], "B is above it")):
        saved = needed[small] / needed[large]
        arms.append(above(
            saved, f"To a training loss of {level} the digits network needs {medians(needed[small])} updates"
            f" with B = {small} and {medians(needed[large])} with B = {large}, each at its best rate,"
            f" {medians(best[small])} and {medians(best[large])}: {medians(saved)} times fewer for"
            f" {large // small} times the examples.", where, than=2.0))
    few, many = sizes[0], sizes[-1]
    ratio = needed[few] / needed[many]
    critical = (ratio - 1) / (1 / few - ratio / many)
    return (
        Part("four times the batch saves half of the updates", OURS, *arms,
             data={"updates": np.stack(list(needed.values()), axis=1), "sizes": np.array(sizes)}),
        Part("the noise scale says up to which size", OURS, same(
            critical / noise, f"The critical batch size, from the updates at B = {few} and {many}, is"
            f" {medians(critical)}; the noise scale on the way is {medians(noise)}.", margin=3.0)))


def updates_to(level, runs):
    """Updates until the training loss of `Runs` is at the level, (seeds, settings); inf where it never is.

    Between two records the logarithm of the loss is taken for a line.
    """
    after = first(runs.loss <= level) - 1
    rows = np.where(np.isinf(after), 1, after).astype(int)
    before, there = (np.take_along_axis(np.log(runs.loss), rows[None] + i, axis=0)[0] for i in (-1, 0))
    steps = runs.steps[rows - 1], runs.steps[rows]
    share = np.where(np.isinf(after), np.inf, (np.log(level) - before) / (there - before))
    return steps[0] + share * (steps[1] - steps[0])


def noise_scales(thetas, counted):
    """Noise scales (seeds,): mean variance of one example over mean squared full gradient.

    The means are over the parameters (records, seeds, P) that are counted, (records, seeds).
    """
    data, network, found = datasets.load("digits"), digits_network(np.random.default_rng(0)), []
    for way, kept in zip(thetas.swapaxes(0, 1), counted.T):
        gradients = [example_gradients(network, theta, data.x[:EXAMPLES], data.y[:EXAMPLES])
                     for theta in way[kept]]
        found.append(sum(g.var(axis=0).sum() for g in gradients)
                     / sum((g.mean(axis=0) ** 2).sum() for g in gradients))
    return np.array(found)


def minima(seeds):
    """Where large batches end, compared at equal training loss.

    Set-up: the digits network, all digits for training; batch size 8 at rate 0.1, and 128 at rates 0.1 and
    0.4, which is raised with the root of the batch size; read off where the training loss first falls to
    0.05, between two passes. Sharpness: the largest eigenvalue of the Hessian of 512 training examples.
    Statistics: sharpness, and test loss, B = 128 over B = 8. Claimed: above 1. Arms: the same rate, the
    higher one.
    """
    cost, small, large, low, high = 0.05, 8, 128, 0.1, 0.4
    data, found = datasets.load("digits"), []
    f = digits_network(np.random.default_rng(0), len(seeds)).objective(data.x[:EXAMPLES], data.y[:EXAMPLES])
    for batch, rate, passes in ((small, low, 12), (large, low, 110), (large, high, 40)):
        runs = trained(seeds, digits_network, SGD, [rate], passes=passes, batch=batch, keep=True)
        level = Level(runs.loss[..., 0], cost)
        before, after = (np.log(sharpness(f, theta, 40)) for theta in level.beside(runs.thetas[..., 0, :]))
        found.append((np.exp((1 - level.share) * before + level.share * after),
                      level.read(runs.test_loss[..., 0]), level.read(100 * runs.test_error[..., 0])))
    (top, test, wrong), *others = found
    wheres, sharper, worse = ("the rate stays", "it is raised with the root of the batch size"), [], []
    for (tops, tests, answers), rate, where in zip(others, (low, high), wheres):
        sharper.append(above(
            tops / top, f"Where the training loss is {cost} the largest curvature is {medians(tops)} with"
            f" B = {large}, ε = {rate}, and {medians(top)} with B = {small}, ε = {low}.", where))
        worse.append(above(
            tests / test, f"There the test loss is {medians(tests)} with B = {large}, ε = {rate}, and"
            f" {medians(test)} with B = {small}; wrong answers {medians(answers)} and {medians(wrong)} %.",
            where))
    return Part("sharper minima", SOURCE, *sharper), Part("worse on new data", SOURCE, *worse)


# C76: the hardware

def hardware(seeds):
    """What the matrix products of an update do and move, and what an update keeps, counted.

    Set-up: the digits network at the batch sizes 1 and 128. Statistics, B = 128 over B = 1: multiplications
    of the matrix products for each number that they read or write; bytes that the forward pass keeps for the
    backward pass. Claimed: above 1.
    """
    sizes, network = (1, 128), digits_network(np.random.default_rng(0))
    work = np.array([multiplications / moved for multiplications, moved in
                     (products(network, batch) for batch in sizes)])
    kept = np.array([kept_bytes(network, batch) for batch in sizes]) / 1000
    return tuple(Part(name, SOURCE, above(np.full(len(seeds), values[1] / values[0]), sentence))
                 for name, values, sentence in (
        ("matrix computation is more efficient", work,
         f"For each number that they read or write the matrix products of an update multiply"
         f" {listed(work)} times at B = {listed(sizes)}: the weights are read once for the whole batch."),
        ("large batches take memory", kept,
         f"For the backward pass the network keeps {listed(kept)} KB at B = {listed(sizes)}; its parameters"
         f" take {number(network.theta.nbytes / 1000)} KB.")))


def products(network, batch):
    """(multiplications, numbers read and written) of the matrix products of one gradient of `batch` examples.

    Dense layers multiply x W forward, x^T dy and, but for the first, dy W^T backward: three products of the
    same three sizes.
    """
    sizes = [(batch, layer.n_in, layer.n_out) for layer in network.layers if isinstance(layer, Dense)]
    times = [2] + [3] * (len(sizes) - 1)
    return (sum(t * b * n * m for t, (b, n, m) in zip(times, sizes)),
            sum(t * (b * n + n * m + b * m) for t, (b, n, m) in zip(times, sizes)))


def kept_bytes(network, batch):
    """Bytes of the arrays that the forward pass of `batch` examples keeps, each counted once."""
    _, tape = network.forward(network.theta, np.zeros((batch, network.n_in)), train=True)
    return sum({id(cache): cache.nbytes for _, _, cache in tape}.values())


# The problems, and the runs on them

def regression(seeds, noise):
    """Linear regressions of 64 examples on 5 Gaussian inputs, with label noise of this deviation.

    x (seeds, 64, 5), y (seeds, 64), and the least-squares solutions (seeds, 5).
    """
    rngs = generators(seeds)
    x, w, e = (draw(rngs, lambda rng, shape=shape: rng.standard_normal(shape)) for shape in ((N, P), P, N))
    y = np.einsum("snp,sp->sn", x, w) + noise * e
    solution = np.linalg.solve(np.einsum("snp,snq->spq", x, x), np.einsum("snp,sn->sp", x, y)[..., None])
    return x, y, solution[..., 0]


def regression_loss(seeds, noise, batch, schedules, steps, repeats=8):
    """Excess loss (steps, seeds, schedules) of SGD, mean of 8 runs from 0, each with batches of its own."""
    x, y, solution = regression(seeds, noise)
    rngs = [np.random.default_rng([seed, 1]) for seed in seeds]
    chosen = draw(rngs, lambda rng: rng.integers(N, size=(steps, repeats, batch)))      # (seeds, steps, ...)
    each, hessian = np.arange(len(seeds))[:, None, None], x.mT @ x / N
    theta, losses = np.zeros((len(seeds), repeats, len(schedules), P)), []
    rates = rates_of(*schedules)

    def gradient(at, k):
        xb, yb = x[each, chosen[:, k]], y[each, chosen[:, k]]
        return (at @ xb.mT - yb[:, :, None]) @ xb / batch

    with np.errstate(over="ignore", invalid="ignore"):
        for theta in run(SGD(lambda k: column(rates(k), theta)), theta, gradient, steps):
            d = theta - solution[:, None, None]
            losses.append(((d @ hessian[:, None]) * d).sum(axis=-1).mean(axis=1) / 2)
    return np.stack(losses)


def compared(seeds, noise, batch, rates, kinds, steps):
    """For each kind, the schedules made from the rates, the Sweep of the excess loss of the last tenth."""
    losses = regression_loss(seeds, noise, batch, [schedule for kind in kinds for schedule in kind], steps)
    return [Sweep(rates, end) for end in np.split(losses[-steps // 10:].mean(axis=0), len(kinds), axis=1)]


def example_gradients(network, theta, x, y):
    """The gradient of every example by itself, (N, P): N copies of the network, one example each."""
    copies = _copies(len(x))
    copies.theta[:] = theta
    return copies.objective(x[:, None], np.asarray(y)[:, None]).gradient(copies.theta)


@lru_cache(maxsize=2)
def _copies(n):
    return digits_network(np.random.default_rng(0), n)      # drawing their weights takes most of the time


def variance_of_mean(variance, N, batch, replacement):
    """Variance of a mean of B = `batch` of N examples: sigma^2 / B; times (N - B) / (N - 1) if all differ."""
    return variance / batch * (1 if replacement else (N - batch) / (N - 1))


def sharpness(f, theta, iterations=15):
    """Largest eigenvalue of the Hessian of f at theta (P,) or (K, P): a number, or (K,); power iteration."""
    v = np.broadcast_to(np.random.default_rng(0).standard_normal(theta.shape[-1]), theta.shape)
    for _ in range(iterations):
        before = v / np.linalg.norm(v, axis=-1, keepdims=True)
        v = f.hvp(theta, before)
    return (v * before).sum(axis=-1)


CLAIMS = (
    Claim("C09", 4, "S0 Stochastic Gradient Descent",
          "It is necessary to decrease the rate gradually: minibatches are a source of noise, while the true"
          " gradient goes to 0 at a minimum.",
          (at_the_minimum, decay_needed)),
    Claim("C10", 4, "S0 Stochastic Gradient Descent",
          "Σ ε_k = ∞ and Σ ε_k² < ∞ are sufficient for convergence.",
          (powers, heavy_tails)),
    Claim("C11", 4, "S0 Stochastic Gradient Descent",
          "It is common to decay the rate linearly until iteration τ, and to keep it from then on.",
          (linear_on_noise, linear_on_digits)),
    Claim("C12", 4, "S0 Stochastic Gradient Descent",
          "Large oscillations of the learning curve imply a large ε₀; gentle ones are fine.",
          (swings,)),
    Claim("C31", 4, "S1 Batch size",
          "Large batches: less variance, much like a lower rate; fewer updates for the same data; a"
          " hypothesis: sharper minima and worse generalization.",
          (gradient_variance, as_lower_rate, fewer_updates, what_a_batch_saves, minima)),
    Claim("C76", 4, "S1 Batch size",
          "Large batches: matrix computation is more efficient; very large ones may not fit in memory.",
          (hardware,)),
)
