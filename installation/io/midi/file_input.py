"""Play along: a .mid file as an input, its notes stamped with the moments they are written at."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from threading import Event, Thread

from mido import Message, MidiFile
from mido.midifiles.meta import KeySignatureError

from installation.io.midi.inputs import MessageCallback, TimedInput

PERCUSSION_CHANNEL = 9
"""Channel of drums in General MIDI: its keys are no pitches."""
PLAYBACK_JOIN_TIMEOUT_S = 1.0
"""Seconds to wait for the thread when closing."""
UNREADABLE_FILE_ERRORS = (
    EOFError,
    ValueError,
    LookupError,
    TypeError,
    ArithmeticError,
    KeySignatureError,
)
"""Exceptions mido raises on a damaged file."""


class MidiFileInputError(ValueError):
    """A file that cannot be played along; one line that names it."""


@dataclass(frozen=True, slots=True)
class MidiFileMessage:
    """A message and when it comes, ns from the beginning of the file."""

    message: Message
    offset_ns: int


def read_messages(path: Path) -> list[MidiFileMessage]:
    """What there is to hear in a .mid file, in order, drums left out.

    Raises
    ------
    MidiFileInputError
        If it cannot be read, or has no notes.
    """
    try:
        midi = MidiFile(path, clip=True)
        fault = _timing_fault(midi)
        written = [] if fault else list(_timed(midi))
    except OSError as error:
        raise MidiFileInputError(f"{path}: {error.strerror or error}") from error
    except UNREADABLE_FILE_ERRORS as error:
        raise MidiFileInputError(f"{path}: no MIDI file that can be read") from error
    if not fault and not any(one.message.type == "note_on" for one in written):
        fault = "there are no notes in it"
    if fault:
        raise MidiFileInputError(f"{path}: {fault}")
    return written


def _timing_fault(midi: MidiFile) -> str:
    """The reason why no time can be computed from a file; empty if it can."""
    if midi.ticks_per_beat == 0:
        return "its time division is 0"
    if midi.ticks_per_beat < 0:  # mido reads the division as a signed number
        return "its time division is SMPTE frames, not ticks a beat"
    if any(message.type == "set_tempo" and message.tempo == 0 for message in chain(*midi.tracks)):
        return "it sets a tempo of 0 microseconds a beat"
    return ""


def _timed(messages: Iterable[Message]) -> Iterator[MidiFileMessage]:
    seconds = 0.0
    for message in messages:
        seconds += message.time
        if (
            not message.is_meta
            and getattr(message, "channel", PERCUSSION_CHANNEL) != PERCUSSION_CHANNEL
        ):
            yield MidiFileMessage(message, round(seconds * 1e9))


class MidiFileInput(TimedInput):
    """A .mid file that is played once, in its own time.

    Parameters
    ----------
    path : Path
    sink : callable
        Gets each `ReceivedMessage`, stamped with the time it is written at, however late it comes.

    Raises
    ------
    MidiFileInputError
    """

    def __init__(self, path: Path, sink: MessageCallback) -> None:
        self._messages = read_messages(path)
        self._at = 0
        self._stop = Event()
        self._thread: Thread | None = None
        super().__init__(sink, path.name, now=lambda: self._at)

    def start(self, at: int) -> None:
        """Begin to play at `at`, monotonic ns, on a thread of its own."""
        self._thread = Thread(target=self.play, args=(at,), name="play along", daemon=True)
        self._thread.start()

    def play(self, at: int) -> None:
        """Play from `at` (monotonic ns) to the end, then let go of everything."""
        for one in self._messages:
            self._at = at + one.offset_ns
            if self._stop.wait(max(0.0, (self._at - time.monotonic_ns()) / 1e9)):
                return
            self.on_message(one.message)
        self.release_all()

    def close(self) -> None:
        """Stop playing."""
        super().close()
        self._stop.set()
        if self._thread is not None:
            self._thread.join(PLAYBACK_JOIN_TIMEOUT_S)
