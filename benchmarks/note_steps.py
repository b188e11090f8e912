"""One step of the LSTM a token or a note: what each is worth, and when the state moves.

    OPENBLAS_NUM_THREADS=1 python benchmarks/note_steps.py irish --seconds 120 --seeds 1 2 3

A melody takes two tokens a note, its pitch and its length. Three networks learn them:

token: a step a token, as in every style. The state moves as a key goes down and as it is let go.
note: a step a note. A second head tells the length from the state and the pitch. The state moves
    when the length is known.
strike: a step a note, too. The second head tells what follows a length. The state moves as the key
    goes down, before the length is known; the input has the token before the last as well.

A row a training: variant, seed, then bits a note of the validation tunes at tenths of the time, and
of the test tunes, and the number of updates and of notes they learned from. Seconds are those of
the processor, without validation.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from midi_data.recipes.corpora import DEFAULT_CORPORA_FOLDER, load_corpus
from rnn.codecs.note_codec import NoteCodec
from rnn.codecs.note_tokens import FIRST_DURATION_TOKEN, FIRST_PITCH_TOKEN, TOKEN_COUNT
from rnn.model.arrays import Array
from rnn.model.losses import cross_entropy, log_softmax
from rnn.model.lstm import scatter_add_rows
from rnn.model.network import Network
from rnn.model.sizes import NetworkSizes
from rnn.model.state import NetworkState
from rnn.training.dataset import Batch, EncodedTune, EpochBatcher, encode_tunes
from rnn.training.evaluation import EvaluationScore, unpack_masks
from rnn.training.experiment import prepare_experiment
from rnn.training.optimiser import Adam, WeightAverage, clip_gradients
from rnn.training.settings import TrainingSettings
from rnn.training.trainer import RATE_FALL_SHARE, WARM_UP_STEPS, rate_share

VARIANTS = ("token", "note", "strike")
HEAD_UNITS = 128  # hidden units of the second head
REPORTS = 10  # validations of a training
LANES_SCORED = 64  # tunes scored side by side
STEPS_SCORED = 128
LN2 = math.log(2)


class StepCodec(NoteCodec):
    """Tokens grouped in steps of one token or two.

    A step's features are the input rows before its first token, those before its second, and the
    second token plus one; 0 stands for none.
    """

    def __init__(self, variant: str) -> None:
        super().__init__(match_echo=True)
        self.variant, self.token_width = variant, self.width
        self.earlier_row = self.inputs  # of the token before the last
        self.row_width = self.width + (variant == "strike")
        self.inputs += (TOKEN_COUNT + 1) * (variant == "strike")
        self.width = 2 * self.row_width + 1

    def group(self, tune: EncodedTune) -> EncodedTune:
        """A tune of steps: masks of both tokens side by side."""
        tokens, rows = tune.tokens, tune.features.astype(np.int32)
        if self.variant == "strike":
            earlier = np.full(len(tokens), TOKEN_COUNT, np.int32)
            earlier[2:] = tokens[:-2]
            rows = np.column_stack([rows, self.earlier_row + earlier])  # (n, width + 1)
        first = np.array(list(self._first_places(tokens)))
        is_pair = np.diff([*first, len(tokens)]) == 2
        second = np.where(is_pair, first + 1, first)
        seconds = np.where(is_pair, tokens[second] + 1, 0)
        features = np.column_stack([rows[first], rows[second], seconds]).astype(np.int16)
        masks = np.concatenate([tune.masks[first], tune.masks[second]], axis=1)
        return EncodedTune(tokens[first], features, masks, tune.lowest, tune.highest, tune.notes)

    def _first_places(self, tokens: NDArray[np.int32]) -> Iterator[int]:
        """Place of the first token of each step."""
        at = 0
        while at < len(tokens):
            yield at
            token = tokens[at]
            is_first = {
                "token": False,
                "note": FIRST_PITCH_TOKEN <= token < FIRST_DURATION_TOKEN,
                "strike": token >= FIRST_DURATION_TOKEN,
            }[self.variant]
            at += 1 + (is_first and at + 1 < len(tokens))

    def transpose_tokens(
        self, tokens: NDArray[np.int32], features: NDArray[np.int16], semitones: int
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        moved, rows = super().transpose_tokens(tokens, features[:, :-1], semitones)
        second = features[:, -1]
        seconds, _ = super().transpose_tokens(np.maximum(second - 1, 0), second[:, None], semitones)
        return moved, np.column_stack([rows, np.where(second > 0, seconds + 1, 0)])

    def _transposition_maps(self, semitones: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        rows, tokens = super()._transposition_maps(semitones)
        if self.variant == "strike":
            rows[self.earlier_row : self.earlier_row + TOKEN_COUNT] = self.earlier_row + tokens
        return rows, tokens


class StepNetwork:
    """A network whose readout tells the first token of a step and feeds a second head.

    The second head has one hidden layer: the readout's last `HEAD_UNITS` columns and the embedded
    input rows before the second token, through a tanh.
    """

    def __init__(self, codec: StepCodec, network: Network, head: dict[str, Array]) -> None:
        self.codec, self.network, self.head = codec, network, head

    @classmethod
    def initial(cls, codec: StepCodec, settings: TrainingSettings) -> StepNetwork:
        """An untrained network of random weights."""
        generator = np.random.default_rng([settings.seed, 0])
        sizes = NetworkSizes(
            codec.inputs,
            TOKEN_COUNT + HEAD_UNITS * (codec.variant != "token"),
            settings.embedding,
            settings.units,
            settings.layers,
            settings.sums_layers,
        )
        network = Network.initial(sizes, generator)
        shapes = {"head.embedding": (codec.inputs, HEAD_UNITS)}
        shapes |= {"head.weight": (HEAD_UNITS, TOKEN_COUNT), "head.bias": (TOKEN_COUNT,)}
        scales = {"head.embedding": 0.1, "head.weight": HEAD_UNITS**-0.5, "head.bias": 0.0}
        head = {
            name: generator.normal(0, scales[name] or 1.0, shape).astype("f4") * bool(scales[name])
            for name, shape in shapes.items()
        }
        return cls(codec, network, head if codec.variant != "token" else {})

    @property
    def parameters(self) -> dict[str, Array]:
        """All arrays by name."""
        return self.network.parameters | self.head

    def with_parameters(self, parameters: dict[str, Array]) -> StepNetwork:
        """A network of the same sizes with other weights."""
        head = {name: parameters[name] for name in self.head}
        own = {name: parameters[name] for name in self.network.parameters}
        return StepNetwork(self.codec, Network(self.network.sizes, own), head)

    def _second_logits(self, raw: Array, rows: NDArray[np.int32]) -> tuple[Array, Array]:
        """Logits of second tokens, (n, V), and hidden units, (n, M), of raw columns, (n, M)."""
        hidden = np.tanh(raw + self.head["head.embedding"][rows].sum(axis=1))  # (n, W, M) -> (n, M)
        return hidden @ self.head["head.weight"] + self.head["head.bias"], hidden

    def logits(self, features: NDArray[np.int32], state: NetworkState) -> tuple[Array, Array]:
        """Logits of the first and of the second token of each step, (T, B, V) each."""
        width = self.codec.row_width
        raw, _ = self.network.forward(features[..., :width], state)  # (T, B, V + M)
        first = raw[..., :TOKEN_COUNT]
        if not self.head:
            return first, first
        rows = features[..., width : 2 * width].reshape(-1, width)  # (T * B, W)
        second, _ = self._second_logits(raw[..., TOKEN_COUNT:].reshape(-1, HEAD_UNITS), rows)
        return first, second.reshape(*raw.shape[:2], TOKEN_COUNT)

    def gradients(
        self, batch: Batch, state: NetworkState, dropout: float, generator: np.random.Generator
    ) -> dict[str, Array]:
        """Gradients of the mean loss over all tokens; `state` is advanced."""
        width = self.codec.row_width
        rows = np.ascontiguousarray(batch.features[..., :width])
        raw, buffers = self.network.forward(rows, state, batch.tune_starts, dropout, generator)
        _, d_first = cross_entropy(raw[..., :TOKEN_COUNT], batch.targets)
        seconds = batch.features[..., -1].reshape(-1)
        at = np.flatnonzero((seconds > 0) & (batch.targets.reshape(-1) >= 0))
        count = np.float32(max(1, int((batch.targets >= 0).sum()) + len(at)))
        d_raw = np.zeros_like(raw)
        d_raw[..., :TOKEN_COUNT] = d_first / count
        head: dict[str, Array] = {}
        if self.head:
            rows = batch.features[..., width : 2 * width].reshape(-1, width)[at]  # (n, W)
            flat = raw.reshape(-1, raw.shape[-1])
            logits, hidden = self._second_logits(flat[at, TOKEN_COUNT:], rows)
            _, d_logits = cross_entropy(logits[None], (seconds[at] - 1)[None])
            d_logits = d_logits[0] / count  # (n, V)
            d_hidden = (d_logits @ self.head["head.weight"].T) * (1 - hidden**2)  # (n, M)
            d_raw.reshape(-1, raw.shape[-1])[at, TOKEN_COUNT:] = d_hidden
            head["head.embedding"] = np.empty_like(self.head["head.embedding"])
            scatter_add_rows(rows, d_hidden, head["head.embedding"])
            head["head.weight"] = hidden.T @ d_logits
            head["head.bias"] = d_logits.sum(axis=0)
        return self.network.backward(d_raw, buffers) | head

    def score(self, tunes: Sequence[EncodedTune]) -> float:
        """Bits a note, renormalised over the valid tokens."""
        ordered = sorted(tunes, key=lambda tune: len(tune.tokens))
        groups = (ordered[k : k + LANES_SCORED] for k in range(0, len(ordered), LANES_SCORED))
        bits = sum(self._score_group(group) for group in groups) / LN2
        return EvaluationScore.of(bits, tunes).bits_per_note

    def _score_group(self, tunes: Sequence[EncodedTune]) -> float:
        """Nats of all tokens of tunes side by side."""
        longest = max(len(tune.tokens) for tune in tunes)
        features = np.zeros((longest, len(tunes), self.codec.width), np.int32)
        for lane, tune in enumerate(tunes):
            features[: len(tune.tokens), lane] = tune.features
        state, nats = self.network.initial_state(len(tunes)), 0.0
        for at in range(0, longest, STEPS_SCORED):
            first, second = self.logits(features[at : at + STEPS_SCORED], state)
            for lane, tune in enumerate(tunes):
                tokens = tune.tokens[at : at + STEPS_SCORED]
                own, masks = tune.features[at : at + STEPS_SCORED], tune.masks[at:][: len(tokens)]
                firsts, seconds = np.split(masks, 2, axis=1)
                count, pairs = len(tokens), np.flatnonzero(own[:, -1])
                nats += _charge(first[:count, lane], firsts, tokens)
                nats += _charge(second[:count, lane][pairs], seconds[pairs], own[pairs, -1] - 1)
        return nats


def _charge(logits: Array, masks: NDArray[np.uint8], tokens: NDArray[np.int32]) -> float:
    """Nats of n tokens, whose logits are (n, V) and masks packed bits."""
    if not len(tokens):
        return 0.0
    logs = log_softmax(logits, unpack_masks(masks, TOKEN_COUNT))
    return -float(np.take_along_axis(logs, tokens[:, None].astype(int), 1).sum())


def train(
    variant: str, corpus: str, folder: Path, settings: TrainingSettings, seconds: float
) -> Iterator[str]:
    """Train one network, and yield the parts of its row."""
    codec, plain = StepCodec(variant), NoteCodec(match_echo=True)
    whole = prepare_experiment(load_corpus(corpus, folder).tunes, codec=plain)
    learned = [codec.group(tune) for tune in encode_tunes(plain, whole.train_tunes)]
    network = StepNetwork.initial(codec, settings)
    validation, test = ([codec.group(t) for t in part] for part in (whole.validation, whole.test))
    epochs = EpochBatcher(codec, learned, settings.lanes, settings.length)
    adam = Adam(network.parameters)
    average = WeightAverage({name: array.copy() for name, array in network.parameters.items()})
    best_bits, best = math.inf, network
    used, notes, epoch, reported = 0.0, 0, 0, 0
    while used < seconds:
        state = network.network.initial_state(epochs.lanes)
        for batch in epochs.iterate_epoch(np.random.default_rng([settings.seed, 1, epoch])):
            began = time.process_time()
            generator = np.random.default_rng([settings.seed, 2, adam.step])
            gradients = network.gradients(batch, state, settings.dropout, generator)
            clip_gradients(gradients, settings.norm)
            warm_up = min(1.0, (adam.step + 1) / WARM_UP_STEPS)
            adam.update(
                gradients, settings.rate * warm_up * rate_share(used / seconds, RATE_FALL_SHARE)
            )
            average.update(network.parameters)
            used += time.process_time() - began
            notes += batch.notes
            if used >= (reported + 1) * seconds / REPORTS:
                reported += 1
                copied = {name: array.copy() for name, array in average.parameters.items()}
                averaged = network.with_parameters(copied)
                bits = averaged.score(validation)
                if bits < best_bits:
                    best_bits, best = bits, averaged
                yield f"{bits:.3f}"
            if used >= seconds:
                break
        epoch += 1
    yield f"test {best.score(test):.3f}"
    yield f"{adam.step} updates"
    yield f"{notes} notes"


def main() -> None:
    """Train each variant with each seed; a row each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", help="a built corpus of melodies by name, or a folder of .mid")
    parser.add_argument("--folder", type=Path, default=DEFAULT_CORPORA_FOLDER)
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=VARIANTS)
    parser.add_argument("--seconds", type=float, default=120.0, help="processor time of each")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--dropout", type=float, default=0.05)
    parser.add_argument("--length", type=int, default=64, help="steps of back-propagation")
    given = parser.parse_args()
    for seed in given.seeds:
        for variant in given.variants:
            settings = TrainingSettings(seed=seed, dropout=given.dropout, length=given.length)
            parts = train(variant, given.corpus, given.folder, settings, given.seconds)
            sys.stdout.write("\t".join([variant, str(seed), *parts]) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
