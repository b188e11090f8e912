from __future__ import annotations

import pytest

from midi_data.notes import LOWEST_PITCH, Note
from rnn.codecs.note_reader import NoteReader, NoteReaderState
from rnn.codecs.note_tokens import (
    END_TOKEN,
    FIRST_DURATION_TOKEN,
    FIRST_METER_TOKEN,
    FIRST_PITCH_TOKEN,
    FIRST_SHIFT_TOKEN,
    HOLD_TOKEN,
    TOGETHER_TOKEN,
)


def pitch(number):
    return FIRST_PITCH_TOKEN + number - LOWEST_PITCH


def duration(ticks):
    return FIRST_DURATION_TOKEN + ticks - 1


@pytest.fixture
def reader():
    """A reader after a first note of one beat."""
    reader = NoteReader(voices=2)
    for token in (FIRST_METER_TOKEN, pitch(60), duration(12)):
        reader.push(token)
    return reader


def test_a_duration_completes_a_note():
    reader = NoteReader()
    assert reader.push(FIRST_METER_TOKEN) is None
    assert reader.push(pitch(60)) is None
    assert reader.awaits_length
    assert reader.push(HOLD_TOKEN) is None
    assert reader.push(duration(12)) == Note(60, 0.0, 5.0)


def test_a_gap_to_the_end_of_the_last_note_is_invalid(reader):
    mask = reader.mask()
    assert not mask[FIRST_SHIFT_TOKEN + 11]
    assert mask[FIRST_SHIFT_TOKEN + 10] and mask[FIRST_SHIFT_TOKEN + 12]


def test_the_notes_of_a_chord_ascend(reader):
    reader.push(TOGETHER_TOKEN)
    mask = reader.mask()
    assert not mask[pitch(60)] and not mask[pitch(59)] and mask[pitch(61)]


def test_a_sounding_key_is_not_struck_again(reader):
    reader.push(FIRST_SHIFT_TOKEN + 5)
    assert not reader.mask()[pitch(60)] and reader.mask()[pitch(59)]


def test_the_end_is_valid_after_a_note_only(reader):
    start = NoteReader()
    start.push(FIRST_METER_TOKEN)
    assert not start.mask()[END_TOKEN] and reader.mask()[END_TOKEN]
    reader.push(END_TOKEN)
    assert reader.ended and reader.expected_kind is NoteReaderState.NOTHING
