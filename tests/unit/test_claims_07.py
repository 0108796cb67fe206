"""Claims C13, C14, C35, C38, C39, C60 and C61: the direction of each number, and wrong methods that are
seen.
"""

import numpy as np
import pytest

from course_lib.claims import learning_rates, rate_schedules
from course_lib.claims.findings import FAILS, HOLDS, ONLY_IF
from course_lib.optimizers import SGD, Adam, Momentum
from course_lib.schedules import constant, cosine_restarts, linear

SEEDS = tuple(range(100, 108))
LECTURE = (learning_rates, rate_schedules)
EXPERIMENTS = {f.__name__: f for module in LECTURE for claim in module.CLAIMS for f in claim.experiments}
CACHED = (learning_rates.sweeps, learning_rates.decays, learning_rates.by_method, rate_schedules.scheduled)


# C13, C14

def test_the_parabola_finds_its_vertex():
    rates = learning_rates.RATES
    for vertex in (0.05, 0.3, 0.5):
        loss = np.exp(0.3 * np.log2(rates / vertex) ** 2 - 1)
        assert learning_rates.lowest(loss[None]) == pytest.approx(vertex)


def test_the_best_first_rate_grows(findings):
    f = findings["best_later"]
    assert f.verdict == HOLDS and 1.1 < np.median(f.values) < 2
    assert ((f.data["late"] > 0.1) & (f.data["late"] < 1)).all()        # inside the grid


def test_on_least_squares_the_last_rate_and_the_length_are_as_the_slides_say(findings):
    last, length = findings["last_rate"], findings["length"]
    assert last.verdict == length.verdict == HOLDS
    assert (last.values < 0.1).all() and (length.values > 10).all()
    # The floor of a constant rate is proportional to it: a tenth of the rate leaves less than a fifth of it.
    excess = last.data["excess"]
    assert (excess[:, 1] < excess[:, 0] / 5).all()


def test_on_a_network_a_long_decay_fits_the_wrong_labels(findings):
    f = findings["length_network"]
    assert f.verdict == FAILS and np.median(f.values) > 1
    assert (f.data["training"][:, 1] < f.data["training"][:, 0]).all()


# C35

def test_early_stopping_pays_where_labels_are_wrong(findings):
    f = findings["stopping"]
    wrong, right = f.data["wrong labels"], f.data["right labels"]
    assert f.verdict == ONLY_IF and np.median(f.values) > 1.1
    assert np.median(wrong[:, 0]) < np.median(right[:, 0])
    assert abs(np.median(right[:, 2] / right[:, 1]) - 1) < 0.1


# C38

def test_a_large_rate_is_faster_up_to_a_limit(findings):
    f = findings["faster"]
    count = f.data["count"]
    assert f.verdict == ONLY_IF and (f.values > 2).all()
    assert (np.diff(count[:, :3], axis=1) < 0).all() and np.isinf(count[:, -1]).all()


def test_a_large_rate_protects_with_right_labels_only(findings):
    f = findings["overfitting"]
    assert f.verdict == ONLY_IF and np.median(f.values) > 1
    assert np.median(f.data["right"][:, 1] / f.data["right"][:, 0]) < 0.9


def test_swings_grow_with_the_rate_and_momentum_does_not_calm_them(findings):
    sgd, momentum = findings["swings"], findings["swings_without_momentum"]
    assert sgd.verdict == HOLDS and (sgd.values > 1.1).mean() > 0.8
    assert momentum.verdict == FAILS
    assert (momentum.data["same"] < 1).all()                            # ten times the effective rate


def test_the_swing_of_a_zigzag():
    losses = np.repeat([0.0, 1.0] * 8, learning_rates.PER_EPOCH)[:, None]
    assert learning_rates.roughness(losses) == pytest.approx(2)         # |0 - 2 * 1 + 0|


def test_deep_networks_take_smaller_rates(findings):
    f = findings["depth"]
    assert f.verdict == HOLDS and np.median(f.values) < 0.25
    assert (f.data["shallow"] < 0.08 * 2**9).all() and (f.data["deep"] > 0).all()


# C39, C61

def test_restarts_help_the_training_loss(findings):
    step, growing = findings["beats_step"], findings["growing_period"]
    assert step.verdict == ONLY_IF and np.median(step.values) > 1
    assert (step.data["training"] < 1).all()
    assert growing.verdict == FAILS and abs(np.median(growing.data["validation"]) - 1) < 0.05


