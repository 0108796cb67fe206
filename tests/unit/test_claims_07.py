"""Claims C13, C14, C35, C38, C39, C60, C61 and C77: the theory behind the numbers, and wrong methods that are
seen.
"""

import numpy as np
import prose
import pytest
from claims_contract import *  # noqa: F403
from claims_contract import SEEDS

from course_lib.claims import learning_rates, rate_schedules
from course_lib.claims.measurement import CONTRADICTED, EQUAL, SUPPORTED, UNDECIDED
from course_lib.claims.runs import Sweep
from course_lib.optimizers import SGD, Momentum
from course_lib.schedules import constant

LECTURES = learning_rates, rate_schedules
OUTCOMES = {
    ("C13", "the best rate is higher"): (SUPPORTED, UNDECIDED),
    ("C14", "ε_τ far below ε₀"): (SUPPORTED,),
    ("C14", "a lower ε_τ ends higher"): (SUPPORTED,),
    ("C14", "τ a few hundred passes"): (SUPPORTED,),
    ("C14", "τ long, on a network"): (SUPPORTED, EQUAL),
    ("C35", "early stopping pays"): (SUPPORTED, EQUAL),
    ("C38", "faster"): (SUPPORTED, CONTRADICTED),
    ("C38", "less overfitting, at equal training loss"): (UNDECIDED, UNDECIDED),
    ("C38", "less overfitting, after equally many updates"): (SUPPORTED, UNDECIDED),
    ("C38", "more oscillation"): (SUPPORTED,),
    ("C38", "most without momentum"): (UNDECIDED, CONTRADICTED),
    ("C38", "deeper networks"): (SUPPORTED,),
    ("C38", "warm-up helps a large rate"): (SUPPORTED, EQUAL),
    ("C39", "warm restarts beat step decay, 14 passes"): (UNDECIDED, UNDECIDED),
    ("C39", "warm restarts beat step decay, 42 passes"): (UNDECIDED, UNDECIDED),
    ("C39", "growing periods help"): (EQUAL, EQUAL),
    ("C39", "a restart hurts for a while"): (UNDECIDED, EQUAL),
    ("C39", "best at the lowest rate"): (EQUAL, UNDECIDED),
    ("C60", "RMSProp needs a smaller rate"): (SUPPORTED, SUPPORTED),
    ("C60", "alike where tuned"): (SUPPORTED, CONTRADICTED),
    ("C60", "alike after a few tries"): (SUPPORTED,),
    ("C61", "decay at the plateau, or none"): (EQUAL, UNDECIDED),
    ("C61", "decay at the plateau, or half-way"): (SUPPORTED, SUPPORTED),
    ("C77", "the smaller rate fits better"): (CONTRADICTED, CONTRADICTED),
    ("C77", "the smaller rate validates worse"): (SUPPORTED, UNDECIDED),
}


# C13, C14

def test_the_parabola_finds_its_vertex():
    rates = 0.02 * 2.0 ** np.arange(7)
    for vertex in (0.05, 0.3, 0.5):
        loss = np.exp(0.3 * np.log2(rates / vertex) ** 2 - 1)
        assert learning_rates.vertex(Sweep(rates, loss[None])) == pytest.approx(vertex)


def test_on_least_squares_a_tenth_of_the_rate_leaves_less_than_a_fifth_of_the_floor():
    constant_rate, tenth = learning_rates.excess(SEEDS[:8], [(1, 300), (0.1, 300)])
    settled = np.isclose(constant_rate.settings, 0.4)       # eps_0: at a small one the start is still felt
    assert (tenth.values[:, settled] < constant_rate.values[:, settled] / 5).all()


def test_ten_passes_of_decay_are_too_few_on_least_squares(parts):
    by_length = parts["C14", "τ a few hundred passes"].data["excess"]
    assert (by_length[:, 0] == parts["C14", "ε_τ far below ε₀"].data["excess"][:, 2]).all()
    assert (by_length[:, 2] > 10 * by_length[:, 0]).all()


# C35

def test_what_is_kept_and_when_it_stops():
    losses = np.array([[1.0, 0.8, 0.9, 0.85, 0.7, 0.75, 0.72], [7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0]]).T
    kept, stopped = rate_schedules.kept(losses, 2)
    assert kept.tolist() == [1, 6] and stopped.tolist() == [3, 6]


# C38

def test_losses_are_matched(parts):
    for loss in parts["C38", "less overfitting, at equal training loss"].data.values():
        ratio = loss[:, 1] / loss[:, 0]         # at the first record not above: a little below
        assert (ratio <= 1).all() and np.median(ratio) > 0.8


def test_the_swing_of_a_zigzag():
    losses = np.repeat([0.0, 1.0] * 8, 20)[:, None]
    assert learning_rates.roughness(losses, 20) == pytest.approx(2)         # |0 - 2 * 1 + 0|


# C60

