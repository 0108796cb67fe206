"""Greedy supervised pretraining: a deep network trained one layer after another, and then all layers jointly.

    for step in greedy_pretrain(network, data, Momentum(0.05), epochs=5, batch_size=32, rng=rng):
        print(step.stage, step.work, step.record.loss)
    for step in fine_tune(network, data, Momentum(0.01), epochs=10, batch_size=32, rng=rng, work=step.work):
        print(step.work, step.record.loss)

Work is counted in examples times parameters. A pass forward touches each parameter once for an example, a
pass backward twice (for its gradient, and to pass on that of the input): an update on B examples of P trained
parameters is 3 B P, sending N examples through frozen layers N P. Measuring a Record is not counted.
"""

from dataclasses import dataclass
from itertools import pairwise
from math import prod

import numpy as np

from .datasets import Dataset
from .layers import Dense, Residual
from .network import Network
from .optimizers import Diverged
from .training import Record, check_training, run, train


@dataclass(frozen=True)
class StageRecord:
    """A Record of one stage, and the work done up to it by each run, all stages together."""

    stage: int          # the hidden layer being trained, 1, 2, ...; None where all layers are trained jointly
    work: int
    record: Record      # of the network of the stage: the hidden layers so far and an output layer


def greedy_pretrain(network, data, optimizer, *, epochs, batch_size, rng, every=None):
    """Train network.theta in place, layer by layer; yields a StageRecord where `train` yields a Record.

    Bengio et al. 2007; Goodfellow et al. 2016, section 8.7.4 and figure 8.7; S0, its panels (a) to (d):

        (a)  train the first hidden layer, and an output layer on top of it, on the task
        (b)  the same network, drawn another way
        (c)  keep the hidden layer as it is now, drop the output layer, and train the next hidden layer, with
             a new output layer, on what the first one makes of the data; and so on
        (d)  all of it together is a deep network, which `fine_tune` trains jointly

    A hidden layer is a Dense or Residual and what follows it up to the next one. The finished ones see the
    data once, in test mode, and are not touched again. Each stage takes `epochs` epochs and begins with
    optimizer.reset(). Hidden layers, and the last output layer, start from network.theta; the other output
    layers are drawn by rng as that of the network was. With K runs, rng is one generator or a list of K.

    Arguments are checked at the call, as by `train`. Raises ValueError where the network is not a row of
    hidden layers with a Dense output layer at its end, and Diverged.
    """
    x, y = check_training(network, data, optimizer, epochs, batch_size, rng, every)
    hidden = _hidden_layers(network)
    return _greedy_pretrain(network, hidden, data, x, y, optimizer, epochs, batch_size, rng, every)


def fine_tune(network, data, optimizer, *, epochs, batch_size, rng, every=None, work=0):
    """Train all layers of network.theta jointly, in place, from where it is; yields StageRecords, stage None.

    It begins with optimizer.reset(), and counts on from `work`: with work=0 and a new network it is training
    without pretraining, to compare with at equal work. Arguments are those of `train`, checked at the call.
    """
    records = train(network, data, optimizer, epochs=epochs, batch_size=batch_size, rng=rng, every=every)
    return _fine_tune(records, network, len(data.y), optimizer, work)


def _fine_tune(records, network, N, optimizer, work):
    optimizer.reset()
    for record in records:
        yield StageRecord(None, work + _work(record, N, network), record)


def _greedy_pretrain(network, hidden, data, x, y, optimizer, epochs, batch_size, rng, every):
    x_test, work, N = network.check_inputs(data.x_test), 0, len(x)
    for stage, block in enumerate(hidden, 1):
        net, kept = _stage_network(network, block, stage == len(hidden), rng)
        dead = ~(_finite(x) & _finite(x_test))
        if dead.all():
            raise Diverged(f"outputs of hidden layer {stage - 1} must be finite, got inf or nan after its"
                           f" {optimizer.t} steps", optimizer.t)
        if dead.any():          # of K runs: they stay nan, the others go on
            x[dead], x_test[dead], net.theta[dead] = 0, 0, np.nan
        optimizer.reset()
        for record in _train_stage(net, Dataset(data.name, x, data.y, x_test, data.y_test), y, optimizer,
                                   epochs, batch_size, rng, every):
            for ours, theirs in kept:
                ours[...] = theirs
            yield StageRecord(stage, work + _work(record, N, net), record)
        work += _work(record, N, net)
        if stage < len(hidden):
            work += N * (net.params.size - sum(prod(shape) for shape in net.layers[-1].shapes.values()))
            x, x_test = _hidden_outputs(net, x), _hidden_outputs(net, x_test)


def _hidden_layers(network):
    """One list of positions in network.layers for each hidden layer."""
    starts = [i for i, layer in enumerate(network.layers) if isinstance(layer, (Dense, Residual))]
    feedforward = all(layer.ndim == Dense.ndim for layer in network.layers)
    if not feedforward or len(starts) < 2 or not isinstance(network.layers[-1], Dense):
        raise ValueError("network must be hidden layers, each from a Dense or Residual on, and a Dense output"
                         f" layer, got {network.layers}")
    return [range(start, end) for start, end in pairwise([0] + starts[1:])]


def _stage_network(network, block, last, rng):
    """(net, kept): the hidden layer `block` and an output layer as a network, and pairs of views (of network,
    of net) of what is kept of them.
    """
    layers, output = [network.layers[i] for i in block], network.layers[-1]
    if not last:
        width = network.n_in
        for layer in network.layers[:block[-1] + 1]:
            width = layer.width(width)
        output = Dense(width, output.n_out, output.draw, output.bias)
    net = _draw(layers + [output], network, rng)
    inside, outside = net.views(net.theta), network.views(network.theta)
    pairs = [(outside[i], inside[j]) for j, i in enumerate(block)] + [(outside[-1], inside[-1])] * last
    kept = [(ours[name], theirs[name]) for ours, theirs in pairs for name in ours]
    for ours, theirs in kept:
        theirs[...] = ours
    return net, kept


def _draw(layers, network, rng):
    """A network of these layers, with as many runs; run k is drawn by rng[k] where rng is a list."""
    runs = network.theta.shape[0] if network.theta.ndim == 2 else None
    many = isinstance(rng, (list, tuple))
    net = Network(layers, network.loss_function, rng[0] if many else rng, runs, network.dtype)
    for k, generator in enumerate(rng if many else []):
        alone = Network(layers, network.loss_function, generator, None, network.dtype)
        net.theta[k], net.noise_keys[k] = alone.theta, alone.noise_keys
    return net


def _train_stage(net, data, y, optimizer, epochs, batch_size, rng, every):
    def objective(batch):
        if data.x.ndim == 2:
            x = data.x[batch]
        elif batch.ndim == 1:
            x = data.x[:, batch]
        else:
            x = np.take_along_axis(data.x, batch[..., None], axis=1)
        return net.checked_objective(x, y[batch])

    return run(net, data, optimizer, objective, epochs, batch_size, rng, every)


def _hidden_outputs(net, x):
    """What the hidden layer of a stage makes of x: (N, n), or (K, N, n) with K runs."""
    with np.errstate(over="ignore", invalid="ignore"):      # of K runs some may have diverged
        for layer, p in zip(net.layers[:-1], net.views(net.theta)):
            x, _ = layer.forward(p, x, train=False)
    return x


def _finite(x):
    return np.isfinite(x).all(axis=(-2, -1))


def _work(record, N, net):
    """3 B P for each update up to the record, of a training on N examples."""
    return 3 * round(record.epoch * N) * net.params.size
