from __future__ import annotations

import numpy as np
import pytest

from messages.cues import NoteSource
from visuals.network_summary import NetworkSummary
from visuals.scenes.circuit.layout import LANDSCAPE_PLACES as PLACES
from visuals.scenes.circuit.scene import CircuitScene

NETWORK = NetworkSummary.dummy(2, 60)


@pytest.fixture(scope="module")
def circuit(resources) -> CircuitScene:
    return CircuitScene(NETWORK, resources)


def test_a_unit_is_found_anywhere_along_its_line(circuit):
    layer, unit = circuit.hit_targets.units[5].tolist()
    _, y = circuit.unit_position(layer, unit)
    assert layer == NETWORK.layers - 1
    for x in (PLACES.bus_left - 10, 960, PLACES.bus_right + 10):
        assert circuit.unit_at(x, y) == (layer, unit)
    assert circuit.unit_at(PLACES.bus_left - 60, y) is None


@pytest.mark.parametrize("valve", [PLACES.forget, PLACES.input, PLACES.output])
def test_open_gates_let_light_through_their_valve(circuit, make_cue, draw, valve):
    x, y = valve.centre.astype(int)
    lights = []
    for gate in (0.1, 0.9):
        cue = make_cue(due_s=1.0, signals=np.full((2, 6, 60), gate))
        lights.append(
            draw(circuit, [cue], 5.0, detail_level=0)[x - 9 : x + 9, y - 9 : y + 9].mean()
        )
    assert lights[1] > lights[0] + 10


def test_the_four_numbers_have_the_colour_of_the_cell_they_belong_to(
    circuit, make_cue, draw, monkeypatch
):
    typesetter, names, numbers = circuit.resources.typesetter, [], []
    monkeypatch.setattr(
        typesetter,
        "draw_note_name",
        lambda surface, name, place, style, align: names.append((place[0], style.colour)),
    )
    monkeypatch.setattr(
        typesetter,
        "draw_text",
        lambda surface, text, place, style, align="left": numbers.append((text, style.colour)),
    )
    for time_s in (4.0, 5.0):  # the cell comes slowly
        draw(circuit, [make_cue(due_s=1.0, network=NETWORK)], time_s)
    beside_the_bus = [colour for x, colour in names if x < PLACES.bus_left]
    written = [colour for text, colour in numbers if text[-1:].isdigit()]
    assert written[-4:] == 4 * beside_the_bus[-1:]
    assert len(set(written[-1])) > 1  # no grey


def test_the_line_that_answers_to_a_visitor_s_key_lights_in_the_visitor_s_colour(
    resources, make_change, draw
):
    unit, other = (
        int(each) for each in CircuitScene(NETWORK, resources).hit_targets.units[[9, 30], 1]
    )
    by_visitor, by_network = (
        draw(CircuitScene(NETWORK, resources), make_change(NETWORK, unit, source), 3.3)
        for source in (NoteSource.VISITOR, NoteSource.NETWORK)
    )
    heights = [
        int(CircuitScene(NETWORK, resources).unit_position(1, each)[1]) for each in (unit, other)
    ]
    right = np.s_[1560:1740]
    answering, resting = ((by_visitor - by_network)[right, y].mean() for y in heights)
    assert answering > 15
    assert abs(resting) < 3


def test_one_cell_is_named_while_another_takes_its_place(circuit, make_cue, draw, monkeypatch):
    named = []
    monkeypatch.setattr(
        circuit.resources.typesetter,
        "draw_note_name",
        lambda surface, name, place, *style: named.append(place[0] < PLACES.bus_left),
    )
    cues = [make_cue(serial, 1.0 + serial, network=NETWORK) for serial in range(12)]
    for frame in range(40):
        named.clear()
        draw(circuit, cues, 4.0 + frame / 5)
        assert sum(named) == 1
