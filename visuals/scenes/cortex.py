"""Cortex: the layers as hemispheres of a brain, every cell where its favourite tone lies."""

from __future__ import annotations

import numpy as np
import pygame
from numpy.typing import NDArray

from visuals.anatomy import Anatomy
from visuals.bloom import SHRINK, Bloom
from visuals.cues import HIDDEN
from visuals.envelope import charge
from visuals.notename import NoteName
from visuals.ribbon import Ribbon
from visuals.scenes.base import Frame, Scene, Toolkit
from visuals.scenes.cortex_body import draw_body, radii
from visuals.scenes.cortex_layout import lay_out
from visuals.scenes.cortex_threads import TRAVEL, Threads
from visuals.sprites import ADD, Placed, blank, glow_atlas, ring_atlas
from visuals.theme import PITCH_COLOURS, SIZE, shade
from visuals.timeline import SECOND

CENTRE = (960.0, 444.0)
RIBBON_RECT = pygame.Rect(1480, 800, 360, 78)
RIBBON_NOW = 1690.0
RIBBON_SPEED = 100.0
SYNAPSES_LIT = (24, 40, 56)
"""The most synapses lit at once, by level of detail."""
WAKE = 1.2
"""Seconds for which a note's change is felt."""
FAINT = 0.08
"""Cells below this level are left as they lie in the background."""


