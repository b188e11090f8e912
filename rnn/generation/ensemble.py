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
from rnn.generation.composer import KEY_COUNT, ComposerStep, NetworkContribution
from rnn.generation.improviser import Improviser
from rnn.generation.key_ensemble import KeyEnsemble
from rnn.generation.unit_intervention import UnitIntervention
from rnn.model.checkpoint import Checkpoint
from rnn.model.lstm import Array


class EnsembleImproviser(Improviser):
    """A composer with several trained networks.

    The heaviest leads: its activations are in each `ComposerStep`, its reasons are given, and
    touches go to the units of the one that leads when they are put on.

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
            if reason := describe_mismatch(checkpoints[0], checkpoint):
                raise ValueError(reason)
        self._create_ensembles(checkpoints)
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
    def _lead_ensemble(self) -> KeyEnsemble:
        return self._ensembles[int(np.argmax(self._weights))]

    def set_interventions(self, touches: Sequence[UnitIntervention]) -> None:
        leader = self._lead_ensemble
        leader.set_interventions(touches)
        for follower in self._ensembles:
            if follower is not leader:
                follower.set_interventions(())

    def _reset_note_cost(self) -> None:
        super()._reset_note_cost()
        self._note_log_probabilities = np.zeros(
            len(self._ensembles)
        )  # of what each network gave the note so far

    def _push_token(self, token: int) -> Note | None:
        self._note_log_probabilities += [
            float(follower.log_probabilities[token]) for follower in self._ensembles
        ]
        return super()._push_token(token)

    def _make_step(
        self, note: Note | None, ahead: Array, heads: Sequence[KeyEnsemble] | None = None
    ) -> ComposerStep:
        step = super()._make_step(note, ahead, heads)
        told = zip(
            self._weights, self._note_log_probabilities, heads or self._ensembles, strict=True
        )
        parts = tuple(
            NetworkContribution(
                float(weight),
                float(np.exp(logs)),
                self._own_key_probabilities(head),
                own.activations[-1, -1],
            )
            for (weight, logs, head), own in zip(told, self._ensembles, strict=True)
        )
        return replace(step, contributions=parts)

    def _own_key_probabilities(self, follower: KeyEnsemble) -> Array:
        if follower.reader.ended:
            return np.zeros(KEY_COUNT, np.float32)
        return np.exp(self._key_log_probabilities([follower], np.ones(1), passing=True))


def describe_mismatch(one: Checkpoint, other: Checkpoint) -> str:
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
