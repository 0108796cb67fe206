"""Losses against scikit-learn, scipy and complex steps; extreme scores; wrong versions fail."""

import numpy as np
import pytest
from scipy import special, stats
from sklearn import metrics

from course_lib.losses import mean_squared_error, one_hot, softmax_cross_entropy

STEP = 1e-30  # complex step: nothing is subtracted, so it may be this small
N, CLASSES, RUNS = 7, 4, 3
LOSSES = [softmax_cross_entropy, mean_squared_error]
each_loss = pytest.mark.parametrize("loss", LOSSES)
one_and_K_runs = pytest.mark.parametrize("runs", [(), (RUNS,)], ids=["one run", "K runs"])


def case(runs=(), seed=0):
    """Scores (*runs, N, CLASSES), class numbers (*runs, N), and soft targets, whose rows sum to 1."""
    rng = np.random.default_rng(seed)
    return (rng.standard_normal(runs + (N, CLASSES)), rng.integers(0, CLASSES, runs + (N,)),
            rng.dirichlet(np.ones(CLASSES), runs + (N,)))


def gradient_error(loss, runs=(), seed=0):
    """Largest deviation of the gradient from complex steps of the value, for classes and soft targets."""
    scores, classes, soft = case(runs, seed)
    steps = np.eye(N * CLASSES).reshape((-1,) + (1,) * len(runs) + (N, CLASSES))
    errors = []
    for y in (classes, soft):
        derivative = loss(scores + 1j * STEP * steps, y)[0].imag / STEP    # (N * CLASSES, *runs)
        errors.append(loss(scores, y)[1] - np.moveaxis(derivative, 0, -1).reshape(scores.shape))
    return np.abs(errors).max()


def value_error(loss, oracle):
    """Largest deviation of the value from scikit-learn's."""
    scores, classes, _ = case()
    return abs(loss(scores, classes)[0] - oracle(scores, classes))


def log_loss(scores, classes):
    return metrics.log_loss(classes, special.softmax(scores, axis=-1), labels=range(CLASSES))


def squared_error(scores, classes):
    return metrics.mean_squared_error(classes[:, None] == np.arange(CLASSES), scores)


def extreme_error(loss):
    """Largest deviation from what scores of +-1e4 must cost, once right and once wrong."""
    scores = np.array([[1e4, -1e4, 0.0], [1e4, -1e4, 0.0]])
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        value, gradient = loss(scores, np.array([0, 1]))
    return max(np.abs(value - 1e4), np.abs(gradient - [[0, 0, 0], [0.5, -0.5, 0]]).max(initial=0))


@each_loss
@one_and_K_runs
@pytest.mark.parametrize("seed", range(3))
def test_gradient_is_the_derivative_of_the_value(loss, runs, seed):
    assert gradient_error(loss, runs, seed) < 1e-15


@each_loss
def test_K_runs_are_single_runs_bit_for_bit(loss):
    scores, classes, soft = case((RUNS,))
    for y in (classes, soft):
        value, gradient = loss(scores, y)
        assert value.shape == (RUNS,) and gradient.shape == scores.shape
        shared, _ = loss(scores, y[0])
        for k in range(RUNS):
            value_k, gradient_k = loss(scores[k], y[k])
            assert value_k == value[k] and np.array_equal(gradient_k, gradient[k])
            assert shared[k] == loss(scores[k], y[0])[0]


@each_loss
def test_class_numbers_are_one_hot_rows(loss):
    scores, classes, _ = case()
    by_class, by_row = loss(scores, classes), loss(scores, (classes[:, None] == np.arange(CLASSES)) * 1.0)
    assert by_class[0] == by_row[0] and np.array_equal(by_class[1], by_row[1])


@each_loss
def test_nothing_is_changed_in_place(loss):
    scores, classes, soft = case()
    before = [a.copy() for a in (scores, classes, soft)]
    loss(scores, classes)
    loss(scores, soft)
    assert all(np.array_equal(a, b) for a, b in zip((scores, classes, soft), before))


@each_loss
def test_single_precision_stays_single(loss):
    scores, _, soft = case((RUNS,))
    value, gradient = loss(scores.astype(np.float32), soft.astype(np.float32))
    assert value.dtype == gradient.dtype == np.float32


@each_loss
def test_the_mean_does_not_depend_on_order_or_repetition(loss):
    scores, classes, _ = case()
    value, gradient = loss(scores, classes)
    twice, halved = loss(np.concatenate([scores, scores[::-1]]), np.concatenate([classes, classes[::-1]]))
    assert twice == pytest.approx(value, rel=1e-15)
    np.testing.assert_allclose(halved[:N] * 2, gradient, rtol=1e-15)


