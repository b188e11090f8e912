from __future__ import annotations

import pytest

from messages.clock import SECOND, VirtualClock
from messages.gestures import (
    MAX_ONSET_DELAY_NS,
    MAX_TONES,
    LessonOpenChange,
    LessonPlayRequest,
    LessonSilenceRequest,
)
from midi_data.notes import Note
from visuals.input.lesson_actions import LessonAction
from visuals.lessons.base.audio import (
    ANNOUNCEMENT_INTERVAL_NS,
    LEAD_TIME_NS,
    MAX_VELOCITY,
    DummyLessonAudio,
    GestureLessonAudio,
    NotesRequest,
)
from visuals.lessons.base.walkthrough import LessonStep, Walkthrough
from visuals.lessons.player import TICK_NS, LessonPlayer

TUNE = (Note(60, 0.0, 1.0), Note(64, 1.0, 0.5))


class Singing(Walkthrough):
    steps = (LessonStep("first"), LessonStep("runs", runs=True), LessonStep("last"))

    def _reset(self) -> None:
        self.ticks = 0

    def _do_first(self) -> None:
        self.request_notes(TUNE)

    def _on_tick(self) -> None:
        self.ticks += 1
        if self.ticks == 3:
            self.request_notes(TUNE[:1])


@pytest.fixture
def audio() -> DummyLessonAudio:
    audio = DummyLessonAudio()
    audio.open()
    return audio


def test_beats_become_times():
    tones = NotesRequest(TUNE, seconds_per_beat=0.25, velocity=40).to_tones(SECOND)
    assert [(t.pitch, t.velocity, t.at, t.duration) for t in tones] == [
        (60, 40, SECOND, SECOND // 4),
        (64, 40, SECOND + SECOND // 4, SECOND // 8),
    ]


def test_an_open_lesson_is_announced_again_to_a_performer_that_began_after_it():
    clock, gestures = VirtualClock(), []
    audio = GestureLessonAudio(gestures.append, clock)
    audio.keep_open()
    assert gestures == []
    audio.open()
    for _ in range(10):
        clock.sleep(ANNOUNCEMENT_INTERVAL_NS // 4)
        audio.keep_open()
    assert gestures == [
        LessonOpenChange(True, 0),
        LessonOpenChange(True, ANNOUNCEMENT_INTERVAL_NS),
        LessonOpenChange(True, 2 * ANNOUNCEMENT_INTERVAL_NS),
    ]
    audio.close()
    clock.sleep(10 * ANNOUNCEMENT_INTERVAL_NS)
    audio.keep_open()
    assert gestures[3:] == [LessonOpenChange(False, 10 * ANNOUNCEMENT_INTERVAL_NS // 4)]


def test_a_song_out_of_bounds_is_kept_within_them():
    notes = [Note(60, k / 100, 1000.0) for k in range(2 * MAX_TONES)] + [Note(60, 1e6, 1.0)]
    tones = NotesRequest(tuple(notes), seconds_per_beat=1.0, velocity=127).to_tones(0)
    assert len(tones) == MAX_TONES
    assert max(tone.velocity for tone in tones) == MAX_VELOCITY
    assert all(
        tone.at < MAX_ONSET_DELAY_NS
        for tone in NotesRequest((Note(60, 59.5, 1.0),), 1.0).to_tones(0)
    )


def test_the_first_step_is_heard_once_the_lesson_runs(audio):
    player = LessonPlayer(Singing(), audio)
    player.update(SECOND)
    assert [tone.at for tone in audio.gestures[-1].tones] == [
        SECOND + LEAD_TIME_NS,
        SECOND + LEAD_TIME_NS + SECOND // 2,
    ]


def test_what_a_tick_asks_for_sounds_from_that_tick_on(audio):
    player = LessonPlayer(Singing(), audio)
    player.handle_action(LessonAction.STEP, SECOND)
    player.update(SECOND + 5 * TICK_NS)
    assert audio.gestures[-1].tones[0].at == SECOND + 3 * TICK_NS + LEAD_TIME_NS


@pytest.mark.parametrize("action", [LessonAction.STEP, LessonAction.RESTART])
def test_a_step_that_is_left_is_silent(audio, action):
    player = LessonPlayer(Singing(), audio)
    player.handle_action(LessonAction.STEP, SECOND)
    player.update(SECOND + 4 * TICK_NS)
    count = len(audio.gestures)
    player.handle_action(action, SECOND + 5 * TICK_NS)
    assert isinstance(audio.gestures[count], LessonSilenceRequest)


def test_keys_light_while_their_tones_sound(audio):
    audio.play_tones(NotesRequest(TUNE, seconds_per_beat=1.0).to_tones(SECOND))
    lit = [audio.pitches_sounding_at(round(s * SECOND)) for s in (0.9, 1.0, 1.9, 2.1, 2.6)]
    assert lit == [set(), {60}, {60}, {64}, set()]


def test_a_closed_lesson_cannot_sing():
    audio = DummyLessonAudio()
    audio.play_tones(NotesRequest(TUNE).to_tones(0))
    assert audio.gestures == []
    audio.open()
    audio.close()
    audio.close()
    assert [g.is_open for g in audio.gestures] == [True, False]


def test_closing_while_it_sings_ends_all_first(audio):
    audio.play_tones(NotesRequest(TUNE).to_tones(0))
    audio.close()
    assert isinstance(audio.gestures[-2], LessonSilenceRequest)
    assert audio.gestures[-1].is_open is False
    assert audio.pitches_sounding_at(1) == set()


def test_gestures_carry_what_is_sung():
    gestures: list = []
    audio = GestureLessonAudio(gestures.append, VirtualClock(SECOND))
    audio.open()
    tones = NotesRequest(TUNE).to_tones(2 * SECOND)
    audio.play_tones(tones)
    audio.close()
    assert [type(g) for g in gestures] == [
        LessonOpenChange,
        LessonPlayRequest,
        LessonSilenceRequest,
        LessonOpenChange,
    ]
    assert [gestures[0].is_open, gestures[-1].is_open] == [True, False]
    assert gestures[1].tones == tones
    assert all(gesture.at == SECOND for gesture in gestures)
