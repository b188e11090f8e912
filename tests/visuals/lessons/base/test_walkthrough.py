from __future__ import annotations

import pytest

from midi_data.notes import Note
from visuals.input.lesson_actions import ARROWS, LessonAction
from visuals.lessons import lesson_types
from visuals.lessons.base.walkthrough import LessonStep, Walkthrough
from visuals.words import load_words


class Numbered(Walkthrough):
    steps = (LessonStep("first"), LessonStep("second", runs=True, arrows=ARROWS[:1]))

    def _reset(self) -> None:
        self.calls: list[str] = []

    def _do_second(self) -> None:
        self.calls.append("second")

    def _on_tick(self) -> None:
        self.calls.append("tick")

    def _on_arrow(self, action: LessonAction) -> None:
        self.calls.append(action.name)


def test_ticks_and_arrows_count_only_in_steps_that_have_them():
    walk = Numbered()
    for _ in range(2):
        walk.tick()
        for action in ARROWS:
            walk.handle_arrow(action)
        walk.advance()
    assert walk.calls == ["second", "tick", "LEFT"]
    assert not walk.advance()


def test_a_restart_forgets_state_and_requested_notes():
    walk = Numbered()
    walk.advance()
    walk.request_notes([Note(60, 0.0, 1.0)])
    walk.restart()
    assert (walk.step_index, walk.calls, walk.pop_requested_notes()) == (0, [], None)


def test_an_unknown_step_is_refused():
    with pytest.raises(ValueError, match="'third'"):
        Numbered().index_of_step("third")


@pytest.mark.parametrize("lesson", lesson_types(), ids=lambda lesson: lesson.name)
def test_no_lesson_is_loud(lesson):
    walk = lesson(load_words()).walkthrough
    while True:
        for _ in range(40):
            song = walk.pop_requested_notes()
            assert song is None or song.velocity <= 70
            walk.tick()
        if not walk.advance():
            break
