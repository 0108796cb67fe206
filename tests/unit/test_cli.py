"""The `course` command: which arguments it takes, what it hands on, and what it refuses."""

import subprocess
import sys

import pytest

from course_lib import cli, commands
from course_lib.commands import lab


@pytest.mark.parametrize("argv", [[], ["party"], ["doctor", "--port=1"], ["build", "--chekc"]])
def test_what_it_does_not_know_is_a_usage_error(argv, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(argv)
    assert stop.value.code == 2
    assert "usage: course" in capsys.readouterr().err


@pytest.mark.parametrize("argv", [["lab"], ["build"], ["build", "--check"], ["bench"], ["doctor"]])
def test_without_lectures_it_says_where_the_course_is_to_be_had(tmp_path, monkeypatch, capsys, argv):
    monkeypatch.setattr(commands, "ROOT", tmp_path)
    assert cli.main(argv) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"course {argv[0]}: no lectures beside the package")
    assert "pip install -e ." in error


def test_the_command_imports_nothing_heavy():
    code = "import sys, course_lib.cli; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"numpy", "matplotlib", "jupyterlab", "nbformat", "jupytext"} & set(done.stdout.split())


def test_lab_passes_further_options_on_in_order(monkeypatch):
    seen = []
    monkeypatch.setattr(lab, "main", lambda *given: seen.append(given) or 0)
    assert cli.main(["lab", "--ip=0.0.0.0", "--port", "81", "--ServerApp.base_url", "/x/", "--debug"]) == 0
    assert seen == [(81, True, ["--ip=0.0.0.0", "--ServerApp.base_url", "/x/", "--debug"])]
