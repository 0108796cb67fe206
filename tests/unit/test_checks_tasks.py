"""Every task of every exercise: what its check accepts, what it rejects, and by which name.

Nothing here names an exercise. A new one needs its tasks in course_lib/checks, its source in solutions/source
and a file test_checks_NN.py with `ALTERNATIVES`: for each task right versions that are written differently.
"""

import ast
import dataclasses
import importlib.util
import inspect
import json
import os
import re
import subprocess
import sys
import textwrap
from functools import cache
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from course_lib import checks
from course_lib.checks import engine, feedback
from course_lib.checks.mistakes import but, flat, in_arguments
from course_lib.checks.values import show

ROOT = Path(__file__).parents[2]
TASKS = list(checks.TASKS.values())
MISTAKES = [(task, mistake) for task in TASKS for mistake in task.misconceptions]

each_task = pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
each_mistake = pytest.mark.parametrize("task, mistake", MISTAKES,
                                       ids=lambda x: x.name.replace(" ", "-"))


def alternatives():
    """{task: right versions} from the files test_checks_NN.py."""
    found = {}
    for path in sorted(Path(__file__).parent.glob("test_checks_[0-9][0-9].py")):
        spec = importlib.util.spec_from_file_location(f"alternatives_{path.stem[-2:]}", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        found |= module.ALTERNATIVES
    return found


ALTERNATIVES = alternatives()


@cache
def verdict_on(task, mistake):
    return checks.verdict(task.name, mistake.function)


def stub_of(task):
    """An empty function with the arguments of the task."""
    space = {}
    exec(f"def stub({', '.join(task.arguments)}):\n    '''Text.'''\n    raise NotImplementedError()", space)
    return space["stub"]


# ---- what a task consists of

@each_task
def test_a_task_is_complete(task):
    assert re.fullmatch(r"\d\d\.[a-z_0-9]+", task.name)
    assert len(task.cases()) >= 3
    assert len(task.hints) == 2 and len(set(task.hints)) == 2 and all(task.hints)
    assert len(task.misconceptions) >= 5
    assert len({mistake.name for mistake in task.misconceptions}) == len(task.misconceptions)
    assert bool(task.returns) != bool(task.in_place)
    assert set(task.in_place) <= set(task.arguments)
    for case in task.cases():
        assert task.drive or tuple(case) == task.arguments


@each_task
def test_the_cases_are_the_same_every_time_and_not_all_alike(task):
    def texts():
        return ["; ".join(map(show, case.values())) for case in task.cases()]

    assert texts() == texts()
    assert len(set(texts())) == len(texts())


# ---- accepted

@each_task
def test_the_reference_passes(task):
    assert checks.verdict(task.name, task.reference).passed


@each_task
def test_two_other_right_versions_pass(task):
    versions = ALTERNATIVES.get(task.name, [])
    different = {f.__code__.co_code for f in versions} - {task.reference.__code__.co_code}
    assert len(different) >= 2, f"test_checks_{task.name[:2]}.py needs two right versions of {task.name}"
    for version in versions:
        found = checks.verdict(task.name, version)
        assert found.passed, f"{version.__name__}: {feedback.text_of(found)}"


def test_every_alternative_belongs_to_a_task():
    assert set(ALTERNATIVES) <= set(checks.TASKS)


# ---- rejected

@each_task
def test_the_stub_is_not_attempted(task):
    assert checks.verdict(task.name, stub_of(task)).status == "not attempted"


@each_task
def test_doing_nothing_and_returning_nothing_does_not_pass(task):
    assert not checks.verdict(task.name, lambda *arguments: None).passed
    assert not checks.verdict(task.name, lambda *arguments: arguments[0]).passed


@each_mistake
def test_a_misconception_is_rejected_by_its_name(task, mistake):
    found = verdict_on(task, mistake)
    assert (found.misconception, found.hint) == (mistake.name, mistake.message)
    of_right_form = mistake.name in {name for name, _, _ in task.own_mistakes}
    assert found.status in (("wrong value",) if of_right_form else ("wrong type or shape", "raised"))


def test_table_of_tasks_and_misconceptions():
    holes = []
    for task in TASKS:
        print(f"\n{task.name}")
        for mistake in task.misconceptions:
            named = verdict_on(task, mistake).misconception
            print(f"    {'rejected' if named == mistake.name else '--------'}  {mistake.name}")
            holes += [(task.name, mistake.name)] * (named != mistake.name)
    assert holes == []


@each_mistake
def test_a_mistake_that_is_a_change_fits_its_reference(task, mistake):
    if isinstance(mistake.function, but):
        assert callable(mistake.function.made)


@each_task
def test_every_case_has_the_same_results(task):
    labels = [[label for label, _ in seen["outputs"]] for seen in task.expected]
    assert labels and all(names == labels[0] for names in labels)


def far_apart(one, other):
    """Further than rounding: someone who rounds in between must not be told another's mistake."""
    return any(one[label].shape != other[label].shape or
               not np.allclose(one[label], other[label], rtol=1e-3, atol=1e-3, equal_nan=True)
               for label in one)


@each_task
def test_no_two_misconceptions_give_the_same_results(task):
    right = {label: flat(cases) for label, cases in task.results(task.expected).items()}
    versions = [("the reference", "", right), *task.own_mistakes]
    assert len(versions) + len(task.own_troubles) == 1 + len(task.misconceptions)
    assert [(a[0], b[0]) for a, b in combinations(versions, 2) if not far_apart(a[2], b[2])] == []


def slightly_different(task):
    """The task with all numbers and arrays of its cases a few per cent larger; counts stay as they are."""
    def draw(rng):
        factors = np.random.default_rng(0)
        return [{name: value * factors.uniform(1, 1.05, np.shape(value)) if real(value) else value
                 for name, value in case.items()} for case in task.draw(rng)]

    def real(value):
        return type(value) is float or isinstance(value, np.ndarray) and value.dtype.kind == "f"

    return dataclasses.replace(task, draw=draw)


@each_task
def test_no_two_mistakes_agree_by_chance(task):
    """What agrees on the cases agrees on slightly different ones too: it is the same mistake in other words.

    Counts agree by chance more often than numbers do: where two arguments fit them, the engine names none.
    """
    def mistakes(task):
        return {name: made for name, _, made in [*task.own_mistakes, *task.other_arguments]}

    here, there = mistakes(task), mistakes(slightly_different(task))
    right = {label: flat(cases) for label, cases in task.results(task.expected).items()}
    wrong = [name for name in here if name in there and far_apart(right, here[name])
             and all(np.isfinite(here[name][label]).all() for label in right)]
    whole = all(np.array_equal(numbers, np.round(numbers)) for numbers in right.values())
    own = {mistake.name for mistake in task.misconceptions}
    assert [(a, b) for a, b in combinations(wrong, 2) if not far_apart(here[a], here[b])
            and far_apart(there[a], there[b]) and not (whole and own.isdisjoint({a, b}))] == []


@each_task
def test_the_reference_ends_whatever_stands_in_the_place_of_an_argument(task, monkeypatch):
    monkeypatch.setattr(engine, "SECONDS_AT_MOST", 3.0)
    for name, _, change in in_arguments(task.cases(), task.in_place):
        observed = engine.observations(task, task.reference, map(change, task.cases()))
        trouble = observed[-1]["trouble"] or [""]
        assert trouble[0] in ("", engine.RAISED), f"{name}: {trouble}"


@each_task
def test_numbers_of_no_known_mistake_are_called_that(task):
    """The reference with every result a little off."""
    def off(*arguments):
        returned = task.reference(*arguments)
        for name, value in zip(task.arguments, arguments):
            if name in task.in_place:
                value += 0.1234
        if isinstance(returned, (tuple, list)):
            return tuple(value + 0.1234 for value in returned)
        return None if returned is None else returned + 0.1234

    found = checks.verdict(task.name, off)
    words = "What is wrong in your result" if task.faults else "None of the usual mistakes"
    assert found.status == "wrong value" and bool(found.misconception) == bool(task.faults)
    assert words in found.hint


# ---- what is said

@each_mistake
def test_a_message_is_short_and_ends_in_a_sentence(task, mistake):
    assert len(mistake.message) <= 230 and mistake.message[-1] in ".?"
    assert mistake.message[0].isupper() or mistake.message.split()[0] in task.arguments


@each_mistake
def test_a_message_never_holds_the_expected_numbers(task, mistake):
    found = verdict_on(task, mistake)
    at = int(found.message.split()[1]) - 1
    made = task.results({name: observed for name, _, observed in task.own_observed}[mistake.name])
    for label, right in task.results(task.expected).items():
        truths = np.isin(flat(right), (0, 1)).all()  # that one of the two is wrong tells which is right
        if not truths and (made is None or not task.agree(right[at], made[label][at])):
            expected = show(right[at])
            assert not re.search(rf"(?<![\w.]){re.escape(expected)}(?![\w.])", found.hint)
            assert made is None or right[at].ndim == 0 or expected not in feedback.text_of(found)


@each_task
def test_no_message_and_no_hint_holds_a_line_of_the_answer(task):
    def squeezed(text):
        return re.sub(r"\s", "", text)

    lines = {squeezed(line) for line in inspect.getsource(task.reference).splitlines()[1:]}
    lines |= {squeezed(line) for line in ANSWERS[task.name].splitlines()}
    lines = {line.removeprefix("return") for line in lines
             if len(line) > 8 and not line.startswith(('"""', "@", "#"))}
    assert lines
    for text in [*task.hints, *(mistake.message for mistake in task.misconceptions)]:
        assert [line for line in lines if line in squeezed(text)] == []


@each_mistake
def test_a_verdict_is_plain_data(task, mistake):
    found = dataclasses.asdict(verdict_on(task, mistake))
    assert json.loads(json.dumps(found)) == found


def test_the_words_are_the_same_in_every_process():
    code = textwrap.dedent("""
        from course_lib import checks
        for task in checks.TASKS.values():
            for mistake in task.misconceptions:
                checks.check(task.name, mistake.function)
    """)

    def words(seed):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"}
        return subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True,
                              encoding="utf-8", check=True).stdout

    texts = [words("1"), words("2")]
    assert texts[0] == texts[1] and texts[0].count("More help") == len(MISTAKES)


