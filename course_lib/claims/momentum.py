"""Lecture 5: the experiments behind claims C15, C16, C17 and C55.

Each experiment is a function of a tuple of seeds. Its docstring says what is set up, which statistic is
taken, one value per seed, and what is claimed of it. alpha is the momentum, lr the rate (the lecture's
epsilon), lambda a curvature, kappa the condition number; lr / (1 - alpha) is called the effective rate.
"""

import numpy as np

from course_lib.optimizers import SGD, Momentum, Nesterov
from course_lib.problems import Rosenbrock
from course_lib.schedules import constant, linear

from .labs import mlp, trained
from .measurement import (OURS, ROUNDING, SOURCE, Claim, Part, above, below, listed, medians, number, same,
                          zero)
from .runs import (Sweep, column, cosine, draw, end, exponent, farthest, first, gaussian, generators, last,
                   path, per_seed, repeated, run, running_mean)

ALPHAS = np.array([0.5, 0.9, 0.99])                       # "in practice" (S0)
ALPHA = 0.9                                               # "commonly" (S1)
RATES = np.array([0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.3])     # times lambda_max: stable for both methods
P = 10                                                    # dimension of the random bowls


# C15: where gradient descent is slow

def curvature(seeds):
    """Iterations to a target against the condition number.

    Set-up: random bowls (see `bowls`), kappa from 10 to 1000; gradient descent at its best rate, momentum
    with alpha 0.9, with Polyak's best alpha for that kappa and with 0.5, each at the best rate for its alpha.
    Iterations until the distance stays below 1e-4 of the first; p in iterations ~ kappa^p, from kappa = 100.
    Claimed: gradient descent takes more iterations than momentum 0.9 at kappa = 1000, and fewer at 10; p with
    the best alpha is half of that of gradient descent, only if alpha grows with kappa.
    """
    kappas, fixed = np.array([10, 30, 100, 300, 1000]), 0.5
    counts = []
    for kappa in kappas:
        alphas = np.array([ALPHA, polyak(kappa), fixed])
        descent = iterations(SGD, seeds, kappa, np.array([2 / (1 + kappa)]))
        momentum = iterations(Momentum, seeds, kappa, 2 * (1 + alphas) / (1 + kappa), alphas)
        counts.append(np.concatenate([descent, momentum], axis=1))
    counts = np.stack(counts, axis=1)                                 # (seeds, kappas, methods)
    gain = counts[..., 0] / counts[..., 1]
    p = np.stack([exponent(kappas[2:], counts[:, 2:, method]) for method in range(4)], axis=1)

    def steps(i):
        descent, momentum = (medians(counts[:, i, method]) for method in (0, 1))
        return f"{descent} steps to a target, momentum with α = {ALPHA} takes {momentum}"

    data = {"kappa": kappas, "counts": counts, "p": p}
    return (
        Part("high curvature", SOURCE, above(
            gain[:, -1], f"In a bowl one direction is {number(kappas[-1])} times as curved as another."
            f" Gradient descent takes {steps(-1)}, each at its best rate."), data=data),
        Part("a round bowl", OURS, below(
            gain[:, 0], f"Where the curvatures differ by a factor of {kappas[0]} only, so much momentum costs"
            f" time: gradient descent takes {steps(0)}."), data=data),
        Part("steps grow like √κ instead of κ", OURS, same(
            p[:, 2] / p[:, 0], f"Steps grow like κ to a power: {medians(p[:, 0])} for gradient descent,"
            f" {medians(p[:, 2])} for momentum with the best α for each κ.", "α grows with κ", than=1 / 2),
            same(p[:, 3] / p[:, 0], f"With α kept at {fixed} the power is {medians(p[:, 3])}.", "α is kept",
                 than=1 / 2), data))


