"""Lectures in JupyterLab, as a student has them: run all, drag, choose an answer; nothing complains."""

from pathlib import Path

import pytest

LECTURES = Path(__file__).resolve().parents[2] / "lectures"


@pytest.fixture
def lecture(open_notebook):
    def open_and_run(name):
        page = open_notebook(name, LECTURES / name)
        page.run_all()
        page.uncover()
        return page

    return open_and_run


def complaints(page):
    return page.errors + page.cell_errors()


def drag(page, label, number, key="ArrowRight"):
    """Press a key on a slider; the picture and the summary must follow."""
    from playwright.sync_api import expect

    before = page.summary(number)
    with page.changes(number):
        page.press(label, key, number)
    expect(page.figure(number).locator("[role=status]")).not_to_have_text(before, timeout=60_000)


def test_lecture_5_retrains_while_a_slider_is_dragged(lecture):
    page = lecture("05_momentum.ipynb")
    ravine, terminal, phase, digits = range(4)
    drag(page, "condition number κ", ravine)
    drag(page, "momentum α", terminal)
    drag(page, "condition number κ", phase)
    with page.changes(phase):
        page.click_picture(0.2, 0.3, phase)
    drag(page, "rate ε", digits)
    assert "Test accuracy" in page.summary(digits)
    assert complaints(page) == []


def test_lecture_5_shows_divergence_and_recovers(lecture):
    page = lecture("05_momentum.ipynb")
    with page.changes(0):
        page.press("rate ε", "End", 0)
    page.figure(0).get_by_text("gradient descent: diverges").wait_for()
    with page.changes(0):
        page.press("rate ε", "Home", 0)
    page.figure(0).get_by_text("gradient descent: not there after 600 steps").wait_for()
    assert complaints(page) == []


def test_a_prediction_answers(lecture):
    page = lecture("05_momentum.ipynb")
    page.page.get_by_label("It diverges: ten times the speed is too much in the steep direction.").check()
    page.page.get_by_text("✗ Not so.").wait_for()
    page.page.get_by_label("It needs far fewer, and swings across the ravine and past the minimum.").check()
    page.page.get_by_text("✓ Right.").wait_for()
    assert complaints(page) == []


def test_lecture_0_runs(lecture):
    page = lecture("00_start_here.ipynb")
    assert page.page.get_by_text("The course can run.").count() == 1
    drag(page, "rate ε", 0)
    assert page.page.get_by_text("This step goes uphill").count() == 1
    assert complaints(page) == []


@pytest.mark.parametrize("name", sorted(path.name for path in LECTURES.glob("*.ipynb")
                                        if path.name[:2] not in ("00", "05")))
def test_the_other_lectures_run_and_their_figures_answer(lecture, name):
    page = lecture(name)
    figures = page.page.locator("img.course-picture").count()
    assert figures >= 3
    for number in range(figures):
        handles, lists = (page.figure(number).locator(kind) for kind in (".noUi-handle", "select"))
        if handles.count():
            handles.first.scroll_into_view_if_needed()
            handles.first.focus()
            with page.changes(number):
                for key in ("ArrowLeft", "ArrowRight", "ArrowRight"):   # one of them moves it, wherever it stands
                    page.page.keyboard.press(key)
        else:
            chosen = lists.first.evaluate("list => list.selectedIndex")
            with page.changes(number):
                lists.first.select_option(index=1 if chosen == 0 else 0)
    assert complaints(page) == []
