"""Lecture 5's figures: what the text says of them, and theory."""

from contextlib import redirect_stdout
from functools import cache
from io import StringIO

import numpy as np
import prose
import pytest

from course_lib import datasets
from course_lib.explorers import momentum
from course_lib.explorers.momentum import EFFECTIVE, EQUAL, METHODS, TARGET
from course_lib.live import last
from course_lib.optimizers import Momentum, Nesterov

DESCENT, MOMENTUM, NESTEROV = METHODS


@cache
def ravine(kappa=100.0, lr=0.012, alpha=0.9):
    return momentum.ravine_compute(kappa, lr, alpha).paths


def steps(name, **setting):
    return ravine(**setting)[name].steps_to(TARGET)


def walls(name):
    """How often the path of the default ravine goes from one wall to the other, those at y = -0.1 and 0.1."""
    y = ravine()[name].points[:, 1]
    y = y[np.abs(y) >= 0.1]
    return (y[1:] * y[:-1] < 0).sum()


@cache
def terminal(alpha=0.9, noise=1.0):
    return momentum.terminal_compute(alpha, noise, 1)


@cache
def phase(method="momentum", kappa=30.0, steep=1.4, alpha=0.9):
    return momentum.phase_compute(method, kappa, (steep, alpha))


def radii(*setting, **named):
    return phase(*setting, **named).radius.round(2).tolist()


def period(x, alpha):
    return 2 * np.pi / np.arccos((1 + alpha - x) / (2 * np.sqrt(alpha)))


@cache
def digits(lr=0.01, fair=EFFECTIVE):
    runs = last(momentum.digits_compute(datasets.load("digits"), lr, 0.9, fair)).runs
    return {name: np.nan if run.diverged else run.records[-1].test_accuracy for name, run in runs.items()}


def falling(update, steps=5):
    """Distances of the lecture's example: curvature 1, rate 0.1, momentum 0.9, from 1."""
    d, v = np.ones(1), np.zeros(1)
    for t in range(1, steps + 1):
        update(d, d.copy(), v, t, 0.1, 0.9)
        yield d[0]


def best_of_all(kappa=30.0):
    """The smallest factor, over the map, of the slower of two directions."""
    factors = [momentum.spectral_radius("momentum", momentum.RATES / each, momentum.MOMENTA[:, None])
               for each in (1, kappa)]
    return np.maximum(*factors).min()


def cycle():
    """The last six places of momentum, and the last of Nesterov, in the function of Lessard et al."""
    cell = next(text for kind, text in prose.cells(5) if "class Bent" in text)
    with redirect_stdout(StringIO()) as printed:
        exec(cell, {"np": np, "Momentum": Momentum, "Nesterov": Nesterov})
    return [np.array(line.split(":")[1].split(), float) for line in printed.getvalue().splitlines()]


def polyak(kappa):
    """The best rate times the largest curvature, and the best momentum."""
    root = np.sqrt(kappa)
    return kappa * (2 / (root + 1)) ** 2, ((root - 1) / (root + 1)) ** 2


def best_after(steps, kappa=100.0):
    """What Polyak's settings leave of the distance, in the direction that is left farthest."""
    x, alpha = polyak(kappa)
    rule, theta = Momentum(1.0, alpha), np.ones((2, 1))
    for _ in range(steps):
        rule.step(theta, Curved(np.array([[x / kappa], [x]])))
    return np.abs(theta).max()


class Curved:
    def __init__(self, x):
        self.x = x

    def gradient(self, theta):
        return self.x * theta


