"""Mistakes: a change of a right version's source, and those that any function can have.

`but(f, "old", "new")` is f with a mistake. `in_result` finds from the numbers alone how a result went wrong:
a sign, a factor, a root. `in_arguments` puts something else in the place of an argument: 1 for lr, or
1 - momentum for momentum. What is said of such numbers is true of them, whatever the code looks like.
"""

import copy
import inspect
import sys
import textwrap
from functools import cached_property
from itertools import permutations

import numpy as np

from .values import NUMBERS


class but:
    """The function or class with `old` replaced by `new` in its source: but(f, old, new, old 2, new 2, ...).

    Each `old` must stand there exactly once. The change is made at the first call, so that a library which
    was edited does not break an import; `made` raises ValueError where a change does not fit.
    """

    def __init__(self, original, *changes):
        self.original, self.changes = original, changes
        self.__name__ = f"{original.__name__}_but_{'_'.join(changes[1::2])}"

    @cached_property
    def made(self):
        source = textwrap.dedent(inspect.getsource(self.original)).removeprefix("@staticmethod\n")
        for old, new in zip(self.changes[::2], self.changes[1::2], strict=True):
            if source.count(old) != 1:
                raise ValueError(f"{self.original.__qualname__} must hold {old!r} once, got"
                                 f" {source.count(old)} times in:\n{source}")
            source = source.replace(old, new)
        space = dict(vars(sys.modules[self.original.__module__]))
        exec(compile(source, f"<{self.original.__qualname__}, changed>", "exec"), space)
        return space[self.original.__name__]

    def __call__(self, *arguments):
        return self.made(*arguments)


def ways(f, old, *rows):
    """[(name, function, message), ...] for rows (name, message, new, new, ...).

    Each `new` is a way to make that mistake: it stands in the place of `old` in f.
    """
    return [(f"{name}, {i}" if i > 1 else name, but(f, old, new), message)
            for name, message, *news in rows for i, new in enumerate(news, 1)]


# ---- what went wrong in one result: `right` and `got` are lists of arrays, one for each case

def flat(arrays):
    """All numbers of all cases."""
    return np.concatenate([np.ravel(x) for x in arrays])


def evident(right, got, pairs=2):
    """Whether the numbers differ in so many different pairs that it is hardly chance. A nan shows nothing."""
    x, y = flat(right), flat(got)
    differ = ~np.isclose(x, y, rtol=1e-5, atol=1e-8, equal_nan=True) & ~(np.isfinite(x) & ~np.isfinite(y))
    return len({(f"{a:.5g}", f"{b:.5g}") for a, b in zip(x[differ], y[differ])}) >= pairs


def in_result(right, got, cases, agree):
    """(name, message) of what makes the numbers got of the right ones, the same in all cases; or None.

    In a message {} stands for the name of the result.
    """
    if not evident(right, got):
        return None

    def makes(change, x, y, case):
        made = change(x, case)
        return agree(made, y) and np.isfinite(made).all() == np.isfinite(x).all()

    with np.errstate(all="ignore"):
        for name, message, change in [*CHANGES, *factors(cases)]:
            if all(makes(change, *these) for these in zip(right, got, cases)):
                return name, message
        for name, message, holds in PATTERNS:
            if holds(right, got, agree):
                return name, message
    return None


def where_wrong(right, got, cases, agree, shown=True):
    """(name, message) of where the numbers are wrong, if that is the same in all cases; or None.

    Entries, rows and columns are named only where the result is wrong in the case that is shown.
    """
    fine = [agree(x, y) for x, y in zip(right, got)]
    if not evident(right, got) or fine.count(False) < 2:
        return None
    parts = [("entry", "entries", "", np.asarray)]
    if all(x.ndim == 2 for x in right):
        parts = [("row", "rows", ", rows", np.asarray), ("column", "columns", ", columns", np.transpose)]
    for one, many, ending, turned in parts:
        xs, ys = [turned(x) for x in right], [turned(y) for y in got]
        begun = [[turned(a) for a in case.values() if isinstance(a, np.ndarray) and a.shape == x.shape]
                 for case, x in zip(cases, right)]
        for name, message, wanted in PLACES if shown else ():
            if just(wanted, xs, ys, agree) and not untouched(wanted, xs, ys, begun, agree):
                return name + ending, message.replace("entry", one).replace("entries", many)
    if all(good or proportional(1)([x], [y], agree) for x, y, good in zip(right, got, fine)):
        return "a factor in each case", ("In each case all numbers of {} are wrong by one factor, but not by"
                                         " the same in all of them. Which arguments does it hang on?")
    for words, holds in circumstances(cases):
        if all(good or here for good, here in zip(fine, holds)) and holds.count(False) > 1:
            return (f"only where {words}".replace("`", ""),
                    f"In the cases tried, you get {{}} wrong only where {words}.")
    return None


