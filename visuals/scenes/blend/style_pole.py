"""Poles of a blend: each network as a disc of its cells, with rays to the keys it expects."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pygame
from numpy.typing import NDArray

from messages.cues import KEY_COUNT
from midi_data.notes import LOWEST_PITCH
from visuals.drawing.canvas import Canvas, mute_colour
from visuals.drawing.line_renderer import LineBatch
from visuals.drawing.sprites import (
    FixedLights,
    PlacedSprite,
    blank_surface,
    glow_atlas,
    ring_atlas,
)
from visuals.drawing.theme import (
    LABEL_COLOUR,
    RULE_COLOUR,
    TEXT_COLOUR,
    VISITOR_COLOUR,
    Colour,
    mix,
    shade,
)
from visuals.drawing.typography import TextStyle, Typesetter
from visuals.network_summary import NetworkSummary
from visuals.scenes.base.geometry import Floats, rotate_quarter, unit_vectors
from visuals.scenes.base.shown_units import assign_slots, most_selective
from visuals.scenes.blend.blend_space import BlendSpace
from visuals.words import Words

POLE_COLOURS: tuple[Colour, ...] = (
    (138, 154, 243),
    (246, 180, 94),
    (122, 196, 178),
    (224, 154, 172),
    (206, 206, 110),
    (112, 179, 212),
)
"""Colours of the poles, in order; positions and names tell the poles apart too."""
MAX_CELLS_PER_POLE = 256  # cells of a pole; of a larger network, the most selective units are drawn
MAX_FLARES = 24  # number of cells of a pole that can flare at once
GOLDEN_ANGLE_RAD = np.pi * (3.0 - np.sqrt(5.0))
"""Angle between two neighbouring seeds of a sunflower (Vogel 1979)."""
WEIGHT_RING_GAP_PX = 9.0  # distance of the ring that shows the weight from the pole's edge, pixels
RAY_GAP_PX, MAX_RAY_LENGTH_PX = 16.0, 38.0
"""Distance of the rays from the pole's edge, and length of the ray of a certain key, pixels."""
LABEL_GAP_RAD = np.radians(64.0)  # angle without rays, for the pole's name
MIN_CELL_LEVEL, MIN_GLOW_LEVEL = 0.06, 0.45
"""Smallest levels of a cell that is lit, and of a cell that glows."""
FIRST_RAY_KEY, LAST_RAY_KEY = 38 - LOWEST_PITCH, 90 - LOWEST_PITCH
"""Keys of the first and the last ray; keys beyond share these rays."""
MAX_NAMED_KEYS, MIN_NAMED_PROBABILITY = 3, 0.07
"""Number of keys with a written name, and their smallest probability."""
MIN_NAME_DISTANCE = 1.8  # smallest distance between two written names, in sizes
RESTING_BRIGHTNESS = 0.4  # brightness of a pole without weight


