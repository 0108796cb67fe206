"""Claims C15, C16, C17 and C55: the direction of each number, its theory, and wrong methods that are seen.

The margins come from theory, from the rounding of a grid, or from the standard error of the measurement.
"""

import numpy as np
import pytest

from course_lib.claims import momentum as lecture
from course_lib.claims import runs
from course_lib.claims.findings import FAILS, HOLDS, ONLY_IF, spread
from course_lib.claims.momentum import ALPHA, ALPHAS, P
from course_lib.optimizers import Momentum, Nesterov

SEEDS = tuple(range(100, 108))
EXPERIMENTS = {f.__name__: f for claim in lecture.CLAIMS for f in claim.experiments}


def within_error(values, expected):
    """The mean of values (seeds, ...) agrees with what is expected within four standard errors."""
    error = np.std(values, axis=0, ddof=1) / np.sqrt(len(values))
    np.testing.assert_array_less(np.abs(np.mean(values, axis=0) - np.mean(expected, axis=0)), 4 * error)


# C15

def test_iterations_grow_like_kappa_and_its_root(findings):
    f = findings["curvature"]
    kappa = f.data["kappa"]
    slope = {name: runs.exponent(kappa, f.data[name]) for name in ("gradient descent", "best alpha")}
    assert f.verdict == ONLY_IF
    np.testing.assert_allclose(f.values, slope["best alpha"])
    # Theory: sqrt(kappa) log(kappa) for a double root, so a little over 1/2.
    assert ((f.values > 0.48) & (f.values < 0.62)).all()
    assert (np.abs(slope["gradient descent"] - 1) < 0.1).all()
    # At most ln 1e4 (kappa / 2); fewer the smaller the start is along the extreme directions.
    descent = f.data["gradient descent"] / (np.log(1e4) * kappa / 2)
    assert ((descent > 0.5) & (descent < 1.2)).all()
    # For large kappa the gain of a fixed alpha tends to (1 + alpha) / (1 - alpha), here 3.
    gain = f.data["gradient descent"][:, -1] / f.data["alpha 0.5"][:, -1]
    assert ((gain > 2) & (gain < 4)).all()


def test_too_much_momentum_is_slower_on_a_round_bowl(findings):
    f = findings["curvature"]
    ratio = f.data[f"alpha {ALPHA}"] / f.data["gradient descent"]
    assert (ratio[:, 0] > 2).all() and (ratio[:, -1] < 0.2).all()


def test_a_gentle_slope_is_covered_ten_times_as_fast(findings):
    f = findings["consistent"]
    formula = 1 / (1 - ALPHA) - ALPHA * (1 - ALPHA**500) / (1 - ALPHA) ** 2 / 500
    assert f.verdict == HOLDS and f.data["thrown out"].all()
    assert (np.abs(f.values / formula - 1) < 1 / np.sqrt(500)).all()  # noise as large as the slope, 500 steps
    assert np.ptp(np.log10(f.data["slope"])) > 0.5  # for any size of the slope


def test_momentum_gains_under_weak_noise_and_not_under_strong(findings):
    f = findings["noise_time"]
    speedup = f.data["speedup"]
    assert f.verdict == ONLY_IF
    assert (speedup[:, 0] > 1.5).mean() >= 0.9
    assert np.median(speedup[:, -1]) < 1.25 < np.median(speedup[:, 0])
    strong = f.data["best effective rate of momentum"][:, -1] / f.data["best rate of SGD"][:, -1]
    weak = f.data["best effective rate of momentum"][:, 0] / f.data["best rate of SGD"][:, 0]
    assert 0.5 <= np.median(strong) <= 2 < np.median(weak)  # the same to a step or two of the grid


def floor(spectrum, lr, alpha):
    """Mean over eigenvalues (seeds, P) of lambda times the stationary variance under noise of deviation 1."""
    return (lr * (1 + alpha) / ((1 - alpha) * (2 * (1 + alpha) - lr * spectrum))).mean(axis=-1)


def test_the_noise_floor_is_that_of_the_linear_theory(findings):
    f = findings["noise_floor"]
    spectrum = 1 / lecture.spectra(runs.generators(SEEDS), 10)
    for i, rate in enumerate(f.data["rate"]):
        sgd = floor(spectrum, rate, 0)
        within_error(f.data["ratio, same rate"][:, i], floor(spectrum, rate, ALPHA) / sgd)
        slower = floor(spectrum, rate * (1 - ALPHA), ALPHA)
        within_error(f.data["ratio, same effective rate"][:, i], slower / sgd)
    assert f.verdict == ONLY_IF
    assert (f.data["ratio, same rate"] > 1).all() and (f.data["ratio, same effective rate"][:, 1] < 0.7).all()
    np.testing.assert_allclose(f.values, 1, atol=0.1)  # first order in lr lambda <= 0.1


