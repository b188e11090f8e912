from __future__ import annotations

import pytest

from installation.session.stage_factory import KeyLegendTracker
from messages.gestures import QuitRequest, ScancodeEvent
from visuals.input.computer_keyboard import OCTAVE_UP_SCANCODE

A = 4
"""Scancode of the key of middle C."""


@pytest.fixture
def sent() -> list:
    return []


@pytest.fixture
def legends(sent) -> KeyLegendTracker:
    return KeyLegendTracker(sent.append)


def press(legends: KeyLegendTracker, scancode: int) -> dict[int, str]:
    """As the stage does: the key goes to the performer, then it asks for the legends."""
    key = ScancodeEvent(scancode, True, 0)
    legends.forward_gesture(key)
    return legends.legends_after(key)


def test_a_key_goes_on_with_the_shift_its_legends_told_of(legends, sent) -> None:
    assert press(legends, A)[60] == "A"
    assert press(legends, OCTAVE_UP_SCANCODE)[72] == "A"
    press(legends, A)
    assert [key.octave_shift for key in sent] == [0, 0, 1]


def test_they_begin_anew_when_a_visitor_has_left(legends) -> None:
    press(legends, OCTAVE_UP_SCANCODE)
    assert legends.legends_after(None)[60] == "A"


def test_other_gestures_go_on_as_they_are(legends, sent) -> None:
    legends.forward_gesture(QuitRequest(0))
    assert sent == [QuitRequest(0)]
