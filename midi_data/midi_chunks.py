"""Chunks of a Standard MIDI File: the header and the tracks, whatever lies around them."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

DEFAULT_BEAT_US = 500_000  # tempo of a file that sets none, microseconds a quarter note
TRACK_END = b"\xff\x2f\x00"


class MidiDamageError(Exception):
    """The bytes are no valid events; the message gives the reason."""


@dataclass(slots=True)
class MidiHeader:
    """The header of a file."""

    file_type: int  # 0, 1 or 2
    ticks_per_beat: float
    first_chunk_byte: int  # offset of the first chunk after the header
    is_smpte: bool = False  # ticks are shares of a second; a beat is half a second


@dataclass(slots=True)
class TrackChunk:
    """Bytes of a track, up to the next one, and the size that its header states."""

    data: bytes
    stated_size: int


def read_header(data: bytes) -> MidiHeader:
    """Read the header chunk of a whole file, wherever it stands (a RIFF wrapper may come before).

    Raises
    ------
    MidiDamageError
        If there is none, or its time division is 0.
    """
    start = data.find(b"MThd")
    if start < 0:
        raise MidiDamageError("not a MIDI file" if data else "empty file")
    if len(data) < start + 14:
        raise MidiDamageError("cut short in its header")
    size, kind, _, division = struct.unpack_from(">LHHH", data, start + 4)
    is_smpte = bool(division & 0x8000)
    ticks = float(division)
    if is_smpte:
        frames, parts = 256 - (division >> 8), division & 0xFF
        second = 30_000 / 1001 if frames == 29 else frames  # 29 stands for 29.97
        ticks = second * parts * DEFAULT_BEAT_US / 1_000_000
    if ticks == 0:
        raise MidiDamageError("its time division is 0")
    first = start + 8 + max(6, size)
    if not _starts_chunk(data, first) and first != len(data):
        track = data.find(b"MTrk", start + 14)
        first = track if track >= 0 else start + 14
    return MidiHeader(kind, ticks, first, is_smpte)


def track_chunks(data: bytes, start: int, left_out: list[str]) -> Iterator[TrackChunk]:
    """Yield the tracks from byte `start` on; what is no track is named in `left_out`.

    A stated size counts only if it leads to another chunk or the end, and over no other track.
    """
    while start + 8 <= len(data):
        name, size = struct.unpack_from(">4sL", data, start)
        end = start + 8 + size
        if name == b"MTrk":
            end = _track_end(data, start + 8, end)
            yield TrackChunk(data[start + 8 : end], size)
        elif not (name.isalnum() and _starts_chunk(data, end)):
            end = data.find(b"MTrk", start + 1)
            end = len(data) if end < 0 else end
            if data[start:end].strip(b"\0"):
                left_out.append(f"{end - start} bytes between its tracks")
        elif name not in (b"LIST", b"DISP", b"MThd"):
            left_out.append(f"a chunk named {name.decode('ascii', 'replace')}")
        start = end


def _starts_chunk(data: bytes, at: int) -> bool:
    """Whether a chunk starts here, or the file ends here."""
    return at == len(data) or (len(data) >= at + 8 and data[at : at + 4].isalnum())


def _track_end(data: bytes, start: int, stated: int) -> int:
    inner = data.find(TRACK_END + b"MTrk", start, min(stated, len(data)))
    if inner >= 0:
        return inner + len(TRACK_END)
    if _starts_chunk(data, stated):
        return stated
    following = data.find(b"MTrk", start)
    return following if following >= 0 else len(data)
