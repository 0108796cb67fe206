"""Lecture 6: the experiments behind claims C18 to C21, C40, C41, C49 and C56 to C59.

Each experiment is a function of a tuple of seeds. Its docstring says what is set up, which statistic is
taken, one value per seed, and what would refute the claim. lr is the rate (the lecture's epsilon), eps the
small constant (its delta); lr / (sqrt(r) + eps) is called the effective rate. "Best rate" is the one of a
grid with the lowest loss at the end, chosen for each seed.
"""

from functools import lru_cache

import numpy as np

from course_lib import datasets, losses
from course_lib.layers import Dense, ReLU, Tanh
from course_lib.network import Network
from course_lib.optimizers import SGD, AdaDelta, AdaGrad, Adam, Diverged, Momentum, RMSProp, RMSPropMomentum

from .findings import TENTH, Claim, Finding, judge, listed, medians, mostly, number
from .runs import column, draw, end, gaussian, generators, path, run

P = 10                                                          # dimension of the random bowls
WIDE = 10.0 ** np.arange(-4, 3.1, 0.25)                         # rates of the sweeps of small networks
RATES = {"SGD": 10.0 ** np.arange(-2.5, 0.6, 0.5), "Momentum": 10.0 ** np.arange(-3.5, -0.4, 0.5),
         "AdaGrad": 10.0 ** np.arange(-3, 0.1, 0.5), "RMSProp": 10.0 ** np.arange(-4, -0.9, 0.5),
         "Adam": 10.0 ** np.arange(-4, -0.9, 0.5)}              # on digits: half decades
CONVEX, DEEP = 1, 6                                             # layers with weights


# C18: AdaGrad and gentle slopes

def gentle_slopes(seeds):
    """How far each method comes along the gentlest direction of a bowl.

    Set-up: bowls of condition number 100 in 10 dimensions, spectrum and start random, axes along the
    coordinates or turned at random; 30 steps, each method at the rate with which its loss is lowest then.
    The share of the first distance that is covered along the gentlest eigen-direction.
    Statistic: that share, AdaGrad over SGD, axes along the coordinates.
    Refuted where it is not above 1.1. Holds only along the coordinates where it is not so for turned axes.
    """
    rngs = generators(seeds)
    spectrum = draw(rngs, lambda rng: 100 ** np.concatenate([[0.0], rng.uniform(size=P - 2), [1.0]]))
    start = draw(rngs, lambda rng: rng.choice([-1, 1], P) * rng.uniform(0.5, 2, P))
    turned = np.linalg.qr(draw(rngs, lambda rng: rng.standard_normal((P, P))))[0]
    gains = []
    for axes in (np.broadcast_to(np.eye(P), turned.shape), turned):
        A = np.einsum("sik,sk,sjk->sij", axes, spectrum, axes)
        theta = np.einsum("sij,sj->si", axes, start)            # the same distance along each direction

        def covered(method, rates):
            runs = np.repeat(theta[:, None], len(rates), axis=1)
            last = end(method(column(rates[:, None], runs)), runs,
                       lambda at, k: np.einsum("sij,srj->sri", A, at), 30)
            left = np.einsum("sji,srj->sri", axes, last) / start[:, None]                # (seeds, rates, P)
            loss = (spectrum[:, None] * (left * start[:, None]) ** 2).sum(axis=-1)
            return 1 - np.abs(at_best(loss, left[..., 0]))

        adagrad, sgd = 10.0 ** np.arange(-1, 1.1, 0.1), np.arange(0.2, 2, 0.1) / 100
        gains.append(covered(AdaGrad, adagrad) / covered(SGD, sgd))
    along, turned = gains
    works = mostly(along > TENTH)
    return Finding(
        "gentle directions",
        "share of the distance covered along the gentlest direction, AdaGrad / SGD, best ε of each", along,
        *judge(works and mostly(turned > TENTH), works, "the gentle direction lies along a coordinate"),
        f"The same bowls turned against the coordinates give {medians(turned)}: a rate per coordinate knows"
        " nothing of directions between them.", {"along": along, "turned": turned})


# C19, C57: the rates over time

