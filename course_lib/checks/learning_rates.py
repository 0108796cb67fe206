"""Exercise 7: schedules, patience, the range test, a rate chosen from curves."""

import numpy as np

from .engine import Task
from .mistakes import but, ways
from .momentum import bowl
from .values import numbers


# ---- 1 step, exponential, 1/t, from lr to last

def decays(k, lr, last, n, drops):
    share, made = last / lr, k // (n // (drops + 1))
    step = lr * share ** (made / drops)
    exponential = lr * share ** (k / n)
    return step, exponential, lr / (1 + (1 / share - 1) * k / n)


def decay_cases(rng):
    """k at a drop, one before it, between two, and after the last."""
    lrs, shares = rng.permutation([0.3, 0.45, 0.8, 1.7]), rng.permutation([0.03, 0.07, 0.15, 0.23])
    return [{"k": k, "lr": float(lr), "last": float(lr * share), "n": n, "drops": drops}
            for k, n, drops, lr, share in zip((20, 23, 11, 61), (40, 36, 35, 72), (3, 5, 4, 5), lrs, shares)]


DECAYS = Task(
    "07.decays", "step, exponential and 1/t decay", decays, decay_cases,
    returns=("step", "exponential", "1/t"),
    hints=("Each formula has one unknown: q, or r. Write down what the rate has to be at the end, and solve"
           " for it. After all drops q stands there to which power?",
           "The drops cut the n updates into how many equal parts? For the exponential take logarithms; for"
           " 1/t turn both sides upside down."),
    misconceptions=(
        *ways(decays, "share ** (made / drops)",
              ("another q", "What does your step decay multiply by at a drop? All drops make last of lr.",
               "share ** (made / (drops + 1))", "last ** (made / drops)", "(lr - last) ** (made / drops)",
               *(f"{q} ** made" for q in ("share", "(share / drops)", "share ** (1 / drops)", "0.5",
                                          "((lr - last) / drops)", "(1 - (lr - last) / drops)"))),
              ("equal amounts", "Your steps take away equal amounts. Each should multiply by the same.",
               "(1 - (1 - share) * made / drops)")),
        *ways(decays, "k // (n // (drops + 1))",
              ("where the drops are", "Your drops are elsewhere. Three drops cut the updates into four equal"
               " parts. How many are there just before the end of a part, and how many at it?",
               "k // (n // drops)", "k // drops", "(k + 1) // (n // (drops + 1))",
               "round(k / (n // (drops + 1)))", "k % (n // (drops + 1))"),
              ("steps not whole", "Your step decay falls at every update. Between two drops it stays level.",
               "k / (n // (drops + 1))")),
        *ways(decays, "lr * share ** (k / n)",
              ("r of the exponential", "Look at the r of your exponential. What is it at k = 0, and at k = n?"
               " There it should be lr, and last.", "lr * share ** k", "lr * (1 + np.log(share) / n) ** k",
               *(f"lr * np.exp(-{r} * k / n)" for r in (
                   "(1 / share - 1)", "(lr - last)", "1", "1 / share", "np.log10(1 / share)",
                   "np.log(1 / last)", "np.log(lr - last)"))),
              ("a straight line", "Your exponential is a straight line. In each update it should lose the"
               " same share.", "lr + (last - lr) * k / n")),
        *ways(decays, "(1 / share - 1)",
              ("r of 1/t", "Your 1/t decay should divide lr by 1 + r k. Solve for r once more: at k = n, what"
               " is there? The 1 counts, too.", "1 / share", "(1 - share)", "(lr - last)",
               "np.log(1 / share)", "(1 / last - 1 / lr)", "lr / (last - 1)", "(1 / share - 1 / n) * n",
               *(f"{r} / (1 - {r} * k / n)" for r in ("(1 - share)", "(1 / share - 1)")))),
    ))


# ---- 2 cosine with restarts

def cosine(k, high, low, period, factor):
    while 0 < period <= k:
        k, period = k - period, factor * period
    wave = (1 + np.cos(np.pi * k / period)) / 2
    return low + (high - low) * wave


