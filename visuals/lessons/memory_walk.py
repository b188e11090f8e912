"""The walk of lesson four: a tune is learned, one memory cell at work, and the memory cut."""

from __future__ import annotations

from rnn.toys_memory import CELLS, Learner, Moment, frere_jacques
from visuals.lessons.actions import Action
from visuals.lessons.walk import Step, Walk

PASSES = 60
"""How often the tune is heard while it learns: more than enough."""
TICKS_A_PASS = 3
TICKS_A_BEAT = 15
"""Half a second."""
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
        Step("run", 17.0, runs=True, turns=True),
        Step("cut", 17.0, runs=True, turns=True),
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

    def _do_learn(self) -> None:
        self.place_heard, self._ticks = self.last, 0

    def _do_cell(self) -> None:
        while len(self.errors) < PASSES:
            self.errors.append(self.learner.learn())
        self._recite()
        self.place_heard = SHOWN
        self.cell = self._busiest()

    def _do_run(self) -> None:
        self.place_heard = self._ticks = 0

    def _do_cut(self) -> None:
        self.place_heard = self._ticks = 0

    def _do_end(self) -> None:
        self.place_heard = self.last

    def _busiest(self) -> int:
        """The cell whose gates open and close the most."""
        changes = [m.kept for m in self.with_memory]
        spread = [max(c[k] for c in changes) - min(c[k] for c in changes) for k in range(CELLS)]
        return spread.index(max(spread))

    def _turn(self, action: Action) -> None:
        step = 1 if action in (Action.UP, Action.RIGHT) else -1
        self.cell = (self.cell + step) % CELLS
