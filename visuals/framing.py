"""Framing: from messages to what there is to see at a moment."""

from __future__ import annotations

import logging

import numpy as np

from midi_data.notes import LOWEST_PITCH, fold_pitch
from visuals.anatomy import Anatomy
from visuals.cues import KEYS, SIGNALS, Cue, Message, Source
from visuals.envelope import Motion, light_levels
from visuals.scenes.base import Frame
from visuals.timeline import Timeline

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

    def take(self, message: Message) -> None:
        """Take in a message of the performer."""
        if isinstance(message, Cue) and message.activations.shape != self._shape:
            log.warning("left out a cue of another network: %s", message.activations.shape)
            return
        self.timeline.take(message)

    def frame(self, time: int, number: int, detail: int = 2) -> Frame:
        """What there is to see at `time` (ns); `number` and `detail` are as in `Frame`."""
        self.timeline.forget(time)
        if self._followed != self.timeline.revision:
            for motion in (self._activations, self._ahead):
                motion.follow(self.timeline.cues)
            self._followed = self.timeline.revision
        cues = self.timeline.cues
        visitors = [timed for timed in cues if timed.cue.source is Source.VISITOR]
        return Frame(
            time=time,
            number=number,
            timeline=self.timeline,
            activations=self._activations.at(time).reshape(self._shape),
            ahead=self._ahead.at(time).clip(min=0.0),
            keys=light_levels(cues, time, _key, KEYS),
            visitor=light_levels(visitors, time, _key, KEYS),
            detail=detail,
        )


def _all_activations(cue: Cue) -> np.ndarray:
    return cue.activations.ravel()


def _ahead(cue: Cue) -> np.ndarray:
    return cue.ahead


def _key(cue: Cue) -> int:
    return fold_pitch(cue.pitch) - LOWEST_PITCH
