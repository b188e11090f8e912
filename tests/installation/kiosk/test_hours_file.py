from __future__ import annotations

import os
from pathlib import Path

import pytest

from installation.kiosk.hours_file import MAX_RULES, HoursFile
from installation.opening_hours import OpeningHoursError

CONFIGURED = ("daily 10:00-18:00",)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "opening-hours.txt"


@pytest.fixture
def hours(path) -> HoursFile:
    return HoursFile(path, CONFIGURED)


def test_without_a_file_the_hours_of_the_settings_hold(hours):
    assert hours.rules() == CONFIGURED


def test_another_reader_sees_what_was_written(hours, path):
    reader = HoursFile(path, CONFIGURED)
    assert reader.rules() == CONFIGURED
    hours.write(["mon-fri 11:00-19:00", "2031-12-25 closed"])
    assert reader.rules() == ("mon-fri 11:00-19:00", "2031-12-25 closed")


def test_no_rule_is_always_open_and_none_goes_back_to_the_settings(hours):
    hours.write([])
    assert hours.rules() == ()
    hours.write(None)
    assert hours.rules() == CONFIGURED


@pytest.mark.parametrize(
    "rules",
    [
        ["daily 18:00-10:00"],
        ["mon 10:00-12:00", "mon 11:00-13:00"],
        ["mon 10:00-12:00 " + "x" * 200],
        ["2031-01-01 closed"] * (MAX_RULES + 1),
    ],
)
def test_rules_that_cannot_hold_are_refused_and_the_old_ones_stay(hours, rules):
    hours.write(["daily 09:00-17:00"])
    with pytest.raises(OpeningHoursError):
        hours.write(rules)
    assert hours.rules() == ("daily 09:00-17:00",)


@pytest.mark.parametrize(
    "content", [b"\xff\xfe", b"never\n", b"mon 10:00-12:00\nmon 11:00-13:00\n"]
)
def test_an_unusable_file_is_told_once_and_the_hours_of_the_settings_hold(
    hours, path, caplog, content
):
    path.write_bytes(content)
    assert hours.rules() == hours.rules() == CONFIGURED
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_a_file_that_was_mended_is_taken_up(hours, path):
    path.write_text("never\n")
    hours.rules()
    path.write_text("daily 09:00-17:00\n")
    os.utime(path, ns=(1, 1))
    assert hours.rules() == ("daily 09:00-17:00",)


def test_a_rule_of_two_lines_is_refused(tmp_path):
    hours = HoursFile(tmp_path / "hours.txt", ())
    with pytest.raises(OpeningHoursError, match="one line"):
        hours.write(["mon\n10:00-12:00"])


def test_a_file_that_could_not_be_read_once_is_read_again(tmp_path, monkeypatch):
    path = tmp_path / "hours.txt"
    hours = HoursFile(path, ("daily 10:00-18:00",))
    hours.write(["daily 14:00-20:00"])
    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_text", lambda *options, **more: (_ for _ in ()).throw(OSError()))
        assert hours.rules() == ("daily 10:00-18:00",)
    assert hours.rules() == ("daily 14:00-20:00",)
