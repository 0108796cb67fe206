"""Averages against their definitions, distillation against its theory."""

import itertools

import numpy as np
import pytest

from course_lib import averaging, datasets
from course_lib.averaging import AveragedSGD, PolyakAverage, distill, ensemble_predict, softmax
from course_lib.layers import Auxiliary, BatchNorm, Dense, Dropout, ReLU
from course_lib.losses import one_hot, softmax_cross_entropy
from course_lib.network import Network
from course_lib.optimizers import SGD, Momentum
from course_lib.problems import Quadratic
from course_lib.training import train

T, TINY = 17, 1e-30
DATA = datasets.load("spirals", np.random.default_rng(0), n=24)


def classifier(seed, runs=None, hidden=8, dropout=0.0, n_out=2):
    layers = [Dense(2, hidden), BatchNorm(hidden), ReLU(), Dense(hidden, n_out)]
    if dropout:
        layers[3:3] = [Auxiliary(Dense(hidden, n_out)), Dropout(dropout)]
    return Network(layers, softmax_cross_entropy, np.random.default_rng(seed), runs)


def generators(seeds):
    return [np.random.default_rng(seed) for seed in seeds] if isinstance(seeds, list) else \
        np.random.default_rng(seeds)


def iterates(shape=(5,), seed=0):
    return np.random.default_rng(seed).standard_normal((T,) + shape)


# -------------------------------------------------------------------------------------------- Polyak averages

def test_window_is_the_mean_of_the_last(m=averaging):
    for shape, last in itertools.product([(5,), (3, 5)], [None, 1, 4, T, 30]):
        average, thetas = m.PolyakAverage(last), iterates(shape)
        for t, theta in enumerate(thetas, 1):
            average.add(theta)
            naive = thetas[max(0, t - (last or t)):t].mean(axis=0)
            np.testing.assert_allclose(average.mean, naive, rtol=0, atol=1e-15 * t)


def test_tail_is_the_mean_of_the_last_of_all(m=averaging):
    for last in (1, 4, T):
        average, thetas = m.PolyakAverage(last, total=T), iterates()
        for t, theta in enumerate(thetas, 1):
            average.add(theta)
            if t > T - last:
                np.testing.assert_allclose(average.mean, thetas[T - last:t].mean(axis=0), rtol=0, atol=1e-14)
        np.testing.assert_allclose(average.mean, thetas[-last:].mean(axis=0), rtol=0, atol=1e-14)


def test_keeps_as_many_numbers_as_it_says(m=averaging):
    for average, numbers in [(m.PolyakAverage(), 5), (m.PolyakAverage(4), 20),
                             (m.PolyakAverage(4, total=T), 5)]:
        for theta in iterates():
            average.add(theta)
        assert sum(part.size for part in vars(average).values() if isinstance(part, np.ndarray)) == numbers


def test_copies_what_it_takes_and_gives(m=averaging):
    for average in (m.PolyakAverage(), m.PolyakAverage(3), m.PolyakAverage(3, total=4)):
        theta = np.ones(2)
        for k in range(4):
            theta[...] = k
            average.add(theta)
        expected = 1.5 if average.last is None else 2.0
        mean = average.mean
        theta[...], mean[...] = 99, 99
        assert (average.mean == expected).all()


def test_sums_of_single_precision_are_double(m=averaging):
    for average in (m.PolyakAverage(), m.PolyakAverage(200), m.PolyakAverage(200, total=200)):
        thetas = np.float32(1 + iterates((3,)) / 1e3).repeat(12, axis=0)[:200]
        for theta in thetas:
            average.add(theta)
        assert average.mean.dtype == float
        np.testing.assert_allclose(average.mean, thetas.astype(float).mean(axis=0), rtol=1e-15)


# ----------------------------------------------------------------------------------------------- averaged SGD

