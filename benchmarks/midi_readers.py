"""Which readers of MIDI files survive the damage that real files have.

Each input is a small file of three notes, or of the number given, with one fault. A reader passes
if it finds every note that is there, at its place. Libraries that are not installed are left out:

    python benchmarks/midi_readers.py

`pip install symusic pretty_midi` in an environment of its own adds those two.
"""

from __future__ import annotations

import struct
import tempfile
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

BEAT = b"\x83\x60"  # 480 ticks
END = b"\x00\xff\x2f\x00"

Row = tuple[int, float]  # pitch, onset in beats
Reader = Callable[[Path], list[Row]]


def note(pitch: int) -> bytes:
    """A note of one beat."""
    return bytes([0, 0x90, pitch, 64]) + BEAT + bytes([0x80, pitch, 0])


C, D, E = note(60), note(62), note(64)


def chunk(body: bytes, size: int | None = None) -> bytes:
    """A track chunk, with a stated size that may be wrong."""
    return b"MTrk" + struct.pack(">L", len(body) if size is None else size) + body


def midi(*chunks: bytes, kind: int = 1, division: int = 480, tracks: int | None = None) -> bytes:
    """A file of some chunks."""
    count = len(chunks) if tracks is None else tracks
    return b"MThd" + struct.pack(">LHHH", 6, kind, count, division) + b"".join(chunks)


def riff(data: bytes, front: bytes = b"") -> bytes:
    """A RIFF file around a MIDI file."""
    inside = b"RMID" + front + b"data" + struct.pack("<L", len(data)) + data
    return b"RIFF" + struct.pack("<L", len(inside)) + inside


def one(body: bytes) -> bytes:
    """A file of one track."""
    return midi(chunk(body + END))


LIST = b"LIST" + struct.pack("<L", 4) + b"INFO"
THREE: list[Row] = [(60, 0), (62, 1), (64, 2)]
TWO_TRACKS: list[Row] = [(60, 0), (62, 1), (64, 0)]
PADDED = b"\x80\x80\x80\x83\x60"  # 480 in five bytes
INPUTS: dict[str, tuple[bytes, list[Row]]] = {
    "no fault": (one(C + D + E), THREE),
    "undefined status F5": (one(C + b"\x00\xf5" + D + E), THREE),
    "text longer than the track": (one(C + b"\x00\xff\x01\xff\xff\x7f" + D + E), THREE),
    "data byte missing a status": (midi(chunk(b"\x00\x3c\x40" + C + D + E + END)), THREE),
    "track length too short": (midi(chunk(C + D + END, 9), chunk(E + END)), TWO_TRACKS),
    "track length too long": (midi(chunk(C + D + END, 99), chunk(E + END)), TWO_TRACKS),
    "bytes between tracks": (
        midi(chunk(C + D + END), b"?!?", chunk(E + END)),
        TWO_TRACKS,
    ),
    "SMPTE division, 1,000 ticks a second": (
        midi(chunk(b"\x00\x90\x3c\x40\x87\x68\x80\x3c\x00\x00\x90\x3e\x40" + END), division=0xE728),
        [(60, 0), (62, 2)],
    ),
    "RIFF": (riff(one(C + D + E)), THREE),
    "RIFF, text chunk in front": (riff(one(C + D + E), LIST), THREE),
    "track count 0": (midi(chunk(C + D + E + END), tracks=0), THREE),
    "track count 60,000": (midi(chunk(C + D + E + END), tracks=60_000), THREE),
    "type 2": (midi(chunk(C + D + END), chunk(E + END), kind=2), TWO_TRACKS),
    "FE between events": (one(C + b"\x00\xfe" + D + E), THREE),
    "F8 between events": (one(C + b"\x00\xf8" + D + E), THREE),
    "F6 between events": (one(C + b"\x00\xf6" + D + E), THREE),
    "F3 between events": (one(C + b"\x00\xf3\x01" + D + E), THREE),
    "FE inside an event": (one(C + D[:2] + b"\xfe" + D[2:] + E), THREE),
    "pitch 253": (one(b"\x00\x90\xfd\x40\x00\x80\xfd\x00" + C + D + E), THREE),
    "time of 5 bytes": (one(C + PADDED + D[1:] + E), [(60, 0), (62, 2), (64, 3)]),
    "time of 10 bytes": (one(C + b"\x80" * 5 + PADDED + D[1:] + E), [(60, 0), (62, 2), (64, 3)]),
    "tempo 0": (one(b"\x00\xff\x51\x03\x00\x00\x00" + C + D + E), THREE),
    "tempo 0xFFFFFF": (one(b"\x00\xff\x51\x03\xff\xff\xff" + C + D + E), THREE),
    "cut short": (midi(chunk(C + D + E[:4], 40)), THREE),
}


