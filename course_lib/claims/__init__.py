"""The claims of the sources, measured.

    measure("C15", seeds=16)     one claim: a Measurement
    table("C15", "C16")          several, as one Table
    ledger()                     all of them

Each lecture has a module with its claims and their experiments. A claim whose lecture does not exist yet is
not there.
"""

import numpy as np

from . import adaptive, autodiff, initialization, learning_rates, momentum, rate_schedules, sgd, surfaces
from .measurement import Claim, Finding, Measurement, Table

__all__ = ["measure", "table", "ledger", "CLAIMS", "Claim", "Finding", "Measurement", "Table"]

CLAIMS = {claim.id: claim for lecture in (surfaces, autodiff, initialization, sgd, momentum, adaptive, learning_rates,
                                          rate_schedules) for claim in lecture.CLAIMS}


def measure(id, seeds=16):
    """The Measurement of the claim with this id.

    `seeds` is how many, or which: 16 means 0, 1, ..., 15. Two are enough to look, a verdict needs eight.
    Raises ValueError for an unknown id, and for seeds that are negative, repeated or fewer than two;
    TypeError where they are not whole.
    """
    if id not in tuple(CLAIMS):
        raise ValueError(f"id must be one of {', '.join(CLAIMS)}, got {id!r}")
    seeds = _check_seeds(seeds)
    claim = CLAIMS[id]
    return Measurement(claim, seeds, tuple(experiment(seeds) for experiment in claim.experiments))


def table(*ids, seeds=16):
    """The claims with these ids, measured, as a Table. Raises as `measure`, and ValueError for no id."""
    if not ids:
        raise ValueError(f"ids must name at least one of {', '.join(CLAIMS)}, got none")
    return Table(tuple(measure(id, seeds) for id in ids))


def ledger(seeds=16):
    """All claims, measured, as a Table."""
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
