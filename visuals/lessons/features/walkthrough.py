"""The walk of lesson six: a cell of the network that plays, and the music that moves it most."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rnn.analysis.activation_maximisation import END, Dream
from rnn.analysis.trace import Heard, Slices
from rnn.model.lstm import Array
from rnn.teaching.probed_network import Subject
from visuals.lessons.actions import ARROWS, Action
from visuals.lessons.features.cell_grid import columns
from visuals.lessons.shared_state import Bench
from visuals.lessons.walkthrough import Step, Walk

SLICES = 2
"""Of work done in a tick: a few milliseconds, so that the picture keeps its pace."""
BEAT = 0.42
"""Seconds."""
SOUND = 56
"""MIDI velocity."""
REST = 20
"""Ticks between what was found and what was dreamt."""
TICKS = 30.0
"""A second."""
UNKNOWN = (Step("none", 8.0),)
STEPS = (
    Step("many", 6.0, runs=True),
    Step("layers", 6.0, runs=True),
    Step("one", 9.0, runs=True),
    Step("corpus", 9.0, runs=True),
    Step("start", 6.0, runs=True),
    Step("slope", 6.0, runs=True),
    Step("dream", 10.0, runs=True),
    Step("found", 9.0, runs=True),
    Step("hands", 24.0, runs=True, turns=ARROWS),
    Step("end", 7.0),
)


@dataclass(frozen=True, slots=True)
class Playing:
    """What is heard: of the corpus or of the dream, since so many ticks."""

    heard: Heard
    dreamt: bool
    ticks: int = 0

    @property
    def beat(self) -> float:
        """The beat that sounds, as its notes count them."""
        return self.heard.tune.notes[0].onset + self.ticks / TICKS / BEAT

    @property
    def over(self) -> bool:
        """Whether its last note has sounded."""
        return self.beat >= self.heard.tune.end

    @property
    def place(self) -> int:
        """Place of the last note that began; its end shows what the network made of it."""
        begun = [k for k, note in enumerate(self.heard.tune.notes) if note.onset <= self.beat]
        return begun[-1] if begun else 0


class SeenWalk(Walk):
    """Cells, and what they look for.

    Parameters
    ----------
    bench : Bench
        Which network plays; looked at whenever the walk begins.

    Attributes
    ----------
    subject : Subject or None
        None where nobody asked the network; there is one step then.
    layer, unit : int
        The cell chosen.
    corpus : Heard or None
        What moved it most of the tunes; None while it is looked for.
    dream : Dream or None
        None until it has begun.
    playing : Playing or None
        What sounds.
    """

    steps = UNKNOWN

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        super().__init__()

    def _begin(self) -> None:
        self.subject: Subject | None = self._bench.subject
        self.steps = UNKNOWN if self.subject is None else STEPS
        self.layer = self.unit = 0
        if self.subject is not None:
            self.layer, self.unit = self.subject.clearest()
        self._forget()

    def _forget(self) -> None:
        self.corpus: Heard | None = None
        self.dream: Dream | None = None
        self.playing: Playing | None = None
        self._queue: list[bool] = []
        self._rested = 0
        self._asks = None if self.subject is None else self._remember(self.subject)

    def choose(self, layer: int, unit: int) -> None:
        """Choose another cell, where that may be done.

        Raises
        ------
        ValueError
            If there is none.
        """
        if self.subject is None or not self.now.turns:
            return
        if not (0 <= layer < self.subject.layers and 0 <= unit < self.subject.units):
            raise ValueError(f"no cell {unit} in layer {layer}")
        self.layer, self.unit = layer, unit
        self._forget()
        self._queue = [False, True]
        self.sing(())

    def play(self, dreamt: bool) -> None:
        """Have heard what was found, or dreamt, if there is any yet."""
        found = None if self.dream is None else self.dream.heard
        heard = found if dreamt else self.corpus
        if heard is None:
            return
        self.playing = Playing(heard, dreamt)
        first = heard.tune.notes[0].onset
        notes = (replace(note, onset=note.onset - first) for note in heard.tune.notes)
        self.sing(notes, BEAT, SOUND)

    def moved(self, heard: Heard) -> Array:
        """How far the cell is moved after each note, the way it likes to be, -1..1."""
        polarity = 1 if self.subject is None else self.subject.polarity(self.layer, self.unit)
        return polarity * heard.said(self.layer, self.unit)

    @property
    def said(self) -> Array | None:
        """What all cells say now, shape (layers, units); None before anything was heard."""
        if self.playing is not None:
            return self.playing.heard.h[self.playing.heard.ends[self.playing.place]]
        heard = self.corpus if self.dream is None else self.dream.heard
        return None if heard is None else heard.h[heard.ends[-1]]

    # What goes on

    def _tick(self) -> None:
        for _ in range(SLICES):
            self._work()
        playing = self.playing
        if playing is not None and not playing.over:
            self.playing = replace(playing, ticks=playing.ticks + 1)
        if self._queue and (playing is None or playing.over):
            self._play_next()

    def _work(self) -> None:
        if self._asks is not None:
            if next(self._asks, END) is END:
                self._asks = None
        elif self.dream is not None and self.now.name in ("dream", "hands"):
            self.dream.step()

    def _remember(self, subject: Subject) -> Slices[None]:
        self.corpus = yield from subject.remember(self.layer, self.unit)
        if self.now.name == "hands":
            self.dream = subject.dream(self.layer, self.unit, self.corpus)

    def _finish_asking(self) -> None:
        while self._asks is not None:
            self._work()

    def _play_next(self) -> None:
        """What comes next, after a rest, once it is ready: what was found, what was dreamt."""
        self._rested += 1
        dreamt = self._queue[0]
        ready = self.dream is not None and self.dream.done if dreamt else self.corpus is not None
        if ready and self._rested > (0 if self.playing is None else REST):
            self._queue.pop(0)
            self._rested = 0
            self.play(dreamt)

    def _do_many(self) -> None:
        self.playing, self._queue = None, [False]

    def _do_layers(self) -> None:
        self.playing, self._queue = None, [False]

    def _do_one(self) -> None:
        self._finish_asking()
        self.play(dreamt=False)

    def _do_corpus(self) -> None:
        self._finish_asking()
        self.play(dreamt=False)

    def _do_start(self) -> None:
        self._finish_asking()
        if self.subject is not None:
            self.dream = self.subject.dream(self.layer, self.unit, self.corpus)
        self.play(dreamt=True)

    def _do_slope(self) -> None:
        self.playing = None

    def _do_dream(self) -> None:
        self.playing = None

    def _do_found(self) -> None:
        self.play(dreamt=True)
        self._queue = [False]

    def _do_hands(self) -> None:
        self.playing, self._queue = None, []

    def _do_end(self) -> None:
        self.playing = None

    def _turn(self, action: Action) -> None:
        """Left and right go to the next cell, up and down a row of the picture further."""
        if self.subject is None:
            return
        across = columns(self.subject.units)
        step = {Action.LEFT: -1, Action.RIGHT: 1, Action.UP: -across, Action.DOWN: across}[action]
        place = self.layer * self.subject.units + self.unit + step
        place %= self.subject.layers * self.subject.units
        self.choose(place // self.subject.units, place % self.subject.units)
