"""The walk of the last lesson: choose a network, and play with it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rnn import styles
from rnn.model.checkpoint import Checkpoint, CheckpointError, load_checkpoint
from rnn.teaching.tune_learner import LEARNED_STYLE as APPRENTICE
from rnn.teaching.tune_learner import TuneLearnerSnapshot
from visuals.lessons.actions import LessonAction
from visuals.lessons.shared_state import SharedLessonState
from visuals.lessons.walkthrough import LessonStep, Walkthrough
from visuals.network_summary import relative_preference

MAX_OPTIONS = 5
"""Networks to choose from, the visitor's own included."""
TICKS_PER_SECOND = 30
HANDOVER_DELAY_S = 5.0
"""Seconds from the last step's beginning to the live scenes."""


@dataclass(frozen=True, slots=True, eq=False)
class NetworkOption:
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
    network: TuneLearnerSnapshot | Path
    layers: int
    units: int
    weights: int
    tunes: int
    notes: int
    preference: NDArray[np.int32]


class CreateWalkthrough(Walkthrough):
    """Networks to choose from, and the one that was chosen.

    Attributes
    ----------
    choice : int
        Place among `offers`.
    """

    steps = (
        LessonStep("choose", 8.0, arrows=(LessonAction.LEFT, LessonAction.RIGHT)),
        LessonStep("play", 4.0, runs=True),
    )

    def __init__(self, bench: SharedLessonState) -> None:
        self._shared_state = bench
        super().__init__()

    def _reset(self) -> None:
        self.option_index = 0
        self._ticks = 0
        self._learned_option: tuple[TuneLearnerSnapshot, NetworkOption] | None = None

    @property
    def options(self) -> tuple[NetworkOption, ...]:
        """What there is to choose from, the visitor's own first; only read once it is asked for."""
        learned = self._shared_state.learned_snapshot
        if learned is None:
            return style_options()
        if self._learned_option is None or self._learned_option[0] is not learned:
            self._learned_option = learned, _make_option(APPRENTICE, learned, learned.checkpoint())
        return (self._learned_option[1], *style_options())

    @property
    def selected_option(self) -> NetworkOption:
        """The one that would play."""
        return self.options[self.option_index % len(self.options)]

    @property
    def handover_in_s(self) -> float:
        """Seconds until the keyboard is handed over."""
        return max(0.0, HANDOVER_DELAY_S - self._ticks / TICKS_PER_SECOND)

    def select_option(self, place: int) -> None:
        """Take another; only at the step that offers them."""
        if self.current_step.name == "choose":
            self.option_index = place % len(self.options)

    def _on_arrow(self, action: LessonAction) -> None:
        step = 1 if action in (LessonAction.DOWN, LessonAction.RIGHT) else -1
        self.select_option(self.option_index + step)

    def _do_play(self) -> None:
        self._ticks = 0

    def _on_tick(self) -> None:
        self._ticks += 1
        if self.handover_in_s == 0.0:
            self._shared_state.chosen_network = self.selected_option.network


@cache
def style_options() -> tuple[NetworkOption, ...]:
    """The styles of the house."""
    offers = []
    for name in styles.style_names():
        path = styles.style_path(name)
        try:
            checkpoint = load_checkpoint(path)
        except CheckpointError:
            continue  # of no use here; who plays it says why
        offers.append(_make_option(name, path, checkpoint))
    return tuple(offers[: MAX_OPTIONS - 1])


def _make_option(
    name: str, network: TuneLearnerSnapshot | Path, checkpoint: Checkpoint
) -> NetworkOption:
    card, sizes = checkpoint.card, checkpoint.network.sizes
    return NetworkOption(
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
