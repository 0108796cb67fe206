"""Lecture 6: the experiments behind claims C21, C49, C68 and C78: how much settings matter.

Set up as in adaptive.py. Networks train on digits (see labs.py); "best rate" is the one of a grid with the
lowest validation loss, for each seed and method.
"""

from functools import lru_cache

import numpy as np

from course_lib.optimizers import SGD, AdaDelta, AdaGrad, Adam, Momentum, RMSProp

from .labs import mlp, trained
from .learning_rates import WRONG
from .measurement import OURS, SOURCE, Claim, Part, above, below, listed, medians, number, same
from .momentum import bowls
from .runs import USABLE, Sweep, column, last, per_seed, repeated, run, usable

SMALL = mlp(16, dtype=np.float32)
CONVEX, DEEP = mlp(dtype=np.float32), mlp(*(16,) * 5, dtype=np.float32)    # softmax regression; six layers
RHOS, SHORT = np.array([0.5, 0.9, 0.99, 0.999]), 6                         # passes
LOWEST = {SGD: -2, AdaGrad: -2.5, RMSProp: -3.5, Adam: -3.5, AdaDelta: -1}     # of three decades of rates


# C21: Adam

def width(seeds):
    """How many decades of rates are good.

    Set-up: see `small`; a rate is good that takes off nine tenths or more of what the method's own best rate
    takes off the test loss; eight rates per decade, beyond the good ones at either end.
    Statistic: decades of good rates, Adam over SGD. Claimed: above 1.
    """
    methods = {"SGD": SGD, "AdaGrad": AdaGrad, "RMSProp": RMSProp, "Adam": Adam}
    wide = {name: decades(method, seeds)[0] for name, method in methods.items()}
    return Part(
        "robust to its rate", SOURCE, above(
            wide["Adam"] / wide["SGD"], "A small network on the digits. Decades of ε that take off"
            f" {number(100 * USABLE)} % of what the method's best ε takes off the test loss: "
            + ", ".join(f"{name} {medians(d)}" for name, d in wide.items()) + "."), data=wide)


def always_adam(seeds):
    """Adam against momentum, each at its best rate.

    Set-up: network of six layers and softmax regression, see `digits`, 10 % of the labels wrong, 30 passes;
    and bowls with kappa = 100 and random axes, without noise.
    Statistics: test loss, Adam over momentum 0.9. Claimed: below 1. Arms: deep, convex. Steps until the loss
    of the bowl stays below 1e-6 of the first, best rate of each, geometric mean of 4 bowls a seed. Claimed:
    below 1.
    """
    passes, arms, data = 30, [], {}
    for make, name, where in ((DEEP, "A network of six layers", "the network is deep"),
                              (CONVEX, "Softmax regression", "the problem is convex")):
        found = []
        for method, rates in (Adam, doubled(0.0005, 8)), (Momentum, doubled(0.001, 9)):
            runs = digits(method, tuple(rates), seeds, make, (passes,))
            sweep = Sweep(rates, runs["validation_loss"][0])
            found += [sweep.at, sweep.pick(runs["test_loss"][0]), sweep.pick(runs["test_error"][0])]
        at, loss, error, at_m, loss_m, error_m = found
        arms.append(below(
            loss / loss_m, f"{name}, {passes} passes: Adam's test loss is {medians(loss)}, that of momentum"
            f" {medians(loss_m)}, each at its best ε, {medians(at)} and {medians(at_m)}; the test errors"
            f" {medians(error)} and {medians(error_m)}.", where))
        data[where] = np.stack([loss, loss_m], axis=1)
    several = repeated(seeds, 4)
    steps = in_turned_bowl(Adam, doubled(0.002, 10), several)
    steps_m = in_turned_bowl(Momentum, doubled(0.05, 8), several)
    return (Part("always use Adam: on digits", SOURCE, *arms, data),
            Part("always use Adam: in a smooth bowl", SOURCE, below(
                per_seed(steps / steps_m, seeds), "To a millionth of the loss of a bowl Adam takes"
                f" {medians(steps)} steps, momentum {medians(steps_m)}, each at its best ε.")))


