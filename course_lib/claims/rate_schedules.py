"""Lecture 7: the experiments behind claims C35, C39 and C61: early stopping, and schedules compared.

Set up as in learning_rates.py. Schedules are compared each at its own best first rate, which is chosen by the
loss on validation examples whose labels are as wrong as those for training; scored on the test examples.
"""

from types import SimpleNamespace

import numpy as np

from course_lib.optimizers import SGD
from course_lib.schedules import constant, cosine_restarts, step
from course_lib.training import Best, early_stopping

from .labs import mlp, trained
from .learning_rates import WRONG, chosen
from .measurement import OURS, SOURCE, Claim, Part, above, below, listed, medians, number, same

USED, HELD, BATCH = 240, 80, 20             # digits for training and for validation
PER_PASS = USED // BATCH
RATES = 0.0125 * 2.0 ** np.arange(8)
LOW, HIGH = RATES[:6], RATES[1:]            # to 0.4, for long trainings on wrong labels; from 0.025
SHARE = 0.01                                # last rate over the first, of each schedule
NETWORK = mlp(32, dtype=np.float32)


# C35: early stopping

def stopping(seeds):
    """Stop when the validation loss no longer falls.

    Set-up: 64-64-10 network, 200 digits for training and 100 for validation, batch size 20, SGD at the rate
    0.1 for 40 passes; early stopping with a patience of 5 passes keeps the best.
    Statistic: test error at the end over test error of what was kept. Claimed: above 1. Arms: 20 % of the
    labels wrong, and none.
    """
    passes, used, held, patience, rate = 40, 200, 100, 5, 0.1
    arms, data = [], {}
    for wrong, where in (0.2, "a fifth of the labels is wrong"), (0.0, "all are right"):
        runs = trained(seeds, mlp(64, dtype=np.float32), SGD, [rate], passes=passes, batch=BATCH,
                       examples=used + held, validation=held, wrong=wrong)
        best, stopped = kept(runs.validation_loss[..., 0], patience)
        error, end, train = runs.test_error[..., 0], runs.test_error[-1, :, 0], runs.loss[..., 0]
        at_best = error[best, range(len(seeds))]
        arms.append(above(
            end / at_best, f"Of {used} labels {number(100 * wrong)} % are wrong. It stops after"
            f" {medians(stopped)} of {passes} passes and keeps what it had after {medians(best)}, with a test"
            f" error of {medians(at_best)}; at the end it is {medians(end)}. From there the training loss"
            f" falls from {medians(train[best, range(len(seeds))])} to {medians(train[-1])}.", where))
        data[where] = np.stack([stopped, at_best, end], axis=1)
    return Part("early stopping pays", OURS, *arms, data)


def kept(losses, patience):
    """Number, from 0, of the record kept and of the last one made: losses (records, runs) -> (runs,) each."""
    runs = losses.shape[1]
    network, best = SimpleNamespace(theta=np.zeros((runs, 1)), running=np.zeros((runs, 0))), Best()
    records = (SimpleNamespace(step=i, loss=loss) for i, loss in enumerate(losses))
    for _ in early_stopping(records, patience, network, lambda record: record.loss, best):
        pass
    return best.step, np.minimum(best.step + patience, len(losses) - 1)


# C39, C61: schedules at an equal budget

