"""What `course lab` writes of a notebook and what it hands out again: a real kernel, no browser."""

import asyncio
import json
import platform
import signal

import nbformat
import pytest
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from jupyter_server.services.sessions.sessionmanager import SessionManager
from nbformat.v4 import new_code_cell, new_notebook, new_output
from traitlets import Any
from traitlets.config import Configurable

from course_lib.commands import contents
from course_lib.commands.contents import CourseContents
from course_lib.commands.kernels import WIDGET_VIEW

LANGUAGE = {"name": "python", "file_extension": ".py"}
BUTTON = "import ipywidgets\nbutton = ipywidgets.Button()"


@pytest.fixture(autouse=True)
def folder_of_its_own(tmp_path, monkeypatch):
    """Signatures of trusted notebooks go here, not to the user's."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))


class Server(Configurable):
    """The two parts of a Jupyter server that the contents manager asks, on a folder of its own."""

    kernel_manager, session_manager = Any(), Any()

    def __init__(self, folder):
        super().__init__()
        self.contents = CourseContents(parent=self, root_dir=str(folder))
        self.kernel_manager = AsyncMappingKernelManager(parent=self, root_dir=str(folder))
        self.session_manager = SessionManager(
            parent=self, kernel_manager=self.kernel_manager, contents_manager=self.contents)

    async def start(self, path):
        session = await self.session_manager.create_session(path, path, "notebook", kernel_name="python3")
        return session["kernel"]["id"]

    async def ask(self, kernel, code, expression=None, reply=True):
        client = self.kernel_manager.get_kernel(kernel).client()
        client.start_channels()
        try:
            await client.wait_for_ready(timeout=60)
            answer = client.execute(code, user_expressions={"it": expression} if expression else None,
                                    reply=reply, timeout=60)
            if reply and expression:
                return (await answer)["content"]["user_expressions"]["it"]["data"]["text/plain"].strip("'")
            if reply:
                await answer
        finally:
            client.stop_channels()

    async def stop(self):
        await self.kernel_manager.shutdown_all(now=True)
        self.session_manager.close()


def figure(model_id):
    """The output of a live figure."""
    view = {"version_major": 2, "version_minor": 0, "model_id": model_id}
    return new_output("execute_result", {WIDGET_VIEW: view, "text/plain": "a figure", "image/png": "aWNo"},
                      execution_count=1)


def notebook(*outputs, **metadata):
    """A notebook as JupyterLab sends it."""
    cells = [new_code_cell(f"figure {number}", id=f"cell-{number}", outputs=[output], execution_count=1)
             for number, output in enumerate(outputs)]
    content = new_notebook(cells=cells, metadata={"language_info": LANGUAGE, **metadata})
    return {"type": "notebook", "format": "json", "content": json.loads(nbformat.writes(content))}


def views(model):
    """The models that the outputs of a notebook show, None where an output shows none."""
    return [output["data"].get(WIDGET_VIEW, {}).get("model_id")
            for cell in model["content"]["cells"] for output in cell["outputs"]]


def run(scenario, folder):
    """Run a coroutine function of the server; its kernels end."""
    async def whole():
        server = Server(folder)
        try:
            await scenario(server)
        finally:
            await server.stop()

    asyncio.run(whole())


def test_the_file_holds_pictures_and_no_views(tmp_path):
    async def scenario(server):
        await server.contents.save(notebook(figure("m"), new_output("stream", text="text")), "a.ipynb")
        text = (tmp_path / "a.ipynb").read_text()
        assert WIDGET_VIEW not in text and '"image/png": "aWNo"' in text
        opened = await server.contents.get("a.ipynb", type="notebook")
        assert opened["content"]["cells"][0]["outputs"][0]["data"] == {
            "text/plain": "a figure", "image/png": "aWNo"}

    run(scenario, tmp_path)


def test_a_view_in_a_file_that_something_else_wrote_is_not_handed_out(tmp_path):
    async def scenario(server):
        (tmp_path / "a.ipynb").write_text(json.dumps(notebook(figure("m"))["content"]))
        assert WIDGET_VIEW in (tmp_path / "a.ipynb").read_text()
        assert views(await server.contents.get("a.ipynb")) == [None]

    run(scenario, tmp_path)


def test_a_figure_comes_back_live_as_long_as_its_kernel_has_it(tmp_path):
    async def scenario(server):
        kernel = await server.start("a.ipynb")
        contents = server.contents
        living = await server.ask(kernel, BUTTON, "button.model_id")
        await contents.save(notebook(figure(living), figure("gone")), "a.ipynb")
        assert views(await contents.get("a.ipynb")) == [living, None]
        assert views(await contents.get("/a.ipynb", type="notebook")) == [living, None]

        await server.ask(kernel, "import time\ntime.sleep(30)", reply=False)  # a cell that runs
        assert views(await contents.get("a.ipynb")) == [living, None]

        await server.kernel_manager.restart_kernel(kernel, now=True)
        assert views(await contents.get("a.ipynb")) == [None, None]
        await contents.save(notebook(figure(living), figure("gone")), "a.ipynb")  # the page still shows them
        assert views(await contents.get("a.ipynb")) == [None, None]

        living = await server.ask(kernel, BUTTON, "button.model_id")
        await contents.save(notebook(figure(living)), "a.ipynb")
        assert views(await contents.get("a.ipynb")) == [living]
        await server.ask(kernel, "button.close()")
        assert views(await contents.get("a.ipynb")) == [None]

    run(scenario, tmp_path)


def test_a_kernel_that_is_ended_or_does_not_answer_leaves_the_pictures(tmp_path, monkeypatch):
    async def scenario(server):
        kernel = await server.start("a.ipynb")
        living = await server.ask(kernel, BUTTON, "button.model_id")
        await server.contents.save(notebook(figure(living)), "a.ipynb")
        assert views(await server.contents.get("a.ipynb")) == [living]
        await server.kernel_manager.get_kernel(kernel).signal_kernel(signal.SIGSTOP)
        monkeypatch.setattr(contents, "ANSWER_SECONDS", 0.2)
        assert views(await server.contents.get("a.ipynb")) == [None]
        await server.kernel_manager.shutdown_kernel(kernel, now=True)
        assert views(await server.contents.get("a.ipynb")) == [None]

    run(scenario, tmp_path)


def test_views_belong_to_a_kernel_and_go_with_it(tmp_path):
    async def scenario(server):
        kernel = await server.start("a.ipynb")
        living = await server.ask(kernel, BUTTON, "button.model_id")
        await server.contents.save(notebook(figure(living)), "a.ipynb")
        await server.contents.copy("a.ipynb", "b.ipynb")
        assert views(await server.contents.get("b.ipynb")) == [None]
        (session,) = await server.session_manager.list_sessions()
        await server.contents.rename("a.ipynb", "c.ipynb")
        await server.session_manager.update_session(session["id"], path="c.ipynb")
        assert views(await server.contents.get("c.ipynb")) == [living]

    run(scenario, tmp_path)


def test_an_output_that_shows_no_figure_any_more_gets_no_view(tmp_path):
    async def scenario(server):
        kernel = await server.start("a.ipynb")
        living = await server.ask(kernel, BUTTON, "button.model_id")
        await server.contents.save(notebook(figure(living)), "a.ipynb")
        number = new_output("execute_result", {"text/plain": "4"}, execution_count=2)
        await server.contents.save(notebook(number), "a.ipynb")
        assert views(await server.contents.get("a.ipynb")) == [None]

    run(scenario, tmp_path)


def test_what_jupyterlab_adds_is_left_out_and_the_version_put_back(tmp_path):
    async def scenario(server):
        await server.contents.save(notebook(), "plain.ipynb")
        await server.contents.save(
            notebook(language_info={**LANGUAGE, "version": "3.8.1"}, widgets={"state": {}}), "full.ipynb")
        assert (tmp_path / "full.ipynb").read_bytes() == (tmp_path / "plain.ipynb").read_bytes()
        opened = await server.contents.get("full.ipynb")
        assert opened["content"]["metadata"]["language_info"] == {
            **LANGUAGE, "version": platform.python_version()}
        assert "widgets" not in opened["content"]["metadata"]

    run(scenario, tmp_path)


@pytest.mark.parametrize("metadata", [{}, {"language_info": {"name": "julia", "version": "1.10"}}])
def test_notebooks_of_no_or_another_language_keep_what_they_say(tmp_path, metadata):
    async def scenario(server):
        model = notebook()
        model["content"]["metadata"] = metadata
        await server.contents.save(model, "a.ipynb")
        assert (await server.contents.get("a.ipynb"))["content"]["metadata"] == metadata

    run(scenario, tmp_path)


def test_everything_else_is_as_with_jupyters_own(tmp_path):
    async def scenario(server):
        plain = AsyncLargeFileManager(parent=server, root_dir=str(tmp_path))
        await server.contents.save({"type": "file", "format": "text", "content": WIDGET_VIEW}, "a.txt")
        await server.contents.save({"type": "directory"}, "folder")
        await server.contents.save(notebook(), "a.ipynb")
        for path in ("", "a.txt", "folder"):
            assert await server.contents.get(path) == await plain.get(path)
        for options in ({"content": False}, {"content": False, "require_hash": True}, {"type": "file"}):
            assert await server.contents.get("a.ipynb", **options) == await plain.get("a.ipynb", **options)

    run(scenario, tmp_path)


def test_a_trusted_notebook_stays_trusted(tmp_path):
    async def scenario(server):
        html = new_output("display_data", {"text/html": "<b>bold</b>", WIDGET_VIEW: {"model_id": "m"}})
        model = notebook(html)
        for cell in model["content"]["cells"]:
            cell["metadata"]["trusted"] = True
        await server.contents.save(model, "a.ipynb")
        (cell,) = (await server.contents.get("a.ipynb"))["content"]["cells"]
        assert cell["metadata"]["trusted"] is True

    run(scenario, tmp_path)
