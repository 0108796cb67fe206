"""BFGS, L-BFGS and conjugate gradient against scipy.optimize: the same minima, for at most 1.5 times its
gradients.

Both stop where no entry of the gradient exceeds GTOL. `python tests/oracles/test_scipy.py` prints the counts
as a table.
"""

import numpy as np
import pytest

from course_lib import datasets, layers, losses, problems, second_order
from course_lib.network import Network

optimize = pytest.importorskip("scipy.optimize")  # comes with scikit-learn

GTOL = 1e-5
METHODS = {  # (method of scipy, ours for P parameters): both from the identity, or both scaled
    "BFGS": ("BFGS", lambda P: second_order.BFGS(np.eye(P))),
    "BFGS, scaled": ("L-BFGS-B", lambda P: second_order.BFGS()),
    "L-BFGS": ("L-BFGS-B", lambda P: second_order.LBFGS()),
    "CG": ("CG", lambda P: second_order.ConjugateGradient()),
}


class Counted:
    """f, with its gradients and values counted."""

    def __init__(self, f):
        self.f, self.values, self.gradients = f, 0, 0

    def value(self, theta):
        self.values += 1
        return float(self.f.value(theta))

    def gradient(self, theta):
        self.gradients += 1
        return self.f.gradient(theta)


class WeightDecay:
    """f + 1/2 strength ||theta||^2: with it the classes need not be separable for a minimum to exist."""

    def __init__(self, f, strength):
        self.f, self.strength = f, strength

    def value(self, theta):
        return self.f.value(theta) + 0.5 * self.strength * theta @ theta

    def gradient(self, theta):
        return self.f.gradient(theta) + self.strength * theta

    def hvp(self, theta, v):
        return self.f.hvp(theta, v) + self.strength * v


class LongRosenbrock:
    """The sum of Rosenbrock's function over neighbouring pairs of 20 coordinates; scipy's own."""

    value, gradient = staticmethod(optimize.rosen), staticmethod(optimize.rosen_der)


def digits(examples=slice(None)):
    """Logistic regression on digits, from zero: 650 parameters."""
    data = datasets.load("digits")
    net = Network([layers.Dense(64, 10)], losses.softmax_cross_entropy, np.random.default_rng(0))
    return WeightDecay(net.objective(data.x[examples], data.y[examples]), 1e-2), np.zeros_like(net.theta)


