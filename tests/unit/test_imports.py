"""Who may import whom in course_lib, as the map in its docstring says.

The algorithms are the flat modules but two: markup, which whatever shows something may import, and cli.
"""

import ast
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import course_lib

PACKAGE = Path(course_lib.__file__).parent

# Room: the other rooms it may import, and the packages besides the standard library. None is any.
ROOMS = {
    "algorithms": (set(), {"numpy"}),
    "distributed": ({"algorithms"}, {"numpy", "dask", "distributed"}),
    "markup": (set(), set()),
    "live": ({"markup"}, {"numpy", "matplotlib", "cycler", "ipywidgets", "anywidget", "traitlets",
                          "IPython"}),
    "claims": ({"algorithms", "distributed", "markup"}, {"numpy"}),
    "explorers": ({"algorithms", "distributed", "claims", "live"}, {"numpy"}),
    "checks": ({"algorithms", "distributed", "markup"}, {"numpy", "IPython"}),
    "grading": ({"checks", "markup"}, {"numpy"}),
    "commands": (None, None),
    "cli": ({"commands"}, set()),
}
OF_DATASETS = {"numpy", "sklearn"}  # the only module that computes with more than numpy


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


def room(parts):
    """The room of a module, from the parts of its path or of its dotted name below course_lib."""
    return parts[0] if parts[0] in ROOMS else "algorithms"


def violations(path, package):
    """Imports of a file that the rule forbids."""
    own = room(path.relative_to(package).with_suffix("").parts)
    rooms, outside = ROOMS[own]
    if path == package / "datasets.py":
        outside = OF_DATASETS
    wrong = []
    for name in sorted(imported(path, package)):
        top, *inside = name.split(".")
        if top == "course_lib":
            if rooms is not None and room(inside) not in rooms | {own}:
                wrong.append(name)
        elif outside is not None and top not in outside | sys.stdlib_module_names:
            wrong.append(name)
    return wrong


def cycle(package):
    """A cycle of imports between the flat modules; None where there is none."""
    flat = {path.stem: path for path in package.glob("*.py") if path.stem != "__init__"}
    needs = {
        stem: {name.split(".")[1] for name in imported(path, package) if name.startswith("course_lib.")}
        for stem, path in flat.items()
    }
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        return error.args[1]
    return None


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_imports_only_what_the_design_allows(path):
    assert violations(path, PACKAGE) == []


def test_the_flat_modules_import_each_other_without_a_cycle():
    assert cycle(PACKAGE) is None


def test_every_folder_of_the_package_has_a_rule_and_is_on_the_map():
    folders = {path.parent.name for path in PACKAGE.glob("*/*.py")}
    assert folders <= set(ROOMS)
    on_the_map = {line.split()[0] for line in course_lib.__doc__.splitlines() if "/ " in line}
    assert on_the_map == {f"{folder}/" for folder in folders}


def test_nothing_that_computes_or_checks_loads_what_draws():
    computing = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__", "cli"} | {"claims", "checks"}
    modules = [f"course_lib.{name}" for name in sorted(computing)]
    code = f"import sys\nfor name in {modules}: __import__(name)\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"matplotlib", "ipywidgets", "IPython", "jupyterlab"} & set(done.stdout.split())


@pytest.mark.parametrize("module", ["second_order", "optimizers", "schedules"])
def test_whoever_minimizes_a_surface_loads_no_network(module):
    """BFGS works on whatever has a value and a gradient; only distributions.py knows networks, and who asks it."""
    code = f"import sys, course_lib.{module}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"course_lib.network", "course_lib.layers", "course_lib.losses"} & set(done.stdout.split())


@pytest.mark.parametrize(
    "name, text, found",
    [
        ("optimizers.py", "import scipy.linalg", ["scipy.linalg"]),
        ("optimizers.py", "def f():\n    import matplotlib", ["matplotlib"]),
        ("optimizers.py", "from . import live", ["course_lib.live"]),
        ("optimizers.py", "from .claims.momentum import measure", ["course_lib.claims.momentum.measure"]),
        ("optimizers.py", "from .cli import main", ["course_lib.cli.main"]),
        ("optimizers.py", "from .commands import lab", ["course_lib.commands.lab"]),
        ("optimizers.py", "from . import markup", ["course_lib.markup"]),
        ("markup.py", "import numpy", ["numpy"]),
        ("markup.py", "from . import params", ["course_lib.params"]),
        ("losses.py", "from sklearn.datasets import load_digits", ["sklearn.datasets"]),
        ("datasets.py", "from sklearn.datasets import load_digits", []),
        ("live/figure.py", "from ..optimizers import SGD", ["course_lib.optimizers.SGD"]),
        ("live/figure.py", "from .controls import Range\nimport ipywidgets", []),
        ("live/question.py", "from course_lib import markup", []),
        ("explorers/momentum.py", "import matplotlib.pyplot as plt", ["matplotlib.pyplot"]),
        ("explorers/momentum.py", "from course_lib import claims, live, losses", []),
        ("claims/momentum.py", "from ..explorers import momentum", ["course_lib.explorers.momentum"]),
        ("checks/momentum.py", "from course_lib.explorers import saddle", ["course_lib.explorers.saddle"]),
        ("checks/momentum.py", "from ..optimizers import Momentum\nfrom .engine import Task", []),
        ("grading/runner.py", "from course_lib import checks, optimizers", ["course_lib.optimizers"]),
        ("distributed/client.py", "from dask import delayed\nfrom ..network import Network", []),
        ("commands/export.py", "import nbconvert\nfrom course_lib import claims, live, losses", []),
        ("cli.py", "from . import claims\nfrom course_lib.commands import lab", ["course_lib.claims"]),
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
