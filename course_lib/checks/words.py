"""What a check says where it knows no more than the kind of the trouble: pairs (hint, message).

The hint says what to do, the message what was seen. Neither holds the answer.
"""

import linecache
import traceback

import numpy as np

from .values import count, form, type_name

EMPTY = ("Put your code in the place of `raise NotImplementedError()`, run its cell, then this one.",
         "The function has no code of yours in it yet.")


def other_arguments(wanted, got):
    """The function takes other arguments, or takes them in another order."""
    hint = f"Keep the task's first line: the arguments are `{', '.join(wanted)}`, in this order."
    if sorted(got) == sorted(wanted):
        return hint, f"Yours come in another order: {', '.join(got)}."
    yours = f"{count(len(got), 'argument')}: {', '.join(got)}" if got else "none"
    return hint, f"The task has {count(len(wanted), 'argument')}, your function {yours}."


def raised(error, function):
    """An exception came out of the function."""
    code = getattr(function, "__code__", None)
    frames = [(frame.f_code, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    lines = [line for where, line in frames if code and where.co_filename == code.co_filename]
    place = "in your function"
    if lines:
        text = linecache.getline(code.co_filename, lines[-1]).strip()
        place = f"at line {lines[-1]}" + f": `{text}`" * bool(text)
    if isinstance(error, NotImplementedError) and frames[-1][0] is code:
        return ("Your code ran, and then came to `raise NotImplementedError()`, which is still in the"
                " function. Delete that line.", f"NotImplementedError {place}")
    try:
        text = str(error)[:300]
    except Exception:  # an exception's own __str__ may raise
        text = ""
    return f"Python stopped {place}", type_name(type(error)) + f": {text}" * bool(text)


def changed(name):
    """The function changed an argument that is an input."""
    return (f"Leave {name} as it is: make a new array, or work on `{name}.copy()`."
            f" Assigning to `{name}[...]` and operators such as `+=` change the caller's array.",
            f"your function changed {name}, which is an input.")


def left_alone(names, returned=None):
    """The function did not change the arguments that it has to change in place."""
    many = len(names) > 1
    first = names[0]
    hint = (f"Change the {'arrays' if many else 'array'} you are given, with `{first}[:] = ...` or operators"
            f" such as `+=`. `{first} = ...` makes a new array of that name and leaves the caller's alone,"
            f" and `{first}[rows]`, rows picked by a list or a mask, is a copy.")
    message = f"after the call, {' and '.join(names)} {'are' if many else 'is'} the same as before."
    if returned and returned["kind"] != "nothing":
        message += f" Your function returned {form(returned)} instead."
    return hint, message


def wrong_form(label, wanted, got, words, printed):
    """The result has a form that cannot be compared; `words` says which."""
    kinds = wanted["kind"], got["kind"]
    if got["kind"] == "nothing" and printed:
        hint = "`print` shows a value, `return` hands it to the caller. End your function with `return`."
    elif got["kind"] == "nothing":
        hint = "Is there a `return` on every way through your function?"
    elif kinds in (("array", "list"), ("array", "tuple")):
        hint = f"`np.array(...)` makes an array of a {got['kind']}."
    elif kinds == ("array", "array"):
        hint = "Look at which axis you sum, index or stack over."
    elif kinds == ("number", "array"):
        hint = "You have one number per entry. How do you make a single one of them?"
    elif kinds == ("array", "number"):
        hint = "The result has an entry for each entry of the input. Is a sum, a mean or an index too much?"
    else:
        hint = "Look at the end of the docstring: what is returned, and in which form?"
    if wanted["kind"] == "tuple":
        return hint, f"the task wants {len(wanted['parts'])} numbers: {label}. Yours is {words}."
    return hint, f"the task wants {label} as {form(wanted)}. Yours is {words}."


def who_differs(flags):
    """Which results are wrong and which are right, from {label: is it right}."""
    wrong = [label for label, good in flags.items() if not good]
    right = [label for label, good in flags.items() if good]
    if len(flags) > 2:
        return f"{wrong[0]} is the first result that is not what the task asks for."
    if right:
        return f"{wrong[0]} is not what the task asks for; {right[0]} is right."
    return f"{' and '.join(wrong)} {'is' if len(wrong) == 1 else 'are'} not what the task asks for."


def no_known_mistake(outputs):
    """Hint for wrong numbers that no misconception gives."""
    for label, value in outputs:
        if "values" in value and not np.isfinite(value["values"]).all():
            return f"{label} is not finite. Look for a division by zero, or the root of a negative number."
    return "None of the usual mistakes gives these numbers. Work this case out by hand, line by line."
