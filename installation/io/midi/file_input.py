"""A .mid file as an input: its notes arrive at their written times."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from threading import Event, Thread

from mido import Message, MidiFile
from mido.midifiles.meta import KeySignatureError

from installation.io.midi.inputs import MessageCallback, TimedInput

PERCUSSION_CHANNEL = 9  # channel of drums in General MIDI, whose keys are no pitches
PLAYBACK_JOIN_TIMEOUT_S = 1.0  # longest wait for the playing thread when closing, seconds
UNREADABLE_FILE_ERRORS = (
    EOFError,
    ValueError,
    LookupError,
    TypeError,
    ArithmeticError,
    KeySignatureError,
)
"""Exceptions of mido for a damaged file."""


class MidiFileInputError(ValueError):
    """A file that cannot be played along; one line that names it."""


@dataclass(frozen=True, slots=True)
class MidiFileMessage:
    """A message and its time from the beginning of the file, ns."""

    message: Message
    offset_ns: int


def read_messages(path: Path) -> list[MidiFileMessage]:
    """The messages of a .mid file in order, without meta messages and drums.

    Raises
    ------
    MidiFileInputError
        If the file cannot be read, or has no notes.
    """
    try:
        file = MidiFile(path, clip=True)
        fault = _timing_fault(file)
        messages = [] if fault else _pitched_messages(file)
    except OSError as error:
        raise MidiFileInputError(f"{path}: {error.strerror or error}") from error
    except UNREADABLE_FILE_ERRORS as error:
        raise MidiFileInputError(f"{path}: no MIDI file that can be read") from error
    if not fault and not any(each.message.type == "note_on" for each in messages):
        fault = "there are no notes in it"
    if fault:
        raise MidiFileInputError(f"{path}: {fault}")
    return messages


def _timing_fault(file: MidiFile) -> str:
    """The reason why a file has no times; empty if it has."""
    if file.ticks_per_beat == 0:
        return "its time division is 0"
    if file.ticks_per_beat < 0:  # mido reads the division as a signed number
        return "its time division is SMPTE frames, not ticks a beat"
    if any(message.type == "set_tempo" and message.tempo == 0 for message in chain(*file.tracks)):
        return "it sets a tempo of 0 microseconds a beat"
    return ""


def _pitched_messages(file: MidiFile) -> list[MidiFileMessage]:
    seconds, messages = 0.0, []
    for message in file:
        seconds += message.time
        channel = None if message.is_meta else getattr(message, "channel", None)
        if channel not in (None, PERCUSSION_CHANNEL):
            messages.append(MidiFileMessage(message, round(seconds * 1e9)))
    return messages


class MidiFileInput(TimedInput):
    """A .mid file that is played once, at its own tempo.

    Parameters
    ----------
    path : Path
    sink : callable
        Gets each `ReceivedMessage`, stamped with its written time, however late it is passed on.

    Raises
    ------
    MidiFileInputError
        If the file cannot be read, or has no notes.
    """

    def __init__(self, path: Path, sink: MessageCallback) -> None:
        self._messages = read_messages(path)
        self._message_time_ns = 0
        self._stop = Event()
        self._thread: Thread | None = None
        super().__init__(sink, path.name, now=lambda: self._message_time_ns)

    def start(self, start: int) -> None:
        """Begin to play at `start`, monotonic ns, on a thread of its own."""
        self._thread = Thread(target=self.play, args=(start,), name="play along", daemon=True)
        self._thread.start()

    def play(self, start: int) -> None:
        """Play from `start` (monotonic ns) to the end, then release all keys."""
        for each in self._messages:
            self._message_time_ns = start + each.offset_ns
            if self._stop.wait(max(0.0, (self._message_time_ns - time.monotonic_ns()) / 1e9)):
                return
            self.on_message(each.message)
        self.release_all()

    def _close(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(PLAYBACK_JOIN_TIMEOUT_S)
