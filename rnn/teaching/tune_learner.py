"""A small network that learns one tune while it is watched.

The network is `rnn.model.network` with the tokens of `rnn.codecs.note_codec`, so it can be played
live after training. Each update is a step of back-propagation through time over the whole tune, in
one key, without dropout and without a test set: to know the tune is the aim.

References
----------
Werbos, P. J. (1990). Backpropagation through time: what it does and how to do it. Proceedings of
the IEEE 78, 1550-1560.
Kingma, D. P. & Ba, J. (2015). Adam: a method for stochastic optimization. ICLR.
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
from rnn.model.arrays import Array
from rnn.model.checkpoint import Checkpoint
from rnn.model.lstm import LstmLayer
from rnn.model.model_card import ModelCard
from rnn.model.network import Network
from rnn.model.sizes import NetworkSizes
from rnn.teaching.sequence_training import softmax, train_on_sequence
from rnn.training.dataset import EncodedTune, encode_tune
from rnn.training.evaluation import pitch_class_preference, unpack_masks
from rnn.training.optimiser import Adam

LEARNED_STYLE = "apprentice"  # style name of every network trained here
UNITS_PER_LAYER = 48  # LSTM units in each layer
EMBEDDING_SIZE = 32  # size of the input embedding
MAX_LAYERS = 2  # most LSTM layers of a network
LEARNING_RATE = 0.003
"""Learning rate of Adam, small enough for some eighty updates that can be watched."""
MIN_NOTES = 4  # fewest notes of a tune to learn
MAX_NOTES = 96  # most notes that are learned of a tune
MAX_BARS = 16  # most bars that are learned of a tune
MAX_UPDATES = 600  # updates after which training stops, long after any tune is learned
RECITAL_TEMPERATURE, RECITAL_TOP_P = 0.8, 0.95
"""Sampling temperature and nucleus share of a recital."""


class TuneTooShortError(ValueError):
    """A tune has fewer than `MIN_NOTES` notes."""


@dataclass(frozen=True, slots=True, eq=False)
class TeacherForcedTrace:
    """Activations and predictions of a network at each of the T tokens of its tune.

    The input at each step is the true past, not the network's own guess. Shapes: L layers, H units,
    V tokens of the codec.

    Parameters
    ----------
    gates : ndarray of float32, shape (T, L, 4, H)
        Input, forget and output gate, 0..1, and the candidate, -1..1.
    cells, hidden : ndarray of float32, shape (T, L, H)
        Cell state and hidden state.
    probabilities : ndarray of float32, shape (T, V)
        Probability of each allowed token to be token t, before token t is seen.
    bits : ndarray of float32, shape (T,)
        Surprisal -log2 of the true token's probability.
    correct : ndarray of bool, shape (T,)
        Whether the true token was the likeliest.
    """

    gates: Array
    cells: Array
    hidden: Array
    probabilities: Array
    bits: Array
    correct: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class TuneLearnerSnapshot:
    """The state of a `TuneLearner` after some updates.

    Parameters
    ----------
    tune : Tune
        Tune being learned, cut and quantised.
    seed, updates : int
        Seed of the initial weights, and number of updates so far.
    sizes : NetworkSizes
    parameters : dict of str to ndarray of float32
        Copies of the weights, as in `rnn.model.network.Network`.
    bits_per_note : ndarray of float32, shape (updates,)
        Error before each update, bits a note.
    trace : TeacherForcedTrace
        Activations and predictions over the tune.
    token_notes : ndarray of int32, shape (T,)
        Index of the note each token spells; -1 for the meter and the end.
    recital : Tune
        Continuation of the tune's first note, sampled from the network.
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
        """Whether pitch, length and place of each note were the likeliest, shape (notes,)."""
        correct, spelled = np.ones(len(self.tune.notes), bool), self.token_notes >= 0
        np.logical_and.at(correct, self.token_notes[spelled], self.trace.correct[spelled])
        return correct

    def checkpoint(self) -> Checkpoint:
        """Build a model that can be played and saved.

        Training used the tune's own key only, so the embeddings of all other transpositions are
        copies of that key's. The unit atlas is probed on the tune.
        """
        codec = NoteCodec()
        weights = {name: array.copy() for name, array in self.parameters.items()}
        rows = codec.transposition_row + np.arange(TRANSPOSITION_COUNT)
        own_key = codec.transposition_row - MIN_TRANSPOSE_SEMITONES
        weights["embedding"][rows] = weights["embedding"][own_key]
        network, encoded = Network(self.sizes, weights), encode_tune(codec, self.tune)
        preference = pitch_class_preference(network, [encoded], codec)
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
        atlas = probe_units(network, codec, [self.tune])
        return Checkpoint(network, codec, card, preference, atlas)


