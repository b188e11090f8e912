"""The instruments of the embedded synth in figures, and their spectrograms.

    python benchmarks/instruments.py [FILE.sfz ...] [--picture FILE.png]
    python benchmarks/instruments.py --styles irish fife chorales
    python benchmarks/instruments.py --sets sonar chapel folk-evening [--picture FILE.png]

Without files: all built-in instruments. Each plays a phrase of short and long notes at velocity 80,
at full volume and without the limiter. The brightness is that of the middle of a held note, so its
attack does not count. `load` is the processor time of eight held notes, share of a core. With
--styles: a minute of each style played alone by each of the network's instruments, as it sounds.
With --sets: the sound of a film of a minute of each set, with its band, and its spectrogram.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, chain
from pathlib import Path

import numpy as np
from loudness import SUB_HZ as PA_SUB_HZ
from loudness import (
    Sound,
    count_clicks,
    decibels,
    describe,
    integrated_loudness,
    true_peak,
    width,
)

from installation.config import Config, StyleSettings
from installation.film.film import LEAD_IN_S, compose_film_take, load_instruments
from installation.film.offline_take import compose_take, render_audio
from installation.io.audio.instruments import BLOCK_FRAMES, SfzInstrument, built_in_instruments
from installation.session.blend_partners import load_blend_partners
from installation.session.live_session import create_composer, resolve_live_settings
from installation.session.model_loading import load_model
from installation.sets.set_file import apply_set
from messages.clock import SECOND
from messages.cues import NoteSource

SAMPLE_RATE_HZ = 48_000
VELOCITIES = (40, 80, 120)
MELODY = (62, 67, 69, 71, 74, 71, 69, 67, 64, 67, 72, 76, 74, 71, 67, 62)
SHORT_S, LONG_S = 0.25, 1.0
"""Lengths of the phrase's notes, seconds: the melody is played once in each."""
LENGTHS = [SHORT_S] * len(MELODY) + [LONG_S] * len(MELODY)
PHRASE = tuple(
    (pitch, 80, start, length)
    for pitch, start, length in zip(
        MELODY * 2, accumulate([0.0, *LENGTHS[:-1]]), LENGTHS, strict=True
    )
)
"""Pitch, velocity, start and length (seconds) of each note."""
PHRASE_S = len(MELODY) * (SHORT_S + LONG_S) + 2.0
SET_S = 60.0  # length of a film of a set, seconds
SUB_HZ, AIR_HZ = 120.0, 5000.0  # bounds of the low end and of the air
HELD = range(50, 66, 2)  # pitches held while the load is measured
STYLE_S, STYLE_SEED = 180.0, 7  # length of the music of a style, seconds, and its seed
LOAD_BLOCKS, LOAD_ROUNDS = 750, 3

Notes = Iterable[tuple[int, int, float, float]]


