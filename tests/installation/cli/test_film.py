from __future__ import annotations

import pytest

from installation.film import film


@pytest.fixture
def filmed(monkeypatch, tmp_path):
    """The options of each film, rendered by a stand-in."""
    options = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        film, "render_film", lambda one, output, progress: options.append(one) or progress(1) or 42
    )
    return options


def test_options_win_over_the_settings(run, filmed, tmp_path):
    (tmp_path / "config.toml").write_text("[stage]\nlanguage = 'ca'\n[style]\nmodel = 'own'\n")
    done = run("film", "-o", "a.mp4", "--scene", "why", "--seconds", 3, "--style", "fife")
    assert done.exit_code == 0, done.output
    assert "a.mp4: 42 pictures, seed 1" in done.output
    (options,) = filmed
    stage, style = options.config.stage, options.config.style
    assert (stage.scene, stage.language, options.seconds) == ("why", "ca", 3)
    assert (style.name, style.model) == ("fife", "")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-o", "no/such/a.mp4"], "there is no folder"),
        (["-o", "a.mp4", "--scene", "nowhere"], "nowhere"),
        (["-o", "a.mp4", "--language", "xx"], "xx"),
    ],
)
def test_what_cannot_be_filmed_is_one_line(run, filmed, arguments, words):
    done = run("film", *arguments)
    assert done.exit_code == 2
    assert words in done.output and done.output.count("\n") == 1
    assert filmed == []