def network():
    """A regression by a network of 3-8-1 units, tanh, 41 parameters."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((200, 3))
    y = np.sin(x @ [1.0, 2.0, -1.0])[:, None] + 0.1 * rng.standard_normal((200, 1))
    net = Network([layers.Dense(3, 8), layers.Tanh(), layers.Dense(8, 1)], losses.mean_squared_error, rng)
    return WeightDecay(net.objective(x, y), 1e-2), net.theta


def wide_quadratic():
    """30 parameters, condition number 1000, least curvature 0.03."""
    Q = np.linalg.qr(np.random.default_rng(5).standard_normal((30, 30)))[0]
    A = Q * np.geomspace(0.03, 30.0, 30) @ Q.T
    return problems.Quadratic((A + A.T) / 2), np.ones(30)


def surface(f, start=None):
    return f, f.start if start is None else np.array(start)


PROBLEMS = {
    "bowl": lambda: surface(problems.Bowl()),
    "ravine, kappa 100": lambda: surface(problems.Ravine(100.0, 0.5)),
    "ravine, kappa 10000": lambda: surface(problems.Ravine(1e4, 0.5)),
    "quadratic, 30 parameters": wide_quadratic,
    "Rosenbrock": lambda: surface(problems.Rosenbrock()),
    "Beale": lambda: surface(problems.Beale()),
    "Himmelblau": lambda: surface(problems.Himmelblau()),
    "saddle": lambda: surface(problems.Saddle(), [-1.5, 0.1]),
    "Rosenbrock, 20 parameters": lambda: (LongRosenbrock(), np.tile([-1.2, 1.0], 10)),
    "logistic regression, digits": digits,
    "network 3-8-1": network,
}


def ours(method, f, start):
    """(theta, counted f) at the first gradient within GTOL; the largest number of values in a step as
    well."""
    theta, counted, optimizer, longest = start.copy(), Counted(f), METHODS[method][1](len(start)), 0
    while optimizer.t < 5000 and (optimizer.t == 0 or np.abs(optimizer.g).max() > GTOL):
        before = counted.values
        optimizer.step(theta, counted)
        longest = max(longest, counted.values - before)
    return theta, counted, longest


def scipys(method, f, start):
    """scipy's result, counted in the same way. Its L-BFGS stops at the gradient too, not at a small change of
    the value."""
    counted = Counted(f)
    options = {"gtol": GTOL, "maxiter": 5000} | (
        {"ftol": 0, "maxfun": 50_000} if method == "L-BFGS-B" else {}
    )
    result = optimize.minimize(counted.value, start, jac=counted.gradient, method=method, options=options)
    return result, counted


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("problem", PROBLEMS)
def test_the_same_minimum_for_at_most_half_as_many_gradients_again(problem, method):
    f, start = PROBLEMS[problem]()
    theta, counted, longest = ours(method, f, start)
    result, scipy_counted = scipys(METHODS[method][0], f, start)
    assert np.abs(f.gradient(theta)).max() <= GTOL
    assert np.abs(result.jac).max() <= 1.01 * GTOL  # so the comparison is at the same accuracy
    assert f.value(theta) == pytest.approx(result.fun, rel=1e-6, abs=1e-7)
    assert counted.gradients <= 1.5 * scipy_counted.gradients
    assert longest <= 12


def test_krylov_subspace_descent_reaches_the_minimum():
    f, start = digits()
    result, scipy_counted = scipys("L-BFGS-B", f, start)
    theta, counted, ksd = start.copy(), Counted(f), second_order.KrylovSubspaceDescent(10)
    counted.hvp = f.hvp
    while np.abs(f.gradient(theta)).max() > GTOL:
        ksd.step(theta, counted)
        assert ksd.t < 20
    assert f.value(theta) == pytest.approx(result.fun, rel=1e-6)
    assert counted.gradients <= scipy_counted.gradients  # and 11 Hessian-vector products a step


def test_sum_of_functions_takes_fewer_passes_than_scipys_lbfgs():
    """To within 1e-5 of the least value, a pass being a gradient of every example."""
    N = 10
    parts = [digits(slice(i, 1430, N))[0] for i in range(N)]  # of equal size: their sum is N times f
    f, start = digits(slice(1430))
    least = scipys("L-BFGS-B", f, start)[0].fun
    visited = []
    optimize.minimize(
        f.value,
        start,
        jac=lambda theta: visited.append(theta.copy()) or f.gradient(theta),
        method="L-BFGS-B",
        options={"maxiter": 40},
    )
    passes = next(k for k, theta in enumerate(visited, 1) if f.value(theta) < least + 1e-5)
    theta, sfo = start.copy(), second_order.SumOfFunctions(parts)
    while f.value(theta) > least + 1e-5:
        sfo.step(theta)
        assert sfo.t < 20 * N
    assert sfo.evaluations.sum() / N < 0.6 * passes


def test_iterates_of_linear_cg_are_scipys():
    from scipy.sparse.linalg import cg

    rng = np.random.default_rng(0)
    M = rng.standard_normal((25, 25))
    A, b = M @ M.T + np.eye(25), rng.standard_normal(25)
    iterates = []
    cg(A, b, rtol=1e-12, maxiter=8, callback=lambda x: iterates.append(x.copy()))
    for x, (mine, _) in zip(
        [np.zeros(25), *iterates], second_order.conjugate_gradient_steps(lambda v: A @ v, b)
    ):
        np.testing.assert_allclose(mine, x, rtol=1e-8, atol=1e-10)


if __name__ == "__main__":
    print("| problem | " + " | ".join(METHODS) + " |\n|---|" + "---|" * len(METHODS))
    for name, make in PROBLEMS.items():
        cells = []
        for method in METHODS:
            theta, counted, longest = ours(method, *make())
            _, scipy_counted = scipys(METHODS[method][0], *make())
            mine, theirs = counted.gradients, scipy_counted.gradients
            values = f"{counted.values} / {scipy_counted.values} values, longest search {longest}"
            cells.append(f"{mine} / {theirs} = {mine / theirs:.2f} ({values})")
        print(f"| {name} | " + " | ".join(cells) + " |")
