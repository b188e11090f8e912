"""How far a network's music can be told from people's: solos, answers, and simpler models.

    python benchmarks/musicality.py CORPUS MODEL [--split test] [--count 60] [--rows solo answer]

CORPUS is a built corpus by name or a folder, MODEL a style or a model file trained on it. People's
music is that of the held-out tunes. A solo is compared with whole tunes; an answer to the first
bars of a tune, its last bar left out, with the bars that follow there. AUC is that of a
cross-validated logistic regression (0.5: cannot be told apart); OA and KL are the overlap area and
the divergence of Yang and Lerch 2018. Features: `rnn/analysis/tune_features.py`, which a style's
critic reads, too. "AUC by patterns" is that of a judge that knows none of them: it counts how often
each of the commonest patterns of four notes of the training tunes comes.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from telling_apart import cross_validated_auc, overlap_and_divergence

from installation.config import LiveSettings
from installation.engine.phrases.audition import Audition, DrawnTune
from installation.engine.phrases.phrase_generator import PhraseGenerator
from installation.engine.phrases.phrase_plans import plan_attract_tune
from installation.engine.phrases.written_answer import compose_answer
from messages.clock import SECOND
from midi_data.beat_grid import BeatGrid
from midi_data.notes import Meter, Note, Tune
from midi_data.recipes.corpora import load_corpus
from midi_data.splits import split_tunes
from rnn.analysis.tune_critics import MIN_MELODY_NOTES
from rnn.analysis.tune_features import (
    PATTERN_NOTES,
    count_parallels,
    ending_features,
    features,
    melody,
    patterns,
)
from rnn.codecs.codec import Codec
from rnn.generation.improviser import Improviser
from rnn.generation.sampling import sample_token
from rnn.model.checkpoint import Checkpoint, load_checkpoint
from rnn.model.sampling_params import SamplingParams
from rnn.styles import style_names, style_path

ROWS = ("people", "solo", "answer", "raw", "8-gram")
COMMON_PATTERNS = 60  # patterns of the training tunes that the second judge counts
PHRASE_BARS, PHRASE_BARS_IN_VOICES = 8, 4  # bars that are heard, and then answered
NGRAM_ORDER, NGRAM_DISCOUNT = 8, 0.75
GRID = BeatGrid(0, SECOND // 2)


class NGramSampler:
    """Interpolated Kneser-Ney 8-gram (Chen & Goodman 1999) that counts when it is asked."""

    def __init__(self, train: Sequence[Tune], codec: Codec) -> None:
        pad = np.full(NGRAM_ORDER - 1, -1, np.int32)
        tokens = [part for tune in train for part in (pad, codec.encode(tune))]
        self._tokens, self._outputs = np.concatenate(tokens), codec.outputs
        self._followed = {  # places of the token after each token
            int(token): np.flatnonzero(self._tokens[:-1] == token) + 1
            for token in np.unique(self._tokens)
        }
        self._kept: dict[tuple[int, ...], tuple[NDArray, float]] = {}

    def log_probabilities(self, past: Sequence[int]) -> NDArray[np.float32]:
        """Logarithm of the probability of each token after some tokens, shape (V,)."""
        context = ([-1] * NGRAM_ORDER + list(past))[-(NGRAM_ORDER - 1) :]
        mixed = np.full(self._outputs, 1 / self._outputs)
        mixed = self._mix((), np.arange(NGRAM_ORDER, len(self._tokens)), mixed)
        places = self._followed.get(context[-1], np.zeros(0, np.int64))
        for length in range(1, NGRAM_ORDER):
            if length > 1:
                places = places[self._tokens[places - length] == context[-length]]
            if not len(places):
                break
            mixed = self._mix(tuple(context[-length:]), places, mixed)
        return np.log(mixed + 1e-12).astype(np.float32)

    def _mix(self, context: tuple[int, ...], places: NDArray, below: NDArray) -> NDArray:
        if context not in self._kept:
            following = self._tokens[places].astype(np.int64)
            if len(context) < NGRAM_ORDER - 1:  # in shorter contexts, different tokens before them
                before = self._tokens[places - len(context) - 1]
                following = np.unique(following * 1000 + before + 1) // 1000
            counts = np.bincount(following[following >= 0], minlength=self._outputs)
            self._kept[context] = (counts, float(counts.sum()))
        counts, total = self._kept[context]
        if not total:
            return below
        spread = NGRAM_DISCOUNT * np.count_nonzero(counts) / total
        return np.maximum(counts - NGRAM_DISCOUNT, 0) / total + spread * below

    def continue_tune(self, codec: Codec, heard: Tune, until: float, seed: int) -> list[Note]:
        """Notes after those of a tune, up to a beat."""
        tokens, generator = codec.encode(heard).tolist()[:-1], np.random.default_rng(seed)
        reader, notes = codec.new_reader(), []
        for token in tokens:
            reader.push(token)
        while not notes or notes[-1].onset < until:
            mask = reader.mask()
            mask[codec.end_token] = False
            logits = np.where(mask, self.log_probabilities(tokens), -np.inf)
            tokens.append(sample_token(logits, generator))
            if (note := reader.push(tokens[-1])) is not None:
                notes.append(note)
        return notes


def compose_solo(
    composer: Improviser, meter: Meter, sampling: SamplingParams, seed: int, auditions: int = 0
) -> Tune:
    """A tune as the network plays it by itself, drawn by its critic from some auditions."""
    drawn = DrawnTune(np.random.default_rng(seed))
    if candidates := min(auditions, composer.candidates):
        audition = Audition(composer, sampling, (seed,), candidates)
        while not audition.is_over:
            audition.compose_note()
        drawn = audition.finish()
    meter = composer.draw_meter(drawn.generator) or meter
    composer.begin_tune(meter)
    plan = plan_attract_tune(sampling, 80)
    line = PhraseGenerator(composer, drawn.generator, plan, GRID, 0, drawn.later_generators)
    notes = []
    while (composed := line.compose_note()) is not None:
        length = (composed.note.end - composed.note.due) / GRID.beat_ns
        notes.append(replace(composed.step.note, duration=length))
    return Tune(tuple(notes), meter)


def continue_unsteered(
    composer: Improviser, heard: Tune, until: float, sampling: SamplingParams, seed: int
) -> list[Note]:
    """Notes after those of a tune, up to a beat, as the network would go on by itself."""
    composer.restart_with_phrase(heard)
    generator, notes = np.random.default_rng(seed), []
    while not notes or notes[-1].onset < until:
        notes.append(composer.compose_note(generator, sampling).note)
    return notes


def cut(tune: Tune, begin: float, end: float) -> Tune:
    """The notes of a tune that begin within some beats."""
    kept = tuple(note for note in tune.notes if begin <= note.onset < end - 1e-6)
    return replace(tune, notes=kept)


@dataclass(frozen=True, slots=True)
class Row:
    """People's pieces and others, which belong to them in turn; and the music heard before."""

    people: list[Tune]
    made: list[Tune]
    heard: list[Tune] | None = None


