"""Training: batches, records, whole runs against single runs and against theory, divergence."""

import inspect
import io
import itertools
import pickle
import re
import warnings

import numpy as np
import pytest
from tqdm import tqdm

from course_lib import averaging, datasets, optimizers, second_order
from course_lib.datasets import Dataset
from course_lib.layers import Dense, ReLU, Tanh
from course_lib.losses import mean_squared_error, softmax_cross_entropy
from course_lib.network import Network
from course_lib.averaging import AveragedSGD
from course_lib.optimizer import Optimizer
from course_lib.optimizers import (SGD, AdaDelta, AdaGrad, Adam, AdamW, Diverged, Momentum, Nesterov, RMSProp,
                                   RMSPropMomentum, RMSPropNesterov, Subgradient)
from course_lib.problems import Quadratic, Rosenbrock
from course_lib.second_order import (BFGS, LBFGS, ConjugateGradient, CoordinateDescent, KrylovSubspaceDescent,
                                     Newton, SumOfFunctions)
from course_lib.training import descend, inf_where_diverged, train

N, RUNS = 10, 3


def numbered(n=N):
    """n examples that carry their number in their first column, 2 classes."""
    x = np.random.default_rng(0).standard_normal((n, 3))
    x[:, 0] = np.arange(n)
    y = np.arange(n) % 2
    return Dataset("numbered", x, y, x[:4], y[:4])


def line(n=40, seed=0, noise=0.0):
    """A regression: y = x W + b with known W (3, 2) and b, and noise."""
    rng = np.random.default_rng(seed)
    x, W, b = rng.standard_normal((n, 3)), rng.standard_normal((3, 2)), rng.standard_normal(2)
    y = x @ W + b + noise * rng.standard_normal((n, 2))
    return Dataset("line", x, y, x[:10], y[:10]), np.append(W.ravel(), b)


def classifier(runs=None, seed=0, n_in=3, classes=2, **options):
    layers = [Dense(n_in, 16), ReLU(), Dense(16, classes)]
    return Network(layers, softmax_cross_entropy, np.random.default_rng(seed), runs, **options)


def linear(runs=None, seed=0):
    return Network([Dense(3, 2)], mean_squared_error, np.random.default_rng(seed), runs)


class Watch(SGD):
    """SGD that notes which examples it is shown and what they cost before the update."""

    def __init__(self, lr=0.01):
        super().__init__(lr)
        self.examples, self.values = [], []

    def step(self, theta, f):
        self.examples.append(f.x[..., 0].astype(int))
        self.values.append(f.value(theta))
        super().step(theta, f)


def run(network, data, optimizer, epochs=2, batch_size=4, rng=None, every=None):
    """All records of a training."""
    rng = np.random.default_rng(1) if rng is None else rng
    return list(train(network, data, optimizer, epochs=epochs, batch_size=batch_size, rng=rng, every=every))


# Batches

@pytest.mark.parametrize("batch_size, sizes", [
    (4, [4, 4, 2]), (5, [5, 5]), (10, [10]), (1, [1] * 10), (9, [9, 1])])
def test_every_example_once_in_each_epoch_the_last_batch_may_be_short(batch_size, sizes):
    watch = Watch()
    run(classifier(), numbered(), watch, epochs=3, batch_size=batch_size)
    assert [len(batch) for batch in watch.examples] == sizes * 3
    epochs = np.concatenate(watch.examples).reshape(3, N)
    assert np.array_equal(np.sort(epochs), [np.arange(N)] * 3)
    assert len(np.unique(epochs, axis=0)) == 3    # each in an order of its own


def test_targets_stay_with_their_examples():
    class Targets(Watch):
        def step(self, theta, f):
            assert np.array_equal(f.targets.argmax(axis=-1), f.x[..., 0] % 2)
            super().step(theta, f)

    for rng in (None, [np.random.default_rng(k) for k in range(RUNS)]):
        watch = Targets()
        run(classifier(runs=RUNS), numbered(), watch, rng=rng)
        assert len(watch.examples) == 6


