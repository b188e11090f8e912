"""Threads of light between cells and the key of a note.

A note of the network has a thread from the cells of the last layer with the largest contribution
to its key, readout weight times hidden state. The thread charges before the note, and its pulses
arrive as the note sounds. The pulses of a visitor's note run from the key into the cells of the
first layer whose hidden state changed the most.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from messages.clock import SECOND
from messages.cues import HIDDEN_INDEX, NoteCue, NoteSource
from midi_data.notes import LOWEST_PITCH, fold_pitch
from visuals.drawing.animation import anticipation_level
from visuals.drawing.canvas import bezier
from visuals.drawing.line_renderer import LineBatch
from visuals.drawing.sprites import PlacedSprite, glow_atlas
from visuals.drawing.theme import PITCH_COLOURS, VISITOR_COLOUR
from visuals.network_summary import NetworkSummary
from visuals.scenes.base.cortex_layout import CortexLayout
from visuals.scenes.base.frame import Frame
from visuals.scenes.base.geometry import Floats
from visuals.timeline import TimedCue
from visuals.widgets.piano_keyboard import PianoKeyboard

STRANDS_PER_THREAD = 8  # number of cells that a thread joins to its key
POINTS_PER_STRAND = 31
PULSE_TRAVEL_S = 0.35  # travel time of a pulse along a thread, seconds
CHARGE_S = 2 * PULSE_TRAVEL_S  # time in which a thread charges before its note, seconds
MIN_THREAD_BRIGHTNESS = 0.02
MAX_CACHED_THREADS = 64
_LIGHTS_PER_PULSE = 4
_PULSE_LIGHT_GAP = 0.025  # distance between the lights of a pulse, as a share of the thread


class NoteThreadRenderer:
    """Builds and draws the threads between the cells of a layout and the keys of a keyboard."""

    def __init__(
        self, network: NetworkSummary, layout: CortexLayout, keyboard: PianoKeyboard
    ) -> None:
        self._readout, self._layout, self._keyboard = network.readout, layout, keyboard
        self._last_layer_cells = np.flatnonzero(layout.layer == network.layers - 1)
        self._first_layer_cells = np.flatnonzero(layout.layer == 0)
        self._path_cache: dict[tuple[int, int], Floats] = {}
        palette = (*PITCH_COLOURS, VISITOR_COLOUR)
        self._pulse = glow_atlas(13, core=1.7, halo=0.6, white=0.7, colours=palette)

    def draw(self, lines: LineBatch, frame: Frame) -> list[PlacedSprite]:
        """Add the threads of sounding and coming notes to `lines`, and return their pulses."""
        pulses: list[PlacedSprite] = []
        before: NoteCue | None = None
        for timed in frame.timeline.cues:
            if timed.due > frame.time + CHARGE_S * SECOND:
                break
            light = _thread_brightness(timed, frame)
            if light > MIN_THREAD_BRIGHTNESS:
                paths = self._paths(timed.cue, before)
                tone = thread_colour(timed.cue)
                # the least important strands go dark first
                levels = (0.80 - 0.06 * np.arange(len(paths))) * light - 0.05
                lines.add_lines(paths, tone, levels)
                pulses += self._pulses(paths, tone, _pulse_progress(timed, frame))
            before = timed.cue
        return pulses

    def _paths(self, cue: NoteCue, before: NoteCue | None) -> Floats:
        """The cached strands of a note (strands, POINTS_PER_STRAND, 2), the most important first.

        They lead in the direction of the pulses; `before` is the preceding cue, if any.
        """
        key = (cue.serial, cue.due)
        if key not in self._path_cache:
            if len(self._path_cache) >= MAX_CACHED_THREADS:
                del self._path_cache[next(iter(self._path_cache))]
            self._path_cache[key] = self._lay_paths(cue, before)
        return self._path_cache[key]

    def _pulses(self, paths: Floats, tone: int, progress: float) -> list[PlacedSprite]:
        if not 0 <= progress <= 1:
            return []
        sprites = []
        for rank, path in enumerate(paths):
            for light in range(_LIGHTS_PER_PULSE):
                along = progress - _PULSE_LIGHT_GAP * light
                if along >= 0:
                    x, y = path[round(along * (POINTS_PER_STRAND - 1))].tolist()
                    level = (0.4 + 0.6 * progress) * (1 - 0.06 * rank) / (1 + light) ** 1.3
                    sprites.append(self._pulse.sprite_centred_at(tone, level, x, y))
        return sprites

    def _lay_paths(self, cue: NoteCue, before: NoteCue | None) -> Floats:
        by_visitor = cue.source is NoteSource.VISITOR
        cells = self._changed_cells if by_visitor else self._contributing_cells
        end = np.array(self._keyboard.key_top(fold_pitch(cue.pitch)))
        paths = []
        for start in self._layout.position[cells(cue, before)]:
            drop = max(60.0, 0.45 * (end[1] - start[1]))
            leave, arrive = start + (0, 0.6 * drop), end - (0, 0.9 * min(drop, 240.0))
            path = bezier(start, leave, arrive, end, POINTS_PER_STRAND)
            paths.append(path[::-1] if by_visitor else path)
        return np.stack(paths)

    def _contributing_cells(self, cue: NoteCue, before: NoteCue | None) -> NDArray[np.int64]:
        """Cells with the largest contribution to a key, in the state before the note."""
        units = self._layout.unit[self._last_layer_cells]
        hidden = (before or cue).activations[-1, HIDDEN_INDEX, units]
        contribution = self._readout[fold_pitch(cue.pitch) - LOWEST_PITCH, units] * hidden
        return self._last_layer_cells[_largest(contribution)]

    def _changed_cells(self, cue: NoteCue, before: NoteCue | None) -> NDArray[np.int64]:
        """Cells of the first layer that the note changed the most."""
        units = self._layout.unit[self._first_layer_cells]
        change = cue.activations[0, HIDDEN_INDEX, units]
        if before is not None:
            change = change - before.activations[0, HIDDEN_INDEX, units]
        return self._first_layer_cells[_largest(np.abs(change))]


def thread_colour(cue: NoteCue) -> int:
    """Index of a note's colour: its pitch class, or the last colour for a visitor's note."""
    return len(PITCH_COLOURS) if cue.source is NoteSource.VISITOR else cue.pitch % 12


def _thread_brightness(timed: TimedCue, frame: Frame) -> float:
    """Brightness of a thread: the charge before its note, then the light of the note."""
    if timed.due <= frame.time:
        return frame.light_of_note(timed)
    if timed.cue.source is NoteSource.VISITOR:
        return 0.0
    return 0.35 * anticipation_level(timed, frame.time, CHARGE_S)


def _pulse_progress(timed: TimedCue, frame: Frame) -> float:
    """Share of the thread that the pulses have passed; there are none outside 0 to 1."""
    travelled = frame.seconds_since(timed.due) / PULSE_TRAVEL_S
    return travelled if timed.cue.source is NoteSource.VISITOR else 1 + travelled


def _largest(values: NDArray[np.float32]) -> NDArray[np.int64]:
    return np.argsort(-values, kind="stable")[:STRANDS_PER_THREAD]
