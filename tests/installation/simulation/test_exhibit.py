"""Several days, side by side or one after another."""

from __future__ import annotations

import multiprocessing
from dataclasses import fields, replace

import pytest

from installation.config import Config, LiveSettings, StyleSettings
from installation.simulation.day_report import DayReport
from installation.simulation.day_script import parse_day_script
from installation.simulation.exhibit import (
    ExhibitError,
    SimulatedExhibit,
    memory_growth,
    run_exhibit,
)

SCRIPTS = ("10:05:00 60 62 64 65 67", "12:00:00 72 71 69\n12:00:10 !kill\n12:00:20 60 64 67")


@pytest.fixture
def exhibit(model, tmp_path) -> SimulatedExhibit:
    config = Config(style=StyleSettings(model=str(model)), live=LiveSettings(attract=False))
    return SimulatedExhibit(config, tuple(map(parse_day_script, SCRIPTS)), 1, tmp_path)


OF_THE_PROCESS = ("memory_", "descriptors_", "threads_")
"""Beginnings of the names of what days in one process share."""


def without_process(accounts: list[DayReport]) -> list[DayReport]:
    names = [each.name for each in fields(DayReport) if each.name.startswith(OF_THE_PROCESS)]
    return [replace(account, **dict.fromkeys(names, 0)) for account in accounts]


def test_days_side_by_side_are_the_same_as_one_after_another(exhibit) -> None:
    hours: dict[int, float] = {}
    beside = run_exhibit(exhibit, 2, hours.__setitem__)
    again = replace(exhibit, folder=exhibit.folder / "again")
    after = run_exhibit(again, 1, lambda number, passed: None)
    assert without_process(beside) == without_process(after)
    assert [account.answered for account in beside] == [1, 1]
    assert [account.memory_end > 0 for account in beside] == [True, True]
    assert hours == {1: 12.0, 2: 12.0}


def test_a_day_that_fails_is_named(exhibit) -> None:
    broken = replace(exhibit, days=(exhibit.days[0], None))
    with pytest.raises(ExhibitError, match="day 2 failed: AttributeError"):
        run_exhibit(broken, 2, lambda number, passed: None)


def test_a_day_that_takes_too_long_is_named_and_ended(exhibit) -> None:
    with pytest.raises(ExhibitError, match=r"day \d hangs after \d+\.\d\d hours"):
        run_exhibit(exhibit, 2, lambda number, passed: None, day_timeout_s=0.01)
    assert not multiprocessing.active_children()


def test_memory_is_compared_within_what_was_one_process() -> None:
    days = [
        DayReport(1, memory_start=100, memory_end=102),
        DayReport(2, memory_start=90, memory_end=99),
    ]
    assert memory_growth(days, 2) == pytest.approx(0.1)
    assert memory_growth(days, 1) == pytest.approx(-0.01)
