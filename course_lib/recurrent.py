"""Recurrent layers: RNN and LSTM, with backpropagation through time (BPTT), full and truncated.

    state_t = cell(x_t, state_t-1), t = 1 .. T, state_0 = 0;     y = h V + c at the last step, or at every one

They are the first layer of a network, for sequences x (N, T, n_in): `Network([LSTM(2, 32, 2)], ...)`, or
without n_out `Network([RNN(2, 32), Dense(32, 2)], ...)`. Parameters, runs, complex steps: as in layers.py.
"""

import numpy as np

from .arguments import check_count, check_flag, check_function, check_number
from .initializers import glorot_normal, orthogonal
from .layers import Dense, Layer


class Recurrent(Layer):
    """Base class: the loop over time, forward and backward. A subclass writes its `cell` and the way back.

    x (..., N, T, n_in) gives (..., N, n_out), the output at the last step. With `every_step` it gives rows
    (..., N T, n_out), of which row i T + t is step t = 0 .. T - 1 of sequence i; targets are (N, T), or
    (N, T, n_out). Without n_out the output is the hidden state h itself.

    `truncation=k` cuts time, from its end, into pieces of k steps: the state goes on from piece to piece, the
    gradient does not. So the error at the last step reaches the last k inputs, that of another step at most
    k. It is then no longer the gradient of the value. Williams & Peng 1990 (their h = h' = k); S1.

    `init` draws W and V, `recurrent_init` U, for each gate by itself; biases start at 0.
    """

    ndim = 3
    nests = False
    settings = ("n_in", "n_hidden", "n_out")
    gates = 1                   # blocks of n_hidden columns in W, U and b
    arrays = 1                  # in the state; the first is h

    def __init__(self, n_in, n_hidden, n_out=None, *, every_step=False, truncation=None,
                 init=glorot_normal, recurrent_init=orthogonal):
        check_count("n_in", n_in)
        check_count("n_hidden", n_hidden)
        if truncation is not None:
            check_count("truncation", truncation)
        check_flag("every_step", every_step)
        check_function("init", init, "(rng, shape) -> array")
        check_function("recurrent_init", recurrent_init, "(rng, shape) -> array")
        self.n_in, self.n_hidden, self.every_step, self.truncation = n_in, n_hidden, every_step, truncation
        self.draw, self.draw_recurrent = init, recurrent_init
        self.target_axes = 2 if every_step else 1
        columns = self.gates * n_hidden
        self.shapes = {"W": (n_in, columns), "U": (n_hidden, columns), "b": (columns,)}
        self.n_out, self.readout = n_hidden, None
        if n_out is not None:
            check_count("n_out", n_out)
            self.n_out, self.readout = n_out, Dense(n_hidden, n_out, init)
            self.shapes |= {"V": (n_hidden, n_out), "c": (n_out,)}

    def init(self, rng, p):
        for name, draw in (("W", self.draw), ("U", self.draw_recurrent)):
            shape = (len(p[name]), self.n_hidden)
            p[name][...] = np.concatenate([draw(rng, shape) for _ in range(self.gates)], axis=1)
        p["b"][...] = 0
        if self.readout:
            self.readout.init(rng, _readout(p))

    def cell(self, a, state):
        """(state_t, what cell_back needs) from a = x_t W + h_t-1 U + b and state_t-1 = (h_t-1, ...)."""
        raise NotImplementedError

    def cell_back(self, kept, dh, *dstate):
        """dL/da, and dL/dstate_t-1 but for the way through a, which is h's only one, from dL/dstate_t."""
        raise NotImplementedError

    def forward(self, p, x, train):
        N, T = x.shape[-3:-1]
        a = _rows(x) @ p["W"]
        a += p["b"][..., None, :]
        a = a.reshape(a.shape[:-2] + (N, T, -1))                # x W + b of all steps at once
        zero = np.zeros(a.shape[:-2] + (self.n_hidden,), a.dtype)
        state, hidden, memory = (zero,) * self.arrays, [zero], []
        for t in range(T):
            state, kept = self.cell(a[..., t, :] + state[0] @ p["U"], state)
            hidden.append(state[0])
            memory.append(kept)
        y = _rows(np.stack(hidden[1:], axis=-2)) if self.every_step else state[0]
        readout_cache = None
        if self.readout:
            y, readout_cache = self.readout.forward(_readout(p), y, train)
        return y, (x, hidden, memory, readout_cache)

    def backward(self, p, cache, dy, g, need_dx=True):
        x, hidden, memory, readout_cache = cache
        if self.readout:
            dy = self.readout.backward(_readout(p), readout_cache, dy, _readout(g))
        N, T = x.shape[-3:-1]
        if self.every_step:
            dy = dy.reshape(dy.shape[:-2] + (N, T, -1))
        U_transposed = p["U"].swapaxes(-1, -2)
        da = []                                                 # from the last step backward
        for t in reversed(range(T)):
            if (T - 1 - t) % (self.truncation or T) == 0:       # a new piece: nothing comes from the next one
                if da and not self.every_step:
                    break
                dstate = [np.zeros_like(hidden[-1])] * self.arrays
            if self.every_step:
                dstate[0] = dstate[0] + dy[..., t, :]
            elif t == T - 1:
                dstate[0] = dy
            da_t, *dstate = self.cell_back(memory[t], *dstate)
            dstate.insert(0, da_t @ U_transposed)
            da.append(da_t)
        first = T - len(da)
        before = _rows(np.stack(hidden[first:T], axis=-2))      # h_t-1 of each step
        da = _rows(np.stack(da[::-1], axis=-2))
        np.matmul(_rows(x[..., first:, :]).swapaxes(-1, -2), da, out=g["W"])
        np.matmul(before.swapaxes(-1, -2), da, out=g["U"])
        da.sum(axis=-2, out=g["b"])
        if not need_dx:
            return None
        dx = da @ p["W"].swapaxes(-1, -2)
        dx = dx.reshape(dx.shape[:-2] + (N, T - first, self.n_in))
        return np.concatenate([np.zeros(dx.shape[:-2] + (first, self.n_in), dx.dtype), dx], axis=-2)


