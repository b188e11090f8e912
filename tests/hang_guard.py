"""How long a test waits for what should come true."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

HANG_GUARD_S = 200.0
"""Time after which a wait is taken for a hang, s; so long that a slow machine fails no test."""
POLL_INTERVAL_S = 0.02
MAX_COUNTED_STEP_S = 0.1
"""What a longer step from one look to the next counts as: the rest of it the machine stalled."""


def wait_until(condition: Callable[[], object], what: str = "the condition") -> float:
    """Wait until a condition holds; if it never does, fail and say what did not come true.

    Returns
    -------
    float
        Time waited, s, without the stalls of the machine.
    """
    begun = looked_at = time.monotonic()
    waited_s = 0.0
    while not condition():
        if looked_at - begun > HANG_GUARD_S:
            pytest.fail(f"after {HANG_GUARD_S:g} s still not so: {what}")
        time.sleep(POLL_INTERVAL_S)
        now = time.monotonic()
        waited_s += min(now - looked_at, MAX_COUNTED_STEP_S)
        looked_at = now
    return waited_s