def consistent(seeds):
    """How far the loss falls down a gentle slope.

    Set-up: a valley of curvature 1 whose floor descends with a constant slope, of a size from 1e-4 to 1e-2;
    gradient noise as large as the slope, the same for both methods; 500 steps at rates from 0.25 to 8 in
    factors of 2^(1/4): too large a rate is thrown out of the valley.
    Statistic: fall of the loss, momentum 0.9 over SGD, best rate of each. Claimed: above 1.
    """
    steps, rates = 500, 0.25 * 2 ** (np.arange(21) / 4)
    rngs = generators(seeds)
    slope = draw(rngs, lambda rng: 10 ** rng.uniform(-4, -2, (1, 1)))
    noise = slope * gaussian(rngs, steps, 1, 2)

    def gradient(theta, k):                                           # theta: along the valley, across it
        return theta * [0, 1] - slope * [1, 0] + noise[k]

    def swept(method, *alpha):
        theta = np.zeros((len(seeds), len(rates), 2))
        optimizer = method(column(rates[:, None], theta), *alpha)
        with np.errstate(over="ignore", invalid="ignore"):
            along, across = np.moveaxis(end(optimizer, theta, gradient, steps), -1, 0)
            return Sweep(rates, across**2 / 2 - slope[..., 0] * along), along

    (sgd, slow), (momentum, fast) = swept(SGD), swept(Momentum, ALPHA)
    ratio, same_rate = momentum.best / sgd.best, (fast / slow)[:, rates == 1][:, 0]
    gain = 1 / (1 - ALPHA)
    formula = gain - ALPHA * (1 - ALPHA**steps) * gain**2 / steps     # the start-up takes its share
    return Part(
        "small consistent gradients", SOURCE,
        above(ratio, f"{steps} steps down a gentle slope at the floor of a valley: momentum with α = {ALPHA}"
              f" comes {medians(ratio)} times as far down as SGD, each at its best rate,"
              f" {medians(momentum.at)} and {medians(sgd.at)}. At the same rate it comes"
              f" {medians(same_rate)} times as far (theory: {number(formula)})."),
        data={"slope": slope[:, 0, 0], "same rate": same_rate, "formula": formula})


def noise_time(seeds):
    """Iterations to a target under gradient noise, each method at its best rate.

    Set-up: bowls (see `spectra`), kappa = 100, largest curvature 1, the same loss in each direction at the
    start; noise of deviation 0.003 or 0.3 on each entry of the gradient; 4 bowls a seed, 3 runs in each.
    Effective rates in factors of the root of 2, beyond the limit of stability, 2 for SGD and 38 for momentum
    0.9.
    Statistic: iterations of SGD over those of momentum, best rate of each, until the loss, averaged over
    the runs and 50 steps, is 2 % of the first, geometric mean of the bowls. Claimed: above 1. Arms: weak
    noise, strong noise.
    """
    several = repeated(seeds, 4)
    deviations, horizons, repeats = np.array([0.003, 0.3]), (500, 3000), 3
    effective, target = 1.9 * 2 ** (np.arange(-9, 11) / 2), 0.02
    arms, data = [], {"noise": deviations}
    for deviation, horizon, where in zip(deviations, horizons, ("the noise is weak", "it is strong")):
        rngs = generators(several)
        curvatures = 1 / spectra(rngs, 100)[:, None, None]            # (bowls, rates, repeats, P)
        noise = deviation * gaussian(rngs, horizon, 1, repeats, P)
        sweeps = []
        for method, alpha in (SGD, ()), (Momentum, (ALPHA,)):
            theta = np.broadcast_to(curvatures**-0.5, (len(several), len(effective), repeats, P)).copy()
            optimizer = method(column((1 - sum(alpha)) * effective[:, None, None], theta), *alpha)
            with np.errstate(over="ignore", invalid="ignore"):        # beyond the limit of stability
                loss = np.stack([(curvatures * theta**2).mean(axis=(-2, -1)) for theta in
                                 run(optimizer, theta, lambda at, k: curvatures * at + noise[k], horizon)])
                count = first(running_mean(loss, 50) <= target)       # the loss starts at 1
            sweeps.append(Sweep(effective, count))
        sgd, momentum = sweeps
        arms.append(above(
            per_seed(sgd.best / momentum.best, seeds), f"Noise of deviation {number(deviation)} on each entry"
            f" of the gradient: SGD takes {medians(sgd.best)} steps to {number(100 * target)} % of the loss,"
            f" momentum with α = {ALPHA} takes {medians(momentum.best)}, at the best effective rates,"
            f" {medians(sgd.at)} and {medians(momentum.at)}.", where))
        data[where] = np.stack([sgd.at, momentum.at], axis=1)
    return Part("noisy gradients: time", SOURCE, *arms, data)


