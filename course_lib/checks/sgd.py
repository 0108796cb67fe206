"""Exercise 4: minibatches, an epoch of SGD, its variance, linear decay, which exponents converge."""

import copy

import numpy as np

from .engine import Task, WrongForm
from .mistakes import but, in_place_of
from .values import NUMBERS, numbers, show


# ---- 1 minibatches

def minibatches(n, batch_size, rng):
    order = rng.permutation(n)
    return [order[i:i + batch_size] for i in range(0, n, batch_size)]


class Draws(np.random.Generator):
    """A random generator that counts as unchanged when it was used: using it is what it is for."""

    def __deepcopy__(self, memo):
        twin = Draws(np.random.PCG64(0))
        twin.bit_generator.state = self.bit_generator.state
        return twin

    def __str__(self):
        return "np.random.default_rng(...)"


def minibatch_cases(rng):
    """In three of them the last batch is shorter, in two of these by all but one."""
    return [{"n": n, "batch_size": size, "rng": Draws(np.random.PCG64(rng.integers(1000)))}
            for n, size in ((12, 4), (10, 3), (14, 4), (13, 3))]


def lists_in(returned):
    """The batches as lists, a number as a batch of one. Raises WrongForm where they are something else."""
    if type(returned) is np.ndarray:
        returned = returned.tolist()
    batches = list(returned) if type(returned) in (list, tuple) else []
    batches = [x.tolist() if type(x) is np.ndarray else x for x in batches]
    batches = [x if type(x) is list else [x] for x in batches]
    if batches and all(type(i) in NUMBERS for batch in batches for i in batch):
        return batches
    raise WrongForm("the batches", "a list of arrays of whole numbers", returned)


def faults(call, case):
    """Faults of ten epochs, none of which a right version has, whichever order it draws."""
    n, size, rng = case.values()
    twin, everyone = copy.deepcopy(rng), set(range(n))
    epochs = [lists_in(call(n, size, rng)) for _ in range(10)]
    again = sum(lists_in(call(n, size, twin)), [])
    orders, batches = [sum(epoch, []) for epoch in epochs], sum(epochs, [])
    count = len(epochs[0])
    yield "too few batches", count * size < n
    yield "too many batches", (count - 1) * size >= n
    yield "a single batch", count == 1
    yield "an empty batch", any(not batch for batch in batches)
    yield "a batch that is too large", any(len(batch) > size for batch in batches)
    yield "a first batch too small in every epoch", all(len(epoch[0]) < size for epoch in epochs)
    yield "a batch too small before the last", any(len(x) < size for epoch in epochs for x in epoch[:-1])
    yield "a last batch that is too large", any(len(epoch[-1]) > (n - 1) % size + 1 for epoch in epochs)
    yield "numbers that are not whole", any(isinstance(i, (float, np.floating)) for x in batches for i in x)
    yield "numbers below 0 or above n - 1", any(set(order) - everyone for order in orders)
    yield "an example left out", any(everyone - set(order) for order in orders)
    yield "an example twice in a batch", any(len(set(batch)) < len(batch) for batch in batches)
    yield "an example twice in an epoch", any(len(set(order)) < len(order) for order in orders)
    yield "the examples in their old order", all(order == sorted(order) for order in orders)
    yield "the same order in every epoch", all(order == orders[0] for order in orders)
    yield "only neighbours in a batch", any(len(x) > 1 for x in batches) and all(
        sum((i + 1) % n not in x for i in x) < 2 for x in batches)
    yield "batches that begin one place apart", count > 1 and all(x[1][:-1] == x[0][1:] != [] for x in epochs)
    yield "another epoch from a copy of rng", again != orders[0]


cut, ORDER, SLICE = minibatches, "rng.permutation(n)", "order[i:i + batch_size]"
BEGINS, WHOLE_ONLY = "range(0, n, batch_size)", "range(0, n - batch_size + 1, batch_size)"
ANEW = "Each number is drawn anew, so that examples come twice or never. Shuffle all numbers once instead."
APART = "Each batch is drawn for itself, so that two may share an example. Shuffle once for the whole epoch."
EVENED = "Your batches are evened out, as by `np.array_split`. All but the last are to be full."

