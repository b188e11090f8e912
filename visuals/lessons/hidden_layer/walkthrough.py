"""The walk of lesson two: four songs no single neuron can part, and hidden ones that can."""

from __future__ import annotations

import numpy as np

from midi_data.notes import Note
from rnn.teaching.mlp import Layers
from rnn.teaching.perceptron import CROSSED, Neuron
from visuals.lessons import motifs
from visuals.lessons.actions import ARROWS, Action
from visuals.lessons.walkthrough import Step, Walk

FIRST_WEIGHTS = (1.6, 0.5, -0.8)
RATE = 0.25
"""Large, so that the plane is seen to search."""
SEED = 4
"""Of the hidden neurons at first; the visitor can try others."""
MOST_HIDDEN = 3
"""So many can be shown: one for each way to go in a space."""
STEPS_A_TICK = 2
ROOTS = (48, 55, 60, 64)
"""The tone of each song (MIDI numbers): together a chord."""
TICKS_A_SONG = 14
"""Between two songs that are heard."""
HEARD = 24
"""Songs heard in a step; then it goes on in silence."""
SOUND = 44
"""MIDI velocity."""
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
    heard : int or None
        Place of the song whose tones sound: an octave if it is guessed, else a second that beats.
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
        Step("hands", 12.0, runs=True, turns=ARROWS),
        Step("end", 6.0),
    )

    def _begin(self) -> None:
        self.songs = CROSSED
        self.neuron = Neuron(FIRST_WEIGHTS)
        self.errors = [self.neuron.error(self.songs)]
        self._seed = SEED
        self._song = self._ticks = 0
        self.heard: int | None = None
        self._anew(2)

    @property
    def lowest(self) -> float:
        """Lowest error the one neuron had."""
        return min(self.errors)

    def _anew(self, hidden: int) -> None:
        self.layers = Layers(hidden, seed=self._seed)
        self.folding = [self.layers.error(self.songs)]

    @property
    def right(self) -> tuple[bool, ...]:
        """Whether each song is guessed: by the one neuron, until there are hidden ones."""
        folded = self.position >= self.place("hidden")
        outputs = [
            float(self.layers.outputs(np.array(song.facts, np.float64)))
            if folded
            else self.neuron.guess(song.facts).output
            for song in self.songs
        ]
        return tuple((o > 0.5) == bool(s.liked) for o, s in zip(outputs, self.songs, strict=True))

    def _enter(self) -> None:
        self._ticks, self.heard = 0, None
        super()._enter()

    def _sound(self) -> None:
        """Have heard one song after the other, whether it is guessed."""
        number = self._ticks // TICKS_A_SONG
        if number >= HEARD:
            self.heard = None
        elif self._ticks % TICKS_A_SONG == 0:
            self.heard = number % len(self.songs)
            seconds = 1.6 * TICKS_A_SONG / 30
            tones = motifs.agreement(ROOTS[self.heard], self.right[self.heard], seconds)
            self.sing(tones, 1.0, SOUND)
        self._ticks += 1

    def _tick(self) -> None:
        self._sound()
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
        chord = [
            Note(tone.pitch, 0.12 * k, 2.4)
            for k, root in enumerate(ROOTS)
            for tone in motifs.agreement(root, self.right[k], 1.0)
        ]
        self.sing(chord, 1.0, SOUND)

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
