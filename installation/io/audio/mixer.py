"""The mixer: instruments, an event queue and the master limiter, rendered into samples.

The samples depend only on the messages and their frames, not on a clock or on the number of
frames rendered at a time.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from mido import Message
from numpy.typing import NDArray

from installation.io.audio.instruments import BLOCK_FRAMES, Instrument
from installation.io.audio.leveller import VoiceLeveller
from installation.io.audio.limiter import MasterLimiter, gain_ramp
from installation.io.audio.side_chain import SideChain
from installation.io.midi.active_notes import (
    ALL_NOTES_OFF,
    ALL_SOUND_OFF,
    SUSTAIN_CONTROLLER,
    ActiveNotes,
    ends_note,
    starts_note,
    withdraw_messages,
)
from messages.cues import NoteSource

KICK_PITCHES = (35, 36)  # of both bass drums (General MIDI)


@dataclass(frozen=True, slots=True, order=True)
class QueuedMessage:
    """A message and its frame; messages of one frame keep their order."""

    frame: int
    order: int
    message: Message = field(compare=False)


class MidiEventQueue:
    """A heap of messages by frame, and the notes that sound."""

    def __init__(self) -> None:
        self.active_notes = ActiveNotes()
        self._entries: list[QueuedMessage] = []
        self._added = 0

    def __len__(self) -> int:
        return len(self._entries)

    def push(self, message: Message, frame: int) -> None:
        """Queue a message for a frame."""
        heapq.heappush(self._entries, QueuedMessage(frame, self._added, message))
        self._added += 1

    def pop_before(self, before: int) -> Iterator[QueuedMessage]:
        """Remove and yield, in order, the messages for frames before `before`."""
        while self._entries and self._entries[0].frame < before:
            entry = heapq.heappop(self._entries)
            self.active_notes.update(entry.message)
            yield entry

    def withdraw_pending(self, after: int) -> None:
        """Withdraw the messages for frames past `after`.

        The note-offs of notes that begin no later stay, and so do releases of the pedal: no note
        hangs.
        """
        entries = sorted(self._entries)
        kept = withdraw_messages(entries, after, lambda entry: entry.frame, self.active_notes)
        self._entries = kept  # sorted, so still a heap

    def clear(self) -> None:
        """Forget all queued messages and sounding notes."""
        self._entries.clear()
        self.active_notes.clear()


class InstrumentMixer:
    """Instruments by MIDI channel; only one thread may use it.

    Parameters
    ----------
    instruments : mapping of int to Instrument
        By MIDI channel, 0..15; messages on other channels are ignored.
    rate : int
        Frames a second.
    volume : float
        Amplitude, 0..1.
    side_chain : float
        Share by which the bass yields to the kick, 0..1.
    """

    def __init__(
        self,
        instruments: Mapping[int, Instrument],
        rate: int = 48_000,
        volume: float = 0.8,
        side_chain: float = 0.0,
    ) -> None:
        self.rate = rate
        self.limiter = MasterLimiter(rate, volume)
        self._instruments = dict(instruments)
        self._network_leveller = VoiceLeveller(rate)
        self._side_chain = SideChain(rate, side_chain)
        self._event_queue = MidiEventQueue()
        self._rendered = 0  # frames, always whole blocks
        self._surplus_frames = np.zeros((0, 2), np.float32)  # rendered, not yet returned
        self._fading_out = False
        self.note_count = 0  # notes begun, also those without an instrument

    @property
    def next_frame(self) -> int:
        """Number of the frame that `render` returns next."""
        return self._rendered - len(self._surplus_frames)

    def schedule(self, message: Message, frame: int) -> None:
        """Play a message at a frame, or as soon as possible if that is past."""
        self._event_queue.push(message, frame)

    def withdraw(self, after: int) -> None:
        """Withdraw the messages for frames past `after`; see `MidiEventQueue`."""
        self._event_queue.withdraw_pending(after)

    def silence(self) -> None:
        """Fade out, and forget all messages."""
        self._event_queue.clear()
        self._fading_out = True

    def render(self, frames: int) -> NDArray[np.float32]:
        """The next frames, shape (frames, 2)."""
        parts, available = [self._surplus_frames], len(self._surplus_frames)
        while available < frames:
            parts.append(self._render_block())
            available += BLOCK_FRAMES
        sound = np.concatenate(parts)
        self._surplus_frames = sound[frames:]
        return sound[:frames]

    def _render_block(self) -> NDArray[np.float32]:
        if self._fading_out:
            self._fade_out()
        else:
            for entry in self._event_queue.pop_before(self._rendered + BLOCK_FRAMES):
                self._dispatch(entry.message, max(0, entry.frame - self._rendered))
        self._rendered += BLOCK_FRAMES
        mix = np.zeros((BLOCK_FRAMES, 2), np.float32)
        bass_gain = self._side_chain.next_gain(BLOCK_FRAMES)
        for channel, instrument in self._instruments.items():
            sound = instrument.render()  # (frames, 2)
            if channel == NoteSource.NETWORK:
                sound = self._levelled(sound)
            elif channel == NoteSource.BASS:
                sound = sound * bass_gain
            mix += sound
        return self.limiter.apply(mix)

    def _levelled(self, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        """A block of the network's, as loud for many voices as for one."""
        before = self._network_leveller.gain
        voices = self._event_queue.active_notes.count_pitches(NoteSource.NETWORK)
        self._network_leveller.advance(voices, BLOCK_FRAMES)
        return sound * gain_ramp(before, self._network_leveller.gain, BLOCK_FRAMES)

    def _fade_out(self) -> None:
        # messages that arrive meanwhile stay queued until the instruments are quiet
        self.limiter.muted = True
        if self.limiter.is_silent:
            for instrument in self._instruments.values():
                instrument.stop()
                instrument.pedal(0, 0)
            self.limiter.muted = self._fading_out = False

    def _dispatch(self, message: Message, offset: int) -> None:
        self.note_count += starts_note(message)
        instrument = self._instruments.get(getattr(message, "channel", -1))
        if instrument is None:
            return
        if starts_note(message):
            if message.channel == NoteSource.DRUMS and message.note in KICK_PITCHES:
                self._side_chain.strike(offset, message.velocity)
            instrument.note_on(offset, message.note, message.velocity)
        elif ends_note(message):
            instrument.note_off(offset, message.note)
        elif message.type == "pitchwheel":
            instrument.bend(offset, message.pitch)
        elif message.is_cc(SUSTAIN_CONTROLLER):
            instrument.pedal(offset, message.value)
        elif message.is_cc(ALL_SOUND_OFF) or message.is_cc(ALL_NOTES_OFF):
            self._end_notes(message.channel, instrument, offset)

    def _end_notes(self, channel: int, instrument: Instrument, offset: int) -> None:
        for note_off in self._event_queue.active_notes.note_offs():
            if note_off.channel == channel:
                self._event_queue.active_notes.update(note_off)
                instrument.note_off(offset, note_off.note)
