"""Barring: where the bars of a score fall on a tune's beats, upbeats included.

A score writes an upbeat as a short bar, and often shortens the bar before it to match; a tune
counts full bars from beat 0, so that a note's place in the bar can be told from its onset.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class WrittenBar:
    """A bar as written.

    Parameters
    ----------
    length : Fraction
        Beats written in it.
    last_onset : Fraction
        Where its last note starts, in beats from the bar line.
    opens : bool
        Whether a section starts here: the first bar, or one after a double or repeat bar line.
    """

    length: Fraction
    last_onset: Fraction = Fraction(0)
    opens_section: bool = False


def bar_starts(bars: Sequence[WrittenBar], full: Fraction) -> list[Fraction]:
    """Where each bar starts, in beats.

    An upbeat ends on a bar line: the first one starts late in bar 0, a later one takes its time
    from the end of the note before it, or waits for the end of the next bar where that note is
    too short. A section that closes with a short bar is filled up with a rest. A score whose bars
    mostly do not fit its meter is taken as it stands, bar after bar.

    Parameters
    ----------
    bars : sequence of Bar
    full : Fraction
        Length of a full bar in beats.

    Returns
    -------
    list of Fraction, one a bar, rising.
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
    """Whether a short bar and a neighbour make up one full bar."""
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
    """Where an upbeat of that length starts that comes after these bars."""
    line = -(-now // full) * full  # the next bar line, or this one
    earliest = starts[-1] + before[-1].last_onset if before else Fraction(-1)
    start = line - length
    while start <= earliest or (not before and start < 0):
        start += full
    return start


def _back_to_back_starts(bars: Sequence[WrittenBar], full: Fraction) -> list[Fraction]:
    now = full - bars[0].length if bars and bars[0].length < full else Fraction(0)
    starts = []
    for bar in bars:
        starts.append(now)
        now += bar.length
    return starts
