"""Cortex: the layers as hemispheres of a brain, every cell where its favourite tone lies."""

from __future__ import annotations

import numpy as np
import pygame
from numpy.typing import NDArray

from messages.cues import HIDDEN_INDEX
from visuals.drawing.bloom import DOWNSCALE_FACTOR, Bloom
from visuals.drawing.fixed_lights import FixedLights
from visuals.drawing.line_renderer import LineBatch, LineRenderer
from visuals.drawing.sprites import BLEND_ADD, PlacedSprite, blank_surface, glow_atlas, ring_atlas
from visuals.drawing.theme import PITCH_COLOURS
from visuals.hud.note_name_label import NoteNameLabel
from visuals.hud.piano_roll import PianoRoll
from visuals.input.hit_targets import UnitHitTargets
from visuals.network_summary import NetworkSummary
from visuals.scenes.base import Frame, Scene, SceneResources
from visuals.scenes.cortex.background import cell_radii, draw_cortex_background
from visuals.scenes.cortex.layout import lay_out_cortex
from visuals.scenes.cortex.note_threads import NoteThreadRenderer
from visuals.scenes.cortex.synapses import LitSynapses
from visuals.timeline import SECOND

BRAIN_CENTRE_PX = (960.0, 444.0)
"""Middle of the brain, pixels."""
PIANO_ROLL_RECT = pygame.Rect(1480, 800, 360, 78)
PIANO_ROLL_NOW_X_PX, PIANO_ROLL_SPEED_PX_PER_S = 1690.0, 100.0
"""x of PIANO_ROLL_NOW_X_PX, and pixels a second."""
MAX_SYNAPSES_BY_DETAIL = (20, 34, 48)
"""The most synapses lit at once, by level of detail."""
CHANGE_FADE_S = 1.2
"""Seconds for which a note's change is felt."""
MIN_CELL_LEVEL = 0.08
"""Cells below this level are left as they lie in the background."""
MIN_GLOW_LEVEL = 0.42
"""Cells above this level shine on what is about them."""
BLOOM_PERSISTENCE = 200
"""How much of the bloom stays from frame to frame, of 255."""
MAX_FULL_GLOW_CELLS = 13.0
"""As many cells as may shine fully at once."""
GLOW_RECT = pygame.Rect(296, 0, 1328, 896)
"""Where cells and synapses may glow; less than the picture, for the blur is dear."""


