from __future__ import annotations

from visuals.lessons.actions import ARROWS, Action
from visuals.lessons.player import MOST_TICKS, REST, TICK, Player
from visuals.lessons.walkthrough import Step, Walk
from visuals.timeline import SECOND


class Counting(Walk):
    steps = (Step("one", 2.0), Step("two", 3.0, runs=True), Step("three", 1.0, turns=ARROWS))

    def _begin(self) -> None:
        self.ticks, self.turned = 0, []

    def _tick(self) -> None:
        self.ticks += 1

    def _turn(self, action: Action) -> None:
        self.turned.append(action)


def test_a_step_a_press_and_none_after_the_last():
    player = Player(Counting())
    places = []
    for _ in range(4):
        places.append(player.walk.now.name)
        player.press(Action.STEP, SECOND)
    assert places == ["one", "two", "three", "three"]


def test_playing_stays_as_long_as_each_step_says_and_begins_again():
    player = Player(Counting())
    player.run(0)
    player.press(Action.PLAY, 0)
    shown = []
    for tenth in range(round(10 * (2 + 3 + 1 + REST)) + 1):
        player.run(tenth * SECOND // 10)
        shown.append(player.walk.now.name)
    assert [shown.count(name) for name in ("two", "three")] == [30, round(10 * (1 + REST))]
    assert shown[-1] == "one"


def test_played_or_paused_a_step_does_not_appear_anew_but_stays_its_time():
    player = Player(Counting())
    player.run(0)
    player.press(Action.PLAY, SECOND)
    assert player.age(SECOND) == 1.0
    player.run(2 * SECOND)
    assert player.walk.now.name == "one"
    player.run(3 * SECOND)
    assert player.walk.now.name == "two"


def test_a_press_ends_playing():
    player = Player(Counting())
    player.press(Action.PLAY, 0)
    player.press(Action.STEP, SECOND)
    assert not player.playing


def test_ticks_come_only_where_something_runs():
    player = Player(Counting())
    player.run(0)
    player.run(3 * TICK)
    assert player.walk.ticks == 0
    player.press(Action.STEP, 3 * TICK)
    player.run(6 * TICK)
    assert player.walk.ticks == 3


def test_a_halt_is_not_made_up_for():
    player = Player(Counting())
    player.run(0)
    player.press(Action.STEP, 0)
    player.run(100 * TICK)
    player.run(101 * TICK)
    assert player.walk.ticks == MOST_TICKS + 1


def test_arrows_turn_only_where_there_is_something_to_turn():
    player = Player(Counting())
    player.press(Action.UP, 0)
    for action in (Action.STEP, Action.STEP, Action.UP, Action.RIGHT):
        player.press(action, 0)
    assert player.walk.turned == [Action.UP, Action.RIGHT]


def test_right_is_a_step_where_there_is_nothing_to_turn():
    player = Player(Counting())
    player.press(Action.RIGHT, 0)
    assert player.walk.now.name == "two"


def test_starting_over_is_as_if_never_touched():
    player = Player(Counting())
    for action in (Action.STEP, Action.PLAY, Action.RESTART):
        player.press(action, SECOND)
    assert (player.walk.position, player.playing, player.age(9 * SECOND)) == (0, False, 0.0)
