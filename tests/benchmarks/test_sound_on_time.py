"""What the embedded synth renders is where it should be, whatever else the machine does."""

from __future__ import annotations

import pytest

pytest.importorskip("pysfizz")


def test_onsets_in_the_rendered_sound_keep_a_constant_delay():
    import sounding  # the synth and JACK: not while tests are collected

    found = sounding.embedded(2.0, jack=False)["by the clock"]
    assert found["found"] == found["sent"] == found["heard"] > 10
    assert found["iqr_ms"] < 0.2
    assert 0 <= found["delay_ms"] < 0.2
