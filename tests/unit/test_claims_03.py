"""Claims C01 to C08: the direction of each number, its theory, and wrong schemes that are seen.

The margins come from theory or from the standard error of the measurement.
"""

import numpy as np
import pytest

from course_lib.claims import initialization as lecture
from course_lib.claims import starts
from course_lib.claims.findings import FAILS, HOLDS, ONLY_IF, TENTH
from course_lib.initializers import he_normal, lecun_normal, normal, orthogonal
from course_lib.layers import LeakyReLU, ReLU
from course_lib.optimizers import SGD

SEEDS = tuple(range(100, 108))
EXPERIMENTS = {f.__name__: f for claim in lecture.CLAIMS for f in claim.experiments}
CACHED = (starts.ring_losses, starts.gain_runs, starts.at_equal_cost)


def forget():
    for function in CACHED:
        function.cache_clear()


@pytest.mark.parametrize("name, verdict", [
    ("speed", HOLDS), ("quality", HOLDS), ("convergence", ONLY_IF), ("same_scale", HOLDS),
    ("other_scale", HOLDS),
    ("equal_units", HOLDS), ("equal_inputs", FAILS), ("equal_with_dropout", FAILS),
    ("nearly_different", ONLY_IF),
    ("cheaper", HOLDS), ("not_worth_it", ONLY_IF), ("gaussian_or_uniform", HOLDS), ("other_shapes", ONLY_IF),
    ("optimization", HOLDS), ("generalization", HOLDS), ("forward", ONLY_IF), ("backward", HOLDS),
    ("lost", HOLDS),
    ("chaos", ONLY_IF), ("he_keeps", HOLDS), ("xavier_keeps", FAILS), ("rule_of_thumb", ONLY_IF),
    ("remains", FAILS),
])
def test_the_verdicts(name, verdict, findings):
    assert findings[name].verdict == verdict, findings[name]


# The direction of each number

def test_the_start_decides_speed_and_quality_and_failures_are_of_narrow_networks(findings):
    assert (findings["speed"].values > TENTH).all() and (findings["quality"].values > TENTH).all()
    assert (findings["convergence"].values == 0).mean() >= 0.75
    assert np.isnan(starts.arrivals(starts.ring_losses(SEEDS, 3))).mean() > 0.15


def test_equal_cost_is_equal_and_larger_weights_generalize_worse_there(findings):
    runs = starts.trained(SEEDS, [(he_normal, 0)], 1, 0.1, 22, records=True)[1]
    passes, tests = starts.at_equal_cost(SEEDS)
    before, after = np.floor(passes[:, 0]).astype(int), np.ceil(passes[:, 0]).astype(int)
    each = np.arange(len(SEEDS))
    for k, loss in ((before, 1), (after, -1)):      # the training loss passes 0.2 between the two records
        assert (loss * (runs["loss"][k, each, 0] - 0.2) > -1e-6).all()
    assert (findings["other_scale"].values > 1).all() and (findings["same_scale"].values > 1).all()


def test_equal_units_stay_exactly_equal_and_other_units_do_not(findings):
    assert (findings["equal_units"].values == 0).all() and (findings["equal_units"].data["random"] > 0.1).all()
    assert (findings["equal_inputs"].values > 0.1).all() and (findings["equal_with_dropout"].values > 0.1).all()


def test_cosines_are_those_of_random_vectors(findings):
    mean = findings["nearly_different"].data["mean"]
    np.testing.assert_allclose(mean[:, 2:], np.sqrt(2 / np.pi / np.array([64, 256])) * np.ones((8, 1)),
                               rtol=0.05)


def test_gram_schmidt_costs_twice_the_width_and_pays_in_deep_networks(findings):
    np.testing.assert_allclose(findings["cheaper"].values, 2 * 256, rtol=0.01)
    assert (findings["not_worth_it"].values < 0.8).all()


