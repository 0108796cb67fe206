"""Checkpoints: a run in one file, to go on bit for bit as if it had never stopped.

    position = Position()
    if path.exists():
        load(path, network, optimizer, rng, position)
    for record in train(network, data, optimizer, epochs=20, batch_size=32, rng=rng, position=position):
        save(path, network, optimizer, rng, position)

The program makes everything anew, as it did at first, and `load` fills it with what `save` wrote:

    of the network      theta, running statistics, keys and counter of its random numbers
    of a generator      its state (but not how many generators were spawned from it)
    of other objects    an optimizer, a Position, Best, PolyakAverage: every attribute that is no setting

Settings are what a constructor takes, and the layers of the network. They come from the program; the file has
a text of them, so that another network or optimizer is refused. Functions, such as a schedule or the loss, it
knows by name only, and the data not at all.

The file is an .npz of numpy, the structure in JSON, no pickles: nothing in it is ever executed.
"""

import json
import os
from collections import deque
from inspect import Parameter, signature
from pathlib import Path

import numpy as np

from .layers import Layer
from .network import Network

FORMAT = 1


class DamagedCheckpoint(ValueError):
    """The file is not a checkpoint, or not a whole one."""


class OtherCheckpoint(ValueError):
    """The checkpoint is of another network, optimizer, or kind of run."""


def save(path, network, optimizer, rng, *others):
    """Write the state of all these to the file `path`; an old one is replaced once the new one is whole.

    `rng` is what train() gets: a generator, or a list. `others` are a Position, and what else belongs to the
    run: Best, PolyakAverage. The file is written as path.tmp, brought to the disk, then renamed, so that at
    any moment there is a whole file at `path`, old or new. Raises TypeError for an attribute that is not made
    of numbers, texts and arrays, and OSError; the old file is then as it was.
    """
    objects, arrays = _objects(network, optimizer, rng, others), {}
    content = {"format": FORMAT,
               "settings": {name: _settings(each) for name, each in objects.items()},
               "states": {name: _encode(_state(each), arrays, name) for name, each in objects.items()}}
    members = {f"array{i}": array for i, array in arrays.values()}
    members["content"] = np.frombuffer(json.dumps(content).encode(), np.uint8)
    path = Path(path)
    temporary = path.with_name(path.name + ".tmp")
    try:
        with open(temporary, "wb") as file:
            np.savez(file, **members)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if os.name == "posix":      # a new name lasts once its folder is on the disk
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def load(path, network, optimizer, rng, *others):
    """Give all these the state that `save` wrote to the file `path`, in place.

    Raises DamagedCheckpoint where the file is not a whole checkpoint, OtherCheckpoint where settings are not
    as they were when it was saved, FileNotFoundError; nothing is changed then.
    """
    objects = _objects(network, optimizer, rng, others)
    with open(path, "rb") as file:
        try:
            with np.load(file, allow_pickle=False) as members:
                content = json.loads(members["content"].tobytes())
                arrays = [members[f"array{i}"] for i in range(len(members.files) - 1)]
            version = content["format"]
            settings = dict(content["settings"] if version == FORMAT else {})
            states = {name: _decode(content["states"][name], arrays) for name in settings}
        except Exception as error:      # a damaged file can raise anything
            raise DamagedCheckpoint(f"{path} must be a whole checkpoint, got {type(error).__name__}: {error}"
                                    ) from error
    if version != FORMAT:
        raise OtherCheckpoint(f"{path} must have format {FORMAT}, got {version!r}")
    for name in list(settings) + list(objects):
        here = _settings(objects[name]) if name in objects else None
        if settings.get(name) != here:
            raise OtherCheckpoint(f"{name} must be as in {path}, {settings.get(name)}, got {here}")
    for name, each in objects.items():
        _restore(each, states[name])


