from __future__ import annotations

import pytest

from installation.engine.turn_taking import TurnEvent, TurnTaking, TurnTakingMode
from messages.cues import Turn

ATTRACT, LISTEN, ANSWER, FAREWELL = Turn
PRESS, PHRASE_OVER, NETWORK_OVER, SILENCE = TurnEvent

ANSWER_EVENTS = [
    (PRESS, 10, LISTEN),
    (PRESS, 20, None),
    (PHRASE_OVER, 30, ANSWER),
    (SILENCE, 35, None),
    (NETWORK_OVER, 40, LISTEN),
    (PRESS, 50, None),
    (PHRASE_OVER, 60, ANSWER),
    (PRESS, 70, LISTEN),
    (PHRASE_OVER, 80, ANSWER),
    (NETWORK_OVER, 90, LISTEN),
    (SILENCE, 190, FAREWELL),
    (PRESS, 195, LISTEN),
    (SILENCE, 295, FAREWELL),
    (NETWORK_OVER, 300, ATTRACT),
    (NETWORK_OVER, 310, None),
]


def test_a_visit_goes_from_turn_to_turn() -> None:
    turn_taking = TurnTaking(farewell_after=100)
    assert turn_taking.turn is ATTRACT
    for event, at, turn in ANSWER_EVENTS:
        assert turn_taking.handle_event(event, at) is turn, (event, at)


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
def test_other_events_keep_the_turn(turn: Turn, event: TurnEvent) -> None:
    turn_taking = TurnTaking(farewell_after=100)
    turn_taking.turn = turn
    assert turn_taking.handle_event(event, 5) is None
    assert turn_taking.turn is turn


def test_the_timeout_counts_from_the_last_event_and_only_while_listening() -> None:
    turn_taking = TurnTaking(farewell_after=100)
    assert turn_taking.timeout_at is None
    turn_taking.handle_event(PRESS, 10)
    turn_taking.handle_event(PRESS, 50)
    assert turn_taking.timeout_at == 150
    turn_taking.handle_event(PHRASE_OVER, 60)
    assert turn_taking.timeout_at is None


TOGETHER_EVENTS = [
    (PRESS, 10, ANSWER),
    (PRESS, 20, None),
    (PHRASE_OVER, 30, None),
    (NETWORK_OVER, 40, None),
    (SILENCE, 120, FAREWELL),
    (PRESS, 125, ANSWER),
    (SILENCE, 225, FAREWELL),
    (NETWORK_OVER, 230, ATTRACT),
]
CONTINUOUS_EVENTS = [
    (NETWORK_OVER, 5, None),
    (PRESS, 10, ANSWER),
    (PRESS, 20, None),
    (NETWORK_OVER, 40, None),
    (SILENCE, 120, ATTRACT),
    (NETWORK_OVER, 130, None),
    (PRESS, 140, ANSWER),
]


@pytest.mark.parametrize(
    ("mode", "events"),
    [(TurnTakingMode.TOGETHER, TOGETHER_EVENTS), (TurnTakingMode.CONTINUOUS, CONTINUOUS_EVENTS)],
)
def test_playing_along_follows_its_own_transitions(mode: TurnTakingMode, events: list) -> None:
    turn_taking = TurnTaking(farewell_after=100, mode=mode)
    for event, at, turn in events:
        assert turn_taking.handle_event(event, at) is turn, (event, at)


def test_playing_along_only_keys_restart_the_timeout() -> None:
    turn_taking = TurnTaking(farewell_after=100, mode=TurnTakingMode.TOGETHER)
    turn_taking.handle_event(PRESS, 10)
    turn_taking.handle_event(NETWORK_OVER, 60)
    assert turn_taking.timeout_at == 110


def test_a_visitor_is_warned_once_before_the_visit_ends_and_anew_after_a_key() -> None:
    turn_taking = TurnTaking(farewell_after=100, warn_before=30)
    assert turn_taking.warn_at is None
    turn_taking.handle_event(PRESS, 10)
    assert turn_taking.warn_at == 80
    turn_taking.warned = True
    assert turn_taking.warn_at is None
    turn_taking.handle_event(PRESS, 90)
    assert turn_taking.warn_at == 160


@pytest.mark.parametrize("warn_before", [0, 100, 200])
def test_no_warning_comes_without_time_for_one(warn_before: int) -> None:
    turn_taking = TurnTaking(farewell_after=100, warn_before=warn_before)
    turn_taking.handle_event(PRESS, 10)
    assert turn_taking.warn_at is None
