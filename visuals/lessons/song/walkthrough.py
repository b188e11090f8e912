"""Walkthrough of lesson 5: a small network learns a tune, one slow step and then at full pace."""

from __future__ import annotations

import logging
from collections import Counter

import numpy as np

from midi_data import songs
from midi_data.notes import Note, Tune
from rnn.codecs.note_tokens import FIRST_DURATION_TOKEN, FIRST_PITCH_TOKEN
from rnn.model.arrays import Array
from rnn.teaching.tune_learner import (
    UNITS_PER_LAYER,
    TuneLearner,
    TuneLearnerSnapshot,
    fit_tune_to_learn,
)
from visuals.input.lesson_actions import LessonAction
from visuals.lessons.base.walkthrough import LessonStep, Walkthrough
from visuals.lessons.song.input_facts import (
    InputFact,
    input_contributions,
    input_facts_at,
    pitch_tokens,
    readout_contributions,
)

log = logging.getLogger(__name__)

BUILT_IN_TUNES = {
    "frere": songs.frere_jacques,
    "joy": songs.ode_to_joy,
    "ah": songs.ah_vous_dirai_je,
}
"""Tunes of the installation, by the key of their title in the words."""
DEFAULT_TUNE, VISITOR_TUNE = "frere", "yours"
WEIGHTS_SEED = 1  # seed of the initial weights, for the slow step and for the training
KNOWN_NOTE_SHARE = 0.95  # share of correct notes from which a tune counts as learned
RECITAL_PERIOD_TICKS = 225  # ticks from one recital to the next while the network learns
RECITAL_BEATS = 16.0  # beats of a recital that are played
TICKS_PER_SECOND = 30
TICKS_PER_NOTE = 8  # ticks a note is shown while the network learns
KEPT_PASSES = (0, 1, 3, 10, 30, 100)  # passes whose networks can be heard again
KEPT_RECITAL_BEATS = 8.0  # beats of their recitals that are played
MAX_SHOWN_KEYS = 8  # most pitches with a probability: the commonest of the tune
EXPLAINED_BAR = 2.5  # position in the tune, in bars, of the note that is explained