def cosine_cases(rng):
    """In the first period, in the second, in the third, the fourth, and just after restarts."""
    return [{"k": k, "high": high, "low": low, "period": period, "factor": factor}
            for k, period, factor, high, low in zip(
                (4, 17, 15, 34, 29, 41, 7), (11, 10, 5, 6, 8, 4, 7), (2, 3, 2, 3, 1, 2, 3),
                rng.permutation([0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.3]).tolist(),
                rng.permutation([0.03, 0.05, 0.07, 0.11, 0.13, 0.17, 0.19]).tolist())]


LOOP = "    while 0 < period <= k:\n        k, period = k - period, factor * period\n"
ONCE, LAP = LOOP.replace("while", "if"), "k - period, factor * period"
COUNT = "    n, c = period, k\n    while n <= c:\n        c, n = c - n, factor * n\n"

COSINE = Task(
    "07.cosine", "cosine decay with warm restarts", cosine, cosine_cases, returns=("rate",),
    hints=("First find out in which period update k lies, how long that period is, and how many of its"
           " updates are made. Only then comes the cosine.",
           "While k is not smaller than the period, take the period off k and make the period longer. What"
           " is left of k is the number that goes into the cosine, over the length of this period."),
    misconceptions=(
        *ways(cosine, LOOP,
              ("restarts missing", "After each period your rate should be back at high, at once. Which of the"
               " restarts does it leave out?", "", "    k = min(k, period)\n", ONCE, ONCE * 2),
              ("lengths of the periods", "Your periods have other lengths. How long is each, compared with"
               " the one before? Only where all are equal is k // period the number of restarts.",
               "    k, period = k % period, period * factor\n",
               "    k, period = k % period, period * factor ** (k // period)\n",
               "    first = period\n" + LOOP.replace(LAP, "k - period, factor * first"),
               *(LOOP.replace(LAP, new) for new in (
                   "k - period, period ** factor", "k - factor * period, factor * period",
                   "k % period, factor * period"))),
              ("not of this period", "Which number goes into the cosine, over which length? One of the two is"
               " not that of this period.", COUNT + "    period = n\n", COUNT + "    k = c\n")),
        ("late restart", but(cosine, "<= k", "< k"),
         "The restart comes one update late: with a period of 5 the update k = 5 is the first of the next."),
        *ways(cosine, "np.pi * k / period",
              ("another angle", "The cosine should go from 1 to -1 in a period of n updates, once. Look at"
               " the angle for the first of them, and for the last, which is number n - 1.",
               "2 * np.pi * k / period", "np.pi * k / period / 2", "np.pi * (k + 1) / period",
               "np.pi * k / (period - 1)")),
        *ways(cosine, "low + (high - low) * wave",
              ("not from high to low", "What is your formula at c = 0, and what at c = n? It should be high"
               " and low. Check signs, brackets, and what 1 + cos is there.",
               "low + (high - low) * wave * 2", "low + (high - low) * wave * 3", "(high + low) * wave",
               "low + high / 2 - low * 2 * wave")),
    ))


# ---- 3 patience

def stop_early(losses, patience):
    best = waited = 0
    for stop in range(1, len(losses)):
        waited += 1
        if losses[stop] < losses[best]:
            best, waited = stop, 0
        if waited == patience:
            break
    return best, stop


def path_cases(rng):
    """Ties, ups and downs above the best, none better, the best at the end, the stop at the end, no stop."""
    return [{"losses": np.array([int(digit) for digit in path]) / 10, "patience": patience}
            for path, patience in (("5855465322", 2), ("557365221", 3), ("585534334", 4), ("756671313", 4),
                                   ("7484173441", 2), ("77754455", 2), ("6556345", 4), ("6955684532", 2))]


AT_END = "if waited < patience else"

