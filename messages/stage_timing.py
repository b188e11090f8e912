"""Sync: how punctual the stage is, in figures that every process can read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StageTiming:
    """How punctual the stage is, milliseconds, over the last notes and frames.

    Parameters
    ----------
    notes, frames : int
        How many the figures are of.
    error_p50, error_p99 : float or None
        Size of the notes' errors, early or late; None before the first note.
    work_p50, work_p99 : float or None
        What drawing a frame took.
    """

    notes: int = 0
    frames: int = 0
    error_p50: float | None = None
    error_p99: float | None = None
    work_p50: float | None = None
    work_p99: float | None = None
