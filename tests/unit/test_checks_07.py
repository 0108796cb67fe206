"""Exercise 7: right versions written differently, the references against the library, what students write."""

import math

import numpy as np
import pytest

from course_lib import checks, schedules, training
from course_lib.checks import feedback


# ---- right versions

def decays_step_by_step(k, lr, last, n, drops):
    q, step = (last / lr) ** (1 / drops), lr
    for _ in range(k // (n // (drops + 1))):
        step *= q
    return [step, lr * math.exp(-math.log(lr / last) / n * k), 1 / (1 / lr + (1 / last - 1 / lr) * k / n)]


def decays_in_logarithms(k, lr, last, n, drops):
    first, end = np.log([lr, last])
    share = np.floor(k * (drops + 1) / n) / drops
    powers = np.exp([first + share * (end - first), first + k / n * (end - first)])
    return np.append(powers, lr * last * n / (last * n + (lr - last) * k))


def cosine_update_by_update(k, high, low, period, factor):
    c, n = 0, period
    for _ in range(k):
        c += 1
        if c == n:
            c, n = 0, n * factor
    return low + 0.5 * (high - low) * (1 + math.cos(math.pi * c / n))


def cosine_by_half_the_angle(k, high, low, period, factor):
    start = 0
    while start + period <= k:
        start += period
        period *= factor
    share = np.cos(np.pi * (k - start) / (2 * period)) ** 2
    return share * high + (1 - share) * low


def stop_with_a_counter(losses, patience):
    best, waited = 0, 0
    for i, loss in enumerate(losses):
        if i and loss >= losses[best]:
            waited += 1
        else:
            best, waited = i, 0
        if waited == patience:
            return best, i
    return best, len(losses) - 1


def stop_by_looking_back(losses, patience):
    for stop in range(len(losses)):
        best = int(np.argmin(losses[:stop + 1]))
        if stop - best >= patience:
            return np.array([best, stop])
    return np.array([best, stop])


def range_in_a_copy(loss, gradient, theta, low, high, n):
    theta, rates, losses = theta.copy(), np.geomspace(low, high, n), np.empty(n)
    for k in range(n):
        losses[k] = loss(theta)
        theta -= rates[k] * gradient(theta)
    return rates, losses


def range_by_a_factor(loss, gradient, theta, low, high, n):
    lr, factor, rows = low, (high / low) ** (1 / (n - 1)), []
    for _ in range(n):
        rows.append((lr, loss(theta)))
        theta = theta - lr * gradient(theta)
        lr *= factor
    return tuple(np.array(rows).T)


def choose_with_a_loop(rates, losses, last):
    best, chosen = np.inf, None
    for lr, curve in zip(rates, losses):
        end = sum(curve[-last:]) / last
        if np.isfinite(curve).all() and end < best:
            best, chosen = end, lr
    return chosen


def choose_among_the_finite(rates, losses, last):
    good = np.isfinite(losses).all(axis=1)
    return rates[good][np.argmin(losses[good][:, losses.shape[1] - last:].sum(axis=1))]


def trained_at(rate, loss, gradient, theta, steps):
    for _ in range(steps):
        theta = theta - rate * gradient(theta)
    return loss(theta)


def sweep_with_a_dictionary(loss, gradient, theta, lr, steps):
    ends = {rate: trained_at(rate, loss, gradient, theta, steps) for rate in (lr / 2, lr, 2 * lr)}
    while (best := min(ends, key=ends.get)) in (min(ends), max(ends)):
        rate = 2 * best if best == max(ends) else best / 2
        ends[rate] = trained_at(rate, loss, gradient, theta, steps)
    return sorted(ends), [ends[rate] for rate in sorted(ends)], best


def sweep_by_insertion(loss, gradient, theta, lr, steps):
    rates = [0.5 * lr, lr, 2 * lr]
    losses = [trained_at(rate, loss, gradient, theta.copy(), steps) for rate in rates]
    i = int(np.argmin(losses))
    while i == 0 or i == len(rates) - 1:
        at, rate = (0, rates[0] / 2) if i == 0 else (len(rates), rates[-1] * 2)
        rates.insert(at, rate)
        losses.insert(at, trained_at(rate, loss, gradient, theta.copy(), steps))
        i = int(np.argmin(losses))
    return np.array(rates), np.array(losses), rates[i]


ALTERNATIVES = {
    "07.decays": [decays_step_by_step, decays_in_logarithms],
    "07.cosine": [cosine_update_by_update, cosine_by_half_the_angle],
    "07.patience": [stop_with_a_counter, stop_by_looking_back],
    "07.range_test": [range_in_a_copy, range_by_a_factor],
    "07.choose_rate": [choose_with_a_loop, choose_among_the_finite],
    "07.sweep": [sweep_with_a_dictionary, sweep_by_insertion],
}


# ---- the references are the library

def test_decays_and_cosine_are_the_library_s_schedules():
    decays, cosine = (checks.find(f"07.{name}").reference for name in ("decays", "cosine"))
    library = [schedules.step(0.3, 0.5, 15), schedules.exponential(0.3, np.log(8) / 60),
               schedules.inverse_time(0.3, 7 / 60)]
    restarts = {factor: schedules.cosine_restarts(0.5, 0.01, 4, factor) for factor in (1, 2, 3)}
    for k in range(60):
        np.testing.assert_allclose(decays(k, 0.3, 0.3 / 8, 60, 3), [schedule(k) for schedule in library])
        for factor, schedule in restarts.items():
            assert cosine(k, 0.5, 0.01, 4, factor) == pytest.approx(schedule(k))


@pytest.mark.parametrize("patience", [1, 2, 3, 5])
def test_patience_is_that_of_early_stopping(patience):
    class Network:
        theta, running = np.zeros(1), np.zeros(0)

    for seed in range(20):
        losses = np.random.default_rng(seed).integers(1, 9, 12) / 2
        records = [training.Record(i, i, 0.0, None, loss, None, None) for i, loss in enumerate(losses)]
        best = training.Best()
        made = list(training.early_stopping(records, patience, Network(), best=best))
        assert checks.find("07.patience").reference(losses, patience) == (best.step, len(made) - 1)


# ---- what students write

def decays_returns_one(k, lr, last, n, drops):
    return lr * (last / lr) ** (k // (n // (drops + 1)) / drops)


def cosine_forgets_return(k, high, low, period, factor):
    rate = low + (high - low) * (1 + np.cos(np.pi * k / period)) / 2  # noqa: F841


def stop_runs_over_the_end(losses, patience):
    i = best = 0
    while i - best < patience:
        i += 1
        if losses[i] < losses[best]:
            best = i
    return best, i


def range_moves_the_callers_theta(loss, gradient, theta, low, high, n):
    rates, losses = np.geomspace(low, high, n), []
    for lr in rates:
        losses.append(loss(theta))
        theta -= lr * gradient(theta)
    return rates, np.array(losses)


def choose_writes_into_losses(rates, losses, last):
    losses[np.isnan(losses)] = np.inf
    return rates[losses[:, -last:].mean(axis=1).argmin()]


def sweep_moves_the_callers_theta(loss, gradient, theta, lr, steps):
    def end(rate):
        x = theta
        for _ in range(steps):
            x -= rate * gradient(x)
        return loss(x)

    return [lr / 2, lr, 2 * lr], [end(rate) for rate in (lr / 2, lr, 2 * lr)], lr


@pytest.mark.parametrize("name, function, status, words", [
    ("07.sweep", sweep_moves_the_callers_theta, "changed its input", "Leave theta as it is"),
    ("07.decays", decays_returns_one, "wrong type or shape", "step, exponential, 1/t"),
    ("07.cosine", cosine_forgets_return, "wrong type or shape", "Is there a `return`"),
    ("07.patience", stop_runs_over_the_end, "raised", "out of bounds"),
    ("07.range_test", range_moves_the_callers_theta, "changed its input", "Leave theta as it is"),
    ("07.choose_rate", choose_writes_into_losses, "changed its input", "Leave losses as it is"),
])
def test_what_students_write_gets_an_answer_that_helps(name, function, status, words):
    found = checks.verdict(name, function)
    assert (found.status, words in feedback.text_of(found)) == (status, True), feedback.text_of(found)
