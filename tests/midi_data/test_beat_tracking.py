from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from midi_data import songs
from midi_data.beat_tracking import MAX_REST_BEATS, PlayedNote, estimate_beat, transcribe
from midi_data.notes import Note, Tune

SECOND = 1_000_000_000


def played(tune: Tune, beat: float, slack: float = 0.0, held: float = 0.9) -> list[PlayedNote]:
    """A tune by the clock: `beat` seconds, each note off by up to `slack`."""
    random = np.random.default_rng(0)
    notes = []
    for note in tune.notes:
        start = round((7 + note.onset * beat + random.uniform(-slack, slack)) * SECOND)
        length = round(note.duration * held * beat * SECOND)
        notes.append(PlayedNote(note.pitch, note.velocity, start, start + length))
    return notes


@pytest.mark.parametrize("beat", [0.4, 0.5, 0.62])
@pytest.mark.parametrize("song", [songs.frere_jacques, songs.ode_to_joy])
def test_a_tune_played_by_hand_is_the_tune(song, beat):
    tune = song()
    heard = transcribe(played(tune, beat, slack=0.025))
    assert [n.pitch for n in heard.notes] == [n.pitch for n in tune.notes]
    assert [n.onset for n in heard.notes] == [n.onset for n in tune.notes]
    assert [n.duration for n in heard.notes[:-1]] == [n.duration for n in tune.notes[:-1]]
    assert heard.tempo == pytest.approx(60 / beat, rel=0.1)


def test_a_chord_is_struck_at_once():
    notes = [PlayedNote(60 + 4 * k, 80, k * SECOND // 60, SECOND // 2) for k in range(3)]
    heard = transcribe([*notes, PlayedNote(72, 80, SECOND, 2 * SECOND)])
    assert [note.onset for note in heard.notes[:3]] == [0.0] * 3


def test_a_long_silence_is_cut():
    notes = [PlayedNote(60, 80, 0, SECOND // 2), PlayedNote(62, 80, 60 * SECOND, 61 * SECOND)]
    assert transcribe(notes).notes[1].onset <= MAX_REST_BEATS


def test_staccato_stays_short():
    tune = Tune(tuple(Note(60 + k, 2.0 * k, 2.0) for k in range(6)))
    heard = transcribe(played(tune, 0.5, held=0.2))
    assert all(note.duration < 1.0 for note in heard.notes[:-1])


def test_an_even_pulse_is_a_beat():
    assert estimate_beat(np.full(8, 0.55)) == pytest.approx(0.55, rel=0.02)


def test_nothing_is_no_tune():
    with pytest.raises(ValueError, match="nothing was played"):
        transcribe([])


@given(
    st.lists(
        st.tuples(st.integers(0, 127), st.integers(0, 90 * SECOND), st.integers(1, 20 * SECOND)),
        min_size=1,
        max_size=60,
    )
)
def test_whatever_was_played_is_a_tune(rows):
    notes = [PlayedNote(pitch, 80, start, start + length) for pitch, start, length in rows]
    tune = transcribe(notes)
    assert 1 <= len(tune.notes) <= len(notes)
    assert tune.notes[0].onset == 0.0
