from __future__ import annotations

import pytest

from midi_data.drums import write_drum_tune
from midi_data.notes import Note, Tune
from rnn.model.checkpoint import load_checkpoint
from rnn.training.trainer import Trainer

SMALL = ("--steps", 2, "--hidden", 8, "--layers", 1, "--processes", 1)


def test_a_folder_as_output_is_one_line(run, folder, tmp_path):
    done = run("train", folder, "-o", tmp_path)
    assert done.exit_code == 2
    assert done.stderr.endswith(f"{tmp_path}: a file is wanted, not a folder\n")


def test_a_folder_is_learned_from_a_model(run, model, few, tmp_path):
    output = tmp_path / "mine.safetensors"
    done = run("train", few, "-o", output, "--from", model, "--steps", 2, "--processes", 1)
    assert done.exit_code == 0, done.output
    assert "starting from it" in done.stderr
    said = " ".join(done.stderr.split())
    assert "It learned from 5 tunes with 350 notes in 0.0 minutes, starting from" in said
    assert "Next: " in said
    learned = load_checkpoint(output)
    assert learned.network.sizes.units == load_checkpoint(model).network.sizes.units
    assert learned.codec.settings() == {"voices": 0, "match_echo": True}
    assert not output.with_name("mine.safetensors.training").exists()


def test_a_single_tune_is_learned_by_heart(run, few, tmp_path):
    for path in list(few.glob("*.mid"))[1:]:
        path.unlink()
    done = run("train", few, "-o", tmp_path / "one.safetensors", "--from", "none", *SMALL)
    assert done.exit_code == 0, done.output
    assert "It learned from 1 tune with 70 notes" in done.stderr
    assert "there is no other tune to judge it by" in done.stderr


def test_a_start_of_another_size_is_one_line(run, model, few, tmp_path):
    done = run("train", few, "-o", tmp_path / "m", "--from", model, "--hidden", 12)
    assert done.exit_code == 2
    assert done.stderr.endswith(f"cannot start from {model}: units a layer: it has 6, not 12\n")


def test_an_unknown_start_is_one_line(run, few, tmp_path):
    done = run("train", few, "-o", tmp_path / "m", "--from", "jazz")
    assert done.exit_code == 2
    assert "--from takes auto, none, a style (chorales, fife, irish, " in done.stderr


@pytest.mark.parametrize("copies", [1, 40])
def test_one_tune_and_its_copies_are_too_little_for_a_start(run, model, few, tmp_path, copies):
    tune = (few / "0.mid").read_bytes()
    for path in few.iterdir():
        path.unlink()
    for k in range(copies):
        (few / f"{k}.mid").write_bytes(tune)
    done = run("train", few, "-o", tmp_path / "m", "--from", model)
    assert done.exit_code == 2
    left_out = f" ({copies - 1} copies of it left out)" if copies > 1 else ""
    assert f"one tune only{left_out}: with a start" in done.stderr
    assert "--from none learns one by heart" in done.stderr


def test_resuming_with_a_start_is_one_line(run, model, few, tmp_path):
    done = run("train", few, "-o", tmp_path / "m", "--from", model, "--resume")
    assert done.exit_code == 2
    assert "--resume continues a training from scratch: give no --from" in done.stderr


def test_a_drummer_is_trained_on_the_drums_of_a_folder(run, tmp_path):
    drums = tmp_path / "drums"
    drums.mkdir()
    for k in range(4):
        hits = tuple(Note(36 + 2 * (at % 2), at / 2 + k / 200, 0.1) for at in range(40 + k))
        write_drum_tune(drums / f"{k} rock beat.mid", Tune(hits, name="x"))
    output = tmp_path / "drummer.safetensors"
    done = run("train", drums, "-o", output, "--codec", "drums", *SMALL)
    assert done.exit_code == 0, done.output
    model = load_checkpoint(output, drums=True)
    assert (model.atlas, model.network.sizes.layers) == (None, 1)
    assert "over 129 tokens of hits" in output.with_suffix(".md").read_text()


@pytest.mark.parametrize(("given", "threads"), [((), 2), (("--processes", 1), 1)])
def test_one_process_trains_with_the_usual_threads_unless_one_is_asked_for(
    run, few, tmp_path, monkeypatch, given, threads
):
    used = []

    class WatchedTrainer(Trainer):
        def __init__(self, codec, train, validation, settings, ranks):
            used.append(ranks.threads)
            super().__init__(codec, train, validation, settings, ranks)

    monkeypatch.setattr("installation.cli.training.train.Trainer", WatchedTrainer)
    monkeypatch.setattr("installation.cli.training.train.default_thread_count", lambda: 2)
    small = ("--from", "none", "--hidden", 8, "--steps", 2)
    assert run("train", few, "-o", tmp_path / "a.safetensors", *small, *given).exit_code == 0
    assert used == [threads]
