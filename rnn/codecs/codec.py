"""Interfaces of all codecs: tunes to tokens and back, one token at a time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, ClassVar, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import Meter, Note, Tune
from rnn.codecs.bar_echoes import KNOWN_METERS, BarEchoes, bar_ticks

TRANSPOSITION_COUNT = 12  # transpositions a network is told of, one input row each
MIN_TRANSPOSE_SEMITONES = -6  # the lowest transposition, semitones


class KeyTree:
    """Spellings of keys, lowest first, as a prefix tree; node 0 is the start of a note."""

    def __init__(self, spellings: Sequence[Sequence[int]]) -> None:
        self.spellings = tuple(tuple(spelling) for spelling in spellings)
        self.children: list[dict[int, int]] = [{}]  # of each node: the next node by token
        self.key_at_node = [-1]  # of each node: the key spelled completely, 0..87; -1 for none
        below: list[list[int]] = [[]]
        for key, spelling in enumerate(self.spellings):
            node = 0
            below[0].append(key)
            for token in spelling:
                if token not in self.children[node]:
                    self.children[node][token] = len(self.children)
                    self.children.append({})
                    self.key_at_node.append(-1)
                    below.append([])
                node = self.children[node][token]
                below[node].append(key)
            if node == 0 or self.key_at_node[node] >= 0:
                raise ValueError(f"key {key} has no spelling of its own")
            self.key_at_node[node] = key
        self.keys_below_node = [tuple(keys) for keys in below]  # with the key at the node
        self.depth = max(map(len, self.spellings))


class SequenceReader(Protocol):
    """A position in a stream of tokens: the valid next tokens, and the network's input there."""

    def features(self) -> NDArray[np.int32]:
        """Active input rows of the next step, shape (width,)."""

    def mask(self) -> NDArray[np.bool_]:
        """Valid next tokens, shape (outputs,)."""

    def push(self, token: int) -> Note | None:
        """Read the next token (ValueError if not valid); returns the note it completes, if any."""

    def advance(self, token: int) -> Note | None:
        """`push` for a token known to be valid."""


class TokenReader(ABC):
    """A position in a stream of tokens that spell notes.

    Parameters
    ----------
    start_token : int
        Stands for the token before the first.
    """

    meter: Meter  # 4/4 until another one is read
    expected_kind: Enum  # kind of the next token
    awaits_length: bool  # whether the length of a note is still to come
    awaits_detail: bool = False  # whether a part, velocity or timing of a note comes next
    deviation: float = 0.0  # distance of the current or last onset from the grid, beats

    def __init__(self, start_token: int) -> None:
        self.meter = KNOWN_METERS[0]
        self.bar = bar_ticks(self.meter)
        self.pitch = 0  # pitch of the last or current note; 0 for none
        self._token = start_token  # the last token
        self._held = 0  # ticks of the length read so far
        self._count = 0  # notes begun
        self._echoes = BarEchoes()

    @abstractmethod
    def features(self) -> NDArray[np.int32]:
        """Active input rows of the next step, shape (width,), at transposition 0."""

    @abstractmethod
    def row_sources(self) -> NDArray[np.int32]:
        """Index of the note each of `features` depends on, shape (width,).

        Notes are counted from 0 in the order they are spelled, including the current one. -1 is for
        rows that depend on no note: the place in the bar, the meter, the transposition.
        """

    def voices(self) -> tuple[list[int], list[tuple[int, bool]]]:
        """Pitches that sounded just before the next onset, and (pitch, just struck) of those at it.

        Both ascend. They are empty where voices are not known.
        """
        return [], []

    def repeats(self) -> list[tuple[int, int, int, int]]:
        """Repeats of the music 1, 2, 4 and 8 bars before the next note; see `BarEchoes.repeats`."""
        return self._echoes.repeats(self.cursor, self.bar)

    @property
    def full_bar(self) -> int:
        """Bar of the next note, counted from the first whole one; an upbeat is in bar -1."""
        return self.cursor // self.bar - -(-self._echoes.first_onset // self.bar)

    @property
    def note_index(self) -> int:
        """Index of the note the next token belongs to, counted as in `row_sources`."""
        return self._count - 1 if self.awaits_length else self._count

    @abstractmethod
    def mask(self) -> NDArray[np.bool_]:
        """Valid next tokens, shape (outputs,)."""

    def push(self, token: int) -> Note | None:
        """Read the next token (ValueError if not valid); returns the note it completes, if any."""
        mask = self.mask()
        if not 0 <= token < len(mask) or not mask[token]:
            raise ValueError(
                f"token {token} may not come here: a reader waits for {self.expected_kind}"
            )
        return self.advance(token)

    @abstractmethod
    def advance(self, token: int) -> Note | None:
        """`push` for a token known to be valid."""

    def copy(self) -> Self:
        """An independent reader at the same position."""
        other = object.__new__(type(self))  # faster than copy.copy
        other.__dict__.update(self.__dict__)
        other._echoes = self._echoes.copy()
        return other

    @property
    def ended(self) -> bool:
        """Whether the tune is complete."""
        return self.expected_kind.name == "NOTHING"

    @property
    @abstractmethod
    def cursor(self) -> int:
        """Default onset of the next note, ticks."""

    @property
    @abstractmethod
    def awaits_key(self) -> bool:
        """Whether the next token may be the first of a key."""

    @abstractmethod
    def token_beats(self) -> NDArray[np.float32]:
        """Length each token would give the current note or gap, beats; 0 for other tokens.

        Shape (outputs,); read-only. Tokens that continue a number count as its end.
        """

    def pitch_preserving_mask(self) -> NDArray[np.bool_]:
        """Valid next tokens that do not change the pitch of the current note, shape (outputs,)."""
        return self.mask()


