"""Cortex: the layers as hemispheres of a brain, each cell at the pitch class it prefers."""

from __future__ import annotations

import numpy as np
import pygame

from messages.cues import HIDDEN_INDEX, NoteCue
from visuals.drawing.bloom import DOWNSCALE_FACTOR
from visuals.drawing.line_renderer import LineRenderer
from visuals.drawing.polled_surface import poll_input
from visuals.drawing.sprites import BLEND_ADD, FixedLights, PlacedSprite, glow_atlas, ring_atlas
from visuals.drawing.theme import PITCH_COLOURS, VISITOR_COLOUR
from visuals.scenes.base.cortex_layout import lay_out_cortex
from visuals.scenes.base.frame import Frame
from visuals.scenes.base.geometry import Floats
from visuals.scenes.base.glowing_lines import GlowingLines
from visuals.scenes.base.scene import Scene
from visuals.scenes.base.state_change import VISITOR_FADE_S, recent_change
from visuals.scenes.cortex.background import draw_brain, write_names
from visuals.scenes.cortex.drummer_lobe import DrummerLobe
from visuals.scenes.cortex.note_threads import NoteThreadRenderer
from visuals.scenes.cortex.synapses import LitSynapses
from visuals.widgets.hit_targets import UnitHitTargets
from visuals.widgets.piano_roll import PianoRoll

BRAIN_RECT = pygame.Rect(500, 72, 1200, 744)
BRAIN_CENTRE_PX = (1100.0, 444.0)  # its centre
LOBE_RECT = pygame.Rect(1600, 630, 280, 158)
MAX_SYNAPSES_BY_DETAIL = (20, 34, 48)  # number of lit synapses at each level of detail
CHANGE_FADE_S = 1.2  # time in which the change of a cell by a note fades, seconds
MAX_FLARES = 40  # number of cells that can flare at once
MAX_FULL_FLARES = 7.0  # number of cells that can flare fully at once
CELL_SIZES_PX = (2.2, 2.8, 3.5)
"""Radii of the discs of cells; the most selective cells are the largest."""
MIN_CELL_LEVEL = 0.08  # smallest level of a cell that differs from the background
MIN_GLOW_LEVEL = 0.42  # smallest level of a cell that glows
MAX_FULL_GLOW_CELLS = 13.0  # number of cells that can glow fully at once


