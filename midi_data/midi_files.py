"""Standard MIDI Files: tunes in and out.

Writing goes through mido. Reading walks the bytes of the file itself, after the Standard MIDI File
1.0 specification (MIDI Manufacturers Association, 1996): mido gives up a whole file for one bad
byte, loses a track that is cut short, and drops the time before events it does not know, all of
which real files are full of.
"""

from __future__ import annotations

import os
import struct
import tempfile
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import mido

from midi_data.notes import Meter, Note, Tune

TICKS = 480
"""Ticks a quarter note in the files written here."""
SHORTEST = 1 / 48
"""Length given to a note of no length, in beats."""
LARGEST_FILE = 32 * 1024 * 1024
"""Bytes; a file above this is not read."""
DRUMS = 9
"""Channel 10, counted from 0: drums, whose pitches are no pitches."""
_DEFAULT_TEMPO = 500_000  # microseconds a quarter note, as the specification has it
_LATEST = 1_000_000  # beats; beyond, a delta time is damage and not music


class MidiFileError(ValueError):
    """A file that holds no tune we can read.

    Parameters
    ----------
    path : Path
    reason : str
        One plain line.
    """

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Part:
    """One voice of a file: a track of its own.

    Parameters
    ----------
    name : str
    notes : tuple of Note
    channel : int
        0..15.
    program : int
        General MIDI program, 0..127.
    """

    name: str
    notes: tuple[Note, ...]
    channel: int = 0
    program: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.channel <= 15:
            raise ValueError(f"channel must be in 0..15, not {self.channel}")
        if not 0 <= self.program <= 127:
            raise ValueError(f"program must be in 0..127, not {self.program}")
        object.__setattr__(self, "notes", tuple(self.notes))


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file or piece left out, and why, in one plain line."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Folder:
    """What a folder of MIDI files holds."""

    tunes: tuple[Tune, ...] = ()
    skipped: tuple[Skipped, ...] = ()


# ---------------------------------------------------------------- writing


def write_tune(path: Path, tune: Tune) -> None:
    """Write a tune as a file of one part; see `write_parts`.

    Two notes of one pitch that sound together are read back as they were only if the first to
    start is the first to stop.
    """
    write_parts(path, [Part(tune.name, tune.notes)], tune.tempo, tune.meter, tune.name)


def write_parts(
    path: Path, parts: Sequence[Part], tempo: float, meter: Meter, name: str = ""
) -> None:
    """Write a type 1 file: a conductor track, then a track a part.

    The file appears whole or not at all: it is written beside `path` and moved there.

    Parameters
    ----------
    path : Path
        Its folder must exist.
    parts : sequence of Part
    tempo : float
        Quarter notes a minute, 4..60,000,000.
    meter : Meter
    name : str
        Title of the whole.

    Raises
    ------
    ValueError
        If the tempo does not fit a file, or a note starts before beat 0.
    OSError
        If the file cannot be written.
    """
    if not 4 <= tempo <= 60_000_000:
        raise ValueError(f"tempo must be in 4..60000000 quarter notes a minute, not {tempo}")
    midi = mido.MidiFile(type=1, ticks_per_beat=TICKS, charset="latin-1")
    midi.tracks.append(_conductor_track(tempo, meter, name))
    midi.tracks.extend(_part_track(part) for part in parts)
    with _whole(Path(path)) as file:
        midi.save(file=file)


def _conductor_track(tempo: float, meter: Meter, name: str) -> mido.MidiTrack:
    track = mido.MidiTrack()
    if name:
        track.append(mido.MetaMessage("track_name", name=_latin(name)))
    signature = mido.MetaMessage("time_signature", numerator=meter.beats, denominator=meter.unit)
    track.append(mido.MetaMessage("set_tempo", tempo=round(60_000_000 / tempo)))
    track.append(signature)
    return track


def _part_track(part: Part) -> mido.MidiTrack:
    track = mido.MidiTrack()
    if part.name:
        track.append(mido.MetaMessage("track_name", name=_latin(part.name)))
    track.append(mido.Message("program_change", channel=part.channel, program=part.program))
    events: list[tuple[int, int, int, int]] = []  # tick, 0 off or 1 on, pitch, velocity
    for note in part.notes:
        if note.onset < 0:
            raise ValueError(f"a note cannot start at beat {note.onset}: a file starts at 0")
        start = round(note.onset * TICKS)
        stop = max(start + 1, round(note.end * TICKS))
        events.append((start, 1, note.pitch, note.velocity))
        events.append((stop, 0, note.pitch, 0))
    now = 0
    for tick, is_on, pitch, velocity in sorted(events):
        kind = "note_on" if is_on else "note_off"
        message = mido.Message(
            kind, channel=part.channel, note=pitch, velocity=velocity, time=tick - now
        )
        track.append(message)
        now = tick
    return track


