from __future__ import annotations

import pytest

from installation.config import Config, LiveSettings, StyleSettings
from installation.session.options import PlayOptions
from installation.sets.set_file import NO_SET, SetError, apply_set, set_names
from rnn.styles import style_names


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "sets"
    folder.mkdir()
    return folder


def test_three_sets_are_there_and_each_can_be_played():
    assert {"chapel", "folk-evening", "sonar"} <= set(set_names())
    for name in set_names():
        chosen = PlayOptions(Config(), seed=1).with_set(name)
        assert chosen.set_name == name and chosen.config != Config()
        assert chosen.config.style.name in style_names()


def test_a_set_replaces_what_it_names_and_nothing_else(folder):
    (folder / "mine.toml").write_text("[live]\ntempo = 90.0\n")
    config = Config(live=LiveSettings(look_ahead=4.0))
    applied = apply_set(config, "mine", folder)
    assert applied.live == LiveSettings(look_ahead=4.0, tempo=90.0)
    assert applied.sound == config.sound


def test_a_set_may_name_the_genre_of_its_drummer(folder):
    (folder / "mine.toml").write_text('[live]\ngenre = "funk"\n')
    assert apply_set(Config(), "mine", folder).live.genre == "funk"
    assert apply_set(Config(), "sonar").live.genre == "dance"
    (folder / "bad.toml").write_text('[live]\ngenre = "polka"\n')
    with pytest.raises(SetError, match=r"genre.*accepted: auto, other, afrobeat, .*soul"):
        apply_set(Config(), "bad", folder)


def test_an_own_set_wins_over_a_shipped_one_and_a_file_has_no_need_of_a_folder(folder):
    own = folder / "chapel.toml"
    own.write_text("[live]\ntempo = 90.0\n")
    assert apply_set(Config(), "chapel", folder).live.tempo == 90.0
    assert apply_set(Config(), str(own)).live.tempo == 90.0


def test_a_style_of_a_set_wins_over_a_model_of_the_settings(folder):
    (folder / "mine.toml").write_text('[style]\nname = "fife"\n')
    config = Config(style=StyleSettings(model="own.safetensors"))
    assert apply_set(config, "mine", folder).style == StyleSettings(name="fife", blend=[])


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("[live]\ntempo = 900.0\n", "mine.toml, line 2"),
        ('[kiosk]\npin = ""\n', "kiosk: accepted in a set"),
        ("[live\n", "mine.toml"),
        ('[live]\nmood = "dark"\n', "unknown key live.mood"),
    ],
)
def test_a_set_that_cannot_be_used_is_refused_with_the_reason(folder, text, part):
    (folder / "mine.toml").write_text(text)
    with pytest.raises(SetError, match=part):
        apply_set(Config(), "mine", folder)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('[style]\nname = "jazz"\n', "jazz"),
        ('[stage]\nscene = "clouds"\n', "clouds"),
        ('[sound]\nnetwork = "organ"\n', "organ"),
    ],
)
def test_a_set_that_names_what_is_not_there_is_refused(folder, text, part):
    path = folder / "mine.toml"
    path.write_text(text)
    with pytest.raises(SetError, match=part):
        PlayOptions(Config(), seed=1).with_set(str(path))


def test_an_unknown_set_lists_those_there_are():
    with pytest.raises(SetError, match="chapel, folk-evening, sonar"):
        apply_set(Config(), "disco")


def test_another_set_begins_from_the_settings_and_none_goes_back():
    first = PlayOptions(Config(live=LiveSettings(look_ahead=4.0)), seed=1).with_set("sonar")
    second = first.with_set("chapel")
    assert second.config.live.band == "off" and second.config.live.look_ahead == 4.0
    assert second.with_set(NO_SET).config == Config(live=LiveSettings(look_ahead=4.0))
