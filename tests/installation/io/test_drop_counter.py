from __future__ import annotations

import logging

from installation.io.drop_counter import LOG_INTERVAL_NS, DropCounter


def test_every_drop_is_counted_by_its_reason():
    counter = DropCounter("keys", now=lambda: 0)
    for why in ("malformed", "echo", "malformed"):
        counter.record_drop(why)
    assert counter.counts == {"malformed": 2, "echo": 1}


def test_the_line_has_what_was_wrong_with_the_last_one(caplog):
    counter = DropCounter("pad", now=lambda: 0)
    counter.record_drop("program changes", "no set 9")
    assert caplog.messages == ["pad: dropped so far: 1 program changes; the last one: no set 9"]


def test_a_flood_is_logged_once_a_minute(caplog):
    now = 0
    counter = DropCounter("keys", now=lambda: now)
    with caplog.at_level(logging.WARNING):
        for now in range(0, 2 * LOG_INTERVAL_NS, LOG_INTERVAL_NS // 1000):  # noqa: B007 - the clock above
            counter.record_drop("malformed")
    assert [record.getMessage() for record in caplog.records] == [
        "keys: dropped so far: 1 malformed",
        "keys: dropped so far: 1001 malformed",
    ]
