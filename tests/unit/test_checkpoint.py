"""Checkpoints: what goes on from one is bit for bit what never stopped; other, damaged files are refused."""

import inspect
import io
import itertools
import os
import pickle
import zipfile
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from outcomes import refusal

from course_lib import averaging, checkpoint, datasets, optimizers, second_order
from course_lib.averaging import AveragedSGD, PolyakAverage
from course_lib.checkpoint import DamagedCheckpoint, OtherCheckpoint, load, save
from course_lib.distributions import Classifier
from course_lib.layers import BatchNorm, Dense, Dropout, LeakyReLU, ReLU, Residual, Sigmoid, Tanh
from course_lib.losses import mean_squared_error, softmax_cross_entropy
from course_lib.network import Network
from course_lib.optimizer import ABOVE_ZERO, Optimizer
from course_lib.optimizers import (SGD, AdaDelta, AdaGrad, Adam, AdamW, Momentum, Nesterov, RMSProp,
                                   RMSPropMomentum, RMSPropNesterov, Subgradient)
from course_lib.problems import Quadratic
from course_lib.schedules import cosine_restarts
from course_lib.second_order import (BFGS, LBFGS, ConjugateGradient, CoordinateDescent, KrylovSubspaceDescent,
                                     NaturalGradient, Newton, SumOfFunctions)
from course_lib.training import Best, Position, curriculum, early_stopping, train

DATA = datasets.load("spirals", np.random.default_rng(0), n=22)  # 44 examples: the last batch of 7 is short


def rich():
    return [Dense(2, 6), BatchNorm(6), ReLU(), Residual(Dense(6, 6), Dropout(0.2), Tanh()), Dense(6, 2)]


def small():
    return [Dense(2, 3), Tanh(), Dense(3, 2)]


def network(layers=rich, seed=0, runs=None, loss=softmax_cross_entropy, **options):
    return Network(layers(), loss, np.random.default_rng(seed), runs, **options)


def same(one, other):
    """The same values, types and bits, all the way down."""
    if isinstance(one, np.ndarray):
        return isinstance(other, np.ndarray) and one.dtype == other.dtype and one.shape == other.shape and \
            one.tobytes() == other.tobytes()
    if isinstance(one, (np.random.Generator, Network, Position, Best, PolyakAverage, Optimizer)):
        return type(one) is type(other) and same(state_of(one), state_of(other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)) or type(one).__name__ == "deque":
        return type(one) is type(other) and len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and (one == other or one != one and other != other)


def state_of(each):
    if isinstance(each, np.random.Generator):
        return each.bit_generator.state
    if isinstance(each, Network):
        return {name: getattr(each, name) for name in ("theta", "running", "noise_keys", "minibatches")}
    functions_and_objectives = ("lr", "line_search", "parts", "_seen")
    return {name: value for name, value in vars(each).items() if name not in functions_and_objectives}


# -------------------------------------------------------------------------------------------- every optimizer

def parts():
    return [Quadratic(np.diag([1.0, k, 3]), [k, 0, 1.0]) for k in (1, 2, 4)]


OPTIMIZERS = {
    "SGD": lambda: SGD(0.01), "SGD, scheduled": lambda: SGD(cosine_restarts(0.1, 0.01, 3)),
    "Subgradient": lambda: Subgradient(0.01), "Momentum": lambda: Momentum(0.01),
    "Nesterov": lambda: Nesterov(0.01), "AdaGrad": lambda: AdaGrad(0.1),
    "RMSProp": lambda: RMSProp(0.01, eps_inside=True),
    "RMSPropMomentum": lambda: RMSPropMomentum(0.01), "RMSPropNesterov": lambda: RMSPropNesterov(0.01),
    "AdaDelta": AdaDelta, "Adam": lambda: Adam(0.01), "AdamW": lambda: AdamW(0.01),
    "AveragedSGD": lambda: AveragedSGD(0.01, t0=3),
    "Newton": lambda: Newton(damping=0.5), "BFGS": BFGS, "BFGS, H0": lambda: BFGS(H0=np.eye(17) / 2),
    "LBFGS": lambda: LBFGS(memory=3), "ConjugateGradient": ConjugateGradient,
    "CoordinateDescent": CoordinateDescent, "KrylovSubspaceDescent": lambda: KrylovSubspaceDescent(size=4),
    "NaturalGradient": lambda: NaturalGradient(0.1, damping=0.1),
    "NaturalGradient, kl": lambda: NaturalGradient(kl=1e-3, damping=0.1, cg_steps=5),
    "SumOfFunctions": lambda: SumOfFunctions(parts(), memory=2),
}


