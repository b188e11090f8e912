"""Circuit: the memory of the last layer as a machine of valves and a bus.

Every line of the bus is one memory cell. Its previous state enters from the left. The first valve,
the forget gate, passes the part that is kept. The second, the input gate, writes candidate values
onto the line. The last, the output gate, passes the part of the new state that is heard, and fed
back with the next note.
"""

from __future__ import annotations

import numpy as np
import pygame

from visuals.drawing.canvas import Canvas, add_background_light
from visuals.drawing.line_renderer import LineRenderer
from visuals.drawing.sprites import BLEND_ADD
from visuals.drawing.theme import LABEL_COLOUR, PITCH_COLOURS, TEXT_COLOUR, shade
from visuals.drawing.typography import TextStyle
from visuals.scenes.base.frame import Frame
from visuals.scenes.base.glowing_lines import GlowingLines
from visuals.scenes.base.scene import Scene
from visuals.scenes.base.shown_units import output_hit_targets
from visuals.scenes.circuit.gate_valves import CIRCUIT_PALETTE, CandidateDial, GateIris, draw_valve
from visuals.scenes.circuit.layout import lay_out_circuit, place_circuit
from visuals.scenes.circuit.memory_bus import MemoryBus
from visuals.scenes.circuit.memory_cells import (
    CellHighlighter,
    MemoryCellReader,
    MemoryCellStates,
)
from visuals.scenes.circuit.wiring import CircuitWiring, KeyThreads
from visuals.widgets.hit_targets import TOUCH_RADIUS_PX


class CircuitScene(Scene):
    """Memory cells: what they forget, write and output."""

    name = "circuit"
    prompt_position = (80, 836)
    code_rect = pygame.Rect(22, 390, 264, 264)
    crowd_position = (1420, 590)
    glow_rect = pygame.Rect(48, 112, 1760, 880)  # area from the bus down to the tops of the keys

    def _prepare(self) -> None:
        network, self._reader = self.network, MemoryCellReader(self.network)
        units = self._reader.units
        self._pitch_classes = tones = network.preferred_pitch_class[-1, units].tolist()
        self._highlighter = CellHighlighter(units)
        self._places = places = place_circuit(self.layout)
        layout = lay_out_circuit(len(units), places)
        positions = np.stack(
            [np.full(len(units), places.bus_left + 60), layout.line_heights], axis=1
        )
        self.hit_targets = output_hit_targets(network, units, positions)
        self._renderer = LineRenderer(CIRCUIT_PALETTE)
        self._bus = MemoryBus(layout.line_heights, tones, places)
        self._wiring = CircuitWiring(layout, tones, self._glow)
        self._key_threads = KeyThreads(self.resources.keyboard, places)
        self._forget_iris = GateIris(places.forget, tones, 48)
        self._input_iris = GateIris(places.input, tones, 24)
        self._output_iris = GateIris(places.output, tones, 24)
        self._dial = CandidateDial(places.candidate, tones, 24)

    def _draw_network(self, surface: pygame.Surface, frame: Frame) -> None:
        cells, highlights = self._reader.read(frame), self._highlighter.at(frame)
        strokes = GlowingLines(self._renderer, self._glow)
        sprites, opening = self._forget_iris.draw(strokes, cells.forget_gate, highlights)
        time_s = frame.ambient_time_s
        sprites += self._bus.draw(surface, self._glow, cells, opening, highlights, time_s)
        self._bus.draw_visitor_response(surface, self._glow, self._reader.visitor_response(frame))
        sprites += self._wiring.draw(surface, frame, cells)
        sprites += self._wiring.add_curved_traces(strokes, frame, cells)
        sprites += self._key_threads.draw(strokes, frame)
        sprites += self._input_iris.draw(strokes, cells.input_gate, highlights)[0]
        sprites += self._output_iris.draw(strokes, cells.output_gate, highlights)[0]
        sprites += self._dial.draw(strokes.lines, cells.candidate, highlights)
        strokes.draw(surface)
        surface.fblits(sprites, BLEND_ADD)
        if frame.detail_level > 0:
            self._glow.add_to(surface)
        self._write_gate_values(surface, cells, highlights[-1].line)
        self._write_unit(surface, highlights[-1].line)

    def unit_at(self, x: float, y: float) -> tuple[int, int] | None:
        """The unit of the nearest line of the bus, anywhere along the line."""
        distance = np.abs(self.hit_targets.positions[:, 1] - y)
        nearest = int(distance.argmin())
        left, right = self._places.bus_left, self._places.bus_right
        beside = not left - TOUCH_RADIUS_PX < x < right + TOUCH_RADIUS_PX
        if beside or distance[nearest] > TOUCH_RADIUS_PX:
            return None
        layer, unit = self.hit_targets.units[nearest].tolist()
        return layer, unit

    def _write_gate_values(
        self, surface: pygame.Surface, cells: MemoryCellStates, line: int
    ) -> None:
        """Write the gates and the candidate value of a line beside their valves, in its colour."""
        gates = (cells.forget_gate, cells.input_gate, cells.candidate, cells.output_gate)
        for valve, gate in zip(self._places.valves, gates, strict=True):
            sign = "+" if valve is self._places.candidate else ""
            text = f"{float(gate[line]):{sign}.2f}".replace("-", "\u2212")
            typesetter = self.resources.typesetter
            size = typesetter.scale.least
            place = valve.centre + valve.label_offset + (0, 1.2 * size)
            style = TextStyle(size, "mono-300", 0.0, PITCH_COLOURS[self._pitch_classes[line]])
            typesetter.draw_text(surface, text, place, style, valve.align)

    def _write_unit(self, surface: pygame.Surface, line: int) -> None:
        """Write the pitch class of a highlighted line before its start."""
        tone = self._pitch_classes[line]
        y = float(self.hit_targets.positions[line, 1])
        typesetter = self.resources.typesetter
        size = typesetter.scale.least
        style, place = (
            TextStyle(size, "jost-400", 0.0, PITCH_COLOURS[tone]),
            (self._places.bus_left - 16, y - 0.72 * size),
        )
        typesetter.draw_note_name(
            surface, self.resources.words.note_name(tone), place, style, "right"
        )

    def _draw_background(self) -> pygame.Surface:
        canvas = Canvas(self.layout.size)
        places = self._places
        add_background_light(canvas, (places.input.x, self.layout.y(480.0)))
        self._bus.draw_static(canvas)
        self._wiring.draw_static(canvas)
        canvas.flatten_strokes()
        for valve in places.valves:
            draw_valve(canvas, valve, ticks=valve is not places.candidate)
        self._dial.draw_static(canvas)
        canvas.flatten_strokes()
        words, draw_text = self.resources.words, self.resources.typesetter.draw_text
        surface = self._finish_background(canvas, words["circuit.subtitle"])
        scale = self.resources.typesetter.scale
        for valve in places.valves:
            place, text = valve.centre + valve.label_offset, words[valve.word].upper()
            style = TextStyle(scale.least, "jost-400", 1.5, shade(TEXT_COLOUR, 0.9))
            draw_text(surface, text, place, style, valve.align)
        style = TextStyle(scale.least, "jost-400", 0.5, LABEL_COLOUR)
        for word, place, align in places.captions if scale.has_captions else ():
            text = words[f"circuit.{word}"].format(
                shown=len(self._reader.units), units=self.network.layers * self.network.units
            )
            draw_text(surface, text, place, style, align)
        return surface
