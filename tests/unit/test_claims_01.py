"""Claims C36 and C52: the direction of each number, its theory, and wrong methods that are seen."""

import numpy as np
import pytest

from course_lib import losses
from course_lib.claims import surfaces as lecture
from course_lib.claims.findings import FAILS, HOLDS, ONLY_IF
from course_lib.layers import Dense
from course_lib.optimizers import SGD
from course_lib.problems import Saddle

SEEDS = tuple(range(100, 108))
EXPERIMENTS = {f.__name__: f for claim in lecture.CLAIMS for f in claim.experiments}


# C36

def test_one_linear_layer_is_its_own_expansion(findings):
    f = findings["expansion"]
    assert f.verdict == HOLDS and (f.values < 1e-12).all()


def test_the_bowl_of_the_digits_is_a_trough(findings):
    f = findings["closed"]
    assert f.verdict == ONLY_IF and (f.data["Gaussian"] == 0).all()
    # At least the pixels that never change: 3 of 65 directions, over the whole data set.
    assert (f.values >= 3 / 65).all() and (f.values < 0.5).all()


@pytest.mark.parametrize("name", ["deeper", "other_loss"])
def test_the_expansion_fails_by_a_term_of_third_order(name, findings):
    f = findings[name]
    assert f.verdict == FAILS and (f.values > 0.01).all()
    # A step ten times as long: a gap a thousand times as large, as long as it is small.
    small, middle = np.median(f.data["gap"], axis=0)[:2]
    assert 200 < middle / small < 2000


def test_two_linear_layers_have_a_saddle_at_zero_and_cross_entropy_none(findings):
    at_zero = findings["deeper"].data["smallest curvature at 0"]
    assert (at_zero < -0.05).all()
    assert findings["other_loss"].data["convex"].all()


# C52

def test_leaving_a_saddle_takes_a_logarithmic_time(findings):
    f = findings["slow"]
    assert f.verdict == HOLDS and (f.values < 1e-3).all()
    per_decade = np.diff(f.data["steps"], axis=1) / 2
    np.testing.assert_allclose(per_decade, np.log(10) / np.log1p(lecture.RATE), atol=1)


def test_noise_leaves_if_it_points_away(findings):
    f = findings["escape"]
    assert f.verdict == ONLY_IF and (f.values > 0.95).all()
    assert (f.data["gone, noise along the ridge"] == 0).all() and (f.data["gone without"] == 0).all()
    # A hundred times less noise costs log 100 / log(1 + lr) steps.
    steps = np.median(f.data["steps"], axis=0)
    np.testing.assert_allclose(steps[0] - steps[1], np.log(100) / np.log1p(lecture.RATE), rtol=0.1)


def test_a_random_start_needs_no_noise(findings):
    f = findings["random_start"]
    assert f.verdict == FAILS and np.isfinite(f.data["without"]).all()
    assert (np.abs(f.values - 1) < 0.1).all()


def test_minibatches_do_not_break_a_symmetry(findings):
    f = findings["symmetry"]
    assert f.verdict == FAILS and (f.values > 2).all()
    assert (f.data["difference"] < lecture.TOGETHER).all()


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_a_seed_gives_the_same_value_whatever_the_others_are(name, findings):
    some = EXPERIMENTS[name](SEEDS[5:3:-1])
    np.testing.assert_allclose(some.values, findings[name].values[5:3:-1], rtol=1e-6, atol=1e-12)


# Wrong methods turn the verdict

class Kicked(Saddle):
    """A saddle whose gradient never vanishes: the ridge is tilted."""

    def gradient(self, theta):
        return super().gradient(theta) - [0.0, 0.3]


class Valley(Saddle):
    """Curves up both ways: no saddle."""

    def gradient(self, theta):
        return np.asarray(theta) * 1.0


class Turned(SGD):
    """The mistake that leaks each step of the first coordinate into the second."""

    @staticmethod
    def update(theta, g, t, lr):
        theta -= lr * g
        theta[..., 1] -= lr * g[..., 0]


class Jittered(SGD):
    """Gradient descent with noise of its own, on every weight by itself."""

    @staticmethod
    def update(theta, g, t, lr):
        theta -= lr * g
        theta += 1e-2 * np.random.default_rng(t).standard_normal(theta.shape)


class Bent(Dense):
    """A dense layer with the sine of its weights in place of the weights."""

    def forward(self, p, x, train):
        return super().forward({"W": np.sin(p["W"]), "b": p["b"]}, x, train)



@pytest.mark.parametrize("name, wrong, verdict", [
    ("expansion", {"Dense": Bent}, FAILS),
    ("slow", {"Saddle": Kicked}, FAILS),
    ("escape", {"SGD": Turned}, HOLDS),
    ("escape", {"Saddle": Valley}, FAILS),
    ("symmetry", {"SGD": Jittered}, HOLDS),
])
def test_a_wrong_method_turns_the_verdict(name, wrong, verdict, findings, monkeypatch):
    for method, replacement in wrong.items():
        monkeypatch.setattr(lecture, method, replacement)
    mutant = EXPERIMENTS[name](SEEDS)
    assert mutant.verdict == verdict != findings[name].verdict


@pytest.mark.parametrize("name", ["deeper", "other_loss"])
def test_a_quadratic_in_its_place_would_hold(name, findings, monkeypatch):
    """With one layer and the squared loss in its place, both experiments report that the claim holds."""
    gaps = lecture.expansion_gaps
    monkeypatch.setattr(lecture, "expansion_gaps", lambda seeds, layers, loss: gaps(
        seeds, [Dense(lecture.INPUTS, lecture.OUTPUTS)], losses.mean_squared_error))
    assert EXPERIMENTS[name](SEEDS).verdict == HOLDS


def test_dead_inputs_open_every_bowl(findings, monkeypatch):
    monkeypatch.setattr(lecture, "draw", lambda rngs, sample: np.stack([sample(rng) for rng in rngs]) * 0)
    assert lecture.closed(SEEDS).verdict == FAILS


def test_a_large_noise_beside_a_small_start_helps(findings, monkeypatch):
    plain = lecture.gaussian
    monkeypatch.setattr(lecture, "gaussian", lambda rngs, steps, *shape: 200 * plain(rngs, steps, *shape))
    mutant = lecture.random_start(SEEDS)
    assert mutant.verdict == HOLDS != findings["random_start"].verdict
