"""Lecture 3's figures: what the text says of them."""

import numpy as np
import pytest

from course_lib import datasets
from course_lib.explorers import initialization
from course_lib.live import last

GLOROT, HE = "Glorot (Xavier)", "He"


def signal(activation="ReLU", scheme=GLOROT, gain=1.0, depth=20, width=96, seed=0):
    return last(initialization.signal_compute(activation, scheme, gain, depth, width, seed))


def symmetry(jitter="1e-6", activation="tanh"):
    data = datasets.load("rings", np.random.default_rng(0), n=40)
    return last(initialization.symmetry_compute(data, jitter, activation, 0.1, initialization.UPDATES))


# Symmetry

def test_units_that_differ_by_a_millionth_part_late_and_then_the_loss_falls():
    data = symmetry()
    assert data.distance[100] < 1e-3 and data.distance[-1] > 1
    assert data.loss[300] > 0.9 * data.loss[100] and data.loss[-1] < 0.2 * data.loss[300]
    assert data.random_loss[300] < 0.1 * data.loss[300]


def test_equal_units_stay_exactly_equal():
    data = symmetry(jitter="0")
    assert (data.distance == 0).all() and data.loss[-1] > 0.5


def test_the_distance_of_relu_units_jumps_but_their_loss_does_not_fall():
    data = symmetry(activation="ReLU")
    assert 100 < np.max(data.distance[1:] / data.distance[:-1]) < 2000
    assert data.distance.max() < 0.01 and data.loss[-1] > 0.5


def test_a_jitter_of_a_hundredth_does_nearly_as_well_as_a_random_start():
    data = symmetry(jitter="0.01")
    assert data.loss[-1] < 1.5 * data.random_loss[-1] < 0.5 * symmetry().loss[-1]


# Signal propagation

def test_a_millionth_is_left_and_the_gradients_of_the_weights_do_not_vanish_where_those_of_h_do():
    (h, of_h, of_weights), others = (data := signal()).own, data.others
    assert 5e-7 < h[-1] < 2e-6 and 5e-7 < of_h[0] < 2e-6
    assert of_weights.max() < 4 * of_weights.min()
    assert 0.45 < data.zeros < 0.55
    np.testing.assert_allclose(np.log2(np.median(others[0], axis=0)), -np.arange(21.0), atol=1)


def test_what_is_drawn_of_a_network_does_not_depend_on_the_others():
    one, other = signal(seed=1), signal(seed=2)
    assert one.own[0][-1] != other.own[0][-1]
    assert all((a == b).all() for a, b in zip(one.others, other.others))


def test_a_deep_and_narrow_network_typically_vanishes_and_the_mean_does_not():
    found = signal(scheme=HE, depth=50, width=16).others[0][:, -1]
    assert np.median(found) < 1e-3 and 0.2 < found.mean() < 5
    assert abs(np.log(np.median(found)) + 5 * 50 / (2 * 16)) < 1.5        # the median is near exp(-5 d / 2 n)


def test_tanh_saturates_and_its_gradients_explode():
    h, of_h, of_weights = signal("tanh", "LeCun", gain=3.0).own
    assert h.max() <= 1.1 and of_h[0] > 1e5 and of_weights[0] > 1e4 * of_weights[-1]


@pytest.mark.parametrize("scheme", initialization.SCHEMES)
def test_the_gradients_of_sigmoid_fall_tenfold_per_layer(scheme):
    h, of_h, of_weights = signal("sigmoid", scheme).own
    assert of_h[0] < 1.1 * 0.1**20 and of_weights[0] < 1e-15 * of_weights[-1]
    assert 0.2 < h[-1] < 0.4


def test_orthogonal_weights_keep_the_mean_square_exactly():
    h, of_h, _ = signal("linear", "orthogonal", depth=50).own
    np.testing.assert_allclose(h, h[0])
    np.testing.assert_allclose(of_h, of_h[-1])


def test_weights_of_a_hundredth_in_three_layers_and_in_twenty():
    three, twenty = (signal(scheme="N(0, 0.01²)", depth=depth).own[0][-1] for depth in (3, 20))
    assert 5e-8 < three < 2e-7 and 1e-48 < twenty < 1e-46


def test_a_histogram_counts_the_values_that_are_not_zero():
    squares = np.array([[1e-3, 1e-3, 1e3, 0.9e-6, 0.0], [0.0, 0.0, 0.0, 0.0, 0.0]])
    picture = initialization._histograms(squares, (-6, 6))
    assert picture.shape == (initialization.CELLS, 2) and np.isnan(picture[:, 1]).all()
    assert np.nansum(picture[:, 0]) == pytest.approx(3 / 4)             # one lies below
    assert np.flatnonzero(picture[:, 0] > 0).tolist() == [15, 45]        # a quarter and three quarters up


# Scale

def test_twice_the_weights_learn_the_training_set_and_not_more():
    sweep = {gain: last(initialization.scale_compute(gain, 0.05, 3)) for gain in (1.0, 2.0, 5.0, 10.0)}
    train, test = ({gain: data.loss[name][-1, -1] for gain, data in sweep.items()}
                   for name in ("training", "test"))
    assert train[2.0] < 1.3 * train[1.0] and test[2.0] > 2 * test[1.0]
    assert train[5.0] > 2
    assert sweep[10.0].loss["training"][0, -1] > 1e4


