"""Exercise 4: minibatches, an epoch of SGD, its noise floor, linear decay, exponents, what a batch costs."""

import copy

import numpy as np

from .engine import Task, WrongForm
from .mistakes import but, ways
from .values import NUMBERS, Shown, numbers, show


# ---- 1 minibatches

def minibatches(n, batch_size, rng):
    order = rng.permutation(n)
    return [order[i:i + batch_size] for i in range(0, n, batch_size)]


class Draws(np.random.Generator):
    """A random generator that counts as unchanged when it was used: using it is what it is for."""

    def __deepcopy__(self, memo):
        return Draws(copy.deepcopy(self.bit_generator))

    def __str__(self):
        return "np.random.default_rng(...)"


def minibatch_cases(rng):
    """In three of them the last batch is shorter, in two of these by all but one."""
    return [{"n": n, "batch_size": size, "rng": Draws(np.random.PCG64(rng.integers(1000)))}
            for n, size in ((12, 4), (10, 3), (14, 4), (13, 3))]


def lists_in(returned):
    """The batches as lists, a number as a batch of one. Raises WrongForm where they are something else."""
    batches = returned.tolist() if type(returned) is np.ndarray else returned
    batches = batches if type(batches) in (list, tuple) else []
    batches = [x.tolist() if type(x) is np.ndarray else x for x in batches]
    batches = [list(x) if type(x) in (list, tuple) else [x] for x in batches]
    if batches and all(type(i) in NUMBERS for batch in batches for i in batch):
        return batches
    raise WrongForm("the batches", "a list of arrays of whole numbers", returned)


def faults(call, case):
    """Faults of ten epochs, none of which a right version has, whichever order it draws."""
    n, size, rng = case.values()
    twin, everyone = copy.deepcopy(rng), set(range(n))
    epochs = [lists_in(call(n, size, rng)) for _ in range(10)]
    again = sum(lists_in(call(n, size, twin)), [])
    orders, batches, count = [sum(epoch, []) for epoch in epochs], sum(epochs, []), len(epochs[0])
    old = all(order == sorted(order) for order in orders)
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
    yield "the examples in their old order", old
    yield "the same order in every epoch, as from a generator made anew", not old and all(
        order == orders[0] for order in orders)
    yield "only neighbours in a batch", not old and any(len(x) > 1 for x in batches) and all(
        sum((i + 1) % n not in x for i in x) < 2 for x in batches)
    yield "batches that begin one place apart", count > 1 and all(x[1][:-1] == x[0][1:] != [] for x in epochs)
    yield "an order that does not come from rng alone", not old and again != orders[0]


ORDER, SLICE = "rng.permutation(n)", "order[i:i + batch_size]"
BATCHES = f"[{SLICE} for i in range(0, n, batch_size)]"
WHOLE = BATCHES.replace("(0, n,", "(0, n - batch_size + 1,")

MINIBATCHES = Task(
    "04.minibatches", "minibatches without replacement", minibatches, minibatch_cases, drive=faults,
    returns=("the batches",),
    hints=("Shuffle once, then cut. Which method of `rng` gives the numbers 0 to n - 1 in random order?",
           "With the shuffled numbers in an array, a batch is a slice of it. The slices begin at 0,"
           " batch_size, 2 batch_size, ...; numpy itself cuts off a slice that reaches beyond the end."),
    misconceptions=(
        *ways(minibatches, BATCHES,
              ("drawn anew", "Numbers are drawn anew, so that examples come twice or never. Shuffle all of"
               " them once, for the whole epoch.", BATCHES.replace("order", "rng.integers(n, size=n)"),
               BATCHES.replace("order", ORDER), BATCHES.replace(SLICE, "rng.choice(n, batch_size)"),
               *(new.replace(SLICE, f"{ORDER}[:batch_size]") for new in (BATCHES, WHOLE))),
              ("whole ones only", "Where batch_size does not divide n, some examples are left out. A batch"
               " may be shorter.", WHOLE),
              ("shuffled, not cut", "The numbers are shuffled, but not cut: as a list of batches, each holds"
               " a single number.", "order"),
              ("not full", "All batches but the last are to be full. `np.array_split` evens them out, and"
               " takes their number. How many examples are in one?", *(
                   f"np.array_split(order, {k})" for k in (
                       "batch_size", "-(-n // batch_size)", "n // batch_size")))),
    ))


