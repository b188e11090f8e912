"""What the cells of the Circuit do, and which of them is worth a closer look now."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from messages.cues import SIGNALS, Cue
from visuals.drawing.animation import Motion
from visuals.network_summary import Anatomy
from visuals.scenes.base import Frame
from visuals.scenes.circuit.layout import MOST_LINES, Floats
from visuals.scenes.waves.trace_paths import choose_units
from visuals.timeline import SECOND

INPUT, FORGET, CANDIDATE, OUTPUT, CELL, HIDDEN = range(len(SIGNALS))
SHUT = 0.03
"""A forget gate more closed than this lets nothing be known of what there was before."""
HALF_FULL = 2.0
"""A memory of this size is drawn half as bright as can be."""
FREQUENCY, DAMPING = 1.3, 0.85
"""Of the springs all signals move by: slower than those of other scenes, for here a whole bus of
light changes with every note, and a trill must not make it flash."""
HOLD = 2.5
"""Seconds a cell is looked at, at the least."""
CHANGE = 0.5
"""Seconds in which the look goes from one cell to another."""


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """The memory cells at a moment, each array of shape (lines,).

    The equations are those of the LSTM (Hochreiter and Schmidhuber 1997; Gers, Schmidhuber and
    Cummins 2000): kept = forget * old, memory = kept + write * idea, hidden = say * tanh(memory).

    Parameters
    ----------
    forget, write, say : ndarray
        The gates, 0 closed to 1 open.
    idea : ndarray
        What may be written, -1..1.
    old, kept, memory : ndarray
        The cell before, after forgetting, and after writing.
    hidden : ndarray
        What is said, -1..1.
    """

    forget: Floats
    write: Floats
    say: Floats
    idea: Floats
    old: Floats
    kept: Floats
    memory: Floats
    hidden: Floats

    @property
    def written(self) -> Floats:
        """What is written, -1..1."""
        return self.write * self.idea


class CellReader:
    """Reads the shown cells of the last layer out of frames.

    Parameters
    ----------
    anatomy : Anatomy

    Attributes
    ----------
    units : ndarray of int, shape (lines,)
        In the order of the circle of fifths.
    """

    def __init__(self, anatomy: Anatomy) -> None:
        self.units = choose_units(anatomy, MOST_LINES)
        self._motion = Motion(self._all, 8 * len(self.units), FREQUENCY, DAMPING)

    def read(self, frame: Frame) -> Cells:
        """The cells as they are in a frame."""
        self._motion.follow(frame.timeline.cues)
        moving = self._motion.at(frame.time).reshape(8, -1)
        signals, (old, kept) = moving[:6], moving[6:]
        gates = np.clip(signals, 0.0, 1.0)  # springs overshoot
        gain = 1.0 if frame.gain is None else frame.gain[-1, self.units]
        return Cells(
            forget=gates[FORGET],
            write=gates[INPUT],
            say=gates[OUTPUT] * gain,
            idea=np.clip(signals[CANDIDATE], -1.0, 1.0),
            old=old,
            kept=kept,
            memory=signals[CELL],
            hidden=np.clip(signals[HIDDEN], -1.0, 1.0) * gain,
        )

    def _all(self, cue: Cue) -> NDArray[np.float32]:
        """The six signals, and the memory before, which is none yet follows from them."""
        signals = cue.activations[-1, :, self.units].T
        return np.vstack([signals, *old_and_kept(signals)]).ravel()


def old_and_kept(
    signals: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The memory before a step, and what is left of it, from the signals (6, lines) after it."""
    kept = signals[CELL] - signals[INPUT] * signals[CANDIDATE]
    old = np.where(signals[FORGET] > SHUT, kept / np.maximum(signals[FORGET], SHUT), kept)
    return old, kept


def fullness(memory: Floats) -> Floats:
    """How bright a memory is drawn, 0..1."""
    size = np.abs(memory)
    return size / (size + HALF_FULL)


@dataclass(frozen=True, slots=True)
class Look:
    """A line that is looked at, and how much, 0..1."""

    line: int
    level: float


class Spotlight:
    """Chooses the cell whose memory the last note changed the most, and stays with it a while.

    Parameters
    ----------
    units : ndarray of int, shape (lines,)
    """

    def __init__(self, units: NDArray[np.int64]) -> None:
        self._units = units
        self._line = self._last = len(units) // 2
        self._since: int | None = None
        self._seen = -1

    def at(self, frame: Frame) -> list[Look]:
        """Which lines to look at: the one chosen, and for a moment the one before, last best."""
        latest = frame.timeline.latest(frame.time)
        if latest is not None and latest.cue.serial != self._seen:
            self._seen = latest.cue.serial
            rested = self._since is None or frame.time - self._since > HOLD * SECOND
            best = self._most_changed(latest.cue)
            if rested and best != self._line:
                self._last, self._line, self._since = self._line, best, frame.time
        if self._since is None:
            return [Look(self._line, 1.0)]
        share = min(1.0, max(0.0, (frame.time - self._since) / SECOND / CHANGE))
        before = [Look(self._last, 1.0 - share)] if share < 1.0 else []
        return [*before, Look(self._line, share)]

    def _most_changed(self, cue: Cue) -> int:
        signals = cue.activations[-1, :, self._units].T
        old, _ = old_and_kept(signals)
        moved = np.abs(np.tanh(signals[CELL]) - np.tanh(old))
        return int((moved * (0.2 + signals[OUTPUT])).argmax())
