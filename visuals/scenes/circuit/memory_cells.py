"""States of the memory cells on display, and the choice of the cell to highlight."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from messages.cues import SIGNALS, NoteCue
from visuals.drawing.animation import SpringMotion
from visuals.network_summary import NetworkSummary
from visuals.scenes.base.frame import Frame
from visuals.scenes.base.geometry import Floats
from visuals.scenes.base.shown_units import choose_shown_units
from visuals.scenes.base.state_change import VISITOR_FADE_S, recent_change
from visuals.scenes.circuit.layout import MAX_MEMORY_LINES

MIN_FORGET_GATE = 0.03  # smallest forget gate from which the previous cell state can be recovered
HALF_BRIGHT_CELL_STATE = 2.0  # cell state that is drawn at half of the largest brightness
SPRING_FREQUENCY_HZ, SPRING_DAMPING = 1.3, 0.85
"""Springs of all signals. They are slower than in other scenes, because a whole bus changes with
every note, and a trill must not make it flash."""
MIN_HIGHLIGHT_S = 2.5  # shortest time that a cell stays highlighted, seconds
MIN_HALF_OPEN = 0.05  # weight of a cell whose gates are all open or shut
SHOWN_CELL_SHARE = 0.5  # weight of the cell that has been shown, so that others get their turn
HIGHLIGHT_CROSSFADE_S = 0.5  # duration of the change from one highlighted cell to the next, seconds
_READ_SIGNALS, _CELL_INDEX = len(SIGNALS) + 2, SIGNALS.index("cell")


@dataclass(frozen=True, slots=True, eq=False)
class MemoryCellStates:
    """Gates and states of the memory cells at one moment, each of shape (lines,).

    The names are those of the LSTM (Hochreiter and Schmidhuber 1997; Gers, Schmidhuber and Cummins
    2000): retained = forget gate * previous cell state, cell state = retained + input gate *
    candidate, hidden = output gate * tanh(cell state). Gates are 0 (closed) to 1 (open), candidate
    and hidden state -1 to 1.
    """

    forget_gate: Floats
    input_gate: Floats
    output_gate: Floats
    candidate: Floats
    previous_cell_state: Floats
    retained_cell_state: Floats
    cell_state: Floats
    hidden: Floats


class MemoryCellReader:
    """Reads the states of the shown cells, `units` (lines,) of the last layer, out of frames."""

    def __init__(self, network: NetworkSummary) -> None:
        self.units = choose_shown_units(network, MAX_MEMORY_LINES)
        size = _READ_SIGNALS * len(self.units)
        self._motion = SpringMotion(self._signals_of, size, SPRING_FREQUENCY_HZ, SPRING_DAMPING)

    def read(self, frame: Frame) -> MemoryCellStates:
        """The states at the time of a frame."""
        self._motion.update_targets(frame.timeline.cues)
        moving = self._motion.position_at(frame.time).reshape(_READ_SIGNALS, -1)
        *signals, previous, retained = moving
        input_gate, forget_gate, candidate, output_gate, cell_state, hidden = signals
        gain = frame.output_gain(self.units)
        return MemoryCellStates(  # springs overshoot the range of a signal
            forget_gate=forget_gate.clip(0.0, 1.0),
            input_gate=input_gate.clip(0.0, 1.0),
            output_gate=output_gate.clip(0.0, 1.0) * gain,
            candidate=candidate.clip(-1.0, 1.0),
            previous_cell_state=previous,
            retained_cell_state=retained,
            cell_state=cell_state,
            hidden=hidden.clip(-1.0, 1.0) * gain,
        )

    def visitor_response(self, frame: Frame) -> Floats:
        """How much a visitor's keys changed each cell state lately, 0 to 1, shape (lines,)."""
        change = recent_change(frame, self._cell_states, VISITOR_FADE_S, by_visitor=True)
        return np.broadcast_to(change, len(self.units))

    def _cell_states(self, cue: NoteCue) -> NDArray[np.float32]:
        return np.tanh(cue.activations[-1, _CELL_INDEX, self.units])

    def _signals_of(self, cue: NoteCue) -> NDArray[np.float32]:
        """The signals of a cue, its previous and its retained cell state, flattened."""
        signals = cue.activations[-1, :, self.units].T
        return np.vstack([signals, *recover_previous_cell_state(signals)]).ravel()


def recover_previous_cell_state(
    signals: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The previous and the retained cell state (lines,), from the signals (6, lines) of a step."""
    input_gate, forget_gate, candidate, _, cell_state, _ = signals
    retained = cell_state - input_gate * candidate
    divisor = np.maximum(forget_gate, MIN_FORGET_GATE)
    return np.where(forget_gate > MIN_FORGET_GATE, retained / divisor, retained), retained


def cell_state_brightness(cell_state: Floats) -> Floats:
    """Brightness of a cell state, 0 to 1."""
    size = np.abs(cell_state)
    return size / (size + HALF_BRIGHT_CELL_STATE)


@dataclass(frozen=True, slots=True)
class LineHighlight:
    """A highlighted memory line, and its level of 0 to 1."""

    line: int
    level: float


class CellHighlighter:
    """Highlights a cell (of some units) whose state the latest note changed much.

    Cells whose gates stand half open come first, because they show more than those that are always
    open or shut, and after a while another cell.
    """

    def __init__(self, units: NDArray[np.int64]) -> None:
        self._units = units
        self._line = self._previous_line = len(units) // 2
        self._since_ns: int | None = None
        self._last_note: tuple[int, int] | None = None  # serial and due time of its cue

    def at(self, frame: Frame) -> list[LineHighlight]:
        """The chosen line, preceded during the cross-fade by the line before it."""
        latest = frame.timeline.latest_cue(frame.time)
        note = None if latest is None else (latest.cue.serial, latest.due)
        if latest is not None and note != self._last_note:
            self._last_note = note
            line, since = self._telling_line(latest.cue), self._since_ns
            rested = since is None or frame.seconds_since(since) > MIN_HIGHLIGHT_S
            if rested and line != self._line:
                self._previous_line, self._line = self._line, line
                self._since_ns = frame.time
        if self._since_ns is None:
            return [LineHighlight(self._line, 1.0)]
        share = frame.seconds_since(self._since_ns) / HIGHLIGHT_CROSSFADE_S
        share = min(1.0, max(0.0, share))
        before = [LineHighlight(self._previous_line, 1.0 - share)] if share < 1.0 else []
        return [*before, LineHighlight(self._line, share)]

    def _telling_line(self, cue: NoteCue) -> int:
        signals = cue.activations[-1, :, self._units].T
        previous, _ = recover_previous_cell_state(signals)
        input_gate, forget_gate, _, output_gate, cell_state, _ = signals
        change = np.abs(np.tanh(cell_state) - np.tanh(previous))
        gates = np.stack([input_gate, forget_gate, output_gate])  # (3, lines)
        half_open = (1.0 - np.abs(2.0 * gates - 1.0)).mean(axis=0)
        score = change * (0.2 + output_gate) * (MIN_HALF_OPEN + half_open)
        score[self._line] *= SHOWN_CELL_SHARE
        return int(score.argmax())
