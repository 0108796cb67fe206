"""Questions: every answer has its feedback, nothing is given away before, bad questions are refused."""

import ipywidgets as widgets
import pytest

from course_lib.live.question import Question

ANSWERS = {"it creeps": "ε is < 1.", "it swings": "Yes: 1 − ε < 0.", "it diverges": "Not below 2."}


@pytest.fixture
def question():
    return Question("What will ε = 1.9 do?", ANSWERS, right="it swings")


def parts(question, kind):
    return [child for child in question.widget.children if isinstance(child, kind)]


def test_nothing_is_chosen_and_nothing_is_said_at_first(question):
    assert parts(question, widgets.RadioButtons)[0].value is None
    assert question.feedback == ""
    assert parts(question, widgets.HTML)[-1].value == ""


@pytest.mark.parametrize("answer, mark", [("it creeps", "✗"), ("it swings", "✓"), ("it diverges", "✗")])
def test_each_answer_shows_its_own_feedback(question, answer, mark):
    parts(question, widgets.RadioButtons)[0].value = answer
    assert question.feedback.startswith(mark) and question.feedback.endswith(ANSWERS[answer])
    shown = parts(question, widgets.HTML)[-1].value
    assert mark in shown and ("&lt;" in shown) == ("<" in ANSWERS[answer])


def test_a_choice_may_be_changed(question):
    question.choose("it creeps")
    question.choose("it swings")
    assert question.feedback.startswith("✓")


def test_what_a_page_stores_does_not_give_the_answer_away(question):
    before = {kind: text for kind, text in question._repr_mimebundle_().items() if kind.startswith("text/")}
    question.choose("it swings")
    after = {kind: text for kind, text in question._repr_mimebundle_().items() if kind.startswith("text/")}
    assert before == after
    assert all(answer in before["text/plain"] for answer in ANSWERS)
    assert not any(feedback in text for feedback in ANSWERS.values() for text in before.values())


@pytest.mark.parametrize("answers, right, words", [
    ({"a": "x"}, "a", "answers must be at least two, got ['a']"),
    ({"a": "x", "b": "y"}, "c", "right must be one of the answers ['a', 'b'], got 'c'"),
    ({"a": "x", "b": " "}, "a", "every answer must have its feedback, got none for 'b'"),
])
def test_bad_questions_are_refused(answers, right, words):
    with pytest.raises(ValueError) as error:
        Question("Why?", answers, right)
    assert str(error.value) == words


def test_an_answer_that_is_not_there_is_refused(question):
    with pytest.raises(ValueError, match="answer must be one of .* got 'it flies'"):
        question.choose("it flies")


def test_whoever_waits_for_an_answer_is_told(question):
    told = []
    question.when_answered(lambda: told.append(question.answer))
    assert question.answer is None and told == []
    question.choose("it creeps")
    question.choose("it swings")
    assert told == ["it creeps", "it swings"]
