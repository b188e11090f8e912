"""Watchdog: tells the service manager that the piece is alive only while it is seen and heard."""

from __future__ import annotations

from collections.abc import Mapping

from installation.kiosk.notifier import ALIVE, READY, STOPPING, ServiceNotifier
from installation.ops.exhibit_status import ExhibitStatus, Fault, ProcessHealth, find_faults
from messages.clock import SECOND

FEEDING_INTERVAL_NS = SECOND  # time between two signs of life, ns


class ExhibitWatchdog:
    """Gives signs of life while no fault is there that a restart may mend.

    Parameters
    ----------
    notifier : ServiceNotifier
    """

    def __init__(self, notifier: ServiceNotifier) -> None:
        self._notifier = notifier
        self._is_ready, self._next_due_at, self._sentence = False, 0, ""

    def update(self, now: int, health: Mapping[str, ProcessHealth]) -> None:
        """Give a sign of life, if one is due at `now` (ns) and the piece is well."""
        if now < self._next_due_at:
            return
        self._next_due_at = now + FEEDING_INTERVAL_NS
        if not self._is_ready:
            if not all(one.state == "well" for one in health.values()):
                return
            self._is_ready = True
            self._notifier.notify(READY)
        faults = find_faults(ExhibitStatus.from_health(health))
        self._tell_state(faults)
        if not any(fault.restart_helps for fault in faults):
            self._notifier.notify(ALIVE)

    def close(self) -> None:
        """Announce the end of the piece."""
        self._notifier.notify(STOPPING)

    def _tell_state(self, faults: list[Fault]) -> None:
        sentence = faults[0].sentence if faults else "Visitors can see and hear it."
        if sentence != self._sentence:
            self._sentence = sentence
            self._notifier.notify(f"STATUS={sentence}")
