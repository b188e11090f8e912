"""A simulated day with every fault there is, played by an untrained network."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import mido
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installation.config import Config, LiveSettings, StyleSettings
from installation.session.live_session import load_model
from installation.simulation.day_report import DayReport
from installation.simulation.day_script import (
    CLOSING_TIME_S,
    OPENING_TIME_S,
    DayScript,
    DayScriptError,
    FaultKind,
    parse_day_script,
    random_day_script,
)
from installation.simulation.fakes import SimulatedOutput
from installation.simulation.simulated_day import SimulatedDay
from messages.cues import NoteSource

SCRIPT = """
10:05:00 60 62 64 65 67   # a phrase
10:05:09 67 65 64 62 60
10:07:00 !pull
10:07:10 60 64 67
10:07:12 !plug
10:10:00 60 62 64
10:10:03 !stall 5
10:15:00 60 62
10:15:01 !kill
10:15:04 64 65 67
10:20:00 !full
10:20:01 60 64 67
10:25:00 !free
10:26:00 72 71 69
"""


def played(model, folder, day: DayScript, **live) -> DayReport:
    config = Config(style=StyleSettings(model=str(model)), live=LiveSettings(attract=False, **live))
    return SimulatedDay(config, load_model(config.style), day, 1, 1, folder).run()


def test_every_visit_is_answered_through_every_fault_and_nothing_hangs(model, tmp_path) -> None:
    account = played(model, tmp_path, parse_day_script(SCRIPT))
    assert (account.visits, account.answered) == (6, 6)
    assert (account.pulled, account.killed, account.stalls, account.pushed) == (1, 1, 1, 1)
    assert account.hanging == 0
    assert account.left_out == 0
    assert account.lost_writes > 0
    assert account.recordings == 5


@pytest.mark.parametrize("source", list(NoteSource))
def test_a_note_that_hangs_is_found(model, tmp_path, monkeypatch, source: NoteSource) -> None:
    def deliver(port: SimulatedOutput, message: mido.Message) -> None:
        """The third note-off of somebody is lost on its way."""
        if message.type == "note_off" and message.channel == source:
            lost.append(message)
            if len(lost) == 3:
                return
        sound(port, message)

    lost: list[mido.Message] = []
    sound = SimulatedOutput._deliver
    monkeypatch.setattr(SimulatedOutput, "_deliver", deliver)
    account = played(model, tmp_path, parse_day_script("10:05:00 60 62 64 65 67"))
    assert len(lost) > 3
    assert account.hanging == 1


def test_an_answer_nobody_could_hear_is_told_apart(model, tmp_path) -> None:
    script = "10:05:00 60 62 64\n10:10:00 !pull\n10:10:01 60 64 67\n10:12:00 !plug"
    account = played(model, tmp_path, parse_day_script(script))
    assert (account.visits, account.answered, account.unheard) == (2, 2, 1)
    assert account.hanging == 0


def test_the_same_seed_makes_the_same_day(model, tmp_path) -> None:
    accounts = [
        played(model, tmp_path / name, replace(parse_day_script(SCRIPT), faults=()))
        for name in ("a", "b")
    ]
    figures = [replace(one, memory_open=0, memory_start=0, memory_end=0) for one in accounts]
    assert figures[0] == figures[1]


def test_visitors_are_told_apart_by_the_silence_between_them() -> None:
    day = parse_day_script(SCRIPT)
    assert [visit.phrase_count for visit in day.visits] == [2, 1, 1, 2, 1, 1]
    assert [mishap.kind for mishap in day.faults] == [
        FaultKind.UNPLUG,
        FaultKind.REPLUG,
        FaultKind.STALL,
        FaultKind.KILL_PERFORMER,
        FaultKind.DISK_FULL,
        FaultKind.DISK_FREED,
    ]


@pytest.mark.parametrize(
    ("line", "what"),
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
def test_a_script_that_makes_no_sense_says_where(line: str, what: str) -> None:
    with pytest.raises(DayScriptError, match=what):
        parse_day_script(line)


@given(st.text("0123456789: !#\nplugstail", max_size=60))
def test_any_text_is_a_script_or_an_error(text: str) -> None:
    with contextlib.suppress(DayScriptError):
        parse_day_script(text)


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 1000), st.integers(1, 9))
def test_made_up_visitors_come_one_after_another_in_opening_hours(seed: int, number: int) -> None:
    day = random_day_script(seed, number)
    assert len(day.visits) > 50
    times = [
        OPENING_TIME_S,
        *(t for visit in day.visits for t in (visit.start, visit.end)),
        CLOSING_TIME_S,
    ]
    assert times == sorted(times)
    assert all(0 <= strike.pitch <= 127 for visit in day.visits for strike in visit.notes)
