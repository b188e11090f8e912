"""Envelopes: from notes, which are sudden, to movement and light, which are not.

Everything here is a function of time and of the cues known, without a state that runs along: a
frame may be drawn for any time, in any order, and comes out the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from messages.cues import NoteCue
from visuals.timeline import MAX_HOLD_NS, SECOND, TimedCue

Floats = NDArray[np.float64]

ATTACK_S = 0.08
"""Seconds in which a light rises."""
RELEASE_S = 0.40
"""Seconds in which a light falls to 37 %, if it was not struck shortly before."""
SUSTAIN_LEVEL = 0.62
"""Share of its brightness that a light keeps while its note is held..."""
SUSTAIN_DECAY_S = 0.9
"""...and the seconds in which it gets there (to 37 % of the way)."""
LIGHT_RETENTION_NS = 8 * SECOND
"""Notes that ended longer ago than this give no light any more, ns."""
MAX_LIT_NOTES = 512
"""So many notes give light at once, the newest: a storm of them must not take the machine."""


@dataclass(slots=True, eq=False)
class _SpringState:
    """Where a motion is as a cue falls due: from here on it is drawn to `target`."""

    cue: NoteCue
    target: Floats
    place: Floats
    speed: Floats


class SpringMotion:
    """Damped springs drawn to what each cue says, from its due time on.

    Between two cues the motion is the exact solution of x'' = w^2 (target - x) - 2 z w x', so it
    can be asked for any time, the future as far as it is composed included.

    Parameters
    ----------
    reading : callable
        Cue to the array, shape (n,), that the springs are drawn to.
    size : int
        How many springs there are, n.
    frequency, damping : float or array of shape (n,)
        Natural frequency w / 2 pi in Hz, and damping ratio z, in (0, 1).
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
        self._states: list[_SpringState] = []

    def update_targets(self, cues: Sequence[TimedCue]) -> None:
        """Be drawn to these cues, sorted by due time; what has not changed is not worked out again.

        Forgotten cues at the front may be missing: the motion they left is kept.
        """
        knots = self._states
        while (
            knots and cues and knots[0].cue is not cues[0].cue and knots[0].cue.due <= cues[0].due
        ):
            knots.pop(0)
        same = 0
        for knot, timed in zip(knots, cues, strict=False):
            if knot.cue is not timed.cue:
                break
            same += 1
        del knots[same:]
        for timed in cues[same:]:
            knots.append(self._next_state(timed.cue))

    def position_at(self, time: int) -> Floats:
        """Where everything is at `time` (ns), shape (n,); zeros before the first cue."""
        index = np.searchsorted(self._due_times(), time, side="right") - 1
        if index < 0:
            return np.zeros(self._size)
        return self._advance(self._states[index], time)[0]

    def positions_at(self, times: NDArray[np.int64]) -> Floats:
        """Where spring i is at each of times[i], shape (n, m) in and out."""
        if not self._states:
            return np.zeros(times.shape)
        begin = np.searchsorted(self._due_times(), times.min(), side="right") - 1
        end = np.searchsorted(self._due_times(), times.max(), side="right")
        knots = self._states[max(0, begin) : max(end, 1)]
        dues = np.array([knot.cue.due for knot in knots])
        index = np.searchsorted(dues, times, side="right") - 1  # (n, m)
        before = index < 0
        index = np.maximum(index, 0)
        springs = np.arange(len(times))[:, None]
        target, place, speed = (
            np.stack([getattr(knot, name) for knot in knots])[index, springs]
            for name in ("target", "place", "speed")
        )
        passed = (times - dues[index]) / SECOND
        w, z, wd = (
            _column(a, len(times))
            for a in (self._angular_frequency, self._damping_ratio, self._damped_frequency)
        )
        away = place - target
        swing = away * np.cos(wd * passed) + (speed + z * w * away) / wd * np.sin(wd * passed)
        return np.where(before, 0.0, target + np.exp(-z * w * np.maximum(passed, 0.0)) * swing)

    def _due_times(self) -> NDArray[np.int64]:
        return np.array([knot.cue.due for knot in self._states], np.int64)

    def _next_state(self, cue: NoteCue) -> _SpringState:
        target = np.asarray(self._target_of(cue), np.float64)
        if not self._states:
            # the first is not sprung at: it comes up from rest
            return _SpringState(cue, target, np.zeros_like(target), np.zeros_like(target))
        place, speed = self._advance(self._states[-1], cue.due)
        return _SpringState(cue, target, place, speed)

    def _advance(self, knot: _SpringState, time: int) -> tuple[Floats, Floats]:
        """Place and speed at `time`, not before the knot."""
        passed = max(0, time - knot.cue.due) / SECOND
        w, z, wd = self._angular_frequency, self._damping_ratio, self._damped_frequency
        away = knot.place - knot.target
        cosine, sine = np.cos(wd * passed), np.sin(wd * passed)
        b = (knot.speed + z * w * away) / wd
        fall = np.exp(-z * w * passed)
        place = knot.target + fall * (away * cosine + b * sine)
        speed = fall * ((b * wd - z * w * away) * cosine - (away * wd + z * w * b) * sine)
        return place, speed