class StylePole:
    """One network of a blend: the pole of a number in a blend space, under a name."""

    def __init__(self, number: int, network: NetworkSummary, space: BlendSpace, name: str) -> None:
        self._number, self.centre = number, space.pole_centres[number]
        self.radius = space.pole_radius
        self.colour = POLE_COLOURS[number]
        self._name = name
        self._units, offsets = phyllotaxis_layout(network, 0.9 * self.radius)
        self._positions = self.centre + offsets
        palette, cells = (self.colour,), len(self._units)
        disc = glow_atlas(11, core=2.1, halo=0.5, white=0.85, colours=palette)
        ring = ring_atlas(3.6, 1.2, colours=palette)
        corona = glow_atlas(32, halo=0.46, power=2.4, colours=palette)
        self._discs, self._rings, self._coronas = (
            FixedLights([atlas] * cells, [0] * cells, self._positions)
            for atlas in (disc, ring, corona)
        )
        flare = glow_atlas(22, core=3.4, halo=0.5, white=0.6, colours=(VISITOR_COLOUR,))
        self._flares = FixedLights([flare] * cells, [0] * cells, self._positions)
        self._drawn_arc: tuple[float, pygame.Surface, tuple[int, int]] | None = None  # by weight
        self._figure_widths: dict[tuple[str, str], int] = {}
        self._tip = glow_atlas(10, core=1.6, halo=0.5, white=0.7, colours=palette)
        x, y = self.centre.tolist()
        self._is_central = abs(x - float(space.pole_centres[:, 0].mean())) < 120.0
        # the bottom of the name and the figures
        self._is_central &= space.names_beside
        beside, above = (x + self.radius + 66, y + 34), (x, y - self.radius - 22)
        self._label_place = beside if self._is_central else above
        self._rays = self._ray_directions()

    def draw_static(self, canvas: Canvas) -> None:
        """Draw the pole at rest."""
        canvas.add_gaussian(tuple(self.centre), (self.radius,) * 2, shade(self.colour, 0.09))
        ring_radius = self.radius + WEIGHT_RING_GAP_PX
        canvas.draw_circle(self.centre, ring_radius, shade(RULE_COLOUR, 0.7), 1.0)
        for position in self._positions:
            canvas.draw_circle(position, 1.5, mute_colour(self.colour, 0.34))
        for foot in self.centre + self._rays * (self.radius + RAY_GAP_PX):
            canvas.draw_circle(foot, 0.8, shade(RULE_COLOUR, 0.9))

    def write_name(self, surface: pygame.Surface, typesetter: Typesetter) -> None:
        """Write the name of the pole."""
        align = "left" if self._is_central else "centre"
        style = TextStyle(typesetter.scale.needed, "jost-300", 0.4, TEXT_COLOUR)
        x, y = self._label_place
        rows = round(2 * 1.25 * typesetter.scale.least + 1.3 * typesetter.scale.needed)
        typesetter.draw_text(surface, self._name, (x, y - rows), style, align)

    def draw(
        self, lines: LineBatch, hidden: Floats, probabilities: Floats, weight: float
    ) -> list[PlacedSprite]:
        """Add rays to `lines`, and return the lights of the rays and cells.

        The pole's number is the index of its colour. `hidden` (units,) are the states of the last
        layer, `probabilities` (88,) those of the keys.
        """
        level = RESTING_BRIGHTNESS + (1.0 - RESTING_BRIGHTNESS) * weight**0.6
        sprites = self._add_rays(lines, probabilities, level)
        shown = hidden[self._units]
        strength, positive = np.minimum(1.0, np.abs(shown)) * level, shown >= 0
        visible = strength > MIN_CELL_LEVEL
        hollow, filled = np.flatnonzero(visible & ~positive), np.flatnonzero(visible & positive)
        bright = np.flatnonzero((strength > MIN_GLOW_LEVEL) & positive)
        sprites += self._rings.sprites_at(hollow, 0.8 * strength[hollow])
        sprites += self._discs.sprites_at(filled, 0.2 + 0.8 * strength[filled])
        return sprites + self._coronas.sprites_at(bright, (strength[bright] - 0.35) / 0.65)

    def flares(self, response: Floats) -> list[PlacedSprite]:
        """Lights of the cells whose hidden states (units,) a visitor's keys changed the most."""
        change = response[self._units]
        if change.max(initial=0.0) < MIN_CELL_LEVEL:
            return []
        cells = np.argsort(-change)[:MAX_FLARES]
        return self._flares.sprites_at(cells, np.minimum(1.0, 1.2 * change[cells]))

    def write_figures(
        self, surface: pygame.Surface, typesetter: Typesetter, figures: Sequence[tuple[str, float]]
    ) -> None:
        """Write the weight, and the probability of the note (both 0 to 1), before their words."""
        (x, y), size = self._label_place, typesetter.scale.least
        number_style = TextStyle(size, "mono-300", 0.0, shade(self.colour, 0.95))
        word_style = TextStyle(size, "jost-300", 0.3, LABEL_COLOUR)
        for row, (word, figure) in enumerate(figures):
            percent = "<1" if 0.0 < figure < 0.005 else f"{100 * figure:.0f}"
            text, top = f"{percent} % ", y - 1.25 * size * (2 - row)
            width = self._figure_widths.get((text, word))
            if width is None:
                width = typesetter.render(text, number_style).get_width()
                width += typesetter.render(word, word_style).get_width()
                self._figure_widths[text, word] = width
            left = x if self._is_central else x - width / 2
            step = typesetter.draw_text(surface, text, (left, top), number_style)
            typesetter.draw_text(surface, word, (left + step, top), word_style)

    def write_likely_keys(
        self, surface: pygame.Surface, typesetter: Typesetter, words: Words, probabilities: Floats
    ) -> None:
        """Write the names of the most probable keys at the ends of their rays."""
        total = float(probabilities.sum())
        if total < 1e-3:
            return
        places: list[tuple[float, float]] = []
        least = MIN_NAME_DISTANCE * typesetter.scale.least
        for key in np.argsort(-probabilities)[:MAX_NAMED_KEYS].tolist():
            share = float(probabilities[key]) / total
            if share < MIN_NAMED_PROBABILITY:
                break
            distance = self.radius + RAY_GAP_PX + MAX_RAY_LENGTH_PX * share**0.5 + 20
            x, y = (self.centre + self._rays[key] * distance).tolist()
            place = x, y
            if any(math.dist(place, other) < least for other in places):
                continue
            places.append(place)
            level = round(8 * min(1.0, 0.7 + share)) / 8
            colour = shade(mix(self.colour, TEXT_COLOUR, 0.4), level)
            style = TextStyle(typesetter.scale.least, "jost-400", 0.0, colour)
            name = words.note_name(LOWEST_PITCH + key)
            typesetter.draw_note_name(
                surface, name, (place[0], place[1] - 0.72 * typesetter.scale.least), style, "centre"
            )

    def draw_weight(self, surface: pygame.Surface, weight: float) -> None:
        """Draw the weight as an arc, clockwise from the top."""
        if weight < 0.005:
            return
        if self._drawn_arc is None or self._drawn_arc[0] != weight:
            top, ring = -np.pi / 2, self.radius + WEIGHT_RING_GAP_PX
            angles = np.linspace(top, top + 2 * np.pi * min(1.0, weight), 73)
            radii = ring - 0.5, ring + 0.5
            arcs = render_arcs(shade(self.colour, 0.9), self.centre, radii, angles)
            self._drawn_arc = weight, *arcs
        _, picture, corner = self._drawn_arc
        surface.blit(picture, corner, special_flags=pygame.BLEND_RGB_MAX)

    def _add_rays(
        self, lines: LineBatch, probabilities: Floats, level: float
    ) -> list[PlacedSprite]:
        """Add a ray for each probable key, and return the lights at their tips."""
        total = float(probabilities.sum())
        if total < 1e-3:
            return []
        shares = np.sqrt(probabilities / total)
        drawn = np.flatnonzero(shares > 0.06)
        shares, rays = shares[drawn], self._rays[drawn]
        start = self.centre + rays * (self.radius + RAY_GAP_PX)
        end = start + rays * (MAX_RAY_LENGTH_PX * shares)[:, None]
        levels = level * (0.25 + 0.75 * shares)
        lines.add_segments(start, end, self._number, levels)
        wide, beside = shares > 0.3, rotate_quarter(rays)
        second = (start + beside)[wide], (end + beside)[wide]
        lines.add_segments(*second, self._number, levels[wide])
        tips = level * (0.2 + 0.8 * shares)
        return [
            self._tip.sprite_centred_at(0, tip, x, y)
            for tip, (x, y) in zip(tips.tolist(), end.tolist(), strict=True)
        ]

    def _ray_directions(self) -> Floats:
        """Direction of each key's ray, lowest key first, shape (88, 2)."""
        x, y = self._label_place
        toward_label = np.arctan2(y - 60 - self.centre[1], x - self.centre[0])
        place = (np.arange(KEY_COUNT) - FIRST_RAY_KEY) / (LAST_RAY_KEY - FIRST_RAY_KEY)
        turn = LABEL_GAP_RAD / 2 + (2 * np.pi - LABEL_GAP_RAD) * place.clip(0.0, 1.0)
        return unit_vectors(toward_label + turn)


