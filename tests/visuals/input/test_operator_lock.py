from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future

import pygame
import pytest

from messages.clock import SECOND
from visuals.input.operator_lock import (
    HOLD_NS,
    MAX_WRONG_PINS,
    OPEN_NS,
    PAUSE_NS,
    PIN_TIMEOUT_NS,
    LockedKey,
    LockState,
    OperatorLock,
)

ESCAPE, RETURN, LETTER = pygame.KSCAN_ESCAPE, pygame.KSCAN_RETURN, pygame.KSCAN_A


class InlineExecutor(Executor):
    """Does its work at once, in the caller's thread."""

    def submit(self, fn, /, *arguments, **keywords):
        done = Future()
        try:
            done.set_result(fn(*arguments, **keywords))
        except OSError as error:
            done.set_exception(error)
        return done


class Operator:
    """Somebody at the keyboard of a locked window, whose PIN is 2061 unless it is checked else."""

    def __init__(self, is_right_pin: Callable[[str], bool] = "2061".__eq__) -> None:
        self.now = SECOND
        self.lock = OperatorLock(is_right_pin, InlineExecutor())

    def press(self, scancode: int, duration: int = SECOND // 10) -> LockedKey:
        """Press and release a key; what became of the release."""
        self.lock.handle_key(scancode, True, self.now)
        self.wait(duration)
        return self.lock.handle_key(scancode, False, self.now)

    def wait(self, duration: int) -> None:
        self.now += duration
        self.lock.update(self.now)

    def type_pin(self, pin: str) -> None:
        self.press(ESCAPE, HOLD_NS)
        for digit in pin:
            self.press(getattr(pygame, f"KSCAN_{digit}"))
        self.press(RETURN)


@pytest.fixture
def operator():
    return Operator()


def test_a_short_escape_leads_home_and_other_staff_keys_nowhere(operator):
    assert operator.press(ESCAPE) is LockedKey.HOME
    for key in (pygame.KSCAN_F11, pygame.KSCAN_F12, pygame.KSCAN_PAUSE):
        assert operator.press(key) is LockedKey.NOTHING
    assert operator.press(LETTER) is LockedKey.FREE


def test_a_long_hold_and_the_pin_open_the_lock_for_a_while(operator):
    operator.type_pin("2061")
    assert operator.lock.state is LockState.OPEN
    assert operator.press(ESCAPE) is operator.press(pygame.KSCAN_PAUSE) is LockedKey.FREE
    operator.wait(OPEN_NS)
    assert operator.lock.state is LockState.CLOSED


def test_a_hold_that_is_too_short_asks_for_nothing(operator):
    assert operator.press(ESCAPE, HOLD_NS - 1) is LockedKey.HOME
    assert operator.lock.state is LockState.CLOSED


def test_a_wrong_pin_opens_nothing(operator):
    operator.type_pin("2062")
    assert operator.lock.state is LockState.CLOSED


def test_a_pin_that_cannot_be_checked_is_wrong_and_is_logged_once(caplog):
    def fail(pin: str) -> bool:
        raise OSError("the PIN's file is gone")

    operator = Operator(fail)
    operator.type_pin("2061")
    operator.wait(SECOND)
    assert operator.lock.state is LockState.CLOSED
    assert [record.message for record in caplog.records] == ["the PIN could not be checked"]


def test_many_wrong_pins_lock_for_a_while(operator):
    for _ in range(MAX_WRONG_PINS):
        operator.type_pin("1234")
    operator.press(ESCAPE, HOLD_NS)
    assert operator.lock.state is LockState.CLOSED
    operator.wait(PAUSE_NS)
    operator.type_pin("2061")
    assert operator.lock.state is LockState.OPEN


def test_while_the_pin_is_asked_for_the_piano_plays_and_digits_choose_no_scene(operator):
    operator.press(ESCAPE, HOLD_NS)
    assert operator.lock.handle_key(pygame.KSCAN_1, True, operator.now) is LockedKey.NOTHING
    assert operator.lock.handle_key(LETTER, True, operator.now) is LockedKey.FREE
    assert operator.press(pygame.KSCAN_PAUSE) is LockedKey.NOTHING
    assert operator.lock.digit_count == 1
    operator.press(pygame.KSCAN_BACKSPACE)
    assert operator.lock.digit_count == 0


def test_the_question_goes_after_a_while_or_with_escape(operator):
    operator.press(ESCAPE, HOLD_NS)
    operator.wait(PIN_TIMEOUT_NS)
    assert operator.lock.state is LockState.CLOSED
    operator.press(ESCAPE, HOLD_NS)
    assert operator.press(ESCAPE) is LockedKey.NOTHING
    assert operator.lock.state is LockState.CLOSED


def test_a_key_that_the_window_lost_is_not_held(operator):
    operator.lock.handle_key(ESCAPE, True, operator.now)
    operator.lock.release_keys()
    operator.wait(2 * HOLD_NS)
    assert operator.lock.state is LockState.CLOSED
