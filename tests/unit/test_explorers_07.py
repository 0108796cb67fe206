"""Lecture 7's figures: what the text says of them, and S2's figures on files like those of CIFAR-10."""

import itertools
from functools import cache

import numpy as np
import prose
import pytest

from course_lib import checks
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


# What the text says

@cache
def rates(choice="equal (figure 3)", factor=1.0):
    """{method: training accuracy after five epochs}, nan where it has diverged."""
    data = last(rate_sweeps.methods_compute(rate_sweeps.load("digits", None), choice, factor))
    return dict(zip(rate_sweeps.METHODS, data.accuracy[-1]))


@cache
def swept(choice="SGD (figure 4)", factor=1.0):
    """Training accuracies at the rates of a list, and of the best its place."""
    data = last(rate_sweeps.sweep_compute(rate_sweeps.load("digits", None), choice, factor))
    return data.accuracy[-1], int(np.nanargmax(data.accuracy[-1]))


@cache
def probe(method="momentum", updates=180):
    return last(learning_rates.probe_compute(method, updates))


@cache
def designed(shape="step", lr=0.4):
    return last(learning_rates.designer_compute(shape, lr, 0.01))


def ends(lr=0.4, shapes=tuple(learning_rates.SHAPES)):
    """Validation losses at the end, of shapes, over that of the constant rate."""
    return np.array([designed(shape, lr).test[-1, 0] / designed(shape, lr).test[-1, 1] for shape in shapes])


def below_for_good(data):
    """The epoch from which on the schedule's validation loss stays below that of the constant rate."""
    above = np.flatnonzero(data.test[:, 0] >= data.test[:, 1])
    return data.epochs[above[-1] + 1]


@cache
def warmed(lr=1.2, length=2.0):
    return last(learning_rates.warming_compute(lr, length))


@cache
def restarted(period=2, factor=2, high=0.3, wrong=0.0, share=0.01):
    data = last(learning_rates.restarts_compute(period, factor, high, share, wrong))
    best = data.updates[data.test[:, 0].argmin()]
    return data, best / learning_rates.PER_EPOCH


def jumps(data):
    """Validation loss a quarter of an epoch after each restart, over that at the restart."""
    at = np.searchsorted(data.updates, data.starts)
    return data.test[at + 1, 0] / data.test[at, 0]


@cache
def stopped(patience=5, wrong=0.2, lr=0.1):
    return last(learning_rates.stopping_compute(patience, wrong, lr))


OTHERS = ("momentum", "RMSProp", "Adam")
WELL = ("exponential", "1/t", "one cycle", "warm-up, then cosine")

