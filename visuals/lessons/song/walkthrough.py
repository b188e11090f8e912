"""The walk of lesson five: a small network learns a tune, one slow step and then at full speed."""

from __future__ import annotations

from collections import Counter

import numpy as np

from midi_data import songs
from midi_data.notes import Note, Tune
from rnn.codecs.note_codec import FIRST_DURATION_TOKEN, FIRST_PITCH_TOKEN
from rnn.model.lstm import Array
from rnn.teaching.tune_learner import (
    TeacherForcedTrace,
    TuneLearner,
    TuneLearnerSnapshot,
    fit_tune_to_learn,
)
from visuals.lessons.actions import LessonAction
from visuals.lessons.shared_state import SharedLessonState
from visuals.lessons.song.input_facts import (
    InputFact,
    input_contributions,
    input_facts_at,
    pitch_tokens,
    readout_contributions,
)
from visuals.lessons.walkthrough import LessonStep, Walkthrough

BUILT_IN_TUNES = {
    "frere": songs.frere_jacques,
    "joy": songs.ode_to_joy,
    "ah": songs.ah_vous_dirai_je,
}
"""Our own tunes, by the key of their name's words."""
VISITOR_TUNE = "yours"
WEIGHTS_SEED = 1
"""Of the first weights: the slow step is the first of those at full speed."""
KNOWN_NOTE_SHARE = 0.95
"""Share of the notes that makes a tune known."""
RECITAL_PERIOD_TICKS = 225
"""Ticks from one recital to the next while it learns: seven and a half seconds."""
RECITAL_BEATS = 16.0
"""Beats of a recital that are heard."""
TICKS_PER_SECOND = 30
TICKS_PER_NOTE = 8
"""How long a note is shown while it learns."""
MAX_SHOWN_KEYS = 8
"""Keys whose chances are shown: the commonest of the tune."""


