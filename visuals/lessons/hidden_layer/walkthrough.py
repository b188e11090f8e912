"""The walk of lesson two: four songs no single neuron can part, and hidden ones that can."""

from __future__ import annotations

import numpy as np

from midi_data.notes import Note
from rnn.teaching.mlp import TinyMlp
from rnn.teaching.perceptron import XOR_SONGS, Neuron
from visuals.lessons import motifs
from visuals.lessons.actions import ARROWS, LessonAction
from visuals.lessons.walkthrough import LessonStep, Walkthrough

INITIAL_WEIGHTS = (1.6, 0.5, -0.8)
LEARNING_RATE = 0.25
"""Large, so that the plane is seen to search."""
HIDDEN_LAYER_SEED = 4
"""Of the hidden neurons at first; the visitor can try others."""
MAX_HIDDEN_NEURONS = 3
"""So many can be shown: one for each way to go in a space."""
UPDATES_PER_TICK = 2
SONG_ROOT_PITCHES = (48, 55, 60, 64)
"""The tone of each song (MIDI numbers): together a chord."""
TICKS_PER_SONG = 14
"""Between two songs that are heard."""
MAX_SONGS_PER_STEP = 24
"""Songs heard in a step; then it goes on in silence."""
NOTE_VELOCITY = 44
"""MIDI velocity."""
CONVERGED_ERROR_BITS = 0.03
"""Error, bits a song, at which the hidden neurons stop learning."""


class HiddenLayerWalkthrough(Walkthrough):
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
    network_errors : list of float
        The error of that, after each step.
    heard : int or None
        Place of the song whose tones sound: an octave if it is guessed, else a second that beats.
    """

    steps = (
        LessonStep("songs", 6.0),
        LessonStep("space", 6.0),
        LessonStep("flat", 6.0),
        LessonStep("plane", 6.0),
        LessonStep("search", 9.0, runs=True),
        LessonStep("floor", 7.0, runs=True),
        LessonStep("hidden", 6.0),
        LessonStep("fold", 9.0, runs=True),
        LessonStep("parted", 6.0),
        LessonStep("hands", 12.0, runs=True, arrows=ARROWS),
        LessonStep("end", 6.0),
    )

    def _reset(self) -> None:
        self.songs = XOR_SONGS
        self.neuron = Neuron(INITIAL_WEIGHTS)
        self.neuron_errors = [self.neuron.error(self.songs)]
        self._seed = HIDDEN_LAYER_SEED
        self._song_index = self._ticks = 0
        self.sounding_song: int | None = None
        self._reset_network(2)

    @property
    def lowest_neuron_error(self) -> float:
        """Lowest error the one neuron had."""
        return min(self.neuron_errors)

    def _reset_network(self, hidden: int) -> None:
        self.hidden_network = TinyMlp(hidden, seed=self._seed)
        self.network_errors = [self.hidden_network.error(self.songs)]

    @property
    def are_guessed(self) -> tuple[bool, ...]:
        """Whether each song is guessed: by the one neuron, until there are hidden ones."""
        folded = self.step_index >= self.index_of_step("hidden")
        outputs = [
            float(self.hidden_network.predict(np.array(song.facts, np.float64)))
            if folded
            else self.neuron.predict(song.facts).output
            for song in self.songs
        ]
        return tuple((o > 0.5) == bool(s.liked) for o, s in zip(outputs, self.songs, strict=True))

    def _enter_step(self) -> None:
        self._ticks, self.sounding_song = 0, None
        super()._enter_step()

    def _play_song_tones(self) -> None:
        """Have heard one song after the other, whether it is guessed."""
        number = self._ticks // TICKS_PER_SONG
        if number >= MAX_SONGS_PER_STEP:
            self.sounding_song = None
        elif self._ticks % TICKS_PER_SONG == 0:
            self.sounding_song = number % len(self.songs)
            seconds = 1.6 * TICKS_PER_SONG / 30
            tones = motifs.agreement_interval(
                SONG_ROOT_PITCHES[self.sounding_song], self.are_guessed[self.sounding_song], seconds
            )
            self.request_notes(tones, 1.0, NOTE_VELOCITY)
        self._ticks += 1

    def _on_tick(self) -> None:
        self._play_song_tones()
        if self.current_step.name in ("search", "floor"):
            self.neuron.learn_song(self.songs[self._song_index], LEARNING_RATE)
            self._song_index = (self._song_index + 1) % len(self.songs)
            self.neuron_errors.append(self.neuron.error(self.songs))
        else:
            self._train_network(UPDATES_PER_TICK)

    def _train_network(self, steps: int) -> None:
        for _ in range(steps):
            if self.network_errors[-1] > CONVERGED_ERROR_BITS:
                self.hidden_network.learn(self.songs)
                self.network_errors.append(self.hidden_network.error(self.songs))

    def _do_parted(self) -> None:
        self._train_network(900)
        chord = [
            Note(tone.pitch, 0.12 * k, 2.4)
            for k, root in enumerate(SONG_ROOT_PITCHES)
            for tone in motifs.agreement_interval(root, self.are_guessed[k], 1.0)
        ]
        self.request_notes(chord, 1.0, NOTE_VELOCITY)

    def _do_end(self) -> None:
        self._seed = HIDDEN_LAYER_SEED
        self._reset_network(2)
        self._train_network(900)

    def _on_arrow(self, action: LessonAction) -> None:
        hidden = self.hidden_network.hidden_count
        if action in (LessonAction.LEFT, LessonAction.RIGHT):
            self._seed += 1 if action is LessonAction.RIGHT else -1
            self._seed %= 100
        else:
            hidden += 1 if action is LessonAction.UP else -1
        self._reset_network(min(MAX_HIDDEN_NEURONS, max(1, hidden)))
