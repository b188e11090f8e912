"""The walk of lesson four: a tune is learned, one memory cell at work, and the memory cut."""

from __future__ import annotations

from midi_data import songs
from midi_data.notes import Note
from rnn.teaching.tiny_lstm import CELL_COUNT, MemoryStep, TinyLstmLearner
from visuals.lessons.actions import ARROWS, LessonAction
from visuals.lessons.walkthrough import LessonStep, Walkthrough

TRAINING_PASSES = 60
"""How often the tune is heard while it learns: more than enough."""
TICKS_PER_PASS = 3
PLAYER_TICKS_PER_BEAT = 16
"""Half a second, and even, so that eighths are."""
NOTE_LENGTH_RATIO = 0.92
"""Share of its time that a note sounds."""
NOTE_VELOCITY, CUT_MEMORY_VELOCITY = 58, 52
"""MIDI velocities."""
COMPARISON_BEATS = 8.0
"""Beats heard with memory and then without at the end."""
EXPLAINED_NOTE_INDEX = 9
"""Place of the note at which the cell is explained: after one that the tune has heard before."""


class MemoryWalkthrough(Walkthrough):
    """A tune, the network that learns it, and one of its cells.

    Attributes
    ----------
    notes : tuple of Note
    learner : Learner
    errors : list of float
        Before each pass over the tune, bits a note.
    with_memory, without : list of Moment
        What the network does at each note but the last.
    note_index : int
        Place of the note being heard.
    cell : int
        The one shown.
    """

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
        LessonStep("end", 8.0),
    )

    def _reset(self) -> None:
        self.notes = songs.frere_jacques().notes
        self.learner = TinyLstmLearner([note.pitch for note in self.notes])
        self.errors: list[float] = []
        self.note_index = 0
        self._ticks = 0
        self.cell_index = 0
        self._update_predictions()

    @property
    def last_note_index(self) -> int:
        """Place of the last note that is heard: the one after it is only guessed."""
        return len(self.with_memory) - 1

    @property
    def current_with_memory(self) -> MemoryStep:
        """What the network with memory does now."""
        return self.with_memory[self.note_index]

    @property
    def current_without_memory(self) -> MemoryStep:
        """What it does with its memory cut."""
        return self.without_memory[self.note_index]

    @property
    def pitch(self) -> int:
        """MIDI number of the note being heard."""
        return self.notes[self.note_index].pitch

    def _update_predictions(self) -> None:
        self.with_memory = self.learner.trace_steps()
        if not self.errors or len(self.errors) == TRAINING_PASSES:  # shown only once it has learned
            self.without_memory = self.learner.trace_steps(memory=False)

    def _on_tick(self) -> None:
        if self.current_step.name == "learn":
            if self._ticks % TICKS_PER_PASS == 0 and len(self.errors) < TRAINING_PASSES:
                self.errors.append(self.learner.learn())
                self._update_predictions()
            self._ticks += 1
            return
        self._ticks += 1
        if self._ticks >= PLAYER_TICKS_PER_BEAT * self.notes[self.note_index].duration:
            self._ticks = 0
            self.note_index = (self.note_index + 1) % len(self.with_memory)
            self._play_note()

    def _play_note(self) -> None:
        """Have heard what is at this place: the tune, or what the network took it for before."""
        place = self.note_index
        pitch = (
            self.guessed_pitch(place, self.current_step.name != "cut")
            if self.plays_guesses
            else self.pitch
        )
        beats = NOTE_LENGTH_RATIO * self.notes[place].duration
        velocity = CUT_MEMORY_VELOCITY if self.current_step.name == "cut" else NOTE_VELOCITY
        self.request_notes([Note(pitch, 0.0, beats)], PLAYER_TICKS_PER_BEAT / 30, velocity)

    @property
    def plays_guesses(self) -> bool:
        """Whether one hears the network's guesses rather than the tune itself."""
        return self.current_step.name in ("run", "cut")

    def guessed_pitch(self, place: int, memory: bool = True) -> int:
        """The pitch that was guessed for a place (MIDI number); of the first, the tune's own."""
        if place == 0:
            return self.notes[0].pitch
        moments = self.with_memory if memory else self.without_memory
        return self.learner.pitches[moments[place - 1].predicted_index]

    def _guessed_notes(self, memory: bool, start: float) -> list[Note]:
        """The first bars as the network guesses them."""
        heard = [note for note in self.notes if note.onset < COMPARISON_BEATS]
        return [
            Note(
                self.guessed_pitch(k, memory), start + note.onset, NOTE_LENGTH_RATIO * note.duration
            )
            for k, note in enumerate(heard)
        ]

    def _do_tune(self) -> None:
        self._play_note()

    def _do_learn(self) -> None:
        self.note_index, self._ticks = self.last_note_index, 0

    def _do_cell(self) -> None:
        while len(self.errors) < TRAINING_PASSES:
            self.errors.append(self.learner.learn())
        self._update_predictions()
        self.note_index = EXPLAINED_NOTE_INDEX
        self.cell_index = self._most_active_cell()

    def _do_note(self) -> None:
        self._play_note()

    def _do_run(self) -> None:
        self.note_index = self._ticks = 0
        self._play_note()

    def _do_cut(self) -> None:
        self.note_index = self._ticks = 0
        self._play_note()

    def _do_end(self) -> None:
        self.note_index = self.last_note_index
        both = self._guessed_notes(True, 0.0) + self._guessed_notes(False, COMPARISON_BEATS + 1.0)
        self.request_notes(both, 0.4, CUT_MEMORY_VELOCITY)

    def _most_active_cell(self) -> int:
        """The cell whose gates open and close the most."""
        changes = [m.forget_gate for m in self.with_memory]
        spread = [
            max(c[k] for c in changes) - min(c[k] for c in changes) for k in range(CELL_COUNT)
        ]
        return spread.index(max(spread))

    def _on_arrow(self, action: LessonAction) -> None:
        step = 1 if action in (LessonAction.UP, LessonAction.RIGHT) else -1
        self.cell_index = (self.cell_index + step) % CELL_COUNT
