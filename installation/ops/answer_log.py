"""Answer log: how visitors answered the questions of the lessons, counted in a small file."""

from __future__ import annotations

import contextlib
import json
import logging
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict
from itertools import count
from pathlib import Path

import msgspec

from installation.ops.background_worker import BackgroundWorker
from messages.lesson_answers import AnswerCounts, LessonAnswer
from midi_data.atomic_files import write_text_atomically

ANSWER_FILE_NAME = "lesson_answers.json"  # in the folder of the recordings
_FLUSH_TIMEOUT_S = 0.5  # longest wait for a disk at the end of the program, s

log = logging.getLogger(__name__)


class AnswerLogError(ValueError):
    """The file of counts cannot be read."""


class AnswerLog:
    """Counts the answers; reads its file before each, since another stage may have written it.

    Parameters
    ----------
    folder : Path
        Made with the first answer.

    Attributes
    ----------
    counts : mapping of str to AnswerCounts
        By lesson.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._numbers = folder, count()
        self.counts = self._read()
        self._worker: BackgroundWorker[LessonAnswer] = BackgroundWorker(self._add, "answers")

    def record(self, answer: LessonAnswer) -> None:
        """Count an answer; does not wait for the disk."""
        self._worker.submit(answer, key=next(self._numbers))

    def close(self) -> None:
        """Write the last answers."""
        self._worker.close(_FLUSH_TIMEOUT_S)

    def _read(self) -> Mapping[str, AnswerCounts]:
        try:
            return read_answer_counts(self._folder)
        except AnswerLogError as error:
            path = self._folder / ANSWER_FILE_NAME
            log.warning("%s; it is kept as %s.damaged, and counting begins anew", error, path.name)
            with contextlib.suppress(OSError):
                path.replace(path.with_name(f"{path.name}.damaged"))
            return {}

    def _add(self, answer: LessonAnswer) -> None:
        try:
            counts = defaultdict(AnswerCounts, self._read() or self.counts)
            counts[answer.lesson] = counts[answer.lesson].with_answer(answer)
            self.counts = dict(counts)
            self._folder.mkdir(parents=True, exist_ok=True)
            rows = {lesson: asdict(row) for lesson, row in counts.items()}
            path = self._folder / ANSWER_FILE_NAME
            write_text_atomically(path, json.dumps(rows, indent=1) + "\n")
        except OSError as error:
            log.warning("an answer is counted in memory only: %s", error)


def read_answer_counts(folder: Path) -> Mapping[str, AnswerCounts]:
    """Read the counts in the folder of the recordings.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    mapping of str to AnswerCounts
        By lesson; empty without a file.

    Raises
    ------
    AnswerLogError
        If the file is damaged or cannot be read.
    """
    path = folder / ANSWER_FILE_NAME
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, AnswerCounts])
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.MsgspecError) as error:
        raise AnswerLogError(f"{path}: no counts of answers ({error})") from error