def circumstances(cases):
    """(words, [whether it is so in each case]): a truth value, an order of numbers, a form of a matrix."""
    names = {a: kind_of([case[a] for case in cases]) for a in shared(cases)}
    for a in names:
        values = [case[a] for case in cases]
        if {type(value) for value in values} == {bool}:
            yield f"`{a}` is True", values
            yield f"`{a}` is False", [not value for value in values]
        elif all(isinstance(value, np.ndarray) and value.ndim == 2 for value in values):
            yield f"`{a}` has more rows than columns", [len(value) > len(value.T) for value in values]
            yield f"`{a}` has more columns than rows", [len(value) < len(value.T) for value in values]
    for a, b in permutations(names, 2):
        if names[a] and names[a] == names[b] and names[a] in ("int", "float"):
            yield f"`{a} < {b}`", [case[a] < case[b] for case in cases]
            yield f"`{a} <= {b}`", [case[a] <= case[b] for case in cases]


def a_factor(right, got, cases, agree):
    """Name of the signs or the factor that make the numbers got of the right ones; or None."""
    with np.errstate(all="ignore"):
        if not all(agree(np.abs(x * y.flat[0]), np.abs(y * x.flat[0])) for x, y in zip(right, got) if x.size):
            return None  # each factor asked for in turn takes thirty times as long
        for name, _, change in [("wrong sign", "", lambda x, case: -x), *factors(cases)]:
            if all(agree(change(x, case), y) for x, y, case in zip(right, got, cases)):
                return name
    return "signs" if all(agree(np.abs(x), np.abs(y)) for x, y in zip(right, got)) else None


def some_signs(right, got, agree):
    """(name, message) where the numbers are right but for signs; or None."""
    if evident(right, got) and all(agree(np.abs(x), np.abs(y)) for x, y in zip(right, got)):
        return "some signs", "The sizes in {} are right, some of the signs are wrong. What decides on a sign?"
    return None


def shared(cases):
    """Names of the arguments that stand in every case, in order."""
    return [name for name in cases[0] if all(name in case for case in cases)]


def several(change):
    """The change where a result has several entries; any other stays as it is."""
    return lambda x, case: change(x) if x.ndim and len(x) > 1 else x


CHANGES = [  # (name, message, what it makes of the right numbers)
    ("the opposite", "You have the opposite of what is asked for: see {}.",
     lambda x, case: 1 - x if np.isin(x, (0, 1)).all() else x),
    ("wrong sign", "The sign of {} is wrong.", lambda x, case: -x),
    ("sign lost", "The minus signs are lost in {}.", lambda x, case: np.abs(x)),
    ("zero", "There are only zeros in {}. Does what you compute get into what you hand back?",
     lambda x, case: np.zeros_like(x)),
    ("one too large", "Every number in {} is one too large. Where does a count begin, and where does it end?",
     lambda x, case: x + 1),
    ("one too small", "Every number in {} is one too small. Where does a count begin, and where does it end?",
     lambda x, case: x - 1),
    ("fraction cut off", "The digits after the point are cut off in {}. Look for `//`, `int(...)`, and an"
     " array of whole numbers that you write into.", lambda x, case: np.trunc(x)),
    ("rounded", "The numbers in {} are rounded to whole ones.", lambda x, case: np.round(x)),
    ("rounded down", "The numbers in {} are rounded down to whole ones. Look for `//`.",
     lambda x, case: np.floor(x)),
    ("root", "The square root of what is asked for: see {}. A root too much, or a square too few?",
     lambda x, case: np.sqrt(x)),
    ("square", "The square of what is asked for: see {}. A square too much, or a root too few?",
     lambda x, case: x * x),
    ("upside down", "One over what is asked for: see {}. What stands above the line, and what below?",
     lambda x, case: 1 / x),
    ("reversed", "The entries come in reverse order: see {}.", several(lambda x: x[::-1])),
    ("transposed", "Rows and columns have changed places in {}.",
     several(lambda x: x.T if x.ndim == 2 and x.shape == x.T.shape else x)),
    ("the last everywhere", "Every entry is what the last one should be: see {}. Of an array that changes"
     " later, keep a copy.", several(lambda x: 0 * x + x[-1])),
    ("the first everywhere", "Every entry is what the first one should be: see {}. What has to change from"
     " one to the next?", several(lambda x: 0 * x + x[0])),
    ("sums so far", "Every entry has those before it added to it: see {}.",
     several(lambda x: np.cumsum(x, axis=0))),
]
MULTIPLES = {"twice": 2, "half": 1 / 2, "three times": 3, "a third of": 1 / 3, "four times": 4,
             "a quarter of": 1 / 4}
