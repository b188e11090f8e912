"""Fine-tuning: from a trained network to one that predicts a small collection of tunes.

A few tunes are learned within seconds and forgotten as soon, so that the weights are validated
every few updates and the training stops by itself. Of few tunes none can be spared: they are held
out in turn (k-fold cross-validation, Stone 1974), each fold trains from the same start, and the
mean of the best weights of all folds is the result. Weights that were trained from one start can
be averaged (Wortsman et al. 2022, "Model soups"). Finally the logits are scaled by one number
fitted on the tunes held out (temperature scaling, Guo et al. 2017).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np

from rnn.codecs.codec import Codec
from rnn.model.arrays import Array
from rnn.model.network import Network
from rnn.model.sizes import NetworkSizes
from rnn.training.baselines import CachedNGramModel, NGramModel, score_unigram
from rnn.training.data_parallel import DataParallel, RankReport
from rnn.training.dataset import Batch, EncodedTune, EpochBatcher
from rnn.training.evaluation import EvaluationScore, score_tunes, score_tunes_together
from rnn.training.optimiser import Adam, WeightAverage, clip_gradients
from rnn.training.ranks import Ranks, SingleRank
from rnn.training.settings import require_at_least, require_positive, require_share
from rnn.training.trainer import DivergedError, TrainingProgress, TrainingState, rate_share

FOLDS = 5  # parts of a small collection that are held out in turn
MANY_TUNES = 200  # number of tunes from which one part is held out for good
HELD_OUT_SHARE = 0.1  # share of many tunes that is held out
RATE_FALL_SHARE = 0.4  # share of a fold's time after which the learning rate falls
WARM_UP_STEPS = 20  # updates over which the learning rate rises
VALIDATION_STEPS = 12
"""Updates between two validations at first, about a second; more where 1,000s of notes are held
out, so that most of the time is for learning."""
VALIDATION_GROWTH = 0.2  # later: updates between two validations, share of those made
MAX_FAILED_VALIDATIONS = 5  # validations in a row without a better score after which a fold ends
SHARPNESS_STEP = 0.05  # distance of the factors of the logits that are tried
MIN_SHARPNESS = 0.79  # least factor tried; the largest is as far above 1
FEW_NOTES, MIN_RATE, MAX_RATE = 2000, 3e-4, 1e-3
"""Notes up to which the lowest learning rate is best; it rises with their square root."""
LN2 = math.log(2)


@dataclass(frozen=True, slots=True)
class FineTuningSettings:
    """Settings of a fine-tuning.

    Parameters
    ----------
    seed : int
    minutes : float
        Longest training time, all folds together. It ends earlier where nothing improves.
    steps : int
        Most updates of a fold instead, if not 0. Exact repetition needs it.
    rate : float
        Highest learning rate; 0 for one that suits the number of notes.
    dropout : float
        Share of each layer's inputs set to 0.
    pull : float
        Strength of a pull towards the start, as a gradient per distance of a weight (L2-SP, Li et
        al. 2018).
    lanes, length : int
        Sequences side by side, and steps of truncated back-propagation.
    norm : float
        Maximum joint norm of the gradients.
    average_decay : float
        Decay of the running average of the weights, per update.
    fits_sharpness : bool
        Whether the logits are scaled in the end. Not for music of the network itself, which would
        make it a little surer of itself each time.

    Raises
    ------
    ValueError
        If a value is out of its range.
    """

    seed: int = 1
    minutes: float = 2.0
    steps: int = 0
    rate: float = 0.0
    dropout: float = 0.2
    pull: float = 0.0
    lanes: int = 16
    length: int = 64
    norm: float = 1.0
    average_decay: float = 0.99
    fits_sharpness: bool = True

    def __post_init__(self) -> None:
        require_at_least(self, 0, "seed", "steps", "rate", "pull")
        require_at_least(self, 1, "lanes", "length")
        require_positive(self, "norm", *(() if self.steps else ("minutes",)))
        require_share(self, "dropout", "average_decay")


@dataclass(slots=True)
class FoldResult:
    """The best weights of a fold so far.

    Parameters
    ----------
    train, held_out : list of EncodedTune
        Tunes to learn, and tunes to validate with.
    parameters : dict of str to ndarray of float32
        At first those of the start, so that no fold ends worse than it began.
    score : EvaluationScore
        Of `parameters` on the tunes held out.
    """

    train: list[EncodedTune]
    held_out: list[EncodedTune]
    parameters: dict[str, Array]
    score: EvaluationScore


def split_folds(
    tunes: Sequence[EncodedTune],
) -> list[tuple[list[EncodedTune], list[EncodedTune]]]:
    """Split tunes into training and held-out tunes: in turn for few tunes, once for many.

    Parameters
    ----------
    tunes : sequence of EncodedTune

    Returns
    -------
    list of (list of EncodedTune, list of EncodedTune)
        Training and held-out tunes of each fold. At least `HELD_OUT_SHARE` of the tunes is held
        out.

    Raises
    ------
    ValueError
        If there are fewer than two tunes.
    """
    if len(tunes) < 2:
        raise ValueError(
            f"fine-tuning needs at least two tunes, one to check with, not {len(tunes)}"
        )
    many = len(tunes) >= MANY_TUNES
    parts = math.floor(1 / HELD_OUT_SHARE) if many else min(FOLDS, len(tunes))
    folds = []
    for fold in range(1 if many else parts):
        held_out = list(tunes[fold::parts])
        train = [tune for place, tune in enumerate(tunes) if place % parts != fold]
        folds.append((train, held_out))
    return folds


def score_fold_baselines(
    folds: Sequence[tuple[list[EncodedTune], list[EncodedTune]]], outputs: int
) -> dict[str, float]:
    """Bits per note of n-grams that learn each fold's tunes, on the tunes it holds out.

    Parameters
    ----------
    folds : sequence of (list of EncodedTune, list of EncodedTune)
        See `split_folds`.
    outputs : int
        Tokens of the codec.

    Returns
    -------
    dict of str to float
        By name: unigram, ngram, cached; the cache is fitted on the tunes held out.
    """
    bits, notes = dict.fromkeys(("unigram", "ngram", "cached"), 0.0), 0
    for train, held_out in folds:
        ngram = NGramModel(train, held_out, outputs)
        bits["unigram"] += score_unigram(train, held_out, outputs).bits
        bits["ngram"] += ngram.score(held_out).bits
        bits["cached"] += CachedNGramModel(ngram, held_out).score(held_out).bits
        notes += sum(tune.notes for tune in held_out)
    return {name: total / notes for name, total in bits.items()}


class FineTuner:
    """Trains a network further on a small collection of tunes.

    Parameters
    ----------
    start : Network
        It is not changed.
    codec : Codec
    tunes : sequence of EncodedTune
    settings : FineTuningSettings
    ranks : Ranks, optional
        The processes that share the training.
    held_out : sequence of EncodedTune, optional
        Tunes to validate with, of which none is learned; by default some of `tunes`.

    Attributes
    ----------
    network : Network
        The network that learns.
    best_parameters : dict of str to ndarray of float32
        The mean of the best weights of all folds begun; the start's at first.
    training_state : TrainingState
        `best` is in bits per note of all tunes that are held out: in folds that have not begun,
        of the start. The history has the same with the current weights of the current fold.
    start_bits : float
        Bits per note of the start on all tunes that are held out.
    stop_requested : bool
        Whether `run` ends after the current batch; a signal handler may set it.

    Raises
    ------
    ValueError
        If there are fewer than two tunes.
    """

    def __init__(
        self,
        start: Network,
        codec: Codec,
        tunes: Sequence[EncodedTune],
        settings: FineTuningSettings,
        ranks: Ranks | None = None,
        held_out: Sequence[EncodedTune] = (),
    ) -> None:
        self.settings = settings
        self._ranks = ranks or SingleRank()
        self._codec, self._start = codec, start
        folds = [(list(tunes), list(held_out))] if held_out else split_folds(tunes)
        self._folds = [
            FoldResult(train, validation, start.parameters, score_tunes(start, validation))
            for train, validation in folds
        ]
        self._begun = 0  # folds
        self.start_bits = _bits_per_note(self._folds)
        self.network = Network(start.sizes, _copy_arrays(start.parameters))
        self.best_parameters = _copy_arrays(start.parameters)
        self.training_state = TrainingState(best=self.start_bits)
        self._state = start.initial_state()
        self.stop_requested = False
        self._rate_now, self._rank_reports = 0.0, tuple[RankReport, ...]()
        notes = sum(tune.notes for tune in tunes)
        fitting = MIN_RATE * math.sqrt(max(1.0, notes / FEW_NOTES))
        self._rate = settings.rate or min(MAX_RATE, fitting)

    @property
    def folds(self) -> list[tuple[list[EncodedTune], list[EncodedTune]]]:
        """Training and held-out tunes of each fold."""
        return [(fold.train, fold.held_out) for fold in self._folds]

    def run(self, report: Callable[[TrainingProgress], None], every: float = 1.0) -> None:
        """Train until nothing improves, the time is used up, or a stop is requested.

        Parameters
        ----------
        report : callable
            Called after validations, and at the end.
        every : float
            Least seconds between two reports.

        Raises
        ------
        DivergedError
            If loss or gradient is not finite; the best weights are kept.
        """
        try:
            for fold in self._folds:
                self._begun += 1
                if self._train_fold(fold, report, every):
                    break
        finally:
            self.stop_requested = False
            self._collect()
        if self.settings.fits_sharpness:
            self._fit_sharpness()
        report(self._progress(self.training_state.history[-1][1], 0.0))

    def _train_fold(
        self,
        fold: FoldResult,
        report: Callable[[TrainingProgress], None],
        every: float,
    ) -> bool:
        """Train from the start on a fold's tunes and keep its best weights; whether to stop."""
        state, settings = self.training_state, self.settings
        for name, array in self.network.parameters.items():
            array[...] = self._start.parameters[name]
        data_parallel, adam = DataParallel(self.network, self._ranks), Adam(self.network.parameters)
        average = WeightAverage(_copy_arrays(self.network.parameters), settings.average_decay)
        interval = VALIDATION_STEPS * (1 + fold.score.notes // 1000)
        next_validation, failures = interval, 0
        left = 60.0 * settings.minutes - state.seconds
        limit = max(1e-9, left / (len(self._folds) - self._begun + 1))  # seconds of this fold
        earlier, begun = state.seconds, time.monotonic()
        reported_at, bits, notes = earlier, 0.0, 0
        for batch in self._batches(fold):
            done = (
                adam.step / settings.steps if settings.steps else (state.seconds - earlier) / limit
            )
            bits += self._update(data_parallel, batch, adam, rate_share(done, RATE_FALL_SHARE))
            average.update(self.network.parameters)
            notes += batch.notes
            # a request that comes while the ranks agree stands until the next batch
            state.seconds, stops = self._ranks.agree(
                earlier + time.monotonic() - begun, self.stop_requested
            )
            ended = stops or (
                adam.step == settings.steps if settings.steps else state.seconds - earlier >= limit
            )
            if not ended and adam.step < next_validation:
                continue
            next_validation = adam.step + max(interval, int(VALIDATION_GROWTH * adam.step))
            improved = self._validate(fold, average, bits / max(1, notes))
            failures = 0 if improved else failures + 1
            state.seconds, stops = self._ranks.agree(
                earlier + time.monotonic() - begun, stops or self.stop_requested
            )
            is_over = ended or stops or failures >= MAX_FAILED_VALIDATIONS
            if state.seconds - reported_at >= every:
                speed = notes / max(1e-9, state.seconds - reported_at)
                self._rank_reports = data_parallel.report_ranks()
                report(self._progress(bits / max(1, notes), speed))
                begun = time.monotonic() - (state.seconds - earlier)  # a report is no training
                reported_at, bits, notes = state.seconds, 0.0, 0
            elif is_over:
                self._rank_reports = data_parallel.report_ranks()
            if is_over:
                return stops
        return False

    def _batches(self, fold: FoldResult) -> Iterator[Batch]:
        """Yield batches of a fold's tunes without end; each pass begins with a state of zeros."""
        settings = self.settings
        batcher = EpochBatcher(self._codec, fold.train, settings.lanes, settings.length)
        for epoch in count():
            self._state = self.network.initial_state(batcher.lanes)
            self.training_state.epoch += 1
            seed = [settings.seed, 1, self._begun, epoch]
            yield from batcher.iterate_epoch(np.random.default_rng(seed))

    def _update(self, data_parallel: DataParallel, batch: Batch, adam: Adam, share: float) -> float:
        """Apply one batch at a share of the highest learning rate; returns its loss in bits."""
        settings, progress = self.settings, self.training_state
        seed = (settings.seed, 2, progress.step)
        loss, gradients = data_parallel.compute_gradients(
            batch, self._state, settings.dropout, seed
        )
        norm = clip_gradients(gradients, settings.norm)
        if not (math.isfinite(norm) and math.isfinite(loss)):
            raise DivergedError(f"the gradient became {norm} at step {progress.step}")
        if settings.pull:
            for name, array in self.network.parameters.items():
                gradients[name] += np.float32(settings.pull) * (
                    array - self._start.parameters[name]
                )
        self._rate_now = self._rate * share * min(1.0, (adam.step + 1) / WARM_UP_STEPS)
        adam.update(gradients, self._rate_now)
        progress.step += 1
        return loss / LN2

    def _validate(self, fold: FoldResult, average: WeightAverage, train_bits: float) -> bool:
        """Score the averaged weights; keep them and return True if they are the fold's best."""
        state = self.training_state
        network = Network(self.network.sizes, average.parameters)
        score = score_tunes_together(network, fold.held_out, self._ranks)
        now = _bits_per_note([each for each in self._folds if each is not fold], score)
        improved = score.bits < fold.score.bits
        if improved:
            fold.parameters, fold.score = _copy_arrays(average.parameters), score
        self._collect()
        state.history.append([round(state.seconds, 1), round(train_bits, 4), round(now, 4)])
        return improved

    def _collect(self) -> None:
        """Make the mean of the best weights of the folds begun the result."""
        begun = self._folds[: self._begun] or self._folds
        share = np.float32(1 / len(begun))
        self.best_parameters = {
            name: sum(fold.parameters[name] for fold in begun) * share
            for name in self._start.parameters
        }
        self.training_state.best = _bits_per_note(self._folds)

    def _progress(self, train_bits: float, speed: float) -> TrainingProgress:
        """A report of the training as it is."""
        state = self.training_state
        left = max(0.0, 60.0 * self.settings.minutes - state.seconds)
        now = state.history[-1][2]
        return TrainingProgress(
            state.step,
            state.epoch,
            state.seconds,
            left,
            train_bits,
            now,
            state.best,
            speed,
            self._rate_now,
            self._rank_reports,
        )

    def _fit_sharpness(self) -> None:
        """Scale the logits by the factor that predicts the tunes held out best."""
        folds = self._folds[: self._begun]
        best, least = 1.0, sum(fold.score.bits for fold in folds)
        for step in (-SHARPNESS_STEP, SHARPNESS_STEP):
            factor = 1.0 + step
            while MIN_SHARPNESS < factor < 2 - MIN_SHARPNESS:
                bits = sum(_score_sharpened(self._start.sizes, fold, factor) for fold in folds)
                if bits >= least:
                    break
                best, least, factor = factor, bits, factor + step
            if best != 1.0:
                break
        self.best_parameters = _sharpened(self.best_parameters, best)
        state, gain = self.training_state, sum(fold.score.bits for fold in folds) - least
        state.best -= gain / sum(fold.score.notes for fold in self._folds)
        state.history.append([round(state.seconds, 1), state.history[-1][1], round(state.best, 4)])


def _score_sharpened(sizes: NetworkSizes, fold: FoldResult, factor: float) -> float:
    """Bits of a fold's held-out tunes with its best logits times a factor."""
    network = Network(sizes, _sharpened(fold.parameters, factor))
    return score_tunes(network, fold.held_out).bits


def _bits_per_note(folds: Sequence[FoldResult], *others: EvaluationScore) -> float:
    """Of the tunes that some folds hold out, and of other scores."""
    scores = [*(fold.score for fold in folds), *others]
    return sum(score.bits for score in scores) / sum(score.notes for score in scores)


def _sharpened(parameters: dict[str, Array], factor: float) -> dict[str, Array]:
    """Parameters whose network returns its logits times a factor."""
    scaled = {n: parameters[n] * np.float32(factor) for n in ("readout.weight", "readout.bias")}
    return parameters | scaled


def _copy_arrays(arrays: dict[str, Array]) -> dict[str, Array]:
    return {name: array.copy() for name, array in arrays.items()}
