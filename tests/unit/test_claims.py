"""The ledger: how an outcome comes about, how it is shown, which claims are found, and what is refused.

What holds of every claim is in claims_contract.py, which the tests of each lecture's claims import.
"""

import re
import xml.etree.ElementTree as xml
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from course_lib import claims
from course_lib.claims.measurement import (CONTRADICTED, EQUAL, LEGEND, MIXED, ONLY_IF, OURS, ROUNDING,
                                           SOURCE, SUPPORTED, UNDECIDED, Claim, Measurement, Part, Table,
                                           above, below, interval, listed, medians, number, same, zero)
from course_lib.claims.strips import AXIS, DOT, HEIGHT, WIDTH, strip

SPREAD = np.linspace(0.99, 1.01, 16)
ARMS = {SUPPORTED: above(2 * SPREAD, "It is 2."), CONTRADICTED: above(SPREAD / 2, "It is 0.5."),
        EQUAL: above(SPREAD, "It is 1."), UNDECIDED: above(1.1 * SPREAD, "It is 1.1.")}


def measured(*parts, seeds=16):
    return Measurement(Claim("C00", 0, "S0", "A claim.", ()), tuple(range(seeds)), parts)


def part(outcome, without=None, says=SOURCE, name="part"):
    if without is None:
        return Part(name, says, ARMS[outcome])
    return Part(name, says, replace(ARMS[outcome], where="it rains"),
                replace(ARMS[without], where="it is dry"))


# The interval of a median

@pytest.mark.parametrize("n, low, high", [(8, 1, 8), (16, 4, 13), (6, 1, 6), (10, 2, 9), (64, 24, 41)])
def test_interval_is_the_narrowest_pair_of_order_statistics_with_95_per_cent(n, low, high):
    values = np.random.default_rng(0).permutation(n) + 1.0
    assert interval(values) == (low, high)
    # The median lies below the k-th of n values with the chance of fewer than k heads among n.
    assert stats.binom.cdf(low - 1, n, 0.5) <= 0.025 < stats.binom.cdf(low, n, 0.5)


def test_interval_covers_the_median_of_a_skewed_law_as_often_as_it_says():
    draws = np.random.default_rng(0).exponential(size=(4000, 16))
    covered = np.mean([low <= np.log(2) <= high for low, high in map(interval, draws)])
    assert abs(covered - 0.979) < 4 * np.sqrt(0.979 * 0.021 / 4000)


def test_five_values_have_no_interval():
    assert np.isnan(interval(np.arange(5.0))).all()


# An outcome

def spread_from(low, high):
    """16 values whose interval is (low, high)."""
    return np.concatenate([np.full(3, low / 2), np.linspace(low, high, 10), np.full(3, 2 * high)])


@pytest.mark.parametrize("low, high, outcomes", [       # of above, below, same
    (1.11, 5.0, (SUPPORTED, CONTRADICTED, CONTRADICTED)),
    (0.1, 0.90, (CONTRADICTED, SUPPORTED, CONTRADICTED)),
    (0.92, 1.09, (EQUAL, EQUAL, SUPPORTED)),
    (0.92, 1.11, (UNDECIDED,) * 3),
    (0.90, 1.09, (UNDECIDED,) * 3),
    (0.5, 2.0, (UNDECIDED,) * 3),
    (1.05, 5.0, (UNDECIDED,) * 3),
])
def test_outcome_follows_from_interval_and_margin(low, high, outcomes):
    values = spread_from(low, high)
    assert interval(values) == (low, high)
    assert tuple(claimed(values, "").outcome for claimed in (above, below, same)) == outcomes
    # The margin moves with the reference, and is the same in differences.
    assert tuple(claimed(3 * values, "", than=3).outcome for claimed in (above, below, same)) == outcomes
    shifted = np.log(values) / np.log(1.1)
    assert tuple(claimed(shifted, "", than=0, by=1).outcome for claimed in (above, below, same)) == outcomes