def test_one_generator_shows_all_runs_the_same_and_a_list_each_its_own():
    watch = Watch()
    run(classifier(runs=RUNS), numbered(), watch)
    assert all(batch.ndim == 1 for batch in watch.examples)
    watch, alone = Watch(), [Watch() for _ in range(RUNS)]
    run(classifier(runs=RUNS), numbered(), watch, rng=[np.random.default_rng(k) for k in range(RUNS)])
    for k in range(RUNS):
        run(classifier(), numbered(), alone[k], rng=np.random.default_rng(k))
    for together, *singles in zip(watch.examples, *(single.examples for single in alone)):
        assert np.array_equal(together, singles)


# Records

@pytest.mark.parametrize("every, steps, epochs", [
    (None, [0, 3, 6], [0, 1, 2]),
    (1, [0, 1, 2, 3, 4, 5, 6], [0, 0.4, 0.8, 1, 1.4, 1.8, 2]),
    (4, [0, 4, 6], [0, 1.4, 2]),
    (6, [0, 6], [0, 2]),
    (100, [0, 6], [0, 2]),
])
def test_records_come_before_the_first_update_then_every_so_often_and_at_the_end(every, steps, epochs):
    records = run(classifier(), numbered(), SGD(0.01), every=every)
    assert [record.step for record in records] == steps
    assert [record.epoch for record in records] == pytest.approx(epochs, rel=1e-15)
    assert [len(record.batch_losses) for record in records] == [0, *np.diff(steps)]


@pytest.mark.parametrize("runs", [None, RUNS])
def test_batch_losses_are_those_before_each_update(runs):
    watch = Watch()
    records = run(classifier(runs), numbered(), watch, every=4)
    assert np.array_equal(np.concatenate([record.batch_losses for record in records]), watch.values)


class AsStudentsWriteIt:
    """Nesterov's method that takes theta itself to the point ahead and back."""

    def __init__(self):
        self.v = 0.0

    def step(self, theta, f):
        theta += 0.9 * self.v
        g = f.gradient(theta)
        theta -= 0.9 * self.v
        self.v = 0.9 * self.v - 0.1 * g
        theta += self.v


def smooth():
    return Network([Dense(3, 6), Tanh(), Dense(6, 2)], softmax_cross_entropy, np.random.default_rng(0))


PARTS = [smooth().objective(numbered().x[i::3], numbered().y[i::3]) for i in range(3)]
OPTIMIZERS = {  # all that train() takes; NaturalGradient needs a Fisher matrix
    **{kind.__name__: lambda kind=kind: kind(lr=0.05) for kind in (
        SGD, Subgradient, Momentum, Nesterov, AdaGrad, RMSProp, RMSPropMomentum, RMSPropNesterov, AdaDelta,
        Adam, AdamW, AveragedSGD)},
    **{kind.__name__: kind for kind in (BFGS, LBFGS, ConjugateGradient, CoordinateDescent)},
    "Newton": lambda: Newton(damping=1.0), "KrylovSubspaceDescent": lambda: KrylovSubspaceDescent(3),
    "SumOfFunctions": lambda: SumOfFunctions(PARTS), "a student's": AsStudentsWriteIt, "that watches": Watch,
}


def test_the_table_has_every_optimizer_of_the_library():
    modules = (optimizers, second_order, averaging)
    there = {kind.__name__ for module in modules for kind in vars(module).values()
             if inspect.isclass(kind) and issubclass(kind, Optimizer)}
    assert there - {"Optimizer", "Adaptive", "LineSearchMethod", "NaturalGradient"} <= set(OPTIMIZERS)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_batch_loss_of_every_optimizer_is_the_loss_on_its_batch_at_theta_before_it(name):
    """Whatever the optimizer asks, and wherever. Evaluated here from the parameters and the order by hand."""
    data, network, rng = numbered(), smooth(), np.random.default_rng(1)
    orders = [rng.permutation(N) for _ in range(2)]
    batches = [order[i:i + 4] for order in orders for i in range(0, N, 4)]
    thetas, found = [], []
    for record in train(network, data, OPTIMIZERS[name](), epochs=2, batch_size=4,
                        rng=np.random.default_rng(1), every=1):
        thetas.append(network.theta.copy())
        found.extend(record.batch_losses)
    expected = [network.loss(data.x[batch], data.y[batch], theta) for batch, theta in zip(batches, thetas)]
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert len(found) == 6 and not np.array_equal(thetas[0], thetas[-1])


