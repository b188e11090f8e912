"""Visitor prompt: the visitor's next action in a picture and a few words."""

from __future__ import annotations

import math

import numpy as np
import pygame

from messages.clock import SECOND
from messages.cues import NoteSource, Turn
from visuals.drawing.animation import smoothstep
from visuals.drawing.picture_layout import LANDSCAPE, PictureLayout
from visuals.drawing.sprites import BLEND_ADD, SpriteAtlas, blank_surface
from visuals.drawing.theme import (
    GHOST_COLOUR,
    LABEL_COLOUR,
    PITCH_COLOURS,
    TEXT_COLOUR,
    Colour,
    shade,
)
from visuals.drawing.typography import CAP_HEIGHT_RATIO, TextStyle, Typesetter
from visuals.timeline import Timeline
from visuals.words import Words

PLAYING_TIMEOUT_NS = round(1.5 * SECOND)  # pause after which a visitor counts as not playing, ns
FADE_S = 0.6  # time in which a new prompt appears, seconds
REDUCED_MOTION_TIME_S = 0.7
"""Time of the animated picture that is shown with reduced motion, seconds."""
FAREWELL_FADE_S = 7.0  # time in which the farewell fades, seconds
FIRST_LINE_SCALE = 1.65  # size of the words that tell whose turn it is, in needed sizes
_LINE_GAP_PX = 24  # gap between the first line and the capitals of the second
SECOND_LINE_COLOUR: Colour = (138, 154, 182)
_PICTURE_WIDTH_PX = 104
_GROUND_EDGES_PX = ((40, 140), (30, 20))  # of the ground: left and right, above and below
_GROUND_STEP_PX = 64  # steps of the ground's width
_GROUND_FACTOR, _MOVED_GROUND_FACTOR = 120, 40
"""Brightness behind the words in 255ths, and where a layout has moved them onto wires."""
_BRIGHTNESS_STEPS = 10
_NETWORK_COLOUR: Colour = PITCH_COLOURS[6]
LIGHT_COUNT = 40  # number of lights in the ring
RING_RADIUS_PX = 54.0
LIGHT_RADIUS_PX = 2.2  # radius of a light
LIGHT_LEVEL = 0.75  # brightness of a light, 0..1
FADE_IN_S = 0.8  # time in which the ring appears, seconds


def prompt_key(timeline: Timeline, time: int) -> str:
    """Key of the words at `time` (ns): attract, your_turn, listen, answer or farewell."""
    turn = timeline.turn(time).turn
    if turn is not Turn.LISTEN:
        return turn.name.lower()
    recent = timeline.cues_between(time - PLAYING_TIMEOUT_NS, time + 1)
    playing = any(timed.cue.source is NoteSource.VISITOR for timed in recent)
    return "listen" if playing else "your_turn"


