"""Claims C01 to C08: the theory behind the numbers, and wrong schemes that are seen."""

import numpy as np
import pytest
from claims_contract import *  # noqa: F403
from claims_contract import SEEDS

from course_lib.claims import initialization as lecture
from course_lib.claims.measurement import CONTRADICTED, EQUAL, SUPPORTED, UNDECIDED
from course_lib.claims.signals import scaled
from course_lib.initializers import gram_schmidt, he_normal, lecun_normal, normal
from course_lib.layers import LeakyReLU
from course_lib.optimizers import SGD

LECTURES = lecture,
OUTCOMES = {
    ("C01", "speed"): (SUPPORTED, SUPPORTED),
    ("C01", "quality: the loss reached"): (SUPPORTED, SUPPORTED),
    ("C01", "quality: wrong answers"): (SUPPORTED, EQUAL),
    ("C01", "arriving at all"): (SUPPORTED, EQUAL),
    ("C02", "test loss"): (SUPPORTED, UNDECIDED),
    ("C02", "wrong answers"): (SUPPORTED, UNDECIDED),
    ("C03", "equal units stay equal"): (SUPPORTED, CONTRADICTED),
    ("C03", "dropout parts them"): (SUPPORTED,),
    ("C03", "no input pattern is lost"): (SUPPORTED, CONTRADICTED),
    ("C03", "units must be different"): (SUPPORTED,),
    ("C04", "nearly as different"): (SUPPORTED, CONTRADICTED),
    ("C04", "far cheaper"): (SUPPORTED,),
    ("C04", "no benefit for the cost"): (SUPPORTED, CONTRADICTED),
    ("C05", "Gaussian or uniform"): (SUPPORTED,),
    ("C05", "any law"): (SUPPORTED, CONTRADICTED),
    ("C06", "optimization"): (SUPPORTED, SUPPORTED),
    ("C06", "generalization"): (SUPPORTED, SUPPORTED),
    ("C07", "too large: forward"): (SUPPORTED, EQUAL),
    ("C07", "too large: backward"): (SUPPORTED, SUPPORTED),
    ("C07", "too small: forward"): (SUPPORTED, SUPPORTED),
    ("C07", "too small: backward"): (SUPPORTED, SUPPORTED),
    ("C07", "chaos in recurrent networks"): (SUPPORTED, EQUAL),
    ("C08", "the variance is kept"): (SUPPORTED, CONTRADICTED),
    ("C08", "in narrow networks it sinks"): (SUPPORTED,),
    ("C08", "a rule for ReLU networks"): (SUPPORTED, EQUAL),
    ("C08", "training changes it"): (SUPPORTED, SUPPORTED),
}


# The numbers, and their theory

def test_the_numbers_of_the_text(parts):
    """What section 3.9 says of the table."""
    def middle(id, name, arm=0):
        return np.median(parts[id, name].arms[arm].values)

    assert 0.35 < middle("C01", "arriving at all") < 0.45
    assert 0.2 < middle("C01", "quality: wrong answers") < 0.3
    assert 1.25 < middle("C02", "test loss") < 1.42 and 1.05 < middle("C02", "test loss", 1) < 1.15
    assert 1.2 < np.median(parts["C02", "test loss"].data["chance"]) < 1.3


def test_equal_cost_is_where_the_training_loss_is_passed(parts):
    data = parts["C02", "test loss"].data
    before = np.floor(data["record"]).astype(int)[:, None]
    higher, lower = (np.take_along_axis(data["loss"], before + i, axis=1)[:, 0] for i in (0, 1))
    assert (higher > 0.2).all() and (lower <= 0.2).all()
    share = data["record"] - before[:, 0]
    np.testing.assert_allclose(higher ** (1 - share) * lower**share, 0.2)


def test_equal_units_stay_exactly_equal_and_other_units_do_not(parts):
    part = parts["C03", "equal units stay equal"]
    assert (part.arm.values == 0).all() and (part.without.values > 0.1).all()
    assert (parts["C03", "dropout parts them"].arm.values > 0.1).all()


