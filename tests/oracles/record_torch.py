"""Records what torch.optim does: torch_optimizers.npz and torch_schedules.npz, for test_torch.py.

    python tests/oracles/record_torch.py        (needs torch; the tests do not)

Every method takes 50 steps on each of 20 random problems, in float64, with settings of its own for each:
f_t(theta) = 1/2 |B theta - c|^2 + 1/4 sum theta^4 + n_t . theta, where n_t is the noise of a minibatch.
"""

from pathlib import Path

import numpy as np
import torch

HERE = Path(__file__).parent
SETTINGS, STEPS, P = 20, 50, 4
UNCORRECTED = 1e9  # Adam's correction 1 - beta^t at such a t is exactly 1


def rate(rng, low, high):
    """Settings evenly spread over the decades from low to high."""
    return 10 ** rng.uniform(np.log10(low), np.log10(high), SETTINGS)


def problems(rng):
    return {"B": rng.standard_normal((SETTINGS, P, P)), "c": rng.standard_normal((SETTINGS, P)),
            "noise": 0.3 * rng.standard_normal((SETTINGS, STEPS, P)),
            "start": rng.standard_normal((SETTINGS, P))}


def methods(rng):
    """{name: (its torch optimizer, {setting, by our name: its 20 values}, options)}."""
    def draw(low, high):
        return rng.uniform(low, high, SETTINGS)

    optim = torch.optim
    return {
        "SGD": (optim.SGD, {"lr": rate(rng, 1e-3, 5e-2)}, {}),
        "Momentum": (optim.SGD, {"lr": rate(rng, 1e-4, 1e-2), "momentum": draw(0.3, 0.95)}, {}),
        "Nesterov": (optim.SGD, {"lr": rate(rng, 1e-4, 1e-2), "momentum": draw(0.3, 0.95)},
                     {"nesterov": True}),
        "AdaGrad": (optim.Adagrad, {"lr": rate(rng, 1e-3, 1), "eps": rate(rng, 1e-10, 1e-1)}, {}),
        "AdaGradDecay": (optim.Adagrad, {"lr": rate(rng, 1e-2, 1), "eps": rate(rng, 1e-10, 1e-1),
                                         "lr_decay": rate(rng, 1e-3, 1)}, {}),
        "RMSProp": (optim.RMSprop, {"lr": rate(rng, 1e-4, 1e-1), "rho": draw(0.5, 0.999),
                                    "eps": rate(rng, 1e-8, 1e-1)}, {}),
        "RMSPropMomentum": (optim.RMSprop, {"lr": rate(rng, 1e-4, 1e-2), "rho": draw(0.5, 0.999),
                                            "momentum": draw(0.3, 0.95), "eps": rate(rng, 1e-8, 1e-1)}, {}),
        "RMSPropNesterov": (optim.RMSprop, {"lr": rate(rng, 1e-4, 1e-2), "rho": draw(0.5, 0.999),
                                            "momentum": draw(0.3, 0.95), "eps": rate(rng, 1e-8, 1e-1)}, {}),
        "AdaDelta": (optim.Adadelta, {"lr": rate(rng, 1e-1, 1), "rho": draw(0.5, 0.99),
                                      "eps": rate(rng, 1e-8, 1e-2)}, {}),
        "Adam": (optim.Adam, {"lr": rate(rng, 1e-4, 1e-1), "beta1": draw(0, 0.95), "beta2": draw(0.8, 0.9999),
                              "eps": rate(rng, 1e-10, 1e-1)}, {}),
        "AdamUncorrected": (optim.Adam, {"lr": rate(rng, 1e-4, 1e-2), "beta1": draw(0, 0.95),
                                         "beta2": draw(0.8, 0.99), "eps": rate(rng, 1e-10, 1e-1)}, {}),
        "AdamW": (optim.AdamW, {"lr": rate(rng, 1e-4, 1e-1), "beta1": draw(0, 0.95),
                                "beta2": draw(0.8, 0.9999), "eps": rate(rng, 1e-10, 1e-1),
                                "weight_decay": rate(rng, 1e-3, 1)}, {}),
    }


