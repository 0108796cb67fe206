"""Lecture 7: the experiments behind claims C13, C14, C38 and C60; the others are in rate_schedules.py.

Each experiment is a function of a tuple of seeds. Its docstring says what is set up, which statistic is
taken, one value per seed, and what would refute the claim. eps is the rate. The networks train on digits
with wrong labels (see noisy_digits.py), seed by seed, all settings of a seed at once: from the same start,
on the same minibatches.
"""

from functools import lru_cache

import numpy as np

from course_lib.optimizers import SGD, Adam, Momentum, RMSProp
from course_lib.schedules import constant, linear

from .findings import TENTH, Claim, Finding, judge, listed, medians, mostly, number
from .labs import rates_of
from .noisy_digits import PER_EPOCH, final, minibatch_losses, trained
from .runs import draw, first, generators, run, running_mean

RATES = 0.02 * 2.0 ** np.arange(7)  # of SGD: 0.02 to 1.28
ALPHA = 0.9


# C13: the best rate after 100 iterations, and at the end

LONG = 16       # passes: 320 updates


@lru_cache(maxsize=8)
def sweeps(seeds, decaying):
    """Training loss of SGD after 100 iterations and after all, (seeds, RATES); its minibatch losses."""
    early, late, losses = [], [], []
    for seed in seeds:
        n = LONG * PER_EPOCH
        rates = rates_of(*[linear(lr, lr / 100, n) if decaying else constant(lr) for lr in RATES])
        kept = trained(seed, SGD(rates), len(RATES), LONG, every=100)
        early.append(final(kept[:2]))
        late.append(final(kept))
        losses.append(minibatch_losses(kept))
    return np.array(early), np.array(late), np.stack(losses, axis=1)


def constant_losses(seeds):
    """Minibatch losses (updates, seeds, RATES) of SGD at the constant rates."""
    return sweeps(seeds, False)[2]


def lowest(loss):
    """The best rate: the vertex of a parabola through the lowest loss (seeds, RATES) and its neighbours."""
    rows, i = np.arange(len(loss)), loss.argmin(axis=1).clip(1, len(RATES) - 2)
    left, middle, right = (np.log(np.minimum(loss[rows, i + d], 10.0)) for d in (-1, 0, 1))
    return RATES[i] * 2 ** ((left - right) / (2 * (left - 2 * middle + right))).clip(-1, 1)


def best_later(seeds):
    """The rate that is best after 100 iterations, and the one that is best at the end.

    Set-up: SGD at seven rates in factors of 2, decaying linearly to 1 % over 320 iterations (S0's schedule,
    tau the whole run), and constant. Between the rates a parabola is fitted to the logarithm of the loss.
    Statistic: the best rate at the end over the best after 100 iterations, by training loss, with decay.
    Refuted where it is not above 1.
    """
    early, late = map(lowest, sweeps(seeds, True)[:2])
    early_c, late_c = map(lowest, sweeps(seeds, False)[:2])
    ratio, without = late / early, late_c / early_c
    return Finding(
        "the best rate grows", "best ε₀ at the end / best ε₀ after 100 iterations, linear decay", ratio,
        *judge(mostly(ratio > 1)),
        f"With decay the best ε₀ is {medians(early)} after 100 iterations and {medians(late)} after"
        f" {LONG * PER_EPOCH}. With a constant rate the ratio is"
        f" {medians(without)}.", {"early": early, "late": late, "constant": without})


# C14: how far and how long to decay

SHARES, PASSES = np.array([1, 0.1, 0.01, 0.001]), np.array([10, 100, 300])
TOTAL, PARTS, P = 400, 10, 10       # passes, minibatches of a pass, parameters


