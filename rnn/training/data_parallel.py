"""Data parallelism: the sequences of a batch divided among processes.

Each worker runs forward and backward over its own sequences with one BLAS thread, and the gradients
are added in the order of the workers: the same number of workers gives the same bits on any
machine. They are processes, as threads would wait for the interpreter after each short call.
"""

from __future__ import annotations

import math
import multiprocessing
import signal
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import RawArray

import numpy as np
from threadpoolctl import ThreadpoolController

from rnn.model.losses import cross_entropy
from rnn.model.lstm import Array
from rnn.model.network import Network
from rnn.model.sizes import NetworkSizes, parameter_shapes
from rnn.model.state import NetworkState
from rnn.training.dataset import Batch

WORKER_NAME = "gradient worker"  # name of the worker processes


class GradientWorkerError(RuntimeError):
    """A worker process ended before its work."""


@dataclass(frozen=True, slots=True)
class BatchShare:
    """Sequences of a batch for one worker, with what it needs to train on them."""

    batch: Batch
    h: Array  # (layers, B, H), state before the first step
    c: Array  # (layers, B, H)
    target_count: int  # targets in the whole batch
    dropout: float
    seed: tuple[int, ...]  # of the dropout


@dataclass(frozen=True, slots=True)
class BatchResult:
    """Loss and final state of a batch or a share of it."""

    loss: float  # summed, nats
    h: Array  # (layers, B, H), state after the last step
    c: Array  # (layers, B, H)


def compute_gradients(network: Network, share: BatchShare) -> tuple[BatchResult, dict[str, Array]]:
    """Run forward and backward; gradients are of the mean loss over the targets of the batch."""
    batch = share.batch
    state = network.initial_state(batch.targets.shape[1])
    state.h[...], state.c[...] = share.h, share.c
    dice = np.random.default_rng(share.seed)
    logits, buffers = network.forward(batch.features, state, batch.tune_starts, share.dropout, dice)
    loss, d_logits = cross_entropy(logits, batch.targets)
    d_logits /= np.float32(max(1, share.target_count))
    return BatchResult(loss, state.h, state.c), network.backward(d_logits, buffers)


class DataParallel:
    """A context manager that divides batches among `count` processes, of which this one is first.

    All use the network's weights as they are at each call; a small batch uses fewer processes.
    """

    def __init__(self, network: Network, count: int = 1) -> None:
        if count < 1:
            raise ValueError(f"crews must be at least 1, not {count}")
        self._network = network
        self._blas = ThreadpoolController()
        self._shared_weights = SharedParameters(network.sizes) if count > 1 else None
        self._workers = [
            _GradientWorker(network.sizes, self._shared_weights) for _ in range(count - 1)
        ]

    def __enter__(self) -> DataParallel:
        return self

    def __exit__(self, *exception: object) -> None:
        for worker in self._workers:
            worker.close()

    def compute_gradients(
        self, batch: Batch, state: NetworkState, dropout: float = 0.0, seed: tuple[int, ...] = ()
    ) -> tuple[BatchResult, dict[str, Array]]:
        """Loss, new state and gradients of a batch.

        `state`, before the first step, is not changed. The next call overwrites the gradients.
        Raises GradientWorkerError if a worker process ended.
        """
        first, *rest = _split_batch(batch, state, dropout, seed, 1 + len(self._workers))
        busy = self._workers[: len(rest)]
        if busy:
            self._shared_weights.copy_from(self._network.parameters)
        try:
            for worker, share in zip(busy, rest, strict=True):
                worker.pipe.send(share)
            with self._blas.limit(limits=1, user_api="blas"):
                result, gradients = compute_gradients(self._network, first)
                results = [result]
                for worker in busy:
                    results.append(worker.pipe.recv())
                    for name, array in gradients.items():
                        array += worker.gradients[name]
        except (EOFError, OSError) as error:
            raise GradientWorkerError("a worker process ended before its work") from error
        h = np.concatenate([each.h for each in results], axis=1)
        c = np.concatenate([each.c for each in results], axis=1)
        return BatchResult(sum(each.loss for each in results), h, c), gradients


def _split_batch(
    batch: Batch, state: NetworkState, dropout: float, seed: tuple[int, ...], workers: int
) -> list[BatchShare]:
    """Divide the sequences of a batch evenly."""
    target_count = int((batch.targets >= 0).sum())
    sequences = batch.targets.shape[1]
    count, shares = min(workers, sequences), []
    for k in range(count):
        part = slice(sequences * k // count, sequences * (k + 1) // count)
        arrays = (batch.features, batch.targets, batch.tune_starts)
        own = Batch(*(np.ascontiguousarray(array[:, part]) for array in arrays), batch.notes)
        h, c = state.h[:, part], state.c[:, part]
        shares.append(BatchShare(own, h, c, target_count, dropout, (*seed, k)))
    return shares


class SharedParameters:
    """Arrays of a network's shapes in memory shared by processes: weights, or gradients."""

    def __init__(self, sizes: NetworkSizes) -> None:
        self._shapes = parameter_shapes(sizes)
        self._memory = RawArray("f", sum(map(math.prod, self._shapes.values())))

    def views(self) -> dict[str, Array]:
        """Views of the shared memory, by parameter name."""
        flat, start, views = np.frombuffer(self._memory, np.float32), 0, {}
        for name, shape in self._shapes.items():
            end = start + math.prod(shape)
            views[name] = flat[start:end].reshape(shape)
            start = end
        return views

    def copy_from(self, arrays: dict[str, Array]) -> None:
        """Copy arrays into the shared memory."""
        for name, view in self.views().items():
            view[...] = arrays[name]


class _GradientWorker:
    """A worker process, seen from the process that started it."""

    def __init__(self, sizes: NetworkSizes, weights: SharedParameters) -> None:
        shared_gradients = SharedParameters(sizes)
        self.gradients = shared_gradients.views()
        context = multiprocessing.get_context("spawn")  # BLAS's threads do not survive a fork
        self.pipe, theirs = context.Pipe()
        arguments = theirs, sizes, weights, shared_gradients
        self._process = context.Process(
            target=_run_worker, args=arguments, name=WORKER_NAME, daemon=True
        )
        self._process.start()
        theirs.close()

    def close(self) -> None:
        """End the process, and wait for its end."""
        self.pipe.close()
        self._process.join()


def _run_worker(
    pipe: Connection, sizes: NetworkSizes, weights: SharedParameters, gradients: SharedParameters
) -> None:
    """Compute gradients of shares until the other end of the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to end
    network = Network(sizes, weights.views())
    with ThreadpoolController().limit(limits=1, user_api="blas"), suppress(EOFError, OSError):
        while True:
            result, computed = compute_gradients(network, pipe.recv())
            gradients.copy_from(computed)
            pipe.send(result)
