"""Opinions: what each network of a blend thinks now, as the scene needs it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from messages.cues import HIDDEN_INDEX, KEY_COUNT, BlendContributions, NoteCue
from visuals.drawing.animation import SpringMotion
from visuals.scenes.base import Frame
from visuals.timeline import TimedCue, Timeline

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class BlendNetworkStates:
    """What S networks think at a moment, moving smoothly from note to note.

    Parameters
    ----------
    ahead : ndarray, shape (S, 88)
        Probability each gives each key of being the very next thing.
    hidden : ndarray, shape (S, units)
    """

    next_key_probabilities: Floats
    hidden: Floats


def shares_of(cue: NoteCue, timeline: Timeline, styles: int) -> BlendContributions | None:
    """What each network had to do with a note; of one that plays alone, read from its cue."""
    told = timeline.blend_contributions(cue.serial)
    if told is not None:
        return told if len(told.weights) == styles else None
    if styles > 1:
        return None
    given = np.array([2.0**-cue.surprise], np.float32)
    hidden = cue.activations[-1, HIDDEN_INDEX]
    return BlendContributions(
        cue.serial, np.ones(1, np.float32), given, cue.next_key_probabilities[None], hidden[None]
    )


def contributions_of(shares: BlendContributions) -> Floats:
    """How much of a note came from each network, shape (S,): weight times probability."""
    parts = shares.weights.astype(np.float64) * shares.note_probs
    total = float(parts.sum())
    return parts / total if total > 0 else shares.weights.astype(np.float64)


class BlendStateTracker:
    """Follows the opinions of some networks.

    Parameters
    ----------
    styles, units : int
    """

    def __init__(self, styles: int, units: int) -> None:
        self._styles, self._units = styles, units
        self._known_states: dict[tuple[int, int], Floats] = {}  # while its cue is remembered
        size = styles * (KEY_COUNT + units)
        self._motion = SpringMotion(self._state_of, size, frequency=2.0, damping=0.85)
        self._followed: tuple[Timeline, int] | None = None

    def at(self, frame: Frame) -> BlendNetworkStates:
        """What they think as of a frame."""
        followed = (frame.timeline, frame.timeline.revision)
        if self._followed != followed:
            self._followed = followed
            self._motion.update_targets(self._cues_with_shares(frame.timeline))
        now = self._motion.position_at(frame.time).reshape(self._styles, KEY_COUNT + self._units)
        return BlendNetworkStates(now[:, :KEY_COUNT].clip(0.0, 1.0), now[:, KEY_COUNT:])

    def _state_of(self, cue: NoteCue) -> Floats:
        return self._known_states[cue.serial, cue.due]

    def _cues_with_shares(self, timeline: Timeline) -> list[TimedCue]:
        """Cues whose shares are known."""
        told, known = {}, []
        for timed in timeline.cues:
            key = (timed.cue.serial, timed.due)  # serials begin anew with a performer
            states = self._known_states.get(key)
            if states is None:
                shares = shares_of(timed.cue, timeline, self._styles)
                if shares is None or shares.hidden.shape[1] != self._units:
                    continue
                joined = np.concatenate([shares.next_key_probabilities, shares.hidden], axis=1)
                states = joined.astype(np.float64).ravel()
            told[key] = states
            known.append(timed)
        self._known_states = told
        return known
