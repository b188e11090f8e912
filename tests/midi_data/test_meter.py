from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midi_data.notes import Meter

meters = st.builds(Meter, st.integers(1, 255), st.sampled_from([1, 2, 4, 8, 16, 32, 64]))


@given(meters)
def test_a_meter_written_is_read_again(meter):
    assert Meter.parse(str(meter)) == meter


@pytest.mark.parametrize("text", ["", "6", "6/", "/8", "6/8/4", "-6/8", "six/8", "6 / 8"])
def test_what_is_no_meter_is_refused(text):
    with pytest.raises(ValueError, match="a meter is written as 6/8"):
        Meter.parse(text)


def test_a_bar_is_measured_in_quarter_notes():
    assert (Meter(6, 8).bar_beats, Meter(3, 2).bar_beats, Meter().bar_beats) == (3.0, 6.0, 4.0)
