"""Circuit: the memory of the last layer as a machine of valves and a bus.

Every line of the bus is one real memory cell. What it held runs in from the left; the first valve
lets pass what is not forgotten, the second writes new ideas onto it, and the third says part of
what it then holds aloud, to be heard again with the next note.
"""

from __future__ import annotations

import numpy as np
import pygame

from visuals.drawing.bloom import Glow
from visuals.drawing.canvas import Canvas, vignette
from visuals.drawing.line_renderer import Bundle, Strokes
from visuals.drawing.sprites import ADD
from visuals.drawing.theme import DIM, INK, NOTE_NAMES, PITCH_COLOURS, TITLE_PLACE, shade
from visuals.drawing.typography import SUBTITLE, TITLE, TextStyle
from visuals.hud.note_name_label import NoteName
from visuals.hud.piano_roll import Ribbon
from visuals.input.hit_targets import FINGER, Sites
from visuals.network_summary import Anatomy
from visuals.scenes.base import Frame, Scene, Toolkit
from visuals.scenes.circuit.gate_valves import PALETTE, Dial, Iris, draw_valve
from visuals.scenes.circuit.layout import (
    BUS_LEFT,
    BUS_RIGHT,
    FORGET,
    IDEA,
    MOUTH,
    SAY,
    TRUNK_LEFT,
    TRUNK_Y,
    VALVES,
    WRITE,
    lay_out,
)
from visuals.scenes.circuit.memory_bus import Bus
from visuals.scenes.circuit.memory_cells import CellReader, Cells, Look, Spotlight
from visuals.scenes.circuit.wiring import Wires

RIBBON_RECT = pygame.Rect(900, 74, 640, 70)
RIBBON_NOW, RIBBON_SPEED = 1270.0, 170.0
"""x of NOW, and pixels a second."""
GLOW_RECT = pygame.Rect(64, 144, 1792, 848)
"""What may glow: everything from the bus down to the tops of the keys."""
_LABEL = TextStyle(14, "jost-400", 3.6, shade(INK, 0.8))
_QUIET = TextStyle(14, "jost-400", 3.6, DIM)
_NUMBER = TextStyle(20, "mono-300", 0.0, DIM)
_STEPS = 8


