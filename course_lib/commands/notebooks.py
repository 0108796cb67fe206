"""`course build`: notebooks from their sources.

    lectures/source/NN_topic.py  ->  lectures/NN_topic.ipynb    executed
    solutions/source/NN_topic.py ->  solutions/NN_topic.ipynb   executed
                                     exercises/NN_topic.ipynb   the answers taken out, no outputs
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec

from course_lib.commands import CommandError, course_folder
from course_lib.commands.kernels import WIDGET_VIEW, errors, execute
from course_lib.commands.sources import (KERNELSPEC, LANGUAGE, assemble, digest, exercise_of, notebook_of,
                                         shown, sources, without_answers)


def main(names, only_check):
    """Make the notebooks, or say which are stale; 1 where one fails or is stale."""
    root = course_folder()
    if not find_spec("jupytext"):
        raise CommandError("jupytext is not installed; it comes with: pip install -e '.[test]'")
    if only_check:
        failures = check(root, names)
        if not failures:
            print(f"{len(sources(root, names))} sources: every notebook is what its source gives")
    else:
        failures = build(root, names)
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


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
            except CommandError as error:
                failures.append(str(error))
    return failures


def _build_one(source):
    notebook = assemble(source)
    exercise = without_answers(notebook, source.stem) if exercise_of(source) else None
    execute(notebook, notebook_of(source).parent, shown(notebook_of(source)))
    notebook.metadata = {
        "kernelspec": KERNELSPEC, "language_info": LANGUAGE, "course": {"executed": digest(notebook)},
    }
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
        except CommandError as error:
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
            return f"is stale: its {key} was changed, perhaps by saving it outside of `course lab`"
    return None


def _badly_executed(path, expected):
    """What is wrong with the outputs of a notebook whose cells are right, in words; None where nothing is."""
    found = _read(path)
    code = [(number, cell) for number, cell in enumerate(found.cells, start=1) if cell.cell_type == "code"]
    for number, cell in code:
        if cell.execution_count is None:
            return f"is stale: cell {number} was never executed"
        if errors(cell):
            return f"is stale: cell {number} stores an error"
        if any(WIDGET_VIEW in output.get("data", {}) for output in cell.outputs):
            return f"is stale: cell {number} stores a live widget; it was saved outside of `course lab`"
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
