"""`course doctor`: what this installation has of what the course needs."""

import os
import shutil
import sys
import tempfile
import tomllib
from collections import namedtuple
from importlib import metadata
from pathlib import Path

from course_lib.commands import course_folder
from course_lib.commands.kernels import QUIET, kernel_environment

Need = namedtuple("Need", "name met required note")
# Package: its part in JupyterLab's page, without which there are no controls, or no pictures.
FRONTENDS = {"jupyterlab_widgets": "@jupyter-widgets/jupyterlab-manager", "anywidget": "anywidget"}


def main():
    """Print what was found, one line each, and the verdict; 1 where the course cannot run."""
    needs = examine()
    width = max(len(need.name) for need in needs)
    for need in needs:
        mark = "ok" if need.met else "MISSING" if need.required else "optional"
        print(f"{mark:9}{need.name:{width}}  {need.note}".rstrip())
    print(conclusion(needs))
    return 0 if all(need.met for need in needs if need.required) else 1


def conclusion(needs):
    """One line: whether the course can run, and what is missing for it."""
    missing = [need.name for need in needs if need.required and not need.met]
    if missing:
        return f"The course cannot run yet; missing: {', '.join(missing)}."
    return "The course can run."


def examine(kernel=True):
    """The needs of the course, met here or not: Python, packages, data, kernel, tools for tests and grading.

    kernel=False leaves out starting a kernel, for use inside one.
    """
    root = course_folder()
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    needs = [_python(project["requires-python"])]
    needs += [_package(requirement, required=True) for requirement in project["dependencies"]]
    needs += [_frontend(package, extension) for package, extension in FRONTENDS.items()]
    needs += [runtime_folder(), _attempt("data", _load_digits)]
    if kernel:
        needs += [_attempt("kernel", _ask_kernel)]
    needs += [_package(line, required=False) for line in project["optional-dependencies"]["test"]]
    needs += [
        _tool("Chromium", find_chromium(), "tests/browser", "apt-get install chromium"),
        _tool("bubblewrap", shutil.which("bwrap"), "grading work of others", "apt-get install bubblewrap"),
    ]
    return needs


def find_chromium():
    """Path of a Chromium or Chrome: $COURSE_CHROMIUM, or what the search path has; None without one."""
    if path := os.environ.get("COURSE_CHROMIUM"):
        return path
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        if path := shutil.which(name):
            return path
    return None


def _python(bound):
    from packaging.specifiers import SpecifierSet

    version = ".".join(map(str, sys.version_info[:3]))
    return Need("Python", SpecifierSet(bound).contains(version), True, f"{version} (needs {bound})")


def _package(line, required):
    from packaging.requirements import Requirement

    requirement = Requirement(line)
    how = "pip install -e ." if required else "only for tests and builds: pip install -e '.[test]'"
    try:
        version = metadata.version(requirement.name)
        met = requirement.specifier.contains(version, prereleases=True)
    except metadata.PackageNotFoundError:
        version, met = "not installed", False
    note = f"{version} (needs {requirement.specifier})"
    return Need(requirement.name, met, required, note if met else f"{note}; {how}")


def runtime_folder():
    """The need of a folder where Jupyter can keep what running kernels need; by default it lies in HOME."""
    from jupyter_core.paths import jupyter_runtime_dir

    folder = Path(jupyter_runtime_dir())
    there = next(path for path in (folder, *folder.parents) if path.exists())
    try:
        tempfile.TemporaryFile(dir=there).close()
    except OSError as error:
        note = f"{folder} cannot be written ({error.strerror}); set HOME to a folder of yours"
        return Need("folder", False, True, note)
    return Need("folder", True, True, f"{folder} can be written")


def _frontend(package, extension):
    """Whether JupyterLab, as `course lab` starts it, has the script that is the package's part in the page."""
    from jupyter_core.paths import jupyter_path
    from jupyterlab_server.config import get_federated_extensions, get_page_config

    first = kernel_environment()["JUPYTER_PATH"].split(os.pathsep)
    folders = [os.path.join(folder, "labextensions") for folder in first] + jupyter_path("labextensions")
    name = f"{package} in the page"
    found = get_federated_extensions(folders).get(extension)
    if not found or not Path(found["ext_path"], found["jupyterlab"]["_build"]["load"]).is_file():
        again = f"pip install --force-reinstall --no-deps {package}"
        return Need(name, False, True, f"JupyterLab has no extension {extension} to show it; {again}")
    # What is switched off is an extension, or one of its plugins: "anywidget:plugin".
    if any(plugin.partition(":")[0] == extension for plugin in get_page_config(folders)["disabledExtensions"]):
        return Need(name, False, True, f"switched off; jupyter labextension enable {extension}")
    return Need(name, True, True, f"JupyterLab has {extension} {found['version']}")


def _attempt(name, action):
    # Whatever goes wrong in there is what the doctor is asked to report.
    try:
        return Need(name, True, True, action())
    except Exception as error:
        return Need(name, False, True, f"{type(error).__name__}: {error}")


def _load_digits():
    from course_lib import datasets

    datasets.load("digits")
    return "digits can be loaded"


def _ask_kernel():
    from jupyter_client.manager import start_new_kernel

    environment = {**os.environ, **kernel_environment()}
    manager, client = start_new_kernel(kernel_name="python3", env=environment, extra_arguments=QUIET)
    try:
        asked = {"python": "__import__('sys').executable", "package": "__import__('course_lib').__file__"}
        reply = client.execute("", user_expressions=asked, store_history=False, reply=True, timeout=60)
        answers = reply["content"]["user_expressions"]
        for answer in answers.values():
            if answer["status"] != "ok":
                raise RuntimeError(f"in the kernel, {answer['ename']}: {answer['evalue']}")
        python = answers["python"]["data"]["text/plain"].strip("'\"")
        if not os.path.samefile(python, sys.executable):
            raise RuntimeError(f"the kernel runs {python}, this command {sys.executable}")
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    return "starts and answers"


def _tool(name, path, purpose, how):
    return Need(name, bool(path), False, path or f"not found; only for {purpose}: {how}")
