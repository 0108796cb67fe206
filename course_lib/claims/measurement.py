"""What a claim is made of, how an outcome comes about, and the table that shows both.

A claim has parts. A part is one statement, marked by who makes it, and measured: one number per seed, an Arm.
A statement that holds only under a condition is shown with two arms, with the condition and without it.
"""

from dataclasses import dataclass, field
from html import escape
from itertools import accumulate
from math import comb

import numpy as np

from course_lib import markup

from .strips import WIDTH, strip

ENOUGH = 8          # seeds for an outcome
CONFIDENCE = 0.95   # of the interval of the median
TENTH = 1.1         # the margin of a ratio: what differs by less than a tenth is called equal
ROUNDING = 1e-12    # differences below this are rounding: their digits depend on the machine

SOURCE, OURS = "the source says", "we add"
ABOVE, BELOW, SAME = "above", "below", "equal"                              # what is claimed of a statistic
SUPPORTED, CONTRADICTED, EQUAL, UNDECIDED = "supported", "contradicted", "equal", "undecided"  # outcomes
ONLY_IF, MIXED = "supported only if", "mixed"                               # verdicts on several outcomes

GREEN, BROWN, RED, GREY = "#00664B", "#7A4F00", "#A33F00", "#4D4D4D"
MARKS = {SUPPORTED: ("✓", GREEN), ONLY_IF: ("◐", BROWN), CONTRADICTED: ("✗", RED), EQUAL: ("=", GREY),
         UNDECIDED: ("?", GREY), MIXED: ("◐", BROWN), OURS: ("+", GREY)}
LEGEND = (
    "<b>How an outcome comes about.</b> The bar holds the median of the seeds (dots) with 95 % confidence."
    " Beyond the grey margin, mostly a tenth, on the green, claimed side: supported; on the other side:"
    " contradicted; inside it: equal, which is what a claim of “no difference” says; else undecided.",
    "<b>S0</b> lecture slides, <b>S1</b> notes, <b>S2</b> a blog post: our sources (lecture 0). They do not"
    " speak of what <i>we add</i>.")


@dataclass(frozen=True, eq=False)
class Arm:
    """One number per seed, `values` (seeds,), what is claimed of it, and a sentence: what was measured.

    `claimed` is ABOVE, BELOW or SAME as `than`; what lies between `low` and `high`, the margin, is called
    equal. A ratio is shown on a logarithmic axis. `where` names the condition of this arm, if there are two.
    """

    values: np.ndarray
    claimed: str
    sentence: str
    where: str
    than: float
    low: float
    high: float
    ratio: bool

    @property
    def statistic(self):
        """Median over the seeds."""
        return float(np.median(self.values))

    @property
    def interval(self):
        return interval(self.values)

    @property
    def spread(self):
        """Interquartile range over the seeds."""
        low, high = np.percentile(self.values, [25, 75])
        return float(high - low)

    @property
    def exact(self):
        """Whether all seeds give the same up to rounding: nothing is random."""
        largest = np.abs(self.values).max()
        return bool(np.isfinite(largest) and np.ptp(self.values) <= max(1e-9 * largest, ROUNDING))

    @property
    def outcome(self):
        """SUPPORTED, CONTRADICTED, EQUAL or UNDECIDED. Fewer than eight seeds decide nothing."""
        low, high = self.interval
        if len(self.values) < ENOUGH or np.isnan([low, high]).any():
            return UNDECIDED
        if self.low <= low and high <= self.high:
            return SUPPORTED if self.claimed == SAME else EQUAL
        side = ABOVE if low > self.high else BELOW if high < self.low else None
        return UNDECIDED if side is None else SUPPORTED if side == self.claimed else CONTRADICTED

    @property
    def shown(self):
        """Median and its interval as text."""
        if self.exact:
            return f"{number(self.statistic)}, exact"
        if len(self.values) < ENOUGH:
            return f"{number(self.statistic)}, {len(self.values)} seeds"
        return f"{number(self.statistic)} ({number(self.interval[0])} to {number(self.interval[1])})"

    @property
    def claim(self):
        """What is claimed of the median, as text."""
        if self.claimed == SAME:
            return "0 to rounding" if self.high == ROUNDING else f"{number(self.low)} to {number(self.high)}"
        return f"{self.claimed} {number(self.high if self.claimed == ABOVE else self.low)}"

    @property
    def alternative(self):
        """What the strip shows, in words."""
        return f"{self.shown} over {len(self.values)} seeds; claimed: {self.claim}; {self.outcome}"