MINIBATCHES = Task(
    "04.minibatches", "minibatches without replacement", cut, minibatch_cases, drive=faults,
    returns=("the batches",),
    hints=(
        "Shuffle once, then cut. Which method of `rng` gives the numbers 0 to n - 1 in random order?",
        "With the shuffled numbers in an array, a batch is a slice of it. The slices begin at 0, batch_size,"
        " 2 batch_size, ...; a slice that reaches beyond the end is cut off there by numpy itself.",
    ),
    misconceptions=(
        *in_place_of(ORDER, cut, (
            ("drawn with replacement", "rng.integers(n, size=n)", ANEW),
            ("examples in their old order", "np.arange(n)",
             "The examples come in the order of the data. Does what you shuffle get into the batches?"),
            ("the same order in every epoch", "np.random.default_rng(0).permutation(n)",
             "All epochs have the same order. A generator made in the function starts anew at each call."),
            ("another generator", "np.random.permutation(n)",
             "What you draw does not come from `rng`, so that no training can be repeated."),
            ("the last batch filled up", f"np.resize({ORDER}, n + -n % batch_size)",
             "The last batch is filled up with examples that were used already. It may be shorter."))),
        *in_place_of(SLICE, cut, (
            ("each drawn with replacement", "rng.choice(n, batch_size)", ANEW),
            ("each drawn for itself", f"{ORDER}[:batch_size]", APART),
            ("each cut from an order of its own", f"{ORDER}[i:i + batch_size]", APART))),
        ("each drawn with replacement, whole ones only",
         but(cut, SLICE, "rng.choice(n, batch_size)", BEGINS, WHOLE_ONLY), ANEW),
        ("each drawn for itself, whole ones only",
         but(cut, SLICE, f"{ORDER}[:batch_size]", BEGINS, WHOLE_ONLY), APART),
        ("shuffled within the batches", but(cut, SLICE, f"rng.permutation({SLICE})", ORDER, "np.arange(n)"),
         "Only neighbours in the data come together in a batch. Shuffle all numbers before you cut."),
        *in_place_of(BEGINS, cut, (
            ("whole ones only", WHOLE_ONLY,
             "Where batch_size does not divide n, some examples are left out. A batch may be shorter."),
            ("the last batch left out", "range(0, n - batch_size, batch_size)",
             "The last batch is missing, even where batch_size divides n. Where do the batches end?"),
            ("one batch only", "[0]", "This is a single batch. How many does it take to use every example?"))),
        *in_place_of(f"[{SLICE} for i in {BEGINS}]", cut, (
            ("one batch, in no list", "order[:batch_size]",
             "These are the numbers of a single batch. An epoch is a list of several."),
            ("shuffled, not cut", "order",
             "The numbers are shuffled, but not cut: as a list of batches, each holds a single number."),
            ("as many batches as batch_size", "np.array_split(order, batch_size)",
             "You make batch_size batches. It is the number of examples in a batch."),
            ("evened out", "np.array_split(order, -(-n // batch_size))", EVENED),
            ("evened out, too large", "np.array_split(order, n // batch_size)", EVENED),
            ("the short batch first", "np.split(order, range(n % batch_size or batch_size, n, batch_size))",
             "The shorter batch comes first. It is to be the last one."))),
    ),
)


# ---- 2 an epoch of SGD

def sgd_epoch(theta, gradient, batches, lr):
    for batch in batches:
        theta -= lr * gradient(theta, batch)


