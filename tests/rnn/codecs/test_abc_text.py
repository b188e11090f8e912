from __future__ import annotations

import pytest

from midi_data.notes import HIGHEST_PITCH, LOWEST_PITCH
from rnn.codecs.abc_text import (
    EIGHTH_TICKS,
    MAX_LENGTH_TICKS,
    TICKS_BY_LENGTH_TEXT,
    key_text,
    length_text,
)


def test_each_length_and_each_key_has_one_spelling():
    assert len(TICKS_BY_LENGTH_TEXT) == len(
        {length_text(ticks) for ticks in TICKS_BY_LENGTH_TEXT.values()}
    )
    keys = [key_text(pitch) for pitch in range(LOWEST_PITCH, HIGHEST_PITCH + 1)]
    assert len(set(keys)) == len(keys) == 88
    assert (length_text(EIGHTH_TICKS), length_text(4), length_text(9)) == ("", "2/3", "3/")
    assert (keys[0], key_text(60), key_text(72), keys[-1]) == ("A,,,,", "C", "c", "c'''")


@pytest.mark.parametrize("pitch", [LOWEST_PITCH - 1, HIGHEST_PITCH + 1])
def test_a_pitch_off_the_keyboard_is_refused(pitch):
    with pytest.raises(ValueError, match=f"pitch must be in 21..108, not {pitch}"):
        key_text(pitch)


@pytest.mark.parametrize("ticks", [0, MAX_LENGTH_TICKS + 1])
def test_a_length_without_a_spelling_is_refused(ticks):
    with pytest.raises(ValueError, match=f"a length must be in 1..96 ticks, not {ticks}"):
        length_text(ticks)
