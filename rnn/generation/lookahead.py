"""Fans: one network looked ahead with, at several places in the music at once, a row for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rnn.codecs.codec import MIN_TRANSPOSE_SEMITONES, Codec, TokenReader
from rnn.generation.sampling import mix_log_probabilities
from rnn.generation.unit_intervention import InterventionSet
from rnn.model.losses import log_softmax
from rnn.model.lstm import Array
from rnn.model.network import Network
from rnn.model.state import NetworkState

MIN_BRANCH_PROBABILITY = 1e-3
"""Keys that begin alike are not told apart where together they have no more than this."""


@dataclass(frozen=True, slots=True, eq=False)
class Lookahead:
    """Places a network could come to.

    Parameters
    ----------
    network : Network
    codec : Codec
    hand : Hand or None
        Fingers on its units.
    shift : int
        The lane it speaks in, as a row.
    state : State
        One sequence for each place.
    readers : list of Reader
    logs : ndarray, shape (places, V)
        Log probabilities of the next token at each place.
    """

    network: Network
    codec: Codec
    interventions: InterventionSet | None
    transposition: int
    state: NetworkState
    readers: list[TokenReader]
    log_probabilities: Array

    def advance(self, picks: Sequence[tuple[int, int]]) -> Lookahead:
        """One token further, from each (place, token) to a place of its own."""
        at = [place for place, _ in picks]
        readers = [self.readers[place].copy() for place in at]
        for reader, (_, token) in zip(readers, picks, strict=True):
            reader.push(token)
        state = self.state.select_sequences(at)
        rows = apply_transpositions(
            np.stack([reader.features() for reader in readers]), self.codec, self.transposition
        )
        logits = self.network.step(rows, state, self.interventions)
        masks = np.stack([reader.mask() for reader in readers])  # (places, V)
        logs = log_softmax(logits, masks)
        return Lookahead(
            self.network, self.codec, self.interventions, self.transposition, state, readers, logs
        )


def apply_transpositions(
    rows: NDArray[np.int32], codec: Codec, shifts: int | NDArray[np.int32]
) -> NDArray[np.int32]:
    """Active input rows, (B, F), with the shift they speak of put in place of none."""
    home = codec.transposition_row - MIN_TRANSPOSE_SEMITONES
    return np.where(rows == home, codec.transposition_row + np.asarray(shifts), rows).astype(
        np.int32
    )


def key_log_probabilities(
    fans: Sequence[Lookahead], weights: NDArray[np.float64], passing: bool = False
) -> NDArray[np.float32]:
    """Log probability of each key being spelled next, shape (88,).

    Parameters
    ----------
    fans : sequence of Fan
        Of each network of a mixture, at one place where a key may come.
    weights : ndarray, shape (networks,)
    passing : bool
        Whether what says nothing of the next note, a bar line, may come before it.

    Notes
    -----
    The product of the shares of its tokens, and of no token coming that would make it another key.
    Where keys are tokens that is read off; else the tree of spellings is walked, all branches of
    one depth in one step of each network, and those of no more than `MIN_BRANCH_PROBABILITY` are
    left together, their share spread evenly over them.
    """
    codec = fans[0].codec
    tree, asides = codec.key_tree, codec.skippable_tokens if passing else ()
    logs = _mix_lookaheads(fans, weights)  # (places, V)
    if tree.depth == 1:
        return logs[0, codec.key_choices]
    found = np.zeros(len(tree.spellings))
    places = [(0, 1.0)]  # of each row: node of the tree, share
    while places:
        picks, further = [], []
        given = np.exp(logs.astype(np.float64))
        for row, (node, share) in enumerate(places):
            following = tree.children[node]
            if tree.key_at_node[node] >= 0:
                found[tree.key_at_node[node]] += share * max(
                    0.0, 1.0 - given[row, list(following)].sum()
                )
            ways = [(token, child) for token, child in following.items()]
            ways += [(token, 0) for token in asides if node == 0]
            for token, child in ways:
                part = share * given[row, token]
                if child and not tree.children[child]:
                    found[tree.key_at_node[child]] += part
                elif part > MIN_BRANCH_PROBABILITY:
                    picks.append((row, token))
                    further.append((child, part))
                else:
                    found[list(tree.keys_below_node[child])] += part / len(
                        tree.keys_below_node[child]
                    )
        if not picks:
            break
        fans = [fan.advance(picks) for fan in fans]
        logs, places = _mix_lookaheads(fans, weights), further
    with np.errstate(divide="ignore"):
        return np.log(found).astype(np.float32)


def _mix_lookaheads(fans: Sequence[Lookahead], weights: NDArray[np.float64]) -> Array:
    return mix_log_probabilities([fan.log_probabilities for fan in fans], weights)
