"""The Cortex at rest: relief, outlines, synapses, dendrites and letters, drawn once."""

from __future__ import annotations

import numpy as np
import pygame
from numpy.typing import NDArray

from visuals.drawing.canvas import Canvas, grey, vignette
from visuals.drawing.theme import (
    DIM,
    FIFTHS,
    INK,
    MARGIN,
    NOTE_NAMES,
    PITCH_COLOURS,
    SIZE,
    TITLE_PLACE,
    Colour,
    shade,
)
from visuals.drawing.typography import LABEL, SUBTITLE, TITLE, TextStyle
from visuals.network_summary import Anatomy
from visuals.scenes.base import Toolkit
from visuals.scenes.cortex.folds import folds
from visuals.scenes.cortex.layout import Layout

OUTLINE: Colour = (40, 49, 72)
LETTER = TextStyle(19, "jost-400")
REGION = TextStyle(26, "jost-300", 1.8, shade(INK, 0.88))
LETTER_GAP = 26.0
"""From the outline to the middle of a letter, pixels."""
LETTER_SPACE = 30.0
"""Letters closer to one another than this are pushed apart, pixels."""


def draw_body(anatomy: Anatomy, layout: Layout, toolkit: Toolkit) -> pygame.Surface:
    """The whole picture of a network at rest."""
    canvas = Canvas()
    vignette(canvas, (float(layout.centre[0]), float(layout.centre[1])))
    canvas.light += folds(SIZE, layout.outlines)
    for island in layout.islands:
        cells = layout.position[island.cells]
        x, y = cells.mean(axis=0).tolist()
        canvas.wash((x, y), (90.0, 62.0), (7, 8, 15))
    colours = [PITCH_COLOURS[k] for k in anatomy.preference[layout.layer, layout.unit]]
    for outline in layout.outlines:
        canvas.line(outline, OUTLINE, 1.0, closed=True)
    _draw_synapses(canvas, layout, colours)
    _draw_dendrites(canvas, layout, colours)
    surface = canvas.surface()
    _draw_letters(surface, anatomy, layout, toolkit)
    _name_islands(surface, layout, toolkit)
    _draw_words(surface, anatomy, layout, toolkit)
    toolkit.keyboard.draw_static(surface)
    return surface


def radii(anatomy: Anatomy, layout: Layout) -> NDArray[np.float64]:
    """Radius of each cell's body, pixels: the more decided, the larger."""
    tuning = anatomy.tuning[layout.layer, layout.unit]
    middling = max(float(np.median(tuning)), 1e-6) if len(tuning) else 1.0
    return 2.7 * np.clip(tuning / middling, 0.7, 1.5)


def _draw_synapses(canvas: Canvas, layout: Layout, colours: list[Colour]) -> None:
    for source, path in zip(layout.source, layout.paths, strict=True):
        canvas.line(path[::2], grey(colours[source], 0.10), 0.5)
    canvas.settle()


def _draw_dendrites(canvas: Canvas, layout: Layout, colours: list[Colour]) -> None:
    generator = np.random.default_rng(2)
    for place, colour in zip(layout.position, colours, strict=True):
        near, far, twig = (grey(colour, level) for level in (0.38, 0.24, 0.17))
        for branch, side in _branches(place, generator):
            canvas.line(side, twig, 0.5)
            canvas.line(branch[3:], far, 0.5)
            canvas.line(branch[:4], near, 1.0)
        canvas.circle(place, 2.4, grey(colour, 0.40))
    canvas.settle()


