"""Lecture 5: the experiments behind claims C15, C16, C17 and C55.

Each experiment is a function of a tuple of seeds. Its docstring says what is set up, which statistic is
taken, one value per seed, and what would refute the claim. alpha is the momentum, lr the rate (the lecture's
epsilon), lambda a curvature, kappa the condition number; lr / (1 - alpha) is called the effective rate.
"""

import numpy as np

from course_lib import datasets, losses
from course_lib.layers import Dense, ReLU
from course_lib.network import Network
from course_lib.optimizers import SGD, Momentum, Nesterov
from course_lib.problems import Rosenbrock
from course_lib.schedules import constant, linear
from course_lib.training import train

from .measurement import (ROUNDING, TENTH, Claim, Finding, judge, listed, medians, mostly, number,
                          spread)
from .runs import (column, cosine, draw, end, exponent, farthest, first, gaussian, generators, last, path,
                   run, running_mean)

ALPHAS = np.array([0.5, 0.9, 0.99])                       # "in practice" (S0)
ALPHA = 0.9                                               # "commonly" (S1)
RATES = np.array([0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.3])     # times lambda_max: stable for both methods
P = 10                                                    # dimension of the random bowls


# C15: where gradient descent is slow

def curvature(seeds):
    """Iterations to a target against the condition number.

    Set-up: random bowls (see `bowls`), kappa from 10 to 1000; gradient descent at its best rate, momentum
    with alpha 0.5, 0.9 and Polyak's best for that kappa, each at the best rate for its alpha.
    Statistic: p in iterations ~ kappa^p, with the best alpha, until the distance stays below 1e-4.
    Refuted where p is not nearer to 1/2 than to 1, or that of gradient descent not nearer to 1. Holds only if
    alpha grows with kappa where p is nearer to 1 again for alpha = 0.5 (best for kappa = 34), from 100 on.
    """
    kappas = np.array([10, 30, 100, 300, 1000])
    counts = []
    for kappa in kappas:
        alphas = np.array([0.5, ALPHA, polyak(kappa)])
        descent = iterations(SGD, seeds, kappa, np.array([2 / (1 + kappa)]))
        momentum = iterations(Momentum, seeds, kappa, 2 * (1 + alphas) / (1 + kappa), alphas)
        counts.append(np.concatenate([descent, momentum], axis=1))
    counts = np.stack(counts, axis=-1)                                # (seeds, methods, kappas)
    descent, matched = exponent(kappas, counts[:, 0]), exponent(kappas, counts[:, 3])
    steep = kappas >= 100
    fixed = exponent(kappas[steep], counts[:, 1, steep])
    works = mostly((matched < 0.75) & (descent > 0.75))
    ratio = np.median(counts[:, 2] / counts[:, 0], axis=0)
    return Finding(
        "high curvature", "exponent p in iterations ~ κ^p, momentum with the best α for each κ", matched,
        *judge(works and mostly(fixed < 0.75), works, "α grows with κ"),
        f"Gradient descent: p = {medians(descent)}. α kept at 0.5: p = {medians(fixed)} from κ ="
        f" {number(kappas[steep][0])} on. α kept at {ALPHA} takes {number(ratio[-1])} times the iterations"
        f" of gradient descent at κ = {number(kappas[-1])} and {number(ratio[0])} times at"
        f" κ = {number(kappas[0])}.",
        {"kappa": kappas, "gradient descent": counts[:, 0], "alpha 0.5": counts[:, 1],
         f"alpha {ALPHA}": counts[:, 2], "best alpha": counts[:, 3]})


def consistent(seeds):
    """Distance covered down a gentle slope.

    Set-up: a valley of curvature 1 whose floor descends with a constant slope, of a size from 1e-4 to 1e-2;
    gradient noise as large as the slope, the same for both methods; a rate from 0.5 to 1; 500 steps. And SGD
    at the effective rate of momentum, 50 steps: as fast down the slope, but it must also hold the valley.
    Statistic: distance down the slope, momentum 0.9 over SGD, same rate; nearly 1 / (1 - alpha) in theory.
    Refuted where it is less than half of that.
    """
    steps = 500
    rngs = generators(seeds)
    slope = draw(rngs, lambda rng: 10 ** rng.uniform(-4, -2, 1))
    rate = draw(rngs, lambda rng: rng.uniform(0.5, 1, 1))
    noise = slope * gaussian(rngs, steps, 2)

    def gradient(theta, k):                                           # theta: along the valley, across it
        return theta * [0, 1] - slope * [1, 0] + noise[k]

    def travelled(optimizer, steps):
        return end(optimizer, np.zeros((len(seeds), 2)), gradient, steps)

    slow, fast = travelled(SGD(rate), steps)[:, 0], travelled(Momentum(rate, ALPHA), steps)[:, 0]
    thrown = np.abs(travelled(SGD(rate / (1 - ALPHA)), 50)[:, 1]) > 1e6 * slope[:, 0]
    gain = 1 / (1 - ALPHA)
    formula = gain - ALPHA * (1 - ALPHA**steps) * gain**2 / steps     # the start-up takes its share
    return Finding(
        "small consistent gradients",
        f"distance down a gentle slope in {steps} steps, momentum {ALPHA} / SGD, same ε", fast / slow,
        *judge(mostly(fast / slow > gain / 2)),
        f"In theory {number(formula)}, for a slope of any size. SGD with the rate ε/(1 − α) would be as fast,"
        f" but is thrown out of the valley in {thrown.sum()} of {len(seeds)} seeds.",
        {"slope": slope[:, 0], "SGD": slow, "momentum": fast, "thrown out": thrown})


