"""BatchNorm, RNN, LSTM against recorded torch: outputs, gradients, running statistics, 50 training steps."""

from pathlib import Path

import numpy as np
import pytest

from course_lib import recurrent
from course_lib.layers import BatchNorm, Dense, ReLU, Tanh
from course_lib.losses import softmax_cross_entropy
from course_lib.network import Network
from course_lib.optimizers import SGD, Momentum
from course_lib.params import Params

TORCH = np.load(Path(__file__).parent / "torch_layers.npz")
SETTINGS = len(TORCH["training.lr"])
EVERY = 10  # steps from one recorded theta to the next
each_setting = pytest.mark.parametrize("setting", range(SETTINGS))
each_kind = pytest.mark.parametrize("kind", ["RNN", "LSTM"])


def recorded(name, setting):
    """{key: what was recorded}, for one setting, or with ... for all, on a first axis."""
    return {key[len(name) + 1:]: TORCH[key][setting] for key in TORCH.files if key.startswith(f"{name}.")}


def close(found, expected):
    """Within 1e-12 of the largest entry, or of 1."""
    scale = max(1.0, np.abs(expected).max())
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12 * scale)


@each_setting
def test_batchnorm(setting):
    data = recorded("BatchNorm", setting)
    layer = BatchNorm(3, rho=data["momentum"].item(), eps=data["eps"].item())
    p = {"gamma": data["gamma"], "beta": data["beta"], "running_mean": np.zeros(3), "running_var": np.ones(3)}
    g = {"gamma": np.empty(3), "beta": np.empty(3)}
    for i, dy in enumerate(data["dy"]):
        y, cache = layer.forward(p, data["x"][i], train=True)
        close(y, data["y"][i])
        close(layer.backward(p, cache, dy, g), data["dx"][i])
        close(g["gamma"], data["dgamma"][i])
        close(g["beta"], data["dbeta"][i])
        layer.update_running(p, cache)
        close(p["running_mean"], data["running_mean"][i])
        close(p["running_var"], data["running_var"][i])
    close(layer.forward(p, data["x"][3], train=False)[0], data["test"])


@each_setting
def test_fifty_training_steps_of_a_network_with_batchnorm(setting):
    data = recorded("training", setting)
    layers = [Dense(4, 4), BatchNorm(4, rho=data["rho"].item(), eps=data["eps"].item()),
              ReLU() if data["relu"] else Tanh(), Dense(4, 3)]
    network = Network(layers, softmax_cross_entropy, np.random.default_rng(0))
    network.theta[:] = data["start"]
    lr, momentum = data["lr"].item(), data["momentum"].item()
    optimizer = Momentum(lr, momentum) if momentum else SGD(lr)
    for step, batch in enumerate(data["batches"]):
        f = network.objective(data["x"][batch], data["y"][batch])
        optimizer.step(network.theta, f)
        f.update_running()
        close(f.last_value, data["losses"][step])
        if (step + 1) % EVERY == 0:
            close(network.theta, data["path"][step // EVERY])
            close(network.running, data["running"][step // EVERY])
    assert step == 49
    close(network.predict(data["x"]), data["test"])


def ours(kind, array):
    """torch's weights or gradients, rows in blocks i, f, g, o, as ours: columns in blocks i, f, o, g."""
    blocks = np.split(array, 4 if kind == "LSTM" else 1, axis=1)
    if kind == "LSTM":
        blocks = [blocks[i] for i in (0, 1, 3, 2)]
    array = np.concatenate(blocks, axis=1)
    return array.swapaxes(-1, -2) if array.ndim == 3 else array


def outputs_and_gradients(kind, data, dy, **options):
    """(h, dL/dx, gradients), of all settings at once: the weights are those of so many runs."""
    layer = getattr(recurrent, kind)(2, 3, **options)
    p = {name: ours(kind, data[name]) for name in ("W", "U", "b")}
    params = Params(layer.shapes)
    g = params.views(np.full((SETTINGS, params.size), np.nan))
    h, cache = layer.forward(p, data["x"], train=True)
    return h, layer.backward(p, cache, dy, g), g


def check_gradients(kind, data, name, dx, g):
    close(dx, data[f"{name}.dx"])
    for key in ("W", "U", "b"):
        close(g[key], ours(kind, data[f"{name}.d{key}"]))


@each_kind
def test_recurrent_outputs_and_gradients_at_every_step(kind):
    data = recorded(kind, ...)
    rows = data["h"].shape[0], -1, 3
    h, dx, g = outputs_and_gradients(kind, data, data["dy"].reshape(rows), every_step=True)
    close(h, data["h"].reshape(rows))
    check_gradients(kind, data, "full", dx, g)


@each_kind
def test_recurrent_outputs_and_gradients_at_the_last_step(kind):
    data = recorded(kind, ...)
    h, dx, g = outputs_and_gradients(kind, data, data["dy"][:, :, -1])
    close(h, data["h"][:, :, -1])
    check_gradients(kind, data, "last", dx, g)


@each_kind
@pytest.mark.parametrize("truncation", range(1, 6))
def test_truncation_is_torchs_detach_between_pieces(kind, truncation):
    data = recorded(kind, ...)
    chosen = data["truncation"] == truncation
    assert chosen.any()
    dy = data["dy"].reshape(SETTINGS, -1, 3)
    _, dx, g = outputs_and_gradients(kind, data, dy, every_step=True, truncation=truncation)
    pick = {key: value[chosen] for key, value in data.items()}
    check_gradients(kind, pick, "cut", dx[chosen], {key: value[chosen] for key, value in g.items()})
