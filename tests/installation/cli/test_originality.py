from __future__ import annotations

import json


def test_answers_and_human_continuations_are_reported(run, model, folder):
    done = run("originality", model, folder, "--answers", 3, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["answers"]["count"] == 3
    assert 1 <= told["answers"]["median"] <= told["length"]
    assert told["humans"]["longest"] < 12  # random melodies have little in common


def test_a_corpus_too_small_for_originality_is_one_clear_line(run, model, folder):
    for path in list(folder.iterdir())[1:]:
        path.unlink()
    done = run("originality", model, folder)
    assert done.exit_code == 2
    assert "no held-out tune" in done.output


def test_a_model_that_is_none_is_one_clear_line(run, folder, tmp_path):
    done = run("originality", tmp_path / "absent.safetensors", folder)
    assert done.exit_code == 2
    assert "no such file" in done.output and done.output.count("\n") == 1
