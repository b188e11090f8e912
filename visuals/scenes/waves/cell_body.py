"""Body of the Waves' cell: membrane, nucleus and dendrites at rest, and the light inside."""

from __future__ import annotations

import numpy as np

from visuals.drawing.canvas import Canvas
from visuals.drawing.sprites import PlacedSprite, SpriteAtlas
from visuals.drawing.theme import shade
from visuals.scenes.base.band_noise import band_noise
from visuals.scenes.base.geometry import Floats, unit_vectors
from visuals.scenes.waves.trace_paths import CellCircle

CELL_COLOUR = (77, 84, 110)
_DENDRITE_ANGLES_RAD = (-2.3, -1.75, -1.2)
_PIECES_PER_DENDRITE = 12
_SEED, _GRAIN_SEED = 4, 8


class CellBody:
    """The cell body, which fills a circle but for the ripple of its membrane."""

    def __init__(self, cell: CellCircle) -> None:
        self._cell = cell
        self._random = np.random.default_rng(_SEED)
        reach = int(cell.radius * 1.4)
        y, x = np.mgrid[-reach:reach, -reach:reach] + 0.5
        angle = np.arctan2(y, x)
        ripple = sum(
            0.055 / k * np.cos(k * angle + self._random.uniform(0, 6.3)) for k in (2, 3, 5, 7)
        )
        # 0 in the middle, 1 at the membrane
        self._depth = np.hypot(x, y) / (cell.radius * (1.0 + ripple))
        # 0 in the middle of the nucleus, 1 at its edge
        self._nucleus = np.hypot(x - 5, y + 2) / (cell.radius * 0.33)
        self._inside = np.clip((1.0 - self._depth) * 30, 0, 1)
        self._grain = band_noise((2 * reach, 2 * reach), 15.0, 0.5, _GRAIN_SEED)
        self._light = self._light_atlas()

    def light(self, pitch_class: int, level: float) -> PlacedSprite:
        """The light of the body in the colour of a pitch class, at a level of 0 to 1."""
        return self._light.sprite_centred_at(pitch_class, level, *self._cell.centre)

    def draw_dendrites(self, canvas: Canvas) -> None:
        """Draw the dendrites as strokes."""
        for angle in _DENDRITE_ANGLES_RAD:
            root = np.array(self._cell.centre) + unit_vectors(angle) * self._cell.radius * 0.86
            self._draw_dendrite(canvas, root, angle, self._random.uniform(62, 88), 5.2, 2, 0.62)

    def draw_static(self, canvas: Canvas) -> None:
        """Paint the body at rest over what lies below it."""
        depth, nucleus, inside = self._depth, self._nucleus, self._inside
        reach = len(depth) // 2
        x, y = round(self._cell.x), round(self._cell.y)
        patch = canvas.light[y - reach : y + reach, x - reach : x + reach]
        patch *= 1 - inside[..., None] * 0.9
        for amount, colour in (
            (inside, (9, 10, 17)),
            (np.exp(-(((1 - depth) / 0.20) ** 2)) * inside, (30, 34, 50)),
            (np.exp(-(((depth - 0.985) / 0.02) ** 2)), (92, 102, 128)),
            (inside * np.clip(self._grain, 0, 2), (4, 5, 8)),
            (np.exp(-(((nucleus - 1) / 0.07) ** 2)), (44, 48, 62)),
            (np.clip((1 - nucleus) * 8, 0, 1), (12, 13, 19)),
        ):
            patch += (amount[..., None] * np.array(colour)).astype(np.float32)

    def _draw_dendrite(
        self,
        canvas: Canvas,
        root: Floats,
        angle: float,
        length: float,
        width: float,
        forks: int,
        level: float,
    ) -> None:
        """Draw a dendrite that wanders from `root`, with its forks and one twig."""
        pieces, points = _PIECES_PER_DENDRITE, [root]
        for _ in range(pieces):
            angle += self._random.normal(0, 0.085)
            points.append(points[-1] + unit_vectors(angle) * length / pieces)
        for piece in range(pieces):
            thin = max(0.55, width * (1 - 0.45 * piece / pieces))
            colour = shade(CELL_COLOUR, level * (1 - 0.25 * piece / pieces))
            canvas.draw_line(points[piece : piece + 2], colour, thin)
        if forks == 0:
            return
        for side in (-1, 1):
            turn = angle + side * self._random.uniform(0.22, 0.6)
            shorter = length * self._random.uniform(0.5, 0.78)
            thinner = width * 0.58
            self._draw_dendrite(canvas, points[-1], turn, shorter, thinner, forks - 1, level * 0.8)
        twig = angle + self._random.choice([-1, 1]) * self._random.uniform(0.5, 0.9)
        self._draw_dendrite(canvas, points[6], twig, length * 0.42, width * 0.4, 0, level * 0.7)

    def _light_atlas(self) -> SpriteAtlas:
        """Sprites of the light: brightest at the membrane and in the nucleus, white in its core."""
        depth, nucleus = self._depth, self._nucleus
        light = 0.62 * np.exp(-(1 - depth) / 0.085) + 0.26 * np.exp(-(1 - depth) / 0.34)
        light += 0.80 * np.exp(-((nucleus / 0.95) ** 2)) + 0.18 * np.exp(-((nucleus / 1.9) ** 2))
        grain = np.where(self._inside > 0.5, np.clip(1 + 0.25 * self._grain, 0.5, 1.5), 1.0)
        halo = np.exp(-np.clip(depth - 1, 0, 9) / 0.10) * np.clip((1.33 - depth) * 4, 0, 1)
        profile = self._inside * light + np.exp(-(((depth - 0.985) / 0.016) ** 2))
        profile = (profile + 0.30 * halo * (depth > 1)) * grain
        white = np.exp(-((nucleus / 0.42) ** 4)) * 0.9
        return SpriteAtlas(profile.astype(np.float32), white.astype(np.float32))
