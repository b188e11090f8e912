"""Notes recovered from sound, several at once: when they begin, and at which pitches.

Nothing is known of what was played. A note begins where the spectrum grows, whatever else sounds
on (spectral flux of log magnitudes: Bello et al. 2005, "A tutorial on onset detection in music
signals"); its pitches are those whose partials explain what is new in the spectrum there, found one
by one, each taken away before the next is looked for (Klapuri 2003, "Multiple fundamental frequency
estimation based on harmonicity and spectral smoothness"). What it may miss: a key struck softly an
octave above or next to one that sounds loudly, and inner notes of wide doubled chords.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

HOP_S = 0.001
"""Seconds from one look at the spectrum to the next."""
WINDOW_S = 0.02
"""Seconds of sound in a look for onsets: short, for the moment counts and not the pitch."""
LAG_S = 0.008
"""Seconds over which the spectrum has to grow."""
ONSET_LEAD_S = 0.004
"""Seconds before its onset at which a note is seen, as the look's end reaches it."""
MAX_PARTIAL_HZ = 10_000.0
"""Partials above this are not looked at for onsets, Hz."""
DEPTH_RATIO = 4000.0
"""How far below the loudest sound a partial may lie and still be seen to grow: a factor."""
MIN_GROWTH_NATS = 0.3
"""Nats by which magnitudes grow, in the mean, where a note begins; while one fades, below 0.28."""
LOWEST_BIN = 50.0
"""Bins count by the root of their period, for low notes have few, down to this, Hz."""
MIN_GAP_S = 0.05
"""Seconds from one onset to the next at the least."""
LOOKED_AT = 2000
"""Looks taken at once: a minute of sound at a time would take gigabytes."""

COMPARED_S = 0.12
"""Seconds of sound before and after an onset that are compared for what is new."""
AFTER, BEFORE = 0.01, 0.005
"""From so long after the onset, and until so long before it: what is in both is no news."""
LOWEST, HIGHEST = 36, 96
"""MIDI numbers a pitch is looked for among."""
PARTIALS = 8
WEIGHTS = 0.7 ** np.arange(PARTIALS)
"""What each partial counts for."""
STIFFNESS = 2e-4
"""By how much a string's partials are sharp (inharmonicity coefficient of a piano's middle)."""
MIN_EXPLAINED_SHARE = 0.55
"""A further pitch explains at least so much of what the clearest one does."""
MAX_PITCHES = 6
"""Pitches at one moment."""
SPECTRUM_POINTS = 1 << 15
"""Points of the spectrum in which pitches are found."""

Sound = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Struck:
    """One note or several that begin together, at `onset` seconds; MIDI numbers."""

    onset: float
    pitches: frozenset[int]


def transcribed(sound: Sound, rate: int) -> list[Struck]:
    """All notes, in order of their onsets."""
    return [Struck(float(at), pitches_at(sound, rate, at)) for at in note_onsets(sound, rate)]


def note_onsets(sound: Sound, rate: int) -> NDArray[np.float64]:
    """When notes begin, seconds, shape (onsets,)."""
    growth = _growth(sound, rate)
    span = round(MIN_GAP_S / HOP_S)
    found: list[int] = []
    for k in np.flatnonzero(growth > MIN_GROWTH_NATS):
        near = growth[max(0, k - span) : k + span + 1]
        if growth[k] == near.max() and (not found or k - found[-1] > span):
            found.append(int(k))
    return np.array(found) * HOP_S + (WINDOW_S + LAG_S) / 2 + ONSET_LEAD_S


