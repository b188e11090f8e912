"""Rack: instruments, an agenda and a master, rendered into samples.

What comes out depends only on the messages and the frames they are for, not on a clock or on how
many frames are asked for at a time.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from mido import Message
from numpy.typing import NDArray

from installation.io.audio.event_queue import Agenda
from installation.io.audio.instruments import BLOCK, Instrument
from installation.io.audio.limiter import Master
from installation.io.midi.active_notes import (
    ALL_NOTES_OFF,
    ALL_SOUND_OFF,
    SUSTAIN,
    ends_note,
    starts_note,
)


class Rack:
    """Instruments by channel.

    Not safe for threads: whoever renders owns it.

    Parameters
    ----------
    instruments : mapping of int to Instrument
        By MIDI channel, 0..15; messages on other channels are ignored.
    rate : int
        Frames a second.
    volume : float
        Amplitude of everything, 0..1.
    """

    def __init__(
        self, instruments: Mapping[int, Instrument], rate: int = 48_000, volume: float = 0.8
    ) -> None:
        self.rate = rate
        self.master = Master(rate, volume)
        self._instruments = dict(instruments)
        self._agenda = Agenda()
        self._rendered = 0  # frames, always whole blocks
        self._rest = np.zeros((0, 2), np.float32)  # rendered, not given out yet
        self._stopping = False

    @property
    def position(self) -> int:
        """The frame `render` gives next."""
        return self._rendered - len(self._rest)

    def schedule(self, message: Message, frame: int) -> None:
        """Play a message at a frame, or as soon as possible if that is past."""
        self._agenda.add(message, frame)

    def withdraw(self, after: int) -> None:
        """Forget messages for frames past `after`; see `Agenda.withdraw`."""
        self._agenda.withdraw(after)

    def silence(self) -> None:
        """Fade out, forget every message there is, and begin afresh."""
        self._agenda.clear()
        self._stopping = True

    def render(self, frames: int) -> NDArray[np.float32]:
        """The next frames.

        Returns
        -------
        ndarray of float32, shape (frames, 2)
        """
        parts, have = [self._rest], len(self._rest)
        while have < frames:
            parts.append(self._block())
            have += BLOCK
        sound = np.concatenate(parts)
        self._rest = sound[frames:]
        return sound[:frames]

    def _block(self) -> NDArray[np.float32]:
        if self._stopping:
            self._fade()
        else:
            for entry in self._agenda.take(before=self._rendered + BLOCK):
                self._play(entry.message, max(0, entry.frame - self._rendered))
        self._rendered += BLOCK
        mix = np.zeros((BLOCK, 2), np.float32)
        for instrument in self._instruments.values():
            mix += instrument.render()
        return self.master.apply(mix)

    def _fade(self) -> None:
        # messages that come meanwhile wait on the agenda until the instruments are quiet
        self.master.muted = True
        if self.master.silent:
            for instrument in self._instruments.values():
                instrument.stop()
                instrument.pedal(0, 0)
            self.master.muted = False
            self._stopping = False

    def _play(self, message: Message, offset: int) -> None:
        instrument = self._instruments.get(getattr(message, "channel", -1))
        if instrument is None:
            return
        if starts_note(message):
            instrument.note_on(offset, message.note, message.velocity)
        elif ends_note(message):
            instrument.note_off(offset, message.note)
        elif message.type == "pitchwheel":
            instrument.bend(offset, message.pitch)
        elif message.is_cc(SUSTAIN):
            instrument.pedal(offset, message.value)
        elif message.is_cc(ALL_SOUND_OFF) or message.is_cc(ALL_NOTES_OFF):
            self._end_notes(message.channel, instrument, offset)

    def _end_notes(self, channel: int, instrument: Instrument, offset: int) -> None:
        for ending in self._agenda.sounding.note_offs():
            if ending.channel == channel:
                self._agenda.sounding.hear(ending)
                instrument.note_off(offset, ending.note)