SAID = {
    # 5.1
    "it takes at least 35 steps to halve": lambda: np.ceil(np.log(0.5) / np.log(1 - 2 / 100)) == 35,
    "Gradient descent needs about 600 steps to bring the loss below one millionth":
        lambda: abs(steps(DESCENT) - 600) < 10 and TARGET == 1e-6,
    "It needs far fewer, and swings across the ravine and past the minimum.":
        lambda: steps(MOMENTUM) < steps(DESCENT) / 3 and ravine()[MOMENTUM].points[:, 0].max() > 0.2,
    "Gradient descent drops into the ravine within a few steps":
        lambda: np.abs(ravine()[DESCENT].points[5:, 1]).max() < 0.01,
    "arrives four times as early": lambda: 3.5 < steps(DESCENT) / steps(MOMENTUM) < 4.5,
    "hardly swings from wall to wall": lambda: walls(NESTEROV) <= 2 and walls(MOMENTUM) >= 8,
    "needs fewer than half of the steps of momentum": lambda: steps(NESTEROV) < steps(MOMENTUM) / 2,
    "Pull $\\alpha$ to 0: all three are gradient descent":
        lambda: len({steps(name, alpha=0.0) for name in METHODS}) == 1,
    "now the ball rolls back and forth for so long that momentum is slower than gradient descent":
        lambda: steps(MOMENTUM, alpha=0.99) is None and steps(DESCENT, alpha=0.99) < 600,
    "Which method diverges first?":
        lambda: [name for name in METHODS if ravine(lr=0.014)[name].diverged] == [NESTEROV],
    # 5.2
    "after five steps the ball has passed the minimum, while gradient descent has still more than half":
        lambda: list(falling(Momentum.update))[3] > 0 > list(falling(Momentum.update))[4] and 0.9**5 > 0.5,
    # 5.3
    "Less noisy, by a factor of about four.":
        lambda: 3.8 < terminal().noise_before / terminal().noise_after < 4.8,
    "climbs to the dashed line within some thirty steps":
        lambda: 0.95 < terminal(noise=0.0).velocity[29] / terminal().terminal < 1,
    "over 500 draws": lambda: momentum.DRAWS == 500,
    "as if its rate were ten times as large, with 0.99 a hundred times":
        lambda: np.isclose(terminal().terminal, 10) and np.isclose(terminal(0.99).terminal, 100),
    "1 step for $\\alpha = 0.5$, about 7 for 0.9, about 69 for 0.99":
        lambda: [round(momentum.half_life(a)) for a in (0.5, 0.9, 0.99)] == [1, 7, 69],
    "is wrong by that factor, ten for $\\alpha = 0.9$": lambda: np.isclose(1 / (1 - 0.9), 10),
    "which is $0.23\\,\\sigma$ for $\\alpha = 0.9$: less than a quarter":
        lambda: round(np.sqrt(0.1 / 1.9), 2) == 0.23 == terminal().noise_after.round(2),
    "The same velocity also moves ten times as far": lambda: abs(terminal().mean / 10 - 1) < 0.05,
    "after 200 steps the velocity is still climbing":
        lambda: terminal(0.99).mean < 0.9 * terminal(0.99).terminal,
    "The library takes 0.9 unless told otherwise": lambda: Momentum(0.1).momentum == 0.9,
    # 5.4
    "Both shrink by the same factor per step.": lambda: np.ptp(phase().radius) < 1e-12,
    "swings with a period of about 5 steps, the flat one with a period of about 29, and both lose about 5 %":
        lambda: ([round(period(x, 0.9)) for x in phase().x] == [5, 29]
                 and np.allclose(1 - phase().radius, 0.05, atol=2e-3)),
    "the steep one starts a little outside of it":
        lambda: 1 < np.abs(phase().trajectory[2, 0]) / phase().radius[0] ** 2 < 1.3,
    "3.8 instead of 2 for $\\alpha = 0.9$": lambda: np.isclose(2 * (1 + 0.9), 3.8),
    "which is 19 times as much": lambda: np.isclose(3.8 / (1 - 0.9) / 2, 19),
    "that is 0.98 against 0.82": lambda: (round(99 / 101, 2), round(9 / 11, 2)) == (0.98, 0.82),
    "gradient descent has still 14 % of the distance before it, momentum less than a millionth":
        lambda: round((99 / 101) ** 100, 2) == 0.14 and best_after(100) < 1e-6,
    "The steep direction gets faster, 0.71 per step, and the flat one slower, 0.89: it creeps now":
        lambda: (radii(alpha=0.5) == [0.71, 0.89]
                 and phase(alpha=0.5).behaviour == ["oscillating", "monotone"]),
    "The formula gives $\\alpha = 0.48$ and $\\epsilon\\lambda_{\\max} = 2.86$ for $\\kappa = 30$":
        lambda: [round(x, 2) for x in polyak(30)] == [2.86, 0.48],
    "Click there: both shrink by 0.69 per step, and no setting does better for both":
        lambda: radii(steep=2.86, alpha=0.48) == [0.69, 0.69] and best_of_all() > 0.685,
    "the square moves left, beyond the dashed curve":
        lambda: phase(kappa=1000.0).behaviour == ["oscillating", "monotone"],
    # 5.5
    "Momentum with α = 0.9 is stable in a direction with ε λ = 1.4": lambda: phase().radius[0] < 1,
    "It diverges.": lambda: phase("Nesterov").behaviour[0] == "diverging",
    "it shrinks by 0.93 per step where momentum had 0.95":
        lambda: (radii("Nesterov")[1], radii()[1]) == (0.93, 0.95),
    "that is 1.36, less than the 2 of gradient descent": lambda: round(3.8 / 2.8, 2) == 1.36,
    "at $\\epsilon\\lambda = 1$ the steep direction is done after a step":
        lambda: np.abs(phase("Nesterov", steep=1.0).trajectory[1:, 0]).max() < 1e-12,
    "Predicted: 0.0136": lambda: (
        round(3.8 / 2.8 / 100, 4) == 0.0136 and ravine(lr=0.0137)[NESTEROV].diverged
        and not ravine(lr=0.0135)[NESTEROV].diverged),
    "runs round and round through the same three points and never arrives. Nesterov's method does":
        lambda: ((cycle()[0][:3] == cycle()[0][3:]).all() and np.ptp(cycle()[0]) > 1
                 and (cycle()[1] == 0).all()),
    # 5.6
    "on 1,438 handwritten digits for four epochs":
        lambda: len(datasets.load("digits").y) == 1438 and momentum.EPOCHS == 4 and momentum.BATCH == 32,
    "this network takes more than 0.1": lambda: digits()[DESCENT] > 0.95,
    "They are nearly the same.": lambda: np.ptp(list(digits().values())) < 0.01,
    "the accuracies differ by less than one percentage point": lambda: np.ptp(list(digits().values())) < 0.01,
    "gradient descent falls back to 83 %":
        lambda: round(100 * digits(fair=EQUAL)[DESCENT]) == 83 and digits(fair=EQUAL)[MOMENTUM] > 0.95,
    "Gradient descent fails, while momentum and Nesterov still reach more than 90 %":
        lambda: digits(0.1)[DESCENT] < 0.5 and min(digits(0.1)[MOMENTUM], digits(0.1)[NESTEROV]) > 0.9,
    "gradient descent learns well, and momentum, whose effective rate is 3, no longer does":
        lambda: digits(0.3, EQUAL)[DESCENT] > 0.95 and digits(0.3, EQUAL)[MOMENTUM] < 0.15,
    # 5.8
    "ε/(1 − α) = 0.05/0.1 = 0.5 before, and 0.005/0.01 = 0.5 after":
        lambda: np.isclose(0.05 / (1 - 0.9), 0.5) and np.isclose(0.005 / (1 - 0.99), 0.5),
}

