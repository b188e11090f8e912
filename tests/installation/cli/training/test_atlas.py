from __future__ import annotations

import json

import numpy as np

from rnn.model.checkpoint import load_checkpoint


def test_an_atlas_is_written_into_the_model(run, model, folder):
    before = load_checkpoint(model)
    done = run("atlas", model, folder, "--notes", 500, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    after = load_checkpoint(model)
    assert after.atlas.notes == told["notes"] >= 500
    assert sum(told["regions"][0].values()) == 6
    assert after.card == before.card
    for name, array in before.network.parameters.items():
        np.testing.assert_array_equal(array, after.network.parameters[name])


def test_the_same_seed_makes_the_same_atlas(run, model, folder, tmp_path):
    for name in ("a", "b"):
        assert run("atlas", model, folder, "--notes", 500, "-o", tmp_path / name).exit_code == 0
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_missing_model_is_one_line(run, folder, tmp_path):
    done = run("atlas", tmp_path / "absent.safetensors", folder)
    assert done.exit_code == 2
    assert "no such file" in done.output and done.output.count("\n") == 1
