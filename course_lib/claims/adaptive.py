"""Lecture 6: the experiments behind claims C18 to C20, C40, C41, C56 to C59 and C69.

The others, C21, C49, C68 and C78, are in robustness.py.

Each experiment is a function of a tuple of seeds. Its docstring says what is set up, which statistic is
taken, one value per seed, and what is claimed of it. lr is the rate (the lecture's epsilon), eps the small
constant (its delta); lr / (sqrt(r) + eps) is called the effective rate.
"""

from functools import lru_cache

import numpy as np

from course_lib.layers import Tanh
from course_lib.optimizers import SGD, AdaDelta, AdaGrad, Adam, RMSProp, RMSPropMomentum

from .labs import mlp
from .measurement import OURS, SOURCE, Claim, Part, above, below, listed, medians, number, same, zero
from .momentum import spectra
from .robustness import CONVEX, DEEP, decades, digits, doubled, small
from .runs import (USABLE, Sweep, column, draw, end, gaussian, generators, last, path, per_seed, repeated,
                   run)

P = 10                                                          # dimension of the random bowls
LENGTHS = (6, 30, 100)                                          # passes
TANH = mlp(16, activation=Tanh(), dtype=np.float32)


# C18: AdaGrad and gentle slopes

def gentle_slopes(seeds):
    """How far each method has come along the gentlest direction of a bowl, half-way along the steepest.

    Set-up: 16 bowls a seed, kappa = 100 in 10 dimensions, spectrum and start random, axes along the
    coordinates or turned at random; rates so small that AdaGrad takes some ten steps to half-way.
    Statistic: share of the distance covered along the gentlest direction in the first step that ends beyond
    half-way along the steepest, mean of the bowls, AdaGrad minus SGD. Claimed: above 0, by a tenth. Arms:
    axes along the coordinates, turned.
    """
    kappa, half = 100, 0.5
    rngs = generators(repeated(seeds, 16))
    spectrum = spectra(rngs, kappa)
    start = draw(rngs, lambda rng: rng.choice([-1, 1], P) * rng.uniform(0.5, 2, P))
    turned = np.linalg.qr(draw(rngs, lambda rng: rng.standard_normal((P, P))))[0]
    arms, data = [], {}
    for axes, place, where in (
            (np.broadcast_to(np.eye(P), turned.shape), "along one coordinate", "it lies along a coordinate"),
            (turned, "turned against the coordinates", "it lies between the coordinates")):
        A = np.einsum("sik,sk,sjk->sij", axes, spectrum, axes)

        def covered(optimizer):
            theta = np.einsum("sij,sj->si", axes, start)     # the same distance along each direction
            points = path(optimizer, theta, lambda at, k: np.einsum("sij,sj->si", A, at), 500)
            done = 1 - np.einsum("sji,tsj->tsi", axes, points) / start
            arrived = (done[..., -1] >= half).argmax(axis=0)
            along_gentlest = np.take_along_axis(done[..., 0], arrived[None], axis=0)
            return along_gentlest.reshape(len(seeds), -1).mean(axis=1)

        adagrad, sgd = covered(AdaGrad(0.1)), covered(SGD(0.05 / kappa))
        arms.append(above(
            adagrad - sgd, f"The gentlest of {P} directions of a bowl is {place}, another is {kappa} times as"
            f" curved. Half-way along the steepest, AdaGrad has covered {medians(100 * adagrad)} % of the"
            f" distance along the gentlest, SGD {medians(100 * sgd)} %.", where, than=0.0,
            by=0.1))
        data[where] = np.stack([adagrad, sgd], axis=1)
    return Part("farther along the gentle direction", SOURCE, *arms, data)


# C19, C57: the rates over time