def noise_floor(seeds):
    """The loss at which a constant rate settles under gradient noise.

    Set-up: bowls, kappa = 10, largest curvature 1, started at the minimum; noise of deviation 1 on each entry
    of the gradient; SGD at rates 1.8 (its limit of stability is 2) and 0.1, momentum 0.9 at the same
    effective rate, and at the same rate; 4 runs a seed, averaged over 1500 steps after 500.
    Statistic: mean loss, momentum over SGD, same effective rate. Claimed: below 1. Arms: 1.8, 0.1.
    """
    rates, repeats, burn_in, steps = np.array([1.8, 0.1]), 4, 500, 2000
    rngs = generators(seeds)
    curvatures = 1 / spectra(rngs, 10)[:, None, None]                 # (seeds, rates, repeats, P)
    noise = gaussian(rngs, steps, 1, repeats, P)

    def settled(method, rates, *alpha):
        theta = np.zeros((len(seeds), len(rates), repeats, P))
        optimizer = method(column(rates[:, None, None], theta), *alpha)
        losses = [(curvatures * at**2).mean(axis=(-2, -1)) for at in
                  run(optimizer, theta, lambda at, k: curvatures * at + noise[k], steps)]
        return np.mean(losses[burn_in:], axis=0)                      # (seeds, rates)

    sgd, same_rate = settled(SGD, rates), settled(Momentum, rates, ALPHA)
    ratio = settled(Momentum, rates * (1 - ALPHA), ALPHA) / sgd
    arms = [below(ratio[:, i], f"Momentum with α = {ALPHA} at the effective rate {rates[i]}: the loss settles"
                  f" at {medians(ratio[:, i])} times that of SGD at that rate. At the same rate as SGD"
                  f" it settles at {medians(same_rate[:, i] / sgd[:, i])} times.", where)
            for i, where in enumerate(("the rate is near SGD's limit of stability", "it is far below it"))]
    return Part("noisy gradients: where it settles", OURS, *arms,
                {"rate": rates, "same rate": same_rate / sgd, "same effective rate": ratio})


