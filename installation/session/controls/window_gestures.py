"""Window gestures: what visitors do at the window, as keys to play and changes to make."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from installation.engine.key_input import InputChannel, KeyInput
from installation.engine.live_controls import InterventionsChange, LiveControlChange
from installation.io.control.control_messages import ControlMessage, validate_control
from installation.io.drop_counter import DropCounter
from installation.session.controls.control_mapping import ControlMapper, hold_intervention
from installation.visits.visit_log import VisitLog
from messages.gestures import (
    ComparisonRequest,
    Gesture,
    HeldUnitsChange,
    KeyEvent,
    LessonOpenChange,
    LessonPlayRequest,
    LessonSilenceRequest,
    ModelRequest,
    ParameterChange,
    PlayAloneRequest,
)

WINDOW_INPUT = "window"  # name of the window among the inputs
WINDOW_KEY_VELOCITY = 90  # MIDI velocity of a key at the window, which does not measure it

log = logging.getLogger(__name__)


class WindowGestures:
    """Plays and applies the gestures of visitors at the window.

    The window is there before the performer: what was done before this object was made, counts as
    done then, when it is heard.

    Parameters
    ----------
    key_input : KeyInput
    mapper : ControlMapper
    apply_control : callable
        Carries out a control, as those of other programs.
    load_guest : callable
        Has the model of a path played, from a time in ns on.
    now : callable
        Current time, ns.
    visit_log : VisitLog, optional
        Told of each gesture.
    """

    def __init__(
        self,
        key_input: KeyInput,
        mapper: ControlMapper,
        apply_control: Callable[[ControlMessage], None],
        load_guest: Callable[[Path, int], None],
        now: Callable[[], int],
        visit_log: VisitLog | None = None,
    ) -> None:
        self._key_input, self._mapper, self._visit_log = key_input, mapper, visit_log
        self._apply_control, self._load_guest = apply_control, load_guest
        self._presses: Counter[int] = Counter()  # of each pitch, by keys and fingers
        self._are_units_held = False
        self._drop_counter = DropCounter("window", now)
        self._began_at = now()

    def handle_gesture(self, gesture: Gesture) -> None:
        """Play or apply a visitor's gesture.

        A gesture out of bounds is dropped and counted: it must not end the thread of the caller.

        Parameters
        ----------
        gesture : Gesture
        """
        if gesture.at < self._began_at:
            gesture = replace(gesture, at=self._began_at)
        try:
            match gesture:
                case KeyEvent(pitch, True, at):
                    source = InputChannel(WINDOW_INPUT, self._presses[pitch])
                    self._key_input.press(pitch, WINDOW_KEY_VELOCITY, at, source)
                    self._presses[pitch] += 1
                case KeyEvent(pitch, False, at) if self._presses[pitch]:
                    self._presses[pitch] -= 1
                    source = InputChannel(WINDOW_INPUT, self._presses[pitch])
                    self._key_input.release(pitch, at, source)
                case HeldUnitsChange(held_units, at):
                    self._are_units_held = bool(held_units)
                    touches = InterventionsChange(tuple(map(hold_intervention, held_units)))
                    self._key_input.submit_control_change(LiveControlChange(touches, at))
                case ParameterChange("blend", shares, at):
                    self._key_input.submit_control_change(self._mapper.map_blend(shares, at))
                case ParameterChange(name, values, at):
                    self._apply_control(validate_control(name, values, at))
                case (
                    LessonOpenChange()
                    | LessonPlayRequest()
                    | LessonSilenceRequest()
                    | PlayAloneRequest()
                    | ComparisonRequest()
                ):
                    self._key_input.submit_stage_request(gesture)
                case ModelRequest(path, at):
                    self._load_guest(Path(path), at)
            if self._visit_log is not None:
                self._visit_log.record_gesture(gesture)
        except ValueError as error:
            log.debug("no such gesture: %s", error)
            self._drop_counter.record_drop("gestures out of bounds")

    def release_window_input(self, at: int) -> None:
        """Release all keys and units held at a window that is gone, and close its lesson."""
        self._presses.clear()
        self._key_input.release_input(WINDOW_INPUT, at)
        if self._are_units_held:
            self.handle_gesture(HeldUnitsChange((), at))
        self.handle_gesture(LessonOpenChange(False, at))
