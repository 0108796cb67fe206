"""The engine of checks: draw cases, observe a function on them, judge what was seen.

`observe` is the only place where a student's code runs, and it gives plain data, so it may run in another
process. `judge` looks at that data only: an object that a student's function returned, with whatever it does
when it is compared or converted, is gone by then.

A task is data too. To add one, write a `Task`: a right version, a function that draws the cases, the mistakes
that people make, and two hints. See momentum.py.
"""

import contextlib
import copy
import inspect
import io
import warnings
import zlib
from dataclasses import dataclass
from typing import Callable

import numpy as np

from . import words
from .values import close, misfit, parts, plain, same, show, show_plain

PASSED = "passed"
NOT_ATTEMPTED = "not attempted"
RAISED = "raised"
WRONG_ARGUMENTS = "wrong arguments"
WRONG_FORM = "wrong type or shape"
CHANGED_INPUT = "changed its input"
NOT_IN_PLACE = "not changed in place"
WRONG_VALUE = "wrong value"

PRINTED_AT_MOST = 2000  # characters of a student's own prints that are kept


@dataclass(frozen=True)
class Misconception:
    """A plausible wrong version: its name, a function that has the mistake, and what to tell who made it.

    The message names the mistake and says where to look. It never holds the answer.
    """

    name: str
    function: Callable
    message: str


@dataclass(frozen=True)
class Task:
    """What a check has to know about one function that a student writes.

    name            as in check("05.momentum", ...)
    title           the task in a few words
    reference       a right version; messages call the arguments as it does
    draw            draw(rng) -> list of cases, at least three; a case is {argument: value}, in order
    hints           two hints, the second says more than the first
    misconceptions  at least five; no two give the same results on the cases
    in_place        names of the arguments that the function must change; it must leave all others as they are
    returns         names of the values it returns; () where it works in place
    drive           drive(call, case) -> iterator of (label, value), where one call does not show enough:
                    makes the calls, says what to compare. None: one call, then what it returned or `in_place`
    rtol, atol      two numbers agree if |a - b| <= atol + rtol |b|
    """

    name: str
    title: str
    reference: Callable
    draw: Callable
    hints: tuple[str, str]
    misconceptions: tuple[Misconception, ...]
    in_place: tuple[str, ...] = ()
    returns: tuple[str, ...] = ()
    drive: Callable | None = None
    rtol: float = 1e-6
    atol: float = 1e-9

    @property
    def arguments(self):
        return tuple(inspect.signature(self.reference).parameters)

    def cases(self):
        """The cases, the same at every call: the seed is made from the name."""
        return self.draw(np.random.default_rng(zlib.crc32(self.name.encode())))


@dataclass(frozen=True)
class Verdict:
    """What a check found, in texts; `dataclasses.asdict` gives what JSON can hold.

    hint           what to do about it; shown first
    message        what was seen
    misconception  name of the mistake that gives these results, or ""
    input, got     of the case that is shown, or ""
    printed        what the function printed in the first case
    """

    task: str
    title: str
    status: str
    hint: str = ""
    message: str = ""
    misconception: str = ""
    input: str = ""
    got: str = ""
    printed: str = ""

    @property
    def passed(self):
        return self.status == PASSED


def verdict(task, function):
    """Verdict on a student's function."""
    refused = before_calling(task, function)
    if refused:
        return refused
    cases = task.cases()
    return judge(task, cases, [observe(task, function, case) for case in cases])


def before_calling(task, function):
    """Verdict on a function that is empty, or takes other arguments; None where it can be called."""
    if is_empty(function):
        hint, message = words.EMPTY
        return Verdict(task.name, task.title, NOT_ATTEMPTED, hint, message)
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some functions written in C do not tell
        return None
    wanted, got = task.arguments, tuple(signature.parameters)
    try:
        signature.bind(*wanted)
        fits = got == wanted or sorted(got) != sorted(wanted)  # other names are fine, another order is not
    except TypeError:
        fits = False
    if fits:
        return None
    hint, message = words.other_arguments(wanted, got)
    return Verdict(task.name, task.title, WRONG_ARGUMENTS, hint, message)


