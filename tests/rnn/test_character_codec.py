from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from midi_data.notes import HIGHEST_PITCH, LOWEST_PITCH, TICKS_PER_BEAT, Meter, Note, Tune
from rnn.codecs.abc_text import (
    EIGHTH_TICKS,
    TICKS_BY_LENGTH_TEXT,
    format_abc_file,
    key_text,
    length_text,
)
from rnn.codecs.character_codec import CharacterCodec
from rnn.codecs.character_reader import CHARACTER_TOKENS

CODEC = CharacterCodec()

tunes = st.from_type(Tune)


def music(tune: Tune) -> list[tuple[int, float, float]]:
    return [(note.pitch, note.onset, note.duration) for note in tune.notes]


def written(tune: Tune) -> str:
    return CODEC.tokens_to_text(CODEC.encode(tune).tolist())


@given(tunes)
def test_a_tune_that_fits_has_one_note_at_a_time(tune):
    notes = CODEC.fit_tune(tune).notes
    ends = [note.end for note in notes]
    later = [note.onset for note in notes[1:]]
    assert all(end <= onset + 1e-9 for end, onset in zip(ends, later, strict=False))


@given(tunes)
def test_every_bar_written_is_whole(tune):
    bar = tune.meter.bar_beats * TICKS_PER_BEAT
    for text in written(tune).partition("\n")[2].split("|")[:-1]:
        assert sum(ticks_of(word) for word in re.split(r"[ -]", text) if word) == bar


def ticks_of(word: str) -> int:
    return TICKS_BY_LENGTH_TEXT[word.lstrip("^ABCDEFGabcdefgz,'")]


def test_a_melody_reads_as_people_write_it():
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


def test_each_length_and_each_key_has_one_spelling():
    assert len(TICKS_BY_LENGTH_TEXT) == len(
        {length_text(ticks) for ticks in TICKS_BY_LENGTH_TEXT.values()}
    )
    keys = [key_text(pitch) for pitch in range(LOWEST_PITCH, HIGHEST_PITCH + 1)]
    assert len(set(keys)) == len(keys) == 88
    assert (length_text(EIGHTH_TICKS), length_text(4), length_text(9)) == ("", "2/3", "3/")
    assert (keys[0], key_text(60), key_text(72), keys[-1]) == ("A,,,,", "C", "c", "c'''")


def test_of_a_chord_the_top_is_kept():
    chord = tuple(Note(pitch, 0, 2) for pitch in (60, 64, 67)) + (Note(72, 1, 1),)
    assert music(CODEC.fit_tune(Tune(chord))) == [(67, 0, 1), (72, 1, 1)]


@pytest.mark.parametrize("text", ["|", "z2 z", "C |\n", "C1 ", "C4/2 ", "M", "^E", "C2-", "\n"])
def test_what_is_no_tune_is_refused(text):
    reader = CODEC.new_reader()
    with pytest.raises(ValueError, match="may not come here"):
        for character in "M:4/4\n" + text:
            reader.push(CHARACTER_TOKENS[character])


def test_a_bar_line_may_stand_where_no_bar_ends():
    reader = CODEC.new_reader()
    for character in "M:4/4\nC |C8 C ":
        reader.push(CHARACTER_TOKENS[character])
    assert reader.mask()[CHARACTER_TOKENS["|"]]
    assert reader.cursor == 10 * EIGHTH_TICKS  # wherever bar lines stand, notes make the time


def test_a_tie_takes_the_same_key_once_more():
    reader = CODEC.new_reader()
    for character in "M:2/4\n^f4-":
        reader.push(CHARACTER_TOKENS[character])
    for character in "|^f":
        assert np.flatnonzero(reader.mask()).tolist() == [CHARACTER_TOKENS[character]]
        reader.push(CHARACTER_TOKENS[character])
    assert not reader.mask()[CHARACTER_TOKENS["'"]]
    reader.push(CHARACTER_TOKENS["2"])
    assert reader.push(CHARACTER_TOKENS[" "]) == Note(78, 0.0, 3.0)


def test_a_struck_note_may_go_up_an_octave_but_keeps_its_pitch_without():
    reader = CODEC.new_reader()
    for character in "M:2/4\nc":
        reader.push(CHARACTER_TOKENS[character])
    assert (
        reader.mask()[CHARACTER_TOKENS["'"]]
        and not reader.pitch_preserving_mask()[CHARACTER_TOKENS["'"]]
    )
    assert reader.pitch_preserving_mask()[CHARACTER_TOKENS[" "]]


def test_a_length_says_its_beats_as_it_is_spelled():
    reader = CODEC.new_reader()
    for character in "M:2/4\nc":
        reader.push(CHARACTER_TOKENS[character])
    beats = reader.token_beats()
    assert [beats[CHARACTER_TOKENS[character]] for character in " 23/"] == [0.5, 1.0, 1.5, 0.25]
    reader.push(CHARACTER_TOKENS["3"])
    assert [reader.token_beats()[CHARACTER_TOKENS[character]] for character in " /"] == [1.5, 0.75]


def test_a_letter_settles_its_pitch_class():
    tokens = np.array([CHARACTER_TOKENS[character] for character in "C ^c' B,,2 z"], np.int32)
    settled = CODEC.pitch_classes(tokens).tolist()
    assert [tone for tone in settled if tone >= 0] == [0, 1, 11]


def test_other_programs_read_it_as_we_do():
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
    score = music21.converter.parse(
        format_abc_file(written(tune), "A tune"), format="abc"
    ).stripTies()
    heard = [
        (note.pitch.midi, float(note.getOffsetInHierarchy(score)), float(note.quarterLength))
        for note in score.recurse().notes
    ]
    assert heard == music(tune)
