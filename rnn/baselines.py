"""Baselines: what a network must beat to have learned anything.

Both are trained on the same tokens as the network, and charged for the same tokens.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from rnn.evaluation import Score, unpacked
from rnn.sequences import EncodedTune

START = 255
"""A byte that is no token, before the first."""


def unigram(train: Sequence[EncodedTune], test: Sequence[EncodedTune], outputs: int) -> Score:
    """Each token by its share in the training tunes, renormalised over the valid ones."""
    counts = np.ones(outputs)
    for tune in train:
        counts += np.bincount(tune.tokens, minlength=outputs)
    bits = 0.0
    for tune in test:
        masks = unpacked(tune.masks, outputs)  # (n, V)
        bits += float(np.log2((masks * counts).sum(axis=1) / counts[tune.tokens]).sum())
    return Score(bits, sum(tune.notes for tune in test), len(test))


class NGram:
    """Interpolated Kneser-Ney (Kneser & Ney 1995; Chen & Goodman 1999) of some order.

    Only what the tunes to be scored will ask for is counted, so memory follows the test set.

    Parameters
    ----------
    train, test : sequence of EncodedTune
    outputs : int
        Tokens, at most 255.
    order : int
        Longest n-gram.
    discount : float
        Taken from every count.
    """

    def __init__(
        self,
        train: Sequence[EncodedTune],
        test: Sequence[EncodedTune],
        outputs: int,
        order: int = 8,
        discount: float = 0.75,
    ) -> None:
        if not 1 <= outputs <= START:
            raise ValueError(f"an n-gram takes at most {START} tokens, not {outputs}")
        self._order, self._discount, self._outputs = order, discount, outputs
        self._test = test
        asked = {context for tune in test for context in self._contexts(_text(tune, order))}
        # context -> next token -> tokens seen before the context (lower orders), or a count
        self._before: dict[bytes, dict[int, set[int]]] = {
            context: defaultdict(set) for context in asked if len(context) < order - 1
        }
        self._counts: dict[bytes, dict[int, int]] = {
            context: defaultdict(int) for context in asked if len(context) == order - 1
        }
        for tune in train:
            self._count(_text(tune, order))

    def _contexts(self, text: bytes) -> list[bytes]:
        pad = self._order - 1
        return [
            text[at - length : at] for at in range(pad, len(text)) for length in range(self._order)
        ]

    def _count(self, text: bytes) -> None:
        pad = self._order - 1
        for at in range(pad, len(text)):
            token = text[at]
            longest = self._counts.get(text[at - pad : at])
            if longest is not None:
                longest[token] += 1
            for length in range(pad):
                found = self._before.get(text[at - length : at])
                if found is not None:
                    found[token].add(text[at - length - 1])

    def score(self) -> Score:
        """Score the test tunes."""
        pad = self._order - 1
        bits = 0.0
        for tune in self._test:
            text = _text(tune, self._order)
            for at in range(pad, len(text)):
                bits -= float(np.log2(self._probability(text[at - pad : at], text[at])))
        return Score(bits, sum(tune.notes for tune in self._test), len(self._test))

    def _probability(self, context: bytes, token: int) -> float:
        probability = 1.0 / self._outputs
        for length in range(self._order):
            tail = context[len(context) - length :]
            if length == self._order - 1:
                seen = self._counts[tail]
                count, total = seen.get(token, 0), sum(seen.values())
            else:
                sets = self._before[tail]
                count = len(sets.get(token, ()))
                total, seen = sum(map(len, sets.values())), sets
            if total:
                kept = max(count - self._discount, 0.0)
                probability = (kept + self._discount * len(seen) * probability) / total
        return probability


def _text(tune: EncodedTune, order: int) -> bytes:
    return bytes([START] * (order - 1)) + bytes(tune.tokens.astype(np.uint8))
