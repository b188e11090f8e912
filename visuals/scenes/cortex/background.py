"""The Cortex at rest: relief, outlines, synapses, dendrites and names, drawn once."""

from __future__ import annotations

import numpy as np
import pygame
from numpy.typing import NDArray

from visuals.drawing.canvas import Canvas, add_background_light, mute_colour
from visuals.drawing.picture_layout import LANDSCAPE
from visuals.drawing.theme import (
    FIFTHS,
    LABEL_COLOUR,
    MARGIN_PX,
    PITCH_COLOURS,
    TEXT_COLOUR,
    Colour,
    shade,
)
from visuals.drawing.typography import TextStyle, Typesetter
from visuals.scenes.base.band_noise import band_noise
from visuals.scenes.base.cortex_layout import CortexLayout
from visuals.scenes.base.geometry import Floats, unit_vectors
from visuals.scenes.base.scene import SceneResources

Image = NDArray[np.float32]

OUTLINE_COLOUR: Colour = (40, 49, 72)
NOTE_NAME_GAP = 1.0  # distance of a note name from the outline, in sizes of the typeface
MIN_NOTE_NAME_DISTANCE = 1.7
"""Distance between two note names, in sizes; closer names are pushed apart."""
FOLD_WAVELENGTH_PX = 29.0  # width of a fold and its furrow, pixels at half size
_BANDWIDTH, _SEED = 0.30, 11
_BASE_COLOUR, _LIT_COLOUR, _SHADE_COLOUR, _FURROW_COLOUR = np.array(
    [(3.0, 4.2, 8.5), (9.0, 12.0, 21.0), (3.0, 4.0, 7.0), (3.0, 5.0, 10.0)], np.float32
)
_ROWS_PER_BAND = 30  # rows of the folds, at half size, that are enlarged at once
_PUSH_ROUNDS = 12
_REGION_NAME_GAP_PX = 16  # between the names of two regions side by side, pixels
_DENDRITE_SEED = 2


def draw_brain(layout: CortexLayout, size: tuple[int, int]) -> Canvas:
    """Draw the brain at rest in a picture of a size, without any text."""
    canvas = Canvas(size)
    add_background_light(canvas, tuple(layout.centre.tolist()))
    add_folds(canvas.light, layout.outlines)
    for region in layout.regions:
        x, y = layout.position[region.cells].mean(axis=0).tolist()
        canvas.add_gaussian((x, y), (90.0, 62.0), (7, 8, 15))
    for outline in layout.outlines:
        canvas.draw_line(outline, OUTLINE_COLOUR, 1.0, closed=True)
    colours = [PITCH_COLOURS[k] for k in layout.pitch_class]
    for source, path in zip(layout.source, layout.paths, strict=True):
        canvas.draw_line(path[::2], mute_colour(colours[source], 0.10), 0.5)
    canvas.flatten_strokes()
    random = np.random.default_rng(_DENDRITE_SEED)
    for position, colour in zip(layout.position, colours, strict=True):
        near, far, twig = (mute_colour(colour, level) for level in (0.38, 0.24, 0.17))
        for branch, side in _dendrite_branches(position, random):
            canvas.draw_line(side, twig, 0.5)
            canvas.draw_line(branch[3:], far, 0.5)
            canvas.draw_line(branch[:4], near, 1.0)
        canvas.draw_circle(position, 2.4, mute_colour(colour, 0.40))
    canvas.flatten_strokes()
    return canvas


def write_names(surface: pygame.Surface, layout: CortexLayout, resources: SceneResources) -> None:
    """Write the names of pitch classes, regions and layers."""
    typesetter, words = resources.typesetter, resources.words
    _write_note_names(surface, layout, resources)
    boxes = region_name_boxes(layout, resources)
    for region, box in zip(layout.regions, boxes, strict=True):
        text, style = words[f"region.{region.name}"], region_name_style(typesetter)
        _draw_shadow(surface, box.inflate(120, 54))
        typesetter.draw_text(surface, text, box.topleft, style)
    layers = int(layout.layer.max()) + 1
    if layers > 1 and typesetter.scale.has_captions and resources.layout is LANDSCAPE:
        plural = "" if layers == 2 else "s"
        for key, offset in (("first_layer", -44), ("last_layer", 24)):
            place = (MARGIN_PX + 3, float(layout.centre[1]) + offset)
            text = words[f"cortex.{key}{plural}"]
            style = TextStyle(typesetter.scale.least, "jost-400", 0.5, LABEL_COLOUR)
            typesetter.draw_text(surface, text, place, style)