def never_recovers(seeds):
    """The effective rate of AdaGrad after a long time.

    Set-up: bowls of condition number 10 in 10 dimensions, with gradient noise of deviation 1 and without;
    AdaGrad with rate 1; the effective rate, in the mean of the coordinates, after 300 and after 3000 steps.
    Statistic: the later over the earlier, with noise; 1 / sqrt(10) = 0.316 where gradients keep their size.
    Refuted where it is not below one half. Holds only if the gradients do not vanish where it is so with
    noise, and not without.
    """
    ratio = {}
    for noise in (1.0, 0.0):
        rates = effective_rates(AdaGrad(1.0), seeds, noise, 3000)
        ratio[noise] = rates[-1].mean(axis=-1) / rates[299].mean(axis=-1)
    noisy, clean = (mostly(ratio[noise] < 0.5) for noise in (1.0, 0.0))
    return Finding(
        "its rate goes to zero",
        "effective rate of AdaGrad after 3000 steps / after 300, noisy gradients", ratio[1.0],
        *judge(noisy and clean, noisy, "the gradients do not vanish"),
        "Without noise the gradients vanish, their squares have a finite sum, and the ratio is"
        f" {medians(ratio[0.0])}: the rate stays.", {"noisy": ratio[1.0], "clean": ratio[0.0]})


def deep_and_convex(seeds):
    """AdaGrad against RMSProp, each at its best rate, on a convex problem and on a deep network.

    Set-up: see `digits`: softmax regression, and a network of six layers.
    Statistic: training loss at the end, AdaGrad over RMSProp, deep network.
    Refuted where AdaGrad is not a tenth worse there, or is a tenth worse on the convex problem too.
    """
    convex, deep = (best("AdaGrad", AdaGrad, seeds, depth) / best("RMSProp", RMSProp, seeds, depth)
                    for depth in (CONVEX, DEEP))
    return Finding(
        "deep against convex", "training loss of a deep network, AdaGrad / RMSProp, best ε of each", deep,
        *judge(mostly(deep > TENTH) and not mostly(convex > TENTH)),
        f"On the convex problem the ratio is {medians(convex)}. A short training: {PASSES} passes over"
        " the digits.",
        {"convex": convex, "deep": deep})


def monotone(seeds):
    """Whether effective rates ever grow.

    Set-up: the noisy bowls of `never_recovers`, 300 steps, AdaGrad and RMSProp.
    Statistic: share of the steps and coordinates in which the effective rate of RMSProp grows.
    Refuted where it never grows, or where AdaGrad's ever does.
    """
    grows = [(np.diff(effective_rates(method, seeds, 1.0, 300), axis=0) > 0).mean(axis=(0, 2))
             for method in (AdaGrad(1.0), RMSProp(0.1))]
    return Finding(
        "rates that grow again", "share of the steps in which the effective rate of RMSProp grows", grows[1],
        *judge(mostly((grows[1] > 0) & (grows[0] == 0))),
        f"AdaGrad: {medians(grows[0])}.", {"AdaGrad": grows[0], "RMSProp": grows[1]})


# C20, C56: large gradients at the beginning

def forgets(seeds):
    """RMSProp and AdaGrad on a landscape that is steep first and a gentle bowl afterwards.

    Set-up: see `after_steep`. Each method with the rate that is best where there is no steep part, and with
    the one that is best for the whole.
    Statistic: loss at the end, AdaGrad over RMSProp, rates chosen without the steep part. Refuted where it is
    not above 1.1. Holds only if the rate is not chosen anew where it is not so with the best rate.
    """
    losses_ = {name: [after_steep(method, seeds, factor) for factor in (1.0, 100.0)]
               for name, method in (("AdaGrad", AdaGrad), ("RMSProp", RMSProp))}
    kept = {name: at_best(calm, steep) for name, (calm, steep) in losses_.items()}
    retuned = {name: steep.min(axis=1) for name, (_, steep) in losses_.items()}
    same, anew = kept["AdaGrad"] / kept["RMSProp"], retuned["AdaGrad"] / retuned["RMSProp"]
    works = mostly(same > TENTH)
    return Finding(
        "after a steep part", "loss at the end, AdaGrad / RMSProp, ε chosen without the steep part", same,
        *judge(works and mostly(anew > TENTH), works, "ε is not chosen anew for the steep part"),
        f"With the best ε for the whole run the ratio is {medians(anew)}.",
        {"same rate": same, "best rate": anew})