def noise_time(seeds):
    """Iterations to a target under gradient noise, each method at its best rate.

    Set-up: bowls (see `spectra`), kappa = 100, largest curvature 1, the same loss in each direction at the
    start; noise of deviation 0.003, 0.1 or 0.3 on each entry of the gradient; 3 runs a seed. SGD at ten
    rates, up to just below its limit of stability, 2; momentum 0.9 at the same effective rates and eight
    larger ones (its limit is 38).
    Statistic: iterations of SGD over those of momentum, at the best rate of each, until the loss, averaged
    over the runs and 50 steps, is 2 % of the first; at the strongest noise.
    Refuted where momentum is not a tenth faster. Holds only if the noise is weak where it is faster at the
    weakest noise, and not at the strongest.
    """
    deviations, horizons, repeats = np.array([0.003, 0.1, 0.3]), (500, 1000, 3000), 3
    effective = 1.9 * 2 ** (np.arange(-9, 9) / 2)
    compared = (SGD, effective[effective < 2], ()), (Momentum, effective, (ALPHA,))
    speedup, best = [], []
    for deviation, horizon in zip(deviations, horizons):
        rngs = generators(seeds)
        curvatures = 1 / spectra(rngs, 100)[:, None, None]            # (seeds, rates, repeats, P)
        noise = deviation * gaussian(rngs, horizon, 1, repeats, P)
        counts = []
        for method, rates, alpha in compared:
            theta = np.broadcast_to(curvatures**-0.5, (len(seeds), len(rates), repeats, P)).copy()
            optimizer = method(column((1 - sum(alpha)) * rates[:, None, None], theta), *alpha)
            loss = np.stack([(curvatures * theta**2).mean(axis=(-2, -1)) for theta in
                             run(optimizer, theta, lambda at, k: curvatures * at + noise[k], horizon)])
            counts.append(first(running_mean(loss, 50) <= 0.02))      # (seeds, rates); the loss starts at 1
        speedup.append(counts[0].min(axis=1) / counts[1].min(axis=1))
        best.append([rates[count.argmin(axis=1)] for (_, rates, _), count in zip(compared, counts)])
    speedup = np.stack(speedup, axis=1)                               # (seeds, deviations)
    best = np.moveaxis(best, 0, -1)                                   # (methods, seeds, deviations)
    weak, strong = mostly(speedup[:, 0] > TENTH), mostly(speedup[:, -1] > TENTH)
    return Finding(
        "noisy gradients: time",
        f"iterations to a target, SGD / momentum {ALPHA}, best ε of each, strong noise", speedup[:, -1],
        *judge(weak and strong, weak, "the noise is weak: the limit of stability sets ε, not the noise"),
        f"With noise {listed(deviations)} on the gradient momentum is {medians(speedup)} times as fast."
        f" Its best ε/(1 − α) is {medians(best[1])}; the best ε of SGD is {medians(best[0])}.",
        {"noise": deviations, "speedup": speedup, "best rate of SGD": best[0],
         "best effective rate of momentum": best[1]})


