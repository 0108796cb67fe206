"""Rings, delayed recall, validation sets, and the options of `load`."""

import numpy as np
import pytest
from scipy import stats

from course_lib import datasets
from course_lib.datasets import Dataset
from course_lib.layers import Dense, ReLU
from course_lib.losses import softmax_cross_entropy
from course_lib.network import Network
from course_lib.optimizers import Adam
from course_lib.recurrent import RNN
from course_lib.training import train

ALPHA = 1e-6    # a right implementation fails a statistical test with this probability; the seeds are fixed


def load(name, seed=0, **options):
    return datasets.load(name, np.random.default_rng(seed), **options)


@pytest.mark.parametrize("name", ["spirals", "rings", "recall"])
def test_drawn_sets_come_from_their_rng(name):
    first, again, other = load(name, 0), load(name, 0), load(name, 1)
    for part in ("x", "x_test"):
        assert np.array_equal(getattr(first, part), getattr(again, part))
        assert not np.array_equal(getattr(first, part), getattr(other, part))
    assert not np.array_equal(first.x, first.x_test) and np.array_equal(first.y, first.y_test)


def test_rings_without_noise_have_radius_one_and_two_and_every_angle():
    data = load("rings", n=2000, noise=0)
    for x, y in ((data.x, data.y), (data.x_test, data.y_test)):
        assert x.shape == (4000, 2) and np.array_equal(np.bincount(y), [2000, 2000])
        np.testing.assert_allclose(np.hypot(*x.T), 1 + y, rtol=1e-15)
        for ring in (0, 1):
            turns = np.arctan2(*x[y == ring].T) / (2 * np.pi) + 0.5
            assert stats.kstest(turns, "uniform").pvalue > ALPHA
    assert len(load("rings").x) == 200 and data.classes == 2 and data.name == "rings"


def test_rings_are_moved_by_noise_of_its_deviation():
    exact, moved = load("rings", n=5000, noise=0), load("rings", n=5000, noise=0.25)
    low, high = stats.chi2.ppf([ALPHA / 2, 1 - ALPHA / 2], 20_000)
    assert low < (((moved.x - exact.x) / 0.25) ** 2).sum() < high


def test_rings_need_a_hidden_layer():
    data, rng = load("rings"), np.random.default_rng(1)
    nets = [Network(layers, softmax_cross_entropy, rng)
            for layers in ([Dense(2, 16), ReLU(), Dense(16, 2)], [Dense(2, 2)])]
    deep, flat = ([*train(net, data, Adam(0.02), epochs=30, batch_size=20, rng=rng)][-1] for net in nets)
    assert deep.test_accuracy > 0.97 and flat.test_accuracy < 0.7


@pytest.mark.parametrize("n, delay, symbols", [(3, 1, 2), (4, 6, 5), (1, 20, 3)])
def test_recall_shows_the_class_first_and_nothing_then(n, delay, symbols):
    data = load("recall", n=n, delay=delay, symbols=symbols, noise=0)
    for x, y in ((data.x, data.y), (data.x_test, data.y_test)):
        assert x.shape == (n * symbols, delay + 1, symbols) and np.array_equal(np.bincount(y), [n] * symbols)
        assert np.array_equal(x[:, 0], np.eye(symbols)[y]) and not x[:, 1:].any()
    assert data.classes == symbols


def test_recall_has_noise_on_every_step():
    exact, moved = load("recall", n=500, noise=0), load("recall", n=500)
    noise = (moved.x - exact.x) / 0.1
    assert moved.x.shape == (1000, 11, 2)
    low, high = stats.chi2.ppf([ALPHA / 2, 1 - ALPHA / 2], 2000)
    per_step = (noise**2).sum(axis=(0, 2))
    assert (low < per_step).all() and (per_step < high).all()
    assert stats.kstest(noise.ravel(), "norm").pvalue > ALPHA


def test_recall_is_learned_by_what_remembers_and_not_from_the_later_steps_alone():
    data = load("recall", n=50, delay=6)
    forgetful = Dataset("later steps", data.x[:, 1:], data.y, data.x_test[:, 1:], data.y_test)
    accuracies = []
    for each in (data, forgetful):
        rng = np.random.default_rng(1)
        net = Network([RNN(2, 12, 2)], softmax_cross_entropy, rng)
        *_, last = train(net, each, Adam(0.02), epochs=12, batch_size=20, rng=rng)
        accuracies.append(last.test_accuracy)
    assert accuracies[0] == 1 and accuracies[1] < 0.75


