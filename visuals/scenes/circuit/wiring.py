"""Wires of the Circuit: the note heard on its way in, what is written and said, and the echo."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
import pygame

from messages.cues import Source
from midi_data.notes import LOWEST_PITCH, fold_pitch
from visuals.drawing.animation import charge
from visuals.drawing.bloom import Glow
from visuals.drawing.canvas import Canvas
from visuals.drawing.line_renderer import Bundle
from visuals.drawing.sprites import ADD, Placed, blank, glow_atlas
from visuals.drawing.theme import INK, PITCH_COLOURS, Colour, shade, steps_of
from visuals.hud.piano_keyboard import Keyboard
from visuals.scenes.base import Frame
from visuals.scenes.circuit.layout import (
    LANES,
    MOUTH,
    Floats,
    Plan,
    hearing,
    thread,
)
from visuals.scenes.circuit.memory_cells import Cells
from visuals.scenes.circuit.pulse_paths import Lanes
from visuals.timeline import SECOND, TimedCue

COPPER: Colour = (66, 77, 97)
TRAVEL = 0.28
"""Seconds the light of a note heard takes to the valves, which have turned by then."""
_GONE = 1.25
"""Travels after which it has gone out."""
_TOGETHER = SECOND // 25
_AT_FULL = 3.0
"""As many fronts a second as may be fully bright (WCAG 2.3.1: three flashes)."""
_MOST_FRONTS = (2, 4, 6)
"""Fronts drawn at once, the newest, by level of detail."""
_MOST_THREADS = (8, 16, 32)
"""Threads drawn at once, likewise."""
_TAIL = 16
"""Points behind the front of that light."""
_FALL = 0.8
"""Seconds in which a thread goes out once its note has ended."""
_BEADS = 3
_GOLDEN = 0.618034
_STEPS = 8
_REMEMBERED = 96
_LEVELS = 40


class Wires:
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

    def __init__(self, plan: Plan, tones: Sequence[int], keyboard: Keyboard, glow: Glow) -> None:
        self._plan, self._keyboard = plan, keyboard
        self._served = plan.served
        self._lane_tones = [int(tones[line]) for line in plan.served]
        lanes = [lane for lanes in plan.harness for lane in lanes]
        self._lanes = Lanes(lanes, _TAIL)
        self._shining = Lanes([glow.small(lane[::2]) for lane in lanes[::3]], _TAIL // 2)
        self._voice = np.stack([lane[::3] for lane in plan.voice])
        self._far_voice = glow.small(self._voice)
        self._echo = [lane.tolist() for lane in plan.echo]
        self._echo_lane = np.linspace(0, LANES - 1, len(plan.echo)).astype(int).tolist()
        self._threads: OrderedDict[tuple[int, bool], Floats] = OrderedDict()
        self._colours = [steps_of(colour, _LEVELS) for colour in PITCH_COLOURS]
        self._front = glow_atlas(11, core=1.4, halo=0.6, white=0.7)
        self._bead = glow_atlas(9, core=1.5, halo=0.5, white=0.6)
        self._joint = glow_atlas(8, core=1.8, halo=0.4, white=0.4)
        self._mouth = glow_atlas(36, core=8.0, halo=0.65, white=0.7)
        self._lit, self._lit_at = _lit_harness(plan)

    def draw_static(self, canvas: Canvas) -> None:
        """Draw the traces at rest."""
        for lanes in (*self._plan.harness, self._plan.voice, self._plan.echo):
            for lane in lanes:
                canvas.line(lane, shade(COPPER, 0.5), 0.5)
        for x, top, bottom in (*self._plan.writes, *self._plan.reads):
            canvas.line([(x, top), (x, bottom)], shade(COPPER, 0.5), 0.5)
            canvas.circle((x, top), 2.2, COPPER)
        for left, right, y in self._plan.ideas:
            canvas.line([(left, y), (right, y)], shade(COPPER, 0.5), 0.5)

    def draw(self, surface: pygame.Surface, glow: Glow, frame: Frame, cells: Cells) -> list[Placed]:
        """Draw what flows along upright traces and echoes; return lights still to be added."""
        light = float(frame.keys.max(initial=0.0))
        surface.blit(self._lit[round(light * _STEPS)], self._lit_at, special_flags=ADD)
        lights = self._write(surface, glow, cells)
        return lights + self._echoes(frame.drift, np.abs(cells.hidden))

    def trace(
        self, lines: Bundle, shine: Bundle, glow: Glow, frame: Frame, cells: Cells
    ) -> list[Placed]:
        """Add what flows along curved traces to `lines`, and to what shines of them."""
        lights = self._hear(lines, shine, frame)
        self._say(lines, shine, cells)
        return lights + self._speak(lines, shine, glow, frame)

    def _hear(self, lines: Bundle, shine: Bundle, frame: Frame) -> list[Placed]:
        """Fronts of light: each note runs along the trunk into all valves."""
        lights = []
        for timed, strength in _fronts(frame):
            age = (frame.time - timed.due) / SECOND / TRAVEL
            tone = timed.cue.pitch % 12
            fade = strength * min(1.0, 4 * (_GONE - age))
            lines.add(*self._lanes.stretch(age), tone, 0.7 * fade)
            if frame.detail > 0:
                shine.add(*self._shining.stretch(age), tone, 0.16 * fade)
            lights += self._front.placed_each(tone, 0.8 * fade, self._lanes.heads(age))
        return lights

    def _write(self, surface: pygame.Surface, glow: Glow, cells: Cells) -> list[Placed]:
        lights = []
        written = np.abs(cells.written)[self._served].tolist()
        for (x, top, bottom), tone, level in zip(
            self._plan.writes, self._lane_tones, written, strict=True
        ):
            self._upright(surface, glow, (x, top, bottom), tone, level)
            if level > 0.1:
                lights.append(self._joint.placed(tone, level, x, top))
        ideas = np.abs(cells.idea)[self._served].reshape(-1, 2).mean(axis=1).tolist()
        for (left, right, y), tone, level in zip(
            self._plan.ideas, self._lane_tones[::2], ideas, strict=True
        ):
            colour = self._shade(tone, 0.12 + 0.6 * level)
            surface.fill(colour, (int(left), int(y), int(right - left), 1))
        read = np.abs(np.tanh(cells.memory) * cells.say)[self._served].tolist()
        for trace, tone, level in zip(self._plan.reads, self._lane_tones, read, strict=True):
            self._upright(surface, glow, trace, tone, level)
        return lights

    def _upright(
        self,
        surface: pygame.Surface,
        glow: Glow,
        trace: tuple[float, float, float],
        tone: int,
        level: float,
    ) -> None:
        x, top, bottom = (int(value) for value in trace)
        surface.fill(self._shade(tone, 0.1 + 0.85 * level), (x, top, 1, bottom - top))
        if level > 0.4:
            surface.fill(self._shade(tone, level - 0.3), (x + 1, top, 1, bottom - top))
        if level > 0.15:
            glow.fill(self._shade(tone, 0.2 * level), (x, top, 1, bottom - top))

    def _say(self, lines: Bundle, shine: Bundle, cells: Cells) -> None:
        said, tones = np.abs(cells.hidden)[self._served[::-1]], self._lane_tones[::-1]
        lines.add_lines(self._voice, tones, 0.12 + 0.88 * said)
        shine.add_lines(self._far_voice, tones, 0.22 * said)

    def _echoes(self, seconds: float, hidden: Floats) -> list[Placed]:
        beads = []
        for loop, (points, lane) in enumerate(zip(self._echo, self._echo_lane, strict=True)):
            tone, level = self._lane_tones[lane], float(hidden[self._served[lane]])
            for bead in range(_BEADS):
                share = (seconds * 0.14 + loop * _GOLDEN + bead / _BEADS) % 1.0
                x, y = points[int(share * (len(points) - 1))]
                ends = min(1.0, 10 * share, 10 * (1 - share))
                beads.append(self._bead.placed(tone, (0.15 + 0.85 * level) * ends, x, y))
        return beads

    def _speak(self, lines: Bundle, shine: Bundle, glow: Glow, frame: Frame) -> list[Placed]:
        """Threads from the mouth to the keys of the network's notes, from others to the trunk."""
        lights: list[Placed] = []
        loud = np.zeros(12)
        near = list(frame.timeline.between(frame.time - 3 * SECOND, frame.time + SECOND))
        for timed in near[-_MOST_THREADS[frame.detail] :]:
            light, reach = _thread_light(timed, frame)
            if light < 0.03:
                continue
            heard = timed.cue.source is Source.VISITOR
            path = self._thread(fold_pitch(timed.cue.pitch), heard)
            part = path[: max(2, int(reach * len(path)))]
            tone = timed.cue.pitch % 12
            lines.add_lines(part[None], tone, 0.95 * light)
            shine.add_lines(glow.small(part[None, ::2]), tone, 0.24 * light)
            if reach < 1.0:
                lights.append(self._front.placed(tone, light, *part[-1].tolist()))
            if not heard:
                loud[tone] = max(loud[tone], light)
        for tone in np.flatnonzero(loud > 0.05).tolist():
            share = float(loud[tone] ** 2 / (loud**2).sum())
            lights.append(self._mouth.placed(tone, float(loud[tone]) * share, *MOUTH))
        return lights

    def _shade(self, tone: int, level: float) -> Colour:
        return self._colours[tone][min(_LEVELS, int(level * _LEVELS + 0.5))]

    def _thread(self, pitch: int, heard: bool) -> Floats:
        key = (pitch, heard)
        if key not in self._threads:
            x = self._keyboard.top(pitch)[0]
            self._threads[key] = hearing(x) if heard else thread(x)
            if len(self._threads) > _REMEMBERED:
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
        if recent and timed.due - recent[-1].due < _TOGETHER:
            continue
        recent = [other for other in recent if timed.due - other.due < SECOND]
        recent.append(timed)
        if frame.time - timed.due < _GONE * TRAVEL * SECOND:
            fronts.append((timed, min(1.0, (_AT_FULL / len(recent)) ** 1.5)))
    return fronts[-_MOST_FRONTS[frame.detail] :]


