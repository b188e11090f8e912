"""What every codec offers: tunes to tokens and back, one token at a time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import Meter, Note, Tune
from rnn.codecs.key_tree import KeyTree

TRANSPOSITION_COUNT = 12
"""Transpositions a network is told of: -6..5 semitones, as rows 0..11."""
MIN_TRANSPOSE_SEMITONES = -6


class TokenReader(ABC):
    """A place in a token stream: what may come next, and what the network is shown there.

    Attributes
    ----------
    meter : Meter
        4/4 until another is read.
    """

    meter: Meter

    @abstractmethod
    def features(self) -> NDArray[np.int32]:
        """Active input rows for the next step, shape (width,); the shift row says 0 semitones."""

    @abstractmethod
    def row_sources(self) -> NDArray[np.int32]:
        """Which note each of `features` speaks of, shape (width,).

        Notes are counted from 0 in the order they are spelled, the one being spelled included; -1
        where a row speaks of no note but of the place in the bar, the meter, the key.
        """

    @property
    @abstractmethod
    def note_index(self) -> int:
        """The note that the next token helps to spell, counted as in `sources`."""

    @abstractmethod
    def mask(self) -> NDArray[np.bool_]:
        """Which tokens may come next, shape (outputs,)."""

    def push(self, token: int) -> Note | None:
        """Take the next token; returns the note it completes, if it does.

        Raises
        ------
        ValueError
            If the token may not come here.
        """
        mask = self.mask()
        if not 0 <= token < len(mask) or not mask[token]:
            raise ValueError(
                f"token {token} may not come here: a reader waits for {self.expected_kind}"
            )
        return self.advance(token)

    @abstractmethod
    def advance(self, token: int) -> Note | None:
        """`push` for a token known to be valid."""

    @abstractmethod
    def copy(self) -> TokenReader:
        """An independent reader at the same place."""

    @property
    @abstractmethod
    def expected_kind(self) -> Enum:
        """What kind of token comes next."""

    @property
    @abstractmethod
    def ended(self) -> bool:
        """Whether the tune is over."""

    @property
    @abstractmethod
    def cursor(self) -> int:
        """Where what is written next begins if nothing more is said of it, ticks."""

    @property
    @abstractmethod
    def awaits_length(self) -> bool:
        """Whether a note is struck and has no length yet."""

    @property
    @abstractmethod
    def awaits_key(self) -> bool:
        """Whether the next token may be the first of a key's spelling."""

    @abstractmethod
    def token_beats(self) -> NDArray[np.float32]:
        """Beats each token would say, here, that something lasts; 0 where it says nothing of time.

        Shape (outputs,); not to be written to. Where more tokens may follow, as if none did.
        """

    def pitch_preserving_mask(self) -> NDArray[np.bool_]:
        """Which tokens may come next that leave the pitch of a struck note as it is, (outputs,)."""
        return self.mask()


class Codec(ABC):
    """Turns tunes into tokens a network can read and write.

    A network is shown, at each step, `width` active rows of an input matrix with `inputs` rows
    (the last token, the place in the bar ...) and answers with logits over `outputs` tokens.

    Attributes
    ----------
    kind : str
        Name in a model file.
    outputs, inputs, width : int
    transposition_row : int
        Row of shift `MIN_TRANSPOSE_SEMITONES`; the 11 after it are the other shifts.
    end_token : int
    tree : KeyTree
        How each of the 88 keys is spelled.
    choices : int
        What may be drawn: the tokens, and after them the keys where a key is no token.
    keys : slice
        The 88 keys among the choices, lowest first.
    passing : tuple of int
        Tokens that may come before a note and say nothing of it.
    """

    kind: ClassVar[str]
    outputs: int
    inputs: int
    width: int
    transposition_row: int
    end_token: int
    key_tree: KeyTree
    choice_count: int
    key_choices: slice
    skippable_tokens: tuple[int, ...] = ()

    @abstractmethod
    def fit_tune(self, tune: Tune) -> Tune:
        """The tune as the codec can hold it; a second pass changes nothing."""

    @abstractmethod
    def encode(self, tune: Tune) -> NDArray[np.int32]:
        """Tokens of a tune (made to fit), its end included; shape (tokens,)."""

    def decode(self, tokens: NDArray[np.int32]) -> Tune:
        """The tune of some tokens.

        Raises
        ------
        ValueError
            If a token may not stand where it does.
        """
        reader = self.new_reader()
        notes = [note for token in tokens.tolist() if (note := reader.push(token)) is not None]
        return Tune(tuple(notes), reader.meter)

    @abstractmethod
    def new_reader(self) -> TokenReader:
        """A reader at the start of a tune."""

    @abstractmethod
    def meter_tokens(self, meter: Meter) -> NDArray[np.int32]:
        """The tokens that say, before any note, in which meter a tune is."""

    @abstractmethod
    def quantise_timing(self, length: float, until: float) -> tuple[float, float]:
        """What a key held for `length` beats, the next one struck after `until`, is taken to be.

        Returns
        -------
        length, until : float
            The same as it would be written, beats.
        """

    @abstractmethod
    def spell_onset(self, reader: TokenReader, pitch: int, onset: float) -> NDArray[np.int32]:
        """The tokens that say, from where a finished note left the reader, what is struck when.

        Raises
        ------
        ValueError
            If no note can be struck there and then.
        """

    @abstractmethod
    def spell_length(self, reader: TokenReader, beats: float) -> NDArray[np.int32]:
        """The tokens that say how long the note lasts that was struck last."""

    @abstractmethod
    def transpose_tokens(
        self, tokens: NDArray[np.int32], features: NDArray[np.int16], semitones: int
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """The same tune `semitones` higher, the network being told so.

        Parameters
        ----------
        tokens : ndarray, shape (n,)
            Of a whole tune that stays within the 88 keys.
        features : ndarray, shape (n, width)
            What readers show before each.

        Returns
        -------
        tokens : ndarray of int32, shape (m,)
        features : ndarray of int32, shape (m, width)
            The shift row says the shift.
        """

    @abstractmethod
    def pitch_classes(self, tokens: NDArray[np.int32]) -> NDArray[np.int32]:
        """The pitch class that each token of a tune settles, -1 where it settles none; (n,)."""

    def choice_tokens(self, choice: int) -> tuple[int, ...]:
        """The tokens of a choice."""
        key = choice - self.outputs
        return (choice,) if key < 0 else self.key_tree.spellings[key]

    def key_token_counts(self) -> NDArray[np.float32]:
        """How often each token stands in the spelling of each key, shape (outputs, 88)."""
        weights = np.zeros((self.outputs, len(self.key_tree.spellings)), np.float32)
        for key, tokens in enumerate(self.key_tree.spellings):
            np.add.at(weights[:, key], list(tokens), 1.0)
        return weights

    def tokens_to_text(self, tokens: Sequence[int]) -> str:
        """What people can read of some tokens; nothing unless they are characters."""
        return ""

    @abstractmethod
    def settings(self) -> Mapping[str, int]:
        """What a model file must keep to make this codec again."""
