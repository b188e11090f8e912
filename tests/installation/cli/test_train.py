from __future__ import annotations

import pytest

from installation.cli import train
from installation.cli.training_curve import PlottingUnavailableError
from rnn.model.checkpoint import load_checkpoint

SMALL = ("--steps", 2, "--hidden", 8, "--layers", 1, "--crews", 1)


def test_a_training_writes_model_card_state_and_curve(run, folder, tmp_path):
    pytest.importorskip("matplotlib")
    output = tmp_path / "out" / "small.safetensors"
    done = run("train", folder, "-o", output, *SMALL, "--title", "Small")
    assert done.exit_code == 0, done.output
    names = sorted(path.name for path in output.parent.iterdir())
    assert names == ["small.md", "small.png", "small.safetensors", "small.safetensors.training"]
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


def test_a_folder_as_output_is_one_line(run, folder, tmp_path):
    done = run("train", folder, "-o", tmp_path)
    assert done.exit_code == 2
    assert done.stderr.endswith(f"{tmp_path}: a file is wanted, not a folder\n")
