"""The memory that the Circuit shows is the network's."""

from __future__ import annotations

import numpy as np
import pytest

from messages.clock import SECOND
from messages.cues import SIGNALS
from messages.gestures import HeldUnit
from visuals.frame_builder import FrameBuilder
from visuals.network_summary import NetworkSummary
from visuals.scenes.circuit.memory_cells import (
    MIN_HIGHLIGHT_S,
    CellHighlighter,
    MemoryCellReader,
    cell_state_brightness,
    recover_previous_cell_state,
)

LAYERS, UNITS = 2, 60
NETWORK = NetworkSummary.dummy(LAYERS, UNITS)
DUE_S = 2.0


def lstm_signals(seed: int, previous: np.ndarray | float = 0.0) -> np.ndarray:
    """Signals (layers, 6, units) after a step of the LSTM equations."""
    random = np.random.default_rng(seed)
    write, forget, output = (random.uniform(0.1, 0.9, (LAYERS, UNITS)) for _ in range(3))
    candidate = np.tanh(random.normal(size=(LAYERS, UNITS)))
    cell = forget * previous + write * candidate
    return np.stack([write, forget, candidate, output, cell, output * np.tanh(cell)], axis=1)


def test_the_previous_cell_state_is_recovered_from_the_signals():
    previous = np.random.default_rng(5).normal(size=(LAYERS, UNITS))
    signals = lstm_signals(1, previous)[-1]
    recovered, retained = recover_previous_cell_state(signals)
    assert recovered == pytest.approx(previous[-1], abs=1e-5)
    assert retained == pytest.approx(previous[-1] * signals[SIGNALS.index("forget")], abs=1e-6)


def test_cells_settle_on_the_signals_of_the_latest_cue(make_cue, make_frame):
    cue, reader = make_cue(due_s=DUE_S, signals=lstm_signals(0)), MemoryCellReader(NETWORK)
    cells = reader.read(make_frame(NETWORK, [cue], DUE_S + 5))
    signals = dict(zip(SIGNALS, cue.activations[-1, :, reader.units].T, strict=True))
    written = cells.input_gate * cells.candidate
    assert written == pytest.approx(signals["input"] * signals["candidate"], abs=1e-3)
    assert cells.cell_state == pytest.approx(cells.retained_cell_state + written, abs=1e-3)
    assert cells.hidden == pytest.approx(signals["hidden"], abs=1e-3)


def test_gates_keep_their_range_while_they_swing(make_cue, make_frame):
    cues = [make_cue(k, DUE_S + k / 8, signals=lstm_signals(k)) for k in (0, 1)]
    reader = MemoryCellReader(NETWORK)
    for time_s in np.arange(DUE_S, DUE_S + 1, 1 / 30):
        cells = reader.read(make_frame(NETWORK, cues, time_s))
        for gate in (cells.forget_gate, cells.input_gate, cells.output_gate):
            assert gate.min() >= 0.0
            assert gate.max() <= 1.0


def test_a_silenced_cell_keeps_its_state_but_outputs_nothing(make_cue):
    builder, reader = FrameBuilder(NETWORK), MemoryCellReader(NETWORK)
    builder.apply_message(make_cue(due_s=DUE_S, signals=lstm_signals(0)))
    builder.set_held_units([HeldUnit(LAYERS - 1, unit, 0.0) for unit in range(UNITS)])
    for number in range(3):
        frame = builder.build_frame(round((DUE_S + number) * SECOND), number)
    cells = reader.read(frame)
    assert np.abs(cells.hidden).max() < 0.01
    assert np.abs(cells.cell_state).max() > 0.1


def test_a_larger_cell_state_is_brighter_whatever_its_sign():
    levels = cell_state_brightness(np.array([0.0, 0.5, -2.0, 30.0]))
    assert levels[0] == 0.0
    assert (np.diff(levels) > 0).all()
    assert levels[-1] < 1.0


def test_the_most_changed_cell_is_highlighted_for_a_while(make_cue, make_frame):
    still = np.zeros((LAYERS, 6, UNITS))
    still[:, [1, 3]] = 1.0
    first, second = still.copy(), still.copy()
    first[-1, [0, 2, 4], 17] = 1.0
    second[-1, [0, 2, 4], 40] = 1.0
    times = (DUE_S, DUE_S + 0.5, DUE_S + MIN_HIGHLIGHT_S + 1)
    cues = [
        make_cue(serial, time_s, signals=signals)
        for serial, (time_s, signals) in enumerate(zip(times, (first, second, second), strict=True))
    ]
    highlighter = CellHighlighter(np.arange(UNITS))
    lines = [highlighter.at(make_frame(NETWORK, cues, time_s))[-1].line for time_s in times]
    assert lines == [17, 17, 40]


def test_a_note_with_the_serial_of_the_last_one_is_another_note(make_cue, make_frame):
    highlighter, lines = CellHighlighter(np.arange(UNITS)), []
    for time_s, line in ((DUE_S, 17), (DUE_S + MIN_HIGHLIGHT_S + 1, 40)):
        signals = np.zeros((LAYERS, 6, UNITS))
        signals[:, [1, 3]] = 1.0
        signals[-1, [0, 2, 4], line] = 1.0
        frame = make_frame(NETWORK, [make_cue(-1, time_s, signals=signals)], time_s)
        lines.append(highlighter.at(frame)[-1].line)
    assert lines == [17, 40]


def test_a_cell_with_half_open_gates_goes_before_one_whose_gates_are_open(make_cue, make_frame):
    signals = np.zeros((LAYERS, 6, UNITS))
    signals[-1, [0, 2, 3, 4], 17] = 1.0  # writes all, and forgets all
    signals[-1, [0, 1, 3], 40], signals[-1, 4, 40] = 0.5, 0.8
    frame = make_frame(NETWORK, [make_cue(0, DUE_S, signals=signals)], DUE_S)
    assert CellHighlighter(np.arange(UNITS)).at(frame)[-1].line == 40


def test_a_cell_that_has_been_shown_leaves_its_place_to_one_that_changes_nearly_as_much(
    make_cue, make_frame
):
    signals = np.zeros((LAYERS, 6, UNITS))
    signals[-1, [0, 1, 3]] = 0.5
    signals[-1, 4, 17], signals[-1, 4, 40] = 0.7, 0.8
    times = (DUE_S, DUE_S + MIN_HIGHLIGHT_S + 1)
    cues = [make_cue(serial, at, signals=signals) for serial, at in enumerate(times)]
    highlighter = CellHighlighter(np.arange(UNITS))
    lines = [highlighter.at(make_frame(NETWORK, cues, at))[-1].line for at in times]
    assert lines == [17, 40]
