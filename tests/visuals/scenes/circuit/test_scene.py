"""The Circuit: the memory it shows is the network's, and its picture holds what any design must."""

from __future__ import annotations

import numpy as np
import pygame
import pytest

from messages.cues import KEY_COUNT, SIGNALS, CueWithdrawal, NoteCue, NoteSource
from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import KEYBOARD_RECT, PICTURE_SIZE_PX
from visuals.drawing.typography import Typesetter
from visuals.frame_builder import FrameBuilder
from visuals.hud.piano_keyboard import PianoKeyboard
from visuals.network_summary import NetworkSummary
from visuals.scenes.base import SceneResources
from visuals.scenes.circuit.layout import (
    MAX_MEMORY_LINES,
    TRACES_PER_BUNDLE,
    heard_note_path,
    lay_out_circuit,
    output_thread_path,
    rounded_polyline,
)
from visuals.scenes.circuit.memory_cells import (
    MIN_HIGHLIGHT_S,
    CellHighlighter,
    MemoryCellReader,
    cell_state_brightness,
    recover_previous_cell_state,
)
from visuals.scenes.circuit.scene import CircuitScene
from visuals.timeline import SECOND
from visuals.words import load_words

LAYERS, UNITS = 2, 60
ANATOMY = NetworkSummary.dummy(LAYERS, UNITS)
DUE = 2 * SECOND


def stepped(serial: int, before: np.ndarray, layers: int = LAYERS, units: int = UNITS):
    """Signals (layers, 6, units) after a step of the LSTM equations from the memory `before`."""
    draw = np.random.default_rng(serial)
    write, forget, say = (draw.uniform(0.1, 0.9, (layers, units)) for _ in range(3))
    idea = np.tanh(draw.normal(size=(layers, units)))
    memory = forget * before + write * idea
    return np.stack([write, forget, idea, say, memory, say * np.tanh(memory)], axis=1)


def a_cue(
    serial: int = 0, due: int = DUE, pitch: int = 69, source=NoteSource.NETWORK, signals=None
):
    if signals is None:
        signals = stepped(serial, np.zeros((LAYERS, UNITS)))
    ahead = np.full(KEY_COUNT, 1 / KEY_COUNT, np.float32)
    length = SECOND // 3
    return NoteCue(serial, due, length, pitch, 90, source, 2.0, signals.astype(np.float32), ahead)


def framing_of(*messages, anatomy: NetworkSummary = ANATOMY) -> FrameBuilder:
    framing = FrameBuilder(anatomy)
    for message in messages:
        framing.apply_message(message)
    return framing


@pytest.fixture(scope="module")
def toolkit() -> SceneResources:
    pygame.font.init()
    type = Typesetter()
    return SceneResources(type, load_words(), PianoKeyboard(type))


@pytest.fixture(scope="module")
def circuit(toolkit) -> CircuitScene:
    return CircuitScene(ANATOMY, toolkit)


def picture(circuit: CircuitScene, framing: FrameBuilder, time: int) -> np.ndarray:
    surface = blank_surface(PICTURE_SIZE_PX)
    circuit.draw(surface, framing.build_frame(time, 0))
    return pygame.surfarray.array3d(surface).astype(int)


def test_memory_before_a_step_is_found_from_the_signals_after_it():
    before = np.random.default_rng(5).normal(size=(LAYERS, UNITS))
    signals = stepped(1, before)
    old, kept = recover_previous_cell_state(signals[-1])
    assert old == pytest.approx(before[-1], abs=1e-5)
    assert kept == pytest.approx(before[-1] * signals[-1, SIGNALS.index("forget")], abs=1e-6)


def test_cells_settle_on_the_signals_of_the_latest_cue():
    cue = a_cue()
    cells = MemoryCellReader(ANATOMY).read(framing_of(cue).build_frame(DUE + 5 * SECOND, 0))
    units = MemoryCellReader(ANATOMY).units
    written = cue.activations[-1, 0, units] * cue.activations[-1, 2, units]
    assert cells.written == pytest.approx(written, abs=1e-3)
    assert cells.cell_state == pytest.approx(cells.retained_cell_state + cells.written, abs=1e-3)


