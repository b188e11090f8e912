"""The companion: what a visitor has played lately, and how to play along with it."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import replace

import numpy as np

from installation.engine.key_detection import find_key
from installation.engine.phrase_generator import Plan
from midi_data.notes import Note
from rnn.generation.composer import Taste

REMEMBERED = 16
"""Notes of the visitor that count."""
ENOUGH = 4
"""Notes by which a key can be told."""
NARROWEST = 5.0
"""The network spreads at least so far about the visitor's middle, semitones."""
SOFTER = 8
"""How much below the visitor it plays, so as not to drown them, MIDI velocity."""
LENGTH = 64.0
"""Beats after which what it plays along should come to rest, if nobody plays meanwhile."""


class Companion:
    """Goes with a visitor: in their key, about their middle, as loud as they are."""

    def __init__(self) -> None:
        self._heard: deque[tuple[int, int]] = deque(maxlen=REMEMBERED)

    def hear(self, pitch: int, velocity: int) -> None:
        """The visitor pressed a key."""
        self._heard.append((pitch, velocity))

    def forget(self) -> None:
        """The visitor is gone."""
        self._heard.clear()

    def plan(self, taste: Taste, velocity: int) -> Plan:
        """What to play now; `taste` and `velocity` are what is left where nothing was heard."""
        if not self._heard:
            return Plan(LENGTH, taste, velocity, own_end=math.inf)
        pitches = [pitch for pitch, _ in self._heard]
        loudness = round(float(np.mean([loud for _, loud in self._heard]))) - SOFTER
        taste = replace(
            taste,
            scale=self._scale(pitches),
            centre=float(np.mean(pitches)),
            spread=max(NARROWEST, float(np.std(pitches))),
        )
        return Plan(LENGTH, taste, max(1, loudness), own_end=math.inf)

    @staticmethod
    def _scale(pitches: list[int]) -> frozenset[int]:
        if len(pitches) < ENOUGH:
            return frozenset()
        notes = [Note(pitch, float(beat), 1.0, 80) for beat, pitch in enumerate(pitches)]
        return find_key(notes).scale