class MeanPull:
    """(theta, batch) -> H @ (theta - mean of points[batch]), with a text that a message can show."""

    def __init__(self, rng, n):
        a, b, c = np.abs(numbers(rng, 3))
        self.H, self.points = np.array([[a + b, b], [b, b + c]]), numbers(rng, (n, 2))

    def __call__(self, theta, batch):
        return self.H @ (theta - self.points[np.atleast_1d(batch)].mean(axis=0))

    def __str__(self):
        return (f"(theta, batch) -> H @ (theta - mean of points[batch]), H = {show(self.H)},"
                f" points = {show(self.points)}")


def epoch_cases(rng):
    """The last batch is shorter in two of them."""
    return [{"theta": numbers(rng, 2), "gradient": MeanPull(rng, n),
             "batches": np.split(rng.permutation(n), range(size, n, size)), "lr": lr}
            for n, size, lr in ((6, 2, 0.15), (7, 2, 0.3), (8, 3, 0.2))]


def one_epoch(call, case):
    """The gradient goes in as a plain function, which a student's code can only call."""
    def gradient(theta, batch):
        return case["gradient"](theta, batch)

    call(case["theta"], gradient, case["batches"], case["lr"])
    yield "theta after the epoch", case["theta"]


epoch, ASK = sgd_epoch, "gradient(theta, batch)"
ALIKE = "All entries of theta move alike. Each has its own in the gradient: do you sum or average them?"

EPOCH = Task(
    "04.sgd_epoch", "an epoch of SGD", epoch, epoch_cases, drive=one_epoch, in_place=("theta",),
    hints=(
        "One update per batch. At which theta is the gradient of the second batch taken?",
        "A loop over the batches with one line in it: theta, in place, minus the rate times what `gradient`"
        " gives for the theta of this moment and this batch.",
    ),
    misconceptions=(
        ("uphill", but(epoch, "-=", "+="), "These steps go uphill. Where does a gradient point to?"),
        ("only the move", but(epoch, "-= lr", "[:] = -lr"), "You put the move itself in the place of theta."),
        *in_place_of("lr * gradient", epoch, (
            ("times the batch size", "lr * len(batch) * gradient",
             "You multiply by the size of the batch. `gradient` gives a mean, as the rate needs it."),
            ("divided by the batch size again", "lr / len(batch) * gradient",
             "You divide by the size of the batch. `gradient` is a mean already."),
            ("rate shared among the batches", "lr / len(batches) * gradient",
             "You divide by the number of batches. Each update uses the whole rate."),
            ("rate shared by size", "lr * len(batch) / sum(map(len, batches)) * gradient",
             "You weigh each update with its batch's share of the examples. Each uses the whole rate."))),
        *in_place_of(ASK, epoch, (
            ("full gradient in each step", "gradient(theta, np.concatenate(batches))",
             "Each step uses all examples. It should use those of its batch."),
            ("one example of each batch", "gradient(theta, batch[:1])",
             "You use the first example of each batch only."),
            ("mean over the entries", f"{ASK}.mean()", ALIKE),
            ("sum over the entries", f"{ASK}.sum()", ALIKE))),
        *in_place_of("in batches", epoch, (
            ("one full step", "in [np.concatenate(batches)]",
             "This is one step of full gradient descent. What are the batches for?"),
            ("only the last batch", "in batches[-1:]",
             "Only the last batch has an effect. Does each step start where the one before it ended?"),
            ("batches of one", "in np.concatenate(batches)",
             "You make an update for every single example. An update belongs to a batch."),
            ("the number of the batch", "in range(len(batches))",
             "You hand `gradient` the number of the batch. What does it take?"))),
        ("entry by entry", but(epoch, "theta -=", "for d in 0, 1: theta[d] -=", ASK, f"{ASK}[d]"),
         "You ask again when one entry of theta has moved already. Ask once for each batch."),
        ("gradients at the start", but(epoch, "    for", "    old = theta + 0\n    for", "t(theta", "t(old"),
         "All gradients are taken where the epoch began. Where has the first batch led?"),
        ("one step with the mean", but(epoch, "    for", "    old = theta + 0\n    for", "t(theta", "t(old",
                                       "lr *", "lr / len(batches) *"),
         "You make one step with the mean of all gradients. An epoch of SGD makes a step per batch."),
        ("gradient asked for once", but(epoch, "    for", "    g = gradient(theta, batches[0])\n    for",
                                        ASK, "g"),
         "All steps use the same gradient, that of the first batch. When do you ask for the next?"),
        ("gradients added up", but(epoch, "    for", "    g = 0\n    for", "theta -=",
                                   f"g = g + {ASK}; theta -=", f"lr * {ASK}", "lr * g"),
         "Each step uses the gradients of all batches so far, added up. It should use that of its own."),
    ),
)


