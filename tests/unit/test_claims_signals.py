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