class TuneLearner:
    """A small network and the tune it learns; its caller stops once it `is_finished`.

    Parameters
    ----------
    tune : Tune
        Tune to learn; cut by `fit_tune_to_learn`.
    seed : int
        Seed of the initial weights and of the recitals.
    units, layers : int
        Units in each LSTM layer, and layers at the start.

    Raises
    ------
    TuneTooShortError
        If the tune has fewer than `MIN_NOTES` notes.
    """

    def __init__(
        self, tune: Tune, seed: int = 0, units: int = UNITS_PER_LAYER, layers: int = 1
    ) -> None:
        self.tune, self.seed = fit_tune_to_learn(tune), seed
        self.bits_per_note: list[float] = []  # error before each update
        self.codec = NoteCodec()
        self.encoded: EncodedTune = encode_tune(self.codec, self.tune)
        self.token_notes = _notes_of_tokens(self.codec, self.encoded)
        self._masks = unpack_masks(self.encoded.masks, self.codec.outputs)  # (T, V)
        self._features = self.encoded.features.astype(np.int32)[:, None]  # (T, 1, F)
        self._targets = self.encoded.tokens[:, None]  # (T, 1)
        self._generator = np.random.default_rng(seed)
        sizes = NetworkSizes(self.codec.inputs, self.codec.outputs, EMBEDDING_SIZE, units, layers)
        self._use_network(Network.initial(sizes, self._generator))

    @property
    def is_finished(self) -> bool:
        """Whether `MAX_UPDATES` were made."""
        return len(self.bits_per_note) >= MAX_UPDATES

    def learn(self) -> float:
        """Update on the whole tune once; returns the error before, bits a note."""
        nats = train_on_sequence(
            self.network, self._adam, LEARNING_RATE, self._features, self._targets, self._masks
        )
        self.bits_per_note.append(nats / len(self.tune.notes) / float(np.log(2.0)))
        return self.bits_per_note[-1]

    def add_layer(self) -> bool:
        """Add an LSTM layer with random weights on top.

        The readout sees only the new layer, so much of the tune has to be learned again. Returns
        False, without any change, if there are `MAX_LAYERS` already.
        """
        sizes = self.network.sizes
        if sizes.layers >= MAX_LAYERS:
            return False
        layer = LstmLayer.initial(sizes.units, sizes.units, self._generator)
        name = f"lstm{sizes.layers}"
        added = {"input": layer.input, "hidden": layer.hidden, "bias": layer.bias}
        parameters = self.network.parameters | {f"{name}.{k}": a for k, a in added.items()}
        self._use_network(Network(replace(sizes, layers=sizes.layers + 1), parameters))
        return True

    def trace_tune(self) -> TeacherForcedTrace:
        """Run the network over the tune and record its activations and predictions."""
        state, sizes, count = self.network.initial_state(), self.network.sizes, len(self._targets)
        gates = np.empty((count, sizes.layers, 4, sizes.units), np.float32)
        cells, hidden = np.empty((2, count, sizes.layers, sizes.units), np.float32)
        logits = np.empty((count, sizes.outputs), np.float32)
        for t, row in enumerate(self._features):
            logits[t] = self.network.step(row, state)[0]
            gates[t] = state.gates[:, 0].reshape(sizes.layers, 4, sizes.units)
            cells[t], hidden[t] = state.c[:, 0], state.h[:, 0]
        probabilities = softmax(np.where(self._masks, logits, -np.inf))
        likelihood = np.take_along_axis(probabilities, self._targets, axis=1)[:, 0]
        bits = -np.log2(np.maximum(likelihood, np.finfo(np.float32).tiny))
        correct = probabilities.argmax(axis=1) == self._targets[:, 0]
        return TeacherForcedTrace(gates, cells, hidden, probabilities, bits, correct)

    def generate_recital(self) -> Tune:
        """Sample a continuation of the tune's first note, at most as long as the tune."""
        generator = np.random.default_rng([self.seed, len(self.bits_per_note)])
        reader, state = self.codec.new_reader(), self.network.initial_state()
        given = self.encoded.tokens[: int(np.flatnonzero(self.token_notes == 0)[-1]) + 1].tolist()
        notes: list[Note] = []
        while not reader.ended and len(notes) < 2 * len(self.tune.notes):
            logits = self.network.step(reader.features()[None], state)[0]
            if given:
                token = given.pop(0)
            else:
                allowed = np.where(reader.mask(), logits, -np.inf)
                token = sample_token(allowed, generator, RECITAL_TEMPERATURE, RECITAL_TOP_P)
            note = reader.push(token)
            if note is not None and note.onset >= self.tune.end:
                break
            if note is not None:
                notes.append(note)
        return replace(self.tune, notes=tuple(notes))

    def snapshot(self) -> TuneLearnerSnapshot:
        """Copy the current state."""
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
        """Build a model of the current state; see `TuneLearnerSnapshot.checkpoint`."""
        return self.snapshot().checkpoint()

    def _use_network(self, network: Network) -> None:
        self.network, self._adam = network, Adam(network.parameters)


def fit_tune_to_learn(tune: Tune) -> Tune:
    """Cut a tune to a length that can be learned.

    Parameters
    ----------
    tune : Tune

    Returns
    -------
    Tune
        The tune quantised and moved to bar 1, with its first bars up to `MAX_BARS` and `MAX_NOTES`;
        of a single bar with more notes, the first notes.

    Raises
    ------
    TuneTooShortError
        If fewer than `MIN_NOTES` notes are left.
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


def _notes_of_tokens(codec: NoteCodec, encoded: EncodedTune) -> NDArray[np.int32]:
    """Index of the note each token of a tune spells, shape (T,); -1 for the meter and the end."""
    reader, notes = codec.new_reader(), np.full(len(encoded.tokens), -1, np.int32)
    for place, token in enumerate(encoded.tokens.tolist()):
        if 0 < place < len(notes) - 1:
            notes[place] = reader.note_index
        reader.push(token)
    return notes
