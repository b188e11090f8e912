"""Cortex: the layers as hemispheres of a brain, every cell where its favourite tone lies."""

from __future__ import annotations

import numpy as np
import pygame
from numpy.typing import NDArray

from messages.cues import HIDDEN
from visuals.drawing.bloom import SHRINK, Bloom
from visuals.drawing.fixed_lights import Lamps
from visuals.drawing.line_renderer import Bundle, Strokes
from visuals.drawing.sprites import ADD, Placed, blank, glow_atlas, ring_atlas
from visuals.drawing.theme import PITCH_COLOURS
from visuals.hud.note_name_label import NoteName
from visuals.hud.piano_roll import Ribbon
from visuals.input.hit_targets import Sites
from visuals.network_summary import Anatomy
from visuals.scenes.base import Frame, Scene, Toolkit
from visuals.scenes.cortex.background import draw_body, radii
from visuals.scenes.cortex.layout import lay_out
from visuals.scenes.cortex.note_threads import Threads
from visuals.scenes.cortex.synapses import LitSynapses
from visuals.timeline import SECOND

CENTRE = (960.0, 444.0)
"""Middle of the brain, pixels."""
RIBBON_RECT = pygame.Rect(1480, 800, 360, 78)
RIBBON_NOW, RIBBON_SPEED = 1690.0, 100.0
"""x of NOW, and pixels a second."""
SYNAPSES_LIT = (20, 34, 48)
"""The most synapses lit at once, by level of detail."""
WAKE = 1.2
"""Seconds for which a note's change is felt."""
FAINT = 0.08
"""Cells below this level are left as they lie in the background."""
BRIGHT = 0.42
"""Cells above this level shine on what is about them."""
TRAIL = 200
"""How much of the bloom stays from frame to frame, of 255."""
SHINING = 13.0
"""As many cells as may shine fully at once."""
GLOW_RECT = pygame.Rect(296, 0, 1328, 896)
"""Where cells and synapses may glow; less than the picture, for the blur is dear."""


class Cortex(Scene):
    """Cells glow with their hidden state; strong synapses carry pulses; threads reach the keys."""

    name = "cortex"
    prompt_place = (80, 850)  # clear of the embers

    def __init__(self, anatomy: Anatomy, toolkit: Toolkit) -> None:
        super().__init__(anatomy, toolkit)
        self.layout = layout = lay_out(anatomy, CENTRE)
        self._sites = Sites(np.stack([layout.layer, layout.unit], axis=1), layout.position)
        self._ribbon = Ribbon(RIBBON_RECT, RIBBON_NOW, RIBBON_SPEED, thickness=4)
        self._name = NoteName(toolkit.type)
        self._body = draw_body(anatomy, layout, toolkit)
        self._ribbon.draw_static(self._body, toolkit.type, toolkit.words, labels=False)
        self._colour = anatomy.preference[layout.layer, layout.unit].tolist()
        self._threads = Threads(anatomy, layout, toolkit.keyboard)
        self._bloom = Bloom(GLOW_RECT.size)
        self._synapses = LitSynapses(layout, self._colour, GLOW_RECT.topleft)
        self._strokes = Strokes(PITCH_COLOURS, adds=True)
        self._glow = blank(self._bloom.layer.get_size())
        self._build_lamps(radii(anatomy, layout))

    def draw(self, surface: pygame.Surface, frame: Frame) -> None:
        hidden = frame.activations[self.layout.layer, HIDDEN, self.layout.unit]
        change = self._change(frame)
        self._glow.fill((0, 0, 0))
        self._bloom.fade(TRAIL)
        surface.blit(self._body, (0, 0))
        lines, shine, most = Bundle(), Bundle(), SYNAPSES_LIT[frame.detail]
        lights = self._synapses.draw(lines, shine, frame.drift, hidden, change, most)
        lights += self._threads.draw(lines, frame)
        self._strokes.draw_bundle(surface, lines)
        self._strokes.draw_bundle(self._glow, shine)
        lights += self._cells(hidden, change)
        surface.fblits(lights, ADD)
        self._ribbon.draw(surface, frame.timeline, frame.time)
        self.toolkit.keyboard.draw(surface, frame.keys, frame.ahead, frame.visitor)
        if frame.detail > 0:
            self._bloom.layer.blit(self._glow, (0, 0), special_flags=ADD)
            self._bloom.add_to(surface.subsurface(GLOW_RECT))
        self._name.draw(surface, frame.timeline, frame.time)

    @property
    def sites(self) -> Sites:
        return self._sites

    def _build_lamps(self, radius: NDArray[np.float64]) -> None:
        sizes = (2.2, 2.8, 3.5)
        size = [min(range(3), key=lambda k: abs(sizes[k] - value)) for value in radius]
        sparks = [glow_atlas(17, core=value, halo=0.34, white=0.85) for value in sizes]
        rings = [ring_atlas(value + 2.4, 1.2) for value in sizes]
        corona, haze = glow_atlas(40, halo=0.40, power=2.6), glow_atlas(17, halo=0.17, power=2.2)
        cells, places = len(size), self.layout.position
        glow_places = (places - GLOW_RECT.topleft) / SHRINK
        self._sparks = Lamps([sparks[k] for k in size], self._colour, places)
        self._rings = Lamps([rings[k] for k in size], self._colour, places)
        self._coronas = Lamps([corona] * cells, self._colour, places)
        self._hazes = Lamps([haze] * cells, self._colour, glow_places)

    def _change(self, frame: Frame) -> NDArray[np.float64]:
        """How much each cell was moved by the last notes, fading, shape (cells,)."""
        layout = self.layout
        total = np.zeros(len(layout.layer))
        before = None
        for timed in frame.timeline.between(frame.time - 4 * SECOND, frame.time):
            if timed.due > frame.time:
                break
            now = timed.cue.activations[layout.layer, HIDDEN, layout.unit]
            age = (frame.time - timed.due) / SECOND
            if before is not None and age < WAKE:
                rise = min(1.0, age / 0.08)
                total += np.abs(now - before) * rise * (1 - age / WAKE) ** 2
            before = now
        return np.minimum(total, 1.0)

    def _cells(self, hidden: NDArray[np.float64], change: NDArray[np.float64]) -> list[Placed]:
        """Cells by their hidden state: filled where it is positive, a ring where negative."""
        level = np.minimum(1.0, np.abs(hidden) * (0.75 + 0.6 * change) + 0.05 * change)
        busy = level > FAINT
        filled, hollow = np.flatnonzero(busy & (hidden >= 0)), np.flatnonzero(busy & (hidden < 0))
        bright = np.flatnonzero((level > BRIGHT) & (hidden >= 0))
        over = (level[bright] - BRIGHT) / (1 - BRIGHT)
        # many bright cells share the light, so that a full chord does not burn out
        share = min(1.0, (SHINING / max(1e-6, float(over.sum()))) ** 0.6)
        lights = self._rings.lit(hollow, 0.9 * level[hollow])
        lights += self._sparks.lit(filled, 0.2 + 0.8 * level[filled])
        lights += self._coronas.lit(bright, (0.4 + 0.6 * share) * over)
        self._bloom.layer.fblits(self._hazes.lit(bright, share * over**1.5), ADD)
        return lights
