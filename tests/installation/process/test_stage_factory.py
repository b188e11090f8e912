from __future__ import annotations

import pytest

from installation.process.stage_factory import Legends
from messages.gestures import Key, Leave
from visuals.input.computer_keyboard import ARROW_UP

A = 4
"""Scancode of the key of middle C."""


@pytest.fixture
def sent() -> list:
    return []


@pytest.fixture
def legends(sent) -> Legends:
    return Legends(sent.append)


def press(legends: Legends, scancode: int) -> dict[int, str]:
    """As the stage does: the key goes to the performer, then it asks for the legends."""
    key = Key(scancode, True, 0)
    legends.pass_on(key)
    return legends.after(key)


def test_a_key_goes_on_with_the_shift_its_legends_told_of(legends, sent) -> None:
    assert press(legends, A)[60] == "A"
    assert press(legends, ARROW_UP)[72] == "A"
    press(legends, A)
    assert [key.shift for key in sent] == [0, 0, 1]


def test_they_begin_anew_when_a_visitor_has_left(legends) -> None:
    press(legends, ARROW_UP)
    assert legends.after(None)[60] == "A"


def test_other_gestures_go_on_as_they_are(legends, sent) -> None:
    legends.pass_on(Leave(0))
    assert sent == [Leave(0)]
