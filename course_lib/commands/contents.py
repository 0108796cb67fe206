"""How `course lab` keeps notebooks: pictures in the file, live figures in the page while their kernel has them.

The output of a live figure holds a picture and a view. The view names a model in the kernel's memory, and
JupyterLab prefers it to the picture, even where the model is gone and all it can show is an error. So no view
is written to a file. It is remembered here instead, and handed out again with the notebook as long as the
kernel still has the model: a page that is loaded again stays live, a notebook that is opened without its kernel
shows its pictures.

What else JupyterLab writes and the course does not is left out too: the state of widgets, and the version of
Python. A notebook that was only run comes back from JupyterLab with the bytes it had.
"""

import platform
import queue

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager

from course_lib.commands.kernels import WIDGET_VIEW

ANSWER_SECONDS = 5.0  # of patience with a kernel that hangs; one that computes answers in milliseconds


class CourseContents(AsyncLargeFileManager):
    """Jupyter's contents manager, with the rule above for notebooks."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._views = {}  # kernel id -> {(cell id, number of the output): view, or None}

    async def save(self, model, path=""):
        """Write a file; of a notebook, without what would be dead or different when it is opened again."""
        if model.get("type") == "notebook" and "content" in model:
            views = take_views(model["content"])
            leave_out_traces(model["content"])
            if kernel := await self._kernel_of(path):
                self._views.setdefault(kernel, {}).update(views)
        return await super().save(model, path)

    async def get(self, path, content=True, type=None, format=None, require_hash=False):
        """Read a file; a notebook with the views of what its kernel still has, and with no others."""
        model = await super().get(path, content, type, format, require_hash)
        if content and model["type"] == "notebook":
            kernel = await self._kernel_of(path)
            views = self._views.get(kernel, {})
            living = await self._models_in(kernel) if views else set()
            take_views(model["content"])
            give_views(model["content"], {place: view for place, view in views.items()
                                          if view and view.get("model_id") in living})
            add_version(model["content"])
        return model

    async def _kernel_of(self, path):
        """Id of the kernel that a notebook is connected to; None where there is none."""
        for session in await self.parent.session_manager.list_sessions():
            if session["path"] == path.strip("/"):
                return session["kernel"]["id"]
        return None

    async def _models_in(self, kernel):
        """Ids of the widgets' models that a kernel has; none where it does not answer."""
        client = self.parent.kernel_manager.get_kernel(kernel).client()
        # The control channel answers also while a cell runs.
        client.start_channels(shell=False, iopub=False, stdin=False, hb=False)
        try:
            client.control_channel.send(client.session.msg("comm_info_request", {}))
            reply = await client.control_channel.get_msg(timeout=ANSWER_SECONDS)
            return set(reply["content"].get("comms", ()))
        except queue.Empty:
            return set()
        finally:
            client.stop_channels()


def take_views(notebook):
    """Take all widget views out of a notebook; gives {(cell id, number of the output): view, or None}."""
    return {place: output.get("data", {}).pop(WIDGET_VIEW, None) for place, output in _outputs(notebook)}


def give_views(notebook, views):
    """Put views back where `take_views` found them."""
    for place, output in _outputs(notebook):
        if place in views and "data" in output:
            output["data"][WIDGET_VIEW] = views[place]


def leave_out_traces(notebook):
    """Take out of a notebook's metadata the state of widgets and the version of Python that it ran with."""
    notebook["metadata"].pop("widgets", None)
    if _is_python(notebook):
        notebook["metadata"]["language_info"].pop("version", None)


def add_version(notebook):
    """Say which Python it is, as the kernel would: JupyterLab calls a notebook changed that does not."""
    if _is_python(notebook):
        notebook["metadata"]["language_info"].setdefault("version", platform.python_version())


def _outputs(notebook):
    """All outputs of a notebook, each with its place: the cell's id and the number of the output."""
    for cell in notebook["cells"]:
        for number, output in enumerate(cell.get("outputs", ())):
            yield (cell.get("id"), number), output


def _is_python(notebook):
    return notebook["metadata"].get("language_info", {}).get("name") == "python"