SAID = {
    # 7.1
    "About half.": lambda: np.isclose(floor(0.005) / floor(0.01), 0.5, rtol=0.01),
    "2.67 times as much": lambda: round(floor(0.2, 4) / floor(0.1, 4), 2) == 2.67,
    # 7.2
    "SGD is far behind the three others.": lambda: all(rates()["SGD"] < rates()[m] - 0.3 for m in OTHERS),
    "SGD has about half of the training examples right, the three others more than nine tenths":
        lambda: abs(rates()["SGD"] - 0.5) < 0.05 and all(rates()[m] > 0.9 for m in OTHERS),
    "Now SGD is the best of the four, and the three others have learned nothing":
        lambda: (rates(factor=100.0)["SGD"] > 0.99
                 and all(rates(factor=100.0)[m] < 0.2 for m in OTHERS)),
    "momentum and Adam are ahead on the digits, SGD and RMSProp still on their way":
        lambda: (min(own()["momentum"], own()["Adam"]) > 0.98 and max(own()["SGD"], own()["RMSProp"]) < 0.92),
    "that of guessing, $\\log 10 = 2.3$": lambda: round(np.log(10), 1) == 2.3,
    "From this list it took 0.005 for its figure 2":
        lambda: rate_sweeps.COMPARED["S2's own (figure 2)"]["SGD"] == 0.005,
    "0.01, the last of the list.": lambda: swept()[1] == 4 == len(swept()[0]) - 1,
    "For SGD, more is better up to the end of the list": lambda: (np.diff(swept()[0][1:]) > 0).all(),
    "Now 0.1 is the best, and it has a worse one on either side": lambda: swept(factor=100.0)[1] == 1,
    "the smallest rate of the second one has learned nothing after five epochs, and its best is its last":
        lambda: swept("RMSProp, smaller rates")[0][0] < 0.12 and swept("RMSProp, smaller rates")[1] == 3,
    "with 50 updates an epoch": lambda: last(rate_sweeps.sweep_compute(
        rate_sweeps.load("digits", None), "SGD (figure 4)", 1.0)).per_epoch == 50,
    # 7.3
    "Left: one run of 180 updates of momentum": lambda: probe().updates == 180,
    "21 whole trainings of three epochs": lambda: len(learning_rates.RATES) == 21,
    "The lowest point, at 0.19, is ten times too large for a whole training, whose best rate is 0.018":
        lambda: (f"{probe().lowest:.2g} {probe().best:.2g}" == "0.19 0.018"
                 and 8 < probe().lowest / probe().best < 12),
    "takes a tenth of the rate at which the loss has risen by half": lambda: learning_rates.WORSE == 1.5,
    "That is 0.032 here, and near the best":
        lambda: f"{probe().limit / 10:.2g}" == "0.032" and probe().limit / 10 < 2 * probe().best,
    "for SGD the lowest point itself is close to the best rate, and a tenth of the rise is safe":
        lambda: (0.5 < probe("SGD").lowest / probe("SGD").best < 2
                 and probe("SGD").limit / 10 < probe("SGD").best / 5),
    "the limit seems higher than it is": lambda: probe(updates=30).limit > 3 * probe().limit,
    # 7.5
    "makes three drops, after each quarter of the ten epochs":
        lambda: ((np.flatnonzero(np.diff(designed().rates[0])) + 1) / learning_rates.PER_EPOCH).tolist()
        == [2.5, 5.0, 7.5] and learning_rates.EPOCHS == 10,
    "Within an epoch after the first step.": lambda: 2.5 < below_for_good(designed()) < 3.5,
    "Until the first step both are the same run":
        lambda: (np.ptp(designed().test, axis=1) == 0).sum() >= 10 and np.ptp(designed().test[:10]) > 1,
    "All end below the constant rate, and within a tenth of each other":
        lambda: (ends() < 1).all() and np.max(ends()) / np.min(ends()) < 1.1,
    "First rate 0.01: now every decay *hurts*":
        lambda: (np.delete(ends(0.01), list(learning_rates.SHAPES).index("at plateaus")) > 1).all(),
    "there is none, so the rate does not fall": lambda: np.ptp(designed("at plateaus", 0.01).rates[0]) == 0,
    "First rate 1.2: the constant rate and step decay fail":
        lambda: designed("step", 1.2).test[-1].min() > 1.9,
    "Exponential decay, $1/t$, one cycle and *warm-up, then cosine* do well":
        lambda: all((designed(shape, 1.2).test[-1, 0] < 1.1) == (shape in WELL)
                    for shape in learning_rates.SHAPES),
    # 7.6
    "The run without warm-up ends much higher.": lambda: warmed().test[-1, 1] > 1.5 * warmed().test[-1, 0],
    "more than four fifths of its validation examples right, without it with fewer than half":
        lambda: warmed().accuracy[0] > 0.8 and warmed().accuracy[1] < 0.5,
    "A highest rate of 0.1: both end alike": lambda: np.ptp(warmed(0.1).test[-1]) < 0.01,
    "A rate of 3: now the warm-up does not help either": lambda: (warmed(3.0).accuracy < 0.15).all(),
    "a warm-up of a quarter of an epoch: too short": lambda: warmed(1.2, 0.25).test[-1, 0] > 1.5,
    # 7.7
    "At the end of the last period, where the rate is lowest.":
        lambda: restarted()[1] > 13 and restarted()[0].rates[0, int(restarted()[1] * 68) - 1] < 0.01,
    "After each restart the losses jump up": lambda: (jumps(restarted()[0]) > 1).all(),
    "the best model of this run stands at its end": lambda: restarted()[1] > 13,
    "The training loss ends below that of step decay, the validation loss at about the same height":
        lambda: (restarted()[0].training[-1, 0] < 0.9 * restarted()[0].training[-1, 1]
                 and np.isclose(*restarted()[0].test[-1], rtol=0.1)),
    "In epoch 7, while the rate is near its highest, a few updates throw both losses up more than tenfold":
        lambda: all(7 == restarted()[0].updates[20 + values[20:40].argmax()] / learning_rates.PER_EPOCH
                    and values[20:40].max() > 10 * values[22] for values in
                    (restarted()[0].test[:, 0], restarted()[0].training[:, 0])),
    "It ends lower than both schedules!":
        lambda: (restarted(share=1.0)[0].test[-1] < 0.9 * restarted()[0].test[-1].min()).all(),
    "Highest rate 2: neither schedule gets far": lambda: restarted(high=2.0)[0].test[-1].min() > 2,
    "Factor 1, period 2: seven periods": lambda: len(restarted(2, 1)[0].starts) == 6,
    "Period 3, factor 2: the budget ends in the middle of a period":
        lambda: restarted(3, 2)[0].starts.tolist() == [3 * 68, 9 * 68] and 9 + 12 > learning_rates.LONG,
    "Wrong labels: the best model comes early now": lambda: restarted(wrong=0.2)[1] < 7,
    # 7.8
    "It sinks by several percentage points.":
        lambda: stopped().accuracy[stopped().validation.argmin()] - stopped().accuracy[-1] > 0.05,
    "That is nearly so where all labels are right": lambda: abs(
        stopped(wrong=0.0).accuracy[-1] - stopped(wrong=0.0).accuracy[-30]) < 0.02,
    "the training goes on for 30 epochs more":
        lambda: abs(learning_rates.LIMIT - stopped().validation.argmin() - 30) <= 1,
    "the network has more parameters than there are examples":
        lambda: learning_rates._overfit(0.2, 0.1)[1].theta.size > learning_rates.FEW,
    "With a patience of 5 it stops in a first dip":
        lambda: (stopped().last, stopped().best) == (12, 7) and stopped().validation.argmin() > 12,
    "comes later, and is hardly lower":
        lambda: stopped().validation.min() > 0.97 * stopped().validation[stopped().best],
    "Patience 10: it waits through the bump": lambda: stopped(10).best == stopped().validation.argmin(),
    "No wrong labels: the validation loss falls nearly to the end":
        lambda: stopped(wrong=0.0).validation.argmin() >= 45,
    "A rate of 0.02: overfitting comes later": lambda: stopped(lr=0.02).validation.argmin() > 30,
}


