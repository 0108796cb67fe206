"""Fixtures of the browser tests: one JupyterLab, one Chromium, and a page for each notebook opened.

Without Chromium the tests are skipped; with COURSE_BROWSER=required in the environment they fail instead.
"""

import importlib.util
import os
import shutil
import sys
from pathlib import Path

import nbformat
import pytest

from course_lib.commands.doctor import find_chromium

sys.path.insert(0, str(Path(__file__).parent))

from browser_lab import NotebookPage, chromium, jupyter_lab  # noqa: E402


@pytest.fixture(scope="session")
def browser():
    missing = None
    if importlib.util.find_spec("playwright") is None:
        missing = "Playwright is not installed (pip install playwright)"
    elif find_chromium() is None:
        missing = "Chromium is not installed, and COURSE_CHROMIUM does not name one"
    if missing and os.environ.get("COURSE_BROWSER") == "required":
        pytest.fail(f"{missing}, and COURSE_BROWSER=required")
    if missing:
        pytest.skip(missing)
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    with jupyter_lab(tmp_path_factory.mktemp("lab")) as lab:
        yield lab


@pytest.fixture
def open_notebook(browser, lab):
    """open_notebook(name, source, **view): a NotebookPage of a copy of the notebook file `source`, of a list of
    code cells, or (None) of the file that is there; `view` as NotebookPage takes it."""
    pages = []

    def open_notebook(name, source, **view):
        target = lab.root / name
        if isinstance(source, list):
            kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
            notebook = nbformat.v4.new_notebook(
                cells=[nbformat.v4.new_code_cell(cell) for cell in source], metadata={"kernelspec": kernel})
            nbformat.write(notebook, target)
        elif source is not None:
            shutil.copy(source, target)
        pages.append(NotebookPage(browser, lab, name, **view))
        return pages[-1]

    yield open_notebook
    for page in pages:
        page.close()
