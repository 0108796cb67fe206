"""BatchNorm and Dropout, which differ in training and test mode: formulas, derivatives, what is kept when."""

import copy
import inspect
import pickle
import re

import numpy as np
import pytest
from outcomes import REJECTS
from test_layers import gradient_error

from course_lib import network as network_module
from course_lib.autodiff import check_gradient
from course_lib.datasets import Dataset
from course_lib.layers import BatchNorm, Dense, Dropout, LeakyReLU, ReLU, Residual, Tanh
from course_lib.losses import softmax_cross_entropy
from course_lib.network import Network, Noise
from course_lib.optimizers import SGD, Nesterov
from course_lib.training import train

N, WIDTH, RUNS = 8, 4, 3
one_and_K_runs = pytest.mark.parametrize("runs", [None, RUNS], ids=["one run", "K runs"])


def changed(kind, old, new, *also):
    """Class `kind` with another text in its source; or the last of `also`, which are made from it in turn."""
    scope = dict(vars(inspect.getmodule(kind)))
    source = inspect.getsource(kind)
    assert source.count(old) == 1, f"{old!r} is there {source.count(old)} times"
    exec(source.replace(old, new), scope)
    for other in also:
        exec(inspect.getsource(other), scope)
    return scope[(kind, *also)[-1].__name__]


def batch(seed=1, n=N):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, 5)), rng.integers(0, 3, n)


def normalized(runs=None, kind=BatchNorm, seed=0, **options):
    """A network with BatchNorm, its gamma and beta moved away from 1 and 0."""
    row = [Dense(5, WIDTH), kind(WIDTH, **options), Tanh(),
           Residual(kind(WIDTH, **options), Dense(WIDTH, WIDTH)), Dense(WIDTH, 3)]
    net = Network(row, softmax_cross_entropy, np.random.default_rng(seed), runs)
    net.theta += 0.3 * np.random.default_rng(5).standard_normal(net.params.size)
    return net


def dropping(runs=None, kind=Dropout, seed=0, p=0.4):
    row = [kind(p), Dense(5, WIDTH), Tanh(), kind(p), Dense(WIDTH, 3)]
    return Network(row, softmax_cross_entropy, np.random.default_rng(seed), runs)


def close(found, expected, rtol=1e-13):
    np.testing.assert_allclose(found, expected, rtol=0, atol=rtol * np.abs(expected).max())


def test_what_the_mutants_are_made_from_is_right():
    """The same source again, with nothing changed, passes."""
    norm_holds(changed(BatchNorm, "x_hat = d * scale", "x_hat = d * scale"))
    dropout_holds(changed(Dropout, "self.p = p", "self.p = p"))


# BatchNorm

def norm_case(kind, runs=(), rho=0.3, eps=0.1):
    """(layer, its parameters, a batch that is neither centred nor of unit size)."""
    rng, layer = np.random.default_rng(3), kind(WIDTH, rho=rho, eps=eps)
    p = {name: rng.uniform(0.5, 2, runs + (WIDTH,)) for name in (*layer.shapes, *layer.running)}
    return layer, p, rng.standard_normal(runs + (N, WIDTH)) * [0.1, 1, 3, 10] + [5, -3, 0, 1]


