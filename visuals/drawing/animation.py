"""Animation: springs and light envelopes that turn sudden notes into smooth movement.

All results are functions of the time and the known cues: frames of any times, drawn in any order,
are the same.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from messages.clock import SECOND
from messages.cues import NoteCue
from visuals.timeline import MAX_HOLD_NS, TimedCue

Floats = NDArray[np.float64]
Number = TypeVar("Number", bound=np.floating)

ATTACK_S = 0.08  # rise time of a light, seconds
RELEASE_S = 0.40  # time constant of a light's fall after its note, seconds, without recent notes
SUSTAIN_LEVEL = 0.62  # share of its brightness that a light keeps while its note is held
SUSTAIN_DECAY_S = 0.9  # time constant of the decay to the sustain level, seconds
LIGHT_RETENTION_NS = 8 * SECOND  # age of ended notes from which they give no light, ns
MAX_LIT_NOTES = 512
"""Largest number of notes that give light, the newest first; it bounds the cost of a frame."""


@overload
def smoothstep(share: float) -> float: ...
@overload
def smoothstep(share: NDArray[Number]) -> NDArray[Number]: ...
def smoothstep(share: float | NDArray[Number]) -> float | NDArray[Number]:
    """Map 0..1 to 0..1 with slope 0 at both ends: 3 x^2 - 2 x^3.

    Parameters
    ----------
    share : float or ndarray
        Values beyond 0 or 1 count as these.

    Returns
    -------
    float or ndarray
    """
    share = np.clip(share, 0.0, 1.0)
    return share * share * (3.0 - 2.0 * share)


@dataclass(slots=True, eq=False)
class _SpringState:
    """Position and speed of the springs at the due time of a cue, and their next target."""

    cue: NoteCue
    target: Floats
    place: Floats
    speed: Floats


class SpringMotion:
    """Damped springs that move to the target of each cue from its due time on.

    Between two cues the motion is the exact solution of x'' = w^2 (target - x) - 2 z w x', so it
    is known for any time.

    Parameters
    ----------
    reading : callable
        Returns the target of a cue, shape (n,).
    size : int
        Number of springs, n.
    frequency : float or ndarray, shape (n,)
        Natural frequency w / 2 pi, Hz.
    damping : float or ndarray, shape (n,)
        Damping ratio z, in (0, 1).

    Raises
    ------
    ValueError
        If a damping ratio is not in (0, 1).
    """

    def __init__(
        self,
        reading: Callable[[NoteCue], NDArray[np.float32]],
        size: int,
        frequency: ArrayLike,
        damping: ArrayLike,
    ) -> None:
        self._target_of, self._size = reading, size
        self._angular_frequency = 2 * np.pi * np.asarray(frequency, np.float64)
        self._damping_ratio = np.asarray(damping, np.float64)
        if not (np.all(self._damping_ratio > 0) and np.all(self._damping_ratio < 1)):
            raise ValueError("a damping ratio must be between 0 and 1")
        self._damped_frequency = self._angular_frequency * np.sqrt(1 - self._damping_ratio**2)
        w, z, wd = self._angular_frequency, self._damping_ratio, self._damped_frequency
        self._rates = [np.atleast_1d(rate)[:, None] for rate in (-z * w, wd, z * w / wd)]
        self._states: list[_SpringState] = []
        self._columns: tuple[tuple[int, int], tuple[NDArray, ...]] | None = None
        """Some states as arrays, and the first and last of them; None if states have changed."""

    def update_targets(self, cues: Sequence[TimedCue]) -> bool:
        """Follow these cues, sorted by due time; only changed ones are computed again.

        Pruned cues at the front may be missing: their motion is kept. Returns whether others
        changed.
        """
        states = self._states
        while states and cues and _is_pruned(states[0].cue, cues[0].cue):
            states.pop(0)
            self._columns = None
        same = 0
        for state, timed in zip(states, cues, strict=False):
            if state.cue is not timed.cue:
                break
            same += 1
        is_changed = same < max(len(states), len(cues))
        if is_changed:
            self._columns = None
        del states[same:]
        for timed in cues[same:]:
            states.append(self._next_state(timed.cue))
        return is_changed

    def position_at(self, time: int) -> Floats:
        """Positions at `time` (ns), shape (n,); zeros before the first cue."""
        index = self._index_at(time)
        if index < 0:
            return np.zeros(self._size)
        state = self._states[index]
        away = state.place - state.target
        passed = np.full((1, 1), max(0, time - state.cue.due) / SECOND)
        swing, push = self._swing_after(passed)
        return state.target + swing[:, 0] * away + push[:, 0] * state.speed

    def positions_at(self, times: NDArray[np.int64]) -> Floats:
        """Positions of spring i at times[i] (ns), shape (n, m); all at `times` of shape (1, m)."""
        if not self._states:
            return np.zeros((self._size, times.shape[1]))
        span = max(0, self._index_at(times.min())), max(0, self._index_at(times.max()))
        if self._columns is None or self._columns[0] != span:
            some = self._states[span[0] : span[1] + 1]
            rows = [(each.target, each.place - each.target, each.speed) for each in some]
            columns = (np.stack(each, axis=1) for each in zip(*rows, strict=True))  # (n, states)
            self._columns = span, (np.array([each.cue.due for each in some]), *columns)
        dues, *columns = self._columns[1]
        index = np.searchsorted(dues, times, side="right") - 1  # (n, m) or (1, m)
        before = index < 0
        index = np.maximum(index, 0)
        each_at_own = np.arange(self._size)[:, None], index
        chosen = (slice(None), index[0]) if len(index) == 1 else each_at_own
        target, away, speed = (column[chosen] for column in columns)
        swing, push = self._swing_after(np.maximum(0, times - dues[index]) / SECOND)
        return np.where(before, 0.0, target + swing * away + push * speed)

    def _index_at(self, time: int) -> int:
        """Index of the last state by `time`; -1 before the first."""
        return bisect_right(self._states, time, key=lambda state: state.cue.due) - 1

    def _next_state(self, cue: NoteCue) -> _SpringState:
        target = np.asarray(self._target_of(cue), np.float64)
        place = speed = np.zeros_like(target)  # the springs start at rest
        if self._states:
            place, speed = self._advance(self._states[-1], cue.due)
        return _SpringState(cue, target, place, speed)

    def _swing_after(self, passed: Floats) -> tuple[Floats, Floats]:
        """What is left of a distance from the target and of a speed, after seconds (1 or n, m)."""
        decay, wd, ratio = self._rates
        fall, turn = np.exp(decay * passed), wd * passed
        sine = np.sin(turn)
        return fall * (np.cos(turn) + ratio * sine), fall / wd * sine

    def _advance(self, state: _SpringState, time: int) -> tuple[Floats, Floats]:
        """Position and speed at `time`, at or after the state's cue."""
        passed = max(0, time - state.cue.due) / SECOND
        w, z, wd = self._angular_frequency, self._damping_ratio, self._damped_frequency
        away = state.place - state.target
        cosine, sine = np.cos(wd * passed), np.sin(wd * passed)
        b = (state.speed + z * w * away) / wd
        fall = np.exp(-z * w * passed)
        place = state.target + fall * (away * cosine + b * sine)
        speed = fall * ((b * wd - z * w * away) * cosine - (away * wd + z * w * b) * sine)
        return place, speed