def _latin(text: str) -> str:
    return text.encode("latin-1", "replace").decode("latin-1")


def replace_text(path: Path, text: str) -> None:
    """Write a text file that appears whole or not at all.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    with _whole(Path(path)) as file:
        file.write(text.encode())


@contextmanager
def _whole(path: Path) -> Iterator[BinaryIO]:
    """A file beside `path` to write to, moved there at the end."""
    handle, sibling = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        Path(sibling).chmod(0o644)
        Path(sibling).replace(path)
    except BaseException:
        Path(sibling).unlink(missing_ok=True)
        raise


# ---------------------------------------------------------------- reading


class _DamageError(Exception):
    """The bytes stop making sense here."""


@dataclass(slots=True)
class _Header:
    kind: int
    ticks: float  # a quarter note
    start: int  # of the first track chunk


@dataclass(slots=True)
class _Track:
    """What one track chunk says; times in ticks."""

    notes: list[tuple[int, int, int, int]] = field(default_factory=list)  # on, off, pitch, vel
    tempo: tuple[int, int] | None = None  # tick, microseconds a quarter note
    meter: tuple[int, Meter] | None = None
    name: str = ""


def read_tunes(path: Path) -> list[Tune]:
    """Read the tunes of a MIDI file.

    A file of type 0 or 1 is one tune, its tracks merged; in type 2 each track is a tune. Drums
    are left out. A missing note-off ends with its track, a note of no length gets `SHORTEST`, and
    of a damaged file the notes before the damage are kept. Tempo and meter are the first ones
    given, else 120 and 4/4.

    Raises
    ------
    MidiFileError
        If it cannot be read, is no MIDI file, or has no notes.
    """
    path = Path(path)
    data = _contents(path)
    try:
        header = _header(data)
    except _DamageError as damage:
        raise MidiFileError(path, str(damage)) from None
    tracks = [_read_track(chunk, header.ticks) for chunk in _track_chunks(data, header.start)]
    groups = [[track] for track in tracks] if header.kind == 2 else [tracks]
    tunes = [_tune(group, header.ticks, path.stem) for group in groups]
    tunes = [tune for tune in tunes if tune.notes]
    if not tunes:
        raise MidiFileError(path, "no notes in it" if tracks else "no tracks in it")
    return tunes


def read_folder(folder: Path) -> Folder:
    """Read every .mid and .midi file below a folder, in order of path.

    A file that cannot be read is named in `Folder.skipped`; none stops the rest.

    Raises
    ------
    NotADirectoryError
        If there is no such folder.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder}: no such folder")
    tunes: list[Tune] = []
    skipped: list[Skipped] = []
    for path in midi_paths(folder):
        try:
            tunes += read_tunes(path)
        except MidiFileError as error:
            skipped.append(Skipped(path, error.reason))
    return Folder(tuple(tunes), tuple(skipped))


def midi_paths(folder: Path) -> list[Path]:
    """Every .mid and .midi file below a folder, hidden ones aside, in order."""
    found = (
        path
        for path in Path(folder).rglob("*")
        if path.suffix.lower() in (".mid", ".midi") and not path.name.startswith(".")
    )
    return sorted(path for path in found if path.is_file())


