"""Punctuality: how far from its due time each note's light came on the glass."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np
import pygame
from numpy.typing import NDArray

from messages.cues import Source
from messages.stage_timing import Sync
from visuals.drawing.theme import DIM, INK
from visuals.drawing.typography import TextStyle, Typesetter
from visuals.timeline import Timeline

REMEMBERED = 500
"""Notes and frames the figures are of."""
_PLACE = (1500, 172)
_LINE = 24


class Punctuality:
    """Measures frames and notes as they are shown.

    A note's error is the moment the picture that first has it was handed to the display, less the
    moment it was due: below 0 it was seen early. What the display itself then takes is not seen
    from here. A visitor's note, which nobody could know of before, does not count.
    """

    def __init__(self) -> None:
        self._notes: deque[float] = deque(maxlen=REMEMBERED)
        self._works: deque[float] = deque(maxlen=REMEMBERED)
        self._last: int | None = None

    def add(self, timeline: Timeline, time: int, flipped: int, work: int) -> None:
        """A frame for `time` was shown at `flipped`, and took `work` to draw; all ns."""
        if self._last is not None:
            for timed in timeline.cues:
                if timed.cue.source is Source.VISITOR:
                    continue
                if self._last < timed.due <= time:
                    self._notes.append((flipped - timed.due) / 1e6)
        self._last = time
        self._works.append(work / 1e6)

    @property
    def sync(self) -> Sync:
        """The figures."""
        error = _percentiles(np.abs(self._notes))
        return Sync(len(self._notes), len(self._works), *error, *_percentiles(self._works))

    @property
    def lines(self) -> list[str]:
        """The figures for an operator, milliseconds."""
        sync, said = self.sync, []
        if sync.notes:
            said.append(
                f"due to flip \u00b1{sync.error_p50:5.1f}  p99 {sync.error_p99:5.1f} ms"
                f"  {sync.notes} notes"
            )
        if sync.frames:
            said.append(f"frame work   {sync.work_p50:5.1f}  p99 {sync.work_p99:5.1f} ms")
        return said

    def draw(self, surface: pygame.Surface, type: Typesetter, more: list[str]) -> None:
        """Write the figures, and some lines more, over the picture."""
        x, y = _PLACE
        for number, line in enumerate([*self.lines, *more]):
            style = TextStyle(17, "mono-300", 0.0, INK if number == 0 else DIM)
            type.put(surface, line, (x, y + _LINE * number), style)


def _percentiles(
    values: Sequence[float] | NDArray[np.float64],
) -> tuple[float, float] | tuple[None, None]:
    """The 50th and the 99th, if there are any values."""
    if not len(values):
        return None, None
    p50, p99 = np.percentile(values, [50, 99]).round(2).tolist()
    return p50, p99