def test_the_velocity_is_less_noisy_on_a_slope_and_turns_late_at_the_floor(findings):
    f = findings["noise_direction"]
    quieter = np.sqrt((1 - ALPHA) / (1 + ALPHA))
    draws = np.random.default_rng(0).standard_normal((100_000, P))
    expected = [runs.cosine(np.eye(P)[0] + size * draws, np.eye(P)[0]).mean() for size in (1, quieter)]
    within_error(f.data["cosine on the slope (SGD, momentum)"], np.array([expected]))
    at_floor = f.data["cosine at the floor (SGD, momentum)"]
    np.testing.assert_allclose(at_floor[:, 1] / at_floor[:, 0], quieter, rtol=0.2)  # first order in lr lambda
    assert f.verdict == ONLY_IF and (f.values > 2).all()


def test_on_digits_momentum_gains_with_large_batches_only(findings):
    f = findings["digits"]
    assert f.verdict == ONLY_IF and np.median(f.values) < 1 / 1.1
    small = f.data["momentum, batch size 16"].min(axis=1) / f.data["SGD, batch size 16"].min(axis=1)
    low, high = np.percentile(small, [25, 75])
    assert low < 1 < high                                               # no difference beyond the spread
    for batch in (16, 128):  # the best rate is not an end of the grid
        for name in ("SGD", "momentum"):
            loss = np.median(f.data[f"{name}, batch size {batch}"], axis=0)
            assert loss.min() < min(loss[0], loss[-1]), (name, batch)


# C16

def test_a_gradient_fades_with_alpha_and_in_a_bowl_with_its_root(findings):
    share, influence = findings["share"], findings["influence"]
    formula = np.tile(-np.log(2) / np.log(ALPHAS), (len(SEEDS), 1))
    np.testing.assert_allclose(share.data["half-life"], formula, rtol=1e-6)
    np.testing.assert_allclose(share.values, 1, rtol=1e-6)
    # The logarithm wobbles by about 1 about a line that falls by ln(1e-4) / 2: a tenth of the slope is ample.
    np.testing.assert_allclose(influence.data["ratio"], 2, rtol=0.1)
    assert share.verdict == HOLDS and influence.verdict == ONLY_IF


def test_terminal_speed_and_the_time_to_reach_it(findings):
    f = findings["terminal"]
    assert f.verdict == HOLDS
    assert (np.abs(f.data["ratio"] - 1) < 4 / np.sqrt(2000)).all()  # noise as large as g, 2000 steps
    expected = np.ceil(np.log(0.01) / np.log(ALPHAS))
    np.testing.assert_array_equal(f.data["steps to 99 %"], np.tile(expected, (len(SEEDS), 1)))


# C17

def test_nesterov_swings_less(findings):
    f = findings["overshoot"]
    assert f.verdict == HOLDS and (f.values < 1).all()
    assert (f.data["Nesterov"] <= f.data["momentum"] + 1e-12).all()


def test_nesterov_is_faster_where_momentum_oscillates_and_only_there(findings):
    f = findings["correction"]
    ratio, oscillates = f.data["ratio"], f.data["oscillates"]
    assert f.verdict == ONLY_IF
    assert (ratio[oscillates] < 1).mean() > 0.9 and (ratio[~oscillates] < 1).mean() < 0.1
    assert (~oscillates).sum() > 20 and oscillates.sum() > 20
    assert (ratio[:, ALPHAS == 0.99] < 1).all()


def test_largest_stable_rates_are_those_of_theory(findings):
    f = findings["stability"]
    grid = 16 ** (1 / 49**2) - 1  # relative step of the finer grid
    for name, limit in (("momentum", 2 * (1 + ALPHAS)), ("Nesterov", 2 * (1 + ALPHAS) / (1 + 2 * ALPHAS))):
        np.testing.assert_allclose(f.data[name], np.tile(limit, (len(SEEDS), 1)), rtol=2 * grid)
    assert f.verdict == FAILS and (f.values < 0.5).all()


def test_tuned_nesterov_takes_up_to_root_three_times_as_long(findings):
    f = findings["tuned"]
    ratio = np.median(f.data["Nesterov"] / f.data["momentum"], axis=0)
    assert f.verdict == FAILS and (f.values > 1).all()
    assert (np.diff(ratio) > 0).all() and ratio[-1] < np.sqrt(3)