def test_the_table_has_every_optimizer_of_the_library():
    modules = (optimizers, second_order, averaging)
    there = {kind.__name__ for module in modules for kind in vars(module).values()
             if inspect.isclass(kind) and issubclass(kind, Optimizer)}
    base_classes = {"Optimizer", "Adaptive", "LineSearchMethod"}
    assert there - base_classes == {name.split(",")[0] for name in OPTIMIZERS}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_goes_on_bit_for_bit(tmp_path, name):
    """Saved after each of the first steps, and loaded into new ones, and into ones that have been used."""
    def steps(net, optimizer, n):
        theta, f = net.theta, Classifier(net.objective(DATA.x, DATA.y))
        if isinstance(optimizer, SumOfFunctions):
            theta = theta[:3]
        for _ in range(n):
            optimizer.step(theta, f)

    rng = np.random.default_rng(0)
    whole, reference = network(small), OPTIMIZERS[name]()
    for done in range(6):
        save(tmp_path / f"{done}.npz", whole, reference, rng)
        if done < 5:
            steps(whole, reference, 1)
    for done, used in itertools.product(range(6), (False, True)):
        net, optimizer = network(small, seed=1), OPTIMIZERS[name]()
        if used:
            steps(net, optimizer, 3)
        load(tmp_path / f"{done}.npz", net, optimizer, rng)
        assert optimizer.t == done
        steps(net, optimizer, 5 - done)
        assert same(net.theta, whole.theta) and same(optimizer, reference)


# --------------------------------------------------------------------------------------------------- training

def generators(kind, runs):
    """New generators, one, or one for each run."""
    make = lambda seed: np.random.Generator(getattr(np.random, kind)(seed))  # noqa: E731
    return [make(k) for k in range(runs)] if runs else make(0)


class Run:
    """A training with all there is: BatchNorm, Dropout, early stopping, an average, a curriculum."""

    def __init__(self, make=Adam, runs=None, own=False, kind="PCG64", ordered=False, dtype=float, seed=0):
        self.network, self.optimizer = network(seed=seed, runs=runs, dtype=dtype), make()
        self.rng = generators(kind, runs if own else None)
        self.position, self.best, self.average = Position(), Best(), PolyakAverage(4)
        easy_first = curriculum(DATA, DATA.x[:, 0], lambda progress: 0.3 + 0.7 * progress)
        self.order = easy_first if ordered else None

    def all(self):
        return self.network, self.optimizer, self.rng, self.position, self.best, self.average

    def records(self):
        records = train(self.network, DATA, self.optimizer, epochs=4, batch_size=7, rng=self.rng, every=2,
                        order=self.order, position=self.position)
        for record in early_stopping(records, 6, self.network, best=self.best):
            self.average.add(self.network.theta)
            yield record


def resumed_is_uninterrupted(m, path, stops=(0, 2, 6, 8, 14, 20, 28), **options):
    """Stopped at the first record, within an epoch, at the end of one (every 7 updates), at the very end."""
    whole = Run(**options)
    records = list(whole.records())
    reached = {record.step for record in records}
    assert len(reached & set(stops)) >= min(3, len(stops))
    for stop in sorted(reached & {*stops, max(reached)}):
        first = Run(**options)
        for record in first.records():
            if record.step == stop:
                m.save(path, *first.all())
                break
        second = Run(seed=1, **options)                         # whatever it was
        m.load(path, *second.all())
        rest = list(second.records())
        for record, expected in zip(rest, [r for r in records if r.step > stop], strict=True):
            assert all(map(same, vars(record).values(), vars(expected).values()))
        for one, other in zip(second.all(), whole.all()):
            assert same(one, other)