COUNTS = [  # (name, message, the factor that a number of entries makes)
    ("times {n}", "A factor too much in {{}}: {n}. A sum where a mean is asked for?", lambda n: n),
    ("divided by {n}", "A factor is missing in {{}}: {n}. A mean where a sum is asked for?", lambda n: 1 / n),
    ("n - 1 for {n}", "You divide by one less than {n}: see {{}}.", lambda n: n / (n - 1)),
    ("n for n - 1, n {n}", "You divide by {n}, and it has to be one less: see {{}}.", lambda n: (n - 1) / n),
]


def factors(cases):
    """Factors that are too much, or missing: small numbers, arguments, their numbers of entries."""
    for words, factor in MULTIPLES.items():
        yield words, f"You have {words} what is asked for: see {{}}.", lambda x, case, f=factor: f * x
    for a in shared(cases):
        values = [case[a] for case in cases]
        if all(type(value) in NUMBERS and type(value) is not bool for value in values):
            yield (f"times {a}", f"`{a}` multiplies {{}} once more than it should.",
                   lambda x, case, a=a: x * case[a])
            yield (f"divided by {a}", f"The factor `{a}` is missing in {{}}, or divides where it should not.",
                   lambda x, case, a=a: x / case[a])
        elif all(isinstance(value, np.ndarray) and value.ndim and len(value) > 1 for value in values):
            counted = "rows" if any(value.ndim > 1 for value in values) else "entries"
            for name, message, factor in COUNTS:
                yield (name.format(n=f"the length of {a}"),
                       message.format(n=f"the number of {counted} of `{a}`"),
                       lambda x, case, a=a, f=factor: f(len(case[a])) * x)


def just(wanted, right, got, agree):
    """Whether the entries that are right are wanted(n), in each wrong case, of which there must be two."""
    if any(x.ndim == 0 for x in right):
        return False
    flags = [[agree(a, b) for a, b in zip(x, y)] for x, y in zip(right, got)]
    wrong = [row for row in flags if not all(row)]
    return len(wrong) > 1 and all(len(row) > 1 and row == wanted(len(row)) for row in wrong)


def untouched(wanted, right, got, begun, agree):
    """Whether in some wrong case the entries that are right, wanted(n), are those of an array that was given.

    begun   of each case, the arguments of the result's shape. What stays as it was is no sign of right code.
    """
    return any(not agree(x, y) and all(agree(x[i], a[i]) for i in np.flatnonzero(wanted(len(x))))
               for x, y, arrays in zip(right, got, begun) for a in arrays)


def late(right, got, agree):
    return all(x.ndim and len(x) > 2 and agree(x[:-1], y[1:]) for x, y in zip(right, got))


def constant(right, got, agree):
    """The same numbers in all cases, of which there are three at least."""
    return len(got) > 2 and all(x.shape == got[0].shape and agree(x, got[0]) for x in got)


