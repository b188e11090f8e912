"""Barring: the start of each bar of a score in a tune's beats.

A score writes an upbeat as a short bar, and often shortens the bar before it to match. A tune
counts full bars from beat 0, so that the onset of a note determines its place in the bar.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate


@dataclass(frozen=True, slots=True)
class WrittenBar:
    """A bar of a score."""

    length: Fraction  # beats
    last_onset: Fraction = Fraction(0)  # onset of its last note, beats from the bar line
    opens_section: bool = False  # the first bar, or one after a double or repeat bar line


def bar_starts(bars: Sequence[WrittenBar], full: Fraction) -> list[Fraction]:
    """Start of each bar, beats, in increasing order; `full` is the length of a full bar.

    An upbeat ends on a bar line. The first one is late in bar 0. A later one shortens the note
    before it, or is moved to the next bar if that note is too short. A short bar at the end of a
    section is completed by a rest. If most bars do not fit the meter, they follow one another
    as written.
    """
    odd = sum(bar.length != full for bar in bars)
    if odd > 2 and odd > len(bars) / 3:
        return _back_to_back_starts(bars, full)
    starts: list[Fraction] = []
    now = Fraction(0)
    for index, bar in enumerate(bars):
        phase = now % full
        if bar.opens_section and bar.length < full and not _completes_bar(bars, index, phase, full):
            now = _upbeat_start(bars[:index], starts, now, bar.length, full)
        elif phase + bar.length > full and phase:
            now += full - phase
        starts.append(now)
        now += bar.length
    return starts


def _completes_bar(bars: Sequence[WrittenBar], index: int, phase: Fraction, full: Fraction) -> bool:
    """Whether a short bar and its neighbour add up to a full bar."""
    if index == 0:
        return False
    if phase:
        return phase + bars[index].length == full
    following = bars[index + 1].length if index + 1 < len(bars) else full
    return bars[index].length + following == full


def _upbeat_start(
    before: Sequence[WrittenBar],
    starts: Sequence[Fraction],
    now: Fraction,
    length: Fraction,
    full: Fraction,
) -> Fraction:
    """Start of an upbeat of some length after the bars `before`."""
    line = -(-now // full) * full  # the next bar line, or this one
    earliest = starts[-1] + before[-1].last_onset if before else Fraction(-1)
    start = line - length
    while start <= earliest or (not before and start < 0):
        start += full
    return start


def _back_to_back_starts(bars: Sequence[WrittenBar], full: Fraction) -> list[Fraction]:
    """Starts of bars that follow one another as written, the first of them an upbeat if short."""
    first = max(Fraction(0), full - bars[0].length)
    return list(accumulate((bar.length for bar in bars[:-1]), initial=first))
