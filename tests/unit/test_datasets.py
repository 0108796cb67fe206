"""Data sets: the digits of scikit-learn, standardized by the training set alone; spirals by their law."""

import numpy as np
import pytest
from scipy import stats
from sklearn.datasets import load_digits

from course_lib import datasets

ALPHA = 1e-6  # a right implementation fails a statistical test with this probability; the seeds are fixed


@pytest.fixture(scope="module")
def digits():
    return datasets.load("digits")


def test_digits_are_all_there_and_every_fifth_is_for_testing(digits):
    raw, labels = load_digits(return_X_y=True)
    assert len(raw) == 1797
    assert digits.x.shape == (1438, 64) and digits.x_test.shape == (359, 64)
    assert digits.classes == 10 and digits.name == "digits"
    fifth = np.arange(1797) % 5 == 4
    assert np.array_equal(digits.y, labels[~fifth]) and np.array_equal(digits.y_test, labels[fifth])
    # Shifted and scaled as a whole: one straight line takes every pixel back.
    scale, shift = np.polyfit(digits.x.ravel(), raw[~fifth].ravel(), 1)
    np.testing.assert_allclose(scale * digits.x + shift, raw[~fifth], atol=1e-12)
    np.testing.assert_allclose(scale * digits.x_test + shift, raw[fifth], atol=1e-12)


def test_digits_are_standardized_over_the_training_set_alone(digits):
    assert abs(digits.x.mean()) < 1e-14 and abs(digits.x.std() - 1) < 1e-14
    assert abs(digits.x_test.mean()) > 1e-4        # the test set had no say


def test_digits_have_every_class_in_both_parts_and_types_a_network_takes(digits):
    for y in (digits.y, digits.y_test):
        assert y.dtype.kind == "i" and np.array_equal(np.unique(y), np.arange(10))
    assert digits.x.dtype == digits.x_test.dtype == np.float64


def test_digits_are_the_same_each_time_and_nobody_elses(digits):
    again = datasets.load("digits")
    for name in ("x", "y", "x_test", "y_test"):
        assert np.array_equal(getattr(again, name), getattr(digits, name))
        assert not np.shares_memory(getattr(again, name), getattr(digits, name))


def spirals(seed=0, **options):
    return datasets.load("spirals", np.random.default_rng(seed), **options)


def test_spirals_come_from_their_rng():
    first, again, other = spirals(0), spirals(0), spirals(1)
    for name in ("x", "x_test"):
        assert np.array_equal(getattr(first, name), getattr(again, name))
        assert not np.array_equal(getattr(first, name), getattr(other, name))
    assert not np.array_equal(first.x, first.x_test)


@pytest.mark.parametrize("n", [1, 7, 100])
def test_spirals_have_n_points_of_each_class_in_each_part(n):
    data = spirals(n=n)
    for x, y in ((data.x, data.y), (data.x_test, data.y_test)):
        assert x.shape == (2 * n, 2) and np.array_equal(np.bincount(y), [n, n])
    assert data.classes == 2
    assert len(spirals().x) == 200


def test_spirals_without_noise_are_two_curves_half_a_turn_apart():
    data = spirals(n=300, noise=0)
    turned = np.where(data.y[:, None] == 1, -data.x, data.x)    # a half turn puts the second on the first
    radius, angle = np.hypot(*turned.T) / 2, np.arctan2(*turned.T[::-1])
    assert radius.max() < 1 and radius.min() > np.sqrt(0.05)
    turns = 1.5 * radius - angle / (2 * np.pi)    # whole numbers: 1.5 turns from radius 0 to 1
    np.testing.assert_allclose(turns, np.round(turns), atol=1e-14)
    assert stats.kstest(radius**2, "uniform", (0.05, 0.95)).pvalue > ALPHA    # more points further out


def test_noise_has_its_deviation():
    exact, moved = spirals(n=5000, noise=0), spirals(n=5000, noise=0.25)
    noise = (moved.x - exact.x) / 0.25    # the same rng: the same points under the noise
    low, high = stats.chi2.ppf([ALPHA / 2, 1 - ALPHA / 2], noise.size)
    assert low < (noise**2).sum() < high
    assert stats.kstest(noise.ravel(), "norm").pvalue > ALPHA