def test_a_margin_of_the_source_replaces_ours():
    values = 1.05 * SPREAD
    assert same(values, "").outcome == SUPPORTED
    assert same(values, "", margin=1.02).outcome == CONTRADICTED
    assert above(values, "", margin=1.02).outcome == SUPPORTED


def test_seven_seeds_and_values_that_are_nan_decide_nothing():
    assert above(np.full(7, 9.0), "").outcome == UNDECIDED != above(np.full(8, 9.0), "").outcome
    for claimed in (above, below, same):
        assert claimed(np.full(16, np.nan), "").outcome == UNDECIDED
    assert above([9.0] * 12 + [np.nan] * 4, "").outcome == UNDECIDED    # the 13th may be anything


def test_what_vanishes_to_rounding_is_zero():
    assert zero([3e-16, 5e-17] * 8, "").outcome == SUPPORTED and zero([3e-16, 5e-17] * 8, "").exact
    assert zero(1e-9 * SPREAD, "").outcome == CONTRADICTED


def test_statistic_and_spread_are_the_median_and_the_interquartile_range():
    arm = above([4, 1, 2, 3, 100], "")
    assert (arm.statistic, arm.spread) == (3, 2)


# The verdict on a part with two arms, and on a claim

@pytest.mark.parametrize("first, second", list(product(ARMS, ARMS)))
def test_only_if_needs_evidence_on_both_sides(first, second):
    p = part(first, second)
    if first == second:
        assert p.verdict == p.holds == first
    elif first == SUPPORTED and second in (CONTRADICTED, EQUAL):
        assert p.verdict == ONLY_IF and p.holds == "supported only if: it rains"
    else:
        assert p.verdict == MIXED and p.holds == f"{first} if it rains; {second} if it is dry"


@pytest.mark.parametrize("parts, verdict, decisive", [
    ([part(SUPPORTED)], SUPPORTED, SUPPORTED),
    ([part(SUPPORTED), part(SUPPORTED)], SUPPORTED, SUPPORTED),
    ([part(SUPPORTED), part(CONTRADICTED)], MIXED, CONTRADICTED),
    ([part(SUPPORTED), part(UNDECIDED), part(EQUAL)], MIXED, UNDECIDED),
    ([part(SUPPORTED, EQUAL)], ONLY_IF, EQUAL),
    ([part(SUPPORTED), part(CONTRADICTED, says=OURS)], SUPPORTED, SUPPORTED),
    ([part(CONTRADICTED), part(SUPPORTED, says=OURS)], CONTRADICTED, CONTRADICTED),
    ([part(CONTRADICTED, says=OURS), part(SUPPORTED, says=OURS)], OURS, CONTRADICTED),
])
def test_only_what_a_source_says_bears_on_its_claim(parts, verdict, decisive):
    m = measured(*parts)
    assert m.verdict == verdict and m.decisive is ARMS[decisive] or m.decisive.outcome == decisive
    assert m.statistic == m.decisive.statistic and m.values is m.decisive.values
    assert m.spread == m.decisive.spread
    assert m.note == " ".join(arm.sentence for p in parts for arm in p.arms)


def test_a_verdict_in_words_names_the_parts_where_they_differ():
    assert measured(part(SUPPORTED)).holds == "supported"
    m = measured(part(SUPPORTED, name="a"), part(SUPPORTED, EQUAL, name="b"), part(EQUAL, says=OURS))
    assert m.holds == "a: supported; b: supported only if: it rains"


def test_two_seeds_are_enough_to_look_and_decide_nothing():
    m = claims.measure("C55", seeds=(5, 3))
    assert m.seeds == (5, 3) and m.values.shape == (2,) and m.verdict == UNDECIDED
    assert m.holds == "undecided: 2 seeds, an outcome needs 8"
    assert {arm.outcome for p in m.parts for arm in p.arms} == {UNDECIDED}


# What is shown

