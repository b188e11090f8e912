"""Traces of the Circuit between keys, valves and bus, and threads from the output to the keys."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pygame
from numpy.typing import NDArray

from messages.clock import SECOND
from messages.cues import NoteSource
from midi_data.notes import fold_pitch
from visuals.drawing.animation import anticipation_level
from visuals.drawing.bloom import GlowLayer
from visuals.drawing.canvas import Canvas
from visuals.drawing.line_renderer import Points
from visuals.drawing.sprites import BLEND_ADD, PlacedSprite, blank_surface, glow_atlas
from visuals.drawing.theme import PITCH_COLOURS, TEXT_COLOUR, Colour, shade
from visuals.scenes.base.frame import Frame
from visuals.scenes.base.geometry import GOLDEN_STEP, Floats
from visuals.scenes.base.glowing_lines import GlowingLines
from visuals.scenes.circuit.gate_valves import CIRCUIT_PALETTE
from visuals.scenes.circuit.layout import (
    LANDSCAPE_PLACES,
    TRACES_PER_BUNDLE,
    CircuitLayout,
    CircuitPlaces,
    heard_note_path,
    output_thread_path,
)
from visuals.scenes.circuit.memory_cells import MemoryCellStates
from visuals.shared_shape import CHORD_GAP_NS
from visuals.timeline import TimedCue
from visuals.widgets.piano_keyboard import PianoKeyboard

TRACE_COLOUR: Colour = (66, 77, 97)
INPUT_TRAVEL_S = 0.28
"""Travel time of a note's light to the valves, seconds; the gates have changed by then."""
HEARD_TRAVEL_S = 0.14  # travel time of the light from a visitor's key to the trunk, seconds
_MAX_THREADS_BY_DETAIL = (8, 16, 32)
_FRONT_LIFETIME_TRAVELS = 1.25  # lifetime of a note's light, in travel times
_MAX_FULL_FRONTS_PER_S = 3.0  # number of fully bright fronts a second (WCAG 2.3.1: three flashes)
_MAX_FRONTS_BY_DETAIL = (2, 4, 6)
_TAIL_POINTS = 16
_BEADS_PER_TRACE = 3
_INPUT_LIGHT_STEPS = 8
_BRIGHTNESS_STEPS = 40
_SHADES = [
    [shade(colour, step / _BRIGHTNESS_STEPS) for step in range(_BRIGHTNESS_STEPS + 1)]
    for colour in PITCH_COLOURS
]
"""Colour of each pitch class at each step of brightness."""