class VisitorPrompt:
    """Draws the prompt over any scene."""

    def __init__(
        self,
        typesetter: Typesetter,
        words: Words,
        layout: PictureLayout = LANDSCAPE,
    ) -> None:
        self._typesetter, self._words = typesetter, words
        self._layout = layout
        self._hand = hand_atlas()
        self._grounds: dict[tuple[int, int], pygame.Surface] = {}

    def draw(
        self,
        surface: pygame.Surface,
        place: tuple[int, int],
        timeline: Timeline,
        time: int,
        reduced_motion: bool = False,
    ) -> None:
        """Draw the prompt of `time` (ns) with its top left at `place`."""
        key = prompt_key(timeline, time)
        age = (time - timeline.turn(time).due) / SECOND
        level = float(np.clip(age / FADE_S, 0.0, 1.0))
        if key == "farewell":
            level *= max(0.2, 1.0 - age / FAREWELL_FADE_S)
        level = _quantize(level)
        scale = self._typesetter.scale
        size = round(FIRST_LINE_SCALE * scale.needed)
        first, first_colour = self._words[f"prompt.{key}"], TEXT_COLOUR
        second, ghost = self._words[f"prompt.{key}_more"], timeline.ghost
        if key == "answer" and ghost is not None and ghost.at <= time < ghost.until:
            day = self._words[f"ghost.day_{ghost.weekday}"]
            first = self._words["ghost.when"].format(day=day, hour=ghost.hour)
            second = self._words["ghost.answers"]
            first_colour, size = GHOST_COLOUR, scale.needed
        x, y = self._place_inside(place, first, size)
        seconds = REDUCED_MOTION_TIME_S if reduced_motion else time / SECOND
        second_line = y + round(CAP_HEIGHT_RATIO * size) + _LINE_GAP_PX
        needed = scale.needed
        width = max(self._width_of(first, size), self._width_of(second, needed))
        self._darken_ground(surface, (x, y), width, second_line + needed)
        _draw_picture(surface, (x, second_line - 30), key, seconds, level, self._hand)
        draw_countdown(surface, (x + 39, second_line + 2), timeline, time)
        x += _PICTURE_WIDTH_PX
        for text, top, line_size, colour in (
            (first, y, size, first_colour),
            (second, second_line, scale.needed, SECOND_LINE_COLOUR),
        ):
            style = TextStyle(line_size, "jost-300", 0.5, shade(colour, level))
            # the capitals begin at `top`
            self._typesetter.draw_text(surface, text, (x, top - 0.37 * line_size), style)

    def _darken_ground(
        self, surface: pygame.Surface, place: tuple[int, int], width: int, bottom: int
    ) -> None:
        """Darken the picture behind the words, where wires and bars may lie."""
        (left, right), (above, below) = _GROUND_EDGES_PX
        x, y = place[0] - left, place[1] - above
        bottom = min(bottom + below, self._layout.keyboard.rect.top)
        whole = left + _PICTURE_WIDTH_PX + width + right
        whole = -(-whole // _GROUND_STEP_PX) * _GROUND_STEP_PX  # few grounds serve all texts
        area = pygame.Rect(x, y, whole, bottom - y)
        if area.size not in self._grounds:
            moved = self._layout.prompt_position is not None
            factor = _MOVED_GROUND_FACTOR if moved else _GROUND_FACTOR
            self._grounds[area.size] = _soft_ground(area.size, factor)
        surface.blit(self._grounds[area.size], area, special_flags=pygame.BLEND_RGB_MULT)

    def _place_inside(self, place: tuple[int, int], line: str, size: int) -> tuple[int, int]:
        """Top left of the prompt, moved to the left if its first line would leave the picture."""
        left = self._layout.size[0] - 60 - _PICTURE_WIDTH_PX - self._width_of(line, size)
        return min(place[0], left), place[1]

    def _width_of(self, line: str, size: int) -> int:
        style = TextStyle(size, "jost-300", 0.5, TEXT_COLOUR)
        return self._typesetter.render(line, style).get_width()


def _soft_ground(size: tuple[int, int], factor: int) -> pygame.Surface:
    """Factors of a picture in 255ths: dark inside, 1 at the edges."""
    inwards = [
        smoothstep(np.arange(length) / before) * smoothstep(np.arange(length)[::-1] / after)
        for length, (before, after) in zip(size, _GROUND_EDGES_PX, strict=True)
    ]
    depth = np.multiply.outer(*inwards)  # (width, height)
    factors = np.rint(255 + (factor - 255) * depth).astype(np.uint8)
    return pygame.surfarray.make_surface(np.repeat(factors[..., None], 3, axis=2))


def _quantize(level: float) -> float:
    return round(level * _BRIGHTNESS_STEPS) / _BRIGHTNESS_STEPS


def _draw_picture(
    surface: pygame.Surface,
    place: tuple[float, float],
    key: str,
    seconds: float,
    level: float,
    hand: SpriteAtlas,
) -> None:
    if key in ("answer", "farewell"):
        _draw_cell(surface, (place[0] + 38, place[1] + 30), seconds, level)
        return
    press = 0.5 - 0.5 * math.cos(seconds * math.tau * 0.55)  # one press in two seconds
    _draw_keys(surface, place, press if key != "listen" else 1.0, level)
    if key == "listen":
        _draw_sound_waves(surface, (place[0] + 38, place[1] + 12), seconds, level)
    else:
        tip = place[1] + 34 + 9 * press
        surface.fblits([hand.sprite_centred_at(0, 0.9 * level, place[0] + 47, tip - 34)], BLEND_ADD)


def _draw_keys(
    surface: pygame.Surface, place: tuple[float, float], press: float, level: float
) -> None:
    x, y = place
    edge = shade(LABEL_COLOUR, 0.9 * level)
    for key in range(5):
        rect = pygame.Rect(round(x + key * 16), round(y + 26), 14, 36)
        if key == 2:
            fill = shade(_NETWORK_COLOUR, (0.1 + 0.75 * press) * level)
            pygame.draw.rect(surface, fill, rect, border_radius=2)
        pygame.draw.rect(surface, edge, rect, 1, border_radius=2)
    for key in (0, 1, 3):
        rect = pygame.Rect(round(x + key * 16 + 10), round(y + 26), 9, 20)
        pygame.draw.rect(surface, (6, 8, 13), rect)
        pygame.draw.rect(surface, edge, rect, 1)


def hand_atlas(scale: float = 1.0) -> SpriteAtlas:
    """Atlas of a hand of 48 by 72 pixels times `scale`, whose index finger points down."""
    detail = 4
    drawing = blank_surface((48 * detail, 72 * detail))

    def piece(x: float, y: float, width: float, height: float, radius: float, grow: float) -> None:
        rect = pygame.Rect(0, 0, round((width + grow) * detail), round((height + grow) * detail))
        rect.center = round(x * detail), round(y * detail)
        colour = (255, 255, 255) if grow > 0 else (20, 20, 20)
        pygame.draw.rect(drawing, colour, rect, border_radius=round(radius * detail))

    # wrist, palm, thumb, index finger, and three bent fingers
    shapes = [(24, 10, 15, 24, 4), (24, 25, 27, 24, 9), (8, 27, 8, 18, 4), (16, 48, 8, 44, 4)]
    shapes += [(23.5, 37, 8, 16, 4), (30, 36, 8, 14, 4), (36, 33, 7, 12, 3.5)]
    for x, y, width, height, radius in shapes[:4]:
        piece(x, y, width, height, radius + 1, grow=2.4)
    for x, y, width, height, radius in shapes[:4]:
        piece(x, y, width, height, radius, grow=0)
    for x, y, width, height, radius in shapes[4:]:
        piece(x, y, width, height, radius + 1, grow=2.4)
        piece(x, y, width, height, radius, grow=0)
    small = pygame.transform.smoothscale(drawing, (round(48 * scale), round(72 * scale)))
    profile = pygame.surfarray.array_red(small).T.astype(np.float32) / 255
    return SpriteAtlas(profile, colours=(TEXT_COLOUR,))


def _draw_sound_waves(
    surface: pygame.Surface, centre: tuple[float, float], seconds: float, level: float
) -> None:
    """Draw arcs of sound that rise from the keys."""
    for ring in range(3):
        phase = (seconds * 0.5 + ring / 3) % 1.0
        radius = 6 + 24 * phase
        box = pygame.Rect(0, 0, round(2 * radius), round(2 * radius))
        box.center = round(centre[0]), round(centre[1] + 12)
        colour = shade(TEXT_COLOUR, level * 0.8 * math.sin(math.pi * phase))
        pygame.draw.arc(surface, colour, box, 0.9, math.pi - 0.9, 2)


def _draw_cell(
    surface: pygame.Surface, centre: tuple[float, float], seconds: float, level: float
) -> None:
    """Draw a neuron and rings that leave it."""
    for ring in range(3):
        phase = (seconds * 0.4 + ring / 3) % 1.0
        colour = shade(_NETWORK_COLOUR, level * 0.6 * (1 - phase) * min(1.0, phase * 5))
        pygame.draw.aacircle(surface, colour, centre, 10 + 22 * phase, 1)
    pygame.draw.aacircle(surface, shade(_NETWORK_COLOUR, 0.85 * level), centre, 9)


def remaining_share(timeline: Timeline, time: int) -> tuple[float, float] | None:
    """Remaining share of the warning at `time` and seconds since its start; None without one."""
    warning = timeline.visit_end_warning(time)
    if warning is None or not warning.at <= time < warning.ends_at:
        return None
    left = (warning.ends_at - time) / (warning.ends_at - warning.at)
    return left, (time - warning.at) / SECOND


def draw_countdown(
    surface: pygame.Surface, centre: tuple[float, float], timeline: Timeline, time: int
) -> None:
    """Draw the remaining lights of the ring around `centre`; the last one fades."""
    known = remaining_share(timeline, time)
    if known is None:
        return
    left, age = known
    for light in range(LIGHT_COUNT):
        lit = min(1.0, max(0.0, left * LIGHT_COUNT - light))
        if lit == 0.0:
            break
        angle = math.tau * light / LIGHT_COUNT
        place = (
            centre[0] - RING_RADIUS_PX * math.sin(angle),
            centre[1] - RING_RADIUS_PX * math.cos(angle),
        )
        colour = shade(TEXT_COLOUR, LIGHT_LEVEL * lit * min(1.0, age / FADE_IN_S))
        pygame.draw.aacircle(surface, colour, place, LIGHT_RADIUS_PX)
