"""How a verdict is shown: the same words as plain text and as a coloured box."""

import sys

from .. import markup
from . import engine

SYMBOLS = {engine.PASSED: "✓", engine.NOT_ATTEMPTED: "○", engine.RAISED: "!"}
TONES = {engine.PASSED: markup.RIGHT, engine.NOT_ATTEMPTED: markup.NEUTRAL}
WORDS = {engine.RAISED: "stopped with an error"}
WRONG = "✗"


def show(text, html):
    """Display in a notebook, print anywhere else."""
    if "IPython" in sys.modules:
        from IPython import get_ipython
        from IPython.display import display
        if get_ipython() is not None:
            display({"text/plain": text, "text/html": html}, raw=True)
            return
    print(text)


def headline(verdict):
    words = WORDS.get(verdict.status, verdict.status)
    return f"{SYMBOLS.get(verdict.status, WRONG)} {words.capitalize()}: {verdict.title}"


def paragraphs(verdict):
    """(label, words) in the order of reading: what to do, what was seen, then the numbers."""
    more = "" if verdict.passed else f'More help: `hint("{verdict.task}")`'
    return [(label, words) for label, words in (
        ("", verdict.hint), ("", verdict.message), ("Input", verdict.input), ("Got", verdict.got),
        ("Your function printed", verdict.printed.rstrip()), ("", more)) if words]


def text_of(verdict):
    lines = [headline(verdict)]
    for label, words in paragraphs(verdict):
        if label:
            lines.append(f"{label}:")
        lines += ["    " * bool(label) + line for line in words.splitlines()]
    return "\n".join(lines)


def html_of(verdict):
    parts = []
    for label, words in paragraphs(verdict):
        if label:
            label = f'<div style="margin-top:8px;font-weight:600">{label}</div>'
            parts += [label, markup.code(words, wrap=True)]
        else:
            parts.append(markup.paragraph(words))
    return markup.frame(TONES.get(verdict.status, markup.WRONG), headline(verdict), *parts)
