from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from installation.config import KioskSettings
from installation.kiosk.display_power import DummyDisplayPower
from installation.kiosk.hours_file import HoursFile
from installation.kiosk.house_keeper import REPEAT_INTERVAL_NS, HouseKeeper
from installation.kiosk.house_rules import CLOSED_RULES, HouseRules
from installation.kiosk.loopback import DummyLoopbackInput
from installation.ops.exhibit_status import ExhibitStatus, ProcessHealth
from installation.ops.house_state import HouseState
from installation.ops.machine_status import DiskStatus, DummyMachineProbe, MachineStatus
from installation.ops.metrics import MidiStatus, ProcessMetrics, SoundStatus
from installation.ops.wall_clock import DummyWallClock
from messages.clock import SECOND
from messages.stage_timing import PictureStatus

SETTINGS = KioskSettings(hours=["daily 10:00-18:00"], restart_at="05:00")
HEALTH = {
    "performer": ProcessHealth(
        "well", metrics=ProcessMetrics(sound=SoundStatus("card"), midi=MidiStatus())
    ),
    "stage": ProcessHealth(
        "well", metrics=ProcessMetrics(picture=PictureStatus(9, 0.0, 0.1, 1.0, "x11"))
    ),
}


class House:
    """A keeper, what it did, and a clock that both of its times follow."""

    def __init__(
        self,
        time: str,
        loopback: DummyLoopbackInput | None = None,
        settings: KioskSettings = SETTINGS,
        tell_state: Callable[[HouseState], None] | None = None,
    ) -> None:
        self.clock = DummyWallClock(datetime.fromisoformat(f"2031-05-05T{time}"))
        self.now, self.told, self.states, self.restarts = 0, [], [], 0
        self.sound_checks, self.heard_peak = 0, None
        self.display, self.loopback = DummyDisplayPower(), loopback
        self.disk = DummyMachineProbe(MachineStatus(disk=DiskStatus("recordings", 10**10)))
        self.keeper = HouseKeeper(
            settings,
            self.clock,
            self.told.append,
            tell_state or self.note_state,
            self.count_restart,
            self.disk,
            self.check_sound,
            self.display,
            loopback,
        )

    def note_state(self, state: HouseState) -> None:
        """Keep what has changed: the same is told again and again."""
        if self.states[-1:] != [state]:
            self.states.append(state)

    @property
    def closed(self) -> list[bool]:
        return [state.is_closed for state in self.states]

    def check_sound(self) -> None:
        """What the loopback hears once it is played."""
        self.sound_checks += 1
        if self.loopback is not None and self.heard_peak is not None:
            self.loopback.peak = self.heard_peak

    def count_restart(self) -> None:
        self.restarts += 1

    def pass_minutes(self, minutes: int) -> None:
        for _ in range(minutes):
            self.keeper.update(self.now, HEALTH)
            self.now += 60 * SECOND
            self.clock.advance(timedelta(minutes=1))


def test_at_closing_screen_and_sound_go_off_and_before_opening_on():
    house = House("17:58")
    house.pass_minutes(4)
    assert house.display.switched == [False] and house.told[-1] == CLOSED_RULES
    house.pass_minutes(16 * 60)
    assert house.display.switched == [False, True]
    assert house.told[-1] == HouseRules() and house.closed == [False, True, False]


def test_a_piece_that_starts_in_the_night_switches_the_screen_off():
    house = House("23:00")
    house.pass_minutes(1)
    assert house.display.switched == [False] and house.closed == [True]


def test_rules_are_told_again_for_processes_that_were_restarted():
    house = House("12:00")
    for _ in range(3):
        house.keeper.update(house.now, HEALTH)
        house.now += REPEAT_INTERVAL_NS
    assert house.told == [HouseRules()] * 3


def test_it_restarts_once_at_night():
    house = House("22:00")
    for _ in range(60 * 12 * 4):  # every quarter of a minute
        house.keeper.update(house.now, HEALTH)
        house.now += 15 * SECOND
        house.clock.advance(timedelta(seconds=15))
    assert house.restarts == 1


def test_a_piece_that_started_a_moment_ago_is_not_restarted():
    house = House("04:58")
    house.pass_minutes(10)
    assert house.restarts == 0


def test_a_closed_house_leaves_the_screen_on_when_it_ends():
    house = House("23:00")
    house.pass_minutes(1)
    house.keeper.close()
    assert house.display.switched == [False, True]


