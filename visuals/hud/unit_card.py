"""Unit card: what one unit wakes at, how it moves now, and the last phrase with and without it."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Sequence

import numpy as np
import pygame

from messages.clock import SECOND
from messages.cues import HIDDEN_INDEX, ComparedVersion, UnitComparison
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
from visuals.widgets.hit_targets import UnitIndex
from visuals.widgets.unit_preferences import UnitPreference, unit_preference

CARD_SIZE_PX = (500, 196)
CARD_COLOUR: Colour = (8, 10, 16)
COMPARISON_RESULT_S = 7.0  # time for which the result of a comparison is shown, seconds
_MARGIN_PX = 20
_EDGE_PX, _TOP_PX, _BOTTOM_PX = 40, 150, 150
"""Distance of a card from the sides, from the top and from the piano, pixels."""
_RING_RADIUS_PX = 17
_SHIFTS_PX = (0, 20, 40, 60, 80)  # of a card out of its corner, where text is in the way
_TEXT_MARGIN_PX, _UNIT_MARGIN_PX = 6, 34  # left free around text, and around the unit
_TRACE_FRAMES = 96  # number of frames in the trace of the activation
_TRACE_RECT = (360, 18, 92, 72)
_BUTTON_HEIGHT_PX = 62
_BRIGHTNESS_STEPS = 8


class UnitCard:
    """Draws the card of the inspected unit in a free corner, with a line to the unit."""

    def __init__(self, network: NetworkSummary, resources: SceneResources) -> None:
        self._network, self._resources = network, resources
        self._trace: deque[float] = deque(maxlen=_TRACE_FRAMES)
        self._unit: UnitIndex | None = None
        self._preference = UnitPreference("many")
        self._chosen: tuple[UnitIndex, tuple[float, float], pygame.Rect] | None = None

    def draw(
        self,
        surface: pygame.Surface,
        frame: Frame,
        look: UnitInspection,
        place: tuple[float, float],
        find_taken: Callable[[], Sequence[pygame.Rect]] = tuple,
    ) -> pygame.Rect | None:
        """Draw the card of the unit at `place` in the picture; returns its rectangle, if any.

        It stays where it opened, in the corner where it hides the least of what is taken.
        """
        layer, unit = look.unit
        if not (layer < self._network.layers and unit < self._network.units):
            return None
        if look.unit != self._unit:
            self._unit = look.unit
            self._trace.clear()
            self._preference = unit_preference(self._network.atlas, look.unit)
        said = float(frame.activations[layer, HIDDEN_INDEX, unit])
        if look.factor == 0.0:  # the activations show it only from the next note on
            said = 0.0
        self._trace.append(float(np.clip(said, -1.0, 1.0)))
        level = round(min(1.0, 4 * look.remaining) * _BRIGHTNESS_STEPS) / _BRIGHTNESS_STEPS
        tone = int(self._network.preferred_pitch_class[layer, unit])
        colour = shade(PITCH_COLOURS[tone], level)
        if self._chosen is None or self._chosen[:2] != (look.unit, place):
            box = card_rect(place, CARD_SIZE_PX, self._resources.layout, find_taken())
            self._chosen = look.unit, place, box
        box = self._chosen[2]
        line = mix(CARD_COLOUR, colour, 0.6)
        pygame.draw.aaline(surface, line, *card_line(place, box), 2)
        pygame.draw.rect(surface, CARD_COLOUR, box, border_radius=12)
        pygame.draw.rect(surface, line, box, 1, border_radius=12)
        pygame.draw.aacircle(surface, colour, place, _RING_RADIUS_PX, 2)
        self._draw_text(surface, box, look, level)
        self._draw_trace(surface, box, colour)
        self._draw_button(surface, box, frame, level)
        return box

    def _draw_text(
        self, surface: pygame.Surface, box: pygame.Rect, look: UnitInspection, level: float
    ) -> None:
        typesetter, words = self._resources.typesetter, self._resources.words
        x, y = box.left + _MARGIN_PX, box.top + 8
        large = TextStyle(31, "jost-300", 0.3, shade(TEXT_COLOUR, level))
        width = typesetter.draw_text(surface, self._preference.text(words), (x, y), large)
        if self._preference.pitch_class is not None:
            # the pitch class whose colour the cell has, so that card and cell agree
            tone = int(self._network.preferred_pitch_class[look.unit])
            liked = TextStyle(31, "jost-300", 0.0, shade(PITCH_COLOURS[tone], level))
            typesetter.draw_note_name(surface, words.note_name(tone), (x + width + 10, y), liked)
        pushed = self._network.pushed_pitch_class(*look.unit)
        quiet = TextStyle(22, "jost-300", 0.3, shade(LABEL_COLOUR, level))
        if pushed is not None:
            width = typesetter.draw_text(surface, words["card.pushes"], (x, y + 44), quiet)
            letter = TextStyle(24, "jost-300", 0.0, shade(PITCH_COLOURS[pushed], level))
            place = x + width + 10, y + 42
            typesetter.draw_note_name(surface, words.note_name(pushed), place, letter)
        doing = TextStyle(22, "jost-400", 0.3, shade(TEXT_COLOUR, level))
        text = _hold_text(look.factor, words["card.silenced"], words["card.louder"])
        style = doing if text else quiet
        typesetter.draw_text(surface, text or words["card.how"], (x, y + 78), style)

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
        bar = pygame.Rect(rect.right + 10, rect.centery - max(0, now), 14, max(1, abs(now)))
        pygame.draw.rect(surface, colour, bar)
        pygame.draw.rect(surface, RULE_COLOUR, (bar.left, rect.top, 14, 2 * height), 1)

    def _draw_button(
        self, surface: pygame.Surface, box: pygame.Rect, frame: Frame, level: float
    ) -> None:
        """Draw what a touch of the card plays, which version is heard, or what it changed."""
        typesetter, words = self._resources.typesetter, self._resources.words
        row = pygame.Rect(box.left, box.bottom - _BUTTON_HEIGHT_PX, box.width, _BUTTON_HEIGHT_PX)
        surface.fill(shade(RULE_COLOUR, 0.7 * level), (row.left + 12, row.top, row.width - 24, 1))
        left, top = row.left + _MARGIN_PX, row.top + 14
        bright = TextStyle(24, "jost-400", 0.3, shade(TEXT_COLOUR, level))
        comparison = shown_comparison(frame, self._unit)
        if comparison is not None and comparison.version is ComparedVersion.NONE:
            changed, notes = comparison.changed, comparison.notes
            text = words["card.changed"].format(changed=changed, notes=notes)
            typesetter.draw_text(surface, text, (left, top), bright)
            return
        corners = [(left, row.centery - 11), (left, row.centery + 11), (left + 19, row.centery)]
        pygame.draw.polygon(surface, shade(TEXT_COLOUR, level), corners)
        dim = TextStyle(24, "jost-300", 0.3, shade(LABEL_COLOUR, level))
        left += 36
        for version, key in enumerate(("card.with", "card.without")):
            is_heard = comparison is None or comparison.version == version
            style = bright if is_heard else dim
            left += typesetter.draw_text(surface, words[key], (left, top), style) + 26


def shown_comparison(frame: Frame, unit: UnitIndex | None) -> UnitComparison | None:
    """The comparison of a unit that plays, or whose result is still shown; None without one."""
    comparison = frame.timeline.comparison
    if comparison is None or (comparison.layer, comparison.unit) != unit:
        return None
    is_over = comparison.version is ComparedVersion.NONE
    if is_over and (
        comparison.notes == 0 or frame.time - comparison.at > COMPARISON_RESULT_S * SECOND
    ):
        return None
    return comparison


def card_rect(
    place: tuple[float, float],
    size: tuple[int, int] = CARD_SIZE_PX,
    layout: PictureLayout = LANDSCAPE,
    taken: Sequence[pygame.Rect] = (),
) -> pygame.Rect:
    """Rectangle of the card: the corner between title and prompt that is farthest from the unit.

    Corners where the card hides less of what is `taken` come before; where that helps, it is moved
    out of a corner a little.
    """
    floor = layout.keyboard.rect.top - _BOTTOM_PX
    if layout.prompt_position is not None:
        floor = min(floor, layout.prompt_position[1] - 12)
    right, bottom = layout.size[0] - _EDGE_PX - size[0], floor - size[1]
    top = min(_TOP_PX, bottom)
    corners = [pygame.Rect((x, y), size) for x in (_EDGE_PX, right) for y in (top, bottom)]
    if not taken:
        return max(corners, key=lambda box: math.dist(box.center, place))
    texts = [rect.inflate(2 * _TEXT_MARGIN_PX, 2 * _TEXT_MARGIN_PX) for rect in taken]

    def rank(candidate: tuple[pygame.Rect, int]) -> tuple[bool, int, int, float]:
        box, shift = candidate
        is_over_unit = box.inflate(2 * _UNIT_MARGIN_PX, 2 * _UNIT_MARGIN_PX).collidepoint(place)
        hidden = sum(area.width * area.height for area in map(box.clip, texts))
        return is_over_unit, hidden, shift, -math.dist(box.center, place)

    inwards = pygame.Rect(_EDGE_PX, top, right - _EDGE_PX, max(0, bottom - top)).center
    candidates = [
        (_moved_inwards(box, (across, down), inwards), across + down)
        for box in corners
        for across in _SHIFTS_PX
        for down in _SHIFTS_PX
    ]
    return min(candidates, key=rank)[0]


def _moved_inwards(
    box: pygame.Rect, shift: tuple[int, int], inwards: tuple[int, int]
) -> pygame.Rect:
    """A corner's box, moved by some pixels to where the middle of all boxes is."""
    across = shift[0] if box.left < inwards[0] else -shift[0]
    down = shift[1] if box.top < inwards[1] else -shift[1]
    return box.move(across, down)


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