def look_ahead(optimizer, theta):
    """theta + momentum v of algorithm 8.6, from torch's buffer: v = -lr buffer."""
    buffer = optimizer.state[theta].get("momentum_buffer", torch.zeros_like(theta))
    group = optimizer.param_groups[0]
    return theta.detach() - group["momentum"] * group["lr"] * buffer


def trajectory(name, make, setting, options, problem):
    """theta after each step, (STEPS, P)."""
    B, c, noise = (torch.tensor(problem[key]) for key in ("B", "c", "noise"))
    theta = torch.tensor(problem["start"], requires_grad=True)
    setting = dict(setting)
    if "beta1" in setting:
        setting["betas"] = setting.pop("beta1"), setting.pop("beta2")
    if make is torch.optim.RMSprop:
        setting["alpha"] = setting.pop("rho")
    optimizer = make([theta], **setting, **options)
    if name == "AdamUncorrected":
        optimizer.state[theta] = {"step": torch.tensor(UNCORRECTED), "exp_avg": torch.zeros_like(theta),
                                  "exp_avg_sq": torch.zeros_like(theta)}
    path = []
    for n in noise:
        point = look_ahead(optimizer, theta) if name == "RMSPropNesterov" else theta.detach()
        point = point.clone().requires_grad_()
        f = 0.5 * ((B @ point - c) ** 2).sum() + 0.25 * (point**4).sum() + n @ point
        theta.grad, = torch.autograd.grad(f, point)
        optimizer.step()
        path.append(theta.detach().numpy().copy())
    return np.array(path)


def record_optimizers(rng):
    data = {"version": torch.__version__} | {f"problem.{key}": value for key, value in problems(rng).items()}
    for name, (make, settings, options) in methods(rng).items():
        data |= {f"{name}.{key}": values for key, values in settings.items()}
        data[f"{name}.path"] = np.array([
            trajectory(name, make, {key: values[i] for key, values in settings.items()}, options,
                       {key: data[f"problem.{key}"][i] for key in ("B", "c", "noise", "start")})
            for i in range(SETTINGS)])
    np.savez_compressed(HERE / "torch_optimizers.npz", **data)


def record_schedules(rng):
    """The rate of each of 50 updates, for 20 settings of each of torch's schedulers."""
    def draw(low, high):
        return rng.uniform(low, high, SETTINGS)

    def whole(low, high):
        return rng.integers(low, high, SETTINGS)

    schedulers = torch.optim.lr_scheduler
    kinds = {
        "linear": (schedulers.LinearLR, {"start_factor": draw(0.1, 1), "end_factor": draw(0, 1),
                                         "total_iters": whole(1, 60)}),
        "step": (schedulers.StepLR, {"step_size": whole(1, 20), "gamma": draw(0.1, 1)}),
        "exponential": (schedulers.ExponentialLR, {"gamma": draw(0.8, 1)}),
        "cosine_restarts": (schedulers.CosineAnnealingWarmRestarts,
                            {"T_0": whole(1, 15), "T_mult": whole(1, 4), "eta_min": rate(rng, 1e-4, 1e-2)}),
        "warmup": (warm_step, {"steps": whole(2, 30), "step_size": whole(1, 20), "gamma": draw(0.1, 1)}),
    }
    data = {"version": torch.__version__}
    for name, (make, settings) in kinds.items():
        base = rate(rng, 1e-2, 1)
        data |= {f"{name}.{key}": values for key, values in settings.items()} | {f"{name}.lr": base}
        data[f"{name}.curve"] = np.array([
            curve(make, base[i], {key: values[i].item() for key, values in settings.items()})
            for i in range(SETTINGS)])
    np.savez_compressed(HERE / "torch_schedules.npz", **data)


def warm_step(optimizer, steps, step_size, gamma):
    schedulers = torch.optim.lr_scheduler
    return schedulers.ChainedScheduler([schedulers.LinearLR(optimizer, 1 / steps, total_iters=steps - 1),
                                        schedulers.StepLR(optimizer, step_size, gamma)])


def curve(make, base, setting):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=float(base))
    scheduler = make(optimizer, **setting)
    rates = []
    for _ in range(STEPS):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


if __name__ == "__main__":
    record_optimizers(np.random.default_rng(0))
    record_schedules(np.random.default_rng(1))
