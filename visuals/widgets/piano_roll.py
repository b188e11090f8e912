"""Piano roll: notes move from right to left, from the future through the present to the past."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import pygame

from messages.clock import SECOND
from messages.cues import NoteSource
from visuals.drawing.sprites import BLEND_ADD, glow_atlas
from visuals.drawing.theme import (
    GHOST_COLOUR,
    LABEL_COLOUR,
    PITCH_COLOURS,
    RULE_COLOUR,
    VISITOR_COLOUR,
    Colour,
    shade,
)
from visuals.drawing.typography import TextStyle, Typesetter
from visuals.timeline import TimedCue, Timeline
from visuals.words import Words

MAX_STEM_HEIGHT_RATIO = 0.34  # height of the highest stem as a share of the roll's height
MAX_SURPRISE_BITS = 8.0  # surprise of the highest stem, bits
_EDGE_COLOUR: Colour = (26, 31, 41)
_LABEL_GAP_PX = 24  # free beside a label, pixels


@dataclass(frozen=True, slots=True, eq=False)
class PianoRoll:
    """Notes as bars; the height of a note's stem is the network's surprise.

    Notes of a visitor are thick and white, those of the network half as thick, and what is still
    to come is a thin line. They are therefore distinguishable without colours. A note with which
    the network takes up the visitor's phrase has an outline in the visitor's colour.

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
    pitches : (float, float)
        Pitches at the lower and upper edge; notes beyond lie on the edges.
    stems : bool
        Draw stems.
    """

    rect: pygame.Rect
    now_x: float
    speed: float
    thickness: int = 8
    pitches: tuple[float, float] = (38, 92)
    stems: bool = True

    def x(self, moment: int, time: int) -> float:
        """Horizontal position of a moment in the picture of `time` (both ns), pixels."""
        return self.now_x + (moment - time) / SECOND * self.speed

    def y(self, pitch: int) -> float:
        """Vertical centre of notes of a pitch, pixels."""
        low, high = self.pitches
        share = (min(max(pitch, low), high) - low) / (high - low)
        return self.rect.bottom - share * self.rect.height

    def draw_static(
        self, surface: pygame.Surface, typesetter: Typesetter, words: Words, labels: bool = True
    ) -> None:
        """Draw edges and labels on a scene's background."""
        write = partial(typesetter.draw_text, surface)
        left, right = self.rect.left, self.rect.right
        top, bottom = self.rect.top - 12, self.rect.bottom + 12
        for y in (top, bottom):
            surface.fill(_EDGE_COLOUR, (left, y, right - left, 1))
        surface.fill(shade(RULE_COLOUR, 1.5), (round(self.now_x), top, 1, bottom - top))
        if labels:
            size = typesetter.scale.least
            y = bottom + 8 - round(0.2 * size)
            quiet, now = _label_styles(size)
            write(words["ribbon.sounded"], (left, y), quiet)
            write(words["ribbon.now"], (self.now_x, y), now, "centre")
            has_gap = self._future_gap(typesetter, words) >= _LABEL_GAP_PX
            place = (right, y if has_gap else top - round(1.4 * size))
            write(words["ribbon.to_come"], place, quiet, "right")

    def _future_gap(self, typesetter: Typesetter, words: Words) -> float:
        """Distance from the label of the present to that of the future, pixels."""
        quiet, now = _label_styles(typesetter.scale.least)
        present, future = words["ribbon.now"], words["ribbon.to_come"]
        left = self.now_x + typesetter.render(present, now).get_width() / 2
        return self.rect.right - typesetter.render(future, quiet).get_width() - left

    def label_gap(self, typesetter: Typesetter, words: Words) -> tuple[float, float]:
        """Left and right of what is free between the labels of the past and of the present."""
        quiet, now = _label_styles(typesetter.scale.least)
        past, present = words["ribbon.sounded"], words["ribbon.now"]
        left = self.rect.left + typesetter.render(past, quiet).get_width()
        right = self.now_x - typesetter.render(present, now).get_width() / 2
        return left + _LABEL_GAP_PX, right - _LABEL_GAP_PX

    def draw(
        self,
        surface: pygame.Surface,
        timeline: Timeline,
        time: int,
        taken_up: frozenset[int] = frozenset(),
    ) -> None:
        """Draw the notes at `time`, ns; those of the serial numbers `taken_up` are outlined."""
        start = time - round((self.now_x - self.rect.left) / self.speed * SECOND)
        end = time + round((self.rect.right - self.now_x) / self.speed * SECOND)
        spark, sparks = glow_atlas(26, core=3, halo=0.7, white=0.8), []
        for timed in timeline.cues_between(start, end):
            self._draw_note(surface, timed, time, timed.cue.serial in taken_up)
            if timed.is_sounding(time):
                tone, y = timed.cue.pitch % 12, self.y(timed.cue.pitch)
                sparks.append(spark.sprite_centred_at(tone, 0.85, self.now_x, y))
        surface.fblits(sparks, BLEND_ADD)

    def _draw_note(
        self, surface: pygame.Surface, timed: TimedCue, time: int, is_taken_up: bool
    ) -> None:
        left = max(self.rect.left, self.x(timed.due, time))
        right = min(self.rect.right, self.x(timed.end_at(time), time))
        if right - left < 0:
            return
        tone, y = PITCH_COLOURS[timed.cue.pitch % 12], round(self.y(timed.cue.pitch))
        by_visitor = timed.cue.source is NoteSource.VISITOR
        colours = {NoteSource.VISITOR: VISITOR_COLOUR, NoteSource.GHOST: GHOST_COLOUR}
        own = colours.get(timed.cue.source, tone)
        colour = shade(own, self._brightness(left, right))
        if self.stems and left > self.rect.left:
            surprise = min(1.0, timed.cue.surprise / MAX_SURPRISE_BITS)
            height = 3.0 + MAX_STEM_HEIGHT_RATIO * self.rect.height * surprise
            _draw_stem(surface, (round(left), y - self.thickness // 2), height, colour)
        if right > self.now_x and not by_visitor:  # to come
            start = round(max(left, self.now_x))
            surface.fill(colour, (start, y - 1, max(3, round(right) - start - 2), 2))
            right = self.now_x
        if right <= left and not by_visitor:
            return
        thickness = self.thickness if by_visitor else max(4, self.thickness * 2 // 3)
        rect = pygame.Rect(round(left), 0, max(thickness, round(right - left) - 2), thickness)
        rect.centery = y
        if is_taken_up:
            outline = rect.inflate(6, 6)
            pygame.draw.rect(surface, VISITOR_COLOUR, outline, 2, border_radius=outline.height // 2)
        pygame.draw.rect(surface, colour, rect, border_radius=thickness // 2)

    def _brightness(self, left: float, right: float) -> float:
        if left >= self.now_x:  # to come
            return 1.0 - 0.55 * (left - self.now_x) / (self.rect.right - self.now_x)
        if right >= self.now_x - 1:  # sounding
            return 1.0
        gone = (self.now_x - right) / (self.now_x - self.rect.left)
        return 0.6 - 0.25 * gone


def _label_styles(size: int) -> tuple[TextStyle, TextStyle]:
    """Styles of the labels, and of that of the present."""
    return TextStyle(size, "jost-400", 1.5, LABEL_COLOUR), TextStyle(size, "jost-400", 1.5)


def _draw_stem(
    surface: pygame.Surface, foot: tuple[int, int], height: float, colour: Colour
) -> None:
    """Draw a vertical line with a dot on top."""
    x, y = foot
    top = round(y - height)
    surface.fill(colour, (x, top, 1, y - top))
    surface.fill(colour, (x - 1, top - 1, 3, 3))
