from __future__ import annotations

import numpy as np
import pytest

from installation.state_out.live_state import StateFollower
from installation.state_out.state_sources import StateSource
from messages.clock import SECOND
from messages.cues import (
    BandCue,
    CueWithdrawal,
    NoteRelease,
    NoteSource,
    RhythmBelief,
    Turn,
    TurnChange,
)


@pytest.fixture
def follower(axis) -> StateFollower:
    return StateFollower(axis)


def at(follower, seconds: float):
    return follower.state_at(round(seconds * SECOND))


def test_a_note_counts_while_it_sounds(follower, cue):
    follower.send_message(cue(0, 1.0, velocity=127, duration=0.5))
    assert at(follower, 0.9).loudness == {}
    assert at(follower, 1.0).loudness == {NoteSource.NETWORK: 1.0}
    assert at(follower, 1.5).loudness == {}


def test_a_ghost_counts_as_the_network(follower, cue):
    follower.send_message(cue(0, 1.0, NoteSource.GHOST, velocity=127))
    state = at(follower, 1.0)
    assert state.loudness == {NoteSource.NETWORK: 1.0}
    assert StateSource.parse("network").read(state) == 1.0


def test_the_activations_of_the_last_note_stay(follower, cue):
    assert at(follower, 0.5).activations.size == 0
    follower.send_message(cue(0, 1.0, level=0.25))
    follower.send_message(cue(1, 2.0, level=0.75))
    assert at(follower, 1.9).activations.max() == 0.25
    state = at(follower, 9.0)
    assert state.activations.min() == 0.75 and state.surprise == 2.0


def test_a_held_key_sounds_until_it_is_released(follower, cue):
    follower.send_message(cue(0, 1.0, NoteSource.VISITOR, duration=0.0))
    assert NoteSource.VISITOR in at(follower, 5.0).loudness
    follower.send_message(NoteRelease(0, 6 * SECOND))
    assert NoteSource.VISITOR in at(follower, 5.9).loudness
    assert at(follower, 6.0).loudness == {}


def test_a_withdrawn_note_never_counts(follower, cue):
    follower.send_message(cue(0, 1.0))
    follower.send_message(cue(1, 2.0))
    follower.send_message(CueWithdrawal(0, round(1.5 * SECOND)))
    assert at(follower, 1.1).loudness
    assert at(follower, 2.1).loudness == {}


def test_energy_rises_with_the_notes_and_falls_in_silence(follower, cue):
    for serial in range(40):
        follower.send_message(cue(serial, serial / 10))
    few, many = at(follower, 0.3).energy, at(follower, 4.0).energy
    assert 0.0 < few < many <= 1.0
    assert at(follower, 30.0).energy < 0.01


def test_turn_beat_and_bar_are_those_of_the_moment(follower):
    follower.send_message(TurnChange(2 * SECOND, Turn.ANSWER))
    assert at(follower, 1.9).turn is Turn.ATTRACT
    state = at(follower, 2.25)
    assert (state.turn, state.beat, state.bar) == (Turn.ANSWER, 0.5, 0.125)
    follower.send_message(RhythmBelief(2 * SECOND, 0, SECOND // 2, "3/4", 0.5, 1.0))
    assert at(follower, 2.5).bar == pytest.approx(2 / 3)


def test_a_hit_of_the_band_sounds_and_leaves_the_network_as_it_is(follower, cue):
    follower.send_message(cue(0, 1.0, level=0.5))
    cells = np.ones((10, 6), np.float32)
    follower.send_message(BandCue(SECOND * 5 // 4, SECOND // 4, 36, 127, NoteSource.DRUMS, cells))
    state = at(follower, 1.3)
    assert state.loudness[NoteSource.DRUMS] == 1.0
    assert state.activations.max() == 0.5
    assert NoteSource.DRUMS not in at(follower, 1.6).loudness