@pytest.mark.parametrize("x, text", [
    (0, "0"), (3, "3"), (0.98765, "0.988"), (-2.5, "-2.5"), (999.4, "999"), (1250, "1,250"),
    (12345.6, "12,300"), (2.5e7, "2.5e+07"), (1e-8, "1e-08"), (4e-13, "below 1e-12"), (-4e-13, "below 1e-12"),
    (np.inf, "inf"), (np.nan, "nan"), (np.float32(0.1), "0.1"), (np.int64(44), "44"),
])
def test_numbers_have_three_digits(x, text):
    assert number(x) == text


def test_lists_of_numbers_read_as_a_sentence():
    assert listed([1, 2.5, 3000]) == "1, 2.5 and 3,000" and listed([7]) == "7"
    assert medians([[1, 10], [2, 20], [9, 90]]) == "2 and 20" and medians([1, 2, 9]) == "2"


def test_numbers_of_an_arm_are_median_and_interval_or_exact():
    assert above(spread_from(1, 4), "").shown == "2.5 (1 to 4)"
    assert above(np.full(16, 2.0), "").shown == "2, exact"
    assert above(2 + 1e-12 * SPREAD, "").shown == "2, exact"
    assert above([1, 3], "").shown == "2, 2 seeds"
    assert zero([3e-16] * 9, "").shown == "below 1e-12, exact"


def test_what_is_claimed_is_shown():
    shown = [arm.claim for arm in (above([1, 2], ""), below([1, 2], ""), same([1, 2], ""), zero([0, 0], ""),
                                   above([1, 2], "", than=0, by=0.5))]
    assert shown == ["above 1.1", "below 0.909", "0.909 to 1.1", "0 to rounding", "above 0.5"]


def shapes(arm):
    drawing = xml.fromstring(strip(arm))
    return drawing, {kind: list(drawing.iter(kind)) for kind in ("circle", "rect", "text", "title")}


@pytest.mark.parametrize("arm", [*ARMS.values(), below(spread_from(1e-6, 1e5), ""),
                                 same(spread_from(1, 2), ""), above([1.0, np.inf] * 8, ""),
                                 above(spread_from(1, 4) - 2, "", than=0, by=0.1)])
def test_a_strip_has_a_dot_for_each_seed_all_within_its_frame_and_says_so(arm):
    drawing, found = shapes(arm)
    assert len(found["circle"]) == 16 and drawing.get("role") == "img"
    assert drawing.get("aria-label") == found["title"][0].text == arm.alternative
    for dot in found["circle"]:
        assert DOT <= float(dot.get("cx")) <= WIDTH - DOT and DOT <= float(dot.get("cy")) <= AXIS - DOT
    for box in found["rect"]:
        left, width = float(box.get("x")), float(box.get("width"))
        assert 0 <= left and 0 < width and left + width <= WIDTH
    assert all(float(words.get("font-size")) >= 12 for words in found["text"]) and HEIGHT > AXIS


def test_a_strip_shows_the_outcome():
    """The bar of the median lies where the outcome says: in the claimed box, in the margin, or beyond."""
    def inside(bar, box):
        left, right = ((float(b.get("x")), float(b.get("x")) + float(b.get("width"))) for b in (bar, box))
        return right[0] <= left[0] and left[1] <= right[1]

    for outcome, arm in ARMS.items():
        margin, claimed, bar = shapes(arm)[1]["rect"]
        assert inside(bar, claimed) == (outcome == SUPPORTED), outcome
        assert inside(bar, margin) == (outcome == EQUAL), outcome


def test_the_last_digits_of_a_value_do_not_move_a_strip():
    rng = np.random.default_rng(0)
    for _ in range(50):
        values = rng.lognormal(size=16).round(6)
        assert strip(above(values, "")) == strip(above(values * (1 + 1e-12 * rng.standard_normal(16)), ""))


def test_where_all_seeds_agree_there_is_no_strip():
    assert strip(above(np.full(16, 2.0), "")) == strip(zero([ROUNDING / 9] * 16, "")) == ""


