"""Walkthrough of lesson 6: a unit of the network that plays, and the music that moves it most."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rnn.analysis.activation_maximisation import SLICES_EXHAUSTED, ActivationMaximiser
from rnn.analysis.note_edits import NoteEdit
from rnn.analysis.trace import NetworkTrace, SlicedWork
from rnn.model.arrays import Array
from rnn.teaching.probed_network import ProbedNetwork
from visuals.input.lesson_actions import ARROWS, LessonAction
from visuals.lessons.base.walkthrough import LessonStep, Walkthrough
from visuals.lessons.features.cell_grid import grid_columns

SLICES_PER_TICK = 2  # slices of analysis in a tick, a few milliseconds
SECONDS_PER_BEAT = 0.42  # tempo of the excerpts
NOTE_VELOCITY = 56  # MIDI velocity
REST_TICKS = 20  # rest between two excerpts, ticks
TICKS_PER_SECOND = 30.0
STEPS_WITHOUT_NETWORK = (LessonStep("none", 8.0),)
"""Steps if the network that plays cannot be probed."""
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
_EXCERPT_BY_STEP = {"one": False, "corpus": False, "start": True, "found": True}
"""Excerpt that a step plays as it begins: whether it is the maximised one."""
_QUEUE_BY_STEP = {"many": [False], "layers": [False], "found": [False], "hands": []}
"""Excerpts that a step plays once they are ready."""


@dataclass(frozen=True, slots=True)
class ExcerptPlayback:
    """An excerpt of the corpus, or a maximised one, and the ticks since its start."""

    trace: NetworkTrace
    is_maximised: bool
    ticks: int = 0

    @property
    def beat(self) -> float:
        """Current beat of the excerpt's tune."""
        return self.trace.tune.notes[0].onset + self.ticks / TICKS_PER_SECOND / SECONDS_PER_BEAT

    @property
    def is_finished(self) -> bool:
        """Whether the last note has ended."""
        return self.beat >= self.trace.tune.end

    @property
    def note_index(self) -> int:
        """Index of the last note that began."""
        begun = [k for k, note in enumerate(self.trace.notes) if note.onset <= self.beat]
        return begun[-1] if begun else 0