PATIENCE = Task(
    "07.patience", "early stopping with patience", stop_early, path_cases, returns=("best", "stop"),
    hints=("Go through the records one after the other, as training would: what comes later is not known"
           " yet. Keep the number of the best so far.",
           "How many records have passed since the best one? That is a difference of two numbers you have."
           " When it reaches the patience, leave the loop."),
    misconceptions=(
        *ways(stop_early, "best, stop",
              ("looks ahead", "You use losses of records that training never came to: it had stopped before.",
               "losses.argmin(), stop"),
              ("last kept", "You keep the last record, or count back from it. Neither has to be the best.",
               "stop, stop", "stop - patience, stop"),
              ("one record off", "Your stop is one record off. With how many in a row that were not better"
               " does it end?", f"best, stop {AT_END} stop - 1", "best, min(stop + 1, len(losses) - 1)"),
              ("not the numbers", "What you return is not the number of that record, counted from the first.",
               "best, stop - best", "losses[best], stop", "best, best + patience",
               *(f"best, {end} {AT_END} stop" for end in ("len(losses)", "-1")))),
        *ways(stop_early, "< losses[best]",
              ("compared with another", "You compare with the record before, or with the first. A record has"
               " to be better than the best so far.", "< losses[stop - 1]", "<= losses[stop - 1]",
               "< losses[0]")),
        ("waiting never set back", but(stop_early, "= stop, 0", "= stop, waited - 1"),
         "You count all records that were not better. After a new best the count starts again."),
        ("a tie", but(stop_early, "+= 1", "+= losses[stop] > losses[best]"),
         "You pass over a loss that is equal to the best. It is not better: it is one of those in a row."),
    ))


# ---- 4 the range test

def range_test(loss, gradient, theta, low, high, n):
    rates, losses, x = low * (high / low) ** (np.arange(n) / (n - 1)), [], theta
    for lr in rates:
        losses.append(loss(x))
        x = x - lr * gradient(x)
    return rates, np.array(losses)


def bowl_cases(rng):
    """Losses that fall and rise again, in at least three records."""
    cases = []
    for curvature, low, high, n in (([0.7, 2.6], 0.1, 6.0, 8), ([2.9, 0.4, 1.7], 0.12, 5.0, 7),
                                    ([1.3, 0.3], 0.2, 13.0, 9)):
        loss, gradient = bowl(np.array(curvature), numbers(rng, len(curvature)))
        cases.append({"loss": loss, "gradient": gradient, "theta": numbers(rng, len(curvature)),
                      "low": low, "high": high, "n": n})
    return cases


RATES, MOVED = "low * (high / low) ** (np.arange(n) / (n - 1))", "x - lr * gradient(x)"

RANGE = Task(
    "07.range_test", "the range test", range_test, bowl_cases, returns=("rates", "losses"),
    hints=("The rates grow by the same factor each time: which factor, if n - 1 of them lead from low to"
           " high? `np.geomspace` knows it too.",
           "For each rate: note the loss where theta is, then move theta by one step of gradient descent"
           " with this rate. Move a new array, so that the caller's theta stays as it is."),
    misconceptions=(
        *ways(range_test, RATES,
              ("other rates", "Print your rates: they should grow from low to high, by the same factor each"
               " time. If you use `np.logspace`: it takes exponents of ten.", "np.linspace(low, high, n)",
               "np.logspace(low, high, n)", "np.exp(np.linspace(low, high, n))",
               *(RATES.replace("np.arange(n) / (n - 1)", powers) for powers in (
                   "np.arange(n) / n", "np.arange(1, n + 1) / n", "np.arange(1, n + 1) / (n - 1)",
                   "np.cumsum(np.arange(n)) / (n - 1)")))),
        *ways(range_test, "(loss(x))",
              ("another loss", "What you note is not the loss where you are, before the step of this rate.",
               f"(loss({MOVED}))", "(loss(theta - lr * gradient(theta)))", "(x @ x / 2)")),
        *ways(range_test, MOVED,
              ("from the start", "You use the first theta again and again. Go on from where you are.",
               "theta - lr * gradient(theta)", "x - lr * gradient(theta)", "theta - lr * gradient(x)"),
              ("rate of the step", "Your step is not made with the rate at which you note the loss.",
               *(MOVED.replace("lr", lr) for lr in ("low", "high", "lr * rates[1] / low"))),
              ("not along the gradient", "Your step is not the rate times the gradient at theta.",
               "x - lr * x", "x - lr * np.sign(gradient(x))")),
        ("sorted losses", but(range_test, "np.array(losses)", "np.sort(losses)"),
         "You sort the losses. Each belongs to its rate, and where they rise is asked for."),
    ))


# ---- 5 a rate from curves

def choose_rate(rates, losses, last):
    ends = losses[:, -last:].mean(axis=1)
    out = ~np.isfinite(losses).all(axis=1)
    return rates[np.where(out, np.inf, ends).argmin()]