def proportional(power):
    """Whether the numbers are powers of the right ones, all times the same factor."""
    def holds(right, got, agree):
        x, y = flat(right) ** power, flat(got)
        if not evident(right, got, pairs=3) or not np.isfinite([x, y]).all() or not x.any():
            return False
        factor = x @ y / (x @ x)
        return factor != 0 and all(agree(factor * a**power, b) for a, b in zip(right, got))
    return holds


PLACES = [  # (name, message, which of n entries, rows or columns are right)
    ("only the first right", "Only the first entry is right: see {}. What happens from the second on?",
     lambda n: [True] + [False] * (n - 1)),
    ("only the last right", "Only the last entry is right: see {}.",
     lambda n: [False] * (n - 1) + [True]),
    ("first wrong", "All entries but the first are right: see {}.",
     lambda n: [False] + [True] * (n - 1)),
    ("last wrong", "All entries but the last are right: see {}.",
     lambda n: [True] * (n - 1) + [False]),
]
PATTERNS = [  # (name, message, whether it holds)
    ("one place late", "Every entry stands one place too late: see {}. Where does your count begin?", late),
    ("one place early", "Every entry stands one place too early: see {}. Where does your count begin?",
     lambda right, got, agree: late(got, right, agree)),
    ("constant", "You give the same in every case: see {}. Where do the arguments come in?", constant),
    ("a factor", "Every number is wrong by the same factor: see {}. Which constant is missing, or too much?",
     proportional(1)),
    ("square, and a factor", "Up to a factor, this is the square of what is asked for: see {}. Of what do you"
     " take a square or a root?", proportional(2)),
    ("root, and a factor", "Up to a factor, this is the root of what is asked for: see {}. Of what do you"
     " take a square or a root?", proportional(0.5)),
    ("upside down, and a factor", "Up to a factor, this is one over what is asked for: see {}. What stands"
     " above the line, and what below?", proportional(-1)),
]


# ---- the right numbers in another form

def in_form(right, got, agree):
    """(name, message) where the numbers got are right in another form, the same in all cases; or None."""
    if not all(y.size for y in got):
        return None
    for name, message, of_right, of_got in FORMS:
        pairs = [(np.ravel(of_right(np.atleast_1d(x))), np.ravel(of_got(np.atleast_1d(y))))
                 for x, y in zip(right, got)]
        fits = all(a.size == b.size > 0 and agree(a, b) for a, b in pairs)
        if fits and len(np.unique(flat(a for a, _ in pairs))) > 1:
            return name, message
    return None


def whole(x):
    return x


FORMS = [  # (name, message, what of the right numbers equals, what of those got)
    ("another shape", "The numbers are right, but stand in another shape: see {}.", whole, whole),
    ("transposed", "Rows and columns have changed places in {}.", np.transpose, whole),
    ("first missing", "The first entry is missing in {}, the others are right. Where do you begin?",
     lambda x: x[1:], whole),
    ("last missing", "The last entry is missing in {}, the others are right. Where do you end?",
     lambda x: x[:-1], whole),
    ("one too many at the beginning", "There is an entry too many at the beginning: see {}. Where do you"
                                      " begin?",
     whole, lambda y: y[1:]),
    ("one too many at the end", "There is an entry too many at the end: see {}. Where do you end?",
     whole, lambda y: y[:-1]),
    ("not added up", "Your numbers have to be added up to give {}.", whole, np.sum),
    ("not averaged", "Your numbers have to be averaged to give {}.", whole, np.mean),
    ("only the first", "This is the first entry only: see {}. Does a `return` stand inside of a loop?",
     lambda x: x[0], whole),
    ("only the last", "This is the last entry only: see {}. Where do you keep those before it?",
     lambda x: x[-1], whole),
    ("added up", "You add up what should stay an array: see {}.", np.sum, whole),
    ("averaged", "You average what should stay an array: see {}.", np.mean, whole),
    ("rows added up", "You add up rows that should stay apart: see {}.", lambda x: x.sum(axis=0), whole),
    ("rows averaged", "You average rows that should stay apart: see {}.", lambda x: x.mean(axis=0), whole),
    ("columns added up", "You add up columns that should stay apart: see {}.", lambda x: x.sum(axis=-1),
     whole),
]


