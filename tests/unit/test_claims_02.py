"""Claims C28 and C29: the direction of each number, its theory, and wrong methods that are seen."""

import numpy as np
import pytest

from course_lib import claims
from course_lib.autodiff import gradient, jvp
from course_lib.claims import autodiff as lecture
from course_lib.claims.autodiff import DEPTHS, SHAPES, WALKED
from course_lib.claims.findings import FAILS, HOLDS, ONLY_IF, spread
from course_lib.graph import merge_at_nodes, sum_over_paths

SEEDS = tuple(range(100, 108))
EXPERIMENTS = {f.__name__: f for claim in lecture.CLAIMS for f in claim.experiments}


def widths():
    return np.array([np.random.default_rng(seed).integers(2, 4) for seed in SEEDS])[:, None]


def test_the_claims_are_in_the_ledger():
    assert [claims.CLAIMS[id].lecture for id in ("C28", "C29")] == [2, 2]


# C28

def test_reverse_mode_costs_a_constant_number_of_evaluations(findings):
    f = findings["reverse_cost"]
    assert f.verdict == HOLDS
    assert (f.data["ratio"] > 1).all() and (f.data["ratio"] < 5).all()
    assert (f.data["P"][:, -1] > 4 * f.data["P"][:, 0]).all()
    np.testing.assert_array_less(np.ptp(f.data["ratio"], axis=1), 0.5)


def test_forward_mode_costs_an_evaluation_or_two_for_each_parameter(findings):
    f = findings["forward_cost"]
    per_parameter = f.data["ratio"] / f.data["P"]
    assert f.verdict == HOLDS and (np.abs(f.values - 1) < 0.1).all()
    assert ((per_parameter > 1) & (per_parameter < 3)).all()   # a sweep repeats the evaluation


def test_both_modes_give_the_same_gradient_and_it_is_right(findings):
    assert findings["same_gradient"].verdict == HOLDS and (findings["same_gradient"].values < 1e-12).all()
    f, theta = lecture.network(np.random.default_rng(0), 4)
    v = np.random.default_rng(1).standard_normal(theta.size)
    measured = np.imag(f(theta + 1e-30j * v)) / 1e-30
    assert lecture.by_forward(f)(theta) @ v == pytest.approx(measured, rel=1e-12)


def test_reverse_mode_is_cheaper_only_with_more_inputs_than_outputs(findings):
    f = findings["jacobians"]
    many_in, square, many_out = f.data["ratio"].T
    assert SHAPES == ((64, 1), (8, 8), (1, 64)) and f.verdict == ONLY_IF
    np.testing.assert_array_equal(f.values, many_in)
    assert ((many_in > 20) & (many_in < 64)).all() and ((many_out < 1 / 20) & (many_out > 1 / 64)).all()
    np.testing.assert_allclose(square, 1, rtol=0.2)


# C29

def test_multiplications_over_paths_are_those_of_theory(findings):
    f, w = findings["path_growth"], widths()
    assert f.verdict == ONLY_IF
    np.testing.assert_array_equal(f.data["wide"], (WALKED + 1) * w**WALKED)
    np.testing.assert_array_equal(f.data["chain"], np.tile(WALKED + 1, (len(SEEDS), 1)))
    np.testing.assert_array_equal(f.data["paths"], w[:, 0] ** DEPTHS[-1])
    assert (f.values >= 2).all()


@pytest.mark.parametrize("name", ["node_growth", "forward_growth"])
def test_merged_multiplications_are_one_for_each_weight(name, findings):
    f, w = findings[name], widths()
    assert f.verdict == HOLDS
    np.testing.assert_array_equal(f.data["merged"], 2 * w + (DEPTHS - 1) * w**2)


def test_the_three_ways_give_the_same_derivative(findings):
    assert findings["same_sum"].verdict == HOLDS and (findings["same_sum"].values < 1e-12).all()


# Reproducible, and one seed at a time

@pytest.mark.parametrize("name", EXPERIMENTS)
def test_a_seed_gives_the_same_value_whatever_the_others_are(name, findings):
    some = EXPERIMENTS[name](SEEDS[5:3:-1])
    np.testing.assert_allclose(some.values, findings[name].values[5:3:-1], rtol=1e-8, atol=1e-12)


# Wrong methods turn the verdict

def gradient_by_sweeps(f):
    """Called reverse mode, but takes a sweep for each parameter."""
    return lambda theta: sum(jvp(f)(theta, unit) * unit for unit in np.eye(theta.size))


def gradient_halved(f):
    return lambda theta: gradient(f)(theta) / 2


def last_path_forgotten(output, x):
    total, tally = sum_over_paths(output, x)
    return total * 0.9, tally


def forgets_to_merge(output, x):
    return sum_over_paths(output, x)


@pytest.mark.parametrize("name, wrong, verdict", [
    ("reverse_cost", {"by_reverse": gradient_by_sweeps}, FAILS),
    ("forward_cost", {"by_forward": gradient}, FAILS),
    ("same_gradient", {"by_reverse": gradient_halved}, FAILS),
    ("jacobians", {"jacobian_by_reverse": lecture.jacobian_by_forward}, FAILS),
    ("path_growth", {"sum_over_paths": merge_at_nodes}, FAILS),
    ("node_growth", {"merge_at_nodes": forgets_to_merge, "DEPTHS": WALKED}, FAILS),
    ("forward_growth", {"merge_forward": forgets_to_merge, "DEPTHS": WALKED}, FAILS),
    ("same_sum", {"sum_over_paths": last_path_forgotten}, FAILS),
])
def test_a_wrong_method_turns_the_verdict(name, wrong, verdict, findings, monkeypatch):
    for method, replacement in wrong.items():
        monkeypatch.setattr(lecture, method, replacement)
    mutant = EXPERIMENTS[name](SEEDS)
    assert mutant.verdict == verdict != findings[name].verdict
    assert spread(mutant.values) != spread(findings[name].values)
