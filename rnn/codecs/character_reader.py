"""The reader of characters: where in the text, where in the bar, and what may be written next."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum, auto

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import LOWEST_PITCH, TICKS_PER_BEAT, Note
from rnn.codecs.abc_text import CHARACTERS, LENGTHS, UNIT, key_text
from rnn.codecs.bar_echoes import KEYS, METERS, Echoes, bar_ticks, with_held
from rnn.codecs.codec import Reader
from rnn.codecs.input_rows import InputRows, sources
from rnn.codecs.key_tree import KeyTree

OUTPUTS = len(CHARACTERS)
CODE = {character: code for code, character in enumerate(CHARACTERS)}
END = CODE["\n"]
HEADERS = {f"M:{meter}\n": meter for meter in METERS}
KEY_TREE = KeyTree(
    [[CODE[character] for character in key_text(LOWEST_PITCH + key)] for key in range(KEYS)]
)
ROWS = InputRows(OUTPUTS)


class Await(Enum):
    """What a reader is in the middle of."""

    METER = auto()
    EVENT = auto()  # nothing: a note, a rest or a bar line may begin
    KEY = auto()
    LENGTH = auto()  # of a note or a rest
    TIE = auto()  # the bar line, and the key once more
    NOTHING = auto()


class Last(Enum):
    """What was written in full last."""

    NOTHING = auto()
    NOTE = auto()
    REST = auto()
    BAR = auto()


def _mask(characters: Iterable[str]) -> NDArray[np.bool_]:
    mask = np.zeros(OUTPUTS, bool)
    mask[[CODE[character] for character in characters]] = True
    mask.flags.writeable = False
    return mask


def _prefixes(words: Iterable[str]) -> dict[str, NDArray[np.bool_]]:
    """What goes on after each beginning of some words, each of them ended by its last character."""
    after: dict[str, set[str]] = {}
    for word in words:
        for place, character in enumerate(word):
            after.setdefault(word[:place], set()).add(character)
    return {prefix: _mask(characters) for prefix, characters in after.items()}


def _beats_after(text: str) -> NDArray[np.float32]:
    """Of a length so far spelled, as each character would leave it, the shortest way on."""
    beats = np.zeros(OUTPUTS, np.float32)
    for code, character in enumerate(CHARACTERS):
        longer = [ticks for word, ticks in LENGTHS.items() if word.startswith(text + character)]
        if longer:
            beats[code] = LENGTHS.get(text + character, min(longer)) / TICKS_PER_BEAT
    if text in LENGTHS:
        beats[CODE[" "]] = LENGTHS[text] / TICKS_PER_BEAT
        beats[CODE["-"]] = 2 * LENGTHS[text] / TICKS_PER_BEAT  # more is to be said
    beats.flags.writeable = False
    return beats


_METER = _prefixes(HEADERS)
_EVENT = _mask("\n|z") | _mask(CHARACTERS[token] for token in KEY_TREE.children[0])
_MARKS = [_mask(CHARACTERS[token] for token in following) for following in KEY_TREE.children]
_LENGTH = _prefixes(f"{text} " for text in LENGTHS)
_BEATS = {text: _beats_after(text) for text in _LENGTH}
_EVENT_BEATS = np.zeros(OUTPUTS, np.float32)
_EVENT_BEATS[CODE["z"]] = UNIT / TICKS_PER_BEAT


class CharacterReader(Reader):
    """A place in a text. Times are in ticks from the start of the tune."""

    def __init__(self) -> None:
        self._await = Await.METER
        self._last = Last.NOTHING
        self._token = OUTPUTS  # START
        self._speaks = -1  # the note the last token speaks of
        self._text = ""  # of the meter or the length that is being spelled
        self._forced = ""  # what a tie still needs
        self.meter = METERS[0]
        self.bar = bar_ticks(self.meter)
        self._start = 0  # of what is being spelled
        self._held = 0  # ticks up to a tie
        self._rested = 0  # ticks since the last note
        self._node = 0  # of the key tree
        self._struck = False  # a key has been spelled, its length has not
        self._pitch = 0  # of the last note, or of the one being spelled; 0 before the first
        self._count = 0  # notes struck
        self._echoes = Echoes()

    @property
    def awaits(self) -> Await:
        return self._await

    @property
    def ended(self) -> bool:
        return self._await is Await.NOTHING

    @property
    def awaits_length(self) -> bool:
        return self._struck

    @property
    def awaits_key(self) -> bool:
        return self._await is Await.EVENT

    @property
    def cursor(self) -> int:
        """Where what is written next begins, or goes on after a tie."""
        return self._start + self._held

    @property
    def pitch(self) -> int:
        """Of the last note; 0 before the first."""
        return self._pitch

    @property
    def fresh(self) -> bool:
        """Whether no bar line may stand here: one does, or nothing has been written."""
        return self._last in (Last.NOTHING, Last.BAR)

    def copy(self) -> CharacterReader:
        other = object.__new__(CharacterReader)
        other.__dict__.update(self.__dict__)
        other._echoes = self._echoes.copy()
        return other

    def mask(self) -> NDArray[np.bool_]:
        if self._await is Await.METER:
            return _METER[self._text].copy()
        if self._await is Await.TIE:
            return _mask(self._forced[0]).copy()
        mask = np.zeros(OUTPUTS, bool)
        if self._await is Await.EVENT:
            mask |= _EVENT
            mask[END] = self._last is Last.NOTE
            mask[CODE["|"]] = not self.fresh
            mask[CODE["z"]] = self._last is not Last.REST
        if self._await is Await.KEY:
            mask |= _MARKS[self._node]
        if self._await is Await.LENGTH or self._struck:
            mask |= _LENGTH[self._text]
            mask[CODE["-"]] = self._struck and self._ends_with_the_bar()
        return mask

    def keeps_pitch(self) -> NDArray[np.bool_]:
        mask = self.mask()
        return mask & ~_MARKS[self._node] if self._await is Await.KEY else mask

    def _ends_with_the_bar(self) -> bool:
        ticks = LENGTHS.get(self._text)
        return ticks is not None and (self.cursor + ticks) % self.bar == 0

    def beats(self) -> NDArray[np.float32]:
        if self._await is Await.EVENT:  # the longer it has rested, the less more rest is
            return _EVENT_BEATS / np.float32(1.0 + self._rested / TICKS_PER_BEAT)
        return with_held(_BEATS[self._text], self._held)

    def advance(self, token: int) -> Note | None:
        self._token = token
        character = CHARACTERS[token]
        self._speaks = self.note
        if self._await is Await.METER:
            self._spell_meter(character)
        elif self._await is Await.TIE:
            self._forced = self._forced[1:]
            self._await = Await.TIE if self._forced else Await.LENGTH
        elif self._await is Await.EVENT:
            self._begin(character)
        elif self._await is Await.KEY and token in KEY_TREE.children[self._node]:
            self._spell_key(token)
        else:
            return self._spell_length(character)
        return None

    def _spell_meter(self, character: str) -> None:
        self._speaks = -1
        self._text += character
        if self._text in HEADERS:
            self.meter = HEADERS[self._text]
            self.bar = bar_ticks(self.meter)
            self._text, self._await = "", Await.EVENT

    def _begin(self, character: str) -> None:
        if character == "\n":
            self._await = Await.NOTHING
        elif character == "|":
            self._speaks, self._last = -1, Last.BAR
        elif character == "z":
            self._await = Await.LENGTH
        else:
            self._await = Await.KEY
            self._spell_key(CODE[character])

    def _spell_key(self, token: int) -> None:
        self._node = KEY_TREE.children[self._node][token]
        key = KEY_TREE.key[self._node]
        if key < 0:
            return
        self._pitch = LOWEST_PITCH + key
        self._count += not self._struck
        self._struck = True

    def _spell_length(self, character: str) -> Note | None:
        self._await = Await.LENGTH
        if character not in " -":
            self._text += character
            return None
        self._held += LENGTHS[self._text]
        self._text = ""
        if character == "-":
            self._forced, self._await = f"|{key_text(self._pitch)}", Await.TIE
            return None
        return self._finish()

    def _finish(self) -> Note | None:
        onset, length = self._start, self._held
        self._start, self._held = onset + length, 0
        self._await, self._node = Await.EVENT, 0
        if not self._struck:
            self._last = Last.REST
            self._rested += length
            return None
        self._last, self._struck, self._rested = Last.NOTE, False, 0
        self._echoes.add(onset, self._pitch, length, self._count - 1)
        return Note(self._pitch, onset / TICKS_PER_BEAT, length / TICKS_PER_BEAT)

    def features(self) -> NDArray[np.int32]:
        echoes = self._echoes.rows(self._start, self.bar, self._struck)
        return ROWS.active(self._token, self.cursor, self.bar, self.meter, self._pitch, echoes)

    @property
    def note(self) -> int:
        return self._count - 1 if self._struck else self._count

    def sources(self) -> NDArray[np.int32]:
        last = self._count - 1  # -1 before the first
        return sources(self._speaks, last, self._echoes.notes(self._start, self.bar))
