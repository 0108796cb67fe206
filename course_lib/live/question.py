"""A question with answers to choose from, each with its own feedback: to predict, or to check oneself."""

import html

import ipywidgets as widgets

from course_lib import markup


class Question:
    """`Question(text, {answer: feedback}, right=answer)`: shows text and answers; a choice, its feedback.

    Nothing is chosen at first. Text is plain text; in feedback, what stands between backticks is code. Raises
    ValueError where there are fewer than two answers, `right` is none of them, or an answer lacks its
    feedback.
    """

    def __init__(self, text, answers, right):
        if len(answers) < 2:
            raise ValueError(f"answers must be at least two, got {list(answers)}")
        if right not in answers:
            raise ValueError(f"right must be one of the answers {list(answers)}, got {right!r}")
        for answer, feedback in answers.items():
            if not feedback.strip():
                raise ValueError(f"every answer must have its feedback, got none for {answer!r}")
        self.text, self.answers, self.right = text, dict(answers), right
        self._choice = widgets.RadioButtons(options=list(answers), value=None,
                                            layout={"width": "max-content"})
        self._feedback = widgets.HTML()
        self._choice.observe(lambda change: self._show(change.new), "value")
        asked = widgets.HTML(f'<div style="line-height: 1.45"><b>{html.escape(text)}</b></div>')
        self.widget = widgets.VBox([asked, self._choice, self._feedback], layout={"max_width": "1000px"})

    def choose(self, answer):
        """Choose an answer from code; ValueError names one that is not there."""
        if answer not in self.answers:
            raise ValueError(f"answer must be one of {list(self.answers)}, got {answer!r}")
        self._choice.value = answer

    @property
    def answer(self):
        """The answer chosen; None before."""
        return self._choice.value

    def when_answered(self, act):
        """Call `act()` at every choice of an answer from now on."""
        self._choice.observe(lambda change: act(), "value")

    @property
    def feedback(self):
        """What is said of the answer chosen, as plain text; empty before."""
        return "" if self.answer is None else f"{self._mark(self.answer)} {self.answers[self.answer]}"

    def _mark(self, answer):
        return "✓ Right." if answer == self.right else "✗ Not so."

    def _show(self, answer):
        tone = markup.RIGHT if answer == self.right else markup.WRONG
        self._feedback.value = "" if answer is None else markup.frame(
            tone, self._mark(answer), markup.paragraph(self.answers[answer]))

    def __repr__(self):
        return "\n".join([self.text, *(f"  ( ) {answer}" for answer in self.answers)])

    def _repr_mimebundle_(self, include=None, exclude=None):
        items = "".join(f"<li>{html.escape(answer)}</li>" for answer in self.answers)
        return {**self.widget._repr_mimebundle_(), "text/plain": repr(self),
                "text/html": f"<b>{html.escape(self.text)}</b><ul>{items}</ul>"}