def test_the_self_test_finds_nothing_where_all_is_fit():
    house = House("09:55", DummyLoopbackInput(0.2))
    assert house.keeper.run_self_test(ExhibitStatus.from_health(HEALTH)) == []


@pytest.mark.parametrize(("peak", "words"), [(0.0, "not heard"), (None, "does not answer")])
def test_the_self_test_listens_to_the_loudspeakers(peak, words):
    house = House("09:55", DummyLoopbackInput(peak))
    assert words in house.keeper.run_self_test(ExhibitStatus.from_health(HEALTH))[0]


def test_the_self_test_looks_at_picture_ports_and_disk():
    house = House("09:55")
    status = ExhibitStatus.from_health(HEALTH)
    black = replace(status.picture, mean_light=0.0)
    status = replace(status, picture=black, midi=MidiStatus(missing=("keys",)))
    house.disk.status = MachineStatus(disk=DiskStatus("recordings", 1000))
    failures = " ".join(house.keeper.run_self_test(status))
    assert all(word in failures for word in ("black", "keys", "0 MB"))


def test_the_self_test_runs_before_each_opening(caplog):
    caplog.set_level("INFO")
    house = House("09:45")
    house.pass_minutes(20)
    house.keeper.wait_for_self_test(20.0)
    assert caplog.text.count("self-test") == 1


def test_what_the_self_test_found_is_told_until_the_next_one():
    house = House("09:45", DummyLoopbackInput(0.0))
    house.pass_minutes(10)
    house.keeper.wait_for_self_test(20.0)
    house.pass_minutes(60)
    (sentence,) = house.states[-1].self_test
    assert sentence.startswith("Self-test at 09:5") and "not heard" in sentence
    house.loopback.peak = 0.2
    house.pass_minutes(23 * 60)
    house.keeper.wait_for_self_test(20.0)
    house.pass_minutes(1)
    assert house.states[-1].self_test == ()


def test_the_state_is_told_again_to_processes_that_were_restarted():
    told = []
    house = House("12:00", tell_state=told.append)
    for _ in range(2):
        house.keeper.update(house.now, HEALTH)
        house.now += REPEAT_INTERVAL_NS
    assert told == [HouseState(), HouseState()]


def test_hours_that_the_staff_sets_hold_within_a_second(tmp_path):
    path = tmp_path / "hours.txt"
    settings = KioskSettings(hours=["daily 10:00-18:00"], hours_file=str(path))
    house = House("12:00", settings=settings)
    house.pass_minutes(1)
    HoursFile(path, ()).write(["daily 14:00-20:00"])
    house.pass_minutes(1)
    assert house.told[-1] == CLOSED_RULES


def test_the_self_test_plays_what_it_listens_for():
    house = House("09:55", DummyLoopbackInput(0.0))  # as in a rest of the music
    house.heard_peak = 0.2
    assert house.keeper.run_self_test(ExhibitStatus.from_health(HEALTH)) == []
    assert house.sound_checks == 1


def test_the_self_test_does_not_listen_where_no_sound_is_wanted():
    settings = KioskSettings(hours=["daily 10:00-18:00"], quiet=["daily 09:00-12:00 volume 0"])
    house = House("09:55", DummyLoopbackInput(0.0), settings)
    house.pass_minutes(1)
    assert house.told[-1].volume == 0.0
    assert house.keeper.run_self_test(ExhibitStatus.from_health(HEALTH)) == []
    assert house.sound_checks == 0


def test_a_self_test_that_cannot_be_finished_says_so():
    house = House("09:45", DummyLoopbackInput(0.2))
    house.keeper.run_self_test = lambda status: 1 / 0
    house.pass_minutes(10)
    house.keeper.wait_for_self_test(20.0)
    house.pass_minutes(1)
    (sentence,) = house.states[-1].self_test
    assert "could not be finished" in sentence


def test_in_the_night_in_which_an_hour_comes_twice_it_restarts_once():
    settings = KioskSettings(hours=["daily 10:00-18:00"], restart_at="02:30")
    house = House("22:00", settings=settings)
    start = datetime(2026, 10, 24, 20, tzinfo=UTC)
    for minute in range(8 * 60):
        house.clock.time = (start + timedelta(minutes=minute)).astimezone(ZoneInfo("Europe/Madrid"))
        house.keeper.update(house.now, HEALTH)
        house.now += 60 * SECOND
    assert house.restarts == 1
