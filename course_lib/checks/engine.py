"""The engine of checks: draw cases, observe a function on them, judge what was seen.

`observe` is the only place where a student's code runs, and it gives plain data, so it may run in another
process. `judge` looks at that data only: an object that a student's function returned, with whatever it does
when it is compared or converted, is gone by then.

A task is data too: see __init__.py for how one is written.
"""

import contextlib
import copy
import inspect
import io
import signal
import threading
import time
import warnings
import zlib
from dataclasses import dataclass
from functools import cached_property
from typing import Callable, NamedTuple

import numpy as np

from . import words
from .diagnosis import explain, explain_form, explain_trouble
from .mistakes import flat, in_arguments, kind_of, shared
from .slips import slips
from .values import Shown, arrays, plain, same, show, show_plain

PASSED = "passed"
NOT_ATTEMPTED = "not attempted"
RAISED = "raised"
TOO_LONG = "did not end"
WRONG_ARGUMENTS = "wrong arguments"
WRONG_FORM = "wrong type or shape"
CHANGED_INPUT = "changed its input"
NOT_IN_PLACE = "not changed in place"
WRONG_VALUE = "wrong value"

PRINTED_AT_MOST = 2000  # characters of a student's own prints that are kept
SECONDS_AT_MOST = 5.0   # of one call


class Misconception(NamedTuple):
    """A plausible wrong version: its name, a function that has the mistake, and what to tell who made it.

    The message names the mistake and says where to look. It never holds the answer, and speaks only of the
    results that the mistake gets wrong.
    """

    name: str
    function: Callable
    message: str


