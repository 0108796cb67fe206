"""`check("05.momentum", momentum_update)` says whether a function is right, and names the mistake if not.

engine.py runs a check, diagnosis.py finds the mistake, words.py has the words for what it finds without one,
feedback.py shows them. Every other module that has TASKS belongs to an exercise; it is found, not registered.
A task is written like this (momentum.py has more of them):

    STEP = Task(
        "01.step", "a step of gradient descent", descent_step, step_cases, in_place=("theta",),
        hints=("Which way does the gradient point?", "From theta take away a share of the gradient."),
        misconceptions=(
            ("uphill", but(descent_step, "-=", "+="), "This climbs: the gradient points uphill."),
            ("unit length", lambda theta, g, lr: descent_step(theta, g / np.linalg.norm(g), lr),
             "Your step has the same length whatever the gradient."),
        ))

- `descent_step` is a right version, the library's own if there is one; `step_cases(rng)` gives three cases at
  least.
- A mistake is (name, function, message). `but(f, old, new)` is f with a change of its source, which must fit
  exactly once; a lambda does where the change is a line of its own, a `def` where it differs more.
- The message says what was done and where to look, never the answer. It speaks only of the results that this
  mistake gets wrong: others may have gone wrong in another way.
- A mistake may give results of another form. It may also raise in the last case, after two in which it gives
  wrong numbers: the product with a matrix that should be transposed, square in the first cases only.
- What any function can get wrong is named by mistakes.py: a sign, a factor, a root, an argument ignored or
  replaced, entries shifted, lost or in another order; and by slips.py, which tries small changes of the
  reference: brackets, signs, what is left out. Write it down where you have better words: they win.
- `ways(f, old, (name, message, new, new, ...), ...)` makes the mistakes of one place, each in one or more.
- Choose cases in which no two mistakes give the same numbers: no 0, 1 or 2, no momentum of 0.5 (which is
  1 - momentum). A reference must end, and may raise, where an argument is 0, negative or one off.

tests/unit/test_checks_tasks.py holds all this; tests/unit/students/ has what students write.
"""

import difflib
import importlib
import os
import pkgutil

from .. import markup
from . import engine, feedback

_modules = [importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
TASKS = {task.name: task for task in sorted(
    (task for module in _modules for task in getattr(module, "TASKS", ())), key=lambda task: task.name)}

_hints_shown = {}


def check(name, function):
    """Show the verdict on a function: a box in a notebook, printed text elsewhere. Returns None.

    Raises ValueError for an unknown name, TypeError where `function` is no function. Under nbgrader, which
    takes a cell without an exception for passed, AssertionError where the verdict is not "passed".
    """
    found = verdict(name, function)
    feedback.show(feedback.text_of(found), feedback.html_of(found))
    if os.environ.get("NBGRADER_EXECUTION") and not found.passed:  # "autograde" or "validate"
        raise AssertionError(feedback.headline(found))


def verdict(name, function):
    """The Verdict that `check` shows, as data."""
    task = find(name)
    if not callable(function):
        raise TypeError("function must be the function itself, its name without parentheses,"
                        f" got {function!r:.60}")
    return engine.verdict(task, function)


def hint(name, level=None):
    """Show a hint: the first, at the second call the second. `level` 1 or 2 picks one. Returns None."""
    task = find(name)
    if level not in (None, 1, 2):
        raise ValueError(f"level must be 1 or 2, got {level!r}")
    level = level or min(_hints_shown.get(name, 0) + 1, 2)
    _hints_shown[name] = level
    title, words = f"? Hint {level} of 2: {task.title}", task.hints[level - 1]
    feedback.show(f"{title}\n{words}", markup.frame(markup.HINT, title, markup.paragraph(words)))


def find(name):
    """The task of this name. Raises TypeError where it is no text, ValueError where there is none."""
    if not isinstance(name, str):
        raise TypeError("name must be a text such as '05.momentum', and comes before the function,"
                        f" got {name!r:.60}")
    if name not in TASKS:
        near = difflib.get_close_matches(name, TASKS, n=3, cutoff=0.5) or sorted(TASKS)
        raise ValueError(f"name must be the name of a check, got {name!r}; nearest: {', '.join(near)}")
    return TASKS[name]
