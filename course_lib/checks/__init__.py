"""`check("05.momentum", momentum_update)` says whether a function is right, and names the mistake if not.

One module per exercise holds its tasks as data. engine.py runs them, words.py has the words for what it
finds, feedback.py shows them.
"""

import difflib
import os

from .. import markup
from . import adaptive, autodiff, engine, feedback, initialization, learning_rates, momentum, sgd, start, surfaces

TASKS = {task.name: task
         for exercise in (start, surfaces, autodiff, initialization, sgd, momentum, adaptive, learning_rates)
         for task in exercise.TASKS}

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