def _is_pruned(cue: NoteCue, first: NoteCue) -> bool:
    """Whether a cue is missing because it is older than the first one that is known."""
    return cue is not first and cue.due <= first.due


class LampLights:
    """Brightness of several lamps: the envelope of all drawing.

    A lamp lights up within `ATTACK_S` of the due time of its note, decays to `SUSTAIN_LEVEL` while
    the note is held, and falls with `RELEASE_S`. With each repetition within a second it falls more
    slowly: it stays lit instead of flickering (WCAG 2.3.1, three flashes).

    Parameters
    ----------
    lamp : callable
        Returns the index of the lamp of a cue.
    lamps : int
        Number of lamps.
    """

    def __init__(self, lamp: Callable[[NoteCue], int], lamps: int) -> None:
        self._lamp_of, self._lamp_count = lamp, lamps
        self._cues: Sequence[TimedCue] = ()
        self._read_notes()

    def levels_at(self, cues: Sequence[TimedCue], times: Sequence[int]) -> Floats:
        """Brightness of each lamp, 0..1, at several times (ns), shape (times, lamps).

        Cues after a time give no light. Of too many, those at the end of `cues` do.
        """
        if cues != self._cues:  # mostly the same objects as in the last frame
            self._cues = tuple(cues)
            self._read_notes()
        levels = np.zeros((len(times), self._lamp_count))
        first, last = min(times) - LIGHT_RETENTION_NS, max(times)
        lit = np.flatnonzero((self._due <= last) & (self._end > first))[-MAX_LIT_NOTES:]
        if not lit.size:
            return levels
        lamp, due, end, loudness, slowness = (
            values.take(lit)
            for values in (self._lamp, self._due, self._end, self._loudness, self._slowness)
        )
        time = np.array(times, np.int64)[:, None]
        since = np.maximum(0, time - due) / SECOND  # (times, lit)
        over = np.maximum(0, time - end) / SECOND
        rise = smoothstep(since / ATTACK_S)
        held = np.exp(-np.minimum(since, since - over) / (SUSTAIN_DECAY_S * slowness))
        level = loudness * rise * (SUSTAIN_LEVEL + (1.0 - SUSTAIN_LEVEL) * held)
        level *= np.exp(-over / (RELEASE_S * slowness))
        for row, at in zip(levels, level, strict=True):
            np.maximum.at(row, lamp, at)
        return levels

    def _read_notes(self) -> None:
        """Keep lamp, times (ns), loudness and slowness of the fall of each note as arrays."""
        cues = [timed.cue for timed in self._cues]
        self._lamp = lamp = np.array([self._lamp_of(cue) for cue in cues], np.int64)
        self._due = due = np.array([cue.due for cue in cues], np.int64)
        ends = [timed.end_at(timed.cue.due + MAX_HOLD_NS) for timed in self._cues]
        self._end = np.array(ends, np.int64)
        self._loudness = 0.6 + 0.4 * np.array([cue.velocity for cue in cues]) / 127.0
        # of each note: the notes of its lamp that began less than a second earlier
        row = lamp * (int(np.ptp(due)) + 2 * SECOND if due.size else 0) + due
        known = np.sort(row)
        earlier = np.searchsorted(known, row) - np.searchsorted(known, row - SECOND, side="right")
        self._slowness = 1.0 + earlier


def anticipation_level(following: TimedCue | None, time: int, reach: float = 0.5) -> float:
    """Rise (0..1) before a coming note.

    Parameters
    ----------
    following : TimedCue or None
        The coming note.
    time : int
        Time of the frame, ns.
    reach : float
        Duration of the rise, seconds.

    Returns
    -------
    float
    """
    if following is None:
        return 0.0
    left = (following.due - time) / SECOND
    return float(np.clip(1.0 - left / reach, 0.0, 1.0)) ** 2
