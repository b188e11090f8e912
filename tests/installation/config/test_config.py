from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installation.config import Config, ConfigError, load_config, parse_config

ROOT = Path(__file__).parents[3]


def test_the_file_at_the_top_states_the_defaults() -> None:
    text = (ROOT / "config.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text) | {"out": []} == Config().model_dump(mode="json")


def test_without_a_file_the_defaults_hold(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_config() == Config()


def test_a_file_in_the_current_folder_is_found(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.toml").write_text("[live]\ntempo = 90\n")
    assert load_config().live.tempo == 90


def test_a_missing_file_is_named(tmp_path) -> None:
    with pytest.raises(ConfigError, match="nowhere.toml: cannot be read"):
        load_config(tmp_path / "nowhere.toml")


def test_a_file_that_is_no_text_is_named(tmp_path) -> None:
    path = tmp_path / "binary.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="not UTF-8"):
        load_config(path)


LINES = st.lists(
    st.sampled_from(
        ["[live]", "[sound]", "tempo = 80", "volume = 9", "a.b.c = 1", "[[live]]", "x", "'k' = []"]
    ),
    max_size=6,
)


@given(LINES)
def test_any_text_gives_settings_or_one_line(lines: list[str]) -> None:
    try:
        parse_config("\n".join(lines))
    except ConfigError as error:
        assert "\n" not in str(error)
