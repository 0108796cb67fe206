"""RNN and LSTM: states by a plain loop, gradients by complex step, truncation by pieces, wrong versions."""

import re

import numpy as np
import pytest
from outcomes import REJECTS
from test_layers_modes import changed

from course_lib.autodiff import check_gradient
from course_lib.datasets import Dataset
from course_lib.layers import BatchNorm, Dense, Dropout
from course_lib.losses import mean_squared_error, softmax_cross_entropy
from course_lib.network import Network
from course_lib.optimizers import Adam
from course_lib.recurrent import LSTM, RNN, Recurrent, gradient_by_distance
from course_lib.training import train

N, T, N_IN, HIDDEN, RUNS = 3, 5, 2, 4, 3
STEP = 1e-30
each_kind = pytest.mark.parametrize("kind", [RNN, LSTM])
one_and_K_runs = pytest.mark.parametrize("runs", [None, RUNS], ids=["one run", "K runs"])


def close(found, expected, rtol=1e-13):
    np.testing.assert_allclose(found, expected, rtol=0, atol=rtol * np.abs(expected).max())


def network(kind, runs=None, n_out=3, loss=softmax_cross_entropy, **options):
    net = Network([kind(N_IN, HIDDEN, n_out, **options)], loss, np.random.default_rng(0), runs)
    net.theta += 0.3 * np.random.default_rng(1).standard_normal(net.params.size)
    return net


def batch(every_step=False, runs=()):
    rng = np.random.default_rng(2)
    x = rng.standard_normal(runs + (N, T, N_IN))
    return x, rng.integers(0, 3, x.shape[:-1] if every_step else x.shape[:-2])


# The same by a plain loop over sequences, steps and units

def states(kind, p, x, state=None):
    """Hidden states (T, hidden) of one sequence x (T, n_in), from any first state, and the last state."""
    h, c = state if state else (np.zeros(HIDDEN), np.zeros(HIDDEN))
    found = []
    for x_t in x:
        a = x_t @ p["W"] + h @ p["U"] + p["b"]
        if kind is RNN:
            h = np.tanh(a)
        else:
            gate = {name: a[k * HIDDEN:(k + 1) * HIDDEN] for k, name in enumerate("ifog")}
            i, f, o = (1 / (1 + np.exp(-gate[name])) for name in "ifo")
            c = f * c + i * np.tanh(gate["g"])
            h = o * np.tanh(c)
        found.append(h)
    return np.array(found), (h, c)


def outputs(kind, p, x):
    """(N, T, n_out) of a batch."""
    h = np.array([states(kind, p, sequence)[0] for sequence in x])
    return h @ p["V"] + p["c"] if "V" in p else h


def cut_gradient(kind, net, x, dy, k, every_step):
    """Gradient of sum(dy * y) where no error leaves its piece of k steps, counted from the end.

    Each piece by itself, by complex step, from a first state that is a constant.
    """
    cuts = list(range(T, 0, -k))[::-1]
    g = np.zeros(net.theta.size)
    for sequence, weights in zip(x, dy):
        for start, end in zip([0, *cuts], cuts):
            p = net.views(net.theta)[0]
            before = states(kind, p, sequence[:start])[1]
            for j in range(net.theta.size):
                moved = net.theta.astype(complex)
                moved[j] += 1j * STEP
                q = net.views(moved)[0]
                y = states(kind, q, sequence[start:end], before)[0] @ q["V"] + q["c"]
                terms = (weights[start:end] * y).imag / STEP
                g[j] += terms.sum() if every_step else terms[-1].sum() * (end == T)
    return g


# Every property of one of the two; fails for a wrong one

def agrees_with_the_loop(kind, true_kind):
    for every_step in (False, True):
        for n_out in (3, None):
            for runs in (None, RUNS):
                net = network(kind, runs, n_out, every_step=every_step)
                for lead in [(), (RUNS,)] if runs else [()]:
                    x, _ = batch(every_step, lead)
                    rows = net.predict(x)
                    for k in range(runs or 1):
                        p = net.views(net.theta[k] if runs else net.theta)[0]
                        y = outputs(true_kind, p, x[k] if lead else x)
                        expected = y.reshape(N * T, -1) if every_step else y[:, -1]
                        close(rows[k] if runs else rows, expected)


