"""The leveller: music of many voices as loud as music of one."""

from __future__ import annotations

import math

TIME_CONSTANT_S = 1.0  # of the mean number of voices, seconds of sound


class VoiceLeveller:
    """A gain that keeps the power of an instrument the same for any number of voices.

    The power of independent voices adds up, so the gain is one over the root of their mean number,
    which follows slowly: a single chord keeps its weight. Silence changes nothing.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._mean_voices = 1.0

    @property
    def gain(self) -> float:
        """Current gain, above 0 and up to 1."""
        return 1.0 / math.sqrt(self._mean_voices)

    def advance(self, voices: int, frames: int) -> None:
        """Update the gain for `frames` frames in which `voices` notes sound."""
        if voices:
            kept = math.exp(-frames / (TIME_CONSTANT_S * self._rate))
            self._mean_voices = voices + (self._mean_voices - voices) * kept
