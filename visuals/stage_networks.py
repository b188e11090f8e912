"""Casting: which networks are on the stage, the one that was adopted or those of the house.

A network learned in a lesson becomes a model file for as long as it plays: a stage that takes over
from one that died reads it again. Whoever shows it last removes it.
"""

from __future__ import annotations

import contextlib
import logging
from pathlib import Path
from tempfile import TemporaryDirectory

from rnn.model.checkpoint import CheckpointError, load_checkpoint, save_checkpoint
from rnn.teaching.probed_network import ProbedNetwork
from rnn.teaching.tune_learner import TuneLearnerSnapshot
from visuals.network_summary import NetworkSummary

_LESSON_FOLDER_PREFIX = "hidden-state-lesson-"
"""Folders of that name hold nothing but networks learned in lessons."""

log = logging.getLogger(__name__)


class StageNetworks:
    """Knows the bodies of the networks that play.

    Parameters
    ----------
    home : tuple of Anatomy
        Those of the house, the one that plays first.
    subject : Subject, optional
        That one, where its cells can be asked what they like.

    Attributes
    ----------
    home : tuple of Anatomy
    subject : Subject or None
        Of the network that plays now.
    """

    def __init__(
        self, home: tuple[NetworkSummary, ...], subject: ProbedNetwork | None = None
    ) -> None:
        self.home_networks, self.probed_network = home, subject
        self._home_probed_network = subject
        self._folder: TemporaryDirectory[str] | None = None
        self._count = 0
        self._path, self._networks = "", home

    def save_snapshot(self, snapshot: TuneLearnerSnapshot) -> Path:
        """Make a learned network a model file, in a folder that is nobody else's."""
        if self._folder is None:
            self._folder = TemporaryDirectory(prefix=_LESSON_FOLDER_PREFIX)
        self._count += 1
        path = Path(self._folder.name) / f"apprentice-{self._count}.safetensors"
        save_checkpoint(path, snapshot.checkpoint())
        return path

    def load_networks(self, path: str) -> tuple[NetworkSummary, ...]:
        """The bodies of the networks that play now; those of the house if a file cannot be read.

        They are the same ones as long as the path is.

        Parameters
        ----------
        path : str
            Of a model file, or empty for the house.
        """
        if path != self._path:
            self._delete_lesson_model()
            self._path, self._networks = path, self._load_networks(path)
        return self._networks

    def _load_networks(self, path: str) -> tuple[NetworkSummary, ...]:
        self.probed_network = self._home_probed_network
        if not path:
            return self.home_networks
        try:
            checkpoint = load_checkpoint(Path(path))
        except CheckpointError as error:
            log.warning("cannot show what plays: %s", error)
            return self.home_networks
        self.probed_network = ProbedNetwork.from_checkpoint(checkpoint)
        return (NetworkSummary.from_checkpoint(checkpoint),)

    def _delete_lesson_model(self) -> None:
        """What played does so no more: if a lesson taught it, its file goes."""
        path = Path(self._path)
        if not path.parent.name.startswith(_LESSON_FOLDER_PREFIX):
            return
        path.unlink(missing_ok=True)
        if self._folder is None or path.parent != Path(self._folder.name):
            with contextlib.suppress(OSError):  # the folder of a stage that died
                path.parent.rmdir()

    def close(self) -> None:
        """Leave no file behind."""
        self._delete_lesson_model()
        self._path, self._networks = "", self.home_networks
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None
