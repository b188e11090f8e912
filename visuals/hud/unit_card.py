"""Unit card: preference, certainty, recent activation and strongest excerpts of one unit."""

from __future__ import annotations

import math
from collections import deque

import numpy as np
import pygame

from messages.cues import HIDDEN_INDEX
from rnn.model.unit_atlas import UnitContext
from visuals.drawing.picture_layout import LANDSCAPE, PictureLayout
from visuals.drawing.theme import (
    LABEL_COLOUR,
    PITCH_COLOURS,
    RULE_COLOUR,
    TEXT_COLOUR,
    Colour,
    mix,
    shade,
)
from visuals.drawing.typography import TextStyle
from visuals.input.touch_input import UnitInspection
from visuals.network_summary import NetworkSummary
from visuals.scenes.base.frame import Frame
from visuals.scenes.base.scene import SceneResources
from visuals.widgets.excerpt_thumbnails import draw_thumbnail_sheet
from visuals.widgets.hit_targets import UnitIndex
from visuals.widgets.unit_preferences import MAX_CERTAINTY, UnitPreference, unit_preference

CARD_SIZE_PX = (620, 452)
SHORT_CARD_SIZE_PX = (620, 212)  # size of a card without excerpts, pixels
CARD_COLOUR: Colour = (8, 10, 16)
_MARGIN_PX = 22
_EDGE_PX, _TOP_PX, _BOTTOM_PX = 40, 150, 150
"""Distance of a card from the sides, from the top and from the piano, pixels."""
_RING_RADIUS_PX = 17
_TRACE_FRAMES = 96  # number of frames in the trace of the activation
_TRACE_RECT = (350, 22, 206, 96)
_BRIGHTNESS_STEPS = 8


