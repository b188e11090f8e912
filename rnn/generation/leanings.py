"""Leanings: nats that draw a melody, or four voices, towards what people write.

A network that continues its own notes drifts from its corpus: its steps get smaller, it
repeats itself at other distances, and its voices move in parallel. A style's leanings bring these
shares back (`benchmarks/leanings.py` finds them). A voice is counted from the lowest sounding note.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from midi_data.notes import LOWEST_PITCH, TICKS_PER_BEAT
from rnn.codecs.codec import TokenReader
from rnn.generation.composer import KEY_COUNT
from rnn.model.arrays import Array
from rnn.model.sampling_params import INTERVAL_BOUNDS, LENGTH_BOUNDS, SamplingParams

INTERVAL_CLASSES = np.searchsorted(INTERVAL_BOUNDS, np.arange(KEY_COUNT + 128), side="right")
MIN_REPEATED_NOTES = 3  # notes after which a tune counts as repeating itself
MIN_SEQUENCE_NOTES = 2  # notes after which it counts as repeating itself higher or lower
ECHO_NAMES = ("echo_nats", "repeat_nats", "loop_nats")  # leanings by `echo_kinds`
VOICES = 4  # sounding notes whose voices are known

_IS_PERFECT = np.isin(np.arange(12), (0, 7))  # whether an interval is an octave or a fifth
_PITCHES = np.arange(LOWEST_PITCH, LOWEST_PITCH + KEY_COUNT)


def leaning_nats(reader: TokenReader, params: SamplingParams) -> Array | None:
    """Bias of each key as the next note, nats, shape (88,); None without leanings.

    Parameters
    ----------
    reader : TokenReader
        Where a key may come.
    params : SamplingParams
        With the nats of intervals, echoes, repeats and parallels.
    """
    echoes = [getattr(params, name) for name in ECHO_NAMES]
    others = params.interval_nats or params.sequence_nats or params.parallel_nats
    if not reader.pitch or not (others or any(echoes)):
        return None
    nats = np.zeros(KEY_COUNT, np.float32)
    before, now = reader.voices()
    if len(before) == VOICES:
        _lead_voices(nats, np.array(before), now, params)
    elif len(params.interval_nats) == 1:
        nats += _table(params.interval_nats)[0, INTERVAL_CLASSES[np.abs(_PITCHES - reader.pitch)]]
    if any(echoes):
        for place, (pitch, _, kind) in enumerate(echo_kinds(reader)):
            if pitch and echoes[kind]:
                rows = _table(echoes[kind])
                nats[pitch - LOWEST_PITCH] += rows[reader.full_bar % len(rows), place]
    if params.sequence_nats:
        for pitch, _, count, shift in reader.repeats():
            key = pitch + shift - LOWEST_PITCH
            if pitch and shift and count >= MIN_SEQUENCE_NOTES and 0 <= key < KEY_COUNT:
                classes = params.sequence_nats[: count - MIN_SEQUENCE_NOTES + 1]
                nats[key] += classes[-1]
    return nats


def echo_kinds(reader: TokenReader) -> list[tuple[int, int, int]]:
    """Pitch (0 for none) and length of each echo of a note, and its place in `ECHO_NAMES`.

    A repeat is a loop if the same notes came at twice the distance too: people play a phrase
    twice, but seldom thrice.
    """
    echoes = reader.repeats()
    again = [count >= MIN_REPEATED_NOTES and not shift for _, _, count, shift in echoes]
    twice = [*again[1:], False]  # at twice the distance
    return [
        (pitch, length, repeats + (repeats and loops))
        for (pitch, length, *_), repeats, loops in zip(echoes, again, twice, strict=True)
    ]


def length_leaning(reader: TokenReader, params: SamplingParams) -> Array | None:
    """Bias of each token as the length of the note just struck, nats, (outputs,), or None."""
    if not params.length_nats and not params.rhythm_nats:
        return None
    beats = reader.token_beats()
    nats = np.zeros(len(beats), np.float32)
    if params.length_nats:
        classes = np.searchsorted(LENGTH_BOUNDS, beats, side="right")
        nats += _table(params.length_nats)[0, classes]
    if params.rhythm_nats:
        repeated = {
            length for pitch, length, kind in echo_kinds(reader) if kind and pitch == reader.pitch
        }
        for length in repeated:
            nats[np.rint(beats * TICKS_PER_BEAT) == length] += params.rhythm_nats
    return nats


def _lead_voices(
    nats: Array, before: Array, now: list[tuple[int, bool]], params: SamplingParams
) -> None:
    """Add the bias of each key (nats) as the next pitch of a voice.

    `before` are the pitches of the last chord, `now` those of the notes that sound already and
    whether each was just struck; both ascend.
    """
    ranks = np.searchsorted([pitch for pitch, _ in now[: VOICES - 1]], _PITCHES)
    last = before[ranks]
    moves = _PITCHES - last
    if params.interval_nats:
        table = _table(params.interval_nats)
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
def _table(nats: tuple) -> Array:
    return np.atleast_2d(np.array(nats, np.float32))
