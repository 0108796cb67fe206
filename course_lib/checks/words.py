"""What a check says where it knows the kind of the trouble only: pairs (hint, message), or one of the two.

The hint says what to do, the message what was seen. Neither holds the answer.
"""

import linecache
import traceback

import numpy as np

from .values import array_of, count, form, parts_of, type_name

NOT_FINITE = ("Some numbers are not finite: look for a division by zero, the root of a negative number, or an"
              " exponential of a large one.")
EMPTY = ("Put your code in the place of `raise NotImplementedError()`, run its cell, then this one.",
         "The function has no code of yours in it yet.")


def other_arguments(wanted, got):
    """The function takes other arguments, or takes them in another order."""
    hint = f"Keep the task's first line: the arguments are `{', '.join(wanted)}`, in this order."
    if sorted(got) == sorted(wanted):
        return hint, f"Yours come in another order: {', '.join(got)}."
    yours = f"{count(len(got), 'argument')}: {', '.join(got)}" if got else "none"
    return hint, f"The task has {count(len(wanted), 'argument')}, your function {yours}."


def place_of(error, function):
    """Where in the function an exception came up, in words."""
    code = getattr(function, "__code__", None)
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__)
             if code and frame.f_code.co_filename == code.co_filename]
    if not lines:
        return "in your function"
    text = linecache.getline(code.co_filename, lines[-1]).strip()
    return f"at line {lines[-1]}" + f": `{text}`" * bool(text)


def raised(error, function):
    """An exception came out of the function."""
    place = place_of(error, function)
    frames = [frame.f_code for frame, _ in traceback.walk_tb(error.__traceback__)]
    if isinstance(error, NotImplementedError) and frames[-1] is getattr(function, "__code__", None):
        return ("Your code ran, and then came to `raise NotImplementedError()`, which is still in the"
                " function. Delete that line.", f"NotImplementedError {place}")
    try:
        text = str(error)[:300]
    except Exception:  # an exception's own __str__ may raise
        text = ""
    return f"Python stopped {place}", type_name(type(error)) + f": {text}" * bool(text)


def too_long(error, function, seconds):
    """The function was stopped."""
    return (f"Your function does not come to an end; it was stopped {place_of(error, function)}. If that is"
            " in a loop: what ends it, and does every round come nearer to that?",
            f"still running after {seconds:g} seconds.")


def changed(name, returned):
    """The function changed an argument that is an input, and maybe returned it."""
    return (f"Leave {name} as it is: make a new array, or work on `{name}.copy()`. Assigning to `{name}[...]`"
            " and operators such as `+=` change the caller's array, and a second name for it is no copy.",
            f"your function changed {name}, which is an input{', and returned it' * returned}.")


def left_alone(names, returned=None):
    """The function did not change the arguments that it has to change in place."""
    many = len(names) > 1
    first = names[0]
    hint = (f"Change the {'arrays' if many else 'array'} you are given, with `{first}[:] = ...` or operators"
            f" such as `+=`. If you wrote `{first} = ...`: that makes a new array of that name and leaves the"
            f" caller's alone. So does `{first}[rows]`, rows picked by a list or a mask: it is a copy.")
    message = f"after the call, {' and '.join(names)} {'are' if many else 'is'} the same as before."
    if returned and returned["kind"] != "nothing":
        message += f" Your function returned {form(returned)} instead."
    return hint, message


def nothing_returned(got, printed):
    """(name, hint) where nothing came back; or None."""
    if got["kind"] == "nothing" and printed:
        return ("printed, not returned",
                "`print` shows a value, `return` hands it to the caller. End your function with `return`.")
    if got["kind"] == "nothing":
        return "nothing returned", "Is there a `return` on every way through your function?"
    return None


def other_form(wanted, got):
    """Hint for a result whose form cannot be compared."""
    if wanted["kind"] == "tuple":
        return "Look at the end of the docstring: what is returned, and in which order?"
    x, y = array_of(wanted), array_of(got)
    if x is None or y is None:
        return "Look at the end of the docstring: what is returned, and in which form?"
    if x.ndim == 0:
        return "You have one number per entry. How do you make a single one of them?"
    if y.ndim == 0:
        return "An array is asked for. Is a sum, a mean or an index too much, or a `return` too early?"
    if x.ndim == y.ndim and x.shape[1:] == y.shape[1:]:
        n = len(y) - len(x)
        return (f"Your array is too {'long' if n > 0 else 'short'} by {abs(n)}. Where does your loop or your"
                " slice begin, and where does it end?")
    if x.ndim == y.ndim:
        return "Rows or columns do not fit. Look at which axis you sum, index or stack over."
    return f"Your array has {count(y.ndim, 'dimension')}, not {x.ndim}. Look at what you sum, index or stack."


def forms(label, wanted, got):
    """Which form was wanted, and which came."""
    if wanted["kind"] != "tuple":
        return f"the task wants {label} as {form(wanted)}. Yours is {form(got)}."
    parts = ", ".join(f"{name} ({form(part)})" for name, part in zip(label.split(", "), wanted["parts"]))
    yours = form(got)
    for name, x, y in parts_of(label, wanted, got) or []:
        if form(x) != form(y):
            yours += f"; {name} is {form(y)}"
            break
    return f"the task wants {count(len(wanted['parts']), 'result')}: {parts}. Yours is {yours}."


def who_differs(flags):
    """Which results are wrong and which are right, from {label: is it right}."""
    wrong = [label for label, good in flags.items() if not good]
    right = [label for label, good in flags.items() if good]
    if len(flags) > 3:
        return f"the first result that is not what the task asks for: {wrong[0]}."
    return f"not what the task asks for: {', '.join(wrong)}." + f" Right: {', '.join(right)}." * bool(right)


def no_known_mistake(labels, right, got, others):
    """Hint for results that no mistake explains; `others` says whether one was named for other results."""
    for label in labels:
        if any(np.isfinite(x).all() and not np.isfinite(y).all() for x, y in zip(right[label], got[label])):
            return f"{NOT_FINITE} See {label}."
    these = f"the numbers of {', '.join(labels)}" if others else "these numbers"
    return f"None of the usual mistakes gives {these}. Work this case out by hand, line by line."
