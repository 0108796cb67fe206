"""What students write, wrong and right, and what the checks say to it.

students/NN_topic.txt has the answers of an exercise, NN_topic_unseen.txt more, written by others from the notebooks
alone. Each stands below a line `== task  outcome`: the body of the
function, as somebody writes it who has read the exercise only, not the mistakes that its check knows. Outcomes:

    right            passes, though it is written in another way
    named: ...       the mistake is named, or the trouble: "named: raised", "named: not changed in place"
    form             it is told that its type or shape is wrong, not why
    generic          it is told that none of the usual mistakes gives these numbers
    misnamed: ...    it is told a mistake that was not made
    accepted         it passes, and is wrong

An outcome is what is said, not what should be: where a check says too little, it is the check that changes. The
shares are held over all answers.
"""

import re
import textwrap
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from course_lib import checks
from course_lib.checks import engine, feedback


def answers():
    """[(task, outcome, body), ...] of all exercises."""
    found = []
    for path in sorted((Path(__file__).parent / "students").glob("*.txt")):
        for entry in re.split("^== ", path.read_text("utf-8"), flags=re.MULTILINE)[1:]:
            head, body = entry.split("\n", 1)
            found.append((*head.split("  ", 1), body))
    return found


def numbered(rows):
    """One test an answer, named by its task and its number there."""
    seen, tests = Counter(), []
    for row in rows:
        seen[row[0]] += 1
        tests.append(pytest.param(*row, id=f"{row[0]}-{seen[row[0]]}"))
    return tests


ANSWERS = answers()
WRONG = [row for row in ANSWERS if row[1] != "right"]


def function_of(name, body):
    space = {"np": np}
    arguments = ", ".join(checks.find(name).arguments)
    exec(f"def answer({arguments}):\n{textwrap.indent(body, '    ')}", space)
    return space["answer"]


def said(found):
    if found.passed:
        return "right"
    if found.misconception:
        return f"named: {found.misconception}"
    if found.status == engine.WRONG_FORM:
        return "form"
    return "generic" if found.status == engine.WRONG_VALUE else f"named: {found.status}"


@pytest.mark.parametrize("name, outcome, body", numbered(ANSWERS))
def test_what_is_said_to_an_answer(name, outcome, body, monkeypatch):
    monkeypatch.setattr(engine, "SECONDS_AT_MOST", 1.5)
    found = checks.verdict(name, function_of(name, body))
    expected = outcome.replace("misnamed:", "named:").replace("accepted", "right")
    assert said(found) == expected, feedback.text_of(found)


def test_the_shares_over_all_wrong_answers():
    shares = Counter(outcome.split(":")[0] for _, outcome, _ in WRONG)
    assert set(shares) <= {"named", "form", "generic", "misnamed", "accepted"}
    assert shares["accepted"] == 0
    assert shares["misnamed"] <= 0.01 * len(WRONG)
    assert shares["named"] >= 0.85 * len(WRONG)