# ---- 3 the variance of the estimate

def estimate_variance(g, batch_size, replacement):
    n = len(g)
    factor = 1 if replacement else (n - batch_size) / (n - 1)
    return np.var(g) / batch_size * factor


def variance_cases(rng):
    return [{"g": numbers(rng, n), "batch_size": size, "replacement": replacement} for n, size, replacement in
            ((6, 2, True), (7, 3, False), (9, 4, False), (5, 5, False), (8, 3, True))]


variance, FACTOR = estimate_variance, "(n - batch_size) / (n - 1)"
ROOT = "You use standard deviations, or a root. It is variances that add up."

VARIANCE = Task(
    "04.variance", "the variance of the estimate", variance, variance_cases, returns=("the variance",),
    hints=(
        "With replacement the draws are independent: how does the variance of their mean follow from that of"
        " one? Without replacement one factor more is needed, which is 0 where the batch is everything.",
        "`np.var(g)` is the variance of one draw. Divide it by the batch size; without replacement multiply"
        " by how many examples are left out of the batch, over n - 1.",
    ),
    misconceptions=(
        *in_place_of("if replacement", variance, (
            ("replacement ignored", "if True",
             "This is right with replacement. Without it, how much does a batch of all n examples vary?"),
            ("never with replacement", "if False",
             "This is right without replacement. With it the draws are independent: is the factor needed?"),
            ("the cases swapped", "if not replacement",
             "The two cases are swapped: look at what `replacement` being True means."))),
        *in_place_of("np.var(g) / batch_size * factor", variance, (
            ("variance of the sum", "np.var(g) * batch_size * factor",
             "This is the variance of the sum over the batch. That of its mean is asked for."),
            ("deviation for variance", "np.std(g) / batch_size * factor", ROOT),
            ("root of all but the factor", "np.std(g) / batch_size**0.5 * factor", ROOT),
            ("root of the batch size", "np.var(g) / batch_size**0.5 * factor", ROOT),
            ("divided by n", "np.var(g) / n * factor", "You divide by n. How many are in the mean?"),
            ("divided by one less", "np.var(g) / (batch_size - 1) * factor",
             "You divide by batch_size - 1. How many are in the mean?"),
            ("not divided without replacement", "np.var(g) / (batch_size if replacement else 1) * factor",
             "Without replacement you do not divide by the batch size. What does the factor multiply?"),
            ("mean not subtracted", "np.mean(g**2) / batch_size * factor",
             "You average the squares of g. A variance is about deviations from the mean."),
            ("absolute deviations", "np.abs(g - g.mean()).mean() / batch_size * factor",
             "You average the absolute deviations. A variance averages their squares."),
            ("the first ones only", "np.var(g[:batch_size]) / batch_size * factor",
             "You use the first batch_size examples only. Any of the n can be drawn."))),
        *in_place_of(FACTOR, variance, (
            ("0 without replacement", "0",
             "Without replacement you always give 0. For which batch is that so? Is there a `//`?"),
            ("n for n - 1 in the factor", "(n - batch_size) / n",
             "Your factor is the share of the examples left out. Check it for batches of one."),
            ("n - 1 for n in the factor", "(n - 1 - batch_size) / (n - 1)",
             "Your factor is negative for a batch of all examples. What must it be there?"))),
        ("of a sample, in both cases", but(variance, "np.var(g)", "np.var(g, ddof=1)", "(n - 1)", "n"),
         "This is right without replacement. With it, by what is the variance of g divided?"),
    ),
)


