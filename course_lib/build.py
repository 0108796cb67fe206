"""Notebooks from their sources.

    lectures/source/NN_topic.py  ->  lectures/NN_topic.ipynb    executed
    solutions/source/NN_topic.py ->  solutions/NN_topic.ipynb   executed
                                     exercises/NN_topic.ipynb   the answers taken out, no outputs

A source is jupytext's py:percent. In a solution, what stands between `### BEGIN SOLUTION` and
`### END SOLUTION` is an answer (in a markdown cell the markers stand in HTML comments), and a cell with a
statement `check("NN.task", ...)` is a check. Both get nbgrader's metadata (schema 3), so that nbgrader can be
used on the notebooks. A cell that is a `Question(...)` or an `AlgorithmBox(...)` alone is folded away: only what
it shows is seen.
"""

import ast
import hashlib
import os
import re
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
STUB = {"code": ["# YOUR CODE HERE", "raise NotImplementedError()"], "markdown": ["YOUR ANSWER HERE"]}
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
CELL_SECONDS = 60
# A kernel warns that its sockets, which only this machine reaches, are not encrypted.
QUIET = ["--IPKernelApp.log_level=ERROR"]

# What JupyterLab writes, without the patch version of whoever builds.
KERNELSPEC = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
LANGUAGE = {
    "name": "python", "file_extension": ".py", "mimetype": "text/x-python", "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3", "codemirror_mode": {"name": "ipython", "version": 3},
}


class BuildError(Exception):
    """A notebook cannot be made; the message names the file, the cell and what is wrong."""


def kernel_environment():
    """Variables for a kernel that computes the same everywhere: this interpreter's, BLAS on one thread."""
    here = os.path.join(sys.prefix, "share", "jupyter")
    others = [p for p in os.environ.get("JUPYTER_PATH", "").split(os.pathsep) if p and p != here]
    return {
        # A kernel that somebody once installed for the user under the same name would otherwise come first.
        "JUPYTER_PATH": os.pathsep.join([here, *others]),
        # The number of threads changes the last digits of a matrix product.
        "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
    }


