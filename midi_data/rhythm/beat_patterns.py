"""Beat patterns: how likely people strike which places of a beat, by meter and place in the bar.

A pattern is the set of places of a beat that are struck. Its probability depends on the beat of the
bar and on the kind of rhythm, which is the same for a whole phrase and unknown: a mixture, fitted
by expectation maximisation. A bar may also copy the bar before, or the one before that.
`beat_patterns.json` has the probabilities and the weights of the evidence beside them, as
`benchmarks/beat_patterns.py` counts and fits them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import Meter
from midi_data.rhythm.filter_bank import PATTERNS, Array, Indices

METERS = tuple(map(Meter.parse, ("4/4", "3/4", "2/4", "5/4", "6/8", "9/8", "7/8")))
"""Meters that are known; the last one has uneven beats."""
BEATS = np.array([4, 3, 2, 5, 2, 3])  # beats in a bar of each meter with even beats
COPY_SHARES = (0.15, 0.1)
"""Share of a pattern's probability that comes from the bar before, and the one before that."""
MIN_PROBABILITY = 0.0005  # of a pattern
PER_MILLE = 1000  # unit of the probabilities in the file

GROUPS = np.array([(2, 2, 3), (3, 2, 2), (2, 3, 2)])  # eighths of the beats of 7/8
GROUP_LENGTHS = 2 * GROUPS.ravel()  # sixteenths
GROUP_STARTS = 2 * (np.cumsum(GROUPS, axis=1) - GROUPS).ravel()
UNEVEN_BAR = 14  # sixteenths in a bar of 7/8
PHASES = 7  # eighths of the bar on which a phrase in 7/8 may begin
WHOLE, FIRST, LAST = range(3)
"""A beat is whole, or known from the first onset on, or up to the last one."""