def test_expected_best_of_k_is_that_of_many_draws():
    rng = np.random.default_rng(0)
    loss, score = rng.random((2, 5)), rng.random((2, 5))
    expected = learning_rates.expected_best(loss, score, (1, 3, 1000))
    np.testing.assert_allclose(expected[:, 0], score.mean(axis=1))
    np.testing.assert_allclose(expected[:, 2], score[range(2), loss.argmin(axis=1)])
    draws = rng.integers(5, size=(20_000, 3))
    for row in range(2):
        best = draws[np.arange(len(draws)), loss[row][draws].argmin(axis=1)]
        assert abs(score[row][best].mean() - expected[row, 1]) < 4 * score[row].std() / np.sqrt(len(draws))


# C39, C61

def test_the_schedules_end_at_their_lowest_rate_and_restart_in_time():
    n = 168
    k = np.arange(n)
    steps, equal, growing = (schedule(0.4, n)(k) for schedule in (
        rate_schedules.in_steps, rate_schedules.with_restarts, rate_schedules.with_growing))
    assert np.flatnonzero(np.diff(steps)).tolist() == [41, 83, 125] and steps[-1] == pytest.approx(0.004)
    assert np.flatnonzero(equal == 0.4).tolist() == list(range(0, n, 24))
    assert np.flatnonzero(growing == 0.4).tolist() == [0, 24, 72]
    assert max(equal[-1], growing[-1]) < 0.006


def test_the_plateau_of_a_curve():
    passes = np.arange(31)
    falling = 0.9 ** passes
    level = np.where(passes < 12, falling, falling[12])
    assert rate_schedules.plateau(np.stack([falling, level], axis=1)).tolist() == [30, 17]
    assert rate_schedules.plateau(np.ones((31, 1))).tolist() == [6]


# What the text says around the table

def outcomes(parts, *key):
    return tuple(arm.outcome for arm in parts[key].arms)


def statistics(parts, *key):
    return [arm.statistic for arm in parts[key].arms]


def chosen_by_chance(parts, tries):
    """The lowest and the highest expected test accuracy of the four methods, after so many tries."""
    data = parts["C60", "alike after a few tries"].data
    medians = np.median(data["after"], axis=0)[:, data["tries"].index(tries)]
    return medians.min(), medians.max()


SAID = {
    "over 16 random seeds": lambda parts: parts["C38", "faster"].arms[0].values.shape == (16,),
    "Look further than the first 100 updates":
        lambda parts: outcomes(parts, "C13", "the best rate is higher")[0] == SUPPORTED,
    "by less than one step of a sweep in factors of two":
        lambda parts: 1.1 < statistics(parts, "C13", "the best rate is higher")[0] < 2,
    "1 % is better than 10 % and better than 0.1 %, and ten passes of decay are far too few": lambda parts: (
        statistics(parts, "C14", "ε_τ far below ε₀")[0] < 0.5 and statistics(parts, "C14", LOWER)[0] > 1.1
        and statistics(parts, "C14", "τ a few hundred passes")[0] > 100),
    "20 passes of decay and 200 end with equal test losses if a tenth of the labels is wrong": lambda parts: (
        outcomes(parts, "C14", "τ long, on a network") == (SUPPORTED, EQUAL)),
    "the short decay ends about a fifth higher":
        lambda parts: 1.15 < statistics(parts, "C14", "τ long, on a network")[0] < 1.35,
    "After equally many updates it has the lower test loss if the labels are right": lambda parts: outcomes(
        parts, "C38", "less overfitting, after equally many updates")[0] == SUPPORTED,
    "since its effective rate is ten times as large":
        lambda parts: round(1 / (1 - learning_rates.ALPHA)) == 10,
    "A warm-up mends a rate that is too large for the start":
        lambda parts: outcomes(parts, "C38", "warm-up helps a large rate") == (SUPPORTED, EQUAL),
    "do not reliably beat step decay in test error": lambda parts: all(
        outcomes(parts, "C39", f"warm restarts beat step decay, {passes} passes") == (UNDECIDED, UNDECIDED)
        for passes in (14, 42)),
    "below Adam's by about a third":
        lambda parts: 0.55 < statistics(parts, "C60", "RMSProp needs a smaller rate")[1] < 0.75,
    "Growing the period makes no difference of a tenth":
        lambda parts: outcomes(parts, "C39", "growing periods help") == (EQUAL, EQUAL),
    "each at its own best rate, they hardly differ":        # by a twentieth of what they do at one rate
        lambda parts: statistics(parts, "C60", "alike where tuned")[0] < 0.05,
    "The rates of S2's figure 2, made for another problem, do not help here":
        lambda parts: outcomes(parts, "C60", "alike where tuned")[1] == CONTRADICTED,
    "With a single rate taken by chance the expected accuracies lie between 0.47 and 0.57":
        lambda parts: np.allclose(chosen_by_chance(parts, 1), (0.47, 0.57), atol=0.01),
    "with the best of eight between 0.90 and 0.92":
        lambda parts: np.allclose(chosen_by_chance(parts, 8), (0.90, 0.92), atol=0.006),
    "the recipe ends where no decay and a decay fixed half-way do, to a tenth": lambda parts: (
        outcomes(parts, "C61", "decay at the plateau, or none")[0] == EQUAL
        and outcomes(parts, "C61", "decay at the plateau, or half-way")[0] == SUPPORTED),
    "With wrong labels it ties with the decay half-way, too":
        lambda parts: outcomes(parts, "C61", "decay at the plateau, or half-way")[1] == SUPPORTED,
    "On the digits the smaller of the same two rates does worse in both": lambda parts: (
        statistics(parts, "C77", "the smaller rate fits better")[0] > 1.1
        and statistics(parts, "C77", "the smaller rate validates worse")[0] > 1.1),
    "At ten times these rates it fits worse again, and on test data the seeds do not decide": lambda parts: (
        outcomes(parts, "C77", "the smaller rate fits better")[1] == CONTRADICTED
        and outcomes(parts, "C77", "the smaller rate validates worse")[1] == UNDECIDED),
}
LOWER = next(name for claim, name in OUTCOMES if name.startswith("a lower ε_τ"))
LEFT_OUT = ["7.9 Measured claims", "Where schedules are compared, each has its own best first rate",
            "S0's numbers are good where much precision can be won", "A large rate is fast, rough",
            "Equal rates compare rates, not methods", "When to decay matters little",
            "A pair of runs is no law", "S2 prints the accuracies of one run at each of two rates", "This does not refute what S2 saw"]


