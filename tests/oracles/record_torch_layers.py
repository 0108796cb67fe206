"""Records what torch.nn does: torch_layers.npz, which test_torch_layers.py compares with.

    python tests/oracles/record_torch_layers.py        (needs torch; the tests do not)

In float64, each with 20 random settings: BatchNorm1d by itself; 50 training steps of a network with
BatchNorm1d; RNN and LSTM forward and backward, in full and with the gradient cut by `detach`.
"""

from pathlib import Path

import numpy as np
import torch
from torch import nn

HERE = Path(__file__).parent
SETTINGS, STEPS, EVERY = 20, 50, 10
N_IN, HIDDEN, CLASSES, EXAMPLES, BATCH = 4, 4, 3, 20, 6
T = 6


def grad_of(tensors, total):
    return [grad.numpy() for grad in torch.autograd.grad(total, tensors)]


def batchnorm(rng, setting):
    """Three training batches, with gradients of sum(dy * y) at each, then one batch in test mode."""
    N, n = 6, 3
    momentum, eps = rng.uniform(0.01, 1), 10 ** rng.uniform(-8, -1)
    layer = nn.BatchNorm1d(n, eps=eps, momentum=momentum, dtype=torch.float64)
    gamma, beta = rng.standard_normal((2, n))
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(gamma))
        layer.bias.copy_(torch.tensor(beta))
    x = rng.standard_normal((4, N, n)) * rng.uniform(0.1, 10, n) + rng.normal(0, 5, n)
    dy = rng.standard_normal((3, N, n))
    found = {"y": [], "dx": [], "dgamma": [], "dbeta": [], "running_mean": [], "running_var": []}
    for batch, weights in zip(x, dy):
        batch = torch.tensor(batch, requires_grad=True)
        y = layer(batch)
        grads = grad_of([batch, layer.weight, layer.bias], (torch.tensor(weights) * y).sum())
        running = [layer.running_mean.numpy().copy(), layer.running_var.numpy().copy()]
        for key, value in zip(found, [y.detach().numpy(), *grads, *running]):
            found[key].append(value)
    found["test"] = layer.eval()(torch.tensor(x[3])).detach().numpy()
    return {"momentum": momentum, "eps": eps, "gamma": gamma, "beta": beta, "x": x, "dy": dy} | found


def training(rng, setting):
    """Dense - BatchNorm - Tanh or ReLU - Dense, 50 steps of SGD with or without momentum, cross entropy."""
    rho, eps, lr = rng.uniform(0.05, 0.5), 10 ** rng.uniform(-7, -2), 10 ** rng.uniform(-2, -0.5)
    momentum, relu = 0.9 * (setting % 2), setting % 4 < 2
    layers = (nn.Linear(N_IN, HIDDEN), nn.BatchNorm1d(HIDDEN, eps=eps, momentum=rho),
              nn.ReLU() if relu else nn.Tanh(), nn.Linear(HIDDEN, CLASSES))
    network = nn.Sequential(*layers).double()
    dense, norm, _, last = layers
    pieces = [dense.weight, dense.bias, norm.weight, norm.bias, last.weight, last.bias]
    with torch.no_grad():
        for piece in pieces:
            piece.copy_(torch.tensor(rng.standard_normal(tuple(piece.shape))))

    def theta():  # torch keeps W transposed
        return np.concatenate([piece.detach().numpy().T.ravel() for piece in pieces])

    x, y = 2 * rng.standard_normal((EXAMPLES, N_IN)) + 1, rng.integers(0, CLASSES, EXAMPLES)
    batches = np.array([rng.permutation(EXAMPLES)[:BATCH] for _ in range(STEPS)])
    start, path, running, losses = theta(), [], [], []
    optimizer = torch.optim.SGD(network.parameters(), lr=lr, momentum=momentum)
    for step, batch in enumerate(batches, 1):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(network(torch.tensor(x[batch])), torch.tensor(y[batch]))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if step % EVERY == 0:
            path.append(theta())
            running.append(np.concatenate([norm.running_mean.numpy(), norm.running_var.numpy()]))
    test = network.eval()(torch.tensor(x)).detach().numpy()
    return {"rho": rho, "eps": eps, "lr": lr, "momentum": momentum, "relu": relu, "x": x, "y": y,
            "batches": batches, "start": start, "path": path, "running": running, "losses": losses,
            "test": test}


def recurrent(rng, kind):
    """States of every step, and gradients of sum(dy * h): in full, in pieces, and of the last step alone."""
    N, n_in, hidden = 2, 2, 3
    truncation = int(rng.integers(1, T))
    layer = kind(n_in, hidden, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        for piece in layer.parameters():
            piece.copy_(torch.tensor(rng.standard_normal(tuple(piece.shape))))
        layer.bias_hh_l0.zero_()  # torch adds two biases
    x, dy = rng.standard_normal((N, T, n_in)), rng.standard_normal((N, T, hidden))
    weights = [layer.weight_ih_l0, layer.weight_hh_l0, layer.bias_ih_l0]
    x_torch, dy_torch = torch.tensor(x, requires_grad=True), torch.tensor(dy)

    def gradients(name, total):
        keys = [f"{name}.{key}" for key in ("dx", "dW", "dU", "db")]
        return dict(zip(keys, grad_of([x_torch, *weights], total)))

    h, _ = layer(x_torch)
    found = gradients("full", (dy_torch * h).sum())
    h, _ = layer(x_torch)
    found |= gradients("last", (dy_torch[:, -1] * h[:, -1]).sum())
    state, total, cuts = None, 0.0, list(range(T, 0, -truncation))[::-1]
    for start, end in zip([0, *cuts], cuts):
        piece, state = layer(x_torch[:, start:end], state)
        total = total + (dy_torch[:, start:end] * piece).sum()
        state = state.detach() if kind is nn.RNN else tuple(s.detach() for s in state)
    found |= gradients("cut", total)
    return {"truncation": truncation, "x": x, "dy": dy, "h": h.detach().numpy()} | found | {
        name: w.detach().numpy() for name, w in zip(("W", "U", "b"), weights)}


if __name__ == "__main__":
    rng = np.random.default_rng(20)
    recorded = {"version": torch.__version__}
    for name, record in (("BatchNorm", batchnorm), ("training", training),
                         ("RNN", lambda rng, setting: recurrent(rng, nn.RNN)),
                         ("LSTM", lambda rng, setting: recurrent(rng, nn.LSTM))):
        runs = [record(rng, setting) for setting in range(SETTINGS)]
        recorded |= {f"{name}.{key}": np.array([run[key] for run in runs]) for key in runs[0]}
    np.savez_compressed(HERE / "torch_layers.npz", **recorded)