def pitches_at(sound: Sound, rate: int, onset: float) -> frozenset[int]:
    """MIDI numbers of the notes that begin at `onset`, seconds."""
    spectrum = _news(sound, rate, onset)
    lobe = round(
        2.2 * SPECTRUM_POINTS / (COMPARED_S * rate)
    )  # bins to either side that a partial fills
    found: list[int] = []
    clearest = 0.0
    while len(found) < MAX_PITCHES:
        peaks = {p: _peaks(spectrum, rate, p) for p in range(LOWEST, HIGHEST + 1) if p not in found}
        pitch = max(peaks, key=lambda p: _salience(spectrum[peaks[p]]))
        salience = _salience(spectrum[peaks[pitch]])
        clearest = clearest or salience
        if not salience or salience < MIN_EXPLAINED_SHARE * clearest:
            break
        found.append(pitch)
        _take_away(spectrum, peaks[pitch], lobe)
    return frozenset(found)


def _growth(sound: Sound, rate: int) -> Sound:
    """By how much log magnitudes grow over `LAG_S` from each look on, nats; a mean over bins."""
    length, hop, lag = round(WINDOW_S * rate), round(HOP_S * rate), round(LAG_S / HOP_S)
    loudest = np.abs(sound).max(initial=0.0)
    if len(sound) < length + lag * hop or not loudest:
        return np.zeros(0)
    looks = np.lib.stride_tricks.sliding_window_view(sound, length)[::hop]  # (looks, length)
    shape = np.hanning(length)
    bins = round(MAX_PARTIAL_HZ * length / rate)
    weights = np.arange(bins).clip(LOWEST_BIN * length / rate) ** -0.5
    weights[0] = 0.0
    weights /= weights.sum()
    scale = DEPTH_RATIO / (loudest * shape.sum() / 2)
    growths = []
    for start in range(0, len(looks) - lag, LOOKED_AT):
        part = looks[start : start + LOOKED_AT + lag] * shape
        levels = np.log1p(scale * np.abs(np.fft.rfft(part, axis=1)[:, :bins]))
        growths.append(np.maximum(0.0, levels[lag:] - levels[:-lag]) @ weights)
    return np.concatenate(growths)


def _news(sound: Sound, rate: int, onset: float) -> Sound:
    """Magnitudes after the onset as far as they are above those before it, shape (bins,)."""
    before = _magnitudes(sound, rate, onset - BEFORE - COMPARED_S)
    return np.maximum(0.0, _magnitudes(sound, rate, onset + AFTER) - before)


def _magnitudes(sound: Sound, rate: int, start: float) -> Sound:
    length, first = round(COMPARED_S * rate), round(start * rate)
    part = np.zeros(length)
    there = sound[max(0, first) : max(0, first + length)]
    offset = max(0, -first)
    part[offset : offset + len(there)] = there
    return np.abs(np.fft.rfft(part * np.hanning(length), SPECTRUM_POINTS))


def _peaks(spectrum: Sound, rate: int, pitch: int) -> NDArray[np.intp]:
    """Bins in which the partials of a pitch are strongest, shape (partials,)."""
    first = 440 * 2 ** ((pitch - 69) / 12) * SPECTRUM_POINTS / rate
    places = []
    for partial in range(1, PARTIALS + 1):
        centre = round(partial * first * np.sqrt(1 + STIFFNESS * partial**2))
        reach = max(2, round(0.012 * centre))
        near = spectrum[centre - reach : centre + reach + 1]
        if len(near):
            places.append(centre - reach + int(near.argmax()))
    return np.array(places)


def _salience(partials: Sound) -> float:
    return float((WEIGHTS[: len(partials)] * np.sqrt(partials)).sum())


def _take_away(spectrum: Sound, places: NDArray[np.intp], lobe: int) -> None:
    """Take a note out of a spectrum, in place, no partial of it being much above its neighbours.

    What stands out belongs to another note that shares it, an octave above.
    """
    partials = spectrum[places]
    for k, place in enumerate(places):
        smooth = min(partials[k], partials[max(0, k - 1) : k + 2].mean())
        if partials[k] > 0:
            spectrum[max(0, place - lobe) : place + lobe + 1] *= 1 - smooth / partials[k]
