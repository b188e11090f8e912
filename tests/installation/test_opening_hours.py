from __future__ import annotations

import time
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installation.opening_hours import (
    OpeningHours,
    OpeningHoursError,
    QuietHours,
    QuietLevel,
    parse_time_of_day,
)


def at(text: str) -> datetime:
    """A moment; 2031-05-05 is a Monday."""
    return datetime.fromisoformat(text)


WEEK = ["mon-fri 10:00-18:00", "sat,sun 11:00-13:00 14:00-20:00", "2031-05-07 closed"]


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2031-05-05T09:59", False),
        ("2031-05-05T10:00", True),
        ("2031-05-05T17:59", True),
        ("2031-05-05T18:00", False),
        ("2031-05-10T12:59", True),
        ("2031-05-10T13:30", False),
        ("2031-05-10T14:00", True),
        ("2031-05-07T12:00", False),  # a date comes before its weekday
    ],
)
def test_weekdays_and_dates_have_their_hours(moment, expected):
    assert OpeningHours(WEEK).is_open(at(moment)) is expected


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2031-05-09T23:00", True),  # Friday
        ("2031-05-10T01:59", True),  # its night
        ("2031-05-10T02:00", False),
        ("2031-05-09T01:00", False),  # the night before
    ],
)
def test_a_span_after_midnight_belongs_to_the_day_it_begins(moment, expected):
    assert OpeningHours(["fri 20:00-02:00"]).is_open(at(moment)) is expected


def test_weekdays_may_pass_the_end_of_the_week():
    hours = OpeningHours(["sat-mon 10:00-12:00"])
    assert hours.is_open(at("2031-05-05T11:00")) and hours.is_open(at("2031-05-11T11:00"))
    assert not hours.is_open(at("2031-05-06T11:00"))


def test_without_rules_it_is_always_open():
    assert OpeningHours([]).is_open(at("2031-05-05T03:00"))


def test_the_opening_is_known_in_advance():
    hours = OpeningHours(WEEK)
    assert hours.is_about_to_open(at("2031-05-05T09:56"), 5)
    assert not hours.is_about_to_open(at("2031-05-05T09:50"), 5)
    assert not hours.is_about_to_open(at("2031-05-05T12:00"), 5)


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        (["mon 18:00-10:00"], "ends before it begins"),
        (["mon 10:00-10:00"], "ends before it begins"),
        (["mon 20:00-07:00"], "ends before it begins"),
        (["mon 10:00-14:00", "daily 13:00-18:00"], "overlap"),
        (["mon 10:00-14:00 12:00-18:00"], "overlap"),
        (["mon 20:00-02:00", "tue 01:00-05:00"], "overlap"),
        (["sun 20:00-02:00", "mon 01:00-05:00"], "overlap"),
        (["2031-05-05 10:00-12:00", "2031-05-05 11:00-13:00"], "overlap"),
        (["monday 10:00-12:00"], "'monday' is no weekday"),
        (["2031-02-30 10:00-12:00"], "no date"),
        (["mon 10-12"], "'10' is no time of day"),
        (["mon 25:00-26:00"], "'25:00' is no time of day"),
        (["mon 10:60-12:00"], "'10:60' is no time of day"),
        (["mon"], "accepted"),
        ([""], "accepted"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_is_accepted(rules, words):
    with pytest.raises(OpeningHoursError, match=words) as caught:
        OpeningHours(rules)
    assert "accepted" in str(caught.value)


def test_hours_that_meet_do_not_overlap():
    assert OpeningHours(["daily 10:00-12:00 12:00-24:00"]).is_open(at("2031-05-05T12:00"))


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2031-05-05T13:30", QuietLevel(volume=0.3)),
        ("2031-05-11T10:30", QuietLevel(brightness=0.5, lessons_only=True)),
        ("2031-05-05T15:00", QuietLevel()),
    ],
)
def test_quiet_hours_have_their_level(moment, expected):
    rules = ["mon-fri 13:00-15:00 volume 0.3", "sun 10:00-12:00 brightness 0.5 lessons"]
    assert QuietHours(rules).level_at(at(moment)) == expected


@pytest.mark.parametrize(
    "rule",
    ["mon 10:00-12:00", "mon 10:00-12:00 volume", "mon 10:00-12:00 volume 3", "mon 1 lessons"],
)
def test_quiet_hours_without_a_level_are_refused(rule):
    with pytest.raises(OpeningHoursError):
        QuietHours([rule])


@given(st.lists(st.text(alphabet="mondaily0123456789:-,. ", max_size=30), max_size=3))
def test_any_text_is_understood_or_refused(rules):
    for kind in (OpeningHours, QuietHours):
        try:
            kind(rules)
        except OpeningHoursError as error:
            assert "\n" not in str(error)


def test_a_time_of_day_is_in_minutes():
    assert (parse_time_of_day("05:30"), parse_time_of_day("24:00")) == (330, 1440)


@pytest.fixture
def central_europe(monkeypatch):
    """The machine's zone; on 26 October 2031, at 1:00 UTC, its clock goes from 3:00 to 2:00."""
    if not hasattr(time, "tzset"):
        pytest.skip("needs a zone of the process")
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize(
    ("rule", "moment", "expected"),
    [
        ("sat 20:00-02:30", "00:15", True),
        ("sat 20:00-02:30", "00:45", False),
        ("sat 20:00-02:30", "01:15", False),  # 2:15 again
        ("sat 20:00-03:00", "01:15", True),
        ("sat 20:00-03:00", "02:00", False),
        ("sun 01:00-04:00", "01:15", True),
    ],
)
def test_an_hour_that_comes_twice_opens_nothing_again(central_europe, rule, moment, expected):
    now = at(f"2031-10-26T{moment}+00:00").astimezone()
    assert OpeningHours([rule]).is_open(now) is expected