def gradients_agree(kind):
    for every_step in (False, True):
        for runs, lead in [(None, ()), (RUNS, ()), (RUNS, (RUNS,))]:
            for n_out in (3, None):
                net = network(kind, runs, n_out, every_step=every_step)
                x, y = batch(every_step, lead)
                if n_out is None:
                    y = y % 3
                f = net.objective(x, y)
                check_gradient(f, net.theta, np.random.default_rng(3), tol=1e-12)
                if runs is None:
                    f.x, dx = x.astype(complex), f.input_gradient(net.theta)
                    for v in np.random.default_rng(4).standard_normal((3,) + x.shape):
                        f.x = x + 1j * STEP * v
                        assert (dx * v).sum() == pytest.approx(f.value(net.theta).imag / STEP, rel=1e-10)


def truncated_as_in_pieces(kind, true_kind):
    rng = np.random.default_rng(5)
    for every_step in (False, True):
        for k in (1, 2, 3, T, T + 3):
            net = network(kind, every_step=every_step, truncation=k)
            layer, p = net.layers[0], net.views(net.theta)[0]
            x, weights = batch()[0], rng.standard_normal((N, T, 3))
            _, cache = layer.forward(p, x, True)
            g = np.full_like(net.theta, np.nan)
            dy = weights.reshape(N * T, 3) if every_step else weights[:, -1]
            dx = layer.backward(p, cache, dy, net.views(g)[0])
            close(g, cut_gradient(true_kind, net, x, weights, k, every_step))
            reached = (dx != 0).any(axis=(0, 2))
            assert reached.all() if every_step else reached.sum() == min(k, T) and reached[-min(k, T):].all()


@each_kind
def test_outputs(kind):
    agrees_with_the_loop(kind, kind)


@each_kind
def test_gradients(kind):
    gradients_agree(kind)


@each_kind
def test_truncation(kind):
    truncated_as_in_pieces(kind, kind)


def holds(kind, true_kind):
    agrees_with_the_loop(kind, true_kind)
    gradients_agree(kind)


@each_kind
def test_what_the_mutants_are_made_from_is_right(kind):
    holds(changed(Recurrent, "ndim = 3", "ndim = 3", kind), kind)


@pytest.mark.parametrize("old, new", [
    ("h = np.tanh(a)", "h = 1 / (1 + np.exp(-a))"),
    ("return (h,), h", "return (h,), a"),
    ("return (h,), h", "return (a,), h"),
    ("dh * (1 - h * h)", "dh * (1 - h)"),
    ("dh * (1 - h * h)", "dh"),
    ("dh * (1 - h * h)", "dh * (1 - np.tanh(h) ** 2)"),
    ("dh * (1 - h * h)", "(1 - h * h)"),
])
def test_wrong_rnn_is_rejected(old, new):
    with pytest.raises(REJECTS):
        holds(changed(RNN, old, new), RNN)


@pytest.mark.parametrize("old, new", [
    ("c = f * c_before + i * g", "c = i * c_before + f * g"),
    ("c = f * c_before + i * g", "c = f * c_before + (1 - f) * g"),
    ("(o * tanh_c, c), ", "(o * c, c), "),
    ("i, f, o = np.split(", "f, i, o = np.split("),
    ("np.tanh(0.5 * a[", "np.tanh(a["),
    ("dc = dc + dh * o", "dc = dh * o"),
    ("dh * o * (1 - tanh_c * tanh_c)", "dh * o"),
    ("dh * o * (1 - tanh_c * tanh_c)", "dh * (1 - tanh_c * tanh_c)"),
    ("return da, dc * f", "return da, dc"),
    ("return da, dc * f", "return da, dc * i"),
    ("dc * g * i * (1 - i)", "dc * i * (1 - i)"),
    ("dc * c_before * f * (1 - f)", "dc * g * f * (1 - f)"),
    ("dh * tanh_c * o * (1 - o)", "dc * tanh_c * o * (1 - o)"),
    ("dc * i * (1 - g * g)", "dc * i * g * (1 - g)"),
    ("(i, f, o, g, c_before, tanh_c)", "(i, f, o, g, c, tanh_c)"),
])
def test_wrong_lstm_is_rejected(old, new):
    with pytest.raises(REJECTS):
        holds(changed(LSTM, old, new), LSTM)


