"""`hidden-state lesson`: an unknown lesson is refused in one line that names the others."""

from __future__ import annotations


def test_an_unknown_lesson_is_refused_with_the_names_there_are(run):
    done = run("lesson", "sums")
    assert done.exit_code == 2
    assert "no lesson 'sums'" in done.output
    assert "neuron" in done.output
