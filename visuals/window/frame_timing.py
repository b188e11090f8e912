"""Frame timing: the error of each note's first picture, and the drawing time of frames."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np
import pygame
from numpy.typing import NDArray

from messages.cues import NoteSource
from messages.stage_timing import StageTiming
from visuals.drawing.theme import LABEL_COLOUR, TEXT_COLOUR
from visuals.drawing.typography import TextStyle, Typesetter
from visuals.timeline import Timeline

MAX_SAMPLES = 500  # number of latest notes and frames in the figures
_POSITION_PX = (1500, 172)
_LINE_HEIGHT_PX = 24


class FrameTimingMeter:
    """Measures frames and notes as they are shown.

    The error of a note is the time at which its first picture was given to the display, less its
    due time. The delay of the display itself is not included. Notes of visitors do not count, since
    they are not known in advance.
    """

    def __init__(self) -> None:
        self._note_errors_ms: deque[float] = deque(maxlen=MAX_SAMPLES)
        self._work_times_ms: deque[float] = deque(maxlen=MAX_SAMPLES)
        self._last: int | None = None

    def record_frame(self, timeline: Timeline, time: int, flipped: int, work: int) -> None:
        """Take note of a frame of `time`: when it was flipped, and the work to draw it, ns."""
        if self._last is not None:
            for timed in timeline.cues:
                if timed.cue.source is NoteSource.VISITOR:
                    continue
                if self._last < timed.due <= time:
                    self._note_errors_ms.append((flipped - timed.due) / 1e6)
        self._last = time
        self._work_times_ms.append(work / 1e6)

    @property
    def stage_timing(self) -> StageTiming:
        """Counts and percentiles of notes and frames."""
        error = _percentiles(np.abs(self._note_errors_ms))
        return StageTiming(
            len(self._note_errors_ms),
            len(self._work_times_ms),
            *error,
            *_percentiles(self._work_times_ms),
        )

    @property
    def report_lines(self) -> list[str]:
        """Lines of text for operators, in milliseconds."""
        sync, said = self.stage_timing, []
        if sync.notes:
            said.append(
                f"due to flip \u00b1{sync.error_p50:5.1f}  p99 {sync.error_p99:5.1f} ms"
                f"  {sync.notes} notes"
            )
        if sync.frames:
            said.append(f"frame work   {sync.work_p50:5.1f}  p99 {sync.work_p99:5.1f} ms")
        return said

    def draw(self, surface: pygame.Surface, typesetter: Typesetter, more: list[str]) -> None:
        """Write the lines, and some more, over the picture."""
        x, y = _POSITION_PX
        for number, line in enumerate([*self.report_lines, *more]):
            style = TextStyle(17, "mono-300", 0.0, TEXT_COLOUR if number == 0 else LABEL_COLOUR)
            typesetter.draw_text(surface, line, (x, y + _LINE_HEIGHT_PX * number), style)


def _percentiles(
    values: Sequence[float] | NDArray[np.float64],
) -> tuple[float, float] | tuple[None, None]:
    """The 50th and 99th percentile, or None without values."""
    if not len(values):
        return None, None
    p50, p99 = np.percentile(values, [50, 99]).round(2).tolist()
    return p50, p99