@pytest.mark.parametrize("kind", [RNN, LSTM])
@pytest.mark.parametrize("old, new", [
    ("a[..., t, :] + state[0] @ p", "a[..., t, :] + hidden[0] @ p"),
    ("a[..., t, :] + state[0] @ p", "a[..., 0, :] + state[0] @ p"),
    ('a += p["b"][..., None, :]', "pass"),
    ("dstate.insert(0, da_t @ U_transposed)", "dstate.insert(0, 0 * da_t @ U_transposed)"),
    ("dstate[0] = dstate[0] + dy[..., t, :]", "dstate[0] = dy[..., t, :]"),
    ("elif t == T - 1:", "else:"),
    ("np.stack(hidden[first:T], axis=-2)", "np.stack(hidden[first + 1:T + 1], axis=-2)"),
    ("np.stack(da[::-1], axis=-2)", "np.stack(da, axis=-2)"),
    ("da.sum(axis=-2", "da.mean(axis=-2"),
    ("_rows(np.stack(hidden[1:], axis=-2)) if", "_rows(np.stack(hidden[1:], axis=-3)) if"),
    ("state, hidden, memory = (zero,)", "state, hidden, memory = (zero + 0.1,)"),
])
def test_wrong_bptt_is_rejected(kind, old, new):
    with pytest.raises(REJECTS):
        holds(changed(Recurrent, old, new, kind), kind)


def test_a_forgotten_transpose_is_rejected():
    """Of an LSTM it would not fit."""
    with pytest.raises(REJECTS):
        holds(changed(Recurrent, 'p["U"].swapaxes(-1, -2)', 'p["U"]', RNN), RNN)


@each_kind
@pytest.mark.parametrize("old, new", [
    ("(T - 1 - t) % (self.truncation or T)", "2 * (T - 1 - t) % (self.truncation or T)"),
    ("(T - 1 - t) % (self.truncation or T)", "(T - 1 - t) % ((self.truncation or T) + 1)"),
    ("(self.truncation or T) == 0", "T == 0"),
    ("(self.truncation or T) == 0", "((self.truncation or T) + 1) == 0"),
    ("if da and not self.every_step:", "if da:"),
    ("x[..., first:, :]", "x[..., :T - first, :]"),
    ("np.concatenate([np.zeros(dx.shape[:-2] + (first, self.n_in), dx.dtype), dx], axis=-2)",
     "np.concatenate([dx, np.zeros(dx.shape[:-2] + (first, self.n_in), dx.dtype)], axis=-2)"),
])
def test_wrong_truncation_is_rejected(kind, old, new):
    with pytest.raises(REJECTS):
        truncated_as_in_pieces(changed(Recurrent, old, new, kind), kind)


def test_only_h_is_cut_is_rejected():
    """The memory of an LSTM has to be cut, too."""
    cut = "dstate = [np.zeros_like(hidden[-1])] * self.arrays"
    wrong = changed(Recurrent, cut, cut.replace("* self.arrays", "+ (dstate[1:] if da else [0.0])"), LSTM)
    gradients_agree(wrong)
    with pytest.raises(REJECTS):
        truncated_as_in_pieces(wrong, LSTM)


# In a network

@each_kind
@pytest.mark.parametrize("every_step", [False, True])
def test_K_runs_are_K_single_networks(kind, every_step):
    x, y = batch(every_step, (RUNS,))
    row = [kind(N_IN, HIDDEN, every_step=every_step), BatchNorm(HIDDEN), Dropout(0.2), Dense(HIDDEN, 3)]
    together = Network(row, softmax_cross_entropy, np.random.default_rng(0), RUNS)
    f = together.objective(x, y)
    check_gradient(f, together.theta, np.random.default_rng(3), tol=1e-12)
    for k, child in enumerate(np.random.default_rng(0).spawn(RUNS)):
        alone = Network(row, softmax_cross_entropy, child)
        assert np.array_equal(alone.theta, together.theta[k])
        f_k = alone.objective(x[k], y[k])
        close(f_k.gradient(alone.theta), f.gradient(together.theta)[k])
        close(f_k.value(alone.theta), f.value(together.theta)[k])
        close(alone.predict(x[k]), together.predict(x)[k])
        close(alone.loss(x[k], y[k]), together.loss(x, y)[k])
        assert alone.accuracy(x[k], y[k]) == together.accuracy(x, y)[k]


