"""Traces of the Waves: hidden states as lines that swing, bright where much is going on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pygame
from numpy.typing import NDArray

from messages.cues import Cue
from visuals.drawing.animation import Motion
from visuals.drawing.bloom import Glow
from visuals.drawing.line_renderer import Strokes
from visuals.drawing.theme import FIFTHS_PLACE, PITCH_COLOURS
from visuals.scenes.base import Frame
from visuals.scenes.waves.trace_paths import POINTS, Floats, Paths
from visuals.timeline import SECOND

SPEED = 420.0
"""Pixels a second of everything that travels: traces, packets, ribbon."""
CARRIER_SPEED = 85.0
"""The carrier moves more slowly than what it carries, so that it ripples and does not flicker."""
SWING = 42.0
"""Distance a hidden state of 1 moves a trace, pixels."""
CALM = 0.34
"""Swing of what is not yet composed."""
SOON = 1 / 15
"""Seconds over which a hidden state is seen to change."""
GLIDE = 0.4
"""Seconds in which the horizon of what is composed follows (to 37 % of the way)."""
_EDGE = 0.9
"""Seconds over which the known becomes the unknown."""
_DARKEST = 0.13
"""Brightness of a trace where nothing goes on."""
_WIDE, _WIDER = 0.55, 1 / 6
"""Level from which a trace is two pixels wide, and by how much the second is fainter."""
_BELOW = np.array((0, 1), np.float32)
_BRIGHT = 0.45
"""Level from which a trace shines."""
_COARSE = 3
_SEED = 11


class Traces:
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
        paths: Paths,
        tones: Sequence[int],
        hidden: Callable[[Cue], NDArray[np.float32]],
    ) -> None:
        self._paths = paths
        count = len(tones)
        spread = np.random.default_rng(_SEED)
        self._motion = Motion(
            hidden, count, spread.uniform(1.2, 3.0, count), spread.uniform(0.2, 0.4, count)
        )
        steps = np.array([FIFTHS_PLACE[tone] * 5 % 12 for tone in tones])
        self._wavelength = 42 + 48 * steps / 11  # neighbours differ
        self._phase = spread.uniform(0, 2 * np.pi, (count, 1))
        self._turns = (2 * np.pi * paths.arc / self._wavelength[:, None]).astype(np.float32)
        self._ahead = (paths.left / SPEED * SECOND).astype(np.int64)
        self._further = _further(paths, SPEED * SOON)
        self._points = paths.points.astype(np.float32)
        self._normals = (paths.normals * (SWING * paths.room)[..., None]).astype(np.float32)
        self._lead, self._lead_at = 0.0, 0
        self._strokes = Strokes([PITCH_COLOURS[tone] for tone in tones])
        self._number = np.repeat(np.arange(count), POINTS - 1)
        place = (np.arange(POINTS - 1) + 0.5) / (POINTS - 1)
        self._ramp = (0.46 + 0.54 * place**1.2).astype(np.float32)
        self._nearness = (0.9 * place**3).astype(np.float32)

    def draw(
        self, surface: pygame.Surface, glow: Glow, frame: Frame, votes: Floats, gain: Floats
    ) -> NDArray[np.float64]:
        """Draw the traces, and what shines of them on `glow`.

        `votes`, shape (traces,), lights the ends of those that speak for the note that sounds;
        `gain`, of the same shape, is what fingers leave of each.
        Returns the points of the lines, (traces, POINTS, 2).
        """
        self._motion.follow(frame.timeline.cues)
        hidden = self._motion.along(frame.time + self._ahead).astype(np.float32)
        hidden *= gain[:, None]
        # what is a little further from the cell is what there will be here a little later
        soon = np.take_along_axis(hidden, self._further, axis=1)
        known = self._known(frame)
        # the carrier's turns are taken from a whole one, for single precision
        gone = 2 * np.pi * CARRIER_SPEED * frame.drift / self._wavelength[:, None]
        carrier = np.cos(self._turns + (self._phase - gone % (2 * np.pi)).astype(np.float32))
        slow = self._turns * np.float32(0.37)
        slow = np.cos(slow + (2 * self._phase - 0.37 * gone % (2 * np.pi)).astype(np.float32))
        size = np.abs(hidden)
        height = np.sign(hidden) * size**0.8  # so that quiet units are seen as well
        swing = height * (0.34 + 0.66 * carrier) * known + CALM * (1 - known) * carrier * slow
        shape = self._points - self._normals * swing[..., None]
        energy = (0.55 * size + 1.7 * np.abs(soon - hidden)) * known + 0.05
        levels = self._levels(energy[:, 1:], votes)
        self._draw_lines(surface, shape, levels)
        if frame.detail > 0:
            self._shine(glow, shape, levels)
        return shape

    def _levels(self, energy: Floats, votes: Floats) -> Floats:
        """Brightness of each piece of each trace, 0..1, shape (traces, POINTS - 1)."""
        near = self._nearness * votes[:, None]
        return np.clip((1.25 * energy**1.3 + 0.16) * self._ramp + near, 0, 1)

    def _draw_lines(self, surface: pygame.Surface, shape: Floats, levels: Floats) -> None:
        start, end = shape[:, :-1].reshape(-1, 2), shape[:, 1:].reshape(-1, 2)
        level = levels.ravel()
        wide = np.flatnonzero(level > _WIDE)  # the brightest are two pixels wide
        self._strokes.draw(
            surface,
            np.concatenate([start, start[wide] + _BELOW]),
            np.concatenate([end, end[wide] + _BELOW]),
            np.concatenate([self._number, self._number[wide]]),
            _DARKEST + (1 - _DARKEST) * np.concatenate([level, level[wide] - _WIDER]),
        )

    def _shine(self, glow: Glow, shape: Floats, levels: Floats) -> None:
        """What is bright shines: every third point will do, for it is blurred."""
        coarse = shape[:, ::_COARSE]
        level = levels[:, 1::_COARSE][:, : coarse.shape[1] - 1]
        bright = level > _BRIGHT
        glow.draw_strokes(
            self._strokes,
            coarse[:, :-1][bright],
            coarse[:, 1:][bright],
            np.nonzero(bright)[0],
            0.6 * (level[bright] - 1 / 3),
        )

    def _known(self, frame: Frame) -> Floats:
        """How much is composed at each place of each trace, 1 to 0 beyond the horizon."""
        last = frame.timeline.cues[-1].due if frame.timeline.cues else frame.time
        lead = max(0.0, (last - frame.time) / SECOND)
        passed = max(0.0, (frame.time - self._lead_at) / SECOND)
        # the horizon glides: notes are composed by leaps
        self._lead += (lead - self._lead) * (1.0 - np.exp(-passed / GLIDE))
        self._lead_at = frame.time
        ahead = self._paths.left / SPEED
        known = np.clip((self._lead + _EDGE - ahead) / _EDGE, 0.0, 1.0).astype(np.float32)
        return known * known * (3.0 - 2.0 * known)


def _further(paths: Paths, distance: float) -> NDArray[np.int64]:
    """For each point the number of the one about `distance` pixels further from the cell."""
    step = paths.arc[:, -1:] / (POINTS - 1)
    return np.maximum(0, np.arange(POINTS) - np.rint(distance / step).astype(np.int64))
