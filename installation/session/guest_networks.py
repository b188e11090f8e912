"""Guest networks: model files that the stage asks for, and those that lessons leave.

A network learned in a lesson has a model file for as long as it plays, so that a restarted stage
can read it again. The stage that showed it last deletes the file.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

from installation.engine.composer_input import ComposerInput
from messages.crowd import DuetReplay, LikedPhrase
from midi_data.beat_grid import BeatGrid
from midi_data.notes import Meter, Note, Tune, quantise_tune
from rnn.generation.composer import ComposerStep
from rnn.generation.improviser import Improviser
from rnn.model.checkpoint import Checkpoint, CheckpointError, load_checkpoint, save_checkpoint
from rnn.model.model_card import ComparedAnswers
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
    """Model files on disk.

    Parameters
    ----------
    own : Checkpoint, optional
        The installation's own network, which hears duets again while no other plays.
    """

    def __init__(self, own: Checkpoint | None = None) -> None:
        self._own = self._playing = own
        self._folder: TemporaryDirectory[str] | None = None
        self._saved_count = 0
        self._comparison = _Comparison(None, None, None)
        self._path = ""
        self._loaded: LoadedNetwork | None = None

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
            guest = _read(path) if path else None
            self._path, self._playing = path, guest or self._own
            self._loaded = None if guest is None else _prepare(guest)
        return self._loaded

    def hear(self, replay: DuetReplay) -> Iterator[ComposerStep]:
        if self._playing is None:
            return
        changes = [(note.onset, True, note) for note in replay.notes]
        changes += [(note.onset + note.duration, False, note) for note in replay.notes]
        with contextlib.suppress(ValueError):  # the network knows no such meter or note
            meter = Meter.parse(replay.meter)
            bar = round(meter.bar_beats * replay.beat)
            grid = BeatGrid(replay.bar_line % bar - bar, replay.beat)
            keys = ComposerInput(Improviser(self._playing), grid)
            keys.reset(grid, meter)
            for at, goes_down, note in sorted(changes, key=lambda change: change[:2]):
                if goes_down:
                    yield keys.strike(note.pitch, at, note.velocity)
                else:
                    keys.release(note.pitch, at)

    def compare(self, phrase: LikedPhrase) -> ComparedAnswers | None:
        if self._comparison.phrase != phrase or self._comparison.model is not self._playing:
            self._comparison = _Comparison(phrase, self._own, self._playing)
        return self._comparison.answers

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


class _Comparison:
    """How the installed network and its later generation answer a phrase; found on a thread."""

    def __init__(
        self, phrase: LikedPhrase | None, origin: Checkpoint | None, model: Checkpoint | None
    ) -> None:
        self.phrase, self.model = phrase, model
        self.answers: ComparedAnswers | None = None
        if phrase is not None and origin is not None and model is not None and model.card.lineage:
            arguments = phrase, origin, model
            Thread(target=self._compare, args=arguments, name="comparison", daemon=True).start()

    def _compare(self, phrase: LikedPhrase, origin: Checkpoint, model: Checkpoint) -> None:
        from installation.evolution.evolution_run import compare_answers

        try:
            notes = tuple(Note(pitch, onset, length) for pitch, onset, length in phrase.notes)
            tune = quantise_tune(Tune(notes, Meter.parse(phrase.meter), phrase.tempo))
            rows = compare_answers(origin, model, [tune])
        except ValueError as error:  # the networks cannot spell it
            log.debug("a liked phrase is not answered again: %s", error)
            return
        told = replace(model.card, compared=rows).comparison
        self.answers = None if told is None else replace(told, beat_s=60 / phrase.tempo)


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


def _read(path: str) -> Checkpoint | None:
    try:
        return load_checkpoint(Path(path))
    except CheckpointError as error:
        log.warning("cannot show the network that plays: %s", error)
        return None


def _prepare(checkpoint: Checkpoint) -> LoadedNetwork:
    summary = NetworkSummary.from_checkpoint(checkpoint)
    return LoadedNetwork(summary, ProbedNetwork.from_checkpoint(checkpoint))
