"""Natural gradient: invariance, Newton's method where the two are the same, steps of constant KL, its end."""

import numpy as np
import pytest
from objectives import Times, gaussian, small_classifier

from course_lib import datasets, distributions, layers, losses, natural, second_order
from course_lib.natural import NaturalGradient
from course_lib.network import Network
from course_lib.optimizers import SGD, Diverged


def test_natural_gradient_is_invariant_under_linear_maps(m=natural):
    A = np.array([[2.0, 1.0], [-0.5, 3.0]])
    f, theta = gaussian()
    turned = distributions.Reparameterized(f, lambda eta: eta @ A.T, lambda eta: A)
    for options in ({"lr": 0.3}, {"kl": 0.05}, {"lr": 0.3, "cg_steps": 2}, {"kl": 0.05, "cg_steps": 2}):
        a, eta = theta.copy(), np.linalg.solve(A, theta)
        one, two = m.NaturalGradient(**options), m.NaturalGradient(**options)
        for _ in range(10):
            one.step(a, f)
            two.step(eta, turned)
            np.testing.assert_allclose(A @ eta, a, rtol=1e-10)
        if "lr" in options:  # steps of constant kl do not settle
            assert f.value(a) - f.value(f.minima[0]) < 0.1 * (f.value(theta) - f.value(f.minima[0]))


def test_natural_gradient_is_newton_on_logistic_regression(m=natural):
    """With canonical link the Hessian is the Fisher matrix, and is free of the labels."""
    rng = np.random.default_rng(0)
    net = Network([layers.Dense(3, 4)], losses.softmax_cross_entropy, rng)
    f = distributions.Classifier(net.objective(rng.standard_normal((30, 3)), rng.integers(0, 4, 30)))
    for lr in (1.0, 0.5):
        a, b = net.theta.copy(), net.theta.copy()
        m.NaturalGradient(lr, damping=0.1).step(a, f)
        second_order.Newton(damping=0.1).step(b, f)
        np.testing.assert_allclose(a - net.theta, lr * (b - net.theta), rtol=1e-9, atol=1e-13)


def test_natural_gradient_by_products_is_the_one_by_the_matrix(m=natural):
    f, theta = small_classifier()
    for options in ({"lr": 0.5}, {"kl": 0.01}):
        a, b = theta.copy(), theta.copy()
        m.NaturalGradient(damping=0.01, **options).step(a, f)
        m.NaturalGradient(damping=0.01, cg_steps=60, **options).step(b, f)
        np.testing.assert_allclose(a, b, rtol=1e-7, atol=1e-8)


def test_natural_gradient_steps_have_constant_kl(m=natural):
    for (f, theta), damping in ((gaussian(), 0.0), (small_classifier(), 0.01)):
        for cg_steps in (None, 40):
            theta_k, ng = theta.copy(), m.NaturalGradient(kl=1e-6, damping=damping, cg_steps=cg_steps)
            for _ in range(5):
                before = theta_k.copy()
                ng.step(theta_k, f)
                assert f.kl(before, theta_k) == pytest.approx(1e-6, rel=0.01)
                assert f.value(theta_k) < f.value(before)


def test_steps_of_given_kl_do_not_depend_on_the_units_of_f(m=natural):
    """Only on the direction of the gradient, even where its square would vanish or overflow."""
    f, theta = small_classifier()
    for cg_steps in (None, 40):
        ends = []
        for factor in (1.0, 1e-170, 1e170):
            end = theta.copy()
            m.NaturalGradient(kl=0.01, damping=0.01, cg_steps=cg_steps).step(end, Times(f, factor))
            ends.append(end)
        np.testing.assert_allclose(ends[1:], [ends[0]] * 2, rtol=1e-9)
        assert np.linalg.norm(ends[0] - theta) > 0.01


def test_a_step_with_a_rate_goes_with_the_units_of_f(m=natural):
    f, theta = small_classifier()
    ends = []
    for factor in (1.0, 1e-3, 1e3):
        end = theta.copy()
        m.NaturalGradient(0.5 / factor, damping=0.01).step(end, Times(f, factor))
        ends.append(end)
    np.testing.assert_allclose(ends[1:], [ends[0]] * 2, rtol=1e-9)


GONE = r"d\^T F d must be > 0, got 0\.0 at step .* no longer changes with theta"


@pytest.mark.parametrize("cg_steps", [None, 30])
@pytest.mark.parametrize("seed", range(8))
def test_classes_that_can_be_separated_end_in_an_error_not_in_nan(seed, cg_steps):
    """F underflows once every probability is 0 or 1. The step that finds it says so, and changes nothing."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((128, 16))
    y = (x @ rng.standard_normal((16, 2))).argmax(axis=-1)
    net = Network([layers.Dense(16, 2)], losses.softmax_cross_entropy, rng)
    f, theta = distributions.Classifier(net.objective(x, y)), net.theta
    ng = NaturalGradient(kl=0.1, damping=1e-6, cg_steps=cg_steps)
    with np.errstate(over="ignore", under="ignore"), pytest.raises(Diverged, match=GONE) as raised:
        for _ in range(60):
            before = theta.copy()
            ng.step(theta, f)
            assert np.isfinite(theta).all()
    assert raised.value.step == ng.t + 1 > 6
    np.testing.assert_array_equal(theta, before)
    np.testing.assert_array_equal(f.fisher(theta), 0)


def test_natural_gradient_trains_a_network_on_digits():
    """By Fisher-vector products: 15 steps go further than 100 of gradient descent at the best of four
    rates."""
    data = datasets.load("digits")
    net = Network([layers.Dense(64, 10)], losses.softmax_cross_entropy, np.random.default_rng(0))
    f = distributions.Classifier(net.objective(data.x[::4], data.y[::4]))
    theta, ng = net.theta.copy(), NaturalGradient(0.5, damping=0.03, cg_steps=20)
    for _ in range(15):
        ng.step(theta, f)
    others = []
    for lr in (0.03, 0.1, 0.3, 1.0):
        slow, sgd = net.theta.copy(), SGD(lr)
        for _ in range(100):
            sgd.step(slow, f)
        others.append(f.value(slow))
    assert f.value(theta) < min(others)
