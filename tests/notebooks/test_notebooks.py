"""Built notebooks: fresh, executed, quiet. Exercises run with their stubs, and nothing passes by accident."""

import os

import nbformat
import pytest
from nbclient import NotebookClient

from course_lib.commands import ROOT
from course_lib.commands.kernels import QUIET, kernel_environment
from course_lib.commands.notebooks import check
from course_lib.commands.sources import shown

EXECUTED = sorted([*(ROOT / "lectures").glob("*.ipynb"), *(ROOT / "solutions").glob("*.ipynb")])
EXERCISES = sorted((ROOT / "exercises").glob("*.ipynb"))


def code_cells(path):
    notebook = nbformat.read(path, as_version=4)
    return [(number, cell) for number, cell in enumerate(notebook.cells, start=1) if cell.cell_type == "code"]


def is_check(cell):
    return cell.metadata.get("nbgrader", {}).get("grade_id", "").startswith("check-")


def texts(cell):
    """Everything that a cell's outputs say in plain text."""
    return [output.get("text") or output.get("data", {}).get("text/plain", "") for output in cell.outputs]


def test_every_notebook_is_what_its_source_gives():
    assert check(ROOT) == []


@pytest.mark.parametrize("path", EXECUTED, ids=shown)
def test_every_code_cell_was_executed(path):
    # nbval passes such a cell unread
    assert [number for number, cell in code_cells(path) if cell.execution_count is None] == []


@pytest.mark.parametrize("path", EXECUTED, ids=shown)
def test_every_figure_question_and_table_was_kept(path):
    shows = ("explorers.", "Question(", "AlgorithmBox(", "claims.table(", "check(", "hint(")
    assert [number for number, cell in code_cells(path)
            if not cell.outputs and any(line.startswith(shows) for line in cell.source.splitlines())] == []


@pytest.mark.parametrize("path", EXECUTED, ids=shown)
def test_no_output_is_an_error_or_a_warning(path):
    for number, cell in code_cells(path):
        for output in cell.outputs:
            assert output.output_type != "error", number
            assert output.get("name") != "stderr", number
        for text in texts(cell):
            assert "Warning:" not in text and "Traceback (most recent call last)" not in text, number


@pytest.mark.parametrize("path", sorted((ROOT / "solutions").glob("*.ipynb")), ids=shown)
def test_every_check_of_a_solution_passes(path):
    checks = [(number, texts(cell)) for number, cell in code_cells(path) if is_check(cell)]
    assert checks
    for number, said in checks:
        assert "passed" in said[0].lower(), number


@pytest.mark.parametrize("path", EXERCISES, ids=shown)
def test_an_untouched_exercise_runs_and_every_check_says_not_attempted(path):
    notebook = nbformat.read(path, as_version=4)
    environment = {**os.environ, **kernel_environment()}
    client = NotebookClient(notebook, timeout=60, kernel_name="python3", extra_arguments=QUIET,
                            resources={"metadata": {"path": str(path.parent)}})
    client.execute(env=environment)
    checks = [(number, cell) for number, cell in enumerate(notebook.cells, start=1) if is_check(cell)]
    assert checks
    for number, cell in checks:
        said = " ".join(texts(cell)).lower()
        assert "not attempted" in said and "passed" not in said, number
