"""The best of a grid, its good settings, several experiments a seed, where a curve falls to a level."""

import numpy as np
import pytest

from course_lib.claims.runs import Level, Sweep, per_seed, repeated, usable

GRID = 2.0 ** np.arange(5)                                  # 1 to 16
LOSS = np.array([[5, 3, 1, 2, 9], [5, 1, 2, np.nan, np.inf], [5, 4, 3, 2, 9]])


def test_best_and_where_it_is_for_each_seed():
    sweep = Sweep(GRID, LOSS)
    np.testing.assert_array_equal(sweep.best, [1, 1, 2])
    np.testing.assert_array_equal(sweep.at, [4, 2, 8])
    np.testing.assert_array_equal(sweep.values, np.where(np.isnan(LOSS), np.inf, LOSS))
    np.testing.assert_array_equal(sweep.pick(np.tile(GRID, (3, 1)) + 0.5), [4.5, 2.5, 8.5])


def test_a_function_is_asked_at_each_setting():
    same = Sweep(GRID, lambda setting: LOSS[:, int(np.log2(setting))])
    np.testing.assert_array_equal(same.values, Sweep(GRID, LOSS).values)


@pytest.mark.parametrize("row", [[1, 2, 3, 4, 5], [5, 4, 3, 2, 1], [np.inf] * 5, [np.nan] * 5,
                                 [1, 1, 2, 3, 4]])
def test_a_best_at_the_end_of_the_grid_is_refused(row):
    with pytest.raises(ValueError, match="reach beyond the best one, got 1?[16] at an end of 1 to 16"):
        Sweep(GRID, np.array([LOSS[0], row]))


@pytest.mark.parametrize("grid", [[1, 2.1, 4, 8, 16], [1, 2, 2, 4, 8], [8, 4, 2, 1, 0.5], [0, 1, 2, 4, 8],
                                  [-2, -1, 1, 2, 4], [1, 2, 4, 8, 17]])
def test_a_coarse_or_disordered_grid_is_refused(grid):
    with pytest.raises(ValueError, match="settings must be > 0 and increase by factors of at most 2, got"):
        Sweep(grid, LOSS)


def test_usable_is_a_share_of_what_the_best_takes_off():
    loss = np.array([[2.0, 1.0, 0.28, 0.1, 0.3, np.inf, np.nan], [2.0, 1.9, 1.8, 1.81, 2.5, 3.0, 2.0]])
    good = usable(loss, np.array([[2.0], [2.0]]))              # up to 0.29, and up to 1.82
    assert good.tolist() == [[False, False, True, True, False, False, False]] * 2


def test_several_experiments_a_seed_have_seeds_of_their_own():
    assert repeated((0, 5), 3) == (0, 1, 2, 15, 16, 17)
    np.testing.assert_allclose(per_seed(np.array([1.0, 4.0, 3.0, 27.0]), (0, 5)), [2, 9])


CURVES = np.array([[4.0, 4, 4], [4, 3, 2], [2, 1, 3], [1, 4, 1]])       # (records, curves)


def test_a_level_is_read_off_between_two_records():
    level = Level(CURVES, 2.0)
    share = np.array([1, np.log(3 / 2) / np.log(3), 1])
    np.testing.assert_allclose(level.at, [1, 1, 0] + share)
    np.testing.assert_allclose(level.read(np.log(CURVES)), np.log(2))
    np.testing.assert_allclose(level.read(np.arange(4.0)[:, None] * [1, 10, 100]), [2, 10 * level.at[1], 100])
    more = np.stack([CURVES, -CURVES], axis=-1)
    for part, sign in enumerate((1, -1)):
        np.testing.assert_array_equal([ends[:, part] for ends in level.beside(more)],
                                      sign * np.array([[4, 3, 4], [2, 1, 2]]))


@pytest.mark.parametrize("level", [0.9, 4.0, 9.0])
def test_a_curve_that_does_not_fall_to_the_level_is_refused(level):
    with pytest.raises(ValueError, match=f"loss must begin above {level} and fall to it, got 4 at first"):
        Level(CURVES, level)
