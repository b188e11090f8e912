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


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("", 0.0),
        ("[kiosk]\ntour = 60.0", 0.0),
        ("[kiosk]\nenabled = true", 300.0),
        ("[kiosk]\nenabled = true\ntour = 60.0", 60.0),
        ("[kiosk]\nenabled = true\ntour = 0.0", 0.0),
        ("[stage]\ntour = 90.0\n[kiosk]\nenabled = true", 90.0),
    ],
)
def test_in_a_kiosk_the_tour_runs_by_itself(text, seconds) -> None:
    assert parse_config(text).window.tour == seconds


def test_a_kiosk_changes_no_other_setting_of_the_window() -> None:
    config = parse_config('[stage]\nlanguage = "ca"\n[kiosk]\nenabled = true')
    assert config.window == config.stage.model_copy(update={"tour": 300.0})