def curve_cases(rng):
    """Runs whose ends are close together, while single losses are far apart. Four of them diverge."""
    cases = []
    for last, runs, length in ((3, 12, 11), (4, 11, 10), (3, 13, 9), (2, 10, 8), (5, 12, 13), (4, 14, 9)):
        losses = rng.uniform(-2, 2, (runs, length))
        losses[:, :last] += rng.uniform(0, 9, (runs, last))
        losses += (6 + rng.permutation(runs) / 10 - losses[:, -last:].mean(axis=1))[:, None]
        rows = 1 + rng.permutation(runs - 1)[:4]
        losses[rows] -= rng.permutation([1.0, 1.5, 2.0, 2.5])[:, None]
        losses[rows, (1, 2, -1, -2)] = np.nan, np.inf, np.nan, np.nan
        cases.append({"rates": rng.permutation(0.013 * 1.7 ** np.arange(runs)), "losses": losses.round(2),
                      "last": last})
    return cases


ENDS, BEST = "losses[:, -last:].mean(axis=1)", "np.where(out, np.inf, ends)"
DIVERGED = "You chose a run that diverged."

CHOOSE = Task(
    "07.choose_rate", "choose a rate from curves", choose_rate, curve_cases, returns=("rate",),
    hints=("One number per run is wanted first: the mean of its last losses. `losses[:, -last:]` are those.",
           "A run that diverged must not win. Give it a number that never is the smallest, before you ask"
           " where the smallest is; then look up the rate there."),
    misconceptions=(
        *ways(choose_rate, ENDS,
              ("not the last ones", "You do not average the last losses of a run, and no others. Where do"
               " they begin and end?", *(ENDS.replace("-last:", part) for part in (
                   ":", ":last", "-last - 1:-1", "last:", "-last:1 - last or None"))),
              ("not their mean", "You compare something else than the means of the last losses.",
               "losses.min(axis=1)", "np.median(losses[:, -last:], axis=1)", "losses[:, -last:].min(axis=1)",
               "losses[:, -last:] @ np.arange(1, last + 1)")),
        *ways(choose_rate, "~np.isfinite(losses).all(axis=1)",
              ("a diverged run", f"{DIVERGED} Look for a nan or an infinite loss anywhere in it.",
               "~np.isfinite(ends)", "np.isnan(losses).any(axis=1)", "False")),
        *ways(choose_rate, f"rates[{BEST}.argmin()]",
              ("nan replaced", f"{DIVERGED} It is of no use, however low its other losses are.",
               "rates[np.nanmean(losses[:, -last:], axis=1).argmin()]", "rates[losses[:, -1].argmin()]",
               "rates[np.nan_to_num(losses)[:, -last:].mean(axis=1).argmin()]"),
              ("place among those left", "A place among the runs that are left is looked up in all rates.",
               "rates[ends[~out].argmin()]"),
              ("not a rate", "You return a position or a loss. Asked for is the rate of that run.",
               f"{BEST}.argmin()", "ends[~out].argmin()", f"{BEST}.min()"),
              ("another run", "This is not the run that ends lowest. Do you compare the ends of all that are"
               " left? A run is a row.", "rates[~out][0]", "rates[~out][-1]", "rates[~out].max()",
               "rates[~out].min()", "rates[losses[:, -last:].mean(axis=0).argmin()]",
               *(f"rates[np.where(out, -np.inf, ends).{end}()]" for end in ("argmin", "argmax")))),
    ))


# ---- 6 a sweep that goes on until its best has a worse one on either side

def sweep(loss, gradient, theta, lr, steps):
    def end(lr):
        x = theta
        for _ in range(steps):
            x = x - lr * gradient(x)
        return loss(x)

    rates = [lr / 2, lr, 2 * lr]
    ends = [end(lr) for lr in rates]
    while ends[-1] < min(ends[:-1]):
        rates, ends = [*rates, 2 * rates[-1]], [*ends, end(2 * rates[-1])]
    while ends[0] < min(ends[1:]):
        rates, ends = [rates[0] / 2, *rates], [end(rates[0] / 2), *ends]
    return np.array(rates), np.array(ends), rates[np.argmin(ends)]


