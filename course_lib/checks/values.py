"""Values as plain data: what JSON can hold, in which form, how they compare, and how a reader sees them.

{"kind": "nothing"}                            None
{"kind": "number", "values": 1.5}
{"kind": "array", "shape": [2], "values": [1.5, 2.0]}
{"kind": "tuple", "parts": [...]}              also "list"
{"kind": "other", "words": "an object of type str"}
"""

import inspect

import numpy as np

NUMBERS = {bool, int, float} | {kind for kind in np.sctypeDict.values()
                                if issubclass(kind, (np.integer, np.floating, np.bool_))}
ENTRIES_SHOWN = 24  # of an array; a larger one is shown by its shape and beginning


def plain(value, depth=3):
    """A value as plain data. By exact type only: an object of a subclass may say of itself what it likes."""
    kind = type(value)
    if value is None:
        return {"kind": "nothing"}
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


def misfit(wanted, got):
    """What `got` is, in words, where its form is not that of `wanted`; "" where it is. Plain data both."""
    if wanted["kind"] != "tuple":
        fits = got["kind"] in ("number", "array") and got.get("shape", []) == wanted.get("shape", [])
        return "" if fits else form(got)
    n = len(wanted["parts"])
    if got["kind"] == "array" and got["shape"] == [n]:
        return ""
    if got["kind"] not in ("tuple", "list") or len(got["parts"]) != n:
        return form(got)
    for x, y in zip(wanted["parts"], got["parts"]):
        if misfit(x, y):
            return f"{form(got)}, one of which is {form(y)}"
    return ""


def parts(label, wanted, got):
    """[(label, wanted, got), ...]: one for each part of a tuple, whose label is "a, b"; else a single one."""
    if wanted["kind"] != "tuple":
        return [(label, wanted, got)]
    given = got["parts"] if "parts" in got else [{"kind": "number", "values": x} for x in got["values"]]
    return list(zip(label.split(", "), wanted["parts"], given))


def close(wanted, got, rtol, atol):
    """Whether all numbers of two values of the same form agree."""
    with np.errstate(all="ignore"):
        return bool(np.allclose(got["values"], wanted["values"], rtol, atol, equal_nan=True))


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
    return same(vars(before), vars(after)) if hasattr(before, "__dict__") else before == after


def form(value):
    """Form of a plain value in words, without its numbers."""
    if value["kind"] == "array":
        return f"an array of shape {tuple(value['shape'])}"
    if value["kind"] in ("list", "tuple"):
        return f"a {value['kind']} of {count(len(value['parts']), 'part')}"
    return {"number": "a single number", "nothing": "nothing (None)"}.get(value["kind"]) or value["words"]


def count(n, noun):
    return f"{n} {noun}{'s' * (n != 1)}"


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
    if "values" in value:
        return show(np.array(value["values"]))
    if "parts" in value:
        inner = ", ".join(map(show_plain, value["parts"]))
        return f"[{inner}]" if value["kind"] == "list" else f"({inner})"
    return form(value)


def numbers(rng, shape):
    """Numbers of one decimal, between 0.1 and 2.9 in size: easy to follow by hand, and never 0."""
    return rng.integers(1, 30, shape) / 10 * rng.choice([-1, 1], shape)