def observe(task, function, case):
    """What a function does with a copy of the case, as plain data:

    outputs    [[label, value], ...]
    unchanged  the arguments that it should change in place and left as they were
    returned   value of the last call
    printed    what it printed
    trouble    None; or [status, hint, message] where it raised, or changed an input
    """
    case = copy.deepcopy(case)
    before = copy.deepcopy(case)
    printed = io.StringIO()
    seen = {"outputs": [], "unchanged": [], "returned": plain(None), "printed": "", "trouble": None}

    def call(*arguments):
        fixed = {name: (copy.deepcopy(value), value) for name, value in zip(task.arguments, arguments)
                 if name not in task.in_place}
        try:
            result = function(*arguments)
        except (Exception, SystemExit) as error:  # not KeyboardInterrupt: a student stops an endless loop
            raise _Trouble(RAISED, *words.raised(error, function)) from None
        for name, (old, new) in fixed.items():
            if not same(old, new):
                raise _Trouble(CHANGED_INPUT, *words.changed(name))
        seen["returned"] = plain(result)
        return result

    drive = task.drive or _one_call(task)
    try:
        with contextlib.redirect_stdout(printed), warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            for label, value in drive(call, case):
                seen["outputs"].append([label, plain(value)])
    except _Trouble as trouble:
        seen["trouble"] = list(trouble.args)
    seen["unchanged"] = [name for name in task.in_place if same(before[name], case[name])]
    seen["printed"] = printed.getvalue()[:PRINTED_AT_MOST]
    return seen


def judge(task, cases, observed):
    """Verdict from what `observe` gave for each case."""
    expected = [observe(task, task.reference, case) for case in cases]

    def result(status, i, hint, message, misconception=""):
        arguments = "\n".join(f"{name} = {show(value)}" for name, value in cases[i].items())
        got = "\n".join(f"{label} = {show_plain(value)}" for label, value in observed[i]["outputs"])
        message = f"Case {i + 1} of {len(cases)}: {message}"
        return Verdict(task.name, task.title, status, hint, message, misconception, arguments, got,
                       observed[0]["printed"])

    for i, (wanted, seen) in enumerate(zip(expected, observed)):
        for (label, a), (_, b) in zip(wanted["outputs"], seen["outputs"]):
            if misfit(a, b):
                return result(WRONG_FORM, i, *words.wrong_form(label, a, b, misfit(a, b), seen["printed"]))
        if seen["trouble"]:
            return result(seen["trouble"][0], i, *seen["trouble"][1:])
    if _left_alone(task.in_place, expected, observed):
        return result(NOT_IN_PLACE, 0, *words.left_alone(task.in_place, observed[0]["returned"]))

    right = [_agreement(task, wanted, seen) for wanted, seen in zip(expected, observed, strict=True)]
    wrong = [i for i, flags in enumerate(right) if not all(flags.values())]
    if not wrong:
        message = f"All {len(cases)} random cases agree."
        if task.in_place and observed[0]["returned"]["kind"] != "nothing":
            message += " What your function returns is not used: it works in place."
        return Verdict(task.name, task.title, PASSED, "", message, printed=observed[0]["printed"])
    i = wrong[0]
    message = words.who_differs(right[i])
    for mistake in task.misconceptions:
        results = [observe(task, mistake.function, case) for case in cases]
        if all(all(_agreement(task, made, seen).values()) for made, seen in zip(results, observed)):
            return result(WRONG_VALUE, i, mistake.message, message, mistake.name)
    for name in task.in_place:
        if _left_alone([name], expected, observed):
            return result(NOT_IN_PLACE, i, *words.left_alone([name]))
    return result(WRONG_VALUE, i, words.no_known_mistake(observed[i]["outputs"]), message)


def is_empty(function):
    """Whether there is nothing in a function but a docstring, pass, ..., or raise NotImplementedError()."""
    code = getattr(function, "__code__", None)
    if code is None:
        return False
    holds_no_values = all(value is None or value == function.__doc__ for value in code.co_consts)
    return holds_no_values and (code.co_code, code.co_names) in EMPTY


def _empty_bodies():
    """What Python makes of an empty function: the same bytes whatever its arguments."""
    def calls(): raise NotImplementedError()
    def names(): raise NotImplementedError
    def passes(): pass
    def says(): "a docstring"
    return {(f.__code__.co_code, f.__code__.co_names) for f in (calls, names, passes, says)}


EMPTY = _empty_bodies()


class _Trouble(Exception):
    """(status, hint, message): the call went wrong, and there is nothing to compare."""


def _one_call(task):
    """The usual `drive`: one call, then what it returned, or the arrays it was to change."""
    def drive(call, case):
        returned = call(*case.values())
        if task.in_place:
            yield from ((name, case[name]) for name in task.in_place)
        else:
            yield ", ".join(task.returns), returned
    return drive


def _agreement(task, wanted, seen):
    """{label: whether the numbers agree} for two observations of the same form.

    Raises ValueError where one has more outputs than the other: what is missing must not count as right.
    """
    return {name: close(x, y, task.rtol, task.atol)
            for (label, a), (_, b) in zip(wanted["outputs"], seen["outputs"], strict=True)
            for name, x, y in parts(label, a, b)}


def _left_alone(names, expected, observed):
    """Whether these arguments are as before in every case in which the reference changes them."""
    changed = [[name for name in names if name not in wanted["unchanged"]] for wanted in expected]
    return any(changed) and all(set(a) <= set(seen["unchanged"]) for a, seen in zip(changed, observed))
