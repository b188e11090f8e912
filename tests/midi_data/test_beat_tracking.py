from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages.timed_note import TimedNote
from midi_data import songs
from midi_data.beat_tracking import (
    MAX_REST_BEATS,
    NS_PER_S,
    TempoTracker,
    merge_chords,
    quantise_ends,
    transcribe,
)
from midi_data.notes import Note, Tune
from midi_data.rhythm.filter_bank import PERIODS_S

MS = NS_PER_S // 1000
PATTERNS = {
    "quarters": [1.0] * 8,
    "mixed": [1, 0.5, 0.5, 1, 1, 0.5, 0.5, 2],
    "dotted": [1.5, 0.5, 1, 1, 1.5, 0.5, 2],
}


def track(pattern: list[float], tempo: float, jitter: float, seed: int) -> float:
    """The tempo after a pattern of gaps in beats, each onset off by a normal error (s)."""
    onsets = np.concatenate([[0], np.cumsum(pattern)]) * 60 / tempo + 10
    onsets += np.random.default_rng(seed).normal(0, jitter, len(onsets))
    tracker = TempoTracker(100)
    for onset in np.sort(onsets):
        tracker.add_onset(round(onset * NS_PER_S))
    return 60 * NS_PER_S / tracker.beat_ns


@pytest.mark.parametrize("name", PATTERNS)
@pytest.mark.parametrize("tempo", [80, 90, 100, 112, 126])
def test_the_tracker_finds_the_tempo(name: str, tempo: float) -> None:
    assert track(PATTERNS[name], tempo, 0.0, 0) == pytest.approx(tempo, rel=0.01)


@pytest.mark.parametrize("jitter", [0.012, 0.025])
@pytest.mark.parametrize("tempo", [84, 100, 116])
def test_the_tracker_tolerates_unsteady_onsets(tempo: float, jitter: float) -> None:
    tempos = [track(PATTERNS["mixed"], tempo, jitter, seed) for seed in range(12)]
    assert sum(abs(one / tempo - 1) < 0.06 for one in tempos) >= 10


def test_two_onsets_do_not_change_the_tempo() -> None:
    tracker = TempoTracker(100)
    tracker.add_onset(0)
    tracker.add_onset(300 * MS)
    assert tracker.beat_ns == 600 * MS


def test_a_new_phrase_keeps_the_tempo_and_a_reset_does_not() -> None:
    tracker = TempoTracker(100)
    for index in range(8):
        tracker.add_onset(index * NS_PER_S // 2)
    tracker.begin_phrase()
    assert tracker.beat_ns == pytest.approx(NS_PER_S / 2, rel=0.01)
    tracker.reset()
    assert tracker.beat_ns == 600 * MS


@given(st.lists(st.integers(0, 60 * NS_PER_S), max_size=30))
def test_the_tracked_beat_stays_within_bounds(onsets: list[int]) -> None:
    tracker = TempoTracker(100)
    for onset in sorted(onsets):
        tracker.add_onset(onset)
        period = tracker.beat_ns / NS_PER_S
        assert 0.5 * PERIODS_S[0] / 1.5 <= period <= 2 * PERIODS_S[-1]


def test_a_chord_is_one_onset() -> None:
    onsets = [0, 20 * MS, 500 * MS, 510 * MS]
    assert merge_chords(onsets).tolist() == [0, 0, 500 * MS, 500 * MS]


def test_ends_near_the_next_onset_go_there() -> None:
    onsets = np.array([0.0, 1.0, 4.0])
    assert quantise_ends(onsets, np.array([0.7, 2.0, 4.8])).tolist() == [1.0, 2.0, 5.0]


def play(tune: Tune, beat: float, jitter: float = 0.0, held: float = 0.9) -> list[TimedNote]:
    """A tune played with a beat of `beat` seconds, each onset off by up to `jitter` seconds."""
    generator = np.random.default_rng(0)
    notes = []
    for note in tune.notes:
        start = round((7 + note.onset * beat + generator.uniform(-jitter, jitter)) * NS_PER_S)
        length = round(note.duration * held * beat * NS_PER_S)
        notes.append(TimedNote(note.pitch, note.velocity, start, start + length))
    return notes


@pytest.mark.parametrize("beat", [0.4, 0.5, 0.62])
@pytest.mark.parametrize("song", [songs.frere_jacques, songs.ode_to_joy])
def test_a_tune_played_by_hand_is_transcribed(song, beat) -> None:
    tune = song()
    found = transcribe(play(tune, beat, jitter=0.025))
    assert [n.pitch for n in found.notes] == [n.pitch for n in tune.notes]
    assert [n.onset for n in found.notes] == [n.onset for n in tune.notes]
    assert [n.duration for n in found.notes[:-1]] == [n.duration for n in tune.notes[:-1]]
    assert found.tempo == pytest.approx(60 / beat, rel=0.1)


def test_a_chord_is_transcribed_to_one_onset() -> None:
    notes = [TimedNote(60 + 4 * k, 80, k * NS_PER_S // 60, NS_PER_S // 2) for k in range(3)]
    found = transcribe([*notes, TimedNote(72, 80, NS_PER_S, 2 * NS_PER_S)])
    assert [note.onset for note in found.notes[:3]] == [0.0] * 3


def test_a_long_rest_is_shortened() -> None:
    notes = [TimedNote(60, 80, 0, 500 * MS), TimedNote(62, 80, 60 * NS_PER_S, 61 * NS_PER_S)]
    assert transcribe(notes).notes[1].onset <= MAX_REST_BEATS


def test_staccato_stays_short() -> None:
    tune = Tune(tuple(Note(60 + k, 2.0 * k, 2.0) for k in range(6)))
    found = transcribe(play(tune, 0.5, held=0.2))
    assert all(note.duration < 1.0 for note in found.notes[:-1])


def test_no_notes_cannot_be_transcribed() -> None:
    with pytest.raises(ValueError, match="nothing was played"):
        transcribe([])


@given(
    st.lists(
        st.tuples(
            st.integers(0, 127), st.integers(0, 90 * NS_PER_S), st.integers(1, 20 * NS_PER_S)
        ),
        min_size=1,
        max_size=60,
    )
)
def test_any_notes_can_be_transcribed(rows) -> None:
    notes = [TimedNote(pitch, 80, start, start + length) for pitch, start, length in rows]
    tune = transcribe(notes)
    assert 1 <= len(tune.notes) <= len(notes)
    assert tune.notes[0].onset == 0.0