# ---- 4 linear decay

def linear_decay(k, start, end, tau):
    a = min(k / tau, 1)
    return (1 - a) * start + a * end


def decay_cases(rng):
    """Before tau, at tau and after it."""
    return [{"k": k, "start": start, "end": end, "tau": tau} for k, start, end, tau in (
        (0, 0.45, 0.01, 10), (3, 0.4, 0.03, 13), (7, 0.7, 0.3, 9), (5, 0.65, 0.02, 16), (11, 0.3, 0.05, 11),
        (25, 0.8, 0.1, 20), (40, 0.6, 0.04, 15))]


STAYS = "Where does your rate stay after tau?"
AT_ZERO = "Your line aims at 0. Where is it to end?"
AT_ONCE = "Your rate drops all at once. It should come down on a line. Is there a `//`?"
STRAIGHT = "A line falls by the same difference in each update."
WEIGHTS = "start and end are mixed, with weights that sum to 1. What do you get at k = 0, and at tau?"
SLOPE = "What you take away does not depend on `end`. How far is it from start to end?"
TAU = "Each update takes away the whole way from start to end. Where is tau?"

LINES = (  # (name, what stands in the place of the line, message)
    ("upward", "start + a * (start - end)", "Your rate goes up. Look for a sign."),
    ("from end to start", "a * start + (1 - a) * end", "Your line goes from `end` to `start`."),
    ("only the rest of the way", "(1 - a) * (start - end)", "This is how far the rate lies above `end`."),
    ("only what is taken away", "a * (start - end)", "This is what is taken away. From what?"),
    ("end taken away", "start - a * end", "At tau your line is at start - end. How long is the way down?"),
    ("start not faded out", "start + a * end", WEIGHTS),
    ("one weight for both", "(1 - a) * (start + end)", WEIGHTS),
    ("brackets forgotten", "1 - a * start + a * end", f"Check your brackets. {WEIGHTS}"),
    ("slope of 1 / tau", "start - a", SLOPE),
    ("inverse time", "start / (1 + k / tau)", f"Your rate falls like one over k. {STRAIGHT}"),
)

DECAY = Task(
    "04.linear_decay", "linear decay", linear_decay, decay_cases, returns=("the rate",),
    hints=(
        "What are the rates at k = 0, at k = tau and at k = 2 tau? Check your function there first.",
        "The share a = k / tau says how far down the line you are; it must not go beyond 1. The rate mixes"
        " start and end with the weights 1 - a and a.",
    ),
    misconceptions=(
        *in_place_of("min(k / tau, 1)", linear_decay, (
            ("the line goes on", "k / tau", f"After tau the line goes on downward. {STAYS}"),
            ("end before tau", "max(k / tau, 1)", "You give `end` before tau. Which way round is it?"),
            ("a single step", "k >= tau", AT_ONCE),
            ("a single step after tau", "k > tau", AT_ONCE),
            ("back to the start", "k / tau * (k <= tau)", f"After tau you go back to `start`. {STAYS}"),
            ("back to the start at tau", "k % tau / tau", f"At tau you go back to `start`. {STAYS}"),
            ("tau forgotten", "k", TAU),
            ("tau forgotten but for the end", "k if k <= tau else 1", TAU),
            ("tau only for the end", "min(k, tau)", TAU))),
        *in_place_of("(1 - a) * start + a * end", linear_decay, LINES),
        *in_place_of("(1 - a) * start + a * end", linear_decay, [
            (f"{name}, then end", f"{line} if k <= tau else end", message) for name, line, message in LINES]),
        *in_place_of("(1 - a) * start + a * end", linear_decay, (
            ("end not faded in", "(1 - a) * start + end", WEIGHTS),
            ("a line to zero, cut off", "max(start * (1 - k / tau), end)", AT_ZERO),
            ("a line to zero, then end", "end if k > tau else (1 - a) * start", AT_ZERO),
            ("a line to zero, end at tau", "end if a == 1 else (1 - a) * start", AT_ZERO),
            ("zero after tau", "0 if k > tau else (1 - a) * start + a * end", f"You end at 0. {STAYS}"),
            ("zero from tau on", "0 if a == 1 else (1 - a) * start + a * end", f"You end at 0. {STAYS}"),
            ("slope of 1 / tau, cut off", "max(end, start - k / tau)", SLOPE),
            ("exponential", "start * (end / start) ** a",
             f"Your rate falls by the same factor in each update. {STRAIGHT}"),
            ("cosine", "end + (start - end) * np.cos(np.pi * a / 2)**2", f"This is a cosine. {STRAIGHT}"))),
    ),
)


