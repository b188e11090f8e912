"""A silenced unit goes dark at once, and comes back when it is released."""

from __future__ import annotations

import numpy as np
import pytest

from messages.cues import HIDDEN_INDEX, KEY_COUNT, SIGNALS, NoteCue, NoteSource
from messages.gestures import HeldUnit
from visuals.frame_builder import FrameBuilder
from visuals.network_summary import NetworkSummary
from visuals.timeline import SECOND

LAYERS, UNITS = 2, 32
ANATOMY = NetworkSummary.dummy(LAYERS, UNITS)
ALL = [HeldUnit(layer, unit, 0.0) for layer in range(LAYERS) for unit in range(UNITS)]


def a_framing() -> FrameBuilder:
    framing = FrameBuilder(ANATOMY)
    signals = np.full((LAYERS, len(SIGNALS), UNITS), 0.8, np.float32)
    for k in range(8):
        due = SECOND + k * SECOND // 4
        ahead = np.full(KEY_COUNT, 1 / KEY_COUNT, np.float32)
        framing.apply_message(
            NoteCue(k, due, SECOND // 5, 60 + k, 90, NoteSource.NETWORK, 1.0, signals, ahead)
        )
    return framing


def after(framing: FrameBuilder, seconds: float, start: float = 2.0):
    """The last of the frames from `start` on."""
    for number in range(round(seconds * 60) + 1):
        frame = framing.build_frame(round((start + number / 60) * SECOND), number)
    return frame


def test_a_silenced_unit_is_dark_within_a_fifth_of_a_second_and_the_others_are_not():
    framing = a_framing()
    after(framing, 0)
    framing.set_held_units([HeldUnit(1, 7, 0.0)])
    hidden = after(framing, 0.2).activations[:, HIDDEN_INDEX]
    assert abs(hidden[1, 7]) < 0.05
    assert hidden[1, 6] > 0.5
    assert hidden[0, 7] > 0.5


def test_it_comes_back_when_it_is_let_go_of():
    framing = a_framing()
    framing.set_held_units([HeldUnit(1, 7, 0.0)])
    after(framing, 0.2)
    framing.set_held_units([])
    assert after(framing, 0.3, start=2.2).activations[1, HIDDEN_INDEX, 7] > 0.5


def test_what_is_amplified_is_left_to_the_network():
    framing = a_framing()
    plain = after(framing, 0.2).activations
    framing.set_held_units([HeldUnit(1, 7, 8.0)])
    assert after(framing, 0.2).activations == pytest.approx(plain)
