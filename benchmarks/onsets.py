"""Sound from a file, clicks in it to the sample, and what was sent matched to what was heard."""

from __future__ import annotations

import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

MIN_LEVEL_SHARE = 0.02
"""Share of the loudest level below which nothing is a click."""
MIN_GAP_S = 0.04
"""Seconds from one click to the next at the least."""
TRIED_NOTES = 6
"""First notes sent whose distances to what was heard are tried as the delay of all."""

Sound = NDArray[np.float64]


def read_wav(path: Path) -> tuple[Sound, int]:
    """Samples (mean of the channels, -1..1, shape (frames,)) and frames a second; 16-bit files."""
    with wave.open(str(path)) as file:
        rate, channels = file.getframerate(), file.getnchannels()
        frames = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    return frames.reshape(-1, channels).mean(axis=1) / 32768, rate


def click_onsets(sound: Sound, rate: int) -> NDArray[np.float64]:
    """When sounds that begin at once out of silence do so, seconds, to the sample."""
    loud = np.abs(sound) > MIN_LEVEL_SHARE * np.abs(sound).max()
    at = np.flatnonzero(loud) / rate
    fresh = np.diff(at, prepend=-np.inf) > MIN_GAP_S
    return at[fresh]


def matched(sent: Sequence[float], heard: Sequence[float], within: float) -> list[tuple[int, int]]:
    """Pairs of what was sent and what was heard, by number, in order, seconds.

    The delay is first the one by which the most agree, and then that of the last pair: a capture
    that lost some time goes on a little earlier.
    """
    sent, heard = np.asarray(sent), np.asarray(heard)
    if not len(sent) or not len(heard):
        return []
    gaps = heard[None, :] - sent[:, None]  # (sent, heard)
    candidates = gaps[:TRIED_NOTES].ravel()  # one of the first notes was heard, or all is lost
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
