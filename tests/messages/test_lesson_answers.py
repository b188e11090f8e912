from __future__ import annotations

from messages.lesson_answers import AnswerCounts, LessonAnswer


def test_a_question_nobody_answers_counts_as_asked_only():
    assert AnswerCounts().with_answer(LessonAnswer("neuron", False, None)) == AnswerCounts(1)


def test_answers_before_and_after_are_counted_apart():
    counts = AnswerCounts()
    for is_after, is_right in ((False, False), (True, True)):
        counts = counts.with_answer(LessonAnswer("neuron", is_after, is_right))
    assert counts == AnswerCounts(1, 1, 0, 1, 1, 1)
