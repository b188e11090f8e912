from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta, timezone
from xml.etree import ElementTree

from installation.visits.database import DATABASE_FILE_NAME, Visit, VisitDatabase
from installation.web.staff.visit_plots import Bar, plot_visits, read_visit_plots

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
SVG = "{http://www.w3.org/2000/svg}"


def bars_of(svg: str) -> list[ElementTree.Element]:
    return ElementTree.fromstring(svg).findall(f"{SVG}rect")


def test_a_bar_is_as_high_as_its_count():
    low, high = bars_of(plot_visits("Visits", [Bar("a", 1), Bar("b", 0), Bar("c", 2)]))
    assert float(high.get("height")) == 2 * float(low.get("height"))


def test_a_screen_reader_is_told_the_counts():
    plot = ElementTree.fromstring(plot_visits("Today <b>", [Bar("9:00", 2), Bar("10:00", 0)]))
    assert plot.findtext(f"{SVG}title") == "Today <b>: 2 visits"
    assert plot.findtext(f"{SVG}desc") == "9:00: 2"
    assert plot.get("role") == "img"


def test_visits_are_counted_by_hour_and_by_day(tmp_path):
    with contextlib.closing(VisitDatabase(tmp_path, NOON)) as database:
        for hours_ago in (1, 1.2, 26):
            database.add(Visit((NOON - timedelta(hours=hours_ago)).isoformat()))
    plots = read_visit_plots(tmp_path, NOON)
    assert "2 visits" in plots["today"]
    assert "3 visits" in plots["days"]
    assert len(bars_of(plots["days"])) == 2


def test_no_visits_are_said(tmp_path):
    assert "no visits yet" in read_visit_plots(tmp_path, NOON)["today"]


def test_a_database_that_cannot_be_read_is_said(tmp_path):
    (tmp_path / DATABASE_FILE_NAME).write_bytes(b"no database" * 100)
    assert "cannot be read" in read_visit_plots(tmp_path, NOON)["error"]


def test_a_visit_counts_at_its_own_local_time(tmp_path):
    winter, summer = timezone(timedelta(hours=1)), timezone(timedelta(hours=2))
    began = datetime(2026, 10, 24, 0, 30, tzinfo=summer)
    with contextlib.closing(VisitDatabase(tmp_path, NOON)) as database:
        database.add(Visit(began.isoformat()))
    plots = read_visit_plots(tmp_path, datetime(2026, 10, 25, 12, tzinfo=winter))
    assert ElementTree.fromstring(plots["days"]).findtext(f"{SVG}desc") == "24.10.: 1"
