"""The text of a notebook, and the cells it becomes.

A source is jupytext's py:percent. In a solution, what stands between `### BEGIN SOLUTION` and
`### END SOLUTION` is an answer (in a markdown cell the markers stand in HTML comments), and a cell with a
statement `check("NN.task", ...)` is a check. Both get nbgrader's metadata (schema 3), so that nbgrader can be
used on the notebooks. A cell that is a `Question(...)` (or a name for one, and the name), or an
`AlgorithmBox(...)`, is folded away: only what it shows is seen.
"""

import ast
import hashlib
import re
from collections import Counter
from pathlib import Path

from course_lib.commands import CommandError
from course_lib.commands.tables import filled

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
STUB = {"code": ["# YOUR CODE HERE", "raise NotImplementedError()"], "markdown": ["YOUR ANSWER HERE"]}

# What JupyterLab writes, without the patch version of whoever builds.
KERNELSPEC = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
LANGUAGE = {
    "name": "python", "file_extension": ".py", "mimetype": "text/x-python", "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3", "codemirror_mode": {"name": "ipython", "version": 3},
}


def sources(root, names=()):
    """Source files of the lectures and solutions, sorted; of `names` only ("05", "05_momentum"), where given.

    Raises CommandError for a name that no source has.
    """
    found = [p for folder in ("lectures", "solutions") for p in sorted((root / folder).glob("source/*.py"))]
    if not names:
        return found
    wanted = []
    for name in names:
        stem = Path(name).stem
        matches = [p for p in found if p.stem == stem or p.stem.startswith(stem + "_")]
        if not matches:
            known = ", ".join(sorted({p.stem for p in found})) or "none"
            raise CommandError(f"no source is called {name!r}; there are: {known}")
        wanted += [p for p in matches if p not in wanted]
    return wanted


def notebook_of(source):
    """Path of the executed notebook made from a source."""
    return source.parent.parent / f"{source.stem}.ipynb"


def exercise_of(source):
    """Path of the exercise made from a solution's source; None for a lecture's."""
    root = source.parent.parent.parent
    return root / "exercises" / f"{source.stem}.ipynb" if source.parent.parent.name == "solutions" else None


def shown(path):
    """Path from the course folder, as messages name it: lectures/05_momentum.ipynb."""
    parts = path.parts[-3:] if path.parent.name == "source" else path.parts[-2:]
    return "/".join(parts)


def assemble(source):
    """Notebook of a source, not executed: cells with stable ids, and nbgrader's metadata in a solution.

    Raises CommandError for an empty cell, unmatched solution markers, an answer and a check in one cell,
    points on a cell that nobody grades, and rows of a table that cannot be found.
    """
    import jupytext
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

    cells = []
    for number, read in enumerate(jupytext.reads(source.read_text("utf-8"), fmt="py:percent").cells, start=1):
        where = f"{shown(source)}, cell {number}"
        if not read.source.strip():
            raise CommandError(f"{where} is empty")
        if read.cell_type == "raw":
            raise CommandError(f"{where} is a raw cell; only code and markdown can be shown")
        new_cell = new_code_cell if read.cell_type == "code" else new_markdown_cell
        cells.append(new_cell(filled(read.source, source.parent), metadata=read.metadata))
        if _is_folded(cells[-1]):
            cells[-1].metadata["jupyter"] = {"source_hidden": True}
    notebook = new_notebook(cells=cells, metadata={"kernelspec": KERNELSPEC, "language_info": LANGUAGE})
    if exercise_of(source):
        _mark_for_nbgrader(notebook, shown(source))
    _number(notebook, f"{source.parent.parent.name}/{source.stem}")
    return notebook


def without_answers(notebook, stem):
    """Exercise made from an assembled solution: a stub in place of each answer, no outputs, own cell ids."""
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

    cells = []
    for number, cell in enumerate(notebook.cells, start=1):
        new_cell = new_code_cell if cell.cell_type == "code" else new_markdown_cell
        text = _stubbed(cell, f"solutions/source/{stem}.py, cell {number}")
        cells.append(new_cell(text, metadata=cell.metadata.copy()))
    exercise = new_notebook(cells=cells, metadata={"kernelspec": KERNELSPEC, "language_info": LANGUAGE})
    _number(exercise, f"exercises/{stem}")
    return exercise


