"""Plans for lines: an answer to a phrase, a farewell, a tune of the network's own."""

from __future__ import annotations

from dataclasses import replace

from installation.engine.key_detection import MusicalKey
from installation.engine.phrase import Phrase
from installation.engine.phrase_generator import PhrasePlan
from rnn.generation.composer import SamplingParams

MIN_SPREAD_SEMITONES = 4.0
"""An answer has at least this spread about its centre, semitones."""
MIN_TUNE_BEATS = 16.0
"""A tune of the network's own has at least this length, beats..."""
MAX_TUNE_BEATS = 96.0
"""...and no more than this."""
FAREWELL_BEATS = 4.0
"""Length of the closing phrase, beats."""
MIN_FAREWELL_NOTES = 3
"""It has at least so many notes."""


def plan_answer(phrase: Phrase, taste: SamplingParams) -> PhrasePlan:
    """As long as the phrase, in its key, about its middle, as loud."""
    taste = replace(
        taste,
        scale=phrase.key.scale,
        centre=phrase.centre,
        spread=max(MIN_SPREAD_SEMITONES, phrase.spread),
    )
    return PhrasePlan(phrase.length, taste, phrase.velocity, phrase.key)


def plan_farewell(phrase: Phrase | None, taste: SamplingParams, velocity: int) -> PhrasePlan:
    """A short phrase that comes home in the key of the last one heard, if there was one."""
    key = phrase.key if phrase is not None else MusicalKey(0)
    return PhrasePlan(
        FAREWELL_BEATS, replace(taste, scale=key.scale), velocity, key, min_notes=MIN_FAREWELL_NOTES
    )


def plan_attract_tune(taste: SamplingParams, velocity: int) -> PhrasePlan:
    """Whatever the network likes, until it ends it."""
    return PhrasePlan(MAX_TUNE_BEATS, taste, velocity, may_end_after=MIN_TUNE_BEATS)