class CircuitWiring:
    """Draws the traces, and the light on them.

    Traces of a bundle have the colours of the memory lines that they serve, whose pitch classes are
    given. `glow` is the layer that receives the glow.
    """

    def __init__(
        self, layout: CircuitLayout, pitch_classes: Sequence[int], glow: GlowLayer
    ) -> None:
        self._layout, self._glow, self._served_lines = layout, glow, layout.served_lines
        self._trace_tones = [int(pitch_classes[line]) for line in layout.served_lines]
        self._input_paths = PulsePaths(layout.input_traces, _TAIL_POINTS)
        glow_paths = [glow.to_layer_points(path[::2]) for path in layout.input_traces[::3]]
        self._glow_paths = PulsePaths(glow_paths, _TAIL_POINTS // 2)
        self._output_lines = np.stack([path[::3] for path in layout.output_traces])
        self._output_glow_lines = glow.to_layer_points(self._output_lines)
        loops = len(layout.feedback_traces)
        self._feedback_lanes = np.linspace(0, TRACES_PER_BUNDLE - 1, loops).astype(int).tolist()
        self._feedback_paths = [path.tolist() for path in layout.feedback_traces]
        self._front = glow_atlas(11, core=1.4, halo=0.6, white=0.7, colours=CIRCUIT_PALETTE)
        self._bead = glow_atlas(9, core=1.5, halo=0.5, white=0.6)
        self._joint = glow_atlas(8, core=1.8, halo=0.4, white=0.4)
        self._lit_inputs = self._render_lit_inputs()

    def draw_static(self, canvas: Canvas) -> None:
        """Draw the traces at rest."""
        layout, colour = self._layout, shade(TRACE_COLOUR, 0.5)
        for path in (*layout.input_traces, *layout.output_traces, *layout.feedback_traces):
            canvas.draw_line(path, colour, 0.5)
        for x, top, bottom in (*layout.write_traces, *layout.read_traces):
            canvas.draw_line([(x, top), (x, bottom)], colour, 0.5)
            canvas.draw_circle((x, top), 2.2, TRACE_COLOUR)
        for left, right, y in layout.candidate_traces:
            canvas.draw_line([(left, y), (right, y)], colour, 0.5)

    def draw(
        self, surface: pygame.Surface, frame: Frame, cells: MemoryCellStates
    ) -> list[PlacedSprite]:
        """Draw the light of straight traces and of the inputs, and return all lights but fronts."""
        steps, place = self._lit_inputs
        light = float(frame.key_light.max(initial=0.0))
        surface.blit(steps[round(light * _INPUT_LIGHT_STEPS)], place, special_flags=BLEND_ADD)
        sprites = self._draw_straight_traces(surface, cells)
        return sprites + self._feedback_beads(frame.ambient_time_s, np.abs(cells.hidden))

    def add_curved_traces(
        self, strokes: GlowingLines, frame: Frame, cells: MemoryCellStates
    ) -> list[PlacedSprite]:
        """Add input fronts and output traces to `strokes`, and return the lights of the fronts."""
        sprites = []
        for timed, strength in _fronts(frame):
            travelled = frame.seconds_since(timed.due) / INPUT_TRAVEL_S
            tone = _colour_index(timed)
            whiteness = 0.8 if timed.cue.source is NoteSource.VISITOR else 1.0
            level = whiteness * strength * min(1.0, 4 * (_FRONT_LIFETIME_TRAVELS - travelled))
            lit = self._input_paths.lit_segments(travelled)
            strokes.lines.add_segments(*lit, tone, 0.7 * level)
            if frame.detail_level > 0:
                glow_lit = self._glow_paths.lit_segments(travelled)
                strokes.glow.add_segments(*glow_lit, tone, 0.16 * level)
            heads = self._input_paths.head_positions(travelled)
            sprites += self._front.sprites_centred_at(tone, 0.8 * level, heads)
        output, tones = np.abs(cells.hidden)[self._served_lines[::-1]], self._trace_tones[::-1]
        strokes.lines.add_lines(self._output_lines, tones, 0.12 + 0.88 * output)
        strokes.glow.add_lines(self._output_glow_lines, tones, 0.22 * output)
        return sprites

    def _draw_straight_traces(
        self, surface: pygame.Surface, cells: MemoryCellStates
    ) -> list[PlacedSprite]:
        """Draw write, candidate and read traces, and return the lights where lines are written."""
        layout, served, tones = self._layout, self._served_lines, self._trace_tones
        sprites = []
        written = np.abs(cells.input_gate * cells.candidate)[served].tolist()
        for trace, tone, level in zip(layout.write_traces.tolist(), tones, written, strict=True):
            self._draw_upright_trace(surface, trace, tone, level)
            if level > 0.1:
                sprites.append(self._joint.sprite_centred_at(tone, level, *trace[:2]))
        candidate = np.abs(cells.candidate)[served].reshape(-1, 2).mean(axis=1)
        level_traces = layout.candidate_traces.tolist()
        for (left, right, y), tone, level in zip(level_traces, tones[::2], candidate, strict=True):
            rect = (int(left), int(y), int(right - left), 1)
            pygame.draw.rect(surface, _stepped_shade(tone, 0.12 + 0.6 * level), rect)
        read = np.abs(np.tanh(cells.cell_state) * cells.output_gate)[served].tolist()
        for trace, tone, level in zip(layout.read_traces.tolist(), tones, read, strict=True):
            self._draw_upright_trace(surface, trace, tone, level)
        return sprites

    def _draw_upright_trace(
        self, surface: pygame.Surface, trace: list[float], tone: int, level: float
    ) -> None:
        """Draw a trace (x, top, bottom), two pixels wide if bright; it darkens no line it crosses.

        Not by `fill` of a polled surface, which would read the input after each of some hundred
        traces.
        """
        x, top, bottom = (int(value) for value in trace)
        rect, lighten = (x, top, 1, bottom - top), pygame.BLEND_RGB_MAX
        pygame.Surface.fill(surface, _stepped_shade(tone, 0.1 + 0.85 * level), rect, lighten)
        if level > 0.4:
            beside = (x + 1, top, 1, bottom - top)
            pygame.Surface.fill(surface, _stepped_shade(tone, level - 0.3), beside, lighten)
        if level > 0.15:
            self._glow.add_rect(_stepped_shade(tone, 0.2 * level), rect)

    def _feedback_beads(self, time_s: float, hidden: Floats) -> list[PlacedSprite]:
        """Beads that carry the sizes of hidden states (lines,) back to the trunk."""
        sprites = []
        lanes = zip(self._feedback_paths, self._feedback_lanes, strict=True)
        for loop, (points, lane) in enumerate(lanes):
            tone, level = self._trace_tones[lane], float(hidden[self._served_lines[lane]])
            for bead in range(_BEADS_PER_TRACE):
                share = (time_s * 0.14 + loop * (1 - GOLDEN_STEP) + bead / _BEADS_PER_TRACE) % 1.0
                x, y = points[int(share * (len(points) - 1))]
                brightness = (0.15 + 0.85 * level) * min(1.0, 10 * share, 10 * (1 - share))
                sprites.append(self._bead.sprite_centred_at(tone, brightness, x, y))
        return sprites

    def _render_lit_inputs(self) -> tuple[list[pygame.Surface], tuple[int, int]]:
        """The lit input traces in steps of brightness, and their position in the picture."""
        points = np.concatenate(self._layout.input_traces)
        left, top = (np.floor(points.min(axis=0)).astype(int) - 4).tolist()
        right, bottom = (np.ceil(points.max(axis=0)).astype(int) + 4).tolist()
        canvas = Canvas((right - left, bottom - top))
        for path in self._layout.input_traces:
            canvas.draw_line(path - (left, top), shade(TEXT_COLOUR, 0.34), 0.5)
        canvas.flatten_strokes()
        steps = []
        for step in range(_INPUT_LIGHT_STEPS + 1):
            light = canvas.light * np.float32(step / _INPUT_LIGHT_STEPS)
            pixels = np.clip(light + 0.5, 0, 255).astype(np.uint8).swapaxes(0, 1)
            steps.append(blank_surface(canvas.size))
            pygame.surfarray.blit_array(steps[-1], pixels)
        return steps, (left, top)


class KeyThreads:
    """Draws the threads to and from the keys of a keyboard."""

    def __init__(self, keyboard: PianoKeyboard, places: CircuitPlaces = LANDSCAPE_PLACES) -> None:
        self._keyboard, self._places = keyboard, places
        self._front = glow_atlas(11, core=1.4, halo=0.6, white=0.7, colours=CIRCUIT_PALETTE)
        self._junction_light = glow_atlas(36, core=8.0, halo=0.65, white=0.7)
        self._paths: dict[tuple[int, bool], Floats] = {}  # by pitch, and whether by the visitor

    def draw(self, strokes: GlowingLines, frame: Frame) -> list[PlacedSprite]:
        """Add the threads of recent and coming notes to `strokes`, and return their lights."""
        sprites: list[PlacedSprite] = []
        output = np.zeros(12)
        near = list(frame.timeline.cues_between(frame.time - 3 * SECOND, frame.time + SECOND))
        for timed in near[-_MAX_THREADS_BY_DETAIL[frame.detail_level] :]:
            light, reach = _light_and_reach(timed, frame)
            if light < 0.03:
                continue
            by_visitor, tone = timed.cue.source is NoteSource.VISITOR, _colour_index(timed)
            key = (fold_pitch(timed.cue.pitch), by_visitor)
            if key not in self._paths:
                x, lay = self._keyboard.key_top(key[0])[0], output_thread_path
                self._paths[key] = (heard_note_path if by_visitor else lay)(x, self._places)
            path = self._paths[key][: max(2, int(reach * len(self._paths[key])))]
            strokes.add(path[None], tone, 0.95 * light, glow_level=0.24 * light, stride=2)
            if reach < 1.0:
                sprites.append(self._front.sprite_centred_at(tone, light, *path[-1].tolist()))
            if not by_visitor:
                output[tone] = max(output[tone], light)
        for tone in np.flatnonzero(output > 0.05).tolist():
            level = float(output[tone]) * float(output[tone] ** 2 / (output**2).sum())
            sprites.append(
                self._junction_light.sprite_centred_at(tone, level, *self._places.junction)
            )
        return sprites


class PulsePaths:
    """Positions of the pulse on paths (n, 2), with a tail of `tail` pieces behind its head."""

    def __init__(self, paths: Sequence[Points], tail: int) -> None:
        counts = np.array([len(path) for path in paths])
        self._points = np.concatenate(paths)
        self._first, self._last = np.cumsum(counts) - counts, counts - 1
        self._tail_offsets = np.arange(1, tail + 1)

    def lit_segments(self, share: float) -> tuple[Points, Points]:
        """Starts and ends (n, 2) of the lit pieces when the pulse has gone `share` of its way."""
        reached = self._head_indices(share)[:, None] - self._tail_offsets  # (paths, tail)
        pieces = (self._first[:, None] + reached)[reached >= 0]
        return self._points[pieces], self._points[pieces + 1]

    def head_positions(self, share: float) -> Points:
        """Position of the pulse's head on each path, shape (paths, 2)."""
        return self._points[self._first + self._head_indices(share)]

    def _head_indices(self, share: float) -> NDArray[np.int64]:
        return (min(1.0, max(0.0, share)) * self._last).astype(np.int64)


def _colour_index(timed: TimedCue) -> int:
    """Index of a note's colour in the palette, whose last colour is the visitor's."""
    by_visitor = timed.cue.source is NoteSource.VISITOR
    return len(CIRCUIT_PALETTE) - 1 if by_visitor else timed.cue.pitch % 12


def _fronts(frame: Frame) -> list[tuple[TimedCue, float]]:
    """Notes whose light is on its way in, and its brightness; one note stands for a chord.

    The more notes a second, the fainter each.
    """
    recent, fronts = [], []
    for timed in frame.timeline.cues:
        in_chord = bool(recent) and timed.due - recent[-1].due < CHORD_GAP_NS
        if in_chord or not frame.time - 3 * SECOND < timed.due <= frame.time:
            continue
        recent = [other for other in recent if timed.due - other.due < SECOND]
        recent.append(timed)
        if frame.time - timed.due < _FRONT_LIFETIME_TRAVELS * INPUT_TRAVEL_S * SECOND:
            fronts.append((timed, min(1.0, (_MAX_FULL_FRONTS_PER_S / len(recent)) ** 1.5)))
    return fronts[-_MAX_FRONTS_BY_DETAIL[frame.detail_level] :]


def _light_and_reach(timed: TimedCue, frame: Frame) -> tuple[float, float]:
    """Brightness of a note's thread, and the share of the thread that its light has passed."""
    by_visitor = timed.cue.source is NoteSource.VISITOR
    if timed.due > frame.time:
        charge = 0.0 if by_visitor else anticipation_level(timed, frame.time, 0.5)
        return 0.5 * charge, charge**0.5
    reach = frame.seconds_since(timed.due) / HEARD_TRAVEL_S if by_visitor else 1.0
    return frame.light_of_note(timed), min(1.0, reach)


def _stepped_shade(pitch_class: int, level: float) -> Colour:
    """The colour of a pitch class at the nearest step of brightness."""
    return _SHADES[pitch_class][min(_BRIGHTNESS_STEPS, int(level * _BRIGHTNESS_STEPS + 0.5))]