def test_average_is_the_mean_of_the_iterates_from_t0_on(m=averaging):
    for shape, t0 in itertools.product([(3,), (4, 3)], [1, 2, 5, 40]):
        optimizer, sgd = m.AveragedSGD(lambda k: 0.3 / (1 + k), t0), SGD(lambda k: 0.3 / (1 + k))
        theta, plain = np.ones(shape), np.ones(shape)
        noise, thetas = np.random.default_rng(0), []
        for t in range(1, 21):
            f = Quadratic(np.diag([1.0, 2, 3]), noise.standard_normal(3))
            optimizer.step(theta, f)
            sgd.step(plain, f)
            thetas.append(theta.copy())
            assert np.array_equal(theta, plain)                 # the iterates are those of SGD
            expected = np.mean(thetas[t0 - 1:], axis=0) if t >= t0 else theta
            np.testing.assert_allclose(optimizer.average, expected, rtol=0, atol=1e-14)
        optimizer.reset()
        optimizer.step(theta, f)
        assert np.array_equal(optimizer.average, theta)


def test_each_run_may_have_its_t0(m=averaging):
    t0 = np.array([[1], [3], [8]])
    together, theta = m.AveragedSGD(0.1, t0), np.ones((3, 2))
    alone = [(m.AveragedSGD(0.1, int(k)), np.ones(2)) for k in t0.ravel()]
    for _ in range(10):
        together.step(theta, Quadratic(np.eye(2)))
        for k, (optimizer, single) in enumerate(alone):
            optimizer.step(single, Quadratic(np.eye(2)))
            assert np.array_equal(together.average[k], optimizer.average)


def test_the_average_forgets_the_noise_that_sgd_keeps():
    """1-d, f = x^2 / 2 + noise x: SGD keeps a variance lr / (2 - lr), the mean of t iterates about 1 / t."""
    rng, K, steps, lr = np.random.default_rng(0), 4000, 400, 0.5

    class Noisy:
        def gradient(self, theta):
            return theta + rng.standard_normal(theta.shape)

    optimizer, theta = AveragedSGD(lr, t0=50), np.zeros((K, 1))
    for _ in range(steps + 49):
        optimizer.step(theta, Noisy())
    assert theta.var() == pytest.approx(lr / (2 - lr), rel=6 * np.sqrt(2 / K))
    assert optimizer.average.var() == pytest.approx(1 / steps, rel=6 * np.sqrt(2 / K))


# -------------------------------------------------------------------------------------------------- ensembles

def test_probabilities_are_averaged_over_all_runs_of_all_networks(m=averaging):
    x = np.random.default_rng(0).standard_normal((6, 2))
    one, three, other = classifier(1), classifier(2, runs=3), classifier(3, hidden=9)
    for temperature in (1.0, 3.0):
        scores = np.stack([one.predict(x), *three.predict(x), other.predict(x)])
        e = np.exp(scores / temperature)
        expected = (e / e.sum(axis=-1, keepdims=True)).mean(axis=0)
        p = m.ensemble_predict([one, three, other], x, temperature)
        np.testing.assert_allclose(p, expected, rtol=1e-14)
        np.testing.assert_allclose(p.sum(axis=-1), 1, rtol=1e-15)
    assert np.array_equal(m.ensemble_predict(three, x), m.ensemble_predict([three], x))
    np.testing.assert_allclose(m.ensemble_predict(one, x), m.softmax(one.predict(x)), rtol=1e-15)


def test_softmax_of_temperature(m=averaging):
    z = np.array([[1.0, 2, 4], [0, 0, 0]])
    e = np.exp([0.5, 1, 2])
    np.testing.assert_allclose(m.softmax(z, 2.0)[0], e / e.sum(), rtol=1e-15)
    np.testing.assert_allclose(m.softmax(z), m.softmax(z + 7), rtol=1e-14)
    np.testing.assert_allclose(m.softmax(z, 1e9), 1 / 3, rtol=1e-8)
    np.testing.assert_allclose(m.softmax(z, 1e-3)[0], [0, 0, 1], atol=1e-15)
    np.testing.assert_allclose(m.softmax(np.array([1e5, 0.0, -1e5])), [1, 0, 0])    # without overflow


# ----------------------------------------------------------------------------------------------- distillation

def rows(shape, seed=0):
    p = np.random.default_rng(seed).random(shape)
    return p / p.sum(axis=-1, keepdims=True)


