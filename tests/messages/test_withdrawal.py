from __future__ import annotations

import numpy as np
import pytest

from messages.cues import (
    BandCue,
    CueWithdrawal,
    NoteCue,
    NoteRelease,
    NoteSource,
    Turn,
    TurnChange,
)
from messages.withdrawal import is_cue_withdrawn, is_note_withdrawn, is_withdrawn


def make_cue(serial: int, due: int, source: NoteSource) -> NoteCue:
    zeros = np.zeros((1, 6, 1), np.float32)
    return NoteCue(serial, due, 1, 60, 80, source, 0.0, zeros, np.zeros(88, np.float32))


@pytest.mark.parametrize(("due", "expected"), [(9, False), (10, False), (11, True)])
def test_an_event_due_at_the_moment_still_happens(due, expected):
    assert is_withdrawn(due, 10) is expected


@pytest.mark.parametrize(
    ("serial", "due", "source", "expected"),
    [
        (5, 11, NoteSource.NETWORK, True),
        (6, 11, NoteSource.NETWORK, True),
        (4, 11, NoteSource.NETWORK, False),
        (5, 10, NoteSource.NETWORK, False),
        (5, 11, NoteSource.VISITOR, False),
    ],
)
def test_only_later_cues_of_the_network_are_withdrawn(serial, due, source, expected):
    cue = make_cue(serial, due, source)
    assert is_cue_withdrawn(cue, CueWithdrawal(5, 10)) is expected
    assert is_note_withdrawn(source, serial, due, CueWithdrawal(5, 10)) is expected


@pytest.mark.parametrize(("due", "expected"), [(10, False), (11, True)])
def test_later_cues_of_the_band_are_withdrawn(due, expected):
    cue = BandCue(due, 1, 36, 80, NoteSource.DRUMS, np.zeros((0, 0), np.float32))
    assert is_cue_withdrawn(cue, CueWithdrawal(5, 10)) is expected


def test_messages_that_are_no_cues_stay():
    for message in (TurnChange(11, Turn.ANSWER), NoteRelease(6, 11), CueWithdrawal(6, 11)):
        assert not is_cue_withdrawn(message, CueWithdrawal(5, 10))
