"""Conversion: many pieces into MIDI files, side by side in worker processes."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from midi_data.midi_files import MidiFileError, read_tunes, write_parts
from midi_data.notes import Tune
from midi_data.recipes.pieces import SourcePiece, read_piece
from midi_data.recipes.scores import ScoreError
from midi_data.splits import tune_fingerprint


class WorkerLostError(RuntimeError):
    """A worker process ended before its work."""


@dataclass(frozen=True, slots=True)
class ConversionProgress:
    """How far a build is: pieces done of all, and notes in them."""

    done: int
    total: int
    notes: int


@dataclass(frozen=True, slots=True)
class PieceOutcome:
    """What became of one piece; a reason if it was left out."""

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
    """Write pieces as MIDI files into a folder; those already there are only read.

    Parameters
    ----------
    pieces : list of Piece
    target : Path
        Folder to write to; must exist.
    workers : int
        Processes to start, gone at the end; 0 for none.
    progress : callable or None
        Told after each piece.

    Returns
    -------
    list of Outcome, one a piece, in order of name.

    Raises
    ------
    WorkerLostError
        If a process was killed from outside.
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
    if workers < 1:
        for piece in pieces:
            yield convert_piece(piece, target)
        return
    waiting = iter(pieces)
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_ignore_interrupts)
    try:
        running: set[Future[PieceOutcome]] = set()
        while True:
            room = 4 * workers - len(running)
            running |= {
                pool.submit(convert_piece, piece, target) for piece in islice(waiting, room)
            }
            if not running:
                return
            done, running = wait(running, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in done)
    except BrokenProcessPool as error:
        raise WorkerLostError("a worker process was killed; run again to go on") from error
    finally:
        pool.shutdown(cancel_futures=True)


def _ignore_interrupts() -> None:
    """Ctrl-C reaches every process of a terminal; the parent decides when a worker stops."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def convert_piece(piece: SourcePiece, target: Path) -> PieceOutcome:
    """Write one piece, unless it is there already."""
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
