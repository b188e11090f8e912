"""Traces of the Waves: hidden states as lines that swing, bright where a state changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pygame
from numpy.typing import NDArray

from messages.clock import SECOND
from messages.cues import NoteCue, NoteSource
from visuals.drawing.animation import SpringMotion, smoothstep
from visuals.drawing.bloom import GlowLayer
from visuals.drawing.line_renderer import LineRenderer, unit_across
from visuals.drawing.polled_surface import poll_input
from visuals.drawing.theme import FIFTHS_POSITION, PITCH_COLOURS, VISITOR_COLOUR
from visuals.scenes.base.frame import Frame
from visuals.scenes.base.geometry import Floats
from visuals.scenes.base.state_change import VISITOR_FADE_S, recent_change
from visuals.scenes.base.visitor_wave import visitor_onsets
from visuals.scenes.waves.trace_paths import POINTS_PER_PATH, TracePaths

TRAVEL_SPEED_PX_PER_S = 420.0
"""Speed of hidden states, of packets and of the piano roll, pixels a second."""
CARRIER_SPEED_PX_PER_S = 85.0
"""Speed of the carrier wave, pixels a second; slow, because a fast carrier flickers."""
FULL_SWING_PX = 42.0  # swing of a trace at a hidden state of 1, pixels
VISITOR_TRAVEL_S = 0.6  # time in which the light of a visitor's key runs along a trace, seconds
MAX_FULL_VISITOR_TRACES = 6.0  # number of traces that this light can light fully at once
_VISITOR_LIGHT_WIDTH = 0.09  # width of that light, as a share of the trace
_MIN_VISITOR_LEVEL = 0.08
CHANGE_WINDOW_S = 1 / 15  # time over which the change of a hidden state is measured, seconds
HORIZON_EASING_S = 0.4
"""Time constant with which the horizon follows the last composed note, seconds."""
_HORIZON_FADE_S = 0.9  # width of the transition at the horizon, seconds
MAX_MEAN_LEVEL = 0.6  # of all traces: where all change at once, again and again, they would flash
_MIN_TRACE_LEVEL = 0.13  # brightness of a trace without any change
_MIN_WIDE_LEVEL, _SECOND_LINE_DIMMING = 0.55, 1 / 6
"""Level from which a trace is two pixels wide, and the difference between its two lines."""
_MIN_GLOW_LEVEL = 0.45
_GLOW_POINT_STRIDE = 3
_SLOW_CARRIER_RATIO = 0.37
_SEED = 11


class HiddenStateTraces:
    """The traces of units whose hidden states (traces,) `hidden_of` reads from a cue.

    Beyond the last composed note a trace swings by the present state, so every trace moves at once
    with a visitor's key. A frame depends on its time alone, except for the horizon of the composed
    music: it follows the last composed note from frame to frame, because notes are composed in
    groups.
    """

    def __init__(
        self,
        paths: TracePaths,
        pitch_classes: Sequence[int],
        hidden_of: Callable[[NoteCue], NDArray[np.float32]],
    ) -> None:
        self._paths, self._hidden_of, count = paths, hidden_of, len(pitch_classes)
        random = np.random.default_rng(_SEED)
        self._motion = SpringMotion(
            hidden_of, count, random.uniform(1.2, 3.0, count), random.uniform(0.2, 0.4, count)
        )
        # neighbours on the circle of fifths differ in wavelength
        steps = np.array([FIFTHS_POSITION[tone] * 5 % 12 for tone in pitch_classes])
        self._wavelength = (42 + 48 * steps / 11)[:, None]
        self._phase = random.uniform(0, 2 * np.pi, (count, 1))
        self._carrier_phase = _float32(2 * np.pi * paths.arc_length / self._wavelength)
        self._lead_time_s = (paths.arc_length[:, -1:] - paths.arc_length) / TRAVEL_SPEED_PX_PER_S
        self._lead_time_ns = (self._lead_time_s * SECOND).astype(np.int64)
        self._upstream_index = _upstream_indices(paths, TRAVEL_SPEED_PX_PER_S * CHANGE_WINDOW_S)
        self._points = _float32(paths.points)
        self._normals = _float32(paths.normals * (FULL_SWING_PX * paths.swing_limit)[..., None])
        self._horizon_s, self._horizon_updated_ns = 0.0, 0
        colours = [PITCH_COLOURS[tone] for tone in pitch_classes]
        self._renderer, self._visitor_colour = LineRenderer([*colours, VISITOR_COLOUR]), count
        self._trace_of_piece = np.repeat(np.arange(count), POINTS_PER_PATH - 1)
        place = (np.arange(POINTS_PER_PATH - 1) + 0.5) / (POINTS_PER_PATH - 1)
        self._ramp = _float32(0.46 + 0.54 * place**1.2)
        self._nearness = _float32(0.9 * place**3)

    def draw(
        self,
        surface: pygame.Surface,
        glow: GlowLayer,
        frame: Frame,
        contributions: Floats,
        gain: Floats,
    ) -> NDArray[np.float32]:
        """Draw the traces, and return the points of their lines (traces, POINTS_PER_PATH, 2).

        `contributions` (traces,), 0 to 1, light the ends of the traces; `gain` (traces,) scales
        them.
        """
        self._motion.update_targets(frame.timeline.cues)
        hidden = _float32(self._motion.positions_at(frame.time + self._lead_time_ns))
        present = _float32(self._motion.position_at(frame.time))[:, None]
        composed = self._composed_share(frame)
        hidden = (present + (hidden - present) * composed) * _float32(gain)[:, None]
        poll_input(surface)
        # the state a little upstream is the state that this point will have a little later
        upcoming = np.take_along_axis(hidden, self._upstream_index, axis=1)
        # whole turns are left out, for the precision of float32
        turn = 2 * np.pi * CARRIER_SPEED_PX_PER_S * frame.ambient_time_s / self._wavelength
        carrier = np.cos(self._carrier_phase + _float32(self._phase - turn % (2 * np.pi)))
        slow_phase = 2 * self._phase - _SLOW_CARRIER_RATIO * turn % (2 * np.pi)
        slow = np.cos(self._carrier_phase * np.float32(_SLOW_CARRIER_RATIO) + _float32(slow_phase))
        size = np.abs(hidden)
        height = np.sign(hidden) * size**0.8  # makes quiet units visible
        swing = height * (0.34 + 0.66 * carrier) + 0.12 * (1 - composed) * carrier * slow
        shape = self._points + self._normals * swing[..., None]
        poll_input(surface)
        response = recent_change(frame, self._hidden_of, VISITOR_FADE_S, by_visitor=True)
        response = np.broadcast_to(response, len(contributions))[:, None] * (1 - composed)
        lit = np.maximum(size, 0.9 * response)  # steady while a trill swings the states to and fro
        energy = 0.55 * lit + 0.9 * response + 1.7 * np.abs(upcoming - hidden) + 0.05
        levels = (1.25 * energy[:, 1:] ** 1.3 + 0.16) * self._ramp
        levels = np.clip(levels + self._nearness * contributions[:, None], 0, 1)  # (traces, pieces)
        levels *= min(1.0, MAX_MEAN_LEVEL / max(1e-6, float(levels.mean())))
        self._draw_lines(surface, shape, levels)
        if frame.detail_level > 0:
            self._draw_glow(glow, shape, levels)
        self._draw_visitor_light(surface, glow, frame, shape)
        return shape

    def _draw_visitor_light(
        self, surface: pygame.Surface, glow: GlowLayer, frame: Frame, shape: Floats
    ) -> None:
        """Draw the light of a visitor's keys, which runs from the cell into what is to come.

        Each trace is as bright as its hidden state changed with the key.
        """
        light, share = np.zeros(shape.shape[:2]), np.linspace(1.0, 0.0, POINTS_PER_PATH)
        for timed, strength in visitor_onsets(frame, 1.2 * VISITOR_TRAVEL_S):
            before = frame.timeline.latest_cue(timed.due - 1)
            if before is None or timed.cue.source is not NoteSource.VISITOR:
                continue
            change = np.abs(self._hidden_of(timed.cue) - self._hidden_of(before.cue))
            travelled = frame.seconds_since(timed.due) / VISITOR_TRAVEL_S
            near = np.exp(-(((share - travelled) / _VISITOR_LIGHT_WIDTH) ** 2))
            level = np.minimum(1.0, 2.0 * change)
            strength *= min(1.0, (MAX_FULL_VISITOR_TRACES / max(1e-6, float(level.sum()))) ** 0.6)
            level *= strength
            light = np.maximum(light, level[:, None] * near)
        lit = np.flatnonzero(light[:, 1:] > _MIN_VISITOR_LEVEL)
        if not lit.size:
            return
        level = light[:, 1:].ravel()[lit]
        start = shape[:, :-1].reshape(-1, 2)[lit]
        end = shape[:, 1:].reshape(-1, 2)[lit]
        colour = np.full(len(lit), self._visitor_colour)
        beside = unit_across(start, end)
        both = [np.concatenate([side, side + beside]) for side in (start, end)]
        self._renderer.draw_segments(surface, *both, np.tile(colour, 2), np.tile(level, 2))
        glow.draw_segments(self._renderer, start, end, colour, 0.8 * level)

    def _draw_lines(self, surface: pygame.Surface, shape: Floats, levels: Floats) -> None:
        """Draw every piece of every trace, the bright ones two pixels wide."""
        start, end = shape[:, :-1].reshape(-1, 2), shape[:, 1:].reshape(-1, 2)
        level = levels.ravel()
        wide = np.flatnonzero(level > _MIN_WIDE_LEVEL)
        level = np.concatenate([level, level[wide] - _SECOND_LINE_DIMMING])
        beside = unit_across(start[wide], end[wide])
        self._renderer.draw_segments(
            surface,
            np.concatenate([start, start[wide] + beside]),
            np.concatenate([end, end[wide] + beside]),
            np.concatenate([self._trace_of_piece, self._trace_of_piece[wide]]),
            _MIN_TRACE_LEVEL + (1 - _MIN_TRACE_LEVEL) * level,
        )

    def _draw_glow(self, glow: GlowLayer, shape: Floats, levels: Floats) -> None:
        """Draw the glow of bright pieces through every third point, enough for a blurred line."""
        coarse = shape[:, ::_GLOW_POINT_STRIDE]
        level = levels[:, 1::_GLOW_POINT_STRIDE][:, : coarse.shape[1] - 1]
        bright = level > _MIN_GLOW_LEVEL
        start, end = coarse[:, :-1][bright], coarse[:, 1:][bright]
        glow_level = 0.6 * (level[bright] - 1 / 3)
        glow.draw_segments(self._renderer, start, end, np.nonzero(bright)[0], glow_level)

    def _composed_share(self, frame: Frame) -> NDArray[np.float32]:
        """How far each point's future is composed: 1, falling to 0 beyond the horizon."""
        last = frame.timeline.cues[-1].due if frame.timeline.cues else frame.time
        lead = max(0.0, -frame.seconds_since(last))
        passed = max(0.0, frame.seconds_since(self._horizon_updated_ns))
        self._horizon_s += (lead - self._horizon_s) * (1.0 - np.exp(-passed / HORIZON_EASING_S))
        self._horizon_updated_ns = frame.time
        ahead = (self._horizon_s + _HORIZON_FADE_S - self._lead_time_s) / _HORIZON_FADE_S
        return smoothstep(_float32(ahead))


def _upstream_indices(paths: TracePaths, distance: float) -> NDArray[np.int64]:
    """Index of the point about `distance` pixels upstream of each point, (traces, points)."""
    step = paths.arc_length[:, -1:] / (POINTS_PER_PATH - 1)
    return np.maximum(0, np.arange(POINTS_PER_PATH) - np.rint(distance / step).astype(np.int64))


def _float32(values: Floats) -> NDArray[np.float32]:
    return values.astype(np.float32)
