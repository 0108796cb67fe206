"""Lecture 1's figures against theory, and against what the text says of them."""

from functools import cache

import numpy as np
import prose
import pytest

from course_lib import losses
from course_lib.explorers import descent, surfaces
from course_lib.layers import Dense, ReLU
from course_lib.live import last
from course_lib.network import Network


@pytest.mark.parametrize("lr, verdict", [(0.01, "falls slowly"), (0.05, "arrives"), (0.09, "arrives"),
                                         (0.0999, "falls slowly"), (0.1001, "keeps jumping"),
                                         (0.11, "diverges")])
def test_the_ravine_is_stable_up_to_a_tenth(lr, verdict):
    data = surfaces.playground_compute("ravine", (-4.0, 0.5), lr)
    assert data.verdict == verdict and data.limit == pytest.approx(0.1)


@pytest.mark.parametrize("surface, start, lr, verdict", [
    ("Himmelblau", (0.0, -1.0), 0.01, "arrives"), ("Rosenbrock", (-1.2, 1.0), 0.001, "falls slowly"),
    ("Beale", (-2.0, 1.5), 0.001, "falls slowly"), ("Beale", (4.0, 4.0), 0.01, "diverges"),
    ("monkey saddle", (2.0, 0.0), 0.01, "falls slowly"),
    ("monkey saddle", (1.2, 0.05), 0.01, "falls for ever"),
])
def test_what_there_is_to_try(surface, start, lr, verdict):
    assert surfaces.playground_compute(surface, start, lr).verdict == verdict


def test_one_linear_layer_is_its_expansion_and_two_are_not():
    bowl = figure("bowl")
    for point in ((0.4, 0.3), (-2.0, 1.0)):
        one = bowl.compute(network="one linear layer", point=point, angle=45)
        np.testing.assert_allclose(one.expanded, one.surface, rtol=1e-9, atol=1e-9)
        two = bowl.compute(network="two linear layers", point=point, angle=45)
        assert np.abs(two.expanded - two.surface).max() > 1
        assert two.slice[60] == pytest.approx(two.expanded_slice[60])
    low, high = bowl.compute(network="two linear layers", point=(0.0, 0.0), angle=45).eigenvalues
    assert low < 0 < high


@pytest.mark.parametrize("noise, lr", [(1e-5, 0.05), (1e-3, 0.05), (1e-2, 0.1), (1e-2, 0.2)])
def test_half_of_the_particles_leave_when_theory_says(noise, lr):
    data = last(surfaces.saddle_compute(noise, lr))
    # The sideways force y^3 that the linear theory leaves out costs a few steps.
    assert data.predicted - 1 <= np.median(data.times) <= data.predicted + 0.3 / lr + 1
    assert (data.traced[:, -1, 1] == 0).all()


@pytest.mark.parametrize("noise", [1e-6, 1e-2, 1.0])
@pytest.mark.parametrize("lr", [0.02, 0.05, 0.5])
def test_most_particles_leave_within_the_steps_shown(noise, lr):
    data = last(surfaces.saddle_compute(noise, lr))
    assert np.isfinite(data.times).mean() > 0.9 and data.step == data.horizon


def small_network():
    return Network([Dense(4, 6), ReLU(), Dense(6, 3)], losses.softmax_cross_entropy, np.random.default_rng(0))


@pytest.mark.parametrize("per_unit", [True, False])
def test_only_filter_normalized_slices_do_not_see_the_scale(per_unit):
    network = small_network()
    rng = np.random.default_rng(1)
    f = network.objective(rng.standard_normal((20, 4)), rng.integers(0, 3, 20))
    scaled = surfaces.rescaled(network, network.theta, 10.0)
    assert f.value(scaled) == pytest.approx(f.value(network.theta))

    def beside(theta):
        u = surfaces.random_direction(network, theta, np.random.default_rng(2), per_unit)
        return f.value(theta + 0.5 * u)

    assert (beside(network.theta) == pytest.approx(beside(scaled))) == per_unit