def norm_holds(kind):
    """Everything that BatchNorm is; fails for a wrong one."""
    for runs in [(), (RUNS,)]:
        layer, p, x = norm_case(kind, runs)
        axis = x.ndim - 2
        y, cache = layer.forward(p, x, train=True)
        gamma, beta = p["gamma"][..., None, :], p["beta"][..., None, :]
        close(y.mean(axis, keepdims=True), beta)
        x_hat = (x - np.mean(x, axis, keepdims=True)) / (np.var(x, axis, keepdims=True) + 0.1) ** 0.5
        close(y, gamma * x_hat + beta)
        # test mode: the running statistics, whatever is in the batch
        x_hat = (x - p["running_mean"][..., None, :]) / (p["running_var"][..., None, :] + 0.1) ** 0.5
        expected = gamma * x_hat + beta
        close(layer.forward(p, x, train=False)[0], expected)
        close(layer.forward(p, x[..., :1, :], train=False)[0], expected[..., :1, :])
        before = {name: value.copy() for name, value in p.items()}
        layer.update_running(p, cache)
        close(p["running_mean"], 0.7 * before["running_mean"] + 0.3 * x.mean(axis))
        close(p["running_var"], 0.7 * before["running_var"] + 0.3 * np.var(x, axis, ddof=1))
        assert all(np.array_equal(p[name], before[name]) for name in ("gamma", "beta"))
        # folded into the layer before it
        W = np.random.default_rng(4).standard_normal(runs + (WIDTH, WIDTH))
        dense = {"W": W, "b": np.ones(runs + (WIDTH,))}
        apart = layer.forward(p, Dense(WIDTH, WIDTH).forward(dense, x, False)[0], train=False)[0]
        close(Dense(WIDTH, WIDTH).forward(layer.fold(dense, p), x, False)[0], apart, 1e-14)
        assert gradient_error(kind(WIDTH, eps=0.1), runs) < 1e-13
    # two passes: one, the mean of squares less the square of the mean, has no digit left here
    x = 1e8 + np.random.default_rng(6).standard_normal((50, WIDTH))
    y, _ = kind(WIDTH).forward({"gamma": np.ones(WIDTH), "beta": np.zeros(WIDTH)}, x, train=True)
    close(y.std(axis=0), np.ones(WIDTH), 1e-4)
    f = normalized(kind=kind).objective(*batch())
    close(f.hessian(f.network.theta), f.hessian(f.network.theta).T)


def test_batchnorm():
    norm_holds(BatchNorm)


FORWARD_VAR = "(d * d).mean(axis=-2, keepdims=True)"


@pytest.mark.parametrize("old, new", [
    # forward
    ("x.mean(axis=-2, keepdims=True)", "x.mean(axis=-1, keepdims=True)"),
    (FORWARD_VAR, "(x * x).mean(axis=-2, keepdims=True)"),
    (FORWARD_VAR, "(x * x).mean(axis=-2, keepdims=True) - mean * mean"),
    (FORWARD_VAR, "(d * d).sum(axis=-2, keepdims=True) / (x.shape[-2] - 1)"),
    (FORWARD_VAR, "abs(d * d).mean(axis=-2, keepdims=True)"),
    ("1 / np.sqrt(var + self.eps)", "1 / (np.sqrt(var) + self.eps)"),
    ("1 / np.sqrt(var + self.eps)", "1 / (var + self.eps)"),
    ('if train else p["running_mean"]', 'if True else p["running_mean"]'),
    ('if train else p["running_var"]', 'if True else p["running_var"]'),
    # backward
    ('- (g["beta"] / N)[..., None, :] ', ""),
    (' - x_hat * (g["gamma"] / N)[..., None, :]', ""),
    ('x_hat * (g["gamma"] / N)', 'x_hat * (g["beta"] / N)'),
    ("if train:", "if False:"),
    ("N = dy.shape[-2]", "N = dy.shape[-2] - 1"),
    ('p["gamma"][..., None, :] * scale * dy', 'p["gamma"][..., None, :] * dy'),
    ('p["gamma"][..., None, :] * scale * dy', "scale * dy"),
    ("(dy * x_hat).sum", "(dy * x_hat).mean"),
    ("dy.sum(axis=-2", "dy.mean(axis=-2"),
    # running statistics
    ("running *= 1 - self.rho", "running *= self.rho"),
    ("running *= 1 - self.rho", "running *= 1"),
    ("running += self.rho * batch", "running += (1 - self.rho) * batch"),
    ("var * (N / (N - 1))", "var"),
    ("var * (N / (N - 1))", "var * ((N - 1) / N)"),
    ("var * (N / (N - 1))", "np.sqrt(var * (N / (N - 1)))"),
    ("batch[..., 0, :]", "batch.ravel()[0]"),
    # fold
    ('np.sqrt(p["running_var"] + self.eps)', 'np.sqrt(p["running_var"])'),
    ('np.sqrt(p["running_var"] + self.eps)', '(p["running_var"] + self.eps)'),
    ('dense["W"] * scale[..., None, :]', 'dense["W"] * scale[..., None]'),
    ('(dense["b"] - p["running_mean"]) * scale', 'dense["b"] * scale - p["running_mean"]'),
    (' * scale + p["beta"]}', " * scale}"),
])
def test_wrong_batchnorm_is_rejected(old, new):
    with pytest.raises(AssertionError):
        norm_holds(changed(BatchNorm, old, new))


