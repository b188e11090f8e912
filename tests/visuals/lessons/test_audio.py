from __future__ import annotations

import pytest

from messages.gestures import Attend, Demonstrate, Hush
from midi_data.notes import Note
from visuals.lessons.actions import Action
from visuals.lessons.audio import FURTHEST, LOUDEST, MOST, SOON, DummyVoice, SinkVoice, Song
from visuals.lessons.player import TICK, Player
from visuals.lessons.walkthrough import Step, Walk
from visuals.timeline import SECOND
from visuals.window.frame_clock import DummyStageClock

TUNE = (Note(60, 0.0, 1.0), Note(64, 1.0, 0.5))


class Singing(Walk):
    steps = (Step("first"), Step("runs", runs=True), Step("last"))

    def _begin(self) -> None:
        self.ticks = 0

    def _do_first(self) -> None:
        self.sing(TUNE)

    def _tick(self) -> None:
        self.ticks += 1
        if self.ticks == 3:
            self.sing(TUNE[:1])


@pytest.fixture
def voice() -> DummyVoice:
    voice = DummyVoice()
    voice.open()
    return voice


def test_beats_become_times():
    tones = Song(TUNE, beat=0.25, velocity=40).tones(SECOND)
    assert [(t.pitch, t.velocity, t.at, t.duration) for t in tones] == [
        (60, 40, SECOND, SECOND // 4),
        (64, 40, SECOND + SECOND // 4, SECOND // 8),
    ]


def test_a_song_out_of_bounds_is_kept_within_them():
    notes = [Note(60, k / 100, 1000.0) for k in range(2 * MOST)] + [Note(60, 1e6, 1.0)]
    tones = Song(tuple(notes), beat=1.0, velocity=127).tones(0)
    assert len(tones) == MOST
    assert max(tone.velocity for tone in tones) == LOUDEST
    assert all(tone.at < FURTHEST for tone in Song((Note(60, 59.5, 1.0),), 1.0).tones(0))


def test_the_first_step_is_heard_once_the_lesson_runs(voice):
    player = Player(Singing(), voice)
    player.run(SECOND)
    assert [tone.at for tone in voice.told[-1]] == [SECOND + SOON, SECOND + SOON + SECOND // 2]


def test_what_a_tick_asks_for_sounds_from_that_tick_on(voice):
    player = Player(Singing(), voice)
    player.press(Action.STEP, SECOND)
    player.run(SECOND + 5 * TICK)
    assert voice.told[-1][0].at == SECOND + 3 * TICK + SOON


@pytest.mark.parametrize("action", [Action.STEP, Action.RESTART])
def test_a_step_that_is_left_is_silent(voice, action):
    player = Player(Singing(), voice)
    player.press(Action.STEP, SECOND)
    player.run(SECOND + 4 * TICK)
    told = len(voice.told)
    player.press(action, SECOND + 5 * TICK)
    assert voice.told[told] == "hush"


def test_keys_light_while_their_tones_sound(voice):
    voice.sing(Song(TUNE, beat=1.0).tones(SECOND))
    lit = [voice.sounding(round(s * SECOND)) for s in (0.9, 1.0, 1.9, 2.1, 2.6)]
    assert lit == [set(), {60}, {60}, {64}, set()]
    assert voice.is_singing(2 * SECOND)
    assert not voice.is_singing(3 * SECOND)


def test_a_closed_lesson_cannot_sing():
    voice = DummyVoice()
    voice.sing(Song(TUNE).tones(0))
    assert voice.told == []
    voice.open()
    voice.close()
    voice.close()
    assert voice.told == [True, False]


def test_closing_while_it_sings_ends_all_first(voice):
    voice.sing(Song(TUNE).tones(0))
    voice.close()
    assert voice.told[-2:] == ["hush", False]
    assert voice.sounding(1) == set()


def test_gestures_carry_what_is_sung():
    gestures: list = []
    voice = SinkVoice(gestures.append, DummyStageClock(SECOND))
    voice.open()
    tones = Song(TUNE).tones(2 * SECOND)
    voice.sing(tones)
    voice.close()
    assert [type(g) for g in gestures] == [Attend, Demonstrate, Hush, Attend]
    assert [gestures[0].open, gestures[-1].open] == [True, False]
    assert gestures[1].tones == tones
    assert all(g.at > SECOND for g in gestures)
