"""Optimizers and schedules against recorded torch (eps inside the root: optax); mutants, all to be rejected.

A mutant is the rule's own source with one line changed, the way somebody gets it wrong.
"""

import inspect
import textwrap
from pathlib import Path

import numpy as np
import pytest

from course_lib import optimizers, schedules

HERE = Path(__file__).parent
TORCH, OPTAX, CURVES = (np.load(HERE / name) for name in ("torch_optimizers.npz", "optax_eps_inside.npz",
                                                          "torch_schedules.npz"))
RUNS, STEPS = TORCH["problem.noise"].shape[:2]
ALL = slice(None)  # of the recorded runs, all at once

METHODS = {name: (getattr(optimizers, name), {}) for name in (
    "SGD", "Momentum", "Nesterov", "AdaGrad", "RMSProp", "RMSPropMomentum", "RMSPropNesterov", "AdaDelta", "Adam",
    "AdamW")}
METHODS["AdamUncorrected"] = optimizers.Adam, {"bias_correction": False}


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
    values = {key: TORCH[f"{name}.{key}"][runs] for key in METHODS[name][0].hyper}
    return {key: value[:, None] if value.ndim else float(value) for key, value in values.items()}


def path(optimizer, runs):
    """theta after each step, (..., STEPS, P); of Nesterov what torch keeps, theta + momentum v."""
    f = Minibatches(runs)
    theta, points = f.start, []
    for f.n in f.noise:
        optimizer.step(theta, f)
        ahead = isinstance(optimizer, optimizers.Nesterov)
        points.append(theta + optimizer.momentum * optimizer.v if ahead else theta.copy())
    return np.stack(points, axis=-2)


def agrees(found, recorded):
    return np.allclose(found, recorded, rtol=0, atol=1e-12)


# Agreement

@pytest.mark.parametrize("run", range(RUNS))
@pytest.mark.parametrize("name", METHODS)
def test_trajectory_is_torchs(name, run):
    method, options = METHODS[name]
    optimizer = method(**settings(name, run), **options)
    assert agrees(path(optimizer, run), TORCH[f"{name}.path"][run])


@pytest.mark.parametrize("name", METHODS)
def test_all_trajectories_at_once_are_torchs(name):
    method, options = METHODS[name]
    optimizer = method(**settings(name, ALL), **options)
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


# Mutants: {rule: [(what is wrong, text of the source, what it becomes)]}

VELOCITY = [
    ("climbs", "v -= lr", "v += lr"),
    ("subtracts the velocity", "theta += v", "theta -= v"),
    ("rate once more on the velocity", "theta += v", "theta += lr * v"),
    ("momentum forgotten", "v *= momentum", "v *= 0"),
    ("velocity never decays", "v *= momentum", "v *= 1"),
    ("damped by 1 - momentum", "v -= lr", "v -= (1 - momentum) * lr"),
    ("momentum and 1 - momentum swapped", "v *= momentum", "v *= 1 - momentum"),
]
STALE = ("moves by the old velocity", "v *= momentum\n    v -= lr * g\n    theta += v",
         "theta += v\n    v *= momentum\n    v -= lr * g")
