"""Exercise 7: schedules, patience, the range test, a rate chosen from curves."""

from dataclasses import dataclass

import numpy as np

from .engine import Task
from .mistakes import but, ways
from .momentum import BowlGradient
from .values import numbers, show


# ---- 1 step, exponential, 1/t

def decays(k, lr, drop, every, rate):
    return lr * drop ** (k // every), lr * np.exp(-rate * k), lr / (1 + rate * k)


def decay_cases(rng):
    """k one before a drop, on one, between two, and before the first."""
    lrs, rates = [0.3, 0.45, 0.8, 1.7, 2.3], [0.02, 0.03, 0.04, 0.05, 0.07]
    return [{"k": k, "lr": lr, "drop": drop, "every": every, "rate": rate} for k, lr, drop, every, rate in
            zip((29, 40, 17, 55, 4), rng.permutation(lrs).tolist(), (0.6, 0.7, 0.4, 0.2, 0.85),
                (10, 20, 5, 30, 7), rng.permutation(rates).tolist())]


DECAYS = Task(
    "07.decays", "step, exponential and 1/t decay", decays, decay_cases,
    returns=("step", "exponential", "1/t"),
    hints=(
        "Step decay needs a whole number: how many times has the rate dropped by now? `//` divides and rounds"
        " down.",
        "All three are lr times something that is 1 at k = 0: a power of drop, a power of e with a negative"
        " exponent, and one over a sum that begins with 1.",
    ),
    misconceptions=(
        ("steps not whole", but(decays, "k // every", "k / every"),
         "Your step decay falls at every update. It should stay level between two drops."),
        *ways("number of drops", "Your step decay has made another number of drops. How many are there at k"
              " = 0, every - 1, every, 2 every?", decays, "k // every", "(k + 1) // every",
              "(k - 1) // every", "k // every + 1", "round(k / every)", "-(-k // every)", "k % every", "k",
              "every", "1", "min(k // every, 1)", "(k % every == 0)"),
        *ways("no power", "Your step decay multiplies by the number of drops. What do two drops make of lr?",
              decays, "drop ** (k // every)", "drop * (k // every)", "drop * k / every", "drop * every"),
        *ways("a share taken off", "In your step decay drop is taken away. It is what is left of the rate.",
              decays, "lr * drop ** (k // every)", "lr * (1 - drop) ** (k // every)",
              "lr * (1 - drop * (k // every))", "lr * (1 - drop * k // every)", "lr - drop * (k // every)"),
        *ways("order of operations", "Check the brackets of your step decay: `**` comes before `*` and `//`.",
              decays, "lr * drop ** (k // every)", "lr * drop ** k // every", "lr * drop ** k / every",
              "(lr * drop) ** (k // every)", "lr ** (k // every) * drop"),
        *ways("another base", "What is raised to a power in your exponential? It should be e, as in"
              " `np.exp`.", decays, "lr * np.exp(-rate * k)", "lr * 2 ** (-rate * k)",
              "lr * 10 ** (-rate * k)", "lr ** (-rate * k)"),
        ("growing", but(decays, "(-rate", "(rate"),
         "Your exponential grows. Look at the sign of its exponent."),
        ("a constant factor per update", but(decays, "np.exp(-rate * k)", "(1 - rate) ** k"),
         "This factor per update is close to the exponential for a small rate, but it is not the same."),
        *ways("in the exponent", "Look at the exponent of e: rate times k stands in it, and nothing else.",
              decays, "(-rate * k)", "(-rate) * k", "(-k / rate)", "(-rate / k)", "(-rate * k / every)",
              "(-rate * (k // every))", "(-lr * rate * k)", "(-(rate + k))", "(-(rate * k) ** 2)"),
        ("the rest of the exponential", but(decays, "np.exp(-rate * k)", "(1 - np.exp(-rate * k))"),
         "Your exponential rises. Before it is multiplied by lr it is 1 at k = 0."),
        *ways("a straight line", "Your 1/t decay is a straight line. It should divide.", decays,
              "lr / (1 + rate * k)", "lr * (1 - rate * k)", "lr * (1 + rate * k)"),
        *ways("below the line of 1/t", "Compare your 1/t decay with the formula, bracket by bracket: what"
              " does k multiply, what is added, and what stands below the line?", decays,
              "lr / (1 + rate * k)", "lr / 1 + rate * k", "lr / (1 + rate) * k", "lr / (1 + rate) ** k",
              "lr / ((1 + rate) * k)", "lr / (1 + rate) + k", "lr / (rate + k)", "lr / (rate * (1 + k))",
              "lr * rate / (1 + k)", "lr / (1 + rate / k)", "lr / (1 + rate * k / every)",
              "lr / (1 + rate * k * lr)", "lr / (1 + rate * (k // every))", "lr / k", "lr / (lr + rate * k)",
              "1 / (lr + rate * k)"),
        *ways("another power in 1/t", "In your 1/t decay is a root or a power that the task does not have.",
              decays, "(1 + rate * k)", "np.sqrt(1 + rate * k)", "(1 + rate * k) ** 2", "(1 + rate * k ** 2)",
              "(1 + rate ** k)", "(1 + np.exp(rate * k))"),
        *ways("used up", "Your exponential and 1/t decay get what step decay has left of k, or of lr. All"
              " three need what was given.", decays, "lr * np.exp(-rate * k), lr / (1 + rate * k)",
              "lr * np.exp(-rate * (k % every)), lr / (1 + rate * (k % every))",
              "lr * np.exp(-rate * k) * drop ** (k // every), lr / (1 + rate * k) * drop ** (k // every)"),
    ),
)


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
COUNT = "    n, c = period, k\n    while n <= c:\n        c, n = c - n, factor * n\n"

COSINE = Task(
    "07.cosine", "cosine decay with warm restarts", cosine, cosine_cases, returns=("rate",),
    hints=(
        "First find out in which period update k lies, how long that period is, and how many of its updates"
        " are made. Only then comes the cosine.",
        "While k is not smaller than the period, take the period off k and make the period longer. What is"
        " left of k is the number that goes into the cosine, over the length of the period you arrived at.",
    ),
    misconceptions=(
        *ways("no restart", "Your rate never starts again. After a period it should be back at high, at"
              " once.", cosine, LOOP, "", "    k = min(k, period)\n"),
        *ways("too few restarts", "Your rate starts again once or twice only. What about later periods?",
              cosine, LOOP, LOOP.replace("while", "if"), LOOP.replace("while", "if") * 2),
        *ways("lengths of the periods", "Your periods have other lengths. How long is each, compared with the"
              " one before?", cosine, LOOP, *(LOOP.replace("k - period, factor * period", new) for new in (
                  "k - period, factor + period", "k - period, 2 * period", "k - period, period ** factor",
                  "k - factor * period, factor * period", "k % period, factor * period")),
              "    k, period = k % period, period * factor\n",
              *("    first = period\n" + LOOP.replace(old, new) for old, new in (
                  ("factor * period", "factor * first"), ("k - period", "k - first")))),
        *ways("k not set back", "The cosine gets all updates instead of those of this period.", cosine, LOOP,
              COUNT + "    period = n\n",
              "    while factor > 1 and period <= k:\n        period *= factor\n    k %= period\n"),
        *ways("length of the first period", "You divide by the length of the first period. How long is this"
              " one?", cosine, LOOP, COUNT + "    k = c\n"),
        *ways("restarts by division", "k // period is the number of restarts only if all periods are equal.",
              cosine, LOOP, "    k, period = k % period, period * factor ** (k // period)\n",
              "    period *= factor ** (k // period)\n    k %= period\n"),
        ("late restart", but(cosine, "<= k", "< k"),
         "The restart comes one update late: with a period of 5 the update k = 5 is the first of the next."),
        *ways("count within the period", "Within a period a number is one off. For the first update c is 0,"
              " for the last of n it is n - 1.", cosine, "* k / period", "* (k + 1) / period",
              "* (k - 1) / period", "* k / (period - 1)"),
        ("not halved", but(cosine, ") / 2", ")"),
         "At the beginning your rate is above high. Between which numbers does 1 + cos lie?"),
        *ways("not from high to low", "What is your formula at c = 0, and what at c = n? It should be high"
              " and low. Check signs and brackets.", cosine, "low + (high - low) * wave", "high * wave",
              "(high - low) * wave", "low + high * wave", "high + (high - low) * wave",
              "low + (high + low) * wave", "(high + low) * wave", "low * wave",
              "low + (high - low) * wave * 3", "(low + (high - low) * wave) / 2",
              "low + (high - low) * (wave - 0.5)", "low + (high - low) * (2 * wave - 1)",
              "low + (high - low) / 2 + 2 * wave - 1", "low + (high - low) + wave - 0.5",
              "low + (high - low) * (wave + 0.5)", "low + high / 2 - low * 2 * wave",
              "low - (high - low) * wave"),
        *ways("another angle", "The cosine should go from 1 to -1 in a period, once. Look at the angle and"
              " its brackets.", cosine, "np.cos(np.pi * k / period)", "np.cos(2 * np.pi * k / period)",
              "np.cos(k / period)", "np.cos(180 * k / period)", "np.cos(np.pi * k)",
              "np.cos(np.pi) * k / period", "np.cos(np.pi * k) / period", "np.cos(np.pi * k // period)",
              "np.cos(np.pi * k / period / 2)", "np.cos(np.pi * k / period) ** 2",
              "np.sin(np.pi * k / period)"),
        ("a straight line", but(cosine, "(1 + np.cos(np.pi * k / period)) / 2", "1 - k / period"),
         "Your rate falls in a straight line. Where is the cosine?"),
    ),
)


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


RETURN, AT_END = "return best, stop", "if waited < patience else"

PATIENCE = Task(
    "07.patience", "early stopping with patience", stop_early, path_cases, returns=("best", "stop"),
    hints=(
        "Go through the records one after the other, as training would: what comes later is not known yet."
        " Keep the number of the best so far.",
        "How many records have passed since the best one? That is a difference of two numbers you have. When"
        " it reaches the patience, leave the loop.",
    ),
    misconceptions=(
        *ways("looks ahead", "You use losses of records that training never came to: it had stopped before.",
              stop_early, RETURN, "return losses.argmin(), stop", "return losses.argmin(), len(losses) - 1",
              "return losses.argmin(), losses.argmin() + patience",
              "return losses.argmin(), min(losses.argmin() + patience, len(losses) - 1)"),
        *ways("last kept", "You keep a record that was waiting, not the best one.", stop_early, RETURN,
              "return stop, stop", f"return stop {AT_END} best, stop", "return stop - patience + 1, stop"),
        ("counted back", but(stop_early, RETURN, "return stop - patience, stop"),
         "You count back from the end. Where the records run out before the patience, that is not the best."),
        *ways("compared with the one before", "You compare with the record before. A loss can fall again and"
              " still be above the best.", stop_early, "< losses[best]", "< losses[stop - 1]",
              "<= losses[stop - 1]"),
        ("compared with the first", but(stop_early, "losses[best]", "losses[0]"),
         "You compare with the first loss. A record has to be better than the best so far."),
        ("nothing is better", but(stop_early, "losses[best]", "0"),
         "No record is ever better for you. With what do you compare, before there is a best one?"),
        ("best counted", but(stop_early, "= stop, 0", "= stop, 1"),
         "You count the best record itself among those that were not better than it."),
        ("first record left out", but(stop_early, "if losses[stop]", "if stop == 1 or losses[stop]"),
         "The first record is never the best for you. What if no later one is better than it?"),
        ("waiting never set back", but(stop_early, "= stop, 0", "= stop, waited - 1"),
         "You count all records that were not better. After a new best the count starts again."),
        *ways("one record late", "You stop one record late. With how many in a row that were not better does"
              " it end?", stop_early, "patience:\n            break\n    return best, stop",
              "patience + 1:\n            break\n    return best, stop",
              "patience:\n            break\n    return best, min(stop + 1, len(losses) - 1)",
              f"patience:\n            break\n    return best, stop {AT_END} stop + 1"),
        *ways("one record early", "You stop one record early. With how many in a row that were not better"
              " does it end?", stop_early, "patience:\n            break\n    return best, stop",
              "patience - 1:\n            break\n    return best, stop",
              f"patience:\n            break\n    return best, stop {AT_END} stop - 1"),
        ("patience from the start", but(stop_early, "waited == patience", "stop == patience"),
         "You stop at record number `patience`. Patience counts from the last best record."),
        *ways("the end", "Where the records run out, your stop is not the number of the last one.",
              stop_early, RETURN, "return best, best + patience", f"return best, len(losses) {AT_END} stop",
              f"return best, -1 {AT_END} stop"),
        ("waited instead of stop", but(stop_early, RETURN, "return best, stop - best"),
         "Your stop is the number of records since the best one. Its own number is asked for."),
        *ways("losses instead of numbers", "You return a loss. Asked for are the numbers of the records.",
              stop_early, RETURN, "return losses[best], losses[stop]", "return losses[best], stop"),
        ("a tie", but(stop_early, "+= 1", "+= losses[stop] > losses[best]"),
         "You pass over a loss that is equal to the best. It is not better: it is one of those in a row."),
    ),
)


# ---- 4 the range test

@dataclass(frozen=True, eq=False)
class BowlLoss(BowlGradient):
    """x -> sum of curvature * (x - minimum)^2 / 2, with a text that a message can show."""

    def __call__(self, x):
        return float((self.curvature * (x - self.minimum) ** 2).sum() / 2)

    def __str__(self):
        return f"x -> sum({show(self.curvature)} * (x - {show(self.minimum)}) ** 2) / 2"


def range_test(loss, gradient, theta, low, high, n):
    rates, losses = low * (high / low) ** (np.arange(n) / (n - 1)), []
    for lr in rates:
        losses.append(loss(theta))
        theta = theta - lr * gradient(theta)
    return rates, np.array(losses)


def bowl_cases(rng):
    """Losses that fall and rise again, in at least three records."""
    cases = []
    for curvature, low, high, n in (([0.7, 2.6], 0.1, 6.0, 8), ([2.9, 0.4, 1.7], 0.12, 5.0, 7),
                                    ([1.3, 0.3], 0.2, 13.0, 9)):
        bowl = np.array(curvature), numbers(rng, len(curvature))
        cases.append({"loss": BowlLoss(*bowl), "gradient": BowlGradient(*bowl),
                      "theta": numbers(rng, len(curvature)), "low": low, "high": high, "n": n})
    return cases


FROM_THE_START = "You go back to the first theta, or use its gradient. Go on from where you are."
RATES, MOVED = "low * (high / low) ** (np.arange(n) / (n - 1))", "theta - lr * gradient(theta)"

RANGE = Task(
    "07.range_test", "the range test", range_test, bowl_cases, returns=("rates", "losses"),
    hints=(
        "The rates grow by the same factor each time: which factor, if n - 1 of them lead from low to high?"
        " `np.geomspace` knows it too.",
        "For each rate: note the loss where theta is, then move theta by one step of gradient descent with"
        " this rate. Move a new array, so that the caller's theta stays as it is.",
    ),
    misconceptions=(
        *ways("rates in a straight line", "Your rates grow by equal amounts. Then nearly all are of the size"
              " of the largest.", range_test, RATES, "np.linspace(low, high, n)",
              "low + (high - low) * np.arange(n) / n"),
        *ways("ends of the rates", "Your rates do not go from low to high. By which factor does each grow,"
              " and how often between n rates?", range_test, "np.arange(n) / (n - 1)", "np.arange(n) / n",
              "np.arange(1, n + 1) / n", "np.arange(1, n + 1) / (n - 1)", "np.arange(n) / (n + 1)",
              "np.arange(n)", "np.cumsum(np.arange(n)) / (n - 1)"),
        *ways("exponents for rates", "Print your rates: the first is not low. If you use `np.logspace`: it"
              " takes exponents of ten, `np.geomspace` the rates.", range_test, RATES,
              "np.logspace(low, high, n)", "np.logspace(np.log(low), np.log(high), n)",
              "np.exp(np.linspace(low, high, n))"),
        ("loss after the step", but(range_test, "losses.append(loss(theta))", "pass", MOVED,
                                    MOVED + "; losses.append(loss(theta))"),
         "You note the loss after the step. The task wants it before."),
        *ways("rate of the step", "Your step is not made with the rate at which you note the loss.",
              range_test, MOVED, "theta - low * gradient(theta)", "theta - high * gradient(theta)",
              "theta - lr * (high / low) ** (1 / (n - 1)) * gradient(theta)",
              "theta - lr / (high / low) ** (1 / (n - 1)) * gradient(theta)",
              "theta - max(lr / (high / low) ** (1 / (n - 1)), low) * gradient(theta)"),
        *ways("not along the gradient", "Your step is not the rate times the gradient at theta.", range_test,
              MOVED, "theta - lr * theta", "theta - lr * loss(theta)",
              "theta - lr * np.sign(gradient(theta))",
              "theta - lr * gradient(theta) / np.linalg.norm(gradient(theta))"),
        *((f"from the start: {new}", but(range_test, "[]", "[]; start = theta", MOVED, new), FROM_THE_START)
          for new in ("start - lr * gradient(start)", "theta - lr * gradient(start)",
                      "start - lr * gradient(theta)")),
        ("steps from the start", but(range_test, "loss(theta)", f"loss({MOVED})", f"= {MOVED}", "= theta"),
         FROM_THE_START),
        *ways("lowest so far", "You give the lowest loss so far, or take back a step that leads up. That the"
              " loss rises is what the test looks for.", range_test, "np.array(losses)",
              "np.minimum.accumulate(losses)", "np.sort(losses)"),
        *ways("another loss", "What you note is not the loss at theta.", range_test, "loss(theta)",
              "loss(lr)", "lr * loss(theta)", "(theta @ theta) / 2", "np.log(loss(theta))"),
    ),
)


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


ENDS, OUT = "losses[:, -last:].mean(axis=1)", "~np.isfinite(losses).all(axis=1)"
BEST = "np.where(out, np.inf, ends)"

CHOOSE = Task(
    "07.choose_rate", "choose a rate from curves", choose_rate, curve_cases, returns=("rate",),
    hints=(
        "One number per run is wanted first: the mean of its last losses. `losses[:, -last:]` are those.",
        "A run that diverged must not win. Give it a number that never is the smallest, before you ask where"
        " the smallest is; then look up the rate there.",
    ),
    misconceptions=(
        *ways("lowest ever", "You look for the lowest loss of all. One lucky minibatch decides then.",
              choose_rate, ENDS, "losses.min(axis=1)"),
        *ways("last loss only", "You look at the last minibatch only. It may be a lucky one.", choose_rate,
              ENDS, "losses[:, -1]"),
        *ways("mean of the whole run", "You average over the whole run: its beginning counts as much as its"
              " end.", choose_rate, ENDS, "losses.mean(axis=1)"),
        *ways("first losses", "You look at the first losses. The run that begins best need not end best.",
              choose_rate, ENDS, "losses[:, :last].mean(axis=1)"),
        *ways("not the last ones", "You do not average the last losses of a run: where do they begin and"
              " end?", choose_rate, ":, -last:", ":, -last - 1:-1", ":, -last:-1", ":, last:",
              ":, -last:1 - last or None"),
        *ways("not their mean", "You compare something else than the means of the last losses.", choose_rate,
              ENDS, "np.median(losses[:, -last:], axis=1)", "losses[:, -last:].min(axis=1)",
              "losses[:, -last:].max(axis=1)", "losses[:, -last:].std(axis=1)",
              "losses[:, -last:].prod(axis=1)", "losses[:, -last:] @ np.arange(1, last + 1)"),
        *ways("a diverged run", "You chose a run that diverged: to `argmin` a nan is the smallest number.",
              choose_rate, f"rates[{BEST}.argmin()]", "rates[ends.argmin()]",
              "rates[losses[:, -1].argmin()]"),
        *ways("only its end looked at", "You chose a run that diverged, and came back. Look at all its"
              " losses.", choose_rate, OUT, "~np.isfinite(ends)", "~np.isfinite(losses[:, -1])"),
        *ways("one kind only", "You leave out runs with a nan, or runs with an infinite loss. Both have"
              " diverged.", choose_rate, OUT, "np.isnan(losses).any(axis=1)",
              "np.isinf(losses).any(axis=1) | np.isnan(ends)"),
        *ways("nan left out of the mean", "You leave out the nan, and keep the run. A run that diverged is"
              " of no use, however low it was.", choose_rate, f"rates[{BEST}.argmin()]",
              "rates[np.nanmean(losses[:, -last:], axis=1).argmin()]",
              "rates[np.nanmin(losses, axis=1).argmin()]",
              "rates[np.nan_to_num(losses)[:, -last:].mean(axis=1).argmin()]"),
        *ways("place among those left", "A place among the runs that are left is looked up in all rates, or"
              " the other way round.", choose_rate, f"rates[{BEST}.argmin()]", "rates[ends[~out].argmin()]",
              f"np.resize(rates[~out], len(rates))[{BEST}.argmin()]"),
        *ways("which axis", "A run is a row. Along which axis do you cut, and along which do you average?",
              choose_rate, f"rates[{BEST}.argmin()]", "rates[losses[:, -last:].mean(axis=0).argmin()]",
              "rates[losses[-last:].mean(axis=1).argmin()]", "rates[losses[last:].mean(axis=1).argmin()]"),
        *ways("not a rate", "You return a position or a loss. Asked for is the rate of that run.",
              choose_rate, f"rates[{BEST}.argmin()]", f"{BEST}.argmin()", "ends[~out].argmin()",
              f"{BEST}.min()"),
        *ways("another run", "This is not the run that ends lowest. Do you compare the ends of all that are"
              " left?", choose_rate, f"rates[{BEST}.argmin()]", "rates[~out][0]", "rates[~out][-1]",
              "rates[~out].max()", "rates[~out].min()", "rates.max()",
              "rates[np.where(out, 0, ends).argmax()]", "rates[np.where(out, -np.inf, ends).argmin()]"),
        *ways("up to the first that diverged", "You compare only the runs before the first that diverged."
              " Leave that one out, and go on.", choose_rate, f"{BEST}.argmin()",
              "ends[:out.argmax()].argmin()"),
    ),
)

TASKS = (DECAYS, COSINE, PATIENCE, RANGE, CHOOSE)
