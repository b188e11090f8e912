from __future__ import annotations

import pytest

from installation.config import ConfigError, parse_config


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('hours = ["mon 18:00-10:00"]', "ends before it begins"),
        ('hours = ["mon 10:00-14:00", "daily 13:00-15:00"]', "overlap"),
        ('quiet = ["mon 10:00-14:00"]', "volume 0.3"),
        ('restart_at = "5 am"', "no time of day"),
        ('pin = "7"', "hidden-state kiosk pin"),
    ],
)
def test_hours_and_pins_that_cannot_be_meant_are_refused_with_their_place(line, words) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        parse_config(f"[kiosk]\nenabled = true\n{line}\n")
    assert f"config.toml, line 3: kiosk.{line.split()[0]}" in str(caught.value)
    assert "accepted" in str(caught.value)