def first_gradients(seeds):
    """AdaGrad, the first gradients 100 times larger.

    Set-up: see `after_steep`; the rate that is best without.
    Statistic: loss at the end, with large first gradients over without. Refuted where it is not above 2.
    """
    calm, steep = (after_steep(AdaGrad, seeds, factor) for factor in (1.0, 100.0))
    ratio = at_best(calm, steep) / calm.min(axis=1)
    repaired = steep.min(axis=1) / calm.min(axis=1)
    shift = GRID[steep.argmin(axis=1)] / GRID[calm.argmin(axis=1)]
    return Finding(
        "sensitive to the first gradients",
        "loss at the end of AdaGrad, first ten gradients × 100 / as they are, same ε",
        ratio, *judge(mostly(ratio > 2)),
        f"The best ε is then {medians(shift)} times as large, and with it the ratio is {medians(repaired)}.",
        {"same rate": ratio, "best rate": repaired, "shift": shift})


def trade(seeds):
    """Whether the larger rate costs anything: the rate for large first gradients, used where there are none.

    Set-up and runs of `first_gradients`.
    Statistic: loss at the end without large first gradients, at the rate that is best with them, over the
    loss at the best rate. Refuted where it is not above 1.1.
    """
    calm, steep = (after_steep(AdaGrad, seeds, factor) for factor in (1.0, 100.0))
    ratio = at_best(steep, calm) / calm.min(axis=1)
    return Finding(
        "traded for sensitivity to the rate",
        "loss of AdaGrad without large first gradients, ε chosen for them / best ε",
        ratio, *judge(mostly(ratio > TENTH)), "So no ε serves both.", {"ratio": ratio})


# C21, C40, C49: rates and settings

def width(seeds):
    """How many decades of rates are good, on a small network.

    Set-up: see `rings`; rates from 1e-4 to 10, four per decade; good: within 10 % of the first loss of the
    method's own best loss (within 10 % of the loss itself, no two neighbours of the grid agree).
    Statistic: decades of good rates, Adam over SGD. Refuted where it is not above 1.1.
    """
    decades = {name: usable(method, seeds) for name, method in
               (("SGD", SGD), ("AdaGrad", AdaGrad), ("RMSProp", RMSProp), ("Adam", Adam))}
    ratio = decades["Adam"] / decades["SGD"]
    return Finding(
        "robust to its rate", "decades of good rates on a small network, Adam / SGD", ratio,
        *judge(mostly(ratio > TENTH)),
        "Decades: " + ", ".join(f"{name} {medians(d)}" for name, d in decades.items()) + ".", decades)


def always_adam(seeds):
    """Who wins, each method at its best rate.

    Set-up: softmax regression and a network of six layers, see `digits`, with SGD, momentum, AdaGrad, RMSProp
    and Adam, seven rates each; and bowls of condition number 100 with turned axes, 1500 steps without noise.
    Statistic: loss at the end of Adam over momentum, in the bowls. Refuted where Adam is a tenth worse on all
    three tasks. Holds only for the networks where it is a tenth worse in the bowls, and on neither network
    worse than the rival whose median loss is lowest.
    """
    others = (("SGD", SGD), ("Momentum", Momentum), ("AdaGrad", AdaGrad), ("RMSProp", RMSProp))
    ratio, rival = {}, {}
    for depth in (CONVEX, DEEP):
        loss = np.stack([best(name, method, seeds, depth) for name, method in others], axis=1)
        rival[depth] = np.median(loss, axis=0).argmin()
        ratio[depth] = best("Adam", Adam, seeds, depth) / loss[:, rival[depth]]
    bowl = in_turned_bowl(Adam, seeds) / in_turned_bowl(Momentum, seeds)
    networks = not any(mostly(ratio[depth] > TENTH) for depth in (CONVEX, DEEP))
    lower = [(ratio[depth] < 1).sum() for depth in (CONVEX, DEEP)]
    return Finding(
        "always use Adam", "loss at the end in a turned bowl, Adam / momentum, best ε of each", bowl,
        *judge(networks and not mostly(bowl > TENTH), networks, "networks are trained, and there it is no worse"),
        f"On the deep network Adam / {others[rival[DEEP]][0]}, the strongest rival, is"
        f" {medians(ratio[DEEP])}, on softmax regression Adam / {others[rival[CONVEX]][0]} is"
        f" {medians(ratio[CONVEX])}: Adam is lower in {lower[1]} and {lower[0]} of {len(seeds)} seeds.",
        {"bowl": bowl, "convex": ratio[CONVEX], "deep": ratio[DEEP]})


