from __future__ import annotations

import pytest

from installation.live.conversation import Conversation, Event
from visuals.cues import Turn

ATTRACT, LISTEN, ANSWER, FAREWELL = Turn
PRESS, PHRASE_OVER, LINE_OVER, SILENCE = Event

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
    conversation = Conversation(farewell_after=100)
    assert conversation.turn is ATTRACT
    for event, at, turn in STORY:
        assert conversation.take(event, at) is turn, (event, at)


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
def test_other_events_leave_the_turn(turn: Turn, event: Event) -> None:
    conversation = Conversation(farewell_after=100)
    conversation.turn = turn
    assert conversation.take(event, 5) is None
    assert conversation.turn is turn


def test_the_time_out_counts_from_the_last_event_and_only_while_listening() -> None:
    conversation = Conversation(farewell_after=100)
    assert conversation.silent_at is None
    conversation.take(PRESS, 10)
    conversation.take(PRESS, 50)
    assert conversation.silent_at == 150
    conversation.take(PHRASE_OVER, 60)
    assert conversation.silent_at is None
