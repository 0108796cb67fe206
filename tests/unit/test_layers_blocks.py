"""LeakyReLU, Residual and auxiliary heads: formulas, derivatives, one run and K, wrong versions."""

import re

import numpy as np
import pytest
from outcomes import REJECTS
from test_layers import gradient_error
from test_layers_modes import changed

from course_lib import network as network_module
from course_lib.autodiff import check_gradient
from course_lib.datasets import Dataset
from course_lib.layers import Auxiliary, BatchNorm, Chain, Dense, Dropout, LeakyReLU, ReLU, Residual, Tanh
from course_lib.losses import mean_squared_error, softmax_cross_entropy
from course_lib.network import Network
from course_lib.optimizers import SGD
from course_lib.params import Params
from course_lib.recurrent import RNN
from course_lib.training import train

N, WIDTH, RUNS = 8, 4, 3
one_and_K_runs = pytest.mark.parametrize("runs", [None, RUNS], ids=["one run", "K runs"])


def close(found, expected, rtol=1e-13):
    np.testing.assert_allclose(found, expected, rtol=0, atol=rtol * np.abs(expected).max())


def batch(seed=1):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((N, 5)), rng.integers(0, 3, N)


def zeros(rng, shape):
    return np.zeros(shape)


def network(row, runs=None, loss=softmax_cross_entropy):
    return Network(row, loss, np.random.default_rng(0), runs)


def test_what_the_mutants_are_made_from_is_right():
    """The same source again, with nothing changed, passes."""
    leaky_holds(changed(LeakyReLU, "self.slope = slope", "self.slope = slope"))
    residual_holds(changed(Chain, "caches = []", "caches = []", Residual))


# LeakyReLU

def leaky_holds(kind):
    x = np.array([[-3.0, -1e-9, 0.0, 1e-9, 2.0]])
    for slope in (0.0, 0.01, 0.3, 1.0):
        y, cache = kind(slope).forward({}, x, train=True)
        close(y, [[-3 * slope, -1e-9 * slope, 0, 1e-9, 2]])
        close(kind(slope).backward({}, cache, np.full_like(x, 5.0), {}), [[5 * slope] * 3 + [5, 5]])
        assert np.array_equal(kind(slope).forward({}, x, train=False)[0], y)
        for runs in [(), (RUNS,)]:
            assert gradient_error(kind(slope), runs) < 1e-13
    x = np.float32([[-1, 2]])
    assert kind().forward({}, x, True)[0].dtype == kind().backward({}, x, x, {}).dtype == np.float32


def test_leaky_relu():
    leaky_holds(LeakyReLU)


@pytest.mark.parametrize("old, new", [
    ("np.where(x.real > 0, x, self.slope * x)", "np.where(x.real > 0, x, -self.slope * x)"),
    ("np.where(x.real > 0, x, self.slope * x)", "np.where(x.real > 0, x, 0.01 * x)"),
    ("np.where(x.real > 0, x, self.slope * x)", "np.where(x.real > 0, x, x + self.slope)"),
    ("np.where(x.real > 0, x, self.slope * x)", "np.where(x.real > 0, self.slope * x, x)"),
    ("np.where(y.real > 0, dy, self.slope * dy)", "np.where(y.real > 0, dy, 0)"),
    ("np.where(y.real > 0, dy, self.slope * dy)", "np.where(y.real > 0, dy, self.slope)"),
    ("np.where(y.real > 0, dy, self.slope * dy)", "np.where(y.real >= 0, dy, self.slope * dy)"),
    ("np.where(y.real > 0, dy, self.slope * dy)", "np.where(dy.real > 0, dy, self.slope * dy)"),
])
def test_wrong_leaky_relu_is_rejected(old, new):
    with pytest.raises(REJECTS):
        leaky_holds(changed(LeakyReLU, old, new))


# Residual

