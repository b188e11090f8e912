from __future__ import annotations

import pytest

from installation.engine.guest_model import GUEST_TIMEOUT_NS, ComposerChange, StageReady
from installation.engine.live_controls import LiveControlChange, UnitTouchesChange
from messages.clock import SECOND
from messages.cues import ModelChange, NoteCue, NoteSource, Turn
from messages.gestures import LessonOpenChange
from rnn.generation.composer import DummyComposer
from rnn.generation.unit_intervention import InterventionKind, UnitIntervention


def adopt(rehearsal, at: float, path: str = "small", composer=None) -> None:
    rehearsal.until(at)
    guest = (composer or DummyComposer(1, 8)) if path else None
    rehearsal.visitor.submit_composer_change(ComposerChange(guest, path, round(at * SECOND)))


def styles(rehearsal) -> list[str]:
    return [m.path for m in rehearsal.cues.messages if isinstance(m, ModelChange)]


def shapes_after(rehearsal, at: float) -> set[tuple[int, ...]]:
    """Sizes of the networks whose cues were told since the last change, for later than `at`."""
    messages = list(rehearsal.cues.messages)
    changes = [k for k, message in enumerate(messages) if isinstance(message, ModelChange)]
    return {
        message.activations.shape
        for message in messages[changes[-1] if changes else 0 :]
        if isinstance(message, NoteCue) and message.due > at * SECOND
    }


HOME, AWAY = (2, 6, 32), (1, 6, 8)


def test_the_adopted_network_answers_and_the_stage_is_told(rehearsal):
    adopt(rehearsal, 1.0)
    end = rehearsal.play(2.0, [60, 62, 64, 65])
    rehearsal.until(end + 6)
    assert styles(rehearsal) == ["small"]
    assert shapes_after(rehearsal, 1.0) == {AWAY}
    assert rehearsal.notes(NoteSource.NETWORK)


def test_the_change_is_told_before_any_cue_of_the_adopted(rehearsal):
    adopt(rehearsal, 1.0)
    rehearsal.play(2.0, [60, 62])
    rehearsal.until(9.0)
    kinds = [
        message.path if isinstance(message, ModelChange) else message.activations.shape
        for message in rehearsal.cues.messages
        if isinstance(message, ModelChange | NoteCue)
    ]
    assert kinds[0] == "small"
    assert set(kinds[1:]) == {AWAY}


def test_with_the_visit_it_goes(rehearsal):
    adopt(rehearsal, 1.0)
    end = rehearsal.play(2.0, [60, 62, 64, 65])
    rehearsal.until(end + 120)
    assert rehearsal.performer.turn is Turn.ATTRACT
    assert styles(rehearsal) == ["small", ""]
    rehearsal.play(end + 121, [60, 62])
    rehearsal.until(end + 128)
    assert shapes_after(rehearsal, end + 120) == {HOME}


def test_unplayed_it_goes_too(rehearsal):
    adopt(rehearsal, 1.0)
    rehearsal.until(1.0 + GUEST_TIMEOUT_NS / SECOND + 1)
    assert styles(rehearsal) == ["small", ""]


def test_adopted_in_the_middle_of_an_answer_nothing_old_sounds_on(rehearsal):
    end = rehearsal.play(1.0, [60, 62, 64, 65, 67, 65, 64, 62])
    while rehearsal.performer.turn is not Turn.ANSWER:
        end += 0.1
        rehearsal.until(end)
    adopt(rehearsal, end + 0.5)
    rehearsal.until(end + 1.5)
    late = [n for n in rehearsal.notes(NoteSource.NETWORK) if n.due > (end + 0.55) * SECOND]
    assert late == []
    assert rehearsal.performer.turn is Turn.LISTEN
    rehearsal.play(end + 2, [60, 62])
    rehearsal.until(end + 8)
    assert shapes_after(rehearsal, end + 0.6) == {AWAY}


def test_a_key_held_through_it_is_released(rehearsal):
    rehearsal.press(1.0, 60)
    adopt(rehearsal, 1.5)
    rehearsal.release(2.0, 60)
    rehearsal.until(8.0)
    assert [n.end for n in rehearsal.notes(NoteSource.VISITOR)] == [2 * SECOND]


def test_a_finger_on_a_unit_it_has_not_is_left_alone(rehearsal):
    adopt(rehearsal, 1.0)
    touch = UnitTouchesChange((UnitIntervention(1, 31, InterventionKind.SILENCE),))
    rehearsal.until(2.0)
    rehearsal.visitor.submit_control_change(LiveControlChange(touch, 2 * SECOND))
    rehearsal.play(3.0, [60, 62])
    rehearsal.until(9.0)
    assert rehearsal.notes(NoteSource.NETWORK)


@pytest.mark.parametrize("path", ["small", ""])
def test_at_a_lesson_it_waits_until_that_is_closed(rehearsal, path):
    rehearsal.until(1.0)
    rehearsal.visitor.submit_lesson_request(LessonOpenChange(True, SECOND))
    adopt(rehearsal, 2.0, path)
    rehearsal.until(3.0)
    rehearsal.visitor.submit_lesson_request(LessonOpenChange(False, 3 * SECOND))
    rehearsal.play(4.0, [60, 62, 64])
    rehearsal.until(12.0)
    assert rehearsal.notes(NoteSource.NETWORK)
    assert shapes_after(rehearsal, 2.0) == {AWAY if path else HOME}


def test_a_stage_that_opens_is_told_who_plays(rehearsal):
    adopt(rehearsal, 1.0)
    for at in (2.0, 1.0 + GUEST_TIMEOUT_NS / SECOND + 2):
        rehearsal.until(at)
        rehearsal.visitor.submit_stage_ready(StageReady(round(at * SECOND)))
    rehearsal.until(at + 1)
    assert styles(rehearsal) == ["small", "small", "", ""]


def test_another_may_be_adopted_in_its_place(rehearsal):
    adopt(rehearsal, 1.0)
    adopt(rehearsal, 2.0, "other", DummyComposer(2, 4))
    rehearsal.play(3.0, [60, 62])
    rehearsal.until(9.0)
    assert shapes_after(rehearsal, 2.0) == {(2, 6, 4)}
