"""Corpora: folders of MIDI files to learn from, and the recipes that build them.

A built corpus is a folder with one .mid file a tune and a manifest. Any other folder of MIDI files
is a corpus too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from midi_data.atomic_files import write_text_atomically
from midi_data.midi_files import SkippedFile, TuneFolder, read_folder
from midi_data.recipes.conversion import (
    ConversionProgress,
    PieceOutcome,
    WorkerLostError,
    convert_pieces,
)
from midi_data.recipes.pieces import SourcePiece, abc_pieces, chorale_pieces
from midi_data.recipes.scores import ScoreError

RECIPE_VERSION = 1
"""Counts up when a recipe comes to write other notes; an older build is then built anew."""
MANIFEST_NAME = "manifest.json"
DEFAULT_CORPORA_FOLDER = Path("midi_data/corpora")


class CorpusError(ValueError):
    """There is no such corpus, or it cannot be built or used; one plain line."""


@dataclass(frozen=True, slots=True)
class CorpusRecipe:
    """How to build a corpus.

    Parameters
    ----------
    name : str
    title, source, terms : str
        A line each, for people.
    pieces : callable
        Lists what there is to convert, in a fixed order; raises `ScoreError` where the source is
        not installed.
    """

    name: str
    title: str
    source: str
    terms: str
    pieces: Callable[[], list[SourcePiece]]


@dataclass(frozen=True, slots=True)
class CorpusManifest:
    """What was built, as `manifest.json` says it.

    Parameters
    ----------
    name, source, terms : str
    pieces, notes : int
        Kept, after removing doubles.
    duplicates : int
        Pieces removed because they are another one note for note, in any key.
    skipped : dict of str to str
        Pieces left out, and why.
    version : int
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
            "Irish and Scottish dance tunes",
            "O'Neill's Music of Ireland (1903, nos. 1-1850), Ryan's Mammoth Collection (1883), "
            "abc transcriptions in music21",
            "old books; no restriction stated by the transcribers",
            lambda: abc_pieces("oneills1850", "ryansMammoth"),
        ),
        CorpusRecipe(
            "fife",
            "Airs for the fife, violin or flute",
            "Aird's Airs (1782-1801), abc transcription by Jack Campin in music21",
            "18th-century book; no restriction stated by the transcriber",
            lambda: abc_pieces("airdsAirs"),
        ),
        CorpusRecipe(
            "chorales",
            "Chorales in four voices by J. S. Bach",
            "MusicXML scores in music21",
            "public-domain music; no rights stated in the files",
            chorale_pieces,
        ),
    )
}


def recipe_named(name: str) -> CorpusRecipe:
    """The recipe of that name.

    Raises
    ------
    CorpusError
        If there is none.
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
    """Build a corpus into `folder / name`, or take it up where it was left.

    Pieces already written are not made again, and a complete corpus is left as it is. The
    manifest comes last, so that a folder without one is known to be unfinished.

    Parameters
    ----------
    name : str
        A key of `RECIPES`.
    folder : Path
        Made if absent.
    workers : int
        Processes that convert pieces, started here and gone at the end; 0 for none.
    progress : callable
        Told after each piece.

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
    """The manifest of a built corpus; None where there is none or it cannot be read."""
    try:
        return CorpusManifest(
            **json.loads((Path(folder) / MANIFEST_NAME).read_text(encoding="utf-8"))
        )
    except (OSError, ValueError, TypeError):
        return None


def load_corpus(name_or_folder: str | Path, root: Path = DEFAULT_CORPORA_FOLDER) -> TuneFolder:
    """Tunes of a built corpus by its name, or of any folder of MIDI files.

    Raises
    ------
    CorpusError
        If there is no such corpus or folder, the corpus is not built, or nothing in it is usable.
    """
    folder = _folder(name_or_folder, Path(root))
    found = read_folder(folder)
    if not found.tunes:
        raise CorpusError(_empty_reason(folder, found.skipped))
    return found


def _folder(name_or_folder: str | Path, root: Path) -> Path:
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


def _empty_reason(folder: Path, skipped: tuple[SkippedFile, ...]) -> str:
    if not skipped:
        return f"{folder}: no .mid files in it"
    first = skipped[0]
    return (
        f"{folder}: none of its {len(skipped)} files is usable ({first.path.name}: {first.reason})"
    )


def _remove_stale_files(target: Path, wanted: set[str]) -> None:
    """Remove what an older or another build left; the manifest first, as it vouches for it."""
    (target / MANIFEST_NAME).unlink(missing_ok=True)
    for path in target.iterdir():
        written = path.suffix == ".mid" and path.stem in wanted
        if ".mid" in path.suffixes and not written:  # half-written siblings too
            path.unlink()


def _remove_duplicates(
    recipe: CorpusRecipe, target: Path, outcomes: list[PieceOutcome]
) -> CorpusManifest:
    """Remove doubles; count the rest."""
    kept: dict[str, PieceOutcome] = {}
    doubles: list[PieceOutcome] = []
    for outcome in outcomes:
        if outcome.reason:
            continue
        if outcome.fingerprint in kept:
            doubles.append(outcome)
        else:
            kept[outcome.fingerprint] = outcome
    for outcome in doubles:
        (target / f"{outcome.name}.mid").unlink(missing_ok=True)
    return CorpusManifest(
        recipe.name,
        recipe.source,
        recipe.terms,
        len(kept),
        sum(outcome.notes for outcome in kept.values()),
        len(doubles),
        {outcome.name: outcome.reason for outcome in outcomes if outcome.reason},
        RECIPE_VERSION,
    )