VARIANTS = {
    "single": {}, "Nesterov": {"make": lambda: Nesterov(0.05)}, "single precision": {"dtype": np.float32},
    "runs": {"runs": 3}, "runs, own orders": {"runs": 3, "own": True},
    "rates along the runs": {"runs": 3, "make": lambda: Momentum(np.array([[0.01], [1e200], [0.1]]))},
    "curriculum": {"runs": 2, "own": True, "ordered": True},
    **{kind: {"kind": kind} for kind in ("MT19937", "Philox", "SFC64", "PCG64DXSM")},
}


@pytest.mark.parametrize("name", VARIANTS)
def test_a_resumed_training_is_the_one_that_was_not_interrupted(tmp_path, name):
    resumed_is_uninterrupted(checkpoint, tmp_path / "run.npz", **VARIANTS[name])


def test_the_program_of_the_documentation_stopped_at_any_record(tmp_path):
    path = tmp_path / "run.npz"

    def program(records_before_the_power_fails):
        net, optimizer, rng = network(), Momentum(0.05), np.random.default_rng(3)
        position = Position()
        if path.exists():
            load(path, net, optimizer, rng, position)
        seen = []
        for record in train(net, DATA, optimizer, epochs=3, batch_size=7, rng=rng, every=3,
                            position=position):
            save(path, net, optimizer, rng, position)
            seen.append((record.step, record.loss))
            if len(seen) == records_before_the_power_fails:
                break
        return seen

    whole = program(100)
    path.unlink()
    assert program(1) + program(3) + program(2) + program(100) == whole
    assert program(100) == []                                   # it was at its end


def test_nothing_is_replaced_that_others_hold(tmp_path, m=checkpoint):
    """theta, running statistics and generators are filled, so that views and aliases stay good."""
    path = tmp_path / "run.npz"
    net, optimizer, rng = network(), Momentum(0.1), np.random.default_rng(0)
    m.save(path, net, optimizer, rng)
    theta, running, views, before = net.theta, net.running, net.views(net.theta), net.theta.copy()
    theta[...], running[...] = 7, 7
    m.load(path, net, optimizer, rng)
    assert net.theta is theta and net.running is running and net.views(theta) is views
    assert np.array_equal(theta, before) and np.array_equal(views[0]["W"].ravel(), before[:12])


class Thing:
    pass


def test_shared_arrays_stay_shared_and_types_stay_types(tmp_path, m=checkpoint):
    path = tmp_path / "run.npz"
    rng = np.random.default_rng(0)
    thing, shared = Thing(), np.arange(3.0)
    thing.__dict__.update(a=shared, b=[shared, (shared, None)], number=np.float64(0.1), whole=np.int32(3),
                          flag=np.True_, text="µ", big=2**100, tiny=5e-324, none=None, nan=float("nan"),
                          inf=-np.inf, complex=np.array(1 + 2j),
                          columns=np.asfortranarray(np.arange(6.0).reshape(2, 3)), empty=np.zeros((0, 3)),
                          nested={"x": [1, {"y": (2.0,)}]})
    before = deepcopy(vars(thing))
    m.save(path, network(), SGD(0.1), rng, thing)
    thing.__dict__.update(a=0, more=1)
    m.load(path, network(), SGD(0.1), rng, thing)
    assert same(vars(thing), before)
    assert thing.b[0] is thing.a and thing.b[1][0] is thing.a and thing.columns.flags.f_contiguous


# ------------------------------------------------------------------------------------------ other checkpoints

def saved(path, net=None, optimizer=None, rng=None, *others):
    save(path, net or network(), optimizer or Momentum(0.1), rng or np.random.default_rng(0), *others)
    return path


