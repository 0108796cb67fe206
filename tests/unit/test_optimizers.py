"""First-order optimizers: what the base class promises of every method, identities, theory, what is refused.

That the rules are the right ones is held by tests/oracles/test_torch.py.
"""

import re

import numpy as np
import pytest

from course_lib import optimizer as base
from course_lib import optimizers, schedules
from course_lib.optimizers import (SGD, AdaDelta, AdaGrad, Adam, AdamW, Diverged, Momentum, Nesterov, RMSProp,
                                   RMSPropMomentum, RMSPropNesterov, Subgradient, clip_by_norm, clip_by_value)
from course_lib.problems import Quadratic, Rosenbrock

SETTINGS = {  # method: settings that are not the default, and not each other's complement
    SGD: {"lr": 0.05},
    Subgradient: {"lr": 0.05},
    Momentum: {"lr": 0.05, "momentum": 0.7},
    Nesterov: {"lr": 0.05, "momentum": 0.7},
    AdaGrad: {"lr": 0.3, "eps": 0.01},
    RMSProp: {"lr": 0.05, "rho": 0.8, "eps": 0.01},
    RMSPropMomentum: {"lr": 0.02, "rho": 0.8, "momentum": 0.7, "eps": 0.01},
    RMSPropNesterov: {"lr": 0.02, "rho": 0.8, "momentum": 0.7, "eps": 0.01},
    AdaDelta: {"lr": 0.8, "rho": 0.9, "eps": 0.001},
    Adam: {"lr": 0.1, "beta1": 0.7, "beta2": 0.95, "eps": 0.01},
    AdamW: {"lr": 0.1, "beta1": 0.7, "beta2": 0.95, "eps": 0.01, "weight_decay": 0.3},
}
OPTIONS = [(AdaGrad, "eps_inside", True), (RMSProp, "eps_inside", True), (Adam, "eps_inside", True),
           (Adam, "bias_correction", False), (AdamW, "eps_inside", True), (AdamW, "bias_correction", False)]
each_method = pytest.mark.parametrize("method", SETTINGS)
each_hyperparameter = pytest.mark.parametrize(
    "method, name", [(method, name) for method in SETTINGS for name in SETTINGS[method]])


class Valley:
    """f(theta) = sum of log cosh(theta), each entry by itself: blocks and runs cannot mix unseen."""

    def gradient(self, theta):
        return np.tanh(theta)


class Linear:
    """f(theta) = g . theta: the gradient is g, whatever theta."""

    def __init__(self, g):
        self.g = np.array(g, float)

    def gradient(self, theta):
        return self.g


class Recorder:
    """Valley, remembering the points at which it was asked."""

    def __init__(self):
        self.asked = []

    def gradient(self, theta):
        self.asked.append(theta.copy())
        return np.tanh(theta)


