"""Exercise 7: schedules, patience, the range test, a rate chosen from curves."""

import numpy as np

from .engine import Task
from .mistakes import but, ways
from .momentum import bowl
from .values import numbers


# ---- 1 step, exponential, 1/t, from lr to last

def decays(k, lr, last, n, drops):
    share, made = last / lr, k // (n // (drops + 1))
    return lr * share ** (made / drops), lr * share ** (k / n), lr / (1 + (1 / share - 1) * k / n)


def decay_cases(rng):
    """k at a drop, one before it, between two, and after the last."""
    lrs, shares = rng.permutation([0.3, 0.45, 0.8, 1.7]), rng.permutation([0.03, 0.07, 0.15, 0.23])
    return [{"k": k, "lr": float(lr), "last": float(lr * share), "n": n, "drops": drops}
            for k, n, drops, lr, share in zip((20, 23, 11, 61), (40, 36, 35, 72), (3, 5, 4, 5), lrs, shares)]


END = "What is it at k = 0, and at k = n? There it should be lr, and last."

DECAYS = Task(
    "07.decays", "step, exponential and 1/t decay", decays, decay_cases,
    returns=("step", "exponential", "1/t"),
    hints=("Each formula has one unknown: q, or r. Write down what the rate has to be at the end, and solve"
           " for it. After all drops q stands there to which power?",
           "The drops cut the n updates into how many equal parts? For the exponential take logarithms; for"
           " 1/t turn both sides upside down."),
    misconceptions=(
        *ways(decays, "share ** (made / drops)",
              ("all of it at each drop", "Your step decay falls by the whole of last / lr at each drop. All"
               " drops together should do that.", "share ** made"),
              ("a drop divided, no root", "All drops together multiply by last / lr. The factor of one is a"
               " root of that, not a part of it.", "(share / drops) ** made",
               "(1 - (1 - share) / drops) ** made"),
              ("root of another order", "How many factors q are multiplied until last is reached?",
               "share ** (made / (drops + 1))", "share ** (made / n)", "share ** (1 / drops) ** made"),
              ("another q", "What does your step decay multiply by at a drop? All drops make last of lr.",
               "((lr - last) / drops) ** made", "0.5 ** made", "(1 - (lr - last) / drops) ** made",
               "last ** (made / drops)", "(lr - last) ** (made / drops)"),
              ("equal amounts", "Your steps take away equal amounts. Each should multiply by the same.",
               "(1 - (1 - share) * made / drops)"),
              ("growing steps", "Your step decay grows.", "share ** (-made / drops)")),
        *ways(decays, "k // (n // (drops + 1))",
              ("length of a step", "Your steps have another length. Three drops cut the updates into four"
               " equal parts.", "k // (n // drops)", "k // drops"),
              ("steps not whole", "Your step decay falls at every update. It should stay level between two"
               " drops.", "k / (n // (drops + 1))", "k / (n // drops)"),
              ("number of drops", "Your step decay has made another number of drops. How many are there just"
               " before a multiple of their distance, and how many on it?", "(k + 1) // (n // (drops + 1))",
               "(k - 1) // (n // (drops + 1))", "-(-k // (n // (drops + 1)))",
               "round(k / (n // (drops + 1)))", "k % (n // (drops + 1))")),
        *ways(decays, "lr * share ** (k / n)",
              ("growing", "Your exponential grows. " + END, "lr * share ** (-k / n)"),
              ("without n", "Your exponential is at last long before k = n.", "lr * share ** k"),
              ("a straight line", "Your exponential is a straight line. In each update it should lose the"
               " same share.", "lr + (last - lr) * k / n"),
              ("its exponent", "Look at the r of your exponential, and at its logarithm. " + END,
               *(f"lr * np.exp({r} * k / n)" for r in (
                   "np.log10(share)", "np.log2(share)", "np.log(share) * np.log(10)", "-(1 / share - 1)",
                   "-(lr - last)", "-1", "-share", "np.log(last)", "-1 / share", "-np.log(lr - last)")),
               "lr * (1 - (1 - share) / n) ** k", "lr * (1 + np.log(share) / n) ** k")),
        *ways(decays, "(1 / share - 1) * k / n",
              ("the 1 forgotten", "At k = n your 1/t decay is below last: in 1 + r n the 1 counts, too.",
               "1 / share * k / n"),
              ("upside down", "At k = n your 1/t decay has hardly fallen. Solve lr / (1 + r n) = last for r"
               " once more.", "(1 - share) * k / n", "share * k / n", "(lr - last) * k / n",
               "(1 / share - 1) * k / n * share**2"),
              ("another r", "Look at the r of your 1/t decay. " + END, "(1 / last - 1 / lr) * k / n",
               "(1 / last - 1) * k / n", "np.log(1 / share) * k / n", "(lr / last) ** (1 / n) * k",
               "(1 / share - 1) * (k / n) ** 2", "lr / (last - 1) * k / n", "(1 / share - 1 / n) * k"),
              ("without n in 1/t", "Your 1/t decay is at last long before k = n.", "(1 / share - 1) * k")),
        *ways(decays, "lr / (1 + (1 / share - 1) * k / n)",
              ("1/t a straight line", "Your 1/t decay is a straight line. It should divide.",
               "lr + (last - lr) * k / n", "lr * (1 - (1 / share - 1) * k / n)")),
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
ONCE, FIRST = LOOP.replace("while", "if"), "    first = period\n" + LOOP
COUNT = "    n, c = period, k\n    while n <= c:\n        c, n = c - n, factor * n\n"

COSINE = Task(
    "07.cosine", "cosine decay with warm restarts", cosine, cosine_cases, returns=("rate",),
    hints=("First find out in which period update k lies, how long that period is, and how many of its"
           " updates are made. Only then comes the cosine.",
           "While k is not smaller than the period, take the period off k and make the period longer. What"
           " is left of k is the number that goes into the cosine, over the length of this period."),
    misconceptions=(
        *ways(cosine, LOOP,
              ("no restart", "Your rate never starts again. After a period it should be back at high, at"
               " once.", "", "    k = min(k, period)\n"),
              ("too few restarts", "Your rate starts again once or twice only. What about later periods?",
               ONCE, ONCE * 2),
              ("lengths of the periods", "Your periods have other lengths. How long is each, compared with"
               " the one before?", "    k, period = k % period, period * factor\n",
               *(FIRST.replace("k - period, factor * period", new) for new in (
                   "k - period, factor * first", "k - period, factor + period", "k - period, 2 * period",
                   "k - period, period ** factor", "k - factor * period, factor * period",
                   "k - first, factor * period", "k % period, factor * period"))),
              ("k not set back", "The cosine gets all updates instead of those of this period.",
               COUNT + "    period = n\n"),
              ("length of the first period", "You divide by the length of the first period. How long is this"
               " one?", COUNT + "    k = c\n"),
              ("restarts by division", "k // period is the number of restarts only if all periods are equal.",
               "    k, period = k % period, period * factor ** (k // period)\n")),
        ("late restart", but(cosine, "<= k", "< k"),
         "The restart comes one update late: with a period of 5 the update k = 5 is the first of the next."),
        ("not halved", but(cosine, ") / 2", ")"),
         "At the beginning your rate is above high. Between which numbers does 1 + cos lie?"),
        *ways(cosine, "np.pi * k / period",
              ("count within the period", "Within a period a number is one off. For the first update c is 0,"
               " for the last of n it is n - 1.", "np.pi * (k + 1) / period", "np.pi * (k - 1) / period",
               "np.pi * k / (period - 1)"),
              ("another angle", "The cosine should go from 1 to -1 in a period, once. Look at the angle and"
               " its brackets.", "2 * np.pi * k / period", "180 * k / period", "np.pi * k // period",
               "np.pi * k / period / 2")),
        *ways(cosine, "low + (high - low) * wave",
              ("not from high to low", "What is your formula at c = 0, and what at c = n? It should be high"
               " and low. Check signs and brackets.", "(high + low) * wave", "low + (high - low) * wave * 3",
               "low + (high - low) * (2 * wave - 1)", "low + (high - low) / 2 + 2 * wave - 1",
               "low + high / 2 - low * 2 * wave"),
              ("a straight line", "Your rate falls in a straight line. Where is the cosine?",
               "low + (high - low) * (1 - k / period)")),
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
               "losses.argmin(), stop", "losses.argmin(), len(losses) - 1",
               "losses.argmin(), losses.argmin() + patience",
               "losses.argmin(), min(losses.argmin() + patience, len(losses) - 1)"),
              ("last kept", "You keep a record that was waiting, not the best one.", "stop, stop",
               f"stop {AT_END} best, stop"),
              ("counted back", "You count back from the end. Where the records run out before the patience,"
               " that is not the best.", "stop - patience, stop"),
              ("one record late", "You stop one record late. With how many in a row that were not better does"
               " it end?", f"best, stop {AT_END} stop + 1", "best, min(stop + 1, len(losses) - 1)"),
              ("one record early", "You stop one record early. With how many in a row that were not better"
               " does it end?", f"best, stop {AT_END} stop - 1"),
              ("the end", "Where the records run out, your stop is not the number of the last one.",
               "best, best + patience", f"best, len(losses) {AT_END} stop", f"best, -1 {AT_END} stop"),
              ("waited instead of stop", "Your stop is the number of records since the best one. Its own"
               " number is asked for.", "best, stop - best"),
              ("losses instead of numbers", "You return a loss. Asked for are the numbers of the records.",
               "losses[best], losses[stop]", "losses[best], stop")),
        *ways(stop_early, "< losses[best]",
              ("compared with the one before", "You compare with the record before. A loss can fall again and"
               " still be above the best.", "< losses[stop - 1]", "<= losses[stop - 1]"),
              ("compared with the first", "You compare with the first loss. A record has to be better than"
               " the best so far.", "< losses[0]"),
              ("first record left out", "The first record is never the best for you. What if no later one is"
               " better than it?", "< losses[best] or stop == 1")),
        ("waiting never set back", but(stop_early, "= stop, 0", "= stop, waited - 1"),
         "You count all records that were not better. After a new best the count starts again."),
        ("patience from the start", but(stop_early, "waited == patience", "stop == patience"),
         "You stop at record number `patience`. Patience counts from the last best record."),
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


FROM_THE_START = "You go back to the first theta, or use its gradient. Go on from where you are."
RATES, MOVED = "low * (high / low) ** (np.arange(n) / (n - 1))", "x - lr * gradient(x)"
FACTOR = "(high / low) ** (1 / (n - 1))"

RANGE = Task(
    "07.range_test", "the range test", range_test, bowl_cases, returns=("rates", "losses"),
    hints=("The rates grow by the same factor each time: which factor, if n - 1 of them lead from low to"
           " high? `np.geomspace` knows it too.",
           "For each rate: note the loss where theta is, then move theta by one step of gradient descent"
           " with this rate. Move a new array, so that the caller's theta stays as it is."),
    misconceptions=(
        *ways(range_test, RATES,
              ("rates in a straight line", "Your rates grow by equal amounts. Then nearly all are of the size"
               " of the largest.", "np.linspace(low, high, n)", "low + (high - low) * np.arange(n) / n"),
              ("exponents for rates", "Print your rates: the first is not low. If you use `np.logspace`: it"
               " takes exponents of ten, `np.geomspace` the rates.", "np.logspace(low, high, n)",
               "np.logspace(np.log(low), np.log(high), n)", "np.exp(np.linspace(low, high, n))")),
        *ways(range_test, "np.arange(n) / (n - 1)",
              ("ends of the rates", "Your rates do not go from low to high. By which factor does each grow,"
               " and how often between n rates?", "np.arange(n) / n", "np.arange(1, n + 1) / n",
               "np.arange(1, n + 1) / (n - 1)", "np.cumsum(np.arange(n)) / (n - 1)")),
        *ways(range_test, "(loss(x))",
              ("loss after the step", "You note the loss after the step. The task wants it before.",
               f"(loss({MOVED}))"),
              ("steps from the start", FROM_THE_START, "(loss(theta - lr * gradient(theta)))"),
              ("another loss", "What you note is not the loss at theta.", "(x @ x / 2)",
               "(np.log(loss(x)))")),
        *ways(range_test, MOVED,
              ("from the start", FROM_THE_START, "theta - lr * gradient(theta)", "x - lr * gradient(theta)",
               "theta - lr * gradient(x)"),
              ("rate of the step", "Your step is not made with the rate at which you note the loss.",
               *(MOVED.replace("lr", lr) for lr in ("low", "high", f"lr * {FACTOR}", f"lr / {FACTOR}"))),
              ("not along the gradient", "Your step is not the rate times the gradient at theta.",
               "x - lr * x", "x - lr * np.sign(gradient(x))", f"{MOVED} / np.linalg.norm(gradient(x))")),
        *ways(range_test, "np.array(losses)",
              ("lowest so far", "You sort the losses, or keep the lowest. Where they rise is asked for.",
               "np.minimum.accumulate(losses)", "np.sort(losses)")),
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

CHOOSE = Task(
    "07.choose_rate", "choose a rate from curves", choose_rate, curve_cases, returns=("rate",),
    hints=("One number per run is wanted first: the mean of its last losses. `losses[:, -last:]` are those.",
           "A run that diverged must not win. Give it a number that never is the smallest, before you ask"
           " where the smallest is; then look up the rate there."),
    misconceptions=(
        *ways(choose_rate, ENDS,
              ("not the end", "You look at the whole run, or at its beginning. The end is asked for.",
               "losses.min(axis=1)", "losses.mean(axis=1)", "losses[:, :last].mean(axis=1)"),
              ("not the last ones", "You do not average the last losses of a run: where do they begin and"
               " end?", *(ENDS.replace("-last:", part) for part in (
                   "-last - 1:-1", "-last:-1", "last:", "-last:1 - last or None"))),
              ("not their mean", "You compare something else than the means of the last losses.",
               "np.median(losses[:, -last:], axis=1)", "losses[:, -last:].min(axis=1)",
               "losses[:, -last:].max(axis=1)", "losses[:, -last:] @ np.arange(1, last + 1)")),
        *ways(choose_rate, "~np.isfinite(losses).all(axis=1)",
              ("only its end looked at", "You chose a run that diverged, and came back. Look at all its"
               " losses.", "~np.isfinite(ends)", "~np.isfinite(losses[:, -1])"),
              ("one kind only", "You leave out the runs with a nan, but not one with an infinite loss. It has"
               " diverged, too.", "np.isnan(losses).any(axis=1)")),
        *ways(choose_rate, f"rates[{BEST}.argmin()]",
              ("a diverged run", "You chose a run that diverged: to `argmin` a nan is the smallest number.",
               "rates[ends.argmin()]", "rates[losses[:, -1].argmin()]"),
              ("nan left out of the mean", "You leave out the nan, and keep the run. A run that diverged is"
               " of no use, however low it was.", "rates[np.nanmean(losses[:, -last:], axis=1).argmin()]",
               "rates[np.nan_to_num(losses)[:, -last:].mean(axis=1).argmin()]"),
              ("place among those left", "A place among the runs that are left is looked up in all rates.",
               "rates[ends[~out].argmin()]"),
              ("which axis", "A run is a row. Along which axis do you cut, and along which do you average?",
               "rates[losses[:, -last:].mean(axis=0).argmin()]"),
              ("not a rate", "You return a position or a loss. Asked for is the rate of that run.",
               f"{BEST}.argmin()", "ends[~out].argmin()", f"{BEST}.min()"),
              ("another run", "This is not the run that ends lowest. Do you compare the ends of all that are"
               " left?", "rates[~out][0]", "rates[~out][-1]", "rates[~out].max()", "rates[~out].min()",
               "rates[np.where(out, 0, ends).argmax()]", "rates[np.where(out, -np.inf, ends).argmin()]"),
              ("up to the first that diverged", "You compare only the runs before the first that diverged."
               " Leave that one out, and go on.", f"rates[{BEST}[:out.argmax()].argmin()]")),
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
TRAIN = "            x = x - lr * gradient(x)\n        return loss(x)"

SWEEP = Task(
    "07.sweep", "a sweep that goes on", sweep, sweep_cases, returns=("rates", "losses", "best"),
    hints=("Write the training first, as a function of the rate alone: it begins at theta, makes its steps in"
           " a new array, and returns the loss at its end.",
           "Keep two lists, rates and losses, in order of the rates. As long as the lowest loss stands at an"
           " end of its list, add a rate there, and train with it."),
    misconceptions=(
        *ways(sweep, UP + DOWN,
              ("too few rates", "You stop too early. Has the best a worse one on either side?", "",
               (UP + DOWN).replace("while", "if")),
              ("one way only", "You go on in one direction only. What if the best is at the other end?", UP,
               DOWN),
              ("one too many", "You try more rates than needed: stop when there is one worse on either side.",
               UP + DOWN.replace("ends[0] < min(ends[1:])", "min(ends[:2]) < min(ends[2:])"),
               UP.replace("ends[-1] < min(ends[:-1])", "min(ends[-2:]) < min(ends[:-2])") + DOWN),
              ("another factor", "The rates that you add are not twice the largest, or half the smallest.",
               UP.replace("2 * rates[-1]", "10 * rates[-1]") + DOWN.replace("/ 2", "/ 10"),
               UP.replace("2 * rates[-1]", "(rates[-1] + lr)") + DOWN,
               UP.replace("2 * rates[-1]", "10 * rates[-1]") + DOWN, UP + DOWN.replace("/ 2", "/ 10"),
               UP + DOWN.replace("end(rates[0] / 2)", "end(rates[0] / 4)"))),
        *ways(sweep, "[lr / 2, lr, 2 * lr]",
              ("other rates to begin with", "Your first three rates are not lr / 2, lr and 2 * lr.",
               "[lr / 10, lr, 10 * lr]", "[lr, 2 * lr]", "[lr, lr / 2, 2 * lr]", "[lr, 2 * lr, 4 * lr]")),
        *ways(sweep, "    return np.array",
              ("in order of the losses", "Your results are sorted by the losses. The task wants them in order"
               " of the rates.", "    ends, rates = zip(*sorted(zip(ends, rates)))\n    return np.array"),
              ("rates as tried", "Your rates stand in the order in which they were tried, not in increasing"
               " order.", "    i = rates.index(lr / 2)\n    rates, ends = rates[i:] + rates[:i][::-1],"
               " ends[i:] + ends[:i][::-1]\n    return np.array")),
        *ways(sweep, TRAIN,
              ("all gradients at the start", "All steps of a training use the gradient at theta. Ask for it"
               " where you are.", TRAIN.replace("gradient(x)", "gradient(theta)")),
              ("not a step", "Your step is not the rate times the gradient.",
               TRAIN.replace("gradient(x)", "gradient(x) / steps"), TRAIN.replace("gradient(x)", "loss(x)")),
              ("not the loss", "What you judge by is not the loss at the end.",
               TRAIN.replace("loss(x)", "np.linalg.norm(gradient(x))"))),
        *ways(sweep, "range(steps)",
              ("number of steps", "Your trainings have another number of steps.", "range(steps - 1)",
               "range(steps + 1)", "range(1)", "range(10 * steps)", "range(100)")),
        *ways(sweep, "x = theta",
              ("not from theta", "Your trainings do not begin at theta.", "x = 0 * theta",
               "x = 0 * theta + 1")),
        ("goes on from the last", but(sweep, "x = theta\n", "nonlocal theta\n        x = theta\n",
                                      "return loss(x)\n", "theta = x\n        return loss(x)\n"),
         "A training begins where the one before has ended. Each should begin at theta."),
        *ways(sweep, "rates[np.argmin(ends)]",
              ("not a rate", "The last result should be a rate, not its place and not its loss.",
               "np.argmin(ends)", "min(ends)"),
              ("not the best", "The last result is not the rate with the lowest loss.", "rates[0]", "lr",
               "rates[len(rates) // 2]", "rates[-2]", "rates[1]")),
    ))


TASKS = (DECAYS, COSINE, PATIENCE, RANGE, CHOOSE, SWEEP)
