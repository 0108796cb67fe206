"""Curriculum: the easiest examples alone, each as often as the others, and as many updates as without."""

import numpy as np
import pytest

from course_lib import training
from course_lib.datasets import Dataset
from course_lib.layers import Dense
from course_lib.losses import softmax_cross_entropy
from course_lib.network import Network
from course_lib.optimizers import SGD
from course_lib.training import curriculum, train

N = 12
DIFFICULTY = np.array([3.0, 11, 7, 0, 9, 1, 5, 10, 2, 8, 4, 6])
EASIEST_FIRST = np.array([3, 5, 8, 0, 10, 6, 11, 2, 9, 4, 7, 1])


def numbered():
    """Examples that carry their number in their first column."""
    x = np.random.default_rng(0).standard_normal((N, 2))
    x[:, 0] = np.arange(N)
    y = np.arange(N) % 2
    return Dataset("numbered", x, y, x[:4], y[:4])


def pacing(progress):
    """From a quarter of the examples to all of them."""
    return 0.25 + 0.75 * progress


def test_shares_give_the_easiest_examples(m=training):
    for share, shown in [(1, 12), (0.5, 6), (0.25, 3), (1 / 12, 1), (0.01, 1), (0.4, 5), (0.1 * 3, 4)]:
        order = m.curriculum(numbered(), DIFFICULTY, lambda progress: share)
        examples = order(np.random.default_rng(0), 0.0)
        assert examples.shape == (N,)
        assert set(examples) == set(EASIEST_FIRST[:shown])
        for start in range(0, N - shown + 1, shown):        # whole passes
            assert set(examples[start:start + shown]) == set(EASIEST_FIRST[:shown])
        assert len(set(examples[N - N % shown:])) == N % shown


def test_orders_are_random_and_follow_from_rng(m=training):
    for share in (1, 0.5):
        order = m.curriculum(numbered(), DIFFICULTY, lambda progress: share)
        first, again, other = (order(np.random.default_rng(seed), 0.5) for seed in (0, 0, 1))
        assert np.array_equal(first, again) and not np.array_equal(first, other)
        assert not np.array_equal(first[:6], EASIEST_FIRST[:6])
    half = order(np.random.default_rng(0), 0.0)
    assert not np.array_equal(half[:6], half[6:])           # each pass in an order of its own


def test_pacing_is_asked_for_the_progress(m=training):
    asked = []
    order = m.curriculum(numbered(), DIFFICULTY, lambda progress: asked.append(progress) or pacing(progress))
    for progress, shown in [(0.0, 3), (0.25, 5), (0.5, 8), (0.75, 10)]:
        assert len(set(order(np.random.default_rng(0), progress))) == shown
    assert asked == [0.0, 0.25, 0.5, 0.75]


def test_difficulty_may_be_a_function_and_equals_keep_their_order(m=training):
    data = numbered()
    order = m.curriculum(data, lambda x, y: y, lambda progress: 0.5)
    assert set(order(np.random.default_rng(0), 0.0)) == {0, 2, 4, 6, 8, 10}
    order = m.curriculum(data, np.zeros(N, int), lambda progress: 0.25)
    assert set(order(np.random.default_rng(0), 0.0)) == {0, 1, 2}


def test_train_shows_them(m=training):
    """Over 4 epochs of 3 updates, with one generator and with one for each run."""
    for rng in (np.random.default_rng(1), [np.random.default_rng(k) for k in range(2)]):
        runs = 2 if isinstance(rng, list) else None
        network = Network([Dense(2, 2)], softmax_cross_entropy, np.random.default_rng(0), runs)
        watch = Watch()
        order = m.curriculum(numbered(), DIFFICULTY, pacing)
        seen = list(m.train(network, numbered(), watch, epochs=4, batch_size=4, rng=rng, order=order))
        assert [record.step for record in seen] == [0, 3, 6, 9, 12]
        epochs = np.concatenate(watch.examples, axis=-1).reshape((runs,) * bool(runs) + (4, N))
        for epoch, shown in enumerate([3, 5, 8, 10]):
            for examples in epochs[..., epoch, :].reshape(-1, N):
                assert set(examples) == set(EASIEST_FIRST[:shown])
        if runs:
            for k in range(runs):                           # each run as if it were trained alone
                alone = np.random.default_rng(k)
                assert np.array_equal(epochs[k], [order(alone, epoch / 4) for epoch in range(4)])


class Watch(SGD):
    """SGD that notes which examples it is shown."""

    def __init__(self):
        super().__init__(0.01)
        self.examples = []

    def step(self, theta, f):
        self.examples.append(f.x[..., 0].astype(int))
        super().step(theta, f)


def test_a_curriculum_that_shows_all_in_the_order_they_have_is_none():
    losses = []
    for order in (None, curriculum(numbered(), np.arange(N), lambda progress: 1)):
        losses.append([record.loss for record in trained(order, np.random.default_rng(1))])
    assert losses[0] == losses[1]


def given(difficulty=DIFFICULTY, pacing=lambda progress: 0.5, progress=0.25):
    return curriculum(numbered(), difficulty, pacing)(np.random.default_rng(0), progress)


def trained(order, rng=np.random.default_rng(0)):
    network = Network([Dense(2, 2)], softmax_cross_entropy, np.random.default_rng(0))
    return list(train(network, numbered(), SGD(0.1), epochs=1, batch_size=4, rng=rng, order=order))


@pytest.mark.parametrize("call, error, message", [
    (lambda: given(DIFFICULTY[:5]), ValueError,
     "difficulty must be 12 finite numbers, one per training example"),
    (lambda: given(DIFFICULTY[:, None]), ValueError, "difficulty must be 12 finite numbers"),
    (lambda: given(np.full(N, np.nan)), ValueError, "difficulty must be 12 finite numbers"),
    (lambda: given(["easy"] * N), ValueError, "difficulty must be 12 finite numbers"),
    (lambda: given(3), ValueError,
     "difficulty must be 12 finite numbers, one per training example, got array(3)"),
    (lambda: given(lambda x, y: y[:3]), ValueError, "difficulty must be 12 finite numbers"),
    (lambda: given(pacing=0.5), TypeError,
     "pacing must be a function progress -> share of the examples, got 0.5"),
    (lambda: given(pacing=lambda p: 0), ValueError,
     "pacing must give a share > 0 and <= 1, got 0 at progress 0.25"),
    (lambda: given(pacing=lambda p: 1.5), ValueError,
     "pacing must give a share > 0 and <= 1, got 1.5 at progress"),
    (lambda: given(pacing=lambda p: np.nan), ValueError, "pacing must give a share > 0 and <= 1, got nan"),
    (lambda: trained("easy"), TypeError,
     "order must be a function (rng, progress) -> numbers of examples, got 'easy'"),
    (lambda: trained(lambda rng, progress: np.arange(5)), ValueError,
     "order must give 12 numbers, one per example of the training set, got shape (5,)"),
])
def test_the_error_names_argument_rule_and_value(call, error, message):
    with pytest.raises(error) as raised:
        call()
    assert str(raised.value).startswith(message)
