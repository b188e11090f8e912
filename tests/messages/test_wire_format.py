from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages.cues import (
    KEY_COUNT,
    SIGNALS,
    BandCue,
    BlendChange,
    BlendContributions,
    ComparedVersion,
    CueWithdrawal,
    ModelChange,
    NoteAttribution,
    NoteCue,
    NoteRelease,
    NoteSource,
    RhythmBelief,
    Turn,
    TurnChange,
    UnitComparison,
    VisitEndWarning,
    WrittenText,
)
from messages.wire_format import cue_size, pack, unpack

PROBABILITIES = st.lists(st.floats(0, 1, width=32), min_size=1, max_size=6)
TIMES, SERIALS = st.integers(-(2**40), 2**40), st.integers(0, 2**40)


def half_precision(generator: np.random.Generator, *shape: int) -> np.ndarray:
    """Random numbers that float16 holds exactly."""
    return generator.uniform(-1, 1, shape).astype(np.float16).astype(np.float32)


def random_contributions(weights: list[float], units: int, serial: int = 7) -> BlendContributions:
    generator = np.random.default_rng(len(weights))
    styles, probabilities = len(weights), np.array(weights, np.float32)
    return BlendContributions(
        serial,
        probabilities,
        probabilities[::-1],
        half_precision(generator, styles, KEY_COUNT),
        half_precision(generator, styles, units),
    )


def random_cue(layers: int, units: int) -> NoteCue:
    generator = np.random.default_rng(units)
    return NoteCue(
        5,
        2**40,
        10**9,
        60,
        80,
        NoteSource.NETWORK,
        1.5,
        half_precision(generator, layers, len(SIGNALS), units),
        half_precision(generator, KEY_COUNT),
    )


def assert_same(sent, received) -> None:
    assert type(sent) is type(received)
    for name in type(sent).__dataclass_fields__:
        np.testing.assert_array_equal(getattr(received, name), getattr(sent, name))


@given(SERIALS, PROBABILITIES, st.integers(1, 40))
def test_blend_contributions_survive_packing(serial, weights, units):
    sent = random_contributions(weights, units, serial)
    assert_same(sent, unpack(pack(sent)))


@given(st.integers(1, 3), st.integers(1, 40))
def test_a_cue_survives_packing(layers, units):
    sent = random_cue(layers, units)
    data = pack(sent)
    assert len(data) <= cue_size(layers, units)
    assert_same(sent, unpack(data))


@given(st.integers(100, 2**40), st.lists(st.floats(-30, 30, width=32), max_size=64))
def test_an_attribution_survives_packing(serial, contributions):
    serials = serial - 1 - np.arange(len(contributions))[::-1]
    sent = NoteAttribution(serial, serials, np.array(contributions, np.float32))
    assert_same(sent, unpack(pack(sent)))


def test_an_attribution_is_no_larger_than_the_cue_of_a_small_network():
    message = NoteAttribution(70, np.arange(6, 70), np.ones(64, np.float32))
    assert len(pack(message)) <= cue_size(1, 64)


@given(TIMES, st.lists(st.text()), st.floats(0.125, 3))
def test_a_blend_change_survives_packing(at, names, temperature):
    weights = tuple(np.linspace(0, 1, len(names)).tolist())
    sent = BlendChange(at, tuple(names), weights, temperature)
    assert unpack(pack(sent)) == sent


@given(
    st.one_of(
        st.builds(NoteRelease, SERIALS, TIMES),
        st.builds(CueWithdrawal, SERIALS, TIMES),
        st.builds(TurnChange, TIMES, st.sampled_from(Turn), st.integers(1, 2**40)),
        st.builds(ModelChange, st.text()),
        st.builds(RhythmBelief, TIMES, TIMES, TIMES, st.text(), st.floats(0, 1), st.floats(0, 1)),
        st.builds(VisitEndWarning, TIMES, TIMES),
        st.builds(UnitComparison, TIMES, SERIALS, SERIALS, st.sampled_from(ComparedVersion)),
        st.builds(WrittenText, SERIALS, st.text()),
    )
)
def test_small_messages_survive_packing(message):
    assert unpack(pack(message)) == message


@pytest.mark.parametrize(
    "message",
    [
        random_contributions([0.25, 0.75], 8),
        random_cue(1, 2),
        BlendChange(5, ("a", "b"), (0.5, 0.5)),
        TurnChange(7, Turn.ANSWER),
        NoteAttribution(3, np.arange(3), np.ones(3, np.float32)),
    ],
)
def test_truncated_bytes_are_refused(message):
    data = pack(message)
    for size in range(len(data)):
        with pytest.raises(ValueError, match="not a message"):
            unpack(data[:size])


@pytest.mark.parametrize("data", [b"\xff", bytes((3,)) + b"\x01", pack(ModelChange("a"))[1:]])
def test_other_bytes_are_refused(data):
    with pytest.raises(ValueError, match="not a message"):
        unpack(data)


def test_a_cue_of_the_band_survives_packing_and_is_no_larger_than_a_cue():
    cells = half_precision(np.random.default_rng(1), 10, 6)
    sent = BandCue(2**60, 10**9, 36, 127, NoteSource.DRUMS, cells, (2**60,) * 4)
    assert len(pack(sent)) <= cue_size(1, 64)
    assert_same(sent, unpack(pack(sent)))