# C49: RMSProp's defaults

def default_rate(seeds):
    """RMSProp's rate 0.001, rho = 0.9, against the others of a grid.

    Set-up: see `digits`, 10 % of the labels wrong; rates from 0.0005 in factors of 2.
    Statistic: test loss at 0.001 over that at the best rate. Claimed: 1. Arms: 6 and 30 passes. Parts:
    network of six layers, softmax regression.
    """
    default, lengths, parts = 0.001, (6, 30), []
    for make, n, name in (DEEP, 8, "a network of six layers"), (CONVEX, 9, "softmax regression"):
        rates, arms, data = doubled(0.0005, n), [], {}
        at_default = np.isclose(rates, default)
        for i, where in enumerate(("the training is short", "it is five times as long")):
            runs = digits(RMSProp, tuple(rates), seeds, make, lengths)
            sweep = Sweep(rates, runs["validation_loss"][i])
            loss, rank = runs["test_loss"][i], 1 + (sweep.values < sweep.values[:, at_default]).sum(axis=1)
            own, best = loss[:, at_default][:, 0], sweep.pick(loss)
            arms.append(same(
                own / best, f"{lengths[i]} passes: the test loss is {medians(own)} at ε = {default} and"
                f" {medians(best)} at the best ε, {medians(sweep.at)}; rank {medians(rank)} of {n}.", where))
            data[where] = np.stack([own, best, rank], axis=1)
        parts.append(Part(f"{default}, {name}", SOURCE, *arms, data))
    return tuple(parts)


def default_rho(seeds):
    """RMSProp's rho = 0.9 against 0.5, 0.99 and 0.999, each at its best rate.

    Set-up: see `by_rho`; the best of the others is chosen by validation loss, too.
    Statistic: test loss, rho = 0.9 over the best of the others. Claimed: 1.
    """
    default, (loss, validation) = 0.9, by_rho(RMSProp, seeds)
    others = RHOS != default
    rival = np.take_along_axis(loss[:, others], validation[:, others].argmin(axis=1)[:, None], axis=1)[:, 0]
    return Part(
        f"ρ = {default}", SOURCE, same(
            loss[:, ~others][:, 0] / rival, f"A network of six layers, {SHORT} passes: with"
            f" ρ = {listed(RHOS)} RMSProp's test loss is {medians(loss)}, each at its best ε."),
        data={"rho": RHOS, "loss": loss})


# C68, C78: rates and memories to start with

def adam_rates(seeds):
    """Adam's rates 0.001 and 0.00001 against the best of a grid.

    Set-up: the network of six layers of `digits`, 10 % of the labels wrong, 30 passes.
    Statistic: test loss at that rate over that at the best rate. Claimed: 1. Arms: 0.001, 0.00001.
    """
    starts, passes, rates, arms = (1e-3, 1e-5), 30, doubled(0.0005, 8), []
    runs = digits(Adam, (*starts, *rates), seeds, DEEP, (passes,))
    loss = runs["test_loss"][0]
    sweep = Sweep(rates, runs["validation_loss"][0][:, len(starts):])
    best = sweep.pick(loss[:, len(starts):])
    for i, rate in enumerate(starts):
        arms.append(same(
            loss[:, i] / best, f"A network of six layers, {passes} passes: Adam's test loss is"
            f" {medians(loss[:, i])} at ε = {number(rate)} and {medians(best)} at the best ε,"
            f" {medians(sweep.at)}.", f"ε is {number(rate)}"))
    return Part("a rate to start with", SOURCE, *arms)


def typical_rho(seeds):
    """How much it matters which of the typical values 0.9, 0.99 and 0.999 is taken for rho.

    Set-up: see `by_rho`; three trainings a seed.
    Statistic: highest over lowest test loss of the three. Claimed: 1.
    """
    typical = RHOS[RHOS >= 0.9]
    loss, _ = by_rho(RMSProp, seeds, tuple(typical), 3)
    return Part("the three are alike", OURS, same(
        loss.max(axis=1) / loss.min(axis=1), f"A network of six layers, {SHORT} passes: with"
        f" ρ = {listed(typical)} RMSProp's test loss is {medians(loss)}, each at its best ε; the worst"
        f" of a seed has {medians(loss.max(axis=1) / loss.min(axis=1))} times the loss of its best."))


