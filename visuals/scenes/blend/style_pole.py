"""Poles of a blend: each network as a flower of its cells, with a corona of what it expects."""

from __future__ import annotations

import numpy as np
import pygame
from numpy.typing import NDArray

from messages.cues import KEY_COUNT
from midi_data.notes import LOWEST_PITCH
from visuals.drawing.canvas import Canvas, mute_colour
from visuals.drawing.fixed_lights import FixedLights
from visuals.drawing.sprites import PlacedSprite, glow_atlas, ring_atlas
from visuals.drawing.theme import (
    FIFTHS_POSITION,
    LABEL_COLOUR,
    NOTE_NAMES,
    RULE_COLOUR,
    TEXT_COLOUR,
    Colour,
    mix,
    shade,
)
from visuals.drawing.typography import TextAlign, TextStyle, Typesetter
from visuals.network_summary import NetworkSummary
from visuals.scenes.blend.blend_space import BlendSpace, Point

Floats = NDArray[np.float64]

POLE_COLOURS: tuple[Colour, ...] = (
    (138, 154, 243),
    (246, 180, 94),
    (122, 196, 178),
    (224, 154, 172),
    (206, 206, 110),
    (112, 179, 212),
)
"""Of the poles, in order; their places and names tell them apart without colour."""
MAX_CELLS_PER_POLE = 256
"""Cells drawn of a network; of a larger one, those that favour a tone most decidedly."""
GOLDEN_ANGLE_RAD = np.pi * (3.0 - np.sqrt(5.0))
"""Turn from seed to seed of a sunflower (Vogel 1979)."""
WEIGHT_RING_GAP_PX = 9.0
"""From the flower's edge to the ring that tells its weight, pixels."""
RAY_GAP_PX, MAX_RAY_LENGTH_PX = 16.0, 50.0
"""From the flower's edge to where rays begin, and the length of a certain one."""
LABEL_GAP_RAD = np.radians(64.0)
"""Left free of rays where the pole's name stands."""
MIN_CELL_LEVEL = 0.06
FIRST_RAY_KEY, LAST_RAY_KEY = 38 - LOWEST_PITCH, 90 - LOWEST_PITCH
"""Keys at the two ends of the corona; those beyond share these rays."""
MAX_NAMED_KEYS = 3
"""Keys a pole expects most, written by name..."""
MIN_NAMED_PROBABILITY = 0.07
"""...from this probability on."""
MIN_NAME_DISTANCE_PX = 24.0
"""Names nearer to one another than this are left out, pixels."""
RESTING_BRIGHTNESS = 0.4
"""Brightness of a pole without weight."""