@pytest.mark.parametrize("method, passes", [(SGD, 1), (Momentum, 1), (Adam, 1), (Nesterov, 2)])
def test_batch_losses_cost_nothing_where_the_gradient_is_asked_for_at_theta(method, passes):
    seen = []

    class Counting(Network):
        def forward(self, theta, x, train):
            seen.append(train)
            return super().forward(theta, x, train)

    network = Counting([Dense(3, 4), ReLU(), Dense(4, 2)], softmax_cross_entropy, np.random.default_rng(0))
    run(network, numbered(), method(0.01), epochs=2, batch_size=5)
    assert seen.count(True) == 4 * passes                       # of 4 updates


def test_a_record_measures_the_network_as_it_is_then():
    network, data, rng = classifier(runs=RUNS), numbered(), np.random.default_rng(1)
    for record in train(network, data, SGD(0.01), epochs=2, batch_size=4, rng=rng, every=2):
        assert np.array_equal(record.loss, network.loss(data.x, data.y))
        assert np.array_equal(record.accuracy, network.accuracy(data.x, data.y))
        assert np.array_equal(record.test_loss, network.loss(data.x_test, data.y_test))
        assert np.array_equal(record.test_accuracy, network.accuracy(data.x_test, data.y_test))
        assert record.loss.shape == (RUNS,)


def test_nothing_is_trained_until_it_is_asked_for_nor_after_the_last_record_taken():
    network, optimizer, rng = classifier(), SGD(0.01), np.random.default_rng(1)
    start = network.theta.copy()
    records = train(network, numbered(), optimizer, epochs=50, batch_size=4, rng=rng, every=1)
    assert next(records).step == 0
    assert np.array_equal(network.theta, start)
    assert [record.step for record in itertools.islice(records, 5)] == [1, 2, 3, 4, 5]
    assert optimizer.t == 5


def test_a_regression_has_losses_but_no_accuracy():
    data, _ = line()
    for record in run(linear(), data, SGD(0.1)):
        assert record.loss > 0 and record.test_loss > 0
        assert record.accuracy is None and record.test_accuracy is None


def test_under_a_progress_bar():
    epochs, rng, out = 3, np.random.default_rng(1), io.StringIO()
    records = train(classifier(), numbered(), SGD(0.01), epochs=epochs, batch_size=4, rng=rng)
    bar = tqdm(records, total=epochs + 1, file=out)
    assert [record.epoch for record in bar] == [0, 1, 2, 3]
    assert bar.n == bar.total and "100%" in out.getvalue() and "4/4" in out.getvalue()


# Whole runs

def test_the_same_generators_give_the_same_run():
    first, again = (classifier() for _ in range(2))
    for network in (first, again):
        run(network, numbered(), Momentum(0.01))
    assert np.array_equal(first.theta, again.theta)


@pytest.mark.parametrize("make", [SGD, Momentum, Nesterov])
@pytest.mark.parametrize("own_order", [False, True], ids=["one rng", "a list of rng"])
def test_an_epoch_of_K_runs_is_K_epochs_of_one(make, own_order):
    data = datasets.load("digits")
    together = classifier(RUNS, seed=5, n_in=64, classes=10)
    orders = [np.random.default_rng(k if own_order else 0) for k in range(RUNS)]
    orders = orders if own_order else orders[0]
    records = run(together, data, make(0.02), epochs=1, batch_size=32, rng=orders, every=15)
    for k, child in enumerate(np.random.default_rng(5).spawn(RUNS)):
        alone = Network(together.layers, together.loss_function, child)
        rng = np.random.default_rng(k if own_order else 0)
        singles = run(alone, data, make(0.02), epochs=1, batch_size=32, rng=rng, every=15)
        np.testing.assert_allclose(together.theta[k], alone.theta, rtol=0, atol=1e-12)
        for record, single in zip(records, singles, strict=True):
            assert (record.step, record.epoch) == (single.step, single.epoch)
            assert record.accuracy[k] == single.accuracy and record.test_accuracy[k] == single.test_accuracy
            assert record.loss[k] == pytest.approx(single.loss, rel=1e-12)
            assert record.test_loss[k] == pytest.approx(single.test_loss, rel=1e-12)
            if record.step:
                np.testing.assert_allclose(record.batch_losses[:, k], single.batch_losses, rtol=1e-12)


