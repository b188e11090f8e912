"""Walkthrough of lesson 2: songs no single neuron separates, and hidden neurons that do."""

from __future__ import annotations

from midi_data.notes import Note
from rnn.teaching.mlp import TinyMlp
from rnn.teaching.perceptron import XOR_SONGS, Neuron
from visuals.input.lesson_actions import ARROWS, LessonAction
from visuals.lessons.base import motifs
from visuals.lessons.base.walkthrough import LessonStep, Walkthrough

INITIAL_WEIGHTS = (1.6, 0.5, -0.8)
LEARNING_RATE = 0.25  # learning rate of the single neuron, large enough to see its plane move
INITIAL_HIDDEN_NEURONS = 2
HIDDEN_LAYER_SEED = 7  # seed of the hidden layer until the visitor changes it
SEED_COUNT = 100  # number of seeds the visitor can choose from
MAX_HIDDEN_NEURONS = 3  # most hidden neurons, one for each axis of the picture
UPDATES_PER_TICK = 2  # half as many while the square is first folded
UPDATES_TO_CONVERGE = 900  # most updates at the start of a step that shows a trained network
SONG_ROOT_PITCHES = (48, 55, 60, 64)  # root pitch of each song, MIDI numbers; together a chord
TICKS_PER_SONG = 14  # ticks between the tones of two songs
SONG_TONE_S = 1.6 * TICKS_PER_SONG / 30  # duration of a song's tones, s
MAX_SONGS_PER_STEP = 24  # songs played in a step, after which it is silent
NOTE_VELOCITY = 44  # MIDI velocity
CONVERGED_ERROR_BITS = 0.03  # error at which training of the hidden layer stops, bits a song


class HiddenLayerWalkthrough(Walkthrough):
    """Four songs, a single neuron, and a network with a hidden layer."""

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
        LessonStep("beside", 7.0),
        LessonStep("hands", 12.0, runs=True, arrows=ARROWS),
        LessonStep("end", 6.0),
    )

    def _reset(self) -> None:
        self.songs = XOR_SONGS
        self.neuron = Neuron(INITIAL_WEIGHTS)
        self.neuron_errors = [self.neuron.error(self.songs)]  # bits a song
        self._song_index = 0
        self._seed = HIDDEN_LAYER_SEED
        self._reset_network(INITIAL_HIDDEN_NEURONS)

    def _reset_network(self, hidden: int) -> None:
        self.hidden_network = TinyMlp(hidden, seed=self._seed)
        self.network_errors = [self.hidden_network.error(self.songs)]

    @property
    def correct_songs(self) -> tuple[bool, ...]:
        """Whether each guess is correct: of the neuron, from step `hidden` on of the network."""
        is_single = self.step_index < self.index_of_step("hidden")
        network = self.neuron if is_single else self.hidden_network
        return tuple(network.is_correct(song) for song in self.songs)

    def _enter_step(self) -> None:
        self._ticks = 0
        self.sounding_song: int | None = None
        super()._enter_step()

    def _play_songs(self) -> None:
        """Play the songs in turn: whether each guess is correct."""
        number = self._ticks // TICKS_PER_SONG
        if number >= MAX_SONGS_PER_STEP:
            self.sounding_song = None
        elif self._ticks % TICKS_PER_SONG == 0:
            self.sounding_song = song = number % len(self.songs)
            tones = motifs.agreement_interval(
                SONG_ROOT_PITCHES[song], self.correct_songs[song], SONG_TONE_S
            )
            self.request_notes(tones, 1.0, NOTE_VELOCITY)
        self._ticks += 1

    def _on_tick(self) -> None:
        self._play_songs()
        if self.current_step.name in ("search", "floor"):
            self.neuron.learn_song(self.songs[self._song_index], LEARNING_RATE)
            self._song_index = (self._song_index + 1) % len(self.songs)
            self.neuron_errors.append(self.neuron.error(self.songs))
        else:
            slower = 2 if self.current_step.name == "fold" else 1
            self._train_network(UPDATES_PER_TICK // slower)

    def _train_network(self, updates: int) -> None:
        for _ in range(updates):
            if self.network_errors[-1] > CONVERGED_ERROR_BITS:
                self.hidden_network.learn(self.songs)
                self.network_errors.append(self.hidden_network.error(self.songs))

    def _do_parted(self) -> None:
        self._train_network(UPDATES_TO_CONVERGE)
        chord = [
            Note(tone.pitch, 0.12 * k, 2.4)
            for k, root in enumerate(SONG_ROOT_PITCHES)
            for tone in motifs.agreement_interval(root, self.correct_songs[k], 1.0)
        ]
        self.request_notes(chord, 1.0, NOTE_VELOCITY)

    def _do_end(self) -> None:
        self._seed = HIDDEN_LAYER_SEED
        self._reset_network(INITIAL_HIDDEN_NEURONS)
        self._train_network(UPDATES_TO_CONVERGE)

    def _on_arrow(self, action: LessonAction) -> None:
        hidden = self.hidden_network.hidden_count
        if action in (LessonAction.LEFT, LessonAction.RIGHT):
            self._seed = (self._seed + action.direction) % SEED_COUNT
        else:
            hidden += action.direction
        self._reset_network(min(MAX_HIDDEN_NEURONS, max(1, hidden)))
