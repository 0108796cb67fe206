"""Which mistake gives these results: one for all of them, or one for each result that is wrong.

Results are {label: [array of each case]}. A task's own mistakes come first, then those that any
function can have, then numbers that are right for other arguments. A mistake is named only where it gives the
same numbers in all cases, and numbers enough that it can hardly be chance.
"""

from itertools import permutations

import numpy as np

from .mistakes import evident, flat, in_form, in_result
from .values import array_of, parts_of


def explain(task, right, got, returned_input):
    """([(name, message), ...], labels that stay unexplained) for results of which some are wrong.

    returned_input   name of the argument that was returned as it came in, "" where none was
    """
    numbers, wanted = ({label: flat(x) for label, x in results.items()} for results in (got, right))
    wrong = [label for label in right if not task.agree(wanted[label], numbers[label])]

    def gives(made, labels):
        return all(made[label].shape == numbers[label].shape and task.agree(made[label], numbers[label])
                   for label in labels)

    def own_part(label):
        """The task's mistake that gives this result, and gives no other one wrong that was got otherwise."""
        for name, message, made in task.own_mistakes if not task.drive else ():
            its = [other for other in right if not task.agree(wanted[other], made[other])]
            if label in its and gives(made, its) and telling(right[label], got[label]):
                return name, message
        return None

    def for_other_arguments(labels):
        """The change of an argument for which these are right. Whole numbers may fit several by chance."""
        if not evident([wanted[label] for label in labels], [numbers[label] for label in labels], 3):
            return None
        found = [(name, message) for name, message, made in task.other_arguments if gives(made, labels)]
        whole = all(np.array_equal(wanted[label], np.round(wanted[label])) for label in labels)
        return found[0] if found and not (whole and len(found) > 1) else None

    for name, message, made in task.own_mistakes:
        if gives(made, right):
            return [(name, message)], []
    if returned_input:
        return [("the input", f"You return `{returned_input}` itself, as it came in.")], []
    for order in permutations(wrong) if 2 <= len(wrong) <= 4 else ():
        if gives({label: wanted[other] for label, other in zip(wrong, order)}, wrong):
            words = f"The results are right, but come in another order: {', '.join(order)}."
            return [("another order", words)], []

    found = {label: own_part(label) or alone(task, label, right[label], got[label]) for label in wrong}
    if not all(found.values()):
        known = for_other_arguments(right)
        if known:
            return [(known[0], known[1].replace("The numbers of {}", "Your numbers"))], []
        found = {label: known or for_other_arguments([label]) for label, known in found.items()}
    known = []
    for name, message in dict.fromkeys(mistake for mistake in found.values() if mistake):
        labels = [label for label in wrong if found[label] == (name, message)]
        known.append((name, message.replace("{}", ", ".join(labels))))
    return known, [label for label in wrong if not found[label]]


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


def explain_form(task, observed, k):
    """(name, message) where the k-th output has the wrong form, and its numbers show why; or None."""
    right, got = {}, {}
    for wanted, seen in zip(task.expected, observed):
        if len(seen["outputs"]) <= k:
            break
        for label, a, b in parts_of(*wanted["outputs"][k], seen["outputs"][k][1]) or []:
            right.setdefault(label, []).append(array_of(a))
            got.setdefault(label, []).append(array_of(b))
    for label in right:
        if all(y is not None for y in got[label]):
            if any(x.shape != y.shape for x, y in zip(right[label], got[label])):
                found = in_form(right[label], got[label], task.agree)
                return found and (found[0], found[1].replace("{}", label))
    return None
