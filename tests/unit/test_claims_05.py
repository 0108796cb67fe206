"""Claims C15, C16, C17 and C55: the theory behind the numbers, and wrong methods that are seen.

The margins come from theory, from the rounding of a grid, or from the standard error of the measurement.
"""

import numpy as np
import prose
import pytest
from claims_contract import *  # noqa: F403
from claims_contract import SEEDS

from course_lib.claims import momentum as lecture
from course_lib.claims import runs
from course_lib.claims.measurement import CONTRADICTED, EQUAL, SUPPORTED, UNDECIDED
from course_lib.claims.momentum import ALPHA, ALPHAS, P
from course_lib.optimizers import Momentum, Nesterov

LECTURES = lecture,
OUTCOMES = {
    ("C15", "high curvature"): (SUPPORTED,),
    ("C15", "a round bowl"): (SUPPORTED,),
    ("C15", "steps grow like √κ instead of κ"): (SUPPORTED, CONTRADICTED),
    ("C15", "small consistent gradients"): (SUPPORTED,),
    ("C15", "noisy gradients: time"): (SUPPORTED, UNDECIDED),
    ("C15", "noisy gradients: where it settles"): (SUPPORTED, EQUAL),
    ("C15", "noisy gradients: direction"): (SUPPORTED, CONTRADICTED),
    ("C15", "on the digits network"): (SUPPORTED, UNDECIDED),
    ("C16", "how fast a gradient fades"): (SUPPORTED, CONTRADICTED),
    ("C16", "terminal speed"): (SUPPORTED,),
    ("C16", "never comes to rest"): (SUPPORTED, CONTRADICTED),
    ("C17", "swings less"): (SUPPORTED,),
    ("C17", "fewer steps"): (SUPPORTED, EQUAL),
    ("C17", "lower rates"): (SUPPORTED,),
    ("C17", "slower where both are tuned"): (UNDECIDED,),
    ("C55", "constant ε and μ"): (SUPPORTED,),
    ("C55", "changing ε"): (SUPPORTED,),
    ("C55", "changing μ"): (SUPPORTED, CONTRADICTED),
}


def within_error(values, expected):
    """The mean of values (seeds, ...) agrees with what is expected within four standard errors."""
    error = np.std(values, axis=0, ddof=1) / np.sqrt(len(values))
    np.testing.assert_array_less(np.abs(np.mean(values, axis=0) - np.mean(expected, axis=0)), 4 * error)


# C15

def test_iterations_grow_like_kappa_and_its_root(parts):
    data = parts["C15", "high curvature"].data
    p = data["p"]
    # Theory: sqrt(kappa) log(kappa) for a double root, so a little over 1/2.
    assert (np.abs(p[:, 0] - 1) < 0.1).all() and ((p[:, 2] > 0.48) & (p[:, 2] < 0.62)).all()
    # At most ln 1e4 (kappa / 2); fewer the smaller the start is along the extreme directions.
    descent = data["counts"][..., 0] / (np.log(1e4) * data["kappa"] / 2)
    assert ((descent > 0.5) & (descent < 1.2)).all()
    # For large kappa the gain of a fixed alpha tends to (1 + alpha) / (1 - alpha): 19 for 0.9, 3 for 0.5.
    gain = data["counts"][:, -1, :1] / data["counts"][:, -1, [1, 3]]
    assert ((gain > [12, 2]) & (gain < [25, 4])).all()


def test_a_gentle_slope_is_covered_ten_times_as_fast(parts):
    data = parts["C15", "small consistent gradients"].data
    assert (np.abs(data["same rate"] / data["formula"] - 1) < 1 / np.sqrt(500)).all()   # noise like the slope
    assert np.ptp(np.log10(data["slope"])) > 0.5                                        # for any slope
    # Each at the limit of its stability, 2 and 2 (1 + alpha), where the effective rates differ 19 times.
    assert abs(parts["C15", "small consistent gradients"].arm.statistic / 19 - 1) < 0.25


def test_noise_and_not_stability_sets_the_rate_where_it_is_strong(parts):
    data = parts["C15", "noisy gradients: time"].data
    weak, strong = (np.median(data[where][:, 1] / data[where][:, 0])
                    for where in ("the noise is weak", "it is strong"))
    assert 0.5 <= strong <= 2 < weak        # the same effective rate to a step or two of the grid


def floor(spectrum, lr, alpha):
    """Mean over eigenvalues (seeds, P) of lambda times the stationary variance under noise of deviation 1."""
    return (lr * (1 + alpha) / ((1 - alpha) * (2 * (1 + alpha) - lr * spectrum))).mean(axis=-1)


