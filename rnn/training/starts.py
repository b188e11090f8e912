"""Starts: which trained model a training on new tunes begins with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from midi_data.notes import Tune
from rnn.codecs.note_codec import NoteCodec
from rnn.codecs.note_details import NoteDetails
from rnn.model.checkpoint import Checkpoint
from rnn.model.network import Network
from rnn.training.dataset import encode_tunes
from rnn.training.evaluation import score_tunes
from rnn.training.experiment import choose_codec
from rnn.training.fine_tuning import FineTuner, FineTuningSettings

SAMPLE_TUNES = 40  # tunes on which starts are compared
FAR_BITS = 4.0
"""Bits per note of the best untouched start from which the music is far from all of them."""
TRIAL_RATIO = 1.3  # bits of an untouched start over those of the best, up to which it is tried
MAX_TRIED_STARTS = 3
TRIAL_STEPS, TRIAL_SEED = 48, 1  # updates of a trial, some ten seconds: after 16 it tells nothing
TRIAL_PARTS = 4  # the first of so many parts of the sample is held out in a trial
SCRATCH_NOTES = 4000  # notes from which on a new network may win
SCRATCH_RATIO = 1.2  # bits of a start over those of an n-gram from which on it wins


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """A trained model to begin with.

    Parameters
    ----------
    name : str
        Name of the style, or the file.
    model : Checkpoint
    bits_per_note : float
        Of the untouched model, on a sample of the new tunes.
    """

    name: str
    model: Checkpoint
    bits_per_note: float


def fit_start(model: Checkpoint, tunes: Sequence[Tune]) -> Checkpoint:
    """The model with a codec for what some tunes hold; what is new has no effect until trained.

    Parameters
    ----------
    model : Checkpoint
    tunes : sequence of Tune
        At least one has notes.

    Returns
    -------
    Checkpoint
        The model itself if it fits, or writes characters. A model with details keeps their tokens,
        even if the tunes have none; its style is any.
    """
    own, wanted = model.codec, choose_codec(NoteCodec.kind, tunes)
    if not isinstance(own, NoteCodec) or not isinstance(wanted, NoteCodec):
        return model
    details = wanted.details
    if details is None and own.details is not None:
        details = NoteDetails()
    codec = NoteCodec(max(own.voices, wanted.voices), match_echo=True, details=details)
    return model if codec.settings() == own.settings() else with_codec(model, codec)


def with_codec(model: Checkpoint, codec: NoteCodec) -> Checkpoint:
    """The model with input rows and outputs for another note codec.

    Parameters
    ----------
    model : Checkpoint
        Of a note codec.
    codec : NoteCodec
        With no fewer tokens and inputs.

    Returns
    -------
    Checkpoint
        The same logits of the tokens it had, until it is trained further.
    """
    sizes = replace(model.network.sizes, inputs=codec.inputs, outputs=codec.outputs)
    parameters = dict(model.network.parameters)
    embedding = parameters["embedding"]
    rows = np.zeros((codec.inputs, sizes.embedding), embedding.dtype)
    rows[: len(embedding)] = embedding
    if not model.codec.settings().get("voices") and model.codec.width < codec.width:
        first = codec.input_rows.voice  # never trained
        rows[first : codec.input_rows.row_count] = 0.0
    weight, bias = parameters["readout.weight"], parameters["readout.bias"]
    new = codec.outputs - len(bias)
    parameters["embedding"] = rows
    parameters["readout.weight"] = np.pad(weight, ((0, 0), (0, new)))
    parameters["readout.bias"] = np.pad(bias, (0, new))
    return replace(model, network=Network(sizes, parameters), codec=codec)


def check_start(
    name: str, model: Checkpoint, kind: str | None, units: int | None, layers: int | None
) -> None:
    """Check that a model fits what is asked for; None fits all.

    Parameters
    ----------
    name : str
        Of the model, for the message.
    model : Checkpoint
    kind : str or None
        Kind of codec.
    units, layers : int or None
        Sizes of the network.

    Raises
    ------
    ValueError
        If the model has another codec or size.
    """
    sizes = model.network.sizes
    for what, own, asked in (
        ("the codec", model.codec.kind, kind),
        ("units a layer", sizes.units, units),
        ("layers", sizes.layers, layers),
    ):
        if asked is not None and own != asked:
            raise ValueError(f"cannot start from {name}: {what}: it has {own}, not {asked}")


def score_starts(
    models: Mapping[str, Checkpoint], tunes: Sequence[Tune], scored: Sequence[Tune] = ()
) -> list[Start]:
    """Score models on a sample of tunes, untouched but for the codec the tunes need.

    Parameters
    ----------
    models : mapping of str to Checkpoint
        By name.
    tunes : sequence of Tune
        What the codec is chosen for; at least one has notes.
    scored : sequence of Tune, optional
        Those of them that the models are scored on; by default all.

    Returns
    -------
    list of Start
        The best first.
    """
    sample, starts = _sample(scored) or _sample(tunes), []
    for name, untouched in models.items():
        model = fit_start(untouched, [tune for tune in tunes if tune.notes])
        score = score_tunes(model.network, encode_tunes(model.codec, sample))
        starts.append(Start(name, model, score.bits_per_note))
    return sorted(starts, key=lambda start: start.bits_per_note)


def rank_by_trial(starts: Sequence[Start], tunes: Sequence[Tune]) -> list[Start]:
    """Starts in the order of what they learn in a trial, where the music is far from all of them.

    What predicts such tunes best untouched need not learn them best. Each start that is nearly as
    good as the best is trained for `TRIAL_STEPS` updates on a sample of the tunes, of which a part
    is held out.

    Parameters
    ----------
    starts : sequence of Start
        The best first, untouched.
    tunes : sequence of Tune

    Returns
    -------
    list of Start
        The best first; all of `starts`, those that were not tried behind the others.
    """
    near = [each for each in starts if each.bits_per_note <= TRIAL_RATIO * starts[0].bits_per_note]
    tried = near[:MAX_TRIED_STARTS]
    sample = _sample(tunes)
    if starts[0].bits_per_note < FAR_BITS or len(tried) < 2 or len(sample) < TRIAL_PARTS:
        return list(starts)
    learned = {start.name: _try(start, sample) for start in tried}
    tried.sort(key=lambda start: learned[start.name])
    return [*tried, *(each for each in starts if each not in tried)]


def _try(start: Start, sample: Sequence[Tune]) -> float:
    """Bits per note of a start on the held-out part of a sample, after a trial."""
    encoded = encode_tunes(start.model.codec, sample)
    held_out = encoded[::TRIAL_PARTS]
    train = [tune for place, tune in enumerate(encoded) if place % TRIAL_PARTS]
    settings = FineTuningSettings(seed=TRIAL_SEED, steps=TRIAL_STEPS, fits_sharpness=False)
    tuner = FineTuner(start.model.network, start.model.codec, train, settings, held_out=held_out)
    tuner.run(lambda progress: None)
    return tuner.training_state.best


def _sample(tunes: Sequence[Tune]) -> list[Tune]:
    """At most `SAMPLE_TUNES` of the tunes that have notes, spread over all."""
    voiced = [tune for tune in tunes if tune.notes]
    return voiced[:: -(-len(voiced) // SAMPLE_TUNES)] if voiced else []


def scratch_wins(start: Start, ngram_bits: float, notes: int) -> bool:
    """Whether a new network will probably predict the tunes better than one from a start.

    The n-gram learned the new tunes. A start that needs many more bits than it knows nothing of
    them, and holds the training back. The ratio is from tunes held out: at 1.9 and at 1.3 times
    the bits of the n-gram, a new network won; at 1.05 times, the start. With fewer notes than
    `SCRATCH_NOTES`, a start wins at any ratio.

    Parameters
    ----------
    start : Start
    ngram_bits : float
        Bits per note of an n-gram that learned the new tunes.
    notes : int
        Notes to learn.

    Returns
    -------
    bool
    """
    return notes >= SCRATCH_NOTES and start.bits_per_note > SCRATCH_RATIO * ngram_bits
