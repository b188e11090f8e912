"""Casting: which networks are on the stage, the one that was adopted or those of the house.

A network learned in a lesson becomes a model file for as long as it plays: a stage that takes over
from one that died reads it again. Whoever shows it last removes it.
"""

from __future__ import annotations

import contextlib
import logging
from pathlib import Path
from tempfile import TemporaryDirectory

from rnn.model.checkpoint import CheckpointError, load, save
from rnn.teaching.probed_network import Subject
from rnn.teaching.tune_learner import Snapshot
from visuals.network_summary import Anatomy

_PREFIX = "hidden-state-lesson-"
"""Folders of that name hold nothing but networks learned in lessons."""

log = logging.getLogger(__name__)


class Casting:
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

    def __init__(self, home: tuple[Anatomy, ...], subject: Subject | None = None) -> None:
        self.home, self.subject = home, subject
        self._home_subject = subject
        self._folder: TemporaryDirectory[str] | None = None
        self._count = 0
        self._path, self._cast = "", home

    def write(self, snapshot: Snapshot) -> Path:
        """Make a learned network a model file, in a folder that is nobody else's."""
        if self._folder is None:
            self._folder = TemporaryDirectory(prefix=_PREFIX)
        self._count += 1
        path = Path(self._folder.name) / f"apprentice-{self._count}.safetensors"
        save(path, snapshot.checkpoint())
        return path

    def read(self, path: str) -> tuple[Anatomy, ...]:
        """The bodies of the networks that play now; those of the house if a file cannot be read.

        They are the same ones as long as the path is.

        Parameters
        ----------
        path : str
            Of a model file, or empty for the house.
        """
        if path != self._path:
            self._forget()
            self._path, self._cast = path, self._read(path)
        return self._cast

    def _read(self, path: str) -> tuple[Anatomy, ...]:
        self.subject = self._home_subject
        if not path:
            return self.home
        try:
            checkpoint = load(Path(path))
        except CheckpointError as error:
            log.warning("cannot show what plays: %s", error)
            return self.home
        self.subject = Subject.of(checkpoint)
        return (Anatomy.of(checkpoint),)

    def _forget(self) -> None:
        """What played does so no more: if a lesson taught it, its file goes."""
        path = Path(self._path)
        if not path.parent.name.startswith(_PREFIX):
            return
        path.unlink(missing_ok=True)
        if self._folder is None or path.parent != Path(self._folder.name):
            with contextlib.suppress(OSError):  # the folder of a stage that died
                path.parent.rmdir()

    def close(self) -> None:
        """Leave no file behind."""
        self._forget()
        self._path, self._cast = "", self.home
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None
