"""Lecture 7: the experiments behind claims C13, C14, C38, C60 and C77; the others are in rate_schedules.py.

Each experiment is a function of a tuple of seeds. Its docstring says what is set up, which statistic is
taken, one value per seed, and what is claimed of it. eps is the rate. The networks train on digits (see
labs.py), all settings of a seed from the same start, on the same minibatches.
"""

import numpy as np

from course_lib.optimizers import SGD, Adam, Momentum, RMSProp
from course_lib.schedules import constant, cosine_restarts, linear, warmup

from .labs import mlp, trained
from .measurement import OURS, SOURCE, Claim, Part, above, below, listed, medians, number
from .runs import Sweep, block_means, column, draw, end, first, generators, per_seed, repeated, running_mean

ALPHA = 0.9
WRONG = 0.1                 # share of wrong labels


# C13: the best rate after 100 iterations, and at the end

def best_later(seeds):
    """The rate that is best after 100 iterations, and the one that is best at the end.

    Set-up: 64-32-10 network, 320 digits, 10 % of the labels wrong, batch size 16; SGD for 600 iterations at
    seven first rates in factors of 2, falling linearly to 1 % at the end (S0's schedule), and constant. The
    best is the vertex of a parabola through the logarithms of the losses, since S0 speaks of the cost.
    Statistic: the best first rate at the end over the best after 100 iterations, by training loss. Claimed:
    above 1. Arms: with decay, without.
    """
    early, passes, batch, examples, rates = 100, 30, 16, 320, 0.02 * 2.0 ** np.arange(7)
    n = passes * examples // batch

    def best(schedule):
        runs = trained(seeds, mlp(32, dtype=np.float32), SGD, [schedule(lr) for lr in rates], passes=passes,
                       batch=batch, examples=examples, wrong=WRONG, every=early)
        return vertex(Sweep(rates, runs.loss[1])), vertex(Sweep(rates, runs.loss[-1]))

    arms, data = [], {}
    for schedule, where, name in (
            (lambda lr: linear(lr, lr / 100, n), "the rate decays linearly", "With linear decay"),
            (constant, "it stays constant", "At a constant rate")):
        sooner, later = best(schedule)
        arms.append(above(
            later / sooner, f"{name} the best ε₀ is {medians(sooner)} by the training loss after {early}"
            f" updates, and {medians(later)} by that after {n}.", where))
        data[where] = np.stack([sooner, later], axis=1)
    return Part("the best rate is higher", SOURCE, *arms, data)


def vertex(sweep):
    """The best rate between those of a grid: vertex of a parabola through the best log loss and its two
    neighbours.
    """
    rows, i = np.arange(len(sweep.values)), sweep.values.argmin(axis=1)
    left, middle, right = (np.log(np.minimum(sweep.values[rows, i + d], 10.0)) for d in (-1, 0, 1))
    return sweep.at * 2 ** ((left - right) / (2 * (left - 2 * middle + right)))


# C14: how far and how long to decay

def least_squares(seeds):
    """eps_tau about 1 % of eps_0, and tau a few hundred passes, where the minimum is known.

    Set-up: 100 examples, 10 parameters, curvatures over a factor of 100, noise of deviation 1 in the targets;
    400 passes of SGD in minibatches of 10, linear decay, each schedule at its own best eps_0 of twelve in
    factors of 2. Loss above its minimum at the end.
    Statistics: eps_tau = 1 % of eps_0 over eps_tau = 10 %, tau 300 passes. Claimed: below 1. And 0.1 % over
    1 %; tau = 10 passes over tau = 300, at 1 %. Claimed: above 1.
    """
    shares, lengths = np.array([1, 0.1, 0.01, 0.001]), np.array([300, 100, 10])
    schedules = [(share, lengths[0]) for share in shares] + [(shares[2], length) for length in lengths[1:]]
    ends = np.stack([sweep.best for sweep in excess(seeds, schedules)], axis=1)
    loss, by_length = ends[:, :len(shares)], ends[:, [2, *range(len(shares), len(schedules))]]
    gain, more = loss[:, 2] / loss[:, 1], loss[:, 3] / loss[:, 2]
    short = by_length[:, 2] / by_length[:, 0]
    percent = 100 * shares
    about = "Least squares, loss above its minimum, each schedule at its best ε₀:"
    return (
        Part("ε_τ far below ε₀", SOURCE, below(
            gain, f"{about} with ε_τ = {number(percent[2])} % of ε₀ it ends at {medians(gain)} times that"
            f" with {number(percent[1])} %, and at {medians(loss[:, 2] / loss[:, 0])} times that at a"
            " constant rate."), data={"shares": shares, "excess": loss}),
        Part("a lower ε_τ ends higher", OURS, above(
            more, f"With ε_τ = {number(percent[3])} % it ends at {medians(more)} times that with"
            f" {number(percent[2])} %.")),
        Part("τ a few hundred passes", SOURCE, above(
            short, f"{about} where the decay takes {number(lengths[2])} of the passes it ends at"
            f" {medians(short)} times that of a decay over {number(lengths[0])}, with {number(lengths[1])} at"
            f" {medians(by_length[:, 1] / by_length[:, 0])} times."),
            data={"passes": lengths, "excess": by_length}))