def noise_direction(seeds):
    """How well a single update points downhill.

    Set-up: SGD and momentum 0.9 at the same effective rate, 0.1. On a slope: a constant gradient, noise as
    large on each of its 10 entries as all of it. At the floor: bowls and noise of `noise_floor`. 4 runs a
    seed, 1000 steps after 200.
    Statistic: mean cosine of the update and the true downhill direction, momentum over SGD. Claimed: above 1.
    Arms: on the slope, at the floor.
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

    arms, data = [], {}
    for place, true, where in (
            ("On a slope", lambda at: constant_gradient + 0 * at, "the gradient stays the same for long"),
            ("At the floor of a bowl", lambda at: curvatures * at, "it keeps turning")):
        sgd, momentum = aligned(SGD(rate), true), aligned(Momentum(rate * (1 - ALPHA), ALPHA), true)
        arms.append(above(momentum / sgd, f"{place}: the cosine of an update with the true downhill direction"
                          f" is {medians(momentum)} with momentum, {medians(sgd)} without.", where))
        data[place] = np.stack([sgd, momentum], axis=1)
    return Part("noisy gradients: direction", OURS, *arms, data)


def digits(seeds):
    """A real network: the training loss after a few passes, each method at its best rate.

    Set-up: 64-16-10 ReLU network on the digits, batch size 128 for 6 passes (72 updates, less noise) and 16
    for 2 passes (180 updates, more noise). Effective rates in factors of 2, from 0.2 to 3.2 and 0.1 to 0.8.
    3 trainings a seed, of which the mean of the logarithm of the loss is taken.
    Statistic: training loss of momentum 0.9 over that of SGD, best rate of each. Claimed: below 1. Arms: the
    two batch sizes.
    """
    repeats, make = 3, mlp(16, dtype=np.float32)
    arms, data = [], {}

    def swept(method, rates, passes, batch):
        runs = trained(repeated(seeds, repeats), make, method, rates,
                       passes=passes, batch=batch, every=1000)      # at the end
        means = [np.log(values[-1]).reshape(len(seeds), repeats, -1).mean(axis=1)
                 for values in (runs.loss, runs.test_loss)]
        sweep = Sweep(rates, means[0])
        return sweep, np.exp(sweep.best), np.exp(sweep.pick(means[1]))

    for batch, passes, rates, where in ((128, 6, 0.2 * 2.0 ** np.arange(5), "batches are large"),
                                        (16, 2, 0.1 * 2.0 ** np.arange(4), "batches are small")):
        sgd, loss, test = swept(SGD, rates, passes, batch)
        momentum, loss_m, test_m = swept(lambda lr: Momentum((1 - ALPHA) * lr, ALPHA), rates, passes, batch)
        arms.append(below(
            loss_m / loss, f"{passes} passes over the digits, batch size {batch}: the training loss is"
            f" {medians(loss_m)} with momentum and {medians(loss)} without, each at its best rate; the test"
            f" loss {medians(test_m)} and {medians(test)}.", where))
        data |= {where: np.stack([sgd.at, momentum.at], axis=1)}
    return Part("on the digits network", SOURCE, *arms, data)


# C16: what alpha sets

def influence(seeds):
    """How long one gradient counts.

    Set-up: random gradients, twice, the second time with a larger first one; the difference of the velocities
    is the effect of that one. Gradients that do not depend on the place, and those of a bowl with random
    curvatures, lr lambda from 0.2 to 2, where momentum oscillates.
    Statistic: half-life of its length (see `half_life`) over ln 2 / -ln alpha, alpha = 0.9. Claimed: 1. Arms:
    later gradients do not depend on this one, and they do. In a bowl theory has sqrt(alpha), so 2.
    """
    formula = np.log(2) / -np.log(ALPHAS)
    slope, bowl = (np.stack([half_life(seeds, alpha, kind) for alpha in ALPHAS], axis=1) for kind in (0, 1))
    middle = ALPHAS == ALPHA
    return Part(
        "how fast a gradient fades", SOURCE,
        same((slope / formula)[:, middle][:, 0], "Change one gradient. After how many steps has its effect on"
             f" the velocity halved? Formula for α = {listed(ALPHAS)}: {listed(formula)}; measured on a"
             f" slope: {medians(slope)}.", "later gradients do not depend on where this one has led"),
        same((bowl / formula)[:, middle][:, 0], "The same in a bowl. Formula for"
             f" α = {ALPHA}: {listed(formula[middle])}; measured: {medians(bowl[:, middle])}. The effect"
             " shrinks by √α a step, not by α.", "they depend on it"),
        {"alpha": ALPHAS, "formula": formula, "slope": slope, "bowl": bowl})


def terminal(seeds):
    """The speed reached under a constant gradient.

    Set-up: gradient and rate random, each over two decades; noise as large as the gradient; alpha = 0.5, 0.9,
    0.99. Mean velocity of 2000 steps after 1000; and the same without noise, for the time to 99 %.
    Statistic: that speed over lr g / (1 - alpha), the worst of the three alphas. Claimed: 1.
    """
    burn_in, steps, share = 1000, 3000, 0.99
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
    ratio, reached = speed(noise)[burn_in:].mean(axis=0), first(calm >= share)
    return Part(
        "terminal speed", OURS,
        same(farthest(ratio), f"Under a constant, noisy gradient g the speed is {medians(ratio)} times"
             f" εg/(1 − α) for α = {listed(ALPHAS)}. Without noise {number(100 * share)} % of it is reached"
             f" after {medians(reached)} steps."),
        data={"alpha": ALPHAS, "ratio": ratio, "reached": reached})


def friction(seeds):
    """Whether a path comes to rest.

    Set-up: random bowls, kappa = 10, lr lambda_max = 0.5; alpha = 1, the end of the range that S0 gives, and
    0.99, the largest value that S0 calls practical; 2000 steps.
    Statistic: root mean square distance over the last 500 steps, over that of the first 500. Claimed: 1.
    Arms: alpha = 1, alpha = 0.99. Theory: the product of the roots is alpha, so 1 and e^-7.5.
    """
    alphas, steps, window = np.array([1.0, 0.99]), 2000, 500
    A, start = bowls(seeds, 10)
    theta, v = np.repeat(start[:, None], len(alphas), axis=1), np.zeros((len(seeds), len(alphas), P))
    squares = []
    for t in range(1, steps + 1):                                     # the rule itself: Momentum refuses 1
        Momentum.update(theta, np.einsum("sij,saj->sai", A, theta), v, t, 0.05, alphas[:, None])
        squares.append((theta**2).sum(axis=-1))
    ratio = np.sqrt(np.mean(squares[-window:], axis=0) / np.mean(squares[:window], axis=0))
    arms = [same(ratio[:, i], f"In a bowl with α = {number(alpha)}: over the last {window} of {number(steps)}"
                 f" steps the distance to the minimum is on average {medians(ratio[:, i])} times that over"
                 f" the first {window}.", f"α is {number(alpha)}") for i, alpha in enumerate(alphas)]
    return Part("never comes to rest", OURS, *arms, {"alpha": alphas, "ratio": ratio})


# C17: Nesterov's correction

def correction(seeds):
    """Swings and iterations with the same alpha and rate.

    Set-up: random ravines (see `ravines`); alpha = 0.5, 0.9, 0.99; lr lambda_max from 0.2 to 1.3, 7 rates.
    In some settings momentum oscillates even along the flat direction, lr lambda_min > (1 - sqrt(alpha))^2;
    in the others it creeps there.
    Statistics: largest distance past the minimum along an eigen-direction, Nesterov over momentum, both in
    the mean of all settings; and iterations until the distance stays below 1e-3 of the first, Nesterov over
    momentum, geometric mean of the settings in which momentum oscillates along the flat direction, and of the
    others. Claimed: below 1.
    """
    kappa, momentum, nesterov = ravines(seeds, 2500)
    past, past_n = momentum["overshoot"], nesterov["overshoot"]
    swing, swing_n = past.mean(axis=(1, 2)), past_n.mean(axis=(1, 2))
    no_farther = (past_n <= past + ROUNDING).mean()
    ratio = nesterov["iterations"] / momentum["iterations"]           # (seeds, alphas, rates)
    oscillates = RATES / kappa[:, None, None] > (1 - np.sqrt(ALPHAS[:, None])) ** 2

    swinging, creeping = (np.exp(np.log(ratio).mean(axis=(1, 2), where=settings))
                          for settings in (oscillates, ~oscillates))
    data = {"alpha": ALPHAS, "rate": RATES, "kappa": kappa, "ratio": ratio, "oscillates": oscillates,
            "momentum": past, "Nesterov": past_n}
    return (
        Part("swings less", SOURCE, below(
            swing_n / swing, f"Past the minimum of a ravine Nesterov swings by {medians(100 * swing_n)} % of"
            f" the first distance, momentum by {medians(100 * swing)} %, at the same ε and α; no farther than"
            f" momentum in {number(100 * no_farther)} % of the settings."), data=data),
        Part("fewer steps", OURS, below(
            swinging, f"With the same ε and α Nesterov takes {medians(swinging)} times as many steps to a"
            " target as momentum.", "momentum swings along the flattest direction too"), below(
            creeping, f"There it takes {medians(creeping)} times as many.", "momentum creeps along it"),
            data))


def stability(seeds):
    """The largest stable rate.

    Set-up: one direction, curvature and start random. 50 rates at once, then 50 between the last stable one
    and the next. Stable: after 1000 steps no farther away than ten times the first distance.
    Statistic: largest stable rate, Nesterov over momentum, alpha = 0.9. Claimed: 1 / (1 + 2 alpha), theory.
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
    ratio = (limits[1] / limits[0])[:, ALPHAS == ALPHA][:, 0]
    return Part(
        "lower rates", OURS,
        same(ratio, f"For α = {listed(ALPHAS)} momentum is stable up to ελ = {medians(limits[0])}, Nesterov"
             f" up to {medians(limits[1])}: it breaks first.", than=1 / (1 + 2 * ALPHA)),
        data={"alpha": ALPHAS, "momentum": limits[0], "Nesterov": limits[1]})


