"""Greedy pretraining against training by hand, frozen layers, runs, and counted work."""

import numpy as np
import pytest

from course_lib import datasets, pretraining
from course_lib.datasets import Dataset
from course_lib.initializers import glorot_normal
from course_lib.layers import Auxiliary, BatchNorm, Dense, Dropout, ReLU, Residual, Sigmoid, Tanh
from course_lib.losses import mean_squared_error, softmax_cross_entropy
from course_lib.network import Network
from course_lib.optimizers import SGD, Adam, Diverged, Momentum
from course_lib.pretraining import fine_tune, greedy_pretrain
from course_lib.recurrent import RNN
from course_lib.training import train

DATA = datasets.load("spirals", np.random.default_rng(0), n=22)  # 44 examples: the last batch of 8 is short
N = 44
OPTIONS = {"epochs": 2, "batch_size": 8}


def plain():
    return [Dense(2, 6, glorot_normal), Tanh(), Dense(6, 5), Sigmoid(), Dense(5, 4), ReLU(),
            Dense(4, 2, glorot_normal, bias=0.1)]


def rich():
    """What follows a Dense or Residual up to the next belongs to it."""
    return [Dense(2, 6), BatchNorm(6), Tanh(), Auxiliary(Dense(6, 2)),
            Residual(Dense(6, 6), Tanh()), Dropout(0.2), Dense(6, 4), BatchNorm(4), ReLU(), Dense(4, 2)]


def square():
    """Two units everywhere: what is taken from the wrong place fits there."""
    hidden = [Dense(2, 2, glorot_normal), BatchNorm(2), Tanh()]
    return hidden + hidden + hidden + [Dense(2, 2, glorot_normal, bias=0.1)]


def network(layers=plain, seed=0, runs=None, **options):
    return Network(layers(), softmax_cross_entropy, np.random.default_rng(seed), runs, **options)


def layers_of(net, first=0, end=None):
    """Copies of all parameters and running statistics of some of the layers."""
    return [np.copy(view) for views in net.views(net.theta)[first:end] for view in views.values()]


def equal(first, second):
    return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(first, second, strict=True))


BLOCKS = {square: [(0, 3), (3, 6), (6, 9)], plain: [(0, 2), (2, 4), (4, 6)], rich: [(0, 4), (4, 6), (6, 9)]}


def test_earlier_and_later_layers_stay_as_they_are(m=pretraining):
    """Bit for bit, at every record; that of the stage moves, and in the last stage the output layer does."""
    for layers, blocks in BLOCKS.items():
        for runs in (None, 2):
            net = network(layers, runs=runs)
            initial = [layers_of(net, *block) for block in blocks] + [layers_of(net, -1)]
            done = {}
            for step in m.greedy_pretrain(net, DATA, Momentum(0.1), rng=np.random.default_rng(1), **OPTIONS):
                now = [layers_of(net, *block) for block in blocks] + [layers_of(net, -1)]
                for stage in range(1, step.stage):
                    assert equal(now[stage - 1], done[stage])
                for stage in range(step.stage + 1, 4):
                    assert equal(now[stage - 1], initial[stage - 1])
                moved = step.record.step > 0
                assert equal(now[step.stage - 1], initial[step.stage - 1]) != moved
                assert equal(now[3], initial[3]) != (moved and step.stage == 3)
                done[step.stage] = now[step.stage - 1]
            assert list(done) == [1, 2, 3]


def test_stages_are_trainings_by_hand(m=pretraining):
    """Of a network with one hidden layer, on what the layers before it make of the data."""
    for layers, blocks in BLOCKS.items():
        net, by_hand = network(layers), network(layers)
        steps = list(m.greedy_pretrain(net, DATA, Adam(0.05), rng=np.random.default_rng(1), **OPTIONS))
        rng, x, x_test = np.random.default_rng(1), DATA.x, DATA.x_test
        for stage, (first, end) in enumerate(blocks, 1):
            block, output = by_hand.layers[first:end], by_hand.layers[-1]
            if stage < 3:
                output = Dense(by_hand.layers[end].n_in, 2, output.draw, output.bias)
            shallow = Network([*block, output], softmax_cross_entropy, rng)
            ours, theirs = by_hand.views(by_hand.theta), shallow.views(shallow.theta)
            pairs = [*zip(ours[first:end], theirs)] + [(ours[-1], theirs[-1])] * (stage == 3)
            for mine, its in pairs:
                for name in mine:
                    its[name][...] = mine[name]
            data = Dataset("", x, DATA.y, x_test, DATA.y_test)
            records = list(train(shallow, data, Adam(0.05), rng=rng, **OPTIONS))
            for step, record in zip([step for step in steps if step.stage == stage], records, strict=True):
                assert step.record.loss == record.loss and step.record.test_accuracy == record.test_accuracy
                assert np.array_equal(step.record.batch_losses, record.batch_losses)
            for mine, its in pairs:
                for name in mine:
                    mine[name][...] = its[name]
            x, x_test = (through(shallow, part) for part in (x, x_test))
        assert np.array_equal(net.theta, by_hand.theta) and np.array_equal(net.running, by_hand.running)
        assert net.loss(DATA.x, DATA.y) == pytest.approx(steps[-1].record.loss, rel=1e-14)


