"""Averages of the iterates of a run (Polyak, ASGD), of several networks, and one network taught by those.

    average = PolyakAverage(last=100)
    for _ in range(1000):
        optimizer.step(theta, f)
        average.add(theta)
    theta[...] = average.mean
"""

from copy import copy
from dataclasses import dataclass

import numpy as np

from .arguments import POSITIVE, check_count, check_number
from .losses import softmax_cross_entropy
from .network import Network
from .optimizer import ABOVE_ZERO, Optimizer, Range
from .training import check_training, run

WHOLE = Range("a whole number >= 1", lambda x: (x >= 1) & (x == np.floor(x)))


class PolyakAverage:
    """mean = (theta_(t-n+1) + ... + theta_t) / n after t calls of add; n = min(last, t), or t for last=None.

    Polyak & Juditsky 1992; S1. theta is (P,), or (K, P) for K runs; `mean` is a new array, float64.

    Numbers kept for P parameters:

        last=None               P       the mean of all so far, renewed by mean += (theta - mean) / t
        last=n                  n P     the last n iterates: the one that leaves the window must be known
        last=n, total=T         P       the mean of theta_(T-n+1), ..., theta_t: at t = T it is that of the
                                        last n; T, the number of all iterates, must be known beforehand

    Raises ValueError for settings out of range, for a theta of another shape, for more than `total` iterates,
    and for the mean of none.
    """

    def __init__(self, last=None, total=None):
        for name, value in (("last", last), ("total", total)):
            if value is not None:
                check_count(name, value, more=", or None")
        if total is not None and (last is None or last > total):
            raise ValueError(f"last must be given and <= total {total}, got {last}")
        self.last, self.total = last, total
        self.t = 0
        self.averaged = 0           # iterates in the mean
        self.shape = self.window = self.running_mean = None

    def add(self, theta):
        """Take in the iterate theta; it is copied."""
        theta = np.asarray(theta)
        if self.t == self.total:
            raise ValueError(f"total must be the number of all iterates, got {self.total} and one more")
        if self.t and theta.shape != self.shape:
            raise ValueError(f"theta must keep its shape {self.shape}, got {theta.shape}")
        self.t, self.shape = self.t + 1, theta.shape
        if self.last is not None and self.total is None:
            if self.window is None:
                self.window = np.empty((self.last,) + theta.shape)
            self.window[(self.t - 1) % self.last] = theta       # in the place of the oldest
            self.averaged = min(self.t, self.last)
        elif self.last is None or self.t > self.total - self.last:
            if self.running_mean is None:
                self.running_mean = np.zeros(theta.shape)
            self.averaged += 1
            with np.errstate(invalid="ignore"):                 # of K runs some may have diverged
                self.running_mean += (theta - self.running_mean) / self.averaged

    @property
    def mean(self):
        if not self.averaged:
            begin = 1 if self.total is None else self.total - self.last + 1
            raise ValueError(f"mean must be of one iterate at least, number {begin} or a later one, got"
                             f" {self.t} iterates")
        return self.running_mean.copy() if self.window is None else self.window[:self.averaged].mean(axis=0)


@dataclass(eq=False)
class AveragedSGD(Optimizer):
    """theta <- theta - lr g;  average <- mean of theta_t0, ..., theta_t, for t < t0 theta itself.

    ASGD: Polyak & Juditsky 1992; Ruppert 1988; S1. `average`, of theta's shape and type, is what to keep in
    the end: `network.theta[...] = optimizer.average`. The rate must stay large enough for theta to wander
    about the minimum: a constant, or k^-p with 1/2 < p < 1. PyTorch's t0 is ours less 2, and it decays lr.
    """

    lr: ABOVE_ZERO
    t0: WHOLE = 1
    state = ("average",)

    @staticmethod
    def update(theta, g, average, t, lr, t0):
        theta -= lr * g
        weight = 1 / np.maximum(1, t - t0 + 1)
        average *= 1 - weight
        average += weight * theta


