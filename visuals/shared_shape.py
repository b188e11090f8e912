"""Shared shape: the part of the network's answer that repeats a shape of the visitor's phrase."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import log2

import numpy as np
from numpy.typing import NDArray

from messages.clock import SECOND
from messages.cues import NoteSource
from visuals.timeline import TimedCue

MIN_SHARED_NOTES = 3
PHRASE_GAP_NS = 5 * SECOND  # silence after which a visitor's notes belong to another phrase, ns
CHORD_GAP_NS = SECOND // 25  # distance below which notes are one chord, ns


def taken_up_serials(cues: Sequence[TimedCue], beat_ns: int) -> frozenset[int]:
    """Serial numbers of the answer's notes in its longest shape shared with the visitor's phrase.

    A shape is a row of intervals and of distances between onsets, in half octaves of the beat. The
    upper voice counts. The phrase is the visitor's last one, the answer all that follows it.
    """
    visitors = [timed for timed in cues if timed.cue.source is NoteSource.VISITOR]
    if not visitors:
        return frozenset()
    gaps = [k for k, (a, b) in enumerate(pairwise(visitors), 1) if b.due - a.due > PHRASE_GAP_NS]
    phrase = _upper_voice(visitors[gaps[-1] if gaps else 0 :])
    answer = _upper_voice([timed for timed in cues if timed.due > phrase[-1].due])
    first, second = _steps(phrase, beat_ns), _steps(answer, beat_ns)
    length, end = _longest_common_run(first, second)
    if length + 1 < MIN_SHARED_NOTES:
        return frozenset()
    return frozenset(timed.cue.serial for timed in answer[end - length : end + 1])


def _upper_voice(cues: Sequence[TimedCue]) -> list[TimedCue]:
    voice: list[TimedCue] = []
    for timed in cues:
        if voice and timed.due - voice[-1].due < CHORD_GAP_NS:
            voice[-1] = max(voice[-1], timed, key=lambda one: one.cue.pitch)
        else:
            voice.append(timed)
    return voice


def _steps(voice: Sequence[TimedCue], beat_ns: int) -> NDArray[np.int64]:
    """Interval and rhythm class from each note to the next, shape (steps, 2)."""
    steps = [
        (b.cue.pitch - a.cue.pitch, round(2 * log2(max(1, b.due - a.due) / beat_ns)))
        for a, b in pairwise(voice)
    ]
    return np.array(steps, np.int64).reshape(-1, 2)


def _longest_common_run(first: NDArray[np.int64], second: NDArray[np.int64]) -> tuple[int, int]:
    """Length of the longest run in both, and its end in the second."""
    best, end = 0, 0
    run = np.zeros(len(second) + 1, np.int64)
    for step in first:
        equal = (second == step).all(axis=1)
        run[1:] = np.where(equal, run[:-1] + 1, 0)
        longest = int(run.argmax())
        if run[longest] > best:
            best, end = int(run[longest]), longest
    return best, end
