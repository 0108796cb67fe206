"""Layers: `backward` against complex steps through `forward`, for one run and for K; wrong versions fail."""

import numpy as np
import pytest
from scipy import special

from course_lib import initializers
from course_lib.layers import Dense, ReLU, Sigmoid, Tanh
from course_lib.params import Params

STEP = 1e-30  # complex step: nothing is subtracted, so it may be this small
N, WIDTH, RUNS = 6, 4, 3
LAYERS = [Dense(WIDTH, WIDTH), Dense(WIDTH, 3), Dense(WIDTH, 1), ReLU(), Sigmoid(), Tanh()]
each_layer = pytest.mark.parametrize("layer", LAYERS, ids=repr)
one_and_K_runs = pytest.mark.parametrize("runs", [(), (RUNS,)], ids=["one run", "K runs"])


def case(layer, runs, seed=0):
    """Random theta (*runs, P), x (*runs, N, WIDTH) and dL/dy for a layer."""
    rng = np.random.default_rng(seed)
    return (rng.standard_normal(runs + (Params(layer.shapes).size,)), rng.standard_normal(runs + (N, WIDTH)),
            rng.standard_normal(runs + (N, layer.width(WIDTH))))


def backward(layer, theta, x, dy):
    """(dL/dtheta, dL/dx); what the gradient held before must not matter, so it holds nan."""
    params, g = Params(layer.shapes), np.full_like(theta, np.nan)
    _, cache = layer.forward(params.views(theta), x, train=True)
    dx = layer.backward(params.views(theta), cache, dy, params.views(g))
    return g, dx


def gradient_error(layer, runs=(), seed=0):
    """Largest deviation of `backward` from the complex-step derivative of L = sum(dy * y)."""
    theta, x, dy = case(layer, runs, seed)

    def loss(theta, x):
        y, _ = layer.forward(Params(layer.shapes).views(theta), x, train=True)
        return (dy * y).sum(axis=(-2, -1))

    def derivative(f, at, shape):  # one step per coordinate, on a new first axis, the same in each run
        size = int(np.prod(shape))
        steps = np.eye(size).reshape((size,) + (1,) * len(runs) + shape)
        return np.moveaxis(f(at + 1j * STEP * steps).imag / STEP, 0, -1).reshape(at.shape)

    g, dx = backward(layer, theta, x, dy)
    errors = [dx - derivative(lambda x: loss(theta, x), x, x.shape[-2:])]
    if theta.size:
        errors.append(g - derivative(lambda theta: loss(theta, x), theta, theta.shape[-1:]))
    return np.abs(np.concatenate([error.ravel() for error in errors])).max()    # of numpy: nan counts, too


@each_layer
@one_and_K_runs
@pytest.mark.parametrize("seed", range(3))
def test_backward_is_the_derivative_of_forward(layer, runs, seed):
    assert gradient_error(layer, runs, seed) < 1e-13


@each_layer
def test_K_runs_are_single_runs_bit_for_bit(layer):
    theta, x, dy = case(layer, (RUNS,))
    params = Params(layer.shapes)
    y, _ = layer.forward(params.views(theta), x, train=True)
    g, dx = backward(layer, theta, x, dy)
    for k in range(RUNS):
        assert np.array_equal(layer.forward(params.views(theta[k]), x[k], train=True)[0], y[k])
        g_k, dx_k = backward(layer, theta[k], x[k], dy[k])
        assert np.array_equal(g_k, g[k]) and np.array_equal(dx_k, dx[k])


def test_K_runs_share_one_batch():
    layer = Dense(WIDTH, 3)
    theta, x, dy = case(layer, (RUNS,))
    g, dx = backward(layer, theta, x[0], dy)
    for k in range(RUNS):
        g_k, dx_k = backward(layer, theta[k], x[0], dy[k])
        assert np.array_equal(g_k, g[k]) and np.array_equal(dx_k, dx[k])


@each_layer
@pytest.mark.parametrize("train", [True, False])
def test_inputs_and_parameters_are_left_as_they_were(layer, train):
    theta, x, dy = case(layer, ())
    before = [a.copy() for a in (theta, x, dy)]
    params, g = Params(layer.shapes), np.zeros_like(theta)
    _, cache = layer.forward(params.views(theta), x, train)
    layer.backward(params.views(theta), cache, dy, params.views(g))
    assert all(np.array_equal(a, b) for a, b in zip((theta, x, dy), before))


@each_layer
def test_single_precision_stays_single(layer):
    theta, x, dy = (a.astype(np.float32) for a in case(layer, (RUNS,)))
    y, _ = layer.forward(Params(layer.shapes).views(theta), x, train=True)
    g, dx = backward(layer, theta, x, dy)
    assert y.dtype == g.dtype == dx.dtype == np.float32


