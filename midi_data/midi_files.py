"""Standard MIDI Files: tunes read with `midi_data.midi_events`, and written with mido."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import mido

from midi_data.atomic_files import atomic_file
from midi_data.midi_events import (
    DEFAULT_BEAT_US,
    MidiDamageError,
    TrackContents,
    read_header,
    read_track,
    track_chunks,
)
from midi_data.notes import Meter, Note, Tune

FILE_TICKS_PER_BEAT = 480  # ticks of a quarter note in the files written here
MIN_NOTE_BEATS = 1 / 48  # length given to a note without one, beats
MAX_FILE_BYTES = 32 * 1024 * 1024  # size above which a file is refused, bytes


class MidiFileError(ValueError):
    """A file that holds no readable tune.

    Parameters
    ----------
    path : Path
    reason : str
        One line.
    """

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


@dataclass(frozen=True, slots=True)
class MidiPart:
    """One voice of a file, with a track of its own.

    Parameters
    ----------
    name : str
    notes : tuple of Note
    channel : int
        0..15.
    program : int
        General MIDI program, 0..127.

    Raises
    ------
    ValueError
        If the channel or the program is out of its range.
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
class SkippedFile:
    """A file that could not be read, and the reason in one line."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class TuneFolder:
    """The tunes of a folder of MIDI files, and the files skipped."""

    tunes: tuple[Tune, ...] = ()
    skipped: tuple[SkippedFile, ...] = ()


def write_tune(path: Path, tune: Tune) -> None:
    """Write a tune as a file of one part; see `write_parts`.

    Overlapping notes of one pitch are read back unchanged only if they end in order.
    """
    write_parts(path, [MidiPart(tune.name, tune.notes)], tune.tempo, tune.meter, tune.name)


def write_parts(
    path: Path, parts: Sequence[MidiPart], tempo: float, meter: Meter, name: str = ""
) -> None:
    """Write a type 1 file atomically: a conductor track, then a track for each part.

    Parameters
    ----------
    path : Path
        Its folder must exist.
    parts : sequence of MidiPart
    tempo : float
        Quarter notes a minute, 4..60,000,000.
    meter : Meter
    name : str
        Title.

    Raises
    ------
    ValueError
        If the tempo is out of its range, or a note starts before beat 0.
    OSError
        If the file cannot be written.
    """
    if not 4 <= tempo <= 60_000_000:
        raise ValueError(f"tempo must be in 4..60000000 quarter notes a minute, not {tempo}")
    midi = mido.MidiFile(type=1, ticks_per_beat=FILE_TICKS_PER_BEAT, charset="utf-8")
    midi.tracks.append(_conductor_track(tempo, meter, name))
    midi.tracks.extend(_part_track(part) for part in parts)
    with atomic_file(Path(path)) as file:
        midi.save(file=file)


def _conductor_track(tempo: float, meter: Meter, name: str) -> mido.MidiTrack:
    track = mido.MidiTrack()
    if name:
        track.append(mido.MetaMessage("track_name", name=_encodable(name)))
    track.append(mido.MetaMessage("set_tempo", tempo=round(60_000_000 / tempo)))
    track.append(mido.MetaMessage("time_signature", numerator=meter.beats, denominator=meter.unit))
    return track


def _part_track(part: MidiPart) -> mido.MidiTrack:
    track = mido.MidiTrack()
    if part.name:
        track.append(mido.MetaMessage("track_name", name=_encodable(part.name)))
    track.append(mido.Message("program_change", channel=part.channel, program=part.program))
    events: list[tuple[int, int, int, int]] = []  # tick, 0 off or 1 on, pitch, velocity
    for note in part.notes:
        if note.onset < 0:
            raise ValueError(f"a note cannot start at beat {note.onset}: a file starts at 0")
        start = round(note.onset * FILE_TICKS_PER_BEAT)
        stop = max(start + 1, round(note.end * FILE_TICKS_PER_BEAT))
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


def _encodable(text: str) -> str:
    return text.encode(errors="replace").decode()


def read_tunes(path: Path) -> list[Tune]:
    """Read the tunes of a MIDI file.

    A file of type 0 or 1 is one tune, its tracks merged; in type 2 each track is a tune. Percussion
    is left out. A note without a note-off ends with its track, a note without length gets
    `MIN_NOTE_BEATS`, and in a damaged track the notes before the damage are kept. Tempo and meter
    are the first in the file, else 120 and 4/4.

    Parameters
    ----------
    path : Path

    Returns
    -------
    list of Tune
        At least one.

    Raises
    ------
    MidiFileError
        If the file cannot be read, is no MIDI file, or has no notes.
    """
    path = Path(path)
    data = _contents(path)
    try:
        header = read_header(data)
    except MidiDamageError as damage:
        raise MidiFileError(path, str(damage)) from None
    tracks = [
        read_track(chunk, header.ticks_per_beat)
        for chunk in track_chunks(data, header.first_chunk_byte)
    ]
    groups = [[track] for track in tracks] if header.file_type == 2 else [tracks]
    tunes = [_merge_tracks(group, header.ticks_per_beat, path.stem) for group in groups]
    tunes = [tune for tune in tunes if tune.notes]
    if not tunes:
        raise MidiFileError(path, "no notes in it" if tracks else "no tracks in it")
    return tunes


def read_folder(folder: Path) -> TuneFolder:
    """Read all .mid and .midi files below a folder, in order of path.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    TuneFolder
        With the files that could not be read.

    Raises
    ------
    NotADirectoryError
        If there is no such folder.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder}: no such folder")
    tunes: list[Tune] = []
    skipped: list[SkippedFile] = []
    for path in midi_paths(folder):
        try:
            tunes += read_tunes(path)
        except MidiFileError as error:
            skipped.append(SkippedFile(path, error.reason))
    return TuneFolder(tuple(tunes), tuple(skipped))


def midi_paths(folder: Path) -> list[Path]:
    """All .mid and .midi files below a folder that are not hidden, in order."""
    found = (
        path
        for path in Path(folder).rglob("*")
        if path.suffix.lower() in (".mid", ".midi") and not path.name.startswith(".")
    )
    return sorted(path for path in found if path.is_file())


def _contents(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise MidiFileError(path, f"larger than {MAX_FILE_BYTES // 2**20} MiB")
        return path.read_bytes()
    except OSError as error:
        raise MidiFileError(path, (error.strerror or "cannot be read").lower()) from error


def _merge_tracks(tracks: Sequence[TrackContents], ticks: float, stem: str) -> Tune:
    """One tune of some tracks; `stem` is its name if the tracks have none."""
    rows = sorted(row for track in tracks for row in track.notes)
    notes = tuple(
        Note(pitch, start / ticks, max(MIN_NOTE_BEATS, (stop - start) / ticks), velocity)
        for start, stop, pitch, velocity in rows
    )
    tempos = sorted(track.tempo for track in tracks if track.tempo)
    meters = sorted((track.meter for track in tracks if track.meter), key=lambda pair: pair[0])
    names = [track.name for track in tracks if track.name]
    return Tune(
        notes,
        meters[0][1] if meters else Meter(),
        60_000_000 / (tempos[0][1] if tempos else DEFAULT_BEAT_US),
        names[0] if names else stem,
    )
