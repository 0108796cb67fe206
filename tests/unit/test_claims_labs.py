"""Networks on the digits: each run is what `train` gives alone, scored on the right examples."""

from dataclasses import replace

import numpy as np
import pytest

from course_lib import datasets
from course_lib.claims import labs
from course_lib.claims.labs import mlp, noisy_labels, rates_of, trained
from course_lib.layers import Tanh
from course_lib.optimizers import SGD, Adam, Momentum
from course_lib.schedules import constant, linear
from course_lib.training import train

DATA = datasets.load("digits")
RATES = [0.05, 0.2, 0.8]


def small(seeds=(3, 4), make=mlp(8), method=SGD, settings=RATES, **options):
    return trained(seeds, make, method, settings, **{"passes": 2, "batch": 50, "examples": 200} | options)


def test_a_run_is_the_training_of_one_network():
    """With the draws of its seed written out: examples, labels, start, orders."""
    runs = small(wrong=0.3, validation=40, every=3, method=lambda lr: Momentum(lr, 0.5))
    for i, seed in enumerate((3, 4)):
        draw, start, order = np.random.default_rng(seed).spawn(3)
        taken = draw.permutation(len(DATA.y))[:200]
        y = noisy_labels(DATA.y, 0.3, draw)
        held, used = taken[:40], taken[40:]
        data = replace(DATA, x=DATA.x[used], y=y[used], x_test=DATA.x[held], y_test=y[held])
        place = np.argsort(used)            # an order of examples, from an order of their sorted numbers
        first = mlp(8)(start).theta
        orders = [place[np.searchsorted(used[place], order.permutation(used))] for _ in range(2)]
        for j, lr in enumerate(RATES):
            network, left = mlp(8)(np.random.default_rng(0)), iter(orders)
            network.theta[:] = first
            records = train(network, data, Momentum(lr, 0.5), epochs=2, batch_size=50, every=3,
                            rng=np.random.default_rng(0), order=lambda rng, progress: next(left))
            for k, record in enumerate(records):
                loss, accuracy = network.evaluate(DATA.x_test, DATA.y_test)
                got = [getattr(runs, name)[k, i, j] for name in
                       ("loss", "error", "validation_loss", "validation_error", "test_loss", "test_error")]
                want = [record.loss, 1 - record.accuracy, record.test_loss, 1 - record.test_accuracy, loss,
                        1 - accuracy]
                np.testing.assert_allclose(got, want, rtol=1e-9)
                assert runs.steps[k] == record.step
    assert list(runs.steps) == [0, 3, 6, 8] and runs.batch_losses.shape == (8, 2, 3)


def test_runs_of_a_seed_share_the_start_and_the_minibatches_and_do_not_depend_on_other_runs(monkeypatch):
    runs = small(keep=True)
    assert runs.thetas.shape == (3, 2, 3, mlp(8)(np.random.default_rng(0)).theta.size)
    assert (runs.thetas[0] == runs.thetas[0][:, :1]).all() and (runs.thetas[0, 0] != runs.thetas[0, 1]).any()
    assert np.ptp(runs.batch_losses[0], axis=1).max() < 1e-12 < np.ptp(runs.batch_losses[1], axis=1).min()
    alone = small((4,), settings=RATES[1:2], keep=True)
    np.testing.assert_allclose(alone.thetas[:, 0, 0], runs.thetas[:, 1, 1], rtol=1e-9, atol=1e-12)
    monkeypatch.setattr(labs, "AT_ONCE", 4)             # a chunk with runs of both seeds
    np.testing.assert_allclose(small(keep=True).thetas, runs.thetas, rtol=1e-9, atol=1e-12)


def test_wrong_labels_are_trained_on_and_not_scored():
    right, wrong = (small(make=mlp(32), wrong=share, settings=[0.5], passes=20) for share in (0.0, 0.5))
    assert (wrong.loss[-1] > 1.5 * right.loss[-1]).all()
    assert (wrong.test_error[-1] > right.test_error[-1]).all()
    # It learns half of the labels as they are, so it is right more often than they are.
    assert (wrong.test_error[-1] < 0.5).all()


def test_labels_are_replaced_by_others_in_the_share_said():
    y = np.tile(np.arange(10), 1000)
    changed = noisy_labels(y, 0.3, np.random.default_rng(0))
    share = (changed != y).mean()
    assert abs(share - 0.3) < 4 * np.sqrt(0.3 * 0.7 / len(y)) and set(changed) == set(range(10))
    assert (noisy_labels(y, 0.0, np.random.default_rng(0)) == y).all()


@pytest.mark.parametrize("settings, lost", [([0.1, 1e200], [False, True]), ([1e200, 1e201], [True, True])])
def test_what_has_diverged_is_inf_and_the_others_go_on(settings, lost):
    runs = small(settings=settings, passes=30)
    for measure in (runs.loss, runs.test_loss, runs.error, runs.test_error, runs.batch_losses):
        values = measure[-1]
        np.testing.assert_array_equal(np.isinf(values), [lost, lost])
        assert not np.isnan(values).any()
    assert np.isfinite(runs.loss[0]).all()


def test_rates_of_schedules_are_those_at_each_update():
    schedules = linear(0.4, 0.1, 700), constant(0.2), lambda k: np.where(k < 600, 0.3, 0.03)
    rates = rates_of(*schedules)
    for k in (0, 511, 512, 599, 600, 1500):
        np.testing.assert_allclose(rates(k), [[schedule(k)] for schedule in schedules], rtol=1e-15)


def test_a_seed_can_have_a_setting_of_its_own():
    all_settings, own = small(), small(settings=[RATES[2], RATES[0]], own=True)
    assert own.loss.shape == (*all_settings.loss.shape[:2], 1)
    np.testing.assert_allclose(own.loss[..., 0], all_settings.loss[:, [0, 1], [2, 0]], rtol=1e-12)


def test_schedules_are_settings_too():
    fixed, schedule = small(), small(settings=[constant(lr) for lr in RATES])
    np.testing.assert_allclose(schedule.loss, fixed.loss, rtol=1e-12)
    falling = small(settings=[linear(lr, lr / 100, 4) for lr in RATES])
    np.testing.assert_allclose(falling.batch_losses[:2], fixed.batch_losses[:2], rtol=1e-12)
    assert (falling.loss[-1] != fixed.loss[-1]).all()


def test_shape_type_and_start_of_the_networks_are_chosen():
    network = mlp(8, 7, activation=Tanh(), dtype=np.float32)(np.random.default_rng(0))
    assert [type(layer).__name__ for layer in network.layers] == ["Dense", "Tanh", "Dense", "Tanh", "Dense"]
    assert network.theta.dtype == np.float32 and (network.n_in, network.n_out) == (64, 10)
    assert len(mlp()(np.random.default_rng(0)).layers) == 1
    zeros = small(start=lambda rng: np.zeros(mlp(8)(rng).theta.size), method=Adam, settings=[0.01])
    np.testing.assert_allclose(zeros.loss[0], np.log(10))
    starts = small(start=lambda rng: np.stack([mlp(8)(rng).theta for _ in RATES]))
    assert np.ptp(starts.loss[0], axis=1).min() > 1e-3