# ---- 2 an epoch of SGD

def sgd_epoch(theta, gradient, batches, lr):
    for batch in batches:
        theta -= lr * gradient(theta, batch)


def mean_pull(rng, n):
    """A gradient that pulls to the mean of a batch of n points, along a matrix that is not diagonal."""
    a, b, c = np.abs(numbers(rng, 3))
    H, points = np.array([[a + b, b], [b, b + c]]), numbers(rng, (n, 2))
    return Shown("(theta, batch) -> H @ (theta - mean of points[batch]),"
                 f" H = {show(H)}, points = {show(points)}",
                 lambda theta, batch: H @ (theta - points[np.atleast_1d(batch)].mean(axis=0)))


def epoch_cases(rng):
    """The last batch is shorter in two of them."""
    return [{"theta": numbers(rng, 2), "gradient": mean_pull(rng, n),
             "batches": np.split(rng.permutation(n), range(size, n, size)), "lr": lr}
            for n, size, lr in ((6, 2, 0.15), (7, 2, 0.3), (8, 3, 0.2))]


ASK = "gradient(theta, batch)"
LOOP = f"    for batch in batches:\n        theta -= lr * {ASK}\n"

EPOCH = Task(
    "04.sgd_epoch", "an epoch of SGD", sgd_epoch, epoch_cases, in_place=("theta",),
    hints=("One update per batch. At which theta is the gradient of the second batch taken?",
           "A loop over the batches with one line in it: theta, in place, minus the rate times what"
           " `gradient` gives for the theta of this moment and this batch."),
    misconceptions=(
        *ways(sgd_epoch, "-= lr *",
              ("a size in the step", "The size of the batch, or the number of batches, is a factor of your"
               " step. Each uses the whole rate, and `gradient` gives a mean already.",
               "-= lr / len(batch) *", "-= lr * len(batch) *", "-= lr / len(batches) *")),
        ("full gradient in each step", but(sgd_epoch, ASK, "gradient(theta, np.concatenate(batches))"),
         "Each step uses all examples. It should use those of its batch."),
        *ways(sgd_epoch, "in batches",
              ("only the last batch", "Only the last batch has an effect. Does each step start where the one"
               " before it ended?", "in batches[-1:]"),
              ("batches of one", "You make an update for every single example. An update belongs to a batch.",
               "in np.concatenate(batches)")),
        *ways(sgd_epoch, LOOP,
              ("one step", "You make one step in all. An epoch of SGD makes one for each batch.",
               "    theta -= lr * sum(gradient(theta, batch) for batch in batches) / len(batches)\n",
               "    theta -= lr * gradient(theta, np.concatenate(batches))\n"),
              ("gradients at the start", "All gradients are taken where the epoch began. Where has the first"
               " batch led?", "    old = theta.copy()\n" + LOOP.replace("(theta", "(old"))),
    ))


# ---- 3 the noise floor

def noise_floor(g, batch_size, replacement, curvature, lr):
    n = len(g)
    factor = 1 if replacement else (n - batch_size) / (n - 1)
    variance = np.var(g) / batch_size * factor
    return variance, lr * variance / (2 * (2 - lr * curvature))


def floor_cases(rng):
    """Derivatives with mean 0; rates near the limit too, where nothing is small."""
    return [{"g": g - g.mean(), "batch_size": size, "replacement": replacement, "curvature": curvature,
             "lr": share / curvature} for g, size, replacement, curvature, share in (
        (numbers(rng, 6), 3, True, 1.3, 0.9), (numbers(rng, 7), 3, False, 2.7, 0.6),
        (numbers(rng, 9), 4, False, 0.6, 1.3), (numbers(rng, 5), 5, False, 1.7, 0.7),
        (numbers(rng, 8), 3, True, 3.1, 0.4))]


