"""Early stopping: algorithm 7.1 by hand-made losses, runs by themselves, a network that overfits."""

import itertools
from types import SimpleNamespace

import numpy as np
import pytest

from course_lib import datasets, training
from course_lib.layers import BatchNorm, Dense, ReLU
from course_lib.losses import softmax_cross_entropy
from course_lib.network import Network
from course_lib.optimizers import SGD, Adam

nan, inf = np.nan, np.inf

# losses, patience, the steps whose records are given, the best step
TABLE = [
    ([5, 4, 3, 4, 5, 1], 2, 5, 2),          # the 1 is never seen
    ([5, 4, 3, 4, 5, 1], 3, 6, 5),
    ([5, 4, 3, 4, 5, 1], 1, 4, 2),
    ([5, 4, 4, 4, 3], 2, 4, 1),             # as good is not better
    ([5, 6, 4, 5, 3, 4, 2, 9, 9, 9], 2, 9, 6),     # in a row: one bad record now and then does not add up
    ([3, 4, 2, 3, 1, 2, 0], 3, 7, 6),       # the records end first
    ([1], 1, 1, 0),
    ([1, 2, 3], 1, 2, 0),
    ([5, nan, 4, nan, nan, 1], 2, 5, 2),
    ([nan, 3, 4, 5], 2, 4, 1),
    ([nan, nan, nan], 2, 2, 0),             # none is better than none: the parameters of the first
    ([inf, inf, 2], 3, 3, 2),
]


class Model:
    """A network whose parameters and running statistics are the number of the step."""

    def __init__(self, runs=None):
        self.theta = np.full((runs, 2) if runs else 2, -1.0)
        self.running = np.full((runs, 1) if runs else 1, -1.0)


def records(model, losses):
    for step, loss in enumerate(losses):
        model.theta[...], model.running[...] = step, step + 0.5
        yield SimpleNamespace(step=step, test_loss=loss, accuracy=-np.asarray(loss))


def test_table_of_losses(m=training):
    for losses, patience, given, best_step in TABLE:
        model, best = Model(), m.Best()
        theta = model.theta
        seen = list(m.early_stopping(records(model, losses), patience, model, best=best))
        assert [record.step for record in seen] == list(range(given))
        assert (model.theta == best_step).all() and (model.running == best_step + 0.5).all()
        assert model.theta is theta                             # in place
        assert best.step == best_step and (best.value == losses[best_step] or not np.isfinite(best.value))


def test_each_run_stops_for_itself(m=training):
    rng = np.random.default_rng(0)
    for _ in range(20):
        losses = rng.integers(0, 30, (15, 4)) - np.arange(15)[:, None]
        losses = np.where(rng.random(losses.shape) < 0.1, nan, losses)
        together, best = Model(runs=4), m.Best()
        seen = list(m.early_stopping(records(together, losses), 3, together, best=best))
        lengths = []
        for k in range(4):
            alone, best_alone = Model(), m.Best()
            single = m.early_stopping(records(alone, losses[:, k]), 3, alone, best=best_alone)
            lengths.append(len(list(single)))
            assert np.array_equal(together.theta[k], alone.theta)
            assert np.array_equal(together.running[k], alone.running)
            assert best.value[k] == best_alone.value and best.step[k] == best_alone.step
            assert best.waited[k] == best_alone.waited
        assert len(seen) == max(lengths)


def test_goes_on_with_a_best_that_was_kept(m=training):
    """In two parts, as after a checkpoint, is as in one; a part that had come to its end gives no more."""
    losses = [5, 4, 6, 3, 7, 8, 2, 9, 9, 9, 1]
    for part in range(1, 11):
        model, best = Model(), m.Best()
        whole = list(m.early_stopping(records(model, losses), 3, model, best=best))
        other, kept = Model(), m.Best()
        source = records(other, losses)
        first = list(itertools.islice(m.early_stopping(source, 3, other, best=kept), part))
        rest = list(m.early_stopping(source, 3, other, best=kept))
        assert [r.step for r in first + rest] == [r.step for r in whole]
        assert np.array_equal(other.theta, model.theta) and kept.step == best.step


def test_no_record_is_asked_for_beyond_the_last_one_given():
    model, losses = Model(), [3, 4, 5, 6, 7]
    source = records(model, losses)
    assert len(list(training.early_stopping(source, 2, model))) == 3
    assert next(source).step == 3


def test_nothing_happens_before_the_first_record_is_asked_for():
    def never():
        raise AssertionError("a record was asked for")
        yield

    training.early_stopping(never(), 2, Model())


def test_a_caller_who_leaves_keeps_the_parameters_of_the_moment():
    model = Model()
    for record in training.early_stopping(records(model, [1, 2, 3, 4]), 3, model):
        if record.step == 2:
            break
    assert (model.theta == 2).all()


def test_another_measure():
    model = Model()
    source = records(model, [1, 2, 3, 2, 1])
    seen = list(training.early_stopping(source, 1, model, lambda record: record.accuracy))
    assert len(seen) == 4 and (model.theta == 2).all()


@pytest.mark.parametrize("runs", [None, 3])
def test_a_network_that_overfits_gets_back_the_parameters_of_its_best_record(runs):
    data = datasets.load("spirals", np.random.default_rng(0), n=40, noise=0.4)
    data = data.validation(0.3, np.random.default_rng(1))
    layers = [Dense(2, 50), BatchNorm(50), ReLU(), Dense(50, 2)]
    network = Network(layers, softmax_cross_entropy, np.random.default_rng(2), runs)
    rng = np.random.default_rng(3)
    source = training.train(network, data, Adam(0.02), epochs=200, batch_size=14, rng=rng)
    seen = list(training.early_stopping(source, 10, network))
    assert 10 < len(seen) < 201
    losses = np.array([record.test_loss for record in seen])
    assert np.array_equal(network.loss(data.x_test, data.y_test), losses.min(axis=0))
    assert (network.loss(data.x_test, data.y_test) < losses[-1]).all()
    assert (losses.argmin(axis=0) + 10 <= len(seen) - 1).all()


def start(patience=2, network=None, **options):
    return training.early_stopping(iter([]), patience, Model() if network is None else network, **options)


@pytest.mark.parametrize("call, error, message", [
    (lambda: start(0), ValueError, "patience must be a whole number >= 1, got 0"),
    (lambda: start(2.0), ValueError, "patience must be a whole number >= 1, got 2.0"),
    (lambda: start(True), ValueError, "patience must be a whole number >= 1, got True"),
    (lambda: start(network=SGD(0.1)), TypeError, "network must be the network in training, got"),
    (lambda: start(measure="test_loss"), TypeError,
     "measure must be a function record -> number, got 'test_loss'"),
    (lambda: start(best=3), TypeError, "best must be a Best, got 3"),
    (lambda: next(training.early_stopping(records(Model(3), [1, 2]), 1, Model(3))), ValueError,
     "measure must give a number per run, shape (3,), got shape ()"),
    (lambda: next(training.early_stopping(records(Model(), [[1, 2]]), 1, Model())), ValueError,
     "measure must give a number per run, shape (), got shape (2,)"),
])
def test_the_error_names_argument_rule_and_value(call, error, message):
    with pytest.raises(error) as raised:
        call()
    assert str(raised.value).startswith(message)