AHEAD = [
    ("gradient at theta", "theta + momentum * self.v", "theta"),
    ("gradient behind theta", "theta + momentum", "theta - momentum"),
    ("ahead by the whole velocity", "momentum * self.v", "self.v"),
    ("ahead by momentum twice", "momentum * self.v", "momentum**2 * self.v"),
    ("ahead by the rate too", "momentum * self.v", "lr * momentum * self.v"),
]
DECAYING = [
    ("sum instead of average", "r *= rho", "r *= 1"),
    ("rho and 1 - rho swapped", "r *= rho", "r *= 1 - rho"),
    ("new square not weighted", "r += (1 - rho) * g * g", "r += g * g"),
    ("last square only", "r *= rho", "r *= 0"),
    ("square of 1 - rho too", "(1 - rho) * g * g", "((1 - rho) * g) ** 2"),
]
DIVIDING = [
    ("climbs", "theta -=", "theta +="),
    ("root forgotten", "np.sqrt(r) + eps", "r + eps"),
    ("eps inside", "np.sqrt(r) + eps", "np.sqrt(r + eps)"),
    ("eps forgotten", "np.sqrt(r) + eps", "np.sqrt(r)"),
    ("rate forgotten", "lr * g / root", "g / root"),
    ("old r", "root =", "r = r - g * g\n    root ="),
]
CORRECTED = [
    ("starts at t = 0", "**t", "**(t - 1)"),
    ("power forgotten", "beta1**t", "beta1"),
    ("power forgotten, second moment", "beta2**t", "beta2"),
    ("first moment not corrected", "s_hat = s * (1 / (1 - beta1**t))", "s_hat = s"),
    ("second moment not corrected", "r_hat = r * (1 / (1 - beta2**t))", "r_hat = r"),
    ("one correction for both", "beta2**t", "beta1**t"),
    ("betas swapped", "s *= beta1", "s *= beta2"),
    ("gradient not squared", "(1 - beta2) * g * g", "(1 - beta2) * np.abs(g)"),
    ("gradient instead of its average", "lr * s_hat", "lr * g"),
    ("average not weighted", "s += (1 - beta1) * g", "s += g"),
    ("root forgotten", "np.sqrt(r_hat) + eps", "r_hat + eps"),
    ("eps inside", "np.sqrt(r_hat) + eps", "np.sqrt(r_hat + eps)"),
    ("eps forgotten", "np.sqrt(r_hat) + eps", "np.sqrt(r_hat)"),
    ("climbs", "theta -=", "theta +="),
]
MUTANTS = {
    "SGD.update": [
        ("climbs", "-=", "+="),
        ("rate forgotten", "lr * g", "g"),
        ("divided by the rate", "lr * g", "g / lr"),
        ("only the sign", "lr * g", "lr * np.sign(g)"),
        ("a decay nobody asked for", "lr * g", "lr / t * g"),
        ("relative to theta", "lr * g", "lr * g * theta"),
    ],
    "Momentum.update": [*VELOCITY, STALE],
    "Nesterov.update": [*VELOCITY, STALE],
    "Nesterov.where": AHEAD,
    "AdaGrad.update": [
        *DIVIDING,
        ("last square only", "r += g * g", "r[:] = g * g"),
        ("gradient not squared", "r += g * g", "r += np.abs(g)"),
        ("average instead of sum", "np.sqrt(r)", "np.sqrt(r / t)"),
    ],
    "RMSProp.update": [*DIVIDING, *DECAYING, ("bias corrected", "np.sqrt(r)", "np.sqrt(r / (1 - rho**t))")],
    "RMSPropMomentum.update": [
        *VELOCITY, *DECAYING,
        ("velocity of the raw gradient", "v -= lr * g / (np.sqrt(r) + eps)\n    theta += v",
         "v -= lr * g\n    theta += v / (np.sqrt(r) + eps)"),
        ("eps inside", "np.sqrt(r) + eps", "np.sqrt(r + eps)"),
        ("squares of the velocity", "g * g", "v * v"),
    ],
    "RMSPropNesterov.update": [*VELOCITY, *DECAYING],
    "RMSPropNesterov.where": AHEAD,
    "AdaDelta.update": [
        *DECAYING,
        ("climbs", "theta -=", "theta +="),
        ("roots forgotten", "np.sqrt(u + eps) / np.sqrt(r + eps)", "(u + eps) / (r + eps)"),
        ("eps outside", "np.sqrt(r + eps)", "(np.sqrt(r) + eps)"),
        ("squares of the gradient for the steps", "d * d", "g * g"),
        ("squares of lr d", "d * d", "lr * d * lr * d"),
        ("steps summed", "u *= rho", "u *= 1"),
        ("u before d", "d = ", "u *= rho\n    d = "),
    ],
    "Adam.update": CORRECTED,
    "AdamW.update": [
        ("penalty in the gradient", "decay =", "g, weight_decay = g + weight_decay * theta, 0\n    decay ="),
        ("decay forgotten", "theta -= decay", "pass"),
        ("grows", "theta -= decay", "theta += decay"),
        ("rate forgotten", "lr * weight_decay", "weight_decay"),
        ("decay of the new theta", "theta -= decay", "theta *= 1 - lr * weight_decay"),
        ("decay towards the step", "* theta", "* s"),
    ],
    "linear": [
        ("ends swapped", "(1 - a) * start + a * end", "a * start + (1 - a) * end"),
        ("goes on beyond tau", "np.minimum(_check_k(k) / tau, 1.0)", "_check_k(k) / tau"),
        ("starts at k = 1", "_check_k(k) / tau", "(_check_k(k) + 1) / tau"),
        ("one update too late", "/ tau", "/ (tau + 1)"),
        ("geometric", "(1 - a) * start + a * end", "start ** (1 - a) * end**a"),
    ],
    "step": [
        ("no whole steps", "//", "/"),
        ("product instead of power", "drop **", "drop *"),
        ("one update late", "_check_k(k) //", "(_check_k(k) - 1) //"),
        ("one update early", "_check_k(k) //", "(_check_k(k) + 1) //"),
        ("drops by the rest", "//", "%"),
    ],
    "exponential": [
        ("grows", "-rate", "rate"),
        ("powers of two", "np.exp", "np.exp2"),
        ("starts at k = 1", "_check_k(k)", "(_check_k(k) + 1)"),
        ("root of k", "_check_k(k)", "np.sqrt(_check_k(k))"),
        ("linear", "np.exp(-rate * _check_k(k))", "(1 - rate * _check_k(k))"),
    ],
    "inverse_time": [
        ("grows", "lr / (1", "lr * (1"),
        ("1 forgotten", "1 + rate * _check_k(k)", "rate * (_check_k(k) + 1)"),
        ("starts at k = 1", "_check_k(k)", "(_check_k(k) + 1)"),
        ("root", "(1 + rate * _check_k(k))", "np.sqrt(1 + rate * _check_k(k))"),
        ("square", "(1 + rate * _check_k(k))", "(1 + rate * _check_k(k)) ** 2"),
    ],
    "cosine_restarts": [
        ("no restart", "k % period, period", "np.minimum(k, period), period"),
        ("half forgotten", "0.5 *", ""),
        ("from low to high", "(1 + np", "(1 - np"),
        ("reaches low before the restart", "/ n", "/ np.maximum(n - 1, 1)"),
        ("one update early", "np.pi * c", "np.pi * (c + 1)"),
        ("periods do not grow", "n = k - np.array(starts)[i], period * factor**i", "n = k % period, period"),
        ("grow by sum", "period * factor**i", "period + factor * i"),
        ("a whole wave", "np.pi", "2 * np.pi"),
    ],
    "warmup": [
        ("starts at 0", "(_check_k(k) + 1)", "_check_k(k)"),
        ("goes on rising", "np.minimum(1.0, ", "("),
        ("schedule waits", "schedule(k)", "schedule(np.maximum(_check_k(k) - steps, 0))"),
        ("no warm-up", "/ steps", "/ 1"),
        ("falls first", "(_check_k(k) + 1) / steps", "steps / (_check_k(k) + 1)"),
    ],
}


