"""Exercise 4: minibatches, an epoch of SGD, its variance, linear decay, which exponents converge.

Each misconception below is a version that somebody writes in earnest. The tests hold that no two of them, and
none of them and the reference, give the same results on the cases drawn.
"""

import copy
from dataclasses import dataclass

import numpy as np

from ..schedules import linear
from .engine import Misconception, Task
from .values import numbers, show

# ---- references


def minibatches(n, batch_size, rng):
    order = rng.permutation(n)
    return tuple(order[i:i + batch_size] for i in range(0, n, batch_size))


def sgd_epoch(theta, gradient, batches, lr):
    for batch in batches:
        theta -= lr * gradient(theta, batch)


def estimate_variance(g, batch_size, replacement):
    n = len(g)
    variance = np.var(g) / batch_size
    return variance if replacement else variance * (n - batch_size) / (n - 1)


def linear_decay(k, start, end, tau):
    return linear(start, end, tau)(k)


def conditions(p):
    return p <= 1, p > 0.5


# ---- cases

class Draws(np.random.Generator):
    """A random generator that counts as unchanged when it was used: using it is what it is for."""

    def __deepcopy__(self, memo):
        return Draws(copy.deepcopy(self.bit_generator, memo))

    def __str__(self):
        return "np.random.default_rng(...)"


def minibatch_cases(rng):
    """In two of them the last batch is shorter, in one by all but one."""
    return [{"n": n, "batch_size": batch_size, "rng": Draws(np.random.PCG64(rng.integers(1000)))}
            for n, batch_size in ((12, 4), (10, 4), (13, 3), (9, 2))]


FACTS = ("the number of batches", "examples in the first batch", "examples in the last batch",
         "examples in all batches", "different examples in all batches", "the smallest number",
         "the largest number", "whether the examples come in their old order",
         "whether the second epoch has the order of the first",
         "whether a copy of rng gives the same order again")


def two_epochs(call, case):
    """Facts about two epochs that hold whichever order was drawn: any right way of drawing is right."""
    generators = case["rng"], case["rng"], copy.deepcopy(case["rng"])
    returned = [call(case["n"], case["batch_size"], rng) for rng in generators]
    try:
        first, *others = ([np.atleast_1d(batch) for batch in batches] for batches in returned)
        order, later, again = (np.concatenate(batches) for batches in (first, *others))
        facts = (len(first), first[0].size, first[-1].size, order.size, np.unique(order).size, order.min(),
                 order.max(), np.array_equal(order, np.sort(order)), np.array_equal(order, later),
                 np.array_equal(order, again))
    except (TypeError, ValueError):     # no batches of numbers: shown as it came
        facts = returned[:1] * len(FACTS)
    yield from zip(FACTS, facts)


@dataclass(frozen=True, eq=False)
class MeanPull:
    """(theta, batch) -> curvature * (theta - mean of points[batch]), with a text that a message can show."""

    curvature: np.ndarray
    points: np.ndarray

    def __call__(self, theta, batch):
        return self.curvature * (theta - self.points[batch].mean(axis=0))

    def __str__(self):
        return (f"(theta, batch) -> {show(self.curvature)} * (theta - mean of points[batch]),"
                f" points = {show(self.points)}")


def epoch_cases(rng):
    """The last batch is shorter in two of them."""
    cases = []
    for n, size, lr in ((6, 2, 0.1), (5, 2, 0.3), (7, 3, 0.2)):
        order = rng.permutation(n)
        gradient = MeanPull(np.abs(numbers(rng, 2)), numbers(rng, (n, 2)))
        cases.append({"theta": numbers(rng, 2), "gradient": gradient,
                      "batches": [order[i:i + size] for i in range(0, n, size)], "lr": lr})
    return cases


def one_epoch(call, case):
    """The function goes in as a plain one, which a student's code can only call."""
    def gradient(theta, batch):
        return case["gradient"](theta, batch)

    call(case["theta"], gradient, case["batches"], case["lr"])
    yield "theta after the epoch", case["theta"]


def variance_cases(rng):
    return [{"g": numbers(rng, n), "batch_size": batch_size, "replacement": replacement}
            for n, batch_size, replacement in ((6, 2, True), (6, 3, False), (8, 4, False), (5, 5, False),
                                               (7, 3, True))]