def above(values, sentence, where="", than=1.0, margin=TENTH, by=None):
    """An Arm of which it is claimed that it lies above `than`, by more than the margin.

    The margin is the factor `margin`, or the difference `by` where one is given.
    """
    return _arm(values, ABOVE, sentence, where, than, margin, by)


def below(values, sentence, where="", than=1.0, margin=TENTH, by=None):
    """An Arm of which it is claimed that it lies below `than`, by more than the margin, as in `above`."""
    return _arm(values, BELOW, sentence, where, than, margin, by)


def same(values, sentence, where="", than=1.0, margin=TENTH, by=None):
    """An Arm of which it is claimed that it is `than` within the margin, as in `above`."""
    return _arm(values, SAME, sentence, where, than, margin, by)


def zero(values, sentence, where=""):
    """An Arm of which it is claimed that it is 0 to rounding."""
    return _arm(values, SAME, sentence, where, 0.0, None, ROUNDING)


def _arm(values, claimed, sentence, where, than, margin, by):
    low, high = (than / margin, than * margin) if by is None else (than - by, than + by)
    return Arm(np.asarray(values, float), claimed, sentence, where, than, low, high, by is None)


@dataclass(frozen=True, eq=False)
class Part:
    """One statement of a claim: who makes it, SOURCE or OURS, and what was measured.

    With `without`, the arm in which the condition of `arm` does not hold, both name theirs in `where`. `data`
    keeps what else was measured: arrays whose first axis is the seed, and the grids they were measured on.
    """

    name: str
    says: str
    arm: Arm
    without: Arm | None = None
    data: dict = field(default_factory=dict)

    @property
    def arms(self):
        return (self.arm,) if self.without is None else (self.arm, self.without)

    @property
    def verdict(self):
        """The outcome of all arms; ONLY_IF where one is supported, the other contradicted or equal; MIXED."""
        outcomes = [arm.outcome for arm in self.arms]
        if len(set(outcomes)) == 1:
            return outcomes[0]
        return ONLY_IF if outcomes in ([SUPPORTED, CONTRADICTED], [SUPPORTED, EQUAL]) else MIXED

    @property
    def holds(self):
        """The verdict in words."""
        if self.verdict == ONLY_IF:
            return f"{ONLY_IF}: {self.arm.where}"
        if self.verdict == MIXED:
            return "; ".join(f"{arm.outcome} if {arm.where}" for arm in self.arms)
        return self.verdict

    def __repr__(self):
        lines = [f"  {self.name} ({self.says}): {self.holds}"]
        for arm in self.arms:
            lines += [f"    {arm.where}: {arm.outcome}"] * (len(self.arms) > 1)
            lines += [f"    {arm.sentence}", f"    {arm.alternative}"]
        return "\n".join(lines)


@dataclass(frozen=True)
class Claim:
    """A statement of the sources, in our words.

    `experiments` are functions of a tuple of seeds, each giving the Part that it measures,
    or a tuple of them.
    """

    id: str
    lecture: int
    source: str
    text: str
    experiments: tuple


