"""An experiment: one corpus split and encoded, its baselines, and the model trained on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from midi_data.notes import TICKS_PER_BEAT, Tune
from midi_data.splits import TuneSplit, split_tunes
from rnn.codecs import codec_named
from rnn.codecs.codec import SequenceCodec
from rnn.codecs.note_codec import NoteCodec
from rnn.codecs.note_details import details_of
from rnn.model.checkpoint import Checkpoint
from rnn.model.model_card import ModelCard
from rnn.model.network import Network
from rnn.training.baselines import CachedNGramModel, NGramModel, score_unigram
from rnn.training.dataset import EncodedTune, encode_tunes
from rnn.training.evaluation import pitch_class_preference, score_tunes
from rnn.training.fine_tuning import FineTuner
from rnn.training.shards import open_shards
from rnn.training.trainer import Trainer

POLYPHONIC_CHORD_SHARE = 0.05
"""Share of notes that begin with another, above which a corpus is polyphonic."""
POLYPHONIC_VOICES = 4  # sounding notes in the input of a network for polyphony
BASELINE_TUNES = 10_000  # training tunes the baselines learn from
SCORED_TUNES = 400  # validation and test tunes of a sharded collection that are scored
PROBED_TUNES = 400  # training tunes of a sharded collection that its units are probed with
PREFERENCE_TUNES = 200  # validation tunes used for a checkpoint's preference


@dataclass(frozen=True, slots=True)
class Experiment:
    """A corpus, split and encoded.

    Parameters
    ----------
    codec : Codec
    train, validation, test : sequence of EncodedTune
    removed_duplicates : int
        Tunes removed as copies of another one, in any key.
    meter : str
        Most frequent meter of the training tunes.
    meters : dict of str to int
        Number of training tunes of each meter.
    tempo : float
        Median tempo of the training tunes, quarter notes a minute.
    train_tunes : tuple of Tune
        Training tunes before encoding.
    """

    codec: SequenceCodec
    train: Sequence[EncodedTune]
    validation: Sequence[EncodedTune]
    test: Sequence[EncodedTune]
    removed_duplicates: int
    meter: str
    meters: dict[str, int]
    tempo: float
    train_tunes: tuple[Tune, ...] = ()

    @property
    def tune_counts(self) -> dict[str, int]:
        """Number of tunes of each split."""
        return {name: len(split) for name, split in self._splits().items()}

    @property
    def note_counts(self) -> dict[str, int]:
        """Number of notes of each split."""
        return {name: sum(t.notes for t in split) for name, split in self._splits().items()}

    def _splits(self) -> dict[str, Sequence[EncodedTune]]:
        return {"train": self.train, "validation": self.validation, "test": self.test}

    def score_baselines(self, tunes: Sequence[EncodedTune]) -> dict[str, float]:
        """Bits per note of each baseline on a split: unigram, ngram, cached.

        They learn from at most `BASELINE_TUNES` of the training tunes. The cache is fitted on the
        validation tunes.
        """
        train = self.train[:: max(1, -(-len(self.train) // BASELINE_TUNES))]
        outputs = self.codec.outputs
        unique = {id(tune): tune for tune in (*self.validation, *tunes)}
        ngram = NGramModel(train, list(unique.values()), outputs)
        return {
            "unigram": score_unigram(train, tunes, outputs).bits_per_note,
            "ngram": ngram.score(tunes).bits_per_note,
            "cached": CachedNGramModel(ngram, self.validation).score(tunes).bits_per_note,
        }


def prepare_experiment(
    tunes: Sequence[Tune],
    kind: str = NoteCodec.kind,
    codec: SequenceCodec | None = None,
    split: TuneSplit | None = None,
) -> Experiment:
    """Split and encode a corpus.

    If a split of a small corpus is empty, it takes a training tune; a single tune is in all splits.

    Parameters
    ----------
    tunes : sequence of Tune
    kind : str
        Kind of codec, a key of `rnn.codecs.CODECS`.
    codec : SequenceCodec, optional
        The codec itself, of a network to start from; by default one of the kind.
    split : TuneSplit, optional
        The split, where a corpus has one of its own.

    Returns
    -------
    Experiment

    Raises
    ------
    ValueError
        If the corpus has fewer than two notes, or the codec is unknown.
    """
    tunes = [tune for tune in tunes if tune.notes]
    if sum(len(tune.notes) for tune in tunes) < 2:
        raise ValueError("a corpus needs at least two notes")
    codec = codec or choose_codec(kind, tunes)
    split = split or split_tunes(tunes)
    train, validation, test = list(split.train), list(split.validation), list(split.test)
    if not train:
        train = validation + test
    for part in (validation, test):
        if not part:
            part.append(train.pop() if len(train) > 1 else train[0])
    meters = dict(Counter(str(tune.meter) for tune in train).most_common())
    return Experiment(
        codec,
        *(encode_tunes(codec, part) for part in (train, validation, test)),
        split.removed_duplicates,
        next(iter(meters)),
        meters,
        median(tune.tempo for tune in train),
        tuple(train),
    )


def prepare_sharded_experiment(folder: Path) -> Experiment:
    """An experiment whose training tunes stay in their shards.

    Parameters
    ----------
    folder : Path
        Made by `rnn.training.shards.build_shards`.

    Returns
    -------
    Experiment
        Of validation and test tunes it has `SCORED_TUNES` at most.

    Raises
    ------
    ShardError
        If the folder holds no shards, or fewer than three tunes.
    """
    shards = open_shards(folder)
    return Experiment(
        shards.codec,
        shards.train,
        shards.validation.with_masks(SCORED_TUNES),
        shards.test.with_masks(SCORED_TUNES),
        shards.removed_duplicates,
        next(iter(shards.meters)),
        shards.meters,
        shards.tempo,
        tuple(shards.train.sample(PROBED_TUNES)),
    )


def best_checkpoint(
    experiment: Experiment, trainer: Trainer | FineTuner, card: ModelCard
) -> Checkpoint:
    """The best model of a training so far.

    Parameters
    ----------
    experiment : Experiment
    trainer : Trainer or FineTuner
    card : ModelCard

    Returns
    -------
    Checkpoint
        With `card` as it is.
    """
    network, codec = Network(trainer.network.sizes, trainer.best_parameters), experiment.codec
    tunes = experiment.validation[:PREFERENCE_TUNES]
    return Checkpoint(network, codec, card, pitch_class_preference(network, tunes, codec))


def score_network(experiment: Experiment, network: Network) -> dict[str, float]:
    """Bits per note of a network and of the baselines.

    Parameters
    ----------
    experiment : Experiment
    network : Network

    Returns
    -------
    dict of str to float
        The network on the validation and the test tunes (validation, test); the baselines on the
        test tunes (unigram, ngram, cached).
    """
    return {
        "validation": score_tunes(network, experiment.validation).bits_per_note,
        "test": score_tunes(network, experiment.test).bits_per_note,
        **experiment.score_baselines(experiment.test),
    }


def choose_codec(kind: str, tunes: Sequence[Tune]) -> SequenceCodec:
    """A codec of a kind; a note codec is made for what the tunes hold.

    Parameters
    ----------
    kind : str
        A key of `rnn.codecs.CODECS`.
    tunes : sequence of Tune
        At least one has notes.

    Returns
    -------
    SequenceCodec

    Raises
    ------
    ValueError
        If the kind is unknown.
    """
    if kind != NoteCodec.kind:
        return codec_named(kind)()
    notes = sum(len(tune.notes) for tune in tunes)
    onsets = sum(len({round(n.onset * TICKS_PER_BEAT) for n in tune.notes}) for tune in tunes)
    polyphonic = 1 - onsets / notes > POLYPHONIC_CHORD_SHARE
    voices = POLYPHONIC_VOICES if polyphonic else 0
    return NoteCodec(voices, match_echo=True, details=details_of(tunes))
