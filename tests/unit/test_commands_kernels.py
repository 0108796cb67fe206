"""Kernels: the environment they get, what a notebook run in one keeps, and what stops it."""

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from course_lib.commands import CommandError, kernels


def execute(folder, *texts):
    notebook = new_notebook(cells=[new_code_cell(text) for text in texts])
    kernels.execute(notebook, folder, "lectures/05_twice.ipynb")
    return notebook



def test_kernels_are_this_interpreters_and_on_one_thread(monkeypatch):
    monkeypatch.setenv("JUPYTER_PATH", "/elsewhere")
    environment = kernels.kernel_environment()
    assert environment["JUPYTER_PATH"].split(":")[1:] == ["/elsewhere"]
    assert environment["OMP_NUM_THREADS"] == environment["OPENBLAS_NUM_THREADS"] == "1"


@pytest.mark.parametrize(
    "code, message",
    [
        ("1 / 0", "cell 2: ZeroDivisionError: division by zero\n\n1 / 0"),
        ("import sys\nprint('careful', file=sys.stderr)", "cell 2 writes to stderr: careful"),
        ("object()", "cell 2 shows a memory address, other in every run: "),
        ("import os\nos._exit(1)", "lectures/05_twice.ipynb: the kernel died"),
    ],
)
def test_what_cannot_be_kept_stops_the_notebook(tmp_path, code, message):
    with pytest.raises(CommandError) as error:
        execute(tmp_path, "1 + 1", code)
    assert str(error.value).startswith("lectures/05_twice.ipynb") and message in str(error.value)


def test_a_long_cell_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(kernels, "CELL_SECONDS", 1)
    with pytest.raises(CommandError, match="^lectures/05_twice.ipynb, cell 2 ran longer than 1 s$"):
        execute(tmp_path, "import time", "time.sleep(30)")