def adadelta_range(seeds):
    """How many decades of rates are good: AdaDelta against AdaGrad. Set-up as in `width`.

    Statistic: decades, AdaDelta over AdaGrad. Refuted where it is not above 1.1.
    """
    wide = {name: usable(method, seeds) for name, method in (("AdaGrad", AdaGrad), ("AdaDelta", AdaDelta))}
    ratio = wide["AdaDelta"] / wide["AdaGrad"]
    own = rings(AdaDelta, seeds)
    at_one = own[:, np.isclose(WIDE, 1)][:, 0] / own.min(axis=1)
    return Finding(
        "insensitive to its rate", "decades of good rates on a small network, AdaDelta / AdaGrad", ratio,
        *judge(mostly(ratio > TENTH)),
        f"Rates from {number(WIDE[0])} to {number(WIDE[-1])}. At its rate of 1 AdaDelta ends"
        f" {medians(at_one)} times as high as at its best.", wide)


def adadelta_constant(seeds):
    """The small constant of AdaDelta, from which its steps grow. Set-up: see `rings`, rate 1.

    Statistic: highest over lowest loss at the end, over constants 1e-8, 1e-6, 1e-4, 1e-2. The same for the
    constant of RMSProp, rate 0.01. Refuted where it is above 2.
    """
    eps = 10.0 ** np.array([-8, -6, -4, -2])
    own = rings_constant(AdaDelta, 1.0, 0.95, eps, seeds)
    other = rings_constant(RMSProp, 0.01, 0.9, eps, seeds)
    ratio, peer = (loss.max(axis=1) / loss.min(axis=1) for loss in (own, other))
    return Finding(
        "insensitive to its constant",
        "loss at the end of AdaDelta, worst / best constant from 1e-8 to 1e-2", ratio,
        *judge(not mostly(ratio > 2)),
        f"With constants {listed(eps)} it ends at {medians(own)}. RMSProp: ratio {medians(peer)}.",
        {"eps": eps, "AdaDelta": own, "RMSProp": other})


def default_rate(seeds):
    """RMSProp's rate 0.001, rho = 0.9, against the others of a grid.

    Set-up: see `digits`: the network of six layers, after 6 passes and after 30; rates from 1e-4 to 0.1.
    Statistic: training loss at 0.001 over the best of the grid, after 30 passes. Refuted where it is a tenth
    worse after both. Holds only in long trainings where it is so after 6 only.
    """
    rates = RATES["RMSProp"]
    default = np.isclose(rates, 1e-3)
    ratio, rank = {}, {}
    for passes in (PASSES, 30):
        loss = digits(RMSProp, tuple(rates), seeds, DEEP, passes)
        ratio[passes] = loss[:, default][:, 0] / loss.min(axis=1)
        rank[passes] = 1 + (loss < loss[:, default]).sum(axis=1)
    short, long = (not mostly(ratio[passes] > TENTH) for passes in (PASSES, 30))
    return Finding(
        "0.001",
        "training loss of a deep network after 30 passes, RMSProp at ε = 0.001 / at its best ε", ratio[30],
        *judge(short and long, long, "the training is long"),
        f"Rank among {len(rates)} rates after {PASSES} and 30 passes: {medians(rank[PASSES])} and"
        f" {medians(rank[30])}. After {PASSES} passes the ratio is {medians(ratio[PASSES])}.",
        {"short": ratio[PASSES], "long": ratio[30], "rank": rank[30]})


def default_rho(seeds):
    """RMSProp's rho = 0.9 against 0.5, 0.99 and 0.999, each at its best rate.

    Set-up: see `digits`: the network of six layers.
    Statistic: training loss, rho = 0.9 over the best of the four. Refuted where it is more than twice that.
    """
    rhos = (0.5, 0.9, 0.99, 0.999)
    rates = tuple(RATES["RMSProp"])
    loss = np.stack([digits(RMSProp, rates, seeds, DEEP, PASSES, rho).min(axis=1) for rho in rhos], axis=1)
    ratio = loss[:, 1] / loss.min(axis=1)
    return Finding(
        "0.9", "training loss of a deep network, RMSProp with ρ = 0.9 / best ρ, best ε of each", ratio,
        *judge(not mostly(ratio > 2)),
        f"With ρ = {listed(rhos)} it is {medians(loss)}.", {"rho": np.array(rhos), "loss": loss})


# C41: what Adam's steps depend on

