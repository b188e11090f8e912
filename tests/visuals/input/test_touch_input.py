from __future__ import annotations

import pygame
import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages.clock import SECOND
from messages.gestures import ComparisonRequest, HeldUnit, HeldUnitsChange, KeyEvent
from visuals.drawing.typography import Typesetter
from visuals.input.pointer import FingerEvent, FingerPhase
from visuals.input.touch_input import (
    CARD_TIMEOUT_S,
    HOLD_DELAY_S,
    MAX_AMPLIFICATION,
    MAX_PUSH_PX,
    TouchInput,
)
from visuals.widgets.piano_keyboard import PianoKeyboard

LATER = round((HOLD_DELAY_S + 0.01) * SECOND)
UNIT = (1, 7)


@pytest.fixture(scope="module")
def keyboard() -> PianoKeyboard:
    pygame.font.init()
    return PianoKeyboard(Typesetter())


@pytest.fixture
def touch_input(keyboard) -> TouchInput:
    return TouchInput(keyboard)


def no_unit(x: float, y: float) -> None:
    return None


def the_unit(x: float, y: float) -> tuple[int, int]:
    return UNIT


def on_key(keyboard: PianoKeyboard, pitch: int, phase: FingerPhase, number: int = 1) -> FingerEvent:
    key = keyboard.key_rect(pitch)
    return FingerEvent(number, phase, key.centerx, key.bottom - 4)


def test_a_finger_plays_the_key_below_it(touch_input, keyboard):
    assert touch_input.handle_finger(on_key(keyboard, 60, FingerPhase.DOWN), no_unit, 5) == [
        KeyEvent(60, True, 5)
    ]
    assert touch_input.handle_finger(on_key(keyboard, 60, FingerPhase.UP), no_unit, 9) == [
        KeyEvent(60, False, 9)
    ]


def test_black_keys_lie_over_white_ones(touch_input, keyboard):
    key = keyboard.key_rect(61)
    (key_event,) = touch_input.handle_finger(
        FingerEvent(1, FingerPhase.DOWN, *key.center), no_unit, 0
    )
    assert key_event.pitch == 61


def test_a_sliding_finger_goes_from_key_to_key(touch_input, keyboard):
    touch_input.handle_finger(on_key(keyboard, 60, FingerPhase.DOWN), no_unit, 0)
    assert touch_input.handle_finger(on_key(keyboard, 62, FingerPhase.MOVE), no_unit, 1) == [
        KeyEvent(60, False, 1),
        KeyEvent(62, True, 1),
    ]


def test_two_fingers_are_a_chord(touch_input, keyboard):
    touch_input.handle_finger(on_key(keyboard, 60, FingerPhase.DOWN, 1), no_unit, 0)
    touch_input.handle_finger(on_key(keyboard, 64, FingerPhase.DOWN, 2), no_unit, 0)
    assert touch_input.handle_finger(on_key(keyboard, 60, FingerPhase.UP, 1), no_unit, 1) == [
        KeyEvent(60, False, 1)
    ]


def test_a_key_under_two_fingers_ends_with_the_last(touch_input, keyboard):
    touch_input.handle_finger(on_key(keyboard, 60, FingerPhase.DOWN, 1), no_unit, 0)
    assert touch_input.handle_finger(on_key(keyboard, 60, FingerPhase.DOWN, 2), no_unit, 1) == []
    assert touch_input.handle_finger(on_key(keyboard, 60, FingerPhase.UP, 1), no_unit, 2) == []
    assert touch_input.handle_finger(on_key(keyboard, 60, FingerPhase.UP, 2), no_unit, 3) == [
        KeyEvent(60, False, 3)
    ]


def test_a_finger_held_on_a_unit_silences_it_until_lifted(touch_input):
    assert touch_input.handle_finger(FingerEvent(1, FingerPhase.DOWN, 500, 400), the_unit, 0) == []
    assert touch_input.report_held_units(LATER) == [HeldUnitsChange((HeldUnit(*UNIT, 0.0),), LATER)]
    assert touch_input.report_held_units(LATER + 1) == []
    assert touch_input.handle_finger(
        FingerEvent(1, FingerPhase.UP, 500, 400), the_unit, 3 * LATER
    ) == [HeldUnitsChange((), 3 * LATER)]


