"""Values as plain data: what JSON can hold, in which form, as arrays again, and how a reader sees them.

{"kind": "nothing"}                            None
{"kind": "number", "values": 1.5}              "truth": "True" beside it, if that is what it was
{"kind": "array", "shape": [2], "values": [1.5, 2.0]}
{"kind": "tuple", "parts": [...]}              also "list"
{"kind": "other", "words": "an object of type str"}
"""

import inspect
from dataclasses import dataclass
from typing import Callable

import numpy as np

NUMBERS = {bool, int, float} | {kind for kind in np.sctypeDict.values()
                                if issubclass(kind, (np.integer, np.floating, np.bool_))}
ENTRIES_SHOWN = 24  # of an array; a larger one is shown by its shape and beginning


def plain(value, depth=3):
    """A value as plain data. By exact type only: an object of a subclass may say of itself what it likes."""
    kind = type(value)
    if value is None:
        return {"kind": "nothing"}
    if kind in (bool, np.bool_):
        return {"kind": "number", "values": float(value), "truth": str(value)}
    if kind in NUMBERS and not (kind is int and abs(value) > 1e300):
        return {"kind": "number", "values": float(value)}
    if kind is np.ndarray and value.dtype.kind in "biuf":
        return {"kind": "array", "shape": list(value.shape), "values": value.astype(float).tolist()}
    if kind is np.ndarray:
        return {"kind": "other", "words": f"an array of type {value.dtype}"}
    if kind in (list, tuple) and depth and len(value) <= 1000:
        return {"kind": kind.__name__, "parts": [plain(part, depth - 1) for part in value]}
    return {"kind": "other", "words": f"an object of type {type_name(kind)}"}


def type_name(kind):
    try:
        return str(kind.__name__)[:60]
    except Exception:  # a metaclass may do anything
        return "unknown"


def array_of(value):
    """The numbers of a plain value as an array, equally long lists as its rows; None where it is no array."""
    if "values" in value:
        return np.array(value["values"], float).reshape(value.get("shape", ()))
    rows = [array_of(part) for part in value.get("parts", [])]
    if not rows or any(row is None or row.shape != rows[0].shape for row in rows):
        return None
    return np.array(rows)


def parts_of(label, wanted, got):
    """[(label, wanted, got), ...]: one for each part of a tuple, whose label is "a, b", else a single one.

    The parts may come as a tuple, a list or the rows of an array; None where there are more or fewer of them.
    """
    if wanted["kind"] != "tuple":
        return [(label, wanted, got)]
    if "shape" in got:
        given = [plain(row) for row in array_of(got)] if got["shape"] else []
    else:
        given = got.get("parts", [])
    if len(given) != len(wanted["parts"]):
        return None
    return list(zip(label.split(", "), wanted["parts"], given))


def arrays(label, wanted, got):
    """{label: (wanted, got)} as arrays of the same shape; None where `got` has another form than `wanted`."""
    found = {name: (array_of(x), array_of(y)) for name, x, y in parts_of(label, wanted, got) or []}
    if not found or any(y is None or x.shape != y.shape for x, y in found.values()):
        return None
    return found


def same(before, after):
    """Whether nothing in `after` differs from `before`, a copy made earlier. Not of plain data, of values."""
    if type(before) is not type(after):
        return False
    if isinstance(before, np.ndarray):
        nan_too = before.dtype.kind == "f"
        return before.dtype == after.dtype and np.array_equal(before, after, equal_nan=nan_too)
    if isinstance(before, (list, tuple)):
        return len(before) == len(after) and all(map(same, before, after))
    if isinstance(before, dict):
        return before.keys() == after.keys() and all(same(before[key], after[key]) for key in before)
    if inspect.isroutine(before):
        return True
    if hasattr(before, "__dict__"):
        return same(vars(before), vars(after))
    return before == after or before != before and after != after  # nan is nan


def form(value):
    """Form of a plain value in words, without its numbers."""
    if value["kind"] == "array":
        return f"an array of shape {tuple(value['shape'])}"
    if value["kind"] in ("list", "tuple"):
        return f"a {value['kind']} of {count(len(value['parts']), 'part')}"
    return {"number": "a single number", "nothing": "nothing (None)"}.get(value["kind"]) or value["words"]


def count(n, noun):
    return f"{n} {noun}{'s' * (n != 1)}"


@dataclass(frozen=True, eq=False)
class Shown:
    """A function of a case, with a text that stands for it where the case is shown.

    A student's code gets the function alone.
    """

    text: str
    function: Callable

    def __call__(self, *arguments):
        return self.function(*arguments)

    def __str__(self):
        return self.text


def show(value):
    """A value for a reader: numbers to four significant digits, a large array by its shape and beginning."""
    if isinstance(value, np.ndarray) and value.size > ENTRIES_SHOWN:
        beginning = ", ".join(show(x) for x in value.reshape(-1)[:4].tolist())
        return f"array of shape {value.shape}, beginning [{beginning}, ...]"
    if isinstance(value, np.ndarray):
        return show(value.tolist())
    if isinstance(value, list):
        return f"[{', '.join(map(show, value))}]"
    if isinstance(value, (float, np.floating)):
        return f"{value:.4g}"
    return str(value)


def show_plain(value):
    """A plain value for a reader."""
    if "truth" in value:
        return value["truth"]
    if "values" in value:
        return show(array_of(value))
    if "parts" in value:
        inner = ", ".join(map(show_plain, value["parts"]))
        return f"[{inner}]" if value["kind"] == "list" else f"({inner})"
    return form(value)


def numbers(rng, shape):
    """Numbers of one decimal, between 0.1 and 2.9 in size: easy to follow by hand, and never 0."""
    return rng.integers(1, 30, shape) / 10 * rng.choice([-1, 1], shape)


def distinct(rng, *shapes):
    """Such numbers in arrays of these shapes, none of the size of another one, none 1 or 2."""
    sizes = rng.permutation([k for k in range(1, 50) if k not in (10, 20)]) / 10
    drawn = sizes * rng.choice([-1, 1], len(sizes))
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])
    return [part.reshape(shape) for part, shape in zip(np.split(drawn, ends), shapes)]
