"""The Cortex at rest: relief, outlines, synapses, dendrites and letters, drawn once."""

from __future__ import annotations

import numpy as np
import pygame
from numpy.typing import NDArray

from visuals.drawing.canvas import Canvas, add_background_light, mute_colour
from visuals.drawing.theme import (
    FIFTHS,
    LABEL_COLOUR,
    MARGIN_PX,
    NOTE_NAMES,
    PICTURE_SIZE_PX,
    PITCH_COLOURS,
    TEXT_COLOUR,
    TITLE_POSITION,
    Colour,
    shade,
)
from visuals.drawing.typography import LABEL_STYLE, SUBTITLE_STYLE, TITLE_STYLE, TextStyle
from visuals.network_summary import NetworkSummary
from visuals.scenes.base import SceneResources
from visuals.scenes.cortex.folds import render_folds
from visuals.scenes.cortex.layout import CortexLayout

OUTLINE: Colour = (40, 49, 72)
NOTE_NAME_STYLE = TextStyle(19, "jost-400")
REGION_NAME_STYLE = TextStyle(26, "jost-300", 1.8, shade(TEXT_COLOUR, 0.88))
NOTE_NAME_GAP_PX = 26.0
"""From the outline to the middle of a letter, pixels."""
MIN_NOTE_NAME_DISTANCE_PX = 30.0
"""Letters closer to one another than this are pushed apart, pixels."""


def draw_cortex_background(
    anatomy: NetworkSummary, layout: CortexLayout, toolkit: SceneResources
) -> pygame.Surface:
    """The whole picture of a network at rest."""
    canvas = Canvas()
    add_background_light(canvas, (float(layout.centre[0]), float(layout.centre[1])))
    canvas.light += render_folds(PICTURE_SIZE_PX, layout.outlines)
    for island in layout.regions:
        cells = layout.position[island.cells]
        x, y = cells.mean(axis=0).tolist()
        canvas.add_gaussian((x, y), (90.0, 62.0), (7, 8, 15))
    colours = [PITCH_COLOURS[k] for k in anatomy.preferred_pitch_class[layout.layer, layout.unit]]
    for outline in layout.outlines:
        canvas.draw_line(outline, OUTLINE, 1.0, closed=True)
    _draw_synapses(canvas, layout, colours)
    _draw_dendrites(canvas, layout, colours)
    surface = canvas.to_surface()
    _draw_note_names(surface, anatomy, layout, toolkit)
    _draw_region_names(surface, layout, toolkit)
    _draw_words(surface, anatomy, layout, toolkit)
    toolkit.keyboard.draw_static(surface)
    return surface


def cell_radii(anatomy: NetworkSummary, layout: CortexLayout) -> NDArray[np.float64]:
    """Radius of each cell's body, pixels: the more decided, the larger."""
    tuning = anatomy.selectivity[layout.layer, layout.unit]
    middling = max(float(np.median(tuning)), 1e-6) if len(tuning) else 1.0
    return 2.7 * np.clip(tuning / middling, 0.7, 1.5)


def _draw_synapses(canvas: Canvas, layout: CortexLayout, colours: list[Colour]) -> None:
    for source, path in zip(layout.source, layout.paths, strict=True):
        canvas.draw_line(path[::2], mute_colour(colours[source], 0.10), 0.5)
    canvas.flatten_strokes()


def _draw_dendrites(canvas: Canvas, layout: CortexLayout, colours: list[Colour]) -> None:
    generator = np.random.default_rng(2)
    for place, colour in zip(layout.position, colours, strict=True):
        near, far, twig = (mute_colour(colour, level) for level in (0.38, 0.24, 0.17))
        for branch, side in _dendrite_branches(place, generator):
            canvas.draw_line(side, twig, 0.5)
            canvas.draw_line(branch[3:], far, 0.5)
            canvas.draw_line(branch[:4], near, 1.0)
        canvas.draw_circle(place, 2.4, mute_colour(colour, 0.40))
    canvas.flatten_strokes()


