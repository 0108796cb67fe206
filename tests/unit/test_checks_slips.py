"""Slips are found without being written down, are told last, and are told only where they are sure."""

import inspect

import numpy as np
import pytest

from course_lib import checks
from course_lib.checks import feedback
from course_lib.checks.engine import Task, verdict
from course_lib.checks.slips import slips

HINTS = ("one", "two")


def quotient(x, w, a, b):
    root = np.sqrt(x) + b
    return a * root / (1 + b * w)


def moved(x, w, a, b):
    w[:] = a * w + (1 - a) * x * x
    x -= b * w


def rows(table, last):
    ends = table[:, 1:last].mean(axis=1)
    ends[(table > 4).any(axis=1)] = 0.5
    return ends


def counted(path, low):
    found = 0
    for i in range(1, len(path)):
        if path[i] > low and path[i - 1] <= low:
            found += i
    return found


def halved(x, n):
    while n > 0:
        x, n = x / 2 + n, n - 1
    return x


def vectors(rng):
    return [{"x": rng.integers(11, 59, 3) / 10, "w": rng.integers(11, 59, 3) / 10, "a": a, "b": b}
            for a, b in ((0.3, 0.27), (0.7, 0.18), (0.6, 0.34))]


def tables(rng):
    return [{"table": rng.integers(11, 49, (6, 5)) / 10, "last": last} for last in (4, 5, 4)]


def paths(rng):
    return [{"path": rng.integers(1, 9, 12), "low": low} for low in (3, 4, 5, 6)]


QUOTIENT = Task("toy.quotient", "quotient", quotient, vectors, HINTS, (
    ("no one", lambda x, w, a, b: a * (np.sqrt(x) + b) / (b * w), "Where is the 1?"),), returns=("y",))
MOVED = Task("toy.moved", "moved", moved, vectors, HINTS, (), in_place=("x", "w"))
ROWS = Task("toy.rows", "rows", rows, tables, HINTS, (), returns=("ends",))
COUNTED = Task("toy.counted", "counted", counted, paths, HINTS, (), returns=("count",))


def stale(x, w, a, b):
    x -= b * w
    w[:] = a * w + (1 - a) * x * x


def whole_new_part(x, w, a, b):
    w *= a
    w += x**2
    x -= b * w


def half_of_it(x, w, a, b):
    x -= b * (a * w + (1 - a) * x * x)


@pytest.mark.parametrize("task, function, name, words", [
    (QUOTIENT, lambda x, w, a, b: a * (np.sqrt(x) + b) / 1 + b * w, "brackets", "Check your brackets"),
    (QUOTIENT, lambda x, w, a, b: a * (np.sqrt(x) + b) / ((1 + b) * w), "brackets", "look for them in y"),
    (QUOTIENT, lambda x, w, a, b: a * np.sqrt(x + b) / (1 + b * w), "inside or outside of sqrt", "outside"),
    (QUOTIENT, lambda x, w, a, b: a * (np.sqrt(x) - b) / (1 + b * w), "a sign", "A plus stands"),
    (QUOTIENT, lambda x, w, a, b: a * np.sqrt(x) / (1 + b * w), "left out", "A term or a factor is missing"),
    (QUOTIENT, lambda x, w, a, b: a * (np.sqrt(x) + b) * (1 + b * w), "product or quotient",
     "you should divide"),
    (QUOTIENT, lambda x, w, a, b: a * (np.sqrt(w) + b) / (1 + b * w), "w for x", "right for `w`"),
    (QUOTIENT, lambda x, w, a, b: a * (np.sqrt(x) + a) / (1 + b * w), "a in one place", "In one place `a`"),
    (QUOTIENT, lambda x, w, a, b: a * (np.sqrt(x) + b) / (b * w), "no one", "Where is the 1?"),
    (MOVED, stale, "order of lines", "As if two lines had changed places"),
    (MOVED, whole_new_part, "left out", "look for it in x, w"),
    (ROWS, lambda table, last: np.where((table > 4).any(axis=1), 0.5, table[:, :last].mean(axis=1)),
     "off by one", "Where does a count"),
    (ROWS, lambda table, last: np.where((table > 4).any(axis=1), 0.5, np.median(table[:, 1:last], axis=1)),
     "median for another", "The numbers of ends are those of `median`"),
    (ROWS, lambda table, last: table[:, 1:last].mean(axis=1), "a line missing", "As if a line were missing"),
])
def test_a_slip_is_named(task, function, name, words):
    found = verdict(task, function)
    assert (found.misconception, words in found.hint) == (name, True), feedback.text_of(found)


def test_what_changes_one_result_is_told_of_that_one_only():
    found = verdict(MOVED, half_of_it)
    assert found.status == "not changed in place" and "w is the same as before" in found.message


def test_two_slips_at_once_are_not_named():
    both = verdict(QUOTIENT, lambda x, w, a, b: a * np.sqrt(x) / ((1 + b) * w))
    assert (both.status, both.misconception) == ("wrong value", "")


def test_whole_numbers_that_several_slips_fit_name_none():
    """`>=` and `<` give other counts; a count that two different slips give is no sign of either."""
    made = {name: tuple(map(float, results["count"])) for name, _, results in COUNTED.slips}
    assert len(made) > 3
    alike = [(a, b) for a in made for b in made if a < b and made[a] == made[b]]
    for numbers in {made[a] for a, b in alike}:
        given = iter(numbers)
        assert verdict(COUNTED, lambda path, low: next(given)).misconception == ""


def test_nothing_is_changed_inside_of_while():
    assert [name for name, _, _ in slips(halved, {"x": "float", "n": "int"})] == ["a line missing"]


def closure(rate):
    def step(x):
        return x - rate * x
    return step


@pytest.mark.parametrize("function", [closure(0.3), np.sqrt, lambda x: x + 1, Task])
def test_what_is_no_plain_function_of_a_module_has_no_slips(function):
    assert slips(function, {"x": "array"}) == []


@pytest.mark.parametrize("task", checks.TASKS.values(), ids=lambda task: task.name)
def test_a_slip_says_nothing_of_the_answer(task):
    """Its message names a function of numpy or an argument at most."""
    lines = {line.replace(" ", "") for line in inspect.getsource(task.reference).splitlines()[1:]}
    for name, message, _ in slips(task.reference, dict.fromkeys(task.arguments, "array")):
        assert len(message) <= 150 and message[-1] in ".?" and "{}" in message and name
        assert not [line for line in lines if len(line) > 8 and line in message.replace(" ", "")]
