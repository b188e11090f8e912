"""Piano roll: notes that move from left to right past the present; coming ones are at its left."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import pygame

from messages.clock import SECOND
from messages.cues import NoteSource
from visuals.drawing.sprites import BLEND_ADD, glow_atlas
from visuals.drawing.theme import (
    LABEL_COLOUR,
    PITCH_COLOURS,
    RULE_COLOUR,
    TEXT_COLOUR,
    Colour,
    mix,
    shade,
)
from visuals.drawing.typography import TextStyle, Typesetter
from visuals.timeline import TimedCue, Timeline
from visuals.words import Words

_LABEL_STYLE = TextStyle(13, "jost-400", 3.2, LABEL_COLOUR)
_NOW_LABEL_STYLE = TextStyle(13, "jost-400", 3.2, TEXT_COLOUR)
MAX_STEM_HEIGHT_RATIO = 0.34  # height of the highest stem as a share of the roll's height
MAX_SURPRISE_BITS = 8.0  # surprise of the highest stem, bits
_GRID_PITCHES = (48, 60, 72, 84)


@dataclass(frozen=True, slots=True, eq=False)
class PianoRoll:
    """Notes as bars; the height of a note's stem is the network's surprise.

    Notes of the network are filled, coming ones darkly; notes of a visitor are outlined. The
    players are therefore distinguishable without colours.

    Parameters
    ----------
    rect : Rect
        Rectangle of the roll, pixels.
    now_x : float
        Horizontal position of the present, pixels.
    speed : float
        Pixels per second.
    thickness : int
        Height of a note, pixels.
    pitches : (int, int)
        Pitches at the lower and upper edge; notes beyond lie on the edges.
    stems : bool
        Draw stems.
    """

    rect: pygame.Rect
    now_x: float
    speed: float
    thickness: int = 8
    pitches: tuple[int, int] = (38, 92)
    stems: bool = True

    def x(self, moment: int, time: int) -> float:
        """Horizontal position of a moment in the picture of `time` (both ns), pixels."""
        return self.now_x - (moment - time) / SECOND * self.speed

    def y(self, pitch: int) -> float:
        """Vertical centre of notes of a pitch, pixels."""
        low, high = self.pitches
        share = (min(max(pitch, low), high) - low) / (high - low)
        return self.rect.bottom - share * self.rect.height

    def draw_static(
        self, surface: pygame.Surface, typesetter: Typesetter, words: Words, labels: bool = True
    ) -> None:
        """Draw grid, edges and labels on a scene's background."""
        write = partial(typesetter.draw_text, surface)
        left, right = self.rect.left, self.rect.right
        for pitch in _GRID_PITCHES:
            if self.pitches[0] < pitch < self.pitches[1]:
                surface.fill((11, 13, 19), (left, round(self.y(pitch)), right - left, 1))
        top, bottom = self.rect.top - 12, self.rect.bottom + 12
        for y in (top, bottom):
            surface.fill((26, 31, 41), (left, y, right - left, 1))
        surface.fill(shade(RULE_COLOUR, 1.5), (round(self.now_x), top, 1, bottom - top))
        y = bottom + 7
        if not labels:
            self._draw_legend(surface, typesetter, words, left, y)
            return
        write(words["ribbon.to_come"], (left, y), _LABEL_STYLE)
        write(words["ribbon.now"], (self.now_x, y), _NOW_LABEL_STYLE, "centre")
        write(words["ribbon.sounded"], (right, y), _LABEL_STYLE, "right")
        x = self.now_x + 90
        sign = pygame.Rect(round(x), y + 6, 30, 7)
        pygame.draw.rect(surface, shade(TEXT_COLOUR, 0.8), sign, 1, border_radius=3)
        x += 40 + write(words["ribbon.visitor"], (x + 40, y), _LABEL_STYLE) + 26
        sign.x = round(x)
        pygame.draw.rect(surface, shade(PITCH_COLOURS[6], 0.8), sign, border_radius=3)
        x += 40 + write(words["ribbon.network"], (x + 40, y), _LABEL_STYLE) + 26
        self._draw_legend(surface, typesetter, words, round(x), y)

    def _draw_legend(
        self, surface: pygame.Surface, typesetter: Typesetter, words: Words, x: int, y: int
    ) -> None:
        """Draw stems of three heights and their meaning."""
        if not self.stems:
            return
        for step, height in enumerate((4, 8, 13)):
            _draw_stem(surface, (x + 8 * step, y + 15), height, shade(TEXT_COLOUR, 0.8))
        typesetter.draw_text(surface, words["ribbon.surprise"], (x + 30, y), _LABEL_STYLE)

    def draw(self, surface: pygame.Surface, timeline: Timeline, time: int) -> None:
        """Draw the notes at `time`, ns."""
        start = time - round((self.rect.right - self.now_x) / self.speed * SECOND)
        end = time + round((self.now_x - self.rect.left) / self.speed * SECOND)
        spark, sparks = glow_atlas(26, core=3, halo=0.7, white=0.8), []
        for timed in timeline.cues_between(start, end):
            self._draw_note(surface, timed, time)
            if timed.is_sounding(time):
                tone, y = timed.cue.pitch % 12, self.y(timed.cue.pitch)
                sparks.append(spark.sprite_centred_at(tone, 0.85, self.now_x, y))
        surface.fblits(sparks, BLEND_ADD)

    def _draw_note(self, surface: pygame.Surface, timed: TimedCue, time: int) -> None:
        left = max(self.rect.left, self.x(timed.end_at(time), time))
        right = min(self.rect.right, self.x(timed.due, time))
        if right - left < 0:
            return
        width, colour = (
            max(self.thickness, round(right - left) - 2),
            PITCH_COLOURS[timed.cue.pitch % 12],
        )
        rect = pygame.Rect(round(left), 0, width, self.thickness)
        rect.centery = round(self.y(timed.cue.pitch))
        brightness = self._brightness(timed, time, left, right)
        if self.stems and right < self.rect.right:
            surprise = min(1.0, timed.cue.surprise / MAX_SURPRISE_BITS)
            height = 3.0 + MAX_STEM_HEIGHT_RATIO * self.rect.height * surprise
            pale = shade(mix(colour, TEXT_COLOUR, 0.35), 0.8 * brightness)
            _draw_stem(surface, (round(right) - 2, rect.top), height, pale)
        radius = self.thickness // 2
        if timed.cue.source is NoteSource.VISITOR:
            pygame.draw.rect(surface, shade(TEXT_COLOUR, brightness), rect, 2, border_radius=radius)
            return
        fill, edge = (0.26, 0.75) if timed.due > time else (1.0, 1.0)
        pygame.draw.rect(surface, shade(colour, fill * brightness), rect, border_radius=radius)
        pygame.draw.rect(surface, shade(colour, edge * brightness), rect, 1, border_radius=radius)

    def _brightness(self, timed: TimedCue, time: int, left: float, right: float) -> float:
        if timed.is_sounding(time):
            return 1.0
        if timed.due > time:
            return 0.35 + 0.65 * (right - self.rect.left) / (self.now_x - self.rect.left)
        gone = (left - self.now_x) / (self.rect.right - self.now_x)
        return max(0.12, 0.75 - 0.65 * gone)


def _draw_stem(
    surface: pygame.Surface, foot: tuple[int, int], height: float, colour: Colour
) -> None:
    """Draw a vertical line with a dot on top."""
    x, y = foot
    top = round(y - height)
    surface.fill(colour, (x, top, 1, y - top))
    surface.fill(colour, (x - 1, top - 1, 3, 3))