class Study:
    """One network beside people's tunes that it has not learnt from.

    Parameters
    ----------
    corpus : str
    checkpoint : Checkpoint
    split : {"validation", "test"}
    count : int
        Pieces of each row; with fewer tunes, the network plays several to each.
    sampling : SamplingParams
    auditions : int
        Tunes of which a critic draws a solo; 0 for none.
    """

    def __init__(
        self,
        corpus: str,
        checkpoint: Checkpoint,
        split: str,
        count: int,
        sampling: SamplingParams,
        auditions: int,
    ) -> None:
        tunes = split_tunes(load_corpus(corpus).tunes)
        self.train, self.codec, self.sampling = tunes.train, checkpoint.codec, sampling
        self._auditions = auditions
        self.common_patterns = common_patterns(tunes.train)
        self.composer, self.meter = Improviser(checkpoint), Meter.parse(checkpoint.card.meter)
        self._sampler: NGramSampler | None = None
        has_voices = bool(self.codec.settings().get("voices"))
        self.bars = PHRASE_BARS_IN_VOICES if has_voices else PHRASE_BARS
        held_out = [self.codec.fit_tune(tune) for tune in getattr(tunes, split)]
        longer = [t for t in held_out if t.end > (self.bars * 1.5 + 1) * t.meter.bar_beats]
        self.whole, self.split_tunes = held_out[:count], longer[:count]
        self.solo_draws = -(-count // len(self.whole))
        self.answer_draws = -(-count // len(self.split_tunes))

    def heard(self, tune: Tune) -> Tune:
        """The first bars of a tune, no note of which lasts longer."""
        until = self.bars * tune.meter.bar_beats
        notes = cut(tune, 0, until).notes
        notes = tuple(replace(n, duration=min(n.duration, until - n.onset)) for n in notes)
        return replace(tune, notes=notes)

    def after(self, tune: Tune, end: float = np.inf) -> Tune:
        """What follows the first bars, its last bar left out."""
        bar = tune.meter.bar_beats
        end = min(end, self.bars * bar * 2, np.ceil(tune.notes[-1].onset / bar + 1e-6) * bar)
        return cut(tune, self.bars * bar, end - bar)

    def answers(self, continued: Callable[[Tune, float, int], Sequence[Note]]) -> list[Tune]:
        """Continuations of the first bars of each tune, several times over; same bars as people."""
        made = []
        for draw in range(self.answer_draws):
            for index, tune in enumerate(self.split_tunes):
                until = 2 * self.bars * tune.meter.bar_beats
                notes = continued(self.heard(tune), until, 1000 * draw + index)
                human = self.after(tune)
                bar = tune.meter.bar_beats
                last = np.floor(human.notes[-1].onset / bar + 1e-6) * bar + 2 * bar
                made.append(self.after(replace(tune, notes=tuple(notes)), last))
        return made

    def row(self, name: str) -> Row:
        """People's pieces and others to compare."""
        if name == "people":
            half = len(self.whole) // 2
            return Row(self.whole[:half], self.whole[half : 2 * half])
        if name == "solo":
            seeds = range(self.solo_draws * len(self.whole))
            solos = [
                compose_solo(self.composer, self.meter, self.sampling, seed, self._auditions)
                for seed in seeds
            ]
            return Row(self.whole, solos)
        if name == "8-gram":
            self._sampler = self._sampler or NGramSampler(self.train, self.codec)
        continued = {"answer": self._answer, "raw": self._go_on, "8-gram": self._continue_ngram}
        people = [self.after(tune) for tune in self.split_tunes]
        heard = [self.heard(tune) for tune in self.split_tunes]
        return Row(people, self.answers(continued[name]), heard)

    def _answer(self, heard: Tune, _: float, seed: int) -> Sequence[Note]:
        return compose_answer(self.composer, heard, np.random.default_rng(seed))

    def _go_on(self, heard: Tune, until: float, seed: int) -> Sequence[Note]:
        return continue_unsteered(self.composer, heard, until, self.sampling, seed)

    def _continue_ngram(self, heard: Tune, until: float, seed: int) -> Sequence[Note]:
        return self._sampler.continue_tune(self.codec, heard, until, seed)


def common_patterns(tunes: Sequence[Tune]) -> list[tuple[int, ...]]:
    """The commonest patterns of some tunes."""
    counts = Counter(each for tune in tunes for each in patterns(melody(tune.notes)))
    return [pattern for pattern, _ in counts.most_common(COMMON_PATTERNS)]


def pattern_shares(tune: Tune, common: Sequence[tuple[int, ...]]) -> list[float]:
    """How often each of some patterns comes, by notes of the melody."""
    line = melody(tune.notes)
    runs = Counter(
        next(iter(patterns(line[k : k + PATTERN_NOTES]))) for k in range(len(line) - PATTERN_NOTES)
    )
    return [runs[pattern] / len(line) for pattern in common]


def motif_share(tune: Tune, heard: Tune) -> float:
    """Share of the patterns of a tune that were heard, in any key."""
    own = patterns(melody(tune.notes))
    return len(own & patterns(melody(heard.notes))) / max(1, len(own))


def parallels(tunes: Sequence[Tune], semitones: int) -> float:
    """Parallel fifths (7) or octaves (0) per 100 changes of four voices."""
    found, changes = np.sum([count_parallels(t.notes, semitones) for t in tunes], axis=0)
    return 100 * found / max(1, changes)


def judge(row: Row, common: Sequence[tuple[int, ...]]) -> dict[str, object]:
    """Figures of one row; `common` are the patterns that the second judge counts."""
    tunes, groups = [*row.people, *row.made], np.arange(len(row.people) + len(row.made))
    groups %= len(row.people)
    usable = [k for k, tune in enumerate(tunes) if len(melody(tune.notes)) >= MIN_MELODY_NOTES]
    found = []
    for k in usable:
        heard = row.heard[groups[k]] if row.heard else None
        ending = {} if row.heard else ending_features(tunes[k])
        found.append(features(tunes[k], heard) | ending)
    names = [name for name in found[0] if all(name in each for each in found)]
    values = np.array([[each[name] for name in names] for each in found])
    shares = np.array([pattern_shares(tunes[k], common) for k in usable])
    is_made = np.array(usable) >= len(row.people)
    people, made = values[~is_made], values[is_made]
    result: dict[str, object] = {
        "pieces": [len(people), len(made)],
        "too short": len(tunes) - len(usable),
        "AUC": round(cross_validated_auc(values, is_made, groups[usable]), 3),
        "AUC by patterns": round(cross_validated_auc(shares, is_made, groups[usable]), 3),
    }
    if row.heard:
        befores = [row.heard[k % len(row.heard)] for k in range(len(row.made))]
        own = np.mean([motif_share(*each) for each in zip(row.made, befores, strict=True)])
        others = np.mean(
            [motif_share(*each) for each in zip(row.made, befores[-1:] + befores[:-1], strict=True)]
        )
        result["motif of own phrase, of another's"] = [round(100 * x, 1) for x in (own, others)]
    else:
        ends = names.index("cadence.ends on tonic")
        result["ends on tonic"] = [round(100 * x[:, ends].mean()) for x in (people, made)]
    for name, semitones in (("fifths", 7), ("octaves", 0)):
        if "voices.four" in names:
            result[f"parallel {name}"] = [
                round(parallels(each, semitones), 2) for each in (row.people, row.made)
            ]
    families: dict[str, list[tuple[float, float]]] = {}
    for place, name in enumerate(names):
        distance = overlap_and_divergence(people[:, place], made[:, place])
        families.setdefault(name.split(".")[0], []).append(distance)
    result["OA, KL"] = {
        name: [round(float(x), 2) for x in np.mean(each, axis=0)] for name, each in families.items()
    }
    spread = np.maximum(values.std(axis=0), 1e-9)
    means = (
        people.mean(axis=0),
        made.mean(axis=0),
        (made.mean(axis=0) - people.mean(axis=0)) / spread,
    )
    result["features"] = {
        name: [round(float(each[k]), 3) for each in means] for k, name in enumerate(names)
    }
    return result


def main() -> None:
    """Print the figures of each row."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", help="a built corpus by name, or a folder of .mid")
    parser.add_argument("model", help="a style, or a model file trained on the corpus")
    parser.add_argument("--split", choices=("validation", "test"), default="validation")
    parser.add_argument("--count", type=int, default=60, help="pieces of each row")
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=ROWS)
    parser.add_argument("--temperature", type=float, help="instead of the style's own")
    parser.add_argument("--top-p", type=float, help="instead of the style's own")
    parser.add_argument("--auditions", type=int, default=LiveSettings().auditions)
    parser.add_argument("--features", action="store_true", help="print each feature's means")
    given = parser.parse_args()
    path = style_path(given.model) if given.model in style_names() else Path(given.model)
    checkpoint = load_checkpoint(path)
    own = Improviser(checkpoint).own_sampling
    sampling = replace(
        own,
        temperature=given.temperature or own.temperature,
        top_p=given.top_p or own.top_p,
    )
    study = Study(given.corpus, checkpoint, given.split, given.count, sampling, given.auditions)
    for name in given.rows:
        found = judge(study.row(name), study.common_patterns)
        if not given.features:
            del found["features"]
        sys.stdout.write(json.dumps({"row": name} | found) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