FLOOR_FORMULA = "lr * variance / (2 * (2 - lr * curvature))"

FLOOR = Task(
    "04.noise_floor", "the noise floor", noise_floor, floor_cases, returns=("the variance", "the loss"),
    hints=("Variance: with replacement the draws are independent; without it one factor more is needed, 0"
           " where the batch is everything. Loss: which variance of theta is the same before and after?",
           "An update multiplies the distance by 1 - lr * curvature and adds lr times the noise. Variances of"
           " independent terms add up. The mean loss above the minimum is half of curvature times the"
           " variance of theta."),
    misconceptions=(
        *ways(noise_floor, "if replacement",
              ("the two cases", "Look at `replacement`: with it the draws are independent. Is the factor for"
               " that case, for the other, or for both?", "if True", "if False", "if not replacement")),
        *ways(noise_floor, "np.var(g) / batch_size",
              ("a root", "You use standard deviations, or a root. It is variances that add up.",
               "np.std(g) / batch_size", "np.std(g) / batch_size**0.5", "np.var(g) / batch_size**0.5"),
              ("divided by another number", "You do not divide by the batch size. How many are in the mean?",
               "np.var(g) / n", "np.var(g) / (batch_size - 1)")),
        ("0 without replacement", but(noise_floor, "(n - batch_size) / (n - 1)", "0"),
         "Without replacement you always give 0. For which batch is that so? Is there a `//`?"),
        ("of a sample, in both cases", but(noise_floor, "r(g)", "r(g, ddof=1)", "(n - 1)", "n"),
         "This is right without replacement. With it, by what is the variance of g divided?"),
        *ways(noise_floor, FLOOR_FORMULA,
              ("not the loss of theta", "This is the variance of theta, or its root, not the loss. How high"
               " is a parabola at this distance?", "lr * variance / (curvature * (2 - lr * curvature))",
               "(lr * variance / (curvature * (2 - lr * curvature))) ** 0.5"),
              ("the balance", "The distance shrinks by 1 - lr * curvature, and lr times the noise is added,"
               " in each update. What do both make of the variance of theta?",
               "lr**2 * variance * curvature / 2", "lr * variance / 2",
               "variance / (2 * (2 - lr * curvature))")),
    ))


# ---- 4 linear decay

def linear_decay(k, start, end, tau):
    a = min(k / tau, 1)
    return (1 - a) * start + a * end


def decay_cases(rng):
    """Before tau, at tau and after it."""
    return [{"k": k, "start": start, "end": end, "tau": tau} for k, start, end, tau in (
        (0, 0.45, 0.01, 10), (3, 0.4, 0.03, 13), (7, 0.7, 0.3, 9), (5, 0.65, 0.02, 16), (11, 0.3, 0.05, 11),
        (25, 0.8, 0.1, 20), (40, 0.6, 0.04, 15))]


LINE = "(1 - a) * start + a * end"
LINES = ("a * start + (1 - a) * end", "start + a * end", "(1 - a) * (start + end)", "1 - a * start + a * end",
         "start + a * (start - end)", "a * (start - end)", "start - a * end", "(1 - a) * start")

