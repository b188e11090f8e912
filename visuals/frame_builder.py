"""Frame builder: turns the performer's messages into the content of frames."""

from __future__ import annotations

import logging
from collections.abc import Iterable

import numpy as np

from messages.clock import SECOND
from messages.crowd import Motif
from messages.cues import (
    HIDDEN_INDEX,
    KEY_COUNT,
    SIGNALS,
    BandCue,
    NoteCue,
    NoteSource,
    StageMessage,
)
from messages.gestures import HeldUnit
from messages.training import TrainingStatus
from midi_data.drums import PARTS_BY_PITCH, DrumPart
from midi_data.notes import LOWEST_PITCH, fold_pitch
from rnn.model.model_card import ComparedAnswers
from visuals.drawing.animation import LampLights, SpringMotion
from visuals.network_summary import NetworkSummary
from visuals.scenes.base.frame import Frame
from visuals.shared_shape import taken_up_serials
from visuals.timeline import Timeline

SILENCE_FADE_S = 0.06  # time constant of the fade of a silenced unit, seconds
LAMP_COUNT = KEY_COUNT + len(DrumPart)  # lights of the keys, then those of the drummer's kit

log = logging.getLogger(__name__)


class FrameBuilder:
    """Keeps the timeline and builds frames; cues of networks of another size are ignored."""

    def __init__(self, network: NetworkSummary) -> None:
        self.timeline = Timeline()
        self.motifs: tuple[Motif, ...] = ()
        self.compared: ComparedAnswers | None = None
        self._lights = LampLights(_lamp_of, LAMP_COUNT)
        self._visitor_lights = LampLights(_key_index, KEY_COUNT)
        self.training = TrainingStatus()
        self.set_network(network)

    def set_network(self, network: NetworkSummary) -> None:
        """Start with another network; cues of the last one are dropped."""
        self.timeline.clear_cues()
        self._shape = (network.layers, len(SIGNALS), network.units)
        size = int(np.prod(self._shape))
        self._activations = SpringMotion(
            lambda cue: cue.activations.ravel(), size, frequency=2.2, damping=0.8
        )
        self._key_probabilities = SpringMotion(
            lambda cue: cue.next_key_probabilities, KEY_COUNT, frequency=1.6, damping=0.9
        )
        self._motion_revision, self._taken_up = -1, frozenset[int]()
        self._gain = np.ones((network.layers, network.units))
        self._factor = self._gain.copy()
        self._gain_updated_at = 0

    def apply_message(self, message: StageMessage) -> None:
        """Apply a message of the performer; cues of another size are ignored with a warning."""
        if isinstance(message, NoteCue) and message.activations.shape != self._shape:
            log.warning("ignored a cue of another network: %s", message.activations.shape)
            return
        self.timeline.apply_message(message)

    def set_held_units(self, holds: Iterable[HeldUnit]) -> None:
        """Set the units that fingers hold: silenced ones darken before the next cue."""
        self._factor[:] = 1.0
        layers, units = self._factor.shape
        for hold in holds:
            if hold.layer < layers and hold.unit < units:  # the network may have changed
                # the performer amplifies; its cues show that
                self._factor[hold.layer, hold.unit] = min(1.0, hold.factor)

    def build_frame(
        self, time: int, number: int, detail_level: int = 2, reduced_motion: bool = False
    ) -> Frame:
        """The frame of `time` (ns); parameters are as in `Frame`."""
        self.timeline.prune(time)
        if self._motion_revision != self.timeline.revision:
            for motion in (self._activations, self._key_probabilities):
                motion.update_targets(self.timeline.cues)
            self._motion_revision = self.timeline.revision
            beat_ns = self.timeline.turn(time).beat_ns
            self._taken_up = taken_up_serials(self.timeline.cues, beat_ns)
        cues, taken_up = self.timeline.cues, self._taken_up
        light = self._lights.levels_at((*cues, *self.timeline.band), (time,))[0]
        visitors = tuple(
            timed
            for timed in cues
            if timed.cue.source is NoteSource.VISITOR or timed.cue.serial in taken_up
        )
        activations = self._activations.position_at(time).reshape(self._shape)
        gain = self._gain_at(time)
        activations[:, HIDDEN_INDEX] *= gain
        return Frame(
            time=time,
            number=number,
            timeline=self.timeline,
            activations=activations,
            next_key_probabilities=self._key_probabilities.position_at(time).clip(min=0.0),
            key_light=light[:KEY_COUNT],
            visitor_key_light=self._visitor_lights.levels_at(visitors, (time,))[0],
            part_light=light[KEY_COUNT:],
            detail_level=detail_level,
            reduced_motion=reduced_motion,
            unit_gain=gain,
            taken_up=taken_up,
            motifs=self.motifs,
            compared=self.compared,
            training=self.training,
        )

    def _gain_at(self, time: int) -> np.ndarray:
        """Gain of each unit at `time`, ns, smoothed exponentially."""
        passed = min(1.0, max(0.0, (time - self._gain_updated_at) / SECOND))
        self._gain_updated_at = time
        self._gain += (self._factor - self._gain) * (1.0 - np.exp(-passed / SILENCE_FADE_S))
        return self._gain.copy()


def _lamp_of(cue: NoteCue | BandCue) -> int:
    """Index of a key, or after all keys that of a part of the drummer's kit."""
    if isinstance(cue, BandCue) and cue.source is NoteSource.DRUMS:
        return KEY_COUNT + PARTS_BY_PITCH[cue.pitch]
    return _key_index(cue)


def _key_index(cue: NoteCue) -> int:
    return fold_pitch(cue.pitch) - LOWEST_PITCH
