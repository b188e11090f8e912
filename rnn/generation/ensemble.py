"""An ensemble of trained networks that play as one, with weights that may change at any time.

All networks hear the same tokens, each in its likeliest key. The next token is sampled from the
weighted mean of their distributions; a product would exclude every token that one of them has
never seen. A token costs one step of each network.
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
from rnn.generation.lookahead import key_log_probabilities
from rnn.generation.plain_key_ensemble import without_details
from rnn.generation.unit_intervention import UnitIntervention
from rnn.model.arrays import Array
from rnn.model.checkpoint import Checkpoint


class EnsembleImproviser(Improviser):
    """A composer with several trained networks.

    The network of the greatest weight leads: each `ComposerStep` has its activations, and
    attributions are its. Interventions act on the network that leads when they are set.

    Parameters
    ----------
    checkpoints : sequence of Checkpoint
        Of one vocabulary and one size; their inputs beside the last token may differ. Of details
        that not all of them write, none are written.
    weights : sequence of float, optional
        Shares of the mixture, in any scale; equal by default.

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
        """Share of each network in the mixture; they sum to 1. May be set in any scale."""
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

    def set_interventions(self, interventions: Sequence[UnitIntervention]) -> None:
        leader = self._lead_ensemble
        leader.set_interventions(interventions)
        for ensemble in self._ensembles:
            if ensemble is not leader:
                ensemble.set_interventions(())

    def _reset_note_cost(self) -> None:
        super()._reset_note_cost()
        self._note_log_probabilities = np.zeros(len(self._ensembles))  # each network's

    def _push_token(self, token: int) -> Note | None:
        logs = [float(ensemble.log_probabilities[token]) for ensemble in self._ensembles]
        self._note_log_probabilities += logs
        return super()._push_token(token)

    def _make_step(
        self, note: Note | None, keys: Array, forks: Sequence[KeyEnsemble] | None = None
    ) -> ComposerStep:
        step = super()._make_step(note, keys, forks)
        contributions = map(
            NetworkContribution,
            self._weights.tolist(),
            np.exp(self._note_log_probabilities).tolist(),
            map(self._own_key_probabilities, forks or self._ensembles),
            (ensemble.activations[-1, -1] for ensemble in self._ensembles),
        )
        return replace(step, contributions=tuple(contributions))

    def _own_key_probabilities(self, ensemble: KeyEnsemble) -> NDArray[np.float32]:
        """Probability of each key by one network, shape (88,)."""
        if ensemble.reader.ended:
            return np.zeros(KEY_COUNT, np.float32)
        if self._codec.choice_count == self._codec.outputs:
            return np.exp(ensemble.log_probabilities[self._keys])
        return np.exp(key_log_probabilities([ensemble.lookahead()], np.ones(1), True))


def describe_mismatch(first: Checkpoint, second: Checkpoint) -> str:
    """The reason why two networks cannot play as one.

    Parameters
    ----------
    first, second : Checkpoint

    Returns
    -------
    str
        Empty if they can.
    """
    if without_details(first.codec).spelling != without_details(second.codec).spelling:
        return f"{second.card.style} and {first.card.style} have no vocabulary in common"
    sizes, others = first.network.sizes, second.network.sizes
    if (sizes.layers, sizes.units) != (others.layers, others.units):
        return (
            f"only networks of one size blend: {second.card.style} has {others.layers} layers of "
            f"{others.units} units, {first.card.style} {sizes.layers} of {sizes.units}"
        )
    return ""