def test_softmax_cross_entropy_is_the_log_loss_of_scikit_learn():
    assert value_error(softmax_cross_entropy, log_loss) < 1e-15


def test_mean_squared_error_is_that_of_scikit_learn():
    assert value_error(mean_squared_error, squared_error) < 1e-15
    outputs, _, targets = case(seed=1)
    expected = metrics.mean_squared_error(targets, outputs)
    assert mean_squared_error(outputs, targets)[0] == pytest.approx(expected, rel=1e-15)


def test_soft_targets_weigh_the_losses_of_the_classes():
    scores, _, soft = case()
    for i in range(N):
        by_class = [log_loss(scores[i:i + 1], np.array([c])) for c in range(CLASSES)]
        value, _ = softmax_cross_entropy(scores[i:i + 1], soft[i:i + 1])
        assert value == pytest.approx(soft[i] @ by_class, rel=1e-14)


def test_cross_entropy_is_least_at_the_targets_where_it_is_their_entropy():
    _, _, soft = case()
    value, gradient = softmax_cross_entropy(np.log(soft) + 3.0, soft)
    assert value == pytest.approx(stats.entropy(soft, axis=-1).mean(), rel=1e-14)
    assert np.abs(gradient).max() < 1e-16
    for other in 0.1 * np.random.default_rng(1).standard_normal((20, N, CLASSES)):
        assert softmax_cross_entropy(np.log(soft) + other, soft)[0] > value


def test_equal_scores_cost_the_logarithm_of_the_number_of_classes():
    value, gradient = softmax_cross_entropy(np.zeros((1, 10)), np.array([3]))
    assert value == pytest.approx(np.log(10), rel=1e-15)
    np.testing.assert_allclose(gradient, [[0.1, 0.1, 0.1, -0.9] + [0.1] * 6], rtol=1e-15)


@pytest.mark.parametrize("shift", [1.0, -300.0, 1e4])
def test_softmax_does_not_see_a_shift_of_a_row(shift):
    scores, classes, _ = case()
    value, gradient = softmax_cross_entropy(scores, classes)
    by_row = shift * np.arange(N)[:, None]
    shifted_value, shifted_gradient = softmax_cross_entropy(scores + by_row, classes)
    rounding = np.spacing(np.abs(by_row).max() + 4)         # the sum rounds the scores, not the loss
    assert shifted_value == pytest.approx(value, abs=4 * rounding)
    np.testing.assert_allclose(shifted_gradient, gradient, rtol=0, atol=4 * rounding)
    assert np.abs(gradient.sum(axis=-1)).max() < 1e-16      # and so no gradient along one


def test_extreme_scores_neither_overflow_nor_lose_the_loss():
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        softmax_cross_entropy(np.array([[1e4, -1e4], [-1e4, -1e4]]), np.array([1, 0]))
    assert extreme_error(softmax_cross_entropy) == 0


def test_mean_squared_error_by_hand():
    outputs, targets = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, 0.0], [0.0, 0.0]])
    value, gradient = mean_squared_error(outputs, targets)
    assert value == (0 + 4 + 9 + 16) / 4
    assert np.array_equal(gradient, [[0.0, 1.0], [1.5, 2.0]])


def test_one_hot():
    assert np.array_equal(one_hot([2, 0], 3), [[0, 0, 1], [1, 0, 0]])
    assert np.array_equal(one_hot(np.array([[1], [0]], np.uint8), 2), [[[0, 1]], [[1, 0]]])
    rows = np.array([[0.25, 0.75]])
    assert one_hot(rows, 2) is rows


# Wrong versions, as they are written by mistake: y is one-hot rows, p the probabilities.

def mutant(value=lambda y, p: -(y * np.log(p)).sum(axis=(-2, -1)) / N, gradient=lambda y, p: (p - y) / N,
           softmax=lambda s: np.exp(s - s.real.max(axis=-1, keepdims=True))):
    """softmax_cross_entropy, made wrong in one place."""

    def loss(scores, y):
        y = one_hot(y, scores.shape[-1])
        p = softmax(scores)
        p = p / p.sum(axis=-1, keepdims=True)
        return value(y, p), gradient(y, p)

    return loss


def squares(value=lambda d: (d * d).mean(axis=(-2, -1)), gradient=lambda d: 2 * d / (N * CLASSES)):
    """mean_squared_error, made wrong in one place; d is outputs - y."""

    def loss(outputs, y):
        d = outputs - one_hot(y, outputs.shape[-1])
        return value(d), gradient(d)

    return loss


