"""The ledger: what a measurement is made of, how it is shown, and what it refuses."""

import ast
import html
import re
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from course_lib import claims
from course_lib.claims import measurement
from course_lib.claims.measurement import (FAILS, HOLDS, ONLY_IF, Claim, Finding, Measurement, Table, judge,
                                           mostly, number, spread)

MODULES = sorted(p for p in Path(claims.__file__).parent.glob("*.py")
                 if p.stem not in ("__init__", "measurement", "runs", "starts", "noisy_digits"))


def finding(verdict, condition="", part="part", values=np.arange(9.0)):
    return Finding(part, "a ratio", np.asarray(values), verdict, condition, "A note.")


def measured(*findings, seeds=9):
    return Measurement(Claim("C00", 0, "S0", "A claim.", ()), tuple(range(seeds)), findings)


# A finding

def test_statistic_and_spread_are_the_median_and_the_interquartile_range():
    f = finding(HOLDS, values=[4, 1, 2, 3, 100])
    assert (f.statistic, f.quartiles, f.spread) == (3, (2, 4), 2)
    assert spread(f.values) == "3 (2 to 4)"


def test_no_spread_and_rounding_are_said_in_words():
    assert spread([2.0] * 8) == "2 (no spread)"
    assert spread([3e-16, 5e-17] * 4) == "below 1e-12 (no spread)"


def test_fewer_than_eight_seeds_give_numbers_but_no_verdict():
    few = finding(FAILS, values=np.arange(7.0))
    assert few.holds == "undecided: 7 seeds, a verdict needs 8"
    assert few.statistic == 3
    m = measured(few, seeds=7)
    assert (m.verdict, m.condition, m.holds) == ("undecided", "", few.holds)
    assert "fails" not in repr(m) and "fails" not in m._repr_html_()


@pytest.mark.parametrize("n, k", [(8, 7), (16, 12), (64, 40), (5, 5)])
def test_verdicts_are_sign_tests_at_one_in_twenty(n, k):
    assert stats.binomtest(k, n, alternative="greater").pvalue <= 0.05
    assert stats.binomtest(k - 1, n, alternative="greater").pvalue > 0.05
    for supporting in range(n + 1):
        assert mostly(np.arange(n) < supporting) == (supporting >= k)


def test_a_value_that_is_nan_supports_nothing():
    assert not mostly(np.full(8, np.nan) > 1) and not mostly(np.full(8, np.nan) < 1)


def test_judge_gives_a_condition_only_where_one_is_needed():
    assert judge(True, True, "it rains") == (HOLDS, "")
    assert judge(False, True, "it rains") == (ONLY_IF, "it rains")
    assert judge(False, False, "it rains") == (FAILS, "")


# A measurement: as good as its weakest part

@pytest.mark.parametrize("verdicts, verdict, decisive", [
    ((HOLDS, HOLDS), HOLDS, 0), ((FAILS, FAILS), FAILS, 0), ((ONLY_IF, ONLY_IF), ONLY_IF, 0),
    ((HOLDS, ONLY_IF), ONLY_IF, 1), ((HOLDS, FAILS), ONLY_IF, 1), ((ONLY_IF, FAILS, FAILS), ONLY_IF, 1),
])
def test_verdict_of_several_parts(verdicts, verdict, decisive):
    parts = [finding(v, "it rains" if v == ONLY_IF else "", f"part {i}", np.arange(9.0) + i)
             for i, v in enumerate(verdicts)]
    m = measured(*parts)
    assert m.verdict == verdict and m.decisive is parts[decisive]
    assert m.statistic == 4 + decisive and m.spread == 4 and m.values is parts[decisive].values


def test_condition_names_the_parts_that_need_one():
    m = measured(finding(HOLDS, part="a"), finding(ONLY_IF, "it rains", "b"), finding(FAILS, part="c"),
                 finding(FAILS, part="d"))
    assert m.holds == "holds only if it rains (b); not for c, d"
    assert measured(finding(HOLDS)).holds == "holds"


# What is shown

@pytest.mark.parametrize("x, text", [
    (0, "0"), (3, "3"), (0.98765, "0.988"), (-2.5, "-2.5"), (999.4, "999"), (1250, "1,250"),
    (12345.6, "12,300"), (2.5e7, "2.5e+07"), (1e-8, "1e-08"), (4e-13, "below 1e-12"), (-4e-13, "below 1e-12"),
    (np.inf, "inf"), (np.nan, "nan"), (np.float32(0.1), "0.1"), (np.int64(44), "44"),
])
def test_numbers_have_three_digits(x, text):
    assert number(x) == text