def test_rates_along_the_runs_are_runs_with_one_rate():
    rates = np.array([[0.001], [0.01], [0.1]])
    together = classifier(RUNS, seed=5)
    run(together, numbered(), Momentum(rates))
    for k, child in enumerate(np.random.default_rng(5).spawn(RUNS)):
        alone = Network(together.layers, together.loss_function, child)
        run(alone, numbered(), Momentum(float(rates[k, 0])))
        np.testing.assert_allclose(together.theta[k], alone.theta, rtol=0, atol=1e-12)


def test_the_whole_set_as_one_batch_is_gradient_descent():
    """On squared error the distance to the optimum shrinks by 1 - lr H at each step, in closed form."""
    data, _ = line(noise=0.3)
    network = linear()
    H = network.objective(data.x, data.y).hessian(network.theta)
    X = np.column_stack([data.x, np.ones(len(data.x))])
    best = np.linalg.lstsq(X, data.y, rcond=None)[0].ravel()    # W row by row, then b: the order of theta
    shrink = np.linalg.matrix_power(np.eye(len(best)) - 0.2 * H, 30)
    expected = best + shrink @ (network.theta - best)
    run(network, data, SGD(0.2), epochs=30, batch_size=len(data.x))
    np.testing.assert_allclose(network.theta, expected, rtol=0, atol=1e-13)


def test_minibatches_find_the_line_where_there_is_no_noise():
    data, truth = line()
    network = linear()
    records = run(network, data, Momentum(0.05), epochs=200, batch_size=8)
    np.testing.assert_allclose(network.theta, truth, rtol=0, atol=1e-12)
    assert records[-1].loss < 1e-24 and records[-1].test_loss < 1e-24


@pytest.mark.parametrize("seed", range(3))
def test_digits_are_learned_to_95_percent_in_5_epochs(seed):
    data, rng = datasets.load("digits"), np.random.default_rng(seed)
    layers = [Dense(64, 64), ReLU(), Dense(64, 64), ReLU(), Dense(64, 10)]
    network = Network(layers, softmax_cross_entropy, rng)
    first, *_, last = run(network, data, Momentum(0.02), epochs=5, batch_size=32, rng=rng)
    assert first.test_accuracy < 0.3
    assert last.test_accuracy >= 0.95 and last.loss < first.loss / 20


def test_spirals_need_the_hidden_layer():
    rng = np.random.default_rng(0)
    data = datasets.load("spirals", rng, noise=0.05)
    deep = Network([Dense(2, 64), ReLU(), Dense(64, 64), ReLU(), Dense(64, 2)], softmax_cross_entropy, rng)
    flat = Network([Dense(2, 2)], softmax_cross_entropy, rng)
    deep, flat = (run(network, data, Momentum(0.05), epochs=100, batch_size=32, rng=rng)[-1]
                  for network in (deep, flat))
    assert deep.test_accuracy > 0.95 and flat.test_accuracy < 0.75


def test_single_precision_stays_single():
    network = classifier(runs=RUNS, dtype=np.float32)
    records = run(network, numbered(), Momentum(0.01))
    assert network.theta.dtype == records[-1].loss.dtype == records[-1].batch_losses.dtype == np.float32


# Divergence

def test_a_run_that_diverges_says_at_which_step():
    data, _ = line()
    network, optimizer = linear(), SGD(1e6)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(Diverged, match="gradient must be finite") as raised:
            run(network, data, optimizer, epochs=100, batch_size=len(data.x))
    step = raised.value.step
    assert pickle.loads(pickle.dumps(raised.value)).step == step
    assert optimizer.t == step - 1 and f"at step {step}:" in str(raised.value)
    # Theory: the distance to the optimum grows by lr lambda_max - 1 a step, up to 1.8e308.
    H = network.objective(data.x, data.y).hessian(np.zeros(8))
    growth = np.log10(1e6 * np.linalg.eigvalsh(H)[-1] - 1)
    assert abs(step - 308 / growth) < 3