def noise_floor(seeds):
    """The loss at which a constant rate settles under gradient noise.

    Set-up: bowls, kappa = 10, largest curvature 1, started at the minimum; noise of deviation 1 on each entry
    of the gradient; SGD at rates 0.1 and 1.8 (its limit of stability is 2), momentum 0.9 at the same rate and
    at the same effective rate; 4 runs a seed, averaged over 1500 steps after 500.
    Statistic: mean loss, momentum over SGD, at the effective rate 0.1.
    Refuted where momentum does not settle a tenth lower. Holds only near the limit where it does so at the
    effective rate 1.8, and not at 0.1.
    """
    rates, repeats, burn_in, steps = np.array([0.1, 1.8]), 4, 500, 2000
    rngs = generators(seeds)
    curvatures = 1 / spectra(rngs, 10)[:, None, None]                 # (seeds, rates, repeats, P)
    noise = gaussian(rngs, steps, 1, repeats, P)

    def total_loss(method, lr, *alpha):
        theta = np.zeros((len(seeds), len(lr), repeats, P))
        optimizer = method(column(lr[:, None, None], theta), *alpha)
        total = 0.0
        for k, theta in enumerate(run(optimizer, theta, lambda at, k: curvatures * at + noise[k], steps)):
            if k >= burn_in:
                total = total + (curvatures * theta**2).mean(axis=(-2, -1))
        return total

    sgd = total_loss(SGD, rates)
    same = total_loss(Momentum, rates, ALPHA) / sgd
    effective = total_loss(Momentum, rates * (1 - ALPHA), ALPHA) / sgd
    at_same, slow, near_limit = (mostly(ratio < 1 / TENTH) for ratio in (same[:, 0], *effective.T))
    return Finding(
        "noisy gradients: floor",
        f"loss where it settles, momentum {ALPHA} / SGD, same ε/(1 − α) = {number(rates[0])}",
        effective[:, 0],
        *judge(at_same and slow and near_limit, near_limit,
               "ε/(1 − α) is near the largest ε that SGD can take"),
        f"With the same ε momentum settles {medians(same[:, 0])} times as high. With the same ε/(1 − α) ="
        f" {listed(rates)} the ratio is {medians(effective)} (SGD's limit of stability is 2).",
        {"rate": rates, "ratio, same rate": same, "ratio, same effective rate": effective})


def noise_direction(seeds):
    """How well a single update points downhill.

    Set-up: SGD and momentum 0.9 at the same effective rate, 0.1. On a slope: a constant gradient, noise as
    large on each of its 10 entries as all of it. At the floor: bowls and noise of `noise_floor`. 4 runs a
    seed, 1000 steps after 200.
    Statistic: mean cosine of the update and the true downhill direction, momentum over SGD, on the slope.
    Refuted where it is not a tenth above 1. Holds only on the slope where it is not so at the floor.
    """
    rate, repeats, burn_in, steps = 0.1, 4, 200, 1200
    rngs = generators(seeds)
    curvatures = 1 / spectra(rngs, 10)[:, None]                       # (seeds, repeats, P)
    noise = gaussian(rngs, steps, repeats, P)
    constant_gradient = np.eye(P)[0]

    def aligned(optimizer, true):
        theta = np.zeros((len(seeds), repeats, P))
        points = path(optimizer, theta, lambda at, k: true(at) + noise[k], steps)[burn_in:]
        return cosine(np.diff(points, axis=0), -true(points[:-1])).mean(axis=(0, -1))

    def both(true):
        momentum = Momentum(rate * (1 - ALPHA), ALPHA)
        return np.stack([aligned(SGD(rate), true), aligned(momentum, true)], axis=1)

    slope, floor = both(lambda at: constant_gradient + 0 * at), both(lambda at: curvatures * at)
    on_slope, at_floor = slope[:, 1] / slope[:, 0], floor[:, 1] / floor[:, 0]
    works = mostly(on_slope > TENTH)
    return Finding(
        "noisy gradients: direction",
        f"cosine of update and downhill, momentum {ALPHA} / SGD, on a slope", on_slope,
        *judge(works and mostly(at_floor > TENTH), works,
               "the gradient stays the same for about 1/(1 − α) steps"),
        f"On the slope the cosine is {medians(slope[:, 1])} instead of {medians(slope[:, 0])}: the noise"
        f" averages out. At the floor of a bowl, where the gradient keeps turning, the ratio is"
        f" {medians(at_floor)}.",
        {"cosine on the slope (SGD, momentum)": slope, "cosine at the floor (SGD, momentum)": floor})


