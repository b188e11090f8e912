from __future__ import annotations

import numpy as np
import pytest

from messages.cues import NoteSource
from visuals.drawing.line_renderer import LineBatch
from visuals.network_summary import NetworkSummary
from visuals.scenes.base.cortex_layout import lay_out_cortex
from visuals.scenes.cortex.note_threads import PULSE_TRAVEL_S, NoteThreadRenderer

NETWORK = NetworkSummary.dummy(2, 24)
LAYOUT = lay_out_cortex(NETWORK, (960.0, 444.0))
PITCH = 66


@pytest.fixture
def drawn(resources, make_cue, make_frame):
    """Function that draws the threads of one note; returns start, end and colour, and pulses."""

    def draw(source: NoteSource, time_s: float):
        cue = make_cue(due_s=2.0, pitch=PITCH, source=source, network=NETWORK)
        lines = LineBatch()
        renderer = NoteThreadRenderer(NETWORK, LAYOUT, resources.keyboard)
        pulses = renderer.draw(lines, make_frame(NETWORK, [cue], time_s))
        return lines.concatenate(), pulses

    return draw


def test_a_thread_joins_cells_of_the_last_layer_and_the_key(drawn, resources):
    (start, end, colour, _), _ = drawn(NoteSource.NETWORK, 2.1)
    assert set(colour.tolist()) == {PITCH % 12}
    assert np.abs(end - resources.keyboard.key_top(PITCH)).sum(axis=1).min() < 1e-6
    cells = LAYOUT.position[LAYOUT.layer == 1]
    assert np.abs(cells[:, None] - start[None]).sum(axis=2).min() < 1e-6


def test_pulses_arrive_as_the_network_plays_and_leave_as_a_visitor_plays(drawn):
    before, after = 2.0 - 0.5 * PULSE_TRAVEL_S, 2.0 + 0.5 * PULSE_TRAVEL_S
    assert drawn(NoteSource.NETWORK, before)[1]
    assert not drawn(NoteSource.NETWORK, after)[1]
    assert not drawn(NoteSource.VISITOR, before)[1]
    assert drawn(NoteSource.VISITOR, after)[1]


def test_there_is_no_thread_long_before_or_after_a_note(drawn):
    assert drawn(NoteSource.NETWORK, 1.0)[0] is None
    assert drawn(NoteSource.NETWORK, 6.0)[0] is None
