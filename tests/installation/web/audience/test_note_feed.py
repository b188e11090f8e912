from __future__ import annotations

import numpy as np

from installation.web.audience.note_feed import MAX_HELD_NS, NoteFeed
from messages.clock import MILLISECOND, SECOND
from messages.cues import CueWithdrawal, NoteCue, NoteRelease, NoteSource, Turn, TurnChange

NO_STATE, NO_KEYS = np.zeros((1, 6, 1), np.float32), np.zeros(88, np.float32)


def cue(serial: int, due: int, source: NoteSource = NoteSource.NETWORK, duration=SECOND) -> NoteCue:
    return NoteCue(serial, due, duration, 60, 80, source, 1.0, NO_STATE, NO_KEYS)


def feed_of(*batches):
    told = list(batches)
    return NoteFeed(lambda: told.pop(0) if told else [])


def test_a_note_is_told_once_and_again_to_who_joins():
    feed = feed_of([cue(1, 2 * SECOND)])
    assert feed.poll(0) == {"notes": [[1, 2000, 1000, 60, 1]]}
    assert feed.poll(SECOND) == {}
    assert feed.describe()["notes"] == [[1, 2000, 1000, 60, 1]]
    feed.poll(20 * SECOND)
    assert feed.describe()["notes"] == []


def test_a_held_key_ends_when_it_is_released():
    feed = feed_of([cue(1, SECOND, NoteSource.VISITOR, 0)], [NoteRelease(1, 3 * SECOND)])
    feed.poll(0)
    assert feed.poll(3 * SECOND) == {"ends": [[1, 2000]]}


def test_what_is_withdrawn_goes_and_a_visitors_notes_stay():
    notes = [cue(1, SECOND), cue(2, 2 * SECOND), cue(3, 3 * SECOND, NoteSource.VISITOR)]
    feed = feed_of(notes, [CueWithdrawal(1, SECOND)])
    feed.poll(0)
    assert feed.poll(0) == {"gone": [2]}


def test_a_note_within_the_millisecond_of_a_withdrawal_goes_by_the_same_rule():
    at = 10 * MILLISECOND
    feed = feed_of([cue(1, at + 100), cue(2, at + 200)], [CueWithdrawal(1, at + 100)])
    feed.poll(0)
    assert feed.poll(0) == {"gone": [2]}


def test_a_turn_is_told_when_it_begins():
    feed = feed_of([TurnChange(2 * SECOND, Turn.ANSWER)])
    assert feed.poll(SECOND) == {}
    assert feed.poll(2 * SECOND) == {"turn": "answer"}


def test_drums_are_not_shown():
    assert feed_of([cue(1, SECOND, NoteSource.DRUMS)]).poll(0) == {}


def test_a_note_that_a_pedal_holds_for_long_ends_when_it_is_released():
    held = cue(1, SECOND, NoteSource.VISITOR, 0)
    feed = feed_of([held], [], [NoteRelease(1, 10 * SECOND)])
    feed.poll(SECOND)
    feed.poll(9 * SECOND)
    assert feed.describe()["notes"] == [[1, 1000, 0, 60, 0]]
    assert feed.poll(10 * SECOND) == {"ends": [[1, 9000]]}


def test_a_note_whose_end_is_never_told_ends_after_a_while():
    feed = feed_of([cue(1, SECOND, NoteSource.VISITOR, 0)])
    feed.poll(SECOND)
    assert feed.poll(SECOND + MAX_HELD_NS) == {}
    assert feed.poll(SECOND + MAX_HELD_NS + 1) == {"ends": [[1, MAX_HELD_NS // MILLISECOND]]}
    feed.poll(3 * MAX_HELD_NS)
    assert feed.describe()["notes"] == []