def test_the_gradient_never_proposes_to_shift_or_scale_what_comes_in():
    """C23: dL/dx is orthogonal to a shift of every unit, and, up to eps, to its scale."""
    layer, p, x = norm_case(BatchNorm, eps=1e-12)
    _, cache = layer.forward(p, x, train=True)
    dy = np.random.default_rng(7).standard_normal(x.shape)
    dx = layer.backward(p, cache, dy, {"gamma": np.empty(WIDTH), "beta": np.empty(WIDTH)})
    size = np.abs(dx * x).sum(axis=0)
    assert (np.abs(dx.sum(axis=0)) < 1e-14 * np.abs(dx).sum(axis=0) * N).all()
    assert (np.abs((dx * (x - x.mean(axis=0))).sum(axis=0)) < 1e-8 * size).all()


def test_backward_in_test_mode_takes_the_statistics_as_constants():
    layer, p, x = norm_case(BatchNorm)
    _, cache = layer.forward(p, x, train=False)
    dx = layer.backward(p, cache, np.ones_like(x), {"gamma": np.empty(WIDTH), "beta": np.empty(WIDTH)})
    close(dx, np.broadcast_to(p["gamma"] / (p["running_var"] + 0.1) ** 0.5, x.shape))


@one_and_K_runs
def test_gradient_and_hvp_of_a_network_with_batchnorm(runs):
    net = normalized(runs)
    f = net.objective(*batch())
    check_gradient(f, net.theta, np.random.default_rng(2), tol=1e-12)
    v, h = np.random.default_rng(3).standard_normal(net.theta.shape), 1e-5
    difference = f.gradient(net.theta + h * v) - f.gradient(net.theta - h * v)
    close(f.hvp(net.theta, v), difference / (2 * h), 1e-7)


class Curious(Nesterov):
    """Nesterov that asks a lot before each step, as a line search does."""

    def step(self, theta, f):
        f.value(theta), f.gradient(1.5 * theta), f.hvp(theta, theta)
        super().step(theta, f)
        f.value(theta + 1e-30j * theta)


@one_and_K_runs
def test_running_statistics_move_once_in_each_step_of_training(runs):
    x, y = batch(n=3 * N)
    net, seen = normalized(runs, rho=0.3), []

    class Watch(Curious):
        def step(self, theta, f):
            super().step(theta, f)
            seen.append((f.x, self.last))

        def where(self, theta, *hyper):
            self.last = super().where(theta, *hyper)
            return self.last

    data, rng = Dataset("", x, y, x, y), np.random.default_rng(4)
    list(train(net, data, Watch(0.05), epochs=2, batch_size=N, rng=rng))
    assert len(seen) == 6
    running_mean, running_var = 0.0, 1.0
    for x_batch, theta in seen:                             # of the first layer, where the step asked last
        p = net.views(theta)[0]
        hidden = x_batch @ p["W"] + p["b"][..., None, :]
        running_mean = 0.7 * running_mean + 0.3 * hidden.mean(axis=-2)
        running_var = 0.7 * running_var + 0.3 * hidden.var(axis=-2, ddof=1)
    p = net.views(net.theta)[1]
    close(p["running_mean"], running_mean)
    close(p["running_var"], running_var)


def test_questions_alone_change_nothing_that_is_kept():
    net = normalized()
    f, before = net.objective(*batch()), net.running.copy()
    f.value(net.theta), f.gradient(net.theta), f.hvp(net.theta, net.theta), f.hessian(net.theta)
    net.predict(batch()[0]), net.loss(*batch()), f.input_gradient(net.theta)
    assert np.array_equal(net.running, before)


def test_update_running_takes_a_gradient_once():
    net = normalized()
    f = net.objective(*batch())
    with pytest.raises(ValueError, match="update_running must follow a gradient, got no gradient since"):
        f.update_running()
    f.gradient(net.theta)
    f.update_running()
    with pytest.raises(ValueError, match="update_running must follow a gradient"):
        f.update_running()
    plain = Network([Dense(5, 3)], softmax_cross_entropy, np.random.default_rng(0)).objective(*batch())
    plain.update_running()                                  # nothing to update


def test_test_mode_does_not_depend_on_the_rest_of_the_batch():
    net, (x, _) = normalized(), batch()
    close(net.predict(x)[:3], net.predict(x[:3]))
    close(net.predict(x)[:1], net.predict(x[:1]))