def mutated(owner, name, old, new):
    """Function `name` of a module or class, with another text in its source."""
    source = textwrap.dedent(inspect.getsource(getattr(owner, name)))
    assert old in source
    scope = dict(vars(inspect.getmodule(getattr(owner, name))))
    exec(source.replace(old, new), scope)
    return scope[name]


def rejected(rule, old, new):
    if "." not in rule:
        make = mutated(schedules, rule, old, new)
        if rule == "inverse_time":
            found = [adagrad_with(make, run) for run in range(RUNS)]
            return not agrees(found, TORCH["AdaGradDecay.path"])
        return not all(np.allclose(rates, CURVES[f"{rule}.curve"][run], rtol=1e-12, atol=1e-16)
                       for run in range(RUNS) for rates in curve(rule, make, run))
    name, part = rule.split(".")
    method = getattr(optimizers, name)
    mutant = type(name, (method,), {part: mutated(method, part, old, new)})
    try:
        return not agrees(path(mutant(**settings(name, ALL)), ALL), TORCH[f"{name}.path"])
    except (optimizers.Diverged, ZeroDivisionError):
        return True


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # wrong rules divide by zero
@pytest.mark.parametrize("rule, old, new", [
    pytest.param(rule, old, new, id=f"{rule}: {what}")
    for rule, mutants in MUTANTS.items() for what, old, new in mutants])
def test_mutant_is_rejected(rule, old, new):
    assert rejected(rule, old, new)


@pytest.mark.parametrize("rule", MUTANTS)
def test_what_rejects_mutants_accepts_the_rule_itself(rule):
    assert not rejected(rule, "(", "(")
    assert len(MUTANTS[rule]) >= 5
