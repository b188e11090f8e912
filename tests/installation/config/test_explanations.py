from __future__ import annotations

from pathlib import Path

import pytest

from installation.config import Config, ConfigError, parse_config
from installation.config.explanations import find_key_line

ROOT = Path(__file__).parents[3]


def test_every_setting_in_the_file_has_a_line_of_its_own() -> None:
    text = (ROOT / "config.toml").read_text(encoding="utf-8")
    for section, values in Config().model_dump(exclude={"out"}).items():
        for key in values:
            line = find_key_line(text, (section, key))
            assert text.splitlines()[line - 1].startswith(key)


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
