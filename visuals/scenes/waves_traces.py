"""Traces of the Waves: hidden states as lines that swing, bright where much is going on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pygame
from numpy.typing import NDArray

from visuals.bloom import Glow
from visuals.cues import Cue
from visuals.envelope import Motion
from visuals.scenes.base import Frame
from visuals.scenes.waves_paths import POINTS, Floats, Paths
from visuals.theme import FIFTHS_PLACE, PITCH_COLOURS, shade
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
_PIECES = 11
_LEVELS = 12
_ROUGH = 3
"""Level up to which a line may have steps where the machine is slow: they are hard to see."""
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
        ends = [int(k * (POINTS - 1) / _PIECES) for k in range(_PIECES + 1)]
        self._pieces = [(a, b + 1) for a, b in zip(ends[:-1], ends[1:], strict=True)]
        levels = range(_LEVELS + 1)
        self._line_colours = [
            [shade(PITCH_COLOURS[tone], 0.13 + 0.87 * k / _LEVELS) for k in levels]
            for tone in tones
        ]
        self._glow_colours = [
            [shade(PITCH_COLOURS[tone], 0.40 * max(0, k - 4) / 8) for k in levels] for tone in tones
        ]

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
        levels = self._levels(energy, votes)
        across, down = shape[..., 0].tolist(), shape[..., 1].tolist()
        for trace, heights in enumerate(zip(across, down, strict=True)):
            self._draw_trace(surface, glow, trace, *heights, levels[trace], frame.detail)
        return shape

    def _levels(self, energy: Floats, votes: Floats) -> list[list[int]]:
        """Brightness of each piece of each trace, 0.._LEVELS."""
        place = (np.arange(_PIECES) + 0.5) / _PIECES
        pieces = np.stack([energy[:, a:b].mean(axis=1) for a, b in self._pieces], axis=1)
        ramp = 0.46 + 0.54 * place**1.2
        near = np.linspace(0, 1, _PIECES) ** 3 * votes[:, None] * 0.9
        levels = np.clip((1.25 * pieces**1.3 + 0.16) * ramp + near, 0, 1)
        return (levels * _LEVELS).astype(int).tolist()

    def _draw_trace(
        self,
        surface: pygame.Surface,
        glow: Glow,
        trace: int,
        x: list[float],
        y: list[float],
        levels: list[int],
        detail: int,
    ) -> None:
        colours, glows = self._line_colours[trace], self._glow_colours[trace]
        rough = _ROUGH if detail == 0 else -1
        points = list(zip(x, y, strict=True))  # pairs, which are quicker made than lists
        for start, end, level in _runs(self._pieces, levels):
            line = pygame.draw.aalines if level > rough else pygame.draw.lines
            line(surface, colours[level], False, points[start:end])
            if level > 6 and detail > 0:
                below = [(x[k], y[k] + 1) for k in range(start, end)]
                pygame.draw.aalines(surface, colours[level - 2], False, below)
            if level > 5 and detail > 1:
                glow.draw(glows[level], points[start:end:3])

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


def _runs(pieces: list[tuple[int, int]], levels: list[int]) -> Iterator[tuple[int, int, int]]:
    """Start, end and level of each run of pieces of one level: fewer, longer lines."""
    begin, level = pieces[0][0], levels[0]
    for (_, end), following in zip(pieces, [*levels[1:], -1], strict=True):
        if following != level:
            yield begin, end, level
            begin, level = end - 1, following
