"""Answers to the questions of the lessons, and their counts; nothing says who answered."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class LessonAnswer:
    """What came of one question.

    Parameters
    ----------
    lesson : str
        Name of the lesson.
    is_after : bool
        Whether it was asked after the lesson, else before it.
    is_right : bool or None
        None if nobody answered.
    """

    lesson: str
    is_after: bool
    is_right: bool | None


@dataclass(frozen=True, slots=True)
class AnswerCounts:
    """How often the question of a lesson was asked, answered, and answered rightly.

    Parameters
    ----------
    before_asked, before_answered, before_right : int
        Before the lesson.
    after_asked, after_answered, after_right : int
        After it.
    """

    before_asked: int = 0
    before_answered: int = 0
    before_right: int = 0
    after_asked: int = 0
    after_answered: int = 0
    after_right: int = 0

    def with_answer(self, answer: LessonAnswer) -> AnswerCounts:
        """The counts after one more question.

        Parameters
        ----------
        answer : LessonAnswer

        Returns
        -------
        AnswerCounts
        """
        phase = "after" if answer.is_after else "before"
        added = {"asked": 1, "answered": answer.is_right is not None, "right": answer.is_right}
        counts = {f"{phase}_{name}": int(bool(one)) for name, one in added.items()}
        return replace(self, **{name: getattr(self, name) + one for name, one in counts.items()})