@one_and_K_runs
def test_a_training_batch_of_one_is_refused(runs):
    net, (x, y) = normalized(runs), batch(n=1)
    words = re.escape("x must have at least 2 examples for BatchNorm(4) in training, got 1")
    with pytest.raises(ValueError, match=words):
        net.objective(x, y).gradient(net.theta)
    assert np.isfinite(net.predict(x)).all()


def test_every_place_has_statistics_of_its_own_and_networks_do_not_share_them():
    layer = BatchNorm(5)
    row = [layer, Dense(5, 5), layer, Dense(5, 3)]
    first, second = (Network(row, softmax_cross_entropy, np.random.default_rng(0)) for _ in range(2))
    f = first.objective(*batch())
    f.gradient(first.theta)
    f.update_running()
    means = [p["running_mean"] for p in first.views(first.theta) if "running_mean" in p]
    assert len(means) == 2 and not np.array_equal(*means)
    assert np.array_equal(second.running, [0] * 5 + [1] * 5 + [0] * 5 + [1] * 5)


@pytest.mark.parametrize("clone", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])
def test_a_copy_keeps_what_it_has_and_goes_its_own_way(clone):
    net, (x, y) = normalized(), batch()
    net.predict(x)
    other = clone(net)
    f = net.objective(x, y)
    f.gradient(net.theta)
    f.update_running()
    assert not np.array_equal(net.predict(x), other.predict(x))
    other.running[:] = net.running
    assert np.array_equal(net.predict(x), other.predict(x))


def test_statistics_that_are_replaced_are_seen():
    net, (x, _) = normalized(), batch()
    before = net.predict(x)
    net.running = net.running + 1.0
    assert not np.array_equal(net.predict(x), before)


def test_theta_of_one_run_does_not_go_with_the_statistics_of_K():
    net = normalized(RUNS)
    words = "theta must be (K, P), as the running statistics are (3, 16), got (75,)"
    with pytest.raises(ValueError, match=re.escape(words)):
        net.predict(batch()[0], net.theta[0])


def test_diverged_runs_leave_the_others_their_statistics():
    net, (x, y) = normalized(RUNS), batch()
    net.theta[1] = 1e200
    f = net.objective(x, y)
    with np.errstate(all="ignore"):
        f.gradient(net.theta)
    f.update_running()
    assert np.isfinite(net.running[[0, 2]]).all() and not np.isfinite(net.running[1]).all()


@one_and_K_runs
def test_single_precision_stays_single(runs):
    row = [Dense(5, WIDTH), BatchNorm(WIDTH), Dropout(0.5), Dense(WIDTH, 3)]
    net = Network(row, softmax_cross_entropy, np.random.default_rng(0), runs, dtype=np.float32)
    f = net.objective(*batch())
    g = f.gradient(net.theta)
    f.update_running()
    found = g, f.last_value, net.running, net.predict(batch()[0])
    assert {a.dtype for a in found} == {np.dtype(np.float32)}


# Dropout

def dropout_holds(kind):
    """Everything that Dropout is; fails for a wrong one."""
    x, dy = np.random.default_rng(3).standard_normal((2, 200, 50))
    layer = kind(0.3)
    masks = []
    for keys, number in [(1, 1), (1, 2), (2, 1)]:
        y, cache = layer.forward({}, x, Noise(np.array(keys), number))
        again, _ = layer.forward({}, x, Noise(np.array(keys), number))
        assert np.array_equal(y, again)
        mask = y / x
        close(layer.backward({}, cache, dy, {}), dy * mask)
        kept = np.abs(mask) > 0.5
        close(mask[kept], np.full(kept.sum(), 1 / 0.7))
        deviation = (0.3 * 0.7) ** 0.5
        assert abs(kept.mean() - 0.7) < 4 * deviation / x.size**0.5
        assert np.ptp(kept.mean(axis=0)) < 12 * deviation / 200**0.5 and np.ptp(kept.mean(axis=1)) < 1
        assert kept.mean(axis=0).max() < 1 and kept.mean(axis=1).max() < 1
        masks.append(kept)
    for a, b in [(0, 1), (0, 2), (1, 2)]:                   # masks are independent
        agree = (masks[a] == masks[b]).mean()
        assert abs(agree - (0.49 + 0.09)) < 4 * (0.58 * 0.42) ** 0.5 / x.size**0.5
    assert np.array_equal(layer.forward({}, x, train=False)[0], x)
    together, _ = layer.forward({}, x, Noise(np.array([1, 2]), 1))
    for k in range(2):
        assert np.array_equal(together[k], layer.forward({}, x, Noise(np.array(k + 1), 1))[0])
    net = dropping(kind=kind)
    f = net.objective(*batch())
    check_gradient(f, net.theta, np.random.default_rng(2), tol=1e-12)


