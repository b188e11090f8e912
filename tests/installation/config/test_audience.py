from __future__ import annotations

import pytest

from installation.config import ConfigError, WebSettings, parse_config


def test_a_pin_and_a_password_are_not_printed() -> None:
    settings = WebSettings(pin="135790", wifi_password="salt and sea")
    assert "135790" not in repr(settings)
    assert "salt and sea" not in repr(settings)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('[evolution]\nat = "half past three"\n', "line 2: evolution.at"),
        ("[evolution]\nvisits = -1\n", "line 2: evolution.visits"),
        ("[crowd]\nblend = 1.5\n", "line 2: crowd.blend"),
        ("[web]\nport = 0\n", "line 2: web.port"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_where_it_stands(text, place) -> None:
    with pytest.raises(ConfigError, match=place):
        parse_config(text)