@lru_cache(maxsize=8)
def decays(seeds):
    """Loss above its minimum (seeds, SHARES, PASSES) at the end of 400 passes of SGD with linear decay.

    Least squares: 100 examples, 10 parameters, noise of deviation 1 in the targets, minibatches of 10; the
    curvatures span a factor of 100. eps_0 is 0.3.
    """
    rngs = generators(seeds)
    scales = 10.0 ** np.linspace(0, -1, P)
    x = draw(rngs, lambda rng: rng.standard_normal((PARTS * 10, P)) * scales)
    y = np.einsum("snp,p->sn", x, np.ones(P)) + draw(rngs, lambda rng: rng.standard_normal(PARTS * 10))
    best = np.stack([np.linalg.lstsq(a, b, rcond=None)[0] for a, b in zip(x, y)])
    start = 0.3 * np.ones(len(SHARES) * len(PASSES))
    schedules = [linear(start[0], start[0] * share, passes * PARTS) for share in SHARES for passes in PASSES]
    theta = np.zeros((len(seeds), len(schedules), P))
    orders = draw(rngs, lambda rng: rng.permuted(np.tile(np.arange(PARTS * 10), (TOTAL, 1)), axis=1))

    def gradient(at, k):
        i = orders[:, k // PARTS].reshape(len(seeds), PARTS, -1)[:, k % PARTS]
        xb, yb = np.take_along_axis(x, i[..., None], axis=1), np.take_along_axis(y, i, axis=1)
        return (at @ xb.swapaxes(1, 2) - yb[:, None]) @ xb / i.shape[1]

    lr = rates_of(*schedules)
    for theta in run(SGD(lambda k: np.tile(lr(k), (len(seeds), 1))), theta, gradient, TOTAL * PARTS):
        pass
    error = np.einsum("snp,skp->skn", x, theta - best[:, None])
    return (error**2).mean(axis=-1).reshape(len(seeds), len(SHARES), len(PASSES)) / 2


def last_rate(seeds):
    """eps_tau about 1 % of eps_0.

    Set-up: least squares by SGD with linear decay over 300 of 400 passes (see `decays`).
    Statistic: loss above the minimum with eps_tau = 1 % of eps_0 over that with eps_tau = eps_0.
    Refuted where it is not below 1/10, or where another of 10 %, 1 % and 0.1 % leaves less than half of it.
    """
    excess = decays(seeds)[:, :, -1]
    ratio = excess / excess[:, :1]
    enough = mostly(ratio[:, 2] < 0.1) and mostly(excess[:, 2] < 2 * excess.min(axis=1))
    return Finding(
        "ε_τ = 1 % of ε₀", "loss above the minimum, ε_τ = 1 % of ε₀ / constant rate", ratio[:, 2],
        *judge(enough),
        f"Least squares. For ε_τ/ε₀ = {listed(SHARES[1:])} the ratio is {medians(ratio[:, 1:])}: below 1 %"
        " little is gained.", {"shares": SHARES, "excess": excess})


def length(seeds):
    """tau a few hundred passes.

    Set-up: as `last_rate`, with eps_tau = 1 % of eps_0 reached after 10, 100 or 300 of the 400 passes.
    Statistic: loss above the minimum after 10 passes of decay over that after 300.
    Refuted where it is not a tenth above 1: then ten passes are enough.
    """
    excess = decays(seeds)[:, 2]
    ratio = excess[:, 0] / excess[:, 2]
    return Finding(
        "τ a few hundred passes", "loss above the minimum, τ = 10 passes / τ = 300 passes", ratio,
        *judge(mostly(ratio > TENTH)),
        f"Least squares with condition number 100. τ = 100 against 300:"
        f" {medians(excess[:, 1] / excess[:, 2])}.",
        {"passes": PASSES, "excess": excess})


def length_network(seeds):
    """tau a few hundred passes, on a network that can overfit.

    Set-up: 64-32-10 network, digits with 10 % wrong labels, 40 passes, linear decay from 0.2 to 1 % over
    4 passes, and over all 40.
    Statistic: validation loss at the end, tau = 40 passes over tau = 4.
    Refuted where it is not a tenth below 1.
    """
    n = 40 * PER_EPOCH
    rates = rates_of(linear(0.2, 0.002, n / 10), linear(0.2, 0.002, n))
    kept = [trained(seed, SGD(rates), 2, 40, every=n) for seed in seeds]
    validation, training = (np.array([final(k, name) for k in kept]) for name in ("test_loss", "loss"))
    ratio = validation[:, 1] / validation[:, 0]
    return Finding(
        "τ long, on a network", "validation loss, τ = 40 passes / τ = 4 passes", ratio,
        *judge(mostly(ratio < 1 / TENTH)),
        f"The training loss is {medians(training[:, 1])} instead of {medians(training[:, 0])}: the long decay"
        " fits the wrong labels.", {"validation": validation, "training": training})


# C38: what a large rate does

def faster(seeds):
    """Updates to a target.

    Set-up: SGD at seven constant rates in factors of 2.
    Statistic: updates until the minibatch loss, averaged over 20, is below 1.1: rate 0.02 over 0.08.
    Refuted where a four times larger rate is not twice as fast. Holds only below a limit where at the largest
    rate, 1.28, the target is not reached.
    """
    below = running_mean(constant_losses(seeds), PER_EPOCH) <= 1.1
    count = first(below) + PER_EPOCH - 1                                # (seeds, RATES)
    ratio = count[:, 0] / count[:, 2]
    works, breaks = mostly(ratio > 2), mostly(~np.isfinite(count[:, -1]))
    return Finding(
        "faster", f"updates to a training loss of 1.1, ε = {number(RATES[0])} / ε = {number(RATES[2])}",
        ratio,
        *judge(works and not breaks, works, "the rate stays below its limit"),
        "Updates at " + "; ".join(f"ε = {number(lr)}: {number(n) if np.isfinite(n) else 'never'}"
                                  for lr, n in zip(RATES, np.median(count, axis=0))) + ".",
        {"rates": RATES, "count": count})


def overfitting(seeds):
    """Validation loss at equal training loss, and at the end.

    Set-up: 64-64-10 network, SGD at 0.05 and 0.4, 20 epochs. With 20 % wrong labels: validation loss where
    the training loss, measured every 10 updates, first falls below 0.8. With right labels: at the end.
    Statistic: validation loss with wrong labels, rate 0.4 over 0.05.
    Refuted where it is not below 1. Holds only with right labels where it is with those.
    """
    rates, wrong, right, training = np.array([[0.05], [0.4]]), [], [], []
    for seed in seeds:
        kept = trained(seed, SGD(rates), 2, 20, every=10, hidden=(64,), wrong=0.2)
        low = np.array([record.loss for record in kept]) <= 0.8
        wrong.append(np.array([record.test_loss for record in kept])[low.argmax(axis=0), [0, 1]])
        kept = trained(seed, SGD(rates), 2, 20, every=20 * PER_EPOCH, hidden=(64,), wrong=0.0)
        right.append(final(kept, "test_loss"))
        training.append(final(kept))
    wrong, right, training = np.array(wrong), np.array(right), np.array(training)
    ratio, clean = wrong[:, 1] / wrong[:, 0], right[:, 1] / right[:, 0]
    return Finding(
        "less overfitting", "validation loss at equal training loss, ε = 0.4 / 0.05, 20 % wrong labels",
        ratio,
        *judge(mostly(ratio < 1) and mostly(clean < 1), mostly(clean < 1), "the labels are right"),
        f"With right labels, after 20 epochs, the ratio is {medians(clean)}, though the training loss is"
        f" {medians(training[:, 1])} instead of {medians(training[:, 0])}.",
        {"wrong": wrong, "right": right, "training": training})


def roughness(losses):
    """Swing of the loss per epoch: its mean second difference over the last half of losses (updates, ...)."""
    epochs = losses[len(losses) // 2:].reshape(-1, PER_EPOCH, *losses.shape[1:]).mean(axis=1)
    return np.abs(np.diff(epochs, 2, axis=0)).mean(axis=0)


def swings(seeds):
    """Swings of the training loss against the rate.

    Set-up: SGD at the constant rates 0.04 and 0.32.
    Statistic: mean second difference of the loss per epoch, over the last eight epochs, rate 0.32 over 0.04.
    Refuted where it is not a tenth above 1.
    """
    sgd = roughness(constant_losses(seeds))
    ratio = sgd[:, 4] / sgd[:, 1]
    return Finding(
        "more oscillation",
        f"swing of the loss per epoch, SGD, ε = {number(RATES[4])} / ε = {number(RATES[1])}", ratio,
        *judge(mostly(ratio > TENTH)),
        f"For ε = {listed(RATES[:6])} the swing is {medians(sgd[:, :6])}.", {"rates": RATES, "SGD": sgd})


def swings_without_momentum(seeds):
    """Swings with and without momentum.

    Set-up: momentum 0.9 at the effective rate 0.32, and at the rate 0.04; SGD at the same.
    Statistic: swing (see `swings`), SGD over momentum at the effective rate 0.32.
    Refuted where it is not a tenth above 1.
    """
    sgd = roughness(constant_losses(seeds))
    lr = np.array([[RATES[4] * (1 - ALPHA)], [RATES[1]]])
    momentum = roughness(np.stack([minibatch_losses(trained(
        seed, Momentum(lr, ALPHA), 2, LONG, every=LONG * PER_EPOCH)) for seed in seeds], axis=1))
    effective, same = sgd[:, 4] / momentum[:, 0], sgd[:, 1] / momentum[:, 1]
    return Finding(
        "most without momentum",
        f"swing of SGD / of momentum {ALPHA}, same effective rate {number(RATES[4])}", effective,
        *judge(mostly(effective > TENTH)),
        f"At the same rate, ε = {number(RATES[1])}, the ratio is {medians(same)}: there momentum swings more,"
        " its effective rate is ten times as large.", {"effective": effective, "same": same})


def depth(seeds):
    """The largest rate a network can take.

    Set-up: 1 and 8 hidden layers of 32, He initialization, SGD at ten constant rates in factors of 2 from
    0.08 on, 60 updates.
    Statistic: largest rate with which the training loss falls by a tenth or more, 8 layers over 1.
    Refuted where it is not below 1/2.
    """
    rates = 0.08 * 2.0 ** np.arange(10)

    def largest(layers):
        kept = [trained(seed, SGD(rates[:, None]), len(rates), 3, every=3 * PER_EPOCH, hidden=(32,) * layers)
                for seed in seeds]
        return np.array([np.where(final(k) <= 0.9 * k[0].loss, rates, 0).max() for k in kept])

    shallow, deep = largest(1), largest(8)
    return Finding(
        "deeper networks", "largest usable ε, 8 hidden layers / 1", deep / shallow,
        *judge(mostly(deep / shallow < 0.5)),
        f"The largest usable ε is {medians(deep)} with 8 hidden layers and {medians(shallow)} with one.",
        {"shallow": shallow, "deep": deep})


# C60: the rates of S2

SWEPT = np.array([1e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 0.1, 0.3])
TUNED = (5e-3, 5e-3, 1e-4, 1e-3)            # of S2, in the order below
NAMES = ("SGD", "momentum", "RMSProp", "Adam")


@lru_cache(maxsize=8)
def by_method(seeds):
    """Training loss and validation accuracy (2, seeds, methods, SWEPT) after 120 updates; of a diverged run
    inf and 0.
    """
    kept = [[trained(seed, method(SWEPT[:, None]), len(SWEPT), 6, every=6 * PER_EPOCH, wrong=0.0)
             for method in (SGD, Momentum, RMSProp, Adam)] for seed in seeds]
    return np.array([[[final(k) for k in methods] for methods in kept],
                     [[np.nan_to_num(k[-1].test_accuracy) for k in methods] for methods in kept]])


def equal_and_tuned(seeds):
    """Four methods at equal rates, at S2's tuned ones, and tuned here.

    Set-up: SGD, momentum, RMSProp, Adam, right labels, 120 updates, eight rates from 1e-4 to 0.3.
    Statistic: best minus worst validation accuracy of the four at equal rates, 1e-3, over the same at S2's
    tuned rates.
    Refuted where tuned rates do not make the difference smaller. Holds only if tuned on the problem where the
    best of the eight rates do, and S2's do not.
    """
    loss, accuracy = by_method(seeds)
    columns = [list(SWEPT).index(lr) for lr in TUNED]
    equal = np.ptp(accuracy[:, :, list(SWEPT).index(1e-3)], axis=1)
    theirs = np.ptp(accuracy[:, range(4), columns], axis=1)
    own = np.ptp(np.take_along_axis(accuracy, loss.argmin(axis=2)[..., None], axis=2)[..., 0], axis=1)
    s2, here = mostly(theirs < equal), mostly(own < equal)
    return Finding(
        "equal against tuned rates", "best minus worst accuracy of four methods, equal rates / S2's tuned",
        equal / theirs,
        *judge(s2 and here, here, "the rates are tuned on the problem at hand"),
        f"Best minus worst validation accuracy: {medians(equal)} at equal rates, {medians(theirs)} at S2's"
        f" tuned rates, {medians(own)} at the best rate of each here.",
        {"accuracy": accuracy, "equal": equal, "theirs": theirs, "own": own})


def rmsprop_smaller(seeds):
    """The best rate of RMSProp against those of the others.

    Set-up: as `equal_and_tuned`.
    Statistic: best rate of RMSProp, by training loss, over best rate of SGD.
    Refuted where it is not below 1. Holds only against SGD where it is not a third or less of Adam's
    (S2's ratio to Adam is 0.1).
    """
    best = SWEPT[by_method(seeds)[0].argmin(axis=2)]                                    # (seeds, methods)
    sgd, adam = best[:, 2] / best[:, 0], best[:, 2] / best[:, 3]
    small = mostly(sgd < 1)
    return Finding(
        "RMSProp needs a smaller rate", "best ε of RMSProp / best ε of SGD", sgd,
        *judge(small and mostly(adam <= 1 / 3), small, "compared with SGD, not with Adam"),
        "Best ε: " + "; ".join(f"{name} {medians(lr)}" for name, lr in zip(NAMES, best.T)) +
        f". RMSProp's over Adam's: {medians(adam)}.", {"best": best})


CLAIMS = (
    Claim("C13", 7, "S0, stochastic gradient descent",
          "The best initial rate for the whole training is higher than the one that is best after about 100"
          " iterations.",
          (best_later,)),
    Claim("C14", 7, "S0, stochastic gradient descent",
          "ε_τ is about 1 % of ε₀, and τ a few hundred passes through the training set.",
          (last_rate, length, length_network)),
    Claim("C38", 7, "S1, learning rate",
          "A large rate trains faster and lowers the risk of overfitting; it oscillates more, most without"
          " momentum, and makes deep networks harder to train.",
          (faster, overfitting, swings, swings_without_momentum, depth)),
    Claim("C60", 7, "S2, figures 2 to 7",
          "Compared at equal rates and at tuned ones, methods look different; RMSProp needs a smaller rate.",
          (equal_and_tuned, rmsprop_smaller)),
)
