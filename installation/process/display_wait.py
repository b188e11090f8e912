"""Awaiting: a stage whose display went away waits until there is one again."""

from __future__ import annotations

import logging
from collections.abc import Callable

from installation.process.control_pipe import ControlPipe
from messages.clock import SECOND, Clock

INITIAL_RETRY_DELAY_NS, MAX_RETRY_DELAY_NS = SECOND // 2, 8 * SECOND
"""Between two looks for a display, ns: doubled each time."""
HEARTBEAT_INTERVAL_S = 0.25
"""Seconds between two signs of life meanwhile."""

log = logging.getLogger(__name__)


def await_display(
    look: Callable[[], None], failure: type[Exception], link: ControlPipe, clock: Clock
) -> bool:
    """Look for a display again and again, giving signs of life; whether there is one at last.

    Parameters
    ----------
    look : callable
        Raises `failure` as long as there is none.
    failure : type
    link : Link
        When it is told to stop, waiting ends.
    clock : Clock
    """
    wait, told = INITIAL_RETRY_DELAY_NS, False
    while not link.stop.is_set():
        try:
            look()
        except failure as error:
            if not told:
                log.warning("no display (%s): playing on, and looking for one", error)
                told = True
        else:
            return True
        again = clock.now() + wait
        while clock.now() < again and not link.stop.wait(HEARTBEAT_INTERVAL_S):
            link.send_heartbeat(clock.now(), ready=False)
        wait = min(MAX_RETRY_DELAY_NS, 2 * wait)
    return False
