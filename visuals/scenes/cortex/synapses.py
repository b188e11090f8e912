"""Synapses at work: the busiest are lit, and pulses run along them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from visuals.drawing.bloom import DOWNSCALE_FACTOR
from visuals.drawing.line_renderer import LineBatch
from visuals.drawing.sprites import PlacedSprite, glow_atlas
from visuals.scenes.cortex.layout import CortexLayout

FULL_LIGHT_DRIVE = 0.5
"""Drive a synapse needs to be fully lit, however quiet the others are."""
PULSE_TAIL_LIGHTS = 3
"""Lights behind a pulse."""


class LitSynapses:
    """Draws the synapses that do the most.

    Parameters
    ----------
    layout : Layout
    colours : list of int
        Pitch class of each cell; a synapse has its source's.
    corner : tuple of int
        Where what shines begins in the picture, pixels.
    """

    def __init__(self, layout: CortexLayout, colours: list[int], corner: tuple[int, int]) -> None:
        self._layout = layout
        self._colours = [colours[source] for source in layout.source]
        self._line_paths = [path[::2].astype(np.float32) for path in layout.paths]
        self._glow_paths = [
            ((path[::4] - corner) / DOWNSCALE_FACTOR).astype(np.float32) for path in layout.paths
        ]
        self._paths = [path.tolist() for path in layout.paths]
        self._strength = np.sqrt(layout.weight / layout.weight.max(initial=1e-6))
        generator = np.random.default_rng(4)
        self._phase = generator.random(len(layout.paths))
        self._speed = 0.7 + 0.5 * generator.random(len(layout.paths))  # paths a second
        self._pulse = glow_atlas(11, core=1.9, halo=0.5, white=0.8)
        self._tail = glow_atlas(7, halo=0.6)

    def draw(
        self,
        lines: LineBatch,
        shine: LineBatch,
        seconds: float,
        hidden: NDArray[np.float64],
        change: NDArray[np.float64],
        most: int,
    ) -> list[PlacedSprite]:
        """Draw lines, and what shines of them, which is `DOWNSCALE_FACTOR` times smaller.

        Parameters
        ----------
        lines, shine : Bundle
            What is drawn is added to these.
        seconds : float
            Time, along which the pulses run.
        hidden, change : ndarray, shape (cells,)
            Hidden state of each cell, and how much it moved of late.
        most : int
            How many synapses at the most.

        Returns
        -------
        list of Placed
            The pulses, still to be drawn.
        """
        chosen, levels = self._busiest(hidden, change, most)
        phases = (seconds * self._speed[chosen] + self._phase[chosen]) % 1.0
        pulses: list[PlacedSprite] = []
        numbers = chosen.tolist()
        tints = [self._colours[k] for k in numbers]
        near, far = [self._line_paths[k] for k in numbers], [self._glow_paths[k] for k in numbers]
        lines.add_polylines(near, tints, 0.6 * levels)
        shine.add_polylines(far, tints, 0.11 * levels)
        for k, level, phase in zip(numbers, levels.tolist(), phases.tolist(), strict=True):
            pulses += self._pulse_lights(k, phase, level)
        return pulses

    def _busiest(
        self, hidden: NDArray[np.float64], change: NDArray[np.float64], most: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Synapses whose source is active and whose target moves, dimmest first, and levels."""
        drive = np.abs(hidden[self._layout.source]) * change[self._layout.target] * self._strength
        count = min(most + 1, len(drive))
        if count < 2:
            return np.empty(0, np.int64), np.empty(0)
        best = np.argpartition(-drive, count - 1)[:count]
        best = best[np.argsort(drive[best])]
        # the first that is left out is dark, so that none appears or goes by a jump
        dark, bright = drive[best[0]], drive[best[-1]]
        levels = (drive[best] - dark) / max(bright - dark, FULL_LIGHT_DRIVE)
        seen = levels > 0.03
        return best[seen], levels[seen]

    def _pulse_lights(self, synapse: int, phase: float, level: float) -> list[PlacedSprite]:
        """A pulse `phase` (0..1) of the way along, and its tail."""
        path, colour = self._paths[synapse], self._colours[synapse]
        last = len(path) - 1
        ends = min(1.0, 6 * phase, 6 * (1 - phase))  # comes out of one cell, goes into another
        x, y = path[int(phase * last)]
        placed = [
            self._pulse.sprite_centred_at(colour, (0.25 + 0.75 * level) * level**0.25 * ends, x, y)
        ]
        for step in range(1, PULSE_TAIL_LIGHTS + 1):
            along = phase - 0.03 * step
            if along > 0:
                x, y = path[int(along * last)]
                strength = level * ends * (1 - step / (PULSE_TAIL_LIGHTS + 1))
                placed.append(self._tail.sprite_centred_at(colour, strength, x, y))
        return placed
