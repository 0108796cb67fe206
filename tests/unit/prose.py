"""Numbers in a lecture's text, held by tests.

    says = prose.of("02_autodiff")

    @says("Before that step $y$ had 1.341")
    def test_the_adjoint_of_y():
        assert ...

A test with `says` fails where the lecture no longer has these words, so that whoever changes a sentence is
led to what held it.
"""

import functools
import re
from pathlib import Path

SOURCES = Path(__file__).parents[2] / "lectures" / "source"


def of(lecture):
    """`says(*fragments)`, a decorator of tests, for the source of a lecture; `says.found` collects them."""
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


def sentences(lecture, *beginnings):
    """The sentences of the paragraphs that begin with one of these words, in order."""
    source = (SOURCES / f"{lecture}.py").read_text("utf-8")
    paragraphs = [flat(paragraph) for paragraph in re.split(r"^(?:#|# %%.*)?\n", source, flags=re.MULTILINE)]
    return [sentence for paragraph in paragraphs if paragraph.startswith(beginnings)
            for sentence in re.split(r"(?<=[.?!]) (?=[A-Z(*$])", paragraph)]


def flat(source):
    """Text and strings of a source without its line breaks and marks of comments."""
    joined = re.sub(r'"\s*\n\s*"', "", source)                        # strings that go on in the next line
    return " ".join(re.sub(r"^# ?", "", joined, flags=re.MULTILINE).split())


def run(lecture, *without):
    """The names that a lecture's code cells define; cells with one of the texts `without` are left out."""
    space = {}
    for cell in re.split(r"^# %%", (SOURCES / f"{lecture}.py").read_text("utf-8"), flags=re.MULTILINE)[1:]:
        if not cell.startswith(" [markdown]") and not any(text in cell for text in without):
            exec(cell, space)
    return space
