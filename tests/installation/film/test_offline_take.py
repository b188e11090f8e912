from __future__ import annotations

import numpy as np
import pytest

from installation.config import LiveSettings
from installation.film.offline_take import (
    BLEND_SWEEP_PERIOD_S,
    BLEND_SWEEP_START_S,
    FADE_TAIL_S,
    SAMPLE_RATE_HZ,
    ScriptedKeyPress,
    compose_take,
    render_audio,
    sweep_blend,
    visitor_key_presses,
)
from installation.io.audio.instruments import BLOCK_FRAMES, ClickInstrument
from messages.clock import SECOND
from messages.cues import NoteCue, NoteSource
from tests.dummy_composer import DummyComposer

SETTINGS = LiveSettings(tempo=100)


def take_of(seconds: float = 12.0, seed: int = 3, visitor=None):
    return compose_take(DummyComposer(), SETTINGS, seconds, seed, visitor)


def dues(take, source: NoteSource) -> list[int]:
    return [
        timed.message.due
        for timed in take.stage_messages
        if isinstance(timed.message, NoteCue) and timed.message.source is source
    ]


def test_the_same_seed_gives_the_same_take():
    one, other = take_of(), take_of()
    assert [(timed.at, timed.message) for timed in one.midi_messages] == [
        (timed.at, timed.message) for timed in other.midi_messages
    ]
    assert dues(one, NoteSource.NETWORK) == dues(other, NoteSource.NETWORK)


def test_another_seed_gives_another_take():
    assert dues(take_of(seed=1), NoteSource.NETWORK) != dues(take_of(seed=2), NoteSource.NETWORK)


def test_the_visitor_of_a_take_is_heard_and_answered():
    take = take_of(visitor=[ScriptedKeyPress(2.0, 64, 0.3), ScriptedKeyPress(2.5, 67, 0.3)])
    assert dues(take, NoteSource.VISITOR) == [2 * SECOND, round(2.5 * SECOND)]
    assert max(dues(take, NoteSource.NETWORK)) > 4 * SECOND


def test_every_note_shown_on_the_stage_sounds_when_it_is_due():
    take = take_of(visitor=[])
    ons = {timed.at for timed in take.midi_messages if timed.message.type == "note_on"}
    sounded = {due for due in dues(take, NoteSource.NETWORK) if due < take.end}
    assert sounded
    assert sounded <= ons


def test_all_notes_end_with_the_take():
    take = take_of()
    balance: dict[tuple[int, int], int] = {}
    for timed in take.midi_messages:
        if timed.message.type in ("note_on", "note_off"):
            key = timed.message.channel, timed.message.note
            balance[key] = int(timed.message.type == "note_on")
    assert not any(balance.values())


@pytest.mark.parametrize("start", [0, SECOND])
def test_a_note_sounds_at_its_sample(start):
    take = take_of(4.0, visitor=[ScriptedKeyPress(2.0, 64, 0.3)])
    instruments = {0: ClickInstrument(), 1: ClickInstrument()}
    sound = render_audio(take, instruments, 1.0, start)
    assert len(sound) == round((take.end - start) / SECOND * SAMPLE_RATE_HZ) + round(
        FADE_TAIL_S * SAMPLE_RATE_HZ
    )
    clicks = np.flatnonzero(np.abs(sound[:, 0]) > 0.05)
    wanted = round((2 * SECOND - start) * SAMPLE_RATE_HZ / SECOND)
    assert np.abs(clicks - wanted).min() <= BLOCK_FRAMES  # the limiter's lookahead


def test_the_visitor_plays_only_within_the_take():
    assert visitor_key_presses(5.0) == []
    assert all(press.at < 9.0 for press in visitor_key_presses(9.0))
    assert len(visitor_key_presses(60.0)) > len(visitor_key_presses(20.0))


def test_a_take_without_duration_is_refused():
    with pytest.raises(ValueError, match="some seconds, not 0"):
        take_of(0)


def test_the_changing_blend_reaches_every_style():
    weights = np.array(
        [step.change.shares for step in sweep_blend(3, BLEND_SWEEP_START_S + BLEND_SWEEP_PERIOD_S)]
    )
    np.testing.assert_allclose(weights.sum(axis=1), 1.0)
    assert (weights >= 0).all()
    assert (weights.max(axis=0) > 0.8).all()
    assert weights[0].tolist() == [1.0, 0.0, 0.0]
    assert np.abs(np.diff(weights, axis=0)).max() < 0.1
    assert sweep_blend(1, 60.0) == []
