"""Gate: whether a candidate may take the place of its parent, and why not.

The closer a candidate stays to its parent the less it forgets. A candidate that fails is tried
again part of the way back to its parent (weights interpolated as by Wortsman et al. 2022, "Robust
fine-tuning of zero-shot models").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from midi_data.notes import Note, Tune
from rnn.evolution.evolution_data import EvolutionData
from rnn.evolution.learned_leanings import LEANING_NAMES, lean, read_leanings, score_answers
from rnn.evolution.tune_sampler import continue_phrases, melody_steps
from rnn.generation.novelty import RunIndex
from rnn.model.checkpoint import Checkpoint
from rnn.model.network import Network
from rnn.training.dataset import encode_tunes
from rnn.training.evaluation import score_tunes

PROBE_COUNT = 96  # phrases that are continued to measure diversity and originality
PROBE_ROUNDS = 3  # times that all are continued: a single diversity varies by 1.7 %
PROBE_NOTES = 12  # notes of an opening of the corpus as a probe
MEASURED_NOTES = 24  # notes of each continuation
STEPS_OF_FIGURE = 3  # steps from note to note that make a figure
WAYS_BACK = (1.0, 0.75, 0.5, 0.25)  # shares of the way from the parent that are tried


@dataclass(frozen=True, slots=True)
class GateBounds:
    """How far a generation may go.

    On tunes and phrases that the gate has not seen, the figures differ by up to 0.01 bits and 0.02
    of the diversity. The default bounds are narrower than what is promised (0.03 bits, 0.95 of the
    diversity) by as much.

    Parameters
    ----------
    corpus_bits : float
        Bits per note of the corpus by which it may be worse than generation 0.
    least_diversity, most_diversity : float
        Different figures of its answers, relative to generation 0.
    copied_notes : float
        Notes by which the mean of the longest copied runs may exceed generation 0's.
    """

    corpus_bits: float = 0.02
    least_diversity: float = 0.97
    most_diversity: float = 1.3
    copied_notes: float = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class GateVerdict:
    """A candidate with its scores, and the reasons against it; none if it is accepted."""

    candidate: Checkpoint
    scores: dict[str, float]
    reasons: tuple[str, ...]


class Gate:
    """Judges candidates by data that no generation has learned.

    Parameters
    ----------
    parent, origin : Checkpoint
        The generation it was trained from, and generation 0.
    data : EvolutionData
    seed : int
        Of the answers by which diversity and originality are measured.
    bounds : GateBounds, optional
    """

    def __init__(
        self,
        parent: Checkpoint,
        origin: Checkpoint,
        data: EvolutionData,
        seed: int,
        bounds: GateBounds | None = None,
    ) -> None:
        self._parent, self._origin, self._seed = parent, origin, seed
        self._bounds = bounds or GateBounds()
        codec = origin.codec
        self._corpus = encode_tunes(codec, data.corpus)
        self._judged = data.judged
        self._weights = np.array([duet.weight for duet in data.judged])
        self._probes = choose_probes(data)
        self._index = RunIndex([duet.whole for duet in data.learned])
        self._corpus_bits = self._score_corpus(origin)
        self._visit_bits, self._preference_bits = self._score_visits(parent)
        self._diversity, self._copied = self._measure_answers(origin)

    def judge(self, candidate: Checkpoint) -> GateVerdict:
        """Judge a candidate, or the nearest network on its way back to its parent that passes.

        If none does, its leanings are tried with the weights of its parent.
        """
        verdicts = []
        for share in WAYS_BACK:
            verdict = self._judge(interpolate(self._parent, candidate, share), share)
            if not verdict.reasons:
                return verdict
            verdicts.append(verdict)
        leaning = lean(self._parent, read_leanings(candidate) - read_leanings(self._parent))
        verdict = self._judge(leaning, 0.0)
        return verdicts[0] if verdict.reasons else verdict

    def measure(self, candidate: Checkpoint) -> dict[str, float]:
        """The figures of a candidate, by name."""
        corpus, (visits, preference) = self._score_corpus(candidate), self._score_visits(candidate)
        diversity, copied = self._measure_answers(candidate)
        scores = {
            "corpus_bits": corpus,
            "corpus_change": corpus - self._corpus_bits,
            "visit_bits": visits,
            "visit_change": visits - self._visit_bits,
            "preference_change": preference - self._preference_bits,
            "diversity": diversity / self._diversity,
            "copied_notes": copied,
            "copied_change": copied - self._copied,
        }
        return {name: round(score, 4) for name, score in scores.items()}

    def _judge(self, candidate: Checkpoint, share: float) -> GateVerdict:
        bounds, scores = self._bounds, self.measure(candidate)
        reasons = []
        if not scores["corpus_change"] <= bounds.corpus_bits:
            reasons.append(
                f"forgets: {scores['corpus_change']:+.3f} bits on the corpus, "
                f"at most {bounds.corpus_bits:+.3f}"
            )
        if not scores["visit_change"] < 0:
            reasons.append(
                f"has learned nothing: {scores['visit_change']:+.3f} bits on the liked duets of "
                "other visits"
            )
        if not scores["preference_change"] < 0:
            reasons.append(
                f"prefers what was not liked: {scores['preference_change']:+.3f} bits on liked "
                "against other duets"
            )
        if not bounds.least_diversity <= scores["diversity"] <= bounds.most_diversity:
            reasons.append(
                f"diversity {scores['diversity']:.2f} of generation 0's, accepted: "
                f"{bounds.least_diversity:.2f} to {bounds.most_diversity:.2f}"
            )
        if not scores["copied_change"] <= bounds.copied_notes:
            reasons.append(
                f"copies: runs {scores['copied_change']:+.1f} notes longer than generation 0's, "
                f"at most {bounds.copied_notes:+.1f}"
            )
        changed = read_leanings(candidate) - read_leanings(self._origin)
        leanings = dict(zip(LEANING_NAMES, changed.round(3).tolist(), strict=True))
        return GateVerdict(candidate, {"share": share, **scores, **leanings}, tuple(reasons))

    def _score_corpus(self, model: Checkpoint) -> float:
        return score_tunes(model.network, self._corpus).bits_per_note

    def _score_visits(self, model: Checkpoint) -> tuple[float, float]:
        """Bits a note of the answers that were liked, and those less the bits of the others.

        What both have in common, as the planned length of their last notes, has no part in the
        second.
        """
        bits, liked = score_answers(model, self._judged), np.maximum(0.0, self._weights)
        visit_bits = bits @ liked / max(1e-9, liked.sum())
        return float(visit_bits), float(bits @ self._weights) / max(1, len(bits))

    def _measure_answers(self, model: Checkpoint) -> tuple[float, float]:
        """Share of different figures in its answers, and mean of the longest copied runs."""
        generator = np.random.default_rng(self._seed)
        diversities: list[float] = []
        copied: list[int] = []
        for _ in range(PROBE_ROUNDS):
            answers = continue_phrases(model, self._probes, generator)
            answers = [answer[:MEASURED_NOTES] for answer in answers]
            diversities.append(measure_diversity(answers))
            copied += map(self._index.longest_run, answers)
        return float(np.mean(diversities)), float(np.mean(copied))


def choose_probes(data: EvolutionData) -> list[Tune]:
    """Phrases of visits that are not learned, and openings of the corpus."""
    phrases = [duet.phrase for duet in data.judged]
    openings = [
        replace(tune, notes=tune.notes[:PROBE_NOTES])
        for tune in data.corpus
        if len(tune.notes) >= PROBE_NOTES
    ]
    probes = [*phrases, *openings]
    return (probes * -(-PROBE_COUNT // max(1, len(probes))))[:PROBE_COUNT]


def measure_diversity(answers: Sequence[Sequence[Note]]) -> float:
    """Different figures as a share of all figures.

    Parameters
    ----------
    answers : sequence of sequence of Note

    Returns
    -------
    float
        0 to 1. It falls with the number of notes, which should be equal where it is compared.
    """
    figures = [
        tuple(steps[at : at + STEPS_OF_FIGURE])
        for steps in map(melody_steps, answers)
        for at in range(len(steps) - STEPS_OF_FIGURE + 1)
    ]
    return len(set(figures)) / max(1, len(figures))


def interpolate(parent: Checkpoint, candidate: Checkpoint, share: float) -> Checkpoint:
    """The network at a share of the way from a parent to a candidate."""
    if share == 1.0:
        return candidate
    own, new = parent.network.parameters, candidate.network.parameters
    part = np.float32(share)
    mixed = {name: own[name] + part * (new[name] - own[name]) for name in own}
    between = replace(candidate, network=Network(candidate.network.sizes, mixed))
    return lean(between, (1 - share) * (read_leanings(parent) - read_leanings(candidate)))
