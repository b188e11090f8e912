"""The reader of characters: position in the text and the bar, and valid next characters."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum, auto

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import LOWEST_PITCH, TICKS_PER_BEAT, Note
from rnn.codecs.abc_text import CHARACTERS, EIGHTH_TICKS, TICKS_BY_LENGTH_TEXT, key_text
from rnn.codecs.bar_echoes import KEY_COUNT, KNOWN_METERS, add_held_beats, bar_ticks
from rnn.codecs.codec import KeyTree, TokenReader
from rnn.codecs.input_rows import InputRows, row_sources

TOKEN_COUNT = len(CHARACTERS)
CHARACTER_TOKENS = {character: token for token, character in enumerate(CHARACTERS)}
END_TOKEN = CHARACTER_TOKENS["\n"]
BAR_TOKEN, REST_TOKEN, TIE_TOKEN = (CHARACTER_TOKENS[character] for character in "|z-")
METERS_BY_HEADER = {f"M:{meter}\n": meter for meter in KNOWN_METERS}
CHARACTER_INPUT_ROWS = InputRows(TOKEN_COUNT)


def text_to_tokens(text: str) -> NDArray[np.int32]:
    """Tokens of a text."""
    return np.array([CHARACTER_TOKENS[character] for character in text], np.int32)


KEY_TREE = KeyTree([text_to_tokens(key_text(LOWEST_PITCH + k)).tolist() for k in range(KEY_COUNT)])


class CharacterReaderState(Enum):
    """Kind of the text at the position."""

    METER = auto()
    EVENT = auto()  # the start of a note, a rest or a bar line
    KEY = auto()
    LENGTH = auto()  # of a note or a rest
    TIE = auto()  # the bar line and the repeated key
    NOTHING = auto()  # the tune has ended


METER, EVENT, KEY, LENGTH, TIE, NOTHING = CharacterReaderState


class LastEvent(Enum):
    """The last complete event."""

    NONE = auto()
    NOTE = auto()
    REST = auto()
    BAR = auto()


def _token_mask(tokens: Iterable[int]) -> NDArray[np.bool_]:
    mask = np.zeros(TOKEN_COUNT, bool)
    mask[list(tokens)] = True
    mask.flags.writeable = False
    return mask


def _prefix_masks(words: Iterable[str]) -> dict[str, NDArray[np.bool_]]:
    """Valid next characters after each proper prefix of some words."""
    following: dict[str, set[int]] = {}
    for word in words:
        for place, character in enumerate(word):
            following.setdefault(word[:place], set()).add(CHARACTER_TOKENS[character])
    return {prefix: _token_mask(tokens) for prefix, tokens in following.items()}


_SHORTEST_TICKS: dict[str, int] = {}
"""Ticks of the shortest length that each prefix of a length text can be completed to."""
for _text, _ticks in TICKS_BY_LENGTH_TEXT.items():
    for _end in range(len(_text) + 1):
        _SHORTEST_TICKS[_text[:_end]] = min(_ticks, _SHORTEST_TICKS.get(_text[:_end], _ticks))


def _beats_after(text: str) -> NDArray[np.float32]:
    """Length, beats, of a spelling with each character appended, completed as short as possible."""
    beats = np.zeros(TOKEN_COUNT, np.float32)
    for token, character in enumerate(CHARACTERS):
        longer = text + character
        if longer in _SHORTEST_TICKS:
            beats[token] = (
                TICKS_BY_LENGTH_TEXT.get(longer, _SHORTEST_TICKS[longer]) / TICKS_PER_BEAT
            )
    if text in TICKS_BY_LENGTH_TEXT:
        beats[CHARACTER_TOKENS[" "]] = TICKS_BY_LENGTH_TEXT[text] / TICKS_PER_BEAT
        beats[TIE_TOKEN] = 2 * TICKS_BY_LENGTH_TEXT[text] / TICKS_PER_BEAT  # an estimate
    beats.flags.writeable = False
    return beats


_METER_MASKS = _prefix_masks(METERS_BY_HEADER)
_EVENT_MASK = _token_mask([END_TOKEN, BAR_TOKEN, REST_TOKEN, *KEY_TREE.children[0]])
_KEY_MASKS = [_token_mask(children) for children in KEY_TREE.children]
_LENGTH_MASKS = _prefix_masks(f"{text} " for text in TICKS_BY_LENGTH_TEXT)
_BEATS = {text: _beats_after(text) for text in _LENGTH_MASKS}
_EVENT_BEATS = np.zeros(TOKEN_COUNT, np.float32)
_EVENT_BEATS[REST_TOKEN] = EIGHTH_TICKS / TICKS_PER_BEAT


class CharacterReader(TokenReader):
    """A position in a text. Times are in ticks from the start of the tune."""

    def __init__(self) -> None:
        super().__init__(TOKEN_COUNT)
        self.expected_kind = METER
        self._last = LastEvent.NONE
        self._token_note = -1  # note the last token belongs to
        self._text = ""  # part of the meter or length read so far
        self._tie_remainder = ""  # rest of a tie: bar line and key
        self._start = 0  # onset of the current event
        self._rest_ticks = 0  # since the last note
        self._node = 0  # of the key tree
        self.awaits_length = False

    @property
    def awaits_key(self) -> bool:
        return self.expected_kind is EVENT

    @property
    def cursor(self) -> int:
        """Onset of the next event, or end of the current note's tied part."""
        return self._start + self._held

    @property
    def forbids_bar_line(self) -> bool:
        """Whether a bar line is invalid: after another one, or at the start."""
        return self._last in (LastEvent.NONE, LastEvent.BAR)

    def mask(self) -> NDArray[np.bool_]:
        kind = self.expected_kind
        if kind is METER:
            return _METER_MASKS[self._text].copy()
        if kind is TIE:
            return _token_mask([CHARACTER_TOKENS[self._tie_remainder[0]]]).copy()
        mask = np.zeros(TOKEN_COUNT, bool)
        if kind is EVENT:
            mask |= _EVENT_MASK
            mask[END_TOKEN] = self._last is LastEvent.NOTE
            mask[BAR_TOKEN] = not self.forbids_bar_line
            mask[REST_TOKEN] = self._last is not LastEvent.REST
        if kind is KEY:
            mask |= _KEY_MASKS[self._node]
        if kind is LENGTH or self.awaits_length:
            mask |= _LENGTH_MASKS[self._text]
            mask[TIE_TOKEN] = self.awaits_length and self._ends_at_bar_line()
        return mask

    def pitch_preserving_mask(self) -> NDArray[np.bool_]:
        mask = self.mask()
        return mask & ~_KEY_MASKS[self._node] if self.expected_kind is KEY else mask

    def _ends_at_bar_line(self) -> bool:
        """Whether the length read so far ends at a bar line."""
        ticks = TICKS_BY_LENGTH_TEXT.get(self._text)
        return ticks is not None and (self.cursor + ticks) % self.bar == 0

    def token_beats(self) -> NDArray[np.float32]:
        if self.expected_kind is EVENT:  # a further rest counts less after a long one
            return _EVENT_BEATS / np.float32(1.0 + self._rest_ticks / TICKS_PER_BEAT)
        return add_held_beats(_BEATS[self._text], self._held)

    def advance(self, token: int) -> Note | None:
        self._token = token
        self._token_note = self.note_index
        kind, character = self.expected_kind, CHARACTERS[token]
        if kind is METER:
            self._read_meter(character)
        elif kind is TIE:
            self._tie_remainder = self._tie_remainder[1:]
            self.expected_kind = TIE if self._tie_remainder else LENGTH
        elif kind is EVENT:
            self._begin_event(token)
        elif kind is KEY and token in KEY_TREE.children[self._node]:
            self._read_key(token)
        else:
            return self._read_length(character)
        return None

    def _read_meter(self, character: str) -> None:
        self._token_note = -1
        self._text += character
        if self._text in METERS_BY_HEADER:
            self.meter = METERS_BY_HEADER[self._text]
            self.bar = bar_ticks(self.meter)
            self._text, self.expected_kind = "", EVENT

    def _begin_event(self, token: int) -> None:
        if token == END_TOKEN:
            self.expected_kind = NOTHING
        elif token == BAR_TOKEN:
            self._token_note, self._last = -1, LastEvent.BAR
        elif token == REST_TOKEN:
            self.expected_kind = LENGTH
        else:
            self.expected_kind = KEY
            self._read_key(token)

    def _read_key(self, token: int) -> None:
        self._node = KEY_TREE.children[self._node][token]
        key = KEY_TREE.key_at_node[self._node]
        if key >= 0:
            self.pitch = LOWEST_PITCH + key
            self._count += not self.awaits_length
            self.awaits_length = True

    def _read_length(self, character: str) -> Note | None:
        self.expected_kind = LENGTH
        if character not in " -":
            self._text += character
            return None
        self._held += TICKS_BY_LENGTH_TEXT[self._text]
        self._text = ""
        if character == " ":
            return self._finish_event()
        self._tie_remainder, self.expected_kind = f"|{key_text(self.pitch)}", TIE
        return None

    def _finish_event(self) -> Note | None:
        onset, length = self._start, self._held
        self._start, self._held = onset + length, 0
        self.expected_kind, self._node = EVENT, 0
        if not self.awaits_length:
            self._last = LastEvent.REST
            self._rest_ticks += length
            return None
        self._last, self.awaits_length, self._rest_ticks = LastEvent.NOTE, False, 0
        self._echoes.add_note(onset, self.pitch, length, self._count - 1)
        return Note(self.pitch, onset / TICKS_PER_BEAT, length / TICKS_PER_BEAT)

    def features(self) -> NDArray[np.int32]:
        echoes = self._echoes.echo_rows(self._start, self.bar, self.awaits_length)
        rows = CHARACTER_INPUT_ROWS.active_rows(
            self._token, self.cursor, self.bar, self.meter, self.pitch, echoes
        )
        return np.array(rows, np.int32)

    def row_sources(self) -> NDArray[np.int32]:
        last = self._count - 1  # -1 before the first
        return row_sources(self._token_note, last, self._echoes.echo_notes(self._start, self.bar))
