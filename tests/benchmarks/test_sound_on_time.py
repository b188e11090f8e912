"""What the embedded synth renders is where it should be, whatever else the machine does."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

pytest.importorskip("pysfizz")
OURS = ("sounding", "handover", "jack", "onsets", "transcription")


@pytest.fixture
def sounding():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
        import sounding

        yield sounding
        for name in OURS:
            sys.modules.pop(name)


def test_onsets_in_the_rendered_sound_keep_a_constant_delay(sounding):
    found = sounding.embedded(2.0, jack=False)["by the clock"]
    assert found["found"] == found["sent"] == found["heard"] > 10
    assert found["iqr_ms"] < 0.2
    assert 0 <= found["delay_ms"] < 0.2
