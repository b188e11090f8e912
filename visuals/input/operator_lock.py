"""Operator lock: keeps visitors inside the piece; the staff opens it by a long hold and a PIN.

The keys of the staff are Esc, F11, F12 and Pause. A short press of Esc leads home. Holding one of
them for `HOLD_NS` asks for the PIN, which digits and Enter answer; then they do for `OPEN_NS` what
they do without a lock.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from enum import Enum, auto

import pygame

from messages.clock import SECOND

HOLD_NS = 3 * SECOND  # hold of a key of the staff that asks for the PIN, ns
PIN_TIMEOUT_NS = 15 * SECOND  # time without a digit after which the PIN is asked for no longer, ns
OPEN_NS = 60 * SECOND  # time for which the lock stays open, ns
MAX_WRONG_PINS = 5  # wrong PINs after which no PIN is asked for during `PAUSE_NS`
PAUSE_NS = 60 * SECOND
MAX_PIN_LENGTH = 12  # digits; further ones are left out

STAFF_SCANCODES = frozenset(
    {pygame.KSCAN_ESCAPE, pygame.KSCAN_F11, pygame.KSCAN_F12, pygame.KSCAN_PAUSE}
)
DIGIT_BY_SCANCODE = {
    getattr(pygame, f"KSCAN_{row}{digit}"): str(digit) for row in ("", "KP") for digit in range(10)
}
ENTER_SCANCODES = frozenset({pygame.KSCAN_RETURN, pygame.KSCAN_KP_ENTER})

log = logging.getLogger(__name__)


class LockState(Enum):
    """State of the lock."""

    CLOSED = auto()
    ASKING = auto()
    CHECKING = auto()
    OPEN = auto()


class LockedKey(Enum):
    """What becomes of a key."""

    FREE = auto()  # it does what it does without a lock
    NOTHING = auto()
    HOME = auto()


class OperatorLock:
    """The lock of one window.

    Parameters
    ----------
    is_right_pin : callable
        Whether a PIN is right; it takes long. If it raises, the PIN counts as wrong.
    checker : Executor, optional
        Calls it; by default a thread of its own.
    """

    def __init__(
        self, is_right_pin: Callable[[str], bool], checker: Executor | None = None
    ) -> None:
        self._is_right_pin = is_right_pin
        self._checker = checker or ThreadPoolExecutor(1, "pin")
        self._check: Future[bool] | None = None
        self.state = LockState.CLOSED
        self._held_since: int | None = None  # a key of the staff, ns
        self._until_ns = 0  # of the state
        self._digits, self._wrong_count, self._paused_until_ns = "", 0, 0

    @property
    def digit_count(self) -> int:
        """Number of digits of the PIN so far."""
        return len(self._digits)

    def handle_key(self, scancode: int, down: bool, now: int) -> LockedKey:
        """Take a key at the time `now`, ns."""
        if self.state is LockState.ASKING and down and scancode not in STAFF_SCANCODES:
            return self._edit_pin(scancode, now)
        if scancode not in STAFF_SCANCODES or self.state is LockState.OPEN:
            return LockedKey.FREE
        if down:
            self._held_since = now if self._held_since is None else self._held_since
            return LockedKey.NOTHING
        was_short = self._held_since is not None and now - self._held_since < HOLD_NS
        self._held_since = None
        if not was_short or scancode != pygame.KSCAN_ESCAPE:
            return LockedKey.NOTHING
        if self.state is LockState.ASKING:
            self._close()
            return LockedKey.NOTHING
        return LockedKey.HOME

    def update(self, now: int) -> None:
        """Let time pass until `now` (ns); called for each frame."""
        if self._check is not None and self._check.done():
            is_right, self._check = _answer(self._check), None
            self._take_answer(is_right, now)
        is_held = self._held_since is not None and now - self._held_since >= HOLD_NS
        if self.state is LockState.CLOSED and is_held and now >= self._paused_until_ns:
            self.state, self._until_ns = LockState.ASKING, now + PIN_TIMEOUT_NS
        elif self.state in (LockState.ASKING, LockState.OPEN) and now >= self._until_ns:
            self._close()

    def release_keys(self) -> None:
        """Forget that keys are held, as the window has lost them."""
        self._held_since = None

    def _edit_pin(self, scancode: int, now: int) -> LockedKey:
        if scancode in DIGIT_BY_SCANCODE and len(self._digits) < MAX_PIN_LENGTH:
            self._digits += DIGIT_BY_SCANCODE[scancode]
        elif scancode == pygame.KSCAN_BACKSPACE:
            self._digits = self._digits[:-1]
        elif scancode in ENTER_SCANCODES:
            self.state = LockState.CHECKING
            self._check = self._checker.submit(self._is_right_pin, self._digits)
            self._digits = ""
        elif scancode not in DIGIT_BY_SCANCODE:
            return LockedKey.FREE  # the piano plays on
        self._until_ns = now + PIN_TIMEOUT_NS
        return LockedKey.NOTHING

    def _take_answer(self, is_right: bool, now: int) -> None:
        self._close()
        if is_right:
            self._wrong_count = 0
            self.state, self._until_ns = LockState.OPEN, now + OPEN_NS
            return
        self._wrong_count += 1
        if self._wrong_count >= MAX_WRONG_PINS:
            self._wrong_count, self._paused_until_ns = 0, now + PAUSE_NS

    def _close(self) -> None:
        self.state, self._digits, self._held_since = LockState.CLOSED, "", None


def _answer(check: Future[bool]) -> bool:
    """Whether a PIN is right; one that could not be checked is not, and that is logged."""
    try:
        return check.result()
    except Exception:  # of whatever keeps the PIN: the stage goes on
        log.exception("the PIN could not be checked")
        return False
