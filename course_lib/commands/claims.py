"""`course claims`: the ledger, measured on all cores, and what other seeds would say."""

import multiprocessing
import os
import re
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed

from course_lib.commands import CommandError
from course_lib.commands.kernels import kernel_environment

STANDARD = range(16)        # the seeds of the tables in the lectures


def main(ids, seeds=""):
    """Print the claims with these ids, or all, measured with `seeds`, "first:end", or the standard ones.

    With other seeds, print too which outcomes differ from those of the standard ones. Returns 1 where a claim
    could not be measured. Raises CommandError for an unknown id, and for seeds that are not such a range.
    """
    from course_lib.claims import CLAIMS

    unknown = [id for id in ids if id not in CLAIMS]
    if unknown:
        raise CommandError(f"ID must be one of {', '.join(CLAIMS)}, got {unknown[0]!r}")
    chosen, ids = _range(seeds) if seeds else STANDARD, ids or list(CLAIMS)
    found = _measured([(id, which) for which in dict.fromkeys((chosen, STANDARD)) for id in ids])
    for id in ids:
        print(found[id, chosen], end="\n\n")
    print(_counts([found[id, chosen] for id in ids]))
    if chosen != STANDARD:
        lines = [line for id in ids for line in _differences(found[id, STANDARD], found[id, chosen])]
        print(f"\nOutcomes that differ from those of seeds {_words(STANDARD)}: {len(lines)}")
        print(*lines, sep="\n")
    return int(any(isinstance(result, str) for result in found.values()))


def _range(text):
    """Seeds from "first:end", eight at least."""
    match = re.fullmatch(r"(\d+):(\d+)", text)
    seeds = range(int(match[1]), int(match[2])) if match else ()
    if len(seeds) < 8:
        raise CommandError(f"--seeds must be first:end, two whole numbers with eight seeds or more between"
                           f" them, got {text!r}")
    return seeds


def _measured(runs):
    """{(id, seeds): Measurement, or why there is none} of runs, (id, seeds) each, on all cores."""
    from tqdm import tqdm

    os.environ.update(kernel_environment())     # the workers inherit it: one thread of BLAS each
    found = {}
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as pool:
        waiting = {pool.submit(_one, *run): run for run in runs}
        with tqdm(as_completed(waiting), total=len(runs), unit="claim", file=sys.stderr) as progress:
            for future in progress:
                found[waiting[future]] = future.result()
    return found


def _one(id, seeds):
    from course_lib.claims import measure

    try:
        return measure(id, seeds)
    except (ValueError, ArithmeticError) as error:
        return f"{id}: not measured with seeds {_words(seeds)}: {error}"


def _counts(measurements):
    """One line: how many outcomes of each kind."""
    parts = [part for m in measurements if not isinstance(m, str) for part in m.parts]
    outcomes = Counter(arm.outcome for part in parts for arm in part.arms)
    kinds = ", ".join(f"{count} {kind}" for kind, count in outcomes.most_common())
    return f"{len(measurements)} claims, {outcomes.total()} outcomes: {kinds}"


def _differences(one, other):
    """A line for each arm whose outcome is not the same in two measurements of a claim."""
    if isinstance(one, str) or isinstance(other, str):
        return
    for p, q in zip(one.parts, other.parts):
        for a, b in zip(p.arms, q.arms):
            if a.outcome != b.outcome:
                condition = f", {a.where}" if a.where else ""
                yield (f"{one.claim.id} {p.name}{condition}: {a.outcome}, with seeds {_words(other.seeds)}"
                       f" {b.outcome}")


def _words(seeds):
    return f"{seeds[0]} to {seeds[-1]}"
