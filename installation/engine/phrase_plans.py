"""Plans for lines: an answer to a phrase, a farewell, a tune of the network's own."""

from __future__ import annotations

from dataclasses import replace

from installation.engine.key_detection import Key
from installation.engine.phrase import Phrase
from installation.engine.phrase_generator import Plan
from rnn.generation.composer import Taste

NARROWEST = 4.0
"""An answer has at least this spread about its centre, semitones."""
TUNE_BEATS = 16.0
"""A tune of the network's own has at least this length, beats..."""
LONGEST_TUNE = 96.0
"""...and no more than this."""
FAREWELL_BEATS = 4.0
"""Length of the closing phrase, beats."""
FAREWELL_NOTES = 3
"""It has at least so many notes."""


def answer(phrase: Phrase, taste: Taste) -> Plan:
    """As long as the phrase, in its key, about its middle, as loud."""
    taste = replace(
        taste,
        scale=phrase.key.scale,
        centre=phrase.centre,
        spread=max(NARROWEST, phrase.spread),
    )
    return Plan(phrase.length, taste, phrase.velocity, phrase.key)


def farewell(phrase: Phrase | None, taste: Taste, velocity: int) -> Plan:
    """A short phrase that comes home in the key of the last one heard, if there was one."""
    key = phrase.key if phrase is not None else Key(0)
    return Plan(
        FAREWELL_BEATS, replace(taste, scale=key.scale), velocity, key, fewest=FAREWELL_NOTES
    )


def own_tune(taste: Taste, velocity: int) -> Plan:
    """Whatever the network likes, until it ends it."""
    return Plan(LONGEST_TUNE, taste, velocity, own_end=TUNE_BEATS)
