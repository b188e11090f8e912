"""A .mid file as an input: its notes arrive at their written times."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

from mido import Message

from installation.io.midi.inputs import MessageCallback, TimedInput
from messages.clock import SECOND
from midi_data.midi_files import MidiFileError, describe_losses, read_songs

PLAYBACK_JOIN_TIMEOUT_S = 1.0  # longest wait for the playing thread when closing, seconds

logger = logging.getLogger(__name__)


class MidiFileInputError(ValueError):
    """A file that cannot be played along; one line that names it."""


@dataclass(frozen=True, slots=True)
class MidiFileMessage:
    """A message and its time from the beginning of the file, ns."""

    message: Message
    offset_ns: int


def read_messages(path: Path) -> list[MidiFileMessage]:
    """The first song of a MIDI file as messages in order, without drums; losses are logged."""
    try:
        songs = read_songs(path)
    except MidiFileError as error:
        raise MidiFileInputError(str(error)) from error
    if losses := describe_losses(songs):
        logger.warning("%s: left out %s", path, losses)
    song = next((song for song in songs if song.tune.notes), None)
    if song is None:
        raise MidiFileInputError(f"{path}: there are no notes in it but drums")
    messages = []
    for part in song.parts:
        for note in () if part.is_drums else part.notes:
            key = {"channel": part.channel, "note": note.pitch}
            on = Message("note_on", velocity=note.velocity, **key)
            off = Message("note_off", velocity=0, **key)
            for message, beat in ((on, note.onset), (off, note.end)):
                at = round(song.seconds_at(beat) * SECOND)
                messages.append(MidiFileMessage(message, at))
    return sorted(messages, key=lambda each: (each.offset_ns, each.message.bytes()))  # off, then on


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
