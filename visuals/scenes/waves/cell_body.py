"""The cell of the Waves: body, dendrites, axon and the arbor that ends at twelve tones."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pygame
from numpy.typing import NDArray

from visuals.drawing.canvas import Canvas, bezier
from visuals.drawing.sprites import PlacedSprite, SpriteAtlas, glow_atlas
from visuals.drawing.theme import FIFTHS, NOTE_NAMES, PITCH_COLOURS, shade
from visuals.drawing.typography import TextStyle, Typesetter
from visuals.scenes.waves.trace_paths import CellCircle, Floats

CELL_COLOUR = (77, 84, 110)
AXON_LENGTH_PX = 196.0
TERMINALS_X = 1672.0
_SHEATHS = ((40, 76), (84, 118), (126, 158), (166, 196))
_SEED = 4


class CellBody:
    """What the cell looks like at rest, and its light.

    Parameters
    ----------
    cell : Cell
    top, bottom : float
        Heights of the first and the last terminal.

    Attributes
    ----------
    axon : ndarray, shape (200, 2)
    sheaths : list of ndarray
        Outlines of the myelin sheaths, from the body on.
    branches : list of ndarray, shape (34, 2)
        From the end of the axon to each tone, in the order of the circle of fifths.
    terminals : ndarray, shape (12, 2)
    """

    def __init__(self, cell: CellCircle, top: float, bottom: float) -> None:
        self.cell = cell
        self._random = np.random.default_rng(_SEED)
        self._ripple = [(k, self._random.uniform(0, 6.3)) for k in (2, 3, 5, 7)]
        start = np.array([cell.x + cell.radius * 0.955, cell.y])
        steps = [start + offset for offset in ([0, 0], [60, 6], [110, -8], [AXON_LENGTH_PX, 0])]
        self.axon = bezier(*steps, count=200)
        self.sheaths = [_sheath(self.axon[a : b + 1]) for a, b in _SHEATHS]
        fork = self.axon[-1]
        heights = np.linspace(top, bottom, 12)
        self.terminals = np.stack([np.full(12, TERMINALS_X), heights], axis=1)
        self.branches = [
            bezier(fork, fork + (70, 0), (TERMINALS_X - 112, y), (TERMINALS_X, y), 34)
            for y in heights
        ]
        self._body, self._depth, self._grain = self._shape_body()
        self.body_light = self._make_body_light()
        self.terminal_light = glow_atlas(38, core=7, halo=0.7, white=0.8)
        self.terminal_dot = glow_atlas(22, core=3.4, halo=0.4)
        self.impulse_light = glow_atlas(16, core=2.6, halo=0.6, white=0.9)

    def draw_static(self, canvas: Canvas) -> None:
        """Draw it at rest; `draw_names` adds the names of the tones afterwards."""
        for angle in (-1.95, -1.42, -0.92, 1.98, 1.5, 0.98):
            out = np.array([np.cos(angle), np.sin(angle)]) * self.cell.radius * 0.86
            root = np.array([self.cell.x, self.cell.y]) + out
            self._dendrite(canvas, root, angle, self._random.uniform(62, 88), 5.2, 2, 0.62)
        canvas.draw_polygon(_hillock(self.axon), shade(CELL_COLOUR, 0.62))
        canvas.flatten_strokes(0.75)
        self._paint_body(canvas)
        for branch in self.branches:
            canvas.draw_line(branch, shade(CELL_COLOUR, 0.55), 1.1)
        for sheath in self.sheaths:
            canvas.draw_polygon(sheath, shade(CELL_COLOUR, 0.26))
            canvas.draw_line(sheath, shade(CELL_COLOUR, 0.85), 0.8, closed=True)
        for x, y in self.terminals:
            canvas.draw_circle((x, y), 7, shade(CELL_COLOUR, 0.3))
            canvas.draw_circle((x, y), 7, shade(CELL_COLOUR, 0.85), 1)
        canvas.flatten_strokes(0.95)

    def draw_names(self, surface: pygame.Surface, type: Typesetter) -> None:
        """Write the names of the tones beside their terminals."""
        for (x, y), tone in zip(self.terminals, FIFTHS, strict=True):
            style = TextStyle(20, "jost-400", 0.0, shade(PITCH_COLOURS[tone], 0.85))
            type.draw_note_name(surface, NOTE_NAMES[tone], (x + 26, y - 14), style)

    def place_body_light(self, tone: int, level: float) -> PlacedSprite:
        """The light of the body in the colour of a tone."""
        return self.body_light.sprite_centred_at(tone, level, self.cell.x, self.cell.y)

    def _dendrite(
        self,
        canvas: Canvas,
        root: NDArray[np.float64],
        angle: float,
        length: float,
        width: float,
        forks: int,
        level: float,
    ) -> None:
        pieces = 12
        points = [root]
        for _ in range(pieces):
            angle += self._random.normal(0, 0.085)
            step = np.array([np.cos(angle), np.sin(angle)]) * length / pieces
            points.append(points[-1] + step)
        for piece in range(pieces):
            thin = max(0.55, width * (1 - 0.45 * piece / pieces))
            colour = shade(CELL_COLOUR, level * (1 - 0.25 * piece / pieces))
            canvas.draw_line(points[piece : piece + 2], colour, thin)
        if forks == 0:
            return
        for side in (-1, 1):
            turn = angle + side * self._random.uniform(0.22, 0.6)
            shorter = length * self._random.uniform(0.5, 0.78)
            self._dendrite(canvas, points[-1], turn, shorter, width * 0.58, forks - 1, level * 0.8)
        twig = angle + self._random.choice([-1, 1]) * self._random.uniform(0.5, 0.9)
        self._dendrite(canvas, points[6], twig, length * 0.42, width * 0.4, 0, level * 0.7)

    def _shape_body(self) -> tuple[Floats, Floats, Floats]:
        """Inside (0..1), depth (0 in the middle, 1 at the membrane) and grain, on a square."""
        reach = int(self.cell.radius * 1.4)
        y, x = np.mgrid[-reach:reach, -reach:reach] + 0.5
        angle = np.arctan2(y, x)
        ripple = sum(0.055 / k * np.cos(k * angle + phase) for k, phase in self._ripple)
        depth = np.hypot(x, y) / (self.cell.radius * (1.0 + ripple))
        body = np.clip((1.0 - depth) * 30, 0, 1)
        return body, depth, _band_noise(2 * reach, wavelength=15.0, seed=8)

    def _paint_body(self, canvas: Canvas) -> None:
        body, depth, grain = self._body, self._depth, self._grain
        reach = len(body) // 2
        x, y = round(self.cell.x), round(self.cell.y)
        patch = canvas.light[y - reach : y + reach, x - reach : x + reach]
        rim = np.exp(-(((depth - 0.985) / 0.02) ** 2))
        inner = np.exp(-(((1 - depth) / 0.20) ** 2)) * body
        nucleus = self._nucleus()
        patch *= 1 - body[..., None] * 0.9
        for amount, colour in (
            (body, (9, 10, 17)),
            (inner, (30, 34, 50)),
            (rim, (92, 102, 128)),
            (body * np.clip(grain, 0, 2), (4, 5, 8)),
            (np.exp(-(((nucleus - 1) / 0.07) ** 2)), (44, 48, 62)),
            (np.clip((1 - nucleus) * 8, 0, 1), (12, 13, 19)),
        ):
            patch += (amount[..., None] * np.array(colour)).astype(np.float32)

    def _nucleus(self) -> Floats:
        """Distance from the middle of the nucleus, 1 at its edge."""
        reach = len(self._body) // 2
        y, x = np.mgrid[-reach:reach, -reach:reach] + 0.5
        return np.hypot(x - 5, y + 2) / (self.cell.radius * 0.33)

    def _make_body_light(self) -> SpriteAtlas:
        body, depth, nucleus = self._body, self._depth, self._nucleus()
        inside = 0.62 * np.exp(-(1 - depth) / 0.085) + 0.26 * np.exp(-(1 - depth) / 0.34)
        inside += 0.80 * np.exp(-((nucleus / 0.95) ** 2)) + 0.18 * np.exp(-((nucleus / 1.9) ** 2))
        grain = np.where(body > 0.5, np.clip(1 + 0.25 * self._grain, 0.5, 1.5), 1.0)
        beyond = np.exp(-np.clip(depth - 1, 0, 9) / 0.10) * np.clip((1.33 - depth) * 4, 0, 1)
        profile = body * inside + np.exp(-(((depth - 0.985) / 0.016) ** 2))
        profile = (profile + 0.30 * beyond * (depth > 1)) * grain
        white = np.exp(-((nucleus / 0.42) ** 4)) * 0.9
        return SpriteAtlas(profile.astype(np.float32), white.astype(np.float32))


def point_along(curve: Floats, share: float) -> tuple[float, float]:
    """The point `share` (0..1) of the way along a curve."""
    x, y = curve[min(len(curve) - 1, int(share * len(curve)))]
    return float(x), float(y)


def pitch_class_probabilities(ahead: Floats) -> Floats:
    """Probability of each pitch class, shape (12,), from that of each of the 88 keys."""
    return np.bincount(np.arange(21, 21 + len(ahead)) % 12, weights=ahead, minlength=12)


def lit_branches(levels: Floats) -> Iterator[tuple[int, int, float]]:
    """Place on the circle of fifths, tone and level of each tone that is alight, dim ones first."""
    for place in sorted(range(12), key=lambda place: levels[FIFTHS[place]]):
        level = float(levels[FIFTHS[place]])
        if level > 0.03:
            yield place, FIFTHS[place], level


def _sheath(axon: Floats) -> Floats:
    along = axon[-1] - axon[0]
    across = np.array([-along[1], along[0]]) / np.linalg.norm(along)
    place = np.linspace(-1, 1, len(axon))[:, None]
    width = 7.6 * np.sqrt(np.clip(1 - np.abs(place) ** 5, 0, 1))
    return np.concatenate([axon + across * width, (axon - across * width)[::-1]])


def _hillock(axon: Floats) -> Floats:
    """Outline of the axon, wide where it leaves the body."""
    along = np.gradient(axon, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    width = 15 * np.clip(1 - np.arange(len(axon)) / 62, 0, 1) ** 2.2 + 1.5
    return np.concatenate([axon + across * width[:, None], (axon - across * width[:, None])[::-1]])


def _band_noise(size: int, wavelength: float, seed: int) -> Floats:
    """Noise, shape (size, size), of about one wavelength in pixels: it looks like a tissue."""
    noise = np.fft.rfft2(np.random.default_rng(seed).normal(size=(size, size)))
    distance = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None])
    band = np.exp(-(((distance * wavelength - 1) / 0.5) ** 2))
    grain = np.fft.irfft2(noise * band, (size, size))
    return grain / grain.std()
