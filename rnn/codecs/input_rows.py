"""Input rows: what a network is shown at each step beside the last token, whatever the codec.

A step shows `MELODY_WIDTH` rows of the input matrix, one of each kind: the last token, the place in
the bar, the bar of sixteen, the meter, the shift, the last pitch, and what began 1, 2, 4 and 8 bars
before. Where music has several voices, the notes that sound are shown after those.
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

(
    TOKEN_COLUMN,
    PHASE_COLUMN,
    BAR_COLUMN,
    METER_COLUMN,
    TRANSPOSITION_COLUMN,
    LAST_PITCH_COLUMN,
    ECHO_COLUMN,
) = range(7)
"""Where each kind, and the first of the echoes, stands among the rows shown."""
MELODY_WIDTH = ECHO_COLUMN + len(ECHO_DELAYS_BARS)
"""Rows shown of a melody."""


class InputRows:
    """Where each kind of input begins in the input matrix.

    Parameters
    ----------
    outputs : int
        Tokens; one row more says that nothing came yet.
    voices : bool
        Whether there are rows for notes that sound.
    """

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
        at: int,
        bar: int,
        meter: Meter,
        pitch: int,
        echoes: Sequence[int],
        voices: int = 0,
    ) -> NDArray[np.int32]:
        """The rows shown, shape (WIDTH + voices,); the shift is 0, and no voice sounds.

        Parameters
        ----------
        token : int
        at, bar : int
            Where the music is, and the length of its bars, ticks.
        meter : Meter
        pitch : int
            The last, as a MIDI number; 0 before the first.
        echoes : sequence of int
            As `BarEchoes.rows` gives them.
        voices : int
            How many voices there is room for.
        """
        shown = np.empty(MELODY_WIDTH + voices, np.int32)
        shown[TOKEN_COLUMN] = self.token + token
        shown[PHASE_COLUMN] = self.phase + min(at % bar, BAR_PHASE_TICKS - 1)
        shown[BAR_COLUMN] = self.bar + at // bar % BAR_CYCLE_BARS
        shown[METER_COLUMN] = self.meter + KNOWN_METERS.index(meter)
        shown[TRANSPOSITION_COLUMN] = self.transposition - MIN_TRANSPOSE_SEMITONES
        shown[LAST_PITCH_COLUMN] = self.last_pitch + (pitch - LOWEST_PITCH if pitch else KEY_COUNT)
        shown[ECHO_COLUMN:MELODY_WIDTH] = echoes
        shown[ECHO_COLUMN:MELODY_WIDTH] += self.echo
        shown[MELODY_WIDTH:] = self.voice + KEY_COUNT
        return shown


def row_sources(token: int, last: int, echoes: Sequence[int], voices: int = 0) -> NDArray[np.int32]:
    """Of which note each row of `InputRows.active` speaks, -1 for none, (WIDTH + voices,).

    Parameters
    ----------
    token, last : int
        The notes of the last token and the last pitch.
    echoes : sequence of int
        As `BarEchoes.notes` gives them.
    """
    speaks = np.full(MELODY_WIDTH + voices, -1, np.int32)
    speaks[TOKEN_COLUMN], speaks[LAST_PITCH_COLUMN] = token, last
    speaks[ECHO_COLUMN:MELODY_WIDTH] = echoes
    return speaks
