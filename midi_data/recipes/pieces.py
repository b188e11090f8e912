"""Pieces: the single tunes of a source, each small enough to send to a worker process."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from midi_data.recipes.scores import (
    ParsedScore,
    ScoreError,
    music21_corpus,
    read_abc,
    read_musicxml,
)

CHORALE_VOICES = 4


@dataclass(frozen=True, slots=True)
class SourcePiece:
    """One tune of a source."""

    name: str
    abc: str = ""
    musicxml: Path | None = None


def abc_pieces(*collections: str) -> list[SourcePiece]:
    """The tunes of some abc collections in music21."""
    pieces: list[SourcePiece] = []
    for collection in collections:
        texts: list[str] = []
        for path in _source_paths(collection, ".abc"):
            texts += split_abc_tunes(path.read_text(encoding="latin-1"))
        pieces += [
            SourcePiece(f"{collection}-{serial:04d}{_slug(text)}", abc=text)
            for serial, text in enumerate(texts, 1)
        ]
    return pieces


def chorale_pieces() -> list[SourcePiece]:
    """Bach's chorales in music21."""
    return [SourcePiece(path.stem, musicxml=path) for path in _source_paths("bach", ".mxl")]


def split_abc_tunes(text: str) -> list[str]:
    """Split a file of abc into its tunes, each from its X: line on."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return [tune for tune in re.split(r"(?m)^(?=X:)", lines) if tune.startswith("X:")]


def read_piece(piece: SourcePiece) -> ParsedScore:
    """Read a piece."""
    try:
        if piece.musicxml is not None:
            return read_musicxml(piece.musicxml, _bwv_title(piece.name), CHORALE_VOICES)
        return read_abc(piece.abc)
    except ScoreError:
        raise
    except Exception as error:  # music21 raises any exception on a bad score
        raise ScoreError(f"music21 could not read it ({type(error).__name__}: {error})") from error


def _source_paths(collection: str, suffix: str) -> list[Path]:
    folder = music21_corpus() / collection
    paths = sorted(folder.glob(f"*{suffix}"))
    if not paths:
        raise ScoreError(f"this music21 comes without {collection}")
    return paths


def _slug(abc: str) -> str:
    """The first six words of a tune's title, for its file name."""
    title = re.search(r"(?m)^T:(.*)$", abc)
    plain = unicodedata.normalize("NFKD", title[1] if title else "").encode("ascii", "ignore")
    words = re.findall(r"[a-z0-9]+", plain.decode().lower().replace("'", ""))
    return "".join(f"-{word}" for word in words[:6])


def _bwv_title(stem: str) -> str:
    return "BWV " + stem.removeprefix("bwv")
