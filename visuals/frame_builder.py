"""Framing: from messages to what there is to see at a moment."""

from __future__ import annotations

import logging
from collections.abc import Iterable

import numpy as np

from messages.cues import HIDDEN, KEYS, SIGNALS, Cue, Message, Source
from messages.gestures import Hold
from midi_data.notes import LOWEST_PITCH, fold_pitch
from visuals.drawing.animation import Motion, light_levels
from visuals.network_summary import Anatomy
from visuals.scenes.base import Frame
from visuals.timeline import SECOND, Timeline

DARKENS = 0.06
"""Seconds in which a silenced unit goes dark, to 37 %."""

log = logging.getLogger(__name__)


class Framing:
    """Keeps the timeline and makes frames of it.

    Parameters
    ----------
    anatomy : Anatomy
        Cues of a network of another size are left out.

    Attributes
    ----------
    timeline : Timeline
    """

    def __init__(self, anatomy: Anatomy) -> None:
        self.timeline = Timeline()
        self.recast(anatomy)

    def recast(self, anatomy: Anatomy) -> None:
        """Another network plays from now on; what the last one did is not shown any more."""
        self.timeline.forget_cues()
        self._shape = (anatomy.layers, len(SIGNALS), anatomy.units)
        size = int(np.prod(self._shape))
        self._activations = Motion(_all_activations, size, frequency=2.2, damping=0.8)
        self._ahead = Motion(_ahead, KEYS, frequency=1.6, damping=0.9)
        self._followed = -1
        self._gain = np.ones((anatomy.layers, anatomy.units))
        self._factor = self._gain.copy()
        self._gained_at = 0

    def take(self, message: Message) -> None:
        """Take in a message of the performer."""
        if isinstance(message, Cue) and message.activations.shape != self._shape:
            log.warning("left out a cue of another network: %s", message.activations.shape)
            return
        self.timeline.take(message)

    def hold(self, holds: Iterable[Hold]) -> None:
        """Fingers do this to units now: what they silence goes dark before the music knows."""
        self._factor[:] = 1.0
        layers, units = self._factor.shape
        for hold in holds:
            if hold.layer < layers and hold.unit < units:  # a finger may stay on one long gone
                # what they amplify is left to the performer, whose cues then say so
                self._factor[hold.layer, hold.unit] = min(1.0, hold.factor)

    def frame(self, time: int, number: int, detail: int = 2, still: bool = False) -> Frame:
        """What there is to see at `time` (ns); the others are as in `Frame`."""
        self.timeline.forget(time)
        if self._followed != self.timeline.revision:
            for motion in (self._activations, self._ahead):
                motion.follow(self.timeline.cues)
            self._followed = self.timeline.revision
        cues = self.timeline.cues
        visitors = [timed for timed in cues if timed.cue.source is Source.VISITOR]
        activations = self._activations.at(time).reshape(self._shape)
        gain = self._gain_at(time)
        activations[:, HIDDEN] *= gain
        return Frame(
            time=time,
            number=number,
            timeline=self.timeline,
            activations=activations,
            ahead=self._ahead.at(time).clip(min=0.0),
            keys=light_levels(cues, time, _key, KEYS),
            visitor=light_levels(visitors, time, _key, KEYS),
            detail=detail,
            still=still,
            gain=gain,
        )

    def _gain_at(self, time: int) -> np.ndarray:
        """What is left of each unit at `time`, ns: nothing is dark, or lit again, by a jump."""
        passed = min(1.0, max(0.0, (time - self._gained_at) / SECOND))
        self._gained_at = time
        self._gain += (self._factor - self._gain) * (1.0 - np.exp(-passed / DARKENS))
        return self._gain.copy()


def _all_activations(cue: Cue) -> np.ndarray:
    return cue.activations.ravel()


def _ahead(cue: Cue) -> np.ndarray:
    return cue.ahead


def _key(cue: Cue) -> int:
    return fold_pitch(cue.pitch) - LOWEST_PITCH
