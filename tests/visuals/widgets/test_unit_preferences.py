from __future__ import annotations

from collections import Counter

import pytest

from rnn import styles
from rnn.model.checkpoint import load_checkpoint
from rnn.model.unit_atlas import PREFERENCE_NAMES
from visuals.widgets.unit_preferences import (
    MAX_CERTAINTY,
    NO_PREFERENCE_KEY,
    REGION_PREFERENCES,
    preference_region,
    unit_preference,
)
from visuals.words import languages, load_words


@pytest.fixture(scope="module")
def atlas():
    return load_checkpoint(styles.style_path("irish")).atlas


@pytest.mark.parametrize("language", languages())
def test_every_liking_and_region_has_words(language):
    words = load_words(language)
    for name in {name for names in PREFERENCE_NAMES.values() for name in names}:
        assert words[f"liking.{name}"]
    assert words[f"liking.{NO_PREFERENCE_KEY}"]
    for region in REGION_PREFERENCES:
        assert len(words[f"region.{region}"]) < 26


def test_a_liking_is_what_the_atlas_says(atlas):
    told = {
        "keeps the beat": "keeps_beat",
        "leads home": "leads_home",
        "ends phrases": "ends_phrases",
        "leaps up": "leaps_up",
        "low notes": "low",
        "long notes": "long",
        "many things": NO_PREFERENCE_KEY,
    }
    found = Counter()
    for unit in range(atlas.units):
        region = atlas.describe_unit(0, unit)
        if region in told:
            assert unit_preference(atlas, (0, unit)).key == told[region]
            found[region] += 1
    assert len(found) >= 6


def test_a_liked_tone_is_named(atlas):
    unit = next(k for k in range(256) if atlas.describe_unit(1, k) == "likes Bb")
    assert unit_preference(atlas, (1, unit)).pitch_class == 10


def test_what_is_liked_is_more_or_less_sure(atlas):
    sure = {unit_preference(atlas, (0, unit)).certainty for unit in range(256)}
    assert min(sure) == 0
    assert max(sure) == MAX_CERTAINTY


def test_without_an_atlas_nothing_is_claimed():
    assert unit_preference(None, (0, 0)).key == NO_PREFERENCE_KEY
    assert preference_region(NO_PREFERENCE_KEY) is None
    assert preference_region("climbs") == "up"