class SongWalkthrough(Walkthrough):
    """A tune, the network that learns it, and what it plays meanwhile.

    Attributes
    ----------
    choice : str
        Key of the tune: one of `BUILT_IN_TUNES`, or `VISITOR_TUNE`.
    tune : Tune
        As it is learned.
    snapshot : Snapshot or None
        The network as it is shown; None until the first step that shows it.
    before : Snapshot or None
        The same before the last slow update.
    at : int
        The note shown: what is expected there.
    heard : tuple of Note
        What sounds now, or did last.
    reciting : bool
        Whether that is the network's.
    """

    steps = (
        LessonStep("tune", 11.0, runs=True, arrows=(LessonAction.LEFT, LessonAction.RIGHT)),
        LessonStep("inputs", 7.0),
        LessonStep("weights", 6.0),
        LessonStep("cells", 6.0),
        LessonStep("chances", 6.0),
        LessonStep("target"),
        LessonStep("error", 6.0),
        LessonStep("change", 6.0),
        LessonStep("noise", 8.0, runs=True),
        LessonStep("learn", 34.0, runs=True, arrows=(LessonAction.UP,)),
        LessonStep("layer", 22.0, runs=True),
        LessonStep("end", 12.0, runs=True),
    )

    def __init__(self, bench: SharedLessonState) -> None:
        self._shared_state = bench
        self.tune_choice = "frere"
        super().__init__()

    def _reset(self) -> None:
        self._shared_state.trainer.stop()
        self.snapshot: TuneLearnerSnapshot | None = None
        self.snapshot_before: TuneLearnerSnapshot | None = None
        self._initial_weights: dict[str, Array] = {}
        self._cached_tune_learner: TuneLearner | None = None
        self.note_index = 0
        self._captured_serial = self._shared_state.tune_capture.latest_serial
        self._visitor_tune = (
            self._shared_state.visitor_tune
            or self._shared_state.tune_capture.last_tune(VISITOR_TUNE)
        )
        self._select_tune(self._shared_state.tune_choice or "frere")
        self._play_notes((), 0.0)

    # The tune

    @property
    def tune_choices(self) -> tuple[str, ...]:
        """Keys of the tunes there are: the visitor's too, once it can be learned."""
        return (
            tuple(BUILT_IN_TUNES) if self._visitor_tune is None else (*BUILT_IN_TUNES, VISITOR_TUNE)
        )

    @property
    def visitor_note_count(self) -> int:
        """Notes the visitor has played, or those of the tune that is taken of them."""
        return (
            self._shared_state.tune_capture.note_count
            if self._visitor_tune is None
            else len(self._visitor_tune.notes)
        )

    @property
    def pitches(self) -> tuple[int, ...]:
        """MIDI numbers of the keys whose chances are shown, from the highest."""
        counted = Counter(note.pitch for note in self.tune.notes)
        return tuple(
            sorted((pitch for pitch, _ in counted.most_common(MAX_SHOWN_KEYS)), reverse=True)
        )

    def choose_tune(self, choice: str) -> None:
        """Take another tune; only at the step that offers them, and only if there is one."""
        if self.current_step.name == "tune" and choice in self.tune_choices:
            self._select_and_store_tune(choice)
            self._play_notes(self.tune.notes, self.tune.end)

    def _select_and_store_tune(self, choice: str) -> None:
        """Take a tune, and come back to it whenever this lesson begins again in this visit."""
        self._select_tune(choice)
        self._shared_state.tune_choice = choice
        self._shared_state.visitor_tune = self._visitor_tune

    def _select_tune(self, choice: str) -> None:
        yours = self._visitor_tune if choice == VISITOR_TUNE else None
        self.tune_choice = choice if yours is not None or choice in BUILT_IN_TUNES else "frere"
        self.tune: Tune = yours or fit_tune_to_learn(BUILT_IN_TUNES[self.tune_choice]())

    def _capture_visitor_tune(self) -> None:
        """Take down what the visitor plays: that is the tune to learn, if it is long enough."""
        if self._shared_state.tune_capture.latest_serial == self._captured_serial:
            return
        self._captured_serial = self._shared_state.tune_capture.latest_serial
        self._visitor_tune = self._shared_state.tune_capture.last_tune(VISITOR_TUNE)
        if self._visitor_tune is not None:
            self._select_and_store_tune(VISITOR_TUNE)
        self._play_notes((), 0.0)

    # The network at one note

    @property
    def token_index(self) -> int:
        """Place of the token that says the pitch of the note shown."""
        tokens = self._tune_learner.encoded.tokens
        mine = np.flatnonzero(self._tune_learner.token_notes == self.note_index)
        return next(int(t) for t in mine if FIRST_PITCH_TOKEN <= tokens[t] < FIRST_DURATION_TOKEN)

    @property
    def input_facts(self) -> tuple[InputFact, ...]:
        """What the network is shown there."""
        return input_facts_at(self._tune_learner, self.token_index)

    @property
    def input_contributions(self) -> Array:
        """What each fact gives each cell's gates, shape (facts, 4, H)."""
        return input_contributions(self._shown_snapshot.parameters, self.input_facts)

    @property
    def input_contribution_change(self) -> Array:
        """How much more each fact gives since the last slow update, shape (facts, 4, H)."""
        before = (self.snapshot_before or self._shown_snapshot).parameters
        return input_contributions(
            self._shown_snapshot.parameters, self.input_facts
        ) - input_contributions(before, self.input_facts)

    @property
    def readout_weight_change(self) -> Array:
        """How much more each cell's voice counts for each of `pitches`, shape (pitches, H)."""
        before = (self.snapshot_before or self._shown_snapshot).parameters
        alone = np.ones(self._shown_snapshot.sizes.units, np.float32)
        return readout_contributions(
            self._shown_snapshot.parameters, alone, self.pitches
        ) - readout_contributions(before, alone, self.pitches)

    @property
    def gates(self) -> Array:
        """Input, forget, output gate and candidate of each layer, shape (L, 4, H)."""
        return self._shown_trace.gates[self.token_index]

    @property
    def cells(self) -> Array:
        """What each cell holds, shape (L, H)."""
        return self._shown_trace.cells[self.token_index]

    @property
    def hidden(self) -> Array:
        """What each cell says, shape (L, H)."""
        return self._shown_trace.hidden[self.token_index]

    @property
    def readout_contributions(self) -> Array:
        """What each cell says for each of `pitches`, shape (pitches, H)."""
        return readout_contributions(self._shown_snapshot.parameters, self.hidden[-1], self.pitches)

    @property
    def probabilities(self) -> Array:
        """Chance of each of `pitches`, shape (pitches,)."""
        return self._shown_trace.probabilities[self.token_index, pitch_tokens(self.pitches)]

    @property
    def target_pitch(self) -> int:
        """MIDI number of the note that comes."""
        return self.tune.notes[self.note_index].pitch

    @property
    def target_probability(self) -> float:
        """The target's chance."""
        return float(
            self._shown_trace.probabilities[self.token_index, pitch_tokens((self.target_pitch,))[0]]
        )

    @property
    def target_probability_before(self) -> float:
        """The same before the last slow update."""
        source = self.snapshot_before or self._shown_snapshot
        return float(
            source.trace.probabilities[self.token_index, pitch_tokens((self.target_pitch,))[0]]
        )

    @property
    def target_bits(self) -> float:
        """The error at the note shown: how little the target was expected, bits."""
        return float(self._shown_trace.bits[self.token_index])

    def weight_changes(self, layer: int) -> Array | None:
        """How the weights between a layer's cells have changed since they were drawn, (H, 4H)."""
        name = f"lstm{layer}.hidden"
        if self.snapshot is None or name not in self.snapshot.parameters:
            return None
        now = self.snapshot.parameters[name]
        return now - self._initial_weights.setdefault(name, now)

    @property
    def layers(self) -> int:
        """Of the network shown."""
        return 1 if self.snapshot is None else self.snapshot.sizes.layers

    @property
    def errors(self) -> Array:
        """Bits a note before each update so far."""
        return np.zeros(0, np.float32) if self.snapshot is None else self.snapshot.bits_per_note

    @property
    def _shown_snapshot(self) -> TuneLearnerSnapshot:
        if self.snapshot is None:
            self._set_snapshot(self._tune_learner.snapshot())
        assert self.snapshot is not None
        return self.snapshot

    @property
    def _shown_trace(self) -> TeacherForcedTrace:
        return self._shown_snapshot.trace

    @property
    def _tune_learner(self) -> TuneLearner:
        """The one that takes the slow step; only made once it is needed."""
        if self._cached_tune_learner is None:
            self._cached_tune_learner = TuneLearner(self.tune, WEIGHTS_SEED)
        return self._cached_tune_learner

    def _set_snapshot(self, snapshot: TuneLearnerSnapshot) -> None:
        self.snapshot = snapshot
        for name, array in snapshot.parameters.items():
            self._initial_weights.setdefault(name, array)

    # What sounds

    @property
    def elapsed_beats(self) -> float:
        """How far what sounds has come, beats."""
        return self._ticks / TICKS_PER_SECOND / self._seconds_per_beat

    @property
    def is_sounding(self) -> bool:
        """Whether it still sounds."""
        return bool(self.sounding_notes) and self.elapsed_beats < self._end

    def _play_notes(self, notes: tuple[Note, ...], end: float, reciting: bool = False) -> None:
        """Have notes heard up to a beat, in not much more than eight seconds."""
        self.sounding_notes = tuple(note for note in notes if note.onset < end)
        self.is_recital, self._end, self._ticks = reciting, end, 0
        self._seconds_per_beat = min(0.45, max(0.2, 8.0 / end)) if end else 0.5
        self.request_notes(self.sounding_notes, self._seconds_per_beat)

    def _play_recital(self) -> None:
        recital = self._shown_snapshot.recital
        self._play_notes(recital.notes, min(RECITAL_BEATS, self.tune.end), reciting=True)

    # The steps

    def _do_tune(self) -> None:
        self._play_notes(self.tune.notes, self.tune.end)

    def _do_inputs(self) -> None:
        self._capture_visitor_tune()  # the last notes may be younger than the last look
        notes = self.tune.notes
        later = [k for k, note in enumerate(notes) if note.onset >= 2.5 * self.tune.meter.bar_beats]
        self.note_index = later[0] if later else len(notes) - 1
        self._set_snapshot(self._tune_learner.snapshot())

    def _do_change(self) -> None:
        self.snapshot_before = self._shown_snapshot
        self._tune_learner.learn()
        self._set_snapshot(self._tune_learner.snapshot())

    def _do_noise(self) -> None:
        self._play_recital()

    def _do_learn(self) -> None:
        self.snapshot_before = None
        self._shared_state.trainer.start(self.tune, WEIGHTS_SEED)
        self._play_notes((), 0.0)

    def _do_layer(self) -> None:
        self._shared_state.trainer.add_layer()

    def _do_end(self) -> None:
        self._play_recital()

    def _on_tick(self) -> None:
        self._ticks += 1
        if self.current_step.name == "tune":
            if self._ticks % TICKS_PER_NOTE == 0:
                self._capture_visitor_tune()
        elif self.current_step.name != "noise":
            self._poll_trainer()

    def _poll_trainer(self) -> None:
        """See how the workshop gets on, and hear what has been learned now and then."""
        for snapshot in self._shared_state.trainer.poll():
            self._set_snapshot(snapshot)
            self._shared_state.learned_snapshot = snapshot
        if self._ticks % TICKS_PER_NOTE == 0:
            self.note_index = (self.note_index + 1) % len(self.tune.notes)
        if self._ticks >= RECITAL_PERIOD_TICKS and self.current_step.name != "end":
            self._play_recital()

    def _on_arrow(self, action: LessonAction) -> None:
        if self.current_step.name == "learn":
            if action is LessonAction.UP:
                self._shared_state.trainer.add_layer()
            return
        step = 1 if action in (LessonAction.UP, LessonAction.RIGHT) else -1
        choices = self.tune_choices
        self.choose_tune(choices[(choices.index(self.tune_choice) + step) % len(choices)])
