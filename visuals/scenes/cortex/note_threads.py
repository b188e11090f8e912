"""Threads of light between the cells that spoke for a note and the key it sounds on.

A thread leaves the cells of the last layer whose readout weight times hidden state was largest for
that key. It charges before the note is due, so that its pulse arrives as the note sounds. For a
visitor's note the light goes the other way: from the key into the cells of the first layer that it
moved the most.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from messages.cues import HIDDEN_INDEX, NoteCue, NoteSource
from midi_data.notes import LOWEST_PITCH, fold_pitch
from visuals.drawing.animation import anticipation_level
from visuals.drawing.line_renderer import LineBatch
from visuals.drawing.sprites import PlacedSprite, glow_atlas
from visuals.hud.piano_keyboard import PianoKeyboard
from visuals.network_summary import NetworkSummary
from visuals.scenes.base import Frame
from visuals.scenes.cortex.layout import CortexLayout, bezier
from visuals.timeline import SECOND, TimedCue

STRANDS_PER_THREAD = 8
"""Cells a note's thread is spun from."""
POINTS_PER_STRAND = 31
PULSE_TRAVEL_S = 0.35
"""Seconds a pulse takes along a thread."""
THREAD_FADE_S = 0.8
"""Seconds in which a thread goes out once its note has ended."""
MIN_THREAD_BRIGHTNESS = 0.02
MAX_CACHED_THREADS = 64
"""Threads kept."""


@dataclass(frozen=True, slots=True, eq=False)
class NoteThread:
    """The strands of one note.

    Parameters
    ----------
    paths : ndarray, shape (strands, POINTS, 2)
        From cell to key, or from key to cell for a visitor's note; most telling first.
    pitch : int
    """

    paths: NDArray[np.float64]
    pitch: int


class NoteThreadRenderer:
    """Spins threads and draws them.

    Parameters
    ----------
    anatomy : Anatomy
    layout : Layout
    keyboard : Keyboard
    """

    def __init__(
        self, anatomy: NetworkSummary, layout: CortexLayout, keyboard: PianoKeyboard
    ) -> None:
        self._anatomy, self._layout, self._keyboard = anatomy, layout, keyboard
        self._last_layer_cells = np.flatnonzero(layout.layer == anatomy.layers - 1)
        self._first_layer_cells = np.flatnonzero(layout.layer == 0)
        self._thread_cache: OrderedDict[tuple[int, int], NoteThread] = OrderedDict()
        self._pulse = glow_atlas(13, core=1.7, halo=0.6, white=0.7)

    def draw(self, lines: LineBatch, frame: Frame) -> list[PlacedSprite]:
        """Draw the threads of what sounds and of what is about to; return their pulses."""
        pulses: list[PlacedSprite] = []
        before: NoteCue | None = None
        for timed in frame.timeline.cues:
            if timed.due > frame.time + 2 * PULSE_TRAVEL_S * SECOND:
                break
            light = _thread_brightness(timed, frame)
            if light > MIN_THREAD_BRIGHTNESS:
                thread = self._thread_for(timed.cue, before)
                # the least telling strands go out first
                levels = (0.80 - 0.06 * np.arange(len(thread.paths))) * light - 0.05
                lines.add_lines(thread.paths, thread.pitch % 12, levels)
                pulses += self._pulses(thread, _pulse_progress(timed, frame.time))
            before = timed.cue
        return pulses

    def _thread_for(self, cue: NoteCue, before: NoteCue | None) -> NoteThread:
        """The thread of a note; `before` is the cue of the note before it, if any is known."""
        key = (cue.serial, cue.due)
        if key not in self._thread_cache:
            self._thread_cache[key] = self._build_thread(cue, before)
            if len(self._thread_cache) > MAX_CACHED_THREADS:
                self._thread_cache.popitem(last=False)
        return self._thread_cache[key]

    def _pulses(self, thread: NoteThread, travelled: float) -> list[PlacedSprite]:
        if not 0 <= travelled <= 1:
            return []
        placed = []
        for rank, path in enumerate(thread.paths):
            for tail in range(4):
                along = travelled - 0.025 * tail
                if along >= 0:
                    x, y = path[round(along * (POINTS_PER_STRAND - 1))].tolist()
                    level = (0.4 + 0.6 * travelled) * (1 - 0.06 * rank) / (1 + tail) ** 1.3
                    placed.append(self._pulse.sprite_centred_at(thread.pitch % 12, level, x, y))
        return placed

    def _build_thread(self, cue: NoteCue, before: NoteCue | None) -> NoteThread:
        pitch = fold_pitch(cue.pitch)
        end = np.array(self._keyboard.key_top(pitch))
        heard = cue.source is NoteSource.VISITOR
        chosen = (
            self._changed_cells(cue, before)
            if heard
            else self._contributing_cells(cue, before, pitch)
        )
        paths = []
        for place in self._layout.position[chosen]:
            drop = max(60.0, 0.45 * (end[1] - place[1]))
            leave, arrive = place + (0, 0.6 * drop), end - (0, 0.9 * min(drop, 240.0))
            path = bezier(place, leave, arrive, end, POINTS_PER_STRAND)
            paths.append(path[::-1] if heard else path)
        return NoteThread(np.stack(paths), pitch)

    def _contributing_cells(
        self, cue: NoteCue, before: NoteCue | None, pitch: int
    ) -> NDArray[np.int64]:
        """Cells that spoke for a key in the state that chose the note."""
        units = self._layout.unit[self._last_layer_cells]
        hidden = (before or cue).activations[-1, HIDDEN_INDEX, units]
        votes = self._anatomy.readout[pitch - LOWEST_PITCH, units] * hidden
        return self._last_layer_cells[_largest(votes)]

    def _changed_cells(self, cue: NoteCue, before: NoteCue | None) -> NDArray[np.int64]:
        """Cells of the first layer that the note moved."""
        units = self._layout.unit[self._first_layer_cells]
        change = cue.activations[0, HIDDEN_INDEX, units]
        if before is not None:
            change = change - before.activations[0, HIDDEN_INDEX, units]
        return self._first_layer_cells[_largest(np.abs(change))]


def _thread_brightness(timed: TimedCue, frame: Frame) -> float:
    """How bright a note's thread is: it charges, then has its key's light while it sounds."""
    if timed.due > frame.time:
        if timed.cue.source is NoteSource.VISITOR:
            return 0.0
        return 0.35 * anticipation_level(timed, frame.time, 2 * PULSE_TRAVEL_S)
    over = max(0, frame.time - timed.end_at(frame.time)) / SECOND
    key = float(frame.key_light[fold_pitch(timed.cue.pitch) - LOWEST_PITCH])
    return key * max(0.0, 1 - over / THREAD_FADE_S)


def _pulse_progress(timed: TimedCue, time: int) -> float:
    """How much of their way the pulses have behind them; outside 0..1 there are none."""
    since = (time - timed.due) / SECOND / PULSE_TRAVEL_S
    return since if timed.cue.source is NoteSource.VISITOR else 1 + since


def _largest(values: NDArray[np.float32]) -> NDArray[np.int64]:
    return np.argsort(-values, kind="stable")[:STRANDS_PER_THREAD]
