"""The tokens of plain notes, and the rows of the network's input that all note codecs have."""

from __future__ import annotations

from rnn.codecs.bar_echoes import KEY_COUNT, KNOWN_METERS, MAX_TOKEN_TICKS
from rnn.codecs.input_rows import InputRows
from rnn.codecs.match_echo import MATCH_LENGTH_CLASSES

END_TOKEN = 0
FIRST_METER_TOKEN = 1
TOGETHER_TOKEN = FIRST_METER_TOKEN + len(KNOWN_METERS)
HOLD_TOKEN = TOGETHER_TOKEN + 1
FIRST_SHIFT_TOKEN = HOLD_TOKEN + 1  # token of a gap of one tick; k - 1 more for k ticks
FIRST_PITCH_TOKEN = FIRST_SHIFT_TOKEN + MAX_TOKEN_TICKS  # token of the lowest key
FIRST_DURATION_TOKEN = FIRST_PITCH_TOKEN + KEY_COUNT
"""Token of a length of one tick; k - 1 more for k ticks."""
TOKEN_COUNT = FIRST_DURATION_TOKEN + MAX_TOKEN_TICKS
NOTE_INPUT_ROWS = InputRows(TOKEN_COUNT, voices=True)
MATCH_TOKEN_ROW = NOTE_INPUT_ROWS.row_count
"""First row of the token of a match echo; the row after the tokens' is for none."""
MATCH_LENGTH_ROW = MATCH_TOKEN_ROW + TOKEN_COUNT + 1  # first row of the length of a match echo
MATCH_WIDTH = 2  # active rows of a match echo, the last of all
MATCH_ROWS_END = MATCH_LENGTH_ROW + MATCH_LENGTH_CLASSES
"""Rows of the input with a match echo."""