# The runs

def in_turned_bowl(method, rates, seeds):
    """Steps until the loss of a random bowl, kappa = 100, stays below 1e-6 of the first, best rate: (seeds,).

    The rates are times the inverse of the largest curvature.
    """
    steps, target, kappa = 3000, 1e-6, 100
    A, start = bowls(seeds, kappa)
    A = A / kappa
    theta = np.repeat(start[:, None], len(rates), axis=1)
    optimizer = method(column(rates[:, None], theta))
    with np.errstate(over="ignore", invalid="ignore"):                  # beyond the limit of stability
        loss = np.stack([((at @ A) * at).sum(axis=-1)
                         for at in run(optimizer, theta, lambda at, k: at @ A, steps)])
    first = ((start[:, None] @ A) * start[:, None]).sum(axis=-1)
    return Sweep(rates, last(~(loss < target * first)) + 1).best       # nan is not below


def small(method, settings, seeds, make=SMALL, every=1000):
    """Runs of a network 64-16-10 on 256 digits with right labels, 10 passes of 8 updates."""
    return trained(seeds, make, method, settings, passes=10, batch=32, examples=256, every=every)


@lru_cache(maxsize=8)
def decades(method, seeds):
    """Decades of rates that are `usable`, and the test loss at the best one: (seeds,) each."""
    rates = 10.0 ** (LOWEST[method] + np.arange(25) / 8)
    first, loss = small(method, rates, seeds).test_loss
    good = usable(loss, first[:, :1])
    if good[:, [0, -1]].any():
        raise ValueError(f"rates of {method.__name__} must reach beyond the usable, got {number(rates[0])} to"
                         f" {number(rates[-1])}")
    return good.sum(axis=1) / 8, loss.min(axis=1)


@lru_cache(maxsize=4)
def by_rho(method, seeds, rhos=tuple(RHOS), trainings=1):
    """Test and validation loss of the six layers of `digits` after 6 passes, (seeds, rhos) each.

    Geometric means of so many trainings a seed; each rho at its best rate by this mean validation loss.
    """
    rates, losses = doubled(0.000125, 10), []
    for rho in rhos:
        runs = digits(lambda lr: method(lr, rho), tuple(rates), repeated(seeds, trainings), DEEP, (SHORT,))
        validation, test = (per_seed(runs[name][0], seeds) for name in ("validation_loss", "test_loss"))
        sweep = Sweep(rates, validation)
        losses.append((sweep.pick(test), sweep.best))
    return np.moveaxis(losses, 0, -1)


def doubled(low, n):
    """n rates in factors of 2."""
    return low * 2.0 ** np.arange(n)


@lru_cache(maxsize=32)
def digits(method, rates, seeds, make, passes):
    """Networks that `make` makes: 512 digits, 288 for validation, 10 % of labels wrong, batch size 64.

    {name: (passes, seeds, rates)}: four measures after each of `passes`, multiples of the first, or the last.
    """
    used, held, batch = 512, 288, 64
    runs = trained(seeds, make, method, rates, passes=passes[-1], batch=batch, examples=used + held,
                   validation=held, wrong=WRONG, every=passes[0] * used // batch)
    at = [list(runs.steps).index(n * used // batch) for n in passes]
    return {name: getattr(runs, name)[at] for name in ("loss", "validation_loss", "test_loss", "test_error")}


CLAIMS = (
    Claim("C21", 6, "S0 Adam", "Adam is fairly robust to its settings; always use Adam.",
          (width, always_adam)),
    Claim("C49", 6, "S1 RMSProp", "0.001 is a good default for RMSProp's rate, 0.9 for ρ.",
          (default_rate, default_rho)),
    Claim("C68", 6, "S2 Adam", "Start Adam with a rate of 1e-3 or 1e-5.", (adam_rates,)),
    Claim("C78", 6, "S2 RMS Prop", "Typical values of ρ are 0.9, 0.99 and 0.999.", (typical_rho,)),
)
