"""The drummer's lobe: a third lobe of the Cortex, seen while the band plays.

Its cells are real cells of the drummer's network, each in the sector of the part of the kit that
it favours.
"""

from __future__ import annotations

import numpy as np
import pygame

from midi_data.drums import DrumPart
from visuals.drawing.sprites import (
    BLEND_ADD,
    BRIGHTNESS_STEPS,
    FixedLights,
    SpriteAtlas,
    blank_surface,
    glow_atlas,
    ring_atlas,
)
from visuals.drawing.theme import TEXT_COLOUR, Colour, shade
from visuals.drawing.typography import TextStyle
from visuals.scenes.base.drummer import (
    DRUM_COLOUR,
    DrummerCells,
    drummer_presence,
)
from visuals.scenes.base.frame import Frame
from visuals.scenes.base.geometry import Floats, unit_vectors
from visuals.scenes.base.scene import SceneResources
from visuals.scenes.cortex.background import render_folds

_INNER_RADIUS, _OUTER_RADIUS = 0.42, 0.88  # of the cells, in half sizes of the lobe
_FOLD_LIGHT, _OUTLINE_LIGHT = 1.6, 0.5
_TISSUE_COLOUR: Colour = (82, 100, 148)
_NAME_STEPS = 8
_SEED = 7


class DrummerLobe:
    """The drummer's cells in a rectangle of the picture."""

    def __init__(self, rect: pygame.Rect, resources: SceneResources) -> None:
        self._rect, self._resources = rect, resources
        self._cells = DrummerCells()
        self._lights: FixedLights | None = None  # rings, then discs
        self._name: tuple[int, pygame.Surface, pygame.Rect] | None = None  # step of brightness
        self._tissue = SpriteAtlas(_tissue(rect.size), None, (_TISSUE_COLOUR,))
        self._presence = self._tissue_level = 0.0
        self._dark: pygame.Surface | None = None  # the background without the tissue

    def light_tissue(self, background: pygame.Surface, frame: Frame) -> bool:
        """Light the tissue on a scene's background for a frame; whether that changed it."""
        has_cells = self._cells.follow(frame.timeline)
        self._presence = drummer_presence(frame) if has_cells else 0.0
        level = round(self._presence * BRIGHTNESS_STEPS) / BRIGHTNESS_STEPS
        if level == self._tissue_level:
            return False
        if self._dark is None:
            self._dark = background.subsurface(self._rect).copy()
        background.blit(self._dark, self._rect)
        tissue = self._tissue.sprite_centred_at(0, level, *self._rect.center)
        background.fblits([tissue], BLEND_ADD)
        self._tissue_level = level
        return True

    def draw(self, surface: pygame.Surface, frame: Frame) -> None:
        """Draw the cells of the same frame; nothing while there is no drummer."""
        presence = self._presence
        if presence <= 0.0:
            return
        hidden, hits = self._cells.state_at(frame.time), frame.part_light
        if self._lights is None:
            places = cell_places(self._rect, hidden.shape[1])
            ring = ring_atlas(5.0, 1.2, (DRUM_COLOUR,))
            disc = glow_atlas(16, core=3.4, halo=0.5, white=0.85, colours=(DRUM_COLOUR,))
            atlases = [ring] * len(places) + [disc] * len(places)
            self._lights = FixedLights(atlases, [0] * len(atlases), np.tile(places, (2, 1)))
        level = np.abs(hidden) ** 0.7 * (0.5 + 0.6 * hits[:, None])
        level = presence * np.minimum(1.0, level).ravel()
        chosen = np.arange(level.size) + level.size * (hidden >= 0).ravel()  # a ring or a disc
        surface.fblits(self._lights.sprites_at(chosen, level), BLEND_ADD)
        self._write_name(surface, presence)

    def _write_name(self, surface: pygame.Surface, presence: float) -> None:
        step = round(presence * _NAME_STEPS)
        if self._name is None or self._name[0] != step:
            typesetter = self._resources.typesetter
            colour = shade(TEXT_COLOUR, 0.88 * step / _NAME_STEPS)
            style = TextStyle(typesetter.scale.least, "jost-300", 1.0, colour)
            text = typesetter.render(self._resources.words["band.drummer"], style)
            self._name = step, text, text.get_rect(center=self._rect.center)
        surface.blit(*self._name[1:], special_flags=BLEND_ADD)


def cell_places(rect: pygame.Rect, cells: int) -> Floats:
    """Places of the cells, shape (parts * cells, 2): a sector for each part, kick at the bottom."""
    random = np.random.default_rng(_SEED)
    parts = len(DrumPart)
    sector = np.arange(parts)[:, None] + random.uniform(-0.28, 0.28, (parts, cells))
    angle = np.pi / 2 + 2 * np.pi * sector / parts
    # half of the cells lie far out, where a sector is wide
    share = (np.arange(cells) / max(1, cells - 1)) ** 0.7
    radius = _INNER_RADIUS + (_OUTER_RADIUS - _INNER_RADIUS) * share
    around = unit_vectors(angle) * radius[:, None]
    return (rect.center + around * (rect.width / 2, rect.height / 2)).reshape(-1, 2)


def _tissue(size: tuple[int, int]) -> Floats:
    """Folds and outline of the lobe, 0..1, shape (height, width)."""
    width, height = size
    middle = np.array((width / 2, height / 2))
    outline = middle + unit_vectors(np.linspace(0, 2 * np.pi, 120)) * (middle - 3)
    folds = render_folds(size, [outline]).max(axis=-1) / 255
    edge = blank_surface(size)
    pygame.draw.aalines(edge, (255, 255, 255), True, outline.tolist())
    lines = pygame.surfarray.array_green(edge).T / 255
    return np.clip(_FOLD_LIGHT * folds + _OUTLINE_LIGHT * lines, 0, 1)
