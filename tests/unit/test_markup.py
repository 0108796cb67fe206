"""The HTML of messages and tables: text on a background it can be read on, and nothing let through."""

import re

import pytest

from course_lib import markup

HOSTILE = "<script>alert(1)</script> & `a<b`"


def luminance(colour):
    """Relative luminance of "#RRGGBB" (WCAG 2.2)."""
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


TONES = [markup.RIGHT, markup.WRONG, markup.HINT, markup.NEUTRAL]


@pytest.mark.parametrize("colour, background", [*TONES, (markup.INK, markup.PAPER),
                                                *((markup.INK, background) for _, background in TONES),
                                                *((colour, markup.PAPER) for colour, _ in TONES)])
def test_every_text_can_be_read_on_its_background(colour, background):
    assert contrast(colour, background) >= 5.7  # WCAG AA asks for 4.5


@pytest.mark.parametrize("html", [markup.frame(markup.WRONG, HOSTILE, markup.paragraph(HOSTILE)),
                                  markup.frame(markup.HINT, "t", markup.code(HOSTILE))])
def test_plain_text_stays_text(html):
    assert "<script" not in html and "&lt;script&gt;" in html and " & " not in html


@pytest.mark.parametrize("html", [markup.frame(markup.HINT, "t"), markup.cell("x"), markup.cell("x", "th")])
def test_every_box_and_cell_brings_both_colours(html):
    style = re.search('style="([^"]*)"', html).group(1)
    assert re.search("(^|;)color:#[0-9A-F]{6};", style) and re.search("(^|;)background:#[0-9A-F]{6};", style)


def test_code_takes_over_the_colours_of_its_box():
    for html in (markup.code("x"), markup.paragraph("`x`")):
        assert "background:none;color:inherit" in html
    assert "white-space:pre;" in markup.code("x") and "white-space:pre-wrap;" in markup.code("x", wrap=True)


def test_a_table_holds_its_cells_row_by_row():
    html = markup.table([[markup.cell("title", "th", columns=2)],
                         [markup.cell("a"), markup.cell("b", style="top:0")]])
    assert re.findall("<tr>|<t[hd] colspan=.(?:1|2)|>[a-z]+<|</tr>", html) == [
        "<tr>", '<th colspan="2', ">title<", "</tr>",
        "<tr>", '<td colspan="1', ">a<", '<td colspan="1', ">b<", "</tr>"]
    assert html.count("top:0") == 1
