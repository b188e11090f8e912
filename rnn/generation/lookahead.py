"""Lookahead: one network at several possible positions of the music, one sequence for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rnn.codecs.codec import MIN_TRANSPOSE_SEMITONES, Codec, TokenReader
from rnn.generation.sampling import mix_log_probabilities
from rnn.generation.unit_intervention import InterventionSet
from rnn.model.arrays import Array
from rnn.model.losses import log_softmax
from rnn.model.network import Network
from rnn.model.state import NetworkState

MIN_BRANCH_PROBABILITY = 1e-3
"""Probability below which a branch of the key tree is not walked further."""


@dataclass(frozen=True, slots=True, eq=False)
class Lookahead:
    """Possible positions of a network, P of them."""

    network: Network
    codec: Codec
    interventions: InterventionSet | None
    transposition: int  # as a row, 0..11
    state: NetworkState  # P sequences
    readers: list[TokenReader]  # P
    log_probabilities: Array  # (P, V), of the next token

    def advance(self, branches: Sequence[tuple[int, int]]) -> Lookahead:
        """The positions one token later, from each (position, token)."""
        positions = [position for position, _ in branches]
        readers = [self.readers[position].copy() for position in positions]
        for reader, (_, token) in zip(readers, branches, strict=True):
            reader.push(token)
        state = self.state.select_sequences(positions)
        features = np.stack([reader.features() for reader in readers])  # (P, F)
        rows = apply_transpositions(features, self.codec, self.transposition)
        logits = self.network.step(rows, state, self.interventions)
        logs = log_softmax(logits, np.stack([reader.mask() for reader in readers]))  # (P, V)
        return replace(self, state=state, readers=readers, log_probabilities=logs)


def apply_transpositions(
    rows: NDArray[np.int32], codec: Codec, transpositions: int | NDArray[np.int32]
) -> NDArray[np.int32]:
    """Active input rows, (B, F), with the row of a transposition in place of that of none."""
    untransposed = codec.transposition_row - MIN_TRANSPOSE_SEMITONES
    wanted = codec.transposition_row + np.asarray(transpositions)
    return np.where(rows == untransposed, wanted, rows).astype(np.int32)


def key_log_probabilities(
    lookaheads: Sequence[Lookahead], weights: NDArray[np.float64], allow_skippable: bool = False
) -> NDArray[np.float32]:
    """Log probability of each key being spelled next, shape (88,).

    The networks of a mixture look ahead from one position where a key may come. With
    `allow_skippable`, a bar line may come before the key, as it says nothing of the next note.

    Where each key is one token, its probability is read off. Otherwise it is the product of the
    probabilities of its tokens, times that of no further token that makes it another key. The
    tree of spellings is walked, all branches of one depth in one step of each network. The
    probability of a branch of `MIN_BRANCH_PROBABILITY` or less is spread evenly over its keys.
    """
    codec = lookaheads[0].codec
    tree, skippable = codec.key_tree, codec.skippable_tokens if allow_skippable else ()
    logs = _mixed(lookaheads, weights)  # (P, V)
    if tree.depth == 1:
        return logs[0, codec.key_choices]
    keys = np.zeros(len(tree.spellings))
    positions = [(0, 1.0)]  # node of the tree and probability of each
    while positions:
        branches, further = [], []
        given = np.exp(logs.astype(np.float64))
        for row, (node, probability) in enumerate(positions):
            children = tree.children[node]
            if tree.key_at_node[node] >= 0:
                ended = max(0.0, 1.0 - given[row, list(children)].sum())
                keys[tree.key_at_node[node]] += probability * ended
            returning = [(token, 0) for token in skippable if node == 0]
            for token, child in [*children.items(), *returning]:
                part = probability * given[row, token]
                below = tree.keys_below_node[child]
                if child and not tree.children[child]:
                    keys[tree.key_at_node[child]] += part
                elif part > MIN_BRANCH_PROBABILITY:
                    branches.append((row, token))
                    further.append((child, part))
                else:
                    keys[list(below)] += part / len(below)
        if not branches:
            break
        lookaheads = [each.advance(branches) for each in lookaheads]
        logs, positions = _mixed(lookaheads, weights), further
    with np.errstate(divide="ignore"):
        return np.log(keys).astype(np.float32)


def _mixed(lookaheads: Sequence[Lookahead], weights: NDArray[np.float64]) -> Array:
    return mix_log_probabilities([each.log_probabilities for each in lookaheads], weights)
