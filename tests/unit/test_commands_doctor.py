"""`course doctor`: what it finds, what it calls missing, and its exit status."""

import json

import pytest

from course_lib import cli
from course_lib.commands import doctor
from course_lib.commands.doctor import Need

GOOD = Need("numpy", True, True, "2.4")


@pytest.mark.parametrize(
    "need, mark, status, last",
    [
        (Need("data", True, True, "digits"), "ok", 0, "The course can run."),
        (Need("Chromium", False, False, "not found"), "optional", 0, "The course can run."),
        (Need("kernel", False, True, "dead"), "MISSING", 1, "The course cannot run yet; missing: kernel."),
    ],
)
def test_exit_status_says_whether_the_course_can_run(monkeypatch, capsys, need, mark, status, last):
    monkeypatch.setattr(doctor, "examine", lambda: [GOOD, need])
    assert cli.main(["doctor"]) == status
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3 and lines[-1] == last
    assert lines[1].split()[0] == mark


def test_doctor_reads_the_bounds_of_pyproject(course_folder):
    text = (course_folder / "pyproject.toml").read_text()
    text = text.replace('"numpy>=2.0"', '"numpy>=99"').replace('"hypothesis>=', '"nowhere-to-be-found>=')
    (course_folder / "pyproject.toml").write_text(text)
    found = {need.name: need for need in doctor.examine(kernel=False)}
    assert not found["numpy"].met and found["numpy"].required
    assert found["numpy"].note.endswith("(needs >=99); pip install -e .")
    assert found["matplotlib"].met
    missing = found["nowhere-to-be-found"]
    assert not missing.met and not missing.required
    assert missing.note.startswith("not installed (needs >=") and "pip install -e '.[test]'" in missing.note
    assert found["data"].met and "kernel" not in found


def test_doctor_names_what_tools_are_for(course_folder, monkeypatch):
    monkeypatch.setenv("PATH", str(course_folder))
    found = {need.name: need for need in doctor.examine(kernel=False)}
    for name, purpose in (("Chromium", "tests/browser"), ("bubblewrap", "grading")):
        assert not found[name].met and not found[name].required
        assert purpose in found[name].note and "apt-get install" in found[name].note


def test_doctor_asks_a_kernel(course_folder, monkeypatch):
    found = {need.name: need for need in doctor.examine()}
    assert found["kernel"] == Need("kernel", True, True, "starts and answers")

    def dead(**_):
        raise RuntimeError("the kernel died")

    monkeypatch.setattr("jupyter_client.manager.start_new_kernel", dead)
    found = {need.name: need for need in doctor.examine()}
    assert found["kernel"] == Need("kernel", False, True, "RuntimeError: the kernel died")


@pytest.mark.parametrize("home, met", [("nowhere/deeper", True), ("file", False), ("file/deeper", False)])
def test_doctor_sees_where_jupyter_cannot_write(course_folder, tmp_path, monkeypatch, home, met):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / home))
    found = {need.name: need for need in doctor.examine(kernel=False)}["folder"]
    assert (found.met, found.required) == (met, True)
    assert found.note.startswith(str(tmp_path / home)) and "\n" not in found.note
    assert ("set HOME to a folder of yours" in found.note) == (not met)
    assert list(tmp_path.rglob("deeper")) == []  # it only looks


@pytest.fixture
def extension(tmp_path, monkeypatch):
    """The folder of the extension "picture", the only one that JupyterLab knows; its script is page.js."""
    folder = tmp_path / "labextensions" / "picture"
    folder.mkdir(parents=True)
    build = {"name": "picture", "version": "1.2", "jupyterlab": {"_build": {"load": "page.js", "extension": "x"}}}
    (folder / "package.json").write_text(json.dumps(build))
    (folder / "page.js").touch()
    monkeypatch.setattr(doctor, "FRONTENDS", {"pictures": "picture"})
    monkeypatch.setattr(doctor, "kernel_environment", lambda: {"JUPYTER_PATH": str(tmp_path)})
    monkeypatch.setattr("jupyter_core.paths.jupyter_path", lambda *below: [str(tmp_path.joinpath(*below))])
    return folder


def in_the_page():
    return {need.name: need for need in doctor.examine(kernel=False)}["pictures in the page"]


def test_doctor_looks_for_the_part_in_the_page(course_folder, extension):
    assert in_the_page() == Need("pictures in the page", True, True, "JupyterLab has picture 1.2")


@pytest.mark.parametrize("file", ["page.js", "package.json"])
def test_doctor_misses_what_has_no_part_in_the_page(course_folder, extension, file):
    (extension / file).unlink()
    assert in_the_page() == Need(
        "pictures in the page", False, True,
        "JupyterLab has no extension picture to show it; pip install --force-reinstall --no-deps pictures")


@pytest.mark.parametrize("switched_off, met", [("picture", False), ("picture:plugin", False), ("pictures", True)])
def test_doctor_knows_what_is_switched_off(course_folder, extension, monkeypatch, switched_off, met):
    config = {"disabledExtensions": [switched_off]}
    monkeypatch.setattr("jupyterlab_server.config.get_page_config", lambda *_: config)
    assert in_the_page().met is met
    assert (in_the_page().note == "switched off; jupyter labextension enable picture") is not met


def test_the_part_in_the_page_is_here():
    for package, extension in doctor.FRONTENDS.items():
        need = doctor._frontend(package, extension)
        assert need.met, need.note
