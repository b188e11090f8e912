"""Circuit: the memory of the last layer as a machine of valves and a bus.

Every line of the bus is one real memory cell. What it held runs in from the left; the first valve
lets pass what is not forgotten, the second writes new ideas onto it, and the third says part of
what it then holds aloud, to be heard again with the next note.
"""

from __future__ import annotations

import numpy as np
import pygame

from visuals.drawing.bloom import GlowLayer
from visuals.drawing.canvas import Canvas, add_background_light
from visuals.drawing.line_renderer import LineBatch, LineRenderer
from visuals.drawing.sprites import BLEND_ADD
from visuals.drawing.theme import (
    LABEL_COLOUR,
    NOTE_NAMES,
    PITCH_COLOURS,
    TEXT_COLOUR,
    TITLE_POSITION,
    shade,
)
from visuals.drawing.typography import SUBTITLE_STYLE, TITLE_STYLE, TextStyle
from visuals.hud.note_name_label import NoteNameLabel
from visuals.hud.piano_roll import PianoRoll
from visuals.input.hit_targets import TOUCH_RADIUS_PX, UnitHitTargets
from visuals.network_summary import NetworkSummary
from visuals.scenes.base import Frame, Scene, SceneResources
from visuals.scenes.circuit.gate_valves import CIRCUIT_PALETTE, CandidateDial, GateIris, draw_valve
from visuals.scenes.circuit.layout import (
    BUS_LEFT,
    BUS_RIGHT,
    CANDIDATE_VALVE,
    FORGET_VALVE,
    INPUT_VALVE,
    OUTPUT_JUNCTION,
    OUTPUT_VALVE,
    TRUNK_LEFT,
    TRUNK_Y,
    VALVES,
    lay_out_circuit,
)
from visuals.scenes.circuit.memory_bus import MemoryBus
from visuals.scenes.circuit.memory_cells import (
    CellHighlighter,
    LineHighlight,
    MemoryCellReader,
    MemoryCellStates,
)
from visuals.scenes.circuit.wiring import CircuitWiring

PIANO_ROLL_RECT = pygame.Rect(900, 74, 640, 70)
PIANO_ROLL_NOW_X_PX, PIANO_ROLL_SPEED_PX_PER_S = 1270.0, 170.0
"""x of PIANO_ROLL_NOW_X_PX, and pixels a second."""
GLOW_RECT = pygame.Rect(64, 144, 1792, 848)
"""What may glow: everything from the bus down to the tops of the keys."""
_VALVE_LABEL_STYLE = TextStyle(14, "jost-400", 3.6, shade(TEXT_COLOUR, 0.8))
_CAPTION_STYLE = TextStyle(14, "jost-400", 3.6, LABEL_COLOUR)
_GATE_VALUE_STYLE = TextStyle(20, "mono-300", 0.0, LABEL_COLOUR)
_STEPS = 8


