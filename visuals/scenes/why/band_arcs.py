"""Why the band plays: arcs from the kick to the bass note on it, and on to the melody.

A bass note sounds with a kick; its chord comes from the notes of the melody that its arcs lead to.
"""

from __future__ import annotations

import numpy as np
import pygame

from messages.cues import NoteSource
from midi_data.drums import PARTS_BY_PITCH, DrumPart
from visuals.drawing.animation import anticipation_level
from visuals.drawing.canvas import bezier
from visuals.drawing.picture_layout import PictureLayout
from visuals.drawing.sprites import BLEND_ADD, PlacedSprite, glow_atlas
from visuals.drawing.theme import LABEL_COLOUR, PITCH_COLOURS, shade
from visuals.drawing.typography import TextStyle
from visuals.scenes.base.drummer import DRUM_COLOUR, drummer_presence
from visuals.scenes.base.frame import Frame
from visuals.scenes.base.glowing_lines import GlowingLines
from visuals.scenes.base.scene import SceneResources
from visuals.scenes.why.cause_arcs import VISITOR_INDEX
from visuals.timeline import TimedCue
from visuals.widgets.piano_roll import PianoRoll

LANES_RECT = pygame.Rect(720, 826, 1120, 82)  # bass in its upper part, the kick at its bottom
BASS_PITCHES = (28, 40)
BASS_HEIGHT_SHARE = 0.5  # of the lanes
NAMES_WIDTH_PX = 150  # at the right end of the lanes
ARC_FADE_S = 1.5
_POINTS_PER_ARC = 37
_THICKNESS_PX = 6


class BandArcs:
    """The lanes of kick and bass below the roll, and their arcs."""

    def __init__(self, layout: PictureLayout, resources: SceneResources) -> None:
        self._rect, self._resources = layout.rect(LANES_RECT, "why band"), resources
        self._kick_light = glow_atlas(13, core=4.0, halo=0.6, white=0.5, colours=(DRUM_COLOUR,))

    def draw(
        self, surface: pygame.Surface, strokes: GlowingLines, frame: Frame, roll: PianoRoll
    ) -> None:
        """Draw the lanes, and add the arcs to `strokes`; `roll` is that of the melody."""
        presence = drummer_presence(frame)
        if presence <= 0.0:
            return
        sprites: list[PlacedSprite] = []
        for timed in frame.timeline.band:
            x = roll.x(timed.due, frame.time)
            if not self._rect.left < x < self._rect.right - NAMES_WIDTH_PX:
                continue
            level = self._light_of(timed, frame)
            if timed.cue.source is NoteSource.BASS:
                self._draw_bass(surface, timed, x, roll.x(timed.end, frame.time), level)
                self._add_arcs(strokes, timed, roll, frame)
            elif PARTS_BY_PITCH[timed.cue.pitch] is DrumPart.KICK:
                sprites.append(self._kick_light.sprite_centred_at(0, level, x, self._rect.bottom))
        surface.fblits(sprites, BLEND_ADD)
        self._write_names(surface, presence)

    def _light_of(self, timed: TimedCue, frame: Frame) -> float:
        if timed.due > frame.time:
            return 0.25 + 0.5 * anticipation_level(timed, frame.time)
        return max(0.3, 1.0 - frame.seconds_since(timed.due) / ARC_FADE_S)

    def _bass_y(self, pitch: int) -> float:
        low, high = BASS_PITCHES
        share = (min(max(pitch, low), high) - low) / (high - low)
        return self._rect.top + (1 - share) * BASS_HEIGHT_SHARE * self._rect.height

    def _draw_bass(
        self, surface: pygame.Surface, timed: TimedCue, x: float, end: float, level: float
    ) -> None:
        width = max(_THICKNESS_PX, round(min(end, self._rect.right - NAMES_WIDTH_PX) - x) - 2)
        bar = pygame.Rect(round(x), 0, width, _THICKNESS_PX)
        bar.centery = round(self._bass_y(timed.cue.pitch))
        colour = shade(PITCH_COLOURS[timed.cue.pitch % 12], level)
        pygame.draw.rect(surface, colour, bar, border_radius=_THICKNESS_PX // 2)

    def _add_arcs(
        self, strokes: GlowingLines, timed: TimedCue, roll: PianoRoll, frame: Frame
    ) -> None:
        light = 0.5 * anticipation_level(timed, frame.time)
        if timed.due <= frame.time:
            light = max(0.0, 1.0 - frame.seconds_since(timed.due) / ARC_FADE_S)
        if light <= 0.03:
            return
        tone, x = timed.cue.pitch % 12, roll.x(timed.due, frame.time)
        y = self._bass_y(timed.cue.pitch)
        kick = np.linspace((x, self._rect.bottom), (x, y), 5)
        strokes.add(kick[None], VISITOR_INDEX, 0.7 * light, glow_level=0.3 * light, stride=1)
        melody = {each.cue.serial: each for each in frame.timeline.cues}
        for rank, serial in enumerate(timed.cue.heard_serials):
            if (heard := melody.get(serial)) is None:
                continue
            end = roll.x(heard.due, frame.time), roll.y(heard.cue.pitch)
            if not roll.rect.left < end[0] < roll.rect.right:
                continue
            middle = (y + end[1]) / 2
            path = bezier((x, y), (x, middle), (end[0], middle), end, _POINTS_PER_ARC)
            level = 0.8 * light / (1 + rank)
            strokes.add(path[None], tone, level, glow_level=0.3 * level, stride=2)

    def _write_names(self, surface: pygame.Surface, presence: float) -> None:
        typesetter, words = self._resources.typesetter, self._resources.words
        colour = shade(LABEL_COLOUR, round(8 * presence) / 8)
        style = TextStyle(typesetter.scale.least, "jost-400", 1.5, colour)
        for key, y in (("bass", self._rect.top + 18), ("kick", self._rect.bottom)):
            text = typesetter.render(words[f"band.{key}"], style)
            place = text.get_rect(midright=(self._rect.right, y))
            surface.blit(text, place, special_flags=BLEND_ADD)