def test_gradient_is_that_of_the_value(m=averaging):
    """By complex step along random directions, batched and not."""
    rng = np.random.default_rng(0)
    settings = itertools.product([(4, 3), (2, 4, 3)], [1.0, 0.5, 4.0], [0.0, 0.3, 1.0])
    for shape, temperature, weight in settings:
        z, v = rng.standard_normal(shape), rng.standard_normal(shape)
        hard, soft = rows(shape, 1), rows(shape, 2)
        _, g = m.distillation_loss(z, hard, soft, temperature, weight)
        along = m.distillation_loss(z + 1j * TINY * v, hard, soft, temperature, weight)[0].imag / TINY
        np.testing.assert_allclose((g * v).sum(axis=(-2, -1)), along, rtol=1e-12, atol=1e-14)


def test_value_is_hintons(m=averaging):
    z, hard, soft = np.random.default_rng(0).standard_normal((5, 3)), np.eye(3)[[0, 2, 1, 1, 0]], rows((5, 3))
    for temperature, weight in [(1.0, 0.5), (3.0, 0.9), (0.5, 0.2)]:
        cross_entropies = [-(p * np.log(q)).sum() / 5 for p, q in
                           ((hard, softmax(z)), (soft, softmax(z, temperature)))]
        expected = (1 - weight) * cross_entropies[0] + weight * temperature**2 * cross_entropies[1]
        value, _ = m.distillation_loss(z, hard, soft, temperature, weight)
        assert value == pytest.approx(expected, rel=1e-14)


def test_a_sure_teacher_at_temperature_one_is_the_labels(m=averaging):
    z, y = np.random.default_rng(0).standard_normal((5, 3)), np.eye(3)[[0, 2, 1, 1, 0]]
    value, g = softmax_cross_entropy(z, y)
    for weight in (0.0, 0.4, 1.0):
        distilled, gradient = m.distillation_loss(z, y, y, 1.0, weight)
        assert distilled == pytest.approx(value, rel=1e-15)
        np.testing.assert_allclose(gradient, g, rtol=1e-13)


def test_hot_soft_targets_match_the_logits(m=averaging):
    """Hinton et al. 2015, eq. 4: as T grows, the gradient becomes (z - v) / n_out, both centred."""
    z, v = (np.random.default_rng(seed).standard_normal((4, 3)) for seed in range(2))
    z, v = z - z.mean(axis=-1, keepdims=True), v - v.mean(axis=-1, keepdims=True)
    _, g = m.distillation_loss(z, np.eye(3)[[0, 1, 2, 0]], softmax(v, 1e5), 1e5, 1.0)
    np.testing.assert_allclose(g, (z - v) / 3 / 4, atol=1e-5)


def test_distilling_with_no_weight_is_training(m=averaging):
    """Bit for bit, with BatchNorm, Dropout and an auxiliary head; with runs, one generator or a list."""
    for runs, seeds in [(None, 1), (3, 1), (3, [1, 2, 3])]:
        options = {"epochs": 2, "batch_size": 16}
        trained, distilled = (classifier(5, runs, dropout=0.2) for _ in range(2))
        records = list(train(trained, DATA, Momentum(0.1), rng=generators(seeds), **options))
        others = list(m.distill(distilled, classifier(6), DATA, Momentum(0.1), temperature=2.0, weight=0.0,
                                rng=generators(seeds), **options))
        assert np.array_equal(trained.theta, distilled.theta)
        assert np.array_equal(trained.running, distilled.running)
        assert trained.minibatches == distilled.minibatches == 6
        for record, other in zip(records, others, strict=True):
            assert np.array_equal(record.test_loss, other.test_loss)
            assert np.array_equal(record.batch_losses, other.batch_losses)


