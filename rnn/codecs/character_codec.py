"""The character codec: a melody as text, in the core of ABC notation (see `rnn.codecs.abc_text`).

    M:6/8
    z5 D |G2 A B2 c |d ^c d e2 f |g6- |g3 z3 |

Each character is a token; the space after a note completes it. The meter comes first, and a line's
end ends the tune. Where a bar line stands is the writer's own affair: `encode` writes one wherever
a bar is full, and a reader takes one after any note or rest. So a network has to know its bars.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import TICKS_PER_BEAT, Meter, Tune, on_grid
from rnn.codecs.abc_text import CHARACTERS, key_text, length_text
from rnn.codecs.bar_echoes import bar_ticks, known_meter, ticks_of
from rnn.codecs.character_reader import (
    CODE,
    END,
    KEY_TREE,
    OUTPUTS,
    ROWS,
    CharacterReader,
)
from rnn.codecs.codec import Codec, Reader
from rnn.codecs.input_rows import SHIFT, WIDTH

SIXTEENTH = 0.25
"""A sixteenth note, beats."""
RUN = 0.125
"""Keys struck within this are taken for a chord, beats."""


class CharacterCodec(Codec):
    """Melodies as characters.

    Notes
    -----
    Beside the last character the network is shown what the note codec shows of a melody: the place
    in bar and phrase, the meter, the shift, the last pitch, what began 1, 2, 4 and 8 bars before.
    """

    kind: ClassVar[str] = "characters"

    def __init__(self) -> None:
        self.rows = ROWS
        self.outputs = OUTPUTS
        self.inputs = self.rows.end
        self.width = WIDTH
        self.shift_row = self.rows.shift
        self.end_token = END
        self.tree = KEY_TREE
        self.choices = OUTPUTS + len(KEY_TREE.spellings)
        self.keys = slice(OUTPUTS, self.choices)
        self.passing = (CODE["|"],)

    def settings(self) -> Mapping[str, int]:
        return {}

    def reader(self) -> CharacterReader:
        return CharacterReader()

    def fitted(self, tune: Tune) -> Tune:
        """On the grid, of notes struck together the highest, each until the next at the most."""
        highest = {note.onset: note for note in on_grid(tune).notes}  # the last of each onset
        notes = list(highest.values())
        until = [note.onset for note in notes[1:]] + [notes[-1].end if notes else 0.0]
        cut = [
            note if note.end <= stop else replace(note, duration=_on_tick(stop - note.onset))
            for note, stop in zip(notes, until, strict=True)
        ]
        return replace(tune, notes=tuple(cut), meter=known_meter(tune.meter))

    def opening(self, meter: Meter) -> NDArray[np.int32]:
        return _tokens(f"M:{known_meter(meter)}\n")

    def encode(self, tune: Tune) -> NDArray[np.int32]:
        return _tokens(_written(self.fitted(tune)))

    def heard(self, length: float, until: float) -> tuple[float, float]:
        """In sixteenths, each key to the next unless it was let go early; a chord is a run."""
        if until < RUN:
            return 1 / TICKS_PER_BEAT, 1 / TICKS_PER_BEAT
        until = max(1, round(until / SIXTEENTH)) * SIXTEENTH
        if length > until / 2:
            return until, until
        return max(1, round(length / SIXTEENTH)) * SIXTEENTH, until

    def spell_onset(self, reader: Reader, pitch: int, onset: float) -> NDArray[np.int32]:
        if not isinstance(reader, CharacterReader) or not reader.awaits_key:
            raise ValueError("a note can be struck only when the one before has its length")
        at = ticks_of(onset)
        if at < reader.cursor:
            raise ValueError(f"beat {onset} is before the end of the last note")
        return _tokens(_until(reader.cursor, at, reader.bar, reader.fresh) + key_text(pitch))

    def spell_length(self, reader: Reader, beats: float) -> NDArray[np.int32]:
        if not isinstance(reader, CharacterReader) or not reader.awaits_length:
            raise ValueError("only a note that was struck has a length")
        return _tokens(_lasting(reader.cursor, max(1, ticks_of(beats)), reader.bar, reader.pitch))

    def moved(
        self, tokens: NDArray[np.int32], features: NDArray[np.int16], semitones: int
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        reader = self.reader()
        notes = [note for token in tokens.tolist() if (note := reader.advance(token)) is not None]
        moved = _tokens(_written(Tune(tuple(notes), reader.meter).transposed(semitones)))
        reader, shown = self.reader(), np.empty((len(moved), self.width), np.int32)
        for place, token in enumerate(moved.tolist()):
            shown[place] = reader.features()
            reader.advance(token)
        shown[:, SHIFT] += semitones
        return moved, shown

    def pitch_classes(self, tokens: NDArray[np.int32]) -> NDArray[np.int32]:
        classes = _CLASSES[tokens]
        sharp = np.zeros(len(tokens), np.int32)
        sharp[1:] = tokens[:-1] == CODE["^"]
        return np.where(classes < 0, -1, (classes + sharp) % 12)

    def text(self, tokens: Sequence[int]) -> str:
        return "".join(CHARACTERS[token] for token in tokens)


def _letter_classes() -> NDArray[np.int32]:
    classes = np.full(OUTPUTS, -1, np.int32)
    for letter, tone in zip("CDEFGAB", (0, 2, 4, 5, 7, 9, 11), strict=True):
        classes[[CODE[letter], CODE[letter.lower()]]] = tone
    return classes


_CLASSES = _letter_classes()


def _tokens(text: str) -> NDArray[np.int32]:
    return np.array([CODE[character] for character in text], np.int32)


def _on_tick(beats: float) -> float:
    return ticks_of(beats) / TICKS_PER_BEAT


def _written(tune: Tune) -> str:
    """The text of a tune that fits."""
    bar, at = bar_ticks(tune.meter), 0
    parts = [f"M:{tune.meter}\n"]
    for note in tune.notes:
        onset, ticks = ticks_of(note.onset), ticks_of(note.duration)
        parts.append(_until(at, onset, bar, fresh=len(parts) == 1))
        parts.append(key_text(note.pitch))
        parts.append(_lasting(onset, ticks, bar, note.pitch))
        at = onset + ticks
    return "".join(parts) + "\n"


def _until(at: int, onset: int, bar: int, fresh: bool) -> str:
    """Rests and bar lines from a tick to an onset; `fresh` if no bar line may come first."""
    text = ""
    while True:
        if at % bar == 0 and not fresh:
            text += "|"
        if at == onset:
            return text
        stop = min(onset, at + bar - at % bar)
        text += f"z{length_text(stop - at)} "
        at, fresh = stop, False


def _lasting(at: int, ticks: int, bar: int, pitch: int) -> str:
    """A length, tied over as many bar lines as it crosses."""
    room = bar - at % bar
    if ticks <= room:
        return f"{length_text(ticks)} "
    tied = f"{length_text(room)}-|{key_text(pitch)}"
    return tied + _lasting(at + room, ticks - room, bar, pitch)
