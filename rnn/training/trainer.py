"""Training: from tunes to the weights that predict them best.

Truncated back-propagation through time (Williams & Peng 1990) over streams of tunes, Adam, a cosine
rate, weights averaged as they go; what is kept is the average that did best on validation tunes.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from rnn.codecs.codec import Codec
from rnn.model.checkpoint import CheckpointError, read_arrays, write_arrays
from rnn.model.lstm import Array
from rnn.model.network import Network
from rnn.model.sizes import NetworkSizes
from rnn.training.data_parallel import DataParallel
from rnn.training.dataset import Batch, EncodedTune, EpochBatcher
from rnn.training.evaluation import score_tunes
from rnn.training.optimiser import Adam, WeightAverage, clip_gradients

LN2 = math.log(2)
DIVERGENCE_FACTOR = 4.0
"""A loss this many times that of a network that knows nothing does not come back by itself."""


class DivergedError(ArithmeticError):
    """The loss grew out of hand or is no number; the best weights so far are kept."""


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """How to train.

    Parameters
    ----------
    seed : int
    minutes : float
        Time to train for; the rate falls to nothing by then.
    steps : int
        If not 0, the number of updates to train for instead: exact repeats need this.
    units, layers, embedding : int
    lanes, length : int
        Sequences side by side, and steps back in time.
    rate : float
        Highest learning rate.
    dropout : float
    norm : float
        Joint norm gradients are clipped to.
    crews : int
        Processes that share the sequences; like the seed, it has its part in the bits.
    """

    seed: int = 1
    minutes: float = 20.0
    steps: int = 0
    units: int = 256
    layers: int = 2
    embedding: int = 128
    lanes: int = 64
    length: int = 64
    rate: float = 4e-3
    dropout: float = 0.2
    norm: float = 1.0
    crews: int = 1


@dataclass(frozen=True, slots=True)
class TrainingProgress:
    """How training stands.

    Parameters
    ----------
    step, epoch : int
    seconds, left : float
        Trained so far, and still to go.
    train, validation, best : float
        Bits per note: since the last report, of the averaged weights, and the best of those.
    speed : float
        Notes a second.
    """

    step: int
    epoch: int
    seconds: float
    seconds_left: float
    train_bits: float
    validation_bits: float
    best_bits: float
    notes_per_second: float


@dataclass(slots=True)
class TrainingState:
    """Where training has come to, beside its arrays: what a resumed run needs to go on."""

    step: int = 0
    epoch: int = 0
    seconds: float = 0.0
    best: float = math.inf
    history: list[list[float]] = field(default_factory=list)


class Trainer:
    """Trains one network.

    Parameters
    ----------
    codec : Codec
    train, validation : sequence of EncodedTune
    settings : Settings

    Raises
    ------
    ValueError
        If there is nothing to train on or to validate with.
    """

    def __init__(
        self,
        codec: Codec,
        train: Sequence[EncodedTune],
        validation: Sequence[EncodedTune],
        settings: TrainingSettings,
    ) -> None:
        if not validation:
            raise ValueError("no tunes to validate with")
        self.settings = settings
        self.training_state = TrainingState()
        self._validation = validation
        self._epochs = EpochBatcher(codec, train, settings.lanes, settings.length)
        self._stopping = False
        sizes = NetworkSizes(
            codec.inputs, codec.outputs, settings.embedding, settings.units, settings.layers
        )
        self.network = Network.initial(sizes, np.random.default_rng([settings.seed, 0]))
        self._adam = Adam(self.network.parameters)
        self._average = WeightAverage(_copy_arrays(self.network.parameters))
        self.best_parameters = _copy_arrays(self.network.parameters)
        self._state = self.network.initial_state(self._epochs.lanes)

    def stop(self) -> None:
        """Have `run` come back after the batch in hand; may be called at any moment."""
        self._stopping = True

    def run(self, report: Callable[[TrainingProgress], None], every: float = 30.0) -> None:
        """Train until the time or the steps are used up, or `stop` is called.

        Parameters
        ----------
        report : callable
            Called about each `every` seconds and at the end. After a `stop`, or what it raises
            itself, training saved and loaded goes on to the same weights as if never stopped,
            where `steps` and not the clock say how far. After a KeyboardInterrupt out of the
            blue, the batch in hand may be half learned.

        Raises
        ------
        DivergedError
            If the loss is no number, or beyond `DIVERGENCE_FACTOR`; says at which step.
        """
        try:
            with DataParallel(self.network, self.settings.crews) as crews:
                self._run(crews, report, every)
        finally:
            self._stopping = False

    def _run(
        self, crews: DataParallel, report: Callable[[TrainingProgress], None], every: float
    ) -> None:
        clock = time.monotonic() - self.training_state.seconds
        marked, bits, notes = self.training_state.seconds, 0.0, 0
        for batch, seed in self._batches():
            bits += self._update(crews, batch, seed)
            notes += batch.notes
            self.training_state.seconds = time.monotonic() - clock
            done = self._progress_fraction() >= 1.0
            if done or self.training_state.seconds - marked >= every:
                speed = notes / max(1e-9, self.training_state.seconds - marked)
                self._validate_and_report(report, bits / max(1, notes), speed)
                clock = time.monotonic() - self.training_state.seconds  # validation is not training
                marked, bits, notes = self.training_state.seconds, 0.0, 0
            if done or self._stopping:
                return

    def _batches(self) -> Iterator[tuple[Batch, tuple[int, ...]]]:
        """Batches from where training stands, each with the seed of its dropout."""
        while True:
            seed = self.settings.seed
            skip = (
                self.training_state.step
                - self.training_state.epoch * self._epochs.batches_per_epoch
            )
            dealt = self._epochs.iterate_epoch(
                np.random.default_rng([seed, 1, self.training_state.epoch])
            )
            if not skip:
                self._state = self.network.initial_state(self._epochs.lanes)
            for place, batch in enumerate(dealt):
                if place >= skip:
                    yield batch, (seed, 2, self.training_state.step)
            self.training_state.epoch += 1

    def _progress_fraction(self) -> float:
        """How much of the training is done, 0..1."""
        if self.settings.steps:
            return self.training_state.step / self.settings.steps
        return self.training_state.seconds / (60.0 * self.settings.minutes)

    def _learning_rate(self) -> float:
        warm = min(1.0, (self.training_state.step + 1) / 100)
        fall = 0.5 + 0.5 * math.cos(math.pi * min(1.0, self._progress_fraction()))
        return self.settings.rate * warm * (0.005 + 0.995 * fall)

    def _update(self, crews: DataParallel, batch: Batch, seed: tuple[int, ...]) -> float:
        """One update; returns the bits the batch took."""
        learned, gradients = crews.compute_gradients(
            batch, self._state, self.settings.dropout, seed
        )
        asked = int((batch.targets >= 0).sum())
        knowing_nothing = asked * math.log(self.network.sizes.outputs)
        if not learned.loss <= DIVERGENCE_FACTOR * knowing_nothing:  # nor if it is no number
            bits = learned.loss / LN2 / max(1, asked)
            raise DivergedError(
                f"the loss became {bits:.3g} bits a token at step {self.training_state.step}"
            )
        norm = clip_gradients(gradients, self.settings.norm)
        if not math.isfinite(norm):
            raise DivergedError(f"the gradient became {norm} at step {self.training_state.step}")
        self._adam.update(gradients, self._learning_rate())
        self._average.count += 1
        self._average.update(self.network.parameters)
        self._state.h[...], self._state.c[...] = learned.h, learned.c
        self.training_state.step += 1
        return learned.loss / LN2

    def _validate_and_report(
        self, report: Callable[[TrainingProgress], None], train: float, speed: float
    ) -> None:
        averaged = Network(self.network.sizes, self._average.parameters)
        validation = score_tunes(averaged, self._validation).bits_per_note
        trail = self.training_state
        if validation < trail.best:
            trail.best = validation
            self.best_parameters = _copy_arrays(self._average.parameters)
        trail.history.append([round(trail.seconds, 1), round(train, 4), round(validation, 4)])
        share = self._progress_fraction()
        left = trail.seconds * (1.0 / share - 1.0) if share else math.inf
        report(
            TrainingProgress(
                trail.step,
                trail.epoch,
                trail.seconds,
                max(0.0, left),
                train,
                validation,
                trail.best,
                speed,
            )
        )

    def save(self, path: Path) -> None:
        """Keep all that a resumed run needs."""
        arrays = {
            f"{kind}.{name}": array for kind, group in self._array_groups() for name, array in group
        }
        about = {
            "format": "hidden-state training 1",
            "settings": asdict(self.settings),
            "batches": self._epochs.batches_per_epoch,
            "trail": asdict(self.training_state),
            "adam": self._adam.step,
            "average": self._average.count,
        }
        write_arrays(path, arrays, about)

    def load(self, path: Path) -> None:
        """Go on from what `save` kept.

        Raises
        ------
        CheckpointError
            If it is of another network, was begun otherwise, or is no training at all; nothing
            is changed then.
        """
        arrays, about = read_arrays(path)
        own = {
            f"{kind}.{name}": array for kind, group in self._array_groups() for name, array in group
        }
        if any(name not in arrays or arrays[name].shape != own[name].shape for name in own):
            raise CheckpointError(f"{path}: not the training of a network of this size")
        self._require_same_training(path, about)
        for name, array in own.items():
            array[...] = arrays[name]
        self.training_state = TrainingState(**about["trail"])
        self._adam.step, self._average.count = about["adam"], about["average"]

    def _require_same_training(self, path: Path, about: dict) -> None:
        """Only how long to train may differ from how it was begun."""
        for name, value in asdict(self.settings).items():
            kept = about["settings"].get(name, value)
            if name not in ("minutes", "steps") and kept != value:
                raise CheckpointError(f"{path}: begun with {name} {kept}, not {value}")
        if about.get("batches", self._epochs.batches_per_epoch) != self._epochs.batches_per_epoch:
            raise CheckpointError(f"{path}: begun on another corpus")

    def _array_groups(self) -> list[tuple[str, list[tuple[str, Array]]]]:
        groups = {
            "network": self.network.parameters,
            "average": self._average.parameters,
            "best": self.best_parameters,
            "mean": self._adam.mean,
            "square": self._adam.square,
            "state": {"h": self._state.h, "c": self._state.c},
        }
        return [(kind, list(group.items())) for kind, group in groups.items()]


def _copy_arrays(parameters: dict[str, Array]) -> dict[str, Array]:
    return {name: array.copy() for name, array in parameters.items()}