def excess(seeds, schedules):
    """The Sweep over eps_0 of the loss above its minimum, for each schedule: (share, passes) is linear decay
    to that share of eps_0 over so many passes.
    """
    total, batches, size, P, rates = 400, 10, 10, 10, 0.0125 * 2.0 ** np.arange(12)
    rngs = generators(seeds)
    scales = 10.0 ** np.linspace(0, -1, P)
    x = draw(rngs, lambda rng: rng.standard_normal((batches * size, P)) * scales)
    y = np.einsum("snp,p->sn", x, np.ones(P)) + draw(rngs, lambda rng: rng.standard_normal(batches * size))
    best = np.stack([np.linalg.lstsq(a, b, rcond=None)[0] for a, b in zip(x, y)])
    orders = draw(rngs, lambda rng: rng.permuted(np.tile(np.arange(batches * size), (total, 1)), axis=1))
    theta = np.zeros((len(seeds), len(schedules) * len(rates), P))

    def gradient(at, k):
        i = orders[:, k // batches].reshape(len(seeds), batches, size)[:, k % batches]
        xb, yb = np.take_along_axis(x, i[..., None], axis=1), np.take_along_axis(y, i, axis=1)
        return (at @ xb.swapaxes(1, 2) - yb[:, None]) @ xb / size

    factors = [linear(1.0, share, passes * batches) for share, passes in schedules]

    def lr(k):
        return column(np.outer([factor(k) for factor in factors], rates).reshape(-1, 1), theta)

    with np.errstate(over="ignore", invalid="ignore"):
        theta = end(SGD(lr), theta, gradient, total * batches)
        error = (theta - best[:, None]) @ x.swapaxes(1, 2)
        loss = (error**2).mean(axis=-1).reshape(len(seeds), len(schedules), len(rates)) / 2
    return [Sweep(rates, loss[:, i]) for i in range(len(schedules))]


def length_network(seeds):
    """tau a few hundred passes, on a network that can overfit.

    Set-up: 64-16-10 network, 96 digits and 600 for validation, so many that their choice is not noise; batch
    size 48, 200 passes; linear decay to 1 % over 20 passes, and over all 200; each at its own best eps_0, by
    validation loss, in factors of 2 to 1.6, from 0.025, and from 0.0125 where labels are wrong. Geometric
    means of two trainings a seed.
    Statistic: test loss at the end, tau = 20 passes over tau = 200. Claimed: above 1. Arms: labels right, and
    10 % of those for training and validation wrong.
    """
    passes, batch, used, held, grid = (20, 200), 48, 96, 600, 0.0125 * 2.0 ** np.arange(8)
    per, arms, data = used // batch, [], {}
    for wrong, rates, where in ((0.0, grid[1:], "the labels are right"),
                                (WRONG, grid, "a tenth of them is wrong")):
        settings = [linear(lr, lr / 100, tau * per) for tau in passes for lr in rates]
        runs = trained(repeated(seeds, 2), mlp(16, dtype=np.float32), SGD, settings, passes=passes[1],
                       batch=batch, examples=used + held, validation=held, wrong=wrong,
                       every=passes[1] * per)
        sweeps, (train, loss, error) = chosen(runs, rates, seeds)
        arms.append(above(
            loss[:, 0] / loss[:, 1], f"A network on {used} digits, {number(100 * wrong)} % wrong labels,"
            f" decay over {passes[0]} passes and over {passes[1]}: test loss {medians(loss)}, test error"
            f" {medians(error)}, training loss {medians(train)}.", where))
        data[where] = np.stack([sweep.at for sweep in sweeps], axis=1)
    return Part("τ long, on a network", SOURCE, *arms, data)


def chosen(runs, rates, seeds):
    """Of runs whose settings are schedules x rates: the Sweep of each schedule over the rates by validation
    loss at the end; its training loss, test loss and test error there, (seeds, schedules) each.

    All are geometric means over the trainings of a seed.
    """
    ends = [per_seed(values[-1], seeds).reshape(len(seeds), -1, len(rates)) for values in
            (runs.validation_loss, runs.loss, runs.test_loss, runs.test_error)]
    sweeps = [Sweep(rates, ends[0][:, i]) for i in range(ends[0].shape[1])]
    return sweeps, [np.stack([sweep.pick(values[:, i]) for i, sweep in enumerate(sweeps)], axis=1)
                    for values in ends[1:]]


# C38: what a large rate does

def faster(seeds):
    """Updates to a target.

    Set-up: 64-32-10 network, 320 digits, 10 % of the labels wrong, batch size 16, SGD at constant rates.
    Statistic: updates until the minibatch loss, averaged over a pass, is below 1.1; rate 0.02 over a larger
    one. Claimed: above 1. Arms: 0.08; 1.28, where what is never reached counts as all 320 updates.
    """
    passes, batch, examples, target, rates = 16, 16, 320, 1.1, np.array([0.02, 0.08, 1.28])
    per = examples // batch
    losses = trained(seeds, mlp(32, dtype=np.float32), SGD, rates, passes=passes, batch=batch,
                     examples=examples, wrong=WRONG, every=passes * per).batch_losses
    count = np.minimum(first(running_mean(losses, per) <= target) + per - 1, len(losses))
    return Part(
        "faster", SOURCE, above(
            count[:, 0] / count[:, 1], f"To a training loss of {target} it takes {medians(count[:, 0])}"
            f" updates at ε = {rates[0]} and {medians(count[:, 1])} at {rates[1]}.", "it causes no problems"),
        above(count[:, 0] / count[:, 2], f"At ε = {rates[2]} it takes {medians(count[:, 2])} of"
              f" {len(losses)}; what never arrives counts as all.", "it is beyond its limit"),
        {"rates": rates, "count": count})


def overfitting(seeds):
    """Test loss at equal training loss, and after equally many updates.

    Set-up: 64-64-10 network, 240 digits, batch size 20, 20 passes of SGD at the constant rates 0.05 and 0.4.
    Matched: the larger rate where its training loss, measured every other update, is first as low as that of
    the smaller one at the end.
    Statistic: test loss, rate 0.4 over 0.05. Claimed: below 1. Parts: matched, at the end. Arms: labels
    right, and 20 % of them wrong.
    """
    rates, passes, batch, examples = np.array([0.05, 0.4]), 20, 20, 240
    matched, at_end, data = [], [], {}
    for wrong, where in (0.0, "the labels are right"), (0.2, "a fifth of them is wrong"):
        runs = trained(seeds, mlp(64, dtype=np.float32), SGD, rates, passes=passes, batch=batch,
                       examples=examples, wrong=wrong, every=2)
        low = runs.loss[..., 1] <= runs.loss[-1, :, 0]
        when = np.where(low.any(axis=0), low.argmax(axis=0), len(low) - 1)
        train, loss, error = (                  # small rate at the end, large rate matched, and at the end
            np.stack([values[-1, :, 0], values[when, range(len(seeds)), 1], values[-1, :, 1]])
            for values in (runs.loss, runs.test_loss, runs.test_error))
        matched.append(below(
            loss[1] / loss[0], f"Wrong labels: {number(100 * wrong)} %. At a training loss of"
            f" {medians(train[0])}: the test loss is {medians(loss[1])} at ε = {rates[1]} and"
            f" {medians(loss[0])} at {rates[0]}, the test error {medians(error[1])} and"
            f" {medians(error[0])}.", where))
        at_end.append(below(
            loss[2] / loss[0], f"Wrong labels: {number(100 * wrong)} %. After {passes} passes: the test loss"
            f" is {medians(loss[2])} at ε = {rates[1]} and {medians(loss[0])} at {rates[0]}, the test error"
            f" {medians(error[2])} and {medians(error[0])}, the training loss {medians(train[2])} and"
            f" {medians(train[0])}.", where))
        data[where] = train.T
    return (Part("less overfitting, at equal training loss", SOURCE, *matched, data),
            Part("less overfitting, after equally many updates", OURS, *at_end, data))


def swings(seeds):
    """Swings of the training loss against the rate, with and without momentum.

    Set-up: 64-32-10 network, 320 digits, 10 % of the labels wrong, batch size 16, 32 passes; SGD at the
    constant rates 0.04 and 0.32, momentum 0.9 at the effective rate 0.32 and at the rate 0.04. Three
    trainings a seed. Swing: mean second difference of the loss per pass, over the last half.
    Statistics: SGD, rate 0.32 over 0.04; SGD over momentum. Claimed: above 1. Arms of the second: the same
    effective rate, the same rate.
    """
    passes, batch, examples, repeats, rates = 32, 16, 320, 3, np.array([0.04, 0.32])
    every = repeated(seeds, repeats)

    def swing(method, rates):
        losses = trained(every, mlp(32, dtype=np.float32), method, rates, passes=passes, batch=batch,
                         examples=examples, wrong=WRONG, every=passes * examples // batch).batch_losses
        return roughness(losses, examples // batch).reshape(len(seeds), repeats, -1).mean(axis=1)

    sgd = swing(SGD, rates)
    momentum = swing(lambda lr: Momentum(lr, ALPHA), np.array([rates[0], rates[1] * (1 - ALPHA)]))
    data = {"rates": rates, "SGD": sgd, "momentum": momentum}
    return (
        Part("more oscillation", SOURCE, above(
            sgd[:, 1] / sgd[:, 0], "How much does the loss of a pass differ from the mean of its neighbours?"
            f" SGD at ε = {rates[0]}: {medians(sgd[:, 0] / 2)}; at {rates[1]}: {medians(sgd[:, 1] / 2)}."),
            data=data),
        Part("most without momentum", SOURCE, above(
            sgd[:, 1] / momentum[:, 1], f"Momentum α = {ALPHA} at the effective rate {rates[1]}:"
            f" {medians(momentum[:, 1] / 2)}.", "the effective rate is the same"), above(
            sgd[:, 0] / momentum[:, 0], f"Momentum at the rate {rates[0]}, its effective rate"
            f" {number(1 / (1 - ALPHA))} times that: {medians(momentum[:, 0] / 2)}.", "the rate is the same"),
            data))


def roughness(losses, per):
    """Swing of the loss per pass: its mean second difference over the last half of losses (updates, ...)."""
    return np.abs(np.diff(block_means(losses[len(losses) // 2:], per), 2, axis=0)).mean(axis=0)


def depth(seeds):
    """The largest rate a network can take.

    Set-up: 1 and 8 hidden layers of 32, He initialization, 320 digits, 10 % of the labels wrong, batch size
    16, 3 passes of SGD at ten constant rates in factors of 2 from 0.04 on.
    Statistic: largest rate with which the training loss falls by a tenth or more, 8 layers over 1. Claimed:
    below 1.
    """
    passes, batch, examples, deep, rates = 3, 16, 320, 8, 0.04 * 2.0 ** np.arange(10)

    def largest(layers):
        loss = trained(seeds, mlp(*(32,) * layers, dtype=np.float32), SGD, rates, passes=passes, batch=batch,
                       examples=examples, wrong=WRONG, every=passes * examples // batch).loss
        usable = loss[-1] <= 0.9 * loss[0]
        if not usable.any(axis=1).all() or usable[:, -1].any():
            raise ValueError("rates must reach from a usable one to one that is not")
        return np.where(usable, rates, 0).max(axis=1)

    shallow, steep = largest(1), largest(deep)
    return Part(
        "deeper networks", SOURCE,
        below(steep / shallow, f"The largest ε with which a network learns at all is {medians(shallow)} with"
              f" one hidden layer and {medians(steep)} with {deep}."),
        data={"shallow": shallow, "deep": steep})


def warmed(seeds):
    """A warm-up before a large rate.

    Set-up: 64-32-10 network, 320 digits, 10 % of the labels wrong, batch size 16, 20 passes of SGD; cosine
    decay to 1 % of the first rate, with a linear rise over the first fifth of the updates and without it.
    Statistic: test loss at the end, with warm-up over without. Claimed: below 1. Arms: first rate 1.2; 0.3.
    """
    passes, batch, examples, rates = 20, 16, 320, (1.2, 0.3)
    n = passes * examples // batch
    falling = [cosine_restarts(lr, lr / 100, n) for lr in rates]
    runs = trained(seeds, mlp(32, dtype=np.float32), SGD, [*(warmup(lr, n // 5) for lr in falling), *falling],
                   passes=passes, batch=batch, examples=examples, wrong=WRONG, every=n)
    loss, error = (values[-1].reshape(len(seeds), 2, -1) for values in (runs.test_loss, runs.test_error))
    arms = [below(
        loss[:, 0, i] / loss[:, 1, i], f"Cosine decay from {lr}, {passes} passes. With a warm-up over the"
        f" first fifth the test loss is {medians(loss[:, 0, i])}, without it {medians(loss[:, 1, i])}; the"
        f" test error {medians(error[:, 0, i])} and {medians(error[:, 1, i])}.", f"the highest rate is {lr}")
        for i, lr in enumerate(rates)]
    return Part("warm-up helps a large rate", OURS, *arms, data={"rates": rates, "loss": loss})


# C60, C77: the rates of S2

NAMES = ("SGD", "momentum", "RMSProp", "Adam")
EQUAL, EACH = 1e-3, (5e-3, 5e-3, 1e-4, 1e-3)            # S2's figures 3 and 2


def methods_compared(seeds):
    """Four methods at equal rates, at those of S2's figure 2, tuned here, and as the best of k tries.

    Set-up: 64-32-10 network, 320 digits and 600 for validation, right labels, batch size 16, 6 passes; 15
    rates in factors of 2 from 1.25e-4 to 2; the best rate by validation loss, for the ratio of two best rates
    by a parabola, see `vertex`. A try takes one of them by
    chance; of k tries the best by validation loss counts (Dodge et al. 2019).
    Statistics: best rate of RMSProp over that of another method. Claimed: below 1. Best minus worst test
    accuracy of the four methods, tuned over equal rates; and best of 4 tries over 1 try. Claimed: below 1.
    """
    rates, passes, batch, used, held = 1.25e-4 * 2.0 ** np.arange(15), 6, 16, 320, 600
    tries, n = (1, 4, 8), len(rates)
    theirs = sorted({EQUAL, *EACH})
    sweeps, accuracy = [], []
    for method in (SGD, Momentum, RMSProp, Adam):
        runs = trained(seeds, mlp(32, dtype=np.float32), method, [*rates, *theirs], passes=passes,
                       batch=batch, examples=used + held, validation=held, every=passes * used // batch)
        sweeps.append(Sweep(rates, runs.validation_loss[-1][:, :n]))
        accuracy.append(1 - runs.test_error[-1])
    best = np.stack([vertex(sweep) for sweep in sweeps], axis=1)                          # (seeds, methods)
    equal, s2 = (np.stack([a[:, n + theirs.index(lr)] for a, lr in zip(accuracy, chosen)], axis=1)
                 for chosen in ((EQUAL,) * len(EACH), EACH))
    own = np.stack([sweep.pick(a[:, :n]) for sweep, a in zip(sweeps, accuracy)], axis=1)
    after = np.stack([expected_best(sweep.values, a[:, :n], tries) for sweep, a in zip(sweeps, accuracy)],
                     axis=1)                                                            # (seeds, methods, k)
    apart = np.ptp(after, axis=1)

    def each(values):
        return "; ".join(f"{name} {medians(x)}" for name, x in zip(NAMES, values.T))

    return (
        Part("RMSProp needs a smaller rate", SOURCE, below(
            best[:, 2] / best[:, 0], f"Best ε of {n}: {each(best)}.", "compared with SGD"), below(
            best[:, 2] / best[:, 3], f"RMSProp's over Adam's: {medians(best[:, 2] / best[:, 3])}; in S2"
            f" {number(EACH[2] / EACH[3])}.", "compared with Adam"), {"best": best}),
        Part("alike where tuned", OURS, below(
            np.ptp(own, axis=1) / np.ptp(equal, axis=1), f"Test accuracy at ε = {EQUAL}: {each(equal)}. Each"
            f" at its best ε: {each(own)}.", "the rates are tuned here"), below(
            np.ptp(s2, axis=1) / np.ptp(equal, axis=1), f"At the rates that S2 chose: {each(s2)}.",
            "they are S2's"), {"equal": equal, "own": own, "theirs": s2}),
        Part("alike after a few tries", OURS, below(
            apart[:, 1] / apart[:, 0], f"Rates tried by chance: after {listed(tries)} tries the best has a"
            " test accuracy of " + "; ".join(f"{medians(after[:, i])} ({name})" for i, name in
                                             enumerate(NAMES)) + "."), data={"tries": tries, "after": after}))


def expected_best(loss, score, tries):
    """Expected score of the one with the lowest loss among k settings drawn with replacement: (seeds, tries).

    loss and score are (seeds, settings). Dodge et al. 2019.
    """
    order = np.argsort(-loss, axis=1, kind="stable")                                    # the best last
    n, k = loss.shape[1], np.asarray(tries)[:, None]
    share = np.arange(n + 1) / n
    return np.take_along_axis(score, order, axis=1) @ np.diff(share**k, axis=1).T


SMALLER = 5e-5                                          # beside RMSProp's 1e-4: S2's smaller rates
ACCURACIES = {"training": (0.591, 0.557), "validation": (0.359, 0.376)}     # of S2, after 5 epochs


def smaller_rate(seeds):
    """RMSProp at the two rates for which S2 prints accuracies, and at two that fit the digits.

    Set-up: five hidden layers of 100, all digits for training, batch size 30, 240 updates in 5 passes; rates
    5e-5, 1e-4; and 5e-4, 1e-3, two of S2's first list, between which the digits' best lies.
    Statistics: training loss, smaller over larger rate. Claimed: below 1. Test error, smaller over larger.
    Claimed: above 1. Arms: S2's rates; ten times these.
    """
    passes, batch, larger = 5, 30, EACH[2]
    rates = np.array([SMALLER, larger, 10 * SMALLER, 10 * larger])
    runs = trained(seeds, mlp(*(100,) * 5, dtype=np.float32), RMSProp, rates, passes=passes, batch=batch,
                   every=10**6)
    fits, tests = [], []
    for i, where in (0, "the rates are those of S2"), (2, "they are ten times these"):
        loss, right, test = (values[-1][:, i:i + 2] for values in
                             (runs.loss, 1 - runs.error, runs.test_error))
        fits.append(below(
            loss[:, 0] / loss[:, 1], f"RMSProp on the digits, {passes} passes, ε = {number(rates[i])} and"
            f" {number(rates[i + 1])}: training loss {medians(loss)}, training accuracy {medians(right)}."
            f" S2's accuracies: {listed(ACCURACIES['training'])}.", where))
        tests.append(above(
            test[:, 0] / test[:, 1], f"ε = {number(rates[i])} and {number(rates[i + 1])}: test accuracy"
            f" {medians(1 - test)}. S2's validation accuracies: {listed(ACCURACIES['validation'])}.", where))
    return (Part("the smaller rate fits better", SOURCE, *fits),
            Part("the smaller rate validates worse", SOURCE, *tests))


CLAIMS = (
    Claim("C13", 7, "S0 Stochastic Gradient Descent",
          "The best initial rate for the whole training is higher than the one that is best after about 100"
          " iterations.",
          (best_later,)),
    Claim("C14", 7, "S0 Stochastic Gradient Descent",
          "ε_τ is about 1 % of ε₀, and τ a few hundred passes through the training set.",
          (least_squares, length_network)),
    Claim("C38", 7, "S1 Learning rate",
          "A large rate trains faster and lowers the risk of overfitting; it raises the risk of oscillations,"
          " above all without momentum, and can make deeper networks harder to train.",
          (faster, overfitting, swings, depth, warmed)),
    Claim("C60", 7, "S2 Change LR, figures 2 to 7",
          "RMSProp needs a smaller rate. S2 shows four methods at equal rates, and at a rate for each.",
          (methods_compared,)),
    Claim("C77", 7, "S2 Change LR, RMSProp",
          "RMSProp at 5e-5 fits the training examples better than at 1e-4, and validates worse (a run each).",
          (smaller_rate,)),
)
