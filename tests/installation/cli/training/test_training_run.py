from __future__ import annotations

import wave

import numpy as np
import pytest

from installation.cli.training import training_run
from installation.cli.training.curve import PlottingUnavailableError
from installation.film import film
from installation.io.audio.instruments import SynthUnavailable
from rnn.model.checkpoint import load_checkpoint

SMALL = ("--steps", 2, "--hidden", 8, "--layers", 1, "--processes", 1)


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

    monkeypatch.setattr(training_run, "draw_training_curve", unavailable)
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


def test_a_disk_that_is_full_for_the_model_rescues_it(run, model, few, tmp_path, monkeypatch):
    save, rescue = training_run.save_checkpoint, tmp_path / "elsewhere"
    output = tmp_path / "mine.safetensors"

    def full(path, checkpoint):
        if path == output:
            raise OSError(28, "No space left on device")
        save(path, checkpoint)

    monkeypatch.setattr(training_run, "save_checkpoint", full)
    monkeypatch.setattr(training_run.tempfile, "gettempdir", lambda: str(rescue))
    done = run("train", few, "-o", output, "--from", model, "--steps", 2, "--processes", 1)
    assert done.exit_code == 2
    assert f"the model is in {rescue / 'mine.safetensors'}" in done.stderr
    assert load_checkpoint(rescue / "mine.safetensors").network.sizes.units == 6


def test_a_disk_that_is_full_for_a_while_does_not_end_a_training(
    run, folder, tmp_path, monkeypatch
):
    save, refused = training_run.Trainer.save, []

    def full_once(trainer, path):
        if not refused:
            refused.append(path)
            raise OSError(28, "No space left on device")
        save(trainer, path)

    monkeypatch.setattr(training_run.Trainer, "save", full_once)
    output = tmp_path / "small.safetensors"
    done = run("train", folder, "-o", output, *SMALL)
    assert done.exit_code == 0, done.output
    assert "not saved, training goes on: [Errno 28] No space left on device" in done.stderr
    assert load_checkpoint(output).atlas is not None
