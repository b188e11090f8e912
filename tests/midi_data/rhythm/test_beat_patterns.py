from __future__ import annotations

import numpy as np
import pytest

from midi_data.rhythm.beat_patterns import (
    GROUPS,
    METERS,
    PHASES,
    WHOLE,
    PatternTables,
    group_bits,
    load_tables,
)

QUARTER, EIGHTHS, TRIPLET = 0b000001, 0b001001, 0b010101
DOTTED_EIGHTHS = 0b010101  # of a beat of three eighths


@pytest.fixture(scope="module")
def tables() -> PatternTables:
    return load_tables()


def test_the_patterns_of_a_whole_beat_are_a_distribution(tables: PatternTables) -> None:
    assert tables.bars[WHOLE, 0].sum(axis=-1)[:, :4] == pytest.approx(1.0)
    assert tables.uneven[WHOLE].sum(axis=-1) == pytest.approx(1.0)


def test_a_beat_known_in_part_is_likelier_than_each_whole_beat(tables: PatternTables) -> None:
    whole, first, last = tables.bars[:, 0, 0, 0, EIGHTHS]
    assert first >= whole
    assert last >= whole


def test_dotted_beats_have_three_eighths_more_often(tables: PatternTables) -> None:
    patterns = np.full((2, 4), DOTTED_EIGHTHS)
    beats, is_dotted = np.array([4, 4]), np.array([False, True])
    even, dotted = tables.loose_nats(patterns, beats, is_dotted)
    assert dotted > even + 2


def test_beats_after_the_last_onset_do_not_count(tables: PatternTables) -> None:
    patterns = np.array([[QUARTER, EIGHTHS, 0, 0]])
    short = tables.loose_nats(patterns[:, :2], np.array([2]), np.array([False]))
    assert tables.loose_nats(patterns, np.array([2]), np.array([False])) == pytest.approx(short)


def test_a_long_note_is_likelier_from_the_first_beat_than_over_the_bar_line(
    tables: PatternTables,
) -> None:
    patterns = np.array([QUARTER, 0, QUARTER, QUARTER] * 3 + [QUARTER])
    on_bar, off_bar = tables.even_nats(patterns, np.array([0, 0]), np.array([0, 3]))
    assert on_bar > off_bar


def test_bars_that_repeat_are_likelier(tables: PatternTables) -> None:
    meter, phase = np.array([0]), np.array([0])
    like = [QUARTER, EIGHTHS, TRIPLET, QUARTER] * 3 + [QUARTER]
    other = [*like[:8], TRIPLET, EIGHTHS, QUARTER, QUARTER, QUARTER]
    repeated, varied = (tables.even_nats(np.array(p), meter, phase)[0] for p in (like, other))
    assert repeated > varied


def test_groups_of_sevens_are_told_apart(tables: PatternTables) -> None:
    eighths = np.array([0, 2, 4, 7, 9, 11, 14, 16, 18, 21])
    nats = tables.uneven_nats(2 * eighths)
    assert nats.shape == (PHASES, len(GROUPS))
    assert np.unravel_index(np.argmax(nats), nats.shape) == (0, 0)


def test_each_sixteenth_of_a_bar_belongs_to_one_beat_of_a_grouping() -> None:
    assert (np.count_nonzero(group_bits(), axis=1) == len(GROUPS)).all()


def test_each_meter_has_its_price(tables: PatternTables) -> None:
    assert tables.meter_nats.shape == (len(METERS),)
