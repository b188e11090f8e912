from __future__ import annotations

from datetime import UTC, datetime, timedelta

from installation.ops.wall_clock import DummyWallClock, SystemWallClock


def test_the_machines_clock_knows_its_offset():
    assert SystemWallClock().now().utcoffset() is not None


def test_a_dummy_moves_only_when_told():
    clock = DummyWallClock(datetime(2031, 5, 6, tzinfo=UTC))
    clock.advance(timedelta(hours=3))
    assert clock.now().hour == clock.now().hour == 3
