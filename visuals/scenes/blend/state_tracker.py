"""Opinions: what each network of a blend thinks now, as the scene needs it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from messages.cues import HIDDEN, KEYS, Cue, Shares
from visuals.drawing.animation import Motion
from visuals.scenes.base import Frame
from visuals.timeline import TimedCue, Timeline

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Opinions:
    """What S networks think at a moment, moving smoothly from note to note.

    Parameters
    ----------
    ahead : ndarray, shape (S, 88)
        Probability each gives each key of being the very next thing.
    hidden : ndarray, shape (S, units)
    """

    ahead: Floats
    hidden: Floats


def shares_of(cue: Cue, timeline: Timeline, styles: int) -> Shares | None:
    """What each network had to do with a note; of one that plays alone, read from its cue."""
    told = timeline.shares(cue.serial)
    if told is not None:
        return told if len(told.weights) == styles else None
    if styles > 1:
        return None
    given = np.array([2.0**-cue.surprise], np.float32)
    hidden = cue.activations[-1, HIDDEN]
    return Shares(cue.serial, np.ones(1, np.float32), given, cue.ahead[None], hidden[None])


def parts_of(shares: Shares) -> Floats:
    """How much of a note came from each network, shape (S,): weight times probability."""
    parts = shares.weights.astype(np.float64) * shares.given
    total = float(parts.sum())
    return parts / total if total > 0 else shares.weights.astype(np.float64)


class Thoughts:
    """Follows the opinions of some networks.

    Parameters
    ----------
    styles, units : int
    """

    def __init__(self, styles: int, units: int) -> None:
        self._styles, self._units = styles, units
        self._told: dict[tuple[int, int], Floats] = {}  # while its cue is remembered
        size = styles * (KEYS + units)
        self._motion = Motion(self._reading, size, frequency=2.0, damping=0.85)
        self._followed: tuple[Timeline, int] | None = None

    def at(self, frame: Frame) -> Opinions:
        """What they think as of a frame."""
        followed = (frame.timeline, frame.timeline.revision)
        if self._followed != followed:
            self._followed = followed
            self._motion.follow(self._told_of(frame.timeline))
        now = self._motion.at(frame.time).reshape(self._styles, KEYS + self._units)
        return Opinions(now[:, :KEYS].clip(0.0, 1.0), now[:, KEYS:])

    def _reading(self, cue: Cue) -> Floats:
        return self._told[cue.serial, cue.due]

    def _told_of(self, timeline: Timeline) -> list[TimedCue]:
        """Cues whose shares are known."""
        told, known = {}, []
        for timed in timeline.cues:
            key = (timed.cue.serial, timed.due)  # serials begin anew with a performer
            states = self._told.get(key)
            if states is None:
                shares = shares_of(timed.cue, timeline, self._styles)
                if shares is None or shares.hidden.shape[1] != self._units:
                    continue
                joined = np.concatenate([shares.ahead, shares.hidden], axis=1)
                states = joined.astype(np.float64).ravel()
            told[key] = states
            known.append(timed)
        self._told = told
        return known
