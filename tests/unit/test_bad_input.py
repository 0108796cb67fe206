"""Bad calls over the whole core: each gets an error that names the argument, the rule and the value."""

import numpy as np
import pytest

from objectives import Broken, model, small_classifier

from course_lib import datasets, distributions, initializers, losses, problems, schedules
from course_lib.datasets import Dataset
from course_lib.layers import Auxiliary, Dense, ReLU
from course_lib.network import Network
from course_lib.optimizers import (SGD, Adam, Diverged, Momentum, Nesterov, RMSProp, clip_by_norm,
                                   clip_by_value)
from course_lib.params import Params
from course_lib.second_order import (BFGS, LBFGS, KrylovSubspaceDescent, NaturalGradient, Newton,
                                     SingularCurvature, SumOfFunctions, conjugate_gradient)
from course_lib.training import train

nan, inf = np.nan, np.inf
X, Y = np.random.default_rng(0).standard_normal((5, 3)), np.array([0, 1, 1, 0, 1])


def rng():
    return np.random.default_rng(0)


def network(runs=None, **options):
    layers = [Dense(3, 4), ReLU(), Dense(4, 2)]    # 26 parameters
    return Network(layers, losses.softmax_cross_entropy, rng(), runs, **options)


def start(x=X, y=Y, x_test=X, optimizer=SGD(0.1), runs=None, epochs=1, batch_size=2,
          rng=np.random.default_rng(0), every=None):
    """Only the call of a training: nothing is iterated."""
    data = Dataset("", x, y, x_test, Y)
    return train(network(runs), data, optimizer, epochs=epochs, batch_size=batch_size, rng=rng, every=every)


def step(optimizer, theta=None, f=problems.Bowl(), steps=2):
    """Two steps: a schedule may leave its range at the second."""
    theta = np.ones(2) if theta is None else theta
    for _ in range(steps):
        optimizer.step(theta, f)


def reshaped(optimizer):
    """A step with two parameters, then one with three."""
    step(optimizer, steps=1)
    step(optimizer, np.ones(3), problems.Quadratic(np.eye(3)))


class Gradient:
    """An objective with a gradient that does not depend on theta."""

    def __init__(self, g):
        self.g = g

    def gradient(self, theta):
        return np.array(self.g)


def second(method, **answers):
    """A step of a second-order method on a quadratic with some of its answers replaced."""
    constant = {name: lambda *at, given=given: given for name, given in answers.items()}
    method.step(np.ones(4), Broken(model(), **constant))


def objective(layers, loss=losses.softmax_cross_entropy, y=(0, 1, 0)):
    return Network(layers, loss, rng()).objective(np.ones((3, 2)), np.array(y))


def spoilt(a, index, value):
    a = np.array(a)
    a[index] = value
    return a


