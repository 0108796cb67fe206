"""Claims of lecture 6: the direction of each number, its theory, and wrong methods that are seen.

The margins come from theory, from the step of a grid, or from the spread over many seeds.
"""

import numpy as np
import pytest

from course_lib.claims import adaptive as lecture
from course_lib.claims.findings import FAILS, HOLDS, ONLY_IF
from course_lib.optimizers import SGD, AdaDelta, AdaGrad, Adam, RMSProp

SEEDS = tuple(range(100, 108))
EXPERIMENTS = {f.__name__: f for claim in lecture.CLAIMS for f in claim.experiments}


@pytest.mark.parametrize("name, verdict", [
    ("gentle_slopes", ONLY_IF), ("never_recovers", ONLY_IF), ("deep_and_convex", FAILS), ("forgets", ONLY_IF),
    ("width", HOLDS), ("always_adam", ONLY_IF), ("adadelta_range", HOLDS), ("adadelta_constant", FAILS),
    ("scale", ONLY_IF), ("signal_to_noise", HOLDS), ("sparse", HOLDS), ("default_rate", FAILS), ("default_rho", HOLDS),
    ("first_gradients", HOLDS), ("trade", HOLDS), ("monotone", HOLDS), ("first_steps", HOLDS),
    ("divergence", ONLY_IF), ("not_adam", HOLDS),
])
def test_the_verdict_on_other_seeds_than_the_lecture_s(name, verdict, findings):
    assert findings[name].verdict == verdict


def test_every_experiment_has_its_verdict_above():
    mark = test_the_verdict_on_other_seeds_than_the_lecture_s.pytestmark[0]
    assert [name for name, _ in mark.args[1]] == list(EXPERIMENTS)


# C18, C19, C57

def test_adagrad_gains_along_coordinates(findings):
    f = findings["gentle_slopes"]
    assert (f.data["along"] > 2).all() and (f.data["turned"] < f.data["along"]).all()


def test_the_sum_of_squares_makes_the_rate_fall_like_a_root_unless_gradients_vanish(findings):
    f = findings["never_recovers"]
    np.testing.assert_allclose(f.data["noisy"], 1 / np.sqrt(10), rtol=0.05)
    np.testing.assert_allclose(f.data["clean"], 1, rtol=1e-3)


def test_adagrad_is_ahead_on_the_convex_problem_and_not_behind_on_the_deep_network(findings):
    f = findings["deep_and_convex"]
    assert (f.data["convex"] < 1).all() and np.median(f.data["convex"]) < np.median(f.data["deep"]) < 1.5


def test_rates_of_rmsprop_grow_in_most_steps_those_of_adagrad_never(findings):
    f = findings["monotone"]
    assert (f.data["AdaGrad"] == 0).all()
    # A square above the average raises it: for Gaussian gradients about one in three, and then the rate falls.
    assert ((f.values > 0.6) & (f.values < 0.72)).all()


# C20, C56

def test_large_first_gradients_hurt_adagrad_until_its_rate_is_chosen_anew(findings):
    f, repaired = findings["forgets"], findings["first_gradients"]
    assert (f.data["same rate"] > 1.1).mean() > 0.8 and np.median(f.data["best rate"]) < 1
    assert (repaired.values > 20).all() and np.median(repaired.data["best rate"]) < 3
    assert (repaired.data["shift"] > 3).all()
    assert (findings["trade"].values > 2).all()


# C21, C40, C49

def test_adam_is_good_over_more_rates_and_loses_in_a_smooth_bowl(findings):
    f = findings["width"]
    assert (f.data["Adam"] > f.data["SGD"]).all() and (f.data["SGD"] > 0.5).all()
    assert np.median(findings["always_adam"].values) > 2


def test_the_best_rates_are_not_the_ends_of_the_grids():
    for method in (SGD, AdaGrad, RMSProp, Adam, AdaDelta):
        loss = np.median(lecture.rings(method, SEEDS), axis=0)
        assert loss.min() < min(loss[0], loss[-1])
    for name, method in (("SGD", SGD), ("AdaGrad", AdaGrad), ("RMSProp", RMSProp), ("Adam", Adam)):
        loss = np.median(lecture.digits(method, tuple(lecture.RATES[name]), SEEDS, lecture.DEEP), axis=0)
        assert loss.min() < min(loss[0], loss[-1]), name


def test_adadelta_depends_on_its_constant(findings):
    loss = findings["adadelta_constant"].data["AdaDelta"]
    assert (np.diff(loss, axis=1)[:, :2] < 0).all()            # larger constants, larger steps, lower loss


def test_the_default_rate_of_rmsprop_is_too_small_for_a_short_training(findings):
    f = findings["default_rate"]
    assert (f.data["short"] > 1.5).all() and (f.data["rank"] > 1).all()


# C41