DECAY = Task(
    "04.linear_decay", "linear decay", linear_decay, decay_cases, returns=("the rate",),
    hints=("What are the rates at k = 0, at k = tau and at k = 2 tau? Check your function there first.",
           "The share a = k / tau says how far down the line you are; it must not go beyond 1. The rate"
           " mixes start and end with the weights 1 - a and a."),
    misconceptions=(
        *ways(linear_decay, "min(k / tau, 1)",
              ("after tau", "Where does your rate stay after tau? It should be `end` from there on.",
               "k / tau", "k / tau * (k <= tau)", "k % tau / tau"),
              ("end before tau", "You give `end` before tau. Which way round is it?", "max(k / tau, 1)"),
              ("a single step", "Your rate drops all at once. It should come down on a line. Is there"
               " a `//`?", "k >= tau", "k > tau")),
        *ways(linear_decay, LINE,
              ("ends of the line", "What is your line at k = 0, and at tau? It should be `start` and `end`."
               " Check signs and brackets.", *LINES, *(f"{line} if k <= tau else end" for line in LINES)),
              ("no line", "Your rate does not fall by the same difference in each update, as a line does.",
               "start * (end / start) ** a", "start / (1 + a)")),
    ))


# ---- 5 which exponents converge

def conditions(p):
    return p <= 1, 2 * p > 1


def exponent_cases(rng):
    """The borders, numbers just beyond them, where partial sums tell nothing, and numbers between them."""
    between = [rng.integers(*part) / 100 for part in ((5, 45), (55, 69), (75, 95), (120, 190), (210, 290))]
    return [{"p": float(p)} for p in (1.0, 0.5, 1.01, 0.51, *between, 2.0, 0.0)]


def rules(right, what, *rows):
    """Mistakes that judge by another rule, from rows (where to see that it is wrong, rule, rule, ...)."""
    return ways(conditions, right, *(
        (f"{what} where {rule}", f"For you {what} where {rule}. Look at {look}", rule)
        for look, *wrong in rows for rule in wrong))


CONDITIONS = Task(
    "04.conditions", "which exponents converge", conditions, exponent_cases,
    returns=("whether the rates sum to infinity", "whether the squares have a finite sum"),
    hints=("The sum of 1 / k is infinite, that of 1 / k^q finite for q > 1. Which q have the squares?",
           "The square of k^-p is k^-2p. So ask of p, and of 2 p, on which side of 1 it lies, and to which"
           " side 1 itself belongs."),
    misconceptions=(
        *rules("p <= 1", "the sum of the rates is infinite",
               ("p = 1, the harmonic series: its terms go to zero. Does its sum stay bounded?", "p < 1"),
               ("p = 0.7. Are the rates larger or smaller than 1/k?", "p <= 0.5", "p == 1"),
               ("p = 0.2. Are the rates larger or smaller than 1/k?", "0.5 < p <= 1"),
               ("p = 2: what is the sum of 1/k^2?", "p <= 2", "p > 0", "p >= 0", "p >= 1")),
        *rules("2 * p > 1", "the sum of the squares is finite",
               ("p = 1/2: the squares are 1/k. Is their sum finite?", "p >= 0.5"),
               ("p = 0.7: what are the squares?", "p > 1", "p >= 1", "p > 2"),
               ("p = 0.2: the squares go to zero. Is that enough?", "p > 0"),
               ("p = 0 and at p = 2: which squares are larger?", "p < 0.5", "p <= 1", "p < 1", "p < 2"),
               ("p = 2: are the squares larger or smaller than those for p = 1?", "0.5 < p <= 1")),
    ))

# ---- 6 what a batch costs

def batch_costs(x, y, orders, sizes, lr, target, overhead):
    updates = np.full(len(sizes), np.inf)
    for i, size in enumerate(sizes):
        theta = np.zeros(x.shape[1])
        for k, order in enumerate(orders, 1):
            batch = order[:size]
            theta -= lr * x[batch].T @ (x[batch] @ theta - y[batch]) / size
            if np.mean((x @ theta - y) ** 2) / 2 <= target:
                updates[i] = k
                break
    return updates, updates * (overhead + sizes)


