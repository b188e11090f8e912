"""Network source: model files as the stage needs them; the session reads and writes the files."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from messages.crowd import DuetReplay, LikedPhrase
from rnn.generation.composer import ComposerStep
from rnn.model.model_card import ComparedAnswers
from rnn.teaching.probed_network import ProbedNetwork
from rnn.teaching.tune_learner import TuneLearnerSnapshot
from visuals.lessons.base.shared_state import NetworkOption
from visuals.network_summary import NetworkSummary


@dataclass(frozen=True, slots=True, eq=False)
class LoadedNetwork:
    """A network read from a model file.

    Parameters
    ----------
    summary : NetworkSummary
    probed_network : ProbedNetwork, optional
        For the lesson that probes single units.
    """

    summary: NetworkSummary
    probed_network: ProbedNetwork | None = None


class NetworkSource(ABC):
    """Reads the model files of guest networks and writes those of lessons."""

    @abstractmethod
    def load(self, path: str) -> LoadedNetwork | None:
        """The network of a model file, which plays from now on; one object for one path.

        None stands for the installation's own network: the path is empty, or the file cannot be
        read.
        """

    @abstractmethod
    def save(self, snapshot: TuneLearnerSnapshot) -> str:
        """Write the network learned in a lesson to a new model file and return its path."""

    def load_options(self) -> Sequence[NetworkOption]:
        """Networks that the last lesson offers besides the one it trained; may take a second."""
        return ()

    def hear(self, replay: DuetReplay) -> Iterator[ComposerStep]:
        """How the network that plays hears the notes of a duet, one after another.

        Each takes a few milliseconds. The notes end early where they cannot be heard.
        """
        return iter(())

    def compare(self, phrase: LikedPhrase) -> ComparedAnswers | None:
        """How generation 0 and the one that plays answer a phrase; may be asked in every frame.

        None until it is known, and where no later generation plays.
        """
        return None

    @abstractmethod
    def close(self) -> None:
        """Delete the model files of lessons."""


class DummyNetworkSource(NetworkSource):
    """Knows no files: the installation's own network always plays."""

    def load(self, path: str) -> LoadedNetwork | None:
        return None

    def save(self, snapshot: TuneLearnerSnapshot) -> str:
        return ""

    def close(self) -> None: ...
