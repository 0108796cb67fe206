"""Each wrong version of a rule (see mutants.py) is rejected by a value: the tests of the library can fail.

What rejects are the tests that take a module as their `m`: by themselves they run on the library, here on a
module with a mistake in it. An assertion has to fail. A crash is no rejection: a wrong rule seldom crashes.
"""

import inspect
import re
import sys
import types
from functools import cache
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from mutants import WRONG
from outcomes import REJECTS

from course_lib.checks.mistakes import but

FOLDERS = Path(__file__).parent, Path(__file__).parents[1] / "oracles"
ALL = [(rule, old, new) for rule, changes in WRONG.items() for old, new in changes]


def original(rule):
    """(module, the part of it that is changed, the name of that in parts), of "second_order.Newton" say."""
    name, *path = rule.split(".")
    module = found = import_module(f"course_lib.{name}")
    for part in path:
        found = getattr(found, part)
    return module, found, path


def mutant(rule, old, new):
    """A module like the one of the rule, in which `old`, which stands there exactly once, is `new`."""
    module, found, path = original(rule)
    if len(path) == 2:      # a method: of this class alone, not of the one that it may have it from
        kind, name = path
        owner = getattr(module, kind)
        static = isinstance(inspect.getattr_static(owner, name), staticmethod)
        changed = but(found, old, new).made
        body = {name: staticmethod(changed) if static else changed}
        return types.SimpleNamespace(**vars(module) | {kind: type(kind, (owner,), body)})
    source, whole = inspect.getsource(found), inspect.getsource(module)
    assert source.count(old) == 1, f"{rule} must hold {old!r} once, got {source.count(old)} times"
    made = types.ModuleType("course_lib.mutant")
    made.__package__ = "course_lib"
    sys.modules["course_lib.mutant"] = made                 # dataclasses look their module up there
    exec(compile(whole.replace(source, source.replace(old, new)), f"mutant of {rule}", "exec"), vars(made))
    return made


@cache
def identities(module):
    """The tests that take this module as `m`."""
    tests = []
    for folder in FOLDERS:
        if str(folder) not in sys.path:
            sys.path.append(str(folder))
        for path in sorted(folder.glob("test_*.py")):
            if re.search(r"def test_\w+\(.*\bm=", path.read_text("utf-8")):
                functions = vars(import_module(path.stem)).values()
                tests += [f for f in functions if inspect.isfunction(f) and f.__name__.startswith("test_")
                          and getattr(inspect.signature(f).parameters.get("m"), "default", None) is module]
    return tests


def failing(tests, m, folder):
    """The first of these tests in which an assertion fails with m, or None; and the crashes on the way."""
    crashes = []
    for i, test in enumerate(tests):
        place = folder / str(i)
        place.mkdir()
        with_folder = {"tmp_path": place} if "tmp_path" in inspect.signature(test).parameters else {}
        try:
            with np.errstate(all="ignore"):
                test(m=m, **with_folder)
        except REJECTS:
            return test, crashes
        except Exception as error:
            crashes.append(f"{test.__name__}: {error!r}"[:200])
    return None, crashes


@pytest.mark.parametrize("rule, old, new", ALL, ids=[f"{rule}: {old} -> {new}" for rule, old, new in ALL])
def test_mutant_is_rejected_by_a_value(tmp_path, rule, old, new):
    module, _, path = original(rule)
    about = path[0] if path else ""
    tests = sorted(identities(module), key=lambda test: about not in inspect.getsource(test))   # soon found
    test, crashes = failing(tests, mutant(rule, old, new), tmp_path)
    assert test, f"no test tells {new!r} from the rule by a value; crashes: {crashes}"


@pytest.mark.parametrize("rule", WRONG)
def test_what_rejects_mutants_accepts_the_rule(tmp_path, rule):
    """Made in the same way, with nothing changed. And every rule has at least five wrong versions."""
    module, _, path = original(rule)
    old = WRONG[rule][0][0]
    assert identities(module)
    assert failing(identities(module), mutant(rule, old, old), tmp_path) == (None, [])
    assert len(WRONG[rule]) >= 5