# (the call, argument and rule, the value)
VALUE_ERRORS = [
    # params
    (lambda: Params({"W": (2, 3)}).views(np.zeros(5)), "theta must have a last axis of 6", "(5,)"),
    # initializers
    (lambda: initializers.he_normal(rng(), (5,)), "shape must be (fan_in, fan_out)", "(5,)"),
    (lambda: initializers.he_uniform(rng(), (5, 0)), "shape must be (fan_in, fan_out)", "(5, 0)"),
    (lambda: initializers.glorot_normal(rng(), (5, 2.0)), "shape must be (fan_in, fan_out)", "(5, 2.0)"),
    (lambda: initializers.glorot_uniform(rng(), (2, 3, 4)), "shape must be (fan_in, fan_out)", "(2, 3, 4)"),
    (lambda: initializers.normal(rng(), (5, 2), -0.5), "std must be >= 0 and finite", "-0.5"),
    (lambda: initializers.normal(rng(), (5, 2), nan), "std must be >= 0 and finite", "nan"),
    (lambda: initializers.uniform(rng(), (5, 2), -0.5), "limit must be >= 0 and finite", "-0.5"),
    (lambda: initializers.uniform(rng(), (5, 2), inf), "limit must be >= 0 and finite", "inf"),
    (lambda: initializers.he_normal(rng(), 5), "shape must be (fan_in, fan_out)", "5"),
    (lambda: initializers.normal(rng(), (5, 2), "a"), "std must be >= 0 and finite", "'a'"),
    # problems
    (lambda: problems.Quadratic([[nan, 0], [0, 1]]), "A must be finite", "nan"),
    (lambda: problems.Quadratic(np.zeros((0, 0))), "A must be finite and not empty", "shape=(0, 0)"),
    (lambda: problems.Quadratic([[1e-9, 5e-9], [0, 1e-9]]), "A must be a symmetric matrix", "5e-09"),
    (lambda: problems.Quadratic(np.eye(2), [1, nan]), "center must be finite", "nan"),
    (lambda: problems.Bowl().value(np.ones(1)), "theta must have 2 coordinates", "(1,)"),
    (lambda: problems.Bowl().gradient(1.0), "theta must have 2 coordinates", "()"),
    (lambda: problems.Bowl().hessian(np.ones(3)), "theta must have 2 coordinates", "(3,)"),
    (lambda: problems.Ravine(10, angle=nan), "angle must be finite", "nan"),
    (lambda: problems.Ravine("a"), "kappa must be >= 1 and finite", "'a'"),
    (lambda: problems.Quadratic([[1, 2], [0, 1]]), "A must be a symmetric matrix", "[[1, 2], [0, 1]]"),
    (lambda: problems.Quadratic([[1, 2, 3]]), "A must be a symmetric matrix", "[[1, 2, 3]]"),
    (lambda: problems.Quadratic([1, 2]), "A must be a symmetric matrix", "[1, 2]"),
    (lambda: problems.Quadratic([[inf, 0], [0, 1]]), "A must be finite", "inf"),
    (lambda: problems.Quadratic(np.eye(2), [1, 2, 3]), "center must have shape (2,)", "(3,)"),
    (lambda: problems.Ravine(0.5), "kappa must be >= 1 and finite", "0.5"),
    (lambda: problems.Ravine(nan), "kappa must be >= 1 and finite", "nan"),
    (lambda: problems.Beale().value(np.ones(3)), "theta must have two coordinates", "(3,)"),
    (lambda: problems.Saddle().gradient(1.0), "theta must have two coordinates", "()"),
    (lambda: problems.Himmelblau().hessian(np.ones((2, 1))), "theta must have two coordinates", "(2, 1)"),
    (lambda: problems.named("hill"), "name must be one of bowl, ravine, rosenbrock, beale", "'hill'"),
    # layers
    (lambda: Dense(0, 2), "n_in must be a whole number >= 1", "0"),
    (lambda: Dense(2, -1), "n_out must be a whole number >= 1", "-1"),
    (lambda: Dense(2.0, 2), "n_in must be a whole number >= 1", "2.0"),
    (lambda: Dense("2", 2), "n_in must be a whole number >= 1", "'2'"),
    (lambda: Dense(2, 2, bias=nan), "bias must be", "nan"),
    (lambda: Dense(2, 2, bias="a"), "bias must be a finite number", "'a'"),
    # losses
    (lambda: losses.softmax_cross_entropy(X, Y[:1]), "y must have one target per example", "(1,)"),
    (lambda: losses.mean_squared_error(X, X[:1]), "y must have one target per example", "(1, 3)"),
    (lambda: losses.softmax_cross_entropy(X, [0, 1, 2, 3, 0]), "y must be class numbers from 0 to 2",
     "3 at index 3"),
    (lambda: losses.softmax_cross_entropy(X, [0, 1, 2, 0, -1]), "y must be class numbers from 0 to 2",
     "-1 at index 4"),
    (lambda: losses.softmax_cross_entropy(X, Y * 1.0), "y must be class numbers as integers (N,)", "(5,)"),
    (lambda: losses.mean_squared_error(X, X[:, :2]), "y must be class numbers as integers (N,)", "(5, 2)"),
    # network
    (lambda: Network([], losses.mean_squared_error, rng()), "layers must hold at least one layer", "none"),
    (lambda: Network([Dense(3, 4), ReLU(), Dense(5, 2)], losses.mean_squared_error, rng()),
     "Dense(5, 2) must get 5 inputs", "4"),
    (lambda: Network([ReLU()], losses.mean_squared_error, rng()), "layers must hold at least one Dense",
     "[ReLU()]"),
    (lambda: Network([ReLU(), Dense(3, 4)], losses.mean_squared_error, rng()).predict(X[:, :2]),
     "x must have shape (N, 3)", "(5, 2)"),
    (lambda: network(runs=0), "runs must be a whole number >= 1", "0"),
    (lambda: network(runs=1.5), "runs must be a whole number >= 1", "1.5"),
    (lambda: network().predict(X[0]), "x must have shape (N, 3)", "(3,)"),
    (lambda: network().predict(X[:, :2]), "x must have shape (N, 3)", "(5, 2)"),
    (lambda: network().predict(spoilt(X, (2, 1), nan)), "x must be finite", "nan at index (2, 1)"),
    (lambda: network().loss(X[:0], Y[:0]), "x must hold at least one example", "(0, 3)"),
    (lambda: network().predict(np.stack([X, X])), "x must have shape (N, 3)", "(2, 5, 3)"),
    (lambda: network(runs=2).predict(np.stack([X] * 3)), "x must have shape (N, 3) or (2, N, 3)",
     "(3, 5, 3)"),
    (lambda: network().predict(X, theta=np.zeros(3)), "theta must have a last axis of 26", "(3,)"),
    (lambda: network().loss(X, Y[:4]), "y must have one target per example", "(4,)"),
    (lambda: network().loss(X, Y + 1), "y must be class numbers from 0 to 1", "2 at index 1"),
    (lambda: network().loss(X, Y - 1), "y must be class numbers from 0 to 1", "-1 at index 0"),
    (lambda: network().loss(X, np.full((5, 3), 0.5)), "y must be class numbers as integers (N,)", "(5, 3)"),
    (lambda: network().loss(X, np.eye(2, dtype=int)[Y]), "y must have one target per example", "(5, 2)"),
    (lambda: network().loss(X, Y * 1.0), "y must be class numbers as integers (N,)", "(5,)"),
    (lambda: network().loss(X[:2], np.eye(2, dtype=int)), "y must have one target per example", "(2, 2)"),
    (lambda: network(runs=2).loss(X, np.stack([Y] * 3)), "y must have one target per example", "(3, 5)"),
    (lambda: network().accuracy(X, Y[:1]), "y must have one target per example", "(1,)"),
    (lambda: network().accuracy(X, Y + 7), "y must be class numbers from 0 to 1", "7 at index 0"),
    (lambda: network().objective(spoilt(X, (4, 0), inf), Y), "x must be finite", "inf at index (4, 0)"),
    (lambda: network().objective(X, np.full((5, 2), nan)), "y must be finite", "nan"),
    (lambda: network().objective(X, Y).gradient(np.zeros(27)), "theta must have a last axis of 26", "(27,)"),
    # optimizers
    (lambda: SGD(-0.1), "lr must be > 0", "-0.1"),
    (lambda: SGD(0), "lr must be > 0", "0"),
    (lambda: SGD(nan), "lr must be > 0", "nan"),
    (lambda: SGD(inf), "lr must be > 0", "inf"),
    (lambda: SGD(np.array([[0.1], [-0.2]])), "lr must be > 0", "-0.2"),
    (lambda: Momentum(0.1, momentum=1.0), "momentum must be >= 0 and < 1", "1.0"),
    (lambda: Nesterov(0.1, momentum=-0.5), "momentum must be >= 0 and < 1", "-0.5"),
    (lambda: step(SGD(lambda k: 0.1 - 0.1 * k)), "lr must be > 0", "0.0 at step 2"),
    (lambda: step(SGD(np.array([0.1, 0.2])), np.ones((2, 2))), "lr must be (2, 1), one per run", "(2,)"),
    (lambda: step(SGD(np.array([[0.1], [0.2]]))), "lr must be a number for a single run", "(2, 1)"),
    (lambda: step(SGD(0.1), np.ones((2, 2, 2))), "theta must be (P,) or (K, P)", "(2, 2, 2)"),
    (lambda: step(SGD(schedules.linear(1, 0, 3)), steps=9), "lr must be > 0", "0.0 at step 4"),
    (lambda: step(SGD(np.full((2, 1), 0.1)), np.ones((3, 2))), "lr must be (3, 1), one per run", "(2, 1)"),
    (lambda: step(SGD(0.1), np.array(1.0)), "theta must be (P,) or (K, P)", "()"),
    (lambda: step(SGD(0.1), f=Gradient([0.0] * 3)), "gradient must have the shape of theta (2,)", "(3,)"),
    (lambda: step(SGD(0.1), f=Gradient([1.0])), "gradient must have the shape of theta (2,)", "(1,)"),
    (lambda: step(SGD(0.1), f=Gradient(1.0)), "gradient must have the shape of theta (2,)", "() at step 1"),
    (lambda: reshaped(Momentum(0.1)), "theta must keep its shape (2,)",
     "(3,) at step 2 (reset() starts a new run)"),
    (lambda: Adam(eps=0), "eps must be > 0", "0"),
    (lambda: clip_by_norm(np.ones(2), 0), "limit must be > 0", "0"),
    (lambda: clip_by_norm(np.ones(2), inf), "limit must be > 0", "inf"),
    (lambda: clip_by_value(np.ones(2), -1.0), "limit must be > 0", "-1.0"),
    (lambda: clip_by_value(np.ones(2), nan), "limit must be > 0", "nan"),
    # second-order methods
    (lambda: Newton(-1.0), "damping must be >= 0", "-1.0"),
    (lambda: Newton(nan), "damping must be >= 0", "nan"),
    (lambda: step(Newton(lambda k: -2.0)), "damping must be >= 0", "-2.0 at step 1"),
    (lambda: step(Newton(np.ones((3, 1)))), "damping must be a number for a single run", "(3, 1)"),
    (lambda: second(Newton(), hessian=np.eye(3)), "hessian must have shape (4, 4)", "(3, 3)"),
    (lambda: BFGS(np.diag([1.0, -1.0])), "H0 must be a symmetric, positive definite matrix", "-1."),
    (lambda: BFGS([[1.0, 2.0], [0.0, 1.0]]), "H0 must be a symmetric, positive definite matrix", "2.0"),
    (lambda: BFGS(np.ones((2, 3))), "H0 must be a symmetric, positive definite matrix", "1."),
    (lambda: BFGS(np.ones(3)), "H0 must be a symmetric, positive definite matrix", "1."),
    (lambda: second(BFGS(np.eye(3))), "H0 must be (4, 4) for this theta", "(3, 3)"),
    (lambda: reshaped(BFGS()), "theta must keep its shape (2,)", "(3,) at step 2"),
    (lambda: second(LBFGS(), gradient=np.ones(3)), "gradient must have the shape of theta (4,)", "(3,)"),
    (lambda: LBFGS(0), "memory must be a whole number >= 1", "0"),
    (lambda: LBFGS(2.5), "memory must be a whole number >= 1", "2.5"),
    (lambda: LBFGS(True), "memory must be a whole number >= 1", "True"),
    (lambda: KrylovSubspaceDescent(-1), "size must be a whole number >= 1", "-1"),
    (lambda: KrylovSubspaceDescent(3, 0), "inner_steps must be a whole number >= 1", "0"),
    (lambda: NaturalGradient(0.1, kl=0.2), "lr or kl must be given, and not both", "lr=0.1 and kl=0.2"),
    (lambda: NaturalGradient(), "lr or kl must be given, and not both", "lr=None and kl=None"),
    (lambda: NaturalGradient(kl=0.0), "kl must be > 0", "0.0"),
    (lambda: NaturalGradient(0.0), "lr must be > 0", "0.0"),
    (lambda: NaturalGradient(schedules.linear(0.1, 0.0, 1), damping=-1), "damping must be >= 0", "-1"),
    (lambda: NaturalGradient(0.1, cg_steps=0), "cg_steps must be a whole number >= 1", "0"),
    (lambda: SumOfFunctions([model()], first_step=0), "first_step must be > 0 and finite", "0"),
    (lambda: SumOfFunctions([model()], memory=0), "memory must be a whole number >= 1", "0"),
    (lambda: conjugate_gradient(lambda v: v, np.ones(3), tol=0), "tol must be > 0 and < 1", "0"),
    (lambda: conjugate_gradient(lambda v: v, np.ones((3, 1))), "b and x0 must have the same shape", "(3, 1)"),
    (lambda: conjugate_gradient(lambda v: v, np.ones(3), np.ones(2)), "b and x0 must have the same shape",
     "(2,)"),
    (lambda: conjugate_gradient(lambda v: v, np.array([1, nan])), "b and x0 must be finite", "nan"),
    (lambda: conjugate_gradient(lambda v: v * [1, -1], np.array([1.0, 2.0])), "A must be positive definite",
     "p.Ap = -3 at iteration 1"),
    # distributions
    (lambda: distributions.GaussianFit([1.0, 1.0]), "x must be at least two different finite numbers", "1."),
    (lambda: distributions.GaussianFit([1.0, nan]), "x must be at least two different finite numbers", "nan"),
    (lambda: distributions.Classifier(objective([Dense(2, 1)], losses.mean_squared_error, [[1.0]] * 3)),
     "objective must have the loss softmax_cross_entropy", "mean_squared_error"),
    (lambda: distributions.Classifier(objective([Dense(2, 4), Auxiliary(Dense(4, 2)), Dense(4, 2)])),
     "network must have no auxiliary heads", "Auxiliary(Dense(4, 2))"),
    # schedules
    (lambda: schedules.constant(0), "lr must be > 0 and finite", "0"),
    (lambda: schedules.linear(-0.1, 0.01, 10), "start must be > 0 and finite", "-0.1"),
    (lambda: schedules.linear(0.1, -0.01, 10), "end must be >= 0 and finite", "-0.01"),
    (lambda: schedules.linear(0.1, 0.01, 0), "tau must be > 0 and finite", "0"),
    (lambda: schedules.linear(0.1, 0.01, 10)(-1), "k must be >= 0", "-1"),
    # datasets
    (lambda: datasets.load("mnst"), 'name must be one of "digits", "spirals"', "'mnst'"),
    (lambda: datasets.load("spirals", rng(), n=0), "n must be a whole number >= 1", "0"),
    (lambda: datasets.load("spirals", rng(), n=2.5), "n must be a whole number >= 1", "2.5"),
    (lambda: datasets.load("spirals", rng(), noise=-1), "noise must be >= 0 and finite", "-1"),
    (lambda: datasets.load("spirals", rng(), noise="a"), "noise must be >= 0 and finite", "'a'"),
    (lambda: datasets.load("digits", n=100), 'n must be left out for "digits"', "100"),
    (lambda: datasets.load("digits", noise=0.1), 'noise must be left out for "digits"', "0.1"),
    # training: at the call, not at the first record
    (lambda: start(epochs=0), "epochs must be a whole number >= 1", "0"),
    (lambda: start(epochs=1.5), "epochs must be a whole number >= 1", "1.5"),
    (lambda: start(batch_size=0), "batch_size must be a whole number >= 1", "0"),
    (lambda: start(batch_size=6), "batch_size must be <= 5", "6"),
    (lambda: start(every=0), "every must be a whole number >= 1", "0"),
    (lambda: start(runs=2, rng=[rng()] * 3), "rng must be one generator per run of theta (2, 26)", "3"),
    (lambda: start(rng=[rng()]), "rng must be one generator per run of theta (26,)", "1"),
    (lambda: start(x=spoilt(X, (2, 1), nan)), "x must be finite", "nan at index (2, 1)"),
    (lambda: start(x=X[:, :2]), "x must have shape (N, 3)", "(5, 2)"),
    (lambda: start(y=Y + 5), "y must be class numbers from 0 to 1", "5 at index 0"),
    (lambda: start(np.stack([X, X]), np.stack([Y, Y]), runs=2), "data.x must have shape (N, 3)", "(2, 5, 3)"),
    (lambda: start(x_test=spoilt(X, (2, 1), nan)), "x must be finite", "nan at index (2, 1)"),
    (lambda: start(y=Y[:3]), "y must have one target per example", "(3,)"),
]
TYPE_ERRORS = [
    (lambda: initializers.he_normal(0, (5, 2)), "rng must be a numpy.random.Generator", "0"),
    (lambda: initializers.normal(None, (5, 2), 1.0), "rng must be a numpy.random.Generator", "None"),
    (lambda: Dense(2, 2, init="he"), "init must be a function (rng, shape)", "'he'"),
    (lambda: losses.mean_squared_error(X, X + 0j), "y must be class numbers (integers) or targets",
     "complex"),
    (lambda: losses.mean_squared_error(X, Y > 0), "y must be class numbers (integers) or targets", "bool"),
    (lambda: Network([Dense(3, 4)], "squares", rng()), "loss must be a function (outputs, y)", "'squares'"),
    (lambda: Network([Dense(3, 4)], losses.mean_squared_error, 0), "rng must be a numpy.random.Generator",
     "0"),
    (lambda: Network([Dense(3, 4), ReLU], losses.mean_squared_error, rng()),
     "layers must be a list of layers", "ReLU"),
    (lambda: Network(Dense(3, 4), losses.mean_squared_error, rng()), "layers must be a list of layers",
     "Dense(3, 4)"),
    (lambda: network(dtype=int), "dtype must be a type of floats", "int64"),
    (lambda: network().predict(X + 0j), "x must be an array of real numbers", "complex128"),
    (lambda: network().predict([["a", "b", "c"]]), "x must be an array of real numbers", "<U1"),
    (lambda: network().loss(X, Y > 0), "y must be class numbers (integers) or targets", "bool"),
    (lambda: SGD("0.1"), "lr must be a number, an array or a schedule", "'0.1'"),
    (lambda: SGD(None), "lr must be a number, an array or a schedule", "None"),
    (lambda: step(SGD(lambda k: None)), "lr must be a number, an array or a schedule", "None at step 1"),
    (lambda: SGD(True), "lr must be a number, an array or a schedule", "True"),
    (lambda: Momentum(0.1, None), "momentum must be a number, an array or a schedule", "None"),
    (lambda: Adam(lr=1j), "lr must be a number, an array or a schedule", "1j"),
    (lambda: Adam(bias_correction="no"), "bias_correction must be True or False", "'no'"),
    (lambda: Adam(eps_inside=None), "eps_inside must be True or False", "None"),
    (lambda: RMSProp(eps_inside=1e-6), "eps_inside must be True or False", "1e-06"),
    (lambda: clip_by_value(np.ones(2), "1"), "limit must be a number, an array", "'1'"),
    (lambda: Newton("big"), "damping must be a number, an array or a schedule", "'big'"),
    (lambda: Newton(saddle_free="yes"), "saddle_free must be True or False", "'yes'"),
    (lambda: BFGS(line_search="wolfe"), "line_search must be a function (line, alpha, c1, c2)", "'wolfe'"),
    (lambda: SumOfFunctions([]), "parts must be a list of objectives with value and gradient", "[]"),
    (lambda: SumOfFunctions([np.sin]), "parts must be a list of objectives with value and gradient", "sin"),
    (lambda: distributions.Classifier(model()), "objective must be that of a network", "Model"),
    (lambda: step(SGD(0.1), [1.0, 1.0]), "theta must be a float array", "list"),
    (lambda: step(SGD(0.1), np.array([1, 1])), "theta must be a float array", "int64"),
    (lambda: datasets.load("spirals"), "rng must be a numpy.random.Generator", "None"),
    (lambda: datasets.load("spirals", 3), "rng must be a numpy.random.Generator", "3"),
    (lambda: start(optimizer=SGD), "optimizer must be an optimizer", "SGD"),
    (lambda: start(rng=0), "rng must be a numpy.random.Generator, or one per run", "0"),
    (lambda: start(runs=2, rng=[1, 2]), "rng must be a numpy.random.Generator, or one per run", "[1, 2]"),
]
DIVERGED = [
    (lambda: second(Newton(), hessian=np.full((4, 4), nan)), "hessian must be finite", "nan at step 1"),
    (lambda: second(KrylovSubspaceDescent(3), hvp=np.full(4, nan)), "hessian-vector product must be finite",
     "nan at step 1"),
]
SINGULAR = [
    (lambda: step(Newton(), f=problems.Quadratic(np.diag([1.0, 0.0]))),
     "damping must make the curvature invertible", "eigenvalues from 0 to 1, damping included, at step 1"),
    (lambda: NaturalGradient(0.1).step(*reversed(small_classifier())),
     "damping must make the curvature invertible", "at step 1"),
]
CASES = [pytest.param(call, error, rule, value, id=f"{rule}, got {value}")
         for error, rows in ((ValueError, VALUE_ERRORS), (TypeError, TYPE_ERRORS), (Diverged, DIVERGED),
                             (SingularCurvature, SINGULAR))
         for call, rule, value in rows]


@pytest.mark.parametrize("call, error, rule, value", CASES)
def test_the_error_names_argument_rule_and_value(call, error, rule, value):
    with pytest.raises(error) as raised:
        call()
    message = str(raised.value)
    assert type(raised.value) is error
    assert " must " in rule and message.startswith(rule)
    assert value in message[len(rule):]


def test_a_refused_step_changes_nothing():
    theta, optimizer = np.ones(2), Momentum(lambda k: 0.1 - 0.1 * k)
    optimizer.step(theta, problems.Bowl())
    before, v = theta.copy(), optimizer.v.copy()
    with pytest.raises(ValueError):
        optimizer.step(theta, problems.Bowl())
    assert np.array_equal(theta, before) and np.array_equal(optimizer.v, v) and optimizer.t == 1


def test_an_optimizer_is_not_taken_along_to_another_network():
    optimizer = Momentum(0.1)
    for _ in train(network(), Dataset("", X, Y, X, Y), optimizer, epochs=1, batch_size=2, rng=rng()):
        pass
    with pytest.raises(ValueError, match=r"theta must keep its shape \(26,\), got \(2, 26\) at step 4"):
        optimizer.step(network(runs=2).theta, network(runs=2).objective(X, Y))
