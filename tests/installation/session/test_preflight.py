from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from installation.config import (
    Config,
    KioskSettings,
    LiveSettings,
    LogSettings,
    MidiSettings,
    OscSettings,
    OutSettings,
    RecordingSettings,
    SoundSettings,
    StageSettings,
    StyleSettings,
    WebSettings,
)
from installation.session import preflight
from installation.session.preflight import PreflightResult, run_preflight
from installation.staff_pin import hash_operator_pin


@pytest.fixture
def dummy_sink(monkeypatch) -> list[str]:
    """Names of the devices that were asked for; each opens."""
    asked: list[str] = []

    def open_sink(rate: int, device: str = "") -> SimpleNamespace:
        asked.append(device)
        return SimpleNamespace(name="card", stop=lambda: None)

    monkeypatch.setattr(preflight, "AudioDeviceSink", open_sink)
    return asked


def check(config: Config) -> dict[str, PreflightResult]:
    return {result.subject: result for result in run_preflight(config)}


def config_for(model: Path, folder: Path, **changes) -> Config:
    return Config(
        style=StyleSettings(model=str(model)),
        recording=RecordingSettings(folder=str(folder)),
        **changes,
    )


def test_everything_is_checked_and_each_fault_has_advice(model, tmp_path) -> None:
    results = check(config_for(model, tmp_path))
    subjects = ["model", "display", "sound", "MIDI in", "MIDI out", "timing", "disk"]
    assert list(results) == subjects
    assert all(result.advice for result in results.values() if not result.passed)


def test_a_valid_model_is_described(model, tmp_path) -> None:
    result = check(config_for(model, tmp_path))["model"]
    assert result.passed and result.message == "Untrained: 2 layers of 24 cells"


def test_a_missing_model_is_vital(tmp_path) -> None:
    result = check(config_for(tmp_path / "none.safetensors", tmp_path))["model"]
    assert result.vital and not result.passed


def test_an_unknown_instrument_is_vital(model, tmp_path) -> None:
    config = config_for(model, tmp_path, sound=SoundSettings(network="violin"))
    result = check(config)["sound"]
    assert result.vital and "accepted are glass" in result.message


@pytest.mark.parametrize(("band", "passes"), [("full", False), ("off", True)])
def test_an_unknown_bass_is_vital_where_there_is_a_band(model, tmp_path, dummy_sink, band, passes):
    config = config_for(
        model, tmp_path, sound=SoundSettings(bass="tuba"), live=LiveSettings(band=band)
    )
    result = check(config)["sound"]
    assert (result.passed, result.vital) == (passes, not passes)


def test_the_sound_device_of_the_settings_is_the_one_that_is_opened(model, tmp_path, dummy_sink):
    check(config_for(model, tmp_path, sound=SoundSettings(device="USB")))
    assert dummy_sink == ["USB"]


def test_a_requested_port_is_vital(model, tmp_path) -> None:
    config = config_for(model, tmp_path, midi=MidiSettings(input="no such", output="no such"))
    results = check(config)
    assert results["MIDI in"].vital and not results["MIDI in"].passed
    assert results["MIDI out"].vital and not results["MIDI out"].passed


def test_a_file_in_place_of_the_recording_folder_fails(model, tmp_path) -> None:
    path = tmp_path / "file"
    path.touch()
    result = check(config_for(model, path / "deep"))["disk"]
    assert not result.passed and not result.vital


def test_a_missing_recording_folder_passes_and_is_not_created(model, tmp_path) -> None:
    assert check(config_for(model, tmp_path / "a" / "b"))["disk"].passed
    assert list(tmp_path.iterdir()) == []


def test_text_that_cannot_be_read_from_where_viewers_stand_is_a_fault(model, tmp_path) -> None:
    small = check(config_for(model, tmp_path, stage=StageSettings(distance="24in 3m")))["text"]
    assert not small.passed and not small.vital and "from 1.5 m" in small.message
    assert "text" not in check(config_for(model, tmp_path, stage=StageSettings(distance="32in 2m")))


def faults(config: Config) -> dict[str, str]:
    """Messages of the failed vital checks, by subject."""
    results = check(config).items()
    return {name: each.message for name, each in results if each.vital and not each.passed}


@pytest.mark.parametrize(
    ("partner", "words"),
    [("nothing", "no style named 'nothing'"), ("irish", "irish: ")],  # of another size
)
def test_a_style_that_cannot_be_blended_in_is_vital(model, tmp_path, partner, words) -> None:
    config = config_for(model, tmp_path)
    config = config.with_values("style", blend=[partner])
    assert words in faults(config)["blend"]


def test_a_unit_that_the_network_lacks_is_vital(model, tmp_path) -> None:
    out = [OutSettings.model_validate({"from": "unit 9 1", "osc": "127.0.0.1:9001/light"})]
    assert "the network has 2 layers" in faults(config_for(model, tmp_path, out=out))["out"]


@pytest.mark.parametrize(
    ("subject", "library", "changes"),
    [
        ("OSC", "pythonosc", {"osc": OscSettings(listen=9000)}),
        ("OSC", "pythonosc", {"osc": OscSettings(send=["127.0.0.1:9001"])}),
        ("OSC", "pythonosc", {"out": [{"from": "beat", "osc": "127.0.0.1:9001/light"}]}),
        ("sACN", "sacn", {"out": [{"from": "beat", "sacn": "multicast", "universe": 1}]}),
        ("Link", "link", {"live": LiveSettings(tempo_from="link")}),
    ],
)
def test_a_library_that_is_asked_for_and_not_installed_is_vital(
    model, tmp_path, monkeypatch, subject, library, changes
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    assert "hidden-state[" in faults(config_for(model, tmp_path, **changes))[subject]
    assert subject not in faults(config_for(model, tmp_path))


def test_a_scene_that_does_not_exist_is_vital(model, tmp_path) -> None:
    config = config_for(model, tmp_path, stage=StageSettings(scene="sea"))
    assert "'sea'" in faults(config)["stage"]


def test_a_pin_that_cannot_be_used_is_vital_where_a_page_is_served(model, tmp_path) -> None:
    served = WebSettings(enabled=True, pin="1111")
    assert "different characters" in faults(config_for(model, tmp_path, web=served))["PIN"]
    assert not faults(config_for(model, tmp_path, web=WebSettings(pin="1111")))


def test_a_pin_that_cannot_be_used_is_told_where_only_the_keys_of_the_staff_need_it(
    model, tmp_path
) -> None:
    weak, kiosk = WebSettings(pin="1111"), KioskSettings(enabled=True)
    result = check(config_for(model, tmp_path, web=weak, kiosk=kiosk))["PIN"]
    assert "different characters" in result.message
    assert not result.passed and not result.vital  # the piece plays
    own = KioskSettings(enabled=True, pin=hash_operator_pin("2468"))
    assert "PIN" not in check(config_for(model, tmp_path, web=weak, kiosk=own))


def test_a_log_file_that_cannot_be_written_is_vital(model, tmp_path) -> None:
    log = LogSettings(file=str(tmp_path / "none" / "piece.log"))
    assert "piece.log" in faults(config_for(model, tmp_path, log=log))["log"]
