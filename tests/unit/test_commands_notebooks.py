"""Notebooks from sources: made, executed, answers taken out, repeatable; stale ones found."""

import ast
import json
import re

import nbformat
import pytest

from course_lib import cli
from course_lib.commands import CommandError, kernels, notebooks, sources

pytest.importorskip("jupytext")

LECTURE = '''\
# %% [markdown]
# # A lecture

# %%
import sys

import ipywidgets
import matplotlib.figure

# %% tags=["wide"]
print("one")
print("two")

# %%
print("one")
print("two")

# %%
print("one")
print("two")


# %%
class Live:
    """Offers a live view, a picture and a line of text, as the course's figures do."""

    def _repr_mimebundle_(self, **_):
        figure = matplotlib.figure.Figure((1, 1))
        figure.subplots().plot([1, 3, 2])
        png = __import__("io").BytesIO()
        figure.savefig(png, format="png")
        picture = __import__("base64").b64encode(png.getvalue()).decode()
        view = ipywidgets.IntSlider()._repr_mimebundle_()
        return {**view, "image/png": picture, "text/plain": "three points"}


Live()
'''

SOLUTION = '''\
# %% [markdown]
# # An exercise

# %%
def check(task, function):
    try:
        print(task, function(2.0))
    except NotImplementedError:
        print(task, "not attempted")


# %%
def doubled(x):
    """Twice x."""
    if x is None:
        ### BEGIN SOLUTION
        secret_branch = 0
        return secret_branch
        ### END SOLUTION
    limit = 10
    ### BEGIN SOLUTION
    return min(secret_limit := limit, 2 * x)
    ### END SOLUTION


# %% points=2
check("05.doubled", doubled)

# %%
### BEGIN SOLUTION
secret_curve = [doubled(x) for x in range(3)]
### END SOLUTION

# %% [markdown] points=3
# What do you see?
#
# <!-- ### BEGIN SOLUTION -->
# A secret straight line.
# <!-- ### END SOLUTION -->
'''


