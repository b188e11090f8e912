"""Active synapses: the strongest signals between cells, with pulses running along them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from visuals.drawing.bloom import GlowLayer
from visuals.drawing.sprites import PlacedSprite, glow_atlas
from visuals.scenes.base.cortex_layout import CortexLayout
from visuals.scenes.base.geometry import Floats
from visuals.scenes.base.glowing_lines import GlowingLines

FULL_LIGHT_DRIVE = 0.5  # smallest drive of a fully lit synapse
PULSE_TAIL_LIGHTS = 3
_PULSE_LIGHT_GAP = 0.03  # distance between the lights of a pulse, as a share of the synapse
_MIN_LEVEL = 0.03
_SEED = 4


class LitSynapses:
    """The synapses with the largest drive.

    The drive of a synapse is the product of three factors: the size of its source's hidden state,
    the recent change of its target, and the square root of its relative strength. A synapse has the
    colour of its source.
    """

    def __init__(self, layout: CortexLayout, glow_layer: GlowLayer) -> None:
        self._layout, self._colours = layout, layout.pitch_class[layout.source].tolist()
        self._line_paths = [path[::2].astype(np.float32) for path in layout.paths]
        self._glow_paths = [glow_layer.to_layer_points(path[::4]) for path in layout.paths]
        self._pulse_paths = [path.tolist() for path in layout.paths]
        self._strength = np.sqrt(layout.weight / layout.weight.max(initial=1e-6))
        random = np.random.default_rng(_SEED)
        self._phase = random.random(len(layout.paths))
        self._speed_paths_per_s = 0.7 + 0.5 * random.random(len(layout.paths))
        self._pulse = glow_atlas(11, core=1.9, halo=0.5, white=0.8)
        self._tail = glow_atlas(7, halo=0.6)

    def draw(
        self, strokes: GlowingLines, time_s: float, hidden: Floats, change: Floats, count: int
    ) -> list[PlacedSprite]:
        """Add at most `count` synapses to `strokes`, and return the lights of their pulses.

        `hidden` and `change` (cells,) are the hidden states and their recent changes, 0 to 1.
        """
        chosen, levels = self._largest_drives(hidden, change, count)
        phases = (time_s * self._speed_paths_per_s[chosen] + self._phase[chosen]) % 1.0
        synapses = chosen.tolist()
        colours = [self._colours[k] for k in synapses]
        strokes.lines.add_polylines([self._line_paths[k] for k in synapses], colours, 0.6 * levels)
        strokes.glow.add_polylines([self._glow_paths[k] for k in synapses], colours, 0.11 * levels)
        pulses: list[PlacedSprite] = []
        for k, level, phase in zip(synapses, levels.tolist(), phases.tolist(), strict=True):
            pulses += self._pulse_lights(k, phase, level)
        return pulses

    def _largest_drives(
        self, hidden: Floats, change: Floats, count: int
    ) -> tuple[NDArray[np.int64], Floats]:
        """Indices and levels of the synapses with the largest drive, dimmest first."""
        drive = np.abs(hidden[self._layout.source]) * change[self._layout.target] * self._strength
        size = min(count + 1, len(drive))
        if size < 2:
            return np.empty(0, np.int64), np.empty(0)
        best = np.argpartition(-drive, size - 1)[:size]
        best = best[np.argsort(drive[best])]
        # level 0 is the first synapse left out, because none may appear or go at once
        dark, bright = drive[best[0]], drive[best[-1]]
        levels = (drive[best] - dark) / max(bright - dark, FULL_LIGHT_DRIVE)
        visible = levels > _MIN_LEVEL
        return best[visible], levels[visible]

    def _pulse_lights(self, synapse: int, phase: float, level: float) -> list[PlacedSprite]:
        """A pulse at a share `phase` of the path, and its tail."""
        path, colour = self._pulse_paths[synapse], self._colours[synapse]
        ends = min(1.0, 6 * phase, 6 * (1 - phase))  # fades in at one cell, out at the other
        sprites = []
        for light in range(PULSE_TAIL_LIGHTS + 1):
            along = phase - _PULSE_LIGHT_GAP * light
            x, y = path[int(along * (len(path) - 1))]
            if light == 0:
                head_level = (0.25 + 0.75 * level) * level**0.25 * ends
                sprites.append(self._pulse.sprite_centred_at(colour, head_level, x, y))
            elif along > 0:
                tail_level = level * ends * (1 - light / (PULSE_TAIL_LIGHTS + 1))
                sprites.append(self._tail.sprite_centred_at(colour, tail_level, x, y))
        return sprites
