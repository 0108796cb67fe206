"""The commands, one module each: what `course <command>` does is done by the module's `main`.

`main` takes the arguments that cli.py has read, prints, and returns the exit status. Only here may everything
of the course be used; what is heavy is imported where it is needed, so that `course` answers at once.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class CommandError(Exception):
    """The command cannot do what was asked; the message says why and what to do."""


def course_folder():
    """The folder that holds course_lib/ and lectures/. Raises CommandError where there are no lectures."""
    if not (ROOT / "lectures").is_dir():
        raise CommandError(
            f"no lectures beside the package: {ROOT / 'lectures'} is not there. The course runs from its own "
            "folder: get a copy of it, and in it run: pip install -e ."
        )
    return ROOT
