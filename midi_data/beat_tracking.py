"""Beat tracking: the beat of played notes, and their places on it.

All beats are found by `rhythm_inference`: those of a visitor, note by note (`TempoTracker`), those
of a phrase, and those of a transcription.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import TICKS_PER_BEAT, Note, Tune, quantise_tune
from midi_data.rhythm.filter_bank import PREFERRED_PERIOD_S
from midi_data.rhythm.rhythm_inference import Rhythm, infer_rhythm

MIN_GAP_S = 0.07  # shortest gap between two onsets that are not one chord, s
MAX_TRACKED_ONSETS = 32  # number of onsets that count for the tempo
END_SNAP_BEATS = 0.5
"""Largest distance of a note's end from the next onset at which the end moves there, beats."""
MIN_NOTE_BEATS, MAX_NOTE_BEATS = 0.25, 8.0  # bounds of the length of a note, beats
MAX_REST_BEATS = 4.0  # longest step from one onset to the next in a transcription, beats
NS_PER_S = 1_000_000_000  # nanoseconds in a second


class PlayedNote(Protocol):
    """A note by the clock, such as `messages.timed_note.TimedNote`; times in ns."""

    @property
    def pitch(self) -> int: ...
    @property
    def velocity(self) -> int: ...
    @property
    def due(self) -> int: ...
    @property
    def end(self) -> int: ...


class TempoTracker:
    """Follows the beat of a player, onset by onset.

    Parameters
    ----------
    tempo : float
        Tempo until enough onsets have come, beats per minute.
    """

    def __init__(self, tempo: float) -> None:
        self._default_period = 60 / tempo
        self._onsets: deque[int] = deque(maxlen=MAX_TRACKED_ONSETS)
        self._velocities: deque[int] = deque(maxlen=MAX_TRACKED_ONSETS)
        self.reset()

    @property
    def beat_ns(self) -> int:
        """Length of a beat, ns; found when it is asked for, as a key's own step must not wait."""
        self._update()
        return round(self._period * NS_PER_S)

    @property
    def rhythm(self) -> Rhythm | None:
        """Rhythm of the onsets, or of the phrase before; None without one."""
        self._update()
        return self._rhythm

    @property
    def expected_rhythm(self) -> Rhythm | None:
        """Rhythm of the phrase before, which makes a like one likelier; None without one."""
        return self._expected

    def bar_line_after(self, time: int) -> int | None:
        """The first bar line of another device from a time on, both ns; None without one."""
        return None

    def add_onset(self, onset: int, velocity: int = 80) -> None:
        """Update the beat with an onset at the time `onset`, ns; a chord is one onset."""
        if self._onsets and onset - self._onsets[-1] < MIN_GAP_S * NS_PER_S:
            self._velocities[-1] = max(self._velocities[-1], velocity)
            return
        self._onsets.append(onset)
        self._velocities.append(velocity)
        self._last_duration, self._is_current = 0.0, False

    def end_phrase(self, last_duration: int) -> None:
        """Update the beat with the length of the phrase's last note, ns."""
        self._last_duration, self._is_current = last_duration / NS_PER_S, False
        self._update()

    def reset(self) -> None:
        """Return to the first tempo, and forget all onsets."""
        self._rhythm: Rhythm | None = None
        self._period = self._default_period
        self._is_current = True
        self.begin_phrase()

    def begin_phrase(self) -> None:
        """Forget the onsets, and keep the tempo."""
        self._update()
        self._onsets.clear()
        self._velocities.clear()
        self._expected, self._last_duration = self._rhythm, 0.0

    def _update(self) -> None:
        if self._is_current or len(self._onsets) < 3:  # one gap is no tempo
            return
        self._is_current = True
        times = (np.array(self._onsets) - self._onsets[0]) / NS_PER_S
        velocities = tuple(self._velocities)
        rhythm = infer_rhythm(times, velocities, self._last_duration, expected=self._expected)
        self._rhythm, self._period = rhythm, rhythm.beat_s


def merge_chords(onsets: Sequence[int]) -> NDArray[np.int64]:
    """Onsets in which the notes of one chord share the time of the first.

    Parameters
    ----------
    onsets : sequence of int
        Times in order, ns.

    Returns
    -------
    ndarray of int64, shape (notes,)
        Times, ns.
    """
    merged = np.array(onsets, dtype=np.int64)
    for index in range(1, len(merged)):
        if merged[index] - merged[index - 1] < MIN_GAP_S * NS_PER_S:
            merged[index] = merged[index - 1]
    return merged


def quantise_ends(onsets: NDArray[np.float64], ends: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ends as they would be written: a key released early or late makes no rest and no chord.

    An end within `END_SNAP_BEATS` of the next onset moves there. Ends of the last onset move to the
    nearest whole beat, but to one beat after the onset at least; all others to the finest grid.

    Parameters
    ----------
    onsets, ends : ndarray of float64, shape (notes,)
        Beats; the onsets are in order and on the grid.

    Returns
    -------
    ndarray of float64, shape (notes,)
    """
    written = np.round(ends * TICKS_PER_BEAT) / TICKS_PER_BEAT
    for index, (onset, end) in enumerate(zip(onsets, ends, strict=True)):
        later = onsets[onsets > onset]
        following = later[0] if len(later) else max(onset + 1.0, np.ceil(end - END_SNAP_BEATS))
        if abs(end - following) <= END_SNAP_BEATS or not len(later):
            written[index] = following
    return np.clip(written, onsets + MIN_NOTE_BEATS, onsets + MAX_NOTE_BEATS)


def transcribe(played: Sequence[PlayedNote], name: str = "") -> Tune:
    """Transcribe played notes to a tune, its first note on beat 0.

    Parameters
    ----------
    played : sequence of PlayedNote
        In any order.
    name : str
        Name of the tune.

    Returns
    -------
    Tune

    Raises
    ------
    ValueError
        If there are no notes.
    """
    if not played:
        raise ValueError("nothing was played")
    ordered = sorted(played, key=lambda note: (note.due, note.pitch))
    starts = merge_chords([note.due for note in ordered])
    times, places = np.unique(starts, return_inverse=True)
    period, written = _write_onsets((times - times[0]) / NS_PER_S)
    steps = np.minimum(np.diff(written, prepend=0.0), MAX_REST_BEATS)
    onsets = np.cumsum(steps)[places]
    lengths = np.array([note.end - note.due for note in ordered]) / NS_PER_S / period
    ends = quantise_ends(onsets, onsets + lengths)
    notes = tuple(
        Note(note.pitch, float(onset), float(end - onset), note.velocity)
        for note, onset, end in zip(ordered, onsets, ends, strict=True)
    )
    return quantise_tune(Tune(notes, tempo=60.0 / period, name=name))


def _write_onsets(times: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    """Beat period (s), and onsets in beats from the first one, of times in order (s)."""
    rhythm = infer_rhythm(times)
    period = PREFERRED_PERIOD_S if rhythm is None else rhythm.beat_s
    rhythm = infer_rhythm(times, beat=period)
    return rhythm.beat_s, rhythm.onsets - rhythm.onsets[0]
