"""Guest networks: model files that the stage asks for, and those that lessons leave.

A network learned in a lesson has a model file for as long as it plays, so that a restarted stage
can read it again. The stage that showed it last deletes the file.
"""

from __future__ import annotations

import contextlib
import logging
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from rnn.model.checkpoint import CheckpointError, load_checkpoint, save_checkpoint
from rnn.styles import style_names, style_path
from rnn.teaching.probed_network import ProbedNetwork
from rnn.teaching.tune_learner import TuneLearnerSnapshot
from visuals.lessons.base.shared_state import NetworkOption
from visuals.network_source import LoadedNetwork, NetworkSource
from visuals.network_summary import NetworkSummary

_LESSON_FOLDER_PREFIX = "hidden-state-lesson-"
"""Prefix of folders that hold only networks learned in lessons."""

log = logging.getLogger(__name__)


class GuestNetworks(NetworkSource):
    """Model files on disk."""

    def __init__(self) -> None:
        self._folder: TemporaryDirectory[str] | None = None
        self._saved_count = 0
        self._path, self._loaded = "", None

    def save(self, snapshot: TuneLearnerSnapshot) -> str:
        if self._folder is None:
            self._folder = TemporaryDirectory(prefix=_LESSON_FOLDER_PREFIX)
        self._saved_count += 1
        path = Path(self._folder.name) / f"apprentice-{self._saved_count}.safetensors"
        save_checkpoint(path, snapshot.checkpoint())
        return str(path)

    def load(self, path: str) -> LoadedNetwork | None:
        if path != self._path:
            self._delete_lesson_model()
            self._path, self._loaded = path, _read(path) if path else None
        return self._loaded

    def load_options(self) -> tuple[NetworkOption, ...]:
        return load_style_options()

    def close(self) -> None:
        self._delete_lesson_model()
        self._path, self._loaded = "", None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _delete_lesson_model(self) -> None:
        """Delete the file of the network that played, if it was learned in a lesson."""
        path = Path(self._path)
        if not path.parent.name.startswith(_LESSON_FOLDER_PREFIX):
            return
        path.unlink(missing_ok=True)
        if self._folder is None or path.parent != Path(self._folder.name):
            with contextlib.suppress(OSError):  # the folder belonged to a stage that died
                path.parent.rmdir()


@cache
def load_style_options() -> tuple[NetworkOption, ...]:
    """Load the styles of the installation as options of the last lesson."""
    options = []
    for name in style_names():
        path = style_path(name)
        try:
            options.append(NetworkOption.from_checkpoint(name, path, load_checkpoint(path)))
        except CheckpointError:
            continue  # the session reports it when the style is to play
    return tuple(options)


def _read(path: str) -> LoadedNetwork | None:
    try:
        checkpoint = load_checkpoint(Path(path))
    except CheckpointError as error:
        log.warning("cannot show the network that plays: %s", error)
        return None
    summary = NetworkSummary.from_checkpoint(checkpoint)
    return LoadedNetwork(summary, ProbedNetwork.from_checkpoint(checkpoint))
