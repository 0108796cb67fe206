"""What the text of a lecture says in numbers, held against the data of its figures and claims.

    PROSE = [("a quarter of the steps", lambda: steps("momentum") / steps("descent") == pytest.approx(0.25, rel=0.1))]
    LEFT_OUT = {"a few hundred steps": "no number of the figure: what other courses say"}

    TestProse = prose.test(1, prose.of_figures, PROSE, LEFT_OUT)

A row is a fragment that must stand in the text, and a function that says whether it is true: whoever changes the
sentence, or the figure, is told. Every sentence with a number that speaks of a figure (or of the claims) must hold
one of the fragments; where it is no statement about data, LEFT_OUT gives the reason. For tests that are longer than
a line there is `says = prose.of("01_surfaces")`, a decorator with such fragments.
"""

import ast
import functools
import re
from pathlib import Path

import pytest

SOURCES = Path(__file__).parents[2] / "lectures" / "source"
NUMBER = re.compile(r"\d|\b(twice|half|halves|double[sd]?|times|\w+fold|ten|twenty|thirty|hundreds?|thousands?"
                    r"|millions?|millionth|first|last|quarter|third)\b", re.I)
# Indices, lectures, years, sections.
NO_NUMBER = re.compile(r"[_^]\{?\w+\}?|\b[Ll]ectures? \d+|\b(et al\. |\()\d{4}|§\d+|\b[1-9]\d?\.\d\d?(?= has| said|:)")
ENDS = re.compile(r"\n\s*\n|(?<=[.?!])\s+(?=[A-Z*(“$])")
ITEM = re.compile(r"^\s*(?:\d+\.|-|\|)\s|\([a-h]\)\s", re.M)
WORDS_A_MINUTE, MINUTES_A_FIGURE, MINUTES_A_QUESTION = 180, 2, 1


def cells(number):
    """[(kind, text), ...] of lecture `number`; of code its strings, which are what is shown of it."""
    (path,) = SOURCES.glob(f"{number:02}_*.py")
    found = []
    for cell in re.split(r"^# %%", path.read_text("utf-8"), flags=re.M)[1:]:
        if cell.startswith(" [markdown]"):
            found.append(("text", re.sub(r"^# ?", "", cell.split("\n", 1)[1], flags=re.M)))
        else:
            found.append(("code", cell.split("\n", 1)[1]))
    return found


def strings(code):
    """The texts in a code cell, one after another: those of a Question."""
    return "\n\n".join(node.value for node in ast.walk(ast.parse(code))
                       if isinstance(node, ast.Constant) and isinstance(node.value, str))


def spaced(text):
    return " ".join(text.split())


def whole(number):
    """All that is read of a lecture, white space made single spaces."""
    return spaced(" ".join(text if kind == "text" else strings(text) for kind, text in cells(number)))


def of_figures(number):
    """The texts that speak of figures: what they show, what to try, and the predictions before them.

    A derivation begins with a line of its own, in bold or a heading: what it says is not held here.
    """
    read = cells(number)
    behind = {name for kind, text in read if kind == "code" for name in re.findall(r"\.behind\((\w+)\)", text)}
    for kind, text in read:
        if kind == "text":
            yield from (part for part in re.split(r"(?m)^(?=\*\*|#)", text)
                        if re.match(r"\*\*(What it shows|Try)\b", part))
        elif kind == "code" and "Question(" in text and behind & set(re.findall(r"^(\w+) = Question", text, re.M)):
            yield strings(text)


def of_claims(number):
    """The text of the section that has the table of claims."""
    read, measured = cells(number), False
    for kind, text in read:
        if kind == "text" and re.search(r"^## ", text, re.M):
            measured = "claims" in text.splitlines()[0]
        if kind == "text" and measured:
            yield re.sub(r"(?m)^(>|#).*$", "", text)


def sentences(texts):
    """Those with a number, formulas and all; references and list marks do not count as one."""
    for text in texts:
        for part in ENDS.split(ITEM.sub("\n\n", text)):
            if NUMBER.search(NO_NUMBER.sub("", part)):
                yield spaced(part)


def uncovered(number, texts, fragments):
    """The sentences with a number in which none of the fragments stands; one may go over several sentences."""
    parts = [spaced(part) for fragment in fragments for part in ENDS.split(fragment)]
    return [sentence for sentence in sentences(texts(number)) if not any(part in sentence for part in parts)]


def test(number, texts, rows, left_out):
    """A class of tests for lecture `number`, to be kept under a name that begins with Test.

    `texts` is of_figures or of_claims, `rows` are (fragment, function without arguments), `left_out` {fragment:
    reason}.
    """

    class Prose:
        @pytest.mark.parametrize("fragment, holds", rows, ids=[fragment[:40] for fragment, _ in rows])
        def test_a_sentence_is_true(self, fragment, holds):
            assert spaced(fragment) in whole(number), "this does not stand in the text any more"
            assert holds(), "the text says so; the data does not"

        def test_each_sentence_with_a_number_is_held_or_left_out_with_a_reason(self):
            missing = uncovered(number, texts, [*(fragment for fragment, _ in rows), *left_out])
            assert missing == [], missing
            gone = [fragment for fragment in left_out if spaced(fragment) not in whole(number)]
            assert gone == [], gone
            assert all(len(reason) > 5 for reason in left_out.values())

    return Prose


def minutes(number):
    """(core, optional): words / 180, 2 for each figure, 1 for each question; sections marked as optional apart."""
    total, optional = {False: 0.0, True: 0.0}, False
    for kind, text in cells(number):
        if kind == "text":
            for part in re.split(r"(?m)^(?=##? )", text):
                if re.match(r"##? ", part):
                    optional = "(optional)" in part.splitlines()[0]
                total[optional] += len(part.split()) / WORDS_A_MINUTE
        else:
            total[optional] += MINUTES_A_FIGURE * len(re.findall(r"^(?:figure = )?explorers\.\w+\.\w+\(", text, re.M))
            total[optional] += MINUTES_A_QUESTION * text.count("Question(")
    return total[False], total[True]


def stated(number):
    """(core, optional) as the lecture states them: "**Time:** 55 minutes", "and 10 for what is optional"."""
    found = re.search(r"\*\*Time:\*\* (\d+) minutes(?:,? and (\d+) for what is optional)?", whole(number))
    return float(found[1]), float(found[2] or 0)


def of(lecture):
    """`says(*fragments)`, a decorator of tests: they fail where lecture "05_momentum" no longer has these words.

    `says.found` collects the fragments.
    """
    text = flat((SOURCES / f"{lecture}.py").read_text("utf-8"))

    def says(*fragments):
        says.found.extend(fragments)

        def decorate(test):
            @functools.wraps(test)
            def held(*arguments, **named):
                missing = [fragment for fragment in fragments if flat(fragment) not in text]
                assert missing == [], f"lecture {lecture} no longer says this"
                return test(*arguments, **named)
            return held
        return decorate

    says.found = []
    return says


def flat(source):
    """Text and strings of a source without its line breaks and marks of comments."""
    joined = re.sub(r'"\s*\n\s*"', "", source)                        # strings that go on in the next line
    return spaced(re.sub(r"^# ?", "", joined, flags=re.MULTILINE))


def run(lecture, *without):
    """The names that a lecture's code cells define; cells that hold one of the texts `without` are left out."""
    space = {}
    for cell in re.split(r"^# %%", (SOURCES / f"{lecture}.py").read_text("utf-8"), flags=re.MULTILINE)[1:]:
        if not cell.startswith(" [markdown]") and not any(text in cell for text in without):
            exec(cell, space)
    return space
