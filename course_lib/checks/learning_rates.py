"""Exercise 7: schedules, patience, the range test, a rate chosen from curves.

Each misconception below is a version that somebody writes in earnest. The tests hold that no two of them, and
none of them and the reference, give the same results on the cases drawn.
"""

from dataclasses import dataclass

import numpy as np

from .engine import Misconception, Task
from .values import numbers, show


# ---- references

def decays(k, lr, drop, every, rate):
    return lr * drop ** (k // every), lr * np.exp(-rate * k), lr / (1 + rate * k)


def cosine(k, high, low, period, factor):
    while k >= period > 0:
        k, period = k - period, factor * period
    return low + (high - low) * (1 + np.cos(np.pi * k / period)) / 2


def stop_early(losses, patience):
    best = stop = 0
    for stop in range(1, len(losses)):
        if losses[stop] < losses[best]:
            best = stop
        if stop - best == patience:
            break
    return best, stop


def range_test(loss, gradient, theta, low, high, n):
    rates, losses = low * (high / low) ** (np.arange(n) / (n - 1)), []
    for lr in rates:
        losses.append(loss(theta))
        theta = theta - lr * gradient(theta)
    return rates, np.array(losses)


def choose_rate(rates, losses, last):
    tail = losses[:, -last:].mean(axis=1)
    tail[~np.isfinite(losses).all(axis=1)] = np.inf
    return rates[tail.argmin()]


# ---- cases

def decay_cases(rng):
    """k one before a step, on a step, and between two."""
    lrs = rng.permutation([0.3, 0.5, 0.8, 2.0]).tolist()
    rates = rng.permutation([0.02, 0.03, 0.04, 0.05]).tolist()
    return [{"k": k, "lr": lr, "drop": drop, "every": every, "rate": rate}
            for k, lr, drop, every, rate in zip((29, 40, 17, 55), lrs, (0.6, 0.7, 0.4, 0.2), (10, 20, 5, 30),
                                                rates)]


def cosine_cases(rng):
    """In the first period, in the second, just after a restart, in the third; the factors 1, 2 and 3."""
    return [{"k": k, "high": high, "low": high / 10, "period": period, "factor": factor}
            for k, period, factor, high in zip((4, 17, 15, 34, 29), (11, 10, 5, 6, 8), (2, 2, 2, 3, 1),
                                               rng.permutation([0.4, 0.5, 0.6, 0.8, 1.0]).tolist())]


PATHS = (  # losses and patience: a bump on the way, a tie, ups and downs above the best, no stop at all
    ([3.0, 2.0, 2.5, 1.5, 1.8, 1.7, 1.9, 1.0], 3), ([2.0, 1.0, 1.0, 1.2, 0.5, 0.7], 2),
    ([5.0, 4.0, 4.6, 4.3, 4.4, 4.2, 3.0], 4), ([4.0, 3.0, 3.5, 2.5, 2.0, 2.2], 2),
    ([4.0, 3.0, 3.2, 2.8, 3.1, 2.6, 2.9, 2.7, 2.65, 1.0], 3),
)


def path_cases(rng):
    return [{"losses": np.array(losses) * scale, "patience": patience}
            for (losses, patience), scale in zip(PATHS, rng.permutation([0.5, 1.0, 1.5, 2.0, 3.0]).tolist())]


@dataclass(frozen=True, eq=False)
class Loss:
    """x -> sum of curvature * x * x / 2, with a text that a message can show."""

    curvature: np.ndarray

    def __call__(self, x):
        return float((self.curvature * x * x).sum() / 2)

    def __str__(self):
        return f"x -> sum({show(self.curvature)} * x * x) / 2"


@dataclass(frozen=True, eq=False)
class Gradient(Loss):
    """x -> curvature * x."""

    def __call__(self, x):
        return self.curvature * x

    def __str__(self):
        return f"x -> {show(self.curvature)} * x"


def bowl_cases(rng):
    cases = []
    for size, n, low, high in ((2, 5, 0.02, 2.0), (3, 4, 0.05, 1.5), (2, 6, 0.1, 3.0)):
        curvature = np.abs(numbers(rng, size))
        cases.append({"loss": Loss(curvature), "gradient": Gradient(curvature), "theta": numbers(rng, size),
                      "low": low, "high": high, "n": n})
    return cases


def curve_cases(rng):
    """Nine curves of eight losses: for every way to choose wrongly another one that it chooses."""
    curves = np.array([
        [3.0, 2.5, 2.2, 2.0, 1.5, 1.0, 0.9, 0.8],       # lowest at the end, in the mean
        [3.0, 2.8, 0.2, 2.5, 2.4, 2.3, 2.2, 2.1],       # lowest once, early
        [3.0, 2.9, 2.8, 2.7, 2.6, 2.5, 2.4, 0.5],       # lucky in its last minibatch
        [1.2, 1.1, 1.1, 1.1, 1.2, 1.2, 1.2, 1.2],       # lowest in the mean of all
        [0.8, 0.7, 0.9, 3.0, 2.5, 2.6, 2.4, 2.5],       # lowest at the beginning
        [3.0, 2.0, 1.0, 0.5, 0.4, 0.3, 0.2, np.nan],    # diverged
        [3.0, 1.0, np.inf, 0.5, 0.1, 0.1, 0.1, 0.1],    # diverged, and came back
        [3.6, 3.5, 3.5, 3.5, 3.5, 3.5, 3.5, 3.5],
        [3.0, 2.9, 2.8, 2.7, 2.4, 2.3, 2.3, 2.3],       # of the largest rate
    ])
    cases = []
    for scale, last in ((1.0, 3), (2.0, 3), (0.5, 3), (1.5, 2)):
        order = rng.permutation(len(curves) - 1)
        losses = scale * np.concatenate([curves[order], curves[-1:]])
        cases.append({"rates": 0.01 * 2.0 ** np.arange(len(curves)), "losses": losses, "last": last})
    return cases


# ---- misconceptions: step, exponential, 1/t

def decays_with(step=None, exponential=None, inverse=None):
    """`decays` with other formulas in place of some of the three."""
    def version(k, lr, drop, every, rate):
        right = decays(k, lr, drop, every, rate)
        return tuple(formula(k, lr, drop, every, rate) if formula else value
                     for formula, value in zip((step, exponential, inverse), right))
    return version


DECAYS = Task(
    name="07.decays",
    title="step, exponential and 1/t decay",
    reference=decays,
    draw=decay_cases,
    returns=("step", "exponential", "1/t"),
    hints=(
        "Step decay needs a whole number: how many times has the rate dropped by now? `//` divides and rounds"
        " down.",
        "All three are lr times something that is 1 at k = 0: a power of drop, a power of e with a negative"
        " exponent, and one over a sum that begins with 1.",
    ),
    misconceptions=(
        Misconception("steps not whole",
                      decays_with(step=lambda k, lr, drop, every, rate: lr * drop ** (k / every)),
                      "Your step decay falls at every update. It should stay level between two drops."),
        Misconception("drop one update early",
                      decays_with(step=lambda k, lr, drop, every, rate: lr * drop ** ((k + 1) // every)),
                      "Your step decay drops one update too early: k counts the updates already made."),
        Misconception("drop as a factor of the count",
                      decays_with(step=lambda k, lr, drop, every, rate: lr * drop * (k // every)),
                      "Your step decay multiplies by the number of drops. Two drops mean drop times drop."),
        Misconception("a share taken off",
                      decays_with(step=lambda k, lr, drop, every, rate: lr * (1 - drop) ** (k // every)),
                      "drop is what is left of the rate after a step, not what is taken away."),
        Misconception("growing",
                      decays_with(exponential=lambda k, lr, drop, every, rate: lr * np.exp(rate * k)),
                      "Your exponential grows. Look at the sign of its exponent."),
        Misconception("powers of two",
                      decays_with(exponential=lambda k, lr, drop, every, rate: lr * 2 ** (-rate * k)),
                      "Your exponential halves where it should shrink by e. Which base has `np.exp`?"),
        Misconception("a constant factor per update",
                      decays_with(exponential=lambda k, lr, drop, every, rate: lr * (1 - rate) ** k),
                      "This factor per update is close to the exponential for a small rate, but it is not the"
                      " same."),
        Misconception("the one forgotten",
                      decays_with(inverse=lambda k, lr, drop, every, rate: lr / (rate * k)),
                      "At k = 0 your 1/t decay divides by zero. It should begin at lr."),
        Misconception("one plus rate",
                      decays_with(inverse=lambda k, lr, drop, every, rate: lr / ((1 + rate) * k)),
                      "Check the brackets of your 1/t decay: which of the numbers does k multiply?"),
        Misconception("linear",
                      decays_with(inverse=lambda k, lr, drop, every, rate: lr * (1 - rate * k)),
                      "This is a straight line, and it falls below zero. 1/t decay divides."),
        Misconception("root",
                      decays_with(inverse=lambda k, lr, drop, every, rate: lr / np.sqrt(1 + rate * k)),
                      "There is a root in your 1/t decay that the task does not have."),
    ),
)


# ---- misconceptions: cosine with restarts

def cosine_without_restart(k, high, low, period, factor):
    return low if k >= period else cosine(k, high, low, period, factor)


def cosine_equal_periods(k, high, low, period, factor):
    return cosine(k, high, low, period, 1)


def cosine_not_set_back(k, high, low, period, factor):
    n, end = period, period
    while k >= end:
        n *= factor
        end += n
    return low + (high - low) * (1 + np.cos(np.pi * k / n)) / 2


def cosine_period_not_grown(k, high, low, period, factor):
    n = period
    while k >= n:
        k, n = k - n, factor * n
    return low + (high - low) * (1 + np.cos(np.pi * k / period)) / 2


def cosine_not_halved(k, high, low, period, factor):
    return 2 * cosine(k, high, low, period, factor) - low


def cosine_low_forgotten(k, high, low, period, factor):
    return cosine(k, high - low, 0.0, period, factor)


def cosine_range_forgotten(k, high, low, period, factor):
    return low + cosine(k, high, 0.0, period, factor)


def cosine_whole_wave(k, high, low, period, factor):
    while k >= period:
        k, period = k - period, factor * period
    return low + (high - low) * (1 + np.cos(2 * np.pi * k / period)) / 2


def cosine_degrees(k, high, low, period, factor):
    while k >= period:
        k, period = k - period, factor * period
    return low + (high - low) * (1 + np.cos(k / period)) / 2


def cosine_upwards(k, high, low, period, factor):
    return high + low - cosine(k, high, low, period, factor)


def cosine_reaches_low(k, high, low, period, factor):
    while k >= period:
        k, period = k - period, factor * period
    return low + (high - low) * (1 + np.cos(np.pi * k / (period - 1))) / 2


def cosine_late_restart(k, high, low, period, factor):
    while k > period:
        k, period = k - period, factor * period
    return low + (high - low) * (1 + np.cos(np.pi * k / period)) / 2


COSINE = Task(
    name="07.cosine",
    title="cosine decay with warm restarts",
    reference=cosine,
    draw=cosine_cases,
    returns=("the rate",),
    hints=(
        "First find out in which period update k lies, how long that period is, and how many of its updates"
        " are made. Only then comes the cosine.",
        "While k is not smaller than the period, take the period off k and make the period longer. What is"
        " left of k is the number that goes into the cosine, over the length of the period you arrived at.",
    ),
    misconceptions=(
        Misconception("no restart", cosine_without_restart,
                      "After the first period your rate stays at the lowest. It should start again at high."),
        Misconception("equal periods", cosine_equal_periods,
                      "All your periods are equally long. Each should be factor times the one before."),
        Misconception("counter not set back", cosine_not_set_back,
                      "Your periods are right, but the cosine gets all updates instead of those of this"
                      " period."),
        Misconception("cosine of the first period", cosine_period_not_grown,
                      "You count the updates of this period, but divide by the length of the first one."),
        Misconception("not halved", cosine_not_halved,
                      "At the beginning your rate is above high. Between which two numbers does 1 + cos"
                      " lie?"),
        Misconception("low forgotten", cosine_low_forgotten,
                      "At the end of a period your rate comes to 0. It should come to low."),
        Misconception("range forgotten", cosine_range_forgotten,
                      "At the beginning your rate is high plus low. What does the cosine have to swing"
                      " between?"),
        Misconception("whole wave", cosine_whole_wave,
                      "Your rate is back at the top at the end of each period: that is a whole wave, take"
                      " half of it."),
        Misconception("no pi", cosine_degrees,
                      "Your rate hardly falls. Through which angle does the cosine have to go, from 1 to"
                      " -1?"),
        Misconception("upwards", cosine_upwards,
                      "Your rate rises within a period. The cosine begins at 1, and so should the rate begin"
                      " at high."),
        Misconception("low reached within the period", cosine_reaches_low,
                      "Your rate reaches low one update early. Divide by the number of updates, not one"
                      " less."),
        Misconception("late restart", cosine_late_restart,
                      "The restart comes one update late: with a period of 5 the update k = 5 is the first of"
                      " the next."),
    ),
)


# ---- misconceptions: patience

def stop_by_failures(fails, best_of):
    """Walk through the losses, count while `fails(losses, i, best)`, stop at `patience`; then
    best_of(losses, stop).
    """
    def version(losses, patience):
        best, waited, stop = 0, 0, 0
        for stop in range(1, len(losses)):
            waited = waited + 1 if fails(losses, stop, best) else 0
            if losses[stop] < losses[best]:
                best = stop
            if waited == patience:
                break
        return best_of(losses, best, stop), stop
    return version


def stop_best_of_all(losses, patience):
    return int(np.argmin(losses)), stop_early(losses, patience)[1]


def stop_last_kept(losses, patience):
    best, stop = stop_early(losses, patience)
    return stop, stop


def stop_never_reset(losses, patience):
    best = waited = stop = 0
    for stop in range(1, len(losses)):
        if losses[stop] < losses[best]:
            best = stop
        else:
            waited += 1
        if waited == patience:
            break
    return best, stop


def stop_one_more(losses, patience):
    return stop_early(losses, patience + 1)


def stop_at_first_rise(losses, patience):
    return stop_early(losses, 1)


def stop_counts_records(losses, patience):
    best, stop = stop_early(losses, patience)
    return best + 1, stop + 1


def stop_swapped(losses, patience):
    return stop_early(losses, patience)[::-1]


def stop_values(losses, patience):
    best, stop = stop_early(losses, patience)
    return losses[best], losses[stop]


def stop_ties_are_better(losses, patience):
    best = stop = 0
    for stop in range(1, len(losses)):
        if losses[stop] <= losses[best]:
            best = stop
        if stop - best == patience:
            break
    return best, stop


def stop_after_waiting(losses, patience):
    best, stop = stop_early(losses, patience)
    return max(stop - patience, 0), stop


PATIENCE = Task(
    name="07.patience",
    title="early stopping with patience",
    reference=stop_early,
    draw=path_cases,
    returns=("best", "stop"),
    hints=(
        "Go through the records one after the other, as training would: what comes later is not known yet."
        " Keep the number of the best so far.",
        "How many records have passed since the best one? That is a difference of two numbers you have. When"
        " it reaches the patience, leave the loop.",
    ),
    misconceptions=(
        Misconception("best of all", stop_best_of_all,
                      "You keep a record that training never made: it had stopped before."),
        Misconception("last kept", stop_last_kept,
                      "You keep the record at which it stops. Those last ones were waiting; which was the"
                      " best?"),
        Misconception("compared with the one before",
                      stop_by_failures(lambda x, i, best: x[i] >= x[i - 1], lambda x, best, stop: best),
                      "You compare with the record before. A loss can fall again and still be above the"
                      " best."),
        Misconception("waiting never set back", stop_never_reset,
                      "You count all records that were not better. After a new best the count starts again."),
        Misconception("one too many", stop_one_more,
                      "You stop one record too late: with a patience of 2 the second in a row is the last."),
        Misconception("no patience", stop_at_first_rise,
                      "You stop at the first record that is not better, whatever the patience is."),
        Misconception("counted from one", stop_counts_records,
                      "Both numbers are one too large: the first record has the number 0."),
        Misconception("the other order", stop_swapped,
                      "Both numbers are right, but they come in the other order."),
        Misconception("losses instead of numbers", stop_values,
                      "You return losses. Asked for are the numbers of the records."),
        Misconception("a tie is better", stop_ties_are_better,
                      "A loss equal to the best counts as better in your function. It should not."),
        Misconception("best counted back", stop_after_waiting,
                      "You count back from the end. Where the records run out before the patience does, that"
                      " is not the best."),
    ),
)


# ---- misconceptions: the range test

def range_with(grid=None, order="measure first", sign=-1):
    """`range_test` with another grid of rates, another order of measuring and stepping, another sign."""
    def version(loss, gradient, theta, low, high, n):
        rates = low * (high / low) ** (np.arange(n) / (n - 1)) if grid is None else grid(low, high, n)
        losses = []
        for lr in rates:
            before, after = theta, theta + sign * lr * gradient(theta)
            losses.append(loss(after if order == "step first" else before))
            theta = before if order == "no step" else after
        return rates, np.array(losses)
    return version


def range_from_the_start(loss, gradient, theta, low, high, n):
    rates = range_test(loss, gradient, theta, low, high, n)[0]
    return rates, np.array([loss(theta - lr * gradient(theta)) for lr in rates])


def range_shifted_rate(loss, gradient, theta, low, high, n):
    rates, losses = range_test(loss, gradient, theta, low, high, n)[0], []
    for lr in np.append(low, rates[:-1]):
        losses.append(loss(theta))
        theta = theta - lr * gradient(theta)
    return rates, np.array(losses)


def range_first_gradient(loss, gradient, theta, low, high, n):
    rates, losses, g = range_test(loss, gradient, theta, low, high, n)[0], [], gradient(theta)
    for lr in rates:
        losses.append(loss(theta))
        theta = theta - lr * g
    return rates, np.array(losses)


RANGE = Task(
    name="07.range_test",
    title="the range test",
    reference=range_test,
    draw=bowl_cases,
    returns=("rates", "losses"),
    hints=(
        "The rates grow by the same factor each time: which factor, if n - 1 of them lead from low to high?"
        " `np.geomspace` knows it too.",
        "For each rate: note the loss where theta is, then move theta by one step of gradient descent with"
        " this rate. Move a new array, so that the caller's theta stays as it is.",
    ),
    misconceptions=(
        Misconception("rates in a straight line", range_with(np.linspace),
                      "Your rates grow by equal amounts. Then nearly all of them are of the size of the"
                      " largest."),
        Misconception("high not reached",
                      range_with(lambda low, high, n: low * (high / low) ** (np.arange(n) / n)),
                      "Your last rate is below high. How many steps are there between n rates?"),
        Misconception("low left out",
                      range_with(lambda low, high, n: low * (high / low) ** (np.arange(1, n + 1) / n)),
                      "Your first rate is above low. The first exponent is 0."),
        Misconception("from high to low", range_with(lambda low, high, n: np.geomspace(high, low, n)),
                      "Your rates fall. After the first ones there is nothing left to test."),
        Misconception("loss after the step", range_with(order="step first"),
                      "You note the loss after the step. The task wants it before."),
        Misconception("theta never moves", range_with(order="no step"),
                      "All your losses are equal: theta does not move."),
        Misconception("uphill", range_with(sign=1),
                      "Your loss grows from the first step on. In which direction does the gradient point?"),
        Misconception("every step from the start", range_from_the_start,
                      "Each of your steps begins at the first theta. The test is one run: go on from where"
                      " you are."),
        Misconception("the rate before", range_shifted_rate,
                      "Each step is made with the rate before. Use the one at which you note the loss."),
        Misconception("gradient of the start", range_first_gradient,
                      "You ask for the gradient once. It changes as theta moves."),
    ),
)


# ---- misconceptions: choosing a rate

def chosen_by(score):
    """The rate whose row has the smallest score, diverged runs left out."""
    def version(rates, losses, last):
        values = score(losses, last)
        values[~np.isfinite(losses).all(axis=1)] = np.inf
        return rates[values.argmin()]
    return version


def choose_diverged(rates, losses, last):
    return rates[losses[:, -last:].mean(axis=1).argmin()]


def choose_ignoring_nan(rates, losses, last):
    return rates[np.nanmean(losses[:, -last:], axis=1).argmin()]


def choose_largest(rates, losses, last):
    return rates[np.isfinite(losses).all(axis=1)].max()


def choose_position(rates, losses, last):
    return int(np.flatnonzero(rates == choose_rate(rates, losses, last))[0])


def choose_worst(rates, losses, last):
    return rates[np.nan_to_num(losses[:, -last:].mean(axis=1)).argmax()]


CHOOSE = Task(
    name="07.choose_rate",
    title="choose a rate from curves",
    reference=choose_rate,
    draw=curve_cases,
    returns=("the rate",),
    hints=(
        "One number per run is wanted first: the mean of its last losses. `losses[:, -last:]` are those.",
        "A run that diverged must not win. Give it a number that never is the smallest, before you ask where"
        " the smallest is; then look up the rate there.",
    ),
    misconceptions=(
        Misconception("lowest ever", chosen_by(lambda x, last: x.min(axis=1)),
                      "You look for the lowest loss of all. One lucky minibatch decides then."),
        Misconception("last loss only", chosen_by(lambda x, last: x[:, -1].copy()),
                      "You look at the last minibatch only. It may be a lucky one: take the mean of the last"
                      " few."),
        Misconception("mean of the whole run", chosen_by(lambda x, last: x.mean(axis=1)),
                      "You average over the whole run, so that a slow beginning counts as much as the end."),
        Misconception("first losses", chosen_by(lambda x, last: x[:, :last].mean(axis=1)),
                      "You look at the first losses. The run that begins best need not end best."),
        Misconception("nan wins", choose_diverged,
                      "You chose a run that diverged: to `argmin` a nan is the smallest number."),
        Misconception("nan left out of the mean", choose_ignoring_nan,
                      "You leave out the nan and keep the run. A run that diverged is of no use, however low"
                      " it was before."),
        Misconception("largest rate that works", choose_largest,
                      "This is the largest rate that did not diverge. Did it also end with the lowest loss?"),
        Misconception("position instead of rate", choose_position,
                      "You return the position of the run. Asked for is its rate."),
        Misconception("highest loss", choose_worst,
                      "This is the run with the highest loss."),
    ),
)

TASKS = (DECAYS, COSINE, PATIENCE, RANGE, CHOOSE)