@each_kind
def test_loss_at_every_step_is_the_mean_over_sequences_and_steps(kind):
    net, (x, y) = network(kind, every_step=True), batch(every_step=True)
    scores = outputs(kind, net.views(net.theta)[0], x)
    p = np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)
    each = -np.log(np.take_along_axis(p, y[..., None], axis=-1))
    close(net.loss(x, y), each.mean())
    close(net.objective(x, y).value(net.theta), each.mean())
    assert net.accuracy(x, y) == (scores.argmax(axis=-1) == y).mean()
    targets = np.random.default_rng(6).standard_normal((N, T, 3))
    regression = network(kind, loss=mean_squared_error, every_step=True)
    close(regression.loss(x, targets), ((scores - targets) ** 2).mean())


@each_kind
def test_hvp_and_hessian(kind):
    net, (x, y) = network(kind), batch()
    f = net.objective(x, y)
    H, v = f.hessian(net.theta), np.random.default_rng(3).standard_normal(net.theta.size)
    close(H, H.T)
    close(f.hvp(net.theta, v), H @ v)


@each_kind
def test_gradient_by_distance_is_the_mean_over_the_sequences(kind):
    net, (x, y) = network(kind), batch()
    found = gradient_by_distance(net.objective(x, y), net.theta)
    alone = [net.objective(x[i:i + 1], y[i:i + 1]).input_gradient(net.theta)[0] for i in range(N)]
    close(found, np.mean([np.linalg.norm(dx, axis=-1)[::-1] for dx in alone], axis=0))
    assert found.shape == (T,) and (found > 0).all()
    several = network(kind, RUNS)
    assert gradient_by_distance(several.objective(x, y), several.theta).shape == (RUNS, T)
    cut = gradient_by_distance(network(kind, truncation=2).objective(x, y), net.theta)
    close(cut, np.where(np.arange(T) < 2, found, 0))


def test_gradient_by_distance_of_a_linear_memory_decays_as_U():
    """Near h = 0 an RNN is linear: dL/dx at distance d goes with U^d."""
    net = network(RNN)
    p = net.views(net.theta)[0]
    p["U"][...], p["b"][...] = 0.5 * np.eye(HIDDEN), 0
    x, y = batch()
    found = gradient_by_distance(net.objective(1e-9 * x, y), net.theta)
    close(found / found[0], 0.5 ** np.arange(T), 1e-8)


@each_kind
def test_single_precision_stays_single(kind):
    net = Network([kind(N_IN, HIDDEN, 3)], softmax_cross_entropy, np.random.default_rng(0), dtype=np.float32)
    f = net.objective(*batch())
    found = f.gradient(net.theta), f.input_gradient(net.theta), f.last_value, net.predict(batch()[0])
    assert {a.dtype for a in found} == {np.dtype(np.float32)}


def test_start_of_the_parameters():
    def ones(rng, shape):
        return np.ones(shape)

    def numbered(rng, shape):
        return rng.standard_normal() * np.ones(shape)

    layer = LSTM(N_IN, HIDDEN, 3, forget_bias=0.7, init=ones, recurrent_init=numbered)
    net = Network([layer], softmax_cross_entropy, np.random.default_rng(0))
    p = net.views(net.theta)[0]
    assert (p["W"] == 1).all() and (p["V"] == 1).all() and (p["c"] == 0).all()
    assert np.array_equal(p["b"], [0] * HIDDEN + [0.7] * HIDDEN + [0] * 2 * HIDDEN)
    assert len(np.unique(p["U"])) == 4                      # a draw for each gate
    rnn = Network([RNN(N_IN, HIDDEN, 3)], softmax_cross_entropy, np.random.default_rng(0))
    assert (rnn.views(rnn.theta)[0]["b"] == 0).all()


@pytest.mark.parametrize("old, new", [
    ("self.n_hidden:2 * self.n_hidden]", ":self.n_hidden]"),
    ("self.n_hidden:2 * self.n_hidden]", "2 * self.n_hidden:3 * self.n_hidden]"),
    ("= self.forget_bias\n\n", "= 1.0\n\n"),
])
def test_wrong_forget_bias_is_rejected(old, new, monkeypatch):
    monkeypatch.setitem(globals(), "LSTM", changed(LSTM, old, new))
    with pytest.raises(AssertionError):
        test_start_of_the_parameters()


