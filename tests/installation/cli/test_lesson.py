"""`hidden-state lesson`: an unknown lesson is refused in one line that names the others."""

from __future__ import annotations

import json
from dataclasses import asdict

from installation.ops.answer_log import ANSWER_FILE_NAME
from messages.lesson_answers import AnswerCounts


def test_an_unknown_lesson_is_refused_with_the_names_there_are(run):
    done = run("lesson", "sums")
    assert done.exit_code == 2
    assert "no lesson 'sums'" in done.output
    assert "neuron" in done.output


def test_results_are_the_right_answers_before_and_after_each_lesson(run, tmp_path):
    config = tmp_path / "config.toml"
    config.write_text(f"[recording]\nfolder = {json.dumps(str(tmp_path))}\n")
    counts = {"neuron": asdict(AnswerCounts(9, 8, 2, 6, 4, 3))}
    (tmp_path / ANSWER_FILE_NAME).write_text(json.dumps(counts))
    done = run("lesson", "--results", "--config", str(config))
    assert done.exit_code == 0
    assert "2 of 8 (25 %)" in done.output
    assert "3 of 4 (75 %)" in done.output


def test_a_lesson_needs_a_name(run):
    assert run("lesson").exit_code == 2
