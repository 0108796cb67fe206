"""Objectives that are distributions: what NaturalGradient needs beyond value and gradient is

    f.fisher(theta)                     (P, P)  F = E[grad log p  grad log p^T] under the model's own p
    f.fisher_vector_product(theta, v)   (P,)    F v
    f.kl(theta, new)                    KL(p_theta || p_new); about 1/2 d^T F d for a small d = new - theta

GaussianFit fits a normal law, Classifier is a network with softmax outputs (one Dense layer is logistic
regression), and Reparameterized is any of them in other coordinates.
"""

from copy import copy

import numpy as np

from .layers import Auxiliary
from .losses import softmax_cross_entropy
from .network import TINY, Objective


class GaussianFit:
    """Mean of -log N(x; m, sigma^2) over the data x (N,), at theta = (m, log sigma), theta (..., 2).

    F = diag(1 / sigma^2, 2). `minima` holds the maximum-likelihood fit.
    """

    def __init__(self, x):
        x = np.asarray(x, float)
        if x.ndim != 1 or len(x) < 2 or not np.isfinite(x).all() or x.std() == 0:
            raise ValueError(f"x must be at least two different finite numbers (N,), got {x!r}")
        self.mean, self.variance = x.mean(), x.var()
        self.minima = np.array([[self.mean, 0.5 * np.log(self.variance)]])

    def value(self, theta):
        m, log_sigma = theta[..., 0], theta[..., 1]
        spread = self.variance + (self.mean - m) ** 2
        return 0.5 * np.log(2 * np.pi) + log_sigma + 0.5 * spread * np.exp(-2 * log_sigma)

    def gradient(self, theta):
        m, log_sigma = theta[..., 0], theta[..., 1]
        precision = np.exp(-2 * log_sigma)
        spread = self.variance + (self.mean - m) ** 2
        return np.stack([(m - self.mean) * precision, 1 - spread * precision], axis=-1)

    def fisher(self, theta):
        F = np.zeros(theta.shape + (2,))
        F[..., 0, 0] = np.exp(-2 * theta[..., 1])
        F[..., 1, 1] = 2
        return F

    def fisher_vector_product(self, theta, v):
        return np.einsum("...ij,...j->...i", self.fisher(theta), v)

    def kl(self, theta, new):
        d = new - theta
        return d[..., 1] + 0.5 * (np.exp(-2 * d[..., 1]) + d[..., 0] ** 2 * np.exp(-2 * new[..., 1])) - 0.5


class Reparameterized:
    """f in other coordinates: theta = to(eta), with J = jacobian(eta) (..., P, Q), J_ij = dtheta_i / deta_j.

    The gradient becomes J^T g, the Fisher matrix J^T F J; the distributions, and so kl, are the same.
    """

    def __init__(self, f, to, jacobian):
        self.f, self.to, self.jacobian = f, to, jacobian

    def value(self, eta):
        return self.f.value(self.to(eta))

    def gradient(self, eta):
        return np.einsum("...ij,...i->...j", self.jacobian(eta), self.f.gradient(self.to(eta)))

    def fisher(self, eta):
        J = self.jacobian(eta)
        return J.mT @ self.f.fisher(self.to(eta)) @ J

    def fisher_vector_product(self, eta, v):
        J = self.jacobian(eta)
        Jv = np.einsum("...ij,...j->...i", J, v)
        return np.einsum("...ij,...i->...j", J, self.f.fisher_vector_product(self.to(eta), Jv))

    def kl(self, eta, new):
        return self.f.kl(self.to(eta), self.to(new))


class Classifier(Objective):
    """A network's objective with softmax cross-entropy, and the Fisher matrix F = J^T H J of its
    probabilities.

    `Classifier(network.objective(x, y))`. J = d outputs / d theta, and H is the Hessian of the loss by the
    outputs: for softmax cross-entropy this Gauss-Newton matrix is the Fisher matrix (Martens 2014), the
    average over the model's own probabilities, not over the labels. The softmax leaves some directions
    without effect, so F is singular: use damping.

    Raises ValueError where the network has another loss, or auxiliary heads.
    """

    def __init__(self, objective):
        if not isinstance(objective, Objective):
            raise TypeError(f"objective must be that of a network, got {objective!r}")
        if objective.network.loss_function is not softmax_cross_entropy:
            raise ValueError("objective must have the loss softmax_cross_entropy, got"
                             f" {objective.network.loss_function!r}")
        if any(isinstance(layer, Auxiliary) for layer in objective.network.layers):
            raise ValueError(f"network must have no auxiliary heads, got {objective.network.layers}")
        vars(self).update(vars(objective))

    def fisher_vector_product(self, theta, v):
        """J^T H J v, exact, in one complex gradient.

        The forward pass at theta + i h v gives outputs z + i h J v, and the loss the gradient (p - y) / N +
        i h H J v. Its real part, which would bring in the curvature of the network itself, is dropped;
        backpropagation multiplies by J^T.
        """
        def without_residuals(outputs, y):
            value, dy = softmax_cross_entropy(outputs, y)
            return value, 1j * dy.imag

        return self._with_loss(without_residuals).gradient(theta + 1j * TINY * v).imag / TINY

    def fisher(self, theta):
        """(P, P) at theta (P,): all products at once."""
        return self.fisher_vector_product(theta[None], np.eye(len(theta)))

    def kl(self, theta, new):
        """Mean over the batch of KL(p_theta(. | x) || p_new(. | x)), in nats."""
        outputs = self._with_loss(lambda outputs, y: (outputs, None)).value
        z, z_new = outputs(theta), outputs(new)
        p = np.exp(z - z.max(axis=-1, keepdims=True))
        p /= p.sum(axis=-1, keepdims=True)
        return softmax_cross_entropy(z_new, p)[0] - softmax_cross_entropy(z, p)[0]

    def _with_loss(self, loss):
        other = copy(self)
        other.network = copy(self.network)
        other.network.loss_function = loss
        return other
