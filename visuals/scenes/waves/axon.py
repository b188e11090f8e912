"""Axon of the Waves' cell: myelin sheaths, and branches to a terminal for each pitch class."""

from __future__ import annotations

import numpy as np
import pygame

from messages.clock import SECOND
from visuals.drawing.animation import LampLights
from visuals.drawing.bloom import GlowLayer
from visuals.drawing.canvas import Canvas, bezier
from visuals.drawing.line_renderer import LineRenderer
from visuals.drawing.picture_layout import LANDSCAPE, PictureLayout
from visuals.drawing.sprites import PlacedSprite, blank_surface, glow_atlas
from visuals.drawing.theme import FIFTHS, FIFTHS_POSITION, PITCH_COLOURS, shade
from visuals.drawing.typography import TextStyle, Typesetter
from visuals.scenes.base.frame import Frame
from visuals.scenes.base.geometry import Floats, rotate_quarter
from visuals.scenes.base.glowing_lines import GlowingLines
from visuals.scenes.waves.cell_body import CELL_COLOUR
from visuals.scenes.waves.trace_paths import CellCircle, curve_normals
from visuals.words import Words

AXON_LENGTH_PX = 196.0
TERMINALS_X_PX = 248.0
AXON_TRAVEL_S, BRANCH_TRAVEL_S = 0.06, 0.08
"""Travel times of the impulse along the axon and along a branch, seconds."""
_SHEATH_POINTS = ((40, 76), (84, 118), (126, 158), (166, 196))
"""First and last point of the axon inside each sheath."""
_MIN_LIGHT = 0.03


