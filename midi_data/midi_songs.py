"""Songs of MIDI files: their tune, parts, drums and changes of tempo and meter."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from midi_data.midi_chunks import DEFAULT_BEAT_US, MidiHeader, read_header, track_chunks
from midi_data.midi_events import (
    DRUM_CHANNEL,
    MAX_UNENDED_BEATS,
    TrackContents,
    TrackNote,
    read_track,
)
from midi_data.notes import Meter, Note, Tune

MIN_NOTE_BEATS = 1 / 48  # length given to a note without one, beats


@dataclass(frozen=True, slots=True)
class TempoChange:
    """A tempo from a beat on.

    Parameters
    ----------
    beat : float
    tempo : float
        Quarter notes a minute.
    """

    beat: float
    tempo: float


@dataclass(frozen=True, slots=True)
class MeterChange:
    """A meter from a beat on.

    Parameters
    ----------
    beat : float
    meter : Meter
    """

    beat: float
    meter: Meter


@dataclass(frozen=True, slots=True)
class SongPart:
    """The notes of one channel of one track; `is_drums` for percussion, channel 10."""

    name: str
    channel: int
    program: int
    notes: tuple[Note, ...]

    @property
    def is_drums(self) -> bool:
        return self.channel == DRUM_CHANNEL


@dataclass(frozen=True, slots=True)
class MidiSong:
    """All that a file says of one piece of music.

    Parameters
    ----------
    tune : Tune
        The pitched notes of all parts, with the first meter and tempo. It has no notes if the song
        has drums only.
    parts : tuple of SongPart
        By track and channel, drums too.
    tempos : tuple of TempoChange
        In order, the first at `upbeat_shift` or before.
    meters : tuple of MeterChange
        In order. The first stands at `upbeat_shift` or before and counts bars from beat 0; each
        later one begins a bar.
    upbeat_shift : float
        Beats that were added to every onset so that a short first bar is an upbeat.
    left_out : tuple of str
        What could not be read, each in a few words with its count.
    """

    tune: Tune
    parts: tuple[SongPart, ...] = ()
    tempos: tuple[TempoChange, ...] = ()
    meters: tuple[MeterChange, ...] = ()
    upbeat_shift: float = 0.0
    left_out: tuple[str, ...] = ()

    @property
    def drum_notes(self) -> int:
        """Number of notes of the drums, which the tune leaves out."""
        return sum(len(part.notes) for part in self.parts if part.is_drums)

    @property
    def later_meters(self) -> tuple[Meter, ...]:
        """Other meters that notes of the tune are in after its own, which counts all its bars."""
        end = max((note.onset for note in self.tune.notes), default=0.0)
        changes = [change for change in self.meters[1:] if change.beat <= end]
        meters = [self.tune.meter, *(change.meter for change in changes)]
        return tuple(later for before, later in pairwise(meters) if later != before)

    def seconds_at(self, beat: float) -> float:
        """Time of a beat from the start of the file, through all changes of tempo, seconds."""
        starts = [self.upbeat_shift, *(change.beat for change in self.tempos[1:])]
        last = max(0, bisect_right(starts, beat) - 1)
        seconds = 0.0
        for index in range(last):
            seconds += (starts[index + 1] - starts[index]) * 60 / self.tempos[index].tempo
        return seconds + (beat - starts[last]) * 60 / self.tempos[last].tempo


def parse_songs(data: bytes, stem: str) -> list[MidiSong]:
    """Songs of the bytes of a file: one, or one for each track of a file of type 2.

    Parameters
    ----------
    data : bytes
    stem : str
        Name of a song whose tracks have none.

    Returns
    -------
    list of MidiSong
        Songs may have no notes; none if there are no tracks.

    Raises
    ------
    MidiDamageError
        If there is no header, or its time division is 0.
    """
    header, outside = read_header(data), []
    chunks = list(track_chunks(data, header.first_chunk_byte, outside))
    tracks = [read_track(chunk, header.ticks_per_beat) for chunk in chunks]
    groups = [[track] for track in tracks] if header.file_type == 2 else [tracks] * bool(tracks)
    songs = [_song(group, header, stem) for group in groups]
    if songs and outside:
        songs[0] = replace(songs[0], left_out=(*outside, *songs[0].left_out))
    return songs


def _song(tracks: Sequence[TrackContents], header: MidiHeader, stem: str) -> MidiSong:
    tempos = _last_of_each_tick([row for track in tracks for row in track.tempos])
    ticks = header.ticks_per_beat
    if header.is_smpte:  # ticks are time: one tempo makes beats of them
        tempos = tempos[:1]
        ticks *= tempos[0][1] / DEFAULT_BEAT_US if tempos else 1
    meters = _last_of_each_tick([row for track in tracks for row in track.meters])
    meters, shift = _join_upbeat(meters, ticks)
    parts = _parts(tracks, ticks, shift)
    names = [track.name for track in tracks if track.name]
    pitched = (notes for part, notes in parts if not part.is_drums)
    rows: list[Note] = []
    for k, notes in enumerate(pitched):  # they are of part 0
        rows += [replace(note, part=k) for note in notes] if k else notes
    tempo_changes = [
        TempoChange(tick / ticks + shift, 60_000_000 / microseconds)
        for tick, microseconds in tempos
    ]
    meter_changes = [MeterChange(tick / ticks + shift, meter) for tick, meter in meters]
    first = tempo_changes[0].tempo if tempo_changes else 60_000_000 / DEFAULT_BEAT_US
    meter = meters[0][1] if meters else Meter()
    if not tempos or tempos[0][0] > 0:
        tempo_changes.insert(0, TempoChange(0.0, 60_000_000 / DEFAULT_BEAT_US))
    if not meters or meters[0][0] > 0:
        meter_changes.insert(0, MeterChange(0.0, Meter()))
    return MidiSong(
        Tune(tuple(rows), meter, first, names[0] if names else stem),
        tuple(part for part, _ in parts),
        tuple(tempo_changes),
        tuple(meter_changes),
        shift,
        _left_out(tracks),
    )


def _last_of_each_tick(rows: list[tuple]) -> list[tuple]:
    """Events in order; of two at one tick, the last one written."""
    return sorted(dict(rows).items())


def _join_upbeat(
    meters: list[tuple[int, Meter]], ticks: float
) -> tuple[list[tuple[int, Meter]], float]:
    """Make a short first bar an upbeat: its meter is the next one, and all moves later."""
    if len(meters) < 2 or meters[0][0] != 0:
        return meters, 0.0
    (_, short), (tick, full) = meters[:2]
    if short.bar_beats >= full.bar_beats or abs(tick / ticks - short.bar_beats) > MIN_NOTE_BEATS:
        return meters, 0.0
    return [(0, full), *meters[2:]], full.bar_beats - short.bar_beats


def _parts(
    tracks: Sequence[TrackContents], ticks: float, shift: float
) -> list[tuple[SongPart, list[Note]]]:
    pedals: dict[int, list[tuple[int, bool]]] = defaultdict(list)
    for tick, channel, is_down in sorted(
        (row for track in tracks for row in track.pedals), key=lambda row: row[0]
    ):
        pedals[channel].append((tick, is_down))
    strikes: dict[tuple[int, int], list[int]] = defaultdict(list)  # channel, pitch -> ticks
    for note in sorted((note for track in tracks for note in track.notes), key=_note_order):
        strikes[note.channel, note.pitch].append(note.start)
    programs: dict[int, int] = {}
    for track in tracks:
        programs = track.programs | programs
    limit = round(MAX_UNENDED_BEATS * ticks)
    parts = []
    for track in tracks:
        channels: dict[int, list[Note]] = defaultdict(list)
        for note in sorted(track.notes, key=_note_order):
            end = note.end
            if note.released and pedals[note.channel]:
                restrikes = strikes[note.channel, note.pitch]
                end = _sustained_end(note, pedals[note.channel], restrikes, limit)
            length = max(MIN_NOTE_BEATS, (end - note.start) / ticks)
            onset = note.start / ticks + shift
            channels[note.channel].append(Note(note.pitch, onset, length, note.velocity))
        for channel, notes in sorted(channels.items()):
            program = track.programs.get(channel, programs.get(channel, 0))
            name = track.name or ("drums" if channel == DRUM_CHANNEL else "")
            parts.append((SongPart(name, channel, program, tuple(notes)), notes))
    return parts


def _note_order(note: TrackNote) -> tuple[int, int, int, int]:
    return note.start, note.end, note.pitch, note.velocity


def _sustained_end(
    note: TrackNote, pedal: list[tuple[int, bool]], restrikes: list[int], limit: int
) -> int:
    """End of a note whose key is released while the pedal is down, ticks.

    It sounds until the pedal comes up or the key is struck again; under a pedal that never comes
    up, `limit` ticks at most.
    """
    index = bisect_right(pedal, (note.end, True))  # changes at the release itself count
    if not index or not pedal[index - 1][1]:
        return note.end
    rise = next((tick for tick, is_down in pedal[index:] if not is_down), None)
    end = max(note.end, note.start + limit) if rise is None else rise
    again = bisect_right(restrikes, note.start)
    if again < len(restrikes):
        end = min(end, max(note.end, restrikes[again]))
    return end


def _left_out(tracks: Sequence[TrackContents]) -> tuple[str, ...]:
    """What was left out of some tracks, in words."""
    lost_bytes = sum(track.lost_bytes for track in tracks)
    lost_events = sum(track.lost_events for track in tracks)
    lost_ends = sum(track.lost_ends for track in tracks)
    unended = sum(not note.released for track in tracks for note in track.notes)
    counts = (
        (lost_bytes, "damaged bytes"),
        (lost_events, "events with impossible values"),
        (lost_ends, "ends of notes that were not begun"),
    )
    told = [f"{count} {what}" for count, what in counts if count]
    if unended:
        told.append(f"the ends of {unended} notes")
    return tuple(told)