def scale(seeds):
    """Adam's path when the loss is multiplied by a number.

    Set-up: bowls of condition number 100, noise-free, 200 steps of rate 0.01, small constant 1e-8; the loss as
    it is, times 1000, and times 1e-9.
    Statistic: largest distance between the paths for 1 and 1000, over the length of the way. Refuted where it
    is above 1e-3. Holds only for gradients well above the constant where it is so for 1e-9.
    """
    rngs = generators(seeds)
    curvatures = draw(rngs, lambda rng: 100 ** rng.uniform(-1, 0, P))
    start = draw(rngs, lambda rng: rng.standard_normal(P))
    plain, large, small = (path(Adam(0.01), start.copy(), lambda at, k: c * curvatures * at, 200)
                           for c in (1, 1e3, 1e-9))
    way = np.linalg.norm(plain[-1] - plain[0], axis=-1)
    off = [np.linalg.norm(other - plain, axis=-1).max(axis=0) / way for other in (large, small)]
    works = mostly(off[0] < 1e-3)
    return Finding(
        "invariant to scale",
        "distance of Adam's paths for the loss and for 1000 times the loss / way", off[0],
        *judge(works and mostly(off[1] < 1e-3), works, "the gradients are well above δ"),
        f"For 1e-9 times the loss, gradients below δ = 1e-8, it is {medians(off[1])}.",
        {"times 1e3": off[0], "times 1e-9": off[1]})


def signal_to_noise(seeds):
    """The length of Adam's steps under noise.

    Set-up: gradient 1 plus noise of deviation 0, 1, 3 or 10, whatever the place; 1000 steps after 500, 10
    coordinates. In theory sqrt((1 - beta1) / (1 + beta1)) = 0.23 for noise alone.
    Statistic: root mean square step over the rate, at noise 10. Refuted where it does not fall from noise to
    noise, or is not below one half.
    """
    deviations = np.array([0.0, 1.0, 3.0, 10.0])
    noise = gaussian(generators(seeds), 1500, 1, P)
    points = path(Adam(1.0), np.zeros((len(seeds), len(deviations), P)),
                  lambda at, k: 1 + deviations[:, None] * noise[k], 1500)
    length = np.sqrt((np.diff(points[500:], axis=0) ** 2).mean(axis=(0, -1)))     # (seeds, deviations)
    return Finding(
        "shrinks with noise", "length of Adam's step / ε, noise ten times the gradient", length[:, -1],
        *judge(mostly((np.diff(length, axis=1) < 0).all(axis=1) & (length[:, -1] < 0.5))),
        f"For noise {listed(deviations)} it is {medians(length)}.", {"noise": deviations, "length": length})


def sparse(seeds):
    """The progress of a parameter that seldom has a gradient.

    Set-up: gradient 1 with probability p = 0.05, else 0, in one coordinate; always 1 in the other; 2000 steps
    of Adam and of SGD. In theory sqrt(p) and p, a factor 4.5.
    Statistic: way of the sparse coordinate over way of the dense one, Adam over SGD. Refuted where it is not
    above 2.
    """
    seen = draw(generators(seeds), lambda rng: (rng.random(2000) < 0.05) * 1.0).T       # (steps, seeds)
    gradients = np.stack([seen, np.ones_like(seen)], axis=-1)
    way = [np.abs(end(method, np.zeros((len(seeds), 2)), lambda at, k: gradients[k], 2000))
           for method in (Adam(0.001), SGD(0.001))]
    share = [w[:, 0] / w[:, 1] for w in way]
    return Finding(
        "sparse gradients", "way of a sparse coordinate / of a dense one, Adam / SGD", share[0] / share[1],
        *judge(mostly(share[0] / share[1] > 2)),
        f"The sparse coordinate covers {medians(share[0])} of the way of the dense one with Adam,"
        f" {medians(share[1])} with SGD.", {"Adam": share[0], "SGD": share[1]})


# C58: bias correction

def first_steps(seeds):
    """The first ten steps of Adam without bias correction.

    Set-up: bowls of condition number 10, noise of deviation 0.1; beta2 = 0.9, 0.99, 0.999, 0.9999; the
    largest step of any coordinate among the first ten, in units of the rate, which is 1e-4.
    Statistic: without over with correction, beta2 = 0.999. Refuted where it is not above 3.
    """
    beta2 = np.array([0.9, 0.99, 0.999, 0.9999])
    longest = []
    for correction in (False, True):
        theta, gradient = uncorrected_field(seeds, len(beta2))
        method = Adam(1e-4, 0.9, column(beta2[:, None], theta), bias_correction=correction)
        steps = np.abs(np.diff(path(method, theta, gradient, 10), axis=0)) / 1e-4
        longest.append(steps.max(axis=(0, -1)))                                  # (seeds, beta2)
    ratio = longest[0] / longest[1]
    return Finding(
        "large first steps",
        "longest of the first ten steps of Adam, without / with correction, β₂ = 0.999", ratio[:, 2],
        *judge(mostly(ratio[:, 2] > 3)),
        f"For 1 − β₂ = {listed(1 - beta2)} the ratio is {medians(ratio)}.", {"beta2": beta2, "ratio": ratio})