WRONG_GRADIENTS = {
    "cross entropy: 1/N forgotten": mutant(gradient=lambda y, p: p - y),
    "cross entropy: divided by the classes, too": mutant(gradient=lambda y, p: (p - y) / p.size),
    "cross entropy: p + y": mutant(gradient=lambda y, p: (p + y) / N),
    "cross entropy: y - p": mutant(gradient=lambda y, p: (y - p) / N),
    "cross entropy: only the right class": mutant(gradient=lambda y, p: y * (p - 1) / N),
    "cross entropy: -y / p, that of the probabilities": mutant(gradient=lambda y, p: -y / p / N),
    "cross entropy: times p (1 - p)": mutant(gradient=lambda y, p: (p - y) * p * (1 - p) / N),
    "cross entropy: sum for value": mutant(value=lambda y, p: -(y * np.log(p)).sum(axis=(-2, -1))),
    "cross entropy: sign of value": mutant(value=lambda y, p: (y * np.log(p)).sum(axis=(-2, -1)) / N),
    "cross entropy: scores centred over the examples":
        mutant(softmax=lambda s: np.exp(s - s.mean(axis=-2, keepdims=True))),
    "squares: 2 forgotten": squares(gradient=lambda d: d / (N * CLASSES)),
    "squares: mean over examples only, in the gradient": squares(gradient=lambda d: 2 * d / N),
    "squares: mean over examples only, in the value": squares(value=lambda d: (d * d).sum(axis=(-2, -1)) / N),
    "squares: sign": squares(gradient=lambda d: -2 * d / (N * CLASSES)),
    "squares: sum": squares(gradient=lambda d: 2 * d),
    "squares: root of the value": squares(value=lambda d: np.sqrt((d * d).mean(axis=(-2, -1)))),
}
WRONG_VALUES = {  # with their own right gradients: the oracle of the value tells
    "cross entropy: sum": (mutant(value=lambda y, p: -(y * np.log(p)).sum()), log_loss),
    "cross entropy: mean over classes, too": (mutant(value=lambda y, p: -(y * np.log(p)).mean()), log_loss),
    "cross entropy: base 2": (mutant(value=lambda y, p: -(y * np.log2(p)).sum() / N), log_loss),
    "cross entropy: every class a binary question":
        (mutant(value=lambda y, p: -(y * np.log(p) + (1 - y) * np.log(1 - p)).sum() / N), log_loss),
    "cross entropy: no softmax": (mutant(softmax=lambda s: s - s.min() + 1), log_loss),
    "squares: half": (squares(value=lambda d: (d * d).mean() / 2), squared_error),
    "squares: sum": (squares(value=lambda d: (d * d).sum()), squared_error),
    "squares: mean over examples only": (squares(value=lambda d: (d * d).sum() / N), squared_error),
    "squares: root": (squares(value=lambda d: np.sqrt((d * d).mean())), squared_error),
    "squares: absolute": (squares(value=lambda d: np.abs(d).mean()), squared_error),
}
WRONG_EXTREMES = {
    "no maximum subtracted": mutant(softmax=np.exp),
    "maximum of the whole batch": mutant(softmax=lambda s: np.exp(s - s.max())),
    "p cut off at 1e-12": mutant(value=lambda y, p: -(y * np.log(np.maximum(p, 1e-12))).sum() / len(p)),
    "log of p + 1e-8": mutant(value=lambda y, p: -(y * np.log(p + 1e-8)).sum() / len(p)),
    "log of p, 0 log 0": mutant(),
}


def test_the_mutants_are_right_but_for_their_mistake():
    for right, oracle in ((mutant(), log_loss), (squares(), squared_error)):
        assert gradient_error(right) < 1e-15 and gradient_error(right, (RUNS,)) < 1e-15
        assert value_error(right, oracle) < 1e-15


@pytest.mark.parametrize("name", WRONG_GRADIENTS)
@one_and_K_runs
def test_the_gradient_test_rejects(name, runs):
    assert not gradient_error(WRONG_GRADIENTS[name], runs) < 1e-3


@pytest.mark.parametrize("name", WRONG_VALUES)
def test_the_oracle_of_the_value_rejects(name):
    loss, oracle = WRONG_VALUES[name]
    assert not value_error(loss, oracle) < 1e-3


@pytest.mark.parametrize("name", WRONG_EXTREMES)
def test_the_test_of_extreme_scores_rejects(name):
    assert not extreme_error(WRONG_EXTREMES[name]) < 1e-3
