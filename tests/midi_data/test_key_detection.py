from __future__ import annotations

import pytest

from midi_data.key_detection import MusicalKey, ScaleMode, find_key
from midi_data.notes import Note


def melody(*pitches: int) -> list[Note]:
    return [Note(pitch, float(index), 1.0) for index, pitch in enumerate(pitches)]


@pytest.mark.parametrize("tonic", range(12))
def test_a_major_key_is_found(tonic: int) -> None:
    notes = melody(*(60 + tonic + step for step in (0, 4, 7, 5, 4, 2, 11, 0)))
    assert find_key(notes) == MusicalKey(tonic)


@pytest.mark.parametrize("tonic", range(12))
def test_a_minor_key_is_found(tonic: int) -> None:
    notes = melody(*(60 + tonic + step for step in (0, 3, 7, 8, 7, 5, 3, 2, 0)))
    assert find_key(notes) == MusicalKey(tonic, ScaleMode.MINOR)


def test_a_dorian_tune_keeps_its_notes_and_its_tonic() -> None:
    dorian = melody(62, 64, 65, 67, 69, 71, 72, 74, 69, 62)
    assert find_key(dorian) == MusicalKey(2, ScaleMode.DORIAN)


def test_a_mixolydian_tune_keeps_its_notes_and_its_tonic() -> None:
    mixolydian = melody(67, 71, 74, 77, 76, 74, 72, 71, 69, 65, 67)
    assert find_key(mixolydian) == MusicalKey(7, ScaleMode.MIXOLYDIAN)


def test_one_note_is_a_tonic() -> None:
    assert find_key(melody(67)).tonic == 7


def test_no_notes_have_no_key() -> None:
    with pytest.raises(ValueError, match="at least one note"):
        find_key([])


def test_a_key_has_a_scale_and_a_triad() -> None:
    assert MusicalKey(9, ScaleMode.MINOR).scale == {9, 11, 0, 2, 4, 5, 7}
    assert MusicalKey(9, ScaleMode.MINOR).triad == {9, 0, 4}
