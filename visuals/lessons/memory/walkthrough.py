"""Walkthrough of lesson 4: a network learns a tune, one of its cells, and no memory."""

from __future__ import annotations

import numpy as np

from midi_data import songs
from midi_data.notes import Note
from rnn.teaching.tiny_lstm import CELL_COUNT, TinyLstmLearner
from visuals.input.lesson_actions import ARROWS, LessonAction
from visuals.lessons.base.walkthrough import LessonStep, Walkthrough

TRAINING_PASSES = 60  # passes over the tune in training, more than enough to learn it
TICKS_PER_PASS = 3
PLAYER_TICKS_PER_BEAT = 16  # about half a second, and even, so that an eighth note has whole ticks
NOTE_LENGTH_RATIO = 0.92  # share of its duration that a note sounds
NOTE_VELOCITY, CUT_MEMORY_VELOCITY = 58, 52  # MIDI velocities with and without memory
COMPARISON_BEATS = 8.0  # beats played with and then without memory at the end
EXPLAINED_NOTE_INDEX = 12
"""Index of the note at which the cell is explained; its pitch came before in the tune."""


class MemoryWalkthrough(Walkthrough):
    """A tune, the network that learns it, and one of its cells."""

    steps = (
        LessonStep("tune", 6.0, runs=True),
        LessonStep("learn", 7.0, runs=True),
        LessonStep("cell"),
        LessonStep("note"),
        LessonStep("kept", 6.0),
        LessonStep("written", 6.0),
        LessonStep("said", 6.0),
        LessonStep("run", 17.5, runs=True, arrows=ARROWS),
        LessonStep("cut", 17.5, runs=True, arrows=ARROWS),
        LessonStep("hold", 17.5, runs=True, arrows=(LessonAction.DOWN,)),
        LessonStep("end", 8.0),
    )

    def _reset(self) -> None:
        self.notes = songs.frere_jacques().notes
        self.learner = TinyLstmLearner([note.pitch for note in self.notes])
        self.errors: list[float] = []  # before each pass, bits a note
        self.note_index = self._ticks = self.cell_index = 0
        self.is_cut, self.cut_notes = False, frozenset[int]()  # by the visitor, in step `hold`
        self._update_predictions()

    @property
    def current_note(self) -> Note:
        """The shown note."""
        return self.notes[self.note_index]

    def _update_predictions(self) -> None:
        self.with_memory = self.learner.trace_steps(cut=self.cut_notes)
        if len(self.errors) in (0, TRAINING_PASSES):  # not shown during training
            self.without_memory = self.learner.trace_steps(memory=False)

    def _on_tick(self) -> None:
        if self.current_step.name == "learn":
            if self._ticks % TICKS_PER_PASS == 0 and len(self.errors) < TRAINING_PASSES:
                self.errors.append(self.learner.learn())
                self._update_predictions()
            self._ticks += 1
            return
        self._ticks += 1
        if self._ticks >= PLAYER_TICKS_PER_BEAT * self.current_note.duration:
            self._ticks = 0
            self.note_index = (self.note_index + 1) % len(self.with_memory)
            if self.current_step.name == "hold":
                self._cut_memory(self.cut_notes if self.note_index else frozenset())
            self._play_note()

    def _play_note(self) -> None:
        """Play the current note: the tune's own, or in `run` and `cut` the predicted one."""
        note, step = self.current_note, self.current_step.name
        pitch, velocity = note.pitch, NOTE_VELOCITY
        if step in ("run", "cut", "hold"):
            pitch = self.predicted_pitch(self.note_index, memory=step != "cut")
        if step == "cut":
            velocity = CUT_MEMORY_VELOCITY
        played = Note(pitch, 0.0, NOTE_LENGTH_RATIO * note.duration)
        self.request_notes([played], PLAYER_TICKS_PER_BEAT / 30, velocity)

    def predicted_pitch(self, index: int, memory: bool = True) -> int:
        """Pitch (MIDI number) predicted for a note; for the first note, its own."""
        if index == 0:
            return self.notes[0].pitch
        steps = self.with_memory if memory else self.without_memory
        return self.learner.pitches[steps[index - 1].predicted_index]

    def _do_tune(self) -> None:
        self._play_note()

    _do_note = _do_tune

    def _do_learn(self) -> None:
        self.note_index, self._ticks = len(self.with_memory) - 1, 0

    def _do_cell(self) -> None:
        while len(self.errors) < TRAINING_PASSES:
            self.errors.append(self.learner.learn())
        self._update_predictions()
        self.note_index = EXPLAINED_NOTE_INDEX
        # the cell with the largest range of its forget gate
        gates = [step.forget_gate for step in self.with_memory]
        self.cell_index = int(np.ptp(gates, axis=0).argmax())

    def _do_run(self) -> None:
        self.note_index = self._ticks = 0
        self._play_note()

    _do_cut = _do_run

    def _do_hold(self) -> None:
        self._cut_memory(frozenset())
        self._do_run()

    def _cut_memory(self, cut_notes: frozenset[int]) -> None:
        """Empty the cells before these notes, and before this one while the visitor holds."""
        self.cut_notes = cut_notes | ({self.note_index} if self.is_cut else set())
        self.with_memory = self.learner.trace_steps(cut=self.cut_notes)

    def release(self) -> None:
        self.is_cut = False

    def _do_end(self) -> None:
        self.release()
        self._cut_memory(frozenset())
        self.note_index = len(self.with_memory) - 1  # the note after it is only predicted
        both, length = [], NOTE_LENGTH_RATIO
        for memory, start in ((True, 0.0), (False, COMPARISON_BEATS + 1.0)):
            for k, note in enumerate(self.notes):
                if note.onset < COMPARISON_BEATS:
                    pitch = self.predicted_pitch(k, memory)
                    both.append(Note(pitch, start + note.onset, length * note.duration))
        self.request_notes(both, 0.4, CUT_MEMORY_VELOCITY)

    def _on_arrow(self, action: LessonAction) -> None:
        if self.current_step.name == "hold":
            self.is_cut = True
            self._cut_memory(self.cut_notes)
            return
        self.cell_index = (self.cell_index + action.direction) % CELL_COUNT