@dataclass(frozen=True, slots=True, eq=False)
class PatternTables:
    """Probabilities of patterns, and weights of evidence.

    Parameters
    ----------
    loose_shares, loose : ndarray of float64, shape (2, kinds), (2, kinds, PATTERNS)
        Log probabilities of patterns without a bar, for even and for dotted beats.
    shares : ndarray of float64, shape (meters, kinds)
        Log probability of a kind of rhythm.
    bars : ndarray of float64, shape (3, meters, kinds, beats, PATTERNS)
        Probability of a beat that is whole, or first, or last; for meters with even beats.
    uneven : ndarray of float64, shape (3, groups, PATTERNS)
        The same for the beats of 7/8, one grouping after the other.
    path_weights : ndarray of float64
        Of the features of a path, see `bar_reading.path_features`.
    bar_weights : ndarray of float64, shape (3, features)
        Of the features of bars with even, dotted and uneven beats, see `bar_reading.FEATURES`.
    meter_nats, division_nats : ndarray of float64
        Of each of `METERS`, and of each division of the beat.
    """

    loose_shares: Array
    loose: Array
    shares: Array
    bars: Array
    uneven: Array
    path_weights: Array
    bar_weights: Array
    meter_nats: Array
    division_nats: Array

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> PatternTables:
        """The tables in the content of `beat_patterns.json`."""
        loose = [content["loose"][name] for name in ("even", "dotted")]
        even = [content["bars"][str(meter)] for meter in METERS[:-1]]
        bars = np.full((len(even), len(even[0]), int(BEATS.max()), PATTERNS), MIN_PROBABILITY)
        for row, kinds in enumerate(even):
            for column, kind in enumerate(kinds):
                for beat, table in enumerate(kind["beats"]):
                    bars[row, column, beat] = _probabilities(table)
        weights = content["weights"]
        return cls(
            np.log([[kind["share"] / PER_MILLE for kind in kinds] for kinds in loose]),
            np.log([[_probabilities(kind["beat"]) for kind in kinds] for kinds in loose]),
            np.log([[kind["share"] / PER_MILLE for kind in kinds] for kinds in even]),
            _with_ends(bars),
            _with_ends(np.array([_probabilities(table) for table in content["uneven"]])),
            np.array(weights["path"]),
            np.array([weights[name] for name in ("even", "dotted", "uneven")]),
            np.array(weights["meters"]),
            np.array(weights["divisions"]),
        )

    def loose_nats(self, patterns: Indices, beats: Indices, is_dotted: NDArray[np.bool_]) -> Array:
        """Log probabilities of paths without regard to bars, shape (paths,).

        `patterns` has shape (paths, width), of which the first `beats` count.
        """
        rows, width = patterns.shape
        cells = np.arange(rows)[:, None] * PATTERNS + patterns
        counts = np.bincount(cells.ravel(), minlength=rows * PATTERNS).reshape(rows, PATTERNS)
        counts[:, 0] -= width - beats
        both = np.einsum("hp,bkp->bhk", counts.astype(float), self.loose, optimize=True)
        even, dotted = np.logaddexp.reduce(both + self.loose_shares[:, None], axis=2)
        return np.where(is_dotted, dotted, even)

    def even_nats(self, patterns: Indices, meters: Indices, phases: Indices) -> Array:
        """Log probabilities of beats that begin `phases` beats into a bar, shape (phases,)."""
        count = len(patterns)
        at = np.arange(count)
        ends = np.where(at == 0, FIRST, np.where(at == count - 1, LAST, WHOLE))
        beats = (phases[:, None] + at) % BEATS[meters][:, None]
        kinds = np.arange(self.bars.shape[2])[:, None]
        chances = self.bars[ends, meters[:, None, None], kinds, beats[:, None], patterns]
        for bars, share in enumerate(COPY_SHARES, start=1):
            before = at - bars * BEATS[meters][:, None]
            known = (before >= 1) & (ends == WHOLE)
            copied = patterns[np.maximum(before, 0)] == patterns
            mixed = (1 - share) * chances + share * copied[:, None]
            chances = np.where(known[:, None], mixed, chances)
        return np.logaddexp.reduce(np.log(chances).sum(axis=2) + self.shares[meters], axis=1)

    def uneven_nats(self, sixteenths: Indices) -> Array:
        """Log probabilities of onsets in 7/8, shape (PHASES, groupings)."""
        shifts = 2 * np.arange(PHASES)[:, None]
        bars = int(sixteenths[-1] + 2 * PHASES) // UNEVEN_BAR + 1
        struck = np.zeros((PHASES, bars * UNEVEN_BAR), dtype=np.int64)
        struck[np.arange(PHASES)[:, None], sixteenths + shifts] = 1
        patterns = struck.reshape(PHASES, bars, UNEVEN_BAR) @ group_bits()  # (P, bars, groups)
        first, last = (
            (sixteenths[end] + shifts)[:, :, None] - UNEVEN_BAR * np.arange(bars)[:, None]
            for end in (0, -1)
        )  # within each bar
        begins, stops = first >= GROUP_STARTS, last < GROUP_STARTS + GROUP_LENGTHS
        inside = (first < GROUP_STARTS + GROUP_LENGTHS) & (last >= GROUP_STARTS)
        ends = np.where(begins, FIRST, np.where(stops, LAST, WHOLE))
        chances = self.uneven[ends, np.arange(len(GROUP_LENGTHS)), patterns]
        for back, share in enumerate(COPY_SHARES, start=1):
            known = (inside & (ends == WHOLE))[:, back:] & (inside & ~begins)[:, :-back]
            copied = patterns[:, back:] == patterns[:, :-back]
            mixed = (1 - share) * chances[:, back:] + share * copied
            chances[:, back:] = np.where(known, mixed, chances[:, back:])
        nats = np.where(inside, np.log(chances), 0.0).sum(axis=1)
        return nats.reshape(PHASES, *GROUPS.shape).sum(axis=2)


@cache
def load_tables() -> PatternTables:
    """The tables that belong to the program."""
    path = Path(__file__).with_name("beat_patterns.json")
    return PatternTables.from_json(json.loads(path.read_text(encoding="utf-8")))


def _probabilities(table: Mapping[str, int]) -> Array:
    """Probability of each pattern, from those in thousandths that are not rare."""
    found = np.full(PATTERNS, MIN_PROBABILITY)
    for pattern, share in table.items():
        found[int(pattern)] = share / PER_MILLE
    return found / found.sum()


def _with_ends(tables: Array) -> Array:
    """Tables of whole beats, and of beats known from an onset on, and up to one."""
    patterns = np.arange(PATTERNS)
    first, last = np.ones((2, PATTERNS, PATTERNS))
    for struck in patterns[1:].tolist():
        lowest, highest = (struck & -struck).bit_length() - 1, struck.bit_length()
        first[struck] = patterns >> lowest == struck >> lowest
        last[struck] = patterns & ((1 << highest) - 1) == struck
    return np.stack([tables, tables @ first.T, tables @ last.T])


@cache
def group_bits() -> Indices:
    """Bit of each sixteenth of 7/8 in the pattern of each group, shape (sixteenths, groups)."""
    places = np.arange(UNEVEN_BAR)[:, None] - GROUP_STARTS
    return np.where((places >= 0) & (places < GROUP_LENGTHS), 1 << np.maximum(places, 0), 0)