def test_without_dx_the_gradient_of_the_parameters_is_the_same():
    layer = Dense(WIDTH, 3)
    theta, x, dy = case(layer, ())
    params, g = Params(layer.shapes), np.full_like(theta, np.nan)
    assert layer.backward(params.views(theta), x, dy, params.views(g), need_dx=False) is None
    assert np.array_equal(g, backward(layer, theta, x, dy)[0])


def test_dense_by_hand():
    p = {"W": np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), "b": np.array([0.5, 0.0, -0.5])}
    y, _ = Dense(2, 3).forward(p, np.array([[1.0, 0.0], [0.0, 1.0], [2.0, -1.0]]), train=True)
    assert np.array_equal(y, [[1.5, 2.0, 2.5], [4.5, 5.0, 5.5], [-1.5, -1.0, -0.5]])


def test_elementwise_layers_are_the_functions_they_are_called():
    x = np.array([[-800.0, -3.0, -0.5, -1e-9, 0.0, 1e-9, 0.5, 3.0, 800.0]])
    with np.errstate(all="raise"):
        relu, sigmoid, tanh = (layer.forward({}, x, train=True)[0] for layer in (ReLU(), Sigmoid(), Tanh()))
    assert np.array_equal(relu, [[0, 0, 0, 0, 0, 1e-9, 0.5, 3, 800]])
    np.testing.assert_allclose(sigmoid, special.expit(x), rtol=0, atol=2e-16)
    np.testing.assert_allclose(sigmoid + sigmoid[:, ::-1], 1, rtol=1e-15)
    np.testing.assert_allclose(tanh, 2 * special.expit(2 * x) - 1, rtol=0, atol=3e-16)


def test_relu_has_derivative_zero_at_zero():
    x = np.array([[0.0, -0.0, 1.0, -1.0]])
    _, cache = ReLU().forward({}, x, train=True)
    assert np.array_equal(ReLU().backward({}, cache, np.full_like(x, 5.0), {}), [[0, 0, 5, 0]])


@each_layer
def test_nan_is_handed_on_and_not_hidden(layer):
    theta, x, _ = case(layer, ())
    x[2, 1] = np.nan
    y, _ = layer.forward(Params(layer.shapes).views(theta), x, train=True)
    assert np.isnan(y[2]).any() and np.isfinite(np.delete(y, 2, axis=0)).all()


def test_dense_draws_its_weights_and_sets_its_biases():
    layer, shape = Dense(5, 3, init=initializers.glorot_uniform, bias=0.25), (5, 3)
    p = {"W": np.full(shape, np.nan), "b": np.full(3, np.nan)}
    layer.init(np.random.default_rng(1), p)
    assert np.array_equal(p["W"], initializers.glorot_uniform(np.random.default_rng(1), shape))
    assert np.array_equal(p["b"], [0.25] * 3)


def test_widths():
    assert Dense(4, 7).width(4) == 7 and Dense(4, 7).width(None) == 7
    assert [layer.width(9) for layer in (ReLU(), Sigmoid(), Tanh())] == [9, 9, 9]
    with pytest.raises(ValueError, match=r"Dense\(4, 7\) must get 4 inputs, got 5"):
        Dense(4, 7).width(5)


# Wrong versions, as they are written by mistake. Widths are equal, so that none is given away by its shape.

class DenseMutant(Dense):
    """Dense, to be made wrong in one place."""

    def forward(self, p, x, train):
        return x @ p["W"] + p["b"][..., None, :], x

    def backward(self, p, x, dy, g, need_dx=True):
        g["W"][...] = self.dW(x, dy)
        g["b"][...] = self.db(dy)
        return self.dx(dy, p["W"])

    def dW(self, x, dy):
        return np.einsum("...ni,...no->...io", x, dy)

    def db(self, dy):
        return np.einsum("...no->...o", dy)

    def dx(self, dy, W):
        return np.einsum("...no,...io->...ni", dy, W)


class MeanForBias(DenseMutant):
    def db(self, dy):
        return dy.mean(axis=-2)


class BiasFromTheFirstExample(DenseMutant):
    def db(self, dy):
        return dy[..., 0, :]


class BiasSummedOverRunsToo(DenseMutant):
    def db(self, dy):
        return dy.sum(axis=tuple(range(dy.ndim - 1)))


class MeanForWeights(DenseMutant):
    def dW(self, x, dy):
        return super().dW(x, dy) / x.shape[-2]


class WeightsTransposed(DenseMutant):
    def dW(self, x, dy):
        return super().dW(x, dy).swapaxes(-1, -2)


