from __future__ import annotations

import numpy as np
import pygame
import pytest

from messages.cues import NoteSource
from visuals.drawing.bloom import GlowLayer
from visuals.drawing.line_renderer import LineRenderer
from visuals.network_summary import NetworkSummary
from visuals.scenes.base.glowing_lines import GlowingLines
from visuals.scenes.circuit.gate_valves import CIRCUIT_PALETTE
from visuals.scenes.circuit.layout import LANDSCAPE_PLACES as PLACES
from visuals.scenes.circuit.layout import lay_out_circuit
from visuals.scenes.circuit.memory_cells import MemoryCellReader
from visuals.scenes.circuit.wiring import INPUT_TRAVEL_S, CircuitWiring, KeyThreads, PulsePaths

NETWORK = NetworkSummary.dummy(1, 8)
SHORT = np.array([(x, 0.0) for x in range(5)])
LONG = np.array([(x, 9.0) for x in range(9)])


def test_a_pulse_starts_and_arrives_on_all_paths_at_once():
    paths = PulsePaths([SHORT, LONG], tail=3)
    assert paths.head_positions(0.0).tolist() == [[0, 0], [0, 9]]
    assert paths.head_positions(0.5).tolist() == [[2, 0], [4, 9]]
    for share in (1.0, 1.7):
        assert paths.head_positions(share).tolist() == [[4, 0], [8, 9]]


@pytest.mark.parametrize(("share", "pieces"), [(0.0, 0), (0.25, 3), (0.5, 5), (1.0, 6)])
def test_the_tail_is_lit_behind_the_pulse_from_the_start_of_the_path(share, pieces):
    start, end = PulsePaths([SHORT, LONG], tail=3).lit_segments(share)
    assert len(start) == pieces
    assert np.array_equal(end - start, np.tile((1.0, 0.0), (pieces, 1)))


@pytest.fixture
def front_levels(make_cue, make_frame):
    """Function that draws notes at some times (s); returns the levels of their fronts."""

    def levels(times_s: list[float], time_s: float) -> list[float]:
        glow = GlowLayer(pygame.Rect(64, 144, 1792, 848))
        wiring = CircuitWiring(lay_out_circuit(8), [0] * 8, glow)
        cues = [make_cue(k, due_s, 60 + k) for k, due_s in enumerate(times_s)]
        frame = make_frame(NETWORK, cues, time_s)
        strokes = GlowingLines(LineRenderer(CIRCUIT_PALETTE), glow)
        wiring.add_curved_traces(strokes, frame, MemoryCellReader(NETWORK).read(frame))
        _, _, colour, level = strokes.lines.concatenate()
        tones = [(60 + k) % 12 for k in range(1, len(cues))]
        return [level[colour == tone].max(initial=0.0) for tone in tones]

    return levels


def test_the_notes_of_a_chord_share_one_front(front_levels):
    assert front_levels([1.0, 1.01, 1.02], 1.1) == [0.0, 0.0]


def test_many_notes_a_second_have_fainter_fronts(front_levels):
    alone = front_levels([0.0, 1.0], 1.0 + INPUT_TRAVEL_S / 2)[-1]
    crowded = front_levels([0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0], 1.0 + INPUT_TRAVEL_S / 2)[-1]
    assert 0 < crowded < 0.5 * alone


@pytest.fixture
def thread(resources, make_cue, make_frame):
    """Function that draws the thread of one note; returns its points (n, 2) and lights."""

    def drawn(source: NoteSource, time_s: float):
        frame = make_frame(NETWORK, [make_cue(due_s=2.0, source=source)], time_s)
        glow = GlowLayer(pygame.Rect(64, 144, 1792, 848))
        strokes = GlowingLines(LineRenderer(CIRCUIT_PALETTE), glow)
        sprites = KeyThreads(resources.keyboard).draw(strokes, frame)
        lines = strokes.lines.concatenate()
        return (np.empty((0, 2)) if lines is None else lines[1]), sprites

    return drawn


def test_the_network_s_thread_leads_from_the_junction_to_the_key(thread, resources):
    points, sprites = thread(NoteSource.NETWORK, 2.1)
    assert points[-1] == pytest.approx(resources.keyboard.key_top(69))
    assert abs(points[0, 0] - PLACES.junction[0]) < 10
    assert sprites


def test_a_visitor_s_thread_leads_to_the_trunk(thread):
    points, _ = thread(NoteSource.VISITOR, 2.2)
    assert points[-1, 0] == pytest.approx(PLACES.trunk_left)


def test_only_the_network_s_light_sets_out_before_the_note(thread):
    early, late = (len(thread(NoteSource.NETWORK, time_s)[0]) for time_s in (1.7, 1.9))
    assert 0 < early < late
    assert not len(thread(NoteSource.VISITOR, 1.9)[0])