def test_of_K_runs_the_others_go_on():
    data, _ = line()
    rates = np.array([[0.05], [1e6], [0.1]])
    together = linear(RUNS, seed=5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        records = run(together, data, SGD(rates), epochs=100, batch_size=len(data.x))
    assert [record.step for record in records] == list(range(101))
    assert np.isnan(together.theta[1]).all()
    last = records[-1]
    for measure in (last.loss, last.test_loss, last.batch_losses[-1]):
        assert np.isnan(measure[1]) and np.isfinite(measure[[0, 2]]).all()
    for k, child in enumerate(np.random.default_rng(5).spawn(RUNS)):
        if k != 1:
            alone = Network(together.layers, together.loss_function, child)
            run(alone, data, SGD(float(rates[k, 0])), epochs=100, batch_size=len(data.x))
            np.testing.assert_allclose(together.theta[k], alone.theta, rtol=0, atol=1e-12)


def test_every_measure_of_a_run_that_has_diverged_is_nan():
    network = classifier(RUNS)
    network.theta[1] = np.nan
    for record in run(network, numbered(), SGD(0.01)):
        for measure in (record.loss, record.accuracy, record.test_loss, record.test_accuracy):
            assert np.array_equal(np.isnan(measure), [False, True, False])


def test_where_all_K_runs_have_diverged_it_stops():
    data, _ = line()
    with pytest.raises(Diverged, match=re.escape("at step")) as raised:
        run(linear(RUNS), data, SGD(np.array([[1e6], [1e3], [1e9]])), epochs=400, batch_size=len(data.x))
    with pytest.raises(Diverged) as slowest:
        run(linear(), data, SGD(1e3), epochs=400, batch_size=len(data.x))
    assert abs(raised.value.step - slowest.value.step) <= 1


# A descent without a network

def test_a_descent_has_every_point_and_its_value():
    f = Rosenbrock()
    path = descend(f, f.start, Momentum(1e-4), 50)
    theta, momentum = f.start.copy(), Momentum(1e-4)
    for point, value in zip(path.points, path.values):
        assert np.array_equal(point, theta) and value == f.value(theta)
        momentum.step(theta, f)
    assert len(path.points) == len(path.values) == 51 and not path.diverged
    assert np.array_equal(f.start, Rosenbrock().start)          # a copy is followed


def test_a_descent_ends_at_its_target():
    f = Quadratic([[1.0]])
    path = descend(f, [2.0], SGD(0.5), 100, target=1e-3)        # values 2 / 4^t
    assert path.values.tolist() == [2.0 / 4**t for t in range(7)] and not path.diverged
    assert path.steps_to(1e-3) == 6 and path.steps_to(2.0) == 0 and path.steps_to(0.1) == 3
    assert path.steps_to(1e-9) is None


@pytest.mark.parametrize("ceiling, steps", [(1e3, 6), (np.inf, 1024)])
def test_a_descent_that_diverges_ends_and_says_so(ceiling, steps):
    """theta = (-2)^t, with the value 4^t / 2: beyond 1e3 at t = 6; theta itself is inf at 1024."""
    path = descend(Quadratic([[1.0]]), [1.0], SGD(3.0), 2000, ceiling=ceiling)
    assert path.diverged and path.steps_to(0.1) is None
    assert len(path.values) - 1 == steps


def test_a_descent_of_K_runs_is_K_descents():
    f, rates = Quadratic(np.diag([1.0, 10.0])), np.array([[0.01], [0.1], [0.19], [0.25], [0.5]])
    start = np.tile([1.0, -2.0], (5, 1))
    together = descend(f, start, Momentum(rates, 0.3), 60, target=1e-6, ceiling=1e4)
    steps, T = together.steps_to(1e-2), len(together.values)
    for k, rate in enumerate(rates[:, 0]):
        alone = descend(f, start[k], Momentum(rate, 0.3), 60, target=1e-6, ceiling=1e4)
        t = len(alone.values)
        assert t <= T
        np.testing.assert_allclose(together.points[:t, k], alone.points, rtol=1e-12)
        np.testing.assert_allclose(together.values[:t, k], alone.values, rtol=1e-12)
        assert together.diverged[k] == alone.diverged
        assert steps[k] == (np.inf if alone.steps_to(1e-2) is None else alone.steps_to(1e-2))
    assert 0 < together.diverged.sum() < 5 and 0 < np.isfinite(steps).sum() < 5
    assert descend(f, start, SGD(np.full((5, 1), 10.0)), 500).diverged.all()


def test_inf_stands_where_a_run_has_diverged():
    measure = inf_where_diverged(np.array([0.5, np.nan, np.inf, -np.inf]))
    assert measure.tolist() == [0.5, np.inf, np.inf, np.inf] and inf_where_diverged(np.nan) == np.inf