class Cortex(Scene):
    """Cells glow with their hidden state; strong synapses carry pulses; threads reach the keys."""

    name = "cortex"

    def __init__(self, anatomy: Anatomy, toolkit: Toolkit) -> None:
        super().__init__(anatomy, toolkit)
        self.layout = layout = lay_out(anatomy, CENTRE)
        self._ribbon = Ribbon(RIBBON_RECT, RIBBON_NOW, RIBBON_SPEED, thickness=4)
        self._name = NoteName(toolkit.type)
        self._body = draw_body(anatomy, layout, toolkit)
        self._ribbon.draw_static(self._body, toolkit.type, toolkit.words, labels=False)
        self._colour = anatomy.preference[layout.layer, layout.unit].tolist()
        self._places = layout.position.tolist()
        self._threads = Threads(anatomy, layout, toolkit.keyboard)
        self._bloom = Bloom()
        self._traces = blank((SIZE[0] // SHRINK, SIZE[1] // SHRINK))
        self._build_sprites(radii(anatomy, layout))
        self._build_synapses()

    def draw(self, surface: pygame.Surface, frame: Frame) -> None:
        surface.blit(self._body, (0, 0))
        self._bloom.fade(200)
        hidden = frame.activations[self.layout.layer, HIDDEN, self.layout.unit]
        change = self._change(frame)
        lights = self._draw_synapses(surface, frame, hidden, change)
        lights += self._draw_threads(surface, frame)
        lights += self._cells(hidden, change)
        surface.fblits(lights, ADD)
        self._ribbon.draw(surface, frame.timeline, frame.time)
        self.toolkit.keyboard.draw(surface, frame.keys, frame.ahead, frame.visitor)
        if frame.detail > 0:
            self._bloom.layer.blit(self._traces, (0, 0), special_flags=ADD)
            self._bloom.add_to(surface)
        self._name.draw(surface, frame.timeline, frame.time)

    def _build_sprites(self, radius: NDArray[np.float64]) -> None:
        sizes = (2.2, 2.8, 3.5)
        self._size = [min(range(3), key=lambda k: abs(sizes[k] - value)) for value in radius]
        self._sparks = [glow_atlas(17, core=size, halo=0.34, white=0.85) for size in sizes]
        self._rings = [ring_atlas(size + 2.4, 1.2) for size in sizes]
        self._corona = glow_atlas(32, halo=0.42, power=2.2)
        self._haze = glow_atlas(15, halo=0.34, power=2.0)
        self._pulse = glow_atlas(11, core=1.9, halo=0.5, white=0.8)
        self._tail = glow_atlas(6, halo=0.6)

    def _build_synapses(self) -> None:
        layout = self.layout
        generator = np.random.default_rng(4)
        count = len(layout.paths)
        self._phase, self._speed = generator.random(count), 0.7 + 0.5 * generator.random(count)
        self._lines = [path[::2].tolist() for path in layout.paths]
        self._far_lines = [(path[::4] / SHRINK).tolist() for path in layout.paths]
        self._paths = [path.tolist() for path in layout.paths]
        weight = layout.weight
        self._strength = np.sqrt(weight / weight.max()) if count else weight

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

    def _draw_synapses(
        self,
        surface: pygame.Surface,
        frame: Frame,
        hidden: NDArray[np.float64],
        change: NDArray[np.float64],
    ) -> list[Placed]:
        """Light the busiest synapses; their pulses are returned."""
        self._traces.fill((0, 0, 0))
        layout = self.layout
        drive = np.abs(hidden[layout.source]) * change[layout.target] * self._strength
        lit = min(SYNAPSES_LIT[frame.detail], len(drive) - 1)
        if lit < 1:
            return []
        busy = np.argpartition(-drive, lit)[: lit + 1]
        busy = busy[np.argsort(drive[busy])]
        # the first that is left out is the dark end, so that none appears or goes by a jump
        dark, bright = drive[busy[0]], max(drive[busy[-1]], 0.5)
        levels = (drive[busy[1:]] - dark) / (bright - dark + 1e-9)
        phases = (frame.time / SECOND * self._speed[busy[1:]] + self._phase[busy[1:]]) % 1.0
        pulses: list[Placed] = []
        for k, level, phase in zip(
            busy[1:].tolist(), levels.tolist(), phases.tolist(), strict=True
        ):
            if level < 0.02:
                continue
            colour = self._colour[layout.source[k]]
            line = shade(PITCH_COLOURS[colour], 0.10 + 0.55 * level)
            pygame.draw.aalines(surface, line, False, self._lines[k])
            glow = shade(PITCH_COLOURS[colour], 0.10 * level)
            pygame.draw.lines(self._traces, glow, False, self._far_lines[k])
            pulses += self._pulse_on(self._paths[k], colour, phase, level)
        return pulses

    def _pulse_on(
        self, path: list[list[float]], colour: int, phase: float, level: float
    ) -> list[Placed]:
        last = len(path) - 1
        ends = min(1.0, 6 * phase, 6 * (1 - phase))  # comes out of one cell, goes into another
        x, y = path[int(phase * last)]
        placed = [self._pulse.placed(colour, (0.3 + 0.7 * level) * ends, x, y)]
        for step in range(1, 7):
            along = phase - 0.02 * step
            if along > 0:
                x, y = path[int(along * last)]
                strength = level * ends * (1 - step / 7)
                placed.append(self._tail.placed(colour, strength, x, y))
        return placed

    def _draw_threads(self, surface: pygame.Surface, frame: Frame) -> list[Placed]:
        """Threads of the notes that sound and of the one to come; their pulses are returned."""
        pulses: list[Placed] = []
        before = None
        for timed in frame.timeline.cues:
            since = (frame.time - timed.due) / SECOND
            if since < -2 * TRAVEL:
                break
            cue = timed.cue
            sounding = self._sounding(frame, timed.due, timed.end_at(frame.time), cue.pitch)
            expected = charge(timed, frame.time, 2 * TRAVEL) if since < 0 else 0.0
            light = max(sounding, 0.3 * expected)
            if light > 0.02:
                thread = self._threads.of(cue, before)
                self._threads.draw(surface, thread, light)
                arriving = 1 + since / TRAVEL if since < 0 else 2.0
                if cue.source == 0:  # heard, not said: the light leaves the key as it goes down
                    arriving = since / TRAVEL
                if 0 <= arriving <= 1:
                    pulses += self._threads.pulses(thread, arriving, 0.4 + 0.6 * arriving)
            before = cue
        return pulses

    def _sounding(self, frame: Frame, due: int, end: int, pitch: int) -> float:
        """Light of a thread whose note has come: its key's, for as long as the note's own lasts."""
        if frame.time < due:
            return 0.0
        key = frame.keys[min(87, max(0, pitch - 21))]
        over = max(0, frame.time - end) / SECOND
        return float(key) * max(0.0, 1 - over / 0.8)

    def _cells(self, hidden: NDArray[np.float64], change: NDArray[np.float64]) -> list[Placed]:
        """Cells by their hidden state: filled where it is positive, a ring where negative."""
        level = np.minimum(1.0, np.abs(hidden) * (0.62 + 0.55 * change) + 0.06 * change)
        lights: list[Placed] = []
        hazes: list[Placed] = []
        busy = np.flatnonzero(level > FAINT)
        for k, strength, positive in zip(
            busy.tolist(), level[busy].tolist(), (hidden[busy] >= 0).tolist(), strict=True
        ):
            x, y = self._places[k]
            colour, size = self._colour[k], self._size[k]
            if not positive:
                lights.append(self._rings[size].placed(colour, 0.95 * strength, x, y))
                continue
            lights.append(self._sparks[size].placed(colour, 0.2 + 0.8 * strength, x, y))
            if strength > 0.5:
                over = 2 * strength - 1
                lights.append(self._corona.placed(colour, over, x, y))
                hazes.append(self._haze.placed(colour, over * over, x / SHRINK, y / SHRINK))
        self._bloom.layer.fblits(hazes, ADD)
        return lights