def never_recovers(seeds):
    """The effective rate of AdaGrad after a long time.

    Set-up: bowls (see `stream`), with gradient noise of deviation 1 and without; AdaGrad with rate 1; the
    effective rate, in the mean of the coordinates, after 300 and after 3000 steps.
    Statistic: the later over the earlier. Claimed: below 1; theory has 1 / sqrt(10) where gradients keep
    their size. Arms: with noise, without.
    """
    arms, data = [], {}
    early, late = 300, 3000
    for noise, where in (1.0, "the gradients keep their size"), (0.0, "they vanish fast enough"):
        rates = effective_rates(AdaGrad(1.0), seeds, noise, late).mean(axis=-1)
        data[where] = rates[-1] / rates[early - 1]
        arms.append(below(
            data[where], f"In a bowl, noise of deviation {number(noise)} on the gradient: AdaGrad's effective"
            f" rate is {medians(rates[early - 1])} after {early} and {medians(rates[-1])} after"
            f" {number(late)} steps.", where))
    return Part("its rate goes to zero", SOURCE, *arms, data)


def deep_and_convex(seeds):
    """AdaGrad against RMSProp, each at its best rate, in a deep network and on a convex problem.

    Set-up: see `digits`, 10 % of the labels wrong (with right ones softmax regression separates the digits,
    and its loss has no minimum). The best rate by the training loss at the end of 6, 30 and 100 passes. For 6
    passes, which are quickly made, geometric means of eight trainings a seed, and the rate that is best for
    them.
    Statistic: training loss, AdaGrad over RMSProp. Claimed: above 1. Arms: network of six layers, softmax
    regression. One part for each length.
    """
    problems = ((DEEP, "A network of six layers", 0.01, 5, 0.001, 6, "the network is deep"),
                (CONVEX, "Softmax regression", 0.08, 9, 0.004, 6, "the problem is convex"))
    parts = []
    for passes, together, several in ((LENGTHS[0], LENGTHS[:1], repeated(seeds, 8)),
                                      *((passes, LENGTHS[1:], seeds) for passes in LENGTHS[1:])):
        i, arms, data = together.index(passes), [], {}
        for make, name, low, n, low_r, n_r, where in problems:
            found = []
            for method, rates in (AdaGrad, doubled(low, n)), (RMSProp, doubled(low_r, n_r)):
                runs = digits(method, tuple(rates), several, make, together)
                loss, error = (per_seed(runs[name][i], seeds) for name in ("loss", "test_error"))
                sweep = Sweep(rates, loss)
                found += [(sweep, sweep.pick(error))]
            (adagrad, error), (rmsprop, error_r) = found
            arms.append(above(
                adagrad.best / rmsprop.best, f"{name}, {passes} passes over the digits: AdaGrad's training"
                f" loss is {medians(adagrad.best)}, RMSProp's {medians(rmsprop.best)}, each at its best ε,"
                f" {medians(adagrad.at)} and {medians(rmsprop.at)}; their test errors {medians(error)} and"
                f" {medians(error_r)}.", where))
            data[where] = np.stack([adagrad.best, rmsprop.best], axis=1)
        parts.append(Part(f"behind RMSProp after {passes} passes", SOURCE, *arms, data))
    return tuple(parts)


def monotone(seeds):
    """How often effective rates grow, and steps.

    Set-up: bowls with noise of deviation 1 (see `stream`), 300 steps, AdaGrad and RMSProp.
    Statistics: share of the steps and coordinates in which the effective rate of RMSProp grows. Claimed:
    above 0, by a tenth. The same of AdaGrad. Claimed: 0. Share in which an update of AdaGrad is longer than
    the one before. Claimed: above 0, by a tenth.
    """
    steps = 300
    adagrad, rmsprop = (effective_rates(method, seeds, 1.0, steps) for method in (AdaGrad(1.0), RMSProp(0.1)))
    never, again = ((np.diff(rates, axis=0) > 0).mean(axis=(0, 2)) for rates in (adagrad, rmsprop))
    theta, gradient = stream(seeds, 1.0, steps)
    updates = np.abs(np.diff(path(AdaGrad(1.0), theta, gradient, steps), axis=0))
    longer = (np.diff(updates, axis=0) > 0).mean(axis=(0, 2))
    return (
        Part("RMSProp's rate grows again", SOURCE, above(
            again, "In a bowl with noisy gradients RMSProp's effective rate grows in"
            f" {medians(100 * again)} % of the steps.", than=0.0, by=0.1)),
        Part("AdaGrad's rate never grows", SOURCE, zero(
            never, f"AdaGrad's does so in {medians(100 * never)} %.")),
        Part("AdaGrad's steps do", OURS, above(
            longer, f"A step of AdaGrad is longer than the one before it in {medians(100 * longer)} % of the"
            " cases: the rates only fall, the gradients go up and down.", than=0.0, by=0.1)))


