from __future__ import annotations

import pytest

from installation.ops.answer_log import (
    ANSWER_FILE_NAME,
    AnswerLog,
    AnswerLogError,
    read_answer_counts,
)
from messages.lesson_answers import AnswerCounts, LessonAnswer


def test_answers_are_counted_across_two_stages(tmp_path):
    folder = tmp_path / "recordings"
    first, spare = AnswerLog(folder), AnswerLog(folder)
    first.record(LessonAnswer("neuron", False, True))
    first.close()
    spare.record(LessonAnswer("neuron", True, None))
    spare.close()
    assert read_answer_counts(folder) == spare.counts == {"neuron": AnswerCounts(1, 1, 1, 1)}


def test_a_damaged_file_is_kept_aside_and_counting_begins_anew(tmp_path):
    (tmp_path / ANSWER_FILE_NAME).write_text('{"neuron": 3}')
    with pytest.raises(AnswerLogError, match="no counts of answers"):
        read_answer_counts(tmp_path)
    log = AnswerLog(tmp_path)
    log.record(LessonAnswer("song", False, False))
    log.close()
    assert read_answer_counts(tmp_path) == {"song": AnswerCounts(1, 1)}
    assert (tmp_path / f"{ANSWER_FILE_NAME}.damaged").read_text() == '{"neuron": 3}'


def test_a_disk_that_cannot_be_written_leaves_the_counts_in_memory(tmp_path):
    (tmp_path / "file").write_text("")
    log = AnswerLog(tmp_path / "file" / "folder")
    for _ in range(2):
        log.record(LessonAnswer("song", False, False))
    log.close()
    assert log.counts == {"song": AnswerCounts(2, 2)}
