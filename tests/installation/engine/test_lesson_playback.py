from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installation.config import LiveSettings
from installation.engine.lesson_playback import (
    MAX_TONE_DURATION_NS,
    MAX_TONE_OFFSET_NS,
    MAX_TONE_VELOCITY,
    MAX_TONES,
    LessonPlayback,
)
from installation.engine.scheduler import Scheduler
from messages.clock import MILLISECOND, SECOND
from messages.cues import NoteCue, NoteSource, Turn, TurnChange
from messages.gestures import LessonOpenChange, LessonPlayRequest, LessonSilenceRequest, LessonTone

SCALE = [60, 62, 64, 65, 67]


def request(rehearsal, at: float, *gestures) -> None:
    rehearsal.until(at)
    for gesture in gestures:
        rehearsal.visitor.submit_stage_request(gesture)


def open_lesson(rehearsal, at: float, opened: bool = True) -> None:
    request(rehearsal, at, LessonOpenChange(opened, round(at * SECOND)))


def play_tones(rehearsal, at: float, *tones: tuple[float, int, float]) -> None:
    """Each tone is when (seconds from `at`), pitch, how long."""
    now = round(at * SECOND)
    tones_due = tuple(
        LessonTone(pitch, 60, now + round(when * SECOND), round(length * SECOND))
        for when, pitch, length in tones
    )
    request(rehearsal, at, LessonPlayRequest(tones_due, now))


def sounded(rehearsal, channel: int = NoteSource.NETWORK) -> list[tuple[float, str, int]]:
    """What was sent: when (seconds, 0 for at once), what, pitch."""
    return [
        (round((sent.due or 0) / SECOND, 3), sent.message.type, sent.message.note)
        for sent in rehearsal.port.sent
        if sent.message.type.startswith("note") and sent.message.channel == channel
    ]


def hanging(rehearsal) -> set[tuple[int, int]]:
    on: set[tuple[int, int]] = set()
    for sent in rehearsal.port.sent:
        key = (sent.message.channel, getattr(sent.message, "note", -1))
        if sent.message.type == "note_on":
            on.add(key)
        elif sent.message.type == "note_off":
            on.discard(key)
    return on


def test_tones_sound_when_they_are_due(rehearsal) -> None:
    open_lesson(rehearsal, 1.0)
    play_tones(rehearsal, 2.0, (0.1, 60, 0.5), (0.6, 64, 0.5))
    rehearsal.until(4)
    assert sounded(rehearsal) == [
        (2.1, "note_on", 60),
        (2.6, "note_off", 60),
        (2.6, "note_on", 64),
        (3.1, "note_off", 64),
    ]


def test_new_tones_replace_those_to_come_and_let_the_others_ring_out(rehearsal) -> None:
    open_lesson(rehearsal, 1.0)
    play_tones(rehearsal, 2.0, (0.0, 60, 1.0), (0.5, 64, 1.0))
    play_tones(rehearsal, 2.3, (0.1, 72, 0.2))
    rehearsal.until(5)
    assert sounded(rehearsal) == [
        (2.0, "note_on", 60),
        (2.4, "note_on", 72),
        (2.6, "note_off", 72),
        (3.0, "note_off", 60),
    ]


@pytest.mark.parametrize("lead", [0, 60 * MILLISECOND])
@pytest.mark.parametrize("how", ["silence", "close"])
def test_a_silenced_or_closed_lesson_is_silent_at_once(rehearsals, how, lead) -> None:
    rehearsal = rehearsals(lead=lead)
    open_lesson(rehearsal, 1.0)
    play_tones(rehearsal, 2.0, (0.0, 60, 5.0), (0.2, 64, 5.0), (1.0, 67, 5.0))
    at = round(2.5 * SECOND)
    request(
        rehearsal,
        2.5,
        LessonSilenceRequest(at) if how == "silence" else LessonOpenChange(False, at),
    )
    rehearsal.until(2.6)
    assert hanging(rehearsal) == set()
    rehearsal.until(8)
    assert 67 not in [pitch for _, _, pitch in sounded(rehearsal)]
    assert rehearsal.scheduler.sounding_count == 0


def test_late_tones_keep_their_rhythm(rehearsal) -> None:
    open_lesson(rehearsal, 1.0)
    play_tones(rehearsal, 2.0, (-0.4, 60, 0.1), (-0.2, 62, 0.1))
    rehearsal.until(4)
    assert [when for when, kind, _ in sounded(rehearsal) if kind == "note_on"] == [2.0, 2.2]


def test_tones_out_of_bounds_are_refused_and_counted() -> None:
    scheduler = Scheduler([])
    lesson = LessonPlayback(scheduler)
    good, now = LessonTone(60, 60, SECOND, SECOND), 0
    lesson.play_tones(LessonPlayRequest((good,), 0), now)
    assert lesson.refused_tones.counts.total() == 1  # no lesson is open
    lesson.open()
    bad = (
        LessonTone(20, 60, SECOND, SECOND),
        LessonTone(109, 60, SECOND, SECOND),
        LessonTone(60, 0, SECOND, SECOND),
        LessonTone(60, 60, MAX_TONE_OFFSET_NS + 1, SECOND),
        LessonTone(60, 60, SECOND, MAX_TONE_DURATION_NS + 1),
        LessonTone(60, 60, SECOND, 0),
    )
    lesson.play_tones(LessonPlayRequest((*bad, good), 0), now)
    assert lesson.refused_tones.counts.total() == 1 + len(bad)
    lesson.play_tones(LessonPlayRequest((good,) * (MAX_TONES + 5), 0), now)
    assert lesson.refused_tones.counts.total() == 1 + len(bad) + 5