class Axon:
    """The axon of a cell, and its terminals between the heights `top` and `bottom`."""

    def __init__(
        self,
        cell: CellCircle,
        top: float,
        bottom: float,
        glow_layer: GlowLayer,
        layout: PictureLayout = LANDSCAPE,
    ) -> None:
        start = np.array([cell.x - cell.radius * 0.955, cell.y])
        breadth, left = layout.x_map[1], layout.x(TERMINALS_X_PX)
        steps = ([0, 0], [60 * breadth, 6], [110 * breadth, -8], [AXON_LENGTH_PX * breadth, 0])
        controls = [start - step for step in steps]
        self._path = bezier(*controls, count=200)
        self._sheaths = [_sheath_outline(self._path[a : b + 1]) for a, b in _SHEATH_POINTS]
        fork, heights = self._path[-1], np.linspace(top, bottom, 12)
        # (12, 2), in the order of the circle of fifths
        self._terminals = np.stack([np.full(12, left), heights], axis=1)
        self._branches = [
            bezier(fork, fork - (70 * breadth, 0), (left + 112 * breadth, y), (left, y), 34)
            for y in heights
        ]
        self._glow_layer, self._renderer = glow_layer, LineRenderer(PITCH_COLOURS)
        self._lights = LampLights(lambda cue: cue.pitch % 12, 12)
        self._terminal_light = glow_atlas(38, core=7, halo=0.7, white=0.8)
        self._terminal_dot = glow_atlas(22, core=3.4, halo=0.4)
        self._impulse_light = glow_atlas(16, core=2.6, halo=0.6, white=0.9)
        self._sheath_glow = glow_atlas(9, halo=1.0)

    def draw_hillock(self, canvas: Canvas) -> None:
        """Draw the axon itself, wide where it leaves the body, as a stroke."""
        canvas.draw_polygon(_hillock_outline(self._path), shade(CELL_COLOUR, 0.62))

    def draw_static(self, canvas: Canvas) -> None:
        """Draw branches, sheaths and terminals at rest, as strokes."""
        for branch in self._branches:
            canvas.draw_line(branch, shade(CELL_COLOUR, 0.55), 1.1)
        for sheath in self._sheaths:
            canvas.draw_polygon(sheath, shade(CELL_COLOUR, 0.26))
            canvas.draw_line(sheath, shade(CELL_COLOUR, 0.85), 0.8, closed=True)
        for terminal in self._terminals:
            canvas.draw_circle(terminal, 7, shade(CELL_COLOUR, 0.3))
            canvas.draw_circle(terminal, 7, shade(CELL_COLOUR, 0.85), 1)

    def write_note_names(
        self, surface: pygame.Surface, typesetter: Typesetter, words: Words
    ) -> None:
        """Write the name of each pitch class beside its terminal."""
        for (x, y), tone in zip(self._terminals, FIFTHS, strict=True):
            size = typesetter.scale.least
            style = TextStyle(size, "jost-400", 0.0, shade(PITCH_COLOURS[tone], 0.9))
            typesetter.draw_note_name(
                surface, words.note_name(tone), (x - 24, y - 0.72 * size), style, "right"
            )

    def light_levels(self, frame: Frame) -> Floats:
        """Light of each pitch class along the way of the impulse, 0 to 1, shape (places, 12).

        The places are the cell body, each sheath and the terminals.
        """
        count = len(self._sheaths)
        delays = [AXON_TRAVEL_S * place / count for place in range(count + 1)]
        delays.append(AXON_TRAVEL_S + BRANCH_TRAVEL_S)
        times = [frame.time - round(delay * SECOND) for delay in delays]
        return self._lights.levels_at(frame.timeline.cues, times)

    def draw(self, surface: pygame.Surface, frame: Frame, levels: Floats) -> list[PlacedSprite]:
        """Draw sheaths and branches at the `light_levels` of a frame, and return their lights."""
        for sheath, light in zip(self._sheaths, levels[1:-1], strict=True):
            tone = int(light.argmax())
            if light[tone] > _MIN_LIGHT:
                self._draw_sheath(surface, sheath, tone, float(light[tone]))
        sounding = levels[-1]
        expected = pitch_class_probabilities(frame.next_key_probabilities)
        brightness = np.maximum(sounding, 0.55 * expected**0.7)
        sprites: list[PlacedSprite] = []
        strokes = GlowingLines(self._renderer, self._glow_layer)
        for place in sorted(range(12), key=lambda place: brightness[FIFTHS[place]]):
            tone = FIFTHS[place]
            level, sounds = float(brightness[tone]), float(sounding[tone])
            if level <= _MIN_LIGHT:
                continue
            branch = self._branches[place][None]
            strokes.lines.add_lines(branch, tone, 0.16 + 0.80 * level)
            if sounds > 0.05:
                strokes.lines.add_lines(branch + (0, 1), tone, 0.16 + 0.80 * level)
                glow_path = self._glow_layer.to_layer_points(branch[:, ::3])
                strokes.glow.add_lines(glow_path, tone, 0.3 * sounds)
            x, y = self._terminals[place]
            sprites.append(self._terminal_dot.sprite_centred_at(tone, min(1.0, 0.25 + level), x, y))
            if sounds > _MIN_LIGHT:
                sprites.append(self._terminal_light.sprite_centred_at(tone, sounds, x, y))
        strokes.draw(surface)
        return sprites + self._impulse(frame)

    def _draw_sheath(
        self, surface: pygame.Surface, sheath: Floats, tone: int, level: float
    ) -> None:
        """Draw a sheath of some light, which darkens nothing that lies below it."""
        colour, corner = PITCH_COLOURS[tone], np.floor(sheath.min(axis=0)) - 2
        outline = (sheath - corner).tolist()
        width, height = np.ceil(sheath.max(axis=0) - corner).astype(int) + 3
        lit = blank_surface((int(width), int(height)))
        pygame.draw.polygon(lit, shade(colour, 0.12 + 0.55 * level), outline)
        pygame.draw.aalines(lit, shade(colour, 0.35 + 0.60 * level), True, outline)
        surface.blit(lit, corner.tolist(), special_flags=pygame.BLEND_RGB_MAX)
        x, y = sheath.mean(axis=0).tolist()
        self._glow_layer.add_light(self._sheath_glow, tone, 0.3 * level, (x, y))

    def _impulse(self, frame: Frame) -> list[PlacedSprite]:
        """The spark of the latest note, on the axon or on the branch of its pitch class."""
        latest = frame.timeline.latest_cue(frame.time)
        if latest is None:
            return []
        age, tone = frame.seconds_since(latest.due), latest.cue.pitch % 12
        if age < AXON_TRAVEL_S:
            path, share = self._path, age / AXON_TRAVEL_S
        elif age < AXON_TRAVEL_S + BRANCH_TRAVEL_S:
            path = self._branches[FIFTHS_POSITION[tone]]
            share = (age - AXON_TRAVEL_S) / BRANCH_TRAVEL_S
        else:
            return []
        x, y = path[min(len(path) - 1, int(share * len(path)))].tolist()
        return [self._impulse_light.sprite_centred_at(tone, 0.9, x, y)]


def pitch_class_probabilities(key_probabilities: Floats) -> Floats:
    """Probability of each pitch class, shape (12,), from that of each of the 88 keys."""
    pitches = np.arange(21, 21 + len(key_probabilities))
    return np.bincount(pitches % 12, weights=key_probabilities, minlength=12)


def _sheath_outline(axon: Floats) -> Floats:
    """Outline of a sheath, rounded at both ends, around a piece of the axon."""
    along = axon[-1] - axon[0]
    across = rotate_quarter(along) / np.linalg.norm(along)
    place = np.linspace(-1, 1, len(axon))[:, None]
    offset = across * 7.6 * np.sqrt(np.clip(1 - np.abs(place) ** 5, 0, 1))
    return np.concatenate([axon + offset, (axon - offset)[::-1]])


def _hillock_outline(axon: Floats) -> Floats:
    """Outline of the axon, wide where it leaves the body."""
    width = 15 * np.clip(1 - np.arange(len(axon)) / 62, 0, 1) ** 2.2 + 1.5
    offset = curve_normals(axon) * width[:, None]
    return np.concatenate([axon + offset, (axon - offset)[::-1]])
