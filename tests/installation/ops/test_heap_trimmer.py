from __future__ import annotations

from unittest.mock import Mock

import pytest

from installation.ops import heap_trimmer
from installation.ops.heap_trimmer import MIN_QUIET_NS, TRIM_INTERVAL_NS, HeapTrimmer, trim_heap


@pytest.mark.parametrize(
    ("elapsed", "next_event_in", "is_trimmed"),
    [
        (TRIM_INTERVAL_NS, None, True),
        (TRIM_INTERVAL_NS, MIN_QUIET_NS + 1, True),
        (TRIM_INTERVAL_NS, MIN_QUIET_NS, False),
        (TRIM_INTERVAL_NS, -1, False),
        (TRIM_INTERVAL_NS - 1, None, False),
    ],
)
def test_the_heap_is_trimmed_when_it_is_time_and_no_event_is_due(
    elapsed, next_event_in, is_trimmed
):
    trim = Mock()
    trimmer, now = HeapTrimmer(1000, trim), 1000 + elapsed
    trimmer.trim_if_quiet(now, None if next_event_in is None else now + next_event_in)
    assert trim.called == is_trimmed


def test_the_next_trim_waits_as_long_again():
    trim = Mock()
    trimmer = HeapTrimmer(0, trim)
    for now in (TRIM_INTERVAL_NS, 2 * TRIM_INTERVAL_NS - 1, 2 * TRIM_INTERVAL_NS):
        trimmer.trim_if_quiet(now, None)
    assert trim.call_count == 2


def test_freed_memory_is_given_back(monkeypatch):
    library = Mock()
    monkeypatch.setattr(heap_trimmer.ctypes, "CDLL", lambda name: library)
    trim_heap()
    library.malloc_trim.assert_called_once_with(0)


def test_another_c_library_keeps_its_memory(monkeypatch):
    library = Mock(spec=())
    monkeypatch.setattr(heap_trimmer.ctypes, "CDLL", lambda name: library)
    trim_heap()
    assert not library.method_calls
