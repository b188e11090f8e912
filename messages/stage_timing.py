"""Figures of the stage, as every process reads them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StageTiming:
    """Timing of the last notes and frames of the stage, ms.

    Parameters
    ----------
    notes, frames : int
        Number of notes, without those of visitors, and of frames measured.
    error_p50, error_p99 : float or None
        Absolute error between a note and its picture; None before the first note.
    work_p50, work_p99 : float or None
        Time to draw a frame; None before the first frame.
    visitor_notes : int
        Number of notes of visitors measured.
    visitor_p50, visitor_p99 : float or None
        Time from the sound of a visitor's key to its first light; None before the first.
    """

    notes: int = 0
    frames: int = 0
    error_p50: float | None = None
    error_p99: float | None = None
    work_p50: float | None = None
    work_p99: float | None = None
    visitor_notes: int = 0
    visitor_p50: float | None = None
    visitor_p99: float | None = None


@dataclass(frozen=True, slots=True)
class PictureStatus:
    """The picture as it leaves the stage.

    Parameters
    ----------
    frames : int
        Number of frames that were flipped to the display.
    frame_age : float or None
        Time since the last of them, seconds; None before the first.
    mean_light : float
        Mean of the red, green and blue values of the last frame, 0..1.
    brightness : float
        Brightness that is asked for, 0..1.
    display : str
        Driver and size of the display; empty if the driver shows nothing.
    """

    frames: int = 0
    frame_age: float | None = None
    mean_light: float = 0.0
    brightness: float = 1.0
    display: str = ""