def through(shallow, x):
    """The outputs of its hidden layer."""
    for layer, p in zip(shallow.layers[:-1], shallow.views(shallow.theta)):
        x, _ = layer.forward(p, x, train=False)
    return x


def test_runs_are_as_if_alone(m=pretraining):
    for layers in (plain, rich):
        together = network(layers, seed=5, runs=3)
        rng = [np.random.default_rng(k) for k in range(3)]
        steps = list(m.greedy_pretrain(together, DATA, Momentum(0.1), rng=rng, every=4, **OPTIONS))
        for k, child in enumerate(np.random.default_rng(5).spawn(3)):
            alone = Network(together.layers, softmax_cross_entropy, child)
            single = list(m.greedy_pretrain(alone, DATA, Momentum(0.1), rng=np.random.default_rng(k), every=4,
                                            **OPTIONS))
            np.testing.assert_allclose(together.theta[k], alone.theta, rtol=0, atol=1e-12)
            np.testing.assert_allclose(together.running[k], alone.running, rtol=0, atol=1e-12)
            for step, one in zip(steps, single, strict=True):
                assert (step.stage, step.work, step.record.step) == (one.stage, one.work, one.record.step)
                assert step.record.loss[k] == pytest.approx(one.record.loss, rel=1e-11)
    assert not np.array_equal(together.theta[0], together.theta[1])


def test_work_is_counted(m=pretraining):
    """By hand: 3 examples parameters for updates, once those for the pass through a finished layer."""
    hidden, output = [2 * 6 + 6, 6 * 5 + 5, 5 * 4 + 4], [6 * 2 + 2, 5 * 2 + 2, 4 * 2 + 2]
    net, expected, done = network(), [], 0
    for k in range(3):
        for epoch in (0, 1, 2):
            expected.append(done + 3 * epoch * N * (hidden[k] + output[k]))
        done = expected[-1] + N * hidden[k]
    steps = list(m.greedy_pretrain(net, DATA, SGD(0.1), rng=np.random.default_rng(1), **OPTIONS))
    assert [step.work for step in steps] == expected
    tuned = list(m.fine_tune(net, DATA, SGD(0.1), rng=np.random.default_rng(1), work=steps[-1].work, every=4,
                             **OPTIONS))
    seen = [0, 32, 44 + 2 * 8, 44 + 44]                          # examples after 0, 4, 8 and 12 updates
    assert [step.work for step in tuned] == [expected[-1] + 3 * n * net.params.size for n in seen]
    assert {step.stage for step in tuned} == {None}


def test_fine_tuning_is_training_all(m=pretraining):
    tuned, trained = network(rich), network(rich)
    for net in (tuned, trained):
        for _ in m.greedy_pretrain(net, DATA, Momentum(0.1), rng=np.random.default_rng(1), **OPTIONS):
            pass
    used = Momentum(0.1)
    used.step(np.ones(3), Bowl())                               # an optimizer from elsewhere starts anew
    steps = list(m.fine_tune(tuned, DATA, used, rng=np.random.default_rng(2), **OPTIONS))
    records = list(train(trained, DATA, Momentum(0.1), rng=np.random.default_rng(2), **OPTIONS))
    assert [step.record.loss for step in steps] == [record.loss for record in records]
    assert np.array_equal(tuned.theta, trained.theta)


class Bowl:
    def gradient(self, theta):
        return theta