def digits(seeds):
    """A real network: the training loss after a few passes, each method at its best rate.

    Set-up: 64-16-10 ReLU network on the digits, 1 pass at batch size 16 (90 updates, noisy gradients), and 5
    passes at 128 (60 updates, less noise); effective rates in factors of 2, from 0.1 to 0.8, at batch size
    128 for momentum to 3.2; at every rate the same start and the same order of examples.
    Statistic: lowest training loss of momentum 0.9 over lowest of SGD, batch size 128.
    Refuted where it is not a tenth lower. Holds only if batches are large where at batch size 16 it is not.
    """
    data = datasets.load("digits")

    def network(rng, runs=None):
        return Network([Dense(64, 16), ReLU(), Dense(16, 10)], losses.softmax_cross_entropy, rng, runs)

    def trained(optimizer, passes, batch):
        rngs = generators(seeds)
        networks = network(np.random.default_rng(0), runs=len(seeds))
        networks.theta[:] = draw(rngs, lambda rng: network(rng).theta)
        records = train(networks, data, optimizer, epochs=passes, batch_size=batch, rng=rngs)
        return list(records)[-1].loss

    kept, ratio = {}, {}
    for batch, passes, most in ((16, 1, 4), (128, 5, 6)):
        rates = 0.1 * 2.0 ** np.arange(most)
        sgd = np.stack([trained(SGD(rate), passes, batch) for rate in rates[:4]], axis=1)
        momentum = np.stack([trained(Momentum(rate * (1 - ALPHA), ALPHA), passes, batch) for rate in rates],
                            axis=1)
        ratio[batch] = np.nanmin(momentum, axis=1) / np.nanmin(sgd, axis=1)
        kept |= {f"effective rate, batch size {batch}": rates, f"SGD, batch size {batch}": sgd,
                 f"momentum, batch size {batch}": momentum}
    small, large = mostly(ratio[16] < 1 / TENTH), mostly(ratio[128] < 1 / TENTH)
    return Finding(
        "on the digits network",
        f"training loss after 5 passes, momentum {ALPHA} / SGD, best ε of each, batch size 128", ratio[128],
        *judge(small and large, large, "batches are large"),
        f"At batch size 16, after 1 pass, the ratio is {spread(ratio[16])}.", kept)


# C16: what alpha sets

def share(seeds):
    """How long one gradient stays in the velocity.

    Set-up: random gradients that do not depend on the place, twice, the second time with a larger first one;
    the difference of the velocities is the share of that one gradient.
    Statistic: half-life of its length (see `half_life`) over ln 2 / -ln alpha, worst of three alphas (0.5,
    0.9, 0.99). Refuted where it is off by more than 1 %.
    """
    halves = np.stack([half_life(seeds, alpha, 0) for alpha in ALPHAS], axis=1)
    worst = farthest(halves / (np.log(2) / -np.log(ALPHAS)))
    return Finding(
        "share in the velocity",
        "half-life of one gradient in the velocity / (ln 2/−ln α), the worst of three α", worst,
        *judge(mostly(np.abs(worst - 1) < 0.01)),
        f"For α = {listed(ALPHAS)} half of a gradient is forgotten after {medians(halves)} steps.",
        {"alpha": ALPHAS, "half-life": halves})


def influence(seeds):
    """How long one gradient moves the path, where later gradients depend on the place.

    Set-up: that of `share`, in a bowl with random curvatures, lr lambda from 0.2 to 2.
    Statistic: half-life of the difference of the velocities over ln 2 / -ln alpha, alpha = 0.9. The roots
    have modulus sqrt(alpha) in a bowl where momentum oscillates: 2 in theory.
    Holds where it is 1 within a tenth. Holds only for gradients that do not depend on the place where it is
    so for those; refuted where it is not.
    """
    formula = np.log(2) / -np.log(ALPHAS)
    bowl = np.stack([half_life(seeds, alpha, 1) for alpha in ALPHAS], axis=1) / formula
    flat = half_life(seeds, ALPHA, 0) / formula[ALPHAS == ALPHA]
    as_formula = [mostly((ratio < TENTH) & (ratio > 1 / TENTH)) for ratio in (bowl[:, 1], flat)]
    return Finding(
        "influence on the path",
        f"half-life of one gradient's effect in a bowl / (ln 2/−ln α), α = {ALPHA}", bowl[:, 1],
        *judge(*as_formula, "later gradients do not depend on where this one has led"),
        f"For α = {listed(ALPHAS)} the ratio is {medians(bowl)}: in a bowl in which momentum oscillates the"
        " effect shrinks by √α per step, not by α.",
        {"alpha": ALPHAS, "ratio": bowl})


