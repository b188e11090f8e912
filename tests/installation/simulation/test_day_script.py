from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installation.simulation.day_script import (
    CLOSING_TIME_S,
    OPENING_TIME_S,
    DayScriptError,
    FaultKind,
    parse_day_script,
    random_day_script,
    read_day_script,
)


def test_a_pause_begins_another_visit(full_day) -> None:
    assert [visit.phrase_count for visit in full_day.visits] == [2, 1, 1, 2, 1, 1]
    assert [fault.kind for fault in full_day.faults] == [
        FaultKind.UNPLUG,
        FaultKind.REPLUG,
        FaultKind.STALL,
        FaultKind.KILL_PERFORMER,
        FaultKind.DISK_FULL,
        FaultKind.DISK_FREED,
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("ten 60", "begins with a time"),
        ("10:00:00", "one MIDI number or more"),
        ("10:00:00 128", "0 to 127"),
        ("10:00:00 !burn", "accepted: !stall SECONDS, !pull"),
        ("10:00:00 !stall", "accepted"),
        ("10:00:00 !stall nan", "0 to 3600"),
        ("09:00:00 60", "opening hours"),
        ("11:00:00 60\n10:00:00 60", "line 2: times must not go back"),
    ],
)
def test_an_error_names_line_and_accepted_form(line: str, message: str) -> None:
    with pytest.raises(DayScriptError, match=message):
        parse_day_script(line)


@given(st.text("0123456789: !#\nplugstail", max_size=60))
def test_any_text_is_a_script_or_an_error(text: str) -> None:
    with contextlib.suppress(DayScriptError):
        starts = [visit.start for visit in parse_day_script(text).visits]
        assert starts == sorted(starts)


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 1000), st.integers(1, 9))
def test_random_visits_follow_one_another_in_opening_hours(seed: int, number: int) -> None:
    day = random_day_script(seed, number)
    assert len(day.visits) > 50
    times = [
        OPENING_TIME_S,
        *(t for visit in day.visits for t in (visit.start, visit.end)),
        CLOSING_TIME_S,
    ]
    assert times == sorted(times)
    assert all(0 <= note.pitch <= 127 for visit in day.visits for note in visit.notes)


def test_a_file_that_is_no_text_is_refused(tmp_path) -> None:
    path = tmp_path / "day.txt"
    path.write_bytes(b"\xff\xfe\xff")
    with pytest.raises(DayScriptError, match="no text file"):
        read_day_script(path)