# ---- something else in the place of an argument

def in_arguments(cases, in_place):
    """(name, message, change): change(case) is the case with something else in the place of an argument.

    An array that the function works on keeps its shape.
    """
    forms = {name: kind_of([case[name] for case in cases]) for name in shared(cases)}
    alike = [(a, b) for a, b in permutations(forms, 2) if forms[a] == forms[b] != ""
             and all(np.shape(case[a]) == np.shape(case[b]) for case in cases)]
    for a, b in alike:
        yield (f"{b} for {a}", f"The numbers of {{}} are right for `{b}` in the place of `{a}`.",
               lambda case, a=a, b=b: case | {a: copy.deepcopy(case[b])})
    for a, b in alike:
        if a < b:
            yield (f"{a} and {b} swapped", f"The numbers of {{}} are right for `{a}` and `{b}` swapped.",
                   lambda case, a=a, b=b: case | {a: case[b], b: case[a]})
    for a in forms:
        for new, ask, change in KEEPING_SHAPE if a in in_place else REPLACED.get(forms[a], []):
            new = new.format(a)
            yield (f"{new} for {a}", f"The numbers of {{}} are right for {new} in the place of `{a}`. {ask}",
                   lambda case, a=a, change=change: case | {a: change(case[a])})


def kind_of(values):
    """Kind "int", "float", "array", "list" or "", for the values of an argument in all cases."""
    for name, kinds in (("int", {int}), ("float", {int, float}), ("list", {list, tuple})):
        if {type(value) for value in values} <= kinds:
            return name
    return "array" if all(type(x) is np.ndarray and x.ndim and x.dtype.kind == "f" for x in values) else ""


USED, SIGN, COUNT, ENDS = ("Where do you use it?", "Look for a sign.", "Is a count off by one?",
                           "Where does your loop or your slice begin and end?")
KEEPING_SHAPE = [("0", USED, np.zeros_like), ("-{}", SIGN, lambda x: -x)]
REPLACED = {  # kind of argument: (what stands in its place, a question, the change)
    "int": [("{} - 1", COUNT, lambda k: k - 1), ("{} + 1", COUNT, lambda k: k + 1), ("1", USED, lambda k: 1)],
    "float": [
        ("0", USED, lambda a: 0.0),
        ("1", USED, lambda a: 1.0),
        ("1 - {}", "Which of the two belongs where?", lambda a: 1 - a),
        ("1 + {}", "Is something added that is in there already?", lambda a: 1 + a),
        ("-{}", SIGN, lambda a: -a),
        ("2 {}", "Is it in there twice?", lambda a: 2 * a),
        ("half of {}", "Where does the half come from?", lambda a: a / 2),
        ("the square of {}", "Is a root forgotten, or a factor in there twice?", lambda a: a * a),
        ("the root of {}", "Is a square forgotten?", lambda a: np.sqrt(a) if a > 0 else np.nan),
        ("1 / {}", "Do you divide where you should multiply?", lambda a: 1 / a if a else np.inf),
    ],
    "array": [
        *KEEPING_SHAPE,
        ("the absolute values of {}", SIGN, np.abs),
        ("the squares of {}", "Which power belongs there?", lambda x: x * x),
        ("the signs of {}", "Its size counts too.", np.sign),
        ("the sum of {}", "Each entry counts by itself.", lambda x: np.full_like(x, x.sum())),
        ("the mean of {}", "Each entry counts by itself.", lambda x: np.full_like(x, x.mean())),
        ("{} in reverse order", "From which end do you go?", lambda x: x[::-1].copy()),
        ("{} without its first entry", ENDS, lambda x: x[1:].copy()),
        ("{} without its last entry", ENDS, lambda x: x[:-1].copy()),
        ("the transpose of {}", "Which are the rows?", lambda x: x.T.copy()),
    ],
    "list": [
        ("{} in reverse order", "From which end do you go?", lambda x: x[::-1]),
        ("{} without its first entry", ENDS, lambda x: x[1:]),
        ("{} without its last entry", ENDS, lambda x: x[:-1]),
        ("the first entry of {}", "Does a `return` stand inside of a loop?", lambda x: x[:1]),
    ],
}