def terminal(seeds):
    """The speed reached under a constant gradient.

    Set-up: gradient and rate random, each over two decades; noise as large as the gradient; alpha = 0.5, 0.9,
    0.99. Mean velocity of 2000 steps after 1000; and the same without noise, for the time to 99 %.
    Statistic: that speed over lr g / (1 - alpha), the worst of the three alphas.
    Refuted where it is off by more than a tenth (2000 noisy gradients leave an error of about 2 %).
    """
    burn_in, steps = 1000, 3000
    rngs = generators(seeds)
    g = draw(rngs, lambda rng: 10 ** rng.uniform(-2, 0, (1, 1)))      # (seeds, alphas, 1)
    rate = draw(rngs, lambda rng: 10 ** rng.uniform(-3, -1, (1, 1)))
    noise = g * gaussian(rngs, steps, 1, 1)
    alphas = ALPHAS[:, None]

    def speed(noise):
        theta = np.zeros((len(seeds), len(ALPHAS), 1))
        optimizer = Momentum(column(rate, theta), column(alphas, theta))
        points = path(optimizer, theta, lambda at, k: noise[k] - g + 0 * at, steps)
        return (np.diff(points, axis=0) / (rate * g / (1 - alphas)))[..., 0]

    calm = speed(0 * noise)
    ratio, reached = speed(noise)[burn_in:].mean(axis=0), first(calm >= 0.99)
    worst = farthest(ratio)
    return Finding(
        "terminal speed",
        "speed under a constant, noisy gradient g / (ε g/(1 − α)), the worst of three α", worst,
        *judge(mostly(np.abs(worst - 1) < 0.1)),
        f"For α = {listed(ALPHAS)} the ratio is {medians(ratio)}; without noise 99 % of it is reached after"
        f" {medians(reached)} steps.",
        {"alpha": ALPHAS, "ratio": ratio, "steps to 99 %": reached,
         "speed without noise": np.moveaxis(calm, 0, -1)})


# C17: Nesterov's correction

def overshoot(seeds):
    """How far the path swings past the minimum.

    Set-up: random ravines (see `ravines`); alpha = 0.5, 0.9, 0.99; lr lambda_max from 0.2 to 1.3, 7 rates.
    Statistic: largest distance past the minimum along an eigen-direction, over the first distance along it:
    Nesterov over momentum with the same alpha and rate, both averaged over all settings. Refuted where it is
    not below 1.
    """
    _, momentum, nesterov = ravines(seeds, 400)
    past = [m["overshoot"] for m in (momentum, nesterov)]
    crossed = [m["crossings"][:, ALPHAS == ALPHA].mean() for m in (momentum, nesterov)]
    ratio = past[1].mean(axis=(1, 2)) / past[0].mean(axis=(1, 2))
    no_farther = (past[1] <= past[0] + ROUNDING).mean()
    return Finding(
        "overshoot",
        "distance past the minimum, Nesterov / momentum, same α and ε, mean of all settings", ratio,
        *judge(mostly(ratio < 1)),
        f"Nesterov swings no farther in {number(100 * no_farther)} % of the settings. With α = {ALPHA} it"
        f" crosses the minimum along the steep direction {number(crossed[1])} times in the mean, momentum"
        f" {number(crossed[0])} times.",
        {"alpha": ALPHAS, "rate": RATES, "momentum": past[0], "Nesterov": past[1]})


def correction(seeds):
    """Iterations to a target with the same alpha and rate.

    Set-up: that of `overshoot`. In some settings momentum oscillates even along the flat direction, lr
    lambda_min > (1 - sqrt(alpha))^2; in the others it creeps there.
    Statistic: iterations until the distance stays below 1e-3 of the first, Nesterov over momentum, geometric
    mean over the rates, alpha = 0.9. Refuted where it is not below 1 in the mean of all settings in which
    momentum oscillates. Holds only if it oscillates where it is not so in the others.
    """
    kappa, momentum, nesterov = ravines(seeds, 2500)
    ratio = nesterov["iterations"] / momentum["iterations"]          # (seeds, alphas, rates)
    oscillates = RATES / kappa[:, None, None] > (1 - np.sqrt(ALPHAS[:, None])) ** 2
    fewer, fewer_creeping = (ratio[oscillates] < 1).mean(), (ratio[~oscillates] < 1).mean()
    works, works_creeping = (mostly(np.where(where, np.log(ratio), 0).sum(axis=(1, 2)) < 0)
                             for where in (oscillates, ~oscillates))
    typical = np.exp(np.log(ratio).mean(axis=-1))
    return Finding(
        "iterations",
        f"iterations to a target, Nesterov / momentum, same α and ε, α = {ALPHA}", typical[:, 1],
        *judge(works and works_creeping, works,
               "momentum oscillates along the flattest direction too, ε λ_min > (1 − √α)²"),
        f"Nesterov needs fewer in {number(100 * fewer)} % of the settings in which momentum oscillates there,"
        f" and in {number(100 * fewer_creeping)} % of the others. For α = {listed(ALPHAS)} the ratio is"
        f" {medians(typical)}.",
        {"alpha": ALPHAS, "rate": RATES, "kappa": kappa, "ratio": ratio, "oscillates": oscillates})