def own():
    return rates("S2's own (figure 2)")


def floor(lr, curvature=1.0):
    """The mean of d^2 with noise of deviation 1, after many updates."""
    square = 0.0
    for _ in range(5000):
        square = (1 - lr * curvature) ** 2 * square + lr**2
    return square


SETTING, WRONG, ALGEBRA = "a setting, no result", "a wrong answer", "follows from the formulas beside it"
LEFT_OUT = {
    "all at the rate 0.001, for five epochs": SETTING,
    "SGD moves by the rate times the gradient": "a rule of lecture 6",
    "Its steps are the shortest: the rate times a small gradient": "a rule of lecture 6",
    "Momentum makes them up to ten times as long": "the effective rate of lecture 5",
    "Factor 100.": SETTING,
    "Select the best learning rate.": "a quotation",
    "S2's list for SGD is 0.0001, 0.001, 0.003, 0.005, 0.01.": "held by test_the_rates_are_those_of_s2",
    "0.005: it was best for S2.": WRONG,
    "0.001 or 0.003: the digits are easier.": WRONG,
    "**What it shows.** Each curve is one rate of S2's list.": SETTING,
    "Go on with the list: factor 100.": SETTING,
    "S2 writes \"RMS Prop needs smaller lr\"": "a quotation",
    "How do you tell them apart by the first one?": "a question",
    "with 5,000 of its pictures for training": "held by test_cifar10_gives_6000_examples",
    "Step decay begins at ε = 0.4 and ends at 0.004": SETTING,
    "From the first update on: smaller rates are more exact.": WRONG,
    "is worn off in a few dozen updates": ALGEBRA,
    "Here it has reached its floor when the first step comes.": WRONG,
    "Cosine decay from the rate 1.2, for ten epochs": SETTING,
    "The two rates differ only in these two epochs": SETTING,
    "In the first epochs only": WRONG,
    "from which it does not come back in ten epochs": "asserted of the accuracies above",
    "The first updates at the full rate spoil it": "asserted of the accuracies above",
    "Why did exponential decay stand the rate 1.2": "asserted of the designer above",
    "Read in the left panel there how long it stays near its first rate": "what to look at",
    "A training has periods of 2, 4 and 8 epochs.": SETTING,
    "Before the first restart": WRONG,
    "2 + 4 + 8 = 14 epochs": ALGEBRA,
    "over many seeds the test error is lower there by less than a tenth (C39)": "the outcome of C39",
    "Over sixteen seeds, also with right labels": "the outcome of C39, in test_claims_07.py",
    "First it learns what the examples share": "an explanation",
    "Early stopping counts in updates times rate.": "an explanation",
}

