from __future__ import annotations

import pytest

from installation.config import ConfigError, LiveSettings, parse_config


def test_the_style_s_own_values_hold_unless_others_are_set() -> None:
    live = LiveSettings()
    assert (live.tempo, live.temperature, live.top_p) == (0, 0, 0)


@pytest.mark.parametrize(
    ("line", "accepted"),
    [
        ('mode = "alone"', "answer, together, continuous"),
        ('band = "loud"', "off, soft, full"),
        ('tempo_from = "sun"', "visitor, midi, link"),
        ("attract_level = 0", "from 1 to 127"),
        ("look_ahead = 0", "above 0 to 32"),
    ],
)
def test_a_conversation_that_cannot_be_is_refused(line, accepted) -> None:
    with pytest.raises(ConfigError, match=accepted):
        parse_config(f"[live]\n{line}\n")
