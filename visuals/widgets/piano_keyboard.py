"""Piano keyboard: 88 keys with sounding notes and the probabilities of the next note.

The keys of five octaves are wide enough for fingers; the outer keys are narrow and only light up.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from itertools import pairwise

import numpy as np
import pygame
from numpy.typing import NDArray

from messages.cues import KEY_COUNT
from midi_data.notes import HIGHEST_PITCH, LOWEST_PITCH
from visuals.drawing.picture_layout import WHITE_PITCH_CLASSES, KeyboardPlace
from visuals.drawing.sprites import BLEND_ADD, blank_surface, glow_atlas
from visuals.drawing.theme import (
    EDGE_COLOUR,
    LABEL_COLOUR,
    PITCH_COLOURS,
    TEXT_COLOUR,
    Colour,
    shade,
)
from visuals.drawing.typography import TextStyle, TextSurface, Typesetter

_WHITE_FILL, _BLACK_FILL = (15, 18, 25), (3, 4, 7)
_NARROW_FILL = (19, 22, 30)
INVITING_LIGHT: Colour = (33, 38, 44)  # added to white keys, so that the piano is seen
_BLACK_KEY_RATIO = 0.62  # ratio of a black key's width and length to those of a white key
PROBABILITY_BAR_HEIGHT_PX = 46  # height of the bar of probability 1, pixels
MIN_SHOWN_PROBABILITY = 0.015  # smallest probability that has a bar
_MAX_KEY_LEVEL = 0.9
INVITING_PITCHES = (60, 64, 67)  # keys that light up in turn while nobody plays
INVITATION_S = 1.2  # time for which each of them is lit, seconds
_BRIGHTNESS_STEPS, _INVITING_STEPS = 8, 16
_MIN_LIT_CHANNEL = 95  # of a key that a legend is to be read on, 255ths
_PLATE_FACTORS = (70, 70, 70)  # of the ground of a legend on a lit key, 255ths
_TOUCH_MARGIN_PX = 32  # height below the white keys where a finger still plays them, pixels


def is_white(pitch: int) -> bool:
    """Whether a MIDI number is a white key."""
    return pitch % 12 in WHITE_PITCH_CLASSES


class PianoKeyboard:
    """The piano on the screen.

    Parameters
    ----------
    typesetter : Typesetter
    place : KeyboardPlace, optional
        Rectangle of the keys, and which of them are wide; by default that of the landscape layout.
    """

    def __init__(self, typesetter: Typesetter, place: KeyboardPlace | None = None) -> None:
        self.place = place or KeyboardPlace()
        self.rect = pygame.Rect(self.place.rect)
        self._typesetter = typesetter
        self._keys = _layout_keys(self.place)
        self._spark = glow_atlas(15, core=1.6, halo=0.55, white=0.6)
        self._key_glow = glow_atlas(64, halo=0.5, power=2.0)
        self._legends: dict[int, str] = {}
        self._legend_strips: dict[int, pygame.Surface] = {}
        self._legend_plates: list[pygame.Rect] = []
        self._inviting_strip: tuple[int, pygame.Surface] | None = None  # with its step of light

    def key_rect(self, pitch: int) -> pygame.Rect:
        """Rectangle of the key of a pitch (MIDI number)."""
        return self._keys[pitch]

    def key_top(self, pitch: int) -> tuple[float, float]:
        """Centre of the upper edge of a key, pixels."""
        return self._keys[pitch].centerx, float(self.rect.top)

    def pitch_at(self, x: float, y: float) -> int | None:
        """Pitch of the key that a finger at a point plays, if any.

        Touch targets of black keys are wider than the keys; those of white keys reach a little
        below them, in landscape down to the edge of the picture. On a small screen those of black
        keys are also higher, and begin a little above the piano.
        """
        bottom, touch = self.rect.bottom + _TOUCH_MARGIN_PX, self.place.touch_width_px
        top = min(float(self.rect.top), bottom - 2 * touch)
        if not top <= y < bottom:
            return None
        low, high = self.place.playable_pitches
        if not self._keys[low].left <= x < self._keys[high].right:
            return None
        pitches = range(low, high + 1)
        if y < max(self.rect.top + _BLACK_KEY_RATIO * self.rect.height, top + touch):
            black = [pitch for pitch in pitches if not is_white(pitch)]
            nearest = min(black, key=lambda pitch: abs(self._keys[pitch].centerx - x))
            if abs(self._keys[nearest].centerx - x) <= touch / 2:
                return nearest
        return next(p for p in pitches if is_white(p) and x < self._keys[p].right)

    def draw_static(self, surface: pygame.Surface) -> None:
        """Draw the keys without light on a scene's background."""
        for white in (True, False):
            for pitch, rect in self._keys.items():
                if is_white(pitch) is white:
                    self._draw_key(surface, pitch, rect, self._fill_colour(pitch))

    def draw(
        self,
        surface: pygame.Surface,
        lights: NDArray[np.float64],
        ahead: NDArray[np.float64],
        visitor: NDArray[np.float64] | None = None,
    ) -> None:
        """Draw the keys at their brightness, and the probability `ahead` that each is next.

        `visitor` is the brightness of the keys that the visitor holds, which have an outline. All
        have the shape (88,).
        """
        held = np.zeros(KEY_COUNT) if visitor is None else visitor
        for white in (True, False):
            for index in np.flatnonzero(np.maximum(lights, held) > 0.02):
                pitch = LOWEST_PITCH + int(index)
                if is_white(pitch) is white:
                    self._draw_lit_key(surface, pitch, float(lights[index]), float(held[index]))
        self.draw_probabilities(surface, ahead)

    def draw_invitation(self, surface: pygame.Surface, seconds: float, steady: bool) -> None:
        """Light three keys softly, one after another at a running time, or all if `steady`."""
        turn, phase = divmod(seconds / INVITATION_S, 1.0)
        for place, pitch in enumerate(INVITING_PITCHES):
            is_next = int(turn) % len(INVITING_PITCHES) == place
            level = 0.5 if steady else math.sin(math.pi * phase) ** 2 if is_next else 0.0
            if level > 0.02:
                rect = self._keys[pitch].inflate(-2, 0)
                black = [self._keys[beside] for beside in self._black_keys_beside(pitch)]
                whole = [(surface.subsurface(key).copy(), key) for key in black]  # with legends
                pygame.draw.rect(surface, shade(TEXT_COLOUR, max(0.45, level)), rect, 3, 3)
                surface.fblits(whole)
                lamp = self._key_glow.sprite_centred_at(
                    pitch % 12, 0.9 * level, rect.centerx, rect.bottom - 24
                )
                surface.fblits([lamp], BLEND_ADD)

    def draw_playable_light(self, surface: pygame.Surface, level: float) -> None:
        """Add light of a level (0..1) to the white keys that fingers can play."""
        step = round(level * _INVITING_STEPS)
        if step == 0:
            return
        if self._inviting_strip is None or self._inviting_strip[0] != step:
            self._inviting_strip = step, self._render_light(step / _INVITING_STEPS)
        surface.blit(self._inviting_strip[1], self.rect.topleft, special_flags=BLEND_ADD)

    def _render_light(self, level: float) -> pygame.Surface:
        strip, colour = blank_surface(self.rect.size), shade(INVITING_LIGHT, level)
        low, high = self.place.playable_pitches
        for white in (True, False):
            for pitch in range(low, high + 1):
                if is_white(pitch) is white:
                    inside = self._keys[pitch].move(-self.rect.x, -self.rect.y)
                    inside = inside.inflate(-4, -2) if white else inside
                    pygame.draw.rect(strip, colour if white else (0, 0, 0), inside, 0, 3)
        return strip

    def draw_legends(
        self, surface: pygame.Surface, legends: Mapping[int, str], level: float
    ) -> None:
        """Write the computer key of each pitch on its key, with brightness `level` (0..1)."""
        step = round(level * _BRIGHTNESS_STEPS)
        if step == 0 or not legends:
            return
        if self._legends != legends:
            self._legends, self._legend_strips = dict(legends), {}
            self._legend_plates = self._lay_plates(legends)
        self._darken_lit_keys(surface)
        if step not in self._legend_strips:
            self._legend_strips[step] = self._render_legends(step / _BRIGHTNESS_STEPS)
        surface.blit(self._legend_strips[step], self.rect.topleft, special_flags=BLEND_ADD)

    def _lay_plates(self, legends: Iterable[int]) -> list[pygame.Rect]:
        """The grounds of legends on the keys that can be played."""
        plates, size = [], self._typesetter.scale.least
        for key in (self._keys[pitch] for pitch in legends if self._is_playable(pitch)):
            plate = pygame.Rect(0, 0, min(round(0.76 * size), key.width - 4), round(0.9 * size))
            plate.midbottom = key.centerx, key.bottom - 2
            plates.append(plate)
        return plates

    def _darken_lit_keys(self, surface: pygame.Surface) -> None:
        """Darken the ground of legends on lit keys, where they could not be read."""
        for plate in self._legend_plates:
            if max(surface.get_at((plate.centerx, plate.top - 1))[:3]) > _MIN_LIT_CHANNEL:
                surface.fill(_PLATE_FACTORS, plate, pygame.BLEND_RGB_MULT)

    def _render_legends(self, level: float) -> pygame.Surface:
        strip = TextSurface(self.rect.size)
        size = self._typesetter.scale.least
        style = TextStyle(size, "mono-400", 0.0, shade(LABEL_COLOUR, 1.15 * level))
        for pitch, legend in self._legends.items():
            if self._is_playable(pitch):
                key = self._keys[pitch].move(-self.rect.x, -self.rect.y)
                place = (key.centerx, key.bottom - round(1.18 * size))
                self._typesetter.draw_text(strip, legend, place, style, "centre")
        return strip

    def _draw_lit_key(self, surface: pygame.Surface, pitch: int, level: float, held: float) -> None:
        colour, rect = PITCH_COLOURS[pitch % 12], self._keys[pitch]
        lit = shade(colour, _MAX_KEY_LEVEL * level)
        fill = tuple(max(a, b) for a, b in zip(lit, self._fill_colour(pitch), strict=True))
        self._draw_key(surface, pitch, rect, fill)
        if held > 0.05:
            pygame.draw.rect(surface, shade(TEXT_COLOUR, held), rect.inflate(-2, 0), 2, 3)
        if is_white(pitch):
            for beside in self._black_keys_beside(pitch):
                self._draw_key(surface, beside, self._keys[beside], self._fill_colour(beside))
        lamp = self._key_glow.sprite_centred_at(
            pitch % 12, level * 0.8, rect.centerx, self.rect.top + 4
        )
        surface.fblits([lamp], BLEND_ADD)

    def _black_keys_beside(self, pitch: int) -> list[int]:
        """Pitches of the black keys that lie over a white one."""
        beside = (pitch - 1, pitch + 1)
        return [one for one in beside if one in self._keys and not is_white(one)]

    def draw_probabilities(self, surface: pygame.Surface, ahead: NDArray[np.float64]) -> None:
        """Draw the probability `ahead` that each key is next, shape (88,), above the keys."""
        sparks = []
        for index in np.flatnonzero(ahead > MIN_SHOWN_PROBABILITY):
            pitch = LOWEST_PITCH + int(index)
            strength = float(min(1.0, ahead[index])) ** 0.55
            x, base = self._keys[pitch].centerx, self.rect.top - 6
            height = 3 + PROBABILITY_BAR_HEIGHT_PX * strength
            colour = shade(PITCH_COLOURS[pitch % 12], 0.18 + 0.62 * strength)
            surface.fill(colour, (x - 1, round(base - height), 2, round(height)), BLEND_ADD)
            level = 0.25 + 0.75 * strength
            sparks.append(self._spark.sprite_centred_at(pitch % 12, level, x, base - height))
        surface.fblits(sparks, BLEND_ADD)

    def _is_playable(self, pitch: int) -> bool:
        low, high = self.place.playable_pitches
        return low <= pitch <= high

    def _fill_colour(self, pitch: int) -> Colour:
        if not self._is_playable(pitch):
            return _NARROW_FILL
        return _WHITE_FILL if is_white(pitch) else _BLACK_FILL

    def _draw_key(
        self, surface: pygame.Surface, pitch: int, rect: pygame.Rect, fill: Colour
    ) -> None:
        if not self._is_playable(pitch):
            gap = min(3, rect.width // 2)
            pygame.draw.rect(surface, fill, rect.inflate(-gap, 0), border_radius=2)
            return
        inside = rect.inflate(-2, 0) if is_white(pitch) else rect
        pygame.draw.rect(surface, fill, inside, border_radius=3)
        pygame.draw.rect(surface, EDGE_COLOUR, inside, 1, border_radius=3)


def _layout_keys(place: KeyboardPlace) -> dict[int, pygame.Rect]:
    rect, narrow = place.rect, place.narrow_key_width
    lowest, highest = place.playable_pitches
    played = [pitch for pitch in range(lowest, highest + 1) if is_white(pitch)]
    left = rect.x + narrow * (lowest - LOWEST_PITCH)
    width = (rect.right - narrow * (HIGHEST_PITCH - highest) - left) / len(played)
    edges = [round(left + index * width) for index in range(len(played) + 1)]
    keys = {
        pitch: pygame.Rect(start, rect.y, end - start, rect.height)
        for pitch, (start, end) in zip(played, pairwise(edges), strict=True)
    }
    short = int(rect.height * _BLACK_KEY_RATIO)
    for pitch in range(lowest, highest + 1):
        if not is_white(pitch):
            thick = int(width * _BLACK_KEY_RATIO)
            keys[pitch] = pygame.Rect(keys[pitch - 1].right - thick // 2, rect.y, thick, short)
    for pitch in (*range(LOWEST_PITCH, lowest), *range(highest + 1, HIGHEST_PITCH + 1)):
        start, first = (rect.x, LOWEST_PITCH) if pitch < lowest else (edges[-1], highest + 1)
        x = start + narrow * (pitch - first)
        height = rect.height if is_white(pitch) else short
        keys[pitch] = pygame.Rect(x, rect.y, narrow, height)
    return keys