def test_table_has_a_row_for_each_claim_and_arm_and_its_text_is_escaped():
    odd = Part("x < 1", SOURCE, replace(ARMS[SUPPORTED], sentence="It is < 3 & 2."))
    t = Table((measured(odd), measured(part(SUPPORTED, EQUAL), part(EQUAL, says=OURS))))
    page = t._repr_html_()
    assert len(t) == 2 and page.count("<tr>") == page.count("</tr>") == (1 + 1) + (1 + 3) + 1
    assert "x &lt; 1" in page and "It is &lt; 3 &amp; 2." in page and "x < 1" not in page
    assert "✓ supported</b> if it rains" in page and "= equal</b> if it is dry" in page
    assert "<i>we add</i>" in page and "<i>the source says</i>" in page
    assert all(line in page for line in LEGEND)
    assert t.measurements[0]._repr_html_().count("<tr>") == 1 + 1 + 1
    assert min(map(float, re.findall(r"font-size[:=]\"?(\d+)", page))) >= 12


def test_a_claim_alone_is_its_row_of_the_table():
    alone, (row,) = claims.measure("C55", seeds=range(8)), claims.table("C55", seeds=8)
    assert repr(alone) == repr(row) and alone._repr_html_() == row._repr_html_()


def test_other_seeds_give_other_numbers_where_anything_is_random():
    m, other = claims.measure("C17", seeds=8), claims.measure("C17", seeds=range(8, 16))
    compared = [(a, b) for p, q in zip(m.parts, other.parts) for a, b in zip(p.arms, q.arms)]
    assert any(a.exact for a, _ in compared) and not all(a.exact for a, _ in compared)
    for a, b in compared:
        assert a.exact == (a.shown == b.shown) and (a.sentence == b.sentence or not a.exact)
    assert sum(a.sentence != b.sentence for a, b in compared) >= len(compared) / 2


# Which claims are found

def test_claims_of_all_lectures_are_found_in_order():
    assert {"C15", "C16", "C17", "C55", "C36", "C08", "C31", "C41", "C39"} <= set(claims.CLAIMS)
    found = list(claims.CLAIMS.values())
    assert [id for id, claim in claims.CLAIMS.items() if id != claim.id] == []
    assert found == sorted(found, key=lambda claim: (claim.lecture, claim.id))
    assert all(re.fullmatch(r"S[012] .+|S[012], .+", claim.source) and claim.experiments for claim in found)


def test_every_claim_stands_in_one_module_and_its_lecture_has_tests():
    ids = [id for path in Path(claims.__file__).parent.glob("*.py")
           for id in re.findall(r'^    Claim\("(C\d\d)"', path.read_text("utf-8"), re.M)]
    assert sorted(ids) == sorted(claims.CLAIMS)
    for claim in claims.CLAIMS.values():
        assert (Path(__file__).parent / f"test_claims_{claim.lecture:02}.py").exists()


# What is refused

def test_unknown_id_names_the_rule_the_value_and_the_known_ids():
    for call in (claims.measure, claims.table):
        with pytest.raises(ValueError, match=r"id must be one of .*C15, C16, C17, C55.*, got 'C99'"):
            call("C99")
    with pytest.raises(ValueError, match="id must be one of"):
        claims.measure(["C15"])
    with pytest.raises(ValueError, match="ids must name at least one of .*C15"):
        claims.table()


@pytest.mark.parametrize("seeds, error", [
    (1, ValueError), (0, ValueError), (-3, ValueError), ([], ValueError), ([4], ValueError),
    ([3, 3], ValueError), ([-1, 2], ValueError), (2.0, TypeError), ([0, 0.5], TypeError),
    ("ab", TypeError), (None, TypeError),
])
def test_bad_seeds_are_refused(seeds, error):
    with pytest.raises(error, match=re.escape(f"got {seeds!r}")) as raised:
        claims.measure("C55", seeds=seeds)
    rule = "seeds must be a whole number >= 2, or at least two different whole numbers >= 0"
    assert rule in str(raised.value)
