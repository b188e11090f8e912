"""Standard MIDI Files: tunes read with `midi_data.midi_songs`, and written with mido."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import mido

from midi_data.atomic_files import atomic_file
from midi_data.midi_chunks import MidiDamageError
from midi_data.midi_songs import MeterChange, MidiSong, TempoChange, parse_songs
from midi_data.notes import Meter, Note, Tune

MIN_FILE_TEMPO_BPM = 60_000_000 / 0xFFFFFF  # slowest tempo that a file can hold, a minute
FILE_TICKS_PER_BEAT = 480  # ticks of a quarter note in the files written here
FILE_SUFFIXES = (".mid", ".midi", ".kar", ".rmi")  # names of MIDI files, in any case
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

    def __reduce__(self) -> tuple[type[MidiFileError], tuple[Path, str]]:
        return type(self), (self.path, self.reason)  # it may be raised in another process


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
    """The tunes of a folder of MIDI files, and the files skipped.

    Parameters
    ----------
    tunes : tuple of Tune
    skipped : tuple of SkippedFile
        Files without a tune, with the reason.
    incomplete : tuple of SkippedFile
        Files with tunes of which something was left out, and what.
    """

    tunes: tuple[Tune, ...] = ()
    skipped: tuple[SkippedFile, ...] = ()
    incomplete: tuple[SkippedFile, ...] = ()

    def report(self) -> list[str]:
        """What was left out: a line for each file, then one for the folder; none if nothing was.

        Returns
        -------
        list of str
        """
        lines = [f"left out {each.path.name}: {each.reason}" for each in self.skipped]
        lines += [f"{each.path.name}: left out {each.reason}" for each in self.incomplete]
        if lines:
            lines.append(
                f"files left out: {len(self.skipped)}; read in part: {len(self.incomplete)}; "
                f"tunes read: {len(self.tunes)}"
            )
        return lines


def write_tune(path: Path, tune: Tune) -> None:
    """Write a tune as a file of one part; see `write_parts`.

    Overlapping notes of one pitch are read back unchanged only if they end in order.
    """
    write_parts(path, [MidiPart(tune.name, tune.notes)], tune.tempo, tune.meter, tune.name)


def write_parts(
    path: Path,
    parts: Sequence[MidiPart],
    tempo: float,
    meter: Meter,
    name: str = "",
    changes: Sequence[TempoChange | MeterChange] = (),
) -> None:
    """Write a type 1 file atomically: a conductor track, then a track for each part.

    Parameters
    ----------
    path : Path
        Its folder must exist.
    parts : sequence of MidiPart
    tempo : float
        Quarter notes a minute, `MIN_FILE_TEMPO_BPM`..60,000,000.
    meter : Meter
    name : str
        Title.
    changes : sequence of TempoChange or MeterChange
        Later tempi and meters, in any order.

    Raises
    ------
    ValueError
        If a tempo is out of its range, or a note starts before beat 0.
    OSError
        If the file cannot be written.
    """
    for each in [tempo, *(change.tempo for change in changes if isinstance(change, TempoChange))]:
        if not MIN_FILE_TEMPO_BPM <= each <= 60_000_000:
            raise ValueError(
                f"tempo must be in {MIN_FILE_TEMPO_BPM:.3f}..60000000 quarter notes a minute, "
                f"not {each}"
            )
    midi = mido.MidiFile(type=1, ticks_per_beat=FILE_TICKS_PER_BEAT, charset="utf-8")
    midi.tracks.append(_conductor_track(tempo, meter, name, changes))
    midi.tracks.extend(_part_track(part) for part in parts)
    with atomic_file(Path(path)) as file:
        midi.save(file=file)


def _conductor_track(
    tempo: float, meter: Meter, name: str, changes: Sequence[TempoChange | MeterChange]
) -> mido.MidiTrack:
    track = mido.MidiTrack()
    if name:
        track.append(mido.MetaMessage("track_name", name=_encodable(name)))
    now = 0
    for change in [
        TempoChange(0.0, tempo),
        MeterChange(0.0, meter),
        *sorted(changes, key=lambda each: each.beat),
    ]:
        tick = round(change.beat * FILE_TICKS_PER_BEAT)
        if isinstance(change, TempoChange):
            message = mido.MetaMessage("set_tempo", tempo=round(60_000_000 / change.tempo))
        else:
            beats, unit = change.meter.beats, change.meter.unit
            message = mido.MetaMessage("time_signature", numerator=beats, denominator=unit)
        track.append(message.copy(time=tick - now))
        now = tick
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


def read_songs(path: Path) -> list[MidiSong]:
    """Read all that a MIDI file says, and what of it could not be read.

    A file of type 0 or 1 is one song, its tracks merged; in type 2 each track is a song. After
    damage, reading goes on at the next event. The sustain pedal lengthens notes. A note that no
    event ends lasts 8 beats at most, a note without length 1/48 beat.

    Parameters
    ----------
    path : Path

    Returns
    -------
    list of MidiSong
        At least one; each has pitched notes or drums.

    Raises
    ------
    MidiFileError
        If the file cannot be read, is no MIDI file, has no notes, or does not fit in memory.
    """
    path = Path(path)
    try:
        songs = parse_songs(_contents(path), path.stem)
    except MidiDamageError as damage:
        raise MidiFileError(path, str(damage)) from None
    except MemoryError:
        raise MidiFileError(path, "too long for the memory of this machine") from None
    found = [song for song in songs if song.parts]
    if found:
        return found
    lost = [reason for song in songs for reason in song.left_out]
    fault = "no notes in it" if songs else "no tracks in it"
    raise MidiFileError(path, ", ".join([fault, *(f"left out {reason}" for reason in lost)]))


def read_tunes(path: Path) -> list[Tune]:
    """Read the tunes of a MIDI file, as `read_songs` does.

    Drums are left out. Tempo and meter are the first in the file, else 120 and 4/4.

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
        If the file cannot be read, is no MIDI file, or has no notes but drums.
    """
    return list(pitched_tunes(Path(path), read_songs(path)))


def pitched_tunes(path: Path, songs: Sequence[MidiSong]) -> tuple[Tune, ...]:
    """The tunes of the songs that have more than drums.

    Parameters
    ----------
    path : Path
        The file, for the error.
    songs : sequence of MidiSong

    Returns
    -------
    tuple of Tune
        At least one.

    Raises
    ------
    MidiFileError
        If all notes are drums.
    """
    tunes = tuple(song.tune for song in songs if song.tune.notes)
    if not tunes:
        drums = sum(song.drum_notes for song in songs)
        raise MidiFileError(path, f"no notes in it but {drums} of drums (channel 10)")
    return tunes


def describe_losses(songs: Sequence[MidiSong]) -> str:
    """What of a file was left out of its tunes, in one line.

    Parameters
    ----------
    songs : sequence of MidiSong

    Returns
    -------
    str
        Empty if nothing was.
    """
    told = [reason for song in songs for reason in song.left_out]
    drums = sum(song.drum_notes for song in songs)
    return ", ".join(told + [f"{drums} notes of drums (channel 10)"] * bool(drums))


def describe_tune_losses(songs: Sequence[MidiSong]) -> str:
    """What of a file its tunes do not tell, in one line: losses, and all meters but the first.

    Parameters
    ----------
    songs : sequence of MidiSong

    Returns
    -------
    str
        Empty if there is nothing.
    """
    losses = [described] if (described := describe_losses(songs)) else []
    for song in songs:
        if later := song.later_meters:
            changes = "a change" if len(later) == 1 else f"{len(later)} changes"
            named = ", ".join(dict.fromkeys(map(str, later)))
            losses.append(f"{changes} of meter (to {named}; all bars are of {song.tune.meter})")
    return ", ".join(losses)


def read_folder(folder: Path) -> TuneFolder:
    """Read all MIDI files (`FILE_SUFFIXES`) below a folder, in order of path.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    TuneFolder
        With the files that could not be read, or not whole.

    Raises
    ------
    NotADirectoryError
        If there is no such folder.
    """
    tunes: list[Tune] = []
    skipped: list[SkippedFile] = []
    incomplete: list[SkippedFile] = []
    for path in midi_paths(folder):
        try:
            songs = read_songs(path)
            tunes += pitched_tunes(path, songs)
        except MidiFileError as error:
            skipped.append(SkippedFile(path, error.reason))
            continue
        if losses := describe_tune_losses(songs):
            incomplete.append(SkippedFile(path, losses))
    return TuneFolder(tuple(tunes), tuple(skipped), tuple(incomplete))


def midi_paths(folder: Path) -> list[Path]:
    """All MIDI files below a folder; nothing hidden, nor below a hidden folder.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    list of Path
        In order.

    Raises
    ------
    NotADirectoryError
        If there is no such folder.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder}: no such folder")
    found = (
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in FILE_SUFFIXES
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )
    return sorted(path for path in found if path.is_file())


def _contents(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise MidiFileError(path, f"larger than {MAX_FILE_BYTES // 2**20} MiB")
        return path.read_bytes()
    except OSError as error:
        raise MidiFileError(path, (error.strerror or "cannot be read").lower()) from error
