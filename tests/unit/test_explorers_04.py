"""Lecture 4's figures: what the text says of them, and theory."""

from functools import cache

import numpy as np
import prose
import pytest

from course_lib import datasets
from course_lib.explorers import sgd
from course_lib.live import last


@cache
def variance(epochs=2, replacement=False):
    return of_the_figure()(epochs=epochs, replacement=replacement)


@cache
def of_the_figure():
    """What it computes with: it trains when it is made."""
    figure = sgd.variance()
    figure.close()
    return figure.compute


def fall(steps=4):
    """By how much the measured variance falls from B = 32 to B = 128."""
    measured = dict(zip(sgd.SIZES, variance().measured))
    return measured[32] / measured[32 * steps]


@cache
def cloud(batch=4, lr=0.2, replacement=False):
    return sgd.cloud_compute(batch, lr, replacement)


def stretched(lr):
    """How much farther the runs are spread along the steep direction than along the flat one."""
    flat, steep = cloud(lr=lr).points[-1].std(axis=0)
    return steep / flat


@cache
def robbins(p=0.75, lr=0.8, noise="Gaussian"):
    return sgd.robbins_compute(p, lr, noise)


def rms(*looks, **setting):
    return robbins(**setting).rms[list(looks)]


def expected(p, lr=0.8):
    """After 20, 200 and 2,000 steps."""
    return sgd.expected_distances(lr)[:, np.isclose(sgd.EXPONENTS, p)].ravel()


@cache
def curve(lr=1.2, ratio=0.01, tau=10):
    return last(sgd.curve_compute(datasets.load("digits"), lr, ratio, tau))


def swing(run):
    """Sum of all rises of the logarithm of the solid curve."""
    return np.maximum(np.diff(np.log(run.loss[:, 0, 1])), 0).sum()


@cache
def trained(scaling="the same", lr=0.1):
    return list(sgd._train_batches(datasets.load("digits"), lr, scaling))[-1]


def at_update(update):
    """Training losses of the runs that come to so many updates."""
    return [np.interp(update, run.update, np.log(run.loss)) for run in trained().values() if run.update[-1] >= update]


def times(overhead):
    return sgd.batches_compute(trained(), 0.1, "the same", overhead).runs


def together(scaling, batches, since=2.0):
    """The largest quotient of two losses after equally many passes, single records left out."""
    passes = np.arange(since, 8, 0.5)
    losses = [np.interp(passes, run.epoch, np.log(run.loss)) for batch, run in trained(scaling).items()
              if batch in batches]
    return np.exp(np.median(np.ptp(losses, axis=0)))