class Gentle(Momentum):
    pass


@dataclass(eq=False)
class Bare(Optimizer):
    """A student's own: settings are what it declares."""

    lr: ABOVE_ZERO
    careful: bool


def activation(kind):
    return lambda: [Dense(2, 6), kind, Dense(6, 2)]


OTHERS = [  # what is saved, what it is loaded into, what the message begins with
    ({}, {"net": network(small)}, "network must be as in"),
    ({}, {"net": network(runs=2)}, "network must be as in"),
    ({"net": network(runs=2)}, {"net": network(runs=3)}, "network must be as in"),
    ({}, {"net": network(dtype=np.float32)}, "network must be as in"),
    ({"net": network(small)}, {"net": network(small, loss=mean_squared_error)}, "network must be as in"),
    ({"net": network(activation(Tanh()))}, {"net": network(activation(Sigmoid()))}, "network must be as in"),
    ({"net": network(activation(LeakyReLU(0.1)))}, {"net": network(activation(LeakyReLU(0.2)))},
     "network must be as"),
    ({"net": network(activation(Dropout(0.1)))}, {"net": network(activation(Dropout(0.2)))},
     "network must be as in"),
    ({"net": network(activation(BatchNorm(6)))}, {"net": network(activation(BatchNorm(6, rho=0.2)))},
     "network must"),
    ({"net": network(activation(Residual(Tanh())))}, {"net": network(activation(Residual(ReLU())))},
     "network must"),
    ({}, {"optimizer": Nesterov(0.1)}, "optimizer must be as in"),
    ({}, {"optimizer": Gentle(0.1)}, "optimizer must be as in"),
    ({}, {"optimizer": Momentum(0.2)}, "optimizer must be as in"),
    ({}, {"optimizer": Momentum(0.1, 0.5)}, "optimizer must be as in"),
    ({}, {"optimizer": Momentum(lambda k: 0.1)}, "optimizer must be as in"),
    ({"optimizer": Adam()}, {"optimizer": Adam(bias_correction=False)}, "optimizer must be as in"),
    ({"optimizer": AdaGrad()}, {"optimizer": AdaGrad(eps_inside=True)}, "optimizer must be as in"),
    ({"optimizer": Bare(0.1, True)}, {"optimizer": Bare(0.2, True)}, "optimizer must be as in"),
    ({"optimizer": Bare(0.1, True)}, {"optimizer": Bare(0.1, False)}, "optimizer must be as in"),
    ({"optimizer": LBFGS(3)}, {"optimizer": LBFGS(4)}, "optimizer must be as in"),
    ({"optimizer": NaturalGradient(0.1)}, {"optimizer": NaturalGradient(kl=0.1)}, "optimizer must be as in"),
    ({"optimizer": AveragedSGD(0.1)}, {"optimizer": AveragedSGD(0.1, t0=2)}, "optimizer must be as in"),
    ({"optimizer": SumOfFunctions(parts())}, {"optimizer": SumOfFunctions(parts()[1:])},
     "optimizer must be as in"),
    ({}, {"rng": np.random.Generator(np.random.MT19937(0))}, "rng[0] must be as in"),
    ({}, {"rng": [np.random.default_rng(k) for k in range(2)]}, "rng[1] must be as in"),
    ({"rng": [np.random.default_rng(k) for k in range(2)]}, {}, "rng[1] must be as in"),
    ({"others": [Position()]}, {}, "others[0] must be as in"),
    ({}, {"others": [Position()]}, "others[0] must be as in"),
    ({"others": [Position()]}, {"others": [Best()]}, "others[0] must be as in"),
    ({"others": [PolyakAverage(3)]}, {"others": [PolyakAverage(4)]}, "others[0] must be as in"),
    ({"others": [Position(), Best()]}, {"others": [Best(), Position()]}, "others[0] must be as in"),
]