def test_each_example_goes_with_its_soft_target(m=averaging):
    """Full batches: the first step is that of the loss on the softened predictions of the teachers."""
    teachers = [classifier(6), classifier(7, runs=2)]
    student = classifier(5)
    theta = student.theta.copy()
    soft = ensemble_predict(teachers, DATA.x, 2.5)
    outputs, tape = student.forward(theta, DATA.x, train=True)
    value, dz = m.distillation_loss(outputs, one_hot(DATA.y, 2), soft, 2.5, 0.7)
    parts = student.views(theta)
    hidden = tape[-1][2]
    run = m.distill(student, teachers, DATA, SGD(0.1), temperature=2.5, weight=0.7, epochs=1,
                    batch_size=len(DATA.x), rng=np.random.default_rng(0))
    *_, record = run
    assert record.batch_losses == pytest.approx([value], rel=1e-12)
    after = student.views(student.theta)[-1]["W"]
    np.testing.assert_allclose(after, parts[-1]["W"] - 0.1 * hidden.T @ dz, rtol=0, atol=1e-13)
    assert record.loss == student.loss(DATA.x, DATA.y)          # a Record measures the student's own loss


def test_runs_distil_as_if_alone(m=averaging):
    together, rng = classifier(5, runs=3), generators([1, 2, 3])
    options = {"temperature": 3.0, "epochs": 2, "batch_size": 16}
    records = list(m.distill(together, classifier(6, runs=2), DATA, SGD(0.05), rng=rng, **options))
    for k, child in enumerate(np.random.default_rng(5).spawn(3)):
        alone = Network(together.layers, softmax_cross_entropy, child)
        single = list(m.distill(alone, classifier(6, runs=2), DATA, SGD(0.05), rng=generators(k + 1),
                                **options))
        np.testing.assert_allclose(together.theta[k], alone.theta, rtol=0, atol=1e-12)
        np.testing.assert_allclose(records[-1].batch_losses[:, k], single[-1].batch_losses, rtol=1e-12)


# A student learns

def test_a_small_student_learns_from_its_teachers_alone():
    """Without a label: it comes to predict what they predict."""
    data = datasets.load("digits")
    sizes = {"teachers": 64, "student": 16}
    networks = {name: Network([Dense(64, n), ReLU(), Dense(n, 10)], softmax_cross_entropy,
                              np.random.default_rng(0), 3 if name == "teachers" else None)
                for name, n in sizes.items()}
    teachers, student = networks["teachers"], networks["student"]
    for _ in train(teachers, data, Momentum(0.02), epochs=4, batch_size=32, rng=np.random.default_rng(1)):
        pass
    blind = datasets.Dataset("digits", data.x, np.zeros_like(data.y), data.x_test, data.y_test)
    *_, last = distill(student, teachers, blind, Momentum(0.01), temperature=3.0, weight=1.0, epochs=8,
                       batch_size=32, rng=np.random.default_rng(2))
    assert last.test_accuracy > 0.9
    agree = student.predict(data.x_test).argmax(-1) == ensemble_predict(teachers, data.x_test).argmax(-1)
    assert agree.mean() > 0.92


def test_single_precision_stays_single():
    student = Network([Dense(2, 2)], softmax_cross_entropy, generators(0), dtype=np.float32)
    *_, last = distill(student, classifier(1), DATA, AveragedSGD(0.1), temperature=2.0, epochs=1,
                       batch_size=16, rng=generators(1))
    assert student.theta.dtype == last.batch_losses.dtype == np.float32
    optimizer, theta = AveragedSGD(0.1), np.ones(3, np.float32)
    optimizer.step(theta, Quadratic(np.eye(3)))
    assert optimizer.average.dtype == np.float32


# -------------------------------------------------------------------------------------------------- bad input

def added(average, *thetas):
    for theta in thetas:
        average.add(theta)
    return average


def start(student=None, teachers=None, data=DATA, optimizer=SGD(0.1), temperature=2.0, weight=0.5, epochs=1,
          batch_size=8):
    """Only the call: nothing is iterated."""
    return distill(student or classifier(0), classifier(1) if teachers is None else teachers, data, optimizer,
                   temperature=temperature, weight=weight, epochs=epochs, batch_size=batch_size,
                   rng=generators(0))


def diverged():
    network = classifier(1, runs=2)
    network.theta[1] = np.nan
    return network