def _thread_light(timed: TimedCue, frame: Frame) -> tuple[float, float]:
    """How bright a note's thread is, and how much of its way the light has gone."""
    heard = timed.cue.source is Source.VISITOR
    if timed.due > frame.time:
        # the network has decided: its light sets out so as to be there in time
        soon = 0.0 if heard else charge(timed, frame.time, 0.5)
        return 0.5 * soon, soon**0.5
    over = max(0, frame.time - timed.end_at(frame.time)) / SECOND
    key = float(frame.keys[fold_pitch(timed.cue.pitch) - LOWEST_PITCH])
    reach = (frame.time - timed.due) / SECOND / 0.14 if heard else 1.0
    return key * max(0.0, 1 - over / _FALL), min(1.0, reach)


def _lit_harness(plan: Plan) -> tuple[list[pygame.Surface], tuple[int, int]]:
    """The traces of the harness lit by ink, in steps, and where they lie in the picture."""
    points = np.concatenate([lane for lanes in plan.harness for lane in lanes])
    left, top = np.floor(points.min(axis=0)).astype(int) - 4
    right, bottom = np.ceil(points.max(axis=0)).astype(int) + 4
    canvas = Canvas((int(right - left), int(bottom - top)))
    for lanes in plan.harness:
        for lane in lanes:
            canvas.line(lane - (left, top), shade(INK, 0.34), 0.5)
    canvas.settle()
    full = canvas.light.copy()
    steps = []
    for step in range(_STEPS + 1):
        canvas.light = full * np.float32(step / _STEPS)
        steps.append(_plain(canvas.light))
    return steps, (int(left), int(top))


def _plain(light: np.ndarray) -> pygame.Surface:
    surface = blank((light.shape[1], light.shape[0]))
    pixels = np.clip(light + 0.5, 0, 255).astype(np.uint8).swapaxes(0, 1)
    pygame.surfarray.blit_array(surface, pixels)
    return surface
