"""Blend: several trained networks that play as one, by weights that may change at any moment.

All hear the same tokens, each in the key it finds likeliest; the next token is drawn from the
weighted mean of their distributions (a product would silence what any one of them has never seen).
It costs one step of each network a token.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import Note
from rnn.generation.composer import KEYS, Part, Step
from rnn.generation.improviser import Improviser
from rnn.generation.key_ensemble import Follower
from rnn.generation.unit_intervention import Touch
from rnn.model.checkpoint import Checkpoint
from rnn.model.lstm import Array


class Blend(Improviser):
    """A composer with several trained networks.

    The heaviest leads: its activations are in each `Step`, its reasons are given, and touches go
    to the units of the one that leads when they are put on.

    Parameters
    ----------
    checkpoints : sequence of Checkpoint
        Of one vocabulary and one size; what they are shown beside the last token may differ.
    weights : sequence of float, optional
        Shares of the mixture; equal if not given.

    Raises
    ------
    ValueError
        If there is no checkpoint, or they or the weights do not fit together.
    """

    def __init__(
        self, checkpoints: Sequence[Checkpoint], weights: Sequence[float] | None = None
    ) -> None:
        if not checkpoints:
            raise ValueError("a blend needs at least one network")
        for checkpoint in checkpoints[1:]:
            if reason := misfit(checkpoints[0], checkpoint):
                raise ValueError(reason)
        self._follow(checkpoints)
        if weights is not None:
            self.weights = weights

    @property
    def weights(self) -> NDArray[np.float64]:
        """Share of each network in the mixture; they sum to 1. Set them live, in any scale."""
        return self._weights.copy()

    @weights.setter
    def weights(self, weights: Sequence[float]) -> None:
        given = np.asarray(weights, np.float64)
        if given.shape != self._weights.shape:
            raise ValueError(f"a blend of {len(self._weights)} networks needs as many weights")
        if not np.isfinite(given).all() or (given < 0).any() or given.sum() <= 0:
            raise ValueError("weights must be 0 or more, and one of them above 0")
        self._weights = given / given.sum()

    @property
    def _leader(self) -> Follower:
        return self._followers[int(np.argmax(self._weights))]

    def touch(self, touches: Sequence[Touch]) -> None:
        leader = self._leader
        leader.touch(touches)
        for follower in self._followers:
            if follower is not leader:
                follower.touch(())

    def _count_anew(self) -> None:
        super()._count_anew()
        self._logs = np.zeros(len(self._followers))  # of what each network gave the note so far

    def _push(self, token: int) -> Note | None:
        self._logs += [float(follower.log_shares[token]) for follower in self._followers]
        return super()._push(token)

    def _step(
        self, note: Note | None, ahead: Array, heads: Sequence[Follower] | None = None
    ) -> Step:
        step = super()._step(note, ahead, heads)
        told = zip(self._weights, self._logs, heads or self._followers, strict=True)
        parts = tuple(
            Part(float(weight), float(np.exp(logs)), self._own_ahead(head), own.activations[-1, -1])
            for (weight, logs, head), own in zip(told, self._followers, strict=True)
        )
        return replace(step, parts=parts)

    def _own_ahead(self, follower: Follower) -> Array:
        if follower.reader.ended:
            return np.zeros(KEYS, np.float32)
        return np.exp(self._key_logs([follower], np.ones(1), passing=True))


def misfit(one: Checkpoint, other: Checkpoint) -> str:
    """Why two networks cannot play as one; empty if they can."""
    if (one.codec.kind, one.codec.outputs) != (other.codec.kind, other.codec.outputs):
        return f"{other.card.style} and {one.card.style} have no vocabulary in common"
    sizes, others = one.network.sizes, other.network.sizes
    if (sizes.layers, sizes.units) != (others.layers, others.units):
        return (
            f"only networks of one size blend: {other.card.style} has {others.layers} layers of "
            f"{others.units} units, {one.card.style} {sizes.layers} of {sizes.units}"
        )
    return ""