def _objects(network, optimizer, rng, others):
    """All that has a state, by name."""
    if not isinstance(network, Network):
        raise TypeError(f"network must be a Network, got {network!r}")
    generators = rng if isinstance(rng, (list, tuple)) else [rng]
    if not all(isinstance(generator, np.random.Generator) for generator in generators):
        raise TypeError(f"rng must be a numpy.random.Generator, or one per run, got {rng!r}")
    named = {"optimizer": optimizer} | {f"others[{i}]": each for i, each in enumerate(others)}
    for name, each in named.items():
        if isinstance(each, type) or not hasattr(each, "__dict__"):
            raise TypeError(f"{name} must be an object with attributes, such as SGD(0.1), got {each!r}")
    return {"network": network} | named | {f"rng[{k}]": each for k, each in enumerate(generators)}


def _settings(each):
    """A text of what must be the same when the state is loaded."""
    if isinstance(each, np.random.Generator):
        return type(each.bit_generator).__name__
    if isinstance(each, Network):
        return (f"{_text(each.layers)}, loss {_text(each.loss_function)}, theta {each.theta.shape}"
                f" {each.theta.dtype}")
    names = [name for name in _setting_names(each) if hasattr(each, name)]
    return f"{type(each).__name__}({', '.join(f'{name}={_text(getattr(each, name))}' for name in names)})"


def _setting_names(each):
    """What the constructors of its class and base classes take."""
    taken = [parameter.name for kind in type(each).__mro__
             for parameter in signature(kind.__init__).parameters.values()
             if parameter.kind not in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)]
    return list(dict.fromkeys(taken))


def _text(value):
    if isinstance(value, Layer):    # its dictionaries say no more than its sizes
        inside = [f"{name}={_text(part)}" for name, part in vars(value).items() if not isinstance(part, dict)]
        return f"{type(value).__name__}({', '.join(inside)})"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_text, value))}]"
    if isinstance(value, (np.ndarray, np.generic)):
        return repr(value.tolist())
    if value is None or isinstance(value, (bool, int, float, str)):
        return repr(value)
    return getattr(value, "__name__", type(value).__name__)


def _state(each):
    """{name: value} of what changes in a run."""
    if isinstance(each, np.random.Generator):
        return {"state": each.bit_generator.state}
    if isinstance(each, Network):
        return {name: getattr(each, name) for name in ("theta", "running", "noise_keys", "minibatches")}
    return {name: value for name, value in vars(each).items() if name not in _setting_names(each)}


def _restore(each, state):
    if isinstance(each, np.random.Generator):
        each.bit_generator.state = state["state"]
    elif isinstance(each, Network):
        for name, value in state.items():
            if isinstance(value, np.ndarray):
                getattr(each, name)[...] = value    # its views and the caller's stay what they are
            else:
                setattr(each, name, value)
    else:
        for name in _state(each):
            delattr(each, name)
        vars(each).update(state)


def _encode(value, arrays, name):
    """What JSON can hold of value; arrays go into `arrays`, {id: (number, array)}, shared ones once."""
    if isinstance(value, (np.ndarray, np.generic)):
        if value.dtype.hasobject:
            raise TypeError(f"{name} must be made of numbers, texts and arrays to be saved, got {value!r}")
        i, _ = arrays.setdefault(id(value), (len(arrays), value))
        return {"array" if isinstance(value, np.ndarray) else "scalar": i}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, dict):
        return {"dict": [[key, _encode(part, arrays, f"{name}.{key}")] for key, part in value.items()]}
    for kind in (tuple, list, deque):
        if isinstance(value, kind):
            parts = [_encode(part, arrays, f"{name}[{i}]") for i, part in enumerate(value)]
            return {kind.__name__: parts, "maxlen": getattr(value, "maxlen", None)}
    if hasattr(value, "gradient"):      # the last objective, kept to save work where the next is the same
        return None
    raise TypeError(f"{name} must be made of numbers, texts and arrays to be saved, got {value!r}")


def _decode(node, arrays):
    """The value that _encode gave this node for."""
    if not isinstance(node, dict):
        return node
    (kind, content), *maxlen = node.items()
    if kind == "array":
        return arrays[content]
    if kind == "scalar":
        return arrays[content][()]
    if kind == "dict":
        return {key: _decode(part, arrays) for key, part in content}
    parts = [_decode(part, arrays) for part in content]
    return {"tuple": tuple, "list": list}[kind](parts) if kind != "deque" else deque(parts, maxlen[0][1])