class WeightsSummedOverRunsToo(DenseMutant):
    def dW(self, x, dy):
        return np.tensordot(x.reshape(-1, x.shape[-1]), dy.reshape(-1, dy.shape[-1]), axes=(0, 0))


class NoTransposeForInputs(DenseMutant):
    def dx(self, dy, W):
        return dy @ W


class AddsToTheGradient(DenseMutant):
    def backward(self, p, x, dy, g, need_dx=True):
        g["W"] += self.dW(x, dy)
        g["b"] += self.db(dy)
        return self.dx(dy, p["W"])


class ForgetsTheBiasGradient(DenseMutant):
    def backward(self, p, x, dy, g, need_dx=True):
        g["W"][...] = self.dW(x, dy)
        return self.dx(dy, p["W"])


class KeepsOutputsForInputs(DenseMutant):
    def forward(self, p, x, train):
        y, _ = super().forward(p, x, train)
        return y, y


def wrong_slope(kind, slope, name):
    """The layer `kind` with dL/dx = slope(x, y, dy)."""

    class Mutant(kind):
        def forward(self, p, x, train):
            y, _ = super().forward(p, x, train)
            return y, (x, y)

        def backward(self, p, cache, dy, g, need_dx=True):
            return slope(*cache, dy)

    return pytest.param(Mutant(), id=f"{kind.__name__}: {name}")


MUTANTS = [pytest.param(kind(WIDTH, WIDTH), id=kind.__name__) for kind in (
    MeanForBias, BiasFromTheFirstExample, MeanForWeights, WeightsTransposed, NoTransposeForInputs,
    AddsToTheGradient, ForgetsTheBiasGradient, KeepsOutputsForInputs)]
MUTANTS += [
    wrong_slope(ReLU, lambda x, y, dy: dy * (dy > 0), "mask from dy"),
    wrong_slope(ReLU, lambda x, y, dy: np.maximum(dy, 0) * (x > 0), "mask from dy too"),
    wrong_slope(ReLU, lambda x, y, dy: dy, "no mask"),
    wrong_slope(ReLU, lambda x, y, dy: dy * (x < 0), "mask turned round"),
    wrong_slope(ReLU, lambda x, y, dy: dy * y, "output for mask"),
    wrong_slope(ReLU, lambda x, y, dy: dy * np.where(x > 0, 1, 0.01), "leaky"),
    wrong_slope(ReLU, lambda x, y, dy: 1.0 * (x > 0), "dy left out"),
    wrong_slope(Sigmoid, lambda x, y, dy: dy * special.expit(y) * special.expit(-y), "taken at the output"),
    wrong_slope(Sigmoid, lambda x, y, dy: dy * x * (1 - x), "input for output"),
    wrong_slope(Sigmoid, lambda x, y, dy: dy * (1 - y), "y left out"),
    wrong_slope(Sigmoid, lambda x, y, dy: dy * (1 - y * y), "that of tanh"),
    wrong_slope(Sigmoid, lambda x, y, dy: y * (1 - y), "dy left out"),
    wrong_slope(Sigmoid, lambda x, y, dy: dy * y * (1 - y) / 2, "half of it"),
    wrong_slope(Tanh, lambda x, y, dy: dy * (1 - np.tanh(y) ** 2), "taken at the output"),
    wrong_slope(Tanh, lambda x, y, dy: dy * (1 - x * x), "input for output"),
    wrong_slope(Tanh, lambda x, y, dy: dy * (1 + y * y), "wrong sign"),
    wrong_slope(Tanh, lambda x, y, dy: dy * (1 - y), "square left out"),
    wrong_slope(Tanh, lambda x, y, dy: dy * y * (1 - y), "that of the sigmoid"),
    wrong_slope(Tanh, lambda x, y, dy: 1 - y * y, "dy left out"),
]


def test_the_mutants_are_right_but_for_their_mistake():
    assert gradient_error(DenseMutant(WIDTH, WIDTH)) < 1e-13
    assert gradient_error(DenseMutant(WIDTH, WIDTH), (RUNS,)) < 1e-13


@pytest.mark.parametrize("layer", MUTANTS)
@one_and_K_runs
def test_the_gradient_test_rejects(layer, runs):
    assert not gradient_error(layer, runs) < 1e-3


@pytest.mark.parametrize("kind", [BiasSummedOverRunsToo, WeightsSummedOverRunsToo])
def test_what_is_wrong_only_with_several_runs_is_rejected_with_several_runs(kind):
    layer = kind(WIDTH, WIDTH)
    assert gradient_error(layer) < 1e-13
    assert not gradient_error(layer, (RUNS,)) < 1e-3