SETTING, WRONG, ALGEBRA = "a setting, no result", "a wrong answer", "follows from the formulas beside it"
LEFT_OUT = {
    "The rate is ε = 0.012, the momentum α = 0.9": SETTING,
    "It diverges: ten times the speed is too much": WRONG,
    "it moves up to ten times as far per step": "the bound is the terminal velocity of 5.3",
    "they do not add up tenfold": WRONG,
    "Back at $\\alpha = 0.9$, raise $\\epsilon$ slowly": SETTING,
    "section 5.5 explains it": "a reference",
    "even higher than that of gradient descent; section 5.4 has it": "the limits are asserted there",
    "At equal effective rate the two noises nearly balance": "asserted in test_claims_05.py",
    "The gradient is 1 at every step, plus noise as large as itself": SETTING,
    "Ten times noisier: the velocity is ten times as large": WRONG,
    "The means add up with the weights 1, α, α²": ALGEBRA,
    "Momentum with α = 0.9 in a bowl with κ = 30": SETTING,
    "The steep direction has ε λ = 1.4, so the flat one has 1.4/30 = 0.047": SETTING,
    "Both start at distance 1": SETTING,
    "The steep one: its gradients are 30 times as large": WRONG,
    "where the factor 1 − ε λ depends on the curvature": ALGEBRA,
    "Click at $\\epsilon\\lambda = 1.4$, $\\alpha = 0.5$": SETTING,
    "overshoots where ε λ > 1, and from 1.36 on it wins": "the limit is asserted above",
    "In the ravine of 5.1, find the rate": SETTING,
    "Momentum and Nesterov train with ε = 0.01 and α = 0.9": SETTING,
    "Gradient descent gets their effective rate, ε/(1 − α) = 0.1": SETTING,
    "Gradient descent fails: ten times the rate is too much": WRONG,
    "takes the average in steps ten times as long": ALGEBRA,
    "Back at *the same effective rate*, raise $\\epsilon$ to 0.1": SETTING,
    "The effective rate is now 1": ALGEBRA,
    "why 0.99 swings for so long in the ravine": "asserted of the ravine, in 5.1",
}

