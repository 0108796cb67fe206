"""Which mistake gives these results: one for all of them, or one for each result that is wrong.

Results are {label: [array of each case]}. A task's own mistakes come first, then those that any
function can have, then numbers that are right for other arguments, then slips. A mistake is named only where
it gives the same numbers in all cases, and numbers enough that it can hardly be chance.
"""

from itertools import permutations

import numpy as np

from .mistakes import a_factor, evident, flat, in_form, in_result, some_signs, where_wrong
from .values import array_of, parts_of
from .words import NOT_FINITE


def explain(task, right, got, returned_input):
    """([(name, message), ...], labels that stay unexplained) for results of which some are wrong.

    returned_input   name of the argument that was returned as it came in, "" where none was
    """
    numbers, wanted = ({label: flat(x) for label, x in results.items()} for results in (got, right))
    wrong = [label for label in right if not task.agree(wanted[label], numbers[label])]
    first = {label: [*map(task.agree, right[label], got[label])].index(False) for label in wrong}
    # those that are wrong in the case that is shown
    here = [label for label in wrong if first[label] == min(first.values())]

    def gives(made, labels):
        return all(made[label].shape == numbers[label].shape and task.agree(made[label], numbers[label])
                   for label in labels)

    def part(mistakes, label):
        """The mistake that gives this result, and gives no other one wrong that was got otherwise."""
        for name, message, made in mistakes if not task.drive else ():
            its = [other for other in right if not task.agree(wanted[other], made[other])]
            if label in its and gives(made, its) and telling(right[label], got[label]):
                return name, message
        return None

    def whole(labels):
        """Whether the right numbers are whole ones, which several mistakes may fit by chance."""
        return all(np.array_equal(wanted[label], np.round(wanted[label])) for label in labels)

    def made_by(mistakes, labels):
        """The mistake that gives these results."""
        if not evident([wanted[label] for label in labels], [numbers[label] for label in labels], 3):
            return None
        found = [(name, message) for name, message, made in mistakes if gives(made, labels)]
        return found[0] if found and not (whole(labels) and len(set(found)) > 1) else None

    for name, message, made in task.own_mistakes:
        if gives(made, right):
            return [(name, message)], []
    if returned_input:
        return [("the input", f"You return `{returned_input}` itself, as it came in.")], []
    for order in permutations(wrong) if 2 <= len(wrong) <= 4 else ():
        if gives({label: wanted[other] for label, other in zip(wrong, order)}, wrong):
            words = f"The results are right, but come in another order: {', '.join(order)}."
            return [("another order", words)], []

    found = {label: part(task.own_mistakes, label) or alone(task, label, right[label], got[label])
             for label in wrong}
    if not all(found.values()):
        known = made_by(task.other_arguments, right)
        if known:
            return [(known[0], known[1].replace("The numbers of {}", "Your numbers"))], []
        known = made_by(task.slips, right)
        if known:
            return [(known[0], known[1].replace("{}", ", ".join(wrong)))], []
        found = {label: known or made_by(task.other_arguments, [label])
                 or (None if whole([label]) else part(task.slips, label))
                 or some_signs(right[label], got[label], task.agree)
                 or two_at_once(task, label, right[label], got[label])
                 or where_wrong(right[label], got[label], task.cases(), task.agree, label in here)
                 for label, known in found.items()}
    known = []
    for name, message in dict.fromkeys(mistake for mistake in found.values() if mistake):
        labels = [label for label in wrong if found[label] == (name, message)]
        known.append((name, message.replace("{}", ", ".join(labels))))
    unknown = [label for label in wrong if not found[label]]
    if unknown and set(right) == set(task.faults):
        return [("; ".join(unknown), f"What is wrong in your result: {', '.join(unknown)}.")], []
    return known, [label for label in unknown if label in here]


def telling(right, got):
    """Whether it is hardly chance that a mistake gives these numbers. Of truth values there must be eight."""
    x, y = flat(right), flat(got)
    return evident(right, got, 3) or x.size >= 8 and np.isin([x, y], (0, 1)).all()


def alone(task, label, right, got):
    """The mistake that any function can have, in this result or in how far it moves an array."""
    cases = task.cases()
    found = in_result(right, got, cases, task.agree)
    if found or label not in task.in_place or task.drive:
        return found
    found = in_result(*([x - case[label] for x, case in zip(results, cases)] for results in (right, got)),
                      cases, task.agree)
    return found and (f"{found[0]}, in the change", found[1].replace("{}", "how far {} moves"))


def two_at_once(task, label, right, got):
    """The task's mistake that gives this result but for signs or a factor, or where it is finite; or None."""
    cases, ends = task.cases(), np.cumsum([y.size for y in got])[:-1]
    finite = [i for i, y in enumerate(got) if np.isfinite(y).all()]
    for name, message, made in task.own_mistakes:
        its = [x.reshape(y.shape) for x, y in zip(np.split(made[label], ends), got)]
        also = a_factor(its, got, cases, task.agree)
        if also and evident(its, got, 3):
            return f"{name}; {also}", f"{message} A second mistake comes with it: {also}."
        if (1 < len(finite) < len(got) and all(task.agree(its[i], got[i]) for i in finite)
                and evident([right[i] for i in finite], [got[i] for i in finite], 3)):
            return f"{name}; not finite", f"{message} {NOT_FINITE}"
    return None