@dataclass(frozen=True, eq=False)
class Measurement:
    """A claim and its parts, measured over `seeds`.

    `verdict` is what all parts agree on that the source says, else MIXED; OURS where all is added by us.
    `holds` says it in words. `statistic`, `spread` and `values` are those of `decisive`, the arm that speaks
    most against the claim. `note` holds the sentences of all parts.
    """

    claim: Claim
    seeds: tuple
    parts: tuple

    @property
    def judged(self):
        """The parts that the source says; all, where it says none."""
        return [part for part in self.parts if part.says == SOURCE] or list(self.parts)

    @property
    def decisive(self):
        order = (SUPPORTED, EQUAL, UNDECIDED, CONTRADICTED)
        arms = (arm for part in self.judged for arm in part.arms)
        return max(arms, key=lambda arm: order.index(arm.outcome))

    @property
    def statistic(self):
        return self.decisive.statistic

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
        if self.judged[0].says == OURS:
            return OURS
        verdicts = {part.verdict for part in self.judged}
        return verdicts.pop() if len(verdicts) == 1 else MIXED

    @property
    def holds(self):
        if len(self.seeds) < ENOUGH:
            return f"{UNDECIDED}: {len(self.seeds)} seeds, an outcome needs {ENOUGH}"
        if self.verdict in (SUPPORTED, CONTRADICTED, EQUAL, UNDECIDED):
            return self.verdict
        return "; ".join(f"{part.name}: {part.holds}" for part in self.judged)

    @property
    def note(self):
        return " ".join(arm.sentence for part in self.parts for arm in part.arms)

    def __repr__(self):
        head = f"{self.claim.id} ({self.claim.source}): {self.claim.text}\n  {self.holds}"
        return "\n".join([head, *map(repr, self.parts)])

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
        rows = []
        for m in self:
            c = m.claim
            text = (f"<b>{c.id}</b>&ensp;{escape(c.text)}&ensp;<i>({escape(c.source)})</i>&ensp;"
                    f"{_marked(m.verdict)}")
            rows.append([markup.cell(text, columns=2, style="border-top:2px solid #999;")])
            for part in m.parts:
                for i, arm in enumerate(part.arms):
                    first = i == 0
                    name = f"<b>{escape(part.name)}</b>&ensp;<i>{part.says}</i><br>" * first
                    line = "border-top:1px solid #CCC;" * first
                    condition = f" if {escape(arm.where)}" * (len(part.arms) > 1)
                    seen = (f"{_marked(arm.outcome)}{condition}{strip(arm) or '<br>'}{arm.shown}"
                            f"<br>claimed: {arm.claim}")
                    rows.append([markup.cell(name + escape(arm.sentence), style=line),
                                 markup.cell(seen, style=f"{line}font-size:14px;width:{WIDTH}px;")])
        rows.append([markup.cell("<br>".join(LEGEND), columns=2, style="border-top:2px solid #999;")])
        return markup.table(rows)


def _marked(outcome):
    mark, colour = MARKS[outcome]
    return f'<b style="color:{colour}">{mark} {outcome}</b>'


def interval(values):
    """Bounds of the median with at least CONFIDENCE, whatever the distribution: two of the ordered values.

    Of 8 values the lowest and the highest, of 16 the 4th and the 13th. nan where there are fewer than 6.
    """
    n = len(values)
    tail = np.array(list(accumulate(comb(n, i) for i in range(n)))) / 2**n
    rank = int((tail <= (1 - CONFIDENCE) / 2).sum())
    if rank == 0:
        return np.nan, np.nan
    ordered = np.sort(values)
    return float(ordered[rank - 1]), float(ordered[n - rank])


def number(x):
    """x in three digits, without an exponent where it reads well without one."""
    x = float(x)
    if 0 < abs(x) < ROUNDING:
        return "below 1e-12"
    if 1000 <= abs(x) < 1e6:
        return f"{float(f'{x:.3g}'):,.0f}"
    return f"{x:.3g}"


def listed(values):
    """Numbers, with commas between and "and" before the last."""
    *first, last = map(number, values)
    return f"{', '.join(first)} and {last}" if first else last


def medians(values):
    """The median over the seeds of values (seeds,), or of each column of (seeds, n), as `listed` has them."""
    return listed(np.atleast_1d(np.median(values, axis=0)))