def test_table_has_a_row_per_claim_and_part_and_its_text_is_escaped():
    few = finding(HOLDS, part="x < 1", values=[1.0, 2.0])
    t = Table((measured(finding(ONLY_IF, "it rains")), measured(few, few, seeds=2)))
    page = t._repr_html_()
    assert len(t) == 2 and [len(m.findings) for m in t] == [1, 2]
    assert page.count("<tr>") == page.count("</tr>") == 1 + (1 + 1) + (1 + 2)
    assert "x &lt; 1" in page and "x < 1" not in page
    assert "◐ holds only if</b> it rains" in page and "? undecided: 2 seeds" in page
    assert measured(few, seeds=2)._repr_html_().count("<tr>") == 1 + (1 + 1)


@pytest.fixture(scope="module")
def ledger():
    return claims.ledger(seeds=8)


def test_ledger_holds_every_claim_once(ledger):
    ids = [m.claim.id for m in ledger]
    assert ids == list(claims.CLAIMS) and len(set(ids)) == len(ids)
    assert {"C15", "C16", "C17", "C55"} <= set(ids)
    for m in ledger:
        assert m.seeds == tuple(range(8)) and m.claim.source[:2] in ("S0", "S1", "S2")
        for f in m.findings:
            assert f.values.shape == (8,) and np.isfinite(f.values).all(), f.part
            assert f.verdict in (HOLDS, ONLY_IF, FAILS), f.part
            assert bool(f.condition) == (f.verdict == ONLY_IF), f.part


def test_a_claim_alone_is_its_row_of_the_ledger(ledger):
    alone = claims.measure("C55", seeds=range(8))
    row = next(m for m in ledger if m.claim.id == "C55")
    assert repr(alone) == repr(row) and alone._repr_html_() == row._repr_html_()
    for f, same in zip(alone.findings, row.findings):
        np.testing.assert_array_equal(f.values, same.values)


def test_shown_text_has_all_that_a_reader_needs(ledger):
    plain, page = repr(ledger), html.unescape(ledger._repr_html_())
    for m in ledger:
        for shown in (plain, page):
            assert m.claim.text in shown and m.claim.source in shown
            for f in m.findings:
                texts = f.part, f.quantity, spread(f.values), f.condition, f.note
                assert all(text in shown for text in texts), f.part


def test_printed_numbers_have_at_most_four_significant_digits(ledger):
    for text in re.findall(r"\d[\d,]*\.?\d*(?:e[+-]\d+)?", repr(ledger)):
        digits = re.sub(r"e.*", "", text).replace(",", "").replace(".", "").lstrip("0")
        assert len(digits.rstrip("0")) <= 4, text


def test_other_seeds_change_every_text_that_has_a_number_with_a_spread(ledger):
    other = claims.ledger(seeds=range(8, 16))
    for m, n in zip(ledger, other):
        for f, g in zip(m.findings, n.findings):
            if number(f.quartiles[0]) != number(f.quartiles[1]):
                assert repr(f) != repr(g), f.part
            assert f.holds == g.holds, f.part


def typed(node):
    """The text of a string expression as it stands in the source, computed parts left out."""
    return " ".join(part.value for part in ast.walk(node)
                    if isinstance(part, ast.Constant) and isinstance(part.value, str))


@pytest.mark.parametrize("module", MODULES, ids=lambda p: p.stem)
def test_no_result_is_typed_by_hand(module):
    """Numbers typed into a text are settings that the docstring names too. 1 and 2 are in formulas."""
    numbers = re.compile(r"\d+(?:\.\d+)?")
    experiments = [f for f in ast.parse(module.read_text("utf-8")).body if isinstance(f, ast.FunctionDef)]
    seen = 0
    for f in experiments:
        for call in ast.walk(f):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Finding":
                seen += 1
                allowed = set(numbers.findall(ast.get_docstring(f))) | {"1", "2"}
                texts = [a for a in call.args if isinstance(a, (ast.Constant, ast.JoinedStr, ast.Starred))]
                assert set(numbers.findall(" ".join(map(typed, texts)))) <= allowed, f.name
    assert seen


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


def test_two_seeds_are_enough_to_look():
    m = claims.measure("C55", seeds=(5, 3))
    assert m.seeds == (5, 3) and m.verdict == measurement.UNDECIDED and m.values.shape == (2,)
