from __future__ import annotations

from pathlib import Path

import pytest

from installation.config import ConfigError, parse_config

ROOT = Path(__file__).parents[3]


def test_the_example_of_a_value_sent_out_in_the_file_holds() -> None:
    text = (ROOT / "config.toml").read_text(encoding="utf-8")
    lines = text[text.index("# [[out]]") :].splitlines()
    example = parse_config("\n".join(line.removeprefix("# ") for line in lines))
    assert example.out[0].source == "unit 2 117"


@pytest.mark.parametrize(
    ("text", "names"),
    [("''", []), ("'keys'", ["keys"]), ("[]", []), ("['keys', 'pads']", ["keys", "pads"])],
)
def test_ports_are_a_name_or_several(text, names) -> None:
    assert parse_config(f"[midi]\ninput = {text}\n").midi.input == names


@pytest.mark.parametrize("port", [0, 65536, 70000, 99999, 100000])
def test_a_receiver_has_a_port_that_exists(port) -> None:
    assert parse_config('[osc]\nsend = ["127.0.0.1:65535"]\n').osc.send == ["127.0.0.1:65535"]
    with pytest.raises(ConfigError, match=f"127.0.0.1:{port}"):
        parse_config(f'[osc]\nsend = ["127.0.0.1:{port}"]\n')


OUT = '[[out]]\nfrom = "keep 2"\nartnet = "10.0.0.5"\n'


@pytest.mark.parametrize(
    ("text", "line", "parts"),
    [
        ('[[out]]\nartnet = "10.0.0.5"\n', 1, ["out.0.from is missing"]),
        (OUT + '[[out]]\nfrom = "mood"\nosc = "localhost:1/x"\n', 5, ["'mood'", "surprise"]),
        (OUT + '[[out]]\nfrom = "beat"\nosc = "localhost:65536/x"\n', 4, ["127.0.0.1:9001/light"]),
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