@pytest.mark.parametrize("call, error, message", [
    (lambda: PolyakAverage(0), ValueError, "last must be a whole number >= 1, or None, got 0"),
    (lambda: PolyakAverage(2.5), ValueError, "last must be a whole number >= 1, or None, got 2.5"),
    (lambda: PolyakAverage(True), ValueError, "last must be a whole number >= 1, or None, got True"),
    (lambda: PolyakAverage(5, total=0), ValueError, "total must be a whole number >= 1, or None, got 0"),
    (lambda: PolyakAverage(5, total=4), ValueError, "last must be given and <= total 4, got 5"),
    (lambda: PolyakAverage(total=4), ValueError, "last must be given and <= total 4, got None"),
    (lambda: PolyakAverage().mean, ValueError,
     "mean must be of one iterate at least, number 1 or a later one, got 0 iterates"),
    (lambda: added(PolyakAverage(2, total=4), 1.0, 2.0).mean, ValueError,
     "mean must be of one iterate at least, number 3 or a later one, got 2 iterates"),
    (lambda: added(PolyakAverage(1, total=1), 1.0, 2.0), ValueError,
     "total must be the number of all iterates, got 1 and one more"),
    (lambda: added(PolyakAverage(3), np.ones(2), np.ones(3)), ValueError,
     "theta must keep its shape (2,), got (3,)"),
    (lambda: added(PolyakAverage(1, total=3), np.ones(2), np.ones((1, 2))), ValueError,
     "theta must keep its shape (2,), got (1, 2)"),
    (lambda: AveragedSGD(0), ValueError, "lr must be > 0, got 0"),
    (lambda: AveragedSGD(0.1, t0=0), ValueError, "t0 must be a whole number >= 1, got 0"),
    (lambda: AveragedSGD(0.1, t0=1.5), ValueError, "t0 must be a whole number >= 1, got 1.5"),
    (lambda: AveragedSGD(0.1, t0="3"), TypeError, "t0 must be a number"),
    (lambda: softmax(np.zeros(2), 0), ValueError, "temperature must be > 0 and finite, got 0"),
    (lambda: softmax(np.zeros(2), np.inf), ValueError, "temperature must be > 0 and finite, got inf"),
    (lambda: softmax(np.zeros(2), "hot"), ValueError, "temperature must be > 0 and finite, got 'hot'"),
    (lambda: ensemble_predict([], DATA.x), ValueError,
     "networks must be at least one, with as many outputs each"),
    (lambda: ensemble_predict([classifier(0), classifier(1, n_out=3)], DATA.x), ValueError,
     "networks must be at least one, with as many outputs each, got [2, 3]"),
    (lambda: ensemble_predict([classifier(0), 3], DATA.x), TypeError,
     "networks must be a network or a list of"),
    (lambda: ensemble_predict([classifier(0), diverged()], DATA.x), ValueError,
     "networks must give finite outputs, got nan from number 1"),
    (lambda: ensemble_predict(classifier(0), DATA.x[:, :1]), ValueError,
     "x must have shape (N, 2), got (48, 1)"),
    (lambda: start(temperature=-1.0), ValueError, "temperature must be > 0 and finite, got -1.0"),
    (lambda: start(weight=1.1), ValueError, "weight must be >= 0 and <= 1, got 1.1"),
    (lambda: start(weight=np.nan), ValueError, "weight must be >= 0 and <= 1, got nan"),
    (lambda: start(teachers=classifier(1, n_out=3)), ValueError,
     "teachers must give a prediction for each of the student's targets, of shape (48, 2), got (48, 3)"),
    (lambda: start(teachers=[]), ValueError, "networks must be at least one"),
    (lambda: start(optimizer=SGD), TypeError, "optimizer must be an optimizer such as SGD(0.1)"),
    (lambda: start(epochs=0), ValueError, "epochs must be a whole number >= 1, got 0"),
    (lambda: start(batch_size=49), ValueError,
     "batch_size must be <= 48, the size of the training set, got 49"),
])
def test_the_error_names_argument_rule_and_value(call, error, message):
    with pytest.raises(error) as raised:
        call()
    assert type(raised.value) is error and str(raised.value).startswith(message)
