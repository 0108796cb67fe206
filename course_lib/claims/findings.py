"""The older way to state a part of a claim, for the lectures that are not yet moved to measurement.py.

A Finding passes for a Part with one arm. Its verdict is a sign test of whether most seeds support it.
"""

from dataclasses import dataclass, field
from math import comb
from types import SimpleNamespace

import numpy as np

from .measurement import (CONTRADICTED, ENOUGH, ONLY_IF, ROUNDING, SOURCE, SUPPORTED, TENTH, UNDECIDED, Claim,
                          number)

__all__ = ["CHANCE", "FAILS", "HOLDS", "ONLY_IF", "ROUNDING", "TENTH", "Claim", "Finding", "judge", "listed",
           "medians", "mostly", "number", "spread"]

CHANCE = 0.05      # level of the sign test behind every verdict
HOLDS, FAILS = SUPPORTED, CONTRADICTED


@dataclass(frozen=True, eq=False)
class Finding:
    """One statistic, one value per seed, and the verdict it gives on one part of a claim."""

    part: str
    quantity: str
    values: np.ndarray
    verdict: str
    condition: str
    note: str
    data: dict = field(default_factory=dict)

    says, without = SOURCE, None

    @property
    def name(self):
        return self.part

    @property
    def quartiles(self):
        low, high = np.percentile(self.values, [25, 75])
        return float(low), float(high)

    @property
    def holds(self):
        if len(self.values) < ENOUGH:
            return f"{UNDECIDED}: {len(self.values)} seeds, a verdict needs {ENOUGH}"
        return f"{self.verdict} {self.condition}".strip()

    @property
    def arm(self):
        low, high = self.quartiles
        return SimpleNamespace(values=self.values, outcome=self.verdict, where=self.condition, exact=True,
                               sentence=f"{self.quantity}. {self.note}", shown=spread(self.values),
                               claim="see text", statistic=float(np.median(self.values)),
                               spread=high - low)

    @property
    def arms(self):
        return (self.arm,)

    def __repr__(self):
        return f"  {self.part}: {self.holds}\n    {self.quantity}: {spread(self.values)}\n    {self.note}"


def mostly(supports):
    """Sign test: so many seeds support it as one coin each would in at most one case of twenty."""
    n, k = len(supports), int(np.sum(supports))
    return sum(comb(n, i) for i in range(k, n + 1)) <= CHANCE * 2**n


def judge(everywhere, somewhere=False, condition=""):
    """Verdict and condition: HOLDS everywhere, ONLY_IF the condition that marks out somewhere, else FAILS."""
    return (HOLDS, "") if everywhere else (ONLY_IF, condition) if somewhere else (FAILS, "")


def spread(values):
    """Median and quartiles over the seeds, as text."""
    low, middle, high = (number(x) for x in np.percentile(values, [25, 50, 75]))
    return f"{middle} ({low} to {high})" if low != high else f"{middle}, exact"


def listed(values):
    """Numbers, with commas between."""
    return ", ".join(map(number, values))


def medians(values):
    """The median over the seeds of values (seeds,), or of each column of (seeds, n), with commas between."""
    return listed(np.atleast_1d(np.median(values, axis=0)))
