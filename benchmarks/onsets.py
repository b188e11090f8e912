"""Onsets and pitches of notes recovered from sound: one note at a time, by FFT."""

from __future__ import annotations

import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

HOP = 0.001
"""Seconds of a step of the envelope."""
RISE = 2.5
"""A note begins where the level over `SPAN` is so many times that over the `SPAN` before..."""
SPAN = 0.008
"""...in seconds."""
FLOOR = 0.02
"""Share of the loudest level below which nothing is a note."""
REFRACTORY = 0.08
"""Seconds from one note to the next at the least."""
LISTEN = (0.03, 0.15)
"""From when to when after its onset a note's pitch is looked for, seconds."""
LOWEST, HIGHEST = 36, 96
"""MIDI numbers a pitch is looked for among."""
PARTIALS = 5
"""Partials that count for a pitch."""
TRIED = 6
"""First notes sent whose distances to what was heard are tried as the delay of all."""

Sound = NDArray[np.float64]


def read_wav(path: Path) -> tuple[Sound, int]:
    """Samples (mean of the channels, -1..1, shape (frames,)) and frames a second; 16-bit files."""
    with wave.open(str(path)) as file:
        rate, channels = file.getframerate(), file.getnchannels()
        frames = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    return frames.reshape(-1, channels).mean(axis=1) / 32768, rate


def note_onsets(sound: Sound, rate: int) -> NDArray[np.float64]:
    """When notes begin, seconds, shape (notes,): where the level jumps, to the millisecond."""
    hop = round(HOP * rate)
    level = np.sqrt((sound[: len(sound) // hop * hop].reshape(-1, hop) ** 2).mean(axis=1))
    span = round(SPAN / HOP)
    means = np.convolve(level, np.ones(span) / span, "valid")  # means[k] is of level[k : k + span]
    before, after = means[:-span], means[span:]
    jump = after / (before + FLOOR * level.max() + 1e-12)
    jump[after < FLOOR * level.max()] = 0.0
    found: list[float] = []
    for k in np.flatnonzero(jump > RISE):
        near = jump[max(0, k - span) : k + span + 1]
        at = (k + span) * HOP
        if jump[k] == near.max() and (not found or at - found[-1] > REFRACTORY):
            found.append(at)
    return np.array(found)


def click_onsets(sound: Sound, rate: int) -> NDArray[np.float64]:
    """When sounds that begin at once out of silence do so, seconds, to the sample."""
    loud = np.abs(sound) > FLOOR * np.abs(sound).max()
    at = np.flatnonzero(loud) / rate
    fresh = np.diff(at, prepend=-np.inf) > REFRACTORY / 2
    return at[fresh]


def pitch_at(sound: Sound, rate: int, onset: float) -> int:
    """MIDI number of the note that begins at `onset`, seconds: its partials hold the most."""
    start, end = (round((onset + offset) * rate) for offset in LISTEN)
    part = sound[start:end]
    size = 1 << 16
    spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part)), size))
    pitches = np.arange(LOWEST, HIGHEST + 1)
    scores = [_salience(spectrum, 440 * 2 ** ((p - 69) / 12) * size / rate) for p in pitches]
    return int(pitches[int(np.argmax(scores))])


def _salience(spectrum: Sound, place: float) -> float:
    """How much of a spectrum lies on the partials of a note whose first is at `place`."""
    score = 0.0
    for partial in range(1, PARTIALS + 1):
        centre = partial * place
        reach = max(1, round(0.012 * centre))
        near = spectrum[max(0, round(centre) - reach) : round(centre) + reach + 1]
        score += 0.7 ** (partial - 1) * float(near.max(initial=0.0)) ** 0.5
    return score


def matched(sent: Sequence[float], heard: Sequence[float], within: float) -> list[tuple[int, int]]:
    """Pairs of what was sent and what was heard, by number, in order, seconds.

    The delay is first the one by which the most agree, and then that of the last pair: a capture
    that lost some time goes on a little earlier.
    """
    sent, heard = np.asarray(sent), np.asarray(heard)
    if not len(sent) or not len(heard):
        return []
    gaps = heard[None, :] - sent[:, None]  # (sent, heard)
    candidates = gaps[:TRIED].ravel()  # one of the first notes was heard, or all is lost
    ways = [_followed(gaps, delay, within) for delay in candidates]
    return max(ways, key=len)


def _followed(gaps: Sound, delay: float, within: float) -> list[tuple[int, int]]:
    """The pairs from a first delay on, each heard once."""
    pairs: list[tuple[int, int]] = []
    free = 0
    for number, row in enumerate(gaps):
        if free == len(row):
            break
        nearest = free + int(np.argmin(np.abs(row[free:] - delay)))
        if abs(row[nearest] - delay) < within:
            pairs.append((number, nearest))
            delay, free = row[nearest], nearest + 1
    return pairs


def steadiness(sent: Sequence[float], heard: Sequence[float]) -> dict[str, float]:
    """How constant the delay of matched onsets (seconds) is, ms.

    Beside it, how much the gaps from note to note differ: where the capture loses time, as a
    starved JACK server does, only these say how exact the notes were.
    """
    off = (np.asarray(heard) - np.asarray(sent)) * 1000
    steps = np.abs(np.diff(off)) if len(off) > 1 else np.zeros(1)
    off -= np.median(off)
    low, high = np.percentile(off, (25, 75))
    return {
        "iqr_ms": round(float(high - low), 3),
        "p99_ms": round(float(np.percentile(np.abs(off), 99)), 3),
        "worst_ms": round(float(np.abs(off).max()), 3),
        "gap_error_p50_ms": round(float(np.median(steps)), 3),
        "gap_error_p99_ms": round(float(np.percentile(steps, 99)), 3),
    }
