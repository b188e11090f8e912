"""Duets: a visitor's phrase and the network's answer, as the database keeps them."""

from __future__ import annotations

import secrets
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from messages.cues import NoteSource
from midi_data.notes import Meter

MAX_DUET_NOTES = 1024  # further notes are left out; the recording has them
MAX_DURATION_MS = 0xFFFF
ADDRESS_BYTES = 16  # random bytes of an address, which nobody can guess
ENCODING_VERSION = 2
HEADERS = {1: struct.Struct("<BIiBBH"), 2: struct.Struct("<BIiBBHB")}
"""By version: version, beat (us), bar line (ms), meter, number of notes, whether a ghost played;
before version 2 that was not kept."""
NOTE = struct.Struct("<BBBIH")  # source, pitch, velocity, onset (ms), duration (ms)
CHECKSUM = struct.Struct("<I")  # CRC-32 of all before it


class DuetEncodingError(ValueError):
    """Bytes that are no notes of a duet."""


@dataclass(frozen=True, slots=True)
class DuetNote:
    """A note of a duet.

    Parameters
    ----------
    pitch, velocity : int
        MIDI numbers.
    onset_ms, duration_ms : int
        Start, from the beginning of the duet, and length, ms.
    source : NoteSource
        Who played it.
    """

    pitch: int
    velocity: int
    onset_ms: int
    duration_ms: int
    source: NoteSource


@dataclass(frozen=True, slots=True)
class DuetMusic:
    """The notes of a duet, and the beat that was heard in them.

    Parameters
    ----------
    notes : tuple of DuetNote
        In order of their onsets; of the visitor and the network.
    beat_us : int
        Length of a quarter note, us.
    bar_line_ms : int
        Time of a bar line, from the beginning of the duet, ms.
    meter : Meter
    has_ghost : bool
        Whether a past visitor answered before the network did. Those notes are not kept, so that
        they can be deleted with the visit they are of.
    """

    notes: tuple[DuetNote, ...]
    beat_us: int = 500_000
    bar_line_ms: int = 0
    meter: Meter = field(default_factory=Meter)
    has_ghost: bool = False

    def encode(self) -> bytes:
        """The notes as bytes, nine for each, with a checksum."""
        notes = self.notes[:MAX_DUET_NOTES]
        values = self.beat_us, self.bar_line_ms, self.meter.beats, self.meter.unit, len(notes)
        parts = [
            HEADERS[ENCODING_VERSION].pack(ENCODING_VERSION, *values, self.has_ghost),
            *(
                NOTE.pack(
                    note.source,
                    note.pitch,
                    note.velocity,
                    note.onset_ms,
                    min(note.duration_ms, MAX_DURATION_MS),
                )
                for note in notes
            ),
        ]
        content = b"".join(parts)
        return content + CHECKSUM.pack(zlib.crc32(content))

    @classmethod
    def decode(cls, data: bytes) -> DuetMusic:
        """The music of bytes that `encode` made.

        Parameters
        ----------
        data : bytes

        Returns
        -------
        DuetMusic

        Raises
        ------
        DuetEncodingError
            If they are damaged, or of a newer version.
        """
        content, checksum = data[: -CHECKSUM.size], data[-CHECKSUM.size :]
        if not content or CHECKSUM.pack(zlib.crc32(content)) != checksum:
            raise DuetEncodingError(f"{len(data)} bytes are no duet: the checksum is wrong")
        header = HEADERS.get(content[0])
        if header is None:
            raise DuetEncodingError(f"a duet of version {content[0]}, not {ENCODING_VERSION}")
        if len(content) < header.size:
            raise DuetEncodingError(f"{len(data)} bytes are no duet: there is no beat")
        _, beat_us, bar_line_ms, beats, unit, count, *marks = header.unpack_from(content)
        rows = content[header.size :]
        if len(rows) != count * NOTE.size:
            raise DuetEncodingError(f"{len(rows)} bytes are not {count} notes")
        if not beat_us:
            raise DuetEncodingError("a duet with beats of no length")
        try:
            meter = Meter(beats, unit)
            return cls(tuple(_decode_notes(rows)), beat_us, bar_line_ms, meter, any(marks))
        except ValueError as error:
            raise DuetEncodingError(f"a duet with an impossible value: {error}") from error


def _decode_notes(rows: bytes) -> Iterator[DuetNote]:
    for source, pitch, velocity, onset_ms, duration_ms in NOTE.iter_unpack(rows):
        if pitch > 127 or velocity > 127:
            raise ValueError(f"pitch {pitch}, velocity {velocity}")
        yield DuetNote(pitch, velocity, onset_ms, duration_ms, NoteSource(source))


@dataclass(frozen=True, slots=True)
class NoteReason:
    """An earlier note that made a note of the network likelier.

    Parameters
    ----------
    note, cause : int
        Indices of both among the notes of the duet.
    nats : float
        Change of the note's log probability.
    """

    note: int
    cause: int
    nats: float


@dataclass(frozen=True, slots=True)
class ResponsiveUnit:
    """A cell that was more active while the visitor played than while the network did.

    Parameters
    ----------
    layer, unit : int
    difference : float
        Difference of the mean magnitude of its hidden state.
    """

    layer: int
    unit: int
    difference: float


@dataclass(frozen=True, slots=True)
class Duet:
    """One duet.

    Parameters
    ----------
    address : str
        Unguessable part of the address of its page.
    began : str
        Local time with its offset, ISO 8601.
    style : str
        Name of the style, or of the model file.
    generation : int
        Generation of the style.
    music : DuetMusic
    is_over : bool
        Whether the answer is over; until then the duet grows.
    reasons : tuple of NoteReason
    units : tuple of ResponsiveUnit
        The most responsive first.
    visit : int
        Number of its visit in the database; 0 before it is written.
    """

    address: str
    began: str
    style: str
    generation: int
    music: DuetMusic
    is_over: bool = True
    reasons: tuple[NoteReason, ...] = ()
    units: tuple[ResponsiveUnit, ...] = ()
    visit: int = 0


def create_duet_address() -> str:
    """A new address that nobody can guess."""
    return secrets.token_urlsafe(ADDRESS_BYTES)
