"""The HTML of the course's messages and tables: one frame, one kind of cell, legible in every theme.

Every text has a colour of its own on a background of its own: JupyterLab's dark theme would otherwise put
light letters on a light box.
"""

import re
from html import escape

INK, PAPER, LINE = "#1A1A1A", "#FFFFFF", "#999999"
# A tone is the colour of the title and of the bar, and the background; the contrast is at least 5.7.
RIGHT, WRONG = ("#00664B", "#E6F5F0"), ("#A33F00", "#FCF0E8")
HINT, NEUTRAL = ("#005A8C", "#E8F2F9"), ("#4D4D4D", "#F1F1F1")

CODE = "padding:0;font-size:14px;background:none;color:inherit"


def frame(tone, title, *parts):
    """A box with a bar on its left: the title, plain text, and below it the parts, HTML."""
    colour, background = tone
    return (f'<div role="status" style="max-width:46em;margin:4px 0;padding:10px 16px 12px;font-size:15px;'
            f'line-height:1.5;color:{INK};background:{background};border-left:8px solid {colour}">'
            f'<div style="font-size:16px;font-weight:700;color:{colour}">{escape(title)}</div>'
            f'{"".join(parts)}</div>')


def paragraph(words):
    """Plain text as a paragraph; what stands between backticks is code."""
    code = rf'<code style="{CODE};font-weight:600">\1</code>'
    return f'<div style="margin-top:6px">{re.sub("`([^`]+)`", code, escape(words))}</div>'


def code(text, wrap=False):
    """Plain text as a block of code, long lines wrapped or left as they are."""
    space = "pre-wrap" if wrap else "pre"
    return f'<pre style="margin:0;line-height:1.45;white-space:{space};{CODE}">{escape(text)}</pre>'


def cell(content, tag="td", columns=1, style=""):
    """A cell of a table, with HTML in it, over so many columns; `style` is added to that of every cell."""
    return (f'<{tag} colspan="{columns}" style="text-align:left;vertical-align:top;padding:0.5em 0.9em;'
            f'font-size:15px;line-height:1.5;color:{INK};background:{PAPER};{style}">{content}</{tag}>')


def table(rows):
    """A table of rows, each a sequence of cells."""
    lines = "".join(f"<tr>{''.join(cells)}</tr>" for cells in rows)
    return f'<table style="border:1px solid {LINE};border-collapse:collapse;margin:0">{lines}</table>'
