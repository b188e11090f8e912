"""States of the networks of a blend, interpolated between notes."""

from __future__ import annotations

import numpy as np

from messages.cues import HIDDEN_INDEX, KEY_COUNT, BlendContributions, NoteCue
from visuals.drawing.animation import SpringMotion
from visuals.scenes.base.frame import Frame
from visuals.scenes.base.geometry import Floats
from visuals.scenes.base.state_change import VISITOR_FADE_S, recent_change
from visuals.timeline import TimedCue, Timeline


def shares_of(cue: NoteCue, timeline: Timeline, count: int) -> BlendContributions | None:
    """Share of each of `count` networks in a note, if known; a single network has all of it."""
    shares = timeline.blend_contributions(cue.serial)
    if shares is not None:
        return shares if len(shares.weights) == count else None
    if count > 1:
        return None
    probability = np.array([2.0**-cue.surprise], np.float32)
    hidden = cue.activations[-1, HIDDEN_INDEX][None]
    ahead = cue.next_key_probabilities[None]
    return BlendContributions(cue.serial, np.ones(1, np.float32), probability, ahead, hidden)


def contributions_of(shares: BlendContributions) -> Floats:
    """Contribution of each network to a note: its weight times its probability, of sum 1."""
    weights = shares.weights.astype(np.float64)
    products = weights * shares.note_probs
    total = float(products.sum())
    return products / total if total > 0 else weights


class BlendStateTracker:
    """Follows the states of `count` networks with `units` units in the last layer."""

    def __init__(self, count: int, units: int) -> None:
        self._count, self._units = count, units
        self._states: dict[tuple[int, int], Floats] = {}  # by serial and due time of the cue
        size = count * (KEY_COUNT + units)
        self._motion = SpringMotion(self._state_of, size, frequency=2.0, damping=0.85)
        self._seen: tuple[Timeline, int] | None = None

    def at(self, frame: Frame) -> tuple[Floats, Floats]:
        """Key probabilities (networks, 88) and hidden states (networks, units) of a frame."""
        seen = (frame.timeline, frame.timeline.revision)
        if self._seen != seen:
            self._seen = seen
            self._motion.update_targets(self._cues_with_states(frame.timeline))
        states = self._motion.position_at(frame.time).reshape(self._count, -1)
        return states[:, :KEY_COUNT].clip(0.0, 1.0), states[:, KEY_COUNT:]

    def visitor_response(self, frame: Frame) -> Floats:
        """How much a visitor's keys changed the hidden states lately, (networks, units)."""
        change = recent_change(frame, self._known_state_of, VISITOR_FADE_S, by_visitor=True)
        size = self._count * (KEY_COUNT + self._units)
        return np.broadcast_to(change, size).reshape(self._count, -1)[:, KEY_COUNT:]

    def _known_state_of(self, cue: NoteCue) -> Floats | None:
        return self._states.get((cue.serial, cue.due))

    def _state_of(self, cue: NoteCue) -> Floats:
        return self._states[cue.serial, cue.due]

    def _cues_with_states(self, timeline: Timeline) -> list[TimedCue]:
        """Cues with known states; the states of forgotten cues are dropped."""
        states, cues = {}, []
        for timed in timeline.cues:
            key = (timed.cue.serial, timed.due)  # serials restart with every performer
            state = self._states.get(key)
            if state is None:
                shares = shares_of(timed.cue, timeline, self._count)
                if shares is None or shares.hidden.shape[1] != self._units:
                    continue
                joined = np.concatenate([shares.next_key_probabilities, shares.hidden], axis=1)
                state = joined.astype(np.float64).ravel()
            states[key] = state
            cues.append(timed)
        self._states = states
        return cues
