"""Lecture 7's figures: what the text says of them, and S2's figures on files like those of CIFAR-10."""

import itertools

import numpy as np
import pytest

from course_lib.datasets import MissingFiles
from course_lib.explorers import learning_rates, rate_sweeps
from course_lib.live import last
from course_lib.optimizers import SGD


def write_cifar10(folder, n=240):
    """Files as the binary version of CIFAR-10 has them: a byte for the class, then red, green, blue."""
    rng = np.random.default_rng(0)
    for name in [f"data_batch_{i}" for i in range(1, 6)] + ["test_batch"]:
        y = rng.integers(0, 10, (n, 1), dtype=np.uint8)
        pixels = (20 * y + rng.integers(0, 40, (n, 3072))).astype(np.uint8)
        (folder / f"{name}.bin").write_bytes(np.hstack([y, pixels]).tobytes())
    return folder


@pytest.mark.parametrize("make", [rate_sweeps.methods, rate_sweeps.sweep])
def test_s2_s_figures_on_cifar10(make, tmp_path):
    figure = make("cifar10", folder=write_cifar10(tmp_path))
    assert figure.error is None and "after 5 epochs" in figure.summary
    data = last(figure.compute(**figure.values))
    assert data.per_epoch == 10                                          # 1,000 examples in batches of 100
    assert np.isfinite(data.loss).all() and data.accuracy.shape == (26, len(data.labels))
    figure.close()


def test_cifar10_gives_6000_examples_of_which_a_sixth_validates(tmp_path):
    data = rate_sweeps.load("cifar10", write_cifar10(tmp_path, 1300))
    assert data.x.shape == (5000, 3072) and data.x_test.shape == (1000, 3072) and data.x.dtype == np.float32
    assert -(-len(data.y) // rate_sweeps.BATCH["cifar10"]) == 50


def test_digits_make_as_many_updates():
    data = rate_sweeps.load("digits", None)
    assert -(-len(data.y) // rate_sweeps.BATCH["digits"]) == 50


@pytest.mark.parametrize("folder", [None, "nowhere"])
def test_without_files_the_steps_are_told(folder, tmp_path):
    with pytest.raises(MissingFiles, match="folder must") as raised:
        rate_sweeps.sweep("cifar10", folder=folder and tmp_path / folder)
    assert "cifar-10" in str(raised.value) and "\n1. " in str(raised.value)


def test_other_data_is_refused():
    with pytest.raises(ValueError, match='data must be "digits" or "cifar10", got \'mnist\''):
        rate_sweeps.methods("mnist")
    with pytest.raises(ValueError, match='folder must be left out for "digits"'):
        rate_sweeps.sweep(folder="somewhere")


def test_the_rates_are_those_of_s2():
    assert sorted(map(sorted, (rates for _, rates in rate_sweeps.SWEPT.values()))) == sorted(map(sorted, (
        [1e-4, 5e-3, 3e-3, 1e-3, 1e-2], [1e-4, 5e-3, 3e-3, 1e-3, 1e-2], [1e-4, 5e-4, 5e-3, 1e-3, 1e-2],
        [1e-5, 5e-5, 5e-4, 1e-4], [1e-4, 5e-4, 5e-3, 1e-3, 1e-2])))


def test_runs_at_once_are_runs_alone():
    data = rate_sweeps.load("digits", None)
    together, alone = (next(itertools.islice(rate_sweeps._train(data, SGD, rates), 5, None))
                       for rates in ([0.01, 0.1], [0.1]))
    for some, one in zip(together, alone):
        np.testing.assert_allclose(some[:, 1:], one, rtol=1e-4)         # float32


@pytest.mark.parametrize("shape", learning_rates.SHAPES)
def test_a_schedule_begins_and_ends_where_the_controls_say(shape):
    schedule = learning_rates.SHAPES[shape](0.4, 0.01, 680)
    rates = np.array([schedule(k) for k in range(680)])
    assert rates.max() == pytest.approx(0.4, rel=0.1) and rates[-1] == pytest.approx(0.004, rel=0.2)


def test_early_stopping_in_the_figure_keeps_the_best_of_what_it_saw():
    for patience in (1, 5, 10):
        data = last(learning_rates.stopping_compute(patience, 0.2, 0.1))
        assert data.last - data.best == patience
        assert data.restored == pytest.approx(data.accuracy[data.best])


def test_the_range_test_finds_the_order_of_the_best_rate():
    for method in learning_rates.OPTIMIZERS:
        data = last(learning_rates.probe_compute(method, 180))
        assert data.limit / 30 < data.best < data.limit


def test_at_its_default_the_range_test_and_the_restarts_show_what_the_questions_call_right():
    probe = last(learning_rates.probe_compute("momentum", 180))
    assert probe.best < probe.lowest / 5
    restarts = last(learning_rates.restarts_compute(2, 2, 0.3, 0.01, 0.0))
    best = restarts.updates[restarts.test[:, 0].argmin()]
    assert restarts.rates[0, best - 1] < 0.1 * restarts.rates[0].max()


def test_schedules_of_a_student_who_has_not_begun():
    def stub(*arguments):
        raise NotImplementedError()

    figure = learning_rates.yours(stub, stub)
    assert figure.error is None and "not attempted" in figure.summary
    figure.close()
    with pytest.raises(TypeError, match="cosine must be your function, got None"):
        learning_rates.yours(stub, None)
