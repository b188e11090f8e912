"""Stage input: turns SDL events into gestures for the performer and commands for the stage.

Gestures go out as soon as an event is read, also in the middle of a frame: a key waits for no
drawing. Commands change the picture, so they wait for the start of the next frame. Later events
wait behind them, since a command may change the meaning of a key.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from time import monotonic_ns
from typing import Protocol

import pygame

from messages.clock import SECOND
from messages.cues import BlendChange
from messages.gestures import Gesture, HeldUnit, ParameterChange, QuitRequest
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.input.computer_keyboard import ComputerKeyboard, system_layout
from visuals.input.gesture_input import GestureInput, SteeredScene
from visuals.input.key_bindings import (
    COMMAND_BY_SCANCODE,
    LESSON_COMMAND_BY_SCANCODE,
    PictureClick,
    StageCommand,
    WindowCommand,
)
from visuals.input.lesson_actions import ACTION_BY_SCANCODE
from visuals.input.operator_lock import LockedKey, LockState, OperatorLock
from visuals.input.pointer import FingerPhase, PointerReader
from visuals.input.touch_input import ScreenPiano, UnitInspection
from visuals.timeline import Timeline

POINTER_TIMEOUT_NS = 3 * SECOND  # time without movement after which the pointer hides, ns
SILENCE_SCANCODE = pygame.KSCAN_PAUSE  # for operators: ends every note
POLL_INTERVAL_NS = 500_000  # least time between two polls of SDL, ns; one takes 0.02 ms


class InputTarget(Protocol):
    """The parts of the stage that keys and fingers act on."""

    @property
    def scene(self) -> SteeredScene:
        """The scene that is shown."""

    @property
    def timeline(self) -> Timeline:
        """The cues that are known."""

    @property
    def in_lesson(self) -> bool:
        """Whether a lesson is open."""

    @property
    def is_touring(self) -> bool:
        """Whether the tour runs, which a touch ends."""


class StageInput:
    """Reads the events of the window.

    Parameters
    ----------
    target : InputTarget
    keyboard : ScreenPiano
        The piano on the screen.
    sink : callable
        Takes each gesture; must not block.
    now : callable
        The time, ns.
    has_window : bool
        Without a window no event is read.
    operator_lock : OperatorLock, optional
        Keeps visitors inside the piece.

    Attributes
    ----------
    last_input : int
        When a key was pressed or the picture touched last, ns.
    """

    def __init__(
        self,
        target: InputTarget,
        keyboard: ScreenPiano,
        sink: Callable[[Gesture], None],
        now: Callable[[], int],
        has_window: bool = True,
        operator_lock: OperatorLock | None = None,
    ) -> None:
        self.operator_lock = operator_lock
        self._target, self._sink, self._now, self._has_window = target, sink, now, has_window
        self._keyboard, self._computer_keyboard = keyboard, ComputerKeyboard()
        self._gesture_input = GestureInput(keyboard)
        self._pointer = PointerReader()
        self._window_size = PICTURE_SIZE_PX  # as known last
        self._in_lesson = False
        self._lesson_presses: set[tuple[str, int]] = set()  # fingers and keys down in a lesson
        self._commands: deque[WindowCommand] = deque()
        self._waiting_events: deque[pygame.Event] = deque()
        self._next_poll_ns = self.last_input = 0
        self._pointer_hides_at: int | None = None  # ns; None while the pointer is hidden
        self._readers = {
            pygame.KEYDOWN: self._read_key,
            pygame.KEYUP: self._read_key,
            pygame.QUIT: self._read_quit,
            pygame.WINDOWFOCUSLOST: self._read_focus_lost,
            pygame.KEYMAPCHANGED: self._read_keymap,
        }
        if has_window:
            self._computer_keyboard.use_layout(system_layout())

    def use_picture(self, keyboard: ScreenPiano, size: tuple[int, int]) -> None:
        """Read fingers on another piano, in a picture of another size."""
        self.release_fingers()
        self._keyboard = self._gesture_input.touch_input.keyboard = keyboard
        self._pointer.picture_size = size

    @property
    def held_units(self) -> tuple[HeldUnit, ...]:
        """The units that are silenced or amplified now."""
        return self._gesture_input.touch_input.held_units

    @property
    def legends(self) -> Mapping[int, str]:
        """Legend of the computer key that plays each pitch."""
        return self._computer_keyboard.legends_by_pitch()

    @property
    def card_rect(self) -> pygame.Rect | None:
        """Where the card of the inspected unit was drawn last."""
        return self._gesture_input.touch_input.card_rect

    @card_rect.setter
    def card_rect(self, rect: pygame.Rect | None) -> None:
        self._gesture_input.touch_input.card_rect = rect

    def cover_scene(self, rects: tuple[pygame.Rect, ...]) -> None:
        """Have touches of these rectangles go to no unit or knob of the scene below them."""
        self._gesture_input.touch_input.covered_rects = rects

    def leave_network(self) -> None:
        """Lift all fingers and close the card, before other networks are drawn."""
        self.release_fingers()
        self._gesture_input.touch_input.inspected_unit = self.card_rect = None

    def current_inspection(self) -> UnitInspection | None:
        """The unit whose card is shown now, if any."""
        return self._gesture_input.touch_input.current_inspection(self._now())

    def poll(self) -> None:
        """Read the events that are there, unless that was done less than an interval ago."""
        time_ns = monotonic_ns()
        if time_ns < self._next_poll_ns or not self._has_window or not pygame.display.get_init():
            return
        for event in pygame.event.get():
            if self._commands or self._waiting_events:
                self._waiting_events.append(event)
            else:
                self._readers.get(event.type, self._read_pointer)(event)
        self._next_poll_ns = time_ns + POLL_INTERVAL_NS

    def read_commands(self) -> Iterator[WindowCommand]:
        """Commands since the last frame, each to be carried out before the next one is taken."""
        if not self._has_window:
            return
        self._follow_lesson()
        self._hide_pointer()
        if self.operator_lock is not None:
            self.operator_lock.update(self._now())
        self._send(self._gesture_input.tick(self._target.scene, self._target.timeline, self._now()))
        self._next_poll_ns = 0
        self.poll()
        while self._commands:
            yield self._commands.popleft()
            self._follow_lesson()
            while self._waiting_events and not self._commands:
                event = self._waiting_events.popleft()
                self._readers.get(event.type, self._read_pointer)(event)

    def release_fingers(self) -> None:
        """Lift all fingers, as before the scene under them changes."""
        self._send(self._gesture_input.release_all(self._now()))
        if self._lesson_presses:
            self._lesson_presses.clear()
            self._commands.append(StageCommand.RELEASE)

    @property
    def octave_shift(self) -> int:
        """Shift of the computer's piano, octaves."""
        return self._computer_keyboard.octave_shift

    @property
    def steered_from(self) -> BlendChange | None:
        """The parameters of the music before a visitor changed them, if so."""
        return self._gesture_input.steered_from

    def restore(self, octave_shift: int, steered_from: BlendChange | None) -> None:
        """Go on after another stage."""
        self._computer_keyboard.octave_shift = octave_shift
        if steered_from is not None:
            self._gesture_input.restore_steering(steered_from, self._now())

    def end_visit(self) -> None:
        """Lift all fingers, which may have been forgotten, and shift the computer's piano back."""
        self.release_fingers()
        self._computer_keyboard.octave_shift = 0

    def _follow_lesson(self) -> None:
        """Lift fingers and arrows as a lesson opens, since it takes what follows of them."""
        in_lesson = self._target.in_lesson
        if in_lesson != self._in_lesson:
            self._lesson_presses.clear()
        if in_lesson and not self._in_lesson:
            self.release_fingers()
        self._in_lesson = in_lesson

    def _press_in_lesson(self, press: tuple[str, int], command: WindowCommand) -> None:
        """Take note of a finger or key that goes down, and have the lesson act on it."""
        self._lesson_presses.add(press)
        self._commands.append(command)

    def _lift_in_lesson(self, press: tuple[str, int]) -> None:
        """Have the lesson release its button with the last finger or key, not with any.

        While one visitor holds the button, another touches the picture.
        """
        self._lesson_presses.discard(press)
        if not self._lesson_presses:
            self._commands.append(StageCommand.RELEASE)

    def _read_quit(self, event: pygame.Event) -> None:
        lock = self.operator_lock
        if lock is None or lock.state is LockState.OPEN:
            self._sink(QuitRequest(self._now()))
        else:
            self._commands.append(StageCommand.GO_HOME)

    def _read_keymap(self, event: pygame.Event) -> None:
        """Follow a switch of the keyboard's layout."""
        self._computer_keyboard.use_layout(system_layout())

    def _read_focus_lost(self, event: pygame.Event) -> None:
        """Release everything: the key-ups go to another window from now on."""
        self.release_all()

    def release_all(self) -> None:
        """Release all keys and fingers, as when the window cannot tell when they are lifted."""
        self._send(self._computer_keyboard.release_all(self._now()))
        self.release_fingers()
        if self.operator_lock is not None:
            self.operator_lock.release_keys()

    def _read_key(self, event: pygame.Event) -> None:
        now, keyboard = self._now(), self._computer_keyboard
        scancode, down = event.scancode, event.type == pygame.KEYDOWN
        if down:
            self.last_input = now
        if self.operator_lock is not None:
            fate = self.operator_lock.handle_key(scancode, down, now)
            if fate is LockedKey.HOME:
                self._commands.append(StageCommand.GO_HOME)
            if fate is not LockedKey.FREE:
                return
        commands = LESSON_COMMAND_BY_SCANCODE if self._in_lesson else COMMAND_BY_SCANCODE
        if self._in_lesson and scancode in ACTION_BY_SCANCODE:
            if down:
                self._press_in_lesson(("key", scancode), ACTION_BY_SCANCODE[scancode])
            else:
                self._lift_in_lesson(("key", scancode))
        elif down and scancode in commands:
            self._commands.append(commands[scancode])
        elif down and scancode == pygame.KSCAN_ESCAPE:
            self._sink(QuitRequest(now))
        elif down and scancode == SILENCE_SCANCODE:
            self._sink(ParameterChange("silence", (), now))
        elif key := keyboard.press(scancode, now) if down else keyboard.release(scancode, now):
            self._sink(key)
        else:
            self._send(self._gesture_input.handle_key(scancode, down, self._target.scene, now))

    def _hide_pointer(self) -> None:
        """Hide the pointer again after a time without movement."""
        if self._pointer_hides_at is not None and self._now() >= self._pointer_hides_at:
            self._pointer_hides_at = None
            with contextlib.suppress(pygame.error):  # a window that comes back hides it, too
                pygame.mouse.set_visible(False)

    def _read_pointer(self, event: pygame.Event) -> None:
        with contextlib.suppress(pygame.error):  # of a lost window, whose last size counts
            self._window_size = pygame.display.get_window_size()
        now = self._now()
        is_moved = event.type == pygame.MOUSEMOTION and not getattr(event, "touch", False)
        if is_moved and self.operator_lock is None:
            pygame.mouse.set_visible(True)
            self._pointer_hides_at = now + POINTER_TIMEOUT_NS
        if event.type in (pygame.MOUSEBUTTONDOWN, pygame.FINGERDOWN):
            self.last_input = now
        finger = self._pointer.read_event(event, self._window_size)
        if finger is None:
            return
        is_press = finger.phase is FingerPhase.DOWN
        is_beside = is_press and self._keyboard.pitch_at(finger.x, finger.y) is None
        # what is beside the piano in a tour lies elsewhere than the scene has it
        if not (self._in_lesson or (is_beside and self._target.is_touring)):
            self._send(self._gesture_input.handle_finger(finger, self._target.scene, now))
        click = PictureClick(finger.x, finger.y)
        if self._in_lesson and is_press:
            self._press_in_lesson(("finger", finger.number), click)
        elif self._in_lesson and finger.phase is FingerPhase.UP:
            self._lift_in_lesson(("finger", finger.number))
        elif is_beside:
            self._commands.append(click)

    def _send(self, gestures: Iterable[Gesture]) -> None:
        for gesture in gestures:
            self._sink(gesture)