# C20, C56: large gradients at the beginning

def forgets(seeds):
    """RMSProp and AdaGrad on a landscape that is steep first and a gentle bowl afterwards.

    Set-up: see `after_steep`; geometric means of 16 bowls a seed.
    Statistics: loss at the end, AdaGrad over RMSProp. Claimed: above 1. Arms: each at the rate that is best
    where there is no steep part, and at the one that is best for the whole. Steps to a hundredth of the first
    loss, RMSProp over an AdaGrad that begins in the bowl, each at its best rate there. Claimed: 1.
    """
    (calm, steep, count), (calm_r, steep_r, count_r) = (after_steep(method, repeated(seeds, 16)) for method in
                                                        (AdaGrad, RMSProp))
    kept, kept_r = calm.pick(steep.values), calm_r.pick(steep_r.values)
    steps, steps_r = calm.pick(count[0]), calm_r.pick(count_r[1])
    return (
        Part("converges once the bowl is found", SOURCE, above(
            per_seed(kept / kept_r, seeds), "A steep part, then a gentle bowl, each at the ε that is best in"
            f" the bowl alone: AdaGrad ends at a loss of {medians(kept)}, RMSProp at {medians(kept_r)}.",
            "ε is chosen without the steep part"), above(
            per_seed(steep.best / steep_r.best, seeds), "Each at the ε that is best for the whole way:"
            f" {medians(steep.best)} and {medians(steep_r.best)}.", "ε is chosen for the whole"),
            {"kept": kept / kept_r, "anew": steep.best / steep_r.best}),
        Part("as fast as an AdaGrad that begins there", SOURCE, same(
            per_seed(steps_r / steps, seeds), "To a hundredth of the first loss an AdaGrad that begins in"
            f" the bowl takes {medians(steps)} steps, RMSProp with the steep part {medians(steps_r)}.")))


def first_gradients(seeds):
    """AdaGrad, the first gradients 100 times as large.

    Set-up: see `after_steep`; geometric means of 4 bowls a seed.
    Statistics: loss at the end, with large first gradients over without, at the rate that is best without.
    Claimed: above 1. With them, best rate over that rate. Claimed: below 1. With over without, each at its
    best rate. Claimed: 1. Without, the rate that is best with them over the best. Claimed: above 1.
    """
    calm, steep, _ = after_steep(AdaGrad, repeated(seeds, 4))
    kept, shift, traded = calm.pick(steep.values), steep.at / calm.at, steep.pick(calm.values)
    hurt, helped, repaired, traded = (per_seed(ratio, seeds) for ratio in (
        kept / calm.best, steep.best / kept, steep.best / calm.best, traded / calm.best))
    return (
        Part("sensitive to the first gradients", SOURCE, above(
            hurt, f"The first {STEEP} gradients are {FACTOR} times as large and point anywhere. With the same"
            f" ε AdaGrad ends at {medians(hurt)} times the loss.")),
        Part("a larger rate combats it", SOURCE, below(
            helped, f"With a new ε, {medians(shift)} times as large, it ends at {medians(helped)} times that"
            " loss."), data={"shift": shift}),
        Part("and makes up for it", OURS, same(
            repaired, f"That is {medians(repaired)} times the loss that it has without them.")),
        Part("traded for sensitivity to the rate", SOURCE, above(
            traded, f"That ε, where the first gradients are not large: {medians(traded)} times the loss of"
            " the best.")))