# Validation

def numbered(n=20):
    x = np.arange(2.0 * n).reshape(n, 2)
    return Dataset("numbered", x, np.arange(n), x[:3] + 100, np.arange(3))


@pytest.mark.parametrize("share, out", [(0.25, 5), (0.5, 10), (0.05, 1), (0.95, 19), (0.12, 2)])
def test_validation_splits_the_training_examples_and_leaves_the_test_set_out(share, out):
    data = numbered()
    split = data.validation(share, np.random.default_rng(0))
    assert len(split.y_test) == out and len(split.y) == 20 - out
    assert sorted([*split.y, *split.y_test]) == list(range(20))
    assert np.array_equal(split.x, data.x[split.y]) and np.array_equal(split.x_test, data.x[split.y_test])
    assert split.name == "numbered" and not (split.x_test >= 100).any()


def test_validation_follows_from_rng_and_every_example_may_be_drawn():
    split = [numbered().validation(0.25, np.random.default_rng(seed)).y_test.tolist()
             for seed in (0, 0, *range(60))]
    assert split[0] == split[1] != split[3]
    assert np.bincount(np.concatenate(split[2:])).min() > 0


def test_validation_of_sequences():
    split = load("recall", n=10).validation(0.2, np.random.default_rng(0))
    assert split.x.shape == (16, 11, 2) and split.x_test.shape == (4, 11, 2)


# Errors

def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize("call, error, message", [
    (lambda: datasets.load("mnst"), ValueError,
     'name must be one of "digits", "spirals", "rings", "recall", "mnist", "cifar10", got \'mnst\''),
    (lambda: datasets.load("rings"), TypeError, 'rng must be a numpy.random.Generator for "rings", got None'),
    (lambda: datasets.load("recall", 3), TypeError,
     'rng must be a numpy.random.Generator for "recall", got 3'),
    (lambda: load("rings", n=0), ValueError, "n must be a whole number >= 1, got 0"),
    (lambda: load("rings", n=True), ValueError, "n must be a whole number >= 1, got True"),
    (lambda: load("rings", noise=np.nan), ValueError, "noise must be >= 0 and finite, got nan"),
    (lambda: load("rings", delay=3), ValueError, 'delay must be left out for "rings", got 3'),
    (lambda: load("spirals", symbols=3), ValueError, 'symbols must be left out for "spirals", got 3'),
    (lambda: load("recall", delay=0), ValueError, "delay must be a whole number >= 1, got 0"),
    (lambda: load("recall", delay=2.5), ValueError, "delay must be a whole number >= 1, got 2.5"),
    (lambda: load("recall", symbols=1), ValueError, "symbols must be a whole number >= 2, got 1"),
    (lambda: load("recall", symbols=0), ValueError, "symbols must be a whole number >= 2, got 0"),
    (lambda: load("digits", folder="."), ValueError, "folder must be left out for \"digits\", got '.'"),
    (lambda: load("rings", download=False), ValueError, 'download must be left out for "rings", got False'),
    (lambda: load("spirals", dtype=np.float32), ValueError, 'dtype must be left out for "spirals"'),
    (lambda: load("mnist", n=100), ValueError, 'n must be left out for "mnist", got 100'),
    (lambda: load("cifar10", noise=0.1), ValueError, 'noise must be left out for "cifar10", got 0.1'),
    (lambda: load("mnist", download="yes"), TypeError, "download must be True or False, got 'yes'"),
    (lambda: load("mnist", dtype=int), TypeError, "dtype must be a type of floats, got int64"),
    (lambda: numbered().validation(0, rng()), ValueError, "share must be > 0 and < 1, got 0"),
    (lambda: numbered().validation(1.0, rng()), ValueError, "share must be > 0 and < 1, got 1.0"),
    (lambda: numbered().validation("half", rng()), ValueError, "share must be > 0 and < 1, got 'half'"),
    (lambda: numbered().validation(0.01, rng()), ValueError,
     "share must leave examples on both sides, got 0 of 20 with share 0.01"),
    (lambda: numbered().validation(0.99, rng()), ValueError,
     "share must leave examples on both sides, got 20 of 20 with share 0.99"),
    (lambda: numbered().validation(0.5, 0), TypeError,
     "rng must be a numpy.random.Generator for a validation set"),
])
def test_the_error_names_argument_rule_and_value(call, error, message):
    with pytest.raises(error) as raised:
        call()
    assert type(raised.value) is error and str(raised.value).startswith(message)
