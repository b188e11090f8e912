from __future__ import annotations

import numpy as np
import pytest

from midi_data.notes import Note
from rnn.codecs.abc_text import EIGHTH_TICKS
from rnn.codecs.character_reader import CHARACTER_TOKENS, CharacterReader


@pytest.mark.parametrize("text", ["|", "z2 z", "C |\n", "C1 ", "C4/2 ", "M", "^E", "C2-", "\n"])
def test_invalid_text_is_refused(text):
    reader = CharacterReader()
    with pytest.raises(ValueError, match="may not come here"):
        for character in "M:4/4\n" + text:
            reader.push(CHARACTER_TOKENS[character])


def test_a_bar_line_may_be_anywhere_between_notes():
    reader = CharacterReader()
    for character in "M:4/4\nC |C8 C ":
        reader.push(CHARACTER_TOKENS[character])
    assert reader.mask()[CHARACTER_TOKENS["|"]]
    assert reader.cursor == 10 * EIGHTH_TICKS  # bar lines take no time


def test_a_tie_repeats_the_key():
    reader = CharacterReader()
    for character in "M:2/4\n^f4-":
        reader.push(CHARACTER_TOKENS[character])
    for character in "|^f":
        assert np.flatnonzero(reader.mask()).tolist() == [CHARACTER_TOKENS[character]]
        reader.push(CHARACTER_TOKENS[character])
    assert not reader.mask()[CHARACTER_TOKENS["'"]]
    reader.push(CHARACTER_TOKENS["2"])
    assert reader.push(CHARACTER_TOKENS[" "]) == Note(78, 0.0, 3.0)


def test_the_pitch_preserving_mask_excludes_octave_marks():
    reader = CharacterReader()
    for character in "M:2/4\nc":
        reader.push(CHARACTER_TOKENS[character])
    assert (
        reader.mask()[CHARACTER_TOKENS["'"]]
        and not reader.pitch_preserving_mask()[CHARACTER_TOKENS["'"]]
    )
    assert reader.pitch_preserving_mask()[CHARACTER_TOKENS[" "]]


def test_token_beats_follow_the_spelling_of_a_length():
    reader = CharacterReader()
    for character in "M:2/4\nc":
        reader.push(CHARACTER_TOKENS[character])
    beats = reader.token_beats()
    assert [beats[CHARACTER_TOKENS[character]] for character in " 23/"] == [0.5, 1.0, 1.5, 0.25]
    reader.push(CHARACTER_TOKENS["3"])
    assert [reader.token_beats()[CHARACTER_TOKENS[character]] for character in " /"] == [1.5, 0.75]
