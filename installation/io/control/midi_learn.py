"""MIDI-learn: knobs and buttons of MIDI devices become controls, and are kept in a file."""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from mido import Message

from installation.io.control.control_messages import (
    LEARNABLE_ARGUMENTS,
    ControlError,
    ControlMessage,
    ControlValue,
    NumberArgument,
    validate_control,
)
from installation.io.midi.active_notes import SUSTAIN_CONTROLLER
from installation.io.midi.backend import port_stem
from installation.io.midi.inputs import ReceivedMessage
from messages.clock import SECOND
from midi_data.atomic_files import write_text_atomically

LEARN_TIMEOUT_NS = 10 * SECOND
FIRST_MODE_CONTROLLER = 120  # of the channel mode messages, which are no knobs
PRESSED_VALUE = 64  # value from which a button is down
STEPS = 128  # values of a controller

log = logging.getLogger(__name__)


class Knob(NamedTuple):
    """A controller of a device; the channel counts from 1."""

    port: str
    channel: int
    cc: int


class MidiLearn:
    """Knobs by the controls they move; may be used from several threads.

    Parameters
    ----------
    path : Path
        File of the knobs that were learned; it need not exist.
    choices : callable
        Returns the words that a control accepts now.
    """

    def __init__(self, path: Path, choices: Callable[[str], Sequence[str]]) -> None:
        self._path, self._choices, self._lock = path, choices, Lock()
        self._controls = _read(path)
        self._last: dict[Knob, tuple[ControlValue, ...]] = {}
        self._learning, self._until = "", 0

    def learn(self, control: str, at: int) -> None:
        """Let the next knob that moves within ten seconds of the time `at` (ns) be a control's.

        Parameters
        ----------
        control : str
            One of `LEARNABLE_ARGUMENTS`; for one style's share of a blend "blend" and its name.
        at : int

        Raises
        ------
        ControlError
            If no knob can move it.
        """
        check_learnable(control)
        with self._lock:
            self._learning, self._until = control, at + LEARN_TIMEOUT_NS

    def is_knob(self, received: ReceivedMessage) -> bool:
        """Whether a message is that of a known knob, or of the one to be learned now.

        Parameters
        ----------
        received : ReceivedMessage

        Returns
        -------
        bool
        """
        knob = _knob_of(received)
        if knob is None:
            return False
        with self._lock:
            if self._learning and received.at <= self._until:
                self._bind(knob)
            return knob in self._controls

    def read(self, received: ReceivedMessage) -> ControlMessage | None:
        """The control that a known knob asks for; None if that is what it asked for before.

        Parameters
        ----------
        received : ReceivedMessage

        Returns
        -------
        ControlMessage or None

        Raises
        ------
        ControlError
            If the control has nothing to choose from here.
        """
        knob = _knob_of(received)
        with self._lock:
            name, *words = self._controls[knob].split()
        *_, last = LEARNABLE_ARGUMENTS[name] or (None,)
        value = received.message.value
        values: tuple[ControlValue, ...] = tuple(words)
        if isinstance(last, NumberArgument):
            values = (*words, last.at_share(value / (STEPS - 1)))
        elif last is not None:
            choices = getattr(last, "choices", ()) or self._choices(name)
            if not choices:
                raise ControlError(f"{name} has nothing to choose from here")
            values = (choices[value * len(choices) // STEPS],)
        elif value < PRESSED_VALUE:
            self._last.pop(knob, None)
            return None
        if self._last.get(knob) == values:
            return None
        self._last[knob] = values
        return validate_control(name, values, received.at, LEARNABLE_ARGUMENTS)

    def _bind(self, knob: Knob) -> None:
        control, self._learning = self._learning, ""
        self._controls[knob] = control
        self._last.pop(knob, None)
        log.info("%s, channel %d, controller %d moves %s from now on", *knob, control)
        try:
            _write(self._path, self._controls)
        except OSError as error:
            log.warning(
                "%s cannot be written, so %s is known until the end: %s", self._path, control, error
            )


def check_learnable(control: str) -> None:
    """Check that a knob can move a control.

    Parameters
    ----------
    control : str

    Raises
    ------
    ControlError
    """
    name, *words = control.split()[:3] or [""]
    arguments = LEARNABLE_ARGUMENTS.get(name)
    if arguments is None:
        raise ControlError(f"no knob moves {name!r}; it can move {', '.join(LEARNABLE_ARGUMENTS)}")
    if len(words) != max(0, len(arguments) - 1):
        raise ControlError(f"{name} is learned with {max(0, len(arguments) - 1)} words after it")


def _knob_of(received: ReceivedMessage) -> Knob | None:
    message: Message = received.message
    if not message.is_cc() or message.control >= FIRST_MODE_CONTROLLER:
        return None
    if message.control == SUSTAIN_CONTROLLER:
        return None
    return Knob(port_stem(received.port), message.channel + 1, message.control)


def _read(path: Path) -> dict[Knob, str]:
    """The knobs of a file; what cannot be used is left out, with a warning."""
    found: dict[Knob, str] = {}
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8")).get("knob", [])
    except FileNotFoundError:
        return found
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        log.warning("no knobs from %s: %s", path, error)
        return found
    for row in rows if isinstance(rows, list) else [rows]:
        try:
            control = str(row["control"])
            check_learnable(control)
            found[Knob(str(row["port"]), int(row["channel"]), int(row["cc"]))] = control
        except (ControlError, KeyError, TypeError, ValueError) as error:
            log.warning("%s: left out a knob: %s", path, error)
    return found


def _write(path: Path, controls: dict[Knob, str]) -> None:
    rows = [
        f"[[knob]]\nport = {_quoted(knob.port)}\nchannel = {knob.channel}\ncc = {knob.cc}\n"
        f"control = {_quoted(control)}\n"
        for knob, control in sorted(controls.items())
    ]
    write_text_atomically(path, "\n".join(rows))


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