def sources(root, names=()):
    """Source files of the lectures and solutions, sorted; of `names` only ("05", "05_momentum"), where given.

    Raises BuildError for a name that no source has.
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
            raise BuildError(f"no source is called {name!r}; there are: {known}")
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


# From a source to a notebook -----------------------------------------------------------------------


def assemble(source):
    """Notebook of a source, not executed: cells with stable ids, and nbgrader's metadata in a solution.

    Raises BuildError for an empty cell, unmatched solution markers, an answer and a check in one cell, and
    points on a cell that nobody grades.
    """
    jupytext = _jupytext()
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

    cells = []
    for number, read in enumerate(jupytext.reads(source.read_text("utf-8"), fmt="py:percent").cells, start=1):
        where = f"{shown(source)}, cell {number}"
        if not read.source.strip():
            raise BuildError(f"{where} is empty")
        if read.cell_type == "raw":
            raise BuildError(f"{where} is a raw cell; only code and markdown can be shown")
        new_cell = new_code_cell if read.cell_type == "code" else new_markdown_cell
        cells.append(new_cell(read.source, metadata=read.metadata))
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


def _jupytext():
    try:
        import jupytext
    except ImportError:
        raise BuildError("jupytext is not installed; it comes with: pip install -e '.[test]'") from None
    return jupytext


def _stubbed(cell, where):
    """Text of a cell with a stub, as far indented, in place of each answer."""
    lines, inside = [], False
    for line in cell.source.split("\n"):
        if BEGIN in line:
            if inside:
                raise BuildError(f"{where}: {BEGIN!r} inside a solution")
            inside = True
            indent = line[: len(line) - len(line.lstrip())]
            lines += [indent + stub for stub in STUB[cell.cell_type]]
        elif END in line:
            if not inside:
                raise BuildError(f"{where}: {END!r} without its {BEGIN!r}")
            inside = False
        elif not inside:
            lines.append(line)
    if inside:
        raise BuildError(f"{where}: {BEGIN!r} without its {END!r}")
    text = "\n".join(lines)
    if cell.cell_type == "code" and text != cell.source and _parsed(text) is None:
        raise BuildError(f"{where}: without its answer it is not Python any more")
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
    """Whether a cell is a question or an algorithm box alone: its text would give the answer away, or say it twice."""
    statements = _statements(cell.cell_type, cell.source)
    return (len(statements) == 1 and isinstance(statements[0], ast.Expr)
            and isinstance(statements[0].value, ast.Call)
            and getattr(statements[0].value.func, "id", None) in ("Question", "AlgorithmBox"))


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
            raise BuildError(f"{where}: an answer and a check, or two checks, in one cell; split it")
        # nbgrader grades checks, and has a person grade text; code without a check is only the student's own.
        graded = bool(tasks) or (answered and cell.cell_type == "markdown")
        if points is not None and not graded:
            raise BuildError(f"{where}: points={points} on a cell that is no check and no answer in text")
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


# Executing -----------------------------------------------------------------------------------------


def execute(notebook, folder, name):
    """Run a notebook in place, in `folder`, with this interpreter's kernel; keep what a second run repeats.

    Raises BuildError for an exception, a cell over 60 s, anything on stderr, a memory address in an output.
    """
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    client = NotebookClient(
        notebook, timeout=CELL_SECONDS, kernel_name="python3", record_timing=False, store_widget_state=False,
        extra_arguments=QUIET, resources={"metadata": {"path": str(folder)}},
        # A busy machine may be slow to hand an output over; by default it would be left out without a word.
        iopub_timeout=CELL_SECONDS, raise_on_iopub_timeout=True,
    )
    try:
        client.execute(env={**os.environ, **kernel_environment()})
    except CellExecutionError as error:
        number, cell = next((n, c) for n, c in enumerate(notebook.cells, start=1) if _errors(c))
        raise BuildError(f"{name}, cell {number}: {error.ename}: {error.evalue}\n\n{cell.source}") from None
    except CellTimeoutError:
        number = max(n for n, c in enumerate(notebook.cells, start=1) if c.get("execution_count"))
        raise BuildError(f"{name}, cell {number} ran longer than {CELL_SECONDS} s") from None
    except DeadKernelError as error:
        raise BuildError(f"{name}: the kernel died: {error}") from None
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type == "code":
            cell.outputs = _repeatable(cell.outputs, f"{name}, cell {number}")
    notebook.metadata = {
        "kernelspec": KERNELSPEC, "language_info": LANGUAGE, "course": {"executed": digest(notebook)},
    }


def digest(notebook):
    """Fingerprint of all code of a notebook: its outputs come from this text and no other."""
    code = "\n\0".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    return hashlib.sha256(code.encode()).hexdigest()[:16]


def _errors(cell):
    return [o for o in cell.get("outputs", []) if o.output_type == "error"]


def _repeatable(outputs, where):
    """Outputs without live widget views; pieces of one stream joined."""
    kept = []
    for output in outputs:
        if output.output_type == "stream":
            if output.name == "stderr":
                raise BuildError(f"{where} writes to stderr: {output.text.strip()}")
            if kept and kept[-1].output_type == "stream":
                kept[-1].text += output.text
                continue
        elif output.output_type in ("display_data", "execute_result"):
            # The view names a model of a kernel that is gone: JupyterLab would show an error in its place.
            output.data.pop(WIDGET_VIEW, None)
            output.metadata.pop(WIDGET_VIEW, None)
            if not output.data:
                continue
        kept.append(output)
        for text in output.get("data", {"text": output.get("text")}).values():
            if address := isinstance(text, str) and re.search(r"\S* at 0x[0-9a-fA-F]{6,}", text):
                raise BuildError(f"{where} shows a memory address, other in every run: {address.group()}")
    return kept


# Building and checking -----------------------------------------------------------------------------


def build(root, names=(), report=print, workers=2):
    """Make and execute the notebooks of `names`, or all, two at a time; return what failed, one message each.

    A file whose bytes stay the same is not touched. A notebook that fails leaves its old files as they are.
    """
    with ThreadPoolExecutor(workers) as pool:
        jobs = [(source, pool.submit(_build_one, source)) for source in sources(root, names)]
        failures = []
        for source, job in jobs:
            try:
                for path, changed in job.result():
                    report(f"{shown(path)}  {'written' if changed else 'unchanged'}")
            except BuildError as error:
                failures.append(str(error))
    return failures


def _build_one(source):
    notebook = assemble(source)
    exercise = without_answers(notebook, source.stem) if exercise_of(source) else None
    execute(notebook, notebook_of(source).parent, shown(notebook_of(source)))
    made = [(notebook_of(source), _write(notebook_of(source), notebook))]
    if exercise:
        made.append((exercise_of(source), _write(exercise_of(source), exercise)))
    return made


def _write(path, notebook):
    import nbformat

    text = nbformat.writes(notebook, version=4).rstrip("\n") + "\n"
    if path.exists() and path.read_text("utf-8") == text:
        return False
    path.parent.mkdir(exist_ok=True)
    new = path.with_suffix(".ipynb.new")
    new.write_text(text, "utf-8")
    new.replace(path)
    return True


def check(root, names=()):
    """Messages, one for each notebook that is not what its source gives. Executes nothing."""
    problems = []
    for source in sources(root, names):
        remedy = f"run: course build {source.stem}"
        try:
            expected = assemble(source)
            exercise = without_answers(expected, source.stem) if exercise_of(source) else None
        except BuildError as error:
            problems.append(str(error))
            continue
        path = notebook_of(source)
        wrong = _stale(path, expected, source) or _badly_executed(path, expected)
        if wrong:
            problems.append(f"{shown(path)} {wrong}; {remedy}")
        if exercise:
            path = exercise_of(source)
            wrong = _stale(path, exercise, source) or _has_outputs(path)
            if wrong:
                problems.append(f"{shown(path)} {wrong}; {remedy}")
    if not names:
        problems += _orphans(root)
    return problems


def _orphans(root):
    """Messages, one for each notebook without a source."""
    problems = []
    for folder, home in (("lectures", "lectures"), ("solutions", "solutions"), ("exercises", "solutions")):
        for path in sorted((root / folder).glob("*.ipynb")):
            source = root / home / "source" / f"{path.stem}.py"
            if not source.exists():
                remedy = f"write {shown(source)}, or delete the notebook"
                problems.append(f"{shown(path)} has no source; {remedy}")
    return problems


def _stale(path, expected, source):
    """How the cells of a notebook file differ from those expected, in words; None where they do not."""
    if not path.exists():
        return "is missing"
    found = _read(path)
    if found is None:
        return "is not a readable notebook"
    for number, (have, want) in enumerate(zip(found.cells, expected.cells), start=1):
        for key in ("source", "cell_type", "metadata", "id"):
            if have.get(key) != want.get(key):
                return f"is stale: the {key} of cell {number} differs from {shown(source)}"
    if len(found.cells) != len(expected.cells):
        return f"is stale: it has {len(found.cells)} cells, {shown(source)} gives {len(expected.cells)}"
    for key in ("kernelspec", "language_info"):
        if found.metadata.get(key) != expected.metadata[key]:
            return f"is stale: its {key} was changed, perhaps by saving it in JupyterLab"
    return None


def _badly_executed(path, expected):
    """What is wrong with the outputs of a notebook whose cells are right, in words; None where nothing is."""
    found = _read(path)
    code = [(number, cell) for number, cell in enumerate(found.cells, start=1) if cell.cell_type == "code"]
    for number, cell in code:
        if cell.execution_count is None:
            return f"is stale: cell {number} was never executed"
        if _errors(cell):
            return f"is stale: cell {number} stores an error"
        if any(WIDGET_VIEW in output.get("data", {}) for output in cell.outputs):
            return f"is stale: cell {number} stores a live widget; it was saved in JupyterLab"
    if [cell.execution_count for _, cell in code] != list(range(1, len(code) + 1)):
        return "is stale: its cells were not executed once, from top to bottom"
    if found.metadata.get("course", {}).get("executed") != digest(expected):
        return "is stale: its outputs come from another version of the source"
    return None


def _has_outputs(path):
    for number, cell in enumerate(_read(path).cells, start=1):
        if cell.get("outputs") or cell.get("execution_count"):
            return f"is stale: cell {number} was executed"
    return None


def _read(path):
    import nbformat

    try:
        return nbformat.read(path, as_version=4)
    except (ValueError, nbformat.reader.NotJSONError, nbformat.ValidationError):
        return None
