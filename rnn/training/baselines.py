"""Baselines: bits per note of simpler models, on the same tokens as the network.

| class or function  | model                                                                   |
|--------------------|-------------------------------------------------------------------------|
| `score_unigram`    | each token by its share in the training tunes                           |
| `NGramModel`       | n-gram, interpolated Kneser-Ney (Kneser & Ney 1995; Chen & Goodman 1999) |
| `CachedNGramModel` | n-gram and a cache of the tune so far (Kuhn & De Mori 1990)             |
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rnn.training.dataset import EncodedTune
from rnn.training.evaluation import EvaluationScore, unpack_masks

START_BYTE = 255  # byte in place of the tokens before the first
DISCOUNT = 0.75  # count that each n-gram gives up to those with shorter contexts


def score_unigram(
    train: Sequence[EncodedTune], test: Sequence[EncodedTune], outputs: int
) -> EvaluationScore:
    """Score of the unigram model, renormalised over the valid tokens; V is `outputs`."""
    counts = np.ones(outputs)
    for tune in train:
        counts += np.bincount(tune.tokens, minlength=outputs)
    bits = 0.0
    for tune in test:
        masks = unpack_masks(tune.masks, outputs)  # (n, V)
        bits += float(np.log2((masks * counts).sum(axis=1) / counts[tune.tokens]).sum())
    return EvaluationScore.of(bits, test)


class NGramModel:
    """Interpolated Kneser-Ney n-gram model, which counts only the contexts in the test tunes."""

    def __init__(
        self,
        train: Sequence[EncodedTune],
        test: Sequence[EncodedTune],
        outputs: int,
        order: int = 8,
    ) -> None:
        if not 1 <= outputs <= START_BYTE:
            raise ValueError(f"an n-gram takes at most {START_BYTE} tokens, not {outputs}")
        self._pad, self._outputs = order - 1, outputs
        # context -> next token -> its count; in shorter contexts, of different tokens before them
        self._counts: dict[bytes, dict[int, int]] = {
            text[at - length : at]: defaultdict(int)
            for text in map(self._padded_bytes, test)
            for at in range(self._pad, len(text))
            for length in range(order)
        }
        seen: set[bytes] = set()
        for tune in train:
            self._count(self._padded_bytes(tune), seen)
        self._totals = {context: sum(counts.values()) for context, counts in self._counts.items()}

    def _padded_bytes(self, tune: EncodedTune) -> bytes:
        return bytes([START_BYTE] * self._pad) + bytes(tune.tokens.astype(np.uint8))

    def _count(self, text: bytes, seen: set[bytes]) -> None:
        """Count the n-grams of a tune; `seen` are those that shorter contexts have counted."""
        for at in range(self._pad, len(text)):
            for length in range(self._pad + 1):
                counts = self._counts.get(text[at - length : at])
                if counts is None:
                    continue
                if length < self._pad:
                    longer = text[at - length - 1 : at + 1]
                    if longer in seen:
                        continue
                    seen.add(longer)
                counts[text[at]] += 1

    def score(self, tunes: Sequence[EncodedTune]) -> EvaluationScore:
        """Score of some of the test tunes."""
        bits = -sum(float(np.log2(self.probabilities(tune)).sum()) for tune in tunes)
        return EvaluationScore.of(bits, tunes)

    def probabilities(self, tune: EncodedTune) -> NDArray[np.float64]:
        """Probability of each token of one of the test tunes, shape (n,)."""
        text = self._padded_bytes(tune)
        return np.array([self._probability(text, at) for at in range(self._pad, len(text))])

    def _probability(self, text: bytes, at: int) -> float:
        """Probability of a token of a text, interpolated from the shortest context up."""
        probability = 1.0 / self._outputs
        for length in range(self._pad + 1):
            context = text[at - length : at]
            counts, total = self._counts[context], self._totals[context]
            if total:
                kept = max(counts.get(text[at], 0) - DISCOUNT, 0.0)
                probability = (kept + DISCOUNT * len(counts) * probability) / total
        return probability


class CachedNGramModel:
    """An n-gram model with a cache of the tune so far.

    For contexts of increasing length, the probability p becomes (count + a p) / (total + a), where
    the counts are of continuations of the context earlier in the tune. The weight a of each length
    is fitted.
    """

    CONTEXT_LENGTHS = (1, 2, 3, 4, 6, 8, 12, 16, 24)
    CANDIDATE_WEIGHTS = tuple(2.0**k for k in range(-5, 9)) + (1e9,)
    """Weights tried; the last disables the cache."""

    def __init__(self, ngram: NGramModel, tuning: Sequence[EncodedTune]) -> None:
        self._ngram = ngram
        self.weights = [self.CANDIDATE_WEIGHTS[-1]] * len(self.CONTEXT_LENGTHS)
        evidence = [self._evidence(tune) for tune in tuning]
        self._fit(*(np.concatenate(parts) for parts in zip(*evidence, strict=True)))

    def score(self, tunes: Sequence[EncodedTune]) -> EvaluationScore:
        """Score of some of the n-gram's test tunes."""
        bits = -sum(float(np.log2(self.probabilities(tune)).sum()) for tune in tunes)
        return EvaluationScore.of(bits, tunes)

    def probabilities(self, tune: EncodedTune) -> NDArray[np.float64]:
        """Probability of each token of one of the n-gram's test tunes, shape (n,)."""
        return _mix_cache(self.weights, *self._evidence(tune))

    def _evidence(self, tune: EncodedTune) -> tuple[NDArray, NDArray, NDArray]:
        """The n-gram's probabilities, (n,); counts and totals in the tune so far, (n, lengths)."""
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
        """Choose the best weight of one length after another, twice over."""
        for place in list(range(len(self.weights))) * 2:
            tried = []
            for weight in self.CANDIDATE_WEIGHTS:
                weights = [*self.weights[:place], weight, *self.weights[place + 1 :]]
                probability = _mix_cache(weights, base, counts, totals)
                tried.append((-float(np.log2(probability).sum()), weight))
            self.weights[place] = min(tried)[1]


def _mix_cache(
    weights: Sequence[float], base: NDArray, counts: NDArray, totals: NDArray
) -> NDArray[np.float64]:
    probability = base
    for place, weight in enumerate(weights):
        probability = (counts[:, place] + weight * probability) / (totals[:, place] + weight)
    return probability