def test_three_times_the_weights_of_one_hidden_layer():
    one, three = (last(initialization.scale_compute(gain, 0.05, 1)) for gain in (1.0, 3.0))
    assert 0.7 < three.loss["training"][-1, -1] / one.loss["training"][-1, -1] < 1
    assert three.loss["test"][-1, -1] > 2 * one.loss["test"][-1, -1]


def test_a_higher_rate_moves_the_valley_to_the_left():
    slow, fast = (last(initialization.scale_compute(1.0, lr, 3)).loss["training"][-1, :-1]
                  for lr in (0.05, 0.3))
    assert slow.argmin() > fast.argmin()
    assert np.flatnonzero(fast < 1)[-1] < np.flatnonzero(slow < 1)[-1]


# Gram-Schmidt, products of layers

def test_the_last_of_twelve_vectors_has_little_that_is_new():
    data = initialization.vectors_compute(12, 12, 0)
    assert data.rest < 0.2 and data.now < 1e-12 and data.start > 0.2
    assert initialization.vectors_compute(256, 1, 0).start < 0.07


def test_every_vector_that_is_done_is_orthogonal_to_those_before():
    table = initialization.vectors_compute(12, 8, 0).table
    np.testing.assert_allclose(table[:8, :8], np.eye(8), atol=1e-12)
    assert table[8:, :8].max() > 0.3


def test_products_of_gaussian_matrices_flatten_and_those_of_orthogonal_ones_do_not():
    data = initialization.products_compute(20, "linear", 1.0, 0)
    gaussian, orthogonal = data.values["Gaussian"], data.values["orthogonal"]
    np.testing.assert_allclose(orthogonal, 1)
    assert data.kept["Gaussian"][19] == 9 and data.kept["Gaussian"][0] > 50
    assert 0.5e-3 < np.median(gaussian) < 2e-3


def test_singular_values_shrink_by_the_root_of_the_room_that_is_left():
    data = initialization.products_compute(10, "linear", 1.0, 0)
    k = np.arange(8, 33)
    np.testing.assert_allclose(np.log(data.values["Gaussian"][k - 1]), 5 * np.log((65 - k) / 64), atol=1)


def test_relu_cuts_off_half_of_the_directions_of_either():
    kept = initialization.products_compute(20, "ReLU", 1.0, 0).kept
    assert all(25 < each[0] < 40 for each in kept.values())
    assert kept["Gaussian"][19] < kept["orthogonal"][19] < kept["Gaussian"][19] + 6


# Chaos

def test_two_runs_look_alike_for_thirty_steps_and_with_a_nearer_start_for_a_hundred_and_twenty():
    near, nearer = (initialization.chaos_compute(2.5, "Gaussian", 128, start) for start in (1e-3, 1e-12))
    assert 25 < near.parted < 35 and nearer.parted < initialization.TIME
    assert nearer.parted - near.parted == pytest.approx(9 * np.log(10) / near.rate, rel=0.1)


def test_below_the_border_two_starts_meet_and_above_it_narrow_networks_stay_in_order():
    assert initialization.chaos_compute(0.8, "Gaussian", 128, 1e-3).distance[-1] < 1e-12
    for width, gain, low, high in ((128, 1.2, -0.03, 0.03), (512, 1.2, -0.03, 0.03), (128, 2.0, 0.1, 1),
                                   (512, 2.0, 0.1, 1), (32, 2.0, -1, 0)):
        assert low < initialization.chaos_compute(gain, "Gaussian", width, 1e-3).rate < high


# What remains

def remains(scheme, lr=0.1):
    data = last(initialization.remains_compute(scheme, lr, 0))
    return data.squares[:, -1] / data.squares[:, 0], data.cosine, data.loss


def test_sizes_change_and_angles_stay():
    ratio, cosine, loss = remains("orthogonal, gain √2")
    assert 5.3 < ratio[-1] < 6.5 and cosine[-1] < 0.03 < 0.1 and loss[-1] < 0.3
    assert cosine[1] < 0.01
    assert remains("orthogonal, gain √2", 0.5)[1][-1] > 2 * cosine[-1]


def test_training_repairs_the_scale_of_glorot_and_leaves_random_vectors_random():
    ratio, *_ = remains(GLOROT)
    assert ratio[0] < 0.25 and 3 < ratio[-1] < 5
    assert np.ptp(remains(HE)[1]) < 0.01


def test_nearly_equal_units_remain_equal_and_learn_nothing():
    _, cosine, loss = remains("equal units + 0.001")
    assert cosine[-1] > 0.99 and loss[-1] > 2.2


def test_functions_of_a_student_who_has_not_begun():
    def stub(*arguments):
        raise NotImplementedError()

    figure = initialization.yours(stub, stub, stub)
    assert figure.error is None and "Not attempted" in figure.summary
    figure.close()
    with pytest.raises(TypeError, match="predict must be your function, got None"):
        initialization.yours(stub, None, stub)
