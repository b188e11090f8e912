from __future__ import annotations

import numpy as np
import pytest

from messages.clock import SECOND
from messages.cues import NoteCue, NoteRelease, NoteSource, Turn, TurnChange
from visuals.hud.prompt import prompt_key
from visuals.timeline import Timeline


def visitor(serial: int, due: int) -> NoteCue:
    activations = np.zeros((1, 6, 1), np.float32)
    ahead = np.zeros(88, np.float32)
    return NoteCue(serial, due, 0, 60, 80, NoteSource.VISITOR, 1.0, activations, ahead)


@pytest.mark.parametrize(
    ("turn", "played_at", "key"),
    [
        (Turn.ATTRACT, None, "attract"),
        (Turn.LISTEN, None, "your_turn"),
        (Turn.LISTEN, 9.5, "listen"),
        (Turn.LISTEN, 5.0, "your_turn"),
        (Turn.ANSWER, 9.5, "answer"),
        (Turn.FAREWELL, None, "farewell"),
    ],
)
def test_prompt_says_what_to_do(turn, played_at, key):
    timeline = Timeline()
    timeline.apply_message(TurnChange(0, turn))
    if played_at is not None:
        due = round(played_at * SECOND)
        timeline.apply_message(visitor(0, due))
        timeline.apply_message(NoteRelease(0, due + SECOND // 4))
    assert prompt_key(timeline, 10 * SECOND) == key
