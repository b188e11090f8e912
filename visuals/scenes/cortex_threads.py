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
import pygame
from numpy.typing import NDArray

from midi_data.notes import fold_pitch
from visuals.anatomy import Anatomy
from visuals.cues import HIDDEN, Cue, Source
from visuals.keyboard import Keyboard
from visuals.scenes.cortex_layout import Layout, bezier
from visuals.sprites import Placed, glow_atlas
from visuals.theme import PITCH_COLOURS, shade

STRANDS = 8
"""Cells a note's thread is spun from."""
POINTS = 30
TRAVEL = 0.35
"""Seconds a pulse takes along a thread."""
REMEMBERED = 64
"""Threads kept."""


@dataclass(frozen=True, slots=True, eq=False)
class Thread:
    """The strands of one note.

    Parameters
    ----------
    paths : list of ndarray, shape (POINTS, 2)
        From cell to key, or from key to cell for a visitor's note; most telling first.
    pitch : int
    """

    paths: list[NDArray[np.float64]]
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
        self.source_glow = glow_atlas(9, halo=0.8, power=2.0)

    def of(self, cue: Cue, before: Cue | None) -> Thread:
        """The thread of a note; `before` is the cue of the note before it, if any is known."""
        key = (cue.serial, cue.due)
        if key not in self._spun:
            self._spun[key] = self._spin(cue, before)
            if len(self._spun) > REMEMBERED:
                self._spun.popitem(last=False)
        return self._spun[key]

    def draw(self, surface: pygame.Surface, thread: Thread, light: float) -> None:
        """Draw a thread that is so bright, 0..1."""
        colour = PITCH_COLOURS[thread.pitch % 12]
        for rank, path in reversed(list(enumerate(thread.paths))):
            level = (0.62 - 0.055 * rank) * light
            if level > 0.02:
                pygame.draw.aalines(surface, shade(colour, level), False, path.tolist())

    def pulses(self, thread: Thread, passed: float, light: float) -> list[Placed]:
        """Where its pulses are when `passed` (0..1) of their way lies behind them."""
        placed = []
        pitch_class = thread.pitch % 12
        for rank, path in enumerate(thread.paths):
            for tail in range(5):
                along = passed - 0.022 * tail
                if 0 <= along <= 1:
                    x, y = path[round(along * (POINTS - 1))]
                    level = light * (1 - 0.06 * rank) * (1 if tail == 0 else 0.4 - 0.08 * tail)
                    placed.append(self._pulse.placed(pitch_class, level, x, y))
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
        return Thread(paths, pitch)

    def _voters(self, cue: Cue, before: Cue | None, pitch: int) -> NDArray[np.int64]:
        """Cells that spoke for a key in the state that chose the note."""
        units = self._layout.unit[self._last]
        hidden = (before or cue).activations[-1, HIDDEN, units]
        votes = self._anatomy.readout[pitch - 21, units] * hidden
        return self._last[_largest(votes)]

    def _moved(self, cue: Cue, before: Cue | None) -> NDArray[np.int64]:
        """Cells of the first layer that the note moved."""
        units = self._layout.unit[self._first]
        change = cue.activations[0, HIDDEN, units]
        if before is not None:
            change = change - before.activations[0, HIDDEN, units]
        return self._first[_largest(np.abs(change))]


def _largest(values: NDArray[np.float32]) -> NDArray[np.int64]:
    return np.argsort(-values, kind="stable")[:STRANDS]
