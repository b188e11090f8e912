from __future__ import annotations

import pytest

from installation.simulation.day_script import DayScript, parse_day_script

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


@pytest.fixture
def full_day() -> DayScript:
    """Six visits, and a fault of every kind."""
    return parse_day_script(SCRIPT)
