"""Live state: what sounds, and the state of the network that belongs to it, at one moment."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from installation.engine.publisher import Subscriber
from messages.clock import SECOND
from messages.cues import (
    SIGNALS,
    BandCue,
    CueWithdrawal,
    NoteCue,
    NoteRelease,
    NoteSource,
    RhythmBelief,
    StageMessage,
    Turn,
    TurnChange,
)
from messages.withdrawal import is_cue_withdrawn
from midi_data.beat_grid import BeatGrid
from midi_data.notes import Meter

ENERGY_DECAY_S = 2.0  # time in which the energy of a note falls to 1/e, seconds
FULL_ENERGY = 8.0  # decayed sum of velocities (1 is full velocity) at which the energy is 1
MAX_VELOCITY = 127
NO_ACTIVATIONS = np.zeros((0, len(SIGNALS), 0), np.float32)  # before the first note


@dataclass(frozen=True, slots=True, eq=False)
class LiveState:
    """The state at one moment.

    Parameters
    ----------
    activations : ndarray of float32, shape (layers, 6, units)
        Of the note that sounded last; the second axis is `SIGNALS`.
    surprise : float
        Of that note, bits.
    loudness : dict of NoteSource to float
        Velocity of the loudest note of each voice that sounds, 0..1; no entry for silence. A ghost
        counts as the network.
    energy : float
        Number and loudness of the notes of the last seconds, 0..1.
    turn : Turn
    beat, bar : float
        Place within the beat and within the bar, from 0 up to 1.
    """

    activations: NDArray[np.float32] = field(default_factory=lambda: NO_ACTIVATIONS)
    surprise: float = 0.0
    loudness: dict[NoteSource, float] = field(default_factory=dict)
    energy: float = 0.0
    turn: Turn = Turn.ATTRACT
    beat: float = 0.0
    bar: float = 0.0


class StateFollower(Subscriber):
    """Takes the messages for the stage, and knows the state at each time in turn.

    Parameters
    ----------
    axis : callable
        Returns the beat grid that the music follows.
    """

    def __init__(self, axis: Callable[[], BeatGrid]) -> None:
        self._axis, self._lock, self._order = axis, Lock(), count()
        # due (ns), order, message
        self._coming: list[tuple[int, int, NoteCue | BandCue | TurnChange]] = []
        self._released: dict[int, int] = {}  # end of a visitor's note (ns), by serial
        self._sounding: dict[int, NoteCue] = {}  # by serial
        self._band: list[BandCue] = []  # sounding
        self._activations, self._surprise, self._turn = NO_ACTIVATIONS, 0.0, Turn.ATTRACT
        self._bar_beats = Meter().bar_beats
        self._energy, self._energy_at = 0.0, 0  # and its time, ns

    def send_message(self, message: StageMessage) -> None:
        with self._lock:
            match message:
                case NoteCue() | BandCue() | TurnChange():
                    heapq.heappush(self._coming, (message.due, next(self._order), message))
                case NoteRelease(serial, at):
                    self._released[serial] = at
                case CueWithdrawal():
                    self._coming = [
                        one for one in self._coming if not is_cue_withdrawn(one[2], message)
                    ]
                    heapq.heapify(self._coming)
                case RhythmBelief():
                    self._bar_beats = Meter.parse(message.meter).bar_beats

    def state_at(self, now: int) -> LiveState:
        """The state at the time `now` (ns), which never decreases."""
        with self._lock:
            while self._coming and self._coming[0][0] <= now:
                self._take(heapq.heappop(self._coming)[2])
            self._drop_ended(now)
            loudness: dict[NoteSource, float] = {}
            for cue in (*self._sounding.values(), *self._band):
                share = cue.velocity / MAX_VELOCITY
                # a past visitor answers in the network's place, and sounds as it does
                voice = NoteSource.NETWORK if cue.source is NoteSource.GHOST else cue.source
                loudness[voice] = max(share, loudness.get(voice, 0.0))
            beat = self._axis().beat_at_time(now)
            return LiveState(
                self._activations,
                self._surprise,
                loudness,
                min(1.0, self._energy * self._decay_until(now) / FULL_ENERGY),
                self._turn,
                beat % 1.0,
                beat / self._bar_beats % 1.0,
            )

    def _take(self, message: NoteCue | BandCue | TurnChange) -> None:
        if isinstance(message, TurnChange):
            self._turn = message.turn
            return
        if isinstance(message, BandCue):
            self._band.append(message)
        else:
            self._sounding[message.serial] = message
            self._activations, self._surprise = message.activations, message.surprise
        self._energy = self._energy * self._decay_until(message.due)
        self._energy += message.velocity / MAX_VELOCITY
        self._energy_at = message.due

    def _drop_ended(self, now: int) -> None:
        self._band = [cue for cue in self._band if cue.due + cue.duration > now]
        for serial, cue in list(self._sounding.items()):
            is_held = not cue.duration  # a key, until its release
            end = self._released.get(serial) if is_held else cue.due + cue.duration
            if end is not None and end <= now:
                del self._sounding[serial]
                self._released.pop(serial, None)

    def _decay_until(self, now: int) -> float:
        return math.exp(-max(0, now - self._energy_at) / SECOND / ENERGY_DECAY_S)
