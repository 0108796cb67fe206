"""The README: its table of lectures, its links, and the words of its picture."""

import re

from course_lib import explorers
from course_lib.commands import ROOT
from course_lib.commands.tables import MAP, filled

README = (ROOT / "README.md").read_text("utf-8")


def test_the_table_is_the_map_of_lecture_0():
    rows = filled(MAP, ROOT / "lectures" / "source")
    assert rows.replace("](../", "](").replace("](", "](lectures/").replace("lectures/exercises", "exercises") in README


def test_every_link_leads_somewhere():
    links = re.findall(r"\]\(([^)]+)\)", README)
    assert len(links) > 8 and all((ROOT / link).is_file() for link in links)


def test_the_picture_shows_what_the_figure_still_says():
    """A failure asks for a new screenshot of the figure in `course lab`, and for these words beside it."""
    assert f"![{explorers.momentum.ravine().summary}](" in README
