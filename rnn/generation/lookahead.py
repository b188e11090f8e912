"""Fans: one network looked ahead with, at several places in the music at once, a row for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rnn.codecs.codec import LOWEST_SHIFT, Codec, Reader
from rnn.generation.sampling import mixture
from rnn.generation.unit_intervention import Hand
from rnn.model.losses import log_softmax
from rnn.model.lstm import Array
from rnn.model.network import Network
from rnn.model.state import State

FAINT = 1e-3
"""Keys that begin alike are not told apart where together they have no more than this."""


@dataclass(frozen=True, slots=True, eq=False)
class Fan:
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
    hand: Hand | None
    shift: int
    state: State
    readers: list[Reader]
    logs: Array

    def on(self, picks: Sequence[tuple[int, int]]) -> Fan:
        """One token further, from each (place, token) to a place of its own."""
        at = [place for place, _ in picks]
        readers = [self.readers[place].copy() for place in at]
        for reader, (_, token) in zip(readers, picks, strict=True):
            reader.push(token)
        state = self.state.lanes(at)
        rows = told(np.stack([reader.features() for reader in readers]), self.codec, self.shift)
        logits = self.network.step(rows, state, self.hand)
        masks = np.stack([reader.mask() for reader in readers])  # (places, V)
        logs = log_softmax(logits, masks)
        return Fan(self.network, self.codec, self.hand, self.shift, state, readers, logs)


def told(
    rows: NDArray[np.int32], codec: Codec, shifts: int | NDArray[np.int32]
) -> NDArray[np.int32]:
    """Active input rows, (B, F), with the shift they speak of put in place of none."""
    home = codec.shift_row - LOWEST_SHIFT
    return np.where(rows == home, codec.shift_row + np.asarray(shifts), rows).astype(np.int32)


def key_logs(
    fans: Sequence[Fan], weights: NDArray[np.float64], passing: bool = False
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
    one depth in one step of each network, and those of no more than `FAINT` are left together,
    their share spread evenly over them.
    """
    codec = fans[0].codec
    tree, asides = codec.tree, codec.passing if passing else ()
    logs = _mixed(fans, weights)  # (places, V)
    if tree.depth == 1:
        return logs[0, codec.keys]
    found = np.zeros(len(tree.spellings))
    places = [(0, 1.0)]  # of each row: node of the tree, share
    while places:
        picks, further = [], []
        given = np.exp(logs.astype(np.float64))
        for row, (node, share) in enumerate(places):
            following = tree.children[node]
            if tree.key[node] >= 0:
                found[tree.key[node]] += share * max(0.0, 1.0 - given[row, list(following)].sum())
            ways = [(token, child) for token, child in following.items()]
            ways += [(token, 0) for token in asides if node == 0]
            for token, child in ways:
                part = share * given[row, token]
                if child and not tree.children[child]:
                    found[tree.key[child]] += part
                elif part > FAINT:
                    picks.append((row, token))
                    further.append((child, part))
                else:
                    found[list(tree.keys[child])] += part / len(tree.keys[child])
        if not picks:
            break
        fans = [fan.on(picks) for fan in fans]
        logs, places = _mixed(fans, weights), further
    with np.errstate(divide="ignore"):
        return np.log(found).astype(np.float32)


def _mixed(fans: Sequence[Fan], weights: NDArray[np.float64]) -> Array:
    return mixture([fan.logs for fan in fans], weights)
