from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from midi_data.rhythm.rhythm_inference import Rhythm, infer_rhythm

METERS = {
    "4/4": "1 1 1 1 1 .5 .5 1 1 1 1 .5 .5 1 2 2",
    "3/4": "2 1 1 1 1 2 1 1 .5 .5 1 3",
    "6/8": ".5 .5 .5 .5 .5 .5 1 .5 1 .5 .5 .5 .5 .5 .5 .5 1 .5 1.5",
    "9/8": "1 .5 .5 .5 .5 1 .5 1 .5 1 .5 1.5 1 .5 .5 .5 .5 1 .5 1 .5 1 .5 1.5",
    "7/8": "1 1 1.5 1 1 .5 .5 .5 1 1 1.5 1 1 1.5",
}


def play(meter: str, beat: float, deviation: float = 0.0, upbeat: str = "") -> Rhythm | None:
    """The rhythm heard when loud notes begin the bars; times in s."""
    generator = np.random.default_rng(1)
    lead = [float(word) for word in upbeat.split()]
    durations = lead + [float(word) for word in METERS[meter].split()]
    beats = np.cumsum([0.0, *durations[:-1]]) - sum(lead)
    numerator, unit = map(int, meter.split("/"))
    bar = 4.0 * numerator / unit
    velocities = np.where(np.isclose(beats % bar, 0), 90, 75)
    onsets = beats * beat + generator.normal(0, deviation, len(beats))
    return infer_rhythm(onsets, velocities, 0.9 * durations[-1] * beat)


@pytest.mark.parametrize("meter", METERS)
@pytest.mark.parametrize("deviation", [0.0, 0.01])
def test_meter_tempo_and_bar_line_are_found(meter: str, deviation: float) -> None:
    beat = 0.36 if meter in ("6/8", "9/8") else 0.55
    rhythm = play(meter, beat, deviation)
    assert str(rhythm.meter) == meter
    assert rhythm.beat_s == pytest.approx(beat, rel=0.02)
    assert rhythm.onsets[0] == 0.0
    assert rhythm.origin_s == pytest.approx(0.0, abs=0.05)


def test_an_upbeat_comes_late_in_the_first_bar() -> None:
    rhythm = play("3/4", 0.5, upbeat="1")
    assert (str(rhythm.meter), rhythm.onsets[0]) == ("3/4", 2.0)
    assert rhythm.origin_s == pytest.approx(-1.5, abs=0.02)


def test_swung_eighths_are_written_even() -> None:
    beats = np.array([0, 1, 5 / 3, 2, 3, 11 / 3, 4, 14 / 3, 5, 6, 8, 9, 29 / 3, 10, 11, 12, 13, 14])
    rhythm = infer_rhythm(0.55 * beats)
    assert rhythm.beat_s == pytest.approx(0.55, rel=0.02)
    assert rhythm.swing == pytest.approx(2 / 3)
    assert (rhythm.onsets - rhythm.onsets[0])[:5].tolist() == [0, 1, 1.5, 2, 3]


def test_a_phrase_is_surer_than_its_first_three_notes() -> None:
    few = infer_rhythm(0.55 * np.array([0.0, 1.0, 2.0])).confidence
    assert 0 < few < play("4/4", 0.55).confidence <= 1


def test_two_onsets_are_no_rhythm_without_a_known_beat() -> None:
    assert infer_rhythm([0.0, 0.5]) is None
    assert infer_rhythm([]) is None
    assert infer_rhythm([0.0, 0.5], beat=0.5).onsets.tolist()[1] >= 1.0


def test_a_known_beat_is_kept() -> None:
    onsets = 0.25 * np.arange(12)
    assert infer_rhythm(onsets, beat=0.5).beat_s == pytest.approx(0.5, rel=0.02)
    assert infer_rhythm(onsets, beat=1.0).beat_s == pytest.approx(1.0, rel=0.02)


def test_the_rhythm_before_decides_what_is_doubtful() -> None:
    waltz = play("3/4", 0.5)
    even = 0.5 * np.arange(7)
    assert str(infer_rhythm(even, expected=waltz).meter) == "3/4"


@given(
    st.lists(st.floats(0, 60), min_size=3, max_size=40).map(sorted),
    st.one_of(st.none(), st.floats(0.2, 3)),
)
def test_any_onsets_have_a_rhythm_in_order(onsets: list[float], beat: float | None) -> None:
    rhythm = infer_rhythm(onsets, beat=beat)
    assert np.isfinite(rhythm.log_score)
    assert 0 <= rhythm.onsets[0] < rhythm.meter.bar_beats
    assert (np.diff(rhythm.onsets) > -1e-9).all()
