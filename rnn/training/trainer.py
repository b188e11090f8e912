"""The trainer: from encoded tunes to the weights that predict unseen tunes best.

Truncated back-propagation through time (Williams & Peng 1990) over streams of tunes, with Adam and
averaged weights. The learning rate is flat, then falls (Hägele et al. 2024): as weights are
averaged, a cosine would fall too early. The average with the best score on the validation tunes is
kept.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from rnn.codecs.codec import SequenceCodec
from rnn.model.arrays import Array
from rnn.model.checkpoint import CheckpointError, read_arrays, write_arrays
from rnn.model.network import Network
from rnn.model.sizes import NetworkSizes
from rnn.training.data_parallel import DataParallel, RankReport
from rnn.training.dataset import Batch, EncodedTune, EpochBatcher
from rnn.training.evaluation import score_tunes_together
from rnn.training.optimiser import Adam, WeightAverage, clip_gradients
from rnn.training.ranks import Ranks, SingleRank
from rnn.training.settings import TrainingSettings

LN2 = math.log(2)
DIVERGENCE_FACTOR = 4.0  # loss at which training stops, relative to the loss of uniform predictions
WARM_UP_STEPS = 100  # updates over which the learning rate rises
RATE_FALL_SHARE = 0.6  # share of the training after which the learning rate falls
MIN_RATE_SHARE = 0.005  # final learning rate, relative to the highest
STATE_FORMAT = "hidden-state training 1"  # format name in a file of `Trainer.save`


class DivergedError(ArithmeticError):
    """The loss or the gradient grew too large or is not finite; the best weights are kept."""


@dataclass(frozen=True, slots=True)
class TrainingProgress:
    """A report of a training.

    Parameters
    ----------
    step, epoch : int
    seconds, seconds_left : float
        Training time so far, and the estimated rest.
    train_bits : float
        Bits per note of the training tunes since the last report.
    validation_bits, best_bits : float
        Bits per note of the averaged weights on the validation tunes, now and at best.
    notes_per_second : float
    rate : float
        Learning rate.
    ranks : tuple of RankReport
        One for each process of the training.
    """

    step: int
    epoch: int
    seconds: float
    seconds_left: float
    train_bits: float
    validation_bits: float
    best_bits: float
    notes_per_second: float
    rate: float = 0.0
    ranks: tuple[RankReport, ...] = ()


@dataclass(slots=True)
class TrainingState:
    """Progress of a training, beside its arrays, that a resumed run needs."""

    step: int = 0
    epoch: int = 0
    seconds: float = 0.0
    best: float = math.inf  # bits per note
    history: list[list[float]] = field(default_factory=list)  # see `ModelCard.history`


class Trainer:
    """Trains one network.

    Parameters
    ----------
    codec : SequenceCodec
    train, validation : sequence of EncodedTune
    settings : TrainingSettings
    ranks : Ranks, optional
        The processes that share the training. Like the seed, their number affects the bits.

    Raises
    ------
    ValueError
        If there are no tunes to train on or to validate with.
    """

    def __init__(
        self,
        codec: SequenceCodec,
        train: Sequence[EncodedTune],
        validation: Sequence[EncodedTune],
        settings: TrainingSettings,
        ranks: Ranks | None = None,
    ) -> None:
        if not validation:
            raise ValueError("no tunes to validate with")
        self.settings = settings
        self.training_state = TrainingState()
        self._validation, self._ranks = validation, ranks or SingleRank()
        self._epochs = EpochBatcher(codec, train, settings.lanes, settings.length)
        self.stop_requested = False  # set by a signal handler: `run` returns after this batch
        sizes = NetworkSizes(
            codec.inputs,
            codec.outputs,
            settings.embedding,
            settings.units,
            settings.layers,
            settings.sums_layers,
        )
        self.network = Network.initial(sizes, np.random.default_rng([settings.seed, 0]))
        self._adam = Adam(self.network.parameters)
        self._average = WeightAverage(_copy_arrays(self.network.parameters))
        self.best_parameters = _copy_arrays(self.network.parameters)
        """Averaged weights with the best score on the validation tunes."""
        self._state = self.network.initial_state(self._epochs.lanes)
        self._data_parallel = DataParallel(self.network, self._ranks)

    def run(self, report: Callable[[TrainingProgress], None], every: float = 30.0) -> None:
        """Train until the time or the steps are used up, or a stop is requested.

        A training that was resumed after its end returns at once, without a report.

        After that, or an exception from `report`, a saved and resumed training reaches the same
        weights as an uninterrupted one, if `steps` is set. After any other exception the current
        batch may be half applied. `every` is the time between two reports, seconds.

        Raises DivergedError if the loss exceeds `DIVERGENCE_FACTOR`, or loss or gradient is not
        finite.
        """
        try:
            self._run(report, every)
        finally:
            self.stop_requested = False

    def _run(self, report: Callable[[TrainingProgress], None], every: float) -> None:
        state = self.training_state
        if self._progress_share() >= 1.0:
            return
        start = time.monotonic() - state.seconds
        reported_at, bits, notes = state.seconds, 0.0, 0
        for batch, seed in self._batches():
            bits += self._update(batch, seed)
            notes += batch.notes
            # a request that comes while the ranks agree stands until the next batch
            state.seconds, stops = self._ranks.agree(time.monotonic() - start, self.stop_requested)
            done = self._progress_share() >= 1.0
            if done or state.seconds - reported_at >= every:
                speed = notes / max(1e-9, state.seconds - reported_at)
                progress = self._validate(bits / max(1, notes), speed)
                self._data_parallel.collect_state(self._state)
                report(progress)
                start = time.monotonic() - state.seconds  # validation is not training time
                reported_at, bits, notes = state.seconds, 0.0, 0
            if done or stops:
                self._data_parallel.collect_state(self._state)
                return

    def _batches(self) -> Iterator[tuple[Batch, tuple[int, ...]]]:
        """Yield batches from the current step on, each with the seed of its dropout."""
        state, seed = self.training_state, self.settings.seed
        while True:
            skip = state.step - state.epoch * self._epochs.batches_per_epoch
            batches = self._epochs.iterate_epoch(np.random.default_rng([seed, 1, state.epoch]))
            if not skip:
                self._state = self.network.initial_state(self._epochs.lanes)
            for batch in islice(batches, skip, None):
                yield batch, (seed, 2, state.step)
            state.epoch += 1

    def _progress_share(self) -> float:
        """Share of the training done, 0..1."""
        if self.settings.steps:
            return self.training_state.step / self.settings.steps
        return self.training_state.seconds / (60.0 * self.settings.minutes)

    def _learning_rate(self) -> float:
        warm_up = min(1.0, (self.training_state.step + 1) / WARM_UP_STEPS)
        return self.settings.rate * warm_up * rate_share(self._progress_share(), RATE_FALL_SHARE)

    def _update(self, batch: Batch, seed: tuple[int, ...]) -> float:
        """Apply one batch; returns its loss in bits."""
        state = self.training_state
        loss, gradients = self._data_parallel.compute_gradients(
            batch, self._state, self.settings.dropout, seed
        )
        targets = int((batch.targets >= 0).sum())
        uniform_loss = targets * math.log(self.network.sizes.outputs)
        if not loss <= DIVERGENCE_FACTOR * uniform_loss:  # true for nan, too
            bits = loss / LN2 / max(1, targets)
            raise DivergedError(f"the loss became {bits:.3g} bits a token at step {state.step}")
        norm = clip_gradients(gradients, self.settings.norm)
        if not math.isfinite(norm):
            raise DivergedError(f"the gradient became {norm} at step {state.step}")
        self._adam.update(gradients, self._learning_rate())
        self._average.update(self.network.parameters)
        state.step += 1
        return loss / LN2

    def _validate(self, train_bits: float, speed: float) -> TrainingProgress:
        """Score the averaged weights, and keep them if they are the best so far."""
        averaged = Network(self.network.sizes, self._average.parameters)
        score = score_tunes_together(averaged, self._validation, self._ranks)
        bits = score.bits_per_note
        state = self.training_state
        if bits < state.best:
            state.best = bits
            self.best_parameters = _copy_arrays(self._average.parameters)
        state.history.append([round(state.seconds, 1), round(train_bits, 4), round(bits, 4)])
        share = self._progress_share()
        left = max(0.0, state.seconds * (1.0 / share - 1.0)) if share else math.inf
        return TrainingProgress(
            state.step,
            state.epoch,
            state.seconds,
            left,
            train_bits,
            bits,
            state.best,
            speed,
            self._learning_rate(),
            self._data_parallel.report_ranks(),
        )

    def save(self, path: Path) -> None:
        """Write all a resumed run needs to a file, atomically."""
        about = {
            "format": STATE_FORMAT,
            "settings": asdict(self.settings),
            "batches": self._epochs.batches_per_epoch,
            "trail": asdict(self.training_state),
            "adam": self._adam.step,
            "average": self._average.count,
        }
        write_arrays(path, self._arrays(), about)

    def load(self, path: Path) -> None:
        """Resume from a file of `save`; only the length of the training may differ.

        Raises CheckpointError, and changes nothing, if the file is no training, or one of another
        network, corpus or other settings.
        """
        saved, own = _read_training(path), self._arrays()
        if any(_layout(saved.arrays.get(name)) != _layout(array) for name, array in own.items()):
            raise CheckpointError(f"{path}: not the training of a network of this size")
        for name, value in asdict(self.settings).items():
            kept = saved.settings.get(name, value)
            if name not in ("minutes", "steps") and kept != value:
                raise CheckpointError(f"{path}: begun with {name} {kept}, not {value}")
        if saved.batches not in (None, self._epochs.batches_per_epoch):
            raise CheckpointError(f"{path}: begun on another corpus")
        for name, array in own.items():
            array[...] = saved.arrays[name]
        self.training_state = saved.state
        self._adam.step, self._average.count = saved.adam_step, saved.average_count

    def _arrays(self) -> dict[str, Array]:
        """All arrays of the training, by name in the file."""
        groups = {
            "network": self.network.parameters,
            "average": self._average.parameters,
            "best": self.best_parameters,
            "mean": self._adam.mean,
            "square": self._adam.square,
            "state": {"h": self._state.h, "c": self._state.c},
        }
        return {
            f"{group}.{name}": a for group, arrays in groups.items() for name, a in arrays.items()
        }


@dataclass(frozen=True, slots=True, eq=False)
class _SavedTraining:
    """The content of a file of `Trainer.save`."""

    arrays: dict[str, Array]
    settings: dict[str, Any]
    batches: int | None  # in an epoch; None if the file does not tell
    state: TrainingState
    adam_step: int
    average_count: int


def _read_training(path: Path) -> _SavedTraining:
    """Read a file of `Trainer.save`; raises CheckpointError for another or a damaged one."""
    arrays, about = read_arrays(path)
    if about.get("format") != STATE_FORMAT:
        raise CheckpointError(f"{path}: no training to go on with")
    try:
        settings, state = dict(about["settings"]), TrainingState(**about["trail"])
        counts = about["adam"], about["average"]
        for count in (state.step, state.epoch, *counts):
            if not isinstance(count, int) or count < 0:
                raise ValueError(f"a count is {count!r}")
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{path}: a damaged training ({error})") from error
    return _SavedTraining(arrays, settings, about.get("batches"), state, *counts)


def _layout(array: Array | None) -> tuple[tuple[int, ...], np.dtype] | None:
    """Shape and dtype of an array; None for none."""
    return None if array is None else (array.shape, array.dtype)


def rate_share(done: float, flat: float) -> float:
    """Learning rate, relative to the highest: 1, then one minus the square root of the rest done.

    Parameters
    ----------
    done : float
        Share of the training done, 0..1.
    flat : float
        Share after which the rate falls.

    Returns
    -------
    float
        At least `MIN_RATE_SHARE`.

    References
    ----------
    Hägele et al. 2024, "Scaling laws and compute-optimal training beyond fixed training durations".
    """
    fallen = min(1.0, max(0.0, (done - flat) / (1 - flat)))
    return max(MIN_RATE_SHARE, 1 - math.sqrt(fallen))


def _copy_arrays(arrays: dict[str, Array]) -> dict[str, Array]:
    return {name: array.copy() for name, array in arrays.items()}
