"""Data parallelism: the sequences of a batch divided among the ranks of a training.

Each rank runs forward and backward over its own sequences; where there are several, with one BLAS
thread, so that ranks do not compete for cores. The gradients of a layer are summed over the ranks
while those of the layer below are computed.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import numpy as np
from threadpoolctl import ThreadpoolController

from rnn.model.arrays import Array
from rnn.model.losses import cross_entropy
from rnn.model.network import Network
from rnn.model.state import NetworkState
from rnn.training.dataset import Batch
from rnn.training.ranks import Ranks, SingleRank


@dataclass(frozen=True, slots=True)
class RankReport:
    """How one rank of a training works.

    Parameters
    ----------
    gradient_norm : float
        Of its own part of the last batch, before the sum over the ranks.
    notes_per_second : float
        While it computes; waiting for other ranks does not count.
    """

    gradient_norm: float
    notes_per_second: float


class DataParallel:
    """Computes the gradients of whole batches, by a network whose weights all ranks share."""

    def __init__(self, network: Network, ranks: Ranks | None = None) -> None:
        self._network, self._ranks = network, ranks or SingleRank()
        self._blas = ThreadpoolController()
        self._square, self._notes, self._seconds = 0.0, 0.0, 0.0  # of this rank's own work

    def compute_gradients(
        self, batch: Batch, state: NetworkState, dropout: float = 0.0, seed: tuple[int, ...] = ()
    ) -> tuple[float, dict[str, Array]]:
        """Loss, summed in nats, and gradients of the mean loss over the targets of the batch.

        Weights of the batch count in the gradients only. In `state`, of all sequences, those of
        this rank are advanced. The gradients have the same bits on all ranks; the next call
        overwrites them.
        """
        ranks, network = self._ranks, self._network
        lanes = ranks.lanes(batch.targets.shape[1])
        idle = lanes.start == lanes.stop  # more ranks than sequences: one of no targets
        part = slice(0, 1) if idle else lanes
        features, targets, starts = (
            np.ascontiguousarray(array[:, part])
            for array in (batch.features, batch.targets, batch.tune_starts)
        )
        if idle:
            targets = np.full_like(targets, -1)
        own = network.initial_state(targets.shape[1])
        own.h[...], own.c[...] = state.h[:, part], state.c[:, part]
        generator = np.random.default_rng((*seed, ranks.index))
        began, self._square, all_targets = time.monotonic(), 0.0, int((batch.targets >= 0).sum())
        with self._blas.limit(limits=ranks.threads, user_api="blas"):
            logits, buffers = network.forward(features, own, starts, dropout, generator)
            loss, d_logits = cross_entropy(logits, targets)
            d_logits /= np.float32(max(1, all_targets))
            if batch.weights is not None:
                d_logits *= batch.weights[:, part, None]
            gradients = network.backward(d_logits, buffers, self._begin_sum)
        self._seconds += time.monotonic() - began
        self._notes += batch.notes * int((targets >= 0).sum()) / max(1, all_targets)
        if not idle:
            state.h[:, lanes], state.c[:, lanes] = own.h, own.c
        (total,) = ranks.sum(loss)
        ranks.finish_sums()
        return float(total), gradients

    def report_ranks(self) -> tuple[RankReport, ...]:
        """The work of each rank since the last report; all ranks ask for it together."""
        index, count = self._ranks.index, self._ranks.count
        speed = self._notes / max(1e-9, self._seconds)
        self._notes, self._seconds = 0.0, 0.0
        own = [0.0] * (2 * count)
        own[2 * index : 2 * index + 2] = math.sqrt(self._square), speed
        sums = self._ranks.sum(*own).reshape(count, 2)
        return tuple(RankReport(float(norm), float(speed)) for norm, speed in sums)

    def _begin_sum(self, arrays: list[Array]) -> None:
        self._square += sum(float(np.vdot(array, array)) for array in arrays)
        self._ranks.begin_sum(arrays)

    def collect_state(self, state: NetworkState) -> None:
        """Take the states of the other ranks' sequences from them, as before it is saved."""
        lanes = self._ranks.lanes(state.h.shape[1])
        for array in (state.h, state.c):
            array[:, : lanes.start], array[:, lanes.stop :] = 0.0, 0.0
        self._ranks.begin_sum((state.h, state.c))
        self._ranks.finish_sums()
