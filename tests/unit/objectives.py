"""Objectives that tests of several modules share: small quadratics, functions of one number, wrappers."""

import numpy as np

from course_lib import distributions, layers, losses, problems
from course_lib.network import Network


def spd(n, condition=100.0, seed=0):
    """A symmetric matrix with eigenvalues from 1 to `condition`."""
    return with_eigenvalues(np.geomspace(1.0, condition, n), seed)


def with_eigenvalues(w, seed=0):
    Q = np.linalg.qr(np.random.default_rng(seed).standard_normal((len(w), len(w))))[0]
    A = (Q * w) @ Q.T
    return (A + A.T) / 2


def quadratic(n=8, condition=100.0, seed=0):
    return problems.Quadratic(spd(n, condition, seed), np.random.default_rng(seed + 1).standard_normal(n))


class Function:
    """phi on the real line as an objective with one parameter."""

    def __init__(self, phi, slope, curvature=None):
        self.phi, self.slope, self.curvature = phi, slope, curvature

    def value(self, theta):
        return self.phi(theta[0])

    def gradient(self, theta):
        return np.array([self.slope(theta[0])])

    def hvp(self, theta, v):
        return self.curvature(theta[0]) * v


class Times:
    """f times a number, for other units of f."""

    def __init__(self, f, factor):
        self.f, self.factor = f, factor

    def value(self, theta):
        return self.factor * self.f.value(theta)

    def gradient(self, theta):
        return self.factor * self.f.gradient(theta)

    def fisher(self, theta):
        return self.f.fisher(theta)

    def fisher_vector_product(self, theta, v):
        return self.f.fisher_vector_product(theta, v)


class Counted:
    """f, with its evaluations counted."""

    def __init__(self, f):
        self.f, self.hvp = f, getattr(f, "hvp", None)
        self.values = self.gradients = 0

    def value(self, theta):
        self.values += 1
        return self.f.value(theta)

    def gradient(self, theta):
        self.gradients += 1
        return self.f.gradient(theta)


class Model(problems.Quadratic):
    """A quadratic that is its own distribution, of unit variance."""

    def fisher(self, theta):
        return self.A


def model(n=4):
    return Model(spd(n), np.arange(n))


class Broken:
    """f with one answer replaced."""

    def __init__(self, f, **answers):
        self.f, self.answers = f, answers

    def __getattr__(self, name):
        return self.answers.get(name, getattr(self.f, name))


def steps_of(method, f, theta, n):
    """(s, y) of n steps."""
    pairs = []
    for _ in range(n):
        before, g = theta.copy(), f.gradient(theta)
        method.step(theta, f)
        pairs.append((theta - before, f.gradient(theta) - g))
    return pairs


def small_classifier(module=distributions, hidden=3):
    rng = np.random.default_rng(3)
    net = Network(
        [layers.Dense(2, hidden), layers.Tanh(), layers.Dense(hidden, 3)], losses.softmax_cross_entropy, rng
    )
    return module.Classifier(net.objective(rng.standard_normal((7, 2)), rng.integers(0, 3, 7))), net.theta


def gaussian(module=distributions):
    return module.GaussianFit(np.array([0.3, 1.9, 2.2, -0.4, 1.0])), np.array([0.2, 0.5])
