from __future__ import annotations

import numpy as np
import pytest

from midi_data.drums import DrumPart
from midi_data.notes import Note, Tune
from rnn.codecs.drum_codec import DrumCodec
from rnn.codecs.drum_reader import (
    END_TOKEN,
    FIRST_MICRO_TOKEN,
    FIRST_PART_TOKEN,
    FIRST_SHIFT_TOKEN,
    FIRST_VELOCITY_TOKEN,
    MICRO_STEPS,
    ROW_COUNT,
    WIDTH,
    DrumReader,
    class_velocity,
    tempo_class,
    velocity_class,
)

CODEC = DrumCodec()


def begun(name: str = "rock beat") -> DrumReader:
    """A reader after the conditions of a tune."""
    reader = CODEC.new_reader()
    for token in CODEC.condition_tokens(Tune((), name=name)):
        reader.push(token)
    return reader


def push_hit(reader: DrumReader, part: DrumPart, micro: int = 18, velocity: int = 8) -> Note | None:
    """Read a hit in the cell the reader is in."""
    reader.push(FIRST_PART_TOKEN + part)
    reader.push(FIRST_VELOCITY_TOKEN + velocity)
    return reader.push(FIRST_MICRO_TOKEN + micro)


def test_the_features_stay_in_their_rows_and_no_two_are_the_same():
    reader = begun()
    for _ in range(100):
        reader.push(FIRST_SHIFT_TOKEN)
        push_hit(reader, DrumPart.KICK)
        rows = reader.features()
        assert len(rows) == WIDTH == len(set(rows.tolist()))
        assert 0 <= rows.min() <= rows.max() < ROW_COUNT


def test_what_comes_later_does_not_change_the_input_before():
    short = CODEC.encode(Tune((Note(36, 0, 1), Note(38, 1, 1))))[:-1]
    long = CODEC.encode(Tune((Note(36, 0, 1), Note(38, 1, 1), Note(42, 1.5, 1))))
    rows = []
    for tokens in (short, long[: len(short)]):
        reader = CODEC.new_reader()
        rows.append([])
        for token in tokens.tolist():
            rows[-1].append(reader.features())
            reader.push(token)
    assert np.array_equal(*rows)


def test_parts_of_a_cell_ascend():
    reader = begun()
    reader.push(FIRST_SHIFT_TOKEN)
    push_hit(reader, DrumPart.CLOSED_HAT)
    assert not reader.mask()[FIRST_PART_TOKEN + DrumPart.SNARE]
    assert reader.mask()[FIRST_PART_TOKEN + DrumPart.RIDE]
    with pytest.raises(ValueError, match="may not come here"):
        reader.push(FIRST_PART_TOKEN + DrumPart.SNARE)


def test_a_part_again_in_its_cell_is_later():
    reader = begun()
    reader.push(FIRST_SHIFT_TOKEN)
    push_hit(reader, DrumPart.SNARE, micro=20)
    reader.push(FIRST_PART_TOKEN + DrumPart.SNARE)
    reader.push(FIRST_VELOCITY_TOKEN)
    valid = np.flatnonzero(reader.mask()) - FIRST_MICRO_TOKEN
    assert valid.tolist() == list(range(21, MICRO_STEPS))


def test_after_the_last_place_of_a_cell_its_part_cannot_come_again():
    reader = begun()
    reader.push(FIRST_SHIFT_TOKEN)
    push_hit(reader, DrumPart.SNARE, micro=MICRO_STEPS - 1)
    assert not reader.mask()[FIRST_PART_TOKEN + DrumPart.SNARE]


def test_a_tune_ends_after_a_hit_only():
    reader = begun()
    assert not reader.mask()[END_TOKEN]
    reader.push(FIRST_SHIFT_TOKEN)
    assert not reader.mask()[END_TOKEN]
    push_hit(reader, DrumPart.KICK)
    reader.push(END_TOKEN)
    assert reader.ended


def test_a_copy_goes_its_own_way():
    reader = begun()
    reader.push(FIRST_SHIFT_TOKEN)
    push_hit(reader, DrumPart.KICK)
    before, other = reader.features(), reader.copy()
    push_hit(other, DrumPart.RIDE)
    other.push(FIRST_SHIFT_TOKEN)
    assert np.array_equal(reader.features(), before)


def test_the_input_tells_what_was_hit_a_bar_ago():
    reader, again = begun(), begun()
    for each, part in ((reader, DrumPart.KICK), (again, DrumPart.SNARE)):
        each.push(FIRST_SHIFT_TOKEN)
        push_hit(each, part)
        each.push(FIRST_SHIFT_TOKEN + 14)
        push_hit(each, DrumPart.RIDE)
        each.push(FIRST_SHIFT_TOKEN)  # a bar after the first hit
    assert not np.array_equal(reader.features(), again.features())


def test_a_fill_can_be_asked_for_at_any_time():
    reader = begun()
    before = reader.features()
    reader.fill = True
    assert (reader.features() != before).sum() == 1


def test_classes_of_velocity_hold_their_middle():
    assert [velocity_class(class_velocity(k)) for k in range(16)] == list(range(16))
    assert max(abs(class_velocity(velocity_class(v)) - v) for v in range(1, 128)) <= 4


def test_tempi_out_of_range_have_the_nearest_class():
    assert (tempo_class(30.0), tempo_class(50.0), tempo_class(1000.0)) == (0, 0, 15)