# C40: AdaDelta against AdaGrad

def adadelta_range(seeds):
    """How many decades of rates are good: AdaDelta against AdaGrad. Set-up and criterion as in `width`.

    Statistic: decades, AdaDelta over AdaGrad, geometric mean of 3 trainings a seed. Claimed: above 1.
    """
    paper, several = 1.0, repeated(seeds, 3)
    (delta, best), (grad, _) = (decades(method, several) for method in (AdaDelta, AdaGrad))
    at_one = small(AdaDelta, [paper], several).test_loss[-1, :, 0] / best
    return Part(
        "insensitive to its rate", SOURCE, above(
            per_seed(delta / grad, seeds), f"Decades of ε that take off {number(100 * USABLE)} % of what the"
            f" best takes off the test loss: AdaDelta {medians(delta)}, AdaGrad {medians(grad)}. At the"
            f" paper's ε = {number(paper)} AdaDelta's test loss is {medians(at_one)} times that at its best"
            " ε."),
        data={"AdaDelta": delta, "AdaGrad": grad})


def adadelta_constant(seeds):
    """The small constant of AdaDelta, from which its steps grow, against that of AdaGrad.

    Set-up: see `small`; constants 1e-8, 1e-6, 1e-4 and 1e-2; AdaDelta at rate 1, AdaGrad at rate 0.1.
    Statistic: highest over lowest test loss, AdaDelta over AdaGrad. Claimed: below 1.
    """
    eps, rate = 10.0 ** np.array([-8, -6, -4, -2]), 0.1
    delta, grad = (small(method, eps, seeds).test_loss[-1] for method in (
        lambda eps: AdaDelta(1.0, 0.95, eps), lambda eps: AdaGrad(rate, eps)))
    spread, spread_g = (loss.max(axis=1) / loss.min(axis=1) for loss in (delta, grad))
    return Part(
        "insensitive to its constant", SOURCE, below(
            spread / spread_g, f"With δ = {listed(eps)} AdaDelta's test loss is {medians(delta)}; that of"
            f" AdaGrad at ε = {rate} is {medians(grad)}."), data={"AdaDelta": delta, "AdaGrad": grad})


def adadelta_decay(seeds):
    """The effective rate of AdaDelta after a long time.

    Set-up: that of `never_recovers`, with noise; of AdaDelta it is the factor of the gradient.
    Statistic: the rate after 3000 steps over that after 300, AdaDelta over AdaGrad. Claimed: above 1.
    """
    early, late = 300, 3000
    delta, grad = (rates[-1].mean(axis=-1) / rates[early - 1].mean(axis=-1) for rates in
                   (effective_rates(method, seeds, 1.0, late) for method in (AdaDelta(), AdaGrad(1.0))))
    return Part(
        "no aggressive decay", SOURCE, above(
            delta / grad, f"From step {early} to step {late}, under noise, AdaDelta's effective rate is"
            f" multiplied by {medians(delta)}, AdaGrad's by {medians(grad)}."))


# C41: what Adam's steps depend on

def scale(seeds):
    """Adam's path when the loss is multiplied by a number.

    Set-up: bowls (see `stream`) without noise, 200 steps of rate 0.01, small constant 1e-8; the loss as it
    is, times 1000, and times 1e-9.
    Statistic: largest distance between the paths, over the length of the way. Claimed: 0, within a tenth.
    Arms: 1000, 1e-9.
    """
    steps, arms, data = 200, [], {}
    theta, gradient = stream(seeds, 0.0, steps)
    plain = path(Adam(0.01), theta.copy(), gradient, steps)
    way = np.linalg.norm(plain[-1] - plain[0], axis=-1)
    for factor, where in (1e3, "the gradients are well above δ"), (1e-9, "they are below δ"):
        scaled = path(Adam(0.01), theta.copy(), lambda at, k: factor * gradient(at, k), steps)
        off = np.linalg.norm(scaled - plain, axis=-1).max(axis=0) / way
        arms.append(same(off, f"The loss is multiplied by {number(factor)}: Adam's path moves by"
                         f" {medians(100 * off)} % of its way.", where, than=0.0, by=0.1))
        data[where] = off
    return Part("invariant to the scale", SOURCE, *arms, data)