class RNN(Recurrent):
    """h_t = tanh(x_t W + h_t-1 U + b). Elman 1990; Goodfellow et al. 2016, section 10.2; S1.

    W (n_in, n_hidden), U (n_hidden, n_hidden), b (n_hidden,); readout V (n_hidden, n_out), c (n_out,).
    """

    def cell(self, a, state):
        h = np.tanh(a)
        return (h,), h

    def cell_back(self, h, dh):
        return (dh * (1 - h * h),)


class LSTM(Recurrent):
    """c_t = f c_t-1 + i g;  h_t = o tanh(c_t);  i, f, o = sigmoid and g = tanh of x_t W + h_t-1 U + b.

    Hochreiter & Schmidhuber 1997, with the forget gate f of Gers et al. 2000; S1. W (n_in, 4 n_hidden),
    U (n_hidden, 4 n_hidden) and b have the columns of i, f, o, g in turn (PyTorch: i, f, g, o). The bias of f
    starts at `forget_bias`: with 1 the memory lasts from the start (Jozefowicz et al. 2015).
    """

    gates = 4
    arrays = 2

    def __init__(self, n_in, n_hidden, n_out=None, *, forget_bias=1.0, every_step=False, truncation=None,
                 init=glorot_normal, recurrent_init=orthogonal):
        check_number("forget_bias", forget_bias, "a finite number", np.isfinite)
        self.forget_bias = forget_bias
        super().__init__(n_in, n_hidden, n_out, every_step=every_step, truncation=truncation, init=init,
                         recurrent_init=recurrent_init)

    def init(self, rng, p):
        super().init(rng, p)
        p["b"][self.n_hidden:2 * self.n_hidden] = self.forget_bias

    def cell(self, a, state):
        _, c_before = state
        n = self.n_hidden
        i, f, o = np.split(0.5 * (1 + np.tanh(0.5 * a[..., :3 * n])), 3, axis=-1)
        g = np.tanh(a[..., 3 * n:])
        c = f * c_before + i * g
        tanh_c = np.tanh(c)
        return (o * tanh_c, c), (i, f, o, g, c_before, tanh_c)

    def cell_back(self, kept, dh, dc):
        i, f, o, g, c_before, tanh_c = kept
        dc = dc + dh * o * (1 - tanh_c * tanh_c)
        da = np.concatenate([dc * g * i * (1 - i), dc * c_before * f * (1 - f), dh * tanh_c * o * (1 - o),
                             dc * i * (1 - g * g)], axis=-1)
        return da, dc * f


def gradient_by_distance(f, theta):
    """How far back the error of a recurrent network reaches: |dL/dx_T-d|, d = 0 .. T - 1, as (..., T).

    f is its objective on sequences x (..., N, T, n_in), with the output at the last step. L is the loss of
    one sequence, and the norm is averaged over all. Pascanu et al. 2013.
    """
    dx = f.input_gradient(theta)
    return np.linalg.norm(dx, axis=-1).sum(axis=-2)[..., ::-1]


def _rows(x):
    """(..., N, T, n) as (..., N T, n)."""
    return x.reshape(x.shape[:-3] + (-1, x.shape[-1]))


def _readout(p):
    return {"W": p["V"], "b": p["c"]}