def region_name_boxes(layout: CortexLayout, resources: SceneResources) -> list[pygame.Rect]:
    """Boxes of the names of the regions; one that would touch the name beside it goes below it."""
    typesetter, boxes = resources.typesetter, list[pygame.Rect]()
    for region in layout.regions:
        x, y = layout.position[region.cells].mean(axis=0)
        text, style = resources.words[f"region.{region.name}"], region_name_style(typesetter)
        box = typesetter.render(text, style).get_rect(center=(round(x), round(y)))
        near = box.inflate(2 * _REGION_NAME_GAP_PX, 0).collidelist(boxes)
        if near >= 0:
            box.top = boxes[near].bottom
        boxes.append(box)
    return boxes


def region_name_style(typesetter: Typesetter) -> TextStyle:
    """Style of the names of the regions."""
    return TextStyle(typesetter.scale.least, "jost-300", 1.0, shade(TEXT_COLOUR, 0.88))


def render_folds(size: tuple[int, int], outlines: list[Floats]) -> Image:
    """The relief inside some outlines alone: (height, width, 3)."""
    light = np.zeros((size[1], size[0], 3), np.float32)
    add_folds(light, outlines)
    return light


def add_folds(light: Image, outlines: list[Floats]) -> None:
    """Add the relief inside some outlines, lit from above, in 8-bit steps of sRGB.

    It comes from band-pass noise at half size, whose zero lines meander like a brain's furrows.
    """
    width, height = light.shape[1] // 2, light.shape[0] // 2
    sharp, soft = _masks((width, height), outlines)
    noise = band_noise((height, width), FOLD_WAVELENGTH_PX, _BANDWIDTH, _SEED, np.float32)
    down, across = np.gradient(noise)
    steepness = np.sqrt(across**2 + down**2) + 1e-4
    ridge = 1 - np.exp(-((noise / 0.55) ** 2))
    down, across = np.gradient(ridge)
    relief = np.clip((0.55 * across + 0.83 * down) * 13, -1, 1)
    furrow = np.exp(-((noise / steepness / 0.75) ** 2))
    image = _BASE_COLOUR + np.maximum(relief, 0)[..., None] * _LIT_COLOUR
    image -= np.maximum(-relief, 0)[..., None] * _SHADE_COLOUR
    image += furrow[..., None] * _FURROW_COLOUR
    image *= (np.clip(2.2 * (soft - 0.5), 0, 1) * sharp)[..., None]  # fades towards the outline
    _add_upscaled(light, image)