TestProse = prose.test(5, prose.of_figures, list(SAID.items()), LEFT_OUT)


def test_the_stated_minutes_are_those_of_the_text():
    assert abs(prose.stated(5)[0] / sum(prose.minutes(5)) - 1) <= 0.15


def test_theory_draws_the_borders_of_the_map():
    for method, rule in (("momentum", Momentum), ("Nesterov", Nesterov)):
        for alpha in (0.3, 0.9):
            limit = momentum._borders(method, np.array(alpha))[2]
            for x, stable in ((0.98 * limit, True), (1.02 * limit, False)):
                theta, method_ = np.ones((1, 1)), rule(1.0, alpha)
                for _ in range(600):
                    method_.step(theta, Curved(x))
                assert (abs(theta[0, 0]) < 1) == stable


@pytest.mark.parametrize("alpha, noise", [(0.0, 1.0), (0.5, 0.5), (0.9, 1.0), (0.95, 2.0)])
def test_the_noise_of_the_velocity_is_that_of_theory(alpha, noise):
    data = momentum.terminal_compute(alpha, noise, 1)
    expected = noise * np.sqrt((1 - alpha) / (1 + alpha))
    assert data.noise_before == pytest.approx(noise, rel=0.03)
    error = np.sqrt((1 / 2 + expected**2) / momentum.DRAWS)         # of a deviation over a mean, relative
    assert data.noise_after == pytest.approx(expected, rel=4 * error)


def test_gradient_descent_gets_the_rate_that_is_chosen():
    data = datasets.load("digits")
    for fair, rate in ((EFFECTIVE, 0.1), (EQUAL, 0.01)):
        assert next(momentum.digits_compute(data, 0.01, 0.9, fair)).descent == pytest.approx(rate)


def test_what_the_solution_says_of_more_momentum():
    """At the best rate for kappa = 100, momentum raised from the best value, 0.67, to 0.99."""
    solution = prose.SOURCES.parents[1] / "solutions" / "source" / "05_momentum.py"
    text = prose.flat(solution.read_text("utf-8"))
    for piece in ("0.7 takes somewhat fewer steps than the best value, 0.67", "about twice as many steps",
                  "it does not arrive within the 600 steps", "momentum needs about a tenth of its steps"):
        assert piece in text
    x, best = polyak(100)
    at = {alpha: steps(MOMENTUM, lr=x / 100, alpha=alpha) for alpha in (best, 0.7, 0.9, 0.99)}
    assert 0.75 * at[best] < at[0.7] < at[best] and 1.7 < at[0.9] / at[best] < 2.6 and at[0.99] is None
    assert np.log(9 / 11) / np.log(99 / 101) == pytest.approx(10, rel=0.05)