@dataclass(frozen=True)
class Task:
    """What a check has to know about one function that a student writes.

    name            as in check("05.momentum", ...)
    title           the task in a few words
    reference       a right version, which ends for any numbers; messages call the arguments as it does
    draw            draw(rng) -> list of cases, at least three; a case is {argument: value}, in order
    hints           two hints, the second says more than the first
    misconceptions  at least five (name, function, message); no two give the same results on the cases; they
                    may have another form, or raise after the first cases
    in_place        names of the arguments that the function must change; it must leave all others as they are
    returns         names of the values it returns; () where it works in place
    drive           drive(call, case) -> iterator of (label, value), where one call does not show enough:
                    makes the calls, says what to compare, by the same labels in every case; may raise
                    WrongForm. Where all values are False, the labels say what is wrong. None: one call,
                    then what it returned or `in_place`
    slow            what to tell who is right in the cases before one that takes too long, or ""
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
    slow: str = ""
    rtol: float = 1e-6
    atol: float = 1e-9

    def __post_init__(self):
        object.__setattr__(self, "misconceptions", tuple(Misconception(*x) for x in self.misconceptions))

    @cached_property
    def arguments(self):
        return tuple(inspect.signature(self.reference).parameters)

    def cases(self):
        """The cases, the same at every call: the seed is made from the name."""
        return self.draw(np.random.default_rng(zlib.crc32(self.name.encode())))

    def agree(self, right, got):
        """Whether the numbers of two arrays of the same shape agree."""
        if right.size and abs(right.item(0) - got.item(0)) > self.atol + self.rtol * abs(right.item(0)):
            return False  # as most that differ do: found in a tenth of the time
        with np.errstate(all="ignore"):
            near = (np.abs(got - right) <= self.atol + self.rtol * np.abs(right)) & np.isfinite(right)
            return bool(np.all(near | (got == right) | (got != got) & (right != right)))

    @cached_property
    def expected(self):
        """What `observe` gives for the reference on each case."""
        return [observe(self, self.reference, case) for case in self.cases()]

    @cached_property
    def faults(self):
        """Labels of the results that are False in all cases: each says what is wrong where it is True."""
        return [label for label, _ in self.expected[0]["outputs"] if all(
            dict(seen["outputs"])[label].get("truth") == "False" for seen in self.expected)]

    @cached_property
    def own_observed(self):
        """[(name, message, what `observations` gives)] of the misconceptions."""
        cases = self.cases()
        return [(name, message, observations(self, function, cases))
                for name, function, message in self.misconceptions]

    @cached_property
    def own_mistakes(self):
        """[(name, message, results)] of those whose results have the right form."""
        return self._made(self.own_observed)

    @cached_property
    def own_troubles(self):
        """[(name, message, observed)] of the others: another form, or an exception in a later case."""
        return [mistake for mistake in self.own_observed if self.results(mistake[2]) is None]

    @cached_property
    def other_arguments(self):
        """[(name, message, results)] of the reference with something else in the place of an argument."""
        cases = self.cases()
        return self._made((name, message, observations(self, self.reference, map(change, cases)))
                          for name, message, change in in_arguments(cases, self.in_place))

    @cached_property
    def slips(self):
        """[(name, message, results)] of the reference with a small change of its source."""
        cases = self.cases()
        kinds = {name: kind_of([case[name] for case in cases]) for name in shared(cases)}
        return self._made((name, message, observations(self, function, cases))
                          for name, message, function in slips(self.reference, kinds))

    def _made(self, mistakes):
        made = [(name, message, self.results(observed)) for name, message, observed in mistakes]
        return [(name, message, {label: flat(cases) for label, cases in results.items()})
                for name, message, results in made if results]

    def results(self, observed):
        """{label: [array of each case]}; None where a call went wrong or gave results of another form."""
        found = {}
        for wanted, seen in zip(self.expected, observed):
            if seen["trouble"]:
                return None
            for (label, a), (_, b) in zip(wanted["outputs"], seen["outputs"], strict=True):
                pairs = arrays(label, a, b)
                if pairs is None:
                    return None
                for name, (_, got) in pairs.items():
                    found.setdefault(name, []).append(got)
        return found


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
    task.expected  # made before any code of a student's runs
    return judge(task, observations(task, function, task.cases()))


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


def observations(task, function, cases):
    """What `observe` gives for each case, up to the first that goes wrong."""
    observed = []
    for case in cases:
        observed.append(observe(task, function, case))
        if observed[-1]["trouble"]:
            break
    return observed


def observe(task, function, case):
    """What a function does with a copy of the case, as plain data:

    outputs    [[label, value], ...]
    unchanged  the arguments that it should change in place and left as they were
    returned   value of the last call
    is_input   name of the argument that the last call returned as it came, or ""
    printed    what it printed
    trouble    None; or [status, hint, message] where it raised, did not end, or changed an input, and then
               the name of the mistake if there is one
    """
    case = copy.deepcopy(case)
    before = copy.deepcopy(case)
    printed = io.StringIO()
    seen = {"outputs": [], "unchanged": [], "returned": plain(None), "is_input": "", "printed": "",
            "trouble": None}

    def call(*arguments):
        fixed = {name: (copy.deepcopy(value), value) for name, value in zip(task.arguments, arguments)
                 if name not in task.in_place}
        try:
            with time_limit(SECONDS_AT_MOST):
                result = function(*(x.function if isinstance(x, Shown) else x for x in arguments))
        except _TooLong as error:
            raise _Trouble(TOO_LONG, *words.too_long(error, function, SECONDS_AT_MOST)) from None
        except (Exception, SystemExit) as error:  # not KeyboardInterrupt: a student stops what takes long
            raise _Trouble(RAISED, *words.raised(error, function)) from None
        for name, (old, new) in fixed.items():
            if not same(old, new):
                raise _Trouble(CHANGED_INPUT, *words.changed(name, result is new))
        seen["returned"] = plain(result)
        seen["is_input"] = next((name for name, (_, new) in fixed.items()
                                 if result is new and isinstance(new, np.ndarray)), "")
        return result

    drive = task.drive or _one_call(task)
    try:
        with contextlib.redirect_stdout(printed), warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            for label, value in drive(call, case):
                seen["outputs"].append([label, plain(value)])
    except _Trouble as trouble:
        seen["trouble"] = list(trouble.args)
    except WrongForm as wrong:
        label, asked, returned = wrong.args
        wanted, got = {"kind": "other", "words": asked}, plain(returned)
        name, hint = words.nothing_returned(got, printed.getvalue()) or ("", words.other_form(wanted, got))
        seen["trouble"] = [WRONG_FORM, hint, words.forms(label, wanted, got), name]
    seen["unchanged"] = [name for name in task.in_place if same(before[name], case[name])]
    seen["printed"] = printed.getvalue()[:PRINTED_AT_MOST]
    return seen


@contextlib.contextmanager
def time_limit(seconds):
    """Raises _TooLong inside after so many seconds. No effect in a thread, and where there are no timers."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number, frame):
        raise _TooLong

    started = time.monotonic()
    handler = signal.signal(signal.SIGALRM, stop)
    left, interval = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        if left:  # somebody else's timer runs on
            signal.setitimer(signal.ITIMER_REAL, max(left - (time.monotonic() - started), 1e-3), interval)


