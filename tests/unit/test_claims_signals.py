"""Signals through layers and time, and units: against what the matrices say."""

import numpy as np

from course_lib.claims import signals
from course_lib.initializers import lecun_normal, orthogonal
from course_lib.layers import LeakyReLU, ReLU


def test_propagation_is_that_of_the_matrices():
    rng = np.random.default_rng(0)
    W = orthogonal(rng, (8, 8))
    activations, gradients = signals.propagate(lambda rng, shape: W, LeakyReLU(1.0), 3, 8, rng, examples=4)
    for k in range(3):
        np.testing.assert_allclose(activations[k + 1], activations[k] @ W, atol=1e-12)
        np.testing.assert_allclose(gradients[k + 1], gradients[k] @ W.T, atol=1e-12)


def test_the_gradients_of_the_weights_are_means_over_the_examples():
    rng = np.random.default_rng(0)
    h, of_h, of_weights = signals.passes(lecun_normal, LeakyReLU(1.0), 3, 8, rng, examples=4)
    for k in range(3):                                                  # of layer 3, 2, 1
        np.testing.assert_allclose(of_weights[k], h[2 - k].T @ of_h[k] / 4, atol=1e-12)


def test_networks_at_once_have_weights_of_their_own_and_the_same_input():
    h, of_h, of_weights = signals.passes(lecun_normal, ReLU(), 3, 8, np.random.default_rng(0), 4, runs=5)
    assert h.shape == of_h.shape == (4, 5, 4, 8) and of_weights.shape == (3, 5, 8, 8)
    assert (h[0] == h[0, 0]).all() and (h[1, 0] != h[1, 1]).any()
    for run in range(5):
        np.testing.assert_allclose(of_weights[0, run], h[2, run].T @ (of_h[0, run] * (h[3, run] > 0)) / 4,
                                   atol=1e-12)


def test_relu_cuts_off_half():
    h = ReLU().forward({}, np.random.default_rng(0).standard_normal(100_000), True)[0]
    assert abs((h**2).mean() - 0.5) < 4 * np.sqrt(5 / 4 / 100_000)


def test_the_lyapunov_exponent_is_the_growth_of_a_small_distance():
    rng = np.random.default_rng(1)
    U, h = 2.5 * lecun_normal(rng, (96, 96)), rng.standard_normal((1, 96))
    states = signals.hidden_states(U, h, 150)
    near = signals.hidden_states(U, h + 1e-10 * np.ones(96), 40)
    grown = np.linalg.norm(near[40] - states[40]) / np.linalg.norm(near[10] - states[10])
    assert abs(np.log(grown) / 30 - signals.lyapunov(U, states)[0]) < 0.1


def test_separation_cosine_and_rank_of_equal_and_of_orthogonal_units():
    equal, different = np.ones((4, 6)), np.eye(4)
    assert signals.separation(equal) == 0 and signals.separation(different) == 1
    assert signals.separation(np.stack([equal, 2 * equal])).tolist() == [0, 0]
    np.testing.assert_allclose(signals.cosines(equal), 1)
    assert signals.cosines(different) == 0 and signals.cosines(-equal) == signals.cosines(equal)
    np.testing.assert_allclose(signals.effective_rank(equal), 1)
    np.testing.assert_allclose(signals.effective_rank(different), 4)
