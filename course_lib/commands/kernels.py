"""Kernels: an environment in which they compute the same everywhere, and a notebook run in one."""

import os
import re
import sys

from course_lib.commands import CommandError

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
CELL_SECONDS = 60
# A kernel warns that its sockets, which only this machine reaches, are not encrypted.
QUIET = ["--IPKernelApp.log_level=ERROR"]


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


def execute(notebook, folder, name):
    """Run a notebook in place, in `folder`, with this interpreter's kernel; keep what a second run repeats.

    Raises CommandError for an exception, a cell over 60 s, anything on stderr, a memory address in an output.
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
        number, cell = next((n, c) for n, c in enumerate(notebook.cells, start=1) if errors(c))
        raise CommandError(f"{name}, cell {number}: {error.ename}: {error.evalue}\n\n{cell.source}") from None
    except CellTimeoutError:
        number = max(n for n, c in enumerate(notebook.cells, start=1) if c.get("execution_count"))
        raise CommandError(f"{name}, cell {number} ran longer than {CELL_SECONDS} s") from None
    except DeadKernelError as error:
        raise CommandError(f"{name}: the kernel died: {error}") from None
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type == "code":
            cell.outputs = _repeatable(cell.outputs, f"{name}, cell {number}")


def errors(cell):
    """The exceptions among the outputs of a cell."""
    return [o for o in cell.get("outputs", []) if o.output_type == "error"]


def _repeatable(outputs, where):
    """Outputs without live widget views; pieces of one stream joined."""
    kept = []
    for output in outputs:
        if output.output_type == "stream":
            if output.name == "stderr":
                raise CommandError(f"{where} writes to stderr: {output.text.strip()}")
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
            # From the start of a word: a picture is one word, and to search it from every letter takes minutes.
            if address := isinstance(text, str) and re.search(r"(?<!\S)\S* at 0x[0-9a-fA-F]{6,}", text):
                raise CommandError(f"{where} shows a memory address, other in every run: {address.group()}")
    return kept