def _masks(size: tuple[int, int], outlines: list[Floats]) -> tuple[Image, Image]:
    """1 inside the outlines and 0 outside, with a sharp and with a soft edge, at half size."""
    sharp = pygame.Surface(size, depth=32)
    for outline in outlines:
        pygame.draw.polygon(sharp, (255, 255, 255), (outline / 2).tolist())
    small = pygame.transform.smoothscale(sharp, (size[0] // 12, size[1] // 12))
    return _grey(sharp), _grey(pygame.transform.smoothscale(small, size))


def _grey(surface: pygame.Surface) -> Image:
    return pygame.surfarray.pixels_green(surface).T.astype(np.float32) / 255


def _add_upscaled(light: Image, image: Image) -> None:
    """Add an image at twice its size, bilinear, in float because 8 bits would show steps.

    Of the enlarged picture there is one band at a time: whole, its steps take 60 MB.
    """
    for top in range(0, len(image), _ROWS_PER_BAND):
        rows = np.arange(top, min(top + _ROWS_PER_BAND, len(image)))
        band = _with_rows_between(image[rows], image.take(rows + 1, 0, mode="wrap"))
        turned = band.swapaxes(0, 1)
        band = _with_rows_between(turned, np.roll(turned, -1, 0)).swapaxes(0, 1)
        last_column = light.shape[1] - band.shape[1]  # 1 if the width is odd
        band = np.concatenate([band, band[:, band.shape[1] - last_column :]], 1)
        light[2 * top : 2 * top + len(band)] += band
    light[2 * len(image) :] += band[-1]  # a last row, if the height is odd


def _with_rows_between(image: Image, following: Image) -> Image:
    """The image with a row after each, halfway to the one that follows."""
    rows = np.stack([image, 0.5 * (image + following)], 1)  # (rows, 2, ...)
    return rows.reshape(2 * len(image), *image.shape[1:])


def _dendrite_branches(
    position: Floats, random: np.random.Generator
) -> list[tuple[Floats, Floats]]:
    """Dendrites of a cell: the points of each, shape (8, 2), and those of its twig, (5, 2)."""
    count = int(random.integers(4, 7))
    turns = random.normal(0, 0.33, (count, 7))
    angle = random.uniform(0, 2 * np.pi, (count, 1)) + np.cumsum(turns, axis=1)
    length = random.uniform(13, 28, (count, 1, 1)) / 7
    branch = _random_walk(angle, length) + position
    fork = angle[:, 4:5] + random.choice([-0.7, 0.7], (count, 1))
    fork = fork + np.cumsum(random.normal(0, 0.3, (count, 4)), axis=1)
    twig = _random_walk(fork, 0.7 * length) + branch[:, 4:5]
    return list(zip(branch, twig, strict=True))


def _random_walk(angle: Floats, length: Floats) -> Floats:
    """Points of walks from the origin, shape (n, steps + 1, 2)."""
    walk = np.cumsum(unit_vectors(angle) * length, axis=1)
    return np.concatenate([np.zeros((len(angle), 1, 2)), walk], axis=1)


def _write_note_names(
    surface: pygame.Surface, layout: CortexLayout, resources: SceneResources
) -> None:
    """Write each pitch class outside the hemispheres, next to the cells that prefer it."""
    preferred, size = layout.pitch_class.copy(), resources.typesetter.scale.least
    gap = NOTE_NAME_GAP * size
    for region in layout.regions:
        preferred[region.cells] = -1  # the cells of a region lie by another preference
    for half, outline in enumerate(layout.outlines):
        places, names = [], []
        for tone in FIFTHS:
            cells = layout.position[(preferred == tone) & (layout.hemisphere == half)]
            if len(cells):
                toward = cells.mean(axis=0)
                places.append(_point_outside_outline(outline, layout.centre, toward, gap))
                names.append(tone)
        _push_apart(places, MIN_NOTE_NAME_DISTANCE * size)
        for (x, y), tone in zip(places, names, strict=True):
            style = TextStyle(size, "jost-400", 0.0, shade(PITCH_COLOURS[tone], 0.9))
            name = resources.words.note_name(tone)
            place = (x, y - 0.72 * size)
            resources.typesetter.draw_note_name(surface, name, place, style, "centre")


def _draw_shadow(surface: pygame.Surface, box: pygame.Rect) -> None:
    """Darken a box softly, as a ground for text."""
    x = np.linspace(-1.0, 1.0, box.width)[:, None]
    y = np.linspace(-1.0, 1.0, box.height)[None]
    keep = 1.0 - 0.62 * (1 - x * x) ** 1.5 * (1 - y * y) ** 1.5
    shadow = pygame.Surface(box.size, 0, 32)
    grey = np.repeat((255 * keep)[..., None], 3, axis=2).astype(np.uint8)
    pygame.surfarray.blit_array(shadow, grey)
    surface.blit(shadow, box, special_flags=pygame.BLEND_RGB_MULT)


def _point_outside_outline(outline: Floats, centre: Floats, place: Floats, gap: float) -> Floats:
    """The point just outside an outline in the direction of a place."""
    offset, toward = outline - centre, place - centre
    turn = np.arctan2(offset[:, 1], offset[:, 0]) - np.arctan2(toward[1], toward[0])
    turn = np.abs(np.angle(np.exp(1j * turn)))
    edge = offset[turn < turn.min() + 0.02]
    outermost = edge[np.hypot(*edge.T).argmax()]
    return centre + outermost * (1 + gap / np.hypot(*outermost))


def _push_apart(places: list[Floats], least: float) -> None:
    """Push neighbours along a curve apart, in place, until they keep their distance."""
    for _ in range(_PUSH_ROUNDS):
        for first, second in zip(places, places[1:], strict=False):
            gap = second - first
            distance = max(float(np.hypot(*gap)), 1e-6)
            if distance < least:
                push = gap * (least - distance) / (2 * distance)
                first -= push
                second += push
