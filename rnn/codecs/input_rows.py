"""Input rows: the layout of the input matrix, in any codec.

A step has `MELODY_WIDTH` active rows, one of each kind: the last token, the place in the bar, the
bar of sixteen, the meter, the transposition, the last pitch, and the echoes of 1, 2, 4 and 8 bars
ago. With voices, rows of the sounding notes follow.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import LOWEST_PITCH, Meter
from rnn.codecs.bar_echoes import (
    BAR_CYCLE_BARS,
    BAR_PHASE_TICKS,
    ECHO_DELAYS_BARS,
    ECHO_ROWS,
    KEY_COUNT,
    KNOWN_METERS,
)
from rnn.codecs.codec import MIN_TRANSPOSE_SEMITONES, TRANSPOSITION_COUNT

TOKEN_COLUMN, PHASE_COLUMN, BAR_COLUMN, METER_COLUMN = range(4)
TRANSPOSITION_COLUMN, LAST_PITCH_COLUMN, ECHO_COLUMN = range(4, 7)
"""Place of each kind among the active rows; the echoes are the last."""
MELODY_WIDTH = ECHO_COLUMN + len(ECHO_DELAYS_BARS)  # active rows without voices


class InputRows:
    """First row of each kind in the input matrix; the kind `token` has one more, for the start."""

    def __init__(self, outputs: int, voices: bool = False) -> None:
        self.token = 0
        self.phase = self.token + outputs + 1
        self.bar = self.phase + BAR_PHASE_TICKS
        self.meter = self.bar + BAR_CYCLE_BARS
        self.transposition = self.meter + len(KNOWN_METERS)
        self.last_pitch = self.transposition + TRANSPOSITION_COUNT
        self.echo = self.last_pitch + KEY_COUNT + 1
        self.voice = self.echo + len(ECHO_DELAYS_BARS) * ECHO_ROWS
        self.row_count = self.voice + (KEY_COUNT + 1 if voices else 0)

    def active_rows(
        self,
        token: int,
        time: int,
        bar: int,
        meter: Meter,
        pitch: int,
        echoes: Sequence[int],
        voices: int = 0,
    ) -> list[int]:
        """The active rows, `MELODY_WIDTH` + `voices` of them, at transposition 0 without voices.

        `time` and `bar`, the length of a bar, are in ticks. `pitch` is that of the last note, 0 for
        none. `echoes` come from `BarEchoes.echo_rows`; `voices` is the number of rows for voices.
        """
        return [  # in the order of the columns; Python's lists are faster here than arrays
            self.token + token,
            self.phase + min(time % bar, BAR_PHASE_TICKS - 1),
            self.bar + time // bar % BAR_CYCLE_BARS,
            self.meter + KNOWN_METERS.index(meter),
            self.transposition - MIN_TRANSPOSE_SEMITONES,
            self.last_pitch + (pitch - LOWEST_PITCH if pitch else KEY_COUNT),
            *[self.echo + row for row in echoes],
            *[self.voice + KEY_COUNT] * voices,
        ]


def row_sources(token: int, last: int, echoes: Sequence[int], voices: int = 0) -> NDArray[np.int32]:
    """The note each of `InputRows.active_rows` depends on, -1 for none.

    `token` and `last` are the notes of the last token and of the last pitch, `echoes` come from
    `BarEchoes.echo_notes`.
    """
    sources = np.full(MELODY_WIDTH + voices, -1, np.int32)
    sources[TOKEN_COLUMN], sources[LAST_PITCH_COLUMN] = token, last
    sources[ECHO_COLUMN:MELODY_WIDTH] = echoes
    return sources
