"""What the cells of the Circuit do, and which of them is worth a closer look now."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from messages.cues import SIGNALS, NoteCue
from visuals.drawing.animation import SpringMotion
from visuals.network_summary import NetworkSummary
from visuals.scenes.base import Frame
from visuals.scenes.circuit.layout import MAX_MEMORY_LINES, Floats
from visuals.scenes.shown_units import choose_shown_units
from visuals.timeline import SECOND

INPUT, FORGET, CANDIDATE, OUTPUT, CELL, HIDDEN = range(len(SIGNALS))
MIN_FORGET_GATE = 0.03
"""A forget gate more closed than this lets nothing be known of what there was before."""
HALF_BRIGHT_CELL_STATE = 2.0
"""A memory of this size is drawn half as bright as can be."""
SPRING_FREQUENCY_HZ, SPRING_DAMPING = 1.3, 0.85
"""Of the springs all signals move by: slower than those of other scenes, for here a whole bus of
light changes with every note, and a trill must not make it flash."""
MIN_HIGHLIGHT_S = 2.5
"""Seconds a cell is looked at, at the least."""
HIGHLIGHT_CROSSFADE_S = 0.5
"""Seconds in which the look goes from one cell to another."""


@dataclass(frozen=True, slots=True, eq=False)
class MemoryCellStates:
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

    forget_gate: Floats
    input_gate: Floats
    output_gate: Floats
    candidate: Floats
    previous_cell_state: Floats
    retained_cell_state: Floats
    cell_state: Floats
    hidden: Floats

    @property
    def written(self) -> Floats:
        """What is written, -1..1."""
        return self.input_gate * self.candidate


class MemoryCellReader:
    """Reads the shown cells of the last layer out of frames.

    Parameters
    ----------
    anatomy : Anatomy

    Attributes
    ----------
    units : ndarray of int, shape (lines,)
        In the order of the circle of fifths.
    """

    def __init__(self, anatomy: NetworkSummary) -> None:
        self.units = choose_shown_units(anatomy, MAX_MEMORY_LINES)
        self._motion = SpringMotion(
            self._signals_of, 8 * len(self.units), SPRING_FREQUENCY_HZ, SPRING_DAMPING
        )

    def read(self, frame: Frame) -> MemoryCellStates:
        """The cells as they are in a frame."""
        self._motion.update_targets(frame.timeline.cues)
        moving = self._motion.position_at(frame.time).reshape(8, -1)
        signals, (old, kept) = moving[:6], moving[6:]
        gates = np.clip(signals, 0.0, 1.0)  # springs overshoot
        gain = 1.0 if frame.unit_gain is None else frame.unit_gain[-1, self.units]
        return MemoryCellStates(
            forget_gate=gates[FORGET],
            input_gate=gates[INPUT],
            output_gate=gates[OUTPUT] * gain,
            candidate=np.clip(signals[CANDIDATE], -1.0, 1.0),
            previous_cell_state=old,
            retained_cell_state=kept,
            cell_state=signals[CELL],
            hidden=np.clip(signals[HIDDEN], -1.0, 1.0) * gain,
        )

    def _signals_of(self, cue: NoteCue) -> NDArray[np.float32]:
        """The six signals, and the memory before, which is none yet follows from them."""
        signals = cue.activations[-1, :, self.units].T
        return np.vstack([signals, *recover_previous_cell_state(signals)]).ravel()


def recover_previous_cell_state(
    signals: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The memory before a step, and what is left of it, from the signals (6, lines) after it."""
    kept = signals[CELL] - signals[INPUT] * signals[CANDIDATE]
    old = np.where(
        signals[FORGET] > MIN_FORGET_GATE, kept / np.maximum(signals[FORGET], MIN_FORGET_GATE), kept
    )
    return old, kept


def cell_state_brightness(memory: Floats) -> Floats:
    """How bright a memory is drawn, 0..1."""
    size = np.abs(memory)
    return size / (size + HALF_BRIGHT_CELL_STATE)


@dataclass(frozen=True, slots=True)
class LineHighlight:
    """A line that is looked at, and how much, 0..1."""

    line: int
    level: float


class CellHighlighter:
    """Chooses the cell whose memory the last note changed the most, and stays with it a while.

    Parameters
    ----------
    units : ndarray of int, shape (lines,)
    """

    def __init__(self, units: NDArray[np.int64]) -> None:
        self._units = units
        self._highlighted_line = self._previous_line = len(units) // 2
        self._highlighted_since_ns: int | None = None
        self._last_serial = -1

    def at(self, frame: Frame) -> list[LineHighlight]:
        """Which lines to look at: the one chosen, and for a moment the one before, last best."""
        latest = frame.timeline.latest_cue(frame.time)
        if latest is not None and latest.cue.serial != self._last_serial:
            self._last_serial = latest.cue.serial
            rested = (
                self._highlighted_since_ns is None
                or frame.time - self._highlighted_since_ns > MIN_HIGHLIGHT_S * SECOND
            )
            best = self._most_changed(latest.cue)
            if rested and best != self._highlighted_line:
                self._previous_line, self._highlighted_line, self._highlighted_since_ns = (
                    self._highlighted_line,
                    best,
                    frame.time,
                )
        if self._highlighted_since_ns is None:
            return [LineHighlight(self._highlighted_line, 1.0)]
        share = min(
            1.0,
            max(0.0, (frame.time - self._highlighted_since_ns) / SECOND / HIGHLIGHT_CROSSFADE_S),
        )
        before = [LineHighlight(self._previous_line, 1.0 - share)] if share < 1.0 else []
        return [*before, LineHighlight(self._highlighted_line, share)]

    def _most_changed(self, cue: NoteCue) -> int:
        signals = cue.activations[-1, :, self._units].T
        old, _ = recover_previous_cell_state(signals)
        moved = np.abs(np.tanh(signals[CELL]) - np.tanh(old))
        return int((moved * (0.2 + signals[OUTPUT])).argmax())
