from __future__ import annotations

import pygame
import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages.gestures import Handling, Hold, Strike
from visuals.drawing.typography import Typesetter
from visuals.hud.piano_keyboard import Keyboard
from visuals.input.pointer import MOUSE, Finger, Phase, Pointer
from visuals.input.touch_input import MOST, PATIENCE, REACH, SHOWN, Hands
from visuals.timeline import SECOND

LATER = round((PATIENCE + 0.01) * SECOND)
UNIT = (1, 7)


@pytest.fixture(scope="module")
def keyboard() -> Keyboard:
    pygame.font.init()
    return Keyboard(Typesetter())


@pytest.fixture
def hands(keyboard) -> Hands:
    return Hands(keyboard)


def no_unit(x: float, y: float) -> None:
    return None


def the_unit(x: float, y: float) -> tuple[int, int]:
    return UNIT


def on_key(keyboard: Keyboard, pitch: int, phase: Phase, number: int = 1) -> Finger:
    key = keyboard.key(pitch)
    return Finger(number, phase, key.centerx, key.bottom - 4)


def test_a_finger_plays_the_key_below_it(hands, keyboard):
    assert hands.take(on_key(keyboard, 60, Phase.DOWN), no_unit, 5) == [Strike(60, True, 5)]
    assert hands.take(on_key(keyboard, 60, Phase.UP), no_unit, 9) == [Strike(60, False, 9)]


def test_black_keys_lie_over_white_ones(hands, keyboard):
    key = keyboard.key(61)
    (strike,) = hands.take(Finger(1, Phase.DOWN, *key.center), no_unit, 0)
    assert strike.pitch == 61


def test_a_sliding_finger_goes_from_key_to_key(hands, keyboard):
    hands.take(on_key(keyboard, 60, Phase.DOWN), no_unit, 0)
    assert hands.take(on_key(keyboard, 62, Phase.MOVE), no_unit, 1) == [
        Strike(60, False, 1),
        Strike(62, True, 1),
    ]


def test_two_fingers_are_a_chord(hands, keyboard):
    hands.take(on_key(keyboard, 60, Phase.DOWN, 1), no_unit, 0)
    hands.take(on_key(keyboard, 64, Phase.DOWN, 2), no_unit, 0)
    assert hands.take(on_key(keyboard, 60, Phase.UP, 1), no_unit, 1) == [Strike(60, False, 1)]


def test_a_key_under_two_fingers_ends_with_the_last(hands, keyboard):
    hands.take(on_key(keyboard, 60, Phase.DOWN, 1), no_unit, 0)
    assert hands.take(on_key(keyboard, 60, Phase.DOWN, 2), no_unit, 1) == []
    assert hands.take(on_key(keyboard, 60, Phase.UP, 1), no_unit, 2) == []
    assert hands.take(on_key(keyboard, 60, Phase.UP, 2), no_unit, 3) == [Strike(60, False, 3)]


def test_a_finger_held_on_a_unit_silences_it_until_lifted(hands):
    assert hands.take(Finger(1, Phase.DOWN, 500, 400), the_unit, 0) == []
    assert hands.tick(LATER) == [Handling((Hold(*UNIT, 0.0),), LATER)]
    assert hands.tick(LATER + 1) == []
    assert hands.take(Finger(1, Phase.UP, 500, 400), the_unit, 3 * LATER) == [
        Handling((), 3 * LATER)
    ]


def test_a_short_touch_only_looks(hands):
    hands.take(Finger(1, Phase.DOWN, 500, 400), the_unit, 0)
    assert hands.take(Finger(1, Phase.UP, 500, 400), the_unit, SECOND // 10) == []
    assert hands.look(SECOND).unit == UNIT
    assert hands.look(round((SHOWN + 1) * SECOND)) is None


def test_a_finger_pushed_up_amplifies(hands):
    hands.take(Finger(1, Phase.DOWN, 500, 400), the_unit, 0)
    (handling,) = hands.take(Finger(1, Phase.MOVE, 500, 400 - REACH), the_unit, 1)
    assert handling.holds == (Hold(*UNIT, MOST),)
    assert hands.look(2).factor == MOST


def test_a_touch_of_nothing_puts_the_card_away(hands):
    hands.take(Finger(1, Phase.DOWN, 500, 400), the_unit, 0)
    hands.take(Finger(1, Phase.UP, 500, 400), the_unit, 1)
    hands.take(Finger(1, Phase.DOWN, 20, 300), no_unit, 2)
    assert hands.look(3) is None


FINGERS = st.builds(
    Finger,
    st.integers(0, 3),
    st.sampled_from(Phase),
    st.floats(0, 1919),
    st.floats(900, 1079),
)


@given(st.lists(FINGERS, max_size=40))
def test_whatever_fingers_do_no_key_is_left_down(fingers):
    pygame.font.init()
    hands = Hands(Keyboard(Typesetter()))
    strikes = [strike for finger in fingers for strike in hands.take(finger, no_unit, 0)]
    strikes += hands.let_go(1)
    down: set[int] = set()
    for strike in strikes:
        assert strike.down is (strike.pitch not in down)
        (down.add if strike.down else down.discard)(strike.pitch)
    assert not down


def read(*events: pygame.Event, window=(960, 540)) -> list[Finger]:
    pointer = Pointer()
    return [finger for event in events for finger in pointer.read(event, window)]


def test_touches_are_scaled_to_the_picture():
    event = pygame.Event(pygame.FINGERDOWN, finger_id=3, x=0.5, y=0.25)
    assert read(event) == [Finger(3, Phase.DOWN, 960.0, 270.0)]


def test_black_bars_are_left_out_of_the_picture():
    event = pygame.Event(pygame.FINGERDOWN, finger_id=3, x=0.5, y=0.5)
    assert read(event, window=(960, 1080)) == [Finger(3, Phase.DOWN, 960.0, 540.0)]


def test_a_mouse_is_a_finger_while_its_button_is_down():
    down = pygame.Event(pygame.MOUSEBUTTONDOWN, button=1, pos=(10, 20))
    move = pygame.Event(pygame.MOUSEMOTION, pos=(11, 20))
    up = pygame.Event(pygame.MOUSEBUTTONUP, button=1, pos=(11, 20))
    assert [finger.phase for finger in read(move, down, move, up, move)] == [
        Phase.DOWN,
        Phase.MOVE,
        Phase.UP,
    ]
    assert {finger.number for finger in read(down)} == {MOUSE}


def test_the_mouse_events_of_a_touch_screen_come_but_once():
    event = pygame.Event(pygame.MOUSEBUTTONDOWN, button=1, pos=(10, 20), touch=True)
    assert read(event) == []