class SongWalkthrough(Walkthrough):
    """A tune, the network that learns it, and its recitals."""

    steps = (
        LessonStep("tune", 11.0, runs=True, arrows=(LessonAction.LEFT, LessonAction.RIGHT)),
        LessonStep("inputs", 7.0),
        LessonStep("wire", 6.0),
        LessonStep("wires", 6.0),
        LessonStep("weights", 6.0),
        LessonStep("cells", 6.0),
        LessonStep("chances", 6.0),
        LessonStep("target"),
        LessonStep("error", 6.0),
        LessonStep("change", 6.0),
        LessonStep("noise", 8.0, runs=True),
        LessonStep("learn", 34.0, runs=True, arrows=(LessonAction.UP,)),
        LessonStep("passes_back", 16.0, runs=True, arrows=(LessonAction.LEFT, LessonAction.RIGHT)),
        LessonStep("layer", 22.0, runs=True),
        LessonStep("end", 12.0, runs=True),
    )

    def _reset(self) -> None:
        state = self._shared_state
        state.trainer.stop()
        self.snapshot: TuneLearnerSnapshot | None = None
        self.snapshot_before: TuneLearnerSnapshot | None = None
        self._initial_weights: dict[str, Array] = {}
        self._cached_tune_learner: TuneLearner | None = None
        self.note_index = self.pass_index = 0
        self._kept_by_updates: dict[int, TuneLearnerSnapshot] = {}
        self._trained_snapshot: TuneLearnerSnapshot | None = None  # latest of this training
        self._captured_key = state.tune_capture.latest_key
        self._visitor_tune = state.visitor_tune or state.tune_capture.last_tune(VISITOR_TUNE)
        self._select_tune(state.tune_choice or DEFAULT_TUNE)
        self._play_notes((), 0.0)

    # The tune

    @property
    def tune_choices(self) -> tuple[str, ...]:
        """Keys of the tunes, with the visitor's once it is long enough."""
        return (*BUILT_IN_TUNES, *(() if self._visitor_tune is None else (VISITOR_TUNE,)))

    @property
    def visitor_note_count(self) -> int:
        """Number of notes of the visitor's tune, or played before there is one."""
        if self._visitor_tune is None:
            return self._shared_state.tune_capture.note_count
        return len(self._visitor_tune.notes)

    @property
    def pitches(self) -> tuple[int, ...]:
        """Pitches (MIDI numbers) with a shown probability, descending."""
        counts = Counter(note.pitch for note in self.tune.notes)
        shown = [pitch for pitch, _ in counts.most_common(MAX_SHOWN_KEYS)]
        return tuple(sorted(shown, reverse=True))

    def choose_tune(self, choice: str) -> None:
        """Choose another tune and play it, in the step for that and if the tune exists."""
        if self.current_step.name == "tune" and choice in self.tune_choices:
            self._select_and_store_tune(choice)
            self._play_notes(self.tune.notes, self.tune.end)

    def _select_and_store_tune(self, choice: str) -> None:
        """Select a tune for the rest of the visit."""
        self._select_tune(choice)
        self._shared_state.tune_choice = choice
        self._shared_state.visitor_tune = self._visitor_tune

    def _select_tune(self, choice: str) -> None:
        visitor_tune = self._visitor_tune if choice == VISITOR_TUNE else None
        is_known = visitor_tune is not None or choice in BUILT_IN_TUNES
        self.tune_choice = choice if is_known else DEFAULT_TUNE
        self.tune: Tune = visitor_tune or fit_tune_to_learn(BUILT_IN_TUNES[self.tune_choice]())

    def _capture_visitor_tune(self) -> None:
        """Select the visitor's tune if new notes were played and it is long enough."""
        capture = self._shared_state.tune_capture
        if capture.latest_key == self._captured_key:
            return
        self._captured_key = capture.latest_key
        self._visitor_tune = capture.last_tune(VISITOR_TUNE)
        if self._visitor_tune is not None:
            log.debug("the visitor's tune has %d notes", self.visitor_note_count)
            self._select_and_store_tune(VISITOR_TUNE)
        self._play_notes((), 0.0)

    # The network at the shown note

    @property
    def token_index(self) -> int:
        """Index of the token with the pitch of the shown note."""
        tokens = self._tune_learner.encoded.tokens
        of_note = np.flatnonzero(self._tune_learner.token_notes == self.note_index)
        return next(
            int(t) for t in of_note if FIRST_PITCH_TOKEN <= tokens[t] < FIRST_DURATION_TOKEN
        )

    @property
    def input_facts(self) -> tuple[InputFact, ...]:
        """Inputs of the network there."""
        return input_facts_at(self._tune_learner, self.token_index)

    @property
    def input_contributions(self) -> Array:
        """Contribution of each input to the gates of each cell, shape (facts, 4, H)."""
        return input_contributions(self._shown_snapshot.parameters, self.input_facts)

    def input_weights(self, unit: int) -> list[list[float]]:
        """Weights from the active rows of each input to what is new in a cell."""
        parameters = self._shown_snapshot.parameters
        weights = parameters["lstm0.input"].reshape(-1, 4, UNITS_PER_LAYER)[:, 3, unit]
        return [
            (parameters["embedding"][list(fact.rows)] @ weights).tolist()
            for fact in self.input_facts
        ]

    @property
    def input_contribution_change(self) -> Array:
        """Change of these contributions in the slow step, shape (facts, 4, H)."""
        before = input_contributions(self._snapshot_before.parameters, self.input_facts)
        return self.input_contributions - before

    @property
    def readout_contributions(self) -> Array:
        """Contribution of each cell to each of `pitches`, shape (pitches, H)."""
        hidden = self.activations[2][-1]
        return readout_contributions(self._shown_snapshot.parameters, hidden, self.pitches)

    @property
    def scores(self) -> Array:
        """Logit of each of `pitches`, shape (pitches,)."""
        bias = self._shown_snapshot.parameters["readout.bias"][pitch_tokens(self.pitches)]
        return self.readout_contributions.sum(axis=1) + bias

    @property
    def readout_weight_change(self) -> Array:
        """Change of the readout weights of `pitches` in the slow step, shape (pitches, H)."""
        after, before = (
            readout_contributions(snapshot.parameters, np.float32(1.0), self.pitches)
            for snapshot in (self._shown_snapshot, self._snapshot_before)
        )
        return after - before

    @property
    def activations(self) -> tuple[Array, Array, Array]:
        """Gates (L, 4, H), cell states (L, H) and hidden states (L, H)."""
        trace, token = self._shown_snapshot.trace, self.token_index
        return trace.gates[token], trace.cells[token], trace.hidden[token]

    @property
    def cells_before(self) -> Array:
        """Cell states before the shown step, shape (L, H)."""
        trace, token = self._shown_snapshot.trace, self.token_index
        return trace.cells[token - 1] if token else np.zeros_like(trace.cells[0])

    @property
    def probabilities(self) -> Array:
        """Probability of each of `pitches`, shape (pitches,)."""
        return self._shown_snapshot.trace.probabilities[
            self.token_index, pitch_tokens(self.pitches)
        ]

    @property
    def target_pitch(self) -> int:
        """Pitch of the shown note, MIDI number."""
        return self.tune.notes[self.note_index].pitch

    @property
    def target_probabilities(self) -> tuple[float, float]:
        """Probability of the target before and after the slow step."""
        (token,) = pitch_tokens((self.target_pitch,))
        before, after = (
            float(snapshot.trace.probabilities[self.token_index, token])
            for snapshot in (self._snapshot_before, self._shown_snapshot)
        )
        return before, after

    @property
    def target_bits(self) -> float:
        """Surprisal of the target, bits."""
        return float(self._shown_snapshot.trace.bits[self.token_index])

    def weight_changes(self, layer: int) -> Array | None:
        """Change of a layer's recurrent weights since the first, (H, 4H); None without a layer."""
        name = f"lstm{layer}.hidden"
        if self.snapshot is None or name not in self.snapshot.parameters:
            return None
        now = self.snapshot.parameters[name]
        return now - self._initial_weights.setdefault(name, now)

    @property
    def known_note_count(self) -> int:
        """Number of notes that the shown network guesses right."""
        return int(self._shown_snapshot.correct_notes.sum())

    @property
    def is_tune_known(self) -> bool:
        """Whether the shown network guesses nearly all notes right."""
        return self.known_note_count >= KNOWN_NOTE_SHARE * len(self._shown_snapshot.correct_notes)

    @property
    def layers(self) -> int:
        """Number of layers of the shown network."""
        return 1 if self.snapshot is None else self.snapshot.sizes.layers

    @property
    def _shown_snapshot(self) -> TuneLearnerSnapshot:
        return self.snapshot or self._show_snapshot(self._tune_learner.snapshot())

    @property
    def _snapshot_before(self) -> TuneLearnerSnapshot:
        return self.snapshot_before or self._shown_snapshot

    @property
    def _tune_learner(self) -> TuneLearner:
        """The learner of the slow step, made when it is first needed."""
        if self._cached_tune_learner is None:
            self._cached_tune_learner = TuneLearner(self.tune, WEIGHTS_SEED)
        return self._cached_tune_learner

    def _show_snapshot(self, snapshot: TuneLearnerSnapshot) -> TuneLearnerSnapshot:
        self.snapshot = snapshot
        for name, array in snapshot.parameters.items():
            self._initial_weights.setdefault(name, array)
        return snapshot

    # The sound

    @property
    def elapsed_beats(self) -> float:
        """Beats since the start of the sound."""
        return self._ticks / TICKS_PER_SECOND / self._seconds_per_beat

    @property
    def is_sounding(self) -> bool:
        """Whether notes still sound."""
        return bool(self.sounding_notes) and self.elapsed_beats < self._end

    def _play_notes(self, notes: tuple[Note, ...], end: float, is_recital: bool = False) -> None:
        """Play notes up to a beat, at a tempo for about eight seconds in all."""
        self.sounding_notes = tuple(note for note in notes if note.onset < end)
        self.is_recital, self._end, self._ticks = is_recital, end, 0
        self._seconds_per_beat = min(0.45, max(0.2, 8.0 / end)) if end else 0.5
        self.request_notes(self.sounding_notes, self._seconds_per_beat)

    def _play_recital(self) -> None:
        end = min(RECITAL_BEATS, self.tune.end)
        self._play_notes(self._shown_snapshot.recital.notes, end, is_recital=True)

    _do_noise = _do_end = _play_recital

    # The steps

    def _do_tune(self) -> None:
        self._play_notes(self.tune.notes, self.tune.end)

    def _do_inputs(self) -> None:
        self._capture_visitor_tune()  # notes played since the last tick that looked
        notes, start = self.tune.notes, EXPLAINED_BAR * self.tune.meter.bar_beats
        later = (index for index, note in enumerate(notes) if note.onset >= start)
        self.note_index = next(later, len(notes) - 1)
        self._show_snapshot(self._tune_learner.snapshot())

    def _do_change(self) -> None:
        self.snapshot_before = self._shown_snapshot
        self._tune_learner.learn()
        self._show_snapshot(self._tune_learner.snapshot())

    def _do_learn(self) -> None:
        self.snapshot_before = None
        self._shared_state.trainer.start(self.tune, WEIGHTS_SEED)
        self._play_notes((), 0.0)

    @property
    def kept_snapshots(self) -> list[TuneLearnerSnapshot]:
        """The networks that can be heard again, by number of passes."""
        return [self._kept_by_updates[updates] for updates in sorted(self._kept_by_updates)]

    def choose_pass(self, index: int) -> None:
        """Show and play the network as it was after fewer passes, in the step for that."""
        kept = self.kept_snapshots
        if self.current_step.name == "passes_back" and 0 <= index < len(kept):
            self.pass_index = index
            recital = self._show_snapshot(kept[index]).recital
            self._play_notes(recital.notes, min(KEPT_RECITAL_BEATS, self.tune.end), is_recital=True)

    def _do_passes_back(self) -> None:
        if self._trained_snapshot is not None:
            self._kept_by_updates[self._trained_snapshot.updates] = self._trained_snapshot
        self.pass_index = -1  # none is heard before the first is there
        self.choose_pass(0)

    def _do_layer(self) -> None:
        self._show_snapshot(self._trained_snapshot or self._shown_snapshot)
        self._shared_state.trainer.add_layer()

    def _on_tick(self) -> None:
        self._ticks += 1
        if self.current_step.name == "tune":
            if self._ticks % TICKS_PER_NOTE == 0:
                self._capture_visitor_tune()
        elif self.current_step.name != "noise":
            self._poll_trainer()

    def _poll_trainer(self) -> None:
        """Show the trainer's progress, and play a recital now and then."""
        for snapshot in self._shared_state.trainer.poll():
            if self._shared_state.learned_snapshot is None:
                log.debug("a network that learns is ready to play")
            self._trained_snapshot = self._shared_state.learned_snapshot = snapshot
            if snapshot.updates in KEPT_PASSES:
                self._kept_by_updates[snapshot.updates] = snapshot
            if self.current_step.name != "passes_back":
                self._show_snapshot(snapshot)
        if self._ticks % TICKS_PER_NOTE == 0:
            self.note_index = (self.note_index + 1) % len(self.tune.notes)
        if self.current_step.name == "passes_back":
            if not self.is_sounding:  # each in turn, unless the visitor chooses
                self.choose_pass(self.pass_index + 1)
        elif self._ticks >= RECITAL_PERIOD_TICKS and self.current_step.name != "end":
            self._play_recital()

    def _on_arrow(self, action: LessonAction) -> None:
        if self.current_step.name == "learn":
            self._shared_state.trainer.add_layer()
            return
        if self.current_step.name == "passes_back":
            self.choose_pass(self.pass_index + action.direction)
            return
        choices = self.tune_choices
        index = choices.index(self.tune_choice) + action.direction
        self.choose_tune(choices[index % len(choices)])
