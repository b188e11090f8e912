"""Wires of the Circuit: the note heard on its way in, what is written and said, and the echo."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
import pygame

from messages.cues import NoteSource
from midi_data.notes import LOWEST_PITCH, fold_pitch
from visuals.drawing.animation import anticipation_level
from visuals.drawing.bloom import GlowLayer
from visuals.drawing.canvas import Canvas
from visuals.drawing.line_renderer import LineBatch
from visuals.drawing.sprites import BLEND_ADD, PlacedSprite, blank_surface, glow_atlas
from visuals.drawing.theme import PITCH_COLOURS, TEXT_COLOUR, Colour, brightness_ramp, shade
from visuals.hud.piano_keyboard import PianoKeyboard
from visuals.scenes.base import Frame
from visuals.scenes.circuit.layout import (
    OUTPUT_JUNCTION,
    TRACES_PER_BUNDLE,
    CircuitLayout,
    Floats,
    heard_note_path,
    output_thread_path,
)
from visuals.scenes.circuit.memory_cells import MemoryCellStates
from visuals.scenes.circuit.pulse_paths import PulsePaths
from visuals.timeline import SECOND, TimedCue

TRACE_COLOUR: Colour = (66, 77, 97)
INPUT_TRAVEL_S = 0.28
"""Seconds the light of a note heard takes to the valves, which have turned by then."""
_FRONT_LIFETIME_TRAVELS = 1.25
"""Travels after which it has gone out."""
_CHORD_WINDOW_NS = SECOND // 25
_MAX_FULL_FRONTS_PER_S = 3.0
"""As many fronts a second as may be fully bright (WCAG 2.3.1: three flashes)."""
_MAX_FRONTS_BY_DETAIL = (2, 4, 6)
"""Fronts drawn at once, the newest, by level of detail."""
_MAX_THREADS_BY_DETAIL = (8, 16, 32)
"""Threads drawn at once, likewise."""
_TAIL_POINTS = 16
"""Points behind the front of that light."""
_THREAD_FADE_S = 0.8
"""Seconds in which a thread goes out once its note has ended."""
_BEADS_PER_TRACE = 3
_GOLDEN = 0.618034
_STEPS = 8
_MAX_CACHED_THREADS = 96
_LEVELS = 40


class CircuitWiring:
    """Draws the traces and the light on them.

    Parameters
    ----------
    plan : Plan
    tones : sequence of int
        Pitch class of each memory line.
    keyboard : Keyboard
    glow : Glow
        What the traces will shine on.
    """

    def __init__(
        self, plan: CircuitLayout, tones: Sequence[int], keyboard: PianoKeyboard, glow: GlowLayer
    ) -> None:
        self._layout, self._keyboard = plan, keyboard
        self._served_lines = plan.served_lines
        self._trace_tones = [int(tones[line]) for line in plan.served_lines]
        lanes = [lane for lanes in plan.input_traces for lane in lanes]
        self._input_paths = PulsePaths(lanes, _TAIL_POINTS)
        self._glow_paths = PulsePaths(
            [glow.to_layer_points(lane[::2]) for lane in lanes[::3]], _TAIL_POINTS // 2
        )
        self._output_lines = np.stack([lane[::3] for lane in plan.output_traces])
        self._output_glow_lines = glow.to_layer_points(self._output_lines)
        self._feedback_paths = [lane.tolist() for lane in plan.feedback_traces]
        self._feedback_trace = (
            np.linspace(0, TRACES_PER_BUNDLE - 1, len(plan.feedback_traces)).astype(int).tolist()
        )
        self._threads: OrderedDict[tuple[int, bool], Floats] = OrderedDict()
        self._colours = [brightness_ramp(colour, _LEVELS) for colour in PITCH_COLOURS]
        self._front = glow_atlas(11, core=1.4, halo=0.6, white=0.7)
        self._bead = glow_atlas(9, core=1.5, halo=0.5, white=0.6)
        self._joint = glow_atlas(8, core=1.8, halo=0.4, white=0.4)
        self._junction_light = glow_atlas(36, core=8.0, halo=0.65, white=0.7)
        self._lit_input_steps, self._lit_input_position = _render_lit_inputs(plan)

    def draw_static(self, canvas: Canvas) -> None:
        """Draw the traces at rest."""
        for lanes in (
            *self._layout.input_traces,
            self._layout.output_traces,
            self._layout.feedback_traces,
        ):
            for lane in lanes:
                canvas.draw_line(lane, shade(TRACE_COLOUR, 0.5), 0.5)
        for x, top, bottom in (*self._layout.write_traces, *self._layout.read_traces):
            canvas.draw_line([(x, top), (x, bottom)], shade(TRACE_COLOUR, 0.5), 0.5)
            canvas.draw_circle((x, top), 2.2, TRACE_COLOUR)
        for left, right, y in self._layout.candidate_traces:
            canvas.draw_line([(left, y), (right, y)], shade(TRACE_COLOUR, 0.5), 0.5)

    def draw(
        self, surface: pygame.Surface, glow: GlowLayer, frame: Frame, cells: MemoryCellStates
    ) -> list[PlacedSprite]:
        """Draw what flows along upright traces and echoes; return lights still to be added."""
        light = float(frame.key_light.max(initial=0.0))
        surface.blit(
            self._lit_input_steps[round(light * _STEPS)],
            self._lit_input_position,
            special_flags=BLEND_ADD,
        )
        lights = self._draw_straight_traces(surface, glow, cells)
        return lights + self._feedback_beads(frame.ambient_time_s, np.abs(cells.hidden))

    def add_curved_traces(
        self,
        lines: LineBatch,
        shine: LineBatch,
        glow: GlowLayer,
        frame: Frame,
        cells: MemoryCellStates,
    ) -> list[PlacedSprite]:
        """Add what flows along curved traces to `lines`, and to what shines of them."""
        lights = self._add_input_fronts(lines, shine, frame)
        self._add_output_traces(lines, shine, cells)
        return lights + self._add_key_threads(lines, shine, glow, frame)

    def _add_input_fronts(
        self, lines: LineBatch, shine: LineBatch, frame: Frame
    ) -> list[PlacedSprite]:
        """Fronts of light: each note runs along the trunk into all valves."""
        lights = []
        for timed, strength in _fronts(frame):
            age = (frame.time - timed.due) / SECOND / INPUT_TRAVEL_S
            tone = timed.cue.pitch % 12
            fade = strength * min(1.0, 4 * (_FRONT_LIFETIME_TRAVELS - age))
            lines.add_segments(*self._input_paths.lit_segments(age), tone, 0.7 * fade)
            if frame.detail_level > 0:
                shine.add_segments(*self._glow_paths.lit_segments(age), tone, 0.16 * fade)
            lights += self._front.sprites_centred_at(
                tone, 0.8 * fade, self._input_paths.head_positions(age)
            )
        return lights

    def _draw_straight_traces(
        self, surface: pygame.Surface, glow: GlowLayer, cells: MemoryCellStates
    ) -> list[PlacedSprite]:
        lights = []
        written = np.abs(cells.written)[self._served_lines].tolist()
        for (x, top, bottom), tone, level in zip(
            self._layout.write_traces, self._trace_tones, written, strict=True
        ):
            self._draw_upright_trace(surface, glow, (x, top, bottom), tone, level)
            if level > 0.1:
                lights.append(self._joint.sprite_centred_at(tone, level, x, top))
        ideas = np.abs(cells.candidate)[self._served_lines].reshape(-1, 2).mean(axis=1).tolist()
        for (left, right, y), tone, level in zip(
            self._layout.candidate_traces, self._trace_tones[::2], ideas, strict=True
        ):
            colour = self._shade(tone, 0.12 + 0.6 * level)
            surface.fill(colour, (int(left), int(y), int(right - left), 1))
        read = np.abs(np.tanh(cells.cell_state) * cells.output_gate)[self._served_lines].tolist()
        for trace, tone, level in zip(
            self._layout.read_traces, self._trace_tones, read, strict=True
        ):
            self._draw_upright_trace(surface, glow, trace, tone, level)
        return lights

    def _draw_upright_trace(
        self,
        surface: pygame.Surface,
        glow: GlowLayer,
        trace: tuple[float, float, float],
        tone: int,
        level: float,
    ) -> None:
        x, top, bottom = (int(value) for value in trace)
        surface.fill(self._shade(tone, 0.1 + 0.85 * level), (x, top, 1, bottom - top))
        if level > 0.4:
            surface.fill(self._shade(tone, level - 0.3), (x + 1, top, 1, bottom - top))
        if level > 0.15:
            glow.add_rect(self._shade(tone, 0.2 * level), (x, top, 1, bottom - top))

    def _add_output_traces(
        self, lines: LineBatch, shine: LineBatch, cells: MemoryCellStates
    ) -> None:
        said, tones = np.abs(cells.hidden)[self._served_lines[::-1]], self._trace_tones[::-1]
        lines.add_lines(self._output_lines, tones, 0.12 + 0.88 * said)
        shine.add_lines(self._output_glow_lines, tones, 0.22 * said)

    def _feedback_beads(self, seconds: float, hidden: Floats) -> list[PlacedSprite]:
        beads = []
        for loop, (points, lane) in enumerate(
            zip(self._feedback_paths, self._feedback_trace, strict=True)
        ):
            tone, level = self._trace_tones[lane], float(hidden[self._served_lines[lane]])
            for bead in range(_BEADS_PER_TRACE):
                share = (seconds * 0.14 + loop * _GOLDEN + bead / _BEADS_PER_TRACE) % 1.0
                x, y = points[int(share * (len(points) - 1))]
                ends = min(1.0, 10 * share, 10 * (1 - share))
                beads.append(self._bead.sprite_centred_at(tone, (0.15 + 0.85 * level) * ends, x, y))
        return beads

    def _add_key_threads(
        self, lines: LineBatch, shine: LineBatch, glow: GlowLayer, frame: Frame
    ) -> list[PlacedSprite]:
        """Threads from the mouth to the keys of the network's notes, from others to the trunk."""
        lights: list[PlacedSprite] = []
        loud = np.zeros(12)
        near = list(frame.timeline.cues_between(frame.time - 3 * SECOND, frame.time + SECOND))
        for timed in near[-_MAX_THREADS_BY_DETAIL[frame.detail_level] :]:
            light, reach = _thread_light(timed, frame)
            if light < 0.03:
                continue
            heard = timed.cue.source is NoteSource.VISITOR
            path = self._thread(fold_pitch(timed.cue.pitch), heard)
            part = path[: max(2, int(reach * len(path)))]
            tone = timed.cue.pitch % 12
            lines.add_lines(part[None], tone, 0.95 * light)
            shine.add_lines(glow.to_layer_points(part[None, ::2]), tone, 0.24 * light)
            if reach < 1.0:
                lights.append(self._front.sprite_centred_at(tone, light, *part[-1].tolist()))
            if not heard:
                loud[tone] = max(loud[tone], light)
        for tone in np.flatnonzero(loud > 0.05).tolist():
            share = float(loud[tone] ** 2 / (loud**2).sum())
            lights.append(
                self._junction_light.sprite_centred_at(
                    tone, float(loud[tone]) * share, *OUTPUT_JUNCTION
                )
            )
        return lights

    def _shade(self, tone: int, level: float) -> Colour:
        return self._colours[tone][min(_LEVELS, int(level * _LEVELS + 0.5))]

    def _thread(self, pitch: int, heard: bool) -> Floats:
        key = (pitch, heard)
        if key not in self._threads:
            x = self._keyboard.key_top(pitch)[0]
            self._threads[key] = heard_note_path(x) if heard else output_thread_path(x)
            if len(self._threads) > _MAX_CACHED_THREADS:
                self._threads.popitem(last=False)
        return self._threads[key]