@pytest.mark.parametrize("there, here, message", OTHERS, ids=range(len(OTHERS)))
def test_another_network_optimizer_or_run_is_refused_and_nothing_changed(tmp_path, there, here, message):
    default = {"net": network(), "optimizer": Momentum(0.1), "rng": np.random.default_rng(0), "others": []}
    there, here = default | there, default | here
    path = tmp_path / "run.npz"
    save(path, there["net"], there["optimizer"], there["rng"], *there["others"])
    load(path, there["net"], there["optimizer"], there["rng"], *there["others"])     # its own is taken
    here["net"].theta += 1
    before = deepcopy([here["net"], here["optimizer"], here["rng"], *here["others"]])
    with pytest.raises(OtherCheckpoint) as raised:
        load(path, here["net"], here["optimizer"], here["rng"], *here["others"])
    assert str(raised.value).startswith(message)
    assert str(path) in str(raised.value) and ", got " in str(raised.value)
    assert same(before, [here["net"], here["optimizer"], here["rng"], *here["others"]])


def test_the_message_says_both_settings(tmp_path):
    path = saved(tmp_path / "run.npz", optimizer=Momentum(cosine_restarts(0.1, 0.01, 5), 0.8))
    with pytest.raises(OtherCheckpoint) as raised:
        load(path, network(), Momentum(0.1), np.random.default_rng(0))
    assert str(raised.value) == (f"optimizer must be as in {path}, Momentum(lr=lr, momentum=0.8),"
                                 " got Momentum(lr=0.1, momentum=0.9)")


@pytest.mark.parametrize("options, message", [
    ({"batch_size": 8}, "batch_size must be 7, as before position, got 8"),
    ({"rng": [np.random.default_rng(0)] * 2, "net": network(runs=2)},
     "position must come from a training with an"),
])
def test_train_refuses_the_position_of_another_training(options, message):
    position = Position()
    right = {"net": network(), "batch_size": 7, "rng": np.random.default_rng(0)}

    def start(net, batch_size, rng):
        return train(net, DATA, SGD(0.1), epochs=1, batch_size=batch_size, rng=rng, every=1,
                     position=position)

    next(itertools.islice(start(**right), 2, None))
    assert position.step == 2 and position.order.shape == (44,)
    with pytest.raises(ValueError) as raised:
        start(**right | options)
    assert str(raised.value).startswith(message)


# ---------------------------------------------------------------------------------------------- damaged files

def loads(path):
    net, optimizer, rng = network(), Momentum(0.1), np.random.default_rng(0)
    before = deepcopy([net, optimizer, rng])
    try:
        load(path, net, optimizer, rng)
    except BaseException:
        assert same(before, [net, optimizer, rng])              # nothing is changed then
        raise
    return net, optimizer, rng


@pytest.fixture
def path(tmp_path):
    net, optimizer, rng = network(seed=4), Momentum(0.1), np.random.default_rng(4)
    for _ in train(net, DATA, optimizer, epochs=1, batch_size=7, rng=rng):
        pass
    return saved(tmp_path / "run.npz", net, optimizer, rng)


def test_a_file_cut_anywhere_is_named(path):
    content = path.read_bytes()
    for length in [*range(0, len(content), 37), len(content) - 1]:
        path.write_bytes(content[:length])
        with pytest.raises(DamagedCheckpoint, match="run.npz must be a whole checkpoint, got"):
            loads(path)


def test_a_wrong_byte_anywhere_is_noticed_or_does_no_harm(path):
    """No byte of the content is without a checksum; a wrong date in the archive changes nothing."""
    content, right, noticed = path.read_bytes(), loads(path), 0
    places = range(0, len(content), 7)
    for i in places:
        path.write_bytes(content[:i] + bytes([content[i] ^ 0x10]) + content[i + 1:])
        try:
            assert same(list(loads(path)), list(right))
        except DamagedCheckpoint:
            noticed += 1
    assert noticed > 0.8 * len(places)


