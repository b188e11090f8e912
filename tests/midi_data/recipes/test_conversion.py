from __future__ import annotations

import pytest

from midi_data.midi_files import MidiPart, read_tunes
from midi_data.notes import Meter, Note
from midi_data.recipes import conversion
from midi_data.recipes.conversion import convert_piece, convert_pieces
from midi_data.recipes.pieces import SourcePiece
from midi_data.recipes.scores import ParsedScore, ScoreError


@pytest.fixture
def scores(monkeypatch):
    """Names of the pieces read; a substitute for music21 reads all pieces but "lost"."""
    names = []

    def read(piece):
        names.append(piece.name)
        if piece.name == "lost":
            raise ScoreError("no such score")
        return ParsedScore((MidiPart("", (Note(60, 0, 1),)),), Meter(), 100, piece.name)

    monkeypatch.setattr(conversion, "read_piece", read)
    return names


def test_a_piece_is_written_once(scores, tmp_path):
    first = convert_piece(SourcePiece("one"), tmp_path)
    assert (first.notes, first.reason) == (1, "")
    assert read_tunes(tmp_path / "one.mid")[0].name == "one"
    assert convert_piece(SourcePiece("one"), tmp_path) == first
    assert scores == ["one"]


def test_results_are_in_order_of_name_and_progress_is_reported(scores, tmp_path):
    reports = []
    pieces = [SourcePiece(name) for name in ("two", "lost", "one")]
    results = convert_pieces(pieces, tmp_path, 0, reports.append)
    assert [(r.name, r.reason) for r in results] == [
        ("lost", "no such score"),
        ("one", ""),
        ("two", ""),
    ]
    assert [(r.done, r.total, r.notes) for r in reports] == [(1, 3, 1), (2, 3, 1), (3, 3, 2)]
