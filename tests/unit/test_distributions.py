"""Distributions: Fisher matrices against their definitions, KL against sums over the classes."""

import numpy as np
import pytest
from objectives import gaussian, small_classifier

from course_lib import distributions


def test_fisher_is_the_curvature_of_kl(m=distributions):
    classifier, weights = small_classifier(m)
    g, start = gaussian(m)
    turned = m.Reparameterized(
        g, lambda e: np.stack([e[..., 0], np.log(e[..., 1])], -1), lambda e: np.diag([1.0, 1 / e[1]])
    )
    A = np.array([[2.0, 1.0], [-0.5, 3.0]])
    sheared = m.Reparameterized(g, lambda e: e @ A.T, lambda e: A)
    for f, theta in ((classifier, weights), (g, start), (turned, np.array([0.2, 1.5])), (sheared, start)):
        F = f.fisher(theta)
        np.testing.assert_allclose(F, F.T, atol=1e-15)
        for v in np.random.default_rng(0).standard_normal((4, len(theta))):
            h = 1e-3
            curvature = (f.kl(theta, theta + h * v) + f.kl(theta, theta - h * v)) / h**2
            assert v @ F @ v == pytest.approx(curvature, rel=1e-4)
            np.testing.assert_allclose(f.fisher_vector_product(theta, v), F @ v, rtol=1e-9, atol=1e-14)
        assert f.kl(theta, theta) == pytest.approx(0, abs=1e-14)


def test_fisher_of_a_classifier_is_the_mean_square_of_its_scores(m=distributions):
    """F = E[grad log p grad log p^T], the labels drawn from the model itself: a sum over all classes of each
    example."""
    f, theta = small_classifier(m)
    net, x = f.network, f.x
    p = np.exp(net.predict(x, theta))
    p /= p.sum(axis=-1, keepdims=True)
    F = 0
    for i in range(len(x)):
        for c in range(3):
            score = net.objective(x[i : i + 1], np.array([c])).gradient(theta)
            F = F + p[i, c] * np.outer(score, score) / len(x)
    np.testing.assert_allclose(f.fisher(theta), F, atol=1e-13)


def test_gaussian_and_reparameterized_gradients_are_derivatives(m=distributions):
    g, start = gaussian(m)
    to = lambda e: np.stack([e[..., 0] * e[..., 1], np.log(e[..., 1])], -1)  # noqa: E731
    turned = m.Reparameterized(g, to, lambda e: np.array([[e[1], e[0]], [0.0, 1 / e[1]]]))
    for f, theta in ((g, start), (turned, np.array([0.2, 1.5]))):
        for v in np.eye(2):
            slope = (f.value(theta + 1e-5 * v) - f.value(theta - 1e-5 * v)) / 2e-5
            assert f.gradient(theta) @ v == pytest.approx(slope, rel=1e-8)
    np.testing.assert_allclose(g.gradient(g.minima[0]), 0, atol=1e-14)


def test_kl_of_a_classifier_is_kl():
    f, theta = small_classifier()
    new = theta + 0.3
    p, q = (
        np.exp(z) / np.exp(z).sum(-1, keepdims=True)
        for z in (f.network.predict(f.x, theta), f.network.predict(f.x, new))
    )
    assert f.kl(theta, new) == pytest.approx((p * np.log(p / q)).sum(-1).mean())
