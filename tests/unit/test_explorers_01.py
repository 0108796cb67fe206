"""Lecture 1's figures against theory: what the text says of them."""

import numpy as np
import pytest

from course_lib import losses
from course_lib.explorers import surfaces
from course_lib.layers import Dense, ReLU
from course_lib.live import last
from course_lib.network import Network


@pytest.fixture(scope="module")
def bowl():
    figure = surfaces.bowl()
    yield figure
    figure.close()


@pytest.mark.parametrize("lr, verdict", [(0.01, "falls slowly"), (0.05, "arrives"), (0.09, "arrives"),
                                         (0.0999, "falls slowly"), (0.1001, "keeps jumping"),
                                         (0.11, "diverges")])
def test_the_ravine_is_stable_up_to_a_tenth(lr, verdict):
    data = surfaces.playground_compute("ravine", (-4.0, 0.5), lr)
    assert data.verdict == verdict and data.limit == pytest.approx(0.1)


@pytest.mark.parametrize("surface, start, lr, verdict", [
    ("Himmelblau", (0.0, -1.0), 0.01, "arrives"), ("Rosenbrock", (-1.2, 1.0), 0.001, "falls slowly"),
    ("Beale", (-2.0, 1.5), 0.001, "falls slowly"), ("Beale", (4.0, 4.0), 0.01, "diverges"),
    ("monkey saddle", (2.0, 0.0), 0.01, "falls slowly"),
    ("monkey saddle", (1.2, 0.05), 0.01, "falls for ever"),
])
def test_what_there_is_to_try(surface, start, lr, verdict):
    assert surfaces.playground_compute(surface, start, lr).verdict == verdict


def test_one_linear_layer_is_its_expansion_and_two_are_not(bowl):
    for point in ((0.4, 0.3), (-2.0, 1.0)):
        one = bowl.compute(network="one linear layer", point=point, angle=45)
        np.testing.assert_allclose(one.expanded, one.surface, rtol=1e-9, atol=1e-9)
        two = bowl.compute(network="two linear layers", point=point, angle=45)
        assert np.abs(two.expanded - two.surface).max() > 1
        assert two.slice[60] == pytest.approx(two.expanded_slice[60])
    low, high = bowl.compute(network="two linear layers", point=(0.0, 0.0), angle=45).eigenvalues
    assert low < 0 < high


@pytest.mark.parametrize("noise, lr", [(1e-5, 0.05), (1e-3, 0.05), (1e-2, 0.1), (1e-2, 0.2)])
def test_half_of_the_particles_leave_when_theory_says(noise, lr):
    data = last(surfaces.saddle_compute(noise, lr))
    # The sideways force y^3 that the linear theory leaves out costs a few steps.
    assert data.predicted - 1 <= np.median(data.times) <= data.predicted + 0.3 / lr + 1
    assert (data.traced[:, -1, 1] == 0).all()


@pytest.mark.parametrize("noise", [1e-6, 1e-2, 1.0])
@pytest.mark.parametrize("lr", [0.02, 0.05, 0.5])
def test_most_particles_leave_within_the_steps_shown(noise, lr):
    data = last(surfaces.saddle_compute(noise, lr))
    assert np.isfinite(data.times).mean() > 0.9 and data.step == data.horizon


def small_network():
    return Network([Dense(4, 6), ReLU(), Dense(6, 3)], losses.softmax_cross_entropy, np.random.default_rng(0))


@pytest.mark.parametrize("per_unit", [True, False])
def test_only_filter_normalized_slices_do_not_see_the_scale(per_unit):
    network = small_network()
    rng = np.random.default_rng(1)
    f = network.objective(rng.standard_normal((20, 4)), rng.integers(0, 3, 20))
    scaled = surfaces.rescaled(network, network.theta, 10.0)
    assert f.value(scaled) == pytest.approx(f.value(network.theta))

    def beside(theta):
        u = surfaces.random_direction(network, theta, np.random.default_rng(2), per_unit)
        return f.value(theta + 0.5 * u)

    assert (beside(network.theta) == pytest.approx(beside(scaled))) == per_unit


def test_directions_are_as_long_as_the_weights():
    network = small_network()
    weights = network.params.views(network.theta)
    direction = surfaces.random_direction(network, network.theta, np.random.default_rng(2), True)
    for key, values in network.params.views(direction).items():
        lengths = np.linalg.norm(weights[key], axis=0) if key[1] == "W" else 0
        np.testing.assert_allclose(np.linalg.norm(values, axis=0), lengths)
