"""An algorithm box: the formula beside the library's own source, so that the two cannot drift apart."""

import ast
import html
import inspect
import textwrap

from course_lib import markup

SIDE_BY_SIDE = 62  # characters: longer lines of code would squeeze the formulas, and go below them


class AlgorithmBox:
    """`AlgorithmBox(title, lines, *functions)`: lines of LaTeX (in $) left, the functions' source right.

    Where a line of the source is too long for that, the source stands below.
    """

    def __init__(self, title, lines, *functions):
        if not functions:
            raise ValueError("functions must be at least one, got none")
        self.title, self.lines = title, list(lines)
        self.source = "\n\n".join(source(function) for function in functions)

    def __repr__(self):
        return f"{self.title}\n\n{self.source}"

    def _repr_html_(self):
        steps = "".join(f'<div style="margin: 0.35em 0">{line}</div>' for line in self.lines)
        code = markup.code(self.source)
        line = f"solid {markup.LINE}"
        if max(map(len, self.source.splitlines())) <= SIDE_BY_SIDE:
            rows = [[markup.cell(steps), markup.cell(code, style=f"border-left:1px {line}")]]
        else:
            rows = [[markup.cell(steps, columns=2)],
                    [markup.cell(code, columns=2, style=f"border-top:1px {line}")]]
        title = markup.cell(html.escape(self.title), "th", columns=2, style=f"border-bottom:1px {line}")
        return markup.table([[title], *rows])


def source(function):
    """Source of a function as it stands in the library, its docstring and decorators left out."""
    text = textwrap.dedent(inspect.getsource(function))
    definition = ast.parse(text).body[0]
    lines = text.splitlines()
    first = definition.body[0]
    drop = range(0)
    if ast.get_docstring(definition) is not None:
        drop = range(first.lineno - 1, first.end_lineno)
    return "\n".join(line for i, line in enumerate(lines) if i >= definition.lineno - 1 and i not in drop)