# C55

def test_look_ahead_form_is_nesterov_until_the_momentum_changes(findings):
    for name in ("constant_settings", "changing_rate"):
        assert findings[name].verdict == HOLDS and (findings[name].values < 1e-12).all()
    f = findings["changing_momentum"]
    assert f.verdict == ONLY_IF
    assert (f.values > 1e-6).all() and (f.data["repaired"] < 1e-12).all()


def test_the_forms_part_by_the_change_of_momentum_times_the_velocity():
    start, rates, high = np.array([[3.0, -1.0]]), 0.05, 0.9
    curvatures = np.array([1.0, 8.0])
    optimizer = Nesterov(rates, 0.5)
    for theta in runs.run(optimizer, start.copy(), lambda at, k: curvatures * at, 11):
        pass
    expected = (high - 0.5) * np.linalg.norm(optimizer.v) / np.linalg.norm(start)
    for steps in (10, 11):  # the mu of step 12 is the first new one
        gap, _ = lecture.look_ahead_gap(lambda at: curvatures * at, start, 0.0, lambda k: rates,
                                        lambda k: 0.5 if k < 11 else high, steps)
        np.testing.assert_allclose(gap, expected if steps == 11 else 0, rtol=1e-9, atol=1e-14)


# Reproducible, and one seed at a time

@pytest.mark.parametrize("name", EXPERIMENTS)
def test_a_seed_gives_the_same_value_whatever_the_others_are(name, findings):
    some = EXPERIMENTS[name](SEEDS[5:3:-1])
    if name in ("constant_settings", "changing_rate"):
        assert (some.values < 1e-12).all()
    else:
        np.testing.assert_allclose(some.values, findings[name].values[5:3:-1], rtol=1e-8)


# Wrong methods turn the verdict

class Averaged(Momentum):
    """The mistake v <- alpha v - (1 - alpha) lr g."""

    @staticmethod
    def update(theta, g, v, t, lr, momentum):
        v *= momentum
        v -= (1 - momentum) * lr * g
        theta += v


class Rooted(Momentum):
    """The mistake v <- sqrt(alpha) v - lr g."""

    @staticmethod
    def update(theta, g, v, t, lr, momentum):
        v *= np.sqrt(momentum)
        v -= lr * g
        theta += v


class Forgetful(Momentum):
    """Gradient descent that takes a momentum and does not use it."""

    @staticmethod
    def update(theta, g, v, t, lr, momentum):
        theta -= lr * g


class Faster(Momentum):
    """Gradient descent at the effective rate."""

    @staticmethod
    def update(theta, g, v, t, lr, momentum):
        theta -= lr / (1 - momentum) * g


@pytest.mark.parametrize("name, wrong, verdict", [
    ("curvature", {"Momentum": Averaged}, FAILS),
    ("consistent", {"Momentum": Averaged}, FAILS),
    ("consistent", {"Momentum": Forgetful}, FAILS),
    ("noise_time", {"Momentum": Faster}, FAILS),
    ("noise_floor", {"Momentum": Faster}, FAILS),
    ("noise_direction", {"Momentum": Forgetful}, FAILS),
    ("digits", {"Momentum": Faster}, FAILS),
    ("share", {"Momentum": Rooted}, FAILS),
    ("influence", {"Momentum": Rooted}, FAILS),
    ("terminal", {"Momentum": Averaged}, FAILS),
    ("terminal", {"Momentum": Rooted}, FAILS),
    ("overshoot", {"Nesterov": Momentum}, FAILS),
    ("overshoot", {"Momentum": Nesterov, "Nesterov": Momentum}, FAILS),
    ("correction", {"Nesterov": Momentum}, FAILS),
    ("stability", {"Momentum": Nesterov, "Nesterov": Momentum}, HOLDS),
    ("tuned", {"Momentum": Averaged}, HOLDS),
    ("constant_settings", {"Nesterov": Momentum}, FAILS),
    ("changing_rate", {"Nesterov": Momentum}, FAILS),
    ("changing_momentum", {"Nesterov": Momentum}, FAILS),
])
def test_a_wrong_method_turns_the_verdict(name, wrong, verdict, findings, monkeypatch):
    for method, replacement in wrong.items():
        monkeypatch.setattr(lecture, method, replacement)
    with np.errstate(all="ignore"):  # Faster is unstable at the higher rates
        mutant = EXPERIMENTS[name](SEEDS)
    assert mutant.verdict == verdict != findings[name].verdict
    assert spread(mutant.values) != spread(findings[name].values)
