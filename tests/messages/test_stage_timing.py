from __future__ import annotations

from messages.stage_timing import StageTiming


def test_without_notes_there_is_no_error():
    assert StageTiming() == StageTiming(0, 0, None, None, None, None)
