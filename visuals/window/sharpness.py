"""Sharpness: text and moving lines of an enlarged picture, in the window's own size.

Each costs time; what a machine is too slow for is scaled with the picture, which is said once. It
is tried again after some minutes, and after twice as long each time that it is too slow again.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

import pygame

from messages.clock import SECOND, Clock, MonotonicClock
from visuals.drawing.drawn_lines import Enlargement
from visuals.drawing.polled_surface import PolledSurface
from visuals.drawing.sharp_lines import LiftedSegments, LineSharpener
from visuals.drawing.sharp_text import LiftedText, TextSharpener

MAX_SHARPENING_NS = 6_000_000
"""Time of a frame that text may take, and that lines may take, in the window's own size, ns."""
AVERAGE_FRAMES = 120  # frames over which these times are averaged
RETRY_INTERVAL_NS = 300 * SECOND  # time after which what was too slow is tried again, ns

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class LiftedPicture:
    """A picture without its text and lines, and both in the size in which they are shown.

    Parameters
    ----------
    text : LiftedText
    segments : list of LiftedSegments
    """

    text: LiftedText
    segments: list[LiftedSegments] = field(default_factory=list)


class TimeBudget:
    """Average time of something that each frame does, against a limit.

    Parameters
    ----------
    name : str
        In the log.
    """

    def __init__(self, name: str) -> None:
        self._name, self._average_ns = name, 0.0
        self._is_told, self._pause_ns = False, RETRY_INTERVAL_NS
        self._exceeded_until: int | None = None  # ns

    def is_exceeded(self, now: int) -> bool:
        """Whether the average was above the limit lately at `now`, ns."""
        if self._exceeded_until is not None and now >= self._exceeded_until:
            self._exceeded_until, self._average_ns = None, 0.0
        return self._exceeded_until is not None

    def record(self, work_ns: int, now: int) -> None:
        """Take the time of a frame at `now` (ns); the first average above the limit is logged."""
        self._average_ns += (work_ns - self._average_ns) / AVERAGE_FRAMES
        if self._average_ns <= MAX_SHARPENING_NS or self._exceeded_until is not None:
            return
        self._exceeded_until, self._pause_ns = now + self._pause_ns, 2 * self._pause_ns
        if not self._is_told:
            self._is_told, needed = True, self._average_ns / 1e6
            log.info("%s are scaled, too: this machine needs %.1f ms for them", self._name, needed)


class PictureSharpener:
    """Takes text and moving lines from pictures, as long as the machine has the time.

    Parameters
    ----------
    clock : Clock
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or MonotonicClock()
        self._text, self._lines = TextSharpener(), LineSharpener()
        self._budgets = TimeBudget("text and lines"), TimeBudget("lines")
        self._is_scaling_told, self._spent_ns = False, [0, 0]

    def lift(self, picture: pygame.Surface, place: pygame.Rect) -> LiftedPicture | None:
        """A picture to be shown in a place; None if it is scaled with its text."""
        size, factor = picture.get_size(), place.width / picture.get_width()
        if not isinstance(picture, PolledSurface):
            return None
        begun = self._clock.now()
        is_text_slow, are_lines_slow = (each.is_exceeded(begun) for each in self._budgets)
        is_too_slow = is_text_slow or are_lines_slow
        picture.keeps_lines = factor > 1.0 and not is_too_slow  # from the next frame on
        if factor <= 1.0:
            return None
        if not self._is_scaling_told:
            self._is_scaling_told = True
            log.info(
                "the picture of %d by %d is scaled to %d by %d;"
                " text and moving lines are drawn in that size",
                *size,
                *place.size,
            )
        if is_text_slow:
            return None
        text = self._text.lift_text(picture, factor)
        lifted = self._clock.now()
        segments = self._lines.lift_lines(picture, text.picture) if picture.lines else []
        self._spent_ns = [lifted - begun, self._clock.now() - lifted]
        return LiftedPicture(text, segments)

    def draw(self, lifted: LiftedPicture, surface: pygame.Surface, place: pygame.Rect) -> None:
        """Add text and lines to the picture, enlarged to a place, and count the time."""
        begun = self._clock.now()
        size = Enlargement.by_smoothscale(lifted.text.picture.get_size(), place)
        for segments in lifted.segments:
            segments.draw_enlarged(surface, size)
        drawn = self._clock.now()
        left, top = place.topleft
        lines = [(line.large, (left + x, top + y)) for line, (x, y) in lifted.text.lines]
        surface.fblits(lines, pygame.BLEND_RGB_ADD)
        self.record(self._clock.now() - drawn, drawn - begun)

    def record(self, text_ns: int, lines_ns: int) -> None:
        """Count the time that drawing took, beside that of lifting."""
        now = self._clock.now()
        for budget, lifting_ns, ns in zip(
            self._budgets, self._spent_ns, (text_ns, lines_ns), strict=True
        ):
            budget.record(lifting_ns + ns, now)