def start(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def run(optimizer, theta, f=Valley(), steps=20):
    """A copy of theta after some steps."""
    theta = theta.copy()
    for _ in range(steps):
        optimizer.step(theta, f)
    return theta


# Runs are an axis

@each_method
def test_K_runs_at_once_are_K_single_runs_bit_for_bit(method):
    theta = start(5, 3)
    at_once = run(method(**SETTINGS[method]), theta)
    assert np.array_equal(at_once, [run(method(**SETTINGS[method]), row) for row in theta])
    assert not np.array_equal(at_once, theta)


@pytest.mark.parametrize("method, option, value", OPTIONS)
def test_K_runs_at_once_with_an_option(method, option, value):
    theta, settings = start(5, 3), SETTINGS[method] | {option: value}
    at_once = run(method(**settings), theta)
    assert np.array_equal(at_once, [run(method(**settings), row) for row in theta])
    assert not np.allclose(at_once, run(method(**SETTINGS[method]), theta))    # the option matters


@each_hyperparameter
def test_a_hyperparameter_for_each_run(method, name):
    theta, values = start(4, 3), SETTINGS[method][name] * np.array([[0.5], [0.8], [0.9], [1.0]])
    at_once = run(method(**SETTINGS[method] | {name: values}), theta)
    singles = [run(method(**SETTINGS[method] | {name: v}), row) for row, v in zip(theta, values[:, 0])]
    np.testing.assert_allclose(at_once, singles, rtol=1e-13)    # numpy's beta^t may differ from Python's
    assert len(np.unique(at_once)) == at_once.size


@each_method
@pytest.mark.parametrize("shape", [(100_000,), (2_000, 50), (3, 60_000)], ids=str)
def test_blocks_change_nothing(monkeypatch, method, shape):
    theta = start(*shape)
    settings = dict(SETTINGS[method])
    if len(shape) == 2:
        settings["lr"] = settings["lr"] * np.linspace(0.5, 1, shape[0])[:, None]
    blocked = run(method(**settings), theta, steps=3)
    monkeypatch.setattr(base, "CACHED", 9 * theta.size)
    assert np.array_equal(blocked, run(method(**settings), theta, steps=3))


@pytest.mark.parametrize("method, option, value", OPTIONS)
def test_blocks_with_an_option(monkeypatch, method, option, value):
    theta, settings = start(60_000), SETTINGS[method] | {option: value}
    blocked = run(method(**settings), theta, steps=3)
    monkeypatch.setattr(base, "CACHED", 9 * theta.size)
    assert np.array_equal(blocked, run(method(**settings), theta, steps=3))


@pytest.mark.parametrize("shape", [(16_384,), (16_385,), (40_000,), (1_000, 50), (3, 20_000), (2, 16_384)],
                         ids=str)
def test_every_entry_is_in_one_block_of_a_size_that_fits(shape):
    count = np.zeros(shape, int)
    for block in base._blocks(shape, 16_384):
        count[block] += 1
        assert count[block].size <= 16_384
    assert (count == 1).all()


# Schedules, state, in place

@each_hyperparameter
def test_a_schedule_is_asked_for_k_updates_made(method, name):
    value, asked = SETTINGS[method][name], []

    def schedule(k):
        asked.append(k)
        return value * (1 - 0.1 * k)

    theta, by_hand = start(3), start(3)
    scheduled, set_by_hand = method(**SETTINGS[method] | {name: schedule}), method(**SETTINGS[method])
    for k in range(5):
        setattr(set_by_hand, name, value * (1 - 0.1 * k))
        scheduled.step(theta, Valley())
        set_by_hand.step(by_hand, Valley())
    assert asked == [0, 1, 2, 3, 4]
    assert np.array_equal(theta, by_hand)
    assert not np.array_equal(theta, run(method(**SETTINGS[method]), start(3), steps=5))


def test_a_new_rate_acts_on_the_new_gradient_only():
    """Velocity -lr_0 g, then momentum (-lr_0 g) - lr_1 g. The rate on all of the velocity gives -0.119."""
    theta = np.zeros(1)
    optimizer = Momentum(schedules.step(0.1, 0.1, every=1), momentum=0.9)
    optimizer.step(theta, Linear([1.0]))
    assert theta == -0.1
    optimizer.step(theta, Linear([1.0]))
    np.testing.assert_allclose(theta, -0.1 + (0.9 * -0.1 - 0.01), rtol=1e-15)


@each_method
@pytest.mark.parametrize("size", [3, 60_000])
def test_a_step_works_in_place(method, size):
    theta, g = start(size), start(size, seed=1)
    optimizer, f = method(**SETTINGS[method]), Linear(g)
    assert optimizer.step(theta, f) is None
    assert not np.array_equal(theta, start(size)) and np.array_equal(f.g, g)
    states = [getattr(optimizer, name) for name in optimizer.state]
    values = [s.copy() for s in states]
    optimizer.step(theta, f)
    for name, s, value in zip(optimizer.state, states, values):
        assert getattr(optimizer, name) is s and s.shape == theta.shape and not np.array_equal(s, value)
    assert optimizer.t == 2


@each_method
def test_an_objective_may_return_theta_itself(method):
    class Bowl:
        def gradient(self, theta):
            return theta

    class Copy:
        def gradient(self, theta):
            return theta.copy()

    assert np.array_equal(run(method(**SETTINGS[method]), start(3), Bowl()),
                          run(method(**SETTINGS[method]), start(3), Copy()))


@each_method
def test_float32_stays_float32(method):
    theta, optimizer, f = start(3).astype(np.float32), method(**SETTINGS[method]), Recorder()
    single = run(optimizer, theta, f)
    arrays = [single, *f.asked, *(getattr(optimizer, name) for name in optimizer.state)]
    assert {a.dtype for a in arrays} == {np.dtype(np.float32)}
    optimizer.reset()
    np.testing.assert_allclose(single, run(optimizer, theta.astype(float)), rtol=1e-4, atol=1e-5)


@each_method
def test_a_schedule_of_numpy_scalars_is_as_good_as_numbers(method):
    """In float32, where a scalar of float64 would change the arithmetic."""
    theta, lr = start(3).astype(np.float32), SETTINGS[method]["lr"]
    scheduled = run(method(**SETTINGS[method] | {"lr": lambda k: np.float64(lr)}), theta)
    assert np.array_equal(scheduled, run(method(**SETTINGS[method]), theta))


@each_method
def test_reset_starts_anew(method):
    optimizer = method(**SETTINGS[method])
    first = run(optimizer, start(3))
    again = run(optimizer, start(3))
    optimizer.reset()
    assert optimizer.t == 0
    assert np.array_equal(run(optimizer, start(3)), first)
    assert np.array_equal(again, first) == (method in (SGD, Subgradient))
    optimizer.reset()
    run(optimizer, start(2, 7))                                                # another shape, too


@each_method
def test_where_the_gradient_is_asked_for(method):
    """Once a step; ahead of theta for Nesterov's method, at theta for all others."""
    optimizer, f, theta = method(**SETTINGS[method]), Recorder(), start(3)
    points = []
    for _ in range(4):
        ahead = optimizer.momentum * optimizer.v if "Nesterov" in method.__name__ and optimizer.t else 0
        points.append(theta + ahead)
        optimizer.step(theta, f)
    assert np.array_equal(f.asked, points)


# Divergence

@each_method
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_run_that_diverges_stops_where_it_is(method, bad):
    theta, optimizer = start(3), method(**SETTINGS[method])
    for _ in range(2):
        optimizer.step(theta, Valley())
    before = theta.copy(), [getattr(optimizer, name).copy() for name in optimizer.state]
    with pytest.raises(Diverged, match=f"gradient must be finite, got {bad} in entry 1 at step 3:") as error:
        optimizer.step(theta, Linear([1.0, bad, 1.0]))
    assert error.value.step == 3 and optimizer.t == 2
    assert np.array_equal(theta, before[0])
    assert all(np.array_equal(getattr(optimizer, name), s) for name, s in zip(optimizer.state, before[1]))


@each_method
def test_of_K_runs_the_others_go_on(method):
    g = start(3, 2)
    g[1, 0] = np.nan
    theta, optimizer = start(3, 2, seed=1), method(**SETTINGS[method])
    end = run(optimizer, theta, Linear(g))
    assert np.isnan(end[1, 0])
    assert np.array_equal(end[[0, 2]], run(method(**SETTINGS[method]), theta[[0, 2]], Linear(g[[0, 2]])))
    g[0, 1] = g[2, 0] = np.inf
    with pytest.raises(Diverged, match="got nan|got inf"):                     # no run is left
        optimizer.step(theta, Linear(g))


def test_a_diverging_run_is_reported_at_its_step():
    """theta_t = (1 - lr)^t theta_0 with lr = 11: |gradient| = 10^t, beyond the largest number at t = 309."""
    with pytest.raises(Diverged) as error:
        run(SGD(11.0), np.ones(1), Quadratic([[1.0]]), steps=400)
    assert error.value.step in (309, 310)


@pytest.mark.parametrize("method", [m for m in SETTINGS if issubclass(m, optimizers.Adaptive)])
@pytest.mark.parametrize("dtype, large", [(np.float64, 1e160), (np.float32, 1e20)])
def test_a_gradient_whose_square_overflows_does_not_stop_a_run_silently(method, dtype, large):
    f = Linear([large, 1.0])
    f.g = f.g.astype(dtype)
    with pytest.raises(Diverged, match=r"gradient must be finite when squared, got 1[.\d]*e"):
        method(**SETTINGS[method]).step(np.ones(2, dtype), f)


def test_a_large_gradient_is_no_divergence():
    for method in (SGD, Momentum, Nesterov):
        assert np.isfinite(run(method(lr=1e-200), np.ones(2), Linear([1e200, 1e200]))).all()


# Identities

@pytest.mark.parametrize("method, other", [
    (Momentum(0.1, momentum=0.0), SGD(0.1)),
    (Nesterov(0.1, momentum=0.0), SGD(0.1)),
    (RMSPropMomentum(0.1, 0.8, momentum=0.0, eps=0.01), RMSProp(0.1, 0.8, eps=0.01)),
    (RMSPropNesterov(0.1, 0.8, momentum=0.0, eps=0.01), RMSProp(0.1, 0.8, eps=0.01)),
    (Adam(0.1, 0.0, 0.8, 0.01, bias_correction=False), RMSProp(0.1, 0.8, 0.01)),
    (Adam(0.1, 0.0, 0.8, 0.01, False, eps_inside=True), RMSProp(0.1, 0.8, 0.01, eps_inside=True)),
    (AdamW(0.1, weight_decay=0.0), Adam(0.1)),
    (Subgradient(0.1), SGD(0.1)),
])
def test_a_method_without_its_addition_is_the_simpler_one(method, other):
    np.testing.assert_allclose(run(method, start(3)), run(other, start(3)), rtol=1e-13)


def test_s2s_form_of_nesterov_is_the_same_method():
    """S2: w += -momentum v_old + (1 + momentum) v, with the gradient at w. Then w = theta + momentum v."""
    f, lr, momentum = Rosenbrock(), 2e-4, 0.9
    optimizer, theta = Nesterov(lr, momentum), f.start.copy()
    w, v = f.start.copy(), np.zeros(2)
    for _ in range(200):
        optimizer.step(theta, f)
        old = v
        v = momentum * old - lr * f.gradient(w)
        w = w - momentum * old + (1 + momentum) * v
        np.testing.assert_allclose(theta + momentum * optimizer.v, w, rtol=1e-12)


@pytest.mark.parametrize("make", [
    lambda: AdaGrad(eps=1e-300), lambda: RMSProp(eps=1e-300), lambda: RMSPropMomentum(eps=1e-300),
    lambda: RMSPropNesterov(eps=1e-300), lambda: Adam(eps=1e-300),
    lambda: Adam(eps=1e-300, bias_correction=False),
    lambda: AdaGrad(eps=1e-300, eps_inside=True), lambda: RMSProp(eps=1e-300, eps_inside=True),
    lambda: Adam(eps=1e-300, eps_inside=True),
])
@pytest.mark.parametrize("scale", [2.0**40, 2.0**-40, 1e6])
def test_the_scale_of_the_gradient_does_not_matter(make, scale):
    """Without the small constant; exactly so for powers of two. Each coordinate has a scale of its own."""
    class Scaled(Valley):
        def gradient(self, theta):
            return super().gradient(theta) * np.array([scale, 1.0, 1 / scale])

    plain, scaled = run(make(), start(3)), run(make(), start(3), Scaled())
    np.testing.assert_allclose(plain, scaled, rtol=0 if scale != 1e6 else 1e-12)


def test_adadelta_has_the_units_of_theta():
    """In other units, x = 2^k theta, the gradient is 2^-k g, and the step must be 2^k times as large."""
    unit = 2.0 ** np.array([-30, -3, 0, 5, 40])
    g, r, u = start(5), start(5, seed=1) ** 2, start(5, seed=2) ** 2
    theta, x = np.zeros(5), np.zeros(5)
    AdaDelta.update(theta, g, r.copy(), u.copy(), 1, 1.0, 0.9, 1e-300)
    AdaDelta.update(x, g / unit, r / unit**2, u * unit**2, 1, 1.0, 0.9, 1e-300)
    assert np.array_equal(x, theta * unit) and theta.all()


def test_adadelta_starts_from_eps():
    """The first step is sqrt(eps) / sqrt((1 - rho) g^2 + eps) g."""
    theta = np.zeros(1)
    AdaDelta(rho=0.75, eps=0.01).step(theta, Linear([0.6]))
    np.testing.assert_allclose(theta, -0.1 / np.sqrt(0.25 * 0.36 + 0.01) * 0.6, rtol=1e-15)


@pytest.mark.parametrize("make, bound", [
    (lambda: AdaGrad(0.1), 0.1),
    (lambda: RMSProp(0.1, rho=0.9), 0.1 / np.sqrt(1 - 0.9)),
    (lambda: Adam(0.1, beta1=0.0, bias_correction=False), 0.1 / np.sqrt(1 - 0.999)),
])
def test_bound_on_a_step(make, bound):
    """However the gradients jump. It is nearly reached: by a gradient far larger than those before."""
    rng, optimizer, theta = np.random.default_rng(0), make(), np.zeros(1000)
    longest = 0
    for _ in range(50):
        before = theta.copy()
        optimizer.step(theta, Linear(rng.standard_normal(1000) * 10 ** rng.uniform(-6, 6, 1000)))
        longest = max(longest, np.abs(theta - before).max())
    assert 0.99 * bound < longest <= bound * (1 + 1e-12)


@pytest.mark.parametrize("beta1, beta2", [(0.9, 0.999), (0.5, 0.9), (0.0, 0.0)])
def test_bias_correction_makes_the_first_averages_the_gradient_itself(beta1, beta2):
    theta = np.zeros(3)
    Adam(0.1, beta1, beta2, eps=1e-300).step(theta, Linear([1e-3, -5.0, 1e4]))
    np.testing.assert_allclose(theta, [-0.1, 0.1, -0.1], rtol=1e-13)


def test_without_bias_correction_the_first_step_is_too_long():
    """(1 - beta1) / sqrt(1 - beta2) times lr: 3.2 for the usual betas."""
    theta = np.zeros(1)
    Adam(0.1, eps=1e-300, bias_correction=False).step(theta, Linear([7.0]))
    np.testing.assert_allclose(theta, -0.1 * 0.1 / np.sqrt(0.001), rtol=1e-12)


def test_s2s_loop_for_adam_divides_by_zero_and_ours_does_not():
    """S2 writes `for t in range(iterations)`: beta^0 = 1, and 1 - beta^t is 0 at the first step."""
    beta1, beta2, learning_rate, eps, iterations = 0.9, 0.999, 0.1, 1e-8, 3

    def loop(w):
        first_moment, second_moment = 0, 0
        for t in range(iterations):
            gradient = np.tanh(w)
            first_moment = beta1 * first_moment + (1-beta1) * gradient
            first_unbias = first_moment / (1-beta1**t)
            second_moment = beta2 * second_moment + (1-beta2)*(gradient**2)
            second_unbias = second_moment / (1-beta2**t)
            w += - learning_rate * first_unbias / (np.sqrt(second_unbias) + eps)
        return w

    with np.errstate(divide="raise"), pytest.raises(FloatingPointError, match="divide by zero"):
        loop(np.ones(2))
    with np.errstate(divide="ignore", invalid="ignore"):
        assert np.isnan(loop(np.ones(2))).all()
    theta, asked = np.ones(2), []

    class Noted(Adam):
        @staticmethod
        def update(theta, g, s, r, t, *settings):
            asked.append(t)
            Adam.update(theta, g, s, r, t, *settings)

    optimizer = Noted(learning_rate, beta1, beta2, eps)
    for _ in range(iterations):
        optimizer.step(theta, Valley())
    assert asked == [1, 2, 3] and np.isfinite(theta).all()
    with pytest.raises(ZeroDivisionError):
        Adam.update(theta, np.ones(2), np.zeros(2), np.zeros(2), 0, 0.1, 0.9, 0.999, 1e-8)


# Theory

@pytest.mark.parametrize("method", [Momentum, Nesterov])
@pytest.mark.parametrize("momentum", [0.5, 0.9, 0.99])
def test_terminal_velocity(method, momentum):
    """Under a constant gradient v tends to -lr g / (1 - momentum)."""
    optimizer = method(0.1, momentum)
    run(optimizer, np.zeros(2), Linear([1.0, -3.0]), steps=int(40 / (1 - momentum)))
    np.testing.assert_allclose(optimizer.v, np.array([-0.1, 0.3]) / (1 - momentum), rtol=1e-12)


@pytest.mark.parametrize("kappa", [10, 100, 1000])
def test_momentum_converges_at_the_heavy_ball_rate(kappa):
    """With the best settings of Polyak, (sqrt(kappa) - 1) / (sqrt(kappa) + 1) per step, up to a factor t."""
    root = np.sqrt(kappa)
    rate = (root - 1) / (root + 1)
    optimizer, steps = Momentum((2 / (root + 1)) ** 2, rate**2), int(20 * root)
    end = run(optimizer, np.ones(2), Quadratic(np.diag([1.0, kappa])), steps)
    assert 0.01 < np.linalg.norm(end) / rate**steps < 10 * steps


def test_subgradient_steps_converge_only_if_they_decrease():
    """On |x| a constant step jumps to and fro across the kink; steps 1 / sqrt(k + 1) reach it."""
    class Absolute:
        def gradient(self, theta):
            return np.sign(theta)

    constant = run(Subgradient(0.3), np.array([1.05]), Absolute(), steps=10_000)
    decreasing = run(Subgradient(lambda k: 0.3 / np.sqrt(k + 1)), np.array([1.05]), Absolute(), steps=10_000)
    assert abs(constant) > 0.1 and abs(decreasing) < 0.004


def test_decoupled_decay_does_not_depend_on_the_gradient():
    """AdamW shrinks theta by lr weight_decay; a penalty in f, rescaled, would move every entry by lr."""
    theta = np.array([1.0, 10.0, 100.0])
    AdamW(0.1, weight_decay=0.5).step(theta, Linear([0.0, 0.0, 0.0]))
    np.testing.assert_allclose(theta, [0.95, 9.5, 95.0], rtol=1e-15)


# Clipping

def test_clip_by_norm_keeps_the_direction_of_each_run():
    g = np.array([[3.0, 4.0], [0.3, 0.4], [0.0, 0.0], [-30.0, 40.0]])
    before = g.copy()
    np.testing.assert_allclose(clip_by_norm(g, 1.0), [[0.6, 0.8], [0.3, 0.4], [0, 0], [-0.6, 0.8]], 1e-15)
    assert np.array_equal(g, before)
    np.testing.assert_allclose(clip_by_norm(g, np.array([[5], [0.1], [1], [10]])),
                               [[3, 4], [0.06, 0.08], [0, 0], [-6, 8]], rtol=1e-15)


def test_clip_by_norm_leaves_what_is_short_enough_bit_for_bit():
    g = start(100, 5) / 10
    g[:, 0] = 1e-200
    short = np.linalg.norm(g, axis=-1) <= 0.25
    assert 10 < short.sum() < 90
    assert np.array_equal(clip_by_norm(g, 0.25)[short], g[short])
    np.testing.assert_allclose(np.linalg.norm(clip_by_norm(g, 0.25)[~short], axis=-1), 0.25, rtol=1e-14)


@pytest.mark.parametrize("g, dtype", [([3e200, 4e200], "f8"), ([3e300, -4e300], "f8"), ([3e30, 4e30], "f4")])
def test_clip_by_norm_of_a_gradient_whose_square_overflows(g, dtype):
    clipped = clip_by_norm(np.array(g, dtype), 5.0)
    assert clipped.dtype == dtype
    np.testing.assert_allclose(np.abs(clipped), [3.0, 4.0], rtol=1e-6)


def test_clip_by_value_clips_each_entry():
    g = np.array([[3.0, -0.5], [-4.0, 0.25]])
    assert np.array_equal(clip_by_value(g, 1.0), [[1.0, -0.5], [-1.0, 0.25]])
    assert np.array_equal(clip_by_value(g, np.array([[2.0], [0.1]])), [[2.0, -0.5], [-0.1, 0.1]])
    assert g[0, 0] == 3.0


def test_clipping_hides_no_nan():
    g = np.array([[np.nan, 1.0], [np.inf, 1.0], [3.0, 4.0]])
    with np.errstate(invalid="ignore"):
        assert np.isnan(clip_by_norm(g, 1.0)[:, 0]).tolist() == [True, True, False]
    np.testing.assert_equal(clip_by_value(g, 1.0), [[np.nan, 1.0], [1.0, 1.0], [1.0, 1.0]])


# What is refused: (the call, words of the message)

def step(optimizer, theta=None, f=Valley(), steps=1):
    theta = start(2) if theta is None else theta
    for _ in range(steps):
        optimizer.step(theta, f)


BAD = [-0.1, -1, -1e-300, -np.inf, np.inf, np.nan, np.array([[0.5], [-0.5]])]
OUT_OF_RANGE = [(method, name, bad) for method in SETTINGS for name in SETTINGS[method]
                for bad in BAD + ([1.0] if name in ("momentum", "rho", "beta1", "beta2") else [])]


@pytest.mark.parametrize("method, name, bad", OUT_OF_RANGE)
def test_a_hyperparameter_out_of_range(method, name, bad):
    worst = np.min(bad)
    with pytest.raises(ValueError, match=rf"^{name} must be [<>=0-1 and]*, got {re.escape(str(worst))}$"):
        method(**SETTINGS[method] | {name: bad})
    with pytest.raises(ValueError, match=rf"^{name} must be .*, got {re.escape(str(worst))} at step 2$"):
        schedule = lambda k: bad if k else SETTINGS[method][name]
        step(method(**SETTINGS[method] | {name: schedule}), start(2, 2), steps=2)


def test_the_rate_has_no_default():
    with pytest.raises(TypeError, match="missing .* 'lr'"):
        SGD()


def test_a_refused_step_changes_nothing():
    theta, optimizer = start(2), Adam(lambda k: 0.1 - 0.1 * k)
    optimizer.step(theta, Valley())
    before, s = theta.copy(), optimizer.s.copy()
    with pytest.raises(ValueError, match="lr must be > 0, got 0.0 at step 2"):
        optimizer.step(theta, Valley())
    assert optimizer.t == 1 and np.array_equal(theta, before) and np.array_equal(optimizer.s, s)


@pytest.mark.parametrize("make, attributes", [
    (lambda: Momentum(0.1), {"momentum": 0.9}),
    (lambda: Nesterov(0.1), {"momentum": 0.9}),
    (AdaGrad, {"lr": 0.01, "eps": 1e-7, "eps_inside": False}),
    (RMSProp, {"lr": 0.001, "rho": 0.9, "eps": 1e-6, "eps_inside": False}),
    (RMSPropMomentum, {"lr": 0.001, "rho": 0.9, "momentum": 0.9, "eps": 1e-6}),
    (RMSPropNesterov, {"lr": 0.001, "rho": 0.9, "momentum": 0.9, "eps": 1e-6}),
    (AdaDelta, {"lr": 1.0, "rho": 0.95, "eps": 1e-6}),
    (Adam, {"lr": 0.001, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "bias_correction": True,
            "eps_inside": False}),
    (AdamW, {"lr": 0.001, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 0.01,
             "bias_correction": True, "eps_inside": False}),
])
def test_defaults(make, attributes):
    optimizer = make()
    assert {name: getattr(optimizer, name) for name in attributes} == attributes and optimizer.t == 0