def test_cosines_are_those_of_random_vectors(parts):
    mean = parts["C04", "nearly as different"].data["mean"]
    np.testing.assert_allclose(mean[:, 2:], np.sqrt(2 / np.pi / np.array([64, 256])) * np.ones((16, 1)),
                               rtol=0.05)


class Counting(float):
    """A number that counts the multiplications that it takes part in."""

    count = 0

    def __mul__(self, other):
        Counting.count += 1
        return Counting(float(self) * other)

    def __add__(self, other):
        return Counting(float(self) + other)

    def __sub__(self, other):
        return Counting(float(self) - other)


def test_multiplications_of_gram_schmidt_are_those_counted():
    n = 6
    A = np.random.default_rng(0).standard_normal((n, n))
    Counting.count, Q = 0, []
    for column in A.T:
        q = [Counting(x) for x in column]
        for _ in range(2):                                      # the library takes the parts out twice
            parts = [sum((a * b for a, b in zip(q, done)), Counting(0)) for done in Q]
            for part, done in zip(parts, Q):
                q = [x - part * y for x, y in zip(q, done)]
        length = np.linalg.norm([float(x) for x in q])
        Q.append([Counting(x / length) for x in q])
    np.testing.assert_allclose(np.array(Q, float).T, gram_schmidt(A), atol=1e-12)
    assert Counting.count == lecture.gram_schmidt_products(n)


def test_growth_per_layer_is_that_of_the_variances(parts):
    """Gain squared for ReLU, forward and backward. 14 factors, each off by some sqrt(5 / 64)."""
    error = 4 * np.sqrt(5 / 64 / 14)
    for way in ("forward", "backward"):
        np.testing.assert_allclose(parts["C07", f"too large: {way}"].arm.values, 4, rtol=error)
        np.testing.assert_allclose(parts["C07", f"too small: {way}"].arm.values, 1 / 4, rtol=error)


def test_chaos_begins_above_gain_one_and_grows_with_the_gain(parts):
    factor = parts["C07", "chaos in recurrent networks"].data["factor"]
    assert (np.diff(factor, axis=1) > 0).all() and (factor[:, 2] > np.exp(0.1)).all()
    # Far below gain 1 the states die, the step is linear, the largest eigenvalue has a radius near the gain.
    np.testing.assert_allclose(factor[:, 0], 0.5, rtol=0.15)


def test_he_keeps_the_mean_square_and_glorot_halves_it(parts):
    data = parts["C08", "the variance is kept"].data
    np.testing.assert_allclose(data["Glorot"], data["He"] / 2, rtol=1e-9)   # the same draws, and ReLU scales
    np.testing.assert_allclose(data["He"], 1, atol=4 * np.sqrt(5 / 64 / 50))


@pytest.mark.parametrize("scheme", [lecture.random_signs, lecture.one_weight, he_normal])
def test_the_shapes_have_one_variance(scheme):
    W = scheme(np.random.default_rng(0), (64, 2000))
    assert abs(W.var() * 64 / 2 - 1) < 4 * np.sqrt(2 / 2000)     # at worst 2,000 weights that are not zero


def test_starts_with_one_number_differ_by_their_scheme_only():
    starts = [(he_normal, 0), (scaled(he_normal, 3.0), 0), (he_normal, 1)]
    he, tripled, other = lecture.drawn(starts, [8, 8])(np.random.default_rng(0))
    np.testing.assert_allclose(tripled, 3 * he)
    assert (other != he).mean() > 0.9
    twice = lecture.drawn(starts, [8, 8], repeats=2)(np.random.default_rng(0))
    np.testing.assert_array_equal(twice[::2], [he, tripled, other])
    np.testing.assert_array_equal(twice[::2], twice[1::2])


# Wrong schemes turn the outcome

def jittered(rng, shape):
    return 0.5 + 0.1 * rng.standard_normal(shape)


def always(scheme, seed):
    """The same draw whatever the generator."""
    return lambda rng, shape: scheme(np.random.default_rng(seed), shape)


