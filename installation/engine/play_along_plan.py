"""The companion: what a visitor has played lately, and how to play along with it."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import replace

import numpy as np

from installation.engine.key_detection import find_key
from installation.engine.phrase_generator import PhrasePlan
from midi_data.notes import Note
from rnn.generation.composer import SamplingParams

MAX_RECENT_KEYS = 16
"""Notes of the visitor that count."""
MIN_NOTES_FOR_KEY = 4
"""Notes by which a key can be told."""
MIN_SPREAD_SEMITONES = 5.0
"""The network spreads at least so far about the visitor's middle, semitones."""
VELOCITY_REDUCTION = 8
"""How much below the visitor it plays, so as not to drown them, MIDI velocity."""
PLAY_ALONG_BEATS = 64.0
"""Beats after which what it plays along should come to rest, if nobody plays meanwhile."""


class PlayAlongPlanner:
    """Goes with a visitor: in their key, about their middle, as loud as they are."""

    def __init__(self) -> None:
        self._recent_keys: deque[tuple[int, int]] = deque(maxlen=MAX_RECENT_KEYS)

    def add_key(self, pitch: int, velocity: int) -> None:
        """The visitor pressed a key."""
        self._recent_keys.append((pitch, velocity))

    def reset(self) -> None:
        """The visitor is gone."""
        self._recent_keys.clear()

    def plan(self, taste: SamplingParams, velocity: int) -> PhrasePlan:
        """What to play now; `taste` and `velocity` are what is left where nothing was heard."""
        if not self._recent_keys:
            return PhrasePlan(PLAY_ALONG_BEATS, taste, velocity, may_end_after=math.inf)
        pitches = [pitch for pitch, _ in self._recent_keys]
        loudness = (
            round(float(np.mean([loud for _, loud in self._recent_keys]))) - VELOCITY_REDUCTION
        )
        taste = replace(
            taste,
            scale=self._detect_scale(pitches),
            centre=float(np.mean(pitches)),
            spread=max(MIN_SPREAD_SEMITONES, float(np.std(pitches))),
        )
        return PhrasePlan(PLAY_ALONG_BEATS, taste, max(1, loudness), may_end_after=math.inf)

    @staticmethod
    def _detect_scale(pitches: list[int]) -> frozenset[int]:
        if len(pitches) < MIN_NOTES_FOR_KEY:
            return frozenset()
        notes = [Note(pitch, float(beat), 1.0, 80) for beat, pitch in enumerate(pitches)]
        return find_key(notes).scale
