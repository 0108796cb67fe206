"""Records the methods with eps inside the root, which torch has not, from optax: optax_eps_inside.npz.

    python tests/oracles/record_optax.py        (needs optax; the tests do not; run record_torch.py before it)

The problems and settings are those of torch_optimizers.npz.
"""

from pathlib import Path

import jax
import numpy as np
import optax

jax.config.update("jax_enable_x64", True)
HERE = Path(__file__).parent

METHODS = {  # ours: what optax makes of a gradient, and its settings
    "AdaGrad": (lambda eps: optax.scale_by_rss(initial_accumulator_value=0.0, eps=eps), ("eps",)),
    "RMSProp": (lambda rho, eps: optax.scale_by_rms(decay=rho, eps=eps, eps_in_sqrt=True), ("rho", "eps")),
    "Adam": (lambda beta1, beta2, eps: optax.scale_by_adam(beta1, beta2, eps=0.0, eps_root=eps),
             ("beta1", "beta2", "eps")),
}


def trajectory(direction, lr, B, c, noise, start):
    """theta after each step, (STEPS, P)."""
    def f(theta, n):
        return 0.5 * ((B @ theta - c) ** 2).sum() + 0.25 * (theta**4).sum() + n @ theta

    theta, state, path = start, direction.init(start), []
    for n in noise:
        d, state = direction.update(jax.grad(f)(theta, n), state)
        theta = theta - lr * d
        path.append(np.array(theta))
    return np.array(path)


if __name__ == "__main__":
    data = np.load(HERE / "torch_optimizers.npz")
    problems = list(zip(*(data[f"problem.{key}"] for key in ("B", "c", "noise", "start"))))
    paths = {}
    for name, (make, keys) in METHODS.items():
        settings = zip(*(data[f"{name}.{key}"] for key in keys))
        paths[f"{name}.path"] = np.array([trajectory(make(*values), lr, *problem) for values, lr, problem
                                          in zip(settings, data[f"{name}.lr"], problems)])
    np.savez_compressed(HERE / "optax_eps_inside.npz", version=optax.__version__, **paths)