def test_adam_s_steps_are_those_of_theory(findings):
    length = findings["signal_to_noise"].data["length"]
    np.testing.assert_allclose(length[:, 0], 1, rtol=1e-6)
    noise_alone = np.sqrt(0.1 / 1.9)
    assert ((length[:, -1] > noise_alone * 0.95) & (length[:, -1] < noise_alone * 1.2)).all()
    sparse = findings["sparse"]
    np.testing.assert_allclose(np.median(sparse.data["Adam"]), np.sqrt(0.05), rtol=0.1)
    np.testing.assert_allclose(np.median(sparse.data["SGD"]), 0.05, rtol=0.15)
    scale = findings["scale"].data
    assert (scale["times 1e3"] < 1e-4).all() and (scale["times 1e-9"] > 0.5).all()


# C58, C59

def test_first_steps_without_correction_follow_the_formula(findings):
    f = findings["first_steps"]
    t = np.arange(1, 11)[:, None]
    formula = ((1 - 0.9**t) / np.sqrt(1 - f.data["beta2"] ** t)).max(axis=0)
    np.testing.assert_allclose(f.data["ratio"].mean(axis=0), formula, rtol=0.1)
    d = findings["divergence"].data
    assert d["higher"].mean() >= 0.5 and np.median(d["own"]) < 1.5


def test_rmsprop_with_momentum_is_adam_without_correction_more_than_adam(findings):
    d = findings["not_adam"].data
    assert (d["dense"] > 0.5).all() and (d["dense, no correction"] < d["dense"]).all()


# Reproducible, and one seed at a time

@pytest.mark.parametrize("name", ["gentle_slopes", "never_recovers", "forgets", "scale", "signal_to_noise", "sparse",
                                  "monotone", "first_steps", "not_adam", "adadelta_constant"])
def test_a_seed_gives_the_same_value_whatever_the_others_are(name, findings):
    some = EXPERIMENTS[name](SEEDS[5:3:-1])
    np.testing.assert_allclose(some.values, findings[name].values[5:3:-1], rtol=1e-6)


# Wrong methods turn the verdict

class Summed(RMSProp):
    """RMSProp that never forgets."""

    @staticmethod
    def update(theta, g, r, t, lr, rho, eps, eps_inside=False):
        r += g * g
        theta -= lr * g / (np.sqrt(r) + eps)


class Averaged(AdaGrad):
    """AdaGrad that averages the last few squares instead of summing all."""

    @staticmethod
    def update(theta, g, r, t, lr, eps, eps_inside=False):
        r *= 0.5
        r += 0.5 * g * g
        theta -= lr * g / (np.sqrt(r) + eps)


class OneRate(AdaGrad):
    """AdaGrad with one sum for all coordinates."""

    @staticmethod
    def update(theta, g, r, t, lr, eps, eps_inside=False):
        r += (g * g).sum(axis=-1, keepdims=True)
        theta -= lr * g / (np.sqrt(r) + eps)


class Corrected(Adam):
    """Adam that corrects whatever it is told."""

    @staticmethod
    def update(theta, g, s, r, t, lr, beta1, beta2, eps, bias_correction=True, eps_inside=False):
        Adam.update(theta, g, s, r, t, lr, beta1, beta2, eps)


class Rootless(Adam):
    """Momentum with Adam's settings: the division is forgotten."""

    @staticmethod
    def update(theta, g, s, r, t, lr, beta1, beta2, eps, bias_correction=True, eps_inside=False):
        s[:] = beta1 * s + (1 - beta1) * g
        theta -= lr * s


class AdamInstead(Adam):
    """Adam where RMSProp with momentum is asked for."""

    def __init__(self, lr, rho, momentum):
        super().__init__(10 * lr, momentum, rho)


@pytest.mark.parametrize("name, wrong, verdict", [
    ("gentle_slopes", {"AdaGrad": OneRate}, FAILS),
    ("never_recovers", {"AdaGrad": Averaged}, FAILS),
    ("monotone", {"RMSProp": Summed}, FAILS),
    ("monotone", {"AdaGrad": Averaged}, FAILS),
    ("forgets", {"RMSProp": Summed}, FAILS),
    ("first_gradients", {"AdaGrad": Averaged}, FAILS),
    ("scale", {"Adam": Rootless}, FAILS),
    ("signal_to_noise", {"Adam": Rootless}, FAILS),
    ("sparse", {"Adam": Rootless}, FAILS),
    ("first_steps", {"Adam": Corrected}, FAILS),
    ("divergence", {"Adam": Corrected}, FAILS),
    ("not_adam", {"RMSPropMomentum": AdamInstead}, FAILS),
    ("width", {"SGD": Adam}, FAILS),
    ("adadelta_range", {"AdaDelta": AdaGrad}, FAILS),
])
def test_a_wrong_method_turns_the_verdict(name, wrong, verdict, findings, monkeypatch):
    for method, replacement in wrong.items():
        monkeypatch.setattr(lecture, method, replacement)
    with np.errstate(all="ignore"):
        mutant = EXPERIMENTS[name](SEEDS)
    assert mutant.verdict == verdict != findings[name].verdict
