"""JupyterLab and Chromium for tests: a server of its own, and a notebook page with the few things a reader
does.

    with jupyter_lab(folder) as lab, chromium() as browser:
        page = NotebookPage(browser, lab, "05_momentum.ipynb")
        page.run_all()
        page.press("momentum", "ArrowRight")

Nothing of the user's own Jupyter set-up is read or written.
"""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from course_lib.commands.doctor import find_chromium

PROJECT = Path(__file__).resolve().parents[2]
FLAGS = ["--no-sandbox", "--headless", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync"]
SETTINGS = {
    # No question about news, and every cell in the page, not only those in view.
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"},
}
RUN = 240    # seconds for a whole lecture, on a busy machine
COMPLAINT = ", ".join(f'[data-mime-type="application/vnd.jupyter.{kind}"]' for kind in ("stderr", "error"))

# What does not fit in the controls of the figures, in words; `least` is the shortest track that will do.
MISFITS = """least => {
    const box = element => element.getBoundingClientRect(), found = [];
    const inside = (part, whole) => box(part).left > box(whole).left - 1 && box(part).right < box(whole).right + 1;
    const apart = (one, other) => box(one).right < box(other).left + 1 || box(other).right < box(one).left + 1
        || box(one).bottom < box(other).top + 3 || box(other).bottom < box(one).top + 3;
    for (const controls of document.querySelectorAll(".course-controls")) {
        if (!box(controls).width) continue;     // covered
        const cells = [...controls.querySelectorAll(".course-control")];
        for (const cell of cells) {
            const say = words => found.push(`${cell.innerText.split("\\n")[0]}: ${words}`);
            const parts = [...cell.querySelectorAll(
                ".widget-label, .widget-label-basic, .widget-readout, .slider-container, select")]
                .filter(part => getComputedStyle(part).display !== "none");
            for (const part of parts) {
                if (part.matches(".slider-container")) {
                    if (box(part).width < least) say(`a track of ${box(part).width}`);
                } else {
                    if (part.scrollWidth > part.clientWidth + 1 || part.scrollHeight > part.clientHeight + 3)
                        say(`${part.className} is cut off`);
                    if (parseFloat(getComputedStyle(part).fontSize) < 12) say(`${part.className} is small`);
                }
                if (!inside(part, cell)) say(`${part.className} lies outside of its place`);
                for (const other of parts)
                    if (part !== other && !part.contains(other) && !other.contains(part) && !apart(part, other))
                        say(`${part.className} on ${other.className}`);
            }
            const tick = cell.querySelector("input[type=checkbox]");
            const label = cell.querySelector(".widget-hslider .widget-label");
            if (tick && label && Math.abs(box(tick).top - box(label).top) > 15) say("its switch is not beside it");
            if (!inside(cell, controls.closest(".course-figure"))) say("outside of the figure");
            for (const other of cells) if (cell !== other && !apart(cell, other)) say(`on ${other.innerText}`);
        }
    }
    return found;
}"""


@contextmanager
def chromium():
    """A Playwright browser; ended with the block."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Lab:
    root: Path
    url: str
    token: str
    log: Path


@contextmanager
def jupyter_lab(work, root=None, timeout=90):
    """`course lab` of this interpreter on a free port of this machine, serving `root` (or `work`/root); ended
    with the block.

    `work` is an empty folder for its configuration, data and log. RuntimeError, with the log, if it does not
    come up.
    """
    work = Path(work)
    root = Path(root or work / "root")
    folders = {
        "JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data", "JUPYTER_RUNTIME_DIR": "runtime",
        "IPYTHONDIR": "ipython", "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
    }
    environment = {**os.environ, **{name: str(work / folder) for name, folder in folders.items()}}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH")]))
    for folder in [root, *(work / folder for folder in folders.values())]:
        folder.mkdir(parents=True, exist_ok=True)
    for name, values in SETTINGS.items():
        path = work / "settings" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    lab = Lab(root, f"http://127.0.0.1:{port}", secrets.token_hex(16), work / "lab.log")
    environment["JUPYTER_TOKEN"] = lab.token
    command = [sys.executable, "-m", "course_lib.cli", "lab", "--no-browser", f"--port={port}",
               "--ServerApp.ip=127.0.0.1", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={root}",
               "--LabApp.extension_manager=readonly"]
    with lab.log.open("wb") as log:
        server = subprocess.Popen(command, env=environment, cwd=root, stdout=log, stderr=subprocess.STDOUT,
                                  start_new_session=True)
    try:
        deadline = time.monotonic() + timeout
        while not _answers(lab):
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"JupyterLab did not start:\n{lab.log.read_text()}")
            time.sleep(0.2)
        yield lab
    finally:
        server.terminate()  # it ends its kernels first
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)  # its own session: the server and its kernels
            server.wait()


def _answers(lab):
    try:
        with urllib.request.urlopen(f"{lab.url}/api/status?token={lab.token}", timeout=2) as reply:
            return reply.status == 200
    except OSError:
        return False


class NotebookPage:
    """A notebook of `lab.root`, open in its own browser page. `errors` collects what the page complains
    about.

    `dots` is the number of dots a pixel of the screen; addresses that match `missing` are not delivered.
    """

    def __init__(self, browser, lab, name, timeout=60, width=1250, height=1000, dots=1, missing=None):
        self.lab, self.name, self.timeout, self.errors = lab, name, timeout, []
        self.page = browser.new_page(viewport={"width": width, "height": height}, device_scale_factor=dots)
        if missing is not None:
            self.page.route(missing, lambda route: route.abort())
        self.page.set_default_timeout(1000 * timeout)
        self.page.on("pageerror", lambda error: self.errors.append(f"page: {error}"))
        self.page.on("console", self._on_console)
        workspace = secrets.token_hex(4)
        self.page.goto(f"{lab.url}/lab/workspaces/{workspace}/tree/{name}?reset&token={lab.token}")
        self._wait_until_open()

    def _on_console(self, message):
        if message.type == "error":
            self.errors.append(f"console: {message.text}")

    def _wait_until_open(self):
        self.page.wait_for_selector(".jp-Notebook .jp-Cell")
        self._wait_for_kernel()
        self.wait_idle()

    def _wait_for_kernel(self):
        # The page calls itself idle before its kernel is connected, and loses what it is told to run then.
        deadline = time.monotonic() + self.timeout
        while not any(session["kernel"]["connections"] and session["kernel"]["execution_state"] == "idle"
                      for session in self._sessions()):
            if time.monotonic() > deadline:
                raise RuntimeError(f"no kernel for {self.name}:\n{self.lab.log.read_text()}")
            self.page.wait_for_timeout(100)
        self.page.wait_for_timeout(300)

    def end_kernel(self):
        """End the kernel, as the list of running kernels does."""
        for session in self._sessions():
            self._ask(f"api/kernels/{session['kernel']['id']}", "DELETE").close()

    def _sessions(self):
        """What the server knows of the kernel of this notebook."""
        with self._ask("api/sessions") as reply:
            return [session for session in json.load(reply) if session["path"] == self.name]

    def _ask(self, path, method="GET"):
        header = {"Authorization": f"token {self.lab.token}"}
        return urllib.request.urlopen(
            urllib.request.Request(f"{self.lab.url}/{path}", headers=header, method=method), timeout=20)

    def wait_idle(self):
        """Wait until the kernel is idle and no cell is waiting for it."""
        self.page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]", state="attached")
        self.page.wait_for_function(
            "() => ![...document.querySelectorAll('.jp-InputPrompt')].some(p => p.textContent.includes('*'))")

    def run_all(self):
        """Edit > Clear Outputs of All Cells, Run > Run All Cells, and wait for the end, or for a complaint."""
        self.menu("Edit", "Clear Outputs of All Cells")  # so that the numbers waited for below are new ones
        self.menu("Run", "Run All Cells")
        # Every code cell with text gets a number; a folded one shows no text, and its number beside the output.
        self.page.wait_for_function(
            "complaint => document.querySelector(complaint)"
            " || [...document.querySelectorAll('.jp-CodeCell')].every(cell =>"
            " cell.querySelector('.cm-content')?.textContent.trim() === ''"
            " || [...cell.querySelectorAll('.jp-InputPrompt, .jp-OutputPrompt')]"
            ".some(prompt => /\\[\\d+\\]/.test(prompt.textContent)))", arg=COMPLAINT, timeout=1000 * RUN)
        self.wait_idle()

    def menu(self, menu, item):
        """Choose from the menus of JupyterLab."""
        self.page.click(f".lm-MenuBar-itemLabel:text-is('{menu}')")
        self.page.click(f".lm-Menu-itemLabel:text-is('{item}')")

    def save(self):
        """File > Save Notebook, and wait until it is saved; gives the bytes of the file."""
        with self.page.expect_response(lambda reply: reply.request.method == "PUT") as reply:
            self.menu("File", "Save Notebook")
        assert reply.value.ok
        return (self.lab.root / self.name).read_bytes()

    def reload(self):
        """Load the page again; the kernel lives on."""
        self.page.reload()
        self._wait_until_open()

    def choose_theme(self, theme):
        """Settings > Theme > `theme`."""
        self.menu("Settings", "Theme")
        self.page.click(f".lm-Menu-itemLabel:text-is('{theme}')")
        dark = "false" if "Dark" in theme else "true"
        self.page.wait_for_selector(f"body[data-jp-theme-light={dark}]", state="attached")
        self._settle()

    def resize(self, width, files=False):
        """Give the window another width, the file browser open or closed, and let the page follow."""
        self.page.set_viewport_size({"width": width, "height": 1000})
        browser = self.page.locator("#filebrowser")
        if browser.is_visible() != files:
            self.page.click(".jp-SideBar [data-id=filebrowser]")
            browser.wait_for(state="visible" if files else "hidden")
        self._settle()

    def _settle(self):
        # JupyterLab lays its panels out again some frames after a change.
        self.page.wait_for_timeout(400)

    def misfits(self, track=140):
        """What does not fit in the controls of the figures, in words: cut off, too short (tracks in pixels), one
        on the other."""
        return self.page.evaluate(MISFITS, track)

    def columns(self):
        """The number of columns of each figure's controls."""
        return self.page.locator(".course-controls").evaluate_all(
            "all => all.map(controls => new Set([...controls.querySelectorAll('.course-control')]"
            ".map(cell => Math.round(cell.getBoundingClientRect().left))).size)")

    def cell_errors(self):
        """The texts of all tracebacks and messages on stderr in the notebook."""
        return self.page.locator(COMPLAINT).all_inner_texts()

    def complaints(self):
        """What the page or a cell complains about."""
        return self.errors + self.cell_errors()

    def figures(self):
        """How many live figures there are."""
        return self.page.locator("img.course-picture").count()

    def figure(self, number=0):
        """The live figure with this number on the page (a Playwright locator: its pictures, sliders, ... are
        inside)."""
        box = self.page.locator(".jp-OutputArea-output").filter(has=self.page.locator("img.course-picture"))
        return box.nth(number)

    def picture(self, number=0):
        return self.figure(number).locator("img.course-picture")

    def question_above(self, number=0):
        """The answers to the last question before a live figure."""
        questions = self.page.locator(".widget-radio")
        above = questions.evaluate_all(
            "(all, figure) => all.filter(question => question.compareDocumentPosition(figure)"
            " & Node.DOCUMENT_POSITION_FOLLOWING).length", self.picture(number).element_handle())
        return questions.nth(above - 1)

    def uncover(self):
        """Show all figures that wait for an answer to their question."""
        buttons = self.page.get_by_role("button", name="Show it anyway")
        while buttons.count():
            buttons.first.click()

    def summary(self, number=0):
        """The summary line under a live figure."""
        return self.figure(number).locator("[role=status]").inner_text()

    def control(self, label, number=0):
        """The control with this label (exactly) in a live figure."""
        label = " ".join(label.split())  # as the browser shows it
        name = self.page.locator(f":text-is({json.dumps(label, ensure_ascii=False)})")
        return self.figure(number).locator(".widget-inline-hbox").filter(has=name)

    def handle(self, label, number=0):
        """The handle of the slider with this label."""
        return self.control(label, number).locator(".noUi-handle")

    def press(self, label, key="ArrowRight", number=0):
        """Give the slider with this label the focus, and press a key on it."""
        handle = self.handle(label, number)
        handle.scroll_into_view_if_needed()
        handle.focus()
        self.page.keyboard.press(key)

    def changes(self, number=0):
        """Context manager: the block must make the picture change (another source, loaded)."""
        return _PictureChange(self, number)

    def click_picture(self, x, y, number=0):
        """Click the picture at these fractions of its width and height, from the top left corner."""
        box = self._box(number)
        self.page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])

    def drag_on_picture(self, start, end, steps=8, number=0):
        """Press at `start`, move to `end`, release; both (x, y) in fractions of the picture."""
        box = self._box(number)
        x0, y0 = box["x"] + start[0] * box["width"], box["y"] + start[1] * box["height"]
        x1, y1 = box["x"] + end[0] * box["width"], box["y"] + end[1] * box["height"]
        self.page.mouse.move(x0, y0)
        self.page.mouse.down()
        for i in range(1, steps + 1):
            self.page.wait_for_timeout(60)
            self.page.mouse.move(x0 + (x1 - x0) * i / steps, y0 + (y1 - y0) * i / steps)
        self.page.wait_for_timeout(60)
        self.page.mouse.up()

    def _box(self, number):
        self.picture(number).scroll_into_view_if_needed()
        return self.picture(number).bounding_box()

    def source(self, number=0):
        """The address of the picture's present bytes."""
        return self.picture(number).get_attribute("src")

    def screenshot(self, path):
        self.page.screenshot(path=path)

    def close(self):
        """End the page and its kernel."""
        self.page.close()
        for session in self._sessions():
            self._ask(f"api/sessions/{session['id']}", "DELETE").close()


class _PictureChange:
    def __init__(self, page, number):
        self.page, self.number = page, number

    def __enter__(self):
        self.before = self.page.source(self.number)

    def __exit__(self, kind, error, where):
        if kind is None:
            self.page.page.wait_for_function(
                "([img, before]) => img.src !== before && img.complete && img.naturalWidth > 0",
                arg=[self.page.picture(self.number).element_handle(), self.before])
