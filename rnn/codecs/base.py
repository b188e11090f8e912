"""What every codec offers: tunes to tokens and back, one token at a time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import Meter, Note, Tune

SHIFTS = 12
"""Transpositions a network is told of: -6..5 semitones, as rows 0..11."""
LOWEST_SHIFT = -6


class Reader(ABC):
    """A place in a token stream: what may come next, and what the network is shown there."""

    @abstractmethod
    def features(self) -> NDArray[np.int32]:
        """Active input rows for the next step, shape (width,); the shift row says 0 semitones."""

    @abstractmethod
    def sources(self) -> NDArray[np.int32]:
        """Which note each of `features` speaks of, shape (width,).

        Notes are counted from 0 in the order they are spelled, the one being spelled included; -1
        where a row speaks of no note but of the place in the bar, the meter, the key.
        """

    @property
    @abstractmethod
    def note(self) -> int:
        """The note that the next token helps to spell, counted as in `sources`."""

    @abstractmethod
    def mask(self) -> NDArray[np.bool_]:
        """Which tokens may come next, shape (outputs,)."""

    @abstractmethod
    def push(self, token: int) -> Note | None:
        """Take the next token; returns the note it completes, if it does.

        Raises
        ------
        ValueError
            If the token may not come here.
        """

    @abstractmethod
    def copy(self) -> Reader:
        """An independent reader at the same place."""

    @property
    @abstractmethod
    def ended(self) -> bool:
        """Whether the tune is over."""

    @property
    @abstractmethod
    def awaits_length(self) -> bool:
        """Whether a note is struck and has no length yet."""


class Codec(ABC):
    """Turns tunes into tokens a network can read and write.

    A network is shown, at each step, `width` active rows of an input matrix with `inputs` rows
    (the last token, the place in the bar ...) and answers with logits over `outputs` tokens.

    Attributes
    ----------
    kind : str
        Name in a model file.
    outputs, inputs, width : int
    shift_row : int
        Row of shift `LOWEST_SHIFT`; the 11 after it are the other shifts.
    pitch_tokens : slice
        The tokens of the 88 keys, lowest first.
    end_token : int
    token_beats : ndarray of float32, shape (outputs,)
        Beats a token says that something lasts; 0 where it says nothing of time.
    """

    kind: ClassVar[str]
    outputs: int
    inputs: int
    width: int
    shift_row: int
    pitch_tokens: slice
    end_token: int
    token_beats: NDArray[np.float32]

    @abstractmethod
    def encode(self, tune: Tune) -> NDArray[np.int32]:
        """Tokens of a tune (put on the grid), its end included; shape (tokens,)."""

    @abstractmethod
    def decode(self, tokens: NDArray[np.int32]) -> Tune:
        """The tune of some tokens.

        Raises
        ------
        ValueError
            If a token may not stand where it does.
        """

    @abstractmethod
    def reader(self) -> Reader:
        """A reader at the start of a tune."""

    @abstractmethod
    def opening(self, meter: Meter) -> NDArray[np.int32]:
        """The tokens that say, before any note, in which meter a tune is."""

    @abstractmethod
    def spell_onset(self, reader: Reader, pitch: int, onset: float) -> NDArray[np.int32]:
        """The tokens that say, from where a finished note left the reader, what is struck when.

        Raises
        ------
        ValueError
            If no note can be struck there and then.
        """

    @abstractmethod
    def spell_length(self, beats: float) -> NDArray[np.int32]:
        """The tokens that say how long a struck note lasts."""

    @abstractmethod
    def transposed(self, semitones: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Where each input row and each token goes when the music is moved by `semitones`.

        Returns
        -------
        rows : ndarray of int32, shape (inputs,)
            The shift row says the new shift.
        tokens : ndarray of int32, shape (outputs,)
        """

    @abstractmethod
    def settings(self) -> Mapping[str, int]:
        """What a model file must keep to make this codec again."""
