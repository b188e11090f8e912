"""The walk of lesson two: four songs no single neuron can part, and hidden ones that can."""

from __future__ import annotations

from rnn.toys import CROSSED, Neuron
from rnn.toys_layers import Layers
from visuals.lessons.actions import Action
from visuals.lessons.walk import Step, Walk

FIRST_WEIGHTS = (1.6, 0.5, -0.8)
RATE = 0.25
"""Large, so that the plane is seen to search."""
SEED = 4
"""Of the hidden neurons at first; the visitor can try others."""
MOST_HIDDEN = 3
"""So many can be shown: one for each way to go in a space."""
STEPS_A_TICK = 2
SURE = 0.03
"""Error, bits a song, at which the hidden neurons stop learning."""


class FoldWalk(Walk):
    """Four songs, one neuron, and then hidden ones.

    Attributes
    ----------
    songs : tuple of Song
    neuron : Neuron
        The one alone.
    errors : list of float
        Its error, bits a song, after each song.
    layers : Layers
        The network with hidden neurons.
    folding : list of float
        The error of that, after each step.
    """

    steps = (
        Step("songs", 6.0),
        Step("space", 6.0),
        Step("flat", 6.0),
        Step("plane", 6.0),
        Step("search", 9.0, runs=True),
        Step("floor", 7.0, runs=True),
        Step("hidden", 6.0),
        Step("fold", 9.0, runs=True),
        Step("parted", 6.0),
        Step("hands", 12.0, runs=True, turns=True),
        Step("end", 6.0),
    )

    def _begin(self) -> None:
        self.songs = CROSSED
        self.neuron = Neuron(FIRST_WEIGHTS)
        self.errors = [self.neuron.error(self.songs)]
        self._seed = SEED
        self._song = 0
        self._anew(2)

    @property
    def lowest(self) -> float:
        """Lowest error the one neuron had."""
        return min(self.errors)

    def _anew(self, hidden: int) -> None:
        self.layers = Layers(hidden, seed=self._seed)
        self.folding = [self.layers.error(self.songs)]

    def _tick(self) -> None:
        if self.now.name in ("search", "floor"):
            self.neuron.nudge(self.songs[self._song], RATE)
            self._song = (self._song + 1) % len(self.songs)
            self.errors.append(self.neuron.error(self.songs))
        else:
            self._fold(STEPS_A_TICK)

    def _fold(self, steps: int) -> None:
        for _ in range(steps):
            if self.folding[-1] > SURE:
                self.layers.learn(self.songs)
                self.folding.append(self.layers.error(self.songs))

    def _do_parted(self) -> None:
        self._fold(900)

    def _do_end(self) -> None:
        self._seed = SEED
        self._anew(2)
        self._fold(900)

    def _turn(self, action: Action) -> None:
        hidden = self.layers.hidden
        if action in (Action.LEFT, Action.RIGHT):
            self._seed += 1 if action is Action.RIGHT else -1
            self._seed %= 100
        else:
            hidden += 1 if action is Action.UP else -1
        self._anew(min(MOST_HIDDEN, max(1, hidden)))
