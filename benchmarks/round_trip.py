"""Round trip table: what of a file is left after file, tokens, file; for files of several kinds.

    python benchmarks/round_trip.py

Each kind is a few files written here. "Before" is a codec of pitches and lengths on the grid, the
only one there was; "after" is the codec that `train` chooses for them. Each note is compared with
the nearest note of its pitch that is left, of its own part if it can; without one within 60 ms
it is lost. Two onsets more than 5 ms apart that become one are merged.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import mido
import numpy as np

from midi_data.midi_files import MidiPart, read_songs, write_parts
from midi_data.notes import Meter, Note, Tune
from rnn.codecs.codec import SequenceCodec
from rnn.codecs.drum_codec import DrumCodec
from rnn.codecs.note_codec import NoteCodec
from rnn.training.experiment import choose_codec

FILES = 5  # of each kind
BEATS = 64  # of a file
TEMPO = 120.0
MAX_DISTANCE_S = 0.06
MIN_APART_S = 0.005  # two onsets that far apart are meant apart
SCALE = (60, 62, 64, 65, 67, 69, 71, 72, 74, 76)
DRUM_KIT = (36, 38, 42, 46)
COLUMNS = (
    "files", "codec", "onset off, ms: mean, 95 %", "end off, ms: mean", "notes lost",
    "onsets merged", "velocity off: mean", "parts",
)  # fmt: skip

Notes = list[Note]


def main() -> None:
    """Print the table as Markdown, two rows a kind."""
    _say("| " + " | ".join(COLUMNS) + " |\n" + "|---" * len(COLUMNS) + "|")
    for name, make in KINDS.items():
        generator = np.random.default_rng(1)
        with tempfile.TemporaryDirectory() as folder:
            paths = [Path(folder, f"{k}.mid") for k in range(FILES)]
            for path in paths:
                make(path, generator)
            tunes = [_read(path) for path in paths]
            drums = name == "drums"
            after = DrumCodec() if drums else choose_codec(NoteCodec.kind, tunes)
            if drums:
                _say(f"| {name} | before | | | all | | | |")
            for when, codec in [("before", NoteCodec())] * (not drums) + [("after", after)]:
                again = [_through_file(codec, tune, Path(folder, "again.mid")) for tune in tunes]
                _say(f"| {name} | {when} | {_row(tunes, again)} |")


def _read(path: Path) -> Tune:
    """The tune of a file, or its drums."""
    (song,) = read_songs(path)
    if song.tune.notes:
        return song.tune
    return replace(song.tune, notes=song.parts[0].notes)


def _through_file(codec: SequenceCodec, tune: Tune, path: Path) -> Tune:
    notes = codec.decode(codec.encode(tune)).notes
    channels = {9} if not codec.is_pitched else range(max(note.part for note in notes) + 1)
    parts = [
        MidiPart(
            f"{channel}", tuple(n for n in notes if n.part == channel or channel == 9), channel
        )
        for channel in channels
    ]
    write_parts(path, parts, tune.tempo, tune.meter)
    return _read(path)


def _row(tunes: list[Tune], again: list[Tune]) -> str:
    onsets, ends, velocities, lost, merged = [], [], [], 0, 0
    for tune, other in zip(tunes, again, strict=True):
        beat_s, left_over, moved = 60 / tune.tempo, list(other.notes), []
        for note in tune.notes:
            near = [
                (abs(each.onset - note.onset) + (each.part != note.part), k)
                for k, each in enumerate(left_over)
                if each.pitch == note.pitch
                and abs(each.onset - note.onset) * beat_s <= MAX_DISTANCE_S
            ]
            if not near:
                lost += 1
                continue
            found = left_over.pop(min(near)[1])
            moved.append((note.onset * beat_s, found.onset * beat_s))
            onsets.append(1e3 * beat_s * abs(found.onset - note.onset))
            ends.append(1e3 * beat_s * abs(found.end - note.end))
            velocities.append(abs(found.velocity - note.velocity))
        merged += sum(
            second[0] - first[0] > MIN_APART_S and abs(second[1] - first[1]) < 1e-6
            for first, second in pairwise(moved)
        )
    notes = sum(len(tune.notes) for tune in tunes)
    parts = max(len({note.part for note in tune.notes}) for tune in again)
    return (
        f"{np.mean(onsets):.1f}, {np.percentile(onsets, 95):.1f} | {np.mean(ends):.1f} "
        f"| {lost / notes:.1%} | {merged / notes:.1%} "
        f"| {np.mean(velocities):.1f} | {parts}"
    )


def _melody(onsets: list[float], generator: np.random.Generator) -> Notes:
    return [
        Note(int(generator.choice(SCALE)), onset, (end - onset) * 0.9)
        for onset, end in zip(onsets, [*onsets[1:], onsets[-1] + 1], strict=True)
    ]


def _write_melody(places: tuple[float, ...]) -> Callable[[Path, np.random.Generator], None]:
    """Writes a melody with notes at some places of a beat."""

    def write(path: Path, generator: np.random.Generator) -> None:
        onsets = [
            beat + place
            for beat in range(BEATS)
            for place in places
            if place == 0 or generator.random() < 0.6
        ]
        write_parts(path, [MidiPart("", tuple(_melody(onsets, generator)))], TEMPO, Meter(3, 4))

    return write


def _write_voices(path: Path, generator: np.random.Generator) -> None:
    """Four voices in tracks of their own, which meet in unisons."""
    parts = [
        MidiPart(
            f"voice {voice}",
            tuple(
                Note(int(generator.choice(SCALE[: 8 - voice])), beat, 1.0) for beat in range(BEATS)
            ),
            voice,
        )
        for voice in range(4)
    ]
    write_parts(path, parts, TEMPO, Meter(6, 8))


def _write_performance(path: Path, generator: np.random.Generator) -> None:
    """A pianist: no beat, no two notes of a chord at once, velocities, and a pedal by the bar."""
    track, events, at = mido.MidiTrack(), [], 0.0
    for chord in range(BEATS * 2):
        at += float(generator.uniform(0.18, 0.9))
        for pitch in generator.choice(range(48, 84), int(generator.integers(1, 5)), replace=False):
            onset = at + float(generator.uniform(0, 0.06))
            velocity = int(np.clip(generator.normal(64, 17), 10, 120))
            on = mido.Message("note_on", note=int(pitch), velocity=velocity)
            events.append((onset, 2, on))
            end = onset + float(generator.uniform(0.1, 0.3))
            events.append((end, 1, mido.Message("note_off", note=int(pitch))))
        if chord % 4 == 0:
            events.append((at - 0.04, 0, mido.Message("control_change", control=64, value=0)))
            events.append((at + 0.07, 0, mido.Message("control_change", control=64, value=127)))
    now = 0
    for onset, _, message in sorted(events, key=lambda event: event[:2]):
        tick = round(onset * 480)
        track.append(message.copy(time=tick - now))
        now = tick
    mido.MidiFile(ticks_per_beat=480, tracks=[track]).save(path)


def _write_drums(path: Path, generator: np.random.Generator) -> None:
    """A drummer whose hits lie off the grid and differ in loudness."""
    hits = tuple(
        Note(
            int(generator.choice(DRUM_KIT)),
            cell / 4 + 0.1 + float(generator.normal(0, 0.02)),
            0.2,
            int(np.clip(generator.normal(80, 20), 10, 127)),
        )
        for cell in range(BEATS * 4)
    )
    write_parts(path, [MidiPart("drums", hits, 9)], TEMPO, Meter())


KINDS: dict[str, Callable[[Path, np.random.Generator], None]] = {
    "melodies with triplets": _write_melody((0.0, 1 / 3, 2 / 3)),
    "melodies with 32nds": _write_melody((0.0, 1 / 8, 1 / 4, 3 / 8, 1 / 2)),
    "melodies with a swing of 58 %": _write_melody((0.0, 0.58)),
    "four voices in tracks": _write_voices,
    "piano performances with pedal": _write_performance,
    "drums": _write_drums,
}


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