def decay_cases(rng):
    return [{"k": k, "start": start, "end": end, "tau": tau}
            for k, start, end, tau in ((0, 0.5, 0.01, 10), (3, 0.4, 0.02, 12), (10, 0.3, 0.05, 10),
                                       (25, 0.8, 0.1, 20), (7, 0.6, 0.3, 8))]


def exponent_cases(rng):
    """The borders, and a number from each part between them."""
    parts = [rng.integers(5, 45), rng.integers(55, 95), rng.integers(105, 190)]
    return [{"p": p} for p in (1.0, 0.5, *(float(x) / 100 for x in parts), 0.0)]


# ---- misconceptions: minibatches

def batches_with_replacement(n, batch_size, rng):
    return [rng.integers(n, size=batch_size) for _ in range(0, n, batch_size)]


def batches_apart(n, batch_size, rng):
    return [rng.permutation(n)[:batch_size] for _ in range(0, n, batch_size)]


def batches_in_order(n, batch_size, rng):
    return [np.arange(n)[i:i + batch_size] for i in range(0, n, batch_size)]


def batches_without_rest(n, batch_size, rng):
    order = rng.permutation(n)
    return [order[i:i + batch_size] for i in range(0, n - batch_size + 1, batch_size)]


def batches_same_order(n, batch_size, rng):
    return minibatches(n, batch_size, np.random.default_rng(0))


def batches_single(n, batch_size, rng):
    return [rng.permutation(n)[:batch_size]]


def batches_from_one(n, batch_size, rng):
    return [batch + 1 for batch in minibatches(n, batch_size, rng)]


def batches_overlapping(n, batch_size, rng):
    order = rng.permutation(n)
    return [order[i:i + batch_size] for i in range(n)]


def batches_as_many(n, batch_size, rng):
    return np.array_split(rng.permutation(n), batch_size)


def batches_uncut(n, batch_size, rng):
    return rng.permutation(n)


