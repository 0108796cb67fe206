"""Exercise 4: right versions written differently, the references, the student's figure."""

import numpy as np
import pytest

from course_lib import checks
from course_lib.checks import feedback
from course_lib.claims.runs import run
from course_lib.explorers import sgd
from course_lib.optimizers import SGD
from course_lib.schedules import constant, linear, robbins_monro

# ---- right versions


def batches_by_shuffle(n, batch_size, rng):
    order = np.arange(n)
    rng.shuffle(order)
    return np.split(order, range(batch_size, n, batch_size))


def batches_of_lists(n, batch_size, rng):
    order, batches = list(rng.permutation(n)), []
    while order:
        batches.append(order[:batch_size])
        order = order[batch_size:]
    return batches


def batches_by_sorting(n, batch_size, rng):
    order = np.argsort(rng.random(n))
    return tuple(order[i * batch_size:(i + 1) * batch_size] for i in range(-(-n // batch_size)))


def epoch_with_slice(theta, gradient, batches, lr):
    for i in range(len(batches)):
        theta[:] = theta - lr * gradient(theta, batches[i])


def epoch_step_first(theta, gradient, batches, lr):
    for batch in batches:
        step = gradient(theta, batch)
        step *= -lr
        theta += step


def floor_by_hand(g, batch_size, replacement, curvature, lr):
    n = g.size
    v = (g**2).sum() / n / batch_size
    if not replacement:
        v *= (n - batch_size) / (n - 1)
    keeps = (1 - lr * curvature) ** 2
    return [v, curvature / 2 * lr**2 * v / (1 - keeps)]


def floor_by_all_batches(g, batch_size, replacement, curvature, lr):
    from itertools import combinations, product

    draws = product(g, repeat=batch_size) if replacement else combinations(g, batch_size)
    v, spread = np.var([np.mean(batch) for batch in draws]), 0.0
    for _ in range(2000):
        spread = (1 - lr * curvature) ** 2 * spread + lr**2 * v
    return v, curvature * spread / 2


def decay_by_cases(k, start, end, tau):
    if k >= tau:
        return end
    return start - (start - end) * k / tau


def decay_by_interpolation(k, start, end, tau):
    return np.interp(k, [0, tau], [start, end])


def conditions_by_the_squares(p):
    return not p > 1, 2 * p > 1


def conditions_of_the_library(p):
    rates = constant(1.0) if p == 0 else (lambda k: (k + 1.0) ** -p)
    found = robbins_monro(rates)
    return [found.sum_diverges, found.squares_converge]


def costs_side_by_side(x, y, orders, sizes, lr, target, overhead):
    theta, losses = np.zeros((len(sizes), x.shape[1])), []
    for row in orders:
        for at, size in zip(theta, sizes):
            at -= lr / size * (x[row[:size]] @ at - y[row[:size]]) @ x[row[:size]]
        losses.append(((theta @ x.T - y) ** 2).mean(axis=1) / 2)
    below = np.array(losses) <= target
    updates = np.where(below.any(axis=0), below.argmax(axis=0) + 1.0, np.inf)
    return updates, overhead * updates + sizes * updates


def costs_in_lists(x, y, orders, sizes, lr, target, overhead):
    updates = []
    for size in sizes:
        theta, made = np.zeros(x.shape[1]), 0
        while made < len(orders) and ((x @ theta - y) ** 2).mean() > 2 * target:
            chosen = orders[made, :size]
            theta = theta - lr * (x[chosen] * (x[chosen] @ theta - y[chosen])[:, None]).mean(axis=0)
            made += 1
        updates.append(made if ((x @ theta - y) ** 2).mean() <= 2 * target else np.inf)
    return updates, [made * (overhead + size) for made, size in zip(updates, sizes)]


ALTERNATIVES = {
    "04.minibatches": [batches_by_shuffle, batches_of_lists, batches_by_sorting],
    "04.sgd_epoch": [epoch_with_slice, epoch_step_first],
    "04.noise_floor": [floor_by_hand, floor_by_all_batches],
    "04.batch_costs": [costs_side_by_side, costs_in_lists],
    "04.linear_decay": [decay_by_cases, decay_by_interpolation],
    "04.conditions": [conditions_by_the_squares, conditions_of_the_library],
}


# ---- the references

def test_an_epoch_is_the_library_s_sgd():
    reference = checks.find("04.sgd_epoch").reference
    for case in checks.find("04.sgd_epoch").cases():
        theta, rule = case["theta"].copy(), SGD(case["lr"])

        class Batch:
            def __init__(self, batch):
                self.gradient = lambda theta: case["gradient"](theta, batch)

        for batch in case["batches"]:
            rule.step(theta, Batch(batch))
        reference(case["theta"], case["gradient"], case["batches"], case["lr"])
        np.testing.assert_allclose(case["theta"], theta, rtol=0, atol=1e-14)


def test_the_noise_floor_is_that_of_many_runs():
    """Parabolas of curvature 1.3 with these derivatives at 0; the mean of 4,000 runs."""
    g, rng, lr, curvature = np.random.default_rng(0).standard_normal(10), np.random.default_rng(1), 0.9, 1.3
    g -= g.mean()
    for replacement in (True, False):
        theta, pulls = np.zeros(4000), []
        for _ in range(40):
            drawn = rng.integers(10, size=(4000, 4)) if replacement else rng.random((4000, 10)).argsort(axis=1)[:, :4]
            pulls.append(g[drawn].mean(axis=1))
            theta = theta - lr * (curvature * theta + pulls[-1])
        variance, loss = checks.find("04.noise_floor").reference(g, 4, replacement, curvature, lr)
        np.testing.assert_allclose(variance, np.var(pulls), rtol=0.05)
        np.testing.assert_allclose(loss, curvature * np.mean(theta**2) / 2, rtol=0.1)


def test_what_a_batch_costs_is_counted_with_the_library_s_sgd():
    reference = checks.find("04.batch_costs").reference
    for case in checks.find("04.batch_costs").cases():
        x, y, orders, target = case["x"], case["y"], case["orders"], case["target"]
        updates, costs = reference(**case)
        for size, made, cost in zip(case["sizes"], updates, costs):
            theta, losses = np.zeros((1, 3)), []
            for theta in run(SGD(case["lr"]), theta, lambda at, k: (
                    (at @ x[orders[k, :size]].T - y[orders[k, :size]]) @ x[orders[k, :size]] / size), len(orders)):
                losses.append(np.mean((x @ theta[0] - y) ** 2) / 2)
            below = np.flatnonzero(np.array(losses) <= target)
            assert made == (below[0] + 1 if len(below) else np.inf)
            assert cost == made * (case["overhead"] + size)
        assert np.isfinite(updates).any()


def test_linear_decay_is_the_library_s_schedule():
    reference = checks.find("04.linear_decay").reference
    for k in (0, 3, 8, 20):
        assert reference(k, 0.5, 0.02, 8) == linear(0.5, 0.02, 8)(k)


# ---- what students write

def prints(n, batch_size, rng):
    print(rng.permutation(n))


def one_array(n, batch_size, rng):
    return rng.permutation(n)


def rebinds(theta, gradient, batches, lr):
    for batch in batches:
        theta = theta - lr * gradient(theta, batch)


def per_example(g, batch_size, replacement, curvature, lr):
    return (g - g.mean()) ** 2 / batch_size, lr


def no_clock(start, end, tau):
    return start


def in_words(p):
    return "both" if 0.5 < p <= 1 else "not both"


@pytest.mark.parametrize("name, function, status, words", [
    ("04.minibatches", prints, "wrong type or shape", "End your function with `return`"),
    ("04.minibatches", one_array, "wrong value", "shuffled, but not cut"),
    ("04.sgd_epoch", rebinds, "not changed in place", "theta"),
    ("04.noise_floor", per_example, "wrong type or shape", "an array of shape (6,)"),
    ("04.linear_decay", no_clock, "wrong arguments", "k, start, end, tau"),
    ("04.conditions", in_words, "wrong type or shape", "str"),
])
def test_what_students_write_gets_an_answer_that_helps(name, function, status, words):
    found = checks.verdict(name, function)
    assert (found.status, words in feedback.text_of(found)) == (status, True), feedback.text_of(found)


# ---- the figure of the student's own code

def test_yours_runs_the_student_s_functions():
    figure = sgd.yours(batches_by_shuffle, epoch_with_slice, decay_by_cases)
    try:
        assert figure.error is None and "linear decay" in figure.summary
        runs = figure.compute(**figure.values).runs
        late = {name: np.linalg.norm(points[-8:], axis=1).mean() for name, points in runs.items()}
        assert late["linear decay"] < late["constant rate"]
        full = figure.compute(lr=0.3, ratio=1.0, batch=32).runs
        np.testing.assert_array_equal(full["constant rate"], full["linear decay"])
        np.testing.assert_allclose(full["constant rate"][1],
                                   sgd.START * (1 - 0.3 * sgd.CURVATURES), atol=1e-12)
        for name, control in figure.controls.items():
            for value in control.extremes():
                figure.set(**{name: value})
                assert figure.error is None
    finally:
        figure.close()


def test_yours_says_not_attempted():
    def stub(*arguments):
        raise NotImplementedError()

    figure = sgd.yours(batches_by_shuffle, stub, decay_by_cases)
    assert figure.error is None and figure.summary.startswith("Not attempted yet")
    figure.close()
    with pytest.raises(TypeError, match="sgd_epoch must be your function, got 3"):
        sgd.yours(stub, 3, stub)
