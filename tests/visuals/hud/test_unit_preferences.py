from __future__ import annotations

from collections import Counter

import pytest

from rnn import styles
from rnn.model.checkpoint import load
from rnn.model.unit_atlas import TRAITS
from visuals.hud.unit_preferences import MANY, REGIONS, SUREST, liking, region_of
from visuals.hud.unit_preferences import _key as key_of
from visuals.words import languages, load_words


@pytest.fixture(scope="module")
def atlas():
    return load(styles.path_of("irish")).atlas


@pytest.mark.parametrize("language", languages())
def test_every_liking_and_region_has_words(language):
    words = load_words(language)
    for trait, classes in TRAITS.items():
        for place in range(classes):
            assert words[f"liking.{key_of(trait, place)}"]
    assert words[f"liking.{MANY}"]
    for region in REGIONS:
        assert len(words[f"region.{region}"]) < 26


def test_a_liking_is_what_the_atlas_says(atlas):
    told = {
        "keeps the beat": "keeps_beat",
        "leads home": "leads_home",
        "ends phrases": "ends_phrases",
        "leaps up": "leaps_up",
        "low notes": "low",
        "long notes": "long",
        "many things": MANY,
    }
    found = Counter()
    for unit in range(atlas.units):
        region = atlas.region(0, unit)
        if region in told:
            assert liking(atlas, (0, unit)).key == told[region]
            found[region] += 1
    assert len(found) >= 6


def test_a_liked_tone_is_named(atlas):
    unit = next(k for k in range(256) if atlas.region(1, k) == "likes Bb")
    assert liking(atlas, (1, unit)).tone == 10


def test_what_is_liked_is_more_or_less_sure(atlas):
    sure = {liking(atlas, (0, unit)).sure for unit in range(256)}
    assert min(sure) == 0
    assert max(sure) == SUREST


def test_without_an_atlas_nothing_is_claimed():
    assert liking(None, (0, 0)).key == MANY
    assert region_of(MANY) is None
    assert region_of("climbs") == "up"
