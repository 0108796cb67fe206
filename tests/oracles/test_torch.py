"""Optimizers and schedules against recorded torch (eps inside the root: optax); students' mistakes, too."""

from pathlib import Path

import numpy as np
import pytest

from course_lib import checks, optimizers, schedules

HERE = Path(__file__).parent
TORCH, OPTAX, CURVES = (np.load(HERE / name) for name in ("torch_optimizers.npz", "optax_eps_inside.npz",
                                                          "torch_schedules.npz"))
RUNS, STEPS = TORCH["problem.noise"].shape[:2]
ALL = slice(None)  # of the recorded runs, all at once

METHODS = {name: (name, {}) for name in (
    "SGD", "Momentum", "Nesterov", "AdaGrad", "RMSProp", "RMSPropMomentum", "RMSPropNesterov", "AdaDelta",
    "Adam", "AdamW")}
METHODS["AdamUncorrected"] = "Adam", {"bias_correction": False}


class Minibatches:
    """The recorded problems: 1/2 |B theta - c|^2 + 1/4 sum theta^4 + n . theta, one run or all at once."""

    def __init__(self, runs):
        self.B, self.c = TORCH["problem.B"][runs], TORCH["problem.c"][runs]
        self.noise = np.moveaxis(TORCH["problem.noise"][runs], -2, 0)
        self.start = TORCH["problem.start"][runs].copy()

    def gradient(self, theta):
        residual = np.einsum("...ij,...j->...i", self.B, theta) - self.c
        return np.einsum("...ij,...i->...j", self.B, residual) + theta**3 + self.n


def settings(name, runs):
    kind, _ = METHODS[name]
    values = {key: TORCH[f"{name}.{key}"][runs] for key in getattr(optimizers, kind).hyper}
    return {key: value[:, None] if value.ndim else float(value) for key, value in values.items()}


def points(optimizer, runs):
    """Yields theta after each step; of Nesterov what torch keeps, theta + momentum v."""
    f = Minibatches(runs)
    theta, ahead = f.start, isinstance(optimizer, optimizers.Nesterov)
    for f.n in f.noise:
        optimizer.step(theta, f)
        yield theta + optimizer.momentum * optimizer.v if ahead else theta.copy()


def path(optimizer, runs):
    """All of them, (..., STEPS, P)."""
    return np.stack(list(points(optimizer, runs)), axis=-2)


def agrees(found, recorded):
    return np.allclose(found, recorded, rtol=0, atol=1e-12)


# Agreement

@pytest.mark.parametrize("run", range(RUNS))
@pytest.mark.parametrize("name", METHODS)
def test_trajectory_is_torchs(name, run):
    kind, options = METHODS[name]
    optimizer = getattr(optimizers, kind)(**settings(name, run), **options)
    assert agrees(path(optimizer, run), TORCH[f"{name}.path"][run])


@pytest.mark.parametrize("name", METHODS)
def test_all_trajectories_at_once_are_torchs(name):
    kind, options = METHODS[name]
    optimizer = getattr(optimizers, kind)(**settings(name, ALL), **options)
    assert agrees(path(optimizer, ALL), TORCH[f"{name}.path"])


@pytest.mark.parametrize("run", range(RUNS))
@pytest.mark.parametrize("name", ["AdaGrad", "RMSProp", "Adam"])
def test_trajectory_with_eps_inside_is_optaxs(name, run):
    optimizer = getattr(optimizers, name)(**settings(name, run), eps_inside=True)
    assert agrees(path(optimizer, run), OPTAX[f"{name}.path"][run])


def adagrad_with(inverse_time, run):
    """torch's Adagrad has a decay of its own: 1 / (1 + lr_decay k)."""
    lr, eps, decay = (TORCH[f"AdaGradDecay.{key}"][run].item() for key in ("lr", "eps", "lr_decay"))
    return path(optimizers.AdaGrad(inverse_time(lr, decay), eps), run)


@pytest.mark.parametrize("run", range(RUNS))
def test_adagrad_with_a_decaying_rate_is_torchs(run):
    assert agrees(adagrad_with(schedules.inverse_time, run), TORCH["AdaGradDecay.path"][run])


