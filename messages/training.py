"""A training of the next generation, as the stage and the staff page show it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrainingStatus:
    """How a training goes, or how the last one went; figures are of its newest line.

    Parameters
    ----------
    is_running : bool
    step : int
    loss, held_out_bits : float
        Bits per note of what is learned, and of what is held out.
    learning_rate, notes_per_second : float
    gradient_norms, rank_notes_per_second : tuple of float
        One for each process that trains.
    outcome : str
        What came of the last training, a sentence; empty before its end.
    """

    is_running: bool = False
    step: int = 0
    loss: float = 0.0
    held_out_bits: float = 0.0
    learning_rate: float = 0.0
    notes_per_second: float = 0.0
    gradient_norms: tuple[float, ...] = ()
    rank_notes_per_second: tuple[float, ...] = ()
    outcome: str = ""
