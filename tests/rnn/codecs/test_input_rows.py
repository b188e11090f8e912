from __future__ import annotations

from midi_data.notes import Meter
from rnn.codecs.input_rows import (
    BAR_COLUMN,
    LAST_PITCH_COLUMN,
    MELODY_WIDTH,
    PHASE_COLUMN,
    TRANSPOSITION_COLUMN,
    InputRows,
    row_sources,
)

LAYOUT = InputRows(10, voices=True)


def test_active_rows_are_at_the_place_in_the_music():
    rows = LAYOUT.active_rows(3, 2 * 36 + 5, 36, Meter(6, 8), 60, [0, 0, 0, 0], voices=2)
    assert len(rows) == MELODY_WIDTH + 2
    assert rows[0] == 3
    assert rows[PHASE_COLUMN] == LAYOUT.phase + 5
    assert rows[BAR_COLUMN] == LAYOUT.bar + 2
    assert rows[TRANSPOSITION_COLUMN] == LAYOUT.transposition + 6
    assert rows[LAST_PITCH_COLUMN] == LAYOUT.last_pitch + 39
    assert max(rows) < LAYOUT.row_count


def test_sources_are_notes_for_the_rows_of_notes_only():
    assert row_sources(4, 3, [-1, 2, -1, 0], voices=1).tolist() == [
        4, -1, -1, -1, -1, 3, -1, 2, -1, 0, -1,
    ]  # fmt: skip
