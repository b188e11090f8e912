"""Events of the tracks of a Standard MIDI File; after damage, reading goes on at the next event.

The format is Standard MIDI Files 1.0 (MIDI Manufacturers Association, 1996). The libraries give up
a file or a track for one bad byte; docs/results.md has the table.
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import NamedTuple

from midi_data.midi_chunks import MidiDamageError, TrackChunk
from midi_data.notes import Meter

DRUM_CHANNEL = 9  # channel of percussion, counted from 0, whose note numbers are not pitches
MAX_TIME_BEATS = 1_000_000  # time beyond which an event counts as damage, beats
MAX_SYNC_DELTA_BEATS = 64  # longest time before an event by which reading starts again, beats
SYNC_EVENTS = 3  # valid events in a row, after which a place counts as the start of an event
SYNC_WINDOW_BYTES = 256  # bytes in which an event with a status byte is searched first
MAX_DELTA_BYTES = 10  # some writers pad a time with empty bytes
MAX_UNENDED_BEATS = 8.0  # longest length of a note that no event ends, beats
MIN_BEAT_US, MAX_BEAT_US = 60_000, 15_000_000  # valid tempi: 1000 to 4 quarter notes a minute
SUSTAIN_CONTROLLER, SUSTAIN_THRESHOLD = 64, 64  # controller of the pedal; value from which it is on
SYSTEM_SIZES = {0xF1: 1, 0xF2: 2, 0xF3: 1}  # data bytes of system messages; the others have none

TEXT_META_KINDS = range(0x01, 0x10)
META_SIZES = {
    0x00: (0, 2),
    0x20: (1,),
    0x21: (1,),
    0x2F: (0,),
    0x51: (3,),
    0x54: (5,),
    0x58: (4,),
    0x59: (2,),
}
"""Sizes of the meta events that have a fixed one, bytes (Standard MIDI Files 1.0)."""
CONTROL_CHARACTERS = bytes(set(range(0x20)) - set(b"\t\n\r"))  # they are not in a text
UNDEFINED_STATUSES = (0xF4, 0xF5, 0xF9, 0xFD)


class TrackNote(NamedTuple):
    """A note of a track, times in ticks; `released` is False if no event ended it."""

    start: int
    end: int
    pitch: int
    velocity: int
    channel: int
    released: bool = True


@dataclass(slots=True)
class TrackContents:
    """What a track holds, each with its tick, and what was left out of it."""

    notes: list[TrackNote] = field(default_factory=list)
    pedals: list[tuple[int, int, bool]] = field(default_factory=list)  # tick, channel, is down
    tempos: list[tuple[int, int]] = field(default_factory=list)  # tick, microseconds a quarter
    meters: list[tuple[int, Meter]] = field(default_factory=list)
    programs: dict[int, int] = field(default_factory=dict)  # first program of each channel
    name: str = ""
    lost_bytes: int = 0
    lost_ends: int = 0  # ends of notes that do not sound
    lost_events: int = 0  # events with a value that no event may have


class _Event(NamedTuple):
    """An event as it stands in the bytes."""

    delta: int
    status: int
    kind: int  # of a meta event
    body: bytes
    end: int  # byte after it
    is_explicit: bool  # has a status byte of its own

    @property
    def is_clean(self) -> bool:
        """Whether it is certainly an event: all its values are valid."""
        return self.status >= 0xF0 or self.body.isascii()


def read_track(chunk: TrackChunk, ticks: float) -> TrackContents:
    """Read one track to its end; `ticks` is the length of a beat."""
    return _TrackReader(chunk, ticks).read()


class _TrackReader:
    """Collects notes, pedal, tempi, meters and name from the events of one track."""

    def __init__(self, chunk: TrackChunk, ticks: float) -> None:
        self._data, self._stated_size = chunk.data, chunk.stated_size
        self._ticks = ticks
        self._track = TrackContents()
        self._sounding: dict[tuple[int, int], deque[tuple[int, int]]] = defaultdict(deque)
        self._now = 0

    def read(self) -> TrackContents:
        at, running = 0, 0  # running status: that of the last channel message
        while at < len(self._data):
            if at == self._stated_size and not self._is_event(at, running, explicit=False):
                self._lose(at, len(self._data))
                break
            try:
                event = self._next_event(at, running)
            except MidiDamageError:
                event = None
            if event is None:
                following = self._resynchronise(at, running)
                self._lose(at, following)
                at = following
                continue
            self._advance(event.delta)
            at = event.end
            if event.status == 0xFF:
                if event.kind == 0x2F:
                    following = self._resynchronise(at, 0)  # not the end if music follows
                    self._lose(at, following)
                    at = following
                    continue
                self._meta(event.kind, event.body)
            elif event.status in UNDEFINED_STATUSES:
                self._track.lost_events += 1
            elif event.status < 0xF0:
                running = event.status
                self._channel_message(event.status, event.body)
        self._end_sounding()
        return self._track

    def _lose(self, start: int, end: int) -> None:
        """Count bytes left out; padding does not count."""
        self._track.lost_bytes += len(self._data[start:end].strip(b"\0"))

    def _advance(self, delta: int) -> None:
        if self._now + delta > MAX_TIME_BEATS * self._ticks:
            self._track.lost_events += 1
        else:
            self._now += delta

    def _next_event(self, at: int, running: int) -> _Event | None:
        """The event at a byte in the reading that what follows confirms; None if there is none."""
        event = self._parse(at, running)
        if event.status in (0xF0, 0xF7, 0xFF):
            return None if self._swallows_events(event, running) else event
        is_near = event.delta <= MAX_SYNC_DELTA_BEATS * self._ticks
        if event.status < 0xF0 and event.is_clean and is_near:
            return event
        if event.status >= 0xF0:
            return self._system_event(event, running)
        if self._is_event(event.end, event.status, explicit=False):
            return event
        inner = self._without_real_time(at, running)
        if inner is None and self._is_event(event.end, event.status, explicit=True, clean=False):
            return event
        return inner

    def _swallows_events(self, event: _Event, running: int) -> bool:
        """Whether a stated length is wrong: events start within the body.

        A usual event is believed if another one follows it.
        """
        if event.status != 0xFF:
            is_usual = event.body.endswith(b"\xf7")
        elif event.kind in META_SIZES:
            is_usual = len(event.body) in META_SIZES[event.kind]
        else:
            is_text = event.body.translate(None, CONTROL_CHARACTERS) == event.body
            is_usual = event.kind in TEXT_META_KINDS and is_text
        if is_usual and self._is_event(event.end, running, explicit=False):
            return False
        starts = range(event.end - len(event.body), event.end)
        return any(self._is_event(start, running, explicit=True) for start in starts)

    def _system_event(self, event: _Event, running: int) -> _Event:
        """A system message, which has no place in a file; its data or the next time may lack."""
        after = event.end - len(event.body)
        for explicit in (True, False):
            for end in (event.end, after):
                if self._is_event(end, running, explicit):
                    return _Event(event.delta, event.status, 0, b"", end, True)
        try:  # sent between a time and its message
            inner = self._parse_message(event.delta, after, running)
        except MidiDamageError:
            inner = None
        if inner and inner.is_clean and self._is_event(inner.end, inner.status, explicit=False):
            return inner
        return _Event(event.delta, event.status, 0, b"", event.end, True)

    def _without_real_time(self, at: int, running: int) -> _Event | None:
        """The channel message at a byte without the real-time bytes inside it."""
        delta, place = self._varint(at)
        status, place = self._status(place, running)
        size, body = _body_size(status), b""
        while len(body) < size and place < len(self._data):
            byte, place = self._data[place], place + 1
            if byte < 0x80:
                body += bytes([byte])
            elif not 0xF8 <= byte < 0xFF:
                return None
        event = _Event(delta, status, 0, body, place, True)
        whole = len(body) == size and self._is_event(place, status, explicit=False)
        return event if whole else None

    def _parse(self, at: int, running: int) -> _Event:
        delta, at = self._varint(at)
        return self._parse_message(delta, at, running)

    def _parse_message(self, delta: int, at: int, running: int) -> _Event:
        """The message after a time."""
        data, kind, first = self._data, 0, at
        status, at = self._status(at, running)
        if status in (0xFF, 0xF0, 0xF7):
            if status == 0xFF:
                if at >= len(data) or data[at] > 127:
                    raise MidiDamageError("no kind of meta event")
                kind, at = data[at], at + 1
            size, at = self._varint(at)
        else:
            size = _body_size(status)
        if at + size > len(data):
            raise MidiDamageError("cut short")
        return _Event(delta, status, kind, data[at : at + size], at + size, data[first] > 127)

    def _status(self, at: int, running: int) -> tuple[int, int]:
        if at >= len(self._data):
            raise MidiDamageError("cut short")
        if self._data[at] >= 0x80:
            return self._data[at], at + 1
        if not running:
            raise MidiDamageError("data without a status byte")
        return running, at

    def _varint(self, at: int) -> tuple[int, int]:
        """A variable-length quantity, and the byte after it."""
        value = 0
        for place in range(at, min(at + MAX_DELTA_BYTES, len(self._data))):
            value = value << 7 | self._data[place] & 0x7F
            if self._data[place] < 0x80:
                return value, place + 1
        raise MidiDamageError("a number without an end")

    def _is_event(self, at: int, running: int, explicit: bool, clean: bool = True) -> bool:
        """Whether some valid events follow, or the end; `explicit`: the first has its status.

        If not `clean`, values may be out of range, but each event has its status.
        """
        for index in range(SYNC_EVENTS):
            if at == len(self._data):
                return index > 0 or not explicit
            try:
                event = self._parse(at, running)
            except MidiDamageError:
                return False
            valid = event.status < 0xF0 or event.status in (0xF0, 0xF7, 0xFF)
            if not (valid and event.is_clean if clean else event.is_explicit):
                return False
            if event.delta > MAX_SYNC_DELTA_BEATS * self._ticks:
                return False
            if explicit and not index and not event.is_explicit:
                return False
            if event.status == 0xFF and event.kind == 0x2F:
                return not event.body
            at, running = event.end, event.status if event.status < 0xF0 else running
        return True

    def _resynchronise(self, at: int, running: int) -> int:
        """The first byte after damage where an event starts again; the end if there is none."""
        try:  # the time of the damaged event is whole
            delta, place = self._varint(at)
        except MidiDamageError:
            delta, place = 0, at
        if delta <= MAX_SYNC_DELTA_BEATS * self._ticks:
            self._advance(delta)
        first, size = max(at, place - 1) + 1, len(self._data)
        near = range(first, min(first + SYNC_WINDOW_BYTES, size))
        for start in near:
            if self._is_event(start, running, explicit=True):
                return start
        for start in range(first, size):
            if self._is_event(start, running, explicit=False):
                return start
        return size

    def _channel_message(self, status: int, body: bytes) -> None:
        kind, channel, track = status & 0xF0, status & 0x0F, self._track
        if kind == 0xC0 and body[0] < 128:
            track.programs.setdefault(channel, body[0])
        elif kind == 0xB0 and body[0] == SUSTAIN_CONTROLLER:
            track.pedals.append((self._now, channel, body[1] >= SUSTAIN_THRESHOLD))
        if kind not in (0x80, 0x90):
            return
        pitch, velocity = body[0], min(body[1], 127)
        if pitch > 127:
            track.lost_events += 1
            return
        waiting = self._sounding[channel, pitch]
        if kind == 0x90 and velocity:
            waiting.append((self._now, velocity))
        elif waiting:
            start, loudness = waiting.popleft()
            track.notes.append(TrackNote(start, self._now, pitch, loudness, channel))
        else:
            track.lost_ends += 1

    def _meta(self, kind: int, body: bytes) -> None:
        track = self._track
        if kind == 0x51:
            microseconds = int.from_bytes(body[:3], "big") if len(body) >= 3 else 0
            if MIN_BEAT_US <= microseconds <= MAX_BEAT_US:
                track.tempos.append((self._now, microseconds))
            else:
                track.lost_events += 1
        elif kind == 0x58:
            meter = _meter(body[0], body[1]) if len(body) >= 2 else None
            if meter:
                track.meters.append((self._now, meter))
            else:
                track.lost_events += 1
        elif kind == 0x03 and not track.name:
            track.name = " ".join(_text(body).replace("\0", " ").split())

    def _end_sounding(self) -> None:
        """End the sounding notes at the end of the track, or after `MAX_UNENDED_BEATS`."""
        longest = round(MAX_UNENDED_BEATS * self._ticks)
        for (channel, pitch), waiting in self._sounding.items():
            for start, velocity in waiting:
                end = min(self._now, start + longest)
                self._track.notes.append(
                    TrackNote(start, end, pitch, velocity, channel, released=False)
                )


def _body_size(status: int) -> int:
    """Data bytes after the status of a channel or system message."""
    if status >= 0xF0:
        return SYSTEM_SIZES.get(status, 0)
    return 1 if status & 0xF0 in (0xC0, 0xD0) else 2


def _meter(beats: int, power: int) -> Meter | None:
    """The meter of a time signature event; None if invalid."""
    return Meter(beats, 2**power) if beats and power <= 6 else None


def _text(body: bytes) -> str:
    """Text of an unknown encoding: UTF-8 if valid, else Latin-1."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body.decode("latin-1")