class CortexScene(Scene):
    """Cells glow with their hidden state; strong synapses carry pulses; threads reach the keys."""

    name = "cortex"
    prompt_position = (80, 850)  # clear of the embers

    def __init__(self, anatomy: NetworkSummary, toolkit: SceneResources) -> None:
        super().__init__(anatomy, toolkit)
        self.layout = layout = lay_out_cortex(anatomy, BRAIN_CENTRE_PX)
        self._hit_targets = UnitHitTargets(
            np.stack([layout.layer, layout.unit], axis=1), layout.position
        )
        self._piano_roll = PianoRoll(
            PIANO_ROLL_RECT, PIANO_ROLL_NOW_X_PX, PIANO_ROLL_SPEED_PX_PER_S, thickness=4
        )
        self._note_name = NoteNameLabel(toolkit.typesetter)
        self._background = draw_cortex_background(anatomy, layout, toolkit)
        self._piano_roll.draw_static(
            self._background, toolkit.typesetter, toolkit.words, labels=False
        )
        self._colour = anatomy.preferred_pitch_class[layout.layer, layout.unit].tolist()
        self._threads = NoteThreadRenderer(anatomy, layout, toolkit.keyboard)
        self._bloom = Bloom(GLOW_RECT.size)
        self._synapses = LitSynapses(layout, self._colour, GLOW_RECT.topleft)
        self._strokes = LineRenderer(PITCH_COLOURS, adds=True)
        self._glow = blank_surface(self._bloom.layer.get_size())
        self._build_lamps(cell_radii(anatomy, layout))

    def draw(self, surface: pygame.Surface, frame: Frame) -> None:
        hidden = frame.activations[self.layout.layer, HIDDEN_INDEX, self.layout.unit]
        change = self._recent_change(frame)
        self._glow.fill((0, 0, 0))
        self._bloom.fade(BLOOM_PERSISTENCE)
        surface.blit(self._background, (0, 0))
        lines, shine, most = LineBatch(), LineBatch(), MAX_SYNAPSES_BY_DETAIL[frame.detail_level]
        lights = self._synapses.draw(lines, shine, frame.ambient_time_s, hidden, change, most)
        lights += self._threads.draw(lines, frame)
        self._strokes.draw_batch(surface, lines)
        self._strokes.draw_batch(self._glow, shine)
        lights += self._cell_lights(hidden, change)
        surface.fblits(lights, BLEND_ADD)
        self._piano_roll.draw(surface, frame.timeline, frame.time)
        self.resources.keyboard.draw(
            surface, frame.key_light, frame.next_key_probabilities, frame.visitor_key_light
        )
        if frame.detail_level > 0:
            self._bloom.layer.blit(self._glow, (0, 0), special_flags=BLEND_ADD)
            self._bloom.add_to(surface.subsurface(GLOW_RECT))
        self._note_name.draw(surface, frame.timeline, frame.time)

    @property
    def hit_targets(self) -> UnitHitTargets:
        return self._hit_targets

    def _build_lamps(self, radius: NDArray[np.float64]) -> None:
        sizes = (2.2, 2.8, 3.5)
        size = [min(range(3), key=lambda k: abs(sizes[k] - value)) for value in radius]
        sparks = [glow_atlas(17, core=value, halo=0.34, white=0.85) for value in sizes]
        rings = [ring_atlas(value + 2.4, 1.2) for value in sizes]
        corona, haze = glow_atlas(40, halo=0.40, power=2.6), glow_atlas(17, halo=0.17, power=2.2)
        cells, places = len(size), self.layout.position
        glow_places = (places - GLOW_RECT.topleft) / DOWNSCALE_FACTOR
        self._sparks = FixedLights([sparks[k] for k in size], self._colour, places)
        self._rings = FixedLights([rings[k] for k in size], self._colour, places)
        self._coronas = FixedLights([corona] * cells, self._colour, places)
        self._hazes = FixedLights([haze] * cells, self._colour, glow_places)

    def _recent_change(self, frame: Frame) -> NDArray[np.float64]:
        """How much each cell was moved by the last notes, fading, shape (cells,)."""
        layout = self.layout
        total = np.zeros(len(layout.layer))
        before = None
        for timed in frame.timeline.cues_between(frame.time - 4 * SECOND, frame.time):
            if timed.due > frame.time:
                break
            now = timed.cue.activations[layout.layer, HIDDEN_INDEX, layout.unit]
            age = (frame.time - timed.due) / SECOND
            if before is not None and age < CHANGE_FADE_S:
                rise = min(1.0, age / 0.08)
                total += np.abs(now - before) * rise * (1 - age / CHANGE_FADE_S) ** 2
            before = now
        return np.minimum(total, 1.0)

    def _cell_lights(
        self, hidden: NDArray[np.float64], change: NDArray[np.float64]
    ) -> list[PlacedSprite]:
        """Cells by their hidden state: filled where it is positive, a ring where negative."""
        level = np.minimum(1.0, np.abs(hidden) * (0.75 + 0.6 * change) + 0.05 * change)
        busy = level > MIN_CELL_LEVEL
        filled, hollow = np.flatnonzero(busy & (hidden >= 0)), np.flatnonzero(busy & (hidden < 0))
        bright = np.flatnonzero((level > MIN_GLOW_LEVEL) & (hidden >= 0))
        over = (level[bright] - MIN_GLOW_LEVEL) / (1 - MIN_GLOW_LEVEL)
        # many bright cells share the light, so that a full chord does not burn out
        share = min(1.0, (MAX_FULL_GLOW_CELLS / max(1e-6, float(over.sum()))) ** 0.6)
        lights = self._rings.sprites_at(hollow, 0.9 * level[hollow])
        lights += self._sparks.sprites_at(filled, 0.2 + 0.8 * level[filled])
        lights += self._coronas.sprites_at(bright, (0.4 + 0.6 * share) * over)
        self._bloom.layer.fblits(self._hazes.sprites_at(bright, share * over**1.5), BLEND_ADD)
        return lights
