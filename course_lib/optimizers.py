"""First-order optimizers. `optimizer.step(theta, f)` advances theta in place; `update` is the algorithm box.

The rule is all that a method writes down; the rest is in optimizer.py. In every rule theta is (P,), or (K, P)
for K runs, g the gradient, t = 1, 2, ... the number of this step, and products, quotients and roots are taken
entry by entry. s is an average of gradients, r an average or sum of their squares, v a velocity: all of
theta's shape, all zero at the start.

The sources write epsilon for lr and delta for eps, and disagree on where eps stands: sqrt(r) + eps, or, with
`eps_inside=True`, sqrt(r + eps), where it is compared with the square of a gradient.
"""

from dataclasses import KW_ONLY, dataclass

import numpy as np

from .optimizer import ABOVE_ZERO, FRACTION, NOT_BELOW_ZERO, Adaptive, Diverged, Optimizer

__all__ = ["SGD", "Subgradient", "Momentum", "Nesterov", "AdaGrad", "RMSProp", "RMSPropMomentum",
           "RMSPropNesterov", "AdaDelta", "Adam", "AdamW", "clip_by_norm", "clip_by_value",
           "Optimizer", "Adaptive", "Diverged"]


@dataclass(eq=False)
class SGD(Optimizer):
    """theta <- theta - lr g.

    Gradient descent; stochastic where f is a minibatch. Goodfellow et al. 2016, algorithm 8.1.
    """

    lr: ABOVE_ZERO

    @staticmethod
    def update(theta, g, t, lr):
        theta -= lr * g


class Subgradient(SGD):
    """theta <- theta - lr g, with g any subgradient: f lies above theta' -> f(theta) + g (theta' - theta).

    Shor 1985; S1. The rule of SGD for a convex f with kinks, whose `gradient` returns one of its subgradients
    there. A step may go uphill, and with a constant lr it never settles: the rates must go to zero, and sum
    to infinity.
    """


@dataclass(eq=False)
class Momentum(Optimizer):
    """v <- momentum v - lr g;  theta <- theta + v.

    Polyak 1964; Goodfellow et al. 2016, algorithm 8.2 (epsilon is lr, alpha momentum). The velocity v is what
    theta moves by, so a new lr acts on the new gradient only; PyTorch scales the whole velocity by lr
    instead, which is the same as long as lr is constant.
    """

    lr: ABOVE_ZERO
    momentum: FRACTION = 0.9
    state = ("v",)

    @staticmethod
    def update(theta, g, v, t, lr, momentum):
        v *= momentum
        v -= lr * g
        theta += v


class Nesterov(Momentum):
    """As Momentum, with the gradient at theta + momentum v: after the velocity is applied, not before.

    Nesterov 1983; Sutskever et al. 2013; Goodfellow et al. 2016, algorithm 8.3. The form of S2 and of PyTorch
    keeps w = theta + momentum v instead of theta; see lecture 5.
    """

    def where(self, theta, lr, momentum):
        return theta + momentum * self.v


@dataclass(eq=False)
class AdaGrad(Adaptive):
    """r <- r + g g;  theta <- theta - lr g / (sqrt(r) + eps).

    Duchi et al. 2011; Goodfellow et al. 2016, algorithm 8.4 (its epsilon is lr, its delta eps). S2 calls r
    gradient_squared. No entry ever moves by more than lr in a step.
    """

    lr: ABOVE_ZERO = 0.01
    eps: ABOVE_ZERO = 1e-7
    _: KW_ONLY
    eps_inside: bool = False
    state = ("r",)

    @staticmethod
    def update(theta, g, r, t, lr, eps, eps_inside=False):
        r += g * g
        root = np.sqrt(r + eps) if eps_inside else np.sqrt(r) + eps
        theta -= lr * g / root


@dataclass(eq=False)
class RMSProp(Adaptive):
    """r <- rho r + (1 - rho) g g;  theta <- theta - lr g / (sqrt(r) + eps).

    Tieleman & Hinton 2012, lecture 6e; S2 (decay_rate is rho); Goodfellow et al. 2016, algorithm 8.5, and S0,
    with eps inside the root (epsilon is lr, delta eps). No entry moves by more than lr / sqrt(1 - rho).
    """

    lr: ABOVE_ZERO = 0.001
    rho: FRACTION = 0.9
    eps: ABOVE_ZERO = 1e-6
    _: KW_ONLY
    eps_inside: bool = False
    state = ("r",)

    @staticmethod
    def update(theta, g, r, t, lr, rho, eps, eps_inside=False):
        r *= rho
        r += (1 - rho) * g * g
        root = np.sqrt(r + eps) if eps_inside else np.sqrt(r) + eps
        theta -= lr * g / root


@dataclass(eq=False)
class RMSPropMomentum(Adaptive):
    """r <- rho r + (1 - rho) g g;  v <- momentum v - lr g / (sqrt(r) + eps);  theta <- theta + v.

    The velocity of the rescaled gradient: S2, which says how it differs from Adam. PyTorch scales the whole
    velocity by lr instead, which is the same as long as lr is constant.
    """

    lr: ABOVE_ZERO = 0.001
    rho: FRACTION = 0.9
    momentum: FRACTION = 0.9
    eps: ABOVE_ZERO = 1e-6
    state = ("r", "v")

    @staticmethod
    def update(theta, g, r, v, t, lr, rho, momentum, eps):
        r *= rho
        r += (1 - rho) * g * g
        v *= momentum
        v -= lr * g / (np.sqrt(r) + eps)
        theta += v