def explain_trouble(task, observed):
    """(name, message) of the task's mistakes that give results of this form, or raise after them; or None.

    One that gives all of it comes before those that give a part.
    """
    right, got = by_part(task, task.expected), by_part(task, observed)
    known, explained = [], set()
    for name, message, its in task.own_troubles:
        made = by_part(task, its)
        wrong = {label for label in made if label not in right
                 or not alike(task, right[label][:len(made[label])], made[label])}
        shown = {f"{x:.5g}" for label in wrong for value in made[label] for x in numbers_in(value)}
        if len(shown) < 3 or [end(seen) for seen in its] != [end(seen) for seen in observed]:
            continue
        if made.keys() == got.keys() and all(alike(task, got[label], made[label]) for label in made):
            return name, message
        if not wrong & explained and all(alike(task, got.get(label, []), made[label]) for label in wrong):
            known.append((name, message))
            explained |= wrong
    return ("; ".join(name for name, _ in known), " ".join(words for _, words in known)) if known else None


def by_part(task, observed):
    """{label: [plain value of each case]}; of a tuple each part, if there are as many as there should be."""
    found = {}
    for wanted, seen in zip(task.expected, observed):
        for (label, a), (_, b) in zip(wanted["outputs"], seen["outputs"]):
            for name, _, part in parts_of(label, a, b) or [(label, a, b)]:
                found.setdefault(name, []).append(part)
    return found


def numbers_in(value):
    """All numbers of a plain value."""
    array = array_of(value)
    if array is None:
        return [x for part in value.get("parts", []) for x in numbers_in(part)]
    return np.ravel(array)


def end(seen):
    """How a call ended."""
    return seen["trouble"] and seen["trouble"][0]


def alike(task, ones, others):
    """Whether plain values agree, one by one, in form and in numbers. A list passes for an array."""
    def same(one, other):
        x, y = array_of(one), array_of(other)
        if x is None or y is None:
            parts = one.get("parts", []), other.get("parts", [])
            return len(parts[0]) > 0 and alike(task, *parts)
        return x.shape == y.shape and task.agree(x, y)

    return len(ones) == len(others) and all(map(same, ones, others))


def explain_form(task, observed, k):
    """(name, message) where the k-th output has the wrong form, and its numbers show why; or None."""
    right, got = {}, {}
    pairs = [(*wanted["outputs"][k], seen["outputs"][k][1]) for wanted, seen in zip(task.expected, observed)
             if len(seen["outputs"]) > k]
    for pair in pairs:
        parts = parts_of(*pair)
        if parts is None:
            return explain_number(task, pairs)
        for label, a, b in parts:
            right.setdefault(label, []).append(array_of(a))
            got.setdefault(label, []).append(array_of(b))
    for order in permutations(right) if 2 <= len(right) <= 4 else ():
        if all(y is not None and x.shape == y.shape and task.agree(x, y)
               for label, other in zip(right, order) for x, y in zip(right[other], got[label])):
            return "another order", f"The results are right, but come in another order: {', '.join(order)}."
    for label in right:
        if all(y is not None for y in got[label]):
            if any(x.shape != y.shape for x, y in zip(right[label], got[label])):
                found = in_form(right[label], got[label], task.agree)
                if found:
                    return found[0], found[1].replace("{}", label)
    return explain_number(task, pairs)


def explain_number(task, pairs):
    """(name, message) where results are missing or too many, and those that came are right; or None."""
    names = pairs[0][0].split(", ")
    right = [[array_of(part) for part in (a["parts"] if a["kind"] == "tuple" else [a])] for _, a, _ in pairs]
    as_one, in_parts = [[array_of(b)] for _, _, b in pairs], [
        list(array_of(b)) if b.get("shape") else [*map(array_of, b.get("parts", []))] for _, _, b in pairs]
    for got in (as_one, in_parts):
        def equal(i, j):
            return all(y[j] is not None and x[i].shape == y[j].shape and task.agree(x[i], y[j])
                       for x, y in zip(right, got))

        if len({len(y) for y in got}) == 1:
            came = [[i for i in range(len(names)) if equal(i, j)] for j in range(len(got[0]))]
            missing = [name for i, name in enumerate(names) if [i] not in came]
            if all(came) and missing and 0 < len(came) < len(names):
                return "results missing", f"What you return is right. Missing: {', '.join(missing)}."
            if len(came) > len(names) and came[:len(names)] == [[i] for i in range(len(names))]:
                return "results too many", f"Return no more than is asked for: {', '.join(names)}."
    return None
