"""How a verdict is shown: the same words as plain text and as a coloured box."""

import re
import sys
from html import escape

from . import engine

SYMBOLS = {engine.PASSED: "✓", engine.NOT_ATTEMPTED: "○", engine.RAISED: "!"}
COLOURS = {engine.PASSED: ("#00664B", "#E6F5F0"), engine.NOT_ATTEMPTED: ("#4D4D4D", "#F1F1F1")}
WORDS = {engine.RAISED: "stopped with an error"}
WRONG = "✗"
WRONG_COLOURS = ("#A33F00", "#FCF0E8")


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
            parts.append(f'<div style="margin-top:8px;font-weight:600">{label}</div><pre style="margin:0;'
                         'padding:0;font-size:14px;line-height:1.45;background:none;color:inherit;'
                         f'white-space:pre-wrap">{escape(words)}</pre>')
        else:
            parts.append(sentences(words))
    return frame(headline(verdict), "".join(parts), *COLOURS.get(verdict.status, WRONG_COLOURS))


def sentences(words):
    """A paragraph; what stands between backticks is code."""
    code = r'<code style="padding:0;font-size:14px;background:none;color:inherit;font-weight:600">\1</code>'
    return f'<div style="margin-top:6px">{re.sub("`([^`]+)`", code, escape(words))}</div>'


def frame(title, body, colour, background):
    return (f'<div role="status" style="max-width:46em;margin:4px 0;padding:10px 16px 12px;font-size:15px;'
            f'line-height:1.5;color:#1A1A1A;background:{background};border-left:8px solid {colour}">'
            f'<div style="font-size:16px;font-weight:700;color:{colour}">{escape(title)}</div>{body}</div>')