def _branches(
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


def _draw_letters(
    surface: pygame.Surface, anatomy: Anatomy, layout: Layout, toolkit: Toolkit
) -> None:
    """Name each pitch class outside the hemispheres, next to the cells that favour it."""
    favours = anatomy.preference[layout.layer, layout.unit].copy()
    for island in layout.islands:  # these lie by something else
        favours[island.cells] = -1
    for half, outline in enumerate(layout.outlines):
        places, names = [], []
        for pitch_class in FIFTHS:
            cells = layout.position[(favours == pitch_class) & (layout.hemisphere == half)]
            if len(cells):
                places.append(_beside(outline, layout.centre, cells.mean(axis=0)))
                names.append(pitch_class)
        for (x, y), pitch_class in zip(_apart(places), names, strict=True):
            style = TextStyle(LETTER.size, LETTER.face, 0.0, shade(PITCH_COLOURS[pitch_class], 0.8))
            name = NOTE_NAMES[pitch_class]
            toolkit.type.put_note(surface, name, (x, y - 13), style, "centre")


def _name_islands(surface: pygame.Surface, layout: Layout, toolkit: Toolkit) -> None:
    """Write softly what the cells of each region like, in their midst."""
    for island in layout.islands:
        x, y = layout.position[island.cells].mean(axis=0)
        text = toolkit.words[f"region.{island.name}"]
        picture = toolkit.type.render(text, REGION)
        box = picture.get_rect(center=(round(x), round(y)))
        _darken(surface, box.inflate(120, 54))
        surface.blit(picture, box, special_flags=pygame.BLEND_RGB_ADD)


def _darken(surface: pygame.Surface, box: pygame.Rect) -> None:
    """A soft shadow, so that words stand out from what lies about them."""
    x = np.linspace(-1.0, 1.0, box.width)[:, None]
    y = np.linspace(-1.0, 1.0, box.height)[None]
    keep = 1.0 - 0.62 * (1 - x * x) ** 1.5 * (1 - y * y) ** 1.5
    shadow = pygame.Surface(box.size, 0, 32)
    grey = np.repeat((255 * keep)[..., None], 3, axis=2).astype(np.uint8)
    pygame.surfarray.blit_array(shadow, grey)
    surface.blit(shadow, box, special_flags=pygame.BLEND_RGB_MULT)


def _beside(
    outline: NDArray[np.float64], centre: NDArray[np.float64], place: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The point just outside an outline in the direction of a place."""
    away = outline - centre
    toward = place - centre
    turn = np.arctan2(away[:, 1], away[:, 0]) - np.arctan2(toward[1], toward[0])
    turn = np.abs(np.angle(np.exp(1j * turn)))
    edge = away[turn < turn.min() + 0.02]
    outermost = edge[np.hypot(*edge.T).argmax()]
    return centre + outermost * (1 + LETTER_GAP / np.hypot(*outermost))


def _apart(places: list[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
    """Points in order along a curve, those too close to the last pushed on."""
    spread = [place.copy() for place in places]
    for _ in range(12):
        for first, second in zip(spread, spread[1:], strict=False):
            gap = second - first
            distance = max(float(np.hypot(*gap)), 1e-6)
            if distance < LETTER_SPACE:
                push = gap * (LETTER_SPACE - distance) / (2 * distance)
                first -= push
                second += push
    return spread


def _draw_words(
    surface: pygame.Surface, anatomy: Anatomy, layout: Layout, toolkit: Toolkit
) -> None:
    type, words = toolkit.type, toolkit.words
    x, y = TITLE_PLACE
    type.put(surface, words["cortex.title"], (x, y), TITLE)
    quiet = TextStyle(SUBTITLE.size, SUBTITLE.face, SUBTITLE.tracking, DIM)
    for line in (1, 2, 3):
        text = words[f"cortex.subtitle_{line}"].format(units=len(layout.position))
        type.put(surface, text, (x + 3, y + 38 + 28 * line), quiet)
    if anatomy.layers == 1:
        return
    plural = "" if anatomy.layers == 2 else "s"
    label = TextStyle(LABEL.size, LABEL.face, LABEL.tracking, DIM)
    middle = float(layout.centre[1])
    place = MARGIN + 3
    type.put(surface, words[f"cortex.first_layer{plural}"], (place, middle - 44), label)
    type.put(surface, words[f"cortex.last_layer{plural}"], (place, middle + 24), label)
