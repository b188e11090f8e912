from __future__ import annotations

import numpy as np
import pytest

from messages.clock import SECOND
from messages.cues import KEY_COUNT, NoteCue, NoteSource, Turn, TurnChange
from rnn.teaching.tune_learner import MIN_NOTES
from visuals.lessons.base.tune_capture import MAX_CAPTURED_NOTES, TUNE_GAP_NS, TuneCapture
from visuals.timeline import Timeline


def make_cue(serial: int, due: int, source: NoteSource = NoteSource.VISITOR) -> NoteCue:
    signals, ahead = np.zeros((1, 6, 4), np.float32), np.zeros(KEY_COUNT, np.float32)
    return NoteCue(serial, due, SECOND // 8, 60 + serial % 12, 80, source, 1.0, signals, ahead)


@pytest.mark.parametrize(("turn", "count"), [(Turn.ATTRACT, 0), (Turn.ANSWER, 1)])
def test_notes_from_before_count_only_within_a_visit(turn, count):
    capture, timeline = TuneCapture(), Timeline()
    timeline.apply_message(TurnChange(0, turn))
    timeline.apply_message(make_cue(0, SECOND))
    capture.capture_new_notes(timeline, 2 * SECOND)
    assert capture.note_count == count


def test_only_the_visitors_new_notes_are_captured():
    capture, timeline = TuneCapture(), Timeline()
    assert not capture.capture_new_notes(timeline, 0)
    timeline.apply_message(make_cue(0, SECOND, NoteSource.NETWORK))
    assert not capture.capture_new_notes(timeline, 2 * SECOND)
    timeline.apply_message(make_cue(1, 3 * SECOND))
    assert not capture.capture_new_notes(timeline, 2 * SECOND)
    assert capture.capture_new_notes(timeline, 3 * SECOND)
    assert not capture.capture_new_notes(timeline, 4 * SECOND)
    assert (capture.note_count, capture.latest_key) == (1, (3 * SECOND, 1))


def test_a_replayed_visitor_is_not_this_one():
    capture, timeline = TuneCapture(), Timeline()
    timeline.apply_message(TurnChange(0, Turn.LISTEN))
    for serial in (-1, 0):
        timeline.apply_message(make_cue(serial, SECOND))
    capture.capture_new_notes(timeline, 2 * SECOND)
    assert capture.note_count == 1


def test_the_last_tune_that_is_long_enough_follows_a_silence():
    capture, timeline = TuneCapture(), Timeline()
    capture.capture_new_notes(timeline, 0)
    due, groups = SECOND, (6, MIN_NOTES, MIN_NOTES - 1)
    serials = iter(range(sum(groups)))
    for count in groups:
        for _ in range(count):
            timeline.apply_message(make_cue(next(serials), due))
            due += SECOND // 4
        due += TUNE_GAP_NS
    capture.capture_new_notes(timeline, due)
    assert [note.pitch for note in capture.last_tune_notes] == [66, 67, 68, 69]
    assert [note.pitch for note in capture.last_tune("mine").notes] == [66, 67, 68, 69]
    capture.clear()
    assert capture.last_tune("mine") is None


def test_the_latest_notes_are_kept():
    capture, timeline = TuneCapture(), Timeline()
    capture.capture_new_notes(timeline, 0)
    for serial in range(MAX_CAPTURED_NOTES + 50):
        timeline.apply_message(make_cue(serial, serial * SECOND // 8))
        if serial % 50 == 49:
            capture.capture_new_notes(timeline, serial * SECOND // 8)
            timeline.prune(serial * SECOND // 8)
    assert capture.note_count == MAX_CAPTURED_NOTES
    assert capture.latest_key[1] == MAX_CAPTURED_NOTES + 49


def test_notes_at_another_performer_are_new_though_its_serials_begin_again():
    capture, timeline = TuneCapture(), Timeline()
    capture.capture_new_notes(timeline, 0)
    due = SECOND
    for serial in range(200, 211):
        timeline.apply_message(make_cue(serial, due))
        due += SECOND // 4
    assert capture.capture_new_notes(timeline, due)
    due += TUNE_GAP_NS + SECOND
    for serial in range(9):
        timeline.apply_message(make_cue(serial, due))
        due += SECOND // 4
    assert capture.capture_new_notes(timeline, due)
    assert [note.pitch for note in capture.last_tune_notes] == [60 + k for k in range(9)]
    assert capture.note_count == 20