def draw_arcs(
    surface: pygame.Surface, colour: Colour, centre: Floats, radii: Sequence[float], angles: Floats
) -> None:
    """Draw arcs of some radii through some angles, clockwise from the right, radians.

    No channel of the picture falls, as it would where dim lines are blended over a bright ground.
    """
    picture, corner = render_arcs(colour, centre, radii, angles)
    surface.blit(picture, corner, special_flags=pygame.BLEND_RGB_MAX)


def render_arcs(
    colour: Colour, centre: Floats, radii: Sequence[float], angles: Floats
) -> tuple[pygame.Surface, tuple[int, int]]:
    """Arcs as `draw_arcs` draws them, on black, and the top left of that picture."""
    reach = math.ceil(max(radii)) + 2
    x, y = (math.floor(side) - reach for side in centre.tolist())
    picture = blank_surface((2 * reach + 2, 2 * reach + 2))
    for radius in radii:
        arc = centre - (x, y) + unit_vectors(angles) * radius
        pygame.draw.aalines(picture, colour, False, arc.tolist())
    return picture, (x, y)


def phyllotaxis_layout(network: NetworkSummary, radius: float) -> tuple[NDArray[np.int64], Floats]:
    """Numbers (n,) and offsets (n, 2) of units of the last layer, like the seeds of a sunflower.

    The preferred pitch class of a unit decides its angle, the selectivity its distance.
    """
    units = most_selective(network.selectivity[-1], MAX_CELLS_PER_POLE)
    seeds = np.arange(len(units))
    slots = unit_vectors(seeds * GOLDEN_ANGLE_RAD)
    slots *= (radius * np.sqrt((seeds + 0.5) / len(units)))[:, None]
    chosen = assign_slots(
        network.preferred_pitch_class[-1, units],
        network.selectivity[-1, units],
        np.arctan2(slots[:, 1], slots[:, 0]),
        np.hypot(*slots.T),
    )
    return units, slots[chosen]
