"""`course bench`: every benchmark in a process of its own, one table."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from course_lib.commands import CommandError, course_folder

RUN_BENCHMARK = """
import json, runpy, sys
from pathlib import Path
module, result = map(Path, sys.argv[1:])
sys.path.insert(0, str(module.parent))
rows = runpy.run_path(str(module))["rows"]()
result.write_text(json.dumps(rows, default=float))
"""


def main():
    """Run rows() of every bench_*.py, each in a process of its own, and print one Markdown table.

    A row is a dict: name, ours (number), unit, peer and peer_version (text), ratio (peer's over ours); or
    name, peer and left_out, the reason why the peer was not measured. Returns 1 where a benchmark fails.
    """
    folder = course_folder() / "tests" / "benchmarks"
    modules = sorted(folder.glob("bench_*.py"))
    if not modules:
        raise CommandError(f"no benchmark in {folder}: nothing there is called bench_*.py")
    lines, failures = [], []
    with tempfile.TemporaryDirectory() as scratch:
        for number, module in enumerate(modules, start=1):
            print(f"{module.name} ({number} of {len(modules)})", file=sys.stderr, flush=True)
            result = Path(scratch) / f"{module.stem}.json"
            command = [sys.executable, "-c", RUN_BENCHMARK, str(module), str(result)]
            # Its own prints go to stderr: stdout holds the table and nothing else.
            status = subprocess.run(command, cwd=folder, stdout=sys.stderr).returncode
            try:
                if status:
                    raise CommandError(f"exit status {status}")
                lines += [_table_line(row) for row in json.loads(result.read_text())]
            except (CommandError, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
                failures.append(f"{module.name} failed: {error!r}")
    print("| benchmark | course_lib | peer | ratio |\n|---|---|---|---|")
    for line in lines:
        print(line)
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


def _table_line(row):
    if row.get("left_out"):
        return f"| {row['name']} | | {row['peer']} | left out: {row['left_out']} |"
    ours = f"{_three_digits(row['ours'])} {row['unit']}"
    return f"| {row['name']} | {ours} | {row['peer']} {row['peer_version']} | {_three_digits(row['ratio'])} |"


def _three_digits(number):
    return f"{float(f'{number:.3g}'):,.9g}"