def signal_to_noise(seeds):
    """The length of Adam's steps under noise.

    Set-up: gradient 1 plus noise of deviation 0, 1, 3 or 10, whatever the place; 1000 steps after 500, 10
    coordinates. In theory sqrt((1 - beta1) / (1 + beta1)) = 0.23 for noise alone.
    Statistic: root mean square step, noise 10 over noise 0. Claimed: below 1.
    """
    deviations, burn_in, steps = np.array([0, 1, 3, 10]), 500, 1500
    noise = gaussian(generators(seeds), steps, 1, P)
    points = path(Adam(1.0), np.zeros((len(seeds), len(deviations), P)),
                  lambda at, k: 1 + deviations[:, None] * noise[k], steps)
    length = np.sqrt((np.diff(points[burn_in:], axis=0) ** 2).mean(axis=(0, -1)))     # (seeds, deviations)
    return Part(
        "shorter steps under noise", SOURCE, below(
            length[:, -1] / length[:, 0], f"Noise {listed(deviations)} times the gradient: the steps are"
            f" {medians(length)} times ε."), data={"noise": deviations, "length": length})


def sparse(seeds):
    """The progress of a parameter that seldom has a gradient.

    Set-up: gradient 1 with probability p = 0.05, else 0, in one coordinate; always 1 in the other; 2000 steps
    of Adam and of SGD. In theory sqrt(p) and p, a factor 4.5.
    Statistic: way of the sparse coordinate over way of the dense one, Adam over SGD. Claimed: above 1.
    """
    steps, p = 2000, 0.05
    seen = draw(generators(seeds), lambda rng: (rng.random(steps) < p) * 1.0).T         # (steps, seeds)
    gradients = np.stack([seen, np.ones_like(seen)], axis=-1)
    ways = [np.abs(end(method, np.zeros((len(seeds), 2)), lambda at, k: gradients[k], steps))
            for method in (Adam(0.001), SGD(0.001))]
    adam, sgd = (way[:, 0] / way[:, 1] for way in ways)
    return Part(
        "sparse gradients", SOURCE, above(
            adam / sgd, f"A parameter has a gradient in {number(100 * p)} % of the steps. Adam moves it"
            f" {medians(adam)} times as far as one that always has, SGD {medians(sgd)} times."),
        data={"p": p, "Adam": adam, "SGD": sgd})


def changing(seeds):
    """The length of steps after the scale of the gradients has changed.

    Set-up: gradient 1 plus noise of deviation 1, whatever the place, 10 coordinates; from step 1000 on a
    tenth of that. Adam, beta2 = 0.999, and AdaGrad.
    Statistic: root mean square step, after the change over the 500 steps before it, Adam. Claimed: 1. Arms:
    steps 8001 to 9000, 1001 to 2000.
    """
    change, factor, window, steps = 1000, 0.1, 1000, 9000
    noise = gaussian(generators(seeds), steps, P)

    def gradient(at, k):
        return (factor if k >= change else 1) * (1 + noise[k])

    def ratios(method):
        points = path(method, np.zeros((len(seeds), P)), gradient, steps)
        squares = (np.diff(points, axis=0) ** 2).mean(axis=-1)
        before, soon, late = (np.sqrt(part.mean(axis=0)) for part in (
            squares[change - 500:change], squares[change:change + window], squares[-window:]))
        return soon / before, late / before

    (soon, late), (_, adagrad) = (ratios(method) for method in (Adam(1.0), AdaGrad(1.0)))
    return Part(
        "a change of scale", SOURCE, same(
            late, f"All gradients shrink to {factor} times their size. After {steps - window - change}"
            f" steps Adam's steps are {medians(late)} times as long as before, AdaGrad's"
            f" {medians(adagrad)} times.", "the memory of β₂ has run out"), same(
            soon, f"In the first {window} steps after the change they are {medians(soon)} times as long.",
            "it has not"))