def test_a_loud_tone_is_reduced(rehearsal) -> None:
    open_lesson(rehearsal, 1.0)
    request(
        rehearsal, 2.0, LessonPlayRequest((LessonTone(60, 127, 2 * SECOND, SECOND),), 2 * SECOND)
    )
    rehearsal.until(2.5)
    assert rehearsal.port.sent[-1].message.velocity == MAX_TONE_VELOCITY


def test_the_network_is_silent_during_a_lesson_and_plays_after_it(rehearsals) -> None:
    rehearsal = rehearsals(settings=LiveSettings(tempo=120, attract=True))
    rehearsal.until(6)
    assert rehearsal.notes(NoteSource.NETWORK)
    assert not rehearsal.performer.in_lesson
    open_lesson(rehearsal, 6.0)
    rehearsal.until(7)
    before = len(rehearsal.port.sent)
    open_lesson(rehearsal, 30.0)  # it is announced again
    rehearsal.until(60)
    assert rehearsal.performer.in_lesson
    assert len(rehearsal.port.sent) == before
    assert hanging(rehearsal) == set()
    open_lesson(rehearsal, 60.0, False)
    rehearsal.until(90)
    assert not rehearsal.performer.in_lesson
    assert [note for note in rehearsal.notes(NoteSource.NETWORK) if note.due > 60 * SECOND]


@pytest.mark.parametrize("mode", ["answer", "together", "continuous"])
def test_keys_sound_during_a_lesson_but_are_not_answered(rehearsals, mode) -> None:
    settings = LiveSettings(tempo=120, attract=False, mode=mode)
    rehearsal = rehearsals(settings=settings)
    open_lesson(rehearsal, 1.0)
    end = rehearsal.play(2.0, SCALE)
    rehearsal.until(end + 30)
    assert [
        p for _, kind, p in sounded(rehearsal, NoteSource.VISITOR) if kind == "note_on"
    ] == SCALE
    assert [m.pitch for m in rehearsal.messages if isinstance(m, NoteCue)] == SCALE
    assert rehearsal.notes(NoteSource.NETWORK) == []
    open_lesson(rehearsal, end + 30, False)
    again = rehearsal.play(end + 31, SCALE)
    rehearsal.until(again + 8)
    assert rehearsal.notes(NoteSource.NETWORK)


def test_a_lesson_ends_an_answer_and_the_visit_continues_after_it(rehearsal) -> None:
    end = rehearsal.play(1.0, SCALE * 3)
    rehearsal.until(end + 2)
    assert rehearsal.performer.turn is Turn.ANSWER
    open_lesson(rehearsal, end + 2)
    rehearsal.until(end + 3)
    assert rehearsal.performer.turn is Turn.LISTEN
    rehearsal.until(end + 200)  # however long it takes, nobody says farewell meanwhile
    assert rehearsal.performer.turn is Turn.LISTEN
    open_lesson(rehearsal, end + 200, False)
    rehearsal.until(end + 201)
    assert rehearsal.performer.turn is Turn.LISTEN
    rehearsal.until(end + 300)
    turns = [m.turn for m in rehearsal.messages if isinstance(m, TurnChange)]
    assert turns[-2:] == [Turn.FAREWELL, Turn.ATTRACT]


def test_a_performer_that_starts_later_learns_of_a_lesson_by_its_tones(rehearsals) -> None:
    rehearsal = rehearsals(settings=LiveSettings(tempo=120, attract=True))
    play_tones(rehearsal, 6.0, (0.2, 60, 0.5))
    rehearsal.until(40)
    late = [(when, pitch) for when, kind, pitch in sounded(rehearsal) if kind == "note_on"]
    assert late[-1] == (6.2, 60)
    open_lesson(rehearsal, 40.0, False)
    rehearsal.until(70)
    assert rehearsal.notes(NoteSource.NETWORK)[-1].due > 40 * SECOND


def test_closing_once_ends_a_lesson_that_was_opened_twice(rehearsals) -> None:
    rehearsal = rehearsals(settings=LiveSettings(tempo=120, attract=True))
    for at, opened in ((1, True), (2, True), (3, False), (4, False)):
        open_lesson(rehearsal, float(at), opened)
    rehearsal.until(30)
    assert rehearsal.notes(NoteSource.NETWORK)  # attract mode goes on


@settings(max_examples=40, deadline=None)
@given(
    actions=st.lists(
        st.tuples(
            st.sampled_from(["open", "close", "play", "silence", "press", "wait"]),
            st.floats(0.01, 1.5),
            st.integers(0, 127),
        ),
        max_size=25,
    )
)
def test_no_note_hangs_after_random_requests(rehearsals, actions) -> None:
    rehearsal = rehearsals(settings=LiveSettings(tempo=120))
    now = 1.0
    for action, wait, number in actions:
        now += wait
        if action in ("open", "close"):
            open_lesson(rehearsal, now, action == "open")
        elif action == "play":
            play_tones(rehearsal, now, (0.0, number, wait), (wait, number, 2.0))
        elif action == "silence":
            request(rehearsal, now, LessonSilenceRequest(round(now * SECOND)))
        elif action == "press":
            rehearsal.press(now, 60)
            rehearsal.release(now + 0.005, 60)
    open_lesson(rehearsal, now + 0.1, True)
    open_lesson(rehearsal, now + 0.2, False)
    rehearsal.close(now + 0.3)
    assert hanging(rehearsal) == set()
    assert rehearsal.scheduler.sounding_count == 0
