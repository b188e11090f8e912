"""Arcs from a note back to the notes that caused it, or spoke against it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pygame
from numpy.typing import NDArray

from messages.cues import NoteAttribution
from visuals.drawing.bloom import GlowLayer
from visuals.drawing.sprites import PlacedSprite, glow_atlas
from visuals.drawing.theme import PITCH_COLOURS, Colour, mix, shade
from visuals.hud.piano_roll import PianoRoll
from visuals.scenes.base import Frame
from visuals.timeline import SECOND, TimedCue

Floats = NDArray[np.float64]

MAX_ARCS = 9
"""Arcs of a note."""
MIN_RELATIVE_SHARE = 0.06
"""Shares below this part of the largest are left out."""
POINTS_PER_ARC = 49
OPPOSING_ARC_COLOUR: Colour = (120, 132, 158)
"""Of arcs from notes that spoke against what came."""
ARC_TRAVEL_S = 0.5
"""Seconds the light takes along an arc; it arrives as the note sounds."""
_BASE_ARC_HEIGHT_PX, _ARC_HEIGHT_PER_WIDTH = 70.0, 0.34
"""Height of an arc: so much, and so much of its width."""
_MAX_ARC_HEIGHT_PX = 300.0


@dataclass(frozen=True, slots=True)
class NoteCause:
    """One reason: the note it was, and how much it counts beside the strongest, -1..1."""

    timed: TimedCue
    weight: float


def strongest_causes(reasons: NoteAttribution, cues: tuple[TimedCue, ...]) -> list[NoteCause]:
    """The strongest reasons whose notes are still remembered, weakest first."""
    if not len(reasons.contributions):
        return []
    known = {timed.cue.serial: timed for timed in cues}
    largest = max(1e-9, float(np.abs(reasons.contributions).max()))
    found = [
        NoteCause(known[serial], float(share) / largest)
        for serial, share in zip(reasons.cause_serials.tolist(), reasons.contributions, strict=True)
        if serial in known and abs(share) > MIN_RELATIVE_SHARE * largest
    ]
    return sorted(found, key=lambda cause: abs(cause.weight))[-MAX_ARCS:]


def arc_path(start: tuple[float, float], end: tuple[float, float], side: float) -> Floats:
    """A curve from one point over (side -1) or below (side 1) to another, shape (POINTS, 2)."""
    share = np.linspace(0.0, 1.0, POINTS_PER_ARC)
    width = abs(end[0] - start[0])
    height = min(_MAX_ARC_HEIGHT_PX, _BASE_ARC_HEIGHT_PX + _ARC_HEIGHT_PER_WIDTH * width)
    x = start[0] + (end[0] - start[0]) * (share - 0.12 * np.sin(2 * np.pi * share) / 2)
    y = start[1] + (end[1] - start[1]) * share + side * height * np.sin(np.pi * share) ** 0.8
    return np.stack([x, y], axis=1)


class CauseArcs:
    """Draws the arcs.

    Parameters
    ----------
    ribbon : Ribbon
        On which the notes lie.
    """

    def __init__(self, ribbon: PianoRoll) -> None:
        self._piano_roll = ribbon
        self._bead = glow_atlas(14, core=2.2, halo=0.6, white=0.8)
        self._cause_light = glow_atlas(30, core=3.5, halo=0.6, white=0.6)

    def draw(
        self,
        surface: pygame.Surface,
        glow: GlowLayer,
        frame: Frame,
        timed: TimedCue,
        light: float,
    ) -> list[PlacedSprite]:
        """Draw why a note came, `light` bright (0..1); return lights still to be added."""
        reasons = frame.timeline.attribution(timed.cue.serial)
        if reasons is None or light < 0.03:
            return []
        head = self._arc_end(timed, frame.time)
        flown = 1.0 + (frame.time - timed.due) / SECOND / ARC_TRAVEL_S
        lights: list[PlacedSprite] = []
        for cause in strongest_causes(reasons, frame.timeline.cues):
            foot = self._arc_start(cause.timed, frame.time)
            path = arc_path(foot, head, -1.0 if cause.weight > 0 else 1.0)
            seen = path[path[:, 0] <= self._piano_roll.rect.right]
            if len(seen) > 1:
                self._draw_arc(surface, glow, seen, cause, timed.cue.pitch % 12, light)
            lights += self._lights(cause, path, flown, light)
        return lights

    def _draw_arc(
        self,
        surface: pygame.Surface,
        glow: GlowLayer,
        path: Floats,
        cause: NoteCause,
        tone: int,
        light: float,
    ) -> None:
        strength = abs(cause.weight)
        level = light * (0.15 + 0.85 * strength**0.7)
        points = path.tolist()
        if cause.weight < 0:
            colour = shade(OPPOSING_ARC_COLOUR, 0.75 * level)
            for start in range(0, len(points) - 1, 3):  # dashes: told apart without colour
                pygame.draw.aalines(surface, colour, False, points[start : start + 2])
            return
        tint = mix(PITCH_COLOURS[cause.timed.cue.pitch % 12], PITCH_COLOURS[tone], 0.5)
        colour = shade(tint, level)
        for offset in range(1 + round(3 * strength)):
            pygame.draw.aalines(surface, colour, False, [(x, y + offset) for x, y in points])
        sparse = points[::3]
        if len(sparse) > 1:
            glow.draw_line(shade(tint, 0.3 * level * strength), sparse)

    def _lights(
        self, cause: NoteCause, path: Floats, flown: float, light: float
    ) -> list[PlacedSprite]:
        tone = cause.timed.cue.pitch % 12
        strength = abs(cause.weight)
        lights = []
        if path[0, 0] <= self._piano_roll.rect.right and cause.weight > 0:
            lights.append(
                self._cause_light.sprite_centred_at(tone, light * strength, *path[0].tolist())
            )
        if 0.0 < flown < 1.0 and cause.weight > 0:
            for tail in range(4):
                along = flown - 0.02 * tail
                if along > 0:
                    x, y = path[int(along * (POINTS_PER_ARC - 1))].tolist()
                    if x <= self._piano_roll.rect.right:
                        lights.append(
                            self._bead.sprite_centred_at(tone, strength / (1 + tail), x, y)
                        )
        return lights

    def _arc_end(self, timed: TimedCue, time: int) -> tuple[float, float]:
        """Where a note's arcs arrive: its beginning, or PIANO_ROLL_NOW_X_PX while it sounds."""
        x = self._piano_roll.x(timed.due, time)
        now = self._piano_roll.now_x
        return (min(x, now) if timed.is_sounding(time) else x), self._piano_roll.y(timed.cue.pitch)

    def _arc_start(self, timed: TimedCue, time: int) -> tuple[float, float]:
        """The middle of a note that is a cause."""
        middle = (timed.due + min(timed.end_at(time), time)) // 2
        return max(self._piano_roll.now_x, self._piano_roll.x(middle, time)), self._piano_roll.y(
            timed.cue.pitch
        )
