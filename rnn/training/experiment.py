"""A study: one corpus prepared, the baselines it sets, and the model made of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from midi_data.notes import Tune
from midi_data.splits import split_tunes
from rnn.codecs import codec_named
from rnn.codecs.codec import Codec
from rnn.codecs.note_codec import NoteCodec
from rnn.model.checkpoint import Checkpoint, ModelCard
from rnn.model.network import Network
from rnn.training.baselines import CachedNGramModel, NGramModel, score_unigram
from rnn.training.dataset import EncodedTune, encode_tunes
from rnn.training.evaluation import pitch_class_preference, score_tunes
from rnn.training.trainer import Trainer

POLYPHONIC_CHORD_SHARE = 0.05
"""Share of notes struck together with another from which a corpus counts as polyphonic."""
POLYPHONIC_VOICES = 4
"""Sounding notes a network for polyphony is shown."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """A corpus, split and encoded.

    Parameters
    ----------
    codec : Codec
    train, validation, test : list of EncodedTune
    doubles : int
        Tunes removed because they are another one, in any key.
    meter : str
        The commonest.
    tempo : float
        The median, quarter notes a minute.
    pieces : tuple of Tune
        The training tunes as they were.
    """

    codec: Codec
    train: list[EncodedTune]
    validation: list[EncodedTune]
    test: list[EncodedTune]
    removed_duplicates: int
    meter: str
    tempo: float
    train_tunes: tuple[Tune, ...] = ()

    @property
    def tune_counts(self) -> dict[str, int]:
        """How many tunes each side has."""
        return {name: len(side) for name, side in self._splits()}

    @property
    def note_counts(self) -> dict[str, int]:
        """How many notes each side has."""
        return {name: sum(tune.notes for tune in side) for name, side in self._splits()}

    def _splits(self) -> list[tuple[str, list[EncodedTune]]]:
        return [("train", self.train), ("validation", self.validation), ("test", self.test)]

    def score_baselines(self, side: Sequence[EncodedTune]) -> dict[str, float]:
        """Bits per note of the unigram, the n-gram and the n-gram with a cache on some tunes.

        The cache is fitted on the validation tunes.
        """
        outputs = self.codec.outputs
        unique = {id(tune): tune for tune in (*self.validation, *side)}
        ngram = NGramModel(self.train, list(unique.values()), outputs)
        return {
            "unigram": score_unigram(self.train, side, outputs).bits_per_note,
            "ngram": ngram.score(side).bits_per_note,
            "cached": CachedNGramModel(ngram, self.validation).score(side).bits_per_note,
        }


def prepare_experiment(tunes: Sequence[Tune], kind: str = NoteCodec.kind) -> Experiment:
    """Split and encode a corpus.

    A corpus too small for three sides lends tunes to the empty ones; a single tune is its own
    validation.

    Parameters
    ----------
    kind : str
        Which codec, as in `rnn.codecs.CODECS`.

    Raises
    ------
    ValueError
        If there are no two notes to learn from, or no such codec.
    """
    tunes = [tune for tune in tunes if tune.notes]
    if sum(len(tune.notes) for tune in tunes) < 2:
        raise ValueError("a corpus needs at least two notes")
    codec = _codec(kind, tunes)
    sides = split_tunes(tunes)
    train, validation, test = list(sides.train), list(sides.validation), list(sides.test)
    everything = train + validation + test
    if not train:
        train = everything
    for side in (validation, test):
        if not side:
            side.append(train.pop() if len(train) > 1 else train[0])
    return Experiment(
        codec,
        encode_tunes(codec, train),
        encode_tunes(codec, validation),
        encode_tunes(codec, test),
        sides.removed_duplicates,
        Counter(str(tune.meter) for tune in train).most_common(1)[0][0],
        median(tune.tempo for tune in train),
        tuple(train),
    )


def best_checkpoint(study: Experiment, trainer: Trainer, card: ModelCard) -> Checkpoint:
    """The best model of a training, without its scores."""
    network = Network(trainer.network.sizes, trainer.best_parameters)
    some = study.validation[:200]
    return Checkpoint(
        network, study.codec, card, pitch_class_preference(network, some, study.codec)
    )


def score_network(study: Experiment, network: Network) -> dict[str, float]:
    """Bits per note on validation and test tunes, beside the baselines on the test tunes."""
    return {
        "validation": score_tunes(network, study.validation).bits_per_note,
        "test": score_tunes(network, study.test).bits_per_note,
        **study.score_baselines(study.test),
    }


def _codec(kind: str, tunes: Sequence[Tune]) -> Codec:
    if kind == NoteCodec.kind:
        return NoteCodec(POLYPHONIC_VOICES if _is_polyphonic(tunes) else 0)
    return codec_named(kind)()


def _is_polyphonic(tunes: Sequence[Tune]) -> bool:
    notes = sum(len(tune.notes) for tune in tunes)
    onsets = sum(len({note.onset for note in tune.notes}) for tune in tunes)
    return 1 - onsets / notes > POLYPHONIC_CHORD_SHARE