def divergence(seeds):
    """What becomes of the runs without bias correction.

    Set-up: the network of `rings`, beta2 = 0.9999; all rates; the loss at the end.
    Statistic: loss without over with correction, at the rate that is best with it. "Often": refuted where
    fewer than half of the seeds end above the loss they began with. Holds only if the rate is kept where the
    version without correction ends no more than a tenth higher at its own best rate.
    """
    with_, without = (rings(Adam, seeds, 0.9, 0.9999, 1e-8, correction) for correction in (True, False))
    same = at_best(with_, without)
    first = rings_first(seeds)
    own = without.min(axis=1) / with_.min(axis=1)
    higher = same > first
    often = higher.mean() >= 0.5
    return Finding(
        "divergence", "loss at the end, Adam without / with correction, β₂ = 0.9999, ε best with it",
        same / with_.min(axis=1),
        *judge(often and mostly(own > TENTH), often, "ε is not made smaller for it"),
        f"{higher.sum()} of {len(seeds)} seeds end above the loss they began with. With its own best ε the"
        f" version without correction ends at {medians(own)} times the loss.",
        {"same rate": same, "own": own, "higher": higher})


# C59: RMSProp with momentum

def not_adam(seeds):
    """The paths of Adam and of RMSProp with momentum on the rescaled gradient.

    Set-up: bowls of condition number 10, noise of deviation 0.1, 300 steps from the same start; rho = beta2 =
    0.999, momentum = beta1 = 0.9, effective rates equal (0.01; the velocity sums up, Adam averages). And the
    same with gradients that are 0 in nine of ten steps.
    Statistic: largest distance of the two paths over the length of Adam's way. Refuted where it is below 0.1.
    """
    off, off_plain = {}, {}
    for kept in (1.0, 0.1):
        rngs = generators(seeds)
        curvatures = draw(rngs, lambda rng: 10 ** rng.uniform(-1, 0, P))
        start = draw(rngs, lambda rng: rng.standard_normal(P))
        noise = 0.1 * gaussian(rngs, 300, P)
        seen = draw(rngs, lambda rng: rng.random((300, P)) < kept)

        def gradient(at, k):
            return (curvatures * at + noise[k]) * seen[:, k]

        adam = path(Adam(0.01), start.copy(), gradient, 300)
        other = path(RMSPropMomentum(0.001, 0.999, 0.9), start.copy(), gradient, 300)
        way = np.linalg.norm(adam[-1] - adam[0], axis=-1)
        plain = path(Adam(0.01, bias_correction=False), start.copy(), gradient, 300)
        off[kept], off_plain[kept] = (np.linalg.norm(each - other, axis=-1).max(axis=0) / way
                                      for each in (adam, plain))
    return Finding(
        "two methods",
        "largest distance of Adam's path from that of RMSProp with momentum / Adam's way", off[1.0],
        *judge(mostly(off[1.0] > 0.1)),
        f"With gradients that are 0 in nine of ten steps: {medians(off[0.1])}. Adam without bias correction"
        f" is {medians(off_plain[1.0])} and {medians(off_plain[0.1])} away.",
        {"dense": off[1.0], "sparse": off[0.1], "dense, no correction": off_plain[1.0]})


# The runs

def effective_rates(method, seeds, noise, steps):
    """lr / (sqrt(r) + eps) of every step and coordinate, (steps, seeds, P), in bowls of condition number 10."""
    rngs = generators(seeds)
    curvatures = draw(rngs, lambda rng: 10 ** rng.uniform(-1, 0, P))
    start = draw(rngs, lambda rng: rng.standard_normal(P))
    draws = noise * gaussian(rngs, steps, P)
    return np.stack([method.lr / (np.sqrt(method.r) + method.eps) for _ in
                     run(method, start, lambda at, k: curvatures * at + draws[k], steps)])


