from __future__ import annotations

from datetime import datetime

import pytest

from installation.config import KioskSettings
from installation.kiosk.house_rules import CLOSED_RULES, HouseCalendar, HouseRules

SETTINGS = KioskSettings(
    hours=["daily 10:00-18:00"], quiet=["mon 13:00-15:00 volume 0.3", "mon 16:00-17:00 lessons"]
)


@pytest.mark.parametrize(
    ("time", "rules"),
    [
        ("09:00", CLOSED_RULES),
        ("09:55", HouseRules()),  # the self-test needs screen and sound
        ("12:00", HouseRules()),
        ("14:00", HouseRules(volume=0.3)),
        ("16:30", HouseRules(lessons_only=True)),
        ("18:00", CLOSED_RULES),
    ],
)
def test_each_time_of_day_has_its_rules(time, rules):
    assert HouseCalendar(SETTINGS).rules_at(datetime.fromisoformat(f"2031-05-05T{time}")) == rules


def test_without_hours_nothing_ever_changes():
    calendar = HouseCalendar(KioskSettings())
    assert calendar.rules_at(datetime(2031, 5, 5, 3)) == HouseRules()
    assert not calendar.is_before_opening(datetime(2031, 5, 5, 3))
