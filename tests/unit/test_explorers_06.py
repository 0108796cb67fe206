"""Lecture 6's figures: what the text says of them."""

import inspect

import numpy as np
import prose
import pytest

from course_lib import datasets, optimizers
from course_lib.explorers import adaptive
from course_lib.live import last

says = prose.of("06_adaptive")


@pytest.fixture(scope="module")
def shown():
    """What a figure shows at its default, but for the values that are given."""
    kept, defaults = {}, {}

    def data(name, **values):
        key = name, *sorted(values.items())
        if name not in defaults:
            figure = getattr(adaptive, name)()
            defaults[name] = figure.values
            figure.close()
        if key not in kept:
            compute, given = getattr(adaptive, f"{name}_compute"), defaults[name] | values
            kept[key] = last(compute(datasets.load("rings", np.random.default_rng(0), n=20), **given)
                             if name == "sweep" else compute(**given))
        return kept[key]

    return data


def steps(data):
    """{method: steps to the target, None where it does not arrive}"""
    return {name: path.steps_to(data.lowest + adaptive.TARGET) for name, path in data.paths.items()}


# Sign descent

@says("a hundred times as curved in y as in x", "Diagonally: as far in x as in y", "(±1, ±1) times the rate",
      "along it: 194 steps", "leaves at 45 degrees", "moves by 0.02 per step, so 74 steps", "1.5 away in $x$",
      "SGD drops to its floor and creeps along it", "it prefers flat directions")
def test_sign_descent_goes_diagonally_and_does_not_see_curvatures(shown):
    data = shown("signs")
    assert steps(data) == {"SGD": 194, "sign descent": 74} and data.start[0] == -1.5
    np.testing.assert_allclose(data.paths["sign descent"].points[1] - data.start, [0.02, -0.02])
    assert np.linalg.eigvalsh(data.f.A).tolist() == [1, 100]
    first = data.paths["SGD"].points[1] - data.start
    assert abs(first[1]) > 50 * abs(first[0])
    assert abs(data.paths["SGD"].points[40][1]) < 0.1 < abs(data.paths["SGD"].points[40][0])


@says("it is near the minimum after 15 steps", "never reaches the target, since its steps do not get shorter",
      "SGD takes 194 steps as before", "*ravine and start, turned 45°*", "gets stuck far above the target")
def test_sign_descent_neither_settles_nor_turns(shown):
    fast, turned = shown("signs", lr_sign=0.1), shown("signs", surface=adaptive.TURNED)
    assert np.abs(fast.paths["sign descent"].points[15]).max() < 0.11
    assert steps(fast)["sign descent"] is None
    assert steps(turned) == {"SGD": 194, "sign descent": None}
    assert turned.paths["sign descent"].values[-1] > 100 * adaptive.TARGET


# Effective rates

@says("At step 200 all gradients shrink to a tenth", "All rise tenfold, sooner or later",
      "rises tenfold within some tens", "after a few times 1/(1 − ρ) = 10 steps",
      "about a hundred times the rate of the steep one", "AdaGrad's rates fall like",
      "they stand still, and RMSProp's rise, most of the way within 50 steps", "SGD's rate is one number",
      "less than threefold", "$\\rho = 0.99$: a long memory")
