"""Arcs from a note back to the notes that caused it, or spoke against it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pygame
from numpy.typing import NDArray

from messages.cues import Reasons
from visuals.drawing.bloom import Glow
from visuals.drawing.sprites import Placed, glow_atlas
from visuals.drawing.theme import PITCH_COLOURS, Colour, mix, shade
from visuals.hud.piano_roll import Ribbon
from visuals.scenes.base import Frame
from visuals.timeline import SECOND, TimedCue

Floats = NDArray[np.float64]

MOST = 9
"""Arcs of a note."""
FAINTEST = 0.06
"""Shares below this part of the largest are left out."""
POINTS = 49
AGAINST: Colour = (120, 132, 158)
"""Of arcs from notes that spoke against what came."""
FLIGHT = 0.5
"""Seconds the light takes along an arc; it arrives as the note sounds."""
_LOWEST_ARCH, _ARCH = 70.0, 0.34
"""Height of an arc: so much, and so much of its width."""
_TALLEST = 300.0


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason: the note it was, and how much it counts beside the strongest, -1..1."""

    timed: TimedCue
    weight: float


def causes(reasons: Reasons, cues: tuple[TimedCue, ...]) -> list[Cause]:
    """The strongest reasons whose notes are still remembered, weakest first."""
    if not len(reasons.shares):
        return []
    known = {timed.cue.serial: timed for timed in cues}
    largest = max(1e-9, float(np.abs(reasons.shares).max()))
    found = [
        Cause(known[serial], float(share) / largest)
        for serial, share in zip(reasons.serials.tolist(), reasons.shares, strict=True)
        if serial in known and abs(share) > FAINTEST * largest
    ]
    return sorted(found, key=lambda cause: abs(cause.weight))[-MOST:]


def arch(start: tuple[float, float], end: tuple[float, float], side: float) -> Floats:
    """A curve from one point over (side -1) or below (side 1) to another, shape (POINTS, 2)."""
    share = np.linspace(0.0, 1.0, POINTS)
    width = abs(end[0] - start[0])
    height = min(_TALLEST, _LOWEST_ARCH + _ARCH * width)
    x = start[0] + (end[0] - start[0]) * (share - 0.12 * np.sin(2 * np.pi * share) / 2)
    y = start[1] + (end[1] - start[1]) * share + side * height * np.sin(np.pi * share) ** 0.8
    return np.stack([x, y], axis=1)


class Arcs:
    """Draws the arcs.

    Parameters
    ----------
    ribbon : Ribbon
        On which the notes lie.
    """

    def __init__(self, ribbon: Ribbon) -> None:
        self._ribbon = ribbon
        self._bead = glow_atlas(14, core=2.2, halo=0.6, white=0.8)
        self._foot = glow_atlas(30, core=3.5, halo=0.6, white=0.6)

    def draw(
        self,
        surface: pygame.Surface,
        glow: Glow,
        frame: Frame,
        timed: TimedCue,
        light: float,
    ) -> list[Placed]:
        """Draw why a note came, `light` bright (0..1); return lights still to be added."""
        reasons = frame.timeline.reasons(timed.cue.serial)
        if reasons is None or light < 0.03:
            return []
        head = self._head(timed, frame.time)
        flown = 1.0 + (frame.time - timed.due) / SECOND / FLIGHT
        lights: list[Placed] = []
        for cause in causes(reasons, frame.timeline.cues):
            foot = self._foot_of(cause.timed, frame.time)
            path = arch(foot, head, -1.0 if cause.weight > 0 else 1.0)
            seen = path[path[:, 0] <= self._ribbon.rect.right]
            if len(seen) > 1:
                self._line(surface, glow, seen, cause, timed.cue.pitch % 12, light)
            lights += self._lights(cause, path, flown, light)
        return lights

    def _line(
        self,
        surface: pygame.Surface,
        glow: Glow,
        path: Floats,
        cause: Cause,
        tone: int,
        light: float,
    ) -> None:
        strength = abs(cause.weight)
        level = light * (0.15 + 0.85 * strength**0.7)
        points = path.tolist()
        if cause.weight < 0:
            colour = shade(AGAINST, 0.75 * level)
            for start in range(0, len(points) - 1, 3):  # dashes: told apart without colour
                pygame.draw.aalines(surface, colour, False, points[start : start + 2])
            return
        tint = mix(PITCH_COLOURS[cause.timed.cue.pitch % 12], PITCH_COLOURS[tone], 0.5)
        colour = shade(tint, level)
        for offset in range(1 + round(3 * strength)):
            pygame.draw.aalines(surface, colour, False, [(x, y + offset) for x, y in points])
        sparse = points[::3]
        if len(sparse) > 1:
            glow.draw(shade(tint, 0.3 * level * strength), sparse)

    def _lights(self, cause: Cause, path: Floats, flown: float, light: float) -> list[Placed]:
        tone = cause.timed.cue.pitch % 12
        strength = abs(cause.weight)
        lights = []
        if path[0, 0] <= self._ribbon.rect.right and cause.weight > 0:
            lights.append(self._foot.placed(tone, light * strength, *path[0].tolist()))
        if 0.0 < flown < 1.0 and cause.weight > 0:
            for tail in range(4):
                along = flown - 0.02 * tail
                if along > 0:
                    x, y = path[int(along * (POINTS - 1))].tolist()
                    if x <= self._ribbon.rect.right:
                        lights.append(self._bead.placed(tone, strength / (1 + tail), x, y))
        return lights

    def _head(self, timed: TimedCue, time: int) -> tuple[float, float]:
        """Where a note's arcs arrive: its beginning, or NOW while it sounds."""
        x = self._ribbon.x(timed.due, time)
        now = self._ribbon.now
        return (min(x, now) if timed.sounds(time) else x), self._ribbon.y(timed.cue.pitch)

    def _foot_of(self, timed: TimedCue, time: int) -> tuple[float, float]:
        """The middle of a note that is a cause."""
        middle = (timed.due + min(timed.end_at(time), time)) // 2
        return max(self._ribbon.now, self._ribbon.x(middle, time)), self._ribbon.y(timed.cue.pitch)
