"""Every lecture in JupyterLab, as a student has it: run, predicted, moved, saved, loaded again, reopened."""

import re
import shutil
from pathlib import Path

import pytest

from course_lib.commands import notebooks

ROOT = Path(__file__).resolve().parents[2]
LECTURES = sorted(path.name for path in (ROOT / "lectures").glob("*.ipynb"))
GONE = "The kernel that drew this picture has ended"


@pytest.fixture
def lecture(open_notebook):
    def open_and_run(name):
        page = open_notebook(name, ROOT / "lectures" / name)
        page.run_all()
        return page

    return open_and_run


@pytest.mark.parametrize("name", LECTURES)
def test_a_lecture_from_its_first_run_to_its_next_opening(lecture, open_notebook, name, tmp_path):
    page = lecture(name)
    assert page.complaints() == []
    figures = page.figures()
    assert figures >= (1 if name.startswith("00") else 3)
    covered_until_predicted(page, name)
    controls_fit(page)
    nobody_is_shut_out(page)
    every_figure_answers(page)

    saved = page.save()
    nothing_has_changed(name, saved, tmp_path)
    page.reload()
    page.picture(figures - 1).wait_for(state="attached")
    assert page.figures() == figures
    page.uncover()
    every_figure_answers(page)

    assert page.page.get_by_text(GONE).count() == 0
    page.end_kernel()
    for number in range(figures):
        page.figure(number).get_by_text(GONE).wait_for()
    page.errors.clear()     # the page misses its kernel, and says so
    page.close()

    page = open_notebook(name, None)
    page.page.locator(".jp-OutputArea-output img").nth(figures - 1).wait_for()
    assert [size > 0 for size in page.page.locator(".jp-OutputArea-output img").evaluate_all(
        "all => all.map(img => img.complete && img.naturalWidth)")].count(True) >= figures
    assert page.page.locator(".jupyter-widgets, .jp-mod-dirty").count() == 0
    assert page.complaints() == []


def covered_until_predicted(page, name):
    """Figures behind a question show nothing before an answer, and everything after it, in the same place."""
    source = (ROOT / "lectures" / "source" / name).with_suffix(".py").read_text("utf-8")
    covered = [number for number in range(page.figures()) if not page.picture(number).is_visible()]
    assert len(covered) == source.count(".behind(")
    for turn, number in enumerate(covered):
        figure = page.figure(number)
        height = figure.bounding_box()["height"]
        assert page.summary(number) == "" and figure.get_by_role("slider").count() == 0
        if turn % 2:
            figure.get_by_role("button", name="Show it anyway").click()
        else:
            page.question_above(number).get_by_role("radio").first.check()
        page.picture(number).wait_for()
        assert page.summary(number) != ""
        assert abs(figure.bounding_box()["height"] - height) < 2


def controls_fit(page):
    for width in (1024, 1250, 1400, 1920):
        for files in (True, False):
            page.resize(width, files)
            assert page.misfits() == [], f"{width} pixels, files {'open' if files else 'closed'}"
    page.resize(420)
    assert page.misfits() == []
    assert page.columns() == [1] * page.figures()
    page.resize(1250)


def nobody_is_shut_out(page):
    """axe-core finds nothing critical or serious in what the cells show, in either theme."""
    from axe_playwright_python.sync_playwright import Axe

    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        page.choose_theme(theme)
        found = Axe().run(page.page, context={"include": [[".jp-OutputArea-output"]]}).response["violations"]
        assert [f"{violation['id']}: {node['html']}" for violation in found for node in violation["nodes"]
                if violation["impact"] in ("critical", "serious")] == [], theme


def every_figure_answers(page):
    """The first slider of each figure, or its first list, changes the picture."""
    for number in range(page.figures()):
        handles, lists = (page.figure(number).locator(kind) for kind in (".noUi-handle", "select"))
        with page.changes(number):
            if handles.count():
                handle = handles.first
                now, most = (float(handle.get_attribute(f"aria-value{what}")) for what in ("now", "max"))
                handle.scroll_into_view_if_needed()
                handle.focus()
                page.page.keyboard.press("ArrowRight" if now < most else "ArrowLeft")
            else:
                chosen = lists.first.evaluate("list => list.selectedIndex")
                lists.first.select_option(index=1 if chosen == 0 else 0)
    assert page.complaints() == []


def nothing_has_changed(name, saved, tmp_path):
    """A lecture that was run, moved and saved is what it was, but for pictures that another matplotlib draws."""
    def without_pictures(notebook):
        return re.sub(rb"iVBORw0KGgo[A-Za-z0-9+/=\\n]*", b"PNG", notebook)

    assert without_pictures(saved) == without_pictures((ROOT / "lectures" / name).read_bytes())
    shutil.copytree(ROOT / "lectures" / "source", tmp_path / "lectures" / "source")
    (tmp_path / "lectures" / name).write_bytes(saved)
    assert notebooks.check(tmp_path, [Path(name).stem]) == []


def test_lecture_5_predicts_retrains_diverges_and_recovers(lecture):
    page = lecture("05_momentum.ipynb")
    ravine, terminal, phase, nesterov, digits = range(5)
    page.page.get_by_label("It diverges: ten times the speed is too much in the steep direction.").check()
    page.page.get_by_text("✗ Not so.").wait_for()
    page.page.get_by_label("It needs far fewer, and swings across the ravine and past the minimum.").check()
    page.page.get_by_text("✓ Right.").wait_for()
    page.uncover()

    with page.changes(ravine):
        page.press("rate ε", "End", ravine)
    page.figure(ravine).get_by_text("gradient descent: diverges").wait_for()
    with page.changes(ravine):
        page.press("rate ε", "Home", ravine)
    page.figure(ravine).get_by_text("gradient descent: not there after 600 steps").wait_for()
    with page.changes(terminal):
        page.press("momentum α", number=terminal)
    with page.changes(phase):
        page.press("condition number κ", number=phase)
    with page.changes(phase):
        page.click_picture(0.2, 0.3, phase)
    assert "diverges" in page.summary(nesterov)
    with page.changes(digits):
        page.press("rate of momentum and Nesterov ε", number=digits)
    assert "Test accuracy" in page.summary(digits)
    assert page.complaints() == []


def test_lecture_0_says_that_the_course_can_run(lecture):
    page = lecture("00_start_here.ipynb")
    assert page.page.get_by_text("The course can run.").count() == 1
    page.uncover()
    with page.changes(0):
        page.press("rate ε")
    assert page.page.get_by_text("This step goes uphill").count() == 1
    assert page.complaints() == []
