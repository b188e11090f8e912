"""A small model and a small corpus for the tests of the commands."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from click.testing import Result
from typer.testing import CliRunner

from installation.cli.main import create_app
from midi_data.midi_files import write_tune
from midi_data.notes import Note, Tune
from rnn.codecs.note_codec import NoteCodec
from rnn.model.checkpoint import Checkpoint, save_checkpoint
from rnn.model.model_card import ModelCard
from rnn.model.network import Network
from rnn.model.sizes import NetworkSizes


@pytest.fixture(autouse=True)
def _same_log_level() -> Iterator[None]:
    """Put the root logger's level back: `simulate` changes it."""
    level = logging.getLogger().level
    yield
    logging.getLogger().setLevel(level)


@pytest.fixture
def model(tmp_path):
    """File of an untrained model."""
    codec = NoteCodec()
    network = Network.initial(
        NetworkSizes(codec.inputs, codec.outputs, 4, 6, 2), np.random.default_rng(0)
    )
    path = tmp_path / "small.safetensors"
    save_checkpoint(
        path, Checkpoint(network, codec, ModelCard(style="small"), np.zeros((2, 12, 6), np.float32))
    )
    return path


@pytest.fixture
def folder(tmp_path):
    """Folder of sixty random melodies."""
    generator = np.random.default_rng(2)
    tunes = tmp_path / "tunes"
    tunes.mkdir()
    for k in range(60):
        pitches = 60 + generator.integers(0, 12, 70)
        notes = tuple(Note(int(pitch), at / 2, 0.5) for at, pitch in enumerate(pitches))
        write_tune(tunes / f"{k}.mid", Tune(notes, name=f"tune {k}"))
    return tunes


@pytest.fixture
def few(folder):
    """Folder of six random melodies."""
    for k in range(6, 60):
        (folder / f"{k}.mid").unlink()
    return folder


@pytest.fixture(autouse=True)
def _short_sample(monkeypatch):
    monkeypatch.setattr("installation.cli.training.training_run.SAMPLE_S", 0.5)


@pytest.fixture(autouse=True)
def one_process(monkeypatch):
    """Training stays in this process, which a job would replace."""
    monkeypatch.setattr("installation.cli.training.train.default_process_count", lambda: 1)


@pytest.fixture
def run() -> Callable[..., Result]:
    """Runs `hidden-state` with some arguments, in this process."""

    def invoke(*arguments: object) -> Result:
        words = [str(argument) for argument in arguments]
        return CliRunner().invoke(create_app(words), words)

    return invoke
