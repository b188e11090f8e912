from __future__ import annotations

import numpy as np
import pytest

from installation.band.bassist import LOWEST_BASS_PITCH, Bassist
from messages.clock import SECOND
from messages.cues import NoteSource
from messages.timed_note import TimedNote
from midi_data.key_detection import MusicalKey, ScaleMode

C_MAJOR = MusicalKey(0)


def shares(*tones: int) -> np.ndarray:
    """Shares of the next key, equal for all keys of some pitch classes."""
    held = np.isin((np.arange(88) + 21) % 12, tones).astype(np.float32)
    return held / max(1.0, held.sum())


def kick(at: float) -> TimedNote:
    due = round(at * SECOND)
    return TimedNote(36, 90, due, due + 1000, NoteSource.DRUMS)


def hear(bassist: Bassist, pitches, tones) -> None:
    for k, pitch in enumerate(pitches):
        note = TimedNote(pitch, 80, k * SECOND // 4, (k + 1) * SECOND // 4)
        bassist.hear(note, shares(*tones), k)


@pytest.mark.parametrize(("tones", "root"), [((0, 4, 7), 0), ((5, 9, 0), 5), ((7, 11, 2), 7)])
def test_the_root_is_that_of_the_triad_the_network_expects(tones, root):
    bassist = Bassist()
    hear(bassist, [60 + tones[0]], tones)
    bassist.begin_half_bar(C_MAJOR, 0, SECOND)
    (note,) = bassist.play([kick(0)], SECOND // 2)
    assert note.pitch % 12 == root
    assert (note.due, note.source) == (0, NoteSource.BASS)


def test_without_a_kick_it_rests():
    bassist = Bassist()
    hear(bassist, [60], (0, 4, 7))
    bassist.begin_half_bar(C_MAJOR, 0, SECOND)
    assert bassist.play([], SECOND) == []


def test_it_knows_no_key_before_it_heard_enough():
    bassist = Bassist()
    hear(bassist, [60, 64], (0,))
    bassist.begin_half_bar(None, 0, SECOND)
    assert bassist.play([kick(0)], SECOND) == []


def test_all_its_notes_are_in_key_and_low():
    bassist, generator = Bassist(), np.random.default_rng(1)
    for key in (MusicalKey(tonic) for tonic in range(12)):
        for _ in range(20):
            bassist.forget()
            hear(bassist, generator.integers(40, 80, 6), generator.integers(0, 12, 4))
            bassist.begin_half_bar(key, 0, 2 * SECOND)
            for note in bassist.play([kick(0), kick(0.5), kick(1)], SECOND // 4):
                assert note.pitch % 12 in key.scale
                assert LOWEST_BASS_PITCH <= note.pitch < LOWEST_BASS_PITCH + 12


@pytest.mark.parametrize("key", [MusicalKey(1), MusicalKey(5), MusicalKey(10, ScaleMode.DORIAN)])
def test_where_the_melody_rests_in_another_key_it_takes_the_tonic(key):
    bassist = Bassist()
    hear(bassist, [64], (4, 8, 11))
    bassist.begin_half_bar(MusicalKey(4), 0, SECOND)
    bassist.begin_half_bar(key, 9 * SECOND, 10 * SECOND)
    root, fifth = bassist.play([kick(9), kick(9.5)], SECOND // 4)
    assert (root.pitch % 12, fifth.pitch % 12) == (key.tonic, (key.tonic + 7) % 12)


def test_where_the_melody_rests_in_the_key_the_chord_before_goes_on():
    bassist = Bassist()
    hear(bassist, [65], (5, 9, 0))
    bassist.begin_half_bar(C_MAJOR, 0, SECOND)
    bassist.begin_half_bar(C_MAJOR, 9 * SECOND, 10 * SECOND)
    (note,) = bassist.play([kick(9)], SECOND // 4)
    assert note.pitch % 12 == 5


def test_a_chord_without_a_perfect_fifth_in_the_key_does_not_go_on():
    bassist = Bassist()
    hear(bassist, [71], (11, 3, 6))
    bassist.begin_half_bar(MusicalKey(11), 0, SECOND)
    bassist.begin_half_bar(C_MAJOR, 9 * SECOND, 10 * SECOND)  # its seventh degree is B
    (note,) = bassist.play([kick(9)], SECOND // 4)
    assert note.pitch % 12 == 0


def test_the_first_kick_is_on_the_root_and_the_others_in_turn_on_fifth_and_root():
    bassist = Bassist()
    hear(bassist, [60], (0, 4, 7))
    bassist.begin_half_bar(C_MAJOR, 0, SECOND)
    notes = bassist.play([kick(k / 4) for k in range(4)], SECOND // 4)
    assert [note.pitch % 12 for note in notes] == [0, 7, 0, 7]


def test_a_note_ends_before_the_next_kick():
    bassist = Bassist()
    hear(bassist, [60], (0, 4, 7))
    bassist.begin_half_bar(C_MAJOR, 0, SECOND)
    first, second = bassist.play([kick(0), kick(0.25)], SECOND)
    assert first.end == second.due


def test_it_names_the_notes_that_gave_the_chord_the_strongest_first():
    bassist = Bassist()
    hear(bassist, [61, 60, 63, 64], (0, 4, 7))
    bassist.begin_half_bar(C_MAJOR, 0, SECOND)
    assert bassist.reasons[0] == 1 and set(bassist.reasons) == {0, 1, 2, 3}
    bassist.begin_half_bar(C_MAJOR, 9 * SECOND, 10 * SECOND)
    assert bassist.reasons == ()