# C58: bias correction

def first_steps(seeds):
    """The first ten steps of Adam without bias correction.

    Set-up: bowls, noise of deviation 0.1 (see `stream`); beta2 = 0.9, 0.99, 0.999, 0.9999; the largest step
    of any coordinate among the first ten, in units of the rate, which is 1e-4.
    Statistic: without over with correction. Claimed: above 1. Arms: beta2 = 0.999, 0.9.
    """
    beta2, rate, steps = np.array([0.9, 0.99, 0.999, 0.9999]), 1e-4, 10
    longest = []
    for correction in (False, True):
        theta, gradient = stream(seeds, 0.1, steps, len(beta2))
        method = Adam(rate, 0.9, column(beta2[:, None], theta), bias_correction=correction)
        longest.append(np.abs(np.diff(path(method, theta, gradient, steps), axis=0)).max(axis=(0, -1)) / rate)
    without, corrected = longest                                                      # (seeds, beta2)
    ratio = without / corrected
    return Part(
        "large first steps", SOURCE, above(
            ratio[:, 2], f"The longest of the first {steps} steps, without bias correction: for"
            f" β₂ = {', '.join(map(str, beta2))} it is {medians(without)} times ε; with it"
            f" {medians(corrected)}.",
            "β₂ is near one"), above(
            ratio[:, 0], f"For β₂ = {beta2[0]} it is {medians(ratio[:, 0])} times that with correction.",
            "it is not"), {"β₂": beta2, "ratio": ratio})


def divergence(seeds):
    """What becomes of the runs without bias correction.

    Set-up: see `small`, with tanh units, beta2 = 0.9999; rates in factors of 2; measured after every pass.
    Statistic: highest training loss after any pass over the first. (At the end a run that has been thrown far
    off may have come back part of the way.) "Often" diverges: claimed above 1. Arms: the rate that is best
    with correction, the one that is best without.
    """
    rates, beta2 = doubled(0.0005, 10), 0.9999
    corrected, without = (small(lambda lr: Adam(lr, 0.9, beta2, bias_correction=correction), rates, seeds,
                                TANH, 8).loss for correction in (True, False))
    highest, arms, data = without[1:].max(axis=0), [], {}
    best, own = Sweep(rates, corrected[-1]), Sweep(rates, without[-1])
    for sweep, name, where in ((best, "with correction", "ε is kept"),
                               (own, "without it", "ε is chosen anew")):
        first, peak, at_end = without[0, :, 0], sweep.pick(highest), sweep.pick(without[-1])
        arms.append(above(
            peak / first, f"β₂ = {beta2}, no correction, ε = {medians(sweep.at)}, best {name}: the"
            f" training loss of a small network, {medians(first)} at first, is at most {medians(peak)} after"
            f" a pass and {medians(at_end)} at the end.", where))
        data[where] = np.stack([peak, at_end], axis=1)
    return Part("it often diverges", SOURCE, *arms, data)


# C59: RMSProp with momentum

