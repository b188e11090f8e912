from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installation.config import Config, ConfigError, find_key_line, load_config, parse_config

ROOT = Path(__file__).parents[2]


def test_the_file_at_the_top_states_the_defaults() -> None:
    text = (ROOT / "config.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text) | {"out": []} == Config().model_dump(mode="json")


def test_the_example_of_a_value_sent_out_in_the_file_holds() -> None:
    text = (ROOT / "config.toml").read_text(encoding="utf-8")
    lines = text[text.index("# [[out]]") :].splitlines()
    example = parse_config("\n".join(line.removeprefix("# ") for line in lines))
    assert example.out[0].source == "unit 2 117"


def test_every_setting_in_the_file_has_a_line_of_its_own() -> None:
    text = (ROOT / "config.toml").read_text(encoding="utf-8")
    for section, values in Config().model_dump(exclude={"out"}).items():
        for key in values:
            line = find_key_line(text, (section, key))
            assert text.splitlines()[line - 1].startswith(key)


def test_without_a_file_the_defaults_hold(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_config() == Config()


def test_a_file_in_the_current_folder_is_found(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.toml").write_text("[live]\ntempo = 90\n")
    assert load_config().live.tempo == 90


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[live]\nlook_ahaed = 2.0\n", 2, ["live.look_ahaed", "did you mean look_ahead?"]),
        ("[sound]\n\nvolume = 3\n", 3, ["sound.volume = 3", "from 0 to 1"]),
        ("[sund]\nvolume = 1\n", 1, ["sund", "did you mean sound?", "stage"]),
        ("[live]\ntempo = 'fast'\n", 2, ["live.tempo = 'fast'", "a number"]),
        ("[live]\ntemperature = -1\n", 2, ["0 to 3"]),
        ("[log]\nlevel = 'loud'\n", 2, ["debug, info, warning, error"]),
        ("[stage]\nlanguage = 'English'\n", 2, ["two small letters"]),
        ("live = 3\n", 1, ["live must be a table"]),
        ("live.tempo = 999\n", 1, ["live.tempo = 999", "240"]),
        ("live = { tempo = 999 }\n", 1, ["live.tempo = 999"]),
        ("[recording]\nenabled = 'maybe'\n", 2, ["true or false"]),
        ("[midi]\ninput = 3\n", 2, ["midi.input = 3", "a name in quotes, or several"]),
        ("[midi]\noutput = ['a', 3]\n", 2, ["midi.output.1 = 3", "or several"]),
        ("[midi]\nchannels = {tuba = 3}\n", 2, ["visitor, network, drums, bass"]),
        ("[midi]\nparts = {tuba = 'x'}\n", 2, ["visitor, network, drums, bass"]),
        ("[midi]\nparts = {drums = ''}\n", 2, ["outputs by voice"]),
        ("[midi]\nchannels = {visitor = 17}\n", 2, ["1 to 16"]),
        ("[midi]\nchannels = {visitor = 2}\n", 2, ["a channel of its own"]),
        ("[stage]\nwidth = 12.5\n", 2, ["a whole number"]),
        ("[live\ntempo = 1\n", 1, ["not valid TOML"]),
        ("[live]\ntempo = \n", 2, ["not valid TOML"]),
        ("[live]\ntempo = 100\n[live]\n", 3, ["not valid TOML"]),
    ],
)
def test_an_error_names_file_line_key_and_what_is_accepted(text, line, words) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(text, "my.toml")
    message = str(caught.value)
    assert message.startswith(f"my.toml, line {line}: ") or f"line {line}: " in message
    assert "\n" not in message
    for word in words:
        assert word in message


@pytest.mark.parametrize(
    ("text", "names"),
    [("''", []), ("'keys'", ["keys"]), ("[]", []), ("['keys', 'pads']", ["keys", "pads"])],
)
def test_ports_are_a_name_or_several(text, names) -> None:
    assert parse_config(f"[midi]\ninput = {text}\n").midi.input == names


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


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('hours = ["mon 18:00-10:00"]', "ends before it begins"),
        ('hours = ["mon 10:00-14:00", "daily 13:00-15:00"]', "overlap"),
        ('quiet = ["mon 10:00-14:00"]', "volume 0.3"),
        ('restart_at = "5 am"', "no time of day"),
        ('pin = "7"', "hidden-state kiosk pin"),
    ],
)
def test_hours_and_pins_that_cannot_be_meant_are_refused_with_their_place(line, words) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        parse_config(f"[kiosk]\nenabled = true\n{line}\n")
    assert f"config.toml, line 3: kiosk.{line.split()[0]}" in str(caught.value)
    assert "accepted" in str(caught.value)


OUT = '[[out]]\nfrom = "keep 2"\nartnet = "10.0.0.5"\n'


@pytest.mark.parametrize(
    ("text", "line", "parts"),
    [
        ('[[out]]\nartnet = "10.0.0.5"\n', 1, ["out.0.from is missing"]),
        (OUT + '[[out]]\nfrom = "mood"\nosc = "localhost:1/x"\n', 5, ["'mood'", "surprise"]),
        (OUT + 'midi = "Synth"\n', 1, ["one of osc, midi, artnet or sacn"]),
        ('[[out]]\nfrom = "beat"\nsacn = "multicast"\n', 1, ["1 to 63999"]),
        ('[[out]]\nfrom = "beat"\nsacn = "lights"\nuniverse = 1\n', 1, ["IPv4 address"]),
        (OUT + OUT + "dmx = 513\n", 7, ["out.1.dmx = 513", "1 to 512"]),
        (OUT + "universe = 40000\n", 1, ["universe = 40000", "0 to 32767"]),
        (OUT + "universe = 70000\n", 4, ["out.0.universe = 70000", "0 to 63999"]),
        (OUT + "dmx = 512\nfine = true\n", 1, ["up to 511"]),
        ('[[out]]\nfrom = "beat"\nmidi = "Synth"\ncc = 40\nfine = true\n', 1, ["0 to 31"]),
        ('[[out]]\nfrom = "beat"\nartnet = "lights"\n', 1, ["IPv4 address"]),
        ('[[out]]\nfrom = "beat"\nosc = "localhost/x"\n', 1, ["127.0.0.1:9001/light"]),
        (OUT + "range = [1.0, 1.0]\n", 4, ["two different numbers"]),
        (OUT + "range = [nan, 1.0]\n", 4, ["two different numbers"]),
        (OUT + "smoth = 1.0\n", 4, ["did you mean smooth?"]),
        ("out = 3\n", 1, ["[[out]]"]),
        ("out = [3]\n", 1, ["[[out]]"]),
    ],
)
def test_a_value_sent_out_that_cannot_be_is_refused_where_it_stands(text, line, parts) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(text)
    assert f"line {line}:" in str(caught.value)
    assert all(part in str(caught.value) for part in parts), str(caught.value)