def light_levels(
    cues: Iterable[TimedCue], time: int, lamp: Callable[[NoteCue], int], lamps: int
) -> Floats:
    """How bright each of several lamps is: the one soft light of a note that everything uses.

    A lamp rises in `ATTACK_S` from its note's due time, keeps `SUSTAIN_LEVEL` while the note is
    held, and falls in `RELEASE_S`. A lamp struck again and again falls more and more slowly
    instead, so that it stays lit rather than flickers (WCAG 2.3.1, three flashes).

    Parameters
    ----------
    cues : iterable of TimedCue
        Later than `time` gives no light.
    time : int
        ns.
    lamp : callable
        Number of the lamp a cue lights.
    lamps : int
        How many there are.

    Returns
    -------
    ndarray, shape (lamps,)
        0..1.
    """
    return light_levels_at(cues, (time,), lamp, lamps)[0]


def light_levels_at(
    cues: Iterable[TimedCue], times: Sequence[int], lamp: Callable[[NoteCue], int], lamps: int
) -> Floats:
    """The same at several times (ns) at once: shape (times, lamps)."""
    first, last = min(times) - LIGHT_RETENTION_NS, max(times)
    lit = [timed for timed in cues if timed.cue.due <= last and (timed.end or last) > first]
    lit = lit[-MAX_LIT_NOTES:]
    levels = np.zeros((len(times), lamps))
    if not lit:
        return levels
    number = np.array([lamp(timed.cue) for timed in lit])
    due = np.array([timed.cue.due for timed in lit], np.int64)
    end = np.array([timed.end_at(timed.cue.due + MAX_HOLD_NS) for timed in lit], np.int64)
    gap = due[:, None] - due[None, :]
    again = (number[:, None] == number[None, :]) & (gap > 0) & (gap < SECOND)
    # short notes fall slowly too: nothing goes up and down within a blink
    release = RELEASE_S * (1.0 + again.sum(axis=1))
    time = np.array(times, np.int64)[:, None]
    since = np.maximum(0, time - due) / SECOND  # (times, lit)
    over = np.maximum(0, time - end) / SECOND
    rise = np.minimum(since / ATTACK_S, 1.0)
    rise = rise * rise * (3.0 - 2.0 * rise)
    loudness = 0.6 + 0.4 * np.array([timed.cue.velocity for timed in lit]) / 127.0
    # while struck again and again there is no sinking to the sustain either
    sinking = SUSTAIN_DECAY_S * (1.0 + again.sum(axis=1))
    held = SUSTAIN_LEVEL + (1.0 - SUSTAIN_LEVEL) * np.exp(
        -np.minimum(since, since - over) / sinking
    )
    level = loudness * rise * held * np.exp(-over / release)
    for row, at in zip(levels, level, strict=True):
        np.maximum.at(row, number, at)
    return levels


def anticipation_level(following: TimedCue | None, time: int, reach: float = 0.5) -> float:
    """How far a cell is charged (0..1) for a note that comes within `reach` seconds."""
    if following is None:
        return 0.0
    left = (following.due - time) / SECOND
    return float(np.clip(1.0 - left / reach, 0.0, 1.0)) ** 2


def _column(values: Floats, count: int) -> Floats:
    return np.broadcast_to(values, (count,))[:, None]
