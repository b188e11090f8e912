"""Conversion of pieces into MIDI files, in worker processes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from midi_data.midi_files import MidiFileError, read_tunes, write_parts
from midi_data.notes import Tune
from midi_data.recipes.pieces import SourcePiece, read_piece
from midi_data.recipes.scores import ScoreError
from midi_data.recipes.worker_processes import map_in_processes
from midi_data.splits import tune_fingerprint


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
    convert = partial(convert_piece, target=target)
    for outcome in map_in_processes(convert, pieces, workers):
        outcomes.append(outcome)
        notes += outcome.notes
        if progress is not None:
            progress(ConversionProgress(len(outcomes), len(pieces), notes))
    return sorted(outcomes, key=lambda outcome: outcome.name)


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
