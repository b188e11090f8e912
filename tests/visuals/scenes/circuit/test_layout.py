from __future__ import annotations

import numpy as np
import pygame
import pytest

from midi_data.notes import HIGHEST_PITCH, LOWEST_PITCH
from visuals.drawing.picture_layout import LAYOUTS
from visuals.drawing.theme import KEYBOARD_RECT
from visuals.drawing.typography import Typesetter
from visuals.hud.overlay import tour_button_rect
from visuals.lessons.panel_layout import BUTTON_RADIUS_PX
from visuals.scenes.circuit.layout import LANDSCAPE_PLACES as PLACES
from visuals.scenes.circuit.layout import (
    MAX_MEMORY_LINES,
    TRACES_PER_BUNDLE,
    heard_note_path,
    lay_out_circuit,
    output_thread_path,
    place_circuit,
    rounded_polyline,
)
from visuals.widgets.piano_keyboard import PianoKeyboard


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


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_no_thread_turns_back_on_its_way_and_none_passes_the_buttons(layout):
    pygame.font.init()
    places, keyboard = place_circuit(layout), PianoKeyboard(Typesetter(), layout.keyboard)
    buttons = [layout.lesson_button, tour_button_rect(layout).center]
    for pitch in range(LOWEST_PITCH, HIGHEST_PITCH + 1):
        key_x = keyboard.key_top(pitch)[0]
        thread, heard = output_thread_path(key_x, places), heard_note_path(key_x, places)
        assert (np.diff(thread[:, 1]) > -1e-6).all()  # downwards all the way
        turn_y = 0.0 if places.thread_turn is None else places.thread_turn[1] + 50
        across = np.diff(thread[thread[:, 1] > turn_y, 0])
        assert (across < 1e-6).all() or (across > -1e-6).all()
        level = heard[heard[:, 1] > places.trunk_y + 60]
        assert (np.diff(level[:, 1]) < 1e-6).all()  # upwards all the way
        for centre in buttons:
            assert np.hypot(*(thread - centre).T).min() > BUTTON_RADIUS_PX + 4