def test_a_restart_hurts_and_its_period_ends_low(findings):
    hurts, best = findings["restart_hurts"], findings["best_at_minimum"]
    assert hurts.verdict == best.verdict == HOLDS
    assert (hurts.data["back"] < hurts.data["ratio"]).all()


def test_waiting_for_the_plateau_does_not_beat_decays_fixed_up_front(findings):
    validation, training = findings["recipe"], findings["recipe_training"]
    assert validation.verdict == training.verdict == FAILS
    assert np.median(training.values) >= np.median(validation.values)
    assert (training.data["chosen"] >= validation.data["chosen"]).mean() > 0.8


# C60

def test_rates_tuned_elsewhere_do_not_make_methods_equal(findings):
    f = findings["equal_and_tuned"]
    assert f.verdict == ONLY_IF and (f.values < 1).all()
    assert (f.data["own"] < f.data["equal"] / 3).all()


def test_the_best_rate_of_rmsprop_is_far_below_that_of_sgd(findings):
    f = findings["rmsprop_smaller"]
    assert f.verdict == ONLY_IF and (f.values <= 0.1).all()
    assert (f.data["best"][:, 2] <= f.data["best"][:, 3]).mean() > 0.8


# Reproducible, and one seed at a time

@pytest.mark.parametrize("name", EXPERIMENTS)
def test_a_seed_gives_the_same_value_whatever_the_others_are(name, findings):
    some = EXPERIMENTS[name](SEEDS[5:3:-1])
    np.testing.assert_allclose(some.values, findings[name].values[5:3:-1], rtol=1e-6)


# Wrong methods turn the verdict

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


def stops_at_the_end(records, patience, network, best):
    for record in records:
        best.step = np.array([record.step])
        yield record


def upwards(high, low, period, factor=1):
    schedule = cosine_restarts(high, low, period, factor)
    return lambda k: high + low - schedule(k)


def only_growing(high, low, period, factor=1):
    return constant(high) if factor == 1 else cosine_restarts(high, low, period, factor)


def tau_turned_round(start, end, tau):
    return linear(start, end, 80 * 800 / tau)


SWEEPS, DROPPED = learning_rates.sweeps, rate_schedules.dropped


def swapped(seeds, decaying):
    early, late, losses = SWEEPS(seeds, decaying)
    return late, early, losses


MUTANTS = [
    ("best_later", {"sweeps": swapped}, FAILS),
    ("last_rate", {"linear": lambda start, end, tau: constant(start)}, FAILS),
    ("length", {"linear": lambda start, end, tau: constant(start)}, FAILS),
    ("length_network", {"linear": tau_turned_round}, HOLDS),
    ("stopping", {"early_stopping": stops_at_the_end}, FAILS),
    ("faster", {"SGD": Deaf}, FAILS),
    ("overfitting", {"SGD": Deaf}, FAILS),
    ("swings", {"SGD": Deaf}, FAILS),
    ("swings_without_momentum", {"Momentum": Damped}, HOLDS),
    ("depth", {"SGD": Deaf}, FAILS),
    ("beats_step", {"cosine_restarts": lambda high, low, period, factor=1: constant(low)}, FAILS),
    ("restart_hurts", {"cosine_restarts": lambda high, low, period, factor=1: constant(low)}, FAILS),
    ("growing_period", {"cosine_restarts": only_growing}, HOLDS),
    ("best_at_minimum", {"cosine_restarts": upwards}, FAILS),
    ("recipe", {"dropped": lambda epoch: constant(0.3) if epoch in (2, 10) else DROPPED(epoch)}, HOLDS),
    ("recipe_training", {"dropped": lambda epoch: constant(0.3) if epoch < 8 else DROPPED(epoch)}, HOLDS),
    ("equal_and_tuned", {"SGD": Adam, "Momentum": Adam, "RMSProp": Adam}, FAILS),
    ("rmsprop_smaller", {"RMSProp": SGD}, FAILS),
]


@pytest.fixture
def no_cache():
    for function in CACHED:
        function.cache_clear()
    yield
    for function in CACHED:
        function.cache_clear()


@pytest.mark.parametrize("name, wrong, verdict", MUTANTS)
def test_a_wrong_method_turns_the_verdict(name, wrong, verdict, findings, no_cache, monkeypatch):
    module = next(module for module in LECTURE if hasattr(module, name))
    for method, replacement in wrong.items():
        monkeypatch.setattr(module, method, replacement)
    mutant = EXPERIMENTS[name](SEEDS)
    assert mutant.verdict == verdict != findings[name].verdict
