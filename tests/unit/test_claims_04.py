"""Claims of lecture 4: the direction of each number, its theory, and wrong experiments that are seen.

The margins come from theory, or from the spread over many seeds.
"""

import numpy as np
import pytest

from course_lib.claims import sgd as lecture
from course_lib.claims.findings import FAILS, HOLDS, ONLY_IF
from course_lib.optimizers import SGD
from course_lib.problems import Quadratic
from course_lib.schedules import constant

SEEDS = tuple(range(100, 108))
EXPERIMENTS = {f.__name__: f for claim in lecture.CLAIMS for f in claim.experiments}


@pytest.mark.parametrize("name, verdict", [
    ("at_the_minimum", ONLY_IF), ("decay_needed", ONLY_IF), ("sufficient", HOLDS), ("first_needed", HOLDS),
    ("second_needed", ONLY_IF), ("linear_on_noise", HOLDS), ("linear_on_digits", ONLY_IF),
    ("rate_and_swing", ONLY_IF),
    ("large_swings", ONLY_IF), ("gentle_swings", HOLDS), ("gradient_variance", HOLDS),
    ("as_lower_rate", ONLY_IF),
    ("as_lower_rate_on_the_way", ONLY_IF), ("fewer_updates", HOLDS), ("sharper", ONLY_IF),
    ("worse_on_new_data", FAILS),
])
def test_the_verdict_on_other_seeds_than_the_lecture_s(name, verdict, findings):
    assert findings[name].verdict == verdict


def test_every_experiment_has_its_verdict_above():
    mark = test_the_verdict_on_other_seeds_than_the_lecture_s.pytestmark[0]
    assert [name for name, _ in mark.args[1]] == list(EXPERIMENTS)


# The tools

def test_gradients_of_single_examples_average_to_the_full_gradient():
    data, network = lecture.some_digits(), lecture.digits_network(np.random.default_rng(0))
    x, y = data.x[:20].astype(float), data.y[:20]
    g = lecture.example_gradients(network, network.theta, x, y)
    np.testing.assert_allclose(g.mean(axis=0), network.objective(x, y).gradient(network.theta), atol=1e-12)
    np.testing.assert_allclose(g[7], network.objective(x[7:8], y[7:8]).gradient(network.theta), atol=1e-12)


@pytest.mark.parametrize("replacement", [True, False])
def test_variance_of_the_mean_is_that_of_all_batches(replacement):
    from itertools import combinations, product

    values = np.random.default_rng(0).standard_normal(6)
    draws = product(values, repeat=3) if replacement else combinations(values, 3)
    np.testing.assert_allclose(lecture.variance_of_mean(values.var(), 6, 3, replacement),
                               np.var([np.mean(batch) for batch in draws]), rtol=1e-12)


def test_sharpness_is_the_largest_eigenvalue():
    rng = np.random.default_rng(0)
    axes = np.linalg.qr(rng.standard_normal((6, 6)))[0]
    A = axes * [0.1, 0.2, 0.5, 1, 2, 7] @ axes.T
    assert lecture.sharpness(Quadratic((A + A.T) / 2), np.ones(6)) == pytest.approx(7, rel=1e-6)
    network, data = lecture.digits_network(rng), lecture.some_digits()
    f = network.objective(data.x[:64], data.y[:64])
    top = lecture.sharpness(f, network.theta, 200)
    for v in rng.standard_normal((20, network.theta.size)):
        assert v @ f.hvp(network.theta, v) / (v @ v) <= top * (1 + 1e-6)


# Theory

def test_regressions_settle_where_the_formula_says():
    """Small rate, drawn with replacement: excess loss = rate trace(C) / (4 B), C the covariance there."""
    rate, batch = 0.01, 8
    x, y, solution = lecture.regression(SEEDS, 1.0)
    g = x * (np.einsum("snp,sp->sn", x, solution) - y)[..., None]
    loss = lecture.regression_loss(SEEDS, 1.0, batch, constant(rate), 3000)[-2000:].mean(axis=0)
    formula = rate * g.var(axis=1).sum(axis=-1) / (4 * batch)
    assert np.median(loss / formula) == pytest.approx(1, abs=0.15)


def test_distances_follow_the_power_of_theory(findings):
    """rms ~ k^(-p/2) for p < 1: 16 times as many steps."""
    ratio = findings["sufficient"].data["ratio"]
    np.testing.assert_allclose(np.median(ratio[:, :2], axis=0), 16.0 ** np.array([-0.3, -0.4]), rtol=0.1)
    second = findings["second_needed"].data
    np.testing.assert_allclose(np.median(second["ratio"]), 16**-0.125, rtol=0.1)
    np.testing.assert_allclose(second["constant rate"], 1, rtol=0.1)
    assert (second["thrown"][:, 1] > second["thrown"][:, 0]).all()


def test_noise_vanishes_where_one_theta_fits_all(findings):
    f = findings["at_the_minimum"].data
    assert (f["exact labels"] < 1e-12).all() and (f["noisy labels"] > 0.05).all()
    f = findings["decay_needed"].data
    assert (f["exact labels"] < 1e-6).all() and (f["noisy labels"] > 10).all()


