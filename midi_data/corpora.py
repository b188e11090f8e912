"""Corpora: folders of MIDI files to learn from, and the recipes that build them.

A built corpus is a folder with one .mid file a tune and a manifest. Any other folder of MIDI files
is a corpus too.
"""

from __future__ import annotations

import json
import multiprocessing
import signal
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path

from midi_data.midi_files import (
    Folder,
    MidiFileError,
    Skipped,
    read_folder,
    read_tunes,
    replace_text,
    write_parts,
)
from midi_data.notes import Tune
from midi_data.recipes.pieces import Piece, abc_pieces, chorale_pieces, read_piece
from midi_data.recipes.scores import ScoreError
from midi_data.splits import fingerprint

VERSION = 1
"""Counts up when a recipe comes to write other notes; an older build is then built anew."""
MANIFEST = "manifest.json"
DEFAULT_ROOT = Path("midi_data/corpora")


class CorpusError(ValueError):
    """There is no such corpus, or it cannot be built or used; one plain line."""


@dataclass(frozen=True, slots=True)
class Recipe:
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
    pieces: Callable[[], list[Piece]]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a build is: pieces done of all, and notes in them."""

    done: int
    total: int
    notes: int


@dataclass(frozen=True, slots=True)
class Manifest:
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
    version: int = VERSION
    complete: bool = True


RECIPES: Mapping[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            "irish",
            "Irish and Scottish dance tunes",
            "O'Neill's Music of Ireland (1903, nos. 1-1850), Ryan's Mammoth Collection (1883), "
            "abc transcriptions in music21",
            "old books; no restriction stated by the transcribers",
            lambda: abc_pieces("oneills1850", "ryansMammoth"),
        ),
        Recipe(
            "fife",
            "Airs for the fife, violin or flute",
            "Aird's Airs (1782-1801), abc transcription by Jack Campin in music21",
            "18th-century book; no restriction stated by the transcriber",
            lambda: abc_pieces("airdsAirs"),
        ),
        Recipe(
            "chorales",
            "Chorales in four voices by J. S. Bach",
            "MusicXML scores in music21",
            "public-domain music; no rights stated in the files",
            chorale_pieces,
        ),
    )
}


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of one piece; a reason if it was left out."""

    name: str
    notes: int = 0
    fingerprint: str = ""
    reason: str = ""


def recipe_named(name: str) -> Recipe:
    """The recipe of that name.

    Raises
    ------
    CorpusError
        If there is none.
    """
    if name not in RECIPES:
        raise CorpusError(f"no corpus named {name!r}; there are {', '.join(RECIPES)}")
    return RECIPES[name]


def build(
    name: str,
    folder: Path = DEFAULT_ROOT,
    workers: int = 2,
    progress: Callable[[Progress], None] | None = None,
) -> Manifest:
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
    if built is not None and built.complete and built.version == VERSION:
        return built
    try:
        pieces = recipe.pieces()
    except ScoreError as error:
        raise CorpusError(f"corpus {name}: {error}") from error
    target.mkdir(parents=True, exist_ok=True)
    _clear(target, {piece.name for piece in pieces} if built is None else set())
    outcomes = _convert(pieces, target, workers, progress)
    manifest = _finish(recipe, target, outcomes)
    replace_text(target / MANIFEST, json.dumps(asdict(manifest), indent=1) + "\n")
    return manifest


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest of a built corpus; None where there is none or it cannot be read."""
    try:
        return Manifest(**json.loads((Path(folder) / MANIFEST).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def corpus_tunes(name_or_folder: str | Path, root: Path = DEFAULT_ROOT) -> Folder:
    """Tunes of a built corpus by its name, or of any folder of MIDI files.

    Raises
    ------
    CorpusError
        If there is no such corpus or folder, the corpus is not built, or nothing in it is usable.
    """
    folder = _folder(name_or_folder, Path(root))
    found = read_folder(folder)
    if not found.tunes:
        raise CorpusError(_emptiness(folder, found.skipped))
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


def _emptiness(folder: Path, skipped: tuple[Skipped, ...]) -> str:
    if not skipped:
        return f"{folder}: no .mid files in it"
    first = skipped[0]
    return (
        f"{folder}: none of its {len(skipped)} files is usable ({first.path.name}: {first.reason})"
    )


# ---------------------------------------------------------------- building


def _clear(target: Path, wanted: set[str]) -> None:
    """Remove what an older or another build left; the manifest first, as it vouches for it."""
    (target / MANIFEST).unlink(missing_ok=True)
    for path in target.iterdir():
        written = path.suffix == ".mid" and path.stem in wanted
        if ".mid" in path.suffixes and not written:  # half-written siblings too
            path.unlink()


def _convert(
    pieces: list[Piece],
    target: Path,
    workers: int,
    progress: Callable[[Progress], None] | None,
) -> list[_Outcome]:
    outcomes: list[_Outcome] = []
    notes = 0
    for outcome in _outcomes(pieces, target, workers):
        outcomes.append(outcome)
        notes += outcome.notes
        if progress is not None:
            progress(Progress(len(outcomes), len(pieces), notes))
    return sorted(outcomes, key=lambda outcome: outcome.name)


def _outcomes(pieces: list[Piece], target: Path, workers: int) -> Iterator[_Outcome]:
    if workers < 1:
        for piece in pieces:
            yield _convert_piece(piece, target)
        return
    waiting = iter(pieces)
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_leave_interrupts_alone)
    try:
        running: set[Future[_Outcome]] = set()
        while True:
            room = 4 * workers - len(running)
            running |= {
                pool.submit(_convert_piece, piece, target) for piece in islice(waiting, room)
            }
            if not running:
                return
            done, running = wait(running, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in done)
    except BrokenProcessPool as error:
        raise CorpusError("a worker process was killed; run the build again to go on") from error
    finally:
        pool.shutdown(cancel_futures=True)


def _leave_interrupts_alone() -> None:
    """Ctrl-C reaches every process of a terminal; the parent decides when a worker stops."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _convert_piece(piece: Piece, target: Path) -> _Outcome:
    """Write one piece, unless it is there already; runs in a worker."""
    path = target / f"{piece.name}.mid"
    tune = _tune_at(path)
    if tune is None:
        try:
            score = read_piece(piece)
        except ScoreError as error:
            return _Outcome(piece.name, reason=str(error))
        write_parts(path, score.parts, score.tempo, score.meter, score.name)
        tune = read_tunes(path)[0]
    return _Outcome(piece.name, len(tune.notes), fingerprint(tune))


def _tune_at(path: Path) -> Tune | None:
    try:
        return read_tunes(path)[0]
    except MidiFileError:
        return None


def _finish(recipe: Recipe, target: Path, outcomes: list[_Outcome]) -> Manifest:
    """Remove doubles; count the rest."""
    kept: dict[str, _Outcome] = {}
    doubles: list[_Outcome] = []
    for outcome in outcomes:
        if outcome.reason:
            continue
        if outcome.fingerprint in kept:
            doubles.append(outcome)
        else:
            kept[outcome.fingerprint] = outcome
    for outcome in doubles:
        (target / f"{outcome.name}.mid").unlink(missing_ok=True)
    return Manifest(
        recipe.name,
        recipe.source,
        recipe.terms,
        len(kept),
        sum(outcome.notes for outcome in kept.values()),
        len(doubles),
        {outcome.name: outcome.reason for outcome in outcomes if outcome.reason},
        VERSION,
    )