def test_variance_counts_and_the_shape_only_at_its_extreme(findings):
    assert 1 / 1.1 < np.median(findings["gaussian_or_uniform"].values) < 1.1
    assert np.median(findings["other_shapes"].values) > 1.2


def test_the_scale_counts_for_both_losses(findings):
    assert (findings["optimization"].values > 2).all()
    test = findings["generalization"].data["test_loss"]
    assert (test[:, 4] > test[:, 3]).all() and (test[:, 3] > test[:, 2]).all()


def test_growth_per_layer_is_that_of_the_variances(findings):
    """Gain squared for ReLU, forward and backward. 14 factors, each off by some sqrt(5 / 64)."""
    error = 4 * np.sqrt(5 / 64 / 14)
    np.testing.assert_allclose(findings["forward"].values, 4, rtol=error)
    np.testing.assert_allclose(findings["backward"].values, 4, rtol=error)
    np.testing.assert_allclose(findings["lost"].values, 1 / 4, rtol=error)


def test_chaos_begins_above_gain_one_and_grows_with_the_gain(findings):
    rate = findings["chaos"].data["rate"]
    assert (rate[:, 0] < 0).all() and (rate[:, 2] > 0.1).all() and (np.diff(rate, axis=1) > 0).all()
    # Far below gain 1 the states die, the step is linear, and the largest eigenvalue has radius near the gain.
    np.testing.assert_allclose(np.exp(rate[:, 0]), 0.5, rtol=0.15)


def test_he_keeps_the_mean_square_and_xavier_halves_it(findings):
    he, xavier = findings["he_keeps"], findings["xavier_keeps"]
    np.testing.assert_allclose(xavier.values, he.values / 2, rtol=1e-9)     # the same draws, and ReLU scales
    np.testing.assert_allclose(he.values, 1, atol=4 * np.sqrt(5 / 64 / 50))
    assert (findings["rule_of_thumb"].values > 1).all() and (findings["remains"].values > 1).all()


# The pieces

def test_propagation_is_that_of_the_matrices():
    rng = np.random.default_rng(0)
    W = orthogonal(rng, (8, 8))
    activations, gradients = starts.propagate(lambda rng, shape: W, LeakyReLU(1.0), 3, 8, rng, examples=4)
    for k in range(3):
        np.testing.assert_allclose(activations[k + 1], activations[k] @ W, atol=1e-12)
        np.testing.assert_allclose(gradients[k + 1], gradients[k] @ W.T, atol=1e-12)


def test_the_lyapunov_exponent_is_the_growth_of_a_small_distance():
    rng = np.random.default_rng(1)
    U, h = 2.5 * lecun_normal(rng, (96, 96)), rng.standard_normal((1, 96))
    states = starts.hidden_states(U, h, 150)
    near = starts.hidden_states(U, h + 1e-10 * np.ones(96), 40)
    grown = np.linalg.norm(near[40] - states[40]) / np.linalg.norm(near[10] - states[10])
    assert abs(np.log(grown) / 30 - starts.lyapunov(U, states)[0]) < 0.1


def test_the_rank_of_equal_and_of_orthogonal_units():
    np.testing.assert_allclose(starts.effective_rank(np.ones((2, 6))), 1)
    np.testing.assert_allclose(starts.effective_rank(np.eye(4)), 4)


@pytest.mark.parametrize("scheme", [starts.random_signs, starts.one_weight, he_normal])
def test_the_shapes_have_one_variance(scheme):
    W = scheme(np.random.default_rng(0), (64, 2000))
    assert abs(W.var() * 64 / 2 - 1) < 4 * np.sqrt(2 / 2000)     # at worst 2,000 weights that are not zero


# Reproducible, and one seed at a time

@pytest.mark.parametrize("name", [name for name in EXPERIMENTS if name != "equal_units"])
def test_a_seed_gives_the_same_value_whatever_the_others_are(name, findings):
    some = EXPERIMENTS[name](SEEDS[5:3:-1])
    # Networks on the digits are in single precision, and rounding depends on how many train together.
    np.testing.assert_allclose(some.values, findings[name].values[5:3:-1], rtol=0.02, atol=0.02)


