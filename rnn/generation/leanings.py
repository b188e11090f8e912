"""Leanings: nats that draw a melody, or four voices, towards what people write.

A network that writes on from its own notes drifts from its corpus: its steps get smaller, it
repeats itself at other distances, and its voices move in parallel. A style's leanings bring these
shares back (`benchmarks/leanings.py` finds them). A voice is counted from the lowest sounding note.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from midi_data.notes import LOWEST_PITCH
from rnn.codecs.codec import TokenReader
from rnn.generation.composer import KEY_COUNT, SamplingParams
from rnn.model.lstm import Array

INTERVAL_BOUNDS = (1, 3, 5, 8)
"""Semitones from which a step is of the next class: none, second, third, to a fifth, larger."""
INTERVAL_CLASSES = np.searchsorted(INTERVAL_BOUNDS, np.arange(KEY_COUNT + 128), side="right")
MIN_REPEATED_NOTES = 3  # notes after which a tune counts as repeating itself
VOICES = 4  # sounding notes whose voices are known

_IS_PERFECT = np.isin(np.arange(12), (0, 7))  # whether an interval is an octave or a fifth
_PITCHES = np.arange(LOWEST_PITCH, LOWEST_PITCH + KEY_COUNT)


def leaning_nats(reader: TokenReader, params: SamplingParams) -> Array | None:
    """Nats of each key as the next note, shape (88,); None for none.

    Parameters
    ----------
    reader : TokenReader
        Where a key may come.
    params : SamplingParams
        With the nats of intervals, echoes, repeats and parallels.
    """
    if not reader.pitch or not (params.interval_nats or params.echo_nats or params.parallel_nats):
        return None
    nats = np.zeros(KEY_COUNT, np.float32)
    before, now = reader.voices()
    if len(before) == VOICES:
        _lead_voices(nats, np.array(before), now, params)
    elif len(params.interval_nats) == 1:
        nats += _interval_table(params.interval_nats)[
            0, INTERVAL_CLASSES[np.abs(_PITCHES - reader.pitch)]
        ]
    if params.echo_nats:
        for place, (pitch, repeated) in enumerate(reader.echo_pitches()):
            if pitch:
                repeats = repeated >= MIN_REPEATED_NOTES
                table = params.repeat_nats if repeats else params.echo_nats
                nats[pitch - LOWEST_PITCH] += table[place]
    return nats


def _lead_voices(
    nats: Array, before: Array, now: list[tuple[int, bool]], params: SamplingParams
) -> None:
    """Add the nats of each key as a voice that goes on from its last pitch.

    `before` are the pitches of the last chord, `now` those of the notes that sound already and
    whether each was just struck; both ascend.
    """
    ranks = np.searchsorted([pitch for pitch, _ in now[: VOICES - 1]], _PITCHES)
    last = before[ranks]
    moves = _PITCHES - last
    if params.interval_nats:
        table = _interval_table(params.interval_nats)
        nats += table[np.minimum(ranks, len(table) - 1), INTERVAL_CLASSES[np.abs(moves)]]
    if not params.parallel_nats:
        return
    for rank, (pitch, is_struck) in enumerate(now[: VOICES - 1]):
        moved = pitch - before[rank]
        if is_struck and moved:
            higher = pitch < _PITCHES
            kept = (moves - moved) % 12 == 0  # the same interval as before, octaves apart
            perfect = _IS_PERFECT[(_PITCHES - pitch) % 12]
            nats[higher & kept & perfect & (moves * moved > 0)] -= params.parallel_nats


@lru_cache(maxsize=8)
def _interval_table(interval_nats: tuple[tuple[float, ...], ...]) -> Array:
    return np.array(interval_nats, np.float32)