def test_the_variance_falls_like_one_over_the_batch_size(findings):
    for values in findings["gradient_variance"].data.values():
        np.testing.assert_allclose(np.median(values), -1, atol=0.06)  # without replacement: -1.03


def test_decay_helps_against_noise_and_costs_speed_where_there_is_none(findings):
    assert np.median(findings["linear_on_noise"].values) < 0.8
    f = findings["linear_on_digits"].data
    assert (np.median(f["linear"] / f["constant"], axis=0)[:3] > 2).all()
    assert np.median(f["linear"][:, 3] / f["constant"][:, 3]) < 0.7
    rates = findings["linear_on_noise"].data
    for name in ("constant", "linear"):
        assert 0 < np.median(rates[name].argmin(axis=1)) < len(rates["rate"]) - 1     # not an end of the grid


def test_swings_grow_until_the_network_is_destroyed(findings):
    f = findings["rate_and_swing"].data
    swing, loss = np.median(f["swing"], axis=0), np.median(f["loss"], axis=0)
    assert (np.diff(swing)[:3] > 0).all() and swing[-1] < swing[3] / 5
    assert loss.argmin() == 3 and loss[-1] == pytest.approx(np.log(10), rel=0.05)
    assert np.median(findings["large_swings"].data["regression"]) > 5


def test_batch_and_rate_act_together(findings):
    f = findings["as_lower_rate"].data
    assert np.median(f["small"]) == pytest.approx(1, abs=0.1) and np.median(f["large"]) > 1.25
    f = findings["as_lower_rate_on_the_way"].data
    assert (f["updates"] < 0.5).all() and np.median(f["examples"]) == pytest.approx(1, abs=0.1)
    f = findings["sharper"].data
    assert np.median(f["same"]) > 1.2 and np.median(f["raised"]) < 1
    assert np.median(findings["fewer_updates"].data["as many updates"]) == pytest.approx(1, abs=0.3)


# Reproducible, and one seed at a time

@pytest.mark.parametrize("name", ["at_the_minimum", "decay_needed", "sufficient", "second_needed",
                                  "linear_on_noise",
                                  "as_lower_rate", "gradient_variance"])
def test_a_seed_gives_the_same_value_whatever_the_others_are(name, findings):
    some = EXPERIMENTS[name](SEEDS[5:3:-1])
    np.testing.assert_allclose(some.values, findings[name].values[5:3:-1], rtol=1e-4)


# Wrong experiments turn the verdict

class Constant(SGD):
    """SGD that forgets its schedule after the first step."""

    def _value(self, name, theta):
        t, self.t = self.t, 0
        value = super()._value(name, theta)
        self.t = t
        return value


@pytest.fixture
def fresh():
    """No runs kept from before, nor for later."""
    caches = lecture.trained, lecture.arrivals, lecture.wide_and_slow
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()


def always_with(variance, N, batch, replacement):
    return 0 * variance


def same_batch_size(seeds, rate):
    loss = lecture.regression_loss(seeds, 1.0, 4, constant(rate / 4), 400, 16)
    return loss, loss


@pytest.mark.parametrize("name, attribute, wrong, verdict", [
    ("at_the_minimum", "variance_of_mean", always_with, FAILS),
    ("decay_needed", "SGD", Constant, FAILS),
    ("sufficient", "SGD", Constant, FAILS),
    ("first_needed", "SGD", lambda rate: SGD(0.01), FAILS),
    ("second_needed", "SGD", Constant, HOLDS),
    ("linear_on_noise", "SGD", Constant, FAILS),
    ("linear_on_digits", "SGD", Constant, FAILS),
    ("rate_and_swing", "swing_of", lambda curve: 1 + 0 * curve[-1], FAILS),
    ("large_swings", "swing_of", lambda curve: curve[0] - curve[-1], FAILS),
    ("gentle_swings", "SGD", lambda rate: SGD(0.1), FAILS),
    ("gradient_variance", "example_gradients", lambda network, theta, x, y: np.ones((len(x), 3)), FAILS),
    ("as_lower_rate", "wide_and_slow", same_batch_size, HOLDS),
    ("as_lower_rate_on_the_way", "wide_and_slow", same_batch_size, FAILS),
    ("fewer_updates", "SGD", lambda rate: SGD(1e-9), FAILS),
    ("sharper", "ARRIVALS", ((128, 0.1, 160), (8, 0.1, 20), (128, 0.1, 160)), FAILS),
    ("worse_on_new_data", "ARRIVALS", ((8, 0.1, 20), (128, 0.1, 1), (8, 0.1, 20)), HOLDS),
])
def test_a_wrong_experiment_turns_the_verdict(name, attribute, wrong, verdict, findings, monkeypatch, fresh):
    monkeypatch.setattr(lecture, attribute, wrong)
    with np.errstate(all="ignore"):
        mutant = EXPERIMENTS[name](SEEDS)
    assert mutant.verdict == verdict != findings[name].verdict