def residual_holds(kind):
    # Equal layers first: there even what is taken from the wrong place fits.
    assert gradient_error(kind(Dense(WIDTH, WIDTH), Dense(WIDTH, WIDTH))) < 1e-13
    net, x = network([kind(BatchNorm(5)), Dense(5, 3)]), batch()[0]
    W, b = (net.views(net.theta)[1][name] for name in "Wb")
    normed = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-5)
    close(net.forward(net.theta, x, True)[0], (x + normed) @ W + b, 1e-12)
    inner = [Dense(WIDTH, 6), Tanh(), Dense(6, WIDTH)]
    layer = kind(*inner)
    for runs in [(), (RUNS,)]:
        assert gradient_error(layer, runs) < 1e-13
        assert gradient_error(kind(Tanh(), kind(*inner), BatchNorm(WIDTH), LeakyReLU()), runs) < 1e-12
        rng = np.random.default_rng(2)
        params, x = Params(layer.shapes), rng.standard_normal(runs + (N, WIDTH))
        p = params.views(rng.standard_normal(runs + (params.size,)))
        W, b, V, c = (p[0, "W"], p[0, "b"][..., None, :], p[2, "W"], p[2, "b"][..., None, :])
        for mode in (True, False):
            close(layer.forward(p, x, mode)[0], x + np.tanh(x @ W + b) @ V + c)
    for row in ([kind(Dense(5, 5), BatchNorm(5), Dropout(0.2)), Dense(5, 3)],
                [Dense(5, WIDTH), layer, Dense(WIDTH, 3)]):
        net = network(row)
        f = net.objective(*batch())
        check_gradient(f, net.theta, np.random.default_rng(3), tol=1e-12)
        asked, f.x = f.input_gradient(net.theta), f.x + 1e-30j      # along the diagonal of the inputs
        close(asked.sum(), f.value(net.theta).imag / 1e-30)
    assert kind(*inner).width(WIDTH) == WIDTH and kind(*inner).n_in == WIDTH and kind(Tanh()).width(9) == 9
    words = "Residual(Dense(4, 3)) must give as many outputs as it gets inputs, 4, got 3"
    with pytest.raises(ValueError, match=re.escape(words)):
        kind(Dense(4, 3))


def test_residual():
    residual_holds(Residual)


@pytest.mark.parametrize("kind, old, new", [
    (Residual, "return x + y, caches", "return y, caches"),
    (Residual, "return x + y, caches", "return x - y, caches"),
    (Residual, "return x + y, caches", "return x + y.real, caches"),
    (Residual, "return dy + dx", "return dx"),
    (Residual, "return dy + dx", "return dy"),
    (Residual, "return dy + dx", "return 2 * dy + dx"),
    (Residual, "return dy + dx if need_dx else None", "return dx + super().backward(p, caches, dy, g, True)"),
    (Residual, "n_out != n:", "n_out > n:"),
    (Chain, "for j in reversed(range(len(self.layers)))", "for j in range(len(self.layers))"),
    (Chain, "key[0] == j}", "key[0] == 0}"),
    (Chain, "caches[j], dy, g[j]", "caches[j], dy, g[j - 1]"),
    (Chain, "x, cache = layer.forward(part, x, train)", "x, cache = layer.forward(part, x, False)"),
])
def test_wrong_residual_is_rejected(kind, old, new):
    wrong = changed(kind, old, new) if kind is Residual else changed(kind, old, new, Residual)
    with pytest.raises(REJECTS):
        residual_holds(wrong)


def test_what_is_inside_a_residual_starts_and_is_kept_as_outside():
    inside = network([Residual(Dense(5, 5), BatchNorm(5)), Dense(5, 3)])
    outside = network([Dense(5, 5), BatchNorm(5), Dense(5, 3)])
    assert np.array_equal(inside.theta, outside.theta) and np.array_equal(inside.running, outside.running)
    for net in (inside, outside):
        f = net.objective(*batch())
        f.gradient(net.theta)
        f.update_running()
    assert np.array_equal(inside.running, outside.running) and inside.running[0] != 0


def test_a_deep_row_of_residuals_passes_on_the_gradient():
    """With F = 0 a residual is the identity: the gradient comes back as it went, at any depth."""
    net = network([Residual(Tanh(), Dense(5, 5, init=zeros)) for _ in range(100)], loss=mean_squared_error)
    x, target = batch()[0], np.zeros((N, 5))
    close(net.predict(x), x)
    close(net.objective(x, target).input_gradient(net.theta), 2 * x / x.size)


