from __future__ import annotations

from dataclasses import asdict

from installation.simulation.day_report import DayReport


def test_a_new_report_counts_nothing() -> None:
    figures = asdict(DayReport(3))
    assert figures.pop("day") == 3
    assert not any(figures.values())
