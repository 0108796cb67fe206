"""The `course` command: lab, build, bench, doctor."""

import argparse
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections import namedtuple
from importlib import metadata
from pathlib import Path

from course_lib import build

ROOT = Path(__file__).resolve().parent.parent
START = "lectures/00_start_here.ipynb"


class CommandError(Exception):
    """The command cannot do what was asked; the message says why and what to do."""


def main(argv=None):
    """Run `course` with the arguments `argv` (default: the process's own); return the exit status."""
    parser = argparse.ArgumentParser(prog="course", description="A live course on optimization.")
    commands = parser.add_subparsers(dest="command", required=True)

    lab_ = commands.add_parser(
        "lab", help="open the course in JupyterLab", allow_abbrev=False,
        epilog="Every further option is passed on to JupyterLab, for instance --ip=0.0.0.0.",
    )
    lab_.add_argument("--port", type=int, help="port to listen on (default: 8888, or the next free one)")
    lab_.add_argument("--no-browser", action="store_true", help="print the address, open no browser")

    build_ = commands.add_parser("build", help="make the notebooks from their sources")
    build_.add_argument("--check", action="store_true", help="only say which are stale; executes nothing")
    build_.add_argument("names", nargs="*", help="for instance 05, or 05_momentum (default: all)")

    commands.add_parser("bench", help="run every benchmark, print one table")
    commands.add_parser("doctor", help="say whether this installation can run the course")

    options, further = parser.parse_known_args(argv)
    if further and options.command != "lab":
        parser.error(f"unrecognized arguments: {' '.join(further)}")
    try:
        if options.command == "lab":
            return lab(options.port, not options.no_browser, further)
        if options.command == "build":
            return build_notebooks(course_folder(), options.names, options.check)
        if options.command == "bench":
            return bench(course_folder() / "tests" / "benchmarks")
        return doctor()
    except (CommandError, build.BuildError) as error:
        print(f"course {options.command}: {error}", file=sys.stderr)
        return 2


def course_folder():
    """The folder that holds course_lib/ and lectures/. Raises CommandError where there are no lectures."""
    if not (ROOT / "lectures").is_dir():
        raise CommandError(
            f"no lectures beside the package: {ROOT / 'lectures'} is not there. The course runs from its own "
            "folder: get a copy of it, and in it run: pip install -e ."
        )
    return ROOT


# lab -----------------------------------------------------------------------------------------------


def lab(port, browser, further):
    """Serve the course with JupyterLab, in this process, until it is stopped; always behind a token."""
    arguments = lab_arguments(course_folder(), port, browser, further)
    # Kernels inherit it. One thread for BLAS: on the small matrices of live figures more only wait for each other.
    os.environ.update(build.kernel_environment())
    from jupyterlab.labapp import LabApp

    server = LabApp.initialize_server(argv=arguments)
    identity = server.identity_provider
    # What counts is what came out of options, environment and configuration files together.
    jupyters_own = type(identity).__module__ == "jupyter_server.auth.identity"
    if not (jupyters_own and identity.auth_enabled and identity.token):
        raise CommandError(
            "a Jupyter configuration file switches authentication off or replaces it; the course is only "
            "served behind a token. Look for token and identity_provider in the folders of `jupyter --paths`"
        )
    # Jupyter hides a token it did not make itself, and then nobody could copy the address it prints.
    identity.token_generated = True
    server.web_app.settings["page_config_hook"] = _without_questions
    server.start()
    return 0


def _without_questions(handler, page_config):
    """What JupyterLab's page is told: no pop-up about news, none about building extensions."""
    # The configuration of news only says whether there are any; the question comes from the plugin.
    disabled = [*page_config["disabledExtensions"], "@jupyterlab/apputils-extension:announcements"]
    return page_config | {"disabledExtensions": disabled, "buildAvailable": False, "buildCheck": False}


def lab_arguments(root, port, browser, further):
    """JupyterLab's arguments for the course in `root`; an option in `further` replaces the course's own.

    Raises CommandError for an option that would switch authentication off.
    """
    further = [option for option in further if option != "--"]
    own_token = _check_authentication(further)
    token = os.environ.get("JUPYTER_TOKEN", "").strip() or secrets.token_hex(24)
    arguments = [
        f"--ServerApp.root_dir={root}",
        f"--LabApp.default_url=/lab/tree/{START}",
    ]
    if not own_token:
        # On the command line it is stronger than an empty one in a configuration file or the environment.
        arguments.append(f"--IdentityProvider.token={token}")
    if port is not None:
        arguments.append(f"--ServerApp.port={port}")
    if not browser:
        arguments.append("--ServerApp.open_browser=False")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--ServerApp.allow_root=True")
    # Jupyter refuses an option given twice.
    given = {option.partition("=")[0] for option in further}
    return [option for option in arguments if option.partition("=")[0] not in given] + further