class UnitCard:
    """Draws the card of the inspected unit in a free corner, with a line to the unit."""

    def __init__(self, network: NetworkSummary, resources: SceneResources) -> None:
        self._network, self._resources = network, resources
        self._trace: deque[float] = deque(maxlen=_TRACE_FRAMES)
        self._unit: UnitIndex | None = None
        self._preference = UnitPreference("many")
        self._contexts: tuple[UnitContext, ...] = ()

    def draw(
        self,
        surface: pygame.Surface,
        frame: Frame,
        look: UnitInspection,
        place: tuple[float, float],
    ) -> None:
        """Draw the card of the unit at `place` in the picture."""
        layer, unit = look.unit
        if not (layer < self._network.layers and unit < self._network.units):
            return
        if look.unit != self._unit:
            self._load_unit(look.unit)
        said = float(frame.activations[layer, HIDDEN_INDEX, unit])
        if look.factor == 0.0:  # the activations show it only from the next note on
            said = 0.0
        self._trace.append(float(np.clip(said, -1.0, 1.0)))
        level = round(min(1.0, 4 * look.remaining) * _BRIGHTNESS_STEPS) / _BRIGHTNESS_STEPS
        tone = int(self._network.preferred_pitch_class[layer, unit])
        colour = shade(PITCH_COLOURS[tone], level)
        size = CARD_SIZE_PX if self._contexts else SHORT_CARD_SIZE_PX
        box = card_rect(place, size, self._resources.layout)
        line = mix(CARD_COLOUR, colour, 0.6)
        pygame.draw.aaline(surface, line, *card_line(place, box), 2)
        pygame.draw.rect(surface, CARD_COLOUR, box, border_radius=12)
        pygame.draw.rect(surface, mix(CARD_COLOUR, colour, 0.6), box, 1, border_radius=12)
        pygame.draw.aacircle(surface, colour, place, _RING_RADIUS_PX, 2)
        self._draw_text(surface, box, look, level)
        self._draw_certainty(surface, box, colour, level)
        self._draw_trace(surface, box, colour)
        if self._contexts:
            self._draw_excerpts(surface, box, level)

    def _load_unit(self, unit: UnitIndex) -> None:
        atlas = self._network.atlas
        self._unit = unit
        self._trace.clear()
        self._preference = unit_preference(atlas, unit)
        self._contexts = () if atlas is None else atlas.strongest_contexts(*unit)

    def _draw_text(
        self, surface: pygame.Surface, box: pygame.Rect, look: UnitInspection, level: float
    ) -> None:
        typesetter, words = self._resources.typesetter, self._resources.words
        x, y = box.left + _MARGIN_PX, box.top + 12
        tone = int(self._network.preferred_pitch_class[look.unit])
        number = TextStyle(22, "mono-300", 0.0, shade(LABEL_COLOUR, level))
        width = typesetter.draw_text(surface, f"{look.unit[1]:03d}", (x, y + 2), number)
        pushed = self._network.pushed_pitch_class(*look.unit)
        if pushed is not None:
            quiet = TextStyle(16, "jost-300", 0.3, shade(LABEL_COLOUR, level))
            x_word, word = x + width + 16, words["card.pushes"]
            width = typesetter.draw_text(surface, word, (x_word, y + 6), quiet)
            letter = TextStyle(24, "jost-300", 0.0, shade(PITCH_COLOURS[pushed], level))
            name, place = words.note_name(pushed), (x_word + width + 10, y - 1)
            typesetter.draw_note_name(surface, name, place, letter)
        large = TextStyle(31, "jost-300", 0.3, shade(TEXT_COLOUR, level))
        name = self._preference.text(words)
        step = typesetter.draw_text(surface, name, (x, y + 32), large)
        if self._preference.pitch_class is not None:
            # the pitch class whose colour the cell has, so that card and cell agree
            liked = TextStyle(31, "jost-300", 0.0, shade(PITCH_COLOURS[tone], level))
            typesetter.draw_note_name(
                surface, words.note_name(tone), (x + step + 10, y + 32), liked
            )
        doing = TextStyle(19, "jost-400", 0.4, shade(TEXT_COLOUR, level))
        text = _hold_text(look.factor, words["card.silenced"], words["card.louder"])
        plain = TextStyle(17, "jost-300", 0.4, shade(LABEL_COLOUR, level))
        place = (x, box.top + 158)
        typesetter.draw_text(surface, text or words["card.how"], place, doing if text else plain)

    def _draw_certainty(
        self, surface: pygame.Surface, box: pygame.Rect, colour: Colour, level: float
    ) -> None:
        """Draw the share that the preference explains, and the certainty as dots."""
        if not self._preference.certainty:
            return
        typesetter, words = self._resources.typesetter, self._resources.words
        quiet = TextStyle(16, "jost-300", 0.3, shade(LABEL_COLOUR, level))
        number = TextStyle(17, "mono-300", 0.0, colour)
        x, y = box.left + _MARGIN_PX, box.top + 94
        text = f"{100 * self._preference.explained_share:.0f} %"
        step = typesetter.draw_text(surface, text, (x, y), number)
        typesetter.draw_text(surface, words["card.explains"], (x + step + 9, y + 1), quiet)
        step = typesetter.draw_text(surface, words["card.sure"], (x, y + 28), quiet)
        for dot in range(MAX_CERTAINTY):
            centre = (x + step + 20 + 19 * dot, y + 40)
            pygame.draw.aacircle(surface, shade(RULE_COLOUR, 1.4 * level), centre, 6, 1)
            if dot < self._preference.certainty:
                pygame.draw.aacircle(surface, colour, centre, 6)

    def _draw_trace(self, surface: pygame.Surface, box: pygame.Rect, colour: Colour) -> None:
        """Draw the recent activation, the present at the right."""
        rect = pygame.Rect(_TRACE_RECT).move(box.topleft)
        height = rect.height // 2
        surface.fill(RULE_COLOUR, (rect.left, rect.centery, rect.width, 1))
        said = np.array(self._trace)
        x = rect.right - (len(said) - 1 - np.arange(len(said))) * rect.width / (_TRACE_FRAMES - 1)
        points = np.stack([x, rect.centery - height * said], axis=1).tolist()
        if len(points) > 1:
            pygame.draw.aalines(surface, colour, False, points)
        now = round(height * said[-1])
        bar = pygame.Rect(rect.right + 14, rect.centery - max(0, now), 16, max(1, abs(now)))
        pygame.draw.rect(surface, colour, bar)
        frame = (rect.right + 14, rect.top, 16, 2 * height)
        pygame.draw.rect(surface, RULE_COLOUR, frame, 1)

    def _draw_excerpts(self, surface: pygame.Surface, box: pygame.Rect, level: float) -> None:
        typesetter, words = self._resources.typesetter, self._resources.words
        x, y = box.left + _MARGIN_PX, box.top + 194
        quiet = TextStyle(16, "jost-300", 0.4, shade(LABEL_COLOUR, level))
        surface.fill(shade(RULE_COLOUR, 0.7 * level), (x, y, box.width - 2 * _MARGIN_PX, 1))
        typesetter.draw_text(surface, words["card.moments"], (x, y + 8), quiet)
        sheet = pygame.Rect(x, y + 38, box.width - 2 * _MARGIN_PX, box.bottom - y - 38 - 20)
        draw_thumbnail_sheet(surface, typesetter, sheet, self._contexts, level)


def card_rect(
    place: tuple[float, float], size: tuple[int, int], layout: PictureLayout = LANDSCAPE
) -> pygame.Rect:
    """Rectangle of the card: the corner between title and prompt that is farthest from the unit."""
    floor = layout.keyboard.rect.top - _BOTTOM_PX
    if layout.prompt_position is not None:
        floor = min(floor, layout.prompt_position[1] - 12)
    right, bottom = layout.size[0] - _EDGE_PX - size[0], floor - size[1]
    top = min(_TOP_PX, bottom)
    corners = [pygame.Rect((x, y), size) for x in (_EDGE_PX, right) for y in (top, bottom)]
    return max(corners, key=lambda box: math.dist(box.center, place))


def card_line(
    place: tuple[float, float], box: pygame.Rect
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Ends of the line from the ring around the unit to the nearest point of its card."""
    (x, y), (left, top, width, height) = place, box
    end = min(max(x, left), left + width), min(max(y, top), top + height)
    share = _RING_RADIUS_PX / max(_RING_RADIUS_PX, math.dist(place, end))
    return (x + share * (end[0] - x), y + share * (end[1] - y)), end


def _hold_text(factor: float, silenced: str, louder: str) -> str:
    if factor == 0.0:
        return silenced
    return "" if factor == 1.0 else f"{louder} \u00d7{factor:g}"
