"""Casting: which networks are on the stage, the one that was adopted or those of the house.

A network learned in a lesson becomes a model file for as long as it takes whoever plays to read it:
once the change is told, the file is removed.
"""

from __future__ import annotations

import logging
from pathlib import Path
from tempfile import TemporaryDirectory

from rnn.apprentice import Snapshot
from rnn.checkpoint import CheckpointError, load, save
from visuals.anatomy import Anatomy

log = logging.getLogger(__name__)


class Casting:
    """Knows the bodies of the networks that play.

    Parameters
    ----------
    home : tuple of Anatomy
        Those of the house, the one that plays first.

    Attributes
    ----------
    home : tuple of Anatomy
    """

    def __init__(self, home: tuple[Anatomy, ...]) -> None:
        self.home = home
        self._folder: TemporaryDirectory[str] | None = None
        self._count = 0

    def write(self, snapshot: Snapshot) -> Path:
        """Make a learned network a model file, in a folder that is nobody else's."""
        if self._folder is None:
            self._folder = TemporaryDirectory(prefix="hidden-state-lesson-")
        self._count += 1
        path = Path(self._folder.name) / f"apprentice-{self._count}.safetensors"
        save(path, snapshot.checkpoint())
        return path

    def read(self, path: str) -> tuple[Anatomy, ...]:
        """The bodies of the networks that play now; those of the house if a file cannot be read.

        Parameters
        ----------
        path : str
            Of a model file, or empty for the house.
        """
        if not path:
            return self.home
        try:
            return (Anatomy.of(load(Path(path))),)
        except CheckpointError as error:
            log.warning("cannot show what plays: %s", error)
            return self.home
        finally:
            if self._folder is not None and Path(path).parent == Path(self._folder.name):
                Path(path).unlink(missing_ok=True)

    def close(self) -> None:
        """Leave no file behind."""
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None