def test_directions_are_as_long_as_the_weights():
    network = small_network()
    weights = network.params.views(network.theta)
    direction = surfaces.random_direction(network, network.theta, np.random.default_rng(2), True)
    for key, values in network.params.views(direction).items():
        lengths = np.linalg.norm(weights[key], axis=0) if key[1] == "W" else 0
        np.testing.assert_allclose(np.linalg.norm(values, axis=0), lengths)


# The axes, the steps, the lemma, the bounds: theory

@pytest.mark.parametrize("angle, kappa, share", [(0, 20, 0.9), (30, 20, 0.9), (110, 3, 0.4), (175, 100, 1.1)])
def test_along_the_eigenvectors_each_coordinate_has_a_factor_of_its_own(angle, kappa, share):
    data = descent.axes_compute(angle, kappa, share)
    np.testing.assert_allclose(data.turned, data.predicted, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(data.Q * [1, kappa] @ data.Q.T, data.H, atol=1e-12)
    np.testing.assert_allclose(data.factors, [1 - 2 * share / kappa, 1 - 2 * share])


@pytest.mark.parametrize("kappa, tolerance", [(1, 1e-3), (20, 1e-3), (20, 1e-6), (200, 0.1)])
def test_a_run_takes_as_long_as_the_slower_border(kappa, tolerance):
    data = rates(kappa, tolerance)
    expected = np.ceil(data.borders.max(axis=0) - 1e-6)
    np.testing.assert_array_equal(data.measured, np.where(expected <= descent.MOST, expected, np.inf))
    assert data.measured.min() >= np.ceil(data.fewest - 1e-6)
    if kappa > 1:
        assert data.fewest == pytest.approx(kappa / 2 * np.log(1 / tolerance), rel=0.01)


@pytest.mark.parametrize("curve", descent.CURVES)
def test_each_curve_lies_between_its_parabolas_and_a_step_gains_what_is_sure(curve):
    for x in np.linspace(-3.9, 3.9, 14):
        data = descent.lemma_compute(curve, x, 1.0)
        assert (data.below <= data.values + 1e-12).all() and (data.values <= data.above + 1e-12).all()
        assert (data.gains >= data.promised - 1e-9).all()


@pytest.mark.parametrize("kappa, rate", [(10, 0.1), (1000, 1.0), (1000, 1.9), (1e5, 1.0)])
def test_both_guarantees_hold(kappa, rate):
    data = bounds(kappa, rate)
    assert (data.losses <= data.linear * (1 + 1e-9) + 1e-15).all() and (data.losses <= data.convex + 1e-15).all()


@pytest.mark.parametrize("rate", [0.5, 1.0])
def test_noise_puts_a_floor_under_the_loss_and_the_guarantee_lies_above(rate):
    data = bounds(100, rate, 0.01)
    assert data.losses[-1000:].mean() == pytest.approx(data.floor, rel=0.05)
    assert (data.losses <= data.linear).all()
    assert data.floor == pytest.approx(descent.BENDS * rate * 0.01**2 / 4, rel=0.4)


# What the text says

@cache
def rates(kappa=20, tolerance=1e-3, rate=1.0):
    return last(descent.rates_compute(kappa, tolerance, rate))


@cache
def bounds(kappa=1000, rate=1.0, noise=0):
    return last(descent.bounds_compute(kappa, rate, noise))


@cache
def saddle(noise=0.01, lr=0.05):
    return last(surfaces.saddle_compute(noise, lr))


def half(noise=0.01, lr=0.05):
    return np.median(saddle(noise, lr).times)


@cache
def run(surface="ravine", start=(-4.0, 0.5), lr=0.09):
    return surfaces.playground_compute(surface, start, lr)


def steps_at(rate):
    """Steps measured at a rate, in units of 1/lambda_max, in the figure as it is at first."""
    (i,) = np.flatnonzero(np.isclose(descent.RATES, rate))
    return rates().measured[i]


def best(data):
    return descent.RATES[data.measured.argmin()]


def slope(losses, first, end):
    """Exponent of a power of k between two steps."""
    return np.log(losses[end] / losses[first]) / np.log(end / first)


def turned_back(points):
    """Whether the path jumps across the floor, along the second eigenvector of the ravine, in every step."""
    across = points @ [-np.sin(0.35), np.cos(0.35)]
    return (across[1:20] * across[:19] < 0).all()


@cache
def figure(name):
    return getattr(descent if hasattr(descent, name) else surfaces, name)()


@cache
def slices(epochs, directions="filter-normalized", scale=1.0):
    return last(figure("landscape").compute(epochs=epochs, directions=directions, scale=scale, seed=0))


ROSENBROCK, BEALE, CLIFF = (("Rosenbrock", (-1.2, 1.0), 0.001), ("Beale", (-2.0, 1.5), 0.001),
                            ("Beale", (4.0, 4.0), 0.01))
LEMMA = descent.lemma_compute("strongly convex", 1.7, 1.0)
RISES = descent.lemma_compute("strongly convex", 1.7, 4.0)
AXES = descent.axes_compute(30, 20, 0.9)
HALF = descent.BENDS // 2


def bowl_at(w1, w2):
    """Curvatures of two linear layers, in the figure."""
    return figure("bowl").compute(network="two linear layers", point=(w1, w2), angle=45).eigenvalues


def floor():
    """Best product of two linear layers, on the figure's data with biases 0."""
    rng = np.random.default_rng(3)
    x = rng.standard_normal((20, 1))
    y = x + 0.3 + 0.3 * rng.standard_normal((20, 1))
    return np.sqrt((x * y).mean() / (x * x).mean())


PROSE = [
    ("20 times as strongly curved across as along, and the rate is 0.09",
     lambda: np.linalg.cond(surfaces.SURFACES["ravine"].A) == pytest.approx(20)
     and figure("playground").values["lr"] == 0.09),
    ("each jump shorter, and gets along the ravine", lambda: run().verdict == "arrives" and turned_back(run().path.points)),
    ("Past 0.1 you will see it", lambda: run(lr=0.1001).verdict != "arrives"),
    ("slides along the floor: 84 steps to the target", lambda: len(run().path.values) - 1 == 84),
    ("Past 0.1 it is thrown out", lambda: run(lr=0.11).verdict == "diverges" and run().limit == pytest.approx(0.1)),
    ("does not arrive in 400 steps", lambda: run(lr=0.001).verdict == "falls slowly"
     and len(run(lr=0.001).path.values) == 401 and not turned_back(run(lr=0.001).path.points)),
    ("four minima of the same height", lambda: len(run("Himmelblau").minima) == 4
     and np.ptp(surfaces.SURFACES["Himmelblau"].value(run("Himmelblau").minima)) < 1e-9),
    ("two steps lead down to the valley floor, and the next 398 gain little",
     lambda: run(*ROSENBROCK).path.values[2] < 5 < 20 < run(*ROSENBROCK).path.values[0]
     and run(*ROSENBROCK).path.values[400] > 2 and len(run(*ROSENBROCK).path.values) == 401),
    ("A condition number of about 2,500 at the minimum", lambda: np.linalg.cond(
        surfaces.SURFACES["Rosenbrock"].hessian(np.array([1.0, 1.0]))) == pytest.approx(2500, rel=0.02)),
    ("start at (−2, 1.5) with rate 0.001", lambda: run(*BEALE).path.values[400] > 0.95 * run(*BEALE).path.values[100]
     and np.linalg.norm(run(*BEALE).path.points[400] - [3, 0.5]) > np.linalg.norm([-5, 1])),
    ("start at (4, 4) with rate 0.01, and a single step leaves the map",
     lambda: np.abs(run(*CLIFF).path.points[1]).max() > 4.5),
    ("Start on the axis $y = 0$, right of the middle: the path creeps to the middle and stays",
     lambda: 0 < run("monkey saddle", (2.0, 0.0), 0.01).path.points[-1, 0] < 0.1),
    ("Start a little beside the axis: it falls for ever",
     lambda: run("monkey saddle", (2.0, 0.01), 0.01).verdict == "falls for ever"),
    ("In the first figure the curvatures are 1 and 20, so the limit is $2/20 = 0.1$",
     lambda: surfaces.SURFACES["ravine"].eigenvalues == pytest.approx([1, 20]) and run().limit == pytest.approx(0.1)),

    ("A ravine is turned by 30°", lambda: figure("axes").values["angle"] == 30),
    ("the factors are 0.91 along the floor and −0.8 across", lambda: AXES.factors == pytest.approx([0.91, -0.8])),
    ("one coordinate grows and the other still shrinks",
     lambda: (np.abs(descent.axes_compute(30, 20, 1.1).factors) > 1).tolist() == [False, True]),
    ("Set $\\kappa = 1$", lambda: np.ptp(descent.axes_compute(30, 1, 0.9).factors) == 0),

    ("have curvatures from $\\lambda_{\\max}/20$ to $\\lambda_{\\max}$, so $\\kappa = 20$. The run ends when every one of"
     " them has come down to a thousandth", lambda: rates().curvatures[[0, -1]] == pytest.approx([1 / 20, 1])
     and len(rates().curvatures) == 5 and rates().tolerance == 1e-3),
    ("κ = 20. At which rate are all five directions down to a thousandth",
     lambda: (figure("rates").values["kappa"], figure("rates").values["tolerance"]) == (20, 1e-3)),
    ("the flattest keeps 95 % of its distance per step. The run takes 135 steps",
     lambda: 1 - rates().curvatures[0] == 0.95 and steps_at(1) == 135),
    ("At 1.98/λ_max the run takes 342 steps", lambda: steps_at(1.98) == 342),
    ("at about 1.9/λ_max", lambda: rates().best == pytest.approx(1.9, abs=0.01) and abs(best(rates()) - 1.9) < 0.03),
    ("shrink equally fast: 70 steps", lambda: rates().measured.min() == np.ceil(rates().fewest) == 70),
    ("keeps 97.5 % per step. The run takes 273 steps",
     lambda: 1 - 0.5 * rates().curvatures[0] == 0.975 and steps_at(0.5) == 273),
    ("Move the rate to 1.9: on the right both ends of the V stand equally high",
     lambda: np.ptp(np.abs(1 - 1.9 * rates().curvatures[[0, -1]])) < 0.01),
    ("Raise $\\kappa$ to 200 and the best rate moves to the limit, while the fewest steps grow from 70 to 695",
     lambda: rates(200).measured.min() == 695 and best(rates(200)) == 1.98),
    ("from a thousandth to a millionth: twice as many steps, at the same best rate",
     lambda: rates(20, 1e-6).measured.min() == pytest.approx(140, abs=1) and rates(20, 1e-6).best == rates().best),
    ("For $\\kappa = 20$ and a thousandth that is 69", lambda: round(10 * np.log(1000)) == 69),
    ("At the careful rate $1/\\lambda_{\\max}$ it takes about twice as many",
     lambda: steps_at(1) / rates().measured.min() == pytest.approx(2, rel=0.05)),

    ("Here it falls 1.6 times as far", lambda: (LEMMA.start - LEMMA.landed[1]) / LEMMA.unit == pytest.approx(1.6, abs=0.05)),
    ("the dashed line is sure, whatever the curve does, and is highest at $\\epsilon = 1/L$. At $2/L$ the promise has"
     " come to its end", lambda: descent.STEPS_OF_L[LEMMA.promised.argmax()] == pytest.approx(1)
     and LEMMA.promised[np.isclose(descent.STEPS_OF_L, 2)] == pytest.approx(0)),
    ("its height the square of that, and 14 % would be left", lambda: round(100 * (1 - 1 / 1000) ** 2000) == 14),
    ("This curve still gains at every rate below $3.2/L$",
     lambda: (LEMMA.gains[descent.STEPS_OF_L <= 3.17] >= 0).all() and (LEMMA.gains[descent.STEPS_OF_L > 3.23] < 0).all()),
    ("Move the rate to $4/L$: the loss rises", lambda: RISES.landed[1] > RISES.start),

    ("a bowl of 50 directions with curvatures from $L/\\kappa$ to $L$", lambda: descent.BENDS == 50),
    ("κ = 1,000 and the rate is 1/L. It is sure that after 1,000 steps at most the share (1 − 1/κ)¹⁰⁰⁰ = 37 %",
     lambda: figure("bounds").values == {"kappa": 1000, "rate": 1.0, "noise": 0}
     and bounds().linear[1000] / bounds().losses[0] == pytest.approx(0.37, abs=0.005)),
    ("the one for convex surfaces: 2.6 %", lambda: bounds().convex[1000] / bounds().losses[0] == pytest.approx(0.026, abs=5e-4)),
    ("0.007 %. After 200 steps the steeper half of the directions is all but gone",
     lambda: bounds().losses[1000] / bounds().losses[0] == pytest.approx(7e-5, abs=5e-6)
     and ((1 - np.geomspace(1e-3, 1, descent.BENDS)[HALF:]) ** 400).max() < 1e-5),
    ("averaged over 16 runs where there is noise", lambda: descent.RUNS == 16),
    ("For the first hundred steps the measured curve is nearly straight on the left: it falls like $1/k$",
     lambda: all(abs(slope(bounds().losses, *ends) + 1) < 0.2 for ends in ((1, 10), (10, 100)))),
    ("Towards the end only the flattest directions are left, and it is nearly straight on the right",
     lambda: all(np.log(bounds().losses[k] / bounds().losses[k + 500]) == pytest.approx(1.1, rel=0.07)
                 for k in (2500, 3000, 3500))),
    ("Raise $\\kappa$ to 100,000: within 4,000 steps the factor never takes over, and the curve falls like $1/k$",
     lambda: all(abs(slope(bounds(1e5).losses, *ends) + 1) < 0.05 for ends in ((10, 100), (100, 1000), (1000, 4000)))
     and bounds(1e5).linear[4000] > 0.9 * bounds(1e5).losses[0]),
    ("Move the rate from 1 to 1.9: what happens gets better and what is sure gets worse",
     lambda: bounds(rate=1.9).losses[1000] < bounds().losses[1000] and bounds(rate=1.9).linear[1000] > bounds().linear[1000]
     and bounds(rate=1.9).convex[1000] > bounds().convex[1000]),
    ("the curve falls as before, and then stops at a floor",
     lambda: bounds(noise=0.01).losses[4] == pytest.approx(bounds().losses[4], rel=0.15)
     and bounds(noise=0.01).losses[-1000:].mean() == pytest.approx(bounds(noise=0.01).floor, rel=0.05)),

    ("Back to two layers, expand at (0, 0), with the slice at 45°",
     lambda: bowl_at(0, 0)[0] < 0 < bowl_at(0, 0)[1] and figure("bowl").values["point"] == (0, 0)),
    ("a trough on the floor, a bowl just inside of it, on the side of the origin, and a saddle outside, at (1, 1)",
     lambda: abs(bowl_at(floor(), floor())[0]) < 1e-9 and bowl_at(0.9 * floor(), 0.9 * floor())[0] > 0.1
     and bowl_at(1.1 * floor(), 1.1 * floor())[0] < -0.1 and bowl_at(1, 1)[0] < 0),
    ("Between a third of the best product and the best product it is positive",
     lambda: all((bowl_at(*2 * [share**0.5 * floor()])[0] > 0) == (1 / 3 < share < 1)
                 for share in (0.3, 0.36, 0.6, 0.97, 1.03))),

    ("The rate is 0.05 and σ = 0.01, so noise moves a particle by about 0.0005 in a step. When have half of the"
     " particles come farther than 0.5", lambda: figure("saddle").values == {"noise": 0.01, "lr": 0.05}
     and surfaces.AWAY == 0.5 and 0.05 * 0.01 == pytest.approx(0.0005)),
    ("After about 130 steps", lambda: abs(half() - 130) < 5),
    ("its distance grows by the factor 1.05 in each step", lambda: np.median(
        saddle().traced[110, :-1, 1] / saddle().traced[109, :-1, 1]) == pytest.approx(1.05, abs=0.01)),
    ("the paths of 40 of the particles", lambda: surfaces.TRACED == 40 == saddle().traced.shape[1] - 1),
    ("half of them by step 131, where the theory below says 126",
     lambda: half() == 131 and round(saddle().predicted) == 126 and surfaces.PARTICLES == 1000),
    ("Weaken the noise tenfold, twice: the histogram moves by the same 47 steps each time",
     lambda: abs(half(1e-3) - half() - 47) < 3 and abs(half(1e-4) - half(1e-3) - 47) < 3),
    ("Double the rate: everything takes about half as long", lambda: half(lr=0.1) / half() == pytest.approx(0.5, abs=0.06)),

    ("A 64-32-10 network has learned the digits for eight epochs",
     lambda: (surfaces.HIDDEN, surfaces.EPOCHS) == (32, 8) and figure("landscape").values["epochs"] == 8),
    ("its loss on 256 training examples", lambda: surfaces.EXAMPLES == 256),
    ("A bowl: the loss rises every way.", lambda: slices(8).surfaces[1].min() >= 0.95 * slices(8).values[1]
     and min(slices(8).surfaces[1][[0, -1, 10, 10], [10, 10, 0, -1]]) > 5 * slices(8).values[1]),
    ("after one epoch there is a bowl, and until the sixth its middle sinks, from 0.45 to 0.08",
     lambda: (np.diff([slices(epochs).values[1] for epochs in range(7)]) < 0).all()
     and [slices(1).values[1], slices(6).values[1]] == pytest.approx([0.45, 0.08], abs=0.005)
     and min(slices(1).surfaces[1][[0, -1, 10, 10], [10, 10, 0, -1]]) > 1.5 * slices(1).values[1]),
    ("Move $r$: nothing", lambda: np.allclose(slices(8, scale=10.0).surfaces, slices(8).surfaces)
     and not np.allclose(slices(8, "plain", 10.0).surfaces, slices(8, "plain").surfaces, rtol=1)),
]
LEFT_OUT = {
    "and 1.3 says why just there": "points to a section",
    "*Ravine*, from 0.09 down to 0.001: first the jumps": "what to set; the sentence before it is held",
    "Start at about (−1.2, 1) with rate 0.001": "what to set",
    "At 1/λ_max: there": "an answer to choose; the rates are held in what is said of them",
    "As close to the limit 2/λ_max as one can get.": "an answer to choose",
    "At half of 1/λ_max: slow and safe.": "an answer to choose",
    "Right, for the rate chosen, the factor $|1 - \\epsilon\\lambda|$": "a formula, drawn",
    "You step by the rate 1/L.": "what is asked",
    "It falls by g²/2L": "answers to choose; the lemma",
    "About 37 %: a bowl with this κ behaves as theory says.": "an answer to choose",
    "After about 1,000 steps, which is 0.5 / 0.0005.": "an answer to choose",
    "After about a million steps, the square of that.": "an answer to choose",
    "In the mean over the particles y stays zero": "symmetry",
    "grows by the factor $1 + \\epsilon$ per step": "held above, for the rate 0.05",
    "With $\\sigma = 1$ particles escape at once": "a question",
    "At first the noise moves it about": "held above, for the rate 0.05",
    "The height above the minimum, step by step, twice": "what is drawn",
}
TestProse = prose.test(1, prose.of_figures, PROSE, LEFT_OUT)


def test_the_stated_time_is_that_of_the_text():
    for found, said in zip(prose.minutes(1), prose.stated(1)):
        assert found == pytest.approx(said, rel=0.15)
