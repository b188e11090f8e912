from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from midi_data.notes import TICKS_PER_BEAT, Meter, Note, Tune
from rnn.codecs.abc_text import TICKS_BY_LENGTH_TEXT
from rnn.codecs.character_codec import CharacterCodec
from rnn.codecs.character_reader import CHARACTER_TOKENS

CODEC = CharacterCodec()

tunes = st.from_type(Tune)


def music(tune: Tune) -> list[tuple[int, float, float]]:
    return [(note.pitch, note.onset, note.duration) for note in tune.notes]


def written(tune: Tune) -> str:
    return CODEC.tokens_to_text(CODEC.encode(tune).tolist())


@given(tunes)
def test_a_fitted_tune_has_one_note_at_a_time(tune):
    notes = CODEC.fit_tune(tune).notes
    ends = [note.end for note in notes]
    later = [note.onset for note in notes[1:]]
    assert all(end <= onset + 1e-9 for end, onset in zip(ends, later, strict=False))


@given(tunes)
def test_every_encoded_bar_is_full(tune):
    bar = tune.meter.bar_beats * TICKS_PER_BEAT
    for text in written(tune).partition("\n")[2].split("|")[:-1]:
        assert sum(ticks_of(word) for word in re.split(r"[ -]", text) if word) == bar


def ticks_of(word: str) -> int:
    return TICKS_BY_LENGTH_TEXT[word.lstrip("^ABCDEFGabcdefgz,'")]


def test_a_melody_is_conventional_abc():
    rows = [
        (67, 2.5, 0.5),
        (62, 3, 0.5),
        (66, 3.5, 0.75),
        (74, 4.25, 0.25),
        (60, 4.5, 3),
        (84, 9, 1),
    ]
    tune = Tune(tuple(Note(*row) for row in rows), Meter(6, 8))
    assert written(tune) == "M:6/8\nz5 G |D ^F3/ d/ C3-|C3 z3 |c'2 \n"


def test_a_note_of_any_length_is_tied_over_its_bar_lines():
    bars = 1600
    tune = Tune((Note(60, 0, 1.5 * bars),), Meter(3, 8))
    assert written(tune) == "M:3/8\n" + "C3-|" * (bars - 1) + "C3 \n"


def test_of_a_chord_the_highest_note_is_kept():
    chord = tuple(Note(pitch, 0, 2) for pitch in (60, 64, 67)) + (Note(72, 1, 1),)
    assert music(CODEC.fit_tune(Tune(chord))) == [(67, 0, 1), (72, 1, 1)]


def test_a_letter_determines_its_pitch_class():
    tokens = np.array([CHARACTER_TOKENS[character] for character in "C ^c' B,,2 z"], np.int32)
    settled = CODEC.pitch_classes(tokens).tolist()
    assert [tone for tone in settled if tone >= 0] == [0, 1, 11]


def abc_file(text: str) -> str:
    """An abc file of a text of the codec."""
    meter, _, tune = text.partition("\n")
    head = "%abc-2.1\n%%propagate-accidentals not\nX:1\nT:A tune\n"
    return f"{head}{meter}\nL:1/8\nQ:1/4=120\nK:C\n{tune.strip()} |]\n"


def test_music21_reads_the_same_notes():
    music21 = pytest.importorskip("music21")
    rows = [
        (67, 2.5, 0.5),
        (61, 3, 0.5),
        (60, 3.5, 0.75),
        (74, 4.25, 0.25),
        (90, 4.5, 3),
        (45, 9, 1),
    ]
    tune = Tune(tuple(Note(*row) for row in rows), Meter(6, 8))
    score = music21.converter.parse(abc_file(written(tune)), format="abc").stripTies()
    heard = [
        (note.pitch.midi, float(note.getOffsetInHierarchy(score)), float(note.quarterLength))
        for note in score.recurse().notes
    ]
    assert heard == music(tune)