def test_gates_stay_gates_while_they_swing():
    reader, framing = MemoryCellReader(ANATOMY), framing_of(a_cue(0), a_cue(1, DUE + SECOND // 8))
    for time in range(DUE, DUE + SECOND, SECOND // 30):
        cells = reader.read(framing.build_frame(time, 0))
        for gate in (cells.forget_gate, cells.input_gate, cells.output_gate):
            assert gate.min() >= 0.0
            assert gate.max() <= 1.0


def test_a_fuller_memory_is_brighter_whatever_its_sign():
    levels = cell_state_brightness(np.array([0.0, 0.5, -2.0, 30.0]))
    assert levels[0] == 0.0
    assert (np.diff(levels) > 0).all()
    assert levels[-1] < 1.0


def test_spotlight_finds_the_cell_that_changed_most_and_stays_a_while():
    units = np.arange(UNITS)
    still = np.zeros((LAYERS, 6, UNITS))
    still[:, [1, 3]] = 1.0
    loud, other = still.copy(), still.copy()
    loud[-1, [0, 2, 4], 17] = 1.0
    other[-1, [0, 2, 4], 40] = 1.0
    soon, late = DUE + SECOND // 2, DUE + round((MIN_HIGHLIGHT_S + 1) * SECOND)
    cues = [a_cue(0, DUE, signals=loud), a_cue(1, soon, signals=other)]
    framing = framing_of(*cues, a_cue(2, late, signals=other))
    spotlight = CellHighlighter(units)
    seen = [spotlight.at(framing.build_frame(at, 0))[-1].line for at in (DUE, soon, late)]
    assert seen == [17, 17, 40]


@pytest.mark.parametrize("lines", [1, 5, 47, MAX_MEMORY_LINES])
def test_any_number_of_lines_finds_its_place(lines):
    plan = lay_out_circuit(lines)
    assert len(plan.line_heights) == lines
    assert (np.diff(plan.line_heights) > 0).all()
    assert len(plan.served_lines) == TRACES_PER_BUNDLE
    assert set(plan.served_lines.tolist()) <= set(range(lines))


def test_threads_join_mouth_trunk_and_key():
    assert output_thread_path(500.0)[-1] == pytest.approx([500.0, KEYBOARD_RECT.top])
    assert heard_note_path(500.0)[0] == pytest.approx([500.0, KEYBOARD_RECT.top])


def test_rounded_lines_keep_their_ends_and_their_step():
    line = rounded_polyline([(0, 0), (100, 0), (100, 100)])
    assert line[0] == pytest.approx([0, 0])
    assert line[-1] == pytest.approx([100, 100])
    steps = np.hypot(*np.diff(line, axis=0).T)
    assert steps.max() < 1.05 * steps.min() + 0.2


def test_a_key_lights_as_its_note_falls_due(circuit, toolkit):
    rect = toolkit.keyboard.key_rect(69).inflate(-4, -4)
    area = np.s_[rect.left : rect.right, rect.top : rect.bottom]
    framing = framing_of(a_cue())
    before = picture(circuit, framing, DUE - 1)[area].mean()
    after = picture(circuit, framing, DUE + SECOND // 10)[area].mean()
    assert after > before + 30


def test_a_withdrawn_note_never_lights(toolkit):
    calm, withdrawn = framing_of(), framing_of(a_cue(), CueWithdrawal(0, SECOND))
    first, second = (
        picture(CircuitScene(ANATOMY, toolkit), framing, DUE + SECOND // 10)
        for framing in (calm, withdrawn)
    )
    assert np.array_equal(first, second)


def test_nothing_is_red(circuit):
    cues = [a_cue(k, DUE + k * SECOND // 8, 57 + k) for k in range(12)]
    linear = (picture(circuit, framing_of(*cues), DUE + SECOND) / 255.0) ** 2.2
    assert not ((linear[..., 0] >= 0.8 * linear.sum(axis=2)) & (linear[..., 0] > 0.05)).any()


@pytest.mark.parametrize(("layers", "units"), [(1, 1), (3, 7)])
def test_networks_of_any_size_are_drawn(toolkit, layers, units):
    anatomy = NetworkSummary.dummy(layers, units)
    circuit = CircuitScene(anatomy, toolkit)
    rest = picture(circuit, framing_of(anatomy=anatomy), 0)
    signals = stepped(0, np.zeros((layers, units)), layers, units)
    for source in NoteSource:
        framing = framing_of(a_cue(0, DUE, 60, source, signals), anatomy=anatomy)
        assert not np.array_equal(rest, picture(circuit, framing, DUE + SECOND // 5))


@pytest.mark.parametrize("pitch", [0, 127])
def test_notes_off_the_piano_do_no_harm(circuit, pitch):
    picture(circuit, framing_of(a_cue(pitch=pitch)), DUE - SECOND // 5)