# Wrong schemes turn the verdict

def jittered(rng, shape):
    return 0.5 + 0.1 * rng.standard_normal(shape)


def one_start(rng):
    return [np.random.default_rng(0) for _ in range(starts.STARTS)]


def wider_uniform(rng, shape):
    return 4 * normal(rng, shape, np.sqrt(2 / shape[0]))


@pytest.mark.parametrize("name, module, wrong, verdict", [
    ("speed", starts, {"ring_starts": one_start}, FAILS),
    ("quality", starts, {"ring_starts": one_start}, FAILS),
    ("convergence", starts,
     {"ring_starts": one_start, "he_normal": lambda rng, s: 0.3 + 0 * normal(rng, s, 1.0)},
     HOLDS),
    ("other_scale", starts, {"scaled": lambda scheme, gain: scheme}, FAILS),
    ("equal_units", lecture, {"equal": jittered}, FAILS),
    ("equal_inputs", lecture, {"glorot_normal": starts.equal}, HOLDS),
    ("equal_with_dropout", lecture, {"Dropout": lambda p: LeakyReLU(1.0)}, HOLDS),
    ("nearly_different", lecture, {"normal": lambda rng, shape, std: 1 + rng.standard_normal(shape)}, FAILS),
    ("cheaper", lecture, {"gram_schmidt_products": lambda n: n**2}, FAILS),
    ("not_worth_it", lecture, {"orthogonal": lecun_normal}, HOLDS),
    ("gaussian_or_uniform", lecture, {"he_uniform": wider_uniform}, FAILS),
    ("other_shapes", lecture, {"one_weight": he_normal}, HOLDS),
    ("optimization", starts, {"scaled": lambda scheme, gain: scheme}, FAILS),
    ("generalization", starts, {"scaled": lambda scheme, gain: scheme}, FAILS),
    ("forward", starts, {"scaled": lambda scheme, gain: scheme}, FAILS),
    ("backward", starts, {"scaled": lambda scheme, gain: scheme}, FAILS),
    ("lost", starts, {"scaled": lambda scheme, gain: scheme}, FAILS),
    ("chaos", starts, {"lecun_normal": lambda rng, shape: 0.2 * lecun_normal(rng, shape)}, FAILS),
    ("he_keeps", lecture, {"he_normal": lecun_normal}, FAILS),
    ("xavier_keeps", lecture, {"glorot_normal": he_normal}, HOLDS),
    ("rule_of_thumb", lecture, {"glorot_normal": he_normal}, HOLDS),
    ("remains", starts, {"SGD": lambda rate: SGD(rate * 1e-6)}, HOLDS),
])
def test_a_wrong_scheme_turns_the_verdict(name, module, wrong, verdict, findings, monkeypatch):
    for method, replacement in wrong.items():
        monkeypatch.setattr(module, method, replacement)
    forget()
    with np.errstate(all="ignore"):
        mutant = EXPERIMENTS[name](SEEDS)
    forget()
    assert mutant.verdict == verdict != findings[name].verdict


def test_same_scale_fails_where_all_draws_are_one(findings, monkeypatch):
    whole = starts.first_weights

    def one_draw(seeds, schemes, *more):
        return whole(seeds, [(scheme, 0) for scheme, _ in schemes], *more)

    monkeypatch.setattr(starts, "first_weights", one_draw)
    forget()
    mutant = EXPERIMENTS["same_scale"](SEEDS)
    forget()
    assert mutant.verdict == FAILS != findings["same_scale"].verdict


def test_relu_cuts_off_half():
    h = ReLU().forward({}, np.random.default_rng(0).standard_normal(100_000), True)[0]
    assert abs((h**2).mean() - 0.5) < 4 * np.sqrt(5 / 4 / 100_000)
