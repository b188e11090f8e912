from __future__ import annotations

import numpy as np
import pytest

from visuals.drawing.theme import FIFTHS, FIFTHS_POSITION
from visuals.network_summary import NetworkSummary
from visuals.scenes.shown_units import (
    MAX_UNITS_PER_PITCH_CLASS,
    assign_slots,
    choose_shown_units,
    most_selective,
    output_hit_targets,
)

NETWORK = NetworkSummary.dummy(2, 128)


def test_units_come_in_the_order_of_fifths_each_once():
    units = choose_shown_units(NETWORK, 30)
    places = [FIFTHS_POSITION[NETWORK.preferred_pitch_class[-1, unit]] for unit in units]
    assert places == sorted(places)
    assert len(set(units.tolist())) == 30


def test_no_pitch_class_takes_more_than_its_share():
    preferred = NETWORK.preferred_pitch_class[-1, choose_shown_units(NETWORK, 30)]
    assert np.bincount(preferred).max() <= MAX_UNITS_PER_PITCH_CLASS


def test_of_a_small_network_every_unit_is_shown():
    small = NetworkSummary.dummy(1, 7)
    assert sorted(choose_shown_units(small, 30).tolist()) == list(range(7))


def test_the_most_selective_units_keep_their_order():
    assert most_selective(np.array([0.1, 0.9, 0.5, 0.7], np.float32), 2).tolist() == [1, 3]


def test_slots_follow_pitch_class_and_selectivity():
    pitch_classes = np.repeat(FIFTHS[:3], 2)[::-1].copy()
    selectivity = np.array([0.2, 0.9] * 3, np.float32)
    turn, reach = np.arange(6.0), np.array([2.0, 1.0] * 3)
    slots = assign_slots(pitch_classes, selectivity, turn, reach)
    assert sorted(slots.tolist()) == list(range(6))
    assert (slots // 2).tolist() == [2, 2, 1, 1, 0, 0]
    assert reach[slots].tolist() == [1.0, 2.0] * 3


def test_hit_targets_are_units_of_the_last_layer():
    targets = output_hit_targets(NETWORK, np.array([5, 9]), np.array([(10.0, 20.0), (300.0, 20.0)]))
    assert targets.unit_at(10, 20) == (1, 5)
    assert targets.unit_position((1, 9)) == pytest.approx((300, 20))