# Auxiliary heads

WEIGHTS = 0.3, 2.0


def with_heads(runs=None, kind=Auxiliary, loss=softmax_cross_entropy):
    row = [Dense(5, WIDTH), Tanh(), kind(Dense(WIDTH, 3)), Dense(WIDTH, 6), Tanh(),
           kind(Dense(6, WIDTH), LeakyReLU(), Dense(WIDTH, 3), weight=WEIGHTS[1]), Dense(6, 3)]
    return network(row, runs, loss)


def scores(p, x, depth):
    """Outputs of the network (depth 6) or of the head that stands there (2 or 5), written out."""
    def dense(x, p, *key):
        return x @ p[(*key, "W") if key else "W"] + p[(*key, "b") if key else "b"][..., None, :]

    hidden = np.tanh(dense(x, p[0]))
    if depth == 2:
        return dense(hidden, p[2], 0)
    hidden = np.tanh(dense(hidden, p[3]))
    if depth == 6:
        return dense(hidden, p[6])
    inner = dense(hidden, p[5], 0)
    return dense(np.where(inner.real > 0, inner, 0.01 * inner), p[5], 2)


def heads_hold(kind):
    x, y = batch()
    targets = np.random.default_rng(4).standard_normal((N, 3))
    for runs in (None, RUNS):
        for loss, y_or_targets in [(softmax_cross_entropy, y), (mean_squared_error, targets)]:
            net = with_heads(runs, kind, loss)
            p, f = net.views(net.theta), net.objective(x, y_or_targets)
            total = sum(weight * loss(scores(p, x, depth), y_or_targets)[0]
                        for weight, depth in [(1.0, 6), (0.3, 2), (2.0, 5)])
            close(f.value(net.theta), total)
            check_gradient(f, net.theta, np.random.default_rng(3), tol=1e-12)
            close(f.last_value, total)
            close(net.predict(x), scores(p, x, 6))                      # in test mode there are no heads
            close(net.loss(x, y_or_targets), loss(scores(p, x, 6), y_or_targets)[0])
    first = network([kind(Dense(5, 3), weight=0.5), Dense(5, 3)])
    f = first.objective(x, y)
    check_gradient(f, first.theta, np.random.default_rng(3), tol=1e-12)
    dx = f.input_gradient(first.theta)
    f.x = f.x + 1e-30j
    close(dx.sum(), f.value(first.theta).imag / 1e-30)
    net = network([Dense(5, WIDTH), kind(BatchNorm(WIDTH), Dropout(0.3), Dense(WIDTH, 3)), Dense(WIDTH, 3)])
    f = net.objective(x, y)
    check_gradient(f, net.theta, np.random.default_rng(3), tol=1e-12)
    f.update_running()
    assert (net.running[:WIDTH] != 0).all()
    close(f.hessian(net.theta), f.hessian(net.theta).T)


def test_auxiliary_heads():
    heads_hold(Auxiliary)


@pytest.mark.parametrize("old, new", [
    ("return self.weight * value", "return value"),
    ("return self.weight * value", "return 0.3 * value"),
    ("self.weight * caches[-1]", "caches[-1]"),
    ("self.weight * caches[-1]", "self.weight**2 * caches[-1]"),
    ("return dy + dx", "return dy"),
    ("return dy + dx", "return dx"),
    ("return dy + dx", "return dy + self.weight * dx"),
    ("return x, caches + [scores]", "return x.copy() * 0.9, caches + [scores]"),
    ("value, caches[-1] = loss(caches[-1], y)",
     "value, caches[-1] = loss(caches[-1], y)[0], np.zeros_like(caches[-1])"),
])
def test_wrong_auxiliary_head_is_rejected(old, new, monkeypatch):
    wrong = changed(Auxiliary, old, new)
    monkeypatch.setattr(network_module, "Auxiliary", wrong)
    with pytest.raises(REJECTS):
        heads_hold(wrong)