def npz(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def text(content):
    return np.frombuffer(content.encode(), np.uint8)


class Evil:
    def __reduce__(self):
        return os.mkdir, ("course_lib_was_here",)


def npy(array):
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


@pytest.mark.parametrize("content", [
    b"", b"not a checkpoint", pickle.dumps(Evil()), npy(np.zeros(3)), npz(theta=np.zeros(3)),
    npz(content=text("{}")), npz(content=text("nothing")), npz(content=np.zeros(3)),
    npz(content=text("[1, 2]")),
    npz(content=text('{"format": 1, "settings": {"network": ""}, "states": {"network": {"array": 0}}}')),
    npz(content=text('{"format": 1, "settings": {"network": ""}, "states": {"network": {"cube": []}}}')),
    npz(content=text('{"format": 1, "settings": {"network": ""}, "states": {}}')),
    npz(content=text('{"format": 1, "settings": 3, "states": []}')),
    npz(content=np.array([Evil()], object)), npz(content=text("{}"), array0=np.array([Evil()], object)),
], ids=range(15))
def test_another_file_is_named_and_executes_nothing(tmp_path, monkeypatch, content):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run.npz").write_bytes(content)
    with pytest.raises(DamagedCheckpoint, match="run.npz must be a whole checkpoint, got"):
        loads(tmp_path / "run.npz")
    assert not (tmp_path / "course_lib_was_here").exists()


def test_a_checkpoint_of_a_later_format_is_refused(path, monkeypatch):
    monkeypatch.setattr(checkpoint, "FORMAT", 2)
    with pytest.raises(OtherCheckpoint, match="run.npz must have format 2, got 1"):
        loads(path)


def test_there_are_no_pickles_in_a_checkpoint(path):
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            array = np.lib.format.read_array(io.BytesIO(archive.read(name)), allow_pickle=False)
            assert not array.dtype.hasobject


def test_no_file_is_not_a_damaged_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        loads(tmp_path / "run.npz")


# --------------------------------------------------------------------------------------------- atomic writing

class PowerFailure(BaseException):
    pass


def test_an_old_checkpoint_outlives_a_failure(tmp_path, m=checkpoint):
    """Whatever fails while a new one is written, the old file stays, whole, and nothing else is left."""
    path = tmp_path / "run.npz"
    for owner, name in [(np, "savez"), (os, "fsync"), (os, "replace")]:
        for error in (OSError("No space left on device"), PowerFailure()):
            saved(path)
            old, net = path.read_bytes(), network(seed=9)
            with pytest.MonkeyPatch.context() as patch:
                right = getattr(owner, name)

                def fails(*arguments, **options):
                    if name == "savez":
                        arguments[0].write(b"half of it")
                    raise error

                patch.setattr(owner, name, fails)
                with pytest.raises(type(error)):
                    m.save(path, net, Momentum(0.1), np.random.default_rng(0))
            assert getattr(owner, name) is right
            assert path.read_bytes() == old and os.listdir(path.parent) == [path.name]


def test_is_on_the_disk_before_it_is_renamed(tmp_path, m=checkpoint):
    path = tmp_path / "run.npz"
    done = []
    with pytest.MonkeyPatch.context() as patch:
        for name in ("fsync", "replace"):
            def noted(*arguments, name=name, right=getattr(os, name)):
                temporary = Path(f"{path}.tmp")
                done.append((name, path.exists(), temporary.stat().st_size if temporary.exists() else None))
                return right(*arguments)

            patch.setattr(os, name, noted)
        m.save(path, network(), Momentum(0.1), np.random.default_rng(0))
    size = path.stat().st_size
    assert done == [("fsync", False, size), ("replace", False, size), ("fsync", True, None)]


def test_an_attribute_that_cannot_be_saved_is_named_before_anything_is_written(path):
    old = path.read_bytes()
    for value, shown in [(object(), "<object"), (np.array([None]), "array([None]"), ({1, 2}, "{1, 2}"),
                         (len, "<built-in")]:
        optimizer = Momentum(0.1)
        optimizer.notes = {"here": [1, value]}
        with pytest.raises(TypeError) as raised:
            save(path, network(), optimizer, np.random.default_rng(0))
        assert str(raised.value).startswith(
            "optimizer.notes.here[1] must be made of numbers, texts and arrays"
            f" to be saved, got {shown}")
        assert path.read_bytes() == old and os.listdir(path.parent) == [path.name]


def test_the_name_is_taken_as_it_is(tmp_path):
    for name in ("run", "run.ckpt", "run.npz"):
        loads(saved(str(tmp_path / name)))
    assert sorted(os.listdir(tmp_path)) == ["run", "run.ckpt", "run.npz"]


# ------------------------------------------------------------------------------------ what is put together

def test_several_optimizers_go_on(tmp_path, m=checkpoint):
    path = tmp_path / "run.npz"
    for name in ("Adam", "LBFGS", "SumOfFunctions", "KrylovSubspaceDescent"):
        path.unlink(missing_ok=True)
        nets, both = [network(small) for _ in range(2)], [OPTIMIZERS[name]() for _ in range(2)]
        for net, optimizer, n in zip(nets, both, (6, 3)):
            theta = net.theta[:3] if name == "SumOfFunctions" else net.theta
            for _ in range(n):
                optimizer.step(theta, Classifier(net.objective(DATA.x, DATA.y)))
        m.save(path, nets[1], both[1], np.random.default_rng(0))
        net, optimizer = network(small, seed=5), OPTIMIZERS[name]()
        m.load(path, net, optimizer, np.random.default_rng(0))
        theta = net.theta[:3] if name == "SumOfFunctions" else net.theta
        for _ in range(3):
            optimizer.step(theta, Classifier(net.objective(DATA.x, DATA.y)))
        assert same(net.theta, nets[0].theta) and same(optimizer, both[0])


def test_refuses_others(tmp_path, m=checkpoint):
    path = tmp_path / "run.npz"
    default = {"net": network(), "optimizer": Momentum(0.1), "rng": np.random.default_rng(0), "others": []}
    for there, here, message in OTHERS:
        there, here = default | there, default | here
        m.save(path, there["net"], there["optimizer"], there["rng"], *there["others"])
        theta = here["net"].theta.copy()
        error = refusal(m.load, path, here["net"], here["optimizer"], here["rng"], *here["others"])
        assert isinstance(error, m.OtherCheckpoint) and str(error).startswith(message)
        assert np.array_equal(here["net"].theta, theta)


def test_resumes(tmp_path, m=checkpoint):
    path = tmp_path / "run.npz"
    resumed_is_uninterrupted(m, path, stops=(0, 6, 14), runs=2, own=True)
    resumed_is_uninterrupted(m, path, stops=(6,), kind="MT19937")


@pytest.mark.parametrize("function", [save, load])
@pytest.mark.parametrize("net, optimizer, rng, others, message", [
    (np.zeros(3), SGD(0.1), np.random.default_rng(0), [], "network must be a Network, got array"),
    (network(), SGD, np.random.default_rng(0), [],
     "optimizer must be an object with attributes, such as SGD(0.1), got"),
    (network(), 0.1, np.random.default_rng(0), [], "optimizer must be an object with attributes"),
    (network(), SGD(0.1), 0, [], "rng must be a numpy.random.Generator, or one per run, got 0"),
    (network(), SGD(0.1), [1, 2], [], "rng must be a numpy.random.Generator, or one per run, got [1, 2]"),
    (network(), SGD(0.1), np.random.default_rng(0), [Position(), 3],
     "others[1] must be an object with attributes"),
    (network(), SGD(0.1), np.random.default_rng(0), [(x for x in ())],
     "others[0] must be an object with attributes"),
    (network(), SGD(0.1), np.random.default_rng(0), [Position],
     "others[0] must be an object with attributes"),
])
def test_the_error_names_argument_rule_and_value(path, function, net, optimizer, rng, others, message):
    with pytest.raises(TypeError) as raised:
        function(path, net, optimizer, rng, *others)
    assert str(raised.value).startswith(message)
