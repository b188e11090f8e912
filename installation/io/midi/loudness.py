"""Loudness: volume, quiet and silence of all outputs, and a few notes to check them by ear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from threading import Event, Thread

from mido import Message

from installation.io.midi.outputs import TimedOutput

QUIET_SHARE = 0.35  # share of the volume that is left in quiet hours
CHECK_PITCHES = (57, 64, 69, 76)  # MIDI numbers of the notes of a sound check
CHECK_NOTE_S = 0.5  # length of each of them, seconds
CHECK_VELOCITY, CHECK_CHANNEL = 80, 1  # the channel of the network


@dataclass(frozen=True, slots=True)
class Loudness:
    """What the staff asks of the outputs.

    Parameters
    ----------
    volume : float
        From 0 to 1.
    quiet, silent : bool
        Whether only `QUIET_SHARE` of the volume is left, and whether nothing is.
    house_share : float
        Share of the volume at this time of day, 0..1.
    """

    volume: float
    quiet: bool = False
    silent: bool = False
    house_share: float = 1.0

    @property
    def level(self) -> float:
        """Volume of the outputs, 0..1."""
        share = self.house_share * (QUIET_SHARE if self.quiet else 1.0)
        return 0.0 if self.silent else self.volume * share


class LoudnessControl:
    """Sets the loudness of outputs, which keep their own until it is changed; for any thread.

    Parameters
    ----------
    outputs : sequence of TimedOutput
    volume : float
        At the start, 0..1.

    Attributes
    ----------
    loudness : Loudness
        As it was asked for last.
    level_sent : float or None
        Volume that the outputs were told last, 0..1; None before the first change.
    """

    def __init__(self, outputs: Sequence[TimedOutput], volume: float) -> None:
        self._outputs, self.loudness = tuple(outputs), Loudness(volume)
        self.level_sent: float | None = None
        self._ending = Event()
        self._check: Thread | None = None

    def change(self, **values: float | bool) -> None:
        """Change fields of `loudness`."""
        self.loudness = replace(self.loudness, **values)
        self.level_sent = level = self.loudness.level
        for output in self._outputs:
            output.set_level(level)

    def play_sound_check(self) -> None:
        """Play some notes on every output, unless they are playing already."""
        if self._check is None or not self._check.is_alive():
            self._check = Thread(target=self._play_check_notes, name="sound check", daemon=True)
            self._check.start()

    def close(self) -> None:
        """End a sound check."""
        self._ending.set()
        if self._check is not None:
            self._check.join()

    def _play_check_notes(self) -> None:
        for pitch in CHECK_PITCHES:
            values = {"note": pitch, "channel": CHECK_CHANNEL}
            self._send(Message("note_on", velocity=CHECK_VELOCITY, **values))
            self._ending.wait(CHECK_NOTE_S)
            self._send(Message("note_off", **values))
            if self._ending.is_set():
                return

    def _send(self, message: Message) -> None:
        for output in self._outputs:
            output.send(message)