def _stubbed(cell, where):
    """Text of a cell with a stub, as far indented, in place of each answer."""
    lines, inside = [], False
    for line in cell.source.split("\n"):
        for marker in (BEGIN, END) if cell.cell_type == "markdown" else ():
            if marker in line and f"<!-- {marker} -->" not in line:
                raise CommandError(f"{where}: {marker!r} must stand in a comment of its own, got {line!r}")
        if BEGIN in line:
            if inside:
                raise CommandError(f"{where}: {BEGIN!r} inside a solution")
            inside = True
            indent = line[: len(line) - len(line.lstrip())]
            lines += [indent + stub for stub in STUB[cell.cell_type]]
        elif END in line:
            if not inside:
                raise CommandError(f"{where}: {END!r} without its {BEGIN!r}")
            inside = False
        elif not inside:
            lines.append(line)
    if inside:
        raise CommandError(f"{where}: {BEGIN!r} without its {END!r}")
    text = "\n".join(lines)
    if cell.cell_type == "code" and text != cell.source and _parsed(text) is None:
        raise CommandError(f"{where}: without its answer it is not Python any more")
    return text


def _parsed(text):
    try:
        return ast.parse(text)
    except SyntaxError:
        return None


def _statements(cell_type, text):
    """Top-level statements of a cell's text; none where it is markdown, or not plain Python."""
    tree = _parsed(text) if cell_type == "code" else None
    return tree.body if tree else []


def _is_folded(cell):
    """Whether a cell is a question or an algorithm box: its text would give it away, or say it twice."""
    match _statements(cell.cell_type, cell.source):
        case [ast.Expr(ast.Call(ast.Name("Question" | "AlgorithmBox")))]:
            return True
        case [ast.Assign([ast.Name(given)], ast.Call(ast.Name("Question"))), ast.Expr(ast.Name(shown))]:
            return given == shown
    return False


def _checks(cell):
    """Task ids of a code cell's statements `check("NN.task", ...)`."""
    return [
        statement.value.args[0].value
        for statement in _statements(cell.cell_type, cell.source)
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)
        and getattr(statement.value.func, "id", None) == "check"
        and statement.value.args and isinstance(statement.value.args[0], ast.Constant)
    ]


def _mark_for_nbgrader(notebook, name):
    taken = Counter()
    for number, cell in enumerate(notebook.cells, start=1):
        where = f"{name}, cell {number}"
        text = _stubbed(cell, where)
        answered = text != cell.source
        tasks = _checks(cell)
        points = cell.metadata.pop("points", None)
        if len(tasks) > 1 or (tasks and answered):
            raise CommandError(f"{where}: an answer and a check, or two checks, in one cell; split it")
        # nbgrader grades checks, and has a person grade text; code without a check is only the student's own.
        graded = bool(tasks) or (answered and cell.cell_type == "markdown")
        if points is not None and not graded:
            raise CommandError(f"{where}: points={points} on a cell that is no check and no answer in text")
        if not (tasks or answered):
            continue
        # The name of an answer is read from its stub: the exercise holds it too.
        label = ["check", *tasks] if tasks else ["answer", *_first_name(cell.cell_type, text)]
        grade_id = re.sub(r"[^\w-]", "-", "-".join(label))
        taken[grade_id] += 1
        if taken[grade_id] > 1:
            grade_id += f"-{taken[grade_id]}"
        cell.metadata["nbgrader"] = {
            "schema_version": 3, "grade_id": grade_id, "cell_type": cell.cell_type,
            "grade": graded, "solution": answered, "locked": bool(tasks), "task": False,
        }
        if graded:
            cell.metadata["nbgrader"]["points"] = 1 if points is None else points


def _first_name(cell_type, text):
    """List of the one name that a cell's text defines first; empty where it defines none."""
    for statement in _statements(cell_type, text):
        if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            return [statement.name]
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            return [statement.targets[0].id]
    return []


def _number(notebook, name):
    """Give each cell an id that depends on the notebook's name and the cell's text, and on nothing else."""
    used = set()
    for cell in notebook.cells:
        copy = 0
        while True:
            text = f"{name}\n{cell.cell_type}\n{copy}\n{cell.source}"
            cell.id = hashlib.sha256(text.encode()).hexdigest()[:12]
            if cell.id not in used:
                break
            copy += 1
        used.add(cell.id)


def digest(notebook):
    """Fingerprint of all code of a notebook: its outputs come from this text and no other."""
    code = "\n\0".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    return hashlib.sha256(code.encode()).hexdigest()[:16]
