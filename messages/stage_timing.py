"""Timing figures of the stage, as every process reads them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StageTiming:
    """Timing of the last notes and frames of the stage, ms.

    Parameters
    ----------
    notes, frames : int
        Number of notes and frames measured.
    error_p50, error_p99 : float or None
        Absolute error between a note and its picture; None before the first note.
    work_p50, work_p99 : float or None
        Time to draw a frame; None before the first frame.
    """

    notes: int = 0
    frames: int = 0
    error_p50: float | None = None
    error_p99: float | None = None
    work_p50: float | None = None
    work_p99: float | None = None