def test_the_noise_floor_is_that_of_the_linear_theory(parts):
    data = parts["C15", "noisy gradients: where it settles"].data
    spectrum = 1 / lecture.spectra(runs.generators(SEEDS), 10)
    for i, rate in enumerate(data["rate"]):
        sgd = floor(spectrum, rate, 0)
        within_error(data["same rate"][:, i], floor(spectrum, rate, ALPHA) / sgd)
        within_error(data["same effective rate"][:, i], floor(spectrum, rate * (1 - ALPHA), ALPHA) / sgd)


def test_the_velocity_is_less_noisy_on_a_slope_and_turns_late_at_the_floor(parts):
    data = parts["C15", "noisy gradients: direction"].data
    quieter = np.sqrt((1 - ALPHA) / (1 + ALPHA))
    draws = np.random.default_rng(0).standard_normal((100_000, P))
    expected = [runs.cosine(np.eye(P)[0] + size * draws, np.eye(P)[0]).mean() for size in (1, quieter)]
    within_error(data["On a slope"], np.array([expected]))
    at_floor = data["At the floor of a bowl"]
    np.testing.assert_allclose(np.median(at_floor[:, 1] / at_floor[:, 0]), quieter, rtol=0.2)  # first order


# C16

def test_a_gradient_fades_with_alpha_and_in_a_bowl_with_its_root(parts):
    data = parts["C16", "how fast a gradient fades"].data
    np.testing.assert_allclose(data["slope"] / data["formula"], 1, rtol=1e-6)
    # The logarithm wobbles by about 1 about a line that falls by ln(1e-4) / 2: a tenth of the slope is ample.
    np.testing.assert_allclose(data["bowl"] / data["formula"], 2, rtol=0.1)


def test_terminal_speed_and_the_time_to_reach_it(parts):
    data = parts["C16", "terminal speed"].data
    assert (np.abs(data["ratio"] - 1) < 4 / np.sqrt(2000)).all()  # noise as large as g, 2000 steps
    expected = np.ceil(np.log(0.01) / np.log(ALPHAS))
    np.testing.assert_array_equal(data["reached"], np.tile(expected, (len(SEEDS), 1)))


def test_only_without_friction_a_path_never_comes_to_rest(parts):
    data = parts["C16", "never comes to rest"].data
    # Root mean squares of sums of slow swings over 500 steps; what fades at alpha = 0.99 has lost 1500 steps.
    assert (np.abs(data["ratio"][:, 0] - 1) < 0.05).all()
    np.testing.assert_allclose(np.log(data["ratio"][:, 1]), 1500 * np.log(0.99) / 2, rtol=0.05)


# C17

def test_nesterov_swings_no_farther_in_any_setting(parts):
    data = parts["C17", "swings less"].data
    assert (data["Nesterov"] <= data["momentum"] + 1e-12).all()


def test_nesterov_is_faster_where_momentum_oscillates_and_only_there(parts):
    data = parts["C17", "fewer steps"].data
    ratio, oscillates = data["ratio"], data["oscillates"]
    assert (ratio[oscillates] < 1).mean() > 0.9 and (ratio[~oscillates] < 1).mean() < 0.1
    assert (~oscillates).sum() > 20 and oscillates.sum() > 20
    assert (ratio[:, ALPHAS == 0.99] < 1).all()


def test_largest_stable_rates_are_those_of_theory(parts):
    data = parts["C17", "lower rates"].data
    grid = 16 ** (1 / 49**2) - 1  # relative step of the finer grid
    for name, limit in (("momentum", 2 * (1 + ALPHAS)), ("Nesterov", 2 * (1 + ALPHAS) / (1 + 2 * ALPHAS))):
        np.testing.assert_allclose(data[name], np.tile(limit, (len(SEEDS), 1)), rtol=2 * grid)


def test_tuned_nesterov_takes_up_to_root_three_times_as_long(parts):
    data = parts["C17", "slower where both are tuned"].data
    ratio = np.median(data["Nesterov"] / data["momentum"], axis=0)
    assert (np.diff(ratio) > 0).all() and ratio[-1] < np.sqrt(3)


# C55

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


# What the text says around the table

def outcomes(parts, *key):
    return tuple(arm.outcome for arm in parts[key].arms)


