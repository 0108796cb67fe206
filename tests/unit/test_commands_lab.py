"""`course lab`: the arguments of JupyterLab, and that nobody comes in without a token."""

import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from course_lib import cli
from course_lib.commands import lab

PACKAGE = Path(cli.__file__).parent


def arguments(*further, port=None, browser=True):
    return lab.lab_arguments(Path("/course"), port, browser, list(further))


def test_lab_opens_the_first_lecture_of_the_course(monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.delenv("JUPYTER_TOKEN", raising=False)
    root, url, contents, token = arguments()
    assert root == "--ServerApp.root_dir=/course"
    assert url == "--LabApp.default_url=/lab/tree/lectures/00_start_here.ipynb"
    assert contents == "--ServerApp.contents_manager_class=course_lib.commands.contents.CourseContents"
    assert re.fullmatch(r"--IdentityProvider\.token=[0-9a-f]{48}", token)
    assert token not in arguments()


def test_lab_runs_as_root_and_takes_a_port_and_no_browser(monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert arguments(port=8890, browser=False)[-3:] == [
        "--ServerApp.port=8890", "--ServerApp.open_browser=False", "--ServerApp.allow_root=True",
    ]


def test_further_options_stay_in_order_and_two_dashes_go():
    assert arguments("--", "--ip=0.0.0.0", "--debug")[-2:] == ["--ip=0.0.0.0", "--debug"]


def test_an_option_of_the_user_replaces_the_courses_own():
    mine = ["--ServerApp.root_dir=/mine", "--ServerApp.port", "90"]
    given = arguments(*mine, port=80)
    assert given[-3:] == mine
    assert [option for option in given if "root_dir" in option or "port" in option] == mine[:2]


@pytest.mark.parametrize(
    "options",
    [
        ["--ServerApp.token="],
        ["--ServerApp.token=''"],
        ['--IdentityProvider.token=""'],
        ["--IdentityProvider.token", ""],
        ["--IdentityProvider.token"],
        ["--IdentityProvider.token", "--debug"],
        ["--PasswordIdentityProvider.token= "],
        ["--NotebookApp.token="],
        ["--LabApp.token="],
        ["--serverapp.TOKEN="],
        ["--token="],
        ["--IdentityProvider.token=None"],
        ["--ServerApp.password="],
        ["--PasswordIdentityProvider.hashed_password=''"],
        ["--ServerApp.identity_provider_class=mine.Anybody"],
        ["--ServerApp.login_handler_class=mine.Anybody"],
        ["--IdentityProvider.need_token=False"],
        ["--ip=0.0.0.0", "--ServerApp.token="],
    ],
)
def test_lab_refuses_to_switch_authentication_off(course_folder, options, capsys):
    assert cli.main(["lab", "--no-browser", *options]) == 2
    error = capsys.readouterr().err
    assert "would switch authentication off; the course is only served behind a token" in error
    assert options[-1].partition("=")[0] in error or options[0] in error


def test_lab_takes_a_token_from_the_user(monkeypatch):
    monkeypatch.setenv("JUPYTER_TOKEN", "from the environment")
    assert "--IdentityProvider.token=from the environment" in arguments()
    given = [option for option in arguments("--IdentityProvider.token=mine") if "token" in option]
    assert given == ["--IdentityProvider.token=mine"]


@pytest.mark.parametrize("empty", ["", " "])
def test_an_empty_token_in_the_environment_is_none(monkeypatch, empty):
    monkeypatch.setenv("JUPYTER_TOKEN", empty)
    (token,) = [option for option in arguments() if "token" in option]
    assert len(token.partition("=")[2]) == 48


@pytest.fixture
def serve(tmp_path):
    """Start `course lab` on a copy of the package, under a Jupyter configuration: its process and port."""
    shutil.copytree(PACKAGE, tmp_path / "course_lib", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "lectures").mkdir()
    (tmp_path / "lectures" / "00_start_here.ipynb").write_text(
        '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
    )
    started = []

    def start(configuration="", port=None, home=tmp_path, further=None):
        (tmp_path / "config").mkdir()
        (tmp_path / "config" / "jupyter_server_config.py").write_text(configuration)
        if port is None:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = probe.getsockname()[1]
        environment = {
            "PATH": "/usr/bin:/bin", "HOME": str(home), "PYTHONPATH": str(tmp_path), "JUPYTER_TOKEN": "",
            "JUPYTER_CONFIG_DIR": str(tmp_path / "config"),
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "course_lib.cli", "lab", "--no-browser",
             *(further(port) if further else ["--port", str(port)])],
            cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        started.append(process)
        return process, port

    yield start
    for process in started:
        process.kill()
        process.wait()


def fetch(url):
    """Status and text of a page, however long the server takes to start."""
    for _ in range(120):
        try:
            with urllib.request.urlopen(url) as page:
                return page.status, page.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, ""
        except urllib.error.URLError:
            time.sleep(0.5)
    raise AssertionError(f"nothing answers at {url}")


def test_served_behind_a_token_even_where_the_configuration_has_none(serve):
    process, port = serve("c.ServerApp.token = ''\nc.IdentityProvider.token = ''\nc.NotebookApp.token = ''\n")
    address = f"http://127.0.0.1:{port}"
    assert fetch(f"{address}/api/contents")[0] == 403
    for line in process.stdout:
        if printed := re.search(r"/lab/tree/lectures/00_start_here\.ipynb\?token=(\w+)", line):
            break
    token = printed.group(1)
    status, listing = fetch(f"{address}/api/contents?token={token}")
    assert status == 200 and '"lectures"' in listing
    page = fetch(f"{address}/lab/tree/lectures/00_start_here.ipynb?token={token}")[1]
    assert re.search(r'"disabledExtensions": \[[^]]*"@jupyterlab/apputils-extension:announcements"', page)
    assert '"buildCheck": false' in page and '"buildAvailable": false' in page


def test_not_served_where_the_configuration_lets_anybody_in(serve):
    process, _ = serve(
        "from jupyter_server.auth.identity import IdentityProvider\n"
        "class Anybody(IdentityProvider):\n"
        "    auth_enabled = False\n"
        "c.ServerApp.identity_provider_class = Anybody\n"
    )
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "a Jupyter configuration file switches authentication off or replaces it" in output


def test_a_port_that_is_taken_ends_it_in_a_line_that_says_so(serve):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        process, port = serve(port=other.getsockname()[1])
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    assert output.splitlines()[-1] == (
        f"course lab: port {port} is taken, or not yours to use; name another, or leave --port out")


def test_a_port_of_the_users_own_is_not_called_taken(serve):
    process, port = serve(further=lambda free: ["--port", "1", f"--ServerApp.port={free}"])
    assert fetch(f"http://127.0.0.1:{port}/api/contents")[0] == 403


def test_a_home_that_cannot_be_written_ends_it_in_one_line(serve, tmp_path):
    (tmp_path / "file").write_text("")
    process, _ = serve(home=tmp_path / "file")
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    (line,) = output.splitlines()
    assert line.startswith(f"course lab: {tmp_path / 'file'}/")
    assert line.endswith("; set HOME to a folder of yours")