def softmax(scores, temperature=1.0):
    """p_c = exp(z_c / T) / sum_d exp(z_d / T) over the last axis. T > 1 is softer, towards equal shares."""
    check_number("temperature", temperature, *POSITIVE)
    p = np.exp((scores - scores.max(axis=-1, keepdims=True)) / temperature)
    return p / p.sum(axis=-1, keepdims=True)


def ensemble_predict(networks, x, temperature=1.0):
    """Class probabilities (N, n_out): the mean of softmax(scores / temperature) over all networks.

    `networks` is a list of them, or one; a network with runs=K counts as K. S2. Raises ValueError where they
    differ in their number of outputs, or one gives outputs that are not finite.
    """
    networks = [networks] if isinstance(networks, Network) else networks
    if not isinstance(networks, (list, tuple)) or not all(isinstance(each, Network) for each in networks):
        raise TypeError(f"networks must be a network or a list of networks, got {networks!r}")
    if not networks or len({network.n_out for network in networks}) > 1:
        raise ValueError("networks must be at least one, with as many outputs each, got"
                         f" {[network.n_out for network in networks]}")
    total = count = 0
    for number, network in enumerate(networks):
        scores = network.predict(x)
        if not np.isfinite(scores).all():
            raise ValueError(f"networks must give finite outputs, got {scores[~np.isfinite(scores)][0]}"
                             f" from number {number}")
        p = softmax(scores, temperature)
        p = p.reshape((-1,) + p.shape[-2:])
        total, count = total + p.sum(axis=0), count + len(p)
    return total / count


def distillation_loss(scores, hard, soft, temperature, weight):
    """L = (1 - w) CE(hard, softmax(z)) + w T^2 CE(soft, softmax(z / T)), and dL/dz; CE: mean cross-entropy.

    Hinton et al. 2015, section 2. `scores` z, `hard` and `soft` are (..., N, n_out), rows of the targets sum
    to 1. The gradient of the soft term falls like 1 / T^2, and the factor keeps its share the same.
    """
    hard_value, hard_gradient = softmax_cross_entropy(scores, hard)
    soft_value, soft_gradient = softmax_cross_entropy(scores / temperature, soft)
    return ((1 - weight) * hard_value + weight * temperature**2 * soft_value,
            (1 - weight) * hard_gradient + weight * temperature * soft_gradient)


def distill(student, teachers, data, optimizer, *, temperature, weight=0.9, epochs, batch_size, rng,
            every=None):
    """Train the student on softened predictions of the teachers and on the labels; yields Records as `train`.

    Minimizes `distillation_loss`, with soft = ensemble_predict(teachers, x, temperature) and a weight from 0,
    the labels alone, to 1, the teachers alone. Hinton et al. 2015; S2. The batch losses of a Record are of
    it, the other measures of the student's own loss. The other arguments are those of `train`. They are
    checked at the call.
    """
    x, hard = check_training(student, data, optimizer, epochs, batch_size, rng, every)
    check_number("weight", weight, ">= 0 and <= 1", lambda x: 0 <= x <= 1)
    soft = ensemble_predict(teachers, data.x, temperature)
    if soft.shape != hard.shape:
        raise ValueError("teachers must give a prediction for each of the student's targets, of shape"
                         f" {hard.shape}, got {soft.shape}")
    targets = np.concatenate([hard, soft.astype(hard.dtype)], axis=-1)
    softened = copy(student)        # the same parameters, another loss
    softened.loss_function = lambda scores, rows: distillation_loss(scores, *np.split(rows, 2, axis=-1),
                                                                    temperature, weight)

    def objective(batch):
        f = student.checked_objective(x[batch], hard[batch])
        f.network, f.targets = softened, targets[batch]
        return f

    return run(student, data, optimizer, objective, epochs, batch_size, rng, every)
