"""The question of the day: what the staff asks the phones, and how many gave each answer."""

from __future__ import annotations

import json
import logging
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from midi_data.atomic_files import write_text_atomically

MAX_TEXT_LENGTH, MAX_ANSWER_LENGTH = 140, 40
MIN_ANSWERS, MAX_ANSWERS = 2, 6
MAX_VOICES = 16_384  # voices whose answers are remembered; the oldest may answer again

log = logging.getLogger(__name__)


class QuestionError(ValueError):
    """Values that are no question, or no answer to it; one line."""


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question.

    Parameters
    ----------
    serial : int
        Each question has the next number.
    text : str
        Empty for none.
    answers : tuple of str
    """

    serial: int = 0
    text: str = ""
    answers: tuple[str, ...] = ()


class QuestionOfTheDay:
    """The question that is asked now, with the counts of its answers, kept in a file.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path) -> None:
        self._path, self._has_news = path, False
        self._question = AskedQuestion()
        self._counts: list[int] = []
        self._chosen: OrderedDict[str, int] = OrderedDict()  # answers by voice
        self._load()

    @property
    def serial(self) -> int:
        """Number of the question that is asked now."""
        return self._question.serial

    def ask(self, text: object, answers: object) -> None:
        """Ask something else, or with an empty text nothing; raises `QuestionError`."""
        is_text = isinstance(text, str) and len(text) <= MAX_TEXT_LENGTH and text.isprintable()
        if not is_text or not isinstance(answers, list):
            raise QuestionError(f"a question has at most {MAX_TEXT_LENGTH} letters")
        wanted = [answer.strip() for answer in answers if isinstance(answer, str)]
        fits = all(0 < len(one) <= MAX_ANSWER_LENGTH and one.isprintable() for one in wanted)
        is_list = len(wanted) == len(answers) and MIN_ANSWERS <= len(wanted) <= MAX_ANSWERS
        if str(text).strip() and not (fits and is_list):
            raise QuestionError(
                f"{MIN_ANSWERS} to {MAX_ANSWERS} answers of at most {MAX_ANSWER_LENGTH} letters"
            )
        shown = tuple(wanted) if str(text).strip() else ()
        self._question = AskedQuestion(self._question.serial + 1, str(text).strip(), shown)
        self._counts, self._has_news = [0] * len(shown), True
        self._chosen.clear()

    def answer(self, voice: str, serial: object, answer: object) -> None:
        """Count an answer in the place of an earlier one of the voice; raises `QuestionError`."""
        if serial != self._question.serial or not self._question.text:
            raise QuestionError("another question is asked now")
        is_index = isinstance(answer, int) and not isinstance(answer, bool)
        if not is_index or not 0 <= answer < len(self._counts):  # type: ignore[operator]
            raise QuestionError("there is no such answer")
        before = self._chosen.pop(voice, None)
        if before is not None:
            self._counts[before] -= 1
        self._chosen[voice] = answer  # type: ignore[assignment]
        self._counts[answer] += 1  # type: ignore[index]
        self._has_news = True
        if len(self._chosen) > MAX_VOICES:
            self._chosen.popitem(last=False)

    def describe(self) -> dict[str, object]:
        """The question and its counts, as phones and staff are told."""
        question = self._question
        return {
            "serial": question.serial,
            "text": question.text,
            "answers": list(question.answers),
            "counts": list(self._counts),
        }

    def save(self) -> None:
        """Write what has changed; a failure is logged."""
        if not self._has_news:
            return
        self._has_news = False
        try:
            write_text_atomically(self._path, json.dumps(self.describe()))
        except OSError as error:
            log.warning("the question of the day is not kept: %s", error)

    def _load(self) -> None:
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
            serial, counts = int(kept["serial"]), [int(count) for count in kept["counts"]]
            self.ask(kept["text"], kept["answers"])
            if len(counts) != len(self._counts) or min(counts, default=0) < 0:
                raise QuestionError("there is not a count for each answer")
            self._question = AskedQuestion(serial, self._question.text, self._question.answers)
            self._counts = counts
        except FileNotFoundError:
            pass
        except (OSError, ValueError, TypeError, KeyError) as error:
            log.warning("%s: holds no question: %s", self._path, error)
            self._question, self._counts = AskedQuestion(), []
        self._has_news = False
