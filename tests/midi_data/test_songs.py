from __future__ import annotations

import pytest

from midi_data import songs
from midi_data.notes import Note


@pytest.mark.parametrize(
    ("song", "notes"),
    [(songs.frere_jacques, 32), (songs.ode_to_joy, 30), (songs.ah_vous_dirai_je, 28)],
)
def test_the_songs_are_eight_bars_of_four(song, notes):
    tune = song()
    assert (len(tune.notes), tune.end) == (notes, 32.0)


def test_parsed_notes_are_consecutive():
    assert songs.parse_notes("C4:1 B3:.5") == (Note(60, 0.0, 1.0), Note(59, 1.0, 0.5))


@pytest.mark.parametrize("word", ["H4:1", "C:1", "C4:", "C4:x"])
def test_an_invalid_note_is_refused(word):
    with pytest.raises(ValueError, match="a note is written as C4:1|could not convert"):
        songs.parse_notes(word)