TestProse = prose.test(7, prose.of_figures, list(SAID.items()), LEFT_OUT)


def test_the_stated_minutes_are_those_of_the_text():
    assert abs(prose.stated(7)[0] / sum(prose.minutes(7)) - 1) <= 0.15


PLANNED = [shape for shape in learning_rates.SHAPES if shape != "at plateaus"]


@pytest.mark.parametrize("shape", PLANNED)
def test_a_schedule_begins_and_ends_where_the_controls_say(shape):
    schedule = learning_rates.SHAPES[shape](0.4, 0.01, 680)
    rates = np.array([schedule(k) for k in range(680)])
    assert rates.max() == pytest.approx(0.4, rel=0.1) and rates[-1] == pytest.approx(0.004, rel=0.8)


def test_at_plateaus_the_rate_drops_after_records_that_are_not_below_the_best():
    data = designed("at plateaus")
    drops = np.flatnonzero(np.diff(data.rates[0])) + 1
    at = [np.argmin(np.abs(data.epochs * learning_rates.PER_EPOCH - drop)) for drop in drops]
    patient = learning_rates.PATIENT
    assert len(drops) >= 3
    for i in at:
        assert (data.test[i - patient + 1:i + 1, 0] >= data.test[:i - patient + 1, 0].min()).all()


def test_early_stopping_in_the_figure_keeps_the_best_of_what_it_saw():
    for patience in (1, 5, 10):
        data = last(learning_rates.stopping_compute(patience, 0.2, 0.1))
        assert data.last - data.best == patience
        assert data.restored == pytest.approx(data.accuracy[data.best])


def test_the_range_test_finds_the_order_of_the_best_rate():
    for method in learning_rates.OPTIMIZERS:
        data = last(learning_rates.probe_compute(method, 180))
        assert data.limit / 30 < data.best < data.limit


def test_a_student_s_schedules_are_those_of_the_library():
    decays, cosine = (checks.find(f"07.{name}").reference for name in ("decays", "cosine"))
    for shape in learning_rates.OWN:
        data = next(learning_rates.yours_compute(decays, cosine, shape, 0.4, 0.01))
        np.testing.assert_allclose(*data.rates, rtol=1e-9)
        assert "agree with" in learning_rates.yours_summary(data)


def test_what_the_solution_of_the_exercise_says_of_the_four_shapes():
    decays, cosine = (checks.find(f"07.{name}").reference for name in ("decays", "cosine"))
    high, low = (dict(zip(learning_rates.OWN, [
        last(learning_rates.yours_compute(decays, cosine, shape, lr, 0.01)).test[-1, 0]
        for shape in learning_rates.OWN])) for lr in (0.4, 0.02))
    assert min(high, key=high.get) == "exponential" and max(high, key=high.get) == "1/t"
    assert max(high.values()) - min(high.values()) < 0.1
    assert min(low, key=low.get) == "cosine with restarts" and max(low, key=low.get) == "1/t"
    assert low["1/t"] - low["cosine with restarts"] > 0.5 and low["1/t"] > 1.7


def test_schedules_of_a_student_who_has_not_begun():
    def stub(*arguments):
        raise NotImplementedError()

    figure = learning_rates.yours(stub, stub)
    assert figure.error is None and "not attempted" in figure.summary
    figure.close()
    with pytest.raises(TypeError, match="cosine must be your function, got None"):
        learning_rates.yours(stub, None)
