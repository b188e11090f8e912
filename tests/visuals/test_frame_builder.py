"""A silenced unit goes dark at once, and comes back when it is released."""

from __future__ import annotations

import numpy as np
import pytest

from messages.clock import SECOND
from messages.cues import HIDDEN_INDEX, KEY_COUNT, SIGNALS, NoteCue, NoteSource
from messages.gestures import HeldUnit
from visuals.frame_builder import FrameBuilder
from visuals.network_summary import NetworkSummary

LAYERS, UNITS = 2, 32
NETWORK = NetworkSummary.dummy(LAYERS, UNITS)
ALL = [HeldUnit(layer, unit, 0.0) for layer in range(LAYERS) for unit in range(UNITS)]


def create_builder() -> FrameBuilder:
    builder = FrameBuilder(NETWORK)
    signals = np.full((LAYERS, len(SIGNALS), UNITS), 0.8, np.float32)
    for k in range(8):
        due = SECOND + k * SECOND // 4
        ahead = np.full(KEY_COUNT, 1 / KEY_COUNT, np.float32)
        builder.apply_message(
            NoteCue(k, due, SECOND // 5, 60 + k, 90, NoteSource.NETWORK, 1.0, signals, ahead)
        )
    return builder


def after(builder: FrameBuilder, seconds: float, start: float = 2.0):
    """The last of the frames from `start` on."""
    for number in range(round(seconds * 60) + 1):
        frame = builder.build_frame(round((start + number / 60) * SECOND), number)
    return frame


def test_a_silenced_unit_is_dark_within_a_fifth_of_a_second_and_the_others_are_not():
    builder = create_builder()
    after(builder, 0)
    builder.set_held_units([HeldUnit(1, 7, 0.0)])
    hidden = after(builder, 0.2).activations[:, HIDDEN_INDEX]
    assert abs(hidden[1, 7]) < 0.05
    assert hidden[1, 6] > 0.5
    assert hidden[0, 7] > 0.5


def test_it_comes_back_when_it_is_let_go_of():
    builder = create_builder()
    builder.set_held_units([HeldUnit(1, 7, 0.0)])
    after(builder, 0.2)
    builder.set_held_units([])
    assert after(builder, 0.3, start=2.2).activations[1, HIDDEN_INDEX, 7] > 0.5


def test_what_is_amplified_is_left_to_the_network():
    builder = create_builder()
    plain = after(builder, 0.2).activations
    builder.set_held_units([HeldUnit(1, 7, 8.0)])
    assert after(builder, 0.2).activations == pytest.approx(plain)
