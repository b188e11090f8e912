"""Folders far from the styles, written from a set of piano rolls, for `benchmarks/fine_tuning.py`.

    python benchmarks/far_folders.py nottingham.npz folders

`folders/chords` has melodies with chords as written; `folders/piano` the same played by a pianist
who has nothing to do with our performance rules: rubato, a louder melody, broken chords, and a
pedal that is changed with each bar. A frame of the rolls is an eighth note.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import mido
import numpy as np
from numpy.typing import NDArray

TICKS = 480  # of a quarter note
FRAME = TICKS // 2
TUNES = 200
BAR_FRAMES = 8

Row = tuple[float, float, int, int]  # onset and end in ticks, pitch, velocity


def main() -> None:
    """Write both folders."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rolls", type=Path, help="bit-packed piano rolls, as nottingham.npz")
    parser.add_argument("target", type=Path)
    given = parser.parse_args()
    data, generator = np.load(given.rolls), np.random.default_rng(5)
    ends = np.cumsum(data["train_lengths"])
    for name in ("chords", "piano"):
        (given.target / name).mkdir(parents=True, exist_ok=True)
    for number, (length, end) in enumerate(zip(data["train_lengths"], ends, strict=True)):
        if number == TUNES:
            break
        packed = data["train"][end - length : end]
        rows = notes_of_roll(np.unpackbits(packed, axis=1)[:, :88])
        write(given.target / "chords" / f"{number:03}.mid", rows, [])
        write(given.target / "piano" / f"{number:03}.mid", *play(rows, generator))


def notes_of_roll(roll: NDArray[np.uint8]) -> list[Row]:
    """The notes of a roll, (frames, 88): runs of frames; chords begin anew with each bar."""
    rows, padded = [], np.pad(roll, ((0, 1), (0, 0)))
    for key in np.flatnonzero(roll.any(axis=0)).tolist():
        begun = -1
        for frame, on in enumerate(padded[:, key].tolist()):
            if begun >= 0 and (not on or frame % BAR_FRAMES == 0):
                rows.append((begun * FRAME, frame * FRAME, key + 21, 80))
                begun = -1
            if on and begun < 0:
                begun = frame
    return sorted(rows)


def play(rows: list[Row], generator: np.random.Generator) -> tuple[list[Row], list[float]]:
    """The notes as played, and when the pedal is changed."""
    period, depth = generator.uniform(12, 30) * TICKS, generator.uniform(0.2, 0.5) * TICKS
    level = generator.uniform(45, 75)

    def moved(tick: float) -> float:
        return tick + depth * (1 - np.cos(2 * np.pi * tick / period)) / 2

    highest: dict[float, int] = {}
    for onset, _, pitch, _ in rows:
        highest[onset] = max(pitch, highest.get(onset, 0))
    played = []
    for onset, end, pitch, _ in rows:
        is_melody = pitch == highest[onset]
        late = abs(generator.normal(0, 6 if is_melody else 14))
        swell = 10 * np.sin(2 * np.pi * onset / period)
        velocity = level + swell + (16 if is_melody else 0) + generator.normal(0, 4)
        start, stop = moved(onset) + late, moved(end) - generator.uniform(20, 90)
        played.append((start, max(start + 30, stop), pitch, int(np.clip(velocity, 10, 120))))
    bar = BAR_FRAMES * FRAME
    last = max(end for _, end, _, _ in rows)
    return played, [moved(at) for at in np.arange(0, last, bar).tolist()]


def write(path: Path, rows: list[Row], pedals: list[float]) -> None:
    """Write a file of notes, and of a pedal that comes up and goes down again."""
    events: list[tuple[float, int, mido.Message]] = []
    for onset, end, pitch, velocity in rows:
        events.append((onset, 2, mido.Message("note_on", note=pitch, velocity=velocity)))
        events.append((end, 1, mido.Message("note_off", note=pitch)))
    for at in pedals:
        events.append((at, 0, mido.Message("control_change", control=64, value=0)))
        events.append((at + 40, 3, mido.Message("control_change", control=64, value=127)))
    track, now = mido.MidiTrack(), 0
    for at, _, message in sorted(events, key=lambda event: event[:2]):
        tick = round(at)
        track.append(message.copy(time=tick - now))
        now = tick
    mido.MidiFile(ticks_per_beat=TICKS, tracks=[track]).save(path)


if __name__ == "__main__":
    main()
