"""Features tell music apart, and nothing where there is nothing to tell."""

from __future__ import annotations

import pytest

from midi_data.notes import Note, Tune
from midi_data.songs import ah_vous_dirai_je, ode_to_joy
from rnn.analysis import tune_features


def chord(beat: float, *pitches: int) -> list[Note]:
    return [Note(pitch, beat, 1.0) for pitch in pitches]


def test_fifths_are_parallel_only_if_both_voices_move():
    moved = [*chord(0, 48, 55, 64, 72), *chord(1, 50, 57, 65, 71)]
    held = [*chord(0, 48, 55, 64, 72), *chord(1, 48, 55, 65, 71)]
    assert tune_features.count_parallels(moved, 7) == (1, 1)
    assert tune_features.count_parallels(moved, 0) == (0, 1)
    assert tune_features.count_parallels(held, 7) == (0, 1)


def test_a_motif_is_the_same_in_another_key():
    patterns = [
        tune_features.patterns(tune_features.melody(tune.notes))
        for tune in (ode_to_joy(), ode_to_joy().transposed(5), ah_vous_dirai_je())
    ]
    assert patterns[0] == patterns[1] != patterns[2]


def test_similarity_reaches_into_what_was_heard():
    bar = [Note(60 + k, float(k), 1.0) for k in range(4)]
    later = [Note(note.pitch, note.onset + 4, 1.0) for note in bar]
    alone, after = (
        tune_features.features(Tune(tuple(later)), heard) for heard in (None, Tune(tuple(bar)))
    )
    assert (alone["similarity.1 bars"], after["similarity.1 bars"]) == (0.0, 1.0)


@pytest.mark.parametrize(("length", "expected"), [(1.0, 0.0), (4.0, 2.0)])
def test_a_last_note_counts_by_the_octaves_of_its_length(length, expected):
    tune = Tune((Note(60, 0.0, 1.0), Note(64, 1.0, 1.0), Note(60, 2.0, length)))
    assert tune_features.ending_features(tune) == {
        "cadence.ends on tonic": 1.0,
        "cadence.last length": expected,
        "cadence.ends on beat": 1.0,
    }


def test_voices_are_described_only_where_there_are_several():
    one = [Note(60 + k, float(k), 1.0) for k in range(8)]
    four = [note for k in range(8) for note in chord(k, 48, 55, 64, 72)]
    alone, together = (tune_features.features(Tune(tuple(notes))) for notes in (one, four))
    assert set(together) - set(alone) == {name for name in together if name.startswith("voices.")}
    assert together["voices.four"] == 1.0


def test_a_tune_of_one_note_has_finite_features():
    assert all(abs(x) < 1e3 for x in tune_features.features(Tune((Note(60, 0.0, 1.0),))).values())