@each_kind
@pytest.mark.parametrize("every_step", [False, True])
def test_training_learns_to_remember(kind, every_step):
    """The sign of the first input, asked for at the end; or, at every step, that of the step before."""
    rng = np.random.default_rng(7)
    x = rng.choice([-1.0, 1.0], (120, 4, 1))
    y = (x[:, 0, 0] > 0).astype(int) if not every_step else (np.roll(x[..., 0], 1, axis=1) > 0).astype(int)
    if every_step:
        y[:, 0] = 0
    data = Dataset("memory", x[:100], y[:100], x[100:], y[100:])
    net = Network([kind(1, 8, 2, every_step=every_step)], softmax_cross_entropy, np.random.default_rng(0))
    *_, last = train(net, data, Adam(0.03), epochs=20, batch_size=20, rng=rng)
    assert last.test_accuracy > 0.9


def network_of(*row):
    return Network(list(row), softmax_cross_entropy, np.random.default_rng(0))


@pytest.mark.parametrize("call, error, words", [
    (lambda: RNN(0, 4), ValueError, "n_in must be a whole number >= 1, got 0"),
    (lambda: RNN(2, 4.0), ValueError, "n_hidden must be a whole number >= 1, got 4.0"),
    (lambda: LSTM(2, 4, 0), ValueError, "n_out must be a whole number >= 1, got 0"),
    (lambda: LSTM(2, 4, truncation=0), ValueError, "truncation must be a whole number >= 1, got 0"),
    (lambda: RNN(2, 4, truncation="all"), ValueError, "truncation must be a whole number >= 1, got 'all'"),
    (lambda: RNN(2, 4, every_step=1), TypeError, "every_step must be True or False, got 1"),
    (lambda: RNN(2, 4, init="he"), TypeError, "init must be a function (rng, shape) -> array, got 'he'"),
    (lambda: LSTM(2, 4, recurrent_init=1), TypeError, "recurrent_init must be a function (rng, shape)"),
    (lambda: LSTM(2, 4, forget_bias=np.nan), ValueError, "forget_bias must be a finite number, got nan"),
    (lambda: network_of(Dense(2, 2), RNN(2, 3)), ValueError,
     "RNN(2, 3, 3) must be the first layer, got [Dense(2, 2), RNN(2, 3, 3)]"),
    (lambda: network_of(*[RNN(2, 2)] * 2), ValueError, "RNN(2, 2, 2) must be the first layer"),
    (lambda: network_of(RNN(2, 3), Dense(4, 2)), ValueError, "Dense(4, 2) must get 4 inputs, got 3"),
    (lambda: network(RNN).predict(np.zeros((5, 2))), ValueError, "x must have shape (N, T, 2), got (5, 2)"),
    (lambda: network(RNN).predict(np.zeros((5, 4, 3))), ValueError, "shape (N, T, 2), got (5, 4, 3)"),
    (lambda: network(RNN).predict(np.zeros((5, 0, 2))), ValueError, "x must hold at least one example"),
    (lambda: network(RNN, RUNS).predict(np.zeros((2, 5, 4, 2))), ValueError,
     "x must have shape (N, T, 2) or (3, N, T, 2), got (2, 5, 4, 2)"),
    (lambda: network(RNN).objective(batch()[0], np.zeros((N, T), int)), ValueError,
     "y must have one target per example: x has shape (3, 5, 2), y (3, 5)"),
    (lambda: network(RNN).objective(batch()[0], np.zeros(T, int)), ValueError,
     "y must have one target per example"),
    (lambda: network(RNN, every_step=True).objective(batch()[0], np.zeros(N, int)), ValueError,
     "y must have one target per example: x has shape (3, 5, 2), y (3,)"),
    (lambda: network(RNN, every_step=True).objective(batch()[0], np.zeros((T, N), int)), ValueError,
     "y must have one target per example"),
    (lambda: train(network(RNN, RUNS), Dataset("", *batch(runs=(RUNS,)), *batch()), Adam(), epochs=1,
                   batch_size=1, rng=np.random.default_rng(0)),
     ValueError, "data.x must have shape (N, T, 2), got (3, 3, 5, 2)"),
])
def test_bad_input(call, error, words):
    with pytest.raises(error, match=re.escape(words)):
        call()


def test_layers_say_what_they_are():
    assert str([RNN(2, 4), LSTM(2, 4, 3)]) == "[RNN(2, 4, 4), LSTM(2, 4, 3)]"
