from __future__ import annotations

import pytest

from visuals.hud.overlay import next_language
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