class Circuit(Scene):
    """Memory cells: what they forget, write and say."""

    name = "circuit"
    prompt_place = (80, 606)

    def __init__(self, anatomy: Anatomy, toolkit: Toolkit) -> None:
        super().__init__(anatomy, toolkit)
        self._reader = CellReader(anatomy)
        self._tones = [int(tone) for tone in anatomy.preference[-1, self._reader.units]]
        self._spotlight = Spotlight(self._reader.units)
        self._plan = plan = lay_out(len(self._tones))
        self._sites = self._build_sites()
        self._bus = Bus(plan, self._tones)
        self._glow = Glow(GLOW_RECT)
        self._strokes = Strokes(PALETTE)
        self._wires = Wires(plan, self._tones, toolkit.keyboard, self._glow)
        self._forget = Iris(FORGET, self._tones, 48)
        self._write, self._say = (Iris(valve, self._tones, 24) for valve in (WRITE, SAY))
        self._dial = Dial(IDEA, self._tones, 24)
        self._ribbon = Ribbon(RIBBON_RECT, RIBBON_NOW, RIBBON_SPEED, thickness=4)
        self._note_name = NoteName(toolkit.type)
        self._background = self._draw_background()

    def draw(self, surface: pygame.Surface, frame: Frame) -> None:
        cells, looks = self._reader.read(frame), self._spotlight.at(frame)
        surface.blit(self._background, (0, 0))
        self._glow.begin()
        lines, shine, glow = Bundle(), Bundle(), self._glow
        lights, opening = self._forget.draw(lines, shine, glow, cells.forget, looks)
        lights += self._bus.draw(surface, glow, cells, opening, looks, frame.drift)
        lights += self._wires.draw(surface, glow, frame, cells)
        lights += self._wires.trace(lines, shine, glow, frame, cells)
        for iris, gates in ((self._write, cells.write), (self._say, cells.say)):
            lights += iris.draw(lines, shine, glow, gates, looks)[0]
        lights += self._dial.draw(lines, cells.idea, looks)
        self._strokes.draw_bundle(surface, lines)
        glow.draw_bundle(self._strokes, shine)
        surface.fblits(lights, ADD)
        self._ribbon.draw(surface, frame.timeline, frame.time)
        if frame.detail > 0:
            self._glow.add_to(surface)
        self._draw_numbers(surface, cells, looks)
        self.toolkit.keyboard.draw(surface, frame.keys, frame.ahead, frame.visitor)
        self._note_name.draw(surface, frame.timeline, frame.time)

    @property
    def sites(self) -> Sites:
        return self._sites

    def unit_at(self, x: float, y: float) -> tuple[int, int] | None:
        """The unit of the line of the bus nearest to a point, anywhere along it."""
        away = np.abs(self._sites.places[:, 1] - y)
        nearest = int(away.argmin())
        if away[nearest] > FINGER or not BUS_LEFT - FINGER < x < BUS_RIGHT + FINGER:
            return None
        layer, unit = self._sites.units[nearest].tolist()
        return layer, unit

    def _draw_numbers(self, surface: pygame.Surface, cells: Cells, looks: list[Look]) -> None:
        """The number of the cell looked at, and its gates."""
        type, line = self.toolkit.type, looks[-1].line
        for valve, value, (x, y), align in (
            (FORGET, cells.forget, (FORGET.x - 82, FORGET.y + FORGET.radius + 54), "right"),
            (WRITE, cells.write, (WRITE.x - WRITE.radius - 34, WRITE.y + 2), "right"),
            (IDEA, cells.idea, (IDEA.x, IDEA.y - IDEA.radius - 40), "centre"),
            (SAY, cells.say, (SAY.x - SAY.radius - 34, SAY.y + 2), "right"),
        ):
            sign = "+" if valve is IDEA else ""
            text = f"{float(value[line]):{sign}.2f}".replace("-", "\u2212")
            type.put(surface, text, (x, y), _NUMBER, align)
        for look in looks:
            tone, unit = self._tones[look.line], int(self._reader.units[look.line])
            level = round(look.level * _STEPS) / _STEPS
            colour = shade(PITCH_COLOURS[tone], level)
            y = float(self._plan.heights[look.line])
            number = TextStyle(15, "mono-400", 0.0, colour)
            type.put(surface, f"{unit:03d}", (BUS_LEFT - 14, y - 11), number, "right")
            letter = TextStyle(19, "jost-400", 0.0, colour)
            type.put_note(surface, NOTE_NAMES[tone], (BUS_LEFT - 78, y - 14), letter)

    def _build_sites(self) -> Sites:
        """Units at the left ends of their lines."""
        units = [(self.anatomy.layers - 1, int(unit)) for unit in self._reader.units]
        heights = np.asarray(self._plan.heights, np.float64)
        places = np.stack([np.full(len(units), BUS_LEFT + 60.0), heights], axis=1)
        return Sites(np.array(units, np.int64).reshape(-1, 2), places)

    def _draw_background(self) -> pygame.Surface:
        canvas = Canvas()
        vignette(canvas, (WRITE.x, 480.0))
        self._bus.draw_static(canvas)
        self._wires.draw_static(canvas)
        canvas.settle()
        for valve in VALVES:
            draw_valve(canvas, valve, ticks=valve is not IDEA)
        self._dial.draw_static(canvas)
        canvas.settle()
        surface = canvas.surface()
        self._ribbon.draw_static(surface, self.toolkit.type, self.toolkit.words, labels=False)
        self.toolkit.keyboard.draw_static(surface)
        self._write_words(surface)
        return surface

    def _write_words(self, surface: pygame.Surface) -> None:
        type, words = self.toolkit.type, self.toolkit.words
        type.put(surface, words["circuit.title"], TITLE_PLACE, TITLE)
        quiet = TextStyle(SUBTITLE.size, SUBTITLE.face, SUBTITLE.tracking, DIM)
        type.put(surface, words["circuit.subtitle"], (TITLE_PLACE[0] + 3, 128), quiet)
        for key, (x, y), align, style in (
            ("forget", (FORGET.x - 82, FORGET.y + FORGET.radius + 28), "right", _LABEL),
            ("write", (WRITE.x - WRITE.radius - 34, WRITE.y - 24), "right", _LABEL),
            ("idea", (IDEA.x, IDEA.y - IDEA.radius - 64), "centre", _LABEL),
            ("say", (SAY.x - SAY.radius - 34, SAY.y - 24), "right", _LABEL),
            ("memory", (BUS_LEFT, 176), "left", _QUIET),
            ("heard", (TRUNK_LEFT, TRUNK_Y - 66), "left", _QUIET),
            ("echo", (FORGET.x + 90, 856), "left", _QUIET),
            ("voice", (MOUTH[0], MOUTH[1] - 66), "centre", _QUIET),
        ):
            type.put(surface, words[f"circuit.{key}"], (x, y), style, align)
