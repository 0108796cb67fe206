"""Schedules: S1's own numbers, the shape of each curve, over arrays of k, Robbins and Monro, what is refused.

That they are PyTorch's is held by tests/oracles/test_torch.py.
"""

import re

import numpy as np
import pytest

from course_lib import schedules
from course_lib.schedules import (AtPlateau, constant, cosine_restarts, exponential, inverse_time, linear,
                                  one_cycle, robbins_monro, step, warmup, warmup_stable_decay)

SCHEDULES = {
    "constant": constant(0.1),
    "linear": linear(0.1, 0.001, 50),
    "linear to 0": linear(0.1, 0, 50),
    "step": step(0.1, 0.5, 7),
    "exponential": exponential(0.1, 0.05),
    "inverse_time": inverse_time(0.1, 0.2),
    "cosine_restarts": cosine_restarts(0.1, 0.01, 10),
    "cosine_restarts, growing": cosine_restarts(0.1, 0.01, 10, 2),
    "cosine_restarts, tripling": cosine_restarts(0.1, 0.0, 1, 3),
    "warmup": warmup(cosine_restarts(0.1, 0.01, 10), 15),
    "warmup_stable_decay": warmup_stable_decay(0.1, 0.01, 9, 30, 20),
    "one_cycle": one_cycle(0.1, 0.01, 0.001, 30, 20),
    "AtPlateau": AtPlateau(0.1, 0.5, 3),
}
each_schedule = pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES)


def power(p):
    return lambda k: (k + 1.0) ** -p


@each_schedule
def test_an_array_of_k_gives_the_curve_that_single_k_give(schedule):
    k = np.arange(120)
    curve = schedule(k)
    assert curve.shape == k.shape and curve.dtype == float
    assert np.array_equal(curve, [schedule(i) for i in range(120)])
    assert np.array_equal(curve.reshape(10, 12), schedule(k.reshape(10, 12)))
    assert np.array_equal(curve, schedule(k.astype(float)))
    assert np.ndim(schedule(3)) == 0 and schedule(np.array([], int)).shape == (0,)


def test_s1s_loop_for_cosine_restarts_gives_the_same_numbers():
    """S1's code as it stands, with its numbers; then with other periods."""
    def loop(t_i, t_mult, min_lr, max_lr, num_epochs):
        t_cur = 0
        for epoch in range(num_epochs):
            # warm restart
            if epoch > 0 and t_cur == t_i:
                t_cur = 0
                t_i *= t_mult
            lr = min_lr + 0.5 * (max_lr - min_lr) * (1 + np.cos(np.pi * t_cur / t_i))
            t_cur += 1
            yield lr

    for period, factor, low, high in ((10, 2, 0.01, 0.1), (10, 1, 0.01, 0.1), (1, 2, 0, 1), (7, 3, 0.1, 0.5)):
        expected = list(loop(period, factor, low, high, 300))
        assert np.array_equal(cosine_restarts(high, low, period, factor)(np.arange(300)), expected)
        assert [cosine_restarts(high, low, period, factor)(k) for k in range(300)] == expected


def test_cosine_restarts_of_s1_by_hand():
    """Periods 10, 20, 40: high at 0, 10, 30, 70, half-way down in the middle, near low before a restart."""
    lr = cosine_restarts(0.1, 0.01, 10, 2)
    assert lr(0) == lr(10) == lr(30) == lr(70) == 0.1
    np.testing.assert_allclose([lr(5), lr(20), lr(50), lr(110)], 0.055, rtol=1e-15)
    for last in (9, 29, 69):
        assert 0.01 < lr(last) < 0.0125 and lr(last) < lr(last - 1)


def test_cosine_restarts_at_a_distant_k():
    """Period n starts at 2^n - 1: exactly, where logarithms would miss by one."""
    starts = 2 ** np.arange(1, 50) - 1
    lr = cosine_restarts(1.0, 0.0, 1, 2)
    assert (lr(starts) == 1.0).all() and (lr(starts[5:] - 1) < 0.01).all()


