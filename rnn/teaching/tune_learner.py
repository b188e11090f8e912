"""Apprentices: a small network that learns one tune in front of somebody.

It is the network of `rnn.model.network` with the notes of `rnn.codecs.note_codec`, only smaller, so
that what was learned can be played live afterwards. It is trained at one speed, on one tune in one
key, the whole tune at each update (back-propagation through all of it); nothing is left out and
nothing is held back for a test, for the tune itself is what it is to know.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import Note, Tune, quantise_tune
from rnn.analysis.unit_probing import probe_units
from rnn.codecs.codec import MIN_TRANSPOSE_SEMITONES, TRANSPOSITION_COUNT
from rnn.codecs.note_codec import NoteCodec
from rnn.generation.sampling import sample_token
from rnn.model.checkpoint import Checkpoint
from rnn.model.losses import cross_entropy
from rnn.model.lstm import Array, LstmLayer
from rnn.model.model_card import ModelCard
from rnn.model.network import Network
from rnn.model.sizes import NetworkSizes
from rnn.training.dataset import EncodedTune, encode_tune
from rnn.training.evaluation import pitch_class_preference, unpack_masks
from rnn.training.optimiser import Adam, clip_gradients

LEARNED_STYLE = "apprentice"
"""Short name of every network learned so."""
UNITS_PER_LAYER = 48
EMBEDDING_SIZE = 32
MAX_LAYERS = 2
LEARNING_RATE = 0.003
"""Step of Adam: so small that learning, some eighty updates long, can be watched."""
MIN_NOTES = 4
"""A tune of fewer is no tune to learn."""
MAX_NOTES = 96
MAX_BARS = 16
"""Of a longer tune the first bars are learned, as many as keep to both."""
RECITAL_TEMPERATURE, RECITAL_TOP_P = 0.8, 0.95
"""How it recites: a little more careful than its chances are."""
_MAX_GRADIENT_NORM = 1.0
_LN2 = float(np.log(2.0))


class TuneTooShortError(ValueError):
    """A tune of too few notes to be learned."""


@dataclass(frozen=True, slots=True, eq=False)
class TeacherForcedTrace:
    """What a network did at each token of its tune, the past always the true one.

    Shapes: T tokens, L layers, H units, V tokens there are.

    Parameters
    ----------
    gates : ndarray, shape (T, L, 4, H)
        Input, forget and output gate, 0..1, and the candidate, -1..1.
    cells, hidden : ndarray, shape (T, L, H)
    chances : ndarray, shape (T, V)
        Of each token to come next, over those that may: before token t is seen.
    bits : ndarray, shape (T,)
        -log2 of the chance of the token that did come.
    right : ndarray of bool, shape (T,)
        Whether that one was the likeliest.
    """

    gates: Array
    cells: Array
    hidden: Array
    probabilities: Array
    bits: Array
    correct: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class TuneLearnerSnapshot:
    """An apprentice at a moment.

    Parameters
    ----------
    tune : Tune
        What it learns, as it was cut and put on the grid.
    seed, updates : int
    sizes : Sizes
    parameters : dict of str to ndarray
        As in `rnn.model.network.Network`; copies.
    errors : ndarray of float32, shape (updates,)
        Bits a note before each update.
    hearing : Hearing
    notes : ndarray of int, shape (T,)
        Which note each token spells; -1 for the meter and the end.
    recital : Tune
        What it plays by itself after the first note.
    """

    tune: Tune
    seed: int
    updates: int
    sizes: NetworkSizes
    parameters: dict[str, Array]
    bits_per_note: Array
    trace: TeacherForcedTrace
    token_notes: NDArray[np.int32]
    recital: Tune

    @property
    def correct_notes(self) -> NDArray[np.bool_]:
        """Whether each note, pitch and length and place, was the likeliest, shape (notes,)."""
        return _correct_notes(self.trace.correct, self.token_notes)

    @property
    def accuracy(self) -> float:
        """Share of the notes that were."""
        return float(self.correct_notes.mean())

    def checkpoint(self) -> Checkpoint:
        """The network as a model, to be played with.

        It was trained in the key of its tune alone; told of another key it is told of this one.
        Its atlas is of that tune.
        """
        codec = NoteCodec()
        weights = {name: array.copy() for name, array in self.parameters.items()}
        keys = codec.transposition_row + np.arange(TRANSPOSITION_COUNT)
        weights["embedding"][keys] = weights["embedding"][
            codec.transposition_row - MIN_TRANSPOSE_SEMITONES
        ]
        network, encoded = Network(self.sizes, weights), encode_tune(codec, self.tune)
        favour = pitch_class_preference(network, [encoded], codec)
        card = ModelCard(
            style=LEARNED_STYLE,
            title=self.tune.name,
            command="learned while watched",
            seed=self.seed,
            tunes={"train": 1},
            notes={"train": len(self.tune.notes)},
            meter=str(self.tune.meter),
            tempo=self.tune.tempo,
        )
        return Checkpoint(network, codec, card, favour, probe_units(network, codec, [self.tune]))


class TuneLearner:
    """A small network and the tune it learns.

    Parameters
    ----------
    tune : Tune
        Cut by `fit_tune_to_learn`.
    seed : int
        Of the first weights and of what it recites.
    units, layers : int

    Raises
    ------
    TuneTooShortError
        If there are fewer than `MIN_NOTES`.

    Attributes
    ----------
    tune : Tune
        As it is learned.
    encoded : EncodedTune
    network : Network
    errors : list of float
        Bits a note before each update.
    """

    def __init__(
        self, tune: Tune, seed: int = 0, units: int = UNITS_PER_LAYER, layers: int = 1
    ) -> None:
        self.tune, self.seed, self.bits_per_note = fit_tune_to_learn(tune), seed, list[float]()
        self.codec = NoteCodec()
        self.encoded: EncodedTune = encode_tune(self.codec, self.tune)
        self.token_notes = notes_of_tokens(self.codec, self.encoded)
        self._masks = unpack_masks(self.encoded.masks, self.codec.outputs)
        self._features = self.encoded.features.astype(np.int32)[:, None]  # (T, 1, F)
        self._targets = self.encoded.tokens[:, None]  # (T, 1)
        self._generator = np.random.default_rng(seed)
        sizes = NetworkSizes(self.codec.inputs, self.codec.outputs, EMBEDDING_SIZE, units, layers)
        self._use_network(Network.initial(sizes, self._generator))

    def learn(self) -> float:
        """One update on the whole tune; returns the error before, bits a note."""
        logits, tape = self.network.forward(self._features, self.network.initial_state())
        loss, slopes = cross_entropy(np.where(self._masks[:, None], logits, -np.inf), self._targets)
        slopes /= np.float32(len(self._targets))
        gradients = self.network.backward(slopes, tape)
        clip_gradients(gradients, _MAX_GRADIENT_NORM)
        self._adam.update(gradients, LEARNING_RATE)
        self.bits_per_note.append(loss / len(self.tune.notes) / _LN2)
        return self.bits_per_note[-1]

    def add_layer(self) -> bool:
        """Put a new layer above the others, with weights drawn at random.

        What it says is all the readout hears from now on, so much has to be learned again.

        Returns
        -------
        bool
            False, and nothing done, if there are `MAX_LAYERS` already.
        """
        sizes = self.network.sizes
        if sizes.layers >= MAX_LAYERS:
            return False
        layer = LstmLayer.initial(sizes.units, sizes.units, self._generator)
        name = f"lstm{sizes.layers}"
        parameters = self.network.parameters | {
            f"{name}.input": layer.input,
            f"{name}.hidden": layer.hidden,
            f"{name}.bias": layer.bias,
        }
        self._use_network(Network(replace(sizes, layers=sizes.layers + 1), parameters))
        return True

    def trace_tune(self) -> TeacherForcedTrace:
        """Hear the tune, and say what was expected at each token."""
        state, sizes, count = self.network.initial_state(), self.network.sizes, len(self._targets)
        shape = (count, sizes.layers, sizes.units)
        gates = np.empty((count, sizes.layers, 4, sizes.units), np.float32)
        cells, hidden = np.empty(shape, np.float32), np.empty(shape, np.float32)
        logits = np.empty((count, sizes.outputs), np.float32)
        for t, row in enumerate(self._features):
            logits[t] = self.network.step(row, state)[0]
            gates[t] = state.gates[:, 0].reshape(sizes.layers, 4, sizes.units)
            cells[t], hidden[t] = state.c[:, 0], state.h[:, 0]
        chances = _softmax(np.where(self._masks, logits, -np.inf))
        came = np.take_along_axis(chances, self._targets, axis=1)[:, 0]
        right = chances.argmax(axis=1) == self._targets[:, 0]
        bits = -np.log2(np.maximum(came, np.finfo(np.float32).tiny))
        return TeacherForcedTrace(gates, cells, hidden, chances, bits, right)

    def accuracy(self) -> float:
        """Share of the notes whose every token is the likeliest, the past being the true one."""
        return float(_correct_notes(self.trace_tune().correct, self.token_notes).mean())

    def generate_recital(self) -> Tune:
        """What it plays by itself after the tune's first note, no longer than the tune.

        Drawn by chance, but at the same weights by the same chance.
        """
        generator = np.random.default_rng([self.seed, len(self.bits_per_note)])
        reader, state = self.codec.new_reader(), self.network.initial_state()
        given = self.encoded.tokens[: int(np.flatnonzero(self.token_notes == 0)[-1]) + 1].tolist()
        notes: list[Note] = []
        while not reader.ended and len(notes) < 2 * len(self.tune.notes):
            logits = self.network.step(reader.features()[None], state)[0]
            open_to = np.where(reader.mask(), logits, -np.inf)
            token = (
                given.pop(0)
                if given
                else sample_token(open_to, generator, RECITAL_TEMPERATURE, RECITAL_TOP_P)
            )
            note = reader.push(token)
            if note is not None and note.onset >= self.tune.end:
                break
            if note is not None:
                notes.append(note)
        return replace(self.tune, notes=tuple(notes))

    def snapshot(self) -> TuneLearnerSnapshot:
        """How it is now, in copies."""
        return TuneLearnerSnapshot(
            self.tune,
            self.seed,
            len(self.bits_per_note),
            self.network.sizes,
            {name: array.copy() for name, array in self.network.parameters.items()},
            np.array(self.bits_per_note, np.float32),
            self.trace_tune(),
            self.token_notes,
            self.generate_recital(),
        )

    def checkpoint(self) -> Checkpoint:
        """The network as a model, to be played with."""
        return self.snapshot().checkpoint()

    def _use_network(self, network: Network) -> None:
        self.network, self._adam = network, Adam(network.parameters)


def fit_tune_to_learn(tune: Tune) -> Tune:
    """A tune as it can be learned: on the grid, from its first bar, and not too long.

    Only the first bars are kept that hold no more than `MAX_BARS` and `MAX_NOTES`; of a single
    bar of more notes than that, the first ones.

    Raises
    ------
    TuneTooShortError
        If there are fewer than `MIN_NOTES` of them.
    """
    tune = quantise_tune(tune)
    bar, notes = tune.meter.bar_beats, tune.notes
    first = notes[0].onset // bar * bar if notes else 0.0
    end = first + MAX_BARS * bar
    if len(notes) > MAX_NOTES:
        end = min(end, max(first + bar, notes[MAX_NOTES].onset // bar * bar))
    kept = [replace(n, onset=n.onset - first) for n in notes if n.onset < end][:MAX_NOTES]
    if len(kept) < MIN_NOTES:
        raise TuneTooShortError(f"a tune to learn has at least {MIN_NOTES} notes, not {len(kept)}")
    return replace(tune, notes=tuple(kept))


def notes_of_tokens(codec: NoteCodec, encoded: EncodedTune) -> NDArray[np.int32]:
    """Which note each token of a tune spells, shape (T,); -1 for the meter and the end."""
    reader, notes = codec.new_reader(), np.full(len(encoded.tokens), -1, np.int32)
    for place, token in enumerate(encoded.tokens.tolist()):
        if 0 < place < len(notes) - 1:
            notes[place] = reader.note_index
        reader.push(token)
    return notes


def _correct_notes(tokens: NDArray[np.bool_], notes: NDArray[np.int32]) -> NDArray[np.bool_]:
    right = np.ones(int(notes.max()) + 1, bool)
    spelled = notes >= 0
    np.logical_and.at(right, notes[spelled], tokens[spelled])
    return right


def _softmax(logits: Array) -> Array:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)