def _check_authentication(options):
    """Whether the options bring a token of their own. Raises CommandError where one would do away with it."""
    own_token = False
    for option, following in zip(options, [*options[1:], ""]):
        if not option.startswith("-"):
            continue
        name, equals, value = option.partition("=")
        trait = name.rsplit(".", 1)[-1].lstrip("-").lower()
        value = (value if equals else "" if following.startswith("-") else following).strip().strip("'\"")
        empty = value.lower() in ("", "none", "false")
        replaces = trait in ("identity_provider_class", "login_handler_class", "need_token")
        if replaces or (empty and trait in ("token", "password", "hashed_password")):
            raise CommandError(
                f"{option} would switch authentication off; the course is only served behind a token"
            )
        own_token = own_token or trait == "token"
    return own_token


# build ---------------------------------------------------------------------------------------------


def build_notebooks(root, names, check):
    """Make the notebooks, or say which are stale; 1 where one fails or is stale."""
    if check:
        failures = build.check(root, names)
        if not failures:
            print(f"{len(build.sources(root, names))} sources: every notebook is what its source gives")
    else:
        failures = build.build(root, names)
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


# bench ---------------------------------------------------------------------------------------------

RUN_BENCHMARK = """
import json, runpy, sys
from pathlib import Path
module, result = map(Path, sys.argv[1:])
sys.path.insert(0, str(module.parent))
rows = runpy.run_path(str(module))["rows"]()
result.write_text(json.dumps(rows, default=float))
"""


def bench(folder):
    """Run rows() of every bench_*.py, each in a process of its own, and print one Markdown table.

    A row is a dict: name, ours (number), unit, peer and peer_version (text), ratio (peer's over ours); or
    name, peer and left_out, the reason why the peer was not measured. Returns 1 where a benchmark fails.
    """
    modules = sorted(folder.glob("bench_*.py"))
    if not modules:
        raise CommandError(f"no benchmark in {folder}: nothing there is called bench_*.py")
    lines, failures = [], []
    with tempfile.TemporaryDirectory() as scratch:
        for module in modules:
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


# doctor --------------------------------------------------------------------------------------------

Finding = namedtuple("Finding", "name fine required note")


def doctor():
    """Print what was found, one line each, and the verdict; 1 where the course cannot run."""
    findings = examine()
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        mark = "ok" if finding.fine else "MISSING" if finding.required else "optional"
        print(f"{mark:9}{finding.name:{width}}  {finding.note}".rstrip())
    print(verdict(findings))
    return 0 if all(finding.fine for finding in findings if finding.required) else 1


def verdict(findings):
    """One line: whether the course can run, and what is missing for it."""
    missing = [finding.name for finding in findings if finding.required and not finding.fine]
    if missing:
        return f"The course cannot run yet; missing: {', '.join(missing)}."
    return "The course can run."


def examine(kernel=True):
    """Findings about this installation: Python, packages, data, kernel, tools that tests and grading need.

    kernel=False leaves out starting a kernel, for use inside one.
    """
    root = course_folder()
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    findings = [_python(project["requires-python"])]
    findings += [_package(requirement, required=True) for requirement in project["dependencies"]]
    findings += [_attempt("data", _load_digits)]
    if kernel:
        findings += [_attempt("kernel", _ask_kernel)]
    findings += [_package(line, required=False) for line in project["optional-dependencies"]["test"]]
    findings += [
        _tool("Chromium", find_chromium(), "tests/browser", "apt-get install chromium"),
        _tool("bubblewrap", shutil.which("bwrap"), "grading work of others", "apt-get install bubblewrap"),
    ]
    return findings


def find_chromium():
    """Path of a Chromium or Chrome: $COURSE_CHROMIUM, or what the search path has; None where there is none."""
    if path := os.environ.get("COURSE_CHROMIUM"):
        return path
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        if path := shutil.which(name):
            return path
    return None


def _python(bound):
    from packaging.specifiers import SpecifierSet

    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("Python", SpecifierSet(bound).contains(version), True, f"{version} (needs {bound})")


def _package(line, required):
    from packaging.requirements import Requirement

    requirement = Requirement(line)
    how = "pip install -e ." if required else "only for tests and builds: pip install -e '.[test]'"
    try:
        version = metadata.version(requirement.name)
        fine = requirement.specifier.contains(version, prereleases=True)
    except metadata.PackageNotFoundError:
        version, fine = "not installed", False
    note = f"{version} (needs {requirement.specifier})"
    return Finding(requirement.name, fine, required, note if fine else f"{note}; {how}")


def _attempt(name, action):
    # Whatever goes wrong in there is what the doctor is asked to report.
    try:
        return Finding(name, True, True, action())
    except Exception as error:
        return Finding(name, False, True, f"{type(error).__name__}: {error}")


def _load_digits():
    from course_lib import datasets

    datasets.load("digits")
    return "digits can be loaded"


def _ask_kernel():
    from jupyter_client.manager import start_new_kernel

    environment = {**os.environ, **build.kernel_environment()}
    manager, client = start_new_kernel(kernel_name="python3", env=environment, extra_arguments=build.QUIET)
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
    return Finding(name, bool(path), False, path or f"not found; only for {purpose}: {how}")


if __name__ == "__main__":
    sys.exit(main())
