"""Conversion of pieces into MIDI files, in worker processes."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path

from midi_data.midi_files import MidiFileError, read_tunes, write_parts
from midi_data.notes import Tune
from midi_data.recipes.pieces import SourcePiece, read_piece
from midi_data.recipes.scores import ScoreError
from midi_data.splits import tune_fingerprint


class WorkerLostError(RuntimeError):
    """A worker process was killed."""


@dataclass(frozen=True, slots=True)
class ConversionProgress:
    """Progress of a conversion.

    Parameters
    ----------
    done, total : int
        Pieces converted, and all pieces.
    notes : int
        Notes in the pieces converted.
    """

    done: int
    total: int
    notes: int


@dataclass(frozen=True, slots=True)
class PieceOutcome:
    """The result of one piece.

    Parameters
    ----------
    name : str
    notes : int
    fingerprint : str
        `midi_data.splits.tune_fingerprint` of its tune.
    reason : str
        Reason it was left out; empty if it was written.
    """

    name: str
    notes: int = 0
    fingerprint: str = ""
    reason: str = ""


def convert_pieces(
    pieces: list[SourcePiece],
    target: Path,
    workers: int,
    progress: Callable[[ConversionProgress], None] | None,
) -> list[PieceOutcome]:
    """Write pieces as MIDI files; those already in the folder are only read.

    Parameters
    ----------
    pieces : list of SourcePiece
    target : Path
        Folder to write to; must exist.
    workers : int
        Processes to convert with; 0 for this process.
    progress : callable or None
        Called after each piece.

    Returns
    -------
    list of PieceOutcome
        One for each piece, in order of name.

    Raises
    ------
    WorkerLostError
        If a worker process was killed.
    OSError
        If a file cannot be written.
    """
    outcomes: list[PieceOutcome] = []
    notes = 0
    for outcome in _outcomes(pieces, target, workers):
        outcomes.append(outcome)
        notes += outcome.notes
        if progress is not None:
            progress(ConversionProgress(len(outcomes), len(pieces), notes))
    return sorted(outcomes, key=lambda outcome: outcome.name)


def _outcomes(pieces: list[SourcePiece], target: Path, workers: int) -> Iterator[PieceOutcome]:
    """Yield the result of each piece as it is converted."""
    if workers < 1:
        for piece in pieces:
            yield convert_piece(piece, target)
        return
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_ignore_interrupts)
    try:
        for future in as_completed([pool.submit(convert_piece, p, target) for p in pieces]):
            yield future.result()
    except BrokenProcessPool as error:
        raise WorkerLostError("a worker process was killed; run again to go on") from error
    finally:
        pool.shutdown(cancel_futures=True)


def _ignore_interrupts() -> None:
    """Ignore Ctrl-C, which reaches all processes of a terminal; the parent ends the workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def convert_piece(piece: SourcePiece, target: Path) -> PieceOutcome:
    """Write one piece, unless its file exists."""
    path = target / f"{piece.name}.mid"
    tune = _read_existing_tune(path)
    if tune is None:
        try:
            score = read_piece(piece)
        except ScoreError as error:
            return PieceOutcome(piece.name, reason=str(error))
        write_parts(path, score.parts, score.tempo, score.meter, score.name)
        tune = read_tunes(path)[0]
    return PieceOutcome(piece.name, len(tune.notes), tune_fingerprint(tune))


def _read_existing_tune(path: Path) -> Tune | None:
    try:
        return read_tunes(path)[0]
    except MidiFileError:
        return None
