"""Corpora: folders of MIDI files to train on, and the recipes that build them.

A built corpus is a folder with one .mid file for each tune, and a manifest. Any other folder of
MIDI files is a corpus too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from midi_data.atomic_files import write_text_atomically
from midi_data.midi_files import TuneFolder, read_folder
from midi_data.recipes.conversion import (
    ConversionProgress,
    PieceOutcome,
    convert_pieces,
)
from midi_data.recipes.pieces import SourcePiece, abc_pieces, chorale_pieces
from midi_data.recipes.scores import ScoreError
from midi_data.recipes.worker_processes import WorkerLostError

RECIPE_VERSION = 1  # version of the recipes' output; a corpus of an older version is built again
MANIFEST_NAME = "manifest.json"
DEFAULT_CORPORA_FOLDER = Path("midi_data/corpora")


class CorpusError(ValueError):
    """A corpus that is missing or cannot be built or used; the message is one line."""


@dataclass(frozen=True, slots=True)
class CorpusRecipe:
    """The source of a corpus and how to list its pieces."""

    name: str
    source: str
    terms: str
    pieces: Callable[[], list[SourcePiece]]


@dataclass(frozen=True, slots=True)
class CorpusManifest:
    """The manifest of a built corpus, kept as `manifest.json`.

    Parameters
    ----------
    name, source, terms : str
    pieces, notes : int
        Pieces and notes in the corpus.
    duplicates : int
        Pieces removed as copies of another one, in any key.
    skipped : dict of str to str
        Reason by name of each piece left out.
    version : int
        Version of the recipe.
    complete : bool
    """

    name: str
    source: str
    terms: str
    pieces: int = 0
    notes: int = 0
    duplicates: int = 0
    skipped: dict[str, str] = field(default_factory=dict)
    version: int = RECIPE_VERSION
    complete: bool = True


RECIPES: Mapping[str, CorpusRecipe] = {
    recipe.name: recipe
    for recipe in (
        CorpusRecipe(
            "irish",
            "O'Neill's Music of Ireland (1903, nos. 1-1850), Ryan's Mammoth Collection (1883), "
            "abc transcriptions in music21",
            "old books; no restriction stated by the transcribers",
            lambda: abc_pieces("oneills1850", "ryansMammoth"),
        ),
        CorpusRecipe(
            "fife",
            "Aird's Airs (1782-1801), abc transcription by Jack Campin in music21",
            "18th-century book; no restriction stated by the transcriber",
            lambda: abc_pieces("airdsAirs"),
        ),
        CorpusRecipe(
            "chorales",
            "MusicXML scores in music21",
            "public-domain music; no rights stated in the files",
            chorale_pieces,
        ),
    )
}


def recipe_named(name: str) -> CorpusRecipe:
    """The recipe of a corpus.

    Parameters
    ----------
    name : str
        A key of `RECIPES`.

    Returns
    -------
    CorpusRecipe

    Raises
    ------
    CorpusError
        If there is none of that name.
    """
    if name not in RECIPES:
        raise CorpusError(f"no corpus named {name!r}; there are {', '.join(RECIPES)}")
    return RECIPES[name]


def build_corpus(
    name: str,
    folder: Path = DEFAULT_CORPORA_FOLDER,
    workers: int = 2,
    progress: Callable[[ConversionProgress], None] | None = None,
) -> CorpusManifest:
    """Build a corpus in `folder / name`, or continue an interrupted build.

    Pieces already written are kept, and a complete corpus is not changed. The manifest is written
    last: a folder without one is incomplete.

    Parameters
    ----------
    name : str
        A key of `RECIPES`.
    folder : Path
        Made if absent.
    workers : int
        Processes to convert pieces with; 0 for this process.
    progress : callable, optional
        Called after each piece.

    Returns
    -------
    CorpusManifest

    Raises
    ------
    CorpusError
        If the name is unknown, the source is not installed, or a worker was killed.
    OSError
        If the folder cannot be written.
    """
    recipe = recipe_named(name)
    target = Path(folder) / name
    built = read_manifest(target)
    if built is not None and built.complete and built.version == RECIPE_VERSION:
        return built
    try:
        pieces = recipe.pieces()
    except ScoreError as error:
        raise CorpusError(f"corpus {name}: {error}") from error
    target.mkdir(parents=True, exist_ok=True)
    _remove_stale_files(target, {piece.name for piece in pieces} if built is None else set())
    try:
        outcomes = convert_pieces(pieces, target, workers, progress)
    except WorkerLostError as error:
        raise CorpusError(f"corpus {name}: {error}") from error
    manifest = _remove_duplicates(recipe, target, outcomes)
    write_text_atomically(target / MANIFEST_NAME, json.dumps(asdict(manifest), indent=1) + "\n")
    return manifest


def read_manifest(folder: Path) -> CorpusManifest | None:
    """Read the manifest of a built corpus.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    CorpusManifest or None
        None if there is none, or it cannot be read.
    """
    try:
        return CorpusManifest(
            **json.loads((Path(folder) / MANIFEST_NAME).read_text(encoding="utf-8"))
        )
    except (OSError, ValueError, TypeError):
        return None


def load_corpus(name_or_folder: str | Path, root: Path = DEFAULT_CORPORA_FOLDER) -> TuneFolder:
    """Read the tunes of a built corpus, or of any folder of MIDI files.

    Parameters
    ----------
    name_or_folder : str or Path
    root : Path
        Folder of built corpora.

    Returns
    -------
    TuneFolder

    Raises
    ------
    CorpusError
        If there is no such corpus or folder, the corpus is not built, or no file is usable.
    """
    folder = _corpus_folder(name_or_folder, Path(root))
    loaded = read_folder(folder)
    if loaded.tunes:
        return loaded
    if not loaded.skipped:
        raise CorpusError(f"{folder}: no .mid, .midi, .kar or .rmi files in it")
    first, count = loaded.skipped[0], len(loaded.skipped)
    raise CorpusError(
        f"{folder}: none of its {count} files is usable ({first.path.name}: {first.reason})"
    )


def _corpus_folder(name_or_folder: str | Path, root: Path) -> Path:
    """The folder of a corpus, given its name or the folder itself."""
    name = str(name_or_folder)
    if name in RECIPES:
        manifest = read_manifest(root / name)
        if manifest is not None and manifest.complete:
            return root / name
        if not Path(name).is_dir():
            raise CorpusError(f"corpus {name} is not built: run hidden-state corpus build {name}")
    folder = Path(name_or_folder)
    if folder.is_dir():
        return folder
    if folder.exists():
        raise CorpusError(f"{folder}: a folder of .mid files is wanted, not a file")
    raise CorpusError(f"no folder and no corpus named {name!r}; corpora: {', '.join(RECIPES)}")


def _remove_stale_files(target: Path, wanted: set[str]) -> None:
    """Remove the files of another build; the manifest first, since it marks the corpus complete."""
    (target / MANIFEST_NAME).unlink(missing_ok=True)
    for path in target.iterdir():
        written = path.suffix == ".mid" and path.stem in wanted
        if ".mid" in path.suffixes and not written:  # temporary files too
            path.unlink()


def _remove_duplicates(
    recipe: CorpusRecipe, target: Path, outcomes: list[PieceOutcome]
) -> CorpusManifest:
    """Remove duplicate files, and count the rest."""
    written = [outcome for outcome in outcomes if not outcome.reason]
    kept: dict[str, PieceOutcome] = {}
    for outcome in written:
        if kept.setdefault(outcome.fingerprint, outcome) is not outcome:
            (target / f"{outcome.name}.mid").unlink(missing_ok=True)
    return CorpusManifest(
        recipe.name,
        recipe.source,
        recipe.terms,
        pieces=len(kept),
        notes=sum(outcome.notes for outcome in kept.values()),
        duplicates=len(written) - len(kept),
        skipped={outcome.name: outcome.reason for outcome in outcomes if outcome.reason},
        version=RECIPE_VERSION,
    )