def batches_balanced(n, batch_size, rng):
    return np.array_split(rng.permutation(n), -(-n // batch_size))


def batches_balanced_downward(n, batch_size, rng):
    return np.array_split(rng.permutation(n), n // batch_size)


def batches_of_another_generator(n, batch_size, rng):
    return minibatches(n, batch_size, np.random.default_rng())


def batches_filled(n, batch_size, rng):
    order = rng.permutation(n)
    order = np.concatenate([order, order])[:-(-n // batch_size) * batch_size]
    return [order[i:i + batch_size] for i in range(0, len(order), batch_size)]


MINIBATCHES = Task(
    name="04.minibatches",
    title="minibatches without replacement",
    reference=minibatches,
    draw=minibatch_cases,
    drive=two_epochs,
    returns=("the batches",),
    hints=(
        "Shuffle once, then cut. Which method of `rng` gives the numbers 0 to n - 1 in random order?",
        "With the shuffled numbers in an array, a batch is a slice of it. The slices begin at 0, batch_size,"
        " 2 batch_size, ...; a slice that reaches beyond the end is cut off there by numpy itself.",
    ),
    misconceptions=(
        Misconception("drawn with replacement", batches_with_replacement,
                      "Each number is drawn anew, so some examples come twice in an epoch and some never."
                      " Shuffle all numbers once instead."),
        Misconception("each batch drawn for itself", batches_apart,
                      "No batch has an example twice, but two batches may share one: you shuffle again for"
                      " each batch. Shuffle once for the whole epoch."),
        Misconception("examples in their old order", batches_in_order,
                      "The examples come in the order of the data. If that is sorted by class, a batch has"
                      " examples of one class only. Shuffle first."),
        Misconception("the rest thrown away", batches_without_rest,
                      "Where batch_size does not divide n, the last few examples are in no batch. The last"
                      " batch may be shorter."),
        Misconception("the same order in every epoch", batches_same_order,
                      "The second epoch has the same order as the first. Draw from the `rng` that you are"
                      " given; a generator made inside the function starts anew at each call."),
        Misconception("one batch only", batches_single,
                      "This is a single batch. An epoch has as many as it takes to use every example."),
        Misconception("counted from 1", batches_from_one,
                      "Your numbers run from one to n. As indices into an array they leave out the first"
                      " example and run beyond the last."),
        Misconception("overlapping batches", batches_overlapping,
                      "A batch begins at every example, so most examples are in several batches. By how"
                      " much must the beginning move on?"),
        Misconception("as many batches as batch_size", batches_as_many,
                      "You make batch_size batches. It is the number of examples in a batch."),
        Misconception("shuffled, not cut", batches_uncut,
                      "The numbers are shuffled, but not cut: taken as a list of batches, each holds a"
                      " single number."),
        Misconception("batches evened out", batches_balanced,
                      "You make all batches about equally large. All but the last should have exactly"
                      " batch_size examples."),
        Misconception("the rest spread over the batches", batches_balanced_downward,
                      "The examples of the last, shorter batch are spread over the others, which get too"
                      " large. `np.array_split` evens out; cut after every batch_size examples instead."),
        Misconception("another generator", batches_of_another_generator,
                      "You draw from a generator of your own, so no training can be repeated. Draw from `rng`."),
        Misconception("the last batch filled up", batches_filled,
                      "The last batch is filled up with examples that were used already. It may be shorter."),
    ),
)


# ---- misconceptions: the epoch

def epoch_uphill(theta, gradient, batches, lr):
    for batch in batches:
        theta += lr * gradient(theta, batch)


def epoch_from_the_start(theta, gradient, batches, lr):
    start = theta.copy()
    for batch in batches:
        theta -= lr * gradient(start, batch)


def epoch_mean_of_all(theta, gradient, batches, lr):
    theta -= lr * np.mean([gradient(theta, batch) for batch in batches], axis=0)


def epoch_full_gradient(theta, gradient, batches, lr):
    theta -= lr * gradient(theta, np.concatenate(batches))


def epoch_full_batches(theta, gradient, batches, lr):
    for _ in batches:
        theta -= lr * gradient(theta, np.concatenate(batches))


def epoch_first_batch(theta, gradient, batches, lr):
    theta -= lr * gradient(theta, batches[0])


def epoch_sum_of_examples(theta, gradient, batches, lr):
    for batch in batches:
        theta -= lr * len(batch) * gradient(theta, batch)


def epoch_divided_twice(theta, gradient, batches, lr):
    for batch in batches:
        theta -= lr / len(batch) * gradient(theta, batch)


def epoch_rate_shared(theta, gradient, batches, lr):
    for batch in batches:
        theta -= lr / len(batches) * gradient(theta, batch)


def epoch_example_by_example(theta, gradient, batches, lr):
    for i in np.concatenate(batches):
        theta -= lr * gradient(theta, np.array([i]))


EPOCH = Task(
    name="04.sgd_epoch",
    title="an epoch of SGD",
    reference=sgd_epoch,
    draw=epoch_cases,
    drive=one_epoch,
    in_place=("theta",),
    hints=(
        "One update per batch. At which theta is the gradient of the second batch taken?",
        "A loop over the batches with one line in it: theta, in place, minus the rate times what `gradient`"
        " gives for the theta of this moment and this batch.",
    ),
    misconceptions=(
        Misconception("uphill", epoch_uphill,
                      "These steps go uphill. In which direction does a gradient point?"),
        Misconception("gradients at the old theta", epoch_from_the_start,
                      "All gradients are taken where the epoch began. The second batch has to be asked at"
                      " the place to which the first has led."),
        Misconception("one step with the mean", epoch_mean_of_all,
                      "You average the gradients of all batches and make one step. An epoch of SGD makes a"
                      " step per batch."),
        Misconception("one full step", epoch_full_gradient,
                      "This is one step of full gradient descent. What are the batches for?"),
        Misconception("full gradient in each step", epoch_full_batches,
                      "Each step uses all examples. It should use those of its batch."),
        Misconception("only the first batch", epoch_first_batch,
                      "Only the first batch is used. Is there a `return` inside of your loop, or no loop?"),
        Misconception("times the batch size", epoch_sum_of_examples,
                      "The steps of large batches are longer. `gradient` gives the mean over the batch,"
                      " and that is what the rate multiplies."),
        Misconception("divided by the batch size again", epoch_divided_twice,
                      "You divide by the size of the batch. `gradient` is a mean already."),
        Misconception("rate shared among the batches", epoch_rate_shared,
                      "You divide the rate by the number of batches. Each update uses the whole rate."),
        Misconception("batches of one", epoch_example_by_example,
                      "You make an update for every single example. An update belongs to a batch."),
    ),
)


# ---- misconceptions: the variance

def variance_always_with(g, batch_size, replacement):
    return np.var(g) / batch_size


def variance_always_without(g, batch_size, replacement):
    return estimate_variance(g, batch_size, False)


def variance_swapped(g, batch_size, replacement):
    return estimate_variance(g, batch_size, not replacement)


def variance_deviation(g, batch_size, replacement):
    return np.sqrt(estimate_variance(g, batch_size, replacement))


def variance_of_the_sum(g, batch_size, replacement):
    return estimate_variance(g, batch_size, replacement) * batch_size**2


def variance_of_one(g, batch_size, replacement):
    return estimate_variance(g, batch_size, replacement) * batch_size


def variance_squared_size(g, batch_size, replacement):
    return estimate_variance(g, batch_size, replacement) / batch_size


def variance_of_a_sample(g, batch_size, replacement):
    return estimate_variance(g, batch_size, replacement) * len(g) / (len(g) - 1)


def variance_share_left(g, batch_size, replacement):
    return np.var(g) / batch_size * (1 if replacement else 1 - batch_size / len(g))


def variance_second_moment(g, batch_size, replacement):
    factor = 1 if replacement else (len(g) - batch_size) / (len(g) - 1)
    return np.mean(g**2) / batch_size * factor


VARIANCE = Task(
    name="04.variance",
    title="the variance of the estimate",
    reference=estimate_variance,
    draw=variance_cases,
    returns=("the variance",),
    hints=(
        "With replacement the draws are independent: how does the variance of their mean follow from the"
        " variance of one? Without replacement one factor more is needed, which is 0 where the batch is"
        " everything.",
        "`np.var(g)` is the variance of one draw. Divide it by the batch size; without replacement multiply"
        " by how many examples are left out of the batch, over n - 1.",
    ),
    misconceptions=(
        Misconception("replacement ignored", variance_always_with,
                      "This is right with replacement. Without it, a batch of all n examples is always the"
                      " same: what must the variance be then?"),
        Misconception("never with replacement", variance_always_without,
                      "This is right without replacement. With it, the draws are independent, and the"
                      " factor is not needed."),
        Misconception("the cases swapped", variance_swapped,
                      "The two cases are swapped: look at what `replacement` being True means."),
        Misconception("standard deviation", variance_deviation,
                      "This is the standard deviation. Its square is asked for."),
        Misconception("variance of the sum", variance_of_the_sum,
                      "This is the variance of the sum over the batch. The gradient is the mean."),
        Misconception("not divided by the batch size", variance_of_one,
                      "It does not get smaller with the batch size as it should. What does averaging do to"
                      " independent errors?"),
        Misconception("divided by the batch size twice", variance_squared_size,
                      "It falls like 1 over the square of the batch size. Variances of independent draws"
                      " add up, so only one of the two factors is left."),
        Misconception("variance of a sample", variance_of_a_sample,
                      "You divide by n - 1 in the variance of g. The n examples are all there are, no"
                      " sample of more: np.var divides by n as it stands."),
        Misconception("n for n - 1 in the factor", variance_share_left,
                      "Your factor without replacement is the share of the examples left out. Check it"
                      " with a batch of one: the first draw does not know of any replacement."),
        Misconception("mean not subtracted", variance_second_moment,
                      "You average the squares of g. A variance is about deviations from the mean."),
    ),
)


# ---- misconceptions: linear decay

def decay_for_ever(k, start, end, tau):
    return start + k / tau * (end - start)


def decay_upward(k, start, end, tau):
    return linear(end, start, tau)(k)


def decay_to_zero(k, start, end, tau):
    return start * max(0.0, 1 - k / tau)


def decay_floor(k, start, end, tau):
    return max(start * (1 - k / tau), end)


def decay_exponential(k, start, end, tau):
    return start * (end / start) ** min(k / tau, 1)


def decay_late(k, start, end, tau):
    return start if k < tau else end


def decay_next(k, start, end, tau):
    return linear(start, end, tau)(k + 1)


def decay_back_to_start(k, start, end, tau):
    return start if k > tau else linear(start, end, tau)(k)


def decay_added(k, start, end, tau):
    return (1 - min(k / tau, 1)) * start + end


DECAY = Task(
    name="04.linear_decay",
    title="linear decay",
    reference=linear_decay,
    draw=decay_cases,
    returns=("the rate",),
    hints=(
        "What are the rates at k = 0, at k = tau and at k = 2 tau? Check your function there first.",
        "The share a = k / tau says how far down the line you are; it must not go beyond 1. The rate mixes"
        " start and end with the weights 1 - a and a.",
    ),
    misconceptions=(
        Misconception("the line goes on", decay_for_ever,
                      "After tau the line goes on downward, and in the end the rate is negative. What"
                      " happens after tau?"),
        Misconception("start and end swapped", decay_upward,
                      "Your rate starts at `end` and goes to `start`. Which of the two belongs to a = 0?"),
        Misconception("down to zero", decay_to_zero,
                      "Your rate ends at 0. Where does `end` come in?"),
        Misconception("a line to zero, cut off", decay_floor,
                      "Your line aims at 0 and is cut off at `end`, so it gets there before tau. The line"
                      " itself has to end at `end`."),
        Misconception("exponential", decay_exponential,
                      "Your rate falls by the same factor in each update. A line falls by the same"
                      " difference."),
        Misconception("a single step", decay_late,
                      "Your rate is constant and drops at once at tau. It should come down on a line."),
        Misconception("one update ahead", decay_next,
                      "You are one update ahead: k counts the updates already made, so the first has k = 0."),
        Misconception("back to the start", decay_back_to_start,
                      "After tau your rate is back at `start`."),
        Misconception("end added, not mixed in", decay_added,
                      "At k = 0 your rate is start + end. The two are mixed, with weights that sum to 1."),
    ),
)


# ---- misconceptions: which exponents converge

def conditions_swapped(p):
    return p > 0.5, p <= 1


def conditions_negated(p):
    return p > 1, p <= 0.5


def conditions_strict(p):
    return p < 1, p > 0.5


def conditions_half_included(p):
    return p <= 1, p >= 0.5


def conditions_squares_as_rates(p):
    return p <= 1, p > 1


def conditions_rate_to_zero(p):
    return p <= 1, p > 0


def conditions_both(p):
    both = 0.5 < p <= 1
    return both, both


def conditions_double(p):
    return p <= 1, p > 2


CONDITIONS = Task(
    name="04.conditions",
    title="which exponents converge",
    reference=conditions,
    draw=exponent_cases,
    returns=("whether the rates sum to infinity", "whether the squares have a finite sum"),
    hints=(
        "The sum of 1 / k is infinite, the sum of 1 / k^q is finite for every q > 1. Which q belongs to the"
        " squares?",
        "The square of k^-p is k^-2p. So ask of p, and of 2 p, on which side of 1 it lies, and to which"
        " side 1 itself belongs.",
    ),
    misconceptions=(
        Misconception("the two swapped", conditions_swapped,
                      "The two answers are in the wrong order: first the sum of the rates, then that of"
                      " the squares."),
        Misconception("the opposite of both", conditions_negated,
                      "Each answer is the opposite of what is asked for: the first is True where the sum"
                      " is infinite, the second where it is finite."),
        Misconception("1/k sums to something finite", conditions_strict,
                      "Look at the harmonic series. Its terms go to zero, and yet its sum grows beyond"
                      " every bound, like log k."),
        Misconception("1/√k squared sums to something finite", conditions_half_included,
                      "Look at p = 1/2. The squares are 1/k: is their sum finite?"),
        Misconception("squares judged like rates", conditions_squares_as_rates,
                      "You ask whether the rates have a finite sum. The second condition is about their"
                      " squares, which are smaller."),
        Misconception("going to zero taken for a finite sum", conditions_rate_to_zero,
                      "That the squares go to zero is not enough for a finite sum: 1/k does too."),
        Misconception("one answer for both", conditions_both,
                      "You answer both questions with whether both hold. They are two questions."),
        Misconception("squares take twice the exponent", conditions_double,
                      "The squares fall twice as fast, so they need half the exponent, not twice."),
    ),
)

TASKS = (MINIBATCHES, EPOCH, VARIANCE, DECAY, CONDITIONS)