def test_runs_share_the_batches_of_one_generator(m=pretraining):
    """Where output layers are not drawn, run k of K sees what a single run with that generator sees."""
    def ramp(rng, shape):
        return np.linspace(-1, 1, np.prod(shape)).reshape(shape)

    layers = [Dense(2, 4, ramp), Tanh(), Dense(4, 3, ramp), Tanh(), Dense(3, 2, ramp)]
    together = Network(layers, softmax_cross_entropy, np.random.default_rng(0), 3)
    together.theta += np.random.default_rng(1).standard_normal(together.theta.shape)
    thetas = together.theta.copy()
    steps = list(m.greedy_pretrain(together, DATA, Momentum(0.1), rng=np.random.default_rng(2), **OPTIONS))
    for k in range(3):
        alone = Network(layers, softmax_cross_entropy, np.random.default_rng(0))
        alone.theta[...] = thetas[k]
        single = list(m.greedy_pretrain(alone, DATA, Momentum(0.1), rng=np.random.default_rng(2), **OPTIONS))
        np.testing.assert_allclose(together.theta[k], alone.theta, rtol=0, atol=1e-12)
        for step, one in zip(steps, single, strict=True):
            np.testing.assert_allclose(step.record.batch_losses[:, k], one.record.batch_losses, rtol=1e-11)


def test_a_run_that_diverges_leaves_the_others_alone(m=pretraining):
    """One of three is lost in the first stage: it is nan in all later ones."""
    together = network(seed=5, runs=3)
    together.views(together.theta)[0]["W"][1] = np.nan
    rng = [np.random.default_rng(k) for k in range(3)]
    for step in m.greedy_pretrain(together, DATA, SGD(0.1), rng=rng, **OPTIONS):
        for measure in (step.record.loss, step.record.test_loss, step.record.accuracy):
            assert np.isnan(measure).tolist() == [False, True, False]
    assert np.isnan(together.theta[1]).all()
    for k, child in enumerate(np.random.default_rng(5).spawn(3)):
        if k != 1:
            alone = Network(together.layers, softmax_cross_entropy, child)
            for _ in m.greedy_pretrain(alone, DATA, SGD(0.1), rng=np.random.default_rng(k), **OPTIONS):
                pass
            np.testing.assert_allclose(together.theta[k], alone.theta, rtol=0, atol=1e-12)


def test_no_generator_is_drawn_from_for_others():
    """A generator of the list has drawn what its run draws alone."""
    rng, alone = [np.random.default_rng(k) for k in range(2)], np.random.default_rng(0)
    for _ in greedy_pretrain(network(runs=2), DATA, SGD(0.1), rng=rng, **OPTIONS):
        pass
    for _ in greedy_pretrain(network(), DATA, SGD(0.1), rng=alone, **OPTIONS):
        pass
    assert rng[0].bit_generator.state == alone.bit_generator.state


def test_each_stage_begins_with_a_new_optimizer_state(m=pretraining):
    for optimizer in (SGD(0.01), Adam(0.01)):
        ts, net = [], network()
        for step in m.greedy_pretrain(net, DATA, optimizer, rng=np.random.default_rng(0), **OPTIONS):
            ts.append((step.record.step, optimizer.t))
        assert all(step == t for step, t in ts) and len(ts) == 9
        for step in m.fine_tune(net, DATA, optimizer, rng=np.random.default_rng(0), **OPTIONS):
            assert step.record.step == optimizer.t


def test_the_cost_falls_in_every_stage_and_the_deep_network_has_the_last():
    data = datasets.load("digits")
    layers = [Dense(64, 32, glorot_normal), Sigmoid(), Dense(32, 32, glorot_normal), Sigmoid(),
              Dense(32, 32, glorot_normal), Sigmoid(), Dense(32, 10, glorot_normal)]
    net = Network(layers, softmax_cross_entropy, np.random.default_rng(0))
    rng = np.random.default_rng(1)
    steps = list(greedy_pretrain(net, data, Adam(0.01), epochs=3, batch_size=32, rng=rng))
    for stage in (1, 2, 3):
        losses = [step.record.loss for step in steps if step.stage == stage]
        assert losses[-1] < 0.5 * losses[0]
    assert net.accuracy(data.x_test, data.y_test) == steps[-1].record.test_accuracy > 0.85
    assert net.loss(data.x, data.y) == pytest.approx(steps[-1].record.loss, rel=1e-13)


def test_nothing_is_trained_until_it_is_asked_for():
    net, optimizer = network(), Momentum(0.1)
    theta = net.theta.copy()
    step = next(greedy_pretrain(net, DATA, optimizer, rng=np.random.default_rng(0), **OPTIONS))
    assert (step.stage, step.work, step.record.step) == (1, 0, 0) and np.array_equal(net.theta, theta)