class SequenceCodec(ABC):
    """Converts tunes to the tokens of a network.

    At each step a network is given `width` active rows of an input matrix of `inputs` rows (the
    last token, the place in the bar ...) and returns logits over `outputs` tokens.
    """

    kind: ClassVar[str]  # name in a model file
    holds_chords: ClassVar[bool] = True
    is_pitched: ClassVar[bool] = True  # whether its tunes have a key; drums have none
    token_count_depends_on_key: ClassVar[bool] = False  # whether another key takes more tokens
    writes_velocities: bool = False  # whether tokens state how loud notes are
    writes_timing: bool = False  # whether tokens state how far off the grid notes are
    outputs: int  # number of tokens
    inputs: int  # rows of the input matrix
    width: int  # active rows of a step
    end_token: int

    @abstractmethod
    def fit_tune(self, tune: Tune) -> Tune:
        """The tune as the codec can represent it; idempotent."""

    @abstractmethod
    def encode(self, tune: Tune) -> NDArray[np.int32]:
        """Tokens of a tune as `fit_tune` fits it, with its end; shape (n,)."""

    @abstractmethod
    def new_reader(self) -> SequenceReader:
        """A reader at the start of a tune."""

    @abstractmethod
    def transpose_tokens(
        self, tokens: NDArray[np.int32], features: NDArray[np.int16], semitones: int
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Tokens and `TokenReader.features` of a whole tune, transposed by -6..5 semitones.

        Pitches stay within the 88 keys. The features have the row of the transposition.
        """

    @abstractmethod
    def pitch_classes(self, tokens: NDArray[np.int32]) -> NDArray[np.int32]:
        """Pitch class each token determines, -1 for none; shape (n,)."""

    def settings(self) -> Mapping[str, Any]:
        """Arguments that recreate the codec, for a model file."""
        return {}

    @property
    def spelling(self) -> tuple:
        """Identity of the tokens: equal for codecs that can read the tokens of each other."""
        return self.kind, self.outputs


class Codec(SequenceCodec):
    """Converts between tunes of notes and the tokens of a network, which composes them."""

    transposition_row: int  # of `MIN_TRANSPOSE_SEMITONES`; the next 11 are the others
    key_tree: KeyTree  # of the 88 keys
    choice_count: int  # choices to sample from: tokens, then keys if a key is several tokens
    key_choices: slice  # the 88 keys among the choices, lowest first
    skippable_tokens: tuple[int, ...] = ()  # tokens that may precede a note and do not affect it

    def decode(self, tokens: NDArray[np.int32]) -> Tune:
        """The tune of some tokens; ValueError if a token is not valid in its place."""
        reader = self.new_reader()
        notes = [note for token in tokens.tolist() if (note := reader.push(token)) is not None]
        return Tune(tuple(notes), reader.meter)

    @abstractmethod
    def new_reader(self) -> TokenReader:
        """A reader at the start of a tune."""

    @abstractmethod
    def meter_tokens(self, meter: Meter) -> NDArray[np.int32]:
        """Tokens of the meter, which begin a tune."""

    @abstractmethod
    def quantise_timing(self, length: float, until: float) -> tuple[float, float]:
        """Length of a played key and time until the next key, both as written, beats."""

    @abstractmethod
    def spell_onset(
        self,
        reader: TokenReader,
        pitch: int,
        onset: float,
        velocity: int = 80,
        part: int | None = None,
    ) -> NDArray[np.int32]:
        """Tokens, after a complete note, of all but the length of the next one; onset in beats.

        Without a part, the nearest one plays it. Raises ValueError if no note can begin there.
        """

    def order_notes(self, tune: Tune) -> Sequence[Note]:
        """Notes of a fitted tune in the order in which they are written."""
        return tune.notes

    @abstractmethod
    def spell_length(self, reader: TokenReader, beats: float) -> NDArray[np.int32]:
        """Tokens of the current note's length."""

    def choice_tokens(self, choice: int) -> tuple[int, ...]:
        """Tokens of a choice."""
        key = choice - self.outputs
        return (choice,) if key < 0 else self.key_tree.spellings[key]

    def key_token_counts(self) -> NDArray[np.float32]:
        """Count of each token in the spelling of each key, shape (outputs, 88)."""
        counts = np.zeros((self.outputs, len(self.key_tree.spellings)), np.float32)
        for key, tokens in enumerate(self.key_tree.spellings):
            np.add.at(counts[:, key], list(tokens), 1.0)
        return counts

    def tokens_to_text(self, tokens: Sequence[int]) -> str:
        """The characters of some tokens; empty unless tokens are characters."""
        return ""
