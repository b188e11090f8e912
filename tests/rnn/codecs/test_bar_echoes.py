from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midi_data.notes import Meter
from rnn.codecs.bar_echoes import ECHO_DELAYS_BARS, KNOWN_METERS, BarEchoes, bar_ticks

gaps = st.lists(st.integers(0, 300), min_size=1, max_size=40)


@given(gaps, st.sampled_from(KNOWN_METERS), st.integers(0, 600))
def test_dropped_notes_were_no_echoes(gaps, meter, later):
    echoes, onset, kept = BarEchoes(), 0, {}
    for note, gap in enumerate(gaps):
        onset += gap
        echoes.add_note(onset, 60, 6, note)
        kept[onset] = note
    bar = bar_ticks(meter)
    expected = [kept.get(onset + later - bars * bar, -1) for bars in ECHO_DELAYS_BARS]
    assert echoes.echo_notes(onset + later, bar) == expected


def test_an_endless_tune_takes_bounded_memory():
    echoes = BarEchoes()
    for note in range(10_000):
        echoes.add_note(note, 60, 1, note)
    assert len(echoes.copy()) == BarEchoes.MAX_AGE_TICKS + 1


def test_the_longest_bars_have_an_echo_of_eight_bars():
    assert (
        BarEchoes.MAX_AGE_TICKS
        == 8 * bar_ticks(Meter(3, 2))
        == 8 * max(map(bar_ticks, KNOWN_METERS))
    )


@pytest.mark.parametrize("meter", [Meter(3, 2), Meter(6, 8)])
def test_an_echo_is_a_pitch_or_a_length(meter):
    echoes = BarEchoes()
    echoes.add_note(0, 21, 5, 0)
    bar = bar_ticks(meter)
    keyed, held = echoes.echo_rows(bar, bar, False), echoes.echo_rows(bar, bar, True)
    assert (keyed[0], held[0]) == (0, 88 + 4)
    assert keyed[1:] == held[1:] == [137 * place + 136 for place in (1, 2, 3)]
