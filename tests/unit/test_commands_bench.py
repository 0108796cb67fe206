"""`course bench`: one table of all benchmarks, and failures by name."""

import pytest

from course_lib import cli


@pytest.fixture
def benchmarks(course_folder):
    folder = course_folder / "tests" / "benchmarks"
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
    out, err = capfd.readouterr()
    assert out == TABLE
    assert err.splitlines() == ["bench_a.py (1 of 1)", "warming up"]


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


def test_bench_without_benchmarks_is_an_error(course_folder, capsys):
    assert cli.main(["bench"]) == 2
    assert "no benchmark in" in capsys.readouterr().err
