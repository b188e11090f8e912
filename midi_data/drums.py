"""Drums: the parts of a drum kit, and drum tunes of MIDI files.

A drum tune is a tune of hits: each note's pitch is the General MIDI number of a part of the kit,
its duration says nothing, and its onset is as it was played. The genre of a tune, and whether it is
a fill, are words of its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import IntEnum
from pathlib import Path

from midi_data.midi_events import DRUM_CHANNEL
from midi_data.midi_files import MidiFileError, MidiPart, read_songs, write_parts
from midi_data.midi_songs import MidiSong
from midi_data.notes import Note, Tune

HIT_BEATS = 1 / 8  # duration given to a hit, beats


class DrumPart(IntEnum):
    """A part of the kit, in the order in which hits of one moment are written."""

    KICK = 0
    SNARE = 1
    CLOSED_HAT = 2
    PEDAL_HAT = 3
    OPEN_HAT = 4
    LOW_TOM = 5
    MID_TOM = 6
    HIGH_TOM = 7
    CRASH = 8
    RIDE = 9


PART_PITCHES = (36, 38, 42, 44, 46, 43, 47, 50, 49, 51)
"""General MIDI number of each part."""
_OTHER_PITCHES: Mapping[DrumPart, tuple[int, ...]] = {
    DrumPart.KICK: (35,),
    DrumPart.SNARE: (37, 39, 40),
    DrumPart.CLOSED_HAT: (22,),
    DrumPart.OPEN_HAT: (26,),
    DrumPart.LOW_TOM: (41, 58),
    DrumPart.MID_TOM: (45,),
    DrumPart.HIGH_TOM: (48,),
    DrumPart.CRASH: (52, 55, 57),
    DrumPart.RIDE: (53, 59),
}
"""Further numbers of each part: of General MIDI, and of the Roland kit of the Groove recordings."""
PARTS_BY_PITCH: Mapping[int, DrumPart] = {
    pitch: part
    for part in DrumPart
    for pitch in (PART_PITCHES[part], *_OTHER_PITCHES.get(part, ()))
}
"""Part of the kit of each number that is read; other percussion is left out."""
GENRES = (
    "other", "afrobeat", "afrocuban", "blues", "country", "dance", "funk", "gospel", "highlife",
    "hiphop", "jazz", "latin", "middleeastern", "neworleans", "pop", "punk", "reggae", "rock",
    "soul",
)  # fmt: skip
"""Genres a drummer is told of; "other" stands for all that are not named."""


def tune_genre(name: str) -> str:
    """The genre of a tune: the first word of its name that is one; else "other".

    Parameters
    ----------
    name : str

    Returns
    -------
    str
        One of `GENRES`.
    """
    words = re.findall("[a-z]+", name.lower())
    return next((word for word in words if word in GENRES), GENRES[0])


def is_fill(name: str) -> bool:
    """Whether a tune is a fill, as its name says.

    Parameters
    ----------
    name : str

    Returns
    -------
    bool
    """
    return "fill" in re.findall("[a-z]+", name.lower())


def drum_tune(song: MidiSong, name: str = "") -> Tune:
    """The hits of a song, as the numbers of `PART_PITCHES`.

    Parameters
    ----------
    song : MidiSong
    name : str
        Name of the tune; by default that of the song.

    Returns
    -------
    Tune
        Without notes if the song has no drums.
    """
    hits = tuple(
        Note(PART_PITCHES[PARTS_BY_PITCH[note.pitch]], note.onset, HIT_BEATS, note.velocity)
        for part in song.parts
        if part.is_drums
        for note in part.notes
        if note.pitch in PARTS_BY_PITCH
    )
    return Tune(hits, song.tune.meter, song.tempos[0].tempo, name or song.tune.name)


def read_drum_tunes(path: Path) -> list[Tune]:
    """Read the drum tunes of a MIDI file.

    Parameters
    ----------
    path : Path

    Returns
    -------
    list of Tune
        At least one, each named after the file, whose name gives the genre and tells a fill.

    Raises
    ------
    MidiFileError
        If the file cannot be read, or has no drums.
    """
    path = Path(path)
    tunes = [drum_tune(song, path.stem) for song in read_songs(path)]
    found = [tune for tune in tunes if tune.notes]
    if not found:
        raise MidiFileError(path, "no drums in it (channel 10)")
    return found


def write_drum_tune(path: Path, tune: Tune) -> None:
    """Write a drum tune as a MIDI file, on channel 10.

    Parameters
    ----------
    path : Path
    tune : Tune

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    part = MidiPart(tune.name, _not_before_the_start(tune.notes), DRUM_CHANNEL)
    write_parts(path, [part], tune.tempo, tune.meter, tune.name)


def _not_before_the_start(hits: Iterable[Note]) -> tuple[Note, ...]:
    return tuple(Note(hit.pitch, max(0.0, hit.onset), hit.duration, hit.velocity) for hit in hits)
