"""Learning in crews: the sequences of a batch shared out, each share worked on by a process.

A crew goes forward and back through its own sequences with one thread of BLAS; the gradients are
added in the order of the crews. How many there are is a setting of the computation and not of the
machine: the same number gives the same bits on one processor or on eight. Against BLAS's own
threads, which share out each product, the elementwise work is shared too and nobody waits for
anybody between the first step and the last.

Crews are processes because a step is thousands of calls of a few microseconds: threads would
wait for their turn at the interpreter after each.
"""

from __future__ import annotations

import multiprocessing
import signal
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import RawArray
from types import TracebackType

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from rnn.model.losses import cross_entropy
from rnn.model.lstm import Array
from rnn.model.network import Network
from rnn.model.sizes import NetworkSizes, parameter_shapes
from rnn.model.state import NetworkState
from rnn.training.dataset import Batch


class GradientWorkerError(RuntimeError):
    """A crew came to an end."""


@dataclass(frozen=True, slots=True)
class BatchShare:
    """A share of a batch.

    Parameters
    ----------
    features : ndarray of int32, shape (T, B, F)
    targets : ndarray of int32, shape (T, B)
        Negative where nothing is asked.
    fresh : ndarray of bool, shape (T, B)
    h, c : ndarray, shape (layers, B, H)
        State before the first step.
    asked : int
        How many targets the whole batch has.
    dropout : float
    seed : tuple of int
        Of what is dropped.
    """

    features: NDArray[np.int32]
    targets: NDArray[np.int32]
    tune_starts: NDArray[np.bool_]
    h: Array
    c: Array
    target_count: int
    dropout: float
    seed: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What came of a task, or of a batch, beside the gradients.

    Parameters
    ----------
    loss : float
        Summed, in nats.
    h, c : ndarray, shape (layers, B, H)
        State after the last step.
    """

    loss: float
    h: Array
    c: Array


def compute_gradients(network: Network, task: BatchShare) -> tuple[BatchResult, dict[str, Array]]:
    """Forward and back; the gradients are of the mean over all that is asked in the batch."""
    state = network.initial_state(task.targets.shape[1])
    state.h[...], state.c[...] = task.h, task.c
    dice = np.random.default_rng(task.seed)
    logits, tape = network.forward(task.features, state, task.tune_starts, task.dropout, dice)
    loss, gradient = cross_entropy(logits, task.targets)
    gradient /= np.float32(max(1, task.target_count))
    return BatchResult(loss, state.h, state.c), network.backward(gradient, tape)


class DataParallel:
    """Shares batches out; to be used in a `with`, which ends the processes.

    Parameters
    ----------
    network : Network
        Whose weights, as they are at the time, all crews learn with.
    count : int
        Of crews, this process the first of them; with one, no process is started. Batches of
        fewer sequences are shared among as many crews as there are sequences.

    Raises
    ------
    ValueError
        If there is to be none.
    """

    def __init__(self, network: Network, count: int = 1) -> None:
        if count < 1:
            raise ValueError(f"crews must be at least 1, not {count}")
        self._network = network
        self._blas = ThreadpoolController()
        sizes = network.sizes
        self._shared_weights = SharedParameters(sizes) if count > 1 else None
        self._workers = [_GradientWorker(sizes, self._shared_weights) for _ in range(count - 1)]

    def __enter__(self) -> DataParallel:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for other in self._workers:
            other.close()

    def compute_gradients(
        self, batch: Batch, state: NetworkState, dropout: float = 0.0, seed: tuple[int, ...] = ()
    ) -> tuple[BatchResult, dict[str, Array]]:
        """Loss, new state and gradients of a batch; the next call writes over the gradients.

        `state`, before the first step, is not changed.

        Raises
        ------
        GradientWorkerError
            If a crew came to an end.
        """
        first, *rest = _split_batch(batch, state, dropout, seed, 1 + len(self._workers))
        if rest:
            self._shared_weights.copy_from(self._network.parameters)
        for other, task in zip(self._workers, rest, strict=False):
            other.send_share(task)
        with self._blas.limit(limits=1, user_api="blas"):
            learned, gradients = compute_gradients(self._network, first)
            done = [learned]
            for other, _ in zip(self._workers, rest, strict=False):
                done.append(other.receive_result())
                for name, array in gradients.items():
                    array += other.gradients[name]
        h, c = (
            np.concatenate(parts, axis=1)
            for parts in zip(*((each.h, each.c) for each in done), strict=True)
        )
        return BatchResult(sum(each.loss for each in done), h, c), gradients


def _split_batch(
    batch: Batch, state: NetworkState, dropout: float, seed: tuple[int, ...], crews: int
) -> list[BatchShare]:
    asked = int((batch.targets >= 0).sum())
    lanes = batch.targets.shape[1]
    ends = [lanes * k // min(crews, lanes) for k in range(min(crews, lanes) + 1)]
    return [
        BatchShare(
            np.ascontiguousarray(batch.features[:, at:end]),
            np.ascontiguousarray(batch.targets[:, at:end]),
            np.ascontiguousarray(batch.tune_starts[:, at:end]),
            state.h[:, at:end],
            state.c[:, at:end],
            asked,
            dropout,
            (*seed, crew),
        )
        for crew, (at, end) in enumerate(zip(ends, ends[1:], strict=False))
    ]


class SharedParameters:
    """Arrays of a network's shapes in memory that processes share: weights, or gradients."""

    def __init__(self, sizes: NetworkSizes) -> None:
        self._sizes = sizes
        shapes = parameter_shapes(sizes).values()
        self._memory = RawArray("f", sum(int(np.prod(shape)) for shape in shapes))

    def views(self) -> dict[str, Array]:
        """Views of it, by name."""
        flat, at, views = np.frombuffer(self._memory, np.float32), 0, {}
        for name, shape in parameter_shapes(self._sizes).items():
            size = int(np.prod(shape))
            views[name] = flat[at : at + size].reshape(shape)
            at += size
        return views

    def copy_from(self, arrays: dict[str, Array]) -> None:
        """Copy arrays there."""
        for name, view in self.views().items():
            view[...] = arrays[name]


class _GradientWorker:
    """A crew that is another process, as seen from here."""

    def __init__(self, sizes: NetworkSizes, weights: SharedParameters) -> None:
        room = SharedParameters(sizes)
        self.gradients = room.views()
        context = multiprocessing.get_context("spawn")  # BLAS's threads do not outlive a fork
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=_run_worker, args=(theirs, sizes, weights, room), name="crew", daemon=True
        )
        self._process.start()
        theirs.close()

    def send_share(self, task: BatchShare) -> None:
        """Have it set to work."""
        try:
            self._pipe.send(task)
        except OSError as error:
            raise GradientWorkerError("a crew came to an end before its work was done") from error

    def receive_result(self) -> BatchResult:
        """Wait for what came of it."""
        try:
            return self._pipe.recv()
        except (EOFError, OSError) as error:
            raise GradientWorkerError("a crew came to an end before its work was done") from error

    def close(self) -> None:
        """Have it end, and wait until it has."""
        self._pipe.close()
        self._process.join()


def _run_worker(
    pipe: Connection, sizes: NetworkSizes, weights: SharedParameters, room: SharedParameters
) -> None:
    """What a crew's process does: tasks, until nobody has any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever gives the tasks decides when to end
    network = Network(sizes, weights.views())
    with ThreadpoolController().limit(limits=1, user_api="blas"), suppress(EOFError, OSError):
        while True:  # until the other end is closed
            learned, gradients = compute_gradients(network, pipe.recv())
            room.copy_from(gradients)
            pipe.send(learned)