@pytest.mark.parametrize("fragment", SAID)
def test_what_the_text_says_of_the_table(fragment, parts):
    assert prose.spaced(fragment) in prose.whole(7)
    assert SAID[fragment](parts)


def test_each_number_in_the_text_around_the_table_is_held():
    assert prose.uncovered(7, prose.of_claims, [*SAID, *LEFT_OUT]) == []


# Wrong methods turn the outcome

class Deaf(SGD):
    """Gradient descent that does not use its rate."""

    @staticmethod
    def update(theta, g, t, lr):
        theta -= 0.05 * g


class Damped(Momentum):
    """The mistake v <- alpha v - (1 - alpha) lr g."""

    @staticmethod
    def update(theta, g, v, t, lr, momentum):
        v *= momentum
        v -= (1 - momentum) * lr * g
        theta += v


def keeps_the_last(records, patience, network, measure, best):
    for record in records:
        best.step = np.full(len(record.loss), record.step)
        yield record


def never(start, end, tau):
    return constant(start)


def at_once(schedule, steps):
    return schedule


def one_try(loss, score, tries):
    return np.repeat(score.mean(axis=1)[:, None], len(tries), axis=1)


def at_the_end(losses):
    return np.full(losses.shape[1], len(losses) - 1)


@pytest.mark.parametrize("experiment, wrong, name, outcomes", [
    ("least_squares", {"linear": never}, "ε_τ far below ε₀", (EQUAL,)),
    ("least_squares", {"linear": never}, "τ a few hundred passes", (EQUAL,)),
    ("stopping", {"early_stopping": keeps_the_last}, "early stopping pays", (EQUAL, EQUAL)),
    ("overfitting", {"SGD": Deaf}, "less overfitting, at equal training loss", (EQUAL, EQUAL)),
    ("overfitting", {"SGD": Deaf}, "less overfitting, after equally many updates", (EQUAL, EQUAL)),
    ("faster", {"SGD": Deaf}, "faster", (EQUAL, EQUAL)),
    ("swings", {"SGD": Deaf}, "more oscillation", (EQUAL,)),
    ("swings", {"Momentum": Damped}, "most without momentum", (SUPPORTED, UNDECIDED)),
    ("warmed", {"warmup": at_once}, "warm-up helps a large rate", (EQUAL, EQUAL)),
    ("methods_compared", {"RMSProp": SGD}, "RMSProp needs a smaller rate", (EQUAL, CONTRADICTED)),
    ("methods_compared", {"expected_best": one_try}, "alike after a few tries", (EQUAL,)),
    ("recipe", {"plateau": at_the_end}, "decay at the plateau, or none", (EQUAL, EQUAL)),
])
def test_a_wrong_method_turns_the_outcome(experiment, wrong, name, outcomes, monkeypatch):
    module = next(module for module in LECTURES if hasattr(module, experiment))
    for method, replacement in wrong.items():
        monkeypatch.setattr(module, method, replacement)
    found = getattr(module, experiment)(SEEDS[:8])
    part = next(part for part in (found if isinstance(found, tuple) else (found,)) if part.name == name)
    right = next(expected for (_, known), expected in OUTCOMES.items() if known == name)
    assert tuple(arm.outcome for arm in part.arms) == outcomes != right