GRID = 10.0 ** np.arange(-3, 2.1, 0.25)


@lru_cache(maxsize=8)
def after_steep(method, seeds, factor):
    """Loss at the end (seeds, rates of GRID) in a bowl of condition number 10 whose first gradients are large.

    The first ten gradients are multiplied by `factor`; 150 steps, noise of deviation 0.1. The loss is the
    mean over the last ten steps.
    """
    rngs = generators(seeds)
    curvatures = draw(rngs, lambda rng: 10 ** rng.uniform(-1, 0, P))[:, None]
    start = draw(rngs, lambda rng: 3 * rng.standard_normal(P))[:, None]
    noise = 0.1 * gaussian(rngs, 150, 1, P)
    theta = np.repeat(start, len(GRID), axis=1)
    optimizer = method(column(GRID[:, None], theta))
    loss = [(curvatures * at**2).sum(axis=-1) / 2 for at in
            run(optimizer, theta,
                lambda at, k: (factor if k < 10 else 1.0) * (curvatures * at + noise[k]), 150)]
    return np.mean(loss[-10:], axis=0)


def in_turned_bowl(method, seeds):
    """Lowest loss (seeds,) after 1500 steps over 25 rates, in bowls of condition number 100 with random axes."""
    rngs = generators(seeds)
    spectrum = draw(rngs, lambda rng: 100 ** np.concatenate([[-1.0], rng.uniform(-1, 0, P - 2), [0.0]]))
    axes = np.linalg.qr(draw(rngs, lambda rng: rng.standard_normal((P, P))))[0]
    A = np.einsum("sik,sk,sjk->sij", axes, spectrum, axes)
    rates = 10.0 ** np.arange(-2.5, 0.6, 0.125)
    theta = np.repeat(draw(rngs, lambda rng: rng.standard_normal(P))[:, None], len(rates), axis=1)
    theta = end(method(column(rates[:, None], theta)), theta,
                lambda at, k: np.einsum("sij,srj->sri", A, at), 1500)
    return (np.einsum("sij,sri,srj->sr", A, theta, theta) / 2).min(axis=1)


def at_best(chosen_by, loss):
    """Of each seed the loss at the setting that is best by the other: (seeds, n) -> (seeds,)."""
    return np.take_along_axis(loss, chosen_by.argmin(axis=1)[:, None], axis=1)[:, 0]


def uncorrected_field(seeds, settings):
    rngs = generators(seeds)
    curvatures = draw(rngs, lambda rng: 10 ** rng.uniform(-1, 0, (1, P)))
    start = draw(rngs, lambda rng: rng.standard_normal((1, P)))
    noise = 0.1 * gaussian(rngs, 10, 1, P)
    return np.repeat(start, settings, axis=1), lambda at, k: curvatures * at + noise[k]


def small_network(seeds, settings):
    """Networks 2-8-2 with tanh, one per seed and setting, and their objective: two rings of 20 points each."""
    layers = [Dense(2, 8), Tanh(), Dense(8, 2)]
    networks = Network(layers, losses.softmax_cross_entropy, np.random.default_rng(0),
                       runs=len(seeds) * settings)
    x, y = [], None
    for i, rng in enumerate(generators(seeds)):
        data = datasets.load("rings", rng, n=20)
        x.append(data.x)
        y = data.y
        single = Network([Dense(2, 8), Tanh(), Dense(8, 2)], losses.softmax_cross_entropy, rng)
        networks.theta[i * settings:(i + 1) * settings] = single.theta
    x = np.repeat(np.stack(x), settings, axis=0)
    return networks.theta, networks.objective(x, np.broadcast_to(y, x.shape[:2]))


def train_small(optimizer, theta, f, steps=150):
    """Loss (K,) at the end; inf where a run diverged."""
    with np.errstate(all="ignore"):
        try:
            for _ in range(steps):
                optimizer.step(theta, f)
        except Diverged:
            return np.full(len(theta), np.inf)
        loss = f.value(theta)
    return np.where(np.isfinite(loss), loss, np.inf)


@lru_cache(maxsize=32)
def rings(method, seeds, *settings):
    """Loss at the end of 150 steps (seeds, WIDE): all examples at once; `settings` follow the rate."""
    theta, f = small_network(seeds, len(WIDE))
    optimizer = method(np.tile(WIDE, len(seeds))[:, None], *settings)
    return train_small(optimizer, theta, f).reshape(len(seeds), -1)


