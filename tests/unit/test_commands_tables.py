"""The tables of lecture 0: rows and links found in the lectures, and what cannot be found."""

import re

import pytest

from course_lib.commands import CommandError
from course_lib.commands.tables import LINKS, MAP, filled

MOMENTUM = """\
# %% [markdown]
# # 5 Momentum
#
# *How does memory help?*
#
# Text.

# %% [markdown]
# ## 5.1 The trouble

# %% [markdown]
# ## 5.12 More trouble
"""


@pytest.fixture
def lectures(tmp_path):
    (tmp_path / "05_momentum.py").write_text(MOMENTUM)
    (tmp_path / "10_last.py").write_text(MOMENTUM.replace("5", "10").replace("Momentum", "Last *things*"))
    return tmp_path


def test_the_map_has_a_row_for_each_lecture_in_order(lectures):
    assert filled(f"| |\n|---|\n{MAP}\n\nText", lectures) == (
        "| |\n|---|\n"
        "| 5 | [Momentum](05_momentum.ipynb) | How does memory help? |"
        " [exercise](../exercises/05_momentum.ipynb) |\n"
        "| 10 | [Last *things*](10_last.ipynb) | How does memory help? |"
        " [exercise](../exercises/10_last.ipynb) |\n\n"
        "Text")


@pytest.mark.parametrize("old, new", [("# # 5 Mom", "# # Mom"), ("# *How does memory help?*\n#\n", ""),
                                      ("*How does memory help?*", "How does memory help?")])
def test_a_lecture_without_number_or_question_is_named(lectures, old, new):
    (lectures / "05_momentum.py").write_text(MOMENTUM.replace(old, new))
    with pytest.raises(CommandError, match=r"^lectures/source/05_momentum\.py must begin with its number"):
        filled(MAP, lectures)


def test_sections_and_exercises_become_links_and_nothing_else(lectures):
    text = ("See 5.1.\n" + LINKS + "\n| source | heading |\n|---|---|\n"
            "| S0, 1 | At 0.9 | 5.1, 10.12 | `momentum.ravine` | 5, tasks 1, 10 |\n")
    assert filled(text, lectures) == (
        "See 5.1.\n| source | heading |\n|---|---|\n"
        "| S0, 1 | At 0.9 | [5.1](05_momentum.ipynb), [10.12](10_last.ipynb) | `momentum.ravine` |"
        " [5](../exercises/05_momentum.ipynb), tasks 1, 10 |\n")


@pytest.mark.parametrize("sections, exercise, words", [
    ("5.2", "5", "5.2"), ("5.3, 5.1", "5", "5.3"), ("5.1", "6", "6"), ("10.1, 4.1", "5", "4.1"),
])
def test_what_no_lecture_has_is_named(lectures, sections, exercise, words):
    with pytest.raises(CommandError, match=f"names {re.escape(words)}, and no lecture has it$"):
        filled(f"{LINKS}\n| S1 | h | {sections} | `f.g` | {exercise}, task 1 |", lectures)


def test_other_text_stays_as_it_is(lectures):
    assert filled("| S1 | h | 5.1 | `f.g` | 5, task 1 |", lectures) == "| S1 | h | 5.1 | `f.g` | 5, task 1 |"