SAID = {
    # 4.1
    "It falls to about half.": lambda: np.sqrt(fall()) == pytest.approx(2, rel=0.15),
    "after two epochs of training, and 1,024 examples": lambda: (
        variance().epochs == 2 and variance().lengths.shape == (1024,)),
    "of 60 batches of each size": lambda: sgd.DRAWN == 60,
    "It falls by about four from 32 to 128": lambda: fall() == pytest.approx(4, rel=0.2),
    "The dots lie on the dashed curve":
        lambda: np.allclose(variance().measured[:-1] / variance().formula[:-1], 1, atol=0.2),
    "and the noise scale is 14": lambda: round(variance(0).scales[0]) == 14,
    "After the first epoch it is about 100, and then it goes up and down between about 100 and 240": lambda: (
        abs(variance().scales[1] / 100 - 1) < 0.1 and 95 < variance().scales[2:].min() < 105
        and 230 < variance().scales.max() < 245 and len(set(np.sign(np.diff(variance().scales[2:])))) == 2),
    "after 10 epochs most examples have gradients less than a tenth as long as their root mean square":
        lambda: np.mean(variance(10).lengths < 0.1 * np.sqrt(np.mean(variance(10).lengths ** 2))) > 0.5,
    "(a) Draw with replacement: the bend at large $B$ disappears":
        lambda: np.allclose(variance(2, True).formula, variance().rule),
    # 4.2
    "It falls for a few steps, and then stays.":
        lambda: cloud().noisy[10] < cloud().noisy[0] / 3 and abs(cloud().noisy[-1] / cloud().noisy[15] - 1) < 0.15,
    "SGD falls for some ten steps and then stays, its full gradients as well as its noisy ones":
        lambda: all(x[10] < x[0] / 3 and x[100:].mean() / x[10:50].mean() == pytest.approx(1, abs=0.1)
                    for x in (cloud().noisy, cloud().full)),
    "Gradient descent goes to zero on a straight line": lambda: cloud().descent[-1] < 1e-10,
    "$B = 1$, then 16: the cloud shrinks": lambda: cloud(1).loss > 2 * cloud().loss > 4 * cloud(16).loss > 0.01,
    "At 32 nothing is left of it": lambda: cloud(32).loss < 1e-12,
    "the cloud is stretched along the steep direction, where $\\epsilon\\lambda = 1.8$":
        lambda: stretched(0.6) > 2 * stretched(0.2) and np.isclose(0.6 * sgd.CURVATURES[1], 1.8),
    "a small cloud that has not arrived": lambda: (
        cloud(lr=0.01).loss > 20 * (sgd.CURVATURES * cloud(lr=0.01).spread ** 2).sum() / 2),
    "at $B = 32$: there is a cloud again": lambda: cloud(32, replacement=True).loss > 0.01,
    # 4.3
    "They come closer all the time, only slower than with p = 3/4.": lambda: (
        rms(20, p=0.25) > 1.3 * rms(200, p=0.25) > 1.3 ** 2 * rms(2000, p=0.25)
        and (rms(2000) / rms(20) < rms(2000, p=0.25) / rms(20, p=0.25))),
    "The three curves lie apart at p = 1/4.": lambda: (expected(0.25)[:-1] / expected(0.25)[1:] > 1.3).all(),
    "at $p = 0$ because of the noise, at large $p$ because of the rates": lambda: (
        np.ptp(expected(0)) < 1e-3 and expected(1.5)[1] / expected(1.5)[2] < 1.1),
    "with $\\epsilon_0\\lambda = 0.05$ a hundred times as many updates take away a fifth of the distance":
        lambda: rms(2000, p=1.0, lr=0.05) / rms(20, p=1.0, lr=0.05) == pytest.approx(0.8, abs=0.02),
    "$p = 0.25$: the median run still comes closer":
        lambda: robbins(p=0.25).bands[1][2000] < 0.7 * robbins(p=0.25).bands[1][20],
    "$p = 1.5$: each run stops at a place of its own": lambda: (
        np.abs(robbins(p=1.5).runs[2000] - robbins(p=1.5).runs[1000]).max()
        < robbins(p=1.5).runs[2000].std() / 10),
    "after 2,000 steps is $1/\\sqrt{2000} = 0.022$": lambda: (
        round(2000 ** -0.5, 3) == 0.022 and rms(2000, p=1.0, lr=1.0) == pytest.approx(2000 ** -0.5, rel=0.06)),
    "in most of the grey band the rates are too small to be of use in 2,000 steps": lambda: (
        all(expected(p, 0.05)[2] > 1 for p in (0.7, 0.8, 0.9, 1.0))),
    "about half of them against almost none": lambda: (
        abs(robbins(p=0.25, noise="heavy tails").jumped - 0.5) < 0.05
        and robbins(noise="heavy tails").jumped < 0.01),
    # 4.4
    "The training loss rises and falls for several epochs": lambda: (
        np.sum(np.diff(curve().loss[curve().epoch > 2, 0, 1]) > 0) >= 5),
    "A third of the rate.": lambda: curve().final[0] < curve().final[1] / 3,
    "Its curve hardly swings, and it ends far lower": lambda: curve().final[0] < curve().final[1] / 3,
    "There the network is lost in the first epoch.": lambda: (
        np.allclose(curve().loss[curve().epoch >= 1][:, 0, 2], np.log(10), rtol=0.03)),
    "Its curve is flat, at log 10 = 2.3": lambda: round(np.log(10), 1) == 2.3,
    "thin, the same from four other starts": lambda: sgd.DRAWS == 5,
    "At a rate near the limit the starts end in very different places":
        lambda: curve().loss[-1, :, 1].max() > 5 * curve().loss[-1, :, 1].min(),
    "as medians of the five starts: *too small* if three times $\\epsilon_0$ ends more than a tenth lower, *too"
    " large* if a third does (or if yours ends no lower than it began)": lambda: (
        sgd.judge_rate(1, 1, 0.9, 2) == "too small" and sgd.judge_rate(0.9, 1, 1, 2) == "too large"
        and sgd.judge_rate(2, 2, 2, 2) == "too large" and sgd.judge_rate(0.95, 1, 0.95, 2) == "about right"),
    "give verdicts for $\\epsilon_0$ = 0.01, 0.1, 0.4, 2": lambda: (
        [curve(lr).verdict for lr in (0.01, 0.1, 0.4, 2.0)]
        == ["too small", "too small", "about right", "too large"]),
    "Let $\\tau$ be 1 epoch: the curve freezes": lambda: (
        min(curve(lr, tau=1).final[1] for lr in (0.1, 0.3, 1.0)) > 5 * curve(0.4).final[1]),
    "With $\\epsilon_0 = 0.3$ it ends lower than with the decay to 1 %, although it swings more": lambda: (
        curve(0.3, 1.0).final[1] < 0.7 * curve(0.3).final[1] and swing(curve(0.3, 1.0)) > swing(curve(0.3))),
    # 4.5
    "B = 8: it makes the most updates.": lambda: (
        [run.loss[-1] for run in trained().values()] == sorted(run.loss[-1] for run in trained().values())),
    "It makes three updates per pass": lambda: -(-len(datasets.load("digits").y) // 512) == 3,
    "Sixty times as many as B = 512. Look at the second panel: per update all four are about the same": lambda: (
        trained()[8].update[-1] / trained()[512].update[-1] == pytest.approx(60, rel=0.02)),
    "Sixty times as many as B = 512.": lambda: (
        trained()[8].update[-1] / trained()[512].update[-1] == pytest.approx(60, rel=0.02)),
    "Per update all are nearly alike": lambda: all(np.ptp(at_update(update)) < np.log(1.35) for update in (10, 20, 60, 90, 200)),
    "With the first, time is nearly passes; with the second, time is nearly updates": lambda: (
        max(run.time[-1] for run in times(1).values()) < 1.2 * min(run.time[-1] for run in times(1).values())
        and times(1000)[8].time[-1] > 20 * times(1000)[512].time[-1]),
    "the curves per pass of 8, 32 and, with jumps, 128 lie on each other": lambda: (
        together("∝ B", (8, 32, 128)) < 1.35 < 2 < together("the same", (8, 32, 128))),
    "at 512 the rate is beyond the limit of stability": lambda: (
        trained("∝ B")[512].sharpness > 2 / trained("∝ B")[512].rate and trained("∝ B")[512].loss[-1] > 1),
    # 4.8
    "(1 + 100/32) over (1 + 100/1024) is 3.8": lambda: round((1 + 100 / 32) / (1 + 100 / 1024), 1) == 3.8,
}

SETTING, WRONG, ALGEBRA = "a setting, no result", "a wrong answer", "follows from the formulas beside it"
LEFT_OUT = {
    "The measurements in 4.7 have both cases": "a reference",
    "You go from batches of 32 to batches of 128": SETTING,
    "Each update costs four times as much": SETTING,
    "It falls to about a quarter": WRONG,
    "Four times the examples, half the noise": "asserted of the figure, in the right answer",
    "To halve it again takes 512": ALGEBRA,
    "the square of the factor 4": WRONG,
    "Independent errors cancel only in part: like 1/√B": ALGEBRA,
    "Pull the epochs from 0 to 10": SETTING,
    "SGD takes batches of 4 at ε = 0.2": SETTING,
    "Both make 150 steps": SETTING,
    "where all 150 are at the end": SETTING,
    "The figure opens with p = 3/4": SETTING,
    "Its right panel shows the root mean square distance": SETTING,
    "With a constant rate, p = 0, they do": "asserted of the right panel, where the curves meet",
    "and with it the size of the cloud, ε s²/(4B)": ALGEBRA,
    "For that ε λ would have to be above 2": WRONG,
    "when the first sum is finite, p > 1": WRONG,
    "A bowl of curvature 1, noise of variance 1, start at distance 10": SETTING,
    "computed without drawing anything": ALGEBRA,
    "The figure opens with ε₀ = 1.2": SETTING,
    "Three times the rate: the higher the better": WRONG,
    "and the same with a third and three times": SETTING,
    "is a constant rate": ALGEBRA,
    "Four networks from the same start": SETTING,
    "B = 512: its gradients are the most exact": WRONG,
    "The same four runs three times": SETTING,
    "the quotient $a/b$ explained below: the last slider": SETTING,
    "and the limit $2/\\epsilon$ above which": "lecture 1 derives it",
    "Pull the cost of an update to 1, then to 1,000": SETTING,
}

TestProse = prose.test(4, prose.of_figures, list(SAID.items()), LEFT_OUT)


def test_the_stated_minutes_are_those_of_the_text():
    assert abs(prose.stated(4)[0] / prose.minutes(4)[0] - 1) <= 0.15


def test_the_cloud_has_the_spread_of_the_formula():
    for setting in ({}, {"batch": 1}, {"batch": 16}, {"lr": 0.6}, {"batch": 16, "replacement": True}):
        data = cloud(**setting)
        settled = data.points[-1].std(axis=0)
        np.testing.assert_allclose(settled, data.spread, rtol=4 / np.sqrt(2 * sgd.RUNS))     # of 150 runs


def test_the_rate_1_over_k_gives_the_running_mean():
    data, draws = robbins(p=1.0, lr=1.0), sgd._noise("Gaussian")[..., 0]
    np.testing.assert_allclose(data.runs[1500], -draws[:1500].mean(axis=0), atol=1e-12)


def test_five_hundred_runs_are_where_the_recursions_say():
    for p in (0.25, 0.75, 1.0, 1.5):
        np.testing.assert_allclose(rms(*sgd.LOOKS, p=p), expected(p), rtol=0.12)


def test_the_noise_scale_is_where_noise_and_signal_are_equal():
    data = variance(2, True)
    assert data.equal == pytest.approx(data.scales[2]) == data.rule[0] / data.signal
    without = variance(2, False)
    assert sgd.variance_of_mean(data.rule[0], 1024, without.equal, False) == pytest.approx(without.signal)