def stability(seeds):
    """The largest stable rate (S1: Nesterov's method answers instabilities of momentum).

    Set-up: one direction, curvature and start random. 50 rates at once, then 50 between the last stable one
    and the next. Stable: after 1000 steps no farther away than ten times the first distance.
    Statistic: largest stable rate, Nesterov over momentum, alpha = 0.9. In theory 1 / (1 + 2 alpha). Refuted
    where it is not above 1.
    """
    rngs = generators(seeds)
    curvatures = draw(rngs, lambda rng: 10 ** rng.uniform(-1, 1, (1, 1, 1)))
    start = draw(rngs, lambda rng: rng.standard_normal((1, 1, 1)))
    grid = np.linspace(0, 1, 50)[:, None]
    limits = []
    for method in (Momentum, Nesterov):
        low, high = np.full((len(seeds), len(ALPHAS), 1, 1), 0.5), 8.0
        for _ in range(2):
            rates = low * (high / low) ** grid                       # times lambda: (seeds, alphas, rates, 1)
            theta = np.broadcast_to(start, rates.shape).copy()
            optimizer = method(column(rates / curvatures, theta), column(ALPHAS[:, None, None], theta))
            with np.errstate(over="ignore", invalid="ignore"):
                theta = end(optimizer, theta, lambda at, k: curvatures * at, 1000)
            stable = np.abs(theta) <= 10 * np.abs(start)
            high = np.where(stable, np.inf, rates).min(axis=2, keepdims=True)
            low = np.where(rates < high, rates, 0).max(axis=2, keepdims=True)
        limits.append(low[:, :, 0, 0])
    ratio = limits[1] / limits[0]
    return Finding(
        "higher rates",
        f"largest stable ε, Nesterov / momentum, α = {ALPHA}", ratio[:, 1],
        *judge(mostly(ratio[:, 1] > 1)),
        f"For α = {listed(ALPHAS)} momentum is stable up to ε λ = {medians(limits[0])}, Nesterov up to"
        f" {medians(limits[1])}. In theory the ratio is 1/(1 + 2α) = {listed(1 / (1 + 2 * ALPHAS))}.",
        {"alpha": ALPHAS, "momentum": limits[0], "Nesterov": limits[1]})


def tuned(seeds):
    """Iterations to a target, each method with its own best alpha and rate.

    Set-up: random bowls, kappa = 1000. Momentum at Polyak's optimum, Nesterov at its own (Lessard, Recht &
    Packard 2016): lr = 4 / (3 lambda_max + lambda_min), alpha = (r - 2) / (r + 2) with r = sqrt(3 kappa + 1).
    Statistic: iterations, Nesterov over momentum, until the distance stays below 1e-4 of the first; sqrt(3)
    in theory for ever smaller targets. Refuted where it is not below 1.
    """
    kappa, targets = 1000, np.array([1e-2, 1e-4, 1e-8])
    alpha, r = polyak(kappa), np.sqrt(3 * kappa + 1)
    momentum, nesterov = (
        np.concatenate([iterations(method, seeds, kappa, np.array([rate]), np.array([alpha]), target, 2000)
                        for target in targets], axis=1)
        for method, rate, alpha in ((Momentum, 2 * (1 + alpha) / (1 + kappa), alpha),
                                    (Nesterov, 4 / (3 * kappa + 1), (r - 2) / (r + 2))))
    ratio = nesterov / momentum
    return Finding(
        "both tuned",
        f"iterations to a target, Nesterov / momentum, best ε, α of each, κ = {number(kappa)}", ratio[:, 1],
        *judge(mostly(ratio[:, 1] < 1)),
        f"For the targets {listed(targets)} the ratio is {medians(ratio)}. This is a quadratic bowl whose"
        " extreme curvatures are known.",
        {"target": targets, "momentum": momentum, "Nesterov": nesterov})


# C55: the look-ahead form

def constant_settings(seeds):
    """S2's form against Nesterov's method, the rate and the momentum constant.

    Set-up: a random bowl (kappa = 100) and Rosenbrock's valley; starts, rates and momenta random; 300 steps.
    Statistic: largest distance of S2's w from theta + mu v, over the first distance from the minimum; the
    larger of the two surfaces. Refuted where it is more than rounding, 1e-12.
    """
    gap, _ = look_ahead_gaps(seeds)
    return Finding(
        "constant ε and μ", "largest distance of w from θ + μ v / first distance from the minimum", gap,
        *judge(mostly(gap < ROUNDING)),
        "In a bowl and in Rosenbrock's valley.")


