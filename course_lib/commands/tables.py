"""The tables of lecture 0, as far as they can be found: the map, and the links of the appendix."""

import re

from course_lib.commands import CommandError

MAP, LINKS = "<!-- one row for each lecture -->", "<!-- numbers below become links -->"
BEGINNING = re.compile(r"# %% \[markdown\]\n# # (\d+) (.+)\n#\n# \*(.+)\*\n")


def filled(text, folder):
    """The text of a lecture's cell with what its marks ask for; `folder` holds the lectures' sources.

    Raises CommandError for a lecture that does not begin with its title and question, and for a section that
    no lecture has.
    """
    if MAP in text:
        text = text.replace(MAP, "\n".join(map(_row, sorted(folder.glob("*.py")))))
    if LINKS in text:
        before, table = text.split(f"{LINKS}\n")
        lines = [_linked(line, folder) if re.match(r"\| S\d", line) else line for line in table.split("\n")]
        text = before + "\n".join(lines)
    return text


def _row(path):
    begins = BEGINNING.match(path.read_text("utf-8"))
    if not begins:
        raise CommandError(f"lectures/source/{path.name} must begin with its number and title, then the"
                           " question it answers, in italics and on one line")
    number, title, question = begins.groups()
    exercise = f"[exercise](../exercises/{path.stem}.ipynb)"
    return f"| {number} | [{title}]({path.stem}.ipynb) | {question} | {exercise} |"


def _linked(line, folder):
    """A row of the appendix: source, heading, sections, figure, exercise and tasks."""
    source, heading, sections, figure, exercise = line.strip("| ").split(" | ")
    sections = re.sub(r"(\d+)\.\d+", lambda m: f"[{m[0]}]({_lecture(m[1], m[0], folder)}.ipynb)", sections)
    place = "../exercises/"
    exercise = re.sub(r"^\d+", lambda m: f"[{m[0]}]({place}{_lecture(m[0], '', folder)}.ipynb)", exercise)
    return f"| {source} | {heading} | {sections} | {figure} | {exercise} |"


def _lecture(number, section, folder):
    """Name of the lecture with this number, which must have this section."""
    for path in folder.glob(f"{int(number):02}_*.py"):
        if not section or f"\n# ## {section} " in path.read_text("utf-8"):
            return path.stem
    raise CommandError(f"the appendix of lecture 0 names {section or number}, and no lecture has it")
