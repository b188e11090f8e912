from __future__ import annotations

import numpy as np
import pygame
import pytest

from messages.cues import NoteSource
from visuals.drawing.bloom import GlowLayer
from visuals.drawing.line_renderer import LineRenderer
from visuals.network_summary import NetworkSummary
from visuals.scenes.circuit.gate_valves import CIRCUIT_PALETTE
from visuals.scenes.circuit.key_threads import KeyThreads
from visuals.scenes.circuit.layout import OUTPUT_JUNCTION_PX, TRUNK_LEFT_PX
from visuals.scenes.glowing_lines import GlowingLines

NETWORK = NetworkSummary.dummy(1, 8)


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
    assert abs(points[0, 0] - OUTPUT_JUNCTION_PX[0]) < 10
    assert sprites


def test_a_visitor_s_thread_leads_to_the_trunk(thread):
    points, _ = thread(NoteSource.VISITOR, 2.2)
    assert points[-1, 0] == pytest.approx(TRUNK_LEFT_PX)


def test_only_the_network_s_light_sets_out_before_the_note(thread):
    early, late = (len(thread(NoteSource.NETWORK, time_s)[0]) for time_s in (1.7, 1.9))
    assert 0 < early < late
    assert not len(thread(NoteSource.VISITOR, 1.9)[0])
