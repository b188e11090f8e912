from __future__ import annotations

import json

import pytest

from midi_data.midi_files import MidiPart, write_parts
from midi_data.midi_songs import MeterChange
from midi_data.notes import Meter, Note


def test_a_folder_is_scored(run, model, folder):
    done = run("score", folder, "--model", model, "--json")
    assert done.exit_code == 0, done.output
    result = json.loads(done.stdout)
    assert (result["notes"], result["tunes"]) == (60 * 70, 60)
    assert 5 < result["bits_per_note"] < 30


def test_one_file_is_scored_in_words(run, model, folder):
    done = run("score", folder / "0.mid", "--model", model)
    assert done.exit_code == 0, done.output
    assert done.stdout.endswith("bits per note over 70 notes in 1 tunes\n")


def test_unreadable_files_of_a_folder_are_reported(run, model, folder):
    (folder / "broken.mid").write_bytes(b"MThd nothing more")
    done = run("score", folder, "--model", model)
    assert done.exit_code == 0
    assert "left out broken.mid" in done.stderr


def test_a_change_of_meter_is_told(run, model, tmp_path):
    notes = tuple(Note(60 + k, float(k), 1.0) for k in range(20))
    path, later = tmp_path / "a.mid", (MeterChange(8.0, Meter(6, 8)),)
    write_parts(path, [MidiPart("", notes)], 120, Meter(), changes=later)
    done = run("score", path, "--model", model)
    assert done.exit_code == 0
    assert done.stderr == "a.mid: left out a change of meter (to 6/8; all bars are of 4/4)\n"


@pytest.mark.parametrize("empty", [True, False])
def test_a_folder_without_tunes_is_one_line(run, model, tmp_path, empty):
    folder = tmp_path / "none"
    if empty:
        folder.mkdir()
    done = run("score", folder, "--model", model)
    assert done.exit_code == 2
    assert str(folder) in done.stderr and done.stderr.count("\n") == 1
