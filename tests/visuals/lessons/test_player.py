from __future__ import annotations

from messages.clock import SECOND
from visuals.lessons.actions import ARROWS, LessonAction
from visuals.lessons.player import LAST_STEP_EXTRA_S, MAX_TICKS_PER_FRAME, TICK_NS, LessonPlayer
from visuals.lessons.walkthrough import LessonStep, Walkthrough


class Counting(Walkthrough):
    steps = (
        LessonStep("one", 2.0),
        LessonStep("two", 3.0, runs=True),
        LessonStep("three", 1.0, arrows=ARROWS),
    )

    def _reset(self) -> None:
        self.ticks, self.turned = 0, []

    def _on_tick(self) -> None:
        self.ticks += 1

    def _on_arrow(self, action: LessonAction) -> None:
        self.turned.append(action)


def test_a_step_a_press_and_none_after_the_last():
    player = LessonPlayer(Counting())
    places = []
    for _ in range(4):
        places.append(player.walkthrough.current_step.name)
        player.handle_action(LessonAction.STEP, SECOND)
    assert places == ["one", "two", "three", "three"]


def test_playing_stays_as_long_as_each_step_says_and_begins_again():
    player = LessonPlayer(Counting())
    player.update(0)
    player.handle_action(LessonAction.PLAY, 0)
    shown = []
    for tenth in range(round(10 * (2 + 3 + 1 + LAST_STEP_EXTRA_S)) + 1):
        player.update(tenth * SECOND // 10)
        shown.append(player.walkthrough.current_step.name)
    assert [shown.count(name) for name in ("two", "three")] == [
        30,
        round(10 * (1 + LAST_STEP_EXTRA_S)),
    ]
    assert shown[-1] == "one"


def test_played_or_paused_a_step_does_not_appear_anew_but_stays_its_time():
    player = LessonPlayer(Counting())
    player.update(0)
    player.handle_action(LessonAction.PLAY, SECOND)
    assert player.step_age_s(SECOND) == 1.0
    player.update(2 * SECOND)
    assert player.walkthrough.current_step.name == "one"
    player.update(3 * SECOND)
    assert player.walkthrough.current_step.name == "two"


def test_a_press_ends_playing():
    player = LessonPlayer(Counting())
    player.handle_action(LessonAction.PLAY, 0)
    player.handle_action(LessonAction.STEP, SECOND)
    assert not player.playing


def test_ticks_come_only_where_something_runs():
    player = LessonPlayer(Counting())
    player.update(0)
    player.update(3 * TICK_NS)
    assert player.walkthrough.ticks == 0
    player.handle_action(LessonAction.STEP, 3 * TICK_NS)
    player.update(6 * TICK_NS)
    assert player.walkthrough.ticks == 3


def test_a_halt_is_not_made_up_for():
    player = LessonPlayer(Counting())
    player.update(0)
    player.handle_action(LessonAction.STEP, 0)
    player.update(100 * TICK_NS)
    player.update(101 * TICK_NS)
    assert player.walkthrough.ticks == MAX_TICKS_PER_FRAME + 1


def test_arrows_turn_only_where_there_is_something_to_turn():
    player = LessonPlayer(Counting())
    player.handle_action(LessonAction.UP, 0)
    for action in (LessonAction.STEP, LessonAction.STEP, LessonAction.UP, LessonAction.RIGHT):
        player.handle_action(action, 0)
    assert player.walkthrough.turned == [LessonAction.UP, LessonAction.RIGHT]


def test_right_is_a_step_where_there_is_nothing_to_turn():
    player = LessonPlayer(Counting())
    player.handle_action(LessonAction.RIGHT, 0)
    assert player.walkthrough.current_step.name == "two"


def test_starting_over_is_as_if_never_touched():
    player = LessonPlayer(Counting())
    for action in (LessonAction.STEP, LessonAction.PLAY, LessonAction.RESTART):
        player.handle_action(action, SECOND)
    assert (player.walkthrough.step_index, player.playing, player.step_age_s(9 * SECOND)) == (
        0,
        False,
        0.0,
    )