# ---- 5 which exponents converge

def conditions(p):
    return p <= 1, 2 * p > 1


def exponent_cases(rng):
    """The borders, numbers just beyond them, where partial sums tell nothing, and numbers between them."""
    between = [rng.integers(*part) / 100 for part in ((5, 45), (55, 69), (75, 95), (120, 190), (210, 290))]
    return [{"p": float(p)} for p in (1.0, 0.5, 1.01, 0.51, *between, 2.0, 0.0)]


def rules(right, what, *rows):
    """Mistakes that judge by another rule; `look` is where to see that it is wrong."""
    return [(f"{what} where {rule}", but(conditions, right, rule),
             f"For you {what} where {rule}. Look at {look}") for rule, look in rows]


CONDITIONS = Task(
    "04.conditions", "which exponents converge", conditions, exponent_cases,
    returns=("whether the rates sum to infinity", "whether the squares have a finite sum"),
    hints=(
        "The sum of 1 / k is infinite, that of 1 / k^q finite for any q > 1. Which q belongs to the squares?",
        "The square of k^-p is k^-2p. So ask of p, and of 2 p, on which side of 1 it lies, and to which side"
        " 1 itself belongs.",
    ),
    misconceptions=(
        *rules("p <= 1", "the sum of the rates is infinite",
               ("p < 1", "p = 1, the harmonic series: its terms go to zero. Does its sum stay bounded?"),
               ("p <= 0.5", "p = 0.7. Are the rates larger or smaller than 1/k?"),
               ("0.5 < p <= 1", "p = 0.2. Are the rates larger or smaller than 1/k?"),
               ("0 < p <= 1", "p = 0: all rates are 1."),
               ("p == 1", "p = 0.7. Are the rates larger or smaller than 1/k?"),
               ("p >= 1", "p = 0.7 and at p = 2: which rates are larger?"),
               ("p > 0", "p = 2: what is the sum of 1/k^2? And look at p = 0."),
               ("p <= 2", "p = 2: what is the sum of 1/k^2?"),
               ("p >= 0", "p = 2: what is the sum of 1/k^2?"),
               ("p < 0", "p = 0: all rates are 1.")),
        *rules("2 * p > 1", "the sum of the squares is finite",
               ("p >= 0.5", "p = 1/2: the squares are 1/k. Is their sum finite?"),
               ("p > 1", "p = 0.7: what are the squares?"),
               ("p >= 1", "p = 0.7: what are the squares?"),
               ("p > 2", "p = 0.7: what are the squares? Do they fall faster than the rates?"),
               ("p > 0", "p = 0.2: the squares go to zero. Is that enough?"),
               ("p < 0.5", "p = 0 and at p = 2: which squares are larger?"),
               ("p <= 1", "p = 0 and at p = 2: which squares are larger?"),
               ("p < 1", "p = 0 and at p = 2: which squares are larger?"),
               ("p < 2", "p = 0 and at p = 2: which squares are larger?"),
               ("0.5 < p <= 1", "p = 2: are the squares larger or smaller than those for p = 1?"),
               ("p >= 0", "p = 0: all squares are 1.")),
    ),
)

TASKS = (MINIBATCHES, EPOCH, VARIANCE, DECAY, CONDITIONS)
