"""From a source to cells: stable ids, answers taken out, nbgrader's metadata, and what is refused."""

import ast
import re

import nbformat
import pytest
import small_course
from small_course import LECTURE, SOLUTION

from course_lib.commands import CommandError
from course_lib.commands.sources import assemble, sources, without_answers

pytest.importorskip("jupytext")


@pytest.fixture
def course(tmp_path):
    small_course.write(tmp_path)
    return tmp_path


@pytest.fixture
def solution(course):
    return assemble(course / "solutions" / "source" / "05_twice.py")


@pytest.fixture
def exercise(solution):
    return without_answers(solution, "05_twice")


@pytest.mark.parametrize("code, folded", [
    ('Question("Why?", {"a": "x", "b": "y"}, right="a")', True),
    ('AlgorithmBox("SGD", [], print)', True),
    ('from course_lib.live import Question\n\nQuestion("Why?", {"a": "x", "b": "y"}, right="a")', False),
    ('question = Question("Why?", {"a": "x", "b": "y"}, right="a")', False),
    ('question = Question("Why?", {"a": "x", "b": "y"}, right="a")\nquestion', True),
    ('question = Question("Why?", {"a": "x", "b": "y"}, right="a")\nquestion.choose("a")', False),
    ('question = Question("Why?", {"a": "x", "b": "y"}, right="a")\nother', False),
    ("explorers.start.descent()", False),
])
def test_questions_and_boxes_are_folded_away(course, code, folded):
    source = course / "lectures" / "source" / "01_folded.py"
    source.write_text(f"# %%\n{code}\n", "utf-8")
    assert assemble(source).cells[0].metadata == ({"jupyter": {"source_hidden": True}} if folded else {})


def test_cell_ids_are_distinct_and_follow_the_text(course):
    source = course / "lectures" / "source" / "05_twice.py"
    ids = [cell.id for cell in assemble(source).cells]
    assert len(set(ids)) == len(ids)  # three cells have the same text
    assert ids == [cell.id for cell in assemble(source).cells]
    source.write_text(LECTURE.replace("# # A lecture", "# # Another lecture"))
    changed = [cell.id for cell in assemble(source).cells]
    assert changed[0] != ids[0] and changed[1:] == ids[1:]


def test_answers_are_out_of_the_exercise(solution, exercise):
    text = nbformat.writes(exercise)
    assert "secret" not in text and "SOLUTION" not in text
    assert "secret_branch" in solution.cells[2].source and "### BEGIN SOLUTION" in solution.cells[2].source
    assert exercise.cells[2].source == (
        'def doubled(x):\n    """Twice x."""\n    if x is None:\n'
        "        # YOUR CODE HERE\n        raise NotImplementedError()\n"
        "    limit = 10\n    # YOUR CODE HERE\n    raise NotImplementedError()"
    )
    assert exercise.cells[4].source == "# YOUR CODE HERE\nraise NotImplementedError()"
    assert exercise.cells[5].source == "What do you see?\n\nYOUR ANSWER HERE"


def test_nothing_in_an_exercise_depends_on_the_answer(course):
    source = course / "solutions" / "source" / "05_twice.py"
    before = without_answers(assemble(source), "05_twice")
    source.write_text(SOLUTION.replace("return min(secret_limit := limit, 2 * x)", "return 3 * x"))
    assert without_answers(assemble(source), "05_twice") == before


def test_stubs_are_python(exercise):
    for cell in exercise.cells:
        if cell.cell_type == "code":
            ast.parse(cell.source)


@pytest.mark.parametrize("made", ["solution", "exercise"])
def test_nbgrader_metadata_follow_schema_3(request, made):
    marked = [cell for cell in request.getfixturevalue(made).cells if "nbgrader" in cell.metadata]
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
    assert assemble(source).cells[3].metadata.nbgrader.points == 1


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
        ("# <!-- ### END SOLUTION -->", "# <!-- ### END SOLUTION\n# -->",
         "'### END SOLUTION' must stand in a comment of its own, got '<!-- ### END SOLUTION'"),
    ],
)
def test_mistakes_in_a_source_are_named(course, old, new, message):
    source = course / "solutions" / "source" / "05_twice.py"
    assert old in SOLUTION
    source.write_text(SOLUTION.replace(old, new))
    with pytest.raises(CommandError, match=re.escape(message)):
        without_answers(assemble(source), "05_twice")


def test_names_choose(course):
    (course / "lectures" / "source" / "06_other.py").write_text(LECTURE)
    assert [p.stem for p in sources(course, ["06"])] == ["06_other"]
    assert [p.parent.parent.name for p in sources(course, ["05_twice"])] == ["lectures", "solutions"]
    with pytest.raises(CommandError, match="no source is called '99'; there are: 05_twice, 06_other"):
        sources(course, ["99"])
