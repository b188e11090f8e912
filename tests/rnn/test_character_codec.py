from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from midi_data.notes import HIGHEST_PITCH, LOWEST_PITCH, TICKS_PER_BEAT, Meter, Note, Tune
from rnn.codecs.abc_text import LENGTHS, UNIT, abc_file, key_text, length_text
from rnn.codecs.character_codec import CharacterCodec
from rnn.codecs.character_reader import CODE

CODEC = CharacterCodec()

tunes = st.from_type(Tune)


def music(tune: Tune) -> list[tuple[int, float, float]]:
    return [(note.pitch, note.onset, note.duration) for note in tune.notes]


def written(tune: Tune) -> str:
    return CODEC.text(CODEC.encode(tune).tolist())


@given(tunes)
def test_a_tune_that_fits_has_one_note_at_a_time(tune):
    notes = CODEC.fitted(tune).notes
    ends = [note.end for note in notes]
    later = [note.onset for note in notes[1:]]
    assert all(end <= onset + 1e-9 for end, onset in zip(ends, later, strict=False))


@given(tunes)
def test_every_bar_written_is_whole(tune):
    bar = tune.meter.bar * TICKS_PER_BEAT
    for text in written(tune).partition("\n")[2].split("|")[:-1]:
        assert sum(ticks_of(word) for word in re.split(r"[ -]", text) if word) == bar


def ticks_of(word: str) -> int:
    return LENGTHS[word.lstrip("^ABCDEFGabcdefgz,'")]


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
    assert len(LENGTHS) == len({length_text(ticks) for ticks in LENGTHS.values()})
    keys = [key_text(pitch) for pitch in range(LOWEST_PITCH, HIGHEST_PITCH + 1)]
    assert len(set(keys)) == len(keys) == 88
    assert (length_text(UNIT), length_text(4), length_text(9)) == ("", "2/3", "3/")
    assert (keys[0], key_text(60), key_text(72), keys[-1]) == ("A,,,,", "C", "c", "c'''")


def test_of_a_chord_the_top_is_kept():
    chord = tuple(Note(pitch, 0, 2) for pitch in (60, 64, 67)) + (Note(72, 1, 1),)
    assert music(CODEC.fitted(Tune(chord))) == [(67, 0, 1), (72, 1, 1)]


@pytest.mark.parametrize("text", ["|", "z2 z", "C |\n", "C1 ", "C4/2 ", "M", "^E", "C2-", "\n"])
def test_what_is_no_tune_is_refused(text):
    reader = CODEC.reader()
    with pytest.raises(ValueError, match="may not come here"):
        for character in "M:4/4\n" + text:
            reader.push(CODE[character])


def test_a_bar_line_may_stand_where_no_bar_ends():
    reader = CODEC.reader()
    for character in "M:4/4\nC |C8 C ":
        reader.push(CODE[character])
    assert reader.mask()[CODE["|"]]
    assert reader.cursor == 10 * UNIT  # wherever bar lines stand, notes make the time


def test_a_tie_takes_the_same_key_once_more():
    reader = CODEC.reader()
    for character in "M:2/4\n^f4-":
        reader.push(CODE[character])
    for character in "|^f":
        assert np.flatnonzero(reader.mask()).tolist() == [CODE[character]]
        reader.push(CODE[character])
    assert not reader.mask()[CODE["'"]]
    reader.push(CODE["2"])
    assert reader.push(CODE[" "]) == Note(78, 0.0, 3.0)


def test_a_struck_note_may_go_up_an_octave_but_keeps_its_pitch_without():
    reader = CODEC.reader()
    for character in "M:2/4\nc":
        reader.push(CODE[character])
    assert reader.mask()[CODE["'"]] and not reader.keeps_pitch()[CODE["'"]]
    assert reader.keeps_pitch()[CODE[" "]]


def test_a_length_says_its_beats_as_it_is_spelled():
    reader = CODEC.reader()
    for character in "M:2/4\nc":
        reader.push(CODE[character])
    beats = reader.beats()
    assert [beats[CODE[character]] for character in " 23/"] == [0.5, 1.0, 1.5, 0.25]
    reader.push(CODE["3"])
    assert [reader.beats()[CODE[character]] for character in " /"] == [1.5, 0.75]


def test_a_letter_settles_its_pitch_class():
    tokens = np.array([CODE[character] for character in "C ^c' B,,2 z"], np.int32)
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
    score = music21.converter.parse(abc_file(written(tune), "A tune"), format="abc").stripTies()
    heard = [
        (note.pitch.midi, float(note.getOffsetInHierarchy(score)), float(note.quarterLength))
        for note in score.recurse().notes
    ]
    assert heard == music(tune)
