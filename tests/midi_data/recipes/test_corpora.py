from __future__ import annotations

from pathlib import Path

import pytest

from midi_data.midi_files import MidiPart, write_tune
from midi_data.notes import Meter, Note, Tune
from midi_data.recipes import conversion, corpora
from midi_data.recipes.conversion import ConversionProgress
from midi_data.recipes.corpora import (
    MANIFEST_NAME,
    CorpusError,
    CorpusRecipe,
    build_corpus,
    load_corpus,
    read_manifest,
)
from midi_data.recipes.pieces import SourcePiece
from midi_data.recipes.scores import ParsedScore, ScoreError


def score(name: str, *pitches: int) -> ParsedScore:
    notes = tuple(Note(pitch, beat, 1) for beat, pitch in enumerate(pitches))
    return ParsedScore((MidiPart("", notes),), Meter(), 100, name)


SCORES = {
    "one": score("One", 60, 62, 64),
    "same": score("Same in D", 62, 64, 66),
    "two": score("Two", 60, 59, 57, 55),
}


class Reader:
    """A substitute for music21 that reads `SCORES` and keeps the names asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.stop_at = ""

    def __call__(self, piece: SourcePiece) -> ParsedScore:
        self.asked.append(piece.name)
        if piece.name == self.stop_at:
            raise KeyboardInterrupt
        if piece.name not in SCORES:
            raise ScoreError("no such score")
        return SCORES[piece.name]


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Reader:
    pieces = [SourcePiece(name) for name in ("lost", "one", "same", "two")]
    recipe = CorpusRecipe("few", "a shelf", "free", lambda: pieces)
    monkeypatch.setattr(corpora, "RECIPES", {"few": recipe})
    found = Reader()
    monkeypatch.setattr(conversion, "read_piece", found)
    return found


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_build_writes_pieces_and_manifest(reader: Reader, tmp_path: Path) -> None:
    manifest = build_corpus("few", tmp_path, workers=0)
    assert names(tmp_path / "few") == [MANIFEST_NAME, "one.mid", "two.mid"]
    assert (manifest.pieces, manifest.notes, manifest.duplicates) == (2, 7, 1)
    assert manifest.skipped == {"lost": "no such score"}
    assert read_manifest(tmp_path / "few") == manifest


def test_a_build_reports_progress(reader: Reader, tmp_path: Path) -> None:
    told: list[ConversionProgress] = []
    build_corpus("few", tmp_path, workers=0, progress=told.append)
    assert [progress.done for progress in told] == [1, 2, 3, 4]
    assert told[-1] == ConversionProgress(4, 4, 10)


def test_a_complete_corpus_is_not_changed(reader: Reader, tmp_path: Path) -> None:
    first = build_corpus("few", tmp_path, workers=0)
    reader.asked.clear()
    assert build_corpus("few", tmp_path, workers=0) == first
    assert reader.asked == []


def test_an_interrupted_build_continues(reader: Reader, tmp_path: Path) -> None:
    reader.stop_at = "two"
    with pytest.raises(KeyboardInterrupt):
        build_corpus("few", tmp_path, workers=0)
    assert read_manifest(tmp_path / "few") is None
    (tmp_path / "few" / ".two.mid.x1").write_bytes(b"half")
    reader.stop_at = ""
    reader.asked.clear()
    manifest = build_corpus("few", tmp_path, workers=0)
    assert reader.asked == ["lost", "two"]
    assert manifest.pieces == 2
    assert names(tmp_path / "few") == [MANIFEST_NAME, "one.mid", "two.mid"]


def test_a_damaged_piece_is_converted_again(reader: Reader, tmp_path: Path) -> None:
    (tmp_path / "few").mkdir()
    (tmp_path / "few" / "one.mid").write_bytes(b"MThd")
    build_corpus("few", tmp_path, workers=0)
    assert "One" in [tune.name for tune in load_corpus("few", tmp_path).tunes]


def test_a_corpus_of_another_version_is_built_again(
    reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_corpus("few", tmp_path, workers=0)
    monkeypatch.setattr(corpora, "RECIPE_VERSION", corpora.RECIPE_VERSION + 1)
    reader.asked.clear()
    assert build_corpus("few", tmp_path, workers=0).version == corpora.RECIPE_VERSION
    assert reader.asked == ["lost", "one", "same", "two"]


def test_a_missing_source_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def pieces() -> list[SourcePiece]:
        raise ScoreError("needs a shelf")

    monkeypatch.setattr(corpora, "RECIPES", {"few": CorpusRecipe("few", "", "", pieces)})
    with pytest.raises(CorpusError, match="corpus few: needs a shelf"):
        build_corpus("few", tmp_path, workers=0)
    assert list(tmp_path.iterdir()) == []


def test_worker_processes_build_the_same_corpus(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("music21", reason="scores are read with music21")
    abc = "X:1\nT:Jig\nM:6/8\nL:1/8\nK:G\nd | GBd GBd | G3 G2 |]"
    pieces = [
        SourcePiece("jig", abc=abc),
        SourcePiece("in-d", abc=abc.replace("Jig", "Twin")),
        SourcePiece("none"),
    ]
    recipe = CorpusRecipe("few", "", "", lambda: pieces)
    monkeypatch.setattr(corpora, "RECIPES", {"few": recipe})
    manifest = build_corpus("few", tmp_path / "pool", workers=1)
    assert (manifest.pieces, manifest.notes, manifest.duplicates) == (1, 9, 1)
    assert manifest == build_corpus("few", tmp_path / "alone", workers=0)


def test_an_unknown_corpus_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="irish, fife, chorales"):
        build_corpus("polka", tmp_path)
    with pytest.raises(CorpusError, match="irish, fife, chorales"):
        load_corpus("polka", tmp_path)


def test_an_unbuilt_corpus_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="hidden-state corpus build irish"):
        load_corpus("irish", tmp_path)


def test_any_folder_is_a_corpus(tmp_path: Path) -> None:
    write_tune(tmp_path / "mine.mid", Tune((Note(60, 0, 1),), name="Mine"))
    assert [tune.name for tune in load_corpus(tmp_path).tunes] == ["Mine"]


def test_a_folder_without_usable_files_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no .mid, .midi, .kar or .rmi files"):
        load_corpus(tmp_path)
    (tmp_path / "bad.mid").write_bytes(b"noise")
    with pytest.raises(CorpusError, match=r"none of its 1 files is usable \(bad.mid: not a MIDI"):
        load_corpus(tmp_path)


def test_a_file_is_refused_as_a_corpus(tmp_path: Path) -> None:
    path = tmp_path / "one.mid"
    write_tune(path, Tune((Note(60, 0, 1),)))
    with pytest.raises(CorpusError, match="a folder"):
        load_corpus(path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"name": "few", "colour": 3}'])
def test_an_invalid_manifest_counts_as_absent(text: str, tmp_path: Path) -> None:
    (tmp_path / MANIFEST_NAME).write_text(text)
    assert read_manifest(tmp_path) is None
