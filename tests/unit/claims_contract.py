"""What holds of every claim. The tests of a lecture's claims import it, so that each is measured once.

    from claims_contract import *  # noqa: F403

    LECTURES = momentum,                                # modules with CLAIMS
    OUTCOMES = {("C17", "swings less"): (SUPPORTED,)}   # of each arm; two, where there are two
"""

import ast
import re

import numpy as np
import pytest

from course_lib import claims
from course_lib.claims.measurement import CONTRADICTED, EQUAL, OURS, SOURCE, SUPPORTED, UNDECIDED, Table

__all__ = ["measured", "parts", "test_outcomes_are_those_expected",
           "test_every_part_is_a_finite_number_per_seed", "test_every_sentence_can_be_read",
           "test_no_result_is_typed_by_hand", "test_all_is_shown",
           "test_a_seed_gives_the_same_value_whatever_the_others_are"]

SEEDS = tuple(range(16))        # those of the tables in the lectures
FORMULAS = re.compile(r"\(1 [+−] \w+\)|1/(?=\()|\bS[012]\b")    # where a text may hold a number that is typed


@pytest.fixture(scope="module")
def measured(request):
    """{id: Measurement} of the claims in LECTURES."""
    return {claim.id: claims.measure(claim.id, SEEDS) for lecture in request.module.LECTURES
            for claim in lecture.CLAIMS}


@pytest.fixture(scope="module")
def parts(measured):
    """{(id, name): Part}."""
    found = {(m.claim.id, part.name): part for m in measured.values() for part in m.parts}
    assert len(found) == sum(len(m.parts) for m in measured.values()), "two parts of a claim have one name"
    return found


def test_outcomes_are_those_expected(parts, request):
    found = {key: tuple(arm.outcome for arm in part.arms) for key, part in parts.items()}
    assert found == request.module.OUTCOMES


def test_every_part_is_a_finite_number_per_seed(parts):
    for key, part in parts.items():
        assert part.says in (SOURCE, OURS), key
        for arm in part.arms:
            assert arm.values.shape == (len(SEEDS),) and np.isfinite(arm.values).all(), key
            assert not arm.ratio or (arm.values > 0).all() or arm.exact, key
            assert arm.outcome in (SUPPORTED, CONTRADICTED, EQUAL, UNDECIDED), key


def test_every_sentence_can_be_read(parts):
    for key, part in parts.items():
        wheres = [arm.where for arm in part.arms]
        assert len(set(wheres)) == len(wheres) and (all(wheres) if part.without else wheres == [""]), key
        for arm in part.arms:
            assert re.fullmatch(r"[A-Zµα-ω0-9].*\d.*[.?!]", arm.sentence), key
            for number in re.findall(r"\d[\d,]*\.?\d*(?:e[+-]\d+)?", arm.sentence + arm.shown):
                digits = re.sub(r"e.*|[,.]", "", number).lstrip("0").rstrip("0")
                assert len(digits) <= 4, (key, number)


def texts(tree):
    """Each string of the functions, docstrings and what is computed left out."""
    for function in tree.body:
        if isinstance(function, ast.FunctionDef):
            documented = ast.get_docstring(function) is not None
            for statement in function.body[documented:]:
                for node in ast.walk(statement):
                    if isinstance(node, ast.Constant) and isinstance(node.value, str):
                        yield node.value


def test_no_result_is_typed_by_hand(request):
    """A text of an experiment holds no digit but in a formula: its numbers are computed."""
    for lecture in request.module.LECTURES:
        with open(lecture.__file__, encoding="utf-8") as source:
            found = list(texts(ast.parse(source.read())))
        assert found
        assert [text for text in found if re.search(r"\d", FORMULAS.sub("", text))] == []


def test_all_is_shown(measured):
    table = Table(tuple(measured.values()))
    plain, page = repr(table), table._repr_html_()
    for m in measured.values():
        assert m.claim.source[:2] in ("S0", "S1", "S2")
        texts = [m.claim.text, m.claim.source]
        for part in m.parts:
            texts += [part.name, part.says] + [text for arm in part.arms for text in
                                               (arm.sentence, arm.where, arm.shown, arm.claim, arm.outcome)]
        shown = page.replace("&#x27;", "'").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        assert [text for text in texts if text not in plain or text not in shown] == []


def test_a_seed_gives_the_same_value_whatever_the_others_are(measured):
    for m in measured.values():
        few = claims.measure(m.claim.id, SEEDS[5:3:-1])
        for part, same in zip(few.parts, m.parts):
            for arm, whole in zip(part.arms, same.arms):
                np.testing.assert_allclose(arm.values, whole.values[5:3:-1], rtol=1e-6, atol=1e-12,
                                           err_msg=part.name)
