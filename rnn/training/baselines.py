"""Baselines: what a network must beat to have learned anything.

Both are trained on the same tokens as the network, and charged for the same tokens.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rnn.training.dataset import EncodedTune
from rnn.training.evaluation import EvaluationScore, unpack_masks

START_BYTE = 255
"""A byte that is no token, before the first."""


def score_unigram(
    train: Sequence[EncodedTune], test: Sequence[EncodedTune], outputs: int
) -> EvaluationScore:
    """Each token by its share in the training tunes, renormalised over the valid ones."""
    counts = np.ones(outputs)
    for tune in train:
        counts += np.bincount(tune.tokens, minlength=outputs)
    bits = 0.0
    for tune in test:
        masks = unpack_masks(tune.masks, outputs)  # (n, V)
        bits += float(np.log2((masks * counts).sum(axis=1) / counts[tune.tokens]).sum())
    return EvaluationScore(bits, sum(tune.notes for tune in test), len(test))


class NGramModel:
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
        if not 1 <= outputs <= START_BYTE:
            raise ValueError(f"an n-gram takes at most {START_BYTE} tokens, not {outputs}")
        self._order, self._discount, self._outputs = order, discount, outputs
        self._test = test
        self._totals: dict[bytes, int] = {}
        asked = {context for tune in test for context in self._contexts(_padded_bytes(tune, order))}
        # context -> next token -> tokens seen before the context (lower orders), or a count
        self._before: dict[bytes, dict[int, set[int]]] = {
            context: defaultdict(set) for context in asked if len(context) < order - 1
        }
        self._counts: dict[bytes, dict[int, int]] = {
            context: defaultdict(int) for context in asked if len(context) == order - 1
        }
        for tune in train:
            self._count(_padded_bytes(tune, order))

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

    def score(self, tunes: Sequence[EncodedTune] | None = None) -> EvaluationScore:
        """Score the test tunes, or some of them."""
        tunes = self._test if tunes is None else tunes
        bits = -sum(float(np.log2(self.probabilities(tune)).sum()) for tune in tunes)
        return EvaluationScore(bits, sum(tune.notes for tune in tunes), len(tunes))

    def probabilities(self, tune: EncodedTune) -> NDArray[np.float64]:
        """Of each token of one of the test tunes, shape (n,)."""
        text, pad = _padded_bytes(tune, self._order), self._order - 1
        return np.array(
            [self._probability(text[at - pad : at], text[at]) for at in range(pad, len(text))]
        )

    def _probability(self, context: bytes, token: int) -> float:
        probability = 1.0 / self._outputs
        for length in range(self._order):
            tail = context[len(context) - length :]
            if length == self._order - 1:
                seen = self._counts[tail]
                count = seen.get(token, 0)
            else:
                seen = self._before[tail]
                count = len(seen.get(token, ()))
            total = self._total(tail)
            if total:
                kept = max(count - self._discount, 0.0)
                probability = (kept + self._discount * len(seen) * probability) / total
        return probability

    def _total(self, context: bytes) -> int:
        """Of all counts after a context."""
        if context not in self._totals:
            if len(context) == self._order - 1:
                self._totals[context] = sum(self._counts[context].values())
            else:
                self._totals[context] = sum(map(len, self._before[context].values()))
        return self._totals[context]


class CachedNGramModel:
    """An n-gram that also remembers the tune so far (a cache: Kuhn & De Mori 1990).

    The n-gram's probability is drawn, context by longer context, towards what came after the same
    context earlier in the same tune: p becomes (count + a p) / (total + a). How hard, one a for
    each length of context, is fitted on tunes of their own.

    Parameters
    ----------
    ngram : NGramModel
        That was made for all tunes to be asked about.
    tuning : sequence of EncodedTune
    """

    CONTEXT_LENGTHS = (1, 2, 3, 4, 6, 8, 12, 16, 24)
    PULL_CANDIDATES = tuple(2.0**k for k in range(-5, 9)) + (1e9,)
    """The values tried; the last is no pull at all."""

    def __init__(self, ngram: NGramModel, tuning: Sequence[EncodedTune]) -> None:
        self._ngram = ngram
        self.pulls = [self.PULL_CANDIDATES[-1]] * len(self.CONTEXT_LENGTHS)
        found = [self._evidence(tune) for tune in tuning]
        evidence = [np.concatenate(parts) for parts in zip(*found, strict=True)]
        self._fit(*evidence)

    def score(self, test: Sequence[EncodedTune]) -> EvaluationScore:
        """Score some tunes."""
        bits = sum(_total_bits(self.pulls, *self._evidence(tune)) for tune in test)
        return EvaluationScore(bits, sum(tune.notes for tune in test), len(test))

    def _evidence(self, tune: EncodedTune) -> tuple[NDArray, NDArray, NDArray]:
        """The n-gram's probability (n,), counts and totals in the tune so far (n, lengths)."""
        tokens = bytes(tune.tokens.astype(np.uint8))
        after: dict[bytes, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        counts = np.zeros((len(tokens), len(self.CONTEXT_LENGTHS)))
        totals = np.zeros_like(counts)
        for at, token in enumerate(tokens):
            for place, length in enumerate(self.CONTEXT_LENGTHS):
                if length > at:
                    break
                seen = after[tokens[at - length : at]]
                counts[at, place], totals[at, place] = seen[token], sum(seen.values())
                seen[token] += 1
        return self._ngram.probabilities(tune), counts, totals

    def _fit(self, base: NDArray, counts: NDArray, totals: NDArray) -> None:
        """One pull after another, twice over."""
        for place in list(range(len(self.pulls))) * 2:
            tried = []
            for pull in self.PULL_CANDIDATES:
                pulls = [*self.pulls[:place], pull, *self.pulls[place + 1 :]]
                tried.append((_total_bits(pulls, base, counts, totals), pull))
            self.pulls[place] = min(tried)[1]


def _total_bits(pulls: Sequence[float], base: NDArray, counts: NDArray, totals: NDArray) -> float:
    probability = base
    for place, pull in enumerate(pulls):
        probability = (counts[:, place] + pull * probability) / (totals[:, place] + pull)
    return -float(np.log2(probability).sum())


def _padded_bytes(tune: EncodedTune, order: int) -> bytes:
    return bytes([START_BYTE] * (order - 1)) + bytes(tune.tokens.astype(np.uint8))