def read_ours(path: Path) -> list[Row]:
    """Notes as this project reads them."""
    from midi_data.midi_files import read_songs

    return [(note.pitch, note.onset) for song in read_songs(path) for note in song.tune.notes]


def read_mido(path: Path) -> list[Row]:
    """Notes as mido reads them."""
    import mido

    file = mido.MidiFile(path, clip=True)
    rows = []
    ticks = file.ticks_per_beat
    for track in file.tracks:
        now = 0
        for message in track:
            now += message.time
            if message.type == "note_on" and message.velocity:
                rows.append((message.note, now / ticks))
    return rows


def read_symusic(path: Path) -> list[Row]:
    """Notes as symusic reads them."""
    import symusic

    score = symusic.Score(path)
    ticks = score.ticks_per_quarter
    return [(note.pitch, note.time / ticks) for track in score.tracks for note in track.notes]


def read_pretty_midi(path: Path) -> list[Row]:
    """Notes as pretty_midi reads them; it gives seconds, two beats each."""
    import pretty_midi

    midi_file = pretty_midi.PrettyMIDI(str(path))
    return [
        (note.pitch, midi_file.time_to_tick(note.start) / midi_file.resolution)
        for instrument in midi_file.instruments
        for note in instrument.notes
    ]


READERS: dict[str, Reader] = {
    "midi_data": read_ours,
    "symusic": read_symusic,
    "mido": read_mido,
    "pretty_midi": read_pretty_midi,
}


def outcome(reader: Reader, data: bytes, wanted: list[Row], folder: Path) -> str:
    """What a reader makes of a file: "whole", how many notes are right, or its exception."""
    path = folder / "input.mid"
    path.write_bytes(data)
    try:
        found = reader(path)
    except Exception as error:  # noqa: BLE001 - whatever a library raises is its result
        return type(error).__name__
    right = sum(
        any(pitch == other and abs(onset - at) < 0.01 for other, at in found)
        for pitch, onset in wanted
    )
    if right == len(wanted) == len(found):
        return "whole"
    extra = f", {len(found) - right} wrong" if len(found) > right else ""
    return f"{right} of {len(wanted)}{extra}"


def table(readers: dict[str, Reader]) -> Iterator[str]:
    """Rows of a Markdown table."""
    yield f"| input | {' | '.join(readers)} |"
    yield "|---" * (len(readers) + 1) + "|"
    whole = dict.fromkeys(readers, 0)
    with tempfile.TemporaryDirectory() as folder:
        for name, (data, wanted) in INPUTS.items():
            cells = []
            for title, reader in readers.items():
                cells.append(outcome(reader, data, wanted, Path(folder)))
                whole[title] += cells[-1] == "whole"
            yield f"| {name} | {' | '.join(cells)} |"
    yield f"| whole, of {len(INPUTS)} | {' | '.join(map(str, whole.values()))} |"


if __name__ == "__main__":
    installed = {name: reader for name, reader in READERS.items() if find_spec(name)}
    print("\n".join(table(installed)))  # noqa: T201
