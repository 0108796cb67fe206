"""The claims of the sources, measured.

    measure("C15", seeds=16)     one claim: a Measurement
    table("C15", "C16")          several, as one Table
    ledger()                     all of them

A claim is found, not registered: every module here may have a tuple CLAIMS. How one is written (momentum.py
is the model):

    def overshoot(seeds):
        \"""Set-up, statistic (one number a seed), and what is claimed of it.\"""
        ratio = ...                                                     # (seeds,)
        return Part("overshoot", SOURCE, below(ratio, f"Nesterov swings {medians(ratio)} times as far."))

    CLAIMS = (Claim("C17", 5, "S1 Nesterov's method", "In our words.", (overshoot, ...)),)

- SOURCE or OURS says who makes this statement. Only what a source says can contradict its claim.
- `above`, `below` and `same` say what is claimed of the numbers: above 1, below 1, or 1, within the margin,
  a factor 1.1. `than` moves the 1. Where the source itself gives a number, `margin` or `by`, a difference,
  may be another. `zero` is for what vanishes to rounding.
- The outcome follows from the numbers alone. What is not shown is undecided; so "it does not matter" is
  `same`, and "fails without C" is a second arm: Part(name, says, below(x, "...", where="C holds"),
  without=below(y, "...", where="it does not")).
- An experiment gives one Part, or a tuple of those that come from the same runs.
- The sentence is what a student reads: what was done, and what came out. Its numbers come from the data
  and from the settings that the experiment names, none is typed.
- The best of a grid is a `Sweep` (runs.py), which refuses an optimum at the end of its grid. Networks on the
  digits are in labs.py: scored on test data with right labels, unless the claim is about the training.
- What is claimed, margin and set-up are committed before the run that judges them. The expected outcomes
  stand in OUTCOMES of tests/unit/test_claims_NN.py.
"""

from importlib import import_module
from pkgutil import iter_modules

import numpy as np

from .measurement import Arm, Claim, Measurement, Part, Table

__all__ = ["measure", "table", "ledger", "CLAIMS", "Arm", "Claim", "Measurement", "Part", "Table"]


def _found():
    """{id: Claim} of all modules here, by lecture and number."""
    modules = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    claims = sorted((claim for module in modules for claim in getattr(module, "CLAIMS", ())),
                    key=lambda claim: (claim.lecture, claim.id))
    return {claim.id: claim for claim in claims}


CLAIMS = _found()


def measure(id, seeds=16):
    """The Measurement of the claim with this id.

    `seeds` is how many, or which: 16 means 0, 1, ..., 15. Two are enough to look, an outcome needs eight.
    Raises ValueError for an unknown id, for seeds that are negative, repeated or fewer than two, and where a
    best setting lies at the end of its grid for these seeds; TypeError where seeds are not whole.
    """
    if id not in tuple(CLAIMS):
        raise ValueError(f"id must be one of {', '.join(CLAIMS)}, got {id!r}")
    seeds = _check_seeds(seeds)
    claim = CLAIMS[id]
    found = [experiment(seeds) for experiment in claim.experiments]
    return Measurement(claim, seeds, tuple(part for parts in found
                                           for part in (parts if isinstance(parts, tuple) else (parts,))))


def table(*ids, seeds=16):
    """The claims with these ids, measured, as a Table. Raises as `measure`, and ValueError for no id."""
    if not ids:
        raise ValueError(f"ids must name at least one of {', '.join(CLAIMS)}, got none")
    return Table(tuple(measure(id, seeds) for id in ids))


def ledger(seeds=16):
    """All claims, measured, as a Table. `course claims` does it on all cores."""
    return table(*CLAIMS, seeds=seeds)


def _check_seeds(seeds):
    """The seeds as a tuple."""
    rule = f"seeds must be a whole number >= 2, or at least two different whole numbers >= 0, got {seeds!r}"
    if isinstance(seeds, (int, np.integer)):
        seeds = range(seeds)
    try:
        seeds = tuple(seeds)
    except TypeError:
        raise TypeError(rule) from None
    if not all(isinstance(seed, (int, np.integer)) for seed in seeds):
        raise TypeError(rule)
    if len(seeds) < 2 or len(set(seeds)) < len(seeds) or min(seeds) < 0:
        raise ValueError(rule)
    return tuple(int(seed) for seed in seeds)