def _dendrite_branches(
    place: NDArray[np.float64], generator: np.random.Generator
) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Dendrites of a cell: for each, its points, shape (8, 2), and those of a twig on it."""
    count = int(generator.integers(4, 7))
    turns = generator.normal(0, 0.33, (count, 7))
    angle = generator.uniform(0, 2 * np.pi, (count, 1)) + np.cumsum(turns, axis=1)
    length = generator.uniform(13, 28, (count, 1, 1)) / 7
    steps = np.stack([np.cos(angle), np.sin(angle)], axis=-1) * length
    walk = np.concatenate([np.zeros((count, 1, 2)), np.cumsum(steps, axis=1)], axis=1) + place
    fork = angle[:, 4:5] + generator.choice([-0.7, 0.7], (count, 1))
    fork = fork + np.cumsum(generator.normal(0, 0.3, (count, 4)), axis=1)
    steps = np.stack([np.cos(fork), np.sin(fork)], axis=-1) * (0.7 * length)
    twig = np.concatenate([np.zeros((count, 1, 2)), np.cumsum(steps, axis=1)], axis=1)
    return list(zip(walk, twig + walk[:, 4:5], strict=True))


def _draw_note_names(
    surface: pygame.Surface, anatomy: NetworkSummary, layout: CortexLayout, toolkit: SceneResources
) -> None:
    """Name each pitch class outside the hemispheres, next to the cells that favour it."""
    favours = anatomy.preferred_pitch_class[layout.layer, layout.unit].copy()
    for island in layout.regions:  # these lie by something else
        favours[island.cells] = -1
    for half, outline in enumerate(layout.outlines):
        places, names = [], []
        for pitch_class in FIFTHS:
            cells = layout.position[(favours == pitch_class) & (layout.hemisphere == half)]
            if len(cells):
                places.append(_point_outside_outline(outline, layout.centre, cells.mean(axis=0)))
                names.append(pitch_class)
        for (x, y), pitch_class in zip(_spread_apart(places), names, strict=True):
            style = TextStyle(
                NOTE_NAME_STYLE.size,
                NOTE_NAME_STYLE.face,
                0.0,
                shade(PITCH_COLOURS[pitch_class], 0.8),
            )
            name = NOTE_NAMES[pitch_class]
            toolkit.typesetter.draw_note_name(surface, name, (x, y - 13), style, "centre")


def _draw_region_names(
    surface: pygame.Surface, layout: CortexLayout, toolkit: SceneResources
) -> None:
    """Write softly what the cells of each region like, in their midst."""
    for island in layout.regions:
        x, y = layout.position[island.cells].mean(axis=0)
        text = toolkit.words[f"region.{island.name}"]
        picture = toolkit.typesetter.render(text, REGION_NAME_STYLE)
        box = picture.get_rect(center=(round(x), round(y)))
        _draw_shadow(surface, box.inflate(120, 54))
        surface.blit(picture, box, special_flags=pygame.BLEND_RGB_ADD)


def _draw_shadow(surface: pygame.Surface, box: pygame.Rect) -> None:
    """A soft shadow, so that words stand out from what lies about them."""
    x = np.linspace(-1.0, 1.0, box.width)[:, None]
    y = np.linspace(-1.0, 1.0, box.height)[None]
    keep = 1.0 - 0.62 * (1 - x * x) ** 1.5 * (1 - y * y) ** 1.5
    shadow = pygame.Surface(box.size, 0, 32)
    grey = np.repeat((255 * keep)[..., None], 3, axis=2).astype(np.uint8)
    pygame.surfarray.blit_array(shadow, grey)
    surface.blit(shadow, box, special_flags=pygame.BLEND_RGB_MULT)


def _point_outside_outline(
    outline: NDArray[np.float64], centre: NDArray[np.float64], place: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The point just outside an outline in the direction of a place."""
    away = outline - centre
    toward = place - centre
    turn = np.arctan2(away[:, 1], away[:, 0]) - np.arctan2(toward[1], toward[0])
    turn = np.abs(np.angle(np.exp(1j * turn)))
    edge = away[turn < turn.min() + 0.02]
    outermost = edge[np.hypot(*edge.T).argmax()]
    return centre + outermost * (1 + NOTE_NAME_GAP_PX / np.hypot(*outermost))


def _spread_apart(places: list[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
    """Points in order along a curve, those too close to the last pushed on."""
    spread = [place.copy() for place in places]
    for _ in range(12):
        for first, second in zip(spread, spread[1:], strict=False):
            gap = second - first
            distance = max(float(np.hypot(*gap)), 1e-6)
            if distance < MIN_NOTE_NAME_DISTANCE_PX:
                push = gap * (MIN_NOTE_NAME_DISTANCE_PX - distance) / (2 * distance)
                first -= push
                second += push
    return spread


def _draw_words(
    surface: pygame.Surface, anatomy: NetworkSummary, layout: CortexLayout, toolkit: SceneResources
) -> None:
    type, words = toolkit.typesetter, toolkit.words
    x, y = TITLE_POSITION
    type.draw_text(surface, words["cortex.title"], (x, y), TITLE_STYLE)
    quiet = TextStyle(
        SUBTITLE_STYLE.size, SUBTITLE_STYLE.face, SUBTITLE_STYLE.tracking, LABEL_COLOUR
    )
    for line in (1, 2, 3):
        text = words[f"cortex.subtitle_{line}"].format(units=len(layout.position))
        type.draw_text(surface, text, (x + 3, y + 38 + 28 * line), quiet)
    if anatomy.layers == 1:
        return
    plural = "" if anatomy.layers == 2 else "s"
    label = TextStyle(LABEL_STYLE.size, LABEL_STYLE.face, LABEL_STYLE.tracking, LABEL_COLOUR)
    middle = float(layout.centre[1])
    place = MARGIN_PX + 3
    type.draw_text(surface, words[f"cortex.first_layer{plural}"], (place, middle - 44), label)
    type.draw_text(surface, words[f"cortex.last_layer{plural}"], (place, middle + 24), label)