def test_linear_falls_to_its_end_and_stays():
    lr = linear(0.1, 0.001, 50)
    assert lr(0) == 0.1 and lr(50) == lr(51) == lr(10**9) == 0.001
    np.testing.assert_allclose(np.diff(lr(np.arange(51))), -0.099 / 50, rtol=1e-10)
    np.testing.assert_allclose(lr(25), 0.0505, rtol=1e-15)


def test_step_drops_after_every_so_many_updates():
    np.testing.assert_allclose(step(0.8, 0.5, 3)(np.arange(9)), [0.8] * 3 + [0.4] * 3 + [0.2] * 3, rtol=1e-15)


def test_exponential_loses_the_same_share_in_each_update():
    curve = exponential(0.3, 0.05)(np.arange(100))
    assert curve[0] == 0.3
    np.testing.assert_allclose(curve[1:] / curve[:-1], np.exp(-0.05), rtol=1e-14)
    assert (exponential(0.3, 0)(np.arange(5)) == 0.3).all()


def test_inverse_time_is_the_inverse_of_a_line():
    np.testing.assert_allclose(1 / inverse_time(0.25, 0.5)(np.arange(5)), [4, 6, 8, 10, 12], rtol=1e-15)


def test_warmup_rises_to_the_schedule():
    rates = warmup(constant(0.5), 5)(np.arange(8))
    np.testing.assert_allclose(rates, [0.1, 0.2, 0.3, 0.4, 0.5, 0.5, 0.5, 0.5], rtol=1e-15)
    k, inner = np.arange(100), cosine_restarts(0.1, 0.01, 10, 2)
    assert np.array_equal(warmup(inner, 20)(k)[20:], inner(k)[20:])
    assert np.array_equal(warmup(inner, 1)(k), inner(k))


def test_warmup_stable_decay_rises_stays_and_falls(m=schedules):
    lr = m.warmup_stable_decay(0.5, 0.1, 5, 10, 4)
    np.testing.assert_allclose(lr(np.arange(5)), [0.1, 0.2, 0.3, 0.4, 0.5], rtol=1e-15)
    assert (lr(np.arange(4, 16)) == 0.5).all()
    np.testing.assert_allclose(lr(np.arange(16, 22)), [0.4, 0.3, 0.2, 0.1, 0.1, 0.1], rtol=1e-14)


def test_where_its_stable_part_is_longer_the_rates_before_the_decay_are_the_same(m=schedules):
    k = np.arange(25)
    short, long = (m.warmup_stable_decay(0.3, 0.0, 5, stable, 10) for stable in (20, 500))
    assert np.array_equal(short(k), long(k)) and short(30) < long(30)


def test_one_cycle_goes_up_down_and_far_down(m=schedules):
    lr = m.one_cycle(0.8, 0.2, 0.05, 6, 3)
    np.testing.assert_allclose(lr(np.arange(7)), [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8], rtol=1e-14)
    np.testing.assert_allclose(lr(np.arange(6, 13)), [0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2], rtol=1e-14)
    np.testing.assert_allclose(lr(np.arange(12, 17)), [0.2, 0.15, 0.1, 0.05, 0.05], rtol=1e-14)


def test_at_a_plateau_the_rate_drops_and_the_waiting_begins_anew(m=schedules):
    lr, rates = m.AtPlateau(0.8, 0.5, 2), []
    for loss in (1.0, 0.8, 0.9, 0.8, 0.85, 0.9, 0.7, 0.75, np.nan):
        lr.observe(loss)
        rates.append(lr(7))
    assert rates == [0.8, 0.8, 0.8, 0.4, 0.4, 0.2, 0.2, 0.2, 0.1]       # an equal loss is not below the best


# Robbins and Monro

@pytest.mark.parametrize("p", [0.0, 0.1, 0.3, 0.49, 0.5, 0.51, 0.75, 0.99, 1.0, 1.01, 1.5, 2.0, 4.0])
@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e3])
def test_robbins_monro_of_powers(p, scale):
    found = robbins_monro(lambda k: scale * power(p)(k))
    assert found.sum_diverges == (p <= 1) and found.squares_converge == (p > 0.5)
    assert found.holds == (0.5 < p <= 1)
    np.testing.assert_allclose(found.exponent, p, atol=1e-6)