def test_a_regression_and_single_precision():
    y = DATA.x @ np.ones((2, 1))
    data = Dataset("line", DATA.x, y, DATA.x, y)
    net = Network([Dense(2, 8), Tanh(), Dense(8, 8), Tanh(), Dense(8, 1)], mean_squared_error,
                  np.random.default_rng(0), dtype=np.float32)
    rng = np.random.default_rng(1)
    steps = list(greedy_pretrain(net, data, Momentum(0.05), epochs=20, batch_size=8, rng=rng))
    assert steps[-1].record.loss < 0.05 < steps[0].record.loss and steps[-1].record.accuracy is None
    assert net.theta.dtype == steps[-1].record.loss.dtype == np.float32


def test_where_a_single_run_diverges_it_stops():
    net = Network([Dense(2, 4), ReLU(), Dense(4, 4), ReLU(), Dense(4, 2)], mean_squared_error,
                  np.random.default_rng(0))
    with pytest.raises(Diverged, match="gradient must be finite"):
        list(greedy_pretrain(net, DATA, SGD(1e100), rng=np.random.default_rng(1), **OPTIONS))


def test_where_a_finished_layer_overflows_it_stops():
    """Where test examples lie further out than those trained on, no gradient warns of it."""
    net = Network([Dense(2, 4), ReLU(), Dense(4, 4), ReLU(), Dense(4, 2)], softmax_cross_entropy,
                  np.random.default_rng(0))
    net.views(net.theta)[0]["W"][...] *= 1e308
    data = Dataset("", DATA.x * 1e-300, DATA.y, DATA.x_test * 10, DATA.y_test)
    with pytest.raises(Diverged, match="outputs of hidden layer 1 must be finite, got inf or nan after"):
        list(greedy_pretrain(net, data, SGD(1e-3), rng=np.random.default_rng(1), **OPTIONS))


def start(layers=plain, data=DATA, optimizer=SGD(0.1), rng=np.random.default_rng(0), epochs=1, batch_size=8,
          runs=None):
    """Only the call: nothing is iterated."""
    return greedy_pretrain(network(layers, runs=runs), data, optimizer, epochs=epochs, batch_size=batch_size,
                           rng=rng)


SEQUENCES = datasets.load("recall", np.random.default_rng(0), n=5, delay=2)
LAYERS = "network must be hidden layers, each from a Dense or Residual on, and a Dense output layer, got"


@pytest.mark.parametrize("call, error, message", [
    (lambda: start(lambda: [Dense(2, 2)]), ValueError, f"{LAYERS} [Dense(2, 2)]"),
    (lambda: start(lambda: [Tanh(), Dense(2, 2)]), ValueError, LAYERS),
    (lambda: start(lambda: [Dense(2, 4), Dense(4, 2), Tanh()]), ValueError, LAYERS),
    (lambda: start(lambda: [Dense(2, 2), Residual(Dense(2, 2))]), ValueError, LAYERS),
    (lambda: start(lambda: [RNN(2, 4), Dense(4, 4), Dense(4, 2)], SEQUENCES), ValueError,
     f"{LAYERS} [RNN(2, 4"),
    (lambda: start(epochs=0), ValueError, "epochs must be a whole number >= 1, got 0"),
    (lambda: start(batch_size=45), ValueError,
     "batch_size must be <= 44, the size of the training set, got 45"),
    (lambda: start(optimizer=Adam), TypeError, "optimizer must be an optimizer such as SGD(0.1), got"),
    (lambda: start(rng=0), TypeError, "rng must be a numpy.random.Generator, or one per run, got 0"),
    (lambda: start(runs=2, rng=[np.random.default_rng(0)]), ValueError,
     "rng must be one generator per run of theta"),
    (lambda: start(data=Dataset("", DATA.x[:, :1], DATA.y, DATA.x_test, DATA.y_test)), ValueError,
     "x must have shape (N, 2), got (44, 1)"),
    (lambda: start(data=Dataset("", DATA.x, DATA.y + 1, DATA.x_test, DATA.y_test)), ValueError,
     "y must be class numbers from 0 to 1, got 2"),
    (lambda: fine_tune(network(), DATA, SGD, rng=np.random.default_rng(0), **OPTIONS), TypeError,
     "optimizer must be an optimizer such as SGD(0.1), got"),
    (lambda: fine_tune(network(), DATA, SGD(0.1), rng=np.random.default_rng(0), epochs=1, batch_size=0),
     ValueError, "batch_size must be a whole number >= 1, got 0"),
])
def test_the_error_names_argument_rule_and_value(call, error, message):
    with pytest.raises(error) as raised:
        call()
    assert type(raised.value) is error and str(raised.value).startswith(message)