class RMSPropNesterov(RMSPropMomentum):
    """As RMSPropMomentum, with the gradient at theta + momentum v, for r and for v.

    Goodfellow et al. 2016, algorithm 8.6 (epsilon is lr, alpha momentum), which has no eps.
    """

    def where(self, theta, lr, rho, momentum, eps):
        return theta + momentum * self.v


@dataclass(eq=False)
class AdaDelta(Adaptive):
    """d = sqrt(u + eps) / sqrt(r + eps) g;  theta <- theta - lr d;  r, u: running averages of g g and of d d.

    Zeiler 2012, algorithm 1 (epsilon is eps; r and u are his E[g^2] and E[dx^2]). r is renewed before d, u
    after it. d has the units of theta, and eps, inside both roots, is what the first steps grow from. lr = 1
    is his method, which has no rate; PyTorch adds the factor.
    """

    lr: ABOVE_ZERO = 1.0
    rho: FRACTION = 0.95
    eps: ABOVE_ZERO = 1e-6
    state = ("r", "u")

    @staticmethod
    def update(theta, g, r, u, t, lr, rho, eps):
        r *= rho
        r += (1 - rho) * g * g
        d = np.sqrt(u + eps) / np.sqrt(r + eps) * g
        u *= rho
        u += (1 - rho) * d * d
        theta -= lr * d


@dataclass(eq=False)
class Adam(Adaptive):
    """theta <- theta - lr s_hat / (sqrt(r_hat) + eps);  s, r: running averages of g and of g g.

    s_hat = s / (1 - beta1^t) and r_hat = r / (1 - beta2^t) undo the pull of the zeros that s and r start
    from; `bias_correction=False` takes s and r themselves. Kingma & Ba 2015, algorithm 1 (lr is alpha, s m,
    r v); S2 (first_moment, second_moment); Goodfellow et al. 2016, algorithm 8.7 (lr is epsilon, the betas
    rho1 and rho2, eps delta), which S0 prints with eps inside the root.
    """

    lr: ABOVE_ZERO = 0.001
    beta1: FRACTION = 0.9
    beta2: FRACTION = 0.999
    eps: ABOVE_ZERO = 1e-8
    bias_correction: bool = True
    _: KW_ONLY
    eps_inside: bool = False
    state = ("s", "r")

    @staticmethod
    def update(theta, g, s, r, t, lr, beta1, beta2, eps, bias_correction=True, eps_inside=False):
        s *= beta1
        s += (1 - beta1) * g
        r *= beta2
        r += (1 - beta2) * g * g
        s_hat, r_hat = s, r
        if bias_correction:  # times the inverse of a number: to divide every entry takes longer
            s_hat = s * (1 / (1 - beta1**t))
            r_hat = r * (1 / (1 - beta2**t))
        root = np.sqrt(r_hat + eps) if eps_inside else np.sqrt(r_hat) + eps
        theta -= lr * s_hat / root


@dataclass(eq=False)
class AdamW(Adaptive):
    """theta <- theta - lr (s_hat / (sqrt(r_hat) + eps) + weight_decay theta).

    Adam with decoupled weight decay: theta also shrinks by lr weight_decay of itself, apart from the
    gradient, so the decay is not rescaled as that of a penalty in f would be. Loshchilov & Hutter 2019,
    algorithm 2 (lambda is weight_decay; eta and alpha together are lr).
    """

    lr: ABOVE_ZERO = 0.001
    beta1: FRACTION = 0.9
    beta2: FRACTION = 0.999
    eps: ABOVE_ZERO = 1e-8
    weight_decay: NOT_BELOW_ZERO = 0.01
    _: KW_ONLY
    bias_correction: bool = True
    eps_inside: bool = False
    state = ("s", "r")

    @staticmethod
    def update(theta, g, s, r, t, lr, beta1, beta2, eps, weight_decay, bias_correction=True,
               eps_inside=False):
        decay = lr * weight_decay * theta
        Adam.update(theta, g, s, r, t, lr, beta1, beta2, eps, bias_correction, eps_inside)
        theta -= decay


def clip_by_norm(g, limit):
    """g limit / max(|g|, limit): the direction of g, with a norm of at most `limit`. A new array.

    Pascanu et al. 2013. The norm is over the last axis, so each of K runs (K, P) is clipped by itself; limit
    is a number, or (K, 1). A g that is not finite gives nan. Raises ValueError where limit is not > 0 and
    finite.
    """
    ABOVE_ZERO.check("limit", limit)
    unit = np.maximum(np.max(np.abs(g), axis=-1, keepdims=True), limit)  # squares of g itself may overflow
    norm = np.linalg.norm(g / unit, axis=-1, keepdims=True)
    return g * (limit / unit / np.maximum(norm, limit / unit))


def clip_by_value(g, limit):
    """min(max(g, -limit), limit), each entry by itself: the direction of g changes. A new array.

    limit is a number, or an array that broadcasts against g. An entry inf becomes limit, nan stays nan.
    Raises ValueError where limit is not > 0 and finite.
    """
    ABOVE_ZERO.check("limit", limit)
    return np.clip(g, -limit, limit)
