"""House keeper: opens and closes the exhibit, restarts it at night, tests it before opening."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import date
from threading import Thread

from installation.config import KioskSettings
from installation.kiosk.display_power import DisplayPower
from installation.kiosk.house_rules import HouseCalendar, HouseRules
from installation.kiosk.loopback import MIN_HEARD_PEAK, LoopbackInput
from installation.opening_hours import parse_time_of_day
from installation.ops.exhibit_status import (
    MIN_FREE_DISK_BYTES,
    ExhibitStatus,
    ProcessHealth,
    find_faults,
)
from installation.ops.house_state import HouseState
from installation.ops.machine_status import MachineProbe
from installation.ops.wall_clock import WallClock
from messages.clock import SECOND

CHECK_INTERVAL_NS = SECOND  # time between two looks at the clock, ns
REPEAT_INTERVAL_NS = 10 * SECOND
"""Time after which rules and state are told again, ns: a full pipe may have dropped them."""
SETTLING_TIME_NS = 120 * SECOND  # from switching on to the self-test, ns
MIN_UPTIME_NS = 3600 * SECOND  # shortest time between the start and the nightly restart, ns

log = logging.getLogger(__name__)


class HouseKeeper:
    """Keeps the hours of an exhibit.

    Parameters
    ----------
    settings : KioskSettings
    wall_clock : WallClock
    tell_rules : callable
        Tells stage and performer what holds.
    tell_state : callable
        Tells the status whether the exhibit is closed, and what the self-test found.
    restart : callable
        Starts the piece anew.
    probe : MachineProbe
        Tells the free disk space.
    check_sound : callable
        Plays some notes on every output.
    display : DisplayPower or None
    loopback : LoopbackInput or None
    """

    def __init__(
        self,
        settings: KioskSettings,
        wall_clock: WallClock,
        tell_rules: Callable[[HouseRules], None],
        tell_state: Callable[[HouseState], None],
        restart: Callable[[], None],
        probe: MachineProbe,
        check_sound: Callable[[], None],
        display: DisplayPower | None = None,
        loopback: LoopbackInput | None = None,
    ) -> None:
        self._calendar, self._wall_clock = HouseCalendar(settings), wall_clock
        self._tell_rules, self._tell_state, self._restart = tell_rules, tell_state, restart
        self._probe, self._display, self._loopback = probe, display, loopback
        self._check_sound = check_sound
        at = settings.restart_at
        self._restart_minute = parse_time_of_day(at) % (24 * 60) if at else None
        self._rules: HouseRules | None = None
        self._state = HouseState()
        self._self_test: tuple[str, ...] = ()  # what the last one found; set by its thread
        self._started_at: int | None = None
        self._restarted_on: date | None = None  # an hour comes twice in an autumn's night
        self._next_check_at = self._next_repeat_at = 0
        self._test_due_at: int | None = None
        self._is_tested = False
        self._test: Thread | None = None

    def update(self, now: int, health: Mapping[str, ProcessHealth]) -> None:
        """Do what is due at the time `now`, ns."""
        if now < self._next_check_at:
            return
        self._next_check_at = now + CHECK_INTERVAL_NS
        self._started_at = now if self._started_at is None else self._started_at
        moment = self._wall_clock.now()
        self._calendar.read_hours()
        rules = self._calendar.rules_at(moment)
        state = HouseState(not rules.is_open, self._self_test)
        if rules != self._rules or state != self._state or now >= self._next_repeat_at:
            self._state = state
            self._tell_state(state)
            self._apply(rules)
            self._next_repeat_at = now + REPEAT_INTERVAL_NS
        self._test_before_opening(now, self._calendar.is_before_opening(moment), health)
        is_old = now - self._started_at > MIN_UPTIME_NS
        is_due = 60 * moment.hour + moment.minute == self._restart_minute
        if is_old and is_due and self._restarted_on != moment.date():
            log.info("the nightly restart")
            self._started_at, self._restarted_on = now, moment.date()
            self._restart()

    def close(self) -> None:
        """Leave the screen on for the next program."""
        if self._display is not None and self._rules is not None and not self._rules.is_open:
            self._display.switch(True)

    def _apply(self, rules: HouseRules) -> None:
        before, self._rules = self._rules, rules
        self._tell_rules(rules)
        if before is not None and before.is_open == rules.is_open:
            return
        if self._display is not None and (before is not None or not rules.is_open):
            self._display.switch(rules.is_open)
        if before is not None:
            log.info("the exhibit %s", "opens" if rules.is_open else "closes")

    def _test_before_opening(
        self, now: int, is_due: bool, health: Mapping[str, ProcessHealth]
    ) -> None:
        """Test once before each opening, some time after everything was switched on."""
        if not is_due:
            self._test_due_at, self._is_tested = None, False
            return
        if self._test_due_at is None:
            self._test_due_at = now + SETTLING_TIME_NS
        if now >= self._test_due_at and not self._is_tested:
            self._is_tested = True
            status = ExhibitStatus.from_health(health)
            self._test = Thread(target=self._keep_self_test, args=(status,), daemon=True)
            self._test.start()

    def wait_for_self_test(self, timeout_s: float) -> None:
        """Wait until a running self-test has ended."""
        if self._test is not None:
            self._test.join(timeout_s)

    def _keep_self_test(self, status: ExhibitStatus) -> None:
        at = self._wall_clock.now()
        try:
            failures = self.run_self_test(status)
        except Exception as error:  # it runs on a thread of its own: nobody else would be told
            log.exception("the self-test failed")
            failures = [f"It could not be finished: {error}"]
        self._self_test = tuple(f"Self-test at {at:%H:%M}: {failure}" for failure in failures)

    def run_self_test(self, status: ExhibitStatus) -> list[str]:
        """Test frame, sound, ports and disk; log and return what failed.

        Nothing is to be heard where the rules have no sound.
        """
        failures = [fault.sentence for fault in find_faults(status)]
        if status.midi is not None and status.midi.missing:
            failures.append(f"MIDI port {', '.join(status.midi.missing)} is missing.")
        disk = self._probe.read().disk
        if disk is not None and disk.free < MIN_FREE_DISK_BYTES:
            failures.append(f"Only {disk.free / 1e6:.0f} MB are free for recordings.")
        is_silent = self._rules is not None and self._rules.volume == 0.0
        if self._loopback is not None and not is_silent:
            peak = self._loopback.measure_peak(self._check_sound)
            if peak is None:
                failures.append("The sound input kiosk.loopback does not answer.")
            elif peak < MIN_HEARD_PEAK:
                failures.append("The loudspeakers are not heard: check amplifier and cables.")
        for failure in failures:
            log.error("self-test: %s", failure)
        if not failures:
            log.info("self-test: picture, sound, ports and disk are fit")
        return failures
