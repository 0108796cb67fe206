"""What the ledger is made of: a claim, the findings of its experiments, and the table that shows them."""

from dataclasses import dataclass, field
from html import escape
from math import comb

import numpy as np

ENOUGH = 8         # seeds for a verdict
CHANCE = 0.05      # level of the sign test behind every verdict
TENTH = 1.1        # methods that differ by less than a tenth are called equal
ROUNDING = 1e-12   # differences below this are shown as rounding: their digits depend on the machine

HOLDS, ONLY_IF, FAILS, UNDECIDED = "holds", "holds only if", "fails", "undecided"

# How a table looks: a mark beside each verdict, for whoever cannot tell the colours apart.
MARKS = {HOLDS: ("✓", "#00734F"), ONLY_IF: ("◐", "#8A5A00"), FAILS: ("✗", "#B54400"), UNDECIDED: ("?", "#555555")}
CELL = "text-align: left; vertical-align: top; padding: 0.35em 0.7em; font-size: 13px; line-height: 1.4"
CLAIM = "border-top: 2px solid #999; padding-top: 0.7em; font-size: 14px"


@dataclass(frozen=True)
class Claim:
    """A statement of the sources, in our words.

    `experiments` are functions of a tuple of seeds, each giving a Finding on one part of the claim.
    """

    id: str
    lecture: int
    source: str
    text: str
    experiments: tuple


@dataclass(frozen=True, eq=False)
class Finding:
    """One statistic, one value per seed, and the verdict it gives on one part of a claim.

    `quantity` says what the values are. `verdict` is HOLDS, ONLY_IF (then `condition` says if what) or FAILS.
    `data` keeps what else was measured, for plotting: arrays whose first axis is the seed, and the grids they
    were measured on.
    """

    part: str
    quantity: str
    values: np.ndarray
    verdict: str
    condition: str
    note: str
    data: dict = field(default_factory=dict)

    @property
    def statistic(self):
        """Median over the seeds."""
        return float(np.median(self.values))

    @property
    def quartiles(self):
        low, high = np.percentile(self.values, [25, 75])
        return float(low), float(high)

    @property
    def spread(self):
        """Interquartile range over the seeds."""
        low, high = self.quartiles
        return high - low

    @property
    def holds(self):
        """The verdict in words. Fewer than eight seeds give none."""
        if len(self.values) < ENOUGH:
            return f"{UNDECIDED}: {len(self.values)} seeds, a verdict needs {ENOUGH}"
        return f"{self.verdict} {self.condition}".strip()

    def __repr__(self):
        return (f"  {self.part}: {self.holds}\n"
                f"    {self.quantity}: {spread(self.values)}, median and quartiles of {len(self.values)}"
                f" seeds\n    {self.note}")


@dataclass(frozen=True, eq=False)
class Measurement:
    """A claim and its findings, one per part, over `seeds`.

    A claim is as good as its weakest part: `statistic`, `quantity`, `spread` and `values` are those of
    `decisive`, the first finding with the worst verdict. `verdict` is HOLDS or FAILS where all parts agree on
    it, else ONLY_IF, and `condition` then names what every other part needs. `holds` is both in words.
    """

    claim: Claim
    seeds: tuple
    findings: tuple

    @property
    def decisive(self):
        return max(self.findings, key=lambda finding: (HOLDS, ONLY_IF, FAILS).index(finding.verdict))

    @property
    def statistic(self):
        return self.decisive.statistic

    @property
    def quantity(self):
        return self.decisive.quantity

    @property
    def spread(self):
        return self.decisive.spread

    @property
    def values(self):
        return self.decisive.values

    @property
    def verdict(self):
        if len(self.seeds) < ENOUGH:
            return UNDECIDED
        verdicts = {finding.verdict for finding in self.findings}
        return verdicts.pop() if len(verdicts) == 1 else ONLY_IF

    @property
    def condition(self):
        if self.verdict != ONLY_IF:
            return ""
        needs = [f"{f.condition} ({f.part})" for f in self.findings if f.verdict == ONLY_IF]
        fails = [f.part for f in self.findings if f.verdict == FAILS]
        return "; ".join(needs + [f"not for {', '.join(fails)}"] * bool(fails))

    @property
    def holds(self):
        if self.verdict == UNDECIDED:
            return self.decisive.holds
        return f"{self.verdict} {self.condition}".strip()

    @property
    def note(self):
        return " ".join(finding.note for finding in self.findings)

    def __repr__(self):
        head = f"{self.claim.id} ({self.claim.source}): {self.claim.text}"
        return "\n".join([head, *map(repr, self.findings)])

    def _repr_html_(self):
        return Table((self,))._repr_html_()


@dataclass(frozen=True, eq=False)
class Table:
    """Several measurements, in order, shown as one table."""

    measurements: tuple

    def __iter__(self):
        return iter(self.measurements)

    def __len__(self):
        return len(self.measurements)

    def __repr__(self):
        return "\n\n".join(map(repr, self))

    def _repr_html_(self):
        head = "".join(f'<th style="{CELL}">{title}</th>' for title in
                       ("part of the claim", "what was measured", "median (quartiles)", "verdict", "what was seen"))
        rows = [f"<tr>{head}</tr>"]
        for m in self:
            claim = f"<b>{m.claim.id}</b>&ensp;{escape(m.claim.text)}&ensp;<i>({escape(m.claim.source)})</i>"
            rows.append(f'<tr><td colspan="5" style="{CELL}; {CLAIM}">{claim}</td></tr>')
            for f in m.findings:
                enough = len(f.values) >= ENOUGH
                word, condition = (f.verdict, f.condition) if enough else (f.holds, "")
                mark, color = MARKS[f.verdict if enough else UNDECIDED]
                verdict = f'<b style="color: {color}">{mark} {escape(word)}</b> {escape(condition)}'
                cells = (escape(f.part), escape(f.quantity),
                         f"{escape(spread(f.values))}<br>{len(f.values)} seeds", verdict, escape(f.note))
                rows.append("<tr>" + "".join(f'<td style="{CELL}">{cell}</td>' for cell in cells) + "</tr>")
        return f'<table style="border-collapse: collapse; margin: 0">{"".join(rows)}</table>'


def mostly(supports):
    """Sign test: so many seeds support it as one coin each would in at most one case of twenty.

    So a verdict is about the typical seed: 7 of 8 must agree, 12 of 16, 40 of 64.
    """
    n, k = len(supports), int(np.sum(supports))
    return sum(comb(n, i) for i in range(k, n + 1)) <= CHANCE * 2**n


def judge(everywhere, somewhere=False, condition=""):
    """Verdict and condition: HOLDS everywhere, ONLY_IF the condition that marks out somewhere, else FAILS."""
    return (HOLDS, "") if everywhere else (ONLY_IF, condition) if somewhere else (FAILS, "")


def number(x):
    """x in three digits, without an exponent where it reads well without one."""
    x = float(x)
    if 0 < abs(x) < ROUNDING:
        return "below 1e-12"
    if 1000 <= abs(x) < 1e6:
        return f"{float(f'{x:.3g}'):,.0f}"
    return f"{x:.3g}"


def spread(values):
    """Median and quartiles over the seeds, as text."""
    low, middle, high = (number(x) for x in np.percentile(values, [25, 50, 75]))
    return f"{middle} ({low} to {high})" if low != high else f"{middle} (no spread)"


def listed(values):
    """Numbers, with commas between."""
    return ", ".join(map(number, values))


def medians(values):
    """The median over the seeds of values (seeds,), or of each column of (seeds, n), with commas between."""
    return listed(np.atleast_1d(np.median(values, axis=0)))