def trainings(factor):
    """In place of `ends`: the j-th scheme ends `factor`^j times as high as the first, draws differ by 1 %."""
    def ends(seeds, starts, hidden, rates, passes, activation=None, every=None):
        schemes = list(dict.fromkeys(scheme for scheme, _ in starts))
        middle = np.log2(rates).mean()
        loss = np.array([[[factor ** schemes.index(scheme) * np.exp(0.01 * rng.standard_normal())
                           * 1.3 ** abs(np.log2(rate) - middle) for rate in rates] for scheme, _ in starts]
                         for rng in map(np.random.default_rng, seeds)])
        return [np.stack([loss, loss])] * 2 + [np.stack([loss, loss]) / 100]

    return ends


@pytest.mark.parametrize("experiment, wrong, name, expected", [
    (lecture.initial_points, {"he_normal": always(he_normal, 3)}, "quality: the loss reached",
     (EQUAL, EQUAL)),
    (lecture.equal_cost, {"scaled": lambda scheme, gain: scheme}, "test loss", (EQUAL, UNDECIDED)),
    (lecture.equal_units, {"equal_in": jittered}, "equal units stay equal", (CONTRADICTED, CONTRADICTED)),
    (lecture.equal_units, {"equal_in": jittered}, "no input pattern is lost", (SUPPORTED, SUPPORTED)),
    (lecture.equal_units, {"glorot_normal": lecture.equal_out}, "equal units stay equal",
     (SUPPORTED, SUPPORTED)),
    (lecture.equal_units, {"Dropout": lambda p: LeakyReLU(1.0)}, "dropout parts them", (EQUAL,)),
    (lecture.nearly_different, {"normal": lambda rng, shape, std: 1 + normal(rng, shape, std)},
     "nearly as different", (CONTRADICTED, CONTRADICTED)),
    (lecture.cheaper, {"gram_schmidt_products": lambda n: n**2}, "far cheaper", (EQUAL,)),
    (lecture.no_benefit, {"ends": trainings(1.0)}, "no benefit for the cost", (SUPPORTED, SUPPORTED)),
    (lecture.shapes, {"ends": trainings(1.5)}, "Gaussian or uniform", (CONTRADICTED,)),
    (lecture.shapes, {"ends": trainings(1.0)}, "any law", (SUPPORTED, SUPPORTED)),
    (lecture.scales, {"ends": trainings(1.0)}, "optimization", (EQUAL, EQUAL)),
    (lecture.scales, {"ends": trainings(1.0)}, "generalization", (EQUAL, EQUAL)),
    (lecture.sizes, {"scaled": lambda scheme, gain: scaled(scheme, 1 / gain)}, "too large: forward",
     (CONTRADICTED, CONTRADICTED)),
    (lecture.sizes, {"scaled": lambda scheme, gain: scaled(scheme, 1 / gain)}, "too large: backward",
     (CONTRADICTED, CONTRADICTED)),
    (lecture.sizes, {"scaled": lambda scheme, gain: scaled(scheme, 1 / gain)}, "too small: forward",
     (CONTRADICTED, EQUAL)),
    (lecture.chaos, {"lecun_normal": lambda rng, shape: 0.2 * lecun_normal(rng, shape)},
     "chaos in recurrent networks", (CONTRADICTED, CONTRADICTED)),
    (lecture.kept, {"he_normal": lecun_normal}, "the variance is kept", (CONTRADICTED, CONTRADICTED)),
    (lecture.kept, {"glorot_normal": he_normal}, "the variance is kept", (SUPPORTED, SUPPORTED)),
    (lecture.rule_of_thumb, {"ends": trainings(1.0)}, "a rule for ReLU networks", (EQUAL, EQUAL)),
    (lecture.rule_of_thumb, {"ends": trainings(1 / 1.5)}, "a rule for ReLU networks",
     (CONTRADICTED, CONTRADICTED)),
    (lecture.remains, {"SGD": lambda rate: SGD(rate * 1e-6)}, "training changes it",
     (EQUAL, EQUAL)),
])
def test_a_wrong_scheme_turns_the_outcome(experiment, wrong, name, expected, monkeypatch):
    for method, replacement in wrong.items():
        monkeypatch.setattr(lecture, method, replacement)
    found = experiment(SEEDS[:8])
    part = next(part for part in (found if isinstance(found, tuple) else (found,)) if part.name == name)
    right = next(arms for (_, known), arms in OUTCOMES.items() if known == name)
    assert tuple(arm.outcome for arm in part.arms) == expected != right
