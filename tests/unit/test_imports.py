"""What may import what in course_lib.

Algorithms (the flat modules) import numpy and each other, without a cycle. live imports nothing else of the
course. claims build on algorithms; explorers on algorithms, claims and live; checks on algorithms. Only live
imports matplotlib and ipywidgets. Whatever shows something may import markup, which imports nothing. Nothing of
this imports the commands, cli and build.
"""

import ast
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import course_lib

PACKAGE = Path(course_lib.__file__).parent
COMMANDS = {"cli", "build"}

# Parts of the course and outside packages that each part may import, besides itself and the standard library.
PARTS = {
    "live": ({"markup"}, {"numpy", "matplotlib", "cycler", "ipywidgets", "ipyevents", "IPython"}),
    "claims": ({"algorithms", "markup"}, {"numpy"}),
    "explorers": ({"algorithms", "claims", "live"}, {"numpy"}),
    "checks": ({"algorithms", "markup"}, {"numpy", "IPython"}),
}
MARKUP = "markup"
OUTSIDE_OF_ALGORITHMS = {"markup": set(), "datasets": {"numpy", "sklearn"}}


def imported(path, package):
    """Dotted names of all modules that a file imports, wherever in the file; relative ones resolved."""
    relative = path.relative_to(package)
    here = ["course_lib", *relative.parts[:-1]]
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = here[: len(here) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            inside = module.split(".")[0] == "course_lib"
            # `from course_lib import losses` imports a module, `from numpy import pi` a name
            names |= {f"{module}.{alias.name}" for alias in node.names} if inside else {module}
    return names


def part(dotted):
    """Which part of the course a dotted name belongs to: a folder, "algorithms", or "commands"."""
    first = dotted.split(".")[1]
    return "commands" if first in COMMANDS else first if first in PARTS or first == MARKUP else "algorithms"


def violations(path, package):
    """Imports of a file that the rule forbids."""
    relative = path.relative_to(package)
    own = relative.parts[0] if len(relative.parts) > 1 else "algorithms"
    if own == "algorithms":
        parts, outside = set(), OUTSIDE_OF_ALGORITHMS.get(path.stem, {"numpy"})
    else:
        parts, outside = PARTS[own]
    wrong = []
    for name in sorted(imported(path, package)):
        top = name.split(".")[0]
        if top == "course_lib":
            if part(name) not in parts | {own}:
                wrong.append(name)
        elif top not in outside | sys.stdlib_module_names:
            wrong.append(name)
    return wrong


def cycle(package):
    """A cycle of imports between the flat modules; None where there is none."""
    flat = {path.stem: path for path in package.glob("*.py") if path.stem not in COMMANDS | {"__init__"}}
    needs = {
        stem: {name.split(".")[1] for name in imported(path, package) if name.startswith("course_lib.")}
        for stem, path in flat.items()
    }
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        return error.args[1]
    return None


FILES = [path for path in sorted(PACKAGE.rglob("*.py")) if path.relative_to(PACKAGE).as_posix() not in
         {f"{stem}.py" for stem in COMMANDS}]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_only_what_the_design_allows(path):
    assert violations(path, PACKAGE) == []


def test_the_flat_modules_import_each_other_without_a_cycle():
    assert cycle(PACKAGE) is None


def test_every_folder_of_the_package_has_a_rule():
    folders = {path.parent.name for path in PACKAGE.glob("*/*.py")}
    assert folders <= set(PARTS)


@pytest.mark.parametrize(
    "name, text, found",
    [
        ("optimizers.py", "import scipy.linalg", ["scipy.linalg"]),
        ("optimizers.py", "def f():\n    import matplotlib", ["matplotlib"]),
        ("optimizers.py", "from . import live", ["course_lib.live"]),
        ("optimizers.py", "from .claims.momentum import measure", ["course_lib.claims.momentum.measure"]),
        ("optimizers.py", "from .cli import main", ["course_lib.cli.main"]),
        ("losses.py", "from sklearn.datasets import load_digits", ["sklearn.datasets"]),
        ("datasets.py", "from sklearn.datasets import load_digits", []),
        ("live/figure.py", "from ..optimizers import SGD", ["course_lib.optimizers.SGD"]),
        ("live/figure.py", "from .controls import Range\nimport ipywidgets", []),
        ("explorers/momentum.py", "import matplotlib.pyplot as plt", ["matplotlib.pyplot"]),
        ("explorers/momentum.py", "from course_lib import claims, live, losses", []),
        ("claims/momentum.py", "from ..explorers import momentum", ["course_lib.explorers.momentum"]),
        ("checks/momentum.py", "from course_lib.explorers import saddle", ["course_lib.explorers.saddle"]),
        ("checks/momentum.py", "from ..optimizers import Momentum\nfrom .engine import Task", []),
    ],
)
def test_the_rule_finds_what_it_is_for(tmp_path, name, text, found):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    assert violations(path, tmp_path) == found


def test_a_cycle_is_found(tmp_path):
    (tmp_path / "a.py").write_text("from .b import x")
    (tmp_path / "b.py").write_text("def f():\n    from course_lib import a")
    assert set(cycle(tmp_path)) == {"a", "b"}
