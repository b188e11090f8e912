"""Walkthrough of lesson 1: a neuron guesses a listener's taste, set by hand and then trained."""

from __future__ import annotations

from collections.abc import Iterable

from midi_data.notes import Note
from rnn.teaching.perceptron import (
    DeltaRuleUpdate,
    LabelledSong,
    Neuron,
    NeuronOutput,
    separable_songs,
)
from visuals.input.lesson_actions import ARROWS, LessonAction
from visuals.lessons.base import motifs
from visuals.lessons.base.walkthrough import LessonStep, Walkthrough

INITIAL_WEIGHTS = (0.9, -0.9, 0.4)  # initial weights; the first two have the wrong sign
LEARNING_RATE = 0.3  # learning rate of the delta rule
WEIGHT_STEP = 0.2  # change of a weight by one arrow action
MAX_WEIGHT = 6.0  # largest absolute value of a weight set by hand
TRAINING_EPOCHS = 12  # number of passes over all songs in training
TICKS_PER_SHOWN_SONG = 15  # updates between two shown songs; showing each one would flash
NOTE_VELOCITY = 50  # MIDI velocity
DISLIKED_PITCH, LIKED_PITCH = 55, 60
"""Root of the interval of a disliked and of a liked song, MIDI numbers."""
AGREEMENT_S = 0.42  # duration of the interval, s
EXAMPLE_SONG_INDEX = 20  # index of the song that is explained


class NeuronWalkthrough(Walkthrough):
    """One neuron, three facts and the songs of one listener."""

    steps = (
        LessonStep("facts"),
        LessonStep("axons"),
        LessonStep("synapses", 6.0),
        LessonStep("sum"),
        LessonStep("squash", 6.0),
        LessonStep("answer"),
        LessonStep("songs", 6.0),
        LessonStep("error", 6.0),
        LessonStep("hands", 12.0, arrows=ARROWS),
        LessonStep("fresh"),
        LessonStep("miss"),
        LessonStep("nudge", 6.0),
        LessonStep("learn", 13.0, runs=True),
        LessonStep("end", 7.0),
    )

    def _reset(self) -> None:
        self.songs = separable_songs()
        self.neuron = Neuron(INITIAL_WEIGHTS)
        self.song_index = self._training_song_index = EXAMPLE_SONG_INDEX
        self.last_update: DeltaRuleUpdate | None = None
        self.selected_weight = self._update_count = 0
        self.best_manual_error: float | None = None
        self.errors: list[float] = []  # over all songs, bits a song

    @property
    def song(self) -> LabelledSong:
        """The shown song."""
        return self.songs[self.song_index]

    @property
    def guess(self) -> NeuronOutput:
        """The neuron's forward pass for the shown song."""
        return self.neuron.predict(self.song.facts)

    @property
    def error(self) -> float:
        """Error over all songs, bits a song."""
        return self.neuron.error(self.songs)

    @property
    def is_trained(self) -> bool:
        """Whether all `TRAINING_EPOCHS` are done."""
        return self._update_count >= TRAINING_EPOCHS * len(self.songs)

    def _on_arrow(self, action: LessonAction) -> None:
        weights = self.neuron.weights
        if action in (LessonAction.UP, LessonAction.DOWN):
            self.selected_weight = (self.selected_weight - action.direction) % len(weights)
            return
        changed = round(weights[self.selected_weight] + action.direction * WEIGHT_STEP, 6)
        weights[self.selected_weight] = min(MAX_WEIGHT, max(-MAX_WEIGHT, changed))
        best = self.best_manual_error
        self.best_manual_error = self.error if best is None else min(self.error, best)

    def _play(self, motif: Iterable[Note]) -> None:
        self.request_notes(motif, 1.0, NOTE_VELOCITY)

    def _do_facts(self) -> None:
        self._play(motifs.song_motif(self.song.facts))

    def _do_squash(self) -> None:
        self._play(motifs.verdict_motif(self.guess.output > 0.5))

    def _do_answer(self) -> None:
        self._play(motifs.verdict_motif(bool(self.song.liked)))

    def _do_miss(self) -> None:
        """Play whether guess and answer agree about the shown song."""
        root = LIKED_PITCH if self.song.liked else DISLIKED_PITCH
        agrees = self.neuron.is_correct(self.song)
        self._play(motifs.agreement_interval(root, agrees, AGREEMENT_S))

    def _do_fresh(self) -> None:
        self.neuron = Neuron(INITIAL_WEIGHTS)
        self.song_index = EXAMPLE_SONG_INDEX
        self.errors = [self.error]

    def _do_nudge(self) -> None:
        self._train_on_next_song(shown=True)

    def _on_tick(self) -> None:
        if not self.is_trained:
            self._training_song_index = (self._training_song_index + 1) % len(self.songs)
            self._train_on_next_song(shown=self._update_count % TICKS_PER_SHOWN_SONG == 0)

    def _do_end(self) -> None:
        while not self.is_trained:
            self._on_tick()

    def _train_on_next_song(self, shown: bool) -> None:
        """Update on one song, and show and play it or not."""
        update = self.neuron.learn_song(self.songs[self._training_song_index], LEARNING_RATE)
        if shown:
            self.song_index, self.last_update = self._training_song_index, update
            self._do_miss()
        self.errors.append(self.error)
        self._update_count += 1