SAID = {
    "High curvature and small consistent gradients are cured": lambda parts: (
        outcomes(parts, "C15", "high curvature") == outcomes(parts, "C15", "small consistent gradients")
        == (SUPPORTED,)),
    "momentum takes about half of the steps while the noise is weak, and with strong noise the seeds do not"
    " show a gain": lambda parts: (
        1.7 < parts["C15", "noisy gradients: time"].arm.statistic < 2.5
        and outcomes(parts, "C15", "noisy gradients: time") == (SUPPORTED, UNDECIDED)),
    "momentum halves the training loss":
        lambda parts: abs(parts["C15", "on the digits network"].arm.statistic - 1 / 2) < 0.1,
    "With small batches even 16 seeds do not show":
        lambda parts: outcomes(parts, "C15", "on the digits network")[1] == UNDECIDED,
    "in a bowl its effect lives twice as long":
        lambda parts: abs(parts["C16", "how fast a gradient fades"].without.statistic - 2) < 0.1,
    "At equal effective rate the two noises nearly balance": lambda parts: (
        outcomes(parts, "C15", "noisy gradients: where it settles")[1] == EQUAL),
    "the loss settles at the same height with and without momentum":
        lambda parts: outcomes(parts, "C15", "noisy gradients: where it settles")[1] == EQUAL,
    "the path never settles (C16 in 5.8 measures it)":
        lambda parts: outcomes(parts, "C16", "never comes to rest")[0] == SUPPORTED,
    "At a rate that all methods stand, Nesterov swings less; but it stands only lower rates": lambda parts: (
        outcomes(parts, "C17", "swings less") == outcomes(parts, "C17", "lower rates") == (SUPPORTED,)),
    "over 16 random seeds": lambda parts: parts["C15", "high curvature"].arm.values.shape == (16,),
}


@pytest.mark.parametrize("fragment", SAID)
def test_what_the_text_says_of_the_table(fragment, parts):
    assert prose.spaced(fragment) in prose.whole(5)
    assert SAID[fragment](parts)


def test_each_number_in_the_text_around_the_table_is_held():
    assert prose.uncovered(5, prose.of_claims, SAID) == []


# Wrong methods turn the outcome

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


@pytest.mark.parametrize("experiment, wrong, name, outcomes", [
    ("curvature", {"Momentum": Averaged}, "steps grow like √κ instead of κ", (CONTRADICTED, CONTRADICTED)),
    ("consistent", {"Momentum": Forgetful}, "small consistent gradients", (EQUAL,)),
    ("noise_time", {"Momentum": Faster}, "noisy gradients: time", (EQUAL, EQUAL)),
    ("noise_floor", {"Momentum": Faster}, "noisy gradients: where it settles", (EQUAL, EQUAL)),
    ("noise_direction", {"Momentum": Forgetful}, "noisy gradients: direction", (EQUAL, CONTRADICTED)),
    ("digits", {"Momentum": Faster}, "on the digits network", (EQUAL, EQUAL)),
    ("influence", {"Momentum": Rooted}, "how fast a gradient fades", (CONTRADICTED, CONTRADICTED)),
    ("terminal", {"Momentum": Averaged}, "terminal speed", (CONTRADICTED,)),
    ("terminal", {"Momentum": Rooted}, "terminal speed", (CONTRADICTED,)),
    ("correction", {"Nesterov": Momentum}, "swings less", (EQUAL,)),
    ("correction", {"Momentum": Nesterov, "Nesterov": Momentum}, "swings less", (CONTRADICTED,)),
    ("correction", {"Nesterov": Momentum}, "fewer steps", (EQUAL, EQUAL)),
    ("stability", {"Momentum": Nesterov, "Nesterov": Momentum}, "lower rates", (CONTRADICTED,)),
    ("tuned", {"Momentum": Averaged}, "slower where both are tuned", (CONTRADICTED,)),
    ("look_ahead", {"Nesterov": Momentum}, "constant ε and μ", (CONTRADICTED,)),
    ("look_ahead", {"Nesterov": Momentum}, "changing ε", (CONTRADICTED,)),
    ("look_ahead", {"Nesterov": Momentum}, "changing μ", (CONTRADICTED, CONTRADICTED)),
])
def test_a_wrong_method_turns_the_outcome(experiment, wrong, name, outcomes, monkeypatch):
    for method, replacement in wrong.items():
        monkeypatch.setattr(lecture, method, replacement)
    with np.errstate(all="ignore"):  # Faster is unstable at the higher rates
        found = getattr(lecture, experiment)(SEEDS[:8])
    part = next(part for part in (found if isinstance(found, tuple) else (found,)) if part.name == name)
    right = next(expected for (_, known), expected in OUTCOMES.items() if known == name)
    assert tuple(arm.outcome for arm in part.arms) == outcomes != right