class CortexScene(Scene):
    """Cells that glow with their hidden state, synapses with pulses, threads to the keys."""

    name = "cortex"
    prompt_position = (80, 842)
    code_rect = pygame.Rect(60, 510, 296, 296)
    crowd_position = (60, 190)
    piano_roll = PianoRoll(pygame.Rect(1560, 810, 280, 70), now_x=1700.0, speed=100.0, thickness=4)
    glow_rect = pygame.Rect(436, 0, 1328, 896)  # area of the cells and synapses
    glow_persistence = 200

    def _prepare(self) -> None:
        network = self.network
        brain = self.layout.rect(BRAIN_RECT, "cortex brain")
        self.brain = layout = lay_out_cortex(
            network,
            (float(brain.centerx), float(brain.centery)),
            (brain.width / 2, brain.height / 2),
        )
        self._index = layout.layer, HIDDEN_INDEX, layout.unit
        self.hit_targets = UnitHitTargets(
            np.stack([layout.layer, layout.unit], axis=1), layout.position
        )
        self._background_revision = 0
        self._lobe = DrummerLobe(self.layout.rect(LOBE_RECT, "cortex drummer"), self.resources)
        self._threads = NoteThreadRenderer(network, layout, self.resources.keyboard)
        self._synapses = LitSynapses(layout, self._glow)
        self._renderer = LineRenderer((*PITCH_COLOURS, VISITOR_COLOUR), adds=True)
        self._build_cell_lights()

    def background(self, frame: Frame) -> tuple[pygame.Surface, int]:
        self._background_revision += self._lobe.light_tissue(self._background, frame)
        return self._background, self._background_revision

    def _draw_network(self, surface: pygame.Surface, frame: Frame) -> None:
        hidden = frame.activations[self._index]
        change = self._spread(recent_change(frame, self._hidden_of, CHANGE_FADE_S))
        response = recent_change(frame, self._hidden_of, VISITOR_FADE_S, by_visitor=True)
        strokes = GlowingLines(self._renderer, self._glow)
        count = MAX_SYNAPSES_BY_DETAIL[frame.detail_level]
        sprites = self._synapses.draw(strokes, frame.ambient_time_s, hidden, change, count)
        sprites += self._threads.draw(strokes.lines, frame)
        strokes.draw(surface)
        poll_input(surface)
        sprites += self._cell_sprites(hidden, change)
        sprites += self._response_sprites(self._spread(response))
        surface.fblits(sprites, BLEND_ADD)
        self._lobe.draw(surface, frame)
        self.piano_roll.draw(surface, frame.timeline, frame.time, frame.taken_up)
        if frame.detail_level > 0:
            self._glow.add_to(surface)

    def _build_cell_lights(self) -> None:
        layout, cells = self.brain, len(self.brain.unit)
        colours = layout.pitch_class.tolist()
        selectivity = self.network.selectivity[layout.layer, layout.unit]
        middling = max(float(np.median(selectivity)), 1e-6)
        radius = 2.7 * np.clip(selectivity / middling, 0.7, 1.5)
        size = np.abs(np.array(CELL_SIZES_PX) - radius[:, None]).argmin(axis=1)
        discs = [glow_atlas(17, core=core, halo=0.34, white=0.85) for core in CELL_SIZES_PX]
        rings = [ring_atlas(core + 2.4, 1.2) for core in CELL_SIZES_PX]
        corona, haze = glow_atlas(40, halo=0.40, power=2.6), glow_atlas(17, halo=0.17, power=2.2)
        glow_positions = (layout.position - self.glow_rect.topleft) / DOWNSCALE_FACTOR
        self._discs = FixedLights([discs[k] for k in size], colours, layout.position)
        self._rings = FixedLights([rings[k] for k in size], colours, layout.position)
        self._coronas = FixedLights([corona] * cells, colours, layout.position)
        self._hazes = FixedLights([haze] * cells, colours, glow_positions)
        flare = glow_atlas(22, core=3.6, halo=0.5, white=0.6, colours=(VISITOR_COLOUR,))
        flare_haze = glow_atlas(17, halo=0.2, power=2.2, colours=(VISITOR_COLOUR,))
        self._flares = FixedLights([flare] * cells, [0] * cells, layout.position)
        self._flare_hazes = FixedLights([flare_haze] * cells, [0] * cells, glow_positions)

    def _hidden_of(self, cue: NoteCue) -> Floats:
        return cue.activations[self._index]

    def _spread(self, change: Floats | float) -> Floats:
        return np.broadcast_to(change, len(self.brain.unit))

    def _response_sprites(self, response: Floats) -> list[PlacedSprite]:
        """Flares, in the visitor's colour, of the cells that a visitor's keys changed the most."""
        cells = np.argsort(-response)[:MAX_FLARES]
        level = np.minimum(1.0, 1.2 * response[cells])
        share = min(1.0, (MAX_FULL_FLARES / max(1e-6, float(level.sum()))) ** 0.6)
        self._glow.add_sprites(self._flare_hazes.sprites_at(cells, share * level**1.5))
        return self._flares.sprites_at(cells, (0.5 + 0.5 * share) * level)

    def _cell_sprites(self, hidden: Floats, change: Floats) -> list[PlacedSprite]:
        """Lights of the cells: a disc for a positive hidden state, a ring for a negative one."""
        level = np.minimum(1.0, np.abs(hidden) * (0.75 + 0.6 * change) + 0.05 * change)
        visible, positive = level > MIN_CELL_LEVEL, hidden >= 0
        filled, hollow = np.flatnonzero(visible & positive), np.flatnonzero(visible & ~positive)
        bright = np.flatnonzero((level > MIN_GLOW_LEVEL) & positive)
        excess = (level[bright] - MIN_GLOW_LEVEL) / (1 - MIN_GLOW_LEVEL)
        # many bright cells share the light, so a full chord is not overexposed
        share = min(1.0, (MAX_FULL_GLOW_CELLS / max(1e-6, float(excess.sum()))) ** 0.6)
        self._glow.add_sprites(self._hazes.sprites_at(bright, share * excess**1.5))
        sprites = self._rings.sprites_at(hollow, 0.9 * level[hollow])
        sprites += self._discs.sprites_at(filled, 0.2 + 0.8 * level[filled])
        return sprites + self._coronas.sprites_at(bright, (0.4 + 0.6 * share) * excess)

    def _draw_background(self) -> pygame.Surface:
        words, count = self.resources.words, len(self.brain.unit)
        subtitles = [words[f"cortex.subtitle_{k}"].format(units=count) for k in (1, 2, 3)]
        surface = self._finish_background(draw_brain(self.brain, self.layout.size), *subtitles)
        write_names(surface, self.brain, self.resources)
        return surface