@pytest.mark.parametrize("schedule, sum_diverges, squares_converge", [
    (constant(0.1), True, False),
    (lambda k: 0.1, True, False),
    (linear(0.1, 0.001, 1000), True, False),
    (linear(0.1, 0, 1000), False, True),
    (step(0.1, 0.5, 1000), False, True),
    (exponential(0.1, 1e-3), False, True),
    (inverse_time(0.1, 1e-3), True, True),
    (inverse_time(0.1, 10.0), True, True),
    (cosine_restarts(0.1, 0.01, 10), True, False),
    (cosine_restarts(0.1, 0.01, 10, 2), True, False),
    (cosine_restarts(0.1, 0.0, 7, 3), True, False),
    (warmup(inverse_time(0.1, 1e-3), 500), True, True),
    (lambda k: cosine_restarts(1.0, 0.1, 10)(k) * power(0.75)(k), True, True),
    (lambda k: 1 / np.sqrt(np.abs(k - 1000)), True, False),
])
def test_robbins_monro_of_schedules(schedule, sum_diverges, squares_converge):
    found = robbins_monro(schedule)
    assert (found.sum_diverges, found.squares_converge) == (sum_diverges, squares_converge)
    assert found.holds == (sum_diverges and squares_converge)


def test_robbins_monro_sees_the_decay_under_a_wave():
    found = robbins_monro(lambda k: cosine_restarts(1.0, 0.1, 10)(k) * power(0.75)(k))
    np.testing.assert_allclose(found.exponent, 0.75, atol=0.01)


def test_robbins_monro_agrees_with_the_sums_themselves():
    """The last half of 2^22 terms is a large share of a series that diverges, a tiny one otherwise."""
    for p in (0.3, 0.75, 1.5):
        found, lr = robbins_monro(power(p)), power(p)(np.arange(2**22))
        for terms, diverges in ((lr, found.sum_diverges), (lr**2, not found.squares_converge)):
            assert (terms[2**21:].sum() / terms.sum() > 0.1) == diverges


def test_what_robbins_monro_cannot_see():
    """As its docstring says: a slow factor at p = 1, a change after 2^41, a decay that begins after 2^30."""
    assert not robbins_monro(lambda k: 1 / (k * np.log(k))).sum_diverges            # it does diverge
    assert robbins_monro(lambda k: np.where(k < 2.0**45, 1 / k, 0)).sum_diverges    # it does not
    assert not robbins_monro(inverse_time(0.1, 1e-15)).squares_converge             # they do


# What is refused

