from __future__ import annotations

import json


def test_answers_and_held_out_tunes_are_measured(run, model, folder):
    done = run("originality", model, folder, "--answers", 3, "--json")
    assert done.exit_code == 0, done.output
    summary = json.loads(done.stdout)
    assert summary["answers"]["count"] == 3
    assert 1 <= summary["answers"]["median"] <= summary["length"]
    assert summary["humans"]["longest"] < 12  # random melodies have little in common


def test_a_missing_model_is_one_line(run, folder, tmp_path):
    done = run("originality", tmp_path / "absent.safetensors", folder)
    assert done.exit_code == 2
    assert "no such file" in done.output and done.output.count("\n") == 1


def test_a_corpus_that_is_too_small_is_one_line(run, model, folder):
    for path in list(folder.iterdir())[1:]:
        path.unlink()
    done = run("originality", model, folder)
    assert done.exit_code == 2
    assert "no held-out tune" in done.output