def rings_constant(method, lr, rho, eps, seeds):
    theta, f = small_network(seeds, len(eps))
    return train_small(method(lr, rho, np.tile(eps, len(seeds))[:, None]), theta, f).reshape(len(seeds), -1)


def rings_first(seeds):
    theta, f = small_network(seeds, 1)
    return f.value(theta)


def usable(method, seeds):
    """Decades of WIDE whose loss is within a tenth of the first loss of the method's best."""
    loss = rings(method, seeds)
    good = loss <= loss.min(axis=1, keepdims=True) + 0.1 * rings_first(seeds)[:, None]
    return good.sum(axis=1) * 0.25


PASSES, BATCH, EXAMPLES = 6, 64, 512


@lru_cache(maxsize=32)
def digits(method, rates, seeds, depth, passes=PASSES, rho=0.9):
    """Training loss (seeds, rates) on 512 digits, batch size 64, ReLU layers 16 wide; `rho` is for RMSProp."""
    data = datasets.load("digits")
    x, y = data.x[:EXAMPLES].astype(np.float32), data.y[:EXAMPLES]
    sizes = [64, *[16] * (depth - 1), 10]

    def layers():
        dense = [Dense(a, b) for a, b in zip(sizes, sizes[1:])]
        return [layer for d in dense for layer in (d, ReLU())][:-1]

    def network(rng, runs=None):
        return Network(layers(), losses.softmax_cross_entropy, rng, runs, dtype=np.float32)

    rngs = generators(seeds)
    start = draw(rngs, lambda rng: network(rng).theta)
    orders = draw(rngs, lambda rng: np.stack([rng.permutation(EXAMPLES) for _ in range(passes)]))
    networks = network(np.random.default_rng(0), len(seeds))
    loss = []
    for rate in rates:
        networks.theta[:] = start
        optimizer = method(rate, rho) if issubclass(method, RMSProp) else method(rate)
        with np.errstate(all="ignore"):
            for batches in np.split(orders.reshape(len(seeds), -1), passes * EXAMPLES // BATCH, axis=1):
                optimizer.step(networks.theta, networks.objective(x[batches], y[batches]))
            loss.append(networks.loss(x, y))
    loss = np.stack(loss, axis=1).astype(float)
    return np.where(np.isfinite(loss), loss, np.inf)


def best(name, method, seeds, depth):
    """Lowest training loss (seeds,) over the method's rates."""
    return digits(method, tuple(RATES[name]), seeds, depth).min(axis=1)


CLAIMS = (
    Claim("C18", 6, "S0 AdaGrad, S2 AdaGrad",
          "Rates that shrink with the root of the summed squares give more progress along gentle slopes.",
          (gentle_slopes,)),
    Claim("C19", 6, "S0 AdaGrad, S2 AdaGrad",
          "AdaGrad's rate goes to zero: fine on convex problems, too early in deep networks.",
          (never_recovers, deep_and_convex)),
    Claim("C20", 6, "S0 RMSProp, S1 RMSProp",
          "RMSProp forgets the far past, so it converges rapidly once it has found a bowl.",
          (forgets,)),
    Claim("C21", 6, "S0 Adam", "Adam is fairly robust to its settings; always use Adam.",
          (width, always_adam)),
    Claim("C40", 6, "S1 AdaDelta", "AdaDelta is less sensitive to its settings than AdaGrad.",
          (adadelta_range, adadelta_constant)),
    Claim("C41", 6, "S1 Adam",
          "Adam's steps do not depend on the scale of the gradient, shrink with its noise, and suit"
          " sparse gradients.",
          (scale, signal_to_noise, sparse)),
    Claim("C49", 6, "S1 RMSProp", "0.001 is a good default for RMSProp's rate, 0.9 for ρ.",
          (default_rate, default_rho)),
    Claim("C56", 6, "S2 AdaGrad",
          "AdaGrad is sensitive to its first gradients; a larger rate only trades this for sensitivity"
          " to the rate.",
          (first_gradients, trade)),
    Claim("C57", 6, "S2 RMSProp", "AdaGrad's rates only fall, RMSProp's do not.", (monotone,)),
    Claim("C58", 6, "S2 Adam",
          "Without bias correction the first steps are very large for β₂ near 1, and often diverge.",
          (first_steps, divergence)),
    Claim("C59", 6, "S2 Adam", "RMSProp with momentum on the rescaled gradient is not Adam.", (not_adam,)),
)
