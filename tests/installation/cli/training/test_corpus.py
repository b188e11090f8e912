from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest
from typer.testing import CliRunner

from installation.cli.training import corpus
from midi_data.drums import write_drum_tune
from midi_data.notes import Note, Tune
from midi_data.recipes.conversion import ConversionProgress
from midi_data.recipes.corpora import MANIFEST_NAME, CorpusError, CorpusManifest

runner = CliRunner()
BUILT = CorpusManifest("fife", "Aird", "old", pieces=1234, notes=56789, duplicates=7)


def test_list_names_every_recipe_and_what_is_built(tmp_path: Path) -> None:
    (tmp_path / "fife").mkdir()
    (tmp_path / "fife" / MANIFEST_NAME).write_text(json.dumps(asdict(BUILT)))
    result = runner.invoke(corpus.app, ["list", "--folder", str(tmp_path)])
    assert result.exit_code == 0
    for word in ("irish", "fife", "chorales", "1,234 pieces, 56,789 notes"):
        assert word in result.output


def test_build_tells_pieces_notes_and_duplicates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(name: str, folder: Path, workers: int, progress: object) -> CorpusManifest:
        progress(ConversionProgress(1, 2, 3))
        return BUILT

    monkeypatch.setattr(corpus, "build_corpus", build)
    result = runner.invoke(corpus.app, ["build", "fife", "--folder", str(tmp_path)])
    assert result.exit_code == 0
    assert "1,234 pieces, 56,789 notes; 7 duplicates removed" in result.output


def test_an_unknown_name_stops_before_any_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corpus, "build_corpus", lambda *args: pytest.fail("nothing may be built"))
    result = runner.invoke(corpus.app, ["build", "fife", "polka", "--folder", str(tmp_path)])
    assert result.exit_code == 2
    assert "no corpus named 'polka'; there are irish, fife, chorales" in result.output


@pytest.mark.parametrize("error", [CorpusError("no source"), PermissionError("no room")])
def test_a_failed_build_is_one_line(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(*args: object) -> CorpusManifest:
        raise error

    monkeypatch.setattr(corpus, "build_corpus", build)
    result = runner.invoke(corpus.app, ["build", "fife", "--folder", str(tmp_path)])
    assert result.exit_code == 2
    assert result.output.strip().endswith(str(error))
    assert "Traceback" not in result.output


def test_an_interrupt_ends_tidily(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def build(*args: object) -> CorpusManifest:
        raise KeyboardInterrupt

    monkeypatch.setattr(corpus, "build_corpus", build)
    result = runner.invoke(corpus.app, ["build", "fife", "--folder", str(tmp_path)])
    assert result.exit_code == 130
    assert "again to go on" in result.output


def test_drums_are_built_from_files_one_has(tmp_path: Path) -> None:
    write_drum_tune(tmp_path / "a rock beat.mid", Tune((Note(36, 0, 1), Note(38, 1, 1))))
    words = ["build", "drums", "--from", str(tmp_path), "--folder", str(tmp_path / "out")]
    result = runner.invoke(corpus.app, words)
    assert result.exit_code == 0, result.output
    assert "drums: 1 pieces, 2 notes" in result.output


@pytest.mark.parametrize(
    ("words", "reason"),
    [(["drums"], "--from FILE.zip"), (["fife", "--from", "x.zip"], "--from is for drums")],
)
def test_drums_and_their_source_belong_together(words: list[str], reason: str) -> None:
    result = runner.invoke(corpus.app, ["build", *words])
    assert result.exit_code == 2
    assert reason in result.output
