from __future__ import annotations

import numpy as np
import pytest

from visuals.drawing.theme import KEYBOARD_RECT
from visuals.scenes.circuit.layout import LANDSCAPE_PLACES as PLACES
from visuals.scenes.circuit.layout import (
    MAX_MEMORY_LINES,
    TRACES_PER_BUNDLE,
    heard_note_path,
    lay_out_circuit,
    output_thread_path,
    rounded_polyline,
)


@pytest.mark.parametrize("lines", [1, 5, 47, MAX_MEMORY_LINES])
def test_any_number_of_lines_finds_its_place(lines):
    layout = lay_out_circuit(lines)
    assert len(layout.line_heights) == lines
    assert (np.diff(layout.line_heights) > 0).all()
    assert len(layout.served_lines) == TRACES_PER_BUNDLE
    assert set(layout.served_lines.tolist()) <= set(range(lines))
    assert layout.write_traces[:, 1].tolist() == layout.line_heights[layout.served_lines].tolist()


def test_every_valve_has_a_bundle_from_the_trunk_to_its_rim():
    layout = lay_out_circuit(10)
    assert len(layout.input_traces) == len(PLACES.valves) * TRACES_PER_BUNDLE
    for number, path in enumerate(layout.input_traces):
        valve = PLACES.valves[number // TRACES_PER_BUNDLE]
        assert path[0, 0] == PLACES.trunk_left
        assert valve.radius < np.hypot(*(path[-1] - valve.centre)) < valve.radius + 20


def test_threads_join_junction_trunk_and_key():
    key_top = [500.0, KEYBOARD_RECT.top]
    assert output_thread_path(500.0)[-1] == pytest.approx(key_top)
    assert output_thread_path(500.0)[0, 0] == PLACES.junction[0]
    assert heard_note_path(500.0)[0] == pytest.approx(key_top)
    assert heard_note_path(500.0)[-1] == pytest.approx([PLACES.trunk_left, PLACES.trunk_y])


def test_rounded_lines_keep_their_ends_and_have_even_steps():
    line = rounded_polyline([(0, 0), (100, 0), (100, 100)])
    assert line[0] == pytest.approx([0, 0])
    assert line[-1] == pytest.approx([100, 100])
    steps = np.hypot(*np.diff(line, axis=0).T)
    assert steps.max() < 1.05 * steps.min() + 0.2