def not_adam(seeds):
    """The paths of Adam and of RMSProp with momentum on the rescaled gradient.

    Set-up: bowls, noise of deviation 0.1 (see `stream`), 300 steps; rho = beta2 = 0.999, momentum = beta1 =
    0.9, effective rates equal (0.01; the velocity sums up, Adam averages); and the same with gradients that
    are 0 in nine of ten steps.
    Statistic: largest distance of the two paths over the length of Adam's way. Claimed: above 0, by a tenth.
    Arms: a gradient in every step, in a tenth of them. Distance from Adam without bias correction, over that
    from Adam. Claimed: below 1.
    """
    steps, arms, closer, data = 300, [], [], {}
    for share, where in (1.0, "there is a gradient in every step"), (0.1, "there seldom is one"):
        theta, every = stream(seeds, 0.1, steps)
        seen = draw(generators(seeds), lambda rng: rng.random((steps, P)) < share)

        def gradient(at, k):
            return every(at, k) * seen[:, k]

        adam, uncorrected, other = (path(method, theta.copy(), gradient, steps) for method in (
            Adam(0.01), Adam(0.01, bias_correction=False), RMSPropMomentum(0.001, 0.999, 0.9)))
        way = np.linalg.norm(adam[-1] - adam[0], axis=-1)
        off, off_u = (np.linalg.norm(each - other, axis=-1).max(axis=0) / way for each in (adam, uncorrected))
        arms.append(above(
            off, f"Gradients in {number(100 * share)} % of the steps: the paths of Adam and of RMSProp with"
            f" momentum come apart by {medians(100 * off)} % of Adam's way.", where, than=0.0, by=0.1))
        closer.append(below(
            off_u / off, f"Adam without bias correction comes apart from it by {medians(100 * off_u)} %.",
            where))
        data[where] = off
    return (Part("two methods", SOURCE, *arms, data),
            Part("most of it is the bias correction", OURS, *closer))


# C69: the memory that sparse gradients need

def sparse_memory(seeds):
    """The least squares of rare features, with a short memory of squares and with a long one.

    Set-up: 10 parameters; in each of 3000 steps one example, each of whose features is there with probability
    p, then standard normal; targets with noise of deviation 0.1. Adam, beta2 = 0.9 and 0.999, each at its
    best rate of eleven; squared distance from the true parameters, mean of the last 300 steps.
    Statistic: 0.9 over 0.999. Claimed: above 1. Arms: p = 0.02, p = 1.
    """
    steps, window, noise, betas, rates = 3000, 300, 0.1, (0.9, 0.999), doubled(0.0005, 11)
    arms, data = [], {}
    for p, where in (0.02, "the gradients are sparse"), (1.0, "there is one in every step"):
        rngs = generators(seeds)
        true = draw(rngs, lambda rng: rng.standard_normal((1, P)))
        seen = draw(rngs, lambda rng: rng.random((steps, 1, P)) < p).swapaxes(0, 1)
        x = gaussian(rngs, steps, 1, P) * seen
        errors = noise * gaussian(rngs, steps, 1, 1)

        def gradient(at, k):
            return (((at - true) * x[k]).sum(axis=-1, keepdims=True) - errors[k]) * x[k]

        sweeps = []
        for beta2 in betas:
            theta = np.zeros((len(seeds), len(rates), P))
            far = [((at - true) ** 2).sum(axis=-1) for at in
                   run(Adam(column(rates[:, None], theta), 0.9, beta2), theta, gradient, steps)]
            sweeps.append(Sweep(rates, np.mean(far[-window:], axis=0)))
        short, long = sweeps
        arms.append(above(
            short.best / long.best, f"A feature is there in {number(100 * p)} % of the steps. With"
            f" β₂ = {betas[0]} Adam ends at a squared distance of {medians(short.best)} from the true"
            f" parameters, with {betas[1]} at {medians(long.best)}, each at its best ε.", where))
        data[where] = np.stack([short.at, long.at], axis=1)
    return Part("sparse gradients need a long memory", SOURCE, *arms, data)


# The runs

def bowl(rngs):
    """Curvatures between 0.1 and 1 along the coordinates, and a start: (seeds, P) each."""
    return draw(rngs, lambda rng: 10 ** rng.uniform(-1, 0, P)), draw(rngs, lambda rng: rng.standard_normal(P))


def stream(seeds, noise, steps, settings=None):
    """A start in a `bowl` for each seed (and setting), and its gradient under noise of this deviation."""
    rngs = generators(seeds)
    curvatures, theta = bowl(rngs)
    draws = noise * gaussian(rngs, steps, P)
    if settings is not None:
        curvatures, draws = curvatures[:, None], draws[:, :, None]
        theta = np.repeat(theta[:, None], settings, axis=1)
    return theta, lambda at, k: curvatures * at + draws[k]


