"""The engine of checks on small tasks of its own: every status, and whatever a student's function may do."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import types
import warnings
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from course_lib import checks, optimizers
from course_lib.checks import engine, feedback, values
from course_lib.checks.engine import Task, observations, verdict
from course_lib.checks.mistakes import but, factors, ways, where_wrong


# ---- three tasks: an array returned, two numbers returned, two arrays changed in place

def halve(x):
    return x / 2


def low_high(x):
    return x.min(), x.max()


def absorb(total, x, rate):
    total += rate * x
    x *= 1 - rate


def arrays(rng):
    return [{"x": rng.integers(1, 9, 3) / 2} for _ in range(3)]


def totals(rng):
    return [{"total": rng.integers(1, 9, 2) / 2, "x": rng.integers(1, 9, 2) / 2, "rate": rate}
            for rate in (0.25, 0.5, 0.75)]


def twice(call, case):
    for name in ("first", "second"):
        call(case["total"], case["x"], case["rate"])
        yield f"total after the {name} call", case["total"].copy()


HINTS = ("one", "two")
HALVE = Task("toy.halve", "halve", halve, arrays, HINTS,
             (("doubled", lambda x: 2 * x, "This is twice as much."),), returns=("y",))
PAIR = Task("toy.pair", "low and high", low_high, arrays, HINTS,
            (("swapped", lambda x: (x.max(), x.min()), "Which comes first?"),),
            returns=("low", "high"))
ABSORB = Task("toy.absorb", "absorb", absorb, totals, HINTS, (), in_place=("total", "x"))
TWICE = Task("toy.twice", "absorb twice", absorb, totals, HINTS, (), in_place=("total", "x"), drive=twice)


# ---- what students write

def stub(x):
    """Says something."""
    raise NotImplementedError()


def stub_class(x):
    raise NotImplementedError


def only_docstring(x):
    """Says something."""


def only_pass(x):
    pass


def only_dots(x):
    ...


def returns_none(x):
    return None


def returns_a_constant(x):
    return 5.0


def code_above_the_stub(x):
    y = x / 2
    raise NotImplementedError()


def expression_above_the_stub(x):
    x / 2
    raise NotImplementedError()


def misspelt(x):
    return xx / 2  # noqa: F821


def leaves_python(x):
    sys.exit(3)


def recurses(x):
    return recurses(x)


class Unprintable(Exception):
    def __str__(self):
        raise RuntimeError("no")


def raises_unprintable(x):
    raise Unprintable()


def raises_in_the_last_case(x):
    if x[0] == engine.Task.cases(HALVE)[-1]["x"][0]:
        raise ValueError("late")
    return x / 2


def no_argument():
    return 1


def two_arguments(x, y):
    return x


def another_name_and_a_default(values, by=2):
    return values / by


def any_arguments(*arguments):
    return arguments[0] / 2


def prints(x):
    print(x / 2)


def prints_and_returns(x):
    print("here")
    return x / 2


def warns(x):
    warnings.warn("careful")
    np.log(np.zeros(1))
    return x / 2


def changes_x(x):
    x /= 2
    return x


def changes_shape(x):
    x.shape = (3, 1)
    return x[:, 0] / 2


def integers(x):
    return (x / 2).astype(int)


def with_nan(x):
    return x / 2 * np.nan


def alternates(x):
    return x / 2 + (-1.0) ** np.arange(len(x))


HALVE_TABLE = [
    (halve, "passed", "All 3 random cases agree"),
    (another_name_and_a_default, "passed", ""),
    (any_arguments, "passed", ""),
    (lambda x: np.array([v / 2 for v in x]), "passed", ""),
    (lambda x: (x / 2).astype(np.float32), "passed", ""),
    (lambda x: x / 2 + 1e-12, "passed", ""),
    (lambda x: list(x / 2), "passed", ""),
    (lambda x: tuple(x / 2), "passed", ""),
    (prints_and_returns, "passed", ""),
    (warns, "passed", ""),
    (stub, "not attempted", "no code of yours"),
    (stub_class, "not attempted", ""),
    (only_docstring, "not attempted", ""),
    (only_pass, "not attempted", ""),
    (only_dots, "not attempted", ""),
    (returns_none, "not attempted", ""),
    (code_above_the_stub, "raised", "Delete that line"),
    (expression_above_the_stub, "raised", "Delete that line"),
    (misspelt, "raised", "NameError: name 'xx' is not defined"),
    (misspelt, "raised", "return xx / 2"),
    (leaves_python, "raised", "SystemExit: 3"),
    (recurses, "raised", "RecursionError"),
    (raises_unprintable, "raised", "Unprintable"),
    (raises_in_the_last_case, "raised", "Case 3 of 3: ValueError: late"),
    (no_argument, "wrong arguments", "your function none"),
    (two_arguments, "wrong arguments", "your function 2 arguments: x, y"),
    (prints, "wrong type or shape", "`print` shows a value"),
    (lambda x: print(end=""), "wrong type or shape", "Is there a `return`"),
    (returns_a_constant, "wrong type or shape", "a single number"),
    (lambda x: [*(x / 2)[:2], None], "wrong type or shape", "a list of 3 parts"),
    (lambda x: x[:2] / 2, "wrong type or shape", "The last entry is missing in y"),
    (lambda x: x[:, None] / 2, "wrong type or shape", "stand in another shape: see y"),
    (lambda x: np.array([]), "wrong type or shape", "an array of shape (0,)"),
    (lambda x: x / 2 + 0j, "wrong type or shape", "complex128"),
    (lambda x: np.array(["a", "b", "c"]), "wrong type or shape", "an array of type <U1"),
    (lambda x: (v for v in x), "wrong type or shape", "an object of type generator"),
    (lambda x: "x / 2", "wrong type or shape", "an object of type str"),
    (lambda x: halve, "wrong type or shape", "an object of type function"),
    (changes_x, "changed its input", "your function changed x"),
    (changes_shape, "changed its input", "your function changed x"),
    (lambda x: 2 * x, "wrong value", "This is twice as much."),
    (integers, "wrong value", "The digits after the point are cut off in y"),
    (with_nan, "wrong value", "Some numbers are not finite: look for a division by zero"),
    (alternates, "wrong value", "None of the usual mistakes"),
]


@pytest.mark.parametrize("function, status, words", HALVE_TABLE)
def test_a_function_that_returns_an_array(function, status, words):
    found = verdict(HALVE, function)
    assert found.status == status
    assert words in feedback.text_of(found)
    assert found.passed == (status == "passed")


PAIR_TABLE = [
    (low_high, "passed", ""),
    (lambda x: [x.min(), x.max()], "passed", ""),
    (lambda x: np.array([x.min(), x.max()]), "passed", ""),
    (lambda x: (float(x.min()), np.array(x.max())), "passed", ""),
    (lambda x: x.min(), "wrong type or shape",
     "2 results: low (a single number), high (a single number). Yours is a single number"),
    (lambda x: (x.min(), x.max(), 0), "wrong type or shape", "a tuple of 3 parts"),
    (lambda x: (x.min(), x), "wrong type or shape", "high is an array of shape (3,)"),
    (lambda x: (x.min(), None), "wrong type or shape", "high is nothing (None)"),
    (lambda x: (x.max(), x.min()), "wrong value", "Which comes first?"),
    (lambda x: (x.min(), x.mean()), "wrong value", "not what the task asks for: high. Right: low."),
]


@pytest.mark.parametrize("function, status, words", PAIR_TABLE)
def test_a_function_that_returns_two_numbers(function, status, words):
    found = verdict(PAIR, function)
    assert (found.status, words in feedback.text_of(found)) == (status, True)


def rebinds_both(total, x, rate):
    total = total + rate * x
    x = x * (1 - rate)


def returns_both(total, x, rate):
    return total + rate * x, x * (1 - rate)


def rebinds_one(total, x, rate):
    total += rate * x
    x = x * (1 - rate)


def in_place_and_returns(total, x, rate):
    absorb(total, x, rate)
    return total


def another_order(x, total, rate):
    absorb(total, x, rate)


def in_place_but_wrong(total, x, rate):
    total += x
    x *= rate - 1


ABSORB_TABLE = [
    (absorb, "passed", "All 3"),
    (in_place_and_returns, "passed", "not used: it works in place"),
    (rebinds_both, "not changed in place", "total and x are the same as before."),
    (returns_both, "not changed in place", "returned a tuple of 2 parts instead"),
    (rebinds_one, "not changed in place", "x is the same as before"),
    (another_order, "wrong arguments", "another order: x, total, rate"),
    (in_place_but_wrong, "wrong value", "not what the task asks for: total, x."),
]


@pytest.mark.parametrize("function, status, words", ABSORB_TABLE)
def test_a_function_that_works_in_place(function, status, words):
    found = verdict(ABSORB, function)
    assert (found.status, words in feedback.text_of(found)) == (status, True)


def test_a_drive_of_several_calls_shows_what_one_call_does_not():
    memory = []

    def stale(total, x, rate):  # right at its first call only
        total += rate * (memory[0] if memory else x)
        memory[:] = [x.copy()]
        x *= 1 - rate

    memory.clear()
    found = verdict(TWICE, stale)
    assert found.status == "wrong value"
    assert "asks for: total after the second call. Right: total after the first call" in found.message
    assert verdict(TWICE, absorb).passed


# ---- objects that lie

class AlwaysEqual:
    __hash__ = None

    def __eq__(self, other):
        return True

    def __array__(self, dtype=None, copy=None):
        return np.zeros(3)


class Bomb:
    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("boom")

    def __float__(self):
        raise RuntimeError("boom")

    def __repr__(self):
        raise RuntimeError("boom")

    __len__ = __iter__ = __eq__ = __getattr__ = __repr__


class LyingArray(np.ndarray):
    def __eq__(self, other):
        return np.ones(self.shape, bool)

    def __array_ufunc__(self, *arguments, **options):
        return np.ones(3, bool)

    def __array_function__(self, *arguments, **options):
        return True


class LyingFloat(float):
    def __eq__(self, other):
        return True

    def __float__(self):
        raise RuntimeError("boom")


class Nameless(type):
    @property
    def __name__(self):
        raise RuntimeError("boom")


class OfNameless(metaclass=Nameless):
    pass


def nested_in_itself():
    inner = []
    inner.append(inner)
    return inner


@pytest.mark.parametrize("make", [
    AlwaysEqual, Bomb, nested_in_itself,
    lambda: OfNameless(),
    lambda: np.zeros(3).view(LyingArray),
    lambda: np.ma.masked_all(3),
    lambda: np.array([AlwaysEqual()] * 3),
    lambda: LyingFloat(0),
    lambda: [AlwaysEqual()] * 3,
    lambda: 10**400,
    lambda: types.SimpleNamespace(shape=(3,), dtype=float),
])
@pytest.mark.parametrize("task", [HALVE, PAIR], ids=lambda task: task.name)
def test_an_object_that_lies_is_not_believed(task, make):
    found = verdict(task, lambda x: make())
    assert found.status == "wrong type or shape"
    assert json.loads(json.dumps(asdict(found))) == asdict(found)


def test_putting_something_else_into_an_array_in_place_is_seen():
    def retype(total, x, rate):
        total += rate * x
        x.dtype = np.int64

    assert verdict(ABSORB, retype).status == "wrong value"


# ---- around the call

def test_an_interrupt_is_the_student_s():
    def endless(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        verdict(HALVE, endless)


def test_a_student_s_function_gets_copies_and_leaves_the_settings_of_the_process_alone():
    def greedy(total, x, rate):
        absorb(total, x, rate)
        np.seterr(all="raise")
        warnings.simplefilter("error")
        sys.stdout.write("mine")

    before, filters, out = np.geterr(), list(warnings.filters), sys.stdout
    found = verdict(ABSORB, greedy)
    assert found.passed and found.printed == "mine"
    assert (np.geterr(), list(warnings.filters), sys.stdout) == (before, filters, out)
    assert verdict(ABSORB, absorb).passed


def test_what_is_printed_is_kept_up_to_a_limit():
    def talkative(x):
        print("a" * 10_000)
        return x / 2

    assert verdict(HALVE, talkative).printed == "a" * engine.PRINTED_AT_MOST


def test_changes_inside_lists_dictionaries_and_objects_are_seen():
    parts = [{"a": [np.zeros(2)], "b": types.SimpleNamespace(w=np.zeros(2))}]
    for change in (lambda p: p[0]["a"][0].__setitem__(0, 1), lambda p: p[0]["b"].w.__setitem__(0, 1),
                   lambda p: p[0].pop("a"), lambda p: p.append(1), lambda p: p[0]["a"].clear()):
        task = Task("toy.deep", "deep", lambda p: 1.0, lambda rng: [{"p": parts}] * 3, HINTS, (),
                    returns=("y",))
        assert verdict(task, lambda p: (change(p), 1.0)[1]).status == "changed its input"
        assert verdict(task, lambda p: 1.0).passed


@pytest.mark.parametrize("function", [f for f, status, _ in HALVE_TABLE if status not in
                                      ("not attempted", "wrong arguments")])
def test_judging_needs_the_plain_data_only(function):
    cases = HALVE.cases()
    observed = observations(HALVE, function, cases)
    assert engine.judge(HALVE, json.loads(json.dumps(observed))) == verdict(HALVE, function)


def test_what_is_missing_from_the_data_does_not_count_as_right():
    cases = HALVE.cases()
    observed = observations(HALVE, halve, cases)
    for less in (observed[:2], [], [{**seen, "outputs": []} for seen in observed]):
        with pytest.raises(ValueError):
            engine.judge(HALVE, less)


@pytest.mark.parametrize("value, shown", [
    (1 / 3, "0.3333"), (2.0, "2"), (-12345.6, "-1.235e+04"), (7, "7"), (np.float64(0.1), "0.1"),
    (np.array([1.0, -0.25]), "[1, -0.25]"), (np.array([[1, 2], [3, 4]]), "[[1, 2], [3, 4]]"),
    (np.array(1.5), "1.5"), (np.zeros((30, 2)), "array of shape (30, 2), beginning [0, 0, 0, 0, ...]"),
])
def test_numbers_are_shown_with_four_digits(value, shown):
    assert values.show(value) == shown


# ---- the public functions

def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(ValueError, match=r"must be the name of a check, got '05.momentun'.*05\.momentum"):
        checks.check("05.momentun", halve)
    with pytest.raises(ValueError, match="got 'x'.*05.crossings"):
        checks.verdict("x", halve)
    with pytest.raises(ValueError, match="name must be"):
        checks.hint("06")


def test_the_wrong_way_round_and_a_called_function_are_told():
    with pytest.raises(TypeError, match="name must be a text .* before the function"):
        checks.check(halve, "05.momentum")
    with pytest.raises(TypeError, match="without parentheses, got None"):
        checks.check("05.momentum", None)


def test_check_prints_outside_a_notebook_and_returns_nothing(capsys):
    assert checks.check("05.momentum", checks.find("05.momentum").reference) is None
    assert capsys.readouterr().out == "✓ Passed: the momentum step\nAll 4 random cases agree.\n"


def test_check_shows_a_box_and_the_same_words_in_a_notebook(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.get_ipython", lambda: object())
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append((data, raw)))
    name, (mistake, *_) = "05.momentum", checks.find("05.momentum").misconceptions
    checks.check(name, mistake.function)
    (data, raw), = shown
    assert raw and set(data) == {"text/plain", "text/html"}
    assert data["text/plain"].startswith("✗ Wrong value: the momentum step\n" + mistake.message)
    assert mistake.message.split(":")[0] in data["text/html"]
    assert "✗ Wrong value" in data["text/html"] and 'role="status"' in data["text/html"]


def test_the_box_escapes_what_a_student_wrote():
    def script(x):
        raise ValueError("<script>alert(1)</script>")

    html = feedback.html_of(verdict(HALVE, script))
    assert "<script>" not in html and "&lt;script&gt;" in html


def test_hint_first_then_input_then_got():
    text = feedback.text_of(verdict(HALVE, lambda x: 2 * x))
    order = ("Wrong value", "twice as much", "Case 1 of 3", "Input:", "Got:")
    places = [text.index(words) for words in order]
    assert places == sorted(places)


def test_the_second_hint_comes_at_the_second_call(capsys, monkeypatch):
    monkeypatch.setattr(checks, "_hints_shown", {})
    hints = checks.find("05.nesterov").hints
    for expected in (1, 2, 2):
        checks.hint("05.nesterov")
        out = capsys.readouterr().out
        assert out == f"? Hint {expected} of 2: the Nesterov step\n{hints[expected - 1]}\n"
    checks.hint("05.nesterov", level=1)
    assert hints[0] in capsys.readouterr().out
    for level in (0, 3, "2"):
        with pytest.raises(ValueError, match="level must be 1 or 2"):
            checks.hint("05.nesterov", level)


def test_under_nbgrader_a_check_that_does_not_pass_is_an_exception(monkeypatch, capsys):
    task = checks.find("05.momentum")
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    checks.check("05.momentum", task.reference)
    with pytest.raises(AssertionError, match="Wrong value"):
        checks.check("05.momentum", task.misconceptions[0].function)


# ---- a function that does not end

needs_timers = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no timers")


def endless(x):
    while x is not None:
        pass
    return x / 2


@needs_timers
def test_a_function_that_does_not_end_is_stopped_and_told_where(monkeypatch):
    monkeypatch.setattr(engine, "SECONDS_AT_MOST", 0.1)
    found = verdict(HALVE, endless)
    assert found.status == "did not end"
    assert "while x is not None" in found.hint or "`pass`" in found.hint
    assert "still running after 0.1 seconds" in found.message


@needs_timers
def test_an_endless_loop_that_passes_over_exceptions_is_stopped_too(monkeypatch):
    def deaf(x):
        while True:
            try:
                x = x + 1
            except Exception:
                pass

    monkeypatch.setattr(engine, "SECONDS_AT_MOST", 0.1)
    assert verdict(HALVE, deaf).status == "did not end"


@needs_timers
def test_a_check_leaves_timer_and_handler_as_they_were():
    handler = signal.signal(signal.SIGALRM, lambda number, frame: None)
    try:
        signal.setitimer(signal.ITIMER_REAL, 1000, 7)
        mine = signal.getsignal(signal.SIGALRM)
        verdict(HALVE, halve)
        left, interval = signal.getitimer(signal.ITIMER_REAL)
        assert 900 < left <= 1000 and interval == 7 and signal.getsignal(signal.SIGALRM) is mine
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)


def test_a_check_runs_in_a_thread_without_a_limit():
    found = []
    thread = threading.Thread(target=lambda: found.append(verdict(HALVE, halve)))
    thread.start()
    thread.join()
    assert found[0].passed


def test_what_is_expected_is_made_before_a_student_s_code_runs(monkeypatch):
    """Nothing that a function does to the process can move what it is compared with."""
    def cheat(x):
        monkeypatch.setattr(sys.modules[__name__], "factor", 7)
        return 7 * x

    task = Task("toy.scale", "scale", lambda x: factor * x, arrays, HINTS, (), returns=("y",))
    assert verdict(task, cheat).status == "wrong value"


factor = 3


# ---- mistakes that any function can have

def series(x, n):
    """A task whose result has several entries, all different, and two arguments to get wrong."""
    return np.cumsum(x[:n]) / n + 10


def grid(M, a):
    return a * M + np.arange(M.size).reshape(M.shape) ** 2


def three(p, q):
    return 1.3 * p + q, p * q - 0.4, p / q


SERIES = Task("toy.series", "series", series, lambda rng: [
    {"x": rng.integers(11, 99, size) / 10, "n": n} for size, n in ((5, 4), (6, 5), (8, 6))], HINTS, (),
              returns=("y",))
GRID = Task("toy.grid", "grid", grid, lambda rng: [
    {"M": rng.integers(11, 99, (3, 3)) / 10, "a": a} for a in (0.3, 0.7, 1.6)], HINTS, (), returns=("G",))
THREE = Task("toy.three", "three", three, lambda rng: [
    {"p": p, "q": q} for p, q in ((2.5, 3.7), (4.2, 1.3), (0.6, 7.4))], HINTS,
    (("q twice", lambda p, q: (1.3 * p + 2 * q, p * q - 0.4, p / q), "You add q twice."),),
    returns=("a", "b", "c"))


def signed(x, up):
    return x / 7 if up else -x / 3


SIGNED = Task("toy.signed", "signed", signed, lambda rng: [
    {"x": x, "up": up} for x, up in ((2.5, True), (4.1, False), (0.7, True), (3.3, False), (0.0, False))],
              HINTS, (), returns=("y",))


RATIO = Task("toy.ratio", "ratio", lambda a, b: a / b, lambda rng: [
    {"a": a, "b": b} for a, b in ((1, 3), (5, 7), (4, 3), (9, 2))], HINTS, (), returns=("y",))
SHAPES = Task("toy.shapes", "three times", lambda M: 3 * M, lambda rng: [
    {"M": rng.integers(1, 99, shape) / 10} for shape in ((2, 3), (3, 2), (1, 4), (3, 3))], HINTS, (),
              returns=("M",))


def between(p):
    return p > 1, p < 2


BETWEEN = Task("toy.between", "between", between, lambda rng: [
    {"p": p} for p in (0.3, 0.7, 1.0, 1.2, 1.6, 2.0, 2.4, 3.0)], HINTS, (
        ("with 1", lambda p: (p >= 1, p < 2), "Your first answer is wrong at 1."),
        ("with 2", lambda p: (p > 1, p <= 2), "Your second answer is wrong at 2.")),
               returns=("above", "below"))


@pytest.mark.parametrize("task, function, name", [
    (SERIES, lambda x, n: -series(x, n), "wrong sign"),
    (SERIES, lambda x, n: 2 * series(x, n), "twice"),
    (SERIES, lambda x, n: series(x, n) / 3, "a third of"),
    (SERIES, lambda x, n: series(x, n) * n, "times n"),
    (SERIES, lambda x, n: series(x, n) * len(x), "times the length of x"),
    (SERIES, lambda x, n: series(x, n) / len(x), "divided by the length of x"),
    (SERIES, lambda x, n: series(x, n) * len(x) / (len(x) - 1), "n - 1 for the length of x"),
    (SERIES, lambda x, n: 1.7 * series(x, n), "a factor"),
    (SERIES, lambda x, n: 1.7 * series(x, n) ** 2, "square, and a factor"),
    (SERIES, lambda x, n: 1.7 * np.sqrt(series(x, n)), "root, and a factor"),
    (SERIES, lambda x, n: 1.7 / series(x, n), "upside down, and a factor"),
    (SERIES, lambda x, n: series(x, n) + 1, "one too large"),
    (SERIES, lambda x, n: np.sqrt(series(x, n)), "root"),
    (SERIES, lambda x, n: series(x, n) ** 2, "square"),
    (SERIES, lambda x, n: 1 / series(x, n), "upside down"),
    (SERIES, lambda x, n: series(x, n).astype(int), "fraction cut off"),
    (SERIES, lambda x, n: np.round(series(x, n)), "rounded"),
    (SERIES, lambda x, n: series(x, n)[::-1], "reversed"),
    (SERIES, lambda x, n: 0 * series(x, n), "zero"),
    (SERIES, lambda x, n: [series(x, n)[-1]] * n, "the last everywhere"),
    (SERIES, lambda x, n: [series(x, n)[0]] * n, "the first everywhere"),
    (SERIES, lambda x, n: np.roll(series(x, n), 1), "one place late"),
    (SERIES, lambda x, n: np.roll(series(x, n), -1), "one place early"),
    (SERIES, lambda x, n: series(x, n) * (np.arange(n) == 0), "only the first right"),
    (SERIES, lambda x, n: series(x, n) * (np.arange(n) < n - 1), "last wrong"),
    (SERIES, lambda x, n: series(x, n) * (np.arange(n) > 0), "first wrong"),
    (SERIES, lambda x, n: np.cumsum(series(x, n)), "sums so far"),
    (SERIES, lambda x, n: series(x, n)[1:], "first missing"),
    (SERIES, lambda x, n: series(x, n)[:-1], "last missing"),
    (SERIES, lambda x, n: [0, *series(x, n)], "one too many at the beginning"),
    (SERIES, lambda x, n: [*series(x, n), 0], "one too many at the end"),
    (SERIES, lambda x, n: series(x, n)[:, None], "another shape"),
    (SERIES, lambda x, n: series(x, n)[0], "only the first"),
    (SERIES, lambda x, n: series(x, n)[-1], "only the last"),
    (SERIES, lambda x, n: series(x, n).sum(), "added up"),
    (SERIES, lambda x, n: series(np.abs(x) ** 2, n), "the squares of x for x"),
    (SERIES, lambda x, n: series(0 * x, n), "0 for x"),
    (SERIES, lambda x, n: series(x[::-1], n), "x in reverse order for x"),
    (GRID, lambda M, a: grid(M, a).T, "transposed"),
    (GRID, lambda M, a: grid(M.T, a), "the transpose of M for M"),
    (GRID, lambda M, a: grid(M, 1), "1 for a"),
    (GRID, lambda M, a: grid(M, 1 - a), "1 - a for a"),
    (GRID, lambda M, a: grid(M, a * a), "the square of a for a"),
    (GRID, lambda M, a: grid(M, a).sum(axis=0), "rows added up"),
    (GRID, lambda M, a: grid(M, a).mean(axis=0), "rows averaged"),
    (GRID, lambda M, a: grid(M, a).sum(axis=1), "columns added up"),
    (GRID, lambda M, a: M, "the input"),
    (THREE, lambda p, q: three(q, p), "p and q swapped"),
    (THREE, lambda p, q: three(p, q)[::-1], "another order"),
    (THREE, lambda p, q: (1.3 * p + 2 * q, p * q - 0.4, -p / q), "q twice; wrong sign"),
    (THREE, lambda p, q: (1.3 * p + q, p * q - 0.4, q / p), "upside down"),
    (THREE, lambda p, q: (1.3 * p + q, p * q - 0.4, 5.5), "constant"),
    (THREE, lambda p, q: three(p, q)[:2], "results missing"),
    (THREE, lambda p, q: three(p, q)[1], "results missing"),
    (THREE, lambda p, q: np.array(three(p, q)[1:]), "results missing"),
    (THREE, lambda p, q: (*three(p, q), p), "results too many"),
    (SERIES, lambda x, n: (series(x, n), x), "results too many"),
    (PAIR, lambda x: (x.max(), x.min()), "swapped"),
    (SIGNED, lambda x, up: x / 7 if up else x / 4 - x * x, "only where up is False"),
    (SIGNED, lambda x, up: x + 1 if up else -x / 3, "only where up is True"),
    (BETWEEN, lambda p: (p >= 1, p <= 2), "with 1; with 2"),
    (SERIES, lambda x, n: series(x, n) * x[0], "a factor in each case"),
    (GRID, lambda M, a: grid(M, a) + np.array([0, 0.3, a]), "only the first right, columns"),
    (GRID, lambda M, a: grid(M, a) + np.array([[0.4], [0], [0]]) * a, "first wrong, rows"),
    (RATIO, lambda a, b: a / b if a < b else 1.0, "only where b < a"),
    (SERIES, lambda x, n: series(x, n) * (-1) ** np.arange(n), "some signs"),
    (GRID, lambda M, a: grid(M, a) * [1, -1, 1], "some signs"),
    (SHAPES, lambda M: 2 * M + 1 / M if len(M) < len(M.T) else M * 3, "only where M has more columns than rows"),
    (HALVE, print, "printed, not returned"),
    (HALVE, lambda x: print(end=""), "nothing returned"),
    (GRID, lambda M, a: grid(np.sign(M), a), "the signs of M for M"),
    (GRID, lambda M, a: grid(np.full((3, 3), M.mean()), a), "the mean of M for M"),
    (GRID, lambda M, a: grid(np.full((3, 3), M.sum()), a), "the sum of M for M"),
])
def test_a_mistake_that_any_function_can_have_is_named(task, function, name):
    found = verdict(task, function)
    assert found.misconception == name, feedback.text_of(found)


def test_an_argument_that_is_not_used_comes_before_where_the_numbers_are_wrong():
    growth = Task("toy.growth", "growth", lambda a: a ** np.arange(4), lambda rng: [
        {"a": a} for a in (1.3, 0.6, 2.5)], HINTS, (), returns=("y",))
    assert verdict(growth, lambda a: (2 * a) ** np.arange(4)).misconception == "2 a for a"
    assert verdict(growth, lambda a: (a + 0.3) ** np.arange(4)).misconception == "only the first right"


def test_truth_values_are_shown_as_such():
    assert verdict(BETWEEN, lambda p: (np.bool_(p > 2), False)).got.endswith("= (False, False)")


def test_one_wrong_result_of_three_is_named_and_the_others_are_called_right():
    found = verdict(THREE, lambda p, q: (1.3 * p + q, 0.4 - p * q, p / q))
    assert (found.hint, found.misconception) == ("The sign of b is wrong.", "wrong sign")
    assert "not what the task asks for: b. Right: a, c." in found.message


def test_what_is_not_known_of_one_result_is_said_beside_what_is_known_of_another():
    found = verdict(THREE, lambda p, q: (1.3 * p + q * q**p, 0.4 - p * q, p / q))
    assert found.hint.startswith("The sign of b is wrong. None of the usual mistakes gives the numbers of a.")


# ---- a task's own mistakes, in another form, in a later case, or two at once

def forth_and_sums(x, W):
    return x @ W.T, x.sum(axis=0)


def matrices(rng):
    """The last W is no square, so that W instead of its transpose ends there with an exception."""
    return [{"x": rng.integers(11, 99, (3, n)) / 10, "W": rng.integers(11, 99, (k, n)) / 10}
            for n, k in ((2, 2), (4, 4), (5, 2))]


FORTH = Task("toy.forth", "forth", forth_and_sums, matrices, HINTS, (
    ("not transposed", but(forth_and_sums, "W.T", "W"), "Your y uses W as it is."),
    ("not summed", but(forth_and_sums, ".sum(axis=0)", ""), "Your s has all rows of x."),
    ("product by entries", lambda x, W: (x * W[0], x.sum(axis=0)), "Your y multiplies entries."),
    ("only sums", lambda x, W: x.sum(axis=0), "These are the sums."),
    ("of the first row", but(forth_and_sums, "x.sum(axis=0)", "x[0]"), "Your s is the first row."),
), returns=("y", "s"))


@pytest.mark.parametrize("function, status, name", [
    (lambda x, W: (x @ W, x.sum(axis=0)), "raised", "not transposed"),
    (lambda x, W: (x @ W, x[0]), "raised", "not transposed"),
    (lambda x, W: (x @ W.T, x), "wrong type or shape", "not summed"),
    (lambda x, W: [x * W[0], x], "wrong type or shape", "not summed; product by entries"),
    (lambda x, W: sum(x), "wrong type or shape", "only sums"),
    (lambda x, W: (x.sum(axis=0), x @ W.T), "wrong type or shape", "another order"),
    (lambda x, W: (x @ W.T, -x), "wrong type or shape", ""),
    (lambda x, W: (2 * x @ W, x.sum(axis=0)), "raised", ""),
    (lambda x, W: (x @ W.T, x.sum(axis=0)) if W.shape == (2, 2) else x @ W, "wrong type or shape", ""),
    (lambda x, W: (x @ (W.T if len(W) == W.shape[1] else W), x.sum(axis=0)), "raised", ""),
    (lambda x, W: (x @ W.T, -x[0]), "wrong value", "of the first row; wrong sign"),
    (lambda x, W: (x @ W.T, 0.25 * x[0]), "wrong value", "of the first row; a quarter of"),
    (lambda x, W: (x @ W.T, x[0] * (-1) ** np.arange(len(x[0]))), "wrong value", "of the first row; signs"),
    (lambda x, W: (x @ W.T, x[0] / (len(W) != 4)), "wrong value", "of the first row; not finite"),
    (lambda x, W: (x @ W.T, x[0] ** 2), "wrong value", ""),
])
def test_a_task_s_own_mistake_is_named_in_whatever_form_it_comes(function, status, name):
    found = verdict(FORTH, function)
    assert (found.status, found.misconception) == (status, name), feedback.text_of(found)


def test_the_words_for_a_mistake_of_another_form_and_for_two_at_once():
    found = verdict(FORTH, lambda x, W: (x @ W, x.sum(axis=0)))
    assert found.hint == "Your y uses W as it is." and found.message.startswith("Case 3 of 3: ValueError: matmul")
    found = verdict(FORTH, lambda x, W: [x * W[0], x])
    assert found.hint == "Your s has all rows of x. Your y multiplies entries."
    found = verdict(FORTH, lambda x, W: (x @ W.T, 2 * x[0]))
    assert found.hint == "Your s is the first row. A second mistake comes with it: twice."
    found = verdict(FORTH, lambda x, W: (x @ W.T, x[0] / (len(W) != 4)))
    assert found.hint.startswith("Your s is the first row. Some numbers are not finite: look for a division")


def test_which_results_are_missing_is_told_where_the_others_are_right_only():
    found = verdict(THREE, lambda p, q: three(p, q)[1])
    assert (found.status, found.hint) == ("wrong type or shape", "What you return is right. Missing: a, c.")
    for wrong in (lambda p, q: p * q, lambda p, q: (1.3 * p + q, 0.0), lambda p, q: ()):
        assert verdict(THREE, wrong).misconception == ""


def test_a_mistake_that_fits_some_cases_only_is_not_named():
    for task, wrong in ((SERIES, lambda x, n: series(x, n) * (-1 if n == 4 else 1.1) + 0.3),
                        (SERIES, lambda x, n: series(x, n) + 0.1 * n),
                        (GRID, lambda M, a: grid(M, a) + (a < 1)),
                        (THREE, lambda p, q: (1.3 * p + q * (1 + (p > 1)), p * q - 0.4, p / q)),
                        (SIGNED, lambda x, up: signed(x, up) + (x > 2)), (SIGNED, lambda x, up: x**x)):
        found = verdict(task, wrong)
        assert (found.status, found.misconception) == ("wrong value", ""), feedback.text_of(found)


def test_a_single_pair_of_numbers_names_nothing():
    """A count of 2 that comes out as 4 may be twice, a square, two more, or chance."""
    count = Task("toy.count", "count", lambda x: int((x > 2).sum()), lambda rng: [
        {"x": np.array(x)} for x in ([1.0, 3, 4], [3.0, 1, 5], [1.0, 1, 1])], HINTS, (), returns=("n",))
    assert verdict(count, lambda x: 2 * int((x > 2).sum())).misconception == ""


# ---- a drive that cannot go on

def lengths(call, case):
    returned = call(case["x"])
    if type(returned) is not list:
        raise engine.WrongForm("the runs", "a list", returned)
    yield "the number of runs", len(returned)


RUNS = Task("toy.runs", "runs", lambda x: [x, x], arrays, HINTS, (), returns=("the runs",), drive=lengths)


def test_a_function_of_a_case_comes_as_a_plain_function_and_is_shown_as_its_text():
    task = Task("toy.apply", "apply", lambda f, x: f(x), lambda rng: [
        {"f": values.Shown(f"x -> {a} x", lambda x, a=a: a * x), "x": 3.0} for a in (4, 5, 6)], HINTS, (),
        returns=("f of x",))
    assert verdict(task, task.reference).passed
    found = verdict(task, lambda f, x: f * x)
    assert "'function' and 'float'" in found.message and "f = x -> 4 x" in found.input


def faults_of_a_sum(call, case):
    total = call(case["x"])
    yield "a sum that is too small", total < case["x"].sum()
    yield "a sum that is too large", total > case["x"].sum()
    yield "a sum below zero", total < 0


def test_labels_of_faults_say_what_is_wrong():
    task = Task("toy.sum", "sum", lambda x: sum(x), arrays, HINTS, (), returns=("the sum",), drive=faults_of_a_sum)
    assert verdict(task, lambda x: sum(x)).passed
    found = verdict(task, lambda x: -sum(x))
    assert found.misconception == "a sum that is too small; a sum below zero"
    assert found.hint == "What is wrong in your result: a sum that is too small, a sum below zero."


@pytest.mark.parametrize("function, words", [
    (lambda x: x, "the task wants the runs as a list. Yours is an array of shape (3,)."),
    (lambda x: 2.5, "what is returned, and in which form?"),
    (lambda x: x[:0].sort(), "Is there a `return`"),
    (lambda x: print(x), "`print` shows a value"),
])
def test_a_drive_says_what_form_it_wants(function, words):
    found = verdict(RUNS, function)
    assert found.status == "wrong type or shape" and words in feedback.text_of(found), feedback.text_of(found)
    assert verdict(RUNS, lambda x: [x, 0]).passed


# ---- mistakes as changes

def test_a_change_is_made_of_a_function_of_a_method_and_of_a_class():
    momentum = but(optimizers.Momentum.update, "v -=", "v +=")
    theta, v = np.zeros(2), np.ones(2)
    momentum(theta, np.ones(2), v, 1, 0.5, 0.5)
    assert v.tolist() == theta.tolist() == [1, 1]
    assert but(halve, "x / 2", "x / 4")(8) == 2
    climbs = but(optimizers.SGD, "theta -=", "theta +=").made
    assert issubclass(climbs, optimizers.Optimizer) and climbs(0.1).lr == 0.1


def test_ways_to_make_one_mistake_have_one_message_and_names_of_their_own():
    made = ways(halve, "x / 2", ("scaled", "You scale it.", "x / 3", "2 * x"), ("moved", "Moved.", "x - 2"))
    assert [(name, function(6), message) for name, function, message in made] == [
        ("scaled", 2, "You scale it."), ("scaled, 2", 12, "You scale it."), ("moved", 4, "Moved.")]


@pytest.mark.parametrize("changes, words", [
    (("x / 3", "x"), "'x / 3' once, got 0 times"), (("x", "y"), "'x' once, got 2 times"), (("x / 2",), "zip"),
])
def test_a_change_that_does_not_fit_is_an_error_at_its_first_use_only(changes, words):
    change = but(halve, *changes)
    with pytest.raises(ValueError, match=words):
        change(1)


def test_a_change_that_does_not_fit_leaves_the_check_working():
    task = Task("toy.edited", "edited", halve, arrays, HINTS,
                (("gone", but(halve, "x / 3", "x"), "Gone."),
                 ("kept", but(halve, "x / 2", "x / 5"), "Kept.")), returns=("y",))
    assert verdict(task, halve).passed
    assert verdict(task, lambda x: x / 5).hint == "Kept."


# ---- modules of checks are found

def test_modules_of_checks_are_found_not_listed(tmp_path):
    """In a copy of the package, as from a wheel: a module more is an exercise more."""
    package = tmp_path / "course_lib"
    shutil.copytree(Path(checks.__file__).parents[1], package, ignore=shutil.ignore_patterns("__pycache__"))
    source = (package / "checks" / "start.py").read_text("utf-8")
    (package / "checks" / "another.py").write_text(source.replace("00.step", "99.step"), "utf-8")
    code = "from course_lib import checks; print(checks.find('99.step').name, len(checks.TASKS))"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    out = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True,
                         text=True, check=True).stdout
    assert out.split() == ["99.step", str(len(checks.TASKS) + 1)]


# ---- where a result is wrong, and what is said of one that is right in the case shown

@pytest.mark.parametrize("moved, named", [(1.0, "only the first right"), (0.0, None)])
def test_an_entry_that_is_left_as_it_was_is_not_called_right(moved, named):
    """A weight that no step moves is right in any code."""
    begun = [np.array([0.3, 0.7, 1.9]), np.array([2.3, 0.1, 0.6])]
    right = [w + np.array([moved, k, 2]) for w, k in zip(begun, (3.1, 4.7))]
    got = [x + np.array([0, 0.21, 0.57]) * k for x, k in zip(right, (1, 3))]
    found = where_wrong(right, got, [{"w": w} for w in begun], HALVE.agree)
    assert (found and found[0]) == named


def test_factors_are_counted_by_rows_where_there_are_rows():
    def messages(x):
        return " ".join(message for _, message, _ in factors([{"x": x}]))

    assert "the number of rows of `x`" in messages(np.ones((4, 2)))
    assert "the number of entries of `x`" in messages(np.ones(4)) and "rows" not in messages(np.ones(4))


def descend(w, steps):
    """The squares before each step, and where the steps lead."""
    values = []
    for _ in range(steps):
        values.append(float(np.sum(w**2)))
        w = w - 0.1 * w
    return np.array(values), w


DESCENT = Task("toy.descent", "descent", descend, lambda rng: [
    {"w": rng.standard_normal(3), "steps": steps} for steps in (1, 2, 3)], HINTS, (),
    returns=("values", "end"))


def test_nothing_is_said_of_a_result_that_is_right_in_the_case_shown():
    """The values before the first step are right; the later ones are wrong because the end is."""
    def curved(w, steps):
        values = []
        for _ in range(steps):
            values.append(float(np.sum(w**2)))
            w = w - 0.1 * np.sin(3 * w) - 0.03 * np.exp(w)
        return np.array(values), w

    found = verdict(DESCENT, curved)
    assert found.message.endswith("not what the task asks for: end. Right: values.")
    assert "values" not in found.hint and "None of the usual mistakes" in found.hint


def test_a_slow_way_is_named_where_the_cases_before_are_right(monkeypatch):
    monkeypatch.setattr(engine, "SECONDS_AT_MOST", 0.2)
    task = Task("toy.slow", "slow", lambda n: n, lambda rng: [{"n": n} for n in (1, 2, 3)], HINTS, (),
                returns=("n",), slow="There is a shorter way.")

    def waits(n, shift=0):
        while n == 3:
            pass
        return n + shift

    found = verdict(task, waits)
    assert (found.status, found.misconception) == (engine.TOO_LONG, "slow")
    assert found.hint == "There is a shorter way."
    found = verdict(task, lambda n: waits(n, 1))
    assert found.status == engine.TOO_LONG and "does not come to an end" in found.hint