class FeaturesWalkthrough(Walkthrough):
    """A unit and two excerpts that move it: one of the corpus, one maximised."""

    steps = STEPS_WITHOUT_NETWORK

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
        self.promised_edits: tuple[NoteEdit, ...] = ()  # of pitches, the best of each note
        self._edit_search: SlicedWork[None] | None = None
        self._playback_queue: list[bool] = []
        self._rest_ticks = 0
        network = self.probed_network
        self._replay = None if network is None else self._replay_context(network)

    def select_unit(self, layer: int, unit: int) -> None:
        """Choose another unit, in a step with arrows; raises ValueError if there is none."""
        network = self.probed_network
        if network is None or not self.current_step.arrows:
            return
        if not (0 <= layer < network.layers and 0 <= unit < network.units):
            raise ValueError(f"no cell {unit} in layer {layer}")
        self.layer, self.unit = layer, unit
        self._reset_excerpts()
        self._playback_queue = [False, True]
        self.request_notes(())

    def play_excerpt(self, maximised: bool) -> None:
        """Play the excerpt of the corpus or the maximised one, if there is one yet."""
        trace = self.corpus_trace
        if maximised:
            trace = None if self.maximisation is None else self.maximisation.trace
        if trace is None:
            return
        self.playback = ExcerptPlayback(trace, maximised)
        first = trace.tune.notes[0].onset
        notes = (replace(note, onset=note.onset - first) for note in trace.tune.notes)
        self.request_notes(notes, SECONDS_PER_BEAT, NOTE_VELOCITY)

    def unit_response(self, trace: NetworkTrace) -> Array:
        """Response of the unit after each note, shape (notes,), -1..1; above 0 for its trait."""
        network = self.probed_network
        polarity = 1 if network is None else network.polarity(self.layer, self.unit)
        return polarity * trace.unit_activations(self.layer, self.unit)

    @property
    def oriented_activations(self) -> Array | None:
        """Hidden states (layers, units) after the note that sounds, times each unit's polarity.

        A cell may answer with its negative side; its curve shows that as up, and so does its light.
        """
        if self.activations is None or self.probed_network is None:
            return self.activations
        return self.activations * self.probed_network.atlas.polarity.reshape(self.activations.shape)

    @property
    def activations(self) -> Array | None:
        """Hidden states now, shape (layers, units); None before any excerpt."""
        if self.playback is not None:
            trace, note = self.playback.trace, self.playback.note_index
        else:
            maximisation, note = self.maximisation, -1
            trace = self.corpus_trace if maximisation is None else maximisation.trace
        return None if trace is None else trace.h[trace.note_end_steps[note]]

    def _on_tick(self) -> None:
        for _ in range(SLICES_PER_TICK):
            self._run_slice()
        playback = self.playback
        if playback is not None and not playback.is_finished:
            self.playback = replace(playback, ticks=playback.ticks + 1)
        if self._playback_queue and (playback is None or playback.is_finished):
            self._play_next()

    def _run_slice(self) -> None:
        """Do one slice of the replay, or after it one of the maximisation or its gradients."""
        if self._replay is not None:
            if next(self._replay, SLICES_EXHAUSTED) is SLICES_EXHAUSTED:
                self._replay = None
        elif self._edit_search is not None:
            if next(self._edit_search, SLICES_EXHAUSTED) is SLICES_EXHAUSTED:
                self._edit_search = None
        elif self.maximisation is not None and self.current_step.name in ("dream", "hands"):
            self.maximisation.step()

    def _replay_context(self, network: ProbedNetwork) -> SlicedWork[None]:
        """Find the corpus excerpt in slices, and for the visitor's own unit start maximisation."""
        self.corpus_trace = yield from network.replay_strongest_context(self.layer, self.unit)
        if self.current_step.name == "hands":
            self.maximisation = network.start_maximisation(self.layer, self.unit, self.corpus_trace)

    def _find_edits(self, maximisation: ActivationMaximiser) -> SlicedWork[None]:
        """Find the pitch for each note that gradients promise to move the unit most."""
        best: dict[int, NoteEdit] = {}
        for edit in (yield from maximisation.find_edits()):  # in order of gain
            is_other_pitch = edit.note.pitch != maximisation.notes[edit.note_index].pitch
            if edit.gain > 0 and is_other_pitch:
                best.setdefault(edit.note_index, edit)
        self.promised_edits = tuple(best.values())

    def _play_next(self) -> None:
        """Play the next excerpt of the queue once it is ready, after a rest."""
        self._rest_ticks += 1
        maximised, ready = self._playback_queue[0], self.corpus_trace is not None
        if maximised:
            ready = self.maximisation is not None and self.maximisation.done
        if ready and self._rest_ticks > (0 if self.playback is None else REST_TICKS):
            self._playback_queue.pop(0)
            self._rest_ticks = 0
            self.play_excerpt(maximised)

    def _enter_step(self) -> None:
        name, network = self.current_step.name, self.probed_network
        if name in ("one", "corpus", "start"):
            while self._replay is not None:
                self._run_slice()
        if name == "start" and network is not None:
            self.maximisation = network.start_maximisation(self.layer, self.unit, self.corpus_trace)
        if name == "slope" and self.maximisation is not None:
            self._edit_search = self._find_edits(self.maximisation)
        if name in _EXCERPT_BY_STEP:
            self.play_excerpt(_EXCERPT_BY_STEP[name])
        else:
            self.playback = None
        self._playback_queue = list(_QUEUE_BY_STEP.get(name, self._playback_queue))

    def _on_arrow(self, action: LessonAction) -> None:
        """Go to the next unit with left and right, to the next row with up and down."""
        network = self.probed_network
        if network is None:
            return
        is_sideways = action in (LessonAction.LEFT, LessonAction.RIGHT)
        distance = action.direction * (1 if is_sideways else -grid_columns(network.units))
        index = self.layer * network.units + self.unit + distance
        self.select_unit(*divmod(index % (network.layers * network.units), network.units))