# ---- the exercises' own text

REGION = re.compile(r"^( *)### BEGIN SOLUTION\n(.*?)^ *### END SOLUTION", re.DOTALL | re.MULTILINE)


def functions_checked(text):
    """{task name: source of the function handed to its check} in a solution's source."""
    tree = ast.parse(text)
    sources = {node.name: ast.get_source_segment(text, node) for node in tree.body
               if isinstance(node, ast.FunctionDef)}
    calls = [node.value for node in tree.body
             if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
             and getattr(node.value.func, "id", "") == "check"]
    return {call.args[0].value: sources[call.args[1].id] for call in calls}


def function_of(source):
    space = {"np": np}
    exec(source, space)
    return next(value for name, value in space.items() if name not in ("np", "__builtins__"))


SOLVED = {}  # task name: its function as the solution has it
ANSWERS = {}  # task name: the lines between the markers
for path in sorted((ROOT / "solutions" / "source").glob("*.py")):
    # For `ast` a comment at the end of a function is not part of it: the markers are made statements.
    text = re.sub(r"^( *)(### (BEGIN|END) SOLUTION)$", r"\1'\2'", path.read_text("utf-8"), flags=re.MULTILINE)
    for name, source in functions_checked(text).items():
        SOLVED[name] = re.sub(r"'(### (?:BEGIN|END) SOLUTION)'", r"\1", source) + "\n"
        ANSWERS[name] = REGION.search(SOLVED[name])[2]