def tuned(seeds):
    """Iterations to a target, each method with its own best alpha and rate.

    Set-up: random bowls, kappa = 1000. Momentum at Polyak's optimum, Nesterov at its own (Lessard, Recht &
    Packard 2016): lr = 4 / (3 lambda_max + lambda_min), alpha = (r - 2) / (r + 2) with r = sqrt(3 kappa + 1).
    Statistic: iterations, Nesterov over momentum, until the distance stays below 1e-4 of the first. Claimed:
    above 1; theory has sqrt(3) for ever smaller targets.
    """
    kappa, targets = 1000, np.array([1e-2, 1e-4, 1e-8])
    alpha, r = polyak(kappa), np.sqrt(3 * kappa + 1)
    momentum, nesterov = (
        np.concatenate([iterations(method, seeds, kappa, np.array([rate]), np.array([alpha]), target, 2000)
                        for target in targets], axis=1)
        for method, rate, alpha in ((Momentum, 2 * (1 + alpha) / (1 + kappa), alpha),
                                    (Nesterov, 4 / (3 * kappa + 1), (r - 2) / (r + 2))))
    ratio = nesterov / momentum
    return Part(
        "slower where both are tuned", OURS,
        above(ratio[:, 1], f"In a bowl with κ = {number(kappa)}, each with the ε and α that are best for"
              f" known curvatures, Nesterov takes {medians(ratio)} times as many steps as momentum to"
              f" {listed(targets)} of the first distance."),
        data={"target": targets, "momentum": momentum, "Nesterov": nesterov})