class StylePole:
    """One network of a blend.

    Parameters
    ----------
    number : int
        Its place among them.
    anatomy : Anatomy
    field : Field
    name : str
        For people.
    """

    def __init__(self, number: int, anatomy: NetworkSummary, field: BlendSpace, name: str) -> None:
        self.middle = field.pole_centres[number]
        self.radius = field.pole_radius
        self.colour = POLE_COLOURS[number]
        self._name = name
        self._units, offsets = phyllotaxis_layout(anatomy, 0.9 * field.pole_radius)
        self._places = self.middle + offsets
        palette = [self.colour]
        spark = glow_atlas(11, core=2.1, halo=0.5, white=0.85, colours=palette)
        ring = ring_atlas(3.6, 1.2, colours=palette)
        corona = glow_atlas(32, halo=0.46, power=2.4, colours=palette)
        cells = len(self._units)
        self._sparks = FixedLights([spark] * cells, [0] * cells, self._places)
        self._rings = FixedLights([ring] * cells, [0] * cells, self._places)
        self._coronas = FixedLights([corona] * cells, [0] * cells, self._places)
        self._tip = glow_atlas(10, core=1.6, halo=0.5, white=0.7, colours=palette)
        self._label = _label_placement(field, number)
        self._rays = self._ray_directions()

    def draw_static(self, canvas: Canvas) -> None:
        """Draw it at rest, once."""
        canvas.add_gaussian(
            tuple(self.middle), (self.radius, self.radius), shade(self.colour, 0.09)
        )
        canvas.draw_circle(
            self.middle, self.radius + WEIGHT_RING_GAP_PX, shade(RULE_COLOUR, 0.7), 1.0
        )
        for place in self._places:
            canvas.draw_circle(place, 1.5, mute_colour(self.colour, 0.34))
        for ray in self._rays:
            canvas.draw_circle(
                self.middle + ray * (self.radius + RAY_GAP_PX), 0.8, shade(RULE_COLOUR, 0.9)
            )

    def write_name(self, surface: pygame.Surface, type: Typesetter) -> None:
        """Write its name, once."""
        (x, y), align = self._label
        type.draw_text(
            surface, self._name, (x, y), TextStyle(30, "jost-300", 0.4, TEXT_COLOUR), align
        )

    def draw(
        self, surface: pygame.Surface, hidden: Floats, ahead: Floats, weight: float
    ) -> list[PlacedSprite]:
        """Draw what it thinks; return lights still to be added."""
        level = RESTING_BRIGHTNESS + (1.0 - RESTING_BRIGHTNESS) * weight**0.6
        self._draw_weight(surface, weight)
        lights = self._draw_rays(surface, ahead, level)
        said = hidden[self._units]
        strength = np.minimum(1.0, np.abs(said)) * level
        busy = strength > MIN_CELL_LEVEL
        hollow = np.flatnonzero(busy & (said < 0))
        filled = np.flatnonzero(busy & (said >= 0))
        bright = np.flatnonzero((strength > 0.45) & (said >= 0))
        lights += self._rings.sprites_at(hollow, 0.8 * strength[hollow])
        lights += self._sparks.sprites_at(filled, 0.2 + 0.8 * strength[filled])
        return lights + self._coronas.sprites_at(bright, (strength[bright] - 0.35) / 0.65)

    def write_figures(
        self, surface: pygame.Surface, type: Typesetter, words: tuple[str, str], told: Floats
    ) -> None:
        """Write its weight and what it gave the note (`told`, two numbers 0..1), with `words`."""
        (x, y), align = self._label
        number = TextStyle(25, "mono-300", 0.0, shade(self.colour, 0.95))
        quiet = TextStyle(20, "jost-300", 0.3, LABEL_COLOUR)
        for line, (word, value) in enumerate(zip(words, told, strict=True)):
            text = f"{_percent(float(value))} "
            row = y + 42 + 29 * line
            width = type.render(text, number).get_width() + type.render(word, quiet).get_width()
            left = x - {"left": 0.0, "centre": width / 2, "right": float(width)}[align]
            step = type.draw_text(surface, text, (left, row - 4), number)
            type.draw_text(surface, word, (left + step, row), quiet)

    def write_likely_keys(self, surface: pygame.Surface, type: Typesetter, ahead: Floats) -> None:
        """Write the names of the keys it expects most at the ends of their rays."""
        shares = ahead / max(1e-9, float(ahead.sum()))
        places: list[Floats] = []
        for key in np.argsort(-shares)[:MAX_NAMED_KEYS]:
            share = float(shares[key])
            if share < MIN_NAMED_PROBABILITY or ahead.sum() < 1e-3:
                continue
            place = self.middle + self._rays[key] * self._key_name_distance(share)
            if any(np.hypot(*(place - other)) < MIN_NAME_DISTANCE_PX for other in places):
                continue
            places.append(place)
            level = round(8 * min(1.0, 0.45 + share)) / 8
            style = TextStyle(22, "jost-400", 0.0, shade(mix(self.colour, TEXT_COLOUR, 0.4), level))
            name = NOTE_NAMES[(LOWEST_PITCH + int(key)) % 12]
            type.draw_note_name(surface, name, (place[0], place[1] - 16), style, "centre")

    def _key_name_distance(self, share: float) -> float:
        """From the middle to the name of a key, pixels."""
        return self.radius + RAY_GAP_PX + MAX_RAY_LENGTH_PX * share**0.5 + 20

    def _draw_weight(self, surface: pygame.Surface, weight: float) -> None:
        if weight < 0.005:
            return
        angle = -np.pi / 2 + 2 * np.pi * np.linspace(0.0, min(1.0, weight), 73)
        around = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        for offset in (-0.5, 0.5):
            points = self.middle + around * (self.radius + WEIGHT_RING_GAP_PX + offset)
            pygame.draw.aalines(surface, shade(self.colour, 0.9), False, points.tolist())

    def _draw_rays(
        self, surface: pygame.Surface, ahead: Floats, level: float
    ) -> list[PlacedSprite]:
        lights = []
        total = float(ahead.sum())
        if total < 1e-3:
            return []
        shares = np.sqrt(ahead / total)
        start = self.middle + self._rays * (self.radius + RAY_GAP_PX)
        end = start + self._rays * (MAX_RAY_LENGTH_PX * shares)[:, None]
        for key in np.flatnonzero(shares > 0.06):
            strength = float(shares[key])
            colour = shade(self.colour, level * (0.25 + 0.75 * strength))
            pygame.draw.aaline(surface, colour, start[key], end[key], 1 + (strength > 0.3))
            lights.append(self._tip.sprite_centred_at(0, level * (0.2 + 0.8 * strength), *end[key]))
        return lights

    def _ray_directions(self) -> Floats:
        """Direction of each key's ray, lowest first, shape (88, 2)."""
        (x, y), _ = self._label
        toward = np.arctan2(y + 30 - self.middle[1], x - self.middle[0])
        place = (np.arange(KEY_COUNT) - FIRST_RAY_KEY) / (LAST_RAY_KEY - FIRST_RAY_KEY)
        angle = toward + LABEL_GAP_RAD / 2 + (2 * np.pi - LABEL_GAP_RAD) * place.clip(0.0, 1.0)
        return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def phyllotaxis_layout(anatomy: NetworkSummary, radius: float) -> tuple[NDArray[np.int64], Floats]:
    """Units of the last layer, and the place of each in a disc about the origin, shape (n, 2).

    The turn comes from the tone a unit favours, on the circle of fifths; how far out it lies, from
    how decidedly.
    """
    tuning = anatomy.selectivity[-1]
    units = np.sort(np.argsort(-tuning, kind="stable")[:MAX_CELLS_PER_POLE])
    seeds = np.arange(len(units))
    turn = seeds * GOLDEN_ANGLE_RAD
    slots = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    slots *= (radius * np.sqrt((seeds + 0.5) / len(units)))[:, None]
    by_turn = np.argsort(np.arctan2(slots[:, 1], slots[:, 0]), kind="stable")
    fifths = np.array(FIFTHS_POSITION)[anatomy.preferred_pitch_class[-1, units]]
    offsets, start = np.empty_like(slots), 0
    for place in range(12):
        wedge = np.flatnonzero(fifths == place)
        room = by_turn[start : start + len(wedge)]
        start += len(wedge)
        outwards = room[np.argsort(np.hypot(*slots[room].T), kind="stable")]
        offsets[wedge[np.argsort(tuning[units[wedge]], kind="stable")]] = slots[outwards]
    return units, offsets


def _label_placement(field: BlendSpace, number: int) -> tuple[Point, TextAlign]:
    """Top of a pole's name: beside it at the middle of the picture, above it at the sides."""
    x, y = field.pole_centres[number].tolist()
    if abs(x - 960.0) < 120.0:
        return (x + field.pole_radius + 66, y - 46), "left"
    return (x, y - field.pole_radius - 126), "centre"


def _percent(share: float) -> str:
    return "<1 %" if 0.0 < share < 0.005 else f"{100 * share:.0f} %"
