"""The walk of lesson six: a cell of the network that plays, and the music that moves it most."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rnn.analysis.activation_maximisation import SLICES_EXHAUSTED, ActivationMaximiser
from rnn.analysis.trace import NetworkTrace, SlicedWork
from rnn.model.lstm import Array
from rnn.teaching.probed_network import ProbedNetwork
from visuals.lessons.actions import ARROWS, LessonAction
from visuals.lessons.features.cell_grid import grid_columns
from visuals.lessons.shared_state import SharedLessonState
from visuals.lessons.walkthrough import LessonStep, Walkthrough

SLICES_PER_TICK = 2
"""Of work done in a tick: a few milliseconds, so that the picture keeps its pace."""
SECONDS_PER_BEAT = 0.42
"""Seconds."""
NOTE_VELOCITY = 56
"""MIDI velocity."""
REST_TICKS = 20
"""Ticks between what was found and what was dreamt."""
TICKS_PER_SECOND = 30.0
"""A second."""
STEPS_WITHOUT_NETWORK = (LessonStep("none", 8.0),)
STEPS = (
    LessonStep("many", 6.0, runs=True),
    LessonStep("layers", 6.0, runs=True),
    LessonStep("one", 9.0, runs=True),
    LessonStep("corpus", 9.0, runs=True),
    LessonStep("start", 6.0, runs=True),
    LessonStep("slope", 6.0, runs=True),
    LessonStep("dream", 10.0, runs=True),
    LessonStep("found", 9.0, runs=True),
    LessonStep("hands", 24.0, runs=True, arrows=ARROWS),
    LessonStep("end", 7.0),
)


@dataclass(frozen=True, slots=True)
class ExcerptPlayback:
    """What is heard: of the corpus or of the dream, since so many ticks."""

    trace: NetworkTrace
    is_maximised: bool
    ticks: int = 0

    @property
    def beat(self) -> float:
        """The beat that sounds, as its notes count them."""
        return self.trace.tune.notes[0].onset + self.ticks / TICKS_PER_SECOND / SECONDS_PER_BEAT

    @property
    def is_finished(self) -> bool:
        """Whether its last note has sounded."""
        return self.beat >= self.trace.tune.end

    @property
    def note_index(self) -> int:
        """Place of the last note that began; its end shows what the network made of it."""
        begun = [k for k, note in enumerate(self.trace.tune.notes) if note.onset <= self.beat]
        return begun[-1] if begun else 0


class FeaturesWalkthrough(Walkthrough):
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

    steps = STEPS_WITHOUT_NETWORK

    def __init__(self, bench: SharedLessonState) -> None:
        self._shared_state = bench
        super().__init__()

    def _reset(self) -> None:
        self.probed_network: ProbedNetwork | None = self._shared_state.probed_network
        self.steps = STEPS_WITHOUT_NETWORK if self.probed_network is None else STEPS
        self.layer = self.unit = 0
        if self.probed_network is not None:
            self.layer, self.unit = self.probed_network.best_explained_unit()
        self._reset_excerpts()

    def _reset_excerpts(self) -> None:
        self.corpus_trace: NetworkTrace | None = None
        self.maximisation: ActivationMaximiser | None = None
        self.playback: ExcerptPlayback | None = None
        self._playback_queue: list[bool] = []
        self._rest_ticks = 0
        self._replay = (
            None if self.probed_network is None else self._replay_and_maximise(self.probed_network)
        )

    def select_unit(self, layer: int, unit: int) -> None:
        """Choose another cell, where that may be done.

        Raises
        ------
        ValueError
            If there is none.
        """
        if self.probed_network is None or not self.current_step.arrows:
            return
        if not (0 <= layer < self.probed_network.layers and 0 <= unit < self.probed_network.units):
            raise ValueError(f"no cell {unit} in layer {layer}")
        self.layer, self.unit = layer, unit
        self._reset_excerpts()
        self._playback_queue = [False, True]
        self.request_notes(())

    def play_excerpt(self, dreamt: bool) -> None:
        """Have heard what was found, or dreamt, if there is any yet."""
        found = None if self.maximisation is None else self.maximisation.trace
        heard = found if dreamt else self.corpus_trace
        if heard is None:
            return
        self.playback = ExcerptPlayback(heard, dreamt)
        first = heard.tune.notes[0].onset
        notes = (replace(note, onset=note.onset - first) for note in heard.tune.notes)
        self.request_notes(notes, SECONDS_PER_BEAT, NOTE_VELOCITY)

    def unit_response(self, heard: NetworkTrace) -> Array:
        """How far the cell is moved after each note, the way it likes to be, -1..1."""
        polarity = (
            1
            if self.probed_network is None
            else self.probed_network.polarity(self.layer, self.unit)
        )
        return polarity * heard.unit_activations(self.layer, self.unit)

    @property
    def activations(self) -> Array | None:
        """What all cells say now, shape (layers, units); None before anything was heard."""
        if self.playback is not None:
            return self.playback.trace.h[
                self.playback.trace.note_end_steps[self.playback.note_index]
            ]
        heard = self.corpus_trace if self.maximisation is None else self.maximisation.trace
        return None if heard is None else heard.h[heard.note_end_steps[-1]]

    # What goes on

    def _on_tick(self) -> None:
        for _ in range(SLICES_PER_TICK):
            self._run_slice()
        playing = self.playback
        if playing is not None and not playing.is_finished:
            self.playback = replace(playing, ticks=playing.ticks + 1)
        if self._playback_queue and (playing is None or playing.is_finished):
            self._play_next()

    def _run_slice(self) -> None:
        if self._replay is not None:
            if next(self._replay, SLICES_EXHAUSTED) is SLICES_EXHAUSTED:
                self._replay = None
        elif self.maximisation is not None and self.current_step.name in ("dream", "hands"):
            self.maximisation.step()

    def _replay_and_maximise(self, subject: ProbedNetwork) -> SlicedWork[None]:
        self.corpus_trace = yield from subject.replay_strongest_context(self.layer, self.unit)
        if self.current_step.name == "hands":
            self.maximisation = subject.start_maximisation(self.layer, self.unit, self.corpus_trace)

    def _finish_replay(self) -> None:
        while self._replay is not None:
            self._run_slice()

    def _play_next(self) -> None:
        """What comes next, after a rest, once it is ready: what was found, what was dreamt."""
        self._rest_ticks += 1
        dreamt = self._playback_queue[0]
        ready = (
            self.maximisation is not None and self.maximisation.done
            if dreamt
            else self.corpus_trace is not None
        )
        if ready and self._rest_ticks > (0 if self.playback is None else REST_TICKS):
            self._playback_queue.pop(0)
            self._rest_ticks = 0
            self.play_excerpt(dreamt)

    def _do_many(self) -> None:
        self.playback, self._playback_queue = None, [False]

    def _do_layers(self) -> None:
        self.playback, self._playback_queue = None, [False]

    def _do_one(self) -> None:
        self._finish_replay()
        self.play_excerpt(dreamt=False)

    def _do_corpus(self) -> None:
        self._finish_replay()
        self.play_excerpt(dreamt=False)

    def _do_start(self) -> None:
        self._finish_replay()
        if self.probed_network is not None:
            self.maximisation = self.probed_network.start_maximisation(
                self.layer, self.unit, self.corpus_trace
            )
        self.play_excerpt(dreamt=True)

    def _do_slope(self) -> None:
        self.playback = None

    def _do_dream(self) -> None:
        self.playback = None

    def _do_found(self) -> None:
        self.play_excerpt(dreamt=True)
        self._playback_queue = [False]

    def _do_hands(self) -> None:
        self.playback, self._playback_queue = None, []

    def _do_end(self) -> None:
        self.playback = None

    def _on_arrow(self, action: LessonAction) -> None:
        """Left and right go to the next cell, up and down a row of the picture further."""
        if self.probed_network is None:
            return
        across = grid_columns(self.probed_network.units)
        step = {
            LessonAction.LEFT: -1,
            LessonAction.RIGHT: 1,
            LessonAction.UP: -across,
            LessonAction.DOWN: across,
        }[action]
        place = self.layer * self.probed_network.units + self.unit + step
        place %= self.probed_network.layers * self.probed_network.units
        self.select_unit(place // self.probed_network.units, place % self.probed_network.units)
