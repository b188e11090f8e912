from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from installation.config import STATE_SOURCE
from installation.state_out.live_state import LiveState
from installation.state_out.state_sources import StateSource, StateSourceError
from messages.cues import SIGNALS, NoteSource, Turn

ACTIVATIONS = np.arange(2 * 6 * 3, dtype=np.float32).reshape(2, 6, 3) / 100


def state(**values) -> LiveState:
    return LiveState(**{"activations": ACTIVATIONS} | values)


@pytest.mark.parametrize(
    ("text", "signal"), [("unit", "hidden"), ("keep", "forget"), ("write", "input")]
)
def test_a_unit_is_counted_from_one(text, signal):
    value = StateSource.parse(f"{text} 2 3").read(state())
    assert value == pytest.approx(ACTIVATIONS[1, SIGNALS.index(signal), 2])


def test_a_gate_of_a_layer_is_its_mean():
    value = StateSource.parse("say 1").read(state())
    assert value == pytest.approx(ACTIVATIONS[0, SIGNALS.index("output")].mean())


def test_a_cell_is_squashed_as_the_network_does_it():
    value = StateSource.parse("cell 1 2").read(state())
    assert value == pytest.approx(math.tanh(ACTIVATIONS[0, SIGNALS.index("cell"), 1]))


def test_voices_and_single_values_are_read():
    moment = state(loudness={NoteSource.BASS: 0.5}, energy=0.25, turn=Turn.ANSWER, beat=0.75)
    texts = ("bass", "drums", "energy", "turn", "beat", "surprise")
    assert [StateSource.parse(text).read(moment) for text in texts] == [0.5, 0, 0.25, 2, 0.75, 0]


def test_a_unit_that_another_network_does_not_have_is_zero_and_is_refused_in_advance():
    source = StateSource.parse("unit 2 4")
    assert source.read(state()) == 0.0 and source.read(LiveState()) == 0.0
    with pytest.raises(StateSourceError, match="unit 2 4: the network has 2 layers of 3 units"):
        source.require_in(2, 3)
    source.require_in(2, 4)


@given(st.from_regex(STATE_SOURCE, fullmatch=True))
def test_every_source_that_the_settings_accept_is_read_within_its_range(text):
    source = StateSource.parse(text)
    low, high = source.range
    assert low <= source.read(state()) <= high
