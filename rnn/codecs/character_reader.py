"""The reader of characters: where in the text, where in the bar, and what may be written next."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum, auto

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import LOWEST_PITCH, TICKS_PER_BEAT, Note
from rnn.codecs.abc_text import CHARACTERS, EIGHTH_TICKS, TICKS_BY_LENGTH_TEXT, key_text
from rnn.codecs.bar_echoes import KEY_COUNT, KNOWN_METERS, BarEchoes, add_held_beats, bar_ticks
from rnn.codecs.codec import TokenReader
from rnn.codecs.input_rows import InputRows, row_sources
from rnn.codecs.key_tree import KeyTree

TOKEN_COUNT = len(CHARACTERS)
CHARACTER_TOKENS = {character: code for code, character in enumerate(CHARACTERS)}
END_TOKEN = CHARACTER_TOKENS["\n"]
METERS_BY_HEADER = {f"M:{meter}\n": meter for meter in KNOWN_METERS}
KEY_TREE = KeyTree(
    [
        [CHARACTER_TOKENS[character] for character in key_text(LOWEST_PITCH + key)]
        for key in range(KEY_COUNT)
    ]
)
CHARACTER_INPUT_ROWS = InputRows(TOKEN_COUNT)


class CharacterReaderState(Enum):
    """What a reader is in the middle of."""

    METER = auto()
    EVENT = auto()  # nothing: a note, a rest or a bar line may begin
    KEY = auto()
    LENGTH = auto()  # of a note or a rest
    TIE = auto()  # the bar line, and the key once more
    NOTHING = auto()


class LastWritten(Enum):
    """What was written in full last."""

    NOTHING = auto()
    NOTE = auto()
    REST = auto()
    BAR = auto()


def _character_mask(characters: Iterable[str]) -> NDArray[np.bool_]:
    mask = np.zeros(TOKEN_COUNT, bool)
    mask[[CHARACTER_TOKENS[character] for character in characters]] = True
    mask.flags.writeable = False
    return mask


def _prefix_masks(words: Iterable[str]) -> dict[str, NDArray[np.bool_]]:
    """What goes on after each beginning of some words, each of them ended by its last character."""
    after: dict[str, set[str]] = {}
    for word in words:
        for place, character in enumerate(word):
            after.setdefault(word[:place], set()).add(character)
    return {prefix: _character_mask(characters) for prefix, characters in after.items()}


def _beats_after(text: str) -> NDArray[np.float32]:
    """Of a length so far spelled, as each character would leave it, the shortest way on."""
    beats = np.zeros(TOKEN_COUNT, np.float32)
    for code, character in enumerate(CHARACTERS):
        longer = [
            ticks
            for word, ticks in TICKS_BY_LENGTH_TEXT.items()
            if word.startswith(text + character)
        ]
        if longer:
            beats[code] = TICKS_BY_LENGTH_TEXT.get(text + character, min(longer)) / TICKS_PER_BEAT
    if text in TICKS_BY_LENGTH_TEXT:
        beats[CHARACTER_TOKENS[" "]] = TICKS_BY_LENGTH_TEXT[text] / TICKS_PER_BEAT
        beats[CHARACTER_TOKENS["-"]] = (
            2 * TICKS_BY_LENGTH_TEXT[text] / TICKS_PER_BEAT
        )  # more is to be said
    beats.flags.writeable = False
    return beats


_METER_MASKS = _prefix_masks(METERS_BY_HEADER)
_EVENT_MASK = _character_mask("\n|z") | _character_mask(
    CHARACTERS[token] for token in KEY_TREE.children[0]
)
_KEY_MASKS = [
    _character_mask(CHARACTERS[token] for token in following) for following in KEY_TREE.children
]
_LENGTH_MASKS = _prefix_masks(f"{text} " for text in TICKS_BY_LENGTH_TEXT)
_BEATS = {text: _beats_after(text) for text in _LENGTH_MASKS}
_EVENT_BEATS = np.zeros(TOKEN_COUNT, np.float32)
_EVENT_BEATS[CHARACTER_TOKENS["z"]] = EIGHTH_TICKS / TICKS_PER_BEAT


class CharacterReader(TokenReader):
    """A place in a text. Times are in ticks from the start of the tune."""

    def __init__(self) -> None:
        self._reader_state = CharacterReaderState.METER
        self._last = LastWritten.NOTHING
        self._token = TOKEN_COUNT  # START
        self._token_note = -1  # the note the last token speaks of
        self._text = ""  # of the meter or the length that is being spelled
        self._tie_remainder = ""  # what a tie still needs
        self.meter = KNOWN_METERS[0]
        self.bar = bar_ticks(self.meter)
        self._start = 0  # of what is being spelled
        self._held = 0  # ticks up to a tie
        self._rest_ticks = 0  # ticks since the last note
        self._node = 0  # of the key tree
        self._key_is_spelled = False  # a key has been spelled, its length has not
        self._pitch = 0  # of the last note, or of the one being spelled; 0 before the first
        self._count = 0  # notes struck
        self._echoes = BarEchoes()

    @property
    def expected_kind(self) -> CharacterReaderState:
        return self._reader_state

    @property
    def ended(self) -> bool:
        return self._reader_state is CharacterReaderState.NOTHING

    @property
    def awaits_length(self) -> bool:
        return self._key_is_spelled

    @property
    def awaits_key(self) -> bool:
        return self._reader_state is CharacterReaderState.EVENT

    @property
    def cursor(self) -> int:
        """Where what is written next begins, or goes on after a tie."""
        return self._start + self._held

    @property
    def pitch(self) -> int:
        """Of the last note; 0 before the first."""
        return self._pitch

    @property
    def forbids_bar_line(self) -> bool:
        """Whether no bar line may stand here: one does, or nothing has been written."""
        return self._last in (LastWritten.NOTHING, LastWritten.BAR)

    def copy(self) -> CharacterReader:
        other = object.__new__(CharacterReader)
        other.__dict__.update(self.__dict__)
        other._echoes = self._echoes.copy()
        return other

    def mask(self) -> NDArray[np.bool_]:
        if self._reader_state is CharacterReaderState.METER:
            return _METER_MASKS[self._text].copy()
        if self._reader_state is CharacterReaderState.TIE:
            return _character_mask(self._tie_remainder[0]).copy()
        mask = np.zeros(TOKEN_COUNT, bool)
        if self._reader_state is CharacterReaderState.EVENT:
            mask |= _EVENT_MASK
            mask[END_TOKEN] = self._last is LastWritten.NOTE
            mask[CHARACTER_TOKENS["|"]] = not self.forbids_bar_line
            mask[CHARACTER_TOKENS["z"]] = self._last is not LastWritten.REST
        if self._reader_state is CharacterReaderState.KEY:
            mask |= _KEY_MASKS[self._node]
        if self._reader_state is CharacterReaderState.LENGTH or self._key_is_spelled:
            mask |= _LENGTH_MASKS[self._text]
            mask[CHARACTER_TOKENS["-"]] = self._key_is_spelled and self._ends_at_bar_line()
        return mask

    def pitch_preserving_mask(self) -> NDArray[np.bool_]:
        mask = self.mask()
        return (
            mask & ~_KEY_MASKS[self._node]
            if self._reader_state is CharacterReaderState.KEY
            else mask
        )

    def _ends_at_bar_line(self) -> bool:
        ticks = TICKS_BY_LENGTH_TEXT.get(self._text)
        return ticks is not None and (self.cursor + ticks) % self.bar == 0

    def token_beats(self) -> NDArray[np.float32]:
        if (
            self._reader_state is CharacterReaderState.EVENT
        ):  # the longer it has rested, the less more rest is
            return _EVENT_BEATS / np.float32(1.0 + self._rest_ticks / TICKS_PER_BEAT)
        return add_held_beats(_BEATS[self._text], self._held)

    def advance(self, token: int) -> Note | None:
        self._token = token
        character = CHARACTERS[token]
        self._token_note = self.note_index
        if self._reader_state is CharacterReaderState.METER:
            self._spell_meter(character)
        elif self._reader_state is CharacterReaderState.TIE:
            self._tie_remainder = self._tie_remainder[1:]
            self._reader_state = (
                CharacterReaderState.TIE if self._tie_remainder else CharacterReaderState.LENGTH
            )
        elif self._reader_state is CharacterReaderState.EVENT:
            self._begin_event(character)
        elif (
            self._reader_state is CharacterReaderState.KEY
            and token in KEY_TREE.children[self._node]
        ):
            self._spell_key(token)
        else:
            return self._spell_length(character)
        return None

    def _spell_meter(self, character: str) -> None:
        self._token_note = -1
        self._text += character
        if self._text in METERS_BY_HEADER:
            self.meter = METERS_BY_HEADER[self._text]
            self.bar = bar_ticks(self.meter)
            self._text, self._reader_state = "", CharacterReaderState.EVENT

    def _begin_event(self, character: str) -> None:
        if character == "\n":
            self._reader_state = CharacterReaderState.NOTHING
        elif character == "|":
            self._token_note, self._last = -1, LastWritten.BAR
        elif character == "z":
            self._reader_state = CharacterReaderState.LENGTH
        else:
            self._reader_state = CharacterReaderState.KEY
            self._spell_key(CHARACTER_TOKENS[character])

    def _spell_key(self, token: int) -> None:
        self._node = KEY_TREE.children[self._node][token]
        key = KEY_TREE.key_at_node[self._node]
        if key < 0:
            return
        self._pitch = LOWEST_PITCH + key
        self._count += not self._key_is_spelled
        self._key_is_spelled = True

    def _spell_length(self, character: str) -> Note | None:
        self._reader_state = CharacterReaderState.LENGTH
        if character not in " -":
            self._text += character
            return None
        self._held += TICKS_BY_LENGTH_TEXT[self._text]
        self._text = ""
        if character == "-":
            self._tie_remainder, self._reader_state = (
                f"|{key_text(self._pitch)}",
                CharacterReaderState.TIE,
            )
            return None
        return self._finish_event()

    def _finish_event(self) -> Note | None:
        onset, length = self._start, self._held
        self._start, self._held = onset + length, 0
        self._reader_state, self._node = CharacterReaderState.EVENT, 0
        if not self._key_is_spelled:
            self._last = LastWritten.REST
            self._rest_ticks += length
            return None
        self._last, self._key_is_spelled, self._rest_ticks = LastWritten.NOTE, False, 0
        self._echoes.add_note(onset, self._pitch, length, self._count - 1)
        return Note(self._pitch, onset / TICKS_PER_BEAT, length / TICKS_PER_BEAT)

    def features(self) -> NDArray[np.int32]:
        echoes = self._echoes.echo_rows(self._start, self.bar, self._key_is_spelled)
        return CHARACTER_INPUT_ROWS.active_rows(
            self._token, self.cursor, self.bar, self.meter, self._pitch, echoes
        )

    @property
    def note_index(self) -> int:
        return self._count - 1 if self._key_is_spelled else self._count

    def row_sources(self) -> NDArray[np.int32]:
        last = self._count - 1  # -1 before the first
        return row_sources(self._token_note, last, self._echoes.echo_notes(self._start, self.bar))
