"""Arcs from a note back to earlier notes that raised or lowered its probability."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pygame

from messages.cues import NoteAttribution
from visuals.drawing.bloom import GlowLayer
from visuals.drawing.sprites import PlacedSprite, glow_atlas
from visuals.drawing.theme import PITCH_COLOURS, Colour, mix, shade
from visuals.scenes.base.geometry import Floats
from visuals.scenes.base.scene import Frame
from visuals.timeline import TimedCue
from visuals.widgets.piano_roll import PianoRoll

MAX_ARCS = 9
MIN_RELATIVE_SHARE = 0.06  # smallest contribution that has an arc, as a share of the largest
POINTS_PER_ARC = 49
OPPOSING_ARC_COLOUR: Colour = (120, 132, 158)
"""Colour of arcs from notes that lowered the probability."""
ARC_TRAVEL_S = 0.5  # travel time of the light along an arc, seconds; it arrives as the note sounds
_BASE_ARC_HEIGHT_PX, _ARC_HEIGHT_PER_WIDTH, _MAX_ARC_HEIGHT_PX = 70.0, 0.34, 300.0
_MIN_LIGHT = 0.03
_BEADS_PER_ARC = 4
_BEAD_GAP = 0.02  # distance between the beads, as a share of the arc


@dataclass(frozen=True, slots=True)
class NoteCause:
    """An earlier note, and its contribution relative to the strongest, -1 to 1."""

    timed: TimedCue
    weight: float


def strongest_causes(attribution: NoteAttribution, cues: tuple[TimedCue, ...]) -> list[NoteCause]:
    """The strongest contributions of notes that are still in `cues`, weakest first."""
    known = {timed.cue.serial: timed for timed in cues}
    largest = max(1e-9, float(np.abs(attribution.contributions).max(initial=0.0)))
    causes = [
        NoteCause(known[serial], float(share) / largest)
        for serial, share in zip(
            attribution.cause_serials.tolist(), attribution.contributions, strict=True
        )
        if serial in known and abs(share) > MIN_RELATIVE_SHARE * largest
    ]
    return sorted(causes, key=lambda cause: abs(cause.weight))[-MAX_ARCS:]


def arc_path(start: tuple[float, float], end: tuple[float, float], side: float) -> Floats:
    """A curve over (side -1) or below (side 1) two points, shape (POINTS_PER_ARC, 2)."""
    share = np.linspace(0.0, 1.0, POINTS_PER_ARC)
    width = abs(end[0] - start[0])
    height = min(_MAX_ARC_HEIGHT_PX, _BASE_ARC_HEIGHT_PX + _ARC_HEIGHT_PER_WIDTH * width)
    x = start[0] + (end[0] - start[0]) * (share - 0.12 * np.sin(2 * np.pi * share) / 2)
    y = start[1] + (end[1] - start[1]) * share + side * height * np.sin(np.pi * share) ** 0.8
    return np.stack([x, y], axis=1)


class CauseArcs:
    """Draws the arcs between the notes of a piano roll."""

    def __init__(self, piano_roll: PianoRoll) -> None:
        self._piano_roll = piano_roll
        self._bead = glow_atlas(14, core=2.2, halo=0.6, white=0.8)
        self._cause_light = glow_atlas(30, core=3.5, halo=0.6, white=0.6)

    def draw(
        self, surface: pygame.Surface, glow: GlowLayer, frame: Frame, timed: TimedCue, light: float
    ) -> list[PlacedSprite]:
        """Draw the arcs of a note at a brightness of 0 to 1, and return their lights."""
        attribution = frame.timeline.attribution(timed.cue.serial)
        if attribution is None or light < _MIN_LIGHT:
            return []
        head = self._arc_end(timed, frame.time)
        progress = 1.0 + frame.seconds_since(timed.due) / ARC_TRAVEL_S
        lights: list[PlacedSprite] = []
        for cause in strongest_causes(attribution, frame.timeline.cues):
            foot = self._arc_start(cause.timed, frame.time)
            path = arc_path(foot, head, -1.0 if cause.weight > 0 else 1.0)
            visible = path[path[:, 0] <= self._piano_roll.rect.right].tolist()
            level = light * (0.15 + 0.85 * abs(cause.weight) ** 0.7)
            if len(visible) > 1 and cause.weight < 0:
                _draw_opposing_arc(surface, visible, level)
            elif len(visible) > 1:
                own, other = (PITCH_COLOURS[one.cue.pitch % 12] for one in (cause.timed, timed))
                tint = mix(own, other, 0.5)
                _draw_supporting_arc(surface, visible, shade(tint, level), cause.weight)
                if len(visible) > 3:
                    glow.draw_line(shade(tint, 0.3 * level * cause.weight), visible[::3])
            if cause.weight > 0:
                lights += self._lights(cause, path, progress, light)
        return lights

    def _lights(
        self, cause: NoteCause, path: Floats, progress: float, light: float
    ) -> list[PlacedSprite]:
        """The light of a cause, and the beads on their way to the note."""
        pitch_class = cause.timed.cue.pitch % 12
        lights = [(self._cause_light, light * cause.weight, path[0].tolist())]
        if 0.0 < progress < 1.0:
            for bead in range(_BEADS_PER_ARC):
                along = progress - _BEAD_GAP * bead
                if along > 0:
                    point = path[int(along * (POINTS_PER_ARC - 1))].tolist()
                    lights.append((self._bead, cause.weight / (1 + bead), point))
        return [
            atlas.sprite_centred_at(pitch_class, level, x, y)
            for atlas, level, (x, y) in lights
            if x <= self._piano_roll.rect.right
        ]

    def _arc_end(self, timed: TimedCue, time: int) -> tuple[float, float]:
        """The start of a note, or its point at the line of the present while it sounds."""
        x, y = self._piano_roll.x(timed.due, time), self._piano_roll.y(timed.cue.pitch)
        return (min(x, self._piano_roll.now_x) if timed.is_sounding(time) else x), y

    def _arc_start(self, timed: TimedCue, time: int) -> tuple[float, float]:
        """The middle of the part of a note that has sounded."""
        middle = (timed.due + min(timed.end_at(time), time)) // 2
        x = max(self._piano_roll.now_x, self._piano_roll.x(middle, time))
        return x, self._piano_roll.y(timed.cue.pitch)


def _draw_opposing_arc(surface: pygame.Surface, points: list, level: float) -> None:
    """Draw a dashed arc, which differs from the others in more than colour."""
    colour = shade(OPPOSING_ARC_COLOUR, 0.75 * level)
    for start in range(0, len(points) - 1, 3):
        pygame.draw.aalines(surface, colour, False, points[start : start + 2])


def _draw_supporting_arc(
    surface: pygame.Surface, points: list, colour: Colour, weight: float
) -> None:
    """Draw an arc as thick as its contribution."""
    for offset in range(1 + round(3 * weight)):
        shifted = [(x, y + offset) for x, y in points]
        pygame.draw.aalines(surface, colour, False, shifted)
