"""The flat vector and its named pieces are one and the same memory."""

import numpy as np
import pytest

from course_lib.params import Params

SHAPES = {"W": (2, 3), "b": (3,), "scale": (), "V": (3, 1, 2)}
SIZE = 6 + 3 + 1 + 6


@pytest.mark.parametrize("lead", [(), (5,), (4, 5)])
def test_views_have_the_shapes_and_keep_the_leading_axes(lead):
    views = Params(SHAPES).views(np.zeros(lead + (SIZE,)))
    assert list(views) == list(SHAPES)
    assert {name: view.shape for name, view in views.items()} == {n: lead + s for n, s in SHAPES.items()}


def test_pieces_lie_in_order_and_cover_the_vector_once():
    views = Params(SHAPES).views(np.arange(float(SIZE)))
    assert np.array_equal(np.concatenate([view.ravel() for view in views.values()]), np.arange(float(SIZE)))


@pytest.mark.parametrize("theta", [
    pytest.param(np.zeros(SIZE), id="one run"),
    pytest.param(np.zeros((4, SIZE)), id="runs"),
    pytest.param(np.zeros((SIZE, 4)).T, id="runs, transposed memory"),
    pytest.param(np.zeros((4, 2 * SIZE))[:, ::2], id="every second entry"),
    pytest.param(np.zeros(SIZE)[::-1], id="backwards"),
    pytest.param(np.broadcast_to(np.zeros(SIZE), (4, SIZE)), id="broadcast"),
])
def test_pieces_are_never_copies(theta):
    for view in Params(SHAPES).views(theta).values():
        assert np.shares_memory(view, theta)


def test_a_change_of_either_is_a_change_of_both():
    theta = np.zeros((2, SIZE))
    views = Params(SHAPES).views(theta)
    views["b"][1, 2] = 7.0
    assert theta[1, 6 + 2] == 7.0 and np.count_nonzero(theta) == 1
    theta[0, :6] = np.arange(6)
    assert np.array_equal(views["W"][0], [[0, 1, 2], [3, 4, 5]])


def test_views_keep_the_number_type():
    for dtype in (np.float32, complex):
        assert Params(SHAPES).views(np.zeros(SIZE, dtype))["W"].dtype == dtype


def test_no_parameters_at_all():
    assert Params({}).size == 0
    assert Params({}).views(np.zeros((3, 0))) == {}


@pytest.mark.parametrize("shape", [(SIZE - 1,), (SIZE + 1,), (SIZE, 2), (), (0,)])
def test_another_length_is_refused(shape):
    with pytest.raises(ValueError, match=f"theta must have a last axis of {SIZE} parameters"):
        Params(SHAPES).views(np.zeros(shape))