def judge(task, observed):
    """Verdict from what `observations` gave."""
    cases = task.cases()

    def result(status, i, hint, message, misconception=""):
        arguments = "\n".join(f"{name} = {show(value)}" for name, value in cases[i].items())
        got = "\n".join(f"{label} = {show_plain(value)}" for label, value in observed[i]["outputs"])
        message = f"Case {i + 1} of {len(cases)}: {message}"
        return Verdict(task.name, task.title, status, hint, message, misconception, arguments, got,
                       observed[0]["printed"])

    for i, (wanted, seen) in enumerate(zip(task.expected, observed)):
        for k, ((label, a), (_, b)) in enumerate(zip(wanted["outputs"], seen["outputs"])):
            if arrays(label, a, b) is None:
                known, hint = (
                    words.nothing_returned(b, seen["printed"]) or explain_trouble(task, observed)
                    or explain_form(task, observed, k) or ("", words.other_form(a, b)))
                return result(WRONG_FORM, i, hint, words.forms(label, a, b), known)
        if seen["trouble"]:
            status, hint, message, *name = seen["trouble"]
            known, hint = status == RAISED and explain_trouble(task, observed) or ("".join(name), hint)
            if status == TOO_LONG and i and task.slow and _right_so_far(task, observed[:i]):
                known, hint = "slow", task.slow
            return result(status, i, hint, message, known)
    if _left_alone(task.in_place, task.expected, observed):
        return result(NOT_IN_PLACE, 0, *words.left_alone(task.in_place, observed[0]["returned"]))
    if len(observed) != len(task.expected):
        raise ValueError(f"observed must have an entry for each of the {len(task.expected)} cases,"
                         f" got {len(observed)}")

    right, got = task.results(task.expected), task.results(observed)
    agree = [{label: task.agree(x[i], got[label][i]) for label, x in right.items()}
             for i in range(len(cases))]
    wrong = [i for i, flags in enumerate(agree) if not all(flags.values())]
    if not wrong:
        message = f"All {len(cases)} random cases agree."
        if task.in_place and observed[0]["returned"]["kind"] != "nothing":
            message += " What your function returns is not used: it works in place."
        return Verdict(task.name, task.title, PASSED, "", message, printed=observed[0]["printed"])
    i = wrong[0]
    known, unknown = explain(task, right, got, observed[i]["is_input"])
    hints = [message for _, message in known]
    left = [name for name in task.in_place if _left_alone([name], task.expected, observed)]
    if left and not {name for name, _ in known} & {mistake.name for mistake in task.misconceptions}:
        return result(NOT_IN_PLACE, i, *words.left_alone(left))
    if unknown:
        hints.append(words.no_known_mistake(unknown, right, got, bool(known)))
    names = "; ".join(name for name, _ in known)
    return result(WRONG_VALUE, i, " ".join(hints), words.who_differs(agree[i]), names)


def _right_so_far(task, observed):
    """Whether the results of these first cases, all of the right form, are right."""
    right, got = task.results(task.expected[:len(observed)]), task.results(observed)
    return all(task.agree(x, y) for label in right for x, y in zip(right[label], got[label]))


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


class WrongForm(Exception):
    """WrongForm(label, form asked for, what was returned): a drive cannot go on with what was returned."""


class _Trouble(Exception):
    """(status, hint, message): the call went wrong, and there is nothing to compare."""


class _TooLong(BaseException):
    """The call took too long. No Exception, so that a student's `except Exception` lets it pass."""


def _one_call(task):
    """The usual `drive`: one call, then what it returned, or the arrays it was to change."""
    def drive(call, case):
        returned = call(*case.values())
        if task.in_place:
            yield from ((name, case[name]) for name in task.in_place)
        else:
            yield ", ".join(task.returns), returned
    return drive


def _left_alone(names, expected, observed):
    """Whether these arguments are as before in every case in which the reference changes them."""
    changed = [[name for name in names if name not in wanted["unchanged"]] for wanted in expected]
    return any(changed) and all(set(a) <= set(seen["unchanged"]) for a, seen in zip(changed, observed))
