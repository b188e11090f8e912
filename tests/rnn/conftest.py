"""Small tunes, experiments and trainers for the tests of the network."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import strategies as st

from midi_data.notes import TICKS_PER_BEAT, Meter, Note, Tune
from rnn.codecs import CODECS
from rnn.codecs.bar_echoes import KNOWN_METERS
from rnn.codecs.codec import Codec
from rnn.codecs.note_codec import NoteCodec
from rnn.codecs.note_details import NoteDetails
from rnn.model.checkpoint import Checkpoint
from rnn.model.model_card import ModelCard
from rnn.model.network import Network
from rnn.model.sizes import NetworkSizes
from rnn.training.experiment import Experiment, prepare_experiment
from rnn.training.fine_tuning import FineTuner
from rnn.training.ranks import Ranks, SingleRank
from rnn.training.settings import TrainingSettings
from rnn.training.trainer import Trainer

SMALL = TrainingSettings(seed=4, steps=30, units=16, layers=2, embedding=12, lanes=4, length=16)

notes = st.builds(
    Note,
    pitch=st.integers(0, 127),
    onset=st.integers(0, 900).map(lambda tick: tick / TICKS_PER_BEAT),
    duration=st.integers(1, 300).map(lambda tick: tick / TICKS_PER_BEAT),
)
st.register_type_strategy(  # st.from_type(Tune), in any test of the network
    Tune,
    st.builds(
        Tune,
        notes=st.lists(notes, min_size=1, max_size=30).map(tuple),
        meter=st.sampled_from(KNOWN_METERS),
    ),
)


@pytest.fixture
def a_tune() -> Callable[[int], Tune]:
    """A scale up and down from a pitch, in quavers."""
    steps = [0, 2, 4, 5, 7, 9, 11, 12, 11, 9, 7, 5, 4, 2, 0]

    def make(start: int) -> Tune:
        notes = tuple(Note(start + step, k / 2, 0.5) for k, step in enumerate(steps))
        return Tune(notes, Meter(4, 4), 100)

    return make


@pytest.fixture
def random_tune() -> Callable[[int], Tune]:
    """Twenty quavers drawn with a seed."""

    def make(seed: int) -> Tune:
        pitches = 60 + np.random.default_rng(seed).integers(0, 12, 20)
        notes = tuple(Note(int(pitch), k / 2, 0.5) for k, pitch in enumerate(pitches))
        return Tune(notes, name=f"t{seed}")

    return make


@pytest.fixture
def experiment(random_tune) -> Experiment:
    """Forty random tunes, prepared."""
    return prepare_experiment([random_tune(seed) for seed in range(40)])


@pytest.fixture
def a_model() -> Callable[..., Checkpoint]:
    """A small network of random weights, large enough that all it is shown matters."""

    def make(codec: Codec, seed: int = 1, units: int = 16) -> Checkpoint:
        sizes = NetworkSizes(codec.inputs, codec.outputs, embedding=8, units=units, layers=2)
        network = Network.initial(sizes, np.random.default_rng(seed))
        network.parameters["embedding"] *= 5
        network.parameters["readout.weight"] *= 4
        card = ModelCard(style=f"s{seed}", meter="4/4")
        return Checkpoint(network, codec, card, np.zeros((2, 12, units), "f4"))

    return make


@pytest.fixture(params=["notes", "characters", "details"])
def either_codec(request) -> Codec:
    """A codec of notes, one of characters, and one of notes with details."""
    if request.param == "details":
        return NoteCodec(details=NoteDetails(parts=3, velocities=True, timing=12))
    return CODECS[request.param]()


@pytest.fixture
def a_trainer() -> Callable[..., Trainer]:
    """A small trainer of a experiment."""

    def make(
        experiment: Experiment, settings: TrainingSettings = SMALL, ranks: Ranks | None = None
    ) -> Trainer:
        return Trainer(experiment.codec, experiment.train, experiment.validation, settings, ranks)

    return make


class InterruptedRanks(SingleRank):
    """Ranks with a Ctrl-C in the midst of each agreement."""

    learner: Trainer | FineTuner

    def agree(self, seconds: float, stop: bool) -> tuple[float, bool]:
        self.learner.stop_requested = True
        return seconds, stop


@pytest.fixture
def interrupted_ranks() -> InterruptedRanks:
    """Ranks whose `learner` is interrupted while they agree."""
    return InterruptedRanks()
