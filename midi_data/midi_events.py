"""Events of a Standard MIDI File, read up to the first damage of each track.

The format is Standard MIDI Files 1.0 (MIDI Manufacturers Association, 1996). Mido is not used
because it refuses a whole file for one bad byte, loses a truncated track, and drops the time before
unknown events; real corpora have many such files.
"""

from __future__ import annotations

import struct
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from midi_data.notes import Meter

DRUM_CHANNEL = 9  # channel of percussion, counted from 0, whose note numbers are not pitches
DEFAULT_BEAT_US = 500_000  # tempo of a file that sets none, microseconds a quarter note
MAX_TIME_BEATS = 1_000_000  # time beyond which an event counts as damage, beats


class MidiDamageError(Exception):
    """The bytes are no valid events; the message gives the reason."""


@dataclass(slots=True)
class MidiHeader:
    """The header of a file."""

    file_type: int  # 0, 1 or 2
    ticks_per_beat: float
    first_chunk_byte: int  # offset of the first chunk after the header


@dataclass(slots=True)
class TrackContents:
    """Notes, first tempo, first valid meter and name of a track."""

    notes: list[tuple[int, int, int, int]] = field(
        default_factory=list
    )  # start, end (ticks), pitch, velocity
    tempo: tuple[int, int] | None = None  # tick, microseconds a quarter note
    meter: tuple[int, Meter] | None = None  # tick, meter
    name: str = ""


def read_header(data: bytes) -> MidiHeader:
    """Read the header chunk of a whole file.

    Raises
    ------
    MidiDamageError
        If there is none, or its time division is 0.
    """
    start = data.find(b"MThd", 0, 256)  # a RIFF or MacBinary wrapper may come before
    if start < 0:
        raise MidiDamageError("not a MIDI file" if data else "empty file")
    if len(data) < start + 14:
        raise MidiDamageError("cut short in its header")
    size, kind, _, division = struct.unpack_from(">LHHH", data, start + 4)
    if division & 0x8000:  # SMPTE: frames a second, ticks a frame; a beat is half a second
        frames, parts = 256 - (division >> 8), division & 0xFF
        ticks = frames * parts * DEFAULT_BEAT_US / 1_000_000
    else:
        ticks = float(division)
    if ticks == 0:
        raise MidiDamageError("its time division is 0")
    return MidiHeader(kind, ticks, start + 8 + max(6, min(size, 1024)))


def track_chunks(data: bytes, start: int) -> Iterator[bytes]:
    """Yield the contents of the track chunks from byte `start` on; the last may be truncated."""
    while start + 8 <= len(data):
        name, size = struct.unpack_from(">4sL", data, start)
        if name == b"MTrk":
            yield data[start + 8 : start + 8 + size]
        elif not name.isalnum():  # not a chunk: continue at the next track
            start = data.find(b"MTrk", start + 1)
            if start < 0:
                return
            continue
        start += 8 + size


class _ByteCursor:
    """Reads the bytes of a track chunk in order."""

    def __init__(self, chunk: bytes) -> None:
        self._chunk = chunk
        self._at = 0

    def at_end(self) -> bool:
        return self._at >= len(self._chunk)

    def peek(self) -> int:
        if self._at >= len(self._chunk):
            raise MidiDamageError("cut short")
        return self._chunk[self._at]

    def read_byte(self) -> int:
        value = self.peek()
        self._at += 1
        return value

    def read_bytes(self, size: int) -> bytes:
        if self._at + size > len(self._chunk):
            raise MidiDamageError("cut short")
        self._at += size
        return self._chunk[self._at - size : self._at]

    def read_varint(self) -> int:
        """A variable-length quantity of at most four bytes."""
        value = 0
        for _ in range(4):
            byte = self.read_byte()
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                return value
        raise MidiDamageError("a number of more than four bytes")


def read_track(chunk: bytes, ticks: float) -> TrackContents:
    """Read one track up to its end or its first damage; `ticks` is the length of a beat."""
    reader = _TrackReader(ticks)
    with suppress(MidiDamageError):  # events before the damage are kept
        reader.read(_ByteCursor(chunk))
    return reader.close()


class _TrackReader:
    """Collects notes, tempo, meter and name from the events of one track."""

    def __init__(self, ticks: float) -> None:
        self._limit = MAX_TIME_BEATS * ticks
        self._track = TrackContents()
        self._sounding: dict[tuple[int, int], deque[tuple[int, int]]] = defaultdict(deque)
        self._now = 0

    def read(self, data: _ByteCursor) -> None:
        running = 0  # running status: that of the last channel message
        while not data.at_end():
            delta = data.read_varint()
            if self._now + delta > self._limit:
                raise MidiDamageError("a time beyond all music")
            self._now += delta
            status = data.read_byte() if data.peek() >= 0x80 else running
            if status == 0xFF:
                kind, body = data.read_byte(), data.read_bytes(data.read_varint())
                if kind == 0x2F:
                    return
                self._meta(kind, body)
            elif status in (0xF0, 0xF7):
                data.read_bytes(data.read_varint())
            elif 0x80 <= status < 0xF0:
                running = status
                size = 1 if status & 0xF0 in (0xC0, 0xD0) else 2
                self._channel_message(status, data.read_bytes(size))
            else:
                raise MidiDamageError(f"status byte {status:#04x}")

    def _channel_message(self, status: int, body: bytes) -> None:
        kind, channel = status & 0xF0, status & 0x0F
        if kind not in (0x80, 0x90) or channel == DRUM_CHANNEL:
            return
        pitch, velocity = body[0], min(body[1], 127)
        if pitch > 127:
            raise MidiDamageError("a pitch above 127")
        waiting = self._sounding[channel, pitch]
        if kind == 0x90 and velocity:
            waiting.append((self._now, velocity))
        elif waiting:
            start, loudness = waiting.popleft()
            self._track.notes.append((start, self._now, pitch, loudness))

    def _meta(self, kind: int, body: bytes) -> None:
        track = self._track
        if kind == 0x51 and len(body) >= 3 and track.tempo is None:
            microseconds = int.from_bytes(body[:3], "big")
            track.tempo = (self._now, microseconds) if microseconds else None
        elif kind == 0x58 and len(body) >= 2 and track.meter is None:
            meter = _meter(body[0], body[1])
            track.meter = (self._now, meter) if meter else None
        elif kind == 0x03 and not track.name:
            track.name = " ".join(_text(body).replace("\0", " ").split())

    def close(self) -> TrackContents:
        """End the sounding notes at the end of the track."""
        for (_, pitch), waiting in self._sounding.items():
            for start, velocity in waiting:
                self._track.notes.append((start, self._now, pitch, velocity))
        return self._track


def _meter(beats: int, power: int) -> Meter | None:
    """The meter of a time signature event; None if invalid."""
    return Meter(beats, 2**power) if beats and power <= 6 else None


def _text(body: bytes) -> str:
    """Text of an unknown encoding: UTF-8 if valid, else Latin-1."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body.decode("latin-1")