def effective_rates(method, seeds, noise, steps):
    """The factor of the gradient in every step and coordinate of a noisy `stream`: (steps, seeds, P)."""
    theta, gradient = stream(seeds, noise, steps)
    return np.stack([np.sqrt(method.u + method.eps) / np.sqrt(method.r + method.eps)
                     if isinstance(method, AdaDelta) else method.lr / (np.sqrt(method.r) + method.eps)
                     for _ in run(method, theta, gradient, steps)])


STEEP, FACTOR = 10, 100


@lru_cache(maxsize=8)
def after_steep(method, seeds):
    """Sweeps of the loss at the end, in bowls and behind a steep part; steps until the loss stays below a
    hundredth of the first, (2, seeds, rates).

    500 steps in bowls of `stream`, begun three times as far away, noise of deviation 0.1; the loss at the end
    is the mean of the last 50 steps. In the steep part, the first ten steps, gradients point anywhere and are
    100 times as large as those at the start. (Were it the same bowl, only steeper, a huge rate would solve it
    there.)
    """
    steps, rates = 500, doubled(0.001, 21)
    rngs = generators(seeds)
    curvatures = bowl(rngs)[0][:, None]
    anywhere = gaussian(rngs, STEEP, 1, P)
    sweeps, counts = [], []
    for steep in (0, STEEP):
        theta, calm = stream(seeds, 0.1, steps, len(rates))
        theta *= 3
        size, first = np.abs(curvatures * theta), (curvatures * theta**2).sum(axis=-1) / 2

        def gradient(at, k):
            return FACTOR * size * anywhere[k] if k < steep else calm(at, k)

        losses = np.stack([(curvatures * at**2).sum(axis=-1) / 2 for at in
                           run(method(column(rates[:, None], theta)), theta, gradient, steps)])
        sweeps.append(Sweep(rates, losses[-50:].mean(axis=0)))
        counts.append(last(losses > first / 100) + 1)
    return *sweeps, np.stack(counts)


CLAIMS = (
    Claim("C18", 6, "S0 AdaGrad",
          "Rates that shrink with the root of the summed squares give more progress along gentle slopes.",
          (gentle_slopes,)),
    Claim("C19", 6, "S0 AdaGrad, S2 AdaGrad",
          "AdaGrad's rate goes to zero: fine on convex problems, too early in deep networks.",
          (never_recovers, deep_and_convex)),
    Claim("C20", 6, "S0 RMSProp",
          "RMSProp forgets the far past, so it converges rapidly once it has found a bowl.",
          (forgets,)),
    Claim("C40", 6, "S1 AdaDelta",
          "AdaDelta is less sensitive to its settings than AdaGrad, whose rate may fall too aggressively.",
          (adadelta_range, adadelta_constant, adadelta_decay)),
    Claim("C41", 6, "S1 Adam",
          "Adam is invariant to the scale of the gradients, takes shorter steps the noisier they are, and"
          " copes with sparse gradients and objectives that change.",
          (scale, signal_to_noise, sparse, changing)),
    Claim("C56", 6, "S2 AdaGrad",
          "AdaGrad is sensitive to its first gradients. A larger rate combats this, and makes the method"
          " sensitive to the rate.",
          (first_gradients,)),
    Claim("C57", 6, "S2 RMS Prop", "AdaGrad's rates only fall, RMSProp's do not.", (monotone,)),
    Claim("C58", 6, "S2 Adam",
          "Without bias correction the first steps are very large for β₂ near 1, and often diverge.",
          (first_steps, divergence)),
    Claim("C59", 6, "S2 Adam", "RMSProp with momentum on the rescaled gradient is not Adam.", (not_adam,)),
    Claim("C69", 6, "S2 Adam", "A β₂ close to 1 is required where gradients are sparse.", (sparse_memory,)),
)