def test_dropout():
    dropout_holds(Dropout)


@pytest.mark.parametrize("old, new", [
    (" / (1 - self.p)", ""),
    (" / (1 - self.p)", " * (1 - self.p)"),
    (" / (1 - self.p)", " / self.p"),
    (">= self.p", "< self.p"),
    (">= self.p", ">= 0.5"),
    ("train.uniform(x.shape[-2:])", "train.uniform(x.shape[-1:])"),
    ("train.uniform(x.shape[-2:])", "train.uniform(x.shape[-2:-1] + (1,))"),
    ("train.uniform(x.shape[-2:])", "np.random.default_rng().random(x.shape[-2:])"),
    ("train.uniform(x.shape[-2:])", "np.random.default_rng(0).random(x.shape[-2:])"),
    ("return x * mask, mask", "return x * mask, None"),
    ("else dy * mask", "else dy * (mask > 0)"),
    ("if not train:\n            return x, None", "if not train:\n            return x * (1 - self.p), None"),
])
def test_wrong_dropout_is_rejected(old, new):
    with pytest.raises(REJECTS):
        dropout_holds(changed(Dropout, old, new))


def noise_holds():
    """An objective is one function, the next another, as is another run; a run is the same alone."""
    net, (x, y) = dropping(RUNS), batch()
    f, next_one = net.objective(x, y), net.objective(x, y)
    values = f.value(net.theta)
    assert np.array_equal(f.value(net.theta), values)
    g = f.gradient(net.theta)
    assert np.array_equal(f.last_value, values) and np.array_equal(f.gradient(net.theta), g)
    assert (next_one.value(net.theta) != values).all()
    same = np.broadcast_to(net.theta[0], net.theta.shape)
    assert len(np.unique(f.value(same))) == RUNS
    for k, child in enumerate(np.random.default_rng(0).spawn(RUNS)):
        alone = Network(net.layers, net.loss_function, child)
        assert np.array_equal(alone.theta, net.theta[k])
        close(alone.objective(x, y).gradient(alone.theta), g[k])
        close(alone.objective(x, y).value(alone.theta), next_one.value(net.theta)[k])
    check_gradient(f, net.theta, np.random.default_rng(2), tol=1e-12)
    H = alone.objective(x, y).hessian(alone.theta)          # all of its products with one mask
    close(H, H.T)
    a, b = (network_module.Noise(np.array(key), number).uniform((5,)) for key, number in [(1, 2), (2, 1)])
    assert not np.array_equal(a, b)


def test_noise():
    noise_holds()


@pytest.mark.parametrize("old, new", [
    ("default_rng([key, number])", "default_rng()"),
    ("default_rng([key, number])", "default_rng(key)"),
    ("default_rng([key, number])", "default_rng(number)"),
    ("default_rng([key, number])", "default_rng([0, key + number])"),
    ("np.stack([rng.random(shape) for rng in self.generators])", "np.stack([self.generators[0].random(shape)"
                                                                 " for rng in self.generators])"),
    ("rng.random(shape)", "np.full(shape, 0.5)"),
])
def test_wrong_noise_is_rejected(old, new, monkeypatch):
    monkeypatch.setattr(network_module, "Noise", changed(Noise, old, new))
    with pytest.raises(AssertionError):
        noise_holds()


def test_random_numbers_follow_from_the_rng_of_the_network():
    x, y = batch()
    values = [dropping(seed=seed).objective(x, y) for seed in (0, 0, 1)]
    theta = values[0].network.theta
    a, b, c = (f.value(theta) for f in values)
    assert a == b != c
    # and are asked for only where a layer wants them
    rng = np.random.default_rng(0)
    Network([Dense(5, 3)], softmax_cross_entropy, rng)
    after = np.random.default_rng(0)
    Dense(5, 3).draw(after, (5, 3))
    assert rng.random() == after.random()