def sweep_cases(rng):
    """The best rate far above the first, far below, among the first three, and above by one."""
    cases = []
    for curvature, lr, steps in (([0.7, 2.6], 0.03, 5), ([2.9, 0.4, 1.7], 5.3, 4), ([1.3, 0.6], 0.9, 3),
                                 ([0.5, 1.9], 0.35, 6)):
        loss, gradient = bowl(np.array(curvature), numbers(rng, len(curvature)))
        theta = rng.uniform(1.5, 2.5, len(curvature)) * rng.choice([-1, 1], len(curvature))
        cases.append({"loss": loss, "gradient": gradient, "theta": theta, "lr": lr, "steps": steps})
    return cases


UP = """    while ends[-1] < min(ends[:-1]):
        rates, ends = [*rates, 2 * rates[-1]], [*ends, end(2 * rates[-1])]
"""
DOWN = """    while ends[0] < min(ends[1:]):
        rates, ends = [rates[0] / 2, *rates], [end(rates[0] / 2), *ends]
"""
AS_TRIED = """    while rates[np.argmin(ends)] == min(rates):
        rates, ends = [*rates, min(rates) / 2], [*ends, end(min(rates) / 2)]
"""
STEP, RESULTS = "x - lr * gradient(x)", "np.array(rates), np.array(ends), rates[np.argmin(ends)]"

SWEEP = Task(
    "07.sweep", "a sweep that goes on", sweep, sweep_cases, returns=("rates", "losses", "best"),
    hints=("Write the training first, as a function of the rate alone: it begins at theta, makes its steps in"
           " a new array, and returns the loss at its end.",
           "Keep two lists, rates and losses, in order of the rates. As long as the lowest loss stands at an"
           " end of its list, add a rate there, and train with it."),
    misconceptions=(
        *ways(sweep, UP + DOWN,
              ("too few rates", "You stop too early, or go on at one end only: the best rate should have a"
               " worse one on either side.", "", (UP + DOWN).replace("while", "if"), UP, DOWN),
              ("one too many", "You try more rates than needed: stop when there is one worse on either side.",
               UP + DOWN.replace("ends[0] < min(ends[1:])", "min(ends[:2]) < min(ends[2:])"),
               UP.replace("ends[-1] < min(ends[:-1])", "min(ends[-2:]) < min(ends[:-2])") + DOWN),
              ("another factor", "The rates that you add are not twice the largest, or half the smallest.",
               *(UP.replace("2 * rates[-1]", new) + DOWN for new in ("(rates[-1] + lr)", "10 * rates[-1]")),
               UP + DOWN.replace("/ 2", "/ 10"), UP + DOWN.replace("end(rates[0] / 2)", "end(rates[0] / 4)")),
              ("rates as tried", "Your rates stand in the order in which they were tried, not in increasing"
               " order.", UP + AS_TRIED)),
        *ways(sweep, "[lr / 2, lr, 2 * lr]",
              ("other rates to begin with", "Your first three rates are not lr / 2, lr and 2 * lr.",
               "[lr / 10, lr, 10 * lr]", "[lr, 2 * lr]", "[lr, lr / 2, 2 * lr]", "[lr, 2 * lr, 4 * lr]")),
        *ways(sweep, STEP,
              ("not a step", "Your step is not the rate times the gradient where you are.",
               STEP.replace("(x)", "(theta)"), f"{STEP} / steps")),
        ("not the loss", but(sweep, "loss(x)", "np.linalg.norm(gradient(x))"),
         "What you judge by is not the loss at the end."),
        ("a single step", but(sweep, "range(steps)", "range(1)"), "Your trainings have a single step each."),
        ("not from theta", but(sweep, "x = theta", "x = 0 * theta"), "Your trainings do not begin at theta."),
        ("goes on from the last", but(sweep, "x = theta", "nonlocal theta; x = theta",
                                      "return loss(x)", "theta = x; return loss(x)"),
         "A training begins where the one before has ended. Each should begin at theta."),
        *ways(sweep, RESULTS,
              ("in order of the losses", "Your results are sorted by the losses, not by the rates.",
               "np.array(rates)[np.argsort(ends)], np.sort(ends), rates[np.argmin(ends)]"),
              ("not the best", "The last result is not the rate with the lowest loss.",
               *(RESULTS.replace("rates[np.argmin(ends)]", new) for new in (
                   "np.argmin(ends)", "min(ends)", "rates[np.argmax(ends)]", "rates[0]", "lr")))),
    ))

TASKS = (DECAYS, COSINE, PATIENCE, RANGE, CHOOSE, SWEEP)
