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

from messages.cues import HIDDEN, Cue, Source
from midi_data.notes import LOWEST_PITCH, fold_pitch
from visuals.drawing.animation import charge
from visuals.drawing.line_renderer import Bundle
from visuals.drawing.sprites import Placed, glow_atlas
from visuals.hud.piano_keyboard import Keyboard
from visuals.network_summary import Anatomy
from visuals.scenes.base import Frame
from visuals.scenes.cortex.layout import Layout, bezier
from visuals.timeline import SECOND, TimedCue

STRANDS = 8
"""Cells a note's thread is spun from."""
POINTS = 31
TRAVEL = 0.35
"""Seconds a pulse takes along a thread."""
FADE = 0.8
"""Seconds in which a thread goes out once its note has ended."""
FAINTEST = 0.02
REMEMBERED = 64
"""Threads kept."""


@dataclass(frozen=True, slots=True, eq=False)
class Thread:
    """The strands of one note.

    Parameters
    ----------
    paths : ndarray, shape (strands, POINTS, 2)
        From cell to key, or from key to cell for a visitor's note; most telling first.
    pitch : int
    """

    paths: NDArray[np.float64]
    pitch: int


class Threads:
    """Spins threads and draws them.

    Parameters
    ----------
    anatomy : Anatomy
    layout : Layout
    keyboard : Keyboard
    """

    def __init__(self, anatomy: Anatomy, layout: Layout, keyboard: Keyboard) -> None:
        self._anatomy, self._layout, self._keyboard = anatomy, layout, keyboard
        self._last = np.flatnonzero(layout.layer == anatomy.layers - 1)
        self._first = np.flatnonzero(layout.layer == 0)
        self._spun: OrderedDict[tuple[int, int], Thread] = OrderedDict()
        self._pulse = glow_atlas(13, core=1.7, halo=0.6, white=0.7)

    def draw(self, lines: Bundle, frame: Frame) -> list[Placed]:
        """Draw the threads of what sounds and of what is about to; return their pulses."""
        pulses: list[Placed] = []
        before: Cue | None = None
        for timed in frame.timeline.cues:
            if timed.due > frame.time + 2 * TRAVEL * SECOND:
                break
            light = _light(timed, frame)
            if light > FAINTEST:
                thread = self._of(timed.cue, before)
                # the least telling strands go out first
                levels = (0.80 - 0.06 * np.arange(len(thread.paths))) * light - 0.05
                lines.add_lines(thread.paths, thread.pitch % 12, levels)
                pulses += self._pulses(thread, _travelled(timed, frame.time))
            before = timed.cue
        return pulses

    def _of(self, cue: Cue, before: Cue | None) -> Thread:
        """The thread of a note; `before` is the cue of the note before it, if any is known."""
        key = (cue.serial, cue.due)
        if key not in self._spun:
            self._spun[key] = self._spin(cue, before)
            if len(self._spun) > REMEMBERED:
                self._spun.popitem(last=False)
        return self._spun[key]

    def _pulses(self, thread: Thread, travelled: float) -> list[Placed]:
        if not 0 <= travelled <= 1:
            return []
        placed = []
        for rank, path in enumerate(thread.paths):
            for tail in range(4):
                along = travelled - 0.025 * tail
                if along >= 0:
                    x, y = path[round(along * (POINTS - 1))].tolist()
                    level = (0.4 + 0.6 * travelled) * (1 - 0.06 * rank) / (1 + tail) ** 1.3
                    placed.append(self._pulse.placed(thread.pitch % 12, level, x, y))
        return placed

    def _spin(self, cue: Cue, before: Cue | None) -> Thread:
        pitch = fold_pitch(cue.pitch)
        end = np.array(self._keyboard.top(pitch))
        heard = cue.source is Source.VISITOR
        chosen = self._moved(cue, before) if heard else self._voters(cue, before, pitch)
        paths = []
        for place in self._layout.position[chosen]:
            drop = max(60.0, 0.45 * (end[1] - place[1]))
            leave, arrive = place + (0, 0.6 * drop), end - (0, 0.9 * min(drop, 240.0))
            path = bezier(place, leave, arrive, end, POINTS)
            paths.append(path[::-1] if heard else path)
        return Thread(np.stack(paths), pitch)

    def _voters(self, cue: Cue, before: Cue | None, pitch: int) -> NDArray[np.int64]:
        """Cells that spoke for a key in the state that chose the note."""
        units = self._layout.unit[self._last]
        hidden = (before or cue).activations[-1, HIDDEN, units]
        votes = self._anatomy.readout[pitch - LOWEST_PITCH, units] * hidden
        return self._last[_largest(votes)]

    def _moved(self, cue: Cue, before: Cue | None) -> NDArray[np.int64]:
        """Cells of the first layer that the note moved."""
        units = self._layout.unit[self._first]
        change = cue.activations[0, HIDDEN, units]
        if before is not None:
            change = change - before.activations[0, HIDDEN, units]
        return self._first[_largest(np.abs(change))]


def _light(timed: TimedCue, frame: Frame) -> float:
    """How bright a note's thread is: it charges, then has its key's light while it sounds."""
    if timed.due > frame.time:
        if timed.cue.source is Source.VISITOR:
            return 0.0
        return 0.35 * charge(timed, frame.time, 2 * TRAVEL)
    over = max(0, frame.time - timed.end_at(frame.time)) / SECOND
    key = float(frame.keys[fold_pitch(timed.cue.pitch) - LOWEST_PITCH])
    return key * max(0.0, 1 - over / FADE)


def _travelled(timed: TimedCue, time: int) -> float:
    """How much of their way the pulses have behind them; outside 0..1 there are none."""
    since = (time - timed.due) / SECOND / TRAVEL
    return since if timed.cue.source is Source.VISITOR else 1 + since


def _largest(values: NDArray[np.float32]) -> NDArray[np.int64]:
    return np.argsort(-values, kind="stable")[:STRANDS]
