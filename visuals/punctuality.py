"""Punctuality: how far from its due time each note's light came on the glass."""

from __future__ import annotations

from collections import deque

import numpy as np
import pygame

from visuals.theme import DIM, INK
from visuals.timeline import Timeline
from visuals.type import TextStyle, Typesetter

REMEMBERED = 500
"""Notes and frames the figures are of."""
_PLACE = (1500, 172)
_LINE = 24


class Punctuality:
    """Measures frames and notes as they are shown.

    A note's error is the moment the picture that first has it was handed to the display, less the
    moment it was due. What the display itself then takes is not seen from here.
    """

    def __init__(self) -> None:
        self._notes: deque[float] = deque(maxlen=REMEMBERED)
        self._works: deque[float] = deque(maxlen=REMEMBERED)
        self._last: int | None = None

    def add(self, timeline: Timeline, time: int, flipped: int, work: int) -> None:
        """A frame for `time` was shown at `flipped`, and took `work` to draw; all ns."""
        if self._last is not None:
            for timed in timeline.cues:
                if self._last < timed.due <= time:
                    self._notes.append((flipped - timed.due) / 1e6)
        self._last = time
        self._works.append(work / 1e6)

    @property
    def lines(self) -> list[str]:
        """The figures for an operator, milliseconds."""
        notes, works = np.array(self._notes), np.array(self._works)
        said = []
        if len(notes):
            p50, p99 = np.percentile(notes, [50, 99])
            said.append(f"due to flip  {p50:5.1f}  p99 {p99:5.1f} ms  {len(notes)} notes")
        if len(works):
            p50, p99 = np.percentile(works, [50, 99])
            said.append(f"frame work   {p50:5.1f}  p99 {p99:5.1f} ms")
        return said

    def draw(self, surface: pygame.Surface, type: Typesetter, more: list[str]) -> None:
        """Write the figures, and some lines more, over the picture."""
        x, y = _PLACE
        for number, line in enumerate([*self.lines, *more]):
            style = TextStyle(17, "mono-300", 0.0, INK if number == 0 else DIM)
            type.put(surface, line, (x, y + _LINE * number), style)