def in_steps(lr, n):
    """Down to SHARE in three steps, at the quarters of n updates."""
    return step(lr, SHARE ** (1 / 3), n // 4)


def with_restarts(lr, n):
    """Seven equal periods of cosine in n updates."""
    return cosine_restarts(lr, SHARE * lr, n // 7)


def with_growing(lr, n):
    """Three periods, each twice as long as the one before."""
    return cosine_restarts(lr, SHARE * lr, n // 7, 2)


def dropped(lr, after):
    """lr, and a tenth of it after so many updates."""
    return lambda k: np.where(k < after, lr, lr / 10)


def schedules(seeds):
    """Warm restarts against step decay, growing periods against equal ones; and see `restarts`.

    Set-up: 64-32-10 network, 240 digits and 80 for validation, batch size 20; 14 and 42 passes; four steps,
    seven equal periods of cosine, periods of lengths 1, 2, 4; all to 1 % of the first rate, each at its own
    best first rate of six (LOW) or seven (HIGH).
    Statistics: test error at the end, restarts over steps, for either length; growing over equal periods,
    geometric mean of the two lengths. Claimed: below 1. Arms: labels right, and 10 % of them wrong.
    """
    lengths, noises = (14, 42), ((0.0, "the labels are right"), (WRONG, "a tenth of them is wrong"))
    compared = (in_steps, with_restarts, with_growing)
    found = {(passes, wrong): swept(seeds, compared, passes, wrong,
                                    LOW if wrong and passes == lengths[1] else HIGH)
             for passes in lengths for wrong, _ in noises}
    rates = [found[lengths[1], wrong][0][1].at for wrong, _ in noises]
    found = {setting: measures for setting, (_, measures) in found.items()}
    parts = []
    for passes in lengths:
        arms = []
        for wrong, where in noises:
            train, loss, error = found[passes, wrong]
            arms.append(below(
                error[:, 1] / error[:, 0], f"Wrong labels: {number(100 * wrong)} %; {passes} passes. With"
                f" warm restarts the test error is {medians(error[:, 1])}, with step decay"
                f" {medians(error[:, 0])}; the test loss {medians(loss[:, 1])} and {medians(loss[:, 0])}, the"
                f" training loss {medians(train[:, 1])} and {medians(train[:, 0])}.", where))
        parts.append(Part(f"warm restarts beat step decay, {passes} passes", SOURCE, *arms,
                          {wrong: np.stack(found[passes, wrong], axis=1) for wrong, _ in noises}))
    arms = []
    for wrong, where in noises:
        error, loss = (np.stack([found[passes, wrong][i] for passes in lengths], axis=2) for i in (2, 1))
        ratio = error[:, 2] / error[:, 1]                                           # (seeds, lengths)
        arms.append(below(
            np.sqrt(ratio.prod(axis=1)), f"Wrong labels: {number(100 * wrong)} %. With growing periods the"
            f" test error is {medians(ratio)} times that with equal ones in {listed(lengths)} passes, the"
            f" test loss {medians(loss[:, 2] / loss[:, 1])} times.", where))
    return *parts, Part("growing periods help", SOURCE, *arms), *restarts(seeds, lengths[1], noises, rates)


def swept(seeds, compared, passes, wrong, rates):
    """The Sweep of each schedule over the rates, and what `chosen` says of its best.

    A schedule is made from its first rate and the number of updates.
    """
    n = passes * PER_PASS
    runs = trained(seeds, NETWORK, SGD, [schedule(lr, n) for schedule in compared for lr in rates],
                   passes=passes, batch=BATCH, examples=USED + HELD, validation=HELD, wrong=wrong, every=n)
    return chosen(runs, rates, seeds)


def alone(seeds, schedules, passes, wrong, every):
    """Runs of one schedule for each seed."""
    return trained(seeds, NETWORK, SGD, schedules, passes=passes, batch=BATCH, examples=USED + HELD,
                   validation=HELD, wrong=wrong, every=every, own=True)


def restarts(seeds, passes, noises, rates):
    """The model just after a restart, and where the good models are: two Parts of `schedules`.

    Set-up: 42 passes, a restart every six, each seed at its best first rate; measured every half pass.
    Statistics: test error half a pass after a restart over that just before it, means of the six restarts.
    Claimed: above 1. Mean test error at the ends of the periods over the mean at all other times, without the
    first period. Claimed: below 1. Arms: labels right, and 10 % of them wrong.
    """
    n, period = passes * PER_PASS, 2 * passes // 7                                  # records in a period
    hurt, best = [], []
    for (wrong, where), best_rates in zip(noises, rates):
        runs = alone(seeds, [with_restarts(lr, n) for lr in best_rates], passes, wrong, PER_PASS // 2)
        error, loss = runs.test_error[..., 0], runs.test_loss[..., 0]               # (records, seeds)
        at = np.arange(period, len(error) - 1, period)
        before, after = error[at].mean(axis=0), error[at + 1].mean(axis=0)
        later, later_loss = error[period + 1:], loss[period + 1:]
        low = np.arange(1, len(later) + 1) % period == 0
        hurt.append(above(
            after / before, f"Wrong labels: {number(100 * wrong)} %. Test error before a restart"
            f" {medians(before)}, half a pass after it {medians(after)}; test loss"
            f" {medians(loss[at].mean(axis=0))} and {medians(loss[at + 1].mean(axis=0))}.", where))
        best.append(below(
            later[low].mean(axis=0) / later[~low].mean(axis=0), f"Wrong labels: {number(100 * wrong)} %."
            f" Test error at the lowest rate {medians(later[low].mean(axis=0))}, elsewhere"
            f" {medians(later[~low].mean(axis=0))}; test loss {medians(later_loss[low].mean(axis=0))} and"
            f" {medians(later_loss[~low].mean(axis=0))}.", where))
    return (Part("a restart hurts for a while", SOURCE, *hurt),
            Part("best at the lowest rate", SOURCE, *best))


# C61: S2's recipe

def recipe(seeds):
    """Start with no decay, select the best rate, look where the loss plateaus, decay there.

    Set-up: network and digits of `schedules`, 42 passes. The rate: best of eight without decay, by validation
    loss after 14 passes. The place: see `plateau`, on the run at that rate without decay. The decay: division
    by ten. Against the same rate throughout; and against a division half-way, at its own best rate.
    Statistics: test loss at the end, recipe over no decay. Claimed: below 1. Recipe over the division
    half-way. Claimed: equal. Arms: labels right, and 10 % of them wrong.
    """
    trial, passes = 14, 42
    n, none, front, data = passes * PER_PASS, [], [], {}
    for wrong, where in (0.0, "the labels are right"), (WRONG, "a tenth of them is wrong"):
        (sweep,), _ = swept(seeds, (lambda lr, n: constant(lr),), trial, wrong, RATES)
        watched = alone(seeds, [constant(lr) for lr in sweep.at], passes, wrong, PER_PASS)
        after = plateau(watched.validation_loss[..., 0])
        own = [dropped(lr, m * PER_PASS) for lr, m in zip(sweep.at, after)]
        recipe = alone(seeds, own, passes, wrong, n)
        _, (train, loss, error) = swept(seeds, (lambda lr, n: dropped(lr, n // 2),), passes, wrong,
                                         LOW if wrong else HIGH)
        ends = np.stack([recipe.test_loss[-1, :, 0], watched.test_loss[-1, :, 0], loss[:, 0]], axis=1)
        errors = np.stack([recipe.test_error[-1, :, 0], watched.test_error[-1, :, 0], error[:, 0]], axis=1)
        none.append(below(
            ends[:, 0] / ends[:, 1], f"Wrong labels: {number(100 * wrong)} %. The best rate is"
            f" {medians(sweep.at)}, the plateau after {medians(after)} of {passes} passes. Decay there: test"
            f" loss {medians(ends[:, 0])}, test error {medians(errors[:, 0])}; no decay:"
            f" {medians(ends[:, 1])} and {medians(errors[:, 1])}.", where))
        front.append(same(
            ends[:, 0] / ends[:, 2], f"Wrong labels: {number(100 * wrong)} %. Decay after {passes // 2}"
            f" passes, fixed up front, with its own best rate: test loss {medians(ends[:, 2])}, test error"
            f" {medians(errors[:, 2])}.", where))
        data[where] = np.concatenate([ends, after[:, None]], axis=1)
    return (Part("decay at the plateau, or none", SOURCE, *none, data),
            Part("decay at the plateau, or half-way", OURS, *front, data))


def plateau(losses):
    """Passes after which the loss, averaged over three of them, is first not 2 % below that of the three
    before: losses (1 + passes, runs), the first before the training -> (runs,).
    """
    window = 3
    smooth = np.stack([losses[i - window + 1:i + 1].mean(axis=0) for i in range(window, len(losses))])
    flat = ~(smooth[window:] < 0.98 * smooth[:-window])
    return np.where(flat.any(axis=0), flat.argmax(axis=0) + 2 * window, len(losses) - 1)


CLAIMS = (
    Claim("C35", 7, "S1 Early stopping",
          "Stop when the validation loss has stopped falling while the training loss still falls.",
          (stopping,)),
    Claim("C39", 7, "S1 Cosine learning rate decay",
          "Warm restarts beat step decay, and growing periods help. A restart can hurt for a while; the best"
          " model is usually found where the rate is lowest.",
          (schedules,)),
    Claim("C61", 7, "S2 Change LR",
          "Start with no decay, select the best rate, look at the loss, and decide where decay is needed.",
          (recipe,)),
)
