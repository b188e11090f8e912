"""The walk of the last lesson: choose a network, and play with it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rnn import styles
from rnn.model.checkpoint import Checkpoint, CheckpointError, load
from rnn.teaching.tune_learner import STYLE as APPRENTICE
from rnn.teaching.tune_learner import Snapshot
from visuals.lessons.actions import Action
from visuals.lessons.shared_state import Bench
from visuals.lessons.walkthrough import Step, Walk
from visuals.network_summary import relative_preference

MOST = 5
"""Networks to choose from, the visitor's own included."""
TICKS_A_SECOND = 30
HANDED_OVER_AFTER = 5.0
"""Seconds from the last step's beginning to the live scenes."""


@dataclass(frozen=True, slots=True, eq=False)
class Offer:
    """A network to play with.

    Parameters
    ----------
    name : str
        Of its style; that of an apprentice for the visitor's.
    title : str
    network : Snapshot or Path
        What was learned, or a model file.
    layers, units, weights, tunes, notes : int
        How large it is, and what it learned from.
    preference : ndarray of int, shape (layers, units)
        Pitch class each cell favours.
    """

    name: str
    title: str
    network: Snapshot | Path
    layers: int
    units: int
    weights: int
    tunes: int
    notes: int
    preference: NDArray[np.int32]


class CreateWalk(Walk):
    """Networks to choose from, and the one that was chosen.

    Attributes
    ----------
    choice : int
        Place among `offers`.
    """

    steps = (Step("choose", 8.0, turns=(Action.LEFT, Action.RIGHT)), Step("play", 4.0, runs=True))

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        super().__init__()

    def _begin(self) -> None:
        self.choice = 0
        self._ticks = 0
        self._own: tuple[Snapshot, Offer] | None = None

    @property
    def offers(self) -> tuple[Offer, ...]:
        """What there is to choose from, the visitor's own first; only read once it is asked for."""
        learned = self._bench.learned
        if learned is None:
            return style_offers()
        if self._own is None or self._own[0] is not learned:
            self._own = learned, _offer(APPRENTICE, learned, learned.checkpoint())
        return (self._own[1], *style_offers())

    @property
    def chosen(self) -> Offer:
        """The one that would play."""
        return self.offers[self.choice % len(self.offers)]

    @property
    def left(self) -> float:
        """Seconds until the keyboard is handed over."""
        return max(0.0, HANDED_OVER_AFTER - self._ticks / TICKS_A_SECOND)

    def choose(self, place: int) -> None:
        """Take another; only at the step that offers them."""
        if self.now.name == "choose":
            self.choice = place % len(self.offers)

    def _turn(self, action: Action) -> None:
        step = 1 if action in (Action.DOWN, Action.RIGHT) else -1
        self.choose(self.choice + step)

    def _do_play(self) -> None:
        self._ticks = 0

    def _tick(self) -> None:
        self._ticks += 1
        if self.left == 0.0:
            self._bench.chosen = self.chosen.network


@cache
def style_offers() -> tuple[Offer, ...]:
    """The styles of the house."""
    offers = []
    for name in styles.names():
        path = styles.path_of(name)
        try:
            checkpoint = load(path)
        except CheckpointError:
            continue  # of no use here; who plays it says why
        offers.append(_offer(name, path, checkpoint))
    return tuple(offers[: MOST - 1])


def _offer(name: str, network: Snapshot | Path, checkpoint: Checkpoint) -> Offer:
    card, sizes = checkpoint.card, checkpoint.network.sizes
    return Offer(
        name,
        card.title,
        network,
        sizes.layers,
        sizes.units,
        sum(array.size for array in checkpoint.network.parameters.values()),
        card.tunes.get("train", 0),
        card.notes.get("train", 0),
        relative_preference(checkpoint.preference).argmax(axis=1).astype(np.int32),
    )
