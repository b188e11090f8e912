"""Frame timing: the error of each note's first light, and the drawing time of frames."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pygame
from numpy.typing import NDArray

from messages.cues import NoteSource
from messages.stage_timing import StageTiming
from visuals.drawing.theme import LABEL_COLOUR, TEXT_COLOUR
from visuals.drawing.typography import TextStyle, Typesetter
from visuals.timeline import Timeline, is_replayed

MAX_SAMPLES = 500  # number of latest notes and frames in the figures
_RIGHT_PX, _TOP_PX = 480, 172  # from the right edge of the picture to the left one of the lines
_LINE_HEIGHT_PX = 24


@dataclass(frozen=True, slots=True)
class FrameTimes:
    """Times of a frame, ns.

    Parameters
    ----------
    shown : int
        The time that it shows.
    lit : int
        Time until which the keys of visitors are lit in it.
    flipped : int
        When it was seen.
    work : int
        Time it took to draw.
    """

    shown: int
    lit: int
    flipped: int
    work: int


class FrameTimingMeter:
    """Measures frames and notes as they are shown.

    The error of a note is the time at which its first picture was given to the display, less its
    due time. The delay of the display itself is not included. Notes of visitors have figures of
    their own: they are not known in advance. The first light of such a note is in the first frame
    that knows of it, or was added to the frame before.
    """

    def __init__(self) -> None:
        self._note_errors_ms: deque[float] = deque(maxlen=MAX_SAMPLES)
        self._visitor_delays_ms: deque[float] = deque(maxlen=MAX_SAMPLES)
        self._shown_visitors: set[tuple[int, int]] = set()  # serial and due time of their cues
        self._first_lights: dict[tuple[int, int], int] = {}  # of keys lit before their frame, ns
        self._work_times_ms: deque[float] = deque(maxlen=MAX_SAMPLES)
        self._last: int | None = None

    def record_frame(self, timeline: Timeline, frame: FrameTimes) -> None:
        """Take note of a frame; `timeline` holds what was known as it was flipped."""
        visitors: set[tuple[int, int]] = set()
        for timed in (*timeline.cues, *timeline.struck_keys):
            if timed.cue.source is NoteSource.VISITOR and not is_replayed(timed.cue):
                if timed.due <= frame.lit:
                    visitors.add((timed.cue.serial, timed.due))
            elif self._last is not None and self._last < timed.due <= frame.shown:
                self._note_errors_ms.append((frame.flipped - timed.due) / 1e6)
        if self._last is not None:
            for key in sorted(visitors - self._shown_visitors):
                seen = self._first_lights.pop(key, frame.flipped)
                self._visitor_delays_ms.append((seen - key[1]) / 1e6)
        self._last, self._shown_visitors = frame.shown, visitors
        self._work_times_ms.append(frame.work / 1e6)

    def record_first_light(self, serial: int, due: int, seen: int) -> None:
        """Take note that a key that sounded at `due` was lit at `seen` (ns), before its frame."""
        while len(self._first_lights) >= MAX_SAMPLES:  # of keys that no frame shows
            del self._first_lights[next(iter(self._first_lights))]
        self._first_lights[serial, due] = seen

    @property
    def stage_timing(self) -> StageTiming:
        """Counts and percentiles of notes and frames."""
        error = _percentiles(np.abs(self._note_errors_ms))
        return StageTiming(
            len(self._note_errors_ms),
            len(self._work_times_ms),
            *error,
            *_percentiles(self._work_times_ms),
            len(self._visitor_delays_ms),
            *_percentiles(self._visitor_delays_ms),
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
        if sync.visitor_notes:
            said.append(
                f"key to light  {sync.visitor_p50:5.1f}  p99 {sync.visitor_p99:5.1f} ms"
                f"  {sync.visitor_notes} notes"
            )
        if sync.frames:
            said.append(f"frame work   {sync.work_p50:5.1f}  p99 {sync.work_p99:5.1f} ms")
        return said

    def draw(self, surface: pygame.Surface, typesetter: Typesetter, more: list[str]) -> None:
        """Write the lines, and some more, over the picture."""
        x, y = surface.get_width() - _RIGHT_PX, _TOP_PX
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