def changing_rate(seeds):
    """As `constant_settings`, the rate falling to a tenth over the first 200 steps."""
    gap, _ = look_ahead_gaps(seeds, linear(1.0, 0.1, 200))
    return Finding(
        "changing ε", "largest distance of w from θ + μ v / first distance from the minimum", gap,
        *judge(mostly(gap < ROUNDING)),
        "The rate falls linearly: it multiplies the new gradient only, in both forms.")


def changing_momentum(seeds):
    """As `constant_settings`, with mu raised once, at step 20, half-way to 1.

    Holds only for constant mu where w is off by more than rounding, and not so with the mu of the next step
    in (1 + mu).
    """
    gap, repaired = look_ahead_gaps(seeds, raised_at=20)
    return Finding(
        "changing μ", "largest distance of w from θ + μ v / first distance from the minimum", gap,
        *judge(mostly(gap < ROUNDING), mostly(repaired < ROUNDING),
               "μ is constant, or its next value stands in (1 + μ)"),
        f"μ is raised once, half-way to 1. With the next μ in (1 + μ) the distance is {medians(repaired)}.",
        {"repaired": repaired})


# The surfaces, and the runs on them

def spectra(rngs, kappa):
    """Eigenvalues (seeds, P): 1, kappa, and the others between them, uniform in the logarithm."""
    return draw(rngs, lambda rng: kappa ** np.concatenate([[0.0], rng.uniform(size=P - 2), [1.0]]))


def bowls(seeds, kappa):
    """Random quadratic bowls, minimum at 0: Hessians (seeds, P, P) with random axes, starts (seeds, P)."""
    rngs = generators(seeds)
    eigenvalues = spectra(rngs, kappa)
    axes = np.linalg.qr(draw(rngs, lambda rng: rng.standard_normal((P, P))))[0]
    A = np.einsum("sik,sk,sjk->sij", axes, eigenvalues, axes)
    return A, draw(rngs, lambda rng: rng.standard_normal(P))


def polyak(kappa):
    """The best alpha for a bowl: ((sqrt(kappa) - 1) / (sqrt(kappa) + 1))^2."""
    return ((np.sqrt(kappa) - 1) / (np.sqrt(kappa) + 1)) ** 2


def iterations(method, seeds, kappa, rates, alphas=None, target=1e-4, steps=None):
    """Iterations until the distance from a bowl's minimum is below target times the first, for good."""
    A, start = bowls(seeds, kappa)
    theta = np.repeat(start[:, None], len(rates), axis=1)
    settings = (rates,) if alphas is None else (rates, alphas)
    optimizer = method(*(column(setting[:, None], theta) for setting in settings))
    squares = np.stack([(theta**2).sum(axis=-1) for theta in run(
        optimizer, theta, lambda at, k: np.einsum("sij,srj->sri", A, at), steps or 6 * kappa + 300)])
    return last(~(squares < target**2 * (start**2).sum(axis=-1, keepdims=True))) + 1   # nan is not below


def ravines(seeds, steps):
    """Momentum and Nesterov in random ravines: condition number 10 to 100 (lambda_max 1), direction, start.

    Gives the condition numbers (seeds,), and for each method a dictionary of arrays (seeds, alphas, rates):
    "iterations" until the distance stays below 1e-3 of the first; "overshoot", the largest distance past the
    minimum along an eigen-direction over the first along it; "crossings" of the minimum along the steep one,
    until the distance along it is 1 % of the first.
    """
    rngs = generators(seeds)
    kappa = draw(rngs, lambda rng: 10 ** rng.uniform(1, 2))
    angle = draw(rngs, lambda rng: rng.uniform(0, 2 * np.pi))
    axes = np.moveaxis(np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]), -1, 0)
    A = np.einsum("sik,sk,sjk->sij", axes, np.stack([1 / kappa, kappa**0], axis=1), axes)
    start = draw(rngs, lambda rng: rng.standard_normal((1, 1, 2)))
    results = []
    for method in (Momentum, Nesterov):
        theta = np.broadcast_to(start, (len(seeds), len(ALPHAS), len(RATES), 2)).copy()
        optimizer = method(column(RATES[:, None], theta), column(ALPHAS[:, None, None], theta))
        points = path(optimizer, theta, lambda at, k: np.einsum("sij,sarj->sari", A, at), steps)
        along = np.einsum("sji,tsarj->tsari", axes, points) / np.einsum("sji,sarj->sari", axes, start)
        distance = np.linalg.norm(points, axis=-1)
        steep = along[..., 1]
        until = last(np.abs(steep) >= 0.01)
        number = np.arange(2, len(steep) + 1)[:, None, None, None]
        results.append({"iterations": last(~(distance[1:] < 1e-3 * distance[0])) + 1,
                        "overshoot": np.maximum(-along, 0).max(axis=(0, -1)),
                        "crossings": ((steep[1:] * steep[:-1] < 0) & (number <= until)).sum(axis=0)})
    return kappa, *results


