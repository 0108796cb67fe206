"""Lecture 7: the experiments behind claims C35, C39 and C61: early stopping, and schedules compared.

Set up as in learning_rates.py.
"""

from functools import lru_cache

import numpy as np

from course_lib.optimizers import SGD
from course_lib.schedules import constant, cosine_restarts, step
from course_lib.training import Best, early_stopping, train

from .findings import TENTH, Claim, Finding, judge, listed, medians, mostly
from .labs import mlp, noisy_digits, rates_of, same_start
from .noisy_digits import EXAMPLES, PER_EPOCH, trained


# C35: early stopping

def kept_and_end(seed, wrong):
    """Epochs made under early stopping, and the test error (share of wrong answers) at the epoch kept and
    after 40.
    """
    data_rng, split, start, order = np.random.default_rng(seed).spawn(4)
    data = noisy_digits(data_rng, wrong, 300)
    network = same_start(mlp(64), start, 1)
    kept, errors = [], []
    examples = data.validation(1 / 3, split)
    for record in train(network, examples, SGD(0.1), epochs=40, batch_size=20, rng=order):
        kept.append(record)
        errors.append(1 - network.accuracy(data.x_test, data.y_test)[0])
    best = Best()
    made = sum(1 for _ in early_stopping(kept, 5, network, best=best)) - 1
    return made, errors[best.step[0] // 10], errors[-1]


def stopping(seeds):
    """Stop when the validation loss no longer falls.

    Set-up: 64-64-10 network, 200 digits for training and 100 for validation; 20 % of the labels wrong, or
    none; 40 epochs at the constant rate 0.1; early stopping with a patience of 5 epochs keeps the best epoch.
    Statistic: test error at the end over test error at the epoch kept, wrong labels.
    Refuted where it is not above 1. Holds only for a network that overfits where it is so with wrong
    labels and not without.
    """
    wrong, right = (np.array([kept_and_end(seed, share) for seed in seeds]).T for share in (0.2, 0.0))
    ratio, clean = wrong[2] / wrong[1], right[2] / right[1]
    overfits = mostly(ratio > 1)
    return Finding(
        "early stopping", "test error after 40 epochs / at the epoch kept, 20 % of the labels wrong", ratio,
        *judge(overfits and mostly(clean > 1), overfits, "the network overfits"),
        f"It stops after {medians(wrong[0])} epochs; test error {medians(wrong[1])} instead of"
        f" {medians(wrong[2])}. With"
        f" right labels it stops after {medians(right[0])}, and the ratio is {medians(clean)}.",
        {"wrong labels": wrong.T, "right labels": right.T})


# C39, C61: schedules at an equal budget

EPOCHS, EVERY = 14, 10
HIGH, LOW = 0.3, 0.003
DROPS = np.array([2, 4, 6, 8, 10])          # epochs after which the rate is divided by ten
PERIOD = 2                                  # epochs: two periods of cosine are one of twice the length


@lru_cache(maxsize=8)
def scheduled(seeds):
    """{schedule: (training loss, validation loss) of shape (2, seeds, records)}, a record every ten
    updates.
    """
    n = EPOCHS * PER_EPOCH
    schedules = {"step": step(HIGH, (LOW / HIGH) ** (1 / 3), n // 4),
                 "restarts": cosine_restarts(HIGH, LOW, PERIOD * PER_EPOCH),
                 "growing": cosine_restarts(HIGH, LOW, PERIOD * PER_EPOCH, 2), "constant": constant(HIGH)}
    schedules |= {int(epoch): dropped(epoch) for epoch in DROPS}
    values = []
    for seed in seeds:
        kept = trained(seed, SGD(rates_of(*schedules.values())), len(schedules), EPOCHS, every=EVERY)
        values.append([[record.loss for record in kept], [record.test_loss for record in kept]])
    return dict(zip(schedules, np.moveaxis(values, (1, 3), (1, 0))))


def dropped(epoch):
    """HIGH, and a tenth of it after so many epochs."""
    return lambda k: HIGH if k < epoch * PER_EPOCH else HIGH / 10


def beats_step(seeds):
    """Warm restarts against step decay.

    Set-up: SGD, 14 epochs, rates from 0.3 to 0.003: cosine with a restart every two epochs; four steps.
    Statistic: validation loss at the end, restarts over steps.
    Refuted where it is not below 1. Holds only for the training loss where that is.
    """
    runs = scheduled(seeds)
    training, validation = runs["restarts"][:, :, -1] / runs["step"][:, :, -1]
    return Finding(
        "warm restarts beat step decay", "validation loss at the end, warm restarts / step decay", validation,
        *judge(mostly(validation < 1) and mostly(training < 1), mostly(training < 1),
               "the training loss is what counts"),
        f"Training loss: {medians(training)} times that of step decay. On {EXAMPLES * 3 // 4} examples with"
        " wrong labels, learning more is fitting them.", {"validation": validation, "training": training})


def growing_period(seeds):
    """Periods of 2, 4 and 8 epochs against seven of 2.

    Set-up: as `beats_step`; both end at the lowest rate.
    Statistic: validation loss at the end, growing periods over equal ones.
    Refuted where it is not a tenth below 1.
    """
    runs = scheduled(seeds)
    training, validation = runs["growing"][:, :, -1] / runs["restarts"][:, :, -1]
    return Finding(
        "a growing period helps", "validation loss at the end, periods 2, 4, 8 / seven of 2", validation,
        *judge(mostly(validation < 1 / TENTH)),
        f"Training loss: {medians(training)} times that of equal periods.",
        {"validation": validation, "training": training})


def restart_hurts(seeds):
    """The loss just after a restart.

    Set-up: as `beats_step`, six restarts.
    Statistic: training loss ten updates after a restart over that just before it, mean of the restarts.
    Refuted where it is not above 1.
    """
    training = scheduled(seeds)["restarts"][0]
    at = np.arange(1, EPOCHS // PERIOD) * PERIOD * PER_EPOCH // EVERY
    ratio = (training[:, at + 1] / training[:, at]).mean(axis=1)
    back = (training[:, at + PERIOD * PER_EPOCH // EVERY] / training[:, at]).mean(axis=1)
    return Finding(
        "a restart hurts for a while", f"training loss {EVERY} updates after a restart / before it", ratio,
        *judge(mostly(ratio > 1)),
        f"At the end of the period it is {medians(back)} times that before the"
        f" restart.", {"ratio": ratio, "back": back})


def best_at_minimum(seeds):
    """Where the good models are.

    Set-up: as `beats_step`, without the first period.
    Statistic: mean validation loss at the ends of periods over the mean at all other records.
    Refuted where it is not below 1.
    """
    validation = scheduled(seeds)["restarts"][1][:, PERIOD * PER_EPOCH // EVERY:]
    low = np.arange(validation.shape[1]) % (PERIOD * PER_EPOCH // EVERY) == 0
    ratio = validation[:, low].mean(axis=1) / validation[:, ~low].mean(axis=1)
    among = low[validation.argmin(axis=1)].sum()
    return Finding(
        "best at the lowest rate", "mean validation loss at the lowest rate / elsewhere", ratio,
        *judge(mostly(ratio < 1)),
        f"The very best of a run's {validation.shape[1]} records is one of the {low.sum()} at the lowest rate"
        f" in {among} of {len(seeds)} seeds.", {"ratio": ratio})


def recipe(seeds):
    """Start without decay, look where the loss plateaus, decay there.

    Set-up: SGD at 0.3, 14 epochs; one division by ten after 2, 4, 6, 8 or 10 epochs. The recipe looks at the
    run with the constant rate, and takes the first of these epochs at which the loss, averaged over two
    epochs, is not 5 % below that of the two before; else the last.
    Statistic: validation loss at the end, recipe over the mean of the five decays fixed up front; plateau of
    the validation loss.
    Refuted where it is not below 1.
    """
    return follow(seeds, 1, "validation")


def recipe_training(seeds):
    """As `recipe`, with the plateau of the training loss."""
    return follow(seeds, 0, "training")


def follow(seeds, watched, name):
    """The finding of `recipe`: watched is 0 for the training loss, 1 for the validation loss."""
    runs = scheduled(seeds)
    per = PER_EPOCH // EVERY
    ends = np.stack([runs[int(epoch)][1][:, -1] for epoch in DROPS], axis=1)            # (seeds, DROPS)
    curve = runs["constant"][watched]
    two = np.stack([curve[:, (e - 2) * per + 1:e * per + 1].mean(axis=1) for e in (*DROPS, DROPS[-1] + 2)],
                   axis=1)
    flat = two[:, 1:] > 0.95 * two[:, :-1]      # at epochs 4, 6, ..., 12
    chosen = np.where(flat.any(axis=1), flat.argmax(axis=1) + 1, len(DROPS) - 1).clip(max=len(DROPS) - 1)
    ratio = ends[np.arange(len(seeds)), chosen] / ends.mean(axis=1)
    none = ends[np.arange(len(seeds)), chosen] / runs["constant"][1][:, -1]
    return Finding(
        f"decay at the plateau of the {name} loss",
        "validation loss at the end, recipe / mean of decays fixed up front",
        ratio, *judge(mostly(ratio < 1)),
        f"It decays after {medians(DROPS[chosen])} epochs. Of the fixed decays, after {listed(DROPS)} epochs,"
        f" the validation loss is {medians(ends)}. Against no decay: {medians(none)}.",
        {"epochs": DROPS, "ends": ends, "chosen": DROPS[chosen]})


CLAIMS = (
    Claim("C35", 7, "S1, early stopping",
          "Stop when the validation loss no longer decreases while the training loss still"
          " does.", (stopping,)),
    Claim("C39", 7, "S1, cosine learning rate decay",
          "Warm restarts beat step decay, and growing periods help. A restart hurts for a while; the best"
          " model is found where the rate is lowest.",
          (beats_step, growing_period, restart_hurts, best_at_minimum)),
    Claim("C61", 7, "S2, change LR",
          "Start with no decay, find the rate, look where the loss plateaus, and decay there.",
          (recipe, recipe_training)),
)
