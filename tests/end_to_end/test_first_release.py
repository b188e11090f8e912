"""Settings and recordings of the first release are still read."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from installation.cli.main import create_app
from installation.config import load_config
from installation.io.midi.file_input import MidiFileInput
from midi_data.midi_files import read_songs
from midi_data.notes import Meter
from tests.end_to_end.test_same_bytes import ANSWER_SHA256, PLAY_SHA256, sha256

FOLDER = Path(__file__).parents[1] / "first_release"
RECORDINGS = {"play.mid": PLAY_SHA256["irish"], "answer.mid": ANSWER_SHA256["irish"]}


def test_its_settings_load_with_the_values_of_the_file():
    path = FOLDER / "config.toml"
    loaded = load_config(path).model_dump(mode="json")
    for name, section in tomllib.loads(path.read_text(encoding="utf-8")).items():
        assert {key: loaded[name][key] for key in section} == section


@pytest.mark.parametrize("name", list(RECORDINGS))
def test_the_files_are_those_it_wrote(name):
    assert sha256(FOLDER / name) == RECORDINGS[name]


@pytest.mark.parametrize(
    ("name", "parts", "tempo"),
    [("play.mid", {"Network": 72}, 120), ("answer.mid", {"Visitor": 9, "Network": 19}, 100)],
)
def test_its_recordings_are_read_whole(name, parts, tempo):
    (song,) = read_songs(FOLDER / name)
    assert {part.name: len(part.notes) for part in song.parts} == parts
    assert (song.tune.meter, song.tune.tempo) == (Meter(), pytest.approx(tempo, rel=1e-4))
    assert song.left_out == ()


@pytest.mark.parametrize("name", list(RECORDINGS))
def test_its_recordings_play_along_and_are_answered(name, tmp_path):
    MidiFileInput(FOLDER / name, lambda received: None).close()
    output = tmp_path / "out.mid"
    words = ["answer", str(FOLDER / name), "-o", str(output)]
    done = CliRunner().invoke(create_app(words), words)
    assert done.exit_code == 0, done.output
    (heard,), (written,) = read_songs(FOLDER / name), read_songs(output)
    assert len(written.tune.notes) > len(heard.tune.notes)