def half_life(seeds, alpha, bowl):
    """Steps in which the effect of one gradient on the velocity halves: (seeds,). bowl: 1, or 0 for none.

    Two runs with the same random gradients, the first gradient of the second run larger; a line through the
    log length of the difference of their velocities, over the time in which alpha^k falls to 1e-4.
    """
    rngs = generators(seeds)
    steps = int(np.ceil(np.log(1e-4) / np.log(alpha)))
    curvatures = bowl * draw(rngs, lambda rng: rng.uniform(0.2, 2.0, (1, P)))
    g = gaussian(rngs, steps, 1, P)
    larger = np.array([[0.0], [1.0]]) * draw(rngs, lambda rng: rng.standard_normal((1, P)))   # (seeds, 2, P)
    points = path(Momentum(1.0, alpha), np.zeros(larger.shape),
                  lambda at, k: curvatures * at + g[k] + (larger if k == 0 else 0), steps)
    velocity = np.diff(points, axis=0)
    effect = np.linalg.norm(velocity[:, :, 1] - velocity[:, :, 0], axis=-1)
    return np.log(2) / -np.polyfit(np.arange(steps), np.log(effect), 1)[0]


def look_ahead_gaps(seeds, rate_at=constant(1.0), raised_at=np.inf, steps=300):
    """Largest distance of w from theta + mu v, over the first distance from the minimum: (2, seeds).

    The worse of two surfaces; twice: for S2's w += -mu v_old + (1 + mu) v, and with the mu of the next step
    in (1 + mu).
    """
    rngs = generators(seeds)
    rate = draw(rngs, lambda rng: rng.uniform(0.3, 1.0, 1))
    low = draw(rngs, lambda rng: rng.uniform(0.5, 0.95, 1))
    valley, (A, start) = Rosenbrock(), bowls(seeds, 100)
    near = valley.start + draw(rngs, lambda rng: 0.2 * rng.standard_normal(2))

    def mu(k):
        return low if k < raised_at else (1 + low) / 2

    in_bowl = look_ahead_gap(lambda at: np.einsum("sij,sj->si", A, at), start, 0.0,
                             lambda k: rate / 100 * rate_at(k), mu, steps)
    in_valley = look_ahead_gap(valley.gradient, near, valley.minima[0],
                               lambda k: rate / 5000 * rate_at(k), mu, steps)
    return np.maximum(in_bowl, in_valley)


def look_ahead_gap(gradient, start, minimum, lr, mu, steps):
    """The two rows of `look_ahead_gaps` on one surface; lr and mu are schedules."""
    optimizer = Nesterov(lr, mu)
    ahead = [theta + mu(k + 1) * optimizer.v for k, theta in
             enumerate(run(optimizer, start.copy(), lambda at, k: gradient(at), steps))]
    gaps = []
    for shift in (0, 1):
        w, v, gap = start.copy(), 0.0, 0.0
        for k in range(steps):
            v_old, v = v, mu(k) * v - lr(k) * gradient(w)
            w += -mu(k) * v_old + (1 + mu(k + shift)) * v
            gap = np.maximum(gap, np.linalg.norm(w - ahead[k], axis=-1))
        gaps.append(gap / np.linalg.norm(start - minimum, axis=-1))
    return gaps


CLAIMS = (
    Claim("C15", 5, "S0 Momentum, S1 Momentum",
          "Momentum is a remedy where gradient descent is slow: high curvature, small but consistent"
          " gradients, noisy gradients.",
          (curvature, consistent, noise_time, noise_floor, noise_direction, digits)),
    Claim("C16", 5, "S0 Momentum",
          "α sets how fast the gradients of the past decay; in practice it is 0.5, 0.9 or 0.99.",
          (share, influence, terminal)),
    Claim("C17", 5, "S0 Nesterov Momentum, S1 Nesterov's method",
          "Taking the gradient after the velocity step corrects momentum, and steadies it.",
          (overshoot, correction, stability, tuned)),
    Claim("C55", 5, "S2 SGD with Nesterov Momentum",
          "w ← w − μ v_old + (1 + μ) v, with the gradient taken at w, is Nesterov's method.",
          (constant_settings, changing_rate, changing_momentum)),
)
