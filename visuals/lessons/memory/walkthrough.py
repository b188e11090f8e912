"""The walk of lesson four: a tune is learned, one memory cell at work, and the memory cut."""

from __future__ import annotations

from midi_data.notes import Note
from rnn.teaching.tiny_lstm import CELLS, Learner, Moment, frere_jacques
from visuals.lessons.actions import ARROWS, Action
from visuals.lessons.walkthrough import Step, Walk

PASSES = 60
"""How often the tune is heard while it learns: more than enough."""
TICKS_A_PASS = 3
TICKS_A_BEAT = 16
"""Half a second, and even, so that eighths are."""
SHORTER = 0.92
"""Share of its time that a note sounds."""
SOUND, SOUND_CUT = 58, 52
"""MIDI velocities."""
COMPARED = 8.0
"""Beats heard with memory and then without at the end."""
SHOWN = 9
"""Place of the note at which the cell is explained: after one that the tune has heard before."""


class MemoryWalk(Walk):
    """A tune, the network that learns it, and one of its cells.

    Attributes
    ----------
    notes : tuple of Note
    learner : Learner
    errors : list of float
        Before each pass over the tune, bits a note.
    with_memory, without : list of Moment
        What the network does at each note but the last.
    place_heard : int
        Place of the note being heard.
    cell : int
        The one shown.
    """

    steps = (
        Step("tune", 6.0, runs=True),
        Step("learn", 7.0, runs=True),
        Step("cell"),
        Step("note"),
        Step("kept", 6.0),
        Step("written", 6.0),
        Step("said", 6.0),
        Step("run", 17.5, runs=True, turns=ARROWS),
        Step("cut", 17.5, runs=True, turns=ARROWS),
        Step("end", 8.0),
    )

    def _begin(self) -> None:
        self.notes = frere_jacques()
        self.learner = Learner([note.pitch for note in self.notes])
        self.errors: list[float] = []
        self.place_heard = 0
        self._ticks = 0
        self.cell = 0
        self._recite()

    @property
    def last(self) -> int:
        """Place of the last note that is heard: the one after it is only guessed."""
        return len(self.with_memory) - 1

    @property
    def moment(self) -> Moment:
        """What the network with memory does now."""
        return self.with_memory[self.place_heard]

    @property
    def moment_without(self) -> Moment:
        """What it does with its memory cut."""
        return self.without[self.place_heard]

    @property
    def pitch(self) -> int:
        """MIDI number of the note being heard."""
        return self.notes[self.place_heard].pitch

    def _recite(self) -> None:
        self.with_memory = self.learner.recite()
        if not self.errors or len(self.errors) == PASSES:  # shown only once it has learned
            self.without = self.learner.recite(memory=False)

    def _tick(self) -> None:
        if self.now.name == "learn":
            if self._ticks % TICKS_A_PASS == 0 and len(self.errors) < PASSES:
                self.errors.append(self.learner.learn())
                self._recite()
            self._ticks += 1
            return
        self._ticks += 1
        if self._ticks >= TICKS_A_BEAT * self.notes[self.place_heard].duration:
            self._ticks = 0
            self.place_heard = (self.place_heard + 1) % len(self.with_memory)
            self._sound()

    def _sound(self) -> None:
        """Have heard what is at this place: the tune, or what the network took it for before."""
        place = self.place_heard
        pitch = self.said_at(place, self.now.name != "cut") if self.recites else self.pitch
        beats = SHORTER * self.notes[place].duration
        velocity = SOUND_CUT if self.now.name == "cut" else SOUND
        self.sing([Note(pitch, 0.0, beats)], TICKS_A_BEAT / 30, velocity)

    @property
    def recites(self) -> bool:
        """Whether one hears the network's guesses rather than the tune itself."""
        return self.now.name in ("run", "cut")

    def said_at(self, place: int, memory: bool = True) -> int:
        """The pitch that was guessed for a place (MIDI number); of the first, the tune's own."""
        if place == 0:
            return self.notes[0].pitch
        moments = self.with_memory if memory else self.without
        return self.learner.pitches[moments[place - 1].guess]

    def _recited(self, memory: bool, start: float) -> list[Note]:
        """The first bars as the network guesses them."""
        heard = [note for note in self.notes if note.onset < COMPARED]
        return [
            Note(self.said_at(k, memory), start + note.onset, SHORTER * note.duration)
            for k, note in enumerate(heard)
        ]

    def _do_tune(self) -> None:
        self._sound()

    def _do_learn(self) -> None:
        self.place_heard, self._ticks = self.last, 0

    def _do_cell(self) -> None:
        while len(self.errors) < PASSES:
            self.errors.append(self.learner.learn())
        self._recite()
        self.place_heard = SHOWN
        self.cell = self._busiest()

    def _do_note(self) -> None:
        self._sound()

    def _do_run(self) -> None:
        self.place_heard = self._ticks = 0
        self._sound()

    def _do_cut(self) -> None:
        self.place_heard = self._ticks = 0
        self._sound()

    def _do_end(self) -> None:
        self.place_heard = self.last
        both = self._recited(True, 0.0) + self._recited(False, COMPARED + 1.0)
        self.sing(both, 0.4, SOUND_CUT)

    def _busiest(self) -> int:
        """The cell whose gates open and close the most."""
        changes = [m.kept for m in self.with_memory]
        spread = [max(c[k] for c in changes) - min(c[k] for c in changes) for k in range(CELLS)]
        return spread.index(max(spread))

    def _turn(self, action: Action) -> None:
        step = 1 if action in (Action.UP, Action.RIGHT) else -1
        self.cell = (self.cell + step) % CELLS
