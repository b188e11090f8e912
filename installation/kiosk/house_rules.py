"""House rules: what holds at a time of day, as the stage and the performer are told."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from installation.kiosk.hours_file import HoursFile
from installation.opening_hours import OpeningHours, QuietHours

if TYPE_CHECKING:  # the settings take a tenth of a second to import; the first spawn does not wait
    from installation.config import KioskSettings

SELF_TEST_LEAD_MINUTES = 10  # time before the opening at which everything is switched on and tested

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class HouseRules:
    """What holds now.

    Parameters
    ----------
    is_open : bool
        Whether screen and sound are on.
    volume, brightness : float
        Shares of what the settings say, 0..1.
    lessons_only : bool
        Whether only lessons are shown.
    """

    is_open: bool = True
    volume: float = 1.0
    brightness: float = 1.0
    lessons_only: bool = False


CLOSED_RULES = HouseRules(False, volume=0.0, brightness=0.0)


class HouseCalendar:
    """The rules at each time of day.

    Parameters
    ----------
    settings : KioskSettings
    """

    def __init__(self, settings: KioskSettings) -> None:
        self._hours_file = HoursFile(Path(settings.hours_file), settings.hours)
        self._rules, self._quiet = tuple(settings.hours), QuietHours(settings.quiet)
        self._hours = OpeningHours(self._rules)

    def read_hours(self) -> None:
        """Read the hours that the staff has set on its page."""
        rules = self._hours_file.rules()
        if rules != self._rules:
            log.info("opening hours: %s", "; ".join(rules) or "always open")
            self._rules, self._hours = rules, OpeningHours(rules)

    def rules_at(self, now: datetime) -> HouseRules:
        """What holds at a local time; it opens some minutes early, for the self-test."""
        if not self._hours.is_open(now) and not self.is_before_opening(now):
            return CLOSED_RULES
        quiet = self._quiet.level_at(now)
        return HouseRules(True, quiet.volume, quiet.brightness, quiet.lessons_only)

    def is_before_opening(self, now: datetime) -> bool:
        """Whether the self-test is due at a local time."""
        return self._hours.is_about_to_open(now, SELF_TEST_LEAD_MINUTES)