class CircuitScene(Scene):
    """Memory cells: what they forget, write and say."""

    name = "circuit"
    prompt_position = (80, 606)

    def __init__(self, anatomy: NetworkSummary, toolkit: SceneResources) -> None:
        super().__init__(anatomy, toolkit)
        self._reader = MemoryCellReader(anatomy)
        self._tones = [int(tone) for tone in anatomy.preferred_pitch_class[-1, self._reader.units]]
        self._cell_highlighter = CellHighlighter(self._reader.units)
        self._layout = plan = lay_out_circuit(len(self._tones))
        self._hit_targets = self._build_hit_targets()
        self._bus = MemoryBus(plan, self._tones)
        self._glow = GlowLayer(GLOW_RECT)
        self._strokes = LineRenderer(CIRCUIT_PALETTE)
        self._wiring = CircuitWiring(plan, self._tones, toolkit.keyboard, self._glow)
        self._forget_iris = GateIris(FORGET_VALVE, self._tones, 48)
        self._input_iris, self._output_iris = (
            GateIris(valve, self._tones, 24) for valve in (INPUT_VALVE, OUTPUT_VALVE)
        )
        self._dial = CandidateDial(CANDIDATE_VALVE, self._tones, 24)
        self._piano_roll = PianoRoll(
            PIANO_ROLL_RECT, PIANO_ROLL_NOW_X_PX, PIANO_ROLL_SPEED_PX_PER_S, thickness=4
        )
        self._note_name = NoteNameLabel(toolkit.typesetter)
        self._background = self._draw_background()

    def draw(self, surface: pygame.Surface, frame: Frame) -> None:
        cells, looks = self._reader.read(frame), self._cell_highlighter.at(frame)
        surface.blit(self._background, (0, 0))
        self._glow.begin_frame()
        lines, shine, glow = LineBatch(), LineBatch(), self._glow
        lights, opening = self._forget_iris.draw(lines, shine, glow, cells.forget_gate, looks)
        lights += self._bus.draw(surface, glow, cells, opening, looks, frame.ambient_time_s)
        lights += self._wiring.draw(surface, glow, frame, cells)
        lights += self._wiring.add_curved_traces(lines, shine, glow, frame, cells)
        for iris, gates in (
            (self._input_iris, cells.input_gate),
            (self._output_iris, cells.output_gate),
        ):
            lights += iris.draw(lines, shine, glow, gates, looks)[0]
        lights += self._dial.draw(lines, cells.candidate, looks)
        self._strokes.draw_batch(surface, lines)
        glow.draw_batch(self._strokes, shine)
        surface.fblits(lights, BLEND_ADD)
        self._piano_roll.draw(surface, frame.timeline, frame.time)
        if frame.detail_level > 0:
            self._glow.add_to(surface)
        self._draw_gate_values(surface, cells, looks)
        self.resources.keyboard.draw(
            surface, frame.key_light, frame.next_key_probabilities, frame.visitor_key_light
        )
        self._note_name.draw(surface, frame.timeline, frame.time)

    @property
    def hit_targets(self) -> UnitHitTargets:
        return self._hit_targets

    def unit_at(self, x: float, y: float) -> tuple[int, int] | None:
        """The unit of the line of the bus nearest to a point, anywhere along it."""
        away = np.abs(self._hit_targets.positions[:, 1] - y)
        nearest = int(away.argmin())
        if (
            away[nearest] > TOUCH_RADIUS_PX
            or not BUS_LEFT - TOUCH_RADIUS_PX < x < BUS_RIGHT + TOUCH_RADIUS_PX
        ):
            return None
        layer, unit = self._hit_targets.units[nearest].tolist()
        return layer, unit

    def _draw_gate_values(
        self, surface: pygame.Surface, cells: MemoryCellStates, looks: list[LineHighlight]
    ) -> None:
        """The number of the cell looked at, and its gates."""
        type, line = self.resources.typesetter, looks[-1].line
        for valve, value, (x, y), align in (
            (
                FORGET_VALVE,
                cells.forget_gate,
                (FORGET_VALVE.x - 82, FORGET_VALVE.y + FORGET_VALVE.radius + 54),
                "right",
            ),
            (
                INPUT_VALVE,
                cells.input_gate,
                (INPUT_VALVE.x - INPUT_VALVE.radius - 34, INPUT_VALVE.y + 2),
                "right",
            ),
            (
                CANDIDATE_VALVE,
                cells.candidate,
                (CANDIDATE_VALVE.x, CANDIDATE_VALVE.y - CANDIDATE_VALVE.radius - 40),
                "centre",
            ),
            (
                OUTPUT_VALVE,
                cells.output_gate,
                (OUTPUT_VALVE.x - OUTPUT_VALVE.radius - 34, OUTPUT_VALVE.y + 2),
                "right",
            ),
        ):
            sign = "+" if valve is CANDIDATE_VALVE else ""
            text = f"{float(value[line]):{sign}.2f}".replace("-", "\u2212")
            type.draw_text(surface, text, (x, y), _GATE_VALUE_STYLE, align)
        for look in looks:
            tone, unit = self._tones[look.line], int(self._reader.units[look.line])
            level = round(look.level * _STEPS) / _STEPS
            colour = shade(PITCH_COLOURS[tone], level)
            y = float(self._layout.line_heights[look.line])
            number = TextStyle(15, "mono-400", 0.0, colour)
            type.draw_text(surface, f"{unit:03d}", (BUS_LEFT - 14, y - 11), number, "right")
            letter = TextStyle(19, "jost-400", 0.0, colour)
            type.draw_note_name(surface, NOTE_NAMES[tone], (BUS_LEFT - 78, y - 14), letter)

    def _build_hit_targets(self) -> UnitHitTargets:
        """Units at the left ends of their lines."""
        units = [(self.network.layers - 1, int(unit)) for unit in self._reader.units]
        heights = np.asarray(self._layout.line_heights, np.float64)
        places = np.stack([np.full(len(units), BUS_LEFT + 60.0), heights], axis=1)
        return UnitHitTargets(np.array(units, np.int64).reshape(-1, 2), places)

    def _draw_background(self) -> pygame.Surface:
        canvas = Canvas()
        add_background_light(canvas, (INPUT_VALVE.x, 480.0))
        self._bus.draw_static(canvas)
        self._wiring.draw_static(canvas)
        canvas.flatten_strokes()
        for valve in VALVES:
            draw_valve(canvas, valve, ticks=valve is not CANDIDATE_VALVE)
        self._dial.draw_static(canvas)
        canvas.flatten_strokes()
        surface = canvas.to_surface()
        self._piano_roll.draw_static(
            surface, self.resources.typesetter, self.resources.words, labels=False
        )
        self.resources.keyboard.draw_static(surface)
        self._write_words(surface)
        return surface

    def _write_words(self, surface: pygame.Surface) -> None:
        type, words = self.resources.typesetter, self.resources.words
        type.draw_text(surface, words["circuit.title"], TITLE_POSITION, TITLE_STYLE)
        quiet = TextStyle(
            SUBTITLE_STYLE.size, SUBTITLE_STYLE.face, SUBTITLE_STYLE.tracking, LABEL_COLOUR
        )
        type.draw_text(surface, words["circuit.subtitle"], (TITLE_POSITION[0] + 3, 128), quiet)
        for key, (x, y), align, style in (
            (
                "forget",
                (FORGET_VALVE.x - 82, FORGET_VALVE.y + FORGET_VALVE.radius + 28),
                "right",
                _VALVE_LABEL_STYLE,
            ),
            (
                "write",
                (INPUT_VALVE.x - INPUT_VALVE.radius - 34, INPUT_VALVE.y - 24),
                "right",
                _VALVE_LABEL_STYLE,
            ),
            (
                "idea",
                (CANDIDATE_VALVE.x, CANDIDATE_VALVE.y - CANDIDATE_VALVE.radius - 64),
                "centre",
                _VALVE_LABEL_STYLE,
            ),
            (
                "say",
                (OUTPUT_VALVE.x - OUTPUT_VALVE.radius - 34, OUTPUT_VALVE.y - 24),
                "right",
                _VALVE_LABEL_STYLE,
            ),
            ("memory", (BUS_LEFT, 176), "left", _CAPTION_STYLE),
            ("heard", (TRUNK_LEFT, TRUNK_Y - 66), "left", _CAPTION_STYLE),
            ("echo", (FORGET_VALVE.x + 90, 856), "left", _CAPTION_STYLE),
            ("voice", (OUTPUT_JUNCTION[0], OUTPUT_JUNCTION[1] - 66), "centre", _CAPTION_STYLE),
        ):
            type.draw_text(surface, words[f"circuit.{key}"], (x, y), style, align)
