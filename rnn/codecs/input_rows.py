"""Input rows: what a network is shown at each step beside the last token, whatever the codec.

A step shows `WIDTH` rows of the input matrix, one of each kind: the last token, the place in the
bar, the bar of sixteen, the meter, the shift, the last pitch, and what began 1, 2, 4 and 8 bars
before. Where music has several voices, the notes that sound are shown after those.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import LOWEST_PITCH, Meter
from rnn.codecs.bar_echoes import BARS, ECHO_ROWS, ECHOES, KEYS, METERS, PHASES
from rnn.codecs.codec import LOWEST_SHIFT, SHIFTS

TOKEN, PHASE, BAR, METER, SHIFT, LAST, ECHO = range(7)
"""Where each kind, and the first of the echoes, stands among the rows shown."""
WIDTH = ECHO + len(ECHOES)
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
        self.bar = self.phase + PHASES
        self.meter = self.bar + BARS
        self.shift = self.meter + len(METERS)
        self.last = self.shift + SHIFTS
        self.echo = self.last + KEYS + 1
        self.voice = self.echo + len(ECHOES) * ECHO_ROWS
        self.end = self.voice + (KEYS + 1 if voices else 0)

    def active(
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
            As `Echoes.rows` gives them.
        voices : int
            How many voices there is room for.
        """
        shown = np.empty(WIDTH + voices, np.int32)
        shown[TOKEN] = self.token + token
        shown[PHASE] = self.phase + min(at % bar, PHASES - 1)
        shown[BAR] = self.bar + at // bar % BARS
        shown[METER] = self.meter + METERS.index(meter)
        shown[SHIFT] = self.shift - LOWEST_SHIFT
        shown[LAST] = self.last + (pitch - LOWEST_PITCH if pitch else KEYS)
        shown[ECHO:WIDTH] = echoes
        shown[ECHO:WIDTH] += self.echo
        shown[WIDTH:] = self.voice + KEYS
        return shown


def sources(token: int, last: int, echoes: Sequence[int], voices: int = 0) -> NDArray[np.int32]:
    """Of which note each row of `InputRows.active` speaks, -1 for none, (WIDTH + voices,).

    Parameters
    ----------
    token, last : int
        The notes of the last token and the last pitch.
    echoes : sequence of int
        As `Echoes.notes` gives them.
    """
    speaks = np.full(WIDTH + voices, -1, np.int32)
    speaks[TOKEN], speaks[LAST] = token, last
    speaks[ECHO:WIDTH] = echoes
    return speaks
