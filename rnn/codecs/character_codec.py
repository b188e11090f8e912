"""The character codec: a melody as text, in the core of ABC notation (`rnn.codecs.abc_text`).

    M:6/8
    z5 D |G2 A B2 c |d ^c d e2 f |g6- |g3 z3 |

Each character is a token. The meter comes first, a space completes a note, and a line end completes
the tune. `encode` writes a bar line where a bar is full; a reader accepts one after any note or
rest, so that bars are the network's own task.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import TICKS_PER_BEAT, Meter, Tune, quantise_tune
from rnn.codecs.abc_text import CHARACTERS, key_text, length_text
from rnn.codecs.bar_echoes import bar_ticks, beats_to_ticks, known_meter
from rnn.codecs.character_reader import (
    BAR_TOKEN,
    CHARACTER_INPUT_ROWS,
    CHARACTER_TOKENS,
    END_TOKEN,
    KEY_TREE,
    TOKEN_COUNT,
    CharacterReader,
    text_to_tokens,
)
from rnn.codecs.codec import Codec, TokenReader
from rnn.codecs.input_rows import MELODY_WIDTH, TRANSPOSITION_COLUMN

SIXTEENTH_BEATS = 0.25  # length of a sixteenth note, beats
CHORD_WINDOW_BEATS = 0.125  # time within which keys count as a chord, beats


class CharacterCodec(Codec):
    """Melodies as characters, with the input rows of the note codec's melodies."""

    kind: ClassVar[str] = "characters"
    holds_chords: ClassVar[bool] = False
    token_count_depends_on_key: ClassVar[bool] = True

    def __init__(self) -> None:
        self.input_rows = CHARACTER_INPUT_ROWS
        self.outputs = TOKEN_COUNT
        self.inputs = self.input_rows.row_count
        self.width = MELODY_WIDTH
        self.transposition_row = self.input_rows.transposition
        self.end_token = END_TOKEN
        self.key_tree = KEY_TREE
        self.choice_count = TOKEN_COUNT + len(KEY_TREE.spellings)
        self.key_choices = slice(TOKEN_COUNT, self.choice_count)
        self.skippable_tokens = (BAR_TOKEN,)

    def new_reader(self) -> CharacterReader:
        return CharacterReader()

    def fit_tune(self, tune: Tune) -> Tune:
        """The tune on the grid, with the highest note of each chord, cut at the next onset."""
        highest = {note.onset: note for note in quantise_tune(tune).notes}  # the last of each onset
        notes = list(highest.values())
        until = [note.onset for note in notes[1:]] + [notes[-1].end if notes else 0.0]
        for k, (note, stop) in enumerate(zip(notes, until, strict=True)):
            if note.end > stop:
                ticks = beats_to_ticks(stop - note.onset)
                notes[k] = replace(note, duration=ticks / TICKS_PER_BEAT)
        return replace(tune, notes=tuple(notes), meter=known_meter(tune.meter))

    def meter_tokens(self, meter: Meter) -> NDArray[np.int32]:
        return text_to_tokens(f"M:{known_meter(meter)}\n")

    def encode(self, tune: Tune) -> NDArray[np.int32]:
        return text_to_tokens(_tune_text(self.fit_tune(tune)))

    def quantise_timing(self, length: float, until: float) -> tuple[float, float]:
        """Round to sixteenths: a key lasts until the next unless released early.

        Keys of a chord follow one another at the distance of a tick.
        """
        if until < CHORD_WINDOW_BEATS:
            return 1 / TICKS_PER_BEAT, 1 / TICKS_PER_BEAT
        until = max(1, round(until / SIXTEENTH_BEATS)) * SIXTEENTH_BEATS
        if length > until / 2:
            return until, until
        return max(1, round(length / SIXTEENTH_BEATS)) * SIXTEENTH_BEATS, until

    def spell_onset(
        self,
        reader: TokenReader,
        pitch: int,
        onset: float,
        velocity: int = 80,
        part: int | None = None,
    ) -> NDArray[np.int32]:
        if not isinstance(reader, CharacterReader) or not reader.awaits_key:
            raise ValueError("a note can be struck only when the one before has its length")
        ticks = beats_to_ticks(onset)
        if ticks < reader.cursor:
            raise ValueError(f"beat {onset} is before the end of the last note")
        gap = _gap_text(reader.cursor, ticks, reader.bar, reader.forbids_bar_line)
        return text_to_tokens(gap + key_text(pitch))

    def spell_length(self, reader: TokenReader, beats: float) -> NDArray[np.int32]:
        if not isinstance(reader, CharacterReader) or not reader.awaits_length:
            raise ValueError("only a note that was struck has a length")
        ticks = max(1, beats_to_ticks(beats))
        return text_to_tokens(_tied_length_text(reader.cursor, ticks, reader.bar, reader.pitch))

    def transpose_tokens(
        self, tokens: NDArray[np.int32], features: NDArray[np.int16], semitones: int
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        reader = self.new_reader()
        notes = [note for token in tokens.tolist() if (note := reader.advance(token)) is not None]
        tune = Tune(tuple(notes), reader.meter).transposed(semitones)
        transposed = text_to_tokens(_tune_text(tune))
        reader, rows = self.new_reader(), np.empty((len(transposed), self.width), np.int32)
        for place, token in enumerate(transposed.tolist()):
            rows[place] = reader.features()
            reader.advance(token)
        rows[:, TRANSPOSITION_COLUMN] += semitones
        return transposed, rows

    def pitch_classes(self, tokens: NDArray[np.int32]) -> NDArray[np.int32]:
        classes = _LETTER_CLASSES[tokens]
        sharp = np.zeros(len(tokens), np.int32)
        sharp[1:] = tokens[:-1] == CHARACTER_TOKENS["^"]
        return np.where(classes < 0, -1, (classes + sharp) % 12)

    def tokens_to_text(self, tokens: Sequence[int]) -> str:
        return "".join(CHARACTERS[token] for token in tokens)


_LETTER_CLASSES = np.full(TOKEN_COUNT, -1, np.int32)
"""Pitch class of each character; -1 for none."""
for _letter, _tone in zip("CDEFGAB", (0, 2, 4, 5, 7, 9, 11), strict=True):
    _LETTER_CLASSES[[CHARACTER_TOKENS[_letter], CHARACTER_TOKENS[_letter.lower()]]] = _tone


def _tune_text(tune: Tune) -> str:
    """The text of a fitted tune."""
    bar, time = bar_ticks(tune.meter), 0
    parts = [f"M:{tune.meter}\n"]
    for note in tune.notes:
        onset, ticks = beats_to_ticks(note.onset), beats_to_ticks(note.duration)
        parts.append(_gap_text(time, onset, bar, len(parts) == 1))
        parts.append(key_text(note.pitch))
        parts.append(_tied_length_text(onset, ticks, bar, note.pitch))
        time = onset + ticks
    return "".join(parts) + "\n"


def _gap_text(time: int, onset: int, bar: int, forbids_bar_line: bool) -> str:
    """Rests and bar lines from a time to an onset, ticks."""
    text = ""
    while True:
        if time % bar == 0 and not forbids_bar_line:
            text += "|"
        if time == onset:
            return text
        stop = min(onset, time + bar - time % bar)
        text += f"z{length_text(stop - time)} "
        time, forbids_bar_line = stop, False


def _tied_length_text(onset: int, ticks: int, bar: int, pitch: int) -> str:
    """The length of a note, tied over each bar line it crosses."""
    tied, left = "", bar - onset % bar
    while ticks > left:
        tied += f"{length_text(left)}-|{key_text(pitch)}"
        ticks, left = ticks - left, bar
    return f"{tied}{length_text(ticks)} "
