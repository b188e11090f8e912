from __future__ import annotations

import pytest

from messages.cues import RhythmBelief
from visuals.hud.overlay import next_language, rhythm_line
from visuals.words import languages


def test_languages_follow_one_another_in_a_cycle():
    seen, language = [], "en"
    for _ in languages():
        language = next_language(language)
        seen.append(language)
    assert sorted(seen) == sorted(languages())
    assert seen[-1] == "en"


@pytest.mark.parametrize("language", languages())
def test_no_language_follows_itself(language):
    assert next_language(language) != language


def test_the_rhythm_that_is_heard_is_one_line():
    assert rhythm_line(RhythmBelief(0, 0, 600_000_000, "6/8", 0.5, 0.876)) == (
        "heard 100.0 bpm  6/8  straight  88 %"
    )
    swung = RhythmBelief(0, 0, 500_000_000, "4/4", 0.59, 1.0, is_external=True)
    assert rhythm_line(swung) == "clock 120.0 bpm  4/4  swing 0.59  100 %"