def test_a_short_touch_only_inspects(touch_input):
    touch_input.handle_finger(FingerEvent(1, FingerPhase.DOWN, 500, 400), the_unit, 0)
    assert (
        touch_input.handle_finger(FingerEvent(1, FingerPhase.UP, 500, 400), the_unit, SECOND // 10)
        == []
    )
    assert touch_input.current_inspection(SECOND).unit == UNIT
    assert touch_input.current_inspection(round((CARD_TIMEOUT_S + 1) * SECOND)) is None


def test_a_finger_pushed_up_amplifies(touch_input):
    touch_input.handle_finger(FingerEvent(1, FingerPhase.DOWN, 500, 400), the_unit, 0)
    (change,) = touch_input.handle_finger(
        FingerEvent(1, FingerPhase.MOVE, 500, 400 - MAX_PUSH_PX), the_unit, 1
    )
    assert change.held_units == (HeldUnit(*UNIT, MAX_AMPLIFICATION),)
    assert touch_input.current_inspection(2).factor == MAX_AMPLIFICATION


def test_a_touch_of_nothing_puts_the_card_away(touch_input):
    touch_input.handle_finger(FingerEvent(1, FingerPhase.DOWN, 500, 400), the_unit, 0)
    touch_input.handle_finger(FingerEvent(1, FingerPhase.UP, 500, 400), the_unit, 1)
    touch_input.handle_finger(FingerEvent(1, FingerPhase.DOWN, 20, 300), no_unit, 2)
    assert touch_input.current_inspection(3) is None


FINGERS = st.builds(
    FingerEvent,
    st.integers(0, 3),
    st.sampled_from(FingerPhase),
    st.floats(0, 1919),
    st.floats(900, 1079),
)


@given(st.lists(FINGERS, max_size=40))
def test_no_sequence_of_finger_events_leaves_a_key_down(fingers):
    pygame.font.init()
    touch_input = TouchInput(PianoKeyboard(Typesetter()))
    key_events = [
        key_event
        for finger in fingers
        for key_event in touch_input.handle_finger(finger, no_unit, 0)
    ]
    key_events += touch_input.release_all(1)
    down: set[int] = set()
    for key_event in key_events:
        assert key_event.down is (key_event.pitch not in down)
        (down.add if key_event.down else down.discard)(key_event.pitch)
    assert not down


def test_a_touch_of_the_card_asks_to_hear_the_phrase_with_and_without_its_unit(touch_input):
    card = touch_input.card_rect = pygame.Rect(40, 150, 300, 100)
    touch = FingerEvent(1, FingerPhase.DOWN, *card.center)
    assert touch_input.handle_finger(touch, no_unit, 4) == []  # no unit was touched yet
    touch_input.inspect_unit(UNIT, 5)
    assert touch_input.handle_finger(touch, no_unit, 6) == [ComparisonRequest(*UNIT, 6)]
    lifted = FingerEvent(1, FingerPhase.UP, *card.center)
    assert touch_input.handle_finger(lifted, no_unit, 7) == []
    assert touch_input.inspected_unit == UNIT
    assert touch_input.held_units == ()


def test_a_touch_of_what_lies_over_the_scene_reaches_no_unit_and_no_knob(touch_input):
    touch_input.covered_rects = (pygame.Rect(40, 150, 300, 100),)
    touch = FingerEvent(1, FingerPhase.DOWN, 60, 200)
    steering = lambda x, y: ("temperature", (x,))  # noqa: E731
    found = touch_input.handle_finger(touch, lambda x, y: (0, 0), 0, lambda x, y: steering)
    assert found == [] and touch_input.inspected_unit is None


def test_touches_of_the_card_within_one_frame_ask_once_each(touch_input):
    touch_input.inspect_unit(UNIT, 5)
    card = touch_input.card_rect = pygame.Rect(40, 150, 300, 100)
    found = []
    for number in range(20):
        for phase in (FingerPhase.DOWN, FingerPhase.UP):
            event = FingerEvent(number, phase, *card.center)
            found += touch_input.handle_finger(event, the_unit, 6 + number)
    assert found == [ComparisonRequest(*UNIT, 6 + number) for number in range(20)]
