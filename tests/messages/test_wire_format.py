from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages.cues import KEY_COUNT, BlendChange, BlendContributions, WrittenText
from messages.wire_format import contributions_size, pack, unpack

CHANCES = st.lists(st.floats(0, 1, width=32), min_size=1, max_size=6)
NAMES = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20))


def some_shares(weights: list[float], units: int, serial: int = 7) -> BlendContributions:
    generator = np.random.default_rng(len(weights))
    styles = len(weights)
    states = generator.uniform(-1, 1, (styles, units)).astype(np.float16).astype(np.float32)
    ahead = generator.uniform(0, 1, (styles, KEY_COUNT)).astype(np.float16).astype(np.float32)
    chances = np.array(weights, np.float32)
    return BlendContributions(serial, chances, chances[::-1], ahead, states)


@given(st.integers(0, 2**40), CHANCES, st.integers(1, 40))
def test_shares_come_back_from_the_wire(serial, weights, units):
    sent = some_shares(weights, units, serial)
    data = pack(sent)
    back = unpack(data)
    assert len(data) == contributions_size(len(weights), units)
    assert back.serial == serial
    for name in ("weights", "note_probs", "next_key_probabilities", "hidden"):
        np.testing.assert_array_equal(getattr(back, name), getattr(sent, name))


@given(st.integers(-(2**40), 2**40), NAMES, st.floats(0.125, 3, width=32))
def test_a_blending_comes_back_from_the_wire(at, names, temperature):
    weights = tuple(np.linspace(0, 1, len(names), dtype=np.float32).tolist())
    sent = BlendChange(at, tuple(names), weights, temperature)
    assert unpack(pack(sent)) == sent


@given(st.integers(0, 2**40), st.text(st.characters(codec="utf-8")))
def test_what_was_written_comes_back_from_the_wire(serial, text):
    assert unpack(pack(WrittenText(serial, text))) == WrittenText(serial, text)


@pytest.mark.parametrize(
    "message", [some_shares([0.25, 0.75], 8), BlendChange(5, ("a", "b"), (0.5, 0.5))]
)
def test_what_is_cut_off_is_no_message(message):
    data = pack(message)
    for size in range(1, len(data) - 2):
        with pytest.raises(ValueError, match=r"message|weights|buffer"):
            unpack(data[:size])


def test_every_network_has_its_share():
    with pytest.raises(ValueError, match="2 networks have 1 weights"):
        BlendChange(0, ("a", "b"), (1.0,))
    with pytest.raises(ValueError, match="shares of 2 networks"):
        BlendContributions(0, *(np.ones(2),) * 2, np.ones((3, KEY_COUNT)), np.ones((2, 4)))
