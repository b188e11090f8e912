from __future__ import annotations

from typing import get_args

import pytest

from installation.config import ConfigError, DrumGenre, LiveSettings, parse_config
from midi_data.drums import GENRES


def test_the_style_s_own_values_hold_unless_others_are_set() -> None:
    live = LiveSettings()
    assert (live.tempo, live.temperature, live.top_p) == (0, 0, 0)


def test_the_genres_are_those_a_drummer_knows_and_one_that_goes_by_the_energy() -> None:
    assert get_args(DrumGenre) == ("auto", *GENRES)
    assert LiveSettings().genre == "auto"
    assert parse_config('[live]\ngenre = "funk"\n').live.genre == "funk"


@pytest.mark.parametrize(
    ("line", "accepted"),
    [
        ('mode = "alone"', "answer, together, continuous"),
        ('band = "loud"', "off, soft, full"),
        ('genre = "polka"', "auto, other, afrobeat, .*, rock, soul"),
        ('tempo_from = "sun"', "visitor, midi, link"),
        ("attract_level = 0", "from 1 to 127"),
        ("look_ahead = 0", "above 0 to 32"),
    ],
)
def test_a_conversation_that_cannot_be_is_refused(line, accepted) -> None:
    with pytest.raises(ConfigError, match=accepted):
        parse_config(f"[live]\n{line}\n")