@pytest.fixture
def course(tmp_path):
    for folder, name, text in (("lectures", "05_twice", LECTURE), ("solutions", "05_twice", SOLUTION)):
        (tmp_path / folder / "source").mkdir(parents=True)
        (tmp_path / folder / "source" / f"{name}.py").write_text(text)
    return tmp_path


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Bytes of the three notebooks of one build, by path."""
    root = tmp_path_factory.mktemp("course")
    for folder, text in (("lectures", LECTURE), ("solutions", SOLUTION)):
        (root / folder / "source").mkdir(parents=True)
        (root / folder / "source" / "05_twice.py").write_text(text)
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
    assert cells[2].outputs == [{"name": "stdout", "output_type": "stream", "text": "one\ntwo\n"}]
    assert set(cells[-1].outputs[0].data) == {"image/png", "text/plain"}
    assert cells[-1].outputs[0].data["text/plain"] == "three points"


def test_metadata_says_nothing_about_the_machine(built):
    lecture = notebook(built, "lectures")
    assert set(lecture.metadata) == {"kernelspec", "language_info", "course"}
    assert lecture.metadata.kernelspec.name == "python3"
    assert "version" not in lecture.metadata.language_info
    assert [c.metadata for c in lecture.cells] == [{}, {}, {"tags": ["wide"]}, {}, {}, {}]


@pytest.mark.parametrize("code, folded", [
    ('Question("Why?", {"a": "x", "b": "y"}, right="a")', True),
    ('AlgorithmBox("SGD", [], print)', True),
    ('from course_lib.live import Question\n\nQuestion("Why?", {"a": "x", "b": "y"}, right="a")', False),
    ('question = Question("Why?", {"a": "x", "b": "y"}, right="a")', False),
    ("explorers.start.descent()", False),
])
def test_questions_and_boxes_are_folded_away(course, code, folded):
    source = course / "lectures" / "source" / "01_folded.py"
    source.write_text(f"# %%\n{code}\n", "utf-8")
    assert sources.assemble(source).cells[0].metadata == ({"jupyter": {"source_hidden": True}} if folded else {})


def test_cell_ids_are_distinct_and_follow_the_text(course):
    source = course / "lectures" / "source" / "05_twice.py"
    ids = [cell.id for cell in sources.assemble(source).cells]
    assert len(set(ids)) == len(ids)  # three cells have the same text
    assert ids == [cell.id for cell in sources.assemble(source).cells]
    source.write_text(LECTURE.replace("# # A lecture", "# # Another lecture"))
    changed = [cell.id for cell in sources.assemble(source).cells]
    assert changed[0] != ids[0] and changed[1:] == ids[1:]


def test_answers_are_out_of_the_exercise(built):
    text = built["exercises/05_twice.ipynb"].decode()
    assert "secret" not in text and "SOLUTION" not in text
    exercise, solution = notebook(built, "exercises"), notebook(built, "solutions")
    assert "secret_branch" in solution.cells[2].source and "### BEGIN SOLUTION" in solution.cells[2].source
    assert all(not c.outputs and c.execution_count is None for c in exercise.cells if c.cell_type == "code")
    assert exercise.cells[2].source == (
        'def doubled(x):\n    """Twice x."""\n    if x is None:\n'
        "        # YOUR CODE HERE\n        raise NotImplementedError()\n"
        "    limit = 10\n    # YOUR CODE HERE\n    raise NotImplementedError()"
    )
    assert exercise.cells[4].source == "# YOUR CODE HERE\nraise NotImplementedError()"
    assert exercise.cells[5].source == "What do you see?\n\nYOUR ANSWER HERE"
    assert solution.cells[3].outputs[0].text == "05.doubled 4.0\n"


def test_nothing_in_an_exercise_depends_on_the_answer(course):
    source = course / "solutions" / "source" / "05_twice.py"
    before = sources.without_answers(sources.assemble(source), "05_twice")
    source.write_text(SOLUTION.replace("return min(secret_limit := limit, 2 * x)", "return 3 * x"))
    assert sources.without_answers(sources.assemble(source), "05_twice") == before


def test_stubs_are_python(built):
    for cell in notebook(built, "exercises").cells:
        if cell.cell_type == "code":
            ast.parse(cell.source)


@pytest.mark.parametrize("folder", ["solutions", "exercises"])
def test_nbgrader_metadata_follow_schema_3(built, folder):
    marked = [cell for cell in notebook(built, folder).cells if "nbgrader" in cell.metadata]
    rows = [
        (m.grade_id, m.grade, m.solution, m.locked, m.get("points"))
        for m in (cell.metadata.nbgrader for cell in marked)
    ]
    assert rows == [
        ("answer-doubled", False, True, False, None),
        ("check-05-doubled", True, False, True, 2),
        ("answer", False, True, False, None),
        ("answer-2", True, True, False, 3),
    ]
    for cell in marked:
        meta = cell.metadata.nbgrader
        assert meta.schema_version == 3 and meta.task is False and meta.cell_type == cell.cell_type
        assert re.fullmatch(r"[\w-]+", meta.grade_id)
        # nbgrader's own rules: graded cells have points, a markdown answer is graded, by a person
        assert ("points" in meta) == meta.grade
        if cell.cell_type == "markdown":
            assert meta.grade == meta.solution
        assert "points" not in cell.metadata


def test_points_default_to_one(course):
    source = course / "solutions" / "source" / "05_twice.py"
    source.write_text(SOLUTION.replace("# %% points=2", "# %%"))
    assert sources.assemble(source).cells[3].metadata.nbgrader.points == 1


@pytest.mark.parametrize(
    "old, new, message",
    [
        ("    ### END SOLUTION\n\n\n#", "\n\n#", "cell 3: '### BEGIN SOLUTION' without its"),
        ("### BEGIN SOLUTION\n        secret", "secret", "cell 3: '### END SOLUTION' without its"),
        ("        secret_branch = 0", "        ### BEGIN SOLUTION", "cell 3: '### BEGIN SOLUTION' inside"),
        ("# %% points=2\n", "", "cell 3: an answer and a check"),
        ("# %% [markdown]\n# # An", "# %% [markdown] points=1\n# # An", "cell 1: points=1 on a cell that"),
        ("# # An exercise\n", "# # An exercise\n\n# %%\n\n", "cell 2 is empty"),
        ("    limit = 10\n    ###", "    limit = 10\n  ###", "without its answer it is not Python"),
    ],
)
def test_mistakes_in_a_source_are_named(course, old, new, message):
    source = course / "solutions" / "source" / "05_twice.py"
    assert old in SOLUTION
    source.write_text(SOLUTION.replace(old, new))
    with pytest.raises(CommandError, match=re.escape(message)):
        sources.without_answers(sources.assemble(source), "05_twice")
    assert any("solutions/source/05_twice.py" in problem for problem in notebooks.check(course))


@pytest.mark.parametrize(
    "code, message",
    [
        ("1 / 0", "lectures/05_twice.ipynb, cell 7: ZeroDivisionError: division by zero"),
        ("import sys\nprint('careful', file=sys.stderr)", "cell 7 writes to stderr: careful"),
        ("object()", "cell 7 shows a memory address"),
    ],
)
def test_what_cannot_be_kept_stops_the_notebook(built_course, built, code, message):
    source = built_course / "lectures" / "source" / "05_twice.py"
    source.write_text(f"{LECTURE}\n# %%\n{code}\n")
    failures = notebooks.build(built_course, ["05"], report=lambda line: None)
    assert len(failures) == 1 and message in failures[0]
    assert (built_course / "lectures" / "05_twice.ipynb").read_bytes() == built["lectures/05_twice.ipynb"]


def test_a_long_cell_is_named(course, monkeypatch):
    monkeypatch.setattr(kernels, "CELL_SECONDS", 1)
    (course / "lectures" / "source" / "05_twice.py").write_text("# %%\nimport time\n\n# %%\ntime.sleep(30)\n")
    (course / "solutions" / "source" / "05_twice.py").unlink()
    failures = notebooks.build(course, report=lambda line: None)
    assert failures == ["lectures/05_twice.ipynb, cell 2 ran longer than 1 s"]


def test_names_choose(course):
    (course / "lectures" / "source" / "06_other.py").write_text(LECTURE)
    assert [p.stem for p in sources.sources(course, ["06"])] == ["06_other"]
    assert [p.parent.parent.name for p in sources.sources(course, ["05_twice"])] == ["lectures", "solutions"]
    with pytest.raises(CommandError, match="no source is called '99'; there are: 05_twice, 06_other"):
        sources.sources(course, ["99"])


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


def test_kernels_are_this_interpreters_and_on_one_thread(monkeypatch):
    monkeypatch.setenv("JUPYTER_PATH", "/elsewhere")
    environment = kernels.kernel_environment()
    assert environment["JUPYTER_PATH"].split(":")[1:] == ["/elsewhere"]
    assert environment["OMP_NUM_THREADS"] == environment["OPENBLAS_NUM_THREADS"] == "1"


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
