from __future__ import annotations

import pytest

from installation.engine.turn_taking import TurnEvent, TurnTaking, TurnTakingMode
from messages.cues import Turn

ATTRACT, LISTEN, ANSWER, FAREWELL = Turn
PRESS, PHRASE_OVER, LINE_OVER, SILENCE = TurnEvent

STORY = [
    (PRESS, 10, LISTEN),
    (PRESS, 20, None),
    (PHRASE_OVER, 30, ANSWER),
    (SILENCE, 35, None),
    (LINE_OVER, 40, LISTEN),
    (PRESS, 50, None),
    (PHRASE_OVER, 60, ANSWER),
    (PRESS, 70, LISTEN),
    (PHRASE_OVER, 80, ANSWER),
    (LINE_OVER, 90, LISTEN),
    (SILENCE, 190, FAREWELL),
    (PRESS, 195, LISTEN),
    (SILENCE, 295, FAREWELL),
    (LINE_OVER, 300, ATTRACT),
    (LINE_OVER, 310, None),
]


def test_a_visit_goes_from_turn_to_turn() -> None:
    conversation = TurnTaking(farewell_after=100)
    assert conversation.turn is ATTRACT
    for event, at, turn in STORY:
        assert conversation.handle_event(event, at) is turn, (event, at)


@pytest.mark.parametrize(
    ("turn", "event"),
    [
        (ATTRACT, PHRASE_OVER),
        (ATTRACT, SILENCE),
        (LISTEN, PRESS),
        (ANSWER, PHRASE_OVER),
        (FAREWELL, SILENCE),
    ],
)
def test_other_events_leave_the_turn(turn: Turn, event: TurnEvent) -> None:
    conversation = TurnTaking(farewell_after=100)
    conversation.turn = turn
    assert conversation.handle_event(event, 5) is None
    assert conversation.turn is turn


def test_the_time_out_counts_from_the_last_event_and_only_while_listening() -> None:
    conversation = TurnTaking(farewell_after=100)
    assert conversation.timeout_at is None
    conversation.handle_event(PRESS, 10)
    conversation.handle_event(PRESS, 50)
    assert conversation.timeout_at == 150
    conversation.handle_event(PHRASE_OVER, 60)
    assert conversation.timeout_at is None


TOGETHER = [
    (PRESS, 10, ANSWER),
    (PRESS, 20, None),
    (PHRASE_OVER, 30, None),
    (LINE_OVER, 40, None),
    (SILENCE, 120, FAREWELL),
    (PRESS, 125, ANSWER),
    (SILENCE, 225, FAREWELL),
    (LINE_OVER, 230, ATTRACT),
]
CONTINUOUS = [
    (LINE_OVER, 5, None),
    (PRESS, 10, ANSWER),
    (PRESS, 20, None),
    (LINE_OVER, 40, None),
    (SILENCE, 120, ATTRACT),
    (LINE_OVER, 130, None),
    (PRESS, 140, ANSWER),
]


@pytest.mark.parametrize(
    ("mode", "story"),
    [(TurnTakingMode.TOGETHER, TOGETHER), (TurnTakingMode.CONTINUOUS, CONTINUOUS)],
)
def test_where_the_network_plays_along_the_visitor_never_waits(
    mode: TurnTakingMode, story: list
) -> None:
    conversation = TurnTaking(farewell_after=100, mode=mode)
    for event, at, turn in story:
        assert conversation.handle_event(event, at) is turn, (event, at)


def test_where_the_network_plays_along_only_keys_count_as_a_sign_of_life() -> None:
    conversation = TurnTaking(farewell_after=100, mode=TurnTakingMode.TOGETHER)
    conversation.handle_event(PRESS, 10)
    conversation.handle_event(LINE_OVER, 60)
    assert conversation.timeout_at == 110


def test_a_visitor_is_warned_once_before_the_visit_ends_and_anew_after_a_key() -> None:
    conversation = TurnTaking(farewell_after=100, warn_before=30)
    assert conversation.warn_at is None
    conversation.handle_event(PRESS, 10)
    assert conversation.warn_at == 80
    conversation.warned = True
    assert conversation.warn_at is None
    conversation.handle_event(PRESS, 90)
    assert conversation.warn_at == 160


@pytest.mark.parametrize("warn_before", [0, 100, 200])
def test_there_is_no_warning_where_there_is_no_time_for_one(warn_before: int) -> None:
    conversation = TurnTaking(farewell_after=100, warn_before=warn_before)
    conversation.handle_event(PRESS, 10)
    assert conversation.warn_at is None