# C55: the look-ahead form

def look_ahead(seeds):
    """S2's form against Nesterov's method.

    Set-up: a random bowl (kappa = 100) and Rosenbrock's valley; starts, rates and momenta random; 300 steps.
    The rate and mu constant; the rate falling to a tenth over 200 steps; mu raised once, at step 20, half-way
    to 1, with S2's (1 + mu) and with the mu of the next step in it.
    Statistic: largest distance of S2's w from theta + mu v, over the first distance from the minimum; the
    larger of the two surfaces. Claimed: 0.
    """
    (fixed, _), (falling, _) = look_ahead_gaps(seeds), look_ahead_gaps(seeds, linear(1.0, 0.1, 200))
    current, following = look_ahead_gaps(seeds, raised_at=20)

    return (
        Part("constant ε and μ", SOURCE, zero(
            fixed, "How far do S2's w and Nesterov's θ + μv come apart, in first distances from the minimum?"
            f" In a bowl and in Rosenbrock's valley: {medians(fixed)}.")),
        Part("changing ε", OURS, zero(falling, f"The rate falls linearly: {medians(falling)}.")),
        Part("changing μ", OURS, zero(
            following, f"μ is raised once: {medians(following)}.", "the next step's μ stands in (1 + μ)"),
            zero(current, f"As S2 writes it: {medians(current)}.", "the present step's μ does"),
            {"current": current, "following": following}))


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
    minimum along an eigen-direction over the first along it.
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
        results.append({"iterations": last(~(distance[1:] < 1e-3 * distance[0])) + 1,
                        "overshoot": np.maximum(-along, 0).max(axis=(0, -1))})
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
          "α, from 0 to 1, sets how fast the gradients of the past decay; in practice it is 0.5, 0.9 or"
          " 0.99.",
          (influence, terminal, friction)),
    Claim("C17", 5, "S0 Nesterov Momentum, S1 Nesterov's method",
          "Taking the gradient after the velocity step corrects momentum, and steadies it.",
          (correction, stability, tuned)),
    Claim("C55", 5, "S2 SGD with Nesterov Momentum",
          "w ← w − μ v_old + (1 + μ) v, with the gradient taken at w, is Nesterov's method.",
          (look_ahead,)),
)