def test_a_sum_keeps_large_gradients_and_an_average_forgets_them(shown):
    data = shown("rates")
    for rate in (data.rates["AdaGrad"], data.rates["RMSProp"]):
        np.testing.assert_allclose(rate[:, 1] / rate[:, 0], 100, rtol=0.6)
    before, change = adaptive.CHANGE - 1, adaptive.CHANGE
    adagrad, rmsprop = (data.rates[name][:, 1] for name in ("AdaGrad", "RMSProp"))
    np.testing.assert_allclose(adagrad[before] / adagrad[before // 4], 0.5, rtol=0.1)
    assert adagrad[-1] / adagrad[before] > 0.99
    assert 7 < rmsprop[change + 50] / rmsprop[before] < 11 and 9 < rmsprop[-1] / rmsprop[before] < 11
    assert (data.rates["SGD"] == 1).all()
    long = shown("rates", rho=0.99).rates["RMSProp"][:, 1]
    assert 2 < long[-1] / long[before] < 3


@says("Let the gradients *grow* by 1,000: now both react at once")
def test_both_brake_at_once(shown):
    for rate in map(shown("rates", change=1000.0).rates.get, ("AdaGrad", "RMSProp")):
        assert rate[adaptive.CHANGE, 1] < 0.02 * rate[adaptive.CHANGE - 1, 1]


# Bias correction, the longest step

@says("no bias correction, the gradient is 1 in every step", "About three times", "0.1/0.0316 = 3.16",
      "by a factor of ten", "root of 1 − β₂. Here 0.1 stands against 0.0316", "r is a thousandth of g²",
      "the steps begin at 3.16, grow to 6.5 within ten steps", "they are still a quarter too long",
      "which is 31.6", "the longest of the first ten steps for each",
      "How long is the first step, compared with ε")
def test_steps_without_correction(shown):
    lengths = shown("bias").lengths
    np.testing.assert_allclose(lengths["with correction"], 1, rtol=1e-6)
    without = lengths["without"]
    assert without[0] == pytest.approx(3.16, abs=0.01) and without[9] == pytest.approx(6.5, abs=0.05)
    assert without[999] == pytest.approx(1.25, abs=0.02)
    assert lengths["RMSProp (ρ = β₂)"][0] == pytest.approx(31.6, abs=0.1)
    assert shown("bias").longest["without"].shape == adaptive.GRID.shape


@says("$1 - \\beta_2 = 0.0001$", "now the version without correction begins too *short*",
      "the version without correction is RMSProp, and the two curves are one",
      "are about 0.7 $\\epsilon$ long")
def test_the_controls_of_bias(shown):
    assert shown("bias", forget=0.0001).lengths["without"][0] == pytest.approx(10)
    assert shown("bias", forget=0.5).lengths["without"][0] < 0.2
    plain = shown("bias", beta1=0.0).lengths
    np.testing.assert_allclose(plain["without"], plain["RMSProp (ρ = β₂)"], rtol=1e-4)
    noisy = shown("bias", noise=1.0).lengths["with correction"]
    assert np.mean(noisy[2000:]) == pytest.approx(0.7, abs=0.05)


@says("moves by $0.1/\\sqrt{0.001} = 3.2$ times $\\epsilon$", "= 7.3\\, \\epsilon", "By about 0.003")
def test_the_longest_step_of_adam():
    beta1, beta2, n = 0.9, 0.999, 20_000

    def longest(gradients):
        theta, s, r, places = np.zeros(1), np.zeros(1), np.zeros(1), [0.0]
        for t, g in enumerate(gradients, 1):
            optimizers.Adam.update(theta, np.array([g]), s, r, t, 1.0, beta1, beta2, 1e-30)
            places.append(theta[0])
        return np.abs(np.diff(places))[-1]

    silence = np.zeros(n)
    assert longest([*silence, 5.0]) == pytest.approx(3.2, abs=0.05)
    bound = (1 - beta1) / np.sqrt(1 - beta2) / np.sqrt(1 - beta1**2 / beta2)
    assert bound == pytest.approx(7.3, abs=0.05)
    growing = (beta2 / beta1) ** np.arange(-300.0, 1)            # for these the inequality is an equation
    assert longest([*silence, *growing]) == pytest.approx(bound, rel=0.01)


@says("the first step has the length $\\sqrt\\delta / \\sqrt{1 - \\rho}$",
      "$0.0045$ for $\\delta = 10^{-6}$, $\\rho = 0.95$")
def test_the_first_step_of_adadelta():
    for g in (0.1, 100.0):
        theta = np.zeros(1)
        optimizers.AdaDelta.update(theta, np.array([g]), np.zeros(1), np.zeros(1), 1, 1.0, 0.95, 1e-6)
        assert -theta[0] == pytest.approx(0.0045, abs=5e-5)


# The race

@says("Adam starts 1.5 away from the minimum in x, with ε = 0.1", "About 15: it moves by 0.1 a step",
      "Several times as many", "there for the first time, but it does not stay",
      "It arrives after about 15 steps and shoots past", "needs 74 steps", "AdaGrad arrives first, after 14",
      "take 88 and 66", "has not arrived after 300", "shorter than 0.005 in $x$ and in $y$",
      "That is about the length that the seed $\\delta$ gave to the first one", "is a factor, 1 in the paper")
def test_the_race(shown):
    data = shown("race")
    found = steps(data)
    assert found == {"SGD": 194, "AdaGrad": 14, "RMSProp": 88, "RMSProp + Nesterov": 66, "AdaDelta": None,
                     "Adam": 74}
    x = data.paths["Adam"].points[:, 0]
    assert x[0] == -1.5 and 12 <= (x > 0).argmax() <= 20 and x.max() > 0.2
    assert adaptive.RACE["adam"][1] == 0.1 and adaptive.RACE["adadelta"][1] == 1
    moves = np.abs(np.diff(data.paths["AdaDelta"].points, axis=0))
    assert moves.max() < 0.005 and moves.max() < 1.1 * moves[0].min()


@says("AdaGrad arrives first is the doing", "the best of 101 rates",
      "AdaGrad and RMSProp arrive after 3 steps",
      "AdaGrad needs 259 steps, more than SGD, and RMSProp does not arrive",
      "Adam and Nesterov's velocity do", "luck; measure over many starts, as 6.12 does")
def test_the_tuned_race(shown):
    assert len(adaptive.TRIED) == 101
    found = steps(shown("race", tuned=True))
    turned = steps(shown("race", tuned=True, surface=adaptive.TURNED))
    assert found["AdaGrad"] == found["RMSProp"] == 3
    assert turned["AdaGrad"] == 259 > turned["SGD"] and turned["RMSProp"] is None
    assert turned["Adam"] and turned["RMSProp + Nesterov"]


@says("lower SGD's rate until it no longer diverges", "start at $x = 0.5$, $y = 0.01$",
      "SGD is still on its way after 300 steps, when all others have arrived")
def test_rosenbrock_and_the_saddle(shown):
    assert shown("race", surface="Rosenbrock").paths["SGD"].diverged
    assert not shown("race", surface="Rosenbrock", lr_sgd=0.0025).paths["SGD"].diverged
    found = steps(shown("race", surface="saddle", start=(0.5, 0.01)))
    assert [name for name, count in found.items() if count is None] == ["SGD"]


# Rare words

@says("24 words by least squares, from 100 minibatches of 32 sentences", "from a half to one in five hundred",
      "best rate of fourteen, in factors of two", "All true weights are ±1", "About a third",
      "5 to 29 of 3,200 sentences, SGD has learned 35 %, RMSProp 62 %, AdaGrad 79 % and Adam 94 %",
      "All methods learn the frequent words")
def test_rare_words_starve_with_sgd(shown):
    data = shown("words")
    assert (adaptive.WORDS, adaptive.UPDATES, adaptive.BATCH) == (24, 100, 32)
    assert data.shares[0] == 0.5 and data.shares[-1] == pytest.approx(1 / 500)
    rates = adaptive.RATES_OF_WORDS
    assert len(rates) == 14 and all(rates[0] < lr < rates[-1] for lr in data.lr.values())
    assert (data.seen[-6:].min(), data.seen[-6:].max()) == (5, 29)
    learned = {name: round(100 * found[-6:].mean()) for name, found in data.learned.items()}
    assert learned == {"SGD": 35, "RMSProp": 62, "AdaGrad": 79, "Adam": 94}
    assert all(abs(found[:6].mean() - 1) < 0.05 for found in data.learned.values())


def rare(data):
    return [data.learned[name][-6:].mean() for name in ("SGD", "RMSProp", "AdaGrad", "Adam")]


@says("Make the rarest word less rare, a tenth: the methods come together",
      "Noise 0: SGD still starves the rare words", "Noise 1: Adam falls behind AdaGrad",
      "the order stays the same in most of them")
def test_the_controls_of_words(shown):
    assert np.ptp(rare(shown("words", rarest=0.1))) < 0.1
    sgd, _, adagrad, adam = rare(shown("words", noise=0.0))
    assert sgd < 0.6 < 0.95 < min(adagrad, adam)
    _, _, adagrad, adam = rare(shown("words", noise=1.0))
    assert adam < adagrad - 0.1
    assert sum(rare(data) == sorted(rare(data)) for data in (shown("words", seed=k) for k in range(10))) > 5


@says("with $p = 1/20$ that is 0.22 instead of 0.05")
def test_mean_over_root_mean_square():
    assert round(np.sqrt(1 / 20), 2) == 0.22


# Weight decay

def halved(weights):
    """Steps until half of each weight is left, inf for never."""
    below = weights < 0.5
    return np.where(below.any(axis=0), below.argmax(axis=0), np.inf)


@says("Which of the two weights does it shrink faster", "The quiet one", "Both alike, by 1 − ε λ per step",
      "shrinks both weights by $1 - \\epsilon\\lambda$ per step, the dotted curve",
      "halves them in about 350 steps",
      "halved after 55 steps and the noisy one after 715", "treats both alike again")
def test_adam_shrinks_the_quiet_weight_and_adamw_both(shown):
    sgd, adam, adamw = map(halved, (data := shown("decay")).weights.values())
    assert list(data.weights) == list(adaptive.DECAYS)
    assert np.log(2) / (data.lr * data.decay) == pytest.approx(350, abs=5)
    for both in (sgd, adamw):
        np.testing.assert_allclose(both, 350, atol=15)
    assert tuple(adam) == (55, 715)


@says("$\\lambda = 0.01$, a twentieth: with Adam the quiet weight is still halved after 86 steps",
      "$\\sigma = 10$: with Adam the noisy weight hardly shrinks at all",
      "$\\sigma = 0.1$: the two curves of Adam come together, both far from the dotted one")
def test_the_controls_of_decay(shown):
    adam = adaptive.DECAYS[1]
    assert shown("decay").decay / 0.01 == pytest.approx(20)
    assert halved(shown("decay", decay=0.01).weights[adam])[0] == 86
    assert shown("decay", noise=10.0).weights[adam][-1, 1] > 0.8
    quiet, noisy = halved(shown("decay", noise=0.1).weights[adam])
    assert noisy < 1.2 * quiet < 350 / 4


# The sweep

@says("up to ten thousand million", "Whose range of good rates has no upper end", "AdaGrad's.",
      "with ε = 1,000 Adam is soon a thousand away", "1 is not the best in this picture",
      "SGD is good over nearly two decades", "Adam is good over five",
      "AdaGrad's range, more than eleven decades",
      "AdaGrad's curve leaves the picture at the bottom, near $\\epsilon = 1$, and does not come back",
      "too large a rate makes a huge first step",
      "Too large a rate makes a huge first step", "6 methods, 65 rates from $10^{-6}$ to $10^{10}$, 390 runs")
def test_the_sweep(shown):
    data = shown("sweep")
    assert adaptive.RATES[-1] == 1e10 and adaptive.RATES[0] == 1e-6
    assert len(adaptive.METHODS) * len(adaptive.RATES) == 390
    assert data.open == ["AdaGrad"]
    assert (data.width["SGD"], data.width["Adam"]) == (1.75, 5) and data.width["AdaGrad"] > 11
    assert np.isinf(data.final["SGD"][-20:]).all()
    assert (data.final["AdaGrad"][24:] < 1e-12 * data.first).all()
    of_one, best = (data.final["AdaDelta"][i] for i in (24, data.final["AdaDelta"].argmin()))
    assert adaptive.RATES[24] == 1 and of_one > 100 * best


def by_three_decades(data, other, name):
    """Whether the curve of `other` is that of `data`, twelve rates to the right."""
    return np.allclose(other.final[name][12:], data.final[name][:-12], rtol=0.01)


@says("The factor 1,000, as if euros were counted in tenths of cents: SGD's curve moves three decades",
      "the others stay", "The factor 0.001: AdaDelta's moves as far as SGD's",
      "to about one decade *for all*", "good over about two decades, SGD over one")
def test_the_controls_of_the_sweep(shown):
    data = shown("sweep")
    large, small = shown("sweep", scale=1000.0), shown("sweep", scale=0.001)
    assert by_three_decades(large, data, "SGD") and by_three_decades(data, small, "SGD")
    best = {name: adaptive.RATES[loss.argmin()] for name, loss in data.final.items()}
    assert all(large.width[name] == data.width[name] for name in best)
    for name in ("RMSProp", "Adam", "AdaDelta"):
        assert adaptive.RATES[large.final[name].argmin()] == best[name]
    assert adaptive.RATES[small.final["AdaDelta"].argmin()] / best["AdaDelta"] > 30
    assert all(0.7 < width < 1.3 for width in shown("sweep", noise=0.5).width.values())
    of_network = shown("sweep", task="network on rings").width
    assert of_network.pop("SGD") == 1 and all(1.7 < width < 2.3 for width in of_network.values())


# The small constant

@says("Outside below about 10⁻⁶, inside below about 10⁻³", "Below 10⁻⁶ in both cases", "δ = 10⁻⁶",
      "Outside below about 10⁻³, inside below about 10⁻⁶", "the root of 10⁻⁶ is 10⁻³",
      "at $10^{-6}$ or at $6 \\cdot 10^{-4}$", "after 100 steps its loss is more than thirty times as high",
      "Multiply the loss by 1: the place does not matter",
      "By $10^{-8}$: inside, the method hardly moves any more")
def test_the_small_constant(shown):
    outside, inside = adaptive.PLACES
    data = shown("constant")
    for name, half in ((outside, 1e-6), (inside, 6e-4)):
        length = np.interp(np.log(half), np.log(adaptive.SIZES), data.steps[name])
        assert length == pytest.approx(0.5, abs=0.06)
    assert data.curves[inside][100] > 30 * data.curves[outside][100]
    same = shown("constant", scale=1.0).curves
    np.testing.assert_allclose(same[inside][:100], same[outside][:100], rtol=0.01)
    tiny = shown("constant", scale=1e-8).curves
    assert tiny[inside][-1] > 0.99 and 0.5 < tiny[outside][-1] < 0.9


# The table of settings

@says("$\\epsilon$ 0.01, $\\delta\\ 10^{-7}$ | ", "$\\epsilon$ 0.001, $\\rho$ 0.9, $\\delta\\ 10^{-6}$ |",
      "$\\epsilon$ 1, $\\rho$ 0.95, $\\delta\\ 10^{-6}$ |",
      "$\\epsilon$ 0.001, $\\beta_1$ 0.9, $\\beta_2$ 0.999, $\\delta\\ 10^{-8}$ | the same",
      "as Adam, $\\lambda$ 0.01 |")
def test_the_library_s_own_settings_are_those_of_the_table():
    def defaults(method):
        return [p.default for p in inspect.signature(method).parameters.values()]

    assert defaults(optimizers.AdaGrad)[:2] == [0.01, 1e-7]
    assert defaults(optimizers.RMSProp)[:3] == [0.001, 0.9, 1e-6]
    assert defaults(optimizers.AdaDelta)[:3] == [1.0, 0.95, 1e-6]
    assert defaults(optimizers.Adam)[:4] == [0.001, 0.9, 0.999, 1e-8]
    assert defaults(optimizers.AdamW)[:5] == [0.001, 0.9, 0.999, 1e-8, 0.01]


# The sentences that no test holds

LEFT_OUT = {
    "if the loss is multiplied by a hundred, the step stays as it was": "follows from the quotient",
    "SGD's rate until it no longer diverges": "an instruction",
}


def test_each_number_of_the_text_is_held_or_left_out_with_a_reason():
    assert prose.uncovered(6, prose.of_figures, [*says.found, *LEFT_OUT]) == []


def test_the_time_that_is_stated_is_that_of_its_words_figures_and_questions():
    for found, said in zip(prose.minutes(6), prose.stated(6)):
        assert found == pytest.approx(said, rel=0.15)