def curve(name, make, run):
    """50 rates of the schedule `make`, with the settings of torch's scheduler."""
    lr = CURVES[f"{name}.lr"][run].item()

    def get(key):
        return CURVES[f"{name}.{key}"][run].item()

    schedule = {
        "linear": lambda: make(lr * get("start_factor"), lr * get("end_factor"), get("total_iters")),
        "step": lambda: make(lr, get("gamma"), get("step_size")),
        "exponential": lambda: make(lr, -np.log(get("gamma"))),
        "cosine_restarts": lambda: make(lr, get("eta_min"), get("T_0"), get("T_mult")),
        "warmup": lambda: make(schedules.step(lr, get("gamma"), get("step_size")), get("steps")),
    }[name]()
    return schedule(np.arange(STEPS)), [schedule(k) for k in range(STEPS)]


SCHEDULES = ["linear", "step", "exponential", "cosine_restarts", "warmup"]


@pytest.mark.parametrize("run", range(RUNS))
@pytest.mark.parametrize("name", SCHEDULES)
def test_schedule_is_torchs(name, run):
    for rates in curve(name, getattr(schedules, name), run):
        np.testing.assert_allclose(rates, CURVES[f"{name}.curve"][run], rtol=1e-12, atol=1e-16)


# What rejects wrong versions, each by itself (see tests/unit/mutants.py)

def test_every_step_of_every_method_is_torchs(m=optimizers):
    for name, (kind, options) in METHODS.items():
        optimizer = getattr(m, kind)(**settings(name, ALL), **options)
        for point, recorded in zip(points(optimizer, ALL), np.moveaxis(TORCH[f"{name}.path"], -2, 0)):
            assert agrees(point, recorded)


def test_every_rate_of_every_schedule_is_torchs(m=schedules):
    for run in range(RUNS):
        for name in SCHEDULES:
            for rates in curve(name, getattr(m, name), run):
                np.testing.assert_allclose(rates, CURVES[f"{name}.curve"][run], rtol=1e-12, atol=1e-16)
        assert agrees(adagrad_with(m.inverse_time, run), TORCH["AdaGradDecay.path"][run])


# The mistakes that the checks of the exercises know, as rules of the library

RULES = {"05.momentum": "Momentum", "06.adagrad": "AdaGrad", "06.adam": "Adam"}


def mistakes(task):
    """(name, function) of each mistake of the task, and of no mistake."""
    found = checks.find(task)
    return [("none", found.reference)] + [(name, function) for name, function, _ in found.misconceptions]


def differs(make, name):
    """Whether a run of what make(settings) gives leaves torch's trajectory, or has other states."""
    for run in range(RUNS):
        right, tried = getattr(optimizers, name)(**settings(name, run)), make(settings(name, run))
        for point, _, recorded in zip(points(tried, run), points(right, run), TORCH[f"{name}.path"][run]):
            if not agrees(point, recorded) or not all(
                    agrees(getattr(tried, state), getattr(right, state)) for state in right.state):
                return True
    return False


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # wrong rules divide by zero
@pytest.mark.parametrize("method, mistake, function", [
    pytest.param(method, mistake, function, id=f"{task}: {mistake}")
    for task, method in RULES.items() for mistake, function in mistakes(task)])
def test_a_students_rule_leaves_torchs_trajectory_where_it_is_wrong(method, mistake, function):
    kind = getattr(optimizers, method)

    def with_rule(values):
        optimizer = kind(**values)
        optimizer.update = lambda *arguments: function(*arguments[:len(arguments) - len(kind.options)])
        return optimizer

    assert differs(with_rule, method) == (mistake != "none")


class NesterovByHand(optimizers.Nesterov):
    """A student's step (theta, v, gradient, lr, momentum)."""

    def step(self, theta, f):
        self.v = self._state("v", theta)
        self.rule(theta, self.v, f.gradient, self.lr, self.momentum)


@pytest.mark.parametrize("mistake, function", [
    pytest.param(mistake, function, id=mistake) for mistake, function in mistakes("05.nesterov")])
def test_a_students_nesterov_step_leaves_torchs_trajectory_where_it_is_wrong(mistake, function):
    def by_hand(values):
        optimizer = NesterovByHand(**values)
        optimizer.rule = function
        return optimizer

    assert differs(by_hand, "Nesterov") == (mistake != "none")
