"""Traces of the Waves: hidden states as lines that swing, bright where much is going on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pygame
from numpy.typing import NDArray

from messages.cues import NoteCue
from visuals.drawing.animation import SpringMotion
from visuals.drawing.bloom import GlowLayer
from visuals.drawing.line_renderer import LineRenderer
from visuals.drawing.theme import FIFTHS_POSITION, PITCH_COLOURS
from visuals.scenes.base import Frame
from visuals.scenes.waves.trace_paths import POINTS_PER_PATH, Floats, TracePaths
from visuals.timeline import SECOND

TRAVEL_SPEED_PX_PER_S = 420.0
"""Pixels a second of everything that travels: traces, packets, ribbon."""
CARRIER_SPEED_PX_PER_S = 85.0
"""The carrier moves more slowly than what it carries, so that it ripples and does not flicker."""
FULL_SWING_PX = 42.0
"""Distance a hidden state of 1 moves a trace, pixels."""
UNCOMPOSED_SWING = 0.34
"""Swing of what is not yet composed."""
CHANGE_WINDOW_S = 1 / 15
"""Seconds over which a hidden state is seen to change."""
HORIZON_GLIDE_S = 0.4
"""Seconds in which the horizon of what is composed follows (to 37 % of the way)."""
_HORIZON_FADE_S = 0.9
"""Seconds over which the known becomes the unknown."""
_MIN_TRACE_LEVEL = 0.13
"""Brightness of a trace where nothing goes on."""
_MIN_WIDE_LEVEL, _SECOND_LINE_DIMMING = 0.55, 1 / 6
"""Level from which a trace is two pixels wide, and by how much the second is fainter."""
_SECOND_LINE_OFFSET_PX = np.array((0, 1), np.float32)
_MIN_GLOW_LEVEL = 0.45
"""Level from which a trace shines."""
_GLOW_POINT_STRIDE = 3
_SEED = 11


class HiddenStateTraces:
    """The lines.

    The horizon glides after what is composed, from frame to frame; all else depends on the frame's
    time alone.

    Parameters
    ----------
    paths : Paths
    tones : sequence of int
        Pitch class each unit favours, a path each.
    hidden : callable
        Cue to the hidden states of the units, shape (traces,).
    """

    def __init__(
        self,
        paths: TracePaths,
        tones: Sequence[int],
        hidden: Callable[[NoteCue], NDArray[np.float32]],
    ) -> None:
        self._paths = paths
        count = len(tones)
        spread = np.random.default_rng(_SEED)
        self._motion = SpringMotion(
            hidden, count, spread.uniform(1.2, 3.0, count), spread.uniform(0.2, 0.4, count)
        )
        steps = np.array([FIFTHS_POSITION[tone] * 5 % 12 for tone in tones])
        self._wavelength = 42 + 48 * steps / 11  # neighbours differ
        self._phase = spread.uniform(0, 2 * np.pi, (count, 1))
        self._carrier_phase = (2 * np.pi * paths.arc_length / self._wavelength[:, None]).astype(
            np.float32
        )
        self._lead_time_ns = (paths.distance_to_cell / TRAVEL_SPEED_PX_PER_S * SECOND).astype(
            np.int64
        )
        self._upstream_index = _upstream_indices(paths, TRAVEL_SPEED_PX_PER_S * CHANGE_WINDOW_S)
        self._points = paths.points.astype(np.float32)
        self._normals = (paths.normals * (FULL_SWING_PX * paths.swing_limit)[..., None]).astype(
            np.float32
        )
        self._horizon_s, self._horizon_updated_ns = 0.0, 0
        self._strokes = LineRenderer([PITCH_COLOURS[tone] for tone in tones])
        self._number = np.repeat(np.arange(count), POINTS_PER_PATH - 1)
        place = (np.arange(POINTS_PER_PATH - 1) + 0.5) / (POINTS_PER_PATH - 1)
        self._ramp = (0.46 + 0.54 * place**1.2).astype(np.float32)
        self._nearness = (0.9 * place**3).astype(np.float32)

    def draw(
        self, surface: pygame.Surface, glow: GlowLayer, frame: Frame, votes: Floats, gain: Floats
    ) -> NDArray[np.float64]:
        """Draw the traces, and what shines of them on `glow`.

        `votes`, shape (traces,), lights the ends of those that speak for the note that sounds;
        `gain`, of the same shape, is what fingers leave of each.
        Returns the points of the lines, (traces, POINTS, 2).
        """
        self._motion.update_targets(frame.timeline.cues)
        hidden = self._motion.positions_at(frame.time + self._lead_time_ns).astype(np.float32)
        hidden *= gain[:, None]
        # what is a little further from the cell is what there will be here a little later
        soon = np.take_along_axis(hidden, self._upstream_index, axis=1)
        known = self._composed_share(frame)
        # the carrier's turns are taken from a whole one, for single precision
        gone = 2 * np.pi * CARRIER_SPEED_PX_PER_S * frame.ambient_time_s / self._wavelength[:, None]
        carrier = np.cos(
            self._carrier_phase + (self._phase - gone % (2 * np.pi)).astype(np.float32)
        )
        slow = self._carrier_phase * np.float32(0.37)
        slow = np.cos(slow + (2 * self._phase - 0.37 * gone % (2 * np.pi)).astype(np.float32))
        size = np.abs(hidden)
        height = np.sign(hidden) * size**0.8  # so that quiet units are seen as well
        swing = (
            height * (0.34 + 0.66 * carrier) * known
            + UNCOMPOSED_SWING * (1 - known) * carrier * slow
        )
        shape = self._points - self._normals * swing[..., None]
        energy = (0.55 * size + 1.7 * np.abs(soon - hidden)) * known + 0.05
        levels = self._levels(energy[:, 1:], votes)
        self._draw_lines(surface, shape, levels)
        if frame.detail_level > 0:
            self._shine(glow, shape, levels)
        return shape

    def _levels(self, energy: Floats, votes: Floats) -> Floats:
        """Brightness of each piece of each trace, 0..1, shape (traces, POINTS - 1)."""
        near = self._nearness * votes[:, None]
        return np.clip((1.25 * energy**1.3 + 0.16) * self._ramp + near, 0, 1)

    def _draw_lines(self, surface: pygame.Surface, shape: Floats, levels: Floats) -> None:
        start, end = shape[:, :-1].reshape(-1, 2), shape[:, 1:].reshape(-1, 2)
        level = levels.ravel()
        wide = np.flatnonzero(level > _MIN_WIDE_LEVEL)  # the brightest are two pixels wide
        self._strokes.draw_segments(
            surface,
            np.concatenate([start, start[wide] + _SECOND_LINE_OFFSET_PX]),
            np.concatenate([end, end[wide] + _SECOND_LINE_OFFSET_PX]),
            np.concatenate([self._number, self._number[wide]]),
            _MIN_TRACE_LEVEL
            + (1 - _MIN_TRACE_LEVEL) * np.concatenate([level, level[wide] - _SECOND_LINE_DIMMING]),
        )

    def _shine(self, glow: GlowLayer, shape: Floats, levels: Floats) -> None:
        """What is bright shines: every third point will do, for it is blurred."""
        coarse = shape[:, ::_GLOW_POINT_STRIDE]
        level = levels[:, 1::_GLOW_POINT_STRIDE][:, : coarse.shape[1] - 1]
        bright = level > _MIN_GLOW_LEVEL
        glow.draw_segments(
            self._strokes,
            coarse[:, :-1][bright],
            coarse[:, 1:][bright],
            np.nonzero(bright)[0],
            0.6 * (level[bright] - 1 / 3),
        )

    def _composed_share(self, frame: Frame) -> Floats:
        """How much is composed at each place of each trace, 1 to 0 beyond the horizon."""
        last = frame.timeline.cues[-1].due if frame.timeline.cues else frame.time
        lead = max(0.0, (last - frame.time) / SECOND)
        passed = max(0.0, (frame.time - self._horizon_updated_ns) / SECOND)
        # the horizon glides: notes are composed by leaps
        self._horizon_s += (lead - self._horizon_s) * (1.0 - np.exp(-passed / HORIZON_GLIDE_S))
        self._horizon_updated_ns = frame.time
        ahead = self._paths.distance_to_cell / TRAVEL_SPEED_PX_PER_S
        known = np.clip(
            (self._horizon_s + _HORIZON_FADE_S - ahead) / _HORIZON_FADE_S, 0.0, 1.0
        ).astype(np.float32)
        return known * known * (3.0 - 2.0 * known)


def _upstream_indices(paths: TracePaths, distance: float) -> NDArray[np.int64]:
    """For each point the number of the one about `distance` pixels further from the cell."""
    step = paths.arc_length[:, -1:] / (POINTS_PER_PATH - 1)
    return np.maximum(0, np.arange(POINTS_PER_PATH) - np.rint(distance / step).astype(np.int64))