def _contents(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise MidiFileError(path, f"larger than {LARGEST_FILE // 2**20} MiB")
        return path.read_bytes()
    except OSError as error:
        raise MidiFileError(path, (error.strerror or "cannot be read").lower()) from error


def _header(data: bytes) -> _Header:
    start = data.find(b"MThd", 0, 256)  # a RIFF or MacBinary wrapper may come before
    if start < 0:
        raise _DamageError("not a MIDI file" if data else "empty file")
    if len(data) < start + 14:
        raise _DamageError("cut short in its header")
    size, kind, _, division = struct.unpack_from(">LHHH", data, start + 4)
    if division & 0x8000:  # SMPTE: frames a second, ticks a frame; beats as if at tempo 120
        frames, parts = 256 - (division >> 8), division & 0xFF
        ticks = frames * parts * _DEFAULT_TEMPO / 1_000_000
    else:
        ticks = float(division)
    if ticks == 0:
        raise _DamageError("its time division is 0")
    return _Header(kind, ticks, start + 8 + max(6, min(size, 1024)))


def _track_chunks(data: bytes, start: int) -> Iterator[bytes]:
    """Contents of the MTrk chunks; a length that overshoots ends with the file."""
    while start + 8 <= len(data):
        name, size = struct.unpack_from(">4sL", data, start)
        if name == b"MTrk":
            yield data[start + 8 : start + 8 + size]
        elif not name.isalnum():  # lost: go on from the next track there is
            start = data.find(b"MTrk", start + 1)
            if start < 0:
                return
            continue
        start += 8 + size


class _Bytes:
    """Reads a track chunk from front to back."""

    def __init__(self, chunk: bytes) -> None:
        self._chunk = chunk
        self._at = 0

    def at_end(self) -> bool:
        return self._at >= len(self._chunk)

    def peek(self) -> int:
        if self._at >= len(self._chunk):
            raise _DamageError("cut short")
        return self._chunk[self._at]

    def byte(self) -> int:
        value = self.peek()
        self._at += 1
        return value

    def take(self, size: int) -> bytes:
        if self._at + size > len(self._chunk):
            raise _DamageError("cut short")
        self._at += size
        return self._chunk[self._at - size : self._at]

    def number(self) -> int:
        """A variable-length quantity, of at most four bytes."""
        value = 0
        for _ in range(4):
            byte = self.byte()
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                return value
        raise _DamageError("a number of more than four bytes")


def _read_track(chunk: bytes, ticks: float) -> _Track:
    reader = _TrackReader(ticks)
    with suppress(_DamageError):  # what came before stands
        reader.read(_Bytes(chunk))
    return reader.close()


class _TrackReader:
    """Turns the events of one track into notes, tempo, meter and name."""

    def __init__(self, ticks: float) -> None:
        self._limit = _LATEST * ticks
        self._track = _Track()
        self._sounding: dict[tuple[int, int], deque[tuple[int, int]]] = defaultdict(deque)
        self._now = 0

    def read(self, data: _Bytes) -> None:
        status = 0
        while not data.at_end():
            delta = data.number()
            if self._now + delta > self._limit:
                raise _DamageError("a time beyond all music")
            self._now += delta
            if data.peek() >= 0x80:
                status = data.byte()
            if status == 0xFF:
                kind, body = data.byte(), data.take(data.number())
                if kind == 0x2F:
                    return
                self._meta(kind, body)
            elif status in (0xF0, 0xF7):
                data.take(data.number())
            elif 0x80 <= status < 0xF0:
                size = 1 if status & 0xF0 in (0xC0, 0xD0) else 2
                self._channel_message(status, data.take(size))
            else:
                raise _DamageError(f"status byte {status:#04x}")

    def _channel_message(self, status: int, body: bytes) -> None:
        kind, channel = status & 0xF0, status & 0x0F
        if kind not in (0x80, 0x90) or channel == DRUMS:
            return
        pitch, velocity = body[0], body[1]
        if pitch > 127 or velocity > 127:
            raise _DamageError("a data byte above 127")
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
            track.name = " ".join(body.decode("latin-1").replace("\0", " ").split())

    def close(self) -> _Track:
        """End what still sounds with the track."""
        for (_, pitch), waiting in self._sounding.items():
            for start, velocity in waiting:
                self._track.notes.append((start, self._now, pitch, velocity))
        return self._track


def _meter(beats: int, power: int) -> Meter | None:
    return Meter(beats, 2**power) if beats and power <= 6 else None


def _tune(tracks: Sequence[_Track], ticks: float, stem: str) -> Tune:
    rows = sorted(row for track in tracks for row in track.notes)
    notes = tuple(
        Note(pitch, start / ticks, max(SHORTEST, (stop - start) / ticks), velocity)
        for start, stop, pitch, velocity in rows
    )
    tempos = sorted(track.tempo for track in tracks if track.tempo)
    meters = sorted((track.meter for track in tracks if track.meter), key=lambda pair: pair[0])
    names = [track.name for track in tracks if track.name]
    return Tune(
        notes,
        meters[0][1] if meters else Meter(),
        60_000_000 / (tempos[0][1] if tempos else _DEFAULT_TEMPO),
        names[0] if names else stem,
    )
