from __future__ import annotations

import pytest

from midi_data.recipes.pieces import (
    SourcePiece,
    abc_pieces,
    chorale_pieces,
    read_piece,
    split_abc_tunes,
)
from midi_data.recipes.scores import ScoreError

pytest.importorskip("music21", reason="scores are read with music21")


def test_a_file_of_abc_is_split_at_its_numbers() -> None:
    assert split_abc_tunes("% a book\r\nX:1\r\nK:C\r\nc\r\n\r\nX:2\nK:C\nd") == [
        "X:1\nK:C\nc\n\n",
        "X:2\nK:C\nd",
    ]


def test_any_exception_of_music21_is_a_score_error() -> None:
    with pytest.raises(ScoreError):
        read_piece(SourcePiece("broken", abc="X:1\nM:6/8\nK:G\n(3(3|:[[/]]{{"))


def test_a_score_with_other_voices_is_refused() -> None:
    pieces = {piece.name: piece for piece in chorale_pieces()}
    with pytest.raises(ScoreError, match="5 parts, not 4"):
        read_piece(pieces["bwv1.6"])


def test_a_piece_is_named_by_collection_number_and_title():
    names = [piece.name for piece in abc_pieces("airdsAirs")]
    assert len(set(names)) == len(names)
    assert all(name.startswith("airdsAirs-") for name in names)


def test_a_missing_collection_is_reported():
    with pytest.raises(ScoreError, match="this music21 comes without polkas"):
        abc_pieces("polkas")