def _fronts(frame: Frame) -> list[tuple[TimedCue, float]]:
    """Notes whose light is on its way in, and how bright: the more a second, the fainter each.

    Of notes struck together, one stands for all.
    """
    recent: list[TimedCue] = []
    fronts: list[tuple[TimedCue, float]] = []
    for timed in frame.timeline.cues:
        if not frame.time - 3 * SECOND < timed.due <= frame.time:
            continue
        if recent and timed.due - recent[-1].due < _CHORD_WINDOW_NS:
            continue
        recent = [other for other in recent if timed.due - other.due < SECOND]
        recent.append(timed)
        if frame.time - timed.due < _FRONT_LIFETIME_TRAVELS * INPUT_TRAVEL_S * SECOND:
            fronts.append((timed, min(1.0, (_MAX_FULL_FRONTS_PER_S / len(recent)) ** 1.5)))
    return fronts[-_MAX_FRONTS_BY_DETAIL[frame.detail_level] :]


def _thread_light(timed: TimedCue, frame: Frame) -> tuple[float, float]:
    """How bright a note's thread is, and how much of its way the light has gone."""
    heard = timed.cue.source is NoteSource.VISITOR
    if timed.due > frame.time:
        # the network has decided: its light sets out so as to be there in time
        soon = 0.0 if heard else anticipation_level(timed, frame.time, 0.5)
        return 0.5 * soon, soon**0.5
    over = max(0, frame.time - timed.end_at(frame.time)) / SECOND
    key = float(frame.key_light[fold_pitch(timed.cue.pitch) - LOWEST_PITCH])
    reach = (frame.time - timed.due) / SECOND / 0.14 if heard else 1.0
    return key * max(0.0, 1 - over / _THREAD_FADE_S), min(1.0, reach)


def _render_lit_inputs(plan: CircuitLayout) -> tuple[list[pygame.Surface], tuple[int, int]]:
    """The traces of the harness lit by ink, in steps, and where they lie in the picture."""
    points = np.concatenate([lane for lanes in plan.input_traces for lane in lanes])
    left, top = np.floor(points.min(axis=0)).astype(int) - 4
    right, bottom = np.ceil(points.max(axis=0)).astype(int) + 4
    canvas = Canvas((int(right - left), int(bottom - top)))
    for lanes in plan.input_traces:
        for lane in lanes:
            canvas.draw_line(lane - (left, top), shade(TEXT_COLOUR, 0.34), 0.5)
    canvas.flatten_strokes()
    full = canvas.light.copy()
    steps = []
    for step in range(_STEPS + 1):
        canvas.light = full * np.float32(step / _STEPS)
        steps.append(_surface_from_light(canvas.light))
    return steps, (int(left), int(top))


def _surface_from_light(light: np.ndarray) -> pygame.Surface:
    surface = blank_surface((light.shape[1], light.shape[0]))
    pixels = np.clip(light + 0.5, 0, 255).astype(np.uint8).swapaxes(0, 1)
    pygame.surfarray.blit_array(surface, pixels)
    return surface
