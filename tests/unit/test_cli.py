"""The `course` command: what it runs, prints, refuses, and its exit status."""

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
from course_lib.cli import Finding

PACKAGE = Path(cli.__file__).parent


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course folder of its own, with lectures/ and nothing in it."""
    (tmp_path / "lectures").mkdir()
    shutil.copy(cli.ROOT / "pyproject.toml", tmp_path)
    monkeypatch.setattr(cli, "ROOT", tmp_path)
    return tmp_path


# The command line -------------------------------------------------------------------------------------


@pytest.mark.parametrize("argv", [[], ["party"], ["doctor", "--port=1"], ["build", "--chekc"]])
def test_what_it_does_not_know_is_a_usage_error(argv, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(argv)
    assert stop.value.code == 2
    assert "usage: course" in capsys.readouterr().err


@pytest.mark.parametrize("argv", [["lab"], ["build"], ["build", "--check"], ["bench"], ["doctor"]])
def test_without_lectures_it_says_where_the_course_is_to_be_had(tmp_path, monkeypatch, capsys, argv):
    monkeypatch.setattr(cli, "ROOT", tmp_path)
    assert cli.main(argv) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"course {argv[0]}: no lectures beside the package")
    assert "pip install -e ." in error


def test_the_command_imports_nothing_heavy():
    code = "import sys, course_lib.cli; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"numpy", "matplotlib", "jupyterlab", "nbformat", "jupytext"} & set(done.stdout.split())


# lab --------------------------------------------------------------------------------------------------


def arguments(*further, port=None, browser=True):
    return cli.lab_arguments(Path("/course"), port, browser, list(further))


def test_lab_opens_the_first_lecture_of_the_course(monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.delenv("JUPYTER_TOKEN", raising=False)
    root, url, token = arguments()
    assert root == "--ServerApp.root_dir=/course"
    assert url == "--LabApp.default_url=/lab/tree/lectures/00_start_here.ipynb"
    assert re.fullmatch(r"--IdentityProvider\.token=[0-9a-f]{48}", token)
    assert token not in arguments()


def test_lab_runs_as_root_and_takes_a_port_and_no_browser(monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert arguments(port=8890, browser=False)[-3:] == [
        "--ServerApp.port=8890", "--ServerApp.open_browser=False", "--ServerApp.allow_root=True",
    ]


def test_an_option_of_the_user_replaces_the_courses_own():
    mine = ["--ServerApp.root_dir=/mine", "--ServerApp.port", "90"]
    given = arguments(*mine, port=80)
    assert given[-3:] == mine
    assert [option for option in given if "root_dir" in option or "port" in option] == mine[:2]


def test_lab_passes_further_options_on_in_order(monkeypatch, course):
    seen = []
    monkeypatch.setattr(cli, "lab", lambda *given: seen.append(given) or 0)
    assert cli.main(["lab", "--ip=0.0.0.0", "--port", "81", "--ServerApp.base_url", "/x/", "--debug"]) == 0
    assert seen == [(81, True, ["--ip=0.0.0.0", "--ServerApp.base_url", "/x/", "--debug"])]
    assert arguments("--", "--ip=0.0.0.0", "--debug")[-2:] == ["--ip=0.0.0.0", "--debug"]


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
def test_lab_refuses_to_switch_authentication_off(course, options, capsys):
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

    def start(configuration):
        (tmp_path / "config").mkdir()
        (tmp_path / "config" / "jupyter_server_config.py").write_text(configuration)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        environment = {
            "PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PYTHONPATH": str(tmp_path), "JUPYTER_TOKEN": "",
            "JUPYTER_CONFIG_DIR": str(tmp_path / "config"),
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "course_lib.cli", "lab", "--no-browser", "--port", str(port)],
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


# build ------------------------------------------------------------------------------------------------


def test_build_check_fails_on_stderr_and_says_what_to_do(course, capsys):
    assert cli.main(["build", "--check"]) == 0
    assert capsys.readouterr().out == "0 sources: every notebook is what its source gives\n"
    (course / "lectures" / "05_lost.ipynb").write_text("{}")
    assert cli.main(["build", "--check"]) == 1
    assert capsys.readouterr().err == (
        "lectures/05_lost.ipynb has no source; write lectures/source/05_lost.py, or delete the notebook\n"
    )


def test_build_names_an_unknown_name(course, capsys):
    assert cli.main(["build", "77"]) == 2
    assert capsys.readouterr().err == "course build: no source is called '77'; there are: none\n"


# bench ------------------------------------------------------------------------------------------------


@pytest.fixture
def benchmarks(course):
    folder = course / "tests" / "benchmarks"
    folder.mkdir(parents=True)
    (folder / "shared.py").write_text("UNIT = 'ms'\n")
    (folder / "bench_a.py").write_text(
        "from shared import UNIT\n"
        "def rows():\n"
        "    print('warming up')\n"
        "    yes = {'name': 'step', 'ours': 12345.6, 'peer': 'torch', 'peer_version': '2.1', 'ratio': 3.456, "
        "'unit': UNIT}\n"
        "    return [yes, {'name': 'step', 'peer': 'jax', 'left_out': 'jax is not installed'}]\n"
    )
    (folder / "helper.py").write_text("raise RuntimeError('not a benchmark')\n")
    return folder


TABLE = """\
| benchmark | course_lib | peer | ratio |
|---|---|---|---|
| step | 12,300 ms | torch 2.1 | 3.46 |
| step | | jax | left out: jax is not installed |
"""


def test_bench_prints_one_table(benchmarks, capfd):
    assert cli.main(["bench"]) == 0
    assert capfd.readouterr().out == TABLE


@pytest.mark.parametrize(
    "text, reason",
    [
        ("def rows():\n    raise RuntimeError('no torch here')\n", "exit status 1"),
        ("import os\ndef rows():\n    os._exit(0)\n", "FileNotFoundError"),
        ("def rows():\n    return [{'name': 'step', 'ours': 1, 'unit': 's'}]\n", "KeyError('peer')"),
        ("def rows():\n    return [{'name': 'step', 'ours': 'two', 'unit': 's'}]\n", "ValueError"),
    ],
)
def test_bench_fails_naming_the_benchmark(benchmarks, capfd, text, reason):
    (benchmarks / "bench_b.py").write_text(text)
    assert cli.main(["bench"]) == 1
    out, err = capfd.readouterr()
    assert out == TABLE
    assert "bench_b.py failed: " in err and reason in err


def test_bench_without_benchmarks_is_an_error(course, capsys):
    assert cli.main(["bench"]) == 2
    assert "no benchmark in" in capsys.readouterr().err


# doctor -----------------------------------------------------------------------------------------------

GOOD = Finding("numpy", True, True, "2.4")


@pytest.mark.parametrize(
    "finding, mark, status, last",
    [
        (Finding("data", True, True, "digits"), "ok", 0, "The course can run."),
        (Finding("Chromium", False, False, "not found"), "optional", 0, "The course can run."),
        (Finding("kernel", False, True, "dead"), "MISSING", 1, "The course cannot run yet; missing: kernel."),
    ],
)
def test_exit_status_says_whether_the_course_can_run(monkeypatch, capsys, finding, mark, status, last):
    monkeypatch.setattr(cli, "examine", lambda: [GOOD, finding])
    assert cli.main(["doctor"]) == status
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3 and lines[-1] == last
    assert lines[1].split()[0] == mark


def test_doctor_reads_the_bounds_of_pyproject(course):
    text = (course / "pyproject.toml").read_text()
    text = text.replace('"numpy>=2.0"', '"numpy>=99"').replace('"tqdm>=', '"nowhere-to-be-found>=')
    (course / "pyproject.toml").write_text(text)
    found = {finding.name: finding for finding in cli.examine(kernel=False)}
    assert not found["numpy"].fine and found["numpy"].required
    assert found["numpy"].note.endswith("(needs >=99); pip install -e .")
    assert found["matplotlib"].fine
    missing = found["nowhere-to-be-found"]
    assert not missing.fine and not missing.required
    assert missing.note.startswith("not installed (needs >=") and "pip install -e '.[test]'" in missing.note
    assert found["data"].fine and "kernel" not in found


def test_doctor_names_what_tools_are_for(course, monkeypatch):
    monkeypatch.setenv("PATH", str(course))
    found = {finding.name: finding for finding in cli.examine(kernel=False)}
    for name, purpose in (("Chromium", "tests/browser"), ("bubblewrap", "grading")):
        assert not found[name].fine and not found[name].required
        assert purpose in found[name].note and "apt-get install" in found[name].note


def test_doctor_asks_a_kernel(course, monkeypatch):
    found = {finding.name: finding for finding in cli.examine()}
    assert found["kernel"] == Finding("kernel", True, True, "starts and answers")

    def dead(**_):
        raise RuntimeError("the kernel died")

    monkeypatch.setattr("jupyter_client.manager.start_new_kernel", dead)
    found = {finding.name: finding for finding in cli.examine()}
    assert found["kernel"] == Finding("kernel", False, True, "RuntimeError: the kernel died")
