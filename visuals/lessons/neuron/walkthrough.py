"""The walk of lesson one: a neuron guesses what a listener likes, by hand and then by learning."""

from __future__ import annotations

from rnn.teaching.perceptron import DeltaRuleUpdate, Neuron, NeuronOutput, separable_songs
from visuals.lessons import motifs
from visuals.lessons.actions import ARROWS, LessonAction
from visuals.lessons.walkthrough import LessonStep, Walkthrough

INITIAL_WEIGHTS = (0.9, -0.6, 0.7)
"""Wrong in every fact, so that there is something to learn."""
LEARNING_RATE = 0.15
"""Share of a miss that each weight takes."""
WEIGHT_STEP = 0.1
"""A weight turns by this much with one press."""
MAX_WEIGHT = 4.0
"""Weights set by hand stay within this."""
TRAINING_EPOCHS = 12
"""How often all songs are heard while it learns."""
TICKS_PER_SHOWN_SONG = 15
"""While it learns, a song stays to be seen for so many others: eyes are slower, and a cell that
changed its colour thirty times a second would flash."""
NOTE_VELOCITY = 50
"""MIDI velocity."""
DISLIKED_PITCH, LIKED_PITCH = 55, 60
"""The tone of a song that is not liked, and of one that is (MIDI numbers)."""
AGREEMENT_S = 0.42
"""Seconds a song's tones sound while it learns."""
EXAMPLE_SONG_INDEX = 2
"""The song whose journey is shown."""


class NeuronWalkthrough(Walkthrough):
    """One neuron, three facts, a listener.

    Attributes
    ----------
    songs : tuple of Song
    neuron : Neuron
    song : int
        Place of the song to be seen.
    guess : Guess
        What the neuron says of it.
    nudge : Nudge or None
        What it learned last from that song; None before it learns.
    selected_weight : int
        The weight the visitor's arrows turn.
    best_manual_error : float or None
        Lowest error, bits a song, that the visitor reached; None before trying.
    errors : list of float
        Error over all songs after each song learned, from before the first.
    """

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
        self.song_index = EXAMPLE_SONG_INDEX
        self.last_update: DeltaRuleUpdate | None = None
        self.selected_weight = 0
        self.best_manual_error: float | None = None
        self.errors: list[float] = []
        self._training_song_index = EXAMPLE_SONG_INDEX
        self._update_count = 0

    @property
    def guess(self) -> NeuronOutput:
        """What the neuron makes of the song to be seen."""
        return self.neuron.predict(self.songs[self.song_index].facts)

    @property
    def error(self) -> float:
        """Over all songs, bits a song."""
        return self.neuron.error(self.songs)

    @property
    def is_trained(self) -> bool:
        """Whether every song was heard `TRAINING_EPOCHS` times."""
        return self._update_count >= TRAINING_EPOCHS * len(self.songs)

    def _on_arrow(self, action: LessonAction) -> None:
        if action in (LessonAction.UP, LessonAction.DOWN):
            self.selected_weight = (
                self.selected_weight + (1 if action is LessonAction.DOWN else -1)
            ) % len(INITIAL_WEIGHTS)
            return
        way = 1 if action is LessonAction.RIGHT else -1
        turned = round(self.neuron.weights[self.selected_weight] + way * WEIGHT_STEP, 6)
        self.neuron.weights[self.selected_weight] = min(MAX_WEIGHT, max(-MAX_WEIGHT, turned))
        self.best_manual_error = min(
            self.error, self.best_manual_error if self.best_manual_error is not None else self.error
        )

    def _do_facts(self) -> None:
        self.request_notes(motifs.song_motif(self.songs[self.song_index].facts), 1.0, NOTE_VELOCITY)

    def _do_squash(self) -> None:
        self.request_notes(motifs.verdict_motif(self.guess.output > 0.5), 1.0, NOTE_VELOCITY)

    def _do_answer(self) -> None:
        self.request_notes(
            motifs.verdict_motif(bool(self.songs[self.song_index].liked)), 1.0, NOTE_VELOCITY
        )

    def _do_miss(self) -> None:
        self._play_agreement()

    def _play_agreement(self) -> None:
        """Have heard whether guess and answer agree about the song to be seen."""
        liked = self.songs[self.song_index].liked
        agrees = (self.guess.output > 0.5) == bool(liked)
        self.request_notes(
            motifs.agreement_interval(
                LIKED_PITCH if liked else DISLIKED_PITCH, agrees, AGREEMENT_S
            ),
            1.0,
            NOTE_VELOCITY,
        )

    def _do_fresh(self) -> None:
        self.neuron = Neuron(INITIAL_WEIGHTS)
        self.song_index = EXAMPLE_SONG_INDEX
        self.errors = [self.error]

    def _do_nudge(self) -> None:
        self._train_on_next_song(seen=True)

    def _on_tick(self) -> None:
        if not self.is_trained:
            self._training_song_index = (self._training_song_index + 1) % len(self.songs)
            self._train_on_next_song(seen=self._update_count % TICKS_PER_SHOWN_SONG == 0)

    def _do_end(self) -> None:
        while not self.is_trained:
            self._on_tick()

    def _train_on_next_song(self, seen: bool) -> None:
        """Learn from the song whose turn it is, and let it be seen or not."""
        nudge = self.neuron.learn_song(self.songs[self._training_song_index], LEARNING_RATE)
        if seen:
            self.song_index, self.last_update = self._training_song_index, nudge
            self._play_agreement()
        self.errors.append(self.error)
        self._update_count += 1
