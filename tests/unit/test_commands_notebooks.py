"""`course build`: notebooks made and executed, repeatable; stale ones found."""

import json

import nbformat
import pytest
import small_course
from small_course import LECTURE, SOLUTION

from course_lib import cli
from course_lib.commands import kernels, notebooks

pytest.importorskip("jupytext")


@pytest.fixture
def course(tmp_path):
    small_course.write(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Bytes of the three notebooks of one build, by path."""
    root = tmp_path_factory.mktemp("course")
    small_course.write(root)
    assert notebooks.build(root, report=lambda line: None) == []
    return {f"{p.parent.name}/{p.name}": p.read_bytes() for p in root.glob("*/*.ipynb")}


@pytest.fixture
def built_course(course, built):
    (course / "exercises").mkdir()
    for name, text in built.items():
        (course / name).write_bytes(text)
    return course


def notebook(built, folder):
    return nbformat.reads(built[f"{folder}/05_twice.ipynb"].decode(), as_version=4)


def change(path, function):
    """Edit a notebook file as JSON."""
    content = json.loads(path.read_text())
    function(content)
    path.write_text(json.dumps(content))


def test_three_notebooks_are_made_and_valid(built):
    assert sorted(built) == [f"{name}/05_twice.ipynb" for name in ("exercises", "lectures", "solutions")]
    for text in built.values():
        nbformat.validate(nbformat.reads(text.decode(), as_version=4))


def test_second_build_changes_no_byte(built_course, built):
    times = {p: p.stat().st_mtime_ns for p in built_course.glob("*/*.ipynb")}
    lines = []
    assert notebooks.build(built_course, report=lines.append) == []
    assert {f"{p.parent.name}/{p.name}": p.read_bytes() for p in times} == built
    assert {p: p.stat().st_mtime_ns for p in times} == times
    assert lines == [f"{name}/05_twice.ipynb  unchanged" for name in ("lectures", "solutions", "exercises")]


def test_outputs_keep_picture_and_text_but_no_live_view(built):
    cells = notebook(built, "lectures").cells
    assert [c.execution_count for c in cells if c.cell_type == "code"] == [1, 2, 3, 4, 5]
    assert notebook(built, "solutions").cells[3].outputs[0].text == "05.doubled 4.0\n"
    assert cells[2].outputs == [{"name": "stdout", "output_type": "stream", "text": "one\ntwo\n"}]
    assert set(cells[-1].outputs[0].data) == {"image/png", "text/plain"}
    assert cells[-1].outputs[0].data["text/plain"] == "three points"


def test_metadata_says_nothing_about_the_machine(built):
    lecture = notebook(built, "lectures")
    assert set(lecture.metadata) == {"kernelspec", "language_info", "course"}
    assert lecture.metadata.kernelspec.name == "python3"
    assert "version" not in lecture.metadata.language_info
    assert [c.metadata for c in lecture.cells] == [{}, {}, {"tags": ["wide"]}, {}, {}, {}]


def test_a_notebook_that_fails_leaves_the_old_one(built_course, built):
    source = built_course / "lectures" / "source" / "05_twice.py"
    source.write_text(f"{LECTURE}\n# %%\n1 / 0\n")
    (failure,) = notebooks.build(built_course, ["05"], report=lambda line: None)
    assert failure.startswith("lectures/05_twice.ipynb, cell 7: ZeroDivisionError: division by zero")
    assert (built_course / "lectures" / "05_twice.ipynb").read_bytes() == built["lectures/05_twice.ipynb"]


def test_a_source_that_is_no_notebook_is_named(built_course):
    source = built_course / "solutions" / "source" / "05_twice.py"
    source.write_text(SOLUTION.replace("### END SOLUTION", ""))
    (problem,) = notebooks.check(built_course)
    assert problem.startswith("solutions/source/05_twice.py, cell 3: '### BEGIN SOLUTION'")


def test_check_is_clean_after_a_build_and_without_any_source(built_course, tmp_path_factory):
    assert notebooks.check(built_course) == []
    assert notebooks.check(tmp_path_factory.mktemp("empty")) == []


def _edit_source(root):
    (root / "lectures" / "source" / "05_twice.py").write_text(LECTURE.replace("one", "eins"))


def _edit_cell(content):
    content["cells"][1]["source"] = ["import os\n"]


def _unexecute(content):
    content["cells"][2].update(execution_count=None, outputs=[])


def _execute_twice(content):
    content["cells"][2]["execution_count"] = 9


def _store_error(content):
    content["cells"][2]["outputs"] = [{"output_type": "error", "ename": "E", "evalue": "", "traceback": []}]


def _store_view(content):
    content["cells"][-1]["outputs"][0]["data"][kernels.WIDGET_VIEW] = {"model_id": "0"}


def _new_id(content):
    content["cells"][0]["id"] = "0123"


def _new_metadata(content):
    content["cells"][0]["metadata"] = {"editable": True}


def _drop_cell(content):
    del content["cells"][-1]


def _other_execution(content):
    content["metadata"]["course"]["executed"] = "0" * 16


def _saved_by_lab(content):
    content["metadata"]["language_info"]["version"] = "3.12.1"


@pytest.mark.parametrize(
    "edit, message",
    [
        (_edit_cell, "is stale: the source of cell 2 differs from lectures/source/05_twice.py"),
        (_unexecute, "is stale: cell 3 was never executed"),
        (_execute_twice, "is stale: its cells were not executed once, from top to bottom"),
        (_store_error, "is stale: cell 3 stores an error"),
        (_store_view, "is stale: cell 6 stores a live widget"),
        (_new_id, "is stale: the id of cell 1 differs"),
        (_new_metadata, "is stale: the metadata of cell 1 differs"),
        (_drop_cell, "is stale: it has 5 cells, lectures/source/05_twice.py gives 6"),
        (_other_execution, "is stale: its outputs come from another version of the source"),
        (_saved_by_lab, "is stale: its language_info was changed"),
    ],
)
def test_check_names_a_stale_lecture_and_the_remedy(built_course, edit, message):
    change(built_course / "lectures" / "05_twice.ipynb", edit)
    (problem,) = notebooks.check(built_course)
    assert problem.startswith(f"lectures/05_twice.ipynb {message}")
    assert problem.endswith("; run: course build 05_twice")


def test_check_finds_an_edited_source(built_course):
    _edit_source(built_course)
    (problem,) = notebooks.check(built_course)
    assert "lectures/05_twice.ipynb is stale: the source of cell 3 differs" in problem


def test_check_finds_an_edited_answer(built_course):
    source = built_course / "solutions" / "source" / "05_twice.py"
    source.write_text(SOLUTION.replace("2 * x", "x + x"))
    (problem,) = notebooks.check(built_course)  # the exercise stays as it was
    assert problem.startswith("solutions/05_twice.ipynb is stale: the source of cell 3")


@pytest.mark.parametrize("folder", ["lectures", "solutions", "exercises"])
def test_check_finds_a_missing_or_broken_notebook(built_course, folder):
    path, remedy = built_course / folder / "05_twice.ipynb", "; run: course build 05_twice"
    path.write_text("<<<<<<< HEAD")
    assert notebooks.check(built_course) == [f"{folder}/05_twice.ipynb is not a readable notebook{remedy}"]
    path.unlink()
    assert notebooks.check(built_course) == [f"{folder}/05_twice.ipynb is missing{remedy}"]


def test_check_finds_an_executed_exercise(built_course):
    def execute(content):
        content["cells"][1]["execution_count"] = 1

    change(built_course / "exercises" / "05_twice.ipynb", execute)
    (problem,) = notebooks.check(built_course)
    assert problem.startswith("exercises/05_twice.ipynb is stale: cell 2 was executed")


@pytest.mark.parametrize(
    "folder, home", [("lectures", "lectures"), ("solutions", "solutions"), ("exercises", "solutions")]
)
def test_check_finds_a_notebook_without_a_source(built_course, built, folder, home):
    (built_course / folder / "09_lost.ipynb").write_bytes(built["lectures/05_twice.ipynb"])
    (problem,) = notebooks.check(built_course)
    assert problem == (
        f"{folder}/09_lost.ipynb has no source; write {home}/source/09_lost.py, or delete the notebook"
    )


def test_build_check_fails_on_stderr_and_says_what_to_do(course_folder, capsys):
    assert cli.main(["build", "--check"]) == 0
    assert capsys.readouterr().out == "0 sources: every notebook is what its source gives\n"
    (course_folder / "lectures" / "05_lost.ipynb").write_text("{}")
    assert cli.main(["build", "--check"]) == 1
    assert capsys.readouterr().err == (
        "lectures/05_lost.ipynb has no source; write lectures/source/05_lost.py, or delete the notebook\n"
    )


def test_build_names_an_unknown_name(course_folder, capsys):
    assert cli.main(["build", "77"]) == 2
    assert capsys.readouterr().err == "course build: no source is called '77'; there are: none\n"


def test_without_jupytext_one_line_says_how_to_get_it(course_folder, monkeypatch, capsys):
    for folder in ("lectures", "solutions"):
        (course_folder / folder / "source").mkdir(parents=True)
        (course_folder / folder / "source" / "05_twice.py").write_text(LECTURE)
    monkeypatch.setattr(notebooks, "find_spec", lambda name: None)
    for argv in (["build"], ["build", "--check"]):
        assert cli.main(argv) == 2
        assert capsys.readouterr().err == (
            "course build: jupytext is not installed; it comes with: pip install -e '.[test]'\n")