@pytest.mark.parametrize("call, error, words", [
    (lambda: constant(0), ValueError, "lr must be > 0 and finite, got 0"),
    (lambda: constant("0.1"), ValueError, "lr must be > 0 and finite, got '0.1'"),
    (lambda: constant(np.array([[0.1], [0.2]])), ValueError, "lr must be > 0 and finite, got array"),
    (lambda: constant(np.nan), ValueError, "lr must be > 0 and finite, got nan"),
    (lambda: linear(np.inf, 0.1, 10), ValueError, "start must be > 0 and finite, got inf"),
    (lambda: linear(0.1, -0.1, 10), ValueError, "end must be >= 0 and finite, got -0.1"),
    (lambda: linear(0.1, 0.01, 0), ValueError, "tau must be > 0 and finite, got 0"),
    (lambda: step(-0.1, 0.5, 10), ValueError, "lr must be > 0 and finite, got -0.1"),
    (lambda: step(0.1, 0, 10), ValueError, "drop must be > 0 and <= 1, got 0"),
    (lambda: step(0.1, 1.5, 10), ValueError, "drop must be > 0 and <= 1, got 1.5"),
    (lambda: step(0.1, None, 10), ValueError, "drop must be > 0 and <= 1, got None"),
    (lambda: step(0.1, 0.5, 0), ValueError, "every must be a whole number >= 1, got 0"),
    (lambda: step(0.1, 0.5, 2.5), ValueError, "every must be a whole number >= 1, got 2.5"),
    (lambda: exponential(0, 0.1), ValueError, "lr must be > 0 and finite, got 0"),
    (lambda: exponential(0.1, -0.1), ValueError, "rate must be >= 0 and finite, got -0.1"),
    (lambda: inverse_time(0.1, np.nan), ValueError, "rate must be >= 0 and finite, got nan"),
    (lambda: inverse_time(True, 0.1), ValueError, "lr must be > 0 and finite, got True"),
    (lambda: cosine_restarts(0.01, 0.1, 10), ValueError, "low must be <= high 0.01, got 0.1"),
    (lambda: cosine_restarts(0.1, -0.01, 10), ValueError, "low must be >= 0 and finite, got -0.01"),
    (lambda: cosine_restarts(0, 0, 10), ValueError, "high must be > 0 and finite, got 0"),
    (lambda: cosine_restarts(0.1, 0.01, 0), ValueError, "period must be a whole number >= 1, got 0"),
    (lambda: cosine_restarts(0.1, 0.01, 10, 1.5), ValueError, "factor must be a whole number >= 1, got 1.5"),
    (lambda: cosine_restarts(1, 0.1, 10, True), ValueError, "factor must be a whole number >= 1, got True"),
    (lambda: warmup(0.1, 10), TypeError, "schedule must be a function k -> lr, such as constant(0.1), got 0"),
    (lambda: warmup(constant(0.1), 0), ValueError, "steps must be a whole number >= 1, got 0"),
    (lambda: warmup_stable_decay(0, 0, 1, 1, 1), ValueError, "lr must be > 0 and finite, got 0"),
    (lambda: warmup_stable_decay(1, -1, 1, 1, 1), ValueError, "end must be >= 0 and finite, got -1"),
    (lambda: warmup_stable_decay(1, 0, 0, 1, 1), ValueError, "warm must be a whole number >= 1, got 0"),
    (lambda: warmup_stable_decay(1, 0, 1, 2.5, 1), ValueError, "stable must be a whole number >= 1, got 2.5"),
    (lambda: warmup_stable_decay(1, 0, 1, 1, 0), ValueError, "decay must be a whole number >= 1, got 0"),
    (lambda: one_cycle(0, 0, 0, 1, 1), ValueError, "high must be > 0 and finite, got 0"),
    (lambda: one_cycle(1, -1, 0, 1, 1), ValueError, "low must be > 0 and finite, got -1"),
    (lambda: one_cycle(1, 0.1, -1, 1, 1), ValueError, "end must be >= 0 and finite, got -1"),
    (lambda: one_cycle(1, 2, 0, 1, 1), ValueError, "got end 0, low 2, high 1"),
    (lambda: one_cycle(1, 0.1, 0.2, 1, 1), ValueError, "got end 0.2, low 0.1, high 1"),
    (lambda: one_cycle(1, 0.1, 0, 0, 1), ValueError, "rise must be a whole number >= 1, got 0"),
    (lambda: one_cycle(1, 0.1, 0, 1, 0), ValueError, "fall must be a whole number >= 1, got 0"),
    (lambda: AtPlateau(0, 0.5, 2), ValueError, "lr must be > 0 and finite, got 0"),
    (lambda: AtPlateau(1, 1.5, 2), ValueError, "drop must be > 0 and <= 1, got 1.5"),
    (lambda: AtPlateau(1, 0.5, 0), ValueError, "patience must be a whole number >= 1, got 0"),
])
def test_bad_settings(call, error, words):
    with pytest.raises(error, match=re.escape(words)):
        call()


@each_schedule
@pytest.mark.parametrize("k, error, words", [
    (-1, ValueError, "k must be >= 0 (updates already made), got -1"),
    (np.array([3, -2, 1]), ValueError, "k must be >= 0 (updates already made), got -2"),
    (np.nan, ValueError, "k must be >= 0 (updates already made), got nan"),
    ("7", TypeError, "k must be a number, or an array of numbers, got <U1"),
    (None, TypeError, "k must be a number, or an array of numbers, got object"),
])
def test_bad_k(schedule, k, error, words):
    with pytest.raises(error, match=re.escape(words)):
        schedule(k)
