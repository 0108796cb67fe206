"""A network: gradients against scikit-learn and complex steps, curvature, K networks at once, refusals."""

import copy
import pickle
import re

import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier, MLPRegressor

from course_lib.layers import Dense, ReLU, Sigmoid, Tanh
from course_lib.losses import mean_squared_error, softmax_cross_entropy
from course_lib.network import Network
from course_lib.optimizers import SGD

STEP = 1e-30  # complex step: nothing is subtracted, so it may be this small
N, RUNS = 8, 3
each_loss = pytest.mark.parametrize("loss", [softmax_cross_entropy, mean_squared_error])
each_unit = pytest.mark.parametrize("unit", [ReLU, Sigmoid, Tanh])


def network(loss=softmax_cross_entropy, unit=Tanh, runs=None, seed=0, **options):
    """5-4-4-3 with the same unit twice. The biases keep a dead example off the kink of the next ReLU."""
    layers = [Dense(5, 4, bias=0.1), unit(), Dense(4, 4, bias=0.1), unit(), Dense(4, 3)]
    return Network(layers, loss, np.random.default_rng(seed), runs, **options)


def batch(runs=(), seed=1):
    """x (*runs, N, 5), class numbers (*runs, N)."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal(runs + (N, 5)), rng.integers(0, 3, runs + (N,))


def close(got, expected, rtol=1e-12):
    np.testing.assert_allclose(got, expected, rtol=0, atol=rtol * np.abs(expected).max())


# Derivatives

@each_loss
@each_unit
def test_gradient_is_the_derivative_of_the_value(loss, unit):
    net = network(loss, unit)
    f = net.objective(*batch())
    each_coordinate = np.eye(net.theta.size)                # each step is a run of its own
    close(f.gradient(net.theta), f.value(net.theta + 1j * STEP * each_coordinate).imag / STEP)


@each_loss
@each_unit
@pytest.mark.parametrize("x_runs", [(), (RUNS,)], ids=["one batch for all", "a batch each"])
def test_gradient_of_K_runs_along_random_directions(loss, unit, x_runs):
    net = network(loss, unit, runs=RUNS)
    f = net.objective(*batch(x_runs))
    g = f.gradient(net.theta)
    for v in np.random.default_rng(2).standard_normal((5,) + net.theta.shape):
        close((g * v).sum(axis=-1), f.value(net.theta + 1j * STEP * v).imag / STEP)


def test_gradient_at_a_complex_point_is_holomorphic():
    net = network()
    f, (u, v) = net.objective(*batch()), np.random.default_rng(2).standard_normal((2, net.theta.size))
    theta, h = net.theta + 0.1j * u, 1e-5
    for way in (1, 1j):                                     # one slope along the real and the imaginary axis
        slope = (f.value(theta + way * h * v) - f.value(theta - way * h * v)) / (2 * h * way)
        assert f.gradient(theta) @ v == pytest.approx(slope, rel=1e-8)


@each_loss
@each_unit
def test_hvp_and_hessian(loss, unit):
    net = network(loss, unit)
    f, P = net.objective(*batch()), net.theta.size
    H = f.hessian(net.theta)
    assert H.shape == (P, P)
    close(H, H.T)
    v, h = np.random.default_rng(2).standard_normal(P), 1e-5
    close(f.hvp(net.theta, v), H @ v)
    difference = f.gradient(net.theta + h * v) - f.gradient(net.theta - h * v)
    close(f.hvp(net.theta, v), difference / (2 * h), 1e-8)


def test_hvp_of_K_runs():
    net, (x, y) = network(runs=RUNS), batch((RUNS,))
    v = np.random.default_rng(2).standard_normal(net.theta.shape)
    Hv = net.objective(x, y).hvp(net.theta, v)
    for k in range(RUNS):
        close(Hv[k], network().objective(x[k], y[k]).hvp(net.theta[k], v[k]))


def test_squared_error_of_a_linear_network_is_a_quadratic_bowl():
    """C36: there the expansion to second order is exact, and the Hessian the same everywhere."""
    net = Network([Dense(5, 3)], mean_squared_error, np.random.default_rng(0))
    f, d = net.objective(*batch()), np.random.default_rng(2).standard_normal(net.theta.size)
    expansion = f.value(net.theta) + f.gradient(net.theta) @ d + d @ f.hvp(net.theta, d) / 2
    assert f.value(net.theta + d) == pytest.approx(expansion, rel=1e-14)
    close(f.hessian(net.theta), f.hessian(net.theta + d), 1e-14)


@pytest.mark.parametrize("unit, name", [(ReLU, "relu"), (Sigmoid, "logistic"), (Tanh, "tanh")])
@pytest.mark.parametrize("regression", [False, True], ids=["classifier", "regressor"])
def test_30_steps_are_those_of_scikit_learn(regression, unit, name):
    x, y = batch()
    targets = np.random.default_rng(3).standard_normal((N, 3)) if regression else y
    settings = dict(hidden_layer_sizes=(4, 4), activation=name, solver="sgd", learning_rate_init=0.1,
                    momentum=0.0, alpha=0.0, batch_size=N, shuffle=False)
    if regression:  # its squared error is half the sum over the three outputs, ours their mean
        peer, net, lr = MLPRegressor(**settings), network(mean_squared_error, unit), 0.1 * 3 / 2
        peer.partial_fit(x, targets)                        # its first step only makes its weights
    else:
        peer, net, lr = MLPClassifier(**settings), network(softmax_cross_entropy, unit), 0.1
        peer.partial_fit(x, targets, classes=[0, 1, 2])
    theirs = [a for pair in zip(peer.coefs_, peer.intercepts_) for a in pair]
    ours = [a for views in net.views(net.theta) for a in views.values()]
    for a, b in zip(theirs, ours, strict=True):
        a[...] = b
    f, optimizer = net.objective(x, targets), SGD(lr)
    start = net.theta.copy()
    for _ in range(30):
        optimizer.step(net.theta, f)
        peer.partial_fit(x, targets)
    assert np.abs(net.theta - start).max() > 0.1
    for a, b in zip(theirs, ours):
        close(b, a)


# K networks at once

def test_run_k_is_the_network_that_the_kth_spawned_rng_draws():
    together = network(runs=RUNS, seed=7)
    for k, child in enumerate(np.random.default_rng(7).spawn(RUNS)):
        alone = Network(together.layers, together.loss_function, child)
        assert np.array_equal(together.theta[k], alone.theta)
    assert len(np.unique(together.theta[:, 0])) == RUNS


@each_loss
@each_unit
@pytest.mark.parametrize("x_runs", [(), (RUNS,)], ids=["one batch for all", "a batch each"])
def test_K_runs_are_K_single_networks(loss, unit, x_runs):
    net, (x, y) = network(loss, unit, runs=RUNS), batch(x_runs)
    f = net.objective(x, y)
    values, g, outputs = f.value(net.theta), f.gradient(net.theta), net.predict(x)
    assert values.shape == (RUNS,) and g.shape == net.theta.shape and outputs.shape == (RUNS, N, 3)
    for k in range(RUNS):
        alone = network(loss, unit)
        alone.theta[:] = net.theta[k]
        x_k, y_k = (x[k], y[k]) if x_runs else (x, y)
        close(outputs[k], alone.predict(x_k))
        close(values[k], alone.objective(x_k, y_k).value(alone.theta))
        close(g[k], alone.objective(x_k, y_k).gradient(alone.theta))
        close(net.loss(x, y)[k], alone.loss(x_k, y_k))
        assert net.accuracy(x, y)[k] == alone.accuracy(x_k, y_k)


def test_one_run_is_a_run_with_an_axis_of_its_own():
    net, (x, y) = network(runs=1), batch()
    assert net.theta.shape[0] == 1 and net.predict(x).shape == (1, N, 3) and net.loss(x, y).shape == (1,)


# Parameters, outputs, measures

def test_theta_holds_the_layers_in_order():
    net = network()
    assert net.theta.size == (5 * 4 + 4) + (4 * 4 + 4) + (4 * 3 + 3)
    pieces = [a.ravel() for views in net.views(net.theta) for a in views.values()]
    assert np.array_equal(np.concatenate(pieces), net.theta)


def test_one_layer_object_used_twice_has_two_sets_of_weights():
    layer = Dense(3, 3)
    net = Network([layer, layer], mean_squared_error, np.random.default_rng(0))
    first, second = net.views(net.theta)
    assert net.theta.size == 24 and not np.array_equal(first["W"], second["W"])


def test_the_same_rng_draws_the_same_network_and_goes_on():
    rng = np.random.default_rng(3)
    layers = network().layers
    first, second = (Network(layers, mean_squared_error, rng).theta for _ in range(2))
    assert np.array_equal(first, Network(layers, mean_squared_error, np.random.default_rng(3)).theta)
    assert not np.array_equal(first, second)


def test_predict_is_the_layers_one_after_another_and_loss_the_loss_of_it():
    net, (x, y) = network(), batch()
    (p0, _, p1, _, p2) = net.views(net.theta)
    hidden = np.tanh(np.tanh(x @ p0["W"] + p0["b"]) @ p1["W"] + p1["b"])
    close(net.predict(x), hidden @ p2["W"] + p2["b"], 1e-15)
    value, _ = softmax_cross_entropy(net.predict(x), y)
    assert net.loss(x, y) == value == net.objective(x, y).value(net.theta)


def test_accuracy_counts_the_examples_that_are_right():
    net, (x, _) = network(), batch()
    best = net.predict(x).argmax(axis=-1)
    wrong_twice = np.where(np.arange(N) < 2, (best + 1) % 3, best)
    assert net.accuracy(x, best) == 1 and net.accuracy(x, wrong_twice) == (N - 2) / N


def test_evaluate_is_loss_and_accuracy():
    rng = np.random.default_rng(3)
    x, y = rng.standard_normal((20, 3)), rng.integers(0, 2, 20)
    for runs in (None, 4):
        network = Network([Dense(3, 2)], softmax_cross_entropy, np.random.default_rng(1), runs=runs)
        loss, accuracy = network.evaluate(x, y)
        assert np.array_equal(loss, network.loss(x, y)) and np.array_equal(accuracy, network.accuracy(x, y))
        assert 0 < np.min(accuracy) < 1
        soft = network.evaluate(x, np.eye(2)[y])
        assert np.array_equal(soft[0], loss) and soft[1] is None


def test_accuracy_takes_rows_as_well_and_is_nan_where_a_run_has_diverged():
    net, (x, y) = network(runs=RUNS), batch()
    assert np.array_equal(net.accuracy(x, np.eye(3)[y]), net.accuracy(x, y))
    net.theta[1, -1] = np.nan
    assert np.array_equal(np.isnan(net.accuracy(x, y)), [False, True, False])


def test_measures_at_another_theta():
    net, (x, y), other = network(), batch(), network(seed=9)
    assert np.array_equal(net.predict(x, theta=other.theta), other.predict(x))
    assert net.loss(x, y, theta=other.theta) == other.loss(x, y) != net.loss(x, y)
    assert net.accuracy(x, y, theta=other.theta) == other.accuracy(x, y)


def test_changes_of_theta_in_place_and_a_new_theta_are_seen():
    net, (x, y) = network(), batch()
    net.loss(x, y)
    net.theta[:] = 0.0
    assert net.loss(x, y) == pytest.approx(np.log(3), rel=1e-15)
    net.theta = network(seed=9).theta
    assert net.loss(x, y) == network(seed=9).loss(x, y)


def test_last_value_comes_with_the_gradient_and_not_with_the_curvature():
    net, (x, y) = network(), batch()
    f = net.objective(x, y)
    f.gradient(net.theta)
    f.hvp(net.theta, np.ones_like(net.theta))
    assert f.last_value == f.value(net.theta) and np.isrealobj(f.last_value)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))],
                         ids=["deepcopy", "pickle"])
def test_a_copy_answers_to_its_own_theta_and_trains(copied):
    net, (x, y) = network(), batch()
    loss = net.loss(x, y)                                   # now the network keeps views of its theta
    other = copied(net)
    SGD(0.1).step(other.theta, other.objective(x, y))
    assert other.loss(x, y) == net.loss(x, y, theta=other.theta) < loss
    assert net.loss(x, y) == loss


def test_derivatives_where_a_relu_sits_on_its_kink():
    """A dead example gives the next layer exactly its bias, 0 at the start, where the derivative is 0."""
    net = Network([Dense(5, 4, bias=-50.0), ReLU(), Dense(4, 4), ReLU(), Dense(4, 3)], softmax_cross_entropy,
                  np.random.default_rng(0))
    f = net.objective(*batch())
    H = f.hessian(net.theta)
    assert H.any() and np.array_equal(H, H.T)
    close(f.gradient(net.theta), f.value(net.theta + 1j * STEP * np.eye(net.theta.size)).imag / STEP)


def test_nothing_is_changed_but_by_the_caller():
    net, (x, y) = network(), batch()
    before = [a.copy() for a in (net.theta, x, y)]
    f = net.objective(x, y)
    f.value(net.theta), f.gradient(net.theta), f.hvp(net.theta, net.theta), f.hessian(net.theta)
    net.predict(x), net.loss(x, y), net.accuracy(x, y)
    assert all(np.array_equal(a, b) for a, b in zip((net.theta, x, y), before))


def test_soft_targets_and_lists():
    net, (x, y) = network(), batch()
    soft = np.random.default_rng(4).dirichlet(np.ones(3), N)
    assert net.loss(x, soft) == softmax_cross_entropy(net.predict(x), soft)[0]
    assert net.loss(x.tolist(), y.tolist()) == net.loss(x, y)


@each_loss
@pytest.mark.parametrize("runs", [None, RUNS])
def test_single_precision_stays_single_all_the_way(loss, runs):
    net, (x, y) = network(loss, ReLU, runs=runs, dtype=np.float32), batch()
    f = net.objective(x, y)
    g = f.gradient(net.theta)
    for a in (net.theta, net.predict(x), net.loss(x, y), f.value(net.theta), g, f.last_value):
        assert a.dtype == np.float32
    SGD(0.1).step(net.theta, f)
    assert net.theta.dtype == np.float32
    # Its weights are those of the double network, rounded, and so are its gradients.
    double = network(loss, ReLU, runs=runs)
    rounded = network(loss, ReLU, runs=runs, dtype=np.float32)
    assert np.array_equal(rounded.theta, double.theta.astype(np.float32))
    close(g, double.objective(x, y).gradient(double.theta), 1e-5)


# What it refuses

@pytest.mark.parametrize("layers, words", [
    ([Dense(5, 4), Dense(3, 2)], "Dense(3, 2) must get 3 inputs, got 4"),
    ([Dense(5, 4), ReLU(), Tanh(), Dense(5, 4)], "Dense(5, 4) must get 5 inputs, got 4"),
    ([], "layers must hold at least one layer"),
])
def test_layers_that_do_not_fit(layers, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        Network(layers, mean_squared_error, np.random.default_rng(0))


@pytest.mark.parametrize("shape", [(5,), (N, 4), (N, 6), (), (RUNS, N, 4)])
@pytest.mark.parametrize("use", [
    pytest.param(lambda net, x: net.predict(x), id="predict"),
    pytest.param(lambda net, x: net.loss(x, np.zeros(N, int)), id="loss"),
    pytest.param(lambda net, x: net.accuracy(x, np.zeros(N, int)), id="accuracy"),
    pytest.param(lambda net, x: net.objective(x, np.zeros(N, int)), id="objective"),
])
def test_inputs_of_another_shape(use, shape):
    with pytest.raises(ValueError, match=re.escape(f"x must have shape (N, 5), got {shape}")):
        use(network(), np.zeros(shape))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_inputs_and_targets_that_are_not_finite_are_named_with_their_place(bad):
    x, _ = batch()
    targets = np.full((N, 3), 1 / 3)
    x[6, 2] = targets[4, 1] = bad
    with pytest.raises(ValueError, match=re.escape(f"x must be finite, got {bad} at index (6, 2)")):
        network().objective(x, targets)
    with pytest.raises(ValueError, match=f"y must be finite, got {bad}"):
        network().objective(np.zeros((N, 5)), targets)


@pytest.mark.parametrize("measure", ["loss", "objective"])
@pytest.mark.parametrize("bad, index", [(3, 2), (-1, 7)])
def test_labels_out_of_range_are_named_with_their_place(measure, bad, index):
    x, y = batch()
    y[index] = bad
    with pytest.raises(ValueError, match=f"y must be class numbers from 0 to 2, got {bad} at index {index}"):
        getattr(network(), measure)(x, y)


@pytest.mark.parametrize("theta", [np.zeros(58), np.zeros(60), np.zeros((59, 2)), np.zeros(())])
def test_theta_of_another_length(theta):
    f = network().objective(*batch())
    for ask in (f.value, f.gradient):
        with pytest.raises(ValueError, match=r"theta must have a last axis of 59 parameters"):
            ask(theta)
