from __future__ import annotations

import wave

import numpy as np
import pytest

from installation.cli.training import train
from installation.cli.training.curve import PlottingUnavailableError
from installation.film import film
from installation.io.audio.instruments import SynthUnavailable
from midi_data.drums import write_drum_tune
from midi_data.notes import Note, Tune
from rnn.model.checkpoint import load_checkpoint

SMALL = ("--steps", 2, "--hidden", 8, "--layers", 1, "--processes", 1)


@pytest.fixture(autouse=True)
def _short_sample(monkeypatch):
    monkeypatch.setattr(train, "SAMPLE_S", 0.5)


def test_a_training_writes_model_card_state_curve_and_sample(run, folder, tmp_path):
    pytest.importorskip("matplotlib")
    output = tmp_path / "out" / "small.safetensors"
    done = run("train", folder, "-o", output, *SMALL, "--title", "Small")
    assert done.exit_code == 0, done.output
    names = sorted(path.name for path in output.parent.iterdir())
    kinds = ["md", "png", "safetensors", "safetensors.training", "wav"]
    assert names == [f"small.{kind}" for kind in kinds]
    with wave.open(str(output.with_suffix(".wav"))) as sound:
        assert np.frombuffer(sound.readframes(sound.getnframes()), "<i2").any()
    model = load_checkpoint(output)
    assert (model.card.style, model.card.title) == ("small", "Small")
    assert model.card.scores.keys() == {"validation", "test", "unigram", "ngram", "cached"}
    assert model.atlas is not None
    page = output.with_suffix(".md").read_text()
    assert page == model.card.to_markdown(model.network.sizes, model.codec.kind)


def test_without_matplotlib_one_line_says_how_to_get_the_curve(run, folder, tmp_path, monkeypatch):
    def unavailable(*arguments):
        raise PlottingUnavailableError(
            'drawing needs matplotlib: pip install "hidden-state[plots]"'
        )

    monkeypatch.setattr(train, "draw_training_curve", unavailable)
    output = tmp_path / "small.safetensors"
    done = run("train", folder, "-o", output, *SMALL)
    assert done.exit_code == 0, done.output
    lines = [line for line in done.stderr.splitlines() if "no picture" in line]
    remedy = 'drawing needs matplotlib: pip install "hidden-state[plots]"'
    assert lines == [f"no picture of the training curve: {remedy}"]
    assert not output.with_suffix(".png").exists()


def test_without_a_synth_one_line_says_so(run, folder, tmp_path, monkeypatch):
    def unavailable(*arguments):
        raise SynthUnavailable("the synth needs pysfizz")

    monkeypatch.setattr(film, "render_sample", unavailable)
    output = tmp_path / "small.safetensors"
    done = run("train", folder, "-o", output, *SMALL)
    assert done.exit_code == 0, done.output
    assert "no sample of its music: the synth needs pysfizz\n" in done.stderr
    assert not output.with_suffix(".wav").exists()


def test_a_folder_as_output_is_one_line(run, folder, tmp_path):
    done = run("train", folder, "-o", tmp_path)
    assert done.exit_code == 2
    assert done.stderr.endswith(f"{tmp_path}: a file is wanted, not a folder\n")


@pytest.fixture
def few(folder):
    """Folder of six random melodies."""
    for k in range(6, 60):
        (folder / f"{k}.mid").unlink()
    return folder


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


def test_a_disk_that_is_full_for_the_model_rescues_it(run, model, few, tmp_path, monkeypatch):
    save, rescue = train.save_checkpoint, tmp_path / "elsewhere"
    output = tmp_path / "mine.safetensors"

    def full(path, checkpoint):
        if path == output:
            raise OSError(28, "No space left on device")
        save(path, checkpoint)

    monkeypatch.setattr(train, "save_checkpoint", full)
    monkeypatch.setattr(train.tempfile, "gettempdir", lambda: str(rescue))
    done = run("train", few, "-o", output, "--from", model, "--steps", 2, "--processes", 1)
    assert done.exit_code == 2
    assert f"the model is in {rescue / 'mine.safetensors'}" in done.stderr
    assert load_checkpoint(rescue / "mine.safetensors").network.sizes.units == 6


def test_a_disk_that_is_full_for_a_while_does_not_end_a_training(
    run, folder, tmp_path, monkeypatch
):
    save, refused = train.Trainer.save, []

    def full_once(trainer, path):
        if not refused:
            refused.append(path)
            raise OSError(28, "No space left on device")
        save(trainer, path)

    monkeypatch.setattr(train.Trainer, "save", full_once)
    output = tmp_path / "small.safetensors"
    done = run("train", folder, "-o", output, *SMALL)
    assert done.exit_code == 0, done.output
    assert "not saved, training goes on: [Errno 28] No space left on device" in done.stderr
    assert load_checkpoint(output).atlas is not None


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