def test_heads_that_weigh_nothing_change_nothing():
    x, y = batch()
    data, row = Dataset("", x, y, x, y), [Dense(5, WIDTH), Tanh(), Dense(WIDTH, 3)]
    plain, headed = network(row), network([*row[:2], Auxiliary(Dense(WIDTH, 3), weight=0.0), row[2]])
    for ours, theirs in zip(plain.views(plain.theta), [headed.views(headed.theta)[i] for i in (0, 1, 3)]):
        for name in ours:
            ours[name][...] = theirs[name]
    for net in (plain, headed):
        list(train(net, data, SGD(0.1), epochs=3, batch_size=4, rng=np.random.default_rng(0)))
    assert np.array_equal(plain.predict(x), headed.predict(x))


@one_and_K_runs
def test_a_head_alone_trains_what_is_below_it(runs):
    """Nothing comes back through an output layer of zeros: only the head's loss reaches the first layer."""
    net = network([Dense(5, WIDTH), Auxiliary(Dense(WIDTH, 3)), Dense(WIDTH, 3, init=zeros)], runs)
    f = net.objective(*batch())
    first, head, _ = net.views(f.gradient(net.theta))
    assert np.abs(first["W"]).max() > 0.01 and np.abs(head[0, "W"]).max() > 0.01


@pytest.mark.parametrize("call, error, words", [
    (lambda: LeakyReLU(-0.1), ValueError, "slope must be from 0 to 1, got -0.1"),
    (lambda: LeakyReLU(1.5), ValueError, "slope must be from 0 to 1, got 1.5"),
    (lambda: LeakyReLU("a"), ValueError, "slope must be from 0 to 1, got 'a'"),
    (lambda: Residual(), TypeError, "layers must be layers, not recurrent and no auxiliary heads, got ()"),
    (lambda: Residual([Dense(3, 3)]), TypeError, "layers must be layers"),
    (lambda: Residual(Dense), TypeError, "layers must be layers"),
    (lambda: Residual(Dense(3, 3), RNN(3, 3)), TypeError, "got (Dense(3, 3), RNN(3, 3, 3))"),
    (lambda: Residual(Auxiliary(Dense(3, 3))), TypeError, "got (Auxiliary(Dense(3, 3)),)"),
    (lambda: Residual(Dense(3, 4), Dense(5, 3)), ValueError, "Dense(5, 3) must get 5 inputs, got 4"),
    (lambda: network([Dense(5, 4), Residual(Dense(3, 3))]), ValueError, "must get 3 inputs, got 4"),
    (lambda: network([Dense(5, 4), Residual(ReLU(), Dense(4, 2))]), ValueError, "must give as many outputs"),
    (lambda: Auxiliary(Dense(3, 3), weight=-1), ValueError, "weight must be >= 0 and finite, got -1"),
    (lambda: Auxiliary(Dense(3, 3), weight=None), ValueError, "weight must be >= 0 and finite, got None"),
    (lambda: Auxiliary(weight=1.0), TypeError, "layers must be layers"),
    (lambda: network([Dense(5, 4), Auxiliary(Dense(4, 2)), Dense(4, 3)]), ValueError,
     "Auxiliary(Dense(4, 2)) must end in the network's 3 outputs, got 2"),
    (lambda: network([Dense(5, 4), Auxiliary(Dense(3, 3)), Dense(4, 3)]), ValueError,
     "Dense(3, 3) must get 3 inputs, got 4"),
])
def test_bad_input(call, error, words):
    with pytest.raises(error, match=re.escape(words)):
        call()


def test_a_chain_hands_on_what_its_layers_have():
    for layer in (Residual(Dense(3, 3), Dropout(0.1)), Auxiliary(Dropout(0.5), Dense(3, 3))):
        assert layer.noisy and not layer.running and layer.n_in == 3
    assert Residual(BatchNorm(3)).running == {(0, "running_mean"): (3,), (0, "running_var"): (3,)}
    assert Residual(Residual(BatchNorm(3))).shapes == {(0, (0, "gamma")): (3,), (0, (0, "beta")): (3,)}