def test_every_task_stands_in_an_exercise_and_every_check_has_a_task():
    assert set(SOLVED) == set(checks.TASKS)


@each_task
def test_the_solution_passes(task):
    assert checks.verdict(task.name, function_of(SOLVED[task.name])).passed


@each_task
def test_the_exercise_is_not_attempted(task):
    exercise = REGION.sub(r"\1# YOUR CODE HERE\n\1raise NotImplementedError()", SOLVED[task.name])
    assert "SOLUTION" not in exercise and "NotImplementedError" in exercise
    assert checks.verdict(task.name, function_of(exercise)).status == "not attempted"


@each_task
def test_the_solution_left_above_the_stub_is_told(task):
    """A student types above the stub's line and forgets to delete it; one who returns never reaches it."""
    left = REGION.sub(r"\2\1raise NotImplementedError()", SOLVED[task.name])
    found = checks.verdict(task.name, function_of(left))
    assert found.passed if task.returns else (found.status == "raised" and "Delete that line" in found.hint)


@each_task
def test_the_function_is_short_and_its_docstring_says_what_it_takes(task):
    function = ast.parse(SOLVED[task.name]).body[0]
    assert tuple(argument.arg for argument in function.args.args) == task.arguments
    assert len(ANSWERS[task.name].splitlines()) <= 15
    docstring = ast.get_docstring(function)
    for argument in task.arguments:
        assert re.search(rf"\b{argument}\b", docstring), f"{argument} is not explained"
    wanted = "in place" if task.in_place else "Returns"
    assert wanted in docstring