def test_training_goes_on_bit_for_bit_from_what_the_network_keeps():
    """theta, running, noise_keys and minibatches are all there is to save."""
    x, y = batch(n=4 * N)
    row = [Dense(5, WIDTH), BatchNorm(WIDTH), Dropout(0.3), Residual(Dropout(0.2), Dense(WIDTH, WIDTH)),
           Dense(WIDTH, 3)]

    def make(seed):
        return Network(row, softmax_cross_entropy, np.random.default_rng(seed))

    def steps(net, rng):
        list(train(net, Dataset("", x, y, x, y), SGD(0.1), epochs=2, batch_size=N, rng=rng))

    net, rng = make(0), np.random.default_rng(1)
    steps(net, rng)
    other, other_rng = make(9), copy.deepcopy(rng)
    for name in ("theta", "running", "noise_keys"):
        getattr(other, name)[...] = getattr(net, name)
    other.minibatches = net.minibatches
    assert net.minibatches == 8
    steps(net, rng)
    steps(other, other_rng)
    assert np.array_equal(net.theta, other.theta) and np.array_equal(net.running, other.running)


def test_K_runs_with_both_layers_train_as_K_single_networks():
    x, y = batch(n=4 * N)
    data = Dataset("", x, y, x, y)
    row = [Dense(5, WIDTH), BatchNorm(WIDTH), ReLU(), Dropout(0.3),
           Residual(Dense(WIDTH, WIDTH), BatchNorm(WIDTH)), Dense(WIDTH, 3)]
    together = Network(row, softmax_cross_entropy, np.random.default_rng(0), runs=RUNS)
    settings = {"epochs": 3, "batch_size": N}
    list(train(together, data, SGD(0.1), rng=[np.random.default_rng(k) for k in range(RUNS)], **settings))
    for k, child in enumerate(np.random.default_rng(0).spawn(RUNS)):
        alone = Network(row, softmax_cross_entropy, child)
        list(train(alone, data, SGD(0.1), rng=np.random.default_rng(k), **settings))
        close(together.theta[k], alone.theta, 1e-12)
        close(together.running[k], alone.running, 1e-12)
        close(together.predict(x)[k], alone.predict(x), 1e-12)


@pytest.mark.parametrize("call, error, words", [
    (lambda: Dropout(1.0), ValueError, "p must be >= 0 and < 1, got 1.0"),
    (lambda: Dropout(-0.1), ValueError, "p must be >= 0 and < 1, got -0.1"),
    (lambda: Dropout(np.nan), ValueError, "p must be >= 0 and < 1, got nan"),
    (lambda: Dropout("0.5"), ValueError, "p must be >= 0 and < 1, got '0.5'"),
    (lambda: Dropout(0.5).forward({}, np.ones((2, 3)), True), TypeError,
     "train must be network.Noise for Dropout(0.5), as an objective has it, got True"),
    (lambda: BatchNorm(0), ValueError, "n must be a whole number >= 1, got 0"),
    (lambda: BatchNorm(2.0), ValueError, "n must be a whole number >= 1, got 2.0"),
    (lambda: BatchNorm(True), ValueError, "n must be a whole number >= 1, got True"),
    (lambda: BatchNorm(3, rho=0.0), ValueError, "rho must be > 0 and <= 1, got 0.0"),
    (lambda: BatchNorm(3, rho=1.1), ValueError, "rho must be > 0 and <= 1, got 1.1"),
    (lambda: BatchNorm(3, eps=0), ValueError, "eps must be > 0 and finite, got 0"),
    (lambda: BatchNorm(3, eps=np.inf), ValueError, "eps must be > 0 and finite, got inf"),
    (lambda: BatchNorm(3, eps=None), ValueError, "eps must be > 0 and finite, got None"),
    (lambda: Network([Dense(5, 4), BatchNorm(3)], softmax_cross_entropy, np.random.default_rng(0)),
     ValueError, "BatchNorm(3) must get 3 inputs, got 4"),
])
def test_bad_input(call, error, words):
    with pytest.raises(error, match=re.escape(words)):
        call()


def test_layers_say_what_they_are():
    row = [Dropout(0.5), BatchNorm(4), LeakyReLU(), Residual(Tanh(), Dense(2, 2))]
    assert str(row) == "[Dropout(0.5), BatchNorm(4), LeakyReLU(0.01), Residual(Tanh(), Dense(2, 2))]"