def render(path: Path, notes: Notes, seconds: float) -> Sound:
    """The sound of notes (pitch, velocity, start, length), shape (frames, 2)."""
    instrument = SfzInstrument(path, SAMPLE_RATE_HZ)
    events = sorted(
        event
        for pitch, velocity, start, length in notes
        for event in ((start, velocity, pitch), (start + length, 0, pitch))
    )
    blocks: list[Sound] = []
    for block in range(round(seconds * SAMPLE_RATE_HZ) // BLOCK_FRAMES):
        while events and events[0][0] * SAMPLE_RATE_HZ < (block + 1) * BLOCK_FRAMES:
            at, velocity, pitch = events.pop(0)
            offset = max(0, round(at * SAMPLE_RATE_HZ) - block * BLOCK_FRAMES)
            offset = min(offset, BLOCK_FRAMES - 1)
            if velocity:
                instrument.note_on(offset, pitch, velocity)
            else:
                instrument.note_off(offset, pitch)
        blocks.append(instrument.render())
    return np.concatenate(blocks).astype(np.float64)


def power_spectrum(sound: Sound) -> tuple[Sound, Sound]:
    """Frequencies, Hz, and the power at each, both channels together."""
    window = np.hanning(len(sound))[:, None]
    power = (np.abs(np.fft.rfft(sound * window, axis=0)) ** 2).sum(axis=1)
    return np.fft.rfftfreq(len(sound), 1 / SAMPLE_RATE_HZ), power


def centroid(sound: Sound) -> float:
    """Spectral centroid, Hz."""
    frequencies, power = power_spectrum(sound)
    return float((frequencies * power).sum() / power.sum())


def decay_time(path: Path) -> float:
    """Time from a note's end until its level is 60 dB lower, seconds."""
    sound = render(path, [(60, 100, 0.0, 1.0)], 8.0)
    frame = SAMPLE_RATE_HZ // 50
    levels = (sound[: len(sound) // frame * frame] ** 2).reshape(-1, frame * 2).mean(axis=1)
    last = np.flatnonzero(levels > 1e-6 * levels[45:50].mean())[-1]
    return float(last + 1) / 50 - 1.0


def load(path: Path) -> float:
    """Processor time of eight held notes, share of a core; the best of some rounds."""
    instrument = SfzInstrument(path, SAMPLE_RATE_HZ)
    for pitch in HELD:
        instrument.note_on(0, pitch, 90)
    rounds = []
    for _ in range(LOAD_ROUNDS):
        start = time.process_time()
        for _ in range(LOAD_BLOCKS):
            instrument.render()
        rounds.append(time.process_time() - start)
    return min(rounds) / (LOAD_BLOCKS * BLOCK_FRAMES / SAMPLE_RATE_HZ)


def measure(path: Path) -> str:
    """All figures of an instrument, as the row of a table."""
    phrase = render(path, PHRASE, PHRASE_S)
    bright = [
        centroid(
            render(path, [(60, v, 0.0, 1.0)], 1.0)[
                round(0.3 * SAMPLE_RATE_HZ) : round(0.8 * SAMPLE_RATE_HZ)
            ]
        )
        for v in VELOCITIES
    ]
    frequencies, power = power_spectrum(phrase)
    sub = decibels(power[frequencies < SUB_HZ].sum() / power.sum())
    air = decibels(power[frequencies > AIR_HZ].sum() / power.sum())
    figures = (
        f"{integrated_loudness(phrase):.1f}",
        f"{true_peak(phrase):.1f}",
        ", ".join(f"{value:.0f}" for value in bright),
        f"{width(phrase):.1f}",
        f"{decay_time(path):.2f}",
        f"{sub:.0f}",
        f"{air:.0f}",
        f"{count_clicks(phrase, SAMPLE_RATE_HZ)}",
        f"{100 * load(path):.1f}",
    )
    return f"| {path.stem} | {' | '.join(figures)} |"


def draw_spectrograms(paths: list[Path], output: Path) -> None:
    """Draw one held note of each instrument, soft and then hard."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, len(paths), figsize=(2.1 * len(paths), 3.2), sharey=True)
    for axis, path in zip(np.atleast_1d(axes), paths, strict=True):
        notes = [(48, 40, 0.1, 1.0), (48, 120, 2.6, 1.0)]
        sound = render(path, notes, 5.0).mean(axis=1)
        sound += 1e-9 * np.random.default_rng(0).standard_normal(len(sound))  # no log of 0
        axis.specgram(
            sound, NFFT=2048, Fs=SAMPLE_RATE_HZ, noverlap=1024, vmin=-130, vmax=-45, cmap="magma"
        )
        axis.set(title=path.stem, xlabel="s", yscale="log", ylim=(40, 20_000))
    np.atleast_1d(axes)[0].set_ylabel("Hz")
    figure.tight_layout()
    figure.savefig(output, dpi=60)


def measure_styles(styles: Sequence[str]) -> Iterator[str]:
    """Figures of a minute of attract mode, for each style and each of the network's instruments."""
    config = Config()
    for style in styles:
        chosen = StyleSettings(name=style)
        checkpoint = load_model(chosen)
        composer, live = (
            create_composer(chosen, checkpoint),
            resolve_live_settings(config, checkpoint),
        )
        take = compose_take(composer, live, STYLE_S, STYLE_SEED, visitor=[])
        for name, path in built_in_instruments(NoteSource.NETWORK).items():
            network = {int(NoteSource.NETWORK): SfzInstrument(path, SAMPLE_RATE_HZ)}
            sound = render_audio(take, network, config.sound.volume, 0)
            yield f"{style}, {name}: {describe(sound.astype(np.float64), SAMPLE_RATE_HZ)}"


def set_sound(name: str) -> Sound:
    """The sound of `hidden-state film --set NAME --seconds 60`."""
    config = apply_set(Config(), name)
    model = load_model(config.style)
    models = [model, *load_blend_partners(config.style, model)]
    take = compose_film_take(config, models, LEAD_IN_S + SET_S, seed=1)
    played = load_instruments(config.sound, has_band=config.live.band != "off")
    start, chain_share = round(LEAD_IN_S * SECOND), config.sound.side_chain
    return render_audio(take, played, config.sound.volume, start, chain_share).astype(np.float64)


def draw_sets(sounds: Mapping[str, Sound], output: Path) -> None:
    """Draw the spectrogram of each sound, with a line below which the sub lies."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(len(sounds), 1, figsize=(11, 2.6 * len(sounds)), sharex=True)
    for axis, (name, sound) in zip(np.atleast_1d(axes), sounds.items(), strict=True):
        middle = sound.mean(axis=1)
        middle += 1e-9 * np.random.default_rng(0).standard_normal(len(middle))  # no log of 0
        axis.specgram(
            middle, NFFT=8192, Fs=SAMPLE_RATE_HZ, noverlap=4096, vmin=-130, vmax=-45, cmap="magma"
        )
        axis.axhline(PA_SUB_HZ, color="white", linewidth=0.5, linestyle=":")
        axis.set(title=name, ylabel="Hz", yscale="log", ylim=(20, 20_000))
    np.atleast_1d(axes)[-1].set_xlabel("s")
    figure.tight_layout()
    figure.savefig(output, dpi=70)


def main() -> None:
    """Print the table, and draw the picture if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", type=Path, nargs="*")
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--styles", nargs="+")
    parser.add_argument("--sets", nargs="+")
    given = parser.parse_args()
    if given.sets:
        sounds = {}
        for name in given.sets:
            sounds[name] = set_sound(name)
            sys.stdout.write(f"{name}: {describe(sounds[name], SAMPLE_RATE_HZ)}\n")
        if given.picture is not None:
            draw_sets(sounds, given.picture)
        return
    if given.styles:
        for line in measure_styles(given.styles):
            sys.stdout.write(line + "\n")
        return
    built_in = [path for source in NoteSource for path in built_in_instruments(source).values()]
    paths = given.files or built_in
    heading = [
        "| instrument | LUFS | true peak, dBTP | centroid at velocities 40, 80, 120, Hz "
        "| side/mid, dB | decay, s | below 120 Hz, dB | above 5 kHz, dB | clicks | load, % |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in chain(heading, map(measure, paths)):
        sys.stdout.write(row + "\n")
    if given.picture is not None:
        draw_spectrograms(paths, given.picture)


if __name__ == "__main__":
    main()