def cost_cases(rng):
    """The smallest batch, and no other, never gets to the loss in the first two."""
    cases = []
    for n, sizes, lr, above, overhead in (
            (14, [2, 6, 9, 14], 0.31, 1.1, 3.5), (11, [1, 5, 7, 11], 0.43, 1.2, 7.0),
            (16, [3, 7, 12], 0.07, 2.7, 0.7)):
        found = np.ones(len(sizes))
        while (np.isinf(found) != [above < 2] + [False] * (len(sizes) - 1)).any() or found[-1] < 3:
            x, orders = rng.standard_normal((n, 3)), np.array([rng.permutation(n) for _ in range(30)])
            y = x @ [1.4, -0.9, 0.6] + 0.7 * rng.standard_normal(n)
            error = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
            case = {"x": x, "y": y, "orders": orders, "sizes": np.array(sizes), "lr": lr,
                    "target": above * float(np.mean(error**2)) / 2, "overhead": overhead}
            found = batch_costs(**case)[0]
        cases.append(case)
    return cases


GRADIENT = "x[batch].T @ (x[batch] @ theta - y[batch]) / size"
LOSS, COST = "np.mean((x @ theta - y) ** 2) / 2", "updates * (overhead + sizes)"
STOP = "                updates[i] = k\n                break\n"
EACH, NEW = "    for i, size in enumerate(sizes):\n", "    theta = np.zeros(x.shape[1])\n"

COSTS = Task(
    "04.batch_costs", "what a batch size costs", batch_costs, cost_cases,
    returns=("the updates", "the costs"),
    hints=("Two loops: over the batch sizes, and inside over the rows of `orders`. What has to start anew for"
           " each batch size? The gradient of the loss of one example is its x times its error.",
           "An update: the first `size` numbers of the row pick rows of x and entries of y; theta moves by"
           " minus lr times x.T @ errors / size of these. Then look at the loss of all examples, and leave"
           " the inner loop where it is low enough."),
    misconceptions=(
        ("theta not new", but(batch_costs, f"{EACH}    {NEW}", NEW + EACH),
         "Each batch size goes on from where the one before it ended. What starts anew?"),
        *ways(batch_costs, GRADIENT,
              ("length of the gradient", "The loss of a batch is half a mean of squares. What does that make"
               " of the 2, and how many are in the mean?", GRADIENT[:-7], GRADIENT[:-4] + "len(y)",
               "2 * " + GRADIENT),
              ("all examples, or means", "A gradient is made of the examples of its batch alone, and of each"
               " one's own error times its own x.", "x.T @ (x @ theta - y) / len(y)",
               "np.mean(x[batch], axis=0) * np.mean(x[batch] @ theta - y[batch])")),
        ("never there", but(batch_costs, "-= lr", "+= lr"), "For you no batch size gets there. Does the loss"
         " fall? Look for a sign, for the targets, and at the loss that you compare."),
        *ways(batch_costs, "order[:size]",
              ("other examples", "The batch of an update is the first examples of its own row. Which do you"
               " take?", "orders[0][:size]", "order[-size:]")),
        *ways(batch_costs, LOSS,
              ("another loss", "You compare another loss: that of all examples is asked for, with the half.",
               LOSS[:-4], "np.mean((x[batch] @ theta - y[batch]) ** 2) / 2")),
        *ways(batch_costs, STOP,
              ("another time", "How many updates had been made when the loss was low enough for the first"
               " time?", STOP.replace("                break\n", ""), STOP.replace("= k", "= k - 1"))),
        *ways(batch_costs, "np.full(len(sizes), np.inf)",
              ("a number for never", "What is asked for where the loss is never reached? It is not 0, and not"
               " the number of all updates.", "np.full(len(sizes), 1.0 * len(orders))",
               "np.zeros(len(sizes))")),
        *ways(batch_costs, COST,
              ("another cost", "What does one update cost? It pays the overhead, and for its examples.",
               "updates * overhead", "updates * overhead + sizes", "updates * sizes",
               "updates * sizes + overhead", "updates * overhead * sizes")),
    ))

TASKS = (MINIBATCHES, EPOCH, FLOOR, DECAY, CONDITIONS, COSTS)
