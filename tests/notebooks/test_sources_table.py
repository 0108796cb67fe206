"""The appendix of lecture 0: each heading of the sources, and the lecture, figure and task that treat it."""

import re

import pytest

from course_lib import explorers
from course_lib.commands import ROOT
from course_lib.commands.sources import assemble

APPENDIX = assemble(ROOT / "lectures" / "source" / "00_start_here.py").cells[-1].source
ROWS = [[cell.strip() for cell in line.strip("|").split("|")]
        for line in APPENDIX.splitlines() if re.match(r"\| S\d", line)]

HEADINGS = """
Automatic differentiation, Backpropagation, Batch size, Early stopping, Epoch, Error surface, Learning rate, Learning rate decay,
Cosine learning rate decay, Momentum, Optimizers, AdaDelta, AdaGrad, Adam, Nesterov's method, RMSProp, Saddle points
""".replace("\n", " ").split(", ")  # of the notes, S1, that belong to lectures 1 to 7


def test_each_heading_of_the_notes_has_a_row():
    assert {heading.strip() for heading in HEADINGS} <= {row[1] for row in ROWS if row[0] == "S1"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]} {row[1]}")
def test_what_a_row_points_to_is_there(row):
    source, heading, lectures, figure, exercise = row
    sections = re.findall(r"\[(\d+\.\d+)\]\((\w+)\.ipynb\)", lectures)
    texts = {name: (ROOT / f"lectures/source/{name}.py").read_text() for _, name in sections}
    assert sections and all(f"\n# ## {number} " in texts[name] for number, name in sections)
    name = figure.strip("`")
    assert name in explorers.figures() and any(f"explorers.{name}(" in text for text in texts.values())
    number, file, tasks = re.fullmatch(r"\[(\d+)\]\(\.\./exercises/(\w+)\.ipynb\), (last figure|tasks? [\d, ]+)",
                                       exercise).groups()
    text = (ROOT / f"solutions/source/{file}.py").read_text()
    assert file.startswith(f"{int(number):02}_")
    assert all(f"\n# ## {task}. " in text for task in re.findall(r"\d+", tasks))
